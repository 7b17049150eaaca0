//! A desk at work that tells what it has acknowledged, and waits to be killed (`tests/kill.rs`).
//! It takes a data directory and the number of the first card it may end.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use case::Stage;
use cease::act::declare;
use cease::app::Shared;
use sim::kill::{app, card, declaration, token, who};
use store::Import;

/// Holders at the counter at once.
const CLIENTS: u64 = 8;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().context("a data directory")?;
    let first: u64 = args.next().context("the first card")?.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let app = app(dir.as_ref()).await?;
        tokio::spawn(cease::work::run(app.clone(), std::future::pending()));
        let next = Arc::new(AtomicU64::new(first));
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(client(app.clone(), next.clone()));
        }
        clients.join_next().await.context("no clients")??
    })
}

async fn client(app: Shared, next: Arc<AtomicU64>) -> anyhow::Result<()> {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let now = app.now();
        app.store.import(Import { accounts: Vec::new(), cards: vec![card(n, now)] }).await?;
        say(&format!("sends {n} {}", now.as_microsecond()))?;
        let case = declare(&app, &who(now), declaration(n, now), Vec::new(), Some(&token(n))).await?;
        say(&format!("declared {n} {}", case.reference))?;
        loop {
            let row = app.store.case(case.reference).await?.context("it was acknowledged")?;
            if let Stage::Ceased { certificate: Some(digest), .. } = &row.stage {
                say(&format!("certified {n} {digest}"))?;
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A line in one write: whoever reads has all of it or nothing.
fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}
