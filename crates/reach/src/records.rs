//! Records of what moved on cards: usage, charges, sign-ins, letters, attaches, as networks, billing and shops
//! write them down. Read as they come, in pieces of any size, a line at a time: a bad line is named and the rest
//! is read, and what is kept meanwhile is one line, whatever the file.
//!
//! Two shapes: CSV with a header, and JSON, an object a line. `docs/watch.md` describes their fields.

mod csv;
pub mod ended;
mod json;

use std::borrow::Cow;
use std::fmt;

use case::Timestamp;
use case::watch::Moved;

pub use ended::Ended;

/// Bytes of a line.
pub const LINE_MAX: usize = 64 * 1024;
/// Bytes of an id.
const ID_MAX: usize = 128;
/// Characters of an amount, and of its unit.
const AMOUNT_MAX: usize = 24;
const UNIT_MAX: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    JsonLines,
}

impl Format {
    /// By the end of a file's name.
    pub fn of_name(name: &str) -> Option<Self> {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase())?;
        match end.as_str() {
            "csv" | "tsv" | "txt" => Some(Format::Csv),
            "jsonl" | "ndjson" | "json" => Some(Format::JsonLines),
            _ => None,
        }
    }

    /// By its first byte that is not blank: only JSON begins with a brace.
    pub fn of_start(bytes: &[u8]) -> Self {
        let first = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).iter().find(|b| !b.is_ascii_whitespace());
        if first == Some(&b'{') { Format::JsonLines } else { Format::Csv }
    }
}

/// Which of a card's numbers it is, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    Iccid,
    Imsi,
    Msisdn,
}

impl Which {
    pub const ALL: [Which; 3] = [Which::Iccid, Which::Imsi, Which::Msisdn];

    pub fn name(self) -> &'static str {
        match self {
            Which::Iccid => "iccid",
            Which::Imsi => "imsi",
            Which::Msisdn => "msisdn",
        }
    }
}

/// A number in digits alone: no blanks, hyphens, plus sign, or filling `F`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number {
    pub which: Which,
    digits: [u8; Number::MOST],
    len: u8,
}

impl Number {
    const MOST: usize = 22;
    const LEAST: usize = 6;

    /// None where the text is no such number.
    pub fn read(which: Which, text: &str) -> Option<Self> {
        let text = text.trim_ascii().as_bytes();
        let text = if which == Which::Iccid { text.strip_suffix(b"F").unwrap_or(text) } else { text };
        let mut number = Self { which, digits: [0; Self::MOST], len: 0 };
        for (at, &byte) in text.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    *number.digits.get_mut(usize::from(number.len))? = byte;
                    number.len += 1;
                }
                b' ' | b'-' => {}
                b'+' if at == 0 && which == Which::Msisdn => {}
                _ => return None,
            }
        }
        (usize::from(number.len) >= Self::LEAST).then_some(number)
    }

    /// An ICCID without its check digit, as it is written too; 18 digits are one already.
    fn short(&self) -> Option<Self> {
        let full = self.which == Which::Iccid && self.len > 18;
        full.then(|| Self { len: self.len - 1, ..*self })
    }

    pub fn digits(&self) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or_default()
    }
}

/// Without its digits: what is debugged ends up in logs.
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", self.which.name())
    }
}

/// One record, borrowed from its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The same id is the same record, however often it comes.
    pub id: Cow<'a, str>,
    pub moved: Moved,
    pub at: Timestamp,
    /// Of the numbers in the record, the one that names a card most surely.
    pub number: Number,
    /// With its unit, such as `4.99 GBP`.
    pub amount: Option<String>,
}

/// A line that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// From 1.
    pub line: u64,
    /// From 1: of CSV the cell, of JSON the character.
    pub column: usize,
    /// The field; empty where it is the line as a whole.
    pub name: &'static str,
    pub says: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if self.name.is_empty() { f.write_str(self.says) } else { write!(f, "{} {}", self.name, self.says) }
    }
}

/// What is wrong within a line: column, field, why.
type Wrong = (usize, &'static str, &'static str);

/// A record's fields as they stand in its line.
#[derive(Clone, Default)]
struct Fields<'a> {
    id: Cow<'a, str>,
    kind: Cow<'a, str>,
    at: Cow<'a, str>,
    /// In the order of [`Which::ALL`]; empty where there is none.
    numbers: [Cow<'a, str>; 3],
    amount: Cow<'a, str>,
    units: Cow<'a, str>,
}

