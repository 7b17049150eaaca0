//! The journey as a browser without script walks it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use case::{CaseRef, Flag, Lang, Level, Need, Stage};
use jiff::SignedDuration;
use tower::ServiceExt;

use crate::app::Shared;
use crate::testing::{self, Browser, Got};
use crate::web::counter::draft::Draft;

const ICCID: &str = "8931070820307245732";
const YOU: [(&str, &str); 3] = [("name", "Mei Lin"), ("email", "mei@example.com"), ("phone", "")];

/// Goes as far as the page that asks to check.
pub(super) async fn fill_in(app: &Shared, browser: &mut Browser, number: &str) {
    assert_eq!(browser.post("/cancel", &[("number", number)]).await.location(), "/cancel/you");
    assert_eq!(browser.post("/cancel/you", &YOU).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.post("/cancel/statement", &[("when", "soon")]).await.location(), "/cancel/before");
    let total = hidden(&browser.get("/cancel/before").await, "total");
    let agreed = browser.post("/cancel/before", &[("backup", "saved"), ("total", &total)]).await;
    assert_eq!(agreed.location(), "/cancel/check");
    testing::advance(app, SignedDuration::from_secs(60));
}

/// The value of a hidden field.
pub(super) fn hidden(got: &Got, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let rest = got.body.split_once(&from).unwrap_or_else(|| panic!("no {name} in {}", got.body)).1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

pub(super) async fn declare(browser: &mut Browser, check: &Got) -> Got {
    let (token, mark) = (hidden(check, "token"), hidden(check, "mark"));
    browser.post("/cancel/check", &[("token", &token), ("mark", &mark)]).await
}

pub(super) fn reference(got: &Got) -> CaseRef {
    let rest = got.location().strip_prefix("/case/").unwrap_or_else(|| panic!("{got:?}"));
    rest.strip_suffix("/receipt").unwrap().parse().unwrap()
}

async fn draft(browser: &Browser) -> Option<Draft> {
    browser.visit("/").await.session.as_ref().and_then(Draft::of)
}

/// Tokens of mails, letters and programs are known to others than who declared.
#[tokio::test]
async fn the_token_of_another_channel_opens_no_case() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    for token in ["mail:00ff", "letter:fil_1", "shell:TICKET-1"] {
        let said = case::Declaration::of(number.id.clone(), mei.person.clone(), app.now());
        let nobody = case::Actor::Holder { account: None, assurance: case::Assurance::nothing() };
        let case = crate::act::declare(&app, &nobody, said, Vec::new(), Some(token)).await.unwrap();
        for begun in [false, true] {
            let mut browser = Browser::new(&app).await;
            if begun {
                browser.post("/cancel", &[("number", ICCID)]).await;
            }
            let got = browser.post("/cancel/check", &[("token", token), ("mark", "")]).await;
            assert!(!got.location().contains(&case.reference.to_string()), "{token}: {got:?}");
            let page = browser.get(&format!("/case/{}", case.reference)).await;
            assert!(page.location().starts_with("/case?ref="), "{token}: {page:?}");
        }
    }
}

/// Half an hour after signing in the session has ended, and the answers with it.
#[tokio::test]
async fn who_comes_back_too_late_is_told_that_nothing_was_declared() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    browser.sign_in(mei.id, Level::SignedIn).await;
    browser.post("/cancel", &[("number", ICCID)]).await;
    browser.post("/cancel/you", &YOU).await;
    testing::advance(&app, SignedDuration::from_mins(31));
    let got = browser.post("/cancel/statement", &[("when", "soon"), ("statement", "a long <story>")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("Nothing was declared") && got.body.contains("a long &#60;story&#62;"), "{}", got.body);
    let got = browser.post("/cancel/check", &[("token", "x"), ("mark", "y")]).await;
    assert!(got.status == StatusCode::CONFLICT && got.body.contains("Nothing was declared"), "{}", got.body);
}

