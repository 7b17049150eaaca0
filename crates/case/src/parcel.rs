//! What comes back by post: a card, a router, a handset. Facts that stand beside the stage: where the thing is, what
//! proves that it was posted, what was found when it was opened, what is disputed. Nothing here charges or refunds
//! by itself: [`Parcel::charge_due`] says that something was not returned by its day, and money's rules make of
//! it what they make of it.
//!
//! - Proof of posting is the holder's part done: the case goes on, and what the post loses is not theirs to find.
//! - What is lost or waived is never charged for; nor while it is disputed, nor after the dispute went their way.
//! - Receiving changes nothing of what is owed.
//! - What is found to be another card's is not this case's: this one's is still to come.

mod kinds;
mod state;
mod step;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::{Case, Signature, Stage};
use crate::id::{AccountId, FileId};
use crate::money::Money;
use crate::rules::{Policy, later};
use crate::tracking::Tracking;

pub use self::kinds::{By, Found, LostBy, Over, Place, Scan, Status, Thing, Why};
pub use self::state::State;
pub use self::step::{Deed, Step};

/// Proof of posting: a number, a picture, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<FileId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    pub at: Timestamp,
    pub found: Found,
    /// The report on its condition, for the holder to read.
    pub text: String,
    pub photos: Vec<FileId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    pub at: Timestamp,
    pub by: By,
    pub over: Over,
    pub text: String,
    pub files: Vec<FileId>,
    /// Whether it was decided for whoever disputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upheld: Option<bool>,
    /// When, and in what words, which the holder reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<(Timestamp, String)>,
}

/// One thing that is to come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    pub what: Thing,
    pub why: Why,
    pub place: Place,
    /// Since when the days count; none while they wait for the end.
    pub since: Option<Timestamp>,
    pub due: Option<Timestamp>,
    /// When the card had ended.
    pub ended: Option<Timestamp>,
    /// What not returning it costs, as the rules said when it was asked for.
    pub charge: Option<Money>,
    pub posted: Option<Posted>,
    /// The carrier's last word, and its time.
    pub heard: Option<(Status, Timestamp)>,
    pub reminders: u8,
    pub late: Option<Timestamp>,
    pub lost: Option<(LostBy, Timestamp)>,
    /// It was lost once; whatever comes later, it is not charged for.
    pub spared: bool,
    /// By whom it was received, and when.
    pub received: Option<(AccountId, Timestamp)>,
    pub inspected: Option<Inspection>,
    pub dispute: Option<Dispute>,
    /// The first of two who sign for waiving it.
    pub waiving: Option<Signature>,
    pub waived: Option<Timestamp>,
}

/// A fact for whoever reckons: it was not returned by its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub what: Thing,
    /// The day by which it was not returned.
    pub not_returned_by: Timestamp,
    pub amount: Money,
}

impl Parcel {
    /// The holder has done their part, or need not: nothing waits for it any more.
    pub fn is_met(&self) -> bool {
        self.posted.is_some() || self.received.is_some() || self.waived.is_some()
    }

    /// Nothing more is expected of the holder.
    pub fn is_settled(&self) -> bool {
        self.is_met() || self.spared
    }

    pub fn is_disputed(&self) -> bool {
        self.dispute.as_ref().is_some_and(|dispute| dispute.upheld.is_none())
    }

    /// The dispute as it was decided, while nothing has happened to the thing since.
    pub fn judged(&self) -> Option<&Dispute> {
        let dispute = self.dispute.as_ref().filter(|dispute| dispute.upheld.is_some())?;
        let at = dispute.answer.as_ref().map_or(dispute.at, |(at, _)| *at);
        let others = [
            self.posted.as_ref().map(|posted| posted.at),
            self.heard.map(|(_, at)| at),
            self.received.map(|(_, at)| at),
            self.inspected.as_ref().map(|inspection| inspection.at),
            self.late,
            self.lost.map(|(_, at)| at),
            self.waived,
        ];
        others.into_iter().flatten().all(|other| other <= at).then_some(dispute)
    }

