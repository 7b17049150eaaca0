//! The endpoint with its sockets and the sound of its calls: one task for signalling over UDP and TCP, one thread for
//! sound. Whoever drives it hears what happens in calls, and says what shall.

mod driver;
mod gate;
mod tcp;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipnet::IpNet;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{mpsc, oneshot};

use crate::media::engine::{Engine, LegId, Stats};
use crate::sip::{CallId, Login, Peer, Why};
use driver::{Driver, Outside};
use tcp::Connections;

/// A trunk to register with.
#[derive(Clone, Debug)]
pub struct Registrar {
    /// `host:port`.
    pub address: String,
    pub domain: String,
    pub login: Login,
    pub tcp: bool,
    pub expires: u32,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Our address as others reach it, where that is another.
    pub advertise: IpAddr,
    pub user: String,
    /// From where calls come that are asked for nothing.
    pub peers: Vec<IpNet>,
    /// Who may ring from anywhere, by password.
    pub logins: Vec<Login>,
    pub registrar: Option<Registrar>,
    pub ports: RangeInclusive<u16>,
    pub most_calls: usize,
    pub most_from_one: usize,
    /// Messages a second from one address; beyond that they are not looked at.
    pub messages_a_second: u32,
    pub secret: [u8; 32],
}

/// What happens in a call.
#[derive(Debug)]
pub enum Happening {
    /// Somebody rings: to be taken or refused.
    Rings {
        call: CallId,
        from: String,
        source: IpAddr,
    },
    Key {
        call: CallId,
        key: char,
    },
    /// Everything of this token has been said.
    Said {
        call: CallId,
        token: u64,
    },
    /// A call of ours was taken.
    Taken {
        call: CallId,
    },
    Ended {
        call: CallId,
        why: Why,
    },
    Held {
        call: CallId,
        held: bool,
    },
    Referred {
        call: CallId,
        code: u16,
    },
    Recorded {
        call: CallId,
        samples: Vec<i16>,
    },
    Registered {
        well: bool,
        code: u16,
    },
}

enum Command {
    Take(CallId),
    Refuse(CallId, u16),
    HangUp(CallId),
    Refer(CallId, String),
    Dial(Dial),
    Ring(Peer, Dial),
}

/// A call to be made.
struct Dial {
    uri: String,
    from: String,
    /// Is told its name before anything happens in it.
    known: Box<dyn FnOnce(CallId) + Send>,
    answer: oneshot::Sender<Option<CallId>>,
}

/// A handle; calls end with the last of them.
#[derive(Clone)]
pub struct Hotline {
    commands: mpsc::UnboundedSender<Command>,
    engine: Engine,
    calls: Arc<AtomicUsize>,
    /// Where it listens.
    pub at: SocketAddr,
}

/// One port for UDP and TCP. One of the system's choosing is free for the first, and may be taken for the second: then
/// another.
async fn bind(at: SocketAddr) -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut tries = if at.port() == 0 { 16 } else { 1 };
    loop {
        let socket = UdpSocket::bind(at).await?;
        tries -= 1;
        match TcpListener::bind(socket.local_addr()?).await {
            Ok(listener) => return Ok((socket, listener)),
            Err(taken) if tries == 0 => return Err(taken),
            Err(_) => {}
        }
    }
}

impl Hotline {
    pub async fn start(
        settings: Settings,
        chance: Box<dyn FnMut() -> u64 + Send>,
    ) -> std::io::Result<(Self, mpsc::UnboundedReceiver<Happening>)> {
        let (socket, listener) = bind(settings.listen).await?;
        let at = socket.local_addr()?;
        let (messages, inbox) = mpsc::channel(1_024);
        let tcp = Connections::start(listener, messages, settings.peers.clone(), !settings.logins.is_empty());
        let (heard, hears) = mpsc::unbounded_channel();
        let engine = Engine::start(settings.listen.ip(), settings.ports.clone(), heard)?;
        let (commands, orders) = mpsc::unbounded_channel();
        let (tell, told) = mpsc::unbounded_channel();
        let calls = Arc::new(AtomicUsize::new(0));
        let outside = Outside { at, socket, tcp, engine: engine.clone(), tell, calls: calls.clone() };
        let driver = Driver::new(settings, outside, chance);
        tokio::spawn(driver.run(orders, hears, inbox, commands.downgrade()));
        Ok((Self { commands, engine, calls, at }, told))
    }

    pub fn stats(&self) -> &Stats {
        &self.engine.stats
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn tell(&self, command: Command) {
        // The driver is gone only where the process ends.
        let _ = self.commands.send(command);
    }

    pub fn take(&self, call: CallId) {
        self.tell(Command::Take(call));
    }

    pub fn refuse(&self, call: CallId, code: u16) {
        self.tell(Command::Refuse(call, code));
    }

    pub fn hang_up(&self, call: CallId) {
        self.tell(Command::HangUp(call));
    }

    pub fn refer(&self, call: CallId, to: &str) {
        self.tell(Command::Refer(call, to.to_owned()));
    }

    /// Rings somebody; none where the address leads nowhere. `known` is told the call's name before anything happens
    /// in it.
    pub async fn dial(&self, uri: &str, from: &str, known: impl FnOnce(CallId) + Send + 'static) -> Option<CallId> {
        let (answer, answered) = oneshot::channel();
        let known = Box::new(known);
        self.tell(Command::Dial(Dial { uri: uri.to_owned(), from: from.to_owned(), known, answer }));
        answered.await.ok().flatten()
    }

    pub fn play(&self, call: CallId, clips: Vec<Arc<[i16]>>, token: u64) {
        self.engine.play(LegId(call.0), clips, token);
    }

    pub fn round(&self, call: CallId, clip: Arc<[i16]>) {
        self.engine.round(LegId(call.0), clip);
    }

    pub fn hush(&self, call: CallId) {
        self.engine.hush(LegId(call.0));
    }

    pub fn record(&self, call: CallId, on: bool) {
        self.engine.record(LegId(call.0), on);
    }

    pub fn join(&self, one: CallId, other: CallId) {
        self.engine.join(LegId(one.0), LegId(other.0));
    }

    pub fn part(&self, call: CallId) {
        self.engine.part(LegId(call.0));
    }
}

#[cfg(test)]
mod tests;
