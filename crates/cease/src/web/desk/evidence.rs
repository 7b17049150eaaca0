//! All evidence of a case in one file, for staff who say why they need it: who, when and why is on the record of
//! looks before the file leaves. Nothing in it is masked, so a masked case has to be shown first.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use case::CaseRef;
use case::mask::Mask;
use store::Looked;

use super::eyes::Part;
use super::row::href as case_href;
use super::{case_of, looks, reader, reveal};
use crate::app::Shared;
use crate::evidence::{self, For};
use crate::web::case::receipt::attachment;
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Visit, html};
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
    let case = case_of(&app, &visit, &reference).await?;
    if let Some(masked) = reveal::stands_before(&app, &visit, &case, Part::Whole).await? {
        return masked;
    }
    Ok(html(StatusCode::OK, &build(&app, &visit, case.reference, "", Wrongs::default())))
}

pub async fn take(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    if let Some(masked) = reveal::stands_before(&app, &visit, &case, Part::Whole).await? {
        return masked;
    }
    let reason = posted.get("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    if !REASON.contains(&reason.chars().count()) {
        let mut wrongs = Wrongs::default();
        wrongs.add("reason", fl!(Page::new(&app, &visit).l, "evidence-reason-missing"));
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &build(&app, &visit, case.reference, &reason, wrongs)));
    }
    // What slipped into the reason and is personal does not get into the record.
    let (reason, _) = case::redact::redact(&reason);
    looks::look(&app, &visit, Looked::Evidence, Some(case.reference), Mask::over(&case, None).text(&reason)).await?;
    let mut answer = attachment(evidence::of(&app, &case, For::Desk).await?, &evidence::file_name(&case));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    Ok(answer)
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
