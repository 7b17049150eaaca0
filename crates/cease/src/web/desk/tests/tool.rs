//! Composers, drafts, undo, claims, snoozes, settings: as an agent's browser sees them, and as others may not.

use axum::body::Body;
use axum::http::{Request, header};
use case::AccountId;
use store::Writing;
use tower::ServiceExt;

use super::*;

fn path(case: &Case) -> String {
    format!("/desk/case/{}", case.reference)
}

async fn pass(app: &Shared, seconds: i64) {
    testing::advance(app, SignedDuration::from_secs(seconds));
    while crate::work::round(app).await.unwrap() > 0 {}
}

/// The value of a hidden field.
fn hidden(page: &str, after: &str, name: &str) -> String {
    let form = page.split_once(after).expect(after).1;
    let field = form.split_once(&format!(r#"name="{name}" value=""#)).expect(name).1;
    field.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_reply_waits_ten_seconds_and_then_goes_out() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    pass(&app, 0).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let page = agent.get(&path(&case)).await.body;
    assert!(page.contains("Goes to holder1@example.com and +44 7700 900101. Reads English."));
    let version = now(&app, &case).await.version;
    let got = deed(&app, &mut agent, &case, "reply", &[("reply-text", "Thank you, Mei.")]).await;
    assert_eq!(got.location(), format!("{}?view=review#sending", path(&case)));
    let page = agent.get(&path(&case)).await.body;
    assert!(page.contains("Your reply goes out") && page.contains("Thank you, Mei."));
    assert!(page.contains(r#"data-seconds="10""#));
    assert_eq!(now(&app, &case).await.version, version, "nothing is in the journal");
    pass(&app, 10).await;
    let page = agent.get(&path(&case)).await.body;
    assert!(!page.contains("Your reply goes out") && page.contains("Thank you, Mei."));
    // The page was drawn before the reply went: one's own words are no news.
    let fields = [("version", version.to_string()), ("note-text", "Told her.".into()), ("view", "review".into())];
    let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(agent.post(&format!("{}/note", path(&case)), &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn undo_puts_the_words_back_and_a_form_sent_twice_is_one_message() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    pass(&app, 0).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let page = agent.get(&path(&case)).await.body;
    let form = hidden(&page, "/reply\"", "form");
    let fields = [("form", form.as_str()), ("reply-text", "Thank you.")];
    deed(&app, &mut agent, &case, "reply", &fields).await;
    deed(&app, &mut agent, &case, "reply", &fields).await;
    let page = agent.get(&path(&case)).await.body;
    assert_eq!(page.matches("Your reply goes out").count(), 1);
    let id = hidden(&page, "/take-back\"", "id");
    let back = format!("{}/take-back", path(&case));
    let got = agent.post(&back, &[("id", &id), ("view", "review")]).await;
    assert!(got.location().ends_with("&done=taken-back#write-reply"), "{}", got.location());
    let page = agent.get(got.location()).await.body;
    assert!(page.contains("Taken back.") && page.contains("\nThank you.</textarea>"));
    assert!(!page.contains("Your reply goes out"));
    let got = agent.post(&back, &[("id", &id)]).await;
    assert!(got.location().contains("done=too-late"), "{}", got.location());
    pass(&app, 60).await;
    let journal = app.store.journal(case.reference).await.unwrap();
    assert!(!journal.iter().flat_map(|e| &e.events).any(|e| matches!(e, Event::Said { .. })));
}

#[tokio::test]
async fn a_note_about_a_call_says_so_and_its_form_takes_no_reply() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    for (address, fields) in [
        ("note", [("reply-text", "To the holder"), ("kind", "")]),
        ("reply", [("note-text", "Never to the holder"), ("kind", "")]),
        ("reply", [("reply-text", "Never to the holder"), ("kind", "note")]),
        ("note", [("note-text", "To the holder"), ("kind", "reply")]),
    ] {
        let got = deed(&app, &mut agent, &case, address, &fields).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{address} {fields:?}");
    }
    deed(&app, &mut agent, &case, "note", &[("note-text", "Rang her."), ("note-about", "call")]).await;
    pass(&app, 10).await;
    let journal = app.store.journal(case.reference).await.unwrap();
    let note = journal.iter().flat_map(|e| &e.events).find(|e| matches!(e, Event::Said { .. })).unwrap();
    assert!(matches!(note, Event::Said { note: true, channel: Channel::Voice, .. }), "{note:?}");
    let page = agent.get(&format!("{}?show=notes", path(&case))).await.body;
    assert!(page.contains("Rang her.") && page.contains("#i-phone") && page.contains("Call"));
    assert!(!page.contains("Card found in the records"), "the filter leaves the rest out");
    let page = agent.get(&format!("{}?show=messages", path(&case))).await.body;
    assert!(!page.contains("Rang her."));
}

#[tokio::test]
async fn a_draft_survives_and_is_nobody_else_s() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Approver).await;
    let draft = format!("{}/draft", path(&case));
    let fields = [("kind", "reply"), ("reply-text", "Half a sentence 4111 1111 1111 1111"), ("quietly", "yes")];
    assert_eq!(jo.post(&draft, &fields).await.status, StatusCode::NO_CONTENT);
    let got = jo.post(&draft, &[("kind", "note"), ("note-text", "Half a note")]).await;
    assert!(got.location().ends_with("&done=draft#write-note"), "{}", got.location());
    let page = jo.get(&path(&case)).await.body;
    assert!(page.contains("Half a sentence") && page.contains("Half a note"));
    assert!(!page.contains("4111 1111"), "no bank card's number is kept");
    assert!(!li.get(&path(&case)).await.body.contains("Half a"));
    assert_eq!(jo.post(&draft, &[("kind", "other")]).await.status, StatusCode::BAD_REQUEST);
    let nowhere = format!("/desk/case/{}/draft", CaseRef::from_bits(4711));
    assert_eq!(jo.post(&nowhere, &fields).await.status, StatusCode::NOT_FOUND);
    // What could not be sent is kept too.
    let long = "x".repeat(5_000);
    let got = deed(&app, &mut li, &case, "reply", &[("reply-text", &long)]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains(&long), "whole, on the page that says so");
}

#[tokio::test]
async fn nobody_takes_back_or_sees_another_s_message() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Approver).await;
    deed(&app, &mut jo, &case, "reply", &[("reply-text", "Soon to be sent.")]).await;
    let id = hidden(&jo.get(&path(&case)).await.body, "/take-back\"", "id");
    assert!(!li.get(&path(&case)).await.body.contains("Soon to be sent."));
    let got = li.post(&format!("{}/take-back", path(&case)), &[("id", &id)]).await;
    assert!(got.location().contains("done=too-late"), "{}", got.location());
    assert!(jo.get(&path(&case)).await.body.contains("Your reply goes out"));
}

#[tokio::test]
async fn the_holder_learns_nothing_of_the_desk_s_own() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    deed(&app, &mut jo, &case, "note", &[("note-text", "Sounds odd.")]).await;
    deed(&app, &mut jo, &case, "snooze", &[("snooze-reply", "yes")]).await;
    jo.post(&format!("{}/hold/claim", path(&case)), &[]).await;
    jo.post(&format!("{}/draft", path(&case)), &[("kind", "reply"), ("reply-text", "Half a sentence")]).await;
    pass(&app, 10).await;
    let holder = app.store.account(case.account.unwrap()).await.unwrap().unwrap();
    let mut mei = signed_in(&app, &holder, Level::SecondFactor).await;
    let page = mei.get(&format!("/case/{}", case.reference)).await;
    assert_eq!(page.status, StatusCode::OK);
    for secret in ["Sounds odd", "Half a sentence", "snoozed", "this case for"] {
        assert!(!page.body.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn none_of_it_is_for_holders_strangers_admins_or_foreign_pages() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let holder = app.store.account(case.account.unwrap()).await.unwrap().unwrap();
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut mei = signed_in(&app, &holder, Level::SecondFactor).await;
    let mut root = worker(&app, 92, "root", Role::Admin).await;
    let path = path(&case);
    let macro_id = "macro_0000000000000001";
    let gets = ["/desk/macros", "/desk/macros/new", "/desk/settings", "/desk/tools"];
    let posts = [
        format!("{path}/draft"),
        format!("{path}/take-back"),
        format!("{path}/hold/claim"),
        format!("{path}/hold/release"),
        format!("{path}/hold/wake"),
        format!("{path}/hand-over"),
        format!("{path}/snooze"),
        format!("{path}/reply"),
        format!("{path}/note"),
        format!("{path}/macro/{macro_id}"),
        "/desk/macros/new".into(),
        format!("/desk/macros/{macro_id}/delete"),
        "/desk/settings".into(),
    ];
    let fields = [
        ("version", "1"),
        ("kind", "reply"),
        ("reply-text", "x"),
        ("id", "send_0000000000000001"),
        ("keys", "off"),
        ("name", "x"),
        ("take-up", "yes"),
        ("snooze-reply", "yes"),
    ];
    for get in gets {
        assert!(mei.get(get).await.location().starts_with("/desk/sign-in"), "{get}");
        assert_eq!(root.get(get).await.status, StatusCode::FORBIDDEN, "{get}");
    }
    for post in &posts {
        assert!(mei.post(post, &fields).await.location().starts_with("/desk/sign-in"), "{post}");
        assert_eq!(root.post(post, &fields).await.status, StatusCode::FORBIDDEN, "{post}");
        let foreign = Request::post(post)
            .header(header::COOKIE, &jo.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("csrf=no&version=1&kind=reply&reply-text=x&keys=off&name=x&take-up=yes"));
        let got = crate::web::router(app.clone()).oneshot(foreign.unwrap()).await.unwrap();
        assert_eq!(got.status(), StatusCode::FORBIDDEN, "{post} without its form token");
    }
    let id = AccountId::from_bits(90);
    assert_eq!(app.store.claim_of(case.reference).await.unwrap(), None);
    assert_eq!(app.store.snooze_of(case.reference).await.unwrap(), None);
    assert_eq!(app.store.draft(case.reference, id, Writing::Reply).await.unwrap(), None);
    assert_eq!(app.store.pending_of(case.reference, id).await.unwrap(), []);
    assert!(app.store.keys(id).await.unwrap());
    assert!(jo.get("/desk/macros").await.body.contains("No macros yet"));
    assert_eq!(now(&app, &case).await.version, case.version);
}

#[tokio::test]
async fn a_claim_is_no_lock_and_is_not_taken_unseen() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Agent).await;
    let hold = |what: &str| format!("{}/hold/{what}", path(&case));
    assert!(jo.post(&hold("claim"), &[]).await.location().contains("done=claimed"));
    assert!(jo.get(&path(&case)).await.body.contains("You have this case."));
    let got = li.post(&hold("claim"), &[]).await;
    assert!(got.location().contains("done=not-claimed"), "who saw it free: {}", got.location());
    let page = li.get(got.location()).await.body;
    assert!(
        page.contains("Somebody else was quicker.")
            && page.contains("Mei Lin has had this case for 0 min. You can act on it all the same.")
    );
    // No lock: others act all the same.
    assert_eq!(deed(&app, &mut li, &case, "note", &[("note-text", "Looked.")]).await.status, 303);
    let from = hidden(&page, "/hold/claim\"", "from");
    assert!(li.post(&hold("claim"), &[("from", &from)]).await.location().contains("done=claimed"));
    assert!(jo.get(&path(&case)).await.body.contains("Take over"));
    li.post(&hold("release"), &[]).await;
    assert!(jo.get(&path(&case)).await.body.contains("Nobody has this case in hand."));
    assert_eq!(jo.post(&hold("steal"), &[]).await.status, StatusCode::NOT_FOUND);
    let acts = app.store.acts(20).await.unwrap();
    let what: Vec<_> = acts.iter().map(|(act, _)| (act.what.as_str(), act.detail.as_str())).collect();
    let reference = case.reference.to_string();
    assert!(what.contains(&("case-claimed", &*reference)) && what.contains(&("case-released", &*reference)));
}

