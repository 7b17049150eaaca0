//! One thread for the sound of all calls. Every 20 ms it takes in what has come for a leg and sends one packet for it,
//! a quarter of the legs every 5 ms, so that the last of many does not wait for all others; in between it waits for
//! commands. So a packet is late only where the machine is, and that is
//! counted: packets that left more than 5 ms behind their time.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::leg::Leg;
use crate::sdp::Sound;

/// Parts of a beat of 20 ms; each leg has its own.
const PARTS: u64 = 4;
const PART: Duration = Duration::from_millis(20 / PARTS);
const LATE: Duration = Duration::from_millis(5);
/// Beats between two reports: five seconds.
const REPORT: u64 = 250;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub u64);

/// What a leg lets us know.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Key {
        leg: LegId,
        key: char,
    },
    /// Everything of this token has been said.
    Said {
        leg: LegId,
        token: u64,
    },
    /// Nothing has come for half a minute.
    Silent {
        leg: LegId,
    },
    Recorded {
        leg: LegId,
        samples: Vec<i16>,
    },
}

enum Command {
    Open { leg: LegId, rtp: UdpSocket, rtcp: Option<UdpSocket>, signalling: IpAddr, chance: u64 },
    Agree { leg: LegId, sound: Sound },
    Play { leg: LegId, clips: Vec<Arc<[i16]>>, token: u64 },
    Round { leg: LegId, clip: Arc<[i16]> },
    Hush { leg: LegId },
    Record { leg: LegId, on: bool },
    Join { one: LegId, other: LegId },
    Part { leg: LegId },
    Close { leg: LegId },
}

/// What is counted of all calls.
#[derive(Debug, Default)]
pub struct Stats {
    pub sent: AtomicU64,
    /// Packets that left more than 5 ms behind their time.
    pub late: AtomicU64,
    /// Microseconds by which the latest was late.
    pub worst: AtomicU64,
    pub received: AtomicU64,
    /// What came from elsewhere, or is no RTP.
    pub dropped: AtomicU64,
    /// Of what was sent to us, in calls that are over.
    pub lost: AtomicU64,
    pub beats: AtomicU64,
    /// Microseconds of work in all beats.
    pub work: AtomicU64,
}

impl Stats {
    pub(super) fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }

    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// A handle to the thread; it ends with the last of them.
#[derive(Clone)]
pub struct Engine {
    commands: Sender<Command>,
    pub stats: Arc<Stats>,
    local: IpAddr,
    ports: Arc<Ports>,
}

struct Ports {
    range: RangeInclusive<u16>,
    next: Mutex<u16>,
}

impl Engine {
    /// Begins. Sockets are made on `local`, at even ports of `ports`.
    pub fn start(local: IpAddr, ports: RangeInclusive<u16>, heard: UnboundedSender<Heard>) -> std::io::Result<Self> {
        let (commands, inbox) = channel();
        let stats = Arc::new(Stats::default());
        let counted = stats.clone();
        std::thread::Builder::new().name("voice".into()).spawn(move || run(&inbox, &heard, &counted))?;
        let next = Mutex::new(*ports.start());
        Ok(Self { commands, stats, local, ports: Arc::new(Ports { range: ports, next }) })
    }

    /// Opens a leg; answers where its sound is to be sent.
    pub fn open(&self, leg: LegId, signalling: IpAddr, chance: u64) -> std::io::Result<SocketAddr> {
        let (rtp, rtcp) = self.ports.pair(self.local)?;
        let at = rtp.local_addr()?;
        rtp.set_nonblocking(true)?;
        rtcp.set_nonblocking(true)?;
        self.tell(Command::Open { leg, rtp, rtcp: Some(rtcp), signalling, chance });
        Ok(at)
    }

    pub fn agree(&self, leg: LegId, sound: Sound) {
        self.tell(Command::Agree { leg, sound });
    }

    /// Says clips one after the other, in place of what is being said.
    pub fn play(&self, leg: LegId, clips: Vec<Arc<[i16]>>, token: u64) {
        self.tell(Command::Play { leg, clips, token });
    }

    /// Plays a clip over and over.
    pub fn round(&self, leg: LegId, clip: Arc<[i16]>) {
        self.tell(Command::Round { leg, clip });
    }

    pub fn hush(&self, leg: LegId) {
        self.tell(Command::Hush { leg });
    }

    /// Keeps what is heard from now on, or says what was kept.
    pub fn record(&self, leg: LegId, on: bool) {
        self.tell(Command::Record { leg, on });
    }

    /// Lets two legs hear each other.
    pub fn join(&self, one: LegId, other: LegId) {
        self.tell(Command::Join { one, other });
    }

    pub fn part(&self, leg: LegId) {
        self.tell(Command::Part { leg });
    }

