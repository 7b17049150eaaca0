//! `journal.jsonl`: an entry a line, as it is chained. Who recomputes the chain needs the exact texts of actor and events,
//! so those are kept as they stand in the line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub version: u64,
    pub at: Timestamp,
    /// Absent where the entry is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Box<RawValue>>,
    /// What the staff keep to themselves: only its place in the chain is given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    pub chain: String,
}

/// What a journal was found to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// All chain values, first to last.
    pub chains: Vec<String>,
    pub withheld: usize,
}

/// The chain value of an entry, as the desk's core computes it (`case::event::chain`).
pub fn chain(previous: &str, at: Timestamp, actor: &str, command: &str, version: u64, events: &str) -> String {
    let mut hash = Sha256::new();
    for part in
        ["cease/journal/v1", previous, &at.as_microsecond().to_string(), actor, command, &version.to_string(), events]
    {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

impl Line {
    /// An entry with all that is in it.
    pub fn whole(
        version: u64,
        at: Timestamp,
        actor: String,
        command: String,
        events: String,
        chain: String,
    ) -> serde_json::Result<Self> {
        let (actor, events) = (RawValue::from_string(actor)?, RawValue::from_string(events)?);
        Ok(Self {
            version,
            at,
            actor: Some(actor),
            command: Some(command),
            events: Some(events),
            withheld: false,
            chain,
        })
    }

    /// An entry of which nothing is told but that it is there.
    pub fn withheld(version: u64, at: Timestamp, chain: String) -> Self {
        Self { version, at, actor: None, command: None, events: None, withheld: true, chain }
    }
}

/// Computes the chain anew, from the first entry on; in words what does not fit.
pub(crate) fn read(file: &[u8]) -> Result<Read, String> {
    let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let mut found = Read::default();
    let mut previous = String::new();
    for (n, line) in (1_u64..).zip(text.lines()) {
        let line: Line = serde_json::from_str(line).map_err(|_| format!("line {n} cannot be read"))?;
        if line.version != n {
            return Err(format!("line {n} is entry {}: one is missing or out of place", line.version));
        }
        match (&line.actor, &line.command, &line.events, line.withheld) {
            (Some(actor), Some(command), Some(events), false) => {
                if chain(&previous, line.at, actor.get(), command, n, events.get()) != line.chain {
                    return Err(format!("line {n} is not as it was written: its chain value does not fit"));
                }
            }
            (None, None, None, true) if is_chain(&line.chain) => found.withheld += 1,
            _ => return Err(format!("line {n} is neither whole nor withheld")),
        }
        previous.clone_from(&line.chain);
        found.chains.push(line.chain);
    }
    if found.chains.is_empty() { Err("it is empty".to_owned()) } else { Ok(found) }
}

fn is_chain(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
