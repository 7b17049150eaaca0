//! The public log of this desk: what happened in the cases becomes leaves ([`follow`]), the tree's head is signed
//! ([`sign`]) and shown to witnesses ([`submit`]), and before anything is written, and again each round, the database
//! is held against what was signed ([`check`]).
//!
//! **What was last signed stands outside the database too**, in one small file of the data directory ([`keep`]). A
//! database that was rolled back or edited no longer fits it: then nothing is signed and nothing is written any more,
//! and `readyz`, `doctor` and every refused page say so. Each process has a file of its own, and besides what it signs
//! itself it keeps the newest checkpoint that another has signed, once that extends its own: so any one of several
//! machines notices, whichever of them signs.
//!
//! The log follows the journal, like the index and the reports, and no commit waits for it.

pub mod bundle;
pub mod channels;
pub mod check;
pub mod cosigner;
pub mod follow;
pub mod keep;
pub mod keys;
pub mod settings;
pub mod sign;
pub mod submit;
#[cfg(test)]
pub(crate) mod tests;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use proof::log::{Edge, Hash, TileAt, Tiles, tile, tree};
use store::{AnyStore, LogHead, StoreError};
use tokio::task::JoinSet;

use crate::app::{App, Shared};
pub use check::{Fault, Wrong};

/// Between rounds, when there is little to do.
const PAUSE: Duration = Duration::from_secs(1);

const OFF: u8 = 0;
const UNKNOWN: u8 = 1;
const GOOD: u8 = 2;
const HALTED: u8 = 3;

/// What a process knows of the log.
pub struct Log {
    /// The data directory.
    dir: PathBuf,
    state: AtomicU8,
    wrong: Mutex<Option<Wrong>>,
    /// Whether the manifest lets this desk's key sign certificates, as of the last round.
    certifies: AtomicBool,
    /// The growing side of the tree as this process last wrote it.
    edge: tokio::sync::Mutex<Option<(LogHead, Edge)>>,
    /// Where the slow look through everything stands.
    scrub: tokio::sync::Mutex<check::Scrub>,
    /// What the witnesses are known to have seen.
    witnesses: tokio::sync::Mutex<submit::Known>,
}

impl Log {
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            state: AtomicU8::new(UNKNOWN),
            wrong: Mutex::default(),
            certifies: AtomicBool::new(true),
            edge: Default::default(),
            scrub: Default::default(),
            witnesses: Default::default(),
        }
    }

    /// With the way to the witnesses that are configured.
    pub fn open(config: &crate::config::Config) -> anyhow::Result<Self> {
        let witnesses = tokio::sync::Mutex::new(submit::known(&config.log)?);
        Ok(Self { witnesses, ..Self::new(config.desk.data.clone()) })
    }

    /// The data directory, where the keys lie.
    pub fn dir(&self) -> &std::path::Path {
        &self.dir
    }

    /// For a world that has no log, such as the simulation.
    pub fn off() -> Self {
        let off = Self::new(PathBuf::new());
        off.state.store(OFF, Ordering::Relaxed);
        off
    }

    /// What is wrong with the database; none where nothing is known to be.
    pub fn wrong(&self) -> Option<Wrong> {
        if self.state.load(Ordering::Acquire) != HALTED {
            return None;
        }
        self.wrong.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Whether certificates may be signed.
    pub fn certifies(&self) -> bool {
        self.certifies.load(Ordering::Relaxed)
    }

    /// Whether nothing may be written any more.
    pub fn halted(&self) -> bool {
        self.state.load(Ordering::Acquire) == HALTED
    }

    /// From now on nothing is written, until the process starts again on a database that fits.
    fn halt(&self, wrong: Wrong) {
        let mut place = self.wrong.lock().unwrap_or_else(|e| e.into_inner());
        if place.is_none() {
            tracing::error!(%wrong, "the database is not what was signed: nothing is written any more");
            *place = Some(wrong);
        }
        self.state.store(HALTED, Ordering::Release);
    }
}

/// Looks at the database before the first write; where it has been looked at, this costs nothing.
pub async fn admit(app: &App) -> Result<(), StoreError> {
    match app.log.state.load(Ordering::Acquire) {
        OFF | GOOD => Ok(()),
        UNKNOWN => start(app).await,
        _ => Err(refusal(app)),
    }
}

