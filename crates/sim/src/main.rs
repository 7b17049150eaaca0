//! Many lives at once, and what they came to: `cargo run -p sim --release -- --seeds 10000`.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::Parser;
use sim::fate::Tally;
use sim::run::{Life, STEPS, run};

/// Lives through made-up years at a desk and looks for broken promises. Exit 0: none, 1: some.
#[derive(Parser)]
struct Asked {
    /// How many lives
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed
    #[arg(long, env = "CEASE_SIM_SEED", default_value_t = 1)]
    first: u64,
    /// Steps of each before the weather clears
    #[arg(long, default_value_t = STEPS)]
    steps: u64,
}

fn main() -> std::io::Result<ExitCode> {
    let asked = Asked::parse();
    let next = AtomicU64::new(0);
    let sum: Mutex<(Tally, Vec<Life>)> = Mutex::default();
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= asked.seeds {
                        return;
                    }
                    let life = run(asked.first + nth, asked.steps, None);
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    sum.0.add(&life.tally);
                    if life.broken.is_some() {
                        sum.1.push(life);
                    }
                }
            });
        }
    });
    let (tally, broken) = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut out = std::io::stdout().lock();
    for life in broken.iter().take(5) {
        writeln!(out, "{}\n", life.report())?;
    }
    let faults: u64 = tally.faults.values().sum();
    writeln!(out, "lives {}, broken {}", asked.seeds, broken.len())?;
    writeln!(out, "steps {}, virtual years {:.0}", tally.steps, tally.years())?;
    writeln!(
        out,
        "cases {}, acts {}, refusals {}, certificates {}",
        tally.cases, tally.acts, tally.refusals, tally.certificates
    )?;
    writeln!(out, "faults {faults}, crashes {}, restarts {}", tally.crashes, tally.restarts)?;
    for (name, n) in tally.faults.iter().chain(&tally.stages).chain(&tally.cautions) {
        writeln!(out, "  {n:>9} {name}")?;
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
