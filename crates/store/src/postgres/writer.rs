//! The one task that writes. A group is one transaction in one round trip: all its commits are one
//! statement, all else follows in the pipeline. While the server flushes, the next group queues.

use std::collections::HashSet;

use super::group::{COMMITS, Columns};
use super::link::{Connection, Link, Running, is_lost, pipelined, simple};
use crate::engine::{Answer, Job, Jobs, Work};
use crate::{Result, StoreError};

/// Jobs in one transaction.
const GROUP: usize = 256;

/// The plan that fits one row of thousands fits all; planning afresh, and scanning a table that was
/// small when the plan was made, cost more than the work; so does compiling a plan that reads a row or two.
pub(super) const SESSION: &str = "SET plan_cache_mode = force_generic_plan; \
    SET enable_seqscan = off; SET enable_mergejoin = off; SET jit = off; SET statement_timeout = '30s'";

pub(super) async fn run(link: Link, mut jobs: Jobs) {
    while let Some(first) = jobs.next().await {
        let group = gather(first, &mut jobs);
        match together(&link, &group).await {
            Ok(verdicts) => answer(group, verdicts),
            // The server undid it because of one job: alone, that one fails alone.
            Err(Failed::Job(_)) if group.len() > 1 => {
                for job in group {
                    let verdict = together(&link, std::slice::from_ref(&job)).await;
                    let verdict = verdict.map_err(Failed::why).and_then(|mut one| one.pop().unwrap_or_else(none));
                    job.answer(verdict);
                }
            }
            Err(failed) => {
                let why = failed.why();
                group.into_iter().for_each(|job| job.answer(Err(why.clone())));
            }
        }
    }
}

fn none() -> Result<Answer> {
    Err(StoreError::Engine("a job went unanswered".to_owned()))
}

fn answer(group: Vec<Job>, verdicts: Vec<Result<Answer>>) {
    for (job, verdict) in group.into_iter().zip(verdicts) {
        job.answer(verdict);
    }
}

/// What has queued, but no two commits of one case: the second must see the first.
fn gather(first: Job, jobs: &mut Jobs) -> Vec<Job> {
    let mut cases = HashSet::new();
    let (mut group, mut later) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some(job) = next {
        let apart = match &job.work {
            Work::Commit(change) => cases.insert(change.id),
            Work::Statements(_) => true,
        };
        if apart {
            group.push(job)
        } else {
            later.push(job)
        }
        next = if group.len() < GROUP && later.len() < GROUP { jobs.queued() } else { None };
    }
    jobs.put_off(later);
    group
}

enum Failed {
    /// The server refused a statement and kept nothing.
    Job(StoreError),
    /// Nobody knows what the server did.
    Link(StoreError),
}

impl Failed {
    fn why(self) -> StoreError {
        match self {
            Failed::Job(why) | Failed::Link(why) => why,
        }
    }
}

async fn together(link: &Link, group: &[Job]) -> std::result::Result<Vec<Result<Answer>>, Failed> {
    let mut refused = false;
    let done = link.within(async |connection| {
        let done = transact(connection, group).await;
        refused = done.as_ref().is_err_and(|why| why.as_db_error().is_some() && !is_lost(why));
        done
    });
    let done = done.await;
    let mut rows = done.map_err(|why| if refused { Failed::Job(why) } else { Failed::Link(why) })?.into_iter();
    let any_commit = group.iter().any(|job| matches!(job.work, Work::Commit(_)));
    let landed = if any_commit { rows.next().unwrap_or_default() } else { Vec::new() };
    let landed: HashSet<i64> = landed.iter().map(|row| row.get(0)).collect();
    let mut verdict = |job: &Job| {
        let statements = job.work.statements().len();
        let answer = rows.by_ref().take(statements).map(|rows| rows.iter().map(super::record).collect()).collect();
        match &job.work {
            Work::Commit(change) if !landed.contains(&change.id) => Err(StoreError::Conflict),
            Work::Commit(_) | Work::Statements(_) => answer,
        }
    };
    Ok(group.iter().map(&mut verdict).collect())
}

type Tables = Vec<Vec<tokio_postgres::Row>>;

/// The rows of the commits' statement, where there are commits, then those of each other statement.
async fn transact(connection: &Connection, group: &[Job]) -> std::result::Result<Tables, tokio_postgres::Error> {
    let changes = group.iter().filter_map(|job| match &job.work {
        Work::Commit(change) => Some(&**change),
        Work::Statements(_) => None,
    });
    let columns = Columns::of(changes);
    let commits = connection.prepare(COMMITS).await?;
    let mut running: Vec<Running<'_>> = Vec::new();
    if let Some(columns) = &columns {
        running.push(Box::pin(async { connection.client.query(&commits, &columns.params()).await }));
    }
    for job in group {
        for statement in job.work.statements() {
            connection.prepare(statement.sql).await?;
            running.push(connection.run(statement.sql, &statement.args));
        }
    }
    let several = running.len() > 1;
    if several {
        running.insert(0, simple(&connection.client, "BEGIN"));
        running.push(simple(&connection.client, "COMMIT"));
    }
    let mut done: Tables = pipelined(running).await.into_iter().collect::<std::result::Result<_, _>>()?;
    if several {
        done.remove(0);
        done.pop();
    }
    Ok(done)
}
