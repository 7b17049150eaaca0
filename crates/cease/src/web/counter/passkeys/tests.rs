//! Passkeys as their owner uses them, and as somebody would who is not.

use axum::http::StatusCode;
use case::{Level, Role};
use jiff::SignedDuration;
use passkey::Party;

use crate::account::totp_now;
use crate::app::App;
use crate::testing::{self, Browser, PASSWORD, authenticator, shown};

async fn signed_in(browser: &mut Browser, login: &str) {
    let got = browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
}

fn code_now(app: &App, secret: &str) -> String {
    totp_now(secret, u64::try_from(app.now().as_second()).unwrap()).unwrap()
}

async fn who(browser: &Browser) -> Option<(String, Level)> {
    let visit = browser.visit("/").await;
    visit.account.as_ref().map(|a| (a.login.clone(), visit.session.as_ref().unwrap().level))
}

#[tokio::test]
async fn a_passkey_is_added_used_renamed_and_removed() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    signed_in(&mut browser, "mei").await;
    let mut elsewhere = Browser::new(&app).await;
    signed_in(&mut elsewhere, "mei").await;
    let mut phone = authenticator(&app, 1);
    let before = browser.cookie.clone();
    let got = browser.add_passkey(&mut phone).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/account/recovery-codes"), "{}", got.body);
    assert_ne!(browser.cookie, before, "a new token");
    assert_eq!(who(&elsewhere).await, None, "signed out elsewhere");
    let told = testing::sent(&app, 2).await;
    assert!(told.iter().all(|m| m.message.text.contains("A passkey was added")), "{told:?}");
    // The same authenticator's again, and another's for the same account.
    assert_eq!(browser.add_passkey(&mut phone).await.status.as_u16(), 422);
    assert_eq!(browser.add_passkey(&mut authenticator(&app, 2)).await.status.as_u16(), 303);

    let mut fresh = Browser::new(&app).await;
    let got = fresh.show("/sign-in/passkey", "sign-in", &mut phone, &[("next", "/cancel")]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/cancel"), "{}", got.body);
    assert_eq!(who(&fresh).await, Some(("mei".into(), Level::SecondFactor)));
    let page = fresh.get("/account").await.body;
    assert!(page.contains("Last used") && page.contains("Not used yet"), "{page}");

    let name = |id: &[u8]| testing::b64(id);
    let got =
        fresh.post("/account/passkeys/rename", &[("passkey", &name(&phone.id)), ("name", "  我的<手机>\u{7} ")]).await;
    assert_eq!(got.location(), "/account#passkeys");
    assert_eq!(app.store.passkey(&phone.id).await.unwrap().unwrap().name, "我的<手机>");
    assert!(fresh.get("/account").await.body.contains("我的&#60;手机&#62;"));

    let got = fresh.post("/account/passkeys/remove", &[("passkey", &name(&phone.id))]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/account#passkeys"), "{}", got.body);
    let mut again = Browser::new(&app).await;
    assert_eq!(again.show("/sign-in/passkey", "sign-in", &mut phone, &[]).await.status.as_u16(), 422);
    assert_eq!(who(&again).await, None);
    // The last as well: a holder's password is left.
    let got = fresh.post("/account/passkeys/remove", &[("passkey", &name(&[2; 16]))]).await;
    assert_eq!(got.status.as_u16(), 303);
    assert_eq!(who(&fresh).await, Some(("mei".into(), Level::SignedIn)));
}

#[tokio::test]
async fn staff_sign_in_at_the_desk_with_a_passkey_and_keep_their_last_factor() {
    let (app, _dir) = testing::app().await;
    let (lin, secret) = testing::staff(&app, 2, "lin", Role::Agent).await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    let fields = [("login", "lin"), ("password", PASSWORD), ("code", &code_now(&app, secret))];
    assert_eq!(browser.post("/desk/sign-in", &fields).await.status.as_u16(), 303);
    assert!(browser.get("/desk/settings").await.body.contains("/account#passkeys"));
    let mut key = authenticator(&app, 1);
    assert_eq!(browser.add_passkey(&mut key).await.status.as_u16(), 303);
    let mut desk = Browser::new(&app).await;
    let got = desk.show("/desk/sign-in/passkey", "sign-in", &mut key, &[("next", "/desk/settings")]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/desk/settings"));
    assert_eq!(desk.get("/desk").await.status.as_u16(), 200);

    // The authenticator app may go now; the passkey may not any more.
    let got = desk.post("/account/second-factor/off", &[("password", PASSWORD)]).await;
    assert_eq!(got.status.as_u16(), 303, "{}", got.body);
    assert_eq!(desk.get("/desk").await.status.as_u16(), 200, "still a second factor");
    let id = testing::b64(&key.id);
    let got = desk.post("/account/passkeys/remove", &[("passkey", &id)]).await;
    assert_eq!(got.status.as_u16(), 422);
    assert!(got.body.contains("Staff always have a second factor"), "{}", got.body);
    assert_eq!(app.store.passkeys_of(lin.id).await.unwrap().len(), 1);
    // And a password alone opens nothing.
    let mut alone = Browser::new(&app).await;
    for path in ["/desk/sign-in", "/sign-in"] {
        assert_eq!(alone.post(path, &[("login", "lin"), ("password", PASSWORD)]).await.status.as_u16(), 422);
    }

    // A holder's passkey does not open the desk.
    let mut holder = Browser::new(&app).await;
    signed_in(&mut holder, "mei").await;
    let mut theirs = authenticator(&app, 3);
    holder.add_passkey(&mut theirs).await;
    let got = holder.show("/desk/sign-in/passkey", "sign-in", &mut theirs, &[]).await;
    assert_eq!(got.status.as_u16(), 422);
}

#[tokio::test]
async fn an_answer_is_worth_nothing_again_elsewhere_later_or_for_something_else() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    signed_in(&mut browser, "mei").await;
    let mut key = authenticator(&app, 1);
    browser.add_passkey(&mut key).await;

    // Replayed, in the same browser and in another.
    let mut victim = Browser::new(&app).await;
    let challenge = victim.challenge("sign-in").await;
    let answer = shown(&mut key, &challenge);
    let mut thief = Browser::new(&app).await;
    assert_eq!(thief.post_owned("/sign-in/passkey", &answer).await.status.as_u16(), 422, "another browser's challenge");
    let planted = victim.cookie.clone();
    assert_eq!(victim.post_owned("/sign-in/passkey", &answer).await.status.as_u16(), 303);
    assert_ne!(victim.cookie, planted, "a planted session is worth nothing");
    assert!(testing::visit(&app, "/", &planted).await.account.is_none());
    let signed_in = victim.cookie.clone();
    victim.cookie = planted;
    assert_eq!(victim.post_owned("/sign-in/passkey", &answer).await.status.as_u16(), 422, "used");
    victim.cookie = signed_in;

    // For another purpose, in all directions.
    for (asked, path) in
        [("recover", "/sign-in/passkey"), ("confirm", "/sign-in/passkey"), ("sign-in", "/account/confirm")]
    {
        let challenge = victim.challenge(asked).await;
        let answer = shown(&mut key, &challenge);
        assert_eq!(victim.post_owned(path, &answer).await.status.as_u16(), 422, "{asked} at {path}");
    }
    let challenge = victim.challenge("sign-in").await;
    let (client, attestation) = authenticator(&app, 2).create(&challenge);
    let fields = [("client", testing::b64(&client)), ("attestation", testing::b64(&attestation))];
    assert_eq!(victim.post_owned("/account/passkeys/new", &fields).await.status.as_u16(), 422);

    // Too late.
    let challenge = thief.challenge("sign-in").await;
    testing::advance(&app, SignedDuration::from_secs(5 * 60));
    let answer = shown(&mut key, &challenge);
    assert_eq!(thief.post_owned("/sign-in/passkey", &answer).await.status.as_u16(), 422);
    // One that nobody gave.
    let answer = shown(&mut key, &[9; 32]);
    assert_eq!(thief.post_owned("/sign-in/passkey", &answer).await.status.as_u16(), 422);
    assert_eq!(thief.post("/sign-in/passkey", &[]).await.status.as_u16(), 400);
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut key, &[]).await.status.as_u16(), 303, "and rightly");
}

