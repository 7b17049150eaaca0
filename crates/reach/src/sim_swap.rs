//! Whether the SIM behind a phone number became another lately, by the CAMARA SIM Swap API: `check` says whether,
//! `retrieve-date` says when. What cannot be found out is an answer too; it never stops anybody.
//!
//! Fields and paths are those of the API's versions 1 and 2, which differ in nothing that is asked here; the
//! version stands in the address (`…/sim-swap/v2`). The number goes into the body, never into an address or a log.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use case::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Link, Method, StatusCode};
use crate::secret::Secret;

/// What is known of the SIM behind a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// It has been the same for as long as was asked for.
    Same,
    /// It became another, at this time where the network tells.
    Swapped(Option<Timestamp>),
    /// Nobody could say, and why: no more than a status and a code.
    Unknown(String),
}

#[async_trait]
pub trait SimSwap: Send + Sync {
    /// Whether the SIM of an E.164 number became another within so many hours.
    async fn within(&self, phone: &str, hours: u32) -> Swap;
}

/// `[sim_swap]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Such as `https://api.example.com/sim-swap/v2`.
    pub url: String,
    /// A bearer token that lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// Where tokens are to be had instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuth>,
    /// How far back is asked, in hours.
    #[serde(default = "three_days")]
    pub max_age_hours: u32,
    #[serde(default = "quick")]
    pub link: Link,
}

/// OAuth 2.0 client credentials (RFC 6749, section 4.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    pub token_url: String,
    pub client_id: String,
    pub client_secret: Secret,
    #[serde(default = "scope")]
    pub scope: String,
}

fn three_days() -> u32 {
    72
}

/// Somebody waits for the answer.
fn quick() -> Link {
    Link { connect_seconds: 2, exchange_seconds: 4, answer_bytes: 64 * 1024, ..Link::default() }
}

fn scope() -> String {
    "sim-swap".into()
}

enum Bearer {
    Lasting(HeaderValue),
    Fetched { from: Url, client_id: String, secret: String, scope: String, now: Mutex<Option<(HeaderValue, Instant)>> },
}

pub struct Camara {
    client: Client,
    base: String,
    bearer: Bearer,
}

/// Tokens are renewed this long before they end.
const EARLY: Duration = Duration::from_secs(30);

