use axum::http::StatusCode;
use case::thread::messages;
use case::{Actor, Assurance, Case, CaseRef, Channel, Command, Level, Role, Stage};
use jiff::SignedDuration;

use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser};

const NUMBER: &str = "8944 7700 0000 0001 236";

/// Mei declares in the chat; her browser and her case.
async fn declared(app: &Shared, email: &str) -> (Browser, Case) {
    let mut browser = Browser::new(app).await;
    let account = testing::holder(app, 77, "mei").await.id;
    let number = testing::card(app, 1, account).await.iccid.unwrap();
    let fields =
        [("do", "declare"), ("words", "Please end my card."), ("number", &*number), ("email", email), ("token", "t1")];
    let got = browser.post("/chat", &fields).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let case = case_at(app, got.location()).await;
    (browser, case)
}

async fn case_at(app: &Shared, path: &str) -> Case {
    let reference: CaseRef = path.strip_prefix("/case/").unwrap().split('/').next().unwrap().parse().unwrap();
    app.store.case(reference).await.unwrap().unwrap()
}

async fn worker(app: &Shared, n: u64, login: &str) -> Browser {
    let (account, _) = testing::staff(app, n, login, Role::Agent).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

async fn says(browser: &mut Browser, case: &Case, text: &str, token: &str, after: &str) -> crate::testing::Got {
    let fields = [("do", "say"), ("said", text), ("token", token), ("after", after)];
    browser.post(&format!("/case/{}/chat", case.reference), &fields).await
}

async fn chat(browser: &mut Browser, case: &Case) -> String {
    let got = browser.get(&format!("/case/{}/chat", case.reference)).await;
    assert_eq!(got.status, StatusCode::OK);
    got.body
}

/// Text, channel and side of every message, notes too.
async fn thread(app: &Shared, case: &Case) -> Vec<(String, Channel, bool)> {
    let journal = app.store.journal(case.reference).await.unwrap();
    messages(&journal).map(|m| (m.text.to_owned(), m.channel, m.by_holder())).collect()
}

async fn letters(app: &Shared) -> usize {
    while crate::work::round(app).await.unwrap() > 0 {}
    testing::shelf(app).messages().len()
}

#[tokio::test]
async fn a_declaration_by_chat_is_one_like_any_other() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "mei@mail.example").await;
    assert_eq!(
        (case.declaration.channel, case.declaration.statement.as_deref()),
        (Channel::Chat, Some("Please end my card."))
    );
    assert!(matches!(case.stage, Stage::Received { .. }));
    assert_eq!(mei.get(&format!("/case/{}/receipt", case.reference)).await.status, StatusCode::OK);
    assert!(chat(&mut mei, &case).await.contains("Please end my card."));
    assert!(letters(&app).await >= 1, "the receipt went out");
    assert_eq!(app.store.chats(true, 9).await.unwrap().len(), 1, "and she waits");
    // The same form again is the same case; in another browser it is another, and nothing of this one.
    let number = case.number.normalised().to_owned();
    let fields = [("do", "declare"), ("words", "Please end my card."), ("number", &*number), ("token", "t1")];
    assert_eq!(case_at(&app, mei.post("/chat", &fields).await.location()).await.reference, case.reference);
    let mut other = Browser::new(&app).await;
    let got = other.post("/chat", &fields).await;
    assert_ne!(case_at(&app, got.location()).await.reference, case.reference);
    assert_eq!(other.get(&format!("/case/{}/chat", case.reference)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_will_not_do_is_said_with_what_was_typed() {
    let (app, _dir) = testing::app().await;
    let mut mei = Browser::new(&app).await;
    for (fields, shows) in [
        ([("words", ""), ("number", NUMBER), ("email", "")], NUMBER),
        ([("words", "my own words"), ("number", "nonsense!"), ("email", "")], "my own words"),
        ([("words", "my own words"), ("number", NUMBER), ("email", "mei@")], "my own words"),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("do", "declare")]).collect();
        let got = mei.post("/chat", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains(shows), "{shows}: {}", got.body);
    }
    let card = [("do", "declare"), ("words", "it is 4111 1111 1111 1111"), ("number", "4111 1111 1111 1111")];
    assert!(!mei.post("/chat", &card).await.body.contains("4111 1"));
    let find = [("do", "find"), ("ref", "nonsense"), ("fact", "")];
    assert_eq!(mei.post("/chat", &find).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mei.post("/chat", &[("do", "nothing")]).await.status, StatusCode::BAD_REQUEST);

    let (mut mei, case) = declared(&app, "").await;
    assert_eq!(says(&mut mei, &case, "  ", "a", "0").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for n in [4_001, 20_000] {
        let long = "长".repeat(n);
        let got = says(&mut mei, &case, &long, "a", "0").await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
        assert!(got.body.contains(&long), "nothing typed is lost");
    }
    assert_eq!(says(&mut mei, &case, "shorter", "a", "0").await.status, StatusCode::SEE_OTHER, "the same form, mended");
    assert_eq!(thread(&app, &case).await.len(), 2);
}

#[tokio::test]
async fn when_nobody_is_there_it_becomes_mail_and_the_page_says_so() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "mei@mail.example").await;
    letters(&app).await;
    assert!(chat(&mut mei, &case).await.contains("nobody is at the chat"), "before and after sending");
    says(&mut mei, &case, "anybody?", "a", "0").await;
    let page = chat(&mut mei, &case).await;
    assert!(page.contains("anybody?") && page.contains("Your message is kept") && page.contains("told by e-mail"));
    // It is Sunday.
    let opens = crate::words::moment(case::Lang::En, app.policy.desk_hours.next_opening(app.now()), &app.policy.zone());
    for page in [page, mei.get("/chat").await.body] {
        assert!(page.contains(&format!("Our desk opens again on {opens}")) && opens.contains("23 November"), "{page}");
    }

    // Mei goes. The agent is told that the answer goes as a letter, and it does.
    testing::advance(&app, SignedDuration::from_mins(5));
    let before = letters(&app).await;
    let mut lin = worker(&app, 9, "lin").await;
    let path = format!("/desk/case/{}", case.reference);
    assert!(lin.get(&path).await.body.contains("this goes as a letter"));
    let to = format!("/desk/chat/{}", case.reference);
    let got = lin.post(&to, &[("chat-text", "Here I am."), ("way", "letter")]).await;
    assert!(got.location().contains("done=reply"), "{}", got.body);
    assert_eq!(thread(&app, &case).await.last().unwrap(), &("Here I am.".to_owned(), Channel::Web, false));
    assert!(letters(&app).await > before, "on every known contact");
    assert!(app.store.chats(true, 9).await.unwrap().is_empty(), "she has her answer");
}

