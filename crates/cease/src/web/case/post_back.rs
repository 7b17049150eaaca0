//! How to post the card back: where to, what to write on it, how to pack it, and until when.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use super::Seen;
use super::standing::after;
use crate::app::Shared;
use crate::web::{Answer, Page, Visit, html};

#[derive(Template)]
#[template(path = "case/post_back.html")]
struct PostBack {
    p: Page,
    reference: String,
    address: Vec<String>,
    until: Option<String>,
    received: bool,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let p = Page::new(&app, &visit);
    let until = if let case::Stage::Received { since, .. } = &case.stage {
        Some(p.day(&after(*since, app.policy.of(&case).patience())))
    } else {
        None
    };
    let page = PostBack {
        reference: case.reference.to_string(),
        address: app.config.desk.return_address.lines().map(str::to_owned).collect(),
        until,
        received: case.card_received,
        p,
    };
    Ok(html(StatusCode::OK, &page))
}
