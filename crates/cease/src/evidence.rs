//! The evidence pack of a case: what is in it and how that is read. How it is packed and checked is the crate `pack`'s.
//!
//! The holder's copy has no notes of the staff, no flags and no comparison with the record: whoever followed the case by
//! its reference must not learn from it what only the account's owner may know. Those entries of the journal are
//! withheld, and only their place in its chain is given.

mod index;

use case::sla;
use case::{Actor, Case, Entry, Event, Lang, Outcome, Stage};
use pack::{BUNDLE, CERTIFICATE, DECLARATION, JOURNAL, Line, MANIFEST, Manifest, RECEIPT};
use serde_json::json;
use store::StoreError;

use crate::app::Shared;
use crate::files::kept;
use crate::{certificate, log, paper, receipt, words};

/// For whom a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    Holder,
    Desk,
}

pub fn file_name(case: &Case) -> String {
    format!("cease-evidence-{}.zip", case.reference)
}

/// Gathers, signs and packs. The same case gives the same bytes, until something happens in it.
pub async fn of(app: &Shared, case: &Case, whom: For) -> Result<Vec<u8>, StoreError> {
    let broken = |e: &dyn std::fmt::Display| StoreError::Engine(format!("the evidence cannot be packed: {e}"));
    let journal = app.store.journal(case.reference).await?;
    let at = journal.last().map_or(case.times.received, |entry| entry.at);
    let entries = entries(app, case, &journal, whom).await?;
    let mut all: Vec<pack::Entry> = index::of(app, case, whom, &entries);
    all.extend(entries);
    let copy = match whom {
        For::Holder => "holder",
        For::Desk => "desk",
    };
    let key = &app.keys.signing();
    let manifest = Manifest::of(&case.reference.to_string(), at, copy, key.public(), &all);
    all.push((MANIFEST.into(), manifest.sign(key).into_bytes()));
    pack::write(&all, at).map_err(|e| broken(&e))
}

/// All that a pack has of a case, but what describes the pack.
pub(crate) async fn entries(
    app: &Shared,
    case: &Case,
    journal: &[Entry],
    whom: For,
) -> Result<Vec<pack::Entry>, StoreError> {
    let broken = |e: serde_json::Error| StoreError::Engine(format!("the evidence cannot be packed: {e}"));
    let mut entries: Vec<pack::Entry> = vec![
        (DECLARATION.into(), receipt::canonical(&case.declaration)?.into_bytes()),
        (RECEIPT.into(), receipt::file(app, case).await?),
        (JOURNAL.into(), lines(journal, whom).map_err(broken)?.into_bytes()),
        ("thread.txt".into(), thread(app, journal, whom).into_bytes()),
        ("clocks.json".into(), clocks(app, case, journal).to_string().into_bytes()),
    ];
    if let Some(file) = certificate::file(app, case).await? {
        entries.push((CERTIFICATE.into(), file.clone().into_bytes()));
        if let Some(pdf) = paper::draw(app, case, file, case.lang()).await {
            entries.push(("certificate.pdf".into(), pdf));
        }
    }
    if let Some(bundle) = log::bundle::of(app, case).await? {
        entries.push((BUNDLE.into(), bundle.to_file()));
    }
    for id in &case.files {
        if let Some(file) = kept::file(app, journal, *id).await? {
            entries.push((format!("files/{id}.{}", ending(&file.media)), file.bytes));
        }
    }
    Ok(entries)
}

/// What the entry of a pack is, by its name.
pub(crate) fn what(l: &words::Words, name: &str) -> String {
    match name {
        "declaration.json" => fl!(l, "evidence-is-declaration"),
        "receipt.json" => fl!(l, "evidence-is-receipt"),
        "journal.jsonl" => fl!(l, "evidence-is-journal"),
        "thread.txt" => fl!(l, "evidence-is-thread"),
        "clocks.json" => fl!(l, "evidence-is-clocks"),
        "certificate.json" => fl!(l, "evidence-is-certificate"),
        "certificate.pdf" => fl!(l, "evidence-is-pdf"),
        "bundle.json" => fl!(l, "evidence-is-bundle"),
        _ => fl!(l, "evidence-is-file"),
    }
}

fn ending(media: &str) -> &'static str {
    match media {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        _ => "bin",
    }
}

