//! Asks over GSUP, as one peer of OsmoHLR among its MSCs and SGSNs, under a name of our own.
//!
//! OsmoHLR answers to a *name*: of two connections with one name, the first gets both their answers. So
//! a name is ours only once a message to it has come back on this connection; where it does not, another
//! process of the desk has it, and the next name is tried.
//!
//! A cancelled location is not reliably answered (osmo-msc sends its answer no further than the HLR), but
//! a peer that is not connected is told of at once. OsmoHLR works in order: once the answer to a later
//! message is there, any complaint about an earlier one has come.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;

use super::{Kind, Message, WITHDRAWN, nobody};
use crate::Failure;
use crate::element::osmo_hlr::imsi::Imsi;
use crate::element::osmo_hlr::ipa::{self, Bad, Frame};
use crate::element::osmo_hlr::wire::{Dial, Live, Talk, connect};

/// Names that processes of one desk may take: `NAME`, `NAME-2`, …
const NAMES: u32 = 16;

/// Who serves a subscriber: a GSUP name with its NUL, and the domain it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub name: Vec<u8>,
    pub domain: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// A message to ourselves: everything before it has been passed on, or complained about.
    Echo,
    /// Authentication data is asked for, as if the subscriber attached.
    AuthInfo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    Refused(u8),
    Given,
}

/// Cancels the location at each server, then asks for the last.
pub(in crate::element::osmo_hlr) struct Ask {
    pub imsi: Imsi,
    pub cancel: Vec<Server>,
    pub last: Last,
    pub tell: oneshot::Sender<Heard>,
}

#[derive(Debug)]
pub struct Heard {
    /// Servers that are not connected to the HLR.
    pub absent: Vec<Server>,
    /// None after an echo.
    pub auth: Option<Auth>,
}

enum Greeting {
    /// For the question who we are.
    Waiting(oneshot::Sender<bool>),
    /// Whether a message to our name comes back before the second pong does: the first may overtake it.
    Probing(oneshot::Sender<bool>, u8),
    Known,
}

pub(in crate::element::osmo_hlr) struct Gsup {
    name: String,
    greeting: Greeting,
    waiting: HashMap<Imsi, VecDeque<Waiting>>,
}

struct Waiting {
    ask: Ask,
    absent: Vec<Server>,
}

impl Gsup {
    /// As a connection begins; the receiver hears whether the name is ours.
    pub(in crate::element::osmo_hlr) fn waiting_for_identity(name: &str) -> (Self, oneshot::Receiver<bool>) {
        let (ready, is_ready) = oneshot::channel();
        let greeting = Greeting::Waiting(ready);
        (Self { name: name.to_owned(), greeting, waiting: HashMap::new() }, is_ready)
    }

    fn me(&self) -> Vec<u8> {
        [self.name.as_bytes(), b"\0"].concat()
    }

    fn echo(&self, imsi: &Imsi, out: &mut Vec<u8>) {
        // A result that nobody waits for: harmless wherever it ends up.
        Message::new(Kind::LOCATION_CANCEL_RESULT, imsi).between(&self.me(), &self.me()).put(out);
    }

    fn manage(&mut self, ccm: u8, out: &mut Vec<u8>) -> Result<(), Bad> {
        match ccm {
            ipa::PING => ipa::put(out, ipa::CCM, &[&[ipa::PONG]]),
            ipa::ID_GET => {
                ipa::identity(out, &self.name);
                if let Greeting::Waiting(ready) = std::mem::replace(&mut self.greeting, Greeting::Known) {
                    self.echo(&nobody(), out);
                    ipa::put(out, ipa::CCM, &[&[ipa::PING]]);
                    self.greeting = Greeting::Probing(ready, 0);
                }
            }
            ipa::PONG => match std::mem::replace(&mut self.greeting, Greeting::Known) {
                Greeting::Probing(ready, 0) => {
                    ipa::put(out, ipa::CCM, &[&[ipa::PING]]);
                    self.greeting = Greeting::Probing(ready, 1);
                }
                Greeting::Probing(ready, _) => {
                    let _ = ready.send(false);
                    return Err(Bad("GSUP: the name is taken"));
                }
                other @ (Greeting::Waiting(_) | Greeting::Known) => self.greeting = other,
            },
            _ => {}
        }
        Ok(())
    }

