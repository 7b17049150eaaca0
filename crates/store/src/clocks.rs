//! What estimates are made from: each stay of a case at the desk, with what was said when it came and
//! what became of it. Written beside the cases and never by a commit: losing one costs a sample.

use case::eta::{Kind, Past, Stated, Waiting};
use case::{CaseRef, Timestamp};

use crate::Result;
use crate::rows;
use crate::value::{Record, Value, corrupt};

/// One stay at the desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub case: CaseRef,
    pub waiting: Waiting,
    /// Once it was decided. Numbers are kept to the second, and spreads to the thousandth.
    pub past: Option<Past>,
}

macro_rules! MEASURED {
    () => {
        "SELECT case_id, entered_us, received_us, kind, base, spread, low, high, left_us, took, service, decided_by \
         FROM measured"
    };
}

pub(crate) const OF_CASE: &str = concat!(MEASURED!(), " WHERE case_id = $1 ORDER BY entered_us");
pub(crate) const DECISIONS: &str =
    concat!(MEASURED!(), " WHERE left_us IS NOT NULL ORDER BY left_us DESC, case_id DESC LIMIT $1");
pub(crate) const DECIDED_BEFORE: &str =
    "SELECT MAX(left_us) FROM measured WHERE decided_by = $1 AND left_us < $2 AND left_us IS NOT NULL";
/// In review or contested, by the index that the lists go by.
pub(crate) const AHEAD: &str = "SELECT COUNT(*) FROM case_ WHERE stage IN (1, 8) AND received_us < $1";
pub(crate) const PUT: &str = "INSERT INTO measured (case_id, entered_us, received_us, kind, base, spread, low, high, \
     left_us, took, service, decided_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
     ON CONFLICT (case_id, entered_us) DO UPDATE SET left_us = excluded.left_us, took = excluded.took, \
     service = excluded.service, decided_by = excluded.decided_by";

pub(crate) fn args(measured: &Measured) -> Vec<Value> {
    let Measured { case, waiting, past } = measured;
    let seconds = |seconds: f64| seconds.round() as i64;
    let between = waiting.stated.between;
    vec![
        rows::key(*case),
        waiting.entered.into(),
        waiting.received.into(),
        waiting.kind.name().into(),
        seconds(waiting.stated.base).into(),
        seconds(waiting.stated.spread * 1_000.0).into(),
        between.map(|(low, _)| seconds(low)).into(),
        between.map(|(_, high)| seconds(high)).into(),
        past.map(|p| p.left.as_microsecond()).into(),
        past.map(|p| seconds(p.took)).into(),
        past.map(|p| seconds(p.service)).into(),
        past.map(|p| p.by.key()).into(),
    ]
}

pub(crate) fn measured(record: &Record) -> Result<Measured> {
    let name = record.text(3)?;
    let kind = Kind::named(name).ok_or_else(|| corrupt("kind of case", name))?;
    let between = record.opt_int(6)?.zip(record.opt_int(7)?).map(|(low, high)| (low as f64, high as f64));
    let stated = Stated { base: record.int(4)? as f64, spread: record.int(5)? as f64 / 1_000.0, between };
    let waiting = Waiting { kind, received: record.time(2)?, entered: record.time(1)?, stated };
    let left: Option<Timestamp> = record.opt_time(8)?;
    let past = match left {
        Some(left) => Some(Past {
            kind,
            left,
            by: rows::account_id(record.int(11)?),
            stated,
            took: record.int(9)? as f64,
            service: record.int(10)? as f64,
        }),
        None => None,
    };
    Ok(Measured { case: rows::reference(record)?, waiting, past })
}
