//! What is remembered. One trait in the words of the domain, two engines behind it (SQLite for one
//! machine, PostgreSQL beyond), and one suite of laws that both obey (`tests/conformance`).
//!
//! A change to a case is committed whole: row, journal entry and outbox, in one transaction
//! that is on disk before it is answered. Commits that arrive together share that flush.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use case::matching::Person;
use case::{
    AccountId, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, Lang, Level, MacroId, Owed,
    PendingId, Role, Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

mod audit;
#[doc(hidden)]
pub mod bulk;
mod clocks;
mod desk;
mod dialect;
mod engine;
pub mod filter;
mod index;
mod letters;
mod lists;
mod live;
pub mod log;
mod mail;
mod memory;
mod near;
mod numbers;
mod open;
mod postgres;
mod reports;
mod rows;
mod schema;
mod search;
mod sqlite;
mod terms;
mod value;
mod views;

pub use audit::act_chain;
pub use clocks::Measured;
pub use engine::Options;
pub use filter::{Asker, Filter};
pub use letters::LetterDraft;
pub use live::Chat;
pub use log::{LogCheckpoint, LogGrowth, LogHead, LogLeaf, LogTile};
pub use mail::{Mail, MailFate, MailHead};
pub use memory::{Claim, Draft, Macro, Pending, Snooze, Writing};
pub use open::{open, open_with};
pub use reports::{DayCount, DayCounts, LIVE};

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store could not do what it was asked. Absence is not an error: it is `Ok(None)`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The case is not at the version the commit expected, or the new row is already there.
    /// Nothing was written; load afresh and decide again.
    #[error("the case has moved on since it was read")]
    Conflict,
    /// The store did not answer within its deadline; whether it did the work is unknown.
    #[error("the store did not answer in time")]
    Deadline,
    /// What was read is not what was once written.
    #[error("stored {what} cannot be read: {why}")]
    Corrupt { what: &'static str, why: String },
    #[error("the store failed: {0}")]
    Engine(String),
}

/// Everything Cease remembers. Every call has a client-side deadline ([`StoreError::Deadline`]).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // The case.
    /// The row, or none.
    async fn case(&self, reference: CaseRef) -> Result<Option<Case>>;
    /// Writes one change whole, durably, or nothing: [`StoreError::Conflict`] where `expected` is not
    /// the stored version (0: the row must not exist) or where `token` was used already.
    async fn commit(&self, commit: Commit) -> Result<Landed>;
    /// The case's journal, oldest first.
    async fn journal(&self, reference: CaseRef) -> Result<Vec<Entry>>;
    /// Of that journal, up to `limit` entries after version `after`.
    async fn entries(&self, reference: CaseRef, after: u64, limit: u32) -> Result<Vec<Entry>>;
    /// The case that was declared with this form token, however often the form is sent.
    async fn declared_with(&self, token: &str) -> Result<Option<CaseRef>>;
    /// Another open case for this card.
    async fn open_case_of(&self, card: CardId) -> Result<Option<CaseRef>>;
    /// A holder's cases, newest first.
    async fn cases_of(&self, account: AccountId) -> Result<Vec<Summary>>;
    /// One page of a built-in view, in its order, after the cursor; see [`filtered`](Store::filtered).
    async fn list(&self, view: View, after: Option<Cursor>, limit: u32) -> Result<Vec<Summary>>;
    /// How many cases stand at each stage, in the order of [`case::Stage::NAMES`]: exact up to [`COUNTED`],
    /// one more than that for more.
    async fn counts(&self) -> Result<[u64; 9]>;
    /// Cases whose deadline has come, soonest first.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<CaseRef>>;
    /// Sets another deadline for a case that is still at `version`, as other rules want it; one that
    /// has moved on has its own already.
    async fn set_due(&self, reference: CaseRef, version: u64, due: Option<Timestamp>) -> Result<()>;

    // What is owed.
    /// Leases up to `limit` effects that may be tried now and that nobody holds, oldest first.
    async fn claim(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Claimed>>;
    /// Gives a claimed effect back, to be tried again after `not_before`.
    async fn retry_later(&self, id: EffectId, not_before: Timestamp, why: &str) -> Result<()>;
    /// Effects without an outcome: how many, exact up to ten thousand, and when the oldest of those was owed.
    async fn outbox(&self) -> Result<Outbox>;

    // Files.
    async fn put_file(&self, file: StoredFile) -> Result<()>;
    /// The same for one that no case names yet: a commit whose [`Beside::files`] names it keeps it, and
    /// after `until` it is swept.
    async fn put_draft_file(&self, file: StoredFile, until: Timestamp) -> Result<()>;
    async fn file(&self, id: FileId) -> Result<Option<StoredFile>>;

    // The inventory.
    async fn card(&self, id: CardId) -> Result<Option<CardRecord>>;
    async fn cards_of(&self, account: AccountId) -> Result<Vec<CardRecord>>;
    /// Cards that answer to this number; for a partial ICCID, those that end with it (at most ten).
    async fn find_cards(&self, number: &case::identify::Identifier) -> Result<Vec<CardRecord>>;
    /// Switches a card's state, once per `key` and only for this generation; answers the state
    /// read back after the switch, or none where no card of that generation exists. A ceased card
    /// stays ceased.
    async fn switch(
        &self,
        card: CardId,
        generation: u32,
        to: CardState,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<CardState>>;
    /// All or nothing: inserts or updates by id. An update never changes a card's `state`, and keeps
    /// an account's password and second factor where the import has none.
    async fn import(&self, import: Import) -> Result<()>;

    // Accounts.
    async fn account(&self, id: AccountId) -> Result<Option<Account>>;
    async fn account_by_login(&self, login: &str) -> Result<Option<Account>>;
    /// Accounts one of whose bound contacts is this e-mail (any case) or E.164 number.
    async fn accounts_by_contact(&self, contact: &str) -> Result<Vec<Account>>;
    /// [`StoreError::Conflict`] where another account has this login.
    async fn put_account(&self, account: Account) -> Result<()>;
    /// Changes an account that is still as it `was` (its TOTP step apart, see [`Store::spend_step`]); false,
    /// and nothing written, where it has changed since.
    async fn change_account(&self, was: &Account, account: Account) -> Result<bool>;
    /// Takes a TOTP time step, and touches nothing else of the account; false where that step or a
    /// later one was taken before.
    async fn spend_step(&self, account: AccountId, step: u64) -> Result<bool>;
    async fn staff(&self) -> Result<Vec<Account>>;

    // Sessions, codes, limits. Tokens are stored as SHA-256 only.
    async fn session(&self, id: &[u8; 32]) -> Result<Option<Session>>;
    /// The session, and the account that is signed in with it.
    async fn visit(&self, id: &[u8; 32]) -> Result<Option<(Session, Option<Account>)>>;
    /// A new session; [`StoreError::Conflict`] where there is one of this id.
    async fn put_session(&self, session: Session) -> Result<()>;
    /// Changes a session that is still as it `was`; false, and nothing written, where it has changed
    /// or ended since. So nothing that was slow brings an ended session back.
    async fn change_session(&self, was: &Session, session: Session) -> Result<bool>;
    async fn end_session(&self, id: &[u8; 32]) -> Result<()>;
    async fn sessions_of(&self, account: AccountId) -> Result<Vec<Session>>;
    async fn put_code(&self, code: Code) -> Result<()>;
    /// Tries a secret once, atomically: a right one is used up, a wrong one counts.
    async fn try_code(&self, id: &[u8; 16], hash: &[u8; 32], now: Timestamp) -> Result<Tried>;
    /// Uses of `key` counted in the window that is open at `now`.
    async fn uses(&self, key: &str, now: Timestamp) -> Result<u32>;
    /// Counts one more use of `key` in its window and says whether it is still within `max`.
    async fn hit(&self, key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Result<Hit>;
    /// Forgets what has expired: sessions, codes, limits, files of drafts, and drafts of thirty days ago. Answers
    /// how many rows went.
    async fn sweep(&self, now: Timestamp) -> Result<u64>;

    // The audit of acts that belong to no case (sign-ins, imports, staff), chained like a journal.
    async fn audit(&self, act: Act) -> Result<()>;
    async fn acts(&self, limit: u32) -> Result<Vec<(Act, String)>>;

    // Lists and search.
    /// One page of the cases that a filter asks for, in its order (keyset paging). Stages are as they are
    /// now; all else as the index has it, a moment behind.
    async fn filtered(&self, filter: &Filter, asker: &Asker, start: Start, limit: u32) -> Result<Listed>;
    /// How many cases a filter asks for, as counted at most `age` ago.
    async fn count(&self, filter: &Filter, asker: &Asker, age: Duration) -> Result<Count>;
    /// Cases whose reference may have been meant by this text: itself, or one slip away from it.
    async fn near(&self, text: &str) -> Result<Vec<Case>>;
    /// Cases that are found by all the words of a text, newest first: holder's name, e-mail address, end of
    /// a phone number, beginning of a card's number, words of the thread.
    async fn search(&self, text: &str, after: Option<Cursor>, limit: u32) -> Result<Listed>;
    /// Brings the index of lists and search up to date with some of what has happened.
    async fn index(&self, limit: u32) -> Result<Indexed>;
    /// Has the whole index made anew by the calls of [`index`](Store::index) to come.
    async fn reindex(&self) -> Result<()>;
    /// Takes a case out of the index, until it next changes: what is erased cannot be searched for.
    async fn unindex(&self, reference: CaseRef) -> Result<()>;
    /// The views someone has saved, then those that others share.
    async fn views(&self, staff: AccountId) -> Result<Vec<SavedView>>;
    /// Saves or changes a view; false, and nothing changed, where it is another's.
    async fn put_view(&self, view: SavedView) -> Result<bool>;
    /// False where there is none of this id, or it is another's.
    async fn delete_view(&self, id: u64, staff: AccountId) -> Result<bool>;

    // The desk's own memory: drafts, macros, saved views, claims, snoozes.
    /// What `staff`, and nobody else, is writing in this case.
    async fn draft(&self, case: CaseRef, staff: AccountId, kind: Writing) -> Result<Option<Draft>>;
    /// Keeps a draft in the place of the one before; an empty one is forgotten. A form that has been
    /// sent ([`put_pending`](Self::put_pending)) keeps nothing any more, however late it comes.
    async fn save_draft(&self, draft: Draft) -> Result<()>;
    /// Keeps a message until its time, once per id. Where a form was sent, its draft goes with it.
    async fn put_pending(&self, pending: Pending, form: bool) -> Result<()>;
    /// What `staff`, and nobody else, can still take back in this case.
    async fn pending_of(&self, case: CaseRef, staff: AccountId) -> Result<Vec<Pending>>;
    /// Leases up to `limit` messages whose time has come.
    async fn due_pending(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Pending>>;
    /// Remembers the case's version a message is about to be sent on; false where it is no longer there.
    /// From then on it cannot be taken back.
    async fn try_pending(&self, id: PendingId, version: u64) -> Result<bool>;
    /// A message that has been sent is forgotten.
    async fn end_pending(&self, id: PendingId) -> Result<()>;
    /// Turns a message back into a draft, before what was written since; none where it is gone, of
    /// another, or being sent.
    async fn take_back(&self, id: PendingId, staff: AccountId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>>;
    /// The same for a message that could not be sent.
    async fn give_back(&self, id: PendingId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>>;
    /// Who has the case in hand.
    async fn claim_of(&self, case: CaseRef) -> Result<Option<Claim>>;
    /// Takes a case in hand that is free, one's own, or in the hand of `from`; false where another was quicker.
    async fn put_claim(&self, claim: Claim, from: Option<AccountId>) -> Result<bool>;
    /// False where it was not in this hand.
    async fn end_claim(&self, case: CaseRef, staff: AccountId) -> Result<bool>;
    async fn snooze_of(&self, case: CaseRef) -> Result<Option<Snooze>>;
    async fn put_snooze(&self, snooze: Snooze) -> Result<()>;
    /// Ends the snooze that was begun at `at`; false where that is over already.
    async fn end_snooze(&self, case: CaseRef, at: Timestamp) -> Result<bool>;
    /// Remembers that the journal has been looked through up to `seen` for the snooze begun at `at`.
    async fn see_snooze(&self, case: CaseRef, at: Timestamp, seen: u64) -> Result<()>;
    /// Snoozes whose time has come, or whose case has changed since they were looked at.
    async fn due_snoozes(&self, now: Timestamp, limit: u32) -> Result<Vec<Snooze>>;
    /// A member of staff's own macros and the shared ones.
    async fn macros(&self, staff: AccountId) -> Result<Vec<Macro>>;
    async fn put_macro(&self, made: Macro) -> Result<()>;
    async fn end_macro(&self, id: MacroId) -> Result<()>;
    /// Whether single keys act for this member of staff; they do until switched off.
    async fn keys(&self, staff: AccountId) -> Result<bool>;
    async fn put_keys(&self, staff: AccountId, on: bool) -> Result<()>;

    // Mail that came in, and addresses that fail.
    /// Keeps a message with its sealed bytes; false where it is here already.
    async fn put_mail(&self, mail: Mail, sealed: Vec<u8>) -> Result<bool>;
    /// A message, and its sealed bytes.
    async fn mail(&self, id: &[u8; 32]) -> Result<Option<(Mail, Vec<u8>)>>;
    /// Messages of this fate, newest first, that came before the one with this `seq`.
    async fn mails(&self, fate: MailFate, before: Option<i64>, limit: u32) -> Result<Vec<Mail>>;
    /// The messages that a case came from or got, newest first.
    async fn mails_of(&self, case: CaseRef) -> Result<Vec<Mail>>;
    /// Messages that nobody has looked at yet, oldest first.
    async fn mails_pending(&self, limit: u32) -> Result<Vec<[u8; 32]>>;
    /// Says what became of a message.
    async fn settle_mail(&self, mail: &Mail) -> Result<()>;
    /// Whether this message's sender (hashed) may have an automatic answer: one until `until`, however
    /// often it is asked for the same message.
    async fn may_answer(&self, sender: &[u8; 32], mail: &[u8; 32], now: Timestamp, until: Timestamp) -> Result<bool>;

    // Live: who is here.
    /// The holder of a case waits for an answer by chat since `at`, where they do not wait already.
    async fn chat_asked(&self, case: CaseRef, at: Timestamp) -> Result<()>;
    /// They have one; nothing where nobody waits.
    async fn chat_answered(&self, case: CaseRef, at: Timestamp) -> Result<()>;
    /// Chats that wait, longest first; or those that do not, latest first.
    async fn chats(&self, waiting: bool, limit: u32) -> Result<Vec<Chat>>;
    /// How long the latest chats waited for their first answer.
    async fn chat_waits(&self, limit: u32) -> Result<Vec<SignedDuration>>;
    /// What one process tells the others (who is here, what has moved); forgotten by itself at `until`.
    async fn put_pulse(&self, process: &str, body: &str, now: Timestamp, until: Timestamp) -> Result<()>;
    /// What every process tells, by its name.
    async fn pulses(&self, now: Timestamp) -> Result<Vec<(String, String)>>;

    // Reports.
    /// How far the journal has been counted, and by which rules.
    async fn report_cursor(&self) -> Result<(i64, String)>;
    /// The next journal entries in the order they were written, each with its place; at most so many.
    async fn journal_after(&self, seq: i64, limit: u32) -> Result<Vec<(i64, Entry)>>;
    /// Where the counting stands with a case.
    async fn report_case(&self, reference: CaseRef) -> Result<Option<String>>;
    /// Writes a counted stretch whole; false, and nothing written, where somebody else has counted it.
    async fn put_counted(&self, counted: DayCounts) -> Result<bool>;
    /// Counts what happens outside any case.
    async fn add_counts(&self, counts: Vec<DayCount>) -> Result<()>;
    /// Everything counted from day to day, both included.
    async fn report_days(&self, from: i64, to: i64) -> Result<Vec<DayCount>>;
    /// The sums of a measure before a day, by bucket.
    async fn report_before(&self, measure: &str, day: i64) -> Result<Vec<DayCount>>;
    /// Forgets what was counted from the journal, so that it is counted again by other rules.
    async fn count_afresh(&self, form: &str) -> Result<()>;
    /// Keeps a letter that is being written down, new or as it is now.
    async fn put_letter(&self, letter: LetterDraft) -> Result<()>;
    async fn letter(&self, id: FileId) -> Result<Option<LetterDraft>>;
    /// The open ones, newest first.
    async fn letters(&self, limit: u32) -> Result<Vec<LetterDraft>>;
    /// Throws a letter away, with what was scanned for it.
    async fn drop_letter(&self, id: FileId, files: Vec<FileId>) -> Result<()>;

    // Clocks and estimates.
    /// A case's stays at the desk as they were measured, oldest first.
    async fn measured(&self, reference: CaseRef) -> Result<Vec<Measured>>;
    /// Writes one down, or what became of it.
    async fn measure(&self, measured: Measured) -> Result<()>;
    /// The last decisions that were measured, oldest first.
    async fn decisions(&self, limit: u32) -> Result<Vec<case::eta::Past>>;
    /// When this person decided last before that, as measured.
    async fn decided_before(&self, by: AccountId, at: Timestamp) -> Result<Option<Timestamp>>;
    /// How many cases that wait for the desk were received before then.
    async fn ahead(&self, received: Timestamp) -> Result<u32>;
    /// A small fact of the desk's own, such as under which rules its deadlines were set.
    async fn mark(&self, name: &str) -> Result<Option<String>>;
    async fn put_mark(&self, name: &str, value: &str) -> Result<()>;

    // The public log.
    async fn log_head(&self) -> Result<LogHead>;
    /// Appends, whole; false, and nothing written, where the log no longer stands where this was calculated from.
    async fn log_grow(&self, growth: LogGrowth) -> Result<bool>;
    /// A tile's hashes, as many as there are.
    async fn log_tile(&self, level: u32, n: u64) -> Result<Option<Vec<u8>>>;
    /// Leaves from number `from` on, at most so many.
    async fn log_leaves(&self, from: u64, limit: u32) -> Result<Vec<LogLeaf>>;
    /// The leaves of a case, in the order of its journal.
    async fn log_leaves_of(&self, case: CaseRef) -> Result<Vec<LogLeaf>>;
    /// The newest leaves that were never of any case.
    async fn log_other_leaves(&self, limit: u32) -> Result<Vec<LogLeaf>>;
    /// What ties a case to its leaves, sealed.
    async fn log_key(&self, case: CaseRef) -> Result<Option<Vec<u8>>>;
    /// Forgets that, for good, and which leaves were the case's; the leaves themselves stay.
    async fn log_forget(&self, case: CaseRef) -> Result<()>;
    /// The newest checkpoint that at least so many witnesses have cosigned.
    async fn log_checkpoint(&self, witnesses: u32) -> Result<Option<LogCheckpoint>>;
    /// The checkpoint of the tree of this size.
    async fn log_checkpoint_of(&self, size: u64) -> Result<Option<LogCheckpoint>>;
    /// Keeps a checkpoint, in the place of one of the same size that has no more witnesses.
    async fn log_sign(&self, checkpoint: LogCheckpoint) -> Result<()>;

    // The engine itself.
    /// Brings the schema up to date; answers the version it is at. Forward only.
    async fn migrate(&self) -> Result<u32>;
    /// Engine and version in words, and whether a write would reach the disk.
    async fn health(&self) -> Result<String>;
}

pub type AnyStore = Arc<dyn Store>;

/// One change to one case.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The row after the change; its `version` is `expected` and as many as there are `entries`.
    pub case: Case,
    pub expected: u64,
    /// What happened, oldest first, a version each.
    pub entries: Vec<Entry>,
    pub effects: Vec<Owed>,
    /// The effect whose outcome this change reports; it leaves the outbox.
    pub settles: Option<u32>,
    /// Which of `effects` whoever commits performs next, and until when nobody else may claim it.
    pub held: Option<(u32, Timestamp)>,
    /// The form token of a declaration; only where `expected` is 0.
    pub token: Option<String>,
    /// When the clock must next look at the case.
    pub due: Option<Timestamp>,
    pub beside: Beside,
}

/// What is written with a change, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// A session as it was read, and as it shall be (the same person's, until the same time); one that has
    /// changed since is left as it is.
    pub session: Option<(Session, Session)>,
    /// A use that is counted, as by [`Store::hit`]: its key and window. It may count where nothing else lands.
    pub used: Option<(String, SignedDuration)>,
    /// Files that the case names from now on.
    pub files: Vec<FileId>,
}

/// What came of a commit that is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Landed {
    /// Whether the session beside it was changed.
    pub session: bool,
}

/// An effect in a worker's hands.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: EffectId,
    pub effect: case::Effect,
    /// Tries before this one.
    pub attempts: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outbox {
    pub waiting: u64,
    pub oldest: Option<Timestamp>,
}

/// A row of a list; everything it shows comes from indexed columns or the row itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub case: Case,
    /// When the row last changed.
    pub changed_at: Timestamp,
    pub due: Option<Timestamp>,
}

/// A list at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// In review, oldest declaration first.
    Review,
    /// Waiting for their holder, oldest first.
    Waiting,
    /// Scheduled, ceasing or contested.
    Moving,
    /// Ceased, closed, refused, withdrawn; newest first.
    Done,
    /// All, newest first.
    All,
}

/// Where a page ended: the sort key (microseconds of receipt, or of the deadline where a list is in the
/// order of those) and the reference that breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub at_us: i64,
    pub reference: CaseRef,
}

