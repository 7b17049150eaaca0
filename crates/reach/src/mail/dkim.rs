//! Signatures over outgoing mail (DKIM: RFC 6376, and RFC 8463 for Ed25519), so that a receiver can tell
//! that a letter is the operator's. Headers and body are signed in their relaxed form.
//!
//! An Ed25519 key needs no care. Most large receivers verify RSA only as yet: where there is an RSA key
//! too, every letter has both signatures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use case::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest, Sha256};

use super::never;
use crate::Failure;

/// Signed where they are there; From twice, so that no second one can be put in front.
const HEADERS: [&str; 12] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "auto-submitted",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// Signs for one domain. Without a key it signs nothing.
#[derive(Default)]
pub struct Dkim {
    domain: String,
    keys: Vec<(String, Key)>,
}

enum Key {
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Dkim {
    pub fn new(domain: &str) -> Self {
        Self { domain: domain.to_ascii_lowercase(), keys: Vec::new() }
    }

    /// Adds an Ed25519 key, published under `selector`.
    pub fn ed25519(mut self, selector: &str, seed: &[u8]) -> Result<Self, Failure> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| never("the DKIM key is not 32 bytes"))?;
        self.keys.push((selector.to_owned(), Key::Ed25519(key)));
        Ok(self)
    }

    /// Adds an RSA key of 2,048 bits or more, as `openssl genpkey` or `openssl genrsa` writes it.
    pub fn rsa(mut self, selector: &str, pem: &str) -> Result<Self, Failure> {
        let bad = || never("the RSA key for DKIM is not an unencrypted PEM key of 2,048 bits or more");
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let der = STANDARD.decode(body).map_err(|_| bad())?;
        let key = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).map_err(|_| bad())?;
        self.keys.push((selector.to_owned(), Key::Rsa(key)));
        Ok(self)
    }

    /// What has to be published: names and TXT values.
    pub fn records(&self) -> Vec<(String, String)> {
        let record = |(selector, key): &(String, Key)| {
            let (kind, public) = match key {
                Key::Ed25519(key) => ("ed25519", key.public_key().as_ref().to_vec()),
                Key::Rsa(key) => ("rsa", public_key_info(key.public_key().as_ref())),
            };
            let name = format!("{selector}._domainkey.{}", self.domain);
            (name, format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public)))
        };
        self.keys.iter().map(record).collect()
    }

    /// The message with a signature by each key in front. One that cannot be signed goes as it is.
    pub fn sign(&self, message: Vec<u8>, now: Timestamp) -> Vec<u8> {
        let Some(split) = message.windows(4).position(|w| w == b"\r\n\r\n") else { return message };
        let (head, body) = (&message[..split + 2], &message[split + 4..]);
        let mut signed = Vec::with_capacity(message.len() + 1_024 * self.keys.len());
        for (selector, key) in &self.keys {
            match self.signature(selector, key, head, body, now) {
                Some(signature) => signed.extend_from_slice(signature.as_bytes()),
                None => return message,
            }
        }
        signed.extend_from_slice(&message);
        signed
    }

    fn signature(&self, selector: &str, key: &Key, head: &[u8], body: &[u8], now: Timestamp) -> Option<String> {
        let fields = fields(std::str::from_utf8(head).ok()?);
        let (mut names, mut to_sign) = (Vec::new(), String::new());
        for name in HEADERS {
            // Of several, the last one counts.
            if let Some((_, value)) = fields.iter().rev().find(|(n, _)| n == name) {
                names.push(name);
                to_sign.push_str(&format!("{name}:{value}\r\n"));
            }
        }
        names.push("from");
        let kind = match key {
            Key::Ed25519(_) => "ed25519-sha256",
            Key::Rsa(_) => "rsa-sha256",
        };
        let body = STANDARD.encode(Sha256::digest(relaxed_body(body)));
        let value = format!(
            "v=1; a={kind}; c=relaxed/relaxed; d={}; s={selector}; t={};\r\n\th={};\r\n\tbh={body};\r\n\tb=",
            self.domain,
            now.as_second(),
            names.join(":\r\n\t ")
        );
        to_sign.push_str(&format!("dkim-signature:{}", relaxed_value(&value)));
        let signature = match key {
            Key::Ed25519(key) => key.sign(&Sha256::digest(to_sign.as_bytes())).as_ref().to_vec(),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), to_sign.as_bytes(), &mut signature).ok()?;
                signature
            }
        };
        let signature = STANDARD.encode(signature);
        let folded: Vec<&str> = signature.as_bytes().chunks(70).filter_map(|c| std::str::from_utf8(c).ok()).collect();
        Some(format!("DKIM-Signature: {value}{}\r\n", folded.join("\r\n\t ")))
    }
}

/// Header fields in their relaxed form: name in small letters, value unfolded.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut whole: Vec<String> = Vec::new();
    for line in head.split_inclusive("\r\n") {
        match whole.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            Some(_) | None => whole.push(line.to_owned()),
        }
    }
    let field = |line: String| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), relaxed_value(value)))
    };
    whole.into_iter().filter_map(field).collect()
}

fn relaxed_value(value: &str) -> String {
    value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut empty = 0;
    for line in body.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut kept = Vec::with_capacity(line.len());
        for &byte in line {
            match (byte, kept.last()) {
                (b' ' | b'\t', Some(b' ')) => {}
                (b' ' | b'\t', _) => kept.push(b' '),
                _ => kept.push(byte),
            }
        }
        if kept.last() == Some(&b' ') {
            kept.pop();
        }
        if kept.is_empty() {
            empty += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty) {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(&kept);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// SubjectPublicKeyInfo (RFC 5280) around an RSA public key.
fn public_key_info(pkcs1: &[u8]) -> Vec<u8> {
    const RSA: [u8; 15] = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
    let bits = der(3, &[&[0], pkcs1].concat());
    der(0x30, &[&RSA[..], &bits].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|b| *b == 0).collect();
    let mut out = vec![tag];
    if content.len() < 128 {
        out.push(content.len() as u8);
    } else {
        out.push(0x80 | length.len() as u8);
        out.extend(length);
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body and header examples of RFC 6376, 3.4.5.
    #[test]
    fn the_relaxed_form_is_that_of_the_standard() {
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        assert_eq!(relaxed_body(b""), b"");
        assert_eq!(relaxed_body(b"\r\n\r\n"), b"");
        assert_eq!(relaxed_body(b"a\r\n\r\nb"), b"a\r\n\r\nb\r\n");
        let expect = vec![("a".to_owned(), "X".to_owned()), ("b".to_owned(), "Y Z".to_owned())];
        assert_eq!(fields("A: X\r\nB : Y\t\r\n\tZ  \r\n"), expect);
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_no_key_signs_nothing() {
        assert!(
            Dkim::new("a.example").rsa("s", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").is_err()
        );
        assert!(Dkim::new("a.example").ed25519("s", &[1; 31]).is_err());
        let message = b"From: a@a.example\r\n\r\nx\r\n".to_vec();
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(Dkim::default().sign(message.clone(), now), message);
        let signed = Dkim::new("A.example").ed25519("s", &[1; 32]).unwrap().sign(message.clone(), now);
        assert!(signed.starts_with(b"DKIM-Signature: v=1; a=ed25519-sha256;") && signed.ends_with(&message));
    }
}
