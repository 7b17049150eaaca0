//! One case from so long ago that it has been erased: what its page looks like, and that nobody is on it.

use case::{Actor, Command};

use super::plots::Plot;
use super::*;
use crate::keeping::{self, whole};

/// Days ago that it was declared, and that its holder was told.
const AGO: i64 = 2_400;
const TOLD: i64 = 15;

pub async fn erased(app: &App) -> anyhow::Result<()> {
    let (now, mut lots) = (app.now(), Lots::new(SEED));
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    let at = now - days(AGO);
    let (person, lang) = words::person(&mut lots, MANY + 1);
    let account = holder(MANY + 1, person.clone(), lang, at);
    let card = card(&mut lots, MANY + 1, &account, false);
    let record = Record { card, person };
    let staff = staff();
    let scene = Scene { app, staff: &staff, lang, zone: app.policy.zone(), busy: 1.0, unresolved: false };
    let mut life = Life::new(app, lots, &record, at, now);
    play(&mut life, &scene, Plot::Straight);
    life.pass(now - days(TOLD));
    life.act(SignedDuration::ZERO, &Actor::Clock, &Command::PlanErasure { on: now - SignedDuration::from_hours(1) });
    let Some((past, state, _)) = life.end() else { return Ok(()) };
    let reference = past.case.reference;
    let card = CardRecord { state, ..record.card.clone() };
    app.store.import(Import { accounts: vec![account], cards: vec![card] }).await?;
    app.store.commit(past).await?;
    // The desk signs nothing before it has seen that it may.
    crate::log::round(app).await?;
    app.store.plan_erasure(reference, now).await?;
    app.store.put_off_erasure(reference, now, Some(whole::TOLD)).await?;
    keeping::erase(app, 10).await?;
    Ok(())
}
