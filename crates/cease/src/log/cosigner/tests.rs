use proof::log::note::sign;
use proof::log::{Edge, Hash, Tiles, tile};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use tempfile::TempDir;

use super::super::submit::request;
use super::*;

const ORIGIN: &str = "desk.example/log";

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

fn log() -> SigningKey {
    key(ORIGIN, 1)
}

fn open(dir: &TempDir) -> Cosigner {
    let trusted = VerifierKey::new(Kind::Note, log().public());
    Cosigner::open(dir.path(), "witness.example", &[(ORIGIN.to_owned(), trusted)], Clock::Machine).unwrap()
}

/// A log that grows as it should, and can be made to lie.
#[derive(Clone)]
struct Grown {
    leaves: Vec<Hash>,
}

impl Grown {
    fn new(size: usize, salt: u8) -> Self {
        Self { leaves: (0..size).map(|n| tree::leaf_hash(&[&[salt][..], &n.to_be_bytes()].concat())).collect() }
    }

    fn tiles(&self) -> Tiles {
        let (mut edge, mut tiles) = (Edge::default(), Tiles::default());
        edge.append(&self.leaves).into_iter().for_each(|(at, hashes)| tiles.put(at, hashes));
        tiles
    }

    fn note(&self, size: usize, origin: &str, by: &SigningKey) -> Note {
        let text = Checkpoint::new(origin, size as u64, tree::root(&self.leaves[..size])).text();
        Note::new(text.clone(), vec![sign(&text, by)])
    }

    fn proof(&self, old: usize, new: usize) -> Vec<Hash> {
        let path = tree::consistency(old as u64, new as u64).unwrap_or_default();
        assert!(tile::needed(&path).len() < 9);
        tree::prove(&path, &self.tiles()).unwrap()
    }

    fn request(&self, old: usize, new: usize) -> String {
        request(old as u64, &self.proof(old, new), &self.note(new, ORIGIN, &log()))
    }
}

fn cosigned(witness: &Cosigner, note: &str, line: &str) -> bool {
    let mut note = Note::parse(note.split_once("\n\n").unwrap().1.as_bytes()).unwrap();
    note.add(line.trim_end().parse().unwrap());
    note.open(&[witness.verifier()]).is_ok_and(|opened| opened.vouched[0].at.is_some())
}

#[test]
fn a_log_that_only_grows_is_cosigned_and_that_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let mut witness = open(&dir);
    let log = Grown::new(300, 0);
    for (old, new) in [(0, 0), (0, 1), (1, 1), (1, 2), (2, 7), (7, 256), (256, 257), (257, 300), (300, 300)] {
        let body = log.request(old, new);
        let line = witness.add(body.as_bytes()).unwrap();
        assert!(cosigned(&witness, &body, &line), "{old} to {new}");
        // Another start knows as much, and has the same key.
        let verifier = witness.verifier();
        drop(witness);
        witness = open(&dir);
        assert_eq!(witness.verifier(), verifier);
        assert_eq!(witness.seen.lock().unwrap()[ORIGIN].size, new as u64);
        let seen = witness.seen(&hex_of(&Sha256::digest(ORIGIN))).unwrap().unwrap();
        let seen = Note::parse(seen.as_bytes()).unwrap();
        assert_eq!(seen.signatures().len(), 2);
        assert_eq!(Checkpoint::parse(seen.text()).unwrap().size, new as u64);
    }
    assert_eq!(witness.seen(&"0".repeat(64)).unwrap(), None);
    assert!(!dir.path().join("evidence").exists());
}

#[test]
fn two_witnesses_do_not_work_over_one_directory() {
    let dir = tempfile::tempdir().unwrap();
    let witness = open(&dir);
    let second = Cosigner::open(dir.path(), "witness.example", &[], Clock::Machine);
    assert!(second.err().unwrap().to_string().contains("another witness"));
    drop(witness);
    open(&dir);
}

