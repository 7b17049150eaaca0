//! What stands in a message by which its reader can tell that it is ours: a check code in each, which `/check`
//! knows, and in those to a contact known to be the holder's the phrase that they chose.

pub mod agent;
pub mod code;
pub mod phrase;

use std::ops::Range;

use reach::sms::segments::{cut, plain};

/// A text with its check code, and with the phrase where that does not make it more messages than it is.
pub fn text(said: String, code: &str, phrase: Option<&str>) -> String {
    // After a full stop in Chinese there is no space.
    let space = if said.ends_with(|c: char| c.is_ascii()) { " " } else { "" };
    let coded = if code.is_empty() { said } else { format!("{said}{space}{code}") };
    let Some(phrase) = phrase else { return coded };
    let with = format!("[{phrase}] {coded}");
    if parts(&with) <= parts(&coded) { with } else { coded }
}

/// The same with what is never asked for, unless it is said already, or makes it more messages than it is.
pub fn text_with(said: String, never: &str, code: &str, phrase: Option<&str>) -> String {
    let without = text(said.clone(), code, phrase);
    if said.contains(never) {
        return without;
    }
    let space = if said.ends_with(|c: char| c.is_ascii()) { " " } else { "" };
    let with = text(format!("{said}{space}{never}"), code, phrase);
    let fits = parts(&with) <= parts(&without) && with.starts_with('[') == without.starts_with('[');
    if fits { with } else { without }
}

fn parts(text: &str) -> usize {
    cut(&plain(text)).parts.len()
}

/// A run of letters and digits, what joins it to the next (hyphen, space, or nothing that would), and where it is.
struct Group {
    text: String,
    after: char,
    at: Range<usize>,
}

/// The runs of a text, full-width ones and odd hyphens too.
fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut open = false;
    for (at, given) in text.char_indices() {
        let c = match given {
            '！'..='～' => char::from_u32(given as u32 - '！' as u32 + '!' as u32).unwrap_or(given),
            '‐'..='―' | '−' => '-',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        let letter = c.is_ascii_alphanumeric();
        if letter && !open {
            groups.push(Group { text: String::new(), after: '\0', at: at..at });
        }
        if let Some(group) = groups.last_mut() {
            if letter {
                group.text.push(c);
                group.at.end = at + given.len_utf8();
            } else {
                // Only one hyphen or space joins.
                group.after = if open { c } else { '\0' };
            }
        }
        open = letter;
    }
    groups
}

/// A place in a text where a code may stand, as letters and digits together.
#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    code: String,
    at: Range<usize>,
    /// Written with hyphens, as ours are: what else has that shape is hardly meant otherwise.
    ours: bool,
}

/// Every place where groups of these `sizes` stand joined, or all of them in one.
fn candidates(text: &str, sizes: &[usize]) -> Vec<Candidate> {
    let groups = groups(text);
    let whole: usize = sizes.iter().sum();
    let mut found = Vec::new();
    for (n, first) in groups.iter().enumerate() {
        let some = groups.get(n..n + sizes.len()).unwrap_or_default();
        let sized = some.iter().zip(sizes).all(|(group, size)| group.text.len() == *size);
        if let Some((last, joints)) = some.split_last()
            && sized
            && joints.iter().all(|group| matches!(group.after, '-' | ' '))
        {
            // A longer row of groups is something else.
            let before = n.checked_sub(1).and_then(|n| groups.get(n)).is_some_and(|group| group.after == '-');
            let behind = last.after == '-' && n + sizes.len() < groups.len();
            let ours = !before && !behind && joints.iter().all(|group| group.after == '-');
            let code = some.iter().map(|group| group.text.as_str()).collect();
            found.push(Candidate { code, at: first.at.start..last.at.end, ours });
        } else if first.text.len() == whole {
            found.push(Candidate { code: first.text.clone(), at: first.at.clone(), ours: false });
        }
    }
    found.retain(|candidate| mixed(&candidate.code));
    found.truncate(50);
    found
}

/// The text without what stands at these places.
pub fn without(text: &str, places: &[Range<usize>]) -> String {
    let inside = |at: usize| places.iter().any(|place| place.contains(&at));
    text.char_indices().map(|(at, c)| if inside(at) { ' ' } else { c }).collect()
}

/// A word is not a code, and neither is a number: so that neither is taken for one, ours are both.
fn mixed(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Crockford's base 32, five bits a character, the highest first.
pub(crate) fn letters(bits: u64, count: u32) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..count).rev().map(|i| ALPHABET[(bits >> (5 * i) & 31) as usize] as char).collect()
}

/// The bits again; forgives the letters that people take for others.
fn bits(text: &str) -> Option<u64> {
    let digit = |c: char| {
        let c = match c.to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            c => c,
        };
        b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".iter().position(|a| *a as char == c)
    };
    text.chars().try_fold(0_u64, |bits, c| Some(bits << 5 | digit(c)? as u64))
}

#[cfg(test)]
mod tests;
