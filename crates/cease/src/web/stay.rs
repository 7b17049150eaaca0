//! How much longer whoever is signed in stays so: said in words where they sign in, and to the script of their pages,
//! which warns them before it is over. Only the server knows, since every page of the same browser counts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use case::Timestamp;
use jiff::SignedDuration;
use serde::Serialize;

use super::visit::{ABSOLUTE, IDLE};
use super::{Page, Visit};
use crate::app::Shared;

/// So long before it is over they are warned: time enough to finish a sentence, and to press a button.
const WARNED: SignedDuration = SignedDuration::from_mins(2);

/// Seconds until it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Where nothing is asked for any more.
    pub idle: i64,
    /// Whatever happens.
    pub whole: i64,
    /// A declaration that has been begun is over with it.
    pub draft: bool,
}

impl Left {
    /// None for who is not signed in: their browser is known for days.
    pub fn of(visit: &Visit, now: Timestamp) -> Option<Self> {
        let session = visit.session.as_ref().filter(|session| session.account.is_some())?;
        let until = |at: Timestamp| at.duration_since(now).as_secs().max(0);
        Some(Self {
            idle: until(session.seen_at + IDLE),
            whole: until(session.expires_at),
            draft: session.draft.is_some(),
        })
    }
}

/// `GET /session`. A page that asks by itself does not keep anybody signed in by it; whoever presses "stay" does, as by
/// any other request.
pub async fn left(State(app): State<Shared>, visit: Visit) -> Response {
    match Left::of(&visit, app.now()) {
        Some(left) => Json(left).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

impl Page {
    /// How long one stays signed in.
    pub fn limits(&self) -> String {
        fl!(self.l, "stay-limits", minutes = IDLE.as_mins(), hours = ABSOLUTE.as_hours())
    }

    /// How long before it is over its page says so: in seconds, and as a sentence has it.
    pub fn warned(&self) -> i64 {
        WARNED.as_secs()
    }

    pub fn warned_minutes(&self) -> i64 {
        WARNED.as_mins()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, header};
    use case::Level;
    use tower::ServiceExt;

    use super::*;
    use crate::testing::{self, Browser};

    /// What the page's script is answered: idle and whole.
    async fn ask(app: &Shared, browser: &Browser, by_itself: bool) -> Option<(i64, i64)> {
        let mut request = Request::get("/session").header(header::COOKIE, &browser.cookie);
        if by_itself {
            request = request.header("x-by-itself", "1");
        }
        let answer = crate::web::router(app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if answer.status() == StatusCode::NO_CONTENT {
            return None;
        }
        assert_eq!(answer.status(), StatusCode::OK);
        let body = axum::body::to_bytes(answer.into_body(), 4096).await.unwrap();
        let left: serde_json::Value = serde_json::from_slice(&body).unwrap();
        Some((left["idle"].as_i64().unwrap(), left["whole"].as_i64().unwrap()))
    }

    #[tokio::test]
    async fn asking_how_long_is_left_leaves_it_as_it_is_and_staying_begins_anew() {
        let (app, _dir) = testing::app().await;
        let mut browser = Browser::new(&app).await;
        assert_eq!(ask(&app, &browser, true).await, None, "nobody is signed in");
        let account = testing::holder(&app, 1, "mei").await;
        browser.sign_in(account.id, Level::SignedIn).await;
        assert_eq!(ask(&app, &browser, true).await, Some((1800, 43_200)));
        testing::advance(&app, SignedDuration::from_mins(28));
        for _ in 0..2 {
            assert_eq!(ask(&app, &browser, true).await, Some((120, 41_520)));
        }
        assert_eq!(ask(&app, &browser, false).await, Some((1800, 41_520)));
        assert_eq!(ask(&app, &browser, true).await, Some((1800, 41_520)), "in another page of this browser");
        // What is asked to the last keeps nobody in.
        for _ in 0..31 {
            testing::advance(&app, SignedDuration::from_mins(1));
            ask(&app, &browser, true).await;
        }
        assert_eq!(ask(&app, &browser, false).await, None);
    }

    #[tokio::test]
    async fn staying_does_not_go_beyond_the_whole() {
        let (app, _dir) = testing::app().await;
        let account = testing::holder(&app, 1, "mei").await;
        let mut browser = Browser::new(&app).await;
        browser.sign_in(account.id, Level::SignedIn).await;
        for left in (0..48).rev().map(|n| 900 * n) {
            testing::advance(&app, SignedDuration::from_mins(15));
            assert_eq!(ask(&app, &browser, false).await, Some((1800, left)).filter(|_| left > 0));
        }
    }

    #[tokio::test]
    async fn pages_of_who_is_signed_in_carry_the_warning_and_the_ways_in_say_it_in_words() {
        let (app, _dir) = testing::app().await;
        let mut browser = Browser::new(&app).await;
        for path in ["/sign-in", "/desk/sign-in"] {
            let page = browser.get(path).await.body;
            assert!(page.contains("signed out after 30 minutes") && page.contains("12 hours"), "{path}: {page}");
            assert!(!page.contains("id=\"stay\""), "{path}");
        }
        let (staff, _) = testing::staff(&app, 2, "ana", case::Role::Approver).await;
        browser.sign_in(staff.id, Level::SecondFactor).await;
        testing::advance(&app, SignedDuration::from_mins(1));
        for (path, out) in [("/account", "/sign-out"), ("/desk", "/desk/sign-out")] {
            let page = browser.get(path).await.body;
            assert!(page.contains("data-idle=\"1740\" data-whole=\"43140\" data-warned=\"120\""), "{path}: {page}");
            assert!(page.contains(&format!("action=\"{out}\" id=\"sign-out\"")), "{path}: {page}");
            assert_eq!(page.matches("form=\"sign-out\"").count(), 2, "{path}: {page}");
        }
        assert!(browser.get("/account").await.body.contains("signed out after 30 minutes"));
    }
}
