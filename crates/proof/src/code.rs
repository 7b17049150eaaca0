//! A bundle as the text of a QR code, so that a paper carries its whole proof.
//!
//! ```text
//! https://desk.example/verify#CEASE1-<base32 of digest and deflate>
//! ```
//!
//! Whoever scans it with a phone lands on a page that checks it without sending it anywhere (browsers keep what stands
//! after `#` to themselves); whoever does not trust that page gives the text to `cease verify`, which does not look at
//! what stands before `CEASE1-`.
//!
//! The code is RFC 4648 base32 without padding, as QR codes have a dense mode for it: the first eight bytes of the
//! SHA-256 of all that follows, then the bundle's file as raw deflate (RFC 1951). That begins in the middle: the words
//! that all bundles share, [`DICTIONARY`], count as having gone before. Any inflater reads it after one stored block
//! with those words. The digest is there because deflate has many spellings of one text: no character of the code can
//! be changed unseen.

use miniz_oxide::DataFormat;
use miniz_oxide::MZFlush;
use miniz_oxide::deflate::CompressionLevel;
use miniz_oxide::deflate::core::CompressorOxide;
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use sha2::{Digest, Sha256};

use crate::log::bundle::{Bundle, MAX_BUNDLE};

/// What a code begins with.
pub const PREFIX: &str = "CEASE1-";
/// Longer texts are not read: a QR code holds less than half.
pub const MAX_CODE: usize = 16 * 1024;
/// Never changes: codes on paper would no longer be read.
pub const DICTIONARY: &str = include_str!("code.dict");
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const DIGEST: usize = 8;

/// Why a text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("the text has no CEASE1- code in it")]
    None,
    #[error("the code is damaged: a character is missing, added or changed")]
    Damaged,
}

/// The code of a bundle, without an address before it.
pub fn encode(bundle: &Bundle) -> String {
    let mut compressor = CompressorOxide::default();
    compressor.set_format_and_level(DataFormat::Raw, CompressionLevel::UberCompression as u8);
    // What comes of the dictionary itself is thrown away: the reader has it.
    let _ = run(&mut compressor, DICTIONARY.as_bytes(), MZFlush::Sync);
    let packed = run(&mut compressor, &bundle.to_file(), MZFlush::Finish);
    let digest = Sha256::digest(&packed);
    format!("{PREFIX}{}", base32(&[&digest[..DIGEST], &packed].concat()))
}

/// The bundle's file that a text carries: a code, or an address with one. It is not checked yet.
pub fn decode(text: &str) -> Result<Vec<u8>, CodeError> {
    let text = text.trim();
    if text.len() > MAX_CODE {
        return Err(CodeError::None);
    }
    let code = text.rsplit('#').next().and_then(|code| code.strip_prefix(PREFIX)).ok_or(CodeError::None)?;
    let bytes = unbase32(code).ok_or(CodeError::Damaged)?;
    let (digest, packed) = bytes.split_at_checked(DIGEST).ok_or(CodeError::Damaged)?;
    if *digest != Sha256::digest(packed)[..DIGEST] {
        return Err(CodeError::Damaged);
    }
    let words = DICTIONARY.as_bytes();
    let length = u16::try_from(words.len()).map_err(|_| CodeError::Damaged)?;
    // RFC 1951, 3.2.4: a stored block, not the last.
    let head = [&[0], &length.to_le_bytes()[..], &(!length).to_le_bytes()[..]].concat();
    let stream = [&head, words, packed].concat();
    let whole = inflate(&stream, words.len() + MAX_BUNDLE).ok_or(CodeError::Damaged)?;
    Ok(whole[words.len()..].to_vec())
}

/// Inflates a stream that is whole and has nothing after its end, to at most so many bytes.
fn inflate(stream: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; most];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut DecompressorOxide::new(), stream, &mut out, 0, flags);
    out.truncate(written);
    (status == TINFLStatus::Done && read == stream.len()).then_some(out)
}

/// Whether a text has a code in it, be it whole or damaged.
pub fn is_code(text: &str) -> bool {
    let text = text.trim();
    text.len() <= MAX_CODE && text.rsplit('#').next().is_some_and(|code| code.starts_with(PREFIX))
}

