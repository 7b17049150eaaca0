//! What comes back by post: a card, a router, a handset. Facts that stand beside the stage: where the thing is, what
//! proves that it was posted, what was found when it was opened, what is disputed. Nothing here charges or refunds
//! by itself: [`Parcel::charge_due`] says that something was not returned by its day, and money's rules make of
//! it what they make of it.
//!
//! - Proof of posting is the holder's part done: the case goes on, and what the post loses is not theirs to find.
//! - What is lost or waived is never charged for; nor while it is disputed, nor after the dispute went their way.
//! - Receiving changes nothing of what is owed.
//! - What is found to be another card's is not this case's: this one's is still to come.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::{Case, Signature, Stage};
use crate::id::{AccountId, CardId, FileId};
use crate::money::Money;
use crate::rules::{Policy, later};
use crate::tracking::Tracking;

/// What it is that comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    #[default]
    Sim,
    Router,
    Handset,
}

impl Thing {
    pub const ALL: [Thing; 3] = [Thing::Sim, Thing::Router, Thing::Handset];

    pub fn name(self) -> &'static str {
        match self {
            Thing::Sim => "sim",
            Thing::Router => "router",
            Thing::Handset => "handset",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|thing| thing.name() == name)
    }

    pub fn is_sim(&self) -> bool {
        *self == Thing::Sim
    }
}

/// Why it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The record says that it is the operator's.
    Record,
    /// The desk asked.
    Desk,
}

/// Where it is, as far as anybody has said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Asked,
    /// The label was made.
    Label,
    Posted,
    InTransit,
    /// The carrier says that it was handed over; nobody at the desk has had it in hand yet.
    Delivered,
    Received,
    Inspected,
}

/// What a carrier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Accepted,
    InTransit,
    OutForDelivery,
    Delivered,
    /// It is held up somewhere.
    Held,
    /// On its way back to the sender.
    Returning,
    Lost,
    /// Something that no rule explains. It moves nothing.
    Unknown,
}

impl Status {
    pub const ALL: [Status; 8] = [
        Status::Accepted,
        Status::InTransit,
        Status::OutForDelivery,
        Status::Delivered,
        Status::Held,
        Status::Returning,
        Status::Lost,
        Status::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::InTransit => "in-transit",
            Status::OutForDelivery => "out-for-delivery",
            Status::Delivered => "delivered",
            Status::Held => "held",
            Status::Returning => "returning",
            Status::Lost => "lost",
            Status::Unknown => "unknown",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Where it puts the parcel; none where that is not known from it.
    fn place(self) -> Option<Place> {
        match self {
            Status::Accepted => Some(Place::Posted),
            Status::InTransit | Status::OutForDelivery | Status::Held | Status::Returning => Some(Place::InTransit),
            Status::Delivered => Some(Place::Delivered),
            Status::Lost | Status::Unknown => None,
        }
    }
}

/// What was in the parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    AsAgreed,
    Damaged,
    Incomplete,
    /// Something of another card's.
    AnotherCard,
}

impl Found {
    pub const ALL: [Found; 4] = [Found::AsAgreed, Found::Damaged, Found::Incomplete, Found::AnotherCard];

    pub fn name(self) -> &'static str {
        match self {
            Found::AsAgreed => "as-agreed",
            Found::Damaged => "damaged",
            Found::Incomplete => "incomplete",
            Found::AnotherCard => "another-card",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|found| found.name() == name)
    }
}

/// What is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// It was posted or handed in in time.
    InTime,
    /// It was returned already.
    Returned,
    /// There was never such a thing.
    NeverHad,
    /// What was found in the parcel.
    Condition,
    Other,
}

impl Over {
    pub const ALL: [Over; 5] = [Over::InTime, Over::Returned, Over::NeverHad, Over::Condition, Over::Other];

    pub fn name(self) -> &'static str {
        match self {
            Over::InTime => "in-time",
            Over::Returned => "returned",
            Over::NeverHad => "never-had",
            Over::Condition => "condition",
            Over::Other => "other",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|over| over.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Holder,
    Desk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostBy {
    /// The carrier says so.
    Carrier,
    /// Nothing was heard of it for as long as the rules wait.
    Silence,
}

/// How the desk knew whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "card")]
pub enum Scan {
    /// By the code on the label, or the case itself.
    Code,
    Tracking,
    /// By a number on the thing, which is this card's. It must be the case's own.
    Number(CardId),
}

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

/// What happened to it. The steps fold into a [`Parcel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    Asked {
        what: Thing,
        why: Why,
        at: Timestamp,
        since: Option<Timestamp>,
        due: Option<Timestamp>,
        ended: Option<Timestamp>,
        charge: Option<Money>,
    },
    /// The card has ended; where its days are counted from there, they begin.
    Ended {
        at: Timestamp,
        due: Option<Timestamp>,
    },
    Labelled {
        at: Timestamp,
    },
    Posted {
        posted: Posted,
    },
    Carried {
        status: Status,
        at: Timestamp,
    },
    Lost {
        by: LostBy,
        at: Timestamp,
    },
    Received {
        by: AccountId,
        at: Timestamp,
        scan: Scan,
    },
    Inspected {
        inspection: Inspection,
        due: Option<Timestamp>,
    },
    /// The n-th reminder is owed.
    Reminded {
        n: u8,
    },
    Late {
        at: Timestamp,
    },
    Disputed {
        dispute: Dispute,
    },
    Judged {
        upheld: bool,
        at: Timestamp,
    },
    WaiveSigned {
        signature: Signature,
    },
    Waived {
        at: Timestamp,
    },
}

