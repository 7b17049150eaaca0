//! Kill Bill, against a counterpart written from its documentation and source.

use std::sync::{Arc, Mutex};

use reach::billing::{Billing, KillBill, KillBillBilling, Order};
use serde_json::{Value, json};

use crate::billing::{Bench, billed, end, obeys, pounds};
use crate::laws::{give_up, now, retry};
use crate::peer::{Asked, Peer, Reply};

const SUBSCRIPTION: &str = "4f1c2a10-0000-4000-8000-000000000001";
const ACCOUNT: &str = "4f1c2a10-0000-4000-8000-000000000002";

#[derive(Default)]
struct World {
    /// The day on which entitlement and billing end.
    end: Option<String>,
    invoiced: bool,
    refunds: Vec<(String, Value)>,
    lose: bool,
    /// What was paid in the last month, in pounds.
    paid: f64,
}

fn query<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    let query = asked.path.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn killbill(world: &Mutex<World>, asked: &Asked) -> Reply {
    let mut world = world.lock().unwrap();
    let header = |name: &str| asked.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    // admin:password, as every installation begins.
    assert_eq!(header("authorization").as_deref(), Some("Basic YWRtaW46cGFzc3dvcmQ="));
    assert_eq!(header("x-killbill-apikey").as_deref(), Some("laika"));
    assert_eq!(header("x-killbill-apisecret").as_deref(), Some("hunter2"));
    if asked.method != "GET" {
        assert_eq!(header("x-killbill-createdby").as_deref(), Some("cease"), "it refuses writes without one");
    }
    let path = asked.path.split('?').next().unwrap_or_default().trim_start_matches("/1.0/kb/").to_owned();
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let lose = |world: &mut World| std::mem::take(&mut world.lose);
    let item = |kind: &str, amount: f64| json!({"itemType": kind, "subscriptionId": SUBSCRIPTION, "amount": amount, "currency": "GBP"});
    match (asked.method.as_str(), path.as_str()) {
        ("GET", "subscriptions") => {
            assert_eq!(query(asked, "externalKey"), Some(crate::laws::ICCID));
            let state = if world.end.is_some() { "CANCELLED" } else { "ACTIVE" };
            Reply::json(
                200,
                json!({
                    "accountId": ACCOUNT, "subscriptionId": SUBSCRIPTION, "externalKey": crate::laws::ICCID,
                    "state": state, "cancelledDate": world.end, "billingEndDate": world.end,
                })
                .to_string(),
            )
        }
        ("DELETE", path) if path == format!("subscriptions/{SUBSCRIPTION}") => {
            assert_eq!(query(asked, "useRequestedDateForBilling"), Some("true"));
            assert!(world.end.is_none(), "a cancelled one is refused");
            world.end = query(asked, "requestedDate").map(str::to_owned);
            if lose(&mut world) { Reply::HangUp } else { Reply::json(204, "") }
        }
        ("POST", "invoices/dryRun") => {
            assert_eq!(body["dryRunType"], "TARGET_DATE");
            match world.invoiced {
                true => Reply::json(404, ""),
                false => Reply::json(200, json!({"items": [item("RECURRING", 3.5)]}).to_string()),
            }
        }
        ("POST", "invoices") => {
            assert_eq!((query(asked, "accountId"), query(asked, "targetDate")), (Some(ACCOUNT), world.end.as_deref()));
            world.invoiced = true;
            Reply::json(201, "")
        }
        ("GET", path) if path == format!("accounts/{ACCOUNT}/invoices") => {
            let other = json!({"itemType": "RECURRING", "subscriptionId": "another", "amount": 99, "currency": "GBP"});
            let old = json!({"status": "COMMITTED", "targetDate": "2026-10-01", "items": [item("RECURRING", 30.0)]});
            let items = json!([item("RECURRING", 3.5), item("REPAIR_ADJ", -12.5), other]);
            let last = json!({"status": "COMMITTED", "targetDate": world.end, "items": items});
            let all = if world.invoiced { vec![old, last] } else { vec![old] };
            Reply::json(200, json!(all).to_string())
        }
        ("GET", path) if path == format!("accounts/{ACCOUNT}/invoicePayments") => {
            let refunds = world.refunds.iter().map(|(key, amount)| {
                json!({"transactionId": "R-1", "transactionType": "REFUND", "transactionExternalKey": key,
                       "status": "SUCCESS", "amount": amount, "currency": "GBP"})
            });
            let refunded: f64 = world.refunds.iter().filter_map(|(_, amount)| amount.as_f64()).sum();
            let payment = json!({"paymentId": "P-1", "currency": "GBP", "purchasedAmount": world.paid,
                                 "refundedAmount": refunded, "transactions": refunds.collect::<Vec<_>>()});
            Reply::json(200, json!([payment]).to_string())
        }
        ("POST", "invoicePayments/P-1/refunds") => {
            let key = body["transactionExternalKey"].as_str().unwrap().to_owned();
            assert!(!world.refunds.iter().any(|(known, _)| *known == key), "the same key twice");
            world.refunds.push((key, body["amount"].clone()));
            if lose(&mut world) { Reply::HangUp } else { Reply::json(201, "") }
        }
        (method, path) => panic!("{method} {path} is not spoken"),
    }
}

