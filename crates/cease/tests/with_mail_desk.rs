//! A real conversation by mail, through a real Postfix and Dovecot: a holder, the desk's own program as its
//! workers run it, and an agent. And five hundred mails, while that program is killed again and again.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use case::{AccountId, Actor, CardId, CardRecord, CaseRef, Channel, Flag, Person, Role, thread};
use cease::act::act;
use cease::app::App;
use cease::config::Config;
use store::{Account, Import, MailFate, View};

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only mail")
}

fn config(dir: &Path, mailbox: &str, sends: bool) -> Config {
    let mut config = Config::default();
    config.desk.data = dir.to_owned();
    if sends {
        config.mail.smtp = format!("smtp://{}", var("CEASE_TEST_SMTP"));
    }
    config.mail.from = format!("Laika Mobile <{mailbox}>");
    config.mail.inbox.address = mailbox.to_owned();
    config.mail.inbox.url = format!(
        "imap://{}:{}@{}",
        mailbox.replace('@', "%40"),
        var("CEASE_TEST_IMAP_PASSWORD"),
        var("CEASE_TEST_IMAP")
    );
    config.check().unwrap();
    config
}

/// The desk's store and keys, as another process of it has them.
async fn desk(config: &Config) -> App {
    let app = cease::startup::app(config.clone(), None).await.unwrap();
    app.store.migrate().await.unwrap();
    app
}

/// The program itself, with workers and mailbox.
fn start(config: &Config) -> Child {
    let file = config.desk.data.join("cease.toml");
    std::fs::write(&file, toml::to_string(config).unwrap()).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_cease"));
    program.arg("--config").arg(file).arg("work").stderr(Stdio::null()).stdout(Stdio::null());
    program.spawn().unwrap()
}

/// Killed when it goes, as it is between rounds.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// One connection to Postfix.
struct Sender(BufReader<TcpStream>);

impl Sender {
    fn new() -> Self {
        let mut sender = Self(BufReader::new(TcpStream::connect(var("CEASE_TEST_SMTP")).unwrap()));
        sender.hear();
        sender.say("HELO test.example");
        sender
    }

    fn hear(&mut self) {
        let mut line = String::new();
        while line.as_bytes().get(3) != Some(&b' ') {
            line.clear();
            self.0.read_line(&mut line).unwrap();
        }
        assert!(line.starts_with('2') || line.starts_with('3'), "{line}");
    }

    fn say(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.hear();
    }

    fn send(&mut self, from: &str, to: &str, head: &str, body: &str) {
        self.say(&format!("MAIL FROM:<{from}>"));
        self.say(&format!("RCPT TO:<{to}>"));
        self.say("DATA");
        self.say(&format!("From: Mei <{from}>\r\nTo: {to}\r\n{head}\r\n{body}\r\n."));
    }
}

fn letters(to: &str) -> Vec<String> {
    let dir = PathBuf::from(var("CEASE_TEST_MAILDIR")).join(to).join("new");
    let entries = std::fs::read_dir(dir).map(|d| d.flatten().map(|e| e.path()).collect()).unwrap_or_default();
    let mut entries: Vec<PathBuf> = entries;
    entries.sort();
    entries.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what} never came");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// A header of a letter, unfolded.
fn header(letter: &str, name: &str) -> String {
    let mut value = String::new();
    let mut inside = false;
    for line in letter.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if inside {
                value.push_str(line);
            }
        } else {
            inside = line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase()));
            if inside {
                value = line[name.len() + 1..].trim().to_owned();
            }
        }
    }
    value
}

fn decoded(letter: &str) -> String {
    reach::mail::read::read(letter.as_bytes()).text
}

async fn holder(app: &App) -> CardRecord {
    let person = Person {
        name: "Mei Lin".into(),
        address: String::new(),
        email: Some("mei-conversation@test.example".into()),
        phone: None,
    };
    let account = Account::of(AccountId::from_bits(1), "mei".into(), person, app.now());
    let card = CardRecord {
        iccid: Some("8931070820307245732".into()),
        ..CardRecord::of(CardId::from_bits(1), account.id, "Data".into(), app.now())
    };
    app.store.import(Import { accounts: vec![account], cards: vec![card.clone()] }).await.unwrap();
    card
}

async fn said(app: &App, case: CaseRef) -> Vec<(Channel, String)> {
    let journal = app.store.journal(case).await.unwrap();
    thread::messages(&journal).map(|m| (m.channel, m.text.to_owned())).collect()
}

