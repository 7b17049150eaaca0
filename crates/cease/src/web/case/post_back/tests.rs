use axum::http::StatusCode;
use case::parcel::State;
use case::{AccountId, Case, Level, Role};
use jiff::SignedDuration;

use crate::app::Shared;
use crate::returns::tests::{returned, routers};
use crate::returns::{catch_up, code};
use crate::testing::{self, Browser};
use crate::web::Page;
use crate::web::case::bill::Statement;

async fn signed_in(app: &Shared, account: AccountId, level: Level) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(account, level).await;
    browser
}

async fn holder(app: &Shared, case: &Case) -> Browser {
    signed_in(app, case.account.unwrap(), Level::SignedIn).await
}

async fn now(app: &Shared, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn work(app: &Shared) {
    while crate::work::round(app).await.unwrap() > 0 {}
}

/// The way of the issue: a router that is late, comes back, is disputed and waived by two people.
#[tokio::test]
async fn a_router_is_returned_late_disputed_and_waived() {
    let (app, _dir, case) = routers().await;
    let mut policy = (*app.policy).clone();
    policy.returns.two_people_above = 1000;
    let app = testing::with_policy(&app, policy).await;
    work(&app).await;
    assert!(now(&app, &case).await.stage.has_ended());
    // The whole of the last day is theirs, on every page the same day.
    testing::advance(&app, SignedDuration::from_hours(24 * 14 + 6));
    work(&app).await;
    let mut browser = holder(&app, &case).await;
    assert_eq!(now(&app, &case).await.parcel.unwrap().state(), State::Asked);
    let case_page = browser.get(&format!("/case/{}?lang=en", case.reference)).await.body;
    for says in ["The router should be posted by Sunday, 6 December 2026", "By then the router should be on its way"] {
        assert!(case_page.contains(says), "{says}: {case_page}");
    }
    testing::advance(&app, SignedDuration::from_hours(18));
    work(&app).await;
    let mut browser = holder(&app, &case).await;
    let late = now(&app, &case).await;
    assert_eq!(late.parcel.as_ref().unwrap().state(), State::Late);
    assert_eq!(late.return_charge(app.now()).map(|charge| charge.amount.minor), Some(7000));
    let path = format!("/case/{}/return", case.reference);
    for (lang, title, owed) in [("en", "Late", "£70.00"), ("zh-CN", "已逾期", "70.00")] {
        let got = browser.get(&format!("{path}?lang={lang}")).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(got.body.contains(title) && got.body.contains(owed), "{lang}: {}", got.body);
    }
    // The case and its last bill say so as well.
    let says = "was not returned by Sunday, 6 December 2026, which costs £70.00";
    let body = browser.get(&format!("/case/{}?lang=en", case.reference)).await.body;
    assert!(body.contains(says) && body.contains("/return\"") && body.contains("we have no sign of it"), "{body}");
    // Closed or not, it is the holder's to do.
    let mut closed = late.clone();
    closed.stage = case::Stage::Closed { at: app.now(), certificate: None };
    let visit = testing::visit(&app, "/?lang=en", "").await;
    let stands = super::super::standing::standing(&Page::new(&app, &visit), &closed, &app.policy, None);
    assert_eq!((stands.who.as_str(), stands.when.as_str()), ("You", "Sunday, 6 December 2026"));
    let beside = |case: &Case| Statement::of(&Page::new(&app, &visit), &app.config.desk, case).map(|bill| bill.beside);
    assert_eq!(beside(&late), None, "there is no bill");
    let statement = case::bill::Statement {
        lines: Vec::new(),
        total: case::Money::zero("GBP"),
        at: app.now(),
        evidence: String::new(),
    };
    let mut billed = late.clone();
    billed.bill.statement = Some(statement);
    assert!(beside(&billed).unwrap().contains(says), "{:?}", beside(&billed));
    let pay = |case: &Case| Statement::of(&Page::new(&app, &visit), &app.config.desk, case).unwrap().pay;
    assert_eq!(pay(&billed), "", "there is nothing to pay");
    billed.bill.statement.as_mut().unwrap().total = case::Money::new(100, "GBP");
    assert!(pay(&billed).contains("ask us in your case"));
    browser.get(&format!("{path}?lang=en")).await;
    let got = browser.post(&path, &[("do", "post"), ("tracking", "RA 473 124 828 GB")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("two letters, nine digits, two letters") && got.body.contains("RA 473 124 828 GB"));
    assert_eq!(browser.post(&path, &[("do", "post")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let got = browser.post(&path, &[("do", "post"), ("tracking", "ra 473 124 829 gb")]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    catch_up(&app).await.unwrap();
    let (agent, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let (approver, _) = testing::staff(&app, 91, "ana", Role::Approver).await;
    let mut desk = signed_in(&app, agent.id, Level::SecondFactor).await;
    let at_desk = format!("/desk/case/{}/return", case.reference);
    let before = now(&app, &case).await.return_charge(app.now());
    assert_eq!(desk.post(&at_desk, &[("do", "receive")]).await.status, StatusCode::SEE_OTHER);
    let inspect = [("do", "inspect"), ("found", "as-agreed"), ("text", "")];
    assert_eq!(desk.post(&at_desk, &inspect).await.status, StatusCode::SEE_OTHER);
    assert_eq!(now(&app, &case).await.return_charge(app.now()), before, "receiving changed what is owed");
    let dispute = [("do", "dispute"), ("over", "in-time"), ("text", "I was in hospital")];
    assert_eq!(browser.post(&path, &dispute[..2]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post(&path, &dispute).await.status, StatusCode::SEE_OTHER);
    assert_eq!(now(&app, &case).await.return_charge(app.now()), None);
    let waive = [("do", "waive"), ("reason", "hospital, and it is here")];
    assert_eq!(desk.post(&at_desk, &waive).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.post(&at_desk, &waive).await.status, StatusCode::CONFLICT, "one person signed twice");
    let mut second = signed_in(&app, approver.id, Level::SecondFactor).await;
    assert_eq!(second.post(&at_desk, &waive).await.status, StatusCode::SEE_OTHER);
    let done = now(&app, &case).await;
    assert_eq!((done.parcel.as_ref().unwrap().state(), done.return_charge(app.now())), (State::Waived, None));
    work(&app).await;
    let got = browser.get(&path).await;
    assert!(got.body.contains("Waived") && got.body.contains("costs you nothing"));
    assert!(!got.body.contains("hospital, and it is here"), "the desk's own reason is not the holder's to read");
}

/// Who keeps the card keeps the router: nothing asks for it any more, and no label is made.
#[tokio::test]
async fn whoever_takes_it_back_has_nothing_to_send() {
    let (app, _dir) = testing::app().await;
    let mut policy = (*app.policy).clone();
    policy.contest_minutes = 60;
    policy.returns.router.charge = Some(7000);
    let app = testing::with_policy(&app, policy).await;
    let case = returned(&app, 1).await;
    let mut browser = holder(&app, &case).await;
    let (page, path) = (format!("/case/{}", case.reference), format!("/case/{}/return", case.reference));
    assert!(browser.get(&path).await.body.contains("If it is not sent back"));
    let got = browser.post(&format!("{page}/withdraw"), &[("sure", "yes")]).await;
    assert_eq!(now(&app, &case).await.stage.name(), "withdrawn", "{} {}", got.status, got.body);
    let status = browser.get(&page).await.body;
    assert!(!status.contains("To be sent") && !status.contains("Send it back"), "{status}");
    let back = browser.get(&path).await.body;
    assert!(back.contains("Nothing has to come back") && !back.contains("£70.00"), "{back}");
    assert_eq!(browser.get(&format!("{path}/label")).await.location(), path);
}

#[tokio::test]
async fn the_label_and_its_code_are_known_and_the_address_is_checked() {
    let (app, _dir, case) = routers().await;
    catch_up(&app).await.unwrap();
    let mut browser = holder(&app, &case).await;
    let path = format!("/case/{}/return", case.reference);
    assert_eq!(browser.get(&format!("/case/{}/card", case.reference)).await.location(), path);
    let made = browser.post(&path, &[("do", "label")]).await;
    assert_eq!(made.location(), format!("{path}/label"));
    let label = browser.get(&format!("{path}/label")).await;
    let code = code(&app.keys, case.reference);
    assert!(label.body.contains(&code) && label.body.matches("<svg xmlns").count() >= 2);
    let pdf = browser.get(&format!("{path}/label.pdf?sender=1")).await;
    assert!(pdf.status == StatusCode::OK && pdf.body.starts_with("%PDF") || pdf.status == StatusCode::SEE_OTHER);
    let known = browser.post("/check", &[("text", &code)]).await;
    assert!(known.body.contains("The code of a return to us"), "{}", known.body);
    assert!(!known.body.contains(&case.reference.to_string()));
    let unknown = browser.post("/check", &[("text", "RTN-00000-00000")]).await;
    assert!(unknown.body.contains("No code of ours"));
    // A stranger sees nothing of it.
    let mut stranger = Browser::new(&app).await;
    for end in ["", "/label", "/label.pdf"] {
        assert!(stranger.get(&format!("{path}{end}")).await.location().starts_with("/case?ref="), "{end}");
    }
}
