//! Which card a mail is about: the best number in it that can be one. People write it anywhere, with or
//! without a label, among dates and telephone numbers; what is in doubt is left to the desk.

use case::identify::{Check, Identified, IdentifyRules, identify};

/// Lines looked at, and characters of one that may be a number with its label.
const LINES: usize = 400;
const LABELLED: usize = 60;

/// The number, or none.
pub fn in_text(text: &str, rules: &IdentifyRules) -> Option<Identified> {
    let mut found: Option<(u8, Identified)> = None;
    for line in text.lines().take(LINES) {
        for (candidate, labelled) in candidates(line) {
            let Ok(identified) = identify(&candidate, rules) else { continue };
            let Some(rank) = rank(&identified, labelled) else { continue };
            if found.as_ref().is_none_or(|(best, _)| rank < *best) {
                found = Some((rank, identified));
            }
        }
    }
    found.map(|(_, identified)| identified)
}

/// The surest first. The end of an ICCID is any few digits, so it counts only where it stands by itself.
fn rank(identified: &Identified, labelled: bool) -> Option<u8> {
    let rank = match identified.id.kind() {
        "iccid" => 0,
        "eid" => 1,
        "serial" => 2,
        "imsi" => 3,
        "msisdn" => 4,
        "imei" => 5,
        _ if labelled => 6,
        _ => return None,
    };
    Some(if identified.check == Check::Failed { rank + 10 } else { rank })
}

fn candidates(line: &str) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    if line.chars().count() <= LABELLED {
        all.push((line.to_owned(), line.contains([':', '：'])));
    }
    // Digits with what people put between them.
    let mut run = String::new();
    for c in line.chars().chain(['\n']) {
        let between = matches!(c, ' ' | '-' | '(' | ')' | '\u{A0}' | '.') && !run.is_empty();
        if c.is_ascii_digit() || ('０'..='９').contains(&c) || c == '+' && run.is_empty() || between {
            run.push(c);
        } else {
            let digits = run.chars().filter(|c| c.is_numeric()).count();
            if (9..=40).contains(&digits) {
                all.push((run.trim().to_owned(), false));
            }
            run.clear();
        }
    }
    // Words with letters and digits: the operator's own serials.
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for token in line.split(|c| !word(c)) {
        let mixed = token.bytes().any(|b| b.is_ascii_digit()) && token.bytes().any(|b| b.is_ascii_alphabetic());
        if mixed && (6..=40).contains(&token.len()) {
            all.push((token.to_owned(), false));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_card_is_found_wherever_it_stands() {
        let rules = Config::default().policy().unwrap().identify;
        for (text, expect) in [
            ("Please cancel 8931 0708 2030 7245 732, thanks", Some("8931070820307245732")),
            ("您好，请注销卡号8931070820307245732，谢谢。电话 +44 7700 900123", Some("8931070820307245732")),
            ("my number is +44 7700 900101.", Some("+447700900101")),
            ("It says LK-204817-M on the box", Some("LK-204817-M")),
            ("ICCID: 8931070820307245732", Some("8931070820307245732")),
            ("order 20261123 of 2026-11-23, 14:00", None),
            ("card 4111 1111 1111 1111", None),
            ("I want to cancel", None),
            ("", None),
        ] {
            let found = in_text(text, &rules);
            assert_eq!(found.as_ref().map(|f| f.id.normalised()), expect, "{text}");
        }
    }
}
