use axum::http::StatusCode;
use case::{Actor, Case, Channel, Event, Level, Role};

use super::*;
use crate::app::Shared;
use crate::testing::{self, Browser, Got};

/// A desk that never closes: it is Sunday.
async fn open_desk() -> (Shared, tempfile::TempDir) {
    testing::app_with(|policy| policy.desk_hours = case::calendar::Calendar::always()).await
}

/// Mei's case and her browser, which may see it.
async fn mei(app: &Shared) -> (Browser, Case) {
    let account = testing::holder(app, 77, "mei").await;
    let case = testing::ending(app, 1, &account).await;
    (sees(app, &case).await, case)
}

async fn sees(app: &Shared, case: &Case) -> Browser {
    let browser = Browser::new(app).await;
    let visit = browser.visit("/").await;
    visit.change(app, |session| crate::web::Visit::grant(session, case.reference)).await.unwrap();
    browser
}

async fn worker(app: &Shared, n: u64, login: &str, name: &str) -> Browser {
    let (mut account, _) = testing::staff(app, n, login, Role::Agent).await;
    account.person.name = name.to_owned();
    app.store.put_account(account.clone()).await.unwrap();
    at_work(app, n).await
}

/// Signed in; after half an hour of nothing, again.
async fn at_work(app: &Shared, n: u64) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(AccountId::from_bits(n), Level::SecondFactor).await;
    browser
}

async fn does(browser: &mut Browser, case: &Case, fields: &[(&str, &str)]) -> String {
    let got = browser.post(&format!("/desk/case/{}/contact", case.reference), fields).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let came = got.location().split("contact=").nth(1).unwrap().split(['#', '.']).next().unwrap();
    came.to_owned()
}

async fn rang_us(browser: &mut Browser, case: &Case) -> String {
    does(browser, case, &[("do", "open"), ("way", "rang-us")]).await
}

async fn compares(browser: &mut Browser, case: &Case, code: &str) -> String {
    does(browser, case, &[("do", "compare"), ("code", code)]).await
}

async fn page(browser: &mut Browser, case: &Case) -> String {
    let got = browser.get(&format!("/case/{}/contact", case.reference)).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.location());
    got.body
}

async fn desk(browser: &mut Browser, case: &Case) -> Got {
    browser.get(&format!("/desk/case/{}", case.reference)).await
}

/// The four digits that a page shows.
fn shown(body: &str) -> Option<String> {
    let digits = body.split("class=\"digits\"").nth(1)?.split("</p>").next()?;
    Some(digits.split("<b>").skip(1).filter_map(|b| b.chars().next()).collect())
}

fn pass(app: &Shared, seconds: i64) {
    testing::advance(app, SignedDuration::from_secs(seconds));
}

#[tokio::test]
async fn both_see_each_other_s_digits_in_turn() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa Diallo").await;
    assert!(page(&mut mei, &case).await.contains("We are not talking to you"));
    assert_eq!(rang_us(&mut hawa, &case).await, "opened");

    let body = page(&mut mei, &case).await;
    assert!(body.contains("Hawa is talking to you now") && !body.contains("Diallo"), "{body}");
    assert!(body.contains("you rang us. If they rang you, it is not us."));
    let theirs = shown(&body).unwrap();
    let before = desk(&mut hawa, &case).await.body;
    assert_eq!(shown(&before), None, "the agent has nothing to give away yet");
    assert!(!before.contains(&format!("<b>{}</b>", &theirs[..1])));

    assert_eq!(compares(&mut hawa, &case, &format!(" {} {} ", &theirs[..2], &theirs[2..])).await, "right");
    let (hers, ours) = (page(&mut mei, &case).await, desk(&mut hawa, &case).await.body);
    assert!(hers.contains("Hawa reads these four digits to you"));
    assert_eq!(shown(&hers), shown(&ours), "the same on both screens");
    assert_ne!(shown(&hers), Some(theirs.clone()));
    pass(&app, 121);
    let fresh = shown(&page(&mut mei, &case).await).unwrap();
    assert_ne!(fresh, theirs, "each is shown once");

    // What stands of it: who, how and when, without the digits.
    let journal = app.store.journal(case.reference).await.unwrap();
    let entry = journal.last().unwrap();
    assert_eq!(entry.events, [Event::Confirmed { channel: Channel::Voice }]);
    assert!(matches!(entry.actor, Actor::Agent { staff, .. } if staff == AccountId::from_bits(90)));
    let acts: Vec<_> = app.store.acts(9).await.unwrap().into_iter().map(|(act, _)| (act.what, act.detail)).collect();
    assert_eq!(acts[0], ("contact-opened-rang-us".to_owned(), case.reference.to_string()));
    let kept = format!("{} {acts:?}", serde_json::to_string(&journal).unwrap().replace(&entry.chain, ""));
    assert!(!kept.contains(&format!("\"{theirs}\"")));
    assert!(desk(&mut hawa, &case).await.body.contains("Compared digits"));

    assert_eq!(does(&mut hawa, &case, &[("do", "end")]).await, "ended");
    assert!(page(&mut mei, &case).await.contains("We are not talking to you"));
    assert_eq!(compares(&mut hawa, &case, &fresh).await, "gone");
}