#[tokio::test]
async fn both_sides_chat_and_no_letter_goes() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "mei@mail.example").await;
    let mut lin = worker(&app, 9, "lin").await;
    assert!(lin.post("/desk/chats", &[("do", "take")]).await.location().ends_with("/desk/chats"));
    let list = lin.get("/desk/chats").await.body;
    assert!(list.contains(&case.reference.to_string()) && list.contains("You take chats"));
    assert!(chat(&mut mei, &case).await.contains("number 1 in the queue"));
    assert!(lin.get(&format!("/desk/case/{}", case.reference)).await.body.contains("reads this at once"));
    let before = letters(&app).await;
    testing::advance(&app, SignedDuration::from_secs(20));
    let to = format!("/desk/chat/{}", case.reference);
    let got = lin.post(&to, &[("chat-text", "Good day."), ("way", "chat")]).await;
    assert!(got.location().contains("done=chatted"), "{}", got.location());
    assert_eq!(thread(&app, &case).await.last().unwrap(), &("Good day.".to_owned(), Channel::Chat, false));
    assert_eq!(letters(&app).await, before, "no letter");
    let page = chat(&mut mei, &case).await;
    assert!(page.contains("Good day.") && page.contains("The desk is here") && !page.contains("Lin"), "{page}");
    // Whoever answered is with her: what she says next starts no queue. Once they are gone, it does.
    lin.get(&format!("/desk/case/{}", case.reference)).await;
    says(&mut mei, &case, "Thank you.", "thanks", "1").await;
    let page = chat(&mut mei, &case).await;
    assert!(page.contains("Someone at the desk is with you") && !page.contains("in the queue"), "{page}");
    // Had the page said "chat" while the holder left, it goes as a letter all the same.
    testing::advance(&app, SignedDuration::from_mins(2));
    lin.post(&to, &[("chat-text", "Are you there?"), ("way", "chat")]).await;
    assert_eq!(thread(&app, &case).await.last().unwrap().1, Channel::Web);
    let empty = lin.post(&to, &[("chat-text", " "), ("way", "chat")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains(r##"href="#f-chat-text""##), "{}", empty.body);
    let long = "x".repeat(4001);
    let got = lin.post(&to, &[("chat-text", &long), ("way", "chat")]).await;
    assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.contains(&long));
    // Who stops, is not there for anybody.
    lin.post("/desk/chats", &[("do", "stop")]).await;
    assert_eq!(app.live.takers(app.now()), 0);
}

#[tokio::test]
async fn a_message_is_one_however_often_its_form_is_sent() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "").await;
    let after = case.version.to_string();
    for _ in 0..3 {
        assert_eq!(says(&mut mei, &case, "once", "same", &after).await.status, StatusCode::SEE_OTHER);
    }
    let said = |t: &[(String, Channel, bool)]| t.iter().filter(|m| m.0 == "once").count();
    assert_eq!(said(&thread(&app, &case).await), 1);
    says(&mut mei, &case, "once", "another", &after).await;
    assert_eq!(said(&thread(&app, &case).await), 2, "said again on purpose");
    // The first try never came to its commit: the form is known, its message is not there.
    let now = app.store.case(case.reference).await.unwrap().unwrap();
    let key = format!("chat:{}:lost", crate::keys::hex_of(&mei.visit("/").await.session.unwrap().id[..8]));
    app.store.hit(&key, app.now(), SignedDuration::from_hours(24), 1).await.unwrap();
    says(&mut mei, &case, "once", "lost", &now.version.to_string()).await;
    assert_eq!(said(&thread(&app, &case).await), 3, "none lost");
}

