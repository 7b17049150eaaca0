//! What holds however a case is treated: random policies, and random sequences of commands, actors,
//! pauses and answers from the network, late and doubled ones among them. A failure prints the shortest
//! sequence found; proptest keeps its seed beside this file, and runs it first the next time.

#[path = "properties/back.rs"]
mod back;
#[path = "properties/erasing.rs"]
mod erasing;
#[path = "properties/holds.rs"]
mod holds;
#[path = "properties/money.rs"]
mod money;
#[path = "properties/moves.rs"]
mod moves;
mod scene;
#[path = "properties/together.rs"]
mod together;
#[path = "properties/watch.rs"]
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use back::*;
use case::calendar::Calendar;
use case::case::{RefusedFor, Step};
use case::evolve::fold;
use case::identify::Check;
use case::parcel::Thing;
use case::risk::Bearing;
use case::rules::{CountedFrom, OnDifference, ReturnNeeded};
use case::watch::{Closing, Kind, Moved, Reported, Sign};
use case::way::{self, Behalf, Capacity, Code, Moving, SwitchState, Unused, Way};
use case::{
    AccountId, Actor, Assurance, CardState, Charge, Command, Decision, Effect, Event, Fact, Flag, Letter, Level, Money,
    Need, Outcome, Policy, ProfileSeen, Refusal, Role, Saved, Seen, Stage, Subscription, Timestamp, deadline, sla,
};
use holds::*;
use money::*;
use moves::*;
use proptest::prelude::*;
use scene::{Card, MEI, Scene, TOM, declaration, file, mei, policy, proven, receipt, staff, tom, unproven};
use watch::*;

fn step(scene: &mut Scene, watch: &mut Watch, next: Move) -> Result<(), Refusal> {
    let (actor, command) = match next {
        Move::Act(who, act) => (actor(who, scene), command(act)),
        Move::Observe(signs) => {
            let sign = |(moved, minutes, by_number)| {
                let at = scene.now + jiff::SignedDuration::from_mins(minutes);
                Sign { moved, at, amount: None, by_number }
            };
            (Actor::Network, Command::Observe { signs: signs.into_iter().map(sign).collect() })
        }
        Move::Happened(fact, hours) => {
            let at = scene.now - jiff::SignedDuration::from_hours(hours);
            scene.known.facts.push(Seen { fact, at });
            return Ok(());
        }
        Move::Rival(there) => {
            scene.duplicate = there;
            return Ok(());
        }
        Move::Lock(locked) => {
            scene.known.locked = locked;
            return Ok(());
        }
        Move::Heed => (Actor::Clock, Command::Heed),
        Move::Back(who, back) => {
            let actor = if back.is_carriers() { Actor::Network } else { actor(who, scene) };
            (actor, Command::Return { deed: back.deed(scene) })
        }
        Move::Pause(minutes) => {
            scene.later(minutes);
            return Ok(());
        }
        Move::Wake => (Actor::Clock, Command::Wake),
        Move::Due => {
            let due = deadline::next(scene.case(), &scene.policy);
            scene.now = due.map_or(scene.now, |due| due.max(scene.now));
            (Actor::Clock, Command::Wake)
        }
        Move::Answer(n, well) => {
            let Some((n, what)) = scene.case().owed.get(n).cloned() else { return Ok(()) };
            (Actor::Network, Command::Report { n, outcome: outcome(&what, well, scene) })
        }
        Move::Profile(seen) => (Actor::Network, Command::Profile { seen }),
        Move::Delay(n) => {
            let Some((n, _)) = scene.case().owed.get(n).cloned() else { return Ok(()) };
            (Actor::Network, Command::Delay { n })
        }
        Move::Stray(n, kind) => {
            let kinds = ["notify", "bar", "unbar", "cease", "certify", "escalate", "observe", "final-bill", "port"];
            let what = kinds[usize::from(kind)];
            (Actor::Network, Command::Report { n, outcome: outcome(what, !what.is_empty(), scene) })
        }
    };
    let before = scene.case().stage.clone();
    let was = scene.case().clone();
    let decision = scene.act(&actor, &command)?;
    gives_back(scene, &was, &command);
    watch.see(scene, &actor, &command, Some(&before), &decision);
    if matches!(command, Command::Wake | Command::Heed) {
        let again = scene.try_on(&Actor::Clock, &command).expect("the clock is never refused");
        assert!(
            again.events.is_empty(),
            "woken once, did {:?}; twice, {:?}; before {before:?}, known {:?}, now {}",
            decision.events,
            again.events,
            scene.known,
            scene.now
        );
    }
    if matches!(command, Command::Report { .. }) {
        assert_eq!(scene.try_on(&actor, &command).err(), Some(Refusal::NothingOwed), "a report counted twice");
    }
    Ok(())
}

