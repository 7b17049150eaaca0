//! The way to an OpenID provider, in front of a provider in software behind a real HTTP server; and what only a server
//! can do wrong.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use case::Timestamp;
use jiff::SignedDuration;
use oidc::soft::Soft;
use oidc::{Expected, challenge, verify};
use reach::http::Link;
use reach::oidc::{Connector, Failed, Provider, Request, Settings, authorize};
use serde_json::{Value, json};
use url::Url;

use crate::peer::{Peer, Reply};

const BACK: &str = "http://localhost:8080/desk/sign-in/back";

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

type Shared = Arc<Mutex<Soft>>;

/// A provider that answers; `twist` changes what it says of itself.
async fn provider(twist: impl Fn(&mut Value) + Send + Sync + 'static) -> (Peer, Shared) {
    let soft = Arc::new(Mutex::new(Soft::new("", BACK)));
    let own = soft.clone();
    let peer = Peer::start(move |asked| {
        let mut soft = own.lock().unwrap();
        match asked.path.as_str() {
            "/.well-known/openid-configuration" => {
                let mut said = soft.discovery();
                twist(&mut said);
                Reply::json(200, said.to_string())
            }
            "/jwks" => Reply::json(200, soft.jwks().to_string()),
            "/token" => {
                let form = url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
                let shown = asked.headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
                let (status, body) = soft.token(shown, &form, now().as_second());
                Reply::json(status, body.to_string())
            }
            "/moved" => Reply::Say(302, vec![("location", "http://127.0.0.1/".into())], String::new()),
            "/broken" => Reply::json(200, "{"),
            "/down" => Reply::json(503, json!({ "error": "about nora@example.com" }).to_string()),
            _ => Reply::json(404, "{}"),
        }
    })
    .await;
    soft.lock().unwrap().issuer = peer.url.clone();
    (peer, soft)
}

fn settings(peer: &Peer, soft: &Shared) -> Settings {
    let (client_id, client_secret) = {
        let soft = soft.lock().unwrap();
        (soft.client_id.clone(), soft.secret.clone())
    };
    let link = Link { allow: vec!["127.0.0.1".into()], exchange_seconds: 1, ..Link::default() };
    Settings { issuer: peer.url.clone(), client_id, client_secret, redirect: BACK.into(), link }
}

/// A code, as a browser brings it back.
async fn code(connector: &Connector, soft: &Shared, verifier: &str) -> String {
    let found = connector.discovery(now()).await.unwrap();
    let request = Request {
        client_id: "desk",
        redirect: BACK,
        scope: "openid profile",
        state: "s-1",
        nonce: "n-1",
        challenge: &challenge(verifier),
        max_age: 3600,
        ask_again: true,
        acr: &[],
        lang: "en",
    };
    let url = authorize(&found, &request).unwrap();
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let back = soft.lock().unwrap().authorize(&query, now().as_second()).unwrap();
    let back: HashMap<String, String> = Url::parse(&back).unwrap().query_pairs().into_owned().collect();
    assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("s-1", soft.lock().unwrap().issuer.as_str()));
    back["code"].clone()
}

fn expected(issuer: &str) -> Expected<'_> {
    let now = now().as_second();
    Expected { issuer, client_id: "desk", nonce: "n-1", now, skew: 60, asked_since: now, acr: &[], amr: &[] }
}

#[tokio::test]
async fn a_code_becomes_a_token_once_and_with_its_verifier_only() {
    let (peer, soft) = provider(|_| {}).await;
    let connector = Connector::new(settings(&peer, &soft)).unwrap();
    let one = code(&connector, &soft, "v-1").await;
    let token = connector.redeem(now(), &one, "v-1").await.unwrap();
    let keys = connector.keys(now(), false).await.unwrap();
    assert_eq!(verify(&token, &keys, &expected(&peer.url)).unwrap().subject, "u-1");
    let again = connector.redeem(now(), &one, "v-1").await;
    assert_eq!(again, Err(Failed::Refused("invalid_grant".into())));
    let two = code(&connector, &soft, "v-1").await;
    assert!(matches!(connector.redeem(now(), &two, "v-2").await, Err(Failed::Refused(_))));
    let wrong = Connector::new(Settings { client_secret: "x".into(), ..settings(&peer, &soft) }).unwrap();
    let three = code(&wrong, &soft, "v-1").await;
    assert!(
        matches!(wrong.redeem(now(), &three, "v-1").await, Err(Failed::Away(why)) if why.contains("invalid_client"))
    );
}

