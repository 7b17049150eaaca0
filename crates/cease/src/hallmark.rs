//! What stands in a message by which its reader can tell that it is ours: a check code in each, which `/check`
//! knows, and in those to a contact known to be the holder's the phrase that they chose.

pub mod agent;
pub mod code;
pub mod phrase;

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

fn parts(text: &str) -> usize {
    cut(&plain(text)).parts.len()
}

/// Groups of a code, however somebody wrote them: runs of letters and digits, with what stands between them.
fn groups(text: &str) -> Vec<(String, char)> {
    let mut groups: Vec<(String, char)> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let c = match c {
            '！'..='～' => char::from_u32(c as u32 - '！' as u32 + '!' as u32).unwrap_or(c),
            '‐'..='―' | '−' => '-',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if c.is_ascii_alphanumeric() {
            if !open {
                groups.push((String::new(), '\0'));
                open = true;
            }
            if let Some((group, _)) = groups.last_mut() {
                group.push(c);
            }
        } else {
            if let Some((_, after)) = groups.last_mut() {
                // Only one hyphen or space joins.
                *after = if open { c } else { '\0' };
            }
            open = false;
        }
    }
    groups
}

/// A place in a text where a code may stand, as letters and digits together.
#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    code: String,
    /// Written with hyphens, as ours are: what else has that shape is hardly meant otherwise.
    ours: bool,
}

/// Every place where groups of these `sizes` stand joined, or all of them in one.
fn candidates(text: &str, sizes: &[usize]) -> Vec<Candidate> {
    let groups = groups(text);
    let whole: usize = sizes.iter().sum();
    let mut found = Vec::new();
    for at in 0..groups.len() {
        let hyphen = |n: usize| groups.get(n).is_some_and(|(_, after)| *after == '-');
        let some = groups.get(at..at + sizes.len()).unwrap_or_default();
        let joints = some.split_last().map_or(&[][..], |(_, before)| before);
        let sized = !some.is_empty() && some.iter().zip(sizes).all(|((group, _), size)| group.len() == *size);
        let joined = sized && joints.iter().all(|(_, after)| matches!(after, '-' | ' '));
        // A longer row of groups is something else.
        let apart = (at == 0 || !hyphen(at - 1)) && !(hyphen(at + sizes.len() - 1) && at + sizes.len() < groups.len());
        let hyphens = apart && joints.iter().all(|(_, after)| *after == '-');
        if joined {
            let code = some.iter().map(|(group, _)| group.as_str()).collect();
            found.push(Candidate { code, ours: hyphens });
        } else if groups[at].0.len() == whole {
            found.push(Candidate { code: groups[at].0.clone(), ours: false });
        }
    }
    found.retain(|candidate| mixed(&candidate.code));
    found.truncate(50);
    found
}

/// A word is not a code, and neither is a number: so that neither is taken for one, ours are both.
fn mixed(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Crockford's base 32, five bits a character, the highest first.
fn letters(bits: u64, count: u32) -> String {
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
