//! What the contacts of an account have still to be told of it.

use async_trait::async_trait;

use super::*;
use crate::notices::{self, NoticeOwed};

/// What the contacts of an account have still to be told of it.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Writes down who has to be told. Until then it is in the hands of whoever writes it, and tries it first.
    async fn put_notices(&self, owed: Vec<NoticeOwed>, until: Timestamp) -> Result<()>;
    /// The same of what an account's guard is about, with the word that it is told; false, and nothing written,
    /// where that stands already.
    async fn told(&self, guard: &Guard, owed: Vec<NoticeOwed>, until: Timestamp) -> Result<bool>;
    /// Leases up to `limit` that may be tried now and that nobody holds.
    async fn claim_notices(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<NoticeOwed>>;
    /// Its carrier has taken it.
    async fn end_notice(&self, key: &str, n: u32) -> Result<()>;
    /// Gives it back, to be tried again after its time; a claim that was no try does not count.
    async fn put_off_notice(&self, key: &str, n: u32, not_before: Timestamp, tried: bool) -> Result<()>;
    /// Nobody tries it any more; it is counted for thirty days, and whom it was for is forgotten.
    async fn give_up_notice(&self, key: &str, n: u32, at: Timestamp) -> Result<()>;
    /// Has the one tried now that has waited longest for texts, or for mail.
    async fn hasten_notice(&self, by_text: bool, now: Timestamp) -> Result<()>;
    /// How many are not sent yet, and how many were given up lately, each up to a hundred thousand.
    async fn notices(&self) -> Result<(u64, u64)>;
}

#[async_trait]
impl<E: Engine> Notices for Desk<E> {
    async fn put_notices(&self, owed: Vec<NoticeOwed>, until: Timestamp) -> Result<()> {
        self.engine.write(Work::Statements(notices::put(owed, until))).await.map(drop)
    }

    async fn told(&self, guard: &Guard, owed: Vec<NoticeOwed>, until: Timestamp) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(notices::told(guard, owed, until))).await?;
        Ok(answer.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn claim_notices(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<NoticeOwed>> {
        if self.engine.read(notices::DUE, vec![now.into()]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.write(notices::CLAIM, notices::claim(now, lease, limit)).await?;
        claimed.iter().map(notices::owed).collect()
    }

    async fn end_notice(&self, key: &str, n: u32) -> Result<()> {
        self.write(notices::END, vec![key.into(), i64::from(n).into()]).await.map(drop)
    }

    async fn put_off_notice(&self, key: &str, n: u32, not_before: Timestamp, tried: bool) -> Result<()> {
        let args = vec![not_before.into(), i64::from(!tried).into(), key.into(), i64::from(n).into()];
        self.write(notices::PUT_OFF, args).await.map(drop)
    }

    async fn give_up_notice(&self, key: &str, n: u32, at: Timestamp) -> Result<()> {
        self.write(notices::GIVE_UP, vec![at.into(), key.into(), i64::from(n).into()]).await.map(drop)
    }

    async fn hasten_notice(&self, by_text: bool, now: Timestamp) -> Result<()> {
        self.write(notices::HASTEN, vec![now.into(), i64::from(by_text).into()]).await.map(drop)
    }

    async fn notices(&self) -> Result<(u64, u64)> {
        let count = |r: &Record| r.int(0).map(|n| n as u64);
        let waiting = self.one(notices::WAITING, vec![], count).await?.unwrap_or_default();
        Ok((waiting, self.one(notices::GIVEN_UP, vec![], count).await?.unwrap_or_default()))
    }
}
