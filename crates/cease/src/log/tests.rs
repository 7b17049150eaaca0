use std::sync::Arc;

use case::{Actor, Assurance, Case, Command, Declaration, Level};
use jiff::SignedDuration;
use proof::log::{Checkpoint, Leaf, Mark, Note, Role, Standing, Trust, Verdict};
use tempfile::TempDir;

use super::*;
use crate::act::{ActError, act, declare};
use crate::app::Shared;
use crate::testing;

/// A desk at which a proven holder needs nobody.
pub(crate) async fn desk() -> (Shared, TempDir) {
    testing::app_with(|policy| {
        policy.contest_minutes = 0;
        policy.straight_through = true;
        policy.notice_days = 0;
    })
    .await
}

/// Somebody declares; proven, that is all it takes.
pub(crate) async fn declared(app: &Shared, n: u64, proven: bool) -> Case {
    try_declare(app, n, proven).await.unwrap()
}

async fn try_declare(app: &Shared, n: u64, proven: bool) -> Result<Case, ActError> {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    let card = testing::card(app, n, holder.id).await;
    let found = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: found.check,
        consent: true,
        backup: true,
        ..Declaration::of(found.id, holder.person.clone(), app.now())
    };
    let assurance = if proven { Assurance::shown(Level::SignedIn, holder.id, app.now()) } else { Assurance::nothing() };
    let actor = Actor::Holder { account: proven.then_some(holder.id), assurance };
    declare(app, &actor, declaration, Vec::new(), None).await
}

/// A case that is through: ended and certified.
pub(crate) async fn ended(app: &Shared, n: u64) -> Case {
    let case = declared(app, n, true).await;
    while crate::work::round(app).await.unwrap() > 0 {}
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!(case.stage.name(), "ceased");
    case
}

pub(crate) async fn followed(app: &Shared) {
    testing::advance(app, SignedDuration::from_secs(6));
    round(app).await.unwrap();
}

async fn trust(app: &Shared) -> Trust {
    let root = keys::read(app).await.unwrap().unwrap().manifest.root;
    Trust { roots: vec![root], ..Trust::default() }
}

async fn verdict(app: &Shared, case: &Case) -> Verdict {
    let file = bundle::file(app, case).await.unwrap().unwrap();
    proof::verify_bundle(&file, &trust(app).await, app.now())
}

#[tokio::test]
async fn a_certified_case_is_proven_to_a_stranger() {
    let (app, _dir) = desk().await;
    let case = ended(&app, 1).await;
    assert_eq!(bundle::file(&app, &case).await.unwrap(), None);
    followed(&app).await;
    assert_eq!(app.log.wrong(), None);
    let Verdict::Valid(proven) = verdict(&app, &case).await else { panic!("{:?}", verdict(&app, &case).await) };
    assert_eq!((proven.origin.as_str(), proven.standing), ("localhost/log", Standing::Unwitnessed));
    assert_eq!(proven.certificate.reference, case.reference.to_string());
    // Who does not know the root key is told that, and nothing else.
    let file = bundle::file(&app, &case).await.unwrap().unwrap();
    assert!(matches!(proof::verify_bundle(&file, &Trust::default(), app.now()), Verdict::CannotTell(_)));
    // What it says holds for later trees too.
    ended(&app, 2).await;
    followed(&app).await;
    let later = bundle::file(&app, &case).await.unwrap().unwrap();
    assert_ne!(later, file);
    assert!(matches!(verdict(&app, &case).await, Verdict::Valid(later) if later.size > proven.size));
}

