//! Billing, a port like the network: it stops charging for a card, writes the last bill, and pays back. Nothing of that
//! is believed because it was asked for. Whoever asks looks afterwards at what is so, and before they ask again.
//!
//! A card is ended once, so that each of the three things happens once for a case: their keys are made of its reference
//! and stay the same however often they are asked for, also by a person who resumes it.

pub mod csv;
pub mod fake;
pub mod http;
pub mod killbill;

use async_trait::async_trait;
use case::{CaseRef, Charge, Money, MoneyError, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::{Failure, Line};

pub use self::csv::{Csv, CsvDrop};
pub use self::fake::Fake;
pub use self::http::{Http, HttpBilling};
pub use self::killbill::{KillBill, KillBillBilling};

/// Whose charges, and for which case.
#[derive(Clone, Debug)]
pub struct Billed {
    pub line: Line,
    pub case: CaseRef,
    /// What was agreed to, line by line: the most that may be billed.
    pub quoted: Vec<Charge>,
    /// ISO 4217, of the operator.
    pub currency: String,
    /// On whose wall clock a billing system's days begin.
    pub zone: TimeZone,
}

/// What is asked of billing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Stop,
    Bill,
    Refund,
}

impl Order {
    pub const ALL: [Order; 3] = [Order::Stop, Order::Bill, Order::Refund];

    pub fn name(self) -> &'static str {
        match self {
            Order::Stop => "stop",
            Order::Bill => "bill",
            Order::Refund => "refund",
        }
    }
}

impl Billed {
    /// The idempotency key, such as `C7K4-M2QX-1.refund`.
    pub fn key(&self, order: Order) -> String {
        format!("{}.{}", self.case, order.name())
    }
}

/// Paid back, under billing's own reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    pub amount: Money,
    pub reference: String,
}

/// What billing says when it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Nothing is charged from then on.
    pub ended: Option<Timestamp>,
    /// The last bill, once it is written and complete.
    pub bill: Option<Vec<Charge>>,
    pub refund: Option<Paid>,
    /// In billing's own words, such as `state=CANCELLED`. No personal data.
    pub evidence: String,
}

/// A billing system. An order answers only that it was taken; what has become of it is observed. An answer that did not
/// come is [`Failure::Retry`], one that says no for good [`Failure::GiveUp`].
#[async_trait]
pub trait Billing: Send + Sync {
    /// Such as `killbill`.
    fn name(&self) -> &str;
    /// Whether it is there and lets us ask, without a card and without changing anything; in words.
    async fn probe(&self) -> Result<String, Failure>;
    async fn observe(&self, of: &Billed, now: Timestamp) -> Result<Standing, Failure>;
    /// No charges from `at` on.
    async fn stop(&self, of: &Billed, at: Timestamp, now: Timestamp) -> Result<(), Failure>;
    async fn final_bill(&self, of: &Billed, now: Timestamp) -> Result<(), Failure>;
    /// The way it was paid; `amount` is above zero.
    async fn refund(&self, of: &Billed, amount: &Money, now: Timestamp) -> Result<(), Failure>;
}

/// An amount as JSON has it: a text or a number, with as many digits behind the point as the currency has, or fewer.
fn amount(value: &Value, currency: &str) -> Result<Money, MoneyError> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    let digits = case::money::exponent(currency) as usize;
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let padded = match digits {
        0 if part.is_empty() => whole.to_owned(),
        _ => format!("{whole}.{part:0<digits$}"),
    };
    Money::parse(&padded, currency)
}

/// A time, or the beginning of a day on that wall clock.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(zone.clone()).ok()?.timestamp());
    if text.contains('T') { text.parse().ok() } else { day() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_read_without_reckoning() {
        let read = |value, currency| amount(&value, currency).map(|money| money.minor).ok();
        assert_eq!(read(json!(12.5), "GBP"), Some(1250));
        assert_eq!(read(json!("-0.05"), "GBP"), Some(-5));
        assert_eq!(read(json!(0.1), "KWD"), Some(100));
        assert_eq!(read(json!(1200), "JPY"), Some(1200));
        assert_eq!(read(json!("10.000"), "GBP"), Some(1000));
        for bad in [json!(12.345), json!("x"), json!(null), json!([]), json!("1e3"), json!(1e300), json!("12,50")] {
            assert_eq!(read(bad.clone(), "GBP"), None, "{bad}");
        }
        assert_eq!(read(json!(12.5), "JPY"), None);
    }

    #[test]
    fn a_day_begins_where_the_operator_is() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(moment("2026-11-27", &zone).unwrap().to_string(), "2026-11-26T16:00:00Z");
        assert_eq!(moment("2026-11-27T00:00:00Z", &zone).unwrap().to_string(), "2026-11-27T00:00:00Z");
        assert_eq!(moment("soon", &zone), None);
    }
}
