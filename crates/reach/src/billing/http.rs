//! A billing system that we have not met, spoken to by HTTP as its operator describes it: for each of `observe`, `stop`,
//! `bill` and `refund` a method, an address and a body with places for the card's numbers, and where in an answer to
//! `observe` stands what is so.

use std::collections::BTreeMap;

use async_trait::async_trait;
use case::{Charge, Money, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Billed, Billing, Order, Paid, Standing, amount, moment};
use crate::Failure;
use crate::element::http::template::{Dress, Numbers, Template};
use crate::element::http::{Request, without_places};
use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Link, Method};
use crate::secret::Secret;

/// `[billing.http]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    #[serde(default = "Http::default_name")]
    pub name: String,
    #[serde(default)]
    pub link: Link,
    /// With every request.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// The header that carries the key of an order, the same however often it is sent; empty: none.
    #[serde(default = "Http::default_idempotency")]
    pub idempotency: String,
    /// Places beside those of `[network.http]`: `{card}` `{case}` `{currency}`, in `stop` `{at}` and `{day}`, in `refund`
    /// `{amount}`.
    pub observe: Request,
    pub stop: Request,
    pub bill: Request,
    pub refund: Request,
    /// Where in an answer to `observe` stands what is so (RFC 6901).
    pub read: Read,
}

/// Places in the JSON body of an answer. Nothing there, or null: it has not happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// A time (RFC 3339) or a day: nothing is charged from then on.
    pub ended: String,
    /// The lines of the last bill, a list.
    pub lines: String,
    /// Within one line.
    #[serde(default = "Read::what")]
    pub what: String,
    #[serde(default = "Read::amount")]
    pub amount: String,
    /// The currency of a line; a line without one has the operator's.
    #[serde(default = "Read::currency")]
    pub currency: String,
    /// Their names, as quotes have them: `early_termination = "fee-early"`.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    pub refund_amount: String,
    pub refund_reference: String,
}

impl Http {
    fn default_name() -> String {
        "http".into()
    }

    fn default_idempotency() -> String {
        "idempotency-key".into()
    }
}

impl Read {
    fn what() -> String {
        "/what".into()
    }

    fn amount() -> String {
        "/amount".into()
    }

    fn currency() -> String {
        "/currency".into()
    }
}

