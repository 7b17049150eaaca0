//! "That wasn't me" by the link in a letter, or by the code in a text message. Opening the page changes nothing;
//! its one button does, without signing in. Who comes too late, or again, is told how it stands.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::case::Step;
use case::{Actor, Assurance, Case, CaseRef, Command, Refusal, Stage, Timestamp};
use jiff::SignedDuration;

use super::{Wrongs, wrong};
use crate::account;
use crate::act::{ActError, act};
use crate::app::{App, Shared};
use crate::guard::{
    self,
    stop::{self, Stop},
};
use crate::web::counter::you::half_width;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Wrong codes of one network; a right one is never refused.
const WRONG: u32 = 60;

#[derive(Template)]
#[template(path = "case/stop.html")]
struct StopPage {
    p: Page,
    /// None where there is no link, or one that is not ours: then it asks for the code.
    standing: Option<Standing>,
    token: String,
    reference: String,
    code: String,
    errors: Wrongs,
}

/// How what would be stopped stands.
struct Standing {
    /// The case; empty for an account.
    reference: String,
    is: Is,
    /// A person at the desk decides what was stopped.
    looked_into: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Stoppable,
    Stopped,
    /// Deleted, or being deleted.
    TooLate(Number),
    /// It came to nothing by itself.
    Over,
}

/// What becomes of the number of a card that has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    Rests,
    /// It goes to another network, or is there.
    Moves,
    /// It has rested for its time.
    Free,
}

impl Number {
    fn of(case: &Case, now: Timestamp) -> Self {
        match case.times.number_release {
            _ if case.keeps_number() => Number::Moves,
            Some(at) if at <= now => Number::Free,
            Some(_) | None => Number::Rests,
        }
    }
}

impl StopPage {
    fn title(&self) -> String {
        let l = self.p.l;
        match &self.standing {
            None => fl!(l, "stop-title"),
            Some(Standing { is: Is::Stoppable, .. }) => fl!(l, "case-contest-title"),
            Some(Standing { is: Is::Stopped, .. }) => fl!(l, "stop-done"),
            Some(Standing { is: Is::TooLate(_), .. }) => fl!(l, "stop-late"),
            Some(Standing { is: Is::Over, .. }) => fl!(l, "stop-over"),
        }
    }

    fn is(&self, what: &str) -> bool {
        let is = self.standing.as_ref().map(|standing| standing.is);
        match what {
            "stoppable" => is == Some(Is::Stoppable),
            "stopped" => is == Some(Is::Stopped),
            _ => is == Some(Is::Over),
        }
    }

    /// That it is too late, and what of the number can still be saved.
    fn too_late(&self) -> Option<String> {
        let l = self.p.l;
        let Is::TooLate(number) = self.standing.as_ref()?.is else { return None };
        Some(match number {
            Number::Rests => fl!(l, "stop-late-text"),
            Number::Moves => fl!(l, "stop-late-moves"),
            Number::Free => fl!(l, "stop-late-free"),
        })
    }

    fn looked_into(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.looked_into)
    }

    fn account(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.reference.is_empty())
    }
}

fn is(case: &Case, now: Timestamp) -> Is {
    match &case.stage {
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { step: Step::Barring | Step::Barred { .. }, .. } => Is::Stoppable,
        Stage::Contested { .. } => Is::Stopped,
        Stage::Ceasing { step: Step::Deleting, .. } | Stage::Ceased { .. } | Stage::Closed { .. } => {
            Is::TooLate(Number::of(case, now))
        }
        Stage::Refused { .. } | Stage::Withdrawn { .. } => Is::Over,
    }
}

