//! Words that could not be taken where they were sent, shown to their writer once more to be copied: the session had
//! ended meanwhile, the form was from before somebody signed in anew, or what they were written in is gone. They stand
//! in this answer, and nowhere else; and only where the browser itself says that a page of ours sent them, so that
//! nobody else's words are shown as if they were ours.

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use crate::app::Shared;
use crate::web::{Page, Posted, Visit, html, trouble};

pub struct Unsent {
    pub title: String,
    pub text: String,
    /// Where to go on, beside this page: words and address.
    pub way: (String, String),
    /// What each is called, and the words.
    pub words: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk/unsent.html")]
struct AtDesk {
    p: Page,
    unsent: Unsent,
}

#[derive(Template)]
#[template(path = "unsent.html")]
struct AtCounter {
    p: Page,
    unsent: Unsent,
}

impl Unsent {
    pub fn page(self, p: Page, status: StatusCode) -> Response {
        match at_desk(&p.path) {
            true => html(status, &AtDesk { p, unsent: self }),
            false => html(status, &AtCounter { p, unsent: self }),
        }
    }
}

/// In place of the way to where one shows who one is, for whoever sends words from a page of ours; none where there are
/// none.
pub async fn signed_out(app: &Shared, visit: &Visit, request: Request, way: String) -> Option<Response> {
    if request.method() != Method::POST || !sent_by_us(request.headers()) {
        return None;
    }
    let words = Posted::read(request, app).await.ok()?.words(&visit.path);
    let mut p = Page::new(app, visit);
    if at_desk(&p.path) {
        // Whatever was posted to, this is the page that can be opened.
        p.path = "/desk/sign-in".to_owned();
    }
    let unsent = Unsent {
        title: fl!(p.l, "unsent-title"),
        text: fl!(p.l, "unsent-text"),
        way: (fl!(p.l, "unsent-sign-in"), way),
        words: numbered(&p, words),
    };
    (!unsent.words.is_empty()).then(|| unsent.page(p, StatusCode::FORBIDDEN))
}

/// In place of a form that is out of date.
pub fn stale(p: Page, words: Vec<String>) -> Response {
    let unsent = Unsent {
        title: fl!(p.l, "trouble-stale"),
        text: fl!(p.l, "unsent-stale"),
        way: (fl!(p.l, "trouble-stale-again"), trouble::opened(&p.path)),
        words: numbered(&p, words),
    };
    unsent.page(p, StatusCode::FORBIDDEN)
}

/// In place of a page of a declaration whose answers are gone.
pub fn gone(p: Page, words: Vec<String>) -> Response {
    let unsent = Unsent {
        title: fl!(p.l, "unsent-gone"),
        text: fl!(p.l, "unsent-gone-text"),
        way: (fl!(p.l, "unsent-gone-again"), "/cancel".to_owned()),
        words: numbered(&p, words),
    };
    unsent.page(p, StatusCode::CONFLICT)
}

fn numbered(p: &Page, words: Vec<String>) -> Vec<(String, String)> {
    words.into_iter().zip(1..).map(|(words, n): (_, usize)| (fl!(p.l, "unsent-words", n = n), words)).collect()
}

/// Whether the browser says that a page of ours was sent, and not by a script of it, which shows the words still.
pub fn sent_by_us(headers: &HeaderMap) -> bool {
    let says = |name, value| headers.get(name).is_some_and(|said| said == value);
    says("sec-fetch-site", "same-origin") && says("sec-fetch-dest", "document")
}

fn at_desk(path: &str) -> bool {
    path == "/desk" || path.starts_with("/desk/")
}

impl Posted {
    /// What somebody wrote: at the desk all that is not chosen, elsewhere what has room for sentences. What is secret
    /// is typed in other fields.
    pub fn words(&self, path: &str) -> Vec<String> {
        let written = |field: &str, value: &str| match at_desk(path) && path != "/desk/sign-in" {
            true => !DESK_FORM.contains(&field) && !matches!(value.trim(), "on" | "yes" | "no"),
            false => SENTENCES.contains(&field),
        };
        let fields = self.fields().filter(|(field, value)| written(field, value) && !value.trim().is_empty());
        fields.map(|(_, value)| value.to_owned()).collect()
    }
}

/// Where the counter has room for sentences.
const SENTENCES: [&str; 9] = ["address", "line", "note", "pasted", "reason", "said", "statement", "text", "words"];

/// What forms of the desk say for themselves, and what is only chosen in them. A tick says `on` or a name of ours, which
/// no name of a field here tells. Secrets are typed where one signs in, and in no other form of the desk.
const DESK_FORM: [&str; 24] = [
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

#[cfg(test)]
mod tests;
