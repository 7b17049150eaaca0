//! One connection with an SMSC: every request waits for the answer of its number, both sides ask now and then
//! whether the other is still there, and what the SMSC asks comes out in order. Frames are read and written
//! by `rusmpp`. Its companion `rusmppc` would do this too, with a resolver and a cache that nobody here uses,
//! and leaves requests lying where many are made at once.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusmpp::tokio_codec::{CommandCodec, DecodeError};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::StreamExt;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Encoder, FramedRead};

/// For one answer, and for handing over what is to be sent.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// How long nothing may be heard before the SMSC is asked whether it is there.
const ENQUIRE: Duration = Duration::from_secs(30);
/// Longer than any message that SMPP 3.4 has for us.
const LARGEST: usize = 4096;
/// What may wait to be sent, and what may wait to be looked at.
const QUEUE: usize = 256;

/// Why there is no answer, or none that says yes.
#[derive(Debug)]
pub(super) enum Lost {
    /// It answered no.
    Refused(CommandStatus),
    Late,
    HungUp,
    Io(io::Error),
    /// What it says is not SMPP.
    Garbled,
}

/// Answers that are waited for, by the number of their request.
type Waiting = Mutex<HashMap<u32, oneshot::Sender<Command>>>;

/// Our end. The connection ends with the last of these.
#[derive(Clone)]
pub(super) struct Line {
    out: mpsc::Sender<Command>,
    waiting: Arc<Waiting>,
    numbers: Arc<AtomicU32>,
}

/// What the SMSC asks; an error is the last that comes.
pub(super) type Asked = mpsc::Receiver<Result<Command, Lost>>;

impl Line {
    pub fn over(wire: impl AsyncRead + AsyncWrite + Send + 'static) -> (Self, Asked) {
        let (out, to_send) = mpsc::channel(QUEUE);
        let (ask, asked) = mpsc::channel(QUEUE);
        let waiting = Arc::default();
        let numbers = Arc::new(AtomicU32::new(1));
        let end = End { waiting: Arc::clone(&waiting), numbers: Arc::clone(&numbers), asked: ask };
        tokio::spawn(end.keep(wire, to_send));
        (Self { out, waiting, numbers }, asked)
    }

    /// The answer to this, where it says yes.
    pub async fn ask(&self, pdu: impl Into<Pdu>) -> Result<Command, Lost> {
        let number = next(&self.numbers);
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).insert(number, answer);
        let _forgotten = Forgotten { number, waiting: &self.waiting };
        let whole = async {
            self.say(CommandStatus::EsmeRok, number, pdu).await?;
            answered.await.map_err(|_| Lost::HungUp)
        };
        let answer = timeout(ANSWER, whole).await.map_err(|_| Lost::Late)??;
        if answer.status() == CommandStatus::EsmeRok { Ok(answer) } else { Err(Lost::Refused(answer.status())) }
    }

    /// Says what needs no answer.
    pub async fn say(&self, status: CommandStatus, number: u32, pdu: impl Into<Pdu>) -> Result<(), Lost> {
        self.out.send(Command::new(status, number, pdu)).await.map_err(|_| Lost::HungUp)
    }
}

/// Of an answer that nobody waits for any more.
struct Forgotten<'a> {
    number: u32,
    waiting: &'a Waiting,
}

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        lock(self.waiting).remove(&self.number);
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, HashMap<u32, oneshot::Sender<Command>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers go from 1 to 0x7FFFFFFF (SMPP 3.4, section 3.2).
fn next(numbers: &AtomicU32) -> u32 {
    numbers.fetch_add(1, Ordering::Relaxed) % 0x7FFF_FFFF + 1
}

/// The connection itself.
struct End {
    waiting: Arc<Waiting>,
    numbers: Arc<AtomicU32>,
    asked: mpsc::Sender<Result<Command, Lost>>,
}

impl End {
    async fn keep(self, wire: impl AsyncRead + AsyncWrite, mut to_send: mpsc::Receiver<Command>) {
        let (read, write) = tokio::io::split(wire);
        let why = self.drive(read, write, &mut to_send).await;
        // In this order: whoever asks from now on hears that nobody takes it.
        drop(to_send);
        lock(&self.waiting).clear();
        // Where nobody looks any more, or not fast enough, the end of the channel says it.
        let _ = self.asked.try_send(Err(why));
    }

    async fn drive<W: AsyncRead + AsyncWrite>(
        &self,
        read: ReadHalf<W>,
        mut write: WriteHalf<W>,
        to_send: &mut mpsc::Receiver<Command>,
    ) -> Lost {
        let mut codec = CommandCodec::new().with_max_length(LARGEST);
        let mut read = FramedRead::new(read, CommandCodec::new().with_max_length(LARGEST));
        let mut bytes = BytesMut::new();
        let (mut quiet_until, mut enquired) = (Instant::now() + ENQUIRE, false);
        loop {
            let first = tokio::select! {
                heard = read.next() => {
                    (quiet_until, enquired) = (Instant::now() + ENQUIRE, false);
                    match heard {
                        Some(Ok(command)) => self.hear(command),
                        Some(Err(DecodeError::Io(error))) => return Lost::Io(error),
                        Some(Err(_)) => return Lost::Garbled,
                        None => return Lost::HungUp,
                    }
                }
                said = to_send.recv() => match said {
                    Some(command) => Some(command),
                    None => return Lost::HungUp,
                },
                () = sleep_until(quiet_until) => {
                    if enquired {
                        return Lost::Late;
                    }
                    (quiet_until, enquired) = (Instant::now() + ANSWER, true);
                    Some(Command::new(CommandStatus::EsmeRok, next(&self.numbers), Pdu::EnquireLink))
                }
            };
            // What else waits goes in the same packet.
            for command in first.into_iter().chain(std::iter::from_fn(|| to_send.try_recv().ok()).take(QUEUE)) {
                if codec.encode(command, &mut bytes).is_err() {
                    return Lost::Garbled;
                }
            }
            match timeout(ANSWER, write.write_all_buf(&mut bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Lost::Io(error),
                Err(_) => return Lost::Late,
            }
        }
    }

    /// What is to be said to this at once, if anything.
    fn hear(&self, command: Command) -> Option<Command> {
        let (id, number) = (command.id(), command.sequence_number());
        if id.is_response() {
            // Of an answer that comes too late nobody wants to know.
            if let Some(waits) = lock(&self.waiting).remove(&number) {
                let _ = waits.send(command);
            }
            return None;
        }
        if id == CommandId::EnquireLink {
            return Some(Command::new(CommandStatus::EsmeRok, number, Pdu::EnquireLinkResp));
        }
        let unheard = self.asked.try_send(Ok(command)).is_err();
        // More than can be looked at is to be brought again.
        (unheard && id == CommandId::DeliverSm)
            .then(|| Command::new(CommandStatus::EsmeRxTAppn, number, rusmpp::pdus::DeliverSmResp::default()))
    }
}
