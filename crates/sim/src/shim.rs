//! The store as the desk sees it: the real one, each call in one instant, with room before and after
//! for others to come between; sometimes it fails, and sometimes it has done the work and says that
//! it does not know. The mistakes of [`bugs`](crate::bugs) that a store can make are made here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use case::identify::Identifier;
use case::{
    AccountId, Actor, Agency, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, MacroId,
    PendingId, Subscription, Timestamp,
};
use jiff::SignedDuration;
use store::{
    Account, Act, AnyStore, Asker, Channels, Chat, Claim, Claimed, Clocks, Code, Commit, Count, Cursor, DayCount,
    DayCounts, Differs, Doors, Draft, Endings, Erasing, Factors, Failing, Fakes, Filter, Finding, Guard, Guarded,
    Guards, Hit, Import, Indexed, Landed, LetterDraft, Letters, Listed, Lists, Looks, Macro, Mails, Measured, Memory,
    Mutual, NoticeOwed, Notices, Outbox, Pending, People, Posts, Presence, PublicLog, PutOff, Reports, Result,
    SavedView, Session, Snooze, Start, Store, StoreError, StoredFile, Stuck, Summary, Tenants, Texts, Tried, View,
    Watch, Writing,
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
            Some(Bug::JournalLost) if commit.expected > 0 => commit.entries[0].events.clear(),
            Some(Bug::JournalEdited) if commit.expected > 0 => commit.entries[0].actor = Actor::Clock,
            Some(Bug::TokenLost) => commit.token = None,
            Some(Bug::DeclarationEdited) => commit.case.declaration.person.name.make_ascii_uppercase(),
            Some(Bug::VersionIgnored) => {
                let stored = at_once(self.raw.case(commit.case.reference)).ok().flatten().map_or(0, |c| c.version);
                commit.expected = stored;
                for (version, entry) in (stored + 1..).zip(&mut commit.entries) {
                    entry.version = version;
                }
                commit.case.version = stored + commit.entries.len() as u64;
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
    ($room:ident: $(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)* own $($own:tt)*) => {
        #[async_trait]
        impl $room for Shim {
            $(async fn $name(&self $(, $arg: $ty)*) -> Result<$out> {
                at_once(self.raw.$name($($arg),*))
            })*
            $($own)*
        }
    };
}

store! {
    Guards:
    fn put_guard(guard: Guard) -> bool;
    fn unlock(account: AccountId, at: Timestamp) -> bool;
    fn untold(limit: u32) -> Vec<Guard>;
    own

    async fn guards(&self, account: AccountId, now: Timestamp) -> Result<Vec<Guard>> {
        self.before("what holds an account could not be read").await?;
        let mut guards = at_once(self.raw.guards(account, now))?;
        let (holds, locks) = (self.fate.bug(Bug::HoldForgotten), self.fate.bug(Bug::LockForgotten));
        guards.retain(|guard| !if guard.what == Guarded::Locked { locks } else { holds });
        Ok(guards)
    }
}

store! {
    Notices:
    fn put_notices(owed: Vec<NoticeOwed>, until: Timestamp) -> ();
    fn told(guard: &Guard, owed: Vec<NoticeOwed>, until: Timestamp) -> bool;
    fn claim_notices(now: Timestamp, lease: SignedDuration, limit: u32) -> Vec<NoticeOwed>;
    fn end_notice(key: &str, n: u32) -> ();
    fn put_off_notice(key: &str, n: u32, not_before: Timestamp, tried: bool) -> ();
    fn give_up_notice(key: &str, n: u32, at: Timestamp) -> ();
    fn hasten_notice(by_text: bool, now: Timestamp) -> ();
    fn notices() -> (u64, u64);
    own
}

store! {
    Store:
    fn journal(reference: CaseRef) -> Vec<Entry>;
    fn entries(reference: CaseRef, after: u64, limit: u32) -> Vec<Entry>;
    fn outbox() -> Outbox;
    fn set_due(reference: CaseRef, version: u64, due: Option<Timestamp>) -> ();
    fn put_file(file: StoredFile) -> ();
    fn put_draft_file(file: StoredFile, until: Timestamp) -> ();
    fn file(id: FileId) -> Option<StoredFile>;
    fn card(id: CardId) -> Option<CardRecord>;
    fn cards_of(account: AccountId) -> Vec<CardRecord>;
    fn switch(card: CardId, generation: u32, to: CardState, key: &str, at: Timestamp) -> Option<CardState>;
    fn import(import: Import) -> ();
    fn audit(act: Act) -> ();
    fn acts_before(before: Option<i64>, limit: u32) -> Vec<(i64, Option<Act>, String)>;
    fn migrate() -> u32;
    fn health() -> String;
    own

    async fn case(&self, reference: CaseRef) -> Result<Option<Case>> {
        self.before("a case could not be read").await?;
        let case = at_once(self.raw.case(reference))?;
        pause(self.fate.below(3)).await;
        Ok(case)
    }

    async fn commit(&self, mut commit: Commit) -> Result<Landed> {
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
            return Ok(Landed::default());
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

    /// Those of one instant stand in the order of their references, and those are random.
    async fn cases_of(&self, account: AccountId) -> Result<Vec<Summary>> {
        let mut cases = at_once(self.raw.cases_of(account))?;
        cases.sort_by_key(|summary| std::cmp::Reverse(self.fate.nth(summary.case.reference)));
        Ok(cases)
    }

    async fn rival_of(&self, subscription: &Subscription, of: Option<CaseRef>) -> Result<Option<CaseRef>> {
        self.before("a card's other case could not be read").await?;
        at_once(self.raw.rival_of(subscription, of))
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
                let (id, kind) = (claim.id, claim.effect.kind());
                let (not_before, why) = (Timestamp::MAX, "mine".to_owned());
                at_once(self.raw.put_off(vec![PutOff { id, kind, not_before, why, tried: true }]))?;
            }
        }
        self.after("a claim's answer was lost", Ok(claimed)).await
    }
}

