//! What a case's journal says of what was given up last.

use case::bill::is_billing;
use case::{Entry, Event, Flag, Letter, Outcome, Timestamp};

/// One effect that nobody will try again by itself.
pub(super) struct GivenUp {
    pub at: Timestamp,
    pub what: String,
    pub letter: Option<Letter>,
    pub why: String,
}

/// For `Unreachable`, a letter; a bounce names none, and then it is the last one that went out before it.
pub(super) fn last_given_up(journal: &[Entry], flag: Flag) -> Option<GivenUp> {
    let letters = flag == Flag::Unreachable;
    let mut bounced: Option<GivenUp> = None;
    for (at, event) in journal.iter().rev().flat_map(|entry| entry.events.iter().rev().map(move |e| (entry.at, e))) {
        if let Event::Settled { n, outcome: Outcome::GaveUp { why } } = event
            && let Some((what, letter)) = owed(journal, *n)
            && letters == letter.is_some()
            && what != "escalate"
            && (letters || is_billing(&what) == (flag == Flag::BillingStuck))
        {
            return Some(GivenUp { at, what, letter, why: why.clone() });
        }
        if let (true, None, Event::Bounced { status, .. }) = (letters, &bounced, event) {
            bounced = Some(GivenUp { at, what: "notify".into(), letter: None, why: status.clone() });
        }
        if let (Some(known), Event::Owed { letter: Some(letter), .. }) = (&mut bounced, event) {
            known.letter = Some(*letter);
            return bounced;
        }
    }
    bounced
}

fn owed(journal: &[Entry], n: u32) -> Option<(String, Option<Letter>)> {
    journal.iter().flat_map(|entry| &entry.events).find_map(|event| {
        if let Event::Owed { n: at, what, letter } = event
            && *at == n
        {
            return Some((what.clone(), *letter));
        }
        None
    })
}
