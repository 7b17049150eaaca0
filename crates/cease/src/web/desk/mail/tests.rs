use axum::http::{StatusCode, header};
use case::{Level, Role};

use crate::app::Shared;
use crate::mail::{keep, process};
use crate::testing::{self, Browser};

async fn held(app: &Shared, n: u8) -> String {
    let raw = format!(
        "From: <b>News</b> <news{n}@example.com>\r\nList-Id: x\r\nSubject: <script>alert({n})</script> 4111 1111 1111 1111\r\n\r\n\
         <script>alert(1)</script> cancel my card\r\n"
    );
    let id = keep(app, raw.clone().into_bytes(), raw.len()).await.unwrap();
    process(app, &id).await.unwrap();
    crate::keys::hex_of(&id)
}

async fn worker(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

#[tokio::test]
async fn what_is_held_is_listed_opened_and_set_aside() {
    let (app, _dir) = testing::app().await;
    let mut agent = worker(&app, 90, Role::Agent).await;
    assert!(agent.get("/desk/mail").await.body.contains("Nothing here"));
    let (first, second) = (held(&app, 1).await, held(&app, 2).await);
    let list = agent.get("/desk/mail").await;
    assert!(list.body.contains("newsletter") && list.body.contains("••@example.com"), "{}", list.body);
    assert!(!list.body.contains("news1@"), "nobody knows who writes");
    assert!(!list.body.contains("<script>alert") && !list.body.contains("4111 1"), "{}", list.body);
    let opened = agent.post(&format!("/desk/mail/{first}/open"), &[]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let case = opened.location().to_owned();
    assert!(agent.get(&case).await.body.contains("cancel my card"));
    assert_eq!(agent.post(&format!("/desk/mail/{first}/open"), &[]).await.location(), case, "pressed twice");
    let mei = testing::holder(&app, 1, "mei").await;
    let none = testing::ending(&app, 1, &mei).await;
    let page = agent.get(&format!("/desk/mail?case={}", none.reference)).await.body;
    assert!(page.contains("Nothing has come in by mail for this case") && !page.contains("until you have seen it"));
    agent.post(&format!("/desk/mail/{second}/aside"), &[]).await;
    assert!(agent.get("/desk/mail").await.body.contains("Nothing here"));
    assert!(agent.get("/desk/mail?view=aside").await.body.contains("alert(2)"));
    let reference = case.rsplit('/').next().unwrap();
    assert!(agent.get(&format!("/desk/mail?case={reference}")).await.body.contains("alert(1)"));
}

/// What the record says of the holder is masked in a mail as it is in the case.
#[tokio::test]
async fn a_mail_is_masked_as_its_case_is() {
    let (app, _dir) = testing::app_with(|policy| policy.staff.mask = case::rules::Masking::Always).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let (iccid, name, address) = (card.iccid.unwrap(), &mei.person.name, &mei.person.address);
    let raw = format!(
        "From: a@example.com\r\nTo: desk@desk.example\r\nSubject: cancel\r\n\r\nPlease cancel {iccid}.\r\n{name}, {address}\r\n"
    );
    let id = keep(&app, raw.clone().into_bytes(), raw.len()).await.unwrap();
    process(&app, &id).await.unwrap();
    let case = app.store.mail(&id).await.unwrap().unwrap().0.case.expect("a case");
    let mut agent = worker(&app, 90, Role::Agent).await;
    for page in [format!("/desk/mail?case={case}"), "/desk/mail?view=taken".into(), format!("/desk/case/{case}")] {
        // Whoever works here is called the same in these tests, and stands above it.
        let body = agent.get(&page).await.body;
        let body = body.split_once("<main").expect("a page").1;
        assert!(body.contains("Please cancel") && !body.contains(name) && !body.contains(address), "{page}: {body}");
    }
}

#[tokio::test]
async fn an_original_is_saved_and_never_opened_and_only_by_who_may() {
    let (app, _dir) = testing::app().await;
    let id = held(&app, 1).await;
    let path = format!("/desk/mail/{id}/original");
    let mut agent = worker(&app, 90, Role::Agent).await;
    let got = agent.get(&path).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN, "its writer is nobody that we know");
    assert!(!got.body.contains("news1@example.com"));
    let why = [("reveal-reason", "identify"), ("reveal-text", "no case yet")];
    assert_eq!(agent.post(&format!("/desk/mail/{id}/reveal"), &why).await.status, StatusCode::SEE_OTHER);
    assert!(agent.get("/desk/mail").await.body.contains("news1@example.com"), "shown");
    let got = agent.get(&path).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert_eq!(got.headers[header::CONTENT_TYPE], "application/octet-stream");
    assert_eq!(got.headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
    assert!(got.body.contains("<script>"), "as it came");
    let of = store::LooksOf { what: Some(store::Looked::Original), ..Default::default() };
    assert_eq!(app.store.looks(&of, None, 9).await.unwrap().len(), 1);
    let mut nobody = Browser::new(&app).await;
    let mut admin = worker(&app, 91, Role::Admin).await;
    for path in ["/desk/mail".to_owned(), path.clone()] {
        assert_ne!(nobody.get(&path).await.status, StatusCode::OK);
        assert_eq!(admin.get(&path).await.status, StatusCode::FORBIDDEN);
    }
    assert_ne!(nobody.post(&format!("/desk/mail/{id}/open"), &[]).await.status, StatusCode::OK);
    assert_eq!(admin.post(&format!("/desk/mail/{id}/open"), &[]).await.status, StatusCode::FORBIDDEN);
    for wrong in ["", "zz", "é", &id[..63], &id.to_uppercase(), &"0".repeat(64)] {
        assert_eq!(agent.get(&format!("/desk/mail/{wrong}/original")).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn the_demo_takes_a_mail_without_a_server() {
    let (app, _dir) = testing::app().await;
    let mut visitor = Browser::new(&app).await;
    assert!(visitor.get("/demo").await.body.contains("/demo/mail"));
    let fields = [("from", "wang@example.com"), ("subject", "注销"), ("text", "请注销 +44 7700 900 201")];
    let got = visitor.post("/demo/mail", &fields).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let all = app.store.list(store::View::All, None, 5).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].case.declaration.statement.as_deref(), Some("注销\n\n请注销 +44 7700 900 201"));
    assert_eq!(all[0].case.person.email.as_deref(), Some("wang@example.com"));
    for bad in [
        [("from", "x\r\nBcc: y@example.com"), ("subject", ""), ("text", "x")],
        [("from", ""), ("subject", ""), ("text", "")],
    ] {
        assert_eq!(visitor.post("/demo/mail", &bad).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
