use std::sync::Arc;

use axum::http::header;
use case::{CardState, Case, Event, Flag, Outcome};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;
use crate::testing::{self, Browser};
use crate::work;

const PATH: &str = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";
const SECRET: &str = "Bearer 0123456789abcdef";

/// Lets go of every card, and says of eSIMs that their profile is left.
struct Leaves;

#[async_trait::async_trait]
impl reach::Element for Leaves {
    fn name(&self) -> &str {
        "es2plus"
    }
    async fn observe(&self, _: &reach::Line, at: case::Timestamp) -> Result<reach::ReadBack, reach::Failure> {
        let read = reach::ReadBack::new(reach::Observed::Gone, "cancelOrder 8.2.1/3.3: already downloaded", at);
        Ok(reach::ReadBack { profile_left: true, ..read })
    }
    async fn bar(
        &self,
        line: &reach::Line,
        _: case::EffectId,
        at: case::Timestamp,
    ) -> Result<reach::ReadBack, reach::Failure> {
        self.observe(line, at).await
    }
    async fn unbar(
        &self,
        line: &reach::Line,
        _: case::EffectId,
        at: case::Timestamp,
    ) -> Result<reach::ReadBack, reach::Failure> {
        self.observe(line, at).await
    }
    async fn cease(
        &self,
        line: &reach::Line,
        _: case::EffectId,
        at: case::Timestamp,
    ) -> Result<reach::ReadBack, reach::Failure> {
        self.observe(line, at).await
    }
}

/// A desk whose SM-DP+ says `deleted` by 5, `enabled` by 101.
async fn desk() -> (Shared, TempDir) {
    let (app, dir) = testing::app_with(|policy| policy.contest_minutes = 0).await;
    let settings = json!({
        "url": "https://smdp.example", "requester": "1.3.6.1.4.1.99999.1",
        "notifications": { "header": "authorization", "value": SECRET, "deleted": [5], "enabled": [101] },
    });
    let mut app = Arc::into_inner(app).unwrap();
    app.config.network.es2plus = Some(serde_json::from_value(settings).unwrap());
    app.element = Arc::new(Leaves);
    (Arc::new(app), dir)
}

/// Mei's card, ended by her.
async fn ended(app: &Shared) -> (Case, String, Browser) {
    let mei = testing::holder(app, 1, "mei").await;
    let card = testing::card(app, 101, mei.id).await;
    let iccid = card.iccid.clone().unwrap();
    let mut browser = Browser::new(app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", testing::PASSWORD)]).await;
    let visit = browser.visit("/").await;
    let number = identify(&iccid, &app.policy.identify).unwrap();
    let declaration = case::Declaration {
        channel: case::declaration::Channel::Web,
        check: number.check,
        consent: true,
        backup: true,
        ..case::Declaration::of(number.id, mei.person.clone(), app.now())
    };
    let case = crate::act::declare(app, &visit.holder(), declaration, Vec::new(), None).await.unwrap();
    while work::round(app).await.unwrap() > 0 {}
    (read(app, &case).await, iccid, browser)
}

async fn read(app: &App, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

fn told(iccid: &str, point: u32, timestamp: &str) -> String {
    let wire = reach::element::es2plus::wire::iccid(iccid).unwrap();
    json!({
        "header": { "functionRequesterIdentifier": "1.2.3", "functionCallIdentifier": "n" },
        "iccid": wire, "profileType": "data", "timestamp": timestamp, "notificationPointId": point,
        "notificationPointStatus": { "status": "Executed-Success" },
    })
    .to_string()
}

async fn tell(app: &Shared, secret: &[&str], body: String) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::post(PATH)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-admin-protocol", "gsma/rsp/v2.2.0");
    for secret in secret {
        request = request.header(header::AUTHORIZATION, *secret);
    }
    let answer = crate::web::router(app.clone()).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status, parts.headers, to_bytes(body, 1 << 20).await.unwrap().to_vec())
}

async fn seen(app: &App, case: &Case) -> Vec<ProfileSeen> {
    let entries = app.store.journal(case.reference).await.unwrap();
    let events = entries.into_iter().flat_map(|entry| entry.events);
    events.filter_map(|event| if let Event::Profile { seen } = event { Some(seen) } else { None }).collect()
}

