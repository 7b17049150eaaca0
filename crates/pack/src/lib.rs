//! The evidence pack: one file for each case, with all that was said and done in it, which a lawyer can read and anybody
//! can check without the operator.
//!
//! A ZIP archive whose entries are stored, never compressed: any program opens it, and there is nothing in it that could
//! swell. `MANIFEST.txt` names every other entry with its SHA-256 and is signed with the key that signs certificates (a
//! C2SP signed note). What can be checked beyond that is checked: the declaration against the receipt that promised
//! something for it, the journal's chain from its first entry, the certificate, the place of the certificate's journal
//! head in that journal, and the proof that the certificate stands in the public log.
//!
//! The pack of an account is the same for all its cases together: a folder for each, named by its reference, checked as a
//! pack of its own would be; beside them lie the account's own records.
//!
//! There is no I/O and no clock here.
#![forbid(unsafe_code)]

mod archive;
mod check;
mod journal;
mod manifest;
#[cfg(test)]
mod tests;

pub use archive::{MAX_ENTRIES, MAX_PACK, Writing, read, write};
pub use check::verify;
pub use journal::{Line, chain};
pub use manifest::{Manifest, Of};

/// The entries whose content is known. All others are words and files, for people to read.
pub const MANIFEST: &str = "MANIFEST.txt";
pub const DECLARATION: &str = "declaration.json";
pub const RECEIPT: &str = "receipt.json";
pub const JOURNAL: &str = "journal.jsonl";
pub const CERTIFICATE: &str = "certificate.json";
pub const BUNDLE: &str = "bundle.json";

/// An entry: its path and its bytes.
pub type Entry = (String, Vec<u8>);

/// Why an archive is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPack {
    #[error("it has {0} bytes, more than any pack")]
    TooLarge(usize),
    #[error("it is not a ZIP archive, or a damaged one")]
    NotZip,
    #[error("it has more entries than any pack")]
    TooMany,
    #[error("{0:?} is not a name that an entry may have")]
    Name(String),
    #[error("{0} is there twice")]
    Twice(String),
    #[error("{0} is compressed or encrypted: the pack has been packed anew")]
    Packed(String),
    #[error("{0} is damaged")]
    Damaged(String),
    #[error("it has been packed anew, or holds something that is none of its entries")]
    Repacked,
}
