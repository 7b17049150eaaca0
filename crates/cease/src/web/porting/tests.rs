use std::sync::Arc;

use case::way::{Code, Moving, SwitchState, Unused};
use case::{Actor, Assurance, CardRecord, Case, Command, Contract, Level, Money, Stage};
use jiff::SignedDuration;
use reach::porting::{Hook, Settings};

use super::*;
use crate::{act, testing, work};

const NUMBER: &str = "+447700900201";

fn settings() -> Settings {
    toml::from_str(
        "url = \"https://porting.example/codes\"\ntoken = \"t\"\nwebhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
    )
    .unwrap()
}

/// A desk whose porting tells, and a case of a number with a code in its holder's hands.
async fn moving() -> (Shared, tempfile::TempDir, Case) {
    let (app, dir) = testing::app_with(|policy| {
        policy.notice_days = 30;
        policy.tariff.last_bill = case::rules::LastBill::ProRata;
        policy.journey.switching.offered = true;
        policy.clocks.codes = case::rules::Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
    })
    .await;
    let mut app = Arc::into_inner(app).unwrap();
    app.porting_hook = Hook::new(&settings()).unwrap();
    let app = Arc::new(app);
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let yesterday = app.now().to_zoned(app.policy.zone()).date().yesterday().ok();
    let contract = Contract { monthly: Some(Money::new(3000, "GBP")), paid_until: yesterday, ..card.contract };
    let imsi = Some("001010000000001".into());
    let card = CardRecord { msisdn: Some(NUMBER.into()), imsi, contract, ..card };
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let case = testing::declared(&app, &card, &mei).await;
    assert_eq!(fees(&case), ["fee-postage", "fee-last-bill", "fee-notice"]);
    let assurance = Assurance::shown(Level::Code, mei.id, app.now());
    let holder = Actor::Holder { account: Some(mei.id), assurance };
    let ask = Command::AskCode { moving: Moving::of(Code::Pac, Unused::Lapse) };
    act::act(&app, case.reference, &holder, &ask).await.unwrap();
    while work::round(&app).await.unwrap() > 0 {}
    let case = read(&app, &case).await;
    assert!(case.ways.switch.as_ref().unwrap().runs_until().is_some(), "{:?}", case.stage);
    (app, dir, case)
}

fn fees(case: &Case) -> Vec<&str> {
    case.quote.lines.iter().map(|line| line.what.as_str()).collect()
}

