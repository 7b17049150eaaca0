//! The desk as it listens, against clients that mean it no good: whatever they send, it answers, never
//! with a failure of its own, and whoever is slow or silent is let go while others are served.

use std::time::Duration;

use cease::app::Shared;
use cease::config::Config;
use cease::web::server;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// No answer takes nearly this long.
const HANG: Duration = Duration::from_secs(20);

struct Desk {
    address: std::net::SocketAddr,
    app: Shared,
    _dir: TempDir,
    _stop: oneshot::Sender<()>,
}

/// A desk that bears nobody's silence for more than a second.
async fn desk() -> Desk {
    desk_with(|_| {}).await
}

async fn desk_with(change: impl FnOnce(&mut Config)) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    config.limits.even_ms = 1;
    config.limits.header_seconds = 1;
    config.limits.request_seconds = 2;
    config.limits.silence_seconds = 1;
    config.limits.upload_bytes = 64 * 1024;
    change(&mut config);
    let app: Shared = cease::startup::app(config, None).await.unwrap().into();
    app.store.migrate().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = app.clone();
    tokio::spawn(async move { server::serve(serving, listener, None, async move { drop(stopped.await) }).await });
    Desk { address, app, _dir: dir, _stop: stop }
}

impl Desk {
    /// Sends bytes, and gives all that comes back until the desk hangs up.
    async fn send(&self, bytes: &[u8]) -> Vec<u8> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let mut answer = Vec::new();
        let both = async {
            // It may hang up before it has read everything; what it said still counts.
            let (_, _) = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
        };
        assert!(timeout(HANG, both).await.is_ok(), "no end to {:?}", head(bytes));
        answer
    }

    async fn status(&self, bytes: &[u8]) -> u16 {
        let answer = self.send(bytes).await;
        let status = std::str::from_utf8(answer.get(9..12).unwrap_or_default()).ok().and_then(|s| s.parse().ok());
        // Hanging up without a word is an answer too, to bytes that are no request.
        status.unwrap_or(0)
    }
}

fn head(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned()
}

fn request(method: &str, path: &str, more: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n").into_bytes()
}

const PATHS: [&str; 41] = [
    "/",
    "/cancel",
    "/cancel/you",
    "/cancel/statement",
    "/cancel/before",
    "/cancel/check",
    "/account",
    "/account/cancel",
    "/confirm",
    "/confirm/code",
    "/recover",
    "/recover/new",
    "/sign-in",
    "/sign-out",
    "/desk",
    "/desk/macros",
    "/desk/macros/new",
    "/desk/settings",
    "/desk/tools",
    "/desk/case/C7K4-M2QX-D/draft",
    "/desk/case/C7K4-M2QX-D/hold/claim",
    "/desk/case/C7K4-M2QX-D/macro/macro_0000000000000001",
    "/desk/case/C7K4-M2QX-D/take-back",
    "/desk/sign-in",
    "/desk/case/C7K4-M2QX-D",
    "/desk/case/C7K4-M2QX-D/file/file_1",
    "/desk/case/%ff/file/%00",
    "/case",
    "/case/C7K4-M2QX-D",
    "/case/C7K4-M2QX-D/receipt",
    "/case/%00",
    "/case/%ff%fe/certificate.json",
    "/verify",
    "/demo",
    "/assets/../../etc/passwd",
    "/assets/%2e%2e%2f%2e%2e%2fetc/passwd",
    "/assets/%00",
    "//evil.example/x",
    "http://evil.example/desk",
    "*",
    "/nothing",
];

#[tokio::test]
async fn no_path_no_method_and_no_query_breaks_it() {
    let desk = desk().await;
    let junk =
        "?%ff=%00&a=%zz&view=%ff&after=%ff&q=%00&lang=%ff&sent=zz.%ff&for=%00&next=%0d%0a&back=a&back=b&token=%ff";
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "WHATEVER"] {
        for path in PATHS {
            for query in ["", junk] {
                let status = desk.status(&request(method, &format!("{path}{query}"), "")).await;
                assert!((200..500).contains(&status), "{method} {path}{query}: {status}");
                assert!(status != 200 || ["GET", "HEAD"].contains(&method), "{method} {path}{query}");
            }
        }
    }
}

