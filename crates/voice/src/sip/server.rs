//! Answering: server transactions (RFC 3261, 17.2), calls that come in, and what is asked within them. An answer is
//! kept for as long as its question may come again, and given again rather than thought of twice.

use super::dialog::{Call, State};
use super::message::{address, param, user};
use super::{ALLOW, CallId, Endpoint, Event, LAPSES, Message, Millis, Peer, T1, T2, Why};

/// RFC 3261, 17.2.3: what names a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    branch: String,
    sent_by: String,
    /// ACK belongs to its INVITE.
    invite: bool,
    method: String,
}

impl Key {
    fn of(message: &Message, method: &str) -> Self {
        let via = message.all("via").first().copied().unwrap_or("");
        let sent_by = via.split(';').next().and_then(|head| head.split_ascii_whitespace().last()).unwrap_or("");
        let invite = matches!(method, "INVITE" | "ACK");
        let method = if invite { String::new() } else { method.to_owned() };
        Self { branch: message.branch().to_owned(), sent_by: sent_by.to_lowercase(), invite, method }
    }
}

#[derive(Debug)]
pub(super) struct ServerTx {
    request: Message,
    peer: Peer,
    /// The last answer.
    last: Vec<u8>,
    code: u16,
    /// When a final answer to an INVITE is said again, and after how much longer then.
    again: Option<(Millis, Millis)>,
    until: Millis,
    call: Option<CallId>,
}

/// Transactions at once: a flood of questions is forgotten rather than remembered.
const MOST: usize = 8_192;
/// RFC 4028: the least that a session may last.
const MIN_SE: u32 = 90;

impl Endpoint {
    pub(super) fn serve(&mut self, now: Millis, from: Peer, known: bool, request: &Message) {
        let key = Key::of(request, request.method());
        if request.method() == "ACK" {
            return self.acknowledged(now, &key, request);
        }
        if let Some(tx) = self.serving.get(&key) {
            // Asked again: said again. To whom it was said, not to who asks now.
            let (peer, last) = (tx.peer, tx.last.clone());
            if !last.is_empty() {
                self.send(peer, last);
            }
            return;
        }
        if self.serving.len() >= MOST && !self.knows(from.addr) {
            return;
        }
        let peer = reply_to(from, request);
        let tx = ServerTx {
            request: request.clone(),
            peer,
            last: Vec::new(),
            code: 0,
            again: None,
            until: now + LAPSES * 4,
            call: None,
        };
        self.serving.insert(key.clone(), tx);
        match request.method() {
            "CANCEL" => self.cancelled(now, &key, request),
            _ if !request.tag("to").is_empty() => self.in_dialog(now, from, key, request),
            "INVITE" => self.invited(now, from, known, key, request),
            "OPTIONS" if known => {
                let answer = request.answer(200, &self.token());
                let answer = answer.with("allow", ALLOW).with("accept", "application/sdp").with("supported", "timer");
                self.reply(now, &key, answer);
            }
            // Strangers learn nothing by asking.
            _ if !known => drop(self.serving.remove(&key)),
            _ => {
                let answer = request.answer(405, &self.token()).with("allow", ALLOW);
                self.reply(now, &key, answer);
            }
        }
    }

    /// Says an answer and keeps it for whoever asks again.
    pub(super) fn reply(&mut self, now: Millis, key: &Key, answer: Message) {
        let Some(tx) = self.serving.get_mut(key) else { return };
        (tx.code, tx.last) = (answer.code(), answer.bytes());
        if tx.code >= 200 {
            tx.until = now + LAPSES;
            // Said again until it is acknowledged: over TCP only what goes end to end.
            if key.invite && (!tx.peer.tcp || tx.code < 300) {
                tx.again = Some((now + T1, T1));
            }
        }
        let (peer, bytes) = (tx.peer, tx.last.clone());
        self.send(peer, bytes);
    }

    fn say(&mut self, now: Millis, key: &Key, code: u16) {
        let Some(tx) = self.serving.get(key) else { return };
        let tag = tx.call.and_then(|id| self.calls.get(&id)).map(|call| call.local_tag.clone());
        let request = tx.request.clone();
        let tag = tag.unwrap_or_else(|| self.token());
        self.reply(now, key, request.answer(code, &tag));
    }

    fn acknowledged(&mut self, now: Millis, key: &Key, ack: &Message) {
        if let Some(tx) = self.serving.get_mut(key) {
            tx.again = None;
            tx.until = now + T2 + T1;
            return;
        }
        // The ACK of a 2xx has a branch of its own: it is known by its dialog and number.
        let dialog = (ack.get("call-id").to_owned(), ack.tag("to").to_owned());
        let Some(id) = self.dialogs.get(&dialog).copied() else { return };
        let number = ack.cseq().0;
        for tx in self.serving.values_mut() {
            if tx.call == Some(id) && tx.code >= 200 && tx.request.cseq().0 == number {
                tx.again = None;
            }
        }
    }

