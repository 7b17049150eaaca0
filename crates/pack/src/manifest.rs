//! `MANIFEST.txt`: what is in the pack, signed.
//!
//! ```text
//! cease/evidence/v1
//! case C7K4-M2QX-1
//! made 2026-11-26T04:00:00Z
//! copy holder
//! key desk.example+c74f20a3+ARpc2Q…
//! <SHA-256 in hex>  declaration.json
//! …
//!
//! — desk.example …
//! ```
//!
//! The lines with two spaces are as `sha256sum -c` reads them. The pack of a whole account begins with
//! `cease/account/v1` and `account`; its cases are folders, each named by its reference.

use jiff::Timestamp;
use proof::log::note::{self, Note};
use proof::log::{Kind, VerifierKey};
use proof::{PublicKey, SigningKey};
use sha2::{Digest, Sha256};

use crate::Entry;

/// Of what a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Case,
    Account,
}

impl Of {
    fn format(self) -> &'static str {
        match self {
            Of::Case => "cease/evidence/v1",
            Of::Account => "cease/account/v1",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Of::Case => "case ",
            Of::Account => "account ",
        }
    }
}

/// What the pack is, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub of: Of,
    /// The case's reference, or the account's id.
    pub reference: String,
    pub made: Timestamp,
    /// For whom: `holder` has no notes of the staff, `desk` has all.
    pub copy: String,
    /// Whose signature stands under it.
    pub key: PublicKey,
    /// Path and SHA-256 of each entry but the manifest.
    pub entries: Vec<(String, [u8; 32])>,
}

/// Why a manifest is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadManifest {
    Form,
    Signature,
}

impl Manifest {
    /// Of these entries of a case.
    pub fn of(reference: &str, made: Timestamp, copy: &str, key: PublicKey, entries: &[Entry]) -> Self {
        let entries = entries.iter().map(|(name, bytes)| (name.clone(), Sha256::digest(bytes).into())).collect();
        Self { of: Of::Case, reference: reference.to_owned(), made: whole(made), copy: copy.to_owned(), key, entries }
    }

    /// Of an account, for its holder; the entries are told as they are added.
    pub fn of_account(account: &str, made: Timestamp, key: PublicKey) -> Self {
        let (reference, copy) = (account.to_owned(), "holder".to_owned());
        Self { of: Of::Account, reference, made: whole(made), copy, key, entries: Vec::new() }
    }

    /// Names one more entry.
    pub fn tell(&mut self, name: &str, bytes: &[u8]) {
        self.entries.push((name.to_owned(), Sha256::digest(bytes).into()));
    }

    /// The file, signed.
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        Note::new(text.clone(), vec![note::sign(&text, key)]).to_string()
    }

    fn text(&self) -> String {
        let Self { of, reference, made, copy, key, entries } = self;
        let (format, field) = (of.format(), of.field());
        let mut text = format!("{format}\n{field}{reference}\nmade {made}\ncopy {copy}\nkey {key}\n");
        for (name, digest) in entries {
            text.push_str(&format!("{}  {name}\n", hex::encode(digest)));
        }
        text
    }

    /// Reads a manifest and checks that the key it names has signed it.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, BadManifest> {
        let note = Note::parse(file).map_err(|_| BadManifest::Form)?;
        let read = Self::read(note.text()).filter(|m| m.text() == note.text()).ok_or(BadManifest::Form)?;
        let opened =
            note.open(&[VerifierKey::new(Kind::Note, read.key.clone())]).map_err(|_| BadManifest::Signature)?;
        // One signature, in its one spelling, and nothing else.
        let whole = opened.ignored == 0 && note.to_string().as_bytes() == file;
        whole.then_some(read).ok_or(BadManifest::Signature)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let mut field = |name: &str| lines.next()?.strip_prefix(name).map(str::to_owned);
        let first = field("")?;
        let of = [Of::Case, Of::Account].into_iter().find(|of| of.format() == first)?;
        let (reference, made) = (field(of.field())?, field("made ")?.parse().ok()?);
        let (copy, key) = (field("copy ")?, field("key ")?.parse().ok()?);
        let entry = |line: &str| {
            let (digest, name) = line.split_once("  ")?;
            Some((name.to_owned(), hex::decode(digest).ok()?.try_into().ok()?))
        };
        let entries = lines.map(entry).collect::<Option<Vec<_>>>()?;
        Some(Self { of, reference, made, copy, key, entries })
    }
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