#[tokio::test]
async fn a_declaration_is_made_once_however_often_it_is_sent() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, "8931 0708 2030 7245 732").await;
    let check = browser.get("/cancel/check").await;
    assert!(check.body.contains("Mei Lin") && check.body.contains("mei@example.com"), "{}", check.body);
    let first = declare(&mut browser, &check).await;
    let case = app.store.case(reference(&first)).await.unwrap().unwrap();
    assert_eq!(case.number.normalised(), ICCID);
    assert!(case.consent && case.backup && case.flags.is_empty(), "{:?}", case.flags);
    assert!(matches!(&case.stage, Stage::Received { needs, .. } if needs.contains(&Need::Match)));

    // The same form again, and the way back: the same case.
    assert_eq!(reference(&declare(&mut browser, &check).await), case.reference);
    for path in ["/cancel/check", "/cancel/you"] {
        let back = browser.get(path).await;
        assert!(
            back.body.contains(&case.reference.to_string())
                && !back.body.contains("<form method=\"post\" action=\"/cancel")
        );
    }
    assert!(draft(&browser).await.is_none());
    assert_eq!(app.store.list(store::View::All, None, 10).await.unwrap().len(), 1);
    // Another card is another case.
    assert_eq!(browser.get("/cancel").await.status, StatusCode::OK);
    fill_in(&app, &mut browser, "+44 7700 900123").await;
    let check = browser.get("/cancel/check").await;
    assert_ne!(reference(&declare(&mut browser, &check).await), case.reference);
}

#[tokio::test]
async fn two_presses_at_once_make_one_case() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, ICCID).await;
    let check = browser.get("/cancel/check").await;
    let mut other = Browser::new(&app).await;
    other.cookie = browser.cookie.clone();
    let (a, b) = tokio::join!(declare(&mut browser, &check), declare(&mut other, &check));
    assert_eq!(reference(&a), reference(&b));
}

#[tokio::test]
async fn every_page_keeps_its_place() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    for path in ["/cancel/you", "/cancel/statement", "/cancel/before", "/cancel/check"] {
        assert_eq!(browser.get(path).await.location(), "/cancel", "{path}");
        let sent = browser.post(path, &[]).await;
        assert!(sent.status == StatusCode::CONFLICT && sent.body.contains("href=\"/cancel\""), "{path}: {}", sent.body);
    }
    browser.post("/cancel", &[("number", ICCID)]).await;
    for path in ["/cancel/statement", "/cancel/before", "/cancel/check"] {
        assert_eq!(browser.get(path).await.location(), "/cancel/you", "{path}");
    }
    let next = browser.post("/cancel/you", &YOU).await;
    assert_eq!(next.location(), "/confirm?next=/cancel/statement");
    assert_eq!(browser.get("/cancel/check").await.location(), "/cancel/statement");
    browser.post("/cancel/statement", &[("when", "date"), ("date", "2026-12-24")]).await;
    assert_eq!(browser.get("/cancel/check").await.location(), "/cancel/before");
    // What was typed is still there when they go back, and the start page leads on.
    assert!(browser.get("/cancel").await.body.contains(ICCID));
    assert!(browser.get("/cancel/you").await.body.contains("value=\"mei@example.com\""));
    assert!(browser.get("/cancel/statement").await.body.contains("value=\"2026-12-24\""));
    assert!(browser.get("/").await.body.contains("href=\"/cancel/before\""));
}

#[tokio::test]
async fn change_leads_straight_back() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, ICCID).await;
    let check = [("back", "check")];
    let from = |more: &[(&'static str, &'static str)]| [check.as_slice(), more].concat();
    assert_eq!(browser.post("/cancel", &from(&[("number", "07700 900123")])).await.location(), "/cancel/check");
    assert_eq!(browser.post("/cancel/statement", &from(&[("when", "soon")])).await.location(), "/cancel/check");
    assert_eq!(browser.post("/cancel/you", &from(&YOU)).await.location(), "/confirm?next=/cancel/check");
    assert!(browser.get("/cancel/check").await.body.contains("<span>900123</span>"));
}

#[tokio::test]
async fn bank_card_and_identity_numbers_are_neither_shown_nor_kept() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    for number in ["4111 1111 1111 1111", "11010519491231002X"] {
        let got = browser.post("/cancel", &[("number", number)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("We did not keep it") && !got.body.contains(number), "{}", got.body);
    }
    assert!(draft(&browser).await.is_none());
    fill_in(&app, &mut browser, ICCID).await;
    let said = "My bank card is 4111 1111 1111 1111.";
    let got = browser.post("/cancel/statement", &[("when", "soon"), ("statement", said)]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("My bank card is █████.") && !got.body.contains("4111 1"));
    assert_eq!(draft(&browser).await.unwrap().statement, "My bank card is █████.");
}

