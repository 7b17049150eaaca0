//! Strikes out what we never ask for. People write bank card and identity numbers into forms all the
//! same, because somebody told them to; such a number is gone before anything is stored.

use case::identify::{IdentifyRules, Unrecognised, identify};

/// Stands where a number stood.
pub const STRUCK: &str = "█████";
/// The shortest and the longest number that is struck out, in characters.
const SHORTEST: usize = 16;
const LONGEST: usize = 19;

/// The text without bank card and identity numbers, and how many there were.
pub fn out(text: &str, rules: &IdentifyRules) -> (String, usize) {
    let chars: Vec<char> = text.chars().collect();
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut struck) = (0, 0);
    while at < chars.len() {
        let starts = digit(chars[at]).is_some() && (at == 0 || digit(chars[at - 1]).is_none());
        match starts.then(|| number_at(&chars[at..], rules)).flatten() {
            Some(length) => {
                kept.push_str(STRUCK);
                struck += 1;
                at += length;
            }
            None => {
                kept.push(chars[at]);
                at += 1;
            }
        }
    }
    (kept, struck)
}

/// Characters of the longest such number at the beginning, with the separators inside it.
fn number_at(chars: &[char], rules: &IdentifyRules) -> Option<usize> {
    let mut digits = String::new();
    let mut found = None;
    let mut gap = 0;
    for (i, &c) in chars.iter().enumerate() {
        match digit(c) {
            Some(d) => {
                digits.push(d);
                gap = 0;
            }
            None if gap == 0 && matches!(c, ' ' | '-' | '\u{A0}' | '.' | '－' | '\u{3000}') => {
                gap = 1;
                continue;
            }
            None if digits.len() == 17 && matches!(c, 'x' | 'X' | 'Ｘ' | 'ｘ') => digits.push('X'),
            None => break,
        }
        let whole = chars.get(i + 1).is_none_or(|next| digit(*next).is_none());
        if whole && (SHORTEST..=LONGEST).contains(&digits.len()) && forbidden(&digits, rules) {
            found = Some(i + 1);
        }
        if digits.len() >= LONGEST {
            break;
        }
    }
    found
}

fn forbidden(digits: &str, rules: &IdentifyRules) -> bool {
    matches!(identify(digits, rules), Err(Unrecognised::BankCard | Unrecognised::IdentityNumber))
}

/// ASCII and full-width digits.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_never_ask_for_is_struck_out() {
        let rules = IdentifyRules::default();
        for (text, left, n) in [
            ("pay 4111 1111 1111 1111 now", "pay █████ now", 1),
            ("卡号４１１１１１１１１１１１１１１１。", "卡号█████。", 1),
            ("4111-1111-1111-1111 12", "█████ 12", 1),
            ("身份证11010519491231002X，谢谢", "身份证█████，谢谢", 1),
            ("4111111111111111, 5555555555554444", "█████, █████", 2),
            ("ICCID 8931070820307245732", "ICCID 8931070820307245732", 0),
            ("tel +44 7700 900123 since 2019-03-04", "tel +44 7700 900123 since 2019-03-04", 0),
            ("4111 1111 1111 1112", "4111 1111 1111 1112", 0),
            ("", "", 0),
        ] {
            assert_eq!(out(text, &rules), (left.to_owned(), n), "{text}");
        }
    }
}
