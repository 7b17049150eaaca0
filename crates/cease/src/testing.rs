//! A desk for tests: a real SQLite store in a directory that goes away, carriers that keep what
//! they are given on a shelf, and a clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine;
use case::identify::with_luhn;
use case::{AccountId, CardId, CardRecord, Person, Role, Timestamp};
use jiff::SignedDuration;
use passkey::soft::Soft;
use reach::Element;
use reach::element::InventoryElement;
use reach::shelf::{Shelf, ShelfMail, ShelfSms};
use store::{Account, Import};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::app::{App, Demo, Shared};
use crate::clock::Clock;
use crate::config::Config;
use crate::inventory::StoreInventory;
use crate::keys::Keys;
use crate::password::Hasher;
use crate::rules::Rules;

/// A password that the desk takes.
pub const PASSWORD: &str = "orbit kettle march 27";

/// A desk on 22 November 2026, 12:00 UTC. What it sends lies on [`shelf`].
pub async fn app() -> (Shared, TempDir) {
    app_with(|_| {}).await
}

/// The same under other rules.
pub async fn app_with(change: impl FnOnce(&mut case::Policy)) -> (Shared, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    // No test of what is done waits; what is held back has a test of its own.
    config.limits.even_ms = 0;
    let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut policy = Rules::new(config.book().unwrap(), start);
    change(&mut policy);
    let store = config.open_store().await.unwrap();
    store.migrate().await.unwrap();
    let shelf = Arc::new(Shelf::default());
    let app = App {
        register: crate::official::Registers::new(&config, &policy).unwrap(),
        policy,
        keys: Keys::in_memory(7).unwrap(),
        clock: Clock::Set(Arc::new(AtomicI64::new(start.as_microsecond()))),
        element: Arc::new(InventoryElement(StoreInventory(store.clone()))),
        billing: None,
        mailer: Some(Arc::new(ShelfMail(shelf.clone()))),
        texter: Some(Arc::new(ShelfSms(shelf.clone()))),
        sim_swap: None,
        oidc: None,
        porting: Some(Arc::new(reach::porting::Fake::new(30))),
        porting_hook: None,
        hasher: Hasher::default(),
        half_sent: Default::default(),
        unreported: Default::default(),
        probe: Default::default(),
        far: Default::default(),
        steps: Default::default(),
        gaps: Default::default(),
        gauge: Default::default(),
        net: Default::default(),
        webhooks: Default::default(),
        glances: Default::default(),
        counted: Default::default(),
        owed: tokio::sync::Notify::new(),
        hands: crate::work::hands::Hands::default(),
        live: crate::live::Hub::new(start),
        log: crate::log::Log::new(dir.path().to_owned()),
        draws: true,
        carriers: Default::default(),
        demo: Some(Demo { shelf, billing: Default::default(), silent: Default::default(), people: Vec::new() }),
        store,
        config,
    };
    (Arc::new(app), dir)
}

/// The same desk as it starts again under other rules.
pub async fn with_policy(app: &App, policy: case::Policy) -> Shared {
    another(app, policy.into())
}

/// The same desk as it starts again with other packs.
pub fn with_rules(app: &App, book: rules::Book) -> Shared {
    another(app, Rules::new(book, app.now()))
}

/// Another process of the same desk: the same store and clock, and nothing else in common.
pub fn beside(app: &App) -> Shared {
    another(app, app.policy.clone())
}

/// The same desk with another carrier of texts.
pub fn texting(app: &App, texter: Arc<dyn reach::Texter>) -> Shared {
    let mut other = another(app, app.policy.clone());
    Arc::get_mut(&mut other).unwrap().texter = Some(texter);
    other
}

/// The same desk asking a network about SIMs.
pub fn asking(app: &App, sim_swap: Arc<dyn reach::sim_swap::SimSwap>) -> Shared {
    let mut other = another(app, app.policy.clone());
    Arc::get_mut(&mut other).unwrap().sim_swap = Some(sim_swap);
    other
}

