//! Exact fractions, so that nothing is lost between the steps of a formula.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MoneyError;

/// A fraction in its lowest terms, with a positive denominator. Written as `13/2`, or `3` where it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };

    pub fn new(num: i128, den: i128) -> Result<Self, MoneyError> {
        if den == 0 {
            return Err(MoneyError::TooMuch);
        }
        let by = gcd(num.unsigned_abs(), den.unsigned_abs());
        let by = i128::try_from(by).map_err(|_| MoneyError::TooMuch)?;
        let sign = if den < 0 { -1 } else { 1 };
        let lower = |n: i128| n.checked_div(by).and_then(|n| n.checked_mul(sign)).ok_or(MoneyError::TooMuch);
        Ok(Self { num: lower(num)?, den: lower(den)? })
    }

    pub fn whole(n: i64) -> Self {
        Self { num: i128::from(n), den: 1 }
    }

    pub fn times(self, other: Ratio) -> Result<Self, MoneyError> {
        let product = |a: i128, b: i128| a.checked_mul(b).ok_or(MoneyError::TooMuch);
        Self::new(product(self.num, other.num)?, product(self.den, other.den)?)
    }

    pub fn over(self, other: Ratio) -> Result<Self, MoneyError> {
        self.times(Self::new(other.den, other.num)?)
    }

    pub fn plus(self, other: Ratio) -> Result<Self, MoneyError> {
        let product = |a: i128, b: i128| a.checked_mul(b).ok_or(MoneyError::TooMuch);
        let sum = product(self.num, other.den)?.checked_add(product(other.num, self.den)?);
        Self::new(sum.ok_or(MoneyError::TooMuch)?, product(self.den, other.den)?)
    }

    pub fn minus(self, other: Ratio) -> Result<Self, MoneyError> {
        self.plus(Ratio { num: other.num.checked_neg().ok_or(MoneyError::TooMuch)?, ..other })
    }

    pub fn is_positive(self) -> bool {
        self.num > 0
    }

    /// Halves go up in size: what is owed and the same amount given back round alike.
    pub fn rounded(self) -> Result<i64, MoneyError> {
        let (abs, den) = (self.num.unsigned_abs(), self.den.unsigned_abs());
        let rest = abs % den;
        let up = u128::from(rest >= den - rest);
        let size = i64::try_from(abs / den + up).map_err(|_| MoneyError::TooMuch)?;
        Ok(if self.num < 0 { -size } else { size })
    }

    /// The whole part, and what is left of it as numerator and denominator.
    pub fn parts(self) -> (i128, i128, i128) {
        (self.num / self.den, self.num % self.den, self.den)
    }

    /// In thousandths and rounded: for showing, never for reckoning.
    pub fn thousandths(self) -> i64 {
        self.times(Ratio::whole(1000)).and_then(Ratio::rounded).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let (num, den) = text.split_once('/').unwrap_or((&text, "1"));
        let parsed = num.parse().ok().zip(den.parse().ok());
        parsed
            .and_then(|(num, den)| Self::new(num, den).ok())
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no fraction; write 13/2")))
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_up_once_at_the_end() {
        for (num, den, rounded) in
            [(1, 2, 1), (-1, 2, -1), (49, 100, 0), (-3, 2, -2), (7, 3, 2), (0, 5, 0), (3, -2, -2)]
        {
            assert_eq!(Ratio::new(num, den).unwrap().rounded(), Ok(rounded), "{num}/{den}");
        }
        let third = Ratio::new(1, 3).unwrap();
        let one = third.plus(third).unwrap().plus(third).unwrap();
        assert_eq!(one, Ratio::whole(1));
        assert_eq!(Ratio::whole(13).over(Ratio::whole(2)).unwrap().thousandths(), 6_500);
    }

    #[test]
    fn what_is_too_large_is_an_error() {
        let huge = Ratio::new(i128::MAX, 1).unwrap();
        assert_eq!(huge.times(huge), Err(MoneyError::TooMuch));
        assert_eq!(huge.plus(huge), Err(MoneyError::TooMuch));
        assert_eq!(huge.rounded(), Err(MoneyError::TooMuch));
        assert_eq!(Ratio::whole(1).over(Ratio::ZERO), Err(MoneyError::TooMuch));
    }
}
