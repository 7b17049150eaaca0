//! The way to peers that speak HTTP: one exchange at a time, within a time and a size, to where the
//! operator said and nowhere else.
//!
//! What a peer's address resolves to is checked ([`Guard`]) and the connection is made to exactly that
//! address, so that a name which answers differently the second time leads nowhere else. Nothing is
//! redirected. hyper's own client keeps connections for reuse; it follows nothing by itself and sends
//! a request again only where not a byte of it had left.

mod guard;
mod wire;

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
pub use hyper::header::{HeaderName, HeaderValue};
pub use hyper::http::uri::Uri;
pub use hyper::{Method, StatusCode, body::Bytes};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use guard::Guard;
use wire::Connector;

use crate::{Boxed, Failure};

/// How a peer is reached. Part of its section in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// Networks (`10.20.0.0/16`) and addresses (`10.20.0.7`) that may be spoken to though they are not public,
    /// and without TLS. Everything public may be, by TLS.
    pub allow: Vec<String>,
    /// Certificates (PEM) by which the peer is known; none: the public authorities.
    pub ca: Option<PathBuf>,
    /// Certificate chain and key (PEM) by which the peer knows us.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Seconds until there is a connection.
    pub connect_seconds: u64,
    /// Seconds for a whole exchange, connection and all.
    pub exchange_seconds: u64,
    /// Bytes that an answer may have.
    pub answer_bytes: usize,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            ca: None,
            certificate: None,
            key: None,
            connect_seconds: 5,
            exchange_seconds: 20,
            answer_bytes: 256 * 1024,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: String,
}

/// What came back, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: hyper::HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer. Never names more of an address than its host: paths have numbers of cards.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Not a byte was sent.
    #[error("nothing was sent: {0}")]
    Refused(String),
    /// Not a byte was sent.
    #[error("there is no connection: {0}")]
    Unreachable(String),
    /// Whether it was done is not known.
    #[error("no answer within {0} s")]
    Silent(u64),
    /// Whether it was done is not known.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// Whether it was done is not known.
    #[error("the exchange broke off: {0}")]
    Broken(String),
}

/// What is not known is observed; what was not sent may be sent later: a name may have resolved wrongly,
/// or its network be allowed tomorrow.
impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Failure::Retry(trouble.to_string())
    }
}

/// Speaks to peers over one [`Link`].
#[derive(Clone)]
pub struct Client {
    link: Link,
    guard: Guard,
    inner: legacy::Client<Connector, Full<Bytes>>,
}

impl Client {
    /// Reads certificates and keys; what is wrong is said with the key of the configuration.
    pub fn new(link: &Link) -> Result<Self, String> {
        for (name, seconds) in [("connect_seconds", link.connect_seconds), ("exchange_seconds", link.exchange_seconds)]
        {
            if !(1..=600).contains(&seconds) {
                return Err(format!("link.{name} must be from 1 to 600"));
            }
        }
        if !(1..=64 << 20).contains(&link.answer_bytes) {
            return Err("link.answer_bytes must be from 1 to 67108864".into());
        }
        let guard = Guard::new(&link.allow).map_err(|why| format!("link.allow: {why}"))?;
        let connector = Connector::new(link, guard.clone())?;
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(15))
            .pool_max_idle_per_host(16)
            .http1_max_buf_size(64 * 1024)
            .build(connector);
        Ok(Self { link: link.clone(), guard, inner })
    }

    /// An address as the configuration may have it: http or https, a host, no name or password, and not an
    /// address that is refused anyway. Whatever a name resolves to is checked when it is asked.
    pub fn checked(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|e| format!("is no address: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with https:// (or http:// to a network that link.allow names)".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a name or password in it; put them into headers".into());
        }
        if url.fragment().is_some() {
            return Err("must not have a # in it".into());
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            Some(Host::Domain(name)) if !name.is_empty() => None,
            Some(Host::Domain(_)) | None => return Err("has no host".into()),
        };
        if let Some(ip) = literal {
            self.guard.admits(ip, url.scheme() == "https")?;
        }
        Ok(url)
    }

    /// One exchange, within [`Link::exchange_seconds`].
    pub fn send(&self, ask: Ask) -> Boxed<'_, Result<Answer, Trouble>> {
        Box::pin(async {
            let seconds = self.link.exchange_seconds;
            match tokio::time::timeout(Duration::from_secs(seconds), self.exchange(ask)).await {
                Ok(done) => done,
                Err(_) => Err(Trouble::Silent(seconds)),
            }
        })
    }

    async fn exchange(&self, ask: Ask) -> Result<Answer, Trouble> {
        let url = self.checked(ask.url.as_str()).map_err(|why| Trouble::Refused(format!("the address {why}")))?;
        let uri: Uri = url.as_str().parse().map_err(|_| Trouble::Refused("the address is none".into()))?;
        let mut request = hyper::Request::new(Full::new(Bytes::from(ask.body)));
        *request.method_mut() = ask.method;
        *request.uri_mut() = uri;
        for (name, value) in ask.headers {
            request.headers_mut().append(name, value);
        }
        let response = self.inner.request(request).await.map_err(trouble)?;
        let (parts, body) = response.into_parts();
        let most = self.link.answer_bytes;
        let body = match Limited::new(body, most).collect().await {
            Ok(body) => body.to_bytes(),
            Err(e) if e.is::<LengthLimitError>() => return Err(Trouble::TooLarge(most)),
            Err(e) => return Err(Trouble::Broken(e.to_string())),
        };
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

/// The connector's own trouble, where there was one; otherwise the last cause is the telling one.
fn trouble(error: legacy::Error) -> Trouble {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    let mut last = error.to_string();
    while let Some(error) = cause {
        match error.downcast_ref::<Trouble>() {
            Some(Trouble::Refused(why)) => return Trouble::Refused(why.clone()),
            Some(Trouble::Unreachable(why)) => return Trouble::Unreachable(why.clone()),
            Some(Trouble::Silent(_) | Trouble::TooLarge(_) | Trouble::Broken(_)) | None => {}
        }
        last = error.to_string();
        cause = error.source();
    }
    Trouble::Broken(last)
}
