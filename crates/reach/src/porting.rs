//! Codes with which a number moves to another network (PAC, STAC): asked of whoever runs the operator's porting.
//!
//! By HTTP, one question: `POST url` with `{"code": "pac", "msisdn": "+44…", "iccid": "89…"}` and the effect's id as
//! `Idempotency-Key`, under which the far end answers the same code however often it is asked. The answer is
//! `{"code": "ABC123456", "valid_until": "2026-12-26T12:00:00Z"}`. A code is never logged.
//!
//! That a number has gone is told by a webhook: `{"event": "ported", "msisdn": "+44…", "code": "…", "at": "…"}`, of which
//! the code and the time may be left out.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use case::Timestamp;
use case::way::Code;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::Failure;
use crate::http::{Ask, Client, HeaderName, HeaderValue, Link, Method};
use crate::secret::Secret;
use crate::webhook::Signed;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub code: Code,
    pub msisdn: String,
    pub iccid: Option<String>,
}

/// A code, and until when it is good.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    pub code: String,
    pub until: Timestamp,
}

#[async_trait]
pub trait Porting: Send + Sync {
    /// The code for this number. The same key gives the same code.
    async fn code(&self, key: &str, wanted: &Wanted, now: Timestamp) -> Result<Given, Failure>;
}

/// `[porting]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where codes are asked for, such as `https://porting.example.com/codes`.
    pub url: String,
    /// A bearer token.
    pub token: Secret,
    #[serde(default = "quick")]
    pub link: Link,
    /// The secret that its webhooks are signed with, `whsec_…` as Standard Webhooks write it; none: it sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Secret>,
}

/// A minute is promised.
fn quick() -> Link {
    Link { connect_seconds: 3, exchange_seconds: 10, answer_bytes: 64 * 1024, ..Link::default() }
}

pub struct Http {
    client: Client,
    url: Url,
    token: HeaderValue,
}

/// Characters of a code.
const CODE_MAX: usize = 20;

impl Http {
    /// What is wrong is said with the key of the configuration.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let url = client.checked(&settings.url).map_err(|why| format!("url {why}"))?;
        let token = settings.token.read().map_err(|why| format!("token: {why}"))?;
        let mut token = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| "token has characters that no header may have")?;
        token.set_sensitive(true);
        Ok(Self { client, url, token })
    }
}

#[async_trait]
impl Porting for Http {
    async fn code(&self, key: &str, wanted: &Wanted, _now: Timestamp) -> Result<Given, Failure> {
        let key = HeaderValue::from_str(key).map_err(|_| Failure::GiveUp("the key is no header".into()))?;
        let headers = vec![
            (HeaderName::from_static("authorization"), self.token.clone()),
            (HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")),
            (HeaderName::from_static("idempotency-key"), key),
        ];
        let Wanted { code, msisdn, iccid } = wanted;
        let body = json!({ "code": code.name(), "msisdn": msisdn, "iccid": iccid }).to_string();
        let answer = self.client.send(Ask { method: Method::POST, url: self.url.clone(), headers, body }).await?;
        let status = answer.status;
        match status.as_u16() {
            200..=299 => read(&answer.body),
            // It knows the number, or the request, and will not.
            400 | 403 | 404 | 409 | 410 | 422 => Err(Failure::GiveUp(format!("porting answers {status}"))),
            _ => Err(Failure::Retry(format!("porting answers {status}"))),
        }
    }
}

fn read(body: &[u8]) -> Result<Given, Failure> {
    let bad = |what: &str| Failure::Retry(format!("porting's answer has no {what}"));
    let said: Value = serde_json::from_slice(body).map_err(|_| bad("JSON"))?;
    let code = said["code"].as_str().map(str::trim).unwrap_or_default();
    let sound = !code.is_empty() && code.len() <= CODE_MAX && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let until = said["valid_until"].as_str().and_then(|at| at.parse().ok());
    match (sound, until) {
        (true, Some(until)) => Ok(Given { code: code.to_ascii_uppercase(), until }),
        (false, _) => Err(bad("code of letters and digits")),
        (true, None) => Err(bad("valid_until, such as 2026-12-26T12:00:00Z")),
    }
}

/// A number is with another network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// E.164 digits, with or without the +.
    pub msisdn: String,
    /// The code that was used, where porting says so.
    pub code: Option<String>,
    /// When, where it says so.
    pub at: Option<Timestamp>,
}

/// Reads what porting tells by itself.
pub struct Hook(Signed);

impl Hook {
    /// None where it tells nothing.
    pub fn new(settings: &Settings) -> Result<Option<Self>, String> {
        settings.webhook.as_ref().map(Signed::new).transpose().map(|signed| signed.map(Self))
    }

    pub fn signed(&self) -> &Signed {
        &self.0
    }

