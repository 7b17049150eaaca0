//! Who has a reference and a second fact is let in, who guesses is not, and once the card has ended its number opens
//! nothing.

use axum::http::StatusCode;
use case::{Actor, Assurance, CardRecord, Case, Channel, Declaration, Level, Person};
use jiff::SignedDuration;

use super::{declared, works};
use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser};

#[tokio::test]
async fn a_wrong_second_fact_looks_like_an_unknown_reference() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let (known, unknown) =
        (case.reference.to_string(), case::CaseRef::from_bits(case.reference.bits() ^ 1).to_string());
    let mut browser = Browser::new(&app).await;
    for fact in ["nobody@example.com", "123456", "+44 7700 900999", "mei1@example.org"] {
        let wrong = browser.post("/case", &[("ref", &known), ("fact", fact)]).await;
        let none = browser.post("/case", &[("ref", &unknown), ("fact", fact)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{fact}");
        assert_eq!(wrong.status, none.status);
        assert_eq!(wrong.body.replace(&known, "R"), none.body.replace(&unknown, "R"), "{fact}");
        assert!(wrong.body.contains(fact), "what was typed is kept");
    }
}

#[tokio::test]
async fn each_second_fact_opens_the_case_as_people_write_it() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let number = case.number.normalised();
    let sloppy = case.reference.to_string().to_lowercase().replace('-', " ").replace('0', "o");
    let last = format!(" {} ", &number[number.len() - 6..]);
    for fact in ["Mei1@Example.com", "07700 900101", "+44 7700 900 101", last.as_str(), number] {
        let mut browser = Browser::new(&app).await;
        let got = browser.post("/case", &[("ref", &sloppy), ("fact", fact)]).await;
        assert_eq!(got.location(), format!("/case/{}", case.reference), "{fact}: {}", got.body);
        assert_eq!(browser.get(got.location()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn guessing_ends_after_ten_tries_and_the_way_in_returns() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let reference = case.reference.to_string();
    let mut browser = Browser::new(&app).await;
    for _ in 0..10 {
        let got = browser.post("/case", &[("ref", &reference), ("fact", "000000")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("ref", reference.as_str()), ("fact", "mei1@example.com")];
    assert_eq!(browser.post("/case", &right).await.status, StatusCode::TOO_MANY_REQUESTS);
    testing::advance(&app, SignedDuration::from_mins(16));
    assert_eq!(browser.post("/case", &right).await.status, StatusCode::SEE_OTHER);
}

/// The quarters of an hour of a day add up.
#[tokio::test]
async fn guessing_ends_for_the_day_after_twenty_tries_of_a_reference() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let reference = case.reference.to_string();
    let post = async |fact: &str| {
        let mut browser = Browser::new(&app).await;
        browser.post("/case", &[("ref", &reference), ("fact", fact)]).await.status
    };
    for _ in 0..2 {
        for _ in 0..10 {
            assert_eq!(post("000000").await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(post("000000").await, StatusCode::TOO_MANY_REQUESTS);
        testing::advance(&app, SignedDuration::from_mins(16));
    }
    assert_eq!(post("mei1@example.com").await, StatusCode::TOO_MANY_REQUESTS);
    testing::advance(&app, SignedDuration::from_hours(24));
    assert_eq!(post("mei1@example.com").await, StatusCode::SEE_OTHER);
}

/// A certificate goes to landlords, employers, courts: it has the reference, and all but a hundred of the card's numbers
/// can be left out by it.
#[tokio::test]
async fn who_is_shown_a_certificate_cannot_open_the_case_by_the_cards_number() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, true).await;
    let number = case.number.normalised().to_owned();
    let post = async |reference: &str, fact: &str| {
        let mut browser = Browser::new(&app).await;
        let csrf = browser.visit("/").await.csrf(&app);
        let got = browser.post("/case", &[("ref", reference), ("fact", fact)]).await;
        (got.status, got.body.replace(&csrf, "").replace(reference, "R"))
    };
    let known = case.reference.to_string();
    assert_eq!(post(&known, &number).await.0, StatusCode::SEE_OTHER, "while it is under way");
    works(&app).await;
    assert!(app.store.case(case.reference).await.unwrap().unwrap().stage.certificate().is_some());
    let unknown = case::CaseRef::from_bits(case.reference.bits() ^ 1).to_string();
    for fact in [number.as_str(), &number[number.len() - 6..]] {
        let (there, none) = (post(&known, fact).await, post(&unknown, fact).await);
        assert_eq!(there, none, "it is not told whether there is one, or whether it has ended");
        assert_eq!(there.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(there.1.contains("Once a card has ended, its number does not count any more"), "{}", there.1);
    }
    assert_eq!(post(&known, "mei1@example.com").await.0, StatusCode::SEE_OTHER);
}

/// Whether a browser that knows nothing else gets in by this second fact.
async fn opens(app: &Shared, case: &Case, fact: &str) -> bool {
    let mut browser = Browser::new(app).await;
    let got = browser.post("/case", &[("ref", &case.reference.to_string()), ("fact", fact)]).await;
    got.status == StatusCode::SEE_OTHER
}

/// Who has declared by telephone gave no contact with it: the account's own is what is left once the card has ended.
#[tokio::test]
async fn an_ended_case_without_a_contact_is_opened_by_the_accounts() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        consent: true,
        backup: true,
        channel: Channel::Voice,
        ..Declaration::of(number.id, Person::default(), app.now())
    };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, mei.id, app.now()) };
    let case = act::declare(&app, &actor, declaration, Vec::new(), None).await.unwrap();
    let opens = async |fact: &str| opens(&app, &case, fact).await;
    assert!(!opens("mei@example.com").await, "who has declared must not learn by it what is on record");
    assert!(opens(case.number.normalised()).await);
    works(&app).await;
    assert!(app.store.case(case.reference).await.unwrap().unwrap().stage.has_ended());
    assert!(!opens(case.number.normalised()).await);
    assert!(opens("mei@example.com").await && opens("07700 900101").await);
}

/// The only contact is the number that has ended, which the next who has it knows as well.
#[tokio::test]
async fn an_ended_case_is_not_opened_by_its_own_number_but_by_what_is_on_record() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    // The line itself is their telephone.
    let phone = mei.person.phone.clone().unwrap();
    let card = CardRecord { msisdn: Some(phone.clone()), ..card };
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let number = case::identify::identify(&phone, &app.policy.identify).unwrap();
    let said = Person { name: mei.person.name.clone(), phone: Some(phone.clone()), ..Person::default() };
    let declaration = Declaration { consent: true, backup: true, ..Declaration::of(number.id, said, app.now()) };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, mei.id, app.now()) };
    let case = act::declare(&app, &actor, declaration, Vec::new(), None).await.unwrap();
    let opens = async |fact: &str| opens(&app, &case, fact).await;
    assert!(opens(&phone).await && !opens("mei@example.com").await);
    works(&app).await;
    assert!(app.store.case(case.reference).await.unwrap().unwrap().stage.has_ended());
    assert!(!opens(&phone).await && opens("mei@example.com").await);
}
