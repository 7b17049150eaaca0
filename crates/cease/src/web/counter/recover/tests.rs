use jiff::SignedDuration;
use store::Account;

use crate::account::{seal_totp, totp_now};
use crate::app::Shared;
use crate::testing::{self, Browser, PASSWORD};

const NEW: &str = "violet ladder comet 58";

/// The token in the newest mail.
async fn token(app: &Shared, count: usize) -> String {
    let text = testing::sent(app, count).await[0].message.text.clone();
    let link = text.lines().find(|l| l.starts_with("http")).unwrap();
    assert!(link.starts_with("http://localhost:8080/recover/new?token="), "{link}");
    link.split(['=', '&']).nth(1).unwrap().to_owned()
}

async fn signs_in(app: &Shared, password: &str, code: &str) -> bool {
    let fields = [("login", "mei"), ("password", password), ("code", code)];
    Browser::new(app).await.post("/sign-in", &fields).await.status.as_u16() == 303
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_ends_every_session() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut thief = Browser::new(&app).await;
    thief.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    testing::advance(&app, SignedDuration::from_mins(1));
    let mut browser = Browser::new(&app).await;
    assert_eq!(browser.post("/recover", &[("login", "mei")]).await.location(), "/recover?sent=1");
    let first = token(&app, 1).await;
    browser.post("/recover", &[("login", "mei")]).await;
    let second = token(&app, 2).await;

    let got = browser.get(&format!("/recover/new?token={second}")).await;
    assert!(got.body.contains("new-password"), "{}", got.body);
    assert!(signs_in(&app, PASSWORD, "").await, "looking changes nothing");
    let got = browser.post("/recover/new", &[("token", &second), ("password", NEW)]).await;
    assert_eq!(got.location(), "/recover/new?done=1", "{}", got.body);
    assert_eq!(browser.get("/account").await.status.as_u16(), 303, "not signed in by it");
    assert_eq!(thief.get("/account").await.status.as_u16(), 303, "signed out");
    assert!(signs_in(&app, NEW, "").await && !signs_in(&app, PASSWORD, "").await);
    for used in [&second, &first] {
        let got = browser.post("/recover/new", &[("token", used), ("password", "another good one 77")]).await;
        assert_eq!(got.status.as_u16(), 422);
        assert!(got.body.contains("no longer works"));
        let got = browser.get(&format!("/recover/new?token={used}")).await;
        assert!(got.body.contains("no longer works") && !got.body.contains("new-password"), "said before it is typed");
    }
    // Two links, and the notice on both contacts.
    let sent = testing::sent(&app, 4).await;
    let told: Vec<&str> = sent.iter().take(2).map(|s| s.message.to.as_str()).collect();
    assert!(told.contains(&"mei@example.com") && told.contains(&"+447700900101"), "{told:?}");
}

#[tokio::test]
async fn the_question_is_answered_alike_for_everyone() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    for login in ["mei", "nobody", "mei@example.com"] {
        let got = browser.post("/recover", &[("login", login)]).await;
        assert_eq!((got.status.as_u16(), got.location(), got.body.as_str()), (303, "/recover?sent=1", ""), "{login}");
    }
    let sent = testing::sent(&app, 2).await;
    assert!(sent.iter().all(|s| s.message.to == "mei@example.com"));
}

#[tokio::test]
async fn a_link_lives_half_an_hour() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    testing::advance(&app, SignedDuration::from_mins(1));
    let mut browser = Browser::new(&app).await;
    browser.post("/recover", &[("login", "mei")]).await;
    let token = token(&app, 1).await;
    testing::advance(&app, SignedDuration::from_secs(30 * 60 + 1));
    let got = browser.post("/recover/new", &[("token", &token), ("password", NEW)]).await;
    assert_eq!(got.status.as_u16(), 422);
    assert!(signs_in(&app, PASSWORD, "").await);
}

#[tokio::test]
async fn a_weak_password_can_be_mended_with_the_same_page() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    testing::advance(&app, SignedDuration::from_mins(1));
    let mut browser = Browser::new(&app).await;
    browser.post("/recover", &[("login", "mei")]).await;
    let mut token = token(&app, 1).await;
    for weak in ["short", "passwordpassword", "LAIKA MOBILE is mine"] {
        let got = browser.post("/recover/new", &[("token", &token), ("password", weak)]).await;
        assert_eq!(got.status.as_u16(), 422, "{weak}");
        assert!(got.body.contains("aria-invalid") && !got.body.contains(weak), "{weak}");
        let next = got.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(next, token, "a slip uses nothing up");
        let other = format!("href=\"/recover/new?token={token}&#38;lang=zh-CN\"");
        assert!(got.body.contains(&other), "the same page in the other language: {}", got.body);
        token = next;
    }
    let got = browser.post("/recover/new", &[("token", &token), ("password", NEW)]).await;
    assert_eq!(got.status.as_u16(), 303);
}

#[tokio::test]
async fn a_link_does_not_replace_the_second_factor() {
    let (app, _dir) = testing::app().await;
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let mei = testing::holder(&app, 1, "mei").await;
    app.store.put_account(Account { totp: Some(seal_totp(&app, mei.id, secret)), ..mei }).await.unwrap();
    testing::advance(&app, SignedDuration::from_mins(1));
    let mut browser = Browser::new(&app).await;
    browser.post("/recover", &[("login", "mei")]).await;
    let token = token(&app, 1).await;
    let got = browser.post("/recover/new", &[("token", &token), ("password", NEW), ("code", "")]).await;
    assert_eq!(got.status.as_u16(), 422);
    let token = got.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let now = || u64::try_from(app.now().as_second()).unwrap();
    let code = totp_now(secret, now()).unwrap();
    let got = browser.post("/recover/new", &[("token", &token), ("password", NEW), ("code", &code)]).await;
    assert_eq!(got.status.as_u16(), 303, "{}", got.body);
    assert!(!signs_in(&app, NEW, "").await);
    assert!(!signs_in(&app, NEW, &code).await, "the code was used by the recovery");
    testing::advance(&app, SignedDuration::from_secs(60));
    assert!(signs_in(&app, NEW, &totp_now(secret, now()).unwrap()).await);
}
