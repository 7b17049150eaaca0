//! What processes tell each other, once a second, by a row each in the store: who is here, and which
//! cases have moved. Nothing is told where nobody else is there to hear it, so a desk of one process
//! writes only while somebody is at it. A commit itself pays nothing for this.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use case::{CaseRef, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::StoreError;
use tokio::time::MissedTickBehavior;

use super::here::{Key, Seat};
use super::{Hub, Topic};
use crate::app::{App, Shared};

const EVERY: Duration = Duration::from_secs(1);
/// How long a row counts; one that has not changed is written again well before.
const COUNTS: SignedDuration = SignedDuration::from_secs(15);
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// Beats for which a move is told. Who hears none of them is told that something was lost.
const TOLD: usize = 10;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// Numbered, so that each is heard once.
    moved: Vec<(u64, CaseRef)>,
    /// The newest move that is told no more.
    lost: u64,
    seats: Vec<(Key, Seat)>,
}

/// What this process has heard and said so far.
#[derive(Default)]
pub struct Pulse {
    /// The last move heard of each other process.
    heard: HashMap<String, u64>,
    said: Option<(Told, Timestamp)>,
    /// The newest move at each of the last beats.
    told_by: VecDeque<u64>,
}

/// Runs until `stop` resolves.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    let mut pulse = Pulse::default();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = &mut stop => break,
        }
        if let Err(error) = beat(&app, &mut pulse).await {
            tracing::warn!(%error, "live pages may be late: the store did not tell what others do");
        }
    }
}

/// Hears the others, and tells them.
pub async fn beat(app: &App, pulse: &mut Pulse) -> Result<(), StoreError> {
    let (hub, now) = (&app.live, app.now());
    let rows = app.store.pulses(now).await?;
    let others: HashMap<String, Told> = rows
        .into_iter()
        .filter(|(process, _)| *process != hub.process)
        // Another version of this program may tell more, or otherwise.
        .filter_map(|(process, body)| Some((process, serde_json::from_str(&body).ok()?)))
        .collect();
    let told = hub.others_told(&others, pulse, now);
    let Some(told) = told else { return Ok(()) };
    let due = |(said, at): &(Told, Timestamp)| *said != told || now.duration_since(*at) >= AGAIN;
    if pulse.said.as_ref().is_none_or(due) {
        let body = serde_json::to_string(&told).map_err(|e| StoreError::Engine(e.to_string()))?;
        app.store.put_pulse(&hub.process, &body, now, now.saturating_add(COUNTS).unwrap_or(Timestamp::MAX)).await?;
        pulse.said = Some((told, now));
    }
    Ok(())
}

impl Hub {
    /// Takes in what others tell; answers what to tell them, or none where there is nothing to say.
    fn others_told(&self, others: &HashMap<String, Told>, pulse: &mut Pulse, now: Timestamp) -> Option<Told> {
        self.told.store(!others.is_empty(), Ordering::Relaxed);
        pulse.heard.retain(|process, _| others.contains_key(process));
        let mut inner = self.lock();
        let mut topics = inner.here.pass(now);
        let mut seats: BTreeMap<Key, Seat> = BTreeMap::new();
        for (process, told) in others {
            let known = pulse.heard.get(process).copied();
            if known.is_some_and(|known| told.lost > known) {
                topics.push(Topic::All);
            }
            for (n, case) in &told.moved {
                if known.is_none_or(|known| *n > known) {
                    topics.extend([Topic::Thread(*case), Topic::Chats]);
                }
            }
            let last = told.moved.last().map_or(0, |(n, _)| *n).max(told.lost);
            pulse.heard.insert(process.clone(), last.max(known.unwrap_or(0)));
            for (key, seat) in &told.seats {
                let newest = seats.entry(*key).or_insert(*seat);
                if seat.until > newest.until {
                    *newest = *seat;
                }
            }
        }
        topics.extend(inner.here.set_others(seats, now));
        if inner.queue_owed {
            topics.push(Topic::Chats);
        }
        inner.hint(&topics);
        pulse.told_by.push_back(inner.moved.back().map_or(inner.lost, |(n, _)| *n));
        if pulse.told_by.len() > TOLD {
            let old = pulse.told_by.pop_front().unwrap_or(0);
            inner.forget(old);
        }
        if others.is_empty() {
            inner.forget(u64::MAX);
        }
        let moved: Vec<_> = inner.moved.iter().copied().collect();
        let told = Told { moved, lost: inner.lost, seats: inner.here.ours() };
        let anybody = !inner.listeners.is_empty() || !told.seats.is_empty();
        (anybody || !told.moved.is_empty()).then_some(told)
    }
}
