//! The kinds of identifier, each its own type, so that a phone number is never looked up as a card number.

use super::phone;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The text does not have the shape of the kind it is said to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the normalised form of {0}")]
pub struct BadShape(&'static str);

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $shape:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The normalised text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadShape;

            /// Takes the normalised form only; anything a person typed goes through
            /// [`identify`](super::identify).
            fn try_from(text: String) -> Result<Self, BadShape> {
                let shape: fn(&str) -> bool = $shape;
                if shape(&text) { Ok(Self(text)) } else { Err(BadShape($kind)) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadShape;

            fn from_str(text: &str) -> Result<Self, BadShape> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// Masked, because what is debugged ends up in logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), crate::mask::number(&self.0))
            }
        }

        impl From<$name> for Identifier {
            fn from(id: $name) -> Self {
                Self::$name(id)
            }
        }
    };
}

kind!(
    /// The number of a SIM or of an eSIM profile (ITU-T E.118): 18 to 20 digits that begin with 89. The last
    /// is a Luhn check digit, except where 18 digits were given: then it was left off.
    Iccid, "iccid", |text| digits(text, 18, 20) && text.starts_with("89")
);
kind!(
    /// The last 6 to 13 digits of an ICCID, as some cards print them. It names a card only together with a
    /// second fact.
    PartialIccid, "partial-iccid", |text| digits(text, 6, 13)
);
kind!(
    /// The number of an eSIM chip (GSMA SGP.29): 32 digits, and 1 modulo 97.
    Eid, "eid", |text| digits(text, 32, 32)
);
kind!(
    /// The number of a device: 15 digits with a Luhn check digit, or 16 with a software version instead
    /// (3GPP TS 23.003).
    Imei, "imei", |text| digits(text, 15, 16)
);
kind!(
    /// The number by which the network knows a subscription: MCC, MNC and more, 6 to 15 digits.
    Imsi, "imsi", |text| digits(text, 6, 15)
);
kind!(
    /// A phone number in full (ITU-T E.164): `+` and 7 to 15 digits.
    Msisdn, "msisdn", |text| {
        text.strip_prefix('+').is_some_and(|rest| digits(rest, 7, 15) && !rest.starts_with('0'))
    }
);
kind!(
    /// The operator's own serial, written as its pattern has it.
    Serial, "serial", |text| {
        (4..=80).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b"-./ ".contains(&b))
    }
);

/// What a holder, an agent or a file names a card by.
///
/// As JSON: `{"kind":"iccid","normalised":"8988211000000530082"}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "normalised", rename_all = "kebab-case")]
pub enum Identifier {
    Iccid(Iccid),
    PartialIccid(PartialIccid),
    Eid(Eid),
    Imei(Imei),
    Imsi(Imsi),
    Msisdn(Msisdn),
    Serial(Serial),
    /// A declaration that names no card: a mail or a letter need not. The holder is asked for it.
    NotGiven,
}

impl Identifier {
    /// The name of the kind in URLs, JSON and message keys.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Iccid(_) => "iccid",
            Self::PartialIccid(_) => "partial-iccid",
            Self::Eid(_) => "eid",
            Self::Imei(_) => "imei",
            Self::Imsi(_) => "imsi",
            Self::Msisdn(_) => "msisdn",
            Self::Serial(_) => "serial",
            Self::NotGiven => "not-given",
        }
    }

    /// The one way to write it: what is stored and looked up.
    pub fn normalised(&self) -> &str {
        match self {
            Self::Iccid(id) => id.as_str(),
            Self::PartialIccid(id) => id.as_str(),
            Self::Eid(id) => id.as_str(),
            Self::Imei(id) => id.as_str(),
            Self::Imsi(id) => id.as_str(),
            Self::Msisdn(id) => id.as_str(),
            Self::Serial(id) => id.as_str(),
            Self::NotGiven => "",
        }
    }

    /// In groups that a person can compare with the card or read out.
    pub fn grouped(&self) -> String {
        match self {
            Self::Iccid(id) => groups(id.as_str(), &[4; 8]),
            Self::Eid(id) => groups(id.as_str(), &[4; 8]),
            Self::PartialIccid(id) => format!("… {}", groups(id.as_str(), &[4; 4])),
            Self::Imei(id) => groups(id.as_str(), &[2, 6, 6, 2]),
            Self::Imsi(id) => groups(id.as_str(), &[3; 5]),
            Self::Msisdn(id) => phone::grouped_phone(id.as_str()),
            Self::Serial(id) => id.as_str().to_owned(),
            Self::NotGiven => "–".to_owned(),
        }
    }

    /// With at most the last four characters to be seen, and fewer where that would be half of it. Says
    /// nothing about the length.
    pub fn masked(&self) -> String {
        if *self == Self::NotGiven { "–".to_owned() } else { crate::mask::number(self.normalised()) }
    }
}

/// The normalised text.
impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.normalised())
    }
}

impl Iccid {
    /// Whether both name one card, where one of them may lack its check digit.
    pub fn same_card(&self, other: &Self) -> bool {
        let (short, long) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        short == long || (short.0.len() + 1 == long.0.len() && luhn(&long.0) && long.0.starts_with(&short.0))
    }

    /// Whether this card may print `part` as the end of its number.
    pub fn ends_with(&self, part: &PartialIccid) -> bool {
        self.0.ends_with(&part.0)
    }
}

/// Luhn over all digits, the check digit included (ISO/IEC 7812-1).
pub(crate) fn luhn(digits: &str) -> bool {
    luhn_sum(digits, 0).is_multiple_of(10)
}

/// The digits with the one after them that makes them Luhn.
pub fn with_luhn(body: &str) -> String {
    format!("{body}{}", (10 - luhn_sum(body, 1) % 10) % 10)
}

/// Every other digit counts twice, from the right; the last one is at this place.
fn luhn_sum(digits: &str, last: usize) -> u32 {
    let value = |(place, digit): (usize, u32)| match (place % 2, digit) {
        (1, digit) if digit > 4 => digit * 2 - 9,
        (1, digit) => digit * 2,
        (_, digit) => digit,
    };
    let digits = digits.bytes().rev().map(|b| u32::from(b.wrapping_sub(b'0')));
    (last..).zip(digits).map(value).sum()
}

pub(crate) fn mod97(digits: &str) -> u32 {
    digits.bytes().fold(0, |rest, b| (rest * 10 + u32::from(b.wrapping_sub(b'0'))) % 97)
}

fn digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn groups(text: &str, sizes: &[usize]) -> String {
    let mut rest = text;
    let mut parts = Vec::with_capacity(sizes.len());
    for size in sizes {
        let (part, after) = rest.split_at(rest.len().min(*size));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}
