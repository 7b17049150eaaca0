//! One side of a call's sound: what was agreed on, where it really comes from, what is being said to it, and what is
//! heard. A leg knows its sockets; everything else of it is counted in beats of 20 ms.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use super::FRAME;
use super::engine::{Heard, LegId, Stats};
use super::g711::Law;
use super::jitter::Buffer;
use super::rtp::{self, Keys, Packet, Received, Sent};
use super::tones::Ear;
use crate::sdp::Sound;

/// Packets looked at in a beat: more are a flood, and wait in the kernel or are dropped there.
const AT_ONCE: usize = 12;
/// Beats without any packet after which nobody is there: half a minute.
const SILENT: u64 = 1_500;
/// Comfort noise (RFC 3389): its sender is silent.
const COMFORT: u8 = 13;
/// Beats within which a tone and an event are one press.
const SAME: u64 = 25;
/// The longest recording: two minutes.
const LONGEST: usize = 8_000 * 120;

/// What is being said.
struct Playing {
    clips: VecDeque<Arc<[i16]>>,
    at: usize,
    token: u64,
    /// From the beginning again, for as long as nothing else is said.
    round: Option<Arc<[i16]>>,
}

pub(super) struct Leg {
    pub id: LegId,
    rtp: UdpSocket,
    rtcp: Option<UdpSocket>,
    signalling: IpAddr,
    sound: Option<Sound>,
    /// Where its packets really come from; the kernel lets no others through from then on.
    latched: Option<SocketAddr>,
    source: u32,
    seq: u16,
    time: u32,
    fresh: bool,
    pub sent: Sent,
    pub received: Received,
    pub buffer: Buffer,
    keys: Keys,
    ear: Ear,
    /// The last key by an event or a tone, and when.
    last_key: Option<(char, u64, bool)>,
    playing: Option<Playing>,
    pub peer: Option<LegId>,
    recording: Option<Vec<i16>>,
    heard_at: u64,
    told_silent: bool,
    out: Vec<u8>,
}

impl Leg {
    pub fn new(id: LegId, rtp: UdpSocket, rtcp: Option<UdpSocket>, signalling: IpAddr, chance: u64, beat: u64) -> Self {
        Self {
            id,
            rtp,
            rtcp,
            signalling,
            sound: None,
            latched: None,
            source: chance as u32,
            seq: (chance >> 32) as u16,
            time: (chance >> 24) as u32,
            fresh: true,
            sent: Sent::default(),
            received: Received::default(),
            buffer: Buffer::default(),
            keys: Keys::default(),
            ear: Ear::default(),
            last_key: None,
            playing: None,
            peer: None,
            recording: None,
            heard_at: beat,
            told_silent: false,
            out: Vec::with_capacity(12 + FRAME),
        }
    }

    /// What was agreed on, at first or anew. Another address means that packets come from there.
    pub fn agree(&mut self, sound: Sound, beat: u64) {
        if self.sound.is_some_and(|before| before.remote != sound.remote) && !sound.remote.ip().is_unspecified() {
            self.latched = Some(sound.remote);
            let _ = self.rtp.connect(sound.remote);
        }
        self.sound = Some(sound);
        (self.heard_at, self.told_silent) = (beat, false);
    }

    pub fn play(&mut self, clips: Vec<Arc<[i16]>>, token: u64) {
        self.playing = Some(Playing { clips: clips.into(), at: 0, token, round: None });
    }

    pub fn round(&mut self, clip: Arc<[i16]>) {
        if !clip.is_empty() {
            let clips = VecDeque::from([clip.clone()]);
            self.playing = Some(Playing { clips, at: 0, token: 0, round: Some(clip) });
        }
    }

    pub fn hush(&mut self) {
        self.playing = None;
    }

    pub fn record(&mut self, on: bool) -> Option<Vec<i16>> {
        if on {
            self.recording = Some(Vec::new());
            return None;
        }
        self.recording.take()
    }

    /// Takes in what has come since the last beat.
    pub fn listen(&mut self, beat: u64, stats: &Stats, tell: &mut dyn FnMut(Heard)) {
        let mut bytes = [0_u8; 1_500];
        for _ in 0..AT_ONCE {
            let Ok((length, from)) = self.rtp.recv_from(&mut bytes) else { break };
            let Some(packet) = rtp::read(&bytes[..length]).filter(|_| self.is_from(from)) else {
                Stats::add(&stats.dropped, 1);
                continue;
            };
            Stats::add(&stats.received, 1);
            self.take(&packet, beat, tell);
        }
        let silent = beat.saturating_sub(self.heard_at) > SILENT && self.sound.is_some_and(|sound| sound.listens());
        if silent && !self.told_silent {
            self.told_silent = true;
            tell(Heard::Silent { leg: self.id });
        }
    }

    /// Whether a packet may be theirs: from where they said, or from where they signal; the first one fixes it.
    fn is_from(&mut self, from: SocketAddr) -> bool {
        let Some(sound) = self.sound else { return false };
        if let Some(latched) = self.latched {
            return from == latched;
        }
        let theirs = from.ip() == sound.remote.ip() || from.ip() == self.signalling;
        if theirs {
            self.latched = Some(from);
            let _ = self.rtp.connect(from);
        }
        theirs
    }