    pub fn close(&self, leg: LegId) {
        self.tell(Command::Close { leg });
    }

    fn tell(&self, command: Command) {
        // The thread is gone only where the process ends.
        let _ = self.commands.send(command);
    }
}

impl Ports {
    /// The next free pair, an even port and the one above it.
    fn pair(&self, local: IpAddr) -> std::io::Result<(UdpSocket, UdpSocket)> {
        let (first, last) = (*self.range.start(), *self.range.end());
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let mut error = std::io::Error::other("there is no port for sound");
        for _ in 0..=(last - first) / 2 {
            let port = next.next_multiple_of(2);
            *next = if port.saturating_add(3) > last { first } else { port + 2 };
            if port < first || port.saturating_add(1) > last {
                continue;
            }
            match (UdpSocket::bind((local, port)), UdpSocket::bind((local, port + 1))) {
                (Ok(rtp), Ok(rtcp)) => return Ok((rtp, rtcp)),
                (Err(e), _) | (_, Err(e)) => error = e,
            }
        }
        Err(error)
    }
}

struct Legs {
    legs: BTreeMap<LegId, Leg>,
    beat: u64,
    part: u64,
}

fn run(inbox: &Receiver<Command>, heard: &UnboundedSender<Heard>, stats: &Stats) {
    let mut legs = Legs { legs: BTreeMap::new(), beat: 0, part: 0 };
    let mut due = Instant::now() + PART;
    let mut tell = |said: Heard| {
        let _ = heard.send(said);
    };
    loop {
        let now = Instant::now();
        if now < due {
            match inbox.recv_timeout(due - now) {
                Ok(command) => legs.obey(command, stats, &mut tell),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            continue;
        }
        while let Ok(command) = inbox.try_recv() {
            legs.obey(command, stats, &mut tell);
        }
        // After a long stop (a suspended machine) the beats that were missed are not made up for.
        if now - due > Duration::from_secs(1) {
            due = now;
        }
        legs.step(due, stats, &mut tell);
        Stats::add(&stats.work, now.elapsed().as_micros() as u64);
        due += PART;
    }
}

impl Legs {
    fn obey(&mut self, command: Command, stats: &Stats, tell: &mut dyn FnMut(Heard)) {
        match command {
            Command::Open { leg, rtp, rtcp, signalling, chance } => {
                self.legs.insert(leg, Leg::new(leg, rtp, rtcp, signalling, chance, self.beat));
            }
            Command::Agree { leg, sound } => self.with(leg, |leg, beat| leg.agree(sound, beat)),
            Command::Play { leg, clips, token } => self.with(leg, |leg, _| leg.play(clips, token)),
            Command::Round { leg, clip } => self.with(leg, |leg, _| leg.round(clip)),
            Command::Hush { leg } => self.with(leg, |leg, _| leg.hush()),
            Command::Record { leg: id, on } => {
                if let Some(samples) = self.legs.get_mut(&id).and_then(|leg| leg.record(on)) {
                    tell(Heard::Recorded { leg: id, samples });
                }
            }
            Command::Join { one, other } => {
                self.with(one, |leg, _| leg.peer = Some(other));
                self.with(other, |leg, _| leg.peer = Some(one));
            }
            Command::Part { leg } => self.part(leg),
            Command::Close { leg } => {
                self.part(leg);
                if let Some(leg) = self.legs.remove(&leg) {
                    Stats::add(&stats.lost, leg.received.expected().saturating_sub(leg.received.packets));
                }
            }
        }
    }

    fn part(&mut self, id: LegId) {
        let other = self.legs.get_mut(&id).and_then(|leg| leg.peer.take());
        if let Some(other) = other {
            self.with(other, |leg, _| leg.peer = None);
        }
    }

    fn with(&mut self, id: LegId, change: impl FnOnce(&mut Leg, u64)) {
        if let Some(leg) = self.legs.get_mut(&id) {
            change(leg, self.beat);
        }
    }

    /// A part of a beat, for the legs whose it is.
    fn step(&mut self, due: Instant, stats: &Stats, tell: &mut dyn FnMut(Heard)) {
        self.part = (self.part + 1) % PARTS;
        if self.part == 0 {
            self.beat += 1;
            Stats::add(&stats.beats, 1);
        }
        let (beat, part) = (self.beat, self.part);
        // Joined legs are heard and speak together.
        let now = |leg: &&mut Leg| leg.peer.map_or(leg.id, |peer| peer.min(leg.id)).0 % PARTS == part;
        let mut said: BTreeMap<LegId, Vec<i16>> = BTreeMap::new();
        for leg in self.legs.values_mut().filter(now) {
            leg.listen(beat, stats, tell);
            let samples = leg.heard(beat, tell);
            match (leg.peer, samples) {
                (Some(peer), Some(samples)) => {
                    said.insert(peer, samples);
                }
                (Some(_), None) => {}
                // Joined legs speak when all have been heard.
                (None, _) => Self::speak(leg, None, due, stats, tell),
            }
        }
        for leg in self.legs.values_mut().filter(now).filter(|leg| leg.peer.is_some()) {
            let samples = said.remove(&leg.id).unwrap_or_else(|| vec![0; super::FRAME]);
            Self::speak(leg, Some(&samples), due, stats, tell);
        }
        for leg in self.legs.values_mut().filter(now).filter(|leg| leg.id.0 % REPORT == beat % REPORT) {
            leg.report(beat);
        }
    }

    fn speak(leg: &mut Leg, other: Option<&[i16]>, due: Instant, stats: &Stats, tell: &mut dyn FnMut(Heard)) {
        if leg.speak(other, tell) {
            Stats::add(&stats.sent, 1);
            let behind = due.elapsed();
            stats.worst.fetch_max(behind.as_micros() as u64, Ordering::Relaxed);
            if behind > LATE {
                Stats::add(&stats.late, 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::g711::Law;
    use crate::media::rtp;
    use crate::sdp::Way;

    fn recv(socket: &UdpSocket) -> Vec<u8> {
        let mut bytes = [0; 2_000];
        let n = socket.recv(&mut bytes).unwrap();
        bytes[..n].to_vec()
    }

    /// A call that hears a clip, presses keys, and is not disturbed by a stranger.
    #[tokio::test]
    async fn a_leg_says_hears_and_knows_its_own() {
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let (tell, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let engine = Engine::start(local, 31_000..=32_000, tell).unwrap();
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        let stranger = UdpSocket::bind("127.0.0.7:0").unwrap();
        let (leg, at) = (LegId(1), engine.open(LegId(1), local, 77).unwrap());
        let sound = Sound { remote: phone.local_addr().unwrap(), law: Law::Mu, keys: Some(101), way: Way::Both };
        engine.agree(leg, sound);
        let clip: Arc<[i16]> = (0..400).map(|n| n * 20).collect::<Vec<i16>>().into();
        engine.play(leg, vec![clip.clone(), clip], 5);
        let mut out = Vec::new();
        let mut send = |socket: &UdpSocket, seq: u16, format: u8, payload: &[u8]| {
            let packet = rtp::Packet { format, marker: false, seq, time: u32::from(seq) * 160, source: 3, payload };
            rtp::write(&packet, &mut out);
            socket.send_to(&out, at).unwrap();
        };
        send(&stranger, 1, 101, &[9, 0x80, 0, 160]);
        send(&phone, 1, 101, &[4, 0x80, 0, 160]);
        send(&phone, 2, 0, &[0xff; 160]);
        let first = recv(&phone);
        let packet = rtp::read(&first).unwrap();
        assert_eq!((packet.format, packet.payload.len(), packet.marker), (0, 160, true));
        assert_eq!(heard.recv().await, Some(Heard::Key { leg, key: '4' }));
        assert_eq!(heard.recv().await, Some(Heard::Said { leg, token: 5 }));
        // Five packets and no gap between the two clips.
        let mut sequence = vec![packet.seq];
        for _ in 0..6 {
            let bytes = recv(&phone);
            sequence.push(rtp::read(&bytes).unwrap().seq);
        }
        assert!(sequence.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "{sequence:?}");
        assert!(Stats::get(&engine.stats.dropped) >= 1);
        engine.close(leg);
    }

    #[tokio::test]
    async fn joined_legs_hear_each_other() {
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let (tell, _heard) = tokio::sync::mpsc::unbounded_channel();
        let engine = Engine::start(local, 32_002..=33_000, tell).unwrap();
        let phones = [UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap()];
        let mut at = Vec::new();
        for (n, phone) in phones.iter().enumerate() {
            let leg = LegId(n as u64);
            at.push(engine.open(leg, local, n as u64).unwrap());
            let law = if n == 0 { Law::Mu } else { Law::A };
            engine.agree(leg, Sound { remote: phone.local_addr().unwrap(), law, keys: None, way: Way::Both });
        }
        engine.join(LegId(0), LegId(1));
        let (mut out, payload) = (Vec::new(), [Law::Mu.encode(8_000); 160]);
        for seq in 0..400_u16 {
            let packet =
                rtp::Packet { format: 0, marker: false, seq, time: 160 * u32::from(seq), source: 9, payload: &payload };
            rtp::write(&packet, &mut out);
            phones[0].send_to(&out, at[0]).unwrap();
            let bytes = recv(&phones[1]);
            let said = Law::A.decode(rtp::read(&bytes).unwrap().payload[80]);
            if (said - 8_000).abs() < 400 {
                return;
            }
        }
        panic!("the one was never heard by the other");
    }
}
