use std::sync::Arc;

use case::rules::Codes;
use case::{CardRecord, CaseRef, Stage};
use reach::sms::Smpp;
use reach::sms::fake::FakeSmsc;
use reach::sms::segments::{Coding, Cut, join};
use tokio::task::JoinHandle;

use super::super::{SmsConfig, follow};
use super::*;
use crate::app::Shared;
use crate::{testing, work};

const PHONE: &str = "447700900201";

struct Desk {
    app: Shared,
    smsc: FakeSmsc,
    follower: JoinHandle<()>,
    card: CardRecord,
    network: Arc<reach::sim_swap::Fake>,
    dir: tempfile::TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// A desk to which people text through a fake SMSC, and a card with a term and some credit.
async fn desk(change: impl FnOnce(&mut case::Policy)) -> Desk {
    let (app, dir) = testing::app_with(|policy| {
        policy.notice_days = 30;
        policy.journey.switching.offered = true;
        policy.clocks.codes = Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
        policy.tariff.early = Some(
            toml::from_str("vat = \"added-back\"\nless = \"4\"\ndiscounted = true\nremaining = \"daily\"").unwrap(),
        );
        change(policy);
    })
    .await;
    let smsc = FakeSmsc::start("cease", "secret12").await.unwrap();
    let config = SmsConfig { smpp: smsc.url(), sender: "Laika".into(), rate: 1_000, ..SmsConfig::default() };
    let texter = Arc::new(Smpp::new(config.settings().unwrap().unwrap()));
    let numbers = Switching { pac: "65075".into(), stac: "75075".into(), info: "85075".into() };
    let app = testing::configured(&app, |config| config.sms.switching = Some(numbers));
    let network = Arc::new(reach::sim_swap::Fake::default());
    let app = testing::asking(&testing::texting(&app, texter), network.clone());
    let receipts = app.texter.as_ref().unwrap().receipts().unwrap();
    let follower = tokio::spawn(follow(app.clone(), receipts, std::future::pending()));
    let mei = testing::holder(&app, 1, "mei").await;
    let mut card = testing::card(&app, 1, mei.id).await;
    card.msisdn = Some(format!("+{PHONE}"));
    card.minimum_term_ends = Some("2027-02-23T00:00:00Z".parse().unwrap());
    card.contract.monthly = Some(case::Money::new(3000, "GBP"));
    card.credit = Some(case::Money::new(500, "GBP"));
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    // The session is there once something has gone out.
    say(&app, "+447700900999", "Hello".into()).await.unwrap();
    Desk { app, smsc, follower, card, network, dir }
}

impl Desk {
    /// Texts, waits until it is acknowledged, and works until nothing is owed; answers what has come to the phone.
    async fn text(&self, from: &str, to: &str, words: &str) -> Vec<String> {
        let before = self.smsc.count();
        assert_eq!(self.smsc.bring_text(from, to, words).await, Some(0), "{words}");
        while work::round(&self.app).await.unwrap() > 0 {}
        let mut texts: Vec<(u8, Coding, Vec<Vec<u8>>)> = Vec::new();
        for one in self.smsc.taken().into_iter().skip(before).filter(|one| one.dest.2 == from) {
            let coding = if one.data_coding == 8 { Coding::Ucs2 } else { Coding::Gsm7 };
            let joined = one.esm_class & 0x40 != 0;
            let (mark, octets) = if joined { (one.octets[3], one.octets[6..].to_vec()) } else { (0, one.octets) };
            match texts.last_mut().filter(|(last, ..)| joined && *last == mark) {
                Some((_, _, parts)) => parts.push(octets),
                None => texts.push((mark, coding, vec![octets])),
            }
        }
        texts.into_iter().map(|(_, coding, parts)| join(&Cut { coding, parts })).collect()
    }

