//! The list of cases: the views with their numbers, a filter that is the address, a page at a time.
//! The search is beside it.

pub mod search;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use case::{AccountId, CaseRef, Role, Timestamp};
use store::{COUNTED, Cursor, Filter, Start, View};

use super::eyes::Eyes;
use super::filters::{self, Chip, Form};
use super::row::Row;
use super::views::{self, Keep, Shelf};
use super::{Asked, act, asker, say, staff};
use crate::app::Shared;
use crate::web::counter::journey::Wrong;
use crate::web::{Answer, Page, Visit, html};

const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct Queue {
    p: Page,
    title: String,
    shelves: Vec<Shelf>,
    rows: Vec<Row>,
    /// The search that led here.
    sought: Option<Sought>,
    chips: Vec<Chip>,
    form: Option<Form>,
    /// The list with nothing added.
    reset: String,
    keep: Option<Keep>,
    errors: Vec<Wrong>,
    empty: (String, String),
    done: Option<act::Done>,
    previous_href: String,
    next_href: String,
    note: String,
}

struct Sought {
    words: String,
    /// What to say of it.
    text: String,
}

#[derive(Template)]
#[template(path = "desk/counts.html")]
struct Counts {
    p: Page,
    stages: Vec<(String, String)>,
    total: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let who = match staff(&visit)? {
        (_, Role::Admin) => return counts(&app, &visit).await,
        who @ (_, Role::Agent | Role::Approver) => who,
    };
    let asked = Asked::of(query.as_deref());
    if let Some(sought) = search::sought(&app, &asked) {
        return search::page(&app, &visit, who, &asked, &sought).await;
    }
    let filter = filter_of(&asked, query.as_deref().unwrap_or_default());
    list(&app, &visit, who, &asked, filter, None).await
}

/// What waits for us, where the address asks for nothing.
fn filter_of(asked: &Asked, query: &str) -> Filter {
    let says = Filter::KEYS.iter().chain(&["sort"]).any(|key| !asked.get(key).is_empty());
    if says { Filter::parse(query) } else { Filter::from(View::Review) }
}

async fn counts(app: &Shared, visit: &Visit) -> Answer {
    let p = Page::new(app, visit);
    let counts = app.store.counts().await?;
    let exact = counts.iter().all(|count| *count <= COUNTED);
    let text = |count: u64| if count > COUNTED { format!("{COUNTED}+") } else { count.to_string() };
    let sum: u64 = counts.iter().map(|count| count.min(&COUNTED)).sum();
    let total = if exact { sum.to_string() } else { format!("{sum}+") };
    let stages = say::stages(p.l).into_iter().zip(counts.map(text)).collect();
    Ok(html(StatusCode::OK, &Counts { p, stages, total }))
}