    fn cancelled(&mut self, now: Millis, key: &Key, request: &Message) {
        let invite = Key::of(request, "INVITE");
        let Some(tx) = self.serving.get(&invite) else { return self.say(now, key, 481) };
        let (open, call) = (tx.code < 200, tx.call);
        self.say(now, key, 200);
        if open {
            self.say(now, &invite, 487);
            if let Some(id) = call {
                // A re-INVITE that is cancelled ends nothing but itself.
                match self.calls.get_mut(&id) {
                    Some(call) if call.state == State::Ringing => self.end(id, Why::Them),
                    Some(call) => call.pending = None,
                    None => {}
                }
            }
        }
    }

    fn invited(&mut self, now: Millis, from: Peer, known: bool, key: Key, request: &Message) {
        if !known && self.setup.logins.is_empty() {
            self.serving.remove(&key);
            return;
        }
        if !known && !self.is_shown(now, request) {
            return self.challenge(now, &key, request);
        }
        if let Some(wanted) = request.all("require").into_iter().find(|one| !one.eq_ignore_ascii_case("timer")) {
            let answer = request.answer(420, &self.token()).with("unsupported", wanted);
            return self.reply(now, &key, answer);
        }
        if let Some((seconds, _)) = Self::session_of(request)
            && seconds < MIN_SE
        {
            let answer = request.answer(422, &self.token()).with("min-se", MIN_SE.to_string());
            return self.reply(now, &key, answer);
        }
        let of_theirs = self.calls.values().filter(|call| call.peer.addr.ip() == from.addr.ip()).count();
        if self.calls.len() >= self.setup.most_calls || of_theirs >= self.setup.most_from_one {
            let answer = request.answer(503, &self.token()).with("retry-after", "30");
            return self.reply(now, &key, answer);
        }
        let (local_tag, call_id) = (self.token(), request.get("call-id").to_owned());
        let id = CallId(self.next_call);
        self.next_call += 1;
        let call = Call {
            local: format!("{};tag={local_tag}", request.get("to")),
            remote: request.get("from").to_owned(),
            target: request.all("contact").first().map_or("", |contact| address(contact)).to_owned(),
            routes: request.all("record-route").into_iter().map(str::to_owned).collect(),
            peer: from,
            state: State::Ringing,
            local_seq: 0,
            remote_seq: request.cseq().0,
            pending: Some(key.clone()),
            session: None,
            sdp: Vec::new(),
            invite: None,
            unwanted: false,
            call_id: call_id.clone(),
            local_tag: local_tag.clone(),
        };
        self.calls.insert(id, call);
        self.dialogs.insert((call_id, local_tag), id);
        if let Some(tx) = self.serving.get_mut(&key) {
            tx.call = Some(id);
        }
        self.say(now, &key, 100);
        self.events.push_back(Event::Incoming {
            call: id,
            from: user(request.get("from")).to_owned(),
            to: user(request.get("to")).to_owned(),
            source: from,
            offer: request.body.clone(),
        });
    }

    /// Answers whatever the far end has asked last: takes a call, or other media in it.
    pub fn answer(&mut self, now: Millis, id: CallId, sdp: Vec<u8>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(key) = call.pending.take() else { return };
        let Some(tx) = self.serving.get(&key) else { return };
        let request = tx.request.clone();
        call.sdp.clone_from(&sdp);
        call.state = State::Up;
        let (tag, peer) = (call.local_tag.clone(), call.peer);
        let mut answer = request.answer(200, &tag).with("contact", self.contact(peer));
        answer = answer.with("allow", ALLOW).with("supported", "timer").with("user-agent", "Cease");
        answer = self.session(now, id, &request, answer);
        let answer = if sdp.is_empty() { answer } else { answer.with_body("application/sdp", sdp) };
        self.reply(now, &key, answer);
    }

    /// Agrees on a session's time where the other side has one.
    fn session(&mut self, now: Millis, id: CallId, request: &Message, answer: Message) -> Message {
        let most = self.setup.session_seconds;
        let Some(call) = self.calls.get_mut(&id) else { return answer };
        let Some((seconds, theirs)) = Self::session_of(request) else { return answer };
        let seconds = seconds.min(most.max(MIN_SE));
        let speaks = request.names("supported", "timer");
        let theirs = theirs.unwrap_or(speaks);
        Self::timed(call, now, seconds, !theirs);
        let answer =
            answer.with("session-expires", format!("{seconds};refresher={}", if theirs { "uac" } else { "uas" }));
        if speaks { answer.with("require", "timer") } else { answer }
    }

    /// Says that it rings.
    pub fn ring(&mut self, now: Millis, id: CallId) {
        if let Some(key) = self.calls.get(&id).and_then(|call| call.pending.clone()) {
            self.say(now, &key, 180);
        }
    }

