//! What staff may do about a price: have it reckoned again from a record that was mended, and write down that the
//! holder agreed to it by phone or letter.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use case::{Case, Command, Stage};

use super::row::href;
use super::{case_of, reader, view_named};
use crate::act::{ActError, act_on};
use crate::app::Shared;
use crate::web::{Answer, Posted, Trouble, Visit};

/// Whether it can be reckoned again, and whether consent is what it waits for.
pub fn may(case: &Case) -> (bool, bool) {
    let undecided = matches!(case.stage, Stage::Received { .. } | Stage::Review { .. });
    let lacks = undecided && case.lacks_consent();
    (undecided && case.subscription.is_some(), lacks)
}

/// `POST /desk/case/{ref}/bill`. A case that has moved on is shown as it is, and nothing is done.
pub async fn post(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let command = match posted.get("do") {
        "requote" => Command::Requote,
        // They agreed to what stood there when they were asked.
        "consent" if posted.get("total") != case.quote.at_most().minor.to_string() => return Err(Trouble::StaleForm),
        "consent" => Command::Agree { consent: true, backup: false },
        _ => return Err(Trouble::NotFound),
    };
    match act_on(&app, &case, &actor, &command).await {
        Ok(_) | Err(ActError::Refused(_) | ActError::Store(store::StoreError::Conflict)) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(Redirect::to(&href(case.reference, view_named(posted.get("view")))).into_response())
}
