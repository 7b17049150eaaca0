//! What holds the cards of an account back.

use async_trait::async_trait;

use super::*;
use crate::guard;

/// What holds the cards of an account back: its lock, and what happened to it lately.
#[async_trait]
pub trait Guards: Send + Sync {
    /// All that counts at `now`, oldest first.
    async fn guards(&self, account: AccountId, now: Timestamp) -> Result<Vec<Guard>>;
    /// Remembers; false where it is remembered already.
    async fn put_guard(&self, guard: Guard) -> Result<bool>;
    /// Takes an account's lock off and remembers that as untold; false where there is none.
    async fn unlock(&self, account: AccountId, at: Timestamp) -> Result<bool>;
    /// Of which contacts and cases have still to be told, oldest first; [`Store::told`] says that they are.
    async fn untold(&self, limit: u32) -> Result<Vec<Guard>>;
}

#[async_trait]
impl<E: Engine> Guards for Desk<E> {
    async fn guards(&self, account: AccountId, now: Timestamp) -> Result<Vec<Guard>> {
        self.engine.read(guard::OF, vec![account.key().into(), now.into()]).await?.iter().map(guard::guard).collect()
    }

    async fn put_guard(&self, guard: Guard) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(vec![guard::put(&guard)])).await?;
        Ok(answer.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn unlock(&self, account: AccountId, at: Timestamp) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(guard::unlock(account, at))).await?;
        Ok(answer.last().is_some_and(|rows| !rows.is_empty()))
    }

    async fn untold(&self, limit: u32) -> Result<Vec<Guard>> {
        self.engine.read(guard::UNTOLD, vec![i64::from(limit).into()]).await?.iter().map(guard::guard).collect()
    }
}
