//! The laws over PostgreSQL. `CEASE_TEST_PG` names a server as a superuser; every law has a database of its own.

mod conformance;

use conformance::over;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::world::{at, declared, said};
use store::AnyStore;

async fn fresh() -> (AnyStore, String) {
    let url = empty().await;
    let store = store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    (store, url)
}

/// A database with nothing in it.
async fn empty() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("CEASE_TEST_PG").expect("CEASE_TEST_PG names a PostgreSQL server");
    let name = format!("cease_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    raw(&server).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    with_database(&server, &name)
}

async fn raw(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, String::new()), |(base, query)| (base, format!("?{query}")));
    let hosts = base.find("://").map_or(0, |at| at + 3);
    let path = base[hosts..].find('/').map_or(base.len(), |at| hosts + at);
    format!("{}/{name}{query}", &base[..path])
}

over!(fresh);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_and_snoozes_are_filtered() {
    let (store, url) = fresh().await;
    let raw = raw(&url).await;
    conformance::claims_and_snoozes_are_filtered(store, async |sql: String| raw.batch_execute(&sql).await.unwrap())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_does_not_say_by_which_erased_case_it_was_switched() {
    let (store, url) = fresh().await;
    let raw = raw(&url).await;
    let keys =
        async || raw.query("SELECT key FROM card_switch", &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    conformance::a_card_does_not_say_by_which_erased_case_it_was_switched(store, keys).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_slow_transaction_writes_is_indexed_when_it_ends() {
    let (store, url) = fresh().await;
    store.commit(declared(1, at(0))).await.unwrap();
    conformance::settle(&store).await;
    // Takes its place in the order of transactions, and ends after a later one.
    let slow = raw(&url).await;
    slow.batch_execute("BEGIN; UPDATE probe SET count = 0; SELECT pg_current_xact_id()").await.unwrap();
    let said = said(&store.case(declared(1, at(0)).case.reference).await.unwrap().unwrap(), "later", at(1));
    store.commit(said).await.unwrap();
    store.commit(declared(2, at(2))).await.unwrap();
    let behind = conformance::index(&store).await;
    assert_eq!((behind.cases, behind.held_up), (0, true));
    let copy = "INSERT INTO journal (case_id, version, body) SELECT case_id, version + 5, body FROM journal WHERE version = 1 LIMIT 1; COMMIT";
    slow.batch_execute(copy).await.unwrap();
    assert!(conformance::settle(&store).await >= 2, "both, once nothing older runs");
    assert_eq!(store.search("later", None, 9).await.unwrap().rows.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_made_again() {
    let (store, url) = fresh().await;
    store.commit(declared(1, at(0))).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    raw(&url).await.query(cut, &[]).await.unwrap();
    let commit = declared(2, at(0));
    // The first write may find the connection dead; whatever it says, the next one must land.
    let reference = commit.case.reference;
    if store.commit(commit.clone()).await.is_err() && store.case(reference).await.unwrap().is_none() {
        store.commit(commit).await.unwrap();
    }
    assert!(store.case(reference).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_host_is_passed_over() {
    let (_, url) = fresh().await;
    // It takes connections and never says a word.
    let stalled = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (scheme, rest) = url.split_once("://").unwrap();
    let (user, place) = rest.split_once('@').unwrap_or(("postgres", rest));
    let (host, path) = place.split_once('/').unwrap();
    let several = format!("{scheme}://{user}@{},{host}/{path}", stalled.local_addr().unwrap());
    let attribute = if several.contains('?') { "&" } else { "?" };
    let options = store::Options { deadline: Duration::from_secs(2), ..Default::default() };
    let store = store::open_with(&format!("{several}{attribute}target_session_attrs=read-write"), options).await;
    let store = store.unwrap();
    store.commit(declared(1, at(0))).await.unwrap();
    assert!(store.health().await.unwrap().contains("writable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_row_is_a_deadline_and_then_free_again() {
    let (_, url) = fresh().await;
    let options = store::Options { deadline: Duration::from_millis(300), ..Default::default() };
    let store = store::open_with(&url, options).await.unwrap();
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    let other = raw(&url).await;
    other.batch_execute("BEGIN; LOCK TABLE case_").await.unwrap();
    let outcome = store.commit(said(&first.case, "waits", at(1))).await;
    assert!(matches!(outcome, Err(store::StoreError::Deadline)), "{outcome:?}");
    other.batch_execute("ROLLBACK").await.unwrap();
    // What was cut off may have landed: that is what an unknown outcome means.
    let case = store.case(first.case.reference).await.unwrap().unwrap();
    let again = store.commit(said(&case, "lands", at(2))).await;
    assert!(matches!(again, Ok(_) | Err(store::StoreError::Conflict)), "{again:?}");
}

/// Left connections would fill the server up, for everybody who uses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_any_more_ends_at_the_server_too() {
    let (_, url) = fresh().await;
    let options = store::Options { deadline: Duration::from_millis(300), ..Default::default() };
    let store = store::open_with(&url, options).await.unwrap();
    let other = raw(&url).await;
    other.batch_execute("BEGIN; LOCK TABLE case_ IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let of = declared(1, at(0)).case.reference;
    for _ in 0..6 {
        let asked = store.case(of).await;
        assert!(asked.is_err(), "{asked:?}");
    }
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = async || other.query_one(count, &[]).await.unwrap().get::<_, i64>(0);
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while waiting().await > 0 {
        assert!(std::time::Instant::now() < end, "{} still wait", waiting().await);
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    assert!(store.case(of).await.unwrap().is_none());
}

/// An index of a large table takes as long as it takes: cut off, it would be begun anew with every start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_takes_the_time_it_needs() {
    let options = store::Options { bulk_deadline: Duration::ZERO, ..Default::default() };
    let store = store::open_with(&empty().await, options).await.unwrap();
    assert!(matches!(store.shed().await, Err(store::StoreError::Deadline)), "all else has its deadline");
    store.migrate().await.unwrap();
    store.health().await.unwrap();
}

/// Readers may not sort by an index's order: a statement that asks for one would have a whole table gone through for what
/// another index finds. On an empty table too, so that the plan shows in which index was used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_through_a_table_for_what_an_index_finds() {
    let (store, url) = fresh().await;
    let (account, case) = (case::AccountId::from_bits(7), case::CaseRef::from_bits(7));
    store.sessions_of(account).await.unwrap();
    store.cards_of(account).await.unwrap();
    store.accounts_by_contact("ada@example.com").await.unwrap();
    store.staff().await.unwrap();
    store.mails_of(case).await.unwrap();
    store.journal_after(0, 9).await.unwrap();
    let raw = raw(&url).await;
    let used = async |indexes: &[&str]| {
        let sql = "SELECT indexrelname::text FROM pg_stat_user_indexes WHERE idx_scan > 0 AND indexrelname = ANY ($1)";
        let rows = raw.query(sql, &[&indexes]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    let find = [
        "session_by_account",
        "card_by_account",
        "account_by_email",
        "account_by_staff",
        "mail_by_case",
        "journal_by_seq",
    ];
    // The server counts a little later.
    for _ in 0..300 {
        if used(&find).await.len() == find.len() {
            break;
        }
        raw.batch_execute("SELECT pg_sleep(0.1)").await.unwrap();
    }
    let found = used(&find).await;
    assert!(find.iter().all(|index| found.iter().any(|f| f == index)), "used of {find:?}: {found:?}");
    let gone_through = used(&["session_by_end", "card_pkey", "account_login_key", "mail_pkey"]).await;
    assert!(gone_through.is_empty(), "{gone_through:?}");
}

/// The tables in which a text stands, as it is or as the bytes of a column.
async fn tables_with(raw: &tokio_postgres::Client, text: &str) -> Vec<String> {
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
    let mut found = Vec::new();
    for row in raw.query(tables, &[]).await.unwrap() {
        let table: String = row.get(0);
        let holds = format!(
            "SELECT count(*) FROM {table} AS t WHERE t::text ILIKE '%' || $1 || '%' \
             OR t::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'"
        );
        if raw.query_one(&holds, &[&text]).await.unwrap().get::<_, i64>(0) > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_table_has_anything_of_who_was_erased() {
    let (store, url) = fresh().await;
    let raw = raw(&url).await;
    let case = conformance::announced(&store, 1).await;
    let (theirs, card) = (conformance::world::account(1), conformance::world::card(1, case.account.unwrap()));
    conformance::settle(&store).await;
    let person = theirs.person.clone();
    let texts = [
        person.name,
        person.address,
        person.email.unwrap(),
        person.phone.unwrap(),
        theirs.login,
        card.iccid.unwrap(),
        card.msisdn.unwrap(),
        "our secret".into(),
    ];
    for text in &texts {
        assert!(!tables_with(&raw, text).await.is_empty(), "{text} is kept while there is reason to");
    }
    let cards = store.cards_of(theirs.id).await.unwrap();
    let key = case::EffectId { case: case.reference, n: 9 }.to_string();
    store.switch(cards[0].id, 1, case::CardState::Ceased, &key, at(4)).await.unwrap();
    assert!(store.erase_case(&conformance::erased(&case, Vec::new())).await.unwrap());
    assert!(store.ask_parting(theirs.id, at(9)).await.unwrap());
    let cards = store.cards_of(theirs.id).await.unwrap();
    assert!(store.erase_account(theirs.id, &cards).await.unwrap());
    conformance::settle(&store).await;
    store.shed().await.unwrap();
    for text in &texts {
        assert_eq!(tables_with(&raw, text).await, Vec::<String>::new(), "{text}");
    }
    // What is left of the case itself has its reference; nothing else has.
    let mut left = tables_with(&raw, &case.reference.to_string()).await;
    left.sort();
    assert_eq!(left, ["case_", "journal"]);
}

/// The server's certificate is for 127.0.0.1, from an authority that nobody knows publicly.
#[tokio::test]
async fn a_server_is_known_by_its_certificate() {
    let url = std::env::var("CEASE_TEST_PG").unwrap();
    let ca = std::env::var("CEASE_TEST_PG_CA").unwrap();
    let open = async |url: &str, ca: Option<&str>| {
        store::open_with(url, store::Options { ca: ca.map(Into::into), ..Default::default() }).await.map(drop)
    };
    let tls = format!("{url}?sslmode=require");
    open(&tls, Some(&ca)).await.unwrap();
    assert!(open(&tls, None).await.is_err(), "an authority nobody knows");
    let other = tls.replace("127.0.0.1", "localhost");
    assert_ne!(other, tls);
    assert!(open(&other, Some(&ca)).await.is_err(), "a certificate for another host");
    open(&url, None).await.unwrap();
}
