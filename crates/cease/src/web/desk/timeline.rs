//! The journal in words: one line per command, with who gave it, when, by which channel, and what it
//! did, seen through the reader's mask. All channels stand in one thread; a filter, which is part of the address, thins it out.

use std::collections::HashMap;

use case::case::{RefusedFor, Stage};
use case::mask::Mask;
use case::parcel::{Dispute, Inspection, Step};
use case::watch::Reported;
use case::{AccountId, Actor, Channel, Entry, Event, FileId, Outcome};

use super::{caution, say};
use crate::watch;
use crate::web::Page;
use crate::web::case::{bill, keys};

pub struct Line {
    /// The entry's own address on the page.
    pub id: String,
    pub time: String,
    pub iso: String,
    pub who: String,
    /// `holder`, `agent`, `note`, `network` or `event`.
    pub kind: &'static str,
    pub did: Vec<String>,
    /// Words of a person, as they were written.
    pub said: Vec<String>,
    /// How they came or went, with its sign.
    pub channel: Option<(&'static str, String)>,
    /// What came with it: address and name.
    pub files: Vec<(String, String)>,
    pub version: u64,
    /// Somebody says something in it.
    talks: bool,
    /// It is asked of the network, or answered by it.
    network: bool,
    /// The case comes to another stage by it.
    moves: bool,
}

/// What of the thread is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    Messages,
    Notes,
    Network,
    /// Clocks and changes of status.
    Status,
}

impl Show {
    pub const EVERY: [Show; 5] = [Show::All, Show::Messages, Show::Notes, Show::Network, Show::Status];

    /// As it stands in an address.
    pub fn name(self) -> &'static str {
        match self {
            Show::All => "all",
            Show::Messages => "messages",
            Show::Notes => "notes",
            Show::Network => "network",
            Show::Status => "status",
        }
    }

    pub fn named(name: &str) -> Self {
        Self::EVERY.into_iter().find(|show| show.name() == name).unwrap_or_default()
    }

    pub fn text(self, p: &Page) -> String {
        match self {
            Show::All => fl!(p.l, "desk-show-all"),
            Show::Messages => fl!(p.l, "desk-show-messages"),
            Show::Notes => fl!(p.l, "desk-show-notes"),
            Show::Network => fl!(p.l, "desk-show-network"),
            Show::Status => fl!(p.l, "desk-show-status"),
        }
    }

    pub fn takes(self, line: &Line) -> bool {
        match self {
            Show::All => true,
            Show::Messages => line.talks && line.kind != "note",
            Show::Notes => line.kind == "note",
            Show::Network => line.network,
            Show::Status => !line.talks && !line.network || line.moves,
        }
    }
}

/// The names of staff by account.
pub type Names = HashMap<AccountId, String>;

pub fn name(p: &Page, names: &Names, staff: AccountId) -> String {
    names.get(&staff).cloned().unwrap_or_else(|| fl!(p.l, "desk-who-staff", account = staff.to_string()))
}

/// What has been owed: in words, and whether to the network.
type Told = HashMap<u32, (String, bool)>;

/// Oldest first, as the journal is.
pub fn of(p: &Page, names: &Names, journal: &[Entry], mask: &Mask) -> Vec<Line> {
    let mut owed = HashMap::new();
    journal.iter().map(|entry| masked(line(p, names, entry, &mut owed), mask)).collect()
}

fn masked(mut line: Line, mask: &Mask) -> Line {
    if mask.is_on() {
        let texts = line.did.iter_mut().chain(&mut line.said).chain(line.files.iter_mut().map(|(_, name)| name));
        texts.for_each(|text| *text = mask.text(text));
    }
    line
}

