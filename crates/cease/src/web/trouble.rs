//! What can go wrong for a reader, as a page in their language that says what to do.

use std::sync::Arc;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use case::Refusal;
use store::StoreError;

use crate::account::Confirm;
use crate::act::ActError;
use crate::app::Shared;
use crate::web::access;
use crate::web::counter::again;
use crate::web::even::even;
use crate::web::next::back_to;
use crate::web::page::{Page, html};
use crate::web::unsent;
use crate::web::visit::Visit;

/// What a handler answers.
pub type Answer = Result<Response, Trouble>;

#[derive(Clone, Debug)]
pub enum Trouble {
    NotFound,
    /// Nothing is shown at this address: forms are sent to it.
    Method,
    /// The form was not ours, or its page was too old.
    StaleForm,
    /// The same, of a page of ours, with what was written in it.
    Unsent(Vec<String>),
    /// The page is for someone else.
    Forbidden,
    /// Sign in first; come back to this path.
    SignIn {
        desk: bool,
    },
    /// Show first that it is still you; what was asked for goes on afterwards.
    Confirm(Box<Confirm>),
    TooMany {
        seconds: i64,
    },
    TooLarge,
    BadRequest,
    Refused(Refusal),
    /// The database is not what was signed: nothing is written any more.
    Halted,
    /// What is stored is not what was written, and is not shown.
    Changed(String),
    /// The store or something else is not there; what was typed has not been lost by the browser.
    Unavailable(String),
}

impl From<StoreError> for Trouble {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Corrupt { .. } => Trouble::Changed(e.to_string()),
            StoreError::Conflict | StoreError::Deadline | StoreError::Unmigrated | StoreError::Engine(_) => {
                Trouble::Unavailable(e.to_string())
            }
        }
    }
}

impl From<ActError> for Trouble {
    fn from(e: ActError) -> Self {
        match e {
            ActError::Refused(refusal) => Trouble::Refused(refusal),
            ActError::NoSuchCase => Trouble::NotFound,
            ActError::Store(e) => e.into(),
        }
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(e: anyhow::Error) -> Self {
        Trouble::Unavailable(format!("{e:#}"))
    }
}

impl IntoResponse for Trouble {
    /// Only a mark; [`page`] is drawn where the visitor is known.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    p: Page,
    title: String,
    text: String,
    way_out: String,
    href: String,
}

/// The page for a trouble.
pub fn page(app: &Shared, visit: &Visit, trouble: &Trouble) -> Response {
    let p = Page::new(app, visit);
    let l = p.l;
    let start = match visit.staff() {
        Some(_) => (fl!(l, "trouble-desk"), "/desk".to_owned()),
        None => (fl!(l, "trouble-home"), "/".to_owned()),
    };
    let (again, back) = ((fl!(l, "trouble-stale-again"), opened(&p.path)), (fl!(l, "trouble-back"), opened(&p.path)));
    let (status, title, text, (way_out, href)) = match trouble {
        Trouble::NotFound => {
            (StatusCode::NOT_FOUND, fl!(l, "trouble-not-found"), fl!(l, "trouble-not-found-text"), start)
        }
        Trouble::Method => {
            (StatusCode::METHOD_NOT_ALLOWED, fl!(l, "trouble-method"), fl!(l, "trouble-method-text"), back)
        }
        Trouble::StaleForm => (StatusCode::FORBIDDEN, fl!(l, "trouble-stale"), fl!(l, "trouble-stale-text"), again),
        Trouble::Unsent(words) => return unsent::stale(p, words.clone()),
        Trouble::Forbidden => {
            (StatusCode::FORBIDDEN, fl!(l, "trouble-forbidden"), fl!(l, "trouble-forbidden-text"), start)
        }
        Trouble::SignIn { desk } => {
            let location =
                HeaderValue::from_str(&back_to(visit, *desk)).unwrap_or(HeaderValue::from_static("/sign-in"));
            return (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        }
        Trouble::Confirm(confirm) => return again::ask_first(app, visit, confirm),
        Trouble::TooMany { seconds } => {
            let minutes = (*seconds / 60 + 1).max(1);
            let text = fl!(l, "trouble-too-many-text", minutes = minutes);
            (StatusCode::TOO_MANY_REQUESTS, fl!(l, "trouble-too-many"), text, start)
        }
        Trouble::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, fl!(l, "trouble-too-large"), fl!(l, "trouble-too-large-text"), again)
        }
        Trouble::BadRequest => (StatusCode::BAD_REQUEST, fl!(l, "trouble-bad"), fl!(l, "trouble-bad-text"), start),
        Trouble::Refused(refusal) => (StatusCode::CONFLICT, fl!(l, "trouble-refused"), p.t(refusal.key()), back),
        Trouble::Halted => (StatusCode::SERVICE_UNAVAILABLE, fl!(l, "log-halted"), fl!(l, "log-halted-text"), start),
        Trouble::Changed(why) => {
            tracing::error!(%why, path = %visit.path, "what is stored has been changed");
            (StatusCode::INTERNAL_SERVER_ERROR, fl!(l, "trouble-changed"), fl!(l, "trouble-changed-text"), start)
        }
        Trouble::Unavailable(why) => {
            tracing::error!(%why, path = %visit.path, "a request could not be served");
            let (title, text) = (fl!(l, "trouble-unavailable"), fl!(l, "trouble-unavailable-text"));
            (StatusCode::SERVICE_UNAVAILABLE, title, text, again)
        }
    };
    let mut response = html(status, &TroublePage { p, title, text, way_out, href });
    // What is not there and what is somebody else's are one answer.
    if matches!(trouble, Trouble::NotFound) {
        response = even(response);
    }
    if let Trouble::TooMany { seconds } = trouble
        && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// What can be opened again of what was posted to: the nearest address above it that shows something.
pub fn opened(path: &str) -> String {
    let mut at = path;
    loop {
        if access::is_shown(at) {
            return at.to_owned();
        }
        match at.rsplit_once('/') {
            Some((above, _)) if !above.is_empty() => at = above,
            Some(_) | None => return "/".to_owned(),
        }
    }
}
