//! The desk with a real OpenID provider: a browser goes there and back, with each algorithm; what must fail fails there
//! too; and `cease doctor` says whether the provider can be used.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use case::Role;
use cease::app::Shared;
use cease::config::{Config, Oidc};
use oidc::identity;
use reach::http::{Ask, Client, HeaderName, HeaderValue, Link, Method};
use tempfile::TempDir;
use tower::ServiceExt;

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only oidc")
}

fn issuer() -> String {
    var("CEASE_TEST_OIDC")
}

fn config(dir: &TempDir, algorithm: &str, secret: &str) -> Config {
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    assert_eq!(Oidc::redirect(&config.desk.url), var("CEASE_TEST_OIDC_BACK"));
    let text = format!(
        "issuer = \"{}\"\nname = \"Test ID\"\nclient_id = \"desk-{algorithm}\"\nclient_secret = \"{secret}\"\n\
         groups = [{{ is = \"agents\", role = \"agent\" }}, {{ is = \"leads\", role = \"approver\" }}]\n\
         [link]\nallow = [\"127.0.0.1\"]\n",
        issuer()
    );
    config.oidc = Some(toml::from_str(&text).unwrap());
    config.check().unwrap();
    config
}

fn secret(algorithm: &str) -> String {
    format!("secret of {algorithm}: a/b+c&d")
}

struct Desk {
    app: Shared,
    _dir: TempDir,
}

async fn desk(algorithm: &str, secret: &str) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let app = cease::startup::app(config(&dir, algorithm, secret), None).await.unwrap();
    app.store.migrate().await.unwrap();
    cease::log::start(&app).await.unwrap();
    Desk { app: Arc::new(app), _dir: dir }
}

struct Got {
    status: u16,
    to: String,
    refresh: String,
    body: String,
}

/// A person's browser, at the desk (without a network) and at the provider.
struct Browser {
    app: Shared,
    client: Client,
    ours: BTreeMap<String, String>,
    theirs: BTreeMap<String, String>,
}

fn keep(jar: &mut BTreeMap<String, String>, headers: &axum::http::HeaderMap) {
    for set in headers.get_all(header::SET_COOKIE) {
        let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        match value {
            "" => drop(jar.remove(name)),
            value => drop(jar.insert(name.to_owned(), value.to_owned())),
        }
    }
}

fn cookies(jar: &BTreeMap<String, String>) -> String {
    jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

impl Browser {
    fn new(desk: &Desk) -> Self {
        let link = Link { allow: vec!["127.0.0.1".into()], ..Link::default() };
        let (ours, theirs) = (BTreeMap::new(), BTreeMap::new());
        Self { app: desk.app.clone(), client: Client::new(&link).unwrap(), ours, theirs }
    }

    async fn desk(&mut self, method: &str, path: &str, body: String) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies(&self.ours))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let response = cease::web::router(self.app.clone()).oneshot(request).await.unwrap();
        keep(&mut self.ours, response.headers());
        let text = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let (status, to, refresh) = (response.status().as_u16(), text("location"), text("refresh"));
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Got { status, to, refresh, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&mut self, path: &str) -> Got {
        self.desk("GET", path, String::new()).await
    }

    /// Opens a page of the desk's and posts a form of it.
    async fn post(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Got {
        let body = self.get(page).await.body;
        let csrf = body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &csrf).extend_pairs(fields);
        self.desk("POST", path, form.finish()).await
    }

    async fn there(&mut self, method: Method, url: &str, body: &str) -> (u16, String, String) {
        let headers = [("cookie", cookies(&self.theirs)), ("content-type", "application/x-www-form-urlencoded".into())];
        let headers = headers.map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_str(&v).unwrap()));
        let ask =
            Ask { method, url: self.client.checked(url).unwrap(), headers: headers.into(), body: body.to_owned() };
        let answer = self.client.send(ask).await.unwrap();
        keep(&mut self.theirs, &answer.headers);
        let to = answer.headers.get("location").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let to =
            if to.is_empty() { String::new() } else { self.client.checked(url).unwrap().join(to).unwrap().to_string() };
        (answer.status.as_u16(), to, String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Through the provider's pages as `who`, until it leads back to the desk. Answers that address, and whether the
    /// person was asked for what they sign in with.
    async fn through(&mut self, url: &str, who: &str) -> (String, bool) {
        let back = var("CEASE_TEST_OIDC_BACK");
        let (mut at, mut asked) = (url.to_owned(), false);
        for _ in 0..20 {
            let (status, to, body) = self.there(Method::GET, &at, "").await;
            let to = if to.is_empty() {
                assert_eq!(status, 200, "{body}");
                let action = body.split("action=\"").nth(1).expect(&body).split('"').next().unwrap().to_owned();
                let login = body.contains("name=\"login\"");
                asked |= login;
                let form = if login { format!("prompt=login&login={who}&password=x") } else { "prompt=consent".into() };
                self.there(Method::POST, &action, &form).await.1
            } else {
                to
            };
            match to.strip_prefix(&back) {
                Some(query) => return (format!("/desk/sign-in/back{query}"), asked),
                None => at = to,
            }
        }
        panic!("the provider leads round in circles, at {at}");
    }

    async fn off_to_provider(&mut self) -> String {
        let got = self.post("/desk/sign-in", "/desk/sign-in/with", &[("next", "/desk")]).await;
        got.refresh.strip_prefix("0; url=").expect(&got.body).to_owned()
    }

    async fn sign_in(&mut self, who: &str) -> Got {
        let url = self.off_to_provider().await;
        let (back, _) = self.through(&url, who).await;
        self.get(&back).await
    }

    async fn tell(&mut self, path: &str) {
        let url = format!("{}{path}", issuer());
        assert_eq!(self.there(Method::POST, &url, "").await.0, 200);
    }
}