store! {
    Presence:
    fn chat_asked(case: CaseRef, at: Timestamp) -> ();
    fn chat_answered(case: CaseRef, at: Timestamp) -> ();
    fn chats(waiting: bool, limit: u32) -> Vec<Chat>;
    fn chat_waits(limit: u32) -> Vec<SignedDuration>;
    fn put_pulse(process: &str, body: &str, now: Timestamp, until: Timestamp) -> ();
    fn pulses(now: Timestamp) -> Vec<(String, String)>;
    own
}

store! {
    Mails:
    fn put_mail(mail: store::Mail, sealed: Vec<u8>) -> bool;
    fn mail(id: &[u8; 32]) -> Option<(store::Mail, Vec<u8>)>;
    fn mails(fate: store::MailFate, before: Option<i64>, limit: u32) -> Vec<store::Mail>;
    fn mails_of(case: CaseRef) -> Vec<store::Mail>;
    fn mails_pending(limit: u32) -> Vec<[u8; 32]>;
    fn settle_mail(mail: &store::Mail) -> ();
    fn may_answer(sender: &[u8; 32], mail: &[u8; 32], now: Timestamp, until: Timestamp) -> bool;
    own
}

store! {
    Lists:
    fn list(view: View, after: Option<Cursor>, limit: u32) -> Vec<Summary>;
    fn counts() -> [u64; 9];
    fn filtered(filter: &Filter, asker: &Asker, start: Start, limit: u32) -> Listed;
    fn next(filter: &Filter, asker: &Asker, start: Start, than: CaseRef) -> Option<CaseRef>;
    fn count(filter: &Filter, asker: &Asker, age: Duration) -> Count;
    fn near(text: &str) -> Vec<Case>;
    fn search(text: &str, after: Option<Cursor>, limit: u32) -> Listed;
    fn index(limit: u32, shown: &store::ShownDue) -> Indexed;
    fn reindex() -> ();
    fn unindex(reference: CaseRef) -> ();
    fn views(staff: AccountId) -> Vec<SavedView>;
    fn put_view(view: SavedView) -> bool;
    fn delete_view(id: u64, staff: AccountId) -> bool;
    own
}

