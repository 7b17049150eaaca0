//! When a case like this is decided, from what has been measured: how many wait in front, how long the
//! last decisions took, how many people make them, and when the desk is open. An estimate is a stretch of
//! open time in which eight of ten decisions fall. Its middle is the queue's arithmetic; its edges are
//! where they would have had to be for the decisions seen so far (conformal prediction, on scores that a
//! long queue and a short one have in common). It knows nothing of the future.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::case::Stage;
use crate::id::{AccountId, CaseRef};
use crate::need::Cause;

/// Decisions remembered at a time.
pub const KEPT: usize = 2_000;
/// Decisions without which nothing is said.
const ENOUGH: usize = 20;
/// Decisions of one kind without which all kinds stand for it.
const OF_A_KIND: usize = 15;
/// Decisions that tell how long one takes.
const SERVICES: usize = 400;
/// Scores that a new desk begins with, which the measured ones outweigh by and by: a short memory of one
/// bad week must not make the edges narrow.
const PRIOR: usize = 400;
/// What no figure is more certain than, in proportion to itself.
const FLOOR: f64 = 0.06;
/// Decisions after which the model is learnt anew.
const STALE: usize = 10;
/// What each edge leaves outside.
const EDGE: f64 = 0.1;
/// Who decided within this much open time before the last decision is on duty.
const SHIFT: SignedDuration = SignedDuration::from_hours(8);

/// What makes a case more or less work: the weightiest of its causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Contested,
    Duplicate,
    UnknownCard,
    NotProven,
    Difference,
    Statement,
    Asked,
    Plain,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Kind::Contested,
        Kind::Duplicate,
        Kind::UnknownCard,
        Kind::NotProven,
        Kind::Difference,
        Kind::Statement,
        Kind::Asked,
        Kind::Plain,
    ];

    /// Of a case that waits for the desk; none of any other.
    pub fn of(stage: &Stage) -> Option<Self> {
        match stage {
            Stage::Contested { .. } => Some(Kind::Contested),
            Stage::Review { causes, .. } => Some(causes.iter().map(Self::of_cause).min().unwrap_or(Kind::Plain)),
            Stage::Received { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => None,
        }
    }

    fn of_cause(cause: &Cause) -> Self {
        match cause {
            Cause::Contested => Kind::Contested,
            Cause::Locked | Cause::Risk | Cause::Unpriced => Kind::Plain,
            Cause::Duplicate => Kind::Duplicate,
            Cause::UnknownCard => Kind::UnknownCard,
            Cause::NotProven => Kind::NotProven,
            Cause::Difference(_) => Kind::Difference,
            Cause::Statement | Cause::Kind | Cause::Behalf | Cause::Ported => Kind::Statement,
            Cause::HolderAsked | Cause::Answered | Cause::Unanswered => Kind::Asked,
            Cause::Always => Kind::Plain,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Contested => "contested",
            Kind::Duplicate => "duplicate",
            Kind::UnknownCard => "unknown-card",
            Kind::NotProven => "not-proven",
            Kind::Difference => "difference",
            Kind::Statement => "statement",
            Kind::Asked => "asked",
            Kind::Plain => "plain",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What was said when a case came to the desk: open seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    /// What the queue and the work alone would take.
    pub base: f64,
    /// How far such a figure scatters, in proportion to itself.
    pub spread: f64,
    /// Eight of ten between these; none while too little had been measured.
    pub between: Option<(f64, f64)>,
}

/// A case that waits for the desk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    pub kind: Kind,
    pub received: Timestamp,
    pub entered: Timestamp,
    pub stated: Stated,
}

/// A case that was decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    pub kind: Kind,
    pub left: Timestamp,
    pub by: AccountId,
    pub stated: Stated,
    /// Open seconds at the desk, and of those the ones in which its decider had nothing else before it.
    pub took: f64,
    pub service: f64,
}

/// What the last decisions teach.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// People who decide.
    pub agents: u32,
    /// Decisions it was learnt from.
    pub learnt_from: usize,
    service: f64,
    scatter: f64,
    of_kind: BTreeMap<Kind, f64>,
    edges: Option<(f64, f64)>,
}