#[tokio::test]
async fn every_turn_of_a_case_leaves_its_mark_and_names_nobody() {
    let (app, _dir) = desk().await;
    ended(&app, 1).await;
    let taken_back = declared(&app, 2, false).await;
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act(&app, taken_back.reference, &nobody, &Command::Withdraw).await.unwrap();
    followed(&app).await;
    let leaves = app.store.log_leaves(0, 99).await.unwrap();
    let mut marks: Vec<Option<Mark>> = leaves
        .iter()
        .map(|leaf| match Leaf::parse(&leaf.leaf).unwrap() {
            Leaf::Case { mark, hour, .. } => {
                assert_eq!(hour.to_string(), "2026-11-22T12:00:00Z");
                Some(mark)
            }
            Leaf::Manifest { version, .. } | Leaf::Channels { version, .. } => {
                assert_eq!(version, 1);
                None
            }
        })
        .collect();
    marks.sort_unstable();
    let (requested, approved) = (Some(Mark::Requested), Some(Mark::Approved));
    assert_eq!(marks, [None, None, requested, requested, approved, Some(Mark::Effected), Some(Mark::Reversed)]);
    let public: String = leaves.iter().map(|leaf| leaf.leaf.as_str()).collect();
    for secret in ["Mei", "8944", &taken_back.reference.to_string(), "holder"] {
        assert!(!public.contains(secret), "{secret}");
    }
    // Once a case's key is gone, nothing ties it to its leaves, and the log goes on as it was.
    app.store.log_forget(taken_back.reference).await.unwrap();
    round(&app).await.unwrap();
    check::everything(&app, |_, _| {}).await.unwrap();
    assert_eq!(app.log.wrong(), None);
}

#[tokio::test]
async fn a_cease_that_a_clock_decides_on_the_spot_is_approved_too() {
    let (app, _dir) = desk().await;
    let case = ended(&app, 1).await;
    let journal = app.store.journal(case.reference).await.unwrap();
    let marks = |entry: &case::Entry| follow::marks(entry).into_iter().map(|(mark, _)| mark).collect::<Vec<_>>();
    let mut entry = journal.into_iter().find(|entry| marks(entry).contains(&Mark::Approved)).unwrap();
    for by in [Actor::Clock, Actor::Network] {
        entry.actor = by;
        assert!(marks(&entry).contains(&Mark::Approved));
    }
    // What was scheduled was approved before: its day comes with no dates to set.
    entry.events.retain(|event| !matches!(event, case::Event::Dated { .. }));
    assert!(!marks(&entry).contains(&Mark::Approved));
}

#[tokio::test]
async fn a_head_is_signed_soon_and_at_least_hourly_and_only_once_for_each_size() {
    let (app, _dir) = desk().await;
    round(&app).await.unwrap();
    let first = app.store.log_checkpoint(0).await.unwrap().unwrap();
    assert_eq!(first.size, 2, "the manifest and the register of channels");
    declared(&app, 1, false).await;
    round(&app).await.unwrap();
    assert_eq!(app.store.log_checkpoint(0).await.unwrap().unwrap(), first);
    followed(&app).await;
    let second = app.store.log_checkpoint(0).await.unwrap().unwrap();
    assert_eq!(second.size, 3);
    testing::advance(&app, SignedDuration::from_mins(61));
    round(&app).await.unwrap();
    let third = app.store.log_checkpoint(0).await.unwrap().unwrap();
    assert_eq!((third.size, third.note.clone()), (3, second.note));
    assert!(third.at > second.at);
    // Signed by the log's key, as the manifest has it.
    let manifest = keys::read(&app).await.unwrap().unwrap().manifest;
    let note = Note::parse(third.note.as_bytes()).unwrap();
    note.open(&manifest.verifiers(Role::Log)).unwrap();
    assert_eq!(Checkpoint::parse(note.text()).unwrap().origin, "localhost/log");
}

#[tokio::test]
async fn several_processes_make_one_log() {
    let (app, _dir) = desk().await;
    for n in 1..=6 {
        declared(&app, n, true).await;
    }
    let others: Vec<Shared> = (0..4).map(|_| testing::beside(&app)).collect();
    testing::advance(&app, SignedDuration::from_secs(6));
    keys::in_force(&app).await.unwrap();
    let running: Vec<_> = others
        .iter()
        .map(|other| {
            tokio::spawn({
                let other = other.clone();
                async move { round(&other).await }
            })
        })
        .collect();
    for one in running {
        one.await.unwrap().unwrap();
    }
    let leaves = app.store.log_leaves(0, 999).await.unwrap();
    assert_eq!(leaves.len() as u64, app.store.log_head().await.unwrap().size);
    let told: std::collections::BTreeSet<_> = leaves.iter().map(|leaf| (leaf.entry, &leaf.leaf)).collect();
    assert_eq!(told.len(), leaves.len());
    check::everything(&app, |_, _| {}).await.unwrap();
    assert!(others.iter().all(|other| !other.log.halted()));
}

