//! Whether a peer gets on. A body that stops coming ends its request, and a connection on which nothing has been
//! asked for a while, and nothing is being answered, ends: HTTP/2 has no such limit of its own.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// A request's body, as long as it comes, and comes whole in time.
pub struct Steady {
    body: Incoming,
    patience: Duration,
    until: Pin<Box<Sleep>>,
    waiting: Option<Pin<Box<Sleep>>>,
    late: Late,
}

/// Whether the body stopped coming, or came too slowly.
#[derive(Clone, Default)]
pub struct Late(Arc<AtomicBool>);

impl Late {
    pub fn said(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Steady {
    pub fn new(body: Incoming, patience: Duration, whole: Duration) -> (Self, Late) {
        let late = Late::default();
        (Self { body, patience, until: Box::pin(sleep(whole)), waiting: None, late: late.clone() }, late)
    }
}

impl HttpBody for Steady {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.until.as_mut().poll(cx).is_pending() {
            if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
                self.waiting = None;
                return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
            }
            let patience = self.patience;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
            std::task::ready!(waiting.as_mut().poll(cx));
        }
        self.late.0.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whose turn it is on one connection.
pub struct Activity(Mutex<Now>);

struct Now {
    /// Requests that we are at.
    ours: usize,
    /// When that last changed.
    last: Instant,
}

impl Default for Activity {
    fn default() -> Self {
        Self(Mutex::new(Now { ours: 0, last: Instant::now() }))
    }
}

impl Activity {
    pub fn begin(self: &Arc<Self>) -> Turn {
        let mut turn = Turn { activity: self.clone(), ours: false };
        turn.take();
        turn
    }

    fn change(&self, with: impl FnOnce(&mut usize)) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut now.ours);
        now.last = Instant::now();
    }

    /// Until it has been the peer's turn, and nothing came of it, for so long.
    pub async fn idle(&self, patience: Duration) {
        loop {
            let until = {
                let now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if now.ours > 0 { Instant::now() + patience } else { now.last + patience }
            };
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

/// One request's.
pub struct Turn {
    activity: Arc<Activity>,
    ours: bool,
}

impl Turn {
    fn take(&mut self) {
        if !std::mem::replace(&mut self.ours, true) {
            self.activity.change(|ours| *ours += 1);
        }
    }

    fn give(&mut self) {
        if std::mem::replace(&mut self.ours, false) {
            self.activity.change(|ours| *ours -= 1);
        }
    }

    /// From here on it is the peer's turn whenever a piece is ready and no other is asked for.
    pub fn sending(mut self, response: Response) -> Response {
        self.give();
        response.map(|body| Body::new(Sending { body, turn: self }))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give();
    }
}

struct Sending {
    body: Body,
    turn: Turn,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.turn.take();
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if polled.is_ready() {
            self.turn.give();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
