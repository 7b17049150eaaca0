use case::official::change::{Change, List};
use case::{AccountId, official};
use jiff::SignedDuration;
use proof::judge::{Trusted, Word, judge};

use super::*;
use crate::log::{check, keys, round};
use crate::testing::{self, Browser};

/// The log has caught up, and its head is signed.
async fn logged(app: &Shared) {
    round(app).await.unwrap();
    testing::advance(app, SignedDuration::from_secs(6));
    round(app).await.unwrap();
}

async fn trusted(app: &Shared) -> Trusted {
    let mut trusted = Trusted::default();
    trusted.believe(keys::read(app).await.unwrap().unwrap().manifest);
    trusted
}

async fn add(app: &Shared, value: &str) {
    let entry = official::Entry::new(Kind::Domain, value);
    let change = Change::Add { list: List::Official, entry, why: "bought".into() };
    let seq = app.store.propose_channel(AccountId::from_bits(1), app.now(), &change).await.unwrap();
    assert!(app.store.decide_channel(seq, AccountId::from_bits(2), app.now(), true).await.unwrap());
}

#[tokio::test]
async fn every_change_of_the_register_is_a_leaf_and_its_text_verifies() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    assert_eq!(browser.get("/channels.txt").await.status, StatusCode::NOT_FOUND);
    logged(&app).await;
    let first = browser.get("/channels.txt").await.body;
    assert!(first.contains("version 1\n") && first.contains("\ndomain - - localhost\n"), "{first}");
    let size = app.store.log_head().await.unwrap().size;
    for _ in 0..3 {
        logged(&app).await;
    }
    assert_eq!(app.store.log_head().await.unwrap().size, size, "what has not changed is logged once");
    add(&app, "orbit-desk.net").await;
    logged(&app).await;
    logged(&testing::beside(&app)).await;
    assert_eq!(app.store.log_head().await.unwrap().size, size + 1);
    let second = browser.get("/channels.txt").await.body;
    assert!(second.contains("version 2\n") && second.contains("\ndomain - - orbit-desk.net\n"), "{second}");
    let again = browser.get("/channels/1.txt").await.body;
    assert_eq!(first.split("== proof").next(), again.split("== proof").next(), "what was published stays");
    for path in ["/channels/3.txt", "/channels/x.txt", "/channels/1"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let trusted = trusted(&app).await;
    for file in [&first, &second, &again] {
        let judged = judge(file.as_bytes(), &trusted, app.now());
        assert_eq!(judged.word, Word::Valid, "{:?}", judged.why);
    }
    let published = judge(second.as_bytes(), &trusted, app.now()).published.unwrap();
    assert_eq!((published.register.version, published.index), (2, size));
    // Whose root key nobody vouches for proves nothing; no other text has this proof.
    assert_eq!(judge(second.as_bytes(), &Trusted::default(), app.now()).word, Word::CannotTell);
    for changed in [
        second.replace("orbit-desk.net", "orbit-desk.org"),
        second.replacen("domain - - orbit-desk.net\n", "", 1),
        second.replace("version 2", "version 1"),
        second.replacen("\n== proof", "x\n== proof", 1),
        format!("{}{}", first.split("== proof").next().unwrap(), &second[second.find("== proof").unwrap()..]),
    ] {
        assert_eq!(judge(changed.as_bytes(), &trusted, app.now()).word, Word::NotValid, "{changed}");
    }
    let page = browser.get("/channels").await.body;
    assert!(page.contains("orbit-desk.net") && page.contains("How we reach you"), "{page}");
    assert!(browser.get("/channels?lang=zh-CN").await.body.contains("我们怎样联系您"));
    check::everything(&app, |_, _| {}).await.unwrap();
}

#[tokio::test]
async fn two_machines_that_are_configured_differently_do_not_fill_the_log() {
    let (app, _dir) = testing::app().await;
    let other = testing::configured(&app, |_| {});
    let mut other = std::sync::Arc::try_unwrap(other).ok().unwrap();
    let mut config = app.config.clone();
    config.desk.mailbox = "desk@orbit-desk.net".into();
    other.register = crate::official::Registers::new(&config, &app.policy).unwrap();
    let other = Shared::new(other);
    for _ in 0..8 {
        logged(&app).await;
        logged(&other).await;
    }
    let newest = app.store.channel_text(None).await.unwrap().unwrap();
    assert_eq!(newest.version, 2, "each once");
    assert_eq!(app.store.log_head().await.unwrap().size, 3);
}
