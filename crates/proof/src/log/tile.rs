//! Tiles (C2SP tlog-tiles, height 8): the tree's hashes in pieces of 256 that never change once they are full. They are
//! what is stored, what is served, and what every proof is computed from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::text::number;
use super::tree::{self, Hash, Range, Subtree, Subtrees};

/// Levels of the tree in one tile.
pub const HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const WIDTH: u64 = 1 << HEIGHT;

/// A tile's place. At level 0 its hashes are leaves', above that those of the full tiles below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileAt {
    pub level: u32,
    pub n: u64,
}

impl TileAt {
    /// How many hashes it has in a tree of this size.
    pub fn width(self, size: u64) -> u64 {
        let hashes = size.checked_shr(self.level.saturating_mul(HEIGHT)).unwrap_or(0);
        hashes.saturating_sub(self.n.saturating_mul(WIDTH)).min(WIDTH)
    }

    /// The tile a subtree's hash is computed from, and from which of its hashes.
    fn of(subtree: Subtree) -> (Self, std::ops::Range<usize>) {
        let (level, within) = (subtree.level / HEIGHT, subtree.level % HEIGHT);
        let n = subtree.index >> (HEIGHT - within);
        let start = ((subtree.index << within) % WIDTH) as usize;
        (Self { level, n }, start..start + (1 << within))
    }
}

/// A tile's number as a path: 1234067 is `x001/x234/067`.
pub fn path(n: u64) -> String {
    let mut parts = vec![n % 1000];
    let mut rest = n / 1000;
    while rest > 0 {
        parts.push(rest % 1000);
        rest /= 1000;
    }
    let mut path = String::new();
    for (place, part) in parts.iter().enumerate().rev() {
        let (mark, slash) = if place > 0 { ("x", "/") } else { ("", "") };
        // A string takes whatever is written.
        let _ = write!(path, "{mark}{part:03}{slash}");
    }
    path
}

/// Reads such a path, and the width where it is that of a partial tile (`x001/067.p/12`); none for any other spelling.
pub fn parse_path(text: &str) -> Option<(u64, Option<u64>)> {
    let (text, width) = match text.split_once(".p/") {
        Some((text, width)) => (text, Some(number(width).filter(|w| (1..WIDTH).contains(w))?)),
        None => (text, None),
    };
    let mut n: u64 = 0;
    for part in text.split('/') {
        let digits = part.strip_prefix('x').unwrap_or(part);
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        n = n.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    (path(n) == text).then_some((n, width))
}

/// Tiles in hand; a partial one may be longer than a smaller tree needs.
#[derive(Clone, Debug, Default)]
pub struct Tiles(BTreeMap<TileAt, Vec<Hash>>);

impl Tiles {
    pub fn put(&mut self, at: TileAt, hashes: Vec<Hash>) {
        self.0.insert(at, hashes);
    }
}

impl Subtrees for Tiles {
    fn subtree(&self, at: Subtree) -> Option<Hash> {
        let (tile, range) = TileAt::of(at);
        Some(tree::root(self.0.get(&tile)?.get(range)?))
    }
}

/// The tiles such a proof is computed from.
pub fn needed(path: &[Range]) -> BTreeSet<TileAt> {
    path.iter().flat_map(|range| range.pieces()).map(|piece| TileAt::of(piece).0).collect()
}

/// The places of the partial tiles at the right edge of a tree of this size, from level 0 up.
pub fn edge(size: u64) -> Vec<TileAt> {
    let tile = |level: u32| {
        let hashes = size.checked_shr(level * HEIGHT).unwrap_or(0);
        TileAt { level, n: hashes / WIDTH }
    };
    (0..64 / HEIGHT).map(tile).filter(|tile| tile.width(size) > 0).collect()
}

/// The growing side of a tree: its partial tiles, which is all that appending needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// By level, each with fewer than [`WIDTH`] hashes.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of a tree from its [partial tiles](edge); none where one is missing or shorter than it must be.
    pub fn read(size: u64, tiles: &Tiles) -> Option<Self> {
        let mut levels = Vec::new();
        for at in edge(size) {
            let hashes = tiles.0.get(&at)?.get(..at.width(size) as usize)?;
            levels.resize(at.level as usize, Vec::new());
            levels.push(hashes.to_vec());
        }
        Some(Self { size, levels })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut right = None;
        for hashes in &self.levels {
            let pieces: Vec<Subtree> = Range::tree(hashes.len() as u64).pieces().collect();
            for piece in pieces.into_iter().rev() {
                let start = (piece.index << piece.level) as usize;
                let left = tree::root(&hashes[start..start + (1 << piece.level)]);
                right = Some(right.map_or(left, |right| tree::node_hash(&left, &right)));
            }
        }
        right.unwrap_or_else(|| tree::root(&[]))
    }

    /// Appends leaves, and gives every tile that this has made or changed, as it now is.
    pub fn append(&mut self, leaves: &[Hash]) -> Vec<(TileAt, Vec<Hash>)> {
        let mut changed = Vec::new();
        let mut touched = 0;
        for leaf in leaves {
            self.size += 1;
            let (mut hash, mut level) = (*leaf, 0);
            loop {
                if self.levels.len() == level {
                    self.levels.push(Vec::with_capacity(WIDTH as usize));
                }
                touched = touched.max(level + 1);
                self.levels[level].push(hash);
                if self.levels[level].len() < WIDTH as usize {
                    break;
                }
                let full = std::mem::take(&mut self.levels[level]);
                hash = tree::root(&full);
                let n = (self.size >> (HEIGHT * (level as u32 + 1))) - 1;
                changed.push((TileAt { level: level as u32, n }, full));
                level += 1;
            }
        }
        for at in edge(self.size).into_iter().filter(|at| (at.level as usize) < touched) {
            changed.push((at, self.levels[at.level as usize].clone()));
        }
        changed
    }
}

#[cfg(test)]
mod tests;
