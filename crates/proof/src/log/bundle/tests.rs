use super::*;
use crate::log::Tenure;
use crate::log::note::{cosign, sign};
use crate::log::tree::{inclusion, leaf_hash, prove};
use crate::log::{Edge, Hash, Note, Tiles};
use crate::{CardLine, Hidden, SigningKey};

pub(crate) fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A desk whose log has 300 leaves, of which ours is number 200.
pub(crate) struct World {
    pub(crate) issued: Timestamp,
    mark: Mark,
    pub(crate) cosigned: Vec<(u8, Timestamp)>,
    pub(crate) manifest: Manifest,
}

const CASE_KEY: [u8; 32] = [77; 32];

pub(crate) fn root() -> SigningKey {
    key("desk.example/root", 1)
}

fn log_key() -> SigningKey {
    key("desk.example/log", 2)
}

pub(crate) fn witness(n: u8) -> SigningKey {
    key(&format!("witness-{n}.example"), 10 + n)
}

fn tenure(role: Role, key: &SigningKey) -> Tenure {
    let kind = if role == Role::Witness { Kind::Cosignature } else { Kind::Note };
    let (from, until) = (at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    Tenure { role, key: VerifierKey::new(kind, key.public()), from, until, revoked: None }
}

pub(crate) fn world() -> World {
    World {
        issued: at("2026-11-26T04:37:12Z"),
        mark: Mark::Effected,
        cosigned: vec![(1, at("2026-11-26T04:38:00Z")), (2, at("2026-11-26T04:39:00Z"))],
        manifest: Manifest {
            root: root().public(),
            origin: "desk.example/log".into(),
            version: 3,
            issued: at("2026-02-01T00:00:00Z"),
            quorum: 2,
            keys: vec![
                tenure(Role::Log, &log_key()),
                tenure(Role::Certificate, &key("desk.example", 3)),
                tenure(Role::Witness, &witness(1)),
                tenure(Role::Witness, &witness(2)),
                tenure(Role::Witness, &witness(3)),
            ],
        },
    }
}

pub(crate) fn certificate(issued_at: Timestamp) -> Certificate {
    Certificate {
        operator: "Laika Mobile".into(),
        desk: "https://desk.example".into(),
        reference: "C7K4-M2QX-D".into(),
        card: CardLine {
            kind: "iccid".into(), number: Hidden::new("8944110068450000019", "•••• 0019", [5; 16])
        },
        holder: None,
        declared_at: issued_at,
        received_at: issued_at,
        contract_end: issued_at,
        billing_end: None,
        ceased_at: issued_at,
        read_back_at: issued_at,
        element: "inventory".into(),
        evidence: "state=ceased".into(),
        fees: None,
        journal_head: [9; 32],
        issued_at,
    }
}

impl World {
    fn certificate(&self) -> String {
        let signed = crate::sign(certificate(self.issued), &key("desk.example", 3)).unwrap();
        String::from_utf8(signed.to_file()).unwrap()
    }

    pub(crate) fn bundle(&self) -> Bundle {
        let certificate = self.certificate();
        let leaf = Leaf::of(self.mark, self.issued, &CASE_KEY, certificate.as_bytes());
        let (proof, _) = self.proof(&leaf, 300);
        Bundle { certificate, key: CASE_KEY, leaf: leaf.text(), proof, manifest: self.manifest.sign(&root()).unwrap() }
    }

    fn proof(&self, leaf: &Leaf, size: u64) -> (String, Hash) {
        let mut leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        leaves[200] = leaf.hash();
        let (mut edge, mut tiles) = (Edge::default(), Tiles::default());
        edge.append(&leaves).into_iter().for_each(|(at, hashes)| tiles.put(at, hashes));
        let text = Checkpoint::new("desk.example/log", size, edge.root()).text();
        let mut note = Note::new(text.clone(), vec![sign(&text, &log_key())]);
        for (n, at) in &self.cosigned {
            note.add(cosign(&text, &witness(*n), at.as_second() as u64));
        }
        let path = prove(&inclusion(200, size).unwrap(), &tiles).unwrap();
        (Ticket { extra: None, index: 200, path, note }.to_string(), edge.root())
    }

    fn verdict(&self) -> Verdict {
        verify(&self.bundle().to_file(), &trust(), now())
    }
}

pub(crate) fn trust() -> Trust {
    Trust { roots: vec![root().public()], ..Trust::default() }
}

pub(crate) fn now() -> Timestamp {
    at("2027-03-01T00:00:00Z")
}

/// The failed check, or what else was said.
fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::NotValid(check, _) => check.name().to_owned(),
        Verdict::CannotTell(Doubt::UnknownRoot(_)) => "unknown root".to_owned(),
        Verdict::CannotTell(Doubt::Newer(_)) => "newer".to_owned(),
        Verdict::Valid(proven) => match &proven.standing {
            Standing::Witnessed { by, .. } => format!("witnessed by {}", by.len()),
            Standing::Provisional { by, want } => format!("{} of {want} witnesses", by.len()),
            Standing::Unwitnessed => "unwitnessed".to_owned(),
        },
    }
}

