//! The holder's own case: found by reference and a second fact, followed, mended, taken back, and in
//! the end proven. Who may not see a case is told the same whether it exists or not.

pub mod after;
pub mod agree;
pub mod bill;
pub mod caution;
pub mod certificate;
pub mod complaint;
pub mod contact;
pub mod correct;
pub mod erased;
pub mod esim;
pub mod eta;
pub mod evidence;
pub mod file;
pub mod find;
mod history;
pub mod keys;
pub mod post_back;
pub mod receipt;
pub mod saved;
mod standing;
pub mod status;
pub mod stop;
pub mod switch;
pub mod undo;
pub mod verify;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use case::event::Entry;
use case::{Actor, Case, CaseRef, Command, Deed, Event, Need, Needed, Stage};
use jiff::SignedDuration;
use store::StoreError;

use crate::act::{ActError, act, act_on};
use crate::app::{App, Shared};
use crate::web::counter::journey::Wrongs;
use crate::web::even::even;
use crate::web::{Trouble, Visit};

/// For how long the same is taken for the same once more.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// How often a race is tried again.
const RACES: usize = 8;

/// A case that this browser may see, as far as its reader may know it. A handler that asks for it cannot be reached by
/// anybody else: they are sent to where references are asked for, whether the case exists or not.
pub struct Seen(pub Case);

impl FromRequestParts<Shared> for Seen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Response> {
        let Path(reference) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|_| Trouble::NotFound.into_response())?;
        let visit = Visit::from_request_parts(parts, app)
            .await
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
        let case = match reference.parse::<CaseRef>() {
            Ok(reference) => app.store.case(reference).await.map_err(|e| Trouble::from(e).into_response())?,
            Err(_) => None,
        };
        if let Some(case) = case.as_ref().filter(|case| case.erasure.done().is_some()) {
            return Err(Redirect::to(&format!("/erased/{}", case.reference)).into_response());
        }
        let case = case.filter(|case| visit.may_see(case)).ok_or_else(|| ask_for(&reference))?;
        match visit.has_shown(app, Deed::Status, case.account) {
            // What is asked of it is decided on all of it, read anew.
            true if is_stranger(&visit, &case) => Ok(Self(case.to_a_stranger())),
            true => Ok(Self(case)),
            false => Err(show_first(app, Deed::Status, &case)),
        }
    }
}

/// Whether whoever reads it may be anybody.
fn is_stranger(visit: &Visit, case: &Case) -> bool {
    let signed_in = visit.account.as_ref().map(|account| account.id);
    case.may_be_a_strangers() && (signed_in.is_none() || signed_in != case.account)
}

/// Its holder has proven it, and whoever looks has not.
fn is_anothers(app: &App, visit: &Visit, case: &Case) -> bool {
    case.proven && !visit.proves(app, case.account)
}

/// Where what a deed needs is shown: a code where that will do, else by signing in.
fn first_at(app: &App, deed: Deed, case: &Case) -> String {
    let reference = case.reference;
    match app.policy.needs(deed) {
        Needed::Nothing | Needed::Code => format!("/confirm?for={reference}"),
        Needed::SignedIn | Needed::SecondFactor | Needed::TwoStaff => format!("/sign-in?next=%2Fcase%2F{reference}"),
    }
}

pub fn show_first(app: &App, deed: Deed, case: &Case) -> Response {
    Redirect::to(&first_at(app, deed, case)).into_response()
}

fn ask_for(reference: &str) -> Response {
    let short: String = reference.chars().take(40).collect();
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("ref", &short).finish();
    even(Redirect::to(&format!("/case?{query}")).into_response())
}

/// In the address of a page that what was sent is with us.
const KEPT: &str = "kept=yes";

fn asks(query: Option<&str>, what: &str) -> bool {
    query.is_some_and(|query| query.split('&').any(|part| part == what))
}

/// What is wrong with one field.
fn wrong(field: &'static str, text: String) -> Wrongs {
    let mut wrongs = Wrongs::default();
    wrongs.add(field, text);
    wrongs
}

