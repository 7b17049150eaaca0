//! An element that is down for more than a day, while people go on cancelling and workers die: cases wait, and
//! not one is lost, given up, or done twice.

use case::case::Step;
use case::identify::Identifier;
use case::{Declaration, Event, Flag, Outcome, Stage};
use cease::act::declare;
use jiff::SignedDuration;
use sim::fate::{Deed, Fate};
use sim::people::{card, holder, person, proven};
use sim::world::{World, place};
use sim::{checks, drain};
use store::Import;

const CASES: u64 = 90;
/// Of the outage.
const HOURS: i64 = 31;

async fn cancel(world: &mut World, n: u64) {
    let now = world.fate.now() - SignedDuration::from_micros(1 + n as i64);
    // Some with a contest window before the outage began, some declared in the middle of it.
    let card = card(1_000 + n, 1_000 + n, 1, 1, now);
    world.raw.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.expect("imported");
    let actor = proven(holder(1), world.fate.now());
    let declaration = Declaration {
        consent: true,
        backup: true,
        ..Declaration::of(
            card.iccid.as_deref().expect("an ICCID").parse().map(Identifier::Iccid).expect("an ICCID"),
            person(1),
            now,
        )
    };
    world.fate.with(|notes| {
        notes.owners.insert(card.id, card.account);
        let deed = Deed { actor: actor.clone(), command: "declare", at: world.fate.now(), version: None };
        notes.declared.entry(now).or_default().push(deed);
    });
    world.given.insert(now, declaration.clone());
    world.cast.cards.push(card);
    let case = declare(&world.app, &actor, declaration, Vec::new(), None).await.expect("declared");
    world.promises.entry(case.reference).or_default().insert(case.version, case.chain);
}

async fn rounds(world: &World) {
    for _ in 0..3 {
        cease::work::round(&world.app).await.expect("a round");
    }
}

#[tokio::test]
async fn an_element_that_is_down_for_a_day_delays_cases_and_loses_none() {
    for seed in [5, 11] {
        let dir = place().expect("a place");
        let start = jiff::Timestamp::from_second(1_772_445_600).expect("a time");
        let fate = Fate::new(seed, None, start);
        fate.with(|n| n.storm = 0);
        let url = format!("sqlite:{}", dir.path().join("cease.db").display());
        let mut world = World::with_policy(fate.clone(), &url, |policy| {
            (policy.straight_through, policy.four_eyes, policy.notice_days) = (true, false, 0);
        })
        .await
        .expect("a desk");
        let until = start + SignedDuration::from_hours(HOURS);
        let (mut declared, mut asked_most) = (0, 0);
        while fate.now() < until + SignedDuration::from_hours(1) {
            if fate.now() > start + SignedDuration::from_hours(1) {
                fate.with(|n| n.element_out = until);
            }
            // More when the desk opens, and none at the end.
            while declared < CASES && fate.percent(if declared < CASES / 2 { 60 } else { 20 }) {
                cancel(&mut world, declared).await;
                declared += 1;
            }
            let before = asked(&fate);
            rounds(&world).await;
            asked_most = asked_most.max(asked(&fate) - before);
            match fate.below(40) {
                // A worker takes what is owed and is never heard of again.
                0 => drop(world.app.store.claim(fate.now(), SignedDuration::from_secs(120), 20).await),
                1 => world.restart().await.expect("it starts again"),
                _ => {}
            }
            fate.pass(SignedDuration::from_mins(5));
        }
        assert_eq!(declared, CASES);
        let rows = checks::rows(&world).await.expect("rows");
        let stuck = rows.iter().filter(|row| row.flags.contains(&Flag::Stuck)).count();
        assert_eq!(stuck, 0, "an outage is no effect's own fault");
        let told = rows.iter().filter(|row| owed_letter(row)).count();
        drain::drain(&mut world).await.expect("it comes to its end");
        checks::desk(&world).await.expect("at rest");
        checks::end(&world).await.expect("the end");
        let (mut delayed, mut gave_up) = (0, 0);
        for row in checks::rows(&world).await.expect("rows") {
            assert!(matches!(row.stage, Stage::Closed { .. }), "{:?}", row.stage);
            for event in world.raw.journal(row.reference).await.expect("a journal").iter().flat_map(|e| &e.events) {
                delayed += u32::from(matches!(event, Event::Flagged { flag: Flag::Delayed }));
                gave_up += u32::from(matches!(event, Event::Settled { outcome: Outcome::GaveUp { .. }, .. }));
            }
        }
        let ended = fate.with(|n| n.ended.values().copied().collect::<Vec<_>>());
        assert_eq!((ended.len() as u64, ended.iter().all(|times| *times == 1)), (CASES, true), "each once");
        assert_eq!(gave_up, 0);
        assert!(delayed > CASES as u32 / 2, "holders were told: {delayed}");
        assert!(asked_most <= 12, "a hundred waited and one asked: {asked_most} in five minutes");
        eprintln!(
            "life {seed}: {CASES} cases, {delayed} delayed, {told} at the end still waiting, {asked_most} asked at most at once"
        );
    }
}

fn owed_letter(row: &case::Case) -> bool {
    matches!(row.stage, Stage::Ceasing { step: Step::Barring | Step::Deleting, .. })
}

fn asked(fate: &Fate) -> u64 {
    fate.with(|n| n.tally.faults.get("element out").copied().unwrap_or_default())
}
