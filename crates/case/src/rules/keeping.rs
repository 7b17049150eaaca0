//! How long which class of data is kept after a case is over, and why. What stands in the journal itself (who, to whom,
//! what was said) is one record under one chain and goes at once; what lies beside it may go earlier, and the account
//! later.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Lang;

/// Retention by class of data, in days; a class that is not named is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeping {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originals: Option<Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Kept>,
}

/// For how long, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Days from the last thing that happened in a case that is closed, refused or withdrawn; 1 to 36,500.
    #[serde(deserialize_with = "days")]
    pub days: u32,
    /// On what ground it is kept for so long, in the operator's words.
    #[serde(deserialize_with = "worded")]
    pub basis: String,
    /// The same in Chinese; without it a Chinese page shows `basis`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis_zh: String,
    /// The law or guidance, or "ours".
    #[serde(deserialize_with = "worded")]
    pub source: String,
    /// Of a case: days between the letter that says so and the erasure; 0 to 365.
    #[serde(default = "a_fortnight", deserialize_with = "notice", skip_serializing_if = "is_a_fortnight")]
    pub notice: u32,
}

impl Kept {
    pub fn basis_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::ZhCn if !self.basis_zh.is_empty() => &self.basis_zh,
            Lang::En | Lang::ZhCn => &self.basis,
        }
    }
}

/// What is erased by its own date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// What holders sent: pictures, documents.
    Files,
    /// Mails as they came. What was read out of them stands in the case.
    Originals,
    /// The key that ties a case to its lines in the public log. Without it nobody can; the log verifies as before.
    Proof,
    /// The case itself: who, which card, what was said and done. All of the others go with it.
    Case,
    /// Who a holder is and how they sign in, once their last case has been erased and no card is left.
    Account,
}

impl Class {
    pub const ALL: [Class; 5] = [Class::Files, Class::Originals, Class::Proof, Class::Case, Class::Account];

    pub fn name(self) -> &'static str {
        match self {
            Class::Files => "files",
            Class::Originals => "originals",
            Class::Proof => "proof",
            Class::Case => "case",
            Class::Account => "account",
        }
    }
}

impl Keeping {
    pub fn of(&self, class: Class) -> Option<&Kept> {
        match class {
            Class::Files => self.files.as_ref(),
            Class::Originals => self.originals.as_ref(),
            Class::Proof => self.proof.as_ref(),
            Class::Case => self.case.as_ref(),
            Class::Account => self.account.as_ref(),
        }
    }
}

fn days<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let days = u32::deserialize(from)?;
    if (1..=36_500).contains(&days) { Ok(days) } else { Err(D::Error::custom("days are from 1 to 36500")) }
}

fn a_fortnight() -> u32 {
    14
}

fn is_a_fortnight(days: &u32) -> bool {
    *days == a_fortnight()
}

fn notice<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let days = u32::deserialize(from)?;
    if days <= 365 { Ok(days) } else { Err(D::Error::custom("days of notice are from 0 to 365")) }
}

fn worded<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() { Err(D::Error::custom("say it in words")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_kept_until_its_rule_says_how_long_and_why() {
        let none: Keeping = serde_json::from_str("{}").unwrap();
        assert!(Class::ALL.iter().all(|class| none.of(*class).is_none()));
        let read = |kept: &str| serde_json::from_str::<Keeping>(&format!(r#"{{"files":{kept}}}"#));
        let one = read(r#"{"days":30,"basis":"checked","source":"ours"}"#).unwrap();
        assert_eq!(one.of(Class::Files).map(|kept| kept.days), Some(30));
        assert_eq!((one.of(Class::Originals), one.of(Class::Proof)), (None, None));
        for wrong in [
            r#"{"days":0,"basis":"b","source":"s"}"#,
            r#"{"days":36501,"basis":"b","source":"s"}"#,
            r#"{"days":-1,"basis":"b","source":"s"}"#,
            r#"{"days":1,"basis":" ","source":"s"}"#,
            r#"{"days":1,"basis":"b"}"#,
            r#"{"days":1,"basis":"b","source":"s","more":1}"#,
            r#"{"days":1,"basis":"b","source":"s","notice":366}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for class in Class::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.name());
        }
    }
}
