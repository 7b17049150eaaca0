//! The whole desk against a real OsmoHLR: what a holder declares ends where the network looks cards up.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use case::case::Step;
use case::{
    AccountId, Actor, Assurance, CardId, CardRecord, CardState, Case, Declaration, Level, Outcome, Person, Stage,
};
use cease::act::{act, declare};
use cease::app::App;
use cease::config::Config;
use reach::element::osmo_hlr::Settings;
use reach::element::osmo_hlr::fake::{Hand, Visited};
use store::{Account, Import};

fn settings() -> Settings {
    let host = std::env::var("CEASE_TEST_HLR").expect("run ./test --only network");
    let door = |port: u16| format!("{host}:{port}");
    Settings { ctrl: door(4259), vty: door(4258), gsup: door(4222), ..Settings::default() }
}

fn config(dir: &Path) -> Config {
    let mut config = Config::default();
    config.desk.data = dir.to_owned();
    config.network.osmo_hlr = Some(settings());
    config.check().unwrap();
    config
}

async fn desk(dir: &Path) -> App {
    let app = cease::startup::app(config(dir), None).await.unwrap();
    app.store.migrate().await.unwrap();
    app
}

fn mei() -> Person {
    Person { name: "Mei Lin".into(), address: String::new(), email: None, phone: None }
}

/// A stored card of Mei's with this IMSI, which the HLR has too.
async fn card(app: &App, n: u64, imsi: &str) -> CardRecord {
    let account = Account::of(AccountId::from_bits(1), "mei".into(), mei(), app.now());
    let card = CardRecord {
        iccid: Some(format!("8944{n:015}")),
        imsi: Some(imsi.to_owned()),
        ..CardRecord::of(CardId::from_bits(n), account.id, "Data".into(), app.now())
    };
    app.store.import(Import { accounts: vec![account], cards: vec![card.clone()] }).await.unwrap();
    Hand::new(&settings()).create(imsi).await;
    card
}

fn proven(app: &App) -> Actor {
    let account = AccountId::from_bits(1);
    Actor::Holder { account: Some(account), assurance: Assurance::shown(Level::SignedIn, account, app.now()) }
}

/// Mei cancels it, and nothing is missing.
async fn cancel(app: &App, card: &CardRecord) -> Case {
    let declaration = Declaration {
        check: case::identify::Check::None,
        consent: true,
        backup: true,
        ..Declaration::of(
            case::identify::Identifier::Iccid(card.iccid.as_ref().unwrap().parse().unwrap()),
            mei(),
            app.now(),
        )
    };
    declare(app, &proven(app), declaration, Vec::new(), None).await.unwrap()
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what} never came");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The program itself; killed when it goes.
struct Running(Child);

