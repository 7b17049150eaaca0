//! A partner through whom cases come, or to whom they are given: its staff see these and no others.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of an agency: lower-case letters, digits and hyphens, at most 32.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Agency(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an agency's name has lower-case letters, digits and hyphens, at most 32, and begins with a letter")]
pub struct NoAgency;

impl Agency {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Agency {
    type Error = NoAgency;

    fn try_from(text: String) -> Result<Self, NoAgency> {
        let fits = text.len() <= 32
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text)) } else { Err(NoAgency) }
    }
}

impl FromStr for Agency {
    type Err = NoAgency;

    fn from_str(text: &str) -> Result<Self, NoAgency> {
        Self::try_from(text.trim().to_owned())
    }
}

impl From<Agency> for String {
    fn from(agency: Agency) -> String {
        agency.0
    }
}

impl fmt::Display for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_and_short() {
        for good in ["north", "call-centre-2", "a"] {
            assert_eq!(good.parse::<Agency>().map(|a| a.to_string()), Ok(good.to_owned()));
        }
        let long = "a".repeat(33);
        for bad in ["", "North", "2north", "-a", "a b", "a/b", "a\0", "北", long.as_str()] {
            assert_eq!(bad.parse::<Agency>(), Err(NoAgency), "{bad}");
        }
        assert!(serde_json::from_str::<Agency>("\"A\"").is_err());
    }
}
