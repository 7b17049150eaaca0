//! How fast the public log follows the journal, and how fast it proves, beside the least that a log has to do: hashing
//! the same leaves into a tree, once, in memory. SQLite on this disk; every piece is flushed.
//!
//! `cargo bench -p cease --bench log -- [LEAVES]`

use std::sync::Arc;
use std::time::Instant;

use case::{Actor, Assurance, Declaration, Person};
use cease::{act, config::Config, log, startup};
use proof::log::tree;

const AT_ONCE: usize = 256;

fn main() -> anyhow::Result<()> {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    tokio::runtime::Runtime::new()?.block_on(run(asked.unwrap_or(50_000)))
}

async fn run(leaves: usize) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    let app = Arc::new(startup::app(config, None).await?);
    app.store.migrate().await?;
    let began = Instant::now();
    let mut hands = tokio::task::JoinSet::new();
    for n in 0..leaves {
        while hands.len() >= AT_ONCE {
            if let Some(done) = hands.join_next().await {
                done??;
            }
        }
        let app = Arc::clone(&app);
        hands.spawn(async move { declare(&app, n).await });
    }
    while let Some(done) = hands.join_next().await {
        done??;
    }
    say("declared first (not part of what is measured)", leaves, began);

    let began = Instant::now();
    log::round(&app).await?;
    let size = app.store.log_head().await?.size;
    say("appended from the journal, tiles kept, head signed", size as usize, began);

    let texts: Vec<String> = app.store.log_leaves(0, size as u32).await?.into_iter().map(|leaf| leaf.leaf).collect();
    let began = Instant::now();
    let hashes: Vec<tree::Hash> = texts.iter().map(|text| tree::leaf_hash(text.as_bytes())).collect();
    let root = tree::root(&hashes);
    say("bare: the same leaves hashed into a tree in memory", texts.len(), began);

    let manifest = log::keys::read(&app).await?.ok_or_else(|| anyhow::anyhow!("no manifest"))?.manifest;
    let head = app.store.log_checkpoint(0).await?.ok_or_else(|| anyhow::anyhow!("no signed head"))?;
    let step = (size / 5_000).max(1);
    let began = Instant::now();
    let mut tickets = Vec::new();
    for n in (0..size).step_by(step as usize) {
        tickets.push((n, log::bundle::ticket(&app, n, &head, &manifest).await?));
    }
    say("proofs made from stored tiles", tickets.len(), began);

    let began = Instant::now();
    for (n, ticket) in &tickets {
        anyhow::ensure!(tree::includes(*n, size, &hashes[*n as usize], &root, &ticket.path), "proof {n} does not hold");
    }
    say("proofs checked (hashes only)", tickets.len(), began);

    let began = Instant::now();
    log::check::everything(&app, |_, _| {}).await.map_err(|fault| anyhow::anyhow!("{fault:?}"))?;
    say("leaves, journals and rows held against what was signed", size as usize, began);
    Ok(())
}

async fn declare(app: &cease::app::App, n: usize) -> anyhow::Result<()> {
    let number = format!("8944770{n:012}");
    let found = case::identify::identify(&number, &app.policy.identify)
        .or_else(|_| case::identify::identify(&format!("LK-{n:06}-M"), &app.policy.identify))
        .map_err(|e| anyhow::anyhow!("{e}"))?;
    let declaration = Declaration {
        check: found.check,
        consent: true,
        backup: true,
        ..Declaration::of(found.id, Person { name: format!("Holder {n}"), ..Person::default() }, app.now())
    };
    let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act::declare(app, &holder, declaration, Vec::new(), None).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
fn say(what: &str, many: usize, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    println!("{:>9.0}/s  {many} in {seconds:.3} s  {what}", many as f64 / seconds);
}
