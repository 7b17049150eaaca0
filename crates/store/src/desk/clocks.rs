//! What estimates are measured from, and small facts of the desk's own.

use async_trait::async_trait;

use super::*;
use crate::clocks;

/// What estimates are measured from, and small facts of the desk's own.
#[async_trait]
pub trait Clocks: Send + Sync {
    /// A case's stays at the desk as they were measured, oldest first.
    async fn measured(&self, reference: CaseRef) -> Result<Vec<Measured>>;
    /// Writes one down, or what became of it.
    async fn measure(&self, measured: Measured) -> Result<()>;
    /// The last decisions that were measured, oldest first.
    async fn decisions(&self, limit: u32) -> Result<Vec<case::eta::Past>>;
    /// When this person decided last before that, as measured.
    async fn decided_before(&self, by: AccountId, at: Timestamp) -> Result<Option<Timestamp>>;
    /// How many cases that wait for the desk were received before then.
    async fn ahead(&self, received: Timestamp) -> Result<u32>;
    /// A small fact of the desk's own, such as under which rules its deadlines were set.
    async fn mark(&self, name: &str) -> Result<Option<String>>;
    async fn put_mark(&self, name: &str, value: &str) -> Result<()>;
    /// Sets a mark that is not there, and answers what stands.
    async fn first_mark(&self, name: &str, value: &str) -> Result<String>;
}

#[async_trait]
impl<E: Engine> Clocks for Desk<E> {
    async fn measured(&self, reference: CaseRef) -> Result<Vec<Measured>> {
        self.many(clocks::OF_CASE, vec![rows::key(reference)], clocks::measured).await
    }

    async fn measure(&self, measured: Measured) -> Result<()> {
        self.write(clocks::PUT, clocks::args(&measured)).await.map(drop)
    }

    async fn decisions(&self, limit: u32) -> Result<Vec<case::eta::Past>> {
        let found = self.many(clocks::DECISIONS, vec![i64::from(limit).into()], clocks::measured).await?;
        Ok(found.into_iter().rev().filter_map(|measured| measured.past).collect())
    }

    async fn decided_before(&self, by: AccountId, at: Timestamp) -> Result<Option<Timestamp>> {
        let found = self.one(clocks::DECIDED_BEFORE, vec![by.key().into(), at.into()], |r| r.opt_time(0)).await?;
        Ok(found.flatten())
    }

    async fn ahead(&self, received: Timestamp) -> Result<u32> {
        let found = self.engine.scan(clocks::AHEAD, vec![received.into()]).await?;
        found.first().map_or(Ok(0), |record| rows::small(record.int(0)?))
    }

    async fn mark(&self, name: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM mark WHERE name = $1", vec![name.into()], |r| Ok(r.text(0)?.to_owned())).await
    }

    async fn put_mark(&self, name: &str, value: &str) -> Result<()> {
        let sql =
            "INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.write(sql, vec![name.into(), value.into()]).await.map(drop)
    }

    async fn first_mark(&self, name: &str, value: &str) -> Result<String> {
        if let Some(there) = self.mark(name).await? {
            return Ok(there);
        }
        let sql = "INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.write(sql, vec![name.into(), value.into()]).await?;
        Ok(self.mark(name).await?.unwrap_or_else(|| value.to_owned()))
    }
}
