//! What the holder may read of the journal: what happened and who did it, without notes, flags or
//! the names of staff; and, apart from it, what was said.

use std::collections::BTreeMap;

use case::parcel::Step;
use case::{Actor, Entry, Event, Letter, Outcome, Stage, Timestamp};

use super::{bill, caution as say, keys};
use crate::returns::words as back;
use crate::watch;
use crate::web::Page;

/// One line of the history or of the talk.
pub struct Item {
    pub iso: String,
    pub time: String,
    pub who: String,
    /// As `parts::event` knows them.
    pub kind: &'static str,
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    You,
    Agent,
    Us,
    Network,
}

/// What happened, oldest first; to a stranger nothing that tells of the record.
pub fn history(p: &Page, entries: &[Entry], stranger: bool) -> Vec<Item> {
    let mut reader = Reader { p, owed: BTreeMap::new(), stage: "received", desk: false, stranger };
    let mut items = Vec::new();
    for entry in entries {
        reader.desk = matches!(entry.actor, Actor::Agent { .. });
        let lines: Vec<(Who, String)> =
            entry.events.iter().filter_map(|event| reader.line(event).map(|line| (who(entry, event), line))).collect();
        let by = declared_by(entry);
        for same in lines.chunk_by(|a, b| a.0 == b.0) {
            let mut item = item(p, entry.at, same[0].0, same.iter().map(|(_, line)| line.clone()).collect());
            if let Some(by) = by.filter(|_| same[0].0 == Who::You) {
                item.who = by.to_owned();
            }
            items.push(item);
        }
    }
    items
}

/// Who declared for the holder, where somebody did: both read this.
fn declared_by(entry: &Entry) -> Option<&str> {
    let Some(Event::Declared { declaration, .. }) = entry.events.first() else { return None };
    declaration.way.behalf.as_ref().map(|by| by.name.as_str())
}

/// What the holder and the desk said to each other, oldest first, and why the desk has decided as it has.
pub fn talk(p: &Page, entries: &[Entry]) -> Vec<Item> {
    let mut items = Vec::new();
    for entry in entries {
        for event in &entry.events {
            if let Event::Said { text, note: false, .. }
            | Event::Asked { text, .. }
            | Event::Weighed { reason: text, .. } = event
            {
                items.push(item(p, entry.at, actor(&entry.actor), vec![text.clone()]));
            }
        }
    }
    items
}

/// When the case came to the stage where it is now.
pub fn since(entries: &[Entry]) -> Option<Timestamp> {
    let mut now = ("received", entries.first()?.at);
    for entry in entries {
        for event in &entry.events {
            if let Event::Moved { to } = event
                && to.name() != now.0
            {
                now = (to.name(), entry.at);
            }
        }
    }
    Some(now.1)
}

struct Reader<'a> {
    p: &'a Page,
    /// What each effect is, and which letter.
    owed: BTreeMap<u32, (String, Option<Letter>)>,
    stage: &'static str,
    /// Whether one of the desk did what is read now.
    desk: bool,
    stranger: bool,
}

