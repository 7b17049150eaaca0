//! Numbers that give themselves away by their form and their check digits.

use std::ops::Range;

use super::view::{GAP, Glyph, LINE, glyphs};
use super::{Found, Kind};
use crate::id::CaseRef;
use crate::identify::{luhn, mod97};

/// Separators in a row that may stand inside a number.
const WIDEST_GAP: usize = 3;

/// Looks through a stretch. The numbers a desk lives on go first, so that no part of one is taken for
/// a bank card.
pub(super) fn find(text: &str, stretch: Range<usize>, found: &mut Vec<Found>) {
    let all = glyphs(text, stretch);
    let mut at = 0;
    while at < all.len() {
        let begins = at == 0 || !(all[at - 1].is_digit() || all[at - 1].is_letter());
        let here = &all[at..];
        let number = match all[at].is {
            b'0'..=b'9' if at == 0 || !all[at - 1].is_digit() => digits(&all, at),
            b'A'..=b'Z' if begins => lettered(text, here),
            _ => None,
        };
        match number {
            Some((kind, length)) => {
                if let Some(kind) = kind {
                    found.push(Found { kind, at: here[0].start..here[length - 1].end });
                }
                at += length;
            }
            None => at += 1,
        }
    }
}

/// Digits with what separates them, up to those of an EID and one more.
struct Run {
    digits: [u8; Run::MOST],
    many: usize,
    groups: [Group; Run::MOST],
    grouped: usize,
}

/// Digits without anything between them.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Digits of the run up to its end.
    to: u8,
    /// Glyphs up to its end.
    length: u8,
    /// What stands before it.
    before: u8,
}

impl Run {
    const MOST: usize = 33;

    fn groups(&self) -> &[Group] {
        &self.groups[..self.grouped]
    }

    /// The digits up to the end of a group.
    fn number(&self, group: &Group) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(group.to)]).unwrap_or_default()
    }

    /// The groups from here that could be one number. A group that goes on beyond an EID's digits ends
    /// the run and is no part of it.
    fn of(here: &[Glyph]) -> Self {
        let mut run = Run { digits: [0; Run::MOST], many: 0, groups: [Group::default(); Run::MOST], grouped: 0 };
        let (mut i, mut before) = (0, 0);
        loop {
            while i < here.len() && here[i].is_digit() {
                if run.many == Run::MOST {
                    return run;
                }
                run.digits[run.many] = here[i].is;
                run.many += 1;
                i += 1;
            }
            run.groups[run.grouped] = Group { to: run.many as u8, length: i as u8, before };
            run.grouped += 1;
            let gap = gap(&here[i..]);
            if !(1..=WIDEST_GAP).contains(&gap)
                || !here.get(i + gap).is_some_and(|g| g.is_digit())
                || run.many == Run::MOST
            {
                return run;
            }
            before = if here[i..i + gap].iter().any(|g| g.is == LINE) { LINE } else { GAP };
            i += gap;
        }
    }
}

/// Separators in a row, up to one more than may stand inside a number.
fn gap(here: &[Glyph]) -> usize {
    here.iter().take(WIDEST_GAP + 1).take_while(|g| g.separates()).count()
}

/// What the digits at a place are: something to strike, something to keep (no kind), or nothing known.
fn digits(all: &[Glyph], at: usize) -> Option<(Option<Kind>, usize)> {
    let here = &all[at..];
    let run = Run::of(here);
    if run.many < 14 {
        return None;
    }
    if let Some(length) = ours(&run) {
        return Some((None, length));
    }
    let glued = all[..at].iter().rev().take(4).take_while(|g| g.is_letter()).count();
    // `SF1234567890123`: a reference or tracking number; a longer word is only stuck to it, and so is `CC` or `NO`.
    let coded = (1..=3).contains(&glued) && !matches!(all[at - 1].is, b'C' | b'N' | b'O' | b'R');
    let plus = at > 0 && all[at - 1].is == b'+';
    for (g, group) in run.groups().iter().enumerate().rev() {
        if !(14..=19).contains(&group.to) {
            continue;
        }
        let (number, groups, length) = (run.number(group), &run.groups()[..=g], usize::from(group.length));
        if let Some(length) = resident_at(here, number, length, groups) {
            return Some((Some(Kind::ResidentId), length));
        }
        if coded || plus && group.to <= 15 || !bank_card(number) {
            continue;
        }
        if spaced_alike(groups, &[&[4, 6, 5], &[4, 6, 4], &[6, 10], &[6, 13], &[8, 8]]) {
            return Some((Some(Kind::BankCard), length));
        }
    }
    None
}