    /// Hands an answer to the first who waits for such a one about this subscriber.
    fn answer(&mut self, imsi: &Imsi, last: Last, auth: Option<Auth>) {
        let Some(queue) = self.waiting.get_mut(imsi) else { return };
        let Some(found) = queue.iter().position(|waiting| waiting.ask.last == last) else { return };
        if let Some(Waiting { ask, absent }) = queue.remove(found) {
            let _ = ask.tell.send(Heard { absent, auth });
        }
        if queue.is_empty() {
            self.waiting.remove(imsi);
        }
    }

    fn astray(&mut self, message: &Message) {
        let waiting = self.waiting.get_mut(&message.imsi).into_iter().flatten();
        for Waiting { ask, absent } in waiting {
            // One name may stand for both domains, and is told twice.
            let meant = |server: &&Server| Some(&server.name) == message.source.as_ref() && !absent.contains(server);
            if let Some(server) = ask.cancel.iter().find(meant) {
                absent.push(server.clone());
                return;
            }
        }
    }
}

impl Talk for Gsup {
    type Ask = Ask;

    fn ask(&mut self, ask: Ask, out: &mut Vec<u8>) {
        for Server { name, domain } in &ask.cancel {
            let cancel = Message::new(Kind::LOCATION_CANCEL, &ask.imsi).between(&self.me(), name);
            Message { cancel: Some(WITHDRAWN), domain: Some(*domain), ..cancel }.put(out);
        }
        match ask.last {
            Last::Echo => self.echo(&ask.imsi, out),
            Last::AuthInfo => Message::new(Kind::AUTH_INFO, &ask.imsi).put(out),
        }
        self.waiting.entry(ask.imsi.clone()).or_default().push_back(Waiting { ask, absent: Vec::new() });
    }

    fn hear(&mut self, frame: Frame<'_>, out: &mut Vec<u8>) -> Result<(), Bad> {
        if let Some(ccm) = frame.ccm() {
            return self.manage(ccm, out);
        }
        let message = Message::read(frame.osmo(ipa::EXT_GSUP).ok_or(Bad("GSUP: another protocol"))?)?;
        let me = Some(self.me());
        match message.kind {
            Kind::LOCATION_CANCEL_RESULT if message.source == me && message.destination == me => {
                if let Greeting::Probing(ready, _) = std::mem::replace(&mut self.greeting, Greeting::Known) {
                    let _ = ready.send(true);
                } else {
                    self.answer(&message.imsi, Last::Echo, None);
                }
            }
            Kind::AUTH_INFO_ERROR => {
                let cause = message.cause.ok_or(Bad("GSUP: a refusal without its cause"))?;
                self.answer(&message.imsi, Last::AuthInfo, Some(Auth::Refused(cause)));
            }
            Kind::AUTH_INFO_RESULT => self.answer(&message.imsi, Last::AuthInfo, Some(Auth::Given)),
            Kind::ROUTING_ERROR => self.astray(&message),
            // What others send us, or to all, needs no answer from a desk.
            Kind(_) => {}
        }
        Ok(())
    }
}

/// Where GSUP listens, and by which name we go.
pub(in crate::element::osmo_hlr) struct Peer {
    pub address: String,
    pub name: String,
}

impl Dial for Peer {
    type Talk = Gsup;
    const NAME: &'static str = "GSUP";

