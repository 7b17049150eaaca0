//! What somebody tells us by themselves, signed as [Standard Webhooks](https://www.standardwebhooks.com) have it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use case::Timestamp;
use jiff::SignedDuration;
use ring::hmac;

use crate::secret::Secret;

/// How far a webhook's time may be from ours (Standard Webhooks recommend five minutes).
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Why a webhook is not believed. None tells its sender which part was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untrue {
    /// A header is missing or none at all.
    Unsigned,
    /// Too old, or from the future.
    Stale,
    Signature,
}

/// Knows whether a webhook was signed with this secret.
pub struct Signed {
    key: hmac::Key,
}

impl Signed {
    /// `whsec_…`. What is wrong is said with its key in the configuration.
    pub fn new(secret: &Secret) -> Result<Self, String> {
        let text = secret.read().map_err(|why| format!("webhook: {why}"))?;
        let key = STANDARD.decode(text.trim().strip_prefix("whsec_").unwrap_or(text.trim()));
        let key = key.ok().filter(|key| (24..=64).contains(&key.len()));
        let key = key.ok_or("webhook is whsec_ and 24 to 64 bytes in base 64")?;
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key) })
    }

    /// What the signature must be, as `v1,…`.
    pub fn signature(&self, id: &str, seconds: &str, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(hmac::sign(&self.key, &whole(id, seconds, body))))
    }

    /// Whether it was sent just now by who knows the secret, and when: id, time and body are signed. That it came once
    /// only is for who keeps the ids. Several signatures may stand beside each other, while a key is changed.
    pub fn believe(
        &self,
        id: &str,
        seconds: &str,
        signatures: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Timestamp, Untrue> {
        if id.is_empty() || id.len() > 200 || signatures.is_empty() || signatures.len() > 2000 {
            return Err(Untrue::Unsigned);
        }
        let sent = seconds.parse().ok().and_then(|s| Timestamp::from_second(s).ok()).ok_or(Untrue::Unsigned)?;
        let whole = whole(id, seconds, body);
        let right = signatures
            .split(' ')
            .filter_map(|one| one.strip_prefix("v1,"))
            .any(|one| STANDARD.decode(one).is_ok_and(|given| hmac::verify(&self.key, &whole, &given).is_ok()));
        if !right {
            return Err(Untrue::Signature);
        }
        if now.duration_since(sent).abs() > TOLERANCE { Err(Untrue::Stale) } else { Ok(sent) }
    }
}

/// What is signed: name, time and body, with dots between.
fn whole(id: &str, seconds: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", seconds.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn a_webhook_is_believed_when_it_is_signed_and_fresh() {
        let secret: Secret = serde_json::from_str("\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"").unwrap();
        let hook = Signed::new(&secret).ok().unwrap();
        let (id, seconds, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(hook.signature(id, seconds, body), good);
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        let later = |s: i64| now + SignedDuration::from_secs(s);
        assert_eq!(hook.believe(id, seconds, good, body, now), Ok(now));
        assert_eq!(hook.believe(id, seconds, &format!("v1,AAAA v1a,x {good}"), body, later(300)), Ok(now));
        assert_eq!(hook.believe(id, seconds, good, body, later(301)), Err(Untrue::Stale));
        assert_eq!(hook.believe(id, seconds, good, body, later(-301)), Err(Untrue::Stale));
        for (id, seconds, body) in [("msg_other", seconds, &body[..]), (id, "1614265331", body), (id, seconds, b"{}")] {
            assert_eq!(hook.believe(id, seconds, good, body, now), Err(Untrue::Signature));
        }
        for (id, seconds, signatures) in [("", seconds, good), (id, "soon", good), (id, seconds, "")] {
            assert_eq!(hook.believe(id, seconds, signatures, body, now), Err(Untrue::Unsigned));
        }
        assert_eq!(hook.believe(id, seconds, "v2,g0hM9SsE", body, now), Err(Untrue::Signature));
    }
}