async fn read(app: &Shared, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn tell(app: &Shared, head: [&str; 3], body: &str) -> (StatusCode, String) {
    webhook::tests::tell(app, "/api/porting", head, body).await
}

/// Signed, now.
async fn told(app: &Shared, id: &str, body: &str) -> (StatusCode, String) {
    let seconds = app.now().as_second().to_string();
    let right = app.porting_hook.as_ref().unwrap().signed().signature(id, &seconds, body.as_bytes());
    tell(app, [id, &seconds, &right], body).await
}

#[tokio::test]
async fn a_number_that_has_gone_ends_its_case_that_day_and_once() {
    let (app, _dir, case) = moving().await;
    testing::advance(&app, SignedDuration::from_hours(48));
    let moved = app.now() - SignedDuration::from_hours(3);
    let body = format!(r#"{{"event":"ported","msisdn":"{NUMBER}","at":"{moved}"}}"#);
    let taken = |first: bool| (StatusCode::OK, format!(r#"{{"taken":{first}}}"#));
    assert_eq!(told(&app, "m1", &body).await, taken(true));
    while work::round(&app).await.unwrap() > 0 {}
    let ended = read(&app, &case).await;
    assert!(ended.stage.has_ended(), "{:?}", ended.stage);
    assert_eq!(ended.times.contract_end, Some(moved), "no notice, and from the hour at which it went");
    assert_eq!(fees(&ended), ["fee-postage", "fee-last-bill"]);
    // The number is with its holder, and nothing says until when it rests.
    assert_eq!(ended.times.number_release, None);
    let mut browser = testing::Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", testing::PASSWORD)]).await;
    for page in ["", "/certificate"] {
        let page = browser.get(&format!("/case/{}{page}", case.reference)).await.body;
        assert!(page.contains("The contract ends") || page.contains("Contract ended"), "{page}");
        assert!(!page.contains("The number may go to others") && !page.contains("Number free again"), "{page}");
    }
    let sent = testing::shelf(&app).messages();
    let letter = sent.iter().find(|sent| sent.message.text.contains("certificate")).unwrap();
    assert!(!letter.message.text.contains("Number kept back until"), "{}", letter.message.text);
    let switch = ended.ways.switch.clone().unwrap();
    assert_eq!((switch.state, switch.used), (SwitchState::Done, Some(moved)));
    // Again, and under another name: nothing more happens.
    assert_eq!(told(&app, "m1", &body).await, taken(false));
    assert_eq!(told(&app, "m2", &body).await, taken(true));
    assert_eq!(read(&app, &case).await.version, ended.version);
}

#[tokio::test]
async fn what_is_not_signed_or_not_about_this_code_moves_nothing() {
    let (app, _dir, case) = moving().await;
    let (_, code) = work::port::running(&app, &case).unwrap();
    let body = format!(r#"{{"event":"ported","msisdn":"{NUMBER}"}}"#);
    let seconds = app.now().as_second().to_string();
    let right = app.porting_hook.as_ref().unwrap().signed().signature("m1", &seconds, body.as_bytes());
    for head in [["m1", &seconds, "v1,AAAA"], ["m2", &seconds, &right], ["m1", "1", &right], ["", &seconds, &right]] {
        assert_eq!(tell(&app, head, &body).await.0, StatusCode::UNAUTHORIZED);
    }
    let (status, _) = tell(&app, ["m1", &seconds, &right], &body.replace("201", "202")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the body is signed");
    assert_eq!(told(&app, "m3", "{}").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // Another number, another code, no number: taken, and of no case.
    for body in
        [body.replace("201", "202"), body.replace('}', r#","code":"ZZZ000000"}"#), body.replace(NUMBER, "nobody")]
    {
        assert_eq!(told(&app, &body, &body).await.0, StatusCode::OK, "{body}");
    }
    assert_eq!(read(&app, &case).await.version, case.version);
    // Its own code does, however it is written; one from the future counts as now.
    let own = format!(
        r#"{{"event":"ported","msisdn":"{}","code":"{}","at":"2099-01-01T00:00:00Z"}}"#,
        &NUMBER[1..],
        code.to_lowercase()
    );
    assert_eq!(told(&app, "m9", &own).await.0, StatusCode::OK);
    assert_eq!(read(&app, &case).await.ways.switch.unwrap().used, Some(app.now()));
}

#[tokio::test]
async fn a_number_may_go_by_the_code_before_the_last() {
    let (app, _dir, case) = moving().await;
    let (_, first) = work::port::running(&app, &case).unwrap();
    testing::advance(&app, SignedDuration::from_mins(1));
    let mei = case.account.unwrap();
    let holder = Actor::Holder { account: Some(mei), assurance: Assurance::shown(Level::Code, mei, app.now()) };
    let ask = Command::AskCode { moving: Moving::of(Code::Pac, Unused::Lapse) };
    act::act(&app, case.reference, &holder, &ask).await.unwrap();
    while work::round(&app).await.unwrap() > 0 {}
    let (_, second) = work::port::running(&app, &read(&app, &case).await).unwrap();
    assert_ne!(first, second);
    let body = format!(r#"{{"event":"ported","msisdn":"{NUMBER}","code":"{first}"}}"#);
    assert_eq!(told(&app, "m1", &body).await.0, StatusCode::OK);
    assert_eq!(read(&app, &case).await.ways.switch.unwrap().state, SwitchState::Done);
}

#[tokio::test]
async fn a_number_that_goes_after_a_withdrawal_brings_the_case_back_to_the_desk() {
    let (app, _dir, case) = moving().await;
    let mei = case.account.unwrap();
    let assurance = Assurance::shown(Level::Code, mei, app.now());
    let holder = Actor::Holder { account: Some(mei), assurance };
    act::act(&app, case.reference, &holder, &Command::Withdraw).await.unwrap();
    // Its page does not say that it is all over.
    let mut browser = testing::Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", testing::PASSWORD)]).await;
    let page = browser.get(&format!("/case/{}", case.reference)).await.body;
    assert!(page.contains("works until then") && !page.contains("Nothing more will happen"), "{page}");
    let body = format!(r#"{{"event":"ported","msisdn":"{NUMBER}"}}"#);
    assert_eq!(told(&app, "m1", &body).await.0, StatusCode::OK);
    let stage = read(&app, &case).await.stage;
    assert!(matches!(&stage, Stage::Review { causes, .. } if causes.contains(&case::Cause::Ported)), "{stage:?}");
}

#[tokio::test]
async fn where_nobody_may_tell_it_is_said() {
    let (app, _dir) = testing::app().await;
    assert_eq!(tell(&app, ["m1", "1", "v1,AAAA"], "{}").await.0, StatusCode::NOT_FOUND);
}
