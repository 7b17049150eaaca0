//! What was saved off a card before it ends: the receipt of `cease backup` (numbers only, no content and no names), or
//! the holder's word that nothing was, knowing that it is lost then. The receipt is a line that can be copied, read out
//! and shown as a QR code; it says what a program on the holder's machine counted, and the desk takes it as that.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a file is, by its first bytes and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Photo,
    Document,
    /// Databases and exports of messages; from a SIM, each message.
    Message,
    /// Address books and cards (vCard); from a SIM, each contact.
    Contact,
    /// Audio and video.
    Media,
    Other,
}

impl Kind {
    pub const ALL: [Kind; 6] = [Kind::Photo, Kind::Document, Kind::Message, Kind::Contact, Kind::Media, Kind::Other];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Photo => "photo",
            Kind::Document => "document",
            Kind::Message => "message",
            Kind::Contact => "contact",
            Kind::Media => "media",
            Kind::Other => "other",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its letter in a receipt's line.
    fn letter(self) -> char {
        match self {
            Kind::Photo => 'p',
            Kind::Document => 'd',
            Kind::Message => 'm',
            Kind::Contact => 'c',
            Kind::Media => 'a',
            Kind::Other => 'o',
        }
    }
}

/// How many of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub photo: u64,
    pub document: u64,
    pub message: u64,
    pub contact: u64,
    pub media: u64,
    pub other: u64,
}

impl Counts {
    pub fn of(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Photo => self.photo,
            Kind::Document => self.document,
            Kind::Message => self.message,
            Kind::Contact => self.contact,
            Kind::Media => self.media,
            Kind::Other => self.other,
        }
    }

    pub fn add(&mut self, kind: Kind, n: u64) {
        let count = match kind {
            Kind::Photo => &mut self.photo,
            Kind::Document => &mut self.document,
            Kind::Message => &mut self.message,
            Kind::Contact => &mut self.contact,
            Kind::Media => &mut self.media,
            Kind::Other => &mut self.other,
        };
        *count = count.saturating_add(n);
    }

    pub fn total(&self) -> u64 {
        Kind::ALL.into_iter().fold(0, |sum, kind| sum.saturating_add(self.of(kind)))
    }
}

/// The receipt of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// When it was finished, by the clock of the machine that made it.
    pub made: Timestamp,
    pub files: Counts,
    pub bytes: u64,
    /// Files that were there and could not be read.
    pub unreadable: u64,
    /// How long it took, all its runs together.
    pub seconds: u64,
    /// BLAKE3 of the manifest, in hex: whoever has the backup can show that it is this one.
    pub manifest: String,
}

/// What the holder did about what is on the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "backup")]
pub enum Saved {
    /// Backed up, as this receipt says.
    Receipt {
        #[serde(flatten)]
        receipt: Receipt,
    },
    /// Not backed up: "I know that what is on the card is lost."
    Skipped,
}

/// The text is no receipt of a backup, or not all of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt of a backup, or not the whole of it")]
pub struct BadReceipt;

const WORD: &str = "cease-backup/1";
/// Numbers in a receipt stay where JSON and both databases hold them exactly.
const MOST: u64 = 1 << 53;
/// Longer than any receipt's line or file.
const TEXT_MAX: usize = 4_096;

impl fmt::Display for Receipt {
    /// One line of ASCII, whose last word checks all others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        write!(f, "{body} k{}", check(&body))
    }
}

impl Receipt {
    fn body(&self) -> String {
        let mut body = format!("{WORD} t{}", self.made.as_second());
        for kind in Kind::ALL {
            body.push_str(&format!(" {}{}", kind.letter(), self.files.of(kind)));
        }
        body + &format!(" b{} u{} s{} h{}", self.bytes, self.unreadable, self.seconds, self.manifest)
    }

    /// As `RECEIPT.json` holds it.
    pub fn to_json(&self) -> String {
        let whole = File { format: WORD.to_owned(), receipt: self.clone(), line: self.to_string() };
        serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
    }

