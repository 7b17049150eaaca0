//! What the watch says to people, in letters, at the desk and on the holder's page: the words for its kinds, and
//! what it has seen, read from the journal.

use case::watch::{Closing, Kind};
use case::{Entry, Event, Timestamp};

use crate::words::Words;

pub fn kind(l: &Words, kind: Kind) -> String {
    match kind {
        Kind::Usage => fl!(l, "watch-kind-usage"),
        Kind::Charge => fl!(l, "watch-kind-charge"),
        Kind::SignIn => fl!(l, "watch-kind-sign-in"),
        Kind::Reminder => fl!(l, "watch-kind-reminder"),
        Kind::Marketing => fl!(l, "watch-kind-marketing"),
        Kind::Attach => fl!(l, "watch-kind-attach"),
        Kind::Billed => fl!(l, "watch-kind-billed"),
        Kind::Works => fl!(l, "watch-kind-works"),
    }
}

/// Whether it is the holder who says so, and nothing that we have seen.
pub fn is_reported(kind: Kind) -> bool {
    matches!(kind, Kind::Billed | Kind::Works)
}

/// The same, where it is said to the holder.
pub fn kind_to_holder(l: &Words, of: Kind) -> String {
    match of {
        Kind::Billed => fl!(l, "watch-kind-billed-you"),
        Kind::Works => fl!(l, "watch-kind-works-you"),
        Kind::Usage | Kind::Charge | Kind::SignIn | Kind::Reminder | Kind::Marketing | Kind::Attach => kind(l, of),
    }
}

pub fn closing(l: &Words, why: Closing) -> String {
    match why {
        Closing::Explained => fl!(l, "watch-closing-explained"),
        Closing::Corrected => fl!(l, "watch-closing-corrected"),
        Closing::Set => fl!(l, "watch-closing-set"),
    }
}

/// The same, where it is said to the holder.
pub fn came_of_it(l: &Words, why: Closing) -> String {
    match why {
        Closing::Explained => fl!(l, "watch-cleared-explained"),
        Closing::Corrected => fl!(l, "watch-cleared-corrected"),
        Closing::Set => fl!(l, "watch-cleared-set"),
    }
}

/// An alarm from beginning to end, as the journal tells it.
pub struct Seen {
    pub kind: Kind,
    pub raised: Timestamp,
    pub count: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    pub amount: Option<String>,
    pub closed: Option<(Timestamp, Closing)>,
}

/// Everything that was seen after the end, oldest first.
pub fn seen(journal: &[Entry]) -> Vec<Seen> {
    let mut all: Vec<Seen> = Vec::new();
    for entry in journal {
        for event in &entry.events {
            let open = |kind: &Kind, all: &mut Vec<Seen>| {
                all.iter().rposition(|seen| seen.kind == *kind && seen.closed.is_none())
            };
            if let Event::Alarmed { kind, at, count, first, last, amount } = event {
                let (kind, count, first, last) = (*kind, *count, *first, *last);
                all.push(Seen { kind, raised: *at, count, first, last, amount: amount.clone(), closed: None });
            } else if let Event::SeenAgain { kind, count, first, last } = event {
                if let Some(at) = open(kind, &mut all) {
                    let seen = &mut all[at];
                    seen.count = seen.count.saturating_add(*count);
                    (seen.first, seen.last) = (seen.first.min(*first), seen.last.max(*last));
                }
            } else if let Event::AlarmClosed { kind, why } = event
                && let Some(at) = open(kind, &mut all)
            {
                all[at].closed = Some((entry.at, *why));
            }
        }
    }
    all
}