#[tokio::test]
async fn a_note_is_never_in_the_holder_s_thread() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "").await;
    let agent = Actor::Agent { staff: case::AccountId::from_bits(9), role: Role::Agent };
    for channel in Channel::ALL {
        let note = Command::Note { text: format!("between us {channel:?}"), channel };
        act::act(&app, case.reference, &agent, &note).await.unwrap();
    }
    assert!(!chat(&mut mei, &case).await.contains("between us"));
    let mut lin = worker(&app, 9, "lin").await;
    let page = lin.get(&format!("/desk/case/{}", case.reference)).await.body;
    let panel = page.split("id=\"chat\"").nth(1).unwrap().split("</details>").next().unwrap();
    assert!(!panel.contains("between us"), "nor in the chat at the desk, where it would be taken for said");
}

#[tokio::test]
async fn a_badge_counts_only_what_was_shown_for_this_case_s_account() {
    let (app, _dir) = testing::app().await;
    let (_, case) = declared(&app, "").await;
    let (mei, tom) = (case.account.unwrap(), case::AccountId::from_bits(5));
    for (level, account, text) in [
        (Level::Nothing, None, "first"),
        (Level::SignedIn, Some(tom), "second"),
        (Level::Code, Some(mei), "third"),
        (Level::SignedIn, Some(mei), "fourth"),
    ] {
        let assurance = Assurance { level, account, at: Some(app.now()) };
        let say = Command::Say { text: text.into(), channel: Channel::Chat, files: Vec::new() };
        act::act(&app, case.reference, &Actor::Holder { account, assurance }, &say).await.unwrap();
    }
    let mut lin = worker(&app, 9, "lin").await;
    let page = lin.get(&format!("/desk/case/{}", case.reference)).await.body;
    let panel = page.split("id=\"chat\"").nth(1).unwrap().split("</details>").next().unwrap();
    let badges: Vec<_> = ["unverified", "code answered", "signed in"].map(|b| panel.matches(b).count()).into();
    assert_eq!(badges, [3, 1, 1], "the declaration, the first and the second; {panel}");
}

