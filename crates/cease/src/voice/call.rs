//! One call: what happens in it goes into the menu's machine, and what the machine wants is done. What is being done
//! when somebody hangs up is done to its end: a declaration that was pressed is stored.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use voice::hotline::Happening;
use voice::menu::machine::{Action, Event, State, step};
use voice::sip::CallId;
use voice::speak::{self, Value};

use super::Line;
use super::caller::{Caller, Came};
use super::desk::{self, Place};
use crate::chance;
use crate::web::Trouble;
use crate::words::words;

/// A call lasts no longer than that, talks with a person apart.
const LONGEST: Duration = Duration::from_secs(1_800);
/// Characters of a transcript; what came first goes.
const TRANSCRIPT: usize = 3_600;

pub(super) struct Call {
    line: Arc<Line>,
    id: CallId,
    from: String,
    state: State,
    caller: Arc<Mutex<Caller>>,
    /// What is being said: what was said before it does not count any more.
    token: u64,
    due: Option<Instant>,
    doing: Option<JoinHandle<Result<Came, Trouble>>>,
    waiting: bool,
    pub transcript: Transcript,
    over: bool,
}

/// What was said and keyed, as a reader sees it.
#[derive(Default)]
pub(crate) struct Transcript {
    lines: Vec<(bool, String)>,
}

impl Transcript {
    pub fn said(&mut self, text: String) {
        self.lines.push((false, text));
    }

    /// Keys one after the other are one line. A secret is not written.
    pub fn keyed(&mut self, key: char, secret: bool) {
        let key = if secret { '•' } else { key };
        match self.lines.last_mut() {
            Some((true, line)) => line.push(key),
            Some(_) | None => self.lines.push((true, key.to_string())),
        }
    }

    pub fn text(&self, lang: speak::Lang) -> String {
        let l = words(super::caller::lang_of(lang));
        let line = |(theirs, text): &(bool, String)| match theirs {
            true => fl!(l, "voice-transcript-keyed", keys = text.as_str()),
            false => fl!(l, "voice-transcript-said", text = text.as_str()),
        };
        let lines: Vec<String> = self.lines.iter().map(line).collect();
        let all = format!("{}\n{}", fl!(l, "voice-transcript"), lines.join("\n"));
        let (all, _) = case::redact::redact(&all);
        let count = all.chars().count();
        if count <= TRANSCRIPT {
            all
        } else {
            format!("…{}", all.chars().skip(count - TRANSCRIPT).collect::<String>())
        }
    }
}

pub(super) async fn run(
    line: Arc<Line>,
    id: CallId,
    from: String,
    source: IpAddr,
    mut happenings: mpsc::UnboundedReceiver<Happening>,
) {
    let state = State::new(&line.menu, speak::Lang::En);
    let caller = Caller::new(&line.app, &from, &source.to_string(), chance::token());
    let caller = Arc::new(Mutex::new(caller));
    let mut call = Call {
        line,
        id,
        from,
        state,
        caller,
        token: 0,
        due: None,
        doing: None,
        waiting: false,
        transcript: Transcript::default(),
        over: false,
    };
    call.line.hotline.take(id);
    call.give(Event::Begin).await;
    let mut ends = Instant::now() + LONGEST;
    while !call.over {
        let due = call.due.unwrap_or(ends).min(if call.waiting { ends + LONGEST } else { ends });
        let event = tokio::select! {
            happening = happenings.recv() => match happening {
                Some(happening) => call.hear(happening).await,
                None => Some(Event::HungUp),
            },
            came = finished(&mut call.doing) => Some(call.came(came)),
            () = tokio::time::sleep_until(due) => match call.due.take_if(|due| *due <= Instant::now()) {
                Some(_) => Some(Event::Timeout),
                None => {
                    call.line.hotline.hang_up(id);
                    ends += LONGEST;
                    None
                }
            }
        };
        if let Some(event) = event {
            call.give(event).await;
        }
    }
    call.end().await;
}

async fn finished(doing: &mut Option<JoinHandle<Result<Came, Trouble>>>) -> Result<Came, Trouble> {
    match doing {
        Some(task) => match task.await {
            Ok(came) => came,
            Err(_) => Ok(("", Vec::new())),
        },
        None => std::future::pending().await,
    }
}

