//! What the store remembers, said once in SQL that both engines understand. An engine only runs it.

mod channels;
mod clocks;
mod contact;
mod doors;
mod ending;
mod erasing;
mod factors;
mod fakes;
mod guard;
mod letters;
mod lists;
mod live;
mod log;
mod looks;
mod mail;
mod memory;
mod notices;
mod people;
mod posts;
mod reports;
mod stuck;
mod tenants;
mod texts;
mod watch;

use std::time::Duration;

use async_trait::async_trait;
use case::identify::Identifier;
use case::{
    AccountId, Agency, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, MacroId, PendingId,
    Subscription, Timestamp,
};
use jiff::SignedDuration;

use crate::audit::Audit;
use crate::engine::{Change, Engine, Options, Statement, Work};
use crate::lists::Counted;
use crate::looks::Chain;
use crate::rows::{self, ACCOUNT, CARD};
use crate::value::{Record, Value, json};
use crate::{
    Account, Act, Arrived, Asker, Browsers, COUNTED, Chat, Claim, Claimed, Code, Commit, Contact, Count, Cursor,
    DayCount, DayCounts, Differs, Draft, Failing, Federated, Filter, Finding, Guard, Hit, Import, Indexed, Landed,
    LetterDraft, Listed, LogCheckpoint, LogGrowth, LogHead, LogLeaf, Look, LooksOf, Macro, Mail, MailFate, Measured,
    Outbox, Passkey, Pending, Phrase, PutOff, Result, Reveal, SavedView, SentText, Session, Snooze, Start, Store,
    StoredFile, Summary, Tried, View, Watched, WatchedNumbers, Writing, numbers, schema,
};

pub use self::{
    channels::Channels, clocks::Clocks, contact::Mutual, doors::Doors, ending::Endings, erasing::Erasing,
    factors::Factors, fakes::Fakes, guard::Guards, letters::Letters, lists::Lists, live::Presence, log::PublicLog,
    looks::Looks, mail::Mails, memory::Memory, notices::Notices, people::People, posts::Posts, reports::Reports,
    stuck::Stuck, tenants::Tenants, texts::Texts, watch::Watch,
};

pub(crate) struct Desk<E> {
    pub(crate) engine: E,
    options: Options,
    audit: Audit,
    looking: Chain,
    pub(crate) counted: Counted,
}

impl<E: Engine> Desk<E> {
    pub fn new(engine: E, options: Options) -> Self {
        Self { engine, options, audit: Audit::default(), looking: Chain::default(), counted: Counted::default() }
    }

    pub(crate) async fn one<T>(
        &self,
        sql: &'static str,
        args: Vec<Value>,
        read: impl Fn(&Record) -> Result<T> + Send,
    ) -> Result<Option<T>> {
        self.engine.read(sql, args).await?.first().map(read).transpose()
    }

    pub(crate) async fn many<T>(
        &self,
        sql: &'static str,
        args: Vec<Value>,
        read: impl Fn(&Record) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        self.engine.scan(sql, args).await?.iter().map(read).collect()
    }

    /// Runs one writing statement and gives the rows it returned.
    pub(crate) async fn write(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
        let answer = self.engine.write(Work::Statements(vec![Statement::new(sql, args)])).await?;
        Ok(answer.into_iter().next().unwrap_or_default())
    }
}

#[async_trait]
impl<E: Engine> Store for Desk<E> {
    async fn case(&self, reference: CaseRef) -> Result<Option<Case>> {
        self.one("SELECT body FROM case_ WHERE id = $1", vec![rows::key(reference)], rows::case).await
    }

    async fn commit(&self, commit: Commit) -> Result<Landed> {
        let mut change = Change::new(&commit)?;
        let now = commit.entries.last().map_or(Timestamp::MIN, |entry| entry.at);
        if let Some((was, session)) = &commit.beside.session {
            change.beside.push(rows::session_beside(was, session, &commit.case)?);
        }
        let asked = change.beside.len();
        if let Some((key, window)) = &commit.beside.used {
            change.beside.push(rows::use_statement(key, now, *window));
        }
        change.beside.extend(commit.beside.files.iter().map(|file| rows::file_beside(*file, &commit.case)));
        change.beside.extend(commit.beside.agency.iter().map(|a| crate::tenants::came(&commit.case, a)));
        change.beside.extend(commit.beside.arrivals.iter().map(|seq| crate::watch::taken(*seq, &commit.case)));
        change.beside.extend(crate::sole::of(&commit));
        let beside = self.engine.write(Work::Commit(Box::new(change))).await?;
        Ok(Landed { session: asked > 0 && beside.first().is_some_and(|rows| !rows.is_empty()) })
    }

