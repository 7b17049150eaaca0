//! Kill Bill (killbill.io), by its HTTP API 1.0. A card's subscription is found by its external key; ending it cancels
//! entitlement and billing on one day, which is read back as `cancelledDate` and `billingEndDate`. The last bill is
//! whatever is invoiced once a dry run finds nothing more to invoice; a refund is of the payment that was made, under an
//! external key of ours, by which it is found again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use case::{Charge, Money, Timestamp};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{Billed, Billing, Order, Paid, Standing, amount, moment};
use crate::Failure;
use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Link, Method};
use crate::secret::Secret;

/// `[billing.killbill]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KillBill {
    /// Such as `https://billing.example`, without `/1.0/kb`.
    pub url: String,
    #[serde(default)]
    pub link: Link,
    pub user: String,
    pub password: Secret,
    pub api_key: Secret,
    pub api_secret: Secret,
    /// What stands in `X-Killbill-CreatedBy`.
    #[serde(default = "KillBill::created_by")]
    pub created_by: String,
    /// By which of the card's numbers a subscription is keyed: `iccid`, `imsi`, `eid` or `card`.
    #[serde(default = "KillBill::keyed_by")]
    pub external_key: String,
    /// Types of invoice items, by the names that quotes have for them. Items of other types keep their own.
    #[serde(default = "KillBill::names")]
    pub names: BTreeMap<String, String>,
}

impl KillBill {
    fn created_by() -> String {
        "cease".into()
    }

    fn keyed_by() -> String {
        "iccid".into()
    }

    fn names() -> BTreeMap<String, String> {
        [("RECURRING", "fee-last-bill"), ("REPAIR_ADJ", "fee-unused"), ("EXTERNAL_CHARGE", "fee-early")]
            .map(|(kind, what)| (kind.to_owned(), what.to_owned()))
            .into()
    }
}

/// What of a subscription matters here.
struct Subscription {
    id: String,
    account: String,
    state: String,
    billing_end: Option<Date>,
}

pub struct KillBillBilling {
    client: Client,
    root: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    settings: KillBill,
}