fn line(p: &Page, names: &Names, entry: &Entry, owed: &mut Told) -> Line {
    let (who, kind) = match &entry.actor {
        Actor::Holder { .. } => (fl!(p.l, "desk-who-holder"), "holder"),
        Actor::Agent { staff, .. } => (name(p, names, *staff), "agent"),
        Actor::Clock => (fl!(p.l, "desk-who-clock"), "event"),
        Actor::Network => (fl!(p.l, "desk-who-network"), "network"),
        Actor::Api { client } => (fl!(p.l, "desk-who-api", client = client.as_str()), "event"),
    };
    let mut line = Line {
        id: format!("e-{}", entry.version),
        time: super::row::stamp_exact(p, &entry.at),
        iso: p.iso(&entry.at),
        who,
        kind,
        did: Vec::new(),
        said: Vec::new(),
        channel: None,
        files: Vec::new(),
        version: entry.version,
        talks: false,
        network: matches!(entry.actor, Actor::Network)
            && !entry.events.iter().any(|event| matches!(event, Event::Settled { .. })),
        moves: false,
    };
    for event in &entry.events {
        tell(p, event, &mut line, owed);
    }
    // A letter that was sent, a certificate that was signed: the network had no part in it.
    if matches!(entry.actor, Actor::Network) && !line.network {
        (line.who, line.kind) = (fl!(p.l, "desk-who-itself"), "event");
    }
    let named = entry.events.iter().filter_map(filed).collect::<Vec<_>>();
    line.files = named.into_iter().map(|(id, name)| (file_href(entry.case, id), name)).collect();
    line
}

fn filed(event: &Event) -> Option<(FileId, String)> {
    if let Event::Filed { file, name } = event { Some((*file, name.clone())) } else { None }
}

pub fn file_href(case: case::CaseRef, file: FileId) -> String {
    format!("/desk/case/{case}/file/{file}")
}

/// A channel with its sign.
pub fn channel(p: &Page, channel: Channel) -> (&'static str, String) {
    let icon = match channel {
        Channel::Web => "globe",
        Channel::Mail => "mail",
        Channel::Chat => "chat",
        Channel::Voice => "phone",
        Channel::Sms => "sms",
        Channel::Letter => "letter",
        Channel::Shell => "shell",
    };
    (icon, say::channel(p.l, channel))
}

