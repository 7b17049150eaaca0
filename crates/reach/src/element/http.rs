//! A core network that we have not met, spoken to by HTTP as its operator describes it: for each of
//! `observe`, `bar`, `unbar` and `cease` a method, an address and a body with places for the card's
//! numbers; and how to read, from an answer to `observe`, whether the card is active, barred or gone.
//!
//! A change is: look, and where it is done already leave it; ask for it; look again. What an answer says
//! that fits none of the descriptions is not guessed at.

use std::collections::BTreeMap;

use async_trait::async_trait;
use case::{EffectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::described::Request;
use crate::described::{Numbers, Places, Plan, idempotency};
use crate::http::{Answer, Ask, Client, HeaderName, Link, Trouble};
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

fn plan(settings: &Http, name: &'static str, request: &Request, client: &Client) -> Result<Plan, String> {
    let places = Places { key: name != "observe", own: Vec::new(), naming: &[] };
    Plan::new(name, request, &settings.headers, client, &places)
}

fn numbers(line: &Line, key: Option<EffectId>) -> Numbers<'_> {
    Numbers { line, key: key.map(|key| key.to_string()), own: &[] }
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
        let plan = |name, request| plan(settings, name, request, &client);
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
            idempotency: idempotency(&settings.idempotency)?,
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
        let look = self.observe.ask(&numbers(line, None), None)?;
        let ask = plan.ask(&numbers(line, Some(key)), self.idempotency.as_ref())?;
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
        Err(plan.refused(&self.name, &answer))
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
            None => self.look(self.observe.ask(&numbers(line, None), None)?, now).await,
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
