//! A connection that is made when it is needed, left when it fails, and made again: to the host
//! that then answers, and that `target_session_attrs` accepts.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{engine, tls};
use crate::value::Value;
use crate::{Result, StoreError};

type Rows = std::result::Result<Vec<Row>, tokio_postgres::Error>;

/// Where the servers are. They are tried one by one, each for its share of the deadline: a stalled
/// one accepts the connection and then says nothing.
pub(super) struct Hosts {
    each: Vec<Config>,
    /// The one that answered last.
    good: AtomicUsize,
    share: Duration,
    tls: MakeRustlsConnect,
}

impl Hosts {
    pub fn parse(url: &str, ca: Option<&Path>, deadline: Duration) -> Result<Self> {
        let all = config(url)?;
        let many = all.get_hosts().len().max(all.get_hostaddrs().len());
        let each: Vec<Config> = (0..many.max(1)).map(|at| single(&all, at)).collect();
        let share = deadline / u32::try_from(each.len()).unwrap_or(u32::MAX);
        Ok(Self { each, good: AtomicUsize::new(0), share, tls: tls::connector(ca)? })
    }

    /// A fresh connection, on which `session` has been run.
    pub async fn connect(&self, session: &str) -> Result<Connection> {
        let first = self.good.load(Ordering::Relaxed);
        let mut last = StoreError::Deadline;
        for turn in 0..self.each.len() {
            let at = (first + turn) % self.each.len();
            match tokio::time::timeout(self.share, Connection::open(&self.each[at], &self.tls, session)).await {
                Ok(Ok(connection)) => {
                    self.good.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(why)) => last = away(&self.each[at], why),
                Err(_) => last = StoreError::Deadline,
            }
        }
        Err(last)
    }
}

/// What is wrong is said where it is known to be about one option: of others the error may quote the URL, which may hold a
/// password.
pub(crate) fn config(url: &str) -> Result<Config> {
    url.parse().map_err(|why: tokio_postgres::Error| {
        let about = std::error::Error::source(&why).map(ToString::to_string).unwrap_or_default();
        let about = match about.strip_prefix("invalid value for option ") {
            Some("`sslmode`") => ": `sslmode` is disable, prefer or require".to_owned(),
            Some(option) => format!(": {option} has a value that it cannot have"),
            None => String::new(),
        };
        StoreError::Engine(format!("the postgres:// URL cannot be read{about}"))
    })
}

/// Who could not be connected to, and why: the driver names neither. Never with the password.
fn away(config: &Config, why: tokio_postgres::Error) -> StoreError {
    use tokio_postgres::config::Host;
    if why.as_db_error().is_some() {
        return engine(why);
    }
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => name.clone(),
        #[cfg(unix)]
        (Some(Host::Unix(path)), _) => path.display().to_string(),
        (None, Some(address)) => address.to_string(),
        (None, None) => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let whys = std::iter::successors(std::error::Error::source(&why), |why| why.source());
    let whys: String = whys.map(|why| format!(": {why}")).collect();
    StoreError::Engine(format!("{host}:{port}: {why}{whys}"))
}

/// The same configuration with one host of several.
fn single(all: &Config, at: usize) -> Config {
    let mut one = Config::new();
    if let Some(host) = all.get_hosts().get(at) {
        match host {
            tokio_postgres::config::Host::Tcp(name) => one.host(name),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => one.host_path(path),
        };
    }
    if let Some(address) = all.get_hostaddrs().get(at) {
        one.hostaddr(*address);
    }
    if let Some(port) = all.get_ports().get(at).or_else(|| all.get_ports().first()) {
        one.port(*port);
    }
    all.get_user().map(|user| one.user(user));
    all.get_password().map(|password| one.password(password));
    all.get_dbname().map(|name| one.dbname(name));
    all.get_options().map(|options| one.options(options));
    one.application_name(all.get_application_name().unwrap_or("cease"));
    one.ssl_mode(all.get_ssl_mode());
    one.ssl_negotiation(all.get_ssl_negotiation());
    one.channel_binding(all.get_channel_binding());
    one.target_session_attrs(all.get_target_session_attrs());
    all.get_connect_timeout().map(|timeout| one.connect_timeout(*timeout));
    all.get_tcp_user_timeout().map(|timeout| one.tcp_user_timeout(*timeout));
    one.keepalives(all.get_keepalives());
    one.keepalives_idle(all.get_keepalives_idle());
    one
}

pub(super) struct Connection {
    pub client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
    driver: JoinHandle<()>,
}

impl Connection {
    async fn open(
        config: &Config,
        tls: &MakeRustlsConnect,
        session: &str,
    ) -> std::result::Result<Self, tokio_postgres::Error> {
        let (client, driver) = if tls::required(config) {
            let mut config = config.clone();
            let (client, connection) = config.ssl_mode(SslMode::Require).connect(tls.clone()).await?;
            (client, tokio::spawn(drive(connection)))
        } else {
            let (client, connection) = config.connect(NoTls).await?;
            (client, tokio::spawn(drive(connection)))
        };
        let made = Self { client, statements: Mutex::default(), driver };
        if !session.is_empty() {
            made.client.batch_execute(session).await?;
        }
        Ok(made)
    }

