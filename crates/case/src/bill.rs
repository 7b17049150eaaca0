//! What billing does at the end: it stops, it sends a last bill, it pays back. The bill is held to the quote, line by
//! line: what nobody agreed to is not owed, whatever a billing system says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::money::{Money, MoneyError};
use crate::quote::{Condition, Quote};

/// What is owed to billing, by [`Effect::kind`](crate::Effect::kind).
pub const KINDS: [&str; 3] = ["end-billing", "final-bill", "refund"];

pub fn is_billing(what: &str) -> bool {
    KINDS.contains(&what)
}

/// One line of a bill as billing has it. `what` is the key of a quote's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub what: String,
    /// Below zero, what is given back.
    pub amount: Money,
}

/// One line of the last bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    pub what: String,
    /// What was quoted; none where nobody was told of it.
    pub quoted: Option<Money>,
    /// What billing wanted; none where it said nothing.
    pub billed: Option<Money>,
    /// What counts: never more than was quoted.
    pub amount: Money,
}

impl Stated {
    /// Billing wanted more than was agreed to.
    pub fn is_cut(&self) -> bool {
        self.billed.as_ref().is_some_and(|billed| billed.minor > self.amount.minor)
    }
}

/// The last bill, held to the quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub at: Timestamp,
    pub lines: Vec<Stated>,
    /// Below zero, what comes back.
    pub total: Money,
    /// In billing's own words.
    pub evidence: String,
}

/// When billing stopped, as it was read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub at: Timestamp,
    pub evidence: String,
}

/// What is to be paid back, the way it was paid. An account number is never asked for and never kept, so that there
/// is no other way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Above zero; zero where the records do not say what a withdrawal gives back, and staff must find out.
    pub amount: Money,
    pub by: Timestamp,
    /// That day has passed, and somebody has been told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    pub paid: Option<Paid>,
}

/// The proof of it: read back, or written down by staff where there is no billing system to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    pub at: Timestamp,
    pub reference: String,
    /// As staff wrote it down; none where billing was read back, which pays what is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// What is known of a case's money beside its quote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bill {
    /// What they had agreed to when the quote rose above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Quote>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
    /// The account was locked when that could not keep its card any more: nothing is paid back until it is unlocked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

impl Bill {
    pub fn is_untouched(&self) -> bool {
        *self == Bill::default()
    }

    /// What is still to be paid back.
    pub fn unpaid(&self) -> Option<&Refund> {
        self.refund.as_ref().filter(|refund| refund.paid.is_none())
    }

    /// When somebody must be told that a refund is late.
    pub fn refund_due(&self) -> Option<Timestamp> {
        self.unpaid().filter(|refund| !refund.late).map(|refund| refund.by)
    }
}