/// A resident identity number whose digits these are, with the X that may be its last.
fn resident_at(here: &[Glyph], number: &str, length: usize, groups: &[Group]) -> Option<usize> {
    const CUSTOMARY: [&[usize]; 4] = [&[6, 8, 4], &[6, 8, 3], &[6, 4, 4, 4], &[6, 4, 4, 3]];
    if number.len() == 18 {
        return (resident(number) && spaced_alike(groups, &CUSTOMARY)).then_some(length);
    }
    let apart = if groups.len() == number.len() { gap(&here[length..]) } else { 0 };
    let x = number.len() == 17 && here.get(length + apart).is_some_and(|g| g.is == b'X');
    (x && resident(&format!("{number}X")) && spaced_alike(groups, &CUSTOMARY)).then_some(length + apart + 1)
}

/// The glyphs of an EID, ICCID or IMEI at the beginning: these have check digits of their own, or a form
/// that no bank card has.
fn ours(run: &Run) -> Option<usize> {
    let ends = |lengths: Range<u8>, wanted: &dyn Fn(&str) -> bool| {
        let fits = |g: &&Group| lengths.contains(&g.to) && wanted(run.number(g));
        run.groups().iter().rev().find(fits).map(|g| usize::from(g.length))
    };
    if run.digits.starts_with(b"89") {
        return ends(32..33, &|n| mod97(n) == 1).or_else(|| ends(18..21, &luhn)).or_else(|| ends(18..21, &|_| true));
    }
    // No IMEI begins like an American Express card.
    let imei =
        |g: &Group| g.to == 15 && luhn(run.number(g)) && !matches!(run.digits[1], b'4' | b'7' if run.digits[0] == b'3');
    let whole = |g: &&Group| g.length == 15 || run.many == 15;
    run.groups().iter().find(|g| imei(g)).filter(whole).map(|g| usize::from(g.length))
}

/// Whether the groups look like one number and not like several beside each other: one group, groups of
/// one size (but the last), a customary division, or a number broken over two lines.
fn spaced_alike(groups: &[Group], customary: &[&[usize]]) -> bool {
    let mut from = 0;
    let sizes: Vec<usize> = groups.iter().map(|g| usize::from(g.to - std::mem::replace(&mut from, g.to))).collect();
    let [rest @ .., last] = sizes.as_slice() else { return false };
    let alike = rest.windows(2).all(|w| w[0] == w[1]) && rest.first().is_none_or(|first| last <= first);
    let same_gaps = groups.iter().skip(2).all(|g| g.before == groups[1].before);
    match rest.len() {
        0 => true,
        1 => groups[1].before == LINE || customary.contains(&sizes.as_slice()) || sizes[0] == sizes[1],
        // Fours may be separated by anything; smaller groups are also what dates and amounts are made of.
        _ => alike && (rest[0] >= 4 || same_gaps) || customary.contains(&sizes.as_slice()),
    }
}

/// Length, issuer and Luhn (ISO/IEC 7812-1). Twelve and thirteen digits are phone numbers far more often: those want a
/// word before them (see `short_bank_card`).
pub(super) fn bank_card(n: &str) -> bool {
    let first = |digits: usize| n.get(..digits).and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
    let issued = match n.len() {
        14 => matches!(first(3), 300..=305 | 309) || matches!(first(2), 36 | 38 | 39),
        15 => matches!(first(2), 34 | 37),
        16..=19 => {
            let long = n.len() > 16;
            n.starts_with('4') && matches!(n.len(), 16 | 19)
                || !long && (matches!(first(2), 51..=55) || matches!(first(4), 2221..=2720))
                || matches!(first(2), 62 | 81 | 65 | 36 | 38 | 39)
                || matches!(first(4), 3528..=3589 | 2200..=2204 | 6011)
                || matches!(first(3), 644..=649 | 300..=305)
                || matches!(first(2), 50 | 56..=58 | 60 | 61 | 63 | 64 | 66..=69)
        }
        _ => false,
    };
    issued && luhn(n)
}

/// Maestro from twelve digits, and Visa's old thirteen.
pub(super) fn short_bank_card(n: &str) -> bool {
    let first = n.get(..2).unwrap_or_default();
    let issued = match n.len() {
        12 | 13 if matches!(first, "50" | "56" | "57" | "58") || n.starts_with('6') => true,
        13 => n.starts_with('4'),
        _ => false,
    };
    issued && luhn(n)
}