/// Changes the database behind the desk's back.
fn edit(dir: &TempDir, sql: &str) {
    let db = rusqlite::Connection::open(dir.path().join("cease.db")).unwrap();
    assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
}

/// What a desk says that starts on this database now.
async fn at_start(app: &Shared) -> Option<Wrong> {
    let other = testing::beside(app);
    let _ = start(&other).await;
    other.log.wrong()
}

/// Nothing is written any more, and everybody is told why.
async fn refuses(app: &Shared, n: u64) {
    assert!(app.log.halted());
    let refused = try_declare(app, n, false).await.map(|case| case.reference);
    assert!(matches!(&refused, Err(ActError::Store(StoreError::Engine(why))) if why.contains("signed")), "{refused:?}");
    assert!(crate::work::round(app).await.is_err());
    let mut browser = testing::Browser::new(app).await;
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("not what was signed"), "{}", ready.body);
    let posted = browser.post("/cancel", &[("number", "8944770000000000017")]).await;
    assert_eq!((posted.status.as_u16(), posted.headers["retry-after"].as_bytes()), (503, b"30".as_slice()));
    assert!(posted.body.contains("The desk takes nothing in at the moment"), "{}", posted.body);
    assert_eq!(browser.get("/cancel").await.status, 200);
}

#[tokio::test]
async fn a_database_that_was_edited_is_noticed_at_the_start_and_while_it_runs() {
    for (sql, wanted) in [
        ("UPDATE log_leaf SET leaf = replace(leaf, 'effected', 'rejected') WHERE leaf LIKE '%effected%'", "leaf"),
        ("DELETE FROM log_leaf WHERE n = 0", "leaf"),
        ("UPDATE log_leaf SET n = n + 100 WHERE n = 3", "leaf"),
        ("UPDATE log_leaf SET case_id = 12345 WHERE case_id IS NOT NULL AND n < 4", "removed"),
        ("UPDATE journal SET body = replace(body, 'Mei Lin', 'Mei Lan')", "journal"),
        ("UPDATE journal SET body = replace(body, '\"network\"', '\"clock\"') WHERE version > 1", "journal"),
        ("DELETE FROM journal WHERE version = 2", "journal"),
        ("UPDATE case_ SET body = replace(body, '\"chain\":\"', '\"chain\":\"0')", "row"),
        ("UPDATE case_ SET body = replace(body, '\"proven\":true', '\"proven\":false')", "row"),
        ("DELETE FROM case_", "row"),
        ("UPDATE log_tile SET hashes = zeroblob(length(hashes))", "rewritten"),
        ("UPDATE log_tile SET hashes = substr(hashes, 2)", "rewritten"),
        ("DELETE FROM log_tile", "rewritten"),
        ("UPDATE log_head SET size = size - 1", "rolled back"),
        ("UPDATE log_head SET seq = 0", "journal"),
    ] {
        let (app, dir) = desk().await;
        ended(&app, 1).await;
        followed(&app).await;
        assert_eq!(at_start(&app).await, None);
        edit(&dir, sql);
        let found = at_start(&app).await.map_or_else(String::new, |wrong| wrong.to_string());
        assert!(found.contains(wanted), "{sql}: {found:?}");
        round(&app).await.unwrap();
        assert!(app.log.halted(), "{sql}");
        refuses(&app, 9).await;
    }
}

