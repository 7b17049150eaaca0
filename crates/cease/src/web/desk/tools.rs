//! What the desk's script works with, fetched by it and by nobody else: the sheet of keys, the palette with
//! this case's macros, and whether single keys act at all. And the page of settings.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::CaseRef;

use super::act::Done;
use super::{Asked, macros, reader, staff};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::words::Words;

#[derive(Template)]
#[template(path = "desk/tools.html")]
struct Tools {
    p: Page,
    keys: bool,
    sheet: Vec<(&'static str, String)>,
    macros: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk/settings.html")]
struct Settings {
    p: Page,
    keys: bool,
    sheet: Vec<(&'static str, String)>,
    done: Option<Done>,
}

/// Every key with what it does.
fn sheet(l: &Words) -> Vec<(&'static str, String)> {
    vec![
        ("j", fl!(l, "desk-key-j")),
        ("k", fl!(l, "desk-key-k")),
        ("Enter", fl!(l, "desk-key-enter")),
        ("Esc", fl!(l, "desk-key-esc")),
        ("c", fl!(l, "desk-key-c")),
        ("r", fl!(l, "desk-key-r")),
        ("n", fl!(l, "desk-key-n")),
        ("z", fl!(l, "desk-key-z")),
        ("e", fl!(l, "desk-key-e")),
        ("f o x", fl!(l, "fakes-keys")),
        ("/", fl!(l, "desk-key-slash")),
        (".", fl!(l, "desk-key-dot")),
        ("?", fl!(l, "desk-key-help")),
        ("Ctrl K", fl!(l, "desk-key-palette")),
    ]
}

pub async fn fragment(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let (me, _) = staff(&visit)?;
    let p = Page::new(&app, &visit);
    let asked = Asked::of(query.as_deref());
    let macros = match asked.get("case").parse::<CaseRef>() {
        Ok(case) => macros::links(&app, case, me, asked.view()).await?,
        Err(_) => Vec::new(),
    };
    let keys = app.store.keys(me).await?;
    Ok(html(StatusCode::OK, &Tools { keys, sheet: sheet(p.l), macros, p }))
}

pub async fn settings(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let (me, _) = staff(&visit)?;
    let p = Page::new(&app, &visit);
    let done = Done::of(&p, &Asked::of(query.as_deref()));
    let keys = app.store.keys(me).await?;
    Ok(html(StatusCode::OK, &Settings { keys, sheet: sheet(p.l), done, p }))
}

pub async fn set(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    let (me, _) = staff(&visit)?;
    let on = match posted.get("keys") {
        "on" => true,
        "off" => false,
        _ => return Err(Trouble::BadRequest),
    };
    app.store.put_keys(me, on).await?;
    Ok(Redirect::to("/desk/settings?done=settings").into_response())
}
