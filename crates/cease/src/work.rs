//! The workers: they claim what is owed, perform it, and report what came of it through the one
//! door; and they wake the cases whose time has come. A wake-up is a hint; the store is the truth,
//! asked at least every second.

pub mod billing;
pub mod breaker;
pub mod certify;
pub mod hands;
pub mod letters;
pub mod notices;
pub mod outage;
pub mod pending;
pub mod port;
mod switch;
pub mod unreported;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use case::{Actor, Case, CaseRef, Command, Effect, EffectId, Outcome, Owed, Timestamp};
use jiff::SignedDuration;
use reach::{Failure, Observed};
use store::{Claimed, PutOff, StoreError};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior};

use crate::act::{ActError, AtOnce, Reported, act, report};
use crate::app::{App, Shared};
use hands::{Given, HANDS, Hand};
use switch::{Wanted, change, look};

/// Free hands for which a claim is worth its write while the others are busy.
const WORTH: usize = 32;
/// How long an effect belongs to the worker that claimed it or was given it.
pub const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// Tries before a person must look, by when roughly a day has passed. Those in an outage do not count.
const TRIES: u32 = 23;
/// What can be owed, by [`Effect::kind`].
pub const KINDS: [&str; 11] = [
    "bar",
    "unbar",
    "cease",
    "observe",
    "notify",
    "escalate",
    "certify",
    "end-billing",
    "final-bill",
    "refund",
    "port",
];

/// Works until told to stop; what is in hand then is finished first. New work is taken up as hands
/// come free, so that one slow effect holds up nobody else's.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut hands = JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut swept = app.now();
    let mut clocks = crate::clocks::Clocks::start(&app);
    let mut nightly = crate::network::nightly::Nightly::default();
    let mut fakes = crate::fakes::Minder::default();
    let mut notices = notices::Post::default();
    // Nothing is given before it is known who answers nobody: a claim finds that out.
    let mut given = None;
    // Whether there may be more than was last claimed.
    let mut more = true;
    let mut away = false;
    loop {
        let free = app.hands.free();
        if more && (hands.is_empty() || free >= WORTH) {
            match take_up(&app, &mut hands).await {
                Ok(claimed) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("the workers reach the store again");
                    }
                    more = claimed.more;
                    given.get_or_insert_with(|| app.hands.open());
                }
                Err(error) => {
                    (more, away) = (false, true);
                    tracing::error!(%error, "the workers cannot reach the store");
                }
            }
        }
        tokio::select! {
            () = &mut stop => break,
            () = app.owed.notified() => more = true,
            Some(given) = next_given(&mut given) => take_in(&app, &mut hands, given),
            Some(done) = hands.join_next() => {
                finished(done);
                while let Some(done) = hands.try_join_next() {
                    finished(done);
                }
            }
            _ = tick.tick() => {
                more = true;
                look_at_the_clock(&app, &mut swept, &mut tick).await;
                clocks.tick(&app);
                nightly.tick(&app);
                fakes.tick(&app);
                notices.tick(&app);
            }
        }
    }
    clocks.stop().await;
    nightly.stop().await;
    fakes.stop().await;
    notices.stop().await;
    app.hands.close();
    loop {
        tokio::select! {
            Some(given) = next_given(&mut given) => take_in(&app, &mut hands, given),
            Some(done) = hands.join_next() => finished(done),
            () = app.hands.all_free() => break,
        }
    }
    while let Some(done) = hands.join_next().await {
        finished(done);
    }
}

/// What commits hand over; none where they hand over nothing.
async fn next_given(given: &mut Option<UnboundedReceiver<Given>>) -> Option<Given> {
    given.as_mut()?.recv().await
}

fn take_in(app: &Shared, hands: &mut JoinSet<()>, Given { claim, case, hand }: Given) {
    let app = Arc::clone(app);
    hands.spawn(async move {
        perform_and_report(&app, claim, Some(case)).await;
        drop(hand);
    });
}

/// One round: every due deadline and everything claimable now, to its end. Answers how much there was to do.
pub async fn round(app: &Shared) -> Result<usize, StoreError> {
    let woken = wake(app).await?;
    let mut hands = JoinSet::new();
    let claimed = take_up(app, &mut hands).await?.many;
    while let Some(done) = hands.join_next().await {
        finished(done);
    }
    Ok(woken + claimed + notices::round(app).await?)
}

/// What a claim brought.
struct Claims {
    many: usize,
    /// There may be more than there were hands for.
    more: bool,
}

/// Claims as many effects as there are free hands, and starts on them.
async fn take_up(app: &Shared, hands: &mut JoinSet<()>) -> Result<Claims, StoreError> {
    let Some(mut held) = app.hands.take_free() else { return Ok(Claims { many: 0, more: true }) };
    let free = held.num_permits();
    unreported::tell(app).await?;
    outage::take_over(app).await?;
    // The world is not touched where what came of it could not be written.
    crate::log::admit(app).await?;
    let from = app.now();
    let claimed = app.store.claim(from, LEASE, free as u32).await?;
    let many = claimed.len();
    for turn in turns(claimed) {
        // As many were taken as could be claimed.
        let Some(hand) = held.split(1) else { break };
        begin(app, hands, turn, from, hand);
    }
    Ok(Claims { many, more: many == free })
}

