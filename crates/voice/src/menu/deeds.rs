//! What the menu can have done, by name, with everything it can come out as. How, is for who has the cases.

use super::Deed;

const fn deed(name: &'static str, outcomes: &'static [&'static str], gives: &'static [&'static str]) -> Deed {
    Deed { name, outcomes, gives, person: false }
}

pub const DEEDS: &[Deed] = &[
    // Whether somebody is at the desk, and when somebody will be.
    deed("hours", &["open", "closed"], &["opens-day", "opens-at"]),
    // The caller's place among those who wait, and what that has been measured to mean.
    deed("place", &["first", "behind", "unmeasured", "nobody"], &["ahead", "wait"]),
    // Waits for a person and talks to them.
    Deed { person: true, ..deed("wait", &["talked", "nobody"], &[]) },
    deed("slot", &["free", "no-case", "none"], &["slot-day", "slot-from", "slot-until"]),
    deed("promise", &["promised", "failed"], &[]),
    // Whether `number` can be a card's or a phone's; not whether we know it.
    deed("read-number", &["read", "unreadable"], &[]),
    // A code to a contact of the card in `number`. It comes out the same where there is no such card.
    deed("send-code-text", &["sent", "limited"], &[]),
    deed("send-code-mail", &["sent", "limited"], &[]),
    deed("try-code", &["right", "wrong", "gone"], &[]),
    // What is on the card is saved or may be lost.
    deed("saved", &["noted"], &[]),
    deed("quote", &["free", "fixed", "at-most"], &["earliest", "fees"]),
    deed("may-record", &["yes", "no"], &[]),
    deed("record", &["recording"], &[]),
    // Stores the declaration; it comes out when that is on disk.
    deed("declare", &["proven", "unproven", "failed"], &["reference"]),
    // The case of `reference` as keyed, which is about the card in `number`.
    deed("find-case", &["found", "none", "limited"], &[]),
    deed("tell-case", &["told"], &["standing", "eta"]),
    // Whether the desk talks to the holder of that case now, or has promised to.
    deed("contact", &["talking", "not", "promised"], &["slot-day", "slot-from", "slot-until"]),
    deed("check-code", &["known", "unknown", "limited"], &["check-day", "check-about"]),
    deed("stop", &["stopped", "late", "over"], &[]),
];