impl Call {
    /// What it means to the menu; nothing where it means nothing any more.
    async fn hear(&mut self, happening: Happening) -> Option<Event> {
        match happening {
            Happening::Key { key, .. } => {
                self.transcript.keyed(key, self.state.is_secret(&self.line.menu));
                Some(Event::Key(key))
            }
            Happening::Said { token, .. } if token == self.token => Some(Event::Said),
            Happening::Ended { .. } => Some(Event::HungUp),
            Happening::Recorded { samples, .. } => {
                self.caller.lock().await.recorded = Some(samples);
                None
            }
            Happening::Referred { call, code } => {
                self.line.desk.referred(call, code);
                None
            }
            Happening::Said { .. }
            | Happening::Rings { .. }
            | Happening::Taken { .. }
            | Happening::Held { .. }
            | Happening::Registered { .. } => None,
        }
    }

    fn came(&mut self, came: Result<Came, Trouble>) -> Event {
        (self.doing, self.waiting) = (None, false);
        let (outcome, values) = came.unwrap_or_else(|trouble| {
            tracing::error!(?trouble, "what a caller wanted could not be done");
            ("", Vec::new())
        });
        Event::Done { outcome: outcome.to_owned(), values }
    }

    async fn give(&mut self, event: Event) {
        let hung_up = event == Event::HungUp;
        let (state, actions) = step(&self.line.menu, self.state.clone(), event);
        self.state = state;
        self.due = None;
        for action in actions {
            match action {
                Action::Say(prompts) => self.say(&prompts),
                Action::Hush => {
                    self.token += 1;
                    self.line.hotline.hush(self.id);
                }
                Action::Wait(seconds) => self.due = Some(Instant::now() + Duration::from_secs(seconds.into())),
                Action::Do(deed) => self.begin(deed).await,
                Action::Abandon => self.abandon(),
                Action::HangUp => self.line.hotline.hang_up(self.id),
            }
        }
        self.over = self.over || hung_up;
    }

    fn say(&mut self, prompts: &[(String, speak::Lang)]) {
        self.token += 1;
        let (sounds, values) = (&self.line.sounds, &self.state.values);
        let clips = prompts.iter().flat_map(|(name, lang)| sounds.say(name, *lang, values)).collect();
        for (name, lang) in prompts {
            self.transcript.said(sounds.text(name, *lang, values));
        }
        self.line.hotline.play(self.id, clips, self.token);
    }

    async fn begin(&mut self, deed: String) {
        let (line, id) = (self.line.clone(), self.id);
        match deed.as_str() {
            "place" => {
                let came = placed(&line, id);
                self.doing = Some(tokio::spawn(async move { Ok(came) }));
            }
            "wait" => {
                self.waiting = true;
                let case = self.caller.lock().await.case;
                let from = self.from.clone();
                self.doing =
                    Some(tokio::spawn(async move { Ok((desk::wait(&line, id, &from, case).await, Vec::new())) }));
            }
            "record" => {
                line.hotline.record(id, true);
                self.doing = Some(tokio::spawn(async { Ok(("recording", Vec::new())) }));
            }
            _ => {
                if deed == "declare" {
                    line.hotline.record(id, false);
                }
                let caller = self.caller.clone();
                caller.lock().await.hear(self.state.lang, &self.state.keyed);
                self.doing = Some(tokio::spawn(async move { caller.lock().await.perform(&line.app, &deed).await }));
            }
        }
    }

    /// Only waiting can be left; everything else is done to its end, whoever listens.
    fn abandon(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if let Some(task) = self.doing.take_if(|_| waiting) {
            task.abort();
        }
        self.line.desk.leave(self.id);
        self.line.hotline.hush(self.id);
    }

    async fn end(mut self) {
        self.line.desk.leave(self.id);
        self.line.forget(self.id);
        if let Some(task) = self.doing.take() {
            let _ = task.await;
        }
        let mut caller = self.caller.lock().await;
        caller.write_down(&self.line.app, self.transcript.text(self.state.lang)).await;
    }
}

fn placed(line: &Line, call: CallId) -> Came {
    match line.desk.place(call) {
        Place::First => ("first", Vec::new()),
        Place::Behind { ahead, minutes: Some(minutes) } => {
            ("behind", vec![("ahead".into(), Value::Number(ahead)), ("wait".into(), Value::Minutes(minutes))])
        }
        Place::Behind { ahead, minutes: None } => ("unmeasured", vec![("ahead".into(), Value::Number(ahead))]),
        Place::Nobody => ("nobody", Vec::new()),
    }
}
