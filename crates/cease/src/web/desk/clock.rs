//! Why a case is due then: its clock read off the journal, turn by turn, on the desk's calendar.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use case::sla::{self, Account, Run, Span, Turn};
use case::{Case, CaseRef, Entry, Event, Flag, Lang, Policy, Timestamp};
use jiff::SignedDuration;

use super::row::{Due, due, href as case_href, span, stamp};
use super::{case_of, reader};
use crate::app::Shared;
use crate::clocks;
use crate::web::{Answer, Page, Visit, html};
use store::View;

mod bar;

use bar::Bar;

#[derive(Template)]
#[template(path = "desk/clock_page.html")]
struct ClockPage {
    p: Page,
    reference: String,
    back: String,
    due: Option<Due>,
    says: String,
    because: Vec<String>,
    bar: Bar,
    turns: Vec<Line>,
    /// Days unlike their weekday that the clock runs over: the day, what it is, its source.
    days: Vec<(String, String, String)>,
    told: String,
    rules: Vec<(String, String)>,
    /// The day whose rules they are.
    rules_on: String,
    /// The clock runs beyond what the calendar knows.
    beyond: Option<String>,
}

/// One turn, in words.
struct Line {
    class: &'static str,
    icon: &'static str,
    whose: String,
    from: String,
    to: String,
    counted: String,
}

pub fn href(reference: CaseRef) -> String {
    format!("/desk/case/{reference}/clock")
}

