//! How fast texts go through the texter, beside what the SMPP library alone submits in the same minutes.
//!
//! `cargo bench -p reach --bench sms -- [TEXTS]`. The SMSC is our fake, on a thread of its own, or the one
//! that `CEASE_TEST_SMPP` names. Both keep as many messages waiting for an answer as the window lets them.

#[path = "../../src/sms/drive.rs"]
mod drive;

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use case::Timestamp;
use reach::sms::fake::FakeSmsc;
use reach::sms::{Settings, Smpp};
use reach::{Message, Texter};
use rusmpp::pdus::{BindTransceiver, SubmitSm};
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use rusmppc::ConnectionBuilder;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

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
            raw += runtime().block_on(library(&url, share, window));
            ours += runtime().block_on(texter(&url, turn, share, window));
        }
        let (raw, ours) = (raw / 4.0, ours / 4.0);
        say(&format!(
            "window {window:3}: texter {ours:6.0} texts/s, library alone {raw:6.0} messages/s: {:.0} %",
            100.0 * ours / raw
        ));
    }
    drop(stop);
    server.join().expect("the fake SMSC");
}

async fn library(url: &str, texts: usize, window: usize) -> f64 {
    let (login, address) = url.trim_start_matches("smpp://").split_once('@').expect("an address");
    let (system_id, password) = login.split_once(':').expect("a login");
    let tcp = tokio::net::TcpStream::connect(address).await.expect("a connection");
    tcp.set_nodelay(true).expect("a socket");
    let builder = ConnectionBuilder::new().disable_interface_version_check();
    let (client, _events, connection) = builder.no_spawn().connected(tcp);
    // Without this it stops for half a minute now and then.
    let under_way = drive::UnderWay::default();
    tokio::spawn(drive::drive(connection, under_way.clone()));
    let opening = under_way.one();
    let bind = BindTransceiver::builder()
        .system_id(COctetString::from_string(system_id.to_owned()).expect("a name"))
        .password(COctetString::from_string(password.to_owned()).expect("a password"))
        .interface_version(InterfaceVersion::Smpp3_4);
    client.bind_transceiver(bind.build()).await.expect("a session");
    drop(opening);
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
    let mut waiting = JoinSet::new();
    for _ in 0..texts {
        if waiting.len() == window {
            waiting.join_next().await.expect("one").expect("sent");
        }
        let (client, message, one) = (client.clone(), message.clone(), under_way.one());
        waiting.spawn(async move {
            client.submit_sm(message).await.map(drop).expect("taken");
            drop(one);
        });
    }
    while let Some(done) = waiting.join_next().await {
        done.expect("sent");
    }
    let rate = texts as f64 / begun.elapsed().as_secs_f64();
    client.close().await.expect("an end");
    rate
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
