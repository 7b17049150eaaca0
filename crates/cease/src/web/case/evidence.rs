//! The holder's own evidence pack, for whoever may see the case and is no stranger to it.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use case::Deed;
use jiff::SignedDuration;

use super::receipt::attachment;
use super::{Seen, is_stranger, show_first};
use crate::app::Shared;
use crate::evidence::{self, For};
use crate::web::{Answer, Trouble, Visit};

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Packing reads all of a case; nobody needs it more often.
const PER_CASE: u32 = 20;

pub async fn get(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    // Its journal tells of the record.
    if is_stranger(&visit, &case) || !visit.has_shown(&app, Deed::Evidence, case.account) {
        return Ok(show_first(&app, Deed::Evidence, &case));
    }
    let now = app.now();
    let hit = app.store.hit(&format!("evidence:{}", case.reference), now, WINDOW, PER_CASE).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
    }
    let mut answer = attachment(evidence::of(&app, &case, For::Holder).await?, &evidence::file_name(&case));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    Ok(answer)
}