impl Running {
    fn start(config: &Config) -> Self {
        let file = config.desk.data.join("cease.toml");
        std::fs::write(&file, toml::to_string(config).unwrap()).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_cease"));
        Self(program.arg("--config").arg(file).arg("work").stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn a_card_is_cancelled_and_the_network_lets_go_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let app = desk(dir.path()).await;
    let imsi = "001010990000001";
    let card = card(&app, 1, imsi).await;
    let msc = Visited::connect(&settings().gsup, "MSC-desk").await.unwrap();
    assert_eq!(msc.attach(imsi, Visited::CS).await, Ok(()));

    let _running = Running::start(&app.config);
    let case = cancel(&app, &card).await;
    let stage = until("the certificate", async || {
        let stage = app.store.case(case.reference).await.unwrap().unwrap().stage;
        matches!(stage, Stage::Ceased { certificate: Some(_), .. }).then_some(stage)
    })
    .await;
    let Stage::Ceased { element, evidence, .. } = stage else { unreachable!() };
    assert_eq!(element, "osmo-hlr + inventory");
    assert_eq!(
        evidence,
        "osmo-hlr: CTRL: No such subscriber; GSUP auth info: cause 2 (IMSI unknown); location cancelled at 1; \
         inventory: state=ceased"
    );
    msc.until_detached(imsi).await;
    assert_eq!(msc.attach(imsi, Visited::CS).await, Err(2), "IMSI unknown");
    assert_eq!(msc.authenticate(imsi).await, Err(2), "IMSI unknown");

    // The certificate says the same, and names nobody but in its masked fields.
    let journal = app.store.journal(case.reference).await.unwrap();
    let certificate = journal.iter().flat_map(|entry| &entry.events).find_map(|event| {
        if let case::Event::Settled { outcome: Outcome::Certified { file, .. }, .. } = event {
            Some(file)
        } else {
            None
        }
    });
    let certificate = certificate.expect("a certificate in the journal");
    assert!(certificate.contains("osmo-hlr + inventory"), "{certificate}");
    assert!(!certificate.contains(imsi), "{certificate}");
}

#[tokio::test]
async fn a_barred_card_cannot_attach_and_comes_back_when_its_holder_never_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = desk(dir.path()).await;
    app.policy.amend(|policy| policy.contest_minutes = 60);
    let app = Arc::new(app);
    let imsi = "001010990000002";
    let card = card(&app, 2, imsi).await;
    let msc = Visited::connect(&settings().gsup, "MSC-desk-bar").await.unwrap();
    assert_eq!(msc.attach(imsi, Visited::CS).await, Ok(()));

    let case = cancel(&app, &card).await;
    let stage = async || app.store.case(case.reference).await.unwrap().unwrap().stage;
    while !matches!(stage().await, Stage::Ceasing { step: Step::Barred { .. }, .. }) {
        assert!(cease::work::round(&app).await.unwrap() > 0);
    }
    msc.until_detached(imsi).await;
    assert_eq!(msc.attach(imsi, Visited::CS).await, Err(0x0b), "PLMN not allowed");

    act(&app, case.reference, &proven(&app), &case::Command::Contest).await.unwrap();
    while app.store.case(case.reference).await.unwrap().unwrap().owed.iter().any(|(_, what)| what == "unbar") {
        assert!(cease::work::round(&app).await.unwrap() > 0);
    }
    assert!(matches!(stage().await, Stage::Contested { .. }));
    assert_eq!(msc.attach(imsi, Visited::CS).await, Ok(()));
    assert!(Hand::new(&settings()).has(imsi).await);
}

/// An HLR that is away delays the card and loses nothing.
#[tokio::test]
async fn an_hlr_that_does_not_answer_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut away = config(dir.path());
    away.network.osmo_hlr.as_mut().unwrap().ctrl = "127.0.0.1:1".into();
    let app = cease::startup::app(away, None).await.unwrap();
    app.store.migrate().await.unwrap();
    let app = Arc::new(app);
    let imsi = "001010990000003";
    let card = card(&app, 3, imsi).await;
    let case = cancel(&app, &card).await;
    cease::work::round(&app).await.unwrap();
    let owed = app.store.case(case.reference).await.unwrap().unwrap().owed;
    assert!(owed.iter().any(|(_, what)| what == "cease"), "{owed:?}");
    let record = app.store.card(card.id).await.unwrap().unwrap();
    assert_eq!(record.state, CardState::Active, "the record does not run ahead of the network");

    let _running = Running::start(&config(dir.path()));
    until("the end of the card", async || {
        let stage = app.store.case(case.reference).await.unwrap().unwrap().stage;
        matches!(stage, Stage::Ceased { certificate: Some(_), .. }).then_some(())
    })
    .await;
    assert!(!Hand::new(&settings()).has(imsi).await);
}

#[tokio::test]
async fn doctor_says_whether_the_hlr_answers() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    let mut ask = |change: fn(&mut Settings)| {
        change(config.network.osmo_hlr.as_mut().unwrap());
        let file = dir.path().join("cease.toml");
        std::fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_cease"));
        let said = program.arg("--config").arg(file).args(["doctor", "--json"]).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        let check = said["checks"].as_array().unwrap().iter().find(|check| check["check"] == "osmo-hlr").unwrap();
        (check["result"].as_str().unwrap().to_owned(), check["says"].as_str().unwrap().to_owned())
    };
    let (result, says) = ask(|_| {});
    assert!(result == "ok" && says.contains("OsmoHLR 1."), "{result}: {says}");
    let (result, says) = ask(|settings| settings.gsup = "127.0.0.1:1".into());
    assert!(result == "fail" && says.contains("GSUP"), "{result}: {says}");
}
