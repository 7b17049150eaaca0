//! What ending the card costs, line by line, each with the formula that gave it; fixed at consent.
//!
//! A line is owed, or is owed only under a condition: the total is of the first kind, and the most that it can come to
//! is with the second. Lines are rounded once each, halves up, to the currency's minor unit. What cannot be reckoned
//! is not guessed at: it says why, and nothing is owed.

mod months;
mod reckon;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::card::CardRecord;
use crate::case::Case;
use crate::declaration::Declaration;
use crate::money::{Money, MoneyError, Percent, Ratio};
use crate::rules::Policy;
use crate::way::{Code, Kind, Unused};

/// What a line is called that is for a thing which was not sent back.
pub const NON_RETURN: &str = "fee-non-return";

/// One line of a quote. `what` is a key the pages translate (`fee-postage`, `fee-early`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub what: String,
    /// What is owed; below zero, what comes back.
    pub amount: Money,
    /// How it came about, step by step; empty for a fee that is the same for everyone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Owed only then, and not in the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<Condition>,
    /// Value added tax in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<Money>,
}

impl Line {
    pub fn of(what: &str, amount: Money) -> Self {
        Self { what: what.to_owned(), amount, steps: Vec::new(), only_if: None, vat: None }
    }
}

/// One step of a formula, with what was put into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    /// (monthly − discount) × months.
    Price {
        monthly: Money,
        discount: Option<Money>,
        months: Ratio,
    },
    /// (monthly − discount) × 12 ÷ 365 × days.
    Days {
        monthly: Money,
        discount: Option<Money>,
        days: i64,
    },
    LessVat {
        percent: Percent,
    },
    Less {
        percent: Percent,
    },
    PlusVat {
        percent: Percent,
    },
    /// It would have been more.
    Capped {
        at: Money,
    },
    /// Of these days, both included.
    Period {
        from: Date,
        until: Date,
    },
    /// Nothing within so many days from the start.
    Cooling {
        days: u32,
    },
    /// All that is left to pay for the device.
    Balance {
        amount: Money,
    },
    /// It is paid off as before, and is not part of this.
    GoesOn {
        amount: Money,
    },
    /// The credit there is.
    Credit {
        amount: Money,
    },
    /// Kept of it.
    CreditFee {
        fee: Money,
    },
    /// Only what is more than this is given back.
    CreditAbove {
        above: Money,
    },
    /// To be asked for by then.
    CreditClaim {
        by: Date,
    },
    /// Only to whoever takes the number along.
    CreditPorting,
    /// Kept, for the reason of this key.
    CreditForfeited {
        reason: String,
    },
}

/// What makes a line owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "if")]
pub enum Condition {
    /// What has to come back is not back by this day.
    NotBackBy { day: Date },
}

/// Why there is no quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// The minimum term is not over, and the record has no price for what is left of it.
    #[error("the record has no monthly price")]
    NoPrice,
    /// The discount is larger than the price.
    #[error("the record's discount is larger than its price")]
    Discount,
    #[error(transparent)]
    Money { error: MoneyError },
}

impl From<MoneyError> for Fault {
    fn from(error: MoneyError) -> Self {
        Fault::Money { error }
    }
}

/// Everything the holder will owe. Never a penny more than this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub lines: Vec<Line>,
    /// Without what is owed only under a condition; below zero, what comes back.
    pub total: Money,
    /// It could not be reckoned, and nothing is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

impl Quote {
    /// Nothing to pay.
    pub fn free(currency: &str) -> Self {
        Self { lines: Vec::new(), total: Money::zero(currency), fault: None }
    }

    /// With every condition come true.
    pub fn at_most(&self) -> Money {
        let more = self.lines.iter().filter(|line| line.only_if.is_some() && line.amount.minor > 0);
        let minor = more.fold(self.total.minor, |sum, line| sum.saturating_add(line.amount.minor));
        Money::new(minor, &self.total.currency)
    }

    /// Whether it tells of a contract, and so only to its holder; fees that are the same for everyone do not.
    pub fn is_personal(&self) -> bool {
        self.fault.is_some() || self.lines.iter().any(|line| !line.steps.is_empty() || line.only_if.is_some())
    }

    pub fn is_conditional(&self) -> bool {
        self.at_most() != self.total
    }

    /// Whether consenting to `agreed` at most consents to this: no more is paid, and no less comes back.
    pub fn is_within(&self, agreed: &Money) -> bool {
        let most = self.at_most();
        most.currency == agreed.currency && most.minor <= agreed.minor
    }

    /// Whether there is nothing to pay, and at most something that comes back.
    pub fn asks_nothing(&self) -> bool {
        self.at_most().minor <= 0
    }
}

/// When it is asked for, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub received: Timestamp,
    /// The day that is wanted; none: as early as possible.
    pub wanted: Option<Date>,
    /// The number is taken along to another operator.
    pub porting: bool,
    /// Neither notice nor minimum term holds it, and leaving early costs nothing.
    pub at_once: bool,
    /// Nothing is charged: what comes back does so all the same.
    pub free: bool,
    /// It is withdrawn from, and undone: what was paid ahead comes back whole, and nothing is due for its ending (Art. 9 and
    /// 13(1) of Directive 2011/83/EU).
    pub undone: bool,
    /// It ends when another network takes over, which nobody charges notice for (Ofcom C7).
    pub moving: bool,
}

impl Asked {
    pub fn at(received: Timestamp) -> Self {
        Self { received, wanted: None, porting: false, at_once: false, free: false, undone: false, moving: false }
    }

    /// By a declaration that was stored at `received`; it may count from before.
    pub fn by(declaration: &Declaration, received: Timestamp) -> Self {
        let way = &declaration.way;
        Self {
            wanted: declaration.wanted_end.filter(|_| way.kind != Kind::Withdrawal),
            porting: way.moving.is_some_and(|moving| moving.code == Code::Pac),
            at_once: way.kind.needs_no_notice(),
            free: way.kind.waives_fees(),
            undone: way.kind == Kind::Withdrawal,
            // Who wants the card cancelled if the code is not used may have notice to serve after all.
            moving: way.moving.is_some_and(|moving| moving.unused == Unused::Lapse),
            ..Self::at(declaration.counts_from(received))
        }
    }

    /// What stands: whether and how they move may have been said after the declaration, a number that has moved ended
    /// its contract then, whatever day was wanted, and the desk may not have upheld the kind of end.
    pub fn of(case: &Case) -> Self {
        let asked = Self::by(&case.as_it_counts(), case.times.received);
        let Some(switch) = &case.ways.switch else { return asked };
        let asked = Self { porting: case.keeps_number(), moving: switch.unused == Unused::Lapse, ..asked };
        match switch.used {
            Some(used) => Self { received: used, wanted: None, moving: true, ..asked },
            None => asked,
        }
    }
}

/// The quote for a card under a policy; without a card, the fees that are the same for everyone.
pub fn quote(card: Option<&CardRecord>, policy: &Policy, asked: Asked) -> Quote {
    reckon::reckon(card, policy, asked)
        .unwrap_or_else(|fault| Quote { fault: Some(fault), ..Quote::free(&policy.currency) })
}
