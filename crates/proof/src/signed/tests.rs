use proptest::prelude::*;

use super::*;
use crate::{CardLine, Certificate, Erasure, Fees, Gone, Ground, Hidden, Receipt, Stays};

/// Also read by people: the recipe in the crate's documentation verifies it with other tools.
const GOLDEN: &str = include_str!("../../golden/certificate.json");

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("desk.laika.example", &[seed; 32]).unwrap()
}

fn certificate() -> Certificate {
    Certificate {
        operator: "Laika Mobile 莱卡移动".into(),
        desk: "https://desk.laika.example".into(),
        reference: "C7K4-M2QX-D".into(),
        card: CardLine {
            kind: "iccid".into(), number: Hidden::new("8944110068450000019", "8944 •••• 0019", [1; 16])
        },
        holder: Some(Hidden::new("李伟 龘", "李* 龘", [2; 16])),
        declared_at: "2026-07-01T08:00:00Z".parse().unwrap(),
        received_at: "2026-07-01T08:00:00.125Z".parse().unwrap(),
        contract_end: "2026-07-31T22:59:59Z".parse().unwrap(),
        billing_end: None,
        ceased_at: "2026-07-31T23:00:01Z".parse().unwrap(),
        read_back_at: "2026-07-31T23:00:02Z".parse().unwrap(),
        element: "inventory".into(),
        evidence: "state=ceased".into(),
        fees: Some(Fees { amount: "0.00".into(), currency: "GBP".into() }),
        journal_head: [0xab; 32],
        issued_at: "2026-07-31T23:00:02.5Z".parse().unwrap(),
    }
}

fn receipt() -> Receipt {
    Receipt {
        operator: "Laika Mobile".into(),
        desk: "https://desk.laika.example".into(),
        reference: "C7K4-M2QX-D".into(),
        content: [3; 32],
        declared_at: "2026-07-01T08:00:00Z".parse().unwrap(),
        received_at: "2026-07-01T08:00:01Z".parse().unwrap(),
        deadline: "2026-07-31T08:00:01Z".parse().unwrap(),
        issued_at: "2026-07-01T08:00:01Z".parse().unwrap(),
    }
}

pub(crate) fn erasure() -> Erasure {
    Erasure {
        operator: "Laika Mobile 莱卡移动".into(),
        desk: "https://desk.laika.example".into(),
        case: Hidden::new("C7K4-M2QX-D", "C7K4-••••-•", [4; 16]),
        ended: "closed".into(),
        rule: Ground {
            basis: "claims under the contract".into(),
            source: "Limitation Act 1980, s. 5".into(),
            days: 2190,
        },
        told_at: "2032-08-01T08:00:00Z".parse().unwrap(),
        erased: vec![Gone { class: "entries".into(), items: 17 }, Gone { class: "files".into(), items: 0 }],
        left: vec![Stays { what: "dates".into(), why: "to say that it was erased".into() }],
        journal_head: [0xcd; 32],
        erased_at: "2032-08-15T08:00:00.25Z".parse().unwrap(),
    }
}

fn judge(file: impl AsRef<[u8]>) -> Verdict {
    verify(file.as_ref(), &[key(2).public(), key(1).public()])
}

/// A file around any document text, rightly signed: what only a key's owner can make.
pub(crate) fn signed_text(document: &str, key: &SigningKey) -> String {
    let body = format!("{DOCUMENT}{document}{KEY}{}{BEFORE_SIGNATURE}", key.public());
    let signature = BASE64.encode(key.sign(&message(&body)));
    body + SIGNATURE + &signature + END
}

fn with_signature(bytes: &[u8; 64]) -> String {
    let parts = Parts::of(GOLDEN).unwrap();
    format!("{}{SIGNATURE}{}{END}", parts.body, BASE64.encode(bytes))
}

fn assert_refused(file: &[u8], what: impl std::fmt::Display) {
    let verdict = judge(file);
    assert!(matches!(verdict, Verdict::NotValid(_)), "{what}: {verdict:?}\n{}", String::from_utf8_lossy(file));
}

