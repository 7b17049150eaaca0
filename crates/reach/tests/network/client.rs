//! The client for peers, against peers that mean no good.

use std::path::Path;
use std::sync::Arc;

use crate::peer::{Peer, Reply};
use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, KeyPair};
use reach::http::{Ask, Client, Link, Method, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

fn here() -> Link {
    Link {
        allow: vec!["127.0.0.1".into()],
        connect_seconds: 1,
        exchange_seconds: 1,
        answer_bytes: 1000,
        ..Link::default()
    }
}

fn get(url: &str) -> Ask {
    Ask { method: Method::GET, url: url.parse().unwrap(), headers: Vec::new(), body: String::new() }
}

async fn ask(link: &Link, url: &str) -> Result<(u16, String), Trouble> {
    let answer = Client::new(link).unwrap().send(get(url)).await?;
    Ok((answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned()))
}

#[tokio::test]
async fn nothing_is_sent_to_where_nobody_allowed_it() {
    let peer = Peer::start(|_| Reply::json(200, "secret")).await;
    let port = peer.url.rsplit(':').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/latest/meta-data");
            if url::Url::parse(&url).is_err() {
                continue;
            }
            let said = ask(&Link { allow: Vec::new(), ..here() }, &url).await;
            let refused = matches!(&said, Err(Trouble::Refused(_)));
            // A name that this machine does not know is no way in either.
            assert!(refused || host == "LOCALHOST." && matches!(said, Err(Trouble::Unreachable(_))), "{url}: {said:?}");
        }
    }
    for (url, says) in [
        (format!("http://user:pass@127.0.0.1:{port}/"), "name or password"),
        (format!("http://user@127.0.0.1:{port}/"), "name or password"),
        ("file:///etc/passwd".into(), "must begin with"),
        (format!("gopher://127.0.0.1:{port}/"), "must begin with"),
        (format!("http://127.0.0.1:{port}/#x"), "must not have a #"),
    ] {
        let said = ask(&here(), &url).await.unwrap_err();
        assert!(matches!(&said, Trouble::Refused(why) if why.contains(says)), "{url}: {said}");
    }
    assert!(peer.asked().is_empty(), "{:?}", peer.asked());
    assert_eq!(ask(&here(), &format!("{}/a?b=c", peer.url)).await.unwrap(), (200, "secret".into()));
    assert_eq!(ask(&here(), &format!("http://localhost:{port}/")).await.unwrap().0, 200);
    assert_eq!(peer.asked().len(), 2);
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let other = Peer::start(|_| Reply::json(200, "elsewhere")).await;
    let to = other.url.clone();
    let peer = Peer::start(move |asked| {
        let code = asked.path[1..].parse().unwrap();
        Reply::Say(code, vec![("location", to.clone())], String::new())
    })
    .await;
    for code in [301, 302, 303, 307, 308] {
        assert_eq!(ask(&here(), &format!("{}/{code}", peer.url)).await.unwrap().0, code);
    }
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_peer_gets_so_much_time_and_so_many_bytes() {
    let peer = Peer::start(|asked| match asked.path.as_str() {
        "/silent" => Reply::Silence,
        "/hangs-up" => Reply::HangUp,
        "/most" => Reply::json(200, "x".repeat(1000)),
        _ => Reply::json(200, "x".repeat(5_000_000)),
    })
    .await;
    let at = |path: &str| format!("{}/{path}", peer.url);
    assert!(matches!(ask(&here(), &at("silent")).await, Err(Trouble::Silent(1))));
    assert!(matches!(ask(&here(), &at("hangs-up")).await, Err(Trouble::Broken(_))));
    assert!(matches!(ask(&here(), &at("huge")).await, Err(Trouble::TooLarge(1000))));
    assert_eq!(ask(&here(), &at("most")).await.unwrap().1.len(), 1000);
    // Nobody listens there any more; that nothing was sent is known.
    let gone = peer.url.clone();
    drop(peer);
    let trouble = loop {
        match ask(&here(), &gone).await {
            Err(trouble) => break trouble,
            Ok(_) => tokio::task::yield_now().await,
        }
    };
    assert!(matches!(trouble, Trouble::Unreachable(_)), "{trouble}");
}