/// Looks at a row before a decision made on it lets a card end: the slow look comes round to it in its own time only.
pub async fn admit_end(app: &App, row: &case::Case) -> Result<(), StoreError> {
    if app.log.state.load(Ordering::Acquire) == OFF {
        return Ok(());
    }
    halting(app, check::surely(|| check::follows(app, row)).await)
}

/// The look at the start: what was signed still stands, and so does what happened last.
pub async fn start(app: &App) -> Result<(), StoreError> {
    if let Some(found) = keys::read(app).await? {
        keys::lay_out(&app.log.dir, &found.file).map_err(|e| StoreError::Engine(format!("{e:#}")))?;
    }
    app.log.certifies.store(keys::may_certify(app).await?, Ordering::Relaxed);
    halting(app, check::surely(|| check::at_start(app)).await)?;
    // A halt that came meanwhile stays.
    let _ = app.log.state.compare_exchange(UNKNOWN, GOOD, Ordering::AcqRel, Ordering::Acquire);
    Ok(())
}

/// What was found wrong halts this process, and is answered as any refusal.
fn halting(app: &App, look: Result<(), Fault>) -> Result<(), StoreError> {
    match look {
        Ok(()) => Ok(()),
        Err(Fault::Store(error)) => Err(error),
        Err(Fault::Wrong(wrong)) => {
            app.log.halt(wrong);
            Err(refusal(app))
        }
    }
}

fn refusal(app: &App) -> StoreError {
    let why = app.log.wrong().map_or_else(String::new, |wrong| format!(": {wrong}"));
    StoreError::Engine(format!("nothing is written, because the database is not what was signed{why}"))
}

/// Follows the journal, signs and asks the witnesses until told to stop.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    // Beside the rounds, which wait for no witness; gone with them.
    let mut witnesses = JoinSet::new();
    witnesses.spawn({
        let app = app.clone();
        async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                submit::round(&app).await;
            }
        }
    });
    let mut failing = false;
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if app.log.halted() {
            continue;
        }
        match round(&app).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "the log does not follow the cases");
            }
            // Said once, until it is over.
            Err(_) => {}
        }
    }
}

/// One round without the witnesses: look, append all there is, sign where it is time.
pub async fn round(app: &App) -> Result<(), StoreError> {
    let done = || async {
        check::quick(app).await?;
        while follow::grow(app).await? {}
        app.log.certifies.store(keys::may_certify(app).await?, Ordering::Relaxed);
        sign::round(app).await?;
        check::remember(app).await?;
        check::scrub(app).await
    };
    match check::surely(done).await {
        Ok(()) => Ok(()),
        Err(Fault::Store(error)) => Err(error),
        Err(Fault::Wrong(wrong)) => {
            app.log.halt(wrong);
            Ok(())
        }
    }
}

/// These tiles, as far as the store has them.
pub(crate) async fn tiles(store: &AnyStore, wanted: impl IntoIterator<Item = TileAt>) -> Result<Tiles, StoreError> {
    let mut tiles = Tiles::default();
    for at in wanted {
        if let Some(hashes) = tile_of(store, at).await? {
            tiles.put(at, hashes);
        }
    }
    Ok(tiles)
}

/// One tile's hashes; none where it is missing or no row of hashes.
pub(crate) async fn tile_of(store: &AnyStore, at: TileAt) -> Result<Option<Vec<Hash>>, StoreError> {
    let Some(bytes) = store.log_tile(at.level, at.n).await? else { return Ok(None) };
    let (hashes, rest) = bytes.as_chunks::<32>();
    Ok(rest.is_empty().then(|| hashes.to_vec()))
}

/// The root of the tree of this size, from its tiles; none where they are not all there.
pub(crate) async fn root_of(store: &AnyStore, size: u64) -> Result<Option<Hash>, StoreError> {
    let range = tree::Range::tree(size);
    Ok(range.hash(&tiles(store, tile::needed(&[range])).await?))
}

/// A proof along these ranges.
pub(crate) async fn prove(store: &AnyStore, path: &[tree::Range]) -> Result<Option<Vec<Hash>>, StoreError> {
    Ok(tree::prove(path, &tiles(store, tile::needed(path)).await?))
}
