use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::StatusCode;
use case::{EffectId, Level, Role, Stage, Subscription};
use jiff::SignedDuration;
use reach::{Element, Failure, Line, Observed, ReadBack};

use super::*;
use crate::testing::{self, Browser, advance};
use crate::work::round;

/// Answers nobody, or refuses, or obeys.
#[derive(Default)]
struct Hlr {
    down: AtomicBool,
    refuses: AtomicBool,
    gone: AtomicBool,
    sent: AtomicBool,
}

impl Hlr {
    fn say(&self, at: Timestamp) -> Result<ReadBack, Failure> {
        if self.down.load(Ordering::Relaxed) {
            return Err(Failure::Retry("connection <refused>".into()));
        }
        let observed = if self.gone.load(Ordering::Relaxed) { Observed::Gone } else { Observed::Active };
        Ok(ReadBack::new(observed, format!("{observed:?}"), at))
    }
}

#[async_trait]
impl Element for Hlr {
    fn name(&self) -> &str {
        "hlr"
    }
    async fn observe(&self, _: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        self.say(now)
    }
    async fn bar(&self, _: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.say(now)
    }
    async fn unbar(&self, _: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.say(now)
    }
    async fn cease(&self, _: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(Failure::GiveUp("subscriber is locked".into()));
        }
        self.sent.store(true, Ordering::Relaxed);
        self.gone.store(!self.down.load(Ordering::Relaxed), Ordering::Relaxed);
        self.say(now)
    }
}