/// The same desk with an identity provider for its staff.
pub fn trusting(app: &App, oidc: crate::config::Oidc, provider: Arc<dyn reach::oidc::Provider>) -> Shared {
    let mut config = app.config.clone();
    config.oidc = Some(oidc);
    let mut other = process(app, app.policy.clone(), config);
    other.oidc = Some(provider);
    Arc::new(other)
}

/// The same desk as it starts again in front of another element.
pub fn with_element(app: &App, element: Arc<dyn Element>) -> Shared {
    let mut another = process(app, app.policy.clone(), app.config.clone());
    another.element = element;
    Arc::new(another)
}

/// A case of card `n` of a proven holder, as it stands after its declaration.
pub async fn ending(app: &Shared, n: u64, holder: &Account) -> case::Case {
    let mut card = card(app, n, holder.id).await;
    card.imsi = Some(format!("0010100000{n:05}"));
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    declared(app, &card, holder).await
}

/// A case of this card, declared by its proven holder.
pub async fn declared(app: &Shared, card: &CardRecord, holder: &Account) -> case::Case {
    let number = card.iccid.clone().unwrap().parse().map(case::identify::Identifier::Iccid).unwrap();
    let now = app.now();
    let declaration =
        case::Declaration { consent: true, backup: true, ..case::Declaration::of(number, holder.person.clone(), now) };
    let assurance = case::Assurance::shown(case::Level::Code, holder.id, now);
    let actor = case::Actor::Holder { account: Some(holder.id), assurance };
    crate::act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap()
}

/// The same desk as another process of it, configured otherwise.
pub fn configured(app: &App, change: impl FnOnce(&mut Config)) -> Shared {
    let mut config = app.config.clone();
    change(&mut config);
    Arc::new(process(app, app.policy.clone(), config))
}

fn another(app: &App, policy: Rules) -> Shared {
    Arc::new(process(app, policy, app.config.clone()))
}

fn process(app: &App, policy: Rules, config: Config) -> App {
    App {
        policy,
        register: app.register.beside(),
        keys: Keys::in_memory(7).unwrap(),
        clock: app.clock.clone(),
        element: app.element.clone(),
        billing: app.billing.clone(),
        mailer: app.mailer.clone(),
        texter: app.texter.clone(),
        sim_swap: app.sim_swap.clone(),
        oidc: app.oidc.clone(),
        porting: app.porting.clone(),
        porting_hook: None,
        hasher: Hasher::default(),
        half_sent: Default::default(),
        unreported: Default::default(),
        probe: Default::default(),
        far: Default::default(),
        steps: Default::default(),
        gaps: Default::default(),
        gauge: Default::default(),
        net: Default::default(),
        webhooks: Default::default(),
        glances: Default::default(),
        counted: Default::default(),
        owed: tokio::sync::Notify::new(),
        hands: crate::work::hands::Hands::default(),
        live: crate::live::Hub::new(app.now()),
        log: crate::log::Log::new(app.config.desk.data.clone()),
        draws: app.draws,
        carriers: Default::default(),
        demo: Some(Demo {
            shelf: shelf(app),
            billing: Default::default(),
            silent: Default::default(),
            people: Vec::new(),
        }),
        store: app.store.clone(),
        config,
    }
}

/// Moves the desk's clock on.
pub fn advance(app: &App, by: SignedDuration) {
    if let Clock::Set(micros) = &app.clock {
        micros.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
    }
}

/// What the desk has sent.
pub fn shelf(app: &App) -> Arc<Shelf> {
    app.demo.as_ref().unwrap().shelf.clone()
}

/// An account, not stored yet: `{login}@example.com`, +44 7700 900 100 + n, [`PASSWORD`].
pub async fn account(app: &App, n: u64, login: &str) -> Account {
    Account {
        password: Some(app.hasher.hash(PASSWORD).await.unwrap()),
        ..Account::of(
            AccountId::from_bits(n),
            login.to_owned(),
            Person {
                name: "Mei Lin".into(),
                address: "1 Mill Road, Leeds LS1 5AB".into(),
                email: Some(format!("{login}@example.com")),
                phone: Some(format!("+447700900{:03}", 100 + n)),
            },
            app.now(),
        )
    }
}

