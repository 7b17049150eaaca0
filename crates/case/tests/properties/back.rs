//! What can happen to a thing in the post, and what must never come of it.

use case::parcel::{Deed, Found, Over, Scan, Status, Step};
use case::{CardId, Case};

use super::*;

#[derive(Clone, Copy, Debug)]
pub enum Back {
    Ask(Thing),
    Label,
    Post(bool, bool),
    /// The carrier's word, so many hours ago.
    Carried(Status, i64),
    /// By the label, or by a number of this card.
    Receive(Option<Card>),
    Inspect(Found),
    Dispute,
    Judge(bool),
    Waive,
}

impl Back {
    pub fn is_carriers(self) -> bool {
        matches!(self, Back::Carried(..))
    }

    pub fn deed(self, scene: &Scene) -> Deed {
        let text = || "words".to_owned();
        let tracking = || case::tracking::track("RA473124829GB", &[]).ok().map(|tracked| tracked.tracking);
        match self {
            Back::Ask(what) => Deed::Ask { what, text: text() },
            Back::Label => Deed::Label,
            Back::Post(number, photo) => {
                Deed::Post { tracking: tracking().filter(|_| number), proof: photo.then(|| file(7)) }
            }
            Back::Carried(status, hours) => {
                Deed::Carried { status, at: scene.now - jiff::SignedDuration::from_hours(hours) }
            }
            Back::Receive(None) => Deed::Receive { scan: Scan::Code },
            Back::Receive(Some(card)) => Deed::Receive { scan: Scan::Number(CardId::from_bits(card as u64 + 10)) },
            Back::Inspect(found) => Deed::Inspect { found, text: text(), photos: vec![file(8)] },
            Back::Dispute => Deed::Dispute { over: Over::Other, text: text(), files: vec![file(9)] },
            Back::Judge(upheld) => Deed::Judge { upheld, text: text() },
            Back::Waive => Deed::Waive { reason: text() },
        }
    }
}

pub fn back() -> impl Strategy<Value = Back> {
    prop_oneof![
        2 => prop::sample::select(Thing::ALL.to_vec()).prop_map(Back::Ask),
        1 => Just(Back::Label),
        3 => any::<(bool, bool)>().prop_map(|(number, photo)| Back::Post(number, photo)),
        3 => (prop::sample::select(Status::ALL.to_vec()), -2..72i64).prop_map(|(s, h)| Back::Carried(s, h)),
        3 => prop::option::weighted(0.6, card()).prop_map(Back::Receive),
        3 => prop::sample::select(Found::ALL.to_vec()).prop_map(Back::Inspect),
        1 => Just(Back::Dispute),
        1 => any::<bool>().prop_map(Back::Judge),
        1 => Just(Back::Waive),
    ]
}

/// What the rules say of things that come back.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub thing: Thing,
    pub needed: ReturnNeeded,
    pub from: CountedFrom,
    pub days: u32,
    pub two: bool,
    pub reminders: u8,
}

pub fn terms() -> impl Strategy<Value = Terms> {
    let needed = prop_oneof![
        2 => Just(ReturnNeeded::BeforeEnd),
        3 => Just(ReturnNeeded::AfterEnd),
        1 => Just(ReturnNeeded::Never),
    ];
    let from = prop::sample::select(vec![CountedFrom::Declaration, CountedFrom::End]);
    let days = prop_oneof![1 => Just(0u32), 3 => 1..20u32];
    (prop::sample::select(Thing::ALL.to_vec()), needed, from, days, any::<bool>(), 0..3u8)
        .prop_map(|(thing, needed, from, days, two, reminders)| Terms { thing, needed, from, days, two, reminders })
}

