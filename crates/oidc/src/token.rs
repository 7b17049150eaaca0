//! The ID token (OpenID Connect Core 1.0, sections 2 and 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::Wrong;
use crate::key::{Algorithm, Keys};

/// Longest token; one with hundreds of groups has some twenty thousand characters.
const TOKEN_MAX: usize = 64 * 1024;
/// A token that comes straight from the provider is as good as new: this many seconds, and the skew.
const AGE_MAX: i64 = 600;
/// Longest subject (section 2).
const SUBJECT_MAX: usize = 255;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    /// How far, in seconds, the provider's clock may be from ours.
    pub skew: i64,
    /// The person must have been asked for what they sign in with at this time or later.
    pub asked_since: i64,
    /// In one of these ways (`acr`); empty: in any.
    pub acr: &'a [String],
    /// By at least one of these (`amr`); empty: by any.
    pub amr: &'a [String],
}

/// What a token that is right says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    pub subject: String,
    /// When the person was last asked, in seconds since 1970.
    pub auth_time: i64,
    pub name: Option<String>,
    /// Only one that the provider has verified.
    pub email: Option<String>,
    pub locale: Option<String>,
    all: Value,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// `aud` may be one or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct Said {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    // Seconds, which a JSON number may have with a point in it.
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    nonce: Option<String>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    name: Option<String>,
    email: Option<String>,
    email_verified: Option<Value>,
    locale: Option<String>,
}

/// Verifies a token that came from the token endpoint in answer to our own request.
pub fn verify(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, Wrong> {
    if token.len() > TOKEN_MAX {
        return Err(Wrong::Unreadable);
    }
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Wrong::Unreadable);
    };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Wrong::Unreadable);
    let header: Header = serde_json::from_slice(&decode(head)?).map_err(|_| Wrong::Unreadable)?;
    if header.crit.is_some() {
        return Err(Wrong::Critical);
    }
    // A token for something else (an access token, say) says so.
    if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(Wrong::Unreadable);
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(Wrong::Algorithm)?;
    let signed = &token[..head.len() + 1 + body.len()];
    keys.verify(header.kid.as_deref(), algorithm, signed.as_bytes(), &decode(signature)?)?;
    let body = decode(body)?;
    let said: Said = serde_json::from_slice(&body).map_err(|_| Wrong::Unreadable)?;
    said.check(expected)?;
    let all = serde_json::from_slice(&body).map_err(|_| Wrong::Unreadable)?;
    said.claims(all)
}

impl Said {
    fn check(&self, expected: &Expected<'_>) -> Result<(), Wrong> {
        if self.iss != expected.issuer {
            return Err(Wrong::Issuer);
        }
        // Nobody else is trusted with a token of ours, so there is one audience.
        let alone = match &self.aud {
            Audience::One(one) => one == expected.client_id,
            Audience::Several(several) => matches!(&several[..], [one] if one == expected.client_id),
        };
        if !alone || self.azp.as_ref().is_some_and(|azp| azp != expected.client_id) {
            return Err(Wrong::Audience);
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(Wrong::Nonce);
        }
        let (now, skew) = (expected.now as f64, expected.skew as f64);
        let fresh = self.iat <= now + skew && self.iat >= now - AGE_MAX as f64 - skew;
        if !(now < self.exp + skew && fresh && self.nbf.is_none_or(|nbf| nbf <= now + skew)) {
            return Err(Wrong::Time);
        }
        let asked = self.auth_time.ok_or(Wrong::AuthTime)?;
        if !(asked >= expected.asked_since as f64 - skew && asked <= now + skew) {
            return Err(Wrong::AuthTime);
        }
        let acr = expected.acr.is_empty() || self.acr.as_ref().is_some_and(|acr| expected.acr.contains(acr));
        let amr = expected.amr.is_empty() || self.amr.iter().any(|amr| expected.amr.contains(amr));
        if !acr || !amr {
            return Err(Wrong::Strength);
        }
        if self.sub.is_empty() || self.sub.len() > SUBJECT_MAX || self.sub.chars().any(char::is_control) {
            return Err(Wrong::Subject);
        }
        Ok(())
    }

    fn claims(self, all: Value) -> Result<Claims, Wrong> {
        let verified = matches!(&self.email_verified, Some(Value::Bool(true)));
        Ok(Claims {
            subject: self.sub,
            auth_time: self.auth_time.ok_or(Wrong::AuthTime)? as i64,
            name: self.name,
            email: self.email.filter(|_| verified),
            locale: self.locale,
            all,
        })
    }
}

impl Claims {
    /// The groups in a claim: a text or a list of texts. A dot leads into an object (`realm_access.roles`), unless a
    /// claim has that whole name.
    pub fn groups(&self, claim: &str) -> Vec<&str> {
        let found = self.all.get(claim).or_else(|| claim.split('.').try_fold(&self.all, |at, part| at.get(part)));
        match found {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
        }
    }
}
