//! A SIP endpoint (RFC 3261) as a calculation: messages and the time go in, messages and events come out. It answers
//! calls (with digest where a caller is not known by its address), makes calls, registers with a trunk, keeps session
//! timers (RFC 4028), is put on hold and taken back by re-INVITE, and hands calls over by REFER (RFC 3515).
//!
//! It is ours because the library that would do it costs half a minute of build for what is needed here, and because
//! what hostile bytes reach should be small and without sockets. What it leaves out: TLS, IPv6 zones, forking (a
//! second answer is refused by BYE), early media, and looking up names, which its driver does.

mod challenge;
mod client;
mod dialog;
pub mod digest;
pub mod message;
mod server;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;

pub use client::Trunk;
pub use digest::Login;
pub use message::Message;

use client::{ClientTx, Registration};
use dialog::Call;
use server::{Key, ServerTx};

/// Milliseconds since some moment of the driver's.
pub type Millis = u64;

/// RFC 3261, table 4.
const T1: Millis = 500;
const T2: Millis = 4_000;
/// 64 times T1: after that nobody will answer.
const LAPSES: Millis = 32_000;

/// A way to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    pub tcp: bool,
    pub addr: SocketAddr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call-{}", self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    pub to: Peer,
    pub bytes: Vec<u8>,
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They hung up, or gave up ringing.
    Them,
    Us,
    /// Nobody answered for long, or the session's time ran out.
    Lapsed,
    /// An outgoing call was not taken, with this code.
    Refused(u16),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody rings. `offer` is their SDP, which may be empty.
    Incoming {
        call: CallId,
        from: String,
        to: String,
        source: Peer,
        offer: Vec<u8>,
    },
    /// A call of ours was taken.
    Taken {
        call: CallId,
        body: Vec<u8>,
    },
    /// It rings there.
    Rings {
        call: CallId,
    },
    /// A call in progress is offered other media: to be answered.
    Offered {
        call: CallId,
        offer: Vec<u8>,
    },
    /// A key, by INFO.
    Digit {
        call: CallId,
        digit: char,
    },
    /// What became of a REFER: its last code.
    Referred {
        call: CallId,
        code: u16,
    },
    Ended {
        call: CallId,
        why: Why,
    },
    /// Whether the trunk knows us; false with its code (0: no answer).
    Registered {
        well: bool,
        code: u16,
    },
}

/// What an operator sets.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where others reach us, as it stands in messages.
    pub advertise: SocketAddr,
    /// The part of our address before the `@`.
    pub user: String,
    pub realm: String,
    /// Who may ring from anywhere; empty: nobody is asked, and whoever is not a peer is not answered.
    pub logins: Vec<Login>,
    /// Calls at once, both ways.
    pub most_calls: usize,
    /// The same from one address.
    pub most_from_one: usize,
    /// Longest time of a session without a refresh, in seconds.
    pub session_seconds: u32,
    /// Makes nonces ours.
    pub secret: [u8; 32],
}

pub struct Endpoint {
    setup: Setup,
    chance: Box<dyn FnMut() -> u64 + Send>,
    calls: BTreeMap<CallId, Call>,
    /// By Call-ID and our tag.
    dialogs: HashMap<(String, String), CallId>,
    serving: HashMap<Key, ServerTx>,
    asking: HashMap<String, ClientTx>,
    registration: Option<Registration>,
    /// Nonces with their counts that have been used.
    spent: VecDeque<String>,
    next_call: u64,
    out: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

impl Endpoint {
    pub fn new(setup: Setup, chance: Box<dyn FnMut() -> u64 + Send>) -> Self {
        Self {
            setup,
            chance,
            calls: BTreeMap::new(),
            dialogs: HashMap::new(),
            serving: HashMap::new(),
            asking: HashMap::new(),
            registration: None,
            spent: VecDeque::new(),
            next_call: 0,
            out: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// The name that the next call will have.
    pub fn next(&self) -> CallId {
        CallId(self.next_call)
    }

    /// Random bits.
    pub fn lot(&mut self) -> u64 {
        (self.chance)()
    }

    /// What is to be sent next.
    pub fn transmit(&mut self) -> Option<Transmit> {
        self.out.pop_front()
    }

    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Whether somebody at this address is in a call: theirs is heard before that of strangers.
    pub fn knows(&self, addr: SocketAddr) -> bool {
        self.calls.values().any(|call| call.peer.addr == addr)
    }

    /// Takes in a message. `known` is whether its sender's address is a peer's, who is asked for nothing.
    pub fn receive(&mut self, now: Millis, from: Peer, known: bool, message: &Message) {
        if !message.is_whole() {
            return;
        }
        if message.is_request() {
            self.serve(now, from, known, message);
        } else {
            self.answered(now, message);
        }
    }

    /// Does what is due. To be called every hundred milliseconds or so.
    pub fn tick(&mut self, now: Millis) {
        self.tick_server(now);
        self.tick_client(now);
        self.tick_calls(now);
    }

    fn send(&mut self, to: Peer, bytes: Vec<u8>) {
        self.out.push_back(Transmit { to, bytes });
    }

    /// Letters and digits by which something of ours is named.
    fn token(&mut self) -> String {
        format!("{:016x}", (self.chance)())
    }

    fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token())
    }

    /// The `Via` of a request of ours.
    fn via(&self, to: Peer, branch: &str) -> String {
        let transport = if to.tcp { "TCP" } else { "UDP" };
        format!("SIP/2.0/{transport} {};branch={branch};rport", self.setup.advertise)
    }

    /// How we are reached within a call.
    fn contact(&self, to: Peer) -> String {
        let transport = if to.tcp { ";transport=tcp" } else { "" };
        format!("<sip:{}@{}{transport}>", self.setup.user, self.setup.advertise)
    }

    /// Forgets a call and says that it is over.
    fn end(&mut self, id: CallId, why: Why) {
        if let Some(call) = self.calls.remove(&id) {
            self.dialogs.remove(&(call.call_id, call.local_tag));
            self.events.push_back(Event::Ended { call: id, why });
        }
    }
}

const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY";

#[cfg(test)]
mod tests;
