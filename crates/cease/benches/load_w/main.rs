//! Load W over HTTP: declare, match, approve, network, certificate; every step on disk before it is
//! answered, everything on that a running desk has on. See benches/README.md.
//!
//! `cargo bench -p cease --bench load_w -- [--store sqlite|postgres://…] [--clients 1,64] [--cases N]`

mod figures;
mod http;
mod limits;
mod server;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use case::CaseRef;
use clap::Parser;
use figures::{Latencies, line};
use http::Client;
use limits::Limits;
use server::{Server, free_address};
use world::{Holder, World};

#[derive(Parser)]
struct Args {
    /// `sqlite`, or the address of an empty PostgreSQL database
    #[arg(long, default_value = "sqlite")]
    store: String,
    /// Clients at once, one run each
    #[arg(long, value_delimiter = ',', default_value = "1,64")]
    clients: Vec<usize>,
    /// Cases of a run with many clients; a run with one has a tenth
    #[arg(long, default_value_t = 20_000)]
    cases: usize,
    /// Seconds of reading pages; 0 leaves it out
    #[arg(long, default_value_t = 5)]
    pages: u64,
    /// Starts to take the time of; 0 leaves it out
    #[arg(long, default_value_t = 10)]
    starts: usize,
    /// Where the data goes: the disk that is measured
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/load_w"))]
    data: PathBuf,
    /// What cargo bench says
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // One thread, so that what is left of the machine is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(all(args))
}

async fn all(args: Args) -> anyhow::Result<()> {
    let url = (args.store != "sqlite").then_some(args.store.as_str());
    line("store", if url.is_some() { "postgres" } else { "sqlite" });
    // All runs share the database that was given, and with it the keys that it was signed with.
    let shared = url.map(|_| fresh(&args.data.join("postgres"))).transpose()?;
    let dir = |name: &str| shared.clone().map_or_else(|| fresh(&args.data.join(name)), Ok);
    if args.starts > 0 {
        starts(&dir("start")?, url, args.starts).await?;
    }
    for &clients in &args.clients {
        let dir = dir(&format!("w{clients}"))?;
        let cases = if clients == 1 { args.cases.div_ceil(10) } else { args.cases };
        load(&dir, url, clients, cases).await?;
    }
    if args.pages > 0 {
        pages(&dir("pages")?, url, Duration::from_secs(args.pages)).await?;
    }
    Ok(())
}

fn fresh(dir: &Path) -> anyhow::Result<PathBuf> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(dir.to_owned())
}

async fn starts(dir: &Path, url: Option<&str>, many: usize) -> anyhow::Result<()> {
    let address = free_address()?;
    World::make(dir, address, url).await?;
    let mut took = Vec::new();
    let mut idle = 0.0;
    for n in 0..many {
        let server = Server::start(dir, address, None).await?;
        took.push(server.ready_in.as_secs_f64() * 1000.0);
        if n == 0 {
            // Long enough for what is warmed up beside the first requests.
            tokio::time::sleep(Duration::from_secs(3)).await;
            idle = server.memory("VmRSS")?;
        }
        server.stop().await?;
    }
    took.sort_by(f64::total_cmp);
    line("start: exec to ready, ms", &format!("{:.0} least, {:.0} middle of {many}", took[0], took[many / 2]));
    line("start: idle memory, MiB", &format!("{idle:.1}"));
    Ok(())
}

