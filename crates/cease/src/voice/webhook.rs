//! The same menu for operators whose telephony is elsewhere: their service asks by a webhook what to do next and is
//! told in TwiML. Each question is signed, comes once, and in its turn; where a call stands is kept here, in memory,
//! for an hour.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use case::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use sha1::Sha1;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex as Turn;
use voice::menu::machine::{Action, Event, State, step};
use voice::menu::{Menu, Prompts};
use voice::sound;
use voice::speak::{self, Value, Word};

use super::call::Transcript;
use super::caller::{Caller, lang_of};
use crate::app::Shared;
use crate::keys::hex_of;

/// Calls at once, and how long one is remembered.
const MOST: usize = 2_000;
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// Steps of one answer: a checked menu has no ring of them.
const STEPS: usize = 200;

/// A call, one question of which is answered at a time.
type OneCall = std::sync::Arc<Turn<Carried>>;

/// Calls that others carry for us.
#[derive(Default)]
pub struct Calls {
    all: Mutex<HashMap<String, (Timestamp, OneCall)>>,
}

/// One of them.
pub struct Carried {
    menu: Menu,
    words: Prompts,
    state: State,
    caller: Caller,
    transcript: Transcript,
    /// The number of the question that comes next.
    turn: u32,
    over: bool,
}

/// What a webhook says.
pub struct Asked<'a> {
    /// Names the call there.
    pub sid: &'a str,
    pub from: &'a str,
    /// Which question it is; none for the first.
    pub turn: Option<u32>,
    pub digits: Option<&'a str>,
    /// What became of ringing a person.
    pub dialled: Option<&'a str>,
    /// The call is over there.
    pub over: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// It was asked before, or is of no call that we know.
    NotNow,
    /// There are too many calls.
    Full,
}

/// Whether a webhook is signed with our secret: HMAC-SHA1 over the address and, by name, every field and its value.
pub fn is_signed(token: &str, url: &str, fields: &[(String, String)], given: &str) -> bool {
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return false };
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    let wanted = STANDARD.encode(mac.finalize().into_bytes());
    !token.is_empty() && wanted.as_bytes().ct_eq(given.as_bytes()).into()
}

/// What the call does next, as TwiML. `path` is where the next question goes.
pub async fn answer(app: &Shared, asked: &Asked<'_>, path: &str) -> anyhow::Result<Result<String, No>> {
    let Some(call) = find(app, asked)? else { return Ok(Err(No::Full)) };
    let mut call = call.lock().await;
    let expected = asked.turn.unwrap_or(0);
    if call.over || !asked.over && call.turn != expected {
        return Ok(Err(No::NotNow));
    }
    if asked.over {
        call.over = true;
        let (text, app) = (call.transcript.text(call.state.lang), app.clone());
        call.caller.write_down(&app, text).await;
        forget(&app, asked.sid);
        return Ok(Ok(twiml("")));
    }
    call.turn += 1;
    let events = call.events(asked);
    let mut out = Answer { said: String::new(), rest: String::new(), action: format!("{path}/{}", call.turn) };
    for event in events {
        out.rest.clear();
        call.walk(app, event, &mut out).await;
    }
    let text = twiml(&format!("{}{}", out.said, out.rest));
    Ok(Ok(text))
}

fn find(app: &Shared, asked: &Asked<'_>) -> anyhow::Result<Option<OneCall>> {
    let now = app.now();
    let mut all = app.webhooks.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.retain(|_, (at, _)| now.duration_since(*at) < LIFE);
    if let Some((_, call)) = all.get(asked.sid) {
        return Ok(Some(call.clone()));
    }
    if all.len() >= MOST {
        return Ok(None);
    }
    let (menu, words) = super::menu(&app.config)?;
    let state = State::new(&menu, speak::Lang::En);
    // What names the call there is no secret; with our key it names a session.
    let token = hex_of(&app.keys.mac("voice-call", &[asked.sid.as_bytes()]));
    let caller = Caller::new(app, asked.from, "webhook", token);
    // A question in the middle of a call that we do not know is none.
    let turn = if asked.turn.is_some() || asked.over { u32::MAX } else { 0 };
    let call = Carried { menu, words, state, caller, transcript: Transcript::default(), turn, over: turn != 0 };
    let call = std::sync::Arc::new(Turn::new(call));
    if turn == 0 {
        all.insert(asked.sid.to_owned(), (now, call.clone()));
    }
    Ok(Some(call))
}

fn forget(app: &Shared, sid: &str) {
    app.webhooks.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(sid);
}

/// What is said, and what comes of it.
struct Answer {
    said: String,
    rest: String,
    action: String,
}

