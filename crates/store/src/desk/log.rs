//! The public log: its leaves, tiles and heads, and what ties a case to them.

use async_trait::async_trait;

use super::*;
use crate::log;

/// The public log: its leaves, tiles and heads, and what ties a case to them.
#[async_trait]
pub trait PublicLog: Send + Sync {
    async fn log_head(&self) -> Result<LogHead>;
    /// Appends, whole; false, and nothing written, where the log no longer stands where this was calculated from.
    async fn log_grow(&self, growth: LogGrowth) -> Result<bool>;
    /// A tile's hashes, as many as there are.
    async fn log_tile(&self, level: u32, n: u64) -> Result<Option<Vec<u8>>>;
    /// Leaves from number `from` on, at most so many.
    async fn log_leaves(&self, from: u64, limit: u32) -> Result<Vec<LogLeaf>>;
    /// The leaves of a case, in the order of its journal.
    async fn log_leaves_of(&self, case: CaseRef) -> Result<Vec<LogLeaf>>;
    /// The newest leaf of these very words that was never of any case.
    async fn log_other_leaf(&self, leaf: &str) -> Result<Option<LogLeaf>>;
    /// What ties a case to its leaves, sealed.
    async fn log_key(&self, case: CaseRef) -> Result<Option<Vec<u8>>>;
    /// Forgets that, for good, and which leaves were the case's; the leaves themselves stay.
    async fn log_forget(&self, case: CaseRef) -> Result<()>;
    /// The newest checkpoint that at least so many witnesses have cosigned.
    async fn log_checkpoint(&self, witnesses: u32) -> Result<Option<LogCheckpoint>>;
    /// The oldest checkpoint of more than `n` leaves that at least so many witnesses have cosigned.
    async fn log_checkpoint_over(&self, n: u64, witnesses: u32) -> Result<Option<LogCheckpoint>>;
    /// Keeps a checkpoint, in the place of one of the same size that has no more witnesses.
    async fn log_sign(&self, checkpoint: LogCheckpoint) -> Result<()>;
}

#[async_trait]
impl<E: Engine> PublicLog for Desk<E> {
    async fn log_head(&self) -> Result<LogHead> {
        Ok(self.one(log::HEAD, vec![], log::head).await?.unwrap_or_default())
    }

    async fn log_grow(&self, growth: LogGrowth) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(log::grow(growth))).await?;
        Ok(answer.last().is_some_and(|moved| !moved.is_empty()))
    }

    async fn log_tile(&self, level: u32, n: u64) -> Result<Option<Vec<u8>>> {
        self.one(log::TILE, vec![i64::from(level).into(), (n as i64).into()], log::bytes).await
    }

    async fn log_leaves(&self, from: u64, limit: u32) -> Result<Vec<LogLeaf>> {
        let upto = from.saturating_add(u64::from(limit));
        self.many(log::LEAVES, vec![(from as i64).into(), (upto as i64).into()], log::leaf).await
    }

    async fn log_leaves_of(&self, case: CaseRef) -> Result<Vec<LogLeaf>> {
        self.many(log::OF_CASE, vec![rows::key(case)], log::leaf).await
    }

    async fn log_other_leaf(&self, leaf: &str) -> Result<Option<LogLeaf>> {
        self.one(log::OTHER, vec![leaf.into()], log::leaf).await
    }

    async fn log_key(&self, case: CaseRef) -> Result<Option<Vec<u8>>> {
        self.one(log::KEY, vec![rows::key(case)], log::bytes).await
    }

    async fn log_forget(&self, case: CaseRef) -> Result<()> {
        let forget = |sql| Statement::new(sql, vec![rows::key(case)]);
        let statements = vec![forget(log::FORGET), forget(log::UNTIE)];
        self.engine.write(Work::Statements(statements)).await.map(drop)
    }

    async fn log_checkpoint(&self, witnesses: u32) -> Result<Option<LogCheckpoint>> {
        match witnesses {
            0 => self.one(log::NEWEST, vec![], log::checkpoint).await,
            some => self.one(log::COSIGNED, vec![i64::from(some).into()], log::checkpoint).await,
        }
    }

    async fn log_checkpoint_over(&self, n: u64, witnesses: u32) -> Result<Option<LogCheckpoint>> {
        self.one(log::OVER, vec![(n as i64).into(), i64::from(witnesses).into()], log::checkpoint).await
    }

    async fn log_sign(&self, checkpoint: LogCheckpoint) -> Result<()> {
        self.write(log::SIGN, log::signed(&checkpoint)).await.map(drop)
    }
}
