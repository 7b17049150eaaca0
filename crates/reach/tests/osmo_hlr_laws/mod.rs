//! What holds for OsmoHLR, the fake and a real one. Each law has subscribers and machines of its own, so
//! that all of them can meet one HLR at once.

use case::{CardId, CaseRef, EffectId, Subscription, Timestamp};
use reach::element::OsmoHlr;
use reach::element::osmo_hlr::Settings;
use reach::element::osmo_hlr::fake::{Cancelled, Hand, Visited};
use reach::{Element, Failure, Line, Observed};

pub const PROOF: &str = "CTRL: No such subscriber; GSUP auth info: cause 2 (IMSI unknown)";

pub fn line(imsi: &str) -> Line {
    let subscription = Subscription { card: CardId::from_bits(1), generation: 1 };
    Line { imsi: Some(imsi.to_owned()), ..Line::bare(subscription) }
}

pub fn key(n: u32) -> EffectId {
    EffectId { case: CaseRef::from_bits(7), n }
}

pub fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + 60 * minute).unwrap()
}

pub fn hlr(settings: &Settings) -> OsmoHlr {
    OsmoHlr::new(settings).unwrap()
}

async fn visited(settings: &Settings, name: &str) -> Visited {
    Visited::connect(&settings.gsup, name).await.unwrap()
}

/// The n-th subscriber of a law.
fn imsi(law: u32, n: u32) -> String {
    format!("00101{law:03}{n:07}")
}

pub async fn who_is_not_there_is_gone_and_nobody_is_touched(settings: &Settings) {
    let (hlr, nobody) = (hlr(settings), line(&imsi(1, 1)));
    let seen = hlr.observe(&nobody, at(0)).await.unwrap();
    assert_eq!((seen.observed, seen.evidence.as_str(), seen.at), (Observed::Gone, "CTRL: No such subscriber", at(0)));
    assert_eq!(hlr.bar(&nobody, key(1), at(0)).await.unwrap().observed, Observed::Gone);
    assert_eq!(hlr.unbar(&nobody, key(2), at(0)).await.unwrap().observed, Observed::Gone);
    let ceased = hlr.cease(&nobody, key(3), at(0)).await.unwrap();
    assert_eq!((ceased.observed, ceased.evidence.as_str()), (Observed::Gone, PROOF));
    assert!(!Hand::new(settings).has(&imsi(1, 1)).await);
    // No IMSI: a card that was never this element's. No digits: a person has to look.
    let bare = Line { imsi: None, ..line("") };
    assert_eq!(hlr.cease(&bare, key(4), at(0)).await.unwrap().evidence, "no such activation");
    assert!(matches!(hlr.cease(&line("1234"), key(5), at(0)).await, Err(Failure::GiveUp(_))));
    assert!(matches!(hlr.bar(&line("001010 delete"), key(6), at(0)).await, Err(Failure::GiveUp(_))));
}

pub async fn a_barred_card_is_detached_and_may_not_attach_until_it_is_put_back(settings: &Settings) {
    let (hlr, imsi) = (hlr(settings), imsi(2, 1));
    Hand::new(settings).create(&imsi).await;
    let msc = visited(settings, "MSC-bar").await;
    assert_eq!(msc.attach(&imsi, Visited::CS).await, Ok(()));
    let seen = hlr.observe(&line(&imsi), at(0)).await.unwrap();
    assert_eq!((seen.observed, seen.evidence.as_str()), (Observed::Active, "CTRL: cs on, ps on"));

    for again in 0..2 {
        let barred = hlr.bar(&line(&imsi), key(1), at(again)).await.unwrap();
        assert_eq!(barred.evidence, "CTRL: cs off, ps off; location cancelled at 1");
        assert_eq!((barred.observed, barred.at), (Observed::Barred, at(again)));
    }
    msc.until_detached(&imsi).await;
    assert_eq!(msc.attach(&imsi, Visited::CS).await, Err(0x0b), "PLMN not allowed");
    assert_eq!(msc.attach(&imsi, Visited::PS).await, Err(0x07), "GPRS services not allowed");
    assert_eq!(hlr.observe(&line(&imsi), at(3)).await.unwrap().observed, Observed::Barred);

    for again in 0..2 {
        let back = hlr.unbar(&line(&imsi), key(2), at(again)).await.unwrap();
        assert_eq!((back.observed, back.evidence.as_str()), (Observed::Active, "CTRL: cs on, ps on"));
    }
    assert_eq!(msc.attach(&imsi, Visited::CS).await, Ok(()));
    assert_eq!(msc.authenticate(&imsi).await, Ok(()));
}

