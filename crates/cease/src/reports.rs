//! What the reports are made of, counted off everybody's path. A follower reads the journal in the order it was
//! written, a stretch at a time, and adds up by day what happened; the pages read only those sums, so that a
//! report over a million cases costs what one over a hundred does.
//!
//! A stretch is written together with where it ends. Whoever counts the same stretch again, after a crash or in
//! another process, finds that it has been counted. Other rules (a zone, a new measure) have another form, and
//! everything is counted afresh.
//!
//! **Where people give up** at the counter stands in no journal: nobody has declared yet. For that there is one
//! number for each page and day, nothing else: no address, no session, no time of day. A draft counts once for
//! each page it comes to, in memory, and the sums are written every half minute.

mod tally;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use case::{CaseRef, Timestamp};
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use store::{DayCount, DayCounts, StoreError};

pub use self::tally::{CONTACTS_MAX, Measure, minutes_below};
use self::tally::{Standing, tally};
use crate::app::{App, Shared};

/// Entries counted at once.
const STRETCH: u32 = 1_000;
/// A place in the journal that stays empty this long was never used. Before, it may be a commit under way.
const GAP: SignedDuration = SignedDuration::from_secs(60);
/// What comes after an empty place says when it was written, by a clock that may be another's and wrong: this long ago
/// is not a clock's mistake, and the place was left empty long since.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(24);
/// Between looks at the journal, and between full stretches: the counting leaves the desk its processor.
const LOOK: Duration = Duration::from_secs(3);
const BREATH: Duration = Duration::from_millis(200);
/// Looks between two writings of the steps.
const STEPS_EVERY: u32 = 10;

/// How many came to each page of the counter since the last count.
#[derive(Debug, Default)]
pub struct Steps([AtomicU32; 5]);

impl Steps {
    /// Somebody came this far for the first time; `page` is a page's number, the first being 0.
    pub fn reached(&self, page: usize) {
        if let Some(count) = self.0.get(page) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take(&self) -> [u32; 5] {
        std::array::from_fn(|page| self.0[page].swap(0, Ordering::Relaxed))
    }
}

/// Follows the journal until told to stop.
pub async fn follow(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut looks = 0;
    let mut wait = LOOK;
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(wait) => {}
        }
        looks += 1;
        if looks % STEPS_EVERY == 0 {
            keep_steps(&app).await;
        }
        wait = match count(&app).await {
            Ok(counted) if counted >= STRETCH as usize => BREATH,
            Ok(_) => LOOK,
            Err(error) => {
                tracing::warn!(%error, "the reports could not be counted on");
                LOOK
            }
        };
    }
    keep_steps(&app).await;
}

/// Counts all there is; for the demonstration, and for tests.
pub async fn catch_up(app: &App) -> Result<(), StoreError> {
    while count(app).await? > 0 {}
    Ok(())
}

async fn keep_steps(app: &App) {
    let day = day_of(app.now(), &app.policy.zone());
    let counts: Vec<DayCount> = (0..)
        .zip(app.steps.take())
        .filter(|(_, many)| *many > 0)
        .map(|(page, many)| Measure::Step.count(day, page, i64::from(many)))
        .collect();
    if counts.is_empty() {
        return;
    }
    if let Err(error) = app.store.add_counts(counts).await {
        tracing::warn!(%error, "how far people came at the counter is lost for this half minute");
    }
}

/// Counts one stretch; answers how many entries it had. Zero where all is counted, or somebody else does it.
pub async fn count(app: &App) -> Result<usize, StoreError> {
    let form = format!("1 {}", app.policy.time_zone);
    let (mut from, stored) = app.store.report_cursor().await?;
    if stored != form {
        app.store.count_afresh(&form).await?;
        from = 0;
    }
    let entries = app.gaps.contiguous(from, app.store.journal_after(from, STRETCH).await?, app.now());
    let Some((to, _)) = entries.last() else { return Ok(0) };
    let zone = app.policy.zone();
    let mut standing: BTreeMap<CaseRef, Option<Standing>> = BTreeMap::new();
    let mut sums: BTreeMap<(&'static str, i64, i64), i64> = BTreeMap::new();
    for (_, entry) in &entries {
        let known = match standing.remove(&entry.case) {
            Some(known) => known,
            None => app.store.report_case(entry.case).await?.and_then(|body| serde_json::from_str(&body).ok()),
        };
        let day = day_of(entry.at, &zone);
        let next = tally(known, entry, |measure, bucket, many| {
            *sums.entry((measure.name(), day, bucket)).or_default() += many;
        });
        standing.insert(entry.case, next);
    }
    let state = |s: Standing| serde_json::to_string(&s).ok();
    let counted = DayCounts {
        from,
        to: *to,
        counts: sums
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|((measure, day, bucket), count)| DayCount { measure: measure.to_owned(), day, bucket, count })
            .collect(),
        cases: standing.into_iter().map(|(reference, s)| (reference, s.and_then(state))).collect(),
    };
    let many = entries.len();
    Ok(if app.store.put_counted(counted).await? { many } else { 0 })
}

/// Since when each empty place of the journal has been seen empty, by this process and its own clock.
#[derive(Debug, Default)]
pub struct Gaps(Mutex<BTreeMap<i64, Timestamp>>);

impl Gaps {
    /// Up to the first empty place that may still be filled.
    pub(crate) fn contiguous(
        &self,
        from: i64,
        mut entries: Vec<(i64, case::Entry)>,
        now: Timestamp,
    ) -> Vec<(i64, case::Entry)> {
        let mut last = from;
        let follows = |(seq, entry): &(i64, case::Entry)| {
            let place = std::mem::replace(&mut last, *seq) + 1;
            place == *seq || now.duration_since(entry.at) > LONG_AGO || now.duration_since(self.seen(place, now)) > GAP
        };
        // All are looked at, so that all are waited for at once.
        let follow: Vec<bool> = entries.iter().map(follows).collect();
        entries.truncate(follow.iter().take_while(|follows| **follows).count());
        entries
    }

    fn seen(&self, place: i64, now: Timestamp) -> Timestamp {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *seen.entry(place).or_insert(now);
        // Several follow, each from where it stands: what was passed long ago is asked for no more.
        seen.retain(|_, since| now.duration_since(*since) <= LONG_AGO);
        since
    }
}

/// The day of a moment where the operator is, in days since 1970.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> i64 {
    number_of(at.to_zoned(zone.clone()).date())
}

pub fn number_of(day: Date) -> i64 {
    day.since(date(1970, 1, 1)).map_or(0, |span| i64::from(span.get_days()))
}

pub fn date_of(day: i64) -> Date {
    use jiff::ToSpan;
    date(1970, 1, 1).checked_add(day.days()).unwrap_or(date(1970, 1, 1))
}

#[cfg(test)]
mod tests;
