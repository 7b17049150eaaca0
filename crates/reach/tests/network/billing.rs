//! What every billing connector must do, whoever stands behind it: the fake, files that somebody answers, a system by
//! description, Kill Bill.

use std::sync::{Arc, Mutex};

use case::{Charge, Money, Timestamp};
use jiff::tz::TimeZone;
use reach::Failure;
use reach::billing::fake::{Fake, Fault};
use reach::billing::{Billed, Billing, Csv, CsvDrop, Http, HttpBilling, Order, Standing};
use serde_json::{Value, json};

use crate::laws::{give_up, line, now, retry};
use crate::peer::{Asked, Peer, Reply};

pub fn pounds(minor: i64) -> Money {
    Money::new(minor, "GBP")
}

pub fn charge(what: &str, minor: i64) -> Charge {
    Charge { what: what.into(), amount: pounds(minor) }
}

pub fn billed() -> Billed {
    Billed {
        line: line(),
        case: case::CaseRef::from_bits(7),
        quoted: vec![charge("fee-last-bill", 350), charge("fee-credit", -1_250)],
        currency: "GBP".into(),
        zone: TimeZone::get("Europe/London").unwrap(),
    }
}

pub fn end() -> Timestamp {
    "2026-11-27T00:00:00Z".parse().unwrap()
}

