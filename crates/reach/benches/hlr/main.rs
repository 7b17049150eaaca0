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
    /// Of bare deletions just before and just after, each.
    shares: Vec<f64>,
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

    /// Microseconds of the element's thread for each.
    fn element(&self) -> f64 {
        1e6 * self.cpu.0 / self.done as f64
    }

    fn say(&self, what: &str) {
        let each = 1e6 * self.cpu.1 / self.done as f64;
        let share =
            if self.shares.is_empty() { String::new() } else { format!("{:.0} %", 100.0 * middle(&self.shares)) };
        eprintln!("{what:<42} {:>6.0}/s {share:>5}  {:>4.0} + {each:>3.0} us", middle(&self.rates), self.element());
    }
}

fn middle(of: &[f64]) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

struct Bench {
    hlr: RunningHlr,
    settings: Settings,
    numbers: Numbers,
    many: usize,
}

impl Bench {
    /// Bare deletions: nothing but `SET n subscriber.delete`, 128 under way.
    fn raw(&mut self, connections: usize, rounds: &mut Rounds) -> f64 {
        let imsis = self.numbers.next(self.many);
        raw::create(&self.hlr.db(), &imsis, false);
        let before = self.hlr.cpu();
        let rate = raw::delete(&self.settings.ctrl, &imsis, connections);
        rounds.add(&self.hlr, before, imsis.len(), rate);
        rate
    }

    async fn ours(&mut self, shape: &Shape, msc: &Visited, rounds: &mut Rounds) -> f64 {
        let imsis = self.numbers.next(self.many);
        raw::create(&self.hlr.db(), &imsis, shape.barred);
        if shape.attached {
            for imsi in &imsis {
                msc.attach(imsi, Visited::CS).await.unwrap();
            }
        }
        let before = self.hlr.cpu();
        let rate = connector(&self.settings, &imsis, shape.flight, shape.work).await;
        rounds.add(&self.hlr, before, imsis.len(), rate);
        if shape.attached {
            for imsi in &imsis {
                msc.until_detached(imsi).await;
            }
        }
        rate
    }
}

struct Shape {
    name: &'static str,
    flight: usize,
    work: Work,
    barred: bool,
    attached: bool,
}

const SHAPES: [Shape; 5] = {
    let plain = Shape {
        name: "cease, barred before, 128 at once",
        flight: 128,
        work: Work::Cease,
        barred: true,
        attached: false,
    };
    [
        Shape { name: "cease, barred before, 16 at once", flight: 16, ..plain },
        Shape { name: "cease, not attached, 128 at once", barred: false, ..plain },
        Shape { name: "cease, attached and detached, 128 at once", barred: false, attached: true, ..plain },
        Shape { name: "bar and cease, 128 at once", work: Work::BarThenCease, barred: false, ..plain },
        plain,
    ]
};

#[tokio::main]
async fn main() {
    // `cargo bench` adds a flag of its own.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let mut number = |otherwise| args.next().map_or(otherwise, |arg| arg.parse().expect("a number"));
    let (many, rounds): (usize, usize) = (number(10_000), number(3));
    let folder = args.next().unwrap_or("/dev/shm".into());
    let hlr = RunningHlr::start(&folder);
    let settings = hlr.settings();
    eprintln!("{}, database in {folder}; {many} subscribers with number and keys, {rounds} rounds", hlr.version);
    let mut bench = Bench { hlr, settings, numbers: Numbers(0), many };
    let msc = Visited::connect(&bench.settings.gsup, "MSC-bench").await.unwrap();

    // Over how many connections the element deletes fastest.
    let mut kinds = [1, 4, 8].map(|connections| (connections, Rounds::default()));
    for _ in 0..rounds {
        for (connections, found) in &mut kinds {
            bench.raw(*connections, found);
        }
    }
    for (connections, found) in &kinds {
        found.say(&format!("bare deletions, {connections} connections"));
    }
    let best = kinds.iter().max_by(|a, b| middle(&a.1.rates).total_cmp(&middle(&b.1.rates))).map_or(1, |kind| kind.0);
    let (mut bare, mut found) = (Rounds::default(), SHAPES.map(|_| Rounds::default()));
    // Each between two runs of bare deletions, so that whatever else the machine does meets both alike.
    for _ in 0..rounds {
        let mut before = bench.raw(best, &mut bare);
        for (shape, found) in SHAPES.iter().zip(&mut found) {
            let rate = bench.ours(shape, &msc, found).await;
            let after = bench.raw(best, &mut bare);
            found.shares.push(2.0 * rate / (before + after));
            before = after;
        }
    }
    eprintln!("{:<42} middle   of bare  CPU each: element + ours", "");
    bare.say(&format!("bare deletions, {best} connections"));
    for (shape, found) in SHAPES.iter().zip(&found) {
        found.say(shape.name);
        if shape.work == Work::Cease {
            // One thread does all the element's work: what the questions of the proof cost it, no client can save.
            eprintln!("    of its thread's time, the deletion is {:.0} %", 100.0 * bare.element() / found.element());
        }
    }
    let imsis = bench.numbers.next(10 * many);
    raw::create(&bench.hlr.db(), &imsis, false);
    inventory(&bench.settings, &imsis).await;
}

/// How long the element's whole inventory takes, a thousand a page.
async fn inventory(settings: &Settings, imsis: &[String]) {
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
