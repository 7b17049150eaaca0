//! Fills a store in bulk, past its writer: rows as commits would have left them, and the index as
//! the indexer would have.

use case::AccountId;
use store::bulk::Row;
use tokio_postgres::types::ToSql;

use super::made::{self, Made, make, mixed};
use super::world;

/// Cases in one transaction.
const CHUNK: u64 = 2_000;

struct Ready {
    made: Made,
    row: Row,
    body: String,
    entry: String,
}

fn ready(template: &store::Commit, from: u64, to: u64, of: u64) -> Vec<Ready> {
    let one = |n| {
        let made = make(template, n, of);
        let row = store::bulk::row(&made.case, std::slice::from_ref(&made.entry), Some(&made.card), made.due_us);
        let body = serde_json::to_string(&made.case).expect("a case");
        let entry = serde_json::to_string(&made.entry).expect("an entry");
        Ready { made, row, body, entry }
    };
    (from..to).map(one).collect()
}

/// Made on another thread while the last chunk is written.
fn chunks(cases: u64) -> std::sync::mpsc::Receiver<Vec<Ready>> {
    let (send, receive) = std::sync::mpsc::sync_channel(4);
    std::thread::spawn(move || {
        let template = world::declared(1, world::at(0));
        let mut from = 0;
        while from < cases {
            let to = (from + CHUNK).min(cases);
            if send.send(ready(&template, from, to, cases)).is_err() {
                return;
            }
            from = to;
        }
    });
    receive
}

/// By term, as they lie in the index.
fn terms(chunk: &[Ready]) -> Vec<[i64; 4]> {
    let mut terms: Vec<[i64; 4]> = chunk
        .iter()
        .flat_map(|r| {
            let id = r.made.case.reference.bits() as i64;
            r.row.terms.iter().map(move |term| [r.row.day, *term, r.row.received_us, id])
        })
        .collect();
    terms.sort_unstable();
    terms
}

fn claimed(r: &Ready) -> Option<i64> {
    let open = r.made.case.stage.is_open() && mixed(r.row.received_us as u64, 20).is_multiple_of(20);
    open.then(|| AccountId::from_bits(900 + r.row.received_us as u64 % 5).key())
}

fn blob(row: &Row) -> Vec<u8> {
    row.terms.iter().flat_map(|term| term.to_be_bytes()).collect()
}

pub fn sqlite(file: &std::path::Path, cases: u64) -> u64 {
    let db = rusqlite::Connection::open(file).expect("the file");
    let fast = "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 20000;";
    db.execute_batch(fast).expect("settings");
    let mut many = 0;
    for chunk in chunks(cases) {
        db.execute_batch("BEGIN").expect("a transaction");
        let mut case = db
            .prepare_cached(
                "INSERT OR IGNORE INTO case_ (id, version, stage, received_us, changed_us, due_us, account, body) \
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
            )
            .expect("a statement");
        let mut journal = db
            .prepare_cached("INSERT OR IGNORE INTO journal (case_id, version, body) VALUES (?1, 1, ?2)")
            .expect("a statement");
        let mut facet = db
            .prepare_cached("INSERT OR IGNORE INTO case_facet VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9)")
            .expect("a statement");
        let mut term =
            db.prepare_cached("INSERT OR IGNORE INTO case_term VALUES (?1, ?2, ?3, ?4)").expect("a statement");
        for (k, r) in chunk.iter().enumerate() {
            let id = r.made.case.reference.bits() as i64;
            let row = &r.row;
            let account = many as i64 + k as i64;
            case.execute(rusqlite::params![
                id,
                row.version,
                row.stage,
                row.received_us,
                r.made.due_us,
                account,
                r.body
            ])
            .expect("a case");
            journal.execute(rusqlite::params![id, r.entry]).expect("an entry");
            let index = rusqlite::params![
                id,
                row.version,
                row.stage,
                row.received_us,
                row.due_us,
                row.bits,
                row.marked,
                row.signer,
                blob(row)
            ];
            facet.execute(index).expect("facets");
            db.execute("INSERT OR IGNORE INTO term_day VALUES (?1)", [row.day]).expect("a day");
            if let Some(staff) = claimed(r) {
                db.execute("INSERT OR IGNORE INTO claim VALUES (?1, ?2, 0)", [id, staff]).expect("a claim");
            }
        }
        for [day, number, received, id] in terms(&chunk) {
            term.execute([day, number, received, id]).expect("a term");
        }
        db.execute_batch("COMMIT").expect("a commit");
        many += chunk.len() as u64;
    }
    let end = "INSERT INTO list_index SELECT 1, ?1, MAX(seq), NULL FROM journal";
    db.execute(end, [store::bulk::VERSION]).expect("the index");
    many
}

