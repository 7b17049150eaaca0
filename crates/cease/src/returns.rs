//! What comes back by post, in the shell: the code on a label, the follower that keeps lists and scans up to date
//! beside everybody's commits, and the carriers.

pub mod carriers;
pub mod label;
pub mod words;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use case::parcel::{Parcel, State};
use case::{Case, CaseRef, Event, Timestamp};
use jiff::SignedDuration;
use store::{Back, StoreError};

use crate::app::{App, Shared};
use crate::hallmark;
use crate::keys::Keys;

/// Entries of the journal read at once, and the pause when there are no more.
const STRETCH: u32 = 1_000;
const LOOK: Duration = Duration::from_secs(1);
/// Where the follower stands.
const MARK: &str = "returns";
/// A number that was just typed is known to its carrier a little later.
const FIRST_ASKED: SignedDuration = SignedDuration::from_mins(10);

/// What is still to be posted, once the card has ended.
pub fn to_post(case: &Case) -> Option<&Parcel> {
    let parcel = case.parcel.as_ref().filter(|_| case.stage.has_ended())?;
    is_to_send(parcel.state()).then_some(parcel)
}

/// Whether nothing has to come back, because nothing was ended: what has not been sent stays with its holder.
pub fn stays(case: &Case) -> bool {
    let over = !case.stage.is_open() && !case.stage.has_ended();
    over && case.parcel.as_ref().is_some_and(|parcel| is_to_send(parcel.state()))
}

fn is_to_send(state: State) -> bool {
    matches!(state, State::Asked | State::Label | State::Late | State::Another)
}

/// The code of a case's return: names it to whoever has the desk's lists, and says nothing of the case.
pub fn code(keys: &Keys, reference: CaseRef) -> String {
    let mac = keys.mac("return-code", &[&reference.bits().to_be_bytes()]);
    let bits = mac.iter().take(7).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let all = hallmark::letters(bits, 10);
    let (first, second) = all.split_at(5);
    format!("RTN-{first}-{second}")
}

/// The codes in a text, as we write them, and where they stand.
pub fn codes(text: &str) -> Vec<(String, Range<usize>)> {
    let upper = text.to_ascii_uppercase();
    let mut found = Vec::new();
    for (at, _) in upper.match_indices("RTN").take(20) {
        let mut kept = String::new();
        let mut end = at + 3;
        for (place, c) in upper[at + 3..].char_indices() {
            match c {
                '-' | ' ' if kept.len() < 10 => continue,
                c if c.is_ascii_alphanumeric() && kept.len() < 10 => kept.push(c),
                _ => break,
            }
            end = at + 3 + place + 1;
        }
        let kept: String = kept
            .chars()
            .map(|c| {
                if c == 'O' {
                    '0'
                } else if "IL".contains(c) {
                    '1'
                } else {
                    c
                }
            })
            .collect();
        if kept.len() == 10 {
            found.push((format!("RTN-{}-{}", &kept[..5], &kept[5..]), at..end));
        }
    }
    found
}

/// Follows the journal until told to stop, and asks the carriers on the way.
pub async fn follow(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut failing = false;
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let done = async {
            while count(&app).await? >= STRETCH as usize {}
            carriers::poll(&app).await
        };
        match done.await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "the list of returns does not follow the cases");
            }
            // Said once, until it is over.
            Err(_) => {}
        }
    }
}

/// Follows to the end; for the demonstration, and for tests.
pub async fn catch_up(app: &App) -> Result<(), StoreError> {
    while count(app).await? > 0 {}
    Ok(())
}

async fn count(app: &App) -> Result<usize, StoreError> {
    let from = app.store.mark(MARK).await?.and_then(|seq| seq.parse().ok()).unwrap_or(0);
    let entries = app.gaps.contiguous(from, app.store.journal_after(from, STRETCH).await?, app.now());
    let Some((to, _)) = entries.last() else { return Ok(0) };
    let mut moved: BTreeMap<CaseRef, Timestamp> = BTreeMap::new();
    for (_, entry) in &entries {
        let concerns = |event: &Event| matches!(event, Event::Return { .. } | Event::Attributed { .. });
        if entry.events.iter().any(concerns) {
            moved.insert(entry.case, entry.at);
        }
    }
    let mut backs = Vec::new();
    for (reference, at) in moved {
        if let Some(case) = app.store.case(reference).await? {
            backs.extend(back(app, &case, at).await?);
        }
    }
    app.store.put_backs(backs).await?;
    app.store.put_mark(MARK, &to.to_string()).await?;
    Ok(entries.len())
}

/// What the lists know of a case. One whose card turned out to be another has nothing more to come.
async fn back(app: &App, case: &Case, moved: Timestamp) -> Result<Option<Back>, StoreError> {
    let code = code(&app.keys, case.reference);
    let Some(parcel) = case.parcel.as_ref().filter(|_| !stays(case)) else {
        let known = app.store.back_of(&code).await?;
        return Ok(known.map(|known| Back { state: State::Waived, moved, poll: None, ..known }));
    };
    let tracking = parcel.tracking();
    let asks = parcel.received.is_none() && parcel.waived.is_none() && parcel.place < case::parcel::Place::Delivered;
    Ok(Some(Back {
        reference: case.reference,
        code,
        state: parcel.state(),
        due: parcel.due,
        carrier: tracking.map(|t| t.carrier.clone()),
        tracking: tracking.map(|t| t.number.clone()),
        moved,
        poll: tracking.filter(|_| asks).and_then(|_| moved.checked_add(FIRST_ASKED).ok()),
    }))
}

#[cfg(test)]
pub(crate) mod tests;
