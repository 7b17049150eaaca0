//! The command line as a shell, a service manager and a mail server meet it: signals, pipes and exit codes of the program
//! itself.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const CARD: &str = "8944110064600000013";

/// A folder with a configuration, in which the program is run.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let desk = format!("desk.url = 'http://localhost:{port}'\ndesk.listen = '127.0.0.1:{port}'\n");
        fs::write(dir.path().join("cease.toml"), desk + more).unwrap();
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cease"));
        command.args(args).current_dir(self.0.path()).env_remove("CEASE_CONFIG").env("XDG_DATA_HOME", self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        told(self.command(args).output().unwrap())
    }

    fn fed(&self, args: &[&str], input: &[u8]) -> (i32, String) {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // Who has ended already reads no more.
        let _ = child.stdin.take().unwrap().write_all(input);
        told(child.wait_with_output().unwrap())
    }
}

fn told(out: Output) -> (i32, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.code().unwrap_or(-1), text)
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

/// Reads what it says until it says this.
fn until(said: &mut impl BufRead, what: &str) -> String {
    let mut all = String::new();
    while !all.contains(what) {
        assert_ne!(said.read_line(&mut all).unwrap(), 0, "it ended without {what:?}: {all}");
    }
    all
}

/// Who only looks, and does so in the wrong folder, is told so, and leaves it as it was.
#[test]
fn looking_makes_no_desk() {
    let desk = Desk::new("");
    fs::write(desk.path("holders.csv"), "login,name\nmei,Mei Lin\n").unwrap();
    let looks: [&[&str]; 10] = [
        &["case", "list"],
        &["case", "show", "C7K4-M2QX-1"],
        &["staff", "list"],
        &["looks"],
        &["log", "check"],
        &["reconcile"],
        &["erase", "--due"],
        &["export", "mei", "--out", "mei.zip"],
        &["holder", "reset", "mei"],
        &["import", "holders", "holders.csv", "--dry-run"],
    ];
    for args in looks {
        let (code, text) = desk.run(args);
        assert!(
            code == 78 && text.contains("there is no desk here") && text.contains("cease migrate"),
            "{args:?} {text}"
        );
    }
    let left: Vec<_> = fs::read_dir(desk.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(desk.run(&["migrate"]).0, 0);
    assert_eq!(desk.run(&["case", "list"]).0, 0);
}

/// Once nobody works with it, the database is one file: who copies it has it whole.
#[test]
fn what_has_ended_leaves_one_file() {
    let desk = Desk::new("");
    fs::write(desk.path("holders.csv"), "login,name\nmei,Mei Lin\n").unwrap();
    let one = |after: &str| {
        for left in ["data/cease.db-wal", "data/cease.db-shm"] {
            assert!(!desk.path(left).exists(), "{left} after {after}");
        }
    };
    let commands: [&[&str]; 4] =
        [&["migrate"], &["import", "holders", "holders.csv"], &["staff", "list"], &["import", "holders", "none.csv"]];
    for args in commands {
        desk.run(args);
        one(args[0]);
    }
    for (args, ready) in [("serve", "the desk listens"), ("work", "the workers are at it")] {
        let mut child = desk.command(&[args]).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        until(&mut said, ready);
        signal(&child, "TERM");
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut said, &mut rest).unwrap();
        assert!(child.wait().unwrap().success(), "{rest}");
        one(args);
    }
}

#[test]
fn a_hangup_ends_nobody() {
    let key = proof::SigningKey::from_seed("desk.example/log", &[7; 32]).unwrap().public();
    let key = proof::log::VerifierKey::new(proof::log::Kind::Note, key).to_string();
    let witness =
        ["witness", "--data", "w", "--name", "witness.example", "--listen", "127.0.0.1:0", "--log", key.as_str()];
    let desk = Desk::new("");
    for (args, ready) in [
        (&["serve"][..], "the desk listens"),
        (&["work"][..], "the workers are at it"),
        (&witness[..], "the witness listens"),
    ] {
        let mut child = desk.command(args).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        until(&mut said, ready);
        signal(&child, "HUP");
        until(&mut said, "SIGHUP");
        signal(&child, "TERM");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?} ends in order");
    }
}

