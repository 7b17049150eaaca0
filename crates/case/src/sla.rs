//! The desk's promise as a clock: it runs while the case is the desk's to move, stands while holder,
//! post or network are awaited, and is read off the journal, so that other rules give another reading
//! of the same facts. [`run`] is what the row alone knows of it, for the clock to be woken by;
//! [`read`] is the whole account, for people who ask why.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Stage};
use crate::event::{Entry, Event};
use crate::need::Need;
use crate::rules::Policy;

/// What the row remembers of it. Instants, never sums: what counts between them is the policy's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The desk's earlier turns in this matter, from when to when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<(Timestamp, Timestamp)>,
    /// When the holder last asked how it is going.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nudged: Option<Timestamp>,
    /// When staff last acted on it while it was late or asked after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attended: Option<Timestamp>,
}

impl Clock {
    pub fn is_unused(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn moved(&mut self, from: &Stage, to: &Stage) {
        match (from, to) {
            _ if anew(from, to) => self.turns.clear(),
            (Stage::Review { since, .. }, Stage::Received { since: until, .. }) => self.turns.push((*since, *until)),
            (
                Stage::Received { .. }
                | Stage::Review { .. }
                | Stage::Scheduled { .. }
                | Stage::Ceasing { .. }
                | Stage::Ceased { .. }
                | Stage::Closed { .. }
                | Stage::Refused { .. }
                | Stage::Withdrawn { .. }
                | Stage::Contested { .. },
                _,
            ) => {}
        }
    }
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// Ours: the clock runs.
    Desk,
    /// The holder has something to give.
    Holder,
    /// Only the card itself is awaited, by post.
    Post,
    /// Decided; its day has not come.
    Day,
    /// The network is letting go.
    Network,
    /// It has ended.
    Over,
}

impl Turn {
    pub fn of(stage: &Stage) -> Self {
        match stage {
            Stage::Received { needs, .. } if !needs.is_empty() && needs.iter().all(|n| *n == Need::Card) => Turn::Post,
            Stage::Received { .. } => Turn::Holder,
            Stage::Review { .. } | Stage::Contested { .. } => Turn::Desk,
            Stage::Scheduled { .. } => Turn::Day,
            Stage::Ceasing { .. } => Turn::Network,
            Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => Turn::Over,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Turn::Desk => "desk",
            Turn::Holder => "holder",
            Turn::Post => "post",
            Turn::Day => "day",
            Turn::Network => "network",
            Turn::Over => "over",
        }
    }
}

/// Between the holder and the desk the clock goes on; a contest, a decision or a reopening winds it up afresh.
fn anew(from: &Stage, to: &Stage) -> bool {
    let same = |stage: &Stage| matches!(stage, Stage::Received { .. } | Stage::Review { .. });
    let still = matches!((from, to), (Stage::Contested { .. }, Stage::Contested { .. }));
    !(still || same(from) && same(to))
}

/// The clock while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Since when it is the desk's turn.
    pub since: Timestamp,
    /// What earlier turns had used up.
    pub before: SignedDuration,
    /// What this turn was given.
    pub given: SignedDuration,
    /// That is a last quarter, because earlier turns had left less.
    pub quarter: bool,
    pub warn: Timestamp,
    pub due: Timestamp,
    /// When the lead is told, if nobody acts until then.
    pub escalate: Timestamp,
}

/// The running clock of a case, from its row alone; none while it stands.
pub fn run(case: &Case, policy: &Policy) -> Option<Run> {
    let since = match &case.stage {
        Stage::Review { since, .. } => *since,
        Stage::Contested { at, .. } => *at,
        Stage::Received { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. } => return None,
    };
    let before = case.clock.turns.iter().fold(SignedDuration::ZERO, |sum, (from, to)| sum + policy.passed(*from, *to));
    Some(wind(policy, since, before, case.clock.attended))
}

/// What is left of the promise counts from `since`, and at least a quarter of it: a desk that asked late
/// is not late the moment it is answered.
fn wind(policy: &Policy, since: Timestamp, before: SignedDuration, attended: Option<Timestamp>) -> Run {
    let target = policy.review();
    let (left, quarter) = (target.saturating_sub(before), target / 4);
    let given = left.max(quarter);
    let due = policy.on_clock(since, given);
    Run {
        since,
        before,
        given,
        quarter: left < quarter,
        // The last quarter; of a turn that is not much longer than that, its second half.
        warn: policy.on_clock(since, given - quarter.min(given / 2)),
        due,
        escalate: policy.on_clock(attended.map_or(due, |at| at.max(due)), policy.escalation()),
    }
}

/// One turn, as the journal has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub turn: Turn,
    pub from: Timestamp,
    /// None: it lasts.
    pub to: Option<Timestamp>,
    /// What it used up of the promise, until now.
    pub counted: SignedDuration,
    /// Which promise it counts for: they are numbered, and only the last one's spans are added up.
    pub matter: u32,
}