#[tokio::test]
async fn whoever_only_knows_the_reference_learns_nothing() {
    let (app, _dir) = open_desk().await;
    let (_, case) = mei(&app).await;
    let mut stranger = Browser::new(&app).await;
    let path = format!("/case/{}/contact", case.reference);
    let quiet = stranger.get(&path).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    rang_us(&mut hawa, &case).await;
    let talking = stranger.get(&path).await;
    assert_eq!((quiet.status, quiet.location().to_owned()), (talking.status, talking.location().to_owned()));
    assert_eq!(talking.status, StatusCode::SEE_OTHER);
    assert!(talking.location().starts_with("/case?ref="), "{}", talking.location());
    let nowhere = stranger.get("/case/0000-0000-0/contact").await;
    assert_eq!((nowhere.status, nowhere.body), (talking.status, talking.body));
    // Nor can anybody but staff open one.
    let got = stranger.post(&format!("/desk/case/{}/contact", case.reference), &[("do", "open")]).await;
    assert!(got.location().starts_with("/desk/sign-in"), "{} {}", got.status, got.location());
}

#[tokio::test]
async fn a_code_counts_once_in_its_time_and_in_its_case() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let other = testing::ending(&app, 2, &testing::holder(&app, 78, "tom").await).await;
    let mut tom = sees(&app, &other).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    rang_us(&mut hawa, &case).await;
    rang_us(&mut hawa, &other).await;
    let (hers, his) = (shown(&page(&mut mei, &case).await).unwrap(), shown(&page(&mut tom, &other).await).unwrap());
    assert_ne!(hers, his, "by this test's key");
    assert_eq!(compares(&mut hawa, &case, &his).await, "wrong-4", "another case's");
    assert_eq!(compares(&mut hawa, &case, &hers).await, "right");
    assert_eq!(compares(&mut hawa, &case, &hers).await, "wrong-3", "used");
    pass(&app, 125);
    let next = shown(&page(&mut mei, &case).await).unwrap();
    // Shown for a minute and a half, taken for two.
    pass(&app, 80);
    assert_ne!(shown(&page(&mut mei, &case).await).unwrap(), next, "there is another");
    assert_eq!(compares(&mut hawa, &case, &next).await, "right", "it is still on its way through the phone");
    pass(&app, 130);
    let late = shown(&page(&mut mei, &case).await).unwrap();
    pass(&app, 121);
    assert_eq!(compares(&mut hawa, &case, &late).await, "wrong-2", "lapsed");
    // A contact that begins anew has other codes.
    let now = shown(&page(&mut mei, &case).await).unwrap();
    does(&mut hawa, &case, &[("do", "end")]).await;
    rang_us(&mut hawa, &case).await;
    assert_ne!(shown(&page(&mut mei, &case).await).unwrap(), now);
    assert_eq!(compares(&mut hawa, &case, &now).await, "wrong-4");
}

