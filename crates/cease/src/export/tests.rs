use std::collections::BTreeMap;
use std::io::Read;

use proof::judge::{Judged, State, Trusted, Word};

use super::*;
use crate::{act, testing, work};

fn read(export: &mut Export) -> Vec<u8> {
    let mut bytes = Vec::new();
    export.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, export.bytes);
    bytes
}

fn judged(app: &Shared, bytes: &[u8]) -> Judged {
    let trusted = Trusted { keys: vec![app.keys.signing().public()], ..Trusted::default() };
    pack::verify(bytes, &trusted, app.now())
}

fn said(text: &str) -> case::Command {
    case::Command::Say { text: text.into(), channel: case::Channel::Web, files: Vec::new() }
}

#[tokio::test]
async fn it_has_all_of_theirs_and_nothing_of_anybody_else() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    while work::round(&app).await.unwrap() > 0 {}
    let (agent, _) = testing::staff(&app, 2, "agent", case::Role::Agent).await;
    let staff = Actor::Agent { staff: agent.id, role: case::Role::Agent };
    let holder = Actor::Holder { account: Some(mei.id), assurance: case::Assurance::nothing() };
    let note = case::Command::Note { text: "sounds like somebody else".into(), channel: case::Channel::Web };
    act::act(&app, case.reference, &staff, &note).await.unwrap();
    act::act(&app, case.reference, &holder, &said("Is it over? 结束了吗？")).await.unwrap();
    // A stranger names another of Mei's cards, and says things of their own.
    let card = testing::card(&app, 5, mei.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let person =
        case::Person { name: "Stranger Danger".into(), email: Some("them@example.net".into()), ..Default::default() };
    let declaration = case::Declaration::of(number.id, person, app.now());
    let nobody = Actor::Holder { account: None, assurance: case::Assurance::nothing() };
    let theirs = act::declare(&app, &nobody, declaration, Vec::new(), None).await.unwrap();
    assert_eq!(app.store.case(theirs.reference).await.unwrap().unwrap().account, Some(mei.id));
    // And somebody else has a case of their own.
    let other = testing::holder(&app, 9, "other").await;
    let elsewhere = testing::ending(&app, 9, &other).await;

    let mut made = of(&app, &mei).await.unwrap();
    assert!(made.left_out.is_empty());
    let bytes = read(&mut made);
    let found = judged(&app, &bytes);
    assert_eq!(found.word, Word::Valid, "{:?}", found.why);
    let state = |name: &str| found.checks.iter().find(|c| c.check == name).map(|c| c.state);
    assert_eq!((state("certificate"), state("journal-head")), (Some(State::Passed), Some(State::Passed)));
    let entries: BTreeMap<String, Vec<u8>> = pack::read(&bytes).unwrap().into_iter().collect();
    let reference = case.reference.to_string();
    for name in ["journal.jsonl", "thread.txt", "declaration.json", "receipt.json", "certificate.json"] {
        assert!(entries.contains_key(&format!("{reference}/{name}")), "{name}");
    }
    let all = String::from_utf8_lossy(&entries.values().flatten().copied().collect::<Vec<_>>()).into_owned();
    assert!(all.contains("Is it over? 结束了吗？") && all.contains("mei@example.com"));
    for hidden in
        ["sounds like somebody else", "Stranger Danger", "them@example.net", "agent@", &elsewhere.reference.to_string()]
    {
        assert!(!all.contains(hidden), "{hidden}");
    }
    let cases: serde_json::Value = serde_json::from_slice(&entries["cases.json"]).unwrap();
    let row = |reference: &str| cases.as_array().unwrap().iter().find(|c| c["reference"] == reference).unwrap().clone();
    assert_eq!(row(&reference)["shown_to_be_yours"], true);
    assert_eq!(row(&theirs.reference.to_string())["shown_to_be_yours"], false);
    assert_eq!(row(&theirs.reference.to_string())["declared_at"], serde_json::Value::Null);
    assert!(String::from_utf8_lossy(&entries["cards.csv"]).starts_with("\u{feff}id,product,state"));
    let index = String::from_utf8_lossy(&entries["index.html"]).into_owned();
    assert!(index.contains("Your data") && index.contains("您的资料") && !index.contains("No localization"));
    assert_eq!(app.store.acts(1).await.unwrap()[0].0.what, "exported");
}

#[tokio::test]
async fn a_card_is_there_with_all_that_its_record_says() {
    use case::parcel::Thing;
    use case::{CardRecord, Contract, Money};
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let day = |text: &str| Some(text.parse::<jiff::civil::Date>().unwrap());
    // A summer's day in London begins on the eve of it in UTC.
    let term = day("2027-06-08").unwrap().to_zoned(app.policy.zone()).unwrap().timestamp();
    assert_eq!(term.to_string(), "2027-06-07T23:00:00Z");
    let sum = |minor| Some(Money::new(minor, "GBP"));
    let contract = Contract {
        monthly: sum(4500),
        discount: sum(1000),
        started: day("2025-06-08"),
        paid_until: day("2026-11-30"),
        next_bill: day("2026-12-01"),
        device_balance: sum(12_000),
    };
    let card = testing::card(&app, 5, mei.id).await;
    let card = CardRecord { minimum_term_ends: Some(term), thing: Thing::Router, generation: 2, contract, ..card };
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let bytes = read(&mut of(&app, &mei).await.unwrap());
    let entries: BTreeMap<String, Vec<u8>> = pack::read(&bytes).unwrap().into_iter().collect();
    let cards: serde_json::Value = serde_json::from_slice(&entries["cards.json"]).unwrap();
    for (name, value) in [
        ("minimum_term_ends", "2027-06-08"),
        ("started", "2025-06-08"),
        ("paid_until", "2026-11-30"),
        ("next_bill", "2026-12-01"),
        ("monthly", "£45.00"),
        ("discount", "£10.00"),
        ("device_balance", "£120.00"),
        ("thing", "router"),
    ] {
        assert_eq!(cards[0][name], value, "{name}");
    }
    assert_eq!(cards[0]["generation"], 2);
    assert!(String::from_utf8_lossy(&entries["cards.csv"]).contains(",2027-06-08,£45.00,"));
}

#[tokio::test]
async fn any_change_shows() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::ending(&app, 1, &mei).await;
    let mut made = of(&app, &mei).await.unwrap();
    let bytes = read(&mut made);
    assert_eq!(judged(&app, &bytes).word, Word::Valid);
    for at in (0..bytes.len()).step_by(97) {
        let mut other = bytes.clone();
        other[at] ^= 4;
        let word = judged(&app, &other).word;
        // What no reader looks at (a file's date) may change.
        let same = pack::read(&other).is_ok_and(|read| read == pack::read(&bytes).unwrap());
        assert!(word == Word::NotValid || same, "byte {at}");
    }
}

#[tokio::test]
async fn nobody_with_nothing_gets_an_archive_too() {
    let (app, dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let before = std::fs::read_dir(dir.path()).unwrap().count();
    let mut made = of(&app, &mei).await.unwrap();
    assert_eq!(judged(&app, &read(&mut made)).word, Word::Valid);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), before, "nothing lies about");
}
