//! A chat message on its way to the other screen: an agent posts it, the holder's open stream hints, the
//! page is read again and has it. With many open streams, on a server that is a process of its own; every
//! message is on disk before it is hinted at. Also what an open stream costs in memory.
//!
//! `cargo bench -p cease --bench chat -- [--streams 500] [--messages 2000] [--at-once 1,8]`

#[path = "../load_w/figures.rs"]
mod figures;
#[path = "../load_w/http.rs"]
mod http;
#[path = "../load_w/server.rs"]
mod server;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use case::{Actor, Assurance, CaseRef, Channel, Declaration, Level, Person, Role};
use cease::config::Config;
use cease::keys::{Keys, hex_of, sha256};
use cease::{act, app::App, chance, startup};
use clap::Parser;
use figures::{Latencies, line};
use http::{Client, form};
use jiff::SignedDuration;
use server::{Server, free_address};
use store::{Account, Session};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

#[derive(Parser)]
struct Args {
    /// Open streams, one holder's browser each
    #[arg(long, default_value_t = 500)]
    streams: usize,
    /// Messages of a run
    #[arg(long, default_value_t = 2_000)]
    messages: usize,
    /// Messages under way at once, one run each
    #[arg(long, value_delimiter = ',', default_value = "1,8")]
    at_once: Vec<usize>,
    /// Where the data goes
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/chat"))]
    data: PathBuf,
    /// What cargo bench says
    #[arg(long, hide = true)]
    bench: bool,
}

/// A browser with the chat of its case open.
struct Holder {
    cookie: String,
    case: CaseRef,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // One thread, so that what is left of the machine is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(all(args))
}

async fn all(args: Args) -> anyhow::Result<()> {
    if args.data.exists() {
        std::fs::remove_dir_all(&args.data)?;
    }
    std::fs::create_dir_all(&args.data)?;
    let address = free_address()?;
    let (holders, agent, csrf) = world(&args.data, address, args.streams).await?;
    let server = Server::start(&args.data, address, None).await?;
    line("server ready, ms", &format!("{:.0}", server.ready_in.as_secs_f64() * 1000.0));
    let mut client = Client::connect(address).await?;
    // Everybody has their page open before anybody listens, so that only streams are added between.
    for holder in &holders {
        page(&mut client, holder).await?;
    }
    let before = server.memory("VmRSS")?;
    let mut streams = Vec::new();
    for holder in &holders {
        streams.push(Arc::new(tokio::sync::Mutex::new(listen(address, holder).await?)));
    }
    let after = server.memory("VmRSS")?;
    let each = (after - before) * 1024.0 / holders.len() as f64;
    line("open streams", &streams.len().to_string());
    line("server memory, MiB before / with streams", &format!("{before:.1} / {after:.1}"));
    line("memory of an open stream, KiB", &format!("{each:.1}"));
    let work = Arc::new(Work { holders, streams, agent, csrf, next: 0.into(), messages: args.messages });
    for at_once in args.at_once {
        work.next.store(0, Ordering::Relaxed);
        let (cpu, begun) = (server.cpu()?, Instant::now());
        let hands: Vec<_> = (0..at_once).map(|_| tokio::spawn(hand(address, work.clone()))).collect();
        let (mut hinted, mut read) = (Latencies::default(), Latencies::default());
        for each in hands {
            let (h, r) = each.await??;
            hinted.merge(h);
            read.merge(r);
        }
        let name = |what: &str| format!("{at_once} at once: {what}");
        let show = |l: &Latencies| {
            format!("{:.1} / {:.1} / {:.1}", l.percentile(50.0), l.percentile(99.0), l.percentile(100.0))
        };
        line(&name("messages/s"), &format!("{:.0}", read.len() as f64 / begun.elapsed().as_secs_f64()));
        line(&name("posted to hinted, ms p50/p99/max"), &show(&hinted));
        line(&name("posted to read on the other screen, ms p50/p99/max"), &show(&read));
        line(
            &name("server processor, ms a message"),
            &format!("{:.2}", (server.cpu()? - cpu) * 1e3 / args.messages as f64),
        );
    }
    line("server memory at most, MiB", &format!("{:.1}", server.memory("VmHWM")?));
    let begun = Instant::now();
    server.stop().await?;
    line("stopped with all streams open, s", &format!("{:.2}", begun.elapsed().as_secs_f64()));
    Ok(())
}

struct Work {
    holders: Vec<Holder>,
    streams: Vec<Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Instant>>>>,
    agent: String,
    csrf: String,
    next: AtomicUsize,
    messages: usize,
}

