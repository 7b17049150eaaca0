//! The workers: they claim what is owed, perform it, and report what came of it through the one
//! door; and they wake the cases whose time has come. A wake-up is a hint; the store is the truth,
//! asked at least every second.

pub mod certify;
pub mod letters;

use std::sync::Arc;
use std::time::Duration;

use case::{Actor, Command, Effect, Outcome};
use jiff::SignedDuration;
use reach::{Failure, Observed, ReadBack};
use store::{Claimed, StoreError};
use tokio::task::JoinSet;

use crate::act::{ActError, act};
use crate::app::{App, Shared};

/// Effects in hand at once.
const HANDS: u32 = 64;
/// How long a claimed effect belongs to its worker.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// Tries before a person must look, by when roughly a day has passed.
const TRIES: u32 = 14;

/// Works until told to stop; what is in hand then is finished first.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut swept = app.now();
    loop {
        let busy = match round(&app).await {
            Ok(n) => n > 0,
            Err(error) => {
                tracing::error!(%error, "the workers cannot reach the store");
                false
            }
        };
        if app.now().duration_since(swept) > SignedDuration::from_mins(10) {
            swept = app.now();
            if let Err(error) = app.store.sweep(swept).await {
                tracing::warn!(%error, "expired rows could not be swept");
            }
        }
        let pause = if busy { Duration::ZERO } else { Duration::from_secs(1) };
        tokio::select! {
            () = &mut stop => return,
            () = app.owed.notified(), if !busy => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One round: everything claimable now and every due deadline. Answers how much there was to do.
pub async fn round(app: &Shared) -> Result<usize, StoreError> {
    let now = app.now();
    let mut done = 0;
    for reference in app.store.due(now, HANDS).await? {
        done += 1;
        if let Err(error) = act(app, reference, &Actor::Clock, &Command::Wake).await {
            tracing::error!(case.r#ref = %reference, %error, "a deadline could not be kept");
        }
    }
    let claimed = app.store.claim(now, LEASE, HANDS).await?;
    done += claimed.len();
    let mut hands = JoinSet::new();
    for claim in claimed {
        hands.spawn(perform_and_report(Arc::clone(app), claim));
    }
    while hands.join_next().await.is_some() {}
    Ok(done)
}

async fn perform_and_report(app: Shared, claim: Claimed) {
    let id = claim.id;
    let outcome = match perform(&app, &claim).await {
        Ok(outcome) => outcome,
        Err(Failure::Retry(why)) if claim.attempts + 1 < TRIES => {
            tracing::warn!(case.r#ref = %id.case, effect = id.n, %why, "an effect will be tried again");
            let later = app.now() + back_off(claim.attempts);
            if let Err(error) = app.store.retry_later(id, later, &why).await {
                tracing::error!(case.r#ref = %id.case, %error, "an effect could not be given back; its lease will end");
            }
            return;
        }
        Err(Failure::Retry(why) | Failure::GiveUp(why)) => {
            tracing::error!(case.r#ref = %id.case, effect = id.n, %why, "an effect needs a person");
            Outcome::GaveUp { why }
        }
    };
    match act(&app, id.case, &Actor::Network, &Command::Report { n: id.n, outcome }).await {
        // Reported before, by a worker that lost its lease: once is enough.
        Ok(_) | Err(ActError::Refused(case::Refusal::NothingOwed)) => {}
        Err(error) => tracing::error!(case.r#ref = %id.case, effect = id.n, %error, "an outcome could not be reported"),
    }
}

/// Two seconds, doubling to three hours.
fn back_off(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs((2_i64 << attempts.min(12)).min(3 * 3600))
}

async fn perform(app: &App, claim: &Claimed) -> Result<Outcome, Failure> {
    let now = app.now();
    let key = claim.id;
    match &claim.effect {
        Effect::Notify { letter } => letters::send(app, key, *letter).await,
        Effect::Bar { subscription } => {
            let read = app.element.bar(subscription, key, now).await?;
            as_wanted(&read, &[Observed::Barred, Observed::Gone])?;
            Ok(Outcome::Barred { evidence: read.evidence })
        }
        Effect::Unbar { subscription } => {
            let read = app.element.unbar(subscription, key, now).await?;
            as_wanted(&read, &[Observed::Active])?;
            Ok(Outcome::Unbarred { evidence: read.evidence })
        }
        Effect::Cease { subscription } => {
            let read = app.element.cease(subscription, key, now).await?;
            as_wanted(&read, &[Observed::Gone])?;
            Ok(Outcome::Ceased { element: app.element.name().into(), evidence: read.evidence, read_back_at: read.at })
        }
        Effect::Certify => certify::certify(app, key).await,
    }
}

/// Done means read back: a change that cannot be seen has not happened.
fn as_wanted(read: &ReadBack, wanted: &[Observed]) -> Result<(), Failure> {
    if wanted.contains(&read.observed) {
        Ok(())
    } else {
        Err(Failure::Retry(format!("read back {:?}: {}", read.observed, read.evidence)))
    }
}
