//! The journeys that follow the rules, posted as a browser posts them: one page in Germany, three clicks in France, the
//! withdrawal, somebody else's declaration, and the move to another network.

use axum::http::StatusCode;
use case::rules::{Asked, Shape, SignIn};
use case::way::{Capacity, Kind, SwitchState, Way};
use case::{Actor, CaseRef, Command, Need, Stage};
use jiff::SignedDuration;

use crate::app::Shared;
use crate::testing::{self, Browser, Got};
use crate::web::counter::draft::Draft;
use crate::{act, work};

const ICCID: &str = "8944 7700 0000 0000 017";

fn german(policy: &mut case::Policy) {
    policy.journey.shape = Shape::OnePage;
    policy.journey.sign_in = SignIn::Forbidden;
    policy.journey.extraordinary = true;
    policy.journey.withdrawal.offered = true;
    policy.clocks.withdrawal_days = 14;
    policy.journey.words.lang = "de".into();
    policy.journey.words.start = "Verträge hier kündigen".into();
    policy.journey.words.confirm = "jetzt kündigen".into();
    policy.journey.words.withdraw = "Vertrag widerrufen".into();
    policy.journey.words.confirm_withdrawal = "Widerruf bestätigen".into();
    policy.backup_required = false;
    policy.fees.clear();
}

fn hidden<'a>(got: &'a Got, name: &str) -> &'a str {
    let at = got.body.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}: {}", got.body));
    let rest = &got.body[at..];
    rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap()
}

fn reference(got: &Got) -> CaseRef {
    let path = got.location().to_owned();
    let reference = path.strip_prefix("/case/").and_then(|p| p.strip_suffix("/receipt"));
    reference.unwrap_or_else(|| panic!("to {path}: {}", got.body)).parse().unwrap()
}

async fn read(app: &Shared, reference: CaseRef) -> case::Case {
    app.store.case(reference).await.unwrap().unwrap()
}

