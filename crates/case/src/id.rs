//! Names of things. Each kind of id is a type of its own, so that an account can never be passed
//! where a card is meant, and each is parsed once, at the edge.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Crockford's base 32: no I, L, O, U, so that it can be read out and typed back.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// ASCII as Chinese keyboards may write it.
fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - ('！' as u32 - '!' as u32)).unwrap_or(c),
        c => c,
    }
}

fn digit(c: char) -> Option<u8> {
    let c = match half_width(c).to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        c => c,
    };
    ALPHABET.iter().position(|&a| a == c as u8 && c.is_ascii()).map(|p| p as u8)
}

/// The text is not a reference or id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadId(pub &'static str);

/// The public reference of a case, such as `C7K4-M2QX-1`: forty random bits in Crockford base 32
/// and a check character (Luhn mod 32), which catches every single mistyped character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseRef(u64);

impl CaseRef {
    const BITS: u32 = 40;

    /// From random bits; only the low forty count.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits & ((1 << Self::BITS) - 1))
    }

    /// The forty bits, as the store keeps them.
    pub fn bits(self) -> u64 {
        self.0
    }

    fn digits(self) -> [u8; 8] {
        std::array::from_fn(|i| ((self.0 >> (35 - 5 * i)) & 31) as u8)
    }
}

fn luhn32(digits: &[u8; 8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| {
            let d = u32::from(d) * if i % 2 == 0 { 2 } else { 1 };
            d / 32 + d % 32
        })
        .sum();
    ((32 - sum % 32) % 32) as u8
}

impl fmt::Display for CaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        for (i, &d) in digits.iter().enumerate() {
            if i == 4 {
                f.write_str("-")?;
            }
            write!(f, "{}", ALPHABET[d as usize] as char)?;
        }
        write!(f, "-{}", ALPHABET[luhn32(&digits) as usize] as char)
    }
}

impl fmt::Debug for CaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CaseRef {
    type Err = BadId;

    /// Forgives case, width, spaces, hyphens, and the letters people confuse (O, I, L).
    fn from_str(s: &str) -> Result<Self, BadId> {
        let bad = BadId("case reference");
        let kept = s.chars().filter(|c| !c.is_whitespace() && !matches!(half_width(*c), '-' | '‐' | '‑' | '–' | '—'));
        let mut digits = [0u8; 9];
        let mut n = 0;
        for c in kept {
            *digits.get_mut(n).ok_or(bad)? = digit(c).ok_or(bad)?;
            n += 1;
        }
        let body: [u8; 8] = digits[..8].try_into().map_err(|_| bad)?;
        if n != 9 || luhn32(&body) != digits[8] {
            return Err(bad);
        }
        Ok(Self(body.iter().fold(0, |bits, &d| bits << 5 | u64::from(d))))
    }
}

impl Serialize for CaseRef {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseRef {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// From random or stored bits; kept positive, as both engines store signed integers.
            pub fn from_bits(bits: u64) -> Self {
                Self((bits & i64::MAX as u64) as i64)
            }

            /// As the store keeps it.
            pub fn key(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{:016x}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                s.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 16)
                    .and_then(|hex| i64::from_str_radix(hex, 16).ok())
                    .map(Self)
                    .ok_or(BadId(stringify!($name)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A holder's or a member of staff's account.
    AccountId,
    "acc"
);
id!(
    /// A card in the operator's inventory: one activation of it, never reused.
    CardId,
    "card"
);
id!(
    /// A file that belongs to a case or to a declaration being prepared.
    FileId,
    "file"
);
id!(
    /// A message that an agent has sent and may still take back.
    PendingId,
    "send"
);
id!(
    /// A macro of the desk.
    MacroId,
    "macro"
);

/// The n-th effect of a case. It is the idempotency key that goes to the far end, and needs no
/// randomness: the same decision, made again, owes the same effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId {
    pub case: CaseRef,
    pub n: u32,
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.case, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_is_read_as_people_write_it() {
        let reference = CaseRef::from_bits(0x61_E54B_8BB7);
        let text = reference.to_string();
        assert_eq!(text.len(), 11, "{text}");
        let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(sloppy.parse(), Ok(reference), "{sloppy}");
        let wide: String = text.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
        assert_eq!(wide.parse(), Ok(reference), "{wide}");
    }

    proptest! {
        #[test]
        fn references_survive_and_single_mistakes_do_not(bits in 0u64..1 << 40, at in 0usize..9, to in 0usize..32) {
            let reference = CaseRef::from_bits(bits);
            let text = reference.to_string().replace('-', "");
            prop_assert_eq!(text.parse(), Ok(reference));
            let mut wrong: Vec<u8> = text.clone().into_bytes();
            wrong[at] = ALPHABET[to];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assume!(wrong != text);
            prop_assert!(wrong.parse::<CaseRef>().is_err(), "{} taken for {}", wrong, text);
        }

        #[test]
        fn any_text_is_refused_or_read_without_panic(text: String) {
            let _ = text.parse::<CaseRef>();
            let _ = text.parse::<AccountId>();
        }
    }
}
