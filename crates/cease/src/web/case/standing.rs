//! Where a case stands, in a holder's words: what it is now, who acts next, by when, and how we know.

use case::case::{RefusedFor, Step};
use case::way::Unused;
use case::{Case, Flag, Policy, Stage, Timestamp, deadline, sla};

use super::keys;
use crate::web::Page;
use crate::words;

pub struct Standing {
    /// The page's heading.
    pub title: String,
    /// A sentence under it; may be empty.
    pub text: String,
    /// The tag: its text, and its colour and shape.
    pub tag: String,
    pub kind: &'static str,
    pub who: String,
    pub when: String,
    /// How we know the time; may be empty.
    pub basis: String,
}

impl Standing {
    /// The same where something is open beside it: what is over is not over for whoever has to read what the holder has
    /// written since, or to look into what moved or what they complain of.
    pub fn open(self, p: &Page, case: &Case, unread: bool) -> Self {
        let l = p.l;
        let theirs = case.stage.has_ended() && crate::returns::to_post(case).is_some();
        if case.stage.is_open() || theirs {
            return self;
        }
        let (when, basis) = if case.is_looked_into() {
            (fl!(l, "case-when-looked"), fl!(l, "case-basis-looked"))
        } else if unread && !case.stage.has_ended() {
            (fl!(l, "case-when-read"), fl!(l, "case-basis-read"))
        } else {
            return self;
        };
        Self { who: fl!(l, "case-who-we"), when, basis, ..self }
    }
}

/// Whether somebody declared for another, who has still to show that they want it, and is not who reads this.
pub fn waits_for_holder(p: &Page, case: &Case) -> bool {
    case.awaits_holder() && !p.is_of(case.account)
}

/// `since`: when the case came to its stage, where known.
pub fn standing(p: &Page, case: &Case, policy: &Policy, since: Option<Timestamp>) -> Standing {
    let l = p.l;
    let stage = p.t(&keys::stage(&case.stage));
    let tag = match since {
        Some(since) => fl!(l, "case-since", stage = stage, day = day(p, policy, since)),
        None => stage,
    };
    let (we, nobody) = (fl!(l, "case-who-we"), fl!(l, "case-who-nobody"));
    let said = |title, kind, who, when, basis| Standing { title, text: String::new(), tag, kind, who, when, basis };
    let stuck = case.flags.contains(&Flag::Stuck);
    match &case.stage {
        Stage::Received { needs, .. } => {
            let by = deadline::of_holder(case, policy).map_or_else(String::new, |by| p.moment(&by));
            if waits_for_holder(p, case) {
                let (title, who) = (fl!(l, "case-title-holder"), fl!(l, "case-who-holder"));
                return said(title, "waiting", who, by, fl!(l, "case-basis-holder"));
            }
            let basis = match deadline::by_code(case).map(|switch| switch.unused) {
                Some(Unused::Lapse) => fl!(l, "case-basis-unused-lapse"),
                Some(Unused::Cancel) => fl!(l, "case-basis-unused-cancel"),
                None => fl!(l, "case-basis-received"),
            };
            let title = fl!(l, "case-title-received", n = needs.len());
            said(title, "waiting", fl!(l, "case-who-you"), by, basis)
        }
        // Nothing is decided against the holder's own lock.
        Stage::Review { .. } if case.locked => {
            let (who, when) = (fl!(l, "case-who-you"), fl!(l, "case-when-any"));
            said(fl!(l, "case-title-locked"), "waiting", who, when, fl!(l, "case-basis-locked"))
        }
        Stage::Review { signatures, .. } => {
            let by = p.moment(&due(case, policy));
            let title = if signatures.is_empty() { fl!(l, "case-title-review") } else { fl!(l, "case-title-signed") };
            said(title, "active", we, promised(p, case, &by), rule(p, policy))
        }
        Stage::Scheduled { cease_at, .. } => {
            let zone = policy.zone();
            let day = words::weekday(p.language, words::last_day(*cease_at, &zone));
            let end = words::end(p.language, *cease_at, &zone);
            said(fl!(l, "case-title-scheduled", day = day), "active", we, end, ends_then(p, case))
        }
        Stage::Ceasing { step, .. } => {
            let (who, soon) = (fl!(l, "case-who-network"), fl!(l, "case-when-soon"));
            match (step, stuck) {
                (_, true) => said(fl!(l, "case-title-stuck"), "problem", we, fl!(l, "case-when-stuck"), String::new()),
                (Step::Barring | Step::Deleting, _) if case.flags.contains(&Flag::Delayed) => {
                    let (title, when) = (fl!(l, "stuck-case-title"), fl!(l, "stuck-case-when"));
                    said(title, "waiting", who, when, fl!(l, "stuck-case-basis"))
                }
                (Step::Barring, _) => said(fl!(l, "case-title-barring"), "active", who, soon, String::new()),
                (Step::Barred { until, .. }, _) => {
                    let basis = fl!(l, "case-basis-barred");
                    said(fl!(l, "case-title-barred"), "active", who, p.moment(&case.not_before(*until)), basis)
                }
                (Step::Deleting, _) => said(fl!(l, "case-title-deleting"), "active", who, soon, String::new()),
            }
        }
        Stage::Ceased { watch_until, certificate, .. } => {
            let watching = || (we, p.moment(watch_until), fl!(l, "case-basis-watch"));
            let (who, when, basis) = posting(p, case).unwrap_or_else(watching);
            let ended = said(fl!(l, "case-title-ceased"), "done", who, when, basis);
            let text = match certificate {
                Some(_) => fl!(l, "case-text-ceased"),
                None if stuck => fl!(l, "case-text-unsigned"),
                None => fl!(l, "case-text-signing"),
            };
            Standing { text, ..ended }
        }
        Stage::Closed { .. } => {
            let at = case.times.erasure.map_or_else(String::new, |at| p.moment(&at));
            let (who, when, basis) = posting(p, case).unwrap_or_else(|| (nobody, at, fl!(l, "case-basis-erasure")));
            said(fl!(l, "case-title-closed"), "done", who, when, basis)
        }
        Stage::Refused { reason: RefusedFor::Difference, .. } => {
            let title = fl!(l, "case-title-differs");
            said(title, "problem", fl!(l, "case-who-you"), fl!(l, "case-when-any"), fl!(l, "case-basis-differs"))
        }
        Stage::Refused { reason: RefusedFor::Desk { .. }, .. } => {
            let title = if case.contested { fl!(l, "case-title-not-yours") } else { fl!(l, "case-title-refused") };
            said(title, "problem", nobody, fl!(l, "case-when-never"), String::new())
        }
        Stage::Withdrawn { .. } => {
            let (when, basis) = match code_runs(p, case) {
                _ if stuck => (fl!(l, "case-when-never"), fl!(l, "case-basis-not-back")),
                // Taken back, and the next network may use it all the same.
                Some(until) => (p.moment(&until), fl!(l, "case-basis-code-runs")),
                None => (fl!(l, "case-when-never"), fl!(l, "case-basis-withdrawn")),
            };
            said(fl!(l, "case-title-withdrawn"), "neutral", nobody, when, basis)
        }
        Stage::Contested { .. } => {
            let by = p.moment(&due(case, policy));
            said(fl!(l, "case-title-contested"), "problem", we, promised(p, case, &by), fl!(l, "case-basis-contested"))
        }
    }
}

