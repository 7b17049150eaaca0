//! No defence loses a declaration or pretends to have taken one: each is walked into here, and either there is a case
//! with a receipt, or a plain error after which everything that was typed is still there.

use axum::http::StatusCode;
use case::{Case, Cause, Fact, Flag, Stage};
use jiff::SignedDuration;
use store::View;

use crate::app::Shared;
use crate::guard;
use crate::testing::{self, Browser, Got};
use crate::work;

fn hidden(got: &Got, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let rest = got.body.split_once(&from).unwrap_or_else(|| panic!("no {name} in {}", got.body)).1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// A browser on the page that asks to check, and that page.
async fn ready(app: &Shared, number: &str, email: &str, pause: i64) -> (Browser, Got) {
    let mut browser = Browser::new(app).await;
    browser.post("/cancel", &[("number", number)]).await;
    browser.post("/cancel/you", &[("name", "Mei Lin"), ("email", email), ("phone", "")]).await;
    browser.post("/cancel/statement", &[("when", "soon")]).await;
    let total = hidden(&browser.get("/cancel/before").await, "total");
    browser.post("/cancel/before", &[("backup", "saved"), ("total", &total)]).await;
    testing::advance(app, SignedDuration::from_secs(pause));
    let check = browser.get("/cancel/check").await;
    (browser, check)
}

async fn press(browser: &mut Browser, check: &Got, more: &[(&str, &str)]) -> Got {
    let (token, mark) = (hidden(check, "token"), hidden(check, "mark"));
    let fields = [&[("token", token.as_str()), ("mark", mark.as_str())], more].concat();
    browser.post("/cancel/check", &fields).await
}

/// There is a case, its receipt is shown to whoever declared, and its letter goes out.
async fn receipted(app: &Shared, browser: &mut Browser, got: &Got, email: &str) -> Case {
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let page = browser.get(got.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    let reference = got.location().split('/').nth(2).unwrap().parse().unwrap();
    while work::round(app).await.unwrap() > 0 {}
    let letters = testing::shelf(app).messages();
    let letter = letters.iter().any(|m| m.message.to == email && m.message.text.contains("This is your receipt"));
    assert!(letter, "no receipt went to {email}");
    app.store.case(reference).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_looks_like_a_robot_is_flagged_and_receipted() {
    let (app, _dir) = testing::app().await;
    // Faster than anybody types; through the trap that people do not see.
    for (n, pause, more) in [(1, 0, &[][..]), (2, 60, &[("website", "x")][..])] {
        let email = format!("robot{n}@example.com");
        let (mut browser, check) = ready(&app, "8931 0708 2030 7245 732", &email, pause).await;
        let got = press(&mut browser, &check, more).await;
        let case = receipted(&app, &mut browser, &got, &email).await;
        assert!(case.flags.contains(&Flag::Suspect), "{n}");
    }
}

#[tokio::test]
async fn more_than_a_network_may_send_is_taken_all_the_same() {
    let (app, _dir) = testing::app().await;
    for _ in 0..60 {
        let hour = SignedDuration::from_hours(1);
        app.store.hit("declare:net:unknown", app.now(), hour, 60).await.unwrap();
    }
    let (mut browser, check) = ready(&app, "8931 0708 2030 7245 732", "mei@example.com", 60).await;
    let got = press(&mut browser, &check, &[]).await;
    let case = receipted(&app, &mut browser, &got, "mei@example.com").await;
    assert!(case.flags.contains(&Flag::Suspect));
    assert_eq!(case.risks.iter().map(|risk| risk.fact).collect::<Vec<_>>(), [Fact::ManyRequests]);
}

#[tokio::test]
async fn a_duplicate_a_lock_and_a_hold_are_receipted() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let number = testing::card(&app, 1, mei.id).await.iccid.unwrap();
    guard::lock(&app, mei.id).await.unwrap();
    guard::happened(&app, &mei, Fact::Recovered).await.unwrap();
    for nth in 0..2 {
        let (mut browser, check) = ready(&app, &number, "mei@example.com", 60).await;
        let got = press(&mut browser, &check, &[]).await;
        let case = receipted(&app, &mut browser, &got, "mei@example.com").await;
        assert!(case.locked && case.held(app.now()).is_some());
        assert_eq!(case.flags.contains(&Flag::Duplicate), nth == 1);
        // Proven, it waits for what holds it and not for its holder.
        browser.prove(mei.id).await;
        let holder = browser.visit("/").await.holder();
        let proven = crate::act::act(&app, case.reference, &holder, &case::Command::Prove).await.unwrap();
        let Stage::Review { causes, .. } = proven.stage else { panic!("not in review: {:?}", proven.stage) };
        assert!(causes.contains(&Cause::Locked), "{causes:?}");
    }
}

/// A form from elsewhere, or from a page that has been overtaken, takes nothing and loses nothing.
#[tokio::test]
async fn a_form_that_will_not_do_says_so_and_keeps_what_was_typed() {
    let (app, _dir) = testing::app().await;
    let (mut browser, check) = ready(&app, "8931 0708 2030 7245 732", "mei@example.com", 60).await;
    let (token, mark) = (hidden(&check, "token"), hidden(&check, "mark"));
    let fields = [("token", token.as_str()), ("mark", mark.as_str())];
    let foreign = browser.upload_with("0000", "/cancel/check", &fields, &[]).await;
    assert!(foreign.status.is_client_error(), "{}", foreign.status);
    let stale = browser.post("/cancel/check", &[("token", &token), ("mark", "0000")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    for got in [&foreign, &stale] {
        assert!(!got.body.contains("/receipt") && got.location().is_empty(), "it pretends to have been taken");
    }
    assert!(app.store.list(View::All, None, 10).await.unwrap().is_empty());
    let again = browser.get("/cancel/check").await;
    assert!(again.body.contains("mei@example.com"), "what was typed is gone");
    let got = press(&mut browser, &again, &[]).await;
    receipted(&app, &mut browser, &got, "mei@example.com").await;
}
