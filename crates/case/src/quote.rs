//! What ending the card costs, line by line, fixed at consent.

use serde::{Deserialize, Serialize};

use crate::card::CardRecord;
use crate::money::Money;
use crate::rules::Policy;
use crate::way::Kind;

/// One line of a quote. `what` is a key the pages translate (`fee-postage`, `fee-credit`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub what: String,
    pub amount: Money,
}

/// Everything the holder will owe. Never a penny more than this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub lines: Vec<Line>,
    pub total: Money,
}

impl Quote {
    /// What is left of it for this kind of end: of what somebody leaves who has died, nothing is charged.
    pub fn for_kind(mut self, kind: &Kind) -> Self {
        if kind.waives_fees() {
            self.lines.iter_mut().for_each(|line| line.amount.minor = 0);
            self.total.minor = 0;
        }
        self
    }
}

/// The quote for a card under a policy; without a card, the fees that are the same for everyone.
pub fn quote(card: Option<&CardRecord>, policy: &Policy) -> Quote {
    let mut lines: Vec<Line> = policy
        .fees
        .iter()
        .filter(|fee| !fee.only_if_returned || card.is_some_and(|c| c.must_return))
        .map(|fee| Line { what: fee.what.clone(), amount: Money::new(fee.minor, &policy.currency) })
        .collect();
    lines.sort_by(|a, b| a.what.cmp(&b.what));
    let total = Money::new(lines.iter().fold(0, |sum: i64, l| sum.saturating_add(l.amount.minor)), &policy.currency);
    Quote { lines, total }
}
