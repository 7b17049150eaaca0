//! What else than a password people sign in with.

use async_trait::async_trait;

use super::*;
use crate::factors;

/// What else than a password people sign in with: passkeys, and codes for when all else is lost.
#[async_trait]
pub trait Factors: Send + Sync {
    /// An account's passkeys, the oldest first.
    async fn passkeys_of(&self, account: AccountId) -> Result<Vec<Passkey>>;
    async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>>;
    /// False, and nothing written, where there is a passkey of this id, whoever's, or the account has `most`.
    async fn add_passkey(&self, passkey: Passkey, most: u32) -> Result<bool>;
    /// Notes a use; false, and nothing written, where the count has not grown since the last one (unless both are
    /// zero) or the passkey is gone. Of two uses with one count, one is told so.
    async fn use_passkey(&self, id: &[u8], count: u32, at: Timestamp) -> Result<bool>;
    async fn rename_passkey(&self, account: AccountId, id: &[u8], name: &str) -> Result<bool>;
    /// False where the account has no such passkey or, with `keep_last`, no other.
    async fn remove_passkey(&self, account: AccountId, id: &[u8], keep_last: bool) -> Result<bool>;
    /// These recovery codes (their keyed hashes) are good from now on, and no others.
    async fn put_recovery_codes(&self, account: AccountId, hashes: Vec<[u8; 32]>) -> Result<()>;
    /// Uses one up; false where it is none of the account's.
    async fn spend_recovery_code(&self, account: AccountId, hash: &[u8; 32]) -> Result<bool>;
    async fn recovery_codes_left(&self, account: AccountId) -> Result<u32>;
    /// Takes all of an account's passkeys and recovery codes away.
    async fn forget_factors(&self, account: AccountId) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Factors for Desk<E> {
    async fn passkeys_of(&self, account: AccountId) -> Result<Vec<Passkey>> {
        self.many(factors::OF_ACCOUNT, vec![account.key().into()], factors::passkey).await
    }

    async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>> {
        self.one(factors::ONE, vec![id.into()], factors::passkey).await
    }

    async fn add_passkey(&self, passkey: Passkey, most: u32) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(vec![factors::put(passkey, most)])).await?;
        Ok(answer.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn use_passkey(&self, id: &[u8], count: u32, at: Timestamp) -> Result<bool> {
        Ok(!self.write(factors::USE, vec![i64::from(count).into(), at.into(), id.into()]).await?.is_empty())
    }

    async fn rename_passkey(&self, account: AccountId, id: &[u8], name: &str) -> Result<bool> {
        Ok(!self.write(factors::RENAME, vec![name.into(), id.into(), account.key().into()]).await?.is_empty())
    }

    async fn remove_passkey(&self, account: AccountId, id: &[u8], keep_last: bool) -> Result<bool> {
        let sql = if keep_last { factors::REMOVE_BUT_LAST } else { factors::REMOVE };
        Ok(!self.write(sql, vec![id.into(), account.key().into()]).await?.is_empty())
    }

    async fn put_recovery_codes(&self, account: AccountId, hashes: Vec<[u8; 32]>) -> Result<()> {
        self.engine.write(Work::Statements(factors::codes(account, hashes))).await.map(drop)
    }

    async fn spend_recovery_code(&self, account: AccountId, hash: &[u8; 32]) -> Result<bool> {
        Ok(!self.write(factors::SPEND, vec![account.key().into(), hash.as_slice().into()]).await?.is_empty())
    }

    async fn recovery_codes_left(&self, account: AccountId) -> Result<u32> {
        let left = self.one(factors::LEFT, vec![account.key().into()], |record| record.int(0)).await?;
        rows::small(left.unwrap_or(0))
    }

    async fn forget_factors(&self, account: AccountId) -> Result<()> {
        self.engine.write(Work::Statements(factors::forget(account))).await.map(drop)
    }
}
