//! What is left of a case that has been erased, and that nothing is erased that anybody waits for.

use case::erasure::{Erasure, Kept};
use case::event::Entry;

use super::*;

/// Whatever a person, a card or a member of staff could be known by.
const PERSONAL: [&str; 12] = [
    "Mei",
    "Lin",
    "Tom",
    "Reed",
    "Mill Lane",
    "High Street",
    "mei@example",
    "89440000",
    "words",
    "letter.pdf",
    "read back",
    "acc_",
];

fn file() -> Command {
    Command::Erase { file: "{}".into() }
}

/// A second opinion on what keeps a case.
fn may_go(scene: &Scene) -> bool {
    let case = scene.case();
    let over = matches!(case.stage, Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. });
    let stuck = case.flags.contains(&Flag::Stuck) || case.flags.contains(&Flag::BillingStuck);
    let quiet = case.owed.is_empty() && case.alarms.is_empty() && !case.flags.contains(&Flag::Complaint);
    let paid = case.bill.refund.as_ref().is_none_or(|refund| refund.paid.is_some());
    let back = case.parcel.as_ref().is_none_or(|p| !p.is_disputed() && (p.is_settled() || !case.stage.has_ended()));
    over && quiet && !stuck && paid && back && case.times.erasure.is_none_or(|day| day <= scene.now)
}

/// Years later.
fn old(scene: &mut Scene) {
    scene.now = scene.case().times.erasure.map_or(scene.now, |day| day.max(scene.now));
}

fn letters_arrive(scene: &mut Scene) {
    for (n, what) in scene.case().owed.clone() {
        if what == "notify" {
            scene.act(&Actor::Network, &Command::Report { n, outcome: Outcome::Delivered }).expect("owed");
        }
    }
}

fn goes(start: &Start, moves: &[Move]) -> Option<Kept> {
    let (mut scene, _) = lived(start, moves);
    letters_arrive(&mut scene);
    old(&mut scene);
    let plan = Command::PlanErasure { on: scene.now + jiff::SignedDuration::from_hours(24) };
    let may = may_go(&scene);
    if let Err(refusal) = scene.act(&Actor::Clock, &plan) {
        let Refusal::Kept { why } = refusal else { panic!("{refusal:?}") };
        assert!(!may, "kept though nothing keeps it: {why:?}");
        assert_eq!(scene.try_on(&Actor::Clock, &file()).err(), Some(Refusal::Kept { why }));
        return Some(why);
    }
    assert!(may, "{:?} was to be erased", scene.case());
    let early = scene.try_on(&Actor::Clock, &file()).err();
    let letter = scene.case().owed.iter().any(|(_, what)| what == "notify");
    assert_eq!(early, Some(if letter { Refusal::Kept { why: Kept::Owed } } else { Refusal::NotYet }));
    assert_eq!(letter, has_contact(&scene), "told, where there is anybody to tell");
    letters_arrive(&mut scene);
    assert_eq!(scene.try_on(&Actor::Clock, &file()).err(), Some(Refusal::NotYet));
    scene.later(24 * 60);
    // Whoever says anything stops it.
    let mut stopped = scene.clone();
    stopped.act(&staff(101, Role::Agent), &Command::note("words")).expect("a note");
    assert_eq!(stopped.case().erasure, Erasure::None);
    assert_eq!(stopped.try_on(&Actor::Clock, &file()).err(), Some(Refusal::NotYet));
    let before = scene.case().clone();
    scene.act(&Actor::Clock, &file()).expect("its day has come");
    let after = scene.case().clone();
    let text = serde_json::to_string(&after).unwrap();
    assert!(PERSONAL.iter().all(|word| !text.contains(word)), "{text}");
    assert_eq!((after.effects, after.stage.name()), (before.effects, before.stage.name()));
    folds(&scene, &before, &after);
    for who in [proven(MEI, scene.now), unproven(), staff(101, Role::Agent), staff(102, Role::Approver)] {
        for command in
            [Command::say("words"), Command::Contest, Command::Withdraw, Command::note("words"), Command::Nudge]
        {
            let refused = scene.try_on(&who, &command).err();
            assert!(matches!(refused, Some(Refusal::Erased | Refusal::NotYours | Refusal::NotProven)), "{refused:?}");
        }
    }
    assert_eq!(scene.try_on(&Actor::Clock, &file()).err(), Some(Refusal::Erased));
    assert!(scene.try_on(&Actor::Clock, &Command::Wake).is_ok_and(|nothing| nothing.events.is_empty()));
    assert_eq!(deadline::next(&after, &scene.policy), None);
    None
}

/// With and without what was withheld, the journal folds to the same row; and the seal is where the chain was.
fn folds(scene: &Scene, before: &case::Case, after: &case::Case) {
    let last = scene.journal.last().expect("an entry");
    assert_eq!(last.seal(), Some((before.version, before.chain.as_str())));
    let withheld = |entry: &Entry| match entry.version <= before.version {
        true => Entry::withheld(entry.case, entry.version, scene.now),
        false => entry.clone(),
    };
    let left: Vec<Entry> = scene.journal.iter().map(withheld).collect();
    assert_eq!(fold(after.reference, &left).as_ref(), Some(after));
    assert_eq!(fold(after.reference, &scene.journal).as_ref(), Some(after));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_erased_says_nothing_and_nothing_is_that_anybody_waits_for(start in start(), moves in moves()) {
        goes(&start, &moves);
    }
}

#[test]
fn the_sequences_meet_every_reason() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut met = BTreeSet::new();
    for _ in 0..8000 {
        let start = start().new_tree(&mut runner).expect("a start").current();
        let moves = moves().new_tree(&mut runner).expect("moves").current();
        met.insert(goes(&start, &moves).map_or("erased", Kept::name));
    }
    let mut all: BTreeSet<&str> = Kept::ALL.into_iter().map(Kept::name).collect();
    // Its day is waited for here; and what is to be paid back is rarely all that is left.
    met.insert("money");
    all.remove("early");
    all.insert("erased");
    assert_eq!(met, all);
}
