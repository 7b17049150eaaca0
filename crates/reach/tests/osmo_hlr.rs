//! The OsmoHLR connector against the fake: the laws that a real one keeps too (`with_network.rs`), and
//! what only a fake does on request.

mod osmo_hlr_laws;

use std::time::{Duration, Instant};

use osmo_hlr_laws::*;
use reach::element::osmo_hlr::Settings;
use reach::element::osmo_hlr::fake::{Door, FakeHlr, Hand, Mood, Visited};
use reach::{Element, Failure, Observed};

async fn fake() -> FakeHlr {
    FakeHlr::start().await.unwrap()
}

#[tokio::test]
async fn who_is_not_there_is_gone() {
    who_is_not_there_is_gone_and_nobody_is_touched(&fake().await.settings()).await;
}

#[tokio::test]
async fn bar_and_unbar() {
    a_barred_card_is_detached_and_may_not_attach_until_it_is_put_back(&fake().await.settings()).await;
}

#[tokio::test]
async fn cease() {
    an_attached_card_is_detached_deleted_and_refused(&fake().await.settings()).await;
}

#[tokio::test]
async fn many_at_once() {
    many_at_once_end_and_the_others_stay(&fake().await.settings()).await;
}

#[tokio::test]
async fn a_machine_that_is_away() {
    a_machine_that_is_away_is_waited_for_but_not_for_ever(&fake().await.settings()).await;
}

#[tokio::test]
async fn two_processes() {
    two_processes_of_a_desk_do_not_take_each_others_answers(&fake().await.settings()).await;
}

#[tokio::test]
async fn inventory() {
    the_inventory_comes_in_order_page_by_page(&fake().await.settings()).await;
}

#[tokio::test]
async fn probe() {
    it_says_whether_it_answers(&fake().await.settings()).await;
}

#[tokio::test]
async fn a_card_without_an_imsi_is_answered_without_asking_anyone() {
    let nowhere = Settings { ctrl: "127.0.0.1:1".into(), vty: "127.0.0.1:1".into(), ..Settings::default() };
    let bare = reach::Line { imsi: None, ..line("") };
    let seen = hlr(&nowhere).observe(&bare, at(0)).await.unwrap();
    assert_eq!((seen.observed, seen.evidence.as_str()), (Observed::Gone, "no such activation"));
    assert!(matches!(hlr(&nowhere).observe(&line("001010000000001"), at(0)).await, Err(Failure::Retry(_))));
}

/// Whatever goes wrong at whichever door, it is tried again, within its time; and the next try ends the
/// card, tells who serves it, and proves it.
async fn goes_wrong(door: Door, mood: Mood) {
    let fake = fake().await;
    let settings = Settings { timeout_ms: 1_000, ..fake.settings() };
    let (hlr, imsi, hand) = (hlr(&settings), "001019990000001", Hand::new(&settings));
    hand.create(imsi).await;
    let msc = Visited::connect(&settings.gsup, "MSC-wrong").await.unwrap();
    msc.attach(imsi, Visited::CS).await.unwrap();
    fake.mood(door, mood);
    let from = Instant::now();
    let tried = match door {
        Door::Vty => hlr.bar(&line(imsi), key(1), at(0)).await,
        Door::Ctrl | Door::Gsup => hlr.cease(&line(imsi), key(1), at(0)).await,
    };
    let Err(Failure::Retry(why)) = tried else { panic!("{door:?} {mood:?}: {tried:?}") };
    assert!(from.elapsed() < Duration::from_secs(20), "{door:?} {mood:?}");
    assert!(!why.contains(imsi), "no personal data: {why}");
    fake.mood(door, Mood::Well);
    fake.let_go();
    // What was late is nobody's answer now.
    let barred = hlr.bar(&line(imsi), key(1), at(1)).await;
    if mood == Mood::LosesDeletions {
        // The answer is lost, and the card is gone; who served it is still told.
        assert_eq!(barred.unwrap().observed, Observed::Gone);
    } else {
        assert_eq!(barred.unwrap().observed, Observed::Barred, "{door:?} {mood:?}: {why}");
    }
    let ceased = hlr.cease(&line(imsi), key(1), at(1)).await.unwrap();
    let proof = format!("{PROOF}; location cancelled at 1");
    assert_eq!((ceased.observed, ceased.evidence), (Observed::Gone, proof), "{door:?} {mood:?}");
    msc.until_detached(imsi).await;
    assert!(!hand.has(imsi).await);
}

