//! HTTP/2 as somebody speaks it who means the desk no good: frames by hand, because no client would send these.

use std::collections::BTreeMap;
use std::time::Duration;

use cease::app::Shared;
use cease::config::Config;
use cease::web::server;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

const HANG: Duration = Duration::from_secs(20);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Kinds of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
/// `END_STREAM`, `END_HEADERS`.
const ALL_OF_IT: u8 = 0x5;

struct Desk {
    address: std::net::SocketAddr,
    _dir: TempDir,
    _stop: oneshot::Sender<()>,
}

async fn desk(header_seconds: u64) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    config.limits.header_seconds = header_seconds;
    config.limits.silence_seconds = 1;
    let app: Shared = cease::startup::app(config, None).await.unwrap().into();
    app.store.migrate().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move { server::serve(app, listener, None, async move { drop(stopped.await) }).await });
    Desk { address, _dir: dir, _stop: stop }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET /`, by the static table; and `GET /livez`.
const START: &[u8] = b"\x82\x86\x84\x41\x01x";
const LIVEZ: &[u8] = b"\x82\x86\x04\x06/livez\x41\x01x";

/// A field that is not indexed, with a name and value of our own.
fn field(name: &str, value: &str) -> Vec<u8> {
    let mut out = vec![0];
    for text in [name, value] {
        // A length of seven bits, or 127 and the rest in sevens (RFC 7541, 5.1).
        if text.len() < 127 {
            out.push(text.len() as u8);
        } else {
            out.push(127);
            let mut rest = text.len() - 127;
            while rest >= 128 {
                out.push((rest % 128 + 128) as u8);
                rest /= 128;
            }
            out.push(rest as u8);
        }
        out.extend(text.as_bytes());
    }
    out
}

/// What came: how many frames of each kind, and the error of the last GOAWAY.
#[derive(Debug, Default)]
struct Came {
    kinds: BTreeMap<u8, usize>,
    refused: usize,
    goaway: Option<u32>,
}

async fn open(desk: &Desk, settings: &[u8]) -> (OwnedReadHalf, OwnedWriteHalf) {
    let (read, mut write) = TcpStream::connect(desk.address).await.unwrap().into_split();
    write.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, settings)].concat()).await.unwrap();
    (read, write)
}

/// Reads until the desk hangs up, answering its pings as a live client does.
async fn until_gone(mut read: OwnedReadHalf, mut write: OwnedWriteHalf) -> Came {
    let mut came = Came::default();
    let reading = async {
        let mut head = [0; 9];
        while read.read_exact(&mut head).await.is_ok() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let mut payload = vec![0; length];
            if read.read_exact(&mut payload).await.is_err() {
                break;
            }
            *came.kinds.entry(head[3]).or_default() += 1;
            let number = |at: usize| payload.get(at..at + 4).map(|b| u32::from_be_bytes(b.try_into().unwrap()));
            match head[3] {
                PING if head[4] == 0 => {
                    let _ = write.write_all(&frame(PING, 1, 0, &payload)).await;
                }
                GOAWAY => came.goaway = number(4),
                RST if number(0) == Some(7) => came.refused += 1,
                _ => {}
            }
        }
    };
    assert!(timeout(HANG, reading).await.is_ok(), "the desk never hung up");
    came
}

async fn still_serves(desk: &Desk) {
    let (mut read, mut write) = open(desk, &[]).await;
    write.write_all(&frame(HEADERS, ALL_OF_IT, 1, LIVEZ)).await.unwrap();
    let answered = async {
        let mut head = [0; 9];
        loop {
            read.read_exact(&mut head).await.unwrap();
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let mut payload = vec![0; length];
            read.read_exact(&mut payload).await.unwrap();
            if head[3] == DATA {
                return payload;
            }
        }
    };
    assert_eq!(timeout(HANG, answered).await.unwrap(), b"ok\n");
}

#[tokio::test]
async fn requests_taken_back_as_soon_as_they_are_sent_end_the_connection() {
    let desk = desk(30).await;
    let (read, mut write) = open(&desk, &[]).await;
    let gone = tokio::spawn(async move {
        // Far more than anybody would; it hangs up long before the end.
        for n in 0..200_000_u32 {
            let stream = 2 * n + 1;
            let both = [frame(HEADERS, ALL_OF_IT, stream, START), frame(RST, 0, stream, &8_u32.to_be_bytes())].concat();
            if write.write_all(&both).await.is_err() {
                return (n, write);
            }
        }
        (200_000, write)
    });
    let (sent, write) = timeout(HANG, gone).await.unwrap().unwrap();
    assert!(sent < 200_000, "nobody minded");
    drop((read, write));
    still_serves(&desk).await;
}

#[tokio::test]
async fn only_so_many_requests_at_once_are_taken() {
    let desk = desk(1).await;
    let (read, mut write) = open(&desk, &[]).await;
    // Posts whose bodies never come.
    let post = [&b"\x83\x86\x44\x08/sign-in\x41\x01x"[..], &field("content-type", "application/x-www-form-urlencoded")];
    let all: Vec<u8> = (0..400).flat_map(|n| frame(HEADERS, 0x4, 2 * n + 1, &post.concat())).collect();
    // It may hang up before it has read everything.
    let _ = write.write_all(&all).await;
    let came = until_gone(read, write).await;
    let answered = came.kinds.get(&HEADERS).copied().unwrap_or_default();
    assert!(answered <= 128 && came.refused + answered > 128 || came.goaway.is_some_and(|e| e != 0), "{came:?}");
    still_serves(&desk).await;
}

#[tokio::test]
async fn a_head_without_end_is_not_collected() {
    let desk = desk(30).await;
    // Continued for ever; large; and small on the wire, but large when it is unpacked.
    let many = field("x-a", &"a".repeat(4_000)).repeat(4);
    let (read, mut write) = open(&desk, &[]).await;
    let mut head = frame(HEADERS, 0x1, 1, START);
    for _ in 0..2_000 {
        head.extend(frame(CONTINUATION, 0, 1, &many));
    }
    let _ = write.write_all(&head).await;
    let came = until_gone(read, write).await;
    assert!(!came.kinds.contains_key(&DATA), "{came:?}");

    let (read, mut write) = open(&desk, &[]).await;
    // Indexed once, then named by its number ten thousand times.
    let mut bomb = field("x-a", &"a".repeat(3_000));
    bomb[0] = 0x40;
    let bomb = [START, &bomb, &[0x80 | 62; 10_000]].concat();
    let _ = write.write_all(&frame(HEADERS, ALL_OF_IT, 1, &bomb)).await;
    let _ = write.write_all(&frame(GOAWAY, 0, 0, &[0; 8])).await;
    let came = until_gone(read, write).await;
    assert!(!came.kinds.contains_key(&DATA), "no page was made of it: {came:?}");
    still_serves(&desk).await;
}

#[tokio::test]
async fn who_only_answers_pings_or_takes_nothing_of_its_answers_is_let_go() {
    let desk = desk(1).await;
    let (read, write) = open(&desk, &[]).await;
    until_gone(read, write).await;
    // SETTINGS_INITIAL_WINDOW_SIZE 0: nothing of an answer may be sent.
    let (read, mut write) = open(&desk, &[0, 4, 0, 0, 0, 0]).await;
    for n in 0..100 {
        write.write_all(&frame(HEADERS, ALL_OF_IT, 2 * n + 1, START)).await.unwrap();
    }
    let came = until_gone(read, write).await;
    assert!(came.kinds.contains_key(&HEADERS) && !came.kinds.contains_key(&DATA), "{came:?}");
    still_serves(&desk).await;
}
