use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use case::{AccountId, CardRecord, CardState, Case, EffectId, Event, Flag, Letter, Outcome, Stage, Timestamp};
use jiff::SignedDuration;
use reach::element::All;
use reach::{Element, Failure, Line, Observed, ReadBack};
use store::Import;

use crate::app::Shared;
use crate::testing::{self, advance};
use crate::work::breaker::Far;
use crate::work::{TRIES, outage, round};

/// An element that is told what to answer, and remembers what it was asked.
#[derive(Default)]
struct Hlr(Mutex<State>);

#[derive(Default)]
struct State {
    asked: Vec<String>,
    gone: bool,
    barred: bool,
    /// Does what it is told and does not say so.
    mute: bool,
    /// Says so and does nothing.
    idle: bool,
    down: bool,
    refuses: bool,
    deletes: u32,
}

impl Hlr {
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }

    fn told(&self, what: &str, key: Option<EffectId>, at: Timestamp) -> Result<ReadBack, Failure> {
        let mut state = self.0.lock().unwrap();
        state.asked.push(what.to_owned());
        assert!(key.is_none() == (what == "observe"));
        if state.down {
            return Err(Failure::Retry("connection refused".into()));
        }
        if state.refuses {
            return Err(Failure::GiveUp("not allowed".into()));
        }
        if !state.idle {
            match what {
                "bar" => state.barred = true,
                "unbar" => state.barred = false,
                "cease" if !state.gone => (state.gone, state.deletes) = (true, state.deletes + 1),
                _ => {}
            }
        }
        if state.mute && what != "observe" {
            return Err(Failure::Retry("no answer".into()));
        }
        let observed = match (state.gone, state.barred) {
            (true, _) => Observed::Gone,
            (false, true) => Observed::Barred,
            (false, false) => Observed::Active,
        };
        Ok(ReadBack::new(observed, format!("hlr says {observed:?}"), at))
    }
}

#[async_trait]
impl Element for Hlr {
    fn name(&self) -> &str {
        "hlr"
    }
    async fn observe(&self, _: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        self.told("observe", None, now)
    }
    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        assert!(line.imsi.is_some());
        self.told("bar", Some(key), now)
    }
    async fn unbar(&self, _: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.told("unbar", Some(key), now)
    }
    async fn cease(&self, _: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.told("cease", Some(key), now)
    }
}

/// A desk in front of that element and its own record, and cases that go straight to the network.
async fn desk(cases: u64, contest_minutes: u32) -> (Shared, Arc<Hlr>, Vec<Case>, tempfile::TempDir) {
    let (app, dir) = testing::app_with(|policy| policy.contest_minutes = contest_minutes).await;
    let hlr = Arc::new(Hlr::default());
    let app = testing::with_element(&app, Arc::new(All::new(vec![hlr.clone(), app.element.clone()])));
    let mut opened = Vec::new();
    for n in 0..cases {
        let holder = testing::holder(&app, 10 + n, &format!("holder{n}")).await;
        opened.push(testing::ending(&app, 100 + n, &holder).await);
    }
    (app, hlr, opened, dir)
}

async fn now(app: &Shared, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn outcomes(app: &Shared, case: &Case) -> Vec<Outcome> {
    let journal = app.store.journal(case.reference).await.unwrap();
    let settled = |event| if let Event::Settled { outcome, .. } = event { Some(outcome) } else { None };
    let network = |o: &Outcome| !matches!(o, Outcome::Delivered | Outcome::Unsent | Outcome::Certified { .. });
    journal.into_iter().flat_map(|entry| entry.events).filter_map(settled).filter(network).collect()
}

/// Rounds until nothing is left to do at this moment.
async fn rest(app: &Shared) {
    for _ in 0..200 {
        if round(app).await.unwrap() == 0 {
            return;
        }
    }
    panic!("the workers run in circles");
}

fn evidence(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Barred { evidence }
        | Outcome::Unbarred { evidence }
        | Outcome::Observed { evidence, .. }
        | Outcome::Ceased { evidence, .. }
        | Outcome::BillingEnded { evidence, .. }
        | Outcome::Billed { evidence, .. }
        | Outcome::Refunded { evidence, .. } => evidence,
        Outcome::Delivered
        | Outcome::Unsent
        | Outcome::Certified { .. }
        | Outcome::GaveUp { .. }
        | Outcome::Coded { .. } => "",
    }
}

#[tokio::test]
async fn a_cease_is_observed_before_and_after() {
    let (app, hlr, cases, _dir) = desk(1, 0).await;
    rest(&app).await;
    assert_eq!(hlr.asked(), ["observe", "cease", "observe"]);
    let case = now(&app, &cases[0]).await;
    assert!(matches!(case.stage, Stage::Ceased { certificate: Some(_), .. }), "{:?}", case.stage);
    let came = outcomes(&app, &case).await;
    assert_eq!(evidence(&came[0]), "hlr: hlr says Gone; inventory: state=ceased");
}

#[tokio::test]
async fn a_bar_comes_first_where_there_is_a_contest_window() {
    let (app, hlr, cases, _dir) = desk(1, 60).await;
    rest(&app).await;
    assert_eq!(hlr.asked(), ["observe", "bar", "observe"]);
    advance(&app, SignedDuration::from_mins(61));
    rest(&app).await;
    assert_eq!(hlr.asked(), ["observe", "cease", "observe"]);
    assert_eq!(now(&app, &cases[0]).await.stage.name(), "ceased");
}

