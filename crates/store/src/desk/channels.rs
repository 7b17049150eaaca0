//! The register of channels as a desk changes it.

use async_trait::async_trait;
use case::official::change::Change;

use super::*;
use crate::channels::{self, ChannelRevision, ChannelStep, ChannelText};

/// The register of channels as a desk changes it.
#[async_trait]
pub trait Channels: Send + Sync {
    /// Proposes a change; its number.
    async fn propose_channel(&self, by: AccountId, at: Timestamp, change: &Change) -> Result<i64>;
    /// Approves or declines it; false where there is none to decide, or `by` has proposed it.
    async fn decide_channel(&self, seq: i64, by: AccountId, at: Timestamp, approve: bool) -> Result<bool>;
    /// Takes back what nobody has decided on; false where there is nothing to take back.
    async fn withdraw_channel(&self, seq: i64, at: Timestamp) -> Result<bool>;
    /// Everything that was ever proposed, in that order.
    async fn channel_steps(&self) -> Result<Vec<ChannelStep>>;
    async fn channel_revision(&self) -> Result<ChannelRevision>;
    /// Keeps a text under its version; false where that version is there already.
    async fn put_channel_text(&self, text: ChannelText) -> Result<bool>;
    /// The text of this version, or the newest.
    async fn channel_text(&self, version: Option<u64>) -> Result<Option<ChannelText>>;
}

#[async_trait]
impl<E: Engine> Channels for Desk<E> {
    async fn propose_channel(&self, by: AccountId, at: Timestamp, change: &Change) -> Result<i64> {
        let args = vec![by.key().into(), at.into(), json(change)?.into()];
        let made = self.write(channels::PROPOSE, args).await?;
        made.first().map_or_else(|| Err(crate::StoreError::Engine("nothing was written".into())), |r| r.int(0))
    }

    async fn decide_channel(&self, seq: i64, by: AccountId, at: Timestamp, approve: bool) -> Result<bool> {
        let args = vec![by.key().into(), at.into(), i64::from(approve).into(), seq.into()];
        Ok(!self.write(channels::DECIDE, args).await?.is_empty())
    }

    async fn withdraw_channel(&self, seq: i64, at: Timestamp) -> Result<bool> {
        Ok(!self.write(channels::WITHDRAW, vec![at.into(), seq.into()]).await?.is_empty())
    }

    async fn channel_steps(&self) -> Result<Vec<ChannelStep>> {
        self.many(channels::STEPS, vec![], channels::step).await
    }

    async fn channel_revision(&self) -> Result<ChannelRevision> {
        Ok(self.one(channels::REVISION, vec![], channels::revision).await?.unwrap_or_default())
    }

    async fn put_channel_text(&self, text: ChannelText) -> Result<bool> {
        let args = vec![(text.version as i64).into(), text.at.into(), text.text.into()];
        Ok(!self.write(channels::PUT_TEXT, args).await?.is_empty())
    }

    async fn channel_text(&self, version: Option<u64>) -> Result<Option<ChannelText>> {
        match version {
            Some(version) => self.one(channels::OF_VERSION, vec![(version as i64).into()], channels::text).await,
            None => self.one(channels::NEWEST, vec![], channels::text).await,
        }
    }
}
