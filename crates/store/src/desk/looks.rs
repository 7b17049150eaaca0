//! Who has looked at what, and who sees more than others for a while.

use async_trait::async_trait;

use super::*;
use crate::looks;

/// Who has looked at what, and who sees more than others for a while.
#[async_trait]
pub trait Looks: Send + Sync {
    /// Chains these looks and, with them, what is revealed; on disk when it answers, all or nothing.
    async fn look(&self, looks: Vec<Look>, reveal: Option<Reveal>) -> Result<()>;
    /// Looks, newest first, before the one of this number.
    async fn looks(&self, of: &LooksOf, before: Option<i64>, limit: u32) -> Result<Vec<(i64, Look)>>;
    /// How many members of staff have looked at a case.
    async fn lookers(&self, case: CaseRef) -> Result<u64>;
    /// How many looks stand in the chain; or the number of the first that does not belong there.
    async fn looks_intact(&self) -> Result<std::result::Result<u64, i64>>;
    /// Forgets looks of before, some at a time; answers how many.
    async fn cut_looks(&self, before: Timestamp) -> Result<u64>;
    /// What somebody sees unmasked now.
    async fn reveals(&self, staff: AccountId, now: Timestamp) -> Result<Vec<Reveal>>;
}

#[async_trait]
impl<E: Engine> Looks for Desk<E> {
    async fn look(&self, looks: Vec<Look>, reveal: Option<Reveal>) -> Result<()> {
        let added = self.looking.add(&self.engine, looks, reveal);
        tokio::time::timeout(self.options.deadline, added).await.unwrap_or(Err(crate::StoreError::Deadline))
    }

    async fn looks(&self, of: &LooksOf, before: Option<i64>, limit: u32) -> Result<Vec<(i64, Look)>> {
        let (sql, args) = looks::asked(of, before, limit);
        self.many(sql, args, looks::numbered).await
    }

    async fn lookers(&self, case: CaseRef) -> Result<u64> {
        let count = self.one(looks::LOOKERS, vec![rows::key(case)], |record| record.int(0)).await?;
        Ok(count.unwrap_or_default() as u64)
    }

    async fn looks_intact(&self) -> Result<std::result::Result<u64, i64>> {
        looks::intact(&self.engine).await
    }

    async fn cut_looks(&self, before: Timestamp) -> Result<u64> {
        looks::cut(&self.engine, before).await
    }

    async fn reveals(&self, staff: AccountId, now: Timestamp) -> Result<Vec<Reveal>> {
        let found = self.engine.read(looks::REVEALS, vec![staff.key().into(), now.into()]).await?;
        found.iter().map(looks::reveal).collect()
    }
}
