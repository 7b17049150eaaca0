//! PyHSS by its REST interface. Its cards are known by their IMSI, and what it keeps of one stands in three
//! places: the subscriber, its IMS subscriber, and the keys (AUC). A card is gone when all three are.
//!
//! The order matters: deleting a subscriber tells nobody, so that an attached phone would stay attached. First
//! `deregister` sends the Cancel-Location (subscription withdrawal, TS 29.272) to whoever serves the card, and
//! only then is anything deleted. What PyHSS does not have it answers with the body `null`, mostly under 200;
//! what goes wrong in its database has another body, and is never taken for an absence.

use async_trait::async_trait;
use case::{EffectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Link, Method};
use crate::secret::Secret;
use crate::{Element, Failure, Line, Observed, ReadBack};

/// `[network.pyhss]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pyhss {
    /// Where its REST interface is, such as `http://10.20.0.5:8080`.
    pub url: String,
    /// Where `hss.lock_provisioning` is on: what `hss.provisioning_key` says.
    #[serde(default)]
    pub provisioning_key: Option<Secret>,
    #[serde(default)]
    pub link: Link,
}

pub struct PyhssElement {
    client: Client,
    base: String,
    key: Option<HeaderValue>,
}

/// What it keeps of a card.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    subscriber: Option<u64>,
    enabled: bool,
    ims: Option<u64>,
    auc: Option<u64>,
}

impl Kept {
    fn read_back(&self, now: Timestamp) -> ReadBack {
        let (observed, evidence) = match self {
            Kept { subscriber: Some(_), enabled: true, .. } => (Observed::Active, "subscriber enabled"),
            Kept { subscriber: Some(_), .. } => (Observed::Barred, "subscriber disabled"),
            // It cannot be used, and what would make it usable again is still there.
            Kept { ims: Some(_), .. } => (Observed::Barred, "no subscriber, IMS subscriber kept"),
            Kept { auc: Some(_), .. } => (Observed::Barred, "no subscriber, keys kept"),
            Kept { .. } => (Observed::Gone, "no subscriber, no IMS subscriber, no keys"),
        };
        ReadBack::new(observed, evidence, now)
    }
}

