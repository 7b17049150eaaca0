//! What reports are read from: counts by day, filled by whoever follows the journal. The counting is done where
//! the domain is known; here is only how far it got, and that nothing is counted twice.

use case::{CaseRef, Entry};

use crate::Result;
use crate::engine::Statement;
use crate::rows::key;
use crate::value::{Record, Value};

/// So many of something on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    pub measure: String,
    /// Days since 1970 where the operator is.
    pub day: i64,
    pub bucket: i64,
    pub count: i64,
}

/// A stretch of the journal, counted.
#[derive(Clone, Debug, Default)]
pub struct DayCounts {
    /// Where the counting stood; anywhere else, nothing is written.
    pub from: i64,
    pub to: i64,
    pub counts: Vec<DayCount>,
    /// Where it stands with each case; none where a case is through.
    pub cases: Vec<(CaseRef, Option<String>)>,
}

pub(crate) const CURSOR: &str = "SELECT seq, form FROM report_cursor WHERE id = 1";
pub(crate) const STRETCH: &str = "SELECT seq, body FROM journal WHERE seq > $1 AND seq <= $2 ORDER BY seq";
pub(crate) const FIRST: &str = "SELECT MIN(seq) FROM journal WHERE seq > $1";
pub(crate) const CASE: &str = "SELECT body FROM report_case WHERE case_id = $1";
pub(crate) const DAYS: &str =
    "SELECT measure, day, bucket, count FROM report_day WHERE day >= $1 AND day <= $2 ORDER BY measure, day, bucket";
pub(crate) const BEFORE: &str = "SELECT measure, 0, bucket, CAST(SUM(count) AS BIGINT) FROM report_day \
                                 WHERE measure = $1 AND day < $2 GROUP BY measure, bucket ORDER BY bucket";

pub(crate) fn line(record: &Record) -> Result<(i64, Entry)> {
    Ok((record.int(0)?, crate::value::parse("journal entry", record.text(1)?)?))
}

pub(crate) fn count(record: &Record) -> Result<DayCount> {
    let measure = record.text(0)?.to_owned();
    Ok(DayCount { measure, day: record.int(1)?, bucket: record.int(2)?, count: record.int(3)? })
}

pub(crate) fn add(counts: &[DayCount]) -> Vec<Statement> {
    let add = |c: &DayCount| {
        let sql = "INSERT INTO report_day (measure, day, bucket, count) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (measure, day, bucket) DO UPDATE SET count = report_day.count + excluded.count";
        Statement::new(sql, vec![c.measure.as_str().into(), c.day.into(), c.bucket.into(), c.count.into()])
    };
    counts.iter().map(add).collect()
}

/// Every statement asks where the counting stands, and the first holds that line until the last has moved it:
/// of two who counted the same stretch one writes, and the other finds that it has been.
pub(crate) fn counted(counted: &DayCounts) -> Vec<Statement> {
    let from = || Value::from(counted.from);
    let hold = "UPDATE report_cursor SET seq = seq WHERE id = 1 AND seq = $1";
    let mut statements = vec![Statement::new(hold, vec![from()])];
    for c in &counted.counts {
        let sql = "INSERT INTO report_day (measure, day, bucket, count) \
                   SELECT $1, $2, $3, $4 FROM report_cursor WHERE id = 1 AND seq = $5 \
                   ON CONFLICT (measure, day, bucket) DO UPDATE SET count = report_day.count + excluded.count";
        let args = vec![c.measure.as_str().into(), c.day.into(), c.bucket.into(), c.count.into(), from()];
        statements.push(Statement::new(sql, args));
    }
    for (reference, state) in &counted.cases {
        let statement = match state {
            Some(body) => {
                let sql = "INSERT INTO report_case (case_id, body) \
                           SELECT $1, $2 FROM report_cursor WHERE id = 1 AND seq = $3 \
                           ON CONFLICT (case_id) DO UPDATE SET body = excluded.body";
                Statement::new(sql, vec![key(*reference), body.as_str().into(), from()])
            }
            None => {
                let sql = "DELETE FROM report_case WHERE case_id = $1 \
                           AND EXISTS (SELECT 1 FROM report_cursor WHERE id = 1 AND seq = $2)";
                Statement::new(sql, vec![key(*reference), from()])
            }
        };
        statements.push(statement);
    }
    let go = "UPDATE report_cursor SET seq = $1 WHERE id = 1 AND seq = $2 RETURNING 1";
    statements.push(Statement::new(go, vec![counted.to.into(), from()]));
    statements
}

/// All that came from the journal, so that it is counted afresh; what was counted as it happened stays.
pub(crate) fn afresh(form: &str) -> Vec<Statement> {
    vec![
        Statement::new("DELETE FROM report_day WHERE measure <> $1", vec![LIVE.into()]),
        Statement::new("DELETE FROM report_case", vec![]),
        Statement::new("UPDATE report_cursor SET seq = 0, form = $1 WHERE id = 1", vec![form.into()]),
    ]
}

/// The one measure that no journal holds.
pub const LIVE: &str = "step";

pub(crate) fn state(record: &Record) -> Result<String> {
    record.text(0).map(str::to_owned)
}

pub(crate) fn cursor(record: &Record) -> Result<(i64, String)> {
    Ok((record.int(0)?, record.text(1)?.to_owned()))
}

pub(crate) fn first(record: &Record) -> Result<Option<i64>> {
    record.opt_int(0)
}
