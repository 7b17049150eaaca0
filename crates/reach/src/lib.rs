//! What touches the world: the network element that lets go of a card, and the carriers that take
//! messages to people. Each port is a trait with a real connector and, beside it, a fake for tests
//! and the demo that obeys the same suite. Nothing here knows the store.

pub mod billing;
pub mod carrier;
mod described;
pub mod element;
pub mod http;
pub mod mail;
pub mod oidc;
pub mod porting;
pub mod records;
pub mod secret;
pub mod shelf;
pub mod sim_swap;
pub mod sms;
mod tls;
pub mod webhook;

use std::pin::Pin;

use async_trait::async_trait;
use case::{EffectId, Subscription, Timestamp};

/// What a connector does on its own account. Boxed, so that its protocol is compiled here: an `async fn` is compiled
/// in the crate that awaits it.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why something was not done. An unknown outcome is [`Failure::Retry`]: what was done twice under
/// one key is done once.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The far end may take it later.
    #[error("try again: {0}")]
    Retry(String),
    /// It answered, and cannot yet: that says nothing against asking it for others.
    #[error("not yet: {0}")]
    NotYet(String),
    /// It never will, as it stands.
    #[error("give up: {0}")]
    GiveUp(String),
}

impl Failure {
    /// What is wrong, for people: not what comes of it.
    pub fn why(&self) -> &str {
        match self {
            Failure::Retry(why) | Failure::NotYet(why) | Failure::GiveUp(why) => why,
        }
    }
}

/// What an element says of a card's activation when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Active,
    Barred,
    /// Ended, or unknown to the element: it cannot be used.
    Gone,
}

/// Read back after a change: the proof that it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadBack {
    pub observed: Observed,
    /// In the element's own words, such as `state=ceased`. No personal data.
    pub evidence: String,
    pub at: Timestamp,
    /// It is gone from the network, and a profile of it is still on a device, where only its holder can
    /// delete it.
    pub profile_left: bool,
}

impl ReadBack {
    pub fn new(observed: Observed, evidence: impl Into<String>, at: Timestamp) -> Self {
        Self { observed, evidence: evidence.into(), at, profile_left: false }
    }
}

/// An activation, with the numbers by which elements know it. Whoever builds one has made sure that
/// the numbers are still this activation's: a card that has been activated anew has none for the old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub subscription: Subscription,
    /// Each as normalised by [`case::identify`].
    pub iccid: Option<String>,
    pub imsi: Option<String>,
    pub eid: Option<String>,
}

impl Line {
    /// For elements that go by the activation alone.
    pub fn bare(subscription: Subscription) -> Self {
        Self { subscription, iccid: None, imsi: None, eid: None }
    }
}

/// One line of an element's own inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub imsi: Option<String>,
    pub iccid: Option<String>,
    pub observed: Observed,
}

/// A piece of the network that must let go of a card. Every change is bound to the activation
/// (never the phone number), carries the effect's id as its idempotency key, and answers with what
/// was read back afterwards. An answer that did not come is [`Failure::Retry`]: what has become of
/// the change is then observed, not guessed.
#[async_trait]
pub trait Element: Send + Sync {
    /// Such as `inventory`; stands in certificates.
    fn name(&self) -> &str;
    /// Whether it goes by the card's numbers; one that does not is spared their reading.
    fn wants_numbers(&self) -> bool {
        true
    }
    /// Whether a change answers with what was read after it was on disk, so that asking again would tell
    /// nothing new. Only a record of our own can say so of itself.
    fn reads_back_itself(&self) -> bool {
        false
    }
    /// Whether a look tells nothing: what has become of an end here is only heard by asking for it again.
    fn tells_only_when_asked(&self) -> bool {
        false
    }
    /// Where this is several elements as one: each of them.
    fn parts(&self) -> Option<&[std::sync::Arc<dyn Element>]> {
        None
    }
    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure>;
    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure>;
    async fn unbar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure>;
    /// Detaches, deletes, and reads back that it is gone.
    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure>;
    /// What it holds itself, a page at a time: at most `limit` in the order of their numbers, after the one
    /// given. None where it cannot tell.
    async fn held(&self, _after: Option<&str>, _limit: u32) -> Result<Option<Vec<Held>>, Failure> {
        Ok(None)
    }
}

/// A message to one person, already in their language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Becomes the Message-ID; the same key is the same message.
    pub key: String,
    pub to: String,
    pub subject: String,
    /// Plain text, lines ended by `\n`.
    pub text: String,
    pub html: Option<String>,
    /// File name, media type, bytes.
    pub attachments: Vec<(String, String, Vec<u8>)>,
    /// Where an answer goes, and what cannot be handed over; none where the sender's own address will do.
    pub reply_to: Option<String>,
    /// The key of the message to the same person that this one follows, so that mail programs thread them.
    pub follows: Option<String>,
    /// A person's words are in it, so it is not marked as automatic.
    pub by_person: bool,
}

/// Takes mail to its carrier. Done means the carrier answered for it.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<(), Failure>;
}

/// Takes a text message to its carrier; `message.text` is all that is sent. Answers with the names that
/// the carrier gave to its parts, by which it will say what became of them; none where it never does.
#[async_trait]
pub trait Texter: Send + Sync {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<Vec<String>, Failure>;
    /// What becomes of texts, where the carrier says so. To be asked for once, before the first text.
    fn receipts(&self) -> Option<tokio::sync::mpsc::Receiver<sms::Delivered>> {
        None
    }
}