fn run(compressor: &mut CompressorOxide, mut input: &[u8], flush: MZFlush) -> Vec<u8> {
    let mut out = Vec::new();
    let mut room = [0; 4096];
    loop {
        let step = deflate(compressor, input, &mut room, flush);
        input = &input[step.bytes_consumed..];
        out.extend_from_slice(&room[..step.bytes_written]);
        if step.bytes_written < room.len() {
            return out;
        }
    }
}

pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    out
}

/// The one spelling only: no padding, no small letters, no bits left over.
pub(crate) fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte)?;
        held = held << 5 | value as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits & 255) as u8);
        }
    }
    (bits < 5 && held & ((1 << bits) - 1) == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(key: u8) -> Bundle {
        Bundle {
            certificate: include_str!("../golden/certificate.json").to_owned(),
            key: [key; 32],
            leaf: "cancel/v1\neffected\n".into(),
            proof: "c2sp.org/tlog-proof@v1\nindex 1\n".into(),
            manifest: "cease/manifest/v1\n".into(),
        }
    }

    #[test]
    fn what_is_written_is_read_with_any_address_before_it() {
        let code = encode(&bundle(1));
        assert!(code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-'), "{code}");
        for text in [code.clone(), format!("https://desk.example/verify#{code}\n"), format!("  {code} \r\n")] {
            assert!(is_code(&text));
            assert_eq!(decode(&text), Ok(bundle(1).to_file()), "{text}");
        }
        assert_ne!(code, encode(&bundle(2)));
    }

    #[test]
    fn codes_on_paper_are_read_for_good() {
        let dictionary = hex::encode(&Sha256::digest(DICTIONARY)[..8]);
        assert_eq!(dictionary, "173e1c393595a4e7");
        let old = include_str!("../golden/code.txt");
        assert_eq!(decode(old), Ok(bundle(1).to_file()));
    }

    #[test]
    fn every_changed_missing_or_added_character_is_found() {
        let code = encode(&bundle(3));
        for at in PREFIX.len()..code.len() {
            for other in ALPHABET.iter().map(|b| char::from(*b)).chain(['a', '1', '=', ' ', '#', '龘']) {
                if code.as_bytes()[at] != other as u8 {
                    let changed = format!("{}{other}{}", &code[..at], &code[at + 1..]);
                    assert!(decode(&changed).is_err(), "{other} at {at}");
                }
            }
            assert!(decode(&code[..at]).is_err(), "cut at {at}");
            assert!(decode(&format!("{}A{}", &code[..at], &code[at..])).is_err(), "A put in at {at}");
        }
        for text in ["", "#", "CEASE1-", "CEASE2-AAAA", "https://desk.example/verify", &"A".repeat(MAX_CODE + 1)] {
            assert!(decode(text).is_err(), "{text:.40}");
        }
    }

    /// A code as we write it, with the compressed stream changed before its digest is taken.
    fn recoded(change: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<u8>, CodeError> {
        let code = encode(&bundle(1));
        let mut packed = unbase32(code.strip_prefix(PREFIX).unwrap()).unwrap().split_off(DIGEST);
        change(&mut packed);
        decode(&format!("{PREFIX}{}", base32(&[&Sha256::digest(&packed)[..DIGEST], &packed].concat())))
    }

    #[test]
    fn nothing_may_follow_the_end_of_the_stream_and_the_end_is_there() {
        assert_eq!(recoded(|_| {}), Ok(bundle(1).to_file()));
        assert_eq!(recoded(|packed| packed.push(0)), Err(CodeError::Damaged));
        assert_eq!(recoded(|packed| packed.extend(*b"more")), Err(CodeError::Damaged));
        assert_eq!(recoded(|packed| packed.truncate(packed.len() - 1)), Err(CodeError::Damaged));
    }

    #[test]
    fn a_code_that_would_swell_is_not_inflated() {
        let mut compressor = CompressorOxide::default();
        compressor.set_format_and_level(DataFormat::Raw, CompressionLevel::BestCompression as u8);
        let packed = run(&mut compressor, &vec![b' '; 8 << 20], MZFlush::Finish);
        let code = format!("{PREFIX}{}", base32(&[&Sha256::digest(&packed)[..DIGEST], &packed].concat()));
        assert!(code.len() < MAX_CODE, "{}", code.len());
        assert_eq!(decode(&code), Err(CodeError::Damaged));
    }
}
