//! SQLite: one file, one writer thread, a few readers beside it. A read takes microseconds and is done
//! where it is asked for; one that turns out to be long goes to the blocking pool.

mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::runtime::Handle;

use crate::dialect::{self, Dialect};
use crate::engine::{Answer, Engine, Options, Queue, Statement, Work, claim};
use crate::value::{Record, Value};
use crate::{Result, StoreError, schema};

pub(crate) struct Sqlite {
    // They go in this order: a reader that is the last one could not write the log back.
    readers: Arc<Readers>,
    queue: Queue,
    _writer: Writer,
    options: Options,
    path: PathBuf,
    // Last, so that it is removed when all connections are closed.
    _scratch: Option<Scratch>,
}

impl Sqlite {
    /// Opens a database file, making it where there is none; `:memory:` is a file that goes with the store.
    pub async fn open(path: &str, options: Options) -> Result<Self> {
        let scratch = (path == ":memory:").then(Scratch::new);
        let path = scratch.as_ref().map_or_else(|| PathBuf::from(path), |scratch| scratch.0.clone());
        let (queue, jobs) = Queue::new();
        let (file, deadline) = (path.clone(), options.deadline);
        let opened = blocking(move || {
            make_private(&file).map_err(|why| StoreError::Engine(format!("the database file: {why}")))?;
            let writer = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE, deadline)?;
            schema::refuse_newer(schema_version(&writer)?)?;
            let readers = Readers::open(&file, deadline)?;
            Ok((writer, readers))
        });
        let (writer, readers) = opened.await?;
        let runtime = Handle::current();
        let (closed, closing) = std::sync::mpsc::channel::<()>();
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                writer::run(&writer, jobs, &runtime);
                drop(writer);
                drop(closed);
            })
            .map_err(|why| StoreError::Engine(why.to_string()))?;
        Ok(Self {
            queue,
            readers: Arc::new(readers),
            _writer: Writer(Mutex::new(closing)),
            options,
            path,
            _scratch: scratch,
        })
    }
}

impl Engine for Sqlite {
    const CLAIM: &'static str = claim!("");
    const DIALECT: &'static Dialect = &dialect::SQLITE;

    async fn read(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
        self.readers.free().query(sql, &args, self.options.deadline)
    }

    async fn scan(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
        if let Some(reader) = self.readers.idle() {
            match reader.query(sql, &args, Limit::FIRST_LOOK) {
                Err(StoreError::Deadline) => {}
                short => return short,
            }
        }
        let (readers, deadline) = (self.readers.clone(), self.options.deadline);
        blocking(move || readers.free().query(sql, &args, deadline)).await
    }

    async fn write(&self, work: Work) -> Result<Answer> {
        self.queue.ask(work, self.options.deadline).await
    }

    async fn bulk(&self, statements: Vec<Statement>) -> Result<()> {
        self.queue.ask(Work::Statements(statements), self.options.bulk_deadline).await.map(drop)
    }

    async fn migrate(&self) -> Result<u32> {
        let (path, deadline) = (self.path.clone(), self.options.bulk_deadline);
        blocking(move || {
            let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, deadline)?;
            migrate(&connection)
        })
        .await
    }

    /// What was deleted has been overwritten where it lay; here the log is written back and cut off, which still has it.
    async fn shed(&self) -> Result<()> {
        let (path, deadline) = (self.path.clone(), self.options.bulk_deadline);
        blocking(move || {
            let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, deadline)?;
            let busy = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
            match connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], busy).map_err(engine)? {
                0 => Ok(()),
                _ => Err(StoreError::Deadline),
            }
        })
        .await
    }

    async fn schema(&self) -> Result<Option<u32>> {
        schema_version(&self.readers.free())
    }

    async fn version(&self) -> Result<String> {
        Ok(format!("SQLite {}", rusqlite::version()))
    }
}

/// Runs what may take long away from the tasks of the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|why| StoreError::Engine(why.to_string()))?
}

/// Connections that only read, each for one caller at a time.
struct Readers {
    connections: Vec<Mutex<Reader>>,
    next: AtomicUsize,
}

struct Reader {
    connection: Connection,
    limit: Limit,
}

impl std::ops::Deref for Reader {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Readers {
    const MANY: usize = 4;

    fn open(path: &Path, busy: Duration) -> Result<Self> {
        let open = |_| {
            let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, busy)?;
            let limit = Limit::install(&connection)?;
            Ok(Mutex::new(Reader { connection, limit }))
        };
        let connections = (0..Self::MANY).map(open).collect::<Result<_>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// A connection that nobody uses.
    fn idle(&self) -> Option<MutexGuard<'_, Reader>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        (0..Self::MANY).find_map(|turn| match self.connections[(first + turn) % Self::MANY].try_lock() {
            Ok(reader) => Some(reader),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })
    }

    /// The same, or else the next in turn.
    fn free(&self) -> MutexGuard<'_, Reader> {
        self.idle().unwrap_or_else(|| {
            let next = self.next.load(Ordering::Relaxed) % Self::MANY;
            self.connections[next].lock().unwrap_or_else(PoisonError::into_inner)
        })
    }
}

