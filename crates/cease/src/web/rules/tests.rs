use axum::http::StatusCode;
use case::Role;
use rules::{Wanted, compose, no_files};

use crate::testing::{self, Browser};

#[tokio::test]
async fn anybody_reads_which_rules_apply_with_source_and_what_we_do() {
    let (app, _dir) = testing::app().await;
    let none = Browser::new(&app).await.get("/rules").await;
    assert_eq!(none.status, StatusCode::OK);
    assert!(none.body.contains("No law of a country is named here"), "{}", none.body);
    let app = testing::with_rules(&app, compose(&Wanted::of("de"), &no_files).unwrap());
    let mut browser = Browser::new(&app).await;
    let page = browser.get("/rules").await.body;
    assert!(page.contains("https://www.gesetze-im-internet.de/tkg_2021/__56.html"));
    assert!(page.contains("From memory, not confirmed") && page.contains("Not certain"));
    assert!(page.contains("one calendar month after your declaration came in (in force here: 1)"), "{page}");
    assert!(!page.to_lowercase().contains("compliant"));
    let zh = browser.get("/rules?lang=zh-CN").await.body;
    assert!(zh.contains("适用哪些规则") && zh.contains("提前一个月通知即可终止合同"), "{zh}");
}

#[tokio::test]
async fn a_case_shows_the_rules_of_its_day_to_its_holder_alone() {
    let (app, _dir) = testing::app().await;
    let app = testing::with_rules(&app, compose(&Wanted::of("uk"), &no_files).unwrap());
    let holder = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &holder).await;
    let path = format!("/case/{}/rules", case.reference);
    assert_eq!(Browser::new(&app).await.get(&path).await.status, StatusCode::SEE_OTHER);
    let mut browser = Browser::new(&app).await;
    browser.visit("/").await.change(&app, |s| crate::web::Visit::grant(s, case.reference)).await.unwrap();
    browser.post("/sign-in", &[("login", "mei"), ("password", testing::PASSWORD)]).await;
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.location());
    assert!(page.body.contains("Your declaration counts from 22 November 2026"), "{}", page.body);
    assert!(page.body.contains("after six weeks") && !page.body.contains("after eight weeks"));
    assert!(page.body.contains("Expected, and not applied yet") && page.body.contains("section/261"));
    let status = browser.get(&format!("/case/{}", case.reference)).await.body;
    assert!(status.contains(&format!("href=\"{path}\"")));
}

#[tokio::test]
async fn the_desk_reads_what_holds_on_a_day_what_changes_and_who_sets_it() {
    let (app, _dir) = testing::app().await;
    let adopt = Wanted { adopt: vec!["uk.dmcc.end-notice".into()], ..Wanted::of("uk") };
    let app = testing::with_rules(&app, compose(&adopt, &no_files).unwrap());
    let (account, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let mut agent = Browser::new(&app).await;
    agent.sign_in(account.id, case::Level::SecondFactor).await;
    let page = agent.get("/desk/rules").await.body;
    assert!(page.contains("1 April 2027") && page.contains("clocks.end_notice.online_hours"), "{page}");
    assert!(page.contains("0 → 24"));
    assert!(page.contains("uk.adr.6-weeks") && page.contains("Over: "));
    // On another day; what is no day is today.
    let then = agent.get("/desk/rules?on=2027-05-01").await.body;
    assert!(then.contains("Expected, and their day has come") && then.contains("uk.dmcc.cooling-off"));
    assert!(agent.get("/desk/rules?on=2027-02-30").await.body.contains("value=\"2026-11-22\""));
    assert_eq!(Browser::new(&app).await.get("/desk/rules").await.status, StatusCode::SEE_OTHER);
}