/// Whatever bytes come back, there is an end to it.
#[tokio::test]
async fn what_is_no_http_is_an_exchange_that_broke_off() {
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x-a: b\r\n".repeat(20_000));
    for bytes in [
        "",
        "\0\0\0",
        "SSH-2.0-x\r\n",
        "HTTP/1.1 999999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        &endless,
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let bytes = bytes.to_owned();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.shutdown().await;
            // Until the client has had enough.
            let _ = stream.read(&mut [0; 1]).await;
        });
        let said = ask(&here(), &url).await;
        assert!(matches!(said, Err(Trouble::Broken(_) | Trouble::Silent(_))), "{said:?}");
        server.abort();
    }
}

fn issued(by: &CertifiedIssuer<'static, KeyPair>, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.extended_key_usages = vec![usage];
    (params.signed_by(&key, by).unwrap().pem(), key.serialize_pem())
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn file(dir: &Path, name: &str, text: &str) -> Option<std::path::PathBuf> {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    Some(path)
}

#[tokio::test]
async fn both_sides_show_who_they_are() {
    let (ours, theirs) = (authority(), authority());
    let dir = tempfile::tempdir().unwrap();
    let (server, server_key) = issued(&ours, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
    let mut roots = RootCertStore::empty();
    roots.add(ours.der().clone()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(server.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(server_key.as_bytes()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = stream.shutdown().await;
        }
    });
    let mine = |by, name: &str| {
        let (chain, key) = issued(by, "desk", ExtendedKeyUsagePurpose::ClientAuth);
        (file(dir.path(), &format!("{name}.pem"), &chain), file(dir.path(), &format!("{name}.key"), &key))
    };
    let (certificate, key) = mine(&ours, "good");
    let ca = file(dir.path(), "ca.pem", &ours.pem());
    let good = Link {
        ca,
        certificate: certificate.clone(),
        key: key.clone(),
        exchange_seconds: 5,
        connect_seconds: 5,
        ..here()
    };
    let at = |host: &str| format!("https://{host}:{port}/");
    assert_eq!(ask(&good, &at("localhost")).await.unwrap(), (200, "ok".into()));

    let (strange, strange_key) = mine(&theirs, "strange");
    let public = Link { ca: None, ..good.clone() };
    let other = Link { ca: file(dir.path(), "other.pem", &theirs.pem()), ..good.clone() };
    let nobody = Link { certificate: None, key: None, ..good.clone() };
    let stranger = Link { certificate: strange, key: strange_key, ..good.clone() };
    for (link, host, who) in [
        (&public, "localhost", "a peer that no public authority knows"),
        (&other, "localhost", "a peer of another authority"),
        (&good, "127.0.0.1", "a peer by a name that is not in its certificate"),
        (&nobody, "localhost", "a desk without a certificate"),
        (&stranger, "localhost", "a desk with somebody else's"),
    ] {
        assert!(ask(link, &at(host)).await.is_err(), "{who}");
    }
    server.abort();

    let wrong = |link: Link| Client::new(&link).err().unwrap_or_default();
    assert!(wrong(Link { key: None, ..good.clone() }).contains("go together"));
    assert!(wrong(Link { ca: key.clone(), ..good.clone() }).starts_with("link.ca"));
    assert!(wrong(Link { key: certificate.clone(), ..good.clone() }).starts_with("link.key"));
    assert!(wrong(Link { ca: Some("/nowhere.pem".into()), ..good.clone() }).contains("/nowhere.pem"));
    assert!(wrong(Link { exchange_seconds: 0, ..good.clone() }).starts_with("link.exchange_seconds"));
    assert!(wrong(Link { answer_bytes: 0, ..good }).starts_with("link.answer_bytes"));
}