/// Who has signed stands in the row, which the next decision believes: whoever changes it there could sign twice.
#[tokio::test]
async fn a_signature_that_was_edited_in_the_row_ends_no_card() {
    let (app, dir) = desk().await;
    let case = declared(&app, 1, false).await;
    let agent = |n| Actor::Agent { staff: case::AccountId::from_bits(n), role: case::Role::Approver };
    let approve = Command::Approve { evidence: "Called the number on record.".into() };
    act(&app, case.reference, &agent(65), &Command::TakeUp).await.unwrap();
    act(&app, case.reference, &agent(65), &approve).await.unwrap();
    let refused = act(&app, case.reference, &agent(65), &approve).await;
    assert!(matches!(refused, Err(ActError::Refused(case::Refusal::SamePerson))), "{refused:?}");
    let (was, other) = (case::AccountId::from_bits(65), case::AccountId::from_bits(64));
    edit(&dir, &format!("UPDATE case_ SET body = replace(body, '\"staff\":\"{was}', '\"staff\":\"{other}')"));

    let wrong = Wrong::Row { case: case.reference };
    let found = check::everything(&app, |_, _| {}).await;
    assert!(matches!(found, Err(Fault::Wrong(found)) if found == wrong && found.to_string().contains("row")));
    let running = testing::beside(&app);
    // The slow look has gone past it, and comes round again only in its time.
    running.log.state.store(GOOD, Ordering::Release);
    assert!(act(&running, case.reference, &agent(65), &approve).await.is_err());
    assert_eq!(running.log.wrong(), Some(wrong.clone()));
    assert_eq!(app.store.case(case.reference).await.unwrap().unwrap().stage.name(), "review");
    // Nor does what leads on carry it into the journal.
    let running = testing::beside(&app);
    running.log.state.store(GOOD, Ordering::Release);
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let _ = act(&running, case.reference, &nobody, &Command::WantPerson).await;
    let journal = app.store.journal(case.reference).await.unwrap();
    assert!(!serde_json::to_string(&journal).unwrap().contains(&other.to_string()));
    round(&app).await.unwrap();
    assert_eq!(app.log.wrong(), Some(wrong));
}

#[tokio::test]
async fn a_journal_that_was_rewritten_with_all_its_chains_is_not_what_the_log_says() {
    let (app, dir) = desk().await;
    let case = ended(&app, 1).await;
    ended(&app, 2).await;
    followed(&app).await;
    let db = rusqlite::Connection::open(dir.path().join("cease.db")).unwrap();
    let mut before = String::new();
    for mut entry in app.store.journal(case.reference).await.unwrap() {
        for event in &mut entry.events {
            if let case::Event::Declared { declaration, .. } = event {
                declaration.person.name = "Mei Lan".into();
            }
        }
        let events = serde_json::to_string(&entry.events).unwrap();
        entry.chain = case::event::chain(&before, entry.at, &entry.actor, &entry.command, entry.version, &events);
        before.clone_from(&entry.chain);
        let body = serde_json::to_string(&entry).unwrap();
        let changed = db.execute(
            "UPDATE journal SET body = ?1 WHERE case_id = ?2 AND version = ?3",
            (body, case.reference.bits() as i64, entry.version as i64),
        );
        assert_eq!(changed.unwrap(), 1);
    }
    let row = app.store.case(case.reference).await.unwrap().unwrap();
    let body = serde_json::to_string(&Case { chain: before, ..row }).unwrap();
    db.execute("UPDATE case_ SET body = ?1 WHERE id = ?2", (body, case.reference.bits() as i64)).unwrap();
    let found = at_start(&app).await;
    assert!(matches!(found, Some(Wrong::Commitment { case: other, .. }) if other == case.reference), "{found:?}");
}

#[tokio::test]
async fn a_database_from_yesterday_is_not_served() {
    let (app, dir) = desk().await;
    ended(&app, 1).await;
    followed(&app).await;
    let old = dir.path().join("yesterday.db");
    let db = rusqlite::Connection::open(dir.path().join("cease.db")).unwrap();
    db.execute("VACUUM INTO ?1", [old.to_str().unwrap()]).unwrap();
    ended(&app, 2).await;
    followed(&app).await;
    let mut restored = testing::beside(&app);
    Arc::get_mut(&mut restored).unwrap().store = store::open(&format!("sqlite:{}", old.display())).await.unwrap();
    // The first who wants to write finds out.
    let refused = try_declare(&restored, 3, false).await;
    assert!(refused.is_err());
    assert!(matches!(restored.log.wrong(), Some(Wrong::Shorter { .. })), "{:?}", restored.log.wrong());
    refuses(&restored, 4).await;
    assert_eq!(app.log.wrong(), None);
    assert_eq!(at_start(&app).await, None);
}

