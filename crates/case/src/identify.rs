//! From what a person typed, pasted or read out to a typed identifier of their card. Forgiving about how it
//! is written, strict about what it is: a number is never bent into a kind that it is not.
//!
//! How the kind is decided, in this order:
//! 1. **A label** ("ICCID:", "手机号") names the kind, and a number that does not fit it is refused rather than
//!    taken for another. "S/N" and "序列号" exclude phone numbers only.
//! 2. **`+`** is a phone number.
//! 3. **The operator's serial patterns**, in their order, whether or not they have letters.
//! 4. **The number of digits:**
//!    - *6 to 13:* a phone number where a numbering plan knows it: of the default region (as dialled there, or
//!      with its calling code), of the other regions, or after `00`. In the default region a length that
//!      exists will do, if the number has its trunk zero or calling code and 10 digits or more: numbers kept
//!      for fiction and the newest ranges are in no plan. All else is a **partial ICCID**. So a part that
//!      happens to look like a phone number needs its label.
//!    - *14 to 17:* after `00` a phone number, by the same rule. Then 14 or 15 digits with a configured MCC/MNC
//!      are an **IMSI** (five digits that fit by chance are far rarer than one check digit), other 15 digits an
//!      **IMEI**, whose Luhn digit is checked: a device's number with a slip is likelier than the IMSI of a
//!      stranger. 16 digits are an IMEI with software version, which has no check digit.
//!    - *18 to 20 that begin with 89:* an **ICCID**. With 19 or 20 digits Luhn is checked and its failure
//!      reported, no more: real cards fail it. With 18 the check digit was left off, so there is nothing to
//!      check ([`Iccid::same_card`] finds the card).
//!    - *32:* an **EID**, modulo 97.
//! 5. **Bank cards and identity numbers** are recognised and refused, so that they are not stored.

mod kinds;
mod phone;
mod rules;
pub(crate) mod text;

pub use kinds::{BadShape, Eid, Iccid, Identifier, Imei, Imsi, Msisdn, PartialIccid, Serial, with_luhn};
pub use phone::grouped_phone;
pub use rules::{BadPattern, IdentifyRules, Region, SerialPattern, UnknownRegion};

pub(crate) use kinds::{luhn, mod97};

use crate::redact;
use phone::Phone;
use serde::{Deserialize, Serialize};
use text::Hint;

/// Longer texts are not looked at.
const MOST_CHARACTERS: usize = 256;

/// Whether an identifier bears out its own check digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// The check digit fits; a phone number is in a range that its country has given out.
    Ok,
    /// It does not: most likely a slip, but out-of-spec cards exist. To be said, not to be refused.
    Failed,
    /// The kind has none, or it was left off.
    None,
}

/// An identifier and whether it checks out. As JSON: `{"kind":…,"normalised":…,"check":"ok|failed|none"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    #[serde(flatten)]
    pub id: Identifier,
    pub check: Check,
}

/// Why a text is no identifier. Each is something that a page can explain in a sentence; none repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Unrecognised {
    /// Nothing was typed, or only a label.
    #[error("there is no number")]
    Empty,
    /// Fewer digits than the shortest identifier, a partial ICCID of 6.
    #[error("{digits} digits are too few")]
    TooShort { digits: usize },
    /// More characters than any identifier has: perhaps two numbers at once.
    #[error("{characters} characters are too many")]
    TooLong { characters: usize },
    /// No kind of identifier has that many digits: some are missing or doubled.
    #[error("no number of a card has {digits} digits")]
    NoSuchLength { digits: usize },
    /// The label names a kind (as in [`Identifier::kind`]) that never has that many digits.
    #[error("{kind} does not have {digits} digits")]
    WrongLength { kind: String, digits: usize },
    /// As long as an ICCID, but every ICCID begins with 89.
    #[error("a card number begins with 89")]
    NotAnIccid,
    /// No country has that calling code, or its numbers are not that long.
    #[error("no phone number looks like this")]
    NotAPhoneNumber,
    /// It has letters or other characters, and is not the operator's own kind of serial.
    #[error("this is neither a number nor a serial of this operator")]
    NotANumber,
    /// A spreadsheet has rounded it (`8.94421E+18`); its digits are lost.
    #[error("a spreadsheet has rounded the number")]
    Rounded,
    /// The activation code of an eSIM (`LPA:1$…`), which names no card once it has been used.
    #[error("this is an activation code")]
    ActivationCode,
    /// The number of a bank card. We never ask for one.
    #[error("this looks like the number of a bank card")]
    BankCard,
    /// A Chinese identity number (GB 11643). It does not name a card.
    #[error("this looks like an identity number")]
    IdentityNumber,
}

