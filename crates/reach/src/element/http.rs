//! A core network that we have not met, spoken to by HTTP as its operator describes it: for each of
//! `observe`, `bar`, `unbar` and `cease` a method, an address and a body with places for the card's
//! numbers; and how to read, from an answer to `observe`, whether the card is active, barred or gone.
//!
//! A change is: look, and where it is done already leave it; ask for it; look again. What an answer says
//! that fits none of the descriptions is not guessed at.

pub(crate) mod template;

use std::collections::BTreeMap;

use async_trait::async_trait;
use case::{EffectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::template::{Dress, Numbers, Template};
use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Link, Method, Trouble};
use crate::secret::Secret;
use crate::{Element, Failure, Line, Observed, ReadBack};

/// `[network.http]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Stands in certificates.
    #[serde(default = "Http::default_name")]
    pub name: String,
    #[serde(default)]
    pub link: Link,
    /// With every request.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// The header that carries the key of a change, the same however often it is sent; empty: none.
    #[serde(default = "Http::default_idempotency")]
    pub idempotency: String,
    pub observe: Request,
    pub bar: Request,
    pub unbar: Request,
    pub cease: Request,
    /// An answer to `observe` means what the first of these that it fits says, in this order: a card is
    /// gone only where nothing says that it is not.
    pub active: Vec<Sign>,
    pub barred: Vec<Sign>,
    pub gone: Vec<Sign>,
}

impl Http {
    fn default_name() -> String {
        "http".into()
    }

    fn default_idempotency() -> String {
        "idempotency-key".into()
    }
}

/// One request. Places: `{iccid}` `{imsi}` `{eid}` `{generation}`, and in a change `{key}`.
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

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    #[serde(default = "Sign::ok")]
    pub status: Vec<u16>,
    /// A place in the JSON body (RFC 6901), such as `/subscriber/state`; empty with `equals` or `absent`: all of it.
    #[serde(default)]
    pub pointer: String,
    /// What stands there.
    #[serde(default)]
    pub equals: Option<Value>,
    /// Nothing stands there, or null.
    #[serde(default)]
    pub absent: bool,
}

impl Sign {
    fn ok() -> Vec<u16> {
        vec![200]
    }

    fn check(&self) -> Result<(), String> {
        if !self.pointer.is_empty() && !self.pointer.starts_with('/') {
            return Err(".pointer begins with /".into());
        }
        if self.equals.is_some() && self.absent {
            return Err(" has equals or absent, not both".into());
        }
        if !self.pointer.is_empty() && self.equals.is_none() && !self.absent {
            return Err(".pointer needs equals or absent".into());
        }
        if self.status.is_empty() || self.status.iter().any(|code| !(100..=599).contains(code)) {
            return Err(".status is a list of status codes".into());
        }
        Ok(())
    }

    /// Whether the answer fits, and what of it does.
    fn read(&self, answer: &Answer) -> Option<String> {
        let code = answer.status.as_u16();
        if !self.status.contains(&code) {
            return None;
        }
        if self.equals.is_none() && !self.absent {
            return Some(format!("HTTP {code}"));
        }
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        let found = body.pointer(&self.pointer);
        let place = if self.pointer.is_empty() { "body" } else { self.pointer.as_str() };
        match &self.equals {
            Some(wanted) => (found == Some(wanted)).then(|| format!("HTTP {code}, {place} = {wanted}")),
            None => found.is_none_or(Value::is_null).then(|| format!("HTTP {code}, {place} is absent")),
        }
    }
}

/// A [`Request`] that has been checked.
struct Plan {
    name: &'static str,
    method: Method,
    url: Template,
    headers: Vec<(HeaderName, Template)>,
    body: Template,
    taken: Vec<u16>,
}

impl Plan {
    fn new(settings: &Http, name: &'static str, request: &Request, client: &Client) -> Result<Self, String> {
        let changes = name != "observe";
        let at = |key: &str, why: String| format!("{name}.{key} {why}");
        let method =
            Method::from_bytes(request.method.as_bytes()).ok().filter(|m| m.as_str().chars().all(char::is_uppercase));
        let method = method.ok_or_else(|| at("method", "is one such as GET, POST or DELETE".into()))?;
        let url = Template::new(&request.url, Dress::Url, changes).map_err(|why| at("url", why))?;
        if url.moves_host() {
            return Err(at("url", "has a place where host and port are".into()));
        }
        client.checked(&without_places(&request.url)).map_err(|why| at("url", why))?;
        let body = Template::new(&request.body, Dress::Json, changes).map_err(|why| at("body", why))?;
        let mut headers: Vec<(HeaderName, Template)> = Vec::new();
        for (own, all) in [("headers", &settings.headers), ("", &request.headers)] {
            for (header, secret) in all {
                let key = if own.is_empty() { format!("{name}.headers.{header}") } else { format!("{own}.{header}") };
                let parsed = header.parse().map_err(|_| format!("{key} is no name of a header"))?;
                let text = secret.read().map_err(|why| format!("{key}: {why}"))?;
                HeaderValue::from_str(&text).map_err(|_| format!("{key} has characters that no header may have"))?;
                let value = Template::new(&text, Dress::Bare, changes).map_err(|why| format!("{key} {why}"))?;
                headers.retain(|(known, _)| *known != parsed);
                headers.push((parsed, value));
            }
        }
        let named = url.names_card() || body.names_card() || headers.iter().any(|(_, value)| value.names_card());
        if !named {
            return Err(format!("{name} names no card: {{iccid}}, {{imsi}} or {{eid}} belongs into its url or body"));
        }
        Ok(Self { name, method, url, headers, body, taken: request.taken.clone() })
    }