/// A stored holder.
pub async fn holder(app: &App, n: u64, login: &str) -> Account {
    let account = account(app, n, login).await;
    app.store.put_account(account.clone()).await.unwrap();
    account
}

/// A stored member of staff with a second factor; answers its secret too (base 32).
pub async fn staff(app: &App, n: u64, login: &str, role: Role) -> (Account, &'static str) {
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let mut account = account(app, n, login).await;
    account.role = Some(role);
    // Nobody who works here lives with a holder.
    account.person.address = format!("{n} Office Street, Leeds LS2 7EW");
    account.totp = Some(crate::account::seal_totp(app, account.id, secret));
    app.store.put_account(account.clone()).await.unwrap();
    (account, secret)
}

/// A stored, active card. Its ICCID ends in `n`, with a right check digit.
pub async fn card(app: &App, n: u64, account: AccountId) -> CardRecord {
    let body = format!("8944770000000{n:05}");
    let card = CardRecord {
        iccid: Some(with_luhn(&body)),
        ..CardRecord::of(CardId::from_bits(n), account, "Laika Data 20 GB".into(), app.now())
    };
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    card
}

/// Waits until the desk has sent `count` messages: sending runs beside the answer.
pub async fn sent(app: &App, count: usize) -> Vec<reach::shelf::Shelved> {
    for _ in 0..10_000 {
        let messages = shelf(app).messages();
        if messages.len() >= count {
            return messages;
        }
        tokio::task::yield_now().await;
    }
    panic!("{count} messages were never sent");
}

