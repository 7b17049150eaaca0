//! A message goes once: whoever dies, whoever is quicker, whoever thinks better of it.

use case::actor::{Assurance, Level};
use case::identify::identify;
use case::{Case, Channel, Declaration, PendingId};

use super::*;
use crate::act::{act, declare};
use crate::testing;

async fn case_of(app: &Shared) -> Case {
    let holder = testing::holder(app, 1, "mei").await;
    let card = testing::card(app, 1, holder.id).await;
    let found = identify(&card.iccid.unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: found.check,
        statement: Some("Please.".into()),
        consent: true,
        backup: true,
        ..Declaration::of(found.id, holder.person.clone(), app.now())
    };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, holder.id, app.now()) };
    let case = declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
    while crate::work::round(app).await.unwrap() > 0 {}
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn pend(app: &Shared, case: &Case, id: u64, kind: Writing, text: &str) -> Pending {
    let (account, _) = testing::staff(app, 90, "jo", Role::Agent).await;
    let pending = Pending {
        id: PendingId::from_bits(id),
        case: case.reference,
        staff: account.id,
        kind,
        text: text.into(),
        channel: Channel::Web,
        send_at: app.now() + UNDO,
        tried: None,
    };
    app.store.put_pending(pending.clone(), true).await.unwrap();
    pending
}

/// Everything staff have said in the case.
async fn said(app: &Shared, case: CaseRef) -> Vec<(String, bool)> {
    let journal = app.store.journal(case).await.unwrap();
    let words =
        |event: &Event| if let Event::Said { text, note, .. } = event { Some((text.clone(), *note)) } else { None };
    journal
        .iter()
        .filter(|e| matches!(e.actor, Actor::Agent { .. }))
        .flat_map(|e| &e.events)
        .filter_map(words)
        .collect()
}

async fn later(app: &Shared, seconds: i64) {
    testing::advance(app, SignedDuration::from_secs(seconds));
    while crate::work::round(app).await.unwrap() > 0 {}
}

#[tokio::test]
async fn nothing_is_in_the_journal_before_its_time_and_then_it_is_once() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let letters = testing::shelf(&app).messages().len();
    pend(&app, &case, 1, Writing::Reply, "Hello").await;
    pend(&app, &case, 2, Writing::Note, "Rang").await;
    later(&app, 9).await;
    assert_eq!(said(&app, case.reference).await, []);
    assert_eq!(testing::shelf(&app).messages().len(), letters);
    later(&app, 1).await;
    let all = [("Hello".to_owned(), false), ("Rang".to_owned(), true)];
    assert_eq!(said(&app, case.reference).await, all);
    assert!(testing::shelf(&app).messages().len() > letters, "the holder is told of the reply");
    later(&app, 600).await;
    assert_eq!(said(&app, case.reference).await, all, "once");
}

#[tokio::test]
async fn a_worker_that_dies_after_sending_does_not_send_twice() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let pending = pend(&app, &case, 1, Writing::Reply, "Hello").await;
    testing::advance(&app, UNDO);
    let leased = app.store.due_pending(app.now(), LEASE, 9).await.unwrap();
    assert_eq!(leased.len(), 1);
    // It gets as far as the commit, and no further.
    assert!(app.store.try_pending(pending.id, case.version).await.unwrap());
    let actor = Actor::Agent { staff: pending.staff, role: Role::Agent };
    act_on(&app, &case, &actor, &command(&pending)).await.unwrap();
    later(&app, 61).await;
    assert_eq!(said(&app, case.reference).await.len(), 1);
    assert_eq!(app.store.pending_of(case.reference, pending.staff).await.unwrap(), []);
}

#[tokio::test]
async fn a_worker_that_dies_before_sending_loses_nothing_though_others_speak_first() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let pending = pend(&app, &case, 1, Writing::Reply, "Hello").await;
    testing::advance(&app, UNDO);
    app.store.due_pending(app.now(), LEASE, 9).await.unwrap();
    assert!(app.store.try_pending(pending.id, case.version).await.unwrap());
    let (li, _) = testing::staff(&app, 91, "li", Role::Agent).await;
    let other = Actor::Agent { staff: li.id, role: Role::Agent };
    // The very version it was to be, in the very words: but another's.
    act(&app, case.reference, &other, &Command::say("Hello")).await.unwrap();
    later(&app, 61).await;
    assert_eq!(said(&app, case.reference).await.len(), 2);
}

#[tokio::test]
async fn two_workers_at_once_send_one() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let pending = pend(&app, &case, 1, Writing::Reply, "Hello").await;
    let (one, two) = tokio::join!(send(&app, &pending), send(&app, &pending));
    one.unwrap();
    two.unwrap();
    assert_eq!(said(&app, case.reference).await.len(), 1);
}

#[tokio::test]
async fn what_is_taken_back_is_not_sent_and_stands_in_the_draft() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let pending = pend(&app, &case, 1, Writing::Reply, "Hello").await;
    assert!(app.store.take_back(pending.id, pending.staff, app.now()).await.unwrap().is_some());
    // A worker that had it in its hands already.
    send(&app, &pending).await.unwrap();
    later(&app, 600).await;
    assert_eq!(said(&app, case.reference).await, []);
    let draft = app.store.draft(case.reference, pending.staff, Writing::Reply).await.unwrap().unwrap();
    assert_eq!(draft.text, "Hello");
}

#[tokio::test]
async fn whoever_works_here_no_longer_sends_nothing_and_loses_nothing() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let pending = pend(&app, &case, 1, Writing::Reply, "Hello").await;
    let mut account = app.store.account(pending.staff).await.unwrap().unwrap();
    account.disabled = true;
    app.store.put_account(account).await.unwrap();
    later(&app, 10).await;
    assert_eq!(said(&app, case.reference).await, []);
    assert!(app.store.draft(case.reference, pending.staff, Writing::Reply).await.unwrap().is_some());
}

#[tokio::test]
async fn a_snooze_ends_by_its_time_or_when_the_holder_acts_and_not_when_staff_do() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app).await;
    let (jo, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let until = Some(app.now() + SignedDuration::from_hours(2));
    let timed =
        Snooze { case: case.reference, staff: jo.id, at: app.now(), until, until_reply: false, seen: case.version };
    app.store.put_snooze(timed).await.unwrap();
    later(&app, 7_100).await;
    assert!(app.store.snooze_of(case.reference).await.unwrap().is_some());
    later(&app, 100).await;
    assert_eq!(app.store.snooze_of(case.reference).await.unwrap(), None);

    let case = app.store.case(case.reference).await.unwrap().unwrap();
    let quiet = Snooze { at: app.now(), until: None, until_reply: true, seen: case.version, ..timed };
    app.store.put_snooze(quiet).await.unwrap();
    let staff = Actor::Agent { staff: jo.id, role: Role::Agent };
    act(&app, case.reference, &staff, &Command::note("Still waiting")).await.unwrap();
    later(&app, 1).await;
    assert!(app.store.snooze_of(case.reference).await.unwrap().is_some());
    let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act(&app, case.reference, &holder, &Command::say("Here it is")).await.unwrap();
    later(&app, 1).await;
    assert_eq!(app.store.snooze_of(case.reference).await.unwrap(), None);
}
