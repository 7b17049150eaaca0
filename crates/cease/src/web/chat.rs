//! Live chat: another view of a case's thread. A message is stored before anybody sees it, and read
//! from the store by both sides; what travels by itself is only the hint to look ([`crate::live`]). So it
//! works by posting and reloading too, and when nobody is there it is a message like any other.

pub mod desk;
pub mod here;
pub mod holder;
mod queue;
pub mod start;

use case::thread::{Message, messages};
use case::{Actor, Case, Channel, Entry, Level};

use crate::app::App;
use crate::web::Page;

/// Messages a page shows; the case's own page has them all.
const SHOWN: usize = 200;

/// One message as a page shows it.
pub struct Line {
    /// Its address on the page.
    pub id: String,
    /// `me`, `them` or `us`: whose side of the page.
    pub side: &'static str,
    pub who: String,
    pub time: String,
    pub iso: String,
    pub text: String,
    pub files: Vec<String>,
    /// How it came, where that was not by chat.
    pub by: String,
    /// How sure we are of its writer: kind of tag, icon, words.
    pub badge: Option<Badge>,
}

pub struct Badge {
    pub kind: &'static str,
    pub icon: &'static str,
    pub text: String,
}

/// When a person answers, for who finds nobody: while the desk is shut that is a day and a time, else its hours.
fn hours(app: &App, p: &Page, nobody: bool) -> String {
    let (calendar, hours) = (&app.policy.desk_hours, app.config.desk.hours_in(p.language));
    if nobody && !calendar.is_open(p.now()) {
        fl!(p.l, "chat-opens", at = p.moment(&calendar.next_opening(p.now())))
    } else if hours.is_empty() {
        String::new()
    } else {
        fl!(p.l, "chat-hours", hours = hours)
    }
}

/// What the holder may read: everything but notes.
fn thread(journal: &[Entry]) -> Vec<(usize, Message<'_>)> {
    let mut thread: Vec<_> = messages(journal).filter(|message| !message.note).enumerate().collect();
    thread.drain(..thread.len().saturating_sub(SHOWN));
    thread
}

/// How sure we are that the writer of a message is the holder of this case, as was shown when they wrote.
/// What somebody has shown for another account says nothing here.
fn level(message: &Message<'_>, case: &Case) -> Option<Level> {
    match message.actor {
        Actor::Holder { assurance, .. } if assurance.account.is_some() && assurance.account == case.account => {
            Some(assurance.level)
        }
        Actor::Holder { .. } => Some(Level::Nothing),
        Actor::Agent { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => None,
    }
}

fn badge(p: &Page, level: Level) -> Badge {
    let (kind, icon, text) = match level {
        Level::Nothing => ("waiting", "alert", fl!(p.l, "chat-level-nothing")),
        Level::Code => ("active", "shield", fl!(p.l, "chat-level-code")),
        Level::SignedIn | Level::SecondFactor => ("done", "lock", fl!(p.l, "chat-level-signed-in")),
    };
    Badge { kind, icon, text }
}

/// How a message came, where a reader would wonder.
fn by(p: &Page, channel: Channel) -> String {
    match channel {
        Channel::Chat => String::new(),
        Channel::Web => fl!(p.l, "chat-by-page"),
        Channel::Mail => fl!(p.l, "chat-by-mail"),
        Channel::Voice => fl!(p.l, "chat-by-voice"),
        Channel::Sms => fl!(p.l, "chat-by-sms"),
        Channel::Letter => fl!(p.l, "chat-by-letter"),
        Channel::Shell => fl!(p.l, "chat-by-shell"),
    }
}

/// The clock alone for today's messages, the whole moment for older ones.
fn time(p: &Page, at: &case::Timestamp) -> String {
    let (then, now) = (p.iso(at), p.iso(&p.now()));
    if then[..10] == now[..10] { then[11..16].to_owned() } else { p.moment(at) }
}

fn line(p: &Page, n: usize, message: &Message<'_>, side: &'static str, who: String) -> Line {
    Line {
        id: format!("m-{}-{n}", message.version),
        side,
        who,
        time: time(p, &message.at),
        iso: p.iso(&message.at),
        text: message.text.to_owned(),
        files: message.files.iter().map(|(_, name)| (*name).to_owned()).collect(),
        by: by(p, message.channel),
        badge: None,
    }
}

#[cfg(test)]
mod tests;
