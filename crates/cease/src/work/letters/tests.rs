use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use case::case::{RefusedFor, Step};
use case::parcel as back;
use case::risk::{Bearing, Hold, Risk};
use case::watch::Alarm;
use case::way::{Code, Complaint, Issued, Switch, SwitchState, Unused, Ways};
use case::{
    AccountId, Actor, Assurance, CardId, CardRecord, Cause, Declaration, Lang, Level, Need, Times, Timestamp, World,
};
use jiff::ToSpan;
use reach::shelf::Kind;
use reach::{Mailer, Texter};

use super::*;
use crate::config::{Config, Desk};

mod stages;

use stages::{billed, leaving, stages};

/// What a stranger might write to have it mailed; no letter may have any of it.
const NAME: &str = "Cheap Watches at spam.example";
const ADDRESS: &str = "1 Spam Street";
const STATEMENT: &str = "Visit https://spam.example now";
const AGENT: &str = "An agent wrote this";

/// By mail, and as a text.
const CODES: [&str; 2] = ["7K4M-2QXD-9PZT", "3F8W-J6CA-5RNE"];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn policy() -> Policy {
    Config::default().policy().unwrap()
}

fn desk() -> Desk {
    Desk { url: "https://cancel.laika.example".into(), ..Config::default().desk }
}

fn key(case: &Case) -> EffectId {
    EffectId { case: case.reference, n: 1 }
}

fn person(email: &str, phone: &str) -> Person {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Person { name: NAME.into(), address: ADDRESS.into(), email: some(email), phone: some(phone) }
}

/// A case as it stands after its declaration.
fn case_in(lang: Lang) -> Case {
    let policy = policy();
    let number = identify("8944 7700 0000 0001 018", &policy.identify).unwrap();
    let declaration = Declaration {
        lang,
        check: number.check,
        statement: Some(STATEMENT.into()),
        wanted_end: Some("2026-11-27".parse().unwrap()),
        backup: true,
        ..Declaration::of(number.id, person("li.wei@example.com", "+447700900101"), at("2026-11-22T14:03:20Z"))
    };
    let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let command = case::Command::Declare {
        reference: case::CaseRef::from_bits(0x61_E54B_8BB7),
        declaration: Box::new(declaration),
        flags: Vec::new(),
    };
    let world = World { now: at("2026-11-22T14:03:20Z"), policy: &policy, record: None, duplicate: false, known: None };
    let case = case::decide(None, &actor, &command, &world).unwrap().case;
    Case { quote: case::Quote { total: case::Money::new(350, "GBP"), ..case.quote.clone() }, ..case }
}

/// Every letter for every stage that it fits, in both languages.
fn each_letter(mut look: impl FnMut(Letter, &Case, &Written)) {
    let (policy, desk) = (policy(), desk());
    for lang in Lang::ALL {
        for letter in Letter::ALL {
            for case in stages(lang).iter().filter(|case| fits(letter, case)) {
                // Only the certificate is kept from some.
                for enclosed in if letter == Letter::Certificate { vec![true, false] } else { vec![true] } {
                    look(
                        letter,
                        case,
                        &write(
                            letter,
                            &Facts {
                                case,
                                lang,
                                policy: &policy,
                                complaint: &policy,
                                desk: &desk,
                                enclosed,
                                talk: &[],
                                stop: Some("K7PM2QXJRT"),
                                known: true,
                                answerable: false,
                                phrase: None,
                                codes: CODES,
                            },
                        ),
                    );
                }
            }
        }
    }
}