/// Where a page of a list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    First,
    After(Cursor),
    /// The page that ends just before it.
    Before(Cursor),
}

/// A page of a list, each row with its place in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    pub rows: Vec<(Cursor, Summary)>,
    /// From where to go on in the same direction; none at the end. A page may be short, or empty, and not
    /// be the last.
    pub on: Option<Cursor>,
}

/// A number that is exact up to [`Count::MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub many: u32,
    /// There are more than that, or may be.
    pub more: bool,
}

impl Count {
    pub const MOST: u32 = 1_000;
}

/// Up to where [`Store::counts`] is exact.
pub const COUNTED: u64 = 30_000;

/// What a call of [`Store::index`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    pub cases: u32,
    /// There is more to do at once.
    pub more: bool,
    /// Something has been written that cannot be followed yet: on PostgreSQL a transaction that began
    /// before it still runs, of whatever database on that server.
    pub held_up: bool,
}

/// A filter that somebody has given a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub id: u64,
    /// Whose it is, and who alone may change it.
    pub staff: AccountId,
    /// Everyone at the desk sees it.
    pub shared: bool,
    pub name: String,
    /// The filter, as in an address.
    pub query: String,
    pub at: Timestamp,
}

/// A file as it was kept: re-encoded where it is a picture, never executed, never named by its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub id: FileId,
    /// `image/jpeg`, `image/png`, `image/webp` or `application/pdf`.
    pub media: String,
    /// What the sender called it, for showing only.
    pub name: String,
    pub bytes: Vec<u8>,
    pub at: Timestamp,
}