/// One run of W (on SQLite on a store of its own), with the disk measured before and after.
async fn load(dir: &Path, url: Option<&str>, clients: usize, cases: usize) -> anyhow::Result<()> {
    let address = free_address()?;
    let mut world = World::make(dir, address, url).await?;
    let holders = world.holders(cases).await?;
    let agent = world.agent().await?;
    let work = Arc::new(Work { holders, agent, approves: world.approves()?, next: 0.into(), again: 0.into() });
    let before = world.store.counts().await?;
    let limits = Limits::measure(dir, Duration::from_millis(1500))?;
    let server = Server::start(dir, address, None).await?;
    let (cpu, begun) = (server.cpu()?, Instant::now());
    let hands: Vec<_> = (0..clients).map(|_| tokio::spawn(client(address, work.clone()))).collect();
    let mut all = Done::default();
    for hand in hands {
        all.merge(hand.await??);
    }
    let answered = begun.elapsed();
    until_certified(&world, before, cases).await.with_context(|| format!("see {}", dir.display()))?;
    let took = begun.elapsed();
    let cpu = server.cpu()? - cpu;
    let memory = server.memory("VmHWM")?;
    server.stop().await?;
    let limits = limits.between(&Limits::measure(dir, Duration::from_millis(1500))?);
    for reference in &all.references {
        if !world.certified(*reference).await? {
            bail!("{reference} has no certificate");
        }
    }
    let rate = cases as f64 / took.as_secs_f64();
    let name = |what: &str| format!("W, {clients} clients: {what}");
    line(&name("cases"), &format!("{cases} in {:.2} s, all certified", took.as_secs_f64()));
    line(&name("cases/s"), &format!("{rate:.0}"));
    line(&name("… while clients wait, /s"), &format!("{:.0}", cases as f64 / answered.as_secs_f64()));
    line(&name("… of durable appends/s"), &format!("{:.2} of {:.0}", rate / limits.appends, limits.appends));
    line(&name("… of durable overwrites/s"), &format!("{:.2} of {:.0}", rate / limits.overwrites, limits.overwrites));
    let both = |l: &Latencies| format!("{:.2} / {:.2}", l.percentile(50.0), l.percentile(99.0));
    line(&name("declare, ms p50/p99"), &both(&all.declares));
    line(&name("approve, ms p50/p99"), &both(&all.approves));
    let (p50, p99) = {
        let mut each = all.declares;
        each.merge(all.approves);
        (each.percentile(50.0), each.percentile(99.0))
    };
    line(&name("transition, ms p50/p99"), &format!("{p50:.2} / {p99:.2}"));
    let flush = limits.overwrite_p50_ms;
    line(&name("… of one overwrite"), &format!("{:.1} / {:.1} of {flush:.3} ms", p50 / flush, p99 / flush));
    line(&name("approvals sent again"), &work.again.load(Ordering::Relaxed).to_string());
    line(&name("server processor, µs a case"), &format!("{:.0}", cpu * 1e6 / cases as f64));
    line(&name("server processors busy"), &format!("{:.2}", cpu / took.as_secs_f64()));
    line(&name("server memory at most, MiB"), &format!("{memory:.1}"));
    Ok(())
}

struct Work {
    holders: Vec<Holder>,
    agent: String,
    approves: String,
    next: AtomicUsize,
    again: AtomicUsize,
}

#[derive(Default)]
struct Done {
    declares: Latencies,
    approves: Latencies,
    references: Vec<CaseRef>,
}

impl Done {
    fn merge(&mut self, other: Self) {
        self.declares.merge(other.declares);
        self.approves.merge(other.approves);
        self.references.extend(other.references);
    }
}

/// One keep-alive connection that declares and approves, case after case.
async fn client(address: std::net::SocketAddr, work: Arc<Work>) -> anyhow::Result<Done> {
    let mut http = Client::connect(address).await?;
    let mut done = Done::default();
    while let Some(holder) = work.holders.get(work.next.fetch_add(1, Ordering::Relaxed)) {
        let begun = Instant::now();
        let answer = http.post("/cancel/check", &holder.cookie, &holder.declares).await?;
        done.declares.add(begun.elapsed());
        let reference: CaseRef = match answer.location.as_deref().and_then(|l| l.split('/').nth(2)) {
            Some(reference) if answer.status == 303 => reference.parse().ok().context("no reference")?,
            _ => bail!("declaring was answered {} {:?}: {}", answer.status, answer.location, http.body()),
        };
        let path = format!("/desk/case/{reference}/approve");
        loop {
            let begun = Instant::now();
            let answer = http.post(&path, &work.agent, &work.approves).await?;
            done.approves.add(begun.elapsed());
            match answer.status {
                303 => break,
                // A worker reported in between, and the desk wants the case seen as it is.
                409 if work.again.fetch_add(1, Ordering::Relaxed) < work.holders.len() => {}
                status => bail!("approving was answered {status}: {}", http.body()),
            }
        }
        done.references.push(reference);
    }
    Ok(done)
}

