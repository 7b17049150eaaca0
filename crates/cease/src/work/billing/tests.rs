use std::sync::Arc;

use case::{Actor, CardRecord, Case, Charge, Command, Effect, Flag, Money, Outcome, Refusal, Role, Stage};
use jiff::SignedDuration;
use reach::Failure;
use reach::billing::Fake;
use reach::billing::fake::Fault;
use store::{Claimed, Import};

use super::{may_wait, perform};
use crate::act::{ActError, act, declare};
use crate::app::Shared;
use crate::guard;
use crate::testing;
use crate::work::round;

/// A desk with a made-up billing system, and a proven holder's card with £7.50 of credit on its way out.
async fn desk() -> (Shared, Arc<Fake>, Case, tempfile::TempDir) {
    let (mut app, dir) = testing::app_with(|policy| {
        (policy.contest_minutes, policy.tariff.connected) = (0, true);
        policy.fees.clear();
    })
    .await;
    let fake = Arc::new(Fake::default());
    Arc::get_mut(&mut app).unwrap().billing = Some(fake.clone());
    let mei = testing::holder(&app, 1, "mei").await;
    let card = CardRecord { credit: Some(Money::new(750, "GBP")), ..testing::card(&app, 1, mei.id).await };
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let number = card.iccid.unwrap().parse().map(case::identify::Identifier::Iccid).unwrap();
    let said = case::Declaration::of(number, mei.person.clone(), app.now());
    let said = case::Declaration { consent: true, backup: true, ..said };
    let assurance = case::Assurance::shown(case::Level::Code, mei.id, app.now());
    let holder = Actor::Holder { account: Some(mei.id), assurance };
    let case = declare(&app, &holder, said, Vec::new(), None).await.unwrap();
    (app, fake, case, dir)
}

/// Rounds, and the pauses between them, for an hour.
async fn hour(app: &Shared) {
    for _ in 0..12 {
        for _ in 0..20 {
            if round(app).await.unwrap() == 0 {
                break;
            }
        }
        testing::advance(app, SignedDuration::from_mins(5));
    }
}