#[tokio::test]
async fn guessing_ends_after_a_few_tries_and_for_the_day() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    rang_us(&mut hawa, &case).await;
    let right = shown(&page(&mut mei, &case).await).unwrap();
    let wrong = format!("{:04}", (right.parse::<u32>().unwrap() + 1) % 10_000);
    for came in ["wrong-4", "wrong-3", "wrong-2", "wrong-1", "no-more", "no-more"] {
        assert_eq!(compares(&mut hawa, &case, &wrong).await, came);
    }
    assert_eq!(compares(&mut hawa, &case, &right).await, "no-more", "the right one does not help either");
    assert!(!app.store.journal(case.reference).await.unwrap().iter().any(|e| e.command == "confirm"));
    // Opening another gives a few more, but not for ever.
    let mut tries = 5;
    for _ in 0..4 {
        does(&mut hawa, &case, &[("do", "end")]).await;
        rang_us(&mut hawa, &case).await;
        while compares(&mut hawa, &case, "").await.starts_with("wrong") {
            tries += 1;
        }
    }
    assert!(tries <= WRONG_A_DAY, "{tries}");
    let body = page(&mut mei, &case).await;
    assert_eq!(compares(&mut hawa, &case, &shown(&body).unwrap()).await, "no-more");
    pass(&app, 24 * 3600);
    let mut jo = worker(&app, 91, "jo", "Jo").await;
    assert_eq!(rang_us(&mut jo, &case).await, "opened");
    let body = page(&mut mei, &case).await;
    assert_eq!(compares(&mut jo, &case, &shown(&body).unwrap()).await, "right", "the next day");
}

#[tokio::test]
async fn of_two_agents_one_talks_and_the_other_is_told() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let (mut hawa, mut jo) = (worker(&app, 90, "hawa", "Hawa").await, worker(&app, 91, "jo", "Jo").await);
    // Each at a process of their own.
    let beside = testing::beside(&app);
    let (first, second) = tokio::join!(
        open(&app, case.reference, AccountId::from_bits(90), Way::RangUs),
        open(&beside, case.reference, AccountId::from_bits(91), Way::RangUs),
    );
    let won = [first.unwrap(), second.unwrap()];
    assert_eq!(won.iter().filter(|came| **came == Err(No::Taken)).count(), 1, "{won:?}");
    let (mine, theirs) = if won[0].is_ok() { (&mut hawa, &mut jo) } else { (&mut jo, &mut hawa) };
    assert_eq!(rang_us(theirs, &case).await, "taken");
    let code = shown(&page(&mut mei, &case).await).unwrap();
    assert_eq!(compares(theirs, &case, &code).await, "gone", "only who talks to her compares");
    let told = desk(theirs, &case).await.body;
    assert!(told.contains("has been talking to them since") && !told.contains("name=\"code\""));
    assert_eq!(compares(mine, &case, &code).await, "right");
    assert_eq!(does(theirs, &case, &[("do", "end")]).await, "ended", "one that was forgotten");
    assert_eq!(rang_us(theirs, &case).await, "opened");
}

#[tokio::test]
async fn two_processes_show_and_take_the_same() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let beside = testing::beside(&app);
    let hawa = AccountId::from_bits(90);
    worker(&app, 90, "hawa", "Hawa").await;
    open(&beside, case.reference, hawa, Way::RangUs).await.unwrap().unwrap();
    let contact = app.store.contact(case.reference, app.now()).await.unwrap().unwrap();
    assert_eq!(codes(&app, &contact), codes(&beside, &contact));
    let code = shown(&page(&mut mei, &case).await).unwrap();
    let actor = Actor::Agent { staff: hawa, role: Role::Agent };
    // Tried at both at once it counts at one.
    let (one, other) =
        tokio::join!(confirm(&app, case.reference, &actor, &code), confirm(&beside, case.reference, &actor, &code));
    let right = [one.unwrap(), other.unwrap()].iter().filter(|came| came.is_ok()).count();
    assert_eq!(right, 1);
    let journal = app.store.journal(case.reference).await.unwrap();
    assert_eq!(journal.iter().filter(|entry| entry.command == "confirm").count(), 1);
    let contact = app.store.contact(case.reference, app.now()).await.unwrap().unwrap();
    assert!(matches!(codes(&app, &contact), Codes::Ours { .. }));
    assert_eq!(codes(&app, &contact), codes(&beside, &contact));
}

