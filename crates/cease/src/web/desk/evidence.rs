//! All evidence of a case in one file, for staff who say why they need it: who, when and why is on the audit's record
//! before the file leaves.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use case::CaseRef;
use store::Act;

use super::row::href as case_href;
use super::{reader, staff};
use crate::app::Shared;
use crate::evidence::{self, For};
use crate::web::case::receipt::attachment;
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use store::View;

/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 3..=200;

#[derive(Template)]
#[template(path = "desk/evidence.html")]
struct EvidencePage {
    p: Page,
    reference: String,
    back: String,
    reason: String,
    wrongs: Wrongs,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    reader(&visit)?;
    let case = of(&app, &reference).await?;
    Ok(html(StatusCode::OK, &build(&app, &visit, case.reference, "", Wrongs::default())))
}

pub async fn take(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    reader(&visit)?;
    let (account, _) = staff(&visit)?;
    let case = of(&app, &reference).await?;
    let reason = posted.get("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    if !REASON.contains(&reason.chars().count()) {
        let mut wrongs = Wrongs::default();
        wrongs.add("reason", fl!(Page::new(&app, &visit).l, "evidence-reason-missing"));
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &build(&app, &visit, case.reference, &reason, wrongs)));
    }
    // A number that slipped into the reason does not get into the record.
    let (reason, _) = case::redact::redact(&reason);
    let detail = format!("{} {reason}", case.reference);
    app.store.audit(Act { at: app.now(), account: Some(account), what: "evidence-taken".into(), detail }).await?;
    let mut answer = attachment(evidence::of(&app, &case, For::Desk).await?, &evidence::file_name(&case));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    Ok(answer)
}

async fn of(app: &Shared, reference: &str) -> Result<case::Case, Trouble> {
    let reference: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    app.store.case(reference).await?.ok_or(Trouble::NotFound)
}

fn build(app: &Shared, visit: &Visit, reference: CaseRef, reason: &str, wrongs: Wrongs) -> EvidencePage {
    EvidencePage {
        p: Page::new(app, visit),
        reference: reference.to_string(),
        back: case_href(reference, View::All.into()),
        reason: reason.to_owned(),
        wrongs,
    }
}