fn with(change: impl FnOnce(&mut World)) -> String {
    let mut world = world();
    change(&mut world);
    said(&world.verdict())
}

fn changed(change: impl FnOnce(&mut Bundle)) -> String {
    let mut bundle = world().bundle();
    change(&mut bundle);
    said(&verify(&bundle.to_file(), &trust(), now()))
}

#[test]
fn a_witnessed_certificate_is_proven_to_a_stranger() {
    let Verdict::Valid(proven) = world().verdict() else { panic!("{:?}", world().verdict()) };
    assert_eq!(proven.certificate, certificate(world().issued));
    assert_eq!((proven.origin.as_str(), proven.index, proven.size), ("desk.example/log", 200, 300));
    assert_eq!((proven.hour, proven.manifest), (at("2026-11-26T04:00:00Z"), 3));
    let Standing::Witnessed { at: since, by } = proven.standing else { panic!() };
    assert_eq!((since, by.len()), (at("2026-11-26T04:39:00Z"), 2));
    assert_eq!((by[0].name.as_str(), by[0].at), ("witness-1.example", at("2026-11-26T04:38:00Z")));
}

#[test]
fn no_bit_of_a_bundle_can_be_changed_and_the_check_is_named() {
    let file = world().bundle().to_file();
    let mut checks = std::collections::BTreeMap::<Check, usize>::new();
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut bent = file.clone();
            bent[at] ^= 1 << bit;
            match verify(&bent, &trust(), now()) {
                Verdict::NotValid(check, why) => {
                    assert!(!why.is_empty());
                    *checks.entry(check).or_default() += 1;
                }
                other @ (Verdict::Valid(_) | Verdict::CannotTell(_)) => {
                    panic!("byte {at}, bit {bit}: {}", said(&other))
                }
            }
        }
    }
    assert_eq!(checks.values().sum::<usize>(), file.len() * 8);
    for check in [Check::Form, Check::Manifest, Check::Leaf, Check::Commitment, Check::Checkpoint, Check::Inclusion] {
        assert!(checks.contains_key(&check), "{check:?} of {checks:?}");
    }
    // Nor can it be cut, or made longer.
    for end in 0..file.len() {
        assert!(matches!(verify(&file[..end], &trust(), now()), Verdict::NotValid(Check::Form, _)));
    }
    assert_eq!(said(&verify(&[&file[..], b"\n"].concat(), &trust(), now())), "form");
}

#[test]
fn one_spelling_and_no_other() {
    let file = String::from_utf8(world().bundle().to_file()).unwrap();
    let said = |file: &str| said(&verify(file.as_bytes(), &trust(), now()));
    assert_eq!(said(&file), "witnessed by 2");
    let compact: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(said(&compact.to_string()), "form");
    assert_eq!(said(&file.replace("bundle/v1", "bundle/v2")), "form");
    assert_eq!(said(&file.replacen("{\n", "{\n  \"more\": 1,\n", 1)), "form");
    assert_eq!(said(&file.replacen("desk", "\\u0064esk", 1)), "form");
    assert_eq!(said(&" ".repeat(MAX_BUNDLE + 1)), "form");
    assert_eq!(said(""), "form");
    assert_eq!(changed(|b| b.proof = b.proof.replacen("index", "extra AAAA\nindex", 1)), "form");
}

#[test]
fn parts_of_other_bundles_do_not_fit() {
    let mut later = world();
    later.issued = at("2026-11-26T05:00:00Z");
    let other = later.bundle();
    assert_eq!(changed(|b| b.certificate = other.certificate.clone()), "commitment");
    assert_eq!(changed(|b| b.key = [78; 32]), "commitment");
    assert_eq!(changed(|b| b.leaf = other.leaf.clone()), "commitment");
    assert_eq!(changed(|b| b.proof = other.proof.clone()), "inclusion");
    // A leaf for another text, made by who has the key: it is not in the log.
    let forged = |b: &mut Bundle| {
        b.certificate = other.certificate.clone();
        b.leaf = Leaf::of(Mark::Effected, later.issued, &b.key, b.certificate.as_bytes()).text();
    };
    assert_eq!(changed(forged), "inclusion");
    assert_eq!(with(|w| w.mark = Mark::Approved), "leaf");
    assert_eq!(changed(|b| b.leaf = Leaf::manifest(1, b"x").text()), "leaf");
}