fn tell(p: &Page, event: &Event, line: &mut Line, owed: &mut Told) {
    let l = p.l;
    match event {
        Event::Declared { declaration, .. } => {
            line.channel = Some(channel(p, declaration.channel));
            line.talks = declaration.statement.is_some();
            line.moves = true;
            line.said.extend(declaration.statement.clone());
            line.did.push(fl!(l, "desk-did-declared", channel = say::channel_within(l, declaration.channel)));
        }
        Event::Attributed { subscription: Some(_), .. } => line.did.push(fl!(l, "desk-did-found")),
        Event::Attributed { subscription: None, .. } => line.did.push(fl!(l, "desk-did-not-found")),
        Event::Quoted { quote, .. } => line.did.push(fl!(l, "desk-did-quoted", sum = p.money(&quote.total))),
        Event::Proven { assurance, .. } => {
            line.did.push(fl!(l, "desk-did-proven", by = say::level(l, assurance.level)));
        }
        Event::Corrected { .. } => line.did.push(fl!(l, "desk-did-corrected")),
        Event::Agreed { consent, backup } => {
            if *consent {
                line.did.push(fl!(l, "desk-did-consent"));
            }
            if *backup {
                line.did.push(fl!(l, "desk-did-backup"));
            }
        }
        Event::Saved { saved } => line.did.push(crate::web::case::saved::line(p, saved)),
        Event::Filed { name, .. } => line.did.push(fl!(l, "desk-did-filed", name = name.as_str())),
        Event::Said { text, note, channel: by } => {
            line.talks = true;
            // Staff write here; a note may be about a call or a letter.
            if line.kind == "holder" || *by != Channel::Web {
                line.channel = Some(channel(p, *by));
            }
            if *note {
                line.kind = "note";
                line.did.push(fl!(l, "desk-did-note"));
            }
            line.said.push(text.clone());
        }
        Event::Kept { .. } => {}
        Event::Mailed { .. } => line.did.push(fl!(l, "desk-did-mailed")),
        Event::Bounced { hard: true, status, channel: Channel::Sms, .. } => {
            line.did.push(fl!(l, "desk-did-bounced-sms", status = status.as_str()));
        }
        Event::Bounced { hard: true, status, .. } => {
            line.did.push(fl!(l, "desk-did-bounced", status = status.as_str()));
        }
        Event::Bounced { hard: false, status, .. } => {
            line.did.push(fl!(l, "desk-did-bounced-soft", status = status.as_str()));
        }
        Event::Asked { needs, text } => {
            line.talks = true;
            let needs: Vec<String> = needs.iter().map(|need| say::need(l, *need)).collect();
            line.did.push(fl!(l, "desk-did-asked", needs = needs.join(&fl!(l, "desk-list-comma"))));
            line.said.push(text.clone());
        }
        Event::Return { step } => {
            line.did.push(crate::returns::words::desk_step(p, step));
            if let Step::Inspected { inspection: Inspection { text, .. }, .. }
            | Step::Disputed { dispute: Dispute { text, .. } } = step
                && !text.is_empty()
            {
                line.said.push(text.clone());
            }
        }
        Event::CardReceived => line.did.push(fl!(l, "desk-did-card-received")),
        Event::PersonWanted => line.did.push(fl!(l, "desk-did-person")),
        Event::Confirmed { channel: by } => {
            line.channel = Some(channel(p, *by));
            line.did.push(fl!(l, "contact-did-confirmed"));
        }
        Event::Promised { from, until } => {
            let (from, until) = (super::row::stamp(p, from), super::row::stamp(p, until));
            line.did.push(fl!(l, "contact-did-promised", from = from, until = until));
        }
        Event::Nudged { .. } => line.did.push(fl!(l, "desk-did-nudged")),
        // Whatever else stands in the entry says what they did.
        Event::Attended { .. } => {}
        Event::Reminded => line.did.push(fl!(l, "desk-did-reminded")),
        // The dates in force stand beside the case; a planned one that was overtaken only confuses.
        Event::Dated { .. } => {}
        Event::Moved { to } => moved(p, to, line),
        Event::Flagged { flag } => line.did.push(fl!(l, "desk-did-flagged", flag = say::flag(l, *flag))),
        Event::Profile { .. } => line.did.extend(keys::event(event).map(|key| p.t(key))),
        Event::BillingEnded { .. }
        | Event::Stated { .. }
        | Event::RefundDue { .. }
        | Event::RefundPaid { .. }
        | Event::RefundHeld { .. } => line.did.extend(bill::told(p, event)),
        Event::Risked { risk } => {
            let (fact, bearing) = (caution::fact(l, risk.fact), caution::bearing(p, risk));
            line.did.push(fl!(l, "caution-did-risked", fact = fact, bearing = bearing));
        }
        Event::HoldSigned { signature } => {
            line.did.push(fl!(l, "caution-did-signed"));
            line.said.push(signature.evidence.clone());
        }
        Event::HoldLifted { evidence } => {
            line.moves = true;
            line.did.push(fl!(l, "caution-did-lifted"));
            line.said.push(evidence.clone());
        }
        Event::LockSeen { locked: true } => line.did.push(fl!(l, "caution-did-locked")),
        Event::LockSeen { locked: false } => line.did.push(fl!(l, "caution-did-unlocked")),
        Event::Cleared { flag } => line.did.push(fl!(l, "stuck-did-cleared", flag = say::flag(l, *flag))),
        Event::NoticeDue { due } => line.did.push(fl!(l, "ways-did-notice-due", due = super::row::stamp(p, due))),
        Event::NoticeSent { .. } => line.did.push(fl!(l, "ways-did-notice-sent")),
        Event::CodeIssued { until, .. } => {
            line.did.push(fl!(l, "ways-event-code-issued", until = super::row::stamp(p, until)));
        }
        Event::Weighed { reason, .. } => {
            line.moves = true;
            line.did.extend(keys::event(event).map(|key| p.t(key)));
            line.said.push(reason.clone());
        }
        Event::Moving { .. }
        | Event::CodeAsked { .. }
        | Event::CodeExpired
        | Event::Ported { .. }
        | Event::Complained { .. }
        | Event::AdrTold { .. }
        | Event::ComplaintSettled
        | Event::ErasurePlanned { .. }
        | Event::ErasureOff
        | Event::Erased { .. } => {
            line.moves = true;
            line.did.extend(keys::event(event).map(|key| p.t(key)));
        }
        Event::Alarmed { kind, count, first, amount, .. } => {
            line.moves = true;
            let (kind, first) = (watch::kind(l, *kind), super::row::stamp(p, first));
            let amount = amount.clone().unwrap_or_else(|| "–".into());
            let n = *count;
            line.did.push(fl!(l, "desk-did-alarmed", kind = kind, n = n, first = first, amount = amount));
        }
        Event::SeenAgain { kind, count, .. } => {
            let n = *count;
            line.did.push(fl!(l, "desk-did-seen-again", kind = watch::kind(l, *kind), n = n));
        }
        Event::Reported { what: Reported::Billed { on, amount } } => {
            line.talks = true;
            let day = on.to_string();
            line.did.push(fl!(l, "desk-did-reported-billed", day = day, amount = amount.as_str()));
        }
        Event::Reported { what: Reported::Works } => {
            line.talks = true;
            line.did.push(fl!(l, "desk-did-reported-works"));
        }
        Event::AlarmClosed { kind, why } => {
            line.moves = true;
            let (kind, why) = (watch::kind(l, *kind), watch::closing(l, *why));
            line.did.push(fl!(l, "desk-did-alarm-closed", kind = kind, why = why));
        }
        Event::Owed { n, what, letter } => {
            let network = matches!(what.as_str(), "bar" | "unbar" | "cease" | "observe" | "port");
            line.network |= network;
            let what = letter.map_or_else(|| say::effect(l, what), |letter| say::letter(l, letter));
            line.did.push(fl!(l, "desk-did-owed", what = what.as_str()));
            owed.insert(*n, (what, network));
        }
        Event::Settled { n, outcome } => {
            let (what, network) = owed.get(n).cloned().unwrap_or_else(|| (format!("#{n}"), true));
            line.network |= network;
            line.did.push(settled(p, &what, outcome));
        }
    }
}

