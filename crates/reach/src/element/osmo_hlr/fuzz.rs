//! Bytes that nobody meant, to everything here that reads what an element says: chance ones, and what a
//! real one said with bytes changed, cut out, doubled and put in. Nothing may panic, read past the end or
//! keep more than it was given. Seeds are fixed: a failure comes again.

use std::collections::HashMap;

use tokio::sync::oneshot;

use super::ctrl::client::{Ask as CtrlAsk, Ctrl};
use super::ctrl::{self, Info, Said};
use super::gsup::client::{Ask, Gsup, Last, Server};
use super::gsup::{Kind, Message};
use super::imsi::Imsi;
use super::ipa::{self, Frame};
use super::vty::{Telnet, answer, row};
use super::wire::Talk;

const ROUNDS: u64 = 40_000;

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = [0, 0xff, 0x7f, 0x80, b' ', b'\n'][self.below(6)],
                2 => bytes.truncate(at),
                3 => drop(bytes.drain(at..(at + self.below(5)).min(bytes.len()))),
                4 => {
                    let again = bytes[at..(at + self.below(9)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, again);
                }
                _ => {
                    let more = self.bytes(6);
                    bytes.splice(at..at, more);
                }
            }
        }
    }
}

fn imsi() -> Imsi {
    Imsi::new("001010000000100").unwrap()
}

/// What a real OsmoHLR said, or might.
fn samples() -> Vec<Vec<u8>> {
    let framed = |text: &str| {
        let mut out = Vec::new();
        ipa::put(&mut out, ipa::OSMO, &[&[ipa::EXT_CTRL], text.as_bytes()]);
        out
    };
    let mut samples = vec![
        framed(
            "GET_REPLY 1 subscriber.by-imsi-001010000000100.info \nid\t2\nimsi\t001010000000100\nnam_cs\t1\nnam_ps\t1\n\
             vlr_number\tMSC-1\nsgsn_number\tSGSN-1\nms_purged_cs\t0\nms_purged_ps\t0\nlmsi\t00000000",
        ),
        framed("ERROR 1 No such subscriber."),
        framed("SET_REPLY 1 subscriber.delete 2"),
        framed("TRAP 0 something else"),
        vec![0, 0x11, 0xfe, 4, 1, 8, 1, 7, 1, 2, 1, 3, 1, 4, 1, 5, 1, 1, 1, 0],
        vec![0, 1, 0xfe, 0],
        vec![0, 1, 0xfe, 1],
    ];
    let mut identity = Vec::new();
    ipa::identity(&mut identity, "CEASE-DESK");
    samples.push(identity);
    for kind in [Kind::AUTH_INFO_ERROR, Kind::AUTH_INFO_RESULT, Kind::ROUTING_ERROR, Kind::LOCATION_CANCEL_RESULT] {
        let mut out = Vec::new();
        let message = Message::new(kind, &imsi()).between(b"MSC-1\0", b"CEASE-DESK\0");
        Message { cause: Some(2), vectors: 2, ..message }.put(&mut out);
        samples.push(out);
    }
    samples
}

/// Both ends of the connector, waiting for answers, hear it frame by frame.
fn hear(bytes: &[u8]) {
    let (mut gsup, mut ctrl) = (Gsup::waiting_for_identity("CEASE-DESK").0, Ctrl::default());
    let mut out = Vec::new();
    let servers = vec![Server { name: b"MSC-1\0".to_vec(), domain: 2 }];
    let ask = |last| Ask { imsi: imsi(), cancel: servers.clone(), last, tell: oneshot::channel().0 };
    gsup.ask(ask(Last::Echo), &mut out);
    gsup.ask(ask(Last::AuthInfo), &mut out);
    ctrl.ask(CtrlAsk { word: "GET", what: "x".into(), tell: oneshot::channel().0 }, &mut out);
    out.clear();
    let mut rest = bytes;
    while let Some((frame, used)) = ipa::split(rest) {
        assert!(used >= 3 && used <= rest.len());
        let _ = ipa::named(frame.payload);
        let _ = (gsup.hear(frame, &mut out), ctrl.hear(frame, &mut out));
        rest = &rest[used..];
    }
    // Neither answers more than it was asked: a ping costs as much as its pong.
    assert!(out.len() <= 64 + 64 * bytes.len(), "{} from {}", out.len(), bytes.len());
}

fn read_all(bytes: &[u8]) {
    hear(bytes);
    if let Ok(message) = Message::read(bytes) {
        let mut out = Vec::new();
        message.put(&mut out);
        let (frame, _) = ipa::split(&out).unwrap();
        assert_eq!(Message::read(frame.osmo(ipa::EXT_GSUP).unwrap()).unwrap(), message);
    }
    if let Ok(Some(reply)) = ctrl::reply(bytes)
        && let Said::Value(value) = reply.said
    {
        let _ = Info::read(value, &imsi());
    }
    let _ = Imsi::from_bcd(bytes);
    let mut telnet = Telnet::default();
    let text: Vec<u8> = bytes.iter().filter_map(|byte| telnet.text(*byte)).collect();
    assert!(text.len() <= bytes.len());
    let text = String::from_utf8_lossy(&text);
    let _ = answer(&text, "show version", "OsmoHLR# ");
    text.split('\n').for_each(|line| drop(row(line)));
    if let Some(imsi) = Imsi::from_bcd(bytes) {
        assert_eq!(imsi.bcd(), bytes);
    }
}

#[test]
fn chance_bytes() {
    let mut chance = Chance(4);
    for _ in 0..ROUNDS {
        read_all(&chance.bytes(200));
    }
}

#[test]
fn changed_messages() {
    let (samples, mut chance) = (samples(), Chance(2));
    let mut seen: HashMap<bool, u64> = HashMap::new();
    for _ in 0..ROUNDS {
        let mut bytes: Vec<u8> =
            (0..=chance.below(3)).flat_map(|_| samples[chance.below(samples.len())].clone()).collect();
        chance.mutate(&mut bytes);
        read_all(&bytes);
        // Behind the framing, too, where changes reach what is in it.
        if let Some((Frame { payload, .. }, _)) = ipa::split(&bytes) {
            let (_, inside) = payload.split_at(payload.len().min(1));
            read_all(inside);
            *seen.entry(Message::read(inside).is_ok() || matches!(ctrl::reply(inside), Ok(Some(_)))).or_default() += 1;
        }
    }
    // Both what is still sound and what is not came by.
    assert!(seen[&true] > 1_000 && seen[&false] > 1_000, "{seen:?}");
}

#[test]
fn changed_lists_and_answers() {
    let list = "show subscribers all\r\nID     MSISDN        IMSI              IMEI              NAM\r\n\
        -----  ------------  ----------------  ----------------  -----\r\n\
        1      491710000001  001010000000001    -------------          \r\n\
        2      none          001010000000100   353938035643809    CSPS   (3h2s ago)\r\n Subscribers Shown: 2\r\nOsmoHLR# ";
    let mut chance = Chance(9);
    for _ in 0..ROUNDS {
        let mut bytes = list.as_bytes().to_vec();
        chance.mutate(&mut bytes);
        read_all(&bytes);
    }
}

#[test]
fn a_length_field_makes_nobody_wait_with_more_than_a_frame() {
    // The longest frame there can be is the most that is kept while the rest of it has not come.
    let mut bytes = vec![0xff, 0xff, 0xee];
    bytes.resize(3 + 0xffff, b'x');
    assert!(ipa::split(&bytes[..bytes.len() - 1]).is_none());
    assert_eq!(ipa::split(&bytes).unwrap().1, 65_538);
}
