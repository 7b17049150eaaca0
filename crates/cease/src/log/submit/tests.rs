use jiff::SignedDuration;
use proof::SigningKey;
use proof::log::{Kind, Standing, Trust, Verdict};
use tempfile::TempDir;

use super::super::cosigner::{Cosigner, Refused};
use super::super::settings::Settings;
use super::super::tests::{declared, ended, followed};
use super::*;
use crate::app::Shared;
use crate::testing;

/// A witness in this process, which can be away.
struct Near {
    cosigner: Arc<Cosigner>,
    away: std::sync::atomic::AtomicBool,
    asked: std::sync::atomic::AtomicU32,
}

#[async_trait::async_trait]
impl Courier for Near {
    async fn post(&self, url: &str, body: String) -> Result<(u16, String), String> {
        assert_eq!(url, "http://witness.example/add-checkpoint");
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if self.away.load(std::sync::atomic::Ordering::Relaxed) {
            return Err("there is no connection".into());
        }
        Ok(match self.cosigner.add(body.as_bytes()) {
            Ok(line) => (200, line),
            Err(Refused::Conflict(size)) => (409, format!("{size}\n")),
            Err(Refused::Inconsistent) => (422, String::new()),
            Err(refused) => (400, format!("{refused:?}")),
        })
    }

    async fn get(&self, url: &str) -> Result<(u16, String), String> {
        let hash = url.strip_prefix("http://witness.example/").and_then(|rest| rest.strip_suffix("/checkpoint"));
        let seen = self.cosigner.seen(hash.unwrap()).unwrap();
        Ok(seen.map_or((404, String::new()), |seen| (200, seen)))
    }
}

/// A desk whose proofs want one witness, and that witness.
async fn witnessed() -> (Shared, Arc<Near>, TempDir, TempDir) {
    let (app, dir) = super::super::tests::desk().await;
    let kept = tempfile::tempdir().unwrap();
    let log = super::super::keys::log_key(dir.path(), "localhost/log").unwrap();
    let trusted = vec![("localhost/log".to_owned(), super::super::keys::verifier(&log))];
    let cosigner = Cosigner::open(kept.path(), "witness.example", &trusted, app.clock.clone()).unwrap();
    let near = Arc::new(Near { cosigner: Arc::new(cosigner), away: Default::default(), asked: Default::default() });
    let app = with_witness(&app, &near).await;
    (app, near, dir, kept)
}

async fn with_witness(app: &Shared, near: &Arc<Near>) -> Shared {
    let mut app = testing::beside(app);
    let key = near.cosigner.verifier().to_string();
    let witness = Witness { url: "http://witness.example".into(), key };
    let one = Arc::get_mut(&mut app).unwrap();
    one.config.log = Settings { quorum: 1, witnesses: vec![witness], ..Settings::default() };
    *one.log.witnesses.lock().await = Known::by(near.clone());
    app
}

