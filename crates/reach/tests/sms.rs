//! The texter against the fake SMSC, which can also misbehave.

mod sms_laws;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reach::sms::fake::{FakeSmsc, Met, Taken};
use reach::sms::{Brought, Delivered, Settings, Smpp, State, Text};
use reach::{Failure, Texter};
use sms_laws::{Exchange, message, now, shown};
use tokio::sync::mpsc::Receiver;

const TO: &str = "447700900123";

struct Fake {
    smsc: FakeSmsc,
    texter: Arc<Smpp>,
    receipts: Receiver<Delivered>,
}

async fn fake() -> Fake {
    let smsc = FakeSmsc::start("cease", "secret12").await.unwrap();
    let texter = Smpp::new(Settings::new(&smsc.url(), "Laika", 10_000, 20).unwrap());
    let receipts = texter.receipts().unwrap();
    assert!(texter.receipts().is_none(), "they come out once");
    Fake { smsc, texter: Arc::new(texter), receipts }
}

#[async_trait]
impl Exchange for Fake {
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
            sms_laws::$law(&fake().await, TO).await;
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

/// The library alone stops where many are submitted at once to a server that is quick to answer, as one on
/// a thread of its own is.
#[tokio::test]
async fn a_wide_window_lets_nothing_lie() {
    let (told, url) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let smsc = FakeSmsc::start("cease", "secret12").await.unwrap();
            told.send(smsc.url()).unwrap();
            stopped.await.ok();
            smsc.count()
        })
    });
    let texter = Arc::new(Smpp::new(Settings::new(&url.await.unwrap(), "Laika", 100_000, 200).unwrap()));
    let mut sending = tokio::task::JoinSet::new();
    for n in 0..5_000 {
        let texter = Arc::clone(&texter);
        sending.spawn(async move { texter.send(&message(&n.to_string(), TO, "Hello"), now()).await });
    }
    while let Some(done) = sending.join_next().await {
        done.unwrap().unwrap();
    }
    drop(stop);
    assert_eq!(server.join().unwrap(), 5_000);
}

