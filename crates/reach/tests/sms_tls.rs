//! Texts over TLS: the fake SMSC behind a real TLS endpoint, and endpoints that are not the SMSC's.

mod sms_laws;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use reach::sms::fake::{FakeSmsc, Taken};
use reach::sms::{Settings, Smpp};
use reach::{Failure, Texter};
use sms_laws::{Exchange, message, now, shown};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

const TO: &str = "447700900123";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn kept(dir: &Path, name: &str, by: &Authority) -> PathBuf {
    let file = dir.join(name);
    std::fs::write(&file, by.pem()).unwrap();
    file
}

/// A TLS endpoint in front of an SMSC that speaks in the clear, as an operator would put one there.
struct Front {
    port: u16,
    listening: AbortHandle,
    /// Ends every session that is open.
    cut: Arc<Notify>,
}

impl Front {
    /// With a certificate for `name`, in front of what listens at `smsc`.
    async fn start(by: &Authority, name: &str, smsc: String) -> Self {
        let key = KeyPair::generate().unwrap();
        let chain = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, by).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(chain.pem().as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(Notify::new());
        let cutting = Arc::clone(&cut);
        let listening = tokio::spawn(async move {
            let mut sessions = JoinSet::new();
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let (acceptor, smsc, cut) = (acceptor.clone(), smsc.clone(), Arc::clone(&cutting));
                sessions.spawn(async move {
                    let Ok(mut tls) = acceptor.accept(tcp).await else { return };
                    let mut plain = TcpStream::connect(smsc).await.unwrap();
                    tokio::select! { _ = copy_bidirectional(&mut tls, &mut plain) => {}, () = cut.notified() => {} }
                });
            }
        });
        Self { port, listening: listening.abort_handle(), cut }
    }

    fn url(&self, host: &str) -> String {
        format!("ssmpp://cease:secret12@{host}:{}", self.port)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn behind(smsc: &FakeSmsc) -> String {
    smsc.url().rsplit('@').next().unwrap().to_owned()
}

fn settings(url: &str, ca: &Path) -> Settings {
    Settings::new(url, "Laika", 10_000, 20).unwrap().known_by(ca).unwrap()
}

struct OverTls {
    smsc: FakeSmsc,
    front: Front,
    texter: Arc<Smpp>,
    _dir: TempDir,
}

async fn over_tls() -> OverTls {
    let (smsc, by, dir) =
        (FakeSmsc::start("cease", "secret12").await.unwrap(), authority(), tempfile::tempdir().unwrap());
    let front = Front::start(&by, "localhost", behind(&smsc)).await;
    let texter = Arc::new(Smpp::new(settings(&front.url("localhost"), &kept(dir.path(), "ca.pem", &by))));
    OverTls { smsc, front, texter, _dir: dir }
}

#[async_trait]
impl Exchange for OverTls {
    fn texter(&self) -> Arc<dyn Texter> {
        self.texter.clone()
    }

    async fn taken(&self, to: &str, at_least: usize) -> Vec<Taken> {
        let taken: Vec<Taken> = self.smsc.taken().into_iter().filter(|one| one.dest.2 == to).collect();
        assert!(taken.len() >= at_least, "{taken:?}");
        taken
    }
}

macro_rules! laws {
    ($($law:ident)*) => {$(
        #[tokio::test]
        async fn $law() {
            sms_laws::$law(&over_tls().await, TO).await;
        }
    )*};
}

laws! {
    a_short_text_arrives_as_one_message
    a_long_text_arrives_in_parts_that_fit_together
    chinese_and_pictures_arrive
    the_same_key_is_sent_once
    many_at_once_all_arrive_once
    what_cannot_be_a_text_is_given_up
}

#[tokio::test]
async fn only_the_smsc_that_its_authority_knows_by_name_hears_our_password() {
    let (smsc, ours, theirs) = (FakeSmsc::start("cease", "secret12").await.unwrap(), authority(), authority());
    let dir = tempfile::tempdir().unwrap();
    let (ca, other) = (kept(dir.path(), "ca.pem", &ours), kept(dir.path(), "other.pem", &theirs));
    let front = Front::start(&ours, "localhost", behind(&smsc)).await;
    let public = Settings::new(&front.url("localhost"), "Laika", 10, 5).unwrap();
    for (settings, who) in [
        (settings(&front.url("localhost"), &other), "one of another authority"),
        (settings(&front.url("127.0.0.1"), &ca), "one by a name that is not in its certificate"),
        (public, "one that no public authority knows"),
    ] {
        let why = Smpp::probe(&settings).await.unwrap_err();
        assert!(matches!(&why, Failure::Retry(why) if why.contains("certificate")), "{who}: {why:?}");
    }
    assert_eq!(smsc.binds(), 0, "nobody has heard of us");
    Smpp::probe(&settings(&front.url("localhost"), &ca)).await.unwrap();
    assert_eq!(smsc.binds(), 1);
}

/// An SMSC that speaks in the clear where TLS was asked for hears nothing but a handshake.
#[tokio::test]
async fn nothing_is_said_in_the_clear_where_tls_was_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let got = tcp.read(&mut heard).await.unwrap();
        heard.truncate(got);
        // As a server says that cannot read a command.
        tcp.write_all(&[0, 0, 0, 16, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]).await.unwrap();
        let _ = tcp.read_to_end(&mut heard).await;
        heard
    });
    let url = format!("ssmpp://cease:secret12@localhost:{port}");
    let why = Smpp::probe(&Settings::new(&url, "Laika", 10, 5).unwrap()).await.unwrap_err();
    assert!(matches!(why, Failure::Retry(_)), "{why:?}");
    let heard = heard.await.unwrap();
    assert_eq!(heard[..2], [0x16, 3], "a TLS handshake");
    assert!(!heard.windows(8).any(|part| part == b"secret12"));
}

#[tokio::test]
async fn a_session_that_is_cut_is_made_anew() {
    let over = over_tls().await;
    over.texter.send(&message("a", TO, "Before."), now()).await.unwrap();
    over.front.cut.notify_waiters();
    loop {
        match over.texter.send(&message("b", TO, "After."), now()).await {
            Ok(_) => break,
            Err(Failure::Retry(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(shown(&over.smsc.taken()).last().map(String::as_str), Some("After."));
    assert_eq!(over.smsc.binds(), 2);
}

#[test]
fn authorities_that_cannot_be_read_are_refused_with_their_file() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "none").unwrap();
    let why = |url: &str, ca: &Path| Settings::new(url, "Laika", 10, 5).unwrap().known_by(ca).unwrap_err().to_string();
    assert!(why("ssmpp://cease:secret12@localhost", &empty).contains("empty.pem"));
    assert!(why("ssmpp://cease:secret12@localhost", Path::new("/nowhere.pem")).contains("/nowhere.pem"));
    assert!(why("smpp://cease:secret12@localhost", &empty).contains("ssmpp://"));
}
