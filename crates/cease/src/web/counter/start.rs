//! Where a person arrives: what it takes, what it costs, how long, before anything is asked.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::web::{Answer, Page, Visit, html};

#[derive(Template)]
#[template(path = "counter/start.html")]
struct Start {
    p: Page,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    Ok(html(StatusCode::OK, &Start { p: Page::new(&app, &visit) }))
}
