use case::{Case, Declaration, Person};

use super::*;
use crate::testing::{self, Browser};

/// A browser with a draft for this number.
async fn drafting(app: &Shared, number: &str) -> Browser {
    let browser = Browser::new(app).await;
    let visit = browser.visit("/").await;
    let mut draft = Draft::new(app);
    draft.number = number.to_owned();
    draft.person = Person { name: "Mei Lin".into(), ..Person::default() };
    visit.change(app, |session| draft.keep(session)).await.unwrap();
    browser
}

async fn code(app: &Shared, count: usize) -> String {
    let text = testing::sent(app, count).await[0].message.text.clone();
    text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).unwrap().to_owned()
}

fn sent(got: &testing::Got) -> String {
    got.location().split("sent=").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_draft_is_confirmed_by_code_and_goes_on() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let mut browser = drafting(&app, card.iccid.as_deref().unwrap()).await;
    let got = browser.get("/confirm?next=/cancel/statement").await;
    assert!(!got.body.contains("example.com") && !got.body.replace(' ', "").contains("7700900"), "no contact is shown");
    let got = browser.post("/confirm", &[("next", "/cancel/statement"), ("by", "email")]).await;
    let ids = sent(&got);
    let code = code(&app, 1).await;
    let page = browser.get(got.location()).await.body;
    assert!(page.contains("autocomplete=\"one-time-code\"") && page.contains("inputmode=\"numeric\""));
    let wrong = if code == "123456" { "654321" } else { "123456" };
    let fields = |code| [("next", "/cancel/statement"), ("sent", ids.as_str()), ("by", "email"), ("code", code)];
    let got = browser.post("/confirm/code", &fields(wrong)).await;
    assert_eq!(got.status.as_u16(), 422);
    assert!(got.body.contains("4 more tries"), "{}", got.body);
    // In the other language it is the same page, with the same code still to be typed.
    let other = got.body.split("href=\"/confirm/code?").nth(1).unwrap().split('"').next().unwrap();
    assert!(other.contains(&format!("sent={ids}")) && other.ends_with("lang=zh-CN"), "{other}");
    for typed in ["", "12345", "1234567", "12a456", "code"] {
        let got = browser.post("/confirm/code", &fields(typed)).await;
        assert_eq!(got.status.as_u16(), 422);
        assert!(got.body.contains("Enter the six digits") && !got.body.contains("more tries"), "{typed}: {}", got.body);
    }
    let wide: String = wrong.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0xFF10).unwrap()).collect();
    let got = browser.post("/confirm/code", &fields(&wide)).await;
    assert!(got.body.contains("3 more tries"), "what is no code has cost no try: {}", got.body);
    let got = browser.post("/confirm/code", &fields(&code)).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/cancel/statement"));
    assert!(proves(&app, &browser.visit("/").await, Some(mei.id)));
    let got = browser.get("/confirm?next=/cancel/statement").await;
    assert_eq!(got.location(), "/cancel/statement", "nobody is asked twice");
}

#[tokio::test]
async fn the_pages_do_not_tell_whether_a_card_is_known() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let known = testing::card(&app, 1, mei.id).await.iccid.unwrap();
    let unknown = "8944770000000999993";
    let mut seen = Vec::new();
    for number in [known.as_str(), unknown] {
        let mut browser = drafting(&app, number).await;
        let csrf = browser.visit("/").await.csrf(&app);
        let first = browser.get("/confirm?next=/cancel/statement").await;
        let got = browser.post("/confirm", &[("next", "/cancel/statement"), ("by", "phone")]).await;
        let ids = sent(&got);
        let second = browser.get(got.location()).await;
        let wrong = [("next", "/cancel/statement"), ("sent", &ids), ("by", "phone"), ("code", "x")];
        let third = browser.post("/confirm/code", &wrong).await;
        let pages = [first, second, third].map(|g| (g.status, g.body.replace(&csrf, "").replace(&ids, "")));
        seen.push(pages);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_draft_goes_on_without_a_code() {
    let (app, _dir) = testing::app().await;
    let mut browser = drafting(&app, "8944770000000999993").await;
    let got = browser.post("/confirm/without", &[("next", "//evil.example")]).await;
    assert_eq!(got.location(), "/cancel/statement");
    let session = browser.visit("/").await.session.unwrap();
    assert!(Draft::of(&session).unwrap().unconfirmed);
    assert_eq!(Browser::new(&app).await.get("/confirm").await.location(), "/cancel", "without a draft");
}

/// A case that this browser declared without having proven anything.
async fn declared(app: &Shared, browser: &Browser, number: &str) -> Case {
    let visit = browser.visit("/").await;
    let found = case::identify::identify(number, &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: found.check,
        consent: true,
        backup: true,
        ..Declaration::of(
            found.id,
            Person {
                name: "Mei Lin".into(),
                address: "1 Mill Road, Leeds LS1 5AB".into(),
                email: Some("mei@example.com".into()),
                phone: Some("+447700900101".into()),
            },
            app.now(),
        )
    };
    let case = act::declare(app, &visit.holder(), declaration, Vec::new(), None).await.unwrap();
    visit.change(app, |session| Visit::grant(session, case.reference)).await.unwrap();
    case
}

#[tokio::test]
async fn a_case_is_confirmed_by_its_own_code() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let mut browser = Browser::new(&app).await;
    let case = declared(&app, &browser, card.iccid.as_deref().unwrap()).await;
    assert!(!case.proven);
    let reference = case.reference.to_string();
    let mut stranger = Browser::new(&app).await;
    assert_eq!(stranger.get(&format!("/confirm?for={reference}")).await.status.as_u16(), 404);
    assert_eq!(stranger.post("/confirm", &[("for", &reference), ("by", "email")]).await.status.as_u16(), 404);
    assert_eq!(stranger.post("/confirm/without", &[("for", &reference)]).await.status.as_u16(), 404);

    let got = browser.post("/confirm", &[("for", &reference), ("by", "email")]).await;
    let (ids, code) = (sent(&got), code(&app, 1).await);
    let fields = [("for", reference.as_str()), ("sent", &ids), ("by", "email"), ("code", &code)];
    let got = browser.post("/confirm/code", &fields).await;
    assert_eq!(got.location(), format!("/case/{reference}"), "{}", got.body);
    assert!(app.store.case(case.reference).await.unwrap().unwrap().proven);
}

