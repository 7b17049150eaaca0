//! What is remembered. One trait in the words of the domain, two engines behind it (SQLite for one
//! machine, PostgreSQL beyond), and one suite of laws that both obey (`tests/conformance`).
//!
//! A change to a case is committed whole: row, journal entry and outbox, in one transaction
//! that is on disk before it is answered. Commits that arrive together share that flush.

use std::sync::Arc;

use async_trait::async_trait;
use case::matching::Person;
use case::{
    AccountId, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, Lang, Level, Owed, Role,
    Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

mod audit;
mod desk;
mod engine;
mod mail;
mod numbers;
mod open;
mod postgres;
mod rows;
mod schema;
mod sqlite;
mod value;

pub use audit::act_chain;
pub use engine::Options;
pub use mail::{Mail, MailFate, MailHead};
pub use open::{open, open_with};

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
    async fn commit(&self, commit: Commit) -> Result<()>;
    /// The case's journal, oldest first.
    async fn journal(&self, reference: CaseRef) -> Result<Vec<Entry>>;
    /// The case that was declared with this form token, however often the form is sent.
    async fn declared_with(&self, token: &str) -> Result<Option<CaseRef>>;
    /// Another open case for this card.
    async fn open_case_of(&self, card: CardId) -> Result<Option<CaseRef>>;
    /// A holder's cases, newest first.
    async fn cases_of(&self, account: AccountId) -> Result<Vec<Summary>>;
    /// One page of a desk list, in the order of the view, after the cursor (keyset paging).
    async fn list(&self, view: View, after: Option<Cursor>, limit: u32) -> Result<Vec<Summary>>;
    /// How many cases stand at each stage, in the order of [`case::Stage::NAMES`].
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
    /// Effects without an outcome: how many, and when the oldest was owed.
    async fn outbox(&self) -> Result<Outbox>;

    // Files.
    async fn put_file(&self, file: StoredFile) -> Result<()>;
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
    /// Takes a TOTP time step, and touches nothing else of the account; false where that step or a
    /// later one was taken before.
    async fn spend_step(&self, account: AccountId, step: u64) -> Result<bool>;
    async fn staff(&self) -> Result<Vec<Account>>;

    // Sessions, codes, limits. Tokens are stored as SHA-256 only.
    async fn session(&self, id: &[u8; 32]) -> Result<Option<Session>>;
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
    /// Counts one more use of `key` in its window and says whether it is still within `max`.
    async fn hit(&self, key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Result<Hit>;
    /// Forgets what has expired: sessions, codes, limits. Answers how many rows went.
    async fn sweep(&self, now: Timestamp) -> Result<u64>;

    // The audit of acts that belong to no case (sign-ins, imports, staff), chained like a journal.
    async fn audit(&self, act: Act) -> Result<()>;
    async fn acts(&self, limit: u32) -> Result<Vec<(Act, String)>>;

    // Lists and search.

    // The desk's own memory: drafts, macros, saved views, claims, snoozes.

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

    // Reports.

    // Clocks and estimates.

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
    /// The row after the change; its `version` is `expected + 1`.
    pub case: Case,
    pub expected: u64,
    pub entry: Entry,
    pub effects: Vec<Owed>,
    /// The effect whose outcome this change reports; it leaves the outbox.
    pub settles: Option<u32>,
    /// Which of `effects` whoever commits performs next, and until when nobody else may claim it.
    pub held: Option<(u32, Timestamp)>,
    /// The form token of a declaration; only where `expected` is 0.
    pub token: Option<String>,
    /// When the clock must next look at the case.
    pub due: Option<Timestamp>,
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

/// Where a page ended: the sort key (microseconds of receipt) and the reference that breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub received_us: i64,
    pub reference: CaseRef,
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
