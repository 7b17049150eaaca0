use case::calendar::Calendar;
use case::{Actor, Command, Flag, Need, Policy, Role, Stage};
use jiff::SignedDuration;

use super::*;
use crate::act::act;
use crate::testing::{self, advance, staff};
use crate::work;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn agent(n: u64) -> Actor {
    Actor::Agent { staff: case::AccountId::from_bits(n), role: Role::Approver }
}

/// A case that a colleague declared for somebody unknown and took to the desk.
async fn at_desk(app: &Shared, n: u64) -> case::CaseRef {
    let declaration = case::Declaration {
        channel: case::Channel::Letter,
        lang: case::Lang::En,
        number: case::identify::identify("8944 7700 0000 0001 018", &app.policy.identify).unwrap().id,
        check: case::identify::Check::Ok,
        person: case::Person {
            name: format!("Holder {n}"),
            address: String::new(),
            email: Some(format!("h{n}@example.com")),
            phone: None,
        },
        statement: None,
        files: Vec::new(),
        wanted_end: None,
        consent: true,
        backup: true,
        declared_at: app.now(),
    };
    let case = crate::act::declare(app, &agent(1), declaration, Vec::new(), None).await.unwrap();
    act(app, case.reference, &agent(1), &Command::TakeUp).await.unwrap();
    case.reference
}

async fn settled(app: &Shared) {
    while work::round(app).await.unwrap() > 0 {}
}

#[tokio::test]
async fn deadlines_follow_the_rules_at_the_next_start_and_only_then() {
    let (app, _dir) = testing::app().await;
    let reference = at_desk(&app, 1).await;
    let ask = Command::Ask { needs: vec![Need::Document], text: "A bill".into() };
    act(&app, at_desk(&app, 2).await, &agent(1), &ask).await.unwrap();
    assert_eq!(redue(&app).await.unwrap(), 0, "they are due as these rules want it");
    let due = |app: &Shared| {
        let store = app.store.clone();
        async move { store.list(store::View::Review, None, 9).await.unwrap()[0].due.unwrap().to_string() }
    };
    // A Sunday noon: three quarters of a day, by the clock on the wall.
    assert_eq!(due(&app).await, "2026-11-23T06:00:00Z");
    let uk: Calendar = app.policy.desk_hours.clone();
    let other = Policy { review_open_hours: Some(8), desk_hours: uk, ..app.policy.clone() };
    let later = crate::testing::with_policy(&app, other).await;
    assert_eq!(redue(&later).await.unwrap(), 1, "the holder's time is the same");
    assert_eq!(due(&later).await, "2026-11-23T15:00:00Z");
    assert_eq!(redue(&later).await.unwrap(), 0);
    // Woken by the old deadline, it is not late.
    advance(&later, SignedDuration::from_hours(25));
    settled(&later).await;
    assert!(later.store.case(reference).await.unwrap().unwrap().flags.is_empty());
}

#[tokio::test]
async fn silence_past_the_promise_reaches_the_lead_once_and_without_the_holder() {
    let (app, _dir) = testing::app().await;
    let (lead, _) = staff(&app, 7, "lead", Role::Approver).await;
    staff(&app, 8, "agent", Role::Agent).await;
    let reference = at_desk(&app, 1).await;
    settled(&app).await;
    let flags = async |app: &Shared| app.store.case(reference).await.unwrap().unwrap().flags;
    advance(&app, SignedDuration::from_hours(18));
    settled(&app).await;
    assert_eq!(flags(&app).await, [Flag::DueSoon].into());
    advance(&app, SignedDuration::from_hours(6));
    settled(&app).await;
    assert_eq!(flags(&app).await, [Flag::Overdue].into());
    // Somebody acts, and the lead is left in peace for as long again.
    advance(&app, HOUR * 3);
    act(&app, reference, &agent(8), &Command::note("rang them")).await.unwrap();
    advance(&app, HOUR * 3);
    settled(&app).await;
    assert_eq!(flags(&app).await, [Flag::Overdue].into());
    let before = testing::shelf(&app).messages().len();
    advance(&app, HOUR);
    settled(&app).await;
    assert_eq!(flags(&app).await, [Flag::Overdue, Flag::Escalated].into());
    advance(&app, HOUR * 48);
    settled(&app).await;
    let sent = &testing::shelf(&app).messages()[before..];
    let [only] = sent else { panic!("{} letters", sent.len()) };
    assert_eq!(Some(&only.message.to), lead.person.email.as_ref());
    let text = format!("{}\n{}", only.message.subject, only.message.text);
    assert!(text.contains(&reference.to_string()) && text.contains("/desk/case/"), "{text}");
    for private in ["Holder 1", "h1@example.com", "8944"] {
        assert!(!text.contains(private), "{text}");
    }
    act(&app, reference, &agent(8), &Command::note("on it")).await.unwrap();
    assert_eq!(flags(&app).await, [Flag::Overdue].into());
}

#[tokio::test]
async fn the_desk_is_measured_from_its_own_decisions_and_then_says_when() {
    let (app, _dir) = testing::app().await;
    // Monday morning.
    advance(&app, SignedDuration::from_hours(22));
    assert!(estimate(&app, &app.store.case(at_desk(&app, 0).await).await.unwrap().unwrap()).await.unwrap().is_none());
    for n in 1..=30 {
        let reference = at_desk(&app, n).await;
        measure(&app).await.unwrap();
        advance(&app, SignedDuration::from_mins(10));
        let refuse = Command::Refuse { reason: "not ours".into(), way_out: "ask there".into() };
        act(&app, reference, &agent(1 + n % 2), &refuse).await.unwrap();
        measure(&app).await.unwrap();
    }
    let past = app.store.decisions(100).await.unwrap();
    assert_eq!(past.len(), 30);
    assert!(past.iter().all(|p| (p.took, p.service) == (600.0, 600.0)), "{past:?}");
    let last = at_desk(&app, 99).await;
    measure(&app).await.unwrap();
    // What was learnt is a minute old at most.
    advance(&app, SignedDuration::from_mins(2));
    let case = app.store.case(last).await.unwrap().unwrap();
    let told = estimate(&app, &case).await.unwrap().unwrap();
    assert_eq!((told.place, told.agents, told.learnt_from), (2, 2, 30));
    assert!(told.from <= told.by && told.by < app.now() + HOUR * 2, "{told:?}");
    // It goes back to its holder, and there is nothing to estimate.
    let ask = Command::Ask { needs: vec![Need::Document], text: "A bill".into() };
    let waits = act(&app, last, &agent(1), &ask).await.unwrap();
    assert!(matches!(waits.stage, Stage::Received { .. }));
    assert_eq!(estimate(&app, &waits).await.unwrap(), None);
}

#[tokio::test]
async fn a_desk_older_than_its_measuring_is_measured_from_its_journals_once() {
    let (app, _dir) = testing::app().await;
    advance(&app, SignedDuration::from_hours(22));
    for n in 0..6 {
        let reference = at_desk(&app, n).await;
        advance(&app, SignedDuration::from_mins(10));
        if n > 0 {
            let refuse = Command::Refuse { reason: "not ours".into(), way_out: "ask there".into() };
            act(&app, reference, &agent(1), &refuse).await.unwrap();
        }
    }
    gauge::look_back(&app).await.unwrap();
    let past = app.store.decisions(100).await.unwrap();
    assert_eq!(past.iter().map(|p| p.took).collect::<Vec<_>>(), [600.0; 5]);
    gauge::look_back(&app).await.unwrap();
    measure(&app).await.unwrap();
    assert_eq!(app.store.decisions(100).await.unwrap(), past, "measured twice");
}
