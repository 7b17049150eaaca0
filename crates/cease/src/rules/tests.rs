//! Which day's rules a running desk goes by.

use case::{Actor, Assurance, Level, Stage, Timestamp};
use jiff::SignedDuration;
use rules::{Wanted, compose};

use crate::act;
use crate::config::Config;
use crate::rules::Rules;
use crate::testing;

/// Two weeks for what is missing, and three days from December on.
const NEW: &str = r#"
name = "new"
extends = "generic"
[[rule]]
id = "new.patience"
title = { en = "Patience", zh = "耐心" }
from = 2026-12-01
status = "in-force"
source = "a law"
[rule.set]
patience_days = 3
notice_days = 30
"#;

fn new() -> rules::Book {
    compose(&Wanted::of("new.toml"), &|_| Ok(NEW.to_owned())).unwrap()
}

#[tokio::test]
async fn a_case_keeps_its_day_s_rules_and_pages_turn_to_today_s() {
    let (app, _dir) = testing::app().await;
    let app = testing::with_rules(&app, new());
    let holder = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, holder.id).await;
    let declare = async |n: u64| {
        let number = format!("8944 7700 0000 00000{n}");
        let found = case::identify::identify(card.iccid.as_deref().unwrap_or(&number), &app.policy.identify).unwrap();
        let declaration = case::Declaration::of(found.id, holder.person.clone(), app.now());
        act::declare(
            &app,
            &Actor::Holder { account: None, assurance: Assurance::nothing() },
            declaration,
            Vec::new(),
            None,
        )
        .await
        .unwrap()
    };
    let early = declare(1).await;
    assert!(matches!(early.stage, Stage::Received { .. }));
    assert_eq!((app.policy.patience_days, app.policy.of(&early).patience_days), (14, 14));
    // Ten days later, under the new rules: today's turn, the case's stay.
    testing::advance(&app, SignedDuration::from_hours(10 * 24));
    assert_eq!(app.now().to_string(), "2026-12-02T12:00:00Z");
    assert_eq!((app.policy.patience_days, app.policy.of(&early).patience_days), (3, 14));
    // Proven now, it ends by the notice of its own day: none.
    let shown = Assurance::shown(Level::Code, holder.id, app.now());
    let actor = Actor::Holder { account: Some(holder.id), assurance: shown };
    let proven = act::act(&app, early.reference, &actor, &case::Command::Prove).await.unwrap();
    let agreed = act::act(&app, early.reference, &actor, &case::Command::Agree { consent: true, backup: true }).await;
    let moved = agreed.unwrap_or(proven);
    assert_eq!(moved.times.contract_end, Some(early.times.received), "{:?}", moved.stage);
    // And what is declared today has today's patience.
    let late = declare(2).await;
    assert_eq!(app.policy.of(&late).patience_days, 3);
    let due = |case: &case::Case| case::deadline::next(case, app.policy.of(case)).unwrap();
    let days = |from: Timestamp, to: Timestamp| to.duration_since(from).as_hours() / 24;
    assert!(days(late.times.received, due(&late)) <= 3);
}

/// A letter of November that is typed in in December has November's rules and days, and is late where those are over.
#[tokio::test]
async fn a_letter_has_the_rules_and_the_days_of_the_day_on_which_it_came() {
    let (app, _dir) = testing::app().await;
    let app = testing::with_rules(&app, new());
    let holder = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, holder.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap().id;
    let came: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let typed = async |channel| {
        let declaration = case::Declaration::of(number.clone(), holder.person.clone(), came);
        let declaration = case::Declaration { channel, ..declaration };
        let staff = Actor::Agent { staff: case::AccountId::from_bits(90), role: case::Role::Agent };
        let case = act::declare(&app, &staff, declaration, Vec::new(), None).await.unwrap();
        let receipt = crate::receipt::of(&app, &case).await.unwrap();
        (case, receipt)
    };
    testing::advance(&app, SignedDuration::from_hours(10 * 24));
    let (letter, receipt) = typed(case::Channel::Letter).await;
    assert_eq!((letter.times.received, letter.counts_from()), (app.now(), came));
    let rules = app.policy.of(&letter);
    assert_eq!((rules.patience_days, rules.notice_days), (14, 0));
    let promised = came + rules.patience() + rules.review() + rules.contest();
    assert_eq!((receipt.declared_at, receipt.received_at, receipt.deadline), (came, app.now(), promised));
    // What is told on the telephone today has today's.
    let (call, _) = typed(case::Channel::Voice).await;
    assert_eq!((app.policy.of(&call).patience_days, call.counts_from()), (3, app.now()));
    // Left lying for so long, it is due at once, and the page says why.
    testing::advance(&app, SignedDuration::from_hours(10 * 24));
    let (late, receipt) = typed(case::Channel::Letter).await;
    assert!(receipt.deadline == app.now() && receipt.received_at == app.now());
    let mut mei = testing::Browser::new(&app).await;
    mei.sign_in(holder.id, Level::SecondFactor).await;
    let page = mei.get(&format!("/case/{}/receipt?lang=en", late.reference)).await.body;
    assert!(page.contains("At once: our time for it was over"), "{page}");
}