#[tokio::test]
async fn the_queue_is_counted_and_the_wait_is_measured() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "").await;
    let mut lin = worker(&app, 9, "lin").await;
    lin.post("/desk/chats", &[("do", "take")]).await;
    assert!(chat(&mut mei, &case).await.contains("cannot say yet"));
    for n in 0..5_u64 {
        let reference = CaseRef::from_bits(100 + n);
        app.store.chat_asked(reference, app.now() - SignedDuration::from_secs(170)).await.unwrap();
        app.store.chat_answered(reference, app.now()).await.unwrap();
    }
    assert!(chat(&mut mei, &case).await.contains("answered within 3 minutes"));
    // Somebody who asked before and is still there goes first; who has left does not.
    for (n, here) in [(200, true), (201, false)] {
        let reference = CaseRef::from_bits(n);
        app.store.chat_asked(reference, app.now() - SignedDuration::from_secs(30)).await.unwrap();
        if here {
            app.live.sit(n, crate::live::Place::Chat(reference), None, None, app.now());
        }
    }
    assert!(chat(&mut mei, &case).await.contains("number 2 in the queue"));
}

#[tokio::test]
async fn staff_see_each_other_and_holders_see_no_names() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "").await;
    let (mut lin, mut maria) = (worker(&app, 9, "lin").await, worker(&app, 10, "maria").await);
    let path = format!("/desk/case/{}", case.reference);
    let reference = case.reference.to_string();
    lin.post("/live/here", &[("case", &reference), ("typing", "yes")]).await;
    assert!(maria.get(&path).await.body.contains("Mei Lin is typing"), "the name of every account in tests");
    assert!(maria.get("/desk/here").await.body.contains("is typing"));
    assert!(!lin.get("/desk/here").await.body.contains("is typing"), "nobody is told of themselves");
    let page = chat(&mut mei, &case).await;
    assert!(page.contains("Someone at the desk is typing") && !page.contains("Mei Lin"));
    lin.post("/live/here", &[("case", &reference), ("gone", "yes")]).await;
    assert!(!chat(&mut mei, &case).await.contains("is typing"));
    // An answer that went by the case page ends the waiting too.
    let agent = Actor::Agent { staff: case::AccountId::from_bits(9), role: Role::Agent };
    act::act(&app, case.reference, &agent, &Command::say("by letter")).await.unwrap();
    let list = lin.get("/desk/chats").await.body;
    assert!(list.contains("Nobody waits"), "{list}");
}

#[tokio::test]
async fn an_admin_sees_numbers_and_no_case() {
    let (app, _dir) = testing::app().await;
    let (_, case) = declared(&app, "").await;
    let (account, _) = testing::staff(&app, 9, "ada", Role::Admin).await;
    let mut ada = Browser::new(&app).await;
    ada.sign_in(account.id, Level::SecondFactor).await;
    let page = ada.get("/desk/chats").await;
    assert!(page.body.contains("One chat waits") && !page.body.contains(&case.reference.to_string()));
    assert_eq!(ada.post("/desk/chats", &[("do", "take")]).await.status, StatusCode::FORBIDDEN);
    let to = format!("/desk/chat/{}", case.reference);
    assert_eq!(ada.post(&to, &[("chat-text", "hello"), ("way", "chat")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.get("/desk/here").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_page_is_there_in_both_languages() {
    let (app, _dir) = testing::app().await;
    let (mut mei, case) = declared(&app, "").await;
    let mut lin = worker(&app, 9, "lin").await;
    for lang in ["en", "zh-CN"] {
        let html = format!("lang=\"{lang}\"");
        assert!(mei.get(&format!("/chat?lang={lang}")).await.body.contains(&html));
        assert!(mei.get(&format!("/case/{}/chat?lang={lang}", case.reference)).await.body.contains(&html));
        assert!(lin.get(&format!("/desk/chats?lang={lang}")).await.body.contains(&html));
    }
}
