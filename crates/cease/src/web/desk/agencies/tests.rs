use axum::http::StatusCode;
use case::{Agency, Role};
use store::Account;

use crate::app::Shared;
use crate::testing::{self, Browser, PASSWORD};

async fn signed_in(app: &Shared, n: u64, login: &str, role: Role, agency: Option<&str>) -> Browser {
    let (account, secret) = testing::staff(app, n, login, role).await;
    let agency = agency.map(|name| name.parse::<Agency>().unwrap());
    app.store.put_account(Account { agency, ..account }).await.unwrap();
    let mut browser = Browser::new(app).await;
    let code = crate::account::totp_now(secret, u64::try_from(app.now().as_second()).unwrap()).unwrap();
    let fields = [("login", login), ("password", PASSWORD), ("code", code.as_str())];
    assert_eq!(browser.post("/desk/sign-in", &fields).await.status.as_u16(), 303);
    browser
}

#[tokio::test]
async fn a_case_is_given_and_taken_back_with_a_reason_and_the_partner_sees_it_meanwhile() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let path = format!("/desk/case/{}", case.reference);
    let reference = case.reference.to_string();
    let mut lead = signed_in(&app, 2, "lead", Role::Approver, None).await;
    let mut north = signed_in(&app, 3, "north", Role::Agent, Some("north")).await;
    let mut south = signed_in(&app, 4, "south", Role::Agent, Some("south")).await;
    assert_eq!(north.get(&path).await.status, StatusCode::NOT_FOUND);
    let page = lead.get(&path).await.body;
    assert!(page.contains("action=\"/desk/agencies\""), "{page}");

    let give = [
        ("case", reference.as_str()),
        ("to", "north"),
        ("from", "case"),
        ("reason", "They know Mei Lin, mei@example.com"),
    ];
    let got = lead.post("/desk/agencies", &give).await;
    assert_eq!(got.status.as_u16(), 303, "{}", got.body);
    assert!(got.location().starts_with(&path), "{}", got.location());
    assert_eq!(north.get(&path).await.status, StatusCode::OK);
    // It is offered to those who see it.
    let page = lead.get(&path).await.body;
    let offered = [3, 4].map(|n| page.contains(&format!("<option value=\"{}\"", case::AccountId::from_bits(n))));
    assert_eq!(offered, [true, false]);
    assert_eq!(south.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(lead.get(&path).await.body.contains("With north"));
    assert!(!north.get(&path).await.body.contains("action=\"/desk/agencies\""), "theirs is not to say");
    let acts = app.store.acts(5).await.unwrap();
    let (act, _) = acts.iter().find(|(act, _)| act.what == "case-given").unwrap();
    assert!(act.account.is_some() && act.detail.starts_with(&format!("{reference} to north: They know ")), "{act:?}");
    assert!(!act.detail.contains("mei@example.com") && !act.detail.contains("Mei Lin"), "{act:?}");

    let got =
        lead.post("/desk/agencies", &[("case", &reference), ("to", ""), ("reason", "It is ours after all")]).await;
    assert_eq!(got.location(), format!("/desk/agencies?done={reference}"));
    let body = lead.get(got.location()).await.body;
    assert!(body.contains(&format!("{reference} is the house’s own now")));
    let again = [("case", reference.as_str()), ("to", ""), ("reason", "It is ours after all")];
    let got = lead.post("/desk/agencies", &again).await;
    assert_eq!(got.location(), format!("/desk/agencies?done={reference}&already=1"));
    let body = lead.get(got.location()).await.body;
    assert!(body.contains(&format!("{reference} is the house’s own already")));
    assert_eq!(north.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.store.agency_of(case.reference).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_is_given() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let reference = case.reference.to_string();
    let none = case::CaseRef::from_bits(case.reference.bits() ^ 1).to_string();
    let mut admin = signed_in(&app, 2, "admin", Role::Admin, None).await;
    signed_in(&app, 3, "north", Role::Agent, Some("north")).await;
    assert!(admin.get("/desk/agencies").await.body.contains("north"));
    for (field, fields) in [
        ("reason", [("case", reference.as_str()), ("to", "north"), ("reason", " a ")]),
        ("case", [("case", none.as_str()), ("to", "north"), ("reason", "a reason")]),
        ("case", [("case", "<b>"), ("to", "north"), ("reason", "a reason")]),
        ("to", [("case", reference.as_str()), ("to", "nowhere"), ("reason", "a reason")]),
    ] {
        let got = admin.post("/desk/agencies", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(got.body.contains(&format!("href=\"#f-{field}\"")), "{field}: {}", got.body);
        assert_eq!(app.store.agency_of(case.reference).await.unwrap(), None);
    }
    assert!(app.store.acts(20).await.unwrap().iter().all(|(act, _)| act.what != "case-given"));
    let fields = [("case", reference.as_str()), ("to", "north"), ("reason", "a reason")];
    assert_eq!(admin.post("/desk/agencies", &fields).await.status.as_u16(), 303);
    for (n, login, role, agency) in [(5, "agent", Role::Agent, None), (6, "partner", Role::Approver, Some("north"))] {
        let mut other = signed_in(&app, n, login, role, agency).await;
        assert_eq!(
            other
                .post("/desk/agencies", &[("case", reference.as_str()), ("to", ""), ("reason", "a reason")])
                .await
                .status,
            StatusCode::FORBIDDEN,
            "{login}"
        );
        assert_eq!(other.get("/desk/agencies").await.status, StatusCode::FORBIDDEN, "{login}");
    }
}

#[tokio::test]
async fn holders_read_how_many_have_opened_their_case() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let mut own = Browser::new(&app).await;
    own.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let path = format!("/case/{}", case.reference);
    assert!(own.get(&path).await.body.contains("None of our staff has opened your case."));
    for (n, login) in [(2, "lin"), (3, "tom")] {
        let mut staff = signed_in(&app, n, login, Role::Agent, None).await;
        for _ in 0..2 {
            assert_eq!(staff.get(&format!("/desk/case/{}", case.reference)).await.status, StatusCode::OK);
        }
    }
    let body = own.get(&path).await.body;
    assert!(body.contains("2 people of our staff have opened your case."), "{body}");
    assert!(!body.contains("lin@example.com"));
}

#[tokio::test]
async fn what_is_left_of_an_erased_case_is_given_to_nobody() {
    let (app, _dir, case) = crate::keeping::whole::tests::erased().await;
    let reference = case.reference.to_string();
    let mut lead = signed_in(&app, 2, "lead", Role::Approver, None).await;
    signed_in(&app, 3, "north", Role::Agent, Some("north")).await;
    let fields = [("case", reference.as_str()), ("to", "north"), ("reason", "a reason")];
    let got = lead.post("/desk/agencies", &fields).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("This case has been erased.") && got.body.contains("#f-case"), "{}", got.body);
    assert_eq!(app.store.agency_of(case.reference).await.unwrap(), None);
}
