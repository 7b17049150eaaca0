//! What ends a card, and what lets its number go, where more than one has a hand in it.

use crate::scene::*;
use case::way::{Code, Moving, Unused};
use case::{
    Actor, CardState, Channel, Command, Declaration, Effect, Flag, Letter, Outcome, Person, Policy, Refusal, Role,
};
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

/// The desk settles a complaint the day before its letter is due, and its maker does not agree.
#[test]
fn a_settled_complaint_that_comes_again_keeps_its_weeks_until_its_letter_has_come() {
    let mut s = Scene::new(policy());
    s.policy.complaint = case::rules::Complaint { adr_weeks: 6, schemes: vec!["CISAS".into()] };
    s.now = "2026-05-01T10:00:00Z".parse().unwrap();
    let who = proven(MEI, s.now);
    s.declare(&who, declaration(Card::Mei, mei(), s.now));
    let (lead, day) = (staff(20, Role::Approver), 24 * 60);
    let complain = |s: &mut Scene| {
        s.act(&who, &Command::Complain { text: "Nobody answers".into() }).unwrap();
        s.case().complaint().unwrap()
    };
    let settle = Command::SettleComplaint { text: "It is settled".into() };
    let told =
        |d: &case::Decision| d.effects.iter().any(|o| matches!(o.effect, Effect::Notify { letter: Letter::Adr }));
    let first = complain(&mut s);
    assert!(first.due.unwrap().to_string().starts_with("2026-06-12"), "{first:?}");
    s.later(41 * day);
    s.act(&lead, &settle).unwrap();
    assert_eq!(complain(&mut s), first);
    // However often: also with the letter at a deadlock, which came before its day.
    s.act(&lead, &Command::Deadlock { text: "We do not agree".into() }).unwrap();
    s.act(&lead, &settle).unwrap();
    assert_eq!(complain(&mut s), first);
    s.later(day);
    assert!(told(&s.act(&Actor::Clock, &Command::Wake).unwrap()));
    assert!(!told(&s.act(&Actor::Clock, &Command::Wake).unwrap()));
    // The first has had its day and its letter: this is another.
    s.act(&lead, &settle).unwrap();
    s.later(day);
    let second = complain(&mut s);
    assert_eq!(second.since, s.now);
    assert!(second.due.unwrap().to_string().starts_with("2026-07-25"), "{second:?}");
    // And one that was settled before its day, and comes back long after, has its letter at once.
    s.act(&lead, &settle).unwrap();
    s.later(100 * day);
    assert_eq!(complain(&mut s), second);
    assert!(told(&s.act(&Actor::Clock, &Command::Wake).unwrap()));
}

/// A letter that lay for a week before somebody typed it in, and a call that was written down as late.
#[test]
fn the_working_days_of_the_notice_run_from_the_day_from_which_a_letter_counts() {
    for channel in [Channel::Letter, Channel::Voice, Channel::Web] {
        let mut s = Scene::new(policy());
        s.policy.clocks.end_notice =
            case::rules::EndNotice { online_hours: 24, other_working_days: 3, contains: Vec::new() };
        let arrived = s.now - SignedDuration::from_hours(7 * 24);
        let who = proven(MEI, s.now);
        s.declare(&who, Declaration { channel, ..declaration(Card::Mei, mei(), arrived) });
        let from = if channel == Channel::Letter { arrived } else { s.now };
        let due = s.policy.end_notice_by(from, channel == Channel::Web);
        assert!(due.is_some());
        assert_eq!(s.case().ways.notice.map(|notice| notice.due), due, "{channel:?}");
    }
}
