//! Rates such as "20" or "2.5", exact to a hundredth of a percent.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{MoneyError, Ratio};

/// In hundredths of a percent, 0 to 10 000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u16);

impl Percent {
    pub const NONE: Percent = Percent(0);

    /// From "20" or "2.5"; none of what is no percentage from 0 to 100.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 2 {
            return None;
        }
        let hundredths =
            whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(format!("{part:0<2}").parse().ok()?)?;
        (hundredths <= 10_000).then_some(Self(hundredths))
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// 20 % is 1/5.
    pub fn ratio(self) -> Result<Ratio, MoneyError> {
        Ratio::new(i128::from(self.0), 10_000)
    }

    /// 120 % for 20 %.
    pub fn added(self) -> Result<Ratio, MoneyError> {
        Ratio::whole(1).plus(self.ratio()?)
    }

    /// 96 % for 4 %.
    pub fn taken_off(self) -> Result<Ratio, MoneyError> {
        Ratio::whole(1).minus(self.ratio()?)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}"),
        }
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom(format!("{text:?} is no percentage; write \"20\" or \"2.5\", from 0 to 100"));
        Self::parse(&text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_as_they_are_written() {
        for text in ["0", "4", "20", "2.5", "2.05", "100"] {
            assert_eq!(Percent::parse(text).map(|p| p.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Percent::parse("2.50").map(|p| p.to_string()).as_deref(), Some("2.5"));
        for text in ["", "-4", "4%", "100.01", "1e2", "2.555", ".5", "٤", "65536"] {
            assert_eq!(Percent::parse(text), None, "{text}");
        }
    }
}
