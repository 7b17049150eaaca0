//! TLS to a server that authorities know by its name: the public ones, or those that the operator named.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub(crate) type Stream = tokio_rustls::client::TlsStream<TcpStream>;

/// The authorities that vouch for a peer: those in a file (PEM), or the public ones. `key` names the setting in errors.
pub(crate) fn roots(file: Option<&Path>, key: &str) -> Result<RootCertStore, String> {
    let Some(file) = file else { return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }) };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file, key)? {
        roots.add(certificate).map_err(|e| format!("{key}: {}: {e}", file.display()))?;
    }
    Ok(roots)
}

/// The certificates in a file (PEM), of which there is at least one.
pub(crate) fn certificates(file: &Path, key: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |why: String| format!("{key}: {}: {why}", file.display());
    let all = CertificateDer::pem_file_iter(file).map_err(|e| wrong(e.to_string()))?;
    let all = all.collect::<Result<Vec<_>, _>>().map_err(|e| wrong(e.to_string()))?;
    if all.is_empty() { Err(wrong("there is no certificate in it".into())) } else { Ok(all) }
}

/// TLS over a connection to a server that a public authority knows.
pub(crate) async fn over(host: &str, tcp: TcpStream) -> io::Result<Stream> {
    over_known(host, tcp, roots(None, "").map_err(io::Error::other)?).await
}

pub(crate) async fn over_known(host: &str, tcp: TcpStream, roots: impl Into<Arc<RootCertStore>>) -> io::Result<Stream> {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}
