use std::sync::Arc;

use case::case::Step;
use case::risk::Risks;
use case::{Cause, Flag, Level, Policy, Role, Stage};
use jiff::SignedDuration;
use reach::sim_swap::Fake;
use store::Import;

use super::*;
use crate::app::Shared;
use crate::testing::{self, Browser};
use crate::work;

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn rest(app: &Shared) {
    while work::round(app).await.unwrap() + look(app).await.unwrap() > 0 {}
}

async fn again(app: &App, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

fn an_hour_to_contest(policy: &mut Policy) {
    policy.contest_minutes = 60;
}

/// Whom something that begins or goes on like this went to.
fn told(app: &App, says: &str) -> Vec<String> {
    let mut to: Vec<String> = testing::shelf(app)
        .messages()
        .into_iter()
        .filter(|m| m.message.text.contains(says) || m.message.subject.contains(says))
        .map(|m| m.message.to)
        .collect();
    to.sort();
    to.dedup();
    to
}

#[tokio::test]
async fn a_recovery_holds_the_cases_there_are_and_those_to_come_and_time_ends_it() {
    let (app, _dir) = testing::app_with(an_hour_to_contest).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let present = testing::ending(&app, 1, &mei).await;
    rest(&app).await;
    happened(&app, &mei, Fact::Recovered).await.unwrap();
    let coming = testing::ending(&app, 2, &mei).await;
    rest(&app).await;
    for case in [&present, &coming] {
        let case = again(&app, case).await;
        assert_eq!(case.held(app.now()), app.now().checked_add(DAY).ok(), "{:?}", case.stage);
        assert!(matches!(case.stage, Stage::Ceasing { step: Step::Barred { .. }, .. }), "{:?}", case.stage);
    }
    // The contest window is over, and the hold is not.
    testing::advance(&app, SignedDuration::from_hours(23));
    rest(&app).await;
    assert!(matches!(again(&app, &present).await.stage, Stage::Ceasing { step: Step::Barred { .. }, .. }));
    testing::advance(&app, SignedDuration::from_hours(2));
    rest(&app).await;
    assert!(again(&app, &present).await.stage.has_ended());
    assert!(again(&app, &coming).await.stage.has_ended());
}

/// A wake-up that comes before anybody was told looks for itself.
#[tokio::test]
async fn nothing_is_deleted_between_what_happened_and_its_telling() {
    let (app, _dir) = testing::app_with(an_hour_to_contest).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    while work::round(&app).await.unwrap() > 0 {}
    testing::advance(&app, SignedDuration::from_mins(61));
    happened(&app, &mei, Fact::Recovered).await.unwrap();
    while work::round(&app).await.unwrap() > 0 {}
    let case = again(&app, &case).await;
    assert!(matches!(case.stage, Stage::Ceasing { step: Step::Barred { .. }, .. }), "{:?}", case.stage);
    assert_eq!(case.risks.len(), 1);
}

#[tokio::test]
async fn a_changed_contact_is_told_to_the_old_ones_too_for_as_long_as_it_holds() {
    let (app, _dir) = testing::app_with(an_hour_to_contest).await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::card(&app, 1, mei.id).await;
    let mut eve = mei.clone();
    (eve.person.email, eve.person.phone) = (Some("eve@example.net".into()), Some("+447700900666".into()));
    eve.changed_at = app.now();
    app.store.import(Import { accounts: vec![eve.clone()], cards: Vec::new() }).await.unwrap();
    look(&app).await.unwrap();
    testing::sent(&app, 4).await;
    let everybody = ["+447700900101", "+447700900666", "eve@example.net", "mei@example.com"];
    assert_eq!(told(&app, "mail address or phone number with us was changed"), everybody);
    assert_eq!(told(&app, "/stop/"), ["eve@example.net", "mei@example.com"], "texts have no links");
    look(&app).await.unwrap();
    assert_eq!(testing::shelf(&app).messages().len(), 4, "told twice");

    // Eve ends the card: Mei hears of that as well, and the day that it gives her is a day.
    let case = testing::ending(&app, 1, &eve).await;
    rest(&app).await;
    assert_eq!(told(&app, "Paused for your safety"), everybody);
    assert!(again(&app, &case).await.held(app.now()).is_some());
    // Three days later the old contacts are forgotten.
    testing::advance(&app, SignedDuration::from_hours(73));
    rest(&app).await;
    app.store.sweep(app.now()).await.unwrap();
    assert!(former(&app, mei.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_swapped_sim_holds_and_one_nobody_knows_of_is_only_seen() {
    let (app, _dir) = testing::app().await;
    let network = Arc::new(Fake::default());
    let app = testing::asking(&app, network.clone());
    let day_ago = app.now() - SignedDuration::from_hours(5);
    for (n, login, swap, held) in [
        (1, "mei", Swap::Swapped(Some(day_ago)), true),
        (2, "tom", Swap::Swapped(None), true),
        (3, "ada", Swap::Unknown("503 UNAVAILABLE".into()), false),
        (4, "wei", Swap::Same, false),
        (5, "jun", Swap::Swapped(app.now().checked_sub(SignedDuration::from_hours(60)).ok()), false),
    ] {
        let holder = testing::holder(&app, n, login).await;
        let phone = holder.person.phone.as_deref().unwrap();
        network.tell(phone, swap.clone());
        sim(&app, holder.id, phone).await.unwrap();
        let case = testing::ending(&app, n, &holder).await;
        assert_eq!(case.held(app.now()).is_some(), held, "{swap:?}");
        let unknown = case.risks.iter().any(|risk| risk.fact == Fact::SimUnknown);
        assert_eq!(unknown, matches!(swap, Swap::Unknown(_)), "{swap:?}");
        // Without a hold the way is straight through, to the delete.
        let deleting = matches!(case.stage, Stage::Ceasing { step: Step::Deleting, .. });
        assert_eq!(deleting, !held, "{:?}", case.stage);
    }
}

#[tokio::test]
async fn who_lives_with_the_holder_does_not_decide_alone_and_the_holder_is_not_told() {
    let (app, _dir) = testing::app_with(|policy| policy.straight_through = false).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let (mut jun, _) = testing::staff(&app, 50, "jun", Role::Approver).await;
    (jun.person.name, jun.person.address) = ("Jun Lin".into(), mei.person.address.clone());
    app.store.put_account(jun.clone()).await.unwrap();
    let (ana, _) = testing::staff(&app, 51, "ana", Role::Approver).await;
    let by = |staff: &Account| Actor::Agent { staff: staff.id, role: Role::Approver };
    let approve = Command::Approve { evidence: "passport seen".into() };
    let signed = act::act(&app, case.reference, &by(&jun), &approve).await.unwrap();
    let Stage::Review { causes, signatures, .. } = &signed.stage else { panic!("{:?}", signed.stage) };
    assert!(causes.contains(&Cause::Risk) && signatures.len() == 1, "{causes:?}");
    let done = act::act(&app, case.reference, &by(&ana), &approve).await.unwrap();
    assert!(matches!(done.stage, Stage::Ceasing { .. }), "{:?}", done.stage);

    // A colleague who is not close signs alone.
    let other = testing::ending(&app, 2, &mei).await;
    let done = act::act(&app, other.reference, &by(&ana), &approve).await.unwrap();
    assert!(matches!(done.stage, Stage::Ceasing { .. }), "{:?}", done.stage);
}

#[tokio::test]
async fn a_lock_takes_the_declaration_and_lets_it_wait_until_it_is_off() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    assert!(lock(&app, mei.id).await.unwrap());
    assert!(!lock(&app, mei.id).await.unwrap());
    let case = testing::ending(&app, 1, &mei).await;
    assert!(matches!(&case.stage, Stage::Review { causes, .. } if causes.contains(&Cause::Locked)), "{:?}", case.stage);
    rest(&app).await;
    assert_eq!(told(&app, "We have your cancellation"), ["+447700900101", "mei@example.com"], "no receipt");
    // An import of the account changes nothing of it.
    app.store.import(Import { accounts: vec![mei.clone()], cards: Vec::new() }).await.unwrap();
    assert!(standing(&app, mei.id).await.unwrap().locked.is_some());

    assert!(unlock(&app, mei.id).await.unwrap());
    rest(&app).await;
    assert!(again(&app, &case).await.stage.has_ended());
    for says in ["is now locked against", "was taken off your account"] {
        for _ in 0..10_000 {
            if told(&app, says).len() == 2 {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(told(&app, says), ["+447700900101", "mei@example.com"], "{says}");
    }
}

#[tokio::test]
async fn a_lock_that_comes_later_puts_the_card_back_and_two_with_evidence_get_past_it() {
    let (app, _dir) = testing::app_with(an_hour_to_contest).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    rest(&app).await;
    lock(&app, mei.id).await.unwrap();
    rest(&app).await;
    assert!(matches!(again(&app, &case).await.stage, Stage::Contested { was_barred: true, .. }));
    let card = app.store.cards_of(mei.id).await.unwrap().remove(0);
    assert_eq!(card.state, case::CardState::Active);

    let by = |n, role| Actor::Agent { staff: AccountId::from_bits(n), role };
    let resume = Command::Resume { reason: "called back".into() };
    act::act(&app, case.reference, &by(60, Role::Agent), &resume).await.unwrap();
    let approve = Command::Approve { evidence: "passport seen".into() };
    let one = act::act(&app, case.reference, &by(60, Role::Agent), &approve).await.unwrap();
    assert!(matches!(&one.stage, Stage::Review { causes, .. } if causes.contains(&Cause::Locked)));
    let two = act::act(&app, case.reference, &by(61, Role::Approver), &approve).await.unwrap();
    assert!(matches!(two.stage, Stage::Ceasing { .. }), "{:?}", two.stage);
}

#[tokio::test]
async fn many_requests_are_seen_and_stop_nothing() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let number = case::identify::Identifier::Iccid(card.iccid.unwrap().parse().unwrap());
    let declaration = case::Declaration {
        consent: true,
        backup: true,
        ..case::Declaration::of(number, mei.person.clone(), app.now())
    };
    let actor =
        Actor::Holder { account: Some(mei.id), assurance: case::Assurance::shown(Level::Code, mei.id, app.now()) };
    let noticed =
        act::Noticed { flags: vec![Flag::Suspect], facts: vec![Seen { fact: Fact::ManyRequests, at: app.now() }] };
    let record = act::record(&app, &declaration.number, &declaration.person).await.unwrap();
    let (case, _) =
        act::declare_known(&app, &actor, declaration, noticed, None, record, |_| Default::default()).await.unwrap();
    assert_eq!(case.risks.iter().map(|risk| risk.fact).collect::<Vec<_>>(), [Fact::ManyRequests]);
    assert!(matches!(case.stage, Stage::Ceasing { .. }), "{:?}", case.stage);
}

#[test]
fn rules_that_hold_too_short_or_ask_for_too_little_are_said_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.toml");
    let generic = include_str!("../../../../rules/generic.toml");
    for (more, says) in [
        ("[risk]\nhold_hours = 23\n", "risk.hold_hours must be from 24 to 72"),
        ("[risk]\nhold_hours = 73\n", "risk.hold_hours"),
        ("[assurance]\ncease = \"nothing\"\n", "assurance.cease"),
        ("[assurance]\nunlock = \"code\"\n", "assurance.unlock"),
        ("[assurance]\ncontest = \"code\"\n", "contest"),
        ("[risk]\nrecovered = \"block\"\n", "block"),
    ] {
        std::fs::write(&file, format!("{generic}\n{more}")).unwrap();
        let mut config = crate::config::Config::default();
        config.rules.pack = file.display().to_string();
        let why = format!("{:#}", config.policy().unwrap_err());
        assert!(why.contains(says), "{says}: {why}");
    }
    assert_eq!(Risks::default().hold_hours, 24);
}

/// The pages ask the same table as the core.
#[tokio::test]
async fn rules_that_ask_for_more_are_asked_at_the_door() {
    use axum::http::StatusCode;
    use case::Needed;
    let (app, _dir) = testing::app_with(|policy| {
        policy.contest_minutes = 60;
        policy.assurance.status = Needed::Code;
        policy.assurance.evidence = Needed::SignedIn;
        policy.assurance.withdraw = Needed::Code;
        policy.assurance.cease = Needed::SignedIn;
    })
    .await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    assert!(!case.proven, "a code is not enough to end it here");
    let mut browser = testing::Browser::new(&app).await;
    browser.visit("/").await.change(&app, |session| crate::web::Visit::grant(session, case.reference)).await.unwrap();
    browser.get("/").await;
    let path = format!("/case/{}", case.reference);
    let confirm = format!("/confirm?for={}", case.reference);
    assert_eq!(browser.get(&path).await.location(), confirm);
    let nobody = Actor::Holder { account: None, assurance: case::Assurance::nothing() };
    let refused = act::act(&app, case.reference, &nobody, &Command::Withdraw).await;
    assert!(matches!(refused, Err(ActError::Refused(case::Refusal::NotProven))));
    // What stops a thief asks for nothing, whatever the rules.
    browser.prove(mei.id).await;
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    assert!(browser.get(&format!("{path}/evidence")).await.location().starts_with("/sign-in"));
    browser.sign_in(mei.id, Level::SignedIn).await;
    assert_eq!(browser.get(&format!("{path}/evidence")).await.status, StatusCode::OK);
    act::act(&app, case.reference, &nobody, &Command::Contest).await.unwrap();
}

async fn facts(app: &Shared, account: AccountId) -> Vec<Fact> {
    let guards = app.store.guards(account, app.now()).await.unwrap();
    guards.iter().filter_map(|g| if let Guarded::Happened(fact) = g.what { Some(fact) } else { None }).collect()
}

#[tokio::test]
async fn a_browser_is_new_to_an_account_that_knows_others_and_only_once() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let tom = testing::holder(&app, 2, "tom").await;
    let mut own = Browser::new(&app).await;
    assert_eq!(own.mark, "", "nobody is marked for looking");
    let fields = |login| [("login", login), ("password", testing::PASSWORD)];
    own.post("/sign-in", &[("login", "mei"), ("password", "wrong wrong wrong")]).await;
    assert_eq!(own.mark, "");
    let got = own.post("/sign-in", &fields("mei")).await;
    let set: Vec<_> = got.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned()).collect();
    let mark = set.iter().find(|set| set.starts_with("cease-browser=")).expect("a mark");
    assert!(mark.contains("HttpOnly") && mark.contains("SameSite=Lax") && mark.contains("Max-Age=34560000"), "{mark}");
    assert_eq!(facts(&app, mei.id).await, [], "the first");
    own.post("/sign-out", &[]).await;
    assert_ne!(own.mark, "", "signing out is not being forgotten");
    let kept = own.mark.clone();
    own.post("/sign-in", &fields("mei")).await;
    assert_eq!((facts(&app, mei.id).await, own.mark.clone()), (vec![], kept.clone()));

    // Another browser, and one that makes a mark up.
    let mut other = Browser::new(&app).await;
    other.post("/sign-in", &fields("mei")).await;
    assert_eq!(facts(&app, mei.id).await, [Fact::NewDevice]);
    assert_ne!(other.mark, kept);
    testing::advance(&app, SignedDuration::from_hours(73));
    assert_eq!(facts(&app, mei.id).await, []);
    let mut made_up = Browser::new(&app).await;
    made_up.mark = format!("cease-browser={}", "A".repeat(43));
    made_up.prove(mei.id).await;
    assert_eq!(facts(&app, mei.id).await, [Fact::NewDevice]);
    // A browser that knows one account knows nothing of another's.
    testing::advance(&app, SignedDuration::from_hours(73));
    own.post("/sign-in", &fields("tom")).await;
    made_up.prove(tom.id).await;
    assert_eq!(facts(&app, tom.id).await, [Fact::NewDevice]);
    assert!(testing::shelf(&app).messages().is_empty(), "it is shown, and told nobody");
}

#[tokio::test]
async fn what_a_new_browser_does_is_the_rules_to_say() {
    for (bearing, ends) in [(Bearing::Show, true), (Bearing::Hold, false)] {
        let (app, _dir) = testing::app_with(|policy| {
            an_hour_to_contest(policy);
            policy.risk.new_device = bearing;
        })
        .await;
        let mei = testing::holder(&app, 1, "mei").await;
        Browser::new(&app).await.prove(mei.id).await;
        Browser::new(&app).await.prove(mei.id).await;
        let case = testing::ending(&app, 1, &mei).await;
        rest(&app).await;
        testing::advance(&app, SignedDuration::from_hours(2));
        rest(&app).await;
        let case = again(&app, &case).await;
        assert_eq!(
            case.risks.iter().map(|risk| (risk.fact, risk.bearing)).collect::<Vec<_>>(),
            [(Fact::NewDevice, bearing)]
        );
        assert_eq!(case.stage.has_ended(), ends, "{:?}", case.stage);
        assert_eq!(!told(&app, "had not been used for it before").is_empty(), !ends, "contacts hear of what holds");
    }
}

#[tokio::test]
async fn another_channel_than_ever_before_is_seen() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let declare = async |n: u64, channel: Channel| {
        let card = testing::card(&app, n, mei.id).await;
        let number = case::identify::Identifier::Iccid(card.iccid.unwrap().parse().unwrap());
        let person = mei.person.clone();
        let declaration = case::Declaration { channel, ..case::Declaration::of(number, person, app.now()) };
        let actor = Actor::Holder { account: None, assurance: case::Assurance::nothing() };
        let case = act::declare(&app, &actor, declaration, Vec::new(), None).await.unwrap();
        case.risks.iter().map(|risk| risk.fact).collect::<Vec<_>>()
    };
    assert_eq!(declare(1, Channel::Letter).await, [], "who has never declared has no habit");
    assert_eq!(declare(2, Channel::Letter).await, []);
    assert_eq!(declare(3, Channel::Web).await, [], "the counter asks for more than a channel tells");
    assert_eq!(declare(4, Channel::Mail).await, [Fact::OtherChannel]);
    assert_eq!(declare(5, Channel::Mail).await, [], "now they have");
}