fn moved(p: &Page, to: &Stage, line: &mut Line) {
    let l = p.l;
    line.moves = true;
    let signatures = match to {
        Stage::Review { signatures, .. } | Stage::Scheduled { signatures, .. } | Stage::Ceasing { signatures, .. } => {
            signatures.as_slice()
        }
        Stage::Received { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => &[],
    };
    if line.kind == "agent"
        && let Some(last) = signatures.last()
    {
        line.did.push(fl!(l, "desk-did-signed", n = signatures.len()));
        line.said.push(last.evidence.clone());
    }
    line.did.push(fl!(l, "desk-did-moved", stage = say::stage(l, to)));
    match to {
        Stage::Refused { reason: RefusedFor::Desk { text }, way_out, .. } => {
            line.said.push(text.clone());
            line.said.push(way_out.clone());
        }
        Stage::Refused { reason: RefusedFor::Difference, .. } => line.did.push(fl!(l, "desk-refused-difference")),
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => {}
    }
}

fn settled(p: &Page, what: &str, outcome: &Outcome) -> String {
    let l = p.l;
    match outcome {
        Outcome::Delivered => fl!(l, "desk-did-delivered", what = what),
        Outcome::Unsent => fl!(l, "desk-did-unsent", what = what),
        Outcome::Barred { evidence } => fl!(l, "desk-did-barred", evidence = evidence.as_str()),
        Outcome::Unbarred { evidence } => fl!(l, "desk-did-unbarred", evidence = evidence.as_str()),
        Outcome::Ceased { element, evidence, .. } => {
            fl!(l, "desk-did-ceased", element = element.as_str(), evidence = evidence.as_str())
        }
        Outcome::Observed { gone: true, evidence, .. } => {
            fl!(l, "desk-did-still-gone", evidence = evidence.as_str())
        }
        Outcome::Observed { gone: false, evidence, .. } => {
            fl!(l, "desk-did-still-there", evidence = evidence.as_str())
        }
        Outcome::Certified { digest, .. } => {
            let short: String = digest.chars().take(12).collect();
            fl!(l, "desk-did-certified", digest = short)
        }
        Outcome::BillingEnded { evidence, .. }
        | Outcome::Billed { evidence, .. }
        | Outcome::Refunded { evidence, .. } => {
            fl!(l, "desk-did-billed", what = what, evidence = evidence.as_str())
        }
        Outcome::Coded { .. } => fl!(l, "ways-did-coded"),
        Outcome::GaveUp { why } => fl!(l, "desk-did-gave-up", what = what, why = why.as_str()),
    }
}
