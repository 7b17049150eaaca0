//! PostgreSQL 15 and later: one connection that writes in groups, two that read side by side.
//! A server that does not answer in time is left, and the next call looks for one that does.

mod group;
pub(crate) mod link;
pub(crate) mod tls;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_postgres::error::SqlState;

use self::link::{Hosts, Link, pipelined};
use crate::dialect::{self, Dialect};
use crate::engine::{Answer, Engine, Options, Queue, Statement, Work, claim};
use crate::value::{Record, Value};
use crate::{Result, StoreError, schema};

pub(crate) struct Postgres {
    hosts: Arc<Hosts>,
    queue: Queue,
    readers: [Link; 2],
    next: AtomicUsize,
    options: Options,
}

impl Postgres {
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let hosts = Arc::new(Hosts::parse(url, options.ca.as_deref(), options.deadline)?);
        let (queue, jobs) = Queue::new();
        let writer = Link::new(hosts.clone(), writer::SESSION, options.deadline);
        // What nobody waits for any more ends at the server too.
        let session = format!("{READER}; SET statement_timeout = {}", options.deadline.as_millis());
        let reader = || Link::new(hosts.clone(), &session, options.deadline);
        let store =
            Self { readers: [reader(), reader()], hosts: hosts.clone(), queue, next: AtomicUsize::new(0), options };
        schema::refuse_newer(store.schema().await?)?;
        tokio::spawn(writer::run(writer, jobs));
        Ok(store)
    }
}

/// Every read is by an index and ends early; a plan that was made knowing neither, or compiled first, costs
/// a hundred times the read. One plan serves all arguments. As nothing is sorted that an index has in order, rows that
/// one index finds are put in an order that no other has (`ORDER BY id + 0`); and a range index is of no use here.
const READER: &str = "SET jit = off; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
    SET enable_bitmapscan = off; SET enable_sort = off; SET max_parallel_workers_per_gather = 0";

/// What a deleted row is made of stays on its page until this.
const SHED: [&str; 11] = [
    "VACUUM file",
    "VACUUM mail",
    "VACUUM log_key",
    "VACUUM case_",
    "VACUUM journal",
    "VACUUM account",
    "VACUUM card",
    "VACUUM card_switch",
    "VACUUM case_facet",
    "VACUUM case_term",
    "VACUUM letter",
];

/// Any number that all desks on one server agree on.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(4307231907)";

impl Engine for Postgres {
    const CLAIM: &'static str = claim!(" FOR UPDATE SKIP LOCKED");
    const DIALECT: &'static Dialect = &dialect::POSTGRES;

    async fn read(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
        let link = &self.readers[self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len()];
        let rows = link.query(sql, &args).await?;
        rows.iter().map(record).collect()
    }

    async fn scan(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
        self.read(sql, args).await
    }

    async fn write(&self, work: Work) -> Result<Answer> {
        self.queue.ask(work, self.options.deadline).await
    }

    /// On a connection of its own, so that the writer goes on meanwhile.
    async fn bulk(&self, statements: Vec<Statement>) -> Result<()> {
        const IN_FLIGHT: usize = 500;
        let work = async {
            let connection = self.hosts.connect("").await?;
            connection.client.batch_execute("BEGIN").await.map_err(engine)?;
            for chunk in statements.chunks(IN_FLIGHT) {
                for statement in chunk {
                    connection.prepare(statement.sql).await.map_err(engine)?;
                }
                let running = chunk.iter().map(|s| connection.run(s.sql, &s.args)).collect();
                for done in pipelined(running).await {
                    done.map_err(engine)?;
                }
            }
            connection.client.batch_execute("COMMIT").await.map_err(engine)
        };
        tokio::time::timeout(self.options.bulk_deadline, work).await.unwrap_or(Err(StoreError::Deadline))
    }

    /// It takes as long as the tables are large: one that was cut off would be begun anew by every start, and cut off again.
    async fn migrate(&self) -> Result<u32> {
        // Who may only read can work with what is up to date.
        if self.schema().await? == Some(schema::NEWEST) {
            return Ok(schema::NEWEST);
        }
        let mut connection = self.hosts.connect("").await?;
        let transaction = connection.client.transaction().await.map_err(engine)?;
        transaction.batch_execute(MIGRATION_LOCK).await.map_err(engine)?;
        transaction.batch_execute(schema::TABLE).await.map_err(engine)?;
        let row = transaction.query_one(schema::READ, &[]).await.map_err(engine)?;
        let version = row.get::<_, Option<i64>>(0).map(|version| version as u32);
        schema::refuse_newer(version)?;
        for (to, sql) in schema::missing(schema::POSTGRES, version) {
            transaction.batch_execute(sql).await.map_err(engine)?;
            let insert = "INSERT INTO schema_version (version) VALUES ($1)";
            transaction.execute(insert, &[&i64::from(to)]).await.map_err(engine)?;
        }
        transaction.commit().await.map_err(engine)?;
        Ok(schema::NEWEST)
    }

    /// The places of deleted rows can be written over; the server's log and its backups are not ours to cut.
    async fn shed(&self) -> Result<()> {
        let work = async {
            let connection = self.hosts.connect("").await?;
            for table in SHED {
                connection.client.batch_execute(table).await.map_err(engine)?;
            }
            Ok(())
        };
        tokio::time::timeout(self.options.bulk_deadline, work).await.unwrap_or(Err(StoreError::Deadline))
    }

    async fn schema(&self) -> Result<Option<u32>> {
        let there = self.read("SELECT 1 WHERE to_regclass('schema_version') IS NOT NULL", vec![]).await?;
        if there.is_empty() {
            return Ok(None);
        }
        let found = self.read(schema::READ, vec![]).await?;
        let version = found.first().map(|record| record.opt_int(0)).transpose()?.flatten();
        Ok(version.map(|version| version as u32))
    }

    async fn version(&self) -> Result<String> {
        let found = self.read("SELECT current_setting('server_version')", vec![]).await?;
        let version = found.first().map(|record| record.text(0)).transpose()?.unwrap_or("?");
        Ok(format!("PostgreSQL {version}"))
    }
}

fn record(row: &tokio_postgres::Row) -> Result<Record> {
    (0..row.len()).map(|column| row.try_get(column).map_err(engine)).collect::<Result<_>>().map(Record)
}

/// The message without the details, which quote what was stored.
fn engine(error: tokio_postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(db) if *db.code() == SqlState::UNIQUE_VIOLATION => StoreError::Conflict,
        Some(db) if *db.code() == SqlState::QUERY_CANCELED => StoreError::Deadline,
        Some(db) if *db.code() == SqlState::UNDEFINED_TABLE => StoreError::Unmigrated,
        Some(db) => StoreError::Engine(format!("{} ({})", db.message(), db.code().code())),
        None => StoreError::Engine(error.to_string()),
    }
}