/// How the promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs, with so much open time left.
    Runs {
        left: SignedDuration,
    },
    /// The same, within the last quarter.
    Soon {
        left: SignedDuration,
    },
    Late {
        by: SignedDuration,
    },
    /// It stands: somebody else's turn.
    Stands {
        awaits: Turn,
    },
    /// It was decided (or ended otherwise) after so much.
    Kept {
        used: SignedDuration,
    },
    Broken {
        used: SignedDuration,
    },
}

/// The whole account of a case's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub spans: Vec<Span>,
    pub target: SignedDuration,
    /// Counted in the present matter, until now.
    pub counted: SignedDuration,
    /// While it runs.
    pub run: Option<Run>,
    pub state: State,
}

/// Reads the clock off the journal.
pub fn read(journal: &[Entry], policy: &Policy, now: Timestamp) -> Account {
    let (mut spans, attended) = turns(journal);
    for span in &mut spans {
        if span.turn == Turn::Desk {
            span.counted = policy.passed(span.from, span.to.unwrap_or(now).max(span.from));
        }
    }
    let matter = spans.iter().filter(|s| s.turn == Turn::Desk).map(|s| s.matter).max().unwrap_or_default();
    let of_matter = || spans.iter().filter(|s| s.turn == Turn::Desk && s.matter == matter);
    let sum = |spans: &mut dyn Iterator<Item = &Span>| spans.fold(SignedDuration::ZERO, |sum, s| sum + s.counted);
    let counted = sum(&mut of_matter());
    let before = sum(&mut of_matter().filter(|s| s.to.is_some()));
    let target = policy.review();
    let last = spans.last().map_or(Turn::Over, |s| s.turn);
    let run = spans.last().filter(|s| s.turn == Turn::Desk).map(|s| wind(policy, s.from, before, attended));
    let state = match (&run, last) {
        (Some(run), _) if now >= run.due => State::Late { by: policy.passed(run.due, now) },
        (Some(run), _) if now >= run.warn => State::Soon { left: policy.passed(now, run.due) },
        (Some(run), _) => State::Runs { left: policy.passed(now, run.due) },
        (None, awaits @ (Turn::Holder | Turn::Post)) => State::Stands { awaits },
        (None, Turn::Desk | Turn::Day | Turn::Network | Turn::Over) if counted > target => {
            State::Broken { used: counted }
        }
        (None, Turn::Desk | Turn::Day | Turn::Network | Turn::Over) => State::Kept { used: counted },
    };
    Account { spans, target, counted, run, state }
}

/// The turns with their matters, and when staff last attended to the present one.
fn turns(journal: &[Entry]) -> (Vec<Span>, Option<Timestamp>) {
    let mut spans: Vec<Span> = Vec::new();
    let (mut stage, mut matter, mut attended): (Option<Stage>, u32, Option<Timestamp>) = (None, 0, None);
    for entry in journal {
        for event in &entry.events {
            if let Event::Declared { .. } = event {
                spans.push(span(Turn::Holder, entry.at, matter));
            } else if let Event::Attended { .. } = event {
                attended = Some(entry.at);
            } else if let Event::Moved { to } = event {
                if let Some(from) = &stage {
                    matter += u32::from(anew(from, to));
                    attended = attended.filter(|_| from.name() == to.name());
                }
                let turn = Turn::of(to);
                if let Some(last) = spans.last_mut().filter(|last| last.turn != turn || last.matter != matter) {
                    last.to = Some(entry.at);
                    spans.push(span(turn, entry.at, matter));
                }
                stage = Some(to.clone());
            }
        }
    }
    spans.retain(|s| s.to != Some(s.from));
    (spans, attended)
}