#[test]
fn a_certificate_of_erasure_with_any_bit_changed_is_refused() {
    let file = sign(erasure(), &key(1)).unwrap().to_file();
    let Verdict::Valid { document, .. } = judge(&file) else { panic!() };
    assert_eq!(document, Document::from(erasure()));
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut changed = file.clone();
            changed[at] ^= 1 << bit;
            assert_refused(&changed, format!("byte {at}, bit {bit}"));
        }
    }
}

#[test]
fn a_certificate_is_the_golden_file_and_valid() {
    let signed = sign(certificate(), &key(1)).unwrap();
    assert_eq!(String::from_utf8(signed.to_file()).unwrap(), GOLDEN);
    let valid = Verdict::Valid { document: certificate().into(), key: key(1).public() };
    assert_eq!(judge(GOLDEN), valid);
}

#[test]
fn a_receipt_goes_the_same_way_and_is_no_certificate() {
    let file = sign(receipt(), &key(1)).unwrap().to_file();
    let Verdict::Valid { document, .. } = judge(&file) else {
        panic!("{:?}", judge(&file));
    };
    assert_eq!(document, Document::Receipt(receipt()));
    let text = String::from_utf8(file).unwrap();
    assert_refused(text.replace("receipt", "certificate").as_bytes(), "renamed");
}

#[test]
fn the_known_formats_are_those_of_the_documents() {
    let documents: [Document; 2] = [certificate().into(), receipt().into()];
    for (document, format) in documents.iter().zip(FORMATS) {
        assert_eq!(serde_json::to_value(document).unwrap()["format"], format);
    }
}

#[test]
fn every_changed_bit_is_refused() {
    for at in 0..GOLDEN.len() {
        for bit in 0..8 {
            let mut file = GOLDEN.as_bytes().to_vec();
            file[at] ^= 1 << bit;
            assert_refused(&file, format!("bit {bit} of byte {at}"));
        }
    }
}

#[test]
fn every_other_byte_is_refused_at_sampled_places() {
    for at in (0..GOLDEN.len()).step_by(11) {
        for change in 1..=255 {
            let mut file = GOLDEN.as_bytes().to_vec();
            file[at] ^= change;
            assert_refused(&file, format!("byte {at} ^ {change}"));
        }
    }
}

#[test]
fn every_inserted_deleted_doubled_or_cut_byte_is_refused() {
    for at in 0..=GOLDEN.len() {
        for byte in [b' ', b'\n', b'\r', b'"', b'0', b'2', b'A', b'=', b'}', 0, 0xff] {
            let mut file = GOLDEN.as_bytes().to_vec();
            file.insert(at, byte);
            assert_refused(&file, format!("{byte} put in at {at}"));
        }
    }
    for at in 0..GOLDEN.len() {
        let mut shorter = GOLDEN.as_bytes().to_vec();
        shorter.remove(at);
        assert_refused(&shorter, format!("byte {at} left out"));
        let mut doubled = GOLDEN.as_bytes().to_vec();
        doubled.insert(at, doubled[at]);
        assert_refused(&doubled, format!("byte {at} doubled"));
        assert_refused(&GOLDEN.as_bytes()[..at], format!("cut at {at}"));
    }
}

#[test]
fn every_doubled_dropped_or_swapped_line_is_refused() {
    let lines: Vec<&str> = GOLDEN.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        assert_refused(doubled.concat().as_bytes(), format!("line {at} twice"));
        let mut dropped = lines.clone();
        dropped.remove(at);
        assert_refused(dropped.concat().as_bytes(), format!("without line {at}"));
        for other in 0..at {
            let mut swapped = lines.clone();
            swapped.swap(at, other);
            if swapped != lines {
                assert_refused(swapped.concat().as_bytes(), format!("{at} for {other}"));
            }
        }
    }
}