    async fn journal(&self, reference: CaseRef) -> Result<Vec<Entry>> {
        self.entries(reference, 0, u32::MAX).await
    }

    async fn entries(&self, reference: CaseRef, after: u64, limit: u32) -> Result<Vec<Entry>> {
        let sql = "SELECT body FROM journal WHERE case_id = $1 AND version > $2 ORDER BY version LIMIT $3";
        let args = vec![rows::key(reference), (after as i64).into(), i64::from(limit).into()];
        self.engine.read(sql, args).await?.iter().map(rows::entry).collect()
    }

    async fn declared_with(&self, token: &str) -> Result<Option<CaseRef>> {
        self.one("SELECT id FROM case_ WHERE token = $1", vec![token.into()], rows::reference).await
    }

    async fn open_case_of(&self, card: CardId) -> Result<Option<CaseRef>> {
        let sql = "SELECT id FROM case_ WHERE open_card = $1 ORDER BY received_us, id LIMIT 1";
        self.one(sql, vec![card.key().into()], rows::reference).await
    }

    async fn rival_of(&self, subscription: &Subscription, of: Option<CaseRef>) -> Result<Option<CaseRef>> {
        // No reference is negative.
        let of = of.map_or(Value::Int(-1), rows::key);
        let args = vec![subscription.card.key().into(), of, i64::from(subscription.generation).into()];
        self.one(crate::sole::RIVAL, args, rows::reference).await
    }

