//! What the store remembers, said once in SQL that both engines understand. An engine only runs it.

use std::sync::LazyLock;

use async_trait::async_trait;
use case::identify::Identifier;
use case::{AccountId, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, Timestamp};
use jiff::SignedDuration;

use crate::audit::Audit;
use crate::engine::{Change, Engine, Options, Statement, Work};
use crate::rows::{self, ACCOUNT, CARD};
use crate::value::{Record, Value, json};
use crate::{
    Account, Act, Claimed, Code, Commit, Cursor, Hit, Import, Mail, MailFate, Outbox, Result, Session, Store,
    StoredFile, Summary, Tried, View, mail, numbers, schema,
};

pub(crate) struct Desk<E> {
    engine: E,
    options: Options,
    audit: Audit,
}

impl<E: Engine> Desk<E> {
    pub fn new(engine: E, options: Options) -> Self {
        Self { engine, options, audit: Audit::default() }
    }

    async fn one<T>(
        &self,
        sql: &'static str,
        args: Vec<Value>,
        read: impl Fn(&Record) -> Result<T> + Send,
    ) -> Result<Option<T>> {
        self.engine.read(sql, args).await?.first().map(read).transpose()
    }

    async fn many<T>(
        &self,
        sql: &'static str,
        args: Vec<Value>,
        read: impl Fn(&Record) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        self.engine.scan(sql, args).await?.iter().map(read).collect()
    }

    /// Runs one writing statement and gives the rows it returned.
    async fn write(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
        let answer = self.engine.write(Work::Statements(vec![Statement::new(sql, args)])).await?;
        Ok(answer.into_iter().next().unwrap_or_default())
    }
}

#[async_trait]
impl<E: Engine> Store for Desk<E> {
    async fn case(&self, reference: CaseRef) -> Result<Option<Case>> {
        self.one("SELECT body FROM case_ WHERE id = $1", vec![rows::key(reference)], rows::case).await
    }

    async fn commit(&self, commit: Commit) -> Result<()> {
        let change = Change::new(&commit)?;
        self.engine.write(Work::Commit(Box::new(change))).await.map(drop)
    }

    async fn journal(&self, reference: CaseRef) -> Result<Vec<Entry>> {
        let sql = "SELECT body FROM journal WHERE case_id = $1 ORDER BY version";
        self.engine.read(sql, vec![rows::key(reference)]).await?.iter().map(rows::entry).collect()
    }

    async fn declared_with(&self, token: &str) -> Result<Option<CaseRef>> {
        self.one("SELECT id FROM case_ WHERE token = $1", vec![token.into()], rows::reference).await
    }

    async fn open_case_of(&self, card: CardId) -> Result<Option<CaseRef>> {
        let sql = "SELECT id FROM case_ WHERE open_card = $1 ORDER BY received_us, id LIMIT 1";
        self.one(sql, vec![card.key().into()], rows::reference).await
    }

    async fn cases_of(&self, account: AccountId) -> Result<Vec<Summary>> {
        let sql = "SELECT body, changed_us, due_us FROM case_ WHERE account = $1 ORDER BY received_us DESC, id DESC";
        self.many(sql, vec![account.key().into()], rows::summary).await
    }

    async fn list(&self, view: View, after: Option<Cursor>, limit: u32) -> Result<Vec<Summary>> {
        let (sql, first) = match view {
            View::Review => (&LISTS.review, i64::MIN),
            View::Waiting => (&LISTS.waiting, i64::MIN),
            View::Moving => (&LISTS.moving, i64::MIN),
            View::Done => (&LISTS.done, i64::MAX),
            View::All => (&LISTS.all, i64::MAX),
        };
        let after = after.map_or((first, first), |c| (c.received_us, c.reference.bits() as i64));
        let args = vec![after.0.into(), after.1.into(), i64::from(limit).into()];
        // A few rows are sooner read than handed to another thread.
        let found = if limit <= 4 { self.engine.read(sql, args).await? } else { self.engine.scan(sql, args).await? };
        found.iter().map(rows::summary).collect()
    }

