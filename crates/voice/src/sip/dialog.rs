//! What is known of a call, what we say within it, and how long it may go on in silence.

use super::client::For;
use super::message::{address, param};
use super::server::Key;
use super::{ALLOW, CallId, Endpoint, Event, Message, Millis, Peer, T1, Why};

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// They ring, and nobody has answered.
    Ringing,
    /// We ring.
    Calling,
    Up,
    /// We have hung up and wait for them to say so.
    Leaving,
}

/// A session's time (RFC 4028).
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub seconds: u32,
    /// When it is over unless it is refreshed.
    pub until: Millis,
    /// When we refresh it, where that is ours to do.
    pub refresh: Option<Millis>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub call_id: String,
    pub local_tag: String,
    /// `From` of our requests, with our tag.
    pub local: String,
    /// `To` of our requests, with their tag once it is known.
    pub remote: String,
    pub target: String,
    pub routes: Vec<String>,
    pub peer: Peer,
    pub state: State,
    pub local_seq: u32,
    pub remote_seq: u32,
    /// Their INVITE that waits for an answer.
    pub pending: Option<Key>,
    pub session: Option<Session>,
    /// The SDP that we said last, for a refresh.
    pub sdp: Vec<u8>,
    /// Our INVITE, while it may be cancelled.
    pub invite: Option<Message>,
    /// We want to be rid of it as soon as there is a way.
    pub unwanted: bool,
}

impl Endpoint {
    /// A request within a call.
    pub(super) fn within(&mut self, id: CallId, method: &str) -> Option<Message> {
        let branch = self.branch();
        let peer = self.calls.get(&id)?.peer;
        let (via, contact) = (self.via(peer, &branch), self.contact(peer));
        let call = self.calls.get_mut(&id)?;
        call.local_seq += 1;
        let mut request = Message::request(method, &call.target).with("via", via).with("max-forwards", "70");
        for route in &call.routes {
            request.add("route", route);
        }
        Some(
            request
                .with("from", &call.local)
                .with("to", &call.remote)
                .with("call-id", &call.call_id)
                .with("cseq", format!("{} {method}", call.local_seq))
                .with("contact", contact)
                .with("user-agent", "Cease")
                .with("allow", ALLOW)
                .with("supported", "timer"),
        )
    }

    /// Hangs up: by BYE, CANCEL or a refusal, whatever this call can be ended by.
    pub fn hang_up(&mut self, now: Millis, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match call.state {
            State::Ringing => {
                self.refuse(now, id, 480);
                self.end(id, Why::Us);
            }
            State::Calling => {
                call.unwanted = true;
                self.cancel(now, id);
            }
            State::Up => {
                call.state = State::Leaving;
                let peer = call.peer;
                if let Some(bye) = self.within(id, "BYE") {
                    self.ask(now, peer, bye, For::Bye(id));
                }
                self.events.push_back(Event::Ended { call: id, why: Why::Us });
            }
            State::Leaving => {}
        }
    }

    /// Asks the far end to ring somebody else in our place.
    pub fn refer(&mut self, now: Millis, id: CallId, to: &str) -> bool {
        let Some(call) = self.calls.get(&id).filter(|call| call.state == State::Up) else { return false };
        let peer = call.peer;
        let by = format!("<{}>", address(&call.local));
        let Some(request) = self.within(id, "REFER") else { return false };
        let request = request.with("refer-to", format!("<{to}>")).with("referred-by", by);
        self.ask(now, peer, request, For::Refer(id));
        true
    }

    /// Offers other media within a call, or the same again.
    pub fn offer(&mut self, now: Millis, id: CallId, sdp: Vec<u8>) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.state == State::Up) else { return };
        call.sdp.clone_from(&sdp);
        let (peer, session) = (call.peer, call.session);
        let Some(mut request) = self.within(id, "INVITE") else { return };
        if let Some(session) = session {
            request.add("session-expires", format!("{};refresher=uac", session.seconds));
        }
        self.ask(now, peer, request.with_body("application/sdp", sdp), For::Again(id));
    }

    /// What a message within a call says about where its sender is.
    pub(super) fn refresh_target(call: &mut Call, message: &Message) {
        if let Some(contact) = message.all("contact").first().filter(|contact| !contact.is_empty()) {
            call.target = address(contact).to_owned();
        }
    }

    /// Takes up what the two sides agreed on for the session's time. `ours` is whether we refresh it.
    pub(super) fn timed(call: &mut Call, now: Millis, seconds: u32, ours: bool) {
        let whole = Millis::from(seconds) * 1_000;
        let refresh = ours.then(|| now + whole / 2);
        // RFC 4028, section 10: somewhat before the end, or half a minute.
        let until = now + whole - (whole / 3).min(32_000) + if ours { T1 } else { 0 };
        call.session = Some(Session { seconds, until, refresh });
    }

    pub(super) fn tick_calls(&mut self, now: Millis) {
        let due = |call: &Call| call.session.filter(|session| now >= session.until || session.refresh <= Some(now));
        let due: Vec<_> = self
            .calls
            .iter()
            .filter(|(_, call)| call.state == State::Up)
            .filter_map(|(id, call)| due(call).map(|session| (*id, session)))
            .collect();
        for (id, session) in due {
            if now >= session.until {
                self.hang_up(now, id);
            } else if session.refresh.is_some_and(|at| now >= at) {
                let Some(call) = self.calls.get_mut(&id) else { continue };
                call.session = Some(Session { refresh: None, ..session });
                let sdp = call.sdp.clone();
                self.offer(now, id, sdp);
            }
        }
    }

    pub(super) fn session_of(message: &Message) -> Option<(u32, Option<bool>)> {
        let text = message.get("session-expires");
        let seconds = text.split(';').next()?.trim().parse().ok()?;
        // Of the one who sends the request: whether the refresher is they.
        let theirs = param(text, "refresher").map(|refresher| refresher.eq_ignore_ascii_case("uac"));
        Some((seconds, theirs))
    }
}
