//! The task of the hotline: everything that comes in goes into the endpoint, and what the endpoint wants is sent.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use tokio::net::{UdpSocket, lookup_host};
use tokio::sync::mpsc;

use super::gate::Gate;
use super::tcp::Connections;
use super::{Command, Dial, Happening, Registrar, Settings};
use crate::media::engine::{Engine, Heard, LegId};
use crate::sdp::{self, Sound, Way};
use crate::sip::{CallId, Endpoint, Event, Message, Peer, Setup, Trunk};

/// A call's sound, as far as signalling knows it.
struct Line {
    local: SocketAddr,
    sound: Option<Sound>,
    version: u64,
}

/// What a driver speaks to.
pub(super) struct Outside {
    pub at: SocketAddr,
    pub socket: UdpSocket,
    pub tcp: Connections,
    pub engine: Engine,
    pub tell: mpsc::UnboundedSender<Happening>,
    pub calls: Arc<AtomicUsize>,
}

pub(super) struct Driver {
    settings: Settings,
    endpoint: Endpoint,
    out: Outside,
    gate: Gate,
    lines: HashMap<CallId, Line>,
    began: Instant,
}

impl Driver {
    pub fn new(settings: Settings, out: Outside, chance: Box<dyn FnMut() -> u64 + Send>) -> Self {
        let setup = Setup {
            advertise: SocketAddr::new(settings.advertise, out.at.port()),
            user: settings.user.clone(),
            realm: "cease".into(),
            logins: settings.logins.clone(),
            most_calls: settings.most_calls,
            most_from_one: settings.most_from_one,
            session_seconds: 1_800,
            secret: settings.secret,
        };
        let gate = Gate::new(settings.messages_a_second);
        let endpoint = Endpoint::new(setup, chance);
        Self { settings, endpoint, out, gate, lines: HashMap::new(), began: Instant::now() }
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    pub async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Command>,
        mut hears: mpsc::UnboundedReceiver<Heard>,
        mut inbox: mpsc::Receiver<(Peer, Message)>,
        own: mpsc::WeakUnboundedSender<Command>,
    ) {
        let mut beat = tokio::time::interval(Duration::from_millis(100));
        let mut bytes = vec![0_u8; crate::sip::message::MOST];
        self.register().await;
        loop {
            tokio::select! {
                // What calls in progress need comes before what is new.
                biased;
                _ = beat.tick() => self.endpoint.tick(self.now()),
                order = orders.recv() => match order {
                    Some(order) => self.obey(order, &own).await,
                    None => break,
                },
                Some(heard) = hears.recv() => self.heard(heard),
                Some((peer, message)) = inbox.recv() => self.message(peer, &message),
                got = self.out.socket.recv_from(&mut bytes) => if let Ok((length, from)) = got {
                    self.datagram(from, &bytes[..length]);
                },
            }
            self.carry().await;
        }
        let now = self.now();
        for call in self.lines.keys().copied().collect::<Vec<_>>() {
            self.endpoint.hang_up(now, call);
        }
        self.carry().await;
    }

    async fn register(&mut self) {
        let Some(registrar) = self.settings.registrar.clone() else { return };
        let Some(addr) = resolve(&registrar.address).await else {
            tracing::error!("the trunk's address cannot be found");
            let _ = self.out.tell.send(Happening::Registered { well: false, code: 0 });
            return;
        };
        let peer = Peer { tcp: registrar.tcp, addr };
        // Calls come from where we register.
        self.settings.peers.push(IpNet::from(addr.ip()));
        let Registrar { domain, login, expires, .. } = registrar;
        self.endpoint.register(self.now(), Trunk { peer, domain, login, expires });
    }

    fn datagram(&mut self, from: SocketAddr, bytes: &[u8]) {
        let known = self.known(from.ip());
        // A stranger is heard only where passwords are taken, and nobody more often than anybody can ring.
        if !known && self.settings.logins.is_empty() || !self.gate.lets(from.ip(), self.now()) {
            return;
        }
        if let Ok(message) = Message::read(bytes) {
            self.message(Peer { tcp: false, addr: from }, &message);
        }
    }

    fn known(&self, ip: IpAddr) -> bool {
        self.settings.peers.iter().any(|net| net.contains(&ip))
    }

    fn message(&mut self, peer: Peer, message: &Message) {
        let known = self.known(peer.addr.ip());
        self.endpoint.receive(self.now(), peer, known, message);
    }

    /// Sends what is to be sent, and tells what has happened.
    async fn carry(&mut self) {
        loop {
            while let Some(event) = self.endpoint.event() {
                self.happened(event);
            }
            let Some(out) = self.endpoint.transmit() else { break };
            if out.to.tcp {
                self.out.tcp.send(out.to.addr, out.bytes);
            } else if let Err(error) = self.out.socket.send_to(&out.bytes, out.to.addr).await {
                tracing::debug!(%error, "a SIP message could not be sent");
            }
        }
        self.out.calls.store(self.endpoint.calls(), Ordering::Relaxed);
    }

