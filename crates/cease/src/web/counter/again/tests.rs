use axum::http::StatusCode;
use case::{Level, Role};
use jiff::SignedDuration;

use crate::account::totp_now;
use crate::testing::{self, Browser, PASSWORD, authenticator, b64};

/// The form that waits in a page.
fn waiting(body: &str) -> String {
    let form = body.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    form.replace("&#38;", "&")
}

#[tokio::test]
async fn what_somebody_was_doing_goes_on_with_nothing_lost() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let (mut one, mut two) = (authenticator(&app, 1), authenticator(&app, 2));
    browser.add_passkey(&mut one).await;
    browser.add_passkey(&mut two).await;
    testing::advance(&app, SignedDuration::from_mins(10));
    assert_eq!(browser.get("/account/passkeys/new").await.status.as_u16(), 200, "ten minutes");
    testing::advance(&app, SignedDuration::from_secs(1));

    // An opened page.
    let got = browser.get("/account/passkeys/new").await;
    assert_eq!(got.location(), "/account/confirm?next=%2Faccount%2Fpasskeys%2Fnew");
    assert_eq!(browser.post("/passkey", &[("for", "add")]).await.status, StatusCode::FORBIDDEN);
    let before = browser.cookie.clone();
    let got = browser.show("/account/confirm", "confirm", &mut one, &[("to", "/account/passkeys/new")]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/account/passkeys/new"), "{}", got.body);
    assert_ne!(browser.cookie, before, "a new token");
    assert!(testing::visit(&app, "/", &before).await.account.is_none());
    assert_eq!(browser.get("/account/passkeys/new").await.status.as_u16(), 200);

    // A posted form: wrong once, then right, and it is posted as it was.
    testing::advance(&app, SignedDuration::from_mins(11));
    let odd = "a&b=c +%20\u{1f511}中\n\"<";
    let got = browser.post("/account/passkeys/remove", &[("passkey", &b64(&two.id)), ("odd", odd)]).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert_eq!(app.store.passkeys_of(mei.id).await.unwrap().len(), 2, "not yet");
    let form = waiting(&got.body);
    let expected = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("passkey", b64(&two.id).as_str()), ("odd", odd)])
        .finish();
    assert_eq!(form, expected);
    let to = ("to", "/account/passkeys/remove");
    let got = browser.post("/account/confirm", &[to, ("form", &form), ("password", "wrong"), ("code", "")]).await;
    assert_eq!((got.status.as_u16(), waiting(&got.body)), (422, form.clone()), "still there");
    let got = browser.show("/account/confirm", "confirm", &mut one, &[to, ("form", &form)]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/account#passkeys"), "{}", got.body);
    let left: Vec<_> = app.store.passkeys_of(mei.id).await.unwrap().into_iter().map(|p| p.id).collect();
    assert_eq!(left, [one.id.clone()]);
    assert!(browser.visit("/").await.account.is_some(), "and signed in with the last token that was set");
}

