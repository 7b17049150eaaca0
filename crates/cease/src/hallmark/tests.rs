use axum::http::StatusCode;
use case::{Actor, Assurance, Declaration, Level, Person};
use jiff::SignedDuration;
use reach::shelf::{Kind, Shelved};

use super::*;
use crate::app::Shared;
use crate::hallmark::phrase::{Bad, Phrases, check};
use crate::testing::{self, Browser, PASSWORD};

async fn signed_in(app: &Shared, account: &store::Account) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SignedIn).await;
    browser
}

async fn choose(browser: &mut Browser, phrase: &str) -> (StatusCode, String) {
    let got = browser.post("/account/phrase", &[("phrase", phrase), ("do", "keep")]).await;
    (got.status, got.body)
}

/// What was sent since `before` messages lay on the shelf, when nothing more is owed.
async fn sent(app: &Shared, before: usize, count: usize) -> Vec<Shelved> {
    while crate::work::round(app).await.unwrap() > 0 {}
    let mut all = testing::sent(app, before + count).await;
    all.truncate(all.len() - before);
    all
}

#[tokio::test]
async fn a_phrase_is_what_somebody_can_know_and_others_cannot_guess() {
    let (app, _dir) = testing::app().await;
    let mei = testing::account(&app, 1, "meilin88").await;
    let check = |text: &str| check(text, &mei, &["Laika Mobile", "莱卡移动"]);
    for (typed, kept) in [
        ("blue whale", "blue whale"),
        ("  Blue \u{3000} whale ", "Blue whale"),
        ("蓝鲸唱歌", "蓝鲸唱歌"),
        ("cafe\u{301} noir", "café noir"),
        ("Grüße, Oma!", "Grüße, Oma!"),
        ("𠮷野家の牛丼", "𠮷野家の牛丼"),
        ("my data card", "my data card"),
    ] {
        assert_eq!(check(typed).as_deref(), Ok(kept), "{typed}");
    }
    for (typed, bad) in [
        ("abc", Bad::Length),
        ("蓝鲸", Bad::Length),
        ("twenty-one characters", Bad::Length),
        ("blue\nwhale", Bad::Characters),
        ("blue\u{202e}whale", Bad::Characters),
        ("blue\u{200b}whale", Bad::Characters),
        ("go to evil.example", Bad::Characters),
        ("http://e.cn/x", Bad::Characters),
        ("me@mail", Bad::Characters),
        ("1234", Bad::Number),
        ("ring 07700900123", Bad::Number),
        ("????", Bad::Number),
        ("12 34 5a", Bad::Number),
        ("password: kettle7", Bad::Secret),
        ("4111 1111 1111 1111", Bad::Secret),
        ("I am from Laika", Bad::Known),
        ("莱卡移动客服", Bad::Known),
        ("Mei Lin here", Bad::Known),
        ("it is meilin88", Bad::Known),
        ("aaaa aaaa", Bad::Known),
    ] {
        assert_eq!(check(typed), Err(bad), "{typed}");
    }
}

