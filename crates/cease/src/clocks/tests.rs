use case::calendar::Calendar;
use case::{Actor, Command, Flag, Need, Policy, Role, Stage};
use jiff::SignedDuration;

use super::*;
use crate::act::act;
use crate::testing::{self, Browser, advance, staff};
use crate::work;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn agent(n: u64) -> Actor {
    Actor::Agent { staff: case::AccountId::from_bits(n), role: Role::Approver }
}

/// A case that a colleague declared for somebody unknown and took to the desk.
async fn at_desk(app: &Shared, n: u64) -> case::CaseRef {
    let declaration = case::Declaration {
        channel: case::Channel::Letter,
        consent: true,
        backup: true,
        ..case::Declaration::of(
            case::identify::identify("8944 7700 0000 0001 018", &app.policy.identify).unwrap().id,
            case::Person {
                name: format!("Holder {n}"),
                address: String::new(),
                email: Some(format!("h{n}@example.com")),
                phone: None,
            },
            app.now(),
        )
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
    let other = Policy { review_open_hours: Some(8), desk_hours: uk, ..(*app.policy).clone() };
    let later = crate::testing::with_policy(&app, other).await;
    assert!(!others(&app).await.unwrap(), "nobody has started since");
    assert_eq!(redue(&later).await.unwrap(), 1, "the holder's time is the same");
    assert!(others(&app).await.unwrap() && !others(&later).await.unwrap(), "the one that runs on has older rules");
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
    advance(&app, HOUR);
    settled(&app).await;
    assert_eq!(flags(&app).await, [Flag::Overdue, Flag::Escalated].into());
    let page = desk(&app).await.get(&format!("/desk/case/{reference}/clock?lang=en")).await.body;
    assert!(page.contains("the lead was told at 2026-11-23 19:00") && !page.contains("the lead is told"), "{page}");
    advance(&app, HOUR * 48);
    settled(&app).await;
    let to = lead.person.email.as_deref().unwrap();
    let sent: Vec<_> = testing::shelf(&app).messages().into_iter().filter(|m| m.message.to == to).collect();
    let [only] = sent.as_slice() else { panic!("{} letters", sent.len()) };
    let text = format!("{}\n{}", only.message.subject, only.message.text);
    assert!(text.contains(&reference.to_string()) && text.contains("/desk/case/"), "{text}");
    for private in ["Holder 1", "h1@example.com", "8944"] {
        assert!(!text.contains(private), "{text}");
    }
    act(&app, reference, &agent(8), &Command::note("on it")).await.unwrap();
    assert_eq!(flags(&app).await, [Flag::Overdue].into());
}

#[tokio::test]
async fn a_partners_lead_hears_of_the_partners_cases_and_of_no_other() {
    let (app, _dir) = testing::app().await;
    for (n, login, agency) in [(7, "house", None), (8, "north", Some("north")), (9, "south", Some("south"))] {
        let (lead, _) = staff(&app, n, login, Role::Approver).await;
        let agency = agency.map(|name| name.parse().unwrap());
        app.store.put_account(store::Account { agency, ..lead }).await.unwrap();
    }
    let (theirs, ours) = (at_desk(&app, 1).await, at_desk(&app, 2).await);
    app.store.give(theirs, Some(&"north".parse().unwrap())).await.unwrap();
    advance(&app, SignedDuration::from_hours(24 * 4));
    settled(&app).await;
    let sent = testing::shelf(&app).messages();
    let hears = |login: &str, of: case::CaseRef| {
        let of = of.to_string();
        sent.iter().any(|m| m.message.to == format!("{login}@example.com") && m.message.text.contains(&of))
    };
    let heard = ["house", "north", "south"].map(|login| (hears(login, theirs), hears(login, ours)));
    assert_eq!(heard, [(true, true), (true, false), (false, false)]);
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

/// A browser that has shown the second fact of [`at_desk`]'s case `n`.
async fn follower(app: &Shared, reference: case::CaseRef, n: u64) -> Browser {
    let mut browser = Browser::new(app).await;
    let fact = format!("h{n}@example.com");
    let got = browser.post("/case", &[("ref", &reference.to_string()), ("fact", &fact)]).await;
    assert_eq!(got.location(), format!("/case/{reference}"), "{}", got.body);
    browser
}

/// A browser of an approver at the desk.
async fn desk(app: &Shared) -> Browser {
    let (account, _) = staff(app, 90, "jo", Role::Approver).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, case::Level::SecondFactor).await;
    browser
}

#[tokio::test]
async fn a_holder_asks_how_it_is_going_once_and_the_desk_sees_it_until_it_acts() {
    let (app, _dir) = testing::app().await;
    let reference = at_desk(&app, 1).await;
    let mut holder = follower(&app, reference, 1).await;
    let path = format!("/case/{reference}");
    let page = holder.get(&path).await;
    assert!(page.body.contains("Ask how it is going") && page.body.contains("not measured enough"), "{}", page.body);
    // Sunday: the desk is closed, and the page says when it opens.
    assert!(page.body.contains("opens 23 November 2026 at 09:00 GMT"), "{}", page.body);
    let version = async |app: &Shared| app.store.case(reference).await.unwrap().unwrap().version;
    assert_eq!(holder.post(&path, &[("do", "nudge")]).await.location(), format!("{path}#eta"));
    let after = version(&app).await;
    assert_eq!(holder.post(&path, &[("do", "nudge")]).await.location(), format!("{path}#eta"));
    assert_eq!(version(&app).await, after, "twice within the hours is once");
    let page = holder.get(&path).await;
    assert!(page.body.contains("You asked on") && !page.body.contains("value=\"nudge\""), "{}", page.body);
    let mut jo = desk(&app).await;
    // The filters name every mark; a row that has one shows it beside its sign.
    assert!(jo.get("/desk").await.body.contains("</svg>Holder asks"));
    assert!(jo.get(&format!("/desk/case/{reference}")).await.body.contains("Holder asks"));
    act(&app, reference, &agent(8), &Command::say("Nearly done")).await.unwrap();
    assert!(!jo.get("/desk").await.body.contains("</svg>Holder asks"));
    advance(&app, SignedDuration::from_hours(24));
    let nudge = holder.post(&path, &[("do", "nudge")]).await;
    assert_eq!(nudge.location(), format!("{path}#eta"));
    assert!(app.store.case(reference).await.unwrap().unwrap().flags.contains(&Flag::Nudged));
    // A case that has ended has nothing to ask about, and says so without failing.
    let refuse = Command::Refuse { reason: "not ours".into(), way_out: "ask there".into() };
    act(&app, reference, &agent(1), &refuse).await.unwrap();
    let late = holder.post(&path, &[("do", "nudge")]).await;
    assert_eq!(late.status, axum::http::StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_page_of_the_clock_explains_itself_in_both_languages_to_staff_only() {
    let (app, _dir) = testing::app().await;
    let office = Policy { review_open_hours: Some(8), ..(*app.policy).clone() };
    let app = testing::with_policy(&app, office).await;
    let reference = at_desk(&app, 1).await;
    let path = format!("/desk/case/{reference}/clock");
    let mut stranger = Browser::new(&app).await;
    assert!(stranger.get(&path).await.status.is_redirection());
    let mut jo = desk(&app).await;
    let page = jo.get(&path).await;
    for said in ["Due 2026-11-23 17:00", "within 8 h 0 min of open time", "clock-bar-desc", "GOV.UK bank holidays"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(jo.get(&format!("/desk/case/{reference}")).await.body.contains(&path), "the chip leads there");
    // Asked, it stands; answered, it goes on; late, it says by how much.
    let ask = Command::Ask { needs: vec![Need::Document], text: "A bill".into() };
    act(&app, reference, &agent(1), &ask).await.unwrap();
    advance(&app, SignedDuration::from_hours(24));
    // A day is longer than staff stay signed in.
    let mut jo = desk(&app).await;
    assert!(jo.get(&path).await.body.contains("the holder is awaited"));
    act(&app, reference, &agent(1), &Command::TakeUp).await.unwrap();
    assert!(jo.get(&path).await.body.contains("Due 2026-11-24"));
    advance(&app, SignedDuration::from_hours(24 * 34));
    let mut jo = desk(&app).await;
    assert!(jo.get(&format!("{path}?lang=zh-CN")).await.body.contains("已超时"));
    let page = jo.get(&format!("{path}?lang=en")).await;
    assert!(page.body.contains("late.") && page.body.contains("Christmas Day: closed"), "{}", page.body);
    for wrong in ["/desk/case/nonsense/clock", "/desk/case/C7K4-M2QX-D/clock"] {
        assert_eq!(jo.get(wrong).await.status, axum::http::StatusCode::NOT_FOUND, "{wrong}");
    }
}
