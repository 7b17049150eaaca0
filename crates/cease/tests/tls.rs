//! The desk at its own TLS door.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cease::app::Shared;
use cease::config::Config;
use cease::web::server::{self, tls::Tls};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};

const HANG: Duration = Duration::from_secs(20);

/// Writes a new certificate for `desk.example` and its key.
fn certify(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["desk.example".to_owned()]).unwrap();
    std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(dir.join("key.pem"), private).unwrap();
    std::fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

struct Desk {
    address: std::net::SocketAddr,
    dir: TempDir,
    _stop: oneshot::Sender<()>,
}

async fn desk() -> (Desk, CertificateDer<'static>) {
    let dir = tempfile::tempdir().unwrap();
    let cert = certify(dir.path());
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    config.desk.url = "https://desk.example".into();
    config.limits.header_seconds = 1;
    (config.tls.cert, config.tls.key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    config.check().unwrap();
    let app: Shared = cease::startup::app(config, None).await.unwrap().into();
    app.store.migrate().await.unwrap();
    let tls = Tls::open(&app.config.tls).unwrap();
    assert!(tls.is_some());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move { server::serve(app, listener, tls, async move { drop(stopped.await) }).await });
    (Desk { address, dir, _stop: stop }, cert)
}

impl Desk {
    async fn connect(
        &self,
        trusted: &CertificateDer<'static>,
        version: &'static SupportedProtocolVersion,
        speaks: &[&[u8]],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = speaks.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(self.address).await?;
        TlsConnector::from(Arc::new(config)).connect("desk.example".try_into().unwrap(), stream).await
    }
}

#[tokio::test]
async fn it_speaks_tls_1_2_and_1_3_http_1_1_and_2_and_says_to_stay_there() {
    let (desk, cert) = desk().await;
    for (version, name) in [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)] {
        let mut stream = desk.connect(&cert, version, &[b"http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        stream.write_all(b"GET / HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        // It may leave without a farewell; what it said is there.
        let _ = timeout(HANG, stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age=31536000; includesubdomains"), "{answer}");
        assert!(answer.contains("set-cookie: __host-cease=") && answer.contains("; secure"), "{answer}");
    }
    let mut stream = desk.connect(&cert, &version::TLS13, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "its settings");
    // Who speaks neither is told so, and goes.
    assert!(desk.connect(&cert, &version::TLS13, &[b"gopher"]).await.is_err());
}

#[tokio::test]
async fn who_speaks_no_tls_or_nothing_is_let_go() {
    let (desk, cert) = desk().await;
    let half = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    for bytes in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Vec::new(), half, vec![0xff; 4096]] {
        let mut stream = TcpStream::connect(desk.address).await.unwrap();
        let _ = stream.write_all(&bytes).await;
        let mut answer = Vec::new();
        let _ = timeout(HANG, stream.read_to_end(&mut answer)).await.expect("still there");
        assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "nothing is served in the clear");
    }
    desk.connect(&cert, &version::TLS13, &[]).await.unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_when_told_so() {
    let (desk, first) = desk().await;
    desk.connect(&first, &version::TLS13, &[]).await.unwrap();
    let second = certify(desk.dir.path());
    let pid = std::process::id().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    let taken = async {
        while desk.connect(&second, &version::TLS13, &[]).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(HANG, taken).await.is_ok(), "the old one is still shown");
    assert!(desk.connect(&first, &version::TLS13, &[]).await.is_err());
}