#[tokio::test]
async fn the_holder_s_letters_carry_it_and_a_stranger_s_do_not() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let number = testing::card(&app, 1, mei.id).await.iccid.unwrap();
    let number = number.parse().map(case::identify::Identifier::Iccid).unwrap();
    let mut browser = signed_in(&app, &mei).await;
    assert_eq!(choose(&mut browser, "蓝鲸唱歌").await.0, StatusCode::SEE_OTHER);
    let before = sent(&app, 0, 2).await.len();

    // A stranger declares about her card, and gives an address of their own.
    let person = Person { email: Some("stranger@example.net".into()), phone: None, ..mei.person.clone() };
    let declaration = Declaration::of(number, person, app.now());
    let stranger = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let case = crate::act::declare(&app, &stranger, declaration, Vec::new(), None).await.unwrap();
    let letters = sent(&app, before, 3).await;
    let of = |to: &str| letters.iter().find(|s| s.message.to == to).unwrap();
    let hers = &of("mei@example.com").message;
    assert!(hers.text.contains("Your phrase: 蓝鲸唱歌") && hers.html.as_ref().unwrap().contains("蓝鲸唱歌"));
    for letter in letters.iter().filter(|s| s.message.to == "stranger@example.net") {
        let all = format!("{:?}", letter.message);
        assert!(!all.contains("蓝鲸") && !all.contains("phrase"), "{all}");
    }
    assert!(letters.iter().filter(|s| s.kind == Kind::Sms).all(|s| parts(&s.message.text) <= 2));

    // Nor does anything that others may read.
    let journal = app.store.journal(case.reference).await.unwrap();
    // A pack is stored as it is, so that it can be searched.
    let pack = crate::evidence::of(&app, &case, crate::evidence::For::Desk).await.unwrap();
    assert!(!pack.windows(6).any(|w| w == "蓝鲸".as_bytes()) && pack.windows(3).any(|w| w == b"Mei"));
    let mut theirs = Browser::new(&app).await;
    let visit = theirs.visit("/").await;
    visit.change(&app, |session| crate::web::Visit::grant(session, case.reference)).await.unwrap();
    let mut seen = serde_json::to_string(&journal).unwrap();
    for path in ["", "/contact", "/chat", "/receipt"] {
        seen += &theirs.get(&format!("/case/{}{path}", case.reference)).await.body;
    }
    assert!(!seen.contains("蓝鲸"));
    assert_eq!(theirs.get("/account/phrase").await.status, StatusCode::SEE_OTHER);
    let acts = format!("{:?}", app.store.acts(50).await.unwrap());
    assert!(!acts.contains("蓝鲸") && acts.contains("phrase-set"));
}

#[tokio::test]
async fn another_phrase_is_told_under_the_old_one_and_needs_a_fresh_proof() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut browser = signed_in(&app, &mei).await;
    choose(&mut browser, "blue whale").await;
    let first = sent(&app, 0, 2).await;
    assert!(first.iter().all(|s| !s.message.text.contains("blue whale")), "nobody knows it yet");
    let got = browser.get("/account/phrase").await;
    assert!(got.body.contains("blue whale"));

    testing::advance(&app, SignedDuration::from_mins(11));
    let got = browser.get("/account/phrase").await;
    assert!(!got.body.contains("blue whale"), "a screen left alone shows nothing");
    // A code to a contact shows that somebody has the contact, and who took it over has it.
    browser.prove(mei.id).await;
    for fields in [[("phrase", "red kite"), ("do", "keep")], [("phrase", ""), ("do", "forget")]] {
        let got = browser.post("/account/phrase", &fields).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        let waits = fields.iter().all(|(_, typed)| got.body.contains(&typed.replace(' ', "+")));
        assert!(waits, "what was typed goes on afterwards: {}", got.body);
    }
    assert!(!browser.get("/account/phrase").await.body.contains("blue whale"));
    assert_eq!(Phrases::of(&app).get(mei.id).await.unwrap().as_deref(), Some("blue whale"));
    let shown = [("to", "/account/phrase"), ("password", PASSWORD)];
    assert_eq!(browser.post("/account/confirm", &shown).await.location(), "/account/phrase");
    assert_eq!(choose(&mut browser, "red kite").await.0, StatusCode::SEE_OTHER);
    for told in sent(&app, 2, 2).await {
        assert!(!told.message.text.contains("red kite"), "{}", told.message.text);
        if told.kind == Kind::Mail {
            assert!(told.message.text.starts_with("Your phrase: blue whale\n\n"), "{}", told.message.text);
        }
    }
    // What is written from now on carries the new one: here a notice of another change.
    let same = browser.post("/account/phrase", &[("phrase", "red kite"), ("do", "keep")]).await;
    assert_eq!(same.location(), "/account/phrase?done=same");
    browser.post("/account/phrase", &[("do", "forget")]).await;
    assert!(sent(&app, 4, 2).await.iter().any(|s| s.message.text.starts_with("Your phrase: red kite")));
    assert_eq!(app.store.phrase(mei.id).await.unwrap(), None);
    assert_eq!(Phrases::of(&app).get(mei.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_password_is_no_phrase_and_is_not_shown_again() {
    let (app, _dir) = testing::app().await;
    let mut mei = testing::account(&app, 1, "mei").await;
    mei.password = Some(app.hasher.hash("kettle march 27").await.unwrap());
    app.store.put_account(mei.clone()).await.unwrap();
    let mut browser = signed_in(&app, &mei).await;
    for typed in ["kettle march 27", "kettle  march 27 "] {
        let (status, body) = choose(&mut browser, typed).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("This is a password") && !body.contains("kettle"), "{body}");
    }
    assert_eq!(app.store.phrase(mei.id).await.unwrap(), None);
}

#[tokio::test]
async fn it_is_sealed_at_rest_and_no_use_to_another_account() {
    let (app, dir) = testing::app().await;
    let (mei, tom) = (testing::holder(&app, 1, "mei").await, testing::holder(&app, 2, "tom").await);
    let mut browser = signed_in(&app, &mei).await;
    choose(&mut browser, "canary in the mine").await;
    let kept = app.store.phrase(mei.id).await.unwrap().unwrap();
    let mut other = signed_in(&app, &tom).await;
    choose(&mut other, "whale").await;
    assert_eq!(app.store.phrase(tom.id).await.unwrap().unwrap().sealed.len(), kept.sealed.len(), "of any length");
    app.store.put_phrase(tom.id, Some(kept)).await.unwrap();
    assert_ne!(Phrases::of(&app).get(tom.id).await.unwrap().as_deref(), Some("canary in the mine"));
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(18).any(|w| w == b"canary in the mine"));
    }
}

