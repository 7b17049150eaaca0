//! Words that could not be taken where they were sent, shown to their writer once more to be copied: the session had ended
//! meanwhile, or what they were written in is gone. They stand in this answer, and nowhere else.

use askama::Template;
use axum::extract::{FromRequest, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::app::Shared;
use crate::web::next::back_to;
use crate::web::{Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "desk/unsent.html")]
pub struct Unsent {
    pub p: Page,
    pub title: String,
    pub text: String,
    /// Where to go on, beside this page: words and address.
    pub way: (String, String),
    /// What each is called, and the words.
    pub words: Vec<(String, String)>,
}

/// In place of the way to sign in, for whoever sends words from a page; none where there are none, or where a script asks.
pub async fn signed_out(app: &Shared, visit: &Visit, request: Request) -> Option<Response> {
    let page = request.headers().get("sec-fetch-dest").is_some_and(|dest| dest == "document");
    if request.method() != Method::POST || !page {
        return None;
    }
    let posted = Posted::from_request(request, app).await.ok()?;
    let mut p = Page::new(app, visit);
    // Whatever was posted to, this is the page that can be opened.
    p.path = "/desk/sign-in".to_owned();
    let name = |(words, n): (&str, usize)| (fl!(p.l, "unsent-words", n = n), words.to_owned());
    let words = posted.fields().filter(|(field, value)| written(field, value)).map(|(_, value)| value);
    let words: Vec<_> = words.zip(1..).map(name).collect();
    if words.is_empty() {
        return None;
    }
    let page = Unsent {
        title: fl!(p.l, "unsent-title"),
        text: fl!(p.l, "unsent-text"),
        way: (fl!(p.l, "unsent-sign-in"), back_to(visit, true)),
        words,
        p,
    };
    Some(html(StatusCode::FORBIDDEN, &page))
}

/// What forms of the desk say for themselves, and what is only chosen in them.
const FORM: [&str; 24] = [
    "all",
    "call-length",
    "caution",
    "composer",
    "deed",
    "do",
    "form",
    "from",
    "hand-over-to",
    "hold",
    "id",
    "kind",
    "next",
    "note-about",
    "only",
    "pick",
    "query",
    "seq",
    "shared",
    "snooze-days",
    "staff",
    "version",
    "view",
    "way",
];

/// Whether somebody wrote it. A tick says `on` or a name of ours, which no name of a field here tells.
fn written(field: &str, value: &str) -> bool {
    !FORM.contains(&field) && !matches!(value.trim(), "" | "on" | "yes" | "no")
}