store! {
    Factors:
    fn passkeys_of(account: AccountId) -> Vec<store::Passkey>;
    fn passkey(id: &[u8]) -> Option<store::Passkey>;
    fn add_passkey(passkey: store::Passkey, most: u32) -> bool;
    fn use_passkey(id: &[u8], count: u32, at: Timestamp) -> bool;
    fn rename_passkey(account: AccountId, id: &[u8], name: &str) -> bool;
    fn remove_passkey(account: AccountId, id: &[u8], keep_last: bool) -> bool;
    fn put_recovery_codes(account: AccountId, hashes: Vec<[u8; 32]>) -> ();
    fn spend_recovery_code(account: AccountId, hash: &[u8; 32]) -> bool;
    fn recovery_codes_left(account: AccountId) -> u32;
    fn forget_factors(account: AccountId) -> ();
    own
}

store! {
    Doors:
    fn federated(key: &[u8; 32]) -> Option<store::Federated>;
    fn federated_of(account: AccountId) -> Option<store::Federated>;
    fn put_federated(federated: store::Federated) -> bool;
    fn note_browser(account: AccountId, mark: &[u8; 32], at: Timestamp) -> store::Browsers;
    own
}

store! {
    Memory:
    fn draft(case: CaseRef, staff: AccountId, kind: Writing) -> Option<Draft>;
    fn save_draft(draft: Draft) -> ();
    fn put_pending(pending: Pending, form: bool) -> ();
    fn pending_of(case: CaseRef, staff: AccountId) -> Vec<Pending>;
    fn due_pending(now: Timestamp, lease: SignedDuration, limit: u32) -> Vec<Pending>;
    fn try_pending(id: PendingId, version: u64) -> bool;
    fn end_pending(id: PendingId) -> ();
    fn take_back(id: PendingId, staff: AccountId, now: Timestamp) -> Option<(CaseRef, Writing)>;
    fn give_back(id: PendingId, now: Timestamp) -> Option<(CaseRef, Writing)>;
    fn claim_of(case: CaseRef) -> Option<Claim>;
    fn put_claim(claim: Claim, from: Option<AccountId>) -> bool;
    fn end_claim(case: CaseRef, staff: AccountId) -> bool;
    fn end_claims(staff: AccountId) -> ();
    fn snooze_of(case: CaseRef) -> Option<Snooze>;
    fn put_snooze(snooze: Snooze) -> ();
    fn end_snooze(case: CaseRef, at: Timestamp) -> bool;
    fn see_snooze(case: CaseRef, at: Timestamp, seen: u64) -> ();
    fn due_snoozes(now: Timestamp, limit: u32) -> Vec<Snooze>;
    fn macros(staff: AccountId) -> Vec<Macro>;
    fn put_macro(made: Macro) -> ();
    fn end_macro(id: MacroId) -> ();
    fn keys(staff: AccountId) -> bool;
    fn put_keys(staff: AccountId, on: bool) -> ();
    own
}

store! {
    Reports:
    fn report_cursor() -> (i64, String);
    fn journal_after(seq: i64, limit: u32) -> Vec<(i64, Entry)>;
    fn report_case(reference: CaseRef) -> Option<String>;
    fn put_counted(counted: DayCounts) -> bool;
    fn add_counts(counts: Vec<DayCount>) -> ();
    fn report_days(from: i64, to: i64) -> Vec<DayCount>;
    fn report_before(measure: &str, day: i64) -> Vec<DayCount>;
    fn count_afresh(form: &str) -> ();
    own
}

store! {
    Letters:
    fn put_letter(letter: LetterDraft) -> bool;
    fn letter(id: FileId) -> Option<LetterDraft>;
    fn letters(limit: u32) -> Vec<LetterDraft>;
    fn drop_letter(letter: LetterDraft, files: Vec<FileId>) -> ();
    own
}

