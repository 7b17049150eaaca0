//! The index behind lists and search. It follows the journal, a batch at a time, and makes each case
//! it meets anew from its row and its journal: doing so twice changes nothing, and a crash between
//! leaves nothing wrong. No commit waits for it. An index of another version is made anew, case by
//! case, while the desk goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use case::{Case, CaseRef, Entry, Stage, Timestamp, thread};

use crate::desk::Desk;
use crate::dialect::Dialect;
use crate::engine::{Engine, Statement, Work};
use crate::filter::facets;
use crate::lists::list_of;
use crate::value::{Record, Value};
use crate::{Indexed, Result, rows, terms};

/// No deadline: after all others.
pub(crate) const NEVER: i64 = i64::MAX;
/// Cases written in one transaction, so that commits come between.
const TOGETHER: usize = 16;
const DAY_US: i64 = 86_400_000_000;

pub(crate) fn day_of(received_us: i64) -> i64 {
    received_us.div_euclid(DAY_US)
}

/// What the lists call due of a case: the rules know it, and the store does not know them.
pub type ShownDue = dyn Fn(&Case) -> Option<Timestamp> + Send + Sync;

/// What the index keeps of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facets {
    pub version: i64,
    pub stage: i64,
    pub received_us: i64,
    pub due_us: i64,
    pub bits: i64,
    pub signer: Option<i64>,
    pub holder_us: Option<i64>,
}

impl Facets {
    pub fn of(case: &Case, journal: &[Entry], due_us: Option<i64>) -> Self {
        let (mut bits, signer) = facets::of(case);
        let last = thread::last_word(journal);
        if last.unread {
            bits |= facets::UNREAD;
        }
        let stage = Stage::NAMES.iter().position(|name| *name == case.stage.name()).unwrap_or_default();
        Self {
            version: case.version as i64,
            stage: stage as i64,
            received_us: case.times.received.as_microsecond(),
            due_us: due_us.unwrap_or(NEVER),
            bits,
            signer: signer.map(|staff| staff.key()),
            holder_us: last.at.map(|at| at.as_microsecond()),
        }
    }
}

/// How far the index is.
struct State {
    position: i64,
    walk: Option<i64>,
}

/// A case to be indexed, and what the index has of it.
struct Before {
    id: i64,
    version: Option<i64>,
    terms: BTreeSet<i64>,
}

const UPSERT: &str = "INSERT INTO case_facet \
    (id, version, stage, received_us, due_us, bits, marked, signer, holder_us, terms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET version = excluded.version, \
    stage = excluded.stage, due_us = excluded.due_us, bits = excluded.bits, marked = excluded.marked, \
    signer = excluded.signer, holder_us = excluded.holder_us, terms = excluded.terms \
    WHERE case_facet.version = $11 RETURNING 1";

impl<E: Engine> Desk<E> {
    /// One batch: what the journal has gained, then some of what is made anew.
    pub(crate) async fn index_some(&self, limit: u32, shown: &ShownDue) -> Result<Indexed> {
        let limit = i64::from(limit.max(1));
        let state = self.state().await?;
        let gained = self.engine.read(E::DIALECT.changed, vec![state.position.into(), limit.into()]).await?;
        let mut ids = BTreeSet::new();
        let mut position = state.position;
        for record in &gained {
            ids.insert(record.int(0)?);
            position = record.int(1)?;
        }
        let mut walk = state.walk;
        let room = limit - gained.len() as i64;
        if let Some(after) = state.walk.filter(|_| room > 0) {
            let sql = "SELECT id FROM case_ WHERE id > $1 ORDER BY id LIMIT $2";
            let some = self.engine.read(sql, vec![after.into(), room.into()]).await?;
            walk = some.last().map(|record| record.int(0)).transpose()?;
            for record in &some {
                ids.insert(record.int(0)?);
            }
        }
        let full = gained.len() as i64 >= limit;
        let held_up = !full && !self.engine.read(E::DIALECT.beyond, vec![position.into()]).await?.is_empty();
        if position == state.position && walk == state.walk {
            return Ok(Indexed { position, held_up, ..Indexed::default() });
        }
        let cases = ids.len() as u32;
        let ids: Vec<i64> = ids.into_iter().collect();
        for some in ids.chunks(TOGETHER) {
            // Another process was there in between: all of it again, from the same place.
            if !self.index_these(some, state.walk.is_some(), shown).await? {
                return Ok(Indexed { position: state.position, more: true, ..Indexed::default() });
            }
        }
        let sql = "UPDATE list_index SET position = $1, walk = $2 WHERE id = 1 AND version = $3 AND position <= $1";
        self.write(sql, vec![position.into(), walk.into(), terms::VERSION.into()]).await?;
        Ok(Indexed { cases, position, more: full || walk.is_some(), held_up })
    }

