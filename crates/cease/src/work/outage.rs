//! Asks a far end, and minds whether it answers: see [`breaker`](super::breaker). What is found is kept as a
//! mark, so that the desk's page and `doctor` see it wherever the workers run.

use std::time::Duration;

use async_trait::async_trait;
use case::{Actor, Command, Effect, Timestamp};
use jiff::SignedDuration;
use reach::{Failure, Mailer, Message, Texter};
use store::{AnyStore, Claimed, PutOff, StoreError};

use super::breaker::{Admit, Far, Out, Whose, spread};
use super::{TRIES, back_off};
use crate::act::act;
use crate::app::App;

/// The longest that anybody waits for an answer; the lease of an effect is longer.
const PATIENCE: Duration = Duration::from_secs(100);
/// How long the network may owe an answer before the holder is told.
const LONG: SignedDuration = SignedDuration::from_hours(1);

fn mark(far: Far) -> String {
    format!("out-{}", far.name())
}

fn probe_mark(far: Far) -> String {
    format!("probe-{}", far.name())
}

/// Asks, unless it is known that nobody answers and somebody else is finding out.
pub async fn ask<T>(
    app: &App,
    far: Far,
    id: impl Into<Whose>,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    if app.far.admit(far, app.now()) == Admit::Wait {
        let why = app.far.out(far).map(|out| out.why).unwrap_or_default();
        return Err(Failure::Retry(why));
    }
    let answer = patiently(call).await;
    match &answer {
        Ok(_) | Err(Failure::GiveUp(_) | Failure::NotYet(_)) => {
            if app.far.answered(far, app.now()) {
                tracing::info!(far = far.name(), "answers again");
                keep(app, far, None).await;
            }
        }
        Err(Failure::Retry(why)) => {
            let was = app.far.out(far).is_some();
            if app.far.silent(far, id.into(), app.now(), why) {
                if !was {
                    tracing::error!(far = far.name(), %why, "answers nobody: its effects wait");
                }
                keep(app, far, app.far.out(far)).await;
            }
        }
    }
    answer
}

/// Asks, and waits for the answer as long as anybody does.
pub async fn patiently<T>(call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = || Err(Failure::Retry(format!("no answer in {} seconds", PATIENCE.as_secs())));
    tokio::time::timeout(PATIENCE, call).await.unwrap_or_else(|_| late())
}

/// A carrier for one letter, minded as above.
pub struct Minded<'a, C: ?Sized> {
    app: &'a App,
    id: Whose,
    carrier: &'a C,
}

#[async_trait]
impl Mailer for Minded<'_, dyn Mailer> {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<(), Failure> {
        ask(self.app, Far::Mail, self.id, self.carrier.send(message, now)).await
    }
}

#[async_trait]
impl Texter for Minded<'_, dyn Texter> {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<Vec<String>, Failure> {
        ask(self.app, Far::Sms, self.id, self.carrier.send(message, now)).await
    }
}

type Carriers<'a> = (Option<Minded<'a, dyn Mailer>>, Option<Minded<'a, dyn Texter>>);

pub fn carriers(app: &App, id: impl Into<Whose>) -> Carriers<'_> {
    let id = id.into();
    let mailer = app.mailer.as_deref().map(|carrier| Minded { app, id, carrier });
    (mailer, app.texter.as_deref().map(|carrier| Minded { app, id, carrier }))
}

async fn keep(app: &App, far: Far, out: Option<Out>) {
    let text = out.and_then(|out| serde_json::to_string(&out).ok()).unwrap_or_default();
    if let Err(error) = app.store.put_mark(&mark(far), &text).await {
        tracing::warn!(far = far.name(), %error, "an outage could not be written down");
    }
}

/// Who is out, as the workers have found it.
pub async fn known(store: &AnyStore) -> Result<Vec<(Far, Out)>, StoreError> {
    let mut all = Vec::new();
    for far in Far::ALL {
        let text = store.mark(&mark(far)).await?.unwrap_or_default();
        all.extend(serde_json::from_str(&text).ok().map(|out| (far, out)));
    }
    Ok(all)
}

