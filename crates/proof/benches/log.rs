//! A log as large as a country's: leaves appended in the stretches in which the desk appends them, proofs of inclusion and
//! of consistency made from its tiles, and as many proofs with one bit changed, none of which may be accepted. It fails
//! where an honest proof is refused or a changed one is not.
//!
//! ```text
//! cargo bench -p proof --bench log [-- LEAVES PROOFS MUTATIONS]      10,000,000, 1,000,000 and 10,000,000: three minutes, 1.7 GB
//! ```

use std::time::Instant;

use proof::log::tree::{Hash, Range, consistency, extends, includes, inclusion, leaf_hash, prove, root};
use proof::log::{Edge, Tiles};

/// Leaves appended at once.
const STRETCH: usize = 1_000;

/// Four numbers that look like chance and are the same every time.
fn drawn(n: u64) -> [u64; 4] {
    let hash = leaf_hash(&n.to_be_bytes());
    std::array::from_fn(|at| hash[8 * at..].first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
}

fn say(what: &str, many: u64, from: Instant) {
    let took = from.elapsed().as_secs_f64();
    eprintln!("{:>10.0}/s  {many} in {took:.3} s  {what}", many as f64 / took);
}

fn main() -> Result<(), &'static str> {
    let mut asked = std::env::args().skip(1).filter_map(|arg| arg.replace(',', "").parse().ok());
    let mut next = |otherwise: u64| asked.next().unwrap_or(otherwise).max(2);
    let (size, proofs, mutations) = (next(10_000_000), next(1_000_000), next(10_000_000));
    let from = Instant::now();
    let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let bare = root(&leaves);
    say("bare: leaves hashed into a tree in memory", size, from);

    let from = Instant::now();
    let (mut edge, mut tiles) = (Edge::default(), Tiles::default());
    for some in leaves.chunks(STRETCH) {
        for (at, hashes) in edge.append(some) {
            tiles.put(at, hashes);
        }
    }
    say("the same appended a thousand at once, as tiles", size, from);
    assert_eq!(edge.root(), bare, "the tree of tiles is another");

    let from = Instant::now();
    let mut made = Vec::with_capacity(proofs as usize);
    for n in 0..proofs {
        let index = drawn(n)[0] % size;
        let path = inclusion(index, size).and_then(|path| prove(&path, &tiles)).ok_or("no proof can be made")?;
        made.push((index, path));
    }
    say("proofs of inclusion made from tiles", proofs, from);
    let from = Instant::now();
    let refused = made.iter().filter(|(n, path)| !includes(*n, size, &leaves[*n as usize], &bare, path)).count();
    say("checked", proofs, from);

    let from = Instant::now();
    let heads = proofs / 10;
    for n in 0..heads {
        let old = 1 + drawn(n)[1] % (size - 1);
        let then = Range::tree(old).hash(&tiles).ok_or("no root of then")?;
        let path = consistency(old, size).and_then(|path| prove(&path, &tiles)).ok_or("no proof can be made")?;
        assert!(extends((old, &then), (size, &bare), &path), "{old} to {size}");
    }
    say("proofs that an older tree is the beginning of it, made and checked", heads, from);

    let from = Instant::now();
    let mut accepted = 0;
    for n in 0..mutations {
        let (index, path) = &made[(n % proofs) as usize];
        accepted += u64::from(passes_changed(drawn(n), (*index, size), &leaves[*index as usize], &bare, path));
    }
    say("proofs with one bit changed", mutations, from);
    eprintln!("{refused} honest proofs refused, {accepted} changed ones accepted");
    if refused == 0 && accepted == 0 { Ok(()) } else { Err("a proof was judged wrongly") }
}

/// Whether it is still accepted with one bit changed: of the leaf, the root, the place, or one of its hashes.
fn passes_changed(drawn: [u64; 4], (index, size): (u64, u64), leaf: &Hash, root: &Hash, path: &[Hash]) -> bool {
    let (mut index, mut leaf, mut root, mut path) = (index, *leaf, *root, path.to_vec());
    let (byte, bit) = ((drawn[0] % 32) as usize, 1_u8 << (drawn[1] % 8));
    match drawn[2] % (path.len() as u64 + 3) {
        0 => leaf[byte] ^= bit,
        1 => root[byte] ^= bit,
        2 => index ^= 1 << (drawn[3] % u64::from(size.ilog2())),
        n => path[n as usize - 3][byte] ^= bit,
    }
    includes(index, size, &leaf, &root, &path)
}
