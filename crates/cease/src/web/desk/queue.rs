//! The list of cases that wait for someone at the desk.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::web::{Answer, Page, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct Queue {
    p: Page,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    if visit.staff().is_none() {
        return Err(Trouble::SignIn { desk: true });
    }
    Ok(html(StatusCode::OK, &Queue { p: Page::new(&app, &visit) }))
}
