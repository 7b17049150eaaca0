//! How many durable transitions a store takes, beside what its disk can do in the same minutes.
//!
//! `cargo bench -p store --bench commit -- [CASES]`; PostgreSQL where `CEASE_TEST_PG` names an
//! empty database. Each case is declared and changed three times; every change is on disk before the
//! next is sent.

#[path = "../tests/conformance/world.rs"]
#[expect(dead_code, reason = "the bench needs a part of the world of the tests")]
mod world;

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use case::{Actor, Command, Outcome};
use store::{AnyStore, Commit, Import};
use world::{at, declared, said, step};

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn main() {
    let cases = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(20_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::Builder::new().prefix("bench").tempdir_in(".").expect("a folder");
        let sqlite = format!("sqlite:{}", folder.path().join("bench.db").display());
        let postgres = std::env::var("CEASE_TEST_PG").ok();
        let mut first = 0;
        for (name, url) in [("sqlite", Some(sqlite)), ("postgres", postgres)] {
            let Some(url) = url else { continue };
            let store = store::open(&url).await.expect("a store");
            store.migrate().await.expect("a schema");
            for clients in [1, 64] {
                let disk = raw_appends(folder.path());
                let share = if clients == 1 { cases / 20 } else { cases };
                let line = measure(&store, first, share, clients, disk).await;
                say(&format!("{name:8} {line}"));
                first += share;
            }
            let account = world::account(1);
            let cards = (0..100_000).map(|n| world::card(n, account.id)).collect();
            let begun = Instant::now();
            store.import(Import { accounts: vec![account], cards }).await.expect("an import");
            say(&format!("{name:8} import of 100,000 cards: {:.1} s", begun.elapsed().as_secs_f64()));
        }
    });
}

/// Appends of 4 KiB a second, each followed by `fdatasync`.
fn raw_appends(folder: &std::path::Path) -> f64 {
    let mut file = File::create(folder.join("raw")).expect("a file");
    let (begun, mut times) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_millis(1500) {
        file.write_all(&[7; 4096]).expect("a write");
        file.sync_data().expect("a flush");
        times += 1;
    }
    f64::from(times) / begun.elapsed().as_secs_f64()
}

/// One case's four changes, made beforehand so that only the store is measured.
fn story(n: u64) -> Vec<Commit> {
    let first = declared(n, at(0));
    let outcome = Outcome::Delivered;
    let second = step(Some(&first.case), &Actor::Network, &Command::Report { n: 0, outcome }, None, at(1));
    let third = said(&second.case, &"what was found ".repeat(40), at(2));
    let note = Command::note("for the desk ".repeat(8));
    let fourth = step(Some(&third.case), &world::agent(900), &note, None, at(3));
    vec![first, second, third, fourth]
}

async fn measure(store: &AnyStore, first: u64, cases: u64, clients: u64, disk: f64) -> String {
    let client = |k: u64| {
        let stories: Vec<_> = (0..cases / clients).map(|n| story(first + k * (cases / clients) + n)).collect();
        let store = store.clone();
        async move {
            let mut took = Vec::with_capacity(stories.len() * 4);
            for commit in stories.into_iter().flatten() {
                let begun = Instant::now();
                store.commit(commit).await.expect("a commit");
                took.push(begun.elapsed());
            }
            took
        }
    };
    let ready: Vec<_> = (0..clients).map(client).collect();
    let begun = Instant::now();
    let running: Vec<_> = ready.into_iter().map(tokio::spawn).collect();
    let mut took = Vec::new();
    for one in running {
        took.extend(one.await.expect("a client"));
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    let quantile = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1000.0;
    format!(
        "{clients:2} clients: {rate:7.0} transitions/s = {:.2} x raw ({disk:.0} fdatasync/s), p50 {:.2} ms, p99 {:.2} ms, max {:.1} ms",
        rate / disk,
        quantile(0.5),
        quantile(0.99),
        quantile(1.0)
    )
}
