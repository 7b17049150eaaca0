//! What is due to be erased whole, case by case and holder by holder, and that it is.

use async_trait::async_trait;

use super::*;
use crate::ending::{self, Due, Erased, Parting};

/// What is due to be erased whole, case by case and holder by holder, and that it is.
#[async_trait]
pub trait Endings: Send + Sync {
    /// Notes that a case is due, to be looked at from then on; false where it is noted, held, not over, or erased.
    async fn plan_erasure(&self, case: CaseRef, at: Timestamp) -> Result<bool>;
    /// Those to look at now, longest due first.
    async fn planned(&self, now: Timestamp, limit: u32) -> Result<Vec<Due>>;
    async fn plan_of(&self, case: CaseRef) -> Result<Option<Due>>;
    /// All that are noted, soonest first.
    async fn waiting_erasure(&self, limit: u32) -> Result<Vec<Due>>;
    /// How many wait for their day, are kept by something, and have been erased.
    async fn erasures(&self) -> Result<(u64, u64, u64)>;
    async fn put_off_erasure(&self, case: CaseRef, until: Timestamp, why: Option<&str>) -> Result<bool>;
    /// It is not due any more.
    async fn unplan_erasure(&self, case: CaseRef) -> Result<bool>;
    /// Erases a case with all that is kept by it, whole or not at all: false, and nothing erased, where it has moved on,
    /// is held, or owes something.
    async fn erase_case(&self, erased: &Erased) -> Result<bool>;
    /// The newest that have been, and when.
    async fn erased_cases(&self, limit: u32) -> Result<Vec<Due>>;

    async fn parting(&self, account: AccountId) -> Result<Option<Parting>>;
    /// A holder asks to be erased; false where they have, or there is no such holder.
    async fn ask_parting(&self, account: AccountId, at: Timestamp) -> Result<bool>;
    /// They think again; false where they have not asked.
    async fn stay(&self, account: AccountId) -> Result<bool>;
    /// Holders of whom nothing is left to keep: the last case erased before `still`, or asked before `asked`.
    async fn parted(&self, still: Timestamp, asked: Timestamp, limit: u32) -> Result<Vec<Parting>>;
    /// Erases a holder with all that they sign in with, whole or not at all; their cards stay ended, and nobody's.
    async fn erase_account(&self, account: AccountId, cards: &[CardRecord]) -> Result<bool>;
}

#[async_trait]
impl<E: Engine> Endings for Desk<E> {
    async fn plan_erasure(&self, case: CaseRef, at: Timestamp) -> Result<bool> {
        Ok(!self.write(ending::PLAN, vec![at.into(), rows::key(case)]).await?.is_empty())
    }

    async fn planned(&self, now: Timestamp, limit: u32) -> Result<Vec<Due>> {
        self.many(ending::PLANNED, vec![now.into(), i64::from(limit).into()], ending::due).await
    }

    async fn plan_of(&self, case: CaseRef) -> Result<Option<Due>> {
        self.one(ending::PLAN_OF, vec![rows::key(case)], ending::due).await
    }

    async fn waiting_erasure(&self, limit: u32) -> Result<Vec<Due>> {
        self.many(ending::WAITING, vec![i64::from(limit).into()], ending::due).await
    }

    async fn erasures(&self) -> Result<(u64, u64, u64)> {
        let three = |record: &Record| Ok((record.int(0)? as u64, record.int(1)? as u64, record.int(2)? as u64));
        Ok(self.one(ending::COUNTS, vec![], three).await?.unwrap_or_default())
    }

    async fn put_off_erasure(&self, case: CaseRef, until: Timestamp, why: Option<&str>) -> Result<bool> {
        Ok(!self.write(ending::PUT_OFF, vec![until.into(), why.into(), rows::key(case)]).await?.is_empty())
    }

    async fn unplan_erasure(&self, case: CaseRef) -> Result<bool> {
        Ok(!self.write(ending::UNPLAN, vec![rows::key(case)]).await?.is_empty())
    }

    async fn erase_case(&self, erased: &Erased) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(ending::erase(erased)?)).await?;
        Ok(answer.get(1).is_some_and(|marked| !marked.is_empty()))
    }

    async fn erased_cases(&self, limit: u32) -> Result<Vec<Due>> {
        self.many(ending::GONE, vec![i64::from(limit).into()], ending::due).await
    }

    async fn parting(&self, account: AccountId) -> Result<Option<Parting>> {
        self.one(ending::PARTING, vec![account.key().into()], ending::parting).await
    }

    async fn ask_parting(&self, account: AccountId, at: Timestamp) -> Result<bool> {
        Ok(!self.write(ending::ASK, vec![at.into(), account.key().into()]).await?.is_empty())
    }

    async fn stay(&self, account: AccountId) -> Result<bool> {
        Ok(!self.write(ending::STAY, vec![account.key().into()]).await?.is_empty())
    }

    async fn parted(&self, still: Timestamp, asked: Timestamp, limit: u32) -> Result<Vec<Parting>> {
        self.many(ending::PARTED, vec![still.into(), asked.into(), i64::from(limit).into()], ending::parting).await
    }

    async fn erase_account(&self, account: AccountId, cards: &[CardRecord]) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(ending::erase_account(account, cards)?)).await?;
        Ok(answer.first().is_some_and(|left| !left.is_empty()))
    }
}
