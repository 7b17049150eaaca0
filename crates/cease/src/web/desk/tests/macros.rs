//! Macros: kept in order, shown before they act, each step as permitted as if it were done by hand.

use store::{Macro, Writing};

use super::*;

async fn only(app: &Shared, n: u64) -> Macro {
    let mut all = app.store.macros(case::AccountId::from_bits(n)).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn pass(app: &Shared, seconds: i64) {
    testing::advance(app, SignedDuration::from_secs(seconds));
    while crate::work::round(app).await.unwrap() > 0 {}
}

const BILL: [(&str, &str); 6] = [
    ("name", "Ask for the bill"),
    ("text-en", "Dear {name}, please send a bill for {reference} by {due}. {agent}"),
    ("text-zh", "{name}您好，请于{due}前寄来账单。{agent}"),
    ("need", "document"),
    ("note", "Asked {name} for a bill."),
    ("until-reply", "yes"),
];

#[tokio::test]
async fn a_macro_that_is_not_right_is_shown_again_with_what_was_typed() {
    let (app, _dir) = testing::app().await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    for (fields, why) in [
        (vec![("name", "")], "Give it a name"),
        (vec![("name", "Empty")], "A macro must do something"),
        (vec![("name", "One language"), ("text-en", "Dear {name}")], "Write it in both languages."),
        (vec![("name", "Typo"), ("text-en", "{nmae}"), ("text-zh", "您好")], "not one of the variables: {nmae}"),
        (vec![("name", "No words"), ("need", "document")], "Write it in both languages."),
        (vec![("name", "Long sleep"), ("days", "91")], "Give whole days, at most 90."),
        (vec![("name", "No sleep"), ("days", "soon")], "Give whole days, at most 90."),
    ] {
        let got = jo.post("/desk/macros/new", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(got.body.contains(why), "{fields:?}");
        for (_, typed) in fields {
            assert!(got.body.contains(typed), "{typed} was lost");
        }
    }
    assert!(jo.get("/desk/macros").await.body.contains("No macros yet"));
}

#[tokio::test]
async fn macros_are_changed_by_their_owner_or_an_approver_and_used_by_whom_they_are_shared_with() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Agent).await;
    let mut ana = worker(&app, 92, "ana", Role::Approver).await;
    assert_eq!(jo.post("/desk/macros/new", &BILL).await.location(), "/desk/macros?done=macro-saved");
    let id = only(&app, 90).await.id;
    let (edit, run) = (format!("/desk/macros/{id}"), format!("/desk/case/{}/macro/{id}", case.reference));
    for (browser, who) in [(&mut li, "li"), (&mut ana, "ana")] {
        assert_eq!(browser.get(&edit).await.status, StatusCode::NOT_FOUND, "{who}");
        assert_eq!(browser.get(&run).await.status, StatusCode::NOT_FOUND, "{who}");
        assert_eq!(browser.post(&edit, &BILL).await.status, StatusCode::NOT_FOUND, "{who}");
        assert_eq!(browser.post(&run, &[("version", "1")]).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let shared: Vec<_> = BILL.into_iter().chain([("shared", "yes")]).collect();
    assert_eq!(jo.post(&edit, &shared).await.status, StatusCode::SEE_OTHER);
    assert_eq!(only(&app, 91).await.id, id, "changed, not made anew");
    assert_eq!(li.get(&run).await.status, StatusCode::OK);
    assert_eq!(li.get(&edit).await.status, StatusCode::FORBIDDEN);
    assert_eq!(li.post(&format!("{edit}/delete"), &[]).await.status, StatusCode::FORBIDDEN);
    assert!(li.get("/desk/tools").await.body.contains("desk-tools"));
    let tools = format!("/desk/tools?case={}&view=review", case.reference);
    assert!(li.get(&tools).await.body.contains(&format!("{run}?view=review")), "the palette offers it");
    assert_eq!(ana.get(&edit).await.status, StatusCode::OK);
    assert_eq!(ana.post(&format!("{edit}/delete"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(li.get(&run).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_shared_stays_within_the_house_or_one_agency() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut ana = worker(&app, 92, "ana", Role::Approver).await;
    let mut partners = Vec::new();
    for (n, login, role) in [(93, "nora", Role::Agent), (94, "olaf", Role::Approver)] {
        let (account, _) = testing::staff(&app, n, login, role).await;
        let account = Account { agency: Some("north".parse().unwrap()), ..account };
        app.store.put_account(account.clone()).await.unwrap();
        partners.push(signed_in(&app, &account, Level::SecondFactor).await);
    }
    app.store.give(case.reference, Some(&"north".parse().unwrap())).await.unwrap();
    let [nora, olaf] = partners.as_mut_slice() else { panic!("two") };
    let shared: Vec<_> = BILL.into_iter().chain([("shared", "yes")]).collect();
    let view = [("query", "view=review&cause=statement"), ("id", ""), ("view-name", "Statements"), ("shared", "yes")];
    for browser in [&mut jo, &mut *nora] {
        assert_eq!(browser.post("/desk/macros/new", &shared).await.location(), "/desk/macros?done=macro-saved");
        assert_eq!(browser.post("/desk/views", &view).await.status, StatusCode::SEE_OTHER);
    }
    // Each finds one of the two: that of their own.
    let (house, north) = (only(&app, 90).await.id, only(&app, 93).await.id);
    assert_eq!((only(&app, 92).await.id, only(&app, 94).await.id), (house, north));
    for (browser, own, other) in [(&mut ana, house, north), (olaf, north, house)] {
        let page = browser.get(&format!("/desk/case/{}", case.reference)).await.body;
        assert!(page.contains(&format!("macro/{own}")) && !page.contains(&format!("macro/{other}")), "{page}");
        let list = browser.get("/desk").await.body;
        assert_eq!(list.matches(">Statements<").count(), 1, "{list}");
        let edit = format!("/desk/macros/{other}");
        assert_eq!(browser.get(&edit).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.post(&edit, &shared).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.post(&format!("{edit}/delete"), &[]).await.status, StatusCode::NOT_FOUND);
        let run = format!("/desk/case/{}/macro/{other}", case.reference);
        assert_eq!(browser.get(&run).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.get(&format!("/desk/macros/{own}")).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_macro_is_shown_first_and_does_what_was_confirmed() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    pass(&app, 0).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    jo.post("/desk/macros/new", &BILL).await;
    let id = only(&app, 90).await.id;
    let run = format!("/desk/case/{}/macro/{id}", case.reference);
    let page = jo.get(&run).await.body;
    let filled = format!("Dear Mei Lin, please send a bill for {} by 23 November 2026. Mei Lin", case.reference);
    assert!(page.contains(&filled), "{page}");
    assert!(page.contains("Asked Mei Lin for a bill.") && page.contains("Ask for: A document"));
    assert_eq!(now(&app, &case).await.stage.name(), "review", "nothing happens by looking");

    let version = now(&app, &case).await.version.to_string();
    let fields = [("version", version.as_str()), ("macro-message", "A bill, please."), ("macro-note", "")];
    let got = jo.post(&run, &fields).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Write the note.") && got.body.contains("A bill, please."));
    let fields = [("version", version.as_str()), ("macro-message", "A bill, please."), ("macro-note", "Asked.")];
    let got = jo.post(&run, &fields).await;
    assert!(got.location().ends_with("&done=macro#sending"), "{} {}", got.status, got.body);
    let after = now(&app, &case).await;
    assert!(matches!(after.stage, Stage::Received { ref needs, .. } if *needs == [Need::Document].into()));
    assert!(app.store.snooze_of(case.reference).await.unwrap().unwrap().until_reply);
    let waiting = app.store.pending_of(case.reference, case::AccountId::from_bits(90)).await.unwrap();
    assert_eq!(waiting.iter().map(|p| (p.kind, p.text.as_str())).collect::<Vec<_>>(), [(Writing::Note, "Asked.")]);
    let acts = app.store.acts(9).await.unwrap();
    let applied = format!("{} {id}", case.reference);
    assert_eq!(acts.iter().filter(|(a, _)| a.what == "macro-applied" && a.detail == applied).count(), 1);
}

#[tokio::test]
async fn a_macro_on_a_case_that_moved_does_nothing_and_keeps_the_words() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut jo = worker(&app, 90, "jo", Role::Agent).await;
    let mut li = worker(&app, 91, "li", Role::Agent).await;
    jo.post("/desk/macros/new", &BILL).await;
    let run = format!("/desk/case/{}/macro/{}", case.reference, only(&app, 90).await.id);
    let seen = now(&app, &case).await.version.to_string();
    let both = [("refuse-reason", "Not the holder"), ("refuse-way-out", "Sign in and try again.")];
    assert_eq!(deed(&app, &mut li, &case, "refuse", &both).await.status, StatusCode::SEE_OTHER);
    let fields = [("version", seen.as_str()), ("macro-message", "A bill, please."), ("macro-note", "Asked.")];
    let got = jo.post(&run, &fields).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("The case has changed since you opened it") && got.body.contains("A bill, please."));
    assert!(got.body.contains("Left out: "), "a refused case is asked for nothing");
    assert_eq!(now(&app, &case).await.stage.name(), "refused");
    assert_eq!(app.store.snooze_of(case.reference).await.unwrap(), None);
    // Its words can still be had.
    let fields = [("version", seen.as_str()), ("macro-message", "A bill, please."), ("only-fill", "yes")];
    let got = jo.post(&run, &fields).await;
    assert!(got.location().ends_with("&done=filled#write-reply"), "{}", got.location());
    assert!(jo.get(got.location()).await.body.contains("\nA bill, please.</textarea>"));
}

#[tokio::test]
async fn whoever_has_given_no_name_is_written_to_without_a_gap() {
    let (app, _dir) = testing::app().await;
    let (jo, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let anybody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let english = declaration(&app, "8944770000000000017", &Person::default(), None);
    let chinese = Declaration { lang: case::Lang::ZhCn, ..english.clone() };
    for (declared, text, goes) in [
        (english, "Dear {name}, please wait.", "Dear customer, please wait."),
        (chinese, "尊敬的{name}：您好！", "尊敬的客户：您好！"),
    ] {
        let case = declare(&app, &anybody, declared, Vec::new(), None).await.unwrap();
        let filled = crate::web::desk::macros::filled(&app, jo.id, &case, Writing::Reply, text).await.unwrap();
        assert_eq!(filled, goes);
    }
}
