//! `GET /live`: hints as server-sent events, one stream a browser. What it may hear is what its session
//! may see, asked again every few seconds, so that a session that has ended hears no more. Bounded in
//! number, in time, and in what a slow reader can make us keep.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use store::{Account, Session, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{Room, Topic, session_key};
use crate::app::{App, Shared};
use crate::web::visit::{self, Visit};

/// A stream that is silent for longer is taken for dead by what stands between.
const COMMENT: Duration = Duration::from_secs(15);
/// How often a stream asks whether its session still stands.
const CHECK: Duration = if cfg!(test) { Duration::from_millis(50) } else { Duration::from_secs(5) };
/// After this it ends, and the browser opens another.
const ABSOLUTE: Duration = Duration::from_secs(30 * 60);
/// How long a reader may take to take one line.
const SLOW: Duration = Duration::from_secs(30);
/// Hints that come closer together are told together.
const GAP: Duration = Duration::from_millis(10);
/// Streams of one session: one, and those that are about to be noticed as gone.
const PER_SESSION: usize = 6;

/// What is read by the connection, a line at a time.
struct Lines(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|line| line.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Opens a stream. 204 tells a browser that there is nothing here for it, and not to come again.
pub async fn open(
    State(app): State<Shared>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, crate::web::Trouble> {
    let Some(session) = visit.session.clone() else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let topics = topics(&app, &session, visit.account.as_deref()).await?;
    if topics.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let limits = &app.config.limits;
    let room = Room { all: limits.streams, network: limits.streams_per_network, session: PER_SESSION };
    let Ok((number, wake)) = app.live.listen(session_key(&session.id), &visit.network, topics, room) else {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "30")]).into_response());
    };
    let (line, lines) = mpsc::channel(1);
    // Whoever was here before may have missed something, whichever process answered them.
    let again = headers.contains_key("last-event-id") || visit.query.contains("last=");
    let stream = Stream { app, number, wake, session, line };
    tokio::spawn(stream.run(again));
    let content = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((content, Body::new(Lines(lines))).into_response())
}

/// What a session may hear of: staff the desk's lists and the cases they have open, a holder their own.
async fn topics(app: &App, session: &Session, account: Option<&Account>) -> Result<BTreeSet<Topic>, StoreError> {
    let mut topics = BTreeSet::new();
    let both = |case| [Topic::Thread(case), Topic::Here(case)];
    if visit::works_here(session, account).is_some_and(|role| role != case::Role::Admin) {
        topics.extend([Topic::Desk, Topic::Chats]);
        topics.extend(app.live.cases_of(session_key(&session.id), app.now()).into_iter().flat_map(both));
        return Ok(topics);
    }
    topics.extend(session.cases.iter().copied().flat_map(both));
    if let Some(account) = session.account {
        topics.extend(app.store.cases_of(account).await?.into_iter().flat_map(|s| both(s.case.reference)));
    }
    if !topics.is_empty() {
        topics.insert(Topic::Chats);
    }
    Ok(topics)
}

struct Stream {
    app: Shared,
    number: u64,
    wake: Arc<Notify>,
    session: Session,
    line: mpsc::Sender<Bytes>,
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // An error means the hub is gone, which is as good as stopped.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.app.live.close(self.number);
    }
}

impl Stream {
    async fn run(mut self, again: bool) {
        let jitter = crate::chance::bits() % 60;
        let end = sleep(ABSOLUTE + Duration::from_secs(jitter));
        let mut stopped = self.app.live.stopped.subscribe();
        let (mut comment, mut check) = (interval(COMMENT), interval(CHECK));
        for each in [&mut comment, &mut check] {
            each.set_missed_tick_behavior(MissedTickBehavior::Delay);
            each.reset();
        }
        tokio::pin!(end);
        let mut first = String::from("retry: 2000\n");
        self.event(&mut first, if again { "all" } else { "" });
        if !self.send(first).await {
            return;
        }
        let line = self.line.clone();
        loop {
            let text = tokio::select! {
                () = self.wake.notified() => self.hints(),
                _ = comment.tick() => ":\n\n".to_owned(),
                _ = check.tick() => match self.stands().await {
                    true => continue,
                    false => {
                        self.send("event: end\ndata: session\n\n".to_owned()).await;
                        return;
                    }
                },
                () = until(&mut stopped) => {
                    // Not all at once, when we are back.
                    self.send(format!("retry: {}\n\n", 1_000 + jitter * 50)).await;
                    return;
                }
                () = &mut end => return,
                () = line.closed() => return,
            };
            if !text.is_empty() && !self.send(text).await {
                return;
            }
            tokio::select! {
                () = sleep(GAP) => {}
                () = until(&mut stopped) => {}
            }
        }
    }

    fn hints(&self) -> String {
        let mut text = String::new();
        for topic in self.app.live.hear(self.number) {
            self.event(&mut text, &topic.to_string());
        }
        text
    }

    /// An empty event only carries its number, for whoever comes again.
    fn event(&self, text: &mut String, topic: &str) {
        let _ = match topic {
            "" => write!(text, "id: {}\ndata\n\n", self.app.live.number()),
            topic => write!(text, "id: {}\nevent: hint\ndata: {topic}\n\n", self.app.live.number()),
        };
    }

    async fn send(&self, text: String) -> bool {
        matches!(timeout(SLOW, self.line.send(Bytes::from(text))).await, Ok(Ok(())))
    }

    /// Whether the session still stands; where it may see something else now, that is what it hears.
    async fn stands(&mut self) -> bool {
        let app = &self.app;
        let found = match visit::standing(app, &self.session.id).await {
            Ok(Some(found)) => found,
            Ok(None) => return false,
            // The next look will tell.
            Err(_) => return true,
        };
        let (session, account) = found;
        let staff = visit::works_here(&session, account.as_ref()).is_some();
        if (staff || session.cases != self.session.cases)
            && let Ok(topics) = topics(app, &session, account.as_ref()).await
        {
            app.live.retune(self.number, topics);
        }
        self.session = session;
        true
    }
}
