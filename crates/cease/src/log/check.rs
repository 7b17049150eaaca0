//! Whether the database still is what was signed. Three looks: a quick one each round (the tree's head and the journal's
//! place against the file outside), a slow one that goes through everything, some of it each round, and the one at the
//! start, which is the quick one and the newest part of the slow one.

use std::io::ErrorKind;

use case::event::chain;
use case::evolve::fold;
use case::{Case, CaseRef, Entry, Event};
use proof::log::{Hash, Leaf, TileAt, tile, tree};
use store::{LogLeaf, StoreError};

use super::keep::{self, Kept};
use super::{channels, follow, keys, sign};
use crate::app::App;
use crate::files::kept;

/// Leaves and entries that are looked at each round,
const STEP: u32 = 64;
/// and before the first write.
const RECENT: u32 = 1_000;

/// What is wrong with a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("the log has {has} leaves, but one of {signed} was signed: the database has been rolled back")]
    Shorter { has: u64, signed: u64 },
    #[error("the log's first {size} leaves are not those that were signed: the log has been rewritten")]
    Forked { size: u64 },
    #[error(
        "the journal's entry at {seq}, which had been followed, is gone or another: the journal was rolled back or edited"
    )]
    Journal { seq: i64 },
    #[error("hashes of the log are missing or damaged")]
    Tiles,
    #[error("hashes of the log have been changed (level {level}, tile {n})")]
    Tile { level: u32, n: u64 },
    #[error("leaf {n} of the log has been changed or removed")]
    Leaf { n: u64 },
    #[error("case {case}: entry {version} of its journal has been changed or removed")]
    Entry { case: CaseRef, version: u64 },
    #[error("case {case}: its row does not follow from its journal")]
    Row { case: CaseRef },
    #[error("case {case}: entry {version} of its journal is not what leaf {n} of the log says")]
    Commitment { case: CaseRef, version: u64, n: u64 },
    #[error("case {case}: the key that ties it to its leaves has been removed, or the leaves are another case's")]
    Key { case: CaseRef },
    #[error("version {version} of the register of channels is not what leaf {n} of the log says")]
    Channels { version: u64, n: u64 },
    #[error("{0}")]
    File(String),
    #[error("a checkpoint in the database is not signed by a key of this log")]
    Checkpoint,
    #[error("the log was called {kept}, and now is {now}")]
    Origin { kept: String, now: String },
    #[error("the witness {name} has seen the log with {seen} leaves, signed by us; the database has {has}")]
    Witness { name: String, seen: u64, has: u64 },
}

/// Why a look did not end well.
#[derive(Debug)]
pub enum Fault {
    Store(StoreError),
    Wrong(Wrong),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        // What cannot be read as it was written is not a store that is away.
        match error {
            StoreError::Corrupt { what, why } => {
                Fault::Wrong(Wrong::File(format!("stored {what} cannot be read: {why}")))
            }
            error @ (StoreError::Conflict | StoreError::Deadline | StoreError::Unmigrated | StoreError::Engine(_)) => {
                Fault::Store(error)
            }
        }
    }
}

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Self {
        Fault::Wrong(wrong)
    }
}

/// Where the slow look stands: the next leaf, and the journal's next place.
#[derive(Debug, Default)]
pub struct Scrub {
    leaf: u64,
    seq: i64,
}

fn ensure(holds: bool, wrong: Wrong) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(wrong) }
}

/// The chain value of the journal's entry at a place; empty at its beginning, none where there is no such entry.
pub(super) async fn chain_at(app: &App, seq: i64) -> Result<Option<String>, StoreError> {
    if seq == 0 {
        return Ok(Some(String::new()));
    }
    Ok(store::log::entry_at(app.store.as_ref(), seq).await?.map(|entry| entry.chain))
}

/// Whether what stood there was erased, by a case's own last word.
async fn withheld(app: &App, seq: i64) -> Result<bool, Fault> {
    let entry = store::log::entry_at(app.store.as_ref(), seq).await?;
    let Some(entry) = entry.filter(|entry| entry.is_withheld()) else { return Ok(false) };
    let entries = app.store.journal(entry.case).await?;
    chained(entry.case, &entries)?;
    Ok(entries.iter().any(|other| other.seal().is_some_and(|(upto, _)| upto >= entry.version)))
}

/// What this process has kept outside the database; what it finds signed there, where it has kept nothing yet.
async fn kept(app: &App) -> Result<Option<Kept>, Fault> {
    keep::load(&app.log.dir).map_err(|error| {
        if error.kind() == ErrorKind::InvalidData {
            return Fault::Wrong(Wrong::File(error.to_string()));
        }
        // The disk does not answer, or this process has too many files open: that says nothing about the database.
        Fault::Store(StoreError::Engine(error.to_string()))
    })
}

/// Looks again before it condemns: others write meanwhile, and one look reads at several moments.
pub(super) async fn surely<T, F: Future<Output = Result<T, Fault>>>(look: impl Fn() -> F) -> Result<T, Fault> {
    match look().await {
        Err(Fault::Wrong(_)) => look().await,
        done => done,
    }
}

