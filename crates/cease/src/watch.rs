//! The watch: what still moves on cards after their end. Records come in by file, folder or HTTP (`intake`,
//! `inbox`), are told from those of all other cards in memory (`net`), kept once each, and decided on through the
//! one door ([`crate::act::observe`]). A record that is of no ended card leaves no trace.
//!
//! Nothing here is in a commit's way: which cards have ended is followed from the journal, and caught up with
//! before each piece of records is looked at.

mod config;
pub mod inbox;
pub mod intake;
mod net;
mod words;

use std::sync::Arc;
use std::time::Duration;

use case::identify::{Iccid, Identifier, Imsi, Msisdn};
use case::watch::{Moved, Sign};
use case::{AccountId, CardState, Timestamp};
use reach::records::{Number, Which};
use store::{Arrived, StoreError, Watched};

pub use config::WatchConfig;
pub use net::Net;
pub use words::{Seen, came_of_it, closing, is_reported, kind, kind_to_holder, seen};

use crate::act;
use crate::app::{App, Shared};

/// Between looks at the journal, at the folder, and at what has come in. An alarm is raised within a minute of a
/// record's arrival, and this is what it waits for at most before it is decided on.
const LOOK: Duration = Duration::from_secs(2);
/// Cases decided on together.
const TOGETHER: u32 = 64;

/// Follows, takes in and decides until told to stop. Files are read beside it: one of many million lines keeps no
/// alarm waiting.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    // Ends with this.
    let mut reading = tokio::task::JoinSet::new();
    reading.spawn(read_folder(Arc::clone(&app)));
    loop {
        let hint = tokio::select! {
            () = &mut stop => return,
            () = app.net.arrived.notified() => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        let looked = async {
            if !hint {
                app.net.catch_up(&app).await?;
            }
            decide(&app).await
        };
        tokio::select! {
            () = &mut stop => return,
            done = looked => if let Err(error) = done {
                tracing::warn!(%error, "the watch could not go on; it tries again");
            },
        }
    }
}

async fn read_folder(app: Shared) {
    let mut inbox = inbox::Inbox::default();
    loop {
        if let Err(error) = inbox.look(&app).await {
            tracing::warn!(%error, "the watch could not take in its folder; it tries again");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Decides on everything that has come in.
pub async fn decide(app: &Shared) -> Result<(), StoreError> {
    loop {
        let cases = app.store.cases_with_arrivals(TOGETHER).await?;
        if cases.is_empty() {
            return Ok(());
        }
        let mut hands = tokio::task::JoinSet::new();
        for reference in cases {
            let app = Arc::clone(app);
            hands.spawn(async move { act::observe(&app, reference).await });
        }
        while let Some(done) = hands.join_next().await {
            match done {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(error),
                Err(error) => tracing::error!(%error, "a decision on what came in broke down"),
            }
        }
    }
}

/// What is known of a record before the store has been asked about it.
pub(crate) struct Hit {
    pub id: String,
    pub moved: Moved,
    pub at: Timestamp,
    pub number: Number,
    pub amount: Option<String>,
}

/// The record as it concerns a case; none where its card is not watched, or is somebody else's by now.
pub(crate) async fn matched(app: &App, hit: Hit) -> Result<Option<Arrived>, StoreError> {
    let Some(Watched { case, until, .. }) = watched(app, &hit).await? else { return Ok(None) };
    let Hit { id, moved, at, number, amount } = hit;
    let sign = Sign { moved, at, amount, by_number: number.which == Which::Msisdn };
    Ok(Some(Arrived { id: hashed(app, moved, &id), case, sign, until }))
}

async fn watched(app: &App, hit: &Hit) -> Result<Option<Watched>, StoreError> {
    let Some(identifier) = identifier(&hit.number) else { return Ok(None) };
    let cards = app.store.find_cards(&identifier).await?;
    // The number has been given to somebody else: whatever it does now is theirs.
    let taken = hit.number.which == Which::Msisdn && cards.iter().any(|card| card.state != CardState::Ceased);
    if taken {
        return Ok(None);
    }
    let mut found: Option<Watched> = None;
    for card in cards.into_iter().filter(|card| card.state == CardState::Ceased) {
        if hit.moved == Moved::SignIn && !all_ended(app, card.account).await? {
            continue;
        }
        let watched = app.store.watched(card.id).await?.filter(|watched| watched.generation == card.generation);
        // Of several that had this number in turn, the last.
        found = later(found, watched);
    }
    Ok(found)
}

fn later(one: Option<Watched>, other: Option<Watched>) -> Option<Watched> {
    one.into_iter().chain(other).max_by_key(|watched| watched.until)
}

async fn all_ended(app: &App, account: AccountId) -> Result<bool, StoreError> {
    Ok(app.store.cards_of(account).await?.iter().all(|card| card.state == CardState::Ceased))
}

fn identifier(number: &Number) -> Option<Identifier> {
    let digits = number.digits().to_owned();
    match number.which {
        Which::Iccid => Iccid::try_from(digits).ok().map(Identifier::Iccid),
        Which::Imsi => Imsi::try_from(digits).ok().map(Identifier::Imsi),
        Which::Msisdn => Msisdn::try_from(format!("+{digits}")).ok().map(Identifier::Msisdn),
    }
}

/// Ids may have numbers of people in them, so only this is kept.
fn hashed(app: &App, moved: Moved, id: &str) -> [u8; 16] {
    let whole = app.keys.mac("watch-record", &[moved.kind().name().as_bytes(), id.as_bytes()]);
    std::array::from_fn(|at| whole[at])
}

/// Somebody signed in to this account: a sign of life where all its cards have ended and the rules want to know.
pub async fn signed_in(app: &App, account: AccountId) -> Result<(), StoreError> {
    if !app.policy.watch_sign_ins {
        return Ok(());
    }
    let cards = app.store.cards_of(account).await?;
    if cards.iter().any(|card| card.state != CardState::Ceased) {
        return Ok(());
    }
    let now = app.now();
    let mut last = None;
    for card in cards {
        let watched = app.store.watched(card.id).await?.filter(|watched| watched.generation == card.generation);
        last = later(last, watched);
    }
    let Some(Watched { case, until, .. }) = last else { return Ok(()) };
    let sign = Sign { moved: Moved::SignIn, at: now, amount: None, by_number: false };
    let id = hashed(app, Moved::SignIn, &format!("{account} {}", now.as_microsecond()));
    app.store.arrive(vec![Arrived { id, case, sign, until }]).await?;
    app.net.arrived.notify_one();
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