    fn take(&mut self, packet: &Packet<'_>, beat: u64, tell: &mut dyn FnMut(Heard)) {
        let Some(sound) = self.sound else { return };
        self.heard_at = beat;
        self.received.count(packet, beat * FRAME as u64);
        if Some(packet.format) == sound.keys {
            if let Some(key) = self.keys.hear(packet, beat) {
                self.pressed(key, beat, true, tell);
            }
        } else if packet.format == sound.law.format() {
            // Whoever sends 10 or 30 ms is heard as well; a frame is what a beat plays.
            let samples: Vec<i16> = packet.payload.iter().take(8 * FRAME).map(|b| sound.law.decode(*b)).collect();
            self.buffer.push(packet.seq, samples);
        } else if packet.format == COMFORT {
            self.buffer.push(packet.seq, vec![0; FRAME]);
        }
    }

    fn pressed(&mut self, key: char, beat: u64, event: bool, tell: &mut dyn FnMut(Heard)) {
        // A phone that sends both presses once.
        if let Some((last, at, by_event)) = self.last_key
            && ((last == key && beat - at < SAME && by_event != event) || (by_event && !event))
        {
            return;
        }
        self.last_key = Some((key, beat, event));
        tell(Heard::Key { leg: self.id, key });
    }

    /// What they said in this beat.
    pub fn heard(&mut self, beat: u64, tell: &mut dyn FnMut(Heard)) -> Option<Vec<i16>> {
        let samples = self.buffer.pop();
        if let Some(samples) = &samples {
            if let Some(key) = self.ear.hear(samples) {
                self.pressed(key, beat, false, tell);
            }
            if let Some(kept) = self.recording.as_mut().filter(|kept| kept.len() < LONGEST) {
                kept.extend_from_slice(samples);
            }
        }
        samples
    }

    /// Says the next 20 ms: what the other leg said, what is being played, or nothing.
    pub fn speak(&mut self, other: Option<&[i16]>, tell: &mut dyn FnMut(Heard)) -> bool {
        self.time = self.time.wrapping_add(FRAME as u32);
        let Some(sound) = self.sound else { return false };
        let Some(to) = self.latched.or(Some(sound.remote)).filter(|to| !to.ip().is_unspecified()) else { return false };
        if !sound.listens() {
            self.fresh = true;
            return false;
        }
        let mut payload = [sound.law.silence(); FRAME];
        match other {
            Some(samples) => payload.iter_mut().zip(samples).for_each(|(b, s)| *b = sound.law.encode(*s)),
            None => {
                let mut filled = 0;
                while filled < FRAME {
                    let Some(more) = self.next(&mut payload[filled..], sound.law, tell) else { break };
                    filled += more;
                }
            }
        }
        self.seq = self.seq.wrapping_add(1);
        let packet = Packet {
            format: sound.law.format(),
            marker: self.fresh,
            seq: self.seq,
            time: self.time,
            source: self.source,
            payload: &payload,
        };
        rtp::write(&packet, &mut self.out);
        self.fresh = false;
        let _ = if self.latched.is_some() { self.rtp.send(&self.out) } else { self.rtp.send_to(&self.out, to) };
        self.sent.packets = self.sent.packets.wrapping_add(1);
        self.sent.octets = self.sent.octets.wrapping_add(FRAME as u32);
        self.sent.time = self.time;
        true
    }

    /// The next samples of what is being played, as they are sent; answers how many there were.
    fn next(&mut self, out: &mut [u8], law: Law, tell: &mut dyn FnMut(Heard)) -> Option<usize> {
        loop {
            let playing = self.playing.as_mut()?;
            match playing.clips.front() {
                Some(clip) if playing.at < clip.len() => {
                    let samples = &clip[playing.at..];
                    out.iter_mut().zip(samples).for_each(|(byte, sample)| *byte = law.encode(*sample));
                    let count = samples.len().min(out.len());
                    playing.at += count;
                    return Some(count);
                }
                Some(_) => {
                    playing.clips.pop_front();
                    playing.at = 0;
                }
                None => {
                    if let Some(clip) = playing.round.clone() {
                        playing.clips.push_back(clip);
                        continue;
                    }
                    let token = playing.token;
                    self.playing = None;
                    tell(Heard::Said { leg: self.id, token });
                    return None;
                }
            }
        }
    }

    /// Reports, and reads what the far end reports. Every five seconds.
    pub fn report(&mut self, beat: u64) {
        let Some(rtcp) = &self.rtcp else { return };
        let at = beat * FRAME as u64;
        let mut bytes = [0_u8; 1_500];
        for _ in 0..AT_ONCE {
            match rtcp.recv_from(&mut bytes) {
                Ok((length, from)) if self.latched.is_some_and(|to| to.ip() == from.ip()) => {
                    self.received.hear(&bytes[..length], at);
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        let Some(mut to) = self.latched.or(self.sound.map(|sound| sound.remote)) else { return };
        let Some(port) = to.port().checked_add(1) else { return };
        to.set_port(port);
        // Seconds in the upper half, their fraction in the lower: since we began, as nothing here knows the day.
        let ntp = ((at / 8_000) << 32) | (((at % 8_000) << 32) / 8_000);
        let mut out = std::mem::take(&mut self.out);
        rtp::report(self.source, self.sent, &mut self.received, ntp, at, &mut out);
        let _ = rtcp.send_to(&out, to);
        self.out = out;
    }
}