const OWN: [&str; 3] = ["card", "case", "currency"];

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
        let more: &[&'static str] = match name {
            "stop" => &["at", "day"],
            "refund" => &["amount"],
            _ => &[],
        };
        let own: Vec<&'static str> = OWN.iter().chain(more).copied().collect();
        let template = |key: &str, text: &str, dress| {
            Template::of(text, dress, name != "observe", &own).map_err(|why| format!("{name}.{key} {why}"))
        };
        let method = Method::from_bytes(request.method.as_bytes()).ok();
        let method = method.filter(|m| m.as_str().chars().all(char::is_uppercase));
        let method = method.ok_or_else(|| format!("{name}.method is one such as GET or POST"))?;
        let url = template("url", &request.url, Dress::Url)?;
        if url.moves_host() {
            return Err(format!("{name}.url has a place where host and port are"));
        }
        let bare =
            own.iter().fold(without_places(&request.url), |url, place| url.replace(&format!("{{{place}}}"), "0"));
        client.checked(&bare).map_err(|why| format!("{name}.url {why}"))?;
        let mut headers: Vec<(HeaderName, Template)> = Vec::new();
        for (header, secret) in settings.headers.iter().chain(&request.headers) {
            let parsed: HeaderName =
                header.parse().map_err(|_| format!("{name}.headers.{header} is no name of a header"))?;
            let text = secret.read().map_err(|why| format!("{name}.headers.{header}: {why}"))?;
            let value = template(&format!("headers.{header}"), &text, Dress::Bare)?;
            headers.retain(|(known, _)| *known != parsed);
            headers.push((parsed, value));
        }
        let body = template("body", &request.body, Dress::Json)?;
        let named = ["{iccid}", "{imsi}", "{eid}", "{card}", "{case}"];
        if !named.iter().any(|place| request.url.contains(place) || request.body.contains(place)) {
            return Err(format!("{name} names no card: {} belongs into its url or body", named.join(" or ")));
        }
        Ok(Self { name, method, url, headers, body, taken: request.taken.clone() })
    }

    fn ask(
        &self,
        of: &Billed,
        key: Option<String>,
        own: &[(&'static str, String)],
        idempotency: Option<&HeaderName>,
    ) -> Result<Ask, Failure> {
        let mut all = vec![
            ("card", of.line.subscription.card.to_string()),
            ("case", of.case.to_string()),
            ("currency", of.currency.clone()),
        ];
        all.extend_from_slice(own);
        let numbers = Numbers { line: &of.line, key: key.clone(), own: &all };
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
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.as_str() == "content-type") {
            headers.push((HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")));
        }
        if let (Some(name), Some(key)) = (idempotency, key) {
            headers.push((name.clone(), HeaderValue::from_str(&key).map_err(|_| impossible("the key"))?));
        }
        let url = fill(&self.url)?.parse().map_err(|_| impossible("the address"))?;
        Ok(Ask { method: self.method.clone(), url, headers, body })
    }
}

pub struct HttpBilling {
    name: String,
    client: Client,
    idempotency: Option<HeaderName>,
    observe: Plan,
    orders: [Plan; 3],
    read: Read,
}

impl HttpBilling {
    /// Checks everything that can be checked without a card; what is wrong is said with its key.
    pub fn new(settings: &Http) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let plan = |name, request| Plan::new(settings, name, request, &client);
        let idempotency = match settings.idempotency.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|_| "idempotency is the name of a header, or empty".to_owned())?),
        };
        let read = &settings.read;
        let places = [
            ("ended", &read.ended),
            ("lines", &read.lines),
            ("what", &read.what),
            ("amount", &read.amount),
            ("currency", &read.currency),
            ("refund_amount", &read.refund_amount),
            ("refund_reference", &read.refund_reference),
        ];
        if let Some((name, _)) = places.iter().find(|(_, place)| !place.starts_with('/')) {
            return Err(format!("read.{name} begins with /"));
        }
        Ok(Self {
            name: settings.name.clone(),
            idempotency,
            observe: plan("observe", &settings.observe)?,
            orders: [plan("stop", &settings.stop)?, plan("bill", &settings.bill)?, plan("refund", &settings.refund)?],
            read: settings.read.clone(),
            client,
        })
    }

    fn misfit(&self, what: &str) -> Failure {
        Failure::NotYet(format!("{}: the answer's {what} cannot be read", self.name))
    }

    fn standing(&self, of: &Billed, body: &Value) -> Result<Standing, Failure> {
        let at = |pointer: &str| body.pointer(pointer).filter(|value| !value.is_null());
        let ended = at(&self.read.ended).map(|value| value.as_str().and_then(|text| moment(text, &of.zone)));
        let ended = ended.map(|at| at.ok_or_else(|| self.misfit(&self.read.ended))).transpose()?;
        let lines = at(&self.read.lines).map(|lines| self.charges(of, lines)).transpose()?;
        let refund = match (at(&self.read.refund_amount), at(&self.read.refund_reference)) {
            (Some(sum), Some(reference)) => {
                let sum = amount(sum, &of.currency).map_err(|_| self.misfit(&self.read.refund_amount))?;
                let reference = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
                Some(Paid { amount: sum, reference })
            }
            (_, _) => None,
        };
        let evidence = format!(
            "{}: ended {}, bill {}, refund {}",
            self.name,
            ended.map_or_else(|| "no".to_owned(), |at| at.to_string()),
            if lines.is_some() { "written" } else { "no" },
            if refund.is_some() { "paid" } else { "no" },
        );
        Ok(Standing { ended, bill: lines, refund, evidence })
    }

    fn charges(&self, of: &Billed, lines: &Value) -> Result<Vec<Charge>, Failure> {
        let read = |line: &Value| {
            let what = line.pointer(&self.read.what)?.as_str()?;
            let currency = line.pointer(&self.read.currency).and_then(Value::as_str).unwrap_or(&of.currency);
            let amount = amount(line.pointer(&self.read.amount)?, currency).ok()?;
            let what = self.read.names.get(what).map_or_else(|| what.to_owned(), Clone::clone);
            Some(Charge { what, amount })
        };
        let charges = lines.as_array().and_then(|lines| lines.iter().map(read).collect());
        charges.ok_or_else(|| self.misfit(&self.read.lines))
    }

    async fn order(&self, of: &Billed, order: Order, own: &[(&'static str, String)]) -> Result<(), Failure> {
        let plan = &self.orders[order as usize];
        let answer: Answer =
            self.client.send(plan.ask(of, Some(of.key(order)), own, self.idempotency.as_ref())?).await?;
        let code = answer.status.as_u16();
        let taken = if plan.taken.is_empty() { answer.status.is_success() } else { plan.taken.contains(&code) };
        let why = format!("{}: {} was answered with HTTP {code}", self.name, order.name());
        match code {
            _ if taken => Ok(()),
            400 | 404..=407 | 410..=422 => Err(Failure::GiveUp(why)),
            _ => Err(Failure::Retry(why)),
        }
    }
}

#[async_trait]
impl Billing for HttpBilling {
    fn name(&self) -> &str {
        &self.name
    }

    async fn observe(&self, of: &Billed, _: Timestamp) -> Result<Standing, Failure> {
        let answer = self.client.send(self.observe.ask(of, None, &[], None)?).await?;
        let code = answer.status.as_u16();
        if !answer.status.is_success() {
            return Err(Failure::Retry(format!("{}: observe was answered with HTTP {code}", self.name)));
        }
        let body = serde_json::from_slice(&answer.body).map_err(|_| self.misfit("body"))?;
        self.standing(of, &body)
    }

    async fn stop(&self, of: &Billed, at: Timestamp, _: Timestamp) -> Result<(), Failure> {
        let day = at.to_zoned(of.zone.clone()).date().to_string();
        self.order(of, Order::Stop, &[("at", at.to_string()), ("day", day)]).await
    }

    async fn final_bill(&self, of: &Billed, _: Timestamp) -> Result<(), Failure> {
        self.order(of, Order::Bill, &[]).await
    }

    async fn refund(&self, of: &Billed, amount: &Money, _: Timestamp) -> Result<(), Failure> {
        self.order(of, Order::Refund, &[("amount", amount.decimal())]).await
    }
}