pub async fn an_attached_card_is_detached_deleted_and_refused(settings: &Settings) {
    let (hlr, imsi, hand) = (hlr(settings), imsi(3, 1), Hand::new(settings));
    hand.create(&imsi).await;
    let (msc, sgsn) = (visited(settings, "MSC-end").await, visited(settings, "SGSN-end").await);
    assert_eq!(msc.authenticate(&imsi).await, Ok(()));
    assert_eq!(msc.attach(&imsi, Visited::CS).await, Ok(()));
    assert_eq!(sgsn.attach(&imsi, Visited::PS).await, Ok(()));

    let ceased = hlr.cease(&line(&imsi), key(1), at(0)).await.unwrap();
    assert_eq!((ceased.observed, ceased.evidence), (Observed::Gone, format!("{PROOF}; location cancelled at 2")));
    for network in [&msc, &sgsn] {
        network.until_detached(&imsi).await;
        let Cancelled { imsi: whose, withdrawn, by } = network.cancelled().remove(0);
        assert_eq!((whose, withdrawn), (imsi.clone(), true));
        assert!(by.starts_with("CEASE-DESK"), "{by}");
    }
    assert!(!hand.has(&imsi).await);
    assert_eq!(msc.authenticate(&imsi).await, Err(2), "IMSI unknown");
    assert_eq!(msc.attach(&imsi, Visited::CS).await, Err(2), "IMSI unknown");
    assert_eq!(sgsn.attach(&imsi, Visited::PS).await, Err(2), "IMSI unknown");

    // Again, by whoever had it in hand before: it is read, and gone.
    let again = hlr.cease(&line(&imsi), key(1), at(1)).await.unwrap();
    assert_eq!((again.observed, again.evidence.as_str()), (Observed::Gone, PROOF));
}

/// As many as a worker has in hand, and one that is not meant.
pub async fn many_at_once_end_and_the_others_stay(settings: &Settings) {
    let (hlr, hand) = (hlr(settings), Hand::new(settings));
    let all: Vec<_> = (1..=129).map(|n| imsi(4, n)).collect();
    for imsi in &all {
        hand.create(imsi).await;
    }
    let msc = visited(settings, "MSC-many").await;
    for imsi in &all[..20] {
        assert_eq!(msc.attach(imsi, Visited::CS).await, Ok(()));
    }
    let lines: Vec<_> = all[..128].iter().map(|imsi| line(imsi)).collect();
    let ceases = lines.iter().enumerate().map(|(n, line)| hlr.cease(line, key(n as u32), at(0)));
    for (n, ceased) in futures(ceases).await.into_iter().enumerate() {
        let evidence = if n < 20 { format!("{PROOF}; location cancelled at 1") } else { PROOF.to_owned() };
        assert_eq!(ceased.unwrap().evidence, evidence);
    }
    for imsi in &all[..128] {
        assert!(!hand.has(imsi).await);
    }
    assert!(hand.has(&all[128]).await);
    for imsi in &all[..20] {
        msc.until_detached(imsi).await;
    }
}

