use std::path::Path;
use std::sync::Mutex;

use case::{Fact, Lang, Person};
use jiff::SignedDuration;
use reach::{Mailer, Message};
use store::{Account, Guard};

use super::*;
use crate::account::{Notice, guarded, notify};
use crate::testing;
use crate::words::words;

#[derive(Clone, Copy, Default, PartialEq)]
enum Mood {
    #[default]
    Takes,
    Refuses,
    RefusesForGood,
}

/// A mail server of this mood, which refuses one address always; it remembers the key of every try.
#[derive(Default)]
struct Server {
    mood: Mutex<Mood>,
    never: Mutex<String>,
    tries: Mutex<Vec<String>>,
    took: Mutex<Vec<Message>>,
}

impl Server {
    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn tries(&self) -> Vec<String> {
        self.tries.lock().unwrap().clone()
    }

    fn took(&self) -> Vec<Message> {
        self.took.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Mailer for Server {
    async fn send(&self, message: &Message, _: Timestamp) -> Result<(), Failure> {
        self.tries.lock().unwrap().push(message.key.clone());
        // Room for others to come between.
        tokio::task::yield_now().await;
        let never = *self.never.lock().unwrap() == message.to;
        match if never { Mood::Refuses } else { *self.mood.lock().unwrap() } {
            Mood::Takes => {
                self.took.lock().unwrap().push(message.clone());
                Ok(())
            }
            Mood::Refuses => Err(Failure::Retry("connection refused".into())),
            Mood::RefusesForGood => Err(Failure::GiveUp("550 no such mailbox".into())),
        }
    }
}

/// A desk that writes mail only, to this server.
async fn desk() -> (Shared, Arc<Server>, tempfile::TempDir) {
    let (app, dir) = testing::app().await;
    let server = Arc::new(Server::default());
    let mut app = Arc::into_inner(app).unwrap();
    app.mailer = Some(server.clone());
    app.texter = None;
    (Arc::new(app), server, dir)
}

async fn told(app: &Shared, account: &Account, notice: Notice) {
    for trying in notify(app, account, notice).await.unwrap() {
        trying.await.unwrap();
    }
}

/// The same by a process that dies before it tries.
async fn left(app: &Shared, account: &Account, notice: Notice) {
    for trying in notify(app, account, notice).await.unwrap() {
        trying.abort();
    }
}

/// Works for so long, looking every five seconds.
async fn work(app: &Shared, seconds: i64) {
    for _ in 0..seconds / 5 {
        testing::advance(app, SignedDuration::from_secs(5));
        round(app).await.unwrap();
    }
}

#[tokio::test]
async fn a_notice_outlives_an_hour_without_mail_and_comes_once_in_its_reader_s_language() {
    let (app, server, _dir) = desk().await;
    let mei = Account { lang: Lang::ZhCn, ..testing::account(&app, 1, "mei").await };
    app.store.put_account(mei.clone()).await.unwrap();
    server.is(Mood::Refuses);
    told(&app, &mei, Notice::PasswordChanged).await;
    work(&app, 3_600).await;
    assert_eq!((server.took().len(), app.store.notices().await.unwrap()), (0, (1, 0)));
    server.is(Mood::Takes);
    work(&app, 2 * 3_600).await;
    let took = server.took();
    assert_eq!(took.len(), 1, "{took:?}");
    let says = fl!(words(Lang::ZhCn), "notice-password-changed");
    assert_eq!(took[0].to, "mei@example.com");
    assert!(took[0].subject.ends_with(&says) && took[0].text.contains(&says), "{}", took[0].text);
    assert!(took[0].text.contains(&app.config.desk.url), "{}", took[0].text);
    let tries = server.tries();
    assert!(tries.len() > 9 && tries.iter().all(|key| *key == took[0].key), "one letter: {tries:?}");
    work(&app, 86_400).await;
    assert_eq!((server.took().len(), app.store.notices().await.unwrap()), (1, (0, 0)));
}

#[tokio::test]
async fn what_a_process_that_died_had_in_hand_is_sent_by_the_next() {
    let (app, server, _dir) = desk().await;
    let mei = testing::holder(&app, 1, "mei").await;
    left(&app, &mei, Notice::SecondFactorOff).await;
    let mut next = testing::beside(&app);
    Arc::get_mut(&mut next).unwrap().store = app.config.open_store().await.unwrap();
    drop(app);
    assert_eq!(round(&next).await.unwrap(), 0, "who wrote it tries it first");
    testing::advance(&next, LEASE);
    crate::work::round(&next).await.unwrap();
    let took = server.took();
    assert_eq!(took.len(), 1);
    assert!(took[0].text.contains(&fl!(words(Lang::En), "notice-second-factor-off")), "{}", took[0].text);
    assert_eq!(next.store.notices().await.unwrap(), (0, 0));
}

#[tokio::test]
async fn what_a_guard_is_about_is_owed_with_the_word_that_it_is_told() {
    let (app, server, _dir) = desk().await;
    let mei = testing::holder(&app, 1, "mei").await;
    server.is(Mood::Refuses);
    let guard =
        Guard { email: Some("old@example.net".into()), ..Guard::happened(mei.id, Fact::ContactChanged, app.now()) };
    app.store.put_guard(guard.clone()).await.unwrap();
    let hands = Arc::strong_count(&server);
    crate::guard::look(&app).await.unwrap();
    // Until what was begun beside it has ended.
    while Arc::strong_count(&server) > hands {
        tokio::task::yield_now().await;
    }
    assert_eq!((app.store.untold(9).await.unwrap(), app.store.notices().await.unwrap()), (vec![], (2, 0)));
    // Another process that had read of it before tells nobody a second time.
    let next = testing::beside(&app);
    guarded(&next, &mei, &crate::guard::former(&next, mei.id).await.unwrap(), &guard).await.unwrap();
    assert_eq!(app.store.notices().await.unwrap(), (2, 0));
    server.is(Mood::Takes);
    work(&next, 600).await;
    let mut to: Vec<_> = server.took().into_iter().map(|m| (m.to, m.text.contains("/stop/"))).collect();
    to.sort();
    assert_eq!(to, [("mei@example.com".into(), true), ("old@example.net".into(), true)]);
}

#[tokio::test]
async fn of_two_processes_one_sends() {
    let (app, server, _dir) = desk().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let other = testing::beside(&app);
    for n in 0..20 {
        left(&app, &mei, Notice::PasskeyAdded).await;
        testing::advance(&app, LEASE);
        tokio::try_join!(round(&app), round(&other)).unwrap();
        assert_eq!(server.tries().len(), n + 1);
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_at_once_and_counted() {
    let (app, server, _dir) = desk().await;
    let mei = testing::holder(&app, 1, "mei").await;
    server.is(Mood::RefusesForGood);
    told(&app, &mei, Notice::PasskeyRemoved).await;
    server.is(Mood::Takes);
    work(&app, 600).await;
    assert_eq!((server.tries().len(), app.store.notices().await.unwrap()), (1, (0, 1)));
    let acts = app.store.acts(9).await.unwrap();
    let given_up: Vec<_> = acts.iter().filter(|(act, _)| act.what == "notice-given-up").collect();
    assert!(
        matches!(given_up[..], [(act, _)] if act.account == Some(mei.id) && act.detail == "passkey-removed by mail")
    );
}

#[tokio::test]
async fn an_address_that_never_answers_is_given_up_when_a_letter_would_be() {
    let (app, server, _dir) = desk().await;
    let (mei, tom) = (testing::holder(&app, 1, "mei").await, testing::holder(&app, 2, "tom").await);
    *server.never.lock().unwrap() = "mei@example.com".into();
    told(&app, &mei, Notice::RecoveryCodesNew).await;
    // That the server answers is known by what the workers send meanwhile.
    for _ in 0..36 {
        left(&app, &tom, Notice::RecoveryCodesNew).await;
        work(&app, 3_600).await;
    }
    assert_eq!(app.store.notices().await.unwrap(), (0, 1));
    let tries = server.tries().len() - server.took().len();
    assert_eq!(tries, crate::work::TRIES as usize);
}

#[tokio::test]
async fn nothing_is_owed_where_nobody_carries_it_nor_to_whom_is_erased() {
    let (app, server, _dir) = desk().await;
    let mei = testing::holder(&app, 1, "mei").await;
    server.is(Mood::Refuses);
    told(&app, &mei, Notice::PasswordChanged).await;
    assert_eq!(app.store.notices().await.unwrap(), (1, 0), "a mail, and no text");
    let mut dumb = testing::beside(&app);
    Arc::get_mut(&mut dumb).unwrap().mailer = None;
    told(&dumb, &mei, Notice::PasswordChanged).await;
    assert_eq!(app.store.notices().await.unwrap(), (1, 0));
    assert!(app.store.erase_account(mei.id, &[]).await.unwrap());
    assert_eq!(app.store.notices().await.unwrap(), (0, 0));
    // One that was written down meanwhile is sent to nobody.
    server.is(Mood::Takes);
    left(&app, &mei, Notice::PasswordChanged).await;
    work(&app, 600).await;
    assert_eq!((server.took().len(), app.store.notices().await.unwrap()), (0, (0, 0)));
}

fn every_byte(dir: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

#[tokio::test]
async fn nobody_reads_in_the_database_whom_a_notice_is_for() {
    let (app, server, dir) = desk().await;
    server.is(Mood::Refuses);
    // Nothing else in the store has this address: the account is not in it.
    let mei = testing::account(&app, 1, "canary-83517").await;
    let former = Person { email: Some("canary-21904@example.net".into()), ..Person::default() };
    crate::account::phrase_changed(&app, &mei, Some("canary kettle".into()), true).await.unwrap();
    let guard = Guard::happened(mei.id, Fact::Recovered, app.now());
    app.store.put_guard(guard.clone()).await.unwrap();
    guarded(&app, &mei, &[former], &guard).await.unwrap();
    assert_eq!(app.store.notices().await.unwrap(), (3, 0));
    let bytes = every_byte(dir.path());
    let there = |text: &str| bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
    assert!(there("phrase-changed") && there("guard-recovered"), "what happened is kept");
    for text in ["canary", "example.com", "example.net", "/stop/"] {
        assert!(!there(text) && !there(&crate::keys::hex_of(text.as_bytes())), "{text}");
    }
    // And those it is for get it.
    server.is(Mood::Takes);
    app.store.put_account(mei).await.unwrap();
    work(&app, 600).await;
    let mut to: Vec<_> = server.took().into_iter().map(|m| m.to).collect();
    to.sort();
    assert_eq!(to, ["canary-21904@example.net", "canary-83517@example.com", "canary-83517@example.com"]);
    let told = server.took().into_iter().find(|m| m.key.starts_with("notice-")).unwrap();
    assert!(told.text.contains("canary kettle"), "by the phrase its reader knows: {}", told.text);
}

/// Otherwise it would be sent again when its time is over: a text twice.
#[tokio::test]
async fn whoever_stops_waits_for_what_is_tried_beside_an_answer() {
    let (app, server, _dir) = desk().await;
    let holder = testing::holder(&app, 1, "ana").await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(crate::work::run(app.clone(), async {
        // Whatever comes, it is over.
        let _ = stopped.await;
    }));
    while app.hands.reserve().is_none() {
        tokio::task::yield_now().await;
    }
    let trying = notify(&app, &holder, Notice::PasswordChanged).await.unwrap();
    assert!(app.hands.free() < crate::work::hands::HANDS);
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(server.took().len(), trying.len());
    assert!(app.store.claim_notices(app.now() + LEASE * 2, LEASE, MANY).await.unwrap().is_empty());
}
