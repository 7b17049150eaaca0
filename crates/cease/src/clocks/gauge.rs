//! The desk, measured. A commit that brings a case to the desk or takes it away leaves a hint; behind it,
//! the case's own journal says what happened, so that measuring twice changes nothing. What is told to
//! a holder is made from the last decisions, and what was said at each arrival is kept beside what came of
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use case::eta::{self, Estimate, Kind, Meter, Model, Past, Waiting};
use case::{AccountId, Actor, Case, CaseRef, Entry, Event, Stage, Timestamp};
use jiff::SignedDuration;
use store::{Cursor, Measured, StoreError, View};

use crate::app::App;

/// Cases that are looked at when a desk is measured for the first time.
const LOOK_BACK: usize = 20_000;
const PAGE: u32 = 200;
const MARK: &str = "looked-back";
/// How old what was learnt may be.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// Cases measured in one go, a second's worth: more than people decide, and less than a commit would feel.
const AT_ONCE: usize = 100;
/// Hints kept at once; beyond that a sample is lost.
const ROOM: usize = 50_000;

/// What has moved since it was last looked at, and what was learnt last.
#[derive(Default)]
pub struct Gauge {
    hints: Mutex<BTreeSet<CaseRef>>,
    learnt: Mutex<Option<(Timestamp, Arc<Model>)>>,
}

impl Gauge {
    /// A case changed; remembered where it came to the desk or left it.
    pub fn hint(&self, before: Option<&Case>, after: &Case) {
        if before.is_some_and(|case| at_desk(&case.stage)) != at_desk(&after.stage)
            || (at_desk(&after.stage) && before.is_some_and(|case| case.stage.name() != after.stage.name()))
        {
            let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
            if hints.len() < ROOM {
                hints.insert(after.reference);
            }
        }
    }

    pub fn has_hints(&self) -> bool {
        !self.hints.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Some of them; the others wait for the next time.
    fn take(&self) -> Vec<CaseRef> {
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| hints.pop_first()).take(AT_ONCE).collect()
    }
}

fn at_desk(stage: &Stage) -> bool {
    matches!(stage, Stage::Review { .. } | Stage::Contested { .. })
}

/// One stay at the desk, as a journal tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stay {
    pub kind: Kind,
    pub entered: Timestamp,
    pub left: Option<Left>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Left {
    Decided(AccountId, Timestamp),
    Otherwise,
}

/// The stays of one case, oldest first. A contest is a stay of its own.
pub fn stays(journal: &[Entry]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let mut stage = "received";
    for entry in journal {
        for event in &entry.events {
            let Event::Moved { to } = event else { continue };
            if to.name() == stage {
                continue;
            }
            stage = to.name();
            if let Some(last) = stays.last_mut().filter(|stay| stay.left.is_none()) {
                last.left = Some(left(entry, to));
            }
            if let Some(kind) = Kind::of(to) {
                stays.push(Stay { kind, entered: entry.at, left: None });
            }
        }
    }
    stays
}

/// A member of staff decided, where they sent it on its way or refused it, or took up what was contested.
fn left(entry: &Entry, to: &Stage) -> Left {
    match (&entry.actor, to) {
        (
            Actor::Agent { staff, .. },
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Refused { .. }
            | Stage::Review { .. },
        ) => Left::Decided(*staff, entry.at),
        (
            Actor::Agent { .. } | Actor::Holder { .. } | Actor::Clock | Actor::Network | Actor::Api { .. },
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. },
        ) => Left::Otherwise,
    }
}

/// Measures what the hints name.
pub async fn measure(app: &App) -> Result<(), StoreError> {
    for reference in app.gauge.take() {
        let journal = app.store.journal(reference).await?;
        let Some(received) = journal.first().map(|entry| entry.at) else { continue };
        let known = app.store.measured(reference).await?;
        for stay in stays(&journal) {
            let known = known.iter().find(|m| m.waiting.entered == stay.entered);
            if let Some(new) = one(app, reference, received, stay, known).await? {
                app.store.measure(new).await?;
            }
        }
    }
    Ok(())
}

