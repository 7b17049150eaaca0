//! Whether an application fits the account record, field by field, so that a person is told which field to
//! mend and never what is on record.
//!
//! Two values are *equivalent* when they have the same key, a reduced form in which only what tells people
//! and places apart is left. Keys are compared whole: there is no score and no "nearly". In doubt values
//! are different, since a difference can be mended in place and a wrong match cannot.
//!
//! | left out of the key | kept |
//! |---|---|
//! | case, full width, Unicode composition (NFKC), characters without width | every digit, in its order |
//! | accents on Latin letters (and ß = ss, ø = o, æ = ae) | marks of all other scripts |
//! | punctuation, `·` in names, runs of spaces, spaces between Chinese characters | the limits between words and numbers |
//! | names: the order of words (but not of Chinese characters) | each word, as often as it stands there |
//! | addresses: "Road" for "Rd", "No.", 號 for 号, the space in a postcode | the order of the parts |
//! | phone: everything that E.164 leaves out | |
//! | e-mail: case | dots and `+tags` |
//!
//! Nothing is translated: 路 is not "Road", and 李伟 is not "Li Wei".

mod key;

pub use key::{is_chinese, words};

use crate::identify::Region;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How one field of an application compares with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The same characters, apart from space around them.
    Exact,
    /// Written in another way, and the same.
    Equivalent,
    Different,
    /// The applicant left it empty; the record has it.
    Missing,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    Name,
    Address,
    Email,
    Phone,
}

impl Field {
    pub const ALL: [Self; 4] = [Self::Name, Self::Address, Self::Email, Self::Phone];

    /// The name of the field in forms, JSON and message keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// Who somebody says they are, or who the record says they are. An empty text is an absent one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub address: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

impl Person {
    fn get(&self, field: Field) -> &str {
        match field {
            Field::Name => &self.name,
            Field::Address => &self.address,
            Field::Email => self.email.as_deref().unwrap_or_default(),
            Field::Phone => self.phone.as_deref().unwrap_or_default(),
        }
    }
}

/// Says which fields are filled in, not with what: what is debugged ends up in logs.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled = Field::ALL.into_iter().filter(|field| !self.get(*field).trim().is_empty());
        f.write_str("Person ")?;
        f.debug_set().entries(filled).finish()
    }
}

/// The verdict on each field that the record has. It carries no values, so it may be stored, logged and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Report {
    fields: BTreeMap<Field, Verdict>,
}

impl Report {
    /// `None` where the record has nothing to compare with.
    pub fn get(&self, field: Field) -> Option<Verdict> {
        self.fields.get(&field).copied()
    }

    /// In the order of [`Field::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Field, Verdict)> + '_ {
        self.fields.iter().map(|(field, verdict)| (*field, *verdict))
    }

    /// Whether every field that was compared is exact or equivalent, and the name is among them. A record
    /// without a name proves nothing about the applicant.
    pub fn all_match(&self) -> bool {
        let fits = |verdict: Verdict| matches!(verdict, Verdict::Exact | Verdict::Equivalent);
        self.get(Field::Name).is_some() && self.fields.values().all(|verdict| fits(*verdict))
    }

    /// The fields that hold something else than the record.
    pub fn differing(&self) -> impl Iterator<Item = Field> + '_ {
        self.with(Verdict::Different)
    }

    /// The fields that the applicant left empty.
    pub fn missing(&self) -> impl Iterator<Item = Field> + '_ {
        self.with(Verdict::Missing)
    }

    fn with(&self, wanted: Verdict) -> impl Iterator<Item = Field> + '_ {
        self.iter().filter(move |(_, verdict)| *verdict == wanted).map(|(field, _)| field)
    }
}

/// Compares what was applied with what is on record. `region` is the country whose phone numbers may be
/// written without `+`.
///
/// A field that the record lacks is left out of the report: there is nothing it could differ from, and
/// nothing that the applicant could mend.
pub fn compare(applied: &Person, record: &Person, region: Region) -> Report {
    let verdict = |field: Field| {
        let (applied, record) = (applied.get(field).trim(), record.get(field).trim());
        let recorded = key::of(field, record, region)?;
        Some((
            field,
            match key::of(field, applied, region) {
                None => Verdict::Missing,
                Some(_) if applied == record => Verdict::Exact,
                Some(key) if key == recorded => Verdict::Equivalent,
                Some(_) => Verdict::Different,
            },
        ))
    };
    Report { fields: Field::ALL.into_iter().filter_map(verdict).collect() }
}

#[cfg(test)]
mod tests;
