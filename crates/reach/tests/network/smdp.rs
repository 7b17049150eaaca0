//! An SM-DP+ written from SGP.22: orders have a state, every status code of `cancelOrder` can be had, and it
//! can be told to misbehave.

use std::sync::{Arc, Mutex};

use reach::element::{Es2plus, Es2plusElement};
use reach::{Line, Observed};
use serde_json::{Value, json};

use crate::laws::{Bench, EID, Fault, ICCID, World, answer, give_up, key, line, now, obeys, retry};
use crate::peer::{Asked, Peer, Reply};

fn executed(status: Value) -> Reply {
    let body = json!({ "header": { "functionExecutionStatus": status } });
    Reply::Say(
        200,
        vec![("content-type", "application/json".into()), ("x-admin-protocol", "gsma/rsp/v2.5.0".into())],
        body.to_string(),
    )
}

fn failed(subject: &str, reason: &str) -> Reply {
    let data = json!({ "subjectCode": subject, "reasonCode": reason, "message": format!("no {ICCID}") });
    executed(json!({ "status": "Failed", "statusCodeData": data }))
}

/// The order is what stands under its ICCID; `true` where it has been downloaded.
fn fake(world: &mut World, asked: &Asked) -> (Reply, Option<&'static str>) {
    let header = |name: &str| asked.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let read: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let text = |pointer: &str| read.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let sound = asked.method == "POST"
        && asked.path == "/gsma/rsp2/es2plus/cancelOrder"
        && header("content-type") == "application/json"
        && header("x-admin-protocol") == "gsma/rsp/v2.5.0"
        && text("/header/functionRequesterIdentifier") == "1.3.6.1.4.1.99999.1"
        && !text("/header/functionCallIdentifier").is_empty();
    if !sound {
        return (Reply::json(500, ""), None);
    }
    let iccid = text("/iccid");
    if !matches!(text("/finalProfileStatusIndicator"), "Available" | "Unavailable") || iccid.is_empty() {
        return (failed("8.2.1", "2.2"), None);
    }
    match world.cards.get(iccid) {
        None => (failed("8.2.1", "3.9"), None),
        Some(_) if !text("/eid").is_empty() && text("/eid") != EID => (failed("8.2.1", "3.10"), None),
        Some(true) => (failed("8.2.1", "3.3"), None),
        Some(false) => {
            world.cards.remove(iccid);
            (executed(json!({ "status": "Executed-Success" })), Some("cancel"))
        }
    }
}

fn element(url: &str, more: &str) -> Result<Es2plusElement, String> {
    let text = format!(
        "url = \"{url}\"\nrequester = \"1.3.6.1.4.1.99999.1\"\nlink = {{ allow = [\"127.0.0.1\"], exchange_seconds = 1, answer_bytes = 65536 }}\n{more}"
    );
    Es2plusElement::new(&toml::from_str::<Es2plus>(&text).map_err(|e| e.to_string())?)
}

async fn bench_with(more: &str) -> Bench {
    let world = Arc::new(Mutex::new(World::default()));
    world.lock().unwrap().cards.insert(format!("{ICCID}F"), false);
    let shared = world.clone();
    let peer = Peer::start(move |asked| answer(&shared, asked, fake)).await;
    let element = Box::new(element(&peer.url, more).unwrap());
    Bench { element, peer, world, ceasing: &["cancel"], bars: false, skips: true }
}

#[tokio::test]
async fn an_order_obeys_the_laws() {
    obeys(|| bench_with("")).await;
}

