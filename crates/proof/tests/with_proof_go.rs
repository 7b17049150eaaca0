//! A verifier that shares no code with us accepts what we make, and nothing else: Go's `sumdb/note` and `sumdb/tlog`.

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use proof::log::note::{cosign, sign};
use proof::log::tree::{consistency, inclusion, prove};
use proof::log::{
    Bundle, Checkpoint, Edge, Hash, Kind, Leaf, Manifest, Mark, Note, Role, Tenure, Ticket, TileAt, Tiles, Trust,
    Verdict, VerifierKey, tile,
};
use proof::{CardLine, Certificate, Hidden, SigningKey};

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What the other verifier says, and whether it accepts.
fn go(args: &[&str]) -> (bool, String) {
    let bin = std::env::var("CEASE_TEST_GO_VERIFIER").expect("run ./test --only proof");
    let done = Command::new(bin).args(args).output().unwrap();
    (done.status.success(), String::from_utf8(done.stdout).unwrap())
}

fn certificate() -> String {
    let now = at("2026-11-26T04:37:12Z");
    let certificate = Certificate {
        operator: "Laika Mobile 莱卡移动".into(),
        desk: "https://desk.example".into(),
        reference: "C7K4-M2QX-D".into(),
        card: CardLine {
            kind: "iccid".into(), number: Hidden::new("8944110068450000019", "•••• 0019", [5; 16])
        },
        holder: Some(Hidden::new("李伟", "李•", [6; 16])),
        declared_at: now,
        received_at: now,
        contract_end: now,
        billing_end: None,
        ceased_at: now,
        read_back_at: now,
        element: "inventory".into(),
        evidence: "state=ceased".into(),
        fees: None,
        journal_head: [9; 32],
        issued_at: now,
    };
    String::from_utf8(proof::sign(certificate, &key("desk.example", 3)).unwrap().to_file()).unwrap()
}

fn manifest() -> String {
    let tenure = |role, kind, key: SigningKey| Tenure {
        role,
        key: VerifierKey::new(kind, key.public()),
        from: at("2026-01-01T00:00:00Z"),
        until: at("2028-01-01T00:00:00Z"),
        revoked: None,
    };
    let manifest = Manifest {
        root: key("desk.example/log/root", 1).public(),
        origin: "desk.example/log".into(),
        version: 1,
        issued: at("2026-01-01T00:00:00Z"),
        quorum: 2,
        keys: vec![
            tenure(Role::Log, Kind::Note, key("desk.example/log", 2)),
            tenure(Role::Certificate, Kind::Note, key("desk.example", 3)),
            tenure(Role::Witness, Kind::Cosignature, key("one.example", 11)),
            tenure(Role::Witness, Kind::Cosignature, key("two.example", 12)),
        ],
    };
    manifest.sign(&key("desk.example/log/root", 1)).unwrap()
}

fn tiles_of(leaves: &[Hash]) -> (Tiles, Hash, Vec<(TileAt, Vec<Hash>)>) {
    let (mut edge, mut tiles) = (Edge::default(), Tiles::default());
    let made = edge.append(leaves);
    made.iter().for_each(|(at, hashes)| tiles.put(*at, hashes.clone()));
    (tiles, edge.root(), made)
}

fn bundle(index: u64, size: u64) -> Bundle {
    let certificate = certificate();
    let leaf = Leaf::of(Mark::Effected, at("2026-11-26T04:37:12Z"), &[77; 32], certificate.as_bytes());
    let mut leaves: Vec<Hash> = (0..size).map(|n| proof::log::tree::leaf_hash(&n.to_be_bytes())).collect();
    leaves[index as usize] = leaf.hash();
    let (tiles, root, _) = tiles_of(&leaves);
    let text = Checkpoint::new("desk.example/log", size, root).text();
    let mut note = Note::new(text.clone(), vec![sign(&text, &key("desk.example/log", 2))]);
    note.add(cosign(&text, &key("one.example", 11), 1_795_667_900));
    note.add(cosign(&text, &key("two.example", 12), 1_795_667_901));
    let path = prove(&inclusion(index, size).unwrap(), &tiles).unwrap();
    let proof = Ticket { extra: None, index, path, note }.to_string();
    Bundle { certificate, key: [77; 32], leaf: leaf.text(), proof, manifest: manifest() }
}

fn root_key() -> String {
    key("desk.example/log/root", 1).public().to_string()
}