store! {
    Clocks:
    fn measured(reference: CaseRef) -> Vec<Measured>;
    fn measure(measured: Measured) -> ();
    fn decisions(limit: u32) -> Vec<case::eta::Past>;
    fn decided_before(by: AccountId, at: Timestamp) -> Option<Timestamp>;
    fn ahead(received: Timestamp) -> u32;
    fn mark(name: &str) -> Option<String>;
    fn put_mark(name: &str, value: &str) -> ();
    fn first_mark(name: &str, value: &str) -> String;
    own
}

store! {
    Texts:
    fn put_texts(texts: Vec<store::SentText>) -> ();
    fn text_sent(id: &str) -> Option<store::SentText>;
    own
}

store! {
    Posts:
    fn put_backs(all: Vec<store::Back>) -> ();
    fn back_of(code: &str) -> Option<store::Back>;
    fn backs_under(tracking: &str) -> Vec<store::Back>;
    fn backs(state: case::parcel::State, after: Option<(Option<Timestamp>, CaseRef)>, limit: u32) -> Vec<store::Back>;
    fn count_backs() -> Vec<(case::parcel::State, u64)>;
    fn backs_to_poll(now: Timestamp, limit: u32) -> Vec<store::Back>;
    fn poll_back(back: &store::Back, next: Timestamp) -> bool;
    fn put_stray(stray: &store::Stray) -> i64;
    fn strays(before: Option<i64>, limit: u32) -> Vec<store::Stray>;
    fn count_strays() -> u64;
    fn place_stray(seq: i64, by: AccountId, at: Timestamp) -> bool;
    fn carrier_word(carrier: &str, id: &str, now: Timestamp, since: Timestamp) -> bool;
    own
}

store! {
    Erasing:
    fn erasable(class: case::rules::Class, still: Timestamp, after: Option<CaseRef>, limit: u32) -> Vec<Case>;
    fn kept_back(class: case::rules::Class, still: Timestamp) -> u64;
    fn erase(case: CaseRef, class: case::rules::Class, files: &[FileId], still: Timestamp, at: Timestamp) -> bool;
    fn shed() -> ();
    fn legal_holds(limit: u32) -> Vec<store::LegalHold>;
    fn legal_hold(case: CaseRef) -> Option<store::LegalHold>;
    fn put_legal_hold(case: CaseRef, reason: &str, by: AccountId, at: Timestamp) -> bool;
    fn sign_legal_hold(case: CaseRef, by: AccountId, at: Timestamp) -> bool;
    fn want_legal_hold_ended(case: CaseRef, reason: &str, by: AccountId, at: Timestamp) -> bool;
    fn end_legal_hold(case: CaseRef, by: AccountId, at: Timestamp) -> bool;
    fn stay_legal_hold(case: CaseRef) -> bool;
    own
}

store! {
    Endings:
    fn plan_erasure(case: CaseRef, at: Timestamp) -> bool;
    fn planned(now: Timestamp, limit: u32) -> Vec<store::Due>;
    fn plan_of(case: CaseRef) -> Option<store::Due>;
    fn waiting_erasure(limit: u32) -> Vec<store::Due>;
    fn erasures() -> (u64, u64, u64);
    fn put_off_erasure(case: CaseRef, until: Timestamp, why: Option<&str>) -> bool;
    fn unplan_erasure(case: CaseRef) -> bool;
    fn erase_case(erased: &store::Erased) -> bool;
    fn erased_cases(limit: u32) -> Vec<store::Due>;
    fn parting(account: AccountId) -> Option<store::Parting>;
    fn ask_parting(account: AccountId, at: Timestamp) -> bool;
    fn stay(account: AccountId) -> bool;
    fn parted(still: Timestamp, asked: Timestamp, limit: u32) -> Vec<store::Parting>;
    fn erase_account(account: AccountId, cards: &[CardRecord]) -> bool;
    own
}