async fn worker(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

async fn desk() -> (Shared, Arc<Hlr>, Browser, tempfile::TempDir) {
    let (app, dir) = testing::app_with(|policy| policy.contest_minutes = 0).await;
    let hlr = Arc::new(Hlr::default());
    let app = testing::with_element(&app, hlr.clone());
    let agent = worker(&app, 90, Role::Agent).await;
    (app, hlr, agent, dir)
}

async fn cancel(app: &Shared, n: u64) -> Case {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    testing::ending(app, 100 + n, &holder).await
}

async fn rest(app: &Shared) {
    while round(app).await.unwrap() > 0 {}
    while crate::index::some(app, 1_000).await.unwrap().more {}
}

async fn stage(app: &App, case: &Case) -> Stage {
    app.store.case(case.reference).await.unwrap().unwrap().stage
}

#[tokio::test]
async fn nothing_is_stuck_and_the_page_says_so() {
    let (app, _, mut agent, _dir) = desk().await;
    cancel(&app, 1).await;
    rest(&app).await;
    for sight in Sight::ALL {
        let got = agent.get(&sight.href()).await;
        assert_eq!(got.status, StatusCode::OK);
        // That nothing differs is said only of what was compared.
        let differs = matches!(sight, Sight::Differs | Sight::Agreed);
        let (calm, chinese_calm) =
            if differs { ("Not compared", "尚未核对") } else { ("Nothing is stuck", "没有") };
        assert!(
            !got.body.contains("No differences") && got.body.contains(calm) && !got.body.contains("bar-count"),
            "{}",
            got.body
        );
        let chinese = agent.get(&format!("{}&lang=zh-CN", sight.href())).await.body;
        assert!(chinese.contains(chinese_calm), "{chinese}");
        agent.get("/desk/stuck?lang=en").await;
    }
}

#[tokio::test]
async fn what_waits_for_an_outage_is_shown_with_why_and_tried_on_request() {
    let (app, hlr, mut agent, _dir) = desk().await;
    hlr.down.store(true, Ordering::Relaxed);
    let mut cases = Vec::new();
    for n in 1..=6 {
        cases.push(cancel(&app, n).await);
    }
    rest(&app).await;
    let page = agent.get("/desk/stuck").await.body;
    assert!(page.contains("The network answers nobody") && page.contains("connection &#60;refused&#62;"), "{page}");
    assert!(page.contains("<span class=\"bar-count\">6</span>"), "{page}");
    for case in &cases {
        assert!(page.contains(&format!("/desk/case/{}", case.reference)), "{page}");
    }
    let letters = agent.get("/desk/stuck?view=letters").await.body;
    assert!(letters.contains("Nothing in this view") && !letters.contains("Nothing is stuck"), "{letters}");
    // It is mended: one finds out, and the rest may be tried at once.
    hlr.down.store(false, Ordering::Relaxed);
    advance(&app, SignedDuration::from_secs(3));
    let probed = agent.post("/desk/stuck/probe/network", &[]).await;
    assert_eq!(probed.status, StatusCode::SEE_OTHER);
    rest(&app).await;
    assert!(!agent.get("/desk/stuck").await.body.contains("The network answers nobody"));
    let waiting = app.store.failing(&KINDS, None, 10).await.unwrap();
    assert!(!waiting.is_empty());
    let picks: Vec<String> = waiting.iter().map(|f| format!("{}.{}", f.id.case, f.id.n)).collect();
    let mut form: Vec<(&str, &str)> = picks.iter().map(|pick| ("pick", pick.as_str())).collect();
    form.extend([("deed", "now"), ("view", "network")]);
    let done = agent.post("/desk/stuck", &form).await;
    assert!(done.location().starts_with("/desk/stuck?view=network&done=now"), "{}", done.location());
    assert!(agent.get(done.location()).await.body.contains("tried now"));
    rest(&app).await;
    for case in &cases {
        assert_eq!(stage(&app, case).await.name(), "ceased");
    }
}

#[tokio::test]
async fn what_was_given_up_is_tried_again_by_the_one_door() {
    let (app, hlr, mut agent, _dir) = desk().await;
    hlr.refuses.store(true, Ordering::Relaxed);
    let case = cancel(&app, 1).await;
    rest(&app).await;
    let page = agent.get("/desk/stuck?view=gave-up").await.body;
    assert!(page.contains("subscriber is locked") && page.contains(&case.reference.to_string()), "{page}");
    let on_case = agent.get(&format!("/desk/case/{}", case.reference)).await.body;
    assert!(on_case.contains("/desk/stuck?view=gave-up"));
    hlr.refuses.store(false, Ordering::Relaxed);
    let before = stage(&app, &case).await;
    let again = format!("again:{}", case.reference);
    let got = agent.post("/desk/stuck", &[("only", &again), ("view", "gave-up")]).await;
    assert_eq!(got.location(), "/desk/stuck?view=gave-up&done=again&n=1&not=0");
    assert_eq!(stage(&app, &case).await, before, "who signed is as it was");
    let twice = agent.post("/desk/stuck", &[("only", &again), ("view", "gave-up")]).await;
    assert!(twice.location().ends_with("n=0&not=1"), "{}", twice.location());
    rest(&app).await;
    assert_eq!(stage(&app, &case).await.name(), "ceased");
    let journal = app.store.journal(case.reference).await.unwrap();
    assert!(journal.iter().any(|entry| entry.command == "resume" && matches!(entry.actor, case::Actor::Agent { .. })));
}

#[tokio::test]
async fn what_somebody_says_to_have_done_by_hand_is_asked_of_the_network() {
    let (app, hlr, mut agent, _dir) = desk().await;
    hlr.refuses.store(true, Ordering::Relaxed);
    let case = cancel(&app, 1).await;
    rest(&app).await;
    // Not true: it is still there, and still refuses.
    let by_hand = format!("by-hand:{}", case.reference);
    agent.post("/desk/stuck", &[("only", &by_hand), ("view", "gave-up")]).await;
    rest(&app).await;
    assert_eq!(stage(&app, &case).await.name(), "ceasing");
    // Now it is.
    hlr.gone.store(true, Ordering::Relaxed);
    agent.post("/desk/stuck", &[("only", &by_hand), ("view", "gave-up")]).await;
    rest(&app).await;
    let after = stage(&app, &case).await;
    assert!(matches!(&after, Stage::Ceased { evidence, .. } if evidence == "observed: Gone"), "{after:?}");
    assert!(!hlr.sent.load(Ordering::Relaxed), "nothing was sent");
}

/// A card that the network has again after its certificate.
#[tokio::test]
async fn what_is_there_again_after_its_end_is_ended_again() {
    let (app, hlr, mut agent, _dir) = desk().await;
    let case = cancel(&app, 1).await;
    rest(&app).await;
    let was = stage(&app, &case).await;
    assert!(was.certificate().is_some(), "{was:?}");
    hlr.gone.store(false, Ordering::Relaxed);
    let staff = case::Actor::Agent { staff: case::AccountId::from_bits(90), role: Role::Agent };
    crate::act::act(&app, case.reference, &staff, &case::Command::LookAgain).await.unwrap();
    rest(&app).await;
    let page = agent.get("/desk/stuck").await.body;
    assert!(page.contains(&case.reference.to_string()), "it opens where something is: {page}");
    assert!(page.contains("href=\"/desk/stuck?view=gave-up\" aria-current=\"page\""), "{page}");
    let again = format!("again:{}", case.reference);
    let got = agent.post("/desk/stuck", &[("only", &again), ("view", "gave-up")]).await;
    assert!(got.location().ends_with("done=again&n=1&not=0"), "{}", got.location());
    rest(&app).await;
    assert!(hlr.gone.load(Ordering::Relaxed), "it was asked for once more");
    assert_eq!(stage(&app, &case).await, was, "and its certificate is the one it had");
    assert!(agent.get("/desk/stuck?view=gave-up").await.body.contains("Nothing is stuck"));
}

#[tokio::test]
async fn a_letter_that_reached_nobody_is_sent_again() {
    let (app, _, mut agent, _dir) = desk().await;
    let case = cancel(&app, 1).await;
    rest(&app).await;
    let bounce =
        case::Command::Bounce { channel: case::Channel::Mail, mail: "m".into(), hard: true, status: "5.1.1".into() };
    crate::act::act(&app, case.reference, &case::Actor::Network, &bounce).await.unwrap();
    rest(&app).await;
    let page = agent.get("/desk/stuck?view=returned").await.body;
    assert!(page.contains("5.1.1") && page.contains("certificate"), "{page}");
    let sent = testing::shelf(&app).messages().len();
    let resend = format!("resend:{}", case.reference);
    agent.post("/desk/stuck", &[("only", &resend), ("view", "returned")]).await;
    rest(&app).await;
    assert!(testing::shelf(&app).messages().len() > sent);
    assert!(agent.get("/desk/stuck?view=returned").await.body.contains("Nothing is stuck"));
}

#[tokio::test]
async fn a_case_is_taken_in_hand_with_a_note_and_not_out_of_another_s() {
    let (app, hlr, mut agent, _dir) = desk().await;
    hlr.refuses.store(true, Ordering::Relaxed);
    let case = cancel(&app, 1).await;
    rest(&app).await;
    let take = format!("take:{}", case.reference);
    let got = agent.post("/desk/stuck", &[("only", &take), ("view", "gave-up")]).await;
    assert!(got.location().ends_with("done=take&n=1&not=0"), "{}", got.location());
    let journal = app.store.journal(case.reference).await.unwrap();
    assert_eq!(journal.last().unwrap().command, "note");
    let mut other = worker(&app, 91, Role::Approver).await;
    let got = other.post("/desk/stuck", &[("only", &take), ("view", "gave-up")]).await;
    assert!(got.location().ends_with("done=take&n=0&not=1"), "{}", got.location());
    assert!(other.get("/desk/stuck?view=gave-up").await.body.contains("with Mei Lin"));
}

#[tokio::test]
async fn notices_about_accounts_that_reached_nobody_are_counted_for_the_house() {
    let (app, _, mut agent, _dir) = desk().await;
    let owed = |n| store::NoticeOwed {
        key: "notice".into(),
        n,
        account: case::AccountId::from_bits(1),
        what: "password-changed".into(),
        by_text: false,
        sealed: String::new(),
        at: app.now(),
        attempts: 0,
    };
    app.store.put_notices((0..3).map(owed).collect(), app.now()).await.unwrap();
    app.store.give_up_notice("notice", 0, app.now()).await.unwrap();
    let page = agent.get("/desk/stuck").await.body;
    assert!(page.contains("2 notices about accounts are not sent yet"), "{page}");
    assert!(page.contains("One notice about an account was given up"), "{page}");
    assert!(agent.get("/desk/stuck?lang=zh-CN").await.body.contains("1 条账户通知未能送达"));
    let (mut partner, _) = testing::staff(&app, 91, "partner", Role::Agent).await;
    partner.agency = Some("kiosk".parse().unwrap());
    app.store.put_account(partner.clone()).await.unwrap();
    let mut theirs = Browser::new(&app).await;
    theirs.sign_in(partner.id, Level::SecondFactor).await;
    let got = theirs.get("/desk/stuck").await;
    assert!(got.status == StatusCode::OK && !got.body.contains("about account"), "{}", got.body);
}

#[tokio::test]
async fn only_who_works_cases_may_and_nonsense_does_nothing() {
    let (app, hlr, mut agent, _dir) = desk().await;
    hlr.refuses.store(true, Ordering::Relaxed);
    let case = cancel(&app, 1).await;
    rest(&app).await;
    let before = app.store.case(case.reference).await.unwrap().unwrap().version;
    let again = format!("again:{}", case.reference);
    let mut nobody = Browser::new(&app).await;
    let mut admin = worker(&app, 92, Role::Admin).await;
    for (browser, status) in [(&mut nobody, StatusCode::SEE_OTHER), (&mut admin, StatusCode::FORBIDDEN)] {
        assert_eq!(browser.get("/desk/stuck").await.status, status);
        let got = browser.post("/desk/stuck", &[("only", &again)]).await;
        assert!(!got.location().contains("done="), "{}", got.location());
        assert!(!browser.post("/desk/stuck/probe/network", &[]).await.location().contains("done="));
    }
    for (name, value) in [("only", "again:X"), ("only", "again:C7K4-M2QX-D"), ("only", "now:é.9"), ("deed", "take")] {
        assert_eq!(agent.post("/desk/stuck", &[(name, value)]).await.status, StatusCode::SEE_OTHER, "{value}");
    }
    for (name, value) in [("only", ""), ("deed", "delete"), ("only", "approve:X")] {
        assert_eq!(agent.post("/desk/stuck", &[(name, value)]).await.status, StatusCode::BAD_REQUEST, "{value}");
    }
    assert_eq!(agent.post("/desk/stuck/probe/moon", &[]).await.status, StatusCode::NOT_FOUND);
    for after in ["x", "1.2", "ffffffffffffffff.1.1", "é"] {
        for sight in Sight::ALL {
            assert_eq!(agent.get(&format!("{}&after={after}", sight.href())).await.status, StatusCode::OK);
        }
    }
    assert_eq!(app.store.case(case.reference).await.unwrap().unwrap().version, before);
}

#[tokio::test]
async fn a_difference_is_shown_for_as_long_as_it_lasts() {
    let (app, _, mut agent, _dir) = desk().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, holder.id).await;
    let of: Subscription = card.subscription();
    app.store.found("hlr", &of, Differs::Served, app.now(), app.now()).await.unwrap();
    let page = agent.get("/desk/stuck?view=differs").await.body;
    assert!(page.contains("still serves a card that has ended") && page.contains("•••• "), "{page}");
    assert!(!page.contains(&card.iccid.unwrap()), "a card's number is masked");
    assert!(page.contains("<span class=\"bar-count\">1</span>"));
    advance(&app, SignedDuration::from_mins(5));
    app.store.resolve("hlr", app.now(), app.now()).await.unwrap();
    assert!(!agent.get("/desk/stuck?view=differs").await.body.contains("still serves"));
    assert!(agent.get("/desk/stuck?view=agreed").await.body.contains("over since"));
}
