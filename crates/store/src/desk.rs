//! What the store remembers, said once in SQL that both engines understand. An engine only runs it.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use case::identify::Identifier;
use case::{
    AccountId, CardId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, MacroId, PendingId, Timestamp,
};
use jiff::SignedDuration;

use crate::audit::Audit;
use crate::engine::{Change, Engine, Options, Statement, Work};
use crate::lists::Counted;
use crate::rows::{self, ACCOUNT, CARD};
use crate::value::{Record, Value, json};
use crate::{
    Account, Act, Asker, COUNTED, Chat, Claim, Claimed, Code, Commit, Count, Cursor, DayCount, DayCounts, Draft,
    Filter, Hit, Import, Indexed, Landed, LetterDraft, Listed, LogCheckpoint, LogGrowth, LogHead, LogLeaf, Macro, Mail,
    MailFate, Measured, Outbox, Pending, Result, SavedView, Session, Snooze, Start, Store, StoredFile, Summary, Tried,
    View, Writing, clocks, index, live, log, mail, memory, numbers, reports, schema,
};

pub(crate) struct Desk<E> {
    pub(crate) engine: E,
    options: Options,
    audit: Audit,
    pub(crate) counted: Counted,
}

impl<E: Engine> Desk<E> {
    pub fn new(engine: E, options: Options) -> Self {
        Self { engine, options, audit: Audit::default(), counted: Counted::default() }
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
            change.beside.push(rows::session_beside(was, session, commit.case.reference)?);
        }
        let asked = change.beside.len();
        if let Some((key, window)) = &commit.beside.used {
            change.beside.push(rows::use_statement(key, now, *window));
        }
        for file in &commit.beside.files {
            let sql = "UPDATE file SET draft_until_us = NULL WHERE id = $1 AND draft_until_us IS NOT NULL";
            change.beside.push(Statement::new(sql, vec![file.key().into()]));
        }
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
        let after = after.map_or((first, first), |c| (c.at_us, c.reference.bits() as i64));
        let args = vec![after.0.into(), after.1.into(), i64::from(limit).into()];
        // A few rows are sooner read than handed to another thread.
        let found = if limit <= 4 { self.engine.read(sql, args).await? } else { self.engine.scan(sql, args).await? };
        found.iter().map(rows::summary).collect()
    }

    async fn counts(&self) -> Result<[u64; 9]> {
        let mut counts = [0; 9];
        let most = COUNTED as i64 + 1;
        for record in self.engine.scan(&COUNTS, vec![most.into()]).await? {
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
        let due = due.map(|at| at.as_microsecond());
        let args = |due: Value| vec![due, rows::key(reference), (version as i64).into()];
        // No entry tells the index of it.
        let indexed = "UPDATE case_facet SET due_us = $1 WHERE id = $2 AND version = $3";
        let statements = vec![
            Statement::new("UPDATE case_ SET due_us = $1 WHERE id = $2 AND version = $3", args(due.into())),
            Statement::new(indexed, args(due.unwrap_or(index::NEVER).into())),
        ];
        self.engine.write(Work::Statements(statements)).await.map(drop)
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

    async fn change_account(&self, was: &Account, account: Account) -> Result<bool> {
        // Compared with the text as it is stored, which another version of this program may have written.
        let sql = concat!(ACCOUNT!(), " WHERE id = $1");
        let read = |record: &Record| Ok((record.text(0)?.to_owned(), rows::account(record)?));
        let stored = self.one(sql, vec![was.id.key().into()], read).await?;
        let same = |stored: &Account| Account { totp_step: was.totp_step, ..stored.clone() } == *was;
        let Some((text, _)) = stored.filter(|(_, stored)| same(stored) && account.id == was.id) else {
            return Ok(false);
        };
        let statement = rows::account_change(was, &account, text)?;
        let answer = self.engine.write(Work::Statements(vec![statement])).await?;
        Ok(answer.first().is_some_and(|rows| !rows.is_empty()))
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

    async fn visit(&self, id: &[u8; 32]) -> Result<Option<(Session, Option<Account>)>> {
        let sql = "SELECT session.body, account.body, account.password, account.totp, account.totp_step \
                   FROM session LEFT JOIN account ON account.id = session.account WHERE session.id = $1";
        self.one(sql, vec![id.as_slice().into()], rows::visit).await
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

    async fn uses(&self, key: &str, now: Timestamp) -> Result<u32> {
        let sql = "SELECT count FROM usage WHERE key = $1 AND until_us > $2";
        let count = self.one(sql, vec![key.into(), now.into()], |record| record.int(0)).await?;
        Ok(count.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX)))
    }

    async fn hit(&self, key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Result<Hit> {
        let answer = self.engine.write(Work::Statements(vec![rows::use_statement(key, now, window)])).await?;
        let record = answer
            .first()
            .and_then(|counted| counted.first())
            .ok_or_else(|| crate::value::corrupt("limit", "no row came back"))?;
        let count = u32::try_from(record.int(0)?).unwrap_or(u32::MAX);
        Ok(Hit { allowed: count <= max, count, until: record.time(1)? })
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let forget = [
            "DELETE FROM session WHERE expires_us <= $1 RETURNING 1",
            "DELETE FROM code WHERE expires_us <= $1 RETURNING 1",
            "DELETE FROM usage WHERE until_us <= $1 RETURNING 1",
            "DELETE FROM file WHERE draft_until_us <= $1 RETURNING 1",
        ];
        let mut statements: Vec<_> = forget.into_iter().map(|sql| Statement::new(sql, vec![now.into()])).collect();
        statements.push(memory::old_drafts(now));
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
    async fn filtered(&self, filter: &Filter, asker: &Asker, start: Start, limit: u32) -> Result<Listed> {
        self.page_of(filter, asker, start, limit).await
    }

    async fn count(&self, filter: &Filter, asker: &Asker, age: Duration) -> Result<Count> {
        self.count_of(filter, asker, age).await
    }

    async fn near(&self, text: &str) -> Result<Vec<Case>> {
        self.nearest(text).await
    }

    async fn search(&self, text: &str, after: Option<Cursor>, limit: u32) -> Result<Listed> {
        self.search_for(text, after, limit).await
    }

    async fn index(&self, limit: u32) -> Result<Indexed> {
        self.index_some(limit).await
    }

    async fn reindex(&self) -> Result<()> {
        self.index_anew().await
    }

    async fn unindex(&self, reference: CaseRef) -> Result<()> {
        self.unindex_one(reference).await
    }

    async fn views(&self, staff: AccountId) -> Result<Vec<SavedView>> {
        self.views_for(staff).await
    }

    async fn put_view(&self, view: SavedView) -> Result<bool> {
        self.save_view(view).await
    }

    async fn delete_view(&self, id: u64, staff: AccountId) -> Result<bool> {
        self.drop_view(id, staff).await
    }

    // The desk's own memory: drafts, macros, saved views, claims, snoozes.
    async fn draft(&self, case: CaseRef, staff: AccountId, kind: Writing) -> Result<Option<Draft>> {
        memory::draft(&self.engine, case, staff, kind).await
    }

    async fn save_draft(&self, draft: Draft) -> Result<()> {
        memory::save_draft(&self.engine, draft).await
    }

    async fn put_pending(&self, pending: Pending, form: bool) -> Result<()> {
        memory::put_pending(&self.engine, pending, form).await
    }

    async fn pending_of(&self, case: CaseRef, staff: AccountId) -> Result<Vec<Pending>> {
        memory::pending_of(&self.engine, case, staff).await
    }

    async fn due_pending(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Pending>> {
        memory::due_pending(&self.engine, now, lease, limit).await
    }

    async fn try_pending(&self, id: PendingId, version: u64) -> Result<bool> {
        memory::try_pending(&self.engine, id, version).await
    }

    async fn end_pending(&self, id: PendingId) -> Result<()> {
        memory::end_pending(&self.engine, id).await
    }

    async fn take_back(&self, id: PendingId, staff: AccountId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>> {
        memory::take_back(&self.engine, id, staff, now).await
    }

    async fn give_back(&self, id: PendingId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>> {
        memory::give_back(&self.engine, id, now).await
    }

    async fn claim_of(&self, case: CaseRef) -> Result<Option<Claim>> {
        memory::claim_of(&self.engine, case).await
    }

    async fn put_claim(&self, claim: Claim, from: Option<AccountId>) -> Result<bool> {
        memory::put_claim(&self.engine, claim, from).await
    }

    async fn end_claim(&self, case: CaseRef, staff: AccountId) -> Result<bool> {
        memory::end_claim(&self.engine, case, staff).await
    }

    async fn snooze_of(&self, case: CaseRef) -> Result<Option<Snooze>> {
        memory::snooze_of(&self.engine, case).await
    }

    async fn put_snooze(&self, snooze: Snooze) -> Result<()> {
        memory::put_snooze(&self.engine, snooze).await
    }

    async fn end_snooze(&self, case: CaseRef, at: Timestamp) -> Result<bool> {
        memory::end_snooze(&self.engine, case, at).await
    }

    async fn see_snooze(&self, case: CaseRef, at: Timestamp, seen: u64) -> Result<()> {
        memory::see_snooze(&self.engine, case, at, seen).await
    }

    async fn due_snoozes(&self, now: Timestamp, limit: u32) -> Result<Vec<Snooze>> {
        memory::due_snoozes(&self.engine, now, limit).await
    }

    async fn macros(&self, staff: AccountId) -> Result<Vec<Macro>> {
        memory::macros(&self.engine, staff).await
    }

    async fn put_macro(&self, made: Macro) -> Result<()> {
        memory::put_macro(&self.engine, made).await
    }

    async fn end_macro(&self, id: MacroId) -> Result<()> {
        memory::end_macro(&self.engine, id).await
    }

    async fn keys(&self, staff: AccountId) -> Result<bool> {
        memory::keys(&self.engine, staff).await
    }

    async fn put_keys(&self, staff: AccountId, on: bool) -> Result<()> {
        memory::put_keys(&self.engine, staff, on).await
    }

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

    async fn chat_asked(&self, case: CaseRef, at: Timestamp) -> Result<()> {
        self.engine.write(Work::Statements(vec![live::chat_asked(case, at)])).await.map(drop)
    }

    async fn chat_answered(&self, case: CaseRef, at: Timestamp) -> Result<()> {
        self.engine.write(Work::Statements(vec![live::chat_answered(case, at)])).await.map(drop)
    }

    async fn chats(&self, waiting: bool, limit: u32) -> Result<Vec<Chat>> {
        live::chats(&self.engine, waiting, limit).await
    }

    async fn chat_waits(&self, limit: u32) -> Result<Vec<SignedDuration>> {
        live::chat_waits(&self.engine, limit).await
    }

    async fn put_pulse(&self, process: &str, body: &str, now: Timestamp, until: Timestamp) -> Result<()> {
        self.engine.write(live::put_pulse(process, body, now, until)).await.map(drop)
    }

    async fn pulses(&self, now: Timestamp) -> Result<Vec<(String, String)>> {
        live::pulses(&self.engine, now).await
    }

    // Reports.
    async fn report_cursor(&self) -> Result<(i64, String)> {
        Ok(self.one(reports::CURSOR, vec![], reports::cursor).await?.unwrap_or_default())
    }

    async fn journal_after(&self, seq: i64, limit: u32) -> Result<Vec<(i64, Entry)>> {
        let upto = |from: i64| vec![from.into(), from.saturating_add(i64::from(limit)).into()];
        let next = self.many(reports::STRETCH, upto(seq), reports::line).await?;
        if !next.is_empty() {
            return Ok(next);
        }
        // Places that were drawn and never used are skipped.
        match self.one(reports::FIRST, vec![seq.into()], reports::first).await?.flatten() {
            Some(first) => self.many(reports::STRETCH, upto(first - 1), reports::line).await,
            None => Ok(next),
        }
    }

    async fn report_case(&self, reference: CaseRef) -> Result<Option<String>> {
        self.one(reports::CASE, vec![rows::key(reference)], reports::state).await
    }

    async fn put_counted(&self, counted: DayCounts) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(reports::counted(&counted))).await?;
        Ok(answer.last().is_some_and(|moved| !moved.is_empty()))
    }

    async fn add_counts(&self, counts: Vec<DayCount>) -> Result<()> {
        self.engine.write(Work::Statements(reports::add(&counts))).await.map(drop)
    }

    async fn report_days(&self, from: i64, to: i64) -> Result<Vec<DayCount>> {
        self.many(reports::DAYS, vec![from.into(), to.into()], reports::count).await
    }

    async fn report_before(&self, measure: &str, day: i64) -> Result<Vec<DayCount>> {
        self.many(reports::BEFORE, vec![measure.into(), day.into()], reports::count).await
    }

    async fn count_afresh(&self, form: &str) -> Result<()> {
        self.engine.write(Work::Statements(reports::afresh(form))).await.map(drop)
    }

    async fn put_letter(&self, letter: LetterDraft) -> Result<()> {
        self.engine.write(Work::Statements(vec![crate::letters::put(&letter)])).await.map(drop)
    }

    async fn letter(&self, id: FileId) -> Result<Option<LetterDraft>> {
        self.one(crate::letters::ONE, vec![id.key().into()], crate::letters::read).await
    }

    async fn letters(&self, limit: u32) -> Result<Vec<LetterDraft>> {
        self.many(crate::letters::OPEN, vec![i64::from(limit).into()], crate::letters::read).await
    }

    async fn drop_letter(&self, id: FileId, files: Vec<FileId>) -> Result<()> {
        self.engine.write(Work::Statements(crate::letters::forget(id, &files))).await.map(drop)
    }

    // Clocks and estimates.
    async fn measured(&self, reference: CaseRef) -> Result<Vec<Measured>> {
        self.many(clocks::OF_CASE, vec![rows::key(reference)], clocks::measured).await
    }

    async fn measure(&self, measured: Measured) -> Result<()> {
        self.write(clocks::PUT, clocks::args(&measured)).await.map(drop)
    }

    async fn decisions(&self, limit: u32) -> Result<Vec<case::eta::Past>> {
        let found = self.many(clocks::DECISIONS, vec![i64::from(limit).into()], clocks::measured).await?;
        Ok(found.into_iter().rev().filter_map(|measured| measured.past).collect())
    }

    async fn decided_before(&self, by: AccountId, at: Timestamp) -> Result<Option<Timestamp>> {
        let found = self.one(clocks::DECIDED_BEFORE, vec![by.key().into(), at.into()], |r| r.opt_time(0)).await?;
        Ok(found.flatten())
    }

    async fn ahead(&self, received: Timestamp) -> Result<u32> {
        let found = self.engine.scan(clocks::AHEAD, vec![received.into()]).await?;
        found.first().map_or(Ok(0), |record| rows::small(record.int(0)?))
    }

    async fn mark(&self, name: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM mark WHERE name = $1", vec![name.into()], |r| Ok(r.text(0)?.to_owned())).await
    }

    async fn put_mark(&self, name: &str, value: &str) -> Result<()> {
        let sql =
            "INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.write(sql, vec![name.into(), value.into()]).await.map(drop)
    }

    // The public log.
    async fn log_head(&self) -> Result<LogHead> {
        Ok(self.one(log::HEAD, vec![], log::head).await?.unwrap_or_default())
    }

    async fn log_grow(&self, growth: LogGrowth) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(log::grow(growth))).await?;
        Ok(answer.last().is_some_and(|moved| !moved.is_empty()))
    }

    async fn log_tile(&self, level: u32, n: u64) -> Result<Option<Vec<u8>>> {
        self.one(log::TILE, vec![i64::from(level).into(), (n as i64).into()], log::bytes).await
    }

    async fn log_leaves(&self, from: u64, limit: u32) -> Result<Vec<LogLeaf>> {
        let upto = from.saturating_add(u64::from(limit));
        self.many(log::LEAVES, vec![(from as i64).into(), (upto as i64).into()], log::leaf).await
    }

    async fn log_leaves_of(&self, case: CaseRef) -> Result<Vec<LogLeaf>> {
        self.many(log::OF_CASE, vec![rows::key(case)], log::leaf).await
    }

    async fn log_other_leaves(&self, limit: u32) -> Result<Vec<LogLeaf>> {
        self.many(log::OTHERS, vec![i64::from(limit).into()], log::leaf).await
    }

    async fn log_key(&self, case: CaseRef) -> Result<Option<Vec<u8>>> {
        self.one(log::KEY, vec![rows::key(case)], log::bytes).await
    }

    async fn log_forget(&self, case: CaseRef) -> Result<()> {
        let forget = |sql| Statement::new(sql, vec![rows::key(case)]);
        let statements = vec![forget(log::FORGET), forget(log::UNTIE)];
        self.engine.write(Work::Statements(statements)).await.map(drop)
    }

    async fn log_checkpoint(&self, witnesses: u32) -> Result<Option<LogCheckpoint>> {
        match witnesses {
            0 => self.one(log::NEWEST, vec![], log::checkpoint).await,
            some => self.one(log::COSIGNED, vec![i64::from(some).into()], log::checkpoint).await,
        }
    }

    async fn log_checkpoint_of(&self, size: u64) -> Result<Option<LogCheckpoint>> {
        self.one(log::AT_SIZE, vec![(size as i64).into()], log::checkpoint).await
    }

    async fn log_sign(&self, checkpoint: LogCheckpoint) -> Result<()> {
        self.write(log::SIGN, log::signed(&checkpoint)).await.map(drop)
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

/// Each stage's cases, as far as it is worth counting them.
static COUNTS: LazyLock<String> = LazyLock::new(|| {
    let each: Vec<String> = (0..case::Stage::NAMES.len())
        .map(|n| {
            format!("SELECT CAST({n} AS BIGINT) AS stage, COUNT(*) AS many FROM (SELECT 1 FROM case_ WHERE stage = {n} LIMIT $1) AS s{n}")
        })
        .collect();
    each.join(" UNION ALL ")
});

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