#[tokio::test]
async fn a_letter_that_is_too_large_or_one_too_many_costs_nobody_their_words() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, ICCID).await;
    let most = app.config.limits.upload_bytes;
    let said = |words: &'static str| [("when", "date"), ("date", "2026-12-24"), ("statement", words)];
    let large = vec![0; 3 * most];
    let got = browser.upload("/cancel/statement", &said("Please end it."), &[("letter", "a.pdf", &large)]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
    assert!(got.body.contains("larger than 8 MB") && got.body.contains("Please end it."), "{}", got.body);
    assert_eq!(draft(&browser).await.unwrap().statement, "Please end it.");
    // Two that are too large are not read to their end: nothing is held for them.
    let all: [(&str, &str, &[u8]); 3] =
        [("letter", "a.pdf", &large), ("letter", "b.pdf", &large), ("letter", "c.pdf", b"%")];
    let got = browser.upload("/cancel/statement", &said("Never mind."), &all).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Whoever has sent too many files this hour keeps what they typed beside the next.
    let mut tried = 0;
    while browser.upload("/cancel/statement", &said("Please end it."), &[("letter", "a.pdf", b"MZ")]).await.status
        != StatusCode::TOO_MANY_REQUESTS
    {
        tried += 1;
        assert!(tried < 1_000);
    }
    let got = browser.upload("/cancel/statement", &said("By Christmas."), &[("letter", "a.pdf", b"MZ")]).await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(draft(&browser).await.unwrap().statement, "By Christmas.");
}

