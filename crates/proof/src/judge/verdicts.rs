//! Files that only the owner of a key can make, or that stand at an edge, and what is said of them. They are kept in
//! `golden/verdicts.json`, where `tests/browser/verify.test.mjs` gives them to the second implementation, which must
//! say the same. `UPDATE_GOLDEN=1` writes that file.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::*;
use crate::log::bundle::tests::{World, at, certificate, key, now, root, trust, witness, world};
use crate::log::{Ticket, note};
use crate::signed::tests::signed_text;
use crate::{Receipt, SigningKey, code};

#[derive(Serialize)]
struct Case {
    name: String,
    file: String,
    now: Timestamp,
    keys: Vec<PublicKey>,
    roots: Vec<PublicKey>,
    /// The newest manifest that the reader knows.
    manifest: Option<String>,
    verdict: &'static str,
    /// The check that failed, or could not be decided.
    check: &'static str,
}

/// Every case: its name, the file, the manifest that is known, what is to be said.
#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn add(
        &mut self,
        name: &str,
        file: impl Into<String>,
        known: Option<&Manifest>,
        said: (&'static str, &'static str),
    ) {
        let (verdict, check) = said;
        self.0.push(Case {
            name: name.to_owned(),
            file: file.into(),
            now: now(),
            keys: vec![signer().public()],
            roots: trust().roots,
            manifest: known.map(|manifest| manifest.sign(&root()).unwrap()),
            verdict,
            check,
        });
    }
}

/// Who signs the certificates of [`world`].
fn signer() -> SigningKey {
    key("desk.example", 3)
}

fn receipt() -> String {
    let at = at("2026-11-26T04:37:12.5Z");
    let receipt = Receipt {
        operator: "Laika Mobile \"莱卡\" \u{7f}\t\u{2028}".into(),
        desk: "https://desk.example".into(),
        reference: "C7K4-M2QX-D".into(),
        content: [0xab; 32],
        declared_at: at,
        received_at: at,
        deadline: at,
        issued_at: at,
    };
    String::from_utf8(crate::sign(receipt, &signer()).unwrap().to_file()).unwrap()
}

/// The file with its document edited, and rightly signed.
fn resigned(file: &str, from: &str, to: &str) -> String {
    let document = file.strip_prefix("{\n  \"document\": ").unwrap().split_once(",\n  \"key\": ").unwrap().0;
    let edited = document.replacen(from, to, 1);
    assert_ne!(edited, document, "{from}");
    signed_text(&edited, &signer())
}

const VALID: (&str, &str) = ("valid", "");
const CONTENT: (&str, &str) = ("not valid", "content");

