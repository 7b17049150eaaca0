//! A connection that many callers share. What they ask is written together and answered as the answers
//! come, so that a hundred cards that end at once cost one round trip and not a hundred. A connection
//! on which an answer did not come in time is not used again: what was asked on it is unknown to all
//! who asked, and a late answer finds nobody.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::ipa::{self, Bad, Frame};
use crate::Failure;

/// One end of a protocol: turns questions into bytes and hands answers to whoever asked.
pub(super) trait Talk: Send + 'static {
    type Ask: Send + 'static;
    fn ask(&mut self, ask: Self::Ask, out: &mut Vec<u8>);
    /// A frame from the other side; an error ends the connection.
    fn hear(&mut self, frame: Frame<'_>, out: &mut Vec<u8>) -> Result<(), Bad>;
}

/// How a connection is made, up to where questions may be asked.
pub(super) trait Dial: Send + Sync {
    type Talk: Talk;
    fn dial(&self) -> impl Future<Output = Result<Live<Self::Talk>, Failure>> + Send;
    /// What it is called in errors.
    const NAME: &'static str;
}

/// A connection in use; ends when nobody holds it any more.
pub(super) struct Live<T: Talk> {
    asks: mpsc::UnboundedSender<T::Ask>,
    task: AbortHandle,
    /// Why it ended.
    why: Arc<OnceLock<String>>,
}

impl<T: Talk> Live<T> {
    pub(super) fn start(stream: TcpStream, talk: T) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        let why = Arc::new(OnceLock::new());
        let ended = Arc::clone(&why);
        let task = tokio::spawn(async move { drive(stream, talk, asked, &ended).await });
        Self { asks, task: task.abort_handle(), why }
    }

    pub(super) fn why(&self) -> &str {
        self.why.get().map_or("the connection broke", String::as_str)
    }
}

impl<T: Talk> Drop for Live<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries both ways until one side ends it. `why` is set before those who wait are let go.
async fn drive<T: Talk>(
    mut stream: TcpStream,
    mut talk: T,
    mut asked: mpsc::UnboundedReceiver<T::Ask>,
    why: &OnceLock<String>,
) {
    let (mut read, mut write) = stream.split();
    let (mut asks, mut out, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    let broken = loop {
        // A frame has 64 KiB at most, and whole ones are taken out: this does not grow with what is sent.
        heard.reserve(16 << 10);
        tokio::select! {
            biased;
            many = asked.recv_many(&mut asks, 256) => {
                if many == 0 {
                    return;
                }
                for ask in asks.drain(..) {
                    talk.ask(ask, &mut out);
                }
            }
            got = read.read_buf(&mut heard) => match got {
                Ok(0) => break "the connection was closed".to_owned(),
                Ok(_) => if let Err(bad) = hear_all(&mut talk, &mut heard, &mut out) {
                    break bad.to_string();
                },
                Err(error) => break error.to_string(),
            },
            sent = write.write(&out), if !out.is_empty() => match sent {
                Ok(many) => drop(out.drain(..many)),
                Err(error) => break error.to_string(),
            },
        }
    };
    let _ = why.set(broken);
}

fn hear_all<T: Talk>(talk: &mut T, heard: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), Bad> {
    let mut used = 0;
    while let Some((frame, length)) = ipa::split(&heard[used..]) {
        talk.hear(frame, out)?;
        used += length;
    }
    heard.drain(..used);
    Ok(())
}

/// The shared connection, made anew when it has ended.
pub(super) struct Lane<D: Dial> {
    dial: D,
    patience: Duration,
    slot: Mutex<Option<Arc<Live<D::Talk>>>>,
    /// One dials, the others wait for what comes of it.
    dialling: tokio::sync::Mutex<()>,
}

impl<D: Dial> Lane<D> {
    pub(super) fn new(dial: D, patience: Duration) -> Self {
        Self { dial, patience, slot: Mutex::new(None), dialling: tokio::sync::Mutex::new(()) }
    }

    /// Asks and waits, all within the patience of one exchange.
    pub(super) async fn exchange<A>(
        &self,
        ask: impl FnOnce(oneshot::Sender<A>) -> <D::Talk as Talk>::Ask,
    ) -> Result<A, Failure> {
        let until = Instant::now() + self.patience;
        let live = timeout_at(until, self.live()).await.map_err(|_| self.silent())??;
        let (tell, told) = oneshot::channel();
        let broken = |live: &Live<D::Talk>| Failure::Retry(format!("{}: {}", D::NAME, live.why()));
        live.asks.send(ask(tell)).map_err(|_| broken(&live))?;
        match timeout_at(until, told).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(broken(&live)),
            Err(_) => {
                self.hang_up(&live);
                Err(self.silent())
            }
        }
    }

    /// That the connection can be made and is not known to have ended.
    pub(super) async fn reach(&self) -> Result<(), Failure> {
        timeout_at(Instant::now() + self.patience, self.live()).await.map_err(|_| self.silent())?.map(drop)
    }

    fn silent(&self) -> Failure {
        Failure::Retry(format!("{}: no answer in {} ms", D::NAME, self.patience.as_millis()))
    }

    async fn live(&self) -> Result<Arc<Live<D::Talk>>, Failure> {
        if let Some(live) = self.usable() {
            return Ok(live);
        }
        let _alone = self.dialling.lock().await;
        if let Some(live) = self.usable() {
            return Ok(live);
        }
        let live = Arc::new(self.dial.dial().await?);
        *self.slot() = Some(Arc::clone(&live));
        Ok(live)
    }

    fn usable(&self) -> Option<Arc<Live<D::Talk>>> {
        self.slot().clone().filter(|live| !live.asks.is_closed())
    }

    fn hang_up(&self, live: &Arc<Live<D::Talk>>) {
        let _ = live.why.set("the connection was given up, as an answer did not come".to_owned());
        live.task.abort();
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|held| Arc::ptr_eq(held, live)) {
            *slot = None;
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Live<D::Talk>>>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn connect(name: &str, address: &str) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await.map_err(|e| Failure::Retry(format!("{name}: {e}")))?;
    stream.set_nodelay(true).map_err(|e| Failure::Retry(format!("{name}: {e}")))?;
    Ok(stream)
}
