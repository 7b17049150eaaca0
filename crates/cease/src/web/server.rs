//! Listening. An accept loop of our own, because a client that sends its request head slowly, or
//! not at all, must be cut off, and because connections are counted.

mod pace;
mod room;
pub mod tls;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use self::pace::{Activity, Steady, Turn};
use self::room::{Place, Room};
use self::tls::Tls;
use crate::app::{App, Shared};
use crate::config::Limits;
use crate::web::patience::Patience;

/// Bytes of a request's head, by HTTP/1.1 and (unpacked) by HTTP/2; more is answered 431.
const HEAD: usize = 64 * 1024;
/// Requests at once on one connection.
const STREAMS: u32 = 128;
/// Requests taken back before they were looked at, and answers that could not be given, until a connection ends.
const RESETS: usize = 20;
const ERRORS: usize = 256;

/// Between two writes that are tried to find out whether they land.
const PROBE: Duration = Duration::from_secs(5);

/// The process answers.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// Whether a write landed when last tried. Anybody may ask, so it is tried now and then.
#[derive(Default)]
pub struct Probe(Mutex<Option<(Instant, bool)>>);

impl Probe {
    async fn lands(&self, app: &App) -> bool {
        {
            let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let lands = last.is_none_or(|(_, lands)| lands);
            if last.is_some_and(|(at, _)| at.elapsed() < PROBE) {
                return lands;
            }
            // Whoever asks meanwhile hears what was so before.
            *last = Some((Instant::now(), lands));
        }
        let landed = app.store.health().await;
        if let Err(error) = &landed {
            tracing::error!(%error, "not ready: nothing can be written");
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), landed.is_ok()));
        landed.is_ok()
    }
}

