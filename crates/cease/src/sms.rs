//! Text messages: which SMSC carries them, what people ask by them, and what becomes of those that belong to a case. One that will
//! never arrive is, for its case, what a returned letter is.

pub mod asked;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use case::declaration::Channel;
use case::identify::Identifier;
use case::{Actor, Case, CaseRef, Command, Stage};
use jiff::SignedDuration;
use reach::sms::receipt::also;
use reach::sms::{Brought, Delivered, Receipt, Settings};
use serde::{Deserialize, Serialize};
use store::{SentText, StoreError};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

use crate::act::ActError;
use crate::app::{App, Shared};
use crate::chance;
use crate::keys::hex_of;
use crate::mail::once;
use crate::work::letters;

pub use self::asked::Switching;

/// How long an SMSC may take to say what became of a text; most give up after three days.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Receipts looked after at once.
const HANDS: usize = 64;
/// A receipt may come before its text has been noted: how often it is looked for, and how far apart.
const LOOKS: u32 = 4;
const APART: Duration = Duration::from_millis(500);

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    /// `smpp://system_id:password@host:2775`, `ssmpp://…` (TLS), or empty: no texts are sent.
    pub smpp: String,
    /// Or the file that has it.
    #[serde(default)]
    pub smpp_file: PathBuf,
    /// The authorities that the SMSC's certificate is of (PEM); empty: the public ones.
    #[serde(default)]
    pub ca: PathBuf,
    /// Who texts are from: a name of at most 11 letters and digits, a number with +, or a short code.
    pub sender: String,
    /// Messages a second.
    pub rate: u32,
    /// Messages that may wait for an answer at once.
    pub window: u32,
    /// The numbers to which people text to switch (docs/ways.md); none: no texts from people are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switching: Option<Switching>,
}

impl Default for SmsConfig {
    fn default() -> Self {
        Self {
            smpp: String::new(),
            smpp_file: PathBuf::new(),
            ca: PathBuf::new(),
            sender: String::new(),
            rate: 10,
            window: 10,
            switching: None,
        }
    }
}

crate::config::masked!(SmsConfig);

impl SmsConfig {
    /// What cannot be meant of the numbers to which people text.
    pub fn check_switching(&self) -> anyhow::Result<()> {
        let wrong = |why| anyhow::anyhow!("sms.switching.{why}");
        self.switching.as_ref().map_or(Ok(()), |switching| switching.check().map_err(wrong))
    }

    /// None: no texts are sent.
    pub fn settings(&self) -> anyhow::Result<Option<Settings>> {
        if self.smpp.is_empty() {
            return Ok(None);
        }
        let settings = Settings::new(&self.smpp, &self.sender, self.rate, self.window);
        let known = |settings: Settings| match self.ca.as_os_str().is_empty() {
            true => Ok(settings),
            false => settings.known_by(&self.ca),
        };
        settings.and_then(known).map(Some).map_err(crate::config::plain).context("sms")
    }
}

/// Notes under which names the carrier has taken a letter's text. Losing that loses only the receipt.
pub async fn note(app: &App, case: CaseRef, names: Vec<String>) {
    if names.is_empty() {
        return;
    }
    let (text, until) = (hex_of(&chance::bytes::<8>()), app.now() + KEPT);
    let sent = names.into_iter().map(|id| SentText { id, case, text: text.clone(), until });
    if let Err(error) = app.store.put_texts(sent.collect()).await {
        tracing::warn!(case.r#ref = %case, %error, "what becomes of a text will not be known");
    }
}

/// Looks after receipts, and what people text, until told to stop.
pub async fn follow(app: Shared, mut receipts: Receiver<Delivered>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut hands = JoinSet::new();
    loop {
        let delivered = tokio::select! {
            () = &mut stop => break,
            Some(_) = hands.join_next() => continue,
            delivered = receipts.recv(), if hands.len() < HANDS => match delivered {
                Some(delivered) => delivered,
                None => break,
            },
        };
        let app = Shared::clone(&app);
        hands.spawn(async move {
            // Not acknowledged, it is brought again.
            match &delivered.brought {
                Brought::Receipt(receipt) => match settle(&app, receipt).await {
                    Ok(()) => delivered.done(),
                    Err(error) => tracing::error!(%error, "a delivery receipt could not be looked after"),
                },
                Brought::Text(text) => match asked::answer(&app, text).await {
                    Ok(()) => delivered.done(),
                    Err(error) => tracing::error!(%error, "a person's text could not be answered"),
                },
            }
        });
    }
    while hands.join_next().await.is_some() {}
}

async fn settle(app: &Shared, receipt: &Receipt) -> Result<(), ActError> {
    if !receipt.state.failed() {
        return Ok(());
    }
    for _ in 0..LOOKS {
        if let Some((case, text)) = about(app, receipt).await? {
            let status = receipt.status();
            let command = Command::Bounce { mail: text.clone(), hard: true, status, channel: Channel::Sms };
            // A case that takes no more is none that has to be told.
            return once(app, case, &text, &Actor::Network, &command).await.map(drop);
        }
        tokio::time::sleep(APART).await;
    }
    // A code, say: those belong to no case.
    tracing::debug!(state = receipt.state.name(), "a text that did not arrive is of no case");
    Ok(())
}

/// The case and text that a receipt is about. Servers call a message by one number in two notations, and some
/// call all of them alike; so the number that it went to has to be one that the case writes to.
async fn about(app: &App, receipt: &Receipt) -> Result<Option<(CaseRef, String)>, StoreError> {
    for (n, id) in also(&receipt.message_id).into_iter().enumerate() {
        let Some(sent) = app.store.text_sent(&id).await? else { continue };
        let Some(case) = app.store.case(sent.case).await? else { continue };
        let fits = if receipt.to.is_empty() { n == 0 } else { writes_to(app, &case, &receipt.to).await? };
        if fits && !is_its_own(app, &case, &receipt.to).await? {
            return Ok(Some((sent.case, sent.text)));
        }
    }
    Ok(None)
}

async fn writes_to(app: &App, case: &Case, number: &str) -> Result<bool, StoreError> {
    let record = match case.account {
        Some(id) => app.store.account(id).await?.map(|account| account.person),
        None => None,
    };
    Ok(letters::phones(case, record.as_ref(), &app.policy).iter().any(|phone| same(phone, number)))
}

/// Whether the number is that of the card itself, which is out of service because we ended it.
async fn is_its_own(app: &App, case: &Case, number: &str) -> Result<bool, StoreError> {
    let ended = matches!(case.stage, Stage::Ceasing { .. } | Stage::Ceased { .. } | Stage::Closed { .. });
    let Some(subscription) = case.subscription.as_ref().filter(|_| ended) else { return Ok(false) };
    let given = if let Identifier::Msisdn(given) = &case.number { same(given.as_str(), number) } else { false };
    let card = app.store.card(subscription.card).await?;
    Ok(given || card.and_then(|card| card.msisdn).is_some_and(|msisdn| same(&msisdn, number)))
}

/// Two ways to write one number: with or without what is dialled before it.
fn same(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (one, other) = (digits(one), digits(other));
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let short = short.trim_start_matches('0');
    short.len() >= 7 && long.ends_with(short)
}

#[cfg(test)]
mod tests;