impl Model {
    /// From the last decisions, oldest first.
    pub fn of<'a>(past: impl DoubleEndedIterator<Item = &'a Past> + Clone, calendar: &Calendar) -> Self {
        let learnt_from = past.clone().count();
        let last = past.clone().next_back().map(|p| p.left);
        let on_duty = past
            .clone()
            .rev()
            .take_while(|p| last.is_some_and(|last| calendar.between(p.left, last) <= SHIFT))
            .map(|p| p.by)
            .collect::<BTreeSet<_>>();
        let times: Vec<f64> = past.clone().rev().take(SERVICES).map(|p| p.service).collect();
        let service = mean(&times).max(1.0);
        let variance = mean(&times.iter().map(|t| (t - service).powi(2)).collect::<Vec<_>>());
        let mut kinds: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
        past.clone().for_each(|p| kinds.entry(p.kind).or_default().push(p.service));
        kinds.retain(|_, times| times.len() >= OF_A_KIND);
        Self {
            agents: (on_duty.len() as u32).max(1),
            learnt_from,
            service,
            scatter: (variance.sqrt() / service).clamp(0.3, 2.0),
            of_kind: kinds.into_iter().map(|(kind, times)| (kind, mean(&times).max(1.0))).collect(),
            edges: (learnt_from >= ENOUGH).then(|| edges(past)),
        }
    }

    /// What can be said of a case with so many before it.
    pub fn state(&self, kind: Kind, ahead: u32) -> Stated {
        let own = self.of_kind.get(&kind).copied().unwrap_or(self.service);
        let agents = f64::from(self.agents);
        // Turns of others until someone is free.
        let turns = f64::from((ahead + 1).saturating_sub(self.agents));
        let base = turns * self.service / agents + own;
        let others = turns * (self.service * self.scatter / agents).powi(2);
        let scatter = (others + (own * self.scatter).powi(2)).sqrt() / base;
        let learnt = self.scatter / (self.learnt_from.clamp(1, SERVICES) as f64).sqrt();
        let spread = scatter.hypot(learnt).hypot(FLOOR);
        let edge = |score: f64| (score * spread).exp() * (base + 60.0) - 60.0;
        let between = self.edges.map(|(low, high)| (edge(low).max(0.0), edge(high).max(60.0)));
        Stated { base, spread, between }
    }
}

fn score(past: &Past) -> f64 {
    ((past.took + 60.0) / (past.stated.base + 60.0)).ln() / past.stated.spread
}

/// The low and the high edge in scores: quantiles of the measured ones and the prior together.
fn edges<'a>(past: impl Iterator<Item = &'a Past>) -> (f64, f64) {
    // A logistic curve, which is close to the normal one and has an inverse.
    let logistic = |n: usize| {
        let level = (n as f64 + 0.5) / PRIOR as f64;
        0.584 * (level / (1.0 - level)).ln()
    };
    let mut scores: Vec<f64> = past.map(score).chain((0..PRIOR).map(logistic)).collect();
    scores.sort_by(f64::total_cmp);
    (quantile(&scores, EDGE), quantile(&scores, 1.0 - EDGE))
}

/// Between the two nearest; the sorted values are not none.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len() + 1) as f64 - 1.0;
    let at = at.clamp(0.0, (sorted.len() - 1) as f64);
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * part
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 1200.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The desk as it is measured: who waits, and what the last decisions were. It is told in the order of
/// the journal, and what it says of an arrival is kept, to be judged by when that case is decided.
#[derive(Clone, Debug)]
pub struct Meter {
    calendar: Calendar,
    waiting: BTreeMap<CaseRef, Waiting>,
    in_line: BTreeSet<(Timestamp, CaseRef)>,
    past: VecDeque<Past>,
    /// Each decider's last decision.
    last: BTreeMap<AccountId, Timestamp>,
    model: Option<Model>,
    /// Decisions since it was learnt.
    stale: usize,
}

impl Meter {
    /// Goes on from what was remembered: who waits, and the last decisions, oldest first.
    pub fn new(
        calendar: Calendar,
        waiting: impl IntoIterator<Item = (CaseRef, Waiting)>,
        past: impl IntoIterator<Item = Past>,
    ) -> Self {
        let waiting: BTreeMap<_, _> = waiting.into_iter().collect();
        let in_line = waiting.iter().map(|(case, w)| (w.received, *case)).collect();
        let past: VecDeque<Past> = past.into_iter().collect();
        let last = past.iter().map(|p| (p.by, p.left)).collect();
        Self { calendar, waiting, in_line, past, last, model: None, stale: 0 }
    }

    /// A case came to the desk. Those received before it are served before it.
    pub fn arrive(&mut self, case: CaseRef, kind: Kind, received: Timestamp, at: Timestamp) -> Waiting {
        let place = (received, case);
        let behind_all = self.in_line.last().is_none_or(|last| *last < place);
        let ahead = if behind_all { self.in_line.len() } else { self.in_line.range(..place).count() };
        let stated = self.model().state(kind, u32::try_from(ahead).unwrap_or(u32::MAX));
        let waiting = Waiting { kind, received, entered: at, stated };
        self.waiting.insert(case, waiting);
        self.in_line.insert(place);
        waiting
    }

    /// It was decided. None where it was not known to wait.
    pub fn decided(&mut self, case: CaseRef, by: AccountId, at: Timestamp) -> Option<(Waiting, Past)> {
        let was = self.gone(case)?;
        let began = self.last.insert(by, at).map_or(was.entered, |before| before.clamp(was.entered, at));
        let open = |from| self.calendar.between(from, at).as_secs_f64().max(0.0);
        let (took, service) = (open(was.entered), open(began));
        let past = Past { kind: was.kind, left: at, by, stated: was.stated, took, service };
        self.past.push_back(past);
        if self.past.len() > KEPT {
            self.past.pop_front();
        }
        self.stale += 1;
        Some((was, past))
    }

    /// It went elsewhere undecided: back to its holder, say.
    pub fn gone(&mut self, case: CaseRef) -> Option<Waiting> {
        let was = self.waiting.remove(&case)?;
        self.in_line.remove(&(was.received, case));
        Some(was)
    }

