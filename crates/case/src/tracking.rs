//! From what a person typed or scanned off a receipt to a typed tracking number. Forgiving about how it is written,
//! strict about what it is: a number whose check digit fails is said to be mistyped, never sent to a carrier.
//!
//! Carriers are data: a pattern as in [`SerialPattern`](crate::identify::SerialPattern) (`#` a digit, `@` a letter,
//! `*` either; others as written), and which check digit it has. Where several patterns fit, the one whose check
//! digit bears the number out comes first, then the one that has none. An operator adds carriers of its own
//! (`returns.carriers`), which are asked before these.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::identify::Check;
use crate::redact::redact;

/// Longer texts are not looked at.
const MOST_CHARACTERS: usize = 64;

/// Which check digit a number has, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    #[default]
    None,
    /// UPU S10: eight digits weighted 8 6 4 2 3 5 9 7, modulo 11.
    S10,
    /// UPS: the last of sixteen characters after `1Z`.
    Ups,
    /// DHL Express: nine digits modulo 7.
    Mod7,
    /// GS1 (SSCC and the like): weights 3 and 1 from the right, modulo 10.
    Gs1,
    /// Deutsche Post's Identcode: weights 4 and 9, modulo 10.
    Ident,
    /// DPD: ISO 7064, MOD 37,36.
    Mod37,
}

/// A carrier's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierPattern {
    /// As people know it: `Royal Mail`.
    pub carrier: String,
    /// `#` a digit, `@` a letter, `*` either.
    pub pattern: String,
    #[serde(default)]
    pub check: Checked,
}

/// Who carries what has an international number (UPU S10): a post, of a country whose own name for it is not known here.
pub const A_POST: &str = "UPU S10";

/// Those that are built in. S10 is told apart by its country.
const BUILT_IN: &[(&str, &str, Checked)] = &[
    (A_POST, "@@#########@@", Checked::S10),
    ("UPS", "1Z****************", Checked::Ups),
    ("SF Express", "SF#############", Checked::None),
    ("DHL", "JJD##################", Checked::None),
    ("DHL", "JVGL##################", Checked::None),
    ("DHL", "0034################", Checked::Gs1),
    ("DHL", "############", Checked::Ident),
    ("DHL Express", "##########", Checked::Mod7),
    ("DPD", "##############*", Checked::Mod37),
    ("DPD", "##############", Checked::None),
];

/// Who carries what an S10 number of this country names.
const POSTS: &[(&str, &str)] = &[
    ("GB", "Royal Mail"),
    ("CN", "China Post EMS"),
    ("DE", "Deutsche Post DHL"),
    ("FR", "La Poste"),
    ("US", "USPS"),
    ("IE", "An Post"),
    ("HK", "Hongkong Post"),
];

/// A tracking number, as its carrier writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tracking {
    pub carrier: String,
    /// Upper case, without spaces.
    pub number: String,
}

/// A tracking number and whether it checks out. As JSON: `{"carrier":…,"number":…,"check":"ok|failed|none"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    #[serde(flatten)]
    pub tracking: Tracking,
    pub check: Check,
}

/// Why a text is no tracking number that anything can be done with. None repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Untracked {
    #[error("there is no number")]
    Empty,
    /// It has a carrier's shape, and its check digit fails: a slip.
    #[error("the check digit of this {carrier} number is wrong")]
    CheckDigit { carrier: String },
    /// No carrier that we know writes numbers like this.
    #[error("no carrier writes numbers like this")]
    Shape,
    /// It is the number of a bank card, which is not kept, whatever carrier writes numbers as long.
    #[error("this is a bank card's number, which is not kept")]
    Secret,
}

/// Reads a tracking number. `more` are the operator's own carriers.
pub fn track(text: &str, more: &[CarrierPattern]) -> Result<Tracked, Untracked> {
    let number = bare(text);
    if number.is_empty() {
        return Err(Untracked::Empty);
    }
    if number.bytes().all(|b| b.is_ascii_digit()) && !redact(&number).1.is_empty() {
        return Err(Untracked::Secret);
    }
    let own = more.iter().map(|c| (c.carrier.as_str(), c.pattern.as_str(), c.check));
    let mut failed = None;
    let mut plain = None;
    for (carrier, pattern, check) in own.chain(BUILT_IN.iter().copied()) {
        let Some(number) = shaped(&number, pattern) else { continue };
        match verify(&number, check) {
            Check::Ok => return Ok(found(carrier, number, check, Check::Ok)),
            Check::None => plain = plain.or_else(|| Some(found(carrier, number, check, Check::None))),
            Check::Failed => failed = failed.or_else(|| Some(named(carrier, &number, check))),
        }
    }
    plain.ok_or(match failed {
        Some(carrier) => Untracked::CheckDigit { carrier },
        None => Untracked::Shape,
    })
}

