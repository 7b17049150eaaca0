//! Keys and their text forms. A public key is written as a C2SP signed-note verifier key, so that
//! the tools of transparency logs read it: `name+hash+base64(algorithm || key)`.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// C2SP signed-note: the algorithm byte of Ed25519.
pub(crate) const ED25519: u8 = 1;
const NAME_MAX: usize = 100;
const FILE_LABEL: &str = "cease-signing-key-v1 ";

/// A key's name and public half.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

/// The secret half. Wiped from memory when dropped; its `Debug` shows only the public half.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not of the form `name+hash+base64`, or not written the one way it can be.
    #[error("the key is not written as name+hash+base64")]
    Malformed,
    /// Empty, too long, or with other characters than ASCII letters, digits and `.-_/:`.
    #[error("the key's name must be 1 to 100 ASCII letters, digits or .-_/:")]
    Name,
    /// The hash does not belong to name and key: something has been mistyped or changed.
    #[error("the key's check hash does not match its name and value")]
    Hash,
    /// Well formed, but of an algorithm that this version does not know.
    #[error("the key is of algorithm {0}, which this version does not know")]
    Algorithm(u8),
    /// Not a point of the curve, or one under which anything can be signed.
    #[error("the key is not a sound Ed25519 key")]
    Unsound,
}

impl SigningKey {
    /// The key that grows from 32 random bytes. The name is the operator's host, as a rule.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    /// Reads the one line that [`SigningKey::to_line`] writes; a line feed may follow it.
    pub fn from_line(line: &str) -> Result<Self, KeyError> {
        let text = line.trim_end().strip_prefix(FILE_LABEL).ok_or(KeyError::Malformed)?;
        let (name, hash, secret) = split(text)?;
        let key = Self::from_seed(name, &value(ED25519, &secret)?)?;
        // The hash is that of the public half: a mistyped secret would sign, but under a stranger's key.
        if hash != note_hash(name, &payload(ED25519, &key.key.verifying_key())) {
            return Err(KeyError::Hash);
        }
        Ok(key)
    }

    /// `cease-signing-key-v1 name+hash+base64(algorithm || seed)`: a SECRET, for a file of mode 0600.
    pub fn to_line(&self) -> String {
        let hash = note_hash(&self.name, &payload(ED25519, &self.key.verifying_key()));
        let mut secret = [ED25519; 33];
        secret[1..].copy_from_slice(self.key.as_bytes());
        format!("{FILE_LABEL}{}+{hash}+{}\n", self.name, BASE64.encode(secret))
    }

    /// The half that may be shown.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// The key's name, by which people speak of it. Bound by every signature.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What two people compare by eye or over the telephone: the first 16 bytes of the SHA-256 of
    /// the key's text, in hex, by fours.
    pub fn fingerprint(&self) -> String {
        let hex = hex::encode(&Sha256::digest(self.to_string())[..16]);
        let mut grouped = String::with_capacity(39);
        for (i, digit) in hex.chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                grouped.push('-');
            }
            grouped.push(digit);
        }
        grouped
    }

    /// The key as a verifier key of another algorithm that also uses an Ed25519 key.
    pub(crate) fn from_text(algorithm: u8, text: &str) -> Result<Self, KeyError> {
        let (name, hash, payload) = split(text)?;
        check_name(name)?;
        // Before the algorithm, so that a damaged key is never taken for one of a newer kind.
        if hash != note_hash(name, &payload) {
            return Err(KeyError::Hash);
        }
        let bytes = value(algorithm, &payload)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Unsound)?;
        if key.is_weak() {
            return Err(KeyError::Unsound);
        }
        Ok(Self { name: name.to_owned(), key })
    }

    pub(crate) fn to_text(&self, algorithm: u8) -> String {
        let payload = payload(algorithm, &self.key);
        let hash = note_hash(&self.name, &payload);
        format!("{}+{hash}+{}", self.name, BASE64.encode(payload))
    }

    /// C2SP signed-note: the four bytes by which a signature line names its key.
    pub(crate) fn note_id(&self, algorithm: u8) -> [u8; 4] {
        note_id(&self.name, &payload(algorithm, &self.key))
    }

    /// RFC 8032 with the strict rules: canonical S, no points of small order.
    pub(crate) fn vouches(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b".-_/:".contains(&b);
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(fine) {
        return Err(KeyError::Name);
    }
    Ok(())
}

