//! What ending costs, and by which formula: early termination, notice, the last bill, credit, tax by date.

use serde::{Deserialize, Serialize};

/// The formulas and rates of a quote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tariff {}