store! {
    Stuck:
    fn failing(kinds: &[&str], after: Option<(Cursor, u32)>, limit: u32) -> Vec<Failing>;
    fn stuck() -> (u64, u64);
    fn hasten(ids: Vec<EffectId>, now: Timestamp) -> u64;
    fn cards_by_imsi(after: &str, limit: u32) -> Vec<CardRecord>;
    fn found(element: &str, of: &case::Subscription, what: Differs, now: Timestamp, seen: Timestamp) -> ();
    fn resolve(element: &str, before: Timestamp, now: Timestamp) -> u64;
    fn findings(open: bool, before: Option<i64>, limit: u32) -> Vec<Finding>;
    fn unalarmed() -> Option<(u64, i64)>;
    fn alarmed(seq: i64, now: Timestamp) -> ();
    fn take_mark(name: &str, value: &str) -> bool;
    own

    async fn put_off(&self, all: Vec<PutOff>) -> Result<()> {
        self.before("effects could not be put off").await?;
        let done = at_once(self.raw.put_off(all));
        self.after("putting off was not answered", done).await
    }
}

store! {
    Watch:
    fn ended_after(seq: i64, limit: u32) -> Vec<(i64, Option<CaseRef>)>;
    fn put_watched(watched: Vec<store::Watched>) -> ();
    fn watched(card: CardId) -> Option<store::Watched>;
    fn watched_numbers(after: Option<CardId>, limit: u32) -> Vec<store::WatchedNumbers>;
    fn arrive(arrived: Vec<store::Arrived>) -> u32;
    fn cases_with_arrivals(limit: u32) -> Vec<CaseRef>;
    fn arrivals(case: CaseRef, limit: u32) -> Vec<(i64, case::watch::Sign)>;
    fn end_arrivals(seqs: Vec<i64>) -> ();
    own
}

store! {
    PublicLog:
    fn log_head() -> store::LogHead;
    fn log_grow(growth: store::LogGrowth) -> bool;
    fn log_tile(level: u32, n: u64) -> Option<Vec<u8>>;
    fn log_leaves(from: u64, limit: u32) -> Vec<store::LogLeaf>;
    fn log_leaves_of(case: CaseRef) -> Vec<store::LogLeaf>;
    fn log_other_leaf(leaf: &str) -> Option<store::LogLeaf>;
    fn log_key(case: CaseRef) -> Option<Vec<u8>>;
    fn log_forget(case: CaseRef) -> ();
    fn log_checkpoint(witnesses: u32) -> Option<store::LogCheckpoint>;
    fn log_checkpoint_over(n: u64, witnesses: u32) -> Option<store::LogCheckpoint>;
    fn log_sign(checkpoint: store::LogCheckpoint) -> ();
    own
}

store! {
    Channels:
    fn propose_channel(by: AccountId, at: Timestamp, change: &case::official::change::Change) -> i64;
    fn decide_channel(seq: i64, by: AccountId, at: Timestamp, approve: bool) -> bool;
    fn withdraw_channel(seq: i64, at: Timestamp) -> bool;
    fn channel_steps() -> Vec<store::ChannelStep>;
    fn channel_revision() -> store::ChannelRevision;
    fn put_channel_text(text: store::ChannelText) -> bool;
    fn channel_text(version: Option<u64>) -> Option<store::ChannelText>;
    own
}

store! {
    Tenants:
    fn case_for(reference: CaseRef, agency: Option<&Agency>) -> Option<Case>;
    fn agency_of(case: CaseRef) -> Option<Agency>;
    fn give(case: CaseRef, agency: Option<&Agency>) -> ();
    fn near_for(text: &str, agency: Option<&Agency>) -> Vec<Case>;
    fn search_for(text: &str, agency: Option<&Agency>, after: Option<Cursor>, limit: u32) -> Listed;
    fn chats_for(agency: Option<&Agency>, waiting: bool, limit: u32) -> Vec<Chat>;
    fn failing_for(agency: Option<&Agency>, kinds: &[&str], after: Option<(Cursor, u32)>, limit: u32) -> Vec<Failing>;
    fn letter_is(id: FileId, agency: &Agency) -> ();
    fn letter_for(id: FileId, agency: Option<&Agency>) -> Option<LetterDraft>;
    fn letters_for(agency: Option<&Agency>, limit: u32) -> Vec<LetterDraft>;
    own
}

