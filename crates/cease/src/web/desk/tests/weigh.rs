//! A cause that does not hold: as the desk decides it, and as its holder reads of it.

use case::way::{Kind, Way};
use case::{CardRecord, Contract};

use super::*;

/// £30 a month, paid until the end of October; 30 days' notice, and no fee.
async fn desk() -> (Shared, tempfile::TempDir) {
    testing::app_with(|policy| {
        (policy.notice_days, policy.fees) = (30, Vec::new());
        policy.tariff.last_bill = case::rules::LastBill::ProRata;
    })
    .await
}

async fn for_cause(app: &Shared) -> (Case, Account) {
    let holder = testing::holder(app, 1, "mei").await;
    let card = testing::card(app, 1, holder.id).await;
    let contract = Contract {
        monthly: Some(case::Money::new(3_000, "GBP")),
        paid_until: Some("2026-10-31".parse().unwrap()),
        ..Contract::default()
    };
    let card = CardRecord { contract, ..card };
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, holder.id, app.now()) };
    let kind = Kind::Extraordinary { reason: "No signal at home".into() };
    let declared = declaration(app, &card.iccid.unwrap(), &holder.person, None);
    let declared = Declaration { way: Way { kind, ..Way::default() }, ..declared };
    (declare(app, &actor, declared, Vec::new(), None).await.unwrap(), holder)
}

async fn worked(app: &Shared) {
    while crate::work::round(app).await.unwrap() > 0 {}
}

#[tokio::test]
async fn a_cause_that_is_not_upheld_goes_on_as_an_ordinary_end_and_its_holder_reads_what_that_means() {
    let (app, _dir) = desk().await;
    let (case, mei) = for_cause(&app).await;
    worked(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let path = format!("/desk/case/{}", case.reference);
    let page = agent.get(&path).await.body;
    assert!(page.contains("Not upheld: go on as ordinary") && !page.contains("Uphold it after all"));
    // Without a reason it is not decided, and what was open stays open.
    let got = deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "no"), ("weigh-reason", " ")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Give the reason; the holder will read it."));
    let reason = "Our records show <b>signal</b> at your address.";
    let got = deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "no"), ("weigh-reason", reason)]).await;
    assert!(got.location().contains("done=weigh"), "{}", got.body);
    let after = now(&app, &case).await;
    assert_eq!((after.kind(), &after.declaration), (&Kind::Ordinary, &case.declaration));
    let Stage::Received { needs, .. } = &after.stage else { panic!("{:?}", after.stage) };
    assert!(needs.contains(&Need::Consent));
    let page = agent.get(&path).await.body;
    assert!(page.contains("Uphold it after all") && page.contains("what was declared was not upheld"));
    assert!(page.contains("&#60;b&#62;signal"), "a reason is text");
    // Decided twice, from a form that was open still.
    let got = deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "no"), ("weigh-reason", reason)]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    // One letter: what, why, when, how much, and what to do about it.
    worked(&app).await;
    let letters = testing::shelf(&app).messages();
    let ordinary = |m: &&reach::shelf::Shelved| m.message.subject.contains("goes on as an ordinary one");
    let told: Vec<_> = letters.iter().filter(ordinary).filter(|m| m.message.to.contains('@')).collect();
    let [told] = told.as_slice() else { panic!("{} letters", told.len()) };
    // To the end of 30 days from 22 November, and from 1 November to then at £30 a month.
    let words = ["For cause", reason, "22 December 2026", "£51.", "complain", "take the cancellation back"];
    for words in words {
        assert!(told.message.text.contains(words), "{words}: {}", told.message.text);
    }
    assert!(!letters.iter().any(|m| m.message.subject.contains("look at the price again")), "and no other");
    // Its page says the same, and leads to agreeing, complaining and taking it back.
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    browser.sign_in(mei.id, Level::SecondFactor).await;
    let own = format!("/case/{}", case.reference);
    for lang in ["en", "zh-CN"] {
        let page = browser.get(&format!("{own}?lang={lang}")).await.body;
        for part in ["&#60;b&#62;signal", "/agree\"", "/complaint\"", "/withdraw\""] {
            assert!(page.contains(part), "{lang} {part}: {page}");
        }
    }
    assert!(browser.get(&format!("{own}?lang=en")).await.body.contains("It goes on as an ordinary cancellation"));
    let receipt = browser.get(&format!("{own}/receipt")).await.body;
    assert!(receipt.contains("For cause") && receipt.contains("what was declared was not upheld"), "{receipt}");
    let total = after.quote.at_most().minor.to_string();
    browser.post(&format!("{own}/agree"), &[("consent", "yes"), ("total", &total)]).await;
    assert_eq!(now(&app, &case).await.stage.name(), "review");
    let page = agent.get(&path).await.body;
    assert!(page.contains("22 December 2026") || page.contains("2026-12-22"), "when it will end: {page}");
    deed(&app, &mut agent, &case, "approve", &[("approve-evidence", "Read it.")]).await;
    let scheduled = now(&app, &case).await;
    assert_eq!(scheduled.stage.name(), "scheduled");
    assert_eq!(scheduled.times.contract_end.unwrap().to_string(), "2026-12-22T12:00:00Z");
    let got = deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "yes"), ("weigh-reason", "x")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT, "too late");
}

