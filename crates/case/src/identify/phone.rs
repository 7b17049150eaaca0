//! Phone numbers, by the public numbering plans that the `phonenumber` crate carries. It is asked only for
//! strings of ASCII digits, so that its own guessing at separators and extensions never comes into play.

use super::rules::Region;
use phonenumber::metadata::DATABASE;

/// E.164 allows no more.
const LONGEST: usize = 15;
const SHORTEST: usize = 7;

/// A number that could be dialled from anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phone {
    /// `+` and at most 15 digits.
    pub e164: String,
    /// In a range that its country has given out. Numbers reserved for fiction are not, nor are the newest.
    pub in_plan: bool,
    /// Of a length that its country uses.
    pub possible: bool,
}

/// Loads the plans of all countries, once in the life of the process.
pub(super) fn load() {
    let _ = DATABASE.by_code(&44_u16);
}

/// From digits that begin with the calling code. `None` where no country has that code.
pub(super) fn international(digits: &str) -> Option<Phone> {
    if !(SHORTEST..=LONGEST).contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    phone(None, &format!("+{digits}"))
}

/// From digits as they are dialled inside `region`, or with its calling code but no plus.
pub(super) fn national(digits: &str, region: Region) -> Option<Phone> {
    if !(3..=LONGEST).contains(&digits.len()) || digits.starts_with("00") {
        return None;
    }
    // A national number may begin with the digits of its own calling code (Italy: 39), which phonenumber
    // would strip.
    let whole = region.calling_code().filter(|_| has_code_of(digits, region)).map(|code| format!("{code}{digits}"));
    whole.and_then(|whole| international(&whole)).filter(|phone| phone.in_plan).or_else(|| phone(Some(region), digits))
}

/// Whether `digits` are those of `region`'s calling code and more.
pub(super) fn has_code_of(digits: &str, region: Region) -> bool {
    region.calling_code().is_some_and(|code| digits.starts_with(&code.to_string()))
}

/// Whether `digits` begin with the zero that `region` dials before its own numbers.
pub(super) fn has_trunk_zero(digits: &str, region: Region) -> bool {
    let mut digits = digits.bytes();
    region.trunk_prefix() == Some("0") && digits.next() == Some(b'0') && digits.next() != Some(b'0')
}

/// A telephone number as people read it, "+44 7700 900123": in the groups of its country where it is written from its
/// plus on and the plan is known, and as it stands where not.
pub fn grouped_phone(text: &str) -> String {
    let digits =
        text.strip_prefix('+').filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|_| phonenumber::parse(None, text).ok()) {
        Some(number) => number.format().mode(phonenumber::Mode::International).to_string(),
        None => text.to_owned(),
    }
}

fn phone(region: Option<Region>, text: &str) -> Option<Phone> {
    let number = phonenumber::parse(region.map(Region::id), text).ok()?;
    let code = number.code().value();
    let national = number.national().to_string();
    let e164 = format!("+{code}{national}");
    let length = u16::try_from(national.len()).ok()?;
    if !(SHORTEST..=LONGEST).contains(&(e164.len() - 1)) {
        return None;
    }
    let in_plan = number.is_valid();
    // the general lengths are empty in this database; these three cover all that a SIM can have
    let possible = in_plan
        || DATABASE.by_code(&code)?.iter().any(|plan| {
            let kinds = plan.descriptors();
            let kinds = [kinds.mobile(), kinds.fixed_line(), kinds.voip()];
            kinds.into_iter().flatten().any(|kind| kind.possible_length().contains(&length))
        });
    Some(Phone { in_plan, possible, e164 })
}