    async fn counts(&self) -> Result<[u64; 9]> {
        let mut counts = [0; 9];
        let sql = "SELECT stage, COUNT(*) FROM case_ GROUP BY stage";
        for record in self.engine.scan(sql, vec![]).await? {
            if let Some(count) = usize::try_from(record.int(0)?).ok().and_then(|stage| counts.get_mut(stage)) {
                *count = record.int(1)? as u64;
            }
        }
        Ok(counts)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<CaseRef>> {
        let sql = "SELECT id FROM case_ WHERE due_us <= $1 ORDER BY due_us, id LIMIT $2";
        let found = self.engine.read(sql, vec![now.into(), i64::from(limit).into()]).await?;
        found.iter().map(rows::reference).collect()
    }

    async fn set_due(&self, reference: CaseRef, version: u64, due: Option<Timestamp>) -> Result<()> {
        let sql = "UPDATE case_ SET due_us = $1 WHERE id = $2 AND version = $3";
        let due = due.map(|at| at.as_microsecond());
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

    async fn retry_later(&self, id: EffectId, not_before: Timestamp, why: &str) -> Result<()> {
        let sql = "UPDATE outbox SET try_at_us = $1, why = $2 WHERE case_id = $3 AND n = $4";
        let args = vec![not_before.into(), why.into(), rows::key(id.case), i64::from(id.n).into()];
        self.write(sql, args).await.map(drop)
    }

    async fn outbox(&self) -> Result<Outbox> {
        let found = self.engine.scan("SELECT COUNT(*), MIN(owed_us) FROM outbox", vec![]).await?;
        let Some(record) = found.first() else { return Ok(Outbox::default()) };
        Ok(Outbox { waiting: record.int(0)? as u64, oldest: record.opt_time(1)? })
    }

    async fn put_file(&self, file: StoredFile) -> Result<()> {
        let sql = "INSERT INTO file (id, media, name, at_us, bytes) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (id) DO UPDATE SET \
                   media = excluded.media, name = excluded.name, at_us = excluded.at_us, bytes = excluded.bytes";
        let StoredFile { id, media, name, bytes, at } = file;
        self.write(sql, vec![id.key().into(), media.into(), name.into(), at.into(), bytes.into()]).await.map(drop)
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>> {
        let sql = "SELECT id, media, name, at_us, bytes FROM file WHERE id = $1";
        self.one(sql, vec![id.key().into()], rows::file).await
    }

    async fn card(&self, id: CardId) -> Result<Option<CardRecord>> {
        self.one(concat!(CARD!(), " WHERE id = $1"), vec![id.key().into()], rows::card).await
    }

    async fn cards_of(&self, account: AccountId) -> Result<Vec<CardRecord>> {
        self.many(concat!(CARD!(), " WHERE account = $1 ORDER BY id"), vec![account.key().into()], rows::card).await
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
        let mut statements = Vec::with_capacity(import.accounts.len() + import.cards.len());
        for account in &import.accounts {
            statements.push(rows::account_statement(account, true)?);
        }
        for card in &import.cards {
            statements.push(rows::card_statement(card)?);
        }
        self.engine.bulk(statements).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        self.one(concat!(ACCOUNT!(), " WHERE id = $1"), vec![id.key().into()], rows::account).await
    }

    async fn account_by_login(&self, login: &str) -> Result<Option<Account>> {
        self.one(concat!(ACCOUNT!(), " WHERE login = $1"), vec![login.to_lowercase().into()], rows::account).await
    }

    async fn accounts_by_contact(&self, contact: &str) -> Result<Vec<Account>> {
        let sql = concat!(ACCOUNT!(), " WHERE email = $1 OR phone = $1 ORDER BY id");
        self.engine.read(sql, vec![contact.to_lowercase().into()]).await?.iter().map(rows::account).collect()
    }

    async fn put_account(&self, account: Account) -> Result<()> {
        self.engine.write(Work::Statements(vec![rows::account_statement(&account, false)?])).await.map(drop)
    }

    async fn spend_step(&self, account: AccountId, step: u64) -> Result<bool> {
        let sql = "UPDATE account SET totp_step = $1 WHERE id = $2 AND totp_step < $1 RETURNING 1";
        Ok(!self.write(sql, vec![(step as i64).into(), account.key().into()]).await?.is_empty())
    }

    async fn staff(&self) -> Result<Vec<Account>> {
        self.many(concat!(ACCOUNT!(), " WHERE staff = 1 ORDER BY login"), vec![], rows::account).await
    }

    async fn session(&self, id: &[u8; 32]) -> Result<Option<Session>> {
        self.one("SELECT body FROM session WHERE id = $1", vec![id.as_slice().into()], rows::session).await
    }

    async fn put_session(&self, session: Session) -> Result<()> {
        let sql = "INSERT INTO session (id, account, expires_us, body) VALUES ($1, $2, $3, $4)";
        let account = session.account.map(AccountId::key);
        let args =
            vec![session.id.as_slice().into(), account.into(), session.expires_at.into(), json(&session)?.into()];
        self.write(sql, args).await.map(drop)
    }

    async fn change_session(&self, was: &Session, session: Session) -> Result<bool> {
        // Compared with the text as it is stored, which another version of this program may have written.
        let stored = self.one("SELECT body FROM session WHERE id = $1", vec![was.id.as_slice().into()], |record| {
            Ok((record.text(0)?.to_owned(), rows::session(record)?))
        });
        let Some((text, _)) = stored.await?.filter(|(_, stored)| stored == was && session.id == was.id) else {
            return Ok(false);
        };
        let sql = "UPDATE session SET account = $1, expires_us = $2, body = $3 WHERE id = $4 AND body = $5 RETURNING 1";
        let args = vec![
            session.account.map(AccountId::key).into(),
            session.expires_at.into(),
            json(&session)?.into(),
            was.id.as_slice().into(),
            text.into(),
        ];
        Ok(!self.write(sql, args).await?.is_empty())
    }

    async fn end_session(&self, id: &[u8; 32]) -> Result<()> {
        self.write("DELETE FROM session WHERE id = $1", vec![id.as_slice().into()]).await.map(drop)
    }

    async fn sessions_of(&self, account: AccountId) -> Result<Vec<Session>> {
        let sql = "SELECT body FROM session WHERE account = $1 ORDER BY expires_us DESC, id";
        self.many(sql, vec![account.key().into()], rows::session).await
    }

    async fn put_code(&self, code: Code) -> Result<()> {
        let sql = "INSERT INTO code (id, hash, account, purpose, expires_us, tries_left) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET \
                   hash = excluded.hash, account = excluded.account, purpose = excluded.purpose, \
                   expires_us = excluded.expires_us, tries_left = excluded.tries_left";
        let Code { id, hash, account, purpose, expires_at, tries_left } = code;
        let args = vec![
            id.as_slice().into(),
            hash.as_slice().into(),
            account.map(AccountId::key).into(),
            purpose.into(),
            expires_at.into(),
            i64::from(tries_left).into(),
        ];
        self.write(sql, args).await.map(drop)
    }

    async fn try_code(&self, id: &[u8; 16], hash: &[u8; 32], now: Timestamp) -> Result<Tried> {
        let args = || vec![id.as_slice().into(), hash.as_slice().into(), now.into()];
        let statements = vec![
            Statement::new(
                "DELETE FROM code WHERE id = $1 AND hash = $2 AND expires_us > $3 AND tries_left > 0 \
                 RETURNING account, purpose",
                args(),
            ),
            Statement::new(
                "UPDATE code SET tries_left = tries_left - 1 \
                 WHERE id = $1 AND hash <> $2 AND expires_us > $3 AND tries_left > 0 RETURNING tries_left",
                args(),
            ),
        ];
        let answer = self.engine.write(Work::Statements(statements)).await?;
        match answer.as_slice() {
            [right, _] if !right.is_empty() => Ok(Tried::Right {
                account: right[0].opt_int(0)?.map(rows::account_id),
                purpose: right[0].text(1)?.to_owned(),
            }),
            [_, wrong] if !wrong.is_empty() => Ok(Tried::Wrong { tries_left: rows::small(wrong[0].int(0)?)? }),
            _ => Ok(Tried::Gone),
        }
    }

    async fn hit(&self, key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Result<Hit> {
        let sql = "INSERT INTO usage (key, count, until_us) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
                   count = CASE WHEN usage.until_us <= $3 THEN 1 ELSE usage.count + 1 END, \
                   until_us = CASE WHEN usage.until_us <= $3 THEN excluded.until_us ELSE usage.until_us END \
                   RETURNING count, until_us";
        let counted = self.write(sql, vec![key.into(), rows::later(now, window).into(), now.into()]).await?;
        let record = counted.first().ok_or_else(|| crate::value::corrupt("limit", "no row came back"))?;
        let count = u32::try_from(record.int(0)?).unwrap_or(u32::MAX);
        Ok(Hit { allowed: count <= max, count, until: record.time(1)? })
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let forget = [
            "DELETE FROM session WHERE expires_us <= $1 RETURNING 1",
            "DELETE FROM code WHERE expires_us <= $1 RETURNING 1",
            "DELETE FROM usage WHERE until_us <= $1 RETURNING 1",
        ];
        let statements = forget.into_iter().map(|sql| Statement::new(sql, vec![now.into()])).collect();
        let gone = self.engine.write(Work::Statements(statements)).await?;
        Ok(gone.iter().map(|rows| rows.len() as u64).sum())
    }

    async fn audit(&self, act: Act) -> Result<()> {
        let added = self.audit.add(&self.engine, &act);
        tokio::time::timeout(self.options.deadline, added).await.unwrap_or(Err(crate::StoreError::Deadline))
    }

    async fn acts(&self, limit: u32) -> Result<Vec<(Act, String)>> {
        let sql = "SELECT body, chain FROM act ORDER BY seq DESC LIMIT $1";
        self.many(sql, vec![i64::from(limit).into()], rows::act).await
    }

    // Lists and search.

    // The desk's own memory: drafts, macros, saved views, claims, snoozes.

    // Mail that came in, and addresses that fail.
    async fn put_mail(&self, mail: Mail, sealed: Vec<u8>) -> Result<bool> {
        Ok(!self.write(mail::PUT, mail::put(&mail, sealed)?).await?.is_empty())
    }

    async fn mail(&self, id: &[u8; 32]) -> Result<Option<(Mail, Vec<u8>)>> {
        let whole = |record: &Record| Ok((mail::row(record)?, record.blob(6)?.to_vec()));
        self.one(mail::ONE, vec![id.as_slice().into()], whole).await
    }

    async fn mails(&self, fate: MailFate, before: Option<i64>, limit: u32) -> Result<Vec<Mail>> {
        let args = vec![fate.number().into(), before.unwrap_or(i64::MAX).into(), i64::from(limit).into()];
        self.many(mail::LIST, args, mail::row).await
    }

    async fn mails_of(&self, case: CaseRef) -> Result<Vec<Mail>> {
        self.many(mail::OF_CASE, vec![rows::key(case)], mail::row).await
    }

    async fn mails_pending(&self, limit: u32) -> Result<Vec<[u8; 32]>> {
        let found = self.engine.read(mail::PENDING, vec![i64::from(limit).into()]).await?;
        found.iter().map(mail::id).collect()
    }

    async fn settle_mail(&self, mail: &Mail) -> Result<()> {
        self.write(mail::SETTLE, mail::settled(mail)?).await.map(drop)
    }

    async fn may_answer(&self, sender: &[u8; 32], mail: &[u8; 32], now: Timestamp, until: Timestamp) -> Result<bool> {
        let args = vec![sender.as_slice().into(), mail.as_slice().into(), until.into(), now.into()];
        Ok(!self.write(mail::MAY_ANSWER, args).await?.is_empty())
    }

    // Live: who is here.

    // Reports.

    // Clocks and estimates.

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

/// A list is read by stage, a few entries of the index each, and merged; only the rows of the page are opened.
static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    review: list(&["review"], Order::OldestFirst),
    waiting: list(&["received"], Order::OldestFirst),
    moving: list(&["scheduled", "ceasing", "contested"], Order::OldestFirst),
    done: list(&["ceased", "closed", "refused", "withdrawn"], Order::NewestFirst),
    all: list(&case::Stage::NAMES, Order::NewestFirst),
});

struct Lists {
    review: String,
    waiting: String,
    moving: String,
    done: String,
    all: String,
}

enum Order {
    OldestFirst,
    NewestFirst,
}

fn list(stages: &[&str], order: Order) -> String {
    let (beyond, order) = match order {
        Order::OldestFirst => (">", "received_us, id"),
        Order::NewestFirst => ("<", "received_us DESC, id DESC"),
    };
    let numbers = (0..).zip(case::Stage::NAMES).filter(|(_, name)| stages.contains(name));
    let parts: Vec<String> = numbers
        .map(|(stage, _): (i32, _)| {
            format!(
                "SELECT * FROM (SELECT id, received_us FROM case_ WHERE stage = {stage} \
                 AND (received_us, id) {beyond} ($1, $2) ORDER BY {order} LIMIT $3) AS s{stage}"
            )
        })
        .collect();
    format!(
        "SELECT body, changed_us, due_us FROM case_ WHERE id IN \
         (SELECT id FROM ({}) AS stages ORDER BY {order} LIMIT $3) ORDER BY {order}",
        parts.join(" UNION ALL ")
    )
}
