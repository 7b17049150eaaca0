//! What an operator configures so that its own numbers are told apart: the form of its serials, the country
//! whose phone numbers need no `+`, and the beginnings of its IMSIs.

use phonenumber::metadata::DATABASE;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;

/// The operator's part in [`identify`](super::identify).
///
/// Built once, from the configuration; nothing is compiled or looked up when it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdentifyRules {
    /// Forms of the operator's own serials. They are tried in this order, before everything but a label
    /// that names another kind and a leading `+`.
    pub serial_patterns: Vec<SerialPattern>,
    /// The country whose phone numbers are understood as they are dialled inside it.
    pub default_region: Region,
    /// Further countries whose numbers are understood without `+`, where their numbering plan knows them.
    pub other_regions: Vec<Region>,
    /// MCC and MNC of the operator (5 or 6 digits; shorter ones are passed over). They tell an IMSI from an
    /// IMEI. May be empty: then a bare IMSI of 15 digits reads as an IMEI whose check digit fails (docs/rules.md).
    pub imsi_prefixes: Vec<String>,
}

impl Default for IdentifyRules {
    /// No serials and no IMSIs; phone numbers of the United Kingdom, and of China where they are in its plan.
    fn default() -> Self {
        Self {
            serial_patterns: Vec::new(),
            default_region: Region(phonenumber::country::GB),
            other_regions: vec![Region(phonenumber::country::CN)],
            imsi_prefixes: Vec::new(),
        }
    }
}

/// A country with a numbering plan, by its ISO 3166 code: `GB`, `CN`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(phonenumber::country::Id);

/// The text is no ISO 3166 code of a country whose phone numbers are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no country with a numbering plan has the code {0:?}")]
pub struct UnknownRegion(String);

impl Region {
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub(super) fn id(self) -> phonenumber::country::Id {
        self.0
    }

    pub(super) fn calling_code(self) -> Option<u16> {
        DATABASE.by_id(self.as_str()).map(|plan| plan.country_code())
    }

    pub(super) fn trunk_prefix(self) -> Option<&'static str> {
        DATABASE.by_id(self.0.as_ref()).and_then(|plan| plan.national_prefix())
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        // Each code it knows has a plan (a test says so). Asking the plans would load them, and a configuration
        // is read when the program starts.
        let id = text.trim().to_ascii_uppercase().parse();
        id.map(Self).map_err(|_| UnknownRegion(text.chars().take(8).collect()))
    }
}

impl TryFrom<String> for Region {
    type Error = UnknownRegion;

    fn try_from(text: String) -> Result<Self, UnknownRegion> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The form of an operator's serial, such as `LK-######-@`.
///
/// `#` is a digit, `@` a letter A–Z, `*` either of them; every other letter or digit stands for itself,
/// whatever its case. Hyphens, dots, slashes and spaces belong to the written form: the holder may leave them
/// out or put them elsewhere, the normalised serial has them where the pattern does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SerialPattern {
    written: String,
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Digit,
    Letter,
    Either,
    Literal(char),
    Separator(char),
}

/// Why a text is no pattern for serials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    #[error("{0:?} is neither #, @, *, a letter A–Z, a digit nor one of - . / and space")]
    Character(char),
    #[error("a pattern has 4 to 40 letters and digits, this one has {0}")]
    Length(usize),
    #[error("a pattern needs at least two places for # @ or *")]
    AllFixed,
}

impl SerialPattern {
    /// The pattern as it was configured.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// `bare` is upper case and without separators.
    pub(super) fn normalise(&self, bare: &str) -> Option<String> {
        let mut rest = bare.chars();
        let mut serial = String::with_capacity(self.places.len());
        for place in &self.places {
            let c = match place {
                Place::Separator(separator) => *separator,
                Place::Digit => rest.next().filter(char::is_ascii_digit)?,
                Place::Letter => rest.next().filter(char::is_ascii_uppercase)?,
                Place::Either => rest.next().filter(|c| c.is_ascii_digit() || c.is_ascii_uppercase())?,
                Place::Literal(literal) => rest.next().filter(|c| c == literal)?,
            };
            serial.push(c);
        }
        rest.next().is_none().then_some(serial)
    }
}

impl FromStr for SerialPattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let written: String = text.trim().nfkc().collect();
        let places = written.chars().map(place).collect::<Result<Vec<_>, _>>()?;
        let count = |wanted: fn(&Place) -> bool| places.iter().filter(|place| wanted(place)).count();
        let length = count(|place| !matches!(place, Place::Separator(_)));
        let open = count(|place| matches!(place, Place::Digit | Place::Letter | Place::Either));
        match length {
            4..=40 if open >= 2 => Ok(Self { written, places }),
            4..=40 => Err(BadPattern::AllFixed),
            _ => Err(BadPattern::Length(length)),
        }
    }
}

fn place(c: char) -> Result<Place, BadPattern> {
    match c {
        '#' => Ok(Place::Digit),
        '@' => Ok(Place::Letter),
        '*' => Ok(Place::Either),
        '-' | '.' | '/' | ' ' => Ok(Place::Separator(c)),
        c if c.is_ascii_alphanumeric() => Ok(Place::Literal(c.to_ascii_uppercase())),
        c => Err(BadPattern::Character(c)),
    }
}

impl TryFrom<String> for SerialPattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        text.parse()
    }
}

impl From<SerialPattern> for String {
    fn from(pattern: SerialPattern) -> Self {
        pattern.written
    }
}
