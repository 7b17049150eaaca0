//! What happens to something in the post, in words: for the holder's page and history, and for the desk.

use case::Lang;
use case::parcel::{Found, LostBy, Over, State, Status, Step, Thing};
use case::tracking::A_POST;

use crate::web::Page;
use crate::words::Words;

pub fn thing(l: &Words, what: Thing) -> String {
    l.get(&format!("back-thing-{}", what.name()))
}

pub fn state(l: &Words, state: State) -> String {
    l.get(&format!("back-state-{}", state.name()))
}

/// What people call whoever carries it.
pub fn carrier(l: &Words, name: &str) -> String {
    if name == A_POST { fl!(l, "back-carrier-post") } else { name.to_owned() }
}

/// As the tag shows it.
pub fn kind(state: State) -> &'static str {
    match state {
        State::Asked | State::Label | State::Delivered | State::Received => "waiting",
        State::Posted | State::InTransit => "active",
        State::Done | State::Upheld | State::Waived => "done",
        State::Late | State::Lost | State::Faulty | State::Another | State::Disputed => "problem",
    }
}

pub fn found(l: &Words, found: Found) -> String {
    l.get(&format!("back-found-{}", found.name()))
}

pub fn over(l: &Words, over: Over) -> String {
    l.get(&format!("back-over-{}", over.name()))
}

fn status(l: &Words, status: Status) -> String {
    l.get(&format!("back-status-{}", status.name()))
}

/// A step for the holder to read; none for what says nothing to them. Nothing in it is of another case.
pub fn step(p: &Page, step: &Step) -> Option<String> {
    let l = p.l;
    Some(match step {
        Step::Asked { what, due, .. } => {
            let what = thing(l, *what);
            match due {
                Some(due) => fl!(l, "back-step-asked-by", what = what, day = p.day(due)),
                None => fl!(l, "back-step-asked", what = what),
            }
        }
        Step::Ended { due: Some(due), .. } => fl!(l, "back-step-ended", day = p.day(due)),
        Step::Ended { due: None, .. } => fl!(l, "back-step-ended-plain"),
        Step::Labelled { .. } => fl!(l, "back-step-labelled"),
        Step::Posted { posted } => match &posted.tracking {
            Some(t) => fl!(l, "back-step-posted", carrier = carrier(l, &t.carrier), number = t.number.as_str()),
            None => fl!(l, "back-step-posted-photo"),
        },
        Step::Carried { status: said, .. } => status(l, *said),
        Step::Lost { by: LostBy::Carrier, .. } => fl!(l, "back-step-lost-carrier"),
        Step::Lost { by: LostBy::Silence, .. } => fl!(l, "back-step-lost-silence"),
        Step::Received { .. } => fl!(l, "back-step-received"),
        Step::Inspected { inspection, .. } => fl!(l, "back-step-inspected", found = found(l, inspection.found)),
        Step::Reminded { .. } => return None,
        Step::Late { .. } => fl!(l, "back-step-late"),
        Step::Disputed { dispute } => fl!(l, "back-step-disputed", over = over(l, dispute.over)),
        Step::Judged { upheld: true, .. } => fl!(l, "back-step-upheld"),
        Step::Judged { upheld: false, .. } => fl!(l, "back-step-not-upheld"),
        Step::WaiveSigned { .. } => return None,
        Step::Waived { .. } => fl!(l, "back-step-waived"),
    })
}

/// The same for the desk, which reads what the holder need not.
pub fn desk_step(p: &Page, of: &Step) -> String {
    match of {
        Step::Reminded { n } => fl!(p.l, "back-step-reminded", n = u32::from(*n)),
        Step::WaiveSigned { .. } => fl!(p.l, "back-step-waive-signed"),
        Step::Judged { upheld: true, .. } => fl!(p.l, "back-desk-step-upheld"),
        Step::Asked { .. }
        | Step::Ended { .. }
        | Step::Labelled { .. }
        | Step::Posted { .. }
        | Step::Carried { .. }
        | Step::Lost { .. }
        | Step::Received { .. }
        | Step::Inspected { .. }
        | Step::Late { .. }
        | Step::Disputed { .. }
        | Step::Judged { upheld: false, .. }
        | Step::Waived { .. } => step(p, of).unwrap_or_default(),
    }
}

/// The operator's own words, in the reader's language.
pub fn text(of: &case::rules::Text, lang: Lang) -> String {
    match lang {
        Lang::En => of.en.clone(),
        Lang::ZhCn => of.zh.clone(),
    }
}
