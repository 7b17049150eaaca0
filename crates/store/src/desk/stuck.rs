//! What is tried in vain, and where an element and our records differ.

use async_trait::async_trait;

use super::*;
use crate::stuck;

/// What is tried in vain, and where an element and our records differ.
#[async_trait]
pub trait Stuck: Send + Sync {
    /// Gives claimed effects back, each to be tried again after its time.
    async fn put_off(&self, all: Vec<PutOff>) -> Result<()>;
    /// Effects of these kinds ([`case::Effect::kind`]) that were put off, longest owed first, a page at a time.
    async fn failing(&self, kinds: &[&str], after: Option<(Cursor, u32)>, limit: u32) -> Result<Vec<Failing>>;
    /// How many effects were put off and how many findings are open, each exact up to a thousand.
    async fn stuck(&self) -> Result<(u64, u64)>;
    /// Has effects tried now that were put off; answers how many had to wait longer.
    async fn hasten(&self, ids: Vec<EffectId>, now: Timestamp) -> Result<u64>;
    /// Cards that have an IMSI, in the order of those, after the one given; those of one IMSI are not parted.
    async fn cards_by_imsi(&self, after: &str, limit: u32) -> Result<Vec<CardRecord>>;
    /// Remembers that an element and our records differ: from now on where that is new, and as seen by the
    /// comparison that began at `seen`.
    async fn found(
        &self,
        element: &str,
        of: &case::Subscription,
        what: Differs,
        now: Timestamp,
        seen: Timestamp,
    ) -> Result<()>;
    /// What a whole comparison that began at `before` has not found again is so no longer; answers how many.
    async fn resolve(&self, element: &str, before: Timestamp, now: Timestamp) -> Result<u64>;
    /// Findings that last, or those that do not any more, newest first, before the one with this `seq`.
    async fn findings(&self, open: bool, before: Option<i64>, limit: u32) -> Result<Vec<Finding>>;
    /// How many open findings nobody has been told of, and the last of them.
    async fn unalarmed(&self) -> Result<Option<(u64, i64)>>;
    /// Somebody has been told of the open ones up to this `seq`.
    async fn alarmed(&self, seq: i64, now: Timestamp) -> Result<()>;
    /// Sets a mark that has another value, or none; false where somebody has set it already.
    async fn take_mark(&self, name: &str, value: &str) -> Result<bool>;
}

#[async_trait]
impl<E: Engine> Stuck for Desk<E> {
    async fn put_off(&self, all: Vec<PutOff>) -> Result<()> {
        self.engine.write(Work::Statements(stuck::put_off(&all))).await.map(drop)
    }

    async fn failing(&self, kinds: &[&str], after: Option<(Cursor, u32)>, limit: u32) -> Result<Vec<Failing>> {
        let [at, case, n] = stuck::after(after);
        let args = vec![at, case, n, stuck::kinds(kinds).into(), i64::from(limit).into()];
        self.many(stuck::FAILING, args, stuck::failing).await
    }

    async fn stuck(&self) -> Result<(u64, u64)> {
        let count = |r: &Record| r.int(0).map(|n| n as u64);
        let failing = self.one(stuck::COUNT, vec![], count).await?.unwrap_or_default();
        Ok((failing, self.one(stuck::COUNT_OPEN, vec![], count).await?.unwrap_or_default()))
    }

    async fn hasten(&self, ids: Vec<EffectId>, now: Timestamp) -> Result<u64> {
        let answer = self.engine.write(Work::Statements(stuck::hasten(&ids, now))).await?;
        Ok(answer.iter().map(|rows| rows.len() as u64).sum())
    }

    async fn cards_by_imsi(&self, after: &str, limit: u32) -> Result<Vec<CardRecord>> {
        let args = vec![after.into(), i64::from(limit).into()];
        let mut cards = self.many(stuck::BY_IMSI, args, rows::card).await?;
        // Whatever more the last IMSI of a full page has, belongs to it.
        if cards.len() >= limit as usize
            && let Some(imsi) = cards.last().and_then(|card| card.imsi.clone())
        {
            cards.retain(|card| card.imsi.as_deref() != Some(imsi.as_str()));
            cards.extend(self.many(stuck::OF_IMSI, vec![imsi.into()], rows::card).await?);
        }
        Ok(cards)
    }

    async fn found(
        &self,
        element: &str,
        of: &case::Subscription,
        what: Differs,
        now: Timestamp,
        seen: Timestamp,
    ) -> Result<()> {
        let (card, generation) = (of.card.key().into(), i64::from(of.generation).into());
        let args = vec![element.into(), card, generation, what.name().into(), now.into(), seen.into()];
        self.write(stuck::FOUND, args).await.map(drop)
    }

    async fn resolve(&self, element: &str, before: Timestamp, now: Timestamp) -> Result<u64> {
        let args = vec![now.into(), element.into(), before.into()];
        Ok(self.write(stuck::RESOLVE, args).await?.len() as u64)
    }

    async fn findings(&self, open: bool, before: Option<i64>, limit: u32) -> Result<Vec<Finding>> {
        let sql = if open { stuck::OPEN } else { stuck::RESOLVED };
        self.many(sql, vec![before.unwrap_or(i64::MAX).into(), i64::from(limit).into()], stuck::finding).await
    }

    async fn unalarmed(&self) -> Result<Option<(u64, i64)>> {
        let told = |r: &Record| Ok(r.opt_int(1)?.zip(Some(r.int(0)? as u64)).map(|(last, many)| (many, last)));
        Ok(self.one(stuck::UNALARMED, vec![], told).await?.flatten())
    }

    async fn alarmed(&self, seq: i64, now: Timestamp) -> Result<()> {
        self.write(stuck::ALARMED, vec![now.into(), seq.into()]).await.map(drop)
    }

    async fn take_mark(&self, name: &str, value: &str) -> Result<bool> {
        Ok(!self.write(stuck::TAKE, vec![name.into(), value.into()]).await?.is_empty())
    }
}