pub async fn postgres(url: &str, cases: u64) -> u64 {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let before = "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; \
                  ALTER TABLE case_term DROP CONSTRAINT case_term_pkey";
    client.batch_execute(before).await.expect("settings");
    let case = "INSERT INTO case_ (id, version, stage, received_us, changed_us, due_us, account, body) \
                SELECT id, v, s, r, r, d, a, b FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], \
                $5::bigint[], $6::bigint[], $7::text[]) AS c (id, v, s, r, d, a, b) ON CONFLICT DO NOTHING";
    let journal = "INSERT INTO journal (case_id, version, body) SELECT id, 1, b \
                   FROM unnest($1::bigint[], $2::text[]) AS j (id, b) ON CONFLICT DO NOTHING";
    let facet = "INSERT INTO case_facet SELECT id, v, s, r, d, b, m, g, NULL, t FROM unnest($1::bigint[], $2::bigint[], \
                 $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[]) \
                 AS f (id, v, s, r, d, b, m, g, t) ON CONFLICT DO NOTHING";
    let term = "INSERT INTO case_term SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])";
    let day = "INSERT INTO term_day SELECT DISTINCT * FROM unnest($1::bigint[]) ON CONFLICT DO NOTHING";
    let claim =
        "INSERT INTO claim SELECT id, s, 0 FROM unnest($1::bigint[], $2::bigint[]) AS c (id, s) ON CONFLICT DO NOTHING";
    let mut many = 0;
    let made = chunks(cases);
    while let Ok(chunk) = made.recv() {
        let ids: Vec<i64> = chunk.iter().map(|r| r.made.case.reference.bits() as i64).collect();
        let column = |of: &dyn Fn(&Row) -> i64| chunk.iter().map(|r| of(&r.row)).collect::<Vec<i64>>();
        let (versions, stages) = (column(&|r| r.version), column(&|r| r.stage));
        let (received, dues) = (column(&|r| r.received_us), column(&|r| r.due_us));
        let (bits, marked, days) = (column(&|r| r.bits), column(&|r| r.marked), column(&|r| r.day));
        let signers: Vec<Option<i64>> = chunk.iter().map(|r| r.row.signer).collect();
        let due: Vec<Option<i64>> = chunk.iter().map(|r| r.made.due_us).collect();
        let accounts: Vec<i64> = (0..chunk.len() as i64).map(|k| many as i64 + k).collect();
        let bodies: Vec<&str> = chunk.iter().map(|r| r.body.as_str()).collect();
        let entries: Vec<&str> = chunk.iter().map(|r| r.entry.as_str()).collect();
        let blobs: Vec<Vec<u8>> = chunk.iter().map(|r| blob(&r.row)).collect();
        let (claimed, staff): (Vec<i64>, Vec<i64>) =
            chunk.iter().zip(&ids).filter_map(|(r, id)| claimed(r).map(|staff| (*id, staff))).unzip();
        let sorted = terms(&chunk);
        let part = |at: usize| sorted.iter().map(|t| t[at]).collect::<Vec<i64>>();
        let parts = [part(0), part(1), part(2), part(3)];
        let work: [(&str, Vec<&(dyn ToSql + Sync)>); 6] = [
            (case, vec![&ids, &versions, &stages, &received, &due, &accounts, &bodies]),
            (journal, vec![&ids, &entries]),
            (facet, vec![&ids, &versions, &stages, &received, &dues, &bits, &marked, &signers, &blobs]),
            (term, vec![&parts[0], &parts[1], &parts[2], &parts[3]]),
            (day, vec![&days]),
            (claim, vec![&claimed, &staff]),
        ];
        for (sql, args) in work {
            client.execute(sql, &args).await.expect("rows");
        }
        many += chunk.len() as u64;
    }
    let after = "ALTER TABLE case_term ADD PRIMARY KEY (day, term, received_us, case_id)";
    client.batch_execute(after).await.expect("an index");
    let end = format!(
        "INSERT INTO list_index VALUES (1, {}, (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1, NULL)",
        store::bulk::VERSION
    );
    client.batch_execute(&end).await.expect("the index");
    for table in ["case_", "journal", "case_facet", "case_term", "term_day", "claim"] {
        client.batch_execute(&format!("VACUUM ANALYZE {table}")).await.expect("a vacuum");
    }
    many
}

/// Something to look for that is there.
pub fn sample(n: u64) -> case::Person {
    made::person(n)
}