impl PyhssElement {
    pub fn new(settings: &Pyhss) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let url = client.checked(&settings.url).map_err(|why| format!("url {why}"))?;
        if url.query().is_some() {
            return Err("url must not have a ? in it".into());
        }
        let key = match &settings.provisioning_key {
            None => None,
            Some(secret) => {
                let text = secret.read().map_err(|why| format!("provisioning_key: {why}"))?;
                let wrong = |_| "provisioning_key has characters that no header may have".to_owned();
                let mut value = HeaderValue::from_str(&text).map_err(wrong)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Ok(Self { client, base: url.as_str().trim_end_matches('/').to_owned(), key })
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.base).parse().map_err(|_| Failure::GiveUp("pyhss: no address".into()))?;
        let mut headers = Vec::new();
        if let Some(key) = &self.key {
            headers.push((HeaderName::from_static("provisioning-key"), key.clone()));
        }
        if body.is_some() {
            headers.push((HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.client.send(Ask { method, url, headers, body }).await?;
        if answer.status.as_u16() == 401 {
            return Err(Failure::Retry("pyhss does not take our provisioning key".into()));
        }
        Ok(answer)
    }

    /// An object, or none where it says in its way that there is none.
    async fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        let answer = self.send(Method::GET, path, None).await?;
        let code = answer.status.as_u16();
        let what = path.split('/').nth(1).unwrap_or_default();
        match (code, serde_json::from_slice::<Value>(&answer.body)) {
            (200, Ok(Value::Object(found))) => Ok(Some(Value::Object(found))),
            (200 | 400 | 404 | 410, Ok(Value::Null)) => Ok(None),
            (_, Ok(_) | Err(_)) => Err(Failure::Retry(format!("pyhss: {what} was answered with HTTP {code}"))),
        }
    }

    async fn kept(&self, imsi: &str) -> Result<Kept, Failure> {
        let number = |found: &Option<Value>, name: &str| match found {
            None => Ok(None),
            Some(found) => match found.get(name).and_then(Value::as_u64) {
                Some(n) => Ok(Some(n)),
                None => Err(Failure::Retry(format!("pyhss: an answer has no {name}"))),
            },
        };
        let subscriber = self.get(&format!("/subscriber/imsi/{imsi}")).await?;
        let ims = self.get(&format!("/ims_subscriber/ims_subscriber_imsi/{imsi}")).await?;
        let auc = self.get(&format!("/auc/imsi/{imsi}")).await?;
        // In its database a flag may be a number.
        let off = |value: &Value| *value == Value::Bool(false) || *value == json!(0);
        Ok(Kept {
            enabled: subscriber.as_ref().is_some_and(|s| !s.get("enabled").is_some_and(off)),
            subscriber: number(&subscriber, "subscriber_id")?,
            ims: number(&ims, "ims_subscriber_id")?,
            auc: number(&auc, "auc_id")?,
        })
    }

    /// A change; what came of it is read back by whoever asks.
    async fn done(&self, method: Method, path: &str, body: Option<Value>) -> Result<(), Failure> {
        let answer = self.send(method, path, body).await?;
        let what = path.split('/').nth(1).unwrap_or_default();
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(Failure::Retry(format!("pyhss: a change of {what} was answered with HTTP {}", answer.status.as_u16())))
        }
    }

    async fn enable(&self, line: &Line, on: bool, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = imsi(line)? else { return Ok(no_such(now)) };
        let kept = self.kept(imsi).await?;
        match kept.subscriber {
            Some(id) if kept.enabled != on => {
                self.done(Method::PATCH, &format!("/subscriber/{id}"), Some(json!({ "enabled": on }))).await?;
                Ok(self.kept(imsi).await?.read_back(now))
            }
            Some(_) | None => Ok(kept.read_back(now)),
        }
    }
}

/// The IMSI of a line; none where the line has no numbers any more.
fn imsi(line: &Line) -> Result<Option<&str>, Failure> {
    match &line.imsi {
        Some(imsi) if !imsi.is_empty() && imsi.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(imsi)),
        Some(_) => Err(Failure::GiveUp("nothing was sent: the card's IMSI is no number".into())),
        None if line.iccid.is_none() && line.eid.is_none() => Ok(None),
        None => Err(Failure::GiveUp("nothing was sent: the card has no IMSI, by which PyHSS knows it".into())),
    }
}

fn no_such(now: Timestamp) -> ReadBack {
    ReadBack::new(Observed::Gone, "no such activation", now)
}

#[async_trait]
impl Element for PyhssElement {
    fn name(&self) -> &str {
        "pyhss"
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = imsi(line)? else { return Ok(no_such(now)) };
        Ok(self.kept(imsi).await?.read_back(now))
    }

    async fn bar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.enable(line, false, now).await
    }

    async fn unbar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.enable(line, true, now).await
    }

    /// Each step leaves something for a second try to find: the subscriber goes last but for the keys.
    async fn cease(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = imsi(line)? else { return Ok(no_such(now)) };
        let kept = self.kept(imsi).await?;
        if kept.subscriber.is_some() || kept.ims.is_some() {
            // A read by its method, and a change all the same.
            self.done(Method::GET, &format!("/oam/deregister/{imsi}"), None).await?;
        }
        for (what, id) in [("ims_subscriber", kept.ims), ("subscriber", kept.subscriber), ("auc", kept.auc)] {
            if let Some(id) = id {
                self.done(Method::DELETE, &format!("/{what}/{id}"), None).await?;
            }
        }
        Ok(self.kept(imsi).await?.read_back(now))
    }
}