    /// What not returning it costs, or may yet cost. Nothing, once it came in time, was lost, waived or rightly disputed.
    pub fn may_cost(&self) -> Option<&Money> {
        let in_time = self.received.is_some() && self.late.is_none();
        let upheld = self.dispute.as_ref().is_some_and(|dispute| dispute.upheld == Some(true));
        self.charge.as_ref().filter(|_| !(in_time || upheld || self.spared || self.waived.is_some()))
    }

    /// What is owed because it was not returned by its day. Being received, late as it may be, changes nothing of it;
    /// posting late neither. What is lost or waived costs nothing, nor what is disputed, nor what was disputed rightly,
    /// nor anything while the card has not ended.
    pub fn charge_due(&self, now: Timestamp) -> Option<Charge> {
        let late = self.late.filter(|late| *late <= now)?;
        self.ended.filter(|ended| *ended <= now)?;
        let amount = self.charge.clone()?;
        let spared = self.waived.is_some()
            || self.spared
            || self.dispute.as_ref().is_some_and(|dispute| dispute.upheld != Some(false));
        (!spared).then_some(Charge { what: self.what, not_returned_by: self.due.unwrap_or(late), amount })
    }

    /// What waiving it gives up.
    pub fn at_stake(&self) -> i64 {
        self.charge.as_ref().map_or(0, |charge| charge.minor)
    }

    pub fn state(&self) -> State {
        let found = self.inspected.as_ref().map(|inspection| inspection.found);
        if self.waived.is_some() {
            State::Waived
        } else if self.is_disputed() {
            State::Disputed
        } else if self.judged().is_some_and(|dispute| dispute.upheld == Some(true)) && self.place != Place::Received {
            State::Upheld
        } else if self.received.is_some() {
            match found {
                None => State::Received,
                Some(Found::AsAgreed) => State::Done,
                Some(Found::Damaged | Found::Incomplete | Found::AnotherCard) => State::Faulty,
            }
        } else if self.lost.is_some() {
            State::Lost
        } else {
            match self.place {
                Place::Posted => State::Posted,
                Place::InTransit => State::InTransit,
                Place::Delivered | Place::Received | Place::Inspected => State::Delivered,
                Place::Asked | Place::Label if self.late.is_some() => State::Late,
                Place::Asked | Place::Label if found == Some(Found::AnotherCard) => State::Another,
                Place::Asked => State::Asked,
                Place::Label => State::Label,
            }
        }
    }

    /// The tracking number that it goes under.
    pub fn tracking(&self) -> Option<&Tracking> {
        self.posted.as_ref().and_then(|posted| posted.tracking.as_ref())
    }

    /// The files that belong to it, and to nothing else of the case.
    pub fn files(&self) -> BTreeSet<FileId> {
        let proof = self.posted.iter().filter_map(|posted| posted.proof);
        let photos = self.inspected.iter().flat_map(|inspection| inspection.photos.iter().copied());
        let evidence = self.dispute.iter().flat_map(|dispute| dispute.files.iter().copied());
        proof.chain(photos).chain(evidence).collect()
    }

    /// When reminders are due, each once, in their order.
    fn calls(&self, policy: &Policy) -> Vec<Timestamp> {
        let (Some(since), Some(due)) = (self.since, self.due) else { return Vec::new() };
        let half = later(since, due.duration_since(since) / 2);
        let days = jiff::SignedDuration::from_hours(-24 * i64::from(policy.returns.last_call_days));
        let last = later(due, days);
        let mut calls = vec![half];
        calls.extend((last > half && last < due).then_some(last));
        calls.truncate(usize::from(policy.returns.reminders));
        calls
    }

    /// Reminders that are due by now, of all there have ever been.
    pub(crate) fn called(&self, policy: &Policy, now: Timestamp) -> u8 {
        let due = self.calls(policy).into_iter().filter(|at| *at <= now).count();
        u8::try_from(due).unwrap_or(u8::MAX)
    }

