//! How fast texts go through the texter, beside what a session that does nothing else submits in the same
//! minutes: frames written as the window lets them, answers counted.
//!
//! `cargo bench -p reach --bench sms -- [TEXTS]`. The SMSC is our fake, on a thread of its own, or the one
//! that `CEASE_TEST_SMPP` names. Both keep as many messages waiting for an answer as the window lets them.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use case::Timestamp;
use reach::sms::fake::FakeSmsc;
use reach::sms::{Settings, Smpp};
use reach::{Message, Texter};
use rusmpp::pdus::{BindTransceiver, SubmitSm};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Encoder, FramedRead};

const TEXT: &str = "Laika Mobile: there is a message for you about your cancellation C7K4-M2QX-D.";

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn main() {
    let texts: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(20_000);
    let (told, url) = std::sync::mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        runtime().block_on(async {
            let smsc = FakeSmsc::start("cease", "secret12").await.expect("a fake SMSC");
            told.send(smsc.url()).expect("somebody to tell");
            stopped.await.ok();
        });
    });
    let fake = url.recv().expect("an address");
    let url = std::env::var("CEASE_TEST_SMPP").unwrap_or(fake);
    for window in [1, 10, 100] {
        // In turns, so that what else the machine does falls on both.
        let (mut raw, mut ours) = (0.0, 0.0);
        for turn in 0..4 {
            let share = texts / 4 / if window == 1 { 4 } else { 1 };
            raw += runtime().block_on(bare(&url, share, window));
            ours += runtime().block_on(texter(&url, turn, share, window));
        }
        let (raw, ours) = (raw / 4.0, ours / 4.0);
        say(&format!(
            "window {window:3}: texter {ours:6.0} texts/s, bare session {raw:6.0} messages/s: {:.0} %",
            100.0 * ours / raw
        ));
    }
    drop(stop);
    server.join().expect("the fake SMSC");
}

async fn bare(url: &str, texts: usize, window: usize) -> f64 {
    let (login, address) = url.trim_start_matches("smpp://").split_once('@').expect("an address");
    let (system_id, password) = login.split_once(':').expect("a login");
    let tcp = TcpStream::connect(address).await.expect("a connection");
    tcp.set_nodelay(true).expect("a socket");
    let mut session = FramedRead::new(tcp, CommandCodec::new());
    let mut bytes = BytesMut::new();
    let bind = BindTransceiver::builder()
        .system_id(COctetString::from_string(system_id.to_owned()).expect("a name"))
        .password(COctetString::from_string(password.to_owned()).expect("a password"))
        .interface_version(InterfaceVersion::Smpp3_4);
    put(&mut bytes, 1, bind.build());
    session.get_mut().write_all_buf(&mut bytes).await.expect("a session");
    let bound = session.next().await.expect("an answer").expect("a frame");
    assert_eq!((bound.id(), bound.status()), (CommandId::BindTransceiverResp, CommandStatus::EsmeRok));
    let message = SubmitSm::builder()
        .source_addr_ton(Ton::Alphanumeric)
        .source_addr(COctetString::from_string("Laika".to_owned()).expect("a sender"))
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(COctetString::from_string("447700900123".to_owned()).expect("a number"))
        .esm_class(EsmClass::from(0))
        .registered_delivery(RegisteredDelivery::from(1))
        .short_message(OctetString::from_slice(TEXT.as_bytes()).expect("a text"))
        .build();
    let begun = Instant::now();
    let (mut sent, mut answered) = (0, 0);
    while answered < texts {
        while sent < texts && sent - answered < window {
            sent += 1;
            put(&mut bytes, sent as u32 + 1, message.clone());
        }
        session.get_mut().write_all_buf(&mut bytes).await.expect("sent");
        let answer = session.next().await.expect("an answer").expect("a frame");
        assert_eq!(answer.status(), CommandStatus::EsmeRok);
        answered += 1;
    }
    texts as f64 / begun.elapsed().as_secs_f64()
}

fn put(bytes: &mut BytesMut, number: u32, pdu: impl Into<Pdu>) {
    CommandCodec::new().encode(Command::new(CommandStatus::EsmeRok, number, pdu), bytes).expect("room");
}

async fn texter(url: &str, turn: usize, texts: usize, window: usize) -> f64 {
    let now: Timestamp = "2026-11-26T04:00:00Z".parse().expect("a time");
    let texter = Arc::new(Smpp::new(Settings::new(url, "Laika", 100_000, window as u32).expect("settings")));
    let message = |n: usize| Message {
        key: format!("{turn}/{n}"),
        to: "+447700900123".into(),
        text: TEXT.into(),
        ..Message::default()
    };
    texter.send(&message(texts), now).await.expect("a session");
    let begun = Instant::now();
    let mut waiting = JoinSet::new();
    for n in 0..texts {
        if waiting.len() == window {
            waiting.join_next().await.expect("one").expect("sent");
        }
        let (texter, message) = (Arc::clone(&texter), message(n));
        waiting.spawn(async move { texter.send(&message, now).await.map(drop).expect("taken") });
    }
    while let Some(done) = waiting.join_next().await {
        done.expect("sent");
    }
    texts as f64 / begun.elapsed().as_secs_f64()
}
