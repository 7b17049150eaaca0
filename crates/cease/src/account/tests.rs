use case::Role;
use jiff::SignedDuration;
use reach::shelf::Kind;

use super::*;
use crate::app::Shared;
use crate::testing::{self, Browser, PASSWORD};

async fn enter(app: &Shared, browser: &Browser, login: &str, password: &str, code: &str) -> Option<SignedIn> {
    let visit = browser.visit("/sign-in").await;
    match sign_in(app, &visit, Door::Counter, login, password, code).await {
        Ok(signed_in) => Some(signed_in),
        Err(NotSignedIn::Wrong) => None,
        Err(NotSignedIn::Trouble(trouble)) => panic!("{trouble:?}"),
    }
}

fn code_now(app: &App, secret: &str) -> String {
    totp_now(secret, u64::try_from(app.now().as_second()).unwrap()).unwrap()
}

/// The code in the newest message of the shelf.
fn code_in(text: &str) -> String {
    let run = text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6);
    run.unwrap().to_owned()
}

#[tokio::test]
async fn a_holder_signs_in_by_name_mail_or_phone() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    for login in [
        "mei",
        " MEI ",
        "ＭＥＩ",
        "mei@example.com",
        "Mei@Example.com",
        "ｍｅｉ＠example．com",
        "+44 7700 900101",
        "07700 900101",
    ] {
        let signed_in = enter(&app, &Browser::new(&app).await, login, PASSWORD, "").await;
        assert_eq!(signed_in.map(|s| (s.account, s.level)), Some((mei.id, Level::SignedIn)), "{login}");
    }
    let browser = Browser::new(&app).await;
    for (login, password) in [("mei", "wrong"), ("nobody", PASSWORD), ("mei", ""), ("", PASSWORD), ("", "")] {
        assert!(enter(&app, &browser, login, password, "").await.is_none(), "{login}");
    }
}

#[tokio::test]
async fn staff_never_enter_without_a_second_factor() {
    let (app, _dir) = testing::app().await;
    let (lin, secret) = testing::staff(&app, 2, "lin", Role::Agent).await;
    let browser = Browser::new(&app).await;
    assert!(enter(&app, &browser, "lin", PASSWORD, "").await.is_none());
    assert!(enter(&app, &browser, "lin", PASSWORD, "000000").await.is_none());
    let signed_in = enter(&app, &browser, "lin", PASSWORD, &code_now(&app, secret)).await.unwrap();
    assert_eq!(signed_in.level, Level::SecondFactor);
    // Not even where none has been enrolled.
    app.store.put_account(Account { totp: None, ..lin }).await.unwrap();
    assert!(enter(&app, &browser, "lin", PASSWORD, "").await.is_none());
}

#[tokio::test]
async fn a_holder_s_password_does_not_open_the_desk() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let visit = Browser::new(&app).await.visit("/desk/sign-in").await;
    let answer = sign_in(&app, &visit, Door::Desk, "mei", PASSWORD, "").await;
    assert!(matches!(answer, Err(NotSignedIn::Wrong)));
}

#[tokio::test]
async fn an_authenticator_s_code_counts_once() {
    let (app, _dir) = testing::app().await;
    let (lin, secret) = testing::staff(&app, 2, "lin", Role::Agent).await;
    let code = code_now(&app, secret);
    assert!(totp::take(&app, &lin, &code).await.unwrap());
    // The same account as it was read before: the store knows.
    assert!(!totp::take(&app, &lin, &code).await.unwrap());
    let fresh = app.store.account(lin.id).await.unwrap().unwrap();
    assert!(!totp::take(&app, &fresh, &code).await.unwrap());
    testing::advance(&app, SignedDuration::from_secs(30));
    assert!(!totp::take(&app, &fresh, &code).await.unwrap(), "within its tolerance, and used");
    assert!(totp::take(&app, &fresh, &code_now(&app, secret)).await.unwrap());
    testing::advance(&app, SignedDuration::from_secs(120));
    let old = totp_now(secret, u64::try_from(app.now().as_second()).unwrap() - 60).unwrap();
    assert!(!totp::take(&app, &fresh, &old).await.unwrap(), "two steps old");
}

#[tokio::test]
async fn sealed_secrets_open_for_their_account_only() {
    let (app, _dir) = testing::app().await;
    let (one, two) = (AccountId::from_bits(1), AccountId::from_bits(2));
    let sealed = seal_totp(&app, one, "JBSWY3DPEHPK3PXP");
    assert_eq!(open_totp(&app, one, &sealed).as_deref(), Some("JBSWY3DPEHPK3PXP"));
    assert_ne!(open_totp(&app, two, &sealed).as_deref(), Some("JBSWY3DPEHPK3PXP"));
    assert_ne!(seal_totp(&app, one, "JBSWY3DPEHPK3PXP"), sealed, "the keystream is never used twice");
    assert!(!sealed.contains("JBSW"));
    assert_eq!(open_totp(&app, one, "zz"), None);
    // RFC 6238, appendix B, last six digits.
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert_eq!(totp_now(secret, 59).as_deref(), Some("287082"));
    assert_eq!(totp_now(secret, 1_111_111_109).as_deref(), Some("081804"));
}

