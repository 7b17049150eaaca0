//! Erases by the rules' own dates: of a case that is over first what lies beside its journal (files that were sent, mails
//! as they came, the key that ties the case to the public log), then all of it, and after the last case its holder
//! ([`whole`]). A worker does a little of it every few minutes, and
//! `cease erase --due` all of it at once. A legal hold stops it in the store itself, so that no way round it is possible.

pub mod whole;

use case::erasure::{Kept as Reason, kept};
use case::rules::{Class, Kept};
use case::{Case, CaseRef, Timestamp};
use jiff::SignedDuration;
use serde::Serialize;
use store::{Act, StoreError};

use crate::app::App;

/// Cases read at once.
const STRETCH: u32 = 100;

/// What became of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    pub class: Class,
    /// Days after which it is erased.
    pub days: u32,
    /// Cases of which it is due; in a round, of which it was erased.
    pub cases: u64,
    /// Cases of which it would be, were they not held.
    pub held: u64,
}

/// Cases that have been still since then are due.
fn still_since(app: &App, kept: &Kept) -> Timestamp {
    app.now().saturating_sub(SignedDuration::from_hours(24 * i64::from(kept.days))).unwrap_or(Timestamp::MIN)
}

/// How many are due, of each class that has a rule; nothing is erased.
pub async fn due(app: &App) -> Result<Vec<Told>, StoreError> {
    let mut told = Vec::new();
    for (class, kept) in rules(app) {
        if let Some(cases) = whole_due(app, class, kept).await? {
            told.push(Told { class, days: kept.days, cases, held: held(app, class, kept).await? });
            continue;
        }
        let (still, mut after, mut cases) = (still_since(app, kept), None::<CaseRef>, 0);
        loop {
            let found = app.store.erasable(class, still, after, STRETCH).await?;
            cases += found.iter().filter(|case| is_done_with(app, case)).count() as u64;
            match found.last() {
                Some(last) => after = Some(last.reference),
                None => break,
            }
        }
        told.push(Told { class, days: kept.days, cases, held: held(app, class, kept).await? });
    }
    Ok(told)
}

/// Of what goes whole; none of what lies beside.
async fn whole_due(app: &App, class: Class, kept: &Kept) -> Result<Option<u64>, StoreError> {
    match class {
        Class::Files | Class::Originals | Class::Proof => Ok(None),
        Class::Case => whole::due(app, kept).await.map(Some),
        Class::Account => whole::accounts_due(app, kept).await.map(Some),
    }
}

async fn held(app: &App, class: Class, kept: &Kept) -> Result<u64, StoreError> {
    match class {
        // Whose case is held has a case.
        Class::Account => Ok(0),
        Class::Files | Class::Originals | Class::Proof | Class::Case => {
            app.store.kept_back(class, still_since(app, kept)).await
        }
    }
}

fn rules(app: &App) -> impl Iterator<Item = (Class, &Kept)> {
    Class::ALL.into_iter().filter_map(move |class| Some((class, app.policy.keeping.of(class)?)))
}

/// Erases what is due, of at most so many cases a class; what was erased is on the record of acts, by number.
pub async fn erase(app: &App, most: u64) -> Result<Vec<Told>, StoreError> {
    let mut told = Vec::new();
    for (class, kept) in rules(app) {
        let cases = match class {
            Class::Files | Class::Originals | Class::Proof => beside(app, class, kept, most).await?,
            Class::Case => whole::erase(app, kept, most).await?,
            Class::Account => whole::erase_accounts(app, kept, most).await?,
        };
        if cases > 0 {
            let detail = match class {
                Class::Files | Class::Originals | Class::Proof => format!("{} of {cases} cases", class.name()),
                Class::Case | Class::Account => format!("{cases} {}s", class.name()),
            };
            app.store.audit(Act { at: app.now(), account: None, what: "erased".into(), detail }).await?;
        }
        told.push(Told { class, days: kept.days, cases, held: held(app, class, kept).await? });
    }
    if told.iter().any(|told| told.cases > 0)
        && let Err(error) = app.store.shed().await
    {
        // It is deleted; until the next time its traces may lie in the engine's log.
        tracing::warn!(%error, "what was erased could not be taken off the disk yet");
    }
    Ok(told)
}

/// Nothing waits any more for what lies beside a case: it may be what a complaint, a return or a refund turns on. That
/// its own day has not come keeps the case alone.
fn is_done_with(app: &App, case: &Case) -> bool {
    kept(case, app.now()).is_none_or(|why| why == Reason::Early)
}

async fn beside(app: &App, class: Class, kept: &Kept, most: u64) -> Result<u64, StoreError> {
    let (still, mut after, mut cases) = (still_since(app, kept), None::<CaseRef>, 0);
    while cases < most {
        let limit = STRETCH.min(u32::try_from(most - cases).unwrap_or(STRETCH));
        let found = app.store.erasable(class, still, after, limit).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.reference);
        // Nothing is taken out of a database that is not what was signed.
        crate::log::admit(app).await?;
        for case in found.iter().filter(|case| is_done_with(app, case)) {
            let erased = app.store.erase(case.reference, class, &case.files, still, app.now()).await?;
            cases += u64::from(erased);
        }
    }
    Ok(cases)
}

/// What a worker does of it each time.
pub async fn round(app: &App) -> Result<(), StoreError> {
    for Told { class, cases, .. } in erase(app, 200).await?.into_iter().filter(|told| told.cases > 0) {
        tracing::info!(class = class.name(), cases, "erased what was due");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
