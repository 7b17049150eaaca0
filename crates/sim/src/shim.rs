//! The store as the desk sees it: the real one, each call in one instant, with room before and after
//! for others to come between; sometimes it fails, and sometimes it has done the work and says that
//! it does not know. The mistakes of [`bugs`](crate::bugs) that a store can make are made here.

use std::sync::Arc;

use async_trait::async_trait;
use case::identify::Identifier;
use case::{AccountId, Actor, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, Timestamp};
use jiff::SignedDuration;
use store::{
    Account, Act, AnyStore, Claimed, Code, Commit, Cursor, Hit, Import, Outbox, Result, Session, Store, StoreError,
    StoredFile, Summary, Tried, View,
};

use crate::bugs::Bug;
use crate::fate::Fate;
use crate::lots::{at_once, pause};

pub struct Shim {
    fate: Fate,
    raw: AnyStore,
}

impl Shim {
    pub fn new(fate: Fate, raw: AnyStore) -> Arc<Self> {
        Arc::new(Self { fate, raw })
    }

    async fn before(&self, fault: &'static str) -> Result<()> {
        pause(self.fate.below(3)).await;
        if self.fate.strikes(fault) { Err(StoreError::Engine("simulated".into())) } else { Ok(()) }
    }

    async fn after<T>(&self, fault: &'static str, done: Result<T>) -> Result<T> {
        pause(self.fate.below(3)).await;
        if self.fate.strikes(fault) { Err(StoreError::Deadline) } else { done }
    }

    fn mistaken(&self, commit: &mut Commit) -> bool {
        match self.fate.with(|n| n.bug) {
            Some(Bug::OutboxLost) => commit.effects.clear(),
            Some(Bug::OutboxKept) => commit.settles = None,
            Some(Bug::JournalLost) if commit.expected > 0 => commit.entry.events.clear(),
            Some(Bug::JournalEdited) if commit.expected > 0 => commit.entry.actor = Actor::Clock,
            Some(Bug::TokenLost) => commit.token = None,
            Some(Bug::DeclarationEdited) => commit.case.declaration.person.name.make_ascii_uppercase(),
            Some(Bug::VersionIgnored) => {
                let stored = at_once(self.raw.case(commit.case.reference)).ok().flatten().map_or(0, |c| c.version);
                commit.expected = stored;
                commit.case.version = stored + 1;
                commit.entry.version = stored + 1;
                if stored > 0 {
                    commit.token = None;
                }
            }
            Some(Bug::AnsweredUnwritten) => return self.fate.percent(10),
            _ => {}
        }
        false
    }
}

macro_rules! store {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)* own $($own:tt)*) => {
        #[async_trait]
        impl Store for Shim {
            $(async fn $name(&self $(, $arg: $ty)*) -> Result<$out> {
                at_once(self.raw.$name($($arg),*))
            })*
            $($own)*
        }
    };
}

