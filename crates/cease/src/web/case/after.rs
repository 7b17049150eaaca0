//! After the end: stop using the card, what ended when, what to look at, what the watch has seen, and "I was still
//! billed" or "the card still works", which reach the desk as an alarm and are confirmed like a receipt.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::watch::{Closing, Kind, Reported};
use case::{Case, Command, Entry, Event, FileId, Stage};
use jiff::SignedDuration;
use store::StoredFile;

use super::{Seen, Wrongs, ask, asks, status_of};
use crate::app::Shared;
use crate::chance;
use crate::files::{self, Limits};
use crate::watch;
use crate::web::counter::you::{half_width, lines};
use crate::web::lifeline::Lifeline;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};

/// Reports of one case in a day.
const A_DAY: u32 = 10;

#[derive(Template)]
#[template(path = "case/after.html")]
struct After {
    p: Page,
    reference: String,
    times: Vec<(String, String)>,
    /// Until when it is watched; none where that is over.
    watched: Option<String>,
    /// What was seen and is being looked into, and what has been cleared up.
    open: Vec<Mark>,
    closed: Vec<Mark>,
    /// Reports of one's own, as they were received.
    reports: Vec<(String, String)>,
    /// One has just come in: when, and whether it is about a bill.
    thanks: Option<(String, bool)>,
    lifeline: Lifeline,
    typed: Typed,
    errors: Wrongs,
}

struct Mark {
    what: String,
    when: String,
    came_of_it: String,
}

#[derive(Default)]
struct Typed {
    what: String,
    on: String,
    amount: String,
    text: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen, RawQuery(query): RawQuery) -> Answer {
    let thanks = asks(query.as_deref(), "reported=1");
    show(&app, &visit, &case, StatusCode::OK, thanks, (Typed::default(), Wrongs::default())).await
}

async fn show(
    app: &Shared,
    visit: &Visit,
    case: &Case,
    status: StatusCode,
    thanks: bool,
    (typed, errors): (Typed, Wrongs),
) -> Answer {
    if !case.stage.has_ended() {
        return Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response());
    }
    let p = Page::new(app, visit);
    let journal = app.store.journal(case.reference).await?;
    let (closed, open): (Vec<watch::Seen>, Vec<watch::Seen>) =
        watch::seen(&journal).into_iter().partition(|seen| seen.closed.is_some());
    let reports = reports(&p, &journal);
    let billed = last_reported(&journal) == Some(Kind::Billed);
    let page = After {
        reference: case.reference.to_string(),
        times: super::status::times(&p, case),
        watched: if let Stage::Ceased { watch_until, .. } = &case.stage { Some(p.day(watch_until)) } else { None },
        open: open.iter().map(|seen| mark(&p, seen)).collect(),
        closed: closed.iter().map(|seen| mark(&p, seen)).collect(),
        thanks: reports.last().filter(|_| thanks).map(|(at, _)| (at.clone(), billed)),
        reports,
        lifeline: Lifeline::of(&p, case, &journal, watch::kind_to_holder),
        typed,
        errors,
        p,
    };
    Ok(html(status, &page))
}

fn mark(p: &Page, seen: &watch::Seen) -> Mark {
    let l = p.l;
    let own = watch::is_reported(seen.kind);
    let came_of_it = match seen.closed {
        None if own => fl!(l, "after-open-own"),
        None => fl!(l, "after-open"),
        Some((at, Closing::Corrected)) => fl!(l, "after-closed-corrected", at = p.moment(&at)),
        Some((at, Closing::Explained)) => fl!(l, "after-closed-explained", at = p.moment(&at)),
        Some((at, Closing::Set)) => fl!(l, "after-closed-set", at = p.moment(&at)),
    };
    // Of a bill, only the day is known.
    let at = |at| if seen.kind == Kind::Billed { p.day(at) } else { p.moment(at) };
    let when = if seen.count == 1 {
        at(&seen.first)
    } else {
        fl!(l, "after-times", n = seen.count, first = at(&seen.first), last = at(&seen.last))
    };
    Mark { what: watch::kind_to_holder(l, seen.kind), when, came_of_it }
}

