//! The receipt: at once after declaring, and for as long as the case is kept.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use case::identify::grouped_phone;

use super::standing::{Standing, standing, step};
use super::{Seen, keys, status};
use crate::app::Shared;
use crate::fees::{self, Sheet};
use crate::receipt;
use crate::web::{Answer, Page, Visit, html};

#[derive(Template)]
#[template(path = "case/receipt.html")]
struct ReceiptPage {
    p: Page,
    reference: String,
    received: String,
    declared: Option<String>,
    /// The day from which it counts, where that is not when we received it.
    counts: Option<String>,
    number_kind: String,
    number: String,
    name: String,
    /// What the name is called: whoever declares for somebody stands below.
    named: String,
    contacts: Vec<String>,
    statement: Option<String>,
    files: usize,
    wanted: Option<String>,
    /// What kind of end, for whom, by which button: name and value.
    ways: Vec<(String, String)>,
    fees: String,
    /// The quote as it stands, line by line.
    sheet: Option<Sheet>,
    deadline: String,
    /// Somebody will be written to, and so has this by mail or message.
    sent: bool,
    standing: Standing,
    /// The next step has a day of its own, sooner than the one that is promised for all of it.
    steps: String,
    /// What is left for the holder to do: the words of each, and its page.
    left: Vec<(String, String)>,
    fingerprint: String,
    /// Where the desk is.
    desk: String,
    /// On the copy that the desk prints for the post: its check code.
    code: Option<String>,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    render(&app, &visit, &case, None).await
}

/// The page, also for whoever prints it for the post.
pub async fn render(app: &Shared, visit: &Visit, case: &case::Case, code: Option<String>) -> Answer {
    let p = Page::new(app, visit);
    let said = &case.declaration;
    let promise = receipt::of(app, case).await?;
    let late = crate::certificate::apart(said.declared_at, case.times.received);
    // Of a letter only the day is known, and it counts.
    let counts = receipt::counts_from(case).map(|at| p.day(&at));
    let page = ReceiptPage {
        reference: case.reference.to_string(),
        received: p.moment(&case.times.received),
        declared: late.then(|| counts.clone().unwrap_or_else(|| p.moment(&said.declared_at))),
        counts,
        number_kind: p.t(&keys::number(said.number.kind())),
        number: said.number.grouped(),
        name: said.person.name.clone(),
        named: if said.way.behalf.is_some() { fl!(p.l, "receipt-holder") } else { fl!(p.l, "receipt-name") },
        contacts: contacts(&said.person.email, &said.person.phone),
        statement: said.statement.clone().filter(|s| !s.trim().is_empty()),
        files: said.files.len(),
        wanted: said.wanted_end.map(|day| crate::words::weekday(p.language, day)),
        ways: ways(&p, app, case),
        fees: fees::in_short(p.language, case, case.proven),
        sheet: (fees::may_show(case) && !case.quote.lines.is_empty()).then(|| fees::sheet(p.language, &case.quote)),
        deadline: match promise.deadline > promise.received_at {
            true => p.moment(&promise.deadline),
            false => fl!(p.l, "receipt-deadline-over"),
        },
        sent: is_written_to(&p, case),
        left: status::left(&p, case),
        steps: steps(&p, app, case, &promise.deadline),
        standing: standing(&p, case, app.policy.of(case), None),
        fingerprint: app.keys.signing().public().fingerprint(),
        desk: app.config.desk.url.clone(),
        code,
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Whether letters of it reach anybody: who declares for another is written to, too, and nobody is texted where no texts
/// are sent.
pub(in crate::web) fn is_written_to(p: &Page, case: &case::Case) -> bool {
    let reached = |email: bool, phone: bool| email || phone && p.texts;
    let by = case.declaration.way.behalf.as_ref();
    case.reachable
        || reached(case.person.email.is_some(), case.person.phone.is_some())
        || by.is_some_and(|by| reached(by.email.is_some(), by.phone.is_some()))
}

/// How the day of the next step goes with the one for all of it; empty where only one is named. It may be the later one:
/// our clock stands while the holder is asked for something.
fn steps(p: &Page, app: &Shared, case: &case::Case, promised: &case::Timestamp) -> String {
    let label = fl!(p.l, "receipt-deadline");
    match step(case, app.policy.of(case)) {
        Some(step) if step > *promised => fl!(p.l, "receipt-stood", label = label),
        Some(_) => fl!(p.l, "receipt-steps", label = label),
        None => String::new(),
    }
}

fn contacts(email: &Option<String>, phone: &Option<String>) -> Vec<String> {
    email.iter().cloned().chain(phone.iter().map(|phone| grouped_phone(phone))).collect()
}

/// What the declaration says beside the ordinary.
fn ways(p: &Page, app: &Shared, case: &case::Case) -> Vec<(String, String)> {
    let (l, way) = (p.l, &case.declaration.way);
    let mut rows = receipt::content_rows(l, p.language, app.policy.of(case), case);
    if let Some(by) = &way.behalf {
        let capacity = p.t(&format!("ways-capacity-{}", by.capacity.name()));
        rows.push((fl!(l, "ways-desk-behalf"), format!("{} · {capacity}", by.name)));
        rows.push((fl!(l, "receipt-contacts"), contacts(&by.email, &by.phone).join(" · ")));
    }
    rows.extend(way.contract.as_ref().map(|contract| (fl!(l, "ways-contract"), contract.clone())));
    rows
}

/// The signed file.
pub async fn json(State(app): State<Shared>, Seen(case): Seen) -> Answer {
    Ok(attachment(receipt::file(&app, &case).await?, &receipt::file_name(&case)))
}

/// A file to keep, under a name of ours.
pub fn attachment(bytes: Vec<u8>, name: &str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, bytes).into_response()
}