/// A connector with somebody behind it, who answers between two looks where it is people who answer.
pub struct Bench {
    pub billing: Box<dyn Billing>,
    pub answers: Box<dyn Fn() + Send + Sync>,
    /// How often money was moved.
    pub paid: Box<dyn Fn() -> usize + Send + Sync>,
    /// Whose answer to the next order is lost, though it is carried out.
    pub lose: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Bench {
    async fn look(&self) -> Standing {
        (self.answers)();
        self.billing.observe(&billed(), now()).await.unwrap()
    }
}

/// Each thing happens once however often it is asked for, and only what is read back is so.
pub async fn obeys(bench: Bench) {
    let (of, b) = (billed(), &bench.billing);
    let before = b.observe(&of, now()).await.unwrap();
    assert_eq!((before.ended, before.bill, before.refund), (None, None, None));
    let lost = |taken: Result<(), Failure>| match (&bench.lose, taken) {
        (Some(_), Err(Failure::Retry(_))) | (_, Ok(())) => {}
        (_, other) => panic!("{other:?}"),
    };
    for round in 0..3 {
        if let (0, Some(lose)) = (round, &bench.lose) {
            lose();
        }
        lost(b.stop(&of, end(), now()).await);
    }
    assert_eq!(bench.look().await.ended, Some(end()));
    for _ in 0..3 {
        b.final_bill(&of, now()).await.unwrap();
    }
    let bill = bench.look().await.bill.expect("a bill");
    let sum: i64 = bill.iter().map(|charge| charge.amount.minor).sum();
    assert_eq!((sum, bill.len()), (-900, 2), "{bill:?}");
    for round in 0..3 {
        if let (0, Some(lose)) = (round, &bench.lose) {
            lose();
        }
        lost(b.refund(&of, &pounds(900), now()).await);
    }
    let standing = bench.look().await;
    let paid = standing.refund.expect("a refund");
    assert!(paid.amount == pounds(900) && !paid.reference.is_empty(), "{paid:?}");
    assert_eq!((bench.paid)(), 1, "paid once");
    for number in [crate::laws::IMSI, crate::laws::ICCID, crate::laws::EID] {
        assert!(!standing.evidence.contains(number), "{}", standing.evidence);
    }
}

#[tokio::test]
async fn the_fake() {
    let fake = Arc::new(Fake::default());
    let (lose, paid) = (fake.clone(), fake.clone());
    struct Shared(Arc<Fake>);
    #[async_trait::async_trait]
    impl Billing for Shared {
        fn name(&self) -> &str {
            self.0.name()
        }
        async fn probe(&self) -> Result<String, Failure> {
            self.0.probe().await
        }

        async fn observe(&self, of: &Billed, now: Timestamp) -> Result<Standing, Failure> {
            self.0.observe(of, now).await
        }
        async fn stop(&self, of: &Billed, at: Timestamp, now: Timestamp) -> Result<(), Failure> {
            self.0.stop(of, at, now).await
        }
        async fn final_bill(&self, of: &Billed, now: Timestamp) -> Result<(), Failure> {
            self.0.final_bill(of, now).await
        }
        async fn refund(&self, of: &Billed, amount: &Money, now: Timestamp) -> Result<(), Failure> {
            self.0.refund(of, amount, now).await
        }
    }
    obeys(Bench {
        billing: Box::new(Shared(fake)),
        answers: Box::new(|| {}),
        paid: Box::new(move || {
            paid.accounts()[0].1.done.iter().filter(|key| key.ends_with(Order::Refund.name())).count()
        }),
        lose: Some(Box::new(move || lose.set_fault(Fault::AnswerLost))),
    })
    .await;
}

const ANSWER: &str = "key,result,at,what,amount,currency,reference\n";

#[tokio::test]
async fn files_that_somebody_answers() {
    let dir = tempfile::tempdir().unwrap();
    let csv = CsvDrop::new(&Csv { directory: dir.path().to_owned() }).unwrap();
    let (orders, answers) = (dir.path().join("orders"), dir.path().join("answers"));
    let seen = orders.clone();
    let answer = move || {
        for found in std::fs::read_dir(&orders).unwrap() {
            let path = found.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut lines = text.lines();
            assert_eq!(lines.next(), Some(reach::billing::csv::ORDER));
            let mut out = ANSWER.to_owned();
            for row in lines {
                let cells: Vec<&str> = row.split(',').collect();
                let [key, order, _, _, iccid, _, _, at, what, amount, currency] = cells[..] else { panic!("{row}") };
                assert_eq!(iccid, crate::laws::ICCID);
                out.push_str(&match order {
                    "stop" => format!("{key},done,{at},,,,\n"),
                    "bill" => format!("{key},done,,{what},{amount},{currency},\n"),
                    _ => format!("{key},done,,,{amount},{currency},BACS-1\n"),
                });
            }
            std::fs::write(answers.join(path.file_name().unwrap()), out).unwrap();
        }
    };
    obeys(Bench {
        billing: Box::new(csv),
        answers: Box::new(answer),
        paid: Box::new(move || {
            let refund = |name: &str| name.ends_with(".refund.csv");
            let names = std::fs::read_dir(&seen).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
            names.filter(|name| refund(name)).count()
        }),
        lose: None,
    })
    .await;
}

/// Half an answer is none yet, and what is wrong with one is said with line and column.
#[tokio::test]
async fn answers_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let csv = CsvDrop::new(&Csv { directory: dir.path().to_owned() }).unwrap();
    let of = billed();
    let key = of.key(Order::Bill);
    let path = dir.path().join("answers").join(format!("{key}.csv"));
    let row = |cells: &str| format!("{ANSWER}{cells}\n");
    for (text, says) in [
        (String::new(), "line 1, column 1"),
        ("key;result\n".into(), "line 1, column 1"),
        (ANSWER.to_owned(), "line 2, column 1: there is nothing in it"),
        (format!("{ANSWER}{key},done,,fee-early,1.00,GBP,"), "the last line has no end"),
        (row(&format!("{key},done,,fee-early,1.00")), "line 2, column 5"),
        (row("other,done,,fee-early,1.00,GBP,"), "line 2, column 1: is the key of another order"),
        (row(&format!("{key},yes,,fee-early,1.00,GBP,")), "line 2, column 2"),
        (row(&format!("{key},done,,fee-early,1.0,GBP,")), "line 2, column 5: write the amount like 12.50"),
        (row(&format!("{key},done,,fee-early,99999999999999999999.00,GBP,")), "column 5: the amount is larger"),
    ] {
        std::fs::write(&path, text).unwrap();
        let why = retry(csv.observe(&of, now()).await);
        assert!(why.contains(says), "{says}: {why}");
    }
    std::fs::write(&path, "x".repeat(70_000)).unwrap();
    assert!(retry(csv.observe(&of, now()).await).contains("larger than"));
    std::fs::write(&path, row(&format!("{key},refused,,,,,"))).unwrap();
    assert!(give_up(csv.observe(&of, now()).await).contains("refused by billing"));
}

/// A system that its operator describes.
#[derive(Default)]
struct World {
    ended: Option<String>,
    billed: bool,
    paid: Vec<(String, String)>,
    lose: bool,
}

