use axum::http::{StatusCode, header};
use case::{Level, Role};
use store::DayCount;

use super::*;
use crate::reports::{Measure, number_of};
use crate::testing::{self, Browser};

async fn signed_in(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

/// What a desk of a few days may have counted.
fn counted() -> Vec<DayCount> {
    let day = number_of(jiff::civil::date(2026, 11, 22));
    let bucket = |hours: i64| (8.0 * (1.0 + hours as f64 * 60.0).log2()).floor() as i64;
    vec![
        Measure::Depth.count(day - 40, 1, 4),
        Measure::Depth.count(day - 1, 1, 3),
        Measure::Late.count(day, 1, 2),
        Measure::Desk.count(day, bucket(3), 5),
        Measure::Desk.count(day, bucket(20), 5),
        Measure::Whole.count(day, bucket(30), 10),
        Measure::Straight.count(day, 0, 12),
        Measure::Declared.count(day, 0, 6),
        Measure::Step.count(day, 1, 10),
        Measure::Step.count(day, 2, 8),
        Measure::Contacts.count(day, 0, 9),
        Measure::Contacts.count(day, 8, 1),
    ]
}

#[tokio::test]
async fn the_figures_say_what_was_counted() {
    let (app, _dir) = testing::app().await;
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    assert!(agent.get("/desk/reports").await.body.contains("There is nothing to draw yet"));
    app.store.add_counts(counted()).await.unwrap();
    let page = agent.get("/desk/reports?days=7").await.body;
    assert!(page.contains("7 cases are open; 2 promises were passed"), "what stood before the period counts too");
    assert!(page.contains("People decided 10 cases: half within 4 hours, nine of ten within 20 hours; 100% within"));
    assert!(page.contains("12 more needed nobody"));
    assert!(page.contains("Of 10 people who gave a card number, 60% declared."));
    assert!(page.contains("9 of 10 cases that ended needed no message at all"));
    assert!(page.contains("/desk?view=review&#38;flag=overdue"), "{page}");
    assert!(page.contains("/desk?view=done&#38;since=2026-11-16&#38;until=2026-11-22"));
    let zh = agent.get("/desk/reports?days=30&lang=zh-CN").await.body;
    assert!(zh.contains("未结 7 件；本时段内超过承诺时限 2 件。"));
    // A period that there is none of is the usual one.
    assert!(agent.get("/desk/reports?days=1e9").await.body.contains("CSV"));
}

#[tokio::test]
async fn the_numbers_can_be_taken_along_and_carry_no_formula() {
    let (app, _dir) = testing::app().await;
    app.store.add_counts(counted()).await.unwrap();
    let mut agent = signed_in(&app, 90, Role::Approver).await;
    for name in ["depth", "decided", "contacts", "steps", "views", "friction"] {
        let got = agent.get(&format!("/desk/reports/{name}.csv?days=7")).await;
        assert_eq!(
            (got.status, &got.headers[header::CONTENT_TYPE]),
            (StatusCode::OK, &"text/csv; charset=utf-8".parse().unwrap())
        );
        assert!(got.body.lines().count() > 1 && got.body.lines().all(|l| l.matches(',').count() > 0), "{}", got.body);
    }
    for name in ["depth", "none.csv", "..%2f..%2fetc.csv"] {
        assert_eq!(agent.get(&format!("/desk/reports/{name}")).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    let cells = ["=1+1", "+cmd", "@x", "-2.5", "a,\"b\"", "\tx"].map(str::to_owned);
    assert_eq!(line(&cells), "'=1+1,'+cmd,'@x,-2.5,\"a,\"\"b\"\"\",'\tx\r\n");
}

#[tokio::test]
async fn an_admin_sees_counts_and_no_way_into_the_cases() {
    let (app, _dir) = testing::app().await;
    app.store.add_counts(counted()).await.unwrap();
    let mut admin = signed_in(&app, 92, Role::Admin).await;
    let page = admin.get("/desk/reports").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("depth.csv") && !page.body.contains("/desk?view="));
    let mut stranger = Browser::new(&app).await;
    for path in ["/desk/reports", "/desk/reports/depth.csv"] {
        assert_eq!(stranger.get(path).await.status, StatusCode::SEE_OTHER);
    }
    // A password alone is not enough.
    let (account, _) = testing::staff(&app, 93, "half", Role::Agent).await;
    let mut half = Browser::new(&app).await;
    half.sign_in(account.id, Level::SignedIn).await;
    assert_eq!(half.get("/desk/reports").await.status, StatusCode::SEE_OTHER);
}
