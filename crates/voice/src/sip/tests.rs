//! Two endpoints with a network between them that a test can spoil, and bytes that nobody meant.

use super::message::{Bad, Stream, address, param, split, user};
use super::*;

fn endpoint(port: u16, logins: Vec<Login>) -> Endpoint {
    let setup = Setup {
        advertise: format!("127.0.0.1:{port}").parse().unwrap(),
        user: "hotline".into(),
        realm: "cease".into(),
        logins,
        most_calls: 3,
        most_from_one: 2,
        session_seconds: 1_800,
        secret: [9; 32],
    };
    let mut seed = u64::from(port);
    Endpoint::new(
        setup,
        Box::new(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed
        }),
    )
}

fn peer(port: u16) -> Peer {
    Peer { tcp: false, addr: format!("127.0.0.1:{port}").parse().unwrap() }
}

const US: u16 = 5060;
const THEM: u16 = 6060;

struct World {
    us: Endpoint,
    them: Endpoint,
    now: Millis,
    /// Of so many messages one is lost; 0: none.
    loses: u64,
    carried: u64,
    known: bool,
    heard: Vec<Event>,
    told: Vec<Event>,
}

impl World {
    fn new() -> Self {
        let (us, them) = (endpoint(US, Vec::new()), endpoint(THEM, Vec::new()));
        Self { us, them, now: 1_000, loses: 0, carried: 0, known: true, heard: Vec::new(), told: Vec::new() }
    }

    /// Carries everything that is under way, and lets time pass.
    fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        while self.now < end {
            for _ in 0..20 {
                let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                while let Some(one) = self.us.transmit() {
                    ours.push(one);
                }
                while let Some(one) = self.them.transmit() {
                    theirs.push(one);
                }
                if ours.is_empty() && theirs.is_empty() {
                    break;
                }
                for one in ours {
                    if self.carries() {
                        self.them.receive(self.now, peer(US), true, &Message::read(&one.bytes).unwrap());
                    }
                }
                for one in theirs {
                    if self.carries() {
                        let message = Message::read(&one.bytes).unwrap();
                        self.us.receive(self.now, peer(THEM), self.known, &message);
                    }
                }
            }
            while let Some(event) = self.us.event() {
                self.heard.push(event);
            }
            while let Some(event) = self.them.event() {
                self.told.push(event);
            }
            self.now += 100;
            self.us.tick(self.now);
            self.them.tick(self.now);
        }
    }

    fn carries(&mut self) -> bool {
        self.carried += 1;
        self.loses == 0 || !self.carried.is_multiple_of(self.loses)
    }

    fn rings(&mut self) -> CallId {
        self.them.call(self.now, peer(US), "sip:hotline@127.0.0.1:5060", "+447700900101", b"offer".to_vec());
        self.run(6_000);
        let incoming = self.heard.iter().rev().find_map(|event| {
            if let Event::Incoming { call, offer, .. } = event { Some((*call, offer.clone())) } else { None }
        });
        let (call, offer) = incoming.unwrap();
        assert_eq!(offer, b"offer");
        call
    }

    fn up(&mut self) -> CallId {
        let call = self.rings();
        self.us.answer(self.now, call, b"answer".to_vec());
        self.run(6_000);
        assert!(
            self.told.iter().any(|e| matches!(e, Event::Taken { body, .. } if body == b"answer")),
            "{:?}",
            self.told
        );
        call
    }
}

#[test]
fn a_call_is_taken_and_ended_from_either_side_even_where_messages_are_lost() {
    for loses in [0, 2, 3, 5] {
        for by_us in [true, false] {
            let mut world = World::new();
            world.loses = loses;
            let call = world.up();
            if by_us {
                world.us.hang_up(world.now, call);
            } else {
                world.them.hang_up(world.now, CallId(0));
            }
            world.run(40_000);
            let (us, them) = if by_us { (Why::Us, Why::Them) } else { (Why::Them, Why::Us) };
            assert_eq!(world.heard.last(), Some(&Event::Ended { call, why: us }), "{loses} {by_us}");
            assert_eq!(world.told.last(), Some(&Event::Ended { call: CallId(0), why: them }), "{loses} {by_us}");
            assert_eq!((world.us.calls(), world.them.calls()), (0, 0));
            world.run(200_000);
            assert!(world.us.serving.is_empty() && world.us.asking.is_empty());
        }
    }
}