async fn seen(app: &Shared, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

fn charge(what: &str, minor: i64) -> Charge {
    Charge { what: what.into(), amount: Money::new(minor, "GBP") }
}

#[tokio::test]
async fn a_card_that_ends_is_billed_and_its_credit_comes_back_with_a_proof() {
    let (app, fake, case, _dir) = desk().await;
    fake.will_bill(case.reference, vec![charge("fee-credit", -750), charge("admin", 999)]);
    hour(&app).await;
    let case = seen(&app, &case).await;
    assert!(case.stage.certificate().is_some(), "{:?}", case.stage);
    assert_eq!(case.times.billing_end, case.bill.ended.as_ref().map(|ended| ended.at));
    let statement = case.bill.statement.as_ref().unwrap();
    assert_eq!(statement.total, Money::new(-750, "GBP"), "what nobody agreed to is not owed");
    let refund = case.bill.refund.as_ref().unwrap();
    assert_eq!(refund.amount, Money::new(750, "GBP"));
    assert_eq!(refund.paid.as_ref().unwrap().reference, format!("FAKE-{}", case.reference));
    assert_eq!(refund.by, app.policy.refund_by(case.times.contract_end.unwrap()));
    let done = &fake.accounts()[0].1.done;
    assert_eq!(*done, ["stop", "bill", "refund"].map(|order| format!("{}.{order}", case.reference)));
    assert!(case.owed.is_empty(), "{:?}", case.owed);
    let sent: Vec<String> = testing::shelf(&app).messages().into_iter().map(|s| s.message.subject).collect();
    assert!(sent.iter().any(|subject| subject.starts_with("Your last bill")), "{sent:?}");
    assert!(sent.iter().any(|subject| subject.starts_with("Paid back")), "{sent:?}");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_for_and_nothing_is_done_twice() {
    let (app, fake, case, _dir) = desk().await;
    for _ in 0..3 {
        fake.set_fault(Fault::AnswerLost);
        hour(&app).await;
    }
    let case = seen(&app, &case).await;
    assert!(case.bill.refund.as_ref().is_some_and(|refund| refund.paid.is_some()), "{:?}", case.bill);
    assert_eq!(fake.accounts()[0].1.done.len(), 3);
}

#[tokio::test]
async fn billing_that_is_away_holds_up_no_certificate() {
    let (app, fake, case, _dir) = desk().await;
    fake.set_fault(Fault::Down);
    hour(&app).await;
    let down = seen(&app, &case).await;
    assert!(down.stage.certificate().is_some() && down.bill.ended.is_none());
    fake.set_fault(Fault::None);
    hour(&app).await;
    hour(&app).await;
    assert!(seen(&app, &case).await.bill.statement.is_some());
}

#[tokio::test]
async fn a_refund_that_is_late_rings_once_and_counts_only_with_its_reference() {
    let (app, fake, case, _dir) = desk().await;
    fake.set_fault(Fault::Unpaid);
    hour(&app).await;
    let due = seen(&app, &case).await;
    assert!(due.bill.refund.as_ref().is_some_and(|refund| refund.paid.is_none()), "{:?}", due.bill);
    assert!(!due.flags.contains(&Flag::RefundLate));
    testing::advance(&app, SignedDuration::from_hours(24 * 15));
    hour(&app).await;
    let late = seen(&app, &case).await;
    assert!(late.flags.contains(&Flag::RefundLate));
    let journal = app.store.journal(case.reference).await.unwrap();
    let told = journal.iter().flat_map(|entry| &entry.events);
    let rings = told.filter(|event| matches!(event, case::Event::Owed { what, .. } if what == "escalate")).count();
    assert_eq!(rings, 1);
    fake.set_fault(Fault::None);
    for _ in 0..6 {
        hour(&app).await;
    }
    let paid = seen(&app, &case).await;
    assert!(!paid.flags.contains(&Flag::RefundLate), "{:?}", paid.bill);
    assert!(paid.bill.refund.unwrap().paid.is_some());
}

#[tokio::test]
async fn what_was_given_up_is_asked_for_again_under_the_same_key() {
    let (app, fake, case, _dir) = desk().await;
    fake.set_fault(Fault::Down);
    hour(&app).await;
    let down = seen(&app, &case).await;
    let (n, _) = down.owed.iter().find(|(_, what)| what == "end-billing").cloned().unwrap();
    let outcome = Outcome::GaveUp { why: "no answer".into() };
    act(&app, case.reference, &Actor::Network, &Command::Report { n, outcome }).await.unwrap();
    let stuck = seen(&app, &case).await;
    assert!(stuck.flags.contains(&Flag::BillingStuck) && !stuck.flags.contains(&Flag::Stuck));
    let (ana, _) = testing::staff(&app, 9, "ana", Role::Agent).await;
    let agent = Actor::Agent { staff: ana.id, role: Role::Agent };
    let resume = Command::Resume { reason: "they are back".into() };
    act(&app, case.reference, &agent, &resume).await.unwrap();
    let twice = act(&app, case.reference, &agent, &resume).await;
    assert!(matches!(twice, Err(ActError::Refused(Refusal::WrongStage { .. }))), "{twice:?}");
    fake.set_fault(Fault::None);
    hour(&app).await;
    hour(&app).await;
    let seen = seen(&app, &case).await;
    assert!(!seen.flags.contains(&Flag::BillingStuck) && seen.bill.statement.is_some(), "{:?}", seen.bill);
    assert_eq!(fake.accounts()[0].1.done.len(), 3);
    assert!(matches!(seen.stage, Stage::Ceased { .. }));
}

#[tokio::test]
async fn a_lock_after_the_end_keeps_the_money_and_what_is_under_way_waits() {
    let (app, fake, case, _dir) = desk().await;
    fake.set_fault(Fault::Down);
    hour(&app).await;
    let gone = seen(&app, &case).await;
    assert!(gone.stage.has_ended());
    guard::lock(&app, gone.account.unwrap()).await.unwrap();
    fake.set_fault(Fault::None);
    hour(&app).await;
    let held = seen(&app, &case).await;
    assert!(held.bill.held && held.bill.unpaid().is_some(), "{:?}", held.bill);
    // One that was asked for before is looked for, for as long as it takes, and not asked for.
    let (subscription, amount) = (held.subscription.clone().unwrap(), Money::new(750, "GBP"));
    let id = case::EffectId { case: held.reference, n: 99 };
    let claim = Claimed { id, effect: Effect::Refund { subscription, amount }, attempts: 0, owed: app.now() };
    assert!(matches!(perform(&app, &claim, &held).await, Err(Failure::NotYet(_))));
    testing::advance(&app, SignedDuration::from_hours(24 * 30));
    assert!(may_wait(&app, &claim, Some(&held)) && !may_wait(&app, &claim, Some(&gone)));
    let done = || fake.accounts()[0].1.done.len();
    assert_eq!(done(), 2, "stopped and billed");
    guard::unlock(&app, held.account.unwrap()).await.unwrap();
    hour(&app).await;
    assert!(seen(&app, &case).await.bill.unpaid().is_none() && done() == 3);
}
