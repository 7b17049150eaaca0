use std::sync::Arc;

use case::{Assurance, CardRecord, Declaration, Event, Flag, Lang, Level, Outcome, Person};
use reach::sms::Smpp;
use reach::sms::fake::{FakeSmsc, Met};
use reach::sms::segments::{Coding, Cut, join};
use tokio::task::JoinHandle;

use super::*;
use crate::testing;

const PHONE: &str = "447700900101";

/// A desk that texts through a fake SMSC, and looks after its receipts.
struct Desk {
    app: Shared,
    smsc: FakeSmsc,
    follower: JoinHandle<()>,
    _dir: tempfile::TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

async fn desk() -> Desk {
    let (app, dir) = testing::app().await;
    let smsc = FakeSmsc::start("cease", "secret12").await.unwrap();
    let config = SmsConfig { smpp: smsc.url(), sender: "Laika".into(), rate: 1_000, ..SmsConfig::default() };
    let texter = Arc::new(Smpp::new(config.settings().unwrap().unwrap()));
    let app = testing::texting(&app, texter);
    let receipts = app.texter.as_ref().unwrap().receipts().unwrap();
    let follower = tokio::spawn(follow(app.clone(), receipts, std::future::pending()));
    Desk { app, smsc, follower, _dir: dir }
}

impl Desk {
    /// A holder of the phone declares; works until nothing is owed.
    async fn declared(&self, proven: bool, card: impl FnOnce(CardRecord) -> CardRecord) -> CaseRef {
        let app = &self.app;
        let account = store::Account { lang: Lang::ZhCn, ..testing::holder(app, 1, "mei").await };
        app.store.put_account(account.clone()).await.unwrap();
        let card = card(testing::card(app, 1, account.id).await);
        let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
        app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
        let declaration = Declaration {
            lang: Lang::ZhCn,
            check: number.check,
            consent: true,
            backup: true,
            ..Declaration::of(number.id, Person { email: None, phone: None, ..account.person.clone() }, app.now())
        };
        let assurance =
            if proven { Assurance::shown(Level::Code, account.id, app.now()) } else { Assurance::nothing() };
        let actor = Actor::Holder { account: proven.then_some(account.id), assurance };
        let case = crate::act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
        while crate::work::round(app).await.unwrap() > 0 {}
        case.reference
    }

    async fn bounces(&self, case: CaseRef) -> Vec<(Channel, String)> {
        let journal = self.app.store.journal(case).await.unwrap();
        let all = journal.into_iter().flat_map(|entry| entry.events);
        all.filter_map(
            |event| {
                if let Event::Bounced { channel, status, .. } = event { Some((channel, status)) } else { None }
            },
        )
        .collect()
    }

    async fn unreachable(&self, case: CaseRef) -> bool {
        self.app.store.case(case).await.unwrap().unwrap().flags.contains(&Flag::Unreachable)
    }

