//! Lists, cases and searches among a million cases, beside eight clients.
//!
//! `cargo bench -p store --bench million -- [--store sqlite|postgres://…] [--cases N] [--quick]`; the
//! database must be empty. Filling it takes a few minutes and some gigabytes.

#[path = "../../tests/conformance/world.rs"]
#[expect(dead_code, reason = "the bench needs a part of the world of the tests")]
mod world;

mod fill;
mod made;

use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use case::{AccountId, CaseRef};
use jiff::tz::TimeZone;
use store::{AnyStore, Asker, Cursor, Filter, Start, View};

const CLIENTS: u64 = 8;
const ROWS: u32 = 51;

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn argument(name: &str) -> Option<String> {
    let mut args = std::env::args();
    args.find(|arg| arg == name).and_then(|_| args.next())
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let cases = argument("--cases").and_then(|n| n.parse().ok()).unwrap_or(if quick { 50_000 } else { 1_000_000 });
    let url = argument("--store").unwrap_or_else(|| "sqlite".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder =
            tempfile::Builder::new().prefix("million").tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let file = folder.path().join("million.db");
        let begun = Instant::now();
        let (store, many) = if url == "sqlite" {
            let url = format!("sqlite:{}", file.display());
            store::open(&url).await.expect("a store").migrate().await.expect("a schema");
            let many = fill::sqlite(&file, cases);
            (store::open(&url).await.expect("a store"), many)
        } else {
            let store = store::open(&url).await.expect("a store");
            store.migrate().await.expect("a schema");
            let many = fill::postgres(&url, cases).await;
            (store, many)
        };
        say(&format!(
            "{}: {many} cases, filled in {:.0} s",
            store.health().await.expect("a store"),
            begun.elapsed().as_secs_f64()
        ));
        let rounds = if quick { 20 } else { 60 };
        say("| | p50 ms | p99 ms | most ms | rows |\n|---|---|---|---|---|");
        for (name, work) in kinds(cases) {
            measure(&store, &name, &Arc::new(work), rounds).await;
        }
        indexing(&store, cases, if quick { 500 } else { 2_000 }).await;
    });
}

fn me() -> Asker {
    Asker {
        staff: AccountId::from_bits(901),
        agency: None,
        seconds: true,
        now: world::at(730 * 86_400),
        zone: TimeZone::UTC,
    }
}

/// One question, from the number that varies it; answers the rows it found.
type Work = Box<dyn Fn(AnyStore, u64) -> Pin<Box<dyn Future<Output = usize> + Send>> + Send + Sync>;

fn work<F: Future<Output = usize> + Send + 'static>(f: impl Fn(AnyStore, u64) -> F + Send + Sync + 'static) -> Work {
    Box::new(move |store, n| Box::pin(f(store, n)))
}

fn list(query: &str, deep: Option<(u64, u64)>) -> Work {
    let filter = Filter::parse(query);
    work(move |store, n| {
        let start = deep.map_or(Start::First, |(part, of)| {
            let at = made::received(part + n % 1_000, of);
            Start::After(Cursor { at_us: at.as_microsecond(), reference: CaseRef::from_bits(0) })
        });
        async move { store.filtered(&filter, &me(), start, ROWS).await.expect("a list").rows.len() }
    })
}

fn count(query: &str) -> Work {
    let filter = Filter::parse(query);
    work(
        move |store, _| async move { store.count(&filter, &me(), Duration::ZERO).await.expect("a count").many as usize },
    )
}

fn search(text: impl Fn(u64) -> String + Send + Sync + 'static) -> Work {
    work(move |store, n| {
        let text = text(n);
        async move { store.search(&text, None, ROWS).await.expect("a search").rows.len() }
    })
}

/// What is typed, from the number that varies it.
type Text = Box<dyn Fn(u64) -> String + Send + Sync>;