#[tokio::test]
async fn it_lasts_while_its_agent_is_there() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    rang_us(&mut hawa, &case).await;
    let reference = case.reference.to_string();
    let talks = async |mei: &mut Browser| page(mei, &case).await.contains("Hawa is talking to you now");
    for _ in 0..3 {
        pass(&app, 9 * 60);
        assert!(talks(&mut mei).await);
        assert_eq!(hawa.post("/live/here", &[("case", &reference)]).await.status, StatusCode::OK);
    }
    hawa.post("/live/here", &[("case", &reference), ("gone", "yes")]).await;
    pass(&app, 60);
    assert!(talks(&mut mei).await, "she may be back in a moment");
    desk(&mut hawa, &case).await;
    pass(&app, 9 * 60);
    assert!(talks(&mut mei).await, "and is");
    hawa.post("/live/here", &[("case", &reference), ("gone", "yes")]).await;
    pass(&app, 121);
    assert!(!talks(&mut mei).await);
    // Nobody talks for ever.
    rang_us(&mut hawa, &case).await;
    for _ in 0..14 {
        pass(&app, 9 * 60);
        hawa.post("/live/here", &[("case", &reference)]).await;
    }
    assert!(!talks(&mut mei).await);
}

#[tokio::test]
async fn a_call_needs_a_promise_that_its_holder_can_see() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    let ring = [("do", "open"), ("way", "we-rang")];
    assert_eq!(does(&mut hawa, &case, &ring).await, "not-promised");
    assert!(page(&mut mei, &case).await.contains("We have not promised to ring you"));
    let promise = |from| [("do", "promise"), ("call-from", from), ("call-length", "60")];
    for from in ["", "soon", "2026-11-22T11:00", "2026-12-24T11:00", "2026-02-30T11:00", "9999-12-31T23:59"] {
        assert_eq!(does(&mut hawa, &case, &promise(from)).await, "bad-time", "{from}");
    }
    let long = [("do", "promise"), ("call-from", "2026-11-22T14:00"), ("call-length", "999999")];
    assert_eq!(does(&mut hawa, &case, &long).await, "bad-time");
    assert_eq!(does(&mut hawa, &case, &promise("2026-11-22T14:00")).await, "promised");
    let body = page(&mut mei, &case).await;
    assert!(body.contains("We will ring you") && body.contains("14:00 GMT and 22 November 2026 at 15:00"), "{body}");
    assert!(mei.get(&format!("/case/{}", case.reference)).await.body.contains("We will ring you"));
    assert_eq!(does(&mut hawa, &case, &ring).await, "not-promised", "not yet");
    pass(&app, 2 * 3600);
    let mut hawa = at_work(&app, 90).await;
    assert_eq!(does(&mut hawa, &case, &ring).await, "opened");
    assert!(page(&mut mei, &case).await.contains("we rang you, as we promised"));
    does(&mut hawa, &case, &[("do", "end")]).await;
    // One that is made later counts, and a time that has passed does not.
    assert_eq!(does(&mut hawa, &case, &promise("2026-11-22T18:00")).await, "promised");
    assert_eq!(does(&mut hawa, &case, &ring).await, "not-promised");
    pass(&app, 6 * 3600);
    let mut hawa = at_work(&app, 90).await;
    assert_eq!(does(&mut hawa, &case, &ring).await, "not-promised");
    assert!(page(&mut mei, &case).await.contains("We have not promised to ring you"));
    assert_eq!(does(&mut hawa, &case, &[("do", "end")]).await, "gone");
}

#[tokio::test]
async fn while_the_desk_is_closed_nobody_should_answer() {
    let (app, _dir) = testing::app_with(|policy| policy.desk_hours = closed_on_sundays()).await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    let body = page(&mut mei, &case).await;
    assert!(body.contains("We are closed: do not answer") && body.contains("23 November 2026 at 09:00 GMT"), "{body}");
    let promise = |from| [("do", "promise"), ("call-from", from), ("call-length", "30")];
    assert_eq!(does(&mut hawa, &case, &promise("2026-11-22T14:00")).await, "bad-closed");
    let got = hawa.post(&format!("/desk/case/{}/contact", case.reference), &promise("2026-11-23T17:15")).await;
    assert!(got.location().contains("contact=bad-end."), "we close at 17:30: {}", got.location());
    let form = hawa.get(got.location().split('#').next().unwrap()).await.body;
    assert!(form.contains("value=\"2026-11-23T17:15\"") && form.contains("value=\"30\" selected"), "{form}");
    assert_eq!(does(&mut hawa, &case, &promise("2026-11-23T10:00")).await, "promised");
    let form = hawa.get(&format!("/desk/case/{}?lang=en", case.reference)).await.body;
    assert!(form.contains("Hawa promised to ring") && form.contains("takes the place of the one above"), "{form}");
    // Who works late says so.
    rang_us(&mut hawa, &case).await;
    assert!(page(&mut mei, &case).await.contains("Hawa is talking to you now"));
}