#[test]
fn one_who_gives_up_ringing_leaves_nothing() {
    let mut world = World::new();
    let call = world.rings();
    world.us.ring(world.now, call);
    world.them.hang_up(world.now, CallId(0));
    world.run(2_000);
    assert_eq!(world.heard.last(), Some(&Event::Ended { call, why: Why::Them }));
    assert_eq!(world.told.last(), Some(&Event::Ended { call: CallId(0), why: Why::Us }));
    assert_eq!((world.us.calls(), world.them.calls()), (0, 0));
}

#[test]
fn a_call_that_nobody_acknowledges_ends() {
    let mut world = World::new();
    let call = world.rings();
    world.us.answer(world.now, call, b"answer".to_vec());
    // From here on nothing arrives anywhere.
    world.loses = 1;
    world.run(120_000);
    assert!(world.heard.iter().any(|event| matches!(event, Event::Ended { .. })), "{:?}", world.heard);
    assert_eq!(world.us.calls(), 0);
}

#[test]
fn hold_and_back_are_offered_and_answered() {
    let mut world = World::new();
    let call = world.up();
    world.them.offer(world.now, CallId(0), b"hold".to_vec());
    world.run(500);
    assert_eq!(world.heard.last(), Some(&Event::Offered { call, offer: b"hold".to_vec() }));
    world.us.answer(world.now, call, b"held".to_vec());
    world.run(5_000);
    assert_eq!((world.us.calls(), world.them.calls()), (1, 1));
    world.us.refer(world.now, call, "sip:lin@127.0.0.1:7070");
    world.run(1_000);
    // Our own endpoint does not let itself be handed over, and says so.
    assert!(matches!(world.heard.last(), Some(Event::Referred { code: 405, .. })), "{:?}", world.heard.last());
}

#[test]
fn more_calls_than_there_may_be_are_refused() {
    let mut world = World::new();
    world.up();
    for _ in 0..2 {
        world.them.call(world.now, peer(US), "sip:hotline@127.0.0.1:5060", "x", Vec::new());
        world.run(1_000);
    }
    assert_eq!(world.us.calls(), 2);
    assert!(world.told.iter().any(|e| matches!(e, Event::Ended { why: Why::Refused(503), .. })), "{:?}", world.told);
}

#[test]
fn strangers_get_no_answer_or_are_asked_for_a_password() {
    let mut world = World::new();
    world.known = false;
    world.them.call(world.now, peer(US), "sip:hotline@127.0.0.1:5060", "x", Vec::new());
    world.run(1_000);
    assert!(world.heard.is_empty() && world.us.serving.is_empty());

    let login = Login { user: "desk".into(), password: "orbit".into() };
    for (right, password) in [(true, "orbit"), (false, "wrong")] {
        let mut world = World::new();
        world.known = false;
        world.us = endpoint(US, vec![login.clone()]);
        // The trunk of the caller is us: by it they know their password.
        let login = Login { password: password.into(), ..login.clone() };
        world.them.registration = None;
        world.them.register(world.now, Trunk { peer: peer(US), domain: "cease".into(), login, expires: 3_600 });
        world.them.call(world.now, peer(US), "sip:hotline@127.0.0.1:5060", "x", Vec::new());
        world.run(2_000);
        assert_eq!(world.heard.iter().any(|e| matches!(e, Event::Incoming { .. })), right, "{:?}", world.told);
    }
}

#[test]
fn an_answer_to_a_challenge_counts_once_and_for_a_minute() {
    let login = Login { user: "desk".into(), password: "orbit".into() };
    let mut us = endpoint(US, vec![login.clone()]);
    let ask = |extra: &str, branch: &str| {
        let text = format!(
            "INVITE sip:hotline@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:6060;branch={branch};rport\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:hotline@h>\r\nCall-ID: {branch}\r\nCSeq: 1 INVITE\r\n{extra}\r\n"
        );
        Message::read(text.as_bytes()).unwrap()
    };
    us.receive(1_000, peer(THEM), false, &ask("", "z9hG4bKa"));
    let challenge = Message::read(&us.transmit().unwrap().bytes).unwrap();
    assert_eq!((challenge.code(), challenge.headers.iter().filter(|h| h.0 == "www-authenticate").count()), (401, 2));
    let shown = digest::answer(challenge.get("www-authenticate"), &login, "INVITE", "sip:hotline@h", "c").unwrap();
    let header = format!("Authorization: {shown}\r\n");
    for (at, branch, taken) in [(2_000, "z9hG4bKb", true), (3_000, "z9hG4bKc", false), (90_000, "z9hG4bKd", false)] {
        us.receive(at, peer(THEM), false, &ask(&header, branch));
        let came = std::iter::from_fn(|| us.event()).any(|event| matches!(event, Event::Incoming { .. }));
        assert_eq!(came, taken, "{at}");
    }
}