#[tokio::test]
async fn guessing_stops_and_nobody_is_locked_out_from_elsewhere() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let guesser = Browser::new(&app).await.visit("/sign-in").await;
    for login in ["mei", "nobody"] {
        for _ in 0..10 {
            let answer = sign_in(&app, &guesser, Door::Counter, login, "wrong", "").await;
            assert!(matches!(answer, Err(NotSignedIn::Wrong)), "{login}");
        }
        let answer = sign_in(&app, &guesser, Door::Counter, login, PASSWORD, "").await;
        assert!(matches!(answer, Err(NotSignedIn::Trouble(Trouble::TooMany { .. }))), "{login}: {answer:?}");
    }
    let mut elsewhere = guesser.clone();
    elsewhere.network = "203.0.113".into();
    assert!(sign_in(&app, &elsewhere, Door::Counter, "mei", PASSWORD, "").await.is_ok());
    testing::advance(&app, SignedDuration::from_mins(16));
    assert!(sign_in(&app, &guesser, Door::Counter, "mei", PASSWORD, "").await.is_ok());
}

#[tokio::test]
async fn another_spelling_of_a_number_is_no_other_name() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    // The first has an account, the second has none; and names as they come out of a keyboard for Chinese.
    for spellings in [
        ["mei", "ｍｅｉ", "Ｍei", "meｉ"],
        ["nobody", "ｎobody", "noＢody", "ＮＯＢＯＤＹ"],
        ["+447700900101", "+44 77 00900101", "07700-900101", " 07700 900101"],
        ["+447700900199", "+44 77 00900199", "07700-900199", " 07700 900199"],
    ] {
        let guesser = Browser::new(&app).await.visit("/sign-in").await;
        for (n, login) in spellings.iter().cycle().take(12).enumerate() {
            let door = if n % 2 == 0 { Door::Counter } else { Door::Desk };
            let answer = sign_in(&app, &guesser, door, login, "wrong", "").await;
            let refused = matches!(answer, Err(NotSignedIn::Trouble(Trouble::TooMany { .. })));
            assert_eq!(refused, n >= 10, "{n}: {login}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_code_works_once_here_and_for_this_only() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let visit = Browser::new(&app).await.visit("/confirm").await;
    let id = send_code(&app, &visit, Some(&mei), Contact::Email, "prove").await.unwrap().to_string();
    let sent = testing::sent(&app, 1).await;
    assert_eq!((sent[0].kind, sent[0].message.to.as_str()), (Kind::Mail, "mei@example.com"));
    let code = code_in(&sent[0].message.text);
    let stranger = Browser::new(&app).await.visit("/confirm").await;
    for (visit, purpose) in [(&visit, "case:C7K4-M2QX-D"), (&stranger, "prove")] {
        let answer = answer_code(&app, visit, &id, &code, purpose).await.unwrap();
        assert!(matches!(answer, CodeAnswer::Wrong { .. }), "{purpose}");
    }
    let typed = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(answer_code(&app, &visit, &id, &typed, "prove").await.unwrap(), CodeAnswer::Right(mei.id));
    assert_eq!(answer_code(&app, &visit, &id, &code, "prove").await.unwrap(), CodeAnswer::Gone);
}

#[tokio::test]
async fn a_code_ends_after_five_tries_or_ten_minutes() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let visit = Browser::new(&app).await.visit("/confirm").await;
    let id = send_code(&app, &visit, Some(&mei), Contact::Email, "prove").await.unwrap().to_string();
    let code = code_in(&testing::sent(&app, 1).await[0].message.text);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for left in [4, 3, 2, 1] {
        let answer = answer_code(&app, &visit, &id, wrong, "prove").await.unwrap();
        assert_eq!(answer, CodeAnswer::Wrong { tries_left: left });
    }
    assert_eq!(answer_code(&app, &visit, &id, "12", "prove").await.unwrap(), CodeAnswer::Gone);
    assert_eq!(answer_code(&app, &visit, &id, &code, "prove").await.unwrap(), CodeAnswer::Gone, "the sixth");

    let id = send_code(&app, &visit, Some(&mei), Contact::Email, "prove").await.unwrap().to_string();
    let code = code_in(&testing::sent(&app, 2).await[0].message.text);
    testing::advance(&app, SignedDuration::from_secs(10 * 60 + 1));
    assert_eq!(answer_code(&app, &visit, &id, &code, "prove").await.unwrap(), CodeAnswer::Gone);
}

#[tokio::test]
async fn asking_again_keeps_the_older_code_good() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let visit = Browser::new(&app).await.visit("/confirm").await;
    let first = send_code(&app, &visit, Some(&mei), Contact::Email, "prove").await.unwrap();
    let code = code_in(&testing::sent(&app, 1).await[0].message.text);
    let second = send_code(&app, &visit, Some(&mei), Contact::Phone, "prove").await.unwrap();
    let ids = second.before(&first.to_string());
    assert_eq!(answer_code(&app, &visit, &ids, &code, "prove").await.unwrap(), CodeAnswer::Right(mei.id));
}

