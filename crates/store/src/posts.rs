//! What comes back by post, as lists, scans and pollers need it: derived from the journal by whoever follows it, so that
//! no commit pays for it; and what arrived that is nobody's we know.

use case::parcel::State;
use case::{AccountId, CaseRef, Timestamp};

use crate::Result;
use crate::engine::Statement;
use crate::rows::{account_id, key, reference};
use crate::value::{Record, Value, corrupt};

/// One case's return, a moment behind the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    pub reference: CaseRef,
    /// On the label; names the return and says nothing of the case.
    pub code: String,
    pub state: State,
    pub due: Option<Timestamp>,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    pub moved: Timestamp,
    /// When its carrier is to be asked next.
    pub poll: Option<Timestamp>,
}

/// What arrived, and is nobody's we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// 0 before it is stored.
    pub seq: i64,
    /// What stood on it.
    pub scan: String,
    pub note: String,
    pub by: AccountId,
    pub at: Timestamp,
    pub done: Option<Timestamp>,
}

macro_rules! BACK {
    () => {
        "SELECT case_id, code, state, due_us, carrier, tracking, moved_us, poll_us FROM back"
    };
}

pub(crate) const BY_CODE: &str = concat!(BACK!(), " WHERE code = $1");
pub(crate) const BY_TRACKING: &str = concat!(BACK!(), " WHERE tracking = $1 ORDER BY case_id + 0 LIMIT 20");
pub(crate) const PAGE: &str =
    concat!(BACK!(), " WHERE state = $1 AND (due_us, case_id) > ($2, $3) ORDER BY due_us, case_id LIMIT $4");
pub(crate) const COUNTS: &str = "SELECT state, COUNT(*) FROM back GROUP BY state";
pub(crate) const TO_POLL: &str = concat!(BACK!(), " WHERE poll_us <= $1 ORDER BY poll_us LIMIT $2");
/// Of two pollers, one.
pub(crate) const POLLED: &str = "UPDATE back SET poll_us = $1 WHERE case_id = $2 AND poll_us = $3 RETURNING 1";
pub(crate) const STRAY: &str = "INSERT INTO stray (scan, note, by_id, at_us) VALUES ($1, $2, $3, $4) RETURNING seq";
pub(crate) const STRAYS: &str = "SELECT seq, scan, note, by_id, at_us, done_us FROM stray \
     WHERE done_us IS NULL AND seq < $1 ORDER BY seq DESC LIMIT $2";
pub(crate) const COUNT_STRAYS: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM stray WHERE done_us IS NULL LIMIT 1001) AS f";
pub(crate) const DONE: &str =
    "UPDATE stray SET done_us = $1, done_by = $2 WHERE seq = $3 AND done_us IS NULL RETURNING 1";

/// Writes what the follower found; one that is older than what is there changes nothing.
pub(crate) fn put(all: &[Back]) -> Vec<Statement> {
    let one = |back: &Back| {
        let sql = "INSERT INTO back (case_id, code, state, due_us, carrier, tracking, moved_us, poll_us) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (case_id) DO UPDATE SET \
                   state = excluded.state, due_us = excluded.due_us, carrier = excluded.carrier, \
                   tracking = excluded.tracking, moved_us = excluded.moved_us, poll_us = excluded.poll_us \
                   WHERE back.moved_us <= excluded.moved_us";
        let args: Vec<Value> = vec![
            key(back.reference),
            back.code.as_str().into(),
            back.state.name().into(),
            back.due.map_or(i64::MAX, Timestamp::as_microsecond).into(),
            back.carrier.clone().into(),
            back.tracking.clone().into(),
            back.moved.into(),
            back.poll.into(),
        ];
        Statement::new(sql, args)
    };
    all.iter().map(one).collect()
}

/// A word of a carrier's: whether it is new, once what is older than `since` has been forgotten.
pub(crate) fn word(carrier: &str, id: &str, now: Timestamp, since: Timestamp) -> Vec<Statement> {
    let forget = Statement::new("DELETE FROM carrier_word WHERE at_us < $1", vec![since.into()]);
    let sql = "INSERT INTO carrier_word (carrier, id, at_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1";
    vec![forget, Statement::new(sql, vec![carrier.into(), id.into(), now.into()])]
}

pub(crate) fn back(record: &Record) -> Result<Back> {
    let name = record.text(2)?;
    Ok(Back {
        reference: reference(record)?,
        code: record.text(1)?.to_owned(),
        state: State::named(name).ok_or_else(|| corrupt("return", name))?,
        due: if record.int(3)? == i64::MAX { None } else { Some(record.time(3)?) },
        carrier: record.opt_text(4)?.map(str::to_owned),
        tracking: record.opt_text(5)?.map(str::to_owned),
        moved: record.time(6)?,
        poll: record.opt_time(7)?,
    })
}

pub(crate) fn count(record: &Record) -> Result<(State, u64)> {
    let name = record.text(0)?;
    Ok((State::named(name).ok_or_else(|| corrupt("return", name))?, record.int(1)? as u64))
}

pub(crate) fn stray(record: &Record) -> Result<Stray> {
    Ok(Stray {
        seq: record.int(0)?,
        scan: record.text(1)?.to_owned(),
        note: record.text(2)?.to_owned(),
        by: account_id(record.int(3)?),
        at: record.time(4)?,
        done: record.opt_time(5)?,
    })
}