#[tokio::test]
async fn whoever_lies_about_where_who_or_how_is_refused() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    testing::holder(&app, 2, "tom").await;
    let (mut mei, mut tom) = (authenticator(&app, 1), authenticator(&app, 2));
    for (login, key) in [("mei", &mut mei), ("tom", &mut tom)] {
        let mut browser = Browser::new(&app).await;
        signed_in(&mut browser, login).await;
        assert_eq!(browser.add_passkey(key).await.status.as_u16(), 303);
    }
    let mut thief = Browser::new(&app).await;
    let ours = mei.party.clone();
    for party in [
        Party { origin: "http://localhost.evil.example:8080".into(), ..ours.clone() },
        Party { origin: "http://localhost:8081".into(), ..ours.clone() },
        Party { id: "evil.example".into(), ..ours.clone() },
    ] {
        mei.party = party;
        let got = thief.show("/sign-in/passkey", "sign-in", &mut mei, &[]).await;
        assert_eq!(got.status.as_u16(), 422, "{:?}", mei.party);
    }
    mei.party = ours;
    // Touched, but nobody verified; verified by nobody's touch.
    for flags in [0b001, 0b100, 0] {
        mei.flags = flags;
        assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut mei, &[]).await.status.as_u16(), 422, "{flags:b}");
    }
    mei.flags = 0b101;
    // Tom's handle with Mei's key, no handle at all, Mei's name on Tom's key.
    let handle = std::mem::replace(&mut mei.user, tom.user.clone());
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut mei, &[]).await.status.as_u16(), 422);
    mei.user = Vec::new();
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut mei, &[]).await.status.as_u16(), 422);
    mei.user = handle;
    let own = std::mem::replace(&mut tom.id, mei.id.clone());
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut tom, &[]).await.status.as_u16(), 422);
    tom.user = mei.user.clone();
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut tom, &[]).await.status.as_u16(), 422);
    tom.id = own;
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut tom, &[]).await.status.as_u16(), 422);
    assert_eq!(who(&thief).await, None);
    // Every refusal read the same, that of a passkey nobody has among them.
    let mut answers = std::collections::BTreeSet::new();
    mei.flags = 1;
    for key in [&mut mei, &mut tom, &mut authenticator(&app, 7)] {
        let got = thief.show("/sign-in/passkey", "sign-in", key, &[]).await;
        answers.insert((got.status.as_u16(), got.body));
    }
    assert_eq!(answers.len(), 1);

    // A disabled account's.
    mei.flags = 0b101;
    let mut account = app.store.account_by_login("mei").await.unwrap().unwrap();
    account.disabled = true;
    app.store.put_account(account).await.unwrap();
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut mei, &[]).await.status.as_u16(), 422);
}