/// Whoever has somebody's SIM says that the code came by mail: by which way it went is not theirs to say.
#[tokio::test]
async fn a_code_that_was_texted_asks_about_the_sim_whatever_is_said_of_it() {
    let (app, _dir) = testing::app().await;
    let network = std::sync::Arc::new(reach::sim_swap::Fake::default());
    let app = testing::asking(&app, network.clone());
    network.tell("+447700900101", reach::sim_swap::Swap::Swapped(None));
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let mut browser = Browser::new(&app).await;
    let case = declared(&app, &browser, card.iccid.as_deref().unwrap()).await;
    let reference = case.reference.to_string();
    let got = browser.post("/confirm", &[("for", &reference), ("by", "phone")]).await;
    let (texted, code) = (sent(&got), code(&app, 1).await);
    let got = browser.post("/confirm", &[("for", &reference), ("by", "email"), ("sent", &texted)]).await;
    let (ids, by) = (sent(&got), "email");
    let fields = [("for", reference.as_str()), ("sent", &ids), ("by", by), ("code", &code)];
    let got = browser.post("/confirm/code", &fields).await;
    assert_eq!(got.location(), format!("/case/{reference}"), "{}", got.body);
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(case.proven && case.held(app.now()).is_some(), "{:?}", case.stage);
}

#[tokio::test]
async fn a_case_without_a_code_gets_a_person() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let mut browser = Browser::new(&app).await;
    let case = declared(&app, &browser, card.iccid.as_deref().unwrap()).await;
    let reference = case.reference.to_string();
    let got = browser.post("/confirm/without", &[("for", &reference)]).await;
    assert_eq!(got.location(), format!("/case/{reference}"), "{}", got.body);
    assert!(app.store.case(case.reference).await.unwrap().unwrap().person_wanted);
    // Whose case is with a person already is led to it.
    let got = browser.post("/confirm/without", &[("for", &reference)]).await;
    assert_eq!(got.location(), format!("/case/{reference}"), "{}", got.body);
}

#[tokio::test]
async fn a_fresh_proof_confirms_a_case_with_one_press() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let mut browser = Browser::new(&app).await;
    let case = declared(&app, &browser, card.iccid.as_deref().unwrap()).await;
    let reference = case.reference.to_string();
    browser.post("/confirm", &[("for", &reference), ("by", "session")]).await;
    assert!(!app.store.case(case.reference).await.unwrap().unwrap().proven, "there is no proof yet");
    browser.prove(mei.id).await;
    let page = browser.get(&format!("/confirm?for={reference}")).await.body;
    assert!(page.contains("value=\"session\""), "{page}");
    assert!(!app.store.case(case.reference).await.unwrap().unwrap().proven, "looking changes nothing");
    browser.post("/confirm", &[("for", &reference), ("by", "session")]).await;
    assert!(app.store.case(case.reference).await.unwrap().unwrap().proven);
}

#[tokio::test]
async fn who_is_signed_in_as_the_holder_needs_no_code_and_nobody_else_is_told_so() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::holder(&app, 2, "tom").await;
    let number = testing::card(&app, 1, mei.id).await.iccid.unwrap();
    for (login, theirs) in [("mei", true), ("tom", false)] {
        let mut browser = drafting(&app, &number).await;
        browser.post("/sign-in", &[("login", login), ("password", testing::PASSWORD)]).await;
        testing::advance(&app, jiff::SignedDuration::from_mins(11));
        let page = browser.get("/confirm?next=/cancel/statement").await.body;
        assert_eq!(page.contains("/account/confirm?next="), theirs, "{login}");
        if theirs {
            let to = "/confirm?next=%2Fcancel%2Fstatement";
            assert!(page.contains("/account/confirm?next=%2Fconfirm%3Fnext%3D%252Fcancel%252Fstatement"), "{page}");
            let got = browser.post("/account/confirm", &[("to", to), ("password", testing::PASSWORD)]).await;
            assert_eq!(got.location(), to);
            assert_eq!(browser.get(to).await.location(), "/cancel/statement", "and on");
        }
    }
}