#[tokio::test]
async fn what_became_of_an_unanswered_cease_is_observed_and_not_asked_for_again() {
    let (app, hlr, cases, _dir) = desk(1, 0).await;
    hlr.set(|s| s.mute = true);
    rest(&app).await;
    assert_eq!(hlr.asked(), ["observe", "cease"]);
    assert_eq!(now(&app, &cases[0]).await.stage.name(), "ceasing");
    hlr.set(|s| s.mute = false);
    advance(&app, SignedDuration::from_secs(5));
    rest(&app).await;
    // The element is gone already, the record of our own is not: the second cease is for that.
    assert_eq!(hlr.asked(), ["observe", "cease", "observe"]);
    assert_eq!(hlr.0.lock().unwrap().deletes, 1);
    assert_eq!(now(&app, &cases[0]).await.stage.name(), "ceased");
}

#[tokio::test]
async fn an_unanswered_change_of_one_element_alone_is_only_observed() {
    let (app, hlr, cases, _dir) = desk(1, 60).await;
    let app = testing::with_element(&app, hlr.clone());
    hlr.set(|s| s.mute = true);
    rest(&app).await;
    advance(&app, SignedDuration::from_secs(5));
    hlr.asked();
    rest(&app).await;
    assert_eq!(hlr.asked(), ["observe"], "it is barred: nothing is sent");
    assert_eq!(evidence(&outcomes(&app, &cases[0]).await[0]), "observed: hlr says Barred");
}

#[tokio::test]
async fn what_cannot_be_read_back_has_not_happened_and_a_person_is_called() {
    let (app, hlr, cases, _dir) = desk(1, 0).await;
    hlr.set(|s| s.idle = true);
    for _ in 0..TRIES {
        rest(&app).await;
        assert_ne!(now(&app, &cases[0]).await.stage.name(), "ceased");
        advance(&app, SignedDuration::from_hours(4));
    }
    let case = now(&app, &cases[0]).await;
    assert!(case.flags.contains(&Flag::Stuck), "it answers, and does nothing: that is no outage");
    let came = outcomes(&app, &case).await;
    assert!(matches!(&came[0], Outcome::GaveUp { why } if why.contains("read back Active")), "{came:?}");
}

#[tokio::test]
async fn nothing_is_sent_for_an_activation_that_another_has_followed() {
    let (app, hlr, cases, _dir) = desk(1, 0).await;
    let card = app.store.card(cases[0].subscription.clone().unwrap().card).await.unwrap().unwrap();
    let anew = CardRecord { generation: 2, state: CardState::Active, account: AccountId::from_bits(77), ..card };
    app.store.import(Import { accounts: Vec::new(), cards: vec![anew.clone()] }).await.unwrap();
    rest(&app).await;
    assert!(hlr.asked().is_empty());
    assert_eq!(evidence(&outcomes(&app, &cases[0]).await[0]), "no such activation");
    assert_eq!(app.store.card(anew.id).await.unwrap().unwrap().state, CardState::Active);
}

#[tokio::test]
async fn an_outage_uses_up_no_tries_and_one_at_a_time_finds_out_when_it_is_over() {
    let (app, hlr, cases, _dir) = desk(8, 0).await;
    hlr.set(|s| s.down = true);
    rest(&app).await;
    assert!(app.far.out(Far::Network).is_some());
    assert_eq!(outage::known(&app.store).await.unwrap()[0].0, Far::Network, "the desk's page sees it");
    hlr.asked();
    for _ in 0..60 {
        advance(&app, SignedDuration::from_mins(30));
        rest(&app).await;
        assert!(hlr.asked().len() <= 2, "all at once");
    }
    let waiting = app.store.failing(&["cease"], None, 100).await.unwrap();
    assert_eq!(waiting.len(), 8);
    assert!(waiting.iter().all(|failing| failing.attempts <= 5), "{waiting:?}");
    // A worker that begins anew knows of it.
    let app = testing::with_element(&app, app.element.clone());
    hlr.set(|s| s.down = false);
    for _ in 0..3 {
        advance(&app, SignedDuration::from_mins(11));
        rest(&app).await;
    }
    assert_eq!((app.far.out(Far::Network), outage::known(&app.store).await.unwrap()), (None, Vec::new()));
    for case in &cases {
        let case = now(&app, case).await;
        assert!(matches!(case.stage, Stage::Ceased { certificate: Some(_), .. }), "{:?}", case.stage);
    }
    assert_eq!(hlr.0.lock().unwrap().deletes, 1, "this fake has one subscriber");
}

#[tokio::test]
async fn a_holder_is_told_once_that_the_network_takes_long() {
    let (app, hlr, cases, _dir) = desk(2, 0).await;
    hlr.set(|s| s.down = true);
    for _ in 0..12 {
        rest(&app).await;
        advance(&app, SignedDuration::from_mins(20));
    }
    for case in &cases {
        assert!(now(&app, case).await.flags.contains(&Flag::Delayed));
        let journal = app.store.journal(case.reference).await.unwrap();
        let told = journal.iter().flat_map(|entry| &entry.events);
        let told = told.filter(|e| matches!(e, Event::Owed { letter: Some(Letter::Delayed), .. })).count();
        assert_eq!(told, 1);
    }
    let shelf = testing::shelf(&app).messages();
    assert!(shelf.iter().any(|m| m.message.text.contains("not answering us at the moment")));
    hlr.set(|s| s.down = false);
    for _ in 0..3 {
        advance(&app, SignedDuration::from_mins(11));
        rest(&app).await;
    }
    assert!(now(&app, &cases[0]).await.flags.is_empty());
}

#[tokio::test]
async fn an_answer_that_says_no_is_no_outage() {
    let (app, hlr, cases, _dir) = desk(8, 0).await;
    hlr.set(|s| s.refuses = true);
    rest(&app).await;
    assert_eq!(app.far.out(Far::Network), None);
    for case in &cases {
        assert!(now(&app, case).await.flags.contains(&Flag::Stuck));
    }
}