/// Region, a day that was, and the check character (GB 11643-1999, ISO 7064 MOD 11-2).
pub(crate) fn resident(n: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if n.len() != 18 || !n.is_ascii() {
        return false;
    }
    let part = |range: Range<usize>| n[range].parse::<i16>().unwrap_or(0);
    let region = matches!(part(0..2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    let day = jiff::civil::Date::new(part(6..10), part(10..12) as i8, part(12..14) as i8);
    let sum: u32 = n.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum();
    region
        && day.is_ok_and(|d| (1800..2100).contains(&d.year()))
        && n.as_bytes()[17] == b"10X98765432"[sum as usize % 11]
}

/// A passport's lines, a UK national insurance number, or an IBAN.
fn lettered(text: &str, here: &[Glyph]) -> Option<(Option<Kind>, usize)> {
    if here[0].is == b'P'
        && let Some(length) = passport(here)
    {
        return Some((Some(Kind::Passport), length));
    }
    // Both letters and the first digit are written together, or all apart: "it is 12…" is no number.
    let apart = gap(&here[1..]);
    let second = here.get(1 + apart).filter(|g| g.is_letter())?;
    let third = here.get(2 + apart..)?;
    if gap(third) != apart && !(apart == 0 && gap(third) == 1) || !third.get(gap(third))?.is_digit() {
        return None;
    }
    let country = [here[0].is, second.is];
    iban(here, country, apart == gap(third))
        .map(|n| (Some(Kind::Iban), n))
        .or_else(|| nino(text, here).map(|n| (Some(Kind::Nino), n)))
}

/// The first `wanted` letters and digits with at most so many separators between any two, and the glyphs they take.
fn take(here: &[Glyph], wanted: usize) -> Option<(String, usize)> {
    let (mut taken, mut length, mut apart) = (String::with_capacity(wanted), 0, 0);
    for g in here {
        if taken.len() == wanted {
            break;
        }
        length += 1;
        if g.is_digit() || g.is_letter() {
            taken.push(char::from(g.is));
            apart = 0;
        } else if g.separates() && apart < WIDEST_GAP {
            apart += 1;
        } else {
            return None;
        }
    }
    (taken.len() == wanted).then_some((taken, length))
}

fn ends(here: &[Glyph], length: usize) -> bool {
    here.get(length).is_none_or(|g| !g.is_digit() && !g.is_letter())
}

fn nino(text: &str, here: &[Glyph]) -> Option<usize> {
    let (n, length) = take(here, 9)?;
    let (prefix, rest) = n.split_at(2);
    let fits = prefix.bytes().all(|b| b.is_ascii_uppercase() && !b"DFIQUV".contains(&b))
        && !prefix.ends_with('O')
        && !["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].contains(&prefix)
        && rest.bytes().take(6).all(|b| b.is_ascii_digit())
        && matches!(rest.as_bytes()[6], b'A'..=b'D');
    // A case's reference may be made of the same characters, but then its check character is right.
    let written = &text[here[0].start..here[length - 1].end];
    let reference = || written.parse::<CaseRef>().is_ok_and(|r| r.to_string() == written);
    (fits && ends(here, length) && !reference()).then_some(length)
}

/// Lengths by country (ISO 13616 registry; the SEPA countries and their neighbours).
const IBANS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("XK", 20),
];

/// `together` says that the check digits follow the country as they should.
fn iban(here: &[Glyph], country: [u8; 2], together: bool) -> Option<usize> {
    let (_, wanted) = IBANS.iter().find(|(code, _)| code.as_bytes() == country)?;
    let (n, length) = take(here, *wanted)?;
    let check = n.as_bytes()[2..4].iter().all(u8::is_ascii_digit);
    let numeral = |b: u8| if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b - b'A') + 10 };
    let rest = n.bytes().cycle().skip(4).take(n.len()).fold(0, |rest, b| {
        let d = numeral(b);
        (rest * if d < 10 { 10 } else { 100 } + d) % 97
    });
    (together && check && rest == 1 && ends(here, length)).then_some(length)
}

/// Both lines of a passport's machine-readable zone (ICAO 9303-4), by the check digits of the second.
fn passport(here: &[Glyph]) -> Option<usize> {
    const LINE_LENGTH: usize = 44;
    let filled = |g: &Glyph| g.is_digit() || g.is_letter() || g.is == b'<';
    let first = here.iter().take(LINE_LENGTH).take_while(|g| filled(g)).count();
    if first < LINE_LENGTH || here[1].is_digit() {
        return None;
    }
    let between = gap(&here[first..]);
    let second = here.get(first + between..first + between + LINE_LENGTH)?;
    let sound = second.iter().all(filled)
        && [(0..9, 9), (13..19, 19), (21..27, 27)]
            .into_iter()
            .all(|(range, check)| checked(&second[range], second[check]));
    sound.then_some(first + between + LINE_LENGTH)
}

fn checked(field: &[Glyph], check: Glyph) -> bool {
    let value = |g: &Glyph| match g.is {
        b'0'..=b'9' => u32::from(g.is - b'0'),
        b'A'..=b'Z' => u32::from(g.is - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = field.iter().zip([7, 3, 1].into_iter().cycle()).map(|(g, w)| value(g) * w).sum();
    check.is_digit() && u32::from(check.is - b'0') == sum % 10
}