impl KillBillBilling {
    pub fn new(settings: &KillBill) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let root = client.checked(&format!("{}/1.0/kb/", settings.url.trim_end_matches('/')));
        let root = root.map_err(|why| format!("url {why}"))?;
        if !["iccid", "imsi", "eid", "card"].contains(&settings.external_key.as_str()) {
            return Err("external_key is iccid, imsi, eid or card".into());
        }
        let read = |key: &str, secret: &Secret| secret.read().map_err(|why| format!("{key}: {why}"));
        let login = STANDARD.encode(format!("{}:{}", settings.user, read("password", &settings.password)?));
        let texts = [
            ("authorization", format!("Basic {login}")),
            ("x-killbill-apikey", read("api_key", &settings.api_key)?),
            ("x-killbill-apisecret", read("api_secret", &settings.api_secret)?),
            ("x-killbill-createdby", settings.created_by.clone()),
            ("accept", "application/json".to_owned()),
        ];
        let mut headers = Vec::new();
        for (name, text) in texts {
            let mut value =
                HeaderValue::from_str(&text).map_err(|_| format!("{name} has characters that no header may have"))?;
            value.set_sensitive(true);
            headers.push((HeaderName::from_static(name), value));
        }
        Ok(Self { client, root, headers, settings: settings.clone() })
    }

    fn key(&self, of: &Billed) -> Result<String, Failure> {
        let line = &of.line;
        let key = match self.settings.external_key.as_str() {
            "iccid" => line.iccid.clone(),
            "imsi" => line.imsi.clone(),
            "eid" => line.eid.clone(),
            _ => Some(line.subscription.card.to_string()),
        };
        let what = self.settings.external_key.to_uppercase();
        key.ok_or_else(|| {
            Failure::GiveUp(format!("nothing was sent: the card has no {what}, by which billing knows it"))
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
        reason: &str,
    ) -> Result<Answer, Failure> {
        let mut url = self.root.join(path).map_err(|_| Failure::GiveUp("killbill: the address is none".into()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut headers = self.headers.clone();
        if !reason.is_empty() {
            let value =
                HeaderValue::from_str(reason).map_err(|_| Failure::GiveUp("killbill: the key is none".into()))?;
            headers.push((HeaderName::from_static("x-killbill-reason"), value));
        }
        if body.is_some() {
            headers.push((HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        Ok(self.client.send(Ask { method, url, headers, body }).await?)
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let answer = self.send(Method::GET, path, query, None, "").await?;
        match answer.status.as_u16() {
            200 => serde_json::from_slice(&answer.body).map_err(|_| misfit("the answer is no JSON")),
            code => Err(refused("a look", code)),
        }
    }

    async fn subscription(&self, of: &Billed) -> Result<Subscription, Failure> {
        let found = self.get("subscriptions", &[("externalKey", &self.key(of)?)]).await?;
        let text = |key: &str| found.get(key).and_then(Value::as_str).map(str::to_owned);
        let parts = text("subscriptionId").zip(text("accountId")).zip(text("state"));
        let Some(((id, account), state)) = parts else { return Err(misfit("a subscription lacks its ids or state")) };
        let day = |key: &str| match text(key) {
            None => Ok(None),
            Some(day) => day.parse().map(Some).map_err(|_| misfit(&format!("{key} is no day"))),
        };
        Ok(Subscription { id, account, state, billing_end: day("billingEndDate")? })
    }

    /// Whether anything is still to be invoiced up to that day: a dry run changes nothing.
    async fn leaves_to_invoice(&self, subscription: &Subscription, until: Date) -> Result<bool, Failure> {
        let query = [("accountId", subscription.account.as_str()), ("targetDate", &until.to_string())];
        let body = json!({ "dryRunType": "TARGET_DATE" });
        let answer = self.send(Method::POST, "invoices/dryRun", &query, Some(body), "").await?;
        match answer.status.as_u16() {
            204 | 404 => Ok(false),
            200 => {
                let body: Value = serde_json::from_slice(&answer.body).map_err(|_| misfit("a dry run is no JSON"))?;
                let items = body.get("items").and_then(Value::as_array);
                let ours = |item: &Value| item.get("subscriptionId").and_then(Value::as_str) == Some(&subscription.id);
                Ok(items.is_some_and(|items| items.iter().any(ours)))
            }
            code => Err(refused("a dry run", code)),
        }
    }

    /// What was invoiced for it from its end on: the rest of a month that had begun, repairs of what was paid in
    /// advance, charges added by hand. What was billed before is no part of the last bill.
    async fn charges(&self, of: &Billed, subscription: &Subscription, end: Date) -> Result<Vec<Charge>, Failure> {
        let path = format!("accounts/{}/invoices", subscription.account);
        let invoices = self.get(&path, &[("includeInvoiceComponents", "true")]).await?;
        let invoices = invoices.as_array().ok_or_else(|| misfit("invoices are no list"))?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut charges = Vec::new();
        for invoice in invoices.iter().filter(|invoice| text(invoice, "status").is_none_or(|s| s == "COMMITTED")) {
            let day = text(invoice, "targetDate").and_then(|day| day.parse::<Date>().ok());
            if day.is_none_or(|day| day < end) {
                continue;
            }
            let items =
                invoice.get("items").and_then(Value::as_array).ok_or_else(|| misfit("an invoice has no items"))?;
            for item in items.iter().filter(|item| text(item, "subscriptionId").as_deref() == Some(&subscription.id)) {
                let kind = text(item, "itemType").ok_or_else(|| misfit("an item has no type"))?;
                let currency = text(item, "currency").unwrap_or_else(|| of.currency.clone());
                let sum = item.get("amount").map(|sum| amount(sum, &currency));
                let amount = sum.and_then(Result::ok).ok_or_else(|| misfit("an item's amount cannot be read"))?;
                let what = self.settings.names.get(&kind).cloned().unwrap_or(kind);
                charges.push(Charge { what, amount });
            }
        }
        Ok(charges)
    }

    async fn payments(&self, account: &str) -> Result<Vec<Value>, Failure> {
        let found = self.get(&format!("accounts/{account}/invoicePayments"), &[]).await?;
        found.as_array().cloned().ok_or_else(|| misfit("payments are no list"))
    }

    /// The refund under our key, once it has succeeded.
    fn paid(&self, of: &Billed, payments: &[Value]) -> Result<Option<Paid>, Failure> {
        let key = of.key(Order::Refund);
        let transactions = payments.iter().filter_map(|payment| payment.get("transactions")?.as_array()).flatten();
        for one in transactions {
            let text = |name: &str| one.get(name).and_then(Value::as_str);
            let ours = text("transactionType") == Some("REFUND") && text("transactionExternalKey") == Some(&key);
            if !ours || text("status") != Some("SUCCESS") {
                continue;
            }
            let currency = text("currency").unwrap_or(&of.currency);
            let sum = one.get("amount").map(|sum| amount(sum, currency)).and_then(Result::ok);
            let (Some(amount), Some(id)) = (sum, text("transactionId")) else {
                return Err(misfit("a refund lacks its amount or id"));
            };
            return Ok(Some(Paid { amount, reference: id.to_owned() }));
        }
        Ok(None)
    }
}

fn misfit(what: &str) -> Failure {
    Failure::NotYet(format!("killbill: {what}"))
}

/// What another try may mend (keys, limits, trouble at the far end) is tried again.
fn refused(what: &str, code: u16) -> Failure {
    let why = format!("killbill: {what} was answered with HTTP {code}");
    if matches!(code, 400 | 404 | 405 | 410..=422) { Failure::GiveUp(why) } else { Failure::Retry(why) }
}

#[async_trait]
impl Billing for KillBillBilling {
    fn name(&self) -> &str {
        "killbill"
    }

    async fn probe(&self) -> Result<String, Failure> {
        let key = self.settings.api_key.read().map_err(|why| Failure::GiveUp(format!("killbill: api_key: {why}")))?;
        self.get("tenants", &[("apiKey", &key)]).await?;
        Ok("knows our tenant".into())
    }

    async fn observe(&self, of: &Billed, _: Timestamp) -> Result<Standing, Failure> {
        let subscription = self.subscription(of).await?;
        let mut evidence = format!("killbill: state={}", subscription.state);
        let Some(end) = subscription.billing_end else { return Ok(Standing { evidence, ..Standing::default() }) };
        evidence.push_str(&format!(", billingEndDate={end}"));
        let ended = moment(&end.to_string(), &of.zone);
        let bill = match self.leaves_to_invoice(&subscription, end).await? {
            true => None,
            false => Some(self.charges(of, &subscription, end).await?),
        };
        let refund = self.paid(of, &self.payments(&subscription.account).await?)?;
        if let Some(paid) = &refund {
            evidence.push_str(&format!(", refund={}", paid.reference));
        }
        Ok(Standing { ended, bill, refund, evidence })
    }

    /// Entitlement and billing end on one day. One that is past is answered as the day it was.
    async fn stop(&self, of: &Billed, at: Timestamp, _: Timestamp) -> Result<(), Failure> {
        let subscription = self.subscription(of).await?;
        if subscription.billing_end.is_some() {
            return Ok(());
        }
        let day = at.to_zoned(of.zone.clone()).date().to_string();
        let query = [("requestedDate", day.as_str()), ("useRequestedDateForBilling", "true")];
        let path = format!("subscriptions/{}", subscription.id);
        let answer = self.send(Method::DELETE, &path, &query, None, &of.key(Order::Stop)).await?;
        match answer.status.as_u16() {
            200 | 204 => Ok(()),
            code => Err(refused("a cancellation", code)),
        }
    }

    async fn final_bill(&self, of: &Billed, _: Timestamp) -> Result<(), Failure> {
        let subscription = self.subscription(of).await?;
        let end = subscription.billing_end.ok_or_else(|| misfit("billing has not ended"))?;
        if !self.leaves_to_invoice(&subscription, end).await? {
            return Ok(());
        }
        let query = [("accountId", subscription.account.as_str()), ("targetDate", &end.to_string())];
        let answer = self.send(Method::POST, "invoices", &query, None, &of.key(Order::Bill)).await?;
        match answer.status.as_u16() {
            200 | 201 | 204 => Ok(()),
            code => Err(refused("an invoice", code)),
        }
    }

    /// Of one payment that is large enough, the way it was made.
    async fn refund(&self, of: &Billed, sum: &Money, _: Timestamp) -> Result<(), Failure> {
        let subscription = self.subscription(of).await?;
        let payments = self.payments(&subscription.account).await?;
        if self.paid(of, &payments)?.is_some() {
            return Ok(());
        }
        let left = |payment: &Value| {
            let read = |key: &str| payment.get(key).and_then(|sum| amount(sum, &sum_currency(payment, of)).ok());
            read("purchasedAmount")?.minus(&read("refundedAmount")?).ok()
        };
        let covers = |payment: &&Value| left(payment).is_some_and(|left| left.compare(sum).is_ok_and(|o| o.is_ge()));
        let id = payments.iter().rev().find(covers).and_then(|payment| payment.get("paymentId")?.as_str());
        let id =
            id.ok_or_else(|| Failure::GiveUp("killbill: no payment is large enough to be paid back from".into()))?;
        let key = of.key(Order::Refund);
        // As a number, in the digits that the sum has.
        let number: Value = serde_json::from_str(&sum.decimal()).map_err(|_| misfit("the sum is none"))?;
        let body = json!({ "amount": number, "isAdjusted": false, "transactionExternalKey": key });
        let answer = self.send(Method::POST, &format!("invoicePayments/{id}/refunds"), &[], Some(body), &key).await?;
        match answer.status.as_u16() {
            200 | 201 | 204 => Ok(()),
            code => Err(refused("a refund", code)),
        }
    }
}

fn sum_currency(payment: &Value, of: &Billed) -> String {
    payment.get("currency").and_then(Value::as_str).unwrap_or(&of.currency).to_owned()
}
