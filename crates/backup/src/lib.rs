//! Saves what is on a data card before it ends: the files of a stick, a memory card or a pocket router, and the
//! contacts and messages of a SIM.
//!
//! A backup is a folder: the files under `files/`, a `MANIFEST` with every name, size, time and BLAKE3 hash, the same
//! as `MANIFEST.json`, and `RECEIPT.json`, which holds numbers and the manifest's hash only. The source is opened for
//! reading and never written to; whatever pulls the card, the plug or the process out half way, running again goes on
//! where it was ([`journal`]). `docs/backup.md` argues the formats and when data is made durable.

pub mod class;
pub mod journal;
pub mod lock;
pub mod manifest;
pub mod names;
pub mod place;
pub mod restore;
pub mod run;
pub mod scan;
pub mod sim;
pub mod tree;
pub mod verify;

mod copy;
mod dest;
mod shared;

use std::path::PathBuf;

pub use case::saved::{Counts, Kind, Receipt};
pub use manifest::{Entry, Manifest};
pub use names::shown;

/// Where the files of a backup are, in its folder.
pub const FILES: &[u8] = b"files";
/// What belongs to an unfinished backup: the journal, the lock, and the parts under way.
pub const WORK: &[u8] = b".cease";
pub const MANIFEST: &[u8] = b"MANIFEST";
pub const MANIFEST_JSON: &[u8] = b"MANIFEST.json";
pub const RECEIPT_JSON: &[u8] = b"RECEIPT.json";
pub const RECEIPT_LINE: &[u8] = b"RECEIPT.txt";

/// What is left where a manifest is no longer what was written.
pub(crate) const WAY_OUT: &str = "what lies under its files/ may be whole all the same; save the card into a new folder, or \
                                  delete this one first";

/// Why nothing more can be done. What has been saved until then stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} is no folder that can be read: {why}", path.display())]
    Source { path: PathBuf, why: std::io::Error },
    #[error("cannot write to {}: {why}", path.display())]
    Dest { path: PathBuf, why: std::io::Error },
    #[error("{} lies in {}: give a folder elsewhere", inner.display(), outer.display())]
    Inside { inner: PathBuf, outer: PathBuf },
    #[error("{} holds something, but no backup: give an empty or a new folder", path.display())]
    Foreign { path: PathBuf },
    #[error("there is nothing to save in {}: no file and no folder{}", path.display(), if *skipped { ", but links or devices, which are left out" } else { "" })]
    Nothing { path: PathBuf, skipped: bool },
    #[error("another backup is being written to {}", path.display())]
    Busy { path: PathBuf },
    #[error(
        "not enough room: {need} bytes are left to save and {free} are free; make room or choose another place, and run it again"
    )]
    NoRoom { need: u64, free: u64 },
    #[error("the place to save to is full; make room, and run the same again: it goes on where it was")]
    Full,
    #[error(
        "the card cannot be read any more: was it pulled out? Put it in, and run the same again: it goes on where it was"
    )]
    Gone,
    #[error("{}: {why}", path.display())]
    Lock { path: PathBuf, why: lock::Bad },
    #[error("no finished backup in {}: {why}", path.display())]
    NoBackup { path: PathBuf, why: String },
}

/// A file that could not be saved, checked or brought back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As bytes, because a name need not be text.
    pub path: Vec<u8>,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The system's word for it.
    Unreadable(String),
    /// No name for it could be made at the destination.
    Unstorable(String),
    /// Changed while it was read, twice: what was saved is what was there at one moment, or a mixture.
    Changed,
    /// Not in its place in the backup.
    Missing,
    /// Not what the manifest says.
    Differs,
    /// Something that is not in the manifest.
    Extra,
    /// Another file of that name is there already, and is left alone.
    InTheWay,
    /// Its name leads elsewhere than into the folder.
    BadPath,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::Unreadable(why) => write!(f, "cannot be read ({why})"),
            Why::Unstorable(why) => write!(f, "cannot be stored there ({why})"),
            Why::Changed => f.write_str("changed while it was read"),
            Why::Missing => f.write_str("is missing"),
            Why::Differs => f.write_str("is not what was saved"),
            Why::Extra => f.write_str("is not in the manifest"),
            Why::InTheWay => f.write_str("another file of that name is there already"),
            Why::BadPath => f.write_str("is no name inside the folder"),
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub files: u64,
    pub files_total: u64,
    pub bytes: u64,
    pub bytes_total: u64,
}
