//! Masks what has a form of its own in free text: known values, addresses of e-mail, long numbers. Dates and short
//! numbers stay, and so do references, serials and digests, in which digits and letters are mixed.

use super::{email, is_han, number};

/// Digits from which a number is one of a person, a card or a phone.
const LONG: usize = 7;
/// The same where letters stand beside it without a space: digests have a few digits in a row.
const LONG_IN_WORD: usize = 9;

pub(super) fn masked(text: &str, known: &[(Vec<char>, String)]) -> String {
    let chars: Vec<char> = text.chars().collect();
    // One character to one, so that places stay the same.
    let lower: Vec<char> = chars.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let found = value(&lower, at, known)
            .or_else(|| mail(&chars, at))
            .or_else(|| date(&chars, at).map(|end| (end, chars[at..end].iter().collect())))
            .or_else(|| long(&chars, at));
        match found {
            Some((end, shown)) => {
                out.push_str(&shown);
                at = end;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// Whether a word goes on from one of these to the other. Chinese has no limits between words.
fn joined(a: char, b: char) -> bool {
    let part = |c: char| c.is_alphanumeric() && !is_han(c);
    part(a) && part(b)
}

fn value(lower: &[char], at: usize, known: &[(Vec<char>, String)]) -> Option<(usize, String)> {
    known.iter().find_map(|(value, shown)| {
        let end = at + value.len();
        let here = lower.get(at..end)? == value.as_slice();
        let begins = at == 0 || !joined(lower[at - 1], lower[at]);
        let ends = lower.get(end).is_none_or(|next| !joined(lower[end - 1], *next));
        (here && begins && ends).then(|| (end, shown.clone()))
    })
}

fn mail(chars: &[char], at: usize) -> Option<(usize, String)> {
    let local = |c: &char| c.is_alphanumeric() && !is_han(*c) || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    if at > 0 && local(&chars[at - 1]) || !chars[at..].first().is_some_and(local) {
        return None;
    }
    let sign = at + chars[at..].iter().position(|c| !local(c))?;
    if !matches!(chars[sign], '@' | '＠') {
        return None;
    }
    let domain = |c: &char| c.is_alphanumeric() && !is_han(*c) || matches!(c, '.' | '-');
    let mut end = sign + 1 + chars[sign + 1..].iter().take_while(|c| domain(c)).count();
    while end > sign + 1 && chars[end - 1] == '.' {
        end -= 1;
    }
    let whole: String = chars[at..end].iter().map(|c| if *c == '＠' { '@' } else { *c }).collect();
    (end > sign + 1).then(|| (end, email(&whole)))
}

fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        _ => None,
    }
}

/// The end of a day written as `2026-11-22` (or with `/` and `.`), which begins here.
fn date(chars: &[char], at: usize) -> Option<usize> {
    let fits = |shape: &str| {
        let end = at + shape.len();
        let all = chars.get(at..end)?.iter().zip(shape.chars()).all(|(c, s)| match s {
            '0' => c.is_ascii_digit(),
            _ => matches!(c, '-' | '/' | '.'),
        });
        let alone = at == 0 || !chars[at - 1].is_ascii_digit();
        (all && alone && !chars.get(end).is_some_and(char::is_ascii_digit)).then_some(end)
    };
    let end = fits("0000-00-00").or_else(|| fits("00-00-0000"))?;
    let number = |from: usize| chars[from..from + 2].iter().collect::<String>().parse::<u32>().unwrap_or(99);
    let (a, b) =
        if chars[at + 4].is_ascii_digit() { (number(at), number(at + 3)) } else { (number(at + 5), number(at + 8)) };
    // A number in groups of four and two is no day by that alone.
    ((1..=31).contains(&a) && (1..=31).contains(&b)).then_some(end)
}

/// A long number, in groups or not, with a `+` or brackets about it.
fn long(chars: &[char], at: usize) -> Option<(usize, String)> {
    let begins = digit(chars[at]).is_some() || matches!(chars[at], '+' | '＋' | '(' | '（');
    if !begins || at > 0 && digit(chars[at - 1]).is_some() {
        return None;
    }
    let between = |c: char| {
        matches!(
            c,
            ' ' | '\u{A0}' | '-' | '－' | '–' | '.' | '(' | ')' | '（' | '）' | '/' | '+' | '＋' | '\u{200B}'
                ..='\u{200D}'
        )
    };
    let (mut found, mut end, mut gap) = (String::new(), at, 0);
    for (i, c) in chars.iter().enumerate().skip(at) {
        match digit(*c) {
            Some(d) => {
                found.push(d);
                end = i + 1;
                gap = 0;
            }
            None if between(*c) && gap < 3 => gap += 1,
            None => break,
        }
        // What comes next is a day of its own.
        if gap > 0 && !found.is_empty() && date(chars, i + 1).is_some() {
            break;
        }
    }
    let letter = |c: Option<&char>| c.is_some_and(char::is_ascii_alphabetic);
    let in_word = at > 0 && letter(chars.get(at - 1)) || letter(chars.get(end));
    let least = if in_word { LONG_IN_WORD } else { LONG };
    (found.len() >= least).then(|| (end, number(&found)))
}