/// Waits until nothing is owed any more, letters included; which cases have their certificate is
/// looked at one by one afterwards.
async fn until_certified(world: &World, before: [u64; 9], cases: usize) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        if world.store.outbox().await?.waiting == 0 {
            let counts = world.store.counts().await?;
            let there: u64 = counts.iter().sum::<u64>() - before.iter().sum::<u64>();
            if there == cases as u64 {
                return Ok(());
            }
        }
        if begun.elapsed() > Duration::from_secs(120) {
            bail!("not all cases are certified: {:?}", world.store.counts().await?);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Signed-in pages from live data, 64 clients, the server on one core where that can be had.
async fn pages(dir: &Path, url: Option<&str>, time: Duration) -> anyhow::Result<()> {
    const CLIENTS: usize = 64;
    let address = free_address()?;
    let mut world = World::make(dir, address, url).await?;
    let holders = world.holders(CLIENTS).await?;
    let agent = world.agent().await?;
    let (approves, cookies) = (world.approves()?, holders.iter().map(|h| h.cookie.clone()).collect::<Vec<_>>());
    let before = world.store.counts().await?;
    let pinned = std::process::Command::new("taskset").arg("-V").output().is_ok();
    let server = Server::start(dir, address, pinned.then_some(0)).await?;
    let work = Arc::new(Work { holders, agent, approves, next: 0.into(), again: 0.into() });
    let references = client(address, work).await?.references;
    until_certified(&world, before, CLIENTS).await?;
    for (what, path) in [("a case", None), ("the account", Some("/account"))] {
        let cpu = server.cpu()?;
        let until = Instant::now() + time;
        let hands: Vec<_> = cookies
            .iter()
            .zip(&references)
            .map(|(cookie, reference)| {
                let path = path.map_or_else(|| format!("/case/{reference}"), str::to_owned);
                tokio::spawn(reader(address, cookie.clone(), path, until))
            })
            .collect();
        let mut all = Latencies::default();
        let mut found = true;
        for hand in hands {
            match hand.await?? {
                Some(latencies) => all.merge(latencies),
                None => found = false,
            }
        }
        let name = |unit: &str| format!("page of {what}: {unit}");
        if !found {
            line(&name("pages/s"), "there is no such page yet");
            continue;
        }
        let core = if pinned { "one core" } else { "all cores" };
        line(&name("pages/s"), &format!("{:.0} on {core}", all.len() as f64 / time.as_secs_f64()));
        line(&name("ms p50/p99"), &format!("{:.2} / {:.2}", all.percentile(50.0), all.percentile(99.0)));
        line(&name("server processor, µs each"), &format!("{:.0}", (server.cpu()? - cpu) * 1e6 / all.len() as f64));
    }
    server.stop().await
}

/// None where the page does not exist.
async fn reader(
    address: std::net::SocketAddr,
    cookie: String,
    path: String,
    until: Instant,
) -> anyhow::Result<Option<Latencies>> {
    let mut http = Client::connect(address).await?;
    let mut latencies = Latencies::default();
    while Instant::now() < until {
        let begun = Instant::now();
        match http.get(&path, &cookie).await?.status {
            200 => latencies.add(begun.elapsed()),
            404 => return Ok(None),
            status => bail!("{path} was answered {status}: {}", http.body()),
        }
    }
    Ok(Some(latencies))
}