/// A page of the list; `wrong` is a view that could not be saved as it was typed.
pub(super) async fn list(
    app: &Shared,
    visit: &Visit,
    (me, role): (AccountId, Role),
    asked: &Asked,
    filter: Filter,
    wrong: Option<(Keep, Vec<Wrong>)>,
) -> Answer {
    let p = Page::new(app, visit);
    let asker = asker(app, visit, (me, role));
    let start = start_of(asked);
    let listed = app.store.filtered(&filter, &asker, start, ROWS).await?;
    let eyes = Eyes::of(app, visit).await?;
    let saved = app.store.views(me).await?;
    let total = app.store.count(&filter, &asker, std::time::Duration::ZERO).await?;
    let address = filters::href(&filter);
    let at = |key, place: Option<Cursor>| place.map(|c| format!("{address}&{key}={}", write_cursor(c)));
    let (first, last) = (listed.rows.first().map(|row| row.0), listed.rows.last().map(|row| row.0));
    let (previous, next) = match start {
        Start::First => (None, at("after", listed.on)),
        Start::After(from) => (at("before", first.or(Some(from))), at("after", listed.on)),
        Start::Before(from) => (at("before", listed.on), at("after", last.or(Some(from)))),
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (wrong, errors) = wrong.unzip();
    let named = saved.iter().find(|view| view.query == filter.to_string()).map(|view| view.name.clone());
    let page = Queue {
        title: named.unwrap_or_else(|| say::list(p.l, filter)),
        shelves: views::shelves(app, &p, &asker, Some(&filter), &saved).await?,
        empty: empty(&p, &filter, listed.on.is_some()),
        done: act::Done::of(&p, asked).or_else(|| done(&p, asked)),
        note: fl!(p.l, "desk-page-note", shown = listed.rows.len(), total = views::number(total)),
        rows: listed
            .rows
            .iter()
            .map(|(_, s)| Row::of(&p, app.policy.of(&s.case), &s.case, filter, &eyes.over(&s.case)))
            .collect(),
        chips: filters::chips(&p, filter),
        form: Some(filters::form(&p, filter, asker.seconds)),
        reset: filters::href(&filter.stage_view().unwrap_or(View::All).into()),
        keep: wrong.or_else(|| views::keep(&filter, &saved, me)),
        errors: errors.unwrap_or_default(),
        sought: None,
        previous_href: previous.unwrap_or_default(),
        next_href: next.unwrap_or_default(),
        p,
    };
    Ok(html(status, &page))
}

fn done(p: &Page, asked: &Asked) -> Option<act::Done> {
    let text = match asked.get("done") {
        "view-saved" => fl!(p.l, "desk-done-view-saved"),
        "view-changed" => fl!(p.l, "desk-done-view-changed"),
        "view-deleted" => fl!(p.l, "desk-done-view-deleted"),
        _ => return None,
    };
    Some(act::Done { text, was: None })
}

/// Why there is nothing here, and what to do about it.
fn empty(p: &Page, filter: &Filter, more: bool) -> (String, String) {
    let l = p.l;
    if more {
        return (fl!(l, "desk-empty-so-far"), fl!(l, "desk-empty-so-far-text"));
    }
    match filter.view() {
        Some(View::Review) => (fl!(l, "desk-empty-review"), fl!(l, "desk-empty-review-text")),
        Some(View::Waiting) => (fl!(l, "desk-empty-waiting"), fl!(l, "desk-empty-waiting-text")),
        Some(View::Moving) => (fl!(l, "desk-empty-moving"), fl!(l, "desk-empty-moving-text")),
        Some(View::Done) => (fl!(l, "desk-empty-done"), fl!(l, "desk-empty-done-text")),
        Some(View::All) => (fl!(l, "desk-empty-all"), fl!(l, "desk-empty-all-text")),
        None => (fl!(l, "desk-empty-filter"), fl!(l, "desk-empty-filter-text")),
    }
}

fn start_of(asked: &Asked) -> Start {
    match (parse_cursor(asked.get("after")), parse_cursor(asked.get("before"))) {
        (Some(after), _) => Start::After(after),
        (None, Some(before)) => Start::Before(before),
        (None, None) => Start::First,
    }
}

fn write_cursor(cursor: Cursor) -> String {
    format!("{:x}.{:x}", cursor.at_us, cursor.reference.bits())
}

/// A cursor that is not one begins at the beginning.
fn parse_cursor(text: &str) -> Option<Cursor> {
    let (us, bits) = text.split_once('.')?;
    let never = |us: &i64| *us == i64::MAX || Timestamp::from_microsecond(*us).is_ok();
    let at_us = i64::from_str_radix(us, 16).ok().filter(never)?;
    let reference = CaseRef::from_bits(u64::from_str_radix(bits, 16).ok()?);
    Some(Cursor { at_us, reference })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_address_and_rubbish_is_none() {
        let reference = CaseRef::from_bits(0x61_E54B_8BB7);
        for at_us in [1_763_820_000_123_456, i64::MAX] {
            let cursor = Cursor { at_us, reference };
            assert_eq!(parse_cursor(&write_cursor(cursor)), Some(cursor));
        }
        for rubbish in ["", ".", "1", "x.y", "7ffffffffffffffe.1", "1.ffffffffffffffffff"] {
            assert_eq!(parse_cursor(rubbish), None, "{rubbish}");
        }
    }
}