/// Not part of [`take_up`], which waits: see `cli::run::begin`.
fn begin(app: &Shared, hands: &mut JoinSet<()>, turn: Vec<Claimed>, from: Timestamp, hand: Hand) {
    hands.spawn(in_turn(Arc::clone(app), turn, from, hand));
}

/// Each effect by itself, but the letters of one case together.
fn turns(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut turns: Vec<Vec<Claimed>> = Vec::with_capacity(claimed.len());
    let mut letters: HashMap<CaseRef, usize> = HashMap::new();
    for claim in claimed {
        let letter = matches!(claim.effect, Effect::Notify { .. });
        let place = if letter { *letters.entry(claim.id.case).or_insert(turns.len()) } else { turns.len() };
        match turns.get_mut(place) {
            Some(turn) => turn.push(claim),
            None => turns.push(vec![claim]),
        }
    }
    turns
}

/// One effect; or the letters of one case, one after another, so that they come in the order in which they were
/// written. What is left when half of its time is over is claimed anew: nobody may have it twice.
async fn in_turn(app: Shared, claims: Vec<Claimed>, from: Timestamp, _hand: Hand) {
    for (n, claim) in claims.into_iter().enumerate() {
        if n > 0 && app.now().duration_since(from) > LEASE / 2 {
            break;
        }
        perform_and_report(&app, claim, None).await;
    }
}

fn finished(done: Result<(), JoinError>) {
    if let Err(error) = done {
        // What it held is claimed again when its lease ends.
        tracing::error!(%error, "a worker broke down");
    }
}

/// What comes by the clock: deadlines, and forgetting what has expired.
async fn look_at_the_clock(app: &Shared, swept: &mut Timestamp, tick: &mut Interval) {
    match wake(app).await {
        // There may be more of them: no pause.
        Ok(HANDS..) => tick.reset_immediately(),
        Ok(_) => {}
        Err(error) => tracing::error!(%error, "the deadlines cannot be read"),
    }
    if let Err(error) = crate::guard::look(app).await {
        tracing::error!(%error, "what happened to an account could not be told");
    }
    if let Err(error) = outage::look(app).await {
        tracing::warn!(%error, "nobody knows whether the desk wants a try");
    }
    if app.now().duration_since(*swept) > SignedDuration::from_mins(10) {
        *swept = app.now();
        if let Err(error) = app.store.sweep(*swept).await {
            tracing::warn!(%error, "expired rows could not be swept");
        }
        let kept = SignedDuration::from_hours(24 * i64::from(app.policy.staff.looks_days));
        if let Ok(before) = swept.checked_sub(kept)
            && let Err(error) = app.store.cut_looks(before).await
        {
            tracing::warn!(%error, "old looks could not be cut off");
        }
        if let Err(error) = crate::keeping::round(app).await {
            tracing::warn!(%error, "what is due could not be erased");
        }
    }
}

