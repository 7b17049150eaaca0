//! A case as one line: what it is, why it stands there, whose turn it is and until when. Everything
//! comes from the row itself, so that a list costs one query however many cases there are.

use case::case::{Stage, Step};
use case::deadline::since;
use case::mask::Mask;
use case::{Case, Field, Flag, Policy, Timestamp, sla};
use jiff::SignedDuration;
use store::{Cursor, Filter};

use super::{say, view_name};
use crate::web::Page;
use crate::words;

pub struct Row {
    pub reference: String,
    pub href: String,
    pub stage: String,
    pub kind: &'static str,
    pub name: String,
    pub number_kind: String,
    pub number: String,
    /// What it lacks, or why it is in review.
    pub why: Vec<String>,
    pub flags: Vec<(&'static str, String)>,
    /// Since when it stands at its stage, as a stamp and as how long.
    pub since: String,
    pub since_iso: String,
    pub age: String,
    pub due: Option<Due>,
    pub channel: String,
    pub lang: &'static str,
}

/// The clock that runs for a case.
pub struct Due {
    /// `is-late`, `is-soon` or nothing.
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
    pub at: String,
    pub iso: String,
    /// The page that explains it.
    pub href: String,
}

impl Row {
    pub fn of(p: &Page, policy: &Policy, case: &Case, view: Filter, mask: &Mask) -> Self {
        let l = p.l;
        let since = since(case);
        Self {
            reference: case.reference.to_string(),
            href: href(case.reference, view),
            stage: say::stage(l, &case.stage),
            kind: say::stage_kind(&case.stage),
            name: if case.person.name.is_empty() {
                fl!(l, "desk-no-name")
            } else {
                mask.field(Field::Name, &case.person.name)
            },
            number_kind: say::kind(l, case.number.kind()),
            number: mask.identifier(&case.number),
            why: why(p, case),
            flags: flags(p, case),
            since: stamp(p, &since),
            since_iso: p.iso(&since),
            age: span(p, p.now().duration_since(since)),
            due: due(p, policy, case),
            channel: say::channel(l, case.declaration.channel),
            lang: say::lang(case.lang()),
        }
    }
}

pub fn href(reference: case::CaseRef, view: Filter) -> String {
    format!("/desk/case/{reference}?view={}", view_name(view))
}

pub fn cursor(case: &Case) -> Cursor {
    Cursor { at_us: case.times.received.as_microsecond(), reference: case.reference }
}

/// "2026-11-22 14:03", in the operator's zone.
pub fn stamp(p: &Page, at: &Timestamp) -> String {
    p.iso(at).chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// To the second, for the journal.
pub fn stamp_exact(p: &Page, at: &Timestamp) -> String {
    p.iso(at).chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

pub fn date(p: &Page, at: &Timestamp) -> String {
    p.iso(at).chars().take(10).collect()
}

pub fn span(p: &Page, span: SignedDuration) -> String {
    let l = p.l;
    let minutes = span.as_mins().abs();
    let (hours, rest, days) = (minutes / 60, minutes % 60, minutes / 1_440);
    match minutes {
        0..60 => fl!(l, "desk-span-minutes", minutes = minutes),
        60..600 => fl!(l, "desk-span-hours", hours = hours, minutes = rest),
        600..2_880 => fl!(l, "desk-span-many-hours", hours = hours),
        _ => fl!(l, "desk-span-days", days = days),
    }
}

pub fn flags(p: &Page, case: &Case) -> Vec<(&'static str, String)> {
    case.flags.iter().map(|flag| (say::flag_icon(*flag), say::flag(p.l, *flag))).collect()
}

fn why(p: &Page, case: &Case) -> Vec<String> {
    match &case.stage {
        Stage::Received { needs, .. } => needs.iter().map(|need| say::need(p.l, *need)).collect(),
        Stage::Review { causes, signatures, .. } => {
            let signed = (!signatures.is_empty()).then(|| fl!(p.l, "desk-second-wanted"));
            signed.into_iter().chain(causes.iter().map(|cause| say::cause(p.l, *cause))).collect()
        }
        Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => Vec::new(),
    }
}

/// Whose clock runs and until when. While the holder's runs, ours stands still.
pub fn due(p: &Page, policy: &Policy, case: &Case) -> Option<Due> {
    running(p, policy, case).map(|due| Due { href: super::clock::href(case.reference), ..due })
}

fn running(p: &Page, policy: &Policy, case: &Case) -> Option<Due> {
    if case.flags.contains(&Flag::Stuck) && case.stage.is_open() {
        return Some(chip(p, "is-late", "alert", fl!(p.l, "desk-due-stuck"), &since(case)));
    }
    match &case.stage {
        Stage::Review { .. } | Stage::Contested { .. } => sla::run(case, policy).map(|run| ours(p, policy, &run)),
        Stage::Received { .. } => {
            let end = case::deadline::of_holder(case, policy)?;
            let words = span(p, end.duration_since(p.now()));
            let (icon, text) = match sla::Turn::of(&case.stage) {
                sla::Turn::Post => ("box", fl!(p.l, "clock-due-post", span = words.as_str())),
                sla::Turn::Holder | sla::Turn::Desk | sla::Turn::Day | sla::Turn::Network | sla::Turn::Over => {
                    ("user", fl!(p.l, "desk-due-holder", span = words.as_str()))
                }
            };
            Some(chip(p, "", icon, text, &end))
        }
        Stage::Scheduled { cease_at, .. } => {
            let text = fl!(p.l, "desk-due-ends", date = words::last_day(*cease_at, &policy.zone()).to_string());
            Some(chip(p, "", "clock", text, cease_at))
        }
        Stage::Ceasing { step: Step::Barred { until, .. }, .. } => {
            let until = case.not_before(*until);
            let text = fl!(p.l, "desk-due-window", at = stamp(p, &until));
            Some(chip(p, "", "clock", text, &until))
        }
        Stage::Ceasing { step: Step::Barring | Step::Deleting, .. } => {
            Some(chip(p, "", "go", fl!(p.l, "desk-due-network"), &p.now()))
        }
        // Nobody but the desk pays it.
        Stage::Ceased { .. } | Stage::Closed { .. } if case.flags.contains(&Flag::RefundDue) => {
            let refund = case.bill.unpaid()?;
            let text = fl!(p.l, "desk-due-refund", date = words::last_day(refund.by, &policy.zone()).to_string());
            Some(chip(p, if refund.late { "is-late" } else { "" }, "receipt", text, &refund.by))
        }
        Stage::Ceased { watch_until, .. } => {
            let text = fl!(p.l, "desk-due-watch", date = date(p, watch_until));
            Some(chip(p, "", "clock", text, watch_until))
        }
        Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => None,
    }
}

/// The promise of a decision, in the time that counts for it: late once it has passed, soon once it warns,
/// and standing while the desk is closed.
fn ours(p: &Page, policy: &Policy, run: &sla::Run) -> Due {
    let now = p.now();
    if now >= run.due {
        let words = span(p, policy.passed(run.due, now));
        return chip(p, "is-late", "alert", fl!(p.l, "desk-due-late", span = words), &run.due);
    }
    let words = span(p, policy.passed(now, run.due));
    let class = if now >= run.warn { "is-soon" } else { "" };
    let closed = policy.review_open_hours.is_some() && !policy.desk_hours.is_open(now);
    let text = if closed {
        fl!(p.l, "clock-due-closed", span = words.as_str())
    } else {
        fl!(p.l, "desk-due-left", span = words.as_str())
    };
    chip(p, class, if closed { "lock" } else { "clock" }, text, &run.due)
}

fn chip(p: &Page, class: &'static str, icon: &'static str, text: String, at: &Timestamp) -> Due {
    Due { class, icon, text, at: stamp(p, at), iso: p.iso(at), href: String::new() }
}