fn closed_on_sundays() -> case::calendar::Calendar {
    toml::from_str(include_str!("../../../../rules/calendars/uk.toml")).unwrap()
}

#[tokio::test]
async fn a_chat_with_both_there_is_a_contact() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    let say = |way| [("chat-text", "Good day"), ("way", way)];
    hawa.post(&format!("/desk/chat/{}", case.reference), &say("letter")).await;
    assert!(page(&mut mei, &case).await.contains("We are not talking to you"), "that goes as a letter");
    mei.get(&format!("/case/{}/chat", case.reference)).await;
    hawa.post(&format!("/desk/chat/{}", case.reference), &say("chat")).await;
    let body = page(&mut mei, &case).await;
    assert!(body.contains("In the chat of this case") && body.contains("Nowhere else"), "{body}");
    let code = shown(&body).unwrap();
    assert_eq!(compares(&mut hawa, &case, &code).await, "right");
    let journal = app.store.journal(case.reference).await.unwrap();
    assert_eq!(journal.last().unwrap().events, [Event::Confirmed { channel: Channel::Chat }]);
    assert_eq!(does(&mut hawa, &case, &[("do", "open"), ("way", "rang-us")]).await, "taken", "by her own chat");
    let got = hawa.post(&format!("/desk/case/{}/contact", case.reference), &[("do", "open"), ("way", "chat")]).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_agent_s_code_says_that_they_work_here_and_no_more() {
    let (app, _dir) = open_desk().await;
    let (mut mei, case) = mei(&app).await;
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    rang_us(&mut hawa, &case).await;
    let contact = app.store.contact(case.reference, app.now()).await.unwrap().unwrap();
    let code = crate::hallmark::agent::of(&app.keys, &contact);
    assert!(page(&mut mei, &case).await.contains(&code));
    let mut anybody = Browser::new(&app).await;
    let got = anybody.post("/check", &[("text", &code.to_lowercase())]).await;
    assert!(got.body.contains("Somebody who works here"), "{}", got.body);
    let reference = case.reference.to_string();
    for private in ["Hawa", reference.as_str(), "Mei"] {
        assert!(!got.body.contains(private), "{private}");
    }
    let got = anybody.post("/check", &[("text", "A7K-M2Q")]).await;
    assert!(got.body.contains("Nobody’s code"), "{}", got.body);
    does(&mut hawa, &case, &[("do", "end")]).await;
    let got = anybody.post("/check", &[("text", &code)]).await;
    assert!(got.body.contains("Nobody’s code"), "over");
}

#[tokio::test]
async fn an_admin_opens_none_and_a_form_from_elsewhere_does_nothing() {
    let (app, _dir) = open_desk().await;
    let (_, case) = mei(&app).await;
    let (admin, _) = testing::staff(&app, 92, "root", Role::Admin).await;
    let mut browser = Browser::new(&app).await;
    browser.sign_in(admin.id, Level::SecondFactor).await;
    let path = format!("/desk/case/{}/contact", case.reference);
    assert_eq!(browser.post(&path, &[("do", "open"), ("way", "rang-us")]).await.status, StatusCode::FORBIDDEN);
    let mut hawa = worker(&app, 90, "hawa", "Hawa").await;
    let got = hawa.upload_with("not the token", &path, &[("do", "open"), ("way", "rang-us")], &[]).await;
    assert_eq!(app.store.contacts(app.now(), 9).await.unwrap(), [], "{}", got.status);
    let got = hawa.post("/desk/case/0000-0000-0/contact", &[("do", "open"), ("way", "rang-us")]).await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
}