    /// With the card's numbers; a card that lacks one of them is not guessed at.
    fn ask(&self, line: &Line, key: Option<EffectId>, idempotency: Option<&HeaderName>) -> Result<Ask, Failure> {
        let numbers = Numbers { line, key: key.map(|key| key.to_string()), own: &[] };
        let lacks = |what: &str| {
            Failure::GiveUp(format!("nothing was sent: the card has no {what}, which {} wants", self.name))
        };
        let fill = |template: &Template| template.fill(&numbers).map_err(lacks);
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
        if let (Some(name), Some(key)) = (idempotency, key) {
            headers.push((name.clone(), HeaderValue::from_str(&key.to_string()).map_err(|_| impossible("the key"))?));
        }
        let url = fill(&self.url)?.parse().map_err(|_| impossible("the address"))?;
        Ok(Ask { method: self.method.clone(), url, headers, body })
    }

    fn takes(&self, answer: &Answer) -> bool {
        if self.taken.is_empty() { answer.status.is_success() } else { self.taken.contains(&answer.status.as_u16()) }
    }
}

/// The address with a digit in every place, to be looked at before there is a card.
pub(crate) fn without_places(url: &str) -> String {
    ["{iccid}", "{imsi}", "{eid}", "{generation}", "{key}"].iter().fold(url.to_owned(), |url, p| url.replace(p, "0"))
}

pub struct HttpElement {
    name: String,
    client: Client,
    idempotency: Option<HeaderName>,
    observe: Plan,
    bar: Plan,
    unbar: Plan,
    cease: Plan,
    signs: [(Observed, Vec<Sign>); 3],
}

impl HttpElement {
    /// Checks everything that can be checked without a card; what is wrong is said with its key.
    pub fn new(settings: &Http) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let plan = |name, request| Plan::new(settings, name, request, &client);
        let idempotency = match settings.idempotency.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|_| "idempotency is the name of a header, or empty".to_owned())?),
        };
        for (name, signs) in [("active", &settings.active), ("barred", &settings.barred), ("gone", &settings.gone)] {
            if signs.is_empty() {
                return Err(format!("{name} says in no way how to know it"));
            }
            for (n, sign) in signs.iter().enumerate() {
                sign.check().map_err(|why| format!("{name}[{n}]{why}"))?;
            }
        }
        if settings.name.is_empty() || settings.name.len() > 40 || settings.name.chars().any(char::is_control) {
            return Err("name has 1 to 40 characters".into());
        }
        Ok(Self {
            name: settings.name.clone(),
            idempotency,
            observe: plan("observe", &settings.observe)?,
            bar: plan("bar", &settings.bar)?,
            unbar: plan("unbar", &settings.unbar)?,
            cease: plan("cease", &settings.cease)?,
            signs: [
                (Observed::Active, settings.active.clone()),
                (Observed::Barred, settings.barred.clone()),
                (Observed::Gone, settings.gone.clone()),
            ],
            client,
        })
    }

    async fn look(&self, ask: Ask, now: Timestamp) -> Result<ReadBack, Failure> {
        let answer = self.client.send(ask).await?;
        for (observed, signs) in &self.signs {
            if let Some(evidence) = signs.iter().find_map(|sign| sign.read(&answer)) {
                return Ok(ReadBack::new(*observed, evidence, now));
            }
        }
        Err(Failure::NotYet(format!("{}: HTTP {} fits nothing that is described", self.name, answer.status.as_u16())))
    }

    async fn change(
        &self,
        plan: &Plan,
        line: &Line,
        key: EffectId,
        now: Timestamp,
        wanted: [Observed; 2],
    ) -> Result<ReadBack, Failure> {
        if let Some(gone) = super::superseded(line, now) {
            return Ok(gone);
        }
        // Both are filled before either is sent.
        let look = self.observe.ask(line, None, None)?;
        let ask = plan.ask(line, Some(key), self.idempotency.as_ref())?;
        let before = self.look(look.clone(), now).await?;
        if wanted.contains(&before.observed) {
            return Ok(before);
        }
        let answer: Result<Answer, Trouble> = self.client.send(ask).await;
        let answer = answer?;
        let after = self.look(look, now).await?;
        if wanted.contains(&after.observed) || plan.takes(&answer) {
            return Ok(after);
        }
        Err(refused(&self.name, plan.name, &answer))
    }
}

/// A change that was not taken and has not happened. What another try may mend (keys, limits, trouble at the
/// far end) is tried again.
fn refused(element: &str, what: &str, answer: &Answer) -> Failure {
    let code = answer.status.as_u16();
    let why = format!("{element}: {what} was answered with HTTP {code}");
    match code {
        400 | 404..=407 | 410..=422 => Failure::GiveUp(why),
        _ => Failure::Retry(why),
    }
}

#[async_trait]
impl Element for HttpElement {
    fn name(&self) -> &str {
        &self.name
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        match super::superseded(line, now) {
            Some(gone) => Ok(gone),
            None => self.look(self.observe.ask(line, None, None)?, now).await,
        }
    }

    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.change(&self.bar, line, key, now, [Observed::Barred, Observed::Gone]).await
    }

    async fn unbar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.change(&self.unbar, line, key, now, [Observed::Active, Observed::Gone]).await
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.change(&self.cease, line, key, now, [Observed::Gone, Observed::Gone]).await
    }
}

#[cfg(test)]
mod tests;
