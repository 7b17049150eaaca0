//! The price before the button, as its holder sees it and as nobody else does.

use axum::http::StatusCode;
use case::money::Percent;
use case::rules::{Early, EarlyVat, Remaining, Vat};
use case::{CardRecord, Contract, Money, Need, Stage};
use store::Import;

use super::tests::{declare, fill_in, hidden, reference};
use crate::app::Shared;
use crate::testing::{self, Browser};

/// Under EE's formula, a card with six months and a half left at £45.00 less £10.00, of Mei Lin.
async fn desk() -> (Shared, tempfile::TempDir, store::Account, CardRecord) {
    let (app, dir) = testing::app_with(|policy| {
        let percent = |text| Percent::parse(text).unwrap();
        policy.tariff.early = Some(Early {
            remaining: Remaining::Daily,
            discounted: true,
            vat: EarlyVat::AddedBack,
            less: percent("4"),
            cap: None,
            free_days: 0,
        });
        policy.tariff.vat = vec![Vat { from: "2011-01-04".parse().unwrap(), percent: percent("20") }];
        policy.straight_through = false;
    })
    .await;
    let mei = testing::holder(&app, 1, "mei").await;
    let pounds = |minor| Some(Money::new(minor, "GBP"));
    // Asked for on 22 November, it ends that day; 23 November to 8 June are six months, and 15 of the 30 days before.
    let card = CardRecord {
        minimum_term_ends: Some("2027-06-07T23:00:00Z".parse().unwrap()),
        contract: Contract { monthly: pounds(4_500), discount: pounds(1_000), ..Contract::default() },
        ..testing::card(&app, 1, mei.id).await
    };
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    (app, dir, mei, card)
}

const FORMULA: &str = "(£45.00 − £10.00) × 6.5 months, less 20% VAT, less 4%, plus 20% VAT";

#[tokio::test]
async fn a_holder_sees_the_formula_before_the_button_and_it_stands_in_the_receipt() {
    let (app, _dir, mei, card) = desk().await;
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    fill_in(&app, &mut browser, card.iccid.as_deref().unwrap()).await;
    let check = browser.get("/cancel/check").await;
    for text in [FORMULA, "£218.40", "Monday, 7 June 2027"] {
        assert!(check.body.contains(text), "{text}: {}", check.body);
    }
    let case = app.store.case(reference(&declare(&mut browser, &check).await)).await.unwrap().unwrap();
    assert!(case.consent && case.proven);
    assert_eq!(case.quote.total, Money::new(21_840, "GBP"));
    assert_eq!(case.declaration.agreed, Some(Money::new(21_840, "GBP")));
    let receipt = browser.get(&format!("/case/{}/receipt", case.reference)).await;
    assert!(receipt.body.contains(FORMULA));
    let bill = browser.get(&format!("/case/{}/statement", case.reference)).await;
    assert!(bill.body.contains(FORMULA) && bill.body.contains("The last bill comes when the card has ended"));
}

/// A stranger with the number of somebody's card learns nothing of its contract, and agrees to nothing of it.
#[tokio::test]
async fn a_stranger_neither_sees_nor_agrees_to_what_a_contract_costs() {
    let (app, _dir, mei, card) = desk().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, card.iccid.as_deref().unwrap()).await;
    let check = browser.get("/cancel/check").await;
    assert!(check.body.contains("still in a minimum term") && !check.body.contains("45.00"));
    let before = browser.get("/cancel/before").await.body;
    assert!(before.contains("depends on your contract") && before.contains("I have read this<"), "{before}");
    assert!(!before.contains("at most") && !before.contains("Nothing else will be charged"), "{before}");
    let case = app.store.case(reference(&declare(&mut browser, &check).await)).await.unwrap().unwrap();
    assert!(!case.consent, "they agreed to another sum");
    let root = format!("/case/{}", case.reference);
    for page in ["", "/receipt", "/agree", "/statement"] {
        let got = browser.get(&format!("{root}{page}")).await;
        assert!(!got.body.contains("218.40") && !got.body.contains("45.00"), "{page}: {}", got.body);
    }
    let csrf = browser.get(&format!("{root}/agree")).await;
    assert!(csrf.body.contains("Show that this is your card first") && !csrf.body.contains("Agree and continue"));
    let first = format!("/confirm?for={}", case.reference);
    assert!(csrf.body.contains(&first), "{}", csrf.body);
    assert_eq!(browser.get(&format!("{root}/statement")).await.location(), first);
    browser.post(&format!("{root}/agree"), &[]).await;
    browser.post(&format!("{root}/agree"), &[("consent", "yes"), ("backup", "yes")]).await;
    let still = app.store.case(case.reference).await.unwrap().unwrap();
    let journal = app.store.journal(case.reference).await.unwrap();
    let agreed = |entry: &case::Entry| entry.events.iter().any(|event| matches!(event, case::Event::Agreed { .. }));
    assert!(!journal.iter().any(agreed), "the journal says that they agreed");
    assert!(!still.consent && matches!(&still.stage, Stage::Received { needs, .. } if needs.contains(&Need::Consent)));
    // Once they have shown who they are, they see it and agree.
    browser.prove(mei.id).await;
    let prove = case::Command::Prove;
    let holder = browser.visit("/").await.holder();
    crate::act::act(&app, case.reference, &holder, &prove).await.unwrap();
    let shown = browser.get(&format!("{root}/agree")).await;
    assert!(shown.body.contains(FORMULA), "{}", shown.body);
    // Whoever else has the reference and a second fact sees it as well by now; the word is the holder's all the same.
    let mut relative = Browser::new(&app).await;
    relative.post("/case", &[("ref", &case.reference.to_string()), ("fact", "mei@example.com")]).await;
    let theirs = relative.get(&format!("{root}/agree")).await;
    assert!(theirs.body.contains("Show that it is you first") && !theirs.body.contains("Agree and continue"));
    let ticks = [("consent", "yes"), ("backup", "yes"), ("total", "21840")];
    assert_eq!(relative.post(&format!("{root}/agree"), &ticks).await.location(), first);
    let stranger = relative.visit("/").await.holder();
    let agree = case::Command::Agree { consent: true, backup: true };
    let refused = crate::act::act(&app, case.reference, &stranger, &agree).await;
    assert!(matches!(refused, Err(crate::act::ActError::Refused(case::Refusal::NotProven))), "{refused:?}");
    let total = hidden(&shown, "total");
    browser.post(&format!("{root}/agree"), &[("consent", "yes"), ("total", &total)]).await;
    assert!(app.store.case(case.reference).await.unwrap().unwrap().consent);
}