#[test]
fn letters_read_as_a_person_wants_to_read_them() {
    let mut book = String::from(
        "Every letter at every stage that it fits, English first. Regenerate: UPDATE_GOLDEN=1 cargo test -p cease letters\n",
    );
    let mut last = String::new();
    each_letter(|letter, case, written| {
        let page = format!("Subject: {}\n\n{}\nSMS: {}\n", written.subject, written.text(), written.sms);
        if page != last {
            book += &format!("\n======== {letter:?} at {} ({})\n{page}", case.stage.name(), written.lang.tag());
        }
        last = page;
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/letters.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &book).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    let differs = book.lines().zip(golden.lines()).find(|(now, then)| now != then);
    assert!(book == golden, "letters have changed, first here: {differs:?}; read them, then UPDATE_GOLDEN=1");
}

#[test]
fn every_letter_names_the_case_the_card_and_how_to_check_it_is_us() {
    each_letter(|letter, case, written| {
        let (text, html, reference) = (written.text(), written.html().unwrap(), case.reference.to_string());
        let link = format!("https://cancel.laika.example/case/{reference}");
        for said in [reference.as_str(), link.as_str(), "https://cancel.laika.example/case "] {
            assert!(text.contains(said), "{letter:?}: {said} in\n{text}");
            assert!(html.contains(said), "{letter:?}: {said} in\n{html}");
        }
        assert!(written.subject.contains(&reference), "{letter:?}: {}", written.subject);
        assert!(!text.contains("8944770000000001018"), "the whole number: {text}");
        // A missing message or value shows as its key.
        assert!(!text.contains("letter-") && !text.contains('{'), "{text}");
    });
}

#[test]
fn nothing_that_a_person_typed_is_in_a_letter() {
    each_letter(|letter, _, written| {
        for all in [written.text(), written.html().unwrap(), written.subject.clone(), written.sms.clone()] {
            for typed in [NAME, ADDRESS, STATEMENT, AGENT, "spam", "example.com", "7700900101"] {
                assert!(!all.contains(typed), "{letter:?} says {typed}:\n{all}");
            }
        }
    });
}

#[test]
fn the_html_fetches_nothing_and_says_what_the_text_says() {
    each_letter(|letter, _, written| {
        let html = written.html().unwrap();
        for fetched in ["<img", "<script", "<link", "src=", "url(", "@import"] {
            assert!(!html.contains(fetched), "{letter:?}: {fetched}");
        }
        let bare = html.replace("&#39;", "'").replace("&quot;", "\"").replace("&amp;", "&");
        for block in &written.blocks {
            let said: Vec<&String> = match block {
                written::Block::Say(text) | written::Block::Small(text) | written::Block::Words(text) => vec![text],
                written::Block::List(items) => items.iter().collect(),
                written::Block::Table(rows) => rows.iter().flat_map(|(a, b)| [a, b]).collect(),
                written::Block::Link { say, url } => vec![say, url],
            };
            for text in said {
                assert!(bare.contains(text.as_str()), "{letter:?}: {text} in\n{bare}");
            }
        }
    });
}

#[test]
fn a_text_message_is_short_and_has_no_link() {
    let mut most = BTreeMap::new();
    each_letter(|letter, case, written| {
        let sms = &written.sms;
        let cut = reach::sms::segments::cut(&reach::sms::segments::plain(sms));
        let count = most.entry((written.lang, format!("{letter:?}"))).or_insert(0);
        *count = cut.parts.len().max(*count);
        assert!(written.lang != Lang::En || cut.coding == reach::sms::segments::Coding::Gsm7, "beyond GSM-7: {sms}");
        assert!(cut.parts.len() <= 2, "{letter:?}: {} messages: {sms}", cut.parts.len());
        assert!(!sms.contains("://") && !sms.contains("www"), "{sms}");
        assert!(sms.contains(&case.reference.to_string()), "{sms}");
        assert!(sms.contains(&written.operator), "who we are: {sms}");
    });
    // As docs/sms.md has it.
    let of = |lang, count| {
        let letters =
            most.iter().filter(|((l, _), n)| *l == lang && **n == count).map(|((_, letter), _)| letter.as_str());
        letters.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        of(Lang::En, 1),
        "Alarm Cleared Complaint Delayed Refunded Reply Reported Repriced ReturnAsked ReturnNews ReturnReminder Statement \
         SwitchCode Transcript Upheld Withdrawn"
    );
    assert_eq!(
        of(Lang::ZhCn, 1),
        "Adr Alarm Cleared Complaint Delayed Refunded Refused Reply Reported ReturnAsked ReturnNews ReturnReminder Statement \
         Transcript Upheld Withdrawn"
    );
}

#[test]
fn a_text_message_has_a_link_where_the_rules_want_one() {
    let (desk, policy) = (desk(), Policy { sms_links: true, ..policy() });
    for lang in Lang::ALL {
        let case = case_in(lang);
        let facts = Facts {
            case: &case,
            lang,
            policy: &policy,
            complaint: &policy,
            desk: &desk,
            enclosed: true,
            talk: &[],
            stop: Some("K7PM2QXJRT"),
            known: true,
            answerable: false,
            phrase: None,
            codes: CODES,
        };
        let sms = write(Letter::Receipt, &facts).sms;
        assert!(sms.contains(&format!(" https://cancel.laika.example/case/{} ", case.reference)), "{sms}");
    }
}

#[test]
fn each_contact_is_written_to_once() {
    let case = Case { person: person(" Li.Wei@Example.COM ", "07700 900 101"), ..case_in(Lang::En) };
    let record = person("li.wei@example.com", "+44 7700 900101");
    let found = contacts(&case, Some(&record), Lang::ZhCn, &policy());
    let expected = [(Way::Mail, "li.wei@example.com"), (Way::Sms, "+447700900101")].map(|(way, to)| Contact {
        way,
        to: to.into(),
        known: true,
        lang: Lang::En,
    });
    assert_eq!(found, expected);

    let stranger = Case { person: person("stranger@example.net", "+447700900999"), ..case };
    let known: Vec<_> =
        contacts(&stranger, Some(&record), Lang::En, &policy()).into_iter().map(|c| (c.to, c.known)).collect();
    let expected = [
        ("li.wei@example.com", true),
        ("stranger@example.net", false),
        ("+447700900101", true),
        ("+447700900999", false),
    ];
    assert_eq!(known, expected.map(|(to, known)| (to.to_owned(), known)));
    // Proven by the holder is not typed by the holder.
    let proven = Case { proven: true, ..stranger.clone() };
    assert_eq!(contacts(&proven, Some(&record), Lang::En, &policy()).iter().filter(|c| c.known).count(), 2);
    let vouched = Case { vouched: true, ..proven };
    assert!(contacts(&vouched, Some(&record), Lang::En, &policy()).iter().all(|c| c.known));

    let nobody = Case { person: person("", "not a number"), ..stranger };
    assert_eq!(contacts(&nobody, None, Lang::En, &policy()), []);
}

/// A carrier that answers as told for some and takes the rest.
#[derive(Default)]
struct Moody {
    mood: Mutex<Vec<(&'static str, Failure)>>,
    took: Mutex<Vec<String>>,
}

impl Moody {
    fn answer(&self, to: &str) -> Result<(), Failure> {
        let mut mood = self.mood.lock().unwrap();
        if let Some(i) = mood.iter().position(|(who, _)| *who == to) {
            return Err(mood.remove(i).1);
        }
        self.took.lock().unwrap().push(to.to_owned());
        Ok(())
    }
}

#[async_trait]
impl Mailer for Moody {
    async fn send(&self, message: &Message, _: Timestamp) -> Result<(), Failure> {
        self.answer(&message.to)
    }
}

#[async_trait]
impl Texter for Moody {
    async fn send(&self, message: &Message, _: Timestamp) -> Result<Vec<String>, Failure> {
        self.answer(&message.to).map(|()| vec![format!("text-{}", message.to)])
    }
}

fn parcels_to(all: &[(Way, &str)]) -> Vec<Parcel> {
    let parcel = |(way, to): &(Way, &str)| Parcel {
        way: *way,
        message: Message {
            key: "k".into(),
            to: (*to).into(),
            subject: "s".into(),
            text: "t".into(),
            ..Message::default()
        },
    };
    all.iter().map(parcel).collect()
}

#[tokio::test]
async fn who_has_a_letter_does_not_get_it_again_because_another_must_wait() {
    let (half_sent, case) = (HalfSent::default(), case_in(Lang::En));
    let all = [(Way::Mail, "a"), (Way::Mail, "late"), (Way::Mail, "gone"), (Way::Sms, "b")];
    let carrier = Moody::default();
    carrier
        .mood
        .lock()
        .unwrap()
        .extend([("late", Failure::Retry("busy".into())), ("gone", Failure::GiveUp("no such person".into()))]);
    let send = async || {
        let (now, mut names) = (at("2026-11-22T14:03:20Z"), Vec::new());
        let parcels = parcels_to(&all);
        let sent = deliver::all(Some(&carrier), Some(&carrier), &half_sent, key(&case), parcels, &mut names, now).await;
        (sent, names)
    };
    let (sent, names) = send().await;
    assert!(matches!(sent, Err(Failure::Retry(why)) if why == "busy"));
    assert_eq!(names, ["text-b"], "what was taken is known by name, though others must wait");
    let (sent, names) = send().await;
    assert!(matches!(sent, Err(Failure::GiveUp(why)) if why == "no such person"), "a person is told");
    assert_eq!(names, [""; 0]);
    assert_eq!(*carrier.took.lock().unwrap(), ["a", "b", "late"]);
}

fn english(letter: Letter, case: &Case, desk: &Desk, talk: &[(String, String)], known: bool) -> String {
    let policy = policy();
    let facts = Facts {
        case,
        lang: Lang::En,
        policy: &policy,
        complaint: &policy,
        desk,
        enclosed: false,
        talk,
        stop: None,
        known,
        answerable: false,
        phrase: None,
        codes: CODES,
    };
    write(letter, &facts).text()
}

/// What has to be paid is said with how; what comes back, and who is not known to be the holder, has nothing to pay.
#[test]
fn a_last_bill_says_how_it_is_paid() {
    let says = Desk { pay: "By direct debit.".into(), ..desk() };
    let back = billed(case_in(Lang::En), at("2026-11-24T09:30:00Z"));
    let mut owed = back.clone();
    owed.bill.statement.as_mut().unwrap().total = case::Money::new(900, "GBP");
    owed.bill.refund = None;
    let letter = |case: &Case, desk: &Desk, known| english(Letter::Statement, case, desk, &[], known);
    assert!(letter(&owed, &says, true).contains("By direct debit."));
    assert!(letter(&owed, &desk(), true).contains("ask us in your case"));
    for (case, known) in [(&back, true), (&owed, false)] {
        assert!(
            !letter(case, &says, known).contains("direct debit") && !letter(case, &desk(), known).contains("ask us")
        );
    }
}

/// Of a code that nobody uses each letter says what its holder chose; and a STAC moves no number.
#[test]
fn a_code_s_letter_says_what_was_chosen_and_what_the_code_can_do() {
    let talk = [(String::new(), "ABC123456".to_owned())];
    let letter = |case: &Case| english(Letter::SwitchCode, case, &desk(), &talk, true);
    let mut case = leaving(case_in(Lang::En), SwitchState::Open);
    assert!(letter(&case).contains("your plan runs on") && letter(&case).contains("can take your number"));
    let switch = case.ways.switch.as_mut().unwrap();
    (switch.unused, switch.code) = (Unused::Cancel, Code::Stac);
    switch.issued.as_mut().unwrap().code = Code::Stac;
    let says = letter(&case);
    assert!(says.contains("your card is cancelled all the same") && !says.contains("your plan runs on"), "{says}");
    assert!(says.contains("does not move your number") && !says.contains("can take your number"), "{says}");
    // Taken back, it is not cancelled by a code that runs out.
    case.stage = Stage::Withdrawn { at: at("2026-11-24T09:30:00Z") };
    assert!(letter(&case).contains("your plan runs on"));
}

/// Whoever declares in Chinese for somebody whose record says English is answered in Chinese; the holder hears in English.
#[test]
fn who_only_the_record_has_hears_in_the_language_on_record() {
    use case::way::{Behalf, Capacity};
    let zh = case_in(Lang::ZhCn);
    let record = person("li@example.com", "");
    let record = Account::of(AccountId::from_bits(7), "li".into(), record, at("2026-11-22T14:03:20Z"));
    let stranger = Case { person: person("stranger@example.net", ""), proven: false, ..zh.clone() };
    let mut behalf = Case { person: person("", ""), proven: true, ..zh.clone() };
    let by =
        Behalf { capacity: Capacity::Attorney, name: "A".into(), email: Some("a@example.net".into()), phone: None };
    behalf.declaration.way.behalf = Some(by);
    let langs = |case: &Case| {
        let found = contacts(case, Some(&record.person), theirs(case, Some(&record)), &policy());
        found.into_iter().map(|contact| (contact.to, contact.lang)).collect::<Vec<_>>()
    };
    assert_eq!(
        langs(&stranger),
        [("li@example.com".to_owned(), Lang::En), ("stranger@example.net".to_owned(), Lang::ZhCn)]
    );
    assert_eq!(langs(&behalf), [("a@example.net".to_owned(), Lang::ZhCn), ("li@example.com".to_owned(), Lang::En)]);
    // The holder chose Chinese, or typed what is on record.
    let proven = Case { proven: true, ..stranger.clone() };
    assert!(langs(&proven).iter().all(|(_, lang)| *lang == Lang::ZhCn));
    let same = Case { person: person("LI@example.com", ""), ..stranger };
    assert_eq!(langs(&same), [("li@example.com".to_owned(), Lang::ZhCn)]);
}

#[tokio::test]
async fn without_a_carrier_or_a_contact_a_letter_is_done_and_not_called_sent() {
    let (half_sent, case, now) = (HalfSent::default(), case_in(Lang::En), at("2026-11-22T14:03:20Z"));
    let all = parcels_to(&[(Way::Mail, "a"), (Way::Sms, "b")]);
    for parcels in [all, Vec::new()] {
        let sent = deliver::all(None, None, &half_sent, key(&case), parcels, &mut Vec::new(), now).await;
        assert_eq!(sent.unwrap(), Outcome::Unsent);
    }
}

/// A desk with one holder, whose card is the one that [`case_in`] declares.
async fn desk_with_a_holder(dir: &std::path::Path) -> (Arc<App>, AccountId) {
    let mut config = Config::default();
    config.desk.data = dir.to_owned();
    let demo =
        crate::app::Demo { shelf: Arc::default(), billing: Arc::default(), silent: Arc::default(), people: Vec::new() };
    let app = crate::startup::app(config, Some(demo)).await.unwrap();
    app.store.migrate().await.unwrap();
    let account = store::Account::of(
        AccountId::from_bits(7),
        "li.wei".into(),
        person("li.wei@example.com", "+447700900101"),
        app.now(),
    );
    let card = CardRecord {
        iccid: Some("8944770000000001018".into()),
        ..CardRecord::of(CardId::from_bits(9), account.id, "Laika Data 20 GB".into(), app.now())
    };
    let id = account.id;
    app.store.import(store::Import { accounts: vec![account], cards: vec![card] }).await.unwrap();
    (Arc::new(app), id)
}

/// Declares, works until nothing is owed, and answers what was sent: way, to, subject, attachments.
async fn sent_after(app: &Arc<App>, declaration: Declaration, actor: Actor) -> Vec<(Kind, Message)> {
    crate::act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
    while crate::work::round(app).await.unwrap() > 0 {}
    let shelf = &app.demo.as_ref().unwrap().shelf;
    shelf.messages().into_iter().rev().map(|s| (s.kind, s.message)).collect()
}

fn declaration(app: &App, person: Person) -> Declaration {
    let now = app.now();
    Declaration { person, statement: None, wanted_end: None, declared_at: now, ..*case_in(Lang::ZhCn).declaration }
}

#[tokio::test]
async fn a_proven_holder_has_receipt_and_certificate_on_every_contact() {
    let dir = tempfile::tempdir().unwrap();
    let (app, account) = desk_with_a_holder(dir.path()).await;
    let proven = Assurance::shown(Level::Code, account, app.now());
    let actor = Actor::Holder { account: Some(account), assurance: proven };
    let sent = sent_after(&app, declaration(&app, person("LI.WEI@example.com", "")), actor).await;
    let shown: Vec<_> = sent.iter().map(|(kind, m)| (*kind, m.to.as_str(), m.attachments.len())).collect();
    let (mail, phone) = ("li.wei@example.com", "+447700900101");
    // The signed file, and the PDF where this machine can draw it.
    let with = if crate::paper::ready().await { 2 } else { 1 };
    let expected = [1, with, 0].map(|files| [(Kind::Mail, mail, files), (Kind::Sms, phone, 0)]);
    assert_eq!(shown, expected.as_flattened());
    assert!(sent[4].1.subject.starts_with("您的末期账单"), "{}", sent[4].1.subject);
    assert!(sent[0].1.subject.starts_with("已收到您的注销申请"), "{}", sent[0].1.subject);
    assert!(sent[2].1.subject.starts_with("您的卡已注销"), "{}", sent[2].1.subject);
    let reference = sent[2].1.key.split('/').next().unwrap().parse().unwrap();
    let case = app.store.case(reference).await.unwrap().unwrap();
    let signed = crate::certificate::file(&app, &case).await.unwrap().unwrap();
    let attachments = &sent[2].1.attachments;
    assert_eq!(attachments[0].2, signed.into_bytes(), "byte for byte");
    assert!(attachments.get(1).is_none_or(|pdf| pdf.1 == "application/pdf" && pdf.2.starts_with(b"%PDF-1.7")));
}

#[tokio::test]
async fn a_stranger_s_declaration_is_told_to_the_holder_and_to_the_address_given() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _) = desk_with_a_holder(dir.path()).await;
    let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let english = declaration(&app, person("stranger@example.net", ""));
    let sent = sent_after(&app, Declaration { lang: Lang::ZhCn, ..english }, actor).await;
    let mut told: Vec<_> = sent.iter().map(|(_, m)| (m.to.as_str(), m.text.contains("注销"))).collect();
    told.sort_unstable();
    // The holder on record hears in the language on record, whoever declares in which.
    assert_eq!(told, [("+447700900101", false), ("li.wei@example.com", false), ("stranger@example.net", true)]);
}

