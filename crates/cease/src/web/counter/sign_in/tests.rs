use crate::testing::{self, Browser, PASSWORD};

#[tokio::test]
async fn a_new_token_at_sign_in_and_a_dead_one_after() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    let before = browser.cookie.clone();
    let got = browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD), ("next", "/cancel")]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/cancel"), "{}", got.body);
    assert_ne!(browser.cookie, before);
    assert!(testing::visit(&app, "/", &before).await.account.is_none());
    let signed_in = browser.cookie.clone();
    assert!(browser.get("/account").await.body.contains("Mei Lin"));

    let got = browser.post("/sign-out", &[]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/"));
    assert!(testing::visit(&app, "/", &signed_in).await.account.is_none(), "the token is dead on the server");
    assert_eq!(browser.get("/account").await.location(), "/sign-in?next=/account");
}

#[tokio::test]
async fn the_answer_is_the_same_whether_the_account_exists() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    let mut answers = Vec::new();
    for login in ["mei", "meg"] {
        let got = browser.post("/sign-in", &[("login", login), ("password", "wrong password 123")]).await;
        answers.push((got.status.as_u16(), got.body.replace(login, "NAME"), got.headers.len()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 422);
    assert!(answers[0].1.contains("<title>Error: Sign in"), "{}", answers[0].1);
    assert!(!answers[0].1.contains("wrong password 123"));
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    for evil in ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/"] {
        let mut browser = Browser::new(&app).await;
        let got = browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD), ("next", evil)]).await;
        assert_eq!(got.location(), "/account", "{evil}");
    }
}

#[tokio::test]
async fn staff_enter_the_desk_with_both_factors() {
    let (app, _dir) = testing::app().await;
    let (_, secret) = testing::staff(&app, 2, "lin", case::Role::Agent).await;
    let mut browser = Browser::new(&app).await;
    assert_eq!(browser.get("/desk").await.location(), "/desk/sign-in?next=/desk");
    let got = browser.post("/desk/sign-in", &[("login", "lin"), ("password", PASSWORD)]).await;
    assert_eq!(got.status.as_u16(), 422);
    let code = crate::account::totp_now(secret, u64::try_from(app.now().as_second()).unwrap()).unwrap();
    let fields = [("login", "lin"), ("password", PASSWORD), ("code", code.as_str()), ("next", "/account")];
    let got = browser.post("/desk/sign-in", &fields).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/desk"), "{}", got.body);
    assert_eq!(browser.get("/desk").await.status.as_u16(), 200);
    assert_eq!(browser.post("/desk/sign-out", &[]).await.location(), "/desk/sign-in");
    assert_eq!(browser.get("/desk").await.status.as_u16(), 303);
}

#[tokio::test]
async fn what_was_left_empty_is_named_and_nothing_is_looked_up() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    for door in ["/sign-in", "/desk/sign-in"] {
        // More often than wrong names may be tried: an empty form is none.
        for _ in 0..15 {
            let mut browser = Browser::new(&app).await;
            let got = browser.post(door, &[("login", ""), ("password", "")]).await;
            assert_eq!(got.status.as_u16(), 422, "{door}");
            for says in ["<title>Error: Sign in", "Enter your sign-in name.", "Enter your password."] {
                assert!(got.body.contains(says), "{door}: {says}");
            }
            let got = browser.post(door, &[("login", "mei"), ("password", "")]).await;
            assert_eq!(got.status.as_u16(), 422, "{door}");
            assert!(!got.body.contains("Enter your sign-in name."), "{door}");
            assert!(got.body.contains(r#"value="mei""#) && got.body.contains("Enter your password."), "{door}");
        }
    }
}
