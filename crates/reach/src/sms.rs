//! Text messages by SMPP 3.4: one session with the operator's SMSC, one sender, texts cut as phones
//! join them. Done means the SMSC has taken every part; what becomes of it comes back as a [`Receipt`].
//!
//! A message is known by its key: within this process it is not submitted twice where the answer is
//! known, and where one of several parts was not taken, sending goes on after those that were. A lost
//! answer, or a process that dies before it could write down that a text was sent, may double a part.

pub mod fake;
pub mod gsm7;
mod line;
mod pace;
pub mod receipt;
pub mod segments;
mod sent;
mod session;
mod settings;
mod status;
pub mod text;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use case::Timestamp;
use rusmpp::pdus::SubmitSm;
use rusmpp::types::OctetString;
use rusmpp::values::{DataCoding, EsmClass, Npi, RegisteredDelivery, Ton};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout_at};

use self::line::Lost;
use self::pace::Pace;
pub use self::receipt::{Receipt, State};
use self::segments::{Coding, Cut};
use self::sent::Sent;
use self::session::{Bound, Link, lost};
pub use self::session::{Brought, Delivered};
pub use self::settings::Settings;
pub use self::text::Text;
use crate::mail::never;
use crate::{Boxed, Failure, Message, Texter};

/// For one text, all told. Four of them fit into a worker's lease.
const MESSAGE: Duration = Duration::from_secs(25);
/// Receipts that may wait for whoever looks after them.
const RECEIPTS: usize = 256;

/// An SMSC that takes what we send.
pub struct Smpp {
    settings: Settings,
    link: watch::Receiver<Link>,
    /// Until there is a session.
    begin: Mutex<Option<watch::Sender<Link>>>,
    window: Semaphore,
    pace: Pace,
    sent: Sent,
}

impl Smpp {
    /// Opens no session yet: that begins with the first text, or when receipts are asked for. It is then
    /// kept until this is dropped.
    pub fn new(settings: Settings) -> Self {
        let (up, link) = watch::channel(Link::Opening);
        let (window, pace) = (Semaphore::new(settings.window as usize), Pace::new(settings.rate));
        Self { settings, link, begin: Mutex::new(Some(up)), window, pace, sent: Sent::default() }
    }

    fn begin(&self) -> Option<mpsc::Receiver<Delivered>> {
        let up = self.begin.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let (bring, receipts) = mpsc::channel(RECEIPTS);
        tokio::spawn(session::keep(self.settings.clone(), up, bring));
        Some(receipts)
    }

    /// Whether the SMSC takes our name and password.
    pub fn probe(settings: &Settings) -> Boxed<'_, Result<(), Failure>> {
        Box::pin(async {
            let (bound, _asked) = session::open(settings).await?;
            bound.part().await;
            Ok(())
        })
    }

    /// The session, as soon as the first attempt at one has come to something.
    async fn session(&self) -> Result<Bound, Failure> {
        // Where nobody has asked for receipts by now, nobody will.
        drop(self.begin());
        let mut link = self.link.clone();
        let settled = link.wait_for(|link| !matches!(link, Link::Opening)).await;
        match settled.as_deref() {
            Ok(Link::Up(bound)) => Ok(bound.clone()),
            Ok(Link::Down(why)) => Err(Failure::Retry(why.clone())),
            Ok(Link::Opening) | Err(_) => Err(Failure::Retry("there is no session with the SMSC".into())),
        }
    }

    async fn part(&self, to: &str, cut: &Cut, part: usize, reference: u8, until: Instant) -> Result<String, Failure> {
        let pdu = self.pdu(to, cut, part, reference)?;
        let _place = self.window.acquire().await.map_err(|e| Failure::Retry(e.to_string()))?;
        if !self.pace.turn(until).await {
            return Err(Failure::Retry("more texts wait than sms.rate lets go".into()));
        }
        match self.session().await?.submit(pdu).await {
            Ok(id) => {
                self.pace.well();
                Ok(id)
            }
            Err(Lost::Refused(status)) => {
                let refused = status::refused(status);
                if refused.slower {
                    self.pace.slower();
                }
                Err(refused.failure)
            }
            Err(why) => Err(Failure::Retry(lost(&why))),
        }
    }

    fn pdu(&self, to: &str, cut: &Cut, part: usize, reference: u8) -> Result<SubmitSm, Failure> {
        let sender = &self.settings.sender;
        let joined = cut.parts.len() > 1;
        let coding = match cut.coding {
            Coding::Gsm7 => DataCoding::McSpecific,
            Coding::Ucs2 => DataCoding::Ucs2,
        };
        let octets = OctetString::from_vec(cut.message(part, reference)).map_err(|e| never(&e.to_string()))?;
        Ok(SubmitSm::builder()
            .source_addr_ton(sender.ton)
            .source_addr_npi(sender.npi)
            .source_addr(session::ascii(&sender.address)?)
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(session::ascii(to)?)
            // By number: the library's default is not zero.
            .esm_class(EsmClass::from(if joined { 0x40 } else { 0x00 }))
            // A receipt for what has arrived, and for what never will.
            .registered_delivery(RegisteredDelivery::from(0x01))
            .data_coding(coding)
            .short_message(octets)
            .build())
    }
}

#[async_trait]
impl Texter for Smpp {
    async fn send(&self, message: &Message, _now: Timestamp) -> Result<Vec<String>, Failure> {
        let to = settings::number(&message.to)?;
        let text = segments::plain(&message.text);
        let cut = segments::cut(&text);
        if text.is_empty() || cut.parts.len() > segments::MOST {
            return Err(never("the text is empty, or too long for text messages"));
        }
        let digest = Sha256::digest(text.as_bytes());
        let entry = self.sent.of(&message.key, &to);
        // The same key has the same reference, so that a phone that gets a part twice joins one text.
        let reference = Sha256::digest(format!("{} {to}", message.key).as_bytes())[0];
        let until = Instant::now() + MESSAGE;
        let whole = async {
            let mut progress = entry.lock().await;
            progress.about(&digest, cut.parts.len());
            while !progress.complete() {
                let id = self.part(&to, &cut, progress.taken(), reference, until).await?;
                progress.took(id);
            }
            Ok(progress.ids())
        };
        timeout_at(until, whole).await.unwrap_or_else(|_| Err(Failure::Retry("the SMSC did not answer in time".into())))
    }

    fn receipts(&self) -> Option<mpsc::Receiver<Delivered>> {
        self.begin()
    }
}