#[tokio::test]
async fn no_head_breaks_it() {
    let desk = desk().await;
    let cookies = "Cookie: ".to_owned() + &format!("cease={}; ", "A".repeat(43)).repeat(100) + "\r\n";
    let long = "9".repeat(600_000);
    let more = [
        cookies,
        format!("Cookie: cease={}\r\n", &long[..20_000]),
        "Cookie: =;;=;cease\r\nCookie: cease=\u{e9}\r\nCookie: lang=xx\r\n".to_owned(),
        format!("Accept-Language: {}\r\n", "zh-Hans-".repeat(2_000)),
        "Accept-Language: zh;q=1e309, *;q=-1, ;q=, q\r\n".to_owned(),
        "Host: y\r\nHost: z\r\n".to_owned(),
        "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil.example\r\nForwarded: for=_x\r\n".to_owned(),
        "Expect: what\r\nRange: bytes=0-99999999999999999999\r\nIf-None-Match: *\r\n".to_owned(),
        "Upgrade: h2c\r\nHTTP2-Settings: %%\r\nX-HTTP-Method-Override: DELETE\r\n".to_owned(),
    ];
    for more in more {
        let status = desk.status(&request("GET", "/", &more)).await;
        assert!((200..500).contains(&status), "{}: {status}", head(more.as_bytes()));
    }
    let broken = [
        request("GET", &format!("/{long}"), ""),
        request("GET", "/", &format!("X: {long}\r\n")),
        request("GET", "/", &"X: a\r\n".repeat(20_000)),
        request("POST", "/sign-in", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        request("POST", "/sign-in", "Content-Length: -1\r\n"),
        request("POST", "/sign-in", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        request("GET", "/", "X: a\0b\r\n"),
        b"GET /\r\n\r\n".to_vec(),
        (0..=255).cycle().take(4096).collect(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    ];
    for bytes in broken {
        let status = desk.status(&bytes).await;
        assert!(status < 500, "{}: {status}", head(&bytes));
    }
}

#[tokio::test]
async fn no_body_breaks_it() {
    let desk = desk().await;
    let page = String::from_utf8_lossy(
        &desk.send(&request("GET", "/sign-in", &format!("Cookie: cease={}\r\n", "A".repeat(43)))).await,
    )
    .into_owned();
    let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let form = "application/x-www-form-urlencoded";
    let parts = "multipart/form-data; boundary=x";
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
    };
    let fields = "number=%ff%00%zz&login=%00&password=%ff&name=%00%e2%80%ae&email=a%0d%0aBcc:b&phone=%00&ref=%00&code=%ff\
                  &token=%00&next=%0d%0a&statement=%00&mark=%ff&when=date&date=%ff&version=99999999999999999999";
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (form, Vec::new()),
        (form, format!("csrf={csrf}").into_bytes()),
        (form, format!("csrf={csrf}&{fields}").into_bytes()),
        (form, format!("csrf={csrf}{}", "&a=b".repeat(100_000)).into_bytes()),
        (form, format!("csrf={csrf}{}", "&".repeat(60_000)).into_bytes()),
        (form, format!("csrf={csrf}&number={}", "9".repeat(64_000)).into_bytes()),
        (form, vec![b'a'; 4 << 20]),
        ("application/json", b"{}".to_vec()),
        ("", b"x".to_vec()),
        ("multipart/form-data", b"x".to_vec()),
        ("multipart/form-data; boundary=", b"--\r\n".to_vec()),
        (parts, (0..=255).cycle().take(20_000).collect()),
        (parts, part("a", "b").repeat(3_000)),
        (parts, part("a", &"b".repeat(200_000))),
        (
            parts,
            [part("csrf", &csrf), part("x\" ; filename=\"../../etc/passwd\0", "y"), b"--x--\r\n".to_vec()].concat(),
        ),
        (parts, [b"--x\r\nX: ".to_vec(), vec![b'a'; 100_000], b"\r\n\r\n\r\n--x--\r\n".to_vec()].concat()),
    ];
    for path in PATHS.iter().filter(|path| path.starts_with('/') && !path.starts_with("//")) {
        for (kind, body) in &bodies {
            let more = format!(
                "Cookie: cease={}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
                "A".repeat(43),
                body.len()
            );
            let status = desk.status(&[request("POST", path, &more), body.clone()].concat()).await;
            assert!(status < 500, "{path} {kind} {}: {status}", head(body));
        }
    }
    assert_eq!(desk.app.store.counts().await.unwrap(), [0; 9], "nothing was declared");
}

/// What each of these says first; none goes on, and none reads.
fn idlers() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        b"P".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: x\r\nX: ".to_vec(),
        b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
          Content-Length: 90\r\n\r\na"
            .to_vec(),
    ]
}