/// Lives through it; answers the names of the stages it was at, and whether an alarm was open.
fn live(start: &Start, moves: &[Move]) -> BTreeSet<&'static str> {
    lived(start, moves).1
}

fn lived(start: &Start, moves: &[Move]) -> (Scene, BTreeSet<&'static str>) {
    let mut rules = policy();
    rules.contest_minutes = start.contest_minutes;
    rules.straight_through = start.straight_through;
    rules.on_difference = if start.refuse { OnDifference::Refuse } else { OnDifference::Desk };
    rules.four_eyes = start.four_eyes;
    rules.notice_days = start.notice_days;
    rules.tariff.connected = start.billing;
    let (bearing, bars) = start.bears;
    rules.risk.hold_bars = bars;
    (rules.risk.recovered, rules.risk.contact_changed, rules.risk.many_requests) = (bearing, bearing, bearing);
    if start.office {
        keep_office_hours(&mut rules);
    }
    if start.ways {
        rules.journey.switching.offered = true;
        rules.clocks.codes = case::rules::Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
        rules.clocks.end_notice =
            case::rules::EndNotice { online_hours: 24, other_working_days: 3, contains: Vec::new() };
        rules.complaint = case::rules::Complaint { adr_weeks: 6, schemes: vec!["CISAS".into()] };
    }
    let mut scene = Scene::new(rules);
    scene.must_return = start.must_return;
    start.terms.apply(&mut scene);
    scene.credit = Some(Money::new(start.credit, "GBP"));
    scene.state = if start.ceased { CardState::Ceased } else { CardState::Active };
    scene.duplicate = start.rival;
    let person = if start.fits { mei() } else { tom() };
    let mut original = declaration(start.card, person, scene.now);
    (original.consent, original.backup) = (start.consent, start.backup);
    original.way = start.way.clone();
    let mut watch = Watch::new();
    let by = match start.who {
        Who::Staff(n, _) => staff(n, Role::Agent),
        Who::Proven(..) | Who::Unproven => actor(start.who, &scene),
    };
    let opened = scene.declare(&by, original.clone());
    assert!(matches!(opened.events.first(), Some(Event::Declared { .. })));
    let receipt = Effect::Notify { letter: Letter::Receipt };
    assert!(opened.effects.iter().any(|owed| owed.effect == receipt) || original.person.email.is_none());
    let command = Command::Wake;
    watch.see(&scene, &by, &command, None, &opened);
    holds(&scene, &watch, &original);
    let mut stages = BTreeSet::from([scene.case().stage.name()]);
    for next in moves {
        // A refusal changes nothing, which is what the next look confirms.
        let _ = step(&mut scene, &mut watch, next.clone());
        holds(&scene, &watch, &original);
        stages.insert(scene.case().stage.name());
        if matches!(next, Move::Act(_, Do::Correct(..))) && scene.case().flags.contains(&Flag::Duplicate) {
            stages.insert("led to another's card");
        }
        if scene.case().flags.contains(&Flag::Alarm) {
            stages.insert("alarm");
        }
        if scene.case().hold.as_ref().is_some_and(|hold| hold.lifted) {
            stages.insert("lifted");
        }
        if scene.case().locked {
            stages.insert("locked");
        }
        stages.extend(scene.case().parcel.as_ref().map(|parcel| parcel.state().name()));
        if scene.case().ways.not_upheld.is_some() {
            stages.insert("not upheld");
        }
        if scene.journal.iter().flat_map(|e| &e.events).any(|e| matches!(e, Event::Weighed { upheld: true, .. })) {
            stages.insert("upheld after all");
        }
        stages.extend(scene.case().return_charge(scene.now).map(|_| "charge"));
        if scene.case().ways.complaint.is_some_and(|complaint| complaint.told.is_some()) {
            stages.insert("schemes told");
        }
        if let Some(switch) = &scene.case().ways.switch {
            stages.insert(match switch.state {
                SwitchState::Open => "code open",
                SwitchState::Done => "code used",
                SwitchState::Expired => "code expired",
            });
        }
    }
    (scene, stages)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_breaks_a_promise(start in start(), moves in moves()) {
        live(&start, &moves);
    }
}

