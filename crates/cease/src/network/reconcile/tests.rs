use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use case::{EffectId, Role};
use reach::element::All;
use reach::{Line, ReadBack};
use store::Import;

use super::*;
use crate::app::Shared;
use crate::network::nightly;
use crate::testing::{self, advance};

/// A network that holds what it is given, and lies as it is told.
#[derive(Default)]
struct Hlr {
    held: Mutex<BTreeMap<String, Observed>>,
    lie: Mutex<Option<Lie>>,
    pages: Mutex<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    /// It has no list.
    NoList,
    /// Its list does not end.
    Endless,
    /// Its list goes back.
    Backwards,
    /// It fails in the middle.
    Broken,
    /// Its list says that nothing is there, and when asked it knows better.
    EmptyList,
    /// Its list has nothing to compare by.
    NoNumbers,
}

#[async_trait]
impl Element for Hlr {
    fn name(&self) -> &str {
        "hlr"
    }
    async fn observe(&self, line: &Line, at: Timestamp) -> Result<ReadBack, Failure> {
        let held = self.held.lock().unwrap();
        let observed = held.get(line.imsi.as_ref().unwrap()).copied().unwrap_or(Observed::Gone);
        Ok(ReadBack { observed, evidence: String::new(), at })
    }
    async fn bar(&self, _: &Line, _: EffectId, _: Timestamp) -> Result<ReadBack, Failure> {
        panic!("a comparison changes nothing")
    }
    async fn unbar(&self, _: &Line, _: EffectId, _: Timestamp) -> Result<ReadBack, Failure> {
        panic!("a comparison changes nothing")
    }
    async fn cease(&self, _: &Line, _: EffectId, _: Timestamp) -> Result<ReadBack, Failure> {
        panic!("a comparison changes nothing")
    }
    async fn held(&self, after: Option<&str>, limit: u32) -> Result<Option<Vec<Held>>, Failure> {
        *self.pages.lock().unwrap() += 1;
        let held = self.held.lock().unwrap();
        let from = after.unwrap_or_default().to_owned();
        let some = |limit: usize| {
            let rows = held.iter().filter(|(imsi, _)| **imsi > from).take(limit);
            rows.map(|(imsi, o)| Held { imsi: Some(imsi.clone()), iccid: None, observed: *o }).collect::<Vec<_>>()
        };
        let lie = *self.lie.lock().unwrap();
        Ok(match lie {
            None => Some(some(limit as usize)),
            Some(Lie::NoList) => None,
            Some(Lie::Endless) => {
                Some(held.iter().map(|(i, o)| Held { imsi: Some(i.clone()), iccid: None, observed: *o }).collect())
            }
            Some(Lie::Backwards) => Some(some(limit as usize).into_iter().rev().collect()),
            Some(Lie::Broken) if after.is_some() => return Err(Failure::Retry("connection reset".into())),
            Some(Lie::Broken) => Some(some(2)),
            Some(Lie::EmptyList) => Some(Vec::new()),
            Some(Lie::NoNumbers) if after.is_none() => {
                Some(vec![Held { imsi: None, iccid: Some("8944".into()), observed: Observed::Active }])
            }
            Some(Lie::NoNumbers) => Some(Vec::new()),
        })
    }
}

fn imsi(n: u64) -> String {
    format!("0010100000{n:05}")
}

/// Cards of ours as they stand, long ago.
async fn desk(cards: &[(u64, CardState)]) -> (Shared, Arc<Hlr>, tempfile::TempDir) {
    let (app, dir) = testing::app().await;
    let holder = testing::holder(&app, 1, "mei").await;
    testing::staff(&app, 2, "lead", Role::Approver).await;
    let mut made = Vec::new();
    for (n, state) in cards {
        let card = testing::card(&app, *n, holder.id).await;
        made.push(CardRecord { imsi: Some(imsi(*n)), ..card.clone() });
        app.store.import(Import { accounts: Vec::new(), cards: made.split_off(0) }).await.unwrap();
        app.store.switch(card.id, 1, *state, &format!("k{n}"), app.now()).await.unwrap();
    }
    advance(&app, SignedDuration::from_hours(1));
    let hlr = Arc::new(Hlr::default());
    (testing::with_element(&app, Arc::new(All::new(vec![hlr.clone(), app.element.clone()]))), hlr, dir)
}

fn holds(hlr: &Hlr, all: &[(u64, Observed)]) {
    *hlr.held.lock().unwrap() = all.iter().map(|(n, observed)| (imsi(*n), *observed)).collect();
}

async fn open(app: &App) -> Vec<(u64, Differs)> {
    let mut found: Vec<_> = app.store.findings(true, None, 50).await.unwrap();
    found.sort_by_key(|f| f.card);
    found.into_iter().map(|f| (f.card.key() as u64, f.what)).collect()
}

use CardState::{Active, Barred, Ceased};