store! {
    fn journal(reference: CaseRef) -> Vec<Entry>;
    fn cases_of(account: AccountId) -> Vec<Summary>;
    fn list(view: View, after: Option<Cursor>, limit: u32) -> Vec<Summary>;
    fn counts() -> [u64; 9];
    fn outbox() -> Outbox;
    fn set_due(reference: CaseRef, version: u64, due: Option<Timestamp>) -> ();
    fn put_file(file: StoredFile) -> ();
    fn file(id: FileId) -> Option<StoredFile>;
    fn card(id: CardId) -> Option<CardRecord>;
    fn cards_of(account: AccountId) -> Vec<CardRecord>;
    fn switch(card: CardId, generation: u32, to: CardState, key: &str, at: Timestamp) -> Option<CardState>;
    fn import(import: Import) -> ();
    fn account(id: AccountId) -> Option<Account>;
    fn account_by_login(login: &str) -> Option<Account>;
    fn accounts_by_contact(contact: &str) -> Vec<Account>;
    fn put_account(account: Account) -> ();
    fn spend_step(account: AccountId, step: u64) -> bool;
    fn staff() -> Vec<Account>;
    fn session(id: &[u8; 32]) -> Option<Session>;
    fn put_session(session: Session) -> ();
    fn change_session(was: &Session, session: Session) -> bool;
    fn end_session(id: &[u8; 32]) -> ();
    fn sessions_of(account: AccountId) -> Vec<Session>;
    fn put_code(code: Code) -> ();
    fn try_code(id: &[u8; 16], hash: &[u8; 32], now: Timestamp) -> Tried;
    fn hit(key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Hit;
    fn sweep(now: Timestamp) -> u64;
    fn audit(act: Act) -> ();
    fn acts(limit: u32) -> Vec<(Act, String)>;
    fn put_mail(mail: store::Mail, sealed: Vec<u8>) -> bool;
    fn mail(id: &[u8; 32]) -> Option<(store::Mail, Vec<u8>)>;
    fn mails(fate: store::MailFate, before: Option<i64>, limit: u32) -> Vec<store::Mail>;
    fn mails_of(case: CaseRef) -> Vec<store::Mail>;
    fn mails_pending(limit: u32) -> Vec<[u8; 32]>;
    fn settle_mail(mail: &store::Mail) -> ();
    fn may_answer(sender: &[u8; 32], mail: &[u8; 32], now: Timestamp, until: Timestamp) -> bool;
    fn migrate() -> u32;
    fn health() -> String;
    own

    async fn case(&self, reference: CaseRef) -> Result<Option<Case>> {
        self.before("a case could not be read").await?;
        let case = at_once(self.raw.case(reference))?;
        pause(self.fate.below(3)).await;
        Ok(case)
    }

    async fn commit(&self, mut commit: Commit) -> Result<()> {
        self.before("a commit failed").await?;
        let reference = commit.case.reference;
        self.fate.with(|n| {
            if commit.expected == 0 {
                let next = n.order.len() as u64;
                n.order.entry(reference).or_insert(next);
            }
            n.touched.insert(reference);
        });
        if self.mistaken(&mut commit) {
            return Ok(());
        }
        let done = at_once(self.raw.commit(commit));
        self.after("a commit's answer was lost", done).await
    }

    async fn declared_with(&self, token: &str) -> Result<Option<CaseRef>> {
        self.before("a token could not be read").await?;
        let found = at_once(self.raw.declared_with(token));
        pause(self.fate.below(3)).await;
        found
    }

    async fn open_case_of(&self, card: CardId) -> Result<Option<CaseRef>> {
        self.before("a card's case could not be read").await?;
        at_once(self.raw.open_case_of(card))
    }

    async fn find_cards(&self, number: &Identifier) -> Result<Vec<CardRecord>> {
        self.before("a card could not be looked up").await?;
        at_once(self.raw.find_cards(number))
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<CaseRef>> {
        self.before("deadlines could not be read").await?;
        let mut due = at_once(self.raw.due(now, limit))?;
        due.sort_by_key(|reference| self.fate.nth(*reference));
        Ok(due)
    }

    async fn claim(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Claimed>> {
        self.before("a claim failed").await?;
        let mut claimed = at_once(self.raw.claim(now, lease, limit))?;
        claimed.sort_by_key(|claim| (self.fate.nth(claim.id.case), claim.id.n));
        if self.fate.bug(Bug::LeaseForever) {
            for claim in &claimed {
                at_once(self.raw.retry_later(claim.id, Timestamp::MAX, "mine"))?;
            }
        }
        self.after("a claim's answer was lost", Ok(claimed)).await
    }

    async fn retry_later(&self, id: EffectId, not_before: Timestamp, why: &str) -> Result<()> {
        self.before("an effect could not be given back").await?;
        let done = at_once(self.raw.retry_later(id, not_before, why));
        self.after("giving back was not answered", done).await
    }
}
