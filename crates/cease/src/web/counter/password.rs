//! The page of the account on which its password is changed.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use super::journey::Wrongs;
use super::recover::weak;
use super::sign_in::see_other;
use crate::account::{self, Changed};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "counter/password.html")]
struct PasswordPage {
    p: Page,
    wrongs: Wrongs,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    account::require(&app, &visit, None).await?;
    Ok(show(&app, &visit, Wrongs::default()))
}

fn show(app: &Shared, visit: &Visit, wrongs: Wrongs) -> axum::response::Response {
    html(wrongs.status(), &PasswordPage { p: Page::new(app, visit), wrongs })
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let ways = account::ways(&app, &visit, super::account::signed_in(&visit)?).await?;
    if !account::confirmed(&app, &visit, ways.second) {
        // What was typed are passwords, which no page carries on: they are typed again.
        return Ok(Redirect::to("/account/confirm?next=/account/password").into_response());
    }
    let account = super::account::signed_in(&visit)?;
    let l = Page::new(&app, &visit).l;
    let (old, new) = (posted.raw("password"), posted.raw("new-password"));
    let wrongs = match account::change_password(&app, &visit, account, old, new).await? {
        Changed::Done(signed_in) => return Ok(see_other("/account?new-password#password", signed_in.cookie)),
        Changed::Wrong => Wrongs::one("password", fl!(l, "password-old-wrong")),
        Changed::Weak(why) => Wrongs::one("new-password", weak(l, why)),
    };
    Ok(show(&app, &visit, wrongs))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use jiff::SignedDuration;

    use crate::testing::{self, Browser, PASSWORD};

    const NEW: &str = "lantern river basalt 58";

    #[tokio::test]
    async fn the_old_one_is_asked_for_and_everybody_else_is_signed_out_and_told() {
        let (app, _dir) = testing::app().await;
        testing::holder(&app, 1, "mei").await;
        let (mut mine, mut other) = (Browser::new(&app).await, Browser::new(&app).await);
        for browser in [&mut mine, &mut other] {
            browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
        }
        assert_eq!(mine.get("/account/password").await.status, StatusCode::OK);
        for (old, new, says) in [
            ("not the old one 1", NEW, "This is not the password you use now"),
            (PASSWORD, "short", "Use at least 15 characters"),
            (PASSWORD, "password password", "Many people use"),
        ] {
            let got = mine.post("/account/password", &[("password", old), ("new-password", new)]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(got.body.contains(says) && !got.body.contains(old) && !got.body.contains(&format!("\"{new}\"")));
        }
        assert!(other.visit("/").await.account.is_some(), "nothing has changed yet");
        let before = mine.cookie.clone();
        let got = mine.post("/account/password", &[("password", PASSWORD), ("new-password", NEW)]).await;
        assert_eq!(got.location(), "/account?new-password#password");
        assert!(mine.get("/account?new-password").await.body.contains("Your password is new"));
        assert_ne!(mine.cookie, before);
        assert!(mine.visit("/").await.account.is_some() && other.visit("/").await.account.is_none());
        let told = testing::sent(&app, 1).await;
        assert!(told.iter().any(|letter| letter.message.text.contains("password")));
        let mut again = Browser::new(&app).await;
        for (password, status) in [(PASSWORD, 422), (NEW, 303)] {
            assert_eq!(again.post("/sign-in", &[("login", "mei"), ("password", password)]).await.status, status);
        }
    }

    /// Held: it is shown again first who they are, and no page carries a password from one to the next.
    #[tokio::test]
    async fn an_open_browser_is_not_enough() {
        let (app, _dir) = testing::app().await;
        testing::holder(&app, 1, "mei").await;
        let mut browser = Browser::new(&app).await;
        browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
        testing::advance(&app, SignedDuration::from_mins(11));
        assert_ne!(browser.get("/account/password").await.status, StatusCode::OK);
        let got = browser.post("/account/password", &[("password", PASSWORD), ("new-password", NEW)]).await;
        assert_eq!(got.location(), "/account/confirm?next=/account/password");
        assert!(!got.body.contains(NEW));
        let mut again = Browser::new(&app).await;
        let got = again.post("/sign-in", &[("login", "mei"), ("password", NEW)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "it has not changed");
    }
}