#[tokio::test]
async fn a_profile_left_behind_is_its_holder_s_task_until_it_is_deleted() {
    let (app, _dir) = desk().await;
    let (case, iccid, mut browser) = ended(&app).await;
    assert!(case.flags.contains(&Flag::ProfileLeft), "{:?}", case.stage);
    let letters = testing::shelf(&app).messages();
    assert!(
        letters
            .iter()
            .any(|l| l.message.text.contains("/help/esim") && l.message.subject.contains(&case.reference.to_string()))
    );
    let status = format!("/case/{}", case.reference);
    let page = browser.get(&status).await.body;
    assert!(page.contains("href=\"/help/esim\"") && page.contains("Delete the eSIM profile from your device"));
    let help = browser.get("/help/esim").await.body;
    for family in ["apple", "android", "samsung", "windows", "router"] {
        assert!(help.contains(&format!("id=\"{family}\"")), "{family}");
    }
    assert_eq!(help.matches("<svg xmlns").count(), 5);

    let (code, headers, body) = tell(&app, &[SECRET], told(&iccid, 5, "2026-11-22T12:00:00Z")).await;
    assert_eq!(
        (code, headers["x-admin-protocol"].to_str().unwrap(), body.len()),
        (StatusCode::NO_CONTENT, "gsma/rsp/v2.2.0", 0)
    );
    assert!(headers.get(header::SET_COOKIE).is_none());
    let after = read(&app, &case).await;
    assert!(!after.flags.contains(&Flag::ProfileLeft));
    assert_eq!(seen(&app, &case).await, [ProfileSeen::Deleted]);
    let page = browser.get(&status).await.body;
    assert!(!page.contains("href=\"/help/esim\"") && page.contains("The eSIM profile was deleted from the device"));
    // Told again, it is the same.
    tell(&app, &[SECRET], told(&iccid, 5, "2026-11-22T12:00:05Z")).await;
    assert_eq!(read(&app, &case).await.version, after.version);
}

#[tokio::test]
async fn a_profile_put_to_use_after_the_end_stands_in_the_journal_once() {
    let (app, _dir) = desk().await;
    let (case, iccid, _) = ended(&app).await;
    for timestamp in ["1", "1", "2"] {
        assert_eq!(tell(&app, &[SECRET], told(&iccid, 101, timestamp)).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(seen(&app, &case).await, [ProfileSeen::Enabled; 2]);
    // A step that was not carried out, and one nobody agreed on, say nothing.
    let failed = told(&iccid, 101, "3").replace("Executed-Success", "Expired");
    for body in [failed, told(&iccid, 77, "4"), told(&iccid, 1, "5")] {
        assert_eq!(tell(&app, &[SECRET], body).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(seen(&app, &case).await.len(), 2);
}

#[tokio::test]
async fn only_the_sm_dp_is_believed_and_nobody_learns_which_cards_there_are() {
    let (app, _dir) = desk().await;
    let (case, iccid, _) = ended(&app).await;
    let deleted = || told(&iccid, 5, "1");
    let wrong = format!("{SECRET}0");
    for secret in [&[][..], &[""], &["Bearer"], &[wrong.as_str()], &[SECRET, SECRET], &["x", SECRET]] {
        for body in [deleted(), told("8988211000000530082", 5, "1"), "{".into()] {
            assert_eq!(tell(&app, secret, body).await.0, StatusCode::UNAUTHORIZED, "{secret:?}");
        }
    }
    let unknown = tell(&app, &[SECRET], told("8988211000000530082", 5, "1")).await;
    assert_eq!(seen(&app, &case).await, []);
    let known = tell(&app, &[SECRET], deleted()).await;
    assert_eq!(known, unknown);
    assert_eq!(seen(&app, &case).await, [ProfileSeen::Deleted]);
    // Nonsense from a sender who is known.
    for body in ["", "{", "null", "[]", &deleted().replace("8944", "89Xx"), &"[".repeat(10_000)] {
        assert_eq!(tell(&app, &[SECRET], body.into()).await.0, StatusCode::BAD_REQUEST, "{body:.40}");
    }
    let huge = deleted().replace("\"data\"", &format!("\"{}\"", "x".repeat(MOST)));
    assert_eq!(tell(&app, &[SECRET], huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    // A desk without the section has no such address.
    let (bare, _bare) = testing::app().await;
    assert_eq!(tell(&bare, &[SECRET], deleted()).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_earlier_activation_s_end_is_not_touched_by_the_next_one_s_profile() {
    let (app, _dir) = desk().await;
    let (case, iccid, _) = ended(&app).await;
    let mut card = app.store.card(case.subscription.as_ref().unwrap().card).await.unwrap().unwrap();
    (card.generation, card.state) = (2, CardState::Active);
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    tell(&app, &[SECRET], told(&iccid, 5, "1")).await;
    assert_eq!(seen(&app, &case).await, []);
    assert!(read(&app, &case).await.flags.contains(&Flag::ProfileLeft));
}

#[tokio::test]
async fn a_card_that_lets_go_whole_leaves_nothing_to_do() {
    let (app, _dir) = testing::app_with(|policy| policy.contest_minutes = 0).await;
    let (case, _, mut browser) = ended(&app).await;
    assert!(!case.flags.contains(&Flag::ProfileLeft));
    assert!(!browser.get(&format!("/case/{}", case.reference)).await.body.contains("/help/esim"));
    let journal = app.store.journal(case.reference).await.unwrap();
    let ceased = journal.iter().flat_map(|entry| &entry.events);
    let ceased: Vec<String> = ceased
        .filter(|event| matches!(event, Event::Settled { outcome: Outcome::Ceased { .. }, .. }))
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    // The journal's bytes are as they were before there was such a thing.
    assert!(ceased.len() == 1 && !ceased[0].contains("profile_left"), "{ceased:?}");
}