fn kinds(cases: u64) -> Vec<(String, Work)> {
    let mut kinds: Vec<(String, Work)> = Vec::new();
    for view in View::ALL {
        let (name, query) = (view.name(), format!("view={}", view.name()));
        let place = if view.order() == store::filter::Order::Newest { cases / 2 } else { cases * 19 / 20 };
        kinds.push((format!("list {name}, first page"), list(&query, None)));
        kinds.push((format!("list {name}, deep page"), list(&query, Some((place, cases)))));
        kinds.push((format!("count {name}"), count(&query)));
    }
    let filters = [
        "view=review&cause=not-proven&channel=web",
        "flag=suspect&language=zh-CN",
        "view=done&channel=letter",
        "view=done&channel=letter&flag=stuck",
        "stage=closed&channel=shell",
        "view=review&claim=nobody",
        "stage=review,contested&sort=due",
        "claim=me",
        "second=me",
    ];
    for query in filters {
        kinds.push((format!("list {query}"), list(query, None)));
        kinds.push((format!("count {query}"), count(query)));
    }
    let deep = list("flag=suspect&language=zh-CN", Some((cases / 2, cases)));
    kinds.push(("list flag=suspect&language=zh-CN, deep page".to_owned(), deep));
    kinds.push((
        "counts of stages".to_owned(),
        work(|store, _| async move { store.counts().await.expect("counts").len() }),
    ));
    kinds.push((
        "outbox".to_owned(),
        work(|store, _| async move { store.outbox().await.map(|_| 1).expect("an outbox") }),
    ));
    let of = move |n: u64| made::mixed(n, 77) % cases;
    let reference = move |n| CaseRef::from_bits(made::mixed(of(n), 10));
    kinds.push((
        "case and journal".to_owned(),
        work(move |store, n| async move {
            let case = store.case(reference(n)).await.expect("a case");
            usize::from(case.is_some()) + store.journal(reference(n)).await.expect("a journal").len()
        }),
    ));
    kinds.push((
        "search: mistyped reference".to_owned(),
        work(move |store, n| async move {
            let mut text = reference(n).to_string();
            text.replace_range(2..3, "U");
            store.near(&text).await.expect("cases").len()
        }),
    ));
    let texts: [(&str, Text); 13] = [
        ("ICCID, 12 digits", Box::new(move |n| made::iccid(of(n))[..12].to_owned())),
        ("serial, 8 characters", Box::new(move |n| format!("LK-{:07}", of(n))[..9].to_owned())),
        ("end of a phone number, 4 digits", Box::new(move |n| format!("{:04}", made::mixed(n, 5) % 10_000))),
        ("phone number", Box::new(move |n| fill::sample(of(n)).phone.unwrap_or_default())),
        ("name", Box::new(move |n| fill::sample(of(n)).name)),
        ("beginning of a name", Box::new(move |n| fill::sample(of(n)).name.chars().take(2).collect())),
        ("two characters of a Chinese name", Box::new(|n| ["李伟", "王芳", "陈静", "龘𠮷"][n as usize % 4].to_owned())),
        ("e-mail address", Box::new(move |n| fill::sample(of(n)).email.unwrap_or_default())),
        ("word of a hundred thousand texts", Box::new(|n| ["please", "refund", "abroad"][n as usize % 3].to_owned())),
        ("rare word", Box::new(move |n| made::rare_word(of(n)))),
        ("three words of texts", Box::new(|_| "please refund balance".to_owned())),
        ("common and rare word", Box::new(move |n| format!("please {}", made::rare_word(of(n))))),
        ("nothing", Box::new(|n| format!("nobody{n}"))),
    ];
    kinds.extend(texts.into_iter().map(|(name, text)| (format!("search: {name}"), search(text))));
    kinds
}

async fn measure(store: &AnyStore, name: &str, work: &Arc<Work>, rounds: u64) {
    let client = |k: u64| {
        let (store, work) = (store.clone(), work.clone());
        async move {
            let mut took = Vec::new();
            let mut rows = 0;
            for round in 0..rounds {
                let begun = Instant::now();
                rows += work(store.clone(), k * rounds + round).await;
                took.push(begun.elapsed());
            }
            (took, rows)
        }
    };
    // Once, for what is read and planned only once.
    client(CLIENTS).await;
    let running: Vec<_> = (0..CLIENTS).map(|k| tokio::spawn(client(k))).collect();
    let (mut took, mut rows) = (Vec::new(), 0);
    for one in running {
        let (times, found) = one.await.expect("a client");
        took.extend(times);
        rows += found;
    }
    took.sort();
    let quantile = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1000.0;
    let each = rows as f64 / took.len() as f64;
    say(&format!("| {name} | {:.1} | {:.1} | {:.1} | {each:.0} |", quantile(0.5), quantile(0.99), quantile(1.0)));
}

/// What the index costs, for each case that is declared.
async fn indexing(store: &AnyStore, cases: u64, many: u64) {
    let begun = Instant::now();
    for n in 0..many {
        let mut commit = world::declared(n, world::at(730 * 86_400));
        let made = made::make(&commit, cases + n, cases);
        (commit.case, commit.entries) = (made.case, vec![made.entry]);
        commit.effects.clear();
        store.commit(commit).await.expect("a commit");
    }
    let declared = begun.elapsed();
    let (begun, mut longest, mut indexed) = (Instant::now(), Duration::ZERO, 0);
    loop {
        let batch = Instant::now();
        let done = store.index(200, &|case| case::deadline::shown(case, &world::policy())).await.expect("the index");
        longest = longest.max(batch.elapsed());
        indexed += done.cases;
        if !done.more {
            break;
        }
    }
    let ms = |took: Duration, of: u64| took.as_secs_f64() * 1000.0 / of as f64;
    say(&format!(
        "index: {indexed} new cases, {:.2} ms each ({:.2} ms each to declare, one after another), longest batch of 200 {:.0} ms",
        ms(begun.elapsed(), many),
        ms(declared, many),
        longest.as_secs_f64() * 1000.0
    ));
}