    fn shown(&self) -> String {
        let taken = self.smsc.taken();
        let coding = if taken[0].data_coding == 8 { Coding::Ucs2 } else { Coding::Gsm7 };
        let head = if taken.len() > 1 { 6 } else { 0 };
        join(&Cut { coding, parts: taken.iter().map(|one| one.octets[head..].to_vec()).collect() })
    }
}

#[tokio::test]
async fn a_text_that_never_arrives_marks_its_case_once() {
    let desk = desk().await;
    let case = desk.declared(false, |card| card).await;
    let taken = desk.smsc.taken();
    assert_eq!((taken.len(), taken[0].dest.2.as_str()), (2, PHONE));
    let text = desk.shown();
    assert!(text.starts_with("【莱卡移动】") && text.contains(&case.to_string()), "{text}");

    // What has arrived, what is of no case, and what went to somebody else mark nothing.
    let hex = &taken[0].id;
    let decimal = u64::from_str_radix(hex, 16).unwrap();
    let told = async |number: &str, text: String| desk.smsc.bring(number, &text, None).await;
    assert_eq!(told(PHONE, format!("id:{hex} stat:DELIVRD err:000")).await, Some(0));
    assert_eq!(told(PHONE, "id:77 stat:UNDELIV err:001".into()).await, Some(0));
    assert_eq!(told("447700900199", format!("id:{hex} stat:UNDELIV err:001")).await, Some(0));
    assert!(!desk.unreachable(case).await);

    // Both parts, one of them twice, and in the other notation.
    assert_eq!(told(PHONE, format!("id:{decimal} sub:001 stat:UNDELIV err:027 text:stat:DELIVRD")).await, Some(0));
    assert_eq!(told(PHONE, format!("id:{decimal} sub:001 stat:UNDELIV err:027")).await, Some(0));
    assert_eq!(desk.smsc.bring("07700900101", "", Some((&taken[1].id, 3))).await, Some(0));
    assert!(desk.unreachable(case).await);
    assert_eq!(desk.bounces(case).await, [(Channel::Sms, "UNDELIV 027".to_owned())]);
}

#[tokio::test]
async fn a_number_that_the_smsc_refuses_marks_the_case_too() {
    let desk = desk().await;
    desk.smsc.meet(PHONE, [Met::Status(0x0B)]);
    let case = desk.declared(false, |card| card).await;
    assert!(desk.unreachable(case).await);
    let journal = desk.app.store.journal(case).await.unwrap();
    let gave_up = journal.iter().flat_map(|e| &e.events).any(|event| {
        matches!(event, Event::Settled { outcome: Outcome::GaveUp { why }, .. } if why == "the SMSC knows no such number")
    });
    assert!(gave_up);
}

#[tokio::test]
async fn the_card_that_we_ended_need_not_be_reached() {
    let desk = desk().await;
    let case = desk.declared(true, |card| CardRecord { msisdn: Some(format!("+{PHONE}")), ..card }).await;
    let ended = desk.app.store.case(case).await.unwrap().unwrap().stage;
    assert!(matches!(ended, Stage::Ceased { .. }), "{ended:?}");
    for one in desk.smsc.taken() {
        assert_eq!(desk.smsc.bring(PHONE, &format!("id:{} stat:EXPIRED", one.id), None).await, Some(0));
    }
    assert!(!desk.unreachable(case).await);
}

#[tokio::test]
async fn a_code_goes_the_same_way() {
    let desk = desk().await;
    let account = testing::holder(&desk.app, 1, "mei").await;
    let visit = testing::visit(&desk.app, "/", "").await;
    let (contact, purpose) = (crate::account::Contact::Phone, "prove");
    crate::account::send_code(&desk.app, &visit, Some(&account), contact, purpose).await.unwrap();
    while desk.smsc.count() == 0 {
        tokio::task::yield_now().await;
    }
    let text = desk.shown();
    assert!(text.starts_with("Laika Mobile: ") && text.contains("Valid 10 minutes"), "{text}");
    assert_eq!(desk.smsc.taken().len(), 1, "{text}");
}

#[test]
fn one_number_is_written_in_two_ways() {
    for (one, other, alike) in [
        ("+447700900101", "447700900101", true),
        ("07700900101", "+447700900101", true),
        ("447700900101", "447700900102", false),
        ("900101", "447700900101", false),
        ("", "", false),
        ("0000000", "447700900101", false),
    ] {
        assert_eq!(same(one, other), alike, "{one} {other}");
    }
}

#[test]
fn settings_are_checked_and_their_password_is_not_told() {
    let of = |smpp: &str, sender: &str| SmsConfig { smpp: smpp.into(), sender: sender.into(), ..SmsConfig::default() };
    assert!(SmsConfig::default().settings().unwrap().is_none());
    assert!(of("smpp://cease:secret12@smsc.example", "Laika").settings().unwrap().is_some());
    for (smpp, sender, why) in [
        ("smpp://cease:secret12@smsc.example", "", "sender"),
        ("smpp://cease:secret12@smsc.example", "Laika Mobile", "11"),
        ("smpp://cease:secret123@smsc.example", "Laika", "8 ASCII"),
        ("smtp://cease:secret12@smsc.example", "Laika", "smpp://"),
    ] {
        let error = format!("{:#}", of(smpp, sender).settings().unwrap_err());
        assert!(error.starts_with("sms: ") && error.contains(why) && !error.contains("secret"), "{error}");
    }
}