/// The quick look. What another process has signed since is kept here too, once it extends what is kept.
///
/// What follows from the head is read before the head: in between, another process may let the log grow and sign it.
pub(super) async fn quick(app: &App) -> Result<(), Fault> {
    let kept = kept(app).await?;
    let newest = app.store.log_checkpoint(0).await?;
    let head = app.store.log_head().await?;
    if let Some(kept) = &kept {
        let size = kept.checkpoint.size;
        ensure(head.size >= size, Wrong::Shorter { has: head.size, signed: size })?;
        let root = super::root_of(&app.store, size).await?;
        ensure(root == Some(kept.checkpoint.root), Wrong::Forked { size })?;
        let there = chain_at(app, kept.seq).await?;
        let fits = there.as_ref() == Some(&kept.chain) || withheld(app, kept.seq).await?;
        ensure(head.seq >= kept.seq && fits, Wrong::Journal { seq: kept.seq })?;
    }
    let Some(newest) = newest else { return Ok(()) };
    if kept.as_ref().is_some_and(|kept| kept.checkpoint.size >= newest.size) {
        return Ok(());
    }
    let Some(in_force) = keys::read(app).await? else { return Err(Wrong::Checkpoint.into()) };
    let note = proof::log::Note::parse(newest.note.as_bytes()).map_err(|_| Wrong::Checkpoint)?;
    let checkpoint = proof::log::Checkpoint::parse(note.text()).ok_or(Wrong::Checkpoint)?;
    note.open(&in_force.manifest.verifiers(proof::log::Role::Log)).map_err(|_| Wrong::Checkpoint)?;
    let (kept_origin, now) = (checkpoint.origin.clone(), in_force.manifest.origin.clone());
    ensure(kept_origin == now, Wrong::Origin { kept: kept_origin, now })?;
    ensure(checkpoint.size == newest.size && head.size >= checkpoint.size, Wrong::Checkpoint)?;
    let root = super::root_of(&app.store, checkpoint.size).await?;
    ensure(root == Some(checkpoint.root), Wrong::Forked { size: checkpoint.size })?;
    let seq = head.seq;
    let chain = chain_at(app, seq).await?.ok_or(Wrong::Journal { seq })?;
    sign::keep(app, Kept { seq, chain, note, checkpoint }).await?;
    Ok(())
}

/// Keeps how far the journal has come, where that is more than was kept.
pub(super) async fn remember(app: &App) -> Result<(), Fault> {
    let Some(kept) = kept(app).await? else { return Ok(()) };
    let seq = app.store.log_head().await?.seq;
    if seq <= kept.seq {
        return Ok(());
    }
    let chain = chain_at(app, seq).await?.ok_or(Wrong::Journal { seq })?;
    Ok(sign::keep(app, Kept { seq, chain, ..kept }).await?)
}

/// The look before the first write.
pub(super) async fn at_start(app: &App) -> Result<(), Fault> {
    quick(app).await?;
    let head = app.store.log_head().await?;
    let from = head.size.saturating_sub(u64::from(RECENT)) / tile::WIDTH * tile::WIDTH;
    for n in (from..head.size).step_by(tile::WIDTH as usize) {
        leaves(app, n, tile::WIDTH as u32, head.size).await?;
    }
    let newest = app.store.journal_after((head.seq - i64::from(RECENT)).max(0), RECENT * 2).await?;
    journal(app, &newest).await?;
    Ok(())
}

/// Goes a step further through everything, round and round.
pub(super) async fn scrub(app: &App) -> Result<(), Fault> {
    let mut place = app.log.scrub.lock().await;
    let head = app.store.log_head().await?;
    place.leaf = leaves(app, place.leaf, STEP, head.size).await?;
    let mut stretch = app.store.journal_after(place.seq, STEP).await?;
    if stretch.is_empty() {
        // Round again, at once.
        stretch = app.store.journal_after(0, STEP).await?;
    }
    place.seq = journal(app, &stretch).await?;
    Ok(())
}

/// Goes through everything once, for `cease log check`; `progress` hears how many leaves have been seen.
pub async fn everything(app: &App, mut progress: impl FnMut(u64, u64)) -> Result<u64, Fault> {
    quick(app).await?;
    let head = app.store.log_head().await?;
    let mut n = 0;
    while n < head.size {
        n = match leaves(app, n, tile::WIDTH as u32, head.size).await? {
            0 => head.size,
            next => next,
        };
        progress(n, head.size);
    }
    let mut seq = 0;
    loop {
        let stretch = app.store.journal_after(seq, 1_000).await?;
        files(app, &stretch).await?;
        seq = journal(app, &stretch).await?;
        if seq == 0 {
            break;
        }
    }
    Ok(head.size)
}