#[test]
fn what_serve_would_not_start_with_is_no_good_configuration() {
    for more in [
        "desk.channels = 'nofile'",
        "desk.name = ''",
        "store.ca = 'nofile.pem'",
        "[voice]\nmenu = 'nofile'",
        "[billing.csv]\ndirectory = 'cease.toml/orders'",
    ] {
        let desk = Desk::new(more);
        let (code, said) = desk.run(&["config", "check"]);
        assert_eq!(code, 78, "{more}: {said}");
        let (code, serves) = desk.run(&["serve"]);
        assert_eq!((code, serves.contains("listens")), (78, false), "{more}: {serves}");
        assert!(!desk.path("data").exists(), "{more}: nothing was made");
    }
    let desk = Desk::new("desk.channels = 'nofile'");
    assert_eq!(desk.run(&["work"]).0, 78, "nor do workers");
    assert_eq!(Desk::new("").run(&["config", "check"]).0, 0);
}

#[test]
fn who_has_read_enough_is_no_fault() {
    let desk = Desk::new("");
    for args in [&["completions", "bash"][..], &["man"], &["redact"]] {
        let mut child = desk.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        drop(child.stdout.take());
        let _ = stdin.write_all(&b"more than a pipe holds\n".repeat(8_192));
        drop(stdin);
        let (code, said) = told(child.wait_with_output().unwrap());
        assert_eq!((code, said.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn every_page_that_the_manual_names_is_in_it() {
    let (_, pages) = Desk::new("").run(&["man"]);
    for page in ["cease-backup-verify", "cease-log-rotate", "cease-voice-menu"] {
        assert!(pages.contains(&format!(".TH {page} 1")), "{page}");
    }
}

#[test]
fn a_pack_is_a_pack_on_standard_input_too() {
    let desk = Desk::new("");
    let key = proof::SigningKey::from_seed("desk.example", &[7; 32]).unwrap();
    let line = key.public().to_string();
    let pack = pack::write(&[("a.txt".to_owned(), b"words".to_vec())], jiff::Timestamp::UNIX_EPOCH).unwrap();
    fs::write(desk.path("pack.zip"), &pack).unwrap();
    let file = desk.run(&["verify", "pack.zip", "--key", &line, "--json"]);
    assert!(file.1.contains(r#""kind":"pack""#), "{}", file.1);
    assert_eq!(desk.fed(&["verify", "-", "--key", &line, "--json"], &pack), file);
}

#[test]
fn a_name_that_no_key_can_have_leaves_no_file_behind() {
    let desk = Desk::new("");
    let (code, said) = desk.run(&["log", "keygen-root", "--name", "bad name", "--out", "root.key"]);
    assert!(code != 0 && said.contains("bad name"), "{said}");
    assert!(!desk.path("root.key").exists());
    let key = proof::SigningKey::from_seed("desk.example/log", &[7; 32]).unwrap().public();
    let key = proof::log::VerifierKey::new(proof::log::Kind::Note, key).to_string();
    let (code, said) = desk.run(&["witness", "--data", "w", "--name", "bad name", "--log", &key]);
    assert!(code == 78 && said.contains("bad name"), "{said}");
    assert!(!desk.path("w/witness.key").exists());
}

#[test]
fn a_mail_server_is_told_to_come_again_where_the_message_is_not_at_fault() {
    let mail = b"From: a@b.example\r\nSubject: x\r\n\r\nmy card is gone\r\n";
    let desk = Desk::new("store.url = 'postgres://cease:hunter2@127.0.0.1:1/cease'");
    let (code, said) = desk.fed(&["mail", "take", "-"], mail);
    assert_eq!(code, 75, "{said}");
    assert!(said.contains("127.0.0.1:1") && !said.contains("hunter2"), "{said}");
    // Nor is what the operator has to mend.
    for slip in ["desk.data = 'cease.toml/data'", "desk.nam = 'x'", "mail.smtp = 'carrier pigeon'"] {
        let desk = Desk::new(slip);
        let (code, said) = desk.fed(&["mail", "take", "-"], mail);
        assert_eq!(code, 75, "{said}");
    }
    // What is kept is the desk's, even where it can be looked at only later: here a signed log is not as it was signed.
    let desk = Desk::new("");
    desk.run(&["migrate"]);
    let (code, said) = desk.fed(&["mail", "take", "-"], mail);
    assert_eq!(code, 0, "{said}");
    fs::write(desk.path("data/keys/desk.key"), "nonsense").unwrap();
    let (code, said) = desk.fed(&["mail", "take", "-"], mail);
    assert_eq!(code, 75, "{said}");
    let (code, said) = desk.run(&["mail", "take", "."]);
    assert!(code == 2 && said.contains("cannot read .: this is a folder"), "{said}");
}

#[test]
fn a_store_without_tables_says_what_makes_them() {
    let desk = Desk::new("");
    for args in [&["quote", "--card", CARD][..], &["looks"], &["export", "mei", "--out", "a.zip"]] {
        let (code, said) = desk.run(args);
        assert!(code == 78 && said.contains("cease migrate"), "{args:?}: {code} {said}");
    }
}

#[test]
fn a_key_that_others_can_read_is_a_fault_of_the_configuration_for_every_command() {
    let desk = Desk::new("");
    assert_eq!(desk.run(&["migrate"]).0, 0);
    assert_eq!(desk.run(&["case", "list"]).0, 0);
    let key = desk.path("data/keys/desk.key");
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    for args in [&["case", "list"][..], &["staff", "list"], &["audit"], &["log", "check"], &["serve"]] {
        let (code, said) = desk.run(args);
        assert!(code == 78 && said.contains("chmod 600"), "{args:?}: {code} {said}");
    }
}

#[test]
fn digits_in_the_environment_are_what_was_written() {
    let desk = Desk::new("");
    for number in ["08001234567", "+441134960000", "7", "true"] {
        let out = desk.command(&["config", "show", "--json"]).env("CEASE_DESK__HOTLINE", number).output().unwrap();
        let shown: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(shown["desk"]["hotline"], number);
    }
    let out = desk.command(&["config", "check"]).env("CEASE_LIMITS__CONNECTIONS", "many").output().unwrap();
    assert!(told(out).1.contains("limits.connections: invalid type"));
}

#[test]
fn what_is_shown_is_what_is_in_force_and_where_it_comes_from() {
    let desk = Desk::new("store.url_file = 'url'");
    fs::write(desk.path("url"), "postgres://cease:hunter2@db.example/cease\n").unwrap();
    let (code, shown) = desk.run(&["config", "show"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains(r#"url = "postgres://cease:•••@db.example/cease"  # url"#), "{shown}");
    let (code, said) = desk.run(&["config", "show", "--config", "nofile"]);
    assert!(code == 78 && said.contains("configuration file nofile"), "{said}");
}

#[test]
fn a_pack_that_lies_over_others_is_checked_over_one() {
    let desk = Desk::new("rules.pack = 'uk'");
    let write = |text: &str| fs::write(desk.path("mine.toml"), format!("name = 'mine'\n{text}\n")).unwrap();
    write("watch_days = 60");
    let (code, said) = desk.run(&["rules", "check", "mine.toml"]);
    assert!(code == 0 && said.contains("mine.toml is checked over uk"), "{said}");
    let (code, said) = desk.run(&["rules", "check", "mine.toml", "--over", "de", "--json"]);
    assert!(code == 0 && said.contains(r#""over":{"mine.toml":"de"}"#), "{said}");
    write("watch_dayz = 60");
    let (code, said) = desk.run(&["rules", "check", "mine.toml"]);
    assert!(code == 1 && said.contains("did you mean watch_days"), "{said}");
    write("extends = 'fr'\nwatch_days = 60");
    let (code, said) = desk.run(&["rules", "check", "mine.toml"]);
    assert!(code == 0 && !said.contains("over"), "{said}");
}

#[test]
fn a_slip_in_a_tracking_number_is_said() {
    let desk = Desk::new("");
    let (code, said) = desk.run(&["identify", "RR123456789GB"]);
    assert!(code == 4 && said.contains("check digit of this Royal Mail number") && said.contains("receipt"), "{said}");
    assert_eq!(desk.run(&["identify", "RR123456785GB"]).0, 0);
    assert!(!desk.run(&["identify", "hello"]).1.contains("receipt"));
}

#[test]
fn what_is_asked_for_as_json_is_json() {
    let desk = Desk::new("[voice]\nmenu = 'menu.toml'");
    fs::write(desk.path("menu.toml"), "start = 'nowhere'\n").unwrap();
    let json = |desk: &Desk, args: &[&str], code: i32| -> serde_json::Value {
        let out = desk.command(args).arg("--json").output().unwrap();
        assert_eq!(out.status.code(), Some(code), "{args:?}");
        serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", told(out).1))
    };
    let faulty = json(&desk, &["voice", "menu", "--check"], 78);
    assert!(faulty["ok"] == false && faulty["faults"][0].as_str().unwrap().contains("menu.toml"), "{faulty}");
    let desk = Desk::new("");
    assert!(json(&desk, &["voice", "menu", "--svg"], 0)["svg"].as_str().unwrap().starts_with("<svg"));
    desk.run(&["migrate"]);
    assert!(json(&desk, &["looks", "--term", "Lin"], 0)["term"].is_string());
    desk.run(&["log", "keygen-root", "--name", "desk.example/root", "--out", "root.key"]);
    // The first manifest is made by whatever asks for the next.
    let draft = json(&desk, &["log", "manifest", "--draft"], 0)["manifest"].as_str().unwrap().to_owned();
    fs::write(desk.path("draft"), draft).unwrap();
    let signed = json(&desk, &["log", "sign", "draft", "--root", "data/keys/log-root.key"], 0);
    fs::write(desk.path("signed"), signed["manifest"].as_str().unwrap()).unwrap();
    assert_eq!(json(&desk, &["log", "manifest", "--put", "signed"], 0)["version"], 2);
}

#[test]
fn a_list_of_records_with_a_slip_in_it_changes_nothing() {
    let desk = Desk::new("");
    desk.run(&["migrate"]);
    fs::write(desk.path("good.csv"), "").unwrap();
    for bad in ["nofile", "."] {
        let (code, said) = desk.run(&["watch", "good.csv", bad]);
        assert!(code == 2 && said.contains("nothing was taken in") && !said.contains("good.csv"), "{said}");
    }
}

/// The same slip has the same code and the same words, whichever command it is made to.
#[test]
fn a_slip_is_answered_alike_everywhere() {
    let desk = Desk::new("");
    desk.run(&["migrate"]);
    let key = proof::SigningKey::from_seed("desk.example", &[7; 32]).unwrap().public().to_string();
    fs::write(desk.path("words"), "words").unwrap();
    let unread: [&[&str]; 9] = [
        &["import", "holders", "nofile"],
        &["watch", "nofile"],
        &["log", "sign", "nofile", "--root", "nofile"],
        &["log", "manifest", "--put", "nofile"],
        &["rules", "check", "nofile"],
        &["rules", "check", "words", "--over", "nofile"],
        &["rules", "explain", "--pack", "nofile"],
        &["verify", "nofile"],
        &["mail", "take", "nofile"],
    ];
    for args in unread {
        let (code, said) = desk.run(args);
        assert!(code == 2 && said.contains("cannot read nofile: No such file"), "{args:?}: {code} {said}");
    }
    let references: [&[&str]; 6] = [
        &["case", "show", "hello"],
        &["case", "evidence", "hello", "-o", "out"],
        &["case", "give", "hello"],
        &["looks", "--case", "hello"],
        &["log", "prove", "hello"],
        &["rules", "explain", "--case", "hello"],
    ];
    for args in references {
        let (code, said) = desk.run(args);
        assert!(code == 2 && said.contains("this is no reference of a case"), "{args:?}: {code} {said}");
        let args: Vec<&str> = args.iter().map(|arg| if *arg == "hello" { "C7K4-M2QX-1" } else { arg }).collect();
        let (code, said) = desk.run(&args);
        assert!(code == 4 && said.contains("there is no case C7K4-M2QX-1"), "{args:?}: {code} {said}");
    }
    let days: [&[&str]; 4] = [
        &["rules", "explain", "--on"],
        &["quote", "--card", CARD, "--on"],
        &["quote", "--card", CARD, "--wanted"],
        &["case", "declare", "--card", CARD, "--name", "Mei", "--end"],
    ];
    for args in days {
        let (code, said) = desk.run(&[args, &["1 May"]].concat());
        assert!(code == 2 && said.contains("this is no day; write it like 2027-04-01"), "{args:?}: {code} {said}");
    }
    let (code, said) = desk.run(&["log", "revoke", "key", "--from", "yesterday"]);
    assert!(code == 2 && said.contains("write it like 2026-11-26T04:00:00Z"), "{said}");
    let tongues: [&[&str]; 5] = [
        &["rules", "list"],
        &["voice", "menu", "--svg"],
        &["quote", "--card", CARD],
        &["staff", "change", "nobody"],
        &["case", "declare", "--card", CARD, "--name", "Mei"],
    ];
    for args in tongues {
        let (code, said) = desk.run(&[args, &["--lang", "de"]].concat());
        assert!(code == 2 && said.contains("there are en and zh-CN"), "{args:?}: {code} {said}");
        for tag in ["zh", "zh-Hans", "EN"] {
            assert_ne!(desk.run(&[args, &["--lang", tag]].concat()).0, 2, "{args:?} {tag}");
        }
    }
    for (option, name, says) in [
        ("--key", "nofile", "there is no such file"),
        ("--trust", "nofile", "no such file"),
        ("--key", "words", "has no"),
    ] {
        let (code, said) = desk.run(&["verify", "words", option, name]);
        assert!(code == 2 && said.contains(&format!("{option} {name}: ")) && said.contains(says), "{said}");
    }
    let (code, said) = desk.run(&["verify", "words", "--key", &key, "--card", "hello"]);
    assert!(code == 2 && said.contains("--card hello: this is no card's number"), "{said}");
}

#[test]
fn a_configuration_is_checked_with_the_name_of_its_file() {
    let desk = Desk::new("desk.hotline = '0800 123'");
    let (code, said) = desk.run(&["config", "check"]);
    assert!(code == 0 && said.contains("cease.toml: the configuration can be used"), "{said}");
    assert!(
        said.contains("desk.hotline: “0800 123” is not in the register") && said.contains("desk.channels"),
        "{said}"
    );
    let (_, said) = desk.run(&["doctor"]);
    assert!(said.contains("warn  channels       desk.hotline: “0800 123” is not in the register"), "{said}");
    let carrier =
        "[[carriers]]\nname = 'one'\ncarries = ['*']\nwords = {}\n[[carriers]]\nname = 'post'\ncarries = ['*']\n";
    let (code, said) = Desk::new(carrier).run(&["config", "check"]);
    assert!(code == 78 && said.contains("carriers[1] (post): missing field `words`"), "{said}");
    assert!(said.contains("cease.toml"), "{said}");
    let bare = Desk::new("");
    fs::remove_file(bare.path("cease.toml")).unwrap();
    let (code, said) = bare.run(&["config", "check"]);
    assert!(code == 0 && said.contains("no cease.toml here, so the defaults hold"), "{said}");
}

#[test]
fn a_table_comes_by_a_pipe_and_with_semicolons() {
    let desk = Desk::new("");
    let (code, said) = desk.fed(&["import", "holders", "-"], b"login;name\nmei;Mei Lin\nli;Li\n");
    assert!(code == 0 && said.contains("2 new"), "{said}");
    let (code, said) = desk.fed(&["import", "holders", "-"], b"login;name;lang\nwei;Wei\nli;Li;xx\n;;\n");
    assert_eq!(code, 1, "{said}");
    for fault in ["-:2:3: row: 2 cells where the header has 3", "-:3:3: lang", "-:4:1: login", "4 faults"] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}

#[test]
fn evidence_is_on_the_record_once_it_is_taken() {
    let desk = Desk::new("");
    let declare = ["case", "declare", "--card", CARD, "--name", "Mei Lin"];
    let reference = desk.run(&declare).1.lines().next().unwrap().to_owned();
    let take = ["case", "evidence", &reference, "-o", "case.zip"];
    fs::write(desk.path("case.zip"), "mine").unwrap();
    assert_eq!(desk.run(&take).0, 1);
    let taken = || desk.run(&["audit", "--what", "evidence-taken"]).1.matches(&reference).count();
    assert_eq!((taken(), fs::read_to_string(desk.path("case.zip")).unwrap().as_str()), (0, "mine"));
    fs::remove_file(desk.path("case.zip")).unwrap();
    assert_eq!((desk.run(&take).0, taken()), (0, 1));
    let give = ["case", "give", &reference, "--agency", "north", "--why", "Mei Lin moved to the north"];
    assert_eq!(desk.run(&give).0, 0);
    let (_, acts) = desk.run(&["audit", "--what", "case-given"]);
    assert!(acts.contains("to north: ") && acts.contains("moved to the north") && !acts.contains("Mei Lin"), "{acts}");
    desk.run(&declare);
    let (_, shown) = desk.run(&["case", "list", "--limit", "1"]);
    assert!(shown.lines().count() == 2 && shown.contains("there are more than these 1"), "{shown}");
    assert_eq!(desk.run(&["case", "list", "--limit", "2"]).1.lines().count(), 2);
    let (_, shown) = desk.run(&["case", "show", &reference]);
    assert!(shown.contains("card\ticcid ") && shown.contains("holder\tMei Lin") && !shown.contains(CARD), "{shown}");
}

#[test]
fn a_quote_is_for_a_day_that_can_be_asked_for() {
    let desk = Desk::new("");
    desk.run(&["migrate"]);
    fs::write(desk.path("cards.csv"), format!("iccid,login,product\n{CARD},mei,data\n")).unwrap();
    fs::write(desk.path("holders.csv"), "login,name,email\nmei,Mei,mei@holder.example\n").unwrap();
    desk.run(&["import", "holders", "holders.csv"]);
    let (code, said) = desk.run(&["import", "cards", "cards.csv"]);
    assert_eq!(code, 0, "{said}");
    for wanted in ["1900-01-01", "9999-12-31"] {
        let (code, said) = desk.run(&["quote", "--card", CARD, "--wanted", wanted]);
        assert!(code == 2 && said.contains("--wanted: ") && said.contains(wanted), "{said}");
    }
    for on in ["1900-01-01", "9999-12-31"] {
        let (code, said) = desk.run(&["quote", "--card", CARD, "--on", on]);
        assert!(code == 2 && said.contains(&format!("--on: {on} is more than 10 years from today")), "{said}");
    }
    fs::write(desk.path("cards.csv"), format!("iccid,login,product,started\n{CARD},mei,data,2025-11-01\n")).unwrap();
    assert_eq!(desk.run(&["import", "cards", "cards.csv"]).0, 0);
    let (code, said) = desk.run(&["quote", "--card", CARD, "--on", "2025-10-31"]);
    assert!(code == 2 && said.contains("before the contract began, on 2025-11-01"), "{said}");
}

/// What is declared from a shell is read as a form is: nothing is kept that must not be, and no day is taken that is none.
#[test]
fn a_declaration_from_a_shell_is_read_as_a_form_is() {
    let desk = Desk::new("");
    let declared =
        |more: &[&str]| desk.run(&[&["case", "declare", "--card", CARD, "--name", "Mei Lin"], more].concat());
    for (more, says) in [
        (&["--phone", "4111 1111 1111 1111"][..], "--phone"),
        (&["--email", "notmail"], "--email"),
        (&["--end", "1990-01-01"], "--end"),
        (&["--end", "9990-01-01"], "--end"),
        (&["--kind", "withdrawal"], "--kind: one of ordinary"),
    ] {
        let (code, said) = declared(more);
        assert!(code == 2 && said.contains(says), "{more:?}: {code} {said}");
    }
    let (code, first) = declared(&["--idempotency-key", "k", "--email", "mei@example.com"]);
    assert_eq!(code, 0, "{first}");
    assert_eq!(declared(&["--idempotency-key", "k", "--email", "mei@example.com"]), (0, first));
    let other = ["case", "declare", "--card", "8944110064600000021", "--name", "Wei", "--idempotency-key", "k"];
    let (code, said) = desk.run(&other);
    assert!(code == 5 && said.contains("another card, name, email"), "{code} {said}");
    let (code, said) = desk.run(&["case", "declare", "--card", CARD, "--name", "Wei", "--idempotency-key", "k"]);
    assert!(code == 5 && said.contains("another name, email"), "{code} {said}");
    let (code, listed) = desk.run(&["case", "list", "--limit", "2000"]);
    assert!(code == 0 && listed.lines().count() == 1, "{listed}");
}

/// The kinds of end that the rules offer are a shell's to choose too.
#[test]
fn a_withdrawal_is_declared_from_a_shell_where_the_rules_offer_it() {
    let desk = Desk::new("rules.pack = 'uk'");
    let declare = ["case", "declare", "--card", CARD, "--name", "Mei Lin", "--kind", "withdrawal"];
    let (code, said) = desk.run(&[&declare[..], &["--end", "2026-12-01"]].concat());
    assert!(code == 2 && said.contains("A withdrawal has no day"), "{code} {said}");
    let (code, declared) = desk.run(&declare);
    assert_eq!(code, 0, "{declared}");
    let (_, shown) = desk.run(&["case", "show", declared.lines().next().unwrap(), "--json"]);
    assert!(shown.contains(r#""kind":"withdrawal""#), "{shown}");
}