#[tokio::test]
async fn what_we_send_has_a_code_that_the_check_page_knows() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let letters = sent(&app, 0, 2).await;
    let mut anybody = Browser::new(&app).await;
    for letter in &letters {
        let found = code::find(&app.keys, &letter.message.text, false);
        let [code::Found { code, sent: Some(_), .. }] = found.as_slice() else {
            panic!("{found:?} in {}", letter.message.text)
        };
        let named = letter.message.text.contains(" - Check code: ");
        assert_eq!(named, letter.kind == Kind::Sms, "{}", letter.message.text);
        let got = anybody.post("/check", &[("text", code)]).await;
        let by = if letter.kind == Kind::Mail { "by mail" } else { "by text message" };
        assert!(got.body.contains("<h1>Code of a message of ours</h1>"), "{}", got.body);
        assert!(got.body.contains(by) && got.body.contains("22 November 2026"), "{}", got.body);
        let reference = case.reference.to_string();
        for private in ["mei", "Mei", reference.as_str(), "7700900101"] {
            assert!(!got.body.contains(private), "{private}");
        }
    }
    // A code that was copied makes nothing of a false message.
    let code = &code::find(&app.keys, &letters[0].message.text, false)[0].code;
    let fake = format!("Pay the fee at https://laika-refund.example.net now. Check code {code}");
    let got = anybody.post("/check", &[("text", &fake)]).await;
    assert!(!got.body.contains("<h1>Code of a message") && !got.body.contains("<h1>An official"), "{}", got.body);
    assert!(got.body.contains("A code can be copied into a false message"));
    // Nor is a part of one taken for a number to which texts are sent.
    for (code, title) in [
        ("7K4M-2QXD-9PZT", "Not a code of ours"),
        ("7K4M-2210-9PZT", "Not a code of ours"),
        ("8KP-442", "Nobody’s code"),
    ] {
        let got = anybody.post("/check", &[("text", code)]).await;
        assert!(got.body.contains(&format!("<h1>{title}</h1>")), "{}", got.body);
    }
    let got = anybody.post("/check", &[("text", "7K4M-2QXD-9PZT")]).await;
    assert!(got.body.contains("<h1>Not a code of ours</h1>"), "{}", got.body);
    assert!(!got.body.to_lowercase().contains("safe"));
}

