//! Making a connection: resolve, check, connect to what was checked, and only then TLS.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, crypto};

use super::{Guard, Link, Trouble};
use crate::tls;

#[derive(Clone)]
pub struct Connector {
    guard: Guard,
    tls: TlsConnector,
    within: Duration,
}

impl Connector {
    pub fn new(link: &Link, guard: Guard) -> Result<Self, String> {
        let roots = tls::roots(link.ca.as_deref(), "link.ca")?;
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(roots);
        let config = match (&link.certificate, &link.key) {
            (None, None) => config.with_no_client_auth(),
            (Some(chain), Some(file)) => {
                let key = PrivateKeyDer::from_pem_file(file);
                let key = key.map_err(|e| format!("link.key: {}: {e}", file.display()))?;
                let chain = tls::certificates(chain, "link.certificate")?;
                config.with_client_auth_cert(chain, key).map_err(|e| format!("link.certificate and link.key: {e}"))?
            }
            (Some(_), None) | (None, Some(_)) => return Err("link.certificate and link.key go together".into()),
        };
        let within = Duration::from_secs(link.connect_seconds);
        Ok(Self { guard, tls: TlsConnector::from(Arc::new(config)), within })
    }

    async fn connect(self, uri: Uri) -> Result<Box<dyn Duplex>, Trouble> {
        let tls = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let found = found.map_err(|e| Trouble::Unreachable(format!("{host}: {e}")))?;
        let stream = self.reach(&host, found, tls).await?;
        let _ = stream.set_nodelay(true);
        if !tls {
            return Ok(Box::new(stream));
        }
        let broken = |why: String| Trouble::Unreachable(format!("{host}: {why}"));
        let name = ServerName::try_from(host.clone()).map_err(|e| broken(e.to_string()))?;
        let stream = self.tls.connect(name, stream).await.map_err(|e| broken(e.to_string()))?;
        Ok(Box::new(stream))
    }

    /// A connection to the first address that may be spoken to and answers.
    async fn reach(
        &self,
        host: &str,
        found: impl Iterator<Item = SocketAddr>,
        tls: bool,
    ) -> Result<TcpStream, Trouble> {
        let mut trouble = Trouble::Unreachable(format!("{host} has no address"));
        for address in found {
            if let Err(why) = self.guard.admits(address.ip(), tls) {
                trouble = Trouble::Refused(format!("{host} {why}"));
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(e) => trouble = Trouble::Unreachable(format!("{host}: {e}")),
            }
        }
        Err(trouble)
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Trouble>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (this, within) = (self.clone(), self.within);
        Box::pin(async move {
            let connected = tokio::time::timeout(within, this.connect(uri)).await;
            let silent = || Trouble::Unreachable(format!("no answer within {} s", within.as_secs()));
            connected.map_err(|_| silent())?.map(|stream| TokioIo::new(Wire(stream)))
        })
    }
}

pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection, with or without TLS.
pub struct Wire(Box<dyn Duplex>);

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What a name server says is looked at once, and what was looked at is what is connected to.
    #[tokio::test]
    async fn of_many_addresses_only_an_admitted_one_is_connected_to() {
        let guard = Guard::new(&["127.0.0.1".into()]).unwrap();
        let connector = Connector::new(&Link::default(), guard).unwrap();
        let inside = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (inside_at, open_at) = (inside.local_addr().unwrap(), open.local_addr().unwrap());
        let mapped = format!("[::ffff:127.0.0.1]:{}", open_at.port()).parse().unwrap();
        let refused = connector.reach("core.example", [inside_at, mapped].into_iter(), true).await;
        assert!(matches!(refused, Err(Trouble::Refused(why)) if why.starts_with("core.example leads to")));
        let stream = connector.reach("core.example", [inside_at, open_at].into_iter(), true).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open_at);
        let asked = std::future::poll_fn(|cx| Poll::Ready(inside.poll_accept(cx).is_ready())).await;
        assert!(!asked);
        let none = connector.reach("core.example", std::iter::empty(), true).await;
        assert!(matches!(none, Err(Trouble::Unreachable(_))));
    }
}