#[tokio::test]
async fn errors_say_what_to_do_and_keep_what_was_typed() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    for typed in [
        "",
        "12",
        "hello there",
        "8.94421E+18",
        "LPA:1$rsp.example$X",
        "+999 1",
        "1234567890123456789",
        "ICCID: 12345678901234",
    ] {
        let got = browser.post("/cancel", &[("number", typed)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(got.body.contains("<title>Error: ") && got.body.contains("href=\"#f-number\""), "{}", got.body);
        assert!(got.body.contains(&format!("value=\"{}\"", typed)), "{typed}");
    }
    // A digit that is wrong: said once, then taken as it is.
    let wrong = "8931070820307245731";
    let got = browser.post("/cancel", &[("number", wrong)]).await;
    assert_eq!((got.status, hidden_button(&got)), (StatusCode::UNPROCESSABLE_ENTITY, wrong.to_owned()));
    assert_eq!(browser.post("/cancel", &[("number", wrong), ("anyway", wrong)]).await.location(), "/cancel/you");

    let got = browser.post("/cancel/you", &[("name", "Mei <b>Lin</b>"), ("email", "mei@")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        got.body.contains("value=\"mei@\"") && got.body.contains("href=\"#f-email\"") && !got.body.contains("<b>Lin")
    );
    browser.post("/cancel/you", &YOU).await;
    let got =
        browser.post("/cancel/statement", &[("when", "date"), ("date", "2020-01-01"), ("statement", "bye")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("value=\"2020-01-01\"") && got.body.contains("bye</textarea>"));
    let both = [("when", "soon"), ("date", "2026-12-24"), ("statement", "bye")];
    let got = browser.post("/cancel/statement", &both).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("and gave a day") && got.body.contains("value=\"2026-12-24\""), "{}", got.body);
    assert!(got.body.contains("bye</textarea>"));
    assert_eq!(browser.get("/cancel/before").await.location(), "/cancel/statement");
    browser.post("/cancel/statement", &[("when", "soon")]).await;
    let total = hidden(&browser.get("/cancel/before").await, "total");
    let got = browser.post("/cancel/before", &[("total", &total)]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("href=\"#f-backup\""));
    assert_eq!(browser.get("/cancel/check").await.location(), "/cancel/before");
}

fn hidden_button(got: &Got) -> String {
    got.body
        .split_once("name=\"anyway\" value=\"")
        .map(|(_, r)| r.split('"').next().unwrap().to_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn only_a_proven_holder_is_told_how_it_fits_and_never_what_is_on_record() {
    let (app, _dir) = testing::app().await;
    let account = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 7, account.id).await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, card.iccid.as_deref().unwrap()).await;
    let mut stranger = Browser::new(&app).await;
    fill_in(&app, &mut stranger, ICCID).await;
    // A card that exists looks like one that does not.
    let (known, unknown) = (browser.get("/cancel/check").await.body, stranger.get("/cancel/check").await.body);
    let told = |body: &str| body.contains("our record") || body.contains(&card.product);
    assert!(!told(&known) && !told(&unknown));
    assert_eq!(known.lines().count(), unknown.lines().count());

    browser.prove(account.id).await;
    let proven = browser.get("/cancel/check").await.body;
    assert!(
        proven.contains("Fits our record")
            && proven.contains("Our record has this too")
            && proven.contains(&card.product)
    );
    assert!(!proven.contains("Mill Road") && !proven.contains("900101"), "the record stays unseen");
    testing::advance(&app, SignedDuration::from_mins(11));
    assert!(!told(&browser.get("/cancel/check").await.body), "proof goes stale");
    // Somebody else's proof is none.
    let other = testing::holder(&app, 2, "tom").await;
    browser.prove(other.id).await;
    assert!(!told(&browser.get("/cancel/check").await.body));
}

#[tokio::test]
async fn a_proven_holder_goes_on_without_a_code_and_their_card_ends() {
    let (app, _dir) = testing::app().await;
    let account = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 7, account.id).await;
    let mut browser = Browser::new(&app).await;
    browser.post("/cancel", &[("number", card.iccid.as_deref().unwrap())]).await;
    browser.prove(account.id).await;
    let you = [
        ("name", "Mei Lin"),
        ("email", "mei@example.com"),
        ("phone", "+447700900101"),
        ("address", "1 Mill Rd, Leeds LS1 5AB"),
    ];
    assert_eq!(browser.post("/cancel/you", &you).await.location(), "/cancel/statement");
    fill_rest(&app, &mut browser).await;
    let check = browser.get("/cancel/check").await;
    let case = app.store.case(reference(&declare(&mut browser, &check).await)).await.unwrap().unwrap();
    assert!(case.proven && !case.differs(), "{:?}", case.stage);
    assert!(!matches!(case.stage, Stage::Received { .. } | Stage::Review { .. }), "{:?}", case.stage);
}

async fn fill_rest(app: &Shared, browser: &mut Browser) {
    browser.post("/cancel/statement", &[("when", "soon")]).await;
    let total = hidden(&browser.get("/cancel/before").await, "total");
    browser.post("/cancel/before", &[("backup", "nothing"), ("total", &total)]).await;
    testing::advance(app, SignedDuration::from_secs(60));
}

#[tokio::test]
async fn who_is_signed_in_chooses_among_their_own_cards() {
    let (app, _dir) = testing::app().await;
    let account = testing::holder(&app, 1, "mei").await;
    let other = testing::holder(&app, 2, "tom").await;
    let (card, foreign) = (testing::card(&app, 7, account.id).await, testing::card(&app, 8, other.id).await);
    let mut browser = Browser::new(&app).await;
    browser.sign_in(account.id, Level::SignedIn).await;
    let own = format!("name=\"own\" value=\"{}\"", card.id);
    for path in ["/", "/cancel"] {
        let body = browser.get(path).await.body;
        assert!(body.contains(&own) && !body.contains(&foreign.id.to_string()), "{body}");
    }
    let (own, foreign) = (card.id.to_string(), foreign.id.to_string());
    assert_eq!(browser.post("/cancel", &[("own", &foreign)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post("/cancel", &[("own", &own)]).await.location(), "/cancel/you");
    let you = browser.get("/cancel/you").await.body;
    assert!(
        you.contains("value=\"Mei Lin\"") && you.contains("value=\"mei@example.com\""),
        "filled in from the account"
    );
    let next = browser.post("/cancel/you", &YOU).await;
    assert_eq!(next.location(), "/cancel/statement", "no code for who has just signed in");
    fill_rest(&app, &mut browser).await;
    let check = browser.get("/cancel/check").await;
    declare(&mut browser, &check).await;
    assert!(browser.get("/").await.body.contains("Cancellation under way"));
}

#[tokio::test]
async fn what_was_not_on_the_page_is_not_declared() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, ICCID).await;
    let check = browser.get("/cancel/check").await;
    browser.post("/cancel", &[("number", "07700 900123"), ("back", "check")]).await;
    let got = declare(&mut browser, &check).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("<span>900123</span>"));
    assert!(app.store.list(store::View::All, None, 10).await.unwrap().is_empty());
    assert_eq!(declare(&mut browser, &got).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn suspicion_is_noted_and_stops_nothing() {
    let (app, _dir) = testing::app().await;
    for (trap, seconds, suspect) in [("", 60, false), ("x", 60, true), ("", 0, true)] {
        let mut browser = Browser::new(&app).await;
        browser.post("/cancel", &[("number", ICCID)]).await;
        testing::advance(&app, SignedDuration::from_secs(seconds));
        browser.post("/cancel/you", &[YOU.as_slice(), &[("website", trap)]].concat()).await;
        browser.post("/cancel/statement", &[("when", "soon")]).await;
        let total = hidden(&browser.get("/cancel/before").await, "total");
        browser.post("/cancel/before", &[("backup", "saved"), ("total", &total)]).await;
        let check = browser.get("/cancel/check").await;
        let case = app.store.case(reference(&declare(&mut browser, &check).await)).await.unwrap().unwrap();
        assert_eq!(case.flags.contains(&Flag::Suspect), suspect, "{trap:?} {seconds}");
    }
}

#[tokio::test]
async fn nobody_owes_more_than_they_agreed_to() {
    let (mut app, _dir) = testing::app().await;
    let fee = |what: &str, minor, only_if_returned| case::rules::Fee { what: what.into(), minor, only_if_returned };
    let desk = Arc::get_mut(&mut app).unwrap();
    desk.policy.fees = vec![fee("fee-return-postage", 350, true), fee("fee-bespoke-thing", 100, false)];
    let mut browser = Browser::new(&app).await;
    browser.post("/cancel", &[("number", ICCID)]).await;
    browser.post("/cancel/you", &YOU).await;
    browser.post("/cancel/statement", &[("when", "soon")]).await;
    let before = browser.get("/cancel/before").await;
    assert!(
        before.body.contains("£4.50 at most") && before.body.contains("bespoke thing") && before.body.contains("£3.50")
    );
    let got = browser.post("/cancel/before", &[("backup", "saved"), ("total", "100")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "they saw another sum");
    let got = browser.post("/cancel/before", &[("backup", "saved"), ("total", "450")]).await;
    assert_eq!(got.location(), "/cancel/check");
    let mut draft = draft(&browser).await.unwrap();
    draft.agreed = Some(case::Money::new(100, "GBP"));
    browser.visit("/").await.change(&app, |session| draft.keep(session)).await.unwrap();
    assert_eq!(browser.get("/cancel/check").await.location(), "/cancel/before");
    assert!(browser.get("/cancel/before").await.body.contains("The cost is higher"));
}

#[tokio::test]
async fn where_signing_in_is_required_it_is_said_before_anything_is_typed() {
    let (mut app, _dir) = testing::app().await;
    Arc::get_mut(&mut app).unwrap().policy.sign_in_required = true;
    let mut browser = Browser::new(&app).await;
    let got = browser.get("/cancel").await;
    assert!(got.body.contains("/sign-in?next=/cancel") && !got.body.contains("name=\"number\""), "{}", got.body);
}

#[tokio::test]
async fn letters_come_along_and_can_be_taken_away() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    browser.post("/cancel", &[("number", ICCID)]).await;
    browser.post("/cancel/you", &YOU).await;
    let mut png = Vec::new();
    let picture = image::DynamicImage::new_rgb8(8, 8);
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    assert_eq!(upload(&app, &browser, "letter.png", &png, "add").await.0, StatusCode::SEE_OTHER);
    let (status, body) = upload(&app, &browser, "page.jpg", b"<html><script>1</script>", "add").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("We can read JPEG") && body.contains("letter.png"));
    for name in ["b.png", "c.png"] {
        upload(&app, &browser, name, &png, "").await;
    }
    let kept = draft(&browser).await.unwrap();
    assert_eq!(kept.files.len(), 3);
    assert_eq!(app.store.file(kept.files[0].0).await.unwrap().unwrap().media, "image/png");
    assert_eq!(upload(&app, &browser, "d.png", &png, "add").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let first = kept.files[0].0.to_string();
    browser.post("/cancel/statement", &[("when", "soon"), ("remove", &first)]).await;
    let names: Vec<String> = draft(&browser).await.unwrap().files.into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["b.png", "c.png"]);
}

/// A multipart post of one file.
async fn upload(app: &Shared, browser: &Browser, name: &str, bytes: &[u8], button: &str) -> (StatusCode, String) {
    let csrf = browser.visit("/").await.csrf(app);
    let mut body = Vec::new();
    for (field, value) in [("csrf", csrf.as_str()), ("when", "soon"), ("do", button)] {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"letter\"; filename=\"{name}\"\r\n\r\n").bytes());
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::post("/cancel/statement")
        .header(header::COOKIE, &browser.cookie)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body));
    let response = crate::web::router(app.clone()).oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    fill_in(&app, &mut browser, ICCID).await;
    for lang in Lang::ALL {
        for path in ["/", "/cancel", "/cancel/you", "/cancel/statement", "/cancel/before", "/cancel/check"] {
            let got = browser.get(&format!("{path}?lang={}", lang.tag())).await;
            assert_eq!(got.status, StatusCode::OK, "{path}");
            assert!(got.body.contains(&format!("<html lang=\"{}\"", lang.tag())), "{path}");
            assert!(!got.body.contains("No localization"), "{path} {}", lang.tag());
        }
        for kind in ["iccid", "partial-iccid", "eid", "imei", "imsi", "msisdn", "serial", "card"] {
            assert!(crate::words::words(lang).has(&format!("kind-{kind}")));
        }
        for field in case::Field::ALL {
            assert!(crate::words::words(lang).has(&format!("check-field-{}", field.as_str())));
        }
    }
}