#[tokio::test]
async fn the_secret_goes_into_the_form_where_the_provider_wants_it_there() {
    let twist = |said: &mut Value| said["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    let (peer, soft) = provider(twist).await;
    let connector = Connector::new(settings(&peer, &soft)).unwrap();
    // This provider takes it in a header only; what counts is what it was sent.
    assert!(connector.redeem(now(), "c", "v").await.is_err());
    let asked = peer.asked().pop().unwrap();
    assert!(asked.headers.get("authorization").is_none());
    let form: HashMap<String, String> = url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let secret = soft.lock().unwrap().secret.clone();
    assert_eq!((form["client_id"].as_str(), &form["client_secret"]), ("desk", &secret));
}

#[tokio::test]
async fn keys_are_fetched_again_when_one_is_unknown_but_not_as_often_as_somebody_likes() {
    let (peer, soft) = provider(|_| {}).await;
    let connector = Connector::new(settings(&peer, &soft)).unwrap();
    let fetched = || soft.lock().unwrap().fetched;
    let later = |seconds| now() + SignedDuration::from_secs(seconds);
    connector.keys(now(), false).await.unwrap();
    let old = connector.keys(later(3599), false).await.unwrap();
    assert_eq!(fetched(), 1);
    soft.lock().unwrap().rotate("key-2");
    for _ in 0..100 {
        assert_eq!(connector.keys(later(29), true).await.unwrap(), old, "too soon");
    }
    assert_eq!(fetched(), 1);
    let new = connector.keys(later(30), true).await.unwrap();
    assert_ne!(new, old);
    assert_eq!((fetched(), connector.keys(later(31), false).await.unwrap()), (2, new));
    connector.keys(later(30 + 3600), false).await.unwrap();
    assert_eq!(fetched(), 3, "after an hour in any case: a key may have been withdrawn");
    let (one, two) = tokio::join!(connector.keys(later(9000), false), connector.keys(later(9000), false));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(fetched(), 4, "two at once are one question");
}

#[tokio::test]
async fn a_provider_that_is_another_or_leads_elsewhere_is_none() {
    type Twist = (fn(&mut Value), &'static str);
    let twists: [Twist; 6] = [
        (|said| said["issuer"] = "https://evil.example".into(), "calls itself by another name"),
        (|said| said["token_endpoint"] = "http://10.0.0.1/token".into(), "token_endpoint"),
        (|said| said["token_endpoint"] = "http://id.example/token".into(), "not by TLS"),
        (|said| said["jwks_uri"] = "file:///etc/passwd".into(), "jwks_uri"),
        (|said| said["authorization_endpoint"] = "javascript:alert(1)".into(), "authorization_endpoint"),
        (|said| said["code_challenge_methods_supported"] = json!(["plain"]), "PKCE"),
    ];
    for (twist, why) in twists {
        let (peer, soft) = provider(twist).await;
        let connector = Connector::new(settings(&peer, &soft)).unwrap();
        let failed = connector.discovery(now()).await.unwrap_err().to_string();
        assert!(failed.contains(why), "{failed}");
        assert!(connector.redeem(now(), "c", "v").await.is_err());
        assert!(peer.asked().iter().all(|asked| asked.path.starts_with("/.well-known/")), "nothing went elsewhere");
    }
}

#[tokio::test]
async fn what_goes_wrong_at_the_provider_is_said_without_its_words() {
    for (path, why) in
        [("/moved", "status 302"), ("/broken", "none of its keys"), ("/down", "status 503"), ("/none", "status 404")]
    {
        let (peer, soft) = provider(move |said| {
            let at = format!("{}{path}", said["issuer"].as_str().unwrap());
            (said["jwks_uri"], said["token_endpoint"]) = (at.clone().into(), at.into());
        })
        .await;
        let connector = Connector::new(settings(&peer, &soft)).unwrap();
        let failed = connector.keys(now(), false).await.unwrap_err();
        assert!(matches!(&failed, Failed::Away(said) if said.contains(why)), "{failed}");
        let failed = connector.redeem(now(), "c", "v").await.unwrap_err().to_string();
        assert!(!failed.contains("nora"), "{failed}");
    }
    let (peer, soft) = provider(|_| {}).await;
    let settings = settings(&peer, &soft);
    drop(peer);
    assert!(matches!(Connector::new(settings).unwrap().discovery(now()).await, Err(Failed::Away(_))));
}

#[test]
fn what_cannot_work_is_said_at_the_start() {
    let why = |change: &dyn Fn(&mut Settings)| {
        let mut settings = Settings {
            issuer: "https://id.example/realms/desk".into(),
            client_id: "desk".into(),
            client_secret: "s".into(),
            redirect: BACK.into(),
            link: Link::default(),
        };
        change(&mut settings);
        Connector::new(settings).map_or_else(|why| why, |_| "fine".into())
    };
    assert_eq!(why(&|_| {}), "fine");
    assert!(why(&|s| s.issuer = "http://id.example".into()).starts_with("issuer must begin with https"));
    assert!(why(&|s| s.issuer = "http://127.0.0.1:9000".into()).starts_with("issuer"));
    assert!(why(&|s| s.issuer = "https://id.example/?a=b".into()).starts_with("issuer"));
    assert!(why(&|s| s.issuer = "https://a:b@id.example".into()).starts_with("issuer"));
    assert!(why(&|s| s.client_secret = String::new()).starts_with("client_id and client_secret"));
}