#[test]
fn says_why_a_file_is_refused() {
    let why = |file: &[u8]| {
        let verdict = judge(file);
        let Verdict::NotValid(why) = verdict else {
            panic!("{verdict:?}");
        };
        why
    };
    assert_eq!(why(&[b' '; MAX_FILE + 1]), Why::TooLarge(MAX_FILE + 1));
    assert_eq!(why(b"\xff"), Why::NotText);
    assert_eq!(why(b"{\n x"), Why::NotJson { line: 2, column: 2 });
    assert_eq!(why(b"{}"), Why::NotADocument);
    assert_eq!(why("[".repeat(60_000).as_bytes()), Why::NotJson { line: 1, column: 128 });
    assert_eq!(why(GOLDEN.replace('\n', "\r\n").as_bytes()), Why::Altered);
    let compact: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(why(compact.to_string().as_bytes()), Why::Altered);
    assert_eq!(why(GOLDEN.replace("GBP", "EUR").as_bytes()), Why::Signature);
    assert_eq!(why(GOLDEN.replace("/v1", "/v2").as_bytes()), Why::Signature);
    let renamed = GOLDEN.replace("\"key\": \"desk", "\"key\": \"dask");
    assert_eq!(why(renamed.as_bytes()), Why::Key(KeyError::Hash));
    assert_eq!(why(GOLDEN.replace("==\"", "=\"").as_bytes()), Why::SignatureText);
}

#[test]
fn a_key_nobody_vouches_for_is_not_judged() {
    let file = sign(certificate(), &key(3)).unwrap().to_file();
    let key = key(3).public();
    assert_eq!(judge(&file), Verdict::CannotTell(WhyNot::UnknownKey { key }));
    let nobody = verify(GOLDEN.as_bytes(), &[]);
    assert!(matches!(nobody, Verdict::CannotTell(WhyNot::UnknownKey { .. })));
}

#[test]
fn the_name_of_a_key_is_part_of_the_trust_in_it() {
    let renamed = SigningKey::from_seed("desk.other.example", &[1; 32]).unwrap();
    let file = sign(certificate(), &renamed).unwrap().to_file();
    assert!(matches!(judge(&file), Verdict::CannotTell(WhyNot::UnknownKey { .. })));
    let swapped = GOLDEN.replace(&key(1).public().to_string(), &renamed.public().to_string());
    assert_eq!(judge(swapped), Verdict::NotValid(Why::Signature));
}

#[test]
fn a_newer_format_is_not_judged_but_must_be_intact() {
    let file = signed_text("{\"format\": \"cease/certificate/v2\", \"x\": 1}", &key(1));
    let format = "cease/certificate/v2".to_owned();
    assert_eq!(judge(&file), Verdict::CannotTell(WhyNot::NewerFormat { format }));
    assert_eq!(judge(file.replace(": 1", ": 2")), Verdict::NotValid(Why::Signature));
    let stranger = signed_text("{\"format\": \"cease/certificate/v2\"}", &key(3));
    assert!(matches!(judge(stranger), Verdict::CannotTell(WhyNot::UnknownKey { .. })));
}

#[test]
fn a_newer_envelope_or_algorithm_is_not_judged() {
    let file = "{\"document\": {\"format\": \"cease/certificate/v2\"}, \"signatures\": []}";
    let format = "cease/certificate/v2".to_owned();
    assert_eq!(judge(file), Verdict::CannotTell(WhyNot::NewerFormat { format }));
    let newer = "desk+e013cac3+BgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let file = GOLDEN.replace(&key(1).public().to_string(), newer);
    assert_eq!(judge(file.replace("/v1", "/v2")), Verdict::CannotTell(WhyNot::NewerAlgorithm(6)));
    assert_eq!(judge(file), Verdict::NotValid(Why::Key(KeyError::Algorithm(6))), "v1 is Ed25519 and nothing else");
}

