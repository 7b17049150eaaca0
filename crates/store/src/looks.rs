//! Who has looked at what. Every look is a link of a chain, as acts are, and on disk before what was looked at leaves
//! the house; beside the chain stand the columns that one asks by. Looks that come together share one flush: whoever
//! has the chain's end in hand writes for all who wait. Old looks are cut off from the front, and the last link that
//! went is kept, so that the rest still proves itself.

use case::{AccountId, Agency, CaseRef, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, oneshot};

use crate::engine::{Engine, Statement, Work};
use crate::value::{Record, Value, json, parse};
use crate::{Result, StoreError, rows};

/// One member of staff at one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub at: Timestamp,
    pub staff: AccountId,
    /// Theirs, then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Agency>,
    pub what: Looked,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseRef>,
    /// Ids, counts, hashes, and the reason that was given; never personal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looked {
    /// A case's page.
    Case,
    /// A file that somebody sent.
    File,
    /// A letter that is being written down.
    Letter,
    /// Mails of a case, or mail that belongs to none.
    Mail,
    /// A mail as it came.
    Original,
    /// The receipt, as its holder has it.
    Receipt,
    /// A search; its terms are hashed.
    Search,
    /// What is masked was shown, for a reason.
    Reveal,
    /// All evidence of a case was taken.
    Evidence,
    /// Figures or looks were taken as a file.
    Export,
    /// Who looked at what.
    Looks,
}

impl Looked {
    pub const ALL: [Looked; 11] = [
        Looked::Case,
        Looked::File,
        Looked::Letter,
        Looked::Mail,
        Looked::Original,
        Looked::Receipt,
        Looked::Search,
        Looked::Reveal,
        Looked::Evidence,
        Looked::Export,
        Looked::Looks,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Looked::Case => "case",
            Looked::File => "file",
            Looked::Letter => "letter",
            Looked::Mail => "mail",
            Looked::Original => "original",
            Looked::Receipt => "receipt",
            Looked::Search => "search",
            Looked::Reveal => "reveal",
            Looked::Evidence => "evidence",
            Looked::Export => "export",
            Looked::Looks => "looks",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

/// Until when somebody sees something unmasked: a case by its reference, a mail without one by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    pub staff: AccountId,
    pub of: String,
    pub until: Timestamp,
}

/// Which looks; what is none asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LooksOf {
    pub case: Option<CaseRef>,
    pub staff: Option<AccountId>,
    /// Of this agency's staff.
    pub agency: Option<Agency>,
    pub what: Option<Looked>,
}

/// The chain value of a look: SHA-256, in hex, over domain, previous value (empty for the first), and the look's JSON.
pub fn look_chain(previous: &str, look: &Look) -> String {
    let look = serde_json::to_string(look).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in ["cease/looks/v1", previous, &look] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[derive(Clone, Debug)]
struct Job {
    looks: Vec<Look>,
    reveal: Option<Reveal>,
}

/// The end of the chain as this process last saw it, and who waits to add to it.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    end: Mutex<Option<(i64, String)>>,
    waiting: std::sync::Mutex<Vec<(Job, oneshot::Sender<Result<()>>)>>,
}

/// A link, only behind the one that it was made for: so two processes cannot both go on from one end.
const ADD: &str = "INSERT INTO look (seq, at_us, staff, agency, case_id, what, body, chain) \
    SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT), \
    CAST($6 AS TEXT), CAST($7 AS TEXT), CAST($8 AS TEXT) WHERE CAST($1 AS BIGINT) = 1 \
    OR EXISTS (SELECT 1 FROM look WHERE seq = CAST($9 AS BIGINT) AND chain = CAST($10 AS TEXT)) \
    OR EXISTS (SELECT 1 FROM look_cut WHERE seq = CAST($9 AS BIGINT) AND chain = CAST($10 AS TEXT)) \
    ON CONFLICT DO NOTHING RETURNING seq";
const REVEAL: &str = "INSERT INTO reveal (staff, what, until_us) \
    SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BIGINT) \
    WHERE EXISTS (SELECT 1 FROM look WHERE seq = CAST($4 AS BIGINT) AND chain = CAST($5 AS TEXT)) \
    ON CONFLICT (staff, what) DO UPDATE SET until_us = excluded.until_us";
