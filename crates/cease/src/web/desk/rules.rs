//! The rules at the desk, to read: which hold on a day and why, what changes when, and who sets which key.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use rules::{Book, State as Stands};
use serde_json::Value;

use super::{Asked, staff};
use crate::app::Shared;
use crate::web::rules::{Shown, pack_title};
use crate::web::{Answer, Page, Visit, html};
use crate::words;

/// Title, name and file of a pack.
type PackRow = (String, String, String);

struct Line {
    key: String,
    value: String,
    by: String,
    /// What it lies over.
    over: String,
}

struct Turning {
    day: String,
    /// Key, before, after.
    keys: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "desk/rules.html")]
struct RulesPage {
    p: Page,
    on: String,
    says: String,
    packs: Vec<PackRow>,
    overdue: Vec<Shown>,
    holding: Vec<Shown>,
    others: Vec<Shown>,
    changes: Vec<Turning>,
    lines: Vec<Line>,
}

pub fn value(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { "–".into() } else { value.to_string() }, str::to_owned)
}

fn lines(p: &Page, book: &Book, day: Date) -> Vec<Line> {
    let named = |setter: &rules::Setter<'_>| match setter.rule {
        Some(rule) => rule.id.clone(),
        None => setter.pack.name.clone(),
    };
    let line = |one: rules::Explained<'_>| Line {
        by: one.by.first().map_or_else(|| fl!(p.l, "rules-default"), named),
        over: one
            .by
            .iter()
            .skip(1)
            .map(|setter| format!("{} = {}", named(setter), value(&setter.value)))
            .collect::<Vec<_>>()
            .join(" · "),
        value: value(&one.value),
        key: one.key,
    };
    book.explain(day, None).into_iter().map(line).collect()
}

/// `GET /desk/rules?on=2027-04-01`
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    staff(&visit)?;
    let p = Page::new(&app, &visit);
    let book = app.policy.book();
    let today = book.day(app.now());
    // What is no day is today.
    let day = Asked::of(query.as_deref()).get("on").parse().unwrap_or(today);
    let policy = book.on_day(day);
    let all = book.rules(day);
    let some = |wanted: &dyn Fn(Stands) -> bool| {
        all.iter().filter(|told| wanted(told.state)).map(|told| Shown::of(&p, told, policy)).collect::<Vec<_>>()
    };
    let turning = |change: rules::Change| Turning {
        day: words::day(p.language, change.day),
        keys: change.keys.iter().map(|(key, a, b)| (key.clone(), value(a), value(b))).collect(),
    };
    let page = RulesPage {
        on: day.to_string(),
        says: fl!(p.l, "rules-desk-lede", day = words::day(p.language, day)),
        packs: book.layers.iter().map(|k| (pack_title(p.language, k), k.name.clone(), k.file.clone())).collect(),
        overdue: book.overdue(day).iter().map(|told| Shown::of(&p, told, policy)).collect(),
        holding: some(&|state| state == Stands::Holds),
        others: some(&|state| state != Stands::Holds),
        changes: book.changes(day).into_iter().map(turning).collect(),
        lines: lines(&p, book, day),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}