impl Unrecognised {
    /// What must not be stored: it is not shown again either.
    pub fn is_secret(&self) -> bool {
        matches!(self, Unrecognised::BankCard | Unrecognised::IdentityNumber)
    }
}

/// Says what `text` identifies, by the rules at the head of this module. Never panics, keeps nothing.
pub fn identify(text: &str, rules: &IdentifyRules) -> Result<Identified, Unrecognised> {
    let characters = text.chars().take(MOST_CHARACTERS + 1).count();
    if characters > MOST_CHARACTERS {
        return Err(Unrecognised::TooLong { characters: text.chars().count() });
    }
    // "Your code: 482913" names no card, and is not to be kept.
    if redact::find(text).iter().any(|f| matches!(f.kind, redact::Kind::OneTimeCode | redact::Kind::Secret)) {
        return Err(Unrecognised::NotANumber);
    }
    let bare = text::bare(text);
    if bare.whole.starts_with("LPA1$") {
        return Err(Unrecognised::ActivationCode);
    }
    if let Some(number) = bare.value.strip_prefix('+').filter(|_| matches!(bare.hint, Hint::None | Hint::Phone)) {
        return explicit_phone(number.trim_start_matches('+'));
    }
    if matches!(bare.hint, Hint::None | Hint::Printed)
        && let Some(serial) = serial(&bare.whole, rules).or_else(|| serial(&bare.value, rules))
    {
        return Ok(found(serial, Check::None));
    }
    let number = digits_of(&bare.value)?;
    match bare.hint {
        Hint::None => by_length(number, rules, true),
        Hint::Printed => by_length(number, rules, false),
        Hint::Iccid if number.len() <= 13 => partial(number),
        Hint::Iccid => iccid(number),
        Hint::Eid => eid(number),
        Hint::Imei => imei(number),
        Hint::Imsi => shaped::<Imsi>(number, "imsi", Check::None),
        Hint::Phone => labelled_phone(number, rules),
    }
}

/// Loads the numbering plans, which takes about a tenth of a second of one core and 7 MiB. The first phone
/// number would do it otherwise: call it from a thread of its own once the program is ready.
pub fn warm() {
    phone::load();
}

/// The digits, where there is nothing else. An ICCID may end in the F that pads it on the chip.
fn digits_of(value: &str) -> Result<&str, Unrecognised> {
    if value.is_empty() {
        return Err(Unrecognised::Empty);
    }
    let unpadded = value.trim_end_matches('F');
    let is_padded = (18..=20).contains(&unpadded.len()) && value.len() - unpadded.len() <= 2;
    let number = if is_padded && unpadded.starts_with("89") { unpadded } else { value };
    if number.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(number);
    }
    if redact::resident(number) {
        return Err(Unrecognised::IdentityNumber);
    }
    let rounded = number.split_once("E+").is_some_and(|(mantissa, exponent)| {
        [mantissa, exponent].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    });
    Err(if rounded { Unrecognised::Rounded } else { Unrecognised::NotANumber })
}

fn by_length(number: &str, rules: &IdentifyRules, may_be_phone: bool) -> Result<Identified, Unrecognised> {
    let digits = number.len();
    if may_be_phone
        && (6..=17).contains(&digits)
        && let Some(phone) = unlabelled_phone(number, rules)
    {
        return msisdn(phone);
    }
    match digits {
        0..=5 => Err(Unrecognised::TooShort { digits }),
        6..=13 => partial(number),
        14 | 15 if has_imsi_prefix(number, rules) => shaped::<Imsi>(number, "imsi", Check::None),
        15 => imei(number),
        18 if redact::resident(number) => Err(Unrecognised::IdentityNumber),
        16..=19 if is_bank_card(number) => Err(Unrecognised::BankCard),
        16 => imei(number),
        18..=20 => iccid(number),
        32 => eid(number),
        14 | 17 | 21..=31 => Err(Unrecognised::NoSuchLength { digits }),
        _ => Err(Unrecognised::TooLong { characters: digits }),
    }
}

fn found(id: impl Into<Identifier>, check: Check) -> Identified {
    Identified { id: id.into(), check }
}

/// The kind's own shape decides; a label must have named it, or the length.
fn shaped<T>(number: &str, kind: &str, check: Check) -> Result<Identified, Unrecognised>
where
    T: TryFrom<String> + Into<Identifier>,
{
    match T::try_from(number.to_owned()) {
        Ok(id) => Ok(found(id, check)),
        Err(_) => Err(Unrecognised::WrongLength { kind: kind.to_owned(), digits: number.len() }),
    }
}

