use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use axum::http::StatusCode;
use case::{Agency, Level, Role, Timestamp};
use jiff::SignedDuration;
use oidc::soft::{Sign, Soft};
use oidc::{Discovery, Keys, identity};
use reach::oidc::{Failed, Provider};
use serde_json::json;
use store::Account;
use tempfile::TempDir;

use crate::app::Shared;
use crate::config::Oidc;
use crate::testing::{self, Browser, Got};

const ISSUER: &str = "https://id.example";

/// A provider in software, asked without a network. Keys are remembered as the connector remembers them, without its
/// clock.
struct InProcess {
    soft: Mutex<Soft>,
    kept: Mutex<Option<Keys>>,
    down: Mutex<bool>,
}

impl InProcess {
    fn soft(&self) -> MutexGuard<'_, Soft> {
        self.soft.lock().unwrap()
    }

    fn up(&self) -> Result<(), Failed> {
        if *self.down.lock().unwrap() { Err(Failed::Away("it is down".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Provider for InProcess {
    async fn discovery(&self, _: Timestamp) -> Result<Discovery, Failed> {
        self.up()?;
        Ok(Discovery::read(self.soft().discovery().to_string().as_bytes(), ISSUER).unwrap())
    }

    async fn keys(&self, _: Timestamp, newer: bool) -> Result<Keys, Failed> {
        self.up()?;
        let mut kept = self.kept.lock().unwrap();
        if newer || kept.is_none() {
            *kept = Some(Keys::read(self.soft().jwks().to_string().as_bytes()).unwrap());
        }
        Ok(kept.clone().unwrap())
    }

    async fn redeem(&self, now: Timestamp, code: &str, verifier: &str) -> Result<String, Failed> {
        self.up()?;
        let form: HashMap<String, String> = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "http://localhost:8080/desk/sign-in/back"),
            ("code_verifier", verifier),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let basic = "Basic ZGVzazphK3NlY3JldCUzQStvZiUyRnRoZSUyQmRlc2slMjZpdHMrb3du";
        match self.soft().token(basic, &form, now.as_second()) {
            (200, said) => Ok(said["id_token"].as_str().unwrap().to_owned()),
            (_, said) => Err(Failed::Refused(said["error"].as_str().unwrap().to_owned())),
        }
    }
}

fn config() -> Oidc {
    toml::from_str(
        r#"
        issuer = "https://id.example"
        name = "Example ID"
        client_id = "desk"
        client_secret = "a secret: of/the+desk&its own"
        groups = [
            { is = "agents", role = "agent" },
            { is = "leads", role = "approver" },
            { is = "north", role = "agent", agency = "north" },
        ]
        "#,
    )
    .unwrap()
}

struct World {
    app: Shared,
    provider: Arc<InProcess>,
    _dir: TempDir,
}

async fn world() -> World {
    let (app, dir) = testing::app().await;
    let redirect = Oidc::redirect(&app.config.desk.url);
    let mut soft = Soft::new(ISSUER, &redirect);
    soft.person(json!({ "sub": "u-1", "name": "Nora Beck", "groups": ["agents"] }));
    let provider = Arc::new(InProcess { soft: Mutex::new(soft), kept: Mutex::default(), down: Mutex::default() });
    let app = testing::trusting(&app, config(), provider.clone());
    provider.soft().asked_at = app.now().as_second();
    World { app, provider, _dir: dir }
}

/// Where the page of going leads.
fn leads(got: &Got) -> String {
    let refresh = got.headers.get("refresh").expect("a page that goes on").to_str().unwrap();
    refresh.strip_prefix("0; url=").unwrap().to_owned()
}

impl World {
    async fn browser(&self) -> Browser {
        Browser::new(&self.app).await
    }

    fn now(&self) -> i64 {
        self.app.now().as_second()
    }

    /// What the provider sends a browser back with, that comes with this address.
    fn ask(&self, url: &str) -> String {
        let (_, query) = url.split_once('?').unwrap();
        let query: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let back = self.provider.soft().authorize(&query, self.now()).unwrap();
        back.strip_prefix("http://localhost:8080").unwrap().to_owned()
    }

    async fn to_provider(&self, browser: &mut Browser, next: &str) -> String {
        let got = browser.post("/desk/sign-in/with", &[("next", next)]).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        leads(&got)
    }

    async fn sign_in(&self, browser: &mut Browser) -> Got {
        let url = self.to_provider(browser, "/desk").await;
        browser.get(&self.ask(&url)).await
    }

    async fn account(&self) -> Option<Account> {
        let found = self.app.store.federated(&identity(ISSUER, "u-1")).await.unwrap()?;
        self.app.store.account(found.account).await.unwrap()
    }

    async fn acts(&self) -> Vec<String> {
        let acts = self.app.store.acts(50).await.unwrap();
        acts.into_iter().map(|(act, _)| format!("{} {}", act.what, act.detail).trim().to_owned()).collect()
    }
}

fn refused(got: &Got) -> bool {
    got.status == StatusCode::FORBIDDEN && got.headers.get("set-cookie").is_none()
}

#[tokio::test]
async fn staff_sign_in_with_the_provider_and_are_what_their_groups_say() {
    let world = world().await;
    let mut browser = world.browser().await;
    let page = browser.get("/desk/sign-in?next=/desk/chats").await.body;
    assert!(page.contains("Sign in with Example ID") && page.contains("name=\"password\""), "{page}");
    let before = browser.cookie.clone();
    let url = world.to_provider(&mut browser, "/desk/chats").await;
    for part in ["response_type=code", "code_challenge_method=S256", "max_age=43200", "ui_locales=en", "prompt="] {
        assert_eq!(url.contains(part), part != "prompt=", "{part} in {url}");
    }
    assert!(url.starts_with("https://id.example/authorize?"));
    let got = browser.get(&world.ask(&url)).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/desk/chats"), "{}", got.body);
    assert_ne!(browser.cookie, before, "a new token");
    assert_eq!(browser.get("/desk/chats").await.status, StatusCode::OK);
    let account = world.account().await.unwrap();
    assert_eq!((account.role, account.agency.clone()), (Some(Role::Agent), None));
    assert_eq!((account.person.name.as_str(), account.person.email.as_deref()), ("Nora Beck", None));
    assert!(account.password.is_none() && account.login.starts_with("oidc:"));
    let session = browser.visit("/").await.session.unwrap();
    assert_eq!(session.level, Level::SecondFactor);
    let acts = world.acts().await;
    assert!(acts.contains(&"staff-added oidc".into()) && acts.contains(&"signed-in oidc".into()), "{acts:?}");

    // At the next sign-in they are what their groups say then; what was open ends.
    world.provider.soft().person(json!({ "sub": "u-1", "name": "Nora B.", "groups": ["leads", "agents"] }));
    let mut other = world.browser().await;
    world.sign_in(&mut other).await;
    let now = world.account().await.unwrap();
    assert_eq!((now.id, now.role, now.person.name.as_str()), (account.id, Some(Role::Approver), "Nora B."));
    assert_eq!(browser.get("/desk").await.location(), "/desk/sign-in?next=/desk");
    assert!(world.acts().await.contains(&"staff-changed oidc approver".into()));
    world.provider.soft().person(json!({ "sub": "u-1", "name": "Nora B.", "groups": ["north"] }));
    world.sign_in(&mut other).await;
    let now = world.account().await.unwrap();
    assert_eq!((now.role, now.agency.as_ref().map(Agency::as_str)), (Some(Role::Agent), Some("north")));
}

#[tokio::test]
async fn whoever_has_no_group_left_is_out_everywhere() {
    let world = world().await;
    let mut old = world.browser().await;
    world.sign_in(&mut old).await;
    assert_eq!(old.get("/desk").await.status, StatusCode::OK);
    for groups in [json!([]), json!(["agents", "north"]), json!(["else"])] {
        world.provider.soft().person(json!({ "sub": "u-1", "name": "Nora Beck", "groups": groups }));
        let mut browser = world.browser().await;
        let got = world.sign_in(&mut browser).await;
        assert!(refused(&got) && got.body.contains("There is no work here under your name"), "{}", got.body);
        assert!(browser.visit("/").await.account.is_none());
        assert_eq!(old.get("/desk").await.location(), "/desk/sign-in?next=/desk", "signed out elsewhere");
        let account = world.account().await.unwrap();
        assert_eq!((account.role, account.agency, account.person.email), (None, None, None));
    }
    assert!(world.acts().await.contains(&"staff-left oidc".into()));
    world.provider.soft().person(json!({ "sub": "u-1", "name": "Nora Beck", "groups": ["agents"] }));
    world.sign_in(&mut old).await;
    assert_eq!(old.get("/desk").await.status, StatusCode::OK, "and in again with a group");

    // Who never had one leaves nothing behind.
    world.provider.soft().person(json!({ "sub": "u-2", "name": "Ann", "groups": [] }));
    let got = world.sign_in(&mut world.browser().await).await;
    assert!(refused(&got));
    assert_eq!(world.app.store.federated(&identity(ISSUER, "u-2")).await.unwrap(), None);
}

#[tokio::test]
async fn nobody_is_known_by_an_address() {
    let world = world().await;
    let (lin, _) = testing::staff(&world.app, 2, "lin", Role::Approver).await;
    let mail = lin.person.email.clone().unwrap();
    let me = json!({ "sub": "u-1", "name": "Lin", "groups": ["agents"], "email": mail, "email_verified": true,
                     "preferred_username": "lin" });
    world.provider.soft().person(me.clone());
    world.sign_in(&mut world.browser().await).await;
    let account = world.account().await.unwrap();
    assert_ne!(account.id, lin.id);
    assert_eq!((account.role, account.person.email.as_deref()), (Some(Role::Agent), Some(mail.as_str())));
    assert_eq!(world.app.store.account(lin.id).await.unwrap(), Some(lin), "left alone");
    // One that the provider has not verified is not kept at all.
    for verified in [json!(false), json!("true"), json!(null)] {
        let mut me = me.clone();
        me["email_verified"] = verified;
        world.provider.soft().person(me);
        world.sign_in(&mut world.browser().await).await;
        assert_eq!(world.account().await.unwrap().person.email, None);
    }
    // Another subject of the same address is another person.
    world
        .provider
        .soft()
        .person(json!({ "sub": "u-3", "name": "Lin", "groups": ["agents"], "email": mail, "email_verified": true }));
    world.sign_in(&mut world.browser().await).await;
    let third = world.app.store.federated(&identity(ISSUER, "u-3")).await.unwrap().unwrap();
    assert_ne!(third.account, account.id);
}

#[tokio::test]
async fn a_state_is_good_once_here_and_not_for_long() {
    let world = world().await;
    let mut mine = world.browser().await;
    let mut theirs = world.browser().await;
    // Somebody else's answer, slipped to me: I am not signed in as them.
    let url = world.to_provider(&mut theirs, "/desk").await;
    let back = world.ask(&url);
    let got = mine.get(&back).await;
    assert!(refused(&got), "{}", got.body);
    assert!(mine.visit("/").await.account.is_none());
    assert_eq!(world.provider.soft().tried, 0, "their code was not even shown to the provider");
    // Theirs goes on, once.
    assert_eq!(theirs.get(&back).await.status.as_u16(), 303);
    let signed_in = theirs.cookie.clone();
    assert!(refused(&theirs.get(&back).await), "played again");
    assert_eq!(theirs.cookie, signed_in);
    assert_eq!(world.provider.soft().tried, 1);
    // Changed, missing, another one's, too late.
    let url = world.to_provider(&mut mine, "/desk").await;
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let back = world.ask(&url);
    let changed = back.replace(&state, &format!("A{}", &state[1..]));
    for wrong in
        [changed.as_str(), "/desk/sign-in/back", "/desk/sign-in/back?code=x&state=", &back.replace("state=", "stat=")]
    {
        assert!(refused(&mine.get(wrong).await), "{wrong}");
    }
    testing::advance(&world.app, SignedDuration::from_mins(10));
    assert!(refused(&mine.get(&back).await), "ten minutes");
    // A code of one request in the answer to another: the provider wants its verifier.
    let (one, two) = (world.to_provider(&mut mine, "/desk").await, world.to_provider(&mut mine, "/desk").await);
    let code = |back: &str| back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let (one, two) = (world.ask(&one), world.ask(&two));
    assert!(refused(&mine.get(&one.replace(&code(&one), &code(&two))).await));
    assert!(mine.visit("/").await.account.is_none());
    // The answer of another provider.
    let url = world.to_provider(&mut mine, "/desk").await;
    let back = world.ask(&url).replace("id.example", "evil.example");
    let tried = world.provider.soft().tried;
    assert!(refused(&mine.get(&back).await));
    let url = world.to_provider(&mut mine, "/desk").await;
    let back = world.ask(&url).replace("&iss=", "&was=");
    assert!(refused(&mine.get(&back).await), "this provider always says who it is");
    assert_eq!(world.provider.soft().tried, tried, "its code went nowhere");
}

#[tokio::test]
async fn a_token_that_is_not_right_in_every_word_opens_nothing() {
    let world = world().await;
    let now = world.now();
    for lie in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another-client" }),
        json!({ "aud": ["desk", "another-client"] }),
        json!({ "azp": "another-client" }),
        json!({ "exp": now - 61 }),
        json!({ "iat": now - 3600, "exp": now + 300 }),
        json!({ "auth_time": null }),
        json!({ "auth_time": now - 13 * 3600 }),
        json!({ "sub": null }),
    ] {
        world.provider.soft().lie(lie.clone());
        let mut browser = world.browser().await;
        let got = world.sign_in(&mut browser).await;
        assert!(refused(&got) && got.body.contains("did not work"), "{lie}: {}", got.status);
        assert!(browser.visit("/").await.account.is_none(), "{lie}");
    }
    world.provider.soft().lie(json!({}));
    for sign in [Sign::None, Sign::PublicKeyAsSecret, Sign::OtherKey, Sign::Confused] {
        world.provider.soft().sign = sign;
        let got = world.sign_in(&mut world.browser().await).await;
        assert!(refused(&got), "{sign:?}");
    }
    assert_eq!(world.account().await, None, "nobody was made");
    let acts = world.acts().await;
    assert!(acts.iter().all(|act| act == "sign-in-failed oidc") && acts.len() == 15, "{acts:?}");
}

#[tokio::test]
async fn a_new_key_is_fetched_and_one_that_never_was_signs_nobody_in() {
    let world = world().await;
    world.sign_in(&mut world.browser().await).await;
    world.provider.soft().rotate("key-2");
    let got = world.sign_in(&mut world.browser().await).await;
    assert_eq!((got.status.as_u16(), world.provider.soft().fetched), (303, 2));
    let got = world.sign_in(&mut world.browser().await).await;
    assert_eq!((got.status.as_u16(), world.provider.soft().fetched), (303, 2));
}

#[tokio::test]
async fn nobody_is_led_elsewhere_afterwards() {
    let world = world().await;
    for evil in ["//evil.example", "https://evil.example", "/\\evil.example", "/desk/../../evil", "/account", ""] {
        let mut browser = world.browser().await;
        let url = world.to_provider(&mut browser, evil).await;
        assert!(!url.contains("evil"), "{url}");
        let got = browser.get(&world.ask(&url)).await;
        let to = got.location();
        assert!(to == "/desk" || to.starts_with("/desk/") && !to.contains("//"), "{evil} led to {to}");
    }
}

#[tokio::test]
async fn what_the_provider_refuses_or_does_not_answer_is_said_and_others_go_on() {
    let world = world().await;
    let mut browser = world.browser().await;
    let url = world.to_provider(&mut browser, "/desk").await;
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let denied = format!(
        "/desk/sign-in/back?error=access_denied&error_description=%3Cb%3Ehi&iss=https%3A%2F%2Fid.example&state={state}"
    );
    let got = browser.get(&denied).await;
    assert!(refused(&got) && got.body.contains("did not let you in"), "{}", got.body);
    assert!(!got.body.contains("<b>hi"));
    assert!(refused(&browser.get(&denied).await), "once");
    *world.provider.down.lock().unwrap() = true;
    let got = browser.post("/desk/sign-in/with", &[]).await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(got.body.contains("Example ID does not answer") && got.body.contains("name=\"password\""));
    let (_, secret) = testing::staff(&world.app, 2, "lin", Role::Agent).await;
    let code = crate::account::totp_now(secret, u64::try_from(world.now()).unwrap()).unwrap();
    let got =
        browser.post("/desk/sign-in", &[("login", "lin"), ("password", testing::PASSWORD), ("code", &code)]).await;
    assert_eq!((got.status.as_u16(), got.location()), (303, "/desk"));
}

#[tokio::test]
async fn whoever_is_disabled_here_stays_so_whatever_the_provider_says() {
    let world = world().await;
    let mut browser = world.browser().await;
    world.sign_in(&mut browser).await;
    let account = world.account().await.unwrap();
    world.app.store.put_account(Account { disabled: true, ..account }).await.unwrap();
    assert_eq!(browser.get("/desk").await.location(), "/desk/sign-in?next=/desk");
    assert!(refused(&world.sign_in(&mut browser).await));
    assert!(browser.visit("/").await.account.is_none());
}

#[tokio::test]
async fn nothing_of_ours_lets_them_in_beside_the_provider() {
    let world = world().await;
    world.provider.soft().person(json!({ "sub": "u-1", "name": "Nora", "groups": ["agents"], "email": "nora@example.com", "email_verified": true }));
    let mut browser = world.browser().await;
    world.sign_in(&mut browser).await;
    let account = world.account().await.unwrap();
    let page = browser.get("/account").await.body;
    assert!(
        page.contains("looked after there")
            && !page.contains("/account/passkeys/new")
            && !page.contains("second-factor"),
        "{page}"
    );
    assert_eq!(browser.post("/passkey", &[("for", "add")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/account/second-factor/on", &[("code", "123456")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/account/recovery-codes", &[]).await.status, StatusCode::FORBIDDEN);
    let mut other = world.browser().await;
    for login in [account.login.as_str(), "nora@example.com"] {
        other.post("/recover", &[("login", login)]).await;
        let got = other.post("/desk/sign-in", &[("login", login), ("password", "")]).await;
        assert_eq!(got.status.as_u16(), 422);
    }
    tokio::task::yield_now().await;
    assert!(testing::shelf(&world.app).messages().is_empty(), "no link to a new password");
    assert!(world.app.store.recovery_codes_left(account.id).await.unwrap() == 0);
}

#[tokio::test]
async fn showing_again_who_one_is_means_to_be_asked_again() {
    let world = world().await;
    let mut browser = world.browser().await;
    world.sign_in(&mut browser).await;
    testing::advance(&world.app, SignedDuration::from_mins(11));
    let odd = "a&b=c +%20\u{1f511}中";
    let got = browser.post("/account/phrase", &[("phrase", odd)]).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(got.body.contains("/account/confirm/with") && !got.body.contains("name=\"password\""), "{}", got.body);
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("phrase", odd).finish();
    let fields = [("to", "/account/phrase"), ("form", form.as_str())];
    let url = |got: &Got| leads(got);

    // A provider that does not ask, or says that it was long ago, is not believed.
    world.provider.soft().never_asks = true;
    let there = url(&browser.post("/account/confirm/with", &fields).await);
    assert!(there.contains("prompt=login") && there.contains("max_age=0"), "{there}");
    let got = browser.get(&world.ask(&there)).await;
    assert!(refused(&got), "{}", got.status);
    world.provider.soft().never_asks = false;
    // Nor is somebody else, who was asked.
    let there = url(&browser.post("/account/confirm/with", &fields).await);
    world.provider.soft().person(json!({ "sub": "u-9", "name": "Eve", "groups": ["agents"] }));
    assert!(refused(&browser.get(&world.ask(&there)).await));
    world.provider.soft().person(json!({ "sub": "u-1", "name": "Nora Beck", "groups": ["agents"] }));
    let session = browser.visit("/").await.session.unwrap();
    assert!(world.app.now().duration_since(session.confirmed_at.unwrap()) > SignedDuration::from_mins(10));

    let before = browser.cookie.clone();
    let there = url(&browser.post("/account/confirm/with", &fields).await);
    let back = world.ask(&there);
    let got = browser.get(&back).await;
    assert_eq!(
        (got.status.as_u16(), got.location()),
        (303, "/account/phrase?done=first"),
        "the form went on: {}",
        got.body
    );
    assert_ne!(browser.cookie, before);
    assert!(refused(&browser.get(&back).await), "once");
    let got = browser.get("/account/confirm?next=/account/phrase").await;
    assert_eq!(got.location(), "/account/phrase", "it is still them");
    // A page is opened where a page was asked for.
    testing::advance(&world.app, SignedDuration::from_mins(11));
    let there = url(&browser.post("/account/confirm/with", &[("to", "//evil.example")]).await);
    assert_eq!(browser.get(&world.ask(&there)).await.location(), "/account");
    let long = "x".repeat(9000);
    let got = browser.post("/account/confirm/with", &[("to", "/account"), ("form", &long)]).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_desk_without_a_provider_has_no_such_door() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    assert!(!browser.get("/desk/sign-in").await.body.contains("f-oidc"));
    assert_eq!(browser.post("/desk/sign-in/with", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/desk/sign-in/back?code=a&state=b").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_our_own_page_begins_it() {
    let world = world().await;
    let mut browser = world.browser().await;
    // Another site can neither open nor post it: the way is a form with our token.
    let got = browser.get("/desk/sign-in/with").await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
    let got = browser.post("/desk/sign-in/with", &[("csrf", "x")]).await;
    assert_eq!(got.status, StatusCode::OK, "the browser's own token is the first");
    let mut stranger = world.browser().await;
    stranger.cookie = String::new();
    assert_ne!(stranger.post("/desk/sign-in/with", &[]).await.status, StatusCode::OK);
}
