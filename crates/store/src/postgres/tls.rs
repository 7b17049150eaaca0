//! TLS to the server (RFC 8446), always with its certificate checked: what is stored is personal, and a
//! server on another machine is reached over a wire that is not ours.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Result, StoreError};

/// Whether a host is only reached encrypted: where the URL says `sslmode=require`, and wherever it is
/// not this machine, unless the URL says `sslmode=disable`.
pub(super) fn required(one: &Config) -> bool {
    let local = one.get_hosts().iter().all(here) && one.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
    one.get_ssl_mode() == SslMode::Require || one.get_ssl_mode() != SslMode::Disable && !local
}

fn here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Trusts the certificates in `ca` (PEM), or the public authorities where none is given.
pub(crate) fn connector(ca: Option<&Path>) -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(ca) => {
            let wrong = |why: &dyn std::fmt::Display| StoreError::Engine(format!("{}: {why}", ca.display()));
            for certificate in CertificateDer::pem_file_iter(ca).map_err(|why| wrong(&why))? {
                let certificate = certificate.map_err(|why| wrong(&why))?;
                roots.add(certificate).map_err(|why| wrong(&why))?;
            }
            if roots.is_empty() {
                return Err(wrong(&"there is no certificate in it"));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|why| StoreError::Engine(why.to_string()))?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_this_machine_is_encrypted_unless_the_operator_says_otherwise() {
        for (url, expected) in [
            ("postgres://u@localhost/d", false),
            ("postgres://u@127.0.0.1/d", false),
            ("postgres:///d?host=/run/postgresql", false),
            ("postgres://u@localhost/d?sslmode=require", true),
            ("postgres://u@db.example/d", true),
            ("postgres://u@10.0.0.5/d?sslmode=prefer", true),
            ("postgres://u@db.example/d?sslmode=disable", false),
            ("postgres://u@localhost/d?hostaddr=10.0.0.5", true),
        ] {
            assert_eq!(required(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let why = connector(Some(file.path())).err().unwrap().to_string();
        assert!(why.contains("no certificate"), "{why}");
        assert!(connector(Some(Path::new("/nowhere/ca.pem"))).is_err());
        assert!(connector(None).is_ok());
    }
}
