//! What has become of a parcel: a carrier asked by HTTP as the operator describes it, or telling by itself (a webhook,
//! signed as [Standard Webhooks](https://www.standardwebhooks.com) has it). Both say it in the carrier's own words; which
//! of ours each means stands in the configuration, and a word that stands nowhere is unknown: it is never taken for
//! "delivered", or for anything else.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use case::Timestamp;
use case::parcel::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Failure;
use crate::http::{Ask, Client, HeaderName, HeaderValue, Link, Method};
use crate::secret::Secret;
use crate::webhook::Signed;

/// A name longer than this is nobody's.
const NAME: usize = 40;

/// A carrier's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub tracking: String,
    pub status: Status,
    /// When it was so, where the carrier says.
    pub at: Option<Timestamp>,
}

/// Says where a parcel is.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// As it is called in the configuration.
    fn name(&self) -> &str;
    /// Whether it knows this carrier's numbers, by the name that people know it under.
    fn carries(&self, carrier: &str) -> bool;
    /// None where the carrier knows no such parcel (yet).
    async fn status(&self, tracking: &str) -> Result<Option<Word>, Failure>;
}

/// One of `[[carriers]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Stands in the address of its webhook.
    pub name: String,
    /// Whose numbers it knows, as people name the carrier: `Royal Mail`; `*` is everybody's.
    pub carries: Vec<String>,
    #[serde(default)]
    pub link: Link,
    /// Asked with GET, with `{tracking}` where the number belongs; empty: it is never asked.
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// Where it stands in an answer or a webhook (RFC 6901): the status, its time (RFC 3339), the tracking number.
    #[serde(default = "at_status")]
    pub status: String,
    #[serde(default)]
    pub time: String,
    #[serde(default = "at_tracking")]
    pub tracking: String,
    /// Which of our words each of theirs is: `DEL = "delivered"`.
    pub words: BTreeMap<String, Status>,
    /// The secret that its webhooks are signed with, `whsec_…` as Standard Webhooks write it; none: it sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Secret>,
}

fn at_status() -> String {
    "/status".into()
}

fn at_tracking() -> String {
    "/tracking".into()
}

/// Reads what a carrier says, by its description.
#[derive(Clone, Debug)]
struct Reader {
    status: String,
    time: String,
    tracking: String,
    words: BTreeMap<String, Status>,
}

impl Reader {
    fn new(settings: &Settings) -> Result<Self, String> {
        for (key, pointer) in [("status", &settings.status), ("time", &settings.time), ("tracking", &settings.tracking)]
        {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err(format!("{key} begins with /"));
            }
        }
        if settings.status.is_empty() {
            return Err("status says in no way where it stands".into());
        }
        if settings.words.is_empty() {
            return Err("words is empty: nothing it says would be understood".into());
        }
        Ok(Self {
            status: settings.status.clone(),
            time: settings.time.clone(),
            tracking: settings.tracking.clone(),
            words: settings.words.clone(),
        })
    }

    /// `asked` is the number asked about; a webhook must name it itself.
    fn read(&self, body: &Value, asked: Option<&str>) -> Option<Word> {
        let text = |pointer: &str| match body.pointer(pointer) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
        };
        let status = text(&self.status)
            .map_or(Status::Unknown, |said| self.words.get(said.trim()).copied().unwrap_or(Status::Unknown));
        let at = Some(self.time.as_str()).filter(|time| !time.is_empty()).and_then(text).and_then(|t| t.parse().ok());
        let tracking = asked.map(str::to_owned).or_else(|| text(&self.tracking))?;
        Some(Word { tracking, status, at })
    }
}

pub struct HttpCarrier {
    name: String,
    carries: Vec<String>,
    client: Client,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    reader: Reader,
}