#[tokio::test]
async fn an_address_is_not_pestered_by_declaring_again_and_again() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _) = desk_with_a_holder(dir.path()).await;
    let mut told = 0;
    for _ in 0..UNPROVEN_A_DAY + 5 {
        let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let sent = sent_after(&app, declaration(&app, person("victim@example.net", "")), actor).await;
        told = sent.iter().filter(|(_, m)| m.to == "victim@example.net").count();
    }
    assert_eq!(told, UNPROVEN_A_DAY as usize);
}

struct Down(std::sync::atomic::AtomicBool, Mutex<Vec<String>>);

#[async_trait]
impl Mailer for Down {
    async fn send(&self, message: &Message, _: Timestamp) -> Result<(), Failure> {
        if self.0.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(Failure::Retry("connection refused".into()));
        }
        self.1.lock().unwrap().push(message.to.clone());
        Ok(())
    }
}

#[test]
fn no_code_is_written_to_anybody_of_a_contested_case() {
    let now = at("2026-11-23T09:30:00Z");
    let open = leaving(case_in(Lang::En), SwitchState::Open);
    assert!(open.may_leave(now));
    assert!(!Case { locked: true, ..open.clone() }.may_leave(now));
    assert!(!Case { stage: Stage::Contested { at: now, was_barred: false }, ..open }.may_leave(now));
}

