//! The PyHSS connector against a real one, whose REST interface `CEASE_TEST_PYHSS` names (docs/network.md says how to
//! start it). The provisioning key is `hunter2`. Subscribers are made and ended; nothing else is touched.

use case::{CardId, CaseRef, EffectId, Subscription, Timestamp};
use reach::element::{Pyhss, PyhssElement};
use reach::http::{Ask, Client, HeaderName, HeaderValue, Link, Method};
use reach::{Element, Failure, Line, Observed};
use serde_json::{Value, json};

const KEY: &str = "hunter2";

fn url() -> String {
    std::env::var("CEASE_TEST_PYHSS").expect("CEASE_TEST_PYHSS=http://127.0.0.1:PORT, see docs/network.md")
}

fn link() -> Link {
    Link { allow: vec!["127.0.0.1".into()], ..Link::default() }
}

fn element(key: &str) -> PyhssElement {
    let text = format!("url = \"{}\"\nprovisioning_key = \"{key}\"\nlink = {{ allow = [\"127.0.0.1\"] }}", url());
    PyhssElement::new(&toml::from_str::<Pyhss>(&text).unwrap()).unwrap()
}

async fn put(path: &str, body: Value) -> Value {
    let headers = vec![
        (HeaderName::from_static("provisioning-key"), HeaderValue::from_static(KEY)),
        (HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")),
    ];
    let ask =
        Ask { method: Method::PUT, url: format!("{}{path}", url()).parse().unwrap(), headers, body: body.to_string() };
    let answer = Client::new(&link()).unwrap().send(ask).await.unwrap();
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status.as_u16(), 200, "{path}: {said}");
    serde_json::from_str(&said).unwrap()
}

/// A subscriber with keys and an IMS subscriber, as one that can attach has.
async fn subscriber(imsi: &str) -> Line {
    let apn =
        put("/apn/", json!({"apn": format!("internet{imsi}"), "apn_ambr_dl": 0, "apn_ambr_ul": 0})).await["apn_id"]
            .clone();
    let keys = json!({"ki": "0102030405060708090a0b0c0d0e0f10", "opc": "00112233445566778899aabbccddeeff", "amf": "8000", "sqn": 0, "imsi": imsi});
    let auc = put("/auc/", keys).await["auc_id"].clone();
    let msisdn = format!("4477{}", &imsi[7..]);
    let body = json!({"imsi": imsi, "enabled": true, "auc_id": auc, "default_apn": apn, "apn_list": apn.to_string(), "msisdn": msisdn, "ue_ambr_dl": 0, "ue_ambr_ul": 0});
    put("/subscriber/", body).await;
    let ims = json!({"imsi": imsi, "msisdn": msisdn, "msisdn_list": msisdn, "ifc_path": "default_ifc.xml"});
    put("/ims_subscriber/", ims).await;
    Line { imsi: Some(imsi.into()), ..Line::bare(Subscription { card: CardId::from_bits(1), generation: 1 }) }
}

/// The process's number keeps runs apart.
fn number(n: u32) -> String {
    format!("00101{:010}", u64::from(std::process::id()) * 10 + u64::from(n))
}

fn key(n: u32) -> EffectId {
    EffectId { case: CaseRef::from_bits(7), n }
}

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_subscriber_is_barred_put_back_and_ended_and_its_neighbour_stays() {
    let (line, other) = (subscriber(&number(1)).await, subscriber(&number(2)).await);
    let hss = element(KEY);
    let seen = |read: reach::ReadBack| (read.observed, read.evidence);
    assert_eq!(seen(hss.observe(&line, now()).await.unwrap()), (Observed::Active, "subscriber enabled".into()));
    // Each twice: a second time changes nothing.
    for _ in 0..2 {
        assert_eq!(
            seen(hss.bar(&line, key(1), now()).await.unwrap()),
            (Observed::Barred, "subscriber disabled".into())
        );
    }
    for _ in 0..2 {
        assert_eq!(hss.unbar(&line, key(2), now()).await.unwrap().observed, Observed::Active);
    }
    for _ in 0..2 {
        let gone = hss.cease(&line, key(3), now()).await.unwrap();
        assert_eq!(seen(gone), (Observed::Gone, "no subscriber, no IMS subscriber, no keys".into()));
    }
    assert_eq!(hss.observe(&line, now()).await.unwrap().observed, Observed::Gone);
    assert_eq!(hss.observe(&other, now()).await.unwrap().observed, Observed::Active);
    hss.cease(&other, key(4), now()).await.unwrap();
}

#[tokio::test]
async fn a_wrong_key_is_for_the_operator_to_mend() {
    let line = subscriber(&number(3)).await;
    let (wrong, right) = (element("wrong"), element(KEY));
    // Reading wants no key.
    assert_eq!(wrong.observe(&line, now()).await.unwrap().observed, Observed::Active);
    for said in [wrong.bar(&line, key(1), now()).await, wrong.cease(&line, key(2), now()).await] {
        assert!(matches!(&said, Err(Failure::Retry(why)) if why.contains("provisioning key")), "{said:?}");
    }
    assert_eq!(right.observe(&line, now()).await.unwrap().observed, Observed::Active);
    assert_eq!(right.cease(&line, key(3), now()).await.unwrap().observed, Observed::Gone);
}
