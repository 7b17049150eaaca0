use case::{
    Actor, Assurance, Case, CaseRef, Command, Declaration, Flag, Letter, Level, Stage, watch::Closing, watch::Kind,
};
use jiff::SignedDuration;
use store::Import;

use super::intake::{Intake, Stop, Summary};
use super::*;
use crate::act::act;
use crate::{testing, work};

const IMSI: &str = "234770000000501";
const MSISDN: &str = "+447700900555";

/// A card that has ended, with its certificate. The desk cancels at once.
pub async fn ended(app: &Shared) -> Case {
    ended_as(app, 5, IMSI, MSISDN).await
}

async fn ended_as(app: &Shared, n: u64, imsi: &str, msisdn: &str) -> Case {
    let mei = testing::holder(app, n, &format!("mei{n}")).await;
    let mut card = testing::card(app, n, mei.id).await;
    (card.imsi, card.msisdn) = (Some(imsi.into()), Some(msisdn.into()));
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let actor =
        Actor::Holder { account: Some(mei.id), assurance: Assurance::shown(Level::SignedIn, mei.id, app.now()) };
    let declaration = Declaration {
        consent: true,
        backup: true,
        ..Declaration::of(Identifier::Iccid(card.iccid.unwrap().parse().unwrap()), mei.person, app.now())
    };
    let case = crate::act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
    worked(app).await;
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(matches!(case.stage, Stage::Ceased { certificate: Some(_), .. }), "{:?}", case.stage);
    testing::advance(app, SignedDuration::from_hours(48));
    case
}

/// Something is used a day after the end.
pub async fn observed(app: &Shared, case: &Case) {
    take(app, &csv(&[("u1", "data", app.now() - SignedDuration::from_hours(24), IMSI)])).await.unwrap();
    decide(app).await.unwrap();
    worked(app).await;
    assert_eq!(alarms(app, case.reference).await, [(Kind::Usage, 1)]);
}

async fn worked(app: &Shared) {
    while work::round(app).await.unwrap() > 0 {}
}

async fn desk() -> (Shared, tempfile::TempDir) {
    testing::app_with(|policy| {
        policy.contest_minutes = 0;
        policy.watch_sign_ins = true;
    })
    .await
}

fn csv(records: &[(&str, &str, Timestamp, &str)]) -> String {
    let line = |(id, kind, at, imsi): &(&str, &str, Timestamp, &str)| format!("{id},{kind},{at},{imsi},3,GBP\n");
    let lines: String = records.iter().map(line).collect();
    format!("id,kind,at,imsi,amount,units\n{lines}")
}

async fn take(app: &Shared, text: &str) -> Result<Summary, Stop> {
    let mut intake = Intake::begin(app, reach::records::Format::of_start(text.as_bytes())).await?;
    intake.push(text.as_bytes()).await?;
    intake.end().await
}

async fn alarms(app: &App, reference: CaseRef) -> Vec<(Kind, u32)> {
    let case = app.store.case(reference).await.unwrap().unwrap();
    case.alarms.iter().map(|alarm| (alarm.kind, alarm.count)).collect()
}

/// Mails about it; a text says the same.
fn letters(app: &App, about: &str) -> usize {
    let of = |m: &&reach::shelf::Shelved| m.message.subject.contains(about);
    let (mails, texts): (Vec<_>, Vec<_>) =
        testing::shelf(app).messages().into_iter().filter(|m| of(&m)).partition(|m| m.message.to.contains('@'));
    assert_eq!(mails.len(), texts.len(), "every channel is told");
    mails.len()
}

#[tokio::test]
async fn usage_after_the_end_rings_once_however_often_and_in_whatever_order_it_is_told() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    let now = app.now();
    let ago = |hours| now - SignedDuration::from_hours(hours);
    let first = csv(&[
        ("a", "data", ago(3), IMSI),
        ("b", "data", ago(20), IMSI),
        ("a", "data", ago(3), IMSI),
        ("c", "voice", ago(100), IMSI),
        ("x", "data", ago(3), "234770000000999"),
    ]);
    let summary = take(&app, &first).await.unwrap();
    assert_eq!((summary.records, summary.matched, summary.new, summary.bad), (5, 4, 3, 0));
    decide(&app).await.unwrap();
    worked(&app).await;
    // Before the end there is nothing wrong with usage; after it, both are one alarm.
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 2)]);
    let alarm = app.store.case(case.reference).await.unwrap().unwrap().alarms.remove(0);
    assert_eq!((alarm.first, alarm.last, alarm.amount.as_deref()), (ago(20), ago(3), Some("3 GBP")));
    assert_eq!(letters(&app, "moved on a card"), 1, "one mail");
    // The same file again, by another process; and what comes late and out of order is counted, and rings no more.
    let other = testing::beside(&app);
    assert_eq!(take(&other, &first).await.unwrap().new, 0);
    take(&other, &csv(&[("d", "sms", ago(30), IMSI), ("a", "voice", ago(1), IMSI)])).await.unwrap();
    decide(&other).await.unwrap();
    worked(&other).await;
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 3)]);
    assert_eq!(letters(&app, "moved on a card"), 1);
    assert!(matches!(app.store.case(case.reference).await.unwrap().unwrap().stage, Stage::Ceased { .. }));
}

