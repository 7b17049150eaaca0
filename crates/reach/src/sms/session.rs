//! The one session with the SMSC: bound as a transceiver, kept alive, made anew when it ends. Sending
//! finds it open or hears why it is not.

use std::sync::Arc;
use std::time::Duration;

use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::line::{Asked, Line, Lost};
use super::receipt::{self, Receipt};
use super::settings::Settings;
use super::status;
use super::text::{self, Text};
use crate::Failure;
use crate::mail::never;

/// To reach the SMSC, with TLS where there is any.
const CONNECT: Duration = Duration::from_secs(10);
/// For saying goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// The first pause before a session is made anew, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// A session that held this long was a good one.
const GOOD: Duration = Duration::from_secs(30);
/// For whoever looks after a receipt; then the SMSC is asked to bring it again.
const TAKEN: Duration = Duration::from_secs(20);

/// A session that is bound.
#[derive(Clone)]
pub(super) struct Bound(Line);

impl Bound {
    /// What the SMSC calls the message; one without an id has been taken all the same.
    pub async fn submit(&self, pdu: SubmitSm) -> Result<String, Lost> {
        let answer = self.0.ask(pdu).await?;
        match answer.pdu() {
            Some(Pdu::SubmitSmResp(taken)) => Ok(receipt::plain_id(taken.message_id().as_str()).unwrap_or_default()),
            _ if answer.id() == CommandId::SubmitSmResp => Ok(String::new()),
            _ => Err(Lost::Garbled),
        }
    }

    /// Says what needs no answer. Where the session is gone, there is nobody to say it to.
    async fn say(&self, status: CommandStatus, number: u32, pdu: impl Into<Pdu>) {
        let _ = timeout(GOODBYE, self.0.say(status, number, pdu)).await;
    }

    /// An SMSC that does not answer is left all the same.
    pub async fn part(&self) {
        let _ = timeout(GOODBYE, self.0.ask(Pdu::Unbind)).await;
    }
}

#[derive(Clone)]
pub(super) enum Link {
    /// The first session is being made.
    Opening,
    Up(Bound),
    /// Why not.
    Down(String),
}

/// What an SMSC brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// What has become of a text of ours.
    Receipt(Receipt),
    /// A person's own text.
    Text(Text),
}

/// For whoever looks after it. Dropped unanswered, it is brought again by the SMSC.
pub struct Delivered {
    pub brought: Brought,
    done: oneshot::Sender<()>,
}

impl Delivered {
    /// It has been looked after.
    pub fn done(self) {
        // Nobody waits any more where the session is gone: the SMSC brings it again, and that is harmless.
        let _ = self.done.send(());
    }
}

