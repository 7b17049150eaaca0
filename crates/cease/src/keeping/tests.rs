use case::rules::Keeping;
use case::{Case, Command, Role};
use store::{Mail, MailFate, MailHead};

use super::*;
use crate::app::Shared;
use crate::testing::{self, Browser};
use crate::{act, evidence, work};

fn kept(days: u32) -> Option<Kept> {
    Some(Kept { days, basis: "a test".into(), basis_zh: String::new(), source: "ours".into(), notice: 14 })
}

/// A case of Mei's that was withdrawn, with a picture and a mail; files are kept 30 days, mails 60.
async fn withdrawn(app: &Shared, n: u64) -> Case {
    let mei = match app.store.account(case::AccountId::from_bits(1)).await.unwrap() {
        Some(mei) => mei,
        None => testing::holder(app, 1, "mei").await,
    };
    let file = case::FileId::from_bits(n);
    let (media, name) = ("image/png".to_owned(), "passport.png".to_owned());
    app.store.put_file(store::StoredFile { id: file, media, name, bytes: vec![7; 100], at: app.now() }).await.unwrap();
    let number =
        testing::card(app, n, mei.id).await.iccid.unwrap().parse().map(case::identify::Identifier::Iccid).unwrap();
    let declaration =
        case::Declaration { files: vec![file], ..case::Declaration::of(number, mei.person.clone(), app.now()) };
    let assurance = case::Assurance::shown(case::Level::Code, mei.id, app.now());
    let holder = case::Actor::Holder { account: Some(mei.id), assurance };
    let case = act::declare(app, &holder, declaration, Vec::new(), None).await.unwrap();
    let mail = Mail {
        id: [n as u8; 32],
        seq: 0,
        at: app.now(),
        fate: MailFate::Taken,
        case: Some(case.reference),
        head: MailHead { from: "mei@example.com".into(), ..MailHead::default() },
    };
    app.store.put_mail(mail, vec![9; 50]).await.unwrap();
    while work::round(app).await.unwrap() > 0 {}
    act::act(app, case.reference, &holder, &Command::Withdraw).await.unwrap();
    while work::round(app).await.unwrap() > 0 {}
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn desk() -> (Shared, tempfile::TempDir) {
    testing::app_with(|policy| {
        policy.keeping = Keeping { files: kept(30), originals: kept(60), ..Keeping::default() };
    })
    .await
}

fn days(app: &Shared, days: i64) {
    testing::advance(app, SignedDuration::from_hours(24 * days));
}

fn counts(told: &[Told]) -> Vec<(Class, u64, u64)> {
    told.iter().map(|told| (told.class, told.cases, told.held)).collect()
}

#[tokio::test]
async fn each_class_goes_on_its_day_and_the_case_still_verifies() {
    let (app, _dir) = desk().await;
    let case = withdrawn(&app, 1).await;
    let file = case.files[0];
    days(&app, 29);
    assert_eq!(counts(&due(&app).await.unwrap()), [(Class::Files, 0, 0), (Class::Originals, 0, 0)]);
    days(&app, 1);
    assert_eq!(counts(&due(&app).await.unwrap()), [(Class::Files, 1, 0), (Class::Originals, 0, 0)]);
    assert!(app.store.file(file).await.unwrap().is_some(), "asking erases nothing");
    assert_eq!(counts(&erase(&app, 10).await.unwrap()), [(Class::Files, 1, 0), (Class::Originals, 0, 0)]);
    assert!(app.store.file(file).await.unwrap().is_none());
    assert!(crate::mail::original(&app, &[1; 32]).await.unwrap().is_some(), "the mail is there");
    let (act, _) = app.store.acts(1).await.unwrap().remove(0);
    assert_eq!((act.what.as_str(), act.detail.as_str(), act.account), ("erased", "files of 1 cases", None));
    days(&app, 30);
    round(&app).await.unwrap();
    assert!(crate::mail::original(&app, &[1; 32]).await.unwrap().is_none());
    assert_eq!(counts(&erase(&app, 10).await.unwrap()), [(Class::Files, 0, 0), (Class::Originals, 0, 0)]);
    // The journal and all that is signed stand as they did.
    let pack = evidence::of(&app, &case, evidence::For::Holder).await.unwrap();
    let trusted = proof::judge::Trusted { keys: vec![app.keys.signing().public()], ..Default::default() };
    assert_eq!(pack::verify(&pack, &trusted, app.now()).word, proof::judge::Word::Valid);
}

#[tokio::test]
async fn what_two_people_hold_stays_until_two_people_let_go() {
    let (app, _dir) = desk().await;
    let (case, other) = (withdrawn(&app, 1).await, withdrawn(&app, 2).await);
    let mut agent = signed_in(&app, 11, "agent", Role::Agent).await;
    let reference = case.reference.to_string();
    let post = async |who: &mut Browser, deed: &str, reason: &str| {
        let fields = [("deed", deed), ("case", &*reference), ("reason", reason)];
        let got = who.post("/desk/keeping", &fields).await;
        (got.status.as_u16(), got.location().to_owned())
    };
    assert_eq!(post(&mut agent, "hold", "").await.0, 422, "why?");
    assert_eq!(post(&mut agent, "hold", "a claim at court").await, (303, "/desk/keeping?done=hold".into()));
    assert_eq!(post(&mut agent, "hold", "a claim at court").await.0, 422, "it is held");
    assert_eq!(post(&mut agent, "sign", "").await.0, 403, "an approver signs");
    // What is wrong with wanting it ended is said there, not at the form for a new one.
    let got = agent.post("/desk/keeping", &[("deed", "want-end"), ("case", &reference), ("reason", "no")]).await;
    let (holds, new) = got.body.split_once("id=\"f-case\"").unwrap();
    assert!(holds.contains("href=\"#f-hold\"") && holds.contains("id=\"f-hold\" value=\"no\" aria-invalid"), "{holds}");
    assert!(!new.contains("aria-invalid") && !new.contains(&reference), "{new}");
    days(&app, 61);
    assert_eq!(counts(&due(&app).await.unwrap()), [(Class::Files, 1, 1), (Class::Originals, 1, 1)]);
    erase(&app, 10).await.unwrap();
    assert!(app.store.file(case.files[0]).await.unwrap().is_some());
    assert!(app.store.file(other.files[0]).await.unwrap().is_none());
    let mut lead = signed_in(&app, 12, "lead", Role::Approver).await;
    let mut second = signed_in(&app, 13, "second", Role::Approver).await;
    assert_eq!(post(&mut lead, "sign", "").await.0, 303);
    assert_eq!(post(&mut lead, "sign", "").await.0, 409);
    assert_eq!(post(&mut lead, "end", "").await.0, 409, "nobody wants that");
    assert_eq!(post(&mut lead, "want-end", "settled").await.0, 303);
    assert_eq!(post(&mut lead, "end", "").await.0, 409, "not the same person");
    let page = second.get("/desk/keeping").await.body;
    assert!(page.contains("a claim at court") && page.contains("settled") && page.contains(&reference), "{page}");
    assert_eq!(post(&mut second, "end", "").await.0, 303);
    erase(&app, 10).await.unwrap();
    assert!(app.store.file(case.files[0]).await.unwrap().is_none());
    let whats: Vec<String> = app.store.acts(40).await.unwrap().into_iter().map(|(act, _)| act.what).collect();
    for what in ["legal-hold-put", "legal-hold-signed", "legal-hold-end-wanted", "legal-hold-ended"] {
        assert!(whats.iter().any(|one| one == what), "{what}: {whats:?}");
    }
}

/// What a file shows may be what a complaint turns on; silence is no consent.
#[tokio::test]
async fn what_a_complaint_may_turn_on_stays_until_it_is_settled() {
    let (app, _dir) = desk().await;
    let (case, other) = (withdrawn(&app, 1).await, withdrawn(&app, 2).await);
    let mei = case::AccountId::from_bits(1);
    let holder = case::Actor::Holder { account: Some(mei), assurance: case::Assurance::nothing() };
    act::act(&app, case.reference, &holder, &Command::Complain { text: "It was my card".into() }).await.unwrap();
    days(&app, 100);
    assert_eq!(counts(&due(&app).await.unwrap()), [(Class::Files, 1, 0), (Class::Originals, 1, 0)]);
    assert_eq!(counts(&erase(&app, 10).await.unwrap()), [(Class::Files, 1, 0), (Class::Originals, 1, 0)]);
    assert!(app.store.file(case.files[0]).await.unwrap().is_some(), "a complaint is open");
    assert!(crate::mail::original(&app, &[1; 32]).await.unwrap().is_some());
    assert!(app.store.file(other.files[0]).await.unwrap().is_none());
    let lead = case::Actor::Agent { staff: case::AccountId::from_bits(9), role: Role::Approver };
    act::act(&app, case.reference, &lead, &Command::SettleComplaint { text: "So it was".into() }).await.unwrap();
    // What that owes is sent; what happened last has its own days.
    while work::round(&app).await.unwrap() > 0 {}
    days(&app, 29);
    assert_eq!(counts(&erase(&app, 10).await.unwrap()), [(Class::Files, 0, 0), (Class::Originals, 0, 0)]);
    days(&app, 31);
    assert_eq!(counts(&erase(&app, 10).await.unwrap()), [(Class::Files, 1, 0), (Class::Originals, 1, 0)]);
    assert!(app.store.file(case.files[0]).await.unwrap().is_none());
}

async fn signed_in(app: &Shared, n: u64, login: &str, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, login, role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, case::Level::SecondFactor).await;
    browser
}

#[tokio::test]
async fn without_rules_nothing_goes() {
    let (app, _dir) = testing::app_with(|policy| policy.keeping = Keeping::default()).await;
    let case = withdrawn(&app, 1).await;
    days(&app, 10_000);
    assert_eq!(erase(&app, 10).await.unwrap(), []);
    assert!(app.store.file(case.files[0]).await.unwrap().is_some());
}