async fn standing(app: &App, token: &str) -> Result<Option<Standing>, Trouble> {
    Ok(match stop::read(app, token) {
        None => None,
        Some(Stop::Case(reference)) => {
            let standing =
                |case| Standing { reference: reference.to_string(), is: is(&case, app.now()), looked_into: true };
            app.store.case(reference).await?.map(standing)
        }
        Some(Stop::Account(account)) => {
            let locked = guard::standing(app, account).await?.locked.is_some();
            // A lock alone stops nobody who is signed in already.
            let open = app.store.account(account).await?.is_some_and(|a| a.role.is_none() && a.password.is_some());
            let is = if locked && !open { Is::Stopped } else { Is::Stoppable };
            let cases = app.store.cases_of(account).await?;
            let looked_into = cases.iter().any(|one| matches!(one.case.stage, Stage::Contested { .. }));
            Some(Standing { reference: String::new(), is, looked_into })
        }
    })
}

/// Where there is no link: the code from a text message.
pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    Ok(html(StatusCode::OK, &asking(&app, &visit, ("", ""), Wrongs::default())))
}

fn asking(app: &Shared, visit: &Visit, typed: (&str, &str), errors: Wrongs) -> StopPage {
    let (reference, code) = (typed.0.to_owned(), typed.1.to_owned());
    StopPage { p: Page::new(app, visit), standing: None, token: String::new(), reference, code, errors }
}

/// The code that was typed leads to the page that its link would have led to.
pub async fn find(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (reference, code) = (posted.get("reference"), posted.get("code"));
    let (l, mut left_out) = (Page::new(&app, &visit).l, Wrongs::default());
    if reference.is_empty() {
        left_out.add("reference", fl!(l, "stop-no-reference"));
    }
    if code.is_empty() {
        left_out.add("code", fl!(l, "stop-no-code"));
    }
    if !left_out.is_empty() {
        return Ok(html(left_out.status(), &asking(&app, &visit, (reference, code), left_out)));
    }
    let kept: String = half_width(code).chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let token = reference.parse::<CaseRef>().map(|reference| format!("{reference}.{kept}")).unwrap_or_default();
    if standing(&app, &token).await?.is_some() {
        return Ok(Redirect::to(&format!("/stop/{token}")).into_response());
    }
    limit(&app, &visit).await?;
    let wrong = wrong("code", fl!(l, "stop-wrong"));
    Ok(html(wrong.status(), &asking(&app, &visit, (reference, code), wrong)))
}

async fn limit(app: &App, visit: &Visit) -> Result<(), Trouble> {
    let now = app.now();
    let hit = app.store.hit(&format!("stop:net:{}", visit.network), now, WINDOW, WRONG).await?;
    if hit.allowed { Ok(()) } else { Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) }) }
}

pub async fn link(State(app): State<Shared>, visit: Visit, Path(token): Path<String>) -> Answer {
    show(&app, &visit, token).await
}

async fn show(app: &Shared, visit: &Visit, token: String) -> Answer {
    let Some(standing) = standing(app, &token).await? else {
        limit(app, visit).await?;
        let text = fl!(Page::new(app, visit).l, "stop-not-ours");
        return Ok(html(StatusCode::NOT_FOUND, &asking(app, visit, ("", ""), wrong("reference", text))));
    };
    let page = StopPage { standing: Some(standing), token, ..asking(app, visit, ("", ""), Wrongs::default()) };
    Ok(html(StatusCode::OK, &page))
}

/// Stops it. Twice is once; too late is said.
pub async fn press(State(app): State<Shared>, visit: Visit, Path(token): Path<String>, _: Posted) -> Answer {
    match stop::read(&app, &token) {
        None => return show(&app, &visit, token).await,
        Some(Stop::Case(reference)) => contest(&app, reference).await?,
        Some(Stop::Account(account)) => {
            guard::lock(&app, account).await?;
            account::shut(&app, account).await?;
            // Each of them is a person's to decide now, whatever it was waiting for.
            for one in app.store.cases_of(account).await? {
                if is(&one.case, app.now()) == Is::Stoppable {
                    contest(&app, one.case.reference).await?;
                }
            }
        }
    }
    Ok(Redirect::to(&format!("/stop/{token}")).into_response())
}

async fn contest(app: &Shared, reference: CaseRef) -> Result<(), Trouble> {
    let anybody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    match act(app, reference, &anybody, &Command::Contest).await {
        Ok(_) | Err(ActError::Refused(Refusal::WrongStage { .. } | Refusal::TooLate)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests;