/// Holds a bill to the quote. `met` says of a condition whether it has come true. Every line is at most what was
/// quoted, a line that was not quoted is nothing, and credit that was quoted is given even where billing forgets it;
/// what billing gives beyond that stands.
pub fn settle(
    quote: &Quote,
    billed: &[Charge],
    met: impl Fn(&Condition) -> bool,
    at: Timestamp,
    evidence: &str,
) -> Result<Statement, MoneyError> {
    let currency = &quote.total.currency;
    let zero = Money::zero(currency);
    let (mut quoted, mut wanted) = (BTreeMap::<&str, Money>::new(), BTreeMap::<&str, Money>::new());
    for line in &quote.lines {
        // A condition that has not come true leaves nothing of its line.
        let amount = if line.only_if.as_ref().is_none_or(&met) { &line.amount } else { &zero };
        let sum = quoted.entry(&line.what).or_insert_with(|| zero.clone());
        *sum = sum.plus(amount)?;
    }
    for charge in billed {
        let sum = wanted.entry(&charge.what).or_insert_with(|| zero.clone());
        *sum = sum.plus(&charge.amount)?;
    }
    let mut lines = Vec::new();
    for (what, most) in &quoted {
        let billed = wanted.remove(what);
        let least = billed.as_ref().unwrap_or(&zero);
        let amount = if least.compare(most)?.is_lt() { least.clone() } else { most.clone() };
        lines.push(Stated { what: (*what).to_owned(), quoted: Some(most.clone()), billed, amount });
    }
    for (what, billed) in wanted {
        let amount = if billed.minor < 0 { billed.clone() } else { zero.clone() };
        lines.push(Stated { what: what.to_owned(), quoted: None, billed: Some(billed), amount });
    }
    let total = Money::sum(lines.iter().map(|line| &line.amount), currency)?;
    Ok(Statement { at, lines, total, evidence: evidence.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::Line;
    use crate::rules::tests::at;

    fn pounds(minor: i64) -> Money {
        Money::new(minor, "GBP")
    }

    fn quote() -> Quote {
        let day = "2026-04-15".parse().unwrap();
        let conditional =
            Line { only_if: Some(Condition::NotBackBy { day }), ..Line::of("fee-non-return", pounds(35_000)) };
        let lines = vec![Line::of("fee-early", pounds(8_640)), Line::of("fee-credit", pounds(-750)), conditional];
        Quote { lines, total: pounds(7_890), fault: None }
    }

    fn settled(billed: &[(&str, i64)], met: bool) -> Result<(i64, Vec<String>), MoneyError> {
        let billed: Vec<Charge> =
            billed.iter().map(|(what, minor)| Charge { what: (*what).into(), amount: pounds(*minor) }).collect();
        let statement = settle(&quote(), &billed, |_| met, at("2026-03-01T12:00:00Z"), "test")?;
        let cut = statement.lines.iter().filter(|line| line.is_cut()).map(|line| line.what.clone()).collect();
        Ok((statement.total.minor, cut))
    }

    #[test]
    fn a_bill_is_cut_to_the_quote_line_by_line() {
        let exact = [("fee-early", 8_640), ("fee-credit", -750)];
        assert_eq!(settled(&exact, false), Ok((7_890, vec![])));
        // Lower is lower, and credit that was promised is given.
        assert_eq!(settled(&[("fee-early", 100)], false), Ok((-650, vec![])));
        assert_eq!(settled(&[], false), Ok((-750, vec![])));
        // One line more and another less is still no more on the one.
        let cut = settled(&[("fee-early", 8_641), ("fee-credit", -800)], false);
        assert_eq!(cut, Ok((7_840, vec!["fee-early".to_owned()])));
        // Nobody was told of it.
        let unknown = settled(&[("fee-early", 8_640), ("fee-credit", -750), ("admin", 500)], false);
        assert_eq!(unknown, Ok((7_890, vec!["admin".to_owned()])));
        // In two parts it is no more than in one.
        assert_eq!(settled(&[("fee-early", 8_000), ("fee-early", 8_000)], false).map(|s| s.0), Ok(7_890));
    }

    #[test]
    fn a_condition_that_has_not_come_true_owes_nothing() {
        let billed = [("fee-early", 8_640), ("fee-non-return", 35_000)];
        assert_eq!(settled(&billed, false).map(|s| s.0), Ok(7_890));
        assert_eq!(settled(&billed, true).map(|s| s.0), Ok(42_890));
    }

    #[test]
    fn a_foreign_or_huge_bill_is_an_error() {
        let bill = |amount| [Charge { what: "fee-early".into(), amount }];
        let now = at("2026-03-01T12:00:00Z");
        let foreign = settle(&quote(), &bill(Money::new(1, "EUR")), |_| true, now, "");
        assert!(matches!(foreign, Err(MoneyError::Currency { .. })));
        let huge = settle(&quote(), &bill(pounds(i64::MAX)), |_| true, now, "");
        assert_eq!(huge, Err(MoneyError::TooMuch));
    }
}