#[tokio::test]
async fn a_conversation_by_mail_from_declaration_to_answer() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path(), "desk-talk@test.example", true);
    let app = desk(&config).await;
    let card = holder(&app).await;
    let _running = Running(start(&config));
    let mei = "mei-conversation@test.example";
    let text = format!("Please cancel my card {}.\r\n\r\n-- \r\nMei", card.iccid.unwrap());
    Sender::new().send(mei, "desk-talk@test.example", "Message-ID: <one@test.example>\r\nSubject: Cancel\r\n", &text);

    let receipt = until("the receipt", async || letters(mei).into_iter().next()).await;
    let (first, reply_to) = (header(&receipt, "Message-ID"), header(&receipt, "Reply-To"));
    assert!(reply_to.starts_with("desk-talk+"), "{receipt}");
    assert_eq!(header(&receipt, "Auto-Submitted"), "auto-generated");
    assert!(header(&receipt, "DKIM-Signature").contains("d=test.example; s=cease;"));
    let [row] = &app.store.list(View::All, None, 10).await.unwrap()[..] else { panic!("one case") };
    let case = row.case.reference;
    assert_eq!(row.case.declaration.statement.as_deref(), Some("Cancel\n\nPlease cancel my card 8931070820307245732."));
    assert!(header(&receipt, "Subject").contains(&case.to_string()) || decoded(&receipt).contains(&case.to_string()));

    let head = format!("Message-ID: <two@test.example>\r\nIn-Reply-To: {first}\r\nSubject: Re: receipt\r\n");
    let quoted = "When does it end?\r\n\r\nOn Mon, Laika <desk-talk@test.example> wrote:\r\n> old words";
    Sender::new().send(mei, &reply_to, &head, quoted);
    let thread = until("the answer", async || Some(said(&app, case).await).filter(|said| said.len() == 2)).await;
    assert_eq!(thread[1], (Channel::Mail, "When does it end?".to_owned()));

    let agent = Actor::Agent { staff: AccountId::from_bits(9), role: Role::Agent };
    act(&app, case, &agent, &case::Command::say("On Friday, at midnight.")).await.unwrap();
    let answer = until("the agent's answer", async || {
        letters(mei).into_iter().find(|letter| decoded(letter).contains("On Friday, at midnight."))
    })
    .await;
    assert_eq!((header(&answer, "References"), header(&answer, "In-Reply-To")), (first.clone(), first));
    assert_eq!(header(&answer, "Reply-To"), reply_to);
    assert_eq!(app.store.list(View::All, None, 10).await.unwrap().len(), 1, "one case all along");

    // A declaration from an address that does not work: the receipt comes back, and the agent is told.
    let gone = "returned@test.example";
    Sender::new().send(gone, "desk-talk@test.example", "Message-ID: <three@test.example>\r\n", "Cancel my card too");
    let flagged = until("the returned letter", async || {
        let all = app.store.list(View::All, None, 10).await.unwrap();
        all.into_iter().find(|row| row.case.flags.contains(&Flag::Unreachable))
    })
    .await;
    let journal = app.store.journal(flagged.case.reference).await.unwrap();
    let bounced = journal.iter().flat_map(|entry| &entry.events).find_map(|event| {
        if let case::Event::Bounced { hard, status, .. } = event { Some((*hard, status.clone())) } else { None }
    });
    assert_eq!(bounced, Some((true, "5.0.0".to_owned())));
    assert_eq!(flagged.case.person.email.as_deref(), Some(gone));
    until("what they wrote, and the report", async || {
        (app.store.mails_of(flagged.case.reference).await.unwrap().len() == 2).then_some(())
    })
    .await;
}

/// Of five hundred.
const DECLARE: usize = 250;
const ANSWER: usize = 250;
const KILLS: usize = 8;

#[tokio::test]
async fn five_hundred_mails_and_kill_dash_nine() {
    let dir = tempfile::tempdir().unwrap();
    let mailbox = "desk-bulk@test.example";
    let config = config(dir.path(), mailbox, false);
    let app = desk(&config).await;
    let mut sender = Sender::new();
    sender.send("seed@test.example", mailbox, "Message-ID: <seed@test.example>\r\n", "seed");
    let first = {
        let _running = Running(start(&config));
        until("the first case", async || app.store.list(View::All, None, 1).await.unwrap().pop()).await
    };
    let case = first.case.reference;
    let answers = cease::mail::address::of(&app, case).unwrap();
    for n in 0..DECLARE.max(ANSWER) {
        if n < DECLARE {
            let head = format!("Message-ID: <d{n}@test.example>\r\n");
            sender.send(&format!("p{n}@test.example"), mailbox, &head, &format!("cancel {n}"));
        }
        if n < ANSWER {
            let head = format!("Message-ID: <a{n}@test.example>\r\n");
            sender.send("seed@test.example", &answers, &head, &format!("answer {n}"));
        }
    }
    let taken = async || {
        let done = app.store.mails(MailFate::Taken, None, 1_000).await.unwrap().len();
        // Of the first, which is not one of them, there may be the case and not yet the word that it is taken.
        done.saturating_sub(1)
    };
    let mut killed_at = Vec::new();
    for kill in 0..KILLS {
        let running = Running(start(&config));
        // Not at a boundary: as many as there are by then, in whatever it is doing.
        let enough = (kill + 1) * (DECLARE + ANSWER) / (KILLS + 1);
        until("progress", async || (taken().await >= enough).then_some(())).await;
        drop(running);
        killed_at.push(taken().await);
    }
    eprintln!("killed after {killed_at:?}");
    let _running = Running(start(&config));
    until("the rest", async || (taken().await == DECLARE + ANSWER).then_some(())).await;
    until("an empty mailbox", async || letters(mailbox).is_empty().then_some(())).await;
    assert!(killed_at.iter().any(|n| *n < DECLARE + ANSWER), "killed in the middle: {killed_at:?}");

    let all = app.store.list(View::All, None, 1_000).await.unwrap();
    assert_eq!(all.len(), DECLARE + 1, "one case each");
    let statements: BTreeSet<_> = all.iter().filter_map(|row| row.case.declaration.statement.clone()).collect();
    assert_eq!(statements.len(), DECLARE + 1);
    let talk = said(&app, case).await;
    let words: BTreeSet<_> = talk.iter().map(|(_, text)| text.clone()).collect();
    assert_eq!((talk.len(), words.len()), (ANSWER + 1, ANSWER + 1), "each answer once");
    assert!(app.store.mails(MailFate::Held, None, 10).await.unwrap().is_empty());
    assert!(app.store.mails_pending(1).await.unwrap().is_empty());
}
