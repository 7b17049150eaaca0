//! Which cards are watched after their end, and the records about them.

use async_trait::async_trait;

use super::*;
use crate::{reports, watch};

/// Which cards are watched after their end, and the records about them.
#[async_trait]
pub trait Watch: Send + Sync {
    /// The next places of the journal, at most so many, each with the case whose card has ended by that entry.
    async fn ended_after(&self, seq: i64, limit: u32) -> Result<Vec<(i64, Option<CaseRef>)>>;
    /// These cards have ended, or an activation of them later than the one known has.
    async fn put_watched(&self, watched: Vec<Watched>) -> Result<()>;
    /// The card, where it is watched.
    async fn watched(&self, card: CardId) -> Result<Option<Watched>>;
    /// The numbers of watched cards, a page at a time by their ids; such as have been activated anew are left out.
    async fn watched_numbers(&self, after: Option<CardId>, limit: u32) -> Result<Vec<WatchedNumbers>>;
    /// Keeps records about watched cards, each id once; answers how many were new. All or none.
    async fn arrive(&self, arrived: Vec<Arrived>) -> Result<u32>;
    /// Cases with records on which no decision has been made.
    async fn cases_with_arrivals(&self, limit: u32) -> Result<Vec<CaseRef>>;
    /// Those records, in the order they came. [`Beside::arrivals`] takes them off with the decision on them.
    async fn arrivals(&self, case: CaseRef, limit: u32) -> Result<Vec<(i64, case::watch::Sign)>>;
    /// The same where the decision was that nothing has happened.
    async fn end_arrivals(&self, seqs: Vec<i64>) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Watch for Desk<E> {
    async fn ended_after(&self, seq: i64, limit: u32) -> Result<Vec<(i64, Option<CaseRef>)>> {
        let upto = |from: i64| vec![from.into(), from.saturating_add(i64::from(limit)).into()];
        let next = self.many(watch::ENDED, upto(seq), watch::ended).await?;
        if !next.is_empty() {
            return Ok(next);
        }
        // Places that were drawn and never used are skipped.
        match self.one(reports::FIRST, vec![seq.into()], reports::first).await?.flatten() {
            Some(first) => self.many(watch::ENDED, upto(first - 1), watch::ended).await,
            None => Ok(next),
        }
    }

    async fn put_watched(&self, watched: Vec<Watched>) -> Result<()> {
        self.engine.write(Work::Statements(watch::put(&watched))).await.map(drop)
    }

    async fn watched(&self, card: CardId) -> Result<Option<Watched>> {
        self.one(watch::ONE, vec![card.key().into()], watch::watched).await
    }

    async fn watched_numbers(&self, after: Option<CardId>, limit: u32) -> Result<Vec<WatchedNumbers>> {
        let after = after.map_or(-1, CardId::key);
        self.many(watch::PAGE, vec![after.into(), i64::from(limit).into()], watch::numbers).await
    }

    async fn arrive(&self, arrived: Vec<Arrived>) -> Result<u32> {
        let answer = self.engine.write(Work::Statements(watch::arrive(&arrived)?)).await?;
        Ok(answer.iter().map(|rows| rows.len() as u32).sum())
    }

    async fn cases_with_arrivals(&self, limit: u32) -> Result<Vec<CaseRef>> {
        let found = self.engine.read(watch::CASES, vec![i64::from(limit).into()]).await?;
        found.iter().map(rows::reference).collect()
    }

    async fn arrivals(&self, case: CaseRef, limit: u32) -> Result<Vec<(i64, case::watch::Sign)>> {
        let found = self.engine.read(watch::NEW, vec![rows::key(case), i64::from(limit).into()]).await?;
        found.iter().map(watch::sign).collect()
    }

    async fn end_arrivals(&self, seqs: Vec<i64>) -> Result<()> {
        self.engine.write(Work::Statements(seqs.into_iter().map(watch::done).collect())).await.map(drop)
    }
}