async fn standing(app: &Shared, case: &case::Case) -> Standing {
    let file = super::super::bundle::file(app, case).await.unwrap().unwrap();
    let trust = Trust { roots: vec![keys::read(app).await.unwrap().unwrap().manifest.root], ..Trust::default() };
    match proof::verify_bundle(&file, &trust, app.now()) {
        Verdict::Valid(proven) => proven.standing,
        other @ (Verdict::NotValid(..) | Verdict::CannotTell(_)) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_proof_is_provisional_until_the_witness_has_seen_it_and_then_final() {
    let (app, near, _dir, _kept) = witnessed().await;
    near.away.store(true, std::sync::atomic::Ordering::Relaxed);
    let case = ended(&app, 1).await;
    followed(&app).await;
    round(&app).await;
    assert!(matches!(standing(&app, &case).await, Standing::Provisional { want: 1, by } if by.is_empty()));
    near.away.store(false, std::sync::atomic::Ordering::Relaxed);
    // Not asked again at once.
    round(&app).await;
    assert!(matches!(standing(&app, &case).await, Standing::Provisional { .. }));
    testing::advance(&app, AGAIN);
    round(&app).await;
    let found = standing(&app, &case).await;
    let Standing::Witnessed { at, by } = found else { panic!("{found:?}") };
    assert_eq!((by.len(), by[0].name.as_str(), at), (1, "witness.example", keys::second(app.now())));
    // More leaves: the witness is shown that the log only grew. What is final stays so meanwhile.
    let next = ended(&app, 2).await;
    followed(&app).await;
    assert!(matches!(standing(&app, &case).await, Standing::Witnessed { .. }));
    assert!(matches!(standing(&app, &next).await, Standing::Provisional { .. }));
    round(&app).await;
    assert!(matches!(standing(&app, &next).await, Standing::Witnessed { .. }));
    // A process that has forgotten what the witness saw learns it from the witness.
    declared(&app, 3, false).await;
    followed(&app).await;
    let other = with_witness(&app, &near).await;
    round(&other).await;
    let newest = app.store.log_checkpoint(0).await.unwrap().unwrap();
    assert_eq!(newest.cosigned, 1);
    // The heartbeat asks again, once; the first line stays, for what it proves is as old as that.
    let asked = || near.asked.load(std::sync::atomic::Ordering::Relaxed);
    let before = asked();
    testing::advance(&app, SignedDuration::from_mins(61));
    super::super::round(&app).await.unwrap();
    round(&app).await;
    let once = asked();
    round(&app).await;
    assert!(once > before && asked() == once);
    let again = app.store.log_checkpoint(0).await.unwrap().unwrap();
    assert_eq!((again.size, again.cosigned, again.note), (newest.size, 1, newest.note));
}

/// A way to the witness on which another process, that works with the same store, is quicker once.
struct Overtaken {
    near: Arc<Near>,
    by: std::sync::Mutex<Option<Shared>>,
}

#[async_trait::async_trait]
impl Courier for Overtaken {
    async fn post(&self, url: &str, body: String) -> Result<(u16, String), String> {
        let other = self.by.lock().unwrap().take();
        if let Some(other) = other {
            declared(&other, 2, false).await;
            followed(&other).await;
            Box::pin(round(&other)).await;
        }
        self.near.post(url, body).await
    }

    async fn get(&self, url: &str) -> Result<(u16, String), String> {
        self.near.get(url).await
    }
}

#[tokio::test]
async fn a_witness_that_another_process_has_asked_meanwhile_is_not_ahead() {
    let (app, near, _dir, _kept) = witnessed().await;
    let case = ended(&app, 1).await;
    followed(&app).await;
    let other = with_witness(&app, &near).await;
    let way = Overtaken { near: near.clone(), by: std::sync::Mutex::new(Some(other)) };
    *app.log.witnesses.lock().await = Known::by(Arc::new(way));
    let read = app.store.log_checkpoint(0).await.unwrap().unwrap();
    round(&app).await;
    let newest = app.store.log_checkpoint(0).await.unwrap().unwrap();
    assert!(newest.size > read.size && newest.cosigned == 1, "the other was quicker");
    let known = app.log.witnesses.lock().await;
    assert!(!app.log.halted() && known.not_before.is_empty(), "nothing is wrong with the witness");
    assert_eq!(known.sizes.values().copied().collect::<Vec<_>>(), [newest.size]);
    assert!(matches!(standing(&app, &case).await, Standing::Witnessed { .. }));
}

#[tokio::test]
async fn a_proof_outlives_the_revocation_of_its_keys() {
    let (app, _near, dir, _kept) = witnessed().await;
    let case = ended(&app, 1).await;
    followed(&app).await;
    round(&app).await;
    let Standing::Witnessed { at: first, .. } = standing(&app, &case).await else { panic!() };
    // The head is idle for an hour and is cosigned again; then there are more leaves, and the next day the keys are
    // revoked: both, from after the first cosignature.
    testing::advance(&app, SignedDuration::from_mins(61));
    super::super::round(&app).await.unwrap();
    round(&app).await;
    ended(&app, 2).await;
    followed(&app).await;
    round(&app).await;
    let since = first + SignedDuration::from_mins(10);
    testing::advance(&app, SignedDuration::from_hours(24));
    for role in [Role::Certificate, Role::Log] {
        let before = keys::read(&app).await.unwrap().unwrap().manifest;
        let key = before.of(role).next().unwrap().key.to_string();
        super::super::tests::put(&app, &dir, keys::revoked(&app, &before, &key, since).unwrap()).await;
    }
    declared(&app, 3, false).await;
    followed(&app).await;
    round(&app).await;
    assert_eq!(
        standing(&app, &case).await,
        Standing::Witnessed {
            at: first,
            by: vec![proof::log::bundle::Cosigned { name: "witness.example".into(), at: first }],
        }
    );
}

/// Never answers.
#[derive(Default)]
struct Silent {
    asked: tokio::sync::Notify,
}

#[async_trait::async_trait]
impl Courier for Silent {
    async fn post(&self, _: &str, _: String) -> Result<(u16, String), String> {
        self.asked.notify_one();
        std::future::pending().await
    }

    async fn get(&self, _: &str) -> Result<(u16, String), String> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_witness_that_says_nothing_holds_nothing_up() {
    let (app, _near, _dir, _kept) = witnessed().await;
    let silent = Arc::new(Silent::default());
    *app.log.witnesses.lock().await = Known::by(silent.clone());
    ended(&app, 1).await;
    let running = tokio::spawn(super::super::run(app.clone(), std::future::pending()));
    silent.asked.notified().await;
    // It is being asked, and the log goes on.
    let before = app.store.log_head().await.unwrap().size;
    ended(&app, 2).await;
    testing::advance(&app, SignedDuration::from_secs(6));
    let grown = async {
        while app.store.log_checkpoint(0).await.unwrap().unwrap().size <= before {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), grown).await.expect("the log stands still");
    running.abort();
}

#[tokio::test]
async fn a_witness_that_has_seen_more_stops_a_desk_that_lost_its_own_memory() {
    let (app, near, dir, _kept) = witnessed().await;
    ended(&app, 1).await;
    followed(&app).await;
    let old = dir.path().join("yesterday.db");
    let db = rusqlite::Connection::open(dir.path().join("cease.db")).unwrap();
    db.execute("VACUUM INTO ?1", [old.to_str().unwrap()]).unwrap();
    ended(&app, 2).await;
    followed(&app).await;
    round(&app).await;
    // Yesterday's database, and the file beside it is gone too.
    std::fs::remove_file(dir.path().join("log").join("signed")).unwrap();
    let mut restored = with_witness(&app, &near).await;
    Arc::get_mut(&mut restored).unwrap().store = store::open(&format!("sqlite:{}", old.display())).await.unwrap();
    super::super::round(&restored).await.unwrap();
    assert!(!restored.log.halted());
    round(&restored).await;
    let wrong = restored.log.wrong();
    assert!(matches!(wrong, Some(Wrong::Witness { .. })), "{wrong:?}");
}

/// Says whatever it is told to.
struct Says(u16, String);

#[async_trait::async_trait]
impl Courier for Says {
    async fn post(&self, _: &str, _: String) -> Result<(u16, String), String> {
        Ok((self.0, self.1.clone()))
    }

    async fn get(&self, _: &str) -> Result<(u16, String), String> {
        Ok((self.0, self.1.clone()))
    }
}

#[tokio::test]
async fn a_witness_that_lies_changes_nothing() {
    let (app, near, _dir, _kept) = witnessed().await;
    ended(&app, 1).await;
    followed(&app).await;
    let newest = app.store.log_checkpoint(0).await.unwrap().unwrap();
    let note = Note::parse(newest.note.as_bytes()).unwrap();
    let stranger = SigningKey::from_seed("witness.example", &[9; 32]).unwrap();
    let forged = proof::log::note::cosign(note.text(), &stranger, 1_700_000_000);
    let replayed = near.cosigner.add(request(0, &[], &note).as_bytes()).unwrap();
    let other_time = replayed.replace("— witness.example ", "— witness.example A");
    for (status, answer) in [
        (200, String::new()),
        (200, "yes\n".into()),
        (200, format!("{forged}\n")),
        (200, other_time),
        (200, "x".repeat(100_000)),
        (409, "999999\n".into()),
        (409, "-1\n".into()),
        (409, String::new()),
        (422, String::new()),
        (500, "oops".into()),
    ] {
        *app.log.witnesses.lock().await = Known::by(Arc::new(Says(status, answer.clone())));
        round(&app).await;
        let now = app.store.log_checkpoint(0).await.unwrap().unwrap();
        assert_eq!((now.cosigned, &now.note), (0, &newest.note), "{status} {answer:.20}");
        assert!(!app.log.halted(), "{status} {answer:.20}");
    }
    let verifier = VerifierKey::new(Kind::Cosignature, near.cosigner.verifier().public().clone());
    assert!(replayed.trim_end().parse::<NoteSignature>().unwrap().names(&verifier));
}
