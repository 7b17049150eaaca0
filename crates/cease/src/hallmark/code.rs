//! The check code of a message: twelve characters that say what it was about, by which way and on which day it
//! went, to whoever has the desk's key and to nobody else. Nothing is stored: thirty bits of meaning are hidden
//! under a keyed mask, and thirty bits of a keyed hash vouch for them (a synthetic IV, as RFC 5297 has it, in
//! small). So a code tells nothing of its case, outlives it, and cannot be made up: of a billion guesses one is
//! taken, and what it would tell then is that some message was once sent.
//!
//! It does not show that the message one holds is the one that was sent: a code can be copied. That is why the
//! answer names what the message was about, its way and its day, to be compared.

use std::ops::Range;

use case::{Lang, Letter, Timestamp};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::{bits, candidates, letters, mixed};
use crate::keys::Keys;
use crate::web::case::keys;
use crate::words::{Words, words};

/// Day nought. Thirteen bits of days end in 2048.
const EPOCH: Date = date(2026, 1, 1);
const HALF: u64 = (1 << 30) - 1;

/// How a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Mail,
    Text,
    Print,
}

impl By {
    const ALL: [By; 3] = [By::Mail, By::Text, By::Print];
}

/// What a message was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// To a holder, about their case.
    Letter(Letter),
    /// To a member of staff.
    Lead,
    OneTimeCode,
    Recovery,
    /// Something in an account has changed.
    Account,
}

impl About {
    /// Below sixty the letters in their order, which only grows.
    fn number(self) -> u64 {
        match self {
            About::Letter(letter) => Letter::ALL.iter().position(|l| *l == letter).unwrap_or(59) as u64,
            About::Lead => 60,
            About::OneTimeCode => 61,
            About::Recovery => 62,
            About::Account => 63,
        }
    }

    fn numbered(number: u64) -> Option<Self> {
        match number {
            60 => Some(About::Lead),
            61 => Some(About::OneTimeCode),
            62 => Some(About::Recovery),
            63 => Some(About::Account),
            n => Letter::ALL.get(n as usize).copied().map(About::Letter),
        }
    }

    pub fn says(self, l: &Words) -> String {
        match self {
            About::Letter(letter) => l.get(keys::letter(letter)),
            About::Lead => fl!(l, "hallmark-about-lead"),
            About::OneTimeCode => fl!(l, "hallmark-about-code"),
            About::Recovery => fl!(l, "hallmark-about-recovery"),
            About::Account => fl!(l, "hallmark-about-account"),
        }
    }
}

/// What a code says of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub about: About,
    pub by: By,
    pub day: Date,
}

/// The code of the message of this key, such as `7K4M-2QXD-9PZT`.
pub fn of(keys: &Keys, message: &str, about: About, by: By, now: Timestamp, zone: &TimeZone) -> String {
    let day = now.to_zoned(zone.clone()).date().duration_since(EPOCH).as_hours() / 24;
    let way = By::ALL.iter().position(|b| *b == by).unwrap_or_default() as u64;
    let own = first(&keys.mac("hallmark-own", &[message.as_bytes()]));
    // Of few codes nothing is left that is a digit, once nought and one are taken for letters; then the next will do.
    let mut all = (0..0x200).map(|n| {
        let own = own.wrapping_add(n) & 0x1ff;
        let meaning = about.number() << 24 | way << 22 | (day.clamp(0, 0x1fff) as u64) << 9 | own;
        let tag = tag(keys, meaning);
        letters(tag << 30 | (meaning ^ mask(keys, tag)), 12)
    });
    let all = all.find(|code| mixed(code) && code.bytes().any(|b| matches!(b, b'2'..=b'9'))).unwrap_or_default();
    [4, 8, 12].map(|end| all.get(end - 4..end).unwrap_or_default()).join("-")
}

/// What the code says; none where we did not give it.
pub fn read(keys: &Keys, code: &str) -> Option<Sent> {
    let bits = bits(code)?;
    let given = bits >> 30;
    let meaning = (bits & HALF) ^ mask(keys, given);
    if tag(keys, meaning) != given {
        return None;
    }
    let day = i32::try_from(meaning >> 9 & 0x1fff).ok()?;
    Some(Sent {
        about: About::numbered(meaning >> 24 & 0x3f)?,
        by: *By::ALL.get((meaning >> 22 & 3) as usize)?,
        day: EPOCH.checked_add(jiff::Span::new().days(day)).ok()?,
    })
}

/// A code in a text, where it stands, and what it says; nothing where it is none of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub code: String,
    pub at: Range<usize>,
    pub sent: Option<Sent>,
}

