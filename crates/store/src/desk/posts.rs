//! What comes back by post.

use async_trait::async_trait;
use case::parcel::State;

use super::*;
use crate::posts::{self, Back, Stray};

/// What comes back by post, and what arrived that is nobody's we know.
#[async_trait]
pub trait Posts: Send + Sync {
    /// As the journal tells it; what is older than what is there changes nothing.
    async fn put_backs(&self, all: Vec<Back>) -> Result<()>;
    /// The return with this code on its label.
    async fn back_of(&self, code: &str) -> Result<Option<Back>>;
    /// Those under this tracking number: one, unless somebody mistyped theirs.
    async fn backs_under(&self, tracking: &str) -> Result<Vec<Back>>;
    /// Of one state, soonest due first, after the one given.
    async fn backs(&self, state: State, after: Option<(Option<Timestamp>, CaseRef)>, limit: u32) -> Result<Vec<Back>>;
    async fn count_backs(&self) -> Result<Vec<(State, u64)>>;
    /// Those whose carrier is to be asked by now.
    async fn backs_to_poll(&self, now: Timestamp, limit: u32) -> Result<Vec<Back>>;
    /// Takes one of them, to be asked again at `next`; false where somebody else has.
    async fn poll_back(&self, back: &Back, next: Timestamp) -> Result<bool>;
    /// Keeps what arrived and is nobody's; answers its number.
    async fn put_stray(&self, stray: &Stray) -> Result<i64>;
    /// Those that nobody has placed, newest first, before this one.
    async fn strays(&self, before: Option<i64>, limit: u32) -> Result<Vec<Stray>>;
    /// How many those are, exact up to a thousand.
    async fn count_strays(&self) -> Result<u64>;
    /// False where it was placed already.
    async fn place_stray(&self, seq: i64, by: AccountId, at: Timestamp) -> Result<bool>;
    /// Whether a carrier tells this for the first time since `since`; what is older is forgotten.
    async fn carrier_word(&self, carrier: &str, id: &str, now: Timestamp, since: Timestamp) -> Result<bool>;
}

#[async_trait]
impl<E: Engine> Posts for Desk<E> {
    async fn put_backs(&self, all: Vec<Back>) -> Result<()> {
        self.engine.write(Work::Statements(posts::put(&all))).await.map(drop)
    }

    async fn back_of(&self, code: &str) -> Result<Option<Back>> {
        self.one(posts::BY_CODE, vec![code.into()], posts::back).await
    }

    async fn backs_under(&self, tracking: &str) -> Result<Vec<Back>> {
        self.many(posts::BY_TRACKING, vec![tracking.into()], posts::back).await
    }

    async fn backs(&self, state: State, after: Option<(Option<Timestamp>, CaseRef)>, limit: u32) -> Result<Vec<Back>> {
        let (at, case) = match after {
            Some((due, reference)) => (due.map_or(i64::MAX, Timestamp::as_microsecond).into(), rows::key(reference)),
            None => (i64::MIN.into(), i64::MIN.into()),
        };
        self.many(posts::PAGE, vec![state.name().into(), at, case, i64::from(limit).into()], posts::back).await
    }

    async fn count_backs(&self) -> Result<Vec<(State, u64)>> {
        self.many(posts::COUNTS, vec![], posts::count).await
    }

    async fn backs_to_poll(&self, now: Timestamp, limit: u32) -> Result<Vec<Back>> {
        self.many(posts::TO_POLL, vec![now.into(), i64::from(limit).into()], posts::back).await
    }

    async fn poll_back(&self, back: &Back, next: Timestamp) -> Result<bool> {
        let args = vec![next.into(), rows::key(back.reference), back.poll.into()];
        Ok(!self.write(posts::POLLED, args).await?.is_empty())
    }

    async fn put_stray(&self, stray: &Stray) -> Result<i64> {
        let args = vec![stray.scan.as_str().into(), stray.note.as_str().into(), stray.by.key().into(), stray.at.into()];
        let rows = self.write(posts::STRAY, args).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    async fn strays(&self, before: Option<i64>, limit: u32) -> Result<Vec<Stray>> {
        let args = vec![before.unwrap_or(i64::MAX).into(), i64::from(limit).into()];
        self.many(posts::STRAYS, args, posts::stray).await
    }

    async fn count_strays(&self) -> Result<u64> {
        let count = |r: &Record| r.int(0).map(|n| n as u64);
        Ok(self.one(posts::COUNT_STRAYS, vec![], count).await?.unwrap_or_default())
    }

    async fn place_stray(&self, seq: i64, by: AccountId, at: Timestamp) -> Result<bool> {
        Ok(!self.write(posts::DONE, vec![at.into(), by.key().into(), seq.into()]).await?.is_empty())
    }

    async fn carrier_word(&self, carrier: &str, id: &str, now: Timestamp, since: Timestamp) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(posts::word(carrier, id, now, since))).await?;
        Ok(answer.last().is_some_and(|rows| !rows.is_empty()))
    }
}