fn span(turn: Turn, from: Timestamp, matter: u32) -> Span {
    Span { turn, from, to: None, counted: SignedDuration::ZERO, matter }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::actor::Actor;
    use crate::id::CaseRef;
    use crate::need::Cause;
    use crate::rules::tests::{at, declaration, policy};

    /// Declared on a Wednesday at four, and moved as told.
    fn journal(moves: &[(&str, Stage)]) -> Vec<Entry> {
        let received = at("2026-11-25T16:00:00Z");
        let quote = crate::quote::Quote::free("GBP");
        let first = Event::Declared { declaration: Box::new(declaration(received)), quote };
        let moved = moves.iter().map(|(when, to)| (at(when), Event::Moved { to: to.clone() }));
        let entry = |(n, (at, event)): (u64, (Timestamp, Event))| Entry {
            case: CaseRef::from_bits(1),
            version: n,
            at,
            actor: Actor::Clock,
            command: "wake".into(),
            events: vec![event],
            chain: String::new(),
        };
        (1..).zip(std::iter::once((received, first)).chain(moved)).map(entry).collect()
    }

    fn review(since: &str) -> Stage {
        Stage::Review { causes: [Cause::Answered].into(), since: at(since), signatures: Vec::new() }
    }

    fn waits(since: &str, need: Need) -> Stage {
        Stage::Received { needs: BTreeSet::from([need]), since: at(since) }
    }

    /// Eight open hours of a desk in London.
    fn office() -> Policy {
        let uk = toml::from_str(include_str!("../../../rules/calendars/uk.toml")).unwrap();
        Policy { review_open_hours: Some(8), desk_hours: uk, ..policy() }
    }

    #[test]
    fn it_stands_while_holder_and_post_are_awaited_and_goes_on_where_it_stood() {
        let moves = [
            ("2026-11-25T16:00:00Z", review("2026-11-25T16:00:00Z")),
            ("2026-11-26T10:00:00Z", waits("2026-11-26T10:00:00Z", Need::Document)),
            ("2026-11-27T09:00:00Z", waits("2026-11-26T10:00:00Z", Need::Card)),
            ("2026-11-30T12:00:00Z", review("2026-11-30T12:00:00Z")),
        ];
        let account = read(&journal(&moves), &office(), at("2026-11-30T13:00:00Z"));
        let turns: Vec<_> = account.spans.iter().map(|s| (s.turn, s.counted.as_mins())).collect();
        // An hour and a half on Wednesday, one on Thursday; then one of Monday's.
        assert_eq!(turns, [(Turn::Desk, 150), (Turn::Holder, 0), (Turn::Post, 0), (Turn::Desk, 60)]);
        assert_eq!(account.counted.as_mins(), 210);
        assert_eq!(account.state, State::Runs { left: SignedDuration::from_mins(8 * 60 - 210) });
        let run = account.run.unwrap();
        assert_eq!((run.due, run.quarter), (at("2026-11-30T17:30:00Z"), false));
        assert_eq!(run.warn, at("2026-11-30T15:30:00Z"));
        // Four open hours later are on Tuesday.
        assert_eq!(run.escalate, at("2026-12-01T13:00:00Z"));
    }

    #[test]
    fn other_rules_give_another_reading_of_the_same_facts() {
        let journal = journal(&[("2026-12-24T17:00:00Z", review("2026-12-24T17:00:00Z"))]);
        let due = |policy: &Policy| read(&journal, policy, at("2026-12-24T17:00:00Z")).run.unwrap().due.to_string();
        // Christmas, a weekend, and the day in Boxing Day's place lie between.
        assert_eq!(due(&office()), "2026-12-29T16:30:00Z");
        assert_eq!(due(&policy()), "2026-12-25T17:00:00Z");
        assert_eq!(due(&Policy { review_hours: 48, ..policy() }), "2026-12-26T17:00:00Z");
    }

    #[test]
    fn who_asked_late_is_not_late_the_moment_they_are_answered() {
        let moves = [
            ("2026-11-25T16:00:00Z", review("2026-11-25T16:00:00Z")),
            ("2026-11-27T16:00:00Z", waits("2026-11-27T16:00:00Z", Need::Document)),
            ("2026-11-28T12:00:00Z", review("2026-11-28T12:00:00Z")),
        ];
        let account = read(&journal(&moves), &policy(), at("2026-11-28T12:00:00Z"));
        let run = account.run.unwrap();
        assert_eq!((run.due, run.quarter, run.warn), (at("2026-11-28T18:00:00Z"), true, at("2026-11-28T15:00:00Z")));
        assert_eq!(account.state, State::Runs { left: SignedDuration::from_hours(6) });
    }

    #[test]
    fn a_contest_is_a_promise_of_its_own_and_the_end_tells_whether_it_was_kept() {
        let contested = Stage::Contested { at: at("2026-11-27T12:00:00Z"), was_barred: false };
        let mut moves =
            vec![("2026-11-25T16:00:00Z", review("2026-11-25T16:00:00Z")), ("2026-11-27T12:00:00Z", contested)];
        let account = read(&journal(&moves), &policy(), at("2026-11-28T13:00:00Z"));
        assert_eq!(account.state, State::Late { by: SignedDuration::from_hours(1) });
        assert_eq!(account.counted, SignedDuration::from_hours(25));
        moves.push(("2026-11-28T11:00:00Z", Stage::Withdrawn { at: at("2026-11-28T11:00:00Z") }));
        let account = read(&journal(&moves), &policy(), at("2026-12-28T13:00:00Z"));
        assert_eq!(account.state, State::Kept { used: SignedDuration::from_hours(23) });
        let waiting = journal(&[("2026-11-25T16:00:00Z", waits("2026-11-25T16:00:00Z", Need::Card))]);
        let state = read(&waiting, &policy(), at("2026-11-26T16:00:00Z")).state;
        assert_eq!(state, State::Stands { awaits: Turn::Post });
    }
}