    /// Forgets what a case can be found by. It is known again when it next changes.
    pub(crate) async fn unindex_one(&self, reference: CaseRef) -> Result<()> {
        let key = rows::key(reference);
        let sql = "SELECT received_us, terms FROM case_facet WHERE id = $1";
        let Some(found) = self.engine.read(sql, vec![key.clone()]).await?.into_iter().next() else { return Ok(()) };
        let received_us = found.int(0)?;
        let mut statements: Vec<Statement> = read_terms(found.blob(1)?)
            .map(|term| {
                let sql = "DELETE FROM case_term WHERE day = $1 AND term = $2 AND received_us = $3 AND case_id = $4";
                let args = vec![day_of(received_us).into(), term.into(), received_us.into(), key.clone()];
                Statement::new(sql, args)
            })
            .collect();
        statements.push(Statement::new("DELETE FROM case_facet WHERE id = $1", vec![key]));
        self.engine.write(Work::Statements(statements)).await.map(drop)
    }

    /// Where the index is; a new one, where there is none of this version or the journal is not the
    /// one that was followed.
    async fn state(&self) -> Result<State> {
        let end = self.engine.read(E::DIALECT.end, vec![]).await?;
        let end = end.first().map_or(Ok(0), |record| record.int(0))?;
        let sql = "SELECT version, position, walk FROM list_index WHERE id = 1";
        if let Some(record) = self.engine.read(sql, vec![]).await?.first() {
            let state = State { position: record.int(1)?, walk: record.opt_int(2)? };
            if record.int(0)? == terms::VERSION && state.position <= end {
                return Ok(state);
            }
        }
        self.begin(end).await
    }

    async fn begin(&self, end: i64) -> Result<State> {
        let sql = "INSERT INTO list_index (id, version, position, walk) VALUES (1, $1, $2, $3) \
                   ON CONFLICT (id) DO UPDATE SET \
                   version = excluded.version, position = excluded.position, walk = excluded.walk";
        // The ids are not negative.
        let state = State { position: end, walk: Some(-1) };
        self.write(sql, vec![terms::VERSION.into(), end.into(), state.walk.into()]).await?;
        Ok(state)
    }

    /// Makes the whole index anew, from the next batch on.
    pub(crate) async fn index_anew(&self) -> Result<()> {
        let state = self.state().await?;
        self.begin(state.position).await.map(drop)
    }