/// Posts a message, waits for its hint, and reads the holder's page again, message after message.
async fn hand(address: SocketAddr, work: Arc<Work>) -> anyhow::Result<(Latencies, Latencies)> {
    let (mut agent, mut holder) = (Client::connect(address).await?, Client::connect(address).await?);
    let (mut hinted, mut read) = (Latencies::default(), Latencies::default());
    loop {
        let n = work.next.fetch_add(1, Ordering::Relaxed);
        if n >= work.messages {
            return Ok((hinted, read));
        }
        let at = n % work.holders.len();
        let to = &work.holders[at];
        let mut stream = work.streams[at].lock().await;
        while stream.try_recv().is_ok() {}
        let text = format!("message {n} {}", chance::token());
        let body = form(&[("csrf", &work.csrf), ("chat-text", &text), ("way", "chat")]);
        let begun = Instant::now();
        let path = format!("/desk/chat/{}", to.case);
        let post = agent.post(&path, &work.agent, &body);
        let see = async {
            loop {
                let heard = stream.recv().await.context("a stream has ended")?;
                if heard < begun {
                    continue;
                }
                let hinted = heard.duration_since(begun);
                // A hint is not yet the message: it is there when the page that is read again has it.
                if page(&mut holder, to).await?.contains(&text) {
                    return anyhow::Ok((hinted, begun.elapsed()));
                }
            }
        };
        let (answer, seen) = tokio::join!(post, tokio::time::timeout(Duration::from_secs(10), see));
        let answer = answer?;
        if answer.status != 303 || !answer.location.is_some_and(|to| to.contains("done=chatted")) {
            bail!("a message did not go by chat: {}", agent.body());
        }
        let (h, r) = seen.context("no hint came")??;
        hinted.add(h);
        read.add(r);
    }
}

async fn page(client: &mut Client, holder: &Holder) -> anyhow::Result<String> {
    let answer = client.get(&format!("/case/{}/chat", holder.case), &holder.cookie).await?;
    if answer.status != 200 {
        bail!("the chat was answered {}", answer.status);
    }
    Ok(client.body())
}

/// Opens a stream; when each hint of its own case came.
async fn listen(address: SocketAddr, holder: &Holder) -> anyhow::Result<mpsc::UnboundedReceiver<Instant>> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!("GET /live HTTP/1.1\r\nhost: bench\r\ncookie: cease={}\r\n\r\n", holder.cookie);
    stream.write_all(head.as_bytes()).await?;
    let mut lines = BufReader::with_capacity(512, stream).lines();
    let status = lines.next_line().await?.context("no answer")?;
    if !status.contains(" 200 ") {
        bail!("a stream was refused: {status}");
    }
    while !lines.next_line().await?.context("the stream has ended")?.starts_with("id: ") {}
    let (hint, hints) = mpsc::unbounded_channel();
    let ours = format!("data: thread {}", holder.case);
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            if line == ours && hint.send(Instant::now()).is_err() {
                break;
            }
        }
    });
    Ok(hints)
}

/// Holders with a case and a browser each, and an agent; the agent's cookie and form token.
async fn world(dir: &Path, address: SocketAddr, many: usize) -> anyhow::Result<(Vec<Holder>, String, String)> {
    let mut config = Config::default();
    config.desk.url = format!("http://127.0.0.1:{}", address.port());
    config.desk.listen = address.to_string();
    config.desk.data = dir.to_owned();
    config.limits.streams_per_network = many + 10;
    std::fs::write(dir.join("cease.toml"), toml::to_string(&config)?)?;
    let keys = Keys::load_or_make(&dir.join("keys"), &startup::host(&config.desk.url))?;
    let app = startup::app(config, None).await?;
    app.store.migrate().await?;
    let mut holders = Vec::new();
    for n in 0..many {
        let case = declare(&app, n).await?;
        let cookie = session(&app, None, vec![case]).await?;
        holders.push(Holder { cookie, case });
    }
    let agent = Account {
        role: Some(Role::Agent),
        ..Account::of(
            case::AccountId::from_bits(chance::bits()),
            "agent".into(),
            Person { name: "Agent".into(), ..Person::default() },
            app.now(),
        )
    };
    let id = agent.id;
    app.store.put_account(agent).await?;
    let cookie = session(&app, Some(id), Vec::new()).await?;
    let csrf = hex_of(&keys.mac("csrf", &[cookie.as_bytes()])[..16]);
    Ok((holders, cookie, csrf))
}

async fn declare(app: &App, n: usize) -> anyhow::Result<CaseRef> {
    let found = case::identify::identify(&format!("phone: +447700{:06}", n % 1_000_000), &app.policy.identify)
        .map_err(|why| anyhow::anyhow!("{why:?}"))?;
    let declaration = Declaration {
        channel: Channel::Chat,
        check: found.check,
        statement: Some("Please end my card.".into()),
        ..Declaration::of(found.id, Person::default(), app.now())
    };
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    Ok(act::declare(app, &nobody, declaration, Vec::new(), None).await?.reference)
}

async fn session(app: &App, account: Option<case::AccountId>, cases: Vec<CaseRef>) -> anyhow::Result<String> {
    let (cookie, now) = (chance::token(), app.now());
    let session = Session {
        id: sha256(cookie.as_bytes()),
        account,
        level: if account.is_some() { Level::SecondFactor } else { Level::Nothing },
        proven_at: Some(now),
        proven_account: None,
        created_at: now,
        seen_at: now,
        expires_at: now + SignedDuration::from_hours(12),
        cases,
        draft: None,
        agent: "bench".into(),
        confirmed_at: None,
    };
    app.store.put_session(session).await?;
    Ok(cookie)
}
