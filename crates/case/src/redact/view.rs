//! A text as it counts: digits of every script as digits, letters in upper case, everything that
//! separates as a separator, and what nobody sees left out; each with its place in the original.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Between digits nothing may stand that is longer than this for them to belong together, in bytes: two
/// HTML entities.
const APART: usize = 20;
/// As far as a number may begin before its first digit or end after its last, in bytes.
const AROUND: usize = 64;
/// Fewer digits than this are no number that has to go.
const FEWEST: usize = 6;

/// One character that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    /// `0`–`9`, `A`–`Z`, [`GAP`], [`LINE`], `<`, `+`, or [`OTHER`].
    pub is: u8,
    /// Bytes of the original.
    pub start: usize,
    pub end: usize,
}

/// Separates what belongs together.
pub(super) const GAP: u8 = b' ';
/// The same, between lines.
pub(super) const LINE: u8 = b'\n';
/// Ends every number.
pub(super) const OTHER: u8 = b'#';

impl Glyph {
    pub fn is_digit(self) -> bool {
        self.is.is_ascii_digit()
    }

    pub fn is_letter(self) -> bool {
        self.is.is_ascii_uppercase()
    }

    pub fn separates(self) -> bool {
        matches!(self.is, GAP | LINE)
    }
}

/// Digits, entities, and the first bytes of characters among which there are digits.
const MAY_BE_DIGIT: [bool; 256] = {
    let mut may = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        may[byte] = matches!(byte as u8, b'0'..=b'9' | b'&' | 0xC2 | 0xD9 | 0xDB | 0xDF..=0xE2 | 0xEA | 0xEF | 0xF0);
        byte += 1;
    }
    may
};

/// Calls with every stretch of the text that has digits enough to be looked at, on character boundaries.
pub(super) fn stretches(text: &str, mut look: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let (mut first, mut last, mut many) = (0, 0, 0);
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|b| MAY_BE_DIGIT[usize::from(*b)]) {
        at += next;
        let length = match bytes[at] {
            b'0'..=b'9' => 1,
            b'&' => entity(&text[at..]).map_or(0, |(c, length)| if digit(c).is_some() { length } else { 0 }),
            _ => text[at..].chars().next().filter(|c| digit(*c).is_some()).map_or(0, char::len_utf8),
        };
        if length == 0 {
            at += 1;
            continue;
        }
        if many == 0 || at - last > APART {
            if many >= FEWEST {
                look(around(text, first..last));
            }
            (first, many) = (at, 0);
        }
        many += 1;
        at += length;
        last = at;
    }
    if many >= FEWEST {
        look(around(text, first..last));
    }
}

fn around(text: &str, digits: Range<usize>) -> Range<usize> {
    let mut start = digits.start.saturating_sub(AROUND);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (digits.end + AROUND).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The stretch's characters that count.
pub(super) fn glyphs(text: &str, stretch: Range<usize>) -> Vec<Glyph> {
    let mut out = Vec::with_capacity(stretch.len());
    let mut at = stretch.start;
    while at < stretch.end {
        let byte = text.as_bytes()[at];
        if byte.is_ascii() && byte != b'&' {
            out.push(Glyph { is: ASCII[usize::from(byte)], start: at, end: at + 1 });
            at += 1;
            continue;
        }
        let Some(plain) = text[at..].chars().next() else { break };
        let (c, length) = match plain {
            '&' => entity(&text[at..]).unwrap_or((plain, 1)),
            _ => (plain, plain.len_utf8()),
        };
        if let Some(is) = counts_as(c) {
            out.push(Glyph { is, start: at, end: at + length });
        } else if let Some(before) = out.last_mut().filter(|g| g.is_digit() && g.end == at) {
            // What nobody sees goes with the digit that it follows.
            before.end += length;
        }
        at += length;
    }
    out
}

/// None for what nobody sees.
fn counts_as(c: char) -> Option<u8> {
    if c.is_ascii() {
        return Some(ASCII[c as usize]);
    }
    if is_unseen(c) {
        return None;
    }
    if let Some(d) = digit(c) {
        return Some(b'0' + d);
    }
    if is_separator(c) {
        return Some(if matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}') { LINE } else { GAP });
    }
    let mut folded = c.nfkc();
    Some(match (folded.next(), folded.next()) {
        (Some(f), None) if f.is_ascii() => ASCII[f as usize],
        _ => OTHER,
    })
}

const ASCII: [u8; 128] = {
    let mut counts = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        counts[byte] = ascii(byte as u8);
        byte += 1;
    }
    counts
};

const fn ascii(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' | b'<' | b'+' => byte,
        b'a'..=b'z' | b'A'..=b'Z' => byte.to_ascii_uppercase(),
        b'\n' | b'\r' => LINE,
        b' ' | b'\t' | b'-' | b'.' | b'/' | b'\\' | b'_' | b',' | b'|' | b':' | b'*' | b'\'' => GAP,
        _ => OTHER,
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{2010}'
                ..='\u{2015}'
                    | '\u{2022}'
                    | '\u{2027}'
                    | '\u{2043}'
                    | '\u{2044}'
                    | '\u{2212}'
                    | '\u{2215}'
                    | '\u{B7}'
                    | '\u{30FB}'
                    | '\u{3001}'
                    | '\u{3002}'
                    | '\u{FF0C}'
                    | '\u{FF0D}'
                    | '\u{FF0E}'
                    | '\u{FF0F}'
                    | '\u{FF1A}'
                    | '\u{FF3C}'
                    | '\u{FF3F}'
                    | '\u{FF5C}'
        )
}

/// Format characters, joiners, variation selectors and the keycap's frame.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{20E3}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0001}'..='\u{E01EF}')
}

/// The value of a decimal digit of any script, of a full-width, circled, raised or mathematical one.
pub(super) fn digit(c: char) -> Option<u8> {
    /// Zeros of the scripts whose ten digits stand in a row (Unicode general category Nd).
    const ZEROS: [u32; 36] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
        0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
        0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    ];
    let code = u32::from(c);
    match code {
        0x30..=0x39 => Some((code - 0x30) as u8),
        0..=0xB1 => None,
        // The largest part of what is not Latin, and no digit among it.
        0x3000..=0xA61F | 0xAC00..=0xFEFF => None,
        _ => ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).map(|zero| (code - zero) as u8).or_else(
            || {
                let mut folded = c.nfkc();
                match (folded.next(), folded.next()) {
                    (Some(f @ '0'..='9'), None) => Some(f as u8 - b'0'),
                    _ => None,
                }
            },
        ),
    }
}

/// The character that an HTML entity at the beginning stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = &text[1..end];
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => match name {
            "nbsp" => 0xA0,
            "ensp" => 0x2002,
            "emsp" => 0x2003,
            "thinsp" => 0x2009,
            "shy" => 0xAD,
            "zwnj" => 0x200C,
            "zwj" => 0x200D,
            "ndash" => 0x2013,
            "mdash" => 0x2014,
            "middot" => 0xB7,
            "period" => 0x2E,
            "sol" => 0x2F,
            "hyphen" => 0x2D,
            _ => return None,
        },
    };
    Some((char::from_u32(code)?, end + 1))
}