    /// When the rules give it up for lost.
    pub(crate) fn lost_at(&self, policy: &Policy) -> Option<Timestamp> {
        let posted = self.posted.as_ref()?;
        if policy.returns.quiet_days == 0 || self.lost.is_some() || self.place >= Place::Delivered {
            return None;
        }
        let heard = self.heard.map_or(posted.at, |(_, at)| at.max(posted.at));
        Some(policy.days_later(heard, policy.returns.quiet_days))
    }

    fn next(&self, policy: &Policy) -> Option<Timestamp> {
        if self.received.is_some() || self.waived.is_some() {
            return None;
        }
        if self.posted.is_some() {
            return self.lost_at(policy);
        }
        if self.late.is_some() || self.is_disputed() {
            return None;
        }
        self.calls(policy).get(usize::from(self.reminders)).copied().or(self.due)
    }
}

/// When the clock must next look at what comes back; none where it need not, and where nothing ends by this case.
pub fn next(case: &Case, policy: &Policy) -> Option<Timestamp> {
    if matches!(case.stage, Stage::Refused { .. } | Stage::Withdrawn { .. } | Stage::Contested { .. }) {
        return None;
    }
    case.parcel.as_ref().and_then(|parcel| parcel.next(policy))
}

/// What a step does to the row.
pub(crate) fn evolve(parcel: &mut Option<Box<Parcel>>, step: &Step) {
    if let Step::Asked { what, why, at: _, since, due, ended, charge } = step {
        *parcel = Some(Box::new(Parcel {
            what: *what,
            why: *why,
            place: Place::Asked,
            since: *since,
            due: *due,
            ended: *ended,
            charge: charge.clone(),
            posted: None,
            heard: None,
            reminders: 0,
            late: None,
            lost: None,
            spared: false,
            received: None,
            inspected: None,
            dispute: None,
            waiving: None,
            waived: None,
        }));
    } else if let Some(parcel) = parcel {
        moved(parcel, step);
    }
}

fn moved(parcel: &mut Parcel, step: &Step) {
    match step {
        Step::Asked { .. } => {}
        Step::Ended { at, due } => {
            parcel.ended = Some(*at);
            if let Some(due) = due {
                (parcel.since, parcel.due) = (Some(*at), Some(*due));
            }
        }
        Step::Labelled { .. } => parcel.place = parcel.place.max(Place::Label),
        Step::Posted { posted } => {
            parcel.place = parcel.place.max(Place::Posted);
            parcel.posted = Some(posted.clone());
            (parcel.heard, parcel.lost) = (None, None);
        }
        Step::Carried { status, at } => {
            parcel.heard = Some((*status, *at));
            parcel.place = status.place().map_or(parcel.place, |place| parcel.place.max(place));
        }
        Step::Lost { by, at } => {
            parcel.lost = Some((*by, *at));
            parcel.spared = true;
        }
        Step::Received { by, at, .. } => {
            parcel.received = Some((*by, *at));
            parcel.place = Place::Received;
        }
        Step::Inspected { inspection, due } => {
            parcel.place = Place::Inspected;
            parcel.inspected = Some(inspection.clone());
            if inspection.found == Found::AnotherCard {
                // This case's own is still to come.
                parcel.place = Place::Asked;
                (parcel.posted, parcel.heard, parcel.received) = (None, None, None);
                parcel.due = due.or(parcel.due);
            }
        }
        Step::Reminded { n } => parcel.reminders = *n,
        Step::Late { at } => parcel.late = Some(*at),
        Step::Disputed { dispute } => parcel.dispute = Some(dispute.clone()),
        Step::Judged { upheld, at, text } => {
            if let Some(dispute) = &mut parcel.dispute {
                dispute.upheld = Some(*upheld);
                // Of older ones the words stand in the thread alone, and the row has none.
                dispute.answer = (!text.is_empty()).then(|| (*at, text.clone()));
            }
        }
        Step::WaiveSigned { signature } => parcel.waiving = Some(signature.clone()),
        Step::Waived { at } => {
            parcel.waived = Some(*at);
            parcel.waiving = None;
            if let Some(dispute) = parcel.dispute.as_mut().filter(|dispute| dispute.upheld.is_none()) {
                dispute.upheld = Some(true);
            }
        }
    }
}