/// The parts of `name+hash+base64(algorithm || value)`; the caller checks the hash.
fn split(text: &str) -> Result<(&str, &str, Vec<u8>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(payload)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Malformed);
    };
    let payload = BASE64.decode(payload).map_err(|_| KeyError::Malformed)?;
    Ok((name, hash, payload))
}

/// The 32 bytes of an Ed25519 key or seed.
fn value(algorithm: u8, payload: &[u8]) -> Result<[u8; 32], KeyError> {
    match payload.split_first() {
        Some((&first, value)) if first == algorithm => value.try_into().map_err(|_| KeyError::Malformed),
        Some((&other, _)) => Err(KeyError::Algorithm(other)),
        None => Err(KeyError::Malformed),
    }
}

fn payload(algorithm: u8, key: &VerifyingKey) -> [u8; 33] {
    let mut bytes = [algorithm; 33];
    bytes[1..].copy_from_slice(key.as_bytes());
    bytes
}

/// C2SP signed-note key id: the first four bytes of SHA-256(name || LF || algorithm || key).
fn note_id(name: &str, payload: &[u8]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(payload).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

fn note_hash(name: &str, payload: &[u8]) -> String {
    hex::encode(note_id(name, payload))
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_text(ED25519, text)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(ED25519))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(secret of {})", self.public())
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, payload: &[u8]) -> String {
        format!("{name}+{}+{}", note_hash(name, payload), BASE64.encode(payload))
    }

    #[test]
    fn reads_and_writes_the_verifier_keys_of_transparency_logs() {
        // Published by Go's note package and by sum.golang.org.
        for text in [
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        ] {
            assert_eq!(text.parse::<PublicKey>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_key_changed_anywhere_is_no_key() {
        let text = SigningKey::from_seed("desk.example", &[1; 32]).unwrap().public().to_string();
        for at in 0..text.len() {
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(changed.parse::<PublicKey>().is_err(), "{changed}");
            }
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_key() {
        let parse = |text: &str| text.parse::<PublicKey>().unwrap_err();
        assert_eq!(parse(""), KeyError::Malformed);
        assert_eq!(parse("a+b"), KeyError::Malformed);
        assert_eq!(parse(&named("a", &[1; 32])), KeyError::Malformed);
        assert_eq!(parse(&named("a b", &[1; 33])), KeyError::Name);
        assert_eq!(parse(&named("", &[1; 33])), KeyError::Name);
        assert_eq!(parse(&named("李", &[1; 33])), KeyError::Name);
        assert_eq!(parse(&named("a", &[6; 33])), KeyError::Algorithm(6));
    }

    #[test]
    fn keys_of_small_order_are_refused() {
        let mut order_two = [0xff; 32]; // y = -1
        order_two[0] = 0xec;
        order_two[31] = 0x7f;
        let mut identity = [0; 32]; // y = 1
        identity[0] = 1;
        for point in [order_two, identity, [0; 32]] {
            let mut payload = [ED25519; 33];
            payload[1..].copy_from_slice(&point);
            let weak = named("a", &payload).parse::<PublicKey>();
            assert_eq!(weak, Err(KeyError::Unsound));
        }
    }

    #[test]
    fn a_signing_key_survives_its_file_and_a_mistyped_one_does_not() {
        let key = SigningKey::from_seed("desk.example", &[9; 32]).unwrap();
        let line = key.to_line();
        assert!(line.starts_with("cease-signing-key-v1 desk.example+") && line.ends_with('\n'));
        assert_eq!(SigningKey::from_line(&line).unwrap().public(), key.public());
        let other = SigningKey::from_seed("desk.example", &[8; 32]).unwrap().to_line();
        let (head, _) = line.rsplit_once('+').unwrap();
        let (_, tail) = other.rsplit_once('+').unwrap();
        let mixed = SigningKey::from_line(&format!("{head}+{tail}"));
        assert_eq!(mixed.unwrap_err(), KeyError::Hash);
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = SigningKey::from_seed("desk.example", &[9; 32]).unwrap();
        let shown = format!("{key:?}");
        assert!(!shown.contains(&BASE64.encode([9; 32])[..20]));
        assert!(!shown.contains(&hex::encode([9; 4])) && !shown.contains("9, 9"));
    }

    #[test]
    fn fingerprints_are_grouped_and_depend_on_name_and_key() {
        let print = |name, seed| SigningKey::from_seed(name, &[seed; 32]).unwrap().public().fingerprint();
        let one = print("a", 1);
        assert_eq!((one.len(), one.matches('-').count()), (39, 7));
        assert_ne!(one, print("b", 1));
        assert_ne!(one, print("a", 2));
    }
}