impl Step {
    pub fn name(&self) -> &'static str {
        match self {
            Step::Asked { .. } => "asked",
            Step::Ended { .. } => "ended",
            Step::Labelled { .. } => "labelled",
            Step::Posted { .. } => "posted",
            Step::Carried { .. } => "carried",
            Step::Lost { .. } => "lost",
            Step::Received { .. } => "received",
            Step::Inspected { .. } => "inspected",
            Step::Reminded { .. } => "reminded",
            Step::Late { .. } => "late",
            Step::Disputed { .. } => "disputed",
            Step::Judged { .. } => "judged",
            Step::WaiveSigned { .. } => "waive-signed",
            Step::Waived { .. } => "waived",
        }
    }

    /// The files that it names.
    pub fn files(&self) -> Vec<FileId> {
        match self {
            Step::Posted { posted } => posted.proof.into_iter().collect(),
            Step::Inspected { inspection, .. } => inspection.photos.clone(),
            Step::Disputed { dispute } => dispute.files.clone(),
            Step::Asked { .. }
            | Step::Ended { .. }
            | Step::Labelled { .. }
            | Step::Carried { .. }
            | Step::Lost { .. }
            | Step::Received { .. }
            | Step::Reminded { .. }
            | Step::Late { .. }
            | Step::Judged { .. }
            | Step::WaiveSigned { .. }
            | Step::Waived { .. } => Vec::new(),
        }
    }
}

/// What is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "deed")]
pub enum Deed {
    /// The desk wants it back, for this reason, which the holder reads.
    Ask {
        what: Thing,
        text: String,
    },
    Label,
    /// "I have posted it": with a tracking number that checks out, a picture of the receipt, or both.
    Post {
        tracking: Option<Tracking>,
        proof: Option<FileId>,
    },
    /// The carrier says.
    Carried {
        status: Status,
        at: Timestamp,
    },
    Receive {
        scan: Scan,
    },
    Inspect {
        found: Found,
        text: String,
        photos: Vec<FileId>,
    },
    Dispute {
        over: Over,
        text: String,
        files: Vec<FileId>,
    },
    /// The dispute is decided, in these words.
    Judge {
        upheld: bool,
        text: String,
    },
    /// It need not come back and costs nothing, for this reason.
    Waive {
        reason: String,
    },
}

impl Deed {
    /// Whether the case may go on because of it.
    pub fn meets(&self) -> bool {
        match self {
            Deed::Post { .. } | Deed::Receive { .. } | Deed::Inspect { .. } | Deed::Waive { .. } => true,
            Deed::Ask { .. } | Deed::Label | Deed::Carried { .. } | Deed::Dispute { .. } | Deed::Judge { .. } => false,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Deed::Ask { .. } => "return-ask",
            Deed::Label => "return-label",
            Deed::Post { .. } => "return-post",
            Deed::Carried { .. } => "return-carried",
            Deed::Receive { .. } => "return-receive",
            Deed::Inspect { .. } => "return-inspect",
            Deed::Dispute { .. } => "return-dispute",
            Deed::Judge { .. } => "return-judge",
            Deed::Waive { .. } => "return-waive",
        }
    }
}

/// In what state it is, in one word, for lists and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Asked,
    Label,
    Late,
    Posted,
    InTransit,
    Delivered,
    Lost,
    /// Received, not looked at yet.
    Received,
    Done,
    /// Looked at, and not as agreed.
    Faulty,
    /// What came was another card's.
    Another,
    Disputed,
    Waived,
}

impl State {
    pub const ALL: [State; 13] = [
        State::Asked,
        State::Label,
        State::Late,
        State::Posted,
        State::InTransit,
        State::Delivered,
        State::Lost,
        State::Received,
        State::Done,
        State::Faulty,
        State::Another,
        State::Disputed,
        State::Waived,
    ];

    pub fn name(self) -> &'static str {
        match self {
            State::Asked => "asked",
            State::Label => "label",
            State::Late => "late",
            State::Posted => "posted",
            State::InTransit => "in-transit",
            State::Delivered => "delivered",
            State::Lost => "lost",
            State::Received => "received",
            State::Done => "done",
            State::Faulty => "faulty",
            State::Another => "another",
            State::Disputed => "disputed",
            State::Waived => "waived",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
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
        Step::Judged { upheld, .. } => {
            if let Some(dispute) = &mut parcel.dispute {
                dispute.upheld = Some(*upheld);
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
