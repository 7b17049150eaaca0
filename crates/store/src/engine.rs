//! What the two engines have in common: they run statements, and they write in groups. Everyone
//! who writes puts a job in the queue; the engine's one writer takes all that has queued, runs it
//! in one transaction, and answers when that is on disk. While it flushes, the next group queues.

use std::collections::VecDeque;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::dialect::Dialect;
use crate::value::{Record, Value, json};
use crate::{Commit, Result, StoreError};

/// How an engine is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// After this a call is answered with [`StoreError::Deadline`].
    pub deadline: Duration,
    /// The same for imports; and for how long a migration waits to begin, on SQLite. Once begun it has no deadline.
    pub bulk_deadline: Duration,
    /// Certificates (PEM) by which a PostgreSQL server is known; the public authorities where there is none.
    pub ca: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(5), bulk_deadline: Duration::from_secs(120), ca: None }
    }
}

pub(crate) trait Engine: Send + Sync + 'static {
    /// See [`claim`].
    const CLAIM: &'static str;
    const DIALECT: &'static Dialect;

    /// A read that touches a few rows.
    fn read(&self, sql: &'static str, args: Vec<Value>) -> impl Future<Output = Result<Vec<Record>>> + Send;
    /// A read that may touch many.
    fn scan(&self, sql: &'static str, args: Vec<Value>) -> impl Future<Output = Result<Vec<Record>>> + Send;
    /// Durable when it is answered, together or not at all.
    fn write(&self, work: Work) -> impl Future<Output = Result<Answer>> + Send;
    /// The same for very many statements.
    fn bulk(&self, statements: Vec<Statement>) -> impl Future<Output = Result<()>> + Send;
    fn migrate(&self) -> impl Future<Output = Result<u32>> + Send;
    /// Lets deleted rows leave the disk, as far as that can be had while others go on.
    fn shed(&self) -> impl Future<Output = Result<()>> + Send;
    /// The schema's version; none where there is no schema yet.
    fn schema(&self) -> impl Future<Output = Result<Option<u32>>> + Send;
    /// Name and version of the engine.
    fn version(&self) -> impl Future<Output = Result<String>> + Send;
}

/// Leases on `$2` effects that may be tried at `$1`, until `$3`; `$lock` keeps two processes apart.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "WITH picked AS (SELECT case_id, n FROM outbox WHERE try_at_us <= $1 ORDER BY try_at_us LIMIT $2",
            $lock,
            ") UPDATE outbox SET try_at_us = $3, attempts = attempts + 1, leased = 1 FROM picked \
             WHERE outbox.case_id = picked.case_id AND outbox.n = picked.n \
             RETURNING outbox.case_id, outbox.n, outbox.owed_us, outbox.effect, outbox.attempts - 1"
        )
    };
}
pub(crate) use claim;

/// One statement with `$1`, `$2`, … first mentioned in that order.
#[derive(Debug)]
pub(crate) struct Statement {
    pub sql: &'static str,
    pub args: Vec<Value>,
}

impl Statement {
    pub fn new(sql: &'static str, args: Vec<Value>) -> Self {
        Self { sql, args }
    }
}

#[derive(Debug)]
pub(crate) enum Work {
    Commit(Box<Change>),
    Statements(Vec<Statement>),
}

impl Work {
    /// Its statements; of a commit, those beside it.
    pub fn statements(&self) -> &[Statement] {
        match self {
            Work::Commit(change) => &change.beside,
            Work::Statements(statements) => statements,
        }
    }
}

/// The rows each statement returned.
pub(crate) type Answer = Vec<Vec<Record>>;

/// A commit, taken apart and written out before it queues.
#[derive(Debug)]
pub(crate) struct Change {
    pub id: i64,
    pub expected: i64,
    pub version: i64,
    pub stage: i64,
    pub received_us: i64,
    pub changed_us: i64,
    pub due_us: Option<i64>,
    pub open_card: Option<i64>,
    pub account: Option<i64>,
    pub token: Option<String>,
    pub body: String,
    /// Version and body of each.
    pub entries: Vec<(i64, String)>,
    pub settles: Option<i64>,
    pub owed: Vec<OwedRow>,
    /// What follows only where the change has landed; its answer is theirs.
    pub beside: Vec<Statement>,
}

#[derive(Debug)]
pub(crate) struct OwedRow {
    pub n: i64,
    pub owed_us: i64,
    pub try_at_us: i64,
    pub effect: String,
}