#[tokio::test]
async fn a_case_is_handed_over_with_a_note_to_somebody_who_works_here() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let (li, _) = testing::staff(&app, 91, "li", Role::Agent).await;
    let (root, _) = testing::staff(&app, 92, "root", Role::Admin).await;
    let nobody = ["", "acc_000000000000005a", "acc_0000000000000001", &root.id.to_string(), "rubbish"];
    for to in nobody {
        let fields = [("hand-over-to", to), ("hand-over-text", "Please."), ("hand-over-name", "Ada")];
        let got = deed(&app, &mut jo, &case, "hand-over", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{to}");
        assert!(got.body.contains("Choose who takes the case.") && got.body.contains("Please."), "{to}");
    }
    let to = li.id.to_string();
    let got = deed(&app, &mut jo, &case, "hand-over", &[("hand-over-to", &to)]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains(&format!(r#"<option value="{to}" selected>"#)), "what was chosen is kept");
    let fields = [("hand-over-to", to.as_str()), ("hand-over-text", "Speaks Cantonese.")];
    assert!(deed(&app, &mut jo, &case, "hand-over", &fields).await.location().contains("done=hand-over"));
    assert_eq!(app.store.claim_of(case.reference).await.unwrap().unwrap().staff, li.id);
    assert!(jo.get(&path(&case)).await.body.contains("→ Mei Lin\nSpeaks Cantonese."));
    assert!(app.store.acts(9).await.unwrap().iter().any(|(act, _)| act.what == "case-handed-over"));
}

#[tokio::test]
async fn a_snooze_wants_a_time_to_come_or_the_holder() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    for (fields, why) in [
        (vec![], "Choose until when."),
        (vec![("snooze-until", "2026-11-22T11:00")], "Choose a time that is still to come."),
        (vec![("snooze-until", "2027-11-22T11:00")], "Choose a time within 90 days."),
        (vec![("snooze-until", "soon")], "Give date and time"),
        (vec![("snooze-days", "9999999999")], "Give date and time"),
        (vec![("snooze-days", "-1")], "Choose a time that is still to come."),
    ] {
        let got = deed(&app, &mut jo, &case, "snooze", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(got.body.contains(why), "{fields:?}");
    }
    deed(&app, &mut jo, &case, "snooze", &[("snooze-days", "1"), ("snooze-reply", "yes")]).await;
    let page = jo.get(&path(&case)).await.body;
    assert!(page.contains("has snoozed this case until the holder acts, at the latest until 2026-11-23 08:00."));
    jo.post(&format!("{}/hold/wake", path(&case)), &[]).await;
    assert_eq!(app.store.snooze_of(case.reference).await.unwrap(), None);
    // It is everybody's list that it leaves: at the latest when it is due it is back.
    let due = case::sla::run(&now(&app, &case).await, &app.policy).unwrap().due;
    for fields in
        [&[("snooze-reply", "yes")][..], &[("snooze-days", "30")], &[("snooze-days", "30"), ("snooze-reply", "yes")]]
    {
        deed(&app, &mut jo, &case, "snooze", fields).await;
        assert_eq!(app.store.snooze_of(case.reference).await.unwrap().unwrap().until, Some(due), "{fields:?}");
    }
}

#[tokio::test]
async fn a_stale_form_shows_what_was_seen_what_is_and_what_was_meant_and_goes_again() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    pass(&app, 0).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Agent).await;
    let seen = now(&app, &case).await.version.to_string();
    let ask = [("ask-need", "document"), ("ask-text", "A bill, please.")];
    assert_eq!(deed(&app, &mut li, &case, "ask", &ask).await.status, 303);
    let fields = [("version", seen.as_str()), ("view", "review"), ("reply-text", "We\r\nare \"on\" it.")];
    let got = jo.post(&format!("{}/reply", path(&case)), &fields).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    for part in
        ["What you saw", "What is there now", "What you were about to do", "A bill, please.", "Do it now: Reply"]
    {
        assert!(got.body.contains(part), "{part}");
    }
    assert!(got.body.contains("<dd>Review</dd>") && got.body.contains("<dd>Received</dd>"), "the stage, then and now");
    assert!(jo.get(&path(&case)).await.body.contains("on&#34; it."), "it is a draft, whatever happens to the page");
    let again = hidden(got.body.split_once("stale-ways").unwrap().1, "/reply\"", "version");
    let fields = [("version", again.as_str()), ("view", "review"), ("reply-text", "We\nare \"on\" it.")];
    assert_eq!(jo.post(&format!("{}/reply", path(&case)), &fields).await.status, StatusCode::SEE_OTHER);
    // A decision that has become impossible says why, and offers nothing to press.
    let fields = [("version", seen.as_str()), ("view", "review"), ("approve-evidence", "Read it.")];
    let got = jo.post(&format!("{}/approve", path(&case)), &fields).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("this is no longer possible") && !got.body.contains("Do it now: Approve"));
    assert!(!got.body.contains("It is no longer possible: ") && !got.body.contains("in their form below"), "said once");
    assert!(got.body.contains("Read it."));
}

#[tokio::test]
async fn keys_are_switched_off_for_oneself_alone() {
    let (app, _dir) = testing::app().await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Agent).await;
    assert_eq!(jo.post("/desk/settings", &[("keys", "off")]).await.location(), "/desk/settings?done=settings");
    assert!(jo.get("/desk/tools").await.body.contains(r#"data-keys="off""#));
    assert!(li.get("/desk/tools").await.body.contains(r#"data-keys="on""#));
    assert!(jo.get("/desk/settings?lang=zh-CN").await.body.contains("单键已停用"));
    assert_eq!(jo.post("/desk/settings", &[("keys", "maybe")]).await.status, StatusCode::BAD_REQUEST);
}
