//! Whoever has nothing but a number, read off a card or made up, reads the same of both at every address of a case, in
//! every answer to what they post, and in every letter: not whether there is such a card, nor what it costs or must come
//! back, nor what has happened to its account.

use axum::http::StatusCode;
use case::parcel::Thing;
use case::{Actor, Assurance, CardRecord, Case, Declaration, Fact, Person};
use store::Import;

use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser, Got};
use crate::web::access::{For, TABLE};

/// What a stranger may post at an address of their case, besides nothing at all.
const TYPED: [(&str, &[(&str, &str)]); 13] = [
    ("", &[("do", "say"), ("said", "")]),
    ("", &[("do", "say"), ("said", "Is it mine?")]),
    ("", &[("do", "nudge")]),
    ("/chat", &[("do", "say"), ("said", "Hello?")]),
    ("/chat", &[("do", "transcript")]),
    ("/complaint", &[("said", "It takes too long.")]),
    ("/agree", &[("consent", "yes"), ("backup", "yes")]),
    ("/correct", &[("name", "Q"), ("email", "EMAIL"), ("number", "NUMBER")]),
    ("/correct", &[("name", "Q"), ("email", "c@example.net"), ("number", "NUMBER")]),
    ("/return", &[("do", "label")]),
    ("/return", &[("do", "post"), ("tracking", "RR123456785GB")]),
    ("/return", &[("do", "dispute"), ("over", "other"), ("text", "It is not so.")]),
    ("/switch", &[("moving", "pac"), ("unused", "cancel")]),
];

/// What is drawn by lot for each page or letter follows these.
const DRAWN: [&str; 6] = [
    "name=\"csrf\" value=\"",
    "data-csrf=\"",
    "name=\"form\" value=\"",
    "/stop/REF.",
    "&sent=",
    "Check code of this message: ",
];

struct Stranger {
    browser: Browser,
    case: Case,
    email: String,
}

impl Stranger {
    async fn declares(app: &Shared, number: &str, email: &str) -> Self {
        let number = case::identify::identify(number, &app.policy.identify).unwrap();
        let person = Person { name: "Q".into(), email: Some(email.to_owned()), ..Person::default() };
        let declaration =
            Declaration { check: number.check, backup: true, ..Declaration::of(number.id, person, app.now()) };
        let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let case = act::declare(app, &nobody, declaration, Vec::new(), None).await.unwrap();
        while crate::work::round(app).await.unwrap() > 0 {}
        let mut browser = Browser::new(app).await;
        browser.post("/case", &[("ref", &case.reference.to_string()), ("fact", email)]).await;
        Self { browser, case, email: email.to_owned() }
    }

    /// Without what is this case's own: its reference, its number in each writing, the address that was given.
    fn common(&self, text: &str) -> String {
        let (shown, masked) = (self.case.number.grouped(), self.case.number.masked());
        let groups: String = shown.split(' ').map(|group| format!("<span>{group}</span> ")).collect();
        let tail: String = masked.chars().filter(char::is_ascii_alphanumeric).collect();
        let reference = self.case.reference.to_string();
        let own = [&reference, &groups, &shown, &masked, &self.email, &format!(" {tail}")];
        let names = ["REF", "GROUPS", "NUMBER", "MASKED", "EMAIL", " TAIL"];
        let mut text =
            own.iter().zip(names).fold(text.to_owned(), |text, (own, name)| text.replace(own.as_str(), name));
        for drawn in DRAWN {
            let rest =
                |part: &str| part.trim_start_matches(|c: char| c.is_alphanumeric() || "-_.".contains(c)).to_owned();
            let mut parts = text.split(drawn);
            let first = parts.next().unwrap_or_default().to_owned();
            text = parts.fold(first, |text, part| text + drawn + &rest(part));
        }
        text
    }

    fn told(&self, asked: &str, got: &Got) -> String {
        // What is no page has its own case's name, times and hashes in it.
        let page = if got.body.starts_with("<!doctype") { self.common(&got.body) } else { String::new() };
        format!("{asked} {} {}\n{page}", got.status, self.common(got.location()))
    }

