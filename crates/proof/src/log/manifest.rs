//! The key manifest: which keys speak for an operator, from when to when, and how many witnesses a proof wants. It is a
//! note signed by the root key, which is kept off every machine that runs, and it is a leaf of the log itself.
//!
//! ```text
//! cease/manifest/v1
//! root desk.example/root+…
//! origin desk.example/log
//! version 2
//! issued 2026-11-26T04:00:00Z
//! quorum 2
//! log desk.example/log+… 2026-01-01T00:00:00Z 2027-01-01T00:00:00Z 2026-11-26T03:00:00Z
//! log desk.example/log+… 2026-11-26T04:00:00Z 2028-01-01T00:00:00Z -
//! certificate desk.example+… 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -
//! witness witness.example+… 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z -
//! ```
//!
//! A key's times are: good from, good until, revoked from (or `-`). No version ever leaves out or extends a key's past:
//! see [`Manifest::succeeds`].

use std::fmt;

use jiff::Timestamp;

use super::note::{self, Kind, Note, VerifierKey};
use super::text::{number, time};
use crate::{PublicKey, SigningKey};

const FORMAT: &str = "cease/manifest/v1";
/// More keys are not read.
const MAX_KEYS: usize = 200;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Signs checkpoints.
    Log,
    /// Signs certificates and receipts.
    Certificate,
    /// Cosigns checkpoints.
    Witness,
}

/// A key, and when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenure {
    pub role: Role,
    pub key: VerifierKey,
    pub from: Timestamp,
    pub until: Timestamp,
    /// From then on somebody else may have it.
    pub revoked: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub root: PublicKey,
    /// The log's name.
    pub origin: String,
    pub version: u64,
    pub issued: Timestamp,
    /// How many witnesses a proof wants.
    pub quorum: u64,
    pub keys: Vec<Tenure>,
}

/// Why a manifest is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("not a key manifest, or not in its one spelling")]
    Malformed,
    #[error("the manifest is not signed by the root key that it names")]
    Signature,
    #[error("the manifest is not a later version of the one before")]
    Version,
    #[error("the manifest is of another log or root key than the one before")]
    Stranger,
    #[error("the manifest leaves out a key or changes its past: {0}")]
    Rewritten(String),
    #[error("the manifest has no key of the log's own")]
    NoLogKey,
}

impl Role {
    const ALL: [Role; 3] = [Role::Log, Role::Certificate, Role::Witness];

    pub fn name(self) -> &'static str {
        match self {
            Role::Log => "log",
            Role::Certificate => "certificate",
            Role::Witness => "witness",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Role::Log | Role::Certificate => Kind::Note,
            Role::Witness => Kind::Cosignature,
        }
    }
}

impl Tenure {
    /// Whether a use of the key at that time counts, as far as the key's own times go.
    pub fn good_at(&self, at: Timestamp) -> bool {
        self.within(at).is_ok() && self.revoked.is_none_or(|revoked| at < revoked)
    }

    /// The same, whether or not the key is revoked.
    pub fn within(&self, at: Timestamp) -> Result<(), String> {
        let Self { from, until, .. } = self;
        if at < *from || at >= *until {
            return Err(format!("the key is good from {from} until {until} only"));
        }
        Ok(())
    }

    fn parse(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.split(' ').collect();
        let [role, key, from, until, revoked] = parts[..] else { return None };
        let role = Role::ALL.into_iter().find(|r| r.name() == role)?;
        let key: VerifierKey = key.parse().ok()?;
        let revoked = if revoked == "-" { None } else { Some(time(revoked)?) };
        (key.kind() == role.kind()).then_some(Self { role, key, from: time(from)?, until: time(until)?, revoked })
    }
}

impl fmt::Display for Tenure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, key, from, until, revoked } = self;
        let revoked = revoked.map_or_else(|| "-".to_owned(), |at| at.to_string());
        write!(f, "{} {key} {from} {until} {revoked}", role.name())
    }
}

