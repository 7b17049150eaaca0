//! The way to an OpenID provider: what it says of itself, its keys, and a code made into a token. What is checked of the
//! answers is the crate `oidc`'s; here is only when they are fetched, and from where.
//!
//! What was fetched counts for an hour, so that a key which is withdrawn goes by itself. A token under an unknown key
//! has the set fetched again, at most every thirty seconds: nobody makes us ask a provider more often by showing us
//! keys that never were.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use case::Timestamp;
use jiff::SignedDuration;
use oidc::{ClientAuth, Discovery, Keys};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::form_urlencoded::{Serializer, byte_serialize};
use url::{Host, Url};

use crate::http::{Answer, Ask, Client, HeaderName, HeaderValue, Link, Method};

/// How long an answer counts.
const GOOD: SignedDuration = SignedDuration::from_hours(1);
/// How often the keys are fetched again at most.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// Where a provider describes itself (OpenID Connect Discovery 1.0, section 4).
const WELL_KNOWN: &str = ".well-known/openid-configuration";

/// Why the provider was of no help; a status and a code, never more of what it said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It does not answer, or not as it must: later may be better.
    #[error("{0}")]
    Away(String),
    /// It did answer, and says no to this code.
    #[error("the provider refuses: {0}")]
    Refused(String),
}

#[async_trait]
pub trait Provider: Send + Sync {
    /// What it says of itself, at most an hour ago.
    async fn discovery(&self, now: Timestamp) -> Result<Discovery, Failed>;
    /// Its keys; with `newer`, because one was not among them.
    async fn keys(&self, now: Timestamp, newer: bool) -> Result<Keys, Failed>;
    /// Makes a code into an ID token, with the verifier that its challenge was made of.
    async fn redeem(&self, now: Timestamp, code: &str, verifier: &str) -> Result<String, Failed>;
}

/// Whom we speak to, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    /// Where browsers come back to, exactly as the provider has it.
    pub redirect: String,
    pub link: Link,
}

/// What a browser is to ask the provider.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub client_id: &'a str,
    pub redirect: &'a str,
    pub scope: &'a str,
    pub state: &'a str,
    pub nonce: &'a str,
    pub challenge: &'a str,
    /// Whoever was asked longer ago than this many seconds is asked again.
    pub max_age: i64,
    /// They are asked again in any case.
    pub ask_again: bool,
    pub acr: &'a [String],
    pub lang: &'a str,
}

/// The address at the provider that a browser is sent to.
pub fn authorize(discovery: &Discovery, request: &Request<'_>) -> Result<Url, Failed> {
    let mut url =
        Url::parse(&discovery.authorization_endpoint).map_err(|_| away("its authorization_endpoint is none"))?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", request.client_id)
            .append_pair("redirect_uri", request.redirect)
            .append_pair("scope", request.scope)
            .append_pair("state", request.state)
            .append_pair("nonce", request.nonce)
            .append_pair("code_challenge", request.challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("max_age", &request.max_age.to_string())
            .append_pair("ui_locales", request.lang);
        if request.ask_again {
            query.append_pair("prompt", "login");
        }
        if !request.acr.is_empty() {
            query.append_pair("acr_values", &request.acr.join(" "));
        }
    }
    Ok(url)
}

type Headers = Vec<(HeaderName, HeaderValue)>;
type Kept<T> = Mutex<Option<(T, Timestamp)>>;

/// A provider that is spoken to by HTTP.
pub struct Connector {
    client: Client,
    settings: Settings,
    discovered: Kept<Discovery>,
    keys: Kept<Keys>,
}