/// Eight weeks, and six from December on with another scheme.
const SCHEMES: &str = r#"
name = "schemes"
extends = "generic"
[[rule]]
id = "schemes.old"
title = { en = "Eight weeks", zh = "八周" }
until = 2026-11-30
status = "in-force"
source = "a law"
[rule.set.complaint]
adr_weeks = 8
schemes = ["The old scheme"]
[[rule]]
id = "schemes.new"
title = { en = "Six weeks", zh = "六周" }
from = 2026-12-01
status = "in-force"
source = "a law"
[rule.set.complaint]
adr_weeks = 6
schemes = ["The new scheme"]
"#;

#[tokio::test]
async fn a_complaint_goes_by_the_rules_of_the_day_on_which_it_is_made() {
    let (app, _dir) = testing::app().await;
    let app = testing::with_rules(&app, compose(&Wanted::of("s.toml"), &|_| Ok(SCHEMES.to_owned())).unwrap());
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let actor = Actor::Holder { account: Some(mei.id), assurance: Assurance::nothing() };
    let complain = case::Command::Complain { text: "Nobody answers".into() };
    let weeks = |case: &case::Case| {
        let complaint = case.ways.complaint.unwrap();
        complaint.due.unwrap().duration_since(complaint.since).as_hours() / 24 / 7
    };
    // The case is of November, the complaint of December.
    testing::advance(&app, SignedDuration::from_hours(10 * 24));
    let case = act::act(&app, case.reference, &actor, &complain).await.unwrap();
    assert_eq!((weeks(&case), app.policy.of(&case).complaint.adr_weeks), (6, 8));
    testing::advance(&app, SignedDuration::from_hours(6 * 7 * 24 + 1));
    while crate::work::round(&app).await.unwrap() > 0 {}
    let letters = testing::shelf(&app).messages();
    let adr = letters.iter().filter(|m| m.message.text.contains("scheme")).collect::<Vec<_>>();
    assert!(adr.iter().any(|m| m.message.text.contains("The new scheme")), "{adr:?}");
    assert!(!adr.iter().any(|m| m.message.text.contains("The old scheme")));
    // One of November keeps its eight weeks, whatever comes.
    let early = crate::rules::Rules::new(app.policy.book().clone(), "2026-11-22T12:00:00Z".parse().unwrap());
    let since =
        case::way::Complaint { since: "2026-11-30T12:00:00Z".parse().unwrap(), due: None, told: None, settled: false };
    let mut old = case.clone();
    old.ways.complaint = Some(since);
    assert_eq!(early.of_complaint(&old, app.now()).complaint.schemes, ["The old scheme"]);
}

#[test]
fn today_is_what_the_clock_says_at_start() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(Rules::new(new(), at("2026-11-30T23:59:59Z")).patience_days, 14);
    assert_eq!(Rules::new(new(), at("2026-12-01T00:00:00Z")).patience_days, 3);
}

#[test]
fn the_configuration_names_packs_and_all_that_is_wrong_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mine.toml");
    std::fs::write(&file, "name = \"mine\"\nnotice_days = 30\n").unwrap();
    let mut config = Config::default();
    config.rules.pack = "uk".into();
    config.rules.also = vec![file.display().to_string()];
    let policy = config.policy().unwrap();
    assert_eq!((policy.notice_days, policy.clocks.codes.days, policy.name.as_str()), (30, 30, "mine"));
    std::fs::write(&file, "name = \"mine\"\nnotice_dayz = 30\nwatch_days = \"x\"\n").unwrap();
    let why = format!("{:#}", config.check().unwrap_err());
    for says in ["rule pack uk", "mine.toml:2: unknown key notice_dayz; did you mean notice_days?", "mine.toml:3: "] {
        assert!(why.contains(says), "{why}");
    }
    config.rules.also = vec!["/nowhere/rules.toml".into()];
    assert!(format!("{:#}", config.check().unwrap_err()).contains("/nowhere/rules.toml"));
}