    /// None where it is no JSON, or about something else than a number that has gone.
    pub fn read(&self, body: &[u8]) -> Option<Gone> {
        let said: Value = serde_json::from_slice(body).ok()?;
        let text = |key: &str| said[key].as_str().map(str::trim).filter(|text| !text.is_empty());
        if text("event") != Some("ported") {
            return None;
        }
        let at = match text("at") {
            Some(at) => Some(at.parse().ok()?),
            None => None,
        };
        let msisdn = text("msisdn").filter(|number| number.len() <= 20)?.to_owned();
        Some(Gone { msisdn, code: text("code").map(str::to_ascii_uppercase), at })
    }
}

/// Makes up codes of the shape that they have in the United Kingdom, and remembers under which key.
#[derive(Default)]
pub struct Fake {
    given: Mutex<HashMap<String, Given>>,
    /// Days for which they are good.
    days: i64,
}

impl Fake {
    pub fn new(days: u32) -> Self {
        Self { given: Mutex::default(), days: i64::from(days) }
    }
}

#[async_trait]
impl Porting for Fake {
    async fn code(&self, key: &str, wanted: &Wanted, now: Timestamp) -> Result<Given, Failure> {
        let mut given = self.given.lock().map_err(|_| Failure::Retry("porting is broken".into()))?;
        let n = key.bytes().fold(0_u64, |n, b| n.wrapping_mul(31).wrapping_add(u64::from(b)));
        let letters: String = (0..3_u32).map(|i| char::from(b'A' + (n / 26_u64.pow(i) % 26) as u8)).collect();
        let digits = format!("{:06}", n / 20_000 % 1_000_000);
        let code = match wanted.code {
            Code::Pac => format!("{letters}{digits}"),
            Code::Stac => format!("{digits}{letters}"),
        };
        let until = now.saturating_add(SignedDuration::from_hours(24 * self.days)).unwrap_or(Timestamp::MAX);
        Ok(given.entry(key.to_owned()).or_insert(Given { code, until }).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_code_with_its_last_moment_is_one() {
        let read = |text: &str| read(text.as_bytes());
        let given = read(r#"{"code":" abc123456 ","valid_until":"2026-12-26T12:00:00Z"}"#).ok().unwrap();
        assert_eq!((given.code.as_str(), given.until.to_string().as_str()), ("ABC123456", "2026-12-26T12:00:00Z"));
        for bad in [
            "",
            "{}",
            r#"{"code":"ABC 123","valid_until":"2026-12-26T12:00:00Z"}"#,
            r#"{"code":"<script>","valid_until":"2026-12-26T12:00:00Z"}"#,
            r#"{"code":"ABC123456","valid_until":"soon"}"#,
            r#"{"code":"ABC123456"}"#,
        ] {
            assert!(matches!(read(bad), Err(Failure::Retry(_))), "{bad}");
        }
    }

    #[test]
    fn only_a_number_that_has_gone_is_read() {
        let settings = "url = \"https://porting.example/codes\"\ntoken = \"t\"\nwebhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";
        let hook = Hook::new(&toml::from_str(settings).unwrap()).unwrap().unwrap();
        let gone =
            hook.read(br#"{"event":"ported","msisdn":"+447700900201","code":"abc123456","at":"2026-11-22T12:00:00Z"}"#);
        let at = "2026-11-22T12:00:00Z".parse().ok();
        let whole = Gone { msisdn: "+447700900201".into(), code: Some("ABC123456".into()), at };
        assert_eq!(gone, Some(whole.clone()));
        let bare = hook.read(br#"{"event":"ported","msisdn":"+447700900201"}"#);
        assert_eq!(bare, Some(Gone { code: None, at: None, ..whole }));
        for bad in [
            "",
            "[]",
            r#"{"event":"ported"}"#,
            r#"{"event":"requested","msisdn":"+447700900201"}"#,
            r#"{"msisdn":"+447700900201"}"#,
            r#"{"event":"ported","msisdn":447700900201}"#,
            r#"{"event":"ported","msisdn":"+447700900201","at":"yesterday"}"#,
        ] {
            assert_eq!(hook.read(bad.as_bytes()), None, "{bad}");
        }
        let none = settings.split("webhook").next().unwrap();
        assert!(Hook::new(&toml::from_str(none).unwrap()).unwrap().is_none());
    }

    #[tokio::test]
    async fn the_same_key_gives_the_same_code() {
        let fake = Fake::new(30);
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let wanted = |code| Wanted { code, msisdn: "+447700900201".into(), iccid: None };
        let first = fake.code("a/1", &wanted(Code::Pac), now).await.ok().unwrap();
        let again = fake.code("a/1", &wanted(Code::Pac), now + SignedDuration::from_hours(1)).await.ok().unwrap();
        let other = fake.code("a/2", &wanted(Code::Stac), now).await.ok().unwrap();
        assert!(first == again && first.code != other.code);
        assert!(first.code[..3].bytes().all(|b| b.is_ascii_uppercase()) && other.code[..6].parse::<u32>().is_ok());
    }
}