/// The visit that a browser with these headers makes, as a handler sees it.
pub async fn visit(app: &Shared, path: &str, cookie: &str) -> crate::web::Visit {
    let request = Request::get(path).header(header::COOKIE, cookie).body(()).unwrap();
    crate::web::visit::of(app, &request.into_parts().0).await.unwrap()
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    /// Where a redirect goes; empty where it is none.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// A browser without script: keeps its cookie, carries the form token.
pub struct Browser {
    app: Shared,
    pub cookie: String,
    /// By what it is known again.
    pub mark: String,
}

impl Browser {
    /// One that has opened the start page.
    pub async fn new(app: &Shared) -> Self {
        let mut browser = Self { app: app.clone(), cookie: String::new(), mark: String::new() };
        browser.get("/").await;
        browser
    }

    pub async fn get(&mut self, path: &str) -> Got {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form with its token.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        self.post_for("empty", path, fields).await
    }

    /// The same from a page, which is left for the answer.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        self.post_for("document", path, fields).await
    }

    async fn post_for(&mut self, dest: &str, path: &str, fields: &[(&str, &str)]) -> Got {
        let csrf = self.visit(path).await.csrf(&self.app);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &csrf).extend_pairs(fields);
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-dest", dest)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form.finish()));
        self.send(request.unwrap()).await
    }

    /// The address of what is found at the desk by these words.
    pub async fn sought(&mut self, words: &str) -> String {
        self.post("/desk", &[("q", words)]).await.location().to_owned()
    }

    pub async fn seek(&mut self, words: &str) -> Got {
        let address = self.sought(words).await;
        self.get(&address).await
    }

    /// Posts a form with files: field, name and bytes of each.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Got {
        let csrf = self.visit(path).await.csrf(&self.app);
        self.upload_with(&csrf, path, fields, files).await
    }

    /// The same with another form token.
    pub async fn upload_with(
        &mut self,
        csrf: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Got {
        let mut body = Vec::new();
        for (name, value) in fields.iter().chain(&[("csrf", csrf)]) {
            let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        for (name, file, bytes) in files {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n");
            body.extend(head.into_bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--b--\r\n");
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=b").body(Body::from(body));
        self.send(request.unwrap()).await
    }

    /// As if a code had been answered here for the account.
    pub async fn prove(&mut self, account: AccountId) {
        let visit = self.visit("/").await;
        let cookie = crate::account::remember_proof(&self.app, &visit, account).await.unwrap();
        self.keeps(&cookie);
    }

    /// As if somebody had signed in here, by so much.
    pub async fn sign_in(&mut self, account: AccountId, level: case::Level) {
        let cookie = self.visit("/").await.sign_in(&self.app, account, level).await.unwrap();
        self.keeps(&cookie);
    }

    /// The cookie of an answer.
    pub fn keeps(&mut self, cookie: &header::HeaderValue) {
        self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    }

    /// Asks for a challenge, as the page's script does.
    pub async fn challenge(&mut self, purpose: &str) -> [u8; 32] {
        let got = self.post("/passkey", &[("for", purpose)]).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let ask: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        unb64(ask["challenge"].as_str().unwrap()).try_into().unwrap()
    }

    /// Makes a passkey with this authenticator for whoever is signed in, whom it then knows by their handle.
    pub async fn add_passkey(&mut self, soft: &mut Soft) -> Got {
        let got = self.post("/passkey", &[("for", "add")]).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let ask: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        soft.user = unb64(ask["user"]["id"].as_str().unwrap());
        let (client, attestation) = soft.create(&unb64(ask["challenge"].as_str().unwrap()).try_into().unwrap());
        let fields = [("client", b64(&client)), ("attestation", b64(&attestation)), ("name", "Key".to_owned())];
        self.post_owned("/account/passkeys/new", &fields).await
    }

    /// Answers a challenge with a passkey, in a form with other fields.
    pub async fn show(&mut self, path: &str, purpose: &str, soft: &mut Soft, fields: &[(&str, &str)]) -> Got {
        let challenge = self.challenge(purpose).await;
        let answer = shown(soft, &challenge);
        let all: Vec<(&str, String)> =
            answer.into_iter().chain(fields.iter().map(|(n, v)| (*n, (*v).to_owned()))).collect();
        self.post_owned(path, &all).await
    }

    pub async fn post_owned(&mut self, path: &str, fields: &[(&str, String)]) -> Got {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.post(path, &fields).await
    }

    pub async fn visit(&self, path: &str) -> crate::web::Visit {
        visit(&self.app, path, &self.cookie).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Got {
        let cookies: Vec<&str> =
            [&self.cookie, &self.mark].into_iter().map(String::as_str).filter(|c| !c.is_empty()).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap_or_default();
            if pair.starts_with("cease=") || pair.starts_with("__Host-cease=") {
                self.cookie = pair.to_owned();
            }
            if pair.starts_with("cease-browser=") {
                self.mark = pair.to_owned();
            }
        }
        let body = axum::body::to_bytes(body, 8 << 20).await.unwrap();
        // Where a long word may break is not part of it.
        let body = String::from_utf8_lossy(&body).replace("<wbr>", "");
        Got { status: parts.status, headers: parts.headers, body }
    }
}

/// The fields that a page's script fills with a passkey's answer.
pub fn shown(soft: &mut Soft, challenge: &[u8; 32]) -> Vec<(&'static str, String)> {
    let answer = soft.get(challenge);
    let (id, user) = (soft.id.clone(), soft.user.clone());
    let fields = [
        ("credential", id),
        ("client", answer.client),
        ("data", answer.data),
        ("signature", answer.signature),
        ("user", user),
    ];
    fields.into_iter().map(|(name, bytes)| (name, b64(&bytes))).collect()
}

/// An authenticator that holds a passkey for the desk.
pub fn authenticator(app: &App, seed: u8) -> Soft {
    Soft::new(&crate::account::party(app).unwrap(), seed, seed.is_multiple_of(2))
}

pub fn b64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn unb64(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A log that can be read.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