#[test]
fn rollback_equivocation_replay_and_strangers_get_no_signature() {
    let dir = tempfile::tempdir().unwrap();
    let witness = open(&dir);
    let (honest, other) = (Grown::new(40, 0), Grown::new(40, 1));
    witness.add(honest.request(0, 20).as_bytes()).unwrap();
    let refused = |body: String| witness.add(body.as_bytes()).unwrap_err();
    // Back to less, with or without saying so.
    assert_eq!(refused(honest.request(0, 10)), Refused::Conflict(20));
    assert_eq!(refused(honest.request(10, 10)), Refused::Conflict(20));
    assert_eq!(
        refused(request(20, &[], &honest.note(10, ORIGIN, &log()))),
        Refused::Malformed("the old size is the larger")
    );
    // What was cosigned before, again.
    assert_eq!(refused(honest.request(0, 20)), Refused::Conflict(20));
    // Another history of the same size, and of a larger one.
    assert_eq!(refused(other.request(20, 20)), Refused::Inconsistent);
    assert_eq!(refused(other.request(20, 30)), Refused::Inconsistent);
    assert_eq!(refused(request(20, &honest.proof(20, 30), &other.note(30, ORIGIN, &log()))), Refused::Inconsistent);
    assert_eq!(refused(request(20, &[], &honest.note(30, ORIGIN, &log()))), Refused::Inconsistent);
    assert_eq!(refused(request(20, &honest.proof(20, 30), &honest.note(20, ORIGIN, &log()))), Refused::Inconsistent);
    // Signed by others, or for others.
    assert_eq!(
        refused(request(20, &honest.proof(20, 30), &honest.note(30, ORIGIN, &key(ORIGIN, 9)))),
        Refused::Unsigned
    );
    assert_eq!(refused(request(0, &[], &honest.note(30, "other.example/log", &log()))), Refused::UnknownLog);
    let mut forged = honest.note(30, ORIGIN, &log()).to_string();
    forged = forged.replace("\n30\n", "\n31\n");
    let forged = Note::parse(forged.as_bytes()).unwrap();
    assert_eq!(refused(request(20, &honest.proof(20, 30), &forged)), Refused::Unsigned);
    // An empty tree that is not.
    let text = Checkpoint::new(ORIGIN, 0, [7; 32]).text();
    let empty = Note::new(text.clone(), vec![sign(&text, &log())]);
    let fresh = tempfile::tempdir().unwrap();
    assert_eq!(open(&fresh).add(request(0, &[], &empty).as_bytes()), Err(Refused::Inconsistent));
    // What it has signed stands as it was, and what the log signed against itself is kept.
    assert!(witness.add(honest.request(20, 40).as_bytes()).is_ok());
    let evidence = std::fs::read_dir(dir.path().join("evidence")).unwrap().count();
    assert_eq!(evidence, 5);
}

#[test]
fn what_is_no_request_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let witness = open(&dir);
    let good = Grown::new(5, 0).request(0, 5);
    let bad = [
        String::new(),
        "old 0\n".into(),
        good.replace("old 0", "old 00"),
        good.replace("old 0", "old -0"),
        good.replace("old 0", "old 99999999999999999999999"),
        good.replace("old 0", "new 0"),
        good.replace("old 0\n", "old 0\nAAAA\n"),
        good.replace("old 0\n", &format!("old 0\n{}", format!("{}\n", BASE64.encode([0; 32])).repeat(64))),
        good.replace("\n\n", "\n"),
        good.trim_end().to_owned(),
    ];
    for body in bad {
        assert!(matches!(witness.add(body.as_bytes()), Err(Refused::Malformed(_))), "{body:?}");
    }
    assert!(matches!(witness.add(b"\xff"), Err(Refused::Malformed(_))));
    assert!(witness.add(good.as_bytes()).is_ok());
}

#[test]
fn a_witness_whose_memory_is_damaged_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    open(&dir).add(Grown::new(5, 0).request(0, 5).as_bytes()).unwrap();
    let path = file(dir.path(), ORIGIN);
    std::fs::write(&path, "damaged").unwrap();
    let trusted = VerifierKey::new(Kind::Note, log().public());
    let opened = Cosigner::open(dir.path(), "witness.example", &[(ORIGIN.into(), trusted)], Clock::Machine);
    assert!(opened.err().unwrap().to_string().contains("damaged"));
}

#[test]
fn what_cannot_be_put_on_disk_is_not_cosigned() {
    let dir = tempfile::tempdir().unwrap();
    let witness = open(&dir);
    // A directory stands where the file would.
    std::fs::create_dir_all(file(dir.path(), ORIGIN).join("in the way")).unwrap();
    let log = Grown::new(9, 0);
    assert!(matches!(witness.add(log.request(0, 5).as_bytes()), Err(Refused::Disk(_))));
    std::fs::remove_dir_all(file(dir.path(), ORIGIN)).unwrap();
    assert!(witness.add(log.request(0, 5).as_bytes()).is_ok());
}