impl Reader<'_> {
    /// The line for an event; none for what is ours alone to know, or says nothing new.
    fn line(&mut self, event: &Event) -> Option<String> {
        let l = self.p.l;
        match event {
            Event::Risked { .. } | Event::Return { .. } if self.stranger => None,
            Event::Filed { name, .. } => Some(fl!(l, "case-event-filed", name = name.as_str())),
            Event::Asked { needs, .. } => {
                let what: Vec<String> = needs.iter().map(|need| self.p.t(&keys::need(*need))).collect();
                Some(fl!(l, "case-event-asked", what = what.join(&fl!(l, "case-and"))))
            }
            // What a holder asks for, the desk does.
            Event::PersonWanted if self.desk => Some(fl!(l, "event-taken-up")),
            Event::Moved { to } => self.moved(to),
            Event::Owed { n, what, letter } => {
                self.owed.insert(*n, (what.clone(), *letter));
                None
            }
            Event::Promised { from, until } => {
                let (from, until) = (self.p.moment(from), self.p.moment(until));
                Some(fl!(l, "contact-event-promised", from = from, until = until))
            }
            Event::CodeIssued { until, .. } => Some(fl!(l, "ways-event-code-issued", until = self.p.moment(until))),
            Event::Settled { n, outcome } => self.settled(*n, outcome),
            Event::Risked { risk } if risk.fact.concerns_holder() => Some(say::risked(l, self.p, risk)),
            Event::Stated { .. }
            | Event::RefundDue { .. }
            | Event::RefundPaid { .. }
            | Event::RefundHeld { .. }
            | Event::BillingEnded { .. } => bill::told(self.p, event),
            Event::Alarmed { kind, .. } => {
                let says = watch::kind_to_holder(l, *kind);
                Some(match watch::is_reported(*kind) {
                    true => fl!(l, "case-event-alarmed-own", kind = says),
                    false => fl!(l, "case-event-alarmed", kind = says),
                })
            }
            Event::Return { step } => back::step(self.p, step),
            Event::AlarmClosed { kind, .. } => {
                Some(fl!(l, "case-event-alarm-closed", kind = watch::kind_to_holder(l, *kind)))
            }
            Event::Saved { saved } => Some(crate::web::case::saved::line(self.p, saved)),
            Event::Declared { .. }
            | Event::Attributed { .. }
            | Event::Quoted { .. }
            | Event::Proven { .. }
            | Event::Corrected { .. }
            | Event::Agreed { .. }
            | Event::Said { .. }
            | Event::Mailed { .. }
            | Event::Bounced { .. }
            | Event::CardReceived
            | Event::PersonWanted
            | Event::Reminded
            | Event::Kept { .. }
            | Event::Confirmed { .. }
            | Event::Nudged { .. }
            | Event::Attended { .. }
            | Event::Dated { .. }
            | Event::SeenAgain { .. }
            | Event::Reported { .. }
            | Event::Flagged { .. }
            | Event::Profile { .. }
            | Event::Risked { .. }
            | Event::HoldSigned { .. }
            | Event::HoldLifted { .. }
            | Event::LockSeen { .. }
            | Event::NoticeDue { .. }
            | Event::NoticeSent { .. }
            | Event::Moving { .. }
            | Event::CodeAsked { .. }
            | Event::CodeExpired
            | Event::Ported { .. }
            | Event::Complained { .. }
            | Event::AdrTold { .. }
            | Event::ComplaintSettled
            | Event::Weighed { .. }
            | Event::ErasurePlanned { .. }
            | Event::ErasureOff
            | Event::Erased { .. }
            | Event::Cleared { .. } => keys::event(event).map(|key| self.p.t(key)),
        }
    }

    fn moved(&mut self, to: &Stage) -> Option<String> {
        let new = to.name() != self.stage;
        self.stage = to.name();
        // The network's own answer says it.
        let said = matches!(to, Stage::Ceased { .. });
        (new && !said).then(|| self.p.t(&keys::moved(to)))
    }

    fn settled(&self, n: u32, outcome: &Outcome) -> Option<String> {
        let l = self.p.l;
        let (what, letter) = self.owed.get(&n)?;
        Some(match outcome {
            Outcome::Delivered if self.stranger && (*letter)?.tells_of_the_record() => return None,
            Outcome::Delivered => fl!(l, "case-event-sent", what = self.p.t(keys::letter((*letter)?))),
            Outcome::Unsent => return None,
            Outcome::Barred { .. } => fl!(l, "case-event-barred"),
            Outcome::Unbarred { .. } => fl!(l, "case-event-unbarred"),
            Outcome::Ceased { .. } => fl!(l, "case-event-ceased"),
            Outcome::Certified { .. } => fl!(l, "case-event-certified"),
            Outcome::Observed { gone: true, .. } => fl!(l, "case-event-still-gone"),
            Outcome::Observed { gone: false, .. } => fl!(l, "case-event-still-there"),
            // Their own events say more.
            Outcome::BillingEnded { .. }
            | Outcome::Billed { .. }
            | Outcome::Refunded { .. }
            | Outcome::Coded { .. } => return None,
            Outcome::GaveUp { .. } if case::bill::is_billing(what) => fl!(l, "bill-event-gave-up"),
            Outcome::GaveUp { .. } if what == "notify" => fl!(l, "case-event-unsent"),
            Outcome::GaveUp { .. } => fl!(l, "case-event-gave-up"),
        })
    }
}

