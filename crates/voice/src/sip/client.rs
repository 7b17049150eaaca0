//! Asking: client transactions (RFC 3261, 17.1), calls of ours to a person's phone, and the registration with a trunk.

use super::dialog::{Call, State};
use super::digest::{self, Login};
use super::message::{address, param};
use super::{CallId, Endpoint, Event, LAPSES, Message, Millis, Peer, T1, T2, Why};

/// What a question was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Invite(CallId),
    /// A re-INVITE.
    Again(CallId),
    Bye(CallId),
    Cancel,
    Refer(CallId),
    Register,
}

#[derive(Debug)]
pub(super) struct ClientTx {
    request: Message,
    peer: Peer,
    about: For,
    /// When it is asked again, and after how much longer then.
    again: Option<(Millis, Millis)>,
    until: Millis,
    /// What is said to a final answer that comes once more.
    ack: Option<Vec<u8>>,
    done: bool,
    /// Whether a password has been shown.
    shown: bool,
}

/// Where and as whom we register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    pub peer: Peer,
    /// `trunk.example.com`, as it stands in our address there.
    pub domain: String,
    pub login: Login,
    pub expires: u32,
}

#[derive(Debug)]
pub(super) struct Registration {
    trunk: Trunk,
    call_id: String,
    tag: String,
    seq: u32,
    expires: u32,
    next: Millis,
}

/// After a registration that failed.
const RETRY: Millis = 30_000;

impl Endpoint {
    /// Sends a question and keeps at it.
    pub(super) fn ask(&mut self, now: Millis, peer: Peer, request: Message, about: For) {
        let again = (!peer.tcp).then_some((now + T1, T1));
        self.send(peer, request.bytes());
        let tx = ClientTx { peer, about, again, until: now + LAPSES, ack: None, done: false, shown: false, request };
        self.asking.insert(tx.request.branch().to_owned(), tx);
    }