#[tokio::test]
async fn a_password_alone_is_not_enough_where_there_is_a_second_factor() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    testing::holder(&app, 2, "tom").await;
    let mut browser = Browser::new(&app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let mut key = authenticator(&app, 1);
    browser.add_passkey(&mut key).await;
    let codes = browser.post("/account/recovery-codes", &[]).await.body;
    let code = codes.split("<span class=\"nowrap\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut tom = Browser::new(&app).await;
    tom.post("/sign-in", &[("login", "tom"), ("password", PASSWORD)]).await;
    let mut toms = authenticator(&app, 2);
    tom.add_passkey(&mut toms).await;

    // Somebody has the password, and signs in with it this minute.
    let mut thief = Browser::new(&app).await;
    thief.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    assert_eq!(thief.visit("/").await.session.unwrap().level, Level::SignedIn);
    for path in ["/account/passkeys/new", "/account/recovery-codes", "/account?set-up"] {
        assert!(
            thief.get(path).await.location().starts_with("/account/confirm?next=/account")
                || thief.get(path).await.location().starts_with("/account/confirm?next=%2Faccount"),
            "{path}"
        );
    }
    for (path, fields) in [
        ("/account/passkeys/remove", vec![("passkey", b64(&key.id))]),
        ("/account/recovery-codes", vec![]),
        ("/account/second-factor/on", vec![("code", "123456".to_owned())]),
        ("/account/second-factor/off", vec![("password", PASSWORD.to_owned())]),
        ("/passkey", vec![("for", "add".to_owned())]),
    ] {
        assert_eq!(thief.post_owned(path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let confirm = [("to", "/account/passkeys/new"), ("password", PASSWORD)];
    assert_eq!(thief.post("/account/confirm", &confirm).await.status.as_u16(), 422, "the password alone");
    let got = thief.show("/account/confirm", "confirm", &mut toms, &[("to", "/account/passkeys/new")]).await;
    assert_eq!(got.status.as_u16(), 422, "another's passkey");
    key.flags = 1;
    let got = thief.show("/account/confirm", "confirm", &mut key, &[("to", "/account/passkeys/new")]).await;
    assert_eq!(got.status.as_u16(), 422, "nobody verified");
    // A code to a contact makes a session fresh, and not this.
    let mut owner = Browser::new(&app).await;
    owner.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    owner.prove(app.store.account_by_login("mei").await.unwrap().unwrap().id).await;
    assert_eq!(owner.get("/account/passkeys/new").await.status.as_u16(), 303);
    // With a recovery code, it is.
    let got = owner
        .post("/account/confirm", &[("to", "/account/passkeys/new"), ("password", PASSWORD), ("recovery", &code)])
        .await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/account/passkeys/new"), "{}", got.body);
    assert_eq!(owner.visit("/").await.session.unwrap().level, Level::SecondFactor);
    // A security key that was told which passkey to use need not say the handle.
    key.flags = 0b101;
    testing::advance(&app, SignedDuration::from_mins(11));
    key.user = Vec::new();
    let got = owner.show("/account/confirm", "confirm", &mut key, &[("to", "/account")]).await;
    assert_eq!(got.status.as_u16(), 303);
}

#[tokio::test]
async fn staff_show_it_again_with_the_app_s_code() {
    let (app, _dir) = testing::app().await;
    let (_, secret) = testing::staff(&app, 2, "lin", Role::Agent).await;
    let code = || totp_now(secret, u64::try_from(app.now().as_second()).unwrap()).unwrap();
    let mut browser = Browser::new(&app).await;
    browser.post("/desk/sign-in", &[("login", "lin"), ("password", PASSWORD), ("code", &code())]).await;
    testing::advance(&app, SignedDuration::from_mins(11));
    assert_eq!(browser.get("/desk").await.status.as_u16(), 200, "the desk itself goes on");
    let got = browser.get("/account/passkeys/new").await;
    let page = browser.get(got.location()).await.body;
    assert!(page.contains("name=\"password\"") && page.contains("name=\"code\"") && !page.contains("data-passkey="));
    for (password, given) in [("wrong", code()), (PASSWORD, "000000".to_owned()), (PASSWORD, String::new())] {
        let fields = [("to", "/account/passkeys/new"), ("password", password), ("code", given.as_str())];
        assert_eq!(browser.post("/account/confirm", &fields).await.status.as_u16(), 422, "{password} {given}");
    }
    let fields = [("to", "/account/passkeys/new"), ("password", PASSWORD), ("code", &code())];
    assert_eq!(browser.post("/account/confirm", &fields).await.location(), "/account/passkeys/new");
    assert_eq!(browser.get("/desk").await.status.as_u16(), 200);
    // What changes a factor makes nothing fresher: the ten minutes run from here.
    testing::advance(&app, SignedDuration::from_mins(9));
    assert_eq!(browser.add_passkey(&mut authenticator(&app, 1)).await.status.as_u16(), 303);
    testing::advance(&app, SignedDuration::from_mins(2));
    assert_eq!(browser.get("/account/passkeys/new").await.status.as_u16(), 303);
}

#[tokio::test]
async fn it_leads_nowhere_else_and_not_round_in_circles() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    assert_eq!(browser.get("/account/confirm").await.location(), "/sign-in?next=/account/confirm");
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    assert_eq!(browser.get("/account/confirm?next=/cancel").await.location(), "/cancel", "it was just now");
    testing::advance(&app, SignedDuration::from_mins(11));
    for evil in ["//evil.example", "https://evil.example", "/\\evil.example", "/account/confirm", "/account/confirm?x"]
    {
        let got = browser.post("/account/confirm", &[("to", evil), ("password", PASSWORD)]).await;
        assert_eq!((got.status.as_u16(), got.location()), (303, "/account"), "{evil}");
    }
    // A form that says a token of its own is posted with ours; what cannot be posted to says so.
    let got = browser
        .post(
            "/account/confirm",
            &[("to", "/account/passkeys/rename"), ("password", PASSWORD), ("form", "passkey=AA&name=x")],
        )
        .await;
    assert_eq!(got.location(), "/account#passkeys", "{}", got.body);
    let got = browser.post("/account/confirm", &[("to", "/nothing"), ("password", PASSWORD), ("form", "a=b")]).await;
    assert_eq!(got.status.as_u16(), 404);
    assert!(browser.visit("/").await.account.is_some());
    // Guessing the password stops.
    for _ in 0..10 {
        browser.post("/account/confirm", &[("to", "/account"), ("password", "wrong")]).await;
    }
    assert_eq!(
        browser.post("/account/confirm", &[("to", "/account"), ("password", PASSWORD)]).await.status.as_u16(),
        422
    );
}
