//! The provider's public keys, as JSON Web Keys (RFC 7517, 7518 section 6, RFC 8037). What is not for signatures, or not
//! of a kind that is taken, is left out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

use crate::Wrong;

/// Keys that are read of a set; real ones have fewer than ten.
const MOST: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Algorithm::Rs256),
            "ES256" => Some(Algorithm::Es256),
            // The second is its fully specified name (RFC 9864).
            "EdDSA" | "Ed25519" => Some(Algorithm::EdDsa),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { point: Vec<u8> },
    Ed25519 { x: Vec<u8> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    id: Option<String>,
    public: Public,
}

impl Key {
    /// A key has one algorithm, whatever a token says.
    fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Rsa { .. } => Algorithm::Rs256,
            Public::P256 { .. } => Algorithm::Es256,
            Public::Ed25519 { .. } => Algorithm::EdDsa,
        }
    }

    fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Wrong> {
        let right = match &self.public {
            Public::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
            Public::P256 { point } => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature),
            Public::Ed25519 { x } => UnparsedPublicKey::new(&ED25519, x).verify(signed, signature),
        };
        right.map_err(|_| Wrong::Signature)
    }
}

/// A provider's set of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwk {
    fn key(self) -> Option<Key> {
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let public = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", None) => {
                let (n, e) = (bytes(&self.n)?, bytes(&self.e)?);
                // 2048 to 8192 bits; `ring` looks closer.
                if !(256..=1024).contains(&n.len()) || !(1..=8).contains(&e.len()) {
                    return None;
                }
                Public::Rsa { n, e }
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
                if (x.len(), y.len()) != (32, 32) {
                    return None;
                }
                Public::P256 { point: [&[4], &x[..], &y[..]].concat() }
            }
            ("OKP", Some("Ed25519")) => {
                let x = bytes(&self.x).filter(|x| x.len() == 32)?;
                Public::Ed25519 { x }
            }
            _ => return None,
        };
        let key = Key { id: self.kid, public };
        let named = self.alg.as_deref().is_none_or(|alg| Algorithm::named(alg) == Some(key.algorithm()));
        (signs && named).then_some(key)
    }
}

impl Keys {
    /// Reads a set (JWKS). A key of an unknown kind is no mistake; a set in which none can be used is.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let set: Set = serde_json::from_slice(bytes).map_err(|_| Wrong::Unreadable)?;
        let read = |jwk| serde_json::from_value::<Jwk>(jwk).ok()?.key();
        let keys: Vec<Key> = set.keys.into_iter().take(MOST).filter_map(read).collect();
        if keys.is_empty() { Err(Wrong::UnknownKey) } else { Ok(Self(keys)) }
    }

    pub fn many(&self) -> usize {
        self.0.len()
    }

    /// Verifies under the key of this id. Without one, only a set that leaves no choice will do.
    pub(crate) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), Wrong> {
        let named: Vec<&Key> = match id {
            Some(_) => self.0.iter().filter(|key| key.id.as_deref() == id).collect(),
            None => self.0.iter().filter(|key| key.algorithm() == algorithm).collect(),
        };
        if named.is_empty() || id.is_none() && named.len() > 1 {
            return Err(Wrong::UnknownKey);
        }
        match named.iter().find(|key| key.algorithm() == algorithm) {
            Some(key) => key.verify(signed, signature),
            None => Err(Wrong::Algorithm),
        }
    }
}
