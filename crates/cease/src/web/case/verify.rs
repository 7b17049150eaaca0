//! Is this certificate or receipt ours, and unchanged? Anybody may ask; nothing of what they show is
//! kept. A paper's QR code leads here with the reference and the beginning of the file's digest.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use case::CaseRef;
use case::identify::identify;
use jiff::SignedDuration;
use proof::{Document, Hidden, Verdict, Why, WhyNot};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::{Wrongs, keys, wrong};
use crate::app::{App, Shared};
use crate::certificate::{self, DIGITS, masked};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const PER_NETWORK: u32 = 120;

#[derive(Template)]
#[template(path = "case/verify.html")]
struct Verify {
    p: Page,
    title: String,
    answer: Option<Found>,
    pasted: String,
    number: String,
    key: String,
    fingerprint: String,
    errors: Wrongs,
}

/// What we say of a file.
struct Found {
    /// `done`, `danger` or `warning`, as `parts::notice` knows them.
    kind: &'static str,
    title: String,
    text: String,
    rows: Vec<(String, String)>,
    /// Whether the number that was given is the card's: the sentence, and `done` or `danger`.
    number: Option<(String, &'static str)>,
}

#[derive(Deserialize)]
pub struct Paper {
    #[serde(default, rename = "ref")]
    reference: String,
    #[serde(default)]
    sha256: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Query(paper): Query<Paper>) -> Answer {
    let p = Page::new(&app, &visit);
    let answer = match (paper.reference.is_empty(), paper.sha256.is_empty()) {
        (true, true) => None,
        (false, _) | (_, false) => {
            limit(&app, &visit).await?;
            Some(of_paper(&app, &p, &paper).await?)
        }
    };
    Ok(html(StatusCode::OK, &build(&app, p, answer, "", "", Wrongs::default())))
}

/// The public key, to be kept for later: what `cease verify` trusts.
pub async fn key(State(app): State<Shared>) -> Response {
    let line = format!("{}\n", app.keys.signing.public());
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response()
}

pub async fn check(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let (pasted, number) = (posted.get("pasted").to_owned(), posted.get("number").to_owned());
    let file = match posted.files.iter().find(|f| f.field == "file") {
        Some(file) => file.bytes.to_vec(),
        // Forms send CR LF; whoever pastes loses the last line feed.
        None if !pasted.is_empty() => format!("{}\n", pasted.replace("\r\n", "\n")).into_bytes(),
        None => {
            let errors = wrong("file", fl!(p.l, "verify-nothing"));
            let page = build(&app, p, None, &pasted, &number, errors);
            return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    limit(&app, &visit).await?;
    let answer = judge(&app, &p, &file, &number);
    Ok(html(StatusCode::OK, &build(&app, p, Some(answer), &pasted, &number, Wrongs::default())))
}

async fn limit(app: &App, visit: &Visit) -> Result<(), Trouble> {
    let now = app.now();
    let hit = app.store.hit(&format!("verify:net:{}", visit.network), now, WINDOW, PER_NETWORK).await?;
    if hit.allowed { Ok(()) } else { Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) }) }
}

fn build(app: &App, p: Page, answer: Option<Found>, pasted: &str, number: &str, errors: Wrongs) -> Verify {
    let key = app.keys.signing.public();
    let title = answer.as_ref().map_or_else(|| fl!(p.l, "verify-title"), |a| a.title.clone());
    Verify {
        title,
        answer,
        pasted: pasted.to_owned(),
        number: number.to_owned(),
        key: key.to_string(),
        fingerprint: key.fingerprint(),
        errors,
        p,
    }
}

/// A paper's reference and digest, against what was issued. Whether the reference exists is not told.
async fn of_paper(app: &App, p: &Page, paper: &Paper) -> Result<Found, Trouble> {
    let case = match paper.reference.parse::<CaseRef>() {
        Ok(reference) => app.store.case(reference).await?,
        Err(_) => None,
    };
    let given = paper.sha256.to_ascii_lowercase();
    if let Some(case) = case
        && let Some(start) = certificate::digest(&case).and_then(|d| d.get(..DIGITS))
        && bool::from(start.as_bytes().ct_eq(given.as_bytes()))
        && let Some(file) = certificate::file(app, &case).await?
    {
        let found = judge(app, p, file.as_bytes(), "");
        return Ok(Found { text: fl!(p.l, "verify-paper-valid"), ..found });
    }
    Ok(Found {
        kind: "danger",
        title: fl!(p.l, "verify-not-valid"),
        text: fl!(p.l, "verify-paper-unknown"),
        rows: Vec::new(),
        number: None,
    })
}

