//! When it will be decided, as a holder is told: what has been measured, or the promise where too little
//! has; and what the clock waits for while it stands. A holder who asks how it is going gets this answer.

use case::eta::Estimate;
use case::sla::Turn;
use case::{Case, Policy, Stage};
use jiff::SignedDuration;

use crate::web::Page;

/// What the page says; nothing where the case's own date says it all.
pub struct Eta {
    pub lines: Vec<String>,
    /// The first of them is an estimate.
    pub measured: bool,
    /// They asked, and when that counts anew.
    pub asked: Option<String>,
    pub can_ask: bool,
}

impl Eta {
    pub fn of(p: &Page, policy: &Policy, case: &Case, estimate: Option<&Estimate>) -> Self {
        let l = p.l;
        let now = p.now();
        let until = |at: case::Timestamp| at.saturating_add(policy.nudge()).unwrap_or(case::Timestamp::MAX);
        let asked = case.clock.nudged.filter(|at| until(*at) > now && case.stage.is_open());
        // Only its holder takes a lock off: no queue moves such a case.
        let locked = case.locked && matches!(case.stage, Stage::Review { .. });
        let lines = match (if locked { Turn::Holder } else { Turn::of(&case.stage) }, estimate) {
            (Turn::Desk, Some(estimate)) => in_words(p, estimate),
            (Turn::Desk, None) => vec![fl!(l, "clock-eta-little")],
            (Turn::Holder, _) => vec![fl!(l, "clock-eta-holder")],
            (Turn::Post, _) => vec![fl!(l, "clock-eta-post")],
            (Turn::Day | Turn::Network | Turn::Over, _) => Vec::new(),
        };
        let mut lines = lines;
        if !locked
            && matches!(case.stage, Stage::Review { .. } | Stage::Contested { .. })
            && !policy.desk_hours.is_open(now)
        {
            lines.push(fl!(l, "clock-eta-closed", at = p.moment(&policy.desk_hours.next_opening(now))));
        }
        Self {
            measured: estimate.is_some() && !locked,
            lines,
            asked: asked.map(|at| fl!(l, "clock-asked", at = p.moment(&at))),
            can_ask: case.stage.is_open() && asked.is_none(),
        }
    }
}

/// "9 of 10 like yours …; you are 14th …", and how we know.
pub fn in_words(p: &Page, estimate: &Estimate) -> Vec<String> {
    let l = p.l;
    let Estimate { place, working_days, learnt_from, agents, from, by } = estimate;
    let mut lines = vec![fl!(l, "clock-eta-within", days = working_days)];
    lines.push(if *place == 1 { fl!(l, "clock-eta-first") } else { fl!(l, "clock-eta-place", place = place) });
    // A narrow stretch needs no two times.
    if by.duration_since(*from) > SignedDuration::from_mins(5) {
        lines.push(fl!(l, "clock-eta-between", from = p.moment(from), by = p.moment(by)));
    }
    lines.push(fl!(l, "clock-eta-basis", n = learnt_from, agents = agents));
    lines
}