fn found(carrier: &str, number: String, kind: Checked, check: Check) -> Tracked {
    Tracked { tracking: Tracking { carrier: named(carrier, &number, kind), number }, check }
}

/// The post that an S10 number's country is served by; the standard's own name where we know none.
fn named(carrier: &str, number: &str, kind: Checked) -> String {
    let post = match kind {
        Checked::S10 => POSTS.iter().find(|(country, _)| number.ends_with(country)).map(|(_, post)| *post),
        Checked::None | Checked::Ups | Checked::Mod7 | Checked::Gs1 | Checked::Ident | Checked::Mod37 => None,
    };
    post.unwrap_or(carrier).to_owned()
}

/// Without what only serves the eye: spaces, hyphens, dots, full-width forms.
fn bare(text: &str) -> String {
    if text.chars().count() > MOST_CHARACTERS {
        return String::new();
    }
    let kept =
        text.nfkc().filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '-' | '.' | '_' | '‐' | '–'));
    kept.flat_map(char::to_uppercase).collect()
}

/// The number as the pattern has it. A letter that looks like a digit, where a digit belongs, is that digit.
fn shaped(number: &str, pattern: &str) -> Option<String> {
    if number.chars().count() != pattern.chars().count() || !number.is_ascii() {
        return None;
    }
    number.chars().zip(pattern.chars()).map(|(c, place)| fits(c, place)).collect()
}