#[test]
fn even_the_signer_cannot_issue_an_ambiguous_document() {
    let ours = Parts::of(GOLDEN).unwrap().document;
    assert_eq!(signed_text(ours, &key(1)), GOLDEN);
    let reference = "\"reference\": \"C7K4-M2QX-D\",";
    for (what, document) in [
        ("a key twice", ours.replace(reference, &reference.repeat(2))),
        ("format twice", ours.replace("\"operator\"", "\"format\": \"cease/certificate/v1\",\n    \"operator\"")),
        ("a key more", ours.replace(reference, &format!("{reference}\n    \"more\": 1,"))),
        ("a key less", ours.replace("    \"billing_end\": null,\n", "")),
        ("escaped", ours.replace('龘', "\\u9f98")),
        ("upper-case hex", ours.replace("abab", "ABAB")),
        ("another time zone", ours.replace("08:00:00Z", "09:00:00+01:00")),
        ("white space", ours.replace("    \"desk\"", "     \"desk\"")),
        ("not JSON", "x".to_owned()),
        ("no format", "{}".to_owned()),
        ("another format", "{\"format\": \"else\"}".to_owned()),
    ] {
        assert_ne!(document, ours, "{what}");
        let verdict = judge(signed_text(&document, &key(1)));
        assert_eq!(verdict, Verdict::NotValid(Why::BadDocument), "{what}");
    }
}

#[test]
fn signatures_cannot_be_reshaped() {
    let bytes = BASE64.decode(Parts::of(GOLDEN).unwrap().signature).unwrap();
    let genuine: [u8; 64] = bytes.try_into().unwrap();
    assert_eq!(with_signature(&genuine), GOLDEN);

    // S + L is the same number to a careless verifier (RFC 8032 section 8.4).
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut shifted = genuine;
    let mut carry = 0;
    for (s, l) in shifted[32..].iter_mut().zip(order.unwrap()) {
        let sum = u16::from(*s) + u16::from(l) + carry;
        *s = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(judge(with_signature(&shifted)), Verdict::NotValid(Why::Signature));

    // R = identity, S = 0 satisfies the plain equation under keys of small order.
    let mut identity = [0; 64];
    identity[0] = 1;
    assert_eq!(judge(with_signature(&identity)), Verdict::NotValid(Why::Signature));
    assert_eq!(judge(with_signature(&[0; 64])), Verdict::NotValid(Why::Signature));
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // y = 1 in the key's place, with its right hash, and the signature that fits every message.
    let weak = "desk+f9a44444+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let file = with_signature(&std::array::from_fn(|i| u8::from(i == 0)));
    let file = file.replace(&key(1).public().to_string(), weak);
    assert_eq!(judge(file), Verdict::NotValid(Why::Key(KeyError::Unsound)));
}

#[test]
fn nothing_is_issued_that_could_not_be_verified() {
    let mut long = certificate();
    long.evidence = "x".repeat(MAX_FILE);
    assert!(sign(long, &key(1)).is_err());
    let mut long = certificate();
    let rest = MAX_FILE - GOLDEN.len() + long.evidence.len();
    long.evidence = "x".repeat(rest);
    let file = sign(long, &key(1)).unwrap().to_file();
    assert_eq!(file.len(), MAX_FILE);
    assert!(matches!(judge(file), Verdict::Valid { .. }));
}

proptest! {
    #[test]
    fn any_text_can_be_certified(operator in any::<String>(), evidence in "\\PC*", seconds in -1_000_000_000_i64..9_000_000_000, nanos in 0..1_000_000_000) {
        let issued_at = jiff::Timestamp::new(seconds, nanos).unwrap_or_default();
        let document = Certificate { operator, evidence, issued_at, ..certificate() };
        let file = sign(document.clone(), &key(1)).unwrap().to_file();
        let valid = Verdict::Valid { document: document.into(), key: key(1).public() };
        prop_assert_eq!(judge(file), valid);
    }

    #[test]
    fn no_bytes_are_valid_by_chance(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let valid = matches!(judge(bytes), Verdict::Valid { .. });
        prop_assert!(!valid);
    }

    #[test]
    fn no_splice_of_a_file_is_valid(from in 0..GOLDEN.len(), cut in 0..40_usize, put in "[ -~\n\"{},:+=]{0,40}") {
        let mut file = GOLDEN.as_bytes().to_vec();
        let to = (from + cut).min(file.len());
        file.splice(from..to, put.bytes());
        if file != GOLDEN.as_bytes() {
            let valid = matches!(judge(file), Verdict::Valid { .. });
        prop_assert!(!valid);
        }
    }
}