/// Tries until the texter has a session again.
async fn insist(texter: &Smpp, text: &reach::Message) -> Vec<String> {
    loop {
        match texter.send(text, now()).await {
            Ok(ids) => return ids,
            Err(Failure::Retry(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(Failure::GiveUp(why) | Failure::NotYet(why)) => panic!("{why}"),
        }
    }
}

fn long(word: &str) -> String {
    format!("{word} ").repeat(60)
}

#[tokio::test]
async fn the_receipt_is_asked_for_and_every_part_has_a_name() {
    let fake = fake().await;
    let ids = fake.texter.send(&message("k", TO, &long("again")), now()).await.unwrap();
    assert_eq!(ids, ["a00", "a01", "a02"]);
    assert!(fake.smsc.taken().iter().all(|one| one.registered == 1));
}

#[tokio::test]
async fn a_part_that_was_refused_is_sent_again_and_the_others_are_not() {
    let fake = fake().await;
    fake.smsc.meet(TO, [Met::Taken, Met::Status(0x08)]);
    let text = message("k", TO, &long("again"));
    assert!(matches!(fake.texter.send(&text, now()).await, Err(Failure::Retry(_))));
    fake.texter.send(&text, now()).await.unwrap();
    assert_eq!(fake.smsc.count(), 3);
    assert_eq!(shown(&fake.smsc.taken()), [text.text]);
}

#[tokio::test]
async fn half_a_text_that_now_says_something_else_begins_anew() {
    let fake = fake().await;
    fake.smsc.meet(TO, [Met::Taken, Met::Status(0x08)]);
    assert!(fake.texter.send(&message("k", TO, &long("old")), now()).await.is_err());
    let text = message("k", TO, "New.");
    fake.texter.send(&text, now()).await.unwrap();
    assert_eq!(fake.smsc.taken().last().map(|one| one.octets.clone()), Some(b"New.".to_vec()));
    fake.texter.send(&message("k", TO, "Newer."), now()).await.unwrap();
    assert_eq!(fake.smsc.count(), 2, "a whole text was the message, whatever it would say now");
}

#[tokio::test]
async fn a_number_that_is_none_is_given_up_and_not_repeated() {
    let fake = fake().await;
    fake.smsc.meet(TO, [Met::Status(0x0B)]);
    let Err(Failure::GiveUp(why)) = fake.texter.send(&message("k", TO, "Hello"), now()).await else { panic!() };
    assert_eq!(why, "the SMSC knows no such number");
}

#[tokio::test(start_paused = true)]
async fn too_many_is_heeded_by_everybody() {
    let fake = fake().await;
    for busy in [0x58, 0x14] {
        fake.smsc.meet(TO, [Met::Status(busy)]);
        let began = tokio::time::Instant::now();
        assert!(matches!(fake.texter.send(&message("k", TO, "Hello"), now()).await, Err(Failure::Retry(_))));
        let other = format!("other/{busy}");
        fake.texter.send(&message(&other, "447700900124", "Hello"), now()).await.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    }
    fake.texter.send(&message("k", TO, "Hello"), now()).await.unwrap();
    assert_eq!(fake.smsc.count(), 3);
}

#[tokio::test]
async fn a_session_that_ends_is_made_anew() {
    let fake = fake().await;
    fake.texter.send(&message("1", TO, "One."), now()).await.unwrap();
    fake.smsc.hang_up();
    insist(&fake.texter, &message("2", TO, "Two.")).await;
    assert_eq!((fake.smsc.binds(), shown(&fake.smsc.taken())), (2, vec!["One.".to_owned(), "Two.".to_owned()]));
}

#[tokio::test]
async fn an_answer_that_was_lost_may_double_the_part_under_one_reference() {
    let fake = fake().await;
    fake.smsc.meet(TO, [Met::Taken, Met::HangUp]);
    let text = message("k", TO, &long("again"));
    assert!(matches!(fake.texter.send(&text, now()).await, Err(Failure::Retry(_))));
    insist(&fake.texter, &text).await;
    let heads: Vec<[u8; 2]> = fake.smsc.taken().iter().map(|one| [one.octets[3], one.octets[5]]).collect();
    let reference = heads[0][0];
    assert_eq!(
        heads,
        [[reference, 1], [reference, 2], [reference, 2], [reference, 3]],
        "what was taken is not sent again"
    );
}

#[tokio::test(start_paused = true)]
async fn an_smsc_that_says_nothing_is_waited_for_and_no_longer() {
    let fake = fake().await;
    fake.smsc.meet(TO, [Met::Silence]);
    let began = tokio::time::Instant::now();
    assert!(matches!(fake.texter.send(&message("k", TO, "Hello"), now()).await, Err(Failure::Retry(_))));
    assert!((10..26).contains(&began.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept_and_what_would_come_too_late_is_put_off() {
    let smsc = FakeSmsc::start("cease", "secret12").await.unwrap();
    let texter = Smpp::new(Settings::new(&smsc.url(), "Laika", 2, 5).unwrap());
    let began = tokio::time::Instant::now();
    for n in 0..5 {
        texter.send(&message(&n.to_string(), TO, "Hello"), now()).await.unwrap();
    }
    assert!((2_000..2_600).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    // A hundred more would take fifty seconds: those beyond the deadline are put off, not lost.
    let sending = (0..100).map(|n| message(&format!("more/{n}"), TO, "Hello"));
    let texter = Arc::new(texter);
    let mut all = tokio::task::JoinSet::new();
    for text in sending {
        let texter = Arc::clone(&texter);
        all.spawn(async move { texter.send(&text, now()).await.is_ok() });
    }
    let mut sent = 0;
    while let Some(done) = all.join_next().await {
        sent += usize::from(done.unwrap());
    }
    assert!((40..60).contains(&sent), "{sent}");
    assert_eq!(smsc.count(), 5 + sent);
}

#[tokio::test]
async fn a_wrong_password_is_named_and_nothing_is_sent() {
    let smsc = FakeSmsc::start("cease", "secret12").await.unwrap();
    let settings = Settings::new(&smsc.url().replace("secret12", "guessed1"), "Laika", 10, 5).unwrap();
    let why = Smpp::probe(&settings).await.unwrap_err().to_string();
    assert!(why.contains("system_id and password (0x0e)") && !why.contains("guessed1"), "{why}");
    let texter = Smpp::new(settings);
    let Err(Failure::Retry(why)) = texter.send(&message("k", TO, "Hello"), now()).await else { panic!() };
    assert!(why.contains("0x0e"), "{why}");
    assert_eq!(smsc.count(), 0);
    Smpp::probe(&Settings::new(&smsc.url(), "Laika", 10, 5).unwrap()).await.unwrap();
}

#[tokio::test]
async fn nobody_there_is_said_at_once() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = Settings::new(&format!("smpp://cease:secret12@127.0.0.1:{port}"), "Laika", 10, 5).unwrap();
    let texter = Smpp::new(settings);
    let Err(Failure::Retry(why)) = texter.send(&message("k", TO, "Hello"), now()).await else { panic!() };
    assert!(why.contains("cannot be reached"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_bind_that_is_dropped_without_a_word_is_noticed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smpp://cease:secret12@127.0.0.1:{}", listener.local_addr().unwrap().port());
    let began = tokio::time::Instant::now();
    let why = Smpp::probe(&Settings::new(&url, "Laika", 10, 5).unwrap()).await.unwrap_err().to_string();
    assert!(why.contains("does not answer our bind: does it speak SMPP 3.4?"), "{why}");
    assert!((10..15).contains(&began.elapsed().as_secs()));
}

/// Whatever a server writes into the session, the texter survives it and says that it cannot send.
#[tokio::test]
async fn a_hostile_server_breaks_nothing() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let hostile: [&[u8]; 6] = [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        &[0xFF; 64],
        &[0, 0, 0, 4, 0, 0, 0, 1],
        &[0, 0, 0, 16, 0x80, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 99],
        &[0, 0, 0, 20, 0x80, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF],
    ];
    for bytes in hostile {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut bind = [0; 16];
            tcp.read_exact(&mut bind).await.unwrap();
            tcp.write_all(bytes).await.unwrap();
        });
        let settings = Settings::new(&format!("smpp://cease:secret12@127.0.0.1:{port}"), "Laika", 10, 5).unwrap();
        let why = Smpp::probe(&settings).await.unwrap_err().to_string();
        assert!(why.starts_with("try again: the SMSC"), "{why}");
        server.await.unwrap();
    }
}

#[tokio::test]
async fn receipts_come_out_and_are_acknowledged_when_looked_after() {
    let mut fake = fake().await;
    fake.texter.send(&message("k", TO, "Hello"), now()).await.unwrap();
    let (text, more) = ("id:0000000A00 stat:DELIVRD", Some(("00000A00", 5)));
    let (told, ()) = tokio::join!(fake.smsc.bring(TO, text, more), async {
        let brought = fake.receipts.recv().await.unwrap();
        let Brought::Receipt(receipt) = &brought.brought else { panic!("{:?}", brought.brought) };
        assert_eq!(
            (receipt.message_id.as_str(), receipt.to.as_str(), receipt.state),
            ("a00", TO, State::Undeliverable)
        );
        brought.done();
    });
    assert_eq!(told, Some(0));
    // One that could not be looked after is to be brought again.
    let (told, ()) = tokio::join!(fake.smsc.bring(TO, "id:A00 stat:UNDELIV err:1", None), async {
        drop(fake.receipts.recv().await.unwrap());
    });
    assert_eq!(told, Some(0x64));
    // What is no receipt after all, and what nobody wants, is taken.
    assert_eq!(fake.smsc.bring(TO, "Please call me", None).await, Some(0));
    drop(fake.receipts);
    assert_eq!(fake.smsc.bring(TO, "id:A00 stat:UNDELIV err:1", None).await, Some(0));
    assert_eq!(fake.smsc.bring_text(TO, "65075", "PAC").await, Some(0));
}

#[tokio::test]
async fn a_person_s_text_comes_out_and_is_acknowledged_when_looked_after() {
    let mut fake = fake().await;
    fake.texter.send(&message("k", TO, "Hello"), now()).await.unwrap();
    let (told, ()) = tokio::join!(fake.smsc.bring_text(TO, "65075", "PAC"), async {
        let brought = fake.receipts.recv().await.unwrap();
        let text = Text { from: format!("+{TO}"), to: "65075".into(), words: "PAC".into() };
        assert_eq!(brought.brought, Brought::Text(text));
        brought.done();
    });
    assert_eq!(told, Some(0));
    let (told, ()) = tokio::join!(fake.smsc.bring_text(TO, "65075", "PAC"), async {
        drop(fake.receipts.recv().await.unwrap());
    });
    assert_eq!(told, Some(0x64), "brought again where nobody could look after it");
}
