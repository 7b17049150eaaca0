//! By what else than a secret somebody is known.

use async_trait::async_trait;

use super::*;
use crate::doors;

/// By what else than a secret somebody is known: an identity provider's word, and the browsers they have been in.
#[async_trait]
pub trait Doors: Send + Sync {
    async fn federated(&self, key: &[u8; 32]) -> Result<Option<Federated>>;
    async fn federated_of(&self, account: AccountId) -> Result<Option<Federated>>;
    /// False, and nothing written, where the provider's person or the account has another already.
    async fn put_federated(&self, federated: Federated) -> Result<bool>;
    /// Whether an account knows a browser; from now on it does.
    async fn note_browser(&self, account: AccountId, mark: &[u8; 32], at: Timestamp) -> Result<Browsers>;
}

#[async_trait]
impl<E: Engine> Doors for Desk<E> {
    async fn federated(&self, key: &[u8; 32]) -> Result<Option<Federated>> {
        self.one(doors::BY_KEY, vec![key.as_slice().into()], doors::federated).await
    }

    async fn federated_of(&self, account: AccountId) -> Result<Option<Federated>> {
        self.one(doors::BY_ACCOUNT, vec![account.key().into()], doors::federated).await
    }

    async fn put_federated(&self, federated: Federated) -> Result<bool> {
        let Federated { key, account, issuer, at } = federated;
        let args = vec![key.as_slice().into(), account.key().into(), issuer.into(), at.into()];
        Ok(!self.write(doors::PUT, args).await?.is_empty())
    }

    async fn note_browser(&self, account: AccountId, mark: &[u8; 32], at: Timestamp) -> Result<Browsers> {
        let read = |record: &Record| Ok((record.blob(0)? == mark, record.time(1)?));
        let all = self.many(doors::BROWSERS, vec![account.key().into()], read).await?;
        let seen = all.iter().find(|(this, _)| *this).map(|(_, seen)| *seen);
        if seen.is_none_or(|seen| at.duration_since(seen) > doors::STALE) {
            self.write(doors::SEEN, vec![account.key().into(), mark.as_slice().into(), at.into()]).await?;
        }
        let others = all.iter().filter(|(this, _)| !this).count();
        Ok(Browsers { known: seen.is_some(), others: u32::try_from(others).unwrap_or(u32::MAX) })
    }
}