    /// Rings somebody. `login` is shown where they ask for one.
    pub fn call(&mut self, now: Millis, peer: Peer, uri: &str, from: &str, sdp: Vec<u8>) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        let (call_id, local_tag) = (self.token(), self.token());
        let name: String = from.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
        let call = Call {
            local: format!("\"{name}\" <sip:{}@{}>;tag={local_tag}", self.setup.user, self.setup.advertise),
            remote: format!("<{uri}>"),
            target: uri.to_owned(),
            routes: Vec::new(),
            peer,
            state: State::Calling,
            local_seq: 0,
            remote_seq: 0,
            pending: None,
            session: None,
            sdp: sdp.clone(),
            invite: None,
            unwanted: false,
            call_id: call_id.clone(),
            local_tag: local_tag.clone(),
        };
        self.calls.insert(id, call);
        self.dialogs.insert((call_id, local_tag), id);
        if let Some(request) = self.within(id, "INVITE") {
            let request = request.with_body("application/sdp", sdp);
            if let Some(call) = self.calls.get_mut(&id) {
                call.invite = Some(request.clone());
            }
            self.ask(now, peer, request, For::Invite(id));
        }
        id
    }

    /// Takes back a call of ours that nobody has taken. What is cancelled is still answered, with 487.
    pub(super) fn cancel(&mut self, now: Millis, id: CallId) {
        let Some(invite) = self.calls.get(&id).and_then(|call| call.invite.clone()) else { return };
        let Some(peer) = self.calls.get(&id).map(|call| call.peer) else { return };
        let Some(via) = invite.all("via").first().map(|via| (*via).to_owned()) else { return };
        let super::message::Start::Request { uri, .. } = &invite.start else { return };
        let request = Message::request("CANCEL", uri)
            .with("via", via)
            .with("max-forwards", "70")
            .with("from", invite.get("from"))
            .with("to", invite.get("to"))
            .with("call-id", invite.get("call-id"))
            .with("cseq", format!("{} CANCEL", invite.cseq().0));
        let again = (!peer.tcp).then_some((now + T1, T1));
        self.send(peer, request.bytes());
        let key = format!("{}/cancel", request.branch());
        let tx = ClientTx {
            request,
            peer,
            about: For::Cancel,
            again,
            until: now + LAPSES,
            ack: None,
            done: false,
            shown: false,
        };
        self.asking.insert(key, tx);
    }

    /// Registers from now on.
    pub fn register(&mut self, now: Millis, trunk: Trunk) {
        let (call_id, tag) = (self.token(), self.token());
        let expires = trunk.expires;
        self.registration = Some(Registration { trunk, call_id, tag, seq: 0, expires, next: now });
        self.tick_registration(now);
    }

    fn tick_registration(&mut self, now: Millis) {
        let branch = self.branch();
        let Some((peer, due)) = self.registration.as_ref().map(|r| (r.trunk.peer, now >= r.next)) else { return };
        if !due {
            return;
        }
        let (via, contact) = (self.via(peer, &branch), self.contact(peer));
        let Some(registration) = self.registration.as_mut() else { return };
        registration.seq += 1;
        registration.next = now + LAPSES + RETRY;
        let trunk = &registration.trunk;
        let us = format!("<sip:{}@{}>", trunk.login.user, trunk.domain);
        let request = Message::request("REGISTER", &format!("sip:{}", trunk.domain))
            .with("via", via)
            .with("max-forwards", "70")
            .with("from", format!("{us};tag={}", registration.tag))
            .with("to", us)
            .with("call-id", &registration.call_id)
            .with("cseq", format!("{} REGISTER", registration.seq))
            .with("contact", contact)
            .with("expires", registration.expires.to_string())
            .with("user-agent", "Cease");
        self.ask(now, peer, request, For::Register);
    }

    pub(super) fn answered(&mut self, now: Millis, answer: &Message) {
        let cancel = answer.cseq().1 == "CANCEL";
        let key = if cancel { format!("{}/cancel", answer.branch()) } else { answer.branch().to_owned() };
        let Some(tx) = self.asking.get_mut(&key) else { return };
        if tx.request.method() != answer.cseq().1 {
            return;
        }
        if answer.code() < 200 {
            // It is being worked on: an INVITE then waits for as long as it rings.
            if matches!(tx.about, For::Invite(_) | For::Again(_)) {
                (tx.again, tx.until) = (None, now + 180_000);
            }
            if let (For::Invite(call), true) = (tx.about, answer.code() >= 180 && !tx.done) {
                self.events.push_back(Event::Rings { call });
            }
            return;
        }
        if tx.done {
            if let Some(ack) = tx.ack.clone() {
                let peer = tx.peer;
                self.send(peer, ack);
            }
            return;
        }
        (tx.done, tx.again, tx.until) = (true, None, now + LAPSES);
        let (about, shown, request, peer) = (tx.about, tx.shown, tx.request.clone(), tx.peer);
        if matches!(about, For::Invite(_) | For::Again(_)) {
            self.acknowledge(answer, &key, &request, peer, about);
        }
        if matches!(answer.code(), 401 | 407) && !shown && self.show(now, answer, &request, peer, about) {
            return;
        }
        self.settled(now, answer, about);
    }

    /// ACK: of a refusal within its transaction, of a taken call on its own way.
    fn acknowledge(&mut self, answer: &Message, key: &str, request: &Message, peer: Peer, about: For) {
        let (For::Invite(id) | For::Again(id)) = about else { return };
        let taken = answer.code() < 300;
        if taken && let Some(call) = self.calls.get_mut(&id) {
            call.remote = answer.get("to").to_owned();
            Self::refresh_target(call, answer);
            if matches!(about, For::Invite(_)) {
                call.routes = answer.all("record-route").into_iter().rev().map(str::to_owned).collect();
            }
        }
        let super::message::Start::Request { uri, .. } = &request.start else { return };
        let call = self.calls.get(&id);
        let target = call.filter(|_| taken).map_or(uri.clone(), |call| call.target.clone());
        let routes = call.filter(|_| taken).map(|call| call.routes.clone()).unwrap_or_default();
        let via = if taken {
            let branch = self.branch();
            self.via(peer, &branch)
        } else {
            request.get("via").to_owned()
        };
        let mut ack = Message::request("ACK", &target).with("via", via).with("max-forwards", "70");
        for route in routes {
            ack.add("route", route);
        }
        let ack = ack
            .with("from", request.get("from"))
            .with("to", answer.get("to"))
            .with("call-id", request.get("call-id"))
            .with("cseq", format!("{} ACK", request.cseq().0));
        let bytes = ack.bytes();
        if let Some(tx) = self.asking.get_mut(key) {
            tx.ack = Some(bytes.clone());
        }
        self.send(peer, bytes);
    }

    /// Asks again with the trunk's password; false where there is none, or the challenge is not for us.
    fn show(&mut self, now: Millis, answer: &Message, request: &Message, peer: Peer, about: For) -> bool {
        let Some(login) = self
            .registration
            .as_ref()
            .filter(|r| r.trunk.peer.addr.ip() == peer.addr.ip())
            .map(|r| r.trunk.login.clone())
        else {
            return false;
        };
        let super::message::Start::Request { method, uri } = &request.start else { return false };
        let (challenge, header) = if answer.code() == 401 {
            ("www-authenticate", "authorization")
        } else {
            ("proxy-authenticate", "proxy-authorization")
        };
        let ours = self.token();
        let given = answer.headers.iter().filter(|(name, _)| name == challenge);
        let Some(shown) = given.into_iter().find_map(|(_, text)| digest::answer(text, &login, method, uri, &ours))
        else {
            return false;
        };
        let branch = self.branch();
        let mut again = request.clone();
        let number = request.cseq().0 + 1;
        again.headers.retain(|(name, _)| name != "via" && name != "cseq");
        again.headers.insert(0, ("via".into(), self.via(peer, &branch)));
        let again = again.with("cseq", format!("{number} {method}")).with(header, shown);
        if let For::Invite(id) | For::Again(id) | For::Bye(id) | For::Refer(id) = about
            && let Some(call) = self.calls.get_mut(&id)
        {
            call.local_seq = number;
            if matches!(about, For::Invite(_)) {
                call.invite = Some(again.clone());
            }
        }
        if let (For::Register, Some(registration)) = (about, self.registration.as_mut()) {
            registration.seq = number;
        }
        self.ask(now, peer, again, about);
        if let Some(tx) = self.asking.get_mut(&branch) {
            tx.shown = true;
        }
        true
    }

    /// What a final answer means. Code 0 is that there was none.
    fn settled(&mut self, now: Millis, answer: &Message, about: For) {
        let code = answer.code();
        match about {
            For::Invite(id) if (200..300).contains(&code) => {
                let Some(call) = self.calls.get_mut(&id) else { return };
                (call.state, call.invite) = (State::Up, None);
                if call.unwanted {
                    self.hang_up(now, id);
                } else {
                    self.events.push_back(Event::Taken { call: id, body: answer.body.clone() });
                }
            }
            For::Invite(id) => {
                let ours = self.calls.get(&id).is_some_and(|call| call.unwanted);
                self.end(id, if ours { Why::Us } else { Why::Refused(code) });
            }
            For::Again(id) => match code {
                200..300 => {
                    let Some(call) = self.calls.get_mut(&id) else { return };
                    if let Some((seconds, theirs)) = Self::session_of(answer) {
                        // Here the sender of the request is us.
                        Self::timed(call, now, seconds.max(60), theirs.unwrap_or(true));
                    }
                }
                // RFC 3261, 14.1: only these end the call.
                0 | 408 | 481 => self.end(id, Why::Lapsed),
                _ => {}
            },
            For::Bye(id) => self.forget(id),
            For::Cancel => {}
            For::Refer(id) if code >= 300 || code == 0 => {
                self.events.push_back(Event::Referred { call: id, code: if code == 0 { 408 } else { code } });
            }
            For::Refer(_) => {}
            For::Register => self.registered(now, answer),
        }
    }

    fn registered(&mut self, now: Millis, answer: &Message) {
        let Some(registration) = self.registration.as_mut() else { return };
        let code = answer.code();
        if (200..300).contains(&code) {
            let ours = |contact: &&str| address(contact).contains(&self.setup.advertise.to_string());
            let granted = answer.all("contact").into_iter().find(ours).and_then(|c| param(c, "expires")?.parse().ok());
            let granted: u32 = granted.or_else(|| answer.get("expires").parse().ok()).unwrap_or(registration.expires);
            registration.next = now + Millis::from(granted.max(30)) * 800;
        } else if code == 423 {
            registration.expires = answer.get("min-expires").parse().unwrap_or(3_600);
            registration.next = now;
            return;
        } else {
            registration.next = now + RETRY;
        }
        self.events.push_back(Event::Registered { well: (200..300).contains(&code), code });
    }

    pub(super) fn tick_client(&mut self, now: Millis) {
        let (mut said, mut lapsed) = (Vec::new(), Vec::new());
        self.asking.retain(|_, tx| {
            if now >= tx.until {
                if !tx.done {
                    lapsed.push((tx.about, tx.request.clone()));
                }
                return false;
            }
            if let Some((at, step)) = tx.again
                && now >= at
            {
                // An INVITE is asked at twice the distance each time, all else at most every four seconds.
                let step = if tx.request.method() == "INVITE" { step * 2 } else { (step * 2).min(T2) };
                tx.again = Some((now + step, step));
                said.push((tx.peer, tx.request.bytes()));
            }
            true
        });
        for (peer, bytes) in said {
            self.send(peer, bytes);
        }
        for (about, request) in lapsed {
            let mut nothing = request.answer(408, "");
            nothing.start = super::message::Start::Response { code: 0, reason: String::new() };
            self.settled(now, &nothing, about);
        }
        self.tick_registration(now);
    }
}