/// Takes over what was found before this process began.
pub async fn take_over(app: &App) -> Result<(), StoreError> {
    let load = async || {
        for (far, out) in known(&app.store).await? {
            app.far.set_out(far, out);
        }
        Ok(())
    };
    app.far.known.get_or_try_init(load).await.map(drop)
}

/// Somebody at the desk wants it tried now, whichever process the workers are in.
pub async fn probe(app: &App, far: Far) -> Result<(), StoreError> {
    app.far.probe_now(far, app.now());
    let kinds: Vec<&str> = super::KINDS.into_iter().filter(|kind| needs(kind, far)).collect();
    let first = app.store.failing(&kinds, None, 1).await?;
    app.store.hasten(first.iter().map(|failing| failing.id).collect(), app.now()).await?;
    if matches!(far, Far::Mail | Far::Sms) {
        app.store.hasten_notice(far == Far::Sms, app.now()).await?;
    }
    app.store.put_mark(&probe_mark(far), &app.now().to_string()).await?;
    app.owed.notify_one();
    Ok(())
}

/// Whether effects of this kind are addressed there.
pub fn needs(kind: &str, far: Far) -> bool {
    match far {
        Far::Network => matches!(kind, "bar" | "unbar" | "cease" | "observe"),
        Far::Mail => matches!(kind, "notify" | "escalate"),
        Far::Sms => kind == "notify",
        Far::Billing => case::bill::is_billing(kind),
    }
}

/// Whether somebody at the desk has asked for a try.
pub async fn look(app: &App) -> Result<(), StoreError> {
    for far in Far::ALL {
        let Some(out) = app.far.out(far) else { continue };
        let asked: Option<Timestamp> = app.store.mark(&probe_mark(far)).await?.and_then(|text| text.parse().ok());
        // Failed since, or not yet tried.
        if asked.is_some_and(|at| at > out.since && at + SignedDuration::from_secs(2) > app.now()) {
            app.far.probe_now(far, app.now());
        }
    }
    Ok(())
}

/// How an effect that got no answer goes on; none where it is to be given up.
pub fn again(app: &App, claim: &Claimed, why: &str) -> Option<PutOff> {
    let (id, fars) = (claim.id, Far::of(&claim.effect));
    let (not_before, tried) = pause(app, fars, id.into(), claim.attempts, claim.owed, id.n)?;
    Some(PutOff { id, kind: claim.effect.kind(), not_before, why: why.to_owned(), tried })
}

/// When what got no answer from these is tried again, and whether that was a try; none where it is to be given up. `n`
/// keeps those apart that came to be owed at once.
pub fn pause(
    app: &App,
    fars: &[Far],
    whose: Whose,
    attempts: u32,
    owed: Timestamp,
    n: u32,
) -> Option<(Timestamp, bool)> {
    let now = app.now();
    let (wait, tried) = match app.far.wait(fars, now) {
        Some(wait) => (wait, false),
        None if attempts + 1 < TRIES || !app.far.may_give_up(whose, owed) => (back_off(attempts), true),
        None => return None,
    };
    Some((now.saturating_add(spread(wait, owed, n)).unwrap_or(Timestamp::MAX), tried))
}

/// The holder is told when the network takes long.
pub async fn tell(app: &App, claim: &Claimed) {
    let network = matches!(claim.effect, Effect::Bar { .. } | Effect::Cease { .. });
    if !network || app.now().duration_since(claim.owed) < LONG {
        return;
    }
    let command = Command::Delay { n: claim.id.n };
    if let Err(error) = act(app, claim.id.case, &Actor::Network, &command).await {
        tracing::warn!(case.r#ref = %claim.id.case, %error, "a holder could not be told of the delay");
    }
}
