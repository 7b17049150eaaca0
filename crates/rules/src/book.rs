//! The rules of every day.

use case::Policy;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use crate::explain::flat;
use crate::pack::{Pack, Rule, Status};

/// On which days a rule holds, with what replaces it taken into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holds {
    pub applies: bool,
    pub from: Option<Date>,
    pub until: Option<Date>,
}

impl Holds {
    pub fn on(&self, day: Date) -> bool {
        self.applies && self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| until >= day)
    }

    /// Replaced before it began.
    pub fn never(&self) -> bool {
        self.from.zip(self.until).is_some_and(|(from, until)| from > until)
    }

    pub fn meets(&self, other: &Self) -> bool {
        let starts = self.from.max(other.from).unwrap_or(Date::MIN);
        self.on(starts) && other.on(starts)
    }

    /// The first day on which both hold, in words.
    pub fn common(&self, other: &Self) -> String {
        self.from.max(other.from).map_or("every day".into(), |day| day.to_string())
    }
}

/// A stretch of days with one policy.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    pub day: Date,
    pub from: Timestamp,
    pub policy: Policy,
}

/// Packs, composed: one [`Policy`] for every day.
#[derive(Clone, Debug)]
pub struct Book {
    /// The lowest first.
    pub layers: Vec<Pack>,
    pub(crate) holds: Vec<Vec<Holds>>,
    /// In order; the first begins with time itself.
    pub(crate) periods: Vec<Period>,
    pub(crate) zone: TimeZone,
}

/// A rule as it stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It holds, and what it sets is what is done.
    Holds,
    /// It holds, and a pack above it says otherwise of everything that it sets.
    Overridden,
    /// Its first day has not come.
    Later,
    /// Its last day has passed.
    Over,
    /// It is expected, and nobody has said that it applies.
    Expected,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Overridden => "overridden",
            Self::Later => "later",
            Self::Over => "over",
            Self::Expected => "expected",
        }
    }
}

/// A rule, and what becomes of it on a day.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub pack: &'a Pack,
    pub rule: &'a Rule,
    pub state: State,
    pub from: Option<Date>,
    pub until: Option<Date>,
}

/// What is different from a day on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub day: Date,
    /// Each key with its value before and after.
    pub keys: Vec<(String, Value, Value)>,
}

impl Book {
    /// One policy for all days, which no pack has made.
    pub fn of(policy: Policy) -> Self {
        let zone = policy.zone();
        let periods = vec![Period { day: Date::MIN, from: Timestamp::MIN, policy }];
        Self { layers: Vec::new(), holds: Vec::new(), periods, zone }
    }

    /// The number of the period that `at` falls into.
    pub fn period(&self, at: Timestamp) -> usize {
        if self.periods.len() == 1 {
            return 0;
        }
        self.periods.partition_point(|period| period.from <= at).saturating_sub(1)
    }

    pub fn policy(&self, period: usize) -> &Policy {
        &self.periods[period.min(self.periods.len() - 1)].policy
    }

    /// What is so on every day, whatever the packs say: it follows from what the desk is joined to.
    pub fn amend(&mut self, change: impl Fn(&mut Policy)) {
        self.periods.iter_mut().for_each(|period| change(&mut period.policy));
    }

    /// The same, to be changed: for trials.
    pub fn policy_mut(&mut self, period: usize) -> &mut Policy {
        let last = self.periods.len() - 1;
        &mut self.periods[period.min(last)].policy
    }

    /// The rules as they are at a moment.
    pub fn on(&self, at: Timestamp) -> &Policy {
        self.policy(self.period(at))
    }

    /// All of them, each with the day from which it holds.
    pub fn policies(&self) -> impl Iterator<Item = (Date, &Policy)> {
        self.periods.iter().map(|period| (period.day, &period.policy))
    }

    /// On which day a moment falls where the rules are at home.
    pub fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The rules of a day.
    pub fn on_day(&self, day: Date) -> &Policy {
        let n = self.periods.partition_point(|period| period.day <= day).saturating_sub(1);
        &self.periods[n].policy
    }

    /// The topmost pack.
    pub fn top(&self) -> Option<&Pack> {
        self.layers.last()
    }

    /// Every rule, lowest pack first, as it stands on a day.
    pub fn rules(&self, day: Date) -> Vec<Told<'_>> {
        let mut all = Vec::new();
        for (l, (pack, holds)) in self.layers.iter().zip(&self.holds).enumerate() {
            for (n, (rule, holds)) in pack.rules.iter().zip(holds).enumerate() {
                let state = if holds.on(day) {
                    if self.overridden(l, n, day) { State::Overridden } else { State::Holds }
                } else if !holds.applies && rule.status == Status::Expected {
                    State::Expected
                } else if holds.from.is_some_and(|from| from > day) {
                    State::Later
                } else {
                    State::Over
                };
                all.push(Told { pack, rule, state, from: holds.from, until: holds.until });
            }
        }
        all
    }

    /// What is different from each day on that comes after this one.
    pub fn changes(&self, after: Date) -> Vec<Change> {
        let pairs = self.periods.windows(2).filter(|pair| pair[1].day > after);
        pairs
            .map(|pair| {
                let (before, then) = (flat(&pair[0].policy), flat(&pair[1].policy));
                let of = |all: &Vec<(String, Value)>, key: &String| {
                    all.iter().find(|(known, _)| known == key).map_or(Value::Null, |(_, value)| value.clone())
                };
                let keys: std::collections::BTreeSet<&String> =
                    before.iter().chain(&then).map(|(key, _)| key).collect();
                let keys = keys.into_iter().map(|key| (key.clone(), of(&before, key), of(&then, key)));
                Change { day: pair[1].day, keys: keys.filter(|(_, a, b)| a != b).collect() }
            })
            .collect()
    }

    /// Expected rules whose day has come, and of which nobody has said whether they apply.
    pub fn overdue(&self, day: Date) -> Vec<Told<'_>> {
        let due = |told: &Told<'_>| told.state == State::Expected && told.rule.from.is_some_and(|from| from <= day);
        self.rules(day).into_iter().filter(due).collect()
    }
}
