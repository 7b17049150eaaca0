//! A caller, a phone at the desk that is not taken, and one that is: with real sockets and sound, and nothing said (there
//! is no machine that speaks in these tests).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use case::calendar::Calendar;
use tokio::sync::mpsc;
use voice::hotline::{Happening, Hotline, Settings};
use voice::media::tones::tone;
use voice::sip::CallId;

use crate::testing::{app_with, configured};
use crate::voice::config::{AgentPhone, Transfer};
use crate::voice::{VoiceConfig, open};

type Heard = mpsc::UnboundedReceiver<Happening>;

async fn phone(ports: std::ops::RangeInclusive<u16>) -> (Hotline, Heard) {
    let local: IpAddr = "127.0.0.1".parse().unwrap();
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        advertise: local,
        user: "phone".into(),
        peers: vec![local.into()],
        logins: Vec::new(),
        registrar: None,
        ports,
        most_calls: 5,
        most_from_one: 5,
        messages_a_second: 1_000,
        secret: [1; 32],
    };
    Hotline::start(settings, Box::new(crate::chance::bits)).await.unwrap()
}

async fn next(heard: &mut Heard) -> Happening {
    tokio::time::timeout(Duration::from_secs(40), heard.recv()).await.unwrap().unwrap()
}

fn press(phone: &Hotline, call: CallId, key: char) {
    let quiet: Arc<[i16]> = vec![0; 800].into();
    phone.play(call, vec![quiet.clone(), tone(key, 2_000, 5_000.0).into(), quiet], 1);
}

/// Waits until somebody's phone rings.
async fn rings(heard: &mut Heard) -> CallId {
    loop {
        if let Happening::Rings { call, .. } = next(heard).await {
            return call;
        }
    }
}

async fn ends(heard: &mut Heard) {
    while !matches!(next(heard).await, Happening::Ended { .. }) {}
}

#[tokio::test]
async fn a_caller_is_joined_with_who_takes_the_phone_and_dropped_by_nobody_who_does_not() {
    comes_to_a_person(Transfer::Bridge, [34_000, 34_200, 34_400, 34_600]).await;
}

/// The far end knows no transfers: the caller is joined here, and each phone has rung once.
#[tokio::test]
async fn a_transfer_that_is_refused_drops_nobody_and_rings_no_phone_twice() {
    comes_to_a_person(Transfer::Refer, [35_000, 35_200, 35_400, 35_600]).await;
}

async fn comes_to_a_person(transfer: Transfer, ports: [u16; 4]) {
    let ports = ports.map(|first| first..=first + 100);
    let [first, second, desk, third] = ports;
    let (app, _dir) = app_with(|policy| policy.desk_hours = Calendar::always()).await;
    // Where a file is nothing can be kept: nobody speaks, and that is said and no more.
    std::fs::write(app.config.desk.data.join("voice"), "").unwrap();
    let (away, mut at_away) = phone(first).await;
    let (there, mut at_there) = phone(second).await;
    let app = configured(&app, |config| {
        config.voice = Some(VoiceConfig {
            listen: "127.0.0.1:0".into(),
            peers: vec!["127.0.0.1/32".parse().unwrap()],
            ports: [*desk.start(), *desk.end()],
            transfer,
            agents: [away.at, there.at]
                .map(|at| AgentPhone { uri: format!("sip:agent@{at}"), login: String::new() })
                .to_vec(),
            ..VoiceConfig::default()
        });
    });
    let line = open(&app).await.unwrap().unwrap();
    let (caller, mut at_caller) = phone(third).await;
    let call = caller.dial(&format!("sip:hotline@{}", line.at), "+447700900101", |_| {}).await.unwrap();
    assert!(matches!(next(&mut at_caller).await, Happening::Taken { .. }));
    // Zero is a person; pressed until a phone rings.
    let ringing = loop {
        press(&caller, call, '0');
        tokio::select! {
            ringing = rings(&mut at_away) => break ringing,
            () = async { while !matches!(next(&mut at_caller).await, Happening::Said { .. }) {} } => {}
        }
    };
    away.refuse(ringing, 486);
    let taken = rings(&mut at_there).await;
    there.take(taken);
    // They hear each other: a key of the one arrives at the other.
    loop {
        press(&caller, call, '7');
        tokio::select! {
            () = async { while !matches!(next(&mut at_there).await, Happening::Key { key: '7', .. }) {} } => break,
            () = async { while !matches!(next(&mut at_caller).await, Happening::Said { .. }) {} } => {}
        }
    }
    for heard in [&mut at_away, &mut at_there] {
        while let Ok(happening) = heard.try_recv() {
            assert!(!matches!(happening, Happening::Rings { .. }), "it rang once more");
        }
    }
    there.hang_up(taken);
    // The menu says goodbye, and ends it.
    ends(&mut at_caller).await;
    line.close().await;
}
