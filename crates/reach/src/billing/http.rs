//! A billing system that we have not met, spoken to by HTTP as its operator describes it: for each of `observe`, `stop`,
//! `bill` and `refund` a method, an address and a body with places for the card's numbers, and where in an answer to
//! `observe` stands what is so.

use std::collections::BTreeMap;

use async_trait::async_trait;
use case::{CardId, CaseRef, Charge, Money, Subscription, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Billed, Billing, Order, Paid, Standing, amount, moment};
use crate::described::{Numbers, Places, Plan, Request, idempotency};
use crate::http::{Answer, Client, HeaderName, Link};
use crate::secret::Secret;
use crate::{Failure, Line};

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

fn plan(settings: &Http, name: &'static str, request: &Request, client: &Client) -> Result<Plan, String> {
    let more: &[&'static str] = match name {
        "stop" => &["at", "day"],
        "refund" => &["amount"],
        _ => &[],
    };
    let own = ["card", "case", "currency"].iter().chain(more).copied().collect();
    let places = Places { key: name != "observe", own, naming: &["card", "case"] };
    Plan::new(name, request, &settings.headers, client, &places)
}

/// What the places of every request to billing stand for, and `more`.
fn own(of: &Billed, more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let card = ("card", of.line.subscription.card.to_string());
    [card, ("case", of.case.to_string()), ("currency", of.currency.clone())].into_iter().chain(more.to_vec()).collect()
}

/// An activation that there is not.
fn nobody() -> Subscription {
    Subscription { card: CardId::from_bits(0), generation: 0 }
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
        let plan = |name, request| plan(settings, name, request, &client);
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
            idempotency: idempotency(&settings.idempotency)?,
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

    async fn order(&self, of: &Billed, order: Order, more: &[(&'static str, String)]) -> Result<(), Failure> {
        let plan = &self.orders[order as usize];
        let numbers = Numbers { line: &of.line, key: Some(of.key(order)), own: &own(of, more) };
        let answer: Answer = self.client.send(plan.ask(&numbers, self.idempotency.as_ref())?).await?;
        if plan.takes(&answer) { Ok(()) } else { Err(plan.refused(&self.name, &answer)) }
    }
}

#[async_trait]
impl Billing for HttpBilling {
    fn name(&self) -> &str {
        &self.name
    }

    /// Looks at a card that there is not: it need not be known.
    async fn probe(&self) -> Result<String, Failure> {
        let none = Some("0".to_owned());
        let line = Line { iccid: none.clone(), imsi: none.clone(), eid: none, ..Line::bare(nobody()) };
        let of = Billed {
            line,
            case: CaseRef::from_bits(0),
            quoted: Vec::new(),
            currency: "XXX".into(),
            zone: jiff::tz::TimeZone::UTC,
        };
        let numbers = Numbers { line: &of.line, key: None, own: &own(&of, &[]) };
        let answer = self.client.send(self.observe.ask(&numbers, None)?).await?;
        match answer.status.as_u16() {
            200..=299 | 404 | 410 => Ok("answers a look".into()),
            code => Err(Failure::Retry(format!("{}: observe was answered with HTTP {code}", self.name))),
        }
    }

    async fn observe(&self, of: &Billed, _: Timestamp) -> Result<Standing, Failure> {
        let numbers = Numbers { line: &of.line, key: None, own: &own(of, &[]) };
        let answer = self.client.send(self.observe.ask(&numbers, None)?).await?;
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
