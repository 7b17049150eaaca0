//! What does not get on: effects that are tried in vain, and activations of which an element says something
//! else than our records. Both are lists of a person's, beside the cases; no commit pays for them.

use case::{CardId, Effect, EffectId, Timestamp};

use crate::engine::Statement;
use crate::rows::{key, reference, small};
use crate::value::{Record, Value, corrupt, parse};
use crate::{Cursor, Result};

/// Given back by whoever claimed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOff {
    pub id: EffectId,
    /// [`Effect::kind`].
    pub kind: &'static str,
    pub not_before: Timestamp,
    pub why: String,
    /// Whether the claim counts as a try. Waiting for somebody who answers nobody is none.
    pub tried: bool,
}

/// An effect that is owed and was tried in vain, or waits for the far end to answer again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub id: EffectId,
    pub effect: Effect,
    pub owed: Timestamp,
    /// When it is tried next; while it is being tried, the end of that lease.
    pub next: Timestamp,
    pub attempts: u32,
    pub why: String,
}

impl Failing {
    pub fn cursor(&self) -> (Cursor, u32) {
        (Cursor { at_us: self.owed.as_microsecond(), reference: self.id.case }, self.id.n)
    }
}

/// In what an element and our records differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Differs {
    /// We say ceased, and it still serves the card.
    Served,
    /// We say in service or barred, and it knows no such card.
    Unknown,
    /// Barred there, in service here.
    Barred,
    /// In service there, barred here.
    Active,
}

impl Differs {
    pub const ALL: [Differs; 4] = [Differs::Served, Differs::Unknown, Differs::Barred, Differs::Active];

    pub fn name(self) -> &'static str {
        match self {
            Differs::Served => "served",
            Differs::Unknown => "unknown",
            Differs::Barred => "barred",
            Differs::Active => "active",
        }
    }
}

/// One such difference, for as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub seq: i64,
    pub element: String,
    pub card: CardId,
    pub generation: u32,
    pub what: Differs,
    pub since: Timestamp,
    pub resolved: Option<Timestamp>,
}

pub(crate) const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE failing IS NOT NULL LIMIT 1001) AS f";
pub(crate) const FAILING: &str = "SELECT case_id, n, owed_us, try_at_us, attempts, why, effect FROM outbox \
     WHERE failing IS NOT NULL AND (owed_us, case_id, n) > ($1, $2, $3) AND $4 LIKE '%,' || failing || ',%' \
     ORDER BY owed_us, case_id, n LIMIT $5";
/// In the order of their IMSI, whoever has it now and had it before.
pub(crate) const BY_IMSI: &str =
    concat!(crate::rows::CARD!(), " WHERE imsi IS NOT NULL AND imsi > $1 ORDER BY imsi, id LIMIT $2");
pub(crate) const OF_IMSI: &str = concat!(crate::rows::CARD!(), " WHERE imsi = $1 ORDER BY id + 0 LIMIT 100");
pub(crate) const FOUND: &str = "INSERT INTO finding (element, card_id, generation, what, since_us, seen_us) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (element, card_id, generation, what) WHERE resolved_us IS NULL \
     DO UPDATE SET seen_us = CASE WHEN excluded.seen_us > finding.seen_us THEN excluded.seen_us \
     ELSE finding.seen_us END";
pub(crate) const RESOLVE: &str =
    "UPDATE finding SET resolved_us = $1 WHERE element = $2 AND seen_us < $3 AND resolved_us IS NULL RETURNING 1";
pub(crate) const OPEN: &str = "SELECT seq, element, card_id, generation, what, since_us, resolved_us FROM finding \
     WHERE resolved_us IS NULL AND seq < $1 ORDER BY seq DESC LIMIT $2";
pub(crate) const RESOLVED: &str = "SELECT seq, element, card_id, generation, what, since_us, resolved_us FROM finding \
     WHERE resolved_us IS NOT NULL AND seq < $1 ORDER BY seq DESC LIMIT $2";
pub(crate) const COUNT_OPEN: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM finding WHERE resolved_us IS NULL LIMIT 1001) AS f";
pub(crate) const UNALARMED: &str = "SELECT COUNT(*), MAX(seq) FROM (SELECT seq FROM finding \
     WHERE resolved_us IS NULL AND alarmed_us IS NULL ORDER BY seq LIMIT 100000) AS f";
pub(crate) const ALARMED: &str =
    "UPDATE finding SET alarmed_us = $1 WHERE seq <= $2 AND resolved_us IS NULL AND alarmed_us IS NULL";
/// Of those who take it, one; whoever comes later with the same value is too late.
pub(crate) const TAKE: &str = "INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) \
     DO UPDATE SET value = excluded.value WHERE mark.value <> excluded.value RETURNING 1";

pub(crate) fn put_off(all: &[PutOff]) -> Vec<Statement> {
    let one = |put: &PutOff| {
        let sql = "UPDATE outbox SET try_at_us = $1, why = $2, failing = $3, leased = 0, \
                   attempts = CASE WHEN attempts > $4 THEN attempts - $4 ELSE 0 END WHERE case_id = $5 AND n = $6";
        let args: Vec<Value> = vec![
            put.not_before.into(),
            put.why.as_str().into(),
            put.kind.into(),
            i64::from(!put.tried).into(),
            key(put.id.case),
            i64::from(put.id.n).into(),
        ];
        Statement::new(sql, args)
    };
    all.iter().map(one).collect()
}

pub(crate) fn hasten(ids: &[EffectId], now: Timestamp) -> Vec<Statement> {
    let one = |id: &EffectId| {
        let sql = "UPDATE outbox SET try_at_us = $1 WHERE case_id = $2 AND n = $3 AND try_at_us > $1 \
                   AND failing IS NOT NULL AND leased = 0 RETURNING 1";
        Statement::new(sql, vec![now.into(), key(id.case), i64::from(id.n).into()])
    };
    ids.iter().map(one).collect()
}

pub(crate) fn after(after: Option<(Cursor, u32)>) -> [Value; 3] {
    match after {
        Some((cursor, n)) => [cursor.at_us.into(), key(cursor.reference), i64::from(n).into()],
        None => [i64::MIN.into(), i64::MIN.into(), 0_i64.into()],
    }
}

pub(crate) fn failing(record: &Record) -> Result<Failing> {
    Ok(Failing {
        id: EffectId { case: reference(record)?, n: small(record.int(1)?)? },
        owed: record.time(2)?,
        next: record.time(3)?,
        attempts: small(record.int(4)?)?,
        why: record.opt_text(5)?.unwrap_or_default().to_owned(),
        effect: parse("effect", record.text(6)?)?,
    })
}

pub(crate) fn finding(record: &Record) -> Result<Finding> {
    let name = record.text(4)?;
    Ok(Finding {
        seq: record.int(0)?,
        element: record.text(1)?.to_owned(),
        card: CardId::from_bits(record.int(2)? as u64),
        generation: small(record.int(3)?)?,
        what: Differs::ALL.into_iter().find(|d| d.name() == name).ok_or_else(|| corrupt("finding", name))?,
        since: record.time(5)?,
        resolved: record.opt_time(6)?,
    })
}

pub(crate) fn kinds(kinds: &[&str]) -> String {
    format!(",{},", kinds.join(","))
}
