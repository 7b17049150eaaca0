//! What the holder has to agree to: the fees, line by line, and that what is on the card is saved or
//! may be lost.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::{Case, Command, Need, Stage};

use super::{Seen, Wrongs, ask, status_of, wrong};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "case/agree.html")]
struct Agree {
    p: Page,
    reference: String,
    lines: Vec<(String, String)>,
    total: String,
    wants_consent: bool,
    wants_backup: bool,
    consent: bool,
    backup: bool,
    errors: Wrongs,
}

fn build(p: Page, case: &Case, ticked: (bool, bool), errors: Wrongs) -> Agree {
    let needs = |need| matches!(&case.stage, Stage::Received { needs, .. } if needs.contains(&need));
    Agree {
        reference: case.reference.to_string(),
        lines: case.quote.lines.iter().map(|line| (p.t(&line.what), p.money(&line.amount))).collect(),
        total: p.money(&case.quote.total),
        wants_consent: needs(Need::Consent),
        wants_backup: needs(Need::Backup),
        consent: ticked.0,
        backup: ticked.1,
        errors,
        p,
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    Ok(html(StatusCode::OK, &build(Page::new(&app, &visit), &case, (false, false), Wrongs::default())))
}

pub async fn agree(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let ticked = (posted.ticked("consent"), posted.ticked("backup"));
    let p = Page::new(&app, &visit);
    let form = build(p, &case, ticked, Wrongs::default());
    let l = form.p.l;
    let mut errors = Wrongs::default();
    if form.wants_consent && !ticked.0 {
        errors.add("consent", fl!(l, "case-agree-no-consent"));
    }
    if form.wants_backup && !ticked.1 {
        errors.add("backup", fl!(l, "case-agree-no-backup"));
    }
    if !errors.is_empty() {
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &Agree { errors, ..form }));
    }
    match ask(&app, &visit, &case, &Command::Agree { consent: ticked.0, backup: ticked.1 }).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response()),
        Err(refusal) => {
            let errors = wrong("consent", form.p.t(refusal.key()));
            Ok(html(status_of(&refusal), &Agree { errors, ..form }))
        }
    }
}
