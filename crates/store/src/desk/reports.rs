//! What the reports count, followed from the journal.

use async_trait::async_trait;

use super::*;
use crate::reports;

/// What the reports count, followed from the journal.
#[async_trait]
pub trait Reports: Send + Sync {
    /// How far the journal has been counted, and by which rules.
    async fn report_cursor(&self) -> Result<(i64, String)>;
    /// The next journal entries in the order they were written, each with its place; at most so many.
    async fn journal_after(&self, seq: i64, limit: u32) -> Result<Vec<(i64, Entry)>>;
    /// Where the counting stands with a case.
    async fn report_case(&self, reference: CaseRef) -> Result<Option<String>>;
    /// Writes a counted stretch whole; false, and nothing written, where somebody else has counted it.
    async fn put_counted(&self, counted: DayCounts) -> Result<bool>;
    /// Counts what happens outside any case.
    async fn add_counts(&self, counts: Vec<DayCount>) -> Result<()>;
    /// Everything counted from day to day, both included.
    async fn report_days(&self, from: i64, to: i64) -> Result<Vec<DayCount>>;
    /// The sums of a measure before a day, by bucket.
    async fn report_before(&self, measure: &str, day: i64) -> Result<Vec<DayCount>>;
    /// Forgets what was counted from the journal, so that it is counted again by other rules.
    async fn count_afresh(&self, form: &str) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Reports for Desk<E> {
    async fn report_cursor(&self) -> Result<(i64, String)> {
        Ok(self.one(reports::CURSOR, vec![], reports::cursor).await?.unwrap_or_default())
    }

    async fn journal_after(&self, seq: i64, limit: u32) -> Result<Vec<(i64, Entry)>> {
        let upto = |from: i64| vec![from.into(), from.saturating_add(i64::from(limit)).into()];
        let next = self.many(reports::STRETCH, upto(seq), reports::line).await?;
        if !next.is_empty() {
            return Ok(next);
        }
        // Places that were drawn and never used are skipped.
        match self.one(reports::FIRST, vec![seq.into()], reports::first).await?.flatten() {
            Some(first) => self.many(reports::STRETCH, upto(first - 1), reports::line).await,
            None => Ok(next),
        }
    }

    async fn report_case(&self, reference: CaseRef) -> Result<Option<String>> {
        self.one(reports::CASE, vec![rows::key(reference)], reports::state).await
    }

    async fn put_counted(&self, counted: DayCounts) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(reports::counted(&counted))).await?;
        Ok(answer.last().is_some_and(|moved| !moved.is_empty()))
    }

    async fn add_counts(&self, counts: Vec<DayCount>) -> Result<()> {
        self.engine.write(Work::Statements(reports::add(&counts))).await.map(drop)
    }

    async fn report_days(&self, from: i64, to: i64) -> Result<Vec<DayCount>> {
        self.many(reports::DAYS, vec![from.into(), to.into()], reports::count).await
    }

    async fn report_before(&self, measure: &str, day: i64) -> Result<Vec<DayCount>> {
        self.many(reports::BEFORE, vec![measure.into(), day.into()], reports::count).await
    }

    async fn count_afresh(&self, form: &str) -> Result<()> {
        self.engine.write(Work::Statements(reports::afresh(form))).await.map(drop)
    }
}
