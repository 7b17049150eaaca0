//! By whom people are reached, for everybody: a page to read and print, and the text that stands in the public log.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use case::identify::grouped_phone;
use case::official::{Entry, Kind};
use proof::log::Channels;

use crate::app::{App, Shared};
use crate::log::channels;
use crate::web::{Answer, Page, Visit, check, html};
use crate::words;

struct Group {
    kind: String,
    /// Each with what is to be said of its days, and of what a call costs.
    rows: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "channels.html")]
struct Public {
    p: Page,
    groups: Vec<Group>,
    past: Vec<Group>,
    version: String,
    since: String,
    /// Its number in the log; empty where it is not there yet.
    leaf: String,
}

/// `GET /channels`
pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    let (past, ours): (Vec<&Entry>, Vec<&Entry>) =
        register.official.iter().partition(|entry| entry.until.is_some_and(|day| day < today));
    let text = app.store.channel_text(None).await?;
    let leaf = match &text {
        Some(text) => app.store.log_other_leaf(&Channels::leaf(text.version, &text.text).text()).await?,
        None => None,
    };
    let page = Public {
        groups: groups(&p, &app, ours),
        past: groups(&p, &app, past),
        version: text.as_ref().map(|text| text.version.to_string()).unwrap_or_default(),
        since: text.as_ref().map(|text| p.moment(&text.at)).unwrap_or_default(),
        leaf: leaf.map(|leaf| leaf.n.to_string()).unwrap_or_default(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

fn groups(p: &Page, app: &App, entries: Vec<&Entry>) -> Vec<Group> {
    let desk = &app.config.desk;
    let hotline = Entry::new(Kind::Phone, desk.hotline.clone()).checked(&app.policy.identify).ok();
    let hotline = hotline.map(|entry| (entry.kind, entry.value));
    let day = |day| words::day(p.language, day);
    let row = |entry: &&Entry| {
        let from = entry.from.map(|from| fl!(p.l, "channels-from", day = day(from)));
        let until = entry.until.map(|until| fl!(p.l, "channels-until", day = day(until)));
        let rings = hotline.as_ref().is_some_and(|(kind, value)| (entry.kind, &entry.value) == (*kind, value));
        let charge = Some(desk.hotline_charge_in(p.language)).filter(|charge| rings && !charge.is_empty());
        let said: Vec<String> = from.into_iter().chain(until).chain(charge.map(str::to_owned)).collect();
        (grouped_phone(&entry.shown), said.join(" · "))
    };
    let of = |kind: Kind| Group {
        kind: check::kind(p.l, kind),
        rows: entries.iter().filter(|entry| entry.kind == kind).map(row).collect(),
    };
    Kind::ALL.map(of).into_iter().filter(|group| !group.rows.is_empty()).collect()
}

/// `GET /channels.txt`
pub async fn newest(State(app): State<Shared>) -> Response {
    text(&app, None).await
}

/// `GET /channels/{version}.txt`
pub async fn of_version(State(app): State<Shared>, Path(name): Path<String>) -> Response {
    match name.strip_suffix(".txt").and_then(|version| version.parse().ok()) {
        Some(version) => text(&app, Some(version)).await,
        None => (StatusCode::NOT_FOUND, "not here\n").into_response(),
    }
}

async fn text(app: &App, version: Option<u64>) -> Response {
    let anybody = (HeaderName::from_static("access-control-allow-origin"), "*");
    match channels::file(app, version).await {
        Ok(Some(file)) => {
            let (media, keep) = ("text/plain; charset=utf-8", "public, max-age=5");
            ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, keep), anybody], file).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, [anybody], "not here\n").into_response(),
        Err(error) => {
            tracing::error!(%error, "the register could not be read");
            (StatusCode::SERVICE_UNAVAILABLE, [anybody], "the register cannot be read right now\n").into_response()
        }
    }
}

#[cfg(test)]
mod tests;
