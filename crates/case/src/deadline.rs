//! When the clock becomes an actor: the one next time at which a case must be looked at again.

use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, Stage, Step};
use crate::need::{Flag, Need};
use crate::parcel;
use crate::rules::{Policy, later};
use crate::sla;
use crate::way::Switch;

/// When the clock must next wake this case; none when only people or the network can move it.
pub fn next(case: &Case, policy: &Policy) -> Option<Timestamp> {
    [of_stage(case, policy), parcel::next(case, policy), beside(case, policy)].into_iter().flatten().min()
}

/// Of what runs beside it: the notice that is owed, the code that is not there or not used, the complaint.
pub fn beside(case: &Case, policy: &Policy) -> Option<Timestamp> {
    let notice = case.ways.notice.filter(|notice| notice.sent.is_none() && case.stage.is_open());
    let switch = case.ways.switch.as_ref().filter(|_| case.stage.is_open());
    let late = switch.filter(|_| !case.flags.contains(&Flag::CodeLate)).and_then(Switch::awaited);
    let answer = SignedDuration::from_secs(i64::from(policy.clocks.codes.answer_seconds));
    let complaint = case.ways.complaint.filter(|complaint| !complaint.settled && complaint.told.is_none());
    let due = [
        notice.map(|notice| notice.due),
        late.map(|asked| later(asked, answer)),
        switch.and_then(Switch::runs_until),
        complaint.and_then(|complaint| complaint.due),
    ];
    due.into_iter().flatten().min()
}

/// Until when its holder has for what is missing, while that is so. Whoever has a code for the next network has as long as
/// it is good.
pub fn of_holder(case: &Case, policy: &Policy) -> Option<Timestamp> {
    let Stage::Received { since, .. } = &case.stage else { return None };
    let code = by_code(case).and_then(|switch| switch.runs_until().or_else(|| policy.code_until(*since)));
    Some(code.unwrap_or_else(|| later(*since, policy.patience())))
}

/// The day that lists show of it: the end of what was promised, of its holder's time, of the contract or of the watch, and
/// of what is stuck since when it stands there; and where the desk has to pay something back, that. Not when the clock
/// looks next, which may be only to remind.
pub fn shown(case: &Case, policy: &Policy) -> Option<Timestamp> {
    if case.flags.contains(&Flag::Stuck) && case.stage.is_open() {
        return Some(since(case));
    }
    match &case.stage {
        Stage::Review { .. } | Stage::Contested { .. } => sla::run(case, policy).map(|run| run.due),
        Stage::Received { .. } => of_holder(case, policy),
        Stage::Scheduled { cease_at, .. } => Some(*cease_at),
        Stage::Ceasing { step: Step::Barred { until, .. }, .. } => Some(case.not_before(*until)),
        // With the network now, and first of all.
        Stage::Ceasing { step: Step::Barring | Step::Deleting, .. } => Some(case.times.received),
        // Nobody but the desk pays it.
        Stage::Ceased { .. } | Stage::Closed { .. } if case.flags.contains(&Flag::RefundDue) => {
            case.bill.unpaid().map(|refund| refund.by)
        }
        Stage::Ceased { watch_until, .. } => Some(*watch_until),
        Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => None,
    }
}

/// When the case came to where it stands.
pub fn since(case: &Case) -> Timestamp {
    match &case.stage {
        Stage::Received { since, .. } | Stage::Review { since, .. } => *since,
        Stage::Ceasing { step: Step::Barred { since, .. }, .. } => *since,
        Stage::Ceased { at, .. }
        | Stage::Closed { at, .. }
        | Stage::Refused { at, .. }
        | Stage::Withdrawn { at }
        | Stage::Contested { at, .. } => *at,
        Stage::Scheduled { .. } | Stage::Ceasing { step: Step::Barring | Step::Deleting, .. } => case.times.received,
    }
}

/// The move to another network, where its code is all that a case waits for.
pub fn by_code(case: &Case) -> Option<&Switch> {
    let Stage::Received { needs, .. } = &case.stage else { return None };
    case.ways.switch.as_ref().filter(|_| needs.iter().all(|need| *need == Need::Switch))
}