fn fits(c: char, place: char) -> Option<char> {
    let as_digit = match c {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    match place {
        '#' => as_digit.is_ascii_digit().then_some(as_digit),
        '@' => c.is_ascii_uppercase().then_some(c),
        '*' => c.is_ascii_alphanumeric().then_some(c),
        own => (own == c || own == as_digit).then_some(own),
    }
}

fn verify(number: &str, check: Checked) -> Check {
    let fits = match check {
        Checked::None => return Check::None,
        Checked::S10 => s10(number),
        Checked::Ups => ups(number),
        Checked::Mod7 => mod7(number),
        Checked::Gs1 => weighted(number, 3, 1),
        Checked::Ident => weighted(number, 4, 9),
        Checked::Mod37 => mod37(number),
    };
    if fits { Check::Ok } else { Check::Failed }
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// The check digit of an S10 number's eight digits.
pub fn s10_digit(eight: &str) -> Option<u32> {
    let digits = digits(eight).filter(|digits| digits.len() == 8)?;
    let sum: u32 = digits.iter().zip([8, 6, 4, 2, 3, 5, 9, 7]).map(|(digit, weight)| digit * weight).sum();
    Some(match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    })
}

/// The service indicators J to K and Z of the standard are for bilateral use; their numbers are checked alike.
fn s10(number: &str) -> bool {
    let check = number.chars().nth(10).and_then(|c| c.to_digit(10));
    check.is_some() && number.get(2..10).and_then(s10_digit) == check
}

/// Letters count as (code − 63) mod 10, every second character twice.
fn ups(number: &str) -> bool {
    let body = number.get(2..).unwrap_or_default();
    let value = |c: char| c.to_digit(10).unwrap_or_else(|| (u32::from(c).wrapping_sub(63)) % 10);
    let sum: u32 = body.chars().take(15).enumerate().map(|(n, c)| value(c) * if n % 2 == 0 { 1 } else { 2 }).sum();
    body.chars().nth(15).and_then(|c| c.to_digit(10)) == Some((10 - sum % 10) % 10)
}

fn mod7(number: &str) -> bool {
    let Some((body, check)) = number.split_at_checked(9) else { return false };
    body.parse::<u64>().is_ok_and(|body| check.parse() == Ok(body % 7))
}

/// Weights that take turns from the right, the check digit last.
fn weighted(number: &str, odd: u32, even: u32) -> bool {
    let Some(digits) = digits(number) else { return false };
    let Some((check, body)) = digits.split_last() else { return false };
    let sum: u32 = body.iter().rev().enumerate().map(|(n, d)| d * if n % 2 == 0 { odd } else { even }).sum();
    *check == (10 - sum % 10) % 10
}

/// ISO 7064, MOD 37,36.
fn mod37(number: &str) -> bool {
    let values: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(36)).collect();
    let Some(values) = values else { return false };
    let Some((check, body)) = values.split_last() else { return false };
    let rest = body.iter().fold(36, |rest, value| {
        let sum = (rest + value) % 36;
        (if sum == 0 { 36 } else { sum }) * 2 % 37
    });
    (rest + check) % 36 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String, Check), Untracked> {
        track(text, &[]).map(|t| (t.tracking.carrier, t.tracking.number, t.check))
    }

    /// Vectors of UPU S10-12, of Wikipedia's article and of tracking-number collections.
    #[test]
    fn an_s10_number_bears_its_check_digit_out() {
        for (text, carrier) in [
            ("RA473124829GB", "Royal Mail"),
            ("RB123456785GB", "Royal Mail"),
            ("EE123456785US", "USPS"),
            ("CP123456785US", "USPS"),
            ("RR473124829IN", "UPU S10"),
            ("EM000000005XX", "UPU S10"),
            ("EA123456785CN", "China Post EMS"),
        ] {
            assert_eq!(read(text), Ok((carrier.into(), text.into(), Check::Ok)), "{text}");
        }
        for text in ["RB123456786US", "LK111111111US", "RA473124828GB"] {
            assert!(matches!(read(text), Err(Untracked::CheckDigit { .. })), "{text}");
        }
        assert_eq!(s10_digit("47312482"), Some(9));
        assert_eq!(s10_digit("4731248"), None);
    }

    /// As long as a carrier's numbers, and a bank card's all the same: Diners Club beside DPD, American Express with a
    /// check character that happens to fit.
    #[test]
    fn a_bank_card_s_number_is_no_tracking_number() {
        for text in ["36227206271667", "3622 720627 1667", "３６２２７２０６２７１６６７", "4012888888881881"]
        {
            assert_eq!(read(text), Err(Untracked::Secret), "{text}");
        }
        assert!(read("15501234567890").is_ok());
    }

    #[test]
    fn every_single_slip_in_an_s10_number_is_found() {
        let good = "RA473124829GB";
        for place in 2..11 {
            for digit in '0'..='9' {
                let slip: String = good.char_indices().map(|(n, c)| if n == place { digit } else { c }).collect();
                assert_eq!(read(&slip).is_ok(), slip == good, "{slip}");
            }
        }
    }

    #[test]
    fn carriers_are_told_apart_by_their_own_check_digits() {
        for (text, carrier, check) in [
            ("1Z5R89390357567127", "UPS", Check::Ok),
            ("1Z999AA10123456784", "UPS", Check::Ok),
            ("SF1411234567890", "SF Express", Check::None),
            ("3318810025", "DHL Express", Check::Ok),
            ("00340434161094042557", "DHL", Check::Ok),
            ("01234567890123", "DPD", Check::None),
            ("JJD000390007882823141", "DHL", Check::None),
        ] {
            assert_eq!(read(text), Ok((carrier.into(), text.into(), check)), "{text}");
        }
        for text in ["1Z5R89390357567128", "3318810026", "00340434161094042558"] {
            assert!(matches!(read(text), Err(Untracked::CheckDigit { .. })), "{text}");
        }
    }

    #[test]
    fn it_is_forgiving_about_writing_and_about_nothing_else() {
        for text in [
            "ra 473 124 829 gb",
            "ＲＡ４７３１２４８２９ＧＢ",
            "RA-473-124-829-GB",
            " RA47312482 9GB\n",
            "RA4731248Z9GB",
        ] {
            let good = !text.contains('Z');
            assert_eq!(read(text).is_ok(), good, "{text}");
        }
        assert_eq!(read("RAOOOOOO0O5XX").map(|t| t.1), read("RA000000005XX").map(|t| t.1));
        for text in ["", "  ", "hello", "RA473124829G", "4111 1111 1111 1112", "1", &"9".repeat(70)] {
            assert!(matches!(read(text), Err(Untracked::Empty | Untracked::Shape)), "{text}");
        }
    }

    #[test]
    fn an_operators_own_carrier_comes_first() {
        let own = CarrierPattern { carrier: "Evri".into(), pattern: "H***************".into(), check: Checked::None };
        let found = track("h00a1b2c3d4e5f6a", &[own]).unwrap();
        assert_eq!((found.tracking.carrier.as_str(), found.check), ("Evri", Check::None));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            let _ = track(&text, &[]);
        }
    }
}