/// Wakes the cases whose time has come, side by side, so that their commits share a flush; and looks
/// after what the desk has put off.
async fn wake(app: &Shared) -> Result<usize, StoreError> {
    let due = app.store.due(app.now(), HANDS as u32).await?;
    let many = due.len();
    let mut hands = JoinSet::new();
    for reference in due {
        let app = Arc::clone(app);
        hands.spawn(async move {
            if let Err(error) = act(&app, reference, &Actor::Clock, &Command::Wake).await {
                tracing::error!(case.r#ref = %reference, %error, "a deadline could not be kept");
            }
        });
    }
    while let Some(done) = hands.join_next().await {
        finished(done);
    }
    Ok(many + pending::look(app).await?)
}

/// Performs an effect, reports it, and goes on with what that made owed at once. What is gone on with
/// stands in the outbox all along, held for as long as a claim: a worker that dies leaves it owed.
/// `known` is its case, where it has just been committed.
async fn perform_and_report(app: &App, claim: Claimed, known: Option<Case>) {
    let mut next = Some((claim, known));
    while let Some((claim, known)) = next {
        next = one(app, claim, known).await;
    }
}

/// `known` is the case as it stood when the effect came to be owed; none where that has to be read.
async fn one(app: &App, claim: Claimed, mut known: Option<Case>) -> Option<(Claimed, Option<Case>)> {
    let id = claim.id;
    let outcome = match perform(app, &claim, &mut known).await {
        Ok(outcome) => outcome,
        // A billing system may take days, and nobody waits for it.
        Err(Failure::NotYet(why)) if billing::may_wait(app, &claim, known.as_ref()) => {
            give_back(app, &claim, billing::later(app, &claim, why)).await;
            return None;
        }
        Err(Failure::Retry(why) | Failure::NotYet(why)) => match outage::again(app, &claim, &why) {
            Some(later) => {
                give_back(app, &claim, later).await;
                return None;
            }
            None => gave_up(id, why),
        },
        Err(Failure::GiveUp(why)) => gave_up(id, why),
    };
    match report(app, id, outcome.clone(), known, LEASE, &Signing(app)).await {
        Ok(Reported { case, next: Some(owed) }) => {
            let id = EffectId { case: id.case, n: owed.n };
            Some((Claimed { id, effect: owed.effect, attempts: 0, owed: owed.not_before }, Some(case)))
        }
        // Reported before, by a worker that lost its lease: once is enough.
        Ok(Reported { next: None, .. }) | Err(ActError::Refused(case::Refusal::NothingOwed)) => None,
        Err(error) => {
            tracing::error!(case.r#ref = %id.case, effect = id.n, %error, "an outcome could not be reported");
            if unreported::is_away(&error) {
                app.unreported.keep(id, outcome, app.now());
            }
            None
        }
    }
}

fn gave_up(id: EffectId, why: String) -> Outcome {
    tracing::error!(case.r#ref = %id.case, effect = id.n, %why, "an effect needs a person");
    Outcome::GaveUp { why }
}

async fn give_back(app: &App, claim: &Claimed, later: PutOff) {
    let (id, why) = (claim.id, later.why.clone());
    if later.tried {
        tracing::warn!(case.r#ref = %id.case, effect = id.n, %why, "an effect will be tried again");
    } else {
        tracing::debug!(case.r#ref = %id.case, effect = id.n, %why, "an effect waits for an outage to end");
    }
    if let Err(error) = app.store.put_off(vec![later]).await {
        tracing::error!(case.r#ref = %id.case, %error, "an effect could not be given back; its lease will end");
    }
    outage::tell(app, claim).await;
}

/// A certificate is signed in the commit that says the card has ceased: nobody outside is asked. One
/// that cannot be signed now stays owed.
struct Signing<'a>(&'a App);

impl AtOnce for Signing<'_> {
    async fn perform(&self, case: &Case, owed: &Owed) -> Option<Outcome> {
        if owed.effect == Effect::Certify { certify::certify(self.0, case).await.ok() } else { None }
    }
}

/// Two seconds, doubling to three hours; with [`TRIES`] and what [`breaker::spread`] takes off it, about a day in all.
fn back_off(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs((2_i64 << attempts.min(13)).min(3 * 3600))
}

/// Letters and certificates are about the case: it is read where it is not known, and then known.
async fn perform(app: &App, claim: &Claimed, known: &mut Option<Case>) -> Result<Outcome, Failure> {
    let key = claim.id;
    match &claim.effect {
        Effect::Notify { letter } => letters::send(app, key, subject(app, key, known).await?, *letter).await,
        Effect::Bar { subscription } => {
            let read = change(app, claim, subscription, Wanted::Barred).await?;
            Ok(Outcome::Barred { evidence: read.evidence })
        }
        Effect::Unbar { subscription } => {
            let read = change(app, claim, subscription, Wanted::Active).await?;
            Ok(Outcome::Unbarred { evidence: read.evidence })
        }
        Effect::Cease { subscription } => {
            let read = change(app, claim, subscription, Wanted::Gone).await?;
            Ok(Outcome::Ceased {
                element: app.element.name().into(),
                evidence: read.evidence,
                read_back_at: read.at,
                profile_left: read.profile_left,
            })
        }
        Effect::Observe { subscription } => {
            let read = look(app, claim, subscription).await?;
            let gone = read.observed == Observed::Gone;
            Ok(Outcome::Observed { gone, evidence: read.evidence, read_back_at: read.at })
        }
        Effect::Port { code, subscription } => port::code(app, key, *code, subscription).await,
        Effect::Escalate => letters::lead::send(app, key, subject(app, key, known).await?).await,
        Effect::Certify => certify::certify(app, subject(app, key, known).await?).await,
        Effect::EndBilling { .. } | Effect::FinalBill { .. } | Effect::Refund { .. } => {
            billing::perform(app, claim, subject(app, key, known).await?).await
        }
    }
}

async fn subject<'a>(app: &App, key: EffectId, known: &'a mut Option<Case>) -> Result<&'a Case, Failure> {
    if known.is_none() {
        *known = app.store.case(key.case).await.map_err(|e| Failure::Retry(e.to_string()))?;
    }
    known.as_ref().ok_or_else(|| Failure::GiveUp("no such case".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pause is cut to half of it at most.
    #[test]
    fn it_is_tried_again_for_about_a_day() {
        let longest = (0..TRIES - 1).map(back_off).fold(SignedDuration::ZERO, |all, pause| all + pause);
        let hours = |n| SignedDuration::from_hours(n);
        assert!(longest / 2 > hours(12) && longest < hours(36), "{longest:#}");
        assert_eq!((back_off(0), back_off(TRIES)), (SignedDuration::from_secs(2), hours(3)));
    }
}
