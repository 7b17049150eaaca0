use std::path::Path;

use case::rules::Keeping;
use case::{Assurance, CardState, Level, Role};

use super::super::{due as all_due, erase as all};
use super::*;
use crate::app::Shared;
use crate::testing::{self, Browser};
use crate::work;

/// Not a word of any page or rule.
const SAID: &str = "the attic canary sings at dusk 7731";

fn kept_for(days: u32, notice: u32) -> Option<Kept> {
    Some(Kept { days, basis: "a test".into(), basis_zh: String::new(), source: "ours".into(), notice })
}

/// Cases go after 30 days and two weeks of notice, accounts ten days after the last.
async fn desk() -> (Shared, tempfile::TempDir) {
    let (app, dir) = testing::app_with(|policy| {
        policy.keeping = Keeping { case: kept_for(30, 14), account: kept_for(10, 3), ..Keeping::default() };
        policy.retention_days = 30;
        policy.watch_days = 1;
        policy.contest_minutes = 0;
        policy.straight_through = true;
        policy.notice_days = 0;
    })
    .await;
    crate::log::round(&app).await.unwrap();
    (app, dir)
}

async fn quiet(app: &Shared) {
    while work::round(app).await.unwrap() > 0 {}
    crate::log::round(app).await.unwrap();
    while crate::index::some(app, 100).await.unwrap().more {}
}

async fn pass(app: &Shared, n: u32) {
    testing::advance(app, days(n));
    quiet(app).await;
}

/// A card of Mei's that has ended; the watch is over, and she wrote something.
async fn closed(app: &Shared, n: u64) -> Case {
    let mei = match app.store.account(case::AccountId::from_bits(1)).await.unwrap() {
        Some(mei) => mei,
        None => {
            // Whoever works here is called Mei Lin as well.
            let mut mei = testing::account(app, 1, "mei-canary-login").await;
            mei.person.name = "Canna Ryder".into();
            app.store.put_account(mei.clone()).await.unwrap();
            mei
        }
    };
    let case = testing::ending(app, n, &mei).await;
    let assurance = Assurance::shown(Level::Code, mei.id, app.now());
    let holder = Actor::Holder { account: Some(mei.id), assurance };
    act(app, case.reference, &holder, &Command::say(SAID)).await.unwrap();
    quiet(app).await;
    pass(app, 2).await;
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!((case.stage.name(), kept(&case, app.now())), ("closed", Some(Reason::Early)));
    case
}

/// A case of which nothing but the certificate is left.
pub(crate) async fn erased() -> (Shared, tempfile::TempDir, Case) {
    let (app, dir) = desk().await;
    let case = closed(&app, 1).await;
    pass(&app, 30).await;
    assert_eq!(gone(&app, 9).await, [], "told first");
    pass(&app, 14).await;
    assert_eq!(gone(&app, 9).await, [(Class::Case, 1)]);
    let case = row(&app, &case).await;
    (app, dir, case)
}

async fn gone(app: &Shared, most: u64) -> Vec<(Class, u64)> {
    let told = all(app, most).await.unwrap();
    told.into_iter().filter(|told| told.cases > 0).map(|told| (told.class, told.cases)).collect()
}

async fn row(app: &Shared, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn signed_in(app: &Shared, id: case::AccountId, level: Level) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(id, level).await;
    browser
}