    /// Prepares a statement, once.
    pub async fn prepare(&self, sql: &'static str) -> std::result::Result<Statement, tokio_postgres::Error> {
        if let Some(known) = self.statements().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements().insert(sql, statement.clone());
        Ok(statement)
    }

    /// Runs a statement; one that has been prepared is sent the first time this is polled.
    pub fn run<'a>(&'a self, sql: &'static str, args: &'a [Value]) -> Running<'a> {
        Box::pin(async move {
            let statement = self.prepare(sql).await?;
            let args: Vec<&(dyn ToSql + Sync)> = args.iter().map(|arg| arg as _).collect();
            self.client.query(&statement, &args).await
        })
    }

    fn statements(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Statement>> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn drive(connection: impl Future<Output = std::result::Result<(), tokio_postgres::Error>>) {
    if let Err(why) = connection.await {
        tracing::warn!(%why, "a database connection ended");
    }
}

impl Drop for Connection {
    /// A stalled server would keep the driver waiting for a goodbye.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Rows> + Send + 'a>>;

/// A statement without arguments or answer, such as `BEGIN`.
pub(super) fn simple<'a>(client: &'a Client, sql: &'a str) -> Running<'a> {
    Box::pin(async move { client.batch_execute(sql).await.map(|()| Vec::new()) })
}

/// Sends all in order without waiting between them: one round trip.
pub(super) async fn pipelined(mut running: Vec<Running<'_>>) -> Vec<Rows> {
    let mut done: Vec<Option<Rows>> = running.iter().map(|_| None).collect();
    // Everything before this has answered.
    let mut from = 0;
    let mut sent = false;
    poll_fn(|context| {
        for at in from..running.len() {
            if done[at].is_none() {
                match running[at].as_mut().poll(context) {
                    Poll::Ready(rows) => done[at] = Some(rows),
                    // Answers come in the order of the questions.
                    Poll::Pending if sent => break,
                    Poll::Pending => {}
                }
            }
        }
        sent = true;
        from += done[from..].iter().take_while(|rows| rows.is_some()).count();
        if from == done.len() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// One connection at a time, shared by all who ask.
pub(super) struct Link {
    hosts: Arc<Hosts>,
    session: String,
    deadline: Duration,
    current: tokio::sync::Mutex<Option<Arc<Connection>>>,
}

impl Link {
    pub fn new(hosts: Arc<Hosts>, session: &str, deadline: Duration) -> Self {
        Self { hosts, session: session.to_owned(), deadline, current: tokio::sync::Mutex::new(None) }
    }

    async fn connection(&self) -> Result<Arc<Connection>> {
        let mut current = self.current.lock().await;
        if let Some(connection) = current.as_ref().filter(|connection| !connection.client.is_closed()) {
            return Ok(connection.clone());
        }
        let fresh = Arc::new(self.hosts.connect(&self.session).await?);
        *current = Some(fresh.clone());
        Ok(fresh)
    }

    async fn leave(&self, left: &Arc<Connection>) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, left)) {
            *current = None;
        }
    }

    /// Does `work` on the connection within the deadline; without an answer the connection is left.
    pub async fn within<T>(
        &self,
        work: impl AsyncFnOnce(&Connection) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        let mut used = None;
        let asked = async {
            let connection = self.connection().await?;
            used = Some(connection.clone());
            Ok::<_, StoreError>(work(&connection).await)
        };
        let outcome = tokio::time::timeout(self.deadline, asked).await;
        let lost = match &outcome {
            Err(_) => true,
            Ok(Ok(Err(why))) => is_lost(why),
            Ok(Ok(Ok(_)) | Err(_)) => false,
        };
        if let Some(connection) = used.filter(|_| lost) {
            self.leave(&connection).await;
        }
        outcome.unwrap_or(Err(StoreError::Deadline))?.map_err(engine)
    }

    /// A read. It can be asked again, so a connection that was lost meanwhile goes unnoticed.
    pub async fn query(&self, sql: &'static str, args: &[Value]) -> Result<Vec<Row>> {
        let mut again = true;
        loop {
            let mut lost = false;
            let rows = self
                .within(async |connection| {
                    let rows = connection.run(sql, args).await;
                    lost = rows.as_ref().is_err_and(is_lost);
                    rows
                })
                .await;
            if !(lost && std::mem::take(&mut again)) {
                return rows;
            }
        }
    }
}

/// Whether nothing more can be expected of this connection: gone, or to a server that has become a standby.
pub(super) fn is_lost(why: &tokio_postgres::Error) -> bool {
    use tokio_postgres::error::SqlState;
    match why.code() {
        Some(code) => {
            *code == SqlState::READ_ONLY_SQL_TRANSACTION
                || *code == SqlState::ADMIN_SHUTDOWN
                || *code == SqlState::CRASH_SHUTDOWN
                || *code == SqlState::CANNOT_CONNECT_NOW
        }
        None => why.is_closed() || why.as_db_error().is_none(),
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) if *ty == Type::INT4 => i32::try_from(*int)?.to_sql(ty, out),
            Value::Int(int) => int.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Value::Blob(raw.to_vec()),
            _ => Value::Text(String::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(ty: &Type) -> bool {
        <Value as ToSql>::accepts(ty)
    }
}