/// The store answers, and takes what is written; a load balancer sends nobody here otherwise.
pub async fn readyz(State(app): State<Shared>) -> Response {
    if let Some(wrong) = app.log.wrong() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("the database is not what was signed: {wrong}\n"))
            .into_response();
    }
    match app.store.outbox().await {
        Ok(_) if !app.probe.lands(&app).await => {
            (StatusCode::SERVICE_UNAVAILABLE, "nothing can be written to the store\n").into_response()
        }
        Ok(outbox) => {
            // An outage of somebody else is no reason to send nobody here.
            let out = crate::work::outage::known(&app.store).await.unwrap_or_default();
            let out: String =
                out.iter().map(|(far, out)| format!("{} out since {}\n", far.name(), out.since)).collect();
            (StatusCode::OK, format!("ok\nwaiting {}\n{out}", outbox.waiting)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

/// A connection in the clear or in TLS: one type, so that what speaks HTTP on it is compiled once.
trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Io for S {}

/// What all connections share.
struct Door {
    service: Router,
    builder: Builder<TokioExecutor>,
    limits: Limits,
    /// Who passes on what others asked.
    proxies: Vec<IpNet>,
    tls: Option<Tls>,
}

/// Serves until `stop` resolves, then lets requests in progress end.
pub async fn serve(app: Shared, listener: TcpListener, tls: Option<Tls>, stop: impl Future<Output = ()>) {
    let limits = app.config.limits.clone();
    let room = Room::new(limits.connections, limits.connections_per_address, app.config.desk.proxies.clone());
    let (service, proxies) = (super::router(app.clone()), app.config.desk.proxies.clone());
    let door = Arc::new(Door { service, builder: builder(&limits), proxies, tls, limits });
    let (stopping, stopped) = watch::channel(false);
    let renewing = door.tls.clone().map(|tls| tokio::spawn(tls.follow()));
    tokio::pin!(stop);
    loop {
        let Some(free) = room.free().await else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Who has too many already is hung up on.
        let Some(place) = room.place(peer.ip(), free) else { continue };
        let (door, stopped) = (door.clone(), stopped.clone());
        tokio::spawn(async move { door.open(stream, peer, stopped, Arc::new(place)).await });
    }
    drop(listener);
    if let Some(renewing) = renewing {
        renewing.abort();
    }
    // Streams never end by themselves soon enough.
    app.live.stop();
    let _ = stopping.send(true);
    tokio::select! {
        () = room.empty() => {}
        () = tokio::time::sleep(Duration::from_secs(10)) => tracing::warn!("some requests were cut off at shutdown"),
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let head = Duration::from_secs(limits.header_seconds);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD);
    let ping = Duration::from_secs(limits.header_seconds.div_ceil(2));
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(ping).keep_alive_timeout(ping);
    http2.max_concurrent_streams(STREAMS).max_header_list_size(HEAD as u32).max_send_buf_size(HEAD);
    http2.max_pending_accept_reset_streams(RESETS).max_local_error_reset_streams(ERRORS);
    builder
}

impl Door {
    async fn open(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        stopped: watch::Receiver<bool>,
        place: Arc<Place>,
    ) {
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return self.talk(Box::new(stream), peer, stopped, place).await };
        let greeting = Duration::from_secs(self.limits.header_seconds);
        let shaken = tokio::time::timeout(greeting, tls.accept(stream)).await;
        match shaken {
            Ok(Ok(stream)) => self.talk(Box::new(stream), peer, stopped, place).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    /// Until the peer leaves, or does nothing where it is its turn, or the desk stops.
    async fn talk(
        self: Arc<Self>,
        stream: Box<dyn Io>,
        peer: SocketAddr,
        mut stopped: watch::Receiver<bool>,
        place: Arc<Place>,
    ) {
        let head = Duration::from_secs(self.limits.header_seconds);
        let silence = Duration::from_secs(self.limits.silence_seconds);
        let activity = Arc::new(Activity::default());
        let (door, counted) = (self.clone(), activity.clone());
        let acts = Arc::new(Semaphore::new(STREAMS as usize));
        let answer = hyper::service::service_fn(move |request| {
            let act = acts.clone().try_acquire_owned().ok().map(|act| (act, place.clone()));
            door.clone().answer(request, peer, counted.begin(), act)
        });
        let stream = Patience::new(stream, head, silence);
        let connection = self.builder.serve_connection(TokioIo::new(stream), answer);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = activity.idle(head) => None,
            _ = stopped.wait_for(|stopped| *stopped) => None,
        };
        let ended = match ended {
            Some(ended) => Some(ended),
            None => {
                connection.as_mut().graceful_shutdown();
                let wait = async {
                    tokio::time::sleep(silence).await;
                    activity.idle(silence).await;
                };
                tokio::select! {
                    ended = connection.as_mut() => Some(ended),
                    // What was answered is not taken.
                    () = wait => None,
                }
            }
        };
        if let Some(Err(error)) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
        turn: Turn,
        act: Option<(OwnedSemaphorePermit, Arc<Place>)>,
    ) -> Result<Response, std::convert::Infallible> {
        let (mut parts, body) = request.into_parts();
        if !addressed_once(&parts) {
            return Ok(turn.sending(StatusCode::BAD_REQUEST.into_response()));
        }
        let act = act.filter(|_| !parts.method.is_safe());
        let from = asker(&parts.headers, peer.ip(), &self.proxies);
        parts.extensions.insert(ConnectInfo(SocketAddr::new(from, peer.port())));
        let whole = Duration::from_secs(self.limits.request_seconds);
        let (body, late) = Steady::new(body, Duration::from_secs(self.limits.silence_seconds), whole);
        let request = hyper::Request::from_parts(parts, axum::body::Body::new(body));
        let answered = self.service.clone().oneshot(request);
        let answered = match act {
            // Whoever hangs up when it has begun, or whose time is over, does not leave it half done: a new password
            // without the end of the other sessions. It keeps its connection's place until it ends.
            Some(act) => {
                let begun = tokio::spawn(async move { (answered.await, act).0 });
                match tokio::time::timeout(whole, begun).await {
                    Ok(Ok(answered)) => Ok(answered),
                    Ok(Err(_)) => return Ok(turn.sending(StatusCode::INTERNAL_SERVER_ERROR.into_response())),
                    Err(over) => Err(over),
                }
            }
            None => tokio::time::timeout(whole, answered).await,
        };
        let response = match answered {
            // Whatever a page made of half a body.
            Ok(_) if late.said() => StatusCode::REQUEST_TIMEOUT.into_response(),
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        };
        Ok(turn.sending(response))
    }
}

/// Whether it says once where it goes: what stands before us may have read the other of two hosts (RFC 9112 section
/// 3.2, RFC 9113 section 8.3.1).
fn addressed_once(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (_, Some(_)) => false,
        (None, None) => parts.version != Version::HTTP_11,
        (Some(host), None) => {
            parts.version < Version::HTTP_2
                || parts
                    .uri
                    .authority()
                    .is_none_or(|named| host.as_bytes().eq_ignore_ascii_case(named.as_str().as_bytes()))
        }
    }
}

/// Whose request this is. What `X-Forwarded-For` says is believed of nobody but a proxy of ours, and only the last
/// address that is none: what stands before it is whatever somebody wrote.
fn asker(headers: &HeaderMap, peer: IpAddr, proxies: &[IpNet]) -> IpAddr {
    let ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(&address.to_canonical()));
    if !ours(&peer) {
        return peer;
    }
    let said: Vec<&str> = headers
        .get_all(HeaderName::from_static("x-forwarded-for"))
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for one in said.into_iter().rev() {
        match one.trim().parse::<IpAddr>() {
            Ok(address) if ours(&address) => {}
            Ok(address) => return address,
            Err(_) => break,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_begun_is_done_whoever_hangs_up() {
        use axum::routing::any;
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        use tokio::sync::{Notify, mpsc};

        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (done, mut ended) = mpsc::unbounded_channel::<&str>();
        let (begins, goes_on) = (begun.clone(), go_on.clone());
        let page = any(move |method: axum::http::Method| {
            let done = done.clone();
            let (begins, goes_on) = (begins.clone(), goes_on.clone());
            async move {
                begins.notify_one();
                goes_on.notified().await;
                let _ = done.send(if method.is_safe() { "read" } else { "acted" });
            }
        });
        let limits = Limits { request_seconds: 1, ..crate::config::Config::default().limits };
        let service = Router::new().route("/", page);
        let builder = builder(&limits);
        let door = Arc::new(Door { service, builder, limits, proxies: Vec::new(), tls: None });
        let room = Room::new(1, 1, Vec::new());
        let peer: SocketAddr = "192.0.2.9:9".parse().unwrap();
        for method in ["GET", "POST"] {
            let place = room.place(peer.ip(), room.free().await.unwrap()).unwrap();
            let (mut browser, stream) = tokio::io::duplex(4_096);
            let (_stop, stopped) = watch::channel(false);
            let talk = tokio::spawn(door.clone().talk(Box::new(stream), peer, stopped, Arc::new(place)));
            let request = format!("{method} / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
            browser.write_all(request.as_bytes()).await.unwrap();
            begun.notified().await;
            drop(browser);
            talk.await.unwrap();
        }
        // The place is not free for another before that.
        assert_eq!((room.has_free(), ended.try_recv().ok()), (false, None));
        go_on.notify_waiters();
        assert_eq!(ended.recv().await, Some("acted"), "who only read is gone");
        room.empty().await;

        // Nor does it stay half done for whoever has it begin so late that its time is over.
        let (mut browser, stream) = tokio::io::duplex(4_096);
        let place = room.place(peer.ip(), room.free().await.unwrap()).unwrap();
        let (_stop, stopped) = watch::channel(false);
        tokio::spawn(door.clone().talk(Box::new(stream), peer, stopped, Arc::new(place)));
        browser.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        browser.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 408");
        assert_eq!(ended.try_recv().ok(), None);
        go_on.notify_waiters();
        assert_eq!(ended.recv().await, Some("acted"));
    }

    #[test]
    fn a_request_that_names_two_hosts_or_none_is_not_taken() {
        let takes = |version, uri: &str, hosts: &[&str]| {
            let mut request = hyper::Request::get(uri).version(version);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            addressed_once(&request.body(()).unwrap().into_parts().0)
        };
        let one = ["desk.example"];
        assert!(takes(Version::HTTP_11, "/", &one));
        // An absolute address is for a proxy, which says both (RFC 9112 section 3.2.2).
        assert!(takes(Version::HTTP_11, "http://desk.example/", &one));
        assert!(takes(Version::HTTP_10, "/", &[]));
        assert!(takes(Version::HTTP_2, "https://desk.example/", &[]));
        assert!(takes(Version::HTTP_2, "https://desk.example/", &["Desk.Example"]));
        for (version, uri) in
            [(Version::HTTP_10, "/"), (Version::HTTP_11, "/"), (Version::HTTP_2, "https://desk.example/")]
        {
            assert!(!takes(version, uri, &["desk.example", "evil.example"]), "{version:?}");
            assert!(!takes(version, uri, &["desk.example", "desk.example"]), "{version:?}");
        }
        assert!(!takes(Version::HTTP_11, "/", &[]));
        assert!(!takes(Version::HTTP_2, "https://desk.example/", &["evil.example"]));
    }

    #[test]
    fn only_a_proxy_of_ours_says_who_asks_and_only_of_whom_it_saw() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = ["10.0.0.0/30", "10.7.0.1/32"].map(|net| net.parse::<IpNet>().unwrap());
        let asked = |peer: &str, said: &[&str]| {
            let mut headers = HeaderMap::new();
            for one in said {
                headers.append("x-forwarded-for", one.parse().unwrap());
            }
            asker(&headers, ip(peer), &proxies).to_string()
        };
        assert_eq!(asked("192.0.2.9", &["198.51.100.7"]), "192.0.2.9", "anybody can write this");
        assert_eq!(asked("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(asked("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(asked("10.0.0.1", &["203.0.113.5, 198.51.100.7"]), "198.51.100.7", "the first one is made up");
        assert_eq!(asked("10.0.0.1", &["203.0.113.5", "198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(asked("10.7.0.1", &["198.51.100.7"]), "198.51.100.7");
        for beside in ["10.0.0.4", "10.7.0.2"] {
            assert_eq!(asked(beside, &["198.51.100.7"]), beside);
        }
        assert_eq!(asked("10.0.0.1", &["2001:db8::7"]), "2001:db8::7");
        for nothing in [&[][..], &["unknown"], &[""], &["198.51.100.7, x"], &["10.0.0.2"]] {
            assert_eq!(asked("10.0.0.1", nothing), "10.0.0.1", "{nothing:?}");
        }
    }
}