#[tokio::test]
async fn in_germany_one_page_with_the_words_of_the_law_declares_at_once() {
    let (app, _dir) = testing::app_with(german).await;
    let mut browser = Browser::new(&app).await;
    for path in ["/", "/check", "/?lang=zh-CN"] {
        let body = browser.get(path).await.body;
        assert!(body.contains("href=\"/cancel\" lang=\"de\">Verträge hier kündigen</a>"), "{path}");
        assert!(body.contains("lang=\"de\">Vertrag widerrufen</a>"), "{path}");
    }
    let form = browser.get("/cancel?lang=en").await;
    assert!(form.body.contains("<button class=\"btn btn-primary\" lang=\"de\">jetzt kündigen</button>"));
    for never in ["name=\"password\"", "name=\"backup\"", "/confirm"] {
        assert!(!form.body.contains(never), "{never}");
    }
    let token = hidden(&form, "token").to_owned();
    testing::advance(&app, SignedDuration::from_secs(30));
    let typed = [
        ("token", token.as_str()),
        ("name", "Mei Lin"),
        ("number", ICCID),
        ("email", "mei@example.com"),
        ("when", "soon"),
    ];
    let sent = browser.post("/cancel", &typed).await;
    let case = read(&app, reference(&sent)).await;
    assert_eq!(case.declaration.way.button.as_deref(), Some("jetzt kündigen"));
    assert!(case.flags.is_empty(), "{:?}", case.flags);
    let receipt = browser.get(sent.location()).await.body;
    for said in ["jetzt kündigen", "Mei Lin", "mei@example.com", &case.reference.to_string(), "22 November 2026"] {
        assert!(receipt.contains(said), "{said}");
    }
    // The same press again is the same case, and another browser's token is none.
    assert_eq!(reference(&browser.post("/cancel", &typed).await), case.reference);
    let mut other = Browser::new(&app).await;
    other.get("/cancel").await;
    let stolen = other.post("/cancel", &typed).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stolen.body.contains("value=\"Mei Lin\"") && !stolen.body.contains(&case.reference.to_string()));
    // The pages of the other way are not there.
    for path in ["/cancel/you", "/cancel/statement", "/cancel/before", "/cancel/check"] {
        assert_eq!(other.get(path).await.location(), "/cancel", "{path}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_typed_is_lost() {
    let (app, _dir) = testing::app_with(german).await;
    let mut browser = Browser::new(&app).await;
    let token = hidden(&browser.get("/cancel").await, "token").to_owned();
    let got = browser
        .post(
            "/cancel",
            &[("token", &token), ("kind", "extraordinary"), ("number", "12"), ("email", "mei@example.com")],
        )
        .await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["#f-statement", "#f-name", "#f-number"] {
        assert!(got.body.contains(&format!("href=\"{field}\"")), "{field}");
    }
    assert!(got.body.contains("value=\"mei@example.com\"") && got.body.contains("value=\"extraordinary\" checked"));
    let card = browser.post("/cancel", &[("token", &token), ("number", "4111 1111 1111 1111")]).await;
    assert!(!card.body.contains("4111 1"));
}

#[tokio::test]
async fn for_cause_is_weighed_by_a_person_and_waits_for_no_notice() {
    let rules = |policy: &mut case::Policy| {
        german(policy);
        policy.notice_days = 30;
    };
    let (app, _dir) = testing::app_with(rules).await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::card(&app, 1, mei.id).await;
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    let token = hidden(&browser.get("/cancel").await, "token").to_owned();
    let email = mei.person.email.clone().unwrap_or_default();
    let typed = [
        ("token", token.as_str()),
        ("kind", "extraordinary"),
        ("statement", "No signal for weeks."),
        ("name", &mei.person.name),
        ("email", &email),
        ("number", ICCID),
        ("when", "soon"),
    ];
    let case = read(&app, reference(&browser.post("/cancel", &typed).await)).await;
    assert!(matches!(&case.declaration.way.kind, Kind::Extraordinary { reason } if reason.contains("No signal")));
    assert!(
        matches!(&case.stage, Stage::Review { causes, .. } if causes.contains(&case::Cause::Kind)),
        "{:?}",
        case.stage
    );
}

/// The British pack, as it is.
#[tokio::test]
async fn in_the_united_kingdom_the_start_page_leads_to_the_withdrawal() {
    let (app, _dir) = testing::app().await;
    let book = rules::compose(&rules::Wanted::of("uk"), &rules::no_files).unwrap();
    let app = testing::with_policy(&app, book.on(app.now()).clone()).await;
    let mut browser = Browser::new(&app).await;
    assert!(browser.get("/").await.body.contains("href=\"/withdraw\">Withdraw from a contract</a>"));
    let form = browser.get("/withdraw").await;
    assert!(form.body.contains("within 14 days") && form.body.contains("Confirm withdrawal"), "{}", form.body);
    let token = hidden(&form, "token").to_owned();
    let typed = [("token", token.as_str()), ("name", "Mei Lin"), ("number", ICCID), ("email", "mei@example.com")];
    let case = read(&app, reference(&browser.post("/withdraw", &typed).await)).await;
    assert_eq!(case.declaration.way.kind, Kind::Withdrawal);
}

#[tokio::test]
async fn a_withdrawal_is_declared_by_guests_too_and_only_where_the_law_has_it() {
    let (app, _dir) = testing::app_with(german).await;
    let mut browser = Browser::new(&app).await;
    let form = browser.get("/withdraw").await;
    assert!(
        form.body.contains("lang=\"de\">Widerruf bestätigen</button>") && !form.body.contains("name=\"statement\"")
    );
    let token = hidden(&form, "token").to_owned();
    let typed = [("token", token.as_str()), ("name", "Mei Lin"), ("number", ICCID), ("email", "mei@example.com")];
    let sent = browser.post("/withdraw", &typed).await;
    let case = read(&app, reference(&sent)).await;
    assert_eq!(case.declaration.way.kind, Kind::Withdrawal);
    assert!(browser.get(sent.location()).await.body.contains("Withdrawal from the contract"));
    // The receipt that is mailed says what was declared, by which button, and to when.
    while work::round(&app).await.unwrap() > 0 {}
    let letter = format!("{:?}", testing::sent(&app, 1).await[0]);
    for said in ["We received your withdrawal from the contract", "“Widerruf bestätigen”", "The contract ends"] {
        assert!(letter.contains(said), "{said}: {letter}");
    }
    assert!(!letter.contains("as early as possible"), "{letter}");
    let (plain, _dir) = testing::app().await;
    assert_eq!(Browser::new(&plain).await.get("/withdraw").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn in_france_the_line_s_number_leads_to_a_last_look() {
    let rules = |policy: &mut case::Policy| {
        policy.journey.shape = Shape::ThreeClicks;
        policy.journey.sign_in = SignIn::Forbidden;
        policy.journey.extraordinary = true;
        policy.journey.fields.line = Asked::Required;
        policy.journey.fields.contract = Asked::Required;
        policy.journey.fields.phone = Asked::Never;
        policy.journey.words.lang = "fr".into();
        policy.journey.words.start = "Résilier votre contrat".into();
        policy.journey.words.confirm = "Notification de la résiliation".into();
    };
    let (app, _dir) = testing::app_with(rules).await;
    let mut browser = Browser::new(&app).await;
    let form = browser.get("/cancel").await;
    assert!(
        form.body.contains("name=\"line\"")
            && !form.body.contains("name=\"phone\"")
            && !form.body.contains("name=\"number\"")
    );
    let token = hidden(&form, "token").to_owned();
    let typed =
        [("token", token.as_str()), ("name", "Mei Lin"), ("line", "07700 900123"), ("email", "mei@example.com")];
    let without = browser.post("/cancel", &typed).await;
    assert!(without.body.contains("href=\"#f-contract\""), "{}", without.body);
    let typed = [typed.as_slice(), &[("contract", "FR-2024-17")]].concat();
    assert_eq!(browser.post("/cancel", &typed).await.location(), "/cancel/check");
    let check = browser.get("/cancel/check").await;
    assert!(check.body.contains("lang=\"fr\">Notification de la résiliation</button>"));
    let press = [("token", hidden(&check, "token")), ("mark", hidden(&check, "mark"))];
    let case = read(&app, reference(&browser.post("/cancel/check", &press).await)).await;
    assert_eq!(case.number.normalised(), "+447700900123");
    assert_eq!(case.declaration.way.contract.as_deref(), Some("FR-2024-17"));
    assert_eq!(case.declaration.way.button.as_deref(), Some("Notification de la résiliation"));
}

#[tokio::test]
async fn for_somebody_who_has_died_nothing_is_asked_that_only_they_could_give() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    testing::card(&app, 1, mei.id).await;
    let declare = async |fields: &[(&'static str, &'static str)]| {
        let mut browser = Browser::new(&app).await;
        let token = hidden(&browser.get("/cancel/behalf").await, "token").to_owned();
        let who =
            [("holder", mei.person.name.as_str()), ("number", ICCID), ("name", "Jo Lin"), ("email", "jo@example.org")];
        let typed: Vec<(&str, &str)> = [&[("token", token.as_str())], who.as_slice(), fields].concat();
        let sent = browser.post("/cancel/behalf", &typed).await;
        let case = read(&app, reference(&sent)).await;
        (browser, case)
    };
    let (mut browser, case) = declare(&[("capacity", "estate"), ("certificate", "QBDAA 123456")]).await;
    assert!(matches!(&case.stage, Stage::Review { .. }), "{:?}", case.stage);
    assert!(case.quote.total.is_zero());
    let status = browser.get(&format!("/case/{}", case.reference)).await;
    assert!(!status.body.contains("/confirm?for="));
    let (_, papers) = declare(&[("capacity", "attorney")]).await;
    assert!(
        matches!(&papers.stage, Stage::Received { needs, .. } if *needs == [Need::Document].into()),
        "{:?}",
        papers.stage
    );
    let (mut helping, helper) = declare(&[("capacity", "bill-manager")]).await;
    assert!(matches!(&helper.stage, Stage::Received { needs, .. } if needs.contains(&Need::Identity)));
    assert_eq!(helper.declaration.way.behalf.as_ref().unwrap().capacity, Capacity::BillManager);
    // It is the holder who has to confirm, and who helps is not asked to; nor for the holder's contacts.
    let page = helping.get(&format!("/case/{}", helper.reference)).await.body;
    assert!(page.contains("The holder has to confirm it") && !page.contains("Show that it is you"), "{page}");
    assert!(page.contains("<strong>Jo Lin</strong>"), "who declared: {page}");
    let correct = format!("/case/{}/correct", helper.reference);
    let mended = [("number", ICCID), ("name", "Mei Linn"), ("address", ""), ("email", ""), ("phone", "")];
    let got = helping.post(&correct, &mended).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    assert_eq!(read(&app, helper.reference).await.person.name, "Mei Linn");
    let mut holder = Browser::new(&app).await;
    holder.sign_in(mei.id, case::Level::SignedIn).await;
    let page = holder.get(&format!("/case/{}", helper.reference)).await.body;
    assert!(page.contains("Show that it is you") && page.contains("<strong>Jo Lin</strong>"), "{page}");
    // Two signatures do not close it for who only helps.
    let signer = |n, role| Actor::Agent { staff: case::AccountId::from_bits(n), role };
    act::act(&app, helper.reference, &signer(7, case::Role::Agent), &Command::TakeUp).await.unwrap();
    let approve = Command::Approve { evidence: "seen".into() };
    assert!(act::act(&app, helper.reference, &signer(7, case::Role::Agent), &approve).await.is_err());
    let got = Browser::new(&app).await.get("/cancel/behalf").await;
    assert_eq!(got.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_said_for_another_is_no_part_of_ones_own() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let token = hidden(&browser.get("/cancel/behalf").await, "token").to_owned();
    let begun = |page: String| page.contains("You have started already");
    assert!(!begun(browser.get("/").await.body), "a page that was only looked at");
    let fields = [("token", token.as_str()), ("capacity", "estate"), ("holder", "Mei Lin"), ("name", "Jo Lin")];
    let got = browser.post("/cancel/behalf", &fields).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!begun(browser.get("/").await.body));
    assert_eq!(browser.post("/cancel", &[("number", ICCID)]).await.location(), "/cancel/you");
    assert!(begun(browser.get("/").await.body));
    let draft = Draft::of(&browser.visit("/").await.session.unwrap()).unwrap();
    assert_eq!((draft.way, draft.person), (Way::default(), case::Person::default()));
    // And the other way round: words typed for one's own card are not said of another's.
    let token = hidden(&browser.get("/cancel/behalf").await, "token").to_owned();
    browser.post("/cancel/you", &[("name", "Jo Lin"), ("email", "jo@example.org")]).await;
    browser.post("/cancel/statement", &[("statement", "mine alone")]).await;
    let fields = [
        ("token", token.as_str()),
        ("capacity", "attorney"),
        ("holder", "Mei Lin"),
        ("number", ICCID),
        ("name", "Jo Lin"),
        ("email", "jo@example.org"),
    ];
    let case = read(&app, reference(&browser.post("/cancel/behalf", &fields).await)).await;
    assert_eq!(case.declaration.statement, None);
}

#[tokio::test]
async fn a_paper_sent_by_mistake_is_taken_off_and_what_was_typed_stays() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let token = hidden(&browser.get("/cancel/behalf").await, "token").to_owned();
    let typed = [("token", token.as_str()), ("capacity", "attorney"), ("holder", "Mei Lin")];
    let sent = browser.upload("/cancel/behalf", &typed, &[("letter", "holiday.pdf", b"%PDF-1.7\n%%EOF\n")]).await;
    assert!(sent.body.contains("holiday.pdf"), "{}", sent.body);
    let file = sent.body.split("name=\"remove\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let left = browser.post("/cancel/behalf", &[typed.as_slice(), &[("remove", file)]].concat()).await;
    assert_eq!(left.status, StatusCode::OK);
    assert!(!left.body.contains("holiday.pdf") && left.body.contains("value=\"Mei Lin\""), "{}", left.body);
}

#[tokio::test]
async fn who_acts_for_another_is_asked_for_their_own_name() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let token = hidden(&browser.get("/cancel/behalf").await, "token").to_owned();
    let fields = |number| [("token", token.as_str()), ("capacity", "attorney"), ("number", number)];
    let got = browser.post("/cancel/behalf", &fields("")).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in ["Enter your own full name.", "Give the holder’s name.", "Enter a number of the card."] {
        assert!(got.body.contains(text), "{text}: {}", got.body);
    }
    assert!(!got.body.contains("pictures below") && !got.body.contains("full name of the card"), "{}", got.body);
    assert!(browser.post("/cancel/behalf", &fields("1")).await.body.contains("(1 digit)"));
    assert!(browser.post("/cancel", &[("number", "")]).await.body.contains("The pictures below show where it is"));
}

async fn moving() -> (Shared, tempfile::TempDir, Browser, CaseRef) {
    declared(&[("moving", "stac"), ("unused", "lapse")]).await
}

/// In one page, at a desk that offers codes for the next network.
async fn declared(more: &[(&str, &str)]) -> (Shared, tempfile::TempDir, Browser, CaseRef) {
    let rules = |policy: &mut case::Policy| {
        policy.notice_days = 30;
        policy.backup_required = false;
        policy.fees.clear();
        policy.journey.shape = Shape::OnePage;
        policy.journey.switching.offered = true;
        policy.clocks.codes = case::rules::Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
        policy.clocks.end_notice =
            case::rules::EndNotice { online_hours: 24, other_working_days: 3, contains: Vec::new() };
        policy.complaint = case::rules::Complaint { adr_weeks: 6, schemes: vec!["Communications Ombudsman".into()] };
    };
    let (app, dir) = testing::app_with(rules).await;
    let mei = testing::holder(&app, 1, "mei").await;
    let mut card = testing::card(&app, 1, mei.id).await;
    card.msisdn = Some("+447700900201".into());
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let mut browser = Browser::new(&app).await;
    browser.prove(mei.id).await;
    let token = hidden(&browser.get("/cancel").await, "token").to_owned();
    testing::advance(&app, SignedDuration::from_secs(30));
    let email = mei.person.email.clone().unwrap_or_default();
    let phone = mei.person.phone.clone().unwrap_or_default();
    let typed = [
        ("token", token.as_str()),
        ("name", &mei.person.name),
        ("email", &email),
        ("phone", &phone),
        ("address", &mei.person.address),
        ("number", ICCID),
    ];
    let reference = reference(&browser.post("/cancel", &[&typed, more].concat()).await);
    (app, dir, browser, reference)
}

async fn rest(app: &Shared) {
    while work::round(app).await.unwrap() > 0 {}
}

#[tokio::test]
async fn who_asks_for_a_code_later_is_told_that_it_puts_the_end_off_and_still_wants_it() {
    let (app, _dir, mut browser, reference) = declared(&[]).await;
    rest(&app).await;
    let Stage::Scheduled { cease_at, .. } = read(&app, reference).await.stage else { panic!("not scheduled") };
    testing::advance(&app, SignedDuration::from_secs(60));
    let path = format!("/case/{reference}/switch");
    let page = browser.get(&format!("{path}?lang=en")).await.body;
    assert!(page.contains("Your end is put off"), "{page}");
    let chosen = |value: &str| {
        let input = page.split("<input").find(|input| input.contains(&format!("value=\"{value}\""))).unwrap();
        input.split('>').next().unwrap().contains("checked")
    };
    assert!(chosen("cancel") && !chosen("lapse"), "the cancellation stands unless they say otherwise");
    assert_eq!(browser.post(&path, &[("moving", "pac"), ("unused", "cancel")]).await.status, StatusCode::SEE_OTHER);
    rest(&app).await;
    let Stage::Scheduled { cease_at: later, .. } = read(&app, reference).await.stage else { panic!("not scheduled") };
    assert!(later > cease_at);
    let page = browser.get(&format!("/case/{reference}?lang=en")).await.body;
    assert!(page.contains("Your code for the next network is good until then"), "{page}");
    // The number lives on: no list of what to move away from it.
    let before = browser.get(&format!("/case/{reference}/before?lang=en")).await.body;
    assert!(before.contains("On the card and the device") && !before.contains("given to somebody else"), "{before}");
}

#[tokio::test]
async fn who_moves_gets_a_code_shown_and_written_and_pays_for_no_notice() {
    let (app, _dir, mut browser, reference) = moving().await;
    rest(&app).await;
    let case = read(&app, reference).await;
    let until = case.ways.switch.as_ref().and_then(|s| s.runs_until()).unwrap_or_else(|| panic!("{:?}", case.stage));
    assert_eq!(until, app.now() + SignedDuration::from_hours(30 * 24));
    let page = browser.get(&format!("/case/{reference}/switch")).await.body;
    let code = page.split("id=\"switch-code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(code.len(), 9);
    let told = testing::shelf(&app).messages();
    assert!(told.iter().any(|m| m.message.text.contains(&code)), "the code was not written");
    // Another browser with the reference alone does not see it, nor does the journal.
    let journal = serde_json::to_string(&app.store.journal(reference).await.unwrap()).unwrap();
    assert!(!journal.contains(&code));
    let mut other = Browser::new(&app).await;
    assert!(!other.get(&format!("/case/{reference}/switch")).await.body.contains(&code));
    // Used: it ends that day.
    act::act(&app, reference, &Actor::Network, &Command::Ported { at: None }).await.unwrap();
    rest(&app).await;
    let case = read(&app, reference).await;
    assert!(case.stage.has_ended(), "{:?}", case.stage);
    assert_eq!(case.times.contract_end, case.ways.switch.as_ref().and_then(|switch| switch.used));
}

#[tokio::test]
async fn a_code_that_is_not_used_lets_the_plan_run_on_and_says_so() {
    let (app, _dir, _browser, reference) = moving().await;
    rest(&app).await;
    testing::advance(&app, SignedDuration::from_hours(30 * 24));
    rest(&app).await;
    let case = read(&app, reference).await;
    assert!(matches!(case.stage, Stage::Withdrawn { .. }), "{:?}", case.stage);
    assert_eq!(case.ways.switch.as_ref().unwrap().state, SwitchState::Expired);
    assert!(testing::shelf(&app).messages().iter().any(|m| m.message.text.contains("Your plan has run on")));
    // Used all the same: a person looks.
    act::act(&app, reference, &Actor::Network, &Command::Ported { at: None }).await.unwrap();
    let stage = read(&app, reference).await.stage;
    assert!(matches!(&stage, Stage::Review { causes, .. } if causes.contains(&case::Cause::Ported)), "{stage:?}");
}

#[tokio::test]
async fn a_complaint_that_is_not_settled_names_the_schemes_in_its_time_unasked() {
    let (app, _dir, mut browser, reference) = moving().await;
    rest(&app).await;
    let path = format!("/case/{reference}/complaint");
    assert_eq!(browser.post(&path, &[("said", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post(&path, &[("said", "Nobody answers.")]).await.location(), format!("{path}?kept=yes"));
    let named = |app: &Shared| {
        let messages = testing::shelf(app).messages();
        messages.iter().filter(|m| m.message.text.contains("Communications Ombudsman")).count()
    };
    testing::advance(&app, SignedDuration::from_hours(42 * 24 - 2));
    rest(&app).await;
    assert_eq!(named(&app), 0);
    testing::advance(&app, SignedDuration::from_hours(3));
    rest(&app).await;
    assert_eq!(named(&app), 1);
    assert!(read(&app, reference).await.ways.complaint.is_some_and(|complaint| complaint.told.is_some()));
    testing::advance(&app, SignedDuration::from_hours(24));
    rest(&app).await;
    assert_eq!(named(&app), 1);
}

#[tokio::test]
async fn before_one_goes_there_is_a_list_that_fits_the_card() {
    let (_app, _dir, mut browser, reference) = moving().await;
    let any = browser.get("/before").await.body;
    assert!(any.contains("data-go=\"banks\"") && any.contains("data-go=\"storage\"") && any.contains("leaving.js"));
    let own = browser.get(&format!("/case/{reference}/before")).await.body;
    assert!(
        own.contains("+44 7700 900201") && own.contains("data-go=\"codes\"") && !own.contains("data-go=\"storage\"")
    );
    let zh = browser.get("/before?lang=zh-CN").await.body;
    assert!(zh.contains("离开之前") && !zh.contains("Before you go"));
}