/// What still lacks a copy of what is on the card ends by nobody's word but its holder's.
#[tokio::test]
async fn that_the_data_may_be_lost_is_the_holders_to_say() {
    let (app, _dir) = testing::app_with(|policy| policy.backup_required = true).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let said = case::Declaration {
        consent: true,
        agreed: Some(Money::new(100_000, "GBP")),
        ..case::Declaration::of(number.id, mei.person.clone(), app.now())
    };
    let assurance = case::Assurance::shown(case::Level::Code, mei.id, app.now());
    let holder = case::Actor::Holder { account: None, assurance };
    let case = crate::act::declare(&app, &holder, said, Vec::new(), None).await.unwrap();
    assert!(case.proven && matches!(&case.stage, Stage::Received { needs, .. } if *needs == [Need::Backup].into()));
    let mut relative = Browser::new(&app).await;
    relative.post("/case", &[("ref", &case.reference.to_string()), ("fact", "mei@example.com")]).await;
    let (saved, first) = (format!("/case/{}/saved", case.reference), format!("/confirm?for={}", case.reference));
    for how in ["skip", "saved"] {
        assert_eq!(relative.post(&saved, &[("how", how)]).await.location(), first, "{how}");
    }
    assert!(!app.store.case(case.reference).await.unwrap().unwrap().backup);
    relative.prove(mei.id).await;
    assert!(relative.post(&saved, &[("how", "skip")]).await.location().starts_with("/case/"));
    assert!(app.store.case(case.reference).await.unwrap().unwrap().backup);
}

/// A record that was mended after consent: the higher price is asked for anew, and why is said.
#[tokio::test]
async fn a_price_that_rises_has_to_be_agreed_to_again() {
    let (app, _dir, mei, card) = desk().await;
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    fill_in(&app, &mut browser, card.iccid.as_deref().unwrap()).await;
    let check = browser.get("/cancel/check").await;
    let case = app.store.case(reference(&declare(&mut browser, &check).await)).await.unwrap().unwrap();
    let device = Some(Money::new(6_000, "GBP"));
    let dearer = CardRecord { contract: Contract { device_balance: device, ..card.contract.clone() }, ..card };
    app.store.import(Import { accounts: Vec::new(), cards: vec![dearer] }).await.unwrap();
    let (ana, _) = testing::staff(&app, 9, "ana", case::Role::Agent).await;
    let agent = case::Actor::Agent { staff: ana.id, role: case::Role::Agent };
    let risen = crate::act::act(&app, case.reference, &agent, &case::Command::Requote).await.unwrap();
    assert_eq!(risen.quote.total, Money::new(27_840, "GBP"));
    assert!(!risen.consent && matches!(&risen.stage, Stage::Received { needs, .. } if needs.contains(&Need::Consent)));
    let page = browser.get(&format!("/case/{}/agree", case.reference)).await;
    assert!(page.body.contains("You agreed to £218.40") && page.body.contains("£278.40"), "{}", page.body);
    let agree = format!("/case/{}/agree", case.reference);
    let was = browser.post(&agree, &[("consent", "yes"), ("total", "21840")]).await;
    assert!(
        was.status == StatusCode::UNPROCESSABLE_ENTITY && was.body.contains("The cost has changed"),
        "{}",
        was.body
    );
    assert!(!app.store.case(case.reference).await.unwrap().unwrap().consent, "they saw the other price");
    browser.post(&agree, &[("consent", "yes"), ("total", &hidden(&was, "total"))]).await;
    let agreed = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(agreed.consent && agreed.bill.agreed.is_none());
}

#[tokio::test]
async fn a_card_that_cannot_be_priced_is_taken_all_the_same_and_owes_nothing() {
    let (app, _dir, mei, card) = desk().await;
    let euros = CardRecord { credit: Some(Money::new(500, "EUR")), ..card.clone() };
    app.store.import(Import { accounts: Vec::new(), cards: vec![euros] }).await.unwrap();
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    fill_in(&app, &mut browser, card.iccid.as_deref().unwrap()).await;
    let check = browser.get("/cancel/check").await;
    assert_eq!(check.status, StatusCode::OK);
    assert!(check.body.contains("The price could not be reckoned") && !hidden(&check, "token").is_empty());
    let case = app.store.case(reference(&declare(&mut browser, &check).await)).await.unwrap().unwrap();
    let causes = if let Stage::Review { causes, .. } = &case.stage { causes.clone() } else { Default::default() };
    assert!(causes.contains(&case::Cause::Unpriced), "{:?}", case.stage);
    assert!(case.quote.at_most().is_zero());
}