impl Carried {
    /// What happened since the last answer.
    fn events(&mut self, asked: &Asked<'_>) -> Vec<Event> {
        if asked.turn.is_none() {
            return vec![Event::Begin];
        }
        if let Some(status) = asked.dialled {
            let outcome = if status == "completed" { "talked" } else { "nobody" };
            return vec![Event::Done { outcome: outcome.into(), values: Vec::new() }];
        }
        let digits: String =
            asked.digits.unwrap_or("").chars().filter(|c| c.is_ascii_digit() || "*#".contains(*c)).collect();
        if digits.is_empty() {
            return vec![Event::Timeout];
        }
        let secret = self.state.is_secret(&self.menu);
        digits.chars().for_each(|key| self.transcript.keyed(key, secret));
        let mut events: Vec<Event> = digits.chars().map(Event::Key).collect();
        let most = self.menu.nodes.get(&self.state.node).and_then(|node| node.collect.as_ref()).map(|c| c.most);
        // Their end is not among them.
        if most.is_some_and(|most| digits.len() < most && !digits.ends_with('*')) {
            events.push(Event::Key(self.menu.everywhere.back));
        }
        events
    }

    async fn walk(&mut self, app: &Shared, event: Event, out: &mut Answer) {
        let mut events = vec![event];
        for _ in 0..STEPS {
            let Some(event) = events.pop() else { return };
            let (state, actions) = step(&self.menu, self.state.clone(), event);
            self.state = state;
            for action in actions {
                match action {
                    Action::Say(prompts) => {
                        for (name, lang) in prompts {
                            let text = sound::text(&self.words, &name, lang, &self.state.values, &|v| spoken(lang, v));
                            let shown = sound::text(&self.words, &name, lang, &self.state.values, &speak::written);
                            self.transcript.said(shown);
                            let _ = write!(out.said, "<Say language=\"{}\">{}</Say>", tag(lang), escape(&text));
                        }
                        events.push(Event::Said);
                    }
                    Action::Wait(seconds) => self.gather(seconds, out),
                    Action::Do(deed) => match self.perform(app, &deed, out).await {
                        Some(event) => events.push(event),
                        None => return,
                    },
                    Action::HangUp => {
                        out.rest = "<Hangup/>".into();
                    }
                    Action::Hush | Action::Abandon => {}
                }
            }
        }
    }

    /// Asks for keys; what has been said is said within, so that a key cuts it short.
    fn gather(&self, seconds: u32, out: &mut Answer) {
        let collect = self.menu.nodes.get(&self.state.node).and_then(|node| node.collect.as_ref());
        let (count, ends) = collect.map_or((1, ""), |collect| (collect.most, "#"));
        out.rest = format!(
            "<Gather input=\"dtmf\" numDigits=\"{count}\" finishOnKey=\"{ends}\" timeout=\"{seconds}\" \
             actionOnEmptyResult=\"true\" method=\"POST\" action=\"{}\">{}</Gather>",
            escape(&out.action),
            out.said
        );
        out.said.clear();
    }

    /// None where the far end has to do it first.
    async fn perform(&mut self, app: &Shared, deed: &str, out: &mut Answer) -> Option<Event> {
        let phones = app.config.voice.as_ref().map(|voice| voice.agents.as_slice()).unwrap_or_default();
        let plain = |outcome: &str| Some(Event::Done { outcome: outcome.into(), values: Vec::new() });
        match deed {
            // Their service keeps the line; how long it is we do not know.
            "place" => return plain(if phones.is_empty() { "nobody" } else { "first" }),
            "may-record" => return plain("no"),
            "wait" => {
                let all: String = phones.iter().map(|phone| format!("<Sip>{}</Sip>", escape(&phone.uri))).collect();
                out.rest =
                    format!("<Dial method=\"POST\" timeout=\"60\" action=\"{}\">{all}</Dial>", escape(&out.action));
                return None;
            }
            _ => {}
        }
        self.caller.hear(self.state.lang, &self.state.keyed);
        let (outcome, values) = match self.caller.perform(app, deed).await {
            Ok(came) => came,
            Err(trouble) => {
                tracing::error!(?trouble, "what a caller wanted could not be done");
                ("", Vec::new())
            }
        };
        Some(Event::Done { outcome: outcome.to_owned(), values })
    }
}

fn tag(lang: speak::Lang) -> &'static str {
    match lang_of(lang) {
        case::Lang::En => "en-GB",
        case::Lang::ZhCn => "zh-CN",
    }
}

/// A value as a machine elsewhere can say it right.
fn spoken(lang: speak::Lang, value: &Value) -> String {
    let words = speak::words(lang, value).into_iter().map(|word| match word {
        Word::Say(text) => text,
        Word::Pause(millis) => (if millis > 200 { "," } else { "" }).to_owned(),
    });
    words.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn twiml(inner: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{inner}</Response>\n")
}

#[cfg(test)]
mod tests;
