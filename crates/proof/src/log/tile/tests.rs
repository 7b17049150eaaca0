use super::*;
use crate::log::tree::{consistency, extends, includes, inclusion, leaf_hash, prove};

fn leaves(from: u64, to: u64) -> Vec<Hash> {
    (from..to).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

#[test]
fn paths_are_those_of_the_specification() {
    for (n, text) in [
        (0, "000"),
        (5, "005"),
        (999, "999"),
        (1000, "x001/000"),
        (1_234_067, "x001/x234/067"),
        (u64::MAX, "x018/x446/x744/x073/x709/x551/615"),
    ] {
        assert_eq!(path(n), text);
        assert_eq!(parse_path(text), Some((n, None)));
        assert_eq!(parse_path(&format!("{text}.p/7")), Some((n, Some(7))));
    }
    for bad in [
        "",
        "0",
        "00",
        "0000",
        "x000/001",
        "001/002",
        "x001",
        "x001/x002",
        "x1/002",
        "000/",
        "/000",
        "000.p",
        "000.p/",
        "000.p/0",
        "000.p/256",
        "000.p/07",
        "000.p/1/2",
        "-01",
        "+01",
        "٠٠٠",
        "x018/x446/x744/x073/x709/x551/616",
        "x999/x999/x999/x999/x999/x999/x999/999",
        "../etc",
        "000.p/1 ",
    ] {
        assert_eq!(parse_path(bad), None, "{bad:?}");
    }
}

#[test]
fn widths_are_those_of_the_specification() {
    let width = |level, n, size| TileAt { level, n }.width(size);
    assert_eq!([width(0, 272, 70_000), width(0, 273, 70_000), width(0, 274, 70_000)], [256, 112, 0]);
    assert_eq!([width(1, 0, 70_000), width(1, 1, 70_000), width(2, 0, 70_000), width(3, 0, 70_000)], [256, 17, 1, 0]);
    assert_eq!([width(0, 0, 256), width(1, 0, 256)], [256, 1]);
    assert_eq!([width(63, 0, u64::MAX), width(8, 0, u64::MAX), width(0, u64::MAX, 5)], [0, 0, 0]);
    let edges: Vec<(u32, u64)> = edge(70_000).iter().map(|at| (at.level, at.n)).collect();
    assert_eq!(edges, [(0, 273), (1, 1), (2, 0)]);
}

#[test]
fn a_tree_that_grew_by_tiles_proves_what_the_whole_tree_proves() {
    const SIZE: u64 = 66_000;
    let all = leaves(0, SIZE);
    let (mut edge, mut tiles, mut sizes) = (Edge::default(), Tiles::default(), vec![]);
    // Steps of all sizes, so that tiles are met empty, partial, full, and many at once.
    for step in [1, 1, 2, 3, 250, 255, 256, 257, 600, 1, 64_374] {
        let from = edge.size();
        for (at, hashes) in edge.append(&all[from as usize..(from + step) as usize]) {
            assert_eq!(at.width(edge.size()), hashes.len() as u64, "{at:?} of {}", edge.size());
            tiles.put(at, hashes);
        }
        assert_eq!(edge.root(), tree::root(&all[..edge.size() as usize]));
        assert_eq!(Edge::read(edge.size(), &tiles).unwrap().root(), edge.root());
        sizes.push(edge.size());
    }
    assert_eq!(edge.size(), SIZE);
    for size in &sizes {
        let head = tree::root(&all[..*size as usize]);
        for index in [0, 1, size / 3, size.saturating_sub(2), size - 1].into_iter().filter(|index| index < size) {
            let path = inclusion(index, *size).unwrap();
            let only = Tiles(needed(&path).into_iter().map(|at| (at, tiles.0[&at].clone())).collect());
            let proof = prove(&path, &only).unwrap();
            assert!(includes(index, *size, &all[index as usize], &head, &proof), "{index} of {size}");
        }
        for old in sizes.iter().filter(|old| *old <= size) {
            let path = consistency(*old, *size).unwrap();
            let only = Tiles(needed(&path).into_iter().map(|at| (at, tiles.0[&at].clone())).collect());
            let was = tree::root(&all[..*old as usize]);
            assert!(extends((*old, &was), (*size, &head), &prove(&path, &only).unwrap()), "{old} to {size}");
        }
    }
}

#[test]
fn an_edge_with_a_tile_missing_is_none() {
    let mut edge = Edge::default();
    let mut tiles = Tiles::default();
    edge.append(&leaves(0, 300)).into_iter().for_each(|(at, hashes)| tiles.put(at, hashes));
    assert_eq!(Edge::read(300, &tiles), Some(edge));
    assert_eq!(Edge::read(301, &tiles), None);
    assert_eq!(Edge::read(512, &tiles), None);
    assert_eq!(Edge::read(0, &Tiles::default()), Some(Edge::default()));
}