/// A person who can sign in: a holder (no role) or a member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    /// Lower-cased; unique.
    pub login: String,
    pub person: Person,
    /// Argon2id PHC string; none until one is set.
    pub password: Option<String>,
    /// Base32 TOTP secret, sealed with the desk's key.
    pub totp: Option<String>,
    /// The last TOTP time step accepted, so that a code counts once.
    pub totp_step: u64,
    pub role: Option<Role>,
    pub lang: Lang,
    pub disabled: bool,
    /// When a contact, password or factor last changed.
    pub changed_at: Timestamp,
}

/// A browser. Anonymous until someone signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the cookie's token.
    pub id: [u8; 32],
    pub account: Option<AccountId>,
    pub level: Level,
    /// When `level` was last shown.
    pub proven_at: Option<Timestamp>,
    /// The account a one-time code was answered for (level Code), without being signed in.
    pub proven_account: Option<AccountId>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// Cases this browser may see.
    pub cases: Vec<CaseRef>,
    /// What has been typed so far of a declaration, as the counter keeps it (JSON).
    pub draft: Option<String>,
    /// What kind of browser, for the list of sessions.
    pub agent: String,
}

/// A one-time secret: a code sent to a contact, or a recovery link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    pub id: [u8; 16],
    /// Keyed hash of the secret.
    pub hash: [u8; 32],
    pub account: Option<AccountId>,
    /// What it is good for, such as `prove`, `recover`, `case:C7K4-M2QX-D`.
    pub purpose: String,
    pub expires_at: Timestamp,
    /// Wrong tries until it is gone.
    pub tries_left: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It was right, and is used up now.
    Right {
        account: Option<AccountId>,
        purpose: String,
    },
    Wrong {
        tries_left: u32,
    },
    /// Unknown, used, expired or tried too often.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    pub allowed: bool,
    pub count: u32,
    /// When the window ends.
    pub until: Timestamp,
}

/// Accounts and cards from a file, already validated.
#[derive(Clone, Debug, Default)]
pub struct Import {
    pub accounts: Vec<Account>,
    pub cards: Vec<CardRecord>,
}

/// An act that belongs to no case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub at: Timestamp,
    /// Who, where known.
    pub account: Option<AccountId>,
    /// Such as `signed-in`, `sign-in-failed`, `imported`, `account-changed`.
    pub what: String,
    /// Never personal data: ids and counts only.
    pub detail: String,
}
