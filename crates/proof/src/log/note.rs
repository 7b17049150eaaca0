//! Signed notes (C2SP signed-note) and cosignatures (C2SP tlog-cosignature, Ed25519). A signature of a key one does not
//! know is passed over; one of a known key that does not hold condemns the note.

use std::fmt;
use std::str::FromStr;

use super::text;
use crate::key::ED25519;
use crate::{KeyError, PublicKey, SigningKey};

/// Larger notes are not read, in bytes.
pub const MAX_NOTE: usize = 64 * 1024;
/// More signatures are not read.
const MAX_SIGNATURES: usize = 100;
const DASH: &str = "— ";

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The note's text (algorithm 1).
    Note,
    /// That, at a time, this was the latest of a log that only grew (algorithm 4).
    Cosignature,
}

/// A key by which a note's signatures are checked, written `name+hash+base64(algorithm || key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    kind: Kind,
    key: PublicKey,
}

/// A text and its signatures, none of them checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// What was found under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// One for each known key that signed, in the order of the lines.
    pub vouched: Vec<Vouched>,
    /// Lines that say nothing to us: of unknown keys, or of a key that has signed already.
    pub ignored: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    pub key: VerifierKey,
    /// When, in seconds since 1970, where it is a cosignature.
    pub at: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    #[error("the signature of {0} does not hold")]
    Signature(String),
    #[error("signed by nobody known here")]
    Nobody,
}

impl VerifierKey {
    pub fn new(kind: Kind, key: PublicKey) -> Self {
        Self { kind, key }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn name(&self) -> &str {
        self.key.name()
    }

    pub fn public(&self) -> &PublicKey {
        &self.key
    }

    fn id(&self) -> [u8; 4] {
        self.key.note_id(self.kind.algorithm())
    }

    /// Whether the signature over the text holds, and when it was made, where it says so.
    fn check(&self, note: &str, signature: &[u8]) -> Option<Option<u64>> {
        match self.kind {
            Kind::Note => {
                let signature = signature.try_into().ok()?;
                self.key.vouches(note.as_bytes(), signature).then_some(None)
            }
            Kind::Cosignature => {
                let (time, signature) = signature.split_first_chunk::<8>()?;
                let at = u64::from_be_bytes(*time);
                let sound = (1..=i64::MAX as u64).contains(&at);
                (sound && self.key.vouches(cosigned(note, at).as_bytes(), signature.try_into().ok()?))
                    .then_some(Some(at))
            }
        }
    }
}

impl Kind {
    fn algorithm(self) -> u8 {
        match self {
            Kind::Note => ED25519,
            Kind::Cosignature => 4,
        }
    }
}

/// What a cosigner signs.
fn cosigned(note: &str, at: u64) -> String {
    format!("cosignature/v1\ntime {at}\n{note}")
}

/// Signs a note's text.
pub fn sign(text: &str, key: &SigningKey) -> NoteSignature {
    let public = key.public();
    let bytes = key.sign(text.as_bytes()).to_vec();
    NoteSignature { name: public.name().to_owned(), id: public.note_id(Kind::Note.algorithm()), bytes }
}

/// Cosigns a checkpoint's text, at a time in seconds since 1970.
pub fn cosign(text: &str, key: &SigningKey, at: u64) -> NoteSignature {
    let public = key.public();
    let bytes = [&at.to_be_bytes()[..], &key.sign(cosigned(text, at).as_bytes())].concat();
    NoteSignature { name: public.name().to_owned(), id: public.note_id(Kind::Cosignature.algorithm()), bytes }
}

impl Note {
    /// A note of this text, which ends with a line feed.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::Malformed("it is too large"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("it is not UTF-8"))?;
        if note.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::Malformed("it has control characters"));
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed("no empty line parts text and signatures"))?;
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("it does not end with a signature's line"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::Malformed("it has too many signatures"));
            }
            signatures.push(line.parse()?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Puts one more signature under it.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }

    /// Checks the signatures of the keys that are known. At least one must be there.
    pub fn open(&self, known: &[VerifierKey]) -> Result<Opened, NoteError> {
        let mut opened = Opened { vouched: Vec::new(), ignored: 0 };
        for signature in &self.signatures {
            let by = |key: &&VerifierKey| key.name() == signature.name && key.id() == signature.id;
            let Some(key) = known.iter().find(by) else {
                opened.ignored += 1;
                continue;
            };
            let at =
                key.check(&self.text, &signature.bytes).ok_or_else(|| NoteError::Signature(signature.name.clone()))?;
            if opened.vouched.iter().any(|vouched| vouched.key == *key) {
                opened.ignored += 1;
            } else {
                opened.vouched.push(Vouched { key: key.clone(), at });
            }
        }
        if opened.vouched.is_empty() { Err(NoteError::Nobody) } else { Ok(opened) }
    }
}

impl NoteSignature {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this key made it, by its own account.
    pub fn names(&self, key: &VerifierKey) -> bool {
        key.name() == self.name && key.id() == self.id
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    /// Reads one line, without its line feed.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::Malformed("a signature's line is not one");
        let (name, signature) = line.strip_prefix(DASH).and_then(|line| line.split_once(' ')).ok_or_else(malformed)?;
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c == '+') {
            return Err(malformed());
        }
        let bytes = text::decode(signature).ok_or_else(malformed)?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
        if bytes.is_empty() {
            return Err(malformed());
        }
        Ok(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id[..], &self.bytes].concat();
        write!(f, "{DASH}{} {}", self.name, text::encode(&bytes))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let read = |kind: Kind| Ok(Self { kind, key: PublicKey::from_text(kind.algorithm(), text)? });
        match read(Kind::Note) {
            Err(KeyError::Algorithm(4)) => read(Kind::Cosignature),
            other => other,
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key.to_text(self.kind.algorithm()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

#[cfg(test)]
mod tests;