#[tokio::test]
async fn a_text_message_fills_itself_in_on_our_host_only() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let visit = Browser::new(&app).await.visit("/confirm").await;
    send_code(&app, &visit, Some(&mei), Contact::Phone, "case:C7K4-M2QX-D").await.unwrap();
    let sent = testing::sent(&app, 1).await;
    let text = &sent[0].message.text;
    assert_eq!((sent[0].kind, sent[0].message.to.as_str()), (Kind::Sms, "+447700900101"));
    assert_eq!(text.lines().last(), Some(format!("@localhost #{}", code_in(text)).as_str()));
    assert!(text.contains("C7K4-M2QX-D") && text.contains("10 minutes"), "{text}");
}

#[tokio::test]
async fn an_unknown_card_is_answered_like_a_known_one() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut mute = testing::account(&app, 3, "mute").await;
    mute.person.phone = None;
    app.store.put_account(mute.clone()).await.unwrap();
    let mut answers = Vec::new();
    for account in [None, Some(&mute), Some(&mei)] {
        let visit = Browser::new(&app).await.visit("/confirm").await;
        let id = send_code(&app, &visit, account, Contact::Phone, "prove").await.unwrap().to_string();
        answers.push((id.len(), answer_code(&app, &visit, &id, "nonsense", "prove").await.unwrap()));
    }
    assert_eq!(answers, [(32, CodeAnswer::Wrong { tries_left: 4 }); 3]);
    assert_eq!(testing::sent(&app, 1).await.len(), 1);
}

#[tokio::test]
async fn codes_are_not_sent_without_end() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let one = Browser::new(&app).await.visit("/confirm").await;
    for _ in 0..5 {
        send_code(&app, &one, Some(&mei), Contact::Email, "prove").await.unwrap();
    }
    let refused = send_code(&app, &one, Some(&mei), Contact::Email, "prove").await;
    assert!(matches!(refused, Err(Trouble::TooMany { .. })));
    // From other browsers the holder gets one more this hour, and the asker cannot tell.
    for _ in 0..3 {
        let other = Browser::new(&app).await.visit("/confirm").await;
        send_code(&app, &other, Some(&mei), Contact::Email, "prove").await.unwrap();
    }
    tokio::task::yield_now().await;
    assert_eq!(testing::sent(&app, 6).await.len(), 6);
}

#[tokio::test]
async fn a_proof_speaks_for_one_account() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let (lin, secret) = testing::staff(&app, 2, "lin", Role::Agent).await;
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    let proves = |visit: &Visit, account: &Account| {
        let case::Actor::Holder { assurance, .. } = visit.holder() else { panic!("a visit is a holder's") };
        (assurance.proves(Some(account.id), app.now()), assurance.level)
    };
    assert_eq!(proves(&browser.visit("/").await, &mei), (true, Level::Code));
    assert!(!proves(&browser.visit("/").await, &lin).0);

    let signed_in = enter(&app, &browser, "lin", PASSWORD, &code_now(&app, secret)).await.unwrap();
    browser.keeps(&signed_in.cookie);
    testing::advance(&app, SignedDuration::from_mins(11));
    assert!(!proves(&browser.visit("/").await, &lin).0, "stale");
    browser.prove(lin.id).await;
    assert_eq!(proves(&browser.visit("/").await, &lin), (true, Level::SecondFactor));
    browser.prove(mei.id).await;
    let visit = browser.visit("/").await;
    assert_eq!(proves(&visit, &mei), (true, Level::Code));
    assert!(visit.staff().is_none() && visit.account.is_none());
}

#[tokio::test]
async fn the_audit_trail_names_no_one() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let browser = Browser::new(&app).await;
    enter(&app, &browser, "mei@example.com", PASSWORD, "").await.unwrap();
    enter(&app, &browser, "mei@example.com", "wrong", "").await;
    ask_recovery(&app, &browser.visit("/recover").await, "mei").await.unwrap();
    let acts = app.store.acts(10).await.unwrap();
    let mut names: Vec<&str> = acts.iter().map(|(act, _)| act.what.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["recovery-asked", "sign-in-failed", "signed-in"]);
    assert!(!format!("{acts:?}").contains("mei"));
}
