//! Money in minor units. No floats.

use serde::{Deserialize, Serialize};

/// An amount in the currency's minor unit (pence, cents, fen).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    /// ISO 4217, such as `GBP`.
    pub currency: String,
}

impl Money {
    pub fn new(minor: i64, currency: &str) -> Self {
        Self { minor, currency: currency.to_owned() }
    }

    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }
}
