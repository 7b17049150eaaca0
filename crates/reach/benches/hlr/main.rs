//! How many cards a second the connector ends in a real OsmoHLR, beside the deletions a second that the
//! same element does for a client that sends nothing but `SET n subscriber.delete`, pipelined, over as
//! many connections as suit it best. It starts an osmo-hlr of its own.
//!
//! With the database in shared memory (the default) the element's own work is all there is, and every
//! look at a subscriber counts. On a disk, as in a real network, it waits for the disk at each deletion.
//!
//! ```text
//! cargo bench -p reach --bench hlr [-- SUBSCRIBERS ROUNDS [FOLDER]]
//! ```

mod element;
mod raw;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use case::{CardId, CaseRef, EffectId, Subscription, Timestamp};
use element::RunningHlr;
use reach::element::OsmoHlr;
use reach::element::osmo_hlr::Settings;
use reach::element::osmo_hlr::fake::Visited;
use reach::{Element, Held, Line, Observed};

/// Each goes on where the last left off, so that no subscriber is met twice.
struct Numbers(usize);

impl Numbers {
    fn next(&mut self, many: usize) -> Vec<String> {
        self.0 += many;
        (self.0 - many..self.0).map(|n| format!("00199{n:010}")).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Work {
    Cease,
    BarThenCease,
}

/// Ends them all, so many at once; answers how many a second.
async fn connector(settings: &Settings, imsis: &[String], flight: usize, work: Work) -> f64 {
    let hlr = Arc::new(OsmoHlr::new(settings).unwrap());
    // Connections are there before the clock runs, as at a desk.
    hlr.probe().await.unwrap();
    let (imsis, next) = (Arc::new(imsis.to_vec()), Arc::new(AtomicUsize::new(0)));
    let from = Instant::now();
    let mut hands = tokio::task::JoinSet::new();
    for _ in 0..flight {
        let (hlr, imsis, next) = (hlr.clone(), imsis.clone(), next.clone());
        hands.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(imsi) = imsis.get(n) else { return };
                let subscription = Subscription { card: CardId::from_bits(n as u64), generation: 1 };
                let line = Line { imsi: Some(imsi.clone()), ..Line::bare(subscription) };
                let key = EffectId { case: CaseRef::from_bits(n as u64), n: 1 };
                let now = Timestamp::UNIX_EPOCH;
                if work == Work::BarThenCease {
                    assert_eq!(hlr.bar(&line, key, now).await.unwrap().observed, Observed::Barred);
                }
                let ceased = hlr.cease(&line, key, now).await.unwrap();
                assert_eq!(ceased.observed, Observed::Gone, "{}", ceased.evidence);
            }
        });
    }
    while let Some(done) = hands.join_next().await {
        done.unwrap();
    }
    imsis.len() as f64 / from.elapsed().as_secs_f64()
}

/// What came of the rounds of one kind.
#[derive(Default)]
struct Rounds {
    rates: Vec<f64>,
    done: usize,
    /// Seconds of CPU: the element's and ours.
    cpu: (f64, f64),
}

impl Rounds {
    fn add(&mut self, hlr: &RunningHlr, before: (f64, f64), many: usize, rate: f64) {
        let after = hlr.cpu();
        self.cpu = (self.cpu.0 + after.0 - before.0, self.cpu.1 + after.1 - before.1);
        self.done += many;
        self.rates.push(rate);
    }

    fn best(&self) -> f64 {
        self.rates.iter().copied().fold(0.0, f64::max)
    }

    fn say(&self, what: &str, limit: f64) {
        let all: Vec<_> = self.rates.iter().map(|rate| format!("{rate:.0}")).collect();
        let share = 100.0 * self.best() / limit;
        let each = |cpu: f64| 1e6 * cpu / self.done as f64;
        let (element, ours) = (each(self.cpu.0), each(self.cpu.1));
        eprintln!(
            "{what:<42} {:>6.0}/s {share:>4.0} %  CPU {element:>3.0} + {ours:>3.0} µs  [{}]",
            self.best(),
            all.join(" ")
        );
    }
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds a flag of its own.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let mut number = |otherwise| args.next().map_or(otherwise, |arg| arg.parse().expect("a number"));
    let (many, rounds): (usize, usize) = (number(10_000), number(3));
    let folder = args.next().unwrap_or("/dev/shm".into());
    let hlr = RunningHlr::start(&folder);
    let settings = hlr.settings();
    let mut numbers = Numbers(0);
    eprintln!(
        "{}, database in {folder}; {many} subscribers with number and keys, best of {rounds} rounds [each]",
        hlr.version
    );