fn settings(url: &str) -> KillBill {
    let text = format!(
        r#"
        url = "{url}/"
        user = "admin"
        password = "password"
        api_key = "laika"
        api_secret = "hunter2"
        [link]
        allow = ["127.0.0.0/8"]
        "#
    );
    toml::from_str(&text).unwrap()
}

async fn bench(paid: f64) -> (KillBillBilling, Arc<Mutex<World>>, Peer) {
    let world = Arc::new(Mutex::new(World { paid, ..World::default() }));
    let behind = world.clone();
    let peer = Peer::start(move |asked| killbill(&behind, asked)).await;
    (KillBillBilling::new(&settings(&peer.url)).unwrap(), world, peer)
}

#[tokio::test]
async fn it_keeps_the_laws() {
    let (billing, world, _peer) = bench(30.0).await;
    let (lose, paid) = (world.clone(), world.clone());
    obeys(Bench {
        billing: Box::new(billing),
        answers: Box::new(|| {}),
        paid: Box::new(move || paid.lock().unwrap().refunds.len()),
        lose: Some(Box::new(move || lose.lock().unwrap().lose = true)),
    })
    .await;
    let world = world.lock().unwrap();
    assert_eq!(world.end.as_deref(), Some("2026-11-27"));
    assert_eq!(world.refunds, [(billed().key(Order::Refund), json!(9.0))]);
}

#[tokio::test]
async fn a_refund_larger_than_any_payment_goes_to_a_person() {
    let (billing, world, _peer) = bench(8.99).await;
    billing.stop(&billed(), end(), now()).await.unwrap();
    assert!(give_up(billing.refund(&billed(), &pounds(900), now()).await).contains("no payment is large enough"));
    assert!(world.lock().unwrap().refunds.is_empty());
}

#[tokio::test]
async fn what_it_says_otherwise_is_not_guessed_at() {
    for (status, body) in [
        (200, "{}"),
        (200, "[]"),
        (200, "<html>"),
        (200, r#"{"subscriptionId":"s","accountId":"a","state":"ACTIVE","billingEndDate":"soon"}"#),
        (401, ""),
        (500, r#"{"message":"hunter2"}"#),
    ] {
        let peer = Peer::start(move |_| Reply::json(status, body)).await;
        let billing = KillBillBilling::new(&settings(&peer.url)).unwrap();
        let why = retry(billing.observe(&billed(), now()).await);
        assert!(!why.contains("hunter2") && !why.contains(crate::laws::ICCID), "{why}");
    }
    let peer = Peer::start(|_| Reply::json(404, r#"{"message":"no such subscription"}"#)).await;
    let billing = KillBillBilling::new(&settings(&peer.url)).unwrap();
    assert!(give_up(billing.observe(&billed(), now()).await).contains("HTTP 404"));
    let mut bare = billed();
    bare.line.iccid = None;
    assert!(give_up(billing.observe(&bare, now()).await).contains("the card has no ICCID"));
}
