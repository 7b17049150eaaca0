//! A request to a peer that we have not met, as its operator describes it: a method, an address, headers and a body with
//! places for a card's numbers. Everything that can be checked without a card is checked when the configuration is read,
//! and a card that lacks a number is never guessed at. Networks ([`element::http`](crate::element)) and billing share it.

mod template;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use self::template::Numbers;
use self::template::{Dress, Template};
use crate::Failure;
use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Method};
use crate::secret::Secret;

/// One request. Places: `{iccid}` `{imsi}` `{eid}` `{generation}`, in a change `{key}`, and those of its kind of peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    #[serde(default)]
    pub body: String,
    /// Status codes by which a change is taken; none: every 2xx. What came of it is read back all the same.
    #[serde(default)]
    pub taken: Vec<u16>,
}

/// What may stand in a description beside the card's own numbers.
pub(crate) struct Places {
    /// Something is changed, so that there is an idempotency key.
    pub key: bool,
    /// Places that only this kind of peer has.
    pub own: Vec<&'static str>,
    /// Those of `own` that say which card is meant.
    pub naming: &'static [&'static str],
}

/// A [`Request`] that has been checked.
pub(crate) struct Plan {
    pub name: &'static str,
    method: Method,
    url: Template,
    headers: Vec<(HeaderName, Template)>,
    body: Template,
    taken: Vec<u16>,
}

impl Plan {
    /// `common`: headers with every request to this peer. What is wrong is said with its key.
    pub fn new(
        name: &'static str,
        request: &Request,
        common: &BTreeMap<String, Secret>,
        client: &Client,
        places: &Places,
    ) -> Result<Self, String> {
        let at = |key: &str, why: String| format!("{name}.{key} {why}");
        let template = |text: &str, dress| Template::new(text, dress, places.key, &places.own);
        let method = Method::from_bytes(request.method.as_bytes()).ok();
        let method = method.filter(|m| m.as_str().chars().all(char::is_uppercase));
        let method = method.ok_or_else(|| at("method", "is one such as GET, POST or DELETE".into()))?;
        let url = template(&request.url, Dress::Url).map_err(|why| at("url", why))?;
        if url.moves_host() {
            return Err(at("url", "has a place where host and port are".into()));
        }
        client.checked(&url.bare()).map_err(|why| at("url", why))?;
        let body = template(&request.body, Dress::Json).map_err(|why| at("body", why))?;
        let mut headers: Vec<(HeaderName, Template)> = Vec::new();
        for (own, all) in [("headers".to_owned(), common), (format!("{name}.headers"), &request.headers)] {
            for (header, secret) in all {
                let key = format!("{own}.{header}");
                let parsed = header.parse().map_err(|_| format!("{key} is no name of a header"))?;
                let text = secret.read().map_err(|why| format!("{key}: {why}"))?;
                HeaderValue::from_str(&text).map_err(|_| format!("{key} has characters that no header may have"))?;
                let value = template(&text, Dress::Bare).map_err(|why| format!("{key} {why}"))?;
                headers.retain(|(known, _)| *known != parsed);
                headers.push((parsed, value));
            }
        }
        let names = |template: &Template| template.names_card(places.naming);
        if !(names(&url) || names(&body) || headers.iter().any(|(_, value)| names(value))) {
            let known: Vec<_> = ["iccid", "imsi", "eid"].iter().chain(places.naming).collect();
            let known: Vec<_> = known.iter().map(|place| format!("{{{place}}}")).collect();
            return Err(format!("{name} names no card: {} belongs into its url or body", known.join(" or ")));
        }
        Ok(Self { name, method, url, headers, body, taken: request.taken.clone() })
    }

    /// With the card's numbers; a card that lacks one of them is not guessed at.
    pub fn ask(&self, numbers: &Numbers<'_>, idempotency: Option<&HeaderName>) -> Result<Ask, Failure> {
        let lacks = |what: &str| {
            Failure::GiveUp(format!("nothing was sent: the card has no {what}, which {} wants", self.name))
        };
        let fill = |template: &Template| template.fill(numbers).map_err(lacks);
        let impossible = |what: &str| Failure::GiveUp(format!("nothing was sent: {}: {what}", self.name));
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let mut value = HeaderValue::from_str(&fill(value)?).map_err(|_| impossible("a header"))?;
            value.set_sensitive(true);
            headers.push((name.clone(), value));
        }
        let body = fill(&self.body)?;
        let typed = headers.iter().any(|(name, _)| name.as_str() == "content-type");
        if !body.is_empty() && !typed {
            headers.push((HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")));
        }
        if let (Some(name), Some(key)) = (idempotency, &numbers.key) {
            headers.push((name.clone(), HeaderValue::from_str(key).map_err(|_| impossible("the key"))?));
        }
        let url = fill(&self.url)?.parse().map_err(|_| impossible("the address"))?;
        Ok(Ask { method: self.method.clone(), url, headers, body })
    }

    pub fn takes(&self, answer: &Answer) -> bool {
        if self.taken.is_empty() { answer.status.is_success() } else { self.taken.contains(&answer.status.as_u16()) }
    }

    /// Of a change that was not taken and has not happened. What another try may mend (keys, limits, trouble at the far
    /// end) is tried again.
    pub fn refused(&self, peer: &str, answer: &Answer) -> Failure {
        let code = answer.status.as_u16();
        let why = format!("{peer}: {} was answered with HTTP {code}", self.name);
        match code {
            400 | 404..=407 | 410..=422 => Failure::GiveUp(why),
            _ => Failure::Retry(why),
        }
    }
}

/// The header that carries an idempotency key; none where there is no name.
pub(crate) fn idempotency(name: &str) -> Result<Option<HeaderName>, String> {
    let parse = |name: &str| name.parse().map_err(|_| "idempotency is the name of a header, or empty".to_owned());
    Some(name).filter(|name| !name.is_empty()).map(parse).transpose()
}
