use super::*;

/// The leaves that everybody tests with, and the roots of their first trees.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const MOST: u64 = 64;

/// Knows every leaf.
struct Whole(Vec<Hash>);

impl Subtrees for Whole {
    fn subtree(&self, at: Subtree) -> Option<Hash> {
        let start = (at.index << at.level) as usize;
        Some(root(self.0.get(start..start + (1 << at.level))?))
    }
}

fn whole(size: u64) -> Whole {
    Whole((0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect())
}

#[test]
fn the_roots_are_those_of_rfc_6962() {
    let leaves: Vec<Hash> = LEAVES.iter().map(|leaf| leaf_hash(&hex::decode(leaf).unwrap())).collect();
    for (size, wanted) in ROOTS.iter().enumerate() {
        assert_eq!(hex::encode(root(&leaves[..size])), *wanted);
        let by_pieces = Range::tree(size as u64).hash(&Whole(leaves.clone())).unwrap();
        assert_eq!(hex::encode(by_pieces), *wanted);
    }
}

#[test]
fn every_leaf_of_every_small_tree_can_be_shown_and_nothing_else() {
    let all = whole(MOST);
    for size in 1..=MOST {
        let head = root(&all.0[..size as usize]);
        for index in 0..size {
            let leaf = all.0[index as usize];
            let proof = prove(&inclusion(index, size).unwrap(), &all).unwrap();
            assert!(includes(index, size, &leaf, &head, &proof), "{index} of {size}");
            // Another place, leaf, or root; a hash too few, too many, or another; all in vain.
            for other in (0..MOST).filter(|other| *other != index) {
                assert!(!includes(other, size, &leaf, &head, &proof), "{index} of {size} as {other}");
                assert!(!includes(index, size, &all.0[other as usize], &head, &proof));
            }
            assert!(!includes(index, size, &leaf, &leaf_hash(&leaf), &proof));
            for n in 0..proof.len() {
                let without: Vec<Hash> = proof.iter().enumerate().filter(|(i, _)| *i != n).map(|(_, h)| *h).collect();
                assert!(!includes(index, size, &leaf, &head, &without));
                let mut bent = proof.clone();
                bent[n][0] ^= 1;
                assert!(!includes(index, size, &leaf, &head, &bent));
            }
            assert!(!includes(index, size, &leaf, &head, &[proof.as_slice(), &[leaf]].concat()));
        }
        assert_eq!(inclusion(size, size), None);
    }
}

#[test]
fn every_growth_of_every_small_tree_can_be_shown_and_nothing_else() {
    let all = whole(MOST);
    let heads: Vec<Hash> = (0..=MOST as usize).map(|size| root(&all.0[..size])).collect();
    for new in 0..=MOST {
        for old in 0..=new {
            let (was, is) = (heads[old as usize], heads[new as usize]);
            let proof = prove(&consistency(old, new).unwrap(), &all).unwrap();
            assert!(extends((old, &was), (new, &is), &proof), "{old} to {new}");
            let other = leaf_hash(b"other");
            assert!(!extends((old, &other), (new, &is), &proof), "{old} to {new}, another past");
            if old > 0 {
                assert!(!extends((old, &was), (new, &other), &proof), "{old} to {new}, another present");
            }
            for n in 0..proof.len() {
                let mut bent = proof.clone();
                bent[n][31] ^= 128;
                assert!(!extends((old, &was), (new, &is), &bent));
                assert!(!extends((old, &was), (new, &is), &proof[..n]));
            }
            assert!(!extends((old, &was), (new, &is), &[proof.as_slice(), &[was]].concat()));
            if old < new && old > 0 {
                assert!(!extends((new, &is), (old, &was), &proof));
            }
        }
        assert_eq!(consistency(new + 1, new), None);
    }
}

/// An implementation by somebody else makes the same trees and the same proofs.
#[test]
fn another_implementation_agrees() {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    let mut theirs = MemoryBackedTree::<sha2::Sha256, [u8; 8]>::new();
    let all = whole(300);
    for size in 1..=300_u64 {
        theirs.push((size - 1).to_be_bytes());
        let head = root(&all.0[..size as usize]);
        assert_eq!(theirs.root().as_bytes().as_slice(), head, "{size}");
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = prove(&inclusion(index, size).unwrap(), &all).unwrap();
            assert_eq!(theirs.prove_inclusion(index as usize).as_bytes(), proof.concat(), "{index} of {size}");
        }
        for old in [1, size / 2, size - 1].into_iter().filter(|old| (1..size).contains(old)) {
            let proof = prove(&consistency(old, size).unwrap(), &all).unwrap();
            let added = (size - old) as usize;
            assert_eq!(theirs.prove_consistency(added).as_bytes(), proof.concat(), "{old} to {size}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_proof_of_whatever_shape_panics_or_holds(
        (index, size, old) in (0..u64::MAX, 0..u64::MAX, 0..u64::MAX),
        proof in proptest::collection::vec(proptest::array::uniform32(0u8..), 0..70),
    ) {
        let hash = leaf_hash(b"x");
        proptest::prop_assert!(!includes(index, size, &hash, &hash, &proof) || size == 1);
        proptest::prop_assert!(!extends((old, &hash), (size, &leaf_hash(b"y")), &proof));
    }
}
