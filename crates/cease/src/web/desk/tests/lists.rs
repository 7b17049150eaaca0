//! Lists, searches and saved views, as browsers of staff see them.

use axum::http::StatusCode;
use case::actor::Level;
use case::{Role, Stage};
use jiff::SignedDuration;

use super::{case_of, now, put, signed_in, worker};
use crate::app::Shared;
use crate::testing;

pub(super) async fn index(app: &Shared) {
    while crate::index::some(app, 50).await.unwrap().more {}
}

#[tokio::test]
async fn people_words_and_slips_of_the_pen_find_their_case() {
    let (app, _dir) = testing::app().await;
    let first = case_of(&app, 1, true).await;
    let second = case_of(&app, 2, true).await;
    index(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    for query in ["mei lin", "LI", "holder2@example.com", "please end", "0102"] {
        let got = agent.seek(query).await;
        assert_eq!(got.status, StatusCode::OK, "{query}");
        assert!(got.body.contains(&format!("/desk/case/{}?", second.reference)), "{query}");
        let both = !query.contains('2');
        assert_eq!(got.body.contains(&format!("/desk/case/{}?", first.reference)), both, "{query}");
    }
    let here = format!("/desk/case/{}?view=review", second.reference);
    assert_eq!(agent.seek("+44 7700 900 102").await.location(), here, "most of a number means one card");
    let mut slip = first.reference.to_string();
    slip.pop();
    let got = agent.seek(&format!("{slip}U")).await;
    assert!(got.body.contains("nearly the same") && got.body.contains(&first.reference.to_string()), "{}", got.body);
}

#[tokio::test]
async fn a_filter_is_the_address_and_leads_on_through_its_cases() {
    let (app, _dir) = testing::app().await;
    let first = case_of(&app, 1, true).await;
    testing::advance(&app, SignedDuration::from_mins(1));
    let second = case_of(&app, 2, true).await;
    index(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let list = agent.get("/desk?view=review&cause=statement&sort=newest").await;
    let compact = "stage:review,contested;cause:statement";
    assert!(list.body.contains(&format!("/desk/case/{}?view={compact}", second.reference)), "{}", list.body);
    assert!(list.body.contains("Why in review: ") && list.body.contains(r#"href="/desk?stage=review,contested""#));
    let version = now(&app, &second).await.version.to_string();
    let fields = [("version", version.as_str()), ("view", compact), ("approve-evidence", "Read the statement.")];
    let got = agent.post(&format!("/desk/case/{}/approve", second.reference), &fields).await;
    assert_eq!(
        got.location(),
        format!("/desk/case/{}?view={compact}&done=approved&was={}", first.reference, second.reference)
    );
    let page = agent.get(got.location()).await;
    assert!(page.body.contains(&format!(r#"name="view" value="{compact}""#)), "the list is kept");
    let none = agent.get("/desk?view=review&flag=stuck&since=2026-01-01").await;
    assert!(none.body.contains("No case fits these filters"), "{}", none.body);
}

#[tokio::test]
async fn what_is_contested_waits_for_us_and_a_complaint_has_a_list() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    put(&app, &case, Stage::Contested { at: app.now(), was_barred: false }).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let row = format!("/desk/case/{}?", case.reference);
    assert!(agent.get("/desk?view=review").await.body.contains(&row));
    assert!(!agent.get("/desk?view=moving").await.body.contains(&row));
    assert!(app.store.list(store::View::Review, None, 9).await.unwrap().len() == 1);
    assert!(agent.get("/desk").await.body.contains("flag=complaint"));
}

#[tokio::test]
async fn no_address_makes_a_list_fail() {
    let (app, _dir) = testing::app().await;
    case_of(&app, 1, true).await;
    index(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    for query in [
        "view=%00",
        "view=:::;;;",
        "view=stage:;:",
        "stage=&cause=,,,&flag=%F0%9F",
        "since=9999-12-31&until=0001-01-01",
        "due-by=2026-11-31",
        "sort=due&after=7fffffffffffffff.0",
        "after=-1.1",
        "before=0.0&sort=due",
        "sought=00",
        "sought=%F0%A0%AE%B7",
        "sought=000102030405060708090a0b0c0d0e0fff",
        "second=me&claim=me&snoozed=only&unread=yes&sort=due",
        "sought=0&after=zz.zz",
        "view=view:view:review",
        "claim=anyone&before=1.1",
    ] {
        let got = agent.get(&format!("/desk?{query}")).await;
        assert!(got.status == StatusCode::OK || got.status == StatusCode::SEE_OTHER, "{query}: {}", got.status);
    }
}

#[tokio::test]
async fn a_view_is_saved_shared_changed_and_deleted_by_its_owner() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    index(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let mut other = worker(&app, 91, "li", Role::Approver).await;
    let query = "view=review&cause=statement";
    let got = agent.post("/desk/views", &[("query", query), ("id", ""), ("view-name", " ")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("<title>Error: ") && got.body.contains(r##"href="#f-view-name""##), "{}", got.body);
    assert!(got.body.contains(&case.reference.to_string()), "the list is still there");
    let got = agent.post("/desk/views", &[("query", query), ("id", ""), ("view-name", "Post <b>急</b>")]).await;
    assert_eq!(got.location(), format!("/desk?{query}&done=view-saved"));
    let page = agent.get(got.location()).await;
    assert!(page.body.contains("View saved.") && page.body.contains("<h1>Post &#60;b&#62;急&#60;/b&#62;</h1>"));
    assert!(!other.get("/desk").await.body.contains("Post"), "one's own until it is shared");
    let id = page.body.split_once(r#"name="id" value=""#).unwrap().1.split_once('"').unwrap().0.to_owned();
    let stolen = [("query", query), ("id", id.as_str()), ("view-name", "Stolen")];
    assert_eq!(other.post("/desk/views", &stolen).await.status, StatusCode::NOT_FOUND);
    let shared = [("query", query), ("id", id.as_str()), ("view-name", "Post"), ("shared", "yes")];
    assert_eq!(agent.post("/desk/views", &shared).await.location(), format!("/desk?{query}&done=view-changed"));
    let again = [("query", "view=review&cause=statement"), ("id", ""), ("view-name", "Post")];
    let got = agent.post("/desk/views", &again).await;
    assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.contains("You have a view of this name"));
    // What a form was answered with stands at an address that shows nothing: the other language leads to one that does.
    assert!(!got.body.contains("href=\"/desk/views?") && got.body.contains("lang=zh-CN"), "{}", got.body);
    assert!(other.get("/desk").await.body.contains("Shared by others"));
    let gone = [("query", query), ("id", id.as_str()), ("do", "delete")];
    assert_eq!(other.post("/desk/views", &gone).await.status, StatusCode::NOT_FOUND);
    assert_eq!(agent.post("/desk/views", &gone).await.location(), format!("/desk?{query}&done=view-deleted"));
    assert!(!other.get("/desk").await.body.contains("Post"));

    let mut admin = worker(&app, 92, "root", Role::Admin).await;
    assert_eq!(admin.post("/desk/views", &shared).await.status, StatusCode::FORBIDDEN);
    let seen = admin.get(&format!("/desk?{query}")).await;
    assert!(!seen.body.contains(&case.reference.to_string()), "an admin sees no cases");
    let words = case.reference.to_string();
    let seen = admin.get(&agent.sought(&words).await).await;
    assert!(seen.status == StatusCode::OK && !seen.body.contains(&format!("/desk/case/{}", case.reference)));
    assert_eq!(admin.post("/desk", &[("q", words.as_str())]).await.status, StatusCode::FORBIDDEN);
    let account = app.store.account(case.account.unwrap()).await.unwrap().unwrap();
    let mut holder = signed_in(&app, &account, Level::SecondFactor).await;
    assert!(holder.get(&format!("/desk?{query}")).await.location().starts_with("/desk/sign-in"));
    assert!(holder.post("/desk/views", &shared).await.location().starts_with("/desk/sign-in"));
    assert!(app.store.views(account.id).await.unwrap().is_empty());
}

/// "Due first" and "due up to" go by what the column says: not by a reminder that the clock has to send before.
#[tokio::test]
async fn what_is_due_first_is_what_the_column_shows() {
    let (app, _dir) = testing::app().await;
    let waits = case_of(&app, 1, false).await;
    let review = case_of(&app, 2, true).await;
    let policy = app.policy.of(&waits);
    let day = |case: &case::Case| {
        let due = case::deadline::shown(case, policy).unwrap();
        due.to_zoned(policy.zone()).date()
    };
    let reminder = case::deadline::next(&waits, policy).unwrap();
    assert!(
        day(&review) < day(&waits) && reminder.to_zoned(policy.zone()).date() < day(&waits),
        "{waits:?} {review:?}"
    );
    index(&app).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let list = agent.get("/desk?stage=received,review&sort=due").await.body;
    let at = |case: &case::Case| list.find(&format!("/desk/case/{}?", case.reference)).unwrap();
    assert!(at(&review) < at(&waits), "{list}");
    for (until, shows) in [(day(&waits).yesterday().unwrap(), false), (day(&waits), true)] {
        let list = agent.get(&format!("/desk?view=waiting&due-by={until}")).await.body;
        assert_eq!(list.contains(&format!("/desk/case/{}?", waits.reference)), shows, "{until}: {list}");
    }
}