/// Whoever took it to a person instead of giving what was missing agrees all the same, while it is with the desk.
#[tokio::test]
async fn a_price_that_rises_with_the_desk_is_agreed_to_on_the_page() {
    let (app, _dir) = desk().await;
    let (case, mei) = for_cause(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "no"), ("weigh-reason", "No.")]).await;
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    browser.sign_in(mei.id, Level::SecondFactor).await;
    let own = format!("/case/{}", case.reference);
    browser.post(&own, &[("do", "person")]).await;
    let asked = now(&app, &case).await;
    assert!(asked.stage.name() == "review" && asked.lacks_consent(), "{:?}", asked.stage);
    assert!(browser.get(&own).await.body.contains("/agree\""));
    let total = asked.quote.at_most().minor.to_string();
    browser.post(&format!("{own}/agree"), &[("consent", "yes"), ("total", &total)]).await;
    assert!(!now(&app, &case).await.lacks_consent());
}

/// Upheld after all, it is as it was, and its holder hears of that too.
#[tokio::test]
async fn what_is_upheld_after_all_is_told_too() {
    let (app, _dir) = desk().await;
    let (case, mei) = for_cause(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "no"), ("weigh-reason", "No.")]).await;
    let got = deed(&app, &mut agent, &case, "weigh", &[("weigh-upheld", "yes"), ("weigh-reason", "The mast is down.")]);
    assert!(got.await.location().contains("done=weigh"));
    let after = now(&app, &case).await;
    assert_eq!((after.stage.name(), after.consent, &after.quote), ("review", true, &case.quote));
    worked(&app).await;
    let letters = testing::shelf(&app).messages();
    let mut browser = Browser::new(&app).await;
    browser.sign_in(mei.id, Level::SecondFactor).await;
    let page = browser.get(&format!("/case/{}", case.reference)).await.body;
    assert!(page.contains("The mast is down.") && !page.contains("It goes on as an ordinary"), "{page}");
    let mails: Vec<_> = letters.iter().filter(|m| m.message.to.contains('@')).map(|m| &m.message).collect();
    let told: Vec<_> = mails.iter().filter(|m| m.subject.contains("as you declared it")).collect();
    assert!(told.len() == 1 && told[0].text.contains("The mast is down."), "{told:?}");
    // What was overtaken before it went out is not told any more.
    assert!(!mails.iter().any(|m| m.text.contains("ordinary one")));
}

/// It is the desk's to decide: neither an admin nor the holder has a way to it.
#[tokio::test]
async fn nobody_else_decides_it() {
    let (app, _dir) = desk().await;
    let (case, mei) = for_cause(&app).await;
    let fields = [("version", "1"), ("view", "review"), ("weigh-upheld", "no"), ("weigh-reason", "No.")];
    let path = format!("/desk/case/{}/weigh", case.reference);
    let mut admin = worker(&app, 92, "root", Role::Admin).await;
    let mut holder = Browser::new(&app).await;
    holder.sign_in(mei.id, Level::SecondFactor).await;
    for browser in [&mut admin, &mut holder, &mut Browser::new(&app).await] {
        browser.post(&path, &fields).await;
        assert!(now(&app, &case).await.ways.not_upheld.is_none());
    }
}
