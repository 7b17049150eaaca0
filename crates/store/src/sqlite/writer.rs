//! The one thread that writes. It takes a job, and whatever has queued behind it, into one
//! transaction; everyone is answered after the one flush at its end.

use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::runtime::Handle;

use super::{engine, query};
use crate::engine::{Answer, Change, Job, Jobs, Statement, Work};
use crate::{Result, StoreError};

/// Jobs in one transaction: what a late one waits for at most.
const GROUP: usize = 256;

pub(super) fn run(connection: &Connection, mut jobs: Jobs, runtime: &Handle) {
    while let Some(first) = jobs.blocking_next() {
        let mut group = vec![first];
        let done = together(connection, &mut group, &mut jobs);
        if group.iter().any(|job| matches!(&job.work, Work::Statements(many) if many.len() > GROUP)) {
            // The pages of an import are in nobody's way on disk; in the cache they would stay for good.
            if let Err(why) = connection.release_memory() {
                tracing::warn!(%why, "the cache of an import could not be given back");
            }
        }
        match done {
            // From within the runtime all are woken at once; from here, each would be by itself.
            Ok(verdicts) if group.len() > 1 => drop(runtime.spawn(async { answer(group, verdicts) })),
            Ok(verdicts) => answer(group, verdicts),
            Err(Failed::Flush(why)) => group.into_iter().for_each(|job| job.answer(Err(why.clone()))),
            // One of them cannot be done: alone, it fails alone.
            Err(Failed::Job(_)) => {
                for job in group {
                    let mut alone = vec![job];
                    let done = together(connection, &mut alone, &mut Jobs::none());
                    let verdicts = done.unwrap_or_else(|failed| vec![Err(failed.why())]);
                    answer(alone, verdicts);
                }
            }
        }
    }
}

fn answer(group: Vec<Job>, verdicts: Vec<Result<Answer>>) {
    for (job, verdict) in group.into_iter().zip(verdicts) {
        job.answer(verdict);
    }
}

/// Why a group left no trace.
enum Failed {
    /// One of its jobs.
    Job(StoreError),
    /// The beginning or the end of the transaction.
    Flush(StoreError),
}

impl Failed {
    fn why(self) -> StoreError {
        match self {
            Failed::Job(why) | Failed::Flush(why) => why,
        }
    }
}

/// Runs `group`, which grows by what queues meanwhile, as one transaction.
fn together(
    connection: &Connection,
    group: &mut Vec<Job>,
    jobs: &mut Jobs,
) -> std::result::Result<Vec<Result<Answer>>, Failed> {
    let flush = |why| Failed::Flush(engine(why));
    connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([])).map_err(flush)?;
    let mut verdicts = Vec::with_capacity(group.len());
    while let Some(job) = group.get(verdicts.len()) {
        match perform(connection, &job.work) {
            Ok(verdict) => verdicts.push(verdict),
            Err(why) => {
                roll_back(connection);
                return Err(Failed::Job(engine(why)));
            }
        }
        if verdicts.len() == group.len() && group.len() < GROUP {
            group.extend(jobs.queued());
        }
    }
    let committed = connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
    committed.map_err(|why| {
        roll_back(connection);
        flush(why)
    })?;
    Ok(verdicts)
}

fn roll_back(connection: &Connection) {
    // After some errors SQLite has already done it.
    if !connection.is_autocommit()
        && let Err(why) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%why, "a transaction could not be rolled back");
    }
}

/// An expected no is an answer and leaves nothing behind; an error undoes the whole group.
fn perform(connection: &Connection, work: &Work) -> rusqlite::Result<Result<Answer>> {
    match work {
        Work::Commit(change) => commit(connection, change),
        Work::Statements(statements) => run_all(connection, statements).map(Ok),
    }
}

fn run_all(connection: &Connection, statements: &[Statement]) -> rusqlite::Result<Answer> {
    statements.iter().map(|s| query(connection, s.sql, &s.args)).collect()
}

const INSERT: &str = "INSERT INTO case_ \
    (id, version, stage, received_us, changed_us, due_us, open_card, account, token, body) \
    VALUES (?1, ?10, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
const INDEXED: &str = "SELECT seq, stage, due_us, open_card, account FROM case_ WHERE id = ?1 AND version = ?2";

/// One statement for every set of indexed columns that change, by bit: SQLite writes the index of every
/// column that a statement names, whether its value is another or not.
static UPDATES: LazyLock<[String; 16]> = LazyLock::new(|| {
    std::array::from_fn(|changed| {
        let columns = ["stage = ?5", "due_us = ?6", "open_card = ?7", "account = ?8"];
        let changing = columns.iter().enumerate().filter(|(bit, _)| changed & (1 << bit) != 0);
        let set: String = changing.map(|(_, column)| format!(", {column}")).collect();
        // Named in any case, so that all take the same values.
        let same = "COALESCE(?5, ?6, ?7, ?8, 0) IS NOT NULL";
        format!("UPDATE case_ SET version = ?2, changed_us = ?3, body = ?4{set} WHERE seq = ?1 AND {same}")
    })
});

/// Where the row stands at the expected version, and what of it is indexed.
type Indexed = (i64, [Option<i64>; 4]);

fn indexed(connection: &Connection, c: &Change) -> rusqlite::Result<Option<Indexed>> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]));
    connection.prepare_cached(INDEXED)?.query_row([c.id, c.expected], read).optional()
}

fn update(connection: &Connection, c: &Change) -> rusqlite::Result<usize> {
    let Some((seq, was)) = indexed(connection, c)? else { return Ok(0) };
    let now = [Some(c.stage), c.due_us, c.open_card, c.account];
    let changed = (0..4).filter(|&bit| was[bit] != now[bit]).fold(0, |set, bit| set | 1 << bit);
    let [stage, due_us, open_card, account] = now;
    let sql = &UPDATES[changed];
    connection.prepare_cached(sql)?.execute(params![
        seq,
        c.version,
        c.changed_us,
        c.body,
        stage,
        due_us,
        open_card,
        account
    ])
}

fn commit(connection: &Connection, c: &Change) -> rusqlite::Result<Result<Answer>> {
    let landed = if c.expected == 0 {
        connection.prepare_cached(INSERT)?.execute(params![
            c.id,
            c.stage,
            c.received_us,
            c.changed_us,
            c.due_us,
            c.open_card,
            c.account,
            c.token,
            c.body,
            c.version
        ])?
    } else {
        update(connection, c)?
    };
    if landed == 0 {
        return Ok(Err(StoreError::Conflict));
    }
    let journal = "INSERT INTO journal (case_id, version, body) VALUES (?1, ?2, ?3)";
    for (version, entry) in &c.entries {
        connection.prepare_cached(journal)?.execute(params![c.id, version, entry])?;
    }
    if let Some(n) = c.settles {
        connection.prepare_cached("DELETE FROM outbox WHERE case_id = ?1 AND n = ?2")?.execute([c.id, n])?;
    }
    let outbox = "INSERT INTO outbox (case_id, n, owed_us, try_at_us, effect) VALUES (?1, ?2, ?3, ?4, ?5)";
    for owed in &c.owed {
        connection.prepare_cached(outbox)?.execute(params![c.id, owed.n, owed.owed_us, owed.try_at_us, owed.effect])?;
    }
    run_all(connection, &c.beside).map(Ok)
}
