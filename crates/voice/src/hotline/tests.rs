//! Two hotlines that ring each other over sockets of this machine.

use std::time::Duration;

use super::*;
use crate::media::tones::tone;

async fn start(ports: RangeInclusive<u16>, seed: u64) -> (Hotline, mpsc::UnboundedReceiver<Happening>) {
    let local: IpAddr = "127.0.0.1".parse().unwrap();
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        advertise: local,
        user: "hotline".into(),
        peers: vec!["127.0.0.1/32".parse().unwrap()],
        logins: Vec::new(),
        registrar: None,
        ports,
        most_calls: 10,
        most_from_one: 10,
        messages_a_second: 100,
        secret: [1; 32],
    };
    let mut seed = seed;
    let chance = Box::new(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed
    });
    Hotline::start(settings, chance).await.unwrap()
}

async fn next(events: &mut mpsc::UnboundedReceiver<Happening>) -> Happening {
    tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap()
}

/// Over UDP and TCP: rings, is taken, hears keys as tones and a clip to its end, is hung up on.
#[tokio::test]
async fn one_rings_the_other_and_both_hear() {
    for (n, transport) in ["", ";transport=tcp"].into_iter().enumerate() {
        let n = n as u16 * 400;
        let (us, mut ours) = start(24_000 + n..=24_100 + n, 3).await;
        let (them, mut theirs) = start(24_200 + n..=24_300 + n, 4).await;
        let call = them.dial(&format!("sip:hotline@{}{transport}", us.at), "+447700900101", |_| {}).await.unwrap();
        let Happening::Rings { call: here, source, .. } = next(&mut ours).await else { panic!() };
        assert_eq!(source, us.at.ip());
        us.take(here);
        assert!(matches!(next(&mut theirs).await, Happening::Taken { call: c } if c == call));
        them.play(call, vec![vec![0; 800].into(), tone('7', 1_600, 5_000.0).into(), vec![0; 1_600].into()], 9);
        us.record(here, true);
        let mut heard = Vec::new();
        while heard.len() < 2 {
            tokio::select! {
                event = next(&mut ours) => heard.push(format!("{event:?}")),
                event = next(&mut theirs) => heard.push(format!("{event:?}")),
            }
        }
        heard.sort();
        assert!(heard[0].contains("key: '7'") && heard[1].contains("token: 9"), "{heard:?}");
        us.record(here, false);
        let Happening::Recorded { samples, .. } = next(&mut ours).await else { panic!() };
        assert!(samples.iter().any(|s| *s > 3_000), "{}", samples.len());
        us.hang_up(here);
        assert!(matches!(next(&mut theirs).await, Happening::Ended { why: Why::Them, .. }));
        assert!(matches!(next(&mut ours).await, Happening::Ended { why: Why::Us, .. }));
        assert!(them.dial("mailto:nobody", "x", |_| {}).await.is_none());
    }
}

#[tokio::test]
async fn a_stranger_is_not_answered_whatever_they_say() {
    let (us, mut ours) = start(25_000..=25_100, 5).await;
    let stranger = UdpSocket::bind("127.0.0.9:0").await.unwrap();
    let invite = "INVITE sip:hotline@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bK1;rport\r\nFrom: <sip:a@b>;tag=1\r\n\
                  To: <sip:hotline@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
    for _ in 0..500 {
        stranger.send_to(invite.as_bytes(), us.at).await.unwrap();
    }
    stranger.send_to(&[0xff; 900], us.at).await.unwrap();
    // One of ours gets through all the same.
    let (them, _theirs) = start(25_200..=25_300, 6).await;
    them.dial(&format!("sip:hotline@{}", us.at), "x", |_| {}).await.unwrap();
    assert!(matches!(next(&mut ours).await, Happening::Rings { source, .. } if source.to_string() == "127.0.0.1"));
    let mut bytes = [0; 100];
    assert!(stranger.try_recv(&mut bytes).is_err());
}