/// The codes in a text. Of what is none of ours only that which is written like one; anything of that length where
/// there is nothing else (`alone`).
pub fn find(keys: &Keys, text: &str, alone: bool) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let all = candidates(text, &[4, 4, 4]).into_iter().map(|one| (read(keys, &one.code), one));
    let (sure, other): (Vec<_>, Vec<_>) = all.partition(|(sent, one)| sent.is_some() || one.ours);
    for (sent, one) in sure.into_iter().chain(other.into_iter().filter(|_| alone)) {
        let code = one.code.to_uppercase();
        // A word before a code may be as long as a part of one.
        let told = |told: &Found| told.code == code || told.at.start < one.at.end && one.at.start < told.at.end;
        if !found.iter().any(told) {
            found.push(Found { code, at: one.at, sent });
        }
    }
    found
}

/// As it stands at the end of a text message.
pub fn for_text(lang: Lang, code: &str) -> String {
    fl!(words(lang), "hallmark-code-text", code = code)
}

/// Where the words begin that we write before a code, if they stand before the one at `at`.
pub fn labelled(text: &str, at: usize) -> usize {
    let bare = |label: &str| label.trim_matches(|c: char| c.is_whitespace() || "-:：".contains(c)).to_owned();
    let before = text[..at].trim_end_matches(|c: char| c.is_whitespace() || "-:：".contains(c));
    let labels = Lang::ALL.into_iter().flat_map(|lang| {
        let l = words(lang);
        [fl!(l, "hallmark-code", code = ""), fl!(l, "hallmark-code-text", code = "")].map(|label| bare(&label))
    });
    let starts = labels.filter_map(|label| {
        let start = before.len().checked_sub(label.len())?;
        before.get(start..)?.eq_ignore_ascii_case(&label).then_some(start)
    });
    starts.min().unwrap_or(at)
}

fn tag(keys: &Keys, meaning: u64) -> u64 {
    first(&keys.mac("hallmark", &[&meaning.to_be_bytes()])) & HALF
}

fn mask(keys: &Keys, tag: u64) -> u64 {
    first(&keys.mac("hallmark-mask", &[&tag.to_be_bytes()])) & HALF
}

fn first(mac: &[u8; 32]) -> u64 {
    mac[..8].iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_code_says_what_its_message_was() {
        let keys = Keys::in_memory(7).unwrap();
        let london = TimeZone::get("Europe/London").unwrap();
        let every = Letter::ALL.map(About::Letter).into_iter();
        for about in every.chain([About::Lead, About::OneTimeCode, About::Recovery, About::Account]) {
            for by in By::ALL {
                let code = of(&keys, "C7JM-Q2XQ-4/1", about, by, at("2026-11-22T23:59:00Z"), &london);
                let sent = Sent { about, by, day: date(2026, 11, 22) };
                assert_eq!(read(&keys, &code.replace('-', "")), Some(sent));
                let sloppy = code.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
                let found = find(&keys, &format!("so: {sloppy}!"), false);
                assert_eq!((found.len(), found[0].sent, found[0].at.clone()), (1, Some(sent), 4..18), "{sloppy}");
                assert_eq!(read(&Keys::in_memory(8).unwrap(), &code.replace('-', "")), None, "another desk's");
                assert!(!code.contains("C7JM"));
            }
        }
        let last = of(&keys, "k", About::Lead, By::Mail, at("2048-06-01T12:00:00Z"), &london).replace('-', "");
        assert_eq!(read(&keys, &last).unwrap().day, date(2048, 6, 1));
    }

    #[test]
    fn messages_differ_and_nothing_in_a_code_can_be_changed() {
        let keys = Keys::in_memory(7).unwrap();
        let code = |key: &str| {
            let receipt = About::Letter(Letter::Receipt);
            of(&keys, key, receipt, By::Mail, at("2026-11-22T12:00:00Z"), &TimeZone::UTC).replace('-', "")
        };
        let many: BTreeSet<String> = (0..300).map(|n| code(&format!("case/{n}"))).collect();
        assert!(many.len() > 200, "{}", many.len());
        // Two messages alike in all but their own bits share no half.
        let heads: BTreeSet<&str> = many.iter().map(|code| &code[..6]).collect();
        let tails: BTreeSet<&str> = many.iter().map(|code| &code[6..]).collect();
        assert_eq!((heads.len(), tails.len()), (many.len(), many.len()));
        let one = code("case/1");
        for at in 0..12 {
            for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars() {
                let mut changed: Vec<char> = one.chars().collect();
                changed[at] = c;
                let changed: String = changed.into_iter().collect();
                assert_eq!(read(&keys, &changed).is_some(), changed == one, "{changed}");
            }
        }
    }

    #[test]
    fn guessing_finds_nothing() {
        let keys = Keys::in_memory(7).unwrap();
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        let hits = (0..200_000).filter(|_| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            read(&keys, &letters(bits >> 4, 12)).is_some()
        });
        assert_eq!(hits.count(), 0);
    }
}
