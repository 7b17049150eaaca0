//! The SIM swap client: one suite over the fake and over the real client in front of a server that behaves as the
//! API's own description says; and what only a server can do wrong.

use std::sync::atomic::{AtomicU32, Ordering};

use case::Timestamp;
use reach::http::Link;
use reach::secret::Secret;
use reach::sim_swap::{Camara, Fake, OAuth, Settings, SimSwap, Swap};
use serde_json::{Value, json};

use crate::peer::{Asked, Peer, Reply};

const SAME: &str = "+447700900101";
const SWAPPED: &str = "+447700900102";
const UNDATED: &str = "+447700900103";
const FOREIGN: &str = "+447700900104";
const AT: &str = "2026-11-22T09:30:00Z";

/// As the API describes itself.
fn network(asked: &Asked) -> Reply {
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let refuse = |status: u16, code: &str| {
        Reply::json(status, json!({ "status": status, "code": code, "message": "about +447700900104" }).to_string())
    };
    if asked.headers.get("authorization").and_then(|v| v.to_str().ok()) != Some("Bearer letmein") {
        return refuse(401, "UNAUTHENTICATED");
    }
    let phone = body["phoneNumber"].as_str().unwrap_or_default();
    match (asked.path.as_str(), phone) {
        (_, FOREIGN) => refuse(422, "SERVICE_NOT_APPLICABLE"),
        ("/sim-swap/v2/check", _) => match body["maxAge"].as_u64() {
            Some(1..=2400) => Reply::json(200, json!({ "swapped": phone != SAME }).to_string()),
            Some(_) | None => refuse(400, "OUT_OF_RANGE"),
        },
        ("/sim-swap/v2/retrieve-date", SWAPPED) => {
            Reply::json(200, json!({ "latestSimChange": "2026-11-22T10:30:00.000+01:00" }).to_string())
        }
        ("/sim-swap/v2/retrieve-date", _) => {
            Reply::json(200, json!({ "latestSimChange": null, "monitoredPeriod": 120 }).to_string())
        }
        _ => refuse(404, "NOT_FOUND"),
    }
}

fn settings(url: &str) -> Settings {
    Settings {
        url: format!("{url}/sim-swap/v2"),
        token: Some(Secret::Text("letmein".into())),
        oauth: None,
        max_age_hours: 72,
        link: Link { allow: vec!["127.0.0.1".into()], exchange_seconds: 1, ..Link::default() },
    }
}

async fn laws(network: &dyn SimSwap) {
    let at: Timestamp = AT.parse().unwrap();
    assert_eq!(network.within(SAME, 72).await, Swap::Same);
    assert_eq!(network.within(SWAPPED, 72).await, Swap::Swapped(Some(at)));
    assert_eq!(network.within(UNDATED, 72).await, Swap::Swapped(None));
    let Swap::Unknown(why) = network.within(FOREIGN, 72).await else { panic!("nobody knows of it") };
    assert!(!why.contains("7700900104"), "{why}");
}

#[tokio::test]
async fn the_fake_obeys_the_laws() {
    let fake = Fake::default();
    fake.tell(SWAPPED, Swap::Swapped(AT.parse().ok()));
    fake.tell(UNDATED, Swap::Swapped(None));
    fake.tell(FOREIGN, Swap::Unknown("422 SERVICE_NOT_APPLICABLE".into()));
    laws(&fake).await;
}

#[tokio::test]
async fn the_client_obeys_the_laws_and_keeps_the_number_out_of_the_address() {
    let peer = Peer::start(network).await;
    laws(&Camara::new(&settings(&peer.url)).unwrap()).await;
    for asked in peer.asked() {
        assert!(!asked.path.contains("7700"), "{}", asked.path);
        assert_eq!(asked.method, "POST");
    }
}

#[tokio::test]
async fn a_token_is_fetched_kept_and_fetched_again_when_it_is_refused() {
    let fetched = std::sync::Arc::new(AtomicU32::new(0));
    let count = fetched.clone();
    let peer = Peer::start(move |asked| {
        if asked.path == "/token" {
            let n = count.fetch_add(1, Ordering::SeqCst);
            let right =
                asked.body.contains("grant_type=client_credentials") && asked.body.contains("client_secret=hush");
            // The first is good for nothing.
            let token = if n == 0 { "stale" } else { "letmein" };
            return if right {
                Reply::json(200, json!({ "access_token": token, "expires_in": 3600 }).to_string())
            } else {
                Reply::json(401, "{}")
            };
        }
        network(asked)
    })
    .await;
    let oauth = OAuth {
        token_url: format!("{}/token", peer.url),
        client_id: "desk".into(),
        client_secret: Secret::Text("hush".into()),
        scope: "sim-swap".into(),
    };
    let client = Camara::new(&Settings { token: None, oauth: Some(oauth), ..settings(&peer.url) }).unwrap();
    laws(&client).await;
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_network_that_misbehaves_is_unknown_in_time() {
    let huge = "x".repeat(1 << 20);
    let replies: [fn(&str) -> Reply; 6] = [
        |_| Reply::HangUp,
        |_| Reply::Silence,
        |_| Reply::json(200, "not json"),
        |_| Reply::json(200, "{\"swapped\":\"yes\"}"),
        |_| Reply::json(500, "<html>"),
        |huge| Reply::json(200, huge),
    ];
    for reply in replies {
        let huge = huge.clone();
        let peer = Peer::start(move |_| reply(&huge)).await;
        let client = Camara::new(&settings(&peer.url)).unwrap();
        let found = client.within(SAME, 72).await;
        assert!(matches!(found, Swap::Unknown(_)), "{found:?}");
    }
}

#[test]
fn what_cannot_work_is_said_when_it_is_configured() {
    let good = settings("http://127.0.0.1:1");
    let oauth = || OAuth {
        token_url: "http://10.0.0.1/token".into(),
        client_id: "desk".into(),
        client_secret: Secret::Text("hush".into()),
        scope: "sim-swap".into(),
    };
    for (settings, says) in [
        (Settings { token: None, ..good.clone() }, "either token or oauth"),
        (Settings { oauth: Some(oauth()), ..good.clone() }, "either token or oauth"),
        (Settings { token: None, oauth: Some(oauth()), ..good.clone() }, "oauth.token_url leads to 10.0.0.1"),
        (Settings { max_age_hours: 0, ..good.clone() }, "max_age_hours"),
        (Settings { max_age_hours: 2401, ..good.clone() }, "max_age_hours"),
        (Settings { url: "http://192.168.0.1/v2".into(), ..good.clone() }, "url leads to 192.168.0.1"),
        (Settings { url: "https://api.example.com/v2?x".into(), ..good.clone() }, "must not have a ?"),
        (Settings { token: Some(Secret::Text("a\nb".into())), ..good.clone() }, "no header may have"),
    ] {
        let why = Camara::new(&settings).err().unwrap();
        assert!(why.contains(says) && !why.contains("hush") && !why.contains("letmein"), "{says}: {why}");
    }
}
