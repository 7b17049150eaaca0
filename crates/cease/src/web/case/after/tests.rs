use case::watch::Kind;
use case::{Level, Role};

use super::*;
use crate::testing::{self, Browser};
use crate::work;

async fn holder(app: &Shared) -> (Case, Browser) {
    let case = crate::watch::tests::ended(app).await;
    let mut browser = Browser::new(app).await;
    let found = browser.post("/case", &[("ref", &case.reference.to_string()), ("fact", "mei5@example.com")]).await;
    assert_eq!(found.location(), format!("/case/{}", case.reference));
    (case, browser)
}

async fn desk() -> (Shared, tempfile::TempDir) {
    testing::app_with(|policy| policy.contest_minutes = 0).await
}

#[tokio::test]
async fn reference_and_second_fact_lead_to_it_and_it_is_calm_where_nothing_moved() {
    let (app, _dir) = desk().await;
    let (case, mut browser) = holder(&app).await;
    let path = format!("/case/{}/after", case.reference);
    let status = browser.get(&format!("/case/{}", case.reference)).await;
    assert!(status.body.contains(&format!("href=\"{path}\"")), "the status page leads here");
    for (lang, calm, stop) in
        [("en", "Nothing has moved", "Stop using the card now"), ("zh-CN", "没有任何动静", "现在请停止使用这张卡")]
    {
        let page = browser.get(&format!("{path}?lang={lang}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(calm) && page.body.contains(stop) && page.body.contains("class=\"lifeline\""));
    }
    let mut stranger = Browser::new(&app).await;
    assert!(stranger.get(&path).await.location().starts_with("/case?ref="));
    assert!(stranger.post(&path, &[("what", "works")]).await.location().starts_with("/case?ref="));
}

#[tokio::test]
async fn a_report_is_confirmed_rings_at_the_desk_and_keeps_its_file() {
    let (app, _dir) = desk().await;
    let (case, mut browser) = holder(&app).await;
    let path = format!("/case/{}/after", case.reference);
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
    let fields = |text| [("what", "billed"), ("on", "2026-11-23"), ("amount", "4.99 GBP"), ("text", text)];
    let typed = fields("Card 4111 1111 1111 1111 was debited");
    let shown = browser.upload(&path, &typed, &[("file", "bill.pdf", pdf)]).await;
    assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(shown.body.contains("We struck out a bank card number.") && shown.body.contains("Card █████ was debited"));
    let sent = browser.upload(&path, &fields("Card █████ was debited"), &[("file", "bill.pdf", pdf)]).await;
    assert_eq!(sent.location(), format!("{path}?reported=1"), "{}", sent.body);
    let page = browser.get(sent.location()).await;
    assert!(page.body.contains("Your report has arrived") && page.body.contains("4.99 GBP"));
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!((case.alarms[0].kind, case.alarms[0].amount.as_deref()), (Kind::Billed, Some("4.99 GBP")));
    assert_eq!(case.files.len(), 1);
    // Once it is closed, too, somebody acts next: whoever has to look into that.
    let looked = browser.get(&format!("/case/{}?lang=en", case.reference)).await.body;
    assert!(looked.contains("Once a person has looked into it"), "{looked}");
    let journal = serde_json::to_string(&app.store.journal(case.reference).await.unwrap()).unwrap();
    assert!(journal.contains("was debited") && !journal.contains("4111 1111"), "a card number is not kept");
    while work::round(&app).await.unwrap() > 0 {}
    assert!(testing::shelf(&app).messages().iter().any(|m| m.message.subject.contains("your report has arrived")));
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept() {
    let (app, _dir) = desk().await;
    let (case, mut browser) = holder(&app).await;
    let path = format!("/case/{}/after", case.reference);
    let long = "9".repeat(41);
    let wrong: [(&[(&str, &str)], &str); 5] = [
        (&[], "f-what"),
        (&[("what", "billed"), ("on", "yesterday"), ("amount", "5")], "f-on"),
        (&[("what", "billed"), ("on", "2026-12-31"), ("amount", "5")], "f-on"),
        (&[("what", "billed"), ("on", "2026-11-23"), ("amount", "")], "f-amount"),
        (&[("what", "billed"), ("on", "2026-11-23"), ("amount", &long)], "f-amount"),
    ];
    for (fields, field) in wrong {
        let fields: Vec<_> = fields.iter().copied().chain([("text", "in my words")]).collect();
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(page.body.contains(&format!("href=\"#{field}\"")) && page.body.contains("in my words"), "{fields:?}");
    }
    let bad = browser.upload(&path, &[("what", "works")], &[("file", "x.exe", b"MZ")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(app.store.case(case.reference).await.unwrap().unwrap().alarms.is_empty());
    for _ in 0..A_DAY {
        browser.post(&path, &[("what", "works")]).await;
    }
    let page = browser.post(&path, &[("what", "works")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_desk_sees_the_alarm_asks_the_network_and_closes_it_in_words_the_holder_reads() {
    let (app, _dir) = desk().await;
    let (case, mut browser) = holder(&app).await;
    crate::watch::tests::observed(&app, &case).await;
    let page = browser.get(&format!("/case/{}/after", case.reference)).await;
    assert!(page.body.contains("The card was used") && page.body.contains("You need do nothing"));
    while crate::index::some(&app, 500).await.unwrap().more {}
    let mut ana = Browser::new(&app).await;
    let (agent, _) = testing::staff(&app, 90, "ana", Role::Agent).await;
    ana.sign_in(agent.id, Level::SecondFactor).await;
    let list = ana.get("/desk?flag=alarm").await;
    assert!(list.body.contains(&case.reference.to_string()), "it is in the list of alarms");
    let path = format!("/desk/case/{}", case.reference);
    let page = ana.get(&path).await;
    assert!(page.body.contains("Open alarms after the end") && page.body.contains("class=\"lifeline\""));
    let version = app.store.case(case.reference).await.unwrap().unwrap().version.to_string();
    let look = ana.post(&format!("{path}/look-again"), &[("version", &version), ("view", "done")]).await;
    assert_eq!(look.status, StatusCode::SEE_OTHER, "{}", look.body);
    while work::round(&app).await.unwrap() > 0 {}
    let version = app.store.case(case.reference).await.unwrap().unwrap().version.to_string();
    let empty = ana.post(&format!("{path}/close-alarm"), &[("version", &version), ("view", "done")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [
        ("version", version.as_str()),
        ("view", "done"),
        ("close-alarm-kind", "usage"),
        ("close-alarm-why", "explained"),
        ("close-alarm-text", "A record that came late."),
    ];
    let done = ana.post(&format!("{path}/close-alarm"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = browser.get(&format!("/case/{}/after", case.reference)).await;
    assert!(page.body.contains("there was a harmless reason"));
    let status = browser.get(&format!("/case/{}", case.reference)).await;
    assert!(status.body.contains("A record that came late."));
}
