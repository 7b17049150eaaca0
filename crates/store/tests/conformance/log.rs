use case::CaseRef;
use store::{AnyStore, LogCheckpoint, LogGrowth, LogHead, LogLeaf, LogTile};

use super::world::at;

fn leaf(n: u64, case: Option<u64>) -> LogLeaf {
    LogLeaf { n, entry: case.map(|bits| (CaseRef::from_bits(bits), n + 1)), leaf: format!("leaf {n}\n") }
}

fn growth(from: LogHead, to: LogHead) -> LogGrowth {
    let case = CaseRef::from_bits(9);
    LogGrowth {
        from,
        to,
        leaves: (from.size..to.size).map(|n| leaf(n, (n % 2 == 0).then_some(9))).collect(),
        tiles: vec![LogTile { level: 0, n: 0, hashes: vec![to.size as u8; 32 * to.size as usize] }],
        keys: vec![(case, vec![to.size as u8; 32])],
    }
}

pub async fn the_log_grows_by_one_at_a_time_and_whole(store: AnyStore) {
    let none = LogHead::default();
    assert_eq!(store.log_head().await.unwrap(), none);
    let first = LogHead { seq: 5, size: 4 };
    // Many calculate the same piece; one of them writes.
    let rivals: Vec<_> = (0..16)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.log_grow(growth(none, first)).await.unwrap() })
        })
        .collect();
    let mut written = 0;
    for rival in rivals {
        written += usize::from(rival.await.unwrap());
    }
    assert_eq!(written, 1);
    assert_eq!(store.log_head().await.unwrap(), first);
    let all: Vec<LogLeaf> = (0..4).map(|n| leaf(n, (n % 2 == 0).then_some(9))).collect();
    assert_eq!(store.log_leaves(0, 99).await.unwrap(), all);
    assert_eq!(store.log_leaves(1, 2).await.unwrap(), all[1..3]);
    assert_eq!(store.log_leaves_of(CaseRef::from_bits(9)).await.unwrap(), [all[0].clone(), all[2].clone()]);
    assert_eq!(store.log_other_leaf(&all[3].leaf).await.unwrap().as_ref(), Some(&all[3]));
    assert_eq!(store.log_other_leaf(&all[0].leaf).await.unwrap(), None, "a case's");
    assert_eq!(store.log_tile(0, 0).await.unwrap(), Some(vec![4; 128]));
    assert_eq!(store.log_tile(0, 1).await.unwrap(), None);
    // Calculated from where the log no longer stands: nothing of it is written.
    for stale in [none, LogHead { seq: 5, size: 3 }, LogHead { seq: 4, size: 4 }] {
        assert!(!store.log_grow(growth(stale, LogHead { seq: 9, size: 9 })).await.unwrap());
    }
    assert_eq!(store.log_leaves(0, 99).await.unwrap().len(), 4);
    assert_eq!(store.log_tile(0, 0).await.unwrap(), Some(vec![4; 128]));
    // A tile is written over, a case's key is not.
    assert!(store.log_grow(growth(first, LogHead { seq: 8, size: 6 })).await.unwrap());
    assert_eq!(store.log_tile(0, 0).await.unwrap(), Some(vec![6; 192]));
    assert_eq!(store.log_key(CaseRef::from_bits(9)).await.unwrap(), Some(vec![4; 32]));
    // The journal may be followed without a leaf.
    assert!(
        store
            .log_grow(LogGrowth {
                from: LogHead { seq: 8, size: 6 },
                to: LogHead { seq: 11, size: 6 },
                ..LogGrowth::default()
            })
            .await
            .unwrap()
    );
    assert_eq!(store.log_head().await.unwrap(), LogHead { seq: 11, size: 6 });
}

pub async fn a_case_s_key_is_forgotten_and_its_leaves_stay(store: AnyStore) {
    let to = LogHead { seq: 1, size: 3 };
    assert!(store.log_grow(growth(LogHead::default(), to)).await.unwrap());
    let case = CaseRef::from_bits(9);
    assert!(store.log_key(case).await.unwrap().is_some());
    store.log_forget(case).await.unwrap();
    store.log_forget(case).await.unwrap();
    assert_eq!(store.log_key(case).await.unwrap(), None);
    assert_eq!(store.log_leaves_of(case).await.unwrap(), []);
    let leaves = store.log_leaves(0, 9).await.unwrap();
    assert_eq!(leaves.iter().map(|leaf| (leaf.n, leaf.entry)).collect::<Vec<_>>(), [(0, None), (1, None), (2, None)]);
    // They are not taken for what never was of a case.
    for (n, leaf) in leaves.iter().enumerate() {
        let other = store.log_other_leaf(&leaf.leaf).await.unwrap();
        assert_eq!(other.is_some(), n == 1, "{leaf:?}");
    }
}

pub async fn checkpoints_never_lose_a_witness(store: AnyStore) {
    assert_eq!(store.log_checkpoint(0).await.unwrap(), None);
    let sign =
        |size, cosigned, note: &str| LogCheckpoint { size, at: at(size as i64), cosigned, note: note.to_owned() };
    for checkpoint in [sign(3, 0, "three"), sign(3, 2, "three, cosigned"), sign(3, 1, "late"), sign(7, 0, "seven")] {
        store.log_sign(checkpoint).await.unwrap();
    }
    assert_eq!(store.log_checkpoint(0).await.unwrap(), Some(sign(7, 0, "seven")));
    assert_eq!(store.log_checkpoint(1).await.unwrap(), Some(sign(3, 2, "three, cosigned")));
    assert_eq!(store.log_checkpoint(2).await.unwrap(), Some(sign(3, 2, "three, cosigned")));
    assert_eq!(store.log_checkpoint(3).await.unwrap(), None);
    store.log_sign(sign(9, 2, "nine")).await.unwrap();
    for (n, witnesses, found) in [
        (0, 0, Some(sign(3, 2, "three, cosigned"))),
        (2, 2, Some(sign(3, 2, "three, cosigned"))),
        (3, 0, Some(sign(7, 0, "seven"))),
        (3, 1, Some(sign(9, 2, "nine"))),
        (2, 3, None),
        (9, 0, None),
    ] {
        assert_eq!(store.log_checkpoint_over(n, witnesses).await.unwrap(), found, "{n} {witnesses}");
    }
}