#[tokio::test]
async fn a_copy_is_refused_and_its_owner_told() {
    let (app, _dir) = testing::app().await;
    let account = testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    signed_in(&mut browser, "mei").await;
    let mut key = authenticator(&app, 2);
    browser.add_passkey(&mut key).await;
    assert_eq!(browser.show("/sign-in/passkey", "sign-in", &mut key, &[]).await.status.as_u16(), 303);
    let already = testing::sent(&app, 2).await.len();
    // The copy was made before that sign-in, so it counts from there.
    key.count -= 1;
    let mut thief = Browser::new(&app).await;
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut key, &[]).await.status.as_u16(), 422);
    let told = testing::sent(&app, already + 2).await;
    assert!(told.iter().any(|m| m.message.text.contains("as only a copy")), "{told:?}");
    assert!(app.store.acts(5).await.unwrap().iter().any(|(act, _)| act.what == "passkey-copied"));
    key.count += 1;
    assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut key, &[]).await.status.as_u16(), 303);
    // Authenticators that do not count are taken as they are.
    let mut silent = authenticator(&app, 4);
    silent.count = 0;
    assert_eq!(thief.add_passkey(&mut silent).await.status.as_u16(), 303);
    for _ in 0..2 {
        assert_eq!(thief.show("/sign-in/passkey", "sign-in", &mut silent, &[]).await.status.as_u16(), 303);
    }
    assert_eq!(app.store.passkeys_of(account.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn others_passkeys_can_be_neither_renamed_nor_removed_nor_taken_over() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::holder(&app, 2, "tom").await;
    let mut browser = Browser::new(&app).await;
    signed_in(&mut browser, "mei").await;
    let mut key = authenticator(&app, 1);
    browser.add_passkey(&mut key).await;
    let mut tom = Browser::new(&app).await;
    signed_in(&mut tom, "tom").await;
    let id = testing::b64(&key.id);
    tom.post("/account/passkeys/rename", &[("passkey", &id), ("name", "Mine")]).await;
    assert_eq!(tom.post("/account/passkeys/remove", &[("passkey", &id)]).await.status.as_u16(), 404);
    // A new key under the id of another's.
    let mut other = authenticator(&app, 3);
    other.id = key.id.clone();
    assert_eq!(tom.add_passkey(&mut other).await.status.as_u16(), 422);
    let kept = app.store.passkey(&key.id).await.unwrap().unwrap();
    assert_eq!((kept.account, kept.name.as_str()), (mei.id, "Key"));
    // A challenge asked for by one account, answered after somebody else has signed in here.
    let challenge = tom.challenge("add").await;
    let (client, attestation) = authenticator(&app, 5).create(&challenge);
    signed_in(&mut tom, "mei").await;
    let fields = [("client", testing::b64(&client)), ("attestation", testing::b64(&attestation))];
    assert_eq!(tom.post_owned("/account/passkeys/new", &fields).await.status.as_u16(), 422);
}

#[tokio::test]
async fn recovery_codes_stand_in_once_for_the_authenticator() {
    let (app, _dir) = testing::app().await;
    let (lin, secret) = testing::staff(&app, 2, "lin", Role::Agent).await;
    let mut browser = Browser::new(&app).await;
    let fields = [("login", "lin"), ("password", PASSWORD), ("code", &code_now(&app, secret))];
    browser.post("/desk/sign-in", &fields).await;
    assert!(browser.get("/account").await.body.contains("None left"));
    let codes = |page: &str| -> Vec<String> {
        page.split("<span class=\"nowrap\">")
            .skip(1)
            .filter_map(|s| s.split('<').next())
            .filter(|c| c.len() == 19)
            .map(str::to_owned)
            .collect()
    };
    let page = browser.post("/account/recovery-codes", &[]).await;
    let old = codes(&page.body);
    assert_eq!((page.status.as_u16(), old.len()), (200, 10), "{}", page.body);
    assert!(page.body.contains(&format!("{}%0A{}", old[0], old[1])), "and as a file");
    let made = codes(&browser.post("/account/recovery-codes", &[]).await.body);
    let sign_in = async |code: &str| {
        let mut fresh = Browser::new(&app).await;
        let fields = [("login", "lin"), ("password", PASSWORD), ("code", ""), ("recovery", code)];
        fresh.post("/desk/sign-in", &fields).await.status.as_u16()
    };
    assert_eq!(sign_in(&old[0]).await, 422, "new ones end the old");
    let before = testing::shelf(&app).messages().len();
    assert_eq!(sign_in(&made[0].to_lowercase().replace('-', " ")).await, 303);
    assert_eq!(sign_in(&made[0]).await, 422, "once");
    let told = testing::sent(&app, before + 2).await;
    assert!(told.iter().any(|m| m.message.text.contains("A recovery code of your account was used")));
    assert!(browser.get("/account").await.body.contains("9 left"));
    // What is kept says nothing of them; another account's are worth nothing here.
    let (jo, _) = testing::staff(&app, 3, "jo", Role::Agent).await;
    let mut other = Browser::new(&app).await;
    let fields = [("login", "jo"), ("password", PASSWORD), ("recovery", &made[1])];
    assert_eq!(other.post("/desk/sign-in", &fields).await.status.as_u16(), 422);
    assert_eq!(app.store.recovery_codes_left(jo.id).await.unwrap(), 0);
    assert_eq!(app.store.recovery_codes_left(lin.id).await.unwrap(), 9);
    // With the wrong password a code is not even looked at.
    let fields = [("login", "lin"), ("password", "not the password 1"), ("recovery", &made[1])];
    assert_eq!(other.post("/desk/sign-in", &fields).await.status.as_u16(), 422);
    assert_eq!(app.store.recovery_codes_left(lin.id).await.unwrap(), 9);
}

#[tokio::test]
async fn a_recovered_password_needs_the_passkey_or_a_recovery_code() {
    const NEW: &str = "another orbit of march 8";
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::holder(&app, 2, "tom").await;
    let mut browser = Browser::new(&app).await;
    signed_in(&mut browser, "mei").await;
    let mut key = authenticator(&app, 1);
    browser.add_passkey(&mut key).await;
    let mut tom = Browser::new(&app).await;
    signed_in(&mut tom, "tom").await;
    let mut toms = authenticator(&app, 2);
    tom.add_passkey(&mut toms).await;
    testing::advance(&app, SignedDuration::from_mins(1));
    let mut stranger = Browser::new(&app).await;
    stranger.post("/recover", &[("login", "mei")]).await;
    let link = testing::sent(&app, 5).await.into_iter().find_map(|m| {
        m.message.text.split_once("?token=").map(|(_, rest)| rest.split(['&', '\n']).next().unwrap().to_owned())
    });
    let mut token = link.unwrap();
    let left = |body: &str| body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let got = stranger.post("/recover/new", &[("token", &token), ("password", NEW)]).await;
    assert_eq!(got.status.as_u16(), 422, "the mailbox alone is not enough");
    token = left(&got.body);
    let got = stranger.show("/recover/new", "recover", &mut toms, &[("token", &token), ("password", NEW)]).await;
    assert_eq!(got.status.as_u16(), 422, "another's passkey");
    token = left(&got.body);
    let got = stranger.show("/recover/new", "recover", &mut key, &[("token", &token), ("password", NEW)]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/recover/new?done=1"), "{}", got.body);
    let changed = app.store.account(mei.id).await.unwrap().unwrap();
    assert!(app.hasher.verify(NEW, changed.password.as_deref()).await);
}

#[tokio::test]
async fn where_the_address_has_no_name_nothing_is_offered() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let bare = testing::configured(&app, |config| config.desk.url = "https://192.0.2.7".into());
    let mut browser = Browser::new(&bare).await;
    assert!(!browser.get("/sign-in").await.body.contains("data-passkey"));
    assert_eq!(browser.post("/passkey", &[("for", "sign-in")]).await.status.as_u16(), 404);
    let page = Browser::new(&app).await.get("/sign-in").await.body;
    assert!(page.contains("data-passkeys-at=\"http://localhost:8080\"") && page.contains("<noscript>"), "{page}");
}
