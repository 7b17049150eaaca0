//! What people paste is not what the card says: it comes with labels, spaces, line breaks, full-width
//! digits and characters nobody can see. Here a text becomes the bare characters that count, and a hint
//! where its label names the kind.

use unicode_normalization::UnicodeNormalization;

/// What a label in front of the number says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// No label, or one that fits several kinds ("SIM", "卡号").
    None,
    /// "S/N", "序列号": whatever is printed on a card or a box, so anything but a phone number.
    Printed,
    Iccid,
    Eid,
    Imei,
    Imsi,
    Phone,
}

/// A text with everything taken out that only serves the eye.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bare {
    pub hint: Hint,
    /// Upper case, ASCII digits, no separators, without its label.
    pub value: String,
    /// The same with its label, for serials that begin with letters a label could have.
    pub whole: String,
}

/// Labels without their separators, upper case.
const LABELS: &[(&str, Hint)] = &[
    ("ICCID", Hint::Iccid),
    ("ICCIDNUMBER", Hint::Iccid),
    ("ICCIDNO", Hint::Iccid),
    ("ICC", Hint::Iccid),
    ("集成电路卡识别码", Hint::Iccid),
    ("EID", Hint::Eid),
    ("EIDNUMBER", Hint::Eid),
    ("IMEI", Hint::Imei),
    ("IMEISV", Hint::Imei),
    ("IMEINUMBER", Hint::Imei),
    ("IMEINO", Hint::Imei),
    ("IMSI", Hint::Imsi),
    ("MSISDN", Hint::Phone),
    ("TEL", Hint::Phone),
    ("TELEPHONE", Hint::Phone),
    ("TELEPHONENUMBER", Hint::Phone),
    ("PHONE", Hint::Phone),
    ("PHONENUMBER", Hint::Phone),
    ("PHONENO", Hint::Phone),
    ("MOBILE", Hint::Phone),
    ("MOBILENUMBER", Hint::Phone),
    ("MOBILENO", Hint::Phone),
    ("MOB", Hint::Phone),
    ("手机", Hint::Phone),
    ("手机号", Hint::Phone),
    ("手机号码", Hint::Phone),
    ("手機", Hint::Phone),
    ("手機號碼", Hint::Phone),
    ("电话", Hint::Phone),
    ("电话号码", Hint::Phone),
    ("電話", Hint::Phone),
    ("電話號碼", Hint::Phone),
    ("SN", Hint::Printed),
    ("SERIAL", Hint::Printed),
    ("SERIALNO", Hint::Printed),
    ("SERIALNUMBER", Hint::Printed),
    ("序列号", Hint::Printed),
    ("序列號", Hint::Printed),
    ("序号", Hint::Printed),
    ("SIM", Hint::None),
    ("SIMNO", Hint::None),
    ("SIMNUMBER", Hint::None),
    ("SIMCARD", Hint::None),
    ("SIMCARDNO", Hint::None),
    ("SIMCARDNUMBER", Hint::None),
    ("CARD", Hint::None),
    ("CARDNO", Hint::None),
    ("CARDNUMBER", Hint::None),
    ("NO", Hint::None),
    ("NUMBER", Hint::None),
    ("卡号", Hint::None),
    ("卡號", Hint::None),
    ("SIM卡号", Hint::None),
    ("号码", Hint::None),
    ("號碼", Hint::None),
    // The last digits, as our pages and messages name them; after all that says whose they are.
    ("尾号", Hint::Iccid),
    ("尾號", Hint::Iccid),
    ("卡号尾号", Hint::Iccid),
    ("后六位", Hint::Iccid),
    ("末六位", Hint::Iccid),
    ("最后六位", Hint::Iccid),
    ("卡号后六位", Hint::Iccid),
    ("卡号末六位", Hint::Iccid),
    ("后6位", Hint::Iccid),
    ("末6位", Hint::Iccid),
    ("最后6位", Hint::Iccid),
    ("卡号后6位", Hint::Iccid),
    ("LASTDIGITS", Hint::Iccid),
    ("LASTSIXDIGITS", Hint::Iccid),
    ("LAST6DIGITS", Hint::Iccid),
    ("ENDING", Hint::Iccid),
    ("ENDINGIN", Hint::Iccid),
    ("CARDENDINGIN", Hint::Iccid),
];

/// Strips labels and separators. `text` has been limited in length by the caller.
pub(super) fn bare(text: &str) -> Bare {
    let clean: String =
        text.nfkc().filter(|c| !is_invisible(*c)).map(ascii_digit).flat_map(char::to_uppercase).collect();
    let whole = significant(&clean);
    let (hint, value) = match clean.split_once(':').and_then(|(label, rest)| Some((label_hint(label)?, rest))) {
        Some((hint, rest)) => (hint, significant(&without_trunk_zero(rest))),
        None => {
            let tight = significant(&without_trunk_zero(&clean));
            match leading_label(&tight) {
                Some((hint, length)) => (hint, tight[length..].to_owned()),
                None => (Hint::None, tight),
            }
        }
    };
    Bare { hint, value, whole }
}

/// A part before a colon is a label when it is made of words, with at most a number in it
/// ("IMEI 1", "ICCID (19 digits)"). An unknown one ("My card") says nothing and is dropped.
fn label_hint(label: &str) -> Option<Hint> {
    let digits = label.chars().filter(char::is_ascii_digit).count();
    if digits > 4 || !label.chars().any(char::is_alphabetic) {
        return None;
    }
    let letters: String = label.chars().filter(|c| c.is_alphabetic()).collect();
    let mut words = label.split(|c: char| !c.is_alphabetic());
    let telling = || LABELS.iter().filter(|(_, hint)| *hint != Hint::None);
    let hint = LABELS
        .iter()
        .find(|(name, _)| *name == letters)
        .or_else(|| words.find_map(|word| telling().find(|(name, _)| *name == word)))
        .or_else(|| telling().find(|(name, _)| !name.is_ascii() && letters.contains(name)));
    Some(hint.map_or(Hint::None, |(_, hint)| *hint))
}

/// A label without a colon counts only where the number follows at once.
fn leading_label(tight: &str) -> Option<(Hint, usize)> {
    let numbered =
        |name: &str| tight.strip_prefix(name).is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit() || c == '+'));
    LABELS.iter().find(|(name, _)| numbered(name)).map(|(name, hint)| (*hint, name.len()))
}

/// "+44 (0)7700 900123": the zero in brackets is dialled only inside the country.
fn without_trunk_zero(text: &str) -> String {
    if text.trim_start().starts_with(['+', '0']) { text.replacen("(0)", "", 1) } else { text.to_owned() }
}

fn significant(text: &str) -> String {
    text.chars().filter(|c| !is_separator(*c)).collect()
}

fn is_separator(c: char) -> bool {
    const MARKS: &str = "-._,;:/\\|()[]{}<>#*='\"`~·•‧・、。《》「」【】〔〕…";
    c.is_whitespace()
        || c.is_control()
        || MARKS.contains(c)
        // hyphens, dashes and quotation marks of every width; the minus sign
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2212}')
}

/// Characters without a width: joiners, marks of direction, soft hyphens, variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{E0000}'..='\u{E01EF}')
}

/// Arabic, Persian and Devanagari digits as ASCII; NFKC has already dealt with the full-width ones.
pub(crate) fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{0660}'..='\u{0669}' => 0x0660,
        '\u{06F0}'..='\u{06F9}' => 0x06F0,
        '\u{0966}'..='\u{096F}' => 0x0966,
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}