#[test]
fn a_trunk_that_asks_for_a_password_gets_it_and_we_register_again() {
    let mut us = endpoint(US, Vec::new());
    let login = Login { user: "0800".into(), password: "orbit".into() };
    us.register(0, Trunk { peer: peer(THEM), domain: "trunk.example".into(), login: login.clone(), expires: 600 });
    let first = Message::read(&us.transmit().unwrap().bytes).unwrap();
    assert_eq!((first.method(), first.get("expires")), ("REGISTER", "600"));
    let mut refused = first.answer(401, "t");
    refused.add("www-authenticate", "Digest realm=\"trunk\", nonce=\"n\", qop=\"auth\", algorithm=MD5");
    us.receive(10, peer(THEM), true, &refused);
    let second = Message::read(&us.transmit().unwrap().bytes).unwrap();
    assert!(digest::check(second.get("authorization"), &[login], "trunk", "REGISTER").is_some());
    assert_eq!(second.cseq().0, first.cseq().0 + 1);
    let granted = second.answer(200, "t").with("contact", format!("{};expires=100", second.get("contact")));
    us.receive(20, peer(THEM), true, &granted);
    assert_eq!(us.event(), Some(Event::Registered { well: true, code: 200 }));
    us.tick(70_000);
    assert!(us.transmit().is_none());
    us.tick(81_000);
    assert_eq!(Message::read(&us.transmit().unwrap().bytes).unwrap().method(), "REGISTER");
    // Nobody answers.
    for at in (81_000..120_000).step_by(100) {
        us.tick(at);
    }
    assert_eq!(us.event(), Some(Event::Registered { well: false, code: 0 }));
}

#[test]
fn a_session_that_nobody_refreshes_ends() {
    let mut us = endpoint(US, Vec::new());
    let invite = "INVITE sip:hotline@h SIP/2.0\r\nv: SIP/2.0/TCP 127.0.0.1:6060;branch=z9hG4bKq\r\nf: <sip:a@b>;tag=1\r\n\
                  t: <sip:hotline@h>\r\ni: q\r\nCSeq: 7 INVITE\r\nm: <sip:a@127.0.0.1:6060>\r\nk: timer\r\n";
    let read = |extra: &str| Message::read(format!("{invite}{extra}\r\n").as_bytes()).unwrap();
    us.receive(0, Peer { tcp: true, ..peer(THEM) }, true, &read("x: 20\r\n"));
    assert_eq!(Message::read(&us.transmit().unwrap().bytes).unwrap().get("min-se"), "90");
    let short = read("x: 120;refresher=uac\r\n");
    let mut other = short.clone();
    other.headers[0].1 = other.headers[0].1.replace("bKq", "bKr");
    us.receive(0, Peer { tcp: true, ..peer(THEM) }, true, &other);
    let Some(Event::Incoming { call, .. }) = us.event() else { panic!() };
    us.answer(0, call, Vec::new());
    let answer = std::iter::from_fn(|| us.transmit()).last().unwrap();
    let answer = Message::read(&answer.bytes).unwrap();
    assert_eq!((answer.get("session-expires"), answer.get("require")), ("120;refresher=uac", "timer"));
    let ack = Message::request("ACK", "sip:hotline@h")
        .with("via", "SIP/2.0/TCP 127.0.0.1:6060;branch=z9hG4bKs")
        .with("from", "<sip:a@b>;tag=1")
        .with("to", answer.get("to"))
        .with("call-id", "q")
        .with("cseq", "7 ACK");
    us.receive(10, Peer { tcp: true, ..peer(THEM) }, true, &ack);
    us.tick(60_000);
    assert!(us.event().is_none());
    us.tick(119_000);
    assert!(matches!(us.event(), Some(Event::Ended { .. })));
    assert_eq!(Message::read(&us.transmit().unwrap().bytes).unwrap().method(), "BYE");
}