#[test]
fn go_accepts_our_bundles_and_so_do_we() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bundle.json");
    for (index, size) in [(0, 1), (0, 2), (1, 2), (4, 7), (256, 257), (200, 1_000), (999, 1_000), (65_536, 65_537)] {
        let bundle = bundle(index, size).to_file();
        let trust = Trust { roots: vec![root_key().parse().unwrap()], ..Trust::default() };
        assert!(matches!(proof::verify_bundle(&bundle, &trust, at("2026-12-01T00:00:00Z")), Verdict::Valid(_)));
        std::fs::write(&file, bundle).unwrap();
        let (fine, said) = go(&["bundle", file.to_str().unwrap(), &root_key()]);
        assert!(fine, "{index} of {size}: {said}");
    }
    // By another root key it does not.
    let other = key("desk.example/log/root", 9).public().to_string();
    assert!(!go(&["bundle", file.to_str().unwrap(), &other]).0);
}

#[test]
fn go_refuses_our_bundle_with_any_bit_changed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bundle.json");
    let bundle = bundle(200, 1_000).to_file();
    std::fs::write(&file, &bundle).unwrap();
    let (fine, said) = go(&["mutations", file.to_str().unwrap(), &root_key()]);
    assert!(fine);
    assert_eq!(said, format!("{} mutations, 0 accepted\n", bundle.len() * 8));
}

fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A whole log, as it is served, with all our proofs beside it.
fn published(dir: &Path, size: u64) {
    let texts: Vec<String> = (0..size)
        .map(|n| Leaf::of(Mark::Requested, at("2026-11-26T04:00:00Z"), &[n as u8; 32], &n.to_be_bytes()).text())
        .collect();
    let leaves: Vec<Hash> = texts.iter().map(|text| proof::log::tree::leaf_hash(text.as_bytes())).collect();
    let (tiles, _, made) = tiles_of(&leaves);
    let part = |width: usize| if width < 256 { format!(".p/{width}") } else { String::new() };
    for (at, hashes) in made {
        let path = format!("tile/{}/{}{}", at.level, tile::path(at.n), part(hashes.len()));
        write(dir, &path, &hashes.concat());
    }
    for (n, texts) in texts.chunks(256).enumerate() {
        let length = |text: &String| (text.len() as u16).to_be_bytes();
        let entries: Vec<u8> = texts.iter().flat_map(|text| [&length(text)[..], text.as_bytes()].concat()).collect();
        write(dir, &format!("tile/entries/{}{}", tile::path(n as u64), part(texts.len())), &entries);
    }
    for old in [1, 2, 3, 255, 256, 257, 512, size / 2, size - 1, size] {
        let root = proof::log::tree::root(&leaves[..old as usize]);
        let text = Checkpoint::new("desk.example/log", old, root).text();
        let note = Note::new(text.clone(), vec![sign(&text, &key("desk.example/log", 2))]);
        write(dir, &format!("checkpoint.{old}"), note.to_string().as_bytes());
        let path = consistency(old, size).unwrap();
        write(dir, &format!("consistency.{old}"), &prove(&path, &tiles).unwrap().concat());
    }
    for n in 0..size {
        let path = inclusion(n, size).unwrap();
        write(dir, &format!("inclusion.{n}"), &prove(&path, &tiles).unwrap().concat());
    }
}

#[test]
fn go_reads_our_log_as_tiles_and_its_proofs_are_ours() {
    let log = VerifierKey::new(Kind::Note, key("desk.example/log", 2).public()).to_string();
    for size in [600, 1_000, 1_300] {
        let dir = tempfile::tempdir().unwrap();
        published(dir.path(), size);
        let (fine, said) = go(&["log", dir.path().to_str().unwrap(), &log]);
        assert!(fine, "{said}");
        assert!(said.trim_end().strip_suffix(" proofs").unwrap().parse::<u64>().unwrap() > size, "{said}");
        // One bit of one tile, and one of one leaf.
        for path in ["tile/0/001", "tile/entries/000"] {
            let path = dir.path().join(path);
            let good = std::fs::read(&path).unwrap();
            let mut bent = good.clone();
            bent[100] ^= 4;
            std::fs::write(&path, bent).unwrap();
            assert!(!go(&["log", dir.path().to_str().unwrap(), &log]).0, "{}", path.display());
            std::fs::write(&path, good).unwrap();
        }
    }
}
