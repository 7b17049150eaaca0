//! Is this certificate or receipt ours, and unchanged? Anybody may ask; nothing of what they show is
//! kept. A paper's QR code leads here with the reference and the beginning of the file's digest.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use case::CaseRef;
use jiff::SignedDuration;
use proof::judge::{Judged, Reason, State as Held, Trusted, Word, judge};
use proof::log::{Proven, Standing};
use proof::{Document, Why, WhyNot};
use serde::Deserialize;
use store::StoreError;
use subtle::ConstantTimeEq;

use super::{Wrongs, keys, wrong};
use crate::app::{App, Shared};
use crate::certificate::{self, About, DIGITS, masked};
use crate::log;
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
    /// What the page's own script believes: the manifest in force.
    manifest: String,
    /// Name and sentence of every check, for the script.
    checks: Vec<(&'static str, String)>,
    zone: String,
    errors: Wrongs,
}

/// Every check of every kind of file.
const CHECKS: [&str; 15] = [
    "code",
    "form",
    "key",
    "signature",
    "content",
    "manifest",
    "leaf",
    "commitment",
    "checkpoint",
    "inclusion",
    "certificate",
    "certificate-key",
    "log-key",
    "times",
    "trust",
];

/// One check, as it is shown: class, the word for how it went, the sentence.
struct Line {
    class: &'static str,
    word: String,
    text: String,
}

/// What we say of a file.
struct Found {
    /// `done`, `danger` or `warning`, as `parts::notice` knows them.
    kind: &'static str,
    title: String,
    text: String,
    rows: Vec<(String, String)>,
    checks: Vec<Line>,
    /// Whether the number that was given is the card's.
    number: Option<String>,
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
    Ok(html(StatusCode::OK, &build(&app, p, answer, ("", ""), Wrongs::default()).await?))
}

/// The public key, to be kept for later: what `cease verify` trusts.
pub async fn key(State(app): State<Shared>) -> Response {
    let line = format!("{}\n", app.keys.signing().public());
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response()
}

pub async fn check(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let (pasted, number) = (posted.get("pasted").to_owned(), posted.get("number").trim().to_owned());
    let file = match posted.files.iter().find(|f| f.field == "file") {
        Some(file) => file.bytes.to_vec(),
        // Forms send CR LF; whoever pastes loses the last line feed.
        None if !pasted.trim().is_empty() => format!("{}\n", pasted.replace("\r\n", "\n")).into_bytes(),
        None => {
            let errors = wrong("file", fl!(p.l, "verify-nothing"));
            let page = build(&app, p, None, (&pasted, &number), errors).await?;
            return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    limit(&app, &visit).await?;
    let answer = look(&app, &p, &file, &number).await?;
    Ok(html(StatusCode::OK, &build(&app, p, Some(answer), (&pasted, &number), Wrongs::default()).await?))
}

async fn limit(app: &App, visit: &Visit) -> Result<(), Trouble> {
    let now = app.now();
    let hit = app.store.hit(&format!("verify:net:{}", visit.network), now, WINDOW, PER_NETWORK).await?;
    if hit.allowed { Ok(()) } else { Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) }) }
}

async fn build(
    app: &App,
    p: Page,
    answer: Option<Found>,
    typed: (&str, &str),
    errors: Wrongs,
) -> Result<Verify, StoreError> {
    let key = app.keys.signing().public();
    let title = answer.as_ref().map_or_else(|| fl!(p.l, "verify-title"), |a| a.title.clone());
    Ok(Verify {
        title,
        answer,
        pasted: typed.0.to_owned(),
        number: typed.1.to_owned(),
        key: key.to_string(),
        fingerprint: key.fingerprint(),
        manifest: keys_in_force(app).await?.map(|found| found.file).unwrap_or_default(),
        checks: CHECKS.into_iter().map(|check| (check, sentence(&p, check))).collect(),
        zone: app.policy.time_zone.clone(),
        errors,
        p,
    })
}

async fn keys_in_force(app: &App) -> Result<Option<log::keys::InForce>, StoreError> {
    log::keys::read(app).await
}

/// What this desk's own pages believe: its key, and the manifest that is in force.
async fn trusted(app: &App) -> Result<Trusted, StoreError> {
    let mut trusted = Trusted { keys: vec![app.keys.signing().public()], ..Trusted::default() };
    if let Some(found) = keys_in_force(app).await? {
        trusted.believe(found.manifest);
    }
    Ok(trusted)
}

fn sentence(p: &Page, check: &str) -> String {
    p.t(&format!("verify-check-{check}"))
}

/// A paper's reference and digest, against what was issued. Whether the reference exists is not told.
async fn of_paper(app: &App, p: &Page, paper: &Paper) -> Result<Found, Trouble> {
    let case = match paper.reference.parse::<CaseRef>() {
        Ok(reference) => app.store.case(reference).await?,
        Err(_) => None,
    };
    let given = paper.sha256.to_ascii_lowercase();
    if let Some(case) = case
        && let Some(start) = case.stage.certificate().and_then(|d| d.get(..DIGITS))
        && bool::from(start.as_bytes().ct_eq(given.as_bytes()))
        && let Some(file) = certificate::file(app, &case).await?
    {
        let found = look(app, p, file.as_bytes(), "").await?;
        return Ok(Found { text: fl!(p.l, "verify-paper-valid"), ..found });
    }
    Ok(Found {
        kind: "danger",
        title: fl!(p.l, "verify-not-valid"),
        text: fl!(p.l, "verify-paper-unknown"),
        rows: Vec::new(),
        checks: Vec::new(),
        number: None,
    })
}

