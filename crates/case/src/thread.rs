//! The talk of a case: one thread for all channels, read from the journal. A message is stored
//! before anyone sees it, because there is nothing else to show it from.

use jiff::Timestamp;

use crate::actor::{Actor, Level};
use crate::declaration::Channel;
use crate::event::{Entry, Event};
use crate::id::FileId;

/// One message, borrowed from the journal entry that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The entry's version: its address in the thread, and its place in it.
    pub version: u64,
    pub at: Timestamp,
    pub actor: &'a Actor,
    pub channel: Channel,
    /// For staff only.
    pub note: bool,
    pub text: &'a str,
    /// What came with it.
    pub files: Vec<(FileId, &'a str)>,
}

impl Message<'_> {
    /// How sure the desk can be that its writer is the holder; none where staff or a program wrote.
    pub fn level(&self) -> Option<Level> {
        match self.actor {
            Actor::Holder { assurance, .. } => Some(assurance.level),
            Actor::Agent { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => None,
        }
    }

    pub fn by_holder(&self) -> bool {
        matches!(self.actor, Actor::Holder { .. })
    }
}

/// Every message of the thread, oldest first: the statement that came with the declaration, what was
/// said, noted and asked.
pub fn messages(journal: &[Entry]) -> impl Iterator<Item = Message<'_>> {
    journal.iter().flat_map(|entry| {
        let files: Vec<_> = entry.events.iter().filter_map(filed).collect();
        entry.events.iter().filter_map(words).map(move |(text, note, channel)| {
            let Entry { version, at, actor, .. } = entry;
            Message { version: *version, at: *at, actor, channel, note, text, files: files.clone() }
        })
    })
}

fn filed(event: &Event) -> Option<(FileId, &str)> {
    if let Event::Filed { file, name } = event { Some((*file, name.as_str())) } else { None }
}

/// The words in an event, whether they are for staff only, and how they came.
fn words(event: &Event) -> Option<(&str, bool, Channel)> {
    if let Event::Declared { declaration, .. } = event {
        declaration.statement.as_deref().map(|text| (text, false, declaration.channel))
    } else if let Event::Said { text, note, channel } = event {
        Some((text, *note, *channel))
    } else if let Event::Asked { text, .. } = event {
        Some((text, false, Channel::Web))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Assurance;
    use crate::id::CaseRef;

    fn entry(version: u64, actor: Actor, events: Vec<Event>) -> Entry {
        let at = Timestamp::from_second(1_772_445_600 + version as i64).unwrap();
        Entry { case: CaseRef::from_bits(1), version, at, actor, command: "say".into(), events, chain: String::new() }
    }

    #[test]
    fn one_thread_for_all_channels_with_what_came_with_each() {
        let mei = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let said = |text: &str, note, channel| Event::Said { text: text.into(), note, channel };
        let file = Event::Filed { file: FileId::from_bits(7), name: "bill.pdf".into() };
        let journal = [
            entry(2, mei, vec![said("by mail", false, Channel::Mail), file]),
            entry(3, Actor::Clock, vec![Event::Reminded]),
            entry(4, Actor::Clock, vec![said("rang at noon", true, Channel::Voice)]),
        ];
        let seen: Vec<_> =
            messages(&journal).map(|m| (m.version, m.text, m.note, m.channel, m.level(), m.files.len())).collect();
        assert_eq!(
            seen,
            [
                (2, "by mail", false, Channel::Mail, Some(Level::Nothing), 1),
                (4, "rang at noon", true, Channel::Voice, None, 0),
            ]
        );
    }

    #[test]
    fn a_message_from_before_channels_came_by_the_web() {
        let old = r#"{"event":"said","text":"hello","note":false}"#;
        let event: Event = serde_json::from_str(old).unwrap();
        assert_eq!(event, Event::Said { text: "hello".into(), note: false, channel: Channel::Web });
    }
}
