//! What a client must check of an OpenID provider's answer (OpenID Connect Core 1.0, section 3.1.3.7; RFC 7515, 7518,
//! 7519, 7636, 8037, 9207; BCP 225 for what goes wrong with JWTs). No I/O, no clock, no chance: keys, time and nonce are
//! arguments, and who fetches them is the caller.
//!
//! Taken is the least that all providers have: the authorization code flow, ID tokens signed with RS256, ES256 or EdDSA
//! under a key of the provider's set, for this client alone. Which algorithm counts is the key's to say, never the
//! token's, so `none` and HMAC under a public key cannot come up.
//!
//! **Why of our own.** `openidconnect` brings an HTTP client of its own, `rsa` (RUSTSEC-2023-0071), `p256`, `p384` and
//! a second Ed25519 for what is two pages here; signatures are `ring`'s, which TLS brings.

mod discovery;
mod key;
#[cfg(any(test, feature = "soft"))]
pub mod soft;
#[cfg(test)]
mod tests;
mod token;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

pub use discovery::{ClientAuth, Discovery, Unfit};
pub use key::{Algorithm, Keys};
pub use token::{Claims, Expected, verify};

/// Why a token is not taken. For logs and tests: whoever signs in is told one thing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("it cannot be read")]
    Unreadable,
    #[error("it has an extension that must be understood, and is not")]
    Critical,
    #[error("its algorithm is none that is taken, or not its key's")]
    Algorithm,
    /// The set of keys may be old: worth fetching once more.
    #[error("its key is not in the provider's set")]
    UnknownKey,
    #[error("the signature is not right")]
    Signature,
    #[error("it is another issuer's")]
    Issuer,
    #[error("it is not for this client, or not for it alone")]
    Audience,
    #[error("it answers another request")]
    Nonce,
    #[error("it is too old, or from the future")]
    Time,
    #[error("it does not say when the person was last asked, or that is too long ago")]
    AuthTime,
    #[error("the person was not asked as strongly as is wanted")]
    Strength,
    #[error("it does not say of whom it is")]
    Subject,
}

/// The challenge to a verifier (RFC 7636, S256).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()))
}

/// What a person is known by here: nothing but issuer and subject ever names one (section 2 and 5.7).
pub fn identity(issuer: &str, subject: &str) -> [u8; 32] {
    let mut whole = b"cease/oidc/v1".to_vec();
    for part in [issuer, subject] {
        whole.extend((part.len() as u64).to_be_bytes());
        whole.extend(part.as_bytes());
    }
    sha256(&whole)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
