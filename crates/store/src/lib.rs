//! What is remembered. One trait in the words of the domain, two engines behind it (SQLite for one
//! machine, PostgreSQL beyond), and one suite of laws that both obey (`tests/conformance`).
//!
//! A change to a case is committed whole: row, journal entry and outbox, in one transaction
//! that is on disk before it is answered. Commits that arrive together share that flush.

use std::sync::Arc;

use async_trait::async_trait;
use case::{
    AccountId, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, Owed, Subscription, Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

mod audit;
mod beside;
#[doc(hidden)]
pub mod bulk;
mod channels;
mod clocks;
mod contact;
mod desk;
mod dialect;
mod doors;
mod ending;
mod engine;
mod erasing;
mod factors;
mod fakes;
pub mod filter;
mod guard;
mod index;
mod letters;
mod lists;
mod live;
pub mod log;
mod looks;
mod mail;
mod memory;
mod near;
mod notices;
mod numbers;
mod open;
mod people;
mod postgres;
mod posts;
mod reports;
mod rows;
mod schema;
mod search;
mod sole;
mod sqlite;
mod stuck;
mod tenants;
mod terms;
mod texts;
mod value;
mod views;
mod watch;

pub use audit::act_chain;
pub use channels::{ChannelRevision, ChannelStep, ChannelText};
pub use clocks::Measured;
pub use contact::{Contact, Phrase, Way};
pub use desk::{
    Channels, Clocks, Doors, Endings, Erasing, Factors, Fakes, Guards, Letters, Lists, Looks, Mails, Memory, Mutual,
    Notices, People, Posts, Presence, PublicLog, Reports, Stuck, Tenants, Texts, Watch,
};
pub use doors::{Browsers, Federated};
pub use ending::{Due, Erased, Parting};
pub use engine::Options;
pub use erasing::LegalHold;
pub use factors::Passkey;
pub use fakes::{Fake, FakeReport, FakeState, Untold};
pub use filter::{Asker, Filter};
pub use guard::{Guard, Guarded};
pub use index::ShownDue;
pub use letters::LetterDraft;
pub use live::Chat;
pub use log::{LogCheckpoint, LogGrowth, LogHead, LogLeaf, LogTile};
pub use looks::{Look, Looked, LooksOf, Reveal, look_chain};
pub use mail::{Mail, MailFate, MailHead};
pub use memory::{Claim, Draft, Macro, Pending, Snooze, Writing};
pub use notices::NoticeOwed;
pub use open::{check_ca, check_url, open, open_with};
pub use people::{Account, Code, Hit, Session, Tried};
pub use posts::{Back, Stray};
pub use reports::{DayCount, DayCounts, LIVE};
pub use stuck::{Differs, Failing, Finding, PutOff};
pub use texts::SentText;
pub use watch::{Arrived, Watched, WatchedNumbers};

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
    /// It has no tables, or not those that this program knows.
    #[error("the store has not been made ready: run cease migrate")]
    Unmigrated,
    #[error("the store failed: {0}")]
    Engine(String),
}

/// Everything Cease remembers. Every call has a client-side deadline ([`StoreError::Deadline`]).
#[async_trait]
pub trait Store:
    People
    + Factors
    + Doors
    + Lists
    + Memory
    + Mails
    + Presence
    + Reports
    + Letters
    + Clocks
    + Texts
    + Stuck
    + Watch
    + PublicLog
    + Channels
    + Fakes
    + Mutual
    + Guards
    + Notices
    + Tenants
    + Looks
    + Posts
    + Erasing
    + Endings
    + 'static
{
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
    /// An open case for this card.
    async fn open_case_of(&self, card: CardId) -> Result<Option<CaseRef>>;
    /// A case other than `of` that is open for this activation, or by which it has ended.
    async fn rival_of(&self, subscription: &Subscription, of: Option<CaseRef>) -> Result<Option<CaseRef>>;
    /// A holder's cases, newest first.
    async fn cases_of(&self, account: AccountId) -> Result<Vec<Summary>>;
    /// Cases whose deadline has come, soonest first.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<CaseRef>>;
    /// Sets another deadline for a case that is still at `version`, as other rules want it; one that
    /// has moved on has its own already.
    async fn set_due(&self, reference: CaseRef, version: u64, due: Option<Timestamp>) -> Result<()>;

    // What is owed.
    /// Leases up to `limit` effects that may be tried now and that nobody holds, oldest first.
    async fn claim(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Claimed>>;
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

    // The audit of acts that belong to no case (sign-ins, imports, staff), chained like a journal.
    async fn audit(&self, act: Act) -> Result<()>;
    async fn acts(&self, limit: u32) -> Result<Vec<(Act, String)>> {
        let acts = self.acts_before(None, limit).await?;
        Ok(acts.into_iter().filter_map(|(_, act, chain)| Some((act?, chain))).collect())
    }
    /// The newest, or those before one, with their numbers and chain values; without what cannot be read any more.
    async fn acts_before(&self, before: Option<i64>, limit: u32) -> Result<Vec<(i64, Option<Act>, String)>>;

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
    /// Records that came about the card, and are accounted for by this change.
    pub arrivals: Vec<i64>,
    /// The partner agency through whom it was declared.
    pub agency: Option<case::Agency>,
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
    /// Since when it is owed.
    pub owed: Timestamp,
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

impl Summary {
    /// Its place in a [`View`].
    pub fn cursor(&self) -> Cursor {
        Cursor { at_us: self.case.times.received.as_microsecond(), reference: self.case.reference }
    }
}

/// A list at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// In review or contested: a person must look at it. Oldest declaration first.
    Review,
    /// Waiting for their holder, oldest first.
    Waiting,
    /// Scheduled or ceasing.
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
    /// How far lists and search are now, whichever process brought them there.
    pub position: i64,
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
    /// All who work for the same, the house or one agency, see it.
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