impl Reader {
    fn query(&self, sql: &str, args: &[Value], deadline: Duration) -> Result<Vec<Record>> {
        self.limit.start(deadline);
        let found = query(&self.connection, sql, args);
        self.limit.stop();
        found.map_err(engine)
    }
}

/// A deadline for the statement a connection is running, seen by SQLite every few thousand steps.
struct Limit {
    origin: Instant,
    running: Arc<AtomicBool>,
    until_us: Arc<AtomicU64>,
}

impl Limit {
    const STEPS: std::ffi::c_int = 10_000;
    /// Ends at the first look: within a millisecond or so, or a thousand rows.
    const FIRST_LOOK: Duration = Duration::ZERO;

    fn install(connection: &Connection) -> Result<Self> {
        let limit = Self { origin: Instant::now(), running: Arc::new(false.into()), until_us: Arc::new(0.into()) };
        let (origin, running, until_us) = (limit.origin, limit.running.clone(), limit.until_us.clone());
        let over = move || {
            running.load(Ordering::Relaxed) && origin.elapsed().as_micros() as u64 >= until_us.load(Ordering::Relaxed)
        };
        connection.progress_handler(Self::STEPS, Some(over)).map_err(engine)?;
        Ok(limit)
    }

    fn start(&self, deadline: Duration) {
        let until = self.origin.elapsed() + deadline;
        self.until_us.store(until.as_micros() as u64, Ordering::Relaxed);
        self.running.store(true, Ordering::Relaxed);
    }

    fn stop(&self) {
        self.running.store(false, Ordering::Relaxed);
    }
}

/// Waits, when it goes, until the writer has closed its connection: the last one of all writes the log back into the file
/// and takes it away, so that what lies there afterwards is one file, and the whole of it.
struct Writer(Mutex<std::sync::mpsc::Receiver<()>>);

impl Writer {
    const PATIENCE: Duration = Duration::from_secs(10);
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nothing is ever sent: it ends with the writer, or has ended.
        let closing = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = closing.recv_timeout(Self::PATIENCE);
    }
}

/// A database for one test or trial, removed with its last user.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("cease-{}-{}.db", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let scratch = Self(std::env::temp_dir().join(name));
        scratch.remove();
        scratch
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = self.0.clone().into_os_string();
            file.push(suffix);
            // It may never have been made.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Makes the file before SQLite does, readable by its owner only.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut open = std::fs::OpenOptions::new();
    open.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path).map(drop)
}

fn connect(path: &Path, flags: OpenFlags, busy: Duration) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(engine)?;
    let set = || -> rusqlite::Result<()> {
        connection.busy_timeout(busy)?;
        connection.set_prepared_statement_cache_capacity(128);
        // One plan for a statement whatever is bound: otherwise many are prepared anew each time they run.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        if flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // 16 MiB: at SQLite's own 1000 pages every third full group waited for a checkpoint.
            connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
            // What is deleted or replaced is overwritten, and not left lying in the file until its place is used again.
            connection.pragma_update(None, "secure_delete", true)?;
        }
        Ok(())
    };
    set().map_err(engine)?;
    Ok(connection)
}

fn schema_version(connection: &Connection) -> Result<Option<u32>> {
    let there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_version')";
    let there: bool = connection.query_row(there, [], |row| row.get(0)).map_err(engine)?;
    if !there {
        return Ok(None);
    }
    connection.query_row(schema::READ, [], |row| row.get(0)).map_err(engine)
}

fn migrate(connection: &Connection) -> Result<u32> {
    let work = || -> Result<u32> {
        connection.execute_batch(schema::TABLE).map_err(engine)?;
        let version = schema_version(connection)?;
        schema::refuse_newer(version)?;
        for (to, sql) in schema::missing(schema::SQLITE, version) {
            connection.execute_batch(sql).map_err(engine)?;
            connection.execute("INSERT INTO schema_version (version) VALUES ($1)", [to]).map_err(engine)?;
        }
        Ok(schema::NEWEST)
    };
    connection.execute_batch("BEGIN IMMEDIATE").map_err(engine)?;
    let version = work()?;
    connection.execute_batch("COMMIT").map_err(engine)?;
    Ok(version)
}

fn query(connection: &Connection, sql: &str, args: &[Value]) -> rusqlite::Result<Vec<Record>> {
    let mut statement = connection.prepare_cached(sql)?;
    debug_assert!((1..=args.len()).all(|n| statement.parameter_name(n) == Some(format!("${n}").as_str())), "{sql}");
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(args))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let read = |column| row.get_ref(column)?.try_into().map_err(rusqlite::Error::from);
        records.push(Record((0..columns).map(read).collect::<rusqlite::Result<_>>()?));
    }
    Ok(records)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl TryFrom<ValueRef<'_>> for Value {
    type Error = rusqlite::types::FromSqlError;

    fn try_from(value: ValueRef<'_>) -> std::result::Result<Self, Self::Error> {
        Ok(match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(int) => Value::Int(int),
            ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            ValueRef::Real(_) => return Err(rusqlite::types::FromSqlError::InvalidType),
        })
    }
}

fn engine(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StoreError::Conflict,
        Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy) => StoreError::Deadline,
        // It has no code of its own.
        Some(ErrorCode::Unknown) if error.to_string().contains("no such table") => StoreError::Unmigrated,
        Some(_) | None => StoreError::Engine(error.to_string()),
    }
}