/// What is to be written down of a stay; none where it is known.
async fn one(
    app: &App,
    case: CaseRef,
    received: Timestamp,
    stay: Stay,
    known: Option<&Measured>,
) -> Result<Option<Measured>, StoreError> {
    let calendar = &app.policy.desk_hours;
    let waiting = match (known, stay.left) {
        (Some(known), _) => known.waiting,
        // What was said when it came was not measured, and cannot be judged now.
        (None, Some(_)) => return Ok(None),
        (None, None) => {
            let ahead = app.store.ahead(received).await?;
            let stated = model(app).await?.state(stay.kind, ahead);
            return Ok(Some(Measured {
                case,
                waiting: Waiting { kind: stay.kind, received, entered: stay.entered, stated },
                past: None,
            }));
        }
    };
    let decided = match stay.left {
        Some(Left::Decided(by, at)) if known.is_some_and(|m| m.past.is_none()) => (by, at),
        Some(Left::Decided(..) | Left::Otherwise) | None => return Ok(None),
    };
    let (by, left) = decided;
    let before = app.store.decided_before(by, left).await?;
    let began = before.map_or(waiting.entered, |before| before.clamp(waiting.entered, left));
    let open = |from| calendar.between(from, left).as_secs_f64().max(0.0);
    let past = Past {
        kind: waiting.kind,
        left,
        by,
        stated: waiting.stated,
        took: open(waiting.entered),
        service: open(began),
    };
    Ok(Some(Measured { case, waiting, past: Some(past) }))
}

/// Measures a desk that was there before it was measured: the last cases' journals, told in their order.
pub async fn look_back(app: &App) -> Result<(), StoreError> {
    if app.store.mark(MARK).await?.is_some() {
        return Ok(());
    }
    let mut told: BTreeMap<(Timestamp, bool, CaseRef), (Timestamp, Stay)> = BTreeMap::new();
    let (mut after, mut seen) = (None, 0);
    while seen < LOOK_BACK {
        let page = app.store.list(View::All, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(Cursor { at_us: last.case.times.received.as_microsecond(), reference: last.case.reference });
        seen += page.len();
        for case in page.iter().map(|one| &one.case) {
            let received = case.times.received;
            for stay in stays(&app.store.journal(case.reference).await?) {
                told.insert((stay.entered, true, case.reference), (received, stay));
                if let Some(left) = stay.left {
                    let at = match left {
                        Left::Decided(_, at) => at,
                        // Out of line some time; the queue is a little long by it until then.
                        Left::Otherwise => stay.entered,
                    };
                    told.insert((at, false, case.reference), (received, stay));
                }
            }
        }
    }
    let mut meter = Meter::new(app.policy.desk_hours.clone(), [], []);
    for ((at, comes, case), (received, stay)) in told {
        let new = match (comes, stay.left) {
            (true, Some(Left::Otherwise)) => None,
            (true, Some(Left::Decided(..)) | None) => {
                let waiting = meter.arrive(case, stay.kind, received, at);
                stay.left.is_none().then_some(Measured { case, waiting, past: None })
            }
            (false, Some(Left::Decided(by, _))) => {
                let decided = meter.decided(case, by, at);
                decided.map(|(waiting, past)| Measured { case, waiting, past: Some(past) })
            }
            (false, Some(Left::Otherwise) | None) => None,
        };
        if let Some(new) = new {
            app.store.measure(new).await?;
        }
    }
    app.store.put_mark(MARK, &app.now().to_string()).await
}

/// What was learnt of the last decisions, a minute ago at most.
async fn model(app: &App) -> Result<Arc<Model>, StoreError> {
    let now = app.now();
    let known = || app.gauge.learnt.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((at, model)) = known().filter(|(at, _)| now.duration_since(*at).abs() < FRESH) {
        let _ = at;
        return Ok(model);
    }
    let past = app.store.decisions(eta::KEPT as u32).await?;
    let model = Arc::new(Model::of(past.iter(), &app.policy.desk_hours));
    *app.gauge.learnt.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&model)));
    Ok(model)
}

/// When a case at the desk will be decided, as far as that has been measured; none for any other case.
pub async fn estimate(app: &App, case: &Case) -> Result<Option<Estimate>, StoreError> {
    let Some(kind) = Kind::of(&case.stage) else { return Ok(None) };
    let ahead = app.store.ahead(case.times.received).await?;
    let model = model(app).await?;
    Ok(eta::estimate(&model, &app.policy.desk_hours, kind, ahead, app.now()))
}
