//! The hotline: calls by SIP, or by webhooks of somebody else's telephony, through one menu, into cases by the one
//! door. A declaration is stored before it is confirmed; what a caller keys leads to the same answers whether their
//! card is known or not; and what was said and keyed is a message in the thread of the case.

mod call;
pub(crate) mod caller;
mod config;
mod desk;
mod keypad;
pub mod webhook;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::mpsc;
use voice::hotline::{Happening, Hotline, Registrar, Settings};
use voice::menu::{DEEDS, Menu, Prompts, prompts};
use voice::sip::{CallId, Login};
use voice::sound::{Sounds, Sources};

pub use config::{AgentPhone, VoiceConfig};

use crate::app::Shared;
use crate::chance;
use crate::config::Config;
use desk::Desk;

/// The sentences, with the operator's names in them; and the menu. What is wrong is told with file and line.
pub fn menu(config: &Config) -> anyhow::Result<(Menu, Prompts)> {
    let voice = config.voice.clone().unwrap_or_default();
    let (file, text) = of(&voice.prompts, "prompts.toml", prompts::BUILT_IN)?;
    let names = [("operator", [config.desk.name.as_str(), config.desk.name_zh.as_str()])];
    let words = Prompts::load(&file, &text, &names).map_err(faulty)?;
    let (file, text) = of(&voice.menu, "menu.toml", voice::menu::BUILT_IN)?;
    let menu = Menu::load(&file, &text, &words, DEEDS).map_err(faulty)?;
    Ok((menu, words))
}

fn of(path: &Path, name: &str, built_in: &str) -> anyhow::Result<(String, String)> {
    if path.as_os_str().is_empty() {
        return Ok((name.to_owned(), built_in.to_owned()));
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok((path.display().to_string(), text))
}

fn faulty(faults: Vec<voice::menu::Fault>) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("{}", lines.join("\n"))
}

/// Where sound comes from.
pub fn sources(config: &Config) -> Sources {
    let voice = config.voice.clone().unwrap_or_default();
    let voices = [voice.voice_en, voice.voice_zh];
    Sources { own: voice.recordings, cache: config.desk.data.join("voice"), voices }
}

/// A hotline that is open.
pub struct Open {
    line: Arc<Line>,
    /// Where it listens.
    pub at: std::net::SocketAddr,
}

impl Open {
    /// Takes no more calls and ends those there are; what is being stored for one of them is stored.
    pub async fn close(self) {
        self.line.shut.store(true, Ordering::Relaxed);
        let calls: Vec<CallId> =
            self.line.calls.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        calls.into_iter().for_each(|call| self.line.hotline.hang_up(call));
        let end = Instant::now() + Duration::from_secs(3);
        while self.line.hotline.calls() > 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Begins to take calls where `[voice]` says so. Sound is loaded first, which takes a while the first time.
pub async fn open(app: &Shared) -> anyhow::Result<Option<Open>> {
    let Some(voice) = app.config.voice.clone().filter(|voice| !voice.listen.is_empty()) else { return Ok(None) };
    let (menu, words) = menu(&app.config)?;
    let sources = sources(&app.config);
    let (sounds, missing) = tokio::task::spawn_blocking(move || Sounds::load(words, &sources)).await?;
    if let Some(first) = missing.first() {
        tracing::warn!(count = missing.len(), first, "some of what the hotline says cannot be heard");
    }
    let settings = settings(&voice)?;
    let (hotline, happenings) = Hotline::start(settings, Box::new(chance::bits)).await.context("voice.listen")?;
    let at = hotline.at;
    let desk = Desk::new(hotline.clone(), voice.agents.clone(), voice.transfer);
    let line = Arc::new(Line {
        app: app.clone(),
        hotline: hotline.clone(),
        menu,
        sounds,
        desk,
        calls: Calls::default(),
        shut: AtomicBool::new(false),
    });
    tokio::spawn(line.clone().run(happenings));
    Ok(Some(Open { line, at }))
}

fn settings(voice: &VoiceConfig) -> anyhow::Result<Settings> {
    let login = |user: &str, password: &str| Login { user: user.to_owned(), password: password.to_owned() };
    let registrar = voice.trunk.as_ref().map(|trunk| Registrar {
        address: trunk.address.clone(),
        domain: trunk.domain.clone(),
        login: login(&trunk.user, &trunk.password),
        tcp: trunk.tcp,
        expires: trunk.expires,
    });
    Ok(Settings {
        listen: voice.listen.parse().context("voice.listen")?,
        advertise: voice.advertised()?,
        user: voice.user.clone(),
        peers: voice.peers.clone(),
        logins: voice.users.iter().map(|user| login(&user.name, &user.password)).collect(),
        registrar,
        ports: voice.ports[0]..=voice.ports[1],
        most_calls: voice.calls,
        most_from_one: voice.calls_from_one,
        messages_a_second: voice.messages_a_second,
        secret: chance::bytes(),
    })
}

/// Who is told what happens in which call.
type Calls = Arc<Mutex<HashMap<CallId, mpsc::UnboundedSender<Happening>>>>;

/// From now on `tell` hears of a call.
fn told(calls: &Calls, call: CallId, tell: mpsc::UnboundedSender<Happening>) {
    calls.lock().unwrap_or_else(PoisonError::into_inner).insert(call, tell);
}

/// What all calls share.
pub(crate) struct Line {
    pub app: Shared,
    pub hotline: Hotline,
    pub menu: Menu,
    pub sounds: Sounds,
    pub desk: Desk,
    calls: Calls,
    /// No more calls are taken.
    shut: AtomicBool,
}

impl Line {
    async fn run(self: Arc<Self>, mut happenings: mpsc::UnboundedReceiver<Happening>) {
        while let Some(happening) = happenings.recv().await {
            match &happening {
                Happening::Rings { call, from, source } => self.clone().begin(*call, from.clone(), *source),
                Happening::Registered { well: true, .. } => tracing::info!("the trunk knows the hotline"),
                Happening::Registered { code, .. } => tracing::error!(code, "the trunk does not take our registration"),
                Happening::Ended { call, .. } => {
                    let call = *call;
                    self.tell(call, happening);
                    self.forget(call);
                }
                Happening::Key { call, .. }
                | Happening::Said { call, .. }
                | Happening::Taken { call }
                | Happening::Held { call, .. }
                | Happening::Referred { call, .. }
                | Happening::Recorded { call, .. } => self.tell(*call, happening),
            }
        }
    }

    fn tell(&self, call: CallId, happening: Happening) {
        let to = self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(&call).cloned();
        if let Some(to) = to {
            // A call whose task is gone is over.
            let _ = to.send(happening);
        }
    }

    /// Hears of a call from now on.
    pub fn listen(&self, call: CallId) -> mpsc::UnboundedReceiver<Happening> {
        let (tell, hears) = mpsc::unbounded_channel();
        told(&self.calls, call, tell);
        hears
    }

    pub fn forget(&self, call: CallId) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
    }

    fn begin(self: Arc<Self>, call: CallId, from: String, source: IpAddr) {
        let told = self.listen(call);
        tokio::spawn(async move {
            // A desk that takes nothing in takes no calls either.
            let halted = crate::log::admit(&self.app).await.is_err() && self.app.log.halted();
            if halted || self.shut.load(Ordering::Relaxed) {
                self.forget(call);
                self.hotline.refuse(call, 503);
                return;
            }
            call::run(self, call, from, source, told).await;
        });
    }
}

#[cfg(test)]
mod tests;