impl Terms {
    pub fn apply(self, scene: &mut Scene) {
        scene.thing = self.thing;
        let terms =
            case::rules::Terms { needed: self.needed, counted_from: self.from, days: self.days, charge: Some(3500) };
        let returns = &mut scene.policy.returns;
        (returns.sim, returns.router, returns.handset) = (terms.clone(), terms.clone(), terms);
        returns.two_people_above = if self.two { 1000 } else { 10_000 };
        returns.reminders = self.reminders;
    }
}

/// Since it was last asked for: what has happened to it.
fn steps(scene: &Scene) -> Vec<&Step> {
    let events = scene.journal.iter().flat_map(|entry| &entry.events);
    let mut steps = Vec::new();
    for event in events {
        if let Event::Return { step } = event {
            if matches!(step, Step::Asked { .. }) {
                steps.clear();
            }
            steps.push(step);
        }
    }
    steps
}

/// What must hold after whatever was done.
pub fn gives_back(scene: &Scene, was: &Case, command: &Command) {
    let (case, now) = (scene.case(), scene.now);
    // Receiving does not by itself refund or charge.
    if matches!(command, Command::ReceiveCard | Command::Return { deed: Deed::Receive { .. } }) {
        assert_eq!(was.return_charge(now), case.return_charge(now), "receiving changed what is owed");
        assert_eq!(was.quote, case.quote);
    }
    // What arrives of another card is never booked here.
    if let Command::Return { deed: Deed::Receive { scan: Scan::Number(card) } } = command {
        assert_eq!(case.subscription.as_ref().map(|own| own.card), Some(*card), "another card was booked");
    }
    let Some(parcel) = &case.parcel else { return };
    let steps = steps(scene);
    // Waived or lost never leads to a charge, nor does what is disputed.
    let spared = steps.iter().any(|step| matches!(step, Step::Waived { .. } | Step::Lost { .. }));
    if spared || parcel.is_disputed() || !case.stage.has_ended() {
        assert_eq!(case.return_charge(now), None, "charged after {steps:?}");
    }
    if let Some(charge) = case.return_charge(now) {
        assert!(charge.not_returned_by <= now && parcel.charge.as_ref() == Some(&charge.amount));
        // The whole of the day that was named is theirs, and of the one that was quoted, to its last second.
        let day = |at: case::Timestamp| at.to_zoned(scene.policy.zone()).date();
        let quoted = case.quote.lines.iter().filter_map(|line| line.only_if.as_ref());
        let quoted = quoted.map(|case::quote::Condition::NotBackBy { day }| *day);
        let today = day(now + jiff::SignedDuration::from_secs(1));
        assert!(quoted.chain(parcel.due.map(day)).all(|last| last < today), "charged on the last day: {parcel:?}");
        assert_eq!(scene.policy.returns.terms(parcel.what).needed, ReturnNeeded::AfterEnd);
    }
    // Proof of posting is the holder's part done: nobody waits for the card itself any more.
    if let Stage::Received { needs, .. } = &case.stage {
        assert!(!(parcel.is_met() && needs.contains(&Need::Card)), "trapped by the post: {parcel:?}");
        let wanted = scene.policy.returns.terms(parcel.what).needed == ReturnNeeded::BeforeEnd;
        assert!(wanted || !needs.contains(&Need::Card) || case.asked.contains(&Need::Card), "a need of no rule");
    }
    // Never more reminders than the rules allow, and one each.
    let reminded = steps.iter().filter(|step| matches!(step, Step::Reminded { .. })).count();
    assert!(reminded <= usize::from(scene.policy.returns.reminders), "reminded {reminded} times");
    // Two people where much is at stake.
    if matches!(steps.last(), Some(Step::Waived { .. }))
        && parcel.at_stake() > i64::from(scene.policy.returns.two_people_above)
    {
        assert!(steps.iter().any(|step| matches!(step, Step::WaiveSigned { .. })), "one person waived it");
    }
    if let Some(inspection) = &parcel.inspected
        && inspection.found == Found::AnotherCard
        && parcel.received.is_none()
    {
        assert!(!case.card_received, "what was another card's counts");
    }
}