fn documents(cases: &mut Cases) {
    let receipt = receipt();
    let full = String::from_utf8(crate::sign(certificate(world().issued), &signer()).unwrap().to_file()).unwrap();
    let golden = include_str!("../../golden/certificate.json");
    cases.add("a receipt", &*receipt, None, VALID);
    cases.add("a certificate", &*full, None, VALID);
    let erasure = crate::sign(crate::signed::tests::erasure(), &signer()).unwrap().to_file();
    let erasure = String::from_utf8(erasure).unwrap();
    cases.add("a certificate of erasure", &*erasure, None, VALID);
    for (name, from, to) in [
        ("a number with a fraction", "\"days\": 2190", "\"days\": 2190.5"),
        ("a number below zero", "\"items\": 17", "\"items\": -17"),
        ("a number beyond all", "\"items\": 17", "\"items\": 4294967296"),
        ("a list that is none", "\"erased\": [", "\"erased\": {"),
        ("a class too much", "\"class\": \"files\",", "\"class\": \"files\",\n        \"more\": 1,"),
    ] {
        let changed = erasure.replace(from, to);
        assert_ne!(changed, erasure, "{name}");
        let parts = changed.split_once("\"document\": ").unwrap().1.split_once(",\n  \"key\"").unwrap().0;
        cases.add(&format!("an erasure with {name}"), signed_text(parts, &signer()), None, CONTENT);
    }
    cases.add("a stranger's certificate, with holder and fee", golden, None, ("cannot tell", "trust"));
    for (name, document) in [
        ("a format and nothing else", "{\n    \"format\": \"cease/receipt/v1\"\n  }"),
        ("no format", "{\n    \"operator\": \"x\"\n  }"),
        ("a list", "[\n    \"cease/receipt/v1\"\n  ]"),
        ("a word", "null"),
        ("no JSON", "{"),
        ("a format of no kind of ours", "{\n    \"format\": \"other/receipt/v1\"\n  }"),
    ] {
        cases.add(name, signed_text(document, &signer()), None, CONTENT);
    }
    cases.add(
        "a newer format",
        signed_text("{\"format\":\"cease/receipt/v2\"}", &signer()),
        None,
        ("cannot tell", "content"),
    );
    let twice = "{\"format\":\"other\",\"format\":\"cease/receipt/v2\"}";
    cases.add("a newer format, said twice", signed_text(twice, &signer()), None, ("cannot tell", "content"));
    let (deep, shut) = ("[".repeat(200), "]".repeat(200));
    for (name, more) in
        [("depth", format!("{deep}{shut}")), ("a number", "1e400".into()), ("half a letter", r#""\ud800""#.into())]
    {
        let document = format!("{{\"format\":\"cease/receipt/v2\",\"more\":{more}}}");
        cases.add(
            &format!("a newer format with {name} that is not read"),
            signed_text(&document, &signer()),
            None,
            CONTENT,
        );
    }
    for (name, from, to) in [
        ("one field more", "\"operator\"", "\"more\": \"\",\n    \"operator\""),
        ("one field less", "    \"desk\": \"https://desk.example\",\n", ""),
        (
            "fields in another order",
            "\"desk\": \"https://desk.example\",\n    \"reference\": \"C7K4-M2QX-D\"",
            "\"reference\": \"C7K4-M2QX-D\",\n    \"desk\": \"https://desk.example\"",
        ),
        ("a field twice", "\"operator\"", "\"desk\": \"https://desk.example\",\n    \"operator\""),
        ("no text where there should be one", "\"C7K4-M2QX-D\"", "7"),
        ("null where there should be a text", "\"C7K4-M2QX-D\"", "null"),
        ("half a letter", "C7K4-M2QX-D", "\\ud800"),
        ("a letter in another spelling", "C7K4", "\\u00437K4"),
        ("a digest in capitals", "abab", "ABAB"),
        ("a digest that is short", "abab", "ab"),
        ("a digest with a stranger in it", "abab", "abag"),
        ("a time in another spelling", "04:37:12.5Z", "04:37:12.50Z"),
        ("a time of another zone", "04:37:12.5Z", "04:37:12.5+00:00"),
        ("a time without a zone", "04:37:12.5Z", "04:37:12.5"),
        ("a day that is none", "2026-11-26", "2026-11-31"),
        ("an hour that is none", "T04:", "T24:"),
        ("a time after all times", "2026-11-26", "9999-12-31"),
        ("no time", "\"2026-11-26T04:37:12.5Z\"", "\"\""),
    ] {
        cases.add(name, resigned(&receipt, from, to), None, CONTENT);
    }
    cases.add("a time to the nanosecond", resigned(&receipt, ":12.5Z", ":12.123456789Z"), None, VALID);
    cases.add("a time before Christ", resigned(&receipt, "2026-11-26", "-000044-03-15"), None, VALID);
    cases.add("no text at all", resigned(&receipt, "C7K4-M2QX-D", ""), None, VALID);
    for (name, from, to) in [
        ("a card that is a text", "{\n      \"kind\": \"iccid\",", "{\n      \"kind\": {},"),
        ("a holder that is a list", "\"holder\": null", "\"holder\": []"),
        ("a fee without currency", "\"fees\": null", "\"fees\": {\n      \"amount\": \"1.00\"\n    }"),
        ("a salt that is short", "0505", "05"),
        ("no end of billing said", "    \"billing_end\": null,\n", ""),
        ("no card", "\"card\": {", "\"car\": {"),
    ] {
        cases.add(name, resigned(&full, from, to), None, CONTENT);
    }
    let fee = "\"fees\": {\n      \"amount\": \"1.00\",\n      \"currency\": \"GBP\"\n    }";
    cases.add("a fee", resigned(&full, "\"fees\": null", fee), None, VALID);
}

/// A key's text around any 32 bytes.
fn key_text(algorithm: u8, name: &str, bytes: &[u8; 32]) -> String {
    let payload = [&[algorithm], &bytes[..]].concat();
    let hash = Sha256::digest([name.as_bytes(), b"\n", &payload].concat());
    format!("{name}+{}+{}", hex::encode(&hash[..4]), BASE64.encode(payload))
}

/// Keys that nobody may trust: points of small order, and what is no point.
fn weak() -> Vec<[u8; 32]> {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut minus = [0xff; 32];
    (minus[0], minus[31]) = (0xec, 0x7f);
    let eight = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let other = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    let of_order_eight = [eight, other].map(|text| hex::decode(text).unwrap().try_into().unwrap());
    let mut none = [0; 32];
    none[0] = 2;
    [[0; 32], identity, minus, none].into_iter().chain(of_order_eight).collect()
}

fn weak_keys(cases: &mut Cases) {
    let own = signer().public().to_string();
    for (n, bytes) in weak().iter().enumerate() {
        let file = receipt().replace(&own, &key_text(1, "desk.example", bytes));
        cases.add(&format!("signed with weak key {n}"), file, None, ("not valid", "key"));
        // One of small order and one that is no point will do.
        if n % 3 != 0 {
            continue;
        }
        let mut bundle = world().bundle();
        let draft = world().manifest.draft();
        let third = world().manifest.keys[4].key.to_string();
        let text = draft.replace(&third, &key_text(4, "witness-3.example", bytes));
        assert_ne!(text, draft);
        bundle.manifest = format!("{text}\n{}\n", note::sign(&text, &root()));
        let file = String::from_utf8(bundle.to_file()).unwrap();
        cases.add(&format!("a witness with weak key {n}"), file, None, ("not valid", "manifest"));
    }
}

fn bundles(cases: &mut Cases) {
    let file = |change: &dyn Fn(&mut World)| {
        let mut world = world();
        change(&mut world);
        String::from_utf8(world.bundle().to_file()).unwrap()
    };
    let early = |time: &str| {
        let time = at(time);
        file(&move |w| w.cosigned[0].1 = time)
    };
    let known = |issued: &str, change: &dyn Fn(&mut Manifest)| {
        let mut manifest = Manifest { version: 4, issued: at(issued), ..world().manifest };
        change(&mut manifest);
        manifest
    };
    cases.add("a proof", file(&|_| ()), None, VALID);
    cases.add("a witness five minutes behind", early("2026-11-26T03:55:00Z"), None, VALID);
    cases.add("a witness further behind", early("2026-11-26T03:54:59Z"), None, ("not valid", "times"));
    cases.add("a witness at the end of time", file(&|w| w.cosigned[0].1 = Timestamp::MAX), None, VALID);
    let mut bundle = world().bundle();
    let mut ticket = Ticket::parse(bundle.proof.as_bytes()).unwrap();
    ticket.note.add(note::cosign(ticket.note.text(), &witness(3), 1 << 60));
    bundle.proof = ticket.to_string();
    let after = String::from_utf8(bundle.to_file()).unwrap();
    cases.add("a witness after the end of time", after, None, ("not valid", "times"));

    // Without a quorum a revoked key is worth nothing: so it shows which quorum was gone by.
    let revoked = |m: &mut Manifest| m.keys[0].revoked = Some(at("2027-01-01T00:00:00Z"));
    let before = known("2026-03-01T00:00:00Z", &|m| (revoked(m), m.quorum = 3).1);
    cases.add("a quorum that has grown before", file(&|_| ()), Some(&before), ("not valid", "log-key"));
    let since = known("2027-01-01T00:00:00Z", &|m| (revoked(m), m.quorum = 3).1);
    cases.add("a quorum that has grown since", file(&|_| ()), Some(&since), VALID);
    let fewer = known("2026-03-01T00:00:00Z", &|m| (revoked(m), m.quorum = 1).1);
    let alone = |w: &mut World| w.cosigned.truncate(1);
    cases.add("a quorum that has shrunk", file(&alone), Some(&fewer), VALID);
    let none = |w: &mut World| (w.cosigned.clear(), w.manifest.quorum = 0).1;
    cases.add("a manifest from before there was a quorum", file(&none), Some(&before), ("not valid", "log-key"));
    let gone = known("2026-03-01T00:00:00Z", &|m| m.keys[1].revoked = Some(at("2026-03-01T00:00:00Z")));
    cases.add("a certificate's key that was revoked", file(&|_| ()), Some(&gone), ("not valid", "certificate-key"));
    let stranger = file(&|_| ()).replace("cease/bundle/v1", "cease/bundle/v2");
    cases.add("a newer bundle", stranger, None, ("not valid", "form"));
    cases.add("a bundle in a list", "[\"cease/bundle/v1\"]", None, ("not valid", "form"));
}

/// Single files, against the times of the key that signed them.
fn tenures(cases: &mut Cases) {
    let certificate = crate::sign(certificate(world().issued), &signer()).unwrap().to_file();
    let certificate = String::from_utf8(certificate).unwrap();
    let erasure = crate::sign(crate::signed::tests::erasure(), &signer()).unwrap().to_file();
    let erasure = String::from_utf8(erasure).unwrap();
    let known = |change: &dyn Fn(&mut crate::log::Tenure)| {
        let mut manifest = Manifest { version: 4, ..world().manifest };
        change(&mut manifest.keys[1]);
        manifest
    };
    let until = |time: &str| known(&|tenure| tenure.until = at(time));
    let from = |time: &str| known(&|tenure| tenure.from = at(time));
    let stranger =
        known(&|tenure| tenure.key = note::VerifierKey::new(note::Kind::Note, key("desk.example", 4).public()));
    let late = ("not valid", "times");
    for (name, file, manifest, said) in [
        ("a certificate within its key's time", &certificate, known(&|_| ()), VALID),
        ("a certificate from the key's last second", &certificate, until("2026-11-26T04:37:13Z"), VALID),
        ("a certificate from after its key's end", &certificate, until("2026-11-26T04:37:12Z"), late),
        ("a certificate from its key's first second", &certificate, from("2026-11-26T04:37:12Z"), VALID),
        ("a certificate from before its key", &certificate, from("2026-11-26T04:37:13Z"), late),
        ("a certificate whose key the manifest does not have", &certificate, stranger, VALID),
        ("a receipt from after its key's end", &receipt(), until("2026-11-26T04:37:12Z"), late),
        ("a receipt that was signed anew by a later key", &receipt(), from("2026-11-27T00:00:00Z"), VALID),
        ("an erasure from after its key's end", &erasure, known(&|_| ()), late),
        ("an erasure within its key's time", &erasure, until("2033-01-01T00:00:00Z"), VALID),
    ] {
        cases.add(name, &**file, Some(&manifest), said);
    }
}

fn codes(cases: &mut Cases) {
    let whole = code::encode(&world().bundle());
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = code::unbase32(whole.strip_prefix(code::PREFIX).unwrap()).unwrap().split_off(8);
        change(&mut bytes);
        let digest = Sha256::digest(&bytes);
        format!("{}{}", code::PREFIX, code::base32(&[&digest[..8], &bytes].concat()))
    };
    cases.add("a code", &*whole, None, VALID);
    cases.add("a code with an address", format!("https://desk.example/verify#{whole}\n"), None, VALID);
    cases.add("a code far down the page", format!("{}{whole}\r\n\u{85}", " ".repeat(16 << 10)), None, VALID);
    cases.add("a code after a mark of order", format!("\u{feff}{whole}"), None, ("not valid", "form"));
    let letters = format!("{}#{whole}", "龘".repeat(5_000));
    cases.add("a code after too much of an address", letters, None, ("not valid", "form"));
    cases.add("a code with something behind it", changed(&|b| b.push(0)), None, ("not valid", "code"));
    cases.add("a code that is cut", changed(&|b| b.truncate(b.len() - 1)), None, ("not valid", "code"));
}

#[test]
fn verdicts_are_as_kept_and_as_meant() {
    let mut cases = Cases::default();
    documents(&mut cases);
    weak_keys(&mut cases);
    bundles(&mut cases);
    tenures(&mut cases);
    codes(&mut cases);
    for case in &cases.0 {
        let manifest = case.manifest.as_ref().map(|text| Manifest::parse(text.as_bytes()).unwrap());
        let log = Trust { roots: case.roots.clone(), manifests: manifest.into_iter().collect(), quorum: 0 };
        let judged = judge(case.file.as_bytes(), &Trusted { keys: case.keys.clone(), log }, case.now);
        let verdict = match judged.word {
            Word::Valid => "valid",
            Word::NotValid => "not valid",
            Word::CannotTell => "cannot tell",
        };
        let at = judged.checks.iter().find(|c| c.state != State::Passed).map_or("", |c| c.check);
        assert_eq!((verdict, at), (case.verdict, case.check), "{}: {:?}", case.name, judged.why);
    }
    let made = format!("{}\n", serde_json::to_string_pretty(&cases.0).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/verdicts.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == made, "UPDATE_GOLDEN=1 cargo test -p proof verdicts");
}
