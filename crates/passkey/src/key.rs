//! Public keys as COSE has them (RFC 9053, section 2 and 7; RFC 8230 for RSA), with exactly the parameters that their
//! kind needs, as WebAuthn (section 6.5.1.1) wants it.

use minicbor::Decoder;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::Wrong;

/// What is asked for, the best liked first: ES256, EdDSA, RS256 (the registry of COSE algorithms).
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Parameters of the largest kind.
const PARAMETERS: u64 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    Es256 { x: &'a [u8], y: &'a [u8] },
    EdDsa { x: &'a [u8] },
    Rs256 { n: &'a [u8], e: &'a [u8] },
}

impl<'a> Key<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Wrong> {
        let found = Parameters::read(bytes)?;
        let p256 = |b: &[u8]| b.len() == 32;
        match found {
            Parameters { kty: Some(2), alg: Some(-7), curve: Some(1), x: Some(x), y: Some(y), n: None, e: None }
                if p256(x) && p256(y) =>
            {
                Ok(Key::Es256 { x, y })
            }
            Parameters { kty: Some(1), alg: Some(-8), curve: Some(6), x: Some(x), y: None, n: None, e: None }
                if x.len() == 32 =>
            {
                Ok(Key::EdDsa { x })
            }
            // 2048 to 8192 bits; `ring` looks closer.
            Parameters { kty: Some(3), alg: Some(-257), curve: None, x: None, y: None, n: Some(n), e: Some(e) }
                if (256..=1024).contains(&n.len()) && (1..=8).contains(&e.len()) =>
            {
                Ok(Key::Rs256 { n, e })
            }
            Parameters { .. } => Err(Wrong::Key),
        }
    }

    pub fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Wrong> {
        let right = match *self {
            Key::Es256 { x, y } => {
                let point = [&[4], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(signed, signature)
            }
            Key::EdDsa { x } => UnparsedPublicKey::new(&ED25519, x).verify(signed, signature),
            Key::Rs256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
        };
        right.map_err(|_| Wrong::Signature)
    }
}

#[derive(Default)]
struct Parameters<'a> {
    kty: Option<i64>,
    alg: Option<i64>,
    curve: Option<i64>,
    x: Option<&'a [u8]>,
    y: Option<&'a [u8]>,
    n: Option<&'a [u8]>,
    e: Option<&'a [u8]>,
}

impl<'a> Parameters<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Wrong> {
        let mut found = Parameters::default();
        let mut decoder = Decoder::new(bytes);
        let many = decoder.map()?.filter(|many| *many <= PARAMETERS).ok_or(Wrong::Key)?;
        for _ in 0..many {
            // −1 and −2 mean one thing for RSA and another for curves; `kty`, which says which, comes before them in
            // the canonical order (CTAP2), and no other is taken.
            match (decoder.i64()?, found.kty) {
                (1, None) => found.kty = Some(decoder.i64()?),
                (3, _) if found.alg.is_none() => found.alg = Some(decoder.i64()?),
                (-1, Some(3)) if found.n.is_none() => found.n = Some(decoder.bytes()?),
                (-2, Some(3)) if found.e.is_none() => found.e = Some(decoder.bytes()?),
                (-1, Some(1 | 2)) if found.curve.is_none() => found.curve = Some(decoder.i64()?),
                (-2, Some(1 | 2)) if found.x.is_none() => found.x = Some(decoder.bytes()?),
                (-3, Some(2)) if found.y.is_none() => found.y = Some(decoder.bytes()?),
                _ => return Err(Wrong::Key),
            }
        }
        if decoder.position() == bytes.len() { Ok(found) } else { Err(Wrong::Key) }
    }
}
