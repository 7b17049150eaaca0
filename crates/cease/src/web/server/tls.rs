//! TLS 1.2 and 1.3 at our own door, where `[tls]` names a certificate. Without, the desk speaks plain HTTP to the
//! proxy in front of it. Who renews the certificate writes the files anew; they are looked at every few seconds, and
//! at once on SIGHUP. One that cannot be used leaves the old one in place, and says so.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version};
use tokio_rustls::server::TlsStream;

use crate::config::TlsConfig;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Tls(Arc<Held>);

struct Held {
    files: TlsConfig,
    now: RwLock<Arc<ServerConfig>>,
    /// What the files were when they were last read.
    seen: Mutex<Seen>,
    hangup: Mutex<Option<Signal>>,
}

/// Change time, size and inode of both files.
type Seen = [Option<(i64, i64, u64, u64)>; 2];

impl Tls {
    /// None where no certificate is named. From then on SIGHUP means to look at the files.
    pub fn open(files: &TlsConfig) -> anyhow::Result<Option<Self>> {
        if files.cert.as_os_str().is_empty() {
            return Ok(None);
        }
        let seen = look(files);
        let config = load(files)?;
        let hangup = Mutex::new(Some(signal(SignalKind::hangup())?));
        Ok(Some(Self(Arc::new(Held {
            files: files.clone(),
            now: RwLock::new(Arc::new(config)),
            seen: Mutex::new(seen),
            hangup,
        }))))
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = self.0.now.read().unwrap_or_else(PoisonError::into_inner).clone();
        TlsAcceptor::from(config).accept(stream).await
    }

    /// Takes the files as they are, where they have changed, or where `all the same`.
    fn renew(&self, all_the_same: bool) {
        let seen = look(&self.0.files);
        let was = std::mem::replace(&mut *self.0.seen.lock().unwrap_or_else(PoisonError::into_inner), seen);
        if was == seen && !all_the_same {
            return;
        }
        match load(&self.0.files) {
            Ok(config) => {
                *self.0.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                tracing::info!("the certificate of TLS was read anew");
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the certificate of TLS stays what it was");
            }
        }
    }

    pub(super) async fn follow(self) {
        let Some(mut hangup) = self.0.hangup.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        loop {
            let asked = tokio::select! {
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let tls = self.clone();
            let _ = tokio::task::spawn_blocking(move || tls.renew(asked)).await;
        }
    }
}

/// Whether there is a certificate that can be used, where one is named.
pub fn check(files: &TlsConfig) -> anyhow::Result<()> {
    if files.cert.as_os_str().is_empty() { Ok(()) } else { load(files).map(drop) }
}

fn look(files: &TlsConfig) -> Seen {
    [&files.cert, &files.key].map(|file| {
        let meta = std::fs::metadata(file).ok()?;
        Some((meta.mtime(), meta.mtime_nsec(), meta.size(), meta.ino()))
    })
}

fn load(files: &TlsConfig) -> anyhow::Result<ServerConfig> {
    let named = |file: &Path| format!("tls: {}", file.display());
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| named(&files.cert))?;
    if chain.is_empty() {
        bail!("{}: there is no certificate in it (PEM)", named(&files.cert));
    }
    let mode = std::fs::metadata(&files.key).with_context(|| named(&files.key))?.permissions().mode();
    if mode & 0o007 != 0 {
        bail!("{} can be read by everybody (mode {:o}); run: chmod 640", named(&files.key), mode & 0o777);
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).with_context(|| named(&files.key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| format!("tls: {} and {} do not belong together", files.cert.display(), files.key.display()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn certify(files: &TlsConfig) {
        let made = rcgen::generate_simple_self_signed(["desk.example".to_owned()]).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::fs::write(&files.cert, made.cert.pem()).unwrap();
    }

    #[tokio::test]
    async fn files_that_have_changed_are_taken_and_what_cannot_be_used_leaves_the_old_ones() {
        let dir = tempfile::tempdir().unwrap();
        let files = TlsConfig { cert: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
        assert!(Tls::open(&TlsConfig::default()).unwrap().is_none());
        assert!(Tls::open(&files).is_err());
        certify(&files);
        let tls = Tls::open(&files).unwrap().unwrap();
        let now = || tls.0.now.read().unwrap().clone();
        let first = now();
        tls.renew(false);
        assert!(Arc::ptr_eq(&now(), &first), "nothing has changed");
        let (cert, key) = (std::fs::read(&files.cert).unwrap(), std::fs::read(&files.key).unwrap());
        // Half of a renewal: the key does not belong to the certificate.
        certify(&files);
        std::fs::write(&files.cert, &cert).unwrap();
        tls.renew(false);
        assert!(Arc::ptr_eq(&now(), &first));
        std::fs::write(&files.cert, b"no certificate").unwrap();
        tls.renew(true);
        assert!(Arc::ptr_eq(&now(), &first));
        certify(&files);
        tls.renew(false);
        assert!(!Arc::ptr_eq(&now(), &first), "a sound pair is taken");

        let why = |cert: &[u8], key: &[u8], mode: u32| {
            std::fs::write(&files.cert, cert).unwrap();
            std::fs::write(&files.key, key).unwrap();
            std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(mode)).unwrap();
            load(&files).map_or_else(|e| format!("{e:#}"), |_| "fine".into())
        };
        assert_eq!(why(&cert, &key, 0o640), "fine");
        assert!(why(&cert, &key, 0o644).contains("chmod 640"));
        assert!(why(b"", &key, 0o600).contains("no certificate in it"));
        assert!(why(&cert, b"x", 0o600).contains("key.pem"));
    }
}