/// The journal, an entry a line.
fn lines(journal: &[Entry], whom: For) -> serde_json::Result<String> {
    let mut out = String::new();
    for entry in journal {
        let chain = entry.chain.clone();
        let line = if whom == For::Holder && entry.events.iter().any(is_ours_alone) {
            Line::withheld(entry.version, entry.at, chain)
        } else {
            let (actor, events) = (serde_json::to_string(&entry.actor)?, serde_json::to_string(&entry.events)?);
            Line::whole(entry.version, entry.at, actor, entry.command.clone(), events, chain)?
        };
        out.push_str(&serde_json::to_string(&line)?);
        out.push('\n');
    }
    Ok(out)
}

/// What the holder is not told: whoever declares may be a stranger, who must not learn from why a case is looked at
/// how their guesses compare with the record; nor what staff wrote for each other, nor what our elements are called.
fn is_ours_alone(event: &Event) -> bool {
    match event {
        Event::Moved { to: Stage::Review { .. } } => true,
        Event::Moved { to: Stage::Scheduled { signatures, .. } | Stage::Ceasing { signatures, .. } } => {
            !signatures.is_empty()
        }
        Event::Settled { outcome, .. } => matches!(outcome, Outcome::GaveUp { .. }),
        Event::Attributed { .. } | Event::Flagged { .. } | Event::Cleared { .. } | Event::Said { note: true, .. } => {
            true
        }
        // Who lives with whom is nobody's business but the desk's.
        Event::Risked { risk } => !risk.fact.concerns_holder(),
        Event::HoldSigned { .. } => true,
        Event::NoticeDue { .. }
        | Event::NoticeSent { .. }
        | Event::Moving { .. }
        | Event::CodeAsked { .. }
        | Event::CodeIssued { .. }
        | Event::CodeExpired
        | Event::Ported { .. }
        | Event::Complained { .. }
        | Event::AdrTold { .. }
        | Event::ComplaintSettled
        | Event::Weighed { .. }
        | Event::ErasurePlanned { .. }
        | Event::ErasureOff
        | Event::Erased { .. } => false,
        Event::HoldLifted { .. }
        | Event::BillingEnded { .. }
        | Event::Stated { .. }
        | Event::RefundDue { .. }
        | Event::RefundPaid { .. }
        | Event::RefundHeld { .. }
        | Event::LockSeen { .. }
        | Event::Declared { .. }
        | Event::Quoted { .. }
        | Event::Proven { .. }
        | Event::Corrected { .. }
        | Event::Agreed { .. }
        | Event::Saved { .. }
        | Event::Filed { .. }
        | Event::Kept { .. }
        | Event::Said { note: false, .. }
        | Event::Mailed { .. }
        | Event::Bounced { .. }
        | Event::Profile { .. }
        | Event::Alarmed { .. }
        | Event::SeenAgain { .. }
        | Event::Reported { .. }
        | Event::AlarmClosed { .. }
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
        | Event::Moved { .. }
        | Event::Owed { .. } => false,
    }
}

/// What was said and written, oldest first.
fn thread(app: &Shared, journal: &[Entry], whom: For) -> String {
    let mut out = String::new();
    let zone = app.policy.zone();
    for message in case::thread::messages(journal).filter(|m| whom == For::Desk || !m.note) {
        let who = match message.actor {
            Actor::Holder { .. } => "Holder · 机主",
            Actor::Agent { .. } if message.note => "Note, staff only · 内部备注",
            Actor::Agent { .. } => "Desk · 客服",
            Actor::Clock | Actor::Network => "Cease",
            Actor::Api { .. } => "Program · 程序",
        };
        let at = words::moment(Lang::En, message.at, &zone);
        out.push_str(&format!("— {at} · {} · {who}\n{}\n", message.at, message.text));
        for (id, name) in message.files {
            out.push_str(&format!("[{id}] {name}\n"));
        }
        out.push('\n');
    }
    if out.is_empty() { "Nothing was said. · 没有往来消息。\n".to_owned() } else { out }
}

/// All times, and whose turn it was when.
fn clocks(app: &Shared, case: &Case, journal: &[Entry]) -> serde_json::Value {
    // Read as of the last entry: the pack must not depend on when it is made.
    let at = journal.last().map_or(case.times.received, |entry| entry.at);
    let account = sla::read(journal, app.policy.of(case), at);
    let span = |span: &sla::Span| {
        json!({
            "turn": span.turn.name(), "from": span.from, "to": span.to,
            "counted_seconds": span.counted.as_secs(), "matter": span.matter,
        })
    };
    json!({
        "as_of": at, "times": case.times, "promised_seconds": account.target.as_secs(),
        "counted_seconds": account.counted.as_secs(), "due": account.run.map(|run| run.due),
        "turns": account.spans.iter().map(span).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