fn bytes_with(dir: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes_with(&path, word));
        } else if std::fs::read(&path).unwrap().windows(word.len()).any(|part| part == word.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_case_goes_whole_and_then_its_holder_and_nothing_of_either_is_on_the_disk() {
    let (app, dir) = desk().await;
    let case = closed(&app, 1).await;
    let card = app.store.cards_of(case.account.unwrap()).await.unwrap().remove(0);
    let traces = [
        SAID.to_owned(),
        case.person.name.clone(),
        case.person.address.clone(),
        case.person.phone.clone().unwrap(),
        case.person.email.clone().unwrap(),
        card.iccid.clone().unwrap(),
        card.iccid.clone().unwrap().chars().rev().collect(),
        "mei-canary-login".to_owned(),
    ];
    assert!(traces.iter().all(|trace| !bytes_with(dir.path(), trace).is_empty()), "the canaries sing");
    pass(&app, 28).await;
    assert_eq!(gone(&app, 9).await, [], "its own rules keep it two days longer");
    pass(&app, 2).await;
    assert_eq!(all_due(&app).await.unwrap().iter().map(|told| told.cases).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(gone(&app, 9).await, [], "told first");
    quiet(&app).await;
    let letters = testing::shelf(&app).messages();
    let letter = letters.iter().find(|one| one.message.text.contains("/erased/")).expect("a letter");
    assert_eq!(letter.message.to, case.person.email.clone().unwrap());
    assert!(letter.message.text.contains(&format!("/erased/{}", case.reference)));
    let mut mei = signed_in(&app, case.account.unwrap(), Level::SecondFactor).await;
    assert!(mei.get("/account/data").await.body.contains(&case.reference.to_string()));
    pass(&app, 13).await;
    assert_eq!(gone(&app, 9).await, []);
    pass(&app, 1).await;
    assert_eq!(gone(&app, 9).await, [(Class::Case, 1)]);
    quiet(&app).await;
    assert_eq!(app.log.wrong(), None, "the chain and the log hold");

    // Whoever has the reference sees that it is gone; nobody sees more.
    let path = format!("/erased/{}", case.reference);
    let mut stranger = Browser::new(&app).await;
    let page = stranger.get(&path).await;
    assert_eq!(page.status.as_u16(), 200);
    for trace in &traces {
        assert!(!page.body.contains(trace.as_str()), "{trace}");
    }
    let file = stranger.get(&format!("{path}/certificate.json")).await.body;
    let verdict = proof::verify(file.as_bytes(), &[app.keys.signing().public()]);
    let proof::Verdict::Valid { document: proof::Document::Erasure(said), .. } = verdict else { panic!("{verdict:?}") };
    assert!(said.case.matches(&case.reference.to_string()));
    assert_eq!((said.ended.as_str(), said.rule.days), ("closed", 30));
    assert!(said.erased.iter().any(|gone| gone.class == "entries" && u64::from(gone.items) > 3));
    for at in [format!("/case/{}", case.reference), format!("/case/{}/certificate", case.reference)] {
        let got = mei.get(&at).await;
        assert_eq!((got.status.as_u16(), got.location()), (303, path.as_str()));
    }
    let other = stranger.get("/erased/C7K4-M2QX-D").await;
    assert_eq!((other.status.as_u16(), other.location()), (303, "/case?ref=C7K4-M2QX-D"));
    let lead = testing::staff(&app, 12, "lead", Role::Approver).await.0.id;
    let mut lead = signed_in(&app, lead, Level::SecondFactor).await;
    let seen = lead.get(&format!("/desk/case/{}", case.reference)).await;
    assert_eq!((seen.status.as_u16(), seen.body.contains(&path)), (200, true));
    assert_eq!(lead.get(&format!("/desk/case/{}/evidence", case.reference)).await.status.as_u16(), 409);
    assert!(lead.get("/desk/keeping").await.body.contains(&case.reference.to_string()));
    for asked in [SAID, "canary", "mei"] {
        let list = lead.seek(asked).await.body;
        assert!(!list.contains(&case.reference.to_string()), "{asked}");
    }

    // The account stays until its own date, and then goes too.
    let id = case.account.unwrap();
    pass(&app, 9).await;
    assert_eq!(gone(&app, 9).await, []);
    assert!(app.store.account(id).await.unwrap().is_some());
    pass(&app, 1).await;
    mei = signed_in(&app, id, Level::SecondFactor).await;
    assert_eq!(mei.get("/account").await.status.as_u16(), 200);
    assert_eq!(gone(&app, 9).await, [(Class::Account, 1)]);
    assert!(app.store.account(id).await.unwrap().is_none());
    assert_eq!(mei.get("/account").await.status.as_u16(), 303, "nobody is signed in any more");
    let left = app.store.card(card.id).await.unwrap().unwrap();
    assert_eq!((left.state, left.iccid), (CardState::Ceased, None));
    quiet(&app).await;
    assert_eq!(app.log.wrong(), None);
    app.store.shed().await.unwrap();
    for trace in &traces {
        assert_eq!(bytes_with(dir.path(), trace), Vec::<String>::new(), "{trace}");
    }
    crate::log::check::everything(&app, |_, _| {}).await.unwrap();
}

#[tokio::test]
async fn whoever_acts_stops_it_and_its_time_runs_anew() {
    let (app, _dir) = desk().await;
    let (case, held) = (closed(&app, 1).await, closed(&app, 2).await);
    pass(&app, 31).await;
    gone(&app, 9).await;
    quiet(&app).await;
    let on = row(&app, &case).await.erasure;
    assert!(matches!(on, Erasure::Planned { .. }), "{on:?}");
    // A crash between telling and noting that it was told: it is told once all the same.
    app.store.put_off_erasure(case.reference, app.now(), None).await.unwrap();
    let version = row(&app, &case).await.version;
    gone(&app, 9).await;
    assert_eq!(row(&app, &case).await.version, version);
    let agent = Actor::Agent { staff: case::AccountId::from_bits(11), role: Role::Agent };
    act(&app, case.reference, &agent, &Command::note("their lawyer wrote")).await.unwrap();
    assert!(
        app.store.put_legal_hold(held.reference, "claim 7", case::AccountId::from_bits(11), app.now()).await.unwrap()
    );
    pass(&app, 14).await;
    assert_eq!(gone(&app, 9).await, []);
    assert!(row(&app, &case).await.erasure.is_none());
    assert_eq!(app.store.plan_of(held.reference).await.unwrap().unwrap().why.as_deref(), Some(HELD));
    assert_eq!(app.store.plan_of(case.reference).await.unwrap(), None);
    pass(&app, 17).await;
    gone(&app, 9).await;
    quiet(&app).await;
    assert!(matches!(row(&app, &case).await.erasure, Erasure::Planned { .. }), "anew");
    pass(&app, 14).await;
    assert_eq!(gone(&app, 9).await, [(Class::Case, 1)]);
    assert!(row(&app, &held).await.erasure.done().is_none());
    assert_eq!(app.log.wrong(), None);
}

#[tokio::test]
async fn a_holder_asks_to_go_and_thinks_again() {
    let (app, _dir) = desk().await;
    let case = closed(&app, 1).await;
    let id = case.account.unwrap();
    let mut mei = signed_in(&app, id, Level::SignedIn).await;
    testing::advance(&app, SignedDuration::from_mins(11));
    let asked = mei.post("/account/data/erasure", &[("deed", "ask")]).await;
    assert_eq!(asked.status.as_u16(), 403, "shown again first");
    assert_eq!(app.store.parting(id).await.unwrap(), None);
    let confirm = [("to", "/account/data"), ("password", testing::PASSWORD)];
    mei.post("/account/confirm", &confirm).await;
    assert_eq!(mei.post("/account/data/erasure", &[("deed", "ask")]).await.status.as_u16(), 303);
    assert!(app.store.parting(id).await.unwrap().unwrap().asked.is_some());
    assert!(mei.get("/account/data").await.body.contains("value=\"stay\""));
    assert_eq!(mei.post("/account/data/erasure", &[("deed", "stay")]).await.status.as_u16(), 303);
    assert_eq!(app.store.parting(id).await.unwrap().unwrap().asked, None);
    assert_eq!(mei.post("/account/data/erasure", &[("deed", "?")]).await.status.as_u16(), 400);
    let acts: Vec<String> = app.store.acts(20).await.unwrap().into_iter().map(|(act, _)| act.what).collect();
    assert!(acts.iter().any(|what| what == "account-erasure-asked") && acts.iter().any(|w| w == "account-erasure-off"));
}

#[tokio::test]
async fn a_row_in_place_of_an_entry_that_nothing_sealed_is_noticed() {
    let (app, dir) = desk().await;
    let case = closed(&app, 1).await;
    let entry = case::Entry::withheld(case.reference, 2, app.now());
    let db = rusqlite_edit(dir.path());
    db.execute("UPDATE journal SET body = ?1 WHERE version = 2", [serde_json::to_string(&entry).unwrap()]).unwrap();
    assert!(crate::log::check::everything(&app, |_, _| {}).await.is_err(), "an edit is no erasure");
}

fn rusqlite_edit(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("cease.db")).unwrap()
}