impl HttpCarrier {
    /// None where it is never asked. What is wrong is said with its key.
    pub fn new(settings: &Settings) -> Result<Option<Self>, String> {
        let reader = Reader::new(settings)?;
        named(&settings.name)?;
        if settings.url.is_empty() {
            return if settings.webhook.is_some() { Ok(None) } else { Err("has neither url nor webhook".into()) };
        }
        let client = Client::new(&settings.link)?;
        if !settings.url.contains("{tracking}") {
            return Err("url has no {tracking} in it".into());
        }
        let host = settings.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
        if host.contains('{') {
            return Err("url has a place where host and port are".into());
        }
        client.checked(&settings.url.replace("{tracking}", "0")).map_err(|why| format!("url {why}"))?;
        let mut headers = Vec::new();
        for (name, secret) in &settings.headers {
            let parsed: HeaderName = name.parse().map_err(|_| format!("headers.{name} is no name of a header"))?;
            let text = secret.read().map_err(|why| format!("headers.{name}: {why}"))?;
            let mut value = HeaderValue::from_str(&text).map_err(|_| format!("headers.{name} has odd characters"))?;
            value.set_sensitive(true);
            headers.push((parsed, value));
        }
        Ok(Some(Self {
            name: settings.name.clone(),
            carries: settings.carries.clone(),
            client,
            url: settings.url.clone(),
            headers,
            reader,
        }))
    }
}

fn named(name: &str) -> Result<(), String> {
    let fine = !name.is_empty()
        && name.len() <= NAME
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fine { Ok(()) } else { Err("name has 1 to 40 small letters, digits and hyphens".into()) }
}

#[async_trait]
impl Carrier for HttpCarrier {
    fn name(&self) -> &str {
        &self.name
    }

    fn carries(&self, carrier: &str) -> bool {
        self.carries.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(carrier))
    }

    async fn status(&self, tracking: &str) -> Result<Option<Word>, Failure> {
        // Letters and digits only, so nothing of it can be more than a part of the path.
        if tracking.is_empty() || !tracking.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Failure::GiveUp("nothing was sent: this is no tracking number".into()));
        }
        let url = self.url.replace("{tracking}", tracking);
        let url = url.parse().map_err(|_| Failure::GiveUp("nothing was sent: the address".into()))?;
        let ask = Ask { method: Method::GET, url, headers: self.headers.clone(), body: String::new() };
        let answer = self.client.send(ask).await?;
        match answer.status.as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            code => return Err(Failure::Retry(format!("{}: HTTP {code}", self.name))),
        }
        let body: Value = serde_json::from_slice(&answer.body)
            .map_err(|_| Failure::Retry(format!("{}: the answer is no JSON", self.name)))?;
        Ok(self.reader.read(&body, Some(tracking)))
    }
}

/// Reads a carrier's webhooks.
pub struct Hook {
    signed: Signed,
    reader: Reader,
}

impl Hook {
    /// None where it sends none.
    pub fn new(settings: &Settings) -> Result<Option<Self>, String> {
        let Some(secret) = &settings.webhook else { return Ok(None) };
        Ok(Some(Self { signed: Signed::new(secret)?, reader: Reader::new(settings)? }))
    }

    pub fn signed(&self) -> &Signed {
        &self.signed
    }

    /// What it says; none where it is no JSON or names no parcel.
    pub fn read(&self, body: &[u8]) -> Option<Word> {
        self.reader.read(&serde_json::from_slice(body).ok()?, None)
    }
}

/// A carrier for tests and the demo: it says what it was told to say.
#[derive(Default)]
pub struct FakeCarrier(Mutex<BTreeMap<String, Result<Word, String>>>);

impl FakeCarrier {
    pub fn say(&self, tracking: &str, status: Status, at: Timestamp) {
        let word = Word { tracking: tracking.to_owned(), status, at: Some(at) };
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(tracking.to_owned(), Ok(word));
    }
}

#[async_trait]
impl Carrier for FakeCarrier {
    fn name(&self) -> &str {
        "fake"
    }

    fn carries(&self, _: &str) -> bool {
        true
    }

    async fn status(&self, tracking: &str) -> Result<Option<Word>, Failure> {
        let known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.get(tracking).cloned().transpose().map_err(Failure::Retry)
    }
}

#[cfg(test)]
mod tests;