    pub fn waits(&self, case: CaseRef) -> bool {
        self.waiting.contains_key(&case)
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub fn model(&mut self) -> &Model {
        if self.stale >= STALE || self.past.len() < 4 * STALE {
            (self.model, self.stale) = (None, 0);
        }
        let (past, calendar) = (&self.past, &self.calendar);
        self.model.get_or_insert_with(|| Model::of(past.iter(), calendar))
    }
}

/// What its holder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Its place in the queue; the first is 1.
    pub place: u32,
    /// One of ten is decided before, and nine of ten by:
    pub from: Timestamp,
    pub by: Timestamp,
    /// Working days until then, after today.
    pub working_days: u32,
    pub learnt_from: u32,
    pub agents: u32,
}

/// For a case with so many before it now; none while too little has been measured.
pub fn estimate(model: &Model, calendar: &Calendar, kind: Kind, ahead: u32, now: Timestamp) -> Option<Estimate> {
    let (low, high) = model.state(kind, ahead).between?;
    // Nobody decides while the desk is closed, however little there is to do.
    let opens = calendar.next_opening(now);
    let after = |seconds: f64| calendar.after(opens, SignedDuration::from_secs(seconds as i64));
    let by = after(high);
    Some(Estimate {
        place: ahead.saturating_add(1),
        from: after(low),
        by,
        working_days: calendar.working_days(now, by),
        learnt_from: u32::try_from(model.learnt_from).unwrap_or(u32::MAX),
        agents: model.agents,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::at;

    fn minutes(n: i64) -> Timestamp {
        at("2026-03-02T09:00:00Z") + SignedDuration::from_mins(n)
    }

    /// Two people decide one case each every twenty minutes; cases come in time.
    fn steady(decisions: u64) -> Meter {
        let mut meter = Meter::new(Calendar::always(), [], []);
        for n in 0..decisions {
            let case = CaseRef::from_bits(n);
            let came = minutes(i64::try_from(n).unwrap() * 10);
            meter.arrive(case, Kind::Difference, came, came);
            if let Some(before) = n.checked_sub(2) {
                meter.decided(CaseRef::from_bits(before), AccountId::from_bits(before % 2), came);
            }
        }
        meter
    }

    #[test]
    fn nothing_is_said_before_enough_has_been_measured() {
        let mut few = steady(20);
        assert_eq!(estimate(few.model(), &Calendar::always(), Kind::Difference, 3, minutes(0)), None);
        let mut enough = steady(40);
        assert!(estimate(enough.model(), &Calendar::always(), Kind::Difference, 3, minutes(0)).is_some());
    }

    #[test]
    fn the_queue_is_counted_and_shared_by_who_is_on_duty() {
        let mut meter = steady(200);
        let model = meter.model().clone();
        assert_eq!(model.agents, 2);
        let base = |ahead| (model.state(Kind::Difference, ahead).base / 60.0).round();
        // Own work where somebody is free; ten minutes for each who waits in front.
        assert_eq!((base(0), base(1), base(2), base(11)), (20.0, 20.0, 30.0, 120.0));
        let (low, high) = model.state(Kind::Difference, 11).between.unwrap();
        assert!(low < 7200.0 && 7200.0 < high, "{low} {high}");
    }

    #[test]
    fn the_interval_falls_into_open_hours_and_counts_working_days() {
        let uk: Calendar = toml::from_str(include_str!("../../../rules/calendars/uk.toml")).unwrap();
        let mut meter = steady(200);
        // Maundy Thursday, half an hour before closing: two hours of work are Tuesday's.
        let told = estimate(meter.model(), &uk, Kind::Difference, 11, at("2026-04-02T16:00:00Z")).unwrap();
        assert_eq!((told.place, told.working_days), (12, 1));
        assert!(told.from <= told.by && told.by > at("2026-04-07T08:00:00Z") && told.by < at("2026-04-07T16:30:00Z"));
    }

    #[test]
    fn nothing_is_decided_while_the_desk_is_closed() {
        let uk: Calendar = toml::from_str(include_str!("../../../rules/calendars/uk.toml")).unwrap();
        let mut model = steady(200).model().clone();
        (model.service, model.scatter) = (1.0, 0.3);
        model.of_kind.clear();
        let night = at("2026-03-03T02:00:00Z");
        let told = estimate(&model, &uk, Kind::Difference, 0, night).unwrap();
        assert!(told.from >= uk.next_opening(night) && told.from <= told.by, "{told:?}");
    }

    #[test]
    fn who_goes_back_to_the_holder_is_no_decision_and_holds_its_place_on_return() {
        let mut meter = steady(60);
        let (case, received) = (CaseRef::from_bits(1_000), minutes(5));
        let behind = meter.arrive(case, Kind::Asked, minutes(900), minutes(900)).stated.base;
        assert!(meter.gone(case).is_some() && !meter.waits(case));
        assert_eq!(meter.decided(case, AccountId::from_bits(1), minutes(901)), None);
        let before = meter.arrive(case, Kind::Asked, received, minutes(902)).stated.base;
        assert!(before <= behind);
    }
}