impl Camara {
    /// What is wrong is said with the key of the configuration.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let url = client.checked(&settings.url).map_err(|why| format!("url {why}"))?;
        if url.query().is_some() {
            return Err("url must not have a ? in it".into());
        }
        if !(1..=2400).contains(&settings.max_age_hours) {
            return Err("max_age_hours must be from 1 to 2400".into());
        }
        let bearer = match (&settings.token, &settings.oauth) {
            (Some(token), None) => Bearer::Lasting(header(&token.read().map_err(|why| format!("token: {why}"))?)?),
            (None, Some(oauth)) => Bearer::Fetched {
                from: client.checked(&oauth.token_url).map_err(|why| format!("oauth.token_url {why}"))?,
                client_id: oauth.client_id.clone(),
                secret: oauth.client_secret.read().map_err(|why| format!("oauth.client_secret: {why}"))?,
                scope: oauth.scope.clone(),
                now: Mutex::new(None),
            },
            (Some(_), Some(_)) | (None, None) => return Err("needs either token or oauth".into()),
        };
        Ok(Self { client, base: url.as_str().trim_end_matches('/').to_owned(), bearer })
    }

    async fn token(&self) -> Result<HeaderValue, String> {
        let Bearer::Fetched { from, client_id, secret, scope, now } = &self.bearer else {
            return match &self.bearer {
                Bearer::Lasting(token) => Ok(token.clone()),
                Bearer::Fetched { .. } => Err("no token".into()),
            };
        };
        let kept = now.lock().ok().and_then(|kept| kept.clone());
        if let Some((token, until)) = kept
            && Instant::now() < until
        {
            return Ok(token);
        }
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", scope)
            .append_pair("client_id", client_id)
            .append_pair("client_secret", secret)
            .finish();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let answer = self.post(from.clone(), vec![(CONTENT_TYPE, kind)], form).await?;
        let said: Value = read(&answer)?;
        let token = header(said["access_token"].as_str().ok_or("the answer has no access_token")?)?;
        let life = Duration::from_secs(said["expires_in"].as_u64().unwrap_or(300).min(86_400));
        if let Ok(mut kept) = now.lock() {
            *kept = Some((token.clone(), Instant::now() + life.saturating_sub(EARLY)));
        }
        Ok(token)
    }

    /// One question. A token that is refused is fetched once more.
    async fn ask(&self, path: &str, body: &Value) -> Result<Value, String> {
        let url: Url = format!("{}/{path}", self.base).parse().map_err(|_| "the address is none")?;
        for last in [false, true] {
            let json = HeaderValue::from_static("application/json");
            let headers = vec![(AUTHORIZATION, self.token().await?), (CONTENT_TYPE, json)];
            let answer = self.post(url.clone(), headers, body.to_string()).await?;
            if answer.status == StatusCode::UNAUTHORIZED
                && !last
                && let Bearer::Fetched { now, .. } = &self.bearer
            {
                if let Ok(mut kept) = now.lock() {
                    *kept = None;
                }
                continue;
            }
            return read(&answer);
        }
        Err("the token is refused".into())
    }

    async fn post(&self, url: Url, headers: Vec<(HeaderName, HeaderValue)>, body: String) -> Result<Answer, String> {
        self.client.send(Ask { method: Method::POST, url, headers, body }).await.map_err(|trouble| trouble.to_string())
    }

    async fn swapped(&self, phone: &str, hours: u32) -> Result<Swap, String> {
        let hours = hours.clamp(1, 2400);
        let said = self.ask("check", &json!({ "phoneNumber": phone, "maxAge": hours })).await?;
        match said["swapped"].as_bool() {
            Some(false) => return Ok(Swap::Same),
            Some(true) => {}
            None => return Err("the answer does not say whether it was swapped".into()),
        }
        // When it was makes it more exact; that it was is enough.
        let said = self.ask("retrieve-date", &json!({ "phoneNumber": phone })).await;
        let at = said.ok().and_then(|said| said["latestSimChange"].as_str().and_then(|at| at.parse().ok()));
        Ok(Swap::Swapped(at))
    }
}

const AUTHORIZATION: HeaderName = HeaderName::from_static("authorization");
const CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");

fn header(token: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
        .map_err(|_| "the token has characters that no header may have")?;
    value.set_sensitive(true);
    Ok(value)
}

/// What was answered, or status and code of a refusal; its message may have the number in it.
fn read(answer: &Answer) -> Result<Value, String> {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if answer.status.is_success() {
        return body.ok_or_else(|| "the answer is not JSON".into());
    }
    let code = body.as_ref().and_then(|body| body["code"].as_str()).unwrap_or("no code");
    let code: String =
        code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '.')).take(60).collect();
    Err(format!("{} {code}", answer.status.as_u16()))
}

#[async_trait]
impl SimSwap for Camara {
    async fn within(&self, phone: &str, hours: u32) -> Swap {
        self.swapped(phone, hours).await.unwrap_or_else(Swap::Unknown)
    }
}

/// A network that knows what it was told, for tests and the demo.
#[derive(Debug, Default)]
pub struct Fake(Mutex<std::collections::HashMap<String, Swap>>);

impl Fake {
    /// From now on this is what it says of a number; of all others, that they are the same as ever.
    pub fn tell(&self, phone: &str, swap: Swap) {
        if let Ok(mut known) = self.0.lock() {
            known.insert(phone.to_owned(), swap);
        }
    }
}

#[async_trait]
impl SimSwap for Fake {
    async fn within(&self, phone: &str, _hours: u32) -> Swap {
        self.0.lock().ok().and_then(|known| known.get(phone).cloned()).unwrap_or(Swap::Same)
    }
}