    async fn cases_of(&self, account: AccountId) -> Result<Vec<Summary>> {
        let sql = "SELECT body, changed_us, due_us FROM case_ WHERE account = $1 ORDER BY received_us DESC, id DESC";
        self.many(sql, vec![account.key().into()], rows::summary).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<CaseRef>> {
        let sql = "SELECT id FROM case_ WHERE due_us <= $1 ORDER BY due_us, id LIMIT $2";
        let found = self.engine.read(sql, vec![now.into(), i64::from(limit).into()]).await?;
        found.iter().map(rows::reference).collect()
    }

    async fn set_due(&self, reference: CaseRef, version: u64, due: Option<Timestamp>) -> Result<()> {
        let due = due.map(|at| at.as_microsecond());
        let sql = "UPDATE case_ SET due_us = $1 WHERE id = $2 AND version = $3";
        self.write(sql, vec![due.into(), rows::key(reference), (version as i64).into()]).await.map(drop)
    }

    async fn claim(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Claimed>> {
        let some = "SELECT 1 FROM outbox WHERE try_at_us <= $1 LIMIT 1";
        if self.engine.read(some, vec![now.into()]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let args = vec![now.into(), i64::from(limit).into(), rows::later(now, lease).into()];
        let mut leased = self.write(E::CLAIM, args).await?.iter().map(rows::claimed).collect::<Result<Vec<_>>>()?;
        leased.sort_by_key(|(owed_us, claimed)| (*owed_us, claimed.id));
        Ok(leased.into_iter().map(|(_, claimed)| claimed).collect())
    }

    async fn outbox(&self) -> Result<Outbox> {
        let sql = "SELECT COUNT(*), MIN(owed_us) FROM (SELECT owed_us FROM outbox ORDER BY try_at_us LIMIT 10001) AS o";
        let found = self.engine.scan(sql, vec![]).await?;
        let Some(record) = found.first() else { return Ok(Outbox::default()) };
        Ok(Outbox { waiting: record.int(0)? as u64, oldest: record.opt_time(1)? })
    }

    async fn put_file(&self, file: StoredFile) -> Result<()> {
        self.engine.write(Work::Statements(vec![rows::file_statement(file, None)])).await.map(drop)
    }

    async fn put_draft_file(&self, file: StoredFile, until: Timestamp) -> Result<()> {
        self.engine.write(Work::Statements(vec![rows::file_statement(file, Some(until))])).await.map(drop)
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>> {
        let sql = "SELECT id, media, name, at_us, bytes FROM file WHERE id = $1";
        self.one(sql, vec![id.key().into()], rows::file).await
    }

    async fn card(&self, id: CardId) -> Result<Option<CardRecord>> {
        self.one(concat!(CARD!(), " WHERE id = $1"), vec![id.key().into()], rows::card).await
    }

    async fn cards_of(&self, account: AccountId) -> Result<Vec<CardRecord>> {
        self.many(concat!(CARD!(), " WHERE account = $1 ORDER BY id + 0"), vec![account.key().into()], rows::card).await
    }

    async fn find_cards(&self, number: &Identifier) -> Result<Vec<CardRecord>> {
        let (sql, args) = numbers::query(number);
        self.engine.read(sql, args).await?.iter().map(rows::card).collect()
    }

    async fn switch(
        &self,
        card: CardId,
        generation: u32,
        to: CardState,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<CardState>> {
        let (card, generation) = (card.key(), i64::from(generation));
        let made = || vec![card.into(), generation.into(), key.into()];
        let statements = vec![
            Statement::new(
                "INSERT INTO card_switch (card_id, generation, key, fresh) \
                 SELECT id, generation, $1, 1 FROM card WHERE id = $2 AND generation = $3 ON CONFLICT DO NOTHING",
                vec![key.into(), card.into(), generation.into()],
            ),
            Statement::new(
                "UPDATE card SET state = $1, changed_us = $2 \
                 WHERE id = $3 AND generation = $4 AND state <> 'ceased' AND state <> $1 AND EXISTS \
                 (SELECT 1 FROM card_switch WHERE card_id = $3 AND generation = $4 AND key = $5 AND fresh = 1)",
                vec![to.name().into(), at.into(), card.into(), generation.into(), key.into()],
            ),
            Statement::new(
                "UPDATE card_switch SET fresh = 0 WHERE card_id = $1 AND generation = $2 AND key = $3 AND fresh = 1",
                made(),
            ),
            Statement::new(
                "SELECT state FROM card WHERE id = $1 AND generation = $2",
                vec![card.into(), generation.into()],
            ),
        ];
        let answer = self.engine.write(Work::Statements(statements)).await?;
        answer.last().and_then(|found| found.first()).map(|record| rows::state(record.text(0)?)).transpose()
    }

    async fn import(&self, import: Import) -> Result<()> {
        let mut statements = Vec::with_capacity(2 * import.accounts.len() + import.cards.len());
        for account in &import.accounts {
            statements.push(crate::guard::overwritten(account));
            statements.push(rows::account_statement(account, true)?);
        }
        for card in &import.cards {
            statements.push(rows::card_statement(card)?);
        }
        self.engine.bulk(statements).await
    }

    async fn audit(&self, act: Act) -> Result<()> {
        let added = self.audit.add(&self.engine, &act);
        tokio::time::timeout(self.options.deadline, added).await.unwrap_or(Err(crate::StoreError::Deadline))
    }

    async fn acts_before(&self, before: Option<i64>, limit: u32) -> Result<Vec<(i64, Option<Act>, String)>> {
        let sql = "SELECT body, chain, seq FROM act WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
        let with_number = |record: &Record| rows::act(record).and_then(|(act, chain)| Ok((record.int(2)?, act, chain)));
        self.many(sql, vec![before.unwrap_or(i64::MAX).into(), i64::from(limit).into()], with_number).await
    }

    async fn migrate(&self) -> Result<u32> {
        self.engine.migrate().await
    }

    async fn health(&self) -> Result<String> {
        let version = self.engine.schema().await?.unwrap_or(0);
        if version < schema::NEWEST {
            let newest = schema::NEWEST;
            return Err(crate::StoreError::Engine(format!(
                "the schema is {version} and has to be migrated to {newest}"
            )));
        }
        let probe = "INSERT INTO probe (id, count) VALUES (1, 1) \
                     ON CONFLICT (id) DO UPDATE SET count = probe.count + 1";
        self.write(probe, vec![]).await?;
        Ok(format!("{}, schema {version}, writable", self.engine.version().await?))
    }
}