/// Does what the holder asks and answers the case as it then stands, or the refusal to show. What they have just said,
/// mended or wished for is not done again: a button pressed twice, or a page that was sent anew, does it once.
async fn ask(app: &App, visit: &Visit, case: &Case, command: &Command) -> Result<Result<Case, case::Refusal>, Trouble> {
    let once = matches!(
        command,
        Command::Say { .. }
            | Command::Complain { .. }
            | Command::ReportAfter { .. }
            | Command::Correct { .. }
            | Command::WantPerson
    );
    let done = match once {
        true => act_once(app, visit, case, command).await,
        false => act(app, case.reference, &visit.holder(), command).await,
    };
    match done {
        Ok(case) => Ok(Ok(case)),
        Err(ActError::Refused(refusal)) => Ok(Err(refusal)),
        Err(other) => Err(other.into()),
    }
}

/// Two that arrive together are told apart by the case: the later one is decided on a fresh look.
async fn act_once(app: &App, visit: &Visit, case: &Case, command: &Command) -> Result<Case, ActError> {
    for _ in 0..RACES {
        let Some(case) = app.store.case(case.reference).await? else { return Err(ActError::NoSuchCase) };
        if is_again(app, &case, command).await? {
            return Ok(case);
        }
        match act_on(app, &case, &visit.holder(), command).await {
            Err(ActError::Store(StoreError::Conflict)) => continue,
            done => return done,
        }
    }
    Err(StoreError::Conflict.into())
}

/// Whether a holder has done just this a moment ago.
async fn is_again(app: &App, case: &Case, command: &Command) -> Result<bool, StoreError> {
    let journal = app.store.journal(case.reference).await?;
    let recent = journal.iter().rev().take_while(|entry| app.now().duration_since(entry.at) < AGAIN);
    let same = |entry: &Entry| matches!(entry.actor, Actor::Holder { .. }) && entry.command == command.name();
    Ok(recent.filter(|entry| same(entry)).any(|entry| does_again(case, &entry.events, command)))
}

/// Whether what came of a command of this kind is what comes of this one.
fn does_again(case: &Case, done: &[Event], command: &Command) -> bool {
    let says = |text: &str| {
        done.iter().any(|event| matches!(event, Event::Said { text: was, .. } if was.trim() == text.trim()))
    };
    if let Command::Say { text, .. } | Command::Complain { text } = command {
        says(text)
    } else if let Command::ReportAfter { what, text, .. } = command {
        let reports = |event: &Event| matches!(event, Event::Reported { what: was } if was == what);
        (text.trim().is_empty() || says(text)) && done.iter().any(reports)
    } else if let Command::Correct { number, person, .. } = command {
        let now = Event::Corrected { number: number.clone(), person: person.clone() };
        // As it stands still; where the desk has asked anew, the same is another answer.
        let stands = case.number == *number && case.person == *person && !case.asked.contains(&Need::Match);
        stands && done.contains(&now)
    } else {
        matches!(case.stage, Stage::Received { .. } | Stage::Review { .. })
    }
}

/// What a refusal answers: a text that will not do is the form's fault, all else is the case's state.
fn status_of(refusal: &case::Refusal) -> StatusCode {
    match refusal {
        case::Refusal::BadText | case::Refusal::NotYet | case::Refusal::NoProof | case::Refusal::TooLittle => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        case::Refusal::NotYours
        | case::Refusal::WrongStage { .. }
        | case::Refusal::TooLate
        | case::Refusal::SamePerson
        | case::Refusal::NeedsApprover
        | case::Refusal::StillLacking
        | case::Refusal::NotProven
        | case::Refusal::AlreadyCeased
        | case::Refusal::Rival
        | case::Refusal::Pending
        | case::Refusal::NothingOwed
        | case::Refusal::NoAlarm
        | case::Refusal::Held
        | case::Refusal::NoHold
        | case::Refusal::NoReturn
        | case::Refusal::AnotherCard
        | case::Refusal::Disputed
        | case::Refusal::NoDispute
        | case::Refusal::NoComplaint
        | case::Refusal::NoCause
        | case::Refusal::Kept { .. }
        | case::Refusal::Erased
        | case::Refusal::Taken => StatusCode::CONFLICT,
    }
}

#[cfg(test)]
mod strangers;
#[cfg(test)]
mod tests;
