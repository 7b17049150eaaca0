//! What a relying party must check of a passkey (W3C WebAuthn level 3, sections 7.1 and 7.2). No I/O, no clock, no
//! chance: challenge and stored key are arguments, and which account a key is of is the caller's to know.
//!
//! Asked for is the strictest there is: the person verified by their authenticator, always, so that a passkey is both
//! factors; no attestation, because we trust no maker more than another; ES256, EdDSA and RS256, which every
//! authenticator has one of; no page of another site around ours.
//!
//! **Why of our own.** The crates that do this bring more than they take off: `webauthn-rs` needs OpenSSL;
//! `webauthn_rp` compiles for 26 seconds on one core beyond what is here already, `rsa` among it (RUSTSEC-2023-0071)
//! and a second Ed25519. What is needed of the standard is one page; signatures are `ring`'s, which TLS brings, and
//! CBOR is `minicbor`'s, under a second. The standard's own test vectors are among the tests.

mod data;
mod key;
#[cfg(any(test, feature = "soft"))]
pub mod soft;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use data::AuthData;
pub use key::{ALGORITHMS, Key};

/// Longest id of a credential (section 4, Credential ID).
pub const ID_MAX: usize = 1023;
/// Longest of anything a browser sends here; real ones have less than three thousand bytes.
const SENT_MAX: usize = 16 * 1024;

/// Why an answer is not taken. For logs and tests: whoever asks is told one thing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("it cannot be read")]
    Unreadable,
    /// Made for registering where signing in was asked, or the other way round.
    #[error("it was made for something else")]
    Type,
    #[error("it answers another challenge")]
    Challenge,
    #[error("it was made at another origin, or within a page of one")]
    Origin,
    #[error("it is of another relying party")]
    Party,
    #[error("nobody touched the authenticator")]
    NotPresent,
    #[error("the authenticator did not verify who is there")]
    NotVerified,
    #[error("its flags contradict each other")]
    Flags,
    #[error("an attestation that was not asked for")]
    Attestation,
    #[error("a key of a kind that was not asked for")]
    Key,
    #[error("the signature is not right")]
    Signature,
}

/// Who asks: the domain that passkeys are bound to, and the one origin they are used at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub id: String,
    pub origin: String,
}

impl Party {
    /// From the desk's address. An IP address is no domain, so there are no passkeys at one; but this machine has the
    /// name `localhost`, which browsers take without TLS.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
            Some(_) | None => (authority.as_str(), None),
        };
        let (id, default) = match scheme {
            "https" => (host, "443"),
            "http" if matches!(host, "localhost" | "127.0.0.1" | "[::1]") => ("localhost", "80"),
            _ => return None,
        };
        let label = |l: &str| {
            (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let last = id.rsplit('.').next()?;
        if !id.split('.').all(label) || last.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let port = port.filter(|p| *p != default).map(|p| format!(":{p}")).unwrap_or_default();
        Some(Self { origin: format!("{scheme}://{id}{port}"), id: id.to_owned() })
    }
}

/// Which ceremony an answer is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    Create,
    Get,
}

/// What the browser says that it was asked (section 5.8.1). Not believed: the challenge in it is looked up.
#[derive(Clone, Debug)]
pub struct ClientData {
    pub challenge: [u8; 32],
    said: Said,
    hash: [u8; 32],
}

#[derive(Clone, Debug, Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

impl ClientData {
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        if bytes.len() > SENT_MAX {
            return Err(Wrong::Unreadable);
        }
        let said: Said = serde_json::from_slice(bytes).map_err(|_| Wrong::Unreadable)?;
        let challenge = URL_SAFE_NO_PAD.decode(&said.challenge).map_err(|_| Wrong::Challenge)?;
        let challenge = challenge.try_into().map_err(|_| Wrong::Challenge)?;
        Ok(Self { challenge, said, hash: sha256(bytes) })
    }

    fn check(&self, party: &Party, ceremony: Ceremony, challenge: &[u8; 32]) -> Result<(), Wrong> {
        let kind = match ceremony {
            Ceremony::Create => "webauthn.create",
            Ceremony::Get => "webauthn.get",
        };
        if self.said.kind != kind {
            return Err(Wrong::Type);
        }
        if self.challenge != *challenge {
            return Err(Wrong::Challenge);
        }
        if self.said.origin != party.origin || self.said.cross_origin || self.said.top_origin.is_some() {
            return Err(Wrong::Origin);
        }
        Ok(())
    }
}

/// A new passkey, as it is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    pub id: Vec<u8>,
    /// The public key as COSE has it; [`Key::read`] reads it again.
    pub key: Vec<u8>,
    pub count: u32,
}

/// Checks what came of `navigator.credentials.create` (section 7.1). `challenge` is the one that this browser was given
/// for exactly this. Whether the id is new, the caller must see.
pub fn registered(party: &Party, challenge: &[u8; 32], client: &ClientData, attestation: &[u8]) -> Result<New, Wrong> {
    client.check(party, Ceremony::Create, challenge)?;
    if attestation.len() > SENT_MAX {
        return Err(Wrong::Unreadable);
    }
    let data = AuthData::read(data::attested(attestation)?)?;
    data.check(party)?;
    let new = data.new.ok_or(Wrong::Unreadable)?;
    Key::read(new.key)?;
    Ok(New { id: new.id.to_vec(), key: new.key.to_vec(), count: data.count })
}

/// Checks what came of `navigator.credentials.get` (section 7.2) under the key that is kept for the credential; answers
/// the authenticator's count of signatures. That it has grown, the caller must see: only the store can say so once.
pub fn asserted(
    party: &Party,
    challenge: &[u8; 32],
    client: &ClientData,
    key: &[u8],
    auth_data: &[u8],
    signature: &[u8],
) -> Result<u32, Wrong> {
    client.check(party, Ceremony::Get, challenge)?;
    if auth_data.len() > SENT_MAX || signature.len() > SENT_MAX {
        return Err(Wrong::Unreadable);
    }
    let data = AuthData::read(auth_data)?;
    data.check(party)?;
    Key::read(key)?.verify(&[auth_data, &client.hash].concat(), signature)?;
    Ok(data.count)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
