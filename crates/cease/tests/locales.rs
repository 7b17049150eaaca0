//! The languages say the same things: the same keys with the same variables, none empty, none that
//! nobody says, and every sentence whose key is made at run time exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Pattern, PatternElement};

#[path = "../build/variables.rs"]
mod variables;

const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("../../../locales/en/cease.ftl")),
    ("zh-CN", include_str!("../../../locales/zh-CN/cease.ftl")),
];

/// Keys made at run time begin so; each enum that makes them is checked below or beside its page.
const FAMILIES: &[&str] = &[
    "kind-",
    "report-stage-",
    "refusal-",
    "need-",
    "cause-",
    "stage-",
    "verify-check-",
    "flag-",
    "erasure-ended-",
    "erasure-gone-",
    "erasure-left-",
    "erasure-kept-",
    "fee-",
    "credit-",
    "event-",
    "letter-",
    "demo-part-",
    "mail-why-",
    "mail-view-",
    "field-",
    "verdict-",
    "unrecognised-",
    "bad-file-",
    "channel-",
    "number-",
    "why-",
    "account-stage-",
    "check-",
    "rules-friction-",
    "back-",
    "ways-kind-",
    "ways-capacity-",
    "ways-go-",
    "ways-moving-",
];

type Messages = BTreeMap<String, (BTreeSet<String>, bool)>;

fn messages(text: &str) -> Messages {
    let resource = fluent_syntax::parser::parse(text).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut out = Messages::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let variables = message.value.iter().flat_map(variables::of).map(str::to_owned).collect();
            let empty = message.value.as_ref().is_none_or(|value| !says(value));
            let id = message.id.name.to_owned();
            assert!(out.insert(id.clone(), (variables, empty)).is_none(), "{id} stands twice");
        }
    }
    out
}

/// Whether there is any text.
fn says(pattern: &Pattern<&str>) -> bool {
    pattern.elements.iter().any(|element| match element {
        PatternElement::TextElement { value } => !value.trim().is_empty(),
        PatternElement::Placeable { .. } => true,
    })
}

#[test]
fn the_languages_have_the_same_keys_and_variables() {
    let [(_, en), (_, zh)] = LANGUAGES;
    let (en, zh) = (messages(en), messages(zh));
    let only = |a: &Messages, b: &Messages| a.keys().filter(|k| !b.contains_key(*k)).cloned().collect::<Vec<_>>();
    assert_eq!(only(&en, &zh), Vec::<String>::new(), "in English only");
    assert_eq!(only(&zh, &en), Vec::<String>::new(), "in Chinese only");
    for (key, (variables, _)) in &en {
        assert_eq!(variables, &zh[key].0, "the variables of {key} differ");
    }
    for (language, set) in [("en", &en), ("zh-CN", &zh)] {
        let empty: Vec<_> = set.iter().filter(|(_, (_, empty))| *empty).map(|(k, _)| k).collect();
        assert!(empty.is_empty(), "{language}: empty {empty:?}");
    }
}

fn read_all(dir: &Path, text: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "html" || e == "txt") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_key_is_said_somewhere() {
    let mut text = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for dir in ["src", "templates"] {
        read_all(&root.join(dir), &mut text);
    }
    let said: BTreeSet<&str> = text.split('"').collect();
    let unused: Vec<String> = messages(LANGUAGES[0].1)
        .into_keys()
        .filter(|key| !FAMILIES.iter().any(|f| key.starts_with(f)) && !said.contains(key.as_str()))
        .collect();
    assert_eq!(unused, Vec::<String>::new(), "nobody says these");
}

#[test]
fn every_refusal_has_its_sentence() {
    let en = messages(LANGUAGES[0].1);
    let refusals = [
        case::Refusal::NotYours,
        case::Refusal::WrongStage { stage: String::new() },
        case::Refusal::TooLate,
        case::Refusal::SamePerson,
        case::Refusal::NeedsApprover,
        case::Refusal::StillLacking,
        case::Refusal::NotProven,
        case::Refusal::BadText,
        case::Refusal::AlreadyCeased,
        case::Refusal::Rival,
        case::Refusal::NothingOwed,
        case::Refusal::Taken,
        case::Refusal::Pending,
        case::Refusal::Kept { why: case::erasure::Kept::Open },
        case::Refusal::Erased,
    ];
    for refusal in refusals {
        assert!(en.contains_key(refusal.key()), "{}", refusal.key());
    }
}
