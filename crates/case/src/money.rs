//! Money in minor units, with its currency. No floats: amounts are added only to amounts of the same currency, and
//! nothing wraps. What has to be divided is reckoned as an exact [`Ratio`] and rounded once.

mod percent;
mod ratio;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

pub use self::percent::Percent;
pub use self::ratio::Ratio;

/// An amount in the currency's minor unit (pence, cents, fen; whole yen; fils).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    /// ISO 4217, such as `GBP`.
    pub currency: String,
}

/// Why amounts cannot be reckoned with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "money")]
pub enum MoneyError {
    #[error("{one} and {other} are different currencies")]
    Currency { one: String, other: String },
    #[error("the amount is larger than can be reckoned with")]
    TooMuch,
    #[error("the amount must not be negative")]
    Negative,
    #[error("write the amount like {like}")]
    Unreadable { like: String },
}

/// Digits behind the point, by ISO 4217.
pub fn exponent(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

impl Money {
    /// The most that any amount may be, either way, in minor units: far beyond any bill, and far from where sums of
    /// a few of them could overflow.
    pub const MAX: i64 = 1_000_000_000_000;

    pub fn new(minor: i64, currency: &str) -> Self {
        Self { minor, currency: currency.to_owned() }
    }

    pub fn zero(currency: &str) -> Self {
        Self::new(0, currency)
    }

    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// Both together.
    pub fn plus(&self, other: &Money) -> Result<Money, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooMuch)?;
        Money::new(minor, &self.currency).bounded()
    }

    pub fn minus(&self, other: &Money) -> Result<Money, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::TooMuch)?;
        Money::new(minor, &self.currency).bounded()
    }

    pub fn negated(&self) -> Money {
        Money::new(self.minor.saturating_neg(), &self.currency)
    }

    /// Which is more; no answer across currencies.
    pub fn compare(&self, other: &Money) -> Result<Ordering, MoneyError> {
        self.same(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// All together; of this currency even where there are none.
    pub fn sum<'a>(amounts: impl IntoIterator<Item = &'a Money>, currency: &str) -> Result<Money, MoneyError> {
        amounts.into_iter().try_fold(Money::zero(currency), |sum, amount| sum.plus(amount))
    }

    /// Itself, where it is not larger than [`Money::MAX`].
    pub fn bounded(self) -> Result<Money, MoneyError> {
        if self.minor.unsigned_abs() <= Self::MAX.unsigned_abs() { Ok(self) } else { Err(MoneyError::TooMuch) }
    }

    /// Itself, where it is an amount that somebody may owe.
    pub fn owed(self) -> Result<Money, MoneyError> {
        if self.minor < 0 { Err(MoneyError::Negative) } else { self.bounded() }
    }

    /// As a plain number of the major unit, such as `12.50`, `-0.05`, `1200` (yen) or `1.234` (dinar).
    pub fn decimal(&self) -> String {
        let digits = exponent(&self.currency);
        let unit = 10_u64.pow(digits);
        let (sign, abs) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        match digits {
            0 => format!("{sign}{abs}"),
            _ => format!("{sign}{}.{:0width$}", abs / unit, abs % unit, width = digits as usize),
        }
    }

    /// From such a number: with all of its digits behind the point, or without any.
    pub fn parse(text: &str, currency: &str) -> Result<Money, MoneyError> {
        let digits = exponent(currency) as usize;
        let unreadable = || MoneyError::Unreadable { like: Money::new(1250, currency).decimal() };
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let zeros = "0".repeat(digits);
        let (whole, part) = text.split_once('.').unwrap_or((text, &zeros));
        let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let pointed = text.contains('.') && digits == 0;
        if whole.is_empty() || part.len() != digits || !numeric(whole) || !numeric(part) || pointed {
            return Err(unreadable());
        }
        let minor: i64 = format!("{whole}{part}").parse().map_err(|_| MoneyError::TooMuch)?;
        Money::new(if negative { -minor } else { minor }, currency).bounded()
    }

    fn same(&self, other: &Money) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::Currency { one: self.currency.clone(), other: other.currency.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_has_its_own_digits() {
        for (minor, currency, text) in [
            (1250, "GBP", "12.50"),
            (-5, "EUR", "-0.05"),
            (1200, "JPY", "1200"),
            (1234, "KWD", "1.234"),
            (12, "CLF", "0.0012"),
        ] {
            let money = Money::new(minor, currency);
            assert_eq!(money.decimal(), text);
            assert_eq!(Money::parse(text, currency), Ok(money));
        }
        assert_eq!(Money::parse("12", "GBP"), Ok(Money::new(1200, "GBP")));
    }

    #[test]
    fn what_is_no_amount_is_said() {
        for (text, currency) in [
            ("12.5", "GBP"),
            ("", "GBP"),
            (".50", "GBP"),
            ("1,50", "EUR"),
            ("12.00", "JPY"),
            ("12.", "JPY"),
            ("+1", "GBP"),
        ] {
            assert!(matches!(Money::parse(text, currency), Err(MoneyError::Unreadable { .. })), "{text} {currency}");
        }
        for text in ["10000000000.01", "99999999999999999999"] {
            assert_eq!(Money::parse(text, "GBP"), Err(MoneyError::TooMuch));
        }
        assert_eq!(Money::new(-1, "GBP").owed(), Err(MoneyError::Negative));
    }

    #[test]
    fn currencies_never_mix_and_nothing_wraps() {
        let (pound, euro) = (Money::new(100, "GBP"), Money::new(100, "EUR"));
        let mixed = MoneyError::Currency { one: "GBP".into(), other: "EUR".into() };
        assert_eq!(pound.plus(&euro), Err(mixed.clone()));
        assert_eq!(pound.compare(&euro), Err(mixed));
        assert_eq!(Money::new(i64::MAX, "GBP").plus(&pound), Err(MoneyError::TooMuch));
        assert_eq!(Money::new(i64::MIN, "GBP").minus(&pound), Err(MoneyError::TooMuch));
        assert_eq!(Money::sum([&pound, &pound], "GBP"), Ok(Money::new(200, "GBP")));
        assert_eq!(Money::sum([], "JPY"), Ok(Money::zero("JPY")));
    }
}
