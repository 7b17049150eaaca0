//! How numbers, hashes and times stand in the log's texts: one spelling each, so that no bit can change unseen.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jiff::Timestamp;

use super::Hash;

/// What the log counts with stays in the range that every implementation has.
const MOST: u64 = i64::MAX as u64;

/// A decimal number without leading zeroes.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !plain {
        return None;
    }
    text.parse().ok().filter(|n| *n <= MOST)
}

pub(super) fn hash(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// A time to the second, as `2026-11-26T04:00:00Z` and in no other spelling.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    (at.to_string() == text && at.subsec_nanosecond() == 0).then_some(at)
}