#[tokio::test]
async fn the_silent_are_let_go_and_others_served_meanwhile() {
    let desk = desk().await;
    let mut idle = JoinSet::new();
    for bytes in std::iter::repeat_n(idlers(), 30).flatten() {
        let mut stream = TcpStream::connect(desk.address).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        idle.spawn(async move {
            let mut answer = Vec::new();
            // Reset or closed: either way, gone.
            let end = timeout(HANG, stream.read_to_end(&mut answer)).await;
            assert!(end.is_ok(), "still there: {:?}", head(&bytes));
        });
    }
    assert_eq!(desk.status(&request("GET", "/", "")).await, 200);
    while let Some(end) = idle.join_next().await {
        end.unwrap();
    }
}

#[tokio::test]
async fn who_asks_and_never_reads_is_let_go() {
    let desk = desk().await;
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    let ask = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let refused = timeout(HANG, async { while stream.write_all(&ask).await.is_ok() {} }).await;
    assert!(refused.is_ok(), "still there");
    assert_eq!(desk.status(&request("GET", "/", "")).await, 200);
}

/// The request's time is long; what ends it is that no more comes.
#[tokio::test]
async fn a_body_that_stops_coming_is_answered_and_let_go() {
    let desk = desk_with(|config| config.limits.request_seconds = 3_600).await;
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        for more in ["Content-Length: 90\r\n", "Transfer-Encoding: chunked\r\n"] {
            let more = format!("Content-Type: {kind}\r\n{more}");
            let begun = [request("POST", "/sign-in", &more), b"1\r\na\r\n".to_vec()].concat();
            assert_eq!(desk.status(&begun).await, 408, "{more}");
        }
    }
}

#[tokio::test]
async fn a_body_in_drops_is_cut_off_when_its_time_is_over() {
    let desk = desk().await;
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    let head =
        request("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n");
    stream.write_all(&head).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let mut answer = Vec::new();
    let drip = async {
        while write.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let ended = tokio::select! {
        _ = read.read_to_end(&mut answer) => true,
        () = drip => true,
        () = tokio::time::sleep(HANG) => false,
    };
    assert!(ended, "still there");
}

#[tokio::test]
async fn one_address_has_only_so_many_connections_and_gets_others_when_they_end() {
    let desk = desk_with(|config| {
        // Then this machine is an address like any other.
        config.desk.proxies = vec!["192.0.2.1/32".parse().unwrap()];
        config.limits.connections_per_address = 3;
        config.limits.header_seconds = 30;
    })
    .await;
    let ask = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(desk.address).await.unwrap();
        stream.write_all(ask).await.unwrap();
        assert!(stream.read(&mut [0; 512]).await.unwrap() > 0, "served");
        held.push(stream);
    }
    assert_eq!(desk.status(&request("GET", "/livez", "")).await, 0, "one too many");
    held.pop();
    let served = async {
        while desk.status(&request("GET", "/livez", "")).await != 200 {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(HANG, served).await.is_ok(), "one has gone, and none came in its place");
}