#[tokio::test]
async fn every_difference_is_found_both_ways_and_is_over_when_both_agree() {
    let cards =
        [(1, Active), (2, Active), (3, Barred), (4, Ceased), (5, Ceased), (6, Barred), (7, Active), (8, Barred)];
    let (app, hlr, _dir) = desk(&cards).await;
    // 9 is not ours.
    let there = [
        (1, Observed::Active),
        (2, Observed::Barred),
        (3, Observed::Active),
        (4, Observed::Active),
        (5, Observed::Gone),
        (8, Observed::Barred),
        (9, Observed::Active),
    ];
    holds(&hlr, &there);
    let told = run(&app).await.unwrap();
    let wanted = Told { element: "hlr".into(), cards: 8, differences: 5, strangers: 1, cannot: None };
    assert_eq!(told, [wanted]);
    let found = [
        (2, Differs::Barred),
        (3, Differs::Active),
        (4, Differs::Served),
        (6, Differs::Unknown),
        (7, Differs::Unknown),
    ];
    assert_eq!(open(&app).await, found);
    advance(&app, SignedDuration::from_hours(24));
    run(&app).await.unwrap();
    let since = app.store.findings(true, None, 50).await.unwrap()[0].since;
    assert!(app.now().duration_since(since) > SignedDuration::from_hours(23), "one finding for as long as it lasts");
    holds(
        &hlr,
        &[
            (1, Observed::Active),
            (2, Observed::Active),
            (3, Observed::Barred),
            (6, Observed::Barred),
            (7, Observed::Active),
            (8, Observed::Barred),
        ],
    );
    advance(&app, SignedDuration::from_hours(24));
    assert_eq!(run(&app).await.unwrap()[0].differences, 0);
    assert_eq!((open(&app).await, app.store.findings(false, None, 50).await.unwrap().len()), (Vec::new(), 5));
    assert_eq!(last(&app.store).await.unwrap().unwrap().told[0].cards, 8);
}

#[tokio::test]
async fn what_is_on_its_way_is_no_alarm() {
    let (app, hlr, _dir) = desk(&[(1, Active)]).await;
    let holder = app.store.account_by_login("mei").await.unwrap().unwrap();
    // One has just been switched, and one is being ended by a case.
    let card = testing::card(&app, 2, holder.id).await;
    app.store
        .import(Import { accounts: Vec::new(), cards: vec![CardRecord { imsi: Some(imsi(2)), ..card.clone() }] })
        .await
        .unwrap();
    app.store.switch(card.id, 1, Ceased, "k", app.now()).await.unwrap();
    testing::ending(&app, 3, &holder).await;
    holds(&hlr, &[(1, Observed::Active), (2, Observed::Active)]);
    assert_eq!(run(&app).await.unwrap()[0].differences, 0);
    advance(&app, GRACE);
    assert_eq!(run(&app).await.unwrap()[0].differences, 1);
    assert_eq!(open(&app).await, [(2, Differs::Served)]);
}

#[tokio::test]
async fn a_list_that_lies_alarms_nobody_and_ends_nothing() {
    for lie in [Lie::NoList, Lie::Endless, Lie::Backwards, Lie::Broken, Lie::EmptyList, Lie::NoNumbers] {
        let cards: Vec<_> = (1..=6).map(|n| (n, Active)).collect();
        let (app, hlr, _dir) = desk(&cards).await;
        holds(
            &hlr,
            &[
                (1, Observed::Barred),
                (2, Observed::Active),
                (3, Observed::Active),
                (4, Observed::Active),
                (5, Observed::Active),
                (6, Observed::Active),
            ],
        );
        run(&app).await.unwrap();
        assert_eq!(open(&app).await, [(1, Differs::Barred)]);
        advance(&app, SignedDuration::from_hours(24));
        *hlr.lie.lock().unwrap() = Some(lie);
        let told = run(&app).await.unwrap();
        let whole = matches!(lie, Lie::EmptyList | Lie::NoNumbers);
        assert_eq!(told[0].cannot.is_none(), whole, "{lie:?}: {told:?}");
        assert_eq!(open(&app).await, [(1, Differs::Barred)], "{lie:?}");
    }
}

#[tokio::test]
async fn a_long_list_is_read_in_pages() {
    let (app, hlr, _dir) = desk(&[]).await;
    let holder = app.store.account_by_login("mei").await.unwrap().unwrap();
    let one = testing::card(&app, 1, holder.id).await;
    let card = |n: u64| CardRecord { id: case::CardId::from_bits(n), iccid: None, imsi: Some(imsi(n)), ..one.clone() };
    let many = 2 * u64::from(PAGE) + 7;
    app.store.import(Import { accounts: Vec::new(), cards: (1..=many).map(card).collect() }).await.unwrap();
    holds(&hlr, &(1..=many).filter(|n| *n != 600).map(|n| (n, Observed::Active)).collect::<Vec<_>>());
    advance(&app, SignedDuration::from_hours(1));
    let told = run(&app).await.unwrap();
    assert_eq!((told[0].cards, told[0].differences), (many, 1));
    assert_eq!(open(&app).await, [(600, Differs::Unknown)]);
    assert_eq!(*hlr.pages.lock().unwrap(), 4);
}

#[tokio::test]
async fn a_night_is_compared_by_one_process_and_the_lead_is_told_once() {
    let (app, hlr, _dir) = desk(&[(1, Ceased), (2, Ceased)]).await;
    holds(&hlr, &[(1, Observed::Active), (2, Observed::Active)]);
    let night = Some(jiff::civil::date(2026, 11, 22));
    for app in [&app, &testing::beside(&app)] {
        nightly::once(app, night).await.unwrap();
        nightly::once(app, None).await.unwrap();
    }
    assert_eq!(*hlr.pages.lock().unwrap(), 2, "compared once");
    let sent = testing::shelf(&app).messages();
    assert_eq!(sent.len(), 1, "one mail for all of it");
    let text = &sent[0].message;
    assert_eq!(
        (text.to.as_str(), text.subject.contains("about 2 cards")),
        ("lead@example.com", true),
        "{}",
        text.subject
    );
    assert!(text.text.contains("/desk/stuck?view=differs"));
    assert!(!text.text.contains("00101") && !text.text.contains("Mei"), "nothing of whom it is about");
    // It goes on, and is told no more; a new one is.
    advance(&app, SignedDuration::from_hours(24));
    nightly::once(&app, Some(jiff::civil::date(2026, 11, 23))).await.unwrap();
    assert_eq!(testing::shelf(&app).messages().len(), 1);
}
