//! What people report as a fake: each report once, and each channel in them once, with how many reports there are and
//! what the desk made of it.

use case::official::Kind;
use case::{AccountId, FileId, Lang, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::Statement;
use crate::value::{Record, corrupt, json, parse};
use crate::{Result, channels};

/// What the desk has made of a reported channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FakeState {
    /// Nobody has looked yet.
    New,
    Fake,
    /// It is ours after all.
    Ours,
    /// Nothing that can be blocked, or nothing wrong with it.
    Nothing,
}

impl FakeState {
    pub const ALL: [FakeState; 4] = [FakeState::New, FakeState::Fake, FakeState::Ours, FakeState::Nothing];

    pub fn name(self) -> &'static str {
        match self {
            FakeState::New => "new",
            FakeState::Fake => "fake",
            FakeState::Ours => "ours",
            FakeState::Nothing => "nothing",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A reported channel. Of a report with no channel in it, kind is [`Kind::Reference`] and value its own reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fake {
    pub seq: i64,
    pub kind: Kind,
    pub value: String,
    pub state: FakeState,
    pub urgent: bool,
    pub reports: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub decided: Option<(AccountId, Timestamp)>,
}

/// What somebody reported; nothing in it that must not be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FakeReport {
    /// The bits of its reference.
    pub id: u64,
    pub at: Timestamp,
    /// How it came: `call`, `text`, `mail`, `page`, `chat`, `letter`, `other`.
    pub how: String,
    /// Who or where it came from, as the reporter wrote it.
    pub from: String,
    pub text: String,
    pub channels: Vec<(Kind, String)>,
    /// Names of [`case::official::Sign`].
    pub signs: Vec<String>,
    /// A picture, for as long as it is kept.
    pub file: Option<FileId>,
    /// Its network sent more than people do. It is kept all the same.
    pub many: bool,
    /// It asks for cards, codes or money.
    pub urgent: bool,
    /// Its channels are known to be fakes already.
    pub known: bool,
    pub lang: Lang,
}

/// A report whose reporter can be told what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    pub report: FakeReport,
    pub contact: String,
    pub outcome: FakeState,
}

macro_rules! FAKE {
    () => {
        "SELECT seq, kind, value, state, urgent, reports, first_us, last_us, decided_by, decided_us FROM fake"
    };
}

pub(crate) const PAGE: &str = concat!(FAKE!(), " WHERE state = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
pub(crate) const ONE: &str = concat!(FAKE!(), " WHERE seq = $1");
pub(crate) const OF: &str = concat!(FAKE!(), " WHERE kind = $1 AND value = $2");
pub(crate) const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM fake WHERE state = 'new' LIMIT 1001) AS f";
pub(crate) const REPORT: &str = "SELECT body FROM fake_report WHERE id = $1";
pub(crate) const REPORTS: &str = "SELECT r.body FROM fake_seen AS s JOIN fake_report AS r ON r.id = s.report \
     WHERE s.fake = $1 ORDER BY s.at_us DESC, r.id LIMIT $2";
/// Of somebody who decided before, the last word counts.
pub(crate) const DECIDE: &str =
    "UPDATE fake SET state = $1, decided_by = $2, decided_us = $3 WHERE seq = $4 AND state <> $1 RETURNING 1";
pub(crate) const STATES: &str =
    "SELECT f.state FROM fake_seen AS s JOIN fake AS f ON f.seq = s.fake WHERE s.report = $1";
/// Those of floods count as one network's.
pub(crate) const UNALARMED: &str = concat!(
    FAKE!(),
    " WHERE state = 'new' AND alarmed_us IS NULL AND (urgent = 1 OR (SELECT COUNT(*) FROM fake_seen AS s \
     WHERE s.fake = fake.seq AND s.at_us > $1 AND s.many = 0) >= $2) ORDER BY seq LIMIT 100"
);
pub(crate) const UNTOLD: &str = "SELECT r.body, r.contact, \
     (SELECT MIN(CASE f.state WHEN 'fake' THEN 0 WHEN 'ours' THEN 1 ELSE 2 END) \
      FROM fake_seen AS s JOIN fake AS f ON f.seq = s.fake WHERE s.report = r.id) \
     FROM fake_report AS r WHERE r.contact IS NOT NULL AND NOT EXISTS \
     (SELECT 1 FROM fake_seen AS s JOIN fake AS f ON f.seq = s.fake WHERE s.report = r.id AND f.state = 'new') \
     ORDER BY r.at_us LIMIT $1";