fn checked(fits: bool) -> Check {
    if fits { Check::Ok } else { Check::Failed }
}

fn iccid(number: &str) -> Result<Identified, Unrecognised> {
    if (18..=20).contains(&number.len()) && !number.starts_with("89") {
        return Err(Unrecognised::NotAnIccid);
    }
    let check = if number.len() == 18 { Check::None } else { checked(luhn(number)) };
    shaped::<Iccid>(number, "iccid", check)
}

fn partial(number: &str) -> Result<Identified, Unrecognised> {
    if number.len() < 6 {
        return Err(Unrecognised::TooShort { digits: number.len() });
    }
    shaped::<PartialIccid>(number, "partial-iccid", Check::None)
}

fn eid(number: &str) -> Result<Identified, Unrecognised> {
    shaped::<Eid>(number, "eid", checked(mod97(number) == 1))
}

fn imei(number: &str) -> Result<Identified, Unrecognised> {
    let check = if number.len() == 16 { Check::None } else { checked(luhn(number)) };
    shaped::<Imei>(number, "imei", check)
}

fn serial(bare: &str, rules: &IdentifyRules) -> Option<Serial> {
    rules.serial_patterns.iter().find_map(|pattern| Serial::try_from(pattern.normalise(bare)?).ok())
}

fn has_imsi_prefix(number: &str, rules: &IdentifyRules) -> bool {
    rules.imsi_prefixes.iter().any(|prefix| prefix.len() >= 5 && number.starts_with(prefix.as_str()))
}

fn msisdn(phone: Phone) -> Result<Identified, Unrecognised> {
    let check = if phone.in_plan { Check::Ok } else { Check::None };
    let id = Msisdn::try_from(phone.e164).map_err(|_| Unrecognised::NotAPhoneNumber)?;
    Ok(found(id, check))
}

fn explicit_phone(number: &str) -> Result<Identified, Unrecognised> {
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Unrecognised::NotANumber);
    }
    let number = number.strip_prefix("00").unwrap_or(number);
    phone::international(number).filter(|phone| phone.possible).ok_or(Unrecognised::NotAPhoneNumber).and_then(msisdn)
}

fn labelled_phone(number: &str, rules: &IdentifyRules) -> Result<Identified, Unrecognised> {
    if number.starts_with("00") {
        return explicit_phone(number);
    }
    unlabelled_phone(number, rules)
        .or_else(|| phone::international(number).filter(|phone| phone.in_plan))
        .or_else(|| phone::national(number, rules.default_region).filter(|phone| phone.possible))
        .ok_or(Unrecognised::NotAPhoneNumber)
        .and_then(msisdn)
}

/// A phone number without `+` or label, where something other than its length speaks for it.
fn unlabelled_phone(number: &str, rules: &IdentifyRules) -> Option<Phone> {
    let home = rules.default_region;
    if let Some(rest) = number.strip_prefix("00") {
        let phone = phone::international(rest)?;
        return (phone.in_plan || phone.possible && phone::has_code_of(rest, home)).then_some(phone);
    }
    let written_at_length =
        number.len() >= 10 && (phone::has_trunk_zero(number, home) || phone::has_code_of(number, home));
    let at_home = phone::national(number, home).filter(|phone| phone.in_plan || phone.possible && written_at_length);
    at_home.or_else(|| {
        let others = rules.other_regions.iter();
        others.filter_map(|region| phone::national(number, *region)).find(|phone| phone.in_plan)
    })
}

/// A phone number in E.164 form, however it is written; `None` where it cannot be one.
pub(crate) fn e164(text: &str, region: Region) -> Option<String> {
    if text.chars().take(MOST_CHARACTERS + 1).count() > MOST_CHARACTERS {
        return None;
    }
    let bare = text::bare(text);
    let rules = IdentifyRules { default_region: region, other_regions: Vec::new(), ..IdentifyRules::default() };
    let identified = match bare.value.strip_prefix('+') {
        Some(number) => explicit_phone(number),
        None => digits_of(&bare.value).and_then(|number| labelled_phone(number, &rules)),
    };
    identified.ok().map(|found| found.id.normalised().to_owned())
}

/// The ranges of the large schemes, 16 to 19 digits, with a Luhn digit that fits. An ICCID never begins so.
fn is_bank_card(number: &str) -> bool {
    let issuer: u32 = number.get(..4).and_then(|prefix| prefix.parse().ok()).unwrap_or(0);
    matches!(issuer, 4000..=4999 | 5100..=5599 | 2221..=2720 | 6200..=6299 | 6011 | 6500..=6599) && luhn(number)
}

#[cfg(test)]
mod tests;