#[test]
fn proofs_from_another_log_prove_nothing() {
    // Another log of the same name, signed by a key that the manifest does not have.
    let (manifest, bundle) = (world().manifest, world().bundle());
    let relabelled = |origin: &str, signer: &SigningKey| {
        let mut ticket = Ticket::parse(bundle.proof.as_bytes()).unwrap();
        let head = ticket.checkpoint().unwrap();
        let text = Checkpoint { origin: origin.to_owned(), ..head }.text();
        ticket.note = Note::new(text.clone(), vec![sign(&text, signer)]);
        said(&verify(&Bundle { proof: ticket.to_string(), ..bundle.clone() }.to_file(), &trust(), now()))
    };
    assert_eq!(relabelled("desk.example/log", &log_key()), "0 of 2 witnesses");
    assert_eq!(relabelled("desk.example/log", &key("desk.example/log", 99)), "checkpoint");
    assert_eq!(relabelled("other.example/log", &log_key()), "checkpoint");
    // The whole of another operator: nothing is wrong with it, but nobody here knows it.
    let other = Manifest { root: key("other.example/root", 50).public(), ..manifest };
    let signed = other.sign(&key("other.example/root", 50)).unwrap();
    assert_eq!(changed(|b| b.manifest = signed), "unknown root");
}

#[test]
fn a_signature_that_nobody_knows_is_not_smuggled_in() {
    let stranger = |b: &mut Bundle| {
        let mut ticket = Ticket::parse(b.proof.as_bytes()).unwrap();
        ticket.note.add(cosign(ticket.note.text(), &key("stranger.example", 60), 1_800_000_000));
        b.proof = ticket.to_string();
    };
    let again = |b: &mut Bundle| {
        let mut ticket = Ticket::parse(b.proof.as_bytes()).unwrap();
        ticket.note.add(cosign(ticket.note.text(), &witness(1), 1_800_000_000));
        b.proof = ticket.to_string();
    };
    assert_eq!(changed(stranger), "checkpoint");
    assert_eq!(changed(again), "checkpoint");
}

#[test]
fn fewer_witnesses_than_wanted_is_provisional_and_none_is_said() {
    assert_eq!(with(|w| w.cosigned.truncate(1)), "1 of 2 witnesses");
    assert_eq!(with(|w| w.cosigned.push((3, at("2026-12-01T00:00:00Z")))), "witnessed by 3");
    assert_eq!(with(|w| w.manifest.quorum = 0), "unwitnessed");
    let strict = Trust { quorum: 3, ..trust() };
    assert_eq!(said(&verify(&world().bundle().to_file(), &strict, now())), "2 of 3 witnesses");
    // A witness with two keys is one witness.
    let twin = |w: &mut World| {
        w.manifest.keys[3] = tenure(Role::Witness, &key("witness-1.example", 12));
    };
    assert_eq!(with(|w| (twin(w), w.cosigned.pop()).0), "1 of 2 witnesses");
}

#[test]
fn times_that_cannot_be_are_refused() {
    let day = at("2026-11-26T04:38:00Z");
    assert_eq!(with(|w| w.issued = at("2027-06-01T00:00:00Z")), "times");
    assert_eq!(with(|w| w.issued = at("2029-06-01T00:00:00Z")), "certificate-key");
    assert_eq!(with(|w| w.issued = at("2025-06-01T00:00:00Z")), "certificate-key");
    assert_eq!(with(|w| w.cosigned.push((3, at("2027-03-02T00:00:00Z")))), "times");
    assert_eq!(with(|w| w.cosigned.push((3, at("2026-11-26T03:00:00Z")))), "times");
    // A witness whose clock is a little behind, just after the hour; and one that is too far.
    assert_eq!(with(|w| w.cosigned.push((3, at("2026-11-26T03:55:00Z")))), "witnessed by 3");
    assert_eq!(with(|w| w.cosigned.push((3, at("2026-11-26T03:54:59Z")))), "times");
    assert_eq!(with(|w| w.manifest.issued = at("2027-06-01T00:00:00Z")), "times");
    assert_eq!(with(|w| w.cosigned[0].1 = day), "witnessed by 2");
    // A leaf of another hour than the certificate.
    let world = world();
    let moved = |hours: i64| {
        let text = world.certificate();
        let leaf =
            Leaf::of(Mark::Effected, world.issued + SignedDuration::from_hours(hours), &CASE_KEY, text.as_bytes());
        let (proof, _) = world.proof(&leaf, 300);
        said(&verify(&Bundle { leaf: leaf.text(), proof, ..world.bundle() }.to_file(), &trust(), now()))
    };
    assert_eq!((moved(0), moved(-1), moved(2)), ("witnessed by 2".into(), "times".into(), "times".into()));
}

