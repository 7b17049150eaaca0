//! A complaint about a case: what is not as it should be, when we write who decides, and until then who answers.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::redact::redact;
use case::{Case, Command};

use super::{KEPT, Seen, Wrongs, ask, asks, status_of, wrong};
use crate::app::Shared;
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Visit, html, struck};

#[derive(Template)]
#[template(path = "case/complaint.html")]
struct ComplaintPage {
    p: Page,
    reference: String,
    errors: Wrongs,
    said: String,
    /// What was added is with us.
    added: bool,
    /// Since when one is open.
    since: Option<String>,
    due: Option<String>,
    told: Option<String>,
    schemes: Vec<String>,
}

fn shown(app: &Shared, visit: &Visit, case: &Case, said: String, errors: Wrongs) -> ComplaintPage {
    let p = Page::new(app, visit);
    let open = case.complaint();
    ComplaintPage {
        reference: case.reference.to_string(),
        errors,
        said,
        added: false,
        since: open.map(|complaint| p.moment(&complaint.since)),
        due: open.filter(|complaint| complaint.told.is_none()).and_then(|c| c.due).map(|due| p.day(&due)),
        told: open.and_then(|complaint| complaint.told).map(|told| p.day(&told)),
        schemes: app.policy.of_complaint(case, app.now()).complaint.schemes.clone(),
        p,
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen, RawQuery(query): RawQuery) -> Answer {
    let page = shown(&app, &visit, &case, String::new(), Wrongs::default());
    Ok(html(StatusCode::OK, &ComplaintPage { added: asks(query.as_deref(), KEPT), ..page }))
}

pub async fn send(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let typed = lines(posted.get("said"));
    let (said, found) = redact(&typed);
    if let Some(text) = struck::said(crate::words::words(visit.lang), &typed, &found) {
        let page = shown(&app, &visit, &case, said, wrong("said", text));
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    match ask(&app, &visit, &case, &Command::Complain { text: said.clone() }).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}/complaint?{KEPT}", case.reference)).into_response()),
        Err(refusal) => {
            let text = crate::words::words(visit.lang).get(refusal.key());
            let page = shown(&app, &visit, &case, said, wrong("said", text));
            Ok(html(status_of(&refusal), &page))
        }
    }
}