/// What is still to be sent back after the end is the holder's to do, whatever else is over: who, by when, and what it is.
fn posting(p: &Page, case: &Case) -> Option<(String, String, String)> {
    let parcel = crate::returns::to_post(case)?;
    let (due, what) = (parcel.due?, crate::returns::words::thing(p.l, parcel.what));
    let basis = match parcel.late {
        None => fl!(p.l, "case-basis-return", what = what.as_str()),
        Some(_) => fl!(p.l, "case-basis-return-late", what = what.as_str()),
    };
    Some((fl!(p.l, "case-who-you"), p.day(&due), basis))
}

/// Until when the holder can still take it back; none where it is too late or over.
pub fn undo_until(p: &Page, case: &Case) -> Option<String> {
    let l = p.l;
    match &case.stage {
        Stage::Received { .. } | Stage::Review { .. } | Stage::Contested { .. } => Some(fl!(l, "case-undo-open")),
        Stage::Scheduled { cease_at, .. } => Some(fl!(l, "case-undo-until", at = p.moment(cease_at))),
        Stage::Ceasing { step: Step::Barred { until, .. }, .. } => {
            Some(fl!(l, "case-undo-until", at = p.moment(&case.not_before(*until))))
        }
        Stage::Ceasing { step: Step::Barring, .. } => Some(fl!(l, "case-undo-barring")),
        Stage::Ceasing { step: Step::Deleting, .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. } => None,
    }
}

/// "22 November 2026", in the operator's zone.
pub fn day(p: &Page, policy: &Policy, at: Timestamp) -> String {
    words::day(p.language, at.to_zoned(policy.zone()).date())
}

/// Until when a code for the next network is good.
fn code_runs(p: &Page, case: &Case) -> Option<Timestamp> {
    case.ways.switch.as_ref().and_then(|switch| switch.runs_until()).filter(|until| *until > p.now())
}

/// Until when the next step is promised, while a case is decided on.
pub fn step(case: &Case, policy: &Policy) -> Option<Timestamp> {
    let of_desk = || matches!(case.stage, Stage::Review { .. }).then(|| due(case, policy));
    deadline::of_holder(case, policy).or_else(of_desk)
}

/// Until when the desk has promised to decide.
fn due(case: &Case, policy: &Policy) -> Timestamp {
    sla::run(case, policy).map_or(Timestamp::MAX, |run| run.due)
}

fn rule(p: &Page, policy: &Policy) -> String {
    match policy.review_open_hours {
        Some(hours) => fl!(p.l, "clock-basis-open", hours = hours),
        None => fl!(p.l, "case-basis-review", hours = policy.review_hours),
    }
}

fn promised(p: &Page, case: &Case, by: &str) -> String {
    if case.flags.contains(&Flag::Overdue) { fl!(p.l, "case-when-late", at = by) } else { by.to_owned() }
}

fn ends_then(p: &Page, case: &Case) -> String {
    let end = case.times.contract_end;
    if code_runs(p, case).is_some() {
        fl!(p.l, "case-basis-code")
    } else if end.is_some() && end == case.minimum_term_ends {
        fl!(p.l, "case-basis-term")
    } else if case.declaration.wanted_end.is_some() {
        fl!(p.l, "case-basis-wanted")
    } else {
        fl!(p.l, "case-basis-notice")
    }
}
