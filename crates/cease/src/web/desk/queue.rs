//! The list of cases: five views with their counts, a page at a time, and the search that jumps
//! straight to the case meant.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::identify::{Unrecognised, identify};
use case::{Case, CaseRef, Role, Timestamp};
use store::{Cursor, View};

use super::row::{Row, cursor, href};
use super::{Asked, VIEWS, act, say, staff, view_name};
use crate::app::App;
use crate::web::{Answer, Page, Trouble, Visit, html};

const ROWS: u32 = 50;

struct Tab {
    text: String,
    href: String,
    count: u64,
    here: bool,
}

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct Queue {
    p: Page,
    title: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// The search that led here, and what to say of it.
    sought: Option<Sought>,
    empty: (String, String),
    done: Option<act::Done>,
    first_href: String,
    next_href: String,
    note: String,
}

struct Sought {
    text: String,
}

#[derive(Template)]
#[template(path = "desk/counts.html")]
struct Counts {
    p: Page,
    stages: Vec<(String, u64)>,
    total: u64,
}

pub async fn page(State(app): State<crate::app::Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let (_, role) = staff(&visit)?;
    let p = Page::new(&app, &visit);
    let counts = app.store.counts().await?;
    match role {
        Role::Admin => {
            let stages = say::stages(p.l).into_iter().zip(counts).collect();
            return Ok(html(StatusCode::OK, &Counts { p, stages, total: counts.iter().sum() }));
        }
        Role::Agent | Role::Approver => {}
    }
    let asked = Asked::of(query.as_deref());
    let sought = asked.get("q");
    if !sought.is_empty() {
        return search(&app, p, &counts, sought).await;
    }
    let view = asked.view();
    let after = parse_cursor(asked.get("after"));
    let mut found = app.store.list(view, after, ROWS + 1).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let at = |c: Cursor| format!("/desk?view={}&after={}", view_name(view), write_cursor(c));
    let next_href = found.last().filter(|_| more).map(|last| at(cursor(&last.case))).unwrap_or_default();
    let first_href = if after.is_some() { format!("/desk?view={}", view_name(view)) } else { String::new() };
    let rows: Vec<Row> = found.iter().map(|s| Row::of(&p, &app.policy, &s.case, view)).collect();
    let page = Queue {
        title: say::view(p.l, view),
        tabs: tabs(&p, &counts, Some(view)),
        empty: empty(&p, view),
        done: act::Done::of(&p, &asked),
        note: fl!(p.l, "desk-page-note", shown = rows.len(), total = in_view(&counts, view)),
        rows,
        sought: None,
        first_href,
        next_href,
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Jumps to the one case meant; otherwise shows what there is, or says what can be searched for.
async fn search(app: &App, p: Page, counts: &[u64; 9], sought: &str) -> Answer {
    let l = p.l;
    let (cases, text) = match sought.parse::<CaseRef>() {
        Ok(reference) => match app.store.case(reference).await? {
            Some(case) => (vec![case], String::new()),
            None => (Vec::new(), fl!(l, "desk-sought-no-case", reference = reference.to_string())),
        },
        Err(_) => match identify(sought, &app.policy.identify) {
            Ok(found) => {
                let cases = of_cards(app, &found.id).await?;
                let number = found.id.grouped();
                let kind = say::kind(l, found.id.kind());
                let text = if cases.is_empty() {
                    fl!(l, "desk-sought-no-card", kind = kind, number = number)
                } else {
                    fl!(l, "desk-sought-several", kind = kind, number = number, count = cases.len())
                };
                (cases, text)
            }
            Err(Unrecognised::BankCard | Unrecognised::IdentityNumber) => (Vec::new(), fl!(l, "desk-sought-private")),
            Err(
                Unrecognised::Empty
                | Unrecognised::TooShort { .. }
                | Unrecognised::TooLong { .. }
                | Unrecognised::NoSuchLength { .. }
                | Unrecognised::WrongLength { .. }
                | Unrecognised::NotAnIccid
                | Unrecognised::NotAPhoneNumber
                | Unrecognised::NotANumber
                | Unrecognised::Rounded
                | Unrecognised::ActivationCode,
            ) => (Vec::new(), fl!(l, "desk-sought-unknown")),
        },
    };
    if let [case] = cases.as_slice() {
        return Ok(Redirect::to(&href(case.reference, view_of(case))).into_response());
    }
    let page = Queue {
        title: fl!(l, "desk-search-title"),
        tabs: tabs(&p, counts, None),
        rows: cases.iter().map(|case| Row::of(&p, &app.policy, case, View::All)).collect(),
        sought: Some(Sought { text }),
        empty: (fl!(l, "desk-sought-nothing"), fl!(l, "desk-sought-how")),
        done: None,
        first_href: String::new(),
        next_href: String::new(),
        note: String::new(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The open cases of the cards that answer to a number; where there are none, the ended ones.
async fn of_cards(app: &App, number: &case::identify::Identifier) -> Result<Vec<Case>, Trouble> {
    let cards = app.store.find_cards(number).await?;
    let mut cases = Vec::new();
    for card in &cards {
        if let Some(reference) = app.store.open_case_of(card.id).await? {
            cases.extend(app.store.case(reference).await?);
        }
    }
    if cases.is_empty() {
        for card in &cards {
            let of_holder = app.store.cases_of(card.account).await?.into_iter().map(|s| s.case);
            cases.extend(of_holder.filter(|case| case.subscription.as_ref().is_some_and(|s| s.card == card.id)));
        }
    }
    Ok(cases)
}

fn view_of(case: &Case) -> View {
    use case::case::Stage;
    match &case.stage {
        Stage::Received { .. } => View::Waiting,
        Stage::Review { .. } => View::Review,
        Stage::Scheduled { .. } | Stage::Ceasing { .. } | Stage::Contested { .. } => View::Moving,
        Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => View::Done,
    }
}

fn in_view(counts: &[u64; 9], view: View) -> u64 {
    let [received, review, scheduled, ceasing, ceased, closed, refused, withdrawn, contested] = *counts;
    match view {
        View::Review => review,
        View::Waiting => received,
        View::Moving => scheduled + ceasing + contested,
        View::Done => ceased + closed + refused + withdrawn,
        View::All => counts.iter().sum(),
    }
}

fn tabs(p: &Page, counts: &[u64; 9], here: Option<View>) -> Vec<Tab> {
    let tab = |view| Tab {
        text: say::view(p.l, view),
        href: format!("/desk?view={}", view_name(view)),
        count: in_view(counts, view),
        here: here == Some(view),
    };
    VIEWS.into_iter().map(tab).collect()
}

fn empty(p: &Page, view: View) -> (String, String) {
    let l = p.l;
    match view {
        View::Review => (fl!(l, "desk-empty-review"), fl!(l, "desk-empty-review-text")),
        View::Waiting => (fl!(l, "desk-empty-waiting"), fl!(l, "desk-empty-waiting-text")),
        View::Moving => (fl!(l, "desk-empty-moving"), fl!(l, "desk-empty-moving-text")),
        View::Done => (fl!(l, "desk-empty-done"), fl!(l, "desk-empty-done-text")),
        View::All => (fl!(l, "desk-empty-all"), fl!(l, "desk-empty-all-text")),
    }
}

fn write_cursor(cursor: Cursor) -> String {
    format!("{:x}.{:x}", cursor.received_us, cursor.reference.bits())
}

/// A cursor that is not one begins at the beginning.
fn parse_cursor(text: &str) -> Option<Cursor> {
    let (us, bits) = text.split_once('.')?;
    let received_us = i64::from_str_radix(us, 16).ok().filter(|us| Timestamp::from_microsecond(*us).is_ok())?;
    let reference = CaseRef::from_bits(u64::from_str_radix(bits, 16).ok()?);
    Some(Cursor { received_us, reference })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_address_and_rubbish_is_none() {
        let cursor = Cursor { received_us: 1_763_820_000_123_456, reference: CaseRef::from_bits(0x61_E54B_8BB7) };
        assert_eq!(parse_cursor(&write_cursor(cursor)), Some(cursor));
        for rubbish in ["", ".", "1", "x.y", "7fffffffffffffff.1", "1.ffffffffffffffffff"] {
            assert_eq!(parse_cursor(rubbish), None, "{rubbish}");
        }
    }
}