#[tokio::test]
async fn of_many_who_decide_at_once_every_record_counts_once() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    let ids: Vec<String> = (0..200).map(|n| format!("r{n}")).collect();
    let at = app.now() - SignedDuration::from_hours(1);
    let mut hands = tokio::task::JoinSet::new();
    for some in ids.chunks(20) {
        let (app, text) =
            (testing::beside(&app), csv(&some.iter().map(|id| (id.as_str(), "data", at, IMSI)).collect::<Vec<_>>()));
        hands.spawn(async move {
            take(&app, &text).await.unwrap();
            decide(&app).await.unwrap();
        });
    }
    while let Some(done) = hands.join_next().await {
        done.unwrap();
    }
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 200)]);
    let journal = app.store.journal(case.reference).await.unwrap();
    let raised = journal.iter().flat_map(|e| &e.events).filter(|e| matches!(e, case::Event::Alarmed { .. })).count();
    assert_eq!(raised, 1);
    assert_eq!(case::evolve::fold(case.reference, &journal).unwrap().alarms[0].count, 200);
}

#[tokio::test]
async fn a_number_given_to_somebody_else_says_nothing_of_its_last_owner() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    let at = app.now() - SignedDuration::from_hours(1);
    let by_number = |id: &str| format!("id,kind,at,msisdn\n{id},data,{at},{MSISDN}\n");
    // In quarantine, the number can only be its last owner's.
    take(&app, &by_number("q")).await.unwrap();
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 1)]);
    // It is given out again, long before its time.
    let tom = testing::holder(&app, 9, "tom").await;
    let mut card = testing::card(&app, 9, tom.id).await;
    card.msisdn = Some(MSISDN.into());
    app.store.import(Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let summary = take(&app, &by_number("r")).await.unwrap();
    assert_eq!((summary.records, summary.matched), (1, 0));
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 1)]);
}

#[tokio::test]
async fn a_card_that_is_activated_anew_says_nothing_of_the_activation_that_ended() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    let mut card = app.store.card(case.subscription.as_ref().unwrap().card).await.unwrap().unwrap();
    card.generation += 1;
    app.store.import(Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let at = app.now() - SignedDuration::from_hours(1);
    let summary = take(&app, &csv(&[("a", "data", at, IMSI)])).await.unwrap();
    assert_eq!(summary.matched, 0);
    assert_eq!(alarms(&app, case.reference).await, []);
}

#[tokio::test]
async fn a_card_that_ends_while_records_come_in_is_watched_from_then_on() {
    let (app, _dir) = desk().await;
    let reader = testing::beside(&app);
    take(&reader, &csv(&[])).await.unwrap();
    // The reader's net has been filled, and hears of this end from the journal only.
    let case = ended(&app).await;
    let at = app.now() - SignedDuration::from_hours(1);
    assert_eq!(take(&reader, &csv(&[("a", "attach", at, IMSI)])).await.unwrap().matched, 1);
    decide(&reader).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Attach, 1)]);
}

#[tokio::test]
async fn after_the_watch_nothing_rings_and_the_holder_still_can() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    testing::advance(&app, SignedDuration::from_hours(24 * 40));
    let at = app.now() - SignedDuration::from_hours(1);
    take(&app, &csv(&[("a", "data", at, IMSI)])).await.unwrap();
    decide(&app).await.unwrap();
    assert_eq!(app.store.cases_with_arrivals(9).await.unwrap(), []);
    assert_eq!(alarms(&app, case.reference).await, []);
    worked(&app).await;
    let closed = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(matches!(closed.stage, Stage::Closed { .. }), "{:?}", closed.stage);
    let anyone = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let works = Command::ReportAfter { what: case::watch::Reported::Works, text: String::new(), files: vec![] };
    act(&app, case.reference, &anyone, &works).await.unwrap();
    worked(&app).await;
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Works, 1)]);
    let after = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(!after.flags.contains(&Flag::Stuck), "the network was asked, and the card is gone");
    assert_eq!(letters(&app, "your report has arrived"), 1);
}

