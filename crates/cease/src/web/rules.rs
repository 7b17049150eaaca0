//! Which rules apply, for anybody: each with its source and with what we do because of it. It is never said that a
//! law is met.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use rules::{Policy, Source, State as Stands, Status, Told};

use crate::app::Shared;
use crate::web::case::Seen;
use crate::web::{Answer, Page, Visit, html};
use crate::words::{self, Words};

/// A rule as a page shows it.
pub struct Shown {
    pub id: String,
    pub title: String,
    pub pack: String,
    pub days: String,
    pub status: String,
    /// As its tag is coloured.
    pub kind: &'static str,
    pub state: String,
    pub sources: Vec<Source>,
    pub doubt: String,
    pub does: String,
}

impl Shown {
    pub fn of(p: &Page, told: &Told<'_>, policy: &Policy) -> Self {
        let rule = told.rule;
        Self {
            id: rule.id.clone(),
            title: rule.title.of(p.language).to_owned(),
            pack: pack_title(p.language, told.pack),
            days: days(p, told.from, told.until),
            status: status(p.l, rule.status),
            kind: match (told.state, rule.status) {
                (Stands::Holds, Status::InForce | Status::Expected) => "done",
                (Stands::Holds, Status::Recalled) => "waiting",
                (Stands::Overridden | Stands::Later | Stands::Over | Stands::Expected, _) => "neutral",
            },
            state: state(p.l, told.state),
            sources: rule.sources.clone(),
            doubt: rule.doubt.of(p.language).to_owned(),
            does: rule.does(p.language, policy),
        }
    }
}

pub fn pack_title(lang: case::Lang, pack: &rules::Pack) -> String {
    match pack.title.of(lang) {
        "" => pack.name.clone(),
        title => title.to_owned(),
    }
}

pub fn status(l: &Words, status: Status) -> String {
    match status {
        Status::InForce => fl!(l, "rules-status-in-force"),
        Status::Expected => fl!(l, "rules-status-expected"),
        Status::Recalled => fl!(l, "rules-status-recalled"),
    }
}

pub fn state(l: &Words, state: Stands) -> String {
    match state {
        Stands::Holds => fl!(l, "rules-state-holds"),
        Stands::Overridden => fl!(l, "rules-state-overridden"),
        Stands::Later => fl!(l, "rules-state-later"),
        Stands::Over => fl!(l, "rules-state-over"),
        Stands::Expected => fl!(l, "rules-state-expected"),
    }
}

fn days(p: &Page, from: Option<Date>, until: Option<Date>) -> String {
    let day = |day| words::day(p.language, day);
    match (from, until) {
        (None, None) => String::new(),
        (Some(from), None) => fl!(p.l, "rules-from", from = day(from)),
        (None, Some(until)) => fl!(p.l, "rules-until", until = day(until)),
        (Some(from), Some(until)) => fl!(p.l, "rules-from-until", from = day(from), until = day(until)),
    }
}

#[derive(Template)]
#[template(path = "rules.html")]
struct Public {
    p: Page,
    /// Of which day they are, in a sentence.
    of: String,
    /// The reference of the case that they are the rules of; empty where they are of no case.
    case: String,
    rules: Vec<Shown>,
    expected: Vec<Shown>,
}

fn show(app: &Shared, p: Page, day: Date, of: String, case: String) -> Answer {
    let (book, policy) = (app.policy.book(), app.policy.book().on_day(day));
    let all = book.rules(day);
    let some = |wanted: Stands| {
        let some = all.iter().filter(move |told| told.state == wanted);
        some.map(|told| Shown::of(&p, told, policy)).collect::<Vec<_>>()
    };
    let (rules, expected) = (some(Stands::Holds), some(Stands::Expected));
    Ok(html(StatusCode::OK, &Public { of, case, rules, expected, p }))
}

/// `GET /rules`
pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    let day = app.policy.book().day(app.now());
    let of = fl!(p.l, "rules-today", day = words::day(p.language, day));
    show(&app, p, day, of, String::new())
}

/// `GET /case/{reference}/rules`
pub async fn of_case(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let p = Page::new(&app, &visit);
    let day = app.policy.book().day(case.counts_from());
    let of = fl!(p.l, "rules-of-case", day = words::day(p.language, day));
    show(&app, p, day, of, case.reference.to_string())
}

#[cfg(test)]
mod tests;