/// Mail is away for two hours; then it is back.
#[tokio::test]
async fn a_receipt_outlives_an_outage_of_mail() {
    let (app, _dir) = crate::testing::app().await;
    let down = Arc::new(Down(true.into(), Mutex::default()));
    let mut app = Arc::into_inner(app).unwrap();
    app.mailer = Some(down.clone());
    let app = Arc::new(app);
    let to: Vec<String> = (0..3).map(|n| format!("person{n}@example.net")).collect();
    for to in &to {
        let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let declaration = declaration(&app, person(to, ""));
        crate::act::declare(&app, &actor, declaration, Vec::new(), None).await.unwrap();
    }
    let mut gone = None;
    for minute in 0..120 {
        crate::work::round(&app).await.unwrap();
        let waiting = app.store.outbox().await.unwrap().waiting;
        if waiting == 0 && gone.is_none() {
            gone = Some(minute);
        }
        crate::testing::advance(&app, SignedDuration::from_mins(1));
    }
    down.0.store(false, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..60 {
        crate::work::round(&app).await.unwrap();
        crate::testing::advance(&app, SignedDuration::from_mins(1));
    }
    let mut sent = down.1.lock().unwrap().clone();
    sent.sort();
    assert_eq!(sent, to, "nothing was owed any more after minute {gone:?} of the outage");
}
