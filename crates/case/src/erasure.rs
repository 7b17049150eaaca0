//! The end of a case's own data. A case that is over, and that nothing is owed to or by, is announced to be erased, then
//! erased: of its journal one entry stays, which says what became of it, seals what went before and carries the signed
//! certificate of erasure. Who it was about, which card, and what was said are gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::{Case, RefusedFor, Stage, Times};
use crate::declaration::Declaration;
use crate::evolve::open;
use crate::id::CaseRef;
use crate::identify::{Check, Identifier};
use crate::matching::Person;
use crate::need::Flag;
use crate::quote::Quote;

/// How far a case has come with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "erasure")]
pub enum Erasure {
    #[default]
    None,
    /// The holder has been told that it will be erased on that day. Whoever acts on the case until then takes it back.
    Planned {
        told: Timestamp,
        on: Timestamp,
    },
    Done {
        at: Timestamp,
    },
}

impl Erasure {
    pub fn is_none(&self) -> bool {
        *self == Erasure::None
    }

    /// When it was, where it has been.
    pub fn done(&self) -> Option<Timestamp> {
        match self {
            Erasure::Done { at } => Some(*at),
            Erasure::None | Erasure::Planned { .. } => None,
        }
    }
}

/// Why a case is not to be erased yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// The card may still end because of it.
    Open,
    /// "That wasn't me" is not decided.
    Contested,
    /// The card has ended and what moves on it is still watched.
    Watched,
    /// Its own rules keep it until a later day.
    Early,
    /// Something is owed to the world: a letter, a certificate, a last bill.
    Owed,
    /// Something has moved after the end and is not cleared up.
    Alarm,
    /// A refund is not paid yet.
    Money,
    Complaint,
    /// What comes back by post is awaited or disputed.
    Parcel,
}

impl Kept {
    pub const ALL: [Kept; 9] = [
        Kept::Open,
        Kept::Contested,
        Kept::Watched,
        Kept::Early,
        Kept::Owed,
        Kept::Alarm,
        Kept::Money,
        Kept::Complaint,
        Kept::Parcel,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kept::Open => "open",
            Kept::Contested => "contested",
            Kept::Watched => "watched",
            Kept::Early => "early",
            Kept::Owed => "owed",
            Kept::Alarm => "alarm",
            Kept::Money => "money",
            Kept::Complaint => "complaint",
            Kept::Parcel => "parcel",
        }
    }
}

/// What ended without coming to its end.
const STUCK: [Flag; 2] = [Flag::Stuck, Flag::BillingStuck];

/// The first thing that keeps a case; none where nothing does but the schedule.
pub fn kept(case: &Case, now: Timestamp) -> Option<Kept> {
    match &case.stage {
        Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. } | Stage::Ceasing { .. } => {
            return Some(Kept::Open);
        }
        Stage::Contested { .. } => return Some(Kept::Contested),
        Stage::Ceased { .. } => return Some(Kept::Watched),
        Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => {}
    }
    let ended = case.stage.has_ended();
    let parcel = case.parcel.as_ref().is_some_and(|parcel| parcel.is_disputed() || ended && !parcel.is_settled());
    [
        (Kept::Alarm, !case.alarms.is_empty()),
        (Kept::Money, case.bill.unpaid().is_some()),
        (Kept::Complaint, case.complaint().is_some()),
        (Kept::Parcel, parcel),
        (Kept::Owed, !case.owed.is_empty() || STUCK.iter().any(|flag| case.flags.contains(flag))),
        (Kept::Early, case.times.erasure.is_some_and(|day| day > now)),
    ]
    .into_iter()
    .find_map(|(why, so)| so.then_some(why))
}

/// What stays of a case: what became of it, when, and how many effects it ever owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub stage: Stage,
    pub times: Times,
    pub effects: u32,
}

impl Left {
    /// Of a case that is over; nothing that anybody wrote.
    pub fn of(case: &Case) -> Self {
        let stage = match &case.stage {
            Stage::Closed { at, .. } => Stage::Closed { at: *at, certificate: None },
            Stage::Refused { at, .. } => {
                Stage::Refused { at: *at, reason: RefusedFor::Difference, way_out: String::new() }
            }
            Stage::Withdrawn { at } => Stage::Withdrawn { at: *at },
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Contested { .. } => case.stage.clone(),
        };
        Self { stage, times: case.times.clone(), effects: case.effects }
    }
}

/// The row of an erased case. Its version and chain are set by whoever folds or commits.
pub fn erased(reference: CaseRef, left: &Left, at: Timestamp) -> Case {
    let nobody = Declaration {
        check: Check::None,
        ..Declaration::of(Identifier::NotGiven, Person::default(), left.times.declared)
    };
    let quote = Quote::free("XXX");
    Case {
        stage: left.stage.clone(),
        times: left.times.clone(),
        effects: left.effects,
        erasure: Erasure::Done { at },
        ..open(reference, Box::new(nobody), quote, left.times.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bill::Refund;
    use crate::money::Money;
    use crate::rules::tests::{at, declaration};

    #[test]
    fn money_and_its_own_day_keep_a_case() {
        let received = at("2026-03-01T12:00:00Z");
        let mut case = Case {
            stage: Stage::Closed { at: received, certificate: Some("00".into()) },
            ..open(CaseRef::from_bits(1), Box::new(declaration(received)), Quote::free("GBP"), received)
        };
        assert_eq!(kept(&case, received), None);
        case.times.erasure = Some(at("2032-03-01T12:00:00Z"));
        assert_eq!(kept(&case, received), Some(Kept::Early));
        assert_eq!(kept(&case, at("2032-03-01T12:00:00Z")), None);
        case.bill.refund = Some(Refund { amount: Money::new(1, "GBP"), by: received, late: true, paid: None });
        assert_eq!(kept(&case, at("2032-03-01T12:00:00Z")), Some(Kept::Money));
        for why in Kept::ALL {
            assert_eq!(serde_json::to_value(why).unwrap(), why.name());
        }
    }
}
