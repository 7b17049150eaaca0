//! Strikes out what a desk must never keep: bank card and identity numbers, passwords, one-time
//! codes. People write them into forms and chats all the same, because somebody told them to; they are
//! gone before anything is stored. The numbers a desk lives on (ICCID, EID, IMEI, IMSI, phone numbers,
//! references, tracking numbers) survive.
//!
//! A text is read twice: once for digits and telling words, which is all that happens to most of it,
//! and a second time where there are some, character by character in the form that counts (`view`),
//! so that full-width digits, invisible characters, separators and HTML entities hide nothing.
//!
//! Standards: ISO/IEC 7812-1 (bank cards), GB 11643-1999 (Chinese resident identity numbers),
//! ISO 13616 (IBAN), ICAO 9303-4 (passports), HMRC NIM39110 (UK national insurance numbers).

mod numbers;
#[cfg(test)]
mod tests;
mod view;
mod words;

use std::ops::Range;

use serde::Serialize;

pub(crate) use self::numbers::resident;

/// Stands where something stood.
pub const STRUCK: &str = "█████";

/// What was struck out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    BankCard,
    /// A Chinese resident identity number.
    ResidentId,
    /// A UK national insurance number.
    Nino,
    Iban,
    /// The machine-readable lines of a passport, or a passport's number where a word says so.
    Passport,
    OneTimeCode,
    /// A password, PIN, security code or key.
    Secret,
}

impl Kind {
    pub const ALL: [Kind; 7] =
        [Kind::BankCard, Kind::ResidentId, Kind::Nino, Kind::Iban, Kind::Passport, Kind::OneTimeCode, Kind::Secret];

    /// As in JSON and message keys.
    pub fn name(self) -> &'static str {
        match self {
            Kind::BankCard => "bank-card",
            Kind::ResidentId => "resident-id",
            Kind::Nino => "nino",
            Kind::Iban => "iban",
            Kind::Passport => "passport",
            Kind::OneTimeCode => "one-time-code",
            Kind::Secret => "secret",
        }
    }
}

/// Something found, and where: bytes of the text, on character boundaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// Everything that must go, in the order of the text, without overlaps.
pub fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    view::stretches(text, |stretch| numbers::find(text, stretch, &mut found));
    words::find(text, &mut found);
    found.sort_by_key(|f| (f.at.start, std::cmp::Reverse(f.at.end)));
    let mut end = 0;
    found.retain(|f| {
        let apart = f.at.start >= end;
        if apart {
            end = f.at.end;
        }
        apart
    });
    found
}

/// The text without it, and what was taken out.
pub fn redact(text: &str) -> (String, Vec<Found>) {
    let found = find(text);
    (without(text, &found), found)
}

/// The same for what follows another message of the same person: a number begun there and ended here is
/// struck out here. What was said before is given as it was kept.
pub fn redact_after(before: &str, text: &str) -> (String, Vec<Found>) {
    let tail = before.char_indices().rev().nth(63).map_or(0, |(at, _)| at);
    let tail = &before[tail..];
    let joined = format!("{tail}\n{text}");
    let skip = tail.len() + 1;
    let mut found = find(text);
    for f in find(&joined) {
        let at = f.at.start.saturating_sub(skip)..f.at.end.saturating_sub(skip);
        if f.at.start < skip && !at.is_empty() && found.iter().all(|g| g.at.start >= at.end) {
            found.insert(0, Found { kind: f.kind, at });
        }
    }
    (without(text, &found), found)
}

fn without(text: &str, found: &[Found]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for f in found {
        kept.push_str(&text[from..f.at.start]);
        kept.push_str(STRUCK);
        from = f.at.end;
    }
    kept.push_str(&text[from..]);
    kept
}