#[test]
fn a_call_is_its_parties_alone() {
    let mut world = World::new();
    let call = world.up();
    let tag = world.us.calls[&call].local_tag.clone();
    let call_id = world.us.calls[&call].call_id.clone();
    let their = param(&world.us.calls[&call].remote, "tag").unwrap().to_owned();
    let bye = |from_tag: &str, branch: &str| {
        Message::request("BYE", "sip:hotline@h")
            .with("via", format!("SIP/2.0/UDP 127.0.0.1:6060;branch={branch}"))
            .with("from", format!("<sip:a@b>;tag={from_tag}"))
            .with("to", format!("<sip:hotline@h>;tag={tag}"))
            .with("call-id", &call_id)
            .with("cseq", "99 BYE")
    };
    // Who does not know their tag, and who knows all and rings from elsewhere.
    world.us.receive(world.now, peer(THEM), true, &bye("guess", "z9hG4bK1"));
    let elsewhere = Peer { tcp: false, addr: "127.0.0.66:6060".parse().unwrap() };
    world.us.receive(world.now, elsewhere, true, &bye(&their, "z9hG4bK2"));
    assert_eq!(world.us.calls(), 1);
    world.us.receive(world.now, peer(THEM), true, &bye(&their, "z9hG4bK3"));
    assert_eq!(world.us.calls(), 0);
}

#[test]
fn keys_by_info_are_heard() {
    let mut world = World::new();
    let call = world.up();
    let (tag, call_id) = (world.us.calls[&call].local_tag.clone(), world.us.calls[&call].call_id.clone());
    let theirs = world.us.calls[&call].remote.clone();
    for (n, (kind, body, key)) in [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Some('5')),
        ("application/dtmf-relay", "Signal= 11\r\n", Some('#')),
        ("application/dtmf", "*", Some('*')),
        ("application/dtmf", "!", None),
        ("text/plain", "5", None),
    ]
    .into_iter()
    .enumerate()
    {
        let info = Message::request("INFO", "sip:hotline@h")
            .with("via", format!("SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK{n}"))
            .with("from", &theirs)
            .with("to", format!("<sip:hotline@h>;tag={tag}"))
            .with("call-id", &call_id)
            .with("cseq", format!("{} INFO", 50 + n))
            .with_body(kind, body.as_bytes().to_vec());
        world.us.receive(world.now, peer(THEM), true, &info);
        assert_eq!(world.us.event(), key.map(|digit| Event::Digit { call, digit }), "{body}");
    }
}

#[test]
fn headers_are_read_as_they_may_be_written() {
    let text = "SIP/2.0 200 OK\nv: SIP/2.0/UDP a;branch=z9hG4bKx,\n SIP/2.0/UDP b;branch=y\nFrom: \"A, \\\"B\\\" <c>\" \
                <sip:+44-1@h;user=phone>;tag=t1\nCALL-ID : q\nCSeq: 4 INVITE\nl: 2\n\nhi, and more";
    let message = Message::read(text.as_bytes()).unwrap();
    assert_eq!(message.all("via"), ["SIP/2.0/UDP a;branch=z9hG4bKx", "SIP/2.0/UDP b;branch=y"]);
    assert_eq!(
        (message.branch(), message.get("call-id"), message.body.as_slice()),
        ("z9hG4bKx", "q", b"hi".as_slice())
    );
    assert_eq!((user(message.get("from")), message.tag("from")), ("+44-1", "t1"));
    assert_eq!(address("sip:a@b;tag=x"), "sip:a@b");
    assert_eq!(user("<tel:+447700900101;phone-context=x>"), "+447700900101");
    assert_eq!(split("a, \"b,c\", <d,e>,"), ["a", "\"b,c\"", "<d,e>"]);
    assert_eq!(param("<sip:a;tag=no>;TAG=yes", "tag"), Some("yes"));
    for (bad, why) in [
        ("", Bad::Short),
        ("INVITE sip:a\r\n\r\n", Bad::Start),
        ("INVITE sip:a SIP/3.0\r\n\r\n", Bad::Start),
        ("SIP/2.0 99 x\r\n\r\n", Bad::Start),
        ("BYE sip:a SIP/2.0\r\nno colon\r\n\r\n", Bad::Header),
        ("BYE sip:a SIP/2.0\r\n folded\r\n\r\n", Bad::Header),
        ("BYE sip:a SIP/2.0\r\nContent-Length: 9\r\n\r\nshort", Bad::Short),
    ] {
        assert_eq!(Message::read(bad.as_bytes()), Err(why), "{bad}");
    }
}

