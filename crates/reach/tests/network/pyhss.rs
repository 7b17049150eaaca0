//! A fake of PyHSS 2.0's REST interface, written from runs of the real one: absence is `null`, mostly under
//! 200; a deleted subscriber is not detached unless `deregister` came first; the provisioning key is asked for
//! by changes only, and `deregister` is a read. The real one: `with_pyhss.rs`.

use std::sync::{Arc, Mutex};

use reach::Observed;
use reach::element::{Pyhss, PyhssElement};

use crate::laws::{Bench, IMSI, World, answer, key, line, now, obeys, retry};
use crate::peer::{Asked, Peer, Reply};

/// Rows by kind, each the card's one row: `sub`, `ims`, `auc`, and `mme` while a phone is attached.
fn fake(world: &mut World, asked: &Asked) -> (Reply, Option<&'static str>) {
    if asked.method != "GET" && asked.headers.get("provisioning-key").is_none_or(|v| v != "hunter2") {
        return (Reply::json(401, r#"{"Result":"Unauthorized - Provisioning-Key Invalid"}"#), None);
    }
    let ok = || Reply::json(200, r#"{"Result":"OK"}"#);
    let path: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
    let row = |status, found: Option<String>| {
        (Reply::json(found.as_ref().map_or(status, |_| 200), found.unwrap_or("null".into())), None)
    };
    let has = |world: &World, kind: &str| world.cards.contains_key(kind);
    match (asked.method.as_str(), path.as_slice()) {
        ("GET", ["subscriber", "imsi", IMSI]) => {
            let on = world.cards.get("sub").map(|barred| !barred);
            row(200, on.map(|on| format!(r#"{{"subscriber_id":11,"imsi":"{IMSI}","enabled":{on},"auc_id":12}}"#)))
        }
        ("GET", ["ims_subscriber", "ims_subscriber_imsi", IMSI]) => {
            row(400, has(world, "ims").then(|| r#"{"ims_subscriber_id":13}"#.to_owned()))
        }
        ("GET", ["auc", "imsi", IMSI]) => row(200, has(world, "auc").then(|| r#"{"auc_id":12,"ki":null}"#.to_owned())),
        ("GET", ["oam", "deregister", IMSI]) => {
            let made = world.cards.remove("mme").map(|_| "cancel location");
            (ok(), made)
        }
        ("PATCH", ["subscriber", "11"]) => {
            let off = asked.body == r#"{"enabled":false}"#;
            world.cards.insert("sub".into(), off);
            (ok(), Some(if off { "bar" } else { "unbar" }))
        }
        ("DELETE", [kind, id]) => {
            let (row, made) = match (*kind, *id) {
                ("ims_subscriber", "13") => ("ims", "delete ims"),
                ("subscriber", "11") => ("sub", "delete subscriber"),
                ("auc", "12") => ("auc", "delete keys"),
                _ => return (Reply::json(200, "null"), None),
            };
            match world.cards.remove(row) {
                Some(_) => (ok(), Some(made)),
                None => (Reply::json(200, "null"), None),
            }
        }
        _ => (Reply::json(404, r#"{"Result":"Not Found"}"#), None),
    }
}

async fn bench_with(key: &str) -> Bench {
    let world = Arc::new(Mutex::new(World::default()));
    for row in ["mme", "ims", "sub", "auc"] {
        world.lock().unwrap().cards.insert(row.into(), false);
    }
    let shared = world.clone();
    let peer = Peer::start(move |asked| answer(&shared, asked, fake)).await;
    let text = format!(
        "url = \"{}\"\nprovisioning_key = \"{key}\"\nlink = {{ allow = [\"127.0.0.1\"], exchange_seconds = 1, answer_bytes = 65536 }}",
        peer.url
    );
    let settings: Pyhss = toml::from_str(&text).unwrap();
    assert!(!format!("{settings:?}").contains(key));
    let element = Box::new(PyhssElement::new(&settings).unwrap());
    let ceasing = &["cancel location", "delete ims", "delete subscriber", "delete keys"];
    Bench { element, peer, world, ceasing, bars: true, skips: false }
}

#[tokio::test]
async fn pyhss_obeys_the_laws() {
    obeys(|| bench_with("hunter2")).await;
}

#[tokio::test]
async fn a_wrong_key_is_for_the_operator_to_mend() {
    let b = bench_with("wrong").await;
    let [seen, barred, put_back, ceased] = b.all(&line()).await;
    assert_eq!(seen.unwrap().observed, Observed::Active);
    assert!(retry(barred).contains("provisioning key"));
    assert_eq!(put_back.unwrap().observed, Observed::Active, "nothing was to be done");
    assert!(retry(ceased).contains("provisioning key"));
    assert_eq!(b.made(), ["cancel location"], "which wants no key");
}

#[tokio::test]
async fn keys_that_are_left_behind_are_no_end() {
    let b = bench_with("hunter2").await;
    for row in ["mme", "ims", "sub"] {
        b.world.lock().unwrap().cards.remove(row);
    }
    assert_eq!(b.element.observe(&line(), now()).await.unwrap().evidence, "no subscriber, keys kept");
    b.element.cease(&line(), key(3), now()).await.unwrap();
    assert_eq!(b.made(), ["delete keys"]);
}