async fn role(desk: &Desk, who: &str) -> Option<Role> {
    let found = desk.app.store.federated(&identity(&issuer(), who)).await.unwrap()?;
    desk.app.store.account(found.account).await.unwrap()?.role
}

#[tokio::test]
async fn staff_go_there_and_back_with_every_algorithm() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let desk = desk(algorithm, &secret(algorithm)).await;
        let mut browser = Browser::new(&desk);
        browser.tell(&format!("/test/groups?of=there-{algorithm}&in=else&in=leads")).await;
        let got = browser.sign_in(&format!("there-{algorithm}")).await;
        assert_eq!((got.status, got.to.as_str()), (303, "/desk"), "{algorithm}: {}", got.body);
        assert_eq!(browser.get("/desk").await.status, 200);
        assert_eq!(role(&desk, &format!("there-{algorithm}")).await, Some(Role::Approver));
    }
}

#[tokio::test]
async fn groups_count_at_each_sign_in() {
    let desk = desk("RS256", &secret("RS256")).await;
    let mut browser = Browser::new(&desk);
    browser.tell("/test/groups?of=gone&in=agents").await;
    assert_eq!(browser.sign_in("gone").await.status, 303);
    assert_eq!(role(&desk, "gone").await, Some(Role::Agent));
    browser.tell("/test/groups?of=gone").await;
    let mut other = Browser::new(&desk);
    let got = other.sign_in("gone").await;
    assert_eq!(got.status, 403);
    assert!(got.body.contains("There is no work here under your name"), "{}", got.body);
    assert_eq!((role(&desk, "gone").await, browser.get("/desk").await.status), (None, 303));
}

#[tokio::test]
async fn an_answer_is_good_once_in_its_own_browser_and_with_our_own_secret() {
    let desk = desk("EdDSA", &secret("EdDSA")).await;
    let (mut mine, mut theirs) = (Browser::new(&desk), Browser::new(&desk));
    mine.tell("/test/groups?of=once&in=agents").await;
    let url = mine.off_to_provider().await;
    let (back, _) = mine.through(&url, "once").await;
    theirs.get("/desk/sign-in").await;
    assert_eq!(theirs.get(&back).await.status, 403, "another's browser");
    assert_eq!(mine.get(&back).await.status, 303);
    assert_eq!(mine.get(&back).await.status, 403, "again");
    // The provider itself refuses a code that was used, and one whose verifier is another's.
    let (one, two) = (theirs.off_to_provider().await, theirs.off_to_provider().await);
    let ((one, _), (two, _)) = (theirs.through(&one, "once").await, theirs.through(&two, "once").await);
    let code = |back: &str| back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    assert_eq!(theirs.get(&one.replace(&code(&one), &code(&two))).await.status, 403);
    assert_eq!(theirs.get("/desk").await.status, 303);

    let impostor = self::desk("EdDSA", "another secret").await;
    let got = Browser::new(&impostor).sign_in("once").await;
    assert!(matches!(got.status, 403 | 503), "{}", got.status);
    assert_eq!(role(&impostor, "once").await, None);
}

#[tokio::test]
async fn who_shows_again_who_they_are_is_asked_by_the_provider() {
    let desk = desk("ES256", &secret("ES256")).await;
    let mut browser = Browser::new(&desk);
    browser.tell("/test/groups?of=again&in=agents").await;
    browser.sign_in("again").await;
    // Signed in there and out here, one comes back without being asked.
    browser.ours.clear();
    let url = browser.off_to_provider().await;
    let (back, asked) = browser.through(&url, "again").await;
    assert_eq!((browser.get(&back).await.status, asked), (303, false));
    // To show it again, one is.
    let got = browser.post("/account/phrase", "/account/confirm/with", &[("to", "/account/phrase")]).await;
    let url = got.refresh.strip_prefix("0; url=").expect(&got.body).to_owned();
    let (back, asked) = browser.through(&url, "again").await;
    let got = browser.get(&back).await;
    assert_eq!((got.to.as_str(), asked), ("/account/phrase", true), "{}", got.body);
}

#[test]
fn doctor_says_whether_the_provider_can_be_used() {
    let dir = tempfile::tempdir().unwrap();
    let doctor = |issuer: &str| {
        let text = toml::to_string(&config(&dir, "RS256", "x")).unwrap();
        // What is written never has the secret in it; the program is given it anew.
        let text = text.replace("•••", "x").replace(&self::issuer(), issuer);
        let file = dir.path().join("cease.toml");
        std::fs::write(&file, text).unwrap();
        let done =
            Command::new(env!("CARGO_BIN_EXE_cease")).arg("--config").arg(&file).args(["doctor"]).output().unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        said.lines().find(|line| line.contains("sign-in")).unwrap_or(&said).to_owned()
    };
    let said = doctor(&issuer());
    assert!(said.starts_with("ok") && said.contains("Test ID answers with 3 keys"), "{said}");
    assert!(said.contains("/desk/sign-in/back"), "{said}");
    let said = doctor(&format!("{}/", issuer()));
    assert!(said.starts_with("FAIL") && said.contains("letter by letter"), "{said}");
}