#[test]
fn a_stream_gives_whole_messages_however_it_is_cut() {
    let one =
        Message::request("OPTIONS", "sip:a@b").with("call-id", "1").with_body("text/plain", b"body\r\n\r\nx".to_vec());
    let mut bytes = b"\r\n\r\n".to_vec();
    bytes.extend(one.bytes());
    bytes.extend(one.bytes());
    for cut in 0..bytes.len() {
        let mut stream = Stream::default();
        let mut read = Vec::new();
        for part in [&bytes[..cut], &bytes[cut..]] {
            stream.push(part);
            while let Some(message) = stream.whole().unwrap() {
                read.push(message.body);
            }
        }
        assert_eq!(read, [one.body.clone(), one.body.clone()], "{cut}");
    }
    let mut endless = Stream::default();
    endless.push(&vec![b'x'; message::MOST + 1]);
    assert!(endless.whole().is_err());
    let mut huge = Stream::default();
    huge.push(b"BYE sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n");
    assert_eq!(huge.whole(), Err(Bad::TooLong));
}

/// Messages of a real call, with a few bytes of each changed, cut, doubled or put elsewhere: 150,000 of them, or as many
/// others as `CEASE_SPOILED` says.
#[test]
fn no_bytes_bring_it_down() {
    let mut world = World::new();
    let mut corpus = vec![
        b"INVITE sip:hotline@h SIP/2.0\r\nVia: SIP/2.0/UDP [::1]:5060;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@1.2.3.4>\r\nSession-Expires: 90\r\nContent-Length: 0\r\n\r\n".to_vec(),
        crate::sdp::write("127.0.0.1:9".parse().unwrap(), 1, 1, None, crate::sdp::Way::Both),
    ];
    let call = world.us.call(0, peer(THEM), "sip:a@b", "x", b"v=0".to_vec());
    corpus.extend(std::iter::from_fn(|| world.us.transmit()).map(|t| t.bytes));
    let sent = Message::read(corpus.last().unwrap()).unwrap();
    corpus.push(sent.answer(200, "tag").with("contact", "<sip:x@127.0.0.1:9>").bytes());
    world.us.hang_up(0, call);
    let asked: Option<u64> = std::env::var("CEASE_SPOILED").ok().and_then(|n| n.parse().ok());
    let mut seed = 42 + asked.unwrap_or(0);
    let mut dice = |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % most.max(1)
    };
    for round in 0..asked.unwrap_or(150_000) {
        let mut bytes = corpus[dice(corpus.len())].clone();
        for _ in 0..dice(5) {
            let at = dice(bytes.len());
            match dice(6) {
                0 => bytes[at] = dice(256) as u8,
                1 => bytes.truncate(at),
                2 => drop(bytes.remove(at)),
                3 => {
                    let piece = bytes[at..(at + dice(40)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 => bytes.insert(at, b"\r\n:;,<>\"=%\0 "[dice(12)]),
                _ => {
                    let other = &corpus[dice(corpus.len())];
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[dice(other.len())..]);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        let _ = crate::sdp::read(&bytes);
        let _ = crate::media::rtp::read(&bytes);
        let mut stream = Stream::default();
        stream.push(&bytes);
        while let Ok(Some(_)) = stream.whole() {}
        if let Ok(message) = Message::read(&bytes) {
            let _ = Message::read(&message.bytes());
            world.us.receive(round * 50, peer(THEM), dice(2) == 0, &message);
            world.us.tick(round * 50);
            while world.us.transmit().is_some() {}
            while let Some(event) = world.us.event() {
                if let (Event::Incoming { call, .. } | Event::Offered { call, .. }, 0) = (&event, dice(2)) {
                    world.us.answer(round * 50, *call, b"v=0".to_vec());
                }
            }
        }
    }
    assert!(world.us.calls() <= 3 && world.us.serving.len() <= 8_192);
}
