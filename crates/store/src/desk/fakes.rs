//! What people report as a fake.

use async_trait::async_trait;
use case::official::Kind;

use super::*;
use crate::fakes::{self, Fake, FakeReport, FakeState, Untold};

/// What people report as a fake.
#[async_trait]
pub trait Fakes: Send + Sync {
    /// Keeps a report and counts it for each of its channels; one that is there already is left as it is.
    async fn put_fake_report(&self, report: &FakeReport, contact: Option<&str>) -> Result<()>;
    async fn fake_report(&self, id: u64) -> Result<Option<FakeReport>>;
    /// What became of the channels of a report.
    async fn fake_states(&self, report: u64) -> Result<Vec<FakeState>>;
    /// Newest first, before the one of this `seq`.
    async fn fakes(&self, state: FakeState, before: Option<i64>, limit: u32) -> Result<Vec<Fake>>;
    async fn fake(&self, seq: i64) -> Result<Option<Fake>>;
    async fn fake_of(&self, kind: Kind, value: &str) -> Result<Option<Fake>>;
    /// Its newest reports.
    async fn fake_reports(&self, seq: i64, limit: u32) -> Result<Vec<FakeReport>>;
    /// How many nobody has looked at, exact up to a thousand.
    async fn new_fakes(&self) -> Result<u64>;
    /// False where it is so already.
    async fn decide_fake(&self, seq: i64, to: FakeState, by: AccountId, at: Timestamp) -> Result<bool>;
    /// New ones that somebody should hear of now: urgent, or with so many reports since then.
    async fn unalarmed_fakes(&self, since: Timestamp, many: u64) -> Result<Vec<Fake>>;
    async fn alarmed_fakes(&self, seqs: &[i64], at: Timestamp) -> Result<()>;
    /// Reports of which everything has been decided, and whose reporters have not heard of it, oldest first.
    async fn untold_reports(&self, limit: u32) -> Result<Vec<Untold>>;
    /// They have: how to reach them is forgotten.
    async fn told_reports(&self, ids: &[u64]) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Fakes for Desk<E> {
    async fn put_fake_report(&self, report: &FakeReport, contact: Option<&str>) -> Result<()> {
        self.engine.write(Work::Statements(fakes::put(report, contact)?)).await.map(drop)
    }

    async fn fake_report(&self, id: u64) -> Result<Option<FakeReport>> {
        self.one(fakes::REPORT, vec![(id as i64).into()], fakes::report).await
    }

    async fn fake_states(&self, report: u64) -> Result<Vec<FakeState>> {
        self.many(fakes::STATES, vec![(report as i64).into()], fakes::state).await
    }

    async fn fakes(&self, state: FakeState, before: Option<i64>, limit: u32) -> Result<Vec<Fake>> {
        let args = vec![state.name().into(), before.unwrap_or(i64::MAX).into(), i64::from(limit).into()];
        self.many(fakes::PAGE, args, fakes::fake).await
    }

    async fn fake(&self, seq: i64) -> Result<Option<Fake>> {
        self.one(fakes::ONE, vec![seq.into()], fakes::fake).await
    }

    async fn fake_of(&self, kind: Kind, value: &str) -> Result<Option<Fake>> {
        self.one(fakes::OF, vec![kind.name().into(), value.into()], fakes::fake).await
    }

    async fn fake_reports(&self, seq: i64, limit: u32) -> Result<Vec<FakeReport>> {
        self.many(fakes::REPORTS, vec![seq.into(), i64::from(limit).into()], fakes::report).await
    }

    async fn new_fakes(&self) -> Result<u64> {
        Ok(self.one(fakes::COUNT, vec![], |r| r.int(0).map(|n| n as u64)).await?.unwrap_or_default())
    }

    async fn decide_fake(&self, seq: i64, to: FakeState, by: AccountId, at: Timestamp) -> Result<bool> {
        let args = vec![to.name().into(), by.key().into(), at.into(), seq.into()];
        Ok(!self.write(fakes::DECIDE, args).await?.is_empty())
    }

    async fn unalarmed_fakes(&self, since: Timestamp, many: u64) -> Result<Vec<Fake>> {
        self.many(fakes::UNALARMED, vec![since.into(), (many as i64).into()], fakes::fake).await
    }

    async fn alarmed_fakes(&self, seqs: &[i64], at: Timestamp) -> Result<()> {
        let sql = "UPDATE fake SET alarmed_us = $1 WHERE seq = $2";
        let one = |seq: &i64| Statement::new(sql, vec![at.into(), (*seq).into()]);
        self.engine.write(Work::Statements(seqs.iter().map(one).collect())).await.map(drop)
    }

    async fn untold_reports(&self, limit: u32) -> Result<Vec<Untold>> {
        self.many(fakes::UNTOLD, vec![i64::from(limit).into()], fakes::untold).await
    }

    async fn told_reports(&self, ids: &[u64]) -> Result<()> {
        let one =
            |id: &u64| Statement::new("UPDATE fake_report SET contact = NULL WHERE id = $1", vec![(*id as i64).into()]);
        self.engine.write(Work::Statements(ids.iter().map(one).collect())).await.map(drop)
    }
}
