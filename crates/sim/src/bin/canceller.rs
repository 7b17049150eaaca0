//! A desk that ends a number of cards and is killed while it does (`tests/cancellations.rs`). It takes a data
//! directory, what lets go of the cards (see `kill::Before`), and how many; and says `declared N REFERENCE` for
//! what it has acknowledged, `.` as time goes by, and `done`.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use cease::act::declare;
use cease::app::Shared;
use sim::kill::{Before, app_before, declaration, token, who};

/// Holders at the counter at once.
const CLIENTS: u64 = 16;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().context("a data directory")?;
    let before = Before::named(&args.next().context("what lets go of the cards")?);
    let cards: u64 = args.next().context("how many cards")?.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let app = app_before(dir.as_ref(), before).await?;
        tokio::spawn(cease::work::run(app.clone(), std::future::pending()));
        let next = Arc::new(AtomicU64::new(1));
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(client(app.clone(), next.clone(), cards));
        }
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            say(".")?;
            while let Some(done) = clients.try_join_next() {
                done??;
            }
            if clients.is_empty() && app.store.outbox().await?.waiting == 0 {
                return say("done").context("nobody listens");
            }
        }
    })
}

async fn client(app: Shared, next: Arc<AtomicU64>, cards: u64) -> anyhow::Result<()> {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n > cards {
            return Ok(());
        }
        if let Some(reference) = app.store.declared_with(&token(n)).await? {
            say(&format!("declared {n} {reference}"))?;
            continue;
        }
        let now = app.now();
        let case = declare(&app, &who(now), declaration(n, now), Vec::new(), Some(&token(n))).await?;
        say(&format!("declared {n} {}", case.reference))?;
    }
}

/// A line in one write: whoever reads has all of it or nothing.
fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}
