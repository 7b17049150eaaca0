//! What one journal entry adds to the sums, given where the counting stands with its case. Pure.

use case::case::Stage;
use case::watch::Kind;
use case::{Actor, Cause, Entry, Event, Flag, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::DayCount;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Pages of the counter that people came to; the bucket is the page.
    Step,
    /// Declarations; by channel.
    Declared,
    /// By how much the open stages grew; by stage.
    Depth,
    /// Promises passed; by stage.
    Late,
    /// Decisions by people; by the time the case stood with the desk.
    Desk,
    /// All decisions; by the time since receipt.
    Whole,
    /// Decisions that needed nobody.
    Straight,
    /// Messages there and back of cases that ended; by their number.
    Contacts,
    /// Cases that ended; by stage.
    Ended,
    /// Cases that came to the desk because their holder gave no answer.
    Unanswered,
    /// Alarms after the end; by kind.
    Alarm,
}

impl Measure {
    pub fn name(self) -> &'static str {
        match self {
            Measure::Step => store::LIVE,
            Measure::Declared => "declared",
            Measure::Depth => "depth",
            Measure::Late => "late",
            Measure::Desk => "desk",
            Measure::Whole => "whole",
            Measure::Straight => "straight",
            Measure::Contacts => "contacts",
            Measure::Ended => "ended",
            Measure::Unanswered => "unanswered",
            Measure::Alarm => "alarm",
        }
    }

    pub fn count(self, day: i64, bucket: i64, count: i64) -> DayCount {
        DayCount { measure: self.name().to_owned(), day, bucket, count }
    }
}

/// More contacts than this are not told apart.
pub const CONTACTS_MAX: i64 = 8;

/// Where the counting stands with a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    stage: usize,
    received_us: i64,
    /// Since when it is with the desk.
    review_us: Option<i64>,
    /// How long it was before.
    desk_us: i64,
    contacts: i64,
    decided: bool,
    ended: bool,
    unanswered: bool,
}

/// Times are kept by their size, in steps of nine in a hundred.
pub fn bucket(time: SignedDuration) -> i64 {
    let minutes = (time.as_secs().max(0) as f64) / 60.0;
    (8.0 * (1.0 + minutes).log2()).floor() as i64
}

/// The minutes that everything in the bucket stays below.
pub fn minutes_below(bucket: i64) -> f64 {
    2f64.powf((bucket + 1) as f64 / 8.0) - 1.0
}

fn place(stage: &Stage) -> usize {
    Stage::NAMES.iter().position(|name| *name == stage.name()).unwrap_or_default()
}

/// Adds what the entry says; answers where the case stands then, or none where nothing more can come.
pub fn tally(before: Option<Standing>, entry: &Entry, mut add: impl FnMut(Measure, i64, i64)) -> Option<Standing> {
    let mut standing = before;
    for event in &entry.events {
        if let Event::Declared { declaration, .. } = event {
            let channel = case::Channel::ALL.iter().position(|c| *c == declaration.channel).unwrap_or_default();
            add(Measure::Declared, channel as i64, 1);
            add(Measure::Depth, 0, 1);
            standing = Some(Standing {
                stage: 0,
                received_us: entry.at.as_microsecond(),
                review_us: None,
                desk_us: 0,
                contacts: 0,
                decided: false,
                ended: false,
                unanswered: false,
            });
        }
        // Long after it has closed, a holder may say that they were billed.
        if let Event::Alarmed { kind, .. } = event {
            let kind = Kind::ALL.iter().position(|k| k == kind).unwrap_or_default();
            add(Measure::Alarm, kind as i64, 1);
        }
        // A case whose beginning was never counted is not counted on.
        let case = standing.as_mut()?;
        if let Event::Moved { to } = event {
            // Staff may take a case up whenever they like; only the clock says that nobody answered.
            if entry.actor == Actor::Clock && unanswered(to) && !case.unanswered {
                case.unanswered = true;
                add(Measure::Unanswered, 0, 1);
            }
            moved(case, to, entry.at, &mut add);
        } else if matches!(event, Event::Said { note: false, .. } | Event::Asked { .. }) {
            case.contacts += 1;
        } else if matches!(event, Event::Flagged { flag: Flag::Overdue }) {
            add(Measure::Late, case.stage as i64, 1);
        }
    }
    standing.filter(|case| Stage::NAMES[case.stage] != "closed")
}

fn unanswered(to: &Stage) -> bool {
    if let Stage::Review { causes, .. } = to { causes.contains(&Cause::Unanswered) } else { false }
}

fn moved(case: &mut Standing, to: &Stage, at: Timestamp, add: &mut impl FnMut(Measure, i64, i64)) {
    let now = at.as_microsecond();
    let (from, next) = (case.stage, place(to));
    if from == next {
        return;
    }
    let open =
        |stage: usize| matches!(Stage::NAMES[stage], "received" | "review" | "scheduled" | "ceasing" | "contested");
    if open(from) {
        add(Measure::Depth, from as i64, -1);
    }
    if open(next) {
        add(Measure::Depth, next as i64, 1);
    }
    case.stage = next;
    let was_at_desk = case.review_us.is_some() || case.desk_us > 0;
    if let Some(since) = case.review_us.take() {
        case.desk_us += now - since;
    }
    if matches!(to, Stage::Review { .. }) {
        case.review_us = Some(now);
    }
    let decision = matches!(to, Stage::Scheduled { .. } | Stage::Ceasing { .. } | Stage::Refused { .. });
    if decision && !case.decided {
        case.decided = true;
        add(Measure::Whole, bucket(SignedDuration::from_micros(now - case.received_us)), 1);
        match was_at_desk {
            true => add(Measure::Desk, bucket(SignedDuration::from_micros(case.desk_us)), 1),
            false => add(Measure::Straight, 0, 1),
        }
    }
    let end = matches!(to, Stage::Ceased { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. });
    if end && !case.ended {
        case.ended = true;
        add(Measure::Contacts, case.contacts.min(CONTACTS_MAX), 1);
        add(Measure::Ended, next as i64, 1);
    }
}