/// Holds up to `limit` leaves from `from` on against their tile, their journals, and the tiles above. Answers where to go
/// on; zero at the end.
async fn leaves(app: &App, from: u64, limit: u32, size: u64) -> Result<u64, Fault> {
    if from >= size {
        return Ok(0);
    }
    let at = TileAt { level: 0, n: from / tile::WIDTH };
    let end = size.min((at.n + 1) * tile::WIDTH).min(from + u64::from(limit));
    let hashes = super::tile_of(&app.store, at).await?.ok_or(Wrong::Tiles)?;
    let found = app.store.log_leaves(from, (end - from) as u32).await?;
    for (n, place) in (from..end).zip(0..) {
        let leaf = found.get(place).filter(|leaf| leaf.n == n).ok_or(Wrong::Leaf { n })?;
        let hash = hashes.get((n % tile::WIDTH) as usize);
        ensure(hash == Some(&tree::leaf_hash(leaf.leaf.as_bytes())), Wrong::Leaf { n })?;
        told(app, leaf).await?;
    }
    if end.is_multiple_of(tile::WIDTH) {
        above(app, at, hashes).await?;
    }
    Ok(if end == size { 0 } else { end })
}

/// A full tile's hash is what the tile above says, and so on up.
async fn above(app: &App, mut at: TileAt, mut hashes: Vec<Hash>) -> Result<(), Fault> {
    loop {
        let parent = TileAt { level: at.level + 1, n: at.n / tile::WIDTH };
        let place = (at.n % tile::WIDTH) as usize;
        let own = tree::root(&hashes[..(tile::WIDTH as usize).min(hashes.len())]);
        let above = super::tile_of(&app.store, parent).await?.ok_or(Wrong::Tiles)?;
        ensure(above.get(place) == Some(&own), Wrong::Tile { level: at.level, n: at.n })?;
        if place + 1 < tile::WIDTH as usize {
            return Ok(());
        }
        (at, hashes) = (parent, above);
    }
}

/// The leaf says what the journal says, unless the case has been erased.
async fn told(app: &App, leaf: &LogLeaf) -> Result<(), Fault> {
    let Some((case, version)) = leaf.entry else { return channels::told(app, leaf).await };
    let Some(key) = follow::case_key(app, case).await? else {
        // Erased this very moment, or else only the key is gone.
        let again = app.store.log_leaves(leaf.n, 1).await?;
        let erased = again.first().is_some_and(|leaf| leaf.entry.is_none());
        return Ok(ensure(erased, Wrong::Key { case })?);
    };
    let entry = app.store.entries(case, version.saturating_sub(1), 1).await?;
    let entry = entry.first().filter(|entry| entry.version == version).ok_or(Wrong::Entry { case, version })?;
    let same = |(mark, bytes)| Leaf::of(mark, entry.at, &key, bytes).text() == leaf.leaf;
    let told = follow::marks(entry).iter().any(|(mark, bytes)| same((*mark, bytes)));
    Ok(ensure(told, Wrong::Commitment { case, version, n: leaf.n })?)
}

/// Follows the chains of the cases that these entries are of. Answers where to go on; zero at the end.
async fn journal(app: &App, stretch: &[(i64, Entry)]) -> Result<i64, Fault> {
    let cases: std::collections::BTreeSet<CaseRef> = stretch.iter().map(|(_, entry)| entry.case).collect();
    for case in cases {
        let row = app.store.case(case).await?.ok_or(Wrong::Row { case })?;
        follows(app, &row).await?;
    }
    Ok(stretch.last().map_or(0, |(last, _)| *last))
}

/// Holds the files that these entries took up against what they were then, unless they have been erased.
async fn files(app: &App, stretch: &[(i64, Entry)]) -> Result<(), Fault> {
    for (_, entry) in stretch {
        for event in &entry.events {
            if let Event::Kept { file, .. } = event {
                kept::file(app, std::slice::from_ref(entry), *file).await?;
            }
        }
    }
    Ok(())
}

/// The row is what its journal leads to, all of it: one that says something else (who has signed, say) would be believed.
/// It was read first: what is committed in between only adds to the journal.
pub(super) async fn follows(app: &App, row: &Case) -> Result<(), Fault> {
    let case = row.reference;
    let entries = app.store.journal(case).await?;
    chained(case, &entries)?;
    let led = fold(case, entries.iter().take_while(|entry| entry.version <= row.version));
    Ok(ensure(led.as_ref() == Some(row), Wrong::Row { case })?)
}

fn chained(case: CaseRef, entries: &[Entry]) -> Result<(), Fault> {
    // What was withheld comes first, and whatever withheld it says where the chain had come to.
    let gone = entries.iter().take_while(|entry| entry.is_withheld()).count();
    let sealed = (gone > 0).then(|| entries.get(gone).and_then(Entry::seal)).flatten();
    ensure(
        gone == 0 || sealed.is_some_and(|(upto, _)| upto == gone as u64),
        Wrong::Entry { case, version: gone as u64 },
    )?;
    let mut before = sealed.map_or(String::new(), |(_, seal)| seal.to_owned());
    for (version, entry) in (1..).zip(entries).skip(gone) {
        let events = serde_json::to_string(&entry.events).unwrap_or_default();
        let Entry { at, actor, command, .. } = entry;
        let fits = entry.case == case
            && entry.version == version
            && entry.chain == chain(&before, *at, actor, command, version, &events);
        ensure(fits, Wrong::Entry { case, version })?;
        before.clone_from(&entry.chain);
    }
    Ok(())
}