/// The same of the stage alone, without what runs beside it and what comes back by post.
pub(crate) fn of_stage(case: &Case, policy: &Policy) -> Option<Timestamp> {
    match &case.stage {
        // Whoever has a code in their hands is not hurried.
        Stage::Received { .. } if by_code(case).is_some_and(|switch| switch.runs_until().is_some()) => None,
        Stage::Received { since, .. } if !case.reminded => Some(later(*since, policy.patience() / 2)),
        Stage::Received { since, .. } => Some(later(*since, policy.patience())),
        Stage::Review { .. } | Stage::Contested { .. } => promise(case, policy),
        Stage::Scheduled { cease_at, .. } if policy.risk.hold_bars => Some(*cease_at),
        Stage::Scheduled { cease_at, .. } => Some(case.not_before(*cease_at)),
        Stage::Ceasing { step: Step::Barred { until, .. }, .. } => Some(case.not_before(*until)),
        Stage::Ceased { watch_until, certificate: Some(_), .. } => {
            Some(case.bill.refund_due().map_or(*watch_until, |due| due.min(*watch_until)))
        }
        Stage::Ceased { certificate: None, .. } | Stage::Closed { .. } => case.bill.refund_due(),
        Stage::Ceasing { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => None,
    }
}

/// Of the desk's promise: the warning, the end, and when the lead is told.
fn promise(case: &Case, policy: &Policy) -> Option<Timestamp> {
    let run = sla::run(case, policy)?;
    let has = |flag| case.flags.contains(&flag);
    match (has(Flag::DueSoon), has(Flag::Overdue), has(Flag::Escalated)) {
        (_, true, true) => None,
        (_, true, false) => Some(run.escalate),
        (true, false, _) => Some(run.due),
        (false, false, _) => Some(run.warn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::case::RefusedFor;
    use crate::evolve::open;
    use crate::id::CaseRef;
    use crate::quote::Quote;
    use crate::rules::tests::{at, declaration, policy};
    use crate::way::{Code, Issued, SwitchState, Unused};

    fn case(stage: Stage) -> Case {
        let received = at("2026-03-01T12:00:00Z");
        let quote = Quote::free("GBP");
        Case { stage, ..open(CaseRef::from_bits(1), Box::new(declaration(received)), quote, received) }
    }

    fn due(case: &Case) -> Option<String> {
        next(case, &policy()).map(|at| at.to_string())
    }

    #[test]
    fn a_holder_is_reminded_half_way_and_relieved_at_the_end() {
        let since = at("2026-03-01T12:00:00Z");
        let mut case = case(Stage::Received { needs: BTreeSet::new(), since });
        assert_eq!(due(&case).as_deref(), Some("2026-03-08T12:00:00Z"));
        // What is shown is the end of their time, reminded or not.
        let end = Some(at("2026-03-15T12:00:00Z"));
        assert_eq!(shown(&case, &policy()), end);
        case.reminded = true;
        assert_eq!((due(&case).as_deref(), shown(&case, &policy())), (Some("2026-03-15T12:00:00Z"), end));
    }

    /// A code that is good for a month gives its holder a month, whatever their patience.
    #[test]
    fn whoever_moves_has_as_long_as_the_code_is_good() {
        let since = at("2026-03-01T12:00:00Z");
        let mut policy = policy();
        policy.clocks.codes.days = 30;
        let switch = |issued| Switch {
            code: Code::Pac,
            unused: Unused::Lapse,
            by_text: false,
            asked: Some(since),
            issued,
            used: None,
            state: SwitchState::Open,
        };
        let mut moving = case(Stage::Received { needs: [Need::Switch].into(), since });
        moving.ways.switch = Some(switch(None));
        let awaited = of_holder(&moving, &policy).unwrap();
        assert_eq!(awaited, policy.code_until(since).unwrap());
        let until = at("2026-03-29T12:00:00Z");
        let issued = Issued { code: Code::Pac, sealed: "00".into(), at: since, until };
        moving.ways.switch = Some(switch(Some(issued)));
        assert_eq!((of_holder(&moving, &policy), of_stage(&moving, &policy)), (Some(until), None));
        // Where something else is missing too, that is not put off.
        moving.stage = Stage::Received { needs: [Need::Switch, Need::Identity].into(), since };
        assert_eq!(of_holder(&moving, &policy), Some(at("2026-03-15T12:00:00Z")));
    }

    #[test]
    fn the_desk_is_warned_told_that_it_is_late_and_then_its_lead() {
        let since = at("2026-03-01T12:00:00Z");
        let review = Stage::Review { causes: BTreeSet::new(), since, signatures: Vec::new() };
        for stage in [review, Stage::Contested { at: since, was_barred: true }] {
            let mut case = case(stage);
            assert_eq!(due(&case).as_deref(), Some("2026-03-02T06:00:00Z"), "{}", case.stage.name());
            case.flags.insert(Flag::DueSoon);
            assert_eq!(due(&case).as_deref(), Some("2026-03-02T12:00:00Z"), "{}", case.stage.name());
            case.flags.insert(Flag::Overdue);
            assert_eq!(due(&case).as_deref(), Some("2026-03-02T16:00:00Z"), "{}", case.stage.name());
            // Somebody acts, and there is as long again before the lead is told.
            case.clock.attended = Some(at("2026-03-02T15:00:00Z"));
            assert_eq!(due(&case).as_deref(), Some("2026-03-02T19:00:00Z"), "{}", case.stage.name());
            case.flags.insert(Flag::Escalated);
            assert_eq!(due(&case), None, "{}", case.stage.name());
        }
    }

    #[test]
    fn what_has_a_day_is_due_on_it() {
        let day = at("2026-03-09T00:00:00Z");
        let ceased = |certificate| Stage::Ceased {
            at: day,
            element: "inventory".into(),
            evidence: "gone".into(),
            certificate,
            watch_until: day,
        };
        let barred = Step::Barred { since: at("2026-03-08T23:00:00Z"), until: day };
        let dated = [
            Stage::Scheduled { cease_at: day, signatures: Vec::new() },
            Stage::Ceasing { step: barred, signatures: Vec::new() },
            ceased(Some("00".into())),
        ];
        for stage in dated {
            assert_eq!(due(&case(stage.clone())), Some(day.to_string()), "{}", stage.name());
        }
        let undated = [
            Stage::Ceasing { step: Step::Barring, signatures: Vec::new() },
            Stage::Ceasing { step: Step::Deleting, signatures: Vec::new() },
            // The watch cannot end before there is a certificate.
            ceased(None),
            Stage::Closed { at: day, certificate: None },
            Stage::Refused { at: day, reason: RefusedFor::Difference, way_out: String::new() },
            Stage::Withdrawn { at: day },
        ];
        for stage in undated {
            assert_eq!(due(&case(stage.clone())), None, "{}", stage.name());
        }
    }
}