#[tokio::test]
async fn once_it_is_cleared_up_the_next_sign_rings_again() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    observed(&app, &case).await;
    let (agent, _) = testing::staff(&app, 7, "ana", case::Role::Agent).await;
    let agent = Actor::Agent { staff: agent.id, role: case::Role::Agent };
    let close = Command::CloseAlarm { kind: Kind::Usage, why: Closing::Explained, text: "A late record.".into() };
    act(&app, case.reference, &agent, &close).await.unwrap();
    worked(&app).await;
    assert_eq!(alarms(&app, case.reference).await, []);
    let at = app.now() - SignedDuration::from_hours(1);
    // Whatever is written for the desk alone, what came of it is told, and of what.
    let told = |says: &str| {
        let mails = testing::shelf(&app).messages().into_iter().map(|m| m.message);
        mails.filter(|m| m.to.contains('@') && m.subject.contains("what we found out") && m.text.contains(says)).count()
    };
    assert_eq!([told("there is a harmless reason"), told("A late record.")], [1, 1]);
    let billed = case::watch::Reported::Billed { on: jiff::civil::date(2026, 11, 1), amount: "4.99".into() };
    let report = Command::ReportAfter { what: billed, text: String::new(), files: vec![] };
    let anyone = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act(&app, case.reference, &anyone, &report).await.unwrap();
    let close = Command::CloseAlarm { kind: Kind::Billed, why: Closing::Set, text: "A known nuisance.".into() };
    act(&app, case.reference, &agent, &close).await.unwrap();
    worked(&app).await;
    assert_eq!([told("it is settled"), told("A known nuisance.")], [1, 0]);
    take(&app, &csv(&[("u2", "data", at, IMSI)])).await.unwrap();
    decide(&app).await.unwrap();
    worked(&app).await;
    assert_eq!(letters(&app, "moved on a card"), 2);
}

#[tokio::test]
async fn a_sign_in_rings_where_all_cards_have_ended_and_the_rules_want_it() {
    let (app, _dir) = desk().await;
    let case = ended(&app).await;
    app.net.catch_up(&app).await.unwrap();
    let mut browser = testing::Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei5"), ("password", testing::PASSWORD)]).await;
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::SignIn, 1)]);
    // One card is left: they have every reason to sign in.
    let other = ended_as(&app, 6, "234770000000601", "+447700900666").await;
    app.net.catch_up(&app).await.unwrap();
    testing::card(&app, 61, other.account.unwrap()).await;
    signed_in(&app, other.account.unwrap()).await.unwrap();
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, other.reference).await, []);
}

#[tokio::test]
async fn a_file_with_a_bad_line_is_named_and_the_rest_is_counted() {
    let (app, dir) = desk().await;
    let case = ended(&app).await;
    let folder = dir.path().join("inbox");
    std::fs::create_dir(&folder).unwrap();
    let app = with_inbox(&app, &folder);
    let at = app.now() - SignedDuration::from_hours(1);
    let good = csv(&[("a", "data", at, IMSI)]);
    std::fs::write(folder.join("1.csv"), &good).unwrap();
    std::fs::write(folder.join("2.csv"), format!("{good}b,data,yesterday,{IMSI},1,MB\nc,sms,{at},{IMSI},,\n")).unwrap();
    std::fs::write(folder.join("3.csv"), "nothing,of,use\n").unwrap();
    std::fs::write(folder.join(".4.csv"), &good).unwrap();
    std::fs::write(folder.join("notes.pdf"), &good).unwrap();
    let mut inbox = inbox::Inbox::default();
    inbox.look(&app).await.unwrap();
    assert!(folder.join("1.csv").exists(), "what may still grow is left alone");
    inbox.look(&app).await.unwrap();
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 2)]);
    assert!(folder.join("done/1.csv").exists() && folder.join("failed/2.csv").exists());
    let faults = std::fs::read_to_string(folder.join("failed/2.csv.faults")).unwrap();
    assert!(faults.contains("\"line\": 3") && faults.contains("\"column\": 3") && faults.contains("is no moment"));
    let faults = std::fs::read_to_string(folder.join("failed/3.csv.faults")).unwrap();
    assert!(faults.contains("is missing from the header"), "{faults}");
    assert!(folder.join(".4.csv").exists() && folder.join("notes.pdf").exists());
    // The same name again, and the same records: moved beside the first, and counted no more.
    std::fs::write(folder.join("1.csv"), &good).unwrap();
    inbox.look(&app).await.unwrap();
    inbox.look(&app).await.unwrap();
    assert!(folder.join("done/2-1.csv").exists());
    decide(&app).await.unwrap();
    assert_eq!(alarms(&app, case.reference).await, [(Kind::Usage, 2)]);
}

fn with_inbox(app: &Shared, folder: &std::path::Path) -> Shared {
    let watch = WatchConfig { inbox: folder.to_owned(), ..WatchConfig::default() };
    testing::configured(app, |config| config.watch = Some(watch))
}

#[tokio::test]
async fn of_all_our_letters_only_those_about_the_end_go_to_a_card_that_has_ended() {
    let (app, _dir) = testing::app().await;
    let mut closed = ended(&app).await;
    closed.stage = Stage::Closed { at: Timestamp::UNIX_EPOCH, certificate: None };
    let go: Vec<Letter> = Letter::ALL.into_iter().filter(|letter| work::letters::fits(*letter, &closed)).collect();
    // The receipt they have had; an answer and a transcript they have asked for.
    let wanted = [
        Letter::Receipt,
        Letter::Certificate,
        Letter::Reply,
        Letter::Transcript,
        Letter::Alarm,
        Letter::Reported,
        // Where rules owe one, it is owed of an end that has come as well.
        Letter::EndNotice,
        Letter::Cleared,
    ];
    assert_eq!(go, wanted);
}
