use jiff::SignedDuration;

use crate::account::totp_now;
use crate::testing::{self, Browser, PASSWORD};

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    testing::holder(&app, 2, "other").await;
    let mut browsers = Vec::new();
    for login in ["mei", "mei", "mei", "other"] {
        let mut browser = Browser::new(&app).await;
        browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
        browsers.push(browser);
    }
    let page = browsers[0].get("/account").await.body;
    let names: Vec<&str> =
        page.split("name=\"session\" value=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
    assert_eq!(names.len(), 2, "this one has no button");
    // Another account's session cannot be ended, whatever is posted.
    browsers[3].post("/account/sessions/end", &[("session", names[0])]).await;
    assert_eq!(browsers[0].get("/account").await.body.matches("name=\"session\"").count(), 2);
    browsers[0].post("/account/sessions/end", &[("session", names[0])]).await;
    assert_eq!(browsers[0].get("/account").await.body.matches("name=\"session\"").count(), 1);
    browsers[0].post("/account/sessions/end-others", &[]).await;
    let mut open = Vec::new();
    for browser in &mut browsers {
        open.push(browser.get("/account").await.status.as_u16());
    }
    assert_eq!(open, [200, 303, 303, 200]);
}

#[tokio::test]
async fn the_second_factor_is_switched_on_and_off() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let now = || u64::try_from(app.now().as_second()).unwrap();
    let mut browser = Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let mut elsewhere = Browser::new(&app).await;
    elsewhere.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    assert!(!browser.get("/account").await.body.contains("h1v1h-1z"), "no key where none was asked for");
    let page = browser.get("/account?set-up").await.body;
    assert!(page.contains("viewBox") && page.contains("M4 4h1v1h-1z"), "the QR code is drawn");
    let groups = page.split("<span class=\"num num-mono\">").nth(1).unwrap().split("</span> </span>").next().unwrap();
    let secret: String =
        groups.split(['<', '>']).filter(|s| s.len() == 4 && !s.contains(|c: char| c.is_ascii_lowercase())).collect();
    assert_eq!(secret.len(), 32, "{groups}");
    testing::advance(&app, SignedDuration::from_secs(30));

    let code = totp_now(&secret, now()).unwrap();
    for code in ["000000", ""] {
        let got = browser.post("/account/second-factor/on", &[("code", code)]).await;
        assert_eq!(got.status.as_u16(), 422, "{code}");
    }
    let before = browser.cookie.clone();
    let got = browser.post("/account/second-factor/on", &[("code", &code)]).await;
    assert_eq!(got.location(), "/account/recovery-codes", "{}", got.body);
    assert_ne!(browser.cookie, before, "a new token at a new level");
    assert_eq!(elsewhere.get("/account").await.status.as_u16(), 303, "signed out elsewhere");
    assert_eq!(elsewhere.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await.status.as_u16(), 422);

    // Later, the password alone takes nothing off.
    testing::advance(&app, SignedDuration::from_mins(11));
    let off = [("password", PASSWORD)];
    assert_eq!(browser.post("/account/second-factor/off", &off).await.status.as_u16(), 403);
    let again = |code: String| [("to", "/account".to_owned()), ("password", PASSWORD.to_owned()), ("code", code)];
    assert_eq!(browser.post_owned("/account/confirm", &again("000000".into())).await.status.as_u16(), 422);
    let code = totp_now(&secret, now()).unwrap();
    assert_eq!(browser.post_owned("/account/confirm", &again(code)).await.status.as_u16(), 303);
    assert_eq!(browser.post("/account/second-factor/off", &[("password", "wrong")]).await.status.as_u16(), 422);
    let got = browser.post("/account/second-factor/off", &off).await;
    assert_eq!(got.status.as_u16(), 303, "{}", got.body);
    assert_eq!(elsewhere.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await.status.as_u16(), 303);
    assert_eq!(testing::sent(&app, 4).await.len(), 4, "told twice, on both contacts");
}

#[tokio::test]
async fn a_card_of_theirs_is_cancelled_from_here() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let other = testing::holder(&app, 2, "other").await;
    let card = testing::card(&app, 1, mei.id).await;
    let theirs = testing::card(&app, 2, other.id).await;
    let mut browser = Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let page = browser.get("/account").await.body;
    assert!(page.contains(&card.id.to_string()) && !page.contains(&theirs.id.to_string()));
    assert_eq!(browser.post("/account/cancel", &[("card", &theirs.id.to_string())]).await.status.as_u16(), 404);
    let got = browser.post("/account/cancel", &[("card", &card.id.to_string())]).await;
    assert_eq!(got.location(), "/cancel/you");
    let session = browser.visit("/").await.session.unwrap();
    let draft = super::Draft::of(&session).unwrap();
    assert_eq!(Some(draft.number), card.iccid);
    assert_eq!(draft.person.name, "Mei Lin");
}

/// Setting it is one press; taking it off wants a fresh look at who it is, and no hold.
#[tokio::test]
async fn the_lock_goes_on_at_once_and_off_only_for_who_shows_who_they_are() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    assert!(browser.post("/account/lock", &[("do", "on")]).await.location().starts_with("/sign-in"));
    let sign_in = |at: &'static str| [("login", "mei"), ("password", testing::PASSWORD), ("next", at)];
    browser.post("/sign-in", &sign_in("/account")).await;
    testing::advance(&app, jiff::SignedDuration::from_mins(11));
    assert_eq!(browser.post("/account/lock", &[("do", "on")]).await.location(), "/account#lock");
    let locked = async || crate::guard::standing(&app, mei.id).await.unwrap().locked.is_some();
    assert!(locked().await);
    // Signed in eleven minutes ago is not enough to take it off, and a code to a contact does not mend that.
    for proven in [false, true] {
        if proven {
            browser.prove(mei.id).await;
        }
        assert_eq!(browser.post("/account/lock", &[("do", "off")]).await.status.as_u16(), 403, "{proven}");
        assert!(locked().await);
    }
    browser.post("/sign-in", &sign_in("/account")).await;
    // Who has just recovered the password is the one it is against.
    crate::guard::happened(&app, &mei, case::Fact::Recovered).await.unwrap();
    assert!(!browser.get("/account").await.body.contains("value=\"off\""));
    browser.post("/account/lock", &[("do", "off")]).await;
    assert!(locked().await);
    testing::advance(&app, jiff::SignedDuration::from_hours(25));
    let mut later = Browser::new(&app).await;
    later.post("/sign-in", &sign_in("/account")).await;
    assert_eq!(later.post("/account/lock", &[("do", "off")]).await.location(), "/account#lock");
    assert!(!locked().await);
}

#[tokio::test]
async fn a_card_whose_cancellation_is_under_way_leads_to_its_case() {
    let (app, _dir) = testing::app().await;
    let ana = testing::holder(&app, 1, "ana").await;
    let case = testing::ending(&app, 1, &ana).await;
    let mut browser = Browser::new(&app).await;
    browser.sign_in(ana.id, case::Level::SignedIn).await;
    let page = browser.get("/account").await.body;
    let link = format!(r#"class="nowrap" href="/case/{}""#, case.reference);
    assert!(page.contains(&link) && !page.contains(r#"name="card""#), "{page}");
    while crate::work::round(&app).await.unwrap() > 0 {}
    let page = browser.get("/account?lang=en").await.body;
    assert!(!page.contains(&link) && page.contains("Ended"), "{page}");
}
