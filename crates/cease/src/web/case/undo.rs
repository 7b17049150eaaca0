//! Taking a cancellation back, and "that wasn't me": each on a page of its own, which says what it does
//! and until when it is possible.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use case::{Case, Command, Stage};

use super::standing::undo_until;
use super::{Seen, Wrongs, ask, status_of, wrong};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "case/undo.html")]
struct Undo {
    p: Page,
    reference: String,
    title: String,
    text: String,
    /// Until when; none where it is too late.
    until: Option<String>,
    points: Vec<String>,
    button: String,
    kind: &'static str,
    errors: Wrongs,
}

fn withdrawal(p: Page, case: &Case, errors: Wrongs) -> Undo {
    let l = p.l;
    Undo {
        reference: case.reference.to_string(),
        title: fl!(l, "case-withdraw-title"),
        text: fl!(l, "case-withdraw-text"),
        until: undo_until(&p, case),
        points: vec![fl!(l, "case-withdraw-works"), fl!(l, "case-withdraw-charged"), fl!(l, "case-withdraw-again")],
        button: fl!(l, "case-withdraw-button"),
        kind: "primary",
        errors,
        p,
    }
}

fn protest(p: Page, case: &Case, errors: Wrongs) -> Undo {
    let l = p.l;
    Undo {
        reference: case.reference.to_string(),
        title: fl!(l, "case-contest-title"),
        text: fl!(l, "case-contest-text"),
        until: undo_until(&p, case),
        points: vec![fl!(l, "case-contest-stops"), fl!(l, "case-contest-works"), fl!(l, "case-contest-person")],
        button: fl!(l, "case-contest-button"),
        kind: "danger",
        errors,
        p,
    }
}

/// It is what it shall become: pressed twice, or opened once more, it is done.
fn is_done(case: &Case, command: &Command) -> Option<Response> {
    let withdraws = matches!(command, Command::Withdraw);
    let done = matches!(case.stage, Stage::Withdrawn { .. }) && withdraws
        || matches!(case.stage, Stage::Contested { .. }) && !withdraws;
    done.then(|| Redirect::to(&format!("/case/{}", case.reference)).into_response())
}

pub async fn withdraw_page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    if let Some(done) = is_done(&case, &Command::Withdraw) {
        return Ok(done);
    }
    Ok(html(StatusCode::OK, &withdrawal(Page::new(&app, &visit), &case, Wrongs::default())))
}

pub async fn contest_page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    if let Some(done) = is_done(&case, &Command::Contest) {
        return Ok(done);
    }
    Ok(html(StatusCode::OK, &protest(Page::new(&app, &visit), &case, Wrongs::default())))
}

pub async fn withdraw(State(app): State<Shared>, visit: Visit, Seen(case): Seen, _posted: Posted) -> Answer {
    undo(app, visit, case, Command::Withdraw, withdrawal).await
}

pub async fn contest(State(app): State<Shared>, visit: Visit, Seen(case): Seen, _posted: Posted) -> Answer {
    undo(app, visit, case, Command::Contest, protest).await
}

async fn undo(
    app: Shared,
    visit: Visit,
    case: Case,
    command: Command,
    page: fn(Page, &Case, Wrongs) -> Undo,
) -> Answer {
    if let Some(done) = is_done(&case, &command) {
        return Ok(done);
    }
    match ask(&app, &visit, &case, &command).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response()),
        Err(refusal) => {
            let p = Page::new(&app, &visit);
            let text = p.t(refusal.key());
            Ok(html(status_of(&refusal), &page(p, &case, wrong("undo", text))))
        }
    }
}
