//! What stands in the log: that something was done in some case, in which hour, and a commitment to what exactly. Only
//! who has the case's key can tell which case; where the key is destroyed, nobody can.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::text::{encode, hash, number, time};
use super::tree::{self, Hash};

const HOUR: i64 = 3600;
const CASE: &str = "cancel/v1";
const MANIFEST: &str = "manifest/v1";
const CHANNELS: &str = "channels/v1";

/// What has happened in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The declaration was received.
    Requested,
    /// It will be carried out.
    Approved,
    /// It has been, and certified.
    Effected,
    /// It was taken back, or held as somebody else's doing.
    Reversed,
    /// It was refused.
    Rejected,
    /// All that the operator had of it was erased, and certified.
    Erased,
}

/// A leaf's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    Case {
        mark: Mark,
        /// The hour it happened in.
        hour: Timestamp,
        commitment: [u8; 32],
    },
    /// Which keys are good from here on: the manifest's version and SHA-256.
    Manifest { version: u64, digest: [u8; 32] },
    /// Which channels are the operator's from here on: the register's version and the SHA-256 of its text.
    Channels { version: u64, digest: [u8; 32] },
}

/// HMAC-SHA-256 of some bytes under the case's key.
pub fn commit(key: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// What the marks other than [`Mark::Effected`] commit to: an entry of the case's journal, and through its chain value
/// all that went before. `effected` and `erased` commit to the file of the
/// certificate.
pub fn journal_entry(reference: &str, version: u64, chain: &str) -> Vec<u8> {
    format!("cease/journal/v1\n{reference}\n{version}\n{chain}\n").into_bytes()
}

/// The beginning of the hour.
pub fn hour(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(HOUR)).unwrap_or(Timestamp::MIN)
}

impl Mark {
    pub const ALL: [Mark; 6] =
        [Mark::Requested, Mark::Approved, Mark::Effected, Mark::Reversed, Mark::Rejected, Mark::Erased];

    pub fn name(self) -> &'static str {
        match self {
            Mark::Requested => "requested",
            Mark::Approved => "approved",
            Mark::Effected => "effected",
            Mark::Reversed => "reversed",
            Mark::Rejected => "rejected",
            Mark::Erased => "erased",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.name() == name)
    }
}

impl Leaf {
    /// That this happened at that time, in the case of this key.
    pub fn of(mark: Mark, at: Timestamp, key: &[u8; 32], bytes: &[u8]) -> Self {
        Leaf::Case { mark, hour: hour(at), commitment: commit(key, bytes) }
    }

    pub fn manifest(version: u64, manifest: &[u8]) -> Self {
        Leaf::Manifest { version, digest: Sha256::digest(manifest).into() }
    }

    /// The bytes that are hashed into the tree.
    pub fn text(&self) -> String {
        match self {
            Leaf::Case { mark, hour, commitment } => {
                format!("{CASE}\n{}\n{hour}\n{}\n", mark.name(), encode(commitment))
            }
            Leaf::Manifest { version, digest } => format!("{MANIFEST}\n{version}\n{}\n", encode(digest)),
            Leaf::Channels { version, digest } => format!("{CHANNELS}\n{version}\n{}\n", encode(digest)),
        }
    }

    pub fn hash(&self) -> Hash {
        tree::leaf_hash(self.text().as_bytes())
    }

    /// Reads such a text; none for any other spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        match lines[..] {
            [CASE, mark, at, commitment] => {
                let at = time(at).filter(|at| hour(*at) == *at)?;
                Some(Leaf::Case { mark: Mark::parse(mark)?, hour: at, commitment: hash(commitment)? })
            }
            [MANIFEST, version, digest] => Some(Leaf::Manifest { version: number(version)?, digest: hash(digest)? }),
            [CHANNELS, version, digest] => Some(Leaf::Channels { version: number(version)?, digest: hash(digest)? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_four_lines_and_names_the_hour_only() {
        let at = "2026-11-26T04:37:12.5Z".parse().unwrap();
        let leaf = Leaf::of(Mark::Effected, at, &[7; 32], b"certificate");
        let text = leaf.text();
        assert!(text.starts_with("cancel/v1\neffected\n2026-11-26T04:00:00Z\n"), "{text}");
        assert_eq!(text.lines().count(), 4);
        assert_eq!(Leaf::parse(&text), Some(leaf));
        let manifest = Leaf::manifest(3, b"manifest");
        assert_eq!(Leaf::parse(&manifest.text()), Some(manifest));
        let channels = Leaf::Channels { version: 3, digest: [9; 32] };
        assert_eq!(Leaf::parse(&channels.text()), Some(channels));
        assert_eq!(hour("1969-12-31T23:59:59Z".parse().unwrap()).to_string(), "1969-12-31T23:00:00Z");
    }

    #[test]
    fn one_key_says_nothing_about_another_case() {
        let of = |key: u8, bytes: &[u8]| Leaf::of(Mark::Requested, Timestamp::UNIX_EPOCH, &[key; 32], bytes);
        assert_eq!(of(1, b"x"), of(1, b"x"));
        assert_ne!(of(1, b"x"), of(2, b"x"));
        assert_ne!(of(1, b"x"), of(1, b"y"));
    }

    #[test]
    fn a_leaf_with_any_bit_changed_is_another_or_none() {
        let at = "2026-11-26T04:00:00Z".parse().unwrap();
        let leaf = Leaf::of(Mark::Approved, at, &[7; 32], b"x");
        let text = leaf.text();
        for at in 0..text.len() {
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                let read = Leaf::parse(&changed);
                assert!(read.as_ref() != Some(&leaf) && read.is_none_or(|r| r.text() == changed), "{changed:?}");
            }
        }
    }
}
