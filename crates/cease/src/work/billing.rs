//! What is owed to billing: looked at, asked for where it is not so yet, and looked at again. Only what billing says of
//! itself counts, and each thing has one key for the whole case, so that nothing is billed or paid twice.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use case::{Case, Charge, Effect, Outcome, Subscription};
use jiff::SignedDuration;
use reach::billing::{Billed, Billing, CsvDrop, HttpBilling, KillBillBilling, Standing};
use reach::{Failure, Line};
use store::{Claimed, PutOff};

use super::breaker::Far;
use super::outage::ask;
use crate::app::App;
use crate::config::Config;
use crate::network;

/// Between two looks at a billing system that has not done it yet.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// The one that the configuration names.
pub fn connector(config: &Config) -> anyhow::Result<Option<Arc<dyn Billing>>> {
    let settings = &config.billing;
    let mut all: Vec<Arc<dyn Billing>> = Vec::new();
    if let Some(csv) = &settings.csv {
        all.push(Arc::new(CsvDrop::new(csv).map_err(|why| anyhow!("billing.csv.{why}"))?));
    }
    if let Some(http) = &settings.http {
        all.push(Arc::new(HttpBilling::new(http).map_err(|why| anyhow!("billing.http.{why}"))?));
    }
    if let Some(killbill) = &settings.killbill {
        all.push(Arc::new(KillBillBilling::new(killbill).map_err(|why| anyhow!("billing.killbill.{why}"))?));
    }
    if all.len() > 1 {
        bail!(
            "billing: there are {} systems, and a card is billed by one; leave one of csv, http, killbill",
            all.len()
        );
    }
    Ok(all.pop())
}

/// Observe, ask, observe again.
pub async fn perform(app: &App, claim: &Claimed, case: &Case) -> Result<Outcome, Failure> {
    let Some(billing) = &app.billing else {
        return Err(Failure::GiveUp("no billing system is configured any more: [billing]".into()));
    };
    match &claim.effect {
        Effect::EndBilling { subscription, at } => {
            let of = billed(app, case, subscription).await?;
            let done = |standing: &Standing| standing.ended.is_some();
            let seen = steps(app, claim, billing, &of, done, billing.stop(&of, *at, app.now())).await?;
            let ended_at = seen.ended.unwrap_or(*at);
            Ok(Outcome::BillingEnded { ended_at, evidence: seen.evidence, read_back_at: app.now() })
        }
        Effect::FinalBill { subscription } => {
            let of = billed(app, case, subscription).await?;
            let done = |standing: &Standing| standing.bill.is_some();
            let seen = steps(app, claim, billing, &of, done, billing.final_bill(&of, app.now())).await?;
            let lines = seen.bill.unwrap_or_default();
            Ok(Outcome::Billed { lines, evidence: seen.evidence, read_back_at: app.now() })
        }
        Effect::Refund { subscription, amount } => {
            let of = billed(app, case, subscription).await?;
            let done = |standing: &Standing| standing.refund.is_some();
            let pay = async {
                // Looked for, since it may have been asked for before, and asked for once it is unlocked.
                if case.bill.held {
                    return Err(Failure::NotYet("the account is locked, and nothing is paid back while it is".into()));
                }
                billing.refund(&of, amount, app.now()).await
            };
            let seen = steps(app, claim, billing, &of, done, pay).await?;
            let Some(paid) = seen.refund else { return Err(Failure::Retry(seen.evidence)) };
            let (amount, reference) = (paid.amount, paid.reference);
            Ok(Outcome::Refunded { amount, reference, evidence: seen.evidence, read_back_at: app.now() })
        }
        Effect::Notify { .. }
        | Effect::Bar { .. }
        | Effect::Unbar { .. }
        | Effect::Cease { .. }
        | Effect::Observe { .. }
        | Effect::Certify
        | Effect::Port { .. }
        | Effect::Escalate => Err(Failure::GiveUp("this is not billing's".into())),
    }
}

async fn steps(
    app: &App,
    claim: &Claimed,
    billing: &Arc<dyn Billing>,
    of: &Billed,
    done: impl Fn(&Standing) -> bool,
    order: impl Future<Output = Result<(), Failure>>,
) -> Result<Standing, Failure> {
    let steps = async {
        let before = billing.observe(of, app.now()).await?;
        if done(&before) {
            return Ok(before);
        }
        order.await?;
        let after = billing.observe(of, app.now()).await?;
        if done(&after) { Ok(after) } else { Err(Failure::NotYet(after.evidence)) }
    };
    ask(app, Far::Billing, claim.id, steps).await
}

/// The numbers by which billing may know the card: as they are on record, of this very activation.
async fn billed(app: &App, case: &Case, subscription: &Subscription) -> Result<Billed, Failure> {
    let card = app.store.card(subscription.card).await.map_err(|e| Failure::Retry(e.to_string()))?;
    let card = card.filter(|card| card.subscription() == *subscription);
    let line = card.map_or_else(|| Line::bare(subscription.clone()), network::of);
    let sure = case.quote.lines.iter().filter(|line| line.only_if.is_none());
    let quoted = sure.map(|line| Charge { what: line.what.clone(), amount: line.amount.clone() }).collect();
    Ok(Billed { line, quoted, case: case.reference, currency: app.policy.currency.clone(), zone: app.policy.zone() })
}

/// Whether billing may still take its time: until a refund would be late, or for as long as one is held.
pub fn may_wait(app: &App, claim: &Claimed, case: Option<&Case>) -> bool {
    let most = SignedDuration::from_hours(24 * i64::from(app.policy.tariff.refund_days));
    let held = case.is_some_and(|case| case.bill.held);
    case::bill::is_billing(claim.effect.kind()) && (held || app.now().duration_since(claim.owed) < most)
}

/// Looked at again later; that uses up no tries.
pub fn later(app: &App, claim: &Claimed, why: String) -> PutOff {
    let not_before = app.now().saturating_add(PAUSE).unwrap_or(case::Timestamp::MAX);
    PutOff { id: claim.id, kind: claim.effect.kind(), not_before, why, tried: false }
}

#[cfg(test)]
mod tests;
