use jiff::SignedDuration;

use crate::testing::{self, Browser, PASSWORD};

#[tokio::test]
async fn an_open_browser_is_not_enough_and_nobody_takes_it_over_and_over() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let mut browser = Browser::new(&app).await;
    assert_eq!(browser.get("/account/data").await.status.as_u16(), 303, "who is that?");
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    assert!(browser.get("/account").await.body.contains("href=\"/account/data\""));
    assert!(browser.get(&format!("/case/{}", case.reference)).await.body.contains("href=\"/account/data\""));
    assert!(browser.get("/account/data").await.body.contains("action=\"/account/data\""));
    testing::advance(&app, SignedDuration::from_mins(11));
    assert_eq!(browser.post("/account/data", &[]).await.status.as_u16(), 403);
    let wrong = [("to", "/account/data"), ("password", "another kettle march 27")];
    assert_eq!(browser.post("/account/confirm", &wrong).await.status.as_u16(), 422);
    assert_eq!(browser.post("/account/data", &[]).await.status.as_u16(), 403);
    browser.post("/account/confirm", &[("to", "/account/data"), ("password", PASSWORD)]).await;
    for _ in 0..5 {
        let got = browser.post("/account/data", &[]).await;
        assert_eq!((got.status.as_u16(), got.headers["content-type"].to_str().unwrap()), (200, "application/zip"));
        assert!(got.body.starts_with("PK") && got.body.contains("cease/account/v1\naccount "));
        assert!(got.headers["content-disposition"].to_str().unwrap().contains("cease-account-2026-11-22.zip"));
        assert_eq!(got.headers["cache-control"], "no-store");
    }
    assert_eq!(browser.post("/account/data", &[]).await.status.as_u16(), 429);
}

#[tokio::test]
async fn another_s_case_offers_nothing() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let mut browser = Browser::new(&app).await;
    // Whoever follows it by its reference and a code is not signed in.
    browser.prove(mei.id).await;
    assert!(!browser.get(&format!("/case/{}", case.reference)).await.body.contains("/account/data"));
}
