//! A provider in software, for tests: it keeps to the standard, and does whatever wrong thing a test asks of it.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Map, Value, json};

use crate::challenge;

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Right,
    /// Not at all, and says so.
    None,
    /// By HMAC, under the text of the public key.
    PublicKeyAsSecret,
    /// Under a key that the set does not have, with the right id.
    OtherKey,
    /// Rightly, but its head has another algorithm.
    Confused,
}

/// What a browser asked for, by the code that it was given.
#[derive(Clone, Debug)]
struct Grant {
    redirect: String,
    challenge: String,
    nonce: String,
    person: Map<String, Value>,
    auth_time: i64,
}

/// A provider with one client and one person in front of it. What it says of itself is public, so that a test can have
/// it lie.
pub struct Soft {
    pub issuer: String,
    pub client_id: String,
    pub secret: String,
    pub redirect: String,
    /// Claims of who is signed in at it (`sub`, `name`, `groups` …).
    pub person: Map<String, Value>,
    /// When they were last asked, in seconds since 1970; a request may want them asked again.
    pub asked_at: i64,
    /// It does not ask again, whatever a request wants.
    pub never_asks: bool,
    /// Written over the claims of each token; null takes one away.
    pub lies: Map<String, Value>,
    pub sign: Sign,
    /// What the newest key is called.
    pub key_id: String,
    pair: Pair,
    random: SystemRandom,
    codes: HashMap<String, Grant>,
    /// How often each code was tried.
    pub tried: u32,
    /// How often the set of keys was fetched.
    pub fetched: u32,
}

impl Soft {
    pub fn new(issuer: &str, redirect: &str) -> Self {
        let random = SystemRandom::new();
        let pair = es256(&random);
        let person = json!({ "sub": "u-1", "name": "Nora Beck", "groups": [] });
        Self {
            issuer: issuer.to_owned(),
            client_id: "desk".into(),
            secret: "a secret: of/the+desk&its own".into(),
            redirect: redirect.to_owned(),
            person: map(person),
            asked_at: 0,
            never_asks: false,
            lies: Map::new(),
            sign: Sign::Right,
            key_id: "key-1".into(),
            pair,
            random,
            codes: HashMap::new(),
            tried: 0,
            fetched: 0,
        }
    }

    pub fn person(&mut self, claims: Value) {
        self.person = map(claims);
    }

    pub fn lie(&mut self, claims: Value) {
        self.lies = map(claims);
    }

    /// A new key in place of the old one; EdDSA after ES256, and back.
    pub fn rotate(&mut self, id: &str) {
        self.key_id = id.to_owned();
        self.pair = match self.pair {
            Pair::Es256(_) => Pair::EdDsa(Ed25519KeyPair::from_seed_unchecked(&self.chance()).expect("32 bytes")),
            Pair::EdDsa(_) => es256(&self.random),
        };
    }

