use axum::http::StatusCode;
use case::case::Step;
use case::way::{Code, Moving, Unused};
use case::{CardState, Case, Fact, Stage};
use jiff::SignedDuration;
use store::Passkey;

use super::*;
use crate::testing::{self, Browser};
use crate::work;

async fn rest(app: &Shared) {
    while work::round(app).await.unwrap() + guard::look(app).await.unwrap() > 0 {}
}

async fn again(app: &App, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

/// A barred case, and the path of the link in its receipt.
async fn barred(app: &Shared, n: u64, login: &str) -> (Case, String) {
    let holder = testing::holder(app, n, login).await;
    let case = testing::ending(app, n, &holder).await;
    rest(app).await;
    let mails = testing::shelf(app).messages();
    let of = |text: &str| {
        let rest = text.split_once(&format!("/stop/{}", case.reference))?.1;
        let code = rest.split_whitespace().next()?;
        Some(format!("/stop/{}{code}", case.reference))
    };
    let path = mails.iter().find_map(|mail| of(&mail.message.text)).expect("a link in the receipt");
    (again(app, &case).await, path)
}

fn an_hour(policy: &mut case::Policy) {
    policy.contest_minutes = 60;
}

#[tokio::test]
async fn one_tap_without_signing_in_stops_it_and_puts_the_card_back() {
    let (app, _dir) = testing::app_with(an_hour).await;
    let (case, path) = barred(&app, 1, "mei").await;
    assert!(matches!(case.stage, Stage::Ceasing { step: Step::Barred { .. }, .. }));
    // A scanner of mail opens it as often as it likes.
    for _ in 0..3 {
        let mut scanner = Browser::new(&app).await;
        let got = scanner.get(&path).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(got.body.contains("Stop everything: that wasn’t me"), "{}", got.body);
    }
    assert_eq!(again(&app, &case).await.version, case.version, "opening it changed something");
    let mut mei = Browser::new(&app).await;
    let pressed = mei.post(&path, &[]).await;
    assert_eq!((pressed.status, pressed.location()), (StatusCode::SEE_OTHER, path.as_str()));
    rest(&app).await;
    assert!(matches!(again(&app, &case).await.stage, Stage::Contested { was_barred: true, .. }));
    let card = app.store.card(case.subscription.as_ref().unwrap().card).await.unwrap().unwrap();
    assert_eq!(card.state, CardState::Active);
    // Again is not an error, and the page says that it has stopped; it opens nothing else of the case.
    assert_eq!(mei.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(mei.get(&path).await.body.contains("Everything has stopped"));
    assert!(mei.get(&format!("/case/{}", case.reference)).await.location().starts_with("/case?"));
    testing::advance(&app, SignedDuration::from_hours(48));
    rest(&app).await;
    assert!(matches!(again(&app, &case).await.stage, Stage::Contested { .. }), "it went on by itself");
}

#[tokio::test]
async fn no_other_token_stops_anything() {
    let (app, _dir) = testing::app_with(an_hour).await;
    let (mine, my_path) = barred(&app, 1, "mei").await;
    let (other, other_path) = barred(&app, 2, "tom").await;
    let code = my_path.rsplit_once('.').unwrap().1;
    let mut eve = Browser::new(&app).await;
    let wrong = |at: usize| {
        let mut code: Vec<char> = code.chars().collect();
        code[at] = if code[at] == '7' { '8' } else { '7' };
        format!("/stop/{}.{}", mine.reference, code.into_iter().collect::<String>())
    };
    let mut forged = vec![
        format!("/stop/{}.{code}", other.reference),
        format!("/stop/{}.", mine.reference),
        format!("/stop/{}", mine.reference),
        "/stop/1.2.3".into(),
        "/stop/zz.-9223372036854775808.x".into(),
        "/stop/....".into(),
        format!("/stop/{:x}.{:x}.{}", 1, app.now().as_second() / 3_600, "0".repeat(32)),
    ];
    forged.extend((0..code.len()).map(wrong));
    for path in &forged {
        assert_eq!(eve.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(eve.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // Nor does a foreign page that posts without the form's token.
    let bare = eve.upload_with("0000", &my_path, &[], &[]).await;
    assert!(bare.status.is_client_error(), "{}", bare.status);
    for case in [&mine, &other] {
        assert_eq!(again(&app, case).await.version, case.version);
    }
    // Guessing ends; the right link does not.
    while eve.get(&forged[0]).await.status != StatusCode::TOO_MANY_REQUESTS {}
    assert_eq!(eve.get(&other_path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn after_the_end_the_link_says_that_it_is_too_late_and_what_then() {
    let (app, _dir) = testing::app_with(an_hour).await;
    let (case, path) = barred(&app, 1, "mei").await;
    testing::advance(&app, SignedDuration::from_hours(2));
    rest(&app).await;
    let ended = again(&app, &case).await;
    assert!(ended.stage.has_ended());
    let mut mei = Browser::new(&app).await;
    let late = mei.get(&path).await.body;
    assert!(late.contains("too late") && late.contains("the number still rests"), "{late}");
    assert_eq!(mei.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(again(&app, &case).await.version, ended.version);
    // Nothing rests that has gone to another network, or whose time of rest is over.
    let mut moved = ended.clone();
    moved.declaration.way.moving = Some(Moving::of(Code::Pac, Unused::Cancel));
    assert!(is(&moved, app.now()) == Is::TooLate(Number::Moves));
    let free = ended.times.number_release.unwrap();
    testing::advance(&app, free.duration_since(app.now()));
    let late = mei.get(&path).await.body;
    assert!(late.contains("somebody else may have it") && !late.contains("still rests"), "{late}");
}

#[tokio::test]
async fn the_code_of_a_text_message_leads_there_however_it_is_typed() {
    let (app, _dir) = testing::app_with(an_hour).await;
    let (case, path) = barred(&app, 1, "mei").await;
    let code = path.rsplit_once('.').unwrap().1.to_owned();
    let texts = testing::shelf(&app).messages();
    assert!(texts.iter().any(|m| m.message.to.starts_with('+') && m.message.text.contains(&code)), "no text has it");
    let mut mei = Browser::new(&app).await;
    let (small, spaced) = (code.to_lowercase(), format!(" {}-{} ", &code[..5], &code[5..]));
    for typed in [&code, &small, &spaced] {
        let found = mei.post("/stop", &[("reference", &case.reference.to_string()), ("code", typed)]).await;
        assert_eq!(found.status, StatusCode::SEE_OTHER, "{typed}");
        assert_eq!(mei.get(found.location()).await.status, StatusCode::OK);
    }
    let wrong = mei.post("/stop", &[("reference", &case.reference.to_string()), ("code", "0000000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("value=\"0000000000\""), "what was typed is kept");
}

#[tokio::test]
async fn the_link_of_an_account_locks_it_signs_everybody_out_and_grows_old() {
    let (app, _dir) = testing::app_with(an_hour).await;
    let (case, _) = barred(&app, 1, "mei").await;
    let mei = app.store.account(case.account.unwrap()).await.unwrap().unwrap();
    let visit = Browser::new(&app).await.visit("/").await;
    visit.sign_in(&app, mei.id, case::Level::SignedIn).await.unwrap();
    guard::happened(&app, &mei, Fact::Recovered).await.unwrap();
    // Another waits for its card, and no lock would have moved it.
    let mut card = testing::card(&app, 2, mei.id).await;
    card.must_return = true;
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let waits = testing::declared(&app, &card, &mei).await;
    assert!(matches!(waits.stage, Stage::Received { .. }), "{:?}", waits.stage);
    rest(&app).await;
    let link = stop::account_link(&app, mei.id);
    let path = format!("/stop/{}", link.rsplit_once('/').unwrap().1);
    let mut old = Browser::new(&app).await;
    assert!(old.get(&path).await.body.contains("one tap"));
    assert!(guard::standing(&app, mei.id).await.unwrap().locked.is_none());
    assert_eq!(old.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    rest(&app).await;
    assert!(guard::standing(&app, mei.id).await.unwrap().locked.is_some());
    assert!(app.store.sessions_of(mei.id).await.unwrap().is_empty());
    for case in [&case, &waits] {
        assert!(
            matches!(again(&app, case).await.stage, Stage::Contested { .. }),
            "{:?}",
            again(&app, case).await.stage
        );
    }
    assert!(old.get(&path).await.body.contains("A person looks into it"));
    // Whoever knew its password does not come back and take the lock off.
    assert!(app.store.account(mei.id).await.unwrap().unwrap().password.is_none());
    let back = old.post("/sign-in", &[("login", "mei"), ("password", testing::PASSWORD)]).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    testing::advance(&app, SignedDuration::from_hours(24 * 7));
    assert_eq!(old.get(&path).await.status, StatusCode::NOT_FOUND);
}

/// Of passkeys, those that may be the intruder's: what has been there for longer is the holder's second factor, which a
/// stolen mailbox must not get rid of.
#[tokio::test]
async fn a_stop_takes_off_the_passkeys_that_were_added_lately_and_no_others() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let (lin, _) = testing::staff(&app, 2, "lin", case::Role::Agent).await;
    for (id, account, hours) in [(1, mei.id, 25), (2, mei.id, 23), (3, mei.id, 0), (4, lin.id, 0)] {
        let at = app.now() - SignedDuration::from_hours(hours);
        let id = vec![id; 16];
        let key = Passkey { id, account, name: String::new(), key: vec![], count: 0, added_at: at, used_at: None };
        assert!(app.store.add_passkey(key, 9).await.unwrap());
    }
    for (account, left) in [(mei.id, 1), (lin.id, 4)] {
        let path = format!("/stop/{}", stop::account_link(&app, account).rsplit_once('/').unwrap().1);
        Browser::new(&app).await.post(&path, &[]).await;
        let keys = app.store.passkeys_of(account).await.unwrap();
        assert_eq!(keys.iter().map(|passkey| passkey.id[0]).collect::<Vec<_>>(), [left], "staff keep theirs");
    }
}

/// Nobody is promised an answer where there is no case that somebody could look into; a lock of one's own stops nobody
/// who has come in.
#[tokio::test]
async fn an_account_without_a_case_is_shut_and_nobody_is_promised_an_answer() {
    let (app, _dir) = testing::app().await;
    let tom = testing::holder(&app, 1, "tom").await;
    guard::lock(&app, tom.id).await.unwrap();
    let path = format!("/stop/{}", stop::account_link(&app, tom.id).rsplit_once('/').unwrap().1);
    let mut browser = Browser::new(&app).await;
    assert!(browser.get(&path).await.body.contains("one tap"));
    for _ in 0..2 {
        assert_eq!(browser.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
        let body = browser.get(&path).await.body;
        assert!(body.contains("Everything has stopped") && !body.contains("A person looks into it"), "{body}");
    }
    // A new password goes on from the mail; it is no second stop.
    let tom = app.store.account(tom.id).await.unwrap().unwrap();
    assert!(tom.password.is_none() && tom.changed_at <= app.now());
}

#[tokio::test]
async fn what_was_left_empty_is_named_and_is_no_wrong_code() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    for _ in 0..=WRONG {
        let got = browser.post("/stop", &[("reference", " "), ("code", "")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("Enter the reference from our message."), "{}", got.body);
        assert!(got.body.contains("Enter the code from our message."), "{}", got.body);
    }
    let got = browser.post("/stop", &[("reference", "C7K4-M2QX-1"), ("code", "")]).await;
    assert!(!got.body.contains("Enter the reference") && got.body.contains("Enter the code"), "{}", got.body);
    assert!(got.body.contains(r#"value="C7K4-M2QX-1""#), "{}", got.body);
}