/// What the log does not show (a note, an answer) is missed too.
#[tokio::test]
async fn a_rollback_of_the_journal_alone_is_noticed() {
    let (app, dir) = desk().await;
    let case = declared(&app, 1, false).await;
    followed(&app).await;
    let old = dir.path().join("yesterday.db");
    let db = rusqlite::Connection::open(dir.path().join("cease.db")).unwrap();
    db.execute("VACUUM INTO ?1", [old.to_str().unwrap()]).unwrap();
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act(&app, case.reference, &nobody, &Command::WantPerson).await.unwrap();
    followed(&app).await;
    let mut restored = testing::beside(&app);
    Arc::get_mut(&mut restored).unwrap().store = store::open(&format!("sqlite:{}", old.display())).await.unwrap();
    assert!(start(&restored).await.is_err());
    assert!(matches!(restored.log.wrong(), Some(Wrong::Journal { .. })), "{:?}", restored.log.wrong());
}

/// Two processes on one directory: what one signs while the other is looking is not taken for a rollback.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_another_signs_meanwhile_is_no_rollback() {
    let (app, _dir) = desk().await;
    round(&app).await.unwrap();
    let (other, done) = (testing::beside(&app), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let looking: Vec<_> = (0..3)
        .map(|_| {
            let (app, done) = (testing::beside(&app), done.clone());
            tokio::spawn(async move {
                let mut looks = 0;
                while !done.load(Ordering::Relaxed) {
                    // Without the second look, which would hide that the first one was wrong.
                    check::quick(&app).await.unwrap();
                    looks += 1;
                }
                looks
            })
        })
        .collect();
    for n in 1..=25 {
        declared(&other, n, false).await;
        followed(&other).await;
        assert_eq!(other.log.wrong(), None);
    }
    done.store(true, Ordering::Relaxed);
    for one in looking {
        assert!(one.await.unwrap() > 25);
    }
}

/// A disk that does not answer says nothing about the database: it is tried again.
#[tokio::test]
async fn a_file_that_cannot_be_read_halts_nothing() {
    let (app, dir) = desk().await;
    ended(&app, 1).await;
    followed(&app).await;
    let (signed, aside) = (dir.path().join("log").join("signed"), dir.path().join("log").join("aside"));
    std::fs::rename(&signed, &aside).unwrap();
    std::fs::create_dir(&signed).unwrap();
    let other = testing::beside(&app);
    assert!(start(&other).await.unwrap_err().to_string().contains("cannot read"));
    assert!(round(&app).await.unwrap_err().to_string().contains("cannot read"));
    assert_eq!((app.log.wrong(), other.log.wrong()), (None, None));
    std::fs::remove_dir(&signed).unwrap();
    std::fs::rename(&aside, &signed).unwrap();
    start(&other).await.unwrap();
    round(&app).await.unwrap();
    declared(&other, 2, false).await;
}

#[tokio::test]
async fn a_damaged_file_beside_the_database_is_said() {
    let (app, dir) = desk().await;
    ended(&app, 1).await;
    followed(&app).await;
    std::fs::write(dir.path().join("log").join("signed"), "?").unwrap();
    assert!(matches!(at_start(&app).await, Some(Wrong::File(why)) if why.contains("damaged")));
    // Where it is missing, what is signed in the database is kept anew.
    std::fs::remove_file(dir.path().join("log").join("signed")).unwrap();
    assert_eq!(at_start(&app).await, None);
    assert!(keep::load(dir.path()).unwrap().is_some());
    edit(&dir, "UPDATE log_checkpoint SET note = replace(note, 'localhost/log', 'localhost/lag')");
    std::fs::remove_file(dir.path().join("log").join("signed")).unwrap();
    assert_eq!(at_start(&app).await, Some(Wrong::Checkpoint));
}

/// Signs the next manifest with the root key that lies in the desk's directory, and puts it in force.
pub(crate) async fn put(app: &Shared, dir: &TempDir, next: proof::log::Manifest) {
    let line = std::fs::read_to_string(keys::root_path(dir.path())).unwrap();
    let root = proof::SigningKey::from_line(&line).unwrap();
    keys::put(app, &next.sign(&root).unwrap()).await.unwrap();
}

async fn in_force(app: &Shared) -> proof::log::Manifest {
    keys::read(app).await.unwrap().unwrap().manifest
}