#[tokio::test]
async fn what_is_written_about_an_account_is_marked_too() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut browser = signed_in(&app, &mei).await;
    choose(&mut browser, "blue whale").await;
    sent(&app, 0, 2).await;
    browser.post("/recover", &[("login", "mei")]).await;
    let mail = sent(&app, 2, 1).await.into_iter().find(|s| s.kind == Kind::Mail).unwrap().message.text;
    assert!(mail.starts_with("Your phrase: blue whale"), "{mail}");
    let marked = code::find(&app.keys, &mail, false)[0].sent.unwrap();
    assert_eq!((marked.about, marked.by), (code::About::Recovery, code::By::Mail));
    let visit = browser.visit("/").await;
    let before = testing::shelf(&app).messages().len();
    crate::account::send_code(&app, &visit, Some(&mei), crate::account::Contact::Phone, "prove").await.unwrap();
    let text = sent(&app, before, 1).await.remove(0).message.text;
    assert_eq!(code::find(&app.keys, &text, false), [], "a text with a one-time code has no other code in it: {text}");
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("@localhost #"), "browsers fill in what the last line says: {text}");
}

#[test]
fn codes_are_found_however_they_stand_in_a_text() {
    let found = |text: &str| -> Vec<(String, bool)> {
        candidates(text, &[4, 4, 4]).into_iter().map(|c| (c.code.to_uppercase(), c.ours)).collect()
    };
    for text in ["7k4m-2qxd-9pzt", "（７Ｋ４Ｍ－２ＱＸＤ－９ＰＺＴ）", "核验码7K4M–2QXD–9PZT。", "x,7K4M-2QXD-9PZT - y"]
    {
        assert_eq!(found(text), [("7K4M2QXD9PZT".to_owned(), true)], "{text}");
    }
    for text in ["is: 7K4M 2QXD 9PZT.", "x,7K4M2QXD9PZT", "A-7K4M-2QXD-9PZT", "7K4M-2QXD-9PZT-5"] {
        assert_eq!(found(text), [("7K4M2QXD9PZT".to_owned(), false)], "{text}");
    }
    for text in
        ["this text will", "8944 7700 0000", "7K4M--2QXD-9PZT", "7K4M-2QXD-9PZ", "C7JM-Q2XQ-4", "7K4M/2QXD/9PZT"]
    {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_phrase_stands_in_a_text_only_where_there_is_room() {
    let short = "Laika Mobile: there is a message.".to_owned();
    assert_eq!(text(short.clone(), "Code 7K4M", Some("blue whale")), format!("[blue whale] {short} Code 7K4M"));
    assert_eq!(text(short.clone(), "Code 7K4M", None), format!("{short} Code 7K4M"));
    let full = "x".repeat(150);
    assert_eq!(text(full.clone(), "Code 7K4M", Some("blue whale")), format!("{full} Code 7K4M"));
    // A phrase in Chinese makes a text of 70 characters out of one of 160.
    let english = "y".repeat(80);
    assert_eq!(text(english.clone(), "", Some("蓝色的鲸")), english);
    assert_eq!(text("您好".into(), "", Some("蓝色的鲸")), "[蓝色的鲸] 您好");
}

#[test]
fn what_is_never_asked_for_is_said_where_it_costs_no_message_more_and_once() {
    const NEVER: &str = "We never ask for bank card or ID numbers.";
    let said = |text: &str, phrase| text_with(text.to_owned(), NEVER, "K7 2M", phrase);
    assert_eq!(said("Laika: it is held.", None), format!("Laika: it is held. {NEVER} K7 2M"));
    assert_eq!(said(&format!("Held. {NEVER}"), None), format!("Held. {NEVER} K7 2M"));
    let full = "x".repeat(140);
    assert_eq!(said(&full, None), format!("{full} K7 2M"));
    // The holder's own phrase goes first.
    let tight = "x".repeat(110);
    assert_eq!(said(&tight, Some("blue whale sings")), format!("[blue whale sings] {tight} K7 2M"));
    assert_eq!(text_with("保全。".into(), "不索要。", "K7", None), "保全。不索要。K7");
}