impl Change {
    pub fn new(commit: &Commit) -> Result<Self> {
        let Commit { case, expected, entries, effects, settles, held, token, due, beside: _ } = commit;
        let fits = |(version, entry): (u64, &case::Entry)| entry.version == version && entry.case == case.reference;
        let version = expected + entries.len() as u64;
        if entries.is_empty() || case.version != version || !(expected + 1..).zip(entries).all(fits) {
            return Err(StoreError::Engine(format!("a commit that expects {expected} must write what follows it")));
        }
        let changed_at = entries.last().map_or(case.times.received, |entry| entry.at);
        if token.is_some() && *expected != 0 {
            return Err(StoreError::Engine("only a declaration has a form token".to_owned()));
        }
        let stage = case::Stage::NAMES.iter().position(|name| *name == case.stage.name()).unwrap_or_default();
        let card = case.subscription.as_ref().map(|s| s.card.key());
        let row = |owed: &case::Owed| -> Result<OwedRow> {
            let try_at = held.filter(|(n, _)| *n == owed.n).map_or(owed.not_before, |(_, until)| until);
            Ok(OwedRow {
                n: i64::from(owed.n),
                owed_us: owed.not_before.as_microsecond(),
                try_at_us: try_at.max(owed.not_before).as_microsecond(),
                effect: json(&owed.effect)?,
            })
        };
        Ok(Self {
            id: case.reference.bits() as i64,
            expected: *expected as i64,
            version: version as i64,
            stage: stage as i64,
            received_us: case.times.received.as_microsecond(),
            changed_us: changed_at.as_microsecond(),
            due_us: due.map(|at| at.as_microsecond()),
            open_card: card.filter(|_| case.stage.is_open()),
            account: case.account.map(|a| a.key()),
            token: token.as_ref().map(|token| token.replace('\0', "\u{fffd}")),
            body: json(case)?,
            entries: entries.iter().map(|e| Ok((e.version as i64, json(e)?))).collect::<Result<_>>()?,
            settles: settles.map(i64::from),
            owed: effects.iter().map(row).collect::<Result<_>>()?,
            beside: Vec::new(),
        })
    }
}

#[derive(Debug)]
pub(crate) struct Job {
    pub work: Work,
    reply: oneshot::Sender<Result<Answer>>,
}

impl Job {
    pub fn answer(self, answer: Result<Answer>) {
        // Whoever asked may have stopped waiting; the work is done all the same.
        let _ = self.reply.send(answer);
    }

    /// Whether nobody waits for it any more, so that it need not be begun.
    pub fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

/// Where writers queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue(mpsc::Sender<Job>);

impl Queue {
    /// Jobs that may wait before those who ask wait too.
    const DEPTH: usize = 4096;

    pub fn new() -> (Self, Jobs) {
        let (sender, receiver) = mpsc::channel(Self::DEPTH);
        (Self(sender), Jobs { receiver, put_off: VecDeque::new() })
    }

    pub async fn ask(&self, work: Work, deadline: Duration) -> Result<Answer> {
        let asked = async {
            let (reply, answer) = oneshot::channel();
            let gone = || StoreError::Engine("the store's writer has stopped".to_owned());
            self.0.send(Job { work, reply }).await.map_err(|_| gone())?;
            answer.await.map_err(|_| gone())?
        };
        tokio::time::timeout(deadline, asked).await.unwrap_or(Err(StoreError::Deadline))
    }
}

/// The writer's end of the queue.
#[derive(Debug)]
pub(crate) struct Jobs {
    receiver: mpsc::Receiver<Job>,
    put_off: VecDeque<Job>,
}

impl Jobs {
    /// Nothing queues here.
    pub fn none() -> Self {
        Queue::new().1
    }

    /// Waits for a job; none when the store has been dropped.
    pub async fn next(&mut self) -> Option<Job> {
        match self.put_off.pop_front() {
            Some(job) => Some(job),
            None => self.receiver.recv().await,
        }
    }

    pub fn blocking_next(&mut self) -> Option<Job> {
        self.receiver.blocking_recv()
    }

    /// What has queued meanwhile, without waiting.
    pub fn queued(&mut self) -> Option<Job> {
        let mut job = self.put_off.pop_front().or_else(|| self.receiver.try_recv().ok());
        while job.as_ref().is_some_and(Job::abandoned) {
            job = self.put_off.pop_front().or_else(|| self.receiver.try_recv().ok());
        }
        job
    }

    /// For the group after this one, before all that queues behind them.
    pub fn put_off(&mut self, jobs: Vec<Job>) {
        for job in jobs.into_iter().rev() {
            self.put_off.push_front(job);
        }
    }
}
