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

/// What the holder has said or sent of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastWord {
    /// When; not what came with the declaration.
    pub at: Option<Timestamp>,
    /// Nobody at the desk has done anything since.
    pub unread: bool,
}

pub fn last_word(journal: &[Entry]) -> LastWord {
    let says = |event: &Event| matches!(event, Event::Said { .. } | Event::Filed { .. });
    journal.iter().fold(LastWord::default(), |last, entry| match &entry.actor {
        Actor::Agent { .. } => LastWord { unread: false, ..last },
        Actor::Holder { .. } if entry.events.iter().any(says) => LastWord { at: Some(entry.at), unread: true },
        Actor::Holder { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => last,
    })
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

    /// A note is no word of the holder's, and what the desk does has been read.
    #[test]
    fn the_holder_s_last_word_stands_until_somebody_at_the_desk_acts() {
        let holder = || Actor::Holder { account: None, assurance: Assurance::nothing() };
        let agent = || Actor::Agent { staff: crate::AccountId::from_bits(1), role: crate::Role::Agent };
        let said = || vec![Event::Said { text: "a".into(), note: false, channel: Channel::Web }];
        let sent = || vec![Event::Filed { file: FileId::from_bits(1), name: "a.pdf".into() }];
        let mut journal = vec![entry(1, holder(), vec![Event::PersonWanted]), entry(2, agent(), said())];
        assert_eq!(last_word(&journal), LastWord::default());
        for (version, events) in [(3, said()), (5, sent())] {
            journal.push(entry(version, holder(), events));
            journal.push(entry(version + 1, Actor::Clock, vec![Event::Reminded]));
            let at = Some(journal[journal.len() - 2].at);
            assert_eq!(last_word(&journal), LastWord { at, unread: true });
            journal.push(entry(version + 1, agent(), vec![Event::PersonWanted]));
            assert_eq!(last_word(&journal), LastWord { at, unread: false });
        }
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
