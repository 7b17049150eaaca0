use jiff::Timestamp;
use proof::judge::{State, Trusted, Word};
use proof::{CardLine, Certificate, Hidden, Receipt, SigningKey};
use sha2::{Digest, Sha256};

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("desk.example", &[seed; 32]).unwrap()
}

fn now() -> Timestamp {
    "2026-11-26T04:00:00Z".parse().unwrap()
}

/// A desk that trusts key 1.
fn said(pack: &[u8]) -> String {
    let trusted = Trusted { keys: vec![key(1).public()], ..Trusted::default() };
    let judged = verify(pack, &trusted, now());
    let wrong = |state| matches!(state, State::Failed | State::Unknown);
    let at = judged.checks.iter().find(|c| wrong(c.state)).map_or("", |c| c.check);
    match judged.word {
        Word::Valid => "valid".to_owned(),
        Word::CannotTell => format!("cannot tell: {at}"),
        Word::NotValid => {
            let why = judged.why.unwrap();
            assert!(why.starts_with(at), "{why}");
            why
        }
    }
}

/// A case of three entries, the second of which is the staff's own.
struct World {
    reference: &'static str,
    declaration: &'static str,
    events: [&'static str; 3],
    head: usize,
    signer: u8,
    withheld: bool,
}

fn world() -> World {
    let events = [r#"[{"declared":{}}]"#, r#"[{"said":{"text":"suspicious","note":true}}]"#, r#"[{"moved":{}}]"#];
    World { reference: "C7K4-M2QX-D", declaration: r#"{"number":"龘"}"#, events, head: 2, signer: 1, withheld: false }
}

impl World {
    fn journal(&self) -> (String, Vec<String>) {
        let (mut previous, mut lines, mut chains) = (String::new(), String::new(), Vec::new());
        for (n, events) in (1..).zip(self.events) {
            let next = chain(&previous, now(), "\"clock\"", "tick", n, events);
            let line = if self.withheld && n == 2 {
                Line::withheld(n, now(), next.clone())
            } else {
                Line::whole(n, now(), "\"clock\"".into(), "tick".into(), events.into(), next.clone()).unwrap()
            };
            lines.push_str(&format!("{}\n", serde_json::to_string(&line).unwrap()));
            chains.push(next.clone());
            previous = next;
        }
        (lines, chains)
    }

    fn entries(&self) -> Vec<Entry> {
        let (journal, chains) = self.journal();
        let receipt = Receipt {
            operator: "Laika Mobile".into(),
            desk: "https://desk.example".into(),
            reference: self.reference.into(),
            content: Sha256::digest(self.declaration).into(),
            declared_at: now(),
            received_at: now(),
            deadline: now(),
            issued_at: now(),
        };
        let head = hex::decode(&chains[self.head]).unwrap().try_into().unwrap();
        let certificate = Certificate {
            operator: "Laika Mobile".into(),
            desk: "https://desk.example".into(),
            reference: self.reference.into(),
            card: CardLine {
                kind: "iccid".into(), number: Hidden::new("8944110068450000019", "•••• 0019", [5; 16])
            },
            holder: None,
            declared_at: now(),
            received_at: now(),
            contract_end: now(),
            billing_end: None,
            ceased_at: now(),
            read_back_at: now(),
            element: "inventory".into(),
            evidence: "state=ceased".into(),
            fees: None,
            journal_head: head,
            issued_at: now(),
        };
        vec![
            ("INDEX.txt".into(), b"what is in here\n".to_vec()),
            (DECLARATION.into(), self.declaration.as_bytes().to_vec()),
            (RECEIPT.into(), proof::sign(receipt, &key(self.signer)).unwrap().to_file()),
            (JOURNAL.into(), journal.into_bytes()),
            (CERTIFICATE.into(), proof::sign(certificate, &key(self.signer)).unwrap().to_file()),
            ("files/abc.pdf".into(), b"%PDF-1.7\n%%EOF\n".to_vec()),
        ]
    }

    fn pack(&self) -> Vec<u8> {
        sealed(self.reference, self.entries(), self.signer)
    }
}

fn sealed(reference: &str, mut entries: Vec<Entry>, signer: u8) -> Vec<u8> {
    let manifest = Manifest::of(reference, now(), "desk", key(signer).public(), &entries);
    entries.push((MANIFEST.into(), manifest.sign(&key(signer)).into_bytes()));
    write(&entries, now()).unwrap()
}

/// The pack with one entry changed, dropped or put in after it was sealed.
fn changed(change: impl FnOnce(&mut Vec<Entry>)) -> String {
    let mut entries = read(&world().pack()).unwrap();
    change(&mut entries);
    said(&write(&entries, now()).unwrap())
}

#[test]
fn a_pack_is_valid_and_the_same_bytes_each_time() {
    let pack = world().pack();
    assert_eq!(said(&pack), "valid");
    assert_eq!(pack, world().pack());
    assert_eq!(read(&pack).unwrap().len(), 7);
    let withheld = World { withheld: true, ..world() }.pack();
    assert_eq!(said(&withheld), "valid");
    assert!(!withheld.windows(10).any(|w| w == b"suspicious"));
    assert_eq!(said(&World { signer: 2, ..world() }.pack()), "cannot tell: trust");
}

/// What became of certificate, journal-head, proof and trust, and what is said of it all.
fn late(entries: Vec<Entry>, trusted: &Trusted) -> ([State; 4], Word) {
    let judged = verify(&sealed(world().reference, entries, 1), trusted, now());
    let of = |name| judged.checks.iter().find(|c| c.check == name).unwrap().state;
    let found = ["certificate", "journal-head", "proof", "trust"].map(of);
    assert_eq!(judged.document.is_some(), judged.word == Word::Valid && found[0] == State::Passed);
    (found, judged.word)
}

/// The certificate's proof, by a log of one leaf.
fn bundle(certificate: &[u8], signer: u8) -> (Entry, proof::PublicKey) {
    use proof::log::{
        Bundle, Checkpoint, Kind, Leaf, Manifest, Mark, Note, Role, Tenure, Ticket, VerifierKey, note, tree,
    };
    let named = |name: &str| SigningKey::from_seed(name, &[9; 32]).unwrap();
    let (root, log) = (named("desk.example/root"), named("desk.example/log"));
    let tenure = |role, key: &SigningKey| Tenure {
        role,
        key: VerifierKey::new(Kind::Note, key.public()),
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        until: "2028-01-01T00:00:00Z".parse().unwrap(),
        revoked: None,
    };
    let manifest = Manifest {
        root: root.public(),
        origin: "desk.example/log".into(),
        version: 1,
        issued: "2026-01-01T00:00:00Z".parse().unwrap(),
        quorum: 0,
        keys: vec![tenure(Role::Log, &log), tenure(Role::Certificate, &key(signer))],
    };
    let leaf = Leaf::of(Mark::Effected, now(), &[7; 32], certificate);
    let text = Checkpoint::new("desk.example/log", 1, tree::root(&[leaf.hash()])).text();
    let note = Note::new(text.clone(), vec![note::sign(&text, &log)]);
    let bundle = Bundle {
        certificate: String::from_utf8(certificate.to_vec()).unwrap(),
        key: [7; 32],
        leaf: leaf.text(),
        proof: Ticket { extra: None, index: 0, path: Vec::new(), note }.to_string(),
        manifest: manifest.sign(&root).unwrap(),
    };
    ((BUNDLE.into(), bundle.to_file()), root.public())
}

#[test]
fn what_is_not_there_has_not_passed() {
    use State::{NotReached, Passed, Unknown};
    let trusted = Trusted { keys: vec![key(1).public()], ..Trusted::default() };
    let entries = world().entries();
    assert_eq!(late(entries.clone(), &trusted), ([Passed, Passed, NotReached, Passed], Word::Valid));
    let mut open = entries.clone();
    open.remove(4);
    assert_eq!(late(open, &trusted), ([NotReached, NotReached, NotReached, Passed], Word::Valid));
    // A proof counts where its root key is known, and else says nothing.
    let (proof, root) = bundle(&entries[4].1, 1);
    let whole = [entries.clone(), vec![proof]].concat();
    assert_eq!(late(whole.clone(), &trusted), ([Passed, Passed, Unknown, Passed], Word::Valid));
    let mut rooted = trusted.clone();
    rooted.log.roots.push(root);
    assert_eq!(late(whole, &rooted), ([Passed, Passed, Passed, Passed], Word::Valid));
    // A certificate of the desk's last key: nothing is wrong with it, and its proof vouches for it.
    let mut older = entries.clone();
    older[4] = World { signer: 3, ..world() }.entries()[4].clone();
    assert_eq!(late(older.clone(), &trusted), ([Unknown, Passed, NotReached, Passed], Word::CannotTell));
    let (proof, _) = bundle(&older[4].1, 3);
    older.push(proof);
    assert_eq!(late(older.clone(), &trusted), ([Unknown, Passed, Unknown, Passed], Word::CannotTell));
    assert_eq!(late(older, &rooted), ([Passed, Passed, Passed, Passed], Word::Valid));
}

#[test]
fn the_first_thing_that_is_wrong_is_named() {
    let put = |name: &'static str, bytes: &'static [u8]| {
        move |entries: &mut Vec<Entry>| {
            entries.iter_mut().filter(|(n, _)| n == name).for_each(|(_, b)| *b = bytes.into())
        }
    };
    assert_eq!(changed(put("files/abc.pdf", b"%PDF-1.4")), "files: files/abc.pdf has been changed");
    assert_eq!(changed(|e| drop(e.remove(0))), "files: INDEX.txt is missing");
    assert_eq!(changed(|e| e.push(("more.txt".into(), vec![1]))), "files: more.txt has been added");
    assert!(changed(put(MANIFEST, b"cease/evidence/v1\n")).starts_with("manifest: "));
    assert_eq!(changed(|e| drop(e.pop())), "manifest: MANIFEST.txt is not there");

    // Wrong from the start: whoever sealed it lies, or has mixed two cases up.
    let resealed = |change: &dyn Fn(&mut Vec<Entry>)| {
        let mut entries = world().entries();
        change(&mut entries);
        said(&sealed(world().reference, entries, 1))
    };
    let other = World { reference: "AAAA-AAAA-A", declaration: "{}", ..world() }.entries();
    assert_eq!(resealed(&|e| e[2] = other[2].clone()), "receipt: receipt.json is of case AAAA-AAAA-A");
    assert_eq!(
        resealed(&|e| e[1] = other[1].clone()),
        "declaration: declaration.json is not what the receipt was given for"
    );
    assert_eq!(resealed(&|e| e[4] = other[4].clone()), "certificate: certificate.json is of case AAAA-AAAA-A");
    assert_eq!(
        resealed(&|e| e[4].1[40] ^= 1),
        "certificate: certificate.json: the signature does not match: the text or the signature has been changed"
    );
    assert!(resealed(&|e| e.push((BUNDLE.into(), b"{}".to_vec()))).starts_with("proof: bundle.json cannot be read"));
    let edited = World { events: ["[]", "[]", "[]"], ..world() };
    assert!(resealed(&|e| e[3].1 = edited.journal().0.into_bytes()).starts_with("journal-head: "));
    for (n, journal) in [
        world().journal().0.replace("\"moved\"", "\"mowed\""),
        world().journal().0.replace("tick", "tock"),
        world().journal().0.lines().skip(1).collect::<Vec<_>>().join("\n"),
        world().journal().0.replace("\"version\":3", "\"version\":4"),
        world().journal().0.replace("\"clock\"", "\"agent\""),
        String::new(),
        "{}".into(),
    ]
    .into_iter()
    .enumerate()
    {
        let why = resealed(&|e| e[3].1 = journal.clone().into_bytes());
        assert!(why.starts_with("journal: journal.jsonl: "), "{n}: {why}");
    }
}

#[test]
fn no_bit_of_what_is_in_it_can_be_changed() {
    let good = world().pack();
    for at in 0..good.len() {
        let mut pack = good.clone();
        pack[at] ^= 1 << (at % 8);
        assert_ne!(said(&pack), "valid", "byte {at}");
    }
    let small = write(&[("a".into(), b"1".to_vec()), ("b".into(), Vec::new())], now()).unwrap();
    for (at, bit) in (0..small.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut pack = small.clone();
        pack[at] ^= 1 << bit;
        // What is left is another pack, if it is one: another name, or another content with its own sum.
        assert!(read(&pack).is_err(), "byte {at}, bit {bit}");
    }
    for cut in (0..good.len()).step_by(7) {
        assert!(said(&good[..cut]).starts_with("archive: "), "cut at {cut}");
    }
}

/// Other programs show what lies in an archive beside what is signed: there is nothing beside it.
#[test]
fn nothing_is_hidden_in_a_pack() {
    let good = world().pack();
    let find = |of: &[u8]| good.windows(4).position(|w| w == of).unwrap();
    let (local, directory, end) = (find(b"PK\x03\x04"), find(b"PK\x01\x02"), find(b"PK\x05\x06"));
    let other = write(&[("order.pdf".into(), b"%PDF- sign here".to_vec())], now()).unwrap();
    let record = other.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    // A whole entry or anything else before the directory, which moves on by so much.
    for hidden in [&other[..record], b"junk", b"\0"] {
        let mut pack = [&good[..directory], hidden, &good[directory..]].concat();
        let offset = end + hidden.len() + 16;
        pack[offset..offset + 4].copy_from_slice(&((directory + hidden.len()) as u32).to_le_bytes());
        assert!(said(&pack).starts_with("archive: "), "{}", said(&pack));
    }
    // A name, a method, times, a sum and sizes in the local head; then flags, times and attributes (a link) in the directory.
    for at in [6, 8, 10, 12, 14, 18, 22, 28, 30]
        .map(|at| local + at)
        .into_iter()
        .chain([4, 8, 12, 38, 40, 41].map(|at| directory + at))
    {
        let mut pack = good.clone();
        pack[at] ^= 0x20;
        assert_ne!(said(&pack), "valid", "byte {at}");
    }
    // All of it dated anew.
    let later = write(&read(&good).unwrap(), now() + jiff::SignedDuration::from_hours(24)).unwrap();
    assert_eq!(said(&later), "archive: its entries are dated otherwise than its manifest");
    assert_eq!(said(&[&b"#!/bin/sh\n"[..], &good].concat()).split(':').next(), Some("archive"), "before its beginning");
}

#[test]
fn an_archive_that_is_not_ours_is_not_read() {
    let bad = |entries: &[(&str, &[u8])]| {
        let entries: Vec<Entry> = entries.iter().map(|(n, b)| (n.to_string(), b.to_vec())).collect();
        write(&entries, now()).map(|pack| read(&pack).unwrap_err())
    };
    assert_eq!(bad(&[("a", b"1"), ("A", b"2")]).unwrap(), BadPack::Twice("A".into()));
    for name in [".hidden", "a/b/c", "a b", "con:", "名", "x."] {
        assert!(matches!(bad(&[(name, b"1")]).unwrap(), BadPack::Name(_)), "{name}");
    }
    assert_eq!(read(b"PK\x03\x04"), Err(BadPack::NotZip));
    assert_eq!(read(&[]), Err(BadPack::NotZip));
    let pack = write(&[("a".into(), b"1".to_vec())], now()).unwrap();
    assert!(read(&pack).is_ok());
    assert_eq!(read(&[&pack[..], b"and this"].concat()), Err(BadPack::Repacked), "behind its end");
    let mut commented = [&pack[..], b"and this"].concat();
    commented[pack.len() - 2] = 8;
    assert_eq!(read(&commented), Err(BadPack::Repacked), "a comment");
    let many: Vec<Entry> = (0..2_001).map(|n| (format!("f{n}"), Vec::new())).collect();
    assert_eq!(read(&write(&many, now()).unwrap()), Err(BadPack::TooMany));
    // A path out of the folder, put in by hand: the writer does not make such.
    let mut pack = write(&[("aa/etc".into(), b"1".to_vec())], now()).unwrap();
    for at in 0..pack.len() - 6 {
        if pack[at..].starts_with(b"aa/etc") {
            pack[at..at + 2].copy_from_slice(b"..");
        }
    }
    assert_eq!(read(&pack), Err(BadPack::Name("../etc".into())));
    // The same, in one of the two places where a name stands.
    let mut pack = write(&[("aa/etc".into(), b"1".to_vec())], now()).unwrap();
    let at = pack.windows(6).position(|w| w == b"aa/etc").unwrap();
    pack[at] = b'b';
    assert_eq!(read(&pack), Err(BadPack::Repacked));
}

#[test]
fn entries_that_lie_over_one_another_are_refused() {
    // Two directory records that point at one stored entry: the old way to a bomb without compression.
    let content = vec![b'x'; 4_000];
    let one = write(&[("aa".into(), content.clone())], now()).unwrap();
    let two = write(&[("aa".into(), content), ("ab".into(), Vec::new())], now()).unwrap();
    let mut twice = two.clone();
    let directory = twice.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let record = one.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let end = one.windows(4).position(|w| w == b"PK\x05\x06").unwrap();
    let length = end - record;
    let first: Vec<u8> = twice[directory..directory + length].to_vec();
    twice[directory + length..directory + 2 * length].copy_from_slice(&first);
    assert!(
        matches!(read(&twice), Err(BadPack::Twice(_) | BadPack::Damaged(_))),
        "{:?}",
        read(&twice).map(|e| e.len())
    );
}

#[test]
fn no_bytes_make_it_panic() {
    let good = world().pack();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..3_000 {
        let mut pack = good.clone();
        for _ in 0..4 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % pack.len();
            pack[at] = (seed >> 17) as u8;
        }
        let _ = said(&pack);
    }
}

/// Two cases in one pack of an account, and something of its own.
fn account(change: impl FnOnce(&mut Vec<Entry>)) -> Vec<u8> {
    let mut entries = vec![("account.json".to_owned(), b"{}\n".to_vec())];
    for (reference, declaration) in [("C7K4-M2QX-D", r#"{"number":"a"}"#), ("C7K4-M2QX-E", r#"{"number":"b"}"#)] {
        let world = World { reference, declaration, ..world() };
        let flat = |name: String| name.replace("files/", "");
        entries.extend(world.entries().into_iter().map(|(name, bytes)| (format!("{reference}/{}", flat(name)), bytes)));
    }
    let mut manifest = Manifest::of_account("a1", now(), key(1).public());
    let mut writing = Writing::new(Vec::new(), now());
    for (name, bytes) in &entries {
        manifest.tell(name, bytes);
    }
    change(&mut entries);
    entries.push((MANIFEST.into(), manifest.sign(&key(1)).into_bytes()));
    for (name, bytes) in &entries {
        writing.add(name, bytes).unwrap();
    }
    writing.finish().unwrap()
}

#[test]
fn each_case_of_an_account_is_checked() {
    let said = |change: &dyn Fn(&mut Vec<Entry>)| said(&account(change));
    assert_eq!(said(&|_| {}), "valid");
    assert_eq!(said(&|all| all[8].1.push(b' ')), "files: C7K4-M2QX-E/declaration.json has been changed");
    assert_eq!(said(&|all| drop(all.remove(0))), "files: account.json is missing");
    assert_eq!(said(&|all| all.push(("more.txt".into(), Vec::new()))), "files: more.txt has been added");
    // Signed like this, and one case has been given to the other's receipt.
    let mut entries = World { reference: "C7K4-M2QX-E", ..world() }.entries();
    entries.iter_mut().for_each(|(name, _)| *name = format!("C7K4-M2QX-D/{}", name.replace("files/", "")));
    let mut manifest = Manifest::of_account("a1", now(), key(1).public());
    entries.iter().for_each(|(name, bytes)| manifest.tell(name, bytes));
    entries.push((MANIFEST.into(), manifest.sign(&key(1)).into_bytes()));
    let other = write(&entries, now()).unwrap();
    assert_eq!(super::tests::said(&other), "receipt: C7K4-M2QX-D/: receipt.json is of case C7K4-M2QX-E");
}

#[test]
fn an_account_without_cases_is_a_pack_too() {
    let mut manifest = Manifest::of_account("a1", now(), key(1).public());
    manifest.tell("account.json", b"{}");
    let entries =
        [("account.json".to_owned(), b"{}".to_vec()), (MANIFEST.to_owned(), manifest.sign(&key(1)).into_bytes())];
    let pack = write(&entries, now()).unwrap();
    assert_eq!(said(&pack), "valid");
    // No folder, no receipt: it must not pass for a case's.
    let text = manifest.sign(&key(1)).replace("cease/account/v1\naccount", "cease/evidence/v1\ncase");
    let entries = [entries[0].clone(), (MANIFEST.to_owned(), text.into_bytes())];
    assert!(said(&write(&entries, now()).unwrap()).starts_with("manifest: "));
}