#[tokio::test]
async fn what_goes_wrong_is_tried_again() {
    let mut all = tokio::task::JoinSet::new();
    for door in [Door::Ctrl, Door::Vty, Door::Gsup] {
        for mood in [Mood::Silent, Mood::Late, Mood::Closes, Mood::CutsShort, Mood::Garbage] {
            all.spawn(goes_wrong(door, mood));
        }
    }
    all.spawn(goes_wrong(Door::Ctrl, Mood::LosesDeletions));
    let mut many = 0;
    while let Some(done) = all.join_next().await {
        done.unwrap();
        many += 1;
    }
    assert_eq!(many, 16);
}

/// Each of many who wait when a connection ends is told, and each gets through afterwards.
#[tokio::test]
async fn a_restart_in_the_middle_of_many_loses_none() {
    let fake = fake().await;
    let settings = fake.settings();
    let (hlr, hand) = (std::sync::Arc::new(hlr(&settings)), Hand::new(&settings));
    let all: Vec<_> = (0..64).map(|n| format!("0010198800000{n:02}")).collect();
    for imsi in &all {
        hand.create(imsi).await;
    }
    for round in 0..3 {
        let mut hands = tokio::task::JoinSet::new();
        for (n, imsi) in all.iter().enumerate() {
            let (hlr, line) = (hlr.clone(), line(imsi));
            hands.spawn(async move { hlr.cease(&line, key(n as u32), at(round)).await });
        }
        if round < 2 {
            tokio::task::yield_now().await;
            fake.hang_up();
        }
        let mut gone = 0;
        while let Some(done) = hands.join_next().await {
            match done.unwrap() {
                Ok(read) => gone += usize::from(read.observed == Observed::Gone),
                Err(failure) => assert!(matches!(failure, Failure::Retry(_)), "{failure}"),
            }
        }
        if round == 2 {
            assert_eq!(gone, all.len());
        }
    }
    for imsi in &all {
        assert!(!hand.has(imsi).await);
    }
}

/// An HLR that makes a subscriber whenever one is asked for: its refusal of authentication data looks like
/// proof, and is none.
#[tokio::test]
async fn a_subscriber_who_comes_back_is_not_certified() {
    let fake = fake().await;
    let (hlr, imsi, hand) = (hlr(&fake.settings()), "001019770000001", Hand::new(&fake.settings()));
    hand.create(imsi).await;
    fake.make_on_demand(true);
    assert!(hlr.probe().await.unwrap().makes_on_demand);
    let Err(Failure::NotYet(why)) = hlr.cease(&line(imsi), key(1), at(0)).await else { panic!() };
    assert!(why.contains("subscriber-create-on-demand"), "{why}");
    assert!(hand.has(imsi).await, "the trap is real");
    fake.make_on_demand(false);
    assert_eq!(hlr.cease(&line(imsi), key(1), at(1)).await.unwrap().evidence, PROOF);
    assert!(!hand.has(imsi).await);
}

/// Without an IMSI nobody can say that the card is gone from here.
#[tokio::test]
async fn a_card_without_an_imsi_is_not_taken_for_gone() {
    let fake = fake().await;
    let without = reach::Line { imsi: None, iccid: Some("8931070820307245732".into()), ..line("001019770000001") };
    let strict = hlr(&fake.settings());
    for said in [strict.observe(&without, at(0)).await, strict.cease(&without, key(1), at(0)).await] {
        assert!(matches!(said, Err(Failure::GiveUp(ref why)) if why.contains("no IMSI on record")), "{said:?}");
    }
    let elsewhere = hlr(&Settings { cards_without_imsi_are_elsewhere: true, ..fake.settings() });
    let bare = reach::Line::bare(without.subscription.clone());
    for (of, line) in [(&elsewhere, &without), (&strict, &bare)] {
        assert_eq!(of.observe(line, at(0)).await.unwrap().observed, Observed::Gone);
    }
}