/// Ten thousand attacks, drawn from a seed: every signature that was ever given is of one and the same history.
#[test]
fn of_ten_thousand_attacks_none_is_cosigned() {
    let dir = tempfile::tempdir().unwrap();
    let witness = open(&dir);
    let mut lots = StdRng::seed_from_u64(4);
    let logs: Vec<Grown> = (0..4).map(|salt| Grown::new(64, salt)).collect();
    witness.add(logs[0].request(0, 32).as_bytes()).unwrap();
    let mut seen = 32;
    let mut refused = 0;
    for _ in 0..10_000 {
        let liar = &logs[lots.random_range(1..4)];
        let (old, new, claimed) = (lots.random_range(0..=64), lots.random_range(1..=64), lots.random_range(0..=64));
        let (from, to): (usize, usize) = if old < new { (old, new) } else { (new, old) };
        let body = match lots.random_range(0..6) {
            // Another history, honestly told from whatever size.
            0 => liar.request(from, to),
            // The same, said to begin where the witness is.
            1 => request(seen as u64, &liar.proof(from, to), &liar.note(to, ORIGIN, &log())),
            // The true history's proof for another's head.
            2 => request(seen as u64, &logs[0].proof(seen.min(to), to), &liar.note(to, ORIGIN, &log())),
            // Back to less.
            3 => request(
                claimed,
                &logs[0].proof(from.min(seen - 1), seen - 1),
                &logs[0].note(lots.random_range(0..seen), ORIGIN, &log()),
            ),
            // A proof with hashes made up.
            4 => {
                let hashes: Vec<Hash> = (0..lots.random_range(0..9)).map(|_| lots.random()).collect();
                request(seen as u64, &hashes, &liar.note(to, ORIGIN, &log()))
            }
            // Any bytes of a true request changed.
            _ => {
                let mut bytes = logs[0].request(seen, (seen + 1).min(64)).into_bytes();
                for _ in 0..lots.random_range(1..4) {
                    let at = lots.random_range(0..bytes.len());
                    bytes[at] ^= 1 << (lots.next_u32() % 8);
                }
                if witness.add(&bytes).is_ok() {
                    // Changed and changed back.
                    assert_eq!(String::from_utf8(bytes).unwrap(), logs[0].request(seen, (seen + 1).min(64)));
                    seen = (seen + 1).min(64);
                } else {
                    refused += 1;
                }
                continue;
            }
        };
        assert!(witness.add(body.as_bytes()).is_err(), "{body}");
        refused += 1;
    }
    assert!(refused > 9_990, "{refused}");
    assert!(witness.add(logs[0].request(seen, 64).as_bytes()).is_ok());
}

#[tokio::test]
async fn every_answer_has_the_status_that_the_protocol_gives_it() {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    let dir = tempfile::tempdir().unwrap();
    let router = router(Arc::new(open(&dir)));
    let (grown, other) = (Grown::new(9, 0), Grown::new(9, 1));
    let stranger = request(3, &grown.proof(3, 5), &grown.note(5, ORIGIN, &key(ORIGIN, 9)));
    let elsewhere = request(0, &[], &grown.note(5, "other.example/log", &log()));
    for (body, status, media) in [
        (grown.request(0, 3), 200, "text/plain"),
        ("old".into(), 400, "text/plain"),
        (stranger, 403, "text/plain"),
        (elsewhere, 404, "text/plain"),
        (grown.request(0, 5), 409, "text/x.tlog.size"),
        ("x".repeat(MOST_BYTES + 1), 413, "text/plain"),
        (other.request(3, 5), 422, "text/plain"),
        (grown.request(3, 5), 200, "text/plain"),
    ] {
        let request = Request::post("/add-checkpoint").body(Body::from(body)).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(media), "{status}");
        if status == 409 {
            assert_eq!(to_bytes(answer.into_body(), 99).await.unwrap(), "3\n");
        }
    }
    let hash = hex_of(&Sha256::digest(ORIGIN));
    for (path, status) in [(format!("/{hash}/checkpoint"), 200), (format!("/{}/checkpoint", "0".repeat(64)), 404)] {
        let answer = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status);
    }
}
