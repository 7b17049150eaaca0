//! The one session with the SMSC: bound as a transceiver, kept alive, made anew when it ends. Sending
//! finds it open or hears why it is not.

use std::time::Duration;

use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp};
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use rusmppc::error::Error;
use rusmppc::{Client, ConnectionBuilder, Event};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::{Stream, StreamExt};

use super::drive::{UnderWay, drive};
use super::receipt::{self, Receipt};
use super::settings::Settings;
use super::status;
use crate::Failure;
use crate::mail::never;

/// To reach the SMSC, with TLS where there is any.
const CONNECT: Duration = Duration::from_secs(10);
/// For one answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// How often a quiet session is tried.
const ENQUIRE: Duration = Duration::from_secs(30);
/// For saying goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// Longer than any message that SMPP 3.4 has for us.
const LARGEST: usize = 4096;
/// The first pause before a session is made anew, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// A session that held this long was a good one.
const GOOD: Duration = Duration::from_secs(30);
/// For whoever looks after a receipt; then the SMSC is asked to bring it again.
const TAKEN: Duration = Duration::from_secs(20);

/// A session that is bound.
#[derive(Clone)]
pub(super) struct Bound {
    client: Client,
    under_way: UnderWay,
}

impl Bound {
    pub async fn submit(&self, pdu: SubmitSm) -> Result<SubmitSmResp, Error> {
        let _one = self.under_way.one();
        self.client.submit_sm(pdu).await
    }

    /// Says what needs no answer.
    async fn say(&self, what: impl Future<Output = Result<(), Error>>) {
        let _one = self.under_way.one();
        // Where the session is gone, there is nobody to say it to.
        let _ = timeout(GOODBYE, what).await;
    }

    pub async fn part(&self) {
        // An SMSC that does not answer is left all the same.
        self.say(self.client.unbind()).await;
        self.say(self.client.close()).await;
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

/// A receipt for whoever looks after it. Dropped unanswered, it is brought again by the SMSC.
pub struct Delivered {
    pub receipt: Receipt,
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
            Ok((bound, events)) => {
                let began = Instant::now();
                link.send_replace(Link::Up(bound.clone()));
                let why = tokio::select! {
                    why = serve(&bound, events, &receipts) => why,
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
pub(super) async fn open(settings: &Settings) -> Result<(Bound, impl Stream<Item = Event> + Unpin + use<>), Failure> {
    let late = |_| Failure::Retry("the SMSC cannot be reached in time".into());
    let down = |e: std::io::Error| Failure::Retry(format!("the SMSC cannot be reached: {e}"));
    let builder = ConnectionBuilder::new()
        .enquire_link_interval(ENQUIRE)
        .enquire_link_response_timeout(ANSWER)
        .response_timeout(ANSWER)
        .max_command_length(LARGEST)
        .disable_interface_version_check();
    let tcp = TcpStream::connect((settings.host.as_str(), settings.port));
    let tcp = timeout(CONNECT, tcp).await.map_err(late)?.map_err(down)?;
    tcp.set_nodelay(true).map_err(down)?;
    // Of two types, but the same to whoever uses them.
    let wire: Box<dyn Wire> = if settings.tls {
        Box::new(timeout(CONNECT, crate::tls::over(&settings.host, tcp)).await.map_err(late)?.map_err(down)?)
    } else {
        Box::new(tcp)
    };
    let (client, events, connection) = builder.no_spawn().connected(wire);
    let bound = Bound { client, under_way: UnderWay::default() };
    tokio::spawn(drive(connection, bound.under_way.clone()));
    let opening = bound.under_way.one();
    let bind = BindTransceiver::builder()
        .system_id(ascii(&settings.system_id)?)
        .password(ascii(&settings.password)?)
        // Some servers drop a bind of another version without a word.
        .interface_version(InterfaceVersion::Smpp3_4)
        .build();
    let answer = bound.client.bind_transceiver(bind).await;
    drop(opening);
    match answer {
        Ok(_) => Ok((bound, events)),
        Err(error) => {
            let why = unbound(&error);
            bound.say(bound.client.close()).await;
            Err(Failure::Retry(why))
        }
    }
}

fn unbound(error: &Error) -> String {
    if let Error::UnexpectedResponse { response } = error {
        return status::not_bound(response.status());
    }
    if let Error::ResponseTimeout { .. } = error {
        return "the SMSC does not answer our bind: does it speak SMPP 3.4?".into();
    }
    lost(error)
}

/// In words that repeat nothing of what was sent.
pub(super) fn lost(error: &Error) -> String {
    if let Error::Connect(e) | Error::Io(e) = error {
        return format!("the SMSC cannot be reached: {e}");
    }
    let why = if matches!(error, Error::ConnectionClosed | Error::ConnectionClosedByPeer) {
        "the SMSC hung up"
    } else if matches!(error, Error::EnquireLinkTimeout { .. } | Error::ResponseTimeout { .. }) {
        "the SMSC does not answer"
    } else {
        "the SMSC does not speak SMPP as we understand it"
    };
    why.to_owned()
}

/// Text for a field of SMPP.
pub(super) fn ascii<const MIN: usize, const MAX: usize>(text: &str) -> Result<COctetString<MIN, MAX>, Failure> {
    COctetString::from_string(text.to_owned()).map_err(|_| never("a name or number that SMPP has no room for"))
}

/// Answers what the SMSC asks; says why it ended.
async fn serve(
    bound: &Bound,
    mut events: impl Stream<Item = Event> + Unpin,
    receipts: &mpsc::Sender<Delivered>,
) -> String {
    while let Some(event) = events.next().await {
        let command = match event {
            Event::Incoming(command) => command,
            Event::Error(error) => return lost(&error),
        };
        if command.id() == CommandId::Unbind {
            bound.say(bound.client.unbind_resp(command.sequence_number())).await;
            bound.say(bound.client.close()).await;
            return "the SMSC has ended the session".into();
        }
        if let Some(Pdu::DeliverSm(pdu)) = command.pdu() {
            brought(bound, &command, pdu, receipts).await;
        } else if !command.id().is_response() && command.id() != CommandId::AlertNotification {
            let nack = bound.client.status(CommandStatus::EsmeRinvcmdid).generic_nack(command.sequence_number());
            bound.say(nack).await;
        }
    }
    "the SMSC hung up".into()
}

/// A receipt is acknowledged when it has been looked after. What else is brought, a person's own text,
/// say, has nobody here to read it: it is taken, so that it is not brought for ever.
async fn brought(bound: &Bound, command: &Command, pdu: &DeliverSm, receipts: &mpsc::Sender<Delivered>) {
    let (done, taken) = oneshot::channel();
    let waits = match receipt::read(pdu) {
        // Whoever is not interested in receipts has dropped their end.
        Some(receipt) => receipts.send(Delivered { receipt, done }).await.is_ok(),
        None => false,
    };
    let (bound, number) = (bound.clone(), command.sequence_number());
    tokio::spawn(async move {
        let looked_after = !waits || matches!(timeout(TAKEN, taken).await, Ok(Ok(())));
        let status = if looked_after { CommandStatus::EsmeRok } else { CommandStatus::EsmeRxTAppn };
        bound.say(bound.client.status(status).deliver_sm_resp(number, DeliverSmResp::default())).await;
    });
}
