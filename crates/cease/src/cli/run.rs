//! `serve`, `work` and `migrate`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Done, Failed, built, say, say_json, tell};
use crate::app::Shared;
use crate::clock::Clock;
use crate::config::Config;
use crate::rules::Rules;
use crate::web::server::tls::Tls;
use crate::{index, live, log, reports, sms, startup, web, work};

/// Pages and workers in one process.
pub async fn serve(config: Config) -> Done {
    config.open_named().map_err(|e| Failed::new(78, e))?;
    let stop = Signals::heard()?;
    let listener = TcpListener::bind(&config.desk.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.desk.listen))?;
    let app = Arc::new(built(config).await?);
    crate::startup::migrate(&app).await?;
    look(&app).await?;
    super::verify::remember_key(&app.keys.signing().public());
    let tls = Tls::open(&app.config.tls)?;
    let calls = hotline(&app).await?;
    tell(&format!("cease: the desk listens on {}", app.config.desk.listen));
    run(app, Some((listener, tls)), calls, stop).await
}

/// Workers without pages, and without the hotline.
pub async fn work(config: Config) -> Done {
    let app = Arc::new(built(config).await?);
    crate::startup::migrate(&app).await?;
    look(&app).await?;
    let stop = Signals::heard()?;
    tell("cease: the workers are at it");
    run(app, None, None, stop).await
}

/// Looks whether the database is what was signed. Where it is not, the desk shows what it has and takes nothing in.
async fn look(app: &Shared) -> Result<(), store::StoreError> {
    let found = log::start(app).await;
    if let (Err(error), true) = (&found, app.log.halted()) {
        tell(&format!("cease: {error}; see: cease log check"));
        return Ok(());
    }
    found
}

pub async fn migrate(config: Config, json: bool) -> Done {
    let data = &config.desk.data;
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let store = config.open_store().await?;
    let version = store.migrate().await?;
    if json {
        say_json(&serde_json::json!({ "schema": version }))?;
    } else {
        say(&format!("schema {version}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the index of lists and search anew.
pub async fn reindex(config: Config, json: bool) -> Done {
    let rules = Rules::new(config.book()?, Clock::Machine.now());
    let shown = move |case: &case::Case| case::deadline::shown(case, rules.of(case));
    let store = config.open_store().await?;
    store.migrate().await?;
    store.reindex().await?;
    let mut cases = 0_u64;
    loop {
        let done = store.index(index::BATCH, &shown).await?;
        let thousands = cases / 10_000;
        cases += u64::from(done.cases);
        if cases / 10_000 > thousands {
            tell(&format!("cease: {cases} cases indexed"));
        }
        if !done.more {
            break;
        }
    }
    if json {
        say_json(&serde_json::json!({ "indexed": cases }))?;
    } else {
        say(&format!("indexed {cases}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the hotline, where there is one, and says so.
pub async fn hotline(app: &Shared) -> anyhow::Result<Option<crate::voice::Open>> {
    let calls = crate::voice::open(app).await?;
    if let Some(open) = &calls {
        tell(&format!("cease: the hotline answers at sip:{}", open.at));
    }
    Ok(calls)
}

/// What the system says to a process that runs on. Once they are heard, none of them ends it at once.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    pub fn heard() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGINT or SIGTERM. SIGHUP is for who has something to read anew, such as [`Tls`].
    pub async fn stop(mut self) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hangup.recv() => tracing::info!("SIGHUP: a changed configuration wants a restart"),
            }
        }
    }
}

/// Runs until SIGINT or SIGTERM, with a hotline that is open already where there is one.
pub async fn until_stopped_with(app: Shared, listener: Option<TcpListener>, calls: Option<crate::voice::Open>) -> Done {
    let door = match listener {
        Some(listener) => Some((listener, Tls::open(&app.config.tls)?)),
        None => None,
    };
    let stop = Signals::heard()?;
    run(app, door, calls, stop).await
}

/// Runs until it is to stop; then takes no more requests, ends those in progress, and lets the workers finish what they
/// hold.
async fn run(
    app: Shared,
    door: Option<(TcpListener, Option<Tls>)>,
    calls: Option<crate::voice::Open>,
    signals: Signals,
) -> Done {
    startup::warm(&app);
    let (stop, stopped) = watch::channel(false);
    let tasks = begin(&app, door, &stopped)?;
    signals.stop().await;
    tell("cease: stopping");
    if let Some(calls) = calls {
        calls.close().await;
    }
    let _ = stop.send(true);
    for task in tasks {
        task.await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Begins all that goes on by itself, what takes requests first. Not part of [`run`]: in a function that waits, the
/// compiler asks anew of all that the desk does whether it may move between threads, twice, for five seconds of a build.
fn begin(
    app: &Shared,
    door: Option<(TcpListener, Option<Tls>)>,
    stopped: &watch::Receiver<bool>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let (app, stop) = (|| Arc::clone(app), || until(stopped.clone()));
    let mut tasks = Vec::new();
    if let Some((listener, tls)) = door {
        tasks.push(tokio::spawn(web::server::serve(app(), listener, tls, stop())));
    }
    if !app().config.mail.inbox.url.is_empty() {
        let post = Arc::new(app().config.imap()?);
        tasks.push(tokio::spawn(crate::mail::inbox::run(app(), post, stop())));
    }
    if let Some(receipts) = app().texter.as_ref().and_then(|texter| texter.receipts()) {
        tasks.push(tokio::spawn(sms::follow(app(), receipts, stop())));
    }
    // Workers tell others too: what they change is on somebody's screen.
    tasks.push(tokio::spawn(live::pulse::run(app(), stop())));
    tasks.push(tokio::spawn(work::run(app(), stop())));
    tasks.push(tokio::spawn(index::run(app(), stop())));
    tasks.push(tokio::spawn(reports::follow(app(), stop())));
    tasks.push(tokio::spawn(crate::returns::follow(app(), stop())));
    tasks.push(tokio::spawn(log::run(app(), stop())));
    tasks.push(tokio::spawn(crate::watch::run(app(), stop())));
    Ok(tasks)
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means the sender is gone, which is as good as stopped.
    let _ = stopped.wait_for(|s| *s).await;
}