#[tokio::test]
async fn the_log_s_key_is_rotated_and_everything_goes_on() {
    let (app, dir) = desk().await;
    let first = ended(&app, 1).await;
    followed(&app).await;
    let old = std::fs::read_to_string(keys::log_path(dir.path())).unwrap();
    let before = bundle::file(&app, &first).await.unwrap().unwrap();
    testing::advance(&app, SignedDuration::from_hours(24));
    put(&app, &dir, keys::rotated(&app, &in_force(&app).await).unwrap()).await;
    assert_ne!(std::fs::read_to_string(keys::log_path(dir.path())).unwrap(), old);
    assert!(!keys::next_path(&keys::log_path(dir.path())).exists());
    ended(&app, 2).await;
    followed(&app).await;
    assert_eq!((app.log.wrong(), in_force(&app).await.version), (None, 2));
    assert!(matches!(verdict(&app, &first).await, Verdict::Valid(proven) if proven.manifest == 2));
    // The file that was handed out before stays good, also for who knows the new manifest.
    let newest = Trust { manifests: vec![in_force(&app).await], ..trust(&app).await };
    assert!(matches!(proof::verify_bundle(&before, &newest, app.now()), Verdict::Valid(_)));
    // Both manifests stand in the log.
    let leaves = app.store.log_leaves(0, 99).await.unwrap();
    let manifests = leaves.iter().filter(|leaf| leaf.leaf.starts_with("manifest/v1\n"));
    assert_eq!(manifests.count(), 2);
    // One that is lost is not made anew: no manifest would have it.
    let now = std::fs::read_to_string(keys::log_path(dir.path())).unwrap();
    std::fs::remove_file(keys::log_path(dir.path())).unwrap();
    testing::advance(&app, SignedDuration::from_mins(61));
    assert!(round(&app).await.unwrap_err().to_string().contains("log.key is missing"));
    assert!(!keys::log_path(dir.path()).exists());
    crate::keys::read_or_make(&keys::log_path(dir.path()), || now).unwrap();
    followed(&app).await;
    // Lost for good, its time is over too: one key signs, and it is here.
    let lost = in_force(&app).await;
    std::fs::remove_file(keys::log_path(dir.path())).unwrap();
    testing::advance(&app, SignedDuration::from_mins(61));
    put(&app, &dir, keys::rotated(&app, &lost).unwrap()).await;
    let good: Vec<_> = in_force(&app).await.of(Role::Log).filter(|t| t.good_at(app.now())).cloned().collect();
    let here = keys::verifier(&keys::log_key(dir.path(), &lost.origin).unwrap());
    assert_eq!(good.iter().map(|tenure| &tenure.key).collect::<Vec<_>>(), [&here], "{good:?}");
    assert!(lost.find(Role::Log, &here).is_none() && !keys::next_path(&keys::log_path(dir.path())).exists());
    ended(&app, 4).await;
    followed(&app).await;
    assert!(matches!(verdict(&app, &first).await, Verdict::Valid(_)));
    // A key that the manifest does not let sign, signs nothing.
    std::fs::write(keys::log_path(dir.path()), old).unwrap();
    declared(&app, 3, false).await;
    testing::advance(&app, SignedDuration::from_secs(6));
    assert!(round(&app).await.unwrap_err().to_string().contains("cease log rotate"));
}

#[tokio::test]
async fn a_revoked_key_signs_no_more_and_another_takes_its_place() {
    let (app, dir) = desk().await;
    let first = ended(&app, 1).await;
    followed(&app).await;
    let before = bundle::file(&app, &first).await.unwrap().unwrap();
    testing::advance(&app, SignedDuration::from_hours(24));
    let key = in_force(&app).await.verifiers(Role::Log)[0].to_string();
    assert!(keys::revoked(&app, &in_force(&app).await, "nobody+", app.now()).is_err());
    let since = app.now() - SignedDuration::from_hours(2);
    put(&app, &dir, keys::revoked(&app, &in_force(&app).await, &key[..30], since).unwrap()).await;
    followed(&app).await;
    let newest = Trust { manifests: vec![in_force(&app).await], ..trust(&app).await };
    // Nobody had witnessed the old one, so it is worth nothing; the new one is.
    let verdict_of = |file: &[u8]| proof::verify_bundle(file, &newest, app.now());
    assert!(matches!(verdict_of(&before), Verdict::NotValid(proof::log::Check::LogKey, _)));
    ended(&app, 2).await;
    followed(&app).await;
    let after = bundle::file(&app, &first).await.unwrap().unwrap();
    assert!(matches!(verdict_of(&after), Verdict::Valid(_)), "{:?}", verdict_of(&after));
    // The past is not rewritten by a manifest that forgets the key.
    let mut forgetful = keys::next(&app, &in_force(&app).await).unwrap();
    forgetful.keys.remove(0);
    let line = std::fs::read_to_string(keys::root_path(dir.path())).unwrap();
    let root = proof::SigningKey::from_line(&line).unwrap();
    assert!(keys::put(&app, &forgetful.sign(&root).unwrap()).await.is_err());
}

