//! The laws over SQLite, and what only a file can be asked: to be newer than the program, and to survive `kill -9`.

mod conformance;

use conformance::over;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use case::CaseRef;
use conformance::world::{at, declared, said};
use store::AnyStore;

async fn fresh() -> (AnyStore, ()) {
    let store = store::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    (store, ())
}

over!(fresh);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_and_snoozes_are_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cease.db");
    let store = store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let raw = rusqlite::Connection::open(&file).unwrap();
    conformance::claims_and_snoozes_are_filtered(store, async |sql: String| {
        raw.execute(&sql, []).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_does_not_say_by_which_erased_case_it_was_switched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cease.db");
    let store = store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let raw = rusqlite::Connection::open(&file).unwrap();
    let keys = async || {
        let mut keys = raw.prepare("SELECT key FROM card_switch").unwrap();
        keys.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    conformance::a_card_does_not_say_by_which_erased_case_it_was_switched(store, keys).await;
}

/// Each byte of the file and of its log is looked at.
#[tokio::test]
async fn what_is_erased_leaves_the_disk() {
    use case::rules::Class;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cease.db");
    let store = store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let canary = "canary-93517-of-the-mine";
    let on_disk = || {
        let has = |bytes: &[u8]| bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
        let files =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.filter(|bytes| has(bytes)).count()
    };
    let mut commit = declared(1, at(0));
    commit.case.stage = case::Stage::Withdrawn { at: at(1) };
    for (n, pages) in [(1, 1), (2, 40)] {
        let bytes = canary.repeat(pages * 200).into_bytes();
        let (media, name) = ("image/png".to_owned(), String::new());
        let kept = store::StoredFile { id: case::FileId::from_bits(n), media, name, bytes, at: at(0) };
        store.put_file(kept).await.unwrap();
        commit.case.files.push(case::FileId::from_bits(n));
    }
    store.commit(commit.clone()).await.unwrap();
    store.shed().await.unwrap();
    assert!(on_disk() > 0, "nothing to be found");
    let (reference, late) = (commit.case.reference, at(1_000_000));
    assert!(store.erase(reference, Class::Files, &commit.case.files, late, at(9)).await.unwrap());
    assert!(on_disk() > 0, "the log has not been written back");
    store.shed().await.unwrap();
    assert_eq!(on_disk(), 0);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_a_missing_one_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cease.db");
    let url = format!("sqlite:{}", file.display());
    let store = store::open(&url).await.unwrap();
    let why = store.health().await.unwrap_err().to_string();
    assert!(why.contains("has to be migrated"), "{why}");
    assert!(store.counts().await.is_err());
    let version = store.migrate().await.unwrap();
    assert!(store.health().await.is_ok());
    drop(store);
    let raw = rusqlite::Connection::open(&file).unwrap();
    raw.execute("INSERT INTO schema_version (version) VALUES (?1)", [version + 1]).unwrap();
    let why = store::open(&url).await.err().unwrap().to_string();
    assert!(why.contains("newer program"), "{why}");
}

/// Run by the test below in a process of its own: commits for ever and says what was acknowledged.
#[test]
fn child_that_commits() {
    let Ok(url) = std::env::var("STORE_KILL_URL") else { return };
    let first: u64 = std::env::var("STORE_KILL_FIRST").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = store::open(&url).await.unwrap();
        let client = |n: u64| {
            let store = store.clone();
            tokio::spawn(async move {
                for turn in 0.. {
                    let commit = declared(first + n * 100_000 + turn, at(0));
                    let next = said(&commit.case, "more", at(1));
                    for commit in [commit, next] {
                        let (reference, version) = (commit.case.reference, commit.case.version);
                        store.commit(commit).await.unwrap();
                        use std::io::Write;
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "acknowledged {} {version}", reference.bits()).unwrap();
                        out.flush().unwrap();
                    }
                }
            })
        };
        let clients: Vec<_> = (0..8).map(client).collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("cease.db").display());
    store::open(&url).await.unwrap().migrate().await.unwrap();
    let mut acknowledged: Vec<(u64, u64)> = Vec::new();
    for round in 0..20u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_commits", "--nocapture", "--test-threads=1"])
            .env("STORE_KILL_URL", &url)
            .env("STORE_KILL_FIRST", (round * 1_000_000).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Killed after a number of acknowledgements that falls anywhere within a group.
        let wanted = 1 + round * 37 % 101;
        let mut seen = 0;
        while seen < wanted {
            let Some(line) = lines.next() else { break };
            seen += u64::from(note(&line, &mut acknowledged));
        }
        child.kill().unwrap();
        lines.for_each(|line| {
            note(&line, &mut acknowledged);
        });
        child.wait().unwrap();
        assert!(seen >= wanted, "the child stopped by itself");
    }
    let store = store::open(&url).await.unwrap();
    for (bits, version) in &acknowledged {
        let reference = CaseRef::from_bits(*bits);
        let case = store.case(reference).await.unwrap().unwrap();
        assert!(case.version >= *version, "{reference} lost version {version}");
        let journal = store.journal(reference).await.unwrap();
        assert_eq!(case::evolve::fold(reference, &journal), Some(case));
    }
    assert!(acknowledged.len() > 20);
}

fn note(line: &str, acknowledged: &mut Vec<(u64, u64)>) -> bool {
    let Some((_, rest)) = line.split_once("acknowledged ") else { return false };
    let mut numbers = rest.split(' ').map_while(|n| n.parse().ok());
    let (Some(bits), Some(version)) = (numbers.next(), numbers.next()) else { return false };
    acknowledged.push((bits, version));
    true
}

/// A statement that never ends is cut off, and the connection serves the next.
#[tokio::test]
async fn a_busy_file_is_a_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cease.db");
    let options = store::Options { deadline: Duration::from_millis(50), ..Default::default() };
    let store = store::open_with(&format!("sqlite:{}", file.display()), options).await.unwrap();
    store.migrate().await.unwrap();
    let raw = rusqlite::Connection::open(&file).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let outcome = store.commit(declared(1, at(0))).await;
    assert!(matches!(outcome, Err(store::StoreError::Deadline)), "{outcome:?}");
    raw.execute_batch("ROLLBACK").unwrap();
    // Where the machine is busy, some more are late.
    for n in 2..200 {
        match store.commit(declared(n, at(0))).await {
            Err(store::StoreError::Deadline) => {}
            outcome => return outcome.map(drop).unwrap(),
        }
    }
    panic!("nothing is served any more");
}
