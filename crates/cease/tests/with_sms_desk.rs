//! The desk's own program with a real OsmoMSC as SMSC: a declaration becomes a text in the SMSC's keeping, and
//! `cease doctor` says whether the SMSC takes us.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use case::{AccountId, Actor, Assurance, CaseRef, Declaration, Lang, Person};
use cease::act::declare;
use cease::config::Config;
use rusqlite::{Connection, OpenFlags};

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only sms")
}

fn config(dir: &Path) -> Config {
    let mut config = Config::default();
    config.desk.data = dir.to_owned();
    config.sms.smpp = var("CEASE_TEST_SMPP");
    config.sms.sender = "Laika".into();
    config.check().unwrap();
    config
}

fn program(config: &Config, args: &[&str]) -> Command {
    let file = config.desk.data.join("cease.toml");
    std::fs::write(&file, toml::to_string(config).unwrap()).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_cease"));
    program.arg("--config").arg(file).args(args).stderr(Stdio::null());
    program
}

/// Killed when it goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Of each message to a number: sender, coding, and how many octets it has on the air.
fn kept(to: &str) -> Vec<(String, u8, u32)> {
    let db = Connection::open_with_flags(var("CEASE_TEST_SMS_DB"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    let mut found =
        db.prepare("SELECT src_addr, data_coding_scheme, length(user_data) FROM SMS WHERE dest_addr = ?").unwrap();
    let rows = found.query_map([to], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_declaration_becomes_a_text_at_the_smsc() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let app = cease::startup::app(config.clone(), None).await.unwrap();
    app.store.migrate().await.unwrap();
    let declaration = Declaration {
        lang: Lang::ZhCn,
        check: case::identify::Check::None,
        ..Declaration::of(
            case::identify::Identifier::NotGiven,
            Person { name: "Mei".into(), address: String::new(), email: None, phone: Some("+447700900155".into()) },
            app.now(),
        )
    };
    let actor = Actor::Holder { account: None::<AccountId>, assurance: Assurance::nothing() };
    let case: CaseRef = declare(&app, &actor, declaration, Vec::new(), None).await.unwrap().reference;
    let _running = Running(program(&config, &["work"]).stdout(Stdio::null()).spawn().unwrap());
    let until = Instant::now() + Duration::from_secs(60);
    while kept("447700900155").len() < 2 {
        assert!(Instant::now() < until, "the text never came");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(
        kept("447700900155").iter().all(|(from, coding, octets)| from == "Laika" && *coding == 8 && *octets <= 140)
    );
    // And the desk knows by which name the SMSC would speak of it.
    let sent = async || app.store.text_sent("msg_id_not_implemented").await.unwrap();
    while sent().await.is_none() {
        assert!(Instant::now() < until, "the name was never noted");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(sent().await.map(|text| text.case), Some(case));
}

#[test]
fn doctor_says_whether_the_smsc_takes_us() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    let mut texts = |smpp: String| {
        config.sms.smpp = smpp;
        let out = program(&config, &["doctor", "--json"]).output().unwrap().stdout;
        let said: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let check = said["checks"].as_array().unwrap().iter().find(|check| check["check"] == "texts").unwrap().clone();
        (check["result"].as_str().unwrap().to_owned(), check["says"].as_str().unwrap().to_owned())
    };
    assert_eq!(texts(var("CEASE_TEST_SMPP")), ("ok".into(), "the SMSC takes our bind".into()));
    let (result, says) = texts(var("CEASE_TEST_SMPP").replace("secret12", "guessed1"));
    assert!(result == "fail" && says.contains("0x0e") && !says.contains("guessed1"), "{says}");
    let shown = program(&config, &["config", "show"]).output().unwrap().stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("smpp://cease:•••@") && !shown.contains("guessed1"), "{shown}");
}
