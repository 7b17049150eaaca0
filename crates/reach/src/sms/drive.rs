//! Runs the library's connection. rusmppc 0.4.0 takes up a handful of commands at a time and then waits for
//! the network, without having asked to be woken for the rest: more than a few at once would lie there
//! until the other side says something, for half a minute perhaps. So it is looked at again while
//! anything is under way.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a command may lie there.
const LIE: Duration = Duration::from_millis(1);
/// How often in a row it is looked at.
const LOOKS: usize = 4;

/// What is under way on one connection.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<AtomicUsize>);

/// One command, until it is answered.
pub struct One(Arc<AtomicUsize>);

impl UnderWay {
    pub fn one(&self) -> One {
        self.0.fetch_add(1, Ordering::Relaxed);
        One(Arc::clone(&self.0))
    }

    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub async fn drive(connection: impl Future<Output = ()>, under_way: UnderWay) {
    let (mut connection, mut again) = (pin!(connection), pin!(sleep(LIE)));
    poll_fn(|cx| {
        for _ in 0..LOOKS {
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if !under_way.any() {
                return Poll::Pending;
            }
        }
        again.as_mut().reset(Instant::now() + LIE);
        // Over already only where this took longer than that; then at once.
        if again.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}