    /// False where the index of one of them was changed while it was worked out.
    /// Unless all is made `anew`, a case whose index is of its version already is left as it is.
    async fn index_these(&self, ids: &[i64], anew: bool, shown: &ShownDue) -> Result<bool> {
        let dialect: &Dialect = E::DIALECT;
        // What the index has is read first: a case that changes in between is met again in the journal.
        let facets = self.engine.read(dialect.facets, vec![list_of(ids.iter().copied()).into()]).await?;
        let known = facets.iter().map(before).collect::<Result<Vec<_>>>()?;
        let mut known: HashMap<i64, Before> = known.into_iter().map(|before| (before.id, before)).collect();
        let mut cases = self.engine.read(dialect.cases, vec![list_of(ids.iter().copied()).into()]).await?;
        if !anew {
            let version = |record: &Record| known.get(&record.int(0).ok()?).and_then(|before| before.version);
            cases.retain(|record| version(record).is_none_or(|version| record.int(1).is_ok_and(|now| now > version)));
        }
        let ids = cases.iter().map(|record| record.int(0)).collect::<Result<Vec<_>>>()?;
        let list = vec![list_of(ids.iter().copied()).into()];
        let mut journals: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
        for record in self.engine.read(dialect.journals, list).await? {
            journals.entry(record.int(1)?).or_default().push(rows::entry(&record)?);
        }
        let rows = cases
            .iter()
            .map(|record| Ok((record.int(0)?, rows::case(&Record(vec![record.0[2].clone()]))?)))
            .collect::<Result<Vec<_>>>()?;
        let cards = rows.iter().filter_map(|(_, case)| case.subscription.as_ref().map(|s| s.card.key()));
        let cards = self.engine.read(dialect.cards, vec![list_of(cards).into()]).await?;
        let cards = cards.iter().map(rows::card).collect::<Result<Vec<_>>>()?;
        let cards: HashMap<i64, case::CardRecord> = cards.into_iter().map(|card| (card.id.key(), card)).collect();
        let mut statements = Vec::new();
        let mut guards = Vec::new();
        for (id, case) in rows {
            let mut journal = journals.remove(&id).unwrap_or_default();
            // Read a moment later than the row, it may have gone on.
            journal.retain(|entry| entry.version <= case.version);
            let card = case.subscription.as_ref().and_then(|s| cards.get(&s.card.key()));
            let facets = Facets::of(&case, &journal, shown(&case).map(|at| at.as_microsecond()));
            let terms = terms::of(&case, &journal, card);
            let before = known.remove(&id).unwrap_or(Before { id, version: None, terms: BTreeSet::new() });
            if before.version.is_none_or(|version| version <= facets.version) {
                guards.push(statements.len());
                statements.extend(written(dialect, &before, &facets, &terms));
            }
        }
        if statements.is_empty() {
            return Ok(true);
        }
        let answer = self.engine.write(Work::Statements(statements)).await?;
        Ok(guards.into_iter().all(|at| answer.get(at).is_some_and(|rows| !rows.is_empty())))
    }
}

/// The first of them answers a row where the index still was as it was read; the others do nothing where it was not.
fn written(dialect: &Dialect, before: &Before, facets: &Facets, terms: &BTreeSet<i64>) -> Vec<Statement> {
    let Facets { version, stage, received_us, due_us, bits, signer, holder_us } = facets.clone();
    let (id, day) = (before.id, day_of(received_us));
    let marked = i64::from(bits & facets::RARE != 0);
    let upsert = vec![
        id.into(),
        version.into(),
        stage.into(),
        received_us.into(),
        due_us.into(),
        bits.into(),
        marked.into(),
        signer.into(),
        holder_us.into(),
        Value::Blob(terms.iter().flat_map(|term| term.to_be_bytes()).collect()),
        before.version.unwrap_or(-1).into(),
    ];
    let mut statements = vec![Statement::new(UPSERT, upsert)];
    let mut terms_of = |sql, terms: &mut dyn Iterator<Item = &i64>| {
        let list = list_of(terms.copied());
        if !list.is_empty() {
            let args = vec![day.into(), received_us.into(), id.into(), list.into(), version.into()];
            statements.push(Statement::new(sql, args));
        }
    };
    terms_of(dialect.remove, &mut before.terms.difference(terms));
    terms_of(dialect.add, &mut terms.difference(&before.terms));
    if before.version.is_none() {
        let sql = "INSERT INTO term_day (day) VALUES ($1) ON CONFLICT DO NOTHING";
        statements.push(Statement::new(sql, vec![day.into()]));
    }
    statements
}

fn before(record: &Record) -> Result<Before> {
    Ok(Before { id: record.int(0)?, version: Some(record.int(1)?), terms: read_terms(record.blob(2)?).collect() })
}

fn read_terms(bytes: &[u8]) -> impl Iterator<Item = i64> {
    bytes.as_chunks().0.iter().map(|term| i64::from_be_bytes(*term))
}