/// Until nobody is interested any more.
pub(super) async fn keep(settings: Settings, link: watch::Sender<Link>, receipts: mpsc::Sender<Delivered>) {
    let mut pause = PAUSE;
    loop {
        let why = match tokio::select! { opened = open(&settings) => opened, () = link.closed() => return } {
            Ok((bound, asked)) => {
                let began = Instant::now();
                link.send_replace(Link::Up(bound.clone()));
                let why = tokio::select! {
                    why = serve(&bound, asked, &receipts) => why,
                    () = link.closed() => return bound.part().await,
                };
                if began.elapsed() > GOOD {
                    pause = PAUSE;
                }
                why
            }
            Err(failure) => failure.to_string(),
        };
        link.send_replace(Link::Down(why));
        tokio::select! { () = sleep(pause) => {}, () = link.closed() => return }
        pause = (pause * 2).min(LONGEST);
    }
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Connects and binds.
pub(super) async fn open(settings: &Settings) -> Result<(Bound, Asked), Failure> {
    let late = |_| Failure::Retry("the SMSC cannot be reached in time".into());
    let down = |e: std::io::Error| Failure::Retry(format!("the SMSC cannot be reached: {e}"));
    let tcp = TcpStream::connect((settings.host.as_str(), settings.port));
    let tcp = timeout(CONNECT, tcp).await.map_err(late)?.map_err(down)?;
    tcp.set_nodelay(true).map_err(down)?;
    // Of two types, but the same to whoever uses them.
    let wire: Box<dyn Wire> = match &settings.tls {
        Some(roots) => {
            let over = crate::tls::over_known(&settings.host, tcp, Arc::clone(roots));
            Box::new(timeout(CONNECT, over).await.map_err(late)?.map_err(down)?)
        }
        None => Box::new(tcp),
    };
    let (line, asked) = Line::over(wire);
    let bind = BindTransceiver::builder()
        .system_id(ascii(&settings.system_id)?)
        .password(ascii(&settings.password)?)
        // Some servers drop a bind of another version without a word.
        .interface_version(InterfaceVersion::Smpp3_4)
        .build();
    match line.ask(bind).await {
        Ok(_) => Ok((Bound(line), asked)),
        Err(Lost::Refused(status)) => Err(Failure::Retry(status::not_bound(status))),
        Err(Lost::Late) => Err(Failure::Retry("the SMSC does not answer our bind: does it speak SMPP 3.4?".into())),
        Err(other) => Err(Failure::Retry(lost(&other))),
    }
}

/// In words that repeat nothing of what was sent.
pub(super) fn lost(why: &Lost) -> String {
    match why {
        Lost::Io(error) => format!("the SMSC cannot be reached: {error}"),
        Lost::HungUp => "the SMSC hung up".into(),
        Lost::Late => "the SMSC does not answer".into(),
        Lost::Garbled | Lost::Refused(_) => "the SMSC does not speak SMPP as we understand it".into(),
    }
}

/// Text for a field of SMPP.
pub(super) fn ascii<const MIN: usize, const MAX: usize>(text: &str) -> Result<COctetString<MIN, MAX>, Failure> {
    COctetString::from_string(text.to_owned()).map_err(|_| never("a name or number that SMPP has no room for"))
}

/// Answers what the SMSC asks; says why it ended.
async fn serve(bound: &Bound, mut asked: Asked, receipts: &mpsc::Sender<Delivered>) -> String {
    while let Some(command) = asked.recv().await {
        let command = match command {
            Ok(command) => command,
            Err(why) => return lost(&why),
        };
        let number = command.sequence_number();
        if command.id() == CommandId::Unbind {
            bound.say(CommandStatus::EsmeRok, number, Pdu::UnbindResp).await;
            return "the SMSC has ended the session".into();
        }
        if let Some(Pdu::DeliverSm(pdu)) = command.pdu() {
            brought(bound, number, pdu, receipts).await;
        } else if command.id() != CommandId::AlertNotification {
            bound.say(CommandStatus::EsmeRinvcmdid, number, Pdu::GenericNack).await;
        }
    }
    lost(&Lost::HungUp)
}

/// What is brought is acknowledged when it has been looked after. What is neither a receipt nor a text is taken, so
/// that it is not brought for ever.
async fn brought(bound: &Bound, number: u32, pdu: &DeliverSm, receipts: &mpsc::Sender<Delivered>) {
    let (done, taken) = oneshot::channel();
    let brought = receipt::read(pdu).map(Brought::Receipt).or_else(|| text::read(pdu).map(Brought::Text));
    let waits = match brought {
        // Whoever is not interested has dropped their end.
        Some(brought) => receipts.send(Delivered { brought, done }).await.is_ok(),
        None => false,
    };
    let bound = bound.clone();
    tokio::spawn(async move {
        let looked_after = !waits || matches!(timeout(TAKEN, taken).await, Ok(Ok(())));
        let status = if looked_after { CommandStatus::EsmeRok } else { CommandStatus::EsmeRxTAppn };
        bound.say(status, number, DeliverSmResp::default()).await;
    });
}