    /// From what a person pasted or uploaded: the line, in whatever text stands around it, or the JSON file.
    pub fn read(text: &str) -> Result<Self, BadReceipt> {
        let text = text.trim().trim_start_matches('\u{feff}');
        if text.len() > TEXT_MAX {
            return Err(BadReceipt);
        }
        if text.starts_with('{') {
            let file: File = serde_json::from_str(text).map_err(|_| BadReceipt)?;
            let said: Receipt = file.line.parse()?;
            return if file.format == WORD && said == file.receipt.clone() { Ok(said) } else { Err(BadReceipt) };
        }
        text.parse()
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    #[serde(flatten)]
    receipt: Receipt,
    line: String,
}

fn check(body: &str) -> String {
    hex::encode(&Sha256::digest(body.as_bytes())[..4])
}

impl FromStr for Receipt {
    type Err = BadReceipt;

    /// Forgives line breaks and spaces between the words, and text before the first.
    fn from_str(text: &str) -> Result<Self, BadReceipt> {
        let from = text.find(WORD).ok_or(BadReceipt)?;
        let mut words = text[from + WORD.len()..].split_whitespace();
        let mut word = |letter: char| words.next().and_then(|word| word.strip_prefix(letter)).ok_or(BadReceipt);
        let made = word('t')?.parse().ok().and_then(|s| Timestamp::from_second(s).ok()).ok_or(BadReceipt)?;
        let number = |text: &str| text.parse().ok().filter(|n| *n <= MOST).ok_or(BadReceipt);
        let mut files = Counts::default();
        for kind in Kind::ALL {
            files.add(kind, number(word(kind.letter())?)?);
        }
        let (bytes, unreadable, seconds) = (number(word('b')?)?, number(word('u')?)?, number(word('s')?)?);
        let manifest = word('h')?.to_owned();
        let is_hash = manifest.len() == 64 && manifest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let receipt = Receipt { made, files, bytes, unreadable, seconds, manifest };
        if is_hash && word('k')? == check(&receipt.body()) { Ok(receipt) } else { Err(BadReceipt) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            made: "2026-11-26T12:00:00Z".parse().unwrap(),
            files: Counts { photo: 1_204, document: 31, message: 2, contact: 1, media: 88, other: 9 },
            bytes: 7_516_192_768,
            unreadable: 1,
            seconds: 641,
            manifest: "9f".repeat(32),
        }
    }

    #[test]
    fn a_receipt_is_a_line_that_reads_back_and_carries_numbers_only() {
        let line = receipt().to_string();
        assert_eq!(
            line,
            format!(
                "cease-backup/1 t1795694400 p1204 d31 m2 c1 a88 o9 b7516192768 u1 s641 h{} kac629f91",
                "9f".repeat(32)
            )
        );
        assert_eq!(Receipt::read(&line), Ok(receipt()));
        assert_eq!(Receipt::read(&format!("My receipt:\n {}\n", line.replace(' ', "\n "))), Ok(receipt()));
        assert_eq!(Receipt::read(&receipt().to_json()), Ok(receipt()));
    }

    #[test]
    fn one_changed_or_missing_character_is_no_receipt() {
        let line = receipt().to_string();
        for (at, old) in line.char_indices() {
            let other = if old == '1' { '2' } else { '1' };
            let changed = format!("{}{other}{}", &line[..at], &line[at + 1..]);
            assert_eq!(Receipt::read(&changed), Err(BadReceipt), "{changed}");
            assert_eq!(Receipt::read(&line[..at]), Err(BadReceipt), "cut at {at}");
        }
        let json = receipt().to_json();
        assert_eq!(Receipt::read(&json.replace("\"photo\": 1204", "\"photo\": 1205")), Err(BadReceipt));
        let huge = Receipt { bytes: u64::MAX, ..receipt() };
        assert_eq!(Receipt::read(&huge.to_string()), Err(BadReceipt), "too large for JSON and the databases");
        for bad in ["", "{}", "cease-backup/1", "[1]", "{\"format\":1}", "\u{feff}"] {
            assert_eq!(Receipt::read(bad), Err(BadReceipt), "{bad}");
        }
    }
}