async fn look(app: &App, p: &Page, file: &[u8], number: &str) -> Result<Found, StoreError> {
    let l = p.l;
    let plain = |kind, title, text| Found { kind, title, text, rows: Vec::new(), checks: Vec::new(), number: None };
    if file.starts_with(b"PK\x03\x04") {
        return Ok(plain("warning", fl!(l, "verify-cannot-tell"), fl!(l, "verify-pack")));
    }
    if proof::log::channels::is_channels(file) {
        return Ok(plain("warning", fl!(l, "verify-cannot-tell"), fl!(l, "verify-channels")));
    }
    if file.starts_with(b"%PDF-") {
        return Ok(plain("warning", fl!(l, "verify-cannot-tell"), fl!(l, "verify-pdf")));
    }
    let found = judge(file, &trusted(app).await?, app.now());
    let document = found.document.as_ref();
    let about = document.filter(|_| found.word == Word::Valid && !number.is_empty());
    let about = about.map(|document| certificate::about(&app.policy.identify, document, number));
    let (kind, title) = match (found.word, about) {
        (Word::Valid, None | Some(About::This)) => ("done", fl!(l, "verify-valid")),
        (Word::Valid, Some(About::Other)) => ("danger", fl!(l, "verify-other-card")),
        (Word::Valid, Some(About::OtherKind | About::Unread | About::NoCard)) => {
            ("warning", fl!(l, "verify-which-card"))
        }
        (Word::NotValid, _) => ("danger", fl!(l, "verify-not-valid")),
        (Word::CannotTell, _) => ("warning", fl!(l, "verify-cannot-tell")),
    };
    let rows = document.map(|document| rows(p, document, found.proven.as_deref()));
    let number = about.map(|about| compared(p, about));
    Ok(Found {
        rows: rows.unwrap_or_default(),
        checks: found.checks.iter().map(|checked| line(p, checked.check, checked.state)).collect(),
        number,
        ..plain(kind, title, reason(p, &found))
    })
}

fn line(p: &Page, check: &str, state: Held) -> Line {
    let l = p.l;
    let (class, word) = match state {
        Held::Passed => ("is-passed", fl!(l, "verify-passed")),
        Held::Failed => ("is-failed", fl!(l, "verify-failed")),
        Held::Unknown => ("is-unknown", fl!(l, "verify-open")),
        Held::NotReached => ("is-not-reached", fl!(l, "verify-not-reached")),
    };
    Line { class, word, text: sentence(p, check) }
}

fn reason(p: &Page, found: &Judged) -> String {
    match &found.reason {
        None => fl!(p.l, "verify-valid-text"),
        Some(Reason::Document(why)) => because(p, why),
        Some(Reason::Unknown(why)) => undecided(p, why),
        Some(Reason::Check(check)) => fl!(p.l, "verify-failed-at", check = sentence(p, check)),
        Some(Reason::UnknownRoot(root)) => fl!(p.l, "verify-unknown-root", name = root.name()),
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
fn rows(p: &Page, document: &Document, proven: Option<&Proven>) -> Vec<(String, String)> {
    let l = p.l;
    let logged = proven.map(|proven| (fl!(l, "log-title"), logged(p, proven)));
    let mut rows = match document {
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
        Document::Erasure(e) => vec![
            (fl!(l, "verify-kind"), fl!(l, "erasure-kind")),
            (fl!(l, "case-reference"), e.case.masked.clone()),
            (fl!(l, "erasure-told"), p.moment(&e.told_at)),
            (fl!(l, "erasure-erased"), p.moment(&e.erased_at)),
            (fl!(l, "erasure-source"), e.rule.source.clone()),
        ],
    };
    rows.extend(logged);
    rows
}

fn logged(p: &Page, proven: &Proven) -> String {
    let (index, size) = ((proven.index + 1).to_string(), proven.size.to_string());
    match &proven.standing {
        Standing::Witnessed { by, .. } => {
            let names: Vec<&str> = by.iter().map(|cosigned| cosigned.name.as_str()).collect();
            let names = names.join(&fl!(p.l, "desk-list-comma"));
            fl!(p.l, "verify-proven-witnessed", index = index, size = size, names = names)
        }
        Standing::Provisional { .. } | Standing::Unwitnessed => {
            fl!(p.l, "verify-proven", index = index, size = size)
        }
    }
}

fn compared(p: &Page, about: About) -> String {
    let l = p.l;
    match about {
        About::This => fl!(l, "verify-number-same"),
        About::Other => fl!(l, "verify-number-other"),
        About::OtherKind => fl!(l, "verify-number-kind"),
        About::Unread => fl!(l, "verify-number-unread"),
        About::NoCard => fl!(l, "verify-number-none"),
    }
}