pub(crate) fn fake(record: &Record) -> Result<Fake> {
    let (kind, state) = (record.text(1)?, record.text(3)?);
    Ok(Fake {
        seq: record.int(0)?,
        kind: Kind::named(kind).ok_or_else(|| corrupt("fake", kind))?,
        value: record.text(2)?.to_owned(),
        state: FakeState::named(state).ok_or_else(|| corrupt("fake", state))?,
        urgent: record.int(4)? != 0,
        reports: record.int(5)? as u64,
        first: record.time(6)?,
        last: record.time(7)?,
        decided: channels::account(record, 8)?.zip(record.opt_time(9)?),
    })
}

pub(crate) fn report(record: &Record) -> Result<FakeReport> {
    parse("report", record.text(0)?)
}

pub(crate) fn state(record: &Record) -> Result<FakeState> {
    let name = record.text(0)?;
    FakeState::named(name).ok_or_else(|| corrupt("fake", name))
}

pub(crate) fn untold(record: &Record) -> Result<Untold> {
    let outcome = match record.opt_int(2)? {
        Some(0) => FakeState::Fake,
        Some(1) => FakeState::Ours,
        Some(_) | None => FakeState::Nothing,
    };
    Ok(Untold { report: report(record)?, contact: record.text(1)?.to_owned(), outcome })
}

/// The report, and what it is about; what the desk had put aside comes back by it.
pub(crate) fn put(report: &FakeReport, contact: Option<&str>) -> Result<Vec<Statement>> {
    let id = report.id as i64;
    let sql = "INSERT INTO fake_report (id, at_us, contact, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT DO NOTHING RETURNING 1";
    let contact = contact.map(str::to_owned);
    let mut all = vec![Statement::new(sql, vec![id.into(), report.at.into(), contact.into(), json(report)?.into()])];
    let state = if report.known { FakeState::Fake } else { FakeState::New };
    // What comes in floods alarms nobody.
    let urgent = i64::from(report.urgent && !report.many);
    // In one order, so that two who write the same never wait for each other.
    let channels: std::collections::BTreeSet<&(Kind, String)> = report.channels.iter().collect();
    for (kind, value) in channels {
        let (kind, value, at) = (kind.name(), value.as_str(), report.at);
        let sql = "INSERT INTO fake (kind, value, state, urgent, reports, first_us, last_us) \
                   VALUES ($1, $2, $3, 0, 0, $4, $4) ON CONFLICT (kind, value) DO NOTHING";
        all.push(Statement::new(sql, vec![kind.into(), value.into(), state.name().into(), at.into()]));
        let sql = "INSERT INTO fake_seen (report, fake, at_us, many, counted) \
                   SELECT $1, seq, $2, $3, 0 FROM fake WHERE kind = $4 AND value = $5 ON CONFLICT DO NOTHING";
        let many = i64::from(report.many);
        all.push(Statement::new(sql, vec![id.into(), at.into(), many.into(), kind.into(), value.into()]));
        let sql = "UPDATE fake SET reports = reports + 1, last_us = CASE WHEN last_us < $1 THEN $1 ELSE last_us END, \
                   urgent = CASE WHEN CAST($2 AS BIGINT) = 1 THEN 1 ELSE urgent END, alarmed_us = CASE WHEN state IN ('ours', 'nothing') \
                   THEN NULL ELSE alarmed_us END, state = CASE WHEN state IN ('ours', 'nothing') THEN 'new' ELSE state END \
                   WHERE kind = $3 AND value = $4 AND EXISTS \
                   (SELECT 1 FROM fake_seen AS s WHERE s.report = $5 AND s.fake = fake.seq AND s.counted = 0)";
        all.push(Statement::new(sql, vec![at.into(), urgent.into(), kind.into(), value.into(), id.into()]));
    }
    let sql = "UPDATE fake_seen SET counted = 1 WHERE report = $1 AND counted = 0";
    all.push(Statement::new(sql, vec![id.into()]));
    Ok(all)
}