    async fn dial(&self) -> Result<Live<Gsup>, Failure> {
        for n in 1..=NAMES {
            let name = if n == 1 { self.name.clone() } else { format!("{}-{n}", self.name) };
            let (gsup, is_ready) = Gsup::waiting_for_identity(&name);
            let live = Live::start(connect(Self::NAME, &self.address).await?, gsup);
            match is_ready.await {
                Ok(true) => return Ok(live),
                Ok(false) => {}
                Err(_) => return Err(Failure::Retry(format!("GSUP: {}", live.why()))),
            }
        }
        Err(Failure::Retry(format!("GSUP: all {NAMES} names are taken by other connections")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of these bytes, one by one.
    fn heard(gsup: &mut Gsup, bytes: &[u8]) -> Result<Vec<u8>, Bad> {
        let (mut out, mut rest) = (Vec::new(), bytes);
        while let Some((frame, used)) = ipa::split(rest) {
            gsup.hear(frame, &mut out)?;
            rest = &rest[used..];
        }
        Ok(out)
    }

    fn message(message: Message) -> Vec<u8> {
        let mut out = Vec::new();
        message.put(&mut out);
        out
    }

    const PING: [u8; 4] = [0, 1, ipa::CCM, ipa::PING];
    const PONG: [u8; 4] = [0, 1, ipa::CCM, ipa::PONG];
    const WHO: [u8; 6] = [0, 3, ipa::CCM, ipa::ID_GET, 1, 0];

    fn imsi(n: u8) -> Imsi {
        Imsi::new(&format!("0010100000000{n:02}")).unwrap()
    }

    fn echo(imsi: &Imsi) -> Vec<u8> {
        message(Message::new(Kind::LOCATION_CANCEL_RESULT, imsi).between(b"DESK\0", b"DESK\0"))
    }

    /// One that has its name.
    fn known() -> Gsup {
        let (mut gsup, mut ours) = Gsup::waiting_for_identity("DESK");
        let says = heard(&mut gsup, &WHO).unwrap();
        let (frame, used) = ipa::split(&says).unwrap();
        assert_eq!(ipa::named(frame.payload), Some(&b"DESK\0"[..]));
        assert_eq!(says[used..], [echo(&nobody()), PING.to_vec()].concat());
        // The pong may come first.
        assert_eq!(heard(&mut gsup, &PONG).unwrap(), PING);
        heard(&mut gsup, &echo(&nobody())).unwrap();
        assert_eq!(ours.try_recv(), Ok(true));
        gsup
    }

    #[test]
    fn keepalives_and_questions_are_answered_at_any_time() {
        let mut gsup = known();
        assert_eq!(heard(&mut gsup, &PING).unwrap(), PONG);
        let again = heard(&mut gsup, &WHO).unwrap();
        let (frame, used) = ipa::split(&again).unwrap();
        assert_eq!((ipa::named(frame.payload), used), (Some(&b"DESK\0"[..]), again.len()), "and nothing else");
        assert_eq!(heard(&mut gsup, &PONG).unwrap(), b"");
    }

    #[test]
    fn a_name_that_somebody_else_has_is_left_to_them() {
        let (mut gsup, mut ours) = Gsup::waiting_for_identity("DESK");
        heard(&mut gsup, &WHO).unwrap();
        assert_eq!(heard(&mut gsup, &PONG).unwrap(), PING);
        assert_eq!(heard(&mut gsup, &PONG), Err(Bad("GSUP: the name is taken")));
        assert_eq!(ours.try_recv(), Ok(false));
    }

    #[test]
    fn answers_go_to_whoever_asked_about_that_card() {
        let mut gsup = known();
        let server = |name: &str| Server { name: format!("{name}\0").into_bytes(), domain: 2 };
        let mut ask = |n: u8, cancel: &[Server], last| {
            let (tell, told) = oneshot::channel();
            gsup.ask(Ask { imsi: imsi(n), cancel: cancel.to_vec(), last, tell }, &mut Vec::new());
            told
        };
        let mut first = ask(1, &[server("MSC"), server("SGSN")], Last::Echo);
        let mut second = ask(1, &[], Last::AuthInfo);
        let mut other = ask(2, &[server("MSC")], Last::AuthInfo);
        let astray = |n| message(Message::new(Kind::ROUTING_ERROR, &imsi(n)).between(b"MSC\0", b"DESK\0"));
        let refused = |n| message(Message { cause: Some(2), ..Message::new(Kind::AUTH_INFO_ERROR, &imsi(n)) });
        heard(&mut gsup, &[astray(1), refused(2), refused(3), echo(&imsi(1))].concat()).unwrap();
        let (first, other) = (first.try_recv().unwrap(), other.try_recv().unwrap());
        assert_eq!((first.absent, first.auth), (vec![server("MSC")], None));
        assert_eq!((other.absent, other.auth), (vec![], Some(Auth::Refused(2))));
        assert!(second.try_recv().is_err(), "not its answer");
        heard(&mut gsup, &message(Message::new(Kind::AUTH_INFO_RESULT, &imsi(1)))).unwrap();
        assert_eq!(second.try_recv().unwrap().auth, Some(Auth::Given));
        assert!(gsup.waiting.is_empty());
    }
}