pub async fn page(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let reference = case.reference;
    let journal = app.store.journal(reference).await?;
    let p = Page::new(&app, &visit);
    let policy = app.policy.of(&case);
    let account = sla::read(&journal, policy, p.now());
    let estimate = clocks::estimate(&app, &case).await?;
    let until = account.run.map_or(p.now(), |run| run.due.max(p.now()));
    let page = ClockPage {
        reference: reference.to_string(),
        back: case_href(reference, View::All.into()),
        due: due(&p, policy, &case),
        says: says(&p, &account),
        because: because(&p, policy, &account, &journal),
        bar: Bar::of(&p, policy, &account),
        turns: account.spans.iter().map(|one| line(&p, one)).collect(),
        days: days(&p, policy, &case, until),
        told: match &estimate {
            Some(estimate) => crate::web::case::eta::in_words(&p, estimate).join(" "),
            None => fl!(p.l, "clock-told-promise"),
        },
        rules: rules(&p, policy),
        rules_on: app.policy.book().day(case.counts_from()).to_string(),
        beyond: beyond(&p, policy, until),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

fn says(p: &Page, account: &Account) -> String {
    use sla::State;
    let l = p.l;
    let target = span(p, account.target);
    match (account.state, account.run) {
        (State::Late { by }, Some(run)) => {
            fl!(l, "clock-says-late", due = stamp(p, &run.due), by = span(p, by))
        }
        (State::Runs { left } | State::Soon { left }, Some(run)) => {
            fl!(l, "clock-says-due", due = stamp(p, &run.due), left = span(p, left))
        }
        (State::Stands { awaits: Turn::Post }, _) => fl!(l, "clock-says-post", used = span(p, account.counted)),
        (State::Stands { .. }, _) => fl!(l, "clock-says-holder", used = span(p, account.counted)),
        (State::Broken { used }, _) => fl!(l, "clock-says-broken", used = span(p, used), target = target),
        (State::Kept { used }, _) if used > SignedDuration::ZERO => {
            fl!(l, "clock-says-kept", used = span(p, used), target = target)
        }
        (State::Kept { .. } | State::Late { .. } | State::Runs { .. } | State::Soon { .. }, _) => {
            fl!(l, "clock-says-never")
        }
    }
}

/// The reasons, in the order in which they were reckoned.
fn because(p: &Page, policy: &Policy, account: &Account, journal: &[Entry]) -> Vec<String> {
    let l = p.l;
    let Some(run) = account.run else { return Vec::new() };
    let target = span(p, account.target);
    let mut reasons = vec![fl!(l, "clock-because-came", at = stamp(p, &run.since))];
    reasons.push(match policy.review_open_hours {
        Some(_) => fl!(l, "clock-because-open", target = target),
        None => fl!(l, "clock-because-wall", target = target),
    });
    if run.before > SignedDuration::ZERO {
        reasons.push(fl!(l, "clock-because-before", used = span(p, run.before)));
        reasons.push(fl!(l, "clock-because-stood", stood = span(p, stood(account))));
    }
    if run.quarter {
        reasons.push(fl!(l, "clock-because-quarter"));
    }
    if policy.review_open_hours.is_some() {
        reasons.push(fl!(l, "clock-because-closed"));
    }
    let told = |entry: &&Entry| {
        entry.at >= run.since && entry.events.iter().any(|e| matches!(e, Event::Flagged { flag: Flag::Escalated }))
    };
    reasons.push(match journal.iter().rev().find(told) {
        Some(entry) => fl!(l, "clock-because-told", at = stamp(p, &entry.at)),
        None => ahead(p, &run),
    });
    reasons
}

fn ahead(p: &Page, run: &Run) -> String {
    fl!(p.l, "clock-because-ahead", warn = stamp(p, &run.warn), escalate = stamp(p, &run.escalate))
}

/// How long it has stood between the desk's turns in the present matter.
fn stood(account: &Account) -> SignedDuration {
    let matter = account.spans.last().map(|s| s.matter);
    let others = account.spans.iter().filter(|s| Some(s.matter) == matter && s.turn != Turn::Desk);
    let first = account.spans.iter().find(|s| Some(s.matter) == matter && s.turn == Turn::Desk).map(|s| s.from);
    others
        .filter(|s| first.is_some_and(|first| s.from > first))
        .filter_map(|s| Some(s.to?.duration_since(s.from)))
        .fold(SignedDuration::ZERO, |sum, stood| sum + stood)
}

fn whose(p: &Page, turn: Turn) -> (&'static str, &'static str, String) {
    let l = p.l;
    match turn {
        Turn::Desk => ("is-counted", "clock", fl!(l, "clock-turn-desk")),
        Turn::Holder => ("is-holder", "user", fl!(l, "clock-turn-holder")),
        Turn::Post => ("is-post", "box", fl!(l, "clock-turn-post")),
        Turn::Day => ("is-day", "clock", fl!(l, "clock-turn-day")),
        Turn::Network => ("is-network", "go", fl!(l, "clock-turn-network")),
        Turn::Over => ("is-over", "done", fl!(l, "clock-turn-over")),
    }
}

fn line(p: &Page, one: &Span) -> Line {
    let (class, icon, whose) = whose(p, one.turn);
    let counted = if one.turn == Turn::Desk { span(p, one.counted) } else { fl!(p.l, "clock-not-counted") };
    let to = one.to.as_ref().map_or_else(|| fl!(p.l, "clock-until-now"), |to| stamp(p, to));
    Line { class, icon, whose, from: stamp(p, &one.from), to, counted }
}

fn days(p: &Page, policy: &Policy, case: &Case, until: Timestamp) -> Vec<(String, String, String)> {
    let calendar = &policy.desk_hours;
    let found = calendar.days(calendar.date(case.times.received), calendar.date(until));
    let said = found.map(|(date, day)| {
        let name = match p.language {
            Lang::En => day.name.as_str(),
            Lang::ZhCn => day.name_zh.as_str(),
        };
        let what = if day.closed() {
            fl!(p.l, "clock-day-closed", name = name)
        } else {
            fl!(p.l, "clock-day-open", name = name)
        };
        (date.to_string(), what, calendar.source(day).to_owned())
    });
    said.take(40).collect()
}

fn rules(p: &Page, policy: &Policy) -> Vec<(String, String)> {
    let l = p.l;
    let calendar = &policy.desk_hours;
    let known = match calendar.covers {
        Some((first, last)) => fl!(l, "clock-rule-known", from = first.to_string(), until = last.to_string()),
        None => fl!(l, "clock-rule-always"),
    };
    let mut rules = vec![
        (fl!(l, "clock-rule-pack"), policy.name.clone()),
        (fl!(l, "clock-rule-calendar"), format!("{} · {known}", calendar.name)),
        (fl!(l, "clock-rule-target"), span(p, policy.review())),
        (fl!(l, "clock-rule-escalate"), span(p, policy.escalation())),
    ];
    rules.extend(calendar.sources().map(|source| (fl!(l, "clock-rule-source"), source.to_owned())));
    rules
}

fn beyond(p: &Page, policy: &Policy, until: Timestamp) -> Option<String> {
    let (_, last) = policy.desk_hours.covers?;
    let open = policy.review_open_hours.is_some();
    (open && policy.desk_hours.date(until) > last).then(|| fl!(p.l, "clock-beyond", last = last.to_string()))
}