/// All of them at once, in the order they were given.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        let mut waiting = false;
        for (future, done) in all.iter_mut().zip(&mut done) {
            if done.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

pub async fn a_machine_that_is_away_is_waited_for_but_not_for_ever(settings: &Settings) {
    let (hlr, imsi, hand) = (hlr(settings), imsi(5, 1), Hand::new(settings));
    hand.create(&imsi).await;
    let (msc, sgsn) = (visited(settings, "MSC-away").await, visited(settings, "SGSN-stays").await);
    assert_eq!(msc.attach(&imsi, Visited::CS).await, Ok(()));
    assert_eq!(sgsn.attach(&imsi, Visited::PS).await, Ok(()));
    drop(msc);
    // The HLR has noticed once a message to it is complained about.
    let waits = loop {
        match hlr.bar(&line(&imsi), key(1), at(0)).await.unwrap() {
            read if read.evidence.contains("not connected") => break read.evidence,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(waits, "CTRL: cs off, ps off; location cancelled at 1; not connected and not told: 1");
    for minute in [0, 59] {
        let Err(Failure::NotYet(why)) = hlr.cease(&line(&imsi), key(2), at(minute)).await else { panic!() };
        assert!(why.contains("not connected to the HLR"), "{why}");
        assert!(hand.has(&imsi).await, "not before they have been told");
    }
    // It is there again, and told.
    let msc = visited(settings, "MSC-away").await;
    let ceased = hlr.cease(&line(&imsi), key(2), at(59)).await.unwrap();
    assert_eq!(ceased.evidence, format!("{PROOF}; location cancelled at 2"));
    while msc.cancelled().is_empty() {
        tokio::task::yield_now().await;
    }

    // One that never comes again does not keep a card alive, and the evidence says so.
    let imsi = self::imsi(5, 2);
    hand.create(&imsi).await;
    let scrapped = visited(settings, "MSC-scrapped").await;
    assert_eq!(scrapped.attach(&imsi, Visited::CS).await, Ok(()));
    drop(scrapped);
    while !hlr.bar(&line(&imsi), key(3), at(0)).await.unwrap().evidence.contains("not connected") {
        tokio::task::yield_now().await;
    }
    assert!(matches!(hlr.cease(&line(&imsi), key(4), at(0)).await, Err(Failure::NotYet(_))));
    let ceased = hlr.cease(&line(&imsi), key(4), at(60)).await.unwrap();
    assert_eq!((ceased.observed, ceased.evidence), (Observed::Gone, format!("{PROOF}; not connected and not told: 1")));
}

/// OsmoHLR answers to a name: two processes of a desk must not get each other's answers.
pub async fn two_processes_of_a_desk_do_not_take_each_others_answers(settings: &Settings) {
    let (one, other, hand) = (hlr(settings), hlr(settings), Hand::new(settings));
    for n in 1..=4 {
        hand.create(&imsi(6, n)).await;
    }
    let lines: Vec<_> = (1..=4).map(|n| line(&imsi(6, n))).collect();
    for pair in lines.chunks(2) {
        let (a, b) = tokio::join!(one.cease(&pair[0], key(1), at(0)), other.cease(&pair[1], key(2), at(0)));
        assert_eq!((a.unwrap().observed, b.unwrap().observed), (Observed::Gone, Observed::Gone));
    }
    drop(one);
    // The name comes free, and nothing hangs on it.
    assert_eq!(other.cease(&lines[0], key(3), at(1)).await.unwrap().observed, Observed::Gone);
}

pub async fn the_inventory_comes_in_order_page_by_page(settings: &Settings) {
    let (hlr, hand) = (hlr(settings), Hand::new(settings));
    for n in [3, 1, 5, 2, 4] {
        hand.create(&imsi(7, n)).await;
    }
    hlr.bar(&line(&imsi(7, 2)), key(1), at(0)).await.unwrap();
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|held: &reach::Held| held.imsi.clone().unwrap());
        let page = hlr.held(after.as_deref(), 2).await.unwrap().unwrap();
        let last = page.len() < 2;
        all.extend(page);
        if last {
            break;
        }
    }
    assert!(all.windows(2).all(|pair| pair[0].imsi < pair[1].imsi), "each once, in order");
    let ours = all.iter().filter(|held| held.imsi.as_deref().is_some_and(|i| i.starts_with("00101007")));
    let ours: Vec<_> = ours.map(|held| (held.imsi.clone().unwrap(), held.observed)).collect();
    let wanted = |n: u32| (imsi(7, n), if n == 2 { Observed::Barred } else { Observed::Active });
    assert_eq!(ours, (1..=5).map(wanted).collect::<Vec<_>>());
    let from_there = hlr.held(Some(&imsi(7, 4)), 1).await.unwrap().unwrap();
    assert_eq!(from_there[0].imsi, Some(imsi(7, 5)));
}

pub async fn it_says_whether_it_answers(settings: &Settings) {
    let probe = hlr(settings).probe().await.unwrap();
    assert!(probe.says.contains("HLR"), "{}", probe.says);
    assert!(!probe.makes_on_demand);
}
