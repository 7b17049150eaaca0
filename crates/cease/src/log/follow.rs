//! The sequencer: reads the journal in the order it was written and appends what concerns the public. Several may try;
//! the store lets one append, and the others find that the log has moved on.
//!
//! Leaves of one stretch stand in the order of their hashes, not in that in which things happened.

use std::collections::BTreeMap;

use case::{Actor, CaseRef, Entry, Event, Outcome, Stage};
use proof::log::{Edge, Hash, Leaf, Mark, TileAt, leaf, tile};
use store::{LogGrowth, LogHead, LogLeaf, LogTile, StoreError};

use super::{Fault, Wrong, keys};
use crate::app::App;
use crate::chance;

/// Journal entries read at once.
const STRETCH: u32 = 1_000;

/// What an entry tells the public, and the bytes that are committed to.
pub fn marks(entry: &Entry) -> Vec<(Mark, Vec<u8>)> {
    let whole = || leaf::journal_entry(&entry.case.to_string(), entry.version, &entry.chain);
    let told = |event: &Event| {
        if let Event::Declared { .. } = event {
            Some((Mark::Requested, whole()))
        } else if let Event::Settled { outcome: Outcome::Certified { file, .. }, .. } = event {
            Some((Mark::Effected, file.as_bytes().to_vec()))
        } else if let Event::Erased { file, .. } = event {
            Some((Mark::Erased, file.as_bytes().to_vec()))
        } else if let Event::Moved { to } = event {
            let dated = entry.events.iter().any(|event| matches!(event, Event::Dated { .. }));
            mark_of(to, &entry.actor, dated).map(|mark| (mark, whole()))
        } else {
            None
        }
    };
    entry.events.iter().filter_map(told).collect()
}

/// A cease whose day has come at once is approved by whoever decides, which may be a clock or the next network: then its
/// days are set in the same entry. One that was scheduled was approved before, and is once more where its number goes to
/// another network ahead of its day.
fn mark_of(stage: &Stage, actor: &Actor, dated: bool) -> Option<Mark> {
    match stage {
        Stage::Scheduled { .. } => Some(Mark::Approved),
        Stage::Ceasing { .. } => match actor {
            Actor::Holder { .. } | Actor::Agent { .. } | Actor::Api { .. } => Some(Mark::Approved),
            Actor::Clock | Actor::Network => dated.then_some(Mark::Approved),
        },
        Stage::Withdrawn { .. } | Stage::Contested { .. } => Some(Mark::Reversed),
        Stage::Refused { .. } => Some(Mark::Rejected),
        Stage::Received { .. } | Stage::Review { .. } | Stage::Ceased { .. } | Stage::Closed { .. } => None,
    }
}

/// Appends one stretch; false where there is no more for now.
pub(super) async fn grow(app: &App) -> Result<bool, Fault> {
    let from = app.store.log_head().await?;
    let entries = app.store.journal_after(from.seq, STRETCH).await?;
    let entries = app.gaps.contiguous(from.seq, entries, app.now());
    let others = other_leaves(app).await?;
    let seq = entries.last().map_or(from.seq, |(seq, _)| *seq);
    if seq == from.seq && others.is_empty() {
        return Ok(false);
    }
    let (mut leaves, new_keys) = leaves_of(app, entries.iter().map(|(_, entry)| entry)).await?;
    leaves.extend(others.into_iter().map(|leaf| (None, leaf)));
    let mut hashed: Vec<_> = leaves.into_iter().map(|(entry, leaf)| (leaf.hash(), entry, leaf.text())).collect();
    hashed.sort_unstable();
    let mut place = app.log.edge.lock().await;
    let mut edge = match place.take() {
        Some((head, edge)) if head == from => edge,
        Some(_) | None => edge_of(app, from).await?,
    };
    let hashes: Vec<Hash> = hashed.iter().map(|(hash, ..)| *hash).collect();
    let tiles = edge.append(&hashes);
    let to = LogHead { seq, size: edge.size() };
    let leaves = (from.size..).zip(hashed).map(|(n, (_, entry, leaf))| LogLeaf { n, entry, leaf }).collect();
    let growth = LogGrowth { from, to, leaves, tiles: tiles.into_iter().map(tile_row).collect(), keys: new_keys };
    // Where another was quicker, there may be more after what they wrote.
    if app.store.log_grow(growth).await? {
        *place = Some((to, edge));
    }
    Ok(true)
}

async fn edge_of(app: &App, head: LogHead) -> Result<Edge, Fault> {
    let tiles = super::tiles(&app.store, tile::edge(head.size)).await?;
    Edge::read(head.size, &tiles).ok_or(Fault::Wrong(Wrong::Tiles))
}

fn tile_row((at, hashes): (TileAt, Vec<Hash>)) -> LogTile {
    LogTile { level: at.level, n: at.n, hashes: hashes.concat() }
}

type Told = (Vec<(Option<(CaseRef, u64)>, Leaf)>, Vec<(CaseRef, Vec<u8>)>);

async fn leaves_of(app: &App, entries: impl Iterator<Item = &Entry>) -> Result<Told, StoreError> {
    let mut known: BTreeMap<CaseRef, [u8; 32]> = BTreeMap::new();
    let (mut leaves, mut new) = (Vec::new(), Vec::new());
    for entry in entries {
        for (mark, bytes) in marks(entry) {
            let key = match known.get(&entry.case) {
                Some(key) => *key,
                None => match case_key(app, entry.case).await? {
                    Some(key) => key,
                    None => {
                        let key = chance::bytes();
                        new.push((entry.case, sealed(app, entry.case, &key)));
                        key
                    }
                },
            };
            known.insert(entry.case, key);
            leaves.push((Some((entry.case, entry.version)), Leaf::of(mark, entry.at, &key, &bytes)));
        }
    }
    Ok((leaves, new))
}

/// What ties a case to its leaves; none where it has no leaves, or has been erased.
pub async fn case_key(app: &App, case: CaseRef) -> Result<Option<[u8; 32]>, StoreError> {
    let Some(kept) = app.store.log_key(case).await? else { return Ok(None) };
    let key = sealed(app, case, &kept).try_into();
    key.map(Some).map_err(|_| StoreError::Corrupt { what: "log key", why: "it is of another length".into() })
}

/// Seals a key, or opens a sealed one.
fn sealed(app: &App, case: CaseRef, key: &[u8]) -> Vec<u8> {
    app.keys.seal("log-key", &case.bits().to_be_bytes(), key)
}

/// The manifest and the register of channels in force, where they are not in the log yet.
async fn other_leaves(app: &App) -> Result<Vec<Leaf>, Fault> {
    let in_force = keys::in_force(app).await.map_err(|e| StoreError::Engine(format!("{e:#}")))?;
    let leaf = Leaf::manifest(in_force.manifest.version, in_force.file.as_bytes());
    let there = app.store.log_other_leaf(&leaf.text()).await?.is_some();
    let register = super::channels::leaf(app, &in_force.manifest.origin).await?;
    Ok((!there).then_some(leaf).into_iter().chain(register).collect())
}