    fn chance(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes).expect("the system has chance");
        bytes
    }

    pub fn discovery(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": format!("{}/authorize", self.issuer),
            "token_endpoint": format!("{}/token", self.issuer),
            "jwks_uri": format!("{}/jwks", self.issuer),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "EdDSA"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    pub fn jwks(&mut self) -> Value {
        self.fetched += 1;
        json!({ "keys": [self.jwk()] })
    }

    fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Es256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.key_id,
                        "x": text(&point[1..33]), "y": text(&point[33..65]) })
            }
            Pair::EdDsa(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                                         "kid": self.key_id, "x": text(pair.public_key().as_ref()) }),
        }
    }

    /// What the person's browser is sent on to, when it comes with `query`; or why not.
    pub fn authorize(&mut self, query: &HashMap<String, String>, now: i64) -> Result<String, &'static str> {
        let said = |name: &str| query.get(name).cloned().unwrap_or_default();
        if said("client_id") != self.client_id || said("redirect_uri") != self.redirect {
            return Err("another client or another address");
        }
        if said("response_type") != "code" || said("code_challenge_method") != "S256" {
            return Err("another flow, or none of PKCE");
        }
        if !said("scope").split(' ').any(|scope| scope == "openid") || said("state").is_empty() {
            return Err("no scope or no state");
        }
        let too_old = said("max_age").parse::<i64>().is_ok_and(|age| now - self.asked_at > age);
        if !self.never_asks && (said("prompt") == "login" || too_old) {
            self.asked_at = now;
        }
        let code = URL_SAFE_NO_PAD.encode(self.chance());
        let grant = Grant {
            redirect: said("redirect_uri"),
            challenge: said("code_challenge"),
            nonce: said("nonce"),
            person: self.person.clone(),
            auth_time: self.asked_at,
        };
        self.codes.insert(code.clone(), grant);
        let escaped = |text: &str| text.replace('%', "%25").replace(':', "%3A").replace('/', "%2F");
        Ok(format!("{}?code={code}&state={}&iss={}", self.redirect, said("state"), escaped(&self.issuer)))
    }

    /// The answer of the token endpoint.
    pub fn token(&mut self, authorization: &str, form: &HashMap<String, String>, now: i64) -> (u16, Value) {
        self.tried += 1;
        let said = |name: &str| form.get(name).map_or("", String::as_str);
        let refuse = |why: &str| (400, json!({ "error": why }));
        // Each half is encoded as in a form before they are joined (RFC 6749, section 2.3.1).
        let encoded = |text: &str| {
            let keep = |b: u8| b.is_ascii_alphanumeric() || b"*-._".contains(&b);
            text.bytes()
                .map(|b| match b {
                    b' ' => "+".into(),
                    b if keep(b) => char::from(b).to_string(),
                    b => format!("%{b:02X}"),
                })
                .collect::<String>()
        };
        let basic =
            format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(&self.client_id), encoded(&self.secret))));
        if authorization != basic {
            return (401, json!({ "error": "invalid_client" }));
        }
        // Used up by a try, right or wrong.
        let Some(grant) = self.codes.remove(said("code")) else { return refuse("invalid_grant") };
        if said("grant_type") != "authorization_code" || said("redirect_uri") != grant.redirect {
            return refuse("invalid_grant");
        }
        if challenge(said("code_verifier")) != grant.challenge {
            return refuse("invalid_grant");
        }
        let token = self.id_token(&grant, now);
        (200, json!({ "access_token": "not used", "token_type": "Bearer", "expires_in": 60, "id_token": token }))
    }

    fn id_token(&self, grant: &Grant, now: i64) -> String {
        let mut claims = map(json!({
            "iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300,
            "nonce": grant.nonce, "auth_time": grant.auth_time,
        }));
        for (name, value) in grant.person.iter().chain(&self.lies) {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        self.signed(&Value::Object(claims))
    }

    /// A token of these claims, signed as [`Soft::sign`] says.
    pub fn signed(&self, claims: &Value) -> String {
        let own = match self.pair {
            Pair::Es256(_) => "ES256",
            Pair::EdDsa(_) => "EdDSA",
        };
        let algorithm = match self.sign {
            Sign::Right | Sign::OtherKey => own,
            Sign::None => "none",
            Sign::PublicKeyAsSecret => "HS256",
            Sign::Confused => "RS256",
        };
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": self.key_id });
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", text(&head), text(claims));
        let signature = match self.sign {
            Sign::Right | Sign::Confused => self.sign_with(&self.pair, signed.as_bytes()),
            Sign::OtherKey => self.sign_with(&es256(&self.random), signed.as_bytes()),
            Sign::None => Vec::new(),
            Sign::PublicKeyAsSecret => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.jwk().to_string().as_bytes());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn sign_with(&self, pair: &Pair, signed: &[u8]) -> Vec<u8> {
        match pair {
            Pair::Es256(pair) => pair.sign(&self.random, signed).expect("it signs").as_ref().to_vec(),
            Pair::EdDsa(pair) => pair.sign(signed).as_ref().to_vec(),
        }
    }
}

fn es256(random: &SystemRandom) -> Pair {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random).expect("a key");
    Pair::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), random).expect("its own"))
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
