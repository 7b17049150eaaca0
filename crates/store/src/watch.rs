//! The watch: which cards have ended and by which case, and the records that came about them, each once.

use case::watch::Sign;
use case::{CardId, Case, CaseRef, Timestamp};

use crate::Result;
use crate::beside::{LANDED, beside};
use crate::engine::Statement;
use crate::rows::{key, small};
use crate::value::{Record, json, parse};

/// A card that has ended and is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub card: CardId,
    /// The activation that ended; of a card activated anew, nothing is this case's any more.
    pub generation: u32,
    pub case: CaseRef,
    pub until: Timestamp,
}

/// Its numbers, as records may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedNumbers {
    pub card: CardId,
    pub iccid: Option<String>,
    pub imsi: Option<String>,
    pub msisdn: Option<String>,
}

/// A record that came about a watched card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// A record comes once, however often it is sent.
    pub id: [u8; 16],
    pub case: CaseRef,
    pub sign: Sign,
    /// When it may be forgotten: the end of the watch.
    pub until: Timestamp,
}

/// What people write stands in these documents too, but there every quotation mark has a backslash before it.
pub(crate) const ENDED: &str = "SELECT seq, CASE WHEN body LIKE '%\"to\":{\"stage\":\"ceased\"%' THEN case_id END FROM journal \
     WHERE seq > $1 AND seq <= $2 ORDER BY seq";
pub(crate) const PAGE: &str = "SELECT w.card_id, c.iccid_reversed, c.imsi, c.msisdn FROM watch_card AS w \
     JOIN card AS c ON c.id = w.card_id AND c.generation = w.generation \
     WHERE w.card_id > $1 ORDER BY w.card_id LIMIT $2";
pub(crate) const ONE: &str = "SELECT card_id, generation, case_id, until_us FROM watch_card WHERE card_id = $1";
pub(crate) const CASES: &str = "SELECT DISTINCT case_id FROM watch_record WHERE done = 0 LIMIT $1";
pub(crate) const NEW: &str = "SELECT seq, body FROM watch_record WHERE case_id = $1 AND done = 0 ORDER BY seq LIMIT $2";
pub(crate) const SWEEP: [&str; 2] = [
    "DELETE FROM watch_card WHERE until_us <= $1 RETURNING 1",
    "DELETE FROM watch_record WHERE until_us <= $1 AND done = 1 RETURNING 1",
];

pub(crate) fn ended(record: &Record) -> Result<(i64, Option<CaseRef>)> {
    Ok((record.int(0)?, record.opt_int(1)?.map(|bits| CaseRef::from_bits(bits as u64))))
}

pub(crate) fn watched(record: &Record) -> Result<Watched> {
    Ok(Watched {
        card: card(record, 0)?,
        generation: small(record.int(1)?)?,
        case: CaseRef::from_bits(record.int(2)? as u64),
        until: record.time(3)?,
    })
}

pub(crate) fn numbers(record: &Record) -> Result<WatchedNumbers> {
    let text = |at| Ok::<_, crate::StoreError>(record.opt_text(at)?.map(str::to_owned));
    let iccid = record.opt_text(1)?.map(crate::numbers::reversed);
    Ok(WatchedNumbers { card: card(record, 0)?, iccid, imsi: text(2)?, msisdn: text(3)? })
}

fn card(record: &Record, at: usize) -> Result<CardId> {
    Ok(CardId::from_bits(record.int(at)? as u64))
}

pub(crate) fn sign(record: &Record) -> Result<(i64, Sign)> {
    Ok((record.int(0)?, parse("record", record.text(1)?)?))
}

pub(crate) fn put(watched: &[Watched]) -> Vec<Statement> {
    let put = |w: &Watched| {
        let sql = "INSERT INTO watch_card (card_id, generation, case_id, until_us) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (card_id) DO UPDATE SET generation = excluded.generation, \
                   case_id = excluded.case_id, until_us = excluded.until_us \
                   WHERE watch_card.generation <= excluded.generation";
        let args = vec![w.card.key().into(), i64::from(w.generation).into(), key(w.case), w.until.into()];
        Statement::new(sql, args)
    };
    watched.iter().map(put).collect()
}

pub(crate) fn arrive(arrived: &[Arrived]) -> Result<Vec<Statement>> {
    let insert = |a: &Arrived| {
        let sql = "INSERT INTO watch_record (id, case_id, done, until_us, body) VALUES ($1, $2, 0, $3, $4) \
                   ON CONFLICT (id) DO NOTHING RETURNING 1";
        let args = vec![a.id.as_slice().into(), key(a.case), a.until.into(), json(&a.sign)?.into()];
        Ok(Statement::new(sql, args))
    };
    arrived.iter().map(insert).collect()
}

/// It is accounted for by this change of the case.
pub(crate) fn taken(seq: i64, case: &Case) -> Statement {
    let sql = concat!("UPDATE watch_record SET done = 1 WHERE seq = $1 AND done = 0 AND ", LANDED!("$2", "$3", "$4"));
    beside(case, sql, vec![seq.into()])
}

/// The decision on it was that nothing has happened.
pub(crate) fn done(seq: i64) -> Statement {
    Statement::new("UPDATE watch_record SET done = 1 WHERE seq = $1 AND done = 0", vec![seq.into()])
}
