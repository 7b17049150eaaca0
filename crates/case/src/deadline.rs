//! When the clock becomes an actor: the one next time at which a case must be looked at again.

use jiff::Timestamp;

use crate::case::{Case, Stage, Step};
use crate::need::Flag;
use crate::rules::{Policy, later};

/// When the clock must next wake this case; none when only people or the network can move it.
pub fn next(case: &Case, policy: &Policy) -> Option<Timestamp> {
    match &case.stage {
        Stage::Received { since, .. } if !case.reminded => Some(later(*since, policy.patience() / 2)),
        Stage::Received { since, .. } => Some(later(*since, policy.patience())),
        Stage::Review { since, .. } if !case.flags.contains(&Flag::Overdue) => Some(later(*since, policy.review())),
        Stage::Contested { at, .. } if !case.flags.contains(&Flag::Overdue) => Some(later(*at, policy.review())),
        Stage::Scheduled { cease_at, .. } => Some(*cease_at),
        Stage::Ceasing { step: Step::Barred { until, .. }, .. } => Some(*until),
        Stage::Ceased { watch_until, certificate: Some(_), .. } => Some(*watch_until),
        Stage::Review { .. }
        | Stage::Contested { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. } => None,
    }
}
