//! An authenticator in software, for tests: it makes passkeys and answers with them, and does whatever wrong thing a
//! test asks of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};

use crate::{Party, sha256};

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// One passkey and the machine that holds it. What it says of itself is public, so that a test can have it lie.
pub struct Soft {
    pair: Pair,
    random: SystemRandom,
    pub party: Party,
    pub id: Vec<u8>,
    /// Present and verified, unless a test wants otherwise.
    pub flags: u8,
    /// Grows with each answer, unless it is zero.
    pub count: u32,
    pub user: Vec<u8>,
}

/// What a browser would send.
#[derive(Clone, Debug)]
pub struct Answer {
    pub client: Vec<u8>,
    pub data: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Soft {
    /// With an ES256 key, or an EdDSA one. `seed` names it.
    pub fn new(party: &Party, seed: u8, ed_dsa: bool) -> Self {
        let random = SystemRandom::new();
        let pair = if ed_dsa {
            Pair::EdDsa(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("any seed will do"))
        } else {
            let kind = &ECDSA_P256_SHA256_ASN1_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("the machine has chance");
            Pair::Es256(EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).expect("it was just made"))
        };
        Self { pair, random, party: party.clone(), id: vec![seed; 16], flags: 0b101, count: 1, user: Vec::new() }
    }

    /// The public key as COSE has it.
    pub fn key(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Es256(pair) => {
                let point = pair.public_key().as_ref();
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], &point[1..33], &[0x22, 0x58, 32], &point[33..]]
                    .concat()
            }
            Pair::EdDsa(pair) => [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32], pair.public_key().as_ref()].concat(),
        }
    }

    /// Client data, as browsers write it.
    pub fn client(&self, kind: &str, challenge: &[u8; 32]) -> Vec<u8> {
        let (challenge, origin) = (URL_SAFE_NO_PAD.encode(challenge), &self.party.origin);
        format!(r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
            .into_bytes()
    }

    fn head(&self, more: u8) -> Vec<u8> {
        [&sha256(self.party.id.as_bytes())[..], &[self.flags | more], &self.count.to_be_bytes()].concat()
    }

    /// Client data and attestation object.
    pub fn create(&self, challenge: &[u8; 32]) -> (Vec<u8>, Vec<u8>) {
        let length = u16::try_from(self.id.len()).unwrap_or(u16::MAX).to_be_bytes();
        let data = [&self.head(0x40)[..], &[0; 16], &length, &self.id, &self.key()].concat();
        (self.client("create", challenge), attestation("none", &data))
    }

    pub fn get(&mut self, challenge: &[u8; 32]) -> Answer {
        let client = self.client("get", challenge);
        self.sign(client)
    }

    /// Answers whatever it is told that the browser was asked.
    pub fn sign(&mut self, client: Vec<u8>) -> Answer {
        if self.count > 0 {
            self.count += 1;
        }
        let data = self.head(0);
        let signed = [&data[..], &sha256(&client)].concat();
        let signature = match &self.pair {
            Pair::Es256(pair) => pair.sign(&self.random, &signed).expect("the machine has chance").as_ref().to_vec(),
            Pair::EdDsa(pair) => pair.sign(&signed).as_ref().to_vec(),
        };
        Answer { client, data, signature }
    }
}

/// An attestation object without a statement.
pub fn attestation(format: &str, data: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[0x60 | u8::try_from(text.len()).unwrap_or(23)], text.as_bytes()].concat();
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[0xa3][..], &text("fmt"), &text(format), &text("attStmt"), &[0xa0], &text("authData"), &[0x59], &length, data]
        .concat()
}
