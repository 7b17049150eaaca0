//! Who people are: accounts, sessions, one-time secrets, and how often something may be tried.

use async_trait::async_trait;

use super::*;
use crate::{contact, memory, watch};

/// Who people are: accounts, sessions, one-time secrets, and how often something may be tried.
#[async_trait]
pub trait People: Send + Sync {
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
    /// Whose code this is, while it can still be tried.
    async fn code_of(&self, id: &[u8; 16], now: Timestamp) -> Result<Option<AccountId>>;
    /// Uses of `key` counted in the window that is open at `now`.
    async fn uses(&self, key: &str, now: Timestamp) -> Result<u32>;
    /// Counts one more use of `key` in its window and says whether it is still within `max`.
    async fn hit(&self, key: &str, now: Timestamp, window: SignedDuration, max: u32) -> Result<Hit>;
    /// Forgets what has expired: sessions, codes, limits, files of drafts, and drafts of thirty days ago. Answers
    /// how many rows went.
    async fn sweep(&self, now: Timestamp) -> Result<u64>;
}

#[async_trait]
impl<E: Engine> People for Desk<E> {
    async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        self.one(concat!(ACCOUNT!(), " WHERE id = $1"), vec![id.key().into()], rows::account).await
    }

    async fn account_by_login(&self, login: &str) -> Result<Option<Account>> {
        self.one(concat!(ACCOUNT!(), " WHERE login = $1"), vec![login.to_lowercase().into()], rows::account).await
    }

    async fn accounts_by_contact(&self, contact: &str) -> Result<Vec<Account>> {
        let sql = concat!(
            ACCOUNT!(),
            " WHERE id IN (SELECT id FROM account WHERE email = $1 UNION SELECT id FROM account WHERE phone = $1) \
             ORDER BY id + 0"
        );
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
        self.many(concat!(ACCOUNT!(), " WHERE staff = 1 ORDER BY login || ''"), vec![], rows::account).await
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
        let sql = "SELECT body FROM session WHERE account = $1 ORDER BY expires_us + 0 DESC, id";
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

    async fn code_of(&self, id: &[u8; 16], now: Timestamp) -> Result<Option<AccountId>> {
        let sql = "SELECT account FROM code WHERE id = $1 AND expires_us > $2 AND tries_left > 0";
        let account = self.one(sql, vec![id.as_slice().into(), now.into()], |record| record.opt_int(0)).await?;
        Ok(account.flatten().map(rows::account_id))
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
            "DELETE FROM text_sent WHERE until_us <= $1 RETURNING 1",
            contact::SWEEP,
        ];
        let mut statements: Vec<_> = forget.into_iter().map(|sql| Statement::new(sql, vec![now.into()])).collect();
        statements.push(memory::old_drafts(now));
        statements.push(crate::doors::sweep(now));
        statements.push(crate::notices::sweep(now));
        statements.extend(crate::letters::sweep(now));
        statements.push(Statement::new(crate::guard::SWEEP, vec![now.into()]));
        statements.extend(watch::SWEEP.map(|sql| Statement::new(sql, vec![now.into()])));
        let gone = self.engine.write(Work::Statements(statements)).await?;
        Ok(gone.iter().map(|rows| rows.len() as u64).sum())
    }
}