    /// Every answer there is, each under what was asked; then all of it again, with a person at it.
    async fn reads_all(&mut self) -> Vec<String> {
        let mut read = self.reads().await;
        let reference = self.case.reference.to_string();
        let about: [(&str, &str); 1] = [("for", &reference)];
        for typed in [[about[0], ("by", "")], [about[0], ("by", "email")], [about[0], ("by", "session")]] {
            let got = self.browser.post("/confirm", &typed).await;
            read.push(self.told(&format!("POST /confirm {}", typed[1].1), &got));
        }
        let got = self.browser.get(&format!("/confirm?for={reference}")).await;
        read.push(self.told("GET /confirm", &got));
        let got = self.browser.post("/confirm/without", &about).await;
        read.push(self.told("POST /confirm/without", &got));
        read.extend(self.reads().await);
        read
    }

    async fn reads(&mut self) -> Vec<String> {
        let mut read = Vec::new();
        let ours =
            TABLE.iter().filter_map(|(path, get, post)| Some((path.strip_prefix("/case/{reference}")?, get, post)));
        for (path, get, post) in ours.filter(|(path, ..)| !path.contains('{')) {
            let at = format!("/case/{}{path}", self.case.reference);
            if *get == For::OwnCase {
                let got = self.browser.get(&at).await;
                read.push(self.told(&format!("GET {path}"), &got));
            }
            // What ends or stops the case comes to nothing different, and leaves nothing to be asked.
            if *post == For::OwnCase && !["/withdraw", "/contest"].contains(&path) {
                let typed = TYPED.iter().filter(|(at, _)| *at == path).map(|(_, typed)| *typed);
                for typed in typed.chain([[].as_slice()]) {
                    let number = self.case.number.grouped();
                    let fill = |value| match value {
                        "EMAIL" => self.email.clone(),
                        "NUMBER" => number.clone(),
                        _ => String::from(value),
                    };
                    let filled: Vec<(&str, String)> = typed.iter().map(|(name, value)| (*name, fill(*value))).collect();
                    let filled: Vec<(&str, &str)> =
                        filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    let got = self.browser.post(&at, &filled).await;
                    read.push(self.told(&format!("POST {path} {typed:?}"), &got));
                }
            }
        }
        read
    }
}

#[tokio::test]
async fn a_number_alone_tells_a_stranger_nothing_of_the_record() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei1").await;
    let card = testing::card(&app, 1, mei.id).await;
    let known = card.iccid.clone().unwrap();
    let card = CardRecord { must_return: true, thing: Thing::Router, ..card };
    app.store.import(Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    crate::guard::happened(&app, &mei, Fact::Recovered).await.unwrap();
    while crate::work::round(&app).await.unwrap() > 0 {}
    let before = testing::shelf(&app).messages().len();
    let mut reads = Vec::new();
    for (number, email) in [(known.as_str(), "a@example.net"), ("8944770010000000999", "b@example.net")] {
        let mut stranger = Stranger::declares(&app, number, email).await;
        let mut read = stranger.reads_all().await;
        while crate::work::round(&app).await.unwrap() > 0 {}
        let letters = testing::shelf(&app).messages();
        let theirs = letters[before..].iter().filter(|letter| letter.message.to == email);
        read.extend(theirs.map(|l| stranger.common(&format!("LETTER {}\n{}", l.message.subject, l.message.text))));
        reads.push(read);
    }
    let [known, unknown] = reads.try_into().unwrap();
    let heads =
        |read: &[String]| read.iter().map(|one| one.lines().next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    assert_eq!(heads(&known), heads(&unknown));
    assert!(
        heads(&known).iter().filter(|head| head.contains(StatusCode::OK.as_str())).count() > 10,
        "{:#?}",
        heads(&known)
    );
    let no_pack = format!("GET /evidence {} /confirm?for=REF", StatusCode::SEE_OTHER);
    assert!(heads(&known).contains(&no_pack), "the journal tells of the record: {:#?}", heads(&known));
    for (known, unknown) in known.iter().zip(&unknown) {
        let head = known.lines().next().unwrap_or_default();
        for (known, unknown) in known.lines().zip(unknown.lines()) {
            assert_eq!(known, unknown, "{head}: of a card that is on record, and of none");
        }
        assert_eq!(known.lines().count(), unknown.lines().count(), "{head}");
        assert!(!known.contains("recovery link") && !known.contains("Paused"), "{known}");
    }
    let told = testing::shelf(&app).messages();
    assert!(told.iter().any(|m| m.message.to == "mei1@example.com" && m.message.text.contains("recovery link")));
}
