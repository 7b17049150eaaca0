//! The net that records run through: the numbers of all watched cards, in memory. Filled from the store in pages,
//! kept up with the journal, and made anew once a day, so that cards whose watch is over leave it.

use std::sync::{PoisonError, RwLock};

use case::{CaseRef, Stage, Timestamp};
use jiff::SignedDuration;
use reach::records::{Ended, Number, Which};
use store::{StoreError, Watched, WatchedNumbers};
use tokio::sync::{Mutex, Notify};

use crate::app::App;

/// Places of the journal looked at together, and cards read together.
const STRETCH: u32 = 5_000;
const PAGE: u32 = 10_000;
/// Rows written together.
const WRITE: usize = 200;
/// A place in the journal that stays empty this long was never used. Before, it may be a commit under way.
const GAP: SignedDuration = SignedDuration::from_secs(60);
const ANEW: SignedDuration = SignedDuration::from_hours(24);
/// How far the ends in the journal have been written down, for whoever starts next.
const MARK: &str = "watch";

#[derive(Default)]
pub struct Net {
    ended: RwLock<Option<Ended>>,
    place: Mutex<Place>,
    /// A hint that records have come in; the store is the truth.
    pub arrived: Notify,
}

/// How far the journal has been followed.
#[derive(Default)]
struct Place {
    seq: i64,
    /// An empty place after it, and since when we wait for it.
    gap: Option<(i64, Timestamp)>,
    marked: i64,
    loaded: Option<Timestamp>,
}

impl Net {
    /// Brings it up to date with all that has ended until now.
    pub async fn catch_up(&self, app: &App) -> Result<(), StoreError> {
        let mut place = self.place.lock().await;
        let now = app.now();
        if place.loaded.is_none() {
            let mark = app.store.mark(MARK).await?.and_then(|mark| mark.parse().ok());
            (place.seq, place.marked) = mark.map_or((0, 0), |seq| (seq, seq));
        }
        self.follow(app, &mut place).await?;
        if place.loaded.is_none_or(|at| now.duration_since(at) > ANEW) {
            let ended = load(app).await?;
            *self.ended.write().unwrap_or_else(PoisonError::into_inner) = Some(ended);
            place.loaded = Some(now);
        }
        Ok(())
    }

    async fn follow(&self, app: &App, place: &mut Place) -> Result<(), StoreError> {
        let mut from = place.seq;
        loop {
            let some = app.store.ended_after(from, STRETCH).await?;
            let Some((last, _)) = some.last().copied() else { break };
            let cases: Vec<CaseRef> = some.iter().filter_map(|(_, ended)| *ended).collect();
            self.add(app, &cases).await?;
            // What stands behind a gap has been seen, and is looked at again until the gap is filled or given up.
            for (seq, _) in some {
                if seq == place.seq + 1 {
                    (place.seq, place.gap) = (seq, None);
                } else if seq > place.seq {
                    let now = app.now();
                    match place.gap {
                        Some((at, since)) if at == place.seq + 1 && now.duration_since(since) > GAP => {
                            (place.seq, place.gap) = (seq, None);
                        }
                        Some((at, _)) if at == place.seq + 1 => break,
                        Some(_) | None => {
                            place.gap = Some((place.seq + 1, now));
                            break;
                        }
                    }
                }
            }
            from = last;
        }
        if place.seq > place.marked {
            app.store.put_mark(MARK, &place.seq.to_string()).await?;
            place.marked = place.seq;
        }
        Ok(())
    }

    /// Writes down that these cards have ended, and lets their numbers into the net.
    async fn add(&self, app: &App, cases: &[CaseRef]) -> Result<(), StoreError> {
        let mut found = Vec::new();
        for reference in cases {
            let Some(case) = app.store.case(*reference).await? else { continue };
            let Stage::Ceased { watch_until, .. } = &case.stage else { continue };
            let Some(subscription) = &case.subscription else { continue };
            let (card, generation) = (subscription.card, subscription.generation);
            found.push(Watched { card, generation, case: case.reference, until: *watch_until });
        }
        for some in found.chunks(WRITE) {
            app.store.put_watched(some.to_vec()).await?;
        }
        for watched in found {
            let Some(card) = app.store.card(watched.card).await?.filter(|c| c.generation == watched.generation) else {
                continue;
            };
            let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(ended) = ended.as_mut() {
                let numbers = WatchedNumbers { card: card.id, iccid: card.iccid, imsi: card.imsi, msisdn: card.msisdn };
                put(ended, &numbers);
            }
        }
        Ok(())
    }

    /// Runs `work` with a test of whether a number may be a watched card's; none before the net has been filled.
    pub fn with<T>(&self, work: impl FnOnce(&dyn Fn(&Number) -> bool) -> T) -> Option<T> {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        ended.as_ref().map(|ended| work(&|number| ended.may_hold(number)))
    }
}

async fn load(app: &App) -> Result<Ended, StoreError> {
    let mut ended = Ended::default();
    let mut after = None;
    loop {
        let page = app.store.watched_numbers(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.card);
        page.iter().for_each(|numbers| put(&mut ended, numbers));
    }
    tracing::debug!(numbers = ended.len(), "the watch knows what has ended");
    Ok(ended)
}

fn put(ended: &mut Ended, numbers: &WatchedNumbers) {
    let each = [(Which::Iccid, &numbers.iccid), (Which::Imsi, &numbers.imsi), (Which::Msisdn, &numbers.msisdn)];
    for (which, number) in each {
        if let Some(number) = number {
            ended.insert(which, number);
        }
    }
}