/// The sequences above are worth something only if they get everywhere, alarms included.
#[test]
fn the_sequences_reach_every_stage() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut reached = BTreeSet::new();
    for _ in 0..8000 {
        let start = start().new_tree(&mut runner).expect("a start").current();
        let moves = moves().new_tree(&mut runner).expect("moves").current();
        reached.extend(live(&start, &moves));
    }
    let mut all: BTreeSet<&str> = Stage::NAMES.into_iter().collect();
    all.extend([
        "alarm",
        "lifted",
        "locked",
        "charge",
        "led to another's card",
        "schemes told",
        "code open",
        "code used",
        "code expired",
        "not upheld",
        "upheld after all",
    ]);
    all.extend(case::parcel::State::ALL.map(case::parcel::State::name));
    assert_eq!(reached, all);
}

/// Asked for after the end of somebody who left no contact: the reminders reach nobody, and the case still ends.
#[test]
fn reminders_to_nobody_are_no_dead_end() {
    let start = Start {
        contest_minutes: 0,
        straight_through: true,
        refuse: false,
        four_eyes: false,
        notice_days: 0,
        bears: (Bearing::Hold, false),
        must_return: false,
        terms: Terms {
            thing: Thing::Sim,
            needed: ReturnNeeded::BeforeEnd,
            from: CountedFrom::Declaration,
            days: 7,
            two: false,
            reminders: 2,
        },
        ceased: false,
        rival: false,
        consent: false,
        backup: true,
        office: false,
        billing: false,
        credit: 0,
        card: Card::Tom,
        fits: false,
        who: Who::Proven(2, 0),
        way: Way::default(),
        ways: false,
    };
    let asked = Move::Back(Who::Staff(100, Role::Agent), Back::Ask(Thing::Sim));
    let (scene, _) = lived(&start, &[Move::Answer(0, true), asked, Move::Answer(0, true)]);
    assert!(matches!(scene.case().stage, Stage::Ceased { certificate: Some(_), .. }), "{:?}", scene.case().stage);
}

/// Numbers no operator means, and days beyond the calendar.
#[test]
fn no_policy_makes_it_panic() {
    let mut rules = policy();
    rules.notice_days = u32::MAX;
    rules.contest_minutes = u32::MAX;
    rules.patience_days = u32::MAX;
    rules.review_hours = u32::MAX;
    rules.escalate_hours = u32::MAX;
    rules.nudge_hours = u32::MAX;
    rules.quarantine_days = u32::MAX;
    rules.watch_days = u32::MAX;
    rules.retention_days = u32::MAX;
    rules.time_zone = "Nowhere/Never".into();
    for notice in [0, u32::MAX] {
        rules.notice_days = notice;
        let mut scene = Scene::new(rules.clone());
        let wanted = case::Declaration {
            wanted_end: (notice > 0).then_some(jiff::civil::Date::MAX),
            ..declaration(Card::Mei, mei(), scene.now)
        };
        scene.declare(&proven(MEI, scene.now), wanted);
        let _ = deadline::next(scene.case(), &scene.policy);
        for (n, what) in scene.case().owed.clone() {
            let report = Command::Report { n, outcome: outcome(&what, true, &scene) };
            scene.act(&Actor::Network, &report).expect("owed");
            let _ = deadline::next(scene.case(), &scene.policy);
        }
    }
}