#[tokio::test]
async fn certificates_get_a_new_key_and_old_ones_keep_theirs() {
    let (app, dir) = desk().await;
    let first = ended(&app, 1).await;
    followed(&app).await;
    testing::advance(&app, SignedDuration::from_hours(24));
    let old = app.keys.signing().public();
    put(&app, &dir, keys::recertified(&app, &in_force(&app).await).unwrap()).await;
    followed(&app).await;
    let new = app.keys.signing().public();
    assert_ne!(new, old);
    let second = ended(&app, 2).await;
    followed(&app).await;
    for (case, key, other) in [(&first, &old, &new), (&second, &new, &old)] {
        let file = crate::certificate::file(&app, case).await.unwrap().unwrap();
        assert_eq!(crate::certificate::read(&file).unwrap().1, *key);
        assert!(matches!(verdict(&app, case).await, Verdict::Valid(_)));
        // Each shows the key that has signed it.
        let mut browser = testing::Browser::new(&app).await;
        let account = case.account.unwrap();
        browser.visit("/").await;
        browser.sign_in(account, Level::Code).await;
        let page = browser.get(&format!("/case/{}/certificate", case.reference)).await.body;
        assert!(page.contains(&key.fingerprint()) && !page.contains(&other.fingerprint()), "{page}");
    }
    // The evidence of the old case names both keys, and holds by them.
    let evidence = crate::evidence::of(&app, &first, crate::evidence::For::Desk).await.unwrap();
    let how = pack::read(&evidence).unwrap().into_iter().find(|(name, _)| name == "VERIFY.txt").unwrap().1;
    let how = String::from_utf8(how).unwrap();
    assert!(how.contains(&format!("--key {new} --key {old}")), "{how}");
    let word = |keys: &[proof::PublicKey]| {
        let trusted = proof::judge::Trusted { keys: keys.to_vec(), ..Default::default() };
        pack::verify(&evidence, &trusted, app.now()).word
    };
    assert_eq!(word(&[new.clone(), old.clone()]), proof::judge::Word::Valid);
    assert_eq!(word(&[new]), proof::judge::Word::CannotTell);
}

#[tokio::test]
async fn a_key_that_is_not_good_certifies_nothing() {
    let (app, dir) = desk().await;
    ended(&app, 1).await;
    followed(&app).await;
    // Revoked, and nothing in its place yet.
    let mut revoked = keys::next(&app, &in_force(&app).await).unwrap();
    let own = keys::verifier(&app.keys.signing());
    revoked.keys.iter_mut().filter(|tenure| tenure.key == own).for_each(|t| t.revoked = Some(revoked.issued));
    put(&app, &dir, revoked).await;
    followed(&app).await;
    let case = ended(&app, 2).await;
    assert_eq!(case.stage.certificate(), None);
    put(&app, &dir, keys::recertified(&app, &in_force(&app).await).unwrap()).await;
    followed(&app).await;
    testing::advance(&app, SignedDuration::from_hours(2));
    while crate::work::round(&app).await.unwrap() > 0 {}
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    let file = crate::certificate::file(&app, &case).await.unwrap().unwrap();
    assert_eq!(crate::certificate::read(&file).unwrap().1, app.keys.signing().public());
    followed(&app).await;
    assert!(matches!(verdict(&app, &case).await, Verdict::Valid(_)));
}