#[test]
fn old_proofs_outlive_the_end_and_the_revocation_of_keys() {
    let later = |change: fn(&mut Manifest)| {
        let mut newest = Manifest { version: 4, issued: at("2027-01-01T00:00:00Z"), ..world().manifest };
        change(&mut newest);
        newest.succeeds(&world().manifest).unwrap();
        let trust = Trust { manifests: vec![newest], ..trust() };
        said(&verify(&world().bundle().to_file(), &trust, now()))
    };
    // Rotated, or ended: the proof is older.
    assert_eq!(later(|m| m.keys.push(tenure(Role::Log, &key("desk.example/log", 5)))), "witnessed by 2");
    assert_eq!(later(|m| m.keys[0].until = at("2027-01-01T00:00:00Z")), "witnessed by 2");
    // Revoked from after the second witness saw it; and from the very second it did.
    assert_eq!(later(|m| m.keys[0].revoked = Some(at("2026-11-26T04:39:01Z"))), "witnessed by 2");
    assert_eq!(later(|m| m.keys[0].revoked = Some(at("2026-11-26T04:39:00Z"))), "log-key");
    assert_eq!(later(|m| m.keys[1].revoked = Some(at("2026-12-01T00:00:00Z"))), "witnessed by 2");
    assert_eq!(later(|m| m.keys[1].revoked = Some(at("2026-11-01T00:00:00Z"))), "certificate-key");
    // A witness that was no longer itself does not count.
    assert_eq!(later(|m| m.keys[2].revoked = Some(at("2026-11-01T00:00:00Z"))), "1 of 2 witnesses");
    // A greater quorum is asked of new proofs, not of old ones.
    assert_eq!(later(|m| m.quorum = 3), "witnessed by 2");
    // The same where the bundle carries the later manifest itself.
    assert_eq!(with(|w| w.manifest.keys[0].revoked = Some(at("2026-12-01T00:00:00Z"))), "witnessed by 2");
    assert_eq!(with(|w| w.manifest.keys[0].revoked = Some(at("2026-10-01T00:00:00Z"))), "log-key");
    // An older manifest than the bundle's changes nothing.
    let mut older = Manifest { version: 2, ..world().manifest };
    older.keys.clear();
    let trust = Trust { manifests: vec![older], ..trust() };
    assert_eq!(said(&verify(&world().bundle().to_file(), &trust, now())), "witnessed by 2");
}

#[test]
fn an_old_manifest_is_no_way_round_the_quorum_of_the_newest() {
    let mut alone = world();
    alone.cosigned.clear();
    alone.manifest.quorum = 0;
    let file = alone.bundle().to_file();
    let known = |issued: &str, quorum: u64| {
        let newest = Manifest { version: 4, issued: at(issued), quorum, ..world().manifest };
        said(&verify(&file, &Trust { manifests: vec![newest], ..trust() }, now()))
    };
    assert_eq!(known("2026-11-26T04:37:12Z", 2), "0 of 2 witnesses");
    assert_eq!(known("2026-03-01T00:00:00Z", 2), "0 of 2 witnesses");
    assert_eq!(known("2026-11-26T04:37:13Z", 2), "unwitnessed");
    // Nor does a key that was revoked since come to life by it.
    let mut newest = Manifest { version: 4, issued: at("2026-03-01T00:00:00Z"), ..world().manifest };
    newest.keys[0].revoked = Some(at("2027-01-01T00:00:00Z"));
    assert_eq!(said(&verify(&file, &Trust { manifests: vec![newest], ..trust() }, now())), "log-key");
}

#[test]
fn without_witnesses_a_revoked_key_is_worth_nothing() {
    let alone = |change: fn(&mut Manifest)| {
        with(|w| {
            w.cosigned.clear();
            w.manifest.quorum = 0;
            change(&mut w.manifest);
        })
    };
    assert_eq!(alone(|_| {}), "unwitnessed");
    assert_eq!(alone(|m| m.keys[0].until = at("2027-01-01T00:00:00Z")), "unwitnessed");
    assert_eq!(alone(|m| m.keys[0].until = at("2026-10-01T00:00:00Z")), "log-key");
    assert_eq!(alone(|m| m.keys[0].revoked = Some(at("2027-01-01T00:00:00Z"))), "log-key");
    assert_eq!(alone(|m| m.keys[1].revoked = Some(at("2027-01-01T00:00:00Z"))), "certificate-key");
    // Nor where too few have seen it.
    let few = |w: &mut World| {
        w.cosigned.pop();
        w.manifest.keys[0].revoked = Some(at("2027-01-01T00:00:00Z"));
    };
    assert_eq!(with(few), "log-key");
}