#[tokio::test]
async fn cancelling_is_read_back_by_asking_once_more() {
    let b = bench_with("").await;
    let read = b.element.cease(&line(), key(3), now()).await.unwrap();
    assert_eq!(read.evidence, "cancelOrder Executed-Success, then 8.2.1/3.9: ICCID unknown");
    let calls: Vec<String> = b
        .peer
        .asked()
        .iter()
        .map(|asked| {
            let body: Value = serde_json::from_str(&asked.body).unwrap();
            body["header"]["functionCallIdentifier"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0], key(3).to_string());
    assert_ne!(calls[1], calls[0]);
}

#[tokio::test]
async fn a_downloaded_profile_is_left_on_its_device_and_that_is_no_failure() {
    let b = bench_with("").await;
    b.world.lock().unwrap().cards.insert(format!("{ICCID}F"), true);
    for _ in 0..2 {
        let read = b.element.cease(&line(), key(3), now()).await.unwrap();
        assert_eq!((read.observed, read.profile_left), (Observed::Gone, true));
        assert_eq!(read.evidence, "cancelOrder 8.2.1/3.3: already downloaded");
    }
    assert!(b.made().is_empty());
}

#[tokio::test]
async fn a_card_that_is_no_esim_is_passed_over_unless_all_are_to_be_asked_for() {
    let plastic = Line { eid: None, ..line() };
    let b = bench_with("").await;
    for said in b.all(&plastic).await {
        assert_eq!(said.unwrap().evidence, "not an eSIM");
    }
    assert!(b.peer.asked().is_empty());
    let b = bench_with("without_eid = true").await;
    assert_eq!(b.element.cease(&plastic, key(3), now()).await.unwrap().observed, Observed::Gone);
    assert_eq!(b.made(), ["cancel"]);
    // Nobody asks before its time: what is cancelled cannot be put back.
    let b = bench_with("").await;
    for said in [b.element.observe(&line(), now()).await, b.element.bar(&line(), key(1), now()).await] {
        assert!(said.unwrap().evidence.starts_with("not asked"));
    }
    assert!(b.peer.asked().is_empty());
    let numberless = Line { iccid: None, ..line() };
    assert!(give_up(b.element.cease(&numberless, key(3), now()).await).starts_with("nothing was sent"));
}

#[tokio::test]
async fn every_status_has_its_consequence() {
    let b = bench_with("").await;
    let say = |status: Value| {
        let body = json!({ "header": { "functionExecutionStatus": status } }).to_string();
        b.fault(Fault::Instead(200, body));
    };
    let code = |subject: &str, reason: &str| json!({ "status": "Failed", "statusCodeData": { "subjectCode": subject, "reasonCode": reason, "message": ICCID } });
    for (status, gone) in [
        (json!({ "status": "Executed-Success" }), true),
        (json!({ "status": "Executed-WithWarning" }), true),
        (code("8.2.1", "3.9"), true),
        (code("8.2.1", "3.7"), true),
        (code("8.2.1", "3.5"), true),
        (code("8.2.1", "3.3"), true),
        (json!({ "status": "Expired" }), false),
        (json!({ "status": "Failed" }), false),
        (code("8.1", "4.2"), false),
        (code("1.2", "5.1"), false),
    ] {
        say(status.clone());
        let came = b.element.cease(&line(), key(3), now()).await;
        if gone {
            assert_eq!(came.unwrap().observed, Observed::Gone, "{status}");
        } else {
            retry(came);
        }
    }
    for (subject, reason) in [
        ("8.2.1", "1.2"),
        ("8.2.1", "2.2"),
        ("8.2.1", "3.10"),
        ("8.2.6", "3.10"),
        ("8.1.1", "2.2"),
        ("8.1.1", "3.9"),
        ("8.1.1", "3.10"),
    ] {
        say(code(subject, reason));
        let why = give_up(b.element.cease(&line(), key(3), now()).await);
        assert!(why.contains(&format!("{subject}/{reason}")) && !why.contains(ICCID), "{why}");
    }
}

#[tokio::test]
async fn who_does_not_say_that_it_speaks_rsp_is_not_believed() {
    for spoken in [None, Some("http/1.1"), Some("gsma/rsp"), Some("gsma/m2m/v1")] {
        let peer = Peer::start(move |_| {
            let body = r#"{"header":{"functionExecutionStatus":{"status":"Executed-Success"}}}"#;
            Reply::Say(200, spoken.iter().map(|s| ("x-admin-protocol", (*s).to_owned())).collect(), body.into())
        })
        .await;
        let b = element(&peer.url, "").unwrap();
        let why = retry(reach::Element::cease(&b, &line(), key(3), now()).await);
        assert!(why.contains("gsma/rsp"), "{why}");
    }
}

#[test]
fn settings_that_cannot_work_are_said_with_their_key() {
    let wrong = |url: &str, more: &str| element(url, more).err().unwrap_or_else(|| "fine".into());
    assert_eq!(wrong("https://smdp.example", ""), "fine");
    assert!(wrong("http://8.8.8.8", "").starts_with("url leads to"));
    assert!(wrong("https://smdp.example?x", "").starts_with("url must not"));
    assert!(wrong("https://smdp.example", "version = \"two\"").starts_with("version"));
    assert!(wrong("https://smdp.example", "final_status = \"Deleted\"").starts_with("final_status"));
    assert!(wrong("https://smdp.example", "eids = 1").contains("unknown field"));
    let told = |more: &str| wrong("https://smdp.example", &format!("[notifications]\nheader = \"x-smdp\"\n{more}"));
    assert_eq!(told("value = \"0123456789abcdef\"\ndeleted = [5, 103]"), "fine");
    assert!(told("value = \"short\"").contains("notifications.value"));
    assert!(told("value = \"0123456789abcdef\"\ndeleted = [4]").contains("one number means one thing"));
    assert!(told("value = { file = \"/nowhere/x\" }").contains("/nowhere/x"));
}