impl<'a> Fields<'a> {
    fn record(self, latest: Timestamp, place: impl Fn(&'static str) -> usize) -> Result<Record<'a>, Wrong> {
        let wrong = |name: &'static str, says| Err((place(name), name, says));
        let id = trimmed(self.id);
        if id.is_empty() {
            return wrong("id", "is missing");
        }
        if id.len() > ID_MAX || id.bytes().any(|b| b.is_ascii_control()) {
            return wrong("id", "is longer than 128 bytes, or holds a control character");
        }
        let Some(moved) = Moved::named(self.kind.trim_ascii()) else {
            return wrong("kind", "is none of voice, sms, data, charge, sign-in, reminder, marketing, attach");
        };
        let Some(at) = moment(self.at.trim_ascii()) else {
            return wrong("at", "is no moment; write it like 2026-03-09T12:00:00Z, or as seconds since 1970");
        };
        if at > latest {
            return wrong("at", "lies in the future");
        }
        let mut number = None;
        for (which, text) in Which::ALL.into_iter().zip(&self.numbers) {
            if text.trim_ascii().is_empty() {
                continue;
            }
            let Some(read) = Number::read(which, text) else {
                return wrong(which.name(), "is not the digits of such a number");
            };
            number = number.or(Some(read));
        }
        let Some(number) = number else { return wrong("iccid", "is missing, and so are imsi and msisdn") };
        let amount = match amount(self.amount.trim_ascii(), self.units.trim_ascii()) {
            Ok(amount) => amount,
            Err((name, says)) => return wrong(name, says),
        };
        Ok(Record { id, moved, at, number, amount })
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii()),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii().to_owned()),
    }
}

/// RFC 3339, or seconds or milliseconds since 1970.
fn moment(text: &str) -> Option<Timestamp> {
    if !text.is_empty() && text.len() <= 14 && text.bytes().all(|b| b.is_ascii_digit()) {
        let count: i64 = text.parse().ok()?;
        return if text.len() > 11 { Timestamp::from_millisecond(count) } else { Timestamp::from_second(count) }.ok();
    }
    text.parse().ok()
}

fn amount(amount: &str, units: &str) -> Result<Option<String>, (&'static str, &'static str)> {
    let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
    if amount.len() > AMOUNT_MAX || !amount.chars().all(number) {
        return Err(("amount", "is not a number such as 4.99"));
    }
    if units.chars().count() > UNIT_MAX || !units.chars().all(|c| c.is_alphanumeric() || c == '/') {
        return Err(("units", "is not a short word such as GBP, MB or s"));
    }
    Ok(match (amount, units) {
        ("", _) => None,
        (amount, "") => Some(amount.to_owned()),
        (amount, units) => Some(format!("{amount} {units}")),
    })
}

/// Reads what is pushed into it.
pub struct Feed {
    shape: Shape,
    /// What moved later than this has not happened yet.
    latest: Timestamp,
    /// Lines begun so far.
    line: u64,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    /// That line is too long, and is skipped to its end.
    skips: bool,
}

enum Shape {
    /// Which cell each field is in, once the header has been read.
    Csv(Option<csv::Header>),
    JsonLines,
}

impl Feed {
    pub fn new(format: Format, latest: Timestamp) -> Self {
        let shape = match format {
            Format::Csv => Shape::Csv(None),
            Format::JsonLines => Shape::JsonLines,
        };
        Self { shape, latest, line: 0, rest: Vec::new(), skips: false }
    }

    /// Hands every record and every fault that these bytes complete to `take`. An error: the header lacks what
    /// no record can do without, and there is no use in going on.
    pub fn push(&mut self, mut bytes: &[u8], take: &mut impl FnMut(Result<Record<'_>, Fault>)) -> Result<(), Fault> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, after) = (&bytes[..end], &bytes[end + 1..]);
            bytes = after;
            if self.rest.is_empty() && !self.skips && line.len() <= LINE_MAX {
                self.read(line, take)?;
            } else {
                self.keep(line);
                self.finish(take)?;
            }
        }
        self.keep(bytes);
        Ok(())
    }

    /// The last line may have no end of its own.
    pub fn end(&mut self, take: &mut impl FnMut(Result<Record<'_>, Fault>)) -> Result<(), Fault> {
        if !self.rest.is_empty() || self.skips {
            self.finish(take)?;
        }
        if matches!(self.shape, Shape::Csv(None)) {
            return Err(Fault { line: 1, column: 1, name: "", says: "there is no header" });
        }
        Ok(())
    }

    /// Lines read, blank ones and the header included.
    pub fn lines(&self) -> u64 {
        self.line
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skips || self.rest.len() + bytes.len() > LINE_MAX {
            self.skips = true;
            self.rest.clear();
        } else {
            self.rest.extend_from_slice(bytes);
        }
    }

    fn finish(&mut self, take: &mut impl FnMut(Result<Record<'_>, Fault>)) -> Result<(), Fault> {
        if std::mem::take(&mut self.skips) {
            self.line += 1;
            take(Err(Fault { line: self.line, column: 1, name: "", says: "the line is longer than 65536 bytes" }));
            return Ok(());
        }
        let mut line = std::mem::take(&mut self.rest);
        let done = self.read(&line, take);
        line.clear();
        self.rest = line;
        done
    }

    fn read(&mut self, line: &[u8], take: &mut impl FnMut(Result<Record<'_>, Fault>)) -> Result<(), Fault> {
        self.line += 1;
        let number = self.line;
        let fault = |(column, name, says): Wrong| Fault { line: number, column, name, says };
        let line = if number == 1 { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) } else { line };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let Ok(text) = std::str::from_utf8(line) else {
            take(Err(fault((1, "", "the line is not UTF-8"))));
            return Ok(());
        };
        match &mut self.shape {
            Shape::Csv(header @ None) => *header = Some(csv::Header::read(text).map_err(fault)?),
            Shape::Csv(Some(header)) => take(header.record(text, self.latest).map_err(fault)),
            Shape::JsonLines => take(json::record(text, self.latest).map_err(fault)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