store! {
    Fakes:
    fn put_fake_report(report: &store::FakeReport, contact: Option<&str>) -> ();
    fn fake_report(id: u64) -> Option<store::FakeReport>;
    fn fake_states(report: u64) -> Vec<store::FakeState>;
    fn fakes(state: store::FakeState, before: Option<i64>, limit: u32) -> Vec<store::Fake>;
    fn fake(seq: i64) -> Option<store::Fake>;
    fn fake_of(kind: case::official::Kind, value: &str) -> Option<store::Fake>;
    fn fake_reports(seq: i64, limit: u32) -> Vec<store::FakeReport>;
    fn new_fakes() -> u64;
    fn decide_fake(seq: i64, to: store::FakeState, by: AccountId, at: Timestamp) -> bool;
    fn unalarmed_fakes(since: Timestamp, many: u64) -> Vec<store::Fake>;
    fn alarmed_fakes(seqs: &[i64], at: Timestamp) -> ();
    fn untold_reports(limit: u32) -> Vec<store::Untold>;
    fn told_reports(ids: &[u64]) -> ();
    own
}

store! {
    Looks:
    fn look(looks: Vec<store::Look>, reveal: Option<store::Reveal>) -> ();
    fn looks(of: &store::LooksOf, before: Option<i64>, limit: u32) -> Vec<(i64, store::Look)>;
    fn lookers(case: CaseRef) -> u64;
    fn looks_intact() -> std::result::Result<u64, i64>;
    fn cut_looks(before: Timestamp) -> u64;
    fn reveals(staff: AccountId, now: Timestamp) -> Vec<store::Reveal>;
    own
}

store! {
    People:
    fn account(id: AccountId) -> Option<Account>;
    fn account_by_login(login: &str) -> Option<Account>;
    fn accounts_by_contact(contact: &str) -> Vec<Account>;
    fn put_account(account: Account) -> ();
    fn change_account(was: &Account, account: Account) -> bool;
    fn spend_step(account: AccountId, step: u64) -> bool;
    fn staff() -> Vec<Account>;
    fn session(id: &[u8; 32]) -> Option<Session>;
    fn visit(id: &[u8; 32]) -> Option<(Session, Option<Account>)>;
    fn put_session(session: Session) -> ();
    fn change_session(was: &Session, session: Session) -> bool;
    fn end_session(id: &[u8; 32]) -> ();
    fn sessions_of(account: AccountId) -> Vec<Session>;
    fn put_code(code: Code) -> ();
    fn try_code(id: &[u8; 16], hash: &[u8; 32], now: Timestamp) -> Tried;
    fn code_of(id: &[u8; 16], now: Timestamp) -> Option<AccountId>;
    fn uses(key: &str, now: Timestamp) -> u32;
    fn hit(key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Hit;
    fn sweep(now: Timestamp) -> u64;
    own
}

store! {
    Mutual:
    fn contact(case: CaseRef, now: Timestamp) -> Option<store::Contact>;
    fn contacts(now: Timestamp, limit: u32) -> Vec<store::Contact>;
    fn open_contact(contact: store::Contact) -> bool;
    fn stay_contact(case: CaseRef, staff: AccountId, until: Timestamp, now: Timestamp) -> bool;
    fn end_contact(case: CaseRef, id: &[u8; 16]) -> bool;
    fn try_contact(id: &[u8; 16], now: Timestamp) -> Option<u32>;
    fn use_contact(id: &[u8; 16], turn: u64, now: Timestamp) -> bool;
    fn phrase(account: AccountId) -> Option<store::Phrase>;
    fn put_phrase(account: AccountId, phrase: Option<store::Phrase>) -> ();
    own
}