/// What the newest report is of.
fn last_reported(journal: &[Entry]) -> Option<Kind> {
    let mut events = journal.iter().rev().flat_map(|entry| entry.events.iter().rev());
    events.find_map(|event| if let Event::Reported { what } = event { Some(what.kind()) } else { None })
}

fn reports(p: &Page, journal: &[Entry]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in journal {
        for event in &entry.events {
            let says = if let Event::Reported { what: Reported::Billed { on, amount } } = event {
                let day = crate::words::day(p.language, *on);
                fl!(p.l, "after-report-billed", day = day, amount = amount.as_str())
            } else if let Event::Reported { what: Reported::Works } = event {
                fl!(p.l, "after-report-works")
            } else {
                continue;
            };
            all.push((p.moment(&entry.at), says));
        }
    }
    all
}

pub async fn report(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let said = lines(posted.get("text"));
    let (text, found) = case::redact::redact(&said);
    let typed = Typed {
        what: posted.get("what").to_owned(),
        on: half_width(posted.get("on")).chars().take(20).collect(),
        amount: case::redact::redact(posted.get("amount")).0,
        text,
    };
    let mut errors = Wrongs::default();
    if let Some(struck) = struck::said(p.l, &said, &found) {
        errors.add("text", struck);
    }
    let Some(what) = read(&p, &typed, &mut errors).filter(|_| errors.is_empty()) else {
        return show(&app, &visit, &case, StatusCode::UNPROCESSABLE_ENTITY, false, (typed, errors)).await;
    };
    let (now, key) = (app.now(), format!("after:{}", case.reference));
    let hit = app.store.hit(&key, now, SignedDuration::from_hours(24), A_DAY).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
    }
    let mut kept = Vec::new();
    for file in posted.files.into_iter().filter(|file| file.field == "file").take(1) {
        match files::accept(&file.name, file.bytes, Limits::of(app.config.limits.upload_bytes)).await {
            Ok(clean) => {
                let (id, name) = (FileId::from_bits(chance::bits()), clean.name.clone());
                let stored =
                    StoredFile { id, media: clean.media.into(), name: clean.name, bytes: clean.bytes, at: now };
                app.store.put_draft_file(stored, now + files::DRAFT).await?;
                kept.push((id, name));
            }
            Err(bad) => {
                errors.add("file", p.t(bad.key()));
                return show(&app, &visit, &case, StatusCode::UNPROCESSABLE_ENTITY, false, (typed, errors)).await;
            }
        }
    }
    let command = Command::ReportAfter { what, text: typed.text.clone(), files: kept };
    match ask(&app, &visit, &case, &command).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}/after?reported=1", case.reference)).into_response()),
        Err(refusal) => {
            let field = if refusal == case::Refusal::NotYet { "on" } else { "text" };
            errors.add(field, p.t(refusal.key()));
            show(&app, &visit, &case, status_of(&refusal), false, (typed, errors)).await
        }
    }
}

fn read(p: &Page, typed: &Typed, errors: &mut Wrongs) -> Option<Reported> {
    let l = p.l;
    match typed.what.as_str() {
        "works" => return Some(Reported::Works),
        "billed" => {}
        _ => errors.add("what", fl!(l, "after-error-what")),
    }
    let on = typed.on.parse();
    if on.is_err() {
        errors.add("on", fl!(l, "after-error-on"));
    }
    if typed.amount.is_empty() || typed.amount.chars().count() > Reported::AMOUNT {
        errors.add("amount", fl!(l, "after-error-amount"));
    }
    let on = on.ok().filter(|_| errors.is_empty())?;
    Some(Reported::Billed { on, amount: typed.amount.clone() })
}

#[cfg(test)]
mod tests;
