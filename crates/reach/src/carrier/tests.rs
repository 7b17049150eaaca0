use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn settings(url: &str) -> Settings {
    toml::from_str(&format!(
        "name = \"royal\"\ncarries = [\"Royal Mail\"]\nurl = \"{url}\"\nstatus = \"/parcel/code\"\n\
         time = \"/parcel/at\"\ntracking = \"/parcel/number\"\nlink = {{ allow = [\"127.0.0.1\"] }}\n\
         webhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n\
         words = {{ DEL = \"delivered\", TRN = \"in-transit\", LST = \"lost\" }}\n"
    ))
    .unwrap()
}

/// Answers each request with the next of these, and tells what was asked.
async fn serves(answers: Vec<&'static str>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            asked.push(String::from_utf8(head).unwrap().lines().next().unwrap_or_default().to_owned());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (url, task)
}

fn http(status: &str, body: &str) -> &'static str {
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    Box::leak(text.into_boxed_str())
}

#[tokio::test]
async fn a_carrier_is_asked_and_only_its_known_words_are_understood() {
    let (url, task) = serves(vec![
        http("200 OK", r#"{"parcel":{"code":"TRN","at":"2026-11-22T14:03:00Z"}}"#),
        http("200 OK", r#"{"parcel":{"code":"DELAYED"}}"#),
        http("200 OK", r#"{"parcel":{"code":{"DEL":1}}}"#),
        http("404 Not Found", ""),
        http("500 Oops", "DEL"),
        http("200 OK", "<html>DEL"),
    ])
    .await;
    let carrier = HttpCarrier::new(&settings(&format!("{url}/track/{{tracking}}"))).unwrap().unwrap();
    assert!(carrier.carries("royal mail") && !carrier.carries("DHL"));
    let number = "RA473124829GB";
    let first = carrier.status(number).await.unwrap().unwrap();
    assert_eq!((first.status, first.at), (Status::InTransit, "2026-11-22T14:03:00Z".parse().ok()));
    for _ in 0..2 {
        assert_eq!(carrier.status(number).await.unwrap().unwrap().status, Status::Unknown);
    }
    assert_eq!(carrier.status(number).await.unwrap(), None);
    for _ in 0..2 {
        assert!(matches!(carrier.status(number).await, Err(Failure::Retry(_))));
    }
    // What is no number is never put into an address.
    assert!(matches!(carrier.status("../admin?x=1").await, Err(Failure::GiveUp(_))));
    assert_eq!(task.await.unwrap(), vec![format!("GET /track/{number} HTTP/1.1"); 6]);
}

#[test]
fn a_description_that_cannot_work_is_said_with_its_key() {
    let wrong = |change: fn(&mut Settings)| {
        let mut settings = settings("https://carrier.example/{tracking}");
        change(&mut settings);
        HttpCarrier::new(&settings).err().or_else(|| Hook::new(&settings).err()).unwrap()
    };
    let private = wrong(|s| s.url = "http://10.0.0.1/{tracking}".into());
    assert!(private.starts_with("url "), "{private}");
    assert_eq!(wrong(|s| s.url = "https://carrier.example/".into()), "url has no {tracking} in it");
    assert_eq!(wrong(|s| s.url = "https://{tracking}.example/".into()), "url has a place where host and port are");
    assert!(wrong(|s| s.words.clear()).starts_with("words"));
    assert!(wrong(|s| s.name = "Royal Mail".into()).starts_with("name"));
    assert!(wrong(|s| s.webhook = serde_json::from_str("\"whsec_AAAA\"").ok()).starts_with("webhook"));
}

#[test]
fn a_webhook_says_which_parcel_it_is_about_or_nothing() {
    let hook = Hook::new(&settings("https://carrier.example/{tracking}")).unwrap().unwrap();
    let word = hook.read(br#"{"parcel":{"code":"DEL","number":"RA473124829GB","at":"never"}}"#).unwrap();
    assert_eq!(word, Word { tracking: "RA473124829GB".into(), status: Status::Delivered, at: None });
    assert_eq!(hook.read(br#"{"parcel":{"code":"DEL"}}"#), None);
    assert_eq!(hook.read(b"DEL"), None);
}

#[tokio::test]
async fn the_fake_says_what_it_was_told() {
    let fake = FakeCarrier::default();
    assert_eq!(fake.status("X").await.unwrap(), None);
    fake.say("X", Status::Delivered, Timestamp::UNIX_EPOCH);
    assert_eq!(fake.status("X").await.unwrap().map(|word| word.status), Some(Status::Delivered));
}
