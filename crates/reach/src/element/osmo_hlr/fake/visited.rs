//! A visited network for tests: an MSC or SGSN that attaches cards through GSUP and lets go of them when
//! it is told to. It works with the fake HLR and with a real one alike.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::super::gsup::{Kind, Message, PS, WITHDRAWN};
use super::super::imsi::Imsi;
use super::super::ipa;

const PATIENCE: Duration = Duration::from_secs(20);

/// A cancelled location, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    pub imsi: String,
    /// By the subscription, not because the card has moved on.
    pub withdrawn: bool,
    /// The GSUP name of whoever cancelled.
    pub by: String,
}

#[derive(Default)]
struct Seen {
    attached: BTreeSet<String>,
    cancelled: Vec<Cancelled>,
    /// By the type of the request, and the card.
    waiting: HashMap<(u8, String), oneshot::Sender<Result<(), u8>>>,
}

pub struct Visited {
    out: mpsc::UnboundedSender<Vec<u8>>,
    seen: Arc<Mutex<Seen>>,
    changed: Arc<Notify>,
    task: AbortHandle,
}

impl Drop for Visited {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Visited {
    /// Connects under this name, and waits until the HLR has it.
    pub async fn connect(gsup: &str, name: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(gsup).await?;
        let (out, outgoing) = mpsc::unbounded_channel();
        let (seen, changed) = (Arc::<Mutex<Seen>>::default(), Arc::<Notify>::default());
        let (known, mut is_known) = watch::channel(false);
        let all = Arc::clone(&seen);
        let (said, told, to) = (name.to_owned(), Arc::clone(&changed), out.clone());
        let task = tokio::spawn(async move { drive(stream, &said, outgoing, &to, &all, &told, &known).await });
        let _ = timeout(PATIENCE, is_known.wait_for(|known| *known)).await;
        Ok(Self { out, seen, changed, task: task.abort_handle() })
    }

    /// Updates the location as a phone that is switched on does; the refusal's cause where it may not.
    /// The domain is [`Visited::CS`] or [`Visited::PS`].
    pub async fn attach(&self, imsi: &str, domain: u8) -> Result<(), u8> {
        self.ask(Kind::UPDATE_LOCATION, imsi, Some(domain)).await
    }

    /// Asks for authentication data.
    pub async fn authenticate(&self, imsi: &str) -> Result<(), u8> {
        self.ask(Kind::AUTH_INFO, imsi, None).await
    }

    pub const CS: u8 = super::super::gsup::CS;
    pub const PS: u8 = PS;

    pub fn is_attached(&self, imsi: &str) -> bool {
        self.seen().attached.contains(imsi)
    }

    pub fn cancelled(&self) -> Vec<Cancelled> {
        self.seen().cancelled.clone()
    }

    /// Waits until the card is detached.
    ///
    /// # Panics
    /// Where that does not happen.
    pub async fn until_detached(&self, imsi: &str) {
        let detached = async {
            loop {
                let changed = self.changed.notified();
                if !self.is_attached(imsi) {
                    return;
                }
                changed.await;
            }
        };
        timeout(PATIENCE, detached).await.expect("the card is never detached");
    }

    async fn ask(&self, kind: Kind, imsi: &str, domain: Option<u8>) -> Result<(), u8> {
        let (tell, told) = oneshot::channel();
        self.seen().waiting.insert((kind.0, imsi.to_owned()), tell);
        let mut bytes = Vec::new();
        Message { domain, ..Message::new(kind, &Imsi::new(imsi).expect("an IMSI")) }.put(&mut bytes);
        self.out.send(bytes).expect("a connection");
        timeout(PATIENCE, told).await.expect("an answer in time").expect("an answer")
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn drive(
    mut stream: TcpStream,
    name: &str,
    mut outgoing: mpsc::UnboundedReceiver<Vec<u8>>,
    out: &mpsc::UnboundedSender<Vec<u8>>,
    seen: &Mutex<Seen>,
    changed: &Notify,
    known: &watch::Sender<bool>,
) {
    let mut heard = Vec::new();
    loop {
        tokio::select! {
            got = stream.read_buf(&mut heard) => if !matches!(got, Ok(1..)) { return },
            Some(bytes) = outgoing.recv() => if stream.write_all(&bytes).await.is_err() { return },
        }
        while let Some((frame, used)) = ipa::split(&heard) {
            let mut bytes = Vec::new();
            match frame.ccm() {
                Some(ipa::ID_GET) => {
                    ipa::identity(&mut bytes, name);
                    // Its answer says that the HLR has read the name.
                    ipa::put(&mut bytes, ipa::CCM, &[&[ipa::PING]]);
                }
                Some(ipa::PONG) => drop(known.send(true)),
                Some(_) => {}
                None => {
                    if let Some(Ok(message)) = frame.osmo(ipa::EXT_GSUP).map(Message::read) {
                        take(&mut seen.lock().unwrap_or_else(PoisonError::into_inner), &message, &mut bytes);
                        changed.notify_waiters();
                    }
                }
            }
            heard.drain(..used);
            let _ = out.send(bytes);
        }
    }
}

fn take(seen: &mut Seen, message: &Message, out: &mut Vec<u8>) {
    let imsi = message.imsi.as_str().to_owned();
    let (to, result) = match message.kind {
        Kind::INSERT_DATA => return Message::new(Kind::INSERT_DATA_RESULT, &message.imsi).put(out),
        Kind::LOCATION_CANCEL => {
            seen.attached.remove(&imsi);
            let by = message.source.as_deref().map(|name| String::from_utf8_lossy(name).replace('\0', ""));
            let (withdrawn, by) = (message.cancel == Some(WITHDRAWN), by.unwrap_or_default());
            seen.cancelled.push(Cancelled { imsi, withdrawn, by });
            // As osmo-msc answers: to the HLR, and so to nobody.
            return Message::new(Kind::LOCATION_CANCEL_RESULT, &message.imsi).put(out);
        }
        Kind::UPDATE_LOCATION_RESULT => {
            seen.attached.insert(imsi.clone());
            (Kind::UPDATE_LOCATION, Ok(()))
        }
        Kind::AUTH_INFO_RESULT => (Kind::AUTH_INFO, Ok(())),
        Kind::UPDATE_LOCATION_ERROR => (Kind::UPDATE_LOCATION, Err(message.cause.unwrap_or_default())),
        Kind::AUTH_INFO_ERROR => (Kind::AUTH_INFO, Err(message.cause.unwrap_or_default())),
        Kind(_) => return,
    };
    if let Some(tell) = seen.waiting.remove(&(to.0, imsi)) {
        let _ = tell.send(result);
    }
}