const FORGET: &str = "DELETE FROM reveal WHERE until_us <= $1";

impl Chain {
    /// How often another process may be first.
    const TRIES: u32 = 32;
    /// Jobs that are written at once.
    const MOST: usize = 256;

    pub async fn add(&self, engine: &impl Engine, looks: Vec<Look>, reveal: Option<Reveal>) -> Result<()> {
        if looks.is_empty() {
            return Ok(());
        }
        let job = Job { looks, reveal };
        for _ in 0..Self::TRIES {
            let (told, mut done) = oneshot::channel();
            self.queue().push((job.clone(), told));
            let mut end = self.end.lock().await;
            match done.try_recv() {
                Ok(result) => return result,
                // Whoever had it in hand was cut short: it is written again rather than lost.
                Err(oneshot::error::TryRecvError::Closed) => continue,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let batch: Vec<_> = {
                let mut queue = self.queue();
                let many = queue.len().min(Self::MOST);
                queue.drain(..many).collect()
            };
            let written = write(engine, &mut end, batch.iter().map(|(job, _)| job)).await;
            for (_, told) in batch {
                // Nobody waits any more for what nobody receives.
                let _ = told.send(written.clone());
            }
            if let Ok(result) = done.try_recv() {
                return result;
            }
        }
        Err(StoreError::Conflict)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Vec<(Job, oneshot::Sender<Result<()>>)>> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn write<'a>(
    engine: &impl Engine,
    end: &mut Option<(i64, String)>,
    jobs: impl Iterator<Item = &'a Job> + Clone,
) -> Result<()> {
    for _ in 0..Chain::TRIES {
        // Taken out, so that a call that is cut short leaves nothing stale behind.
        let (mut last, mut chain) = match end.take() {
            Some(known) => known,
            None => read_end(engine).await?,
        };
        let mut statements = Vec::new();
        let mut first = None;
        for job in jobs.clone() {
            for look in &job.looks {
                let next = look_chain(&chain, look);
                statements.push(add(last, &chain, look, &next)?);
                first.get_or_insert(statements.len() - 1);
                (last, chain) = (last + 1, next);
            }
            if let (Some(reveal), Some(look)) = (&job.reveal, job.looks.last()) {
                statements.push(Statement::new(FORGET, vec![look.at.into()]));
                let args = vec![
                    reveal.staff.key().into(),
                    reveal.of.as_str().into(),
                    reveal.until.into(),
                    last.into(),
                    chain.as_str().into(),
                ];
                statements.push(Statement::new(REVEAL, args));
            }
        }
        let Some(first) = first else { return Ok(()) };
        let answer = engine.write(Work::Statements(statements)).await?;
        // All of them, or none: each only goes behind the one before it.
        if answer.get(first).is_some_and(|rows| !rows.is_empty()) {
            *end = Some((last, chain));
            return Ok(());
        }
    }
    Err(StoreError::Conflict)
}

fn add(last: i64, previous: &str, look: &Look, chain: &str) -> Result<Statement> {
    let args = vec![
        (last + 1).into(),
        look.at.into(),
        look.staff.key().into(),
        look.agency.as_ref().map(Agency::as_str).into(),
        look.case.map(rows::key).unwrap_or(Value::Null),
        look.what.name().into(),
        json(look)?.into(),
        chain.into(),
        last.into(),
        previous.into(),
    ];
    Ok(Statement::new(ADD, args))
}

const END: &str = "SELECT seq, chain FROM (SELECT seq, chain FROM look UNION ALL SELECT seq, chain FROM look_cut) AS l \
                   ORDER BY seq DESC LIMIT 1";

async fn read_end(engine: &impl Engine) -> Result<(i64, String)> {
    let found = engine.read(END, vec![]).await?;
    match found.first() {
        Some(record) => Ok((record.int(0)?, record.text(1)?.to_owned())),
        None => Ok((0, String::new())),
    }
}

macro_rules! looks {
    ($by:literal) => {
        concat!(
            "SELECT seq, body FROM look WHERE ",
            $by,
            " AND seq < $2 AND (CAST($3 AS BIGINT) IS NULL OR staff = $3) AND (CAST($4 AS TEXT) IS NULL OR agency = $4) \
             AND (CAST($5 AS TEXT) IS NULL OR what = $5) ORDER BY seq DESC LIMIT $6"
        )
    };
}

/// The statement that finds them, newest first, with its arguments.
pub(crate) fn asked(of: &LooksOf, before: Option<i64>, limit: u32) -> (&'static str, Vec<Value>) {
    let (sql, first): (_, Value) = match (of.case, of.staff) {
        (Some(case), _) => (looks!("case_id = $1"), rows::key(case)),
        (None, Some(staff)) => (looks!("staff = $1"), staff.key().into()),
        (None, None) => (looks!("seq > $1"), 0.into()),
    };
    let args = vec![
        first,
        before.unwrap_or(i64::MAX).into(),
        of.staff.map(AccountId::key).into(),
        of.agency.as_ref().map(Agency::as_str).into(),
        of.what.map(Looked::name).into(),
        i64::from(limit).into(),
    ];
    (sql, args)
}

pub(crate) fn numbered(record: &Record) -> Result<(i64, Look)> {
    Ok((record.int(0)?, parse("look", record.text(1)?)?))
}

pub(crate) const REVEALS: &str = "SELECT staff, what, until_us FROM reveal WHERE staff = $1 AND until_us > $2";

pub(crate) fn reveal(record: &Record) -> Result<Reveal> {
    let staff = rows::account_id(record.int(0)?);
    Ok(Reveal { staff, of: record.text(1)?.to_owned(), until: record.time(2)? })
}

/// Those who opened the case's page, or took something out of it.
pub(crate) const LOOKERS: &str = "SELECT COUNT(DISTINCT staff) FROM look WHERE case_id = $1 AND what <> 'search'";

/// How many stand in the chain; an error names the first that does not belong to the one before it, or whose columns
/// say something else than what was chained.
pub(crate) async fn intact(engine: &impl Engine) -> Result<std::result::Result<u64, i64>> {
    let sql = "SELECT seq, body, chain, staff, case_id FROM look WHERE seq > $1 ORDER BY seq LIMIT 1000";
    let cut = engine.read("SELECT seq, chain FROM look_cut", vec![]).await?;
    let (mut last, mut chain) = match cut.first() {
        Some(record) => (record.int(0)?, record.text(1)?.to_owned()),
        None => (0, String::new()),
    };
    let mut many = 0;
    loop {
        let page = engine.scan(sql, vec![last.into()]).await?;
        if page.is_empty() {
            return Ok(Ok(many));
        }
        for record in page {
            let seq = record.int(0)?;
            let Ok(look) = parse::<Look>("look", record.text(1)?) else { return Ok(Err(seq)) };
            chain = look_chain(&chain, &look);
            let columns =
                record.int(3)? == look.staff.key() && record.opt_int(4)? == look.case.map(|case| case.bits() as i64);
            if seq != last + 1 || chain != record.text(2)? || !columns {
                return Ok(Err(seq));
            }
            (last, many) = (seq, many + 1);
        }
    }
}

/// Looks that are cut off at once.
const CUT: i64 = 10_000;

/// Cuts off what was before; answers how many went, of which there may be more.
pub(crate) async fn cut(engine: &impl Engine, before: Timestamp) -> Result<u64> {
    let sql = "SELECT seq, chain FROM (SELECT seq, chain, at_us FROM look ORDER BY seq LIMIT $1) AS old \
               WHERE at_us < $2 ORDER BY seq DESC LIMIT 1";
    let found = engine.read(sql, vec![CUT.into(), before.into()]).await?;
    let Some(record) = found.first() else { return Ok(0) };
    let (seq, chain) = (record.int(0)?, record.text(1)?.to_owned());
    let keep = "INSERT INTO look_cut (id, seq, chain) VALUES (1, $1, $2) \
                ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, chain = excluded.chain WHERE look_cut.seq < excluded.seq";
    let gone = "DELETE FROM look WHERE seq <= $1 RETURNING 1";
    let statements = vec![Statement::new(keep, vec![seq.into(), chain.into()]), Statement::new(gone, vec![seq.into()])];
    let answer = engine.write(Work::Statements(statements)).await?;
    Ok(answer.get(1).map_or(0, |rows| rows.len() as u64))
}