    async fn open(&self) -> Option<Case> {
        let reference: CaseRef = self.app.store.open_case_of(self.card.id).await.unwrap()?;
        self.app.store.case(reference).await.unwrap()
    }
}

fn about(texts: &[String], says: &str) -> String {
    texts.iter().find(|text| text.contains(says)).unwrap_or_else(|| panic!("{says} in {texts:#?}")).clone()
}

#[tokio::test]
async fn pac_is_answered_to_the_number_with_a_code_and_what_leaving_costs() {
    let desk = desk(|_| {}).await;
    let texts = desk.text(PHONE, "65075", "PAC").await;
    let case = desk.open().await.expect("a case");
    let (issued, code) = work::port::running(&desk.app, &case).expect("a code");
    assert_eq!(issued.code, Code::Pac);
    let text = about(&texts, &code);
    // The receipt came too, and the code within the minute: no time has passed.
    about(&texts, &case.reference.to_string());
    for says in ["PAC", "£30.00", "3 months", "£86.40", "£5.00", "22 December 2026"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    assert!(!text.to_lowercase().contains("notice") && !text.contains("http"), "{text}");
    assert_eq!(issued.until, desk.app.now() + SignedDuration::from_hours(30 * 24));
    // Nothing ends by it, and asking again gives one again.
    assert!(matches!(case.stage, Stage::Received { .. }), "{:?}", case.stage);
    testing::advance(&desk.app, SignedDuration::from_mins(1));
    assert!(!about(&desk.text(PHONE, "65075", " pac please").await, "PAC").is_empty());
    // Used, it ends that day, though nobody has ticked anything.
    act::act(&desk.app, case.reference, &Actor::Network, &Command::Ported { at: None }).await.unwrap();
    while work::round(&desk.app).await.unwrap() > 0 {}
    let ended = desk.app.store.case(case.reference).await.unwrap().unwrap();
    assert!(ended.stage.has_ended() && ended.consent, "{:?}", ended.stage);
}

#[tokio::test]
async fn stac_is_a_stac_and_one_that_nobody_uses_ends_nothing() {
    let desk = desk(|_| {}).await;
    let texts = desk.text(PHONE, "75075", "").await;
    let case = desk.open().await.unwrap();
    let (issued, code) = work::port::running(&desk.app, &case).unwrap();
    assert_eq!(issued.code, Code::Stac);
    about(&texts, &code);
    testing::advance(&desk.app, SignedDuration::from_hours(30 * 24 + 1));
    while work::round(&desk.app).await.unwrap() > 0 {}
    let case = desk.app.store.case(case.reference).await.unwrap().unwrap();
    assert!(matches!(case.stage, Stage::Withdrawn { .. }), "{:?}", case.stage);
    let card = desk.app.store.card(desk.card.id).await.unwrap().unwrap();
    assert_eq!(card.state, CardState::Active);
}

#[tokio::test]
async fn info_says_what_it_costs_and_opens_nothing() {
    let desk = desk(|_| {}).await;
    let texts = desk.text(PHONE, "85075", "INFO").await;
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(desk.smsc.taken().iter().all(|one| one.data_coding == 0), "in the text's own alphabet: {texts:#?}");
    assert!(reach::sms::segments::count(&texts[0]) <= 3, "{}", texts[0]);
    for says in ["£30.00", "3 months", "less 4%", "£86.40", "£5.00", "£81.40", "65075", "75075"] {
        assert!(texts[0].contains(says), "{says}: {}", texts[0]);
    }
    assert!(desk.open().await.is_none());
}

#[tokio::test]
async fn who_is_cancelling_already_keeps_the_case_and_gets_the_code() {
    let desk = desk(|_| {}).await;
    let mei = desk.app.store.account(desk.card.account).await.unwrap().unwrap();
    let number = desk.card.iccid.clone().unwrap().parse().map(Identifier::Iccid).unwrap();
    let declaration = Declaration::of(number, mei.person.clone(), desk.app.now());
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let case = act::declare(&desk.app, &nobody, declaration, Vec::new(), None).await.unwrap();
    let texts = desk.text(PHONE, "65075", "PAC").await;
    let open = desk.open().await.unwrap();
    assert_eq!(open.reference, case.reference);
    about(&texts, &work::port::running(&desk.app, &open).unwrap().1);
    assert!(!open.proven, "a text shows whose the number is, and not who has declared");
    assert_eq!(open.ways.switch.unwrap().unused, Unused::Lapse, "what nobody has proven goes on for nobody");
}

#[tokio::test]
async fn what_may_not_be_given_is_said_and_not_given() {
    let desk = desk(|_| {}).await;
    // A number that is no card's, a number that is none of ours, a word to another number.
    about(&desk.text("447700900777", "65075", "PAC").await, "no card in service");
    assert!(desk.text(PHONE, "12345", "PAC").await.is_empty());
    // A locked account.
    crate::guard::lock(&desk.app, desk.card.account).await.unwrap();
    let texts = desk.text(PHONE, "65075", "PAC").await;
    about(&texts, "held for now");
    let case = desk.open().await.unwrap();
    assert!(case.locked && work::port::running(&desk.app, &case).is_none());
    let again = desk.text(PHONE, "65075", "PAC").await;
    about(&again, "held for now");
    assert_eq!(desk.open().await.unwrap().reference, case.reference);
}

/// Somebody has just got into the account by recovery: until the hold ends no code lets the number go.
#[tokio::test]
async fn a_held_account_gives_no_code_until_the_hold_is_over() {
    let desk = desk(|_| {}).await;
    let account = desk.app.store.account(desk.card.account).await.unwrap().unwrap();
    crate::guard::happened(&desk.app, &account, case::Fact::Recovered).await.unwrap();
    about(&desk.text(PHONE, "65075", "PAC").await, "held for now");
    let case = desk.open().await.unwrap();
    assert!(!case.locked && case.held(desk.app.now()).is_some() && work::port::running(&desk.app, &case).is_none());
    testing::advance(&desk.app, case.held(desk.app.now()).unwrap().duration_since(desk.app.now()));
    desk.text(PHONE, "65075", "PAC").await;
    let case = desk.app.store.case(case.reference).await.unwrap().unwrap();
    assert!(work::port::running(&desk.app, &case).is_some(), "{:?}", case.ways.switch);
}

/// Whoever has had the number put onto a SIM of theirs texts from the right number.
#[tokio::test]
async fn a_swapped_sim_gets_no_code_be_there_a_case_or_none() {
    for declared in [false, true] {
        let desk = desk(|_| {}).await;
        if declared {
            let mei = desk.app.store.account(desk.card.account).await.unwrap().unwrap();
            testing::declared(&desk.app, &desk.card, &mei).await;
        }
        // It is the number that texts whose SIM counts, and not another that its holder has given.
        desk.network.tell(&format!("+{PHONE}"), reach::sim_swap::Swap::Swapped(None));
        about(&desk.text(PHONE, "65075", "PAC").await, "held for now");
        // The worker tells the case that there was.
        crate::guard::look(&desk.app).await.unwrap();
        let case = desk.open().await.unwrap();
        assert!(case.held(desk.app.now()).is_some() && work::port::running(&desk.app, &case).is_none());
        assert!(case.owed.iter().all(|(_, what)| what != "port"), "{:?}", case.owed);
        let journal = desk.app.store.journal(case.reference).await.unwrap();
        let asked = |event: &case::Event| matches!(event, case::Event::CodeAsked { .. });
        assert!(!journal.iter().flat_map(|entry| &entry.events).any(asked), "{declared}");
    }
}

#[tokio::test]
async fn a_sim_that_nobody_knows_of_is_seen_and_gets_its_code() {
    let desk = desk(|_| {}).await;
    desk.network.tell(&format!("+{PHONE}"), reach::sim_swap::Swap::Unknown("503".into()));
    let texts = desk.text(PHONE, "65075", "PAC").await;
    let case = desk.open().await.unwrap();
    about(&texts, &work::port::running(&desk.app, &case).unwrap().1);
    assert!(case.risks.iter().any(|risk| risk.fact == case::Fact::SimUnknown), "{:?}", case.risks);
}

#[tokio::test]
async fn where_rules_want_more_than_the_number_the_code_is_on_the_page_only() {
    let desk = desk(|policy| policy.assurance.switch_code = case::Needed::SignedIn).await;
    let texts = desk.text(PHONE, "65075", "PAC").await;
    about(&texts, "Sign in");
    let case = desk.open().await.unwrap();
    assert!(work::port::running(&desk.app, &case).is_none());
}

#[tokio::test]
async fn nobody_is_answered_without_end() {
    let desk = desk(|_| {}).await;
    for n in 0..A_DAY + 3 {
        let texts = desk.text(PHONE, "85075", "INFO").await;
        assert_eq!(texts.len(), usize::from(n < A_DAY), "{n}");
    }
    // Who has asked is counted under the desk's key: all numbers there are can be tried against a bare hash.
    let plain = hex_of(&crate::keys::sha256(format!("+{PHONE}").as_bytes())[..16]);
    for file in std::fs::read_dir(desk.dir.path()).unwrap().map(|file| file.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(plain.len()).any(|w| w == plain.as_bytes()), "{}", file.display());
    }
}

#[test]
fn the_word_decides_and_without_one_the_number() {
    let numbers = Switching { pac: "65075".into(), stac: "75075".into(), info: "85075".into() };
    let of =
        |to: &str, words: &str| numbers.wanted(&Text { from: format!("+{PHONE}"), to: to.into(), words: words.into() });
    assert_eq!(of("65075", "PAC"), Some(Wanted::Code(Code::Pac)));
    assert_eq!(of("65075", "\u{201c}Stac\u{201d} please"), Some(Wanted::Code(Code::Stac)));
    assert_eq!(of("75075", "携转"), Some(Wanted::Code(Code::Stac)));
    assert_eq!(of("85075", "hello"), Some(Wanted::Info));
    assert_eq!(of("65072", "PAC"), None);
}

#[test]
fn numbers_that_cannot_be_meant_are_said_with_their_key() {
    let check = |pac: &str, stac: &str| {
        Switching { pac: pac.into(), stac: stac.into(), info: "85075".into() }.check().err().unwrap_or_default()
    };
    assert_eq!(check("65075", "75075"), "");
    assert!(check("PAC", "75075").starts_with("pac is"));
    assert!(check("65075", "").starts_with("stac is"));
    assert!(check("65075", "85075").contains("three numbers"));
}

/// A stranger has declared; the number's owner asks for a code, and uses none: nothing ends.
#[tokio::test]
async fn a_text_for_a_code_proves_no_strangers_cancellation() {
    let desk = desk(|policy| {
        policy.notice_days = 0;
        policy.straight_through = true;
        policy.tariff.early = None;
    })
    .await;
    let mut card = desk.card.clone();
    card.minimum_term_ends = None;
    desk.app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let mei = desk.app.store.account(desk.card.account).await.unwrap().unwrap();
    let number = desk.card.iccid.clone().unwrap().parse().map(Identifier::Iccid).unwrap();
    // What a stranger may know: the number and the name.
    let person = Person { name: mei.person.name.clone(), ..Person::default() };
    let declaration = Declaration { consent: true, backup: true, ..Declaration::of(number, person, desk.app.now()) };
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let case = act::declare(&desk.app, &nobody, declaration, Vec::new(), None).await.unwrap();
    assert!(!case.proven, "{:?}", case.stage);
    desk.text(PHONE, "65075", "PAC").await;
    for _ in 0..40 {
        testing::advance(&desk.app, SignedDuration::from_hours(24));
        while work::round(&desk.app).await.unwrap() > 0 {}
    }
    let case = desk.app.store.case(case.reference).await.unwrap().unwrap();
    let card = desk.app.store.card(desk.card.id).await.unwrap().unwrap();
    assert_eq!(card.state, CardState::Active, "proven: {}, {:?}", case.proven, case.stage.name());
}