    let kinds = [("one connection", 1), ("4 connections", 4), ("8 connections", 8)];
    let mut looks: f64 = 0.0;
    let mut raws: Vec<_> = kinds.iter().map(|_| Rounds::default()).collect();
    let shapes = [
        ("cease, not attached, 64 at once", 64, Work::Cease, false),
        ("cease, not attached, 128 at once", 128, Work::Cease, false),
        ("cease, barred before, 128 at once", 128, Work::Cease, true),
        ("bar and cease, 128 at once", 128, Work::BarThenCease, false),
    ];
    // The questions that each asks beside its deletion.
    let asked = [Some(4), Some(4), Some(3), None];
    let mut ours: Vec<_> = shapes.iter().map(|_| Rounds::default()).collect();
    let (mut attached, msc) = (Rounds::default(), Visited::connect(&settings.gsup, "MSC-bench").await.unwrap());
    // In turns, so that whatever else the machine does meets all of them alike.
    for _ in 0..rounds {
        for ((_, connections), rates) in kinds.iter().zip(&mut raws) {
            let imsis = numbers.next(many);
            raw::create(&settings.ctrl, &imsis, false);
            looks = f64::max(looks, raw::look(&settings.ctrl, &imsis));
            let before = hlr.cpu();
            let rate = raw::delete(&settings.ctrl, &imsis, *connections);
            rates.add(&hlr, before, imsis.len(), rate);
        }
        for ((_, flight, work, barred), rates) in shapes.iter().zip(&mut ours) {
            let imsis = numbers.next(if *work == Work::Cease { many } else { many / 4 });
            raw::create(&settings.ctrl, &imsis, *barred);
            let before = hlr.cpu();
            let rate = connector(&settings, &imsis, *flight, *work).await;
            rates.add(&hlr, before, imsis.len(), rate);
        }
        let imsis = numbers.next(many / 4);
        raw::create(&settings.ctrl, &imsis, false);
        for imsi in &imsis {
            msc.attach(imsi, Visited::CS).await.unwrap();
        }
        let before = hlr.cpu();
        let rate = connector(&settings, &imsis, 128, Work::Cease).await;
        attached.add(&hlr, before, imsis.len(), rate);
        for imsi in &imsis {
            msc.until_detached(imsi).await;
        }
    }
    let limit = raws.iter().map(Rounds::best).fold(0.0, f64::max);
    eprintln!("{:<42} best       of raw  CPU each: element + ours", "");
    for ((name, _), rounds) in kinds.iter().zip(&raws) {
        rounds.say(&format!("raw CTRL deletions, {name}"), limit);
    }
    for (((name, ..), rounds), asked) in shapes.iter().zip(&ours).zip(asked) {
        rounds.say(name, limit);
        // One thread does all the element's work, so this is the most that any client gets with that proof.
        if let Some(asked) = asked {
            let most = 1.0 / (1.0 / limit + f64::from(asked) / looks);
            let share = 100.0 * rounds.best() / most;
            eprintln!(
                "    of one deletion and {asked} questions, at the raw rate of each: {share:.0} % of {most:.0}/s"
            );
        }
    }
    attached.say("cease, attached and detached, 128 at once", limit);
    inventory(&settings, &numbers.next(10 * many)).await;
}

/// How long the element's whole inventory takes, a thousand a page.
async fn inventory(settings: &Settings, imsis: &[String]) {
    raw::create(&settings.ctrl, imsis, false);
    let hlr = OsmoHlr::new(settings).unwrap();
    let (from, mut all, mut first) = (Instant::now(), Vec::new(), None);
    loop {
        let after = all.last().and_then(|held: &Held| held.imsi.clone());
        let page = hlr.held(after.as_deref(), 1_000).await.unwrap().unwrap();
        first = first.or(Some(from.elapsed()));
        let whole = page.len() < 1_000;
        all.extend(page);
        if whole {
            break;
        }
    }
    assert_eq!(all.len(), imsis.len());
    eprintln!("inventory of {} in {:.2?}, its first page after {:.2?}", all.len(), from.elapsed(), first.unwrap());
}
