//! The Merkle tree of RFC 6962 (SHA-256): hashes, and proofs that a leaf is in it and that it only ever grew.
//!
//! Every hash that a proof needs is that of some range of leaves. A range is put together from perfect subtrees, which
//! never change once they are full, so that they can be kept: whoever can give those ([`Subtrees`]) can prove all.

use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The `2^level` leaves from `index * 2^level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtree {
    pub level: u32,
    pub index: u64,
}

/// Some of the leaves, from `start` to before `end`, as RFC 6962 divides a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    start: u64,
    end: u64,
}

/// Whatever remembers the hashes of perfect subtrees.
pub trait Subtrees {
    fn subtree(&self, at: Subtree) -> Option<Hash>;
}

/// The hash of a leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// The hash of two subtrees side by side.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The root of a tree of these leaves; of none, the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

impl Range {
    /// A whole tree.
    pub fn tree(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The perfect subtrees it is made of, left to right.
    pub fn pieces(self) -> impl Iterator<Item = Subtree> {
        let Self { mut start, end } = self;
        std::iter::from_fn(move || {
            let level = (end - start).checked_ilog2()?;
            let piece = Subtree { level, index: start >> level };
            start += 1 << level;
            Some(piece)
        })
    }

    /// Its hash; none where a piece is not known.
    pub fn hash(self, known: &impl Subtrees) -> Option<Hash> {
        if self.start == self.end {
            return Some(root(&[]));
        }
        let pieces: Vec<Subtree> = self.pieces().collect();
        let mut right = None;
        for piece in pieces.into_iter().rev() {
            let left = known.subtree(piece)?;
            right = Some(right.map_or(left, |right| node_hash(&left, &right)));
        }
        right
    }
}

/// What has to be hashed to show that leaf `index` is in the tree of this size, from the leaf's sibling up (RFC 6962,
/// 2.1.1); none where it is not.
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Range>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(Range { start: middle, end });
            end = middle;
        } else {
            path.push(Range { start, end: middle });
            start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// What has to be hashed to show that the tree of size `old` is the beginning of that of size `new` (RFC 6962, 2.1.2);
/// none where `old` is the larger.
pub fn consistency(old: u64, new: u64) -> Option<Vec<Range>> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    // Whether the old tree ends with this range and is all of it, which the verifier knows already.
    let mut known = true;
    let mut path = Vec::new();
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(Range { start: middle, end });
            end = middle;
        } else {
            path.push(Range { start, end: middle });
            start = middle;
            known = false;
        }
    }
    if !known {
        path.push(Range { start, end });
    }
    path.reverse();
    Some(path)
}

/// The hashes of such a proof.
pub fn prove(path: &[Range], known: &impl Subtrees) -> Option<Vec<Hash>> {
    path.iter().map(|range| range.hash(known)).collect()
}

/// Whether the proof shows that this leaf is number `index` of the tree (RFC 9162, 2.1.3.2).
pub fn includes(index: u64, size: u64, leaf: &Hash, root: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the old tree is the beginning of the new one (RFC 9162, 2.1.4.2).
pub fn extends(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 {
        return proof.is_empty() && *old_root == root(&[]) && (new_size > 0 || new_root == old_root);
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size > new_size {
        return false;
    }
    // An old tree that is perfect is its own first hash.
    let mut proof = old_size.is_power_of_two().then_some(old_root).into_iter().chain(proof);
    let Some(first) = proof.next() else { return false };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    let shift = at.trailing_ones();
    (at, last) = (at >> shift, last >> shift);
    let (mut old, mut new) = (*first, *first);
    for hash in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new = node_hash(&new, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old == *old_root && new == *new_root
}

#[cfg(test)]
mod tests;
