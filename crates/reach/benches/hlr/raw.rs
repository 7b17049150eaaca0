//! The leanest client there is: requests written beforehand, sent as fast as they are answered, replies
//! counted and not read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Requests under way, over all connections.
const FLIGHT: usize = 128;

fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len() + 1).unwrap().to_be_bytes();
    [&length[..], &[0xee, 0], text.as_bytes()].concat()
}

struct Conn {
    stream: TcpStream,
    requests: std::vec::IntoIter<Vec<u8>>,
    heard: Vec<u8>,
    under_way: usize,
}

impl Conn {
    fn send(&mut self, many: usize) {
        let batch: Vec<_> = self.requests.by_ref().take(many).collect();
        self.under_way += batch.len();
        self.stream.write_all(&batch.concat()).unwrap();
    }

    /// Takes what has come, and sends as many again.
    fn turn(&mut self) {
        let mut chunk = [0; 64 << 10];
        let got = self.stream.read(&mut chunk).unwrap();
        assert!(got > 0, "the element hung up");
        self.heard.extend_from_slice(&chunk[..got]);
        let (mut at, mut many) = (0, 0);
        while let Some(head) = self.heard[at..].first_chunk::<3>() {
            let end = at + 3 + usize::from(u16::from_be_bytes([head[0], head[1]]));
            let Some(whole) = self.heard.get(at..end) else { break };
            assert!(whole[5..].starts_with(b"ET_REPLY"), "{}", String::from_utf8_lossy(whole));
            (at, many) = (end, many + 1);
        }
        self.heard.drain(..at);
        self.under_way -= many;
        self.send(many);
    }
}

/// Runs them all, dealt out over the connections; answers how many a second.
fn run(ctrl: &str, requests: Vec<Vec<u8>>, connections: usize) -> f64 {
    let many = requests.len();
    let mut dealt = vec![Vec::new(); connections];
    for (n, request) in requests.into_iter().enumerate() {
        dealt[n % connections].push(request);
    }
    let mut conns: Vec<_> = dealt
        .into_iter()
        .map(|requests| Conn {
            stream: TcpStream::connect(ctrl).unwrap(),
            requests: requests.into_iter(),
            heard: Vec::new(),
            under_way: 0,
        })
        .collect();
    let from = Instant::now();
    conns.iter_mut().for_each(|conn| conn.send(FLIGHT / connections));
    while conns.iter().any(|conn| conn.under_way > 0) {
        conns.iter_mut().filter(|conn| conn.under_way > 0).for_each(Conn::turn);
    }
    many as f64 / from.elapsed().as_secs_f64()
}

/// Subscribers with a number and keys, as real ones have, written into the element's database beside it: by its doors
/// each would wait for the disk five times.
pub fn create(db: &Path, imsis: &[String], barred: bool) {
    let mut db = rusqlite::Connection::open(db).unwrap();
    db.busy_timeout(Duration::from_secs(20)).unwrap();
    let all = db.transaction().unwrap();
    let on = i64::from(!barred);
    for imsi in imsis {
        let sql = "INSERT INTO subscriber (imsi, msisdn, nam_cs, nam_ps) VALUES (?1, ?2, ?3, ?3)";
        all.execute(sql, rusqlite::params![imsi, &imsi[2..], on]).unwrap();
        let sql = "INSERT INTO auc_3g (subscriber_id, algo_id_3g, k, opc, sqn) VALUES (?1, 5, ?2, ?3, 0)";
        let (k, opc) = ("0102030405060708090a0b0c0d0e0f10", "00112233445566778899aabbccddeeff");
        all.execute(sql, rusqlite::params![all.last_insert_rowid(), k, opc]).unwrap();
    }
    all.commit().unwrap();
}

pub fn delete(ctrl: &str, imsis: &[String], connections: usize) -> f64 {
    run(
        ctrl,
        imsis.iter().enumerate().map(|(n, imsi)| frame(&format!("SET {n} subscriber.delete {imsi}"))).collect(),
        connections,
    )
}