fn core(world: &Mutex<World>, asked: &Asked) -> Reply {
    let mut world = world.lock().unwrap();
    assert_eq!(asked.headers.get("authorization").map(|v| v.to_str().unwrap()), Some("Bearer hunter2"));
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let key = asked.headers.get("idempotency-key").map(|value| value.to_str().unwrap().to_owned());
    match (asked.method.as_str(), asked.path.rsplit('/').next().unwrap_or_default()) {
        ("POST", "stop") => world.ended = body["at"].as_str().map(str::to_owned),
        ("POST", "bill") => world.billed = true,
        ("POST", "refund") => {
            let key = key.expect("a key");
            if !world.paid.iter().any(|(known, _)| *known == key) {
                world.paid.push((key, body["amount"].as_str().unwrap().to_owned()));
            }
        }
        _ => {
            let lines = json!([{"what": "usage", "amount": 3.5}, {"what": "fee-credit", "amount": "-12.50"}]);
            let paid = world.paid.first();
            return Reply::json(
                200,
                json!({
                    "ended": world.ended, "lines": world.billed.then_some(lines),
                    "refund": paid.map(|(_, amount)| json!({"amount": amount, "reference": 4711})),
                })
                .to_string(),
            );
        }
    }
    if std::mem::take(&mut world.lose) { Reply::HangUp } else { Reply::json(202, "{}") }
}

fn described(url: &str) -> Http {
    let text = format!(
        r#"
        name = "ledger"
        headers = {{ authorization = "Bearer hunter2" }}
        observe = {{ method = "GET", url = "{url}/cards/{{iccid}}" }}
        stop = {{ method = "POST", url = "{url}/cards/{{iccid}}/stop", body = '{{"at":"{{at}}","day":"{{day}}"}}' }}
        bill = {{ method = "POST", url = "{url}/cards/{{iccid}}/bill" }}
        refund = {{ method = "POST", url = "{url}/cards/{{iccid}}/refund", body = '{{"amount":"{{amount}}"}}' }}
        [link]
        allow = ["127.0.0.0/8"]
        [read]
        ended = "/ended"
        lines = "/lines"
        refund_amount = "/refund/amount"
        refund_reference = "/refund/reference"
        names = {{ usage = "fee-last-bill" }}
        "#
    );
    toml::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_system_by_description() {
    let world = Arc::new(Mutex::new(World::default()));
    let (behind, lose, paid) = (world.clone(), world.clone(), world.clone());
    let peer = Peer::start(move |asked| core(&behind, asked)).await;
    let billing = HttpBilling::new(&described(&peer.url)).unwrap();
    obeys(Bench {
        billing: Box::new(billing),
        answers: Box::new(|| {}),
        paid: Box::new(move || paid.lock().unwrap().paid.len()),
        lose: Some(Box::new(move || lose.lock().unwrap().lose = true)),
    })
    .await;
    assert!(peer.asked().iter().any(|asked| asked.body == r#"{"at":"2026-11-27T00:00:00Z","day":"2026-11-27"}"#));
}

#[tokio::test]
async fn a_description_that_is_wrong_is_said_with_its_key() {
    let good = described("http://127.0.0.1:1");
    let wrong = |change: fn(&mut Http)| {
        let mut http = good.clone();
        change(&mut http);
        HttpBilling::new(&http).err().unwrap()
    };
    assert!(wrong(|h| h.refund.body = "{at}".into()).contains("refund.body has {at}"));
    assert!(wrong(|h| h.stop.url = "http://10.0.0.1/{iccid}".into()).starts_with("stop.url"));
    assert!(wrong(|h| h.bill.method = "post".into()).starts_with("bill.method"));
    assert!(wrong(|h| h.observe.url = "http://127.0.0.1:1/all".into()).contains("names no card"));
    assert!(wrong(|h| h.read.ended = "ended".into()).starts_with("read.ended"));
}

#[tokio::test]
async fn answers_that_fit_nothing_change_nothing() {
    for (status, body, word) in [
        (200, "<html>", "cannot be read"),
        (200, r#"{"ended":"soon"}"#, "cannot be read"),
        (200, r#"{"lines":[{"what":"usage","amount":1.234}]}"#, "cannot be read"),
        (200, r#"{"lines":{"what":"usage"}}"#, "cannot be read"),
        (503, "", "HTTP 503"),
        (404, "", "HTTP 404"),
    ] {
        let peer = Peer::start(move |_| Reply::json(status, body)).await;
        let billing = HttpBilling::new(&described(&peer.url)).unwrap();
        let why = retry(billing.observe(&billed(), now()).await);
        assert!(why.contains(word) && !why.contains("hunter2"), "{why}");
    }
}
