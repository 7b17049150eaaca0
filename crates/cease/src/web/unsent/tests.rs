use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use case::Level;
use tower::ServiceExt;

use crate::app::Shared;
use crate::testing::{self, Browser, PASSWORD};

const LETTER: &str = "I sold the router in May. <b>Please</b> look again.";
const PAGE: [(&str, &str); 2] = [("sec-fetch-site", "same-origin"), ("sec-fetch-dest", "document")];

/// A form with a token that is not theirs; the page of the answer.
async fn stale(app: &Shared, cookie: &str, path: &str, headers: &[(&str, &str)], form: &str) -> (StatusCode, String) {
    let mut request = Request::post(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(form.to_owned())).unwrap();
    let got = crate::web::router(app.clone()).oneshot(request).await.unwrap();
    let status = got.status();
    let body = axum::body::to_bytes(got.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn holder(app: &Shared) -> (Browser, case::Case) {
    let ana = testing::holder(app, 1, "ana").await;
    let case = testing::ending(app, 1, &ana).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(ana.id, Level::SignedIn).await;
    (browser, case)
}

#[tokio::test]
async fn a_holder_whose_session_is_over_has_their_words_back() {
    let (app, _dir) = testing::app().await;
    let (mut browser, case) = holder(&app).await;
    let path = format!("/case/{}", case.reference);
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    testing::advance(&app, jiff::SignedDuration::from_hours(24 * 40));
    let got = browser.submit(&format!("{path}?lang=en"), &[("do", "say"), ("said", LETTER)]).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    let shown = "I sold the router in May. &#60;b&#62;Please&#60;/b&#62; look again.";
    assert!(got.body.contains(shown) && got.body.contains("Nothing was sent"), "{}", got.body);
    assert!(got.body.contains(&format!("/case?ref={}", case.reference)), "{}", got.body);
    // Nothing was written, and so nothing is shown; and what does not come from a page of ours is led on.
    assert_eq!(browser.submit(&path, &[("do", "nudge")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.post(&path, &[("do", "say"), ("said", LETTER)]).await.status, StatusCode::SEE_OTHER);
    assert!(!app.store.journal(case.reference).await.unwrap().iter().any(|e| format!("{e:?}").contains("in May")));
}

#[tokio::test]
async fn a_form_from_before_somebody_signed_in_anew_gives_words_back_and_no_secret() {
    let (app, _dir) = testing::app().await;
    let (browser, case) = holder(&app).await;
    let path = format!("/case/{}", case.reference);
    let form = |more: &str| format!("csrf=00&do=say&{more}said=All+that+I+wrote");
    let (status, body) = stale(&app, &browser.cookie, &path, &PAGE, &form("")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("All that I wrote") && body.contains("somebody has signed in anew"), "{body}");
    // What another site had a browser send is never shown as ours, nor what a program sends.
    for headers in [&[("sec-fetch-site", "cross-site"), PAGE[1]][..], &[PAGE[1]], &[]] {
        let (status, body) = stale(&app, &browser.cookie, &path, headers, &form("")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(!body.contains("All that I wrote"), "{headers:?}");
    }
    for path in ["/account/password", "/desk/sign-in", "/sign-in"] {
        let form = format!("csrf=00&login=ana&password={PASSWORD}&new-password={PASSWORD}&code=123456");
        let (status, body) = stale(&app, &browser.cookie, path, &PAGE, &form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(!body.contains(PASSWORD) && !body.contains("123456"), "{path}");
    }
}

/// Every field with room for sentences at the counter is one whose words come back.
#[test]
fn no_textarea_of_the_counter_is_forgotten() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    for folder in ["case", "chat", "counter"] {
        for file in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for found in text.split("parts::textarea(\"").skip(1) {
                let name = found.split('"').next().unwrap();
                assert!(super::SENTENCES.contains(&name), "{name}");
            }
        }
    }
}
