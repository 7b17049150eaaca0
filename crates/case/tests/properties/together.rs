//! What ends a card, and what lets its number go, where more than one has a hand in it.

use crate::scene::*;
use case::way::{Code, Moving, Unused};
use case::{Actor, CardState, Command, Declaration, Effect, Flag, Letter, Outcome, Person, Policy, Refusal, Role};
use jiff::SignedDuration;

fn codes() -> Scene {
    let mut s = Scene::new(policy());
    s.policy.journey.switching.offered = true;
    s.policy.clocks.codes = case::rules::Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
    let who = proven(MEI, s.now);
    let d = Declaration { statement: Some("please".into()), ..declaration(Card::Mei, mei(), s.now) };
    s.declare(&who, d);
    s
}
fn ask() -> Command {
    Command::AskCode { moving: Moving::of(Code::Pac, Unused::Cancel) }
}

/// The account is locked (as the guards say), and the case has not been told yet.
#[test]
fn a_code_is_not_asked_for_while_the_account_is_locked() {
    let mut s = codes();
    s.known.locked = true;
    let who = proven(MEI, s.now);
    assert_eq!(s.try_on(&who, &ask()).map(|d| d.effects.len()).err(), Some(Refusal::Held));
}

/// Locked (and told) between asking and the answer.
#[test]
fn a_code_that_comes_after_the_lock_is_given_to_nobody() {
    let mut s = codes();
    let who = proven(MEI, s.now);
    let asked = s.act(&who, &ask()).unwrap();
    let n = asked.effects.iter().find(|o| matches!(o.effect, Effect::Port { .. })).unwrap().n;
    s.known.locked = true;
    s.act(&Actor::Clock, &Command::Heed).unwrap();
    assert!(s.case().locked);
    let until = s.now + SignedDuration::from_hours(30 * 24);
    let done =
        s.act(&Actor::Network, &Command::Report { n, outcome: Outcome::Coded { sealed: "s".into(), until } }).unwrap();
    let given = done.effects.iter().any(|o| matches!(o.effect, Effect::Notify { letter: Letter::SwitchCode }));
    assert!(!given, "{:?}", done.events);
}

/// Two browsers that were new, the older one known first: the later tells all that the earlier would.
#[test]
fn what_happened_twice_is_told_once() {
    let mut s = codes();
    let fact = case::Fact::NewDevice;
    s.known.facts = [2, 1].map(|hours| case::Seen { fact, at: s.now - SignedDuration::from_hours(hours) }).to_vec();
    let heeded = s.act(&Actor::Clock, &Command::Heed).unwrap().events;
    let told: Vec<_> =
        heeded.iter().filter_map(|e| if let case::Event::Risked { risk } = e { Some(risk.at) } else { None }).collect();
    assert_eq!(told, [s.known.facts[1].at]);
}

/// Two cases of one card; the other has ended it meanwhile; one person approves this.
#[test]
fn a_duplicate_of_what_has_ended_is_not_ended_again() {
    let mut s = Scene::new(policy());
    s.duplicate = true;
    let who = proven(MEI, s.now);
    s.declare(&who, declaration(Card::Mei, mei(), s.now));
    assert_eq!(s.case().stage.name(), "review");
    // The other case has ended the card.
    s.state = CardState::Ceased;
    s.later(60 * 24);
    let _ = s.act(&Actor::Clock, &Command::Heed);
    let done = s.act(&staff(100, Role::Agent), &Command::Approve { evidence: "ok".into() });
    assert!(done.is_err(), "{:?}", done.map(|d| (d.case.stage.name().to_owned(), d.effects)));
}

/// Refused for a difference, the holder declares again and that case ends the card; then the first is taken up.
#[test]
fn a_reopened_case_says_that_another_has_ended_its_card() {
    let mut s = Scene::new(Policy { on_difference: case::rules::OnDifference::Refuse, ..policy() });
    let who = proven(MEI, s.now);
    let other = Person { name: "Mei Linn".into(), ..mei() };
    s.declare(&who, declaration(Card::Mei, other, s.now));
    assert_eq!(s.case().stage.name(), "refused");
    s.duplicate = true;
    s.state = CardState::Ceased;
    s.later(60);
    s.act(&staff(100, Role::Agent), &Command::TakeUp).unwrap();
    let flags = &s.case().flags;
    assert!(flags.contains(&Flag::Duplicate) || flags.contains(&Flag::AlreadyCeased), "{:?} {flags:?}", s.case().stage);
}

/// A stranger declares; the number itself asks for a code by text, to move; the code is not used.
#[test]
fn who_asks_for_a_code_by_text_has_not_proven_a_strangers_cancellation() {
    let mut s = codes();
    s.case = None;
    s.journal.clear();
    // Stranger: knows number and name, has shown nothing.
    s.declare(&unproven(), declaration(Card::Mei, mei(), s.now));
    assert!(!s.case().proven);
    // sms::asked::give: then(&case) is Cancel, as the case has no switch.
    s.later(60);
    let who = proven(MEI, s.now);
    let by_text = Command::AskCode { moving: Moving { code: Code::Pac, unused: Unused::Cancel, by_text: true } };
    let asked = s.act(&who, &by_text).unwrap();
    let n = asked.effects.iter().find(|o| matches!(o.effect, Effect::Port { .. })).unwrap().n;
    let until = s.now + SignedDuration::from_hours(30 * 24);
    s.act(&Actor::Network, &Command::Report { n, outcome: Outcome::Coded { sealed: "s".into(), until } }).unwrap();
    s.later(60 * 24 * 30 + 1);
    let done = s.act(&Actor::Clock, &Command::Wake).unwrap();
    let ends = done.effects.iter().any(|o| matches!(o.effect, Effect::Bar { .. } | Effect::Cease { .. }));
    assert!(!ends, "proven: {}, stage: {:?}", done.case.proven, done.case.stage);
}