impl Manifest {
    /// The keys of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Tenure> {
        self.keys.iter().filter(move |tenure| tenure.role == role)
    }

    pub fn verifiers(&self, role: Role) -> Vec<VerifierKey> {
        self.of(role).map(|tenure| tenure.key.clone()).collect()
    }

    pub fn find(&self, role: Role, key: &VerifierKey) -> Option<&Tenure> {
        self.of(role).find(|tenure| tenure.key == *key)
    }

    /// The text that the root key signs: what is carried to where that key is.
    pub fn draft(&self) -> String {
        self.text()
    }

    /// Reads such a text; none for any other spelling.
    pub fn from_draft(text: &str) -> Option<Self> {
        Self::read(text).filter(|read| read.text() == text)
    }

    fn text(&self) -> String {
        let Self { root, origin, version, issued, quorum, keys } = self;
        let mut text =
            format!("{FORMAT}\nroot {root}\norigin {origin}\nversion {version}\nissued {issued}\nquorum {quorum}\n");
        for tenure in keys {
            text.push_str(&format!("{tenure}\n"));
        }
        text
    }

    /// The manifest as a file, signed by the root key. Its times are to the second.
    pub fn sign(&self, root: &SigningKey) -> Result<String, ManifestError> {
        let text = self.text();
        let file = Note::new(text.clone(), vec![note::sign(&text, root)]).to_string();
        // What cannot be read back is not handed out.
        Self::parse(file.as_bytes())?;
        Ok(file)
    }

    /// Reads a manifest and checks the signature of the root key that it names. Whether that root key is anybody's is
    /// for the caller to say.
    pub fn parse(file: &[u8]) -> Result<Self, ManifestError> {
        let note = Note::parse(file).map_err(|_| ManifestError::Malformed)?;
        let read = Self::read(note.text()).ok_or(ManifestError::Malformed)?;
        if read.text() != note.text() {
            return Err(ManifestError::Malformed);
        }
        let root = VerifierKey::new(Kind::Note, read.root.clone());
        let opened = note.open(&[root]).map_err(|_| ManifestError::Signature)?;
        if opened.ignored > 0 {
            return Err(ManifestError::Malformed);
        }
        if read.of(Role::Log).next().is_none() {
            return Err(ManifestError::NoLogKey);
        }
        Ok(read)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let mut field = |name: &str| lines.next()?.strip_prefix(name);
        field(FORMAT).filter(|rest| rest.is_empty())?;
        let root = field("root ")?.parse().ok()?;
        let origin = field("origin ").filter(|origin| !origin.is_empty())?.to_owned();
        let version = number(field("version ")?)?;
        let issued = time(field("issued ")?)?;
        let quorum = number(field("quorum ")?)?;
        let keys: Vec<Tenure> = lines.map(Tenure::parse).collect::<Option<_>>()?;
        let twice = (1..keys.len()).any(|i| keys[..i].iter().any(|other| other.key == keys[i].key));
        (keys.len() <= MAX_KEYS && !twice).then_some(Self { root, origin, version, issued, quorum, keys })
    }

    /// Whether this may come after `before`: a later version by the same root for the same log, with every key that was
    /// there. What was good in the past stays good: an end may be moved while it lies ahead, and not to before the new
    /// version's own time. Only a revocation reaches back, and it is never taken back.
    pub fn succeeds(&self, before: &Self) -> Result<(), ManifestError> {
        if self.root != before.root || self.origin != before.origin {
            return Err(ManifestError::Stranger);
        }
        if self.version <= before.version || self.issued < before.issued {
            return Err(ManifestError::Version);
        }
        for old in &before.keys {
            let rewritten = || ManifestError::Rewritten(old.key.name().to_owned());
            let new = self.find(old.role, &old.key).ok_or_else(rewritten)?;
            let end = new.until == old.until || old.until > self.issued && new.until >= self.issued;
            let revoked = match (old.revoked, new.revoked) {
                (None, _) => true,
                (Some(old), Some(new)) => new <= old,
                (Some(_), None) => false,
            };
            if new.from != old.from || !end || !revoked {
                return Err(rewritten());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