fn judge(app: &App, p: &Page, file: &[u8], number: &str) -> Found {
    let l = p.l;
    let plain = |kind, title, text| Found { kind, title, text, rows: Vec::new(), number: None };
    match proof::verify(file, &[app.keys.signing.public()]) {
        Verdict::Valid { document, .. } => Found {
            rows: rows(p, &document),
            number: (!number.is_empty()).then(|| compared(app, p, &document, number)),
            ..plain("done", fl!(l, "verify-valid"), fl!(l, "verify-valid-text"))
        },
        Verdict::NotValid(why) => plain("danger", fl!(l, "verify-not-valid"), because(p, &why)),
        Verdict::CannotTell(why) => plain("warning", fl!(l, "verify-cannot-tell"), undecided(p, &why)),
    }
}

fn because(p: &Page, why: &Why) -> String {
    let l = p.l;
    match why {
        Why::TooLarge(_) => fl!(l, "verify-why-too-large"),
        Why::NotText => fl!(l, "verify-why-not-text"),
        Why::NotJson { line, column } => {
            fl!(l, "verify-why-not-json", line = line.to_string(), column = column.to_string())
        }
        Why::NotADocument => fl!(l, "verify-why-not-a-document"),
        Why::Altered => fl!(l, "verify-why-altered"),
        Why::Key(_) => fl!(l, "verify-why-key"),
        Why::SignatureText => fl!(l, "verify-why-signature-text"),
        Why::Signature => fl!(l, "verify-why-signature"),
        Why::BadDocument => fl!(l, "verify-why-bad-document"),
    }
}

fn undecided(p: &Page, why: &WhyNot) -> String {
    let l = p.l;
    match why {
        WhyNot::UnknownKey { key } => {
            fl!(l, "verify-unknown-key", name = key.name(), fingerprint = key.fingerprint())
        }
        WhyNot::NewerFormat { .. } | WhyNot::NewerAlgorithm(_) => fl!(l, "verify-newer"),
    }
}

/// No more than which document it is, when, and the card's last digits.
fn rows(p: &Page, document: &Document) -> Vec<(String, String)> {
    let l = p.l;
    match document {
        Document::Certificate(c) => vec![
            (fl!(l, "verify-kind"), fl!(l, "certificate-title")),
            (fl!(l, "case-reference"), c.reference.clone()),
            (p.t(&keys::number(&c.card.kind)), masked(&c.card.number.masked)),
            (fl!(l, "certificate-declared"), p.moment(&c.declared_at)),
            (fl!(l, "certificate-ceased"), p.moment(&c.ceased_at)),
            (fl!(l, "certificate-issued"), p.moment(&c.issued_at)),
        ],
        Document::Receipt(r) => vec![
            (fl!(l, "verify-kind"), fl!(l, "receipt-kind")),
            (fl!(l, "case-reference"), r.reference.clone()),
            (fl!(l, "certificate-declared"), p.moment(&r.declared_at)),
            (fl!(l, "certificate-received"), p.moment(&r.received_at)),
            (fl!(l, "receipt-deadline"), p.moment(&r.deadline)),
        ],
    }
}

fn compared(app: &App, p: &Page, document: &Document, number: &str) -> (String, &'static str) {
    let l = p.l;
    let Document::Certificate(certificate) = document else {
        return (fl!(l, "verify-number-none"), "warning");
    };
    match identify(number, &app.policy.identify) {
        Err(_) => (fl!(l, "verify-number-unread"), "warning"),
        Ok(found) if is_hidden(&certificate.card.number, found.id.normalised()) => {
            (fl!(l, "verify-number-same"), "done")
        }
        Ok(_) => (fl!(l, "verify-number-other"), "danger"),
    }
}

/// Cards and records write an ICCID with its check digit or without.
fn is_hidden(hidden: &Hidden, number: &str) -> bool {
    let shorter = number.get(..number.len().saturating_sub(1)).filter(|n| n.len() >= 18);
    let longer = (0..10).map(|digit| format!("{number}{digit}")).filter(|n| n.len() >= 19 && n.starts_with("89"));
    hidden.matches(number)
        || shorter.is_some_and(|n| hidden.matches(n))
        || longer.into_iter().any(|n| hidden.matches(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_matches_with_and_without_its_check_digit_and_no_other_does() {
        let whole = Hidden::new("8944110068450000019", "", [1; 16]);
        assert!(is_hidden(&whole, "8944110068450000019"));
        assert!(is_hidden(&whole, "894411006845000001"));
        assert!(!is_hidden(&whole, "8944110068450000027"));
        assert!(!is_hidden(&whole, "+447700900123"));
        let short = Hidden::new("894411006845000001", "", [1; 16]);
        assert!(is_hidden(&short, "8944110068450000019"));
    }
}