fn who(entry: &Entry, event: &Event) -> Who {
    match event {
        Event::Settled { outcome: Outcome::Delivered | Outcome::Unsent | Outcome::Certified { .. }, .. }
        | Event::Quoted { .. } => Who::Us,
        Event::NoticeDue { .. } | Event::NoticeSent { .. } | Event::CodeIssued { .. } | Event::CodeExpired => Who::Us,
        Event::Settled { .. } | Event::Profile { .. } => Who::Network,
        // Raised by a report, it is still ours.
        Event::Alarmed { .. } | Event::Risked { .. } | Event::LockSeen { .. } => Who::Us,
        Event::BillingEnded { .. }
        | Event::Stated { .. }
        | Event::RefundDue { .. }
        | Event::RefundPaid { .. }
        | Event::RefundHeld { .. } => Who::Us,
        Event::Return { step: Step::Asked { .. } | Step::Ended { .. } | Step::Lost { .. } | Step::Late { .. } } => {
            Who::Us
        }
        // What a command leads to by our rules is our doing, unless it was just what the command asked.
        Event::Moved { to } => match to {
            Stage::Withdrawn { .. } | Stage::Contested { .. } | Stage::Refused { .. } => actor(&entry.actor),
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. } => Who::Us,
        },
        Event::Declared { .. }
        | Event::Attributed { .. }
        | Event::Proven { .. }
        | Event::Corrected { .. }
        | Event::Agreed { .. }
        | Event::Saved { .. }
        | Event::Filed { .. }
        | Event::Kept { .. }
        | Event::Said { .. }
        | Event::Mailed { .. }
        | Event::Bounced { .. }
        | Event::Asked { .. }
        | Event::CardReceived
        | Event::Return { .. }
        | Event::PersonWanted
        | Event::Reminded
        | Event::Confirmed { .. }
        | Event::Promised { .. }
        | Event::Nudged { .. }
        | Event::Attended { .. }
        | Event::Dated { .. }
        | Event::Flagged { .. }
        | Event::Cleared { .. }
        | Event::HoldSigned { .. }
        | Event::HoldLifted { .. }
        | Event::SeenAgain { .. }
        | Event::Reported { .. }
        | Event::AlarmClosed { .. }
        | Event::Moving { .. }
        | Event::CodeAsked { .. }
        | Event::Ported { .. }
        | Event::Complained { .. }
        | Event::AdrTold { .. }
        | Event::ComplaintSettled
        | Event::Weighed { .. }
        | Event::ErasurePlanned { .. }
        | Event::ErasureOff
        | Event::Erased { .. }
        | Event::Owed { .. } => actor(&entry.actor),
    }
}

fn actor(actor: &Actor) -> Who {
    match actor {
        Actor::Holder { .. } => Who::You,
        Actor::Agent { .. } => Who::Agent,
        Actor::Clock | Actor::Network | Actor::Api { .. } => Who::Us,
    }
}

fn item(p: &Page, at: Timestamp, who: Who, lines: Vec<String>) -> Item {
    let (name, kind) = match who {
        Who::You => (fl!(p.l, "case-by-you"), "holder"),
        Who::Agent => (fl!(p.l, "case-by-agent"), "agent"),
        Who::Us => (p.operator.clone(), "agent"),
        Who::Network => (fl!(p.l, "case-by-network"), "network"),
    };
    Item { iso: p.iso(&at), time: p.moment(&at), who: name, kind, lines }
}