impl Connector {
    /// What is wrong is said with the key of the configuration.
    pub fn new(settings: Settings) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let issuer = client.checked(&settings.issuer).map_err(|why| format!("issuer {why}"))?;
        if issuer.query().is_some() {
            return Err("issuer must not have a ? in it".into());
        }
        if !private(&issuer) {
            return Err("issuer must begin with https:// (or be an address that link.allow names)".into());
        }
        if settings.client_id.is_empty() || settings.client_secret.is_empty() {
            return Err("client_id and client_secret must be set".into());
        }
        Ok(Self { client, settings, discovered: Mutex::default(), keys: Mutex::default() })
    }

    async fn get(&self, what: &str, url: &str) -> Result<Answer, Failed> {
        let headers = vec![(ACCEPT, HeaderValue::from_static("application/json"))];
        let url = self.own(what, url)?;
        let ask = Ask { method: Method::GET, url, headers, body: String::new() };
        let answer = self.client.send(ask).await.map_err(|trouble| away(format!("{what}: {trouble}")))?;
        if answer.status.as_u16() != 200 {
            return Err(away(format!("{what}: status {}", answer.status.as_u16())));
        }
        Ok(answer)
    }

    /// An address that the provider named: by TLS, or where the operator allows it.
    fn own(&self, what: &str, text: &str) -> Result<Url, Failed> {
        let url = self.client.checked(text).map_err(|why| away(format!("{what} {why}")))?;
        if private(&url) { Ok(url) } else { Err(away(format!("{what} is not by TLS"))) }
    }

    async fn discover(&self) -> Result<Discovery, Failed> {
        let url = format!("{}/{WELL_KNOWN}", self.settings.issuer.trim_end_matches('/'));
        let answer = self.get("discovery", &url).await?;
        let found = Discovery::read(&answer.body, &self.settings.issuer).map_err(|unfit| away(unfit.to_string()))?;
        for (what, url) in [
            ("authorization_endpoint", &found.authorization_endpoint),
            ("token_endpoint", &found.token_endpoint),
            ("jwks_uri", &found.jwks_uri),
        ] {
            self.own(what, url)?;
        }
        Ok(found)
    }

    /// Head and body of what the token endpoint is asked, with who we are in one of them.
    fn asked(&self, auth: ClientAuth, code: &str, verifier: &str) -> Result<(Headers, String), Failed> {
        let Settings { client_id, client_secret, redirect, .. } = &self.settings;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect)
            .append_pair("code_verifier", verifier);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut headers = vec![(CONTENT_TYPE, kind), (ACCEPT, HeaderValue::from_static("application/json"))];
        match auth {
            ClientAuth::Basic => headers.push((AUTHORIZATION, basic(client_id, client_secret)?)),
            ClientAuth::Post => {
                form.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
            }
        }
        Ok((headers, form.finish()))
    }

    async fn fetch_keys(&self, now: Timestamp) -> Result<Keys, Failed> {
        let found = self.discovery(now).await?;
        let answer = self.get("jwks_uri", &found.jwks_uri).await?;
        Keys::read(&answer.body).map_err(|_| away("none of its keys can be used"))
    }
}

/// By TLS, or to an address whose network the operator has named, as [`Client::checked`] has seen.
fn private(url: &Url) -> bool {
    url.scheme() == "https" || matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
}

fn away(why: impl Into<String>) -> Failed {
    Failed::Away(why.into())
}

const ACCEPT: HeaderName = HeaderName::from_static("accept");
const AUTHORIZATION: HeaderName = HeaderName::from_static("authorization");
const CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Deserialize)]
struct Error {
    error: String,
}

#[async_trait]
impl Provider for Connector {
    async fn discovery(&self, now: Timestamp) -> Result<Discovery, Failed> {
        let mut kept = self.discovered.lock().await;
        if let Some((found, at)) = &*kept
            && within(*at, now, GOOD)
        {
            return Ok(found.clone());
        }
        let found = self.discover().await?;
        *kept = Some((found.clone(), now));
        Ok(found)
    }

    async fn keys(&self, now: Timestamp, newer: bool) -> Result<Keys, Failed> {
        let mut kept = self.keys.lock().await;
        if let Some((keys, at)) = &*kept
            && within(*at, now, if newer { AGAIN } else { GOOD })
        {
            return Ok(keys.clone());
        }
        let keys = self.fetch_keys(now).await?;
        *kept = Some((keys.clone(), now));
        Ok(keys)
    }

    async fn redeem(&self, now: Timestamp, code: &str, verifier: &str) -> Result<String, Failed> {
        let found = self.discovery(now).await?;
        let (headers, body) = self.asked(found.client_auth, code, verifier)?;
        let url = self.own("token_endpoint", &found.token_endpoint)?;
        let ask = Ask { method: Method::POST, url, headers, body };
        let answer = self.client.send(ask).await.map_err(|trouble| away(format!("token_endpoint: {trouble}")))?;
        match answer.status.as_u16() {
            200 => {
                let tokens: Result<Tokens, _> = serde_json::from_slice(&answer.body);
                tokens.map(|tokens| tokens.id_token).map_err(|_| away("the token endpoint gave no ID token"))
            }
            400 => Err(Failed::Refused(code_of(&answer))),
            status => Err(away(format!("token_endpoint: status {status} {}", code_of(&answer)))),
        }
    }
}

fn within(at: Timestamp, now: Timestamp, life: SignedDuration) -> bool {
    (SignedDuration::ZERO..life).contains(&now.duration_since(at))
}

/// Each half is encoded as in a form before they are joined (RFC 6749, section 2.3.1).
fn basic(id: &str, secret: &str) -> Result<HeaderValue, Failed> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let mut value = HeaderValue::from_str(&format!("Basic {both}")).map_err(|_| away("client_secret is none"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The code of a refusal, which has letters only; what it says beside it may be personal.
fn code_of(answer: &Answer) -> String {
    let error: Option<Error> = serde_json::from_slice(&answer.body).ok();
    let code = error.map(|error| error.error).unwrap_or_default();
    let sound = code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if sound && !code.is_empty() { code } else { "without a code".into() }
}
