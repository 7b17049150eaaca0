//! Lives that keep every promise, mistakes that break one, and the proof that a seed replays.

use std::collections::BTreeSet;

use sim::bugs::Bug;
use sim::fate::Tally;
use sim::run::{STEPS, run};

/// Lives a plain `cargo test` has time for; `cargo run -p sim --release -- --seeds 10000` lives more.
const LIVES: u64 = 40;

#[test]
fn every_promise_is_kept() {
    let one = std::env::var("CEASE_SIM_SEED").ok().map(|seed| seed.parse::<u64>().expect("a seed is a number"));
    let mut tally = Tally::default();
    for seed in one.map_or(1..LIVES + 1, |seed| seed..seed + 1) {
        let life = run(seed, STEPS, None);
        assert!(life.broken.is_none(), "{}", life.report());
        tally.add(&life.tally);
    }
    if one.is_none() {
        let reached: BTreeSet<&str> = tally.stages.keys().copied().collect();
        let missed: Vec<_> = case::Stage::NAMES.into_iter().filter(|name| !reached.contains(name)).collect();
        assert!(missed.is_empty(), "no life reached {missed:?}");
        let cautions: Vec<_> = tally.cautions.keys().copied().collect();
        assert_eq!(cautions, ["contact-changed", "lock", "recovered", "sim-swapped", "stop", "unlock"]);
        assert!(tally.certificates > 0 && tally.faults.len() > 10, "{tally:?}");
    }
}

#[test]
fn a_seed_replays() {
    for seed in 1..=LIVES {
        let (one, other) = (run(seed, STEPS, None), run(seed, STEPS, None));
        assert_eq!(one.story, other.story, "seed {seed}");
        assert_eq!(format!("{:?}", one.tally), format!("{:?}", other.tally));
    }
}

#[test]
fn every_mistake_is_caught() {
    for (bug, words) in Bug::ALL {
        let broken = |seed| run(seed, STEPS, Some(bug)).broken.map(|what| (seed, what));
        let caught = (1..=1000).find_map(broken);
        let (seed, caught) = caught.unwrap_or_else(|| panic!("nobody noticed {bug:?}"));
        eprintln!("{bug:?}, in life {seed}: {caught}");
        assert!(words.iter().any(|words| caught.contains(words)), "{bug:?} was taken for: {caught}");
    }
}