    /// Refuses what the far end has asked last; a call that was not up is over.
    pub fn refuse(&mut self, now: Millis, id: CallId, code: u16) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let ringing = call.state == State::Ringing;
        if let Some(key) = call.pending.take() {
            self.say(now, &key, code);
        }
        if ringing {
            self.end(id, Why::Us);
        }
    }

    fn in_dialog(&mut self, now: Millis, from: Peer, key: Key, request: &Message) {
        let dialog = (request.get("call-id").to_owned(), request.tag("to").to_owned());
        let Some(id) = self.dialogs.get(&dialog).copied() else { return self.say(now, &key, 481) };
        let Some(call) = self.calls.get_mut(&id) else { return self.say(now, &key, 481) };
        let theirs = param(&call.remote, "tag").unwrap_or("") == request.tag("from");
        let number = request.cseq().0;
        // Whoever does not know the other tag too, or speaks out of turn, is not in this call.
        if !theirs || from.addr.ip() != call.peer.addr.ip() {
            return self.say(now, &key, 481);
        }
        if number <= call.remote_seq {
            return self.say(now, &key, 500);
        }
        call.remote_seq = number;
        call.peer = from;
        if let Some(tx) = self.serving.get_mut(&key) {
            tx.call = Some(id);
        }
        match request.method() {
            "INVITE" if call.pending.is_some() || call.state != State::Up => self.say(now, &key, 491),
            "INVITE" => {
                Self::refresh_target(call, request);
                call.pending = Some(key.clone());
                self.say(now, &key, 100);
                self.events.push_back(Event::Offered { call: id, offer: request.body.clone() });
            }
            "UPDATE" if request.body.is_empty() => {
                Self::refresh_target(call, request);
                let tag = call.local_tag.clone();
                let answer = request.answer(200, &tag).with("contact", self.contact(from));
                let answer = self.session(now, id, request, answer);
                self.reply(now, &key, answer);
            }
            "UPDATE" => self.say(now, &key, 488),
            "BYE" => {
                let (state, pending) = (call.state, call.pending.take());
                self.say(now, &key, 200);
                if let Some(pending) = pending {
                    self.say(now, &pending, 487);
                }
                if state == State::Leaving { self.forget(id) } else { self.end(id, Why::Them) }
            }
            "INFO" => {
                self.say(now, &key, 200);
                if let Some(digit) = relayed(request) {
                    self.events.push_back(Event::Digit { call: id, digit });
                }
            }
            "NOTIFY" => {
                self.say(now, &key, 200);
                let said = std::str::from_utf8(&request.body).ok();
                if let Some(code) = said.and_then(|t| t.strip_prefix("SIP/2.0 ")).and_then(|t| t.get(..3)?.parse().ok())
                {
                    self.events.push_back(Event::Referred { call: id, code });
                }
            }
            "OPTIONS" => self.say(now, &key, 200),
            _ => {
                let tag = call.local_tag.clone();
                self.reply(now, &key, request.answer(405, &tag).with("allow", ALLOW));
            }
        }
    }

    /// A call whose end has been said already.
    pub(super) fn forget(&mut self, id: CallId) {
        if let Some(call) = self.calls.remove(&id) {
            self.dialogs.remove(&(call.call_id, call.local_tag));
        }
    }

    pub(super) fn tick_server(&mut self, now: Millis) {
        let mut said = Vec::new();
        let mut lapsed = Vec::new();
        self.serving.retain(|_, tx| {
            if now >= tx.until {
                // A taken call that nobody acknowledges is none.
                lapsed.extend(tx.call.filter(|_| tx.again.is_some() && tx.code < 300));
                return false;
            }
            if let Some((at, step)) = tx.again
                && now >= at
            {
                let step = (step * 2).min(T2);
                tx.again = Some((now + step, step));
                said.push((tx.peer, tx.last.clone()));
            }
            true
        });
        for (peer, bytes) in said {
            self.send(peer, bytes);
        }
        for id in lapsed {
            self.hang_up(now, id);
        }
    }
}

/// Where an answer goes (18.2.2, RFC 3581): to where the request came from, at the port that its sender named unless
/// it asks for the one that was seen.
fn reply_to(from: Peer, request: &Message) -> Peer {
    let via = request.all("via").first().copied().unwrap_or("");
    if from.tcp || param(via, "rport").is_some() {
        return from;
    }
    let sent_by = via.split(';').next().and_then(|head| head.split_ascii_whitespace().last()).unwrap_or("");
    let port = match sent_by.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !port.contains(']') => port.parse().unwrap_or(5060),
        Some(_) | None => 5060,
    };
    let mut peer = from;
    peer.addr.set_port(port);
    peer
}

/// A key by `application/dtmf-relay` or `application/dtmf`.
fn relayed(request: &Message) -> Option<char> {
    let kind = request.get("content-type").to_ascii_lowercase();
    let text = std::str::from_utf8(&request.body).ok()?;
    let signal = if kind.starts_with("application/dtmf-relay") {
        let of = |line: &str| {
            line.split_once('=')
                .filter(|(key, _)| key.trim().eq_ignore_ascii_case("signal"))
                .map(|(_, v)| v.trim().to_owned())
        };
        text.lines().find_map(of)?
    } else if kind.starts_with("application/dtmf") {
        text.trim().to_owned()
    } else {
        return None;
    };
    let mut chars = signal.chars();
    let digit = match (chars.next()?, chars.next(), chars.next()) {
        ('1', Some('0'), None) => '*',
        ('1', Some('1'), None) => '#',
        (c, None, None) => c,
        _ => return None,
    };
    matches!(digit, '0'..='9' | '*' | '#').then_some(digit)
}