    async fn obey(&mut self, order: Command, own: &mpsc::WeakUnboundedSender<Command>) {
        let now = self.now();
        match order {
            Command::Take(call) => self.take(call),
            Command::Refuse(call, code) => {
                self.endpoint.refuse(now, call, code);
                self.close(call);
            }
            Command::HangUp(call) => self.endpoint.hang_up(now, call),
            Command::Refer(call, to) => drop(self.endpoint.refer(now, call, &to)),
            // A name may take long to be found, and calls in progress do not wait for it.
            Command::Dial(dial) => {
                let own = own.clone();
                tokio::spawn(async move {
                    match (target(&dial.uri).await, own.upgrade()) {
                        (Some(peer), Some(own)) => drop(own.send(Command::Ring(peer, dial))),
                        (_, _) => drop(dial.answer.send(None)),
                    }
                });
            }
            Command::Ring(peer, Dial { uri, from, known, answer }) => {
                let call = self.ring(&uri, peer, &from);
                if let Some(call) = call {
                    known(call);
                }
                let _ = answer.send(call);
            }
        }
    }

    fn ring(&mut self, uri: &str, peer: Peer, from: &str) -> Option<CallId> {
        let now = self.now();
        // The leg is named after its call, which has no name before its offer does: so it is rung with the next name.
        let call = self.endpoint.next();
        let local = self.out.engine.open(LegId(call.0), peer.addr.ip(), self.endpoint.lot()).ok()?;
        let local = SocketAddr::new(self.settings.advertise, local.port());
        let sdp = sdp::write(local, call.0 + 1, 1, None, Way::Both);
        self.lines.insert(call, Line { local, sound: None, version: 1 });
        Some(self.endpoint.call(now, peer, uri, from, sdp))
    }

    fn take(&mut self, call: CallId) {
        let now = self.now();
        let Some(line) = self.lines.get(&call) else { return };
        let Some(sound) = line.sound else { return };
        self.out.engine.agree(LegId(call.0), sound);
        let sdp = sdp::write(line.local, call.0 + 1, line.version, Some(&sound), sound.way.reversed());
        self.endpoint.answer(now, call, sdp);
    }

    fn close(&mut self, call: CallId) {
        if self.lines.remove(&call).is_some() {
            self.out.engine.close(LegId(call.0));
        }
    }

    fn say(&self, happening: Happening) {
        let _ = self.out.tell.send(happening);
    }

    fn happened(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Incoming { call, from, source, offer, .. } => {
                let opened = sdp::read(&offer).ok().and_then(|sound| {
                    let local = self.out.engine.open(LegId(call.0), source.addr.ip(), self.endpoint.lot()).ok()?;
                    Some((sound, SocketAddr::new(self.settings.advertise, local.port())))
                });
                let Some((sound, local)) = opened else { return self.endpoint.refuse(now, call, 488) };
                self.lines.insert(call, Line { local, sound: Some(sound), version: 1 });
                self.endpoint.ring(now, call);
                self.say(Happening::Rings { call, from, source: source.addr.ip() });
            }
            Event::Taken { call, body } => match (sdp::read(&body), self.lines.get_mut(&call)) {
                (Ok(sound), Some(line)) => {
                    line.sound = Some(sound);
                    self.out.engine.agree(LegId(call.0), sound);
                    self.say(Happening::Taken { call });
                }
                (_, _) => self.endpoint.hang_up(now, call),
            },
            Event::Rings { .. } => {}
            Event::Offered { call, offer } => self.offered(call, &offer),
            Event::Digit { call, digit } => self.say(Happening::Key { call, key: digit }),
            Event::Referred { call, code } => self.say(Happening::Referred { call, code }),
            Event::Ended { call, why } => {
                self.close(call);
                self.say(Happening::Ended { call, why });
            }
            Event::Registered { well, code } => self.say(Happening::Registered { well, code }),
        }
    }

    fn offered(&mut self, call: CallId, offer: &[u8]) {
        let now = self.now();
        let Some(line) = self.lines.get_mut(&call) else { return self.endpoint.refuse(now, call, 488) };
        // Without an offer it is ours to make: the same as before.
        let sound = if offer.is_empty() { line.sound.ok_or(sdp::Bad::NoAudio) } else { sdp::read(offer) };
        let Ok(sound) = sound else { return self.endpoint.refuse(now, call, 488) };
        let held = line.sound.is_some_and(|before| before.listens()) != sound.listens();
        line.sound = Some(sound);
        line.version += 1;
        let sdp = sdp::write(line.local, call.0 + 1, line.version, Some(&sound), sound.way.reversed());
        self.out.engine.agree(LegId(call.0), sound);
        self.endpoint.answer(now, call, sdp);
        if held {
            self.say(Happening::Held { call, held: !sound.listens() });
        }
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Key { leg, key } => self.say(Happening::Key { call: CallId(leg.0), key }),
            Heard::Said { leg, token } => self.say(Happening::Said { call: CallId(leg.0), token }),
            Heard::Silent { leg } => self.endpoint.hang_up(self.now(), CallId(leg.0)),
            Heard::Recorded { leg, samples } => self.say(Happening::Recorded { call: CallId(leg.0), samples }),
        }
    }
}

async fn resolve(address: &str) -> Option<SocketAddr> {
    if let Ok(addr) = address.parse() {
        return Some(addr);
    }
    let with_port = if address.rsplit_once(':').is_some() { address.to_owned() } else { format!("{address}:5060") };
    lookup_host(with_port).await.ok()?.next()
}

/// Where a `sip:` address leads.
async fn target(uri: &str) -> Option<Peer> {
    let rest = uri.strip_prefix("sip:")?;
    let (host, parameters) = rest.split_once(';').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let tcp = parameters.split(';').any(|p| p.eq_ignore_ascii_case("transport=tcp"));
    Some(Peer { tcp, addr: resolve(host).await? })
}
