use axum::http::StatusCode;
use case::{Actor, Assurance, CardRecord, Case, Command, Declaration, Level, Need, Person, Refusal, Role};
use jiff::SignedDuration;

use crate::act;
use crate::app::Shared;
use crate::certificate;
use crate::testing::{self, Browser};
use crate::web::Visit;

mod second_fact;

const PATHS: [&str; 15] = [
    "",
    "/agree",
    "/return",
    "/certificate",
    "/certificate.json",
    "/certificate.pdf",
    "/chat",
    "/contest",
    "/correct",
    "/evidence",
    "/file",
    "/receipt",
    "/receipt.json",
    "/withdraw",
    "?lang=zh-CN",
];
const POSTS: [&str; 7] = ["", "/agree", "/chat", "/contest", "/correct", "/file", "/withdraw"];

/// Mei declares that her card should end; what she has `shown` decides how far it goes.
async fn declared(app: &Shared, shown: bool) -> (Case, Actor) {
    declared_as(app, 1, shown, "Mei Lin").await
}

async fn declared_as(app: &Shared, n: u64, shown: bool, name: &str) -> (Case, Actor) {
    let login = format!("mei{n}");
    let account = testing::holder(app, n, &login).await;
    let card = testing::card(app, n, account.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: number.check,
        consent: true,
        backup: true,
        ..Declaration::of(number.id, Person { name: name.into(), ..account.person.clone() }, app.now())
    };
    let assurance = if shown { Assurance::shown(Level::Code, account.id, app.now()) } else { Assurance::nothing() };
    let holder = Actor::Holder { account: None, assurance };
    let case = act::declare(app, &holder, declaration, Vec::new(), None).await.unwrap();
    (case, holder)
}

/// A browser that has shown the second fact.
async fn follower(app: &Shared, case: &Case) -> Browser {
    let mut browser = Browser::new(app).await;
    let got = browser.post("/case", &[("ref", &case.reference.to_string()), ("fact", "MEI1@example.com")]).await;
    assert_eq!(got.location(), format!("/case/{}", case.reference), "{}", got.body);
    browser
}

async fn works(app: &Shared) {
    while crate::work::round(app).await.unwrap() > 0 {}
}

async fn ask(app: &Shared, case: &Case, actor: &Actor, command: Command) -> Case {
    act::act(app, case.reference, actor, &command).await.unwrap()
}

#[tokio::test]
async fn a_stranger_sees_and_does_nothing_by_any_path() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let none = case::CaseRef::from_bits(case.reference.bits() ^ 1);
    let mut stranger = Browser::new(&app).await;
    for reference in [case.reference.to_string(), none.to_string(), "nonsense".into()] {
        let door = format!("/case?ref={reference}");
        for path in PATHS {
            let got = stranger.get(&format!("/case/{reference}{path}")).await;
            assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, door.as_str()), "GET {reference}{path}");
            assert!(got.body.is_empty());
        }
        for path in POSTS {
            let fields = [("do", "say"), ("said", "hello"), ("consent", "yes"), ("number", "894477"), ("name", "M")];
            let got = stranger.post(&format!("/case/{reference}{path}"), &fields).await;
            assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, door.as_str()), "POST {reference}{path}");
        }
    }
    let after = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!(after.version, case.version, "nothing was done");
}

/// Until when a contract binds is told to who has shown that it is theirs, and to nobody else.
#[tokio::test]
async fn the_receipt_tells_its_proven_holder_when_the_term_ends() {
    let (app, _dir) = testing::app_with(|policy| policy.straight_through = false).await;
    let mei = testing::holder(&app, 1, "mei1").await;
    let card = testing::card(&app, 1, mei.id).await;
    let card = CardRecord { minimum_term_ends: Some("2027-06-07T23:00:00Z".parse().unwrap()), ..card };
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    for assurance in [Assurance::nothing(), Assurance::shown(Level::Code, mei.id, app.now())] {
        let way = case::way::Way { contract: Some("K 1".into()), ..Default::default() };
        let declaration = Declaration { way, ..Declaration::of(number.id.clone(), mei.person.clone(), app.now()) };
        let actor = Actor::Holder { account: None, assurance };
        let case = act::declare(&app, &actor, declaration, Vec::new(), None).await.unwrap();
        let mut browser = follower(&app, &case).await;
        let page = browser.get(&format!("/case/{}/receipt", case.reference)).await.body;
        assert_eq!(page.contains("Monday, 7 June 2027, at the end of the day"), case.proven, "{page}");
    }
}

#[tokio::test]
async fn the_receipt_is_the_same_file_every_time_and_verifies() {
    let (app, _dir) = testing::app().await;
    let (case, holder) = declared(&app, false).await;
    let mut browser = follower(&app, &case).await;
    let page = browser.get(&format!("/case/{}/receipt", case.reference)).await;
    assert!(page.body.contains(&case.reference.to_string()) && page.body.contains("Mei Lin"));
    assert!(page.body.contains("+44 7700 900101") && !page.body.contains("+447700900101"), "{}", page.body);
    assert!(page.body.contains("The day for all of it stands above: “Done or answered by”"), "{}", page.body);
    let first = browser.get(&format!("/case/{}/receipt.json", case.reference)).await;
    let name = format!("attachment; filename=\"cease-receipt-{}.json\"", case.reference);
    assert_eq!(first.headers["content-disposition"], name.as_str());
    testing::advance(&app, SignedDuration::from_hours(30));
    let person = Person { name: "Somebody Else".into(), ..case.person.clone() };
    let command = Command::Correct { number: case.number.clone(), check: case.declaration.check, person };
    ask(&app, &case, &holder, command).await;
    let again = browser.get(&format!("/case/{}/receipt.json", case.reference)).await;
    assert_eq!(first.body, again.body);
    let proof::Verdict::Valid { document: proof::Document::Receipt(receipt), .. } =
        proof::verify(first.body.as_bytes(), &[app.keys.signing().public()])
    else {
        panic!("not a valid receipt: {}", first.body)
    };
    assert_eq!(receipt.received_at, case.times.received);
    assert_eq!(receipt.deadline, case.times.received + app.policy.patience() + app.policy.review());
}

#[tokio::test]
async fn by_the_reference_alone_a_proven_cancellation_is_not_led_astray() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared_as(&app, 1, true, "Tom Hale").await;
    assert!(case.proven && case.vouched && case.stage.name() == "review", "{case:?}");
    let path = format!("/case/{}/correct", case.reference);
    let mut stranger = follower(&app, &case).await;
    let shown = stranger.get(&path).await;
    assert_eq!((shown.status, shown.body.contains("Tom Hale")), (StatusCode::SEE_OTHER, false));
    let number = case.number.normalised();
    let fields = [("number", number), ("name", "Tom Hale"), ("email", "thief@mail.example")];
    let got = stranger.post(&path, &fields).await;
    assert_eq!(got.location(), format!("/confirm?for={}", case.reference));
    let person = Person { email: Some("thief@mail.example".into()), ..case.person.clone() };
    let command = Command::Correct { number: case.number.clone(), check: case.declaration.check, person };
    let bare = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let got = act::act(&app, case.reference, &bare, &command).await;
    assert!(matches!(got, Err(act::ActError::Refused(Refusal::NotProven))), "{got:?}");
    assert_eq!(app.store.case(case.reference).await.unwrap().unwrap().person, case.person);
}

/// However they meet, one card ends once: the others are duplicates, and wait for a person.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_cases_declared_at_once_for_one_card_one_ends_it() {
    let (app, _dir) = testing::app().await;
    let account = testing::holder(&app, 1, "mei1").await;
    let card = testing::card(&app, 1, account.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let holder = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, account.id, app.now()) };
    let declaration = Declaration {
        check: number.check,
        consent: true,
        backup: true,
        ..Declaration::of(number.id.clone(), Person { name: "Mei Lin".into(), ..account.person.clone() }, app.now())
    };
    let declare = || {
        let (app, holder, declaration) = (app.clone(), holder.clone(), declaration.clone());
        tokio::spawn(async move { act::declare(&app, &holder, declaration, Vec::new(), None).await.unwrap() })
    };
    let all: Vec<_> = (0..16).map(|_| declare()).collect();
    let mut alone = 0;
    for one in all {
        alone += usize::from(!one.await.unwrap().flags.contains(&case::Flag::Duplicate));
    }
    assert_eq!(alone, 1);
    // Nor does one that was declared for another number and then led to this card.
    let unknown = case::identify::identify("8944770010000000999", &app.policy.identify).unwrap();
    let elsewhere = Declaration { number: unknown.id, check: unknown.check, ..declaration };
    let led = act::declare(&app, &holder, elsewhere, Vec::new(), None).await.unwrap();
    let command = Command::Correct { number: number.id, check: number.check, person: led.person.clone() };
    let led = act::act(&app, led.reference, &holder, &command).await.unwrap();
    assert!(led.flags.contains(&case::Flag::Duplicate) && led.stage.name() == "review", "{led:?}");
}

/// Its receipt does not say "none" for a card that nobody has found; printed, it says whose it is.
#[tokio::test]
async fn of_a_card_that_is_not_found_no_price_is_promised() {
    let (app, _dir) = testing::app().await;
    let (known, holder) = declared(&app, true).await;
    let unknown = case::identify::identify("8944770010000000999", &app.policy.identify).unwrap();
    let elsewhere = Declaration { number: unknown.id, check: unknown.check, ..(*known.declaration).clone() };
    let case = act::declare(&app, &holder, elsewhere, Vec::new(), None).await.unwrap();
    assert!(case.subscription.is_none() && case.quote.at_most().is_zero());
    let mut browser = follower(&app, &case).await;
    let receipt = browser.get(&format!("/case/{}/receipt", case.reference)).await.body;
    assert!(receipt.contains("told once you have shown who you are") && !receipt.contains("0.00"), "{receipt}");
    let head = format!("<p class=\"quiet print-only\">{} · {}</p>", app.config.desk.name, app.config.desk.url);
    assert!(receipt.contains(&head), "{receipt}");
}

/// A second case of a card leads to the first, for who may see both; who may see only the second hears of no other.
#[tokio::test]
async fn a_second_case_leads_its_holder_to_the_first() {
    let (app, _dir) = testing::app().await;
    let (first, _) = declared(&app, false).await;
    let unproven = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let again = (*first.declaration).clone();
    let second = act::declare(&app, &unproven, again, Vec::new(), None).await.unwrap();
    assert!(second.flags.contains(&case::Flag::Duplicate), "{second:?}");
    let link = format!("<a href=\"/case/{}\">Open case {}</a>", first.reference, first.reference);
    let page = format!("/case/{}", second.reference);

    let mut only_second = follower(&app, &second).await;
    let got = only_second.get(&page).await;
    assert!(got.status == StatusCode::OK && !got.body.contains(&first.reference.to_string()), "{}", got.body);
    let mut both = follower(&app, &first).await;
    both.post("/case", &[("ref", &second.reference.to_string()), ("fact", "MEI1@example.com")]).await;
    assert!(both.get(&page).await.body.contains(&link));
    assert!(!both.get(&format!("/case/{}", first.reference)).await.body.contains("Open case"));
    // Once the first is over, there is nothing to wait for.
    let assurance = Assurance::shown(Level::Code, first.account.unwrap(), app.now());
    let holder = Actor::Holder { account: first.account, assurance };
    ask(&app, &first, &holder, Command::Withdraw).await;
    assert!(!both.get(&page).await.body.contains(&link));
}

/// A button pressed twice, a page sent anew, two posts side by side: said once. Something else is said, and so is the same
/// some time later.
#[tokio::test]
async fn the_same_words_sent_twice_are_said_once() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let page = format!("/case/{}", case.reference);
    let complaint = format!("{page}/complaint");
    let (mut one, mut two) = (follower(&app, &case).await, follower(&app, &case).await);
    let says = |text: &'static str| [("do", "say"), ("said", text)];
    let (one_says, two_says) = (says("Is it done?"), says("Is it done? "));
    let (first, second) = tokio::join!(one.post(&page, &one_says), two.post(&page, &two_says));
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    one.post(&page, &says("Is it done now?")).await;
    assert_eq!(one.post(&page, &says("")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is said once");
    for _ in 0..2 {
        assert_eq!(one.post(&complaint, &[("said", "Too slow")]).await.status, StatusCode::SEE_OTHER);
    }
    let said = async |text: &str| {
        let journal = app.store.journal(case.reference).await.unwrap();
        let events = journal.iter().flat_map(|entry| &entry.events);
        events.filter(|event| matches!(event, case::Event::Said { text: was, .. } if was == text)).count()
    };
    assert_eq!([said("Is it done?").await, said("Is it done now?").await, said("Too slow").await], [1, 1, 1]);
    testing::advance(&app, SignedDuration::from_mins(6));
    one.post(&page, &says("Is it done?")).await;
    assert_eq!(said("Is it done?").await, 2);
}

#[tokio::test]
async fn what_is_sent_as_it_stood_corrects_nothing_and_is_not_recorded() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let path = format!("/case/{}/correct", case.reference);
    let mut browser = follower(&app, &case).await;
    let (number, person) = (case.number.grouped(), case.person.clone());
    let (email, phone) = (person.email.unwrap_or_default(), person.phone.unwrap_or_default());
    let same = [
        ("number", number.as_str()),
        ("name", person.name.as_str()),
        ("address", person.address.as_str()),
        ("email", email.as_str()),
        ("phone", phone.as_str()),
    ];
    let got = browser.post(&path, &same).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    assert!(got.body.contains("You changed nothing, so nothing was recorded"), "{}", got.body);
    let version = async || app.store.case(case.reference).await.unwrap().unwrap().version;
    assert_eq!(version().await, case.version);
    let moved = same.map(|(field, value)| (field, if field == "address" { "2 New Road" } else { value }));
    assert_eq!(browser.post(&path, &moved).await.status, StatusCode::SEE_OTHER);
    assert!(version().await > case.version);
}

/// The first press may have sent it on its way; the second wishes for nothing else.
#[tokio::test]
async fn what_is_mended_twice_is_mended_once() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared_as(&app, 1, true, "Tom Hale").await;
    let there = format!("/case/{}", case.reference);
    let mut browser = follower(&app, &case).await;
    browser.prove(case.account.unwrap()).await;
    let number = case.number.grouped();
    let mut mended = vec![("number", number.as_str()), ("name", "Mei Lin"), ("email", "mei1@example.com")];
    for _ in 0..2 {
        let got = browser.post(&format!("{there}/correct"), &mended).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, there.as_str()), "{}", got.body);
    }
    let journal = app.store.journal(case.reference).await.unwrap();
    assert_eq!(journal.iter().filter(|entry| entry.command == "correct").count(), 1);
    assert_ne!(app.store.case(case.reference).await.unwrap().unwrap().stage.name(), "review", "it went on its way");
    // Something else is not the same, and comes too late.
    mended[1].1 = "Tom Hale";
    assert_eq!(browser.post(&format!("{there}/correct"), &mended).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_person_asked_for_twice_is_asked_for_once() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let there = format!("/case/{}", case.reference);
    let (mut one, mut two) = (follower(&app, &case).await, follower(&app, &case).await);
    let wish = [("do", "person")];
    let (first, second) = tokio::join!(one.post(&there, &wish), two.post(&there, &wish));
    let third = one.post(&there, &wish).await;
    for got in [first, second, third] {
        assert_eq!(got.location(), format!("{there}#talk"), "{}", got.body);
    }
    let journal = app.store.journal(case.reference).await.unwrap();
    assert_eq!(journal.iter().filter(|entry| entry.command == "want-person").count(), 1);
}

#[tokio::test]
async fn number_after_number_cannot_be_tried_on_one_case() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let path = format!("/case/{}/correct", case.reference);
    let mut browser = follower(&app, &case).await;
    let mut tried = 0;
    let last = loop {
        let number = format!("8944770010000000{tried:03}");
        let fields =
            [("number", number.as_str()), ("anyway", &number), ("name", "Mei Lin"), ("email", "m@mail.example")];
        let got = browser.post(&path, &fields).await;
        if got.status != StatusCode::SEE_OTHER {
            break got.status;
        }
        tried += 1;
    };
    assert_eq!((tried, last), (10, StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test]
async fn what_is_typed_wrong_is_answered_on_the_page_and_kept() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let mut browser = follower(&app, &case).await;
    let root = format!("/case/{}", case.reference);
    let got = browser.post(&root, &[("do", "say"), ("said", "  ")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Error: ") && got.body.contains("4,000 characters"));
    let long = "x".repeat(4_001);
    let got = browser.post(&root, &[("do", "say"), ("said", &long)]).await;
    assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.contains(&long));
    let got =
        browser.post(&format!("{root}/correct"), &[("number", "12"), ("name", "梅 <林>"), ("email", "mei")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        got.body.contains("梅 &#60;林&#62;") && got.body.contains("value=\"mei\"") && got.body.contains("value=\"12\"")
    );
    let got = browser.post(&format!("{root}/file"), &[]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post(&root, &[("do", "dance")]).await.status, StatusCode::BAD_REQUEST);
    let got = browser.post(&root, &[("do", "say"), ("said", "My bank card is 4111 1111 1111 1111, ok?")]).await;
    assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.contains("We struck out a bank card number."));
    let shown = "My bank card is █████, ok?";
    assert!(got.body.contains(shown) && !got.body.contains("4111 1"), "it is shown as it would be kept");
    assert_eq!(browser.post(&root, &[("do", "say"), ("said", shown)]).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(&root).await.body;
    assert!(page.contains("My bank card is") && !page.contains("4111 1"), "a bank card number is never stored");
}

#[tokio::test]
async fn taking_it_back_twice_is_once() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let mut browser = follower(&app, &case).await;
    let path = format!("/case/{}/withdraw", case.reference);
    assert!(browser.get(&path).await.body.contains("until the network is told"));
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    let there = format!("/case/{}", case.reference);
    assert_eq!(browser.post(&path, &[]).await.location(), there);
    assert_eq!(browser.get(&path).await.location(), there);
    let after = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!(after.stage.name(), "withdrawn");
    // The other way out is over.
    let contest = format!("/case/{}/contest", case.reference);
    assert!(browser.get(&contest).await.body.contains("It is too late for this"));
}

#[tokio::test]
async fn that_it_was_not_me_said_twice_is_said_and_not_too_late() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, false).await;
    let mut browser = follower(&app, &case).await;
    let (path, there) = (format!("/case/{}/contest", case.reference), format!("/case/{}", case.reference));
    for _ in 0..2 {
        assert_eq!(browser.post(&path, &[]).await.location(), there);
    }
    assert_eq!(browser.get(&path).await.location(), there);
    assert_eq!(app.store.case(case.reference).await.unwrap().unwrap().stage.name(), "contested");
}

#[tokio::test]
async fn a_difference_is_told_to_a_proven_holder_only_and_never_with_the_record() {
    let (app, _dir) = testing::app().await;
    for (n, shown) in [(1, true), (2, false)] {
        let (case, _) = declared_as(&app, n, shown, "Wrong Name").await;
        let mut browser = Browser::new(&app).await;
        let fact = format!("mei{n}@example.com");
        browser.post("/case", &[("ref", &case.reference.to_string()), ("fact", &fact)]).await;
        let body = browser.get(&format!("/case/{}", case.reference)).await.body;
        assert_eq!(body.contains("Differs"), shown, "{n}");
        assert!(!body.contains("Mei Lin"), "the record's name is not shown");
    }
}

#[tokio::test]
async fn notes_and_the_names_of_staff_stay_at_the_desk() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared_as(&app, 1, true, "Wrong Name").await;
    let agent = Actor::Agent { staff: case::AccountId::from_bits(77), role: Role::Agent };
    ask(&app, &case, &agent, Command::note("looks odd to me")).await;
    ask(&app, &case, &agent, Command::say("Dear Mei, one moment.")).await;
    ask(&app, &case, &agent, Command::Ask { needs: vec![Need::Document], text: "Your contract, please.".into() }).await;
    let body = follower(&app, &case).await.get(&format!("/case/{}", case.reference)).await.body;
    assert!(body.contains("Dear Mei") && body.contains("Your contract, please.") && body.contains("An agent"));
    assert!(!body.contains("looks odd") && !body.contains("acc_"));
    assert!(body.contains(&format!("/case/{}/file", case.reference)));
}

/// A case at each stage and step, each reached by the commands that lead there.
async fn every_stage(app: &Shared) -> Vec<(&'static str, Case)> {
    let agent = Actor::Agent { staff: case::AccountId::from_bits(77), role: Role::Approver };
    let mut cases = Vec::new();
    cases.push(("received", declared_as(app, 11, false, "Mei Lin").await.0));
    let (review, holder) = declared_as(app, 12, true, "Wrong Name").await;
    cases.push(("review", review));
    let (case, _) = declared_as(app, 13, false, "Mei Lin").await;
    cases.push(("withdrawn", ask(app, &case, &holder, Command::Withdraw).await));
    let (case, _) = declared_as(app, 14, false, "Mei Lin").await;
    cases.push(("contested", ask(app, &case, &holder, Command::Contest).await));
    let (case, _) = declared_as(app, 15, false, "Mei Lin").await;
    let refuse = Command::Refuse { reason: "It is not your card.".into(), way_out: "Ask its holder.".into() };
    cases.push(("refused", ask(app, &case, &agent, refuse).await));
    let (case, _) = declared_as(app, 16, true, "Mei Lin").await;
    cases.push(("ceasing", case.clone()));
    works(app).await;
    cases.push(("ceased", app.store.case(case.reference).await.unwrap().unwrap()));
    let (case, _) = declared_as(app, 17, true, "Mei Lin").await;
    works(app).await;
    testing::advance(app, SignedDuration::from_hours(24 * 40));
    cases.push(("closed", ask(app, &case, &Actor::Clock, Command::Wake).await));
    cases
}

/// Steps that this policy does not pass through: the same row with another stage.
fn other_steps(ceased: &Case) -> Vec<Case> {
    use case::case::{RefusedFor, Step};
    let at = ceased.times.received;
    let stages = [
        case::Stage::Scheduled { cease_at: at, signatures: Vec::new() },
        case::Stage::Ceasing { step: Step::Barring, signatures: Vec::new() },
        case::Stage::Ceasing { step: Step::Barred { since: at, until: at }, signatures: Vec::new() },
        case::Stage::Refused { at, reason: RefusedFor::Difference, way_out: String::new() },
        case::Stage::Ceased {
            at,
            element: "inventory".into(),
            evidence: "state=ceased".into(),
            certificate: None,
            watch_until: at,
        },
    ];
    stages.into_iter().map(|stage| Case { stage, ..ceased.clone() }).collect()
}

#[tokio::test]
async fn every_stage_has_its_words_in_both_languages() {
    let (app, _dir) = testing::app().await;
    let cases = every_stage(&app).await;
    let mut browser = Browser::new(&app).await;
    let mut session = browser.visit("/").await.session(&app);
    for (_, case) in &cases {
        Visit::grant(&mut session, case.reference);
    }
    app.store.put_session(session).await.unwrap();
    for (stage, case) in &cases {
        assert_eq!(case.stage.name(), *stage);
        for path in PATHS {
            for lang in ["en", "zh-CN"] {
                let got = browser
                    .get(&format!("/case/{}{}?lang={lang}", case.reference, path.replace("?lang=zh-CN", "")))
                    .await;
                // What its holder has proven is mended by who shows the same, and what is decided is not mended any more.
                let led_away = path == "/correct" && got.status == StatusCode::SEE_OTHER;
                let over = !matches!(*stage, "received" | "review" | "refused");
                let led_away =
                    led_away && (case.proven || over && got.location() == format!("/case/{}", case.reference));
                // The pack of a case that may be a stranger's is for who shows that they are its holder.
                let shown_first = path == "/evidence" && case.may_be_a_strangers();
                // What it has become already is not asked for again.
                let done = matches!((*stage, path), ("withdrawn", "/withdraw") | ("contested", "/contest"));
                let led_away = led_away || done && got.location() == format!("/case/{}", case.reference);
                let led_away = led_away || shown_first && got.location() == format!("/confirm?for={}", case.reference);
                let fine = got.status == StatusCode::OK || path.starts_with("/certificate") || led_away;
                assert!(fine, "{stage} {path} {lang}: {}", got.status);
                assert!(!got.body.contains("No localization"), "{stage} {path} {lang}");
            }
        }
    }
    let ceased = &cases.iter().find(|(stage, _)| *stage == "ceased").unwrap().1;
    for case in other_steps(ceased) {
        for lang in case::Lang::ALL {
            let mut visit = browser.visit("/case").await;
            visit.lang = lang;
            let p = crate::web::Page::new(&app, &visit);
            let standing = super::standing::standing(&p, &case, &app.policy, Some(app.now()));
            for text in [&standing.title, &standing.tag, &standing.who, &standing.when] {
                assert!(!text.is_empty() && !text.contains("No localization"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn the_certificate_is_given_as_signed_and_one_changed_byte_is_found() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, true).await;
    works(&app).await;
    let mut browser = follower(&app, &case).await;
    let file = browser.get(&format!("/case/{}/certificate.json", case.reference)).await;
    let name = format!("attachment; filename=\"cease-certificate-{}.json\"", case.reference);
    assert_eq!(file.headers["content-disposition"], name.as_str());
    let trusted = [app.keys.signing().public()];
    assert!(matches!(proof::verify(file.body.as_bytes(), &trusted), proof::Verdict::Valid { .. }));
    let page = browser.get(&format!("/case/{}/certificate", case.reference)).await;
    assert!(page.body.contains(&trusted[0].fingerprint()) && page.body.contains("cease verify"));
    assert!(!page.body.contains(case.number.normalised()), "the number stays masked");

    let pdf = browser.get(&format!("/case/{}/certificate.pdf", case.reference)).await;
    if crate::paper::ready().await {
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert!(
            pdf.body.starts_with("%PDF-1.7")
                && pdf.body.contains(&format!("cease-certificate-{}.json", case.reference))
        );
        assert!(page.body.contains("certificate.pdf"));
    } else {
        assert_eq!(pdf.location(), format!("/case/{}/certificate", case.reference));
        assert!(page.body.contains("cannot make a PDF") && !page.body.contains("certificate.pdf"));
    }

    let mut anybody = Browser::new(&app).await;
    let number = case.number.normalised();
    let good = anybody.post("/verify", &[("pasted", &file.body.replace('\n', "\r\n")), ("number", number)]).await;
    assert!(
        good.body.contains("<h1>Valid</h1>") && good.body.contains("is the one in the certificate"),
        "{}",
        good.body
    );
    assert!(!good.body.contains("Mei"), "no more than reference, kind, dates and masked number");
    let changed = file.body.replacen("state=ceased", "state=ceasex", 1);
    let bad = anybody.post("/verify", &[("pasted", &changed)]).await;
    assert!(bad.body.contains("<h1>Not valid</h1>") && bad.body.contains("has been changed since"));
    for nothing in [&[][..], &[("pasted", " \n"), ("number", number)]] {
        assert_eq!(anybody.post("/verify", nothing).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let key = anybody.get("/verify/key.txt").await;
    assert_eq!(key.body.trim_end().parse(), Ok(trusted[0].clone()));
}

#[tokio::test]
async fn what_is_genuine_is_not_called_valid_where_it_does_not_name_the_card_that_was_asked_about() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, true).await;
    works(&app).await;
    let mut browser = follower(&app, &case).await;
    let certificate = browser.get(&format!("/case/{}/certificate.json", case.reference)).await.body;
    let receipt = browser.get(&format!("/case/{}/receipt.json", case.reference)).await.body;
    let mut anybody = Browser::new(&app).await;
    let (own, other) = (case.number.normalised(), "8944110068450000019");
    let (valid, another, open) =
        ("Valid", "Genuine, but about another card", "Genuine, but we cannot tell for which card");
    for (file, number, title, kind, text) in [
        (&certificate, own, valid, "done", "is the one in the certificate"),
        (&certificate, " ", valid, "done", "not one letter of it"),
        (&certificate, other, another, "danger", "is not the one in the certificate"),
        (&certificate, "+44 7700 900123", open, "warning", "another kind of number"),
        (&certificate, "?", open, "warning", "could not read the card number"),
        (&receipt, "", valid, "done", "not one letter of it"),
        (&receipt, own, open, "warning", "carries no card number"),
        (&receipt, other, open, "warning", "carries no card number"),
    ] {
        let said = anybody.post("/verify", &[("pasted", file), ("number", number)]).await.body;
        let heading = format!("<h1>{title}</h1>");
        assert!(said.contains(&heading) && said.contains(&format!("<title>{title} ")), "{number}: {said}");
        assert!(said.contains(&format!("notice-{kind}")) && said.contains(text), "{number}: {said}");
        assert!(said.contains("not one letter of it has been changed"), "{number}: {said}");
    }
    let altered = certificate.replacen("state=ceased", "state=ceasex", 1);
    let said = anybody.post("/verify", &[("pasted", &altered), ("number", other)]).await.body;
    assert!(said.contains("<h1>Not valid</h1>"), "a forgery is one, whatever card it is about: {said}");
}

#[tokio::test]
async fn a_paper_s_code_is_confirmed_and_a_made_up_one_is_not() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, true).await;
    works(&app).await;
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    let url = certificate::verify_url(&app, &case.reference.to_string(), case.stage.certificate().unwrap());
    let path = url.strip_prefix(&app.config.desk.url).unwrap().to_owned();
    let mut anybody = Browser::new(&app).await;
    assert!(anybody.get(&path).await.body.contains("<h1>Valid</h1>"));
    let mut unknown = path.clone();
    unknown.pop();
    for wrong in [unknown, format!("/verify?ref={}&sha256=", case.reference), "/verify?ref=x&sha256=%F0".into()] {
        assert!(anybody.get(&wrong).await.body.contains("<h1>Not valid</h1>"), "{wrong}");
    }
}

#[tokio::test]
async fn a_proven_case_is_mended_where_two_staff_decide() {
    let (app, _dir) = testing::app_with(|policy| policy.assurance.cease = case::Needed::TwoStaff).await;
    let (case, holder) = declared(&app, true).await;
    assert!(case.proven, "{:?}", case.stage);
    // The core takes it.
    let person = Person { address: "2 New Road".into(), ..case.person.clone() };
    let command = Command::Correct { number: case.number.clone(), check: case::identify::Check::None, person };
    let case = ask(&app, &case, &holder, command).await;
    let mut browser = follower(&app, &case).await;
    browser.prove(case.account.unwrap()).await;
    let got = browser.get(&format!("/case/{}/correct", case.reference)).await;
    assert_eq!(got.status, StatusCode::OK, "led to {:?}", got.headers.get("location"));
}

/// Two cases of one card; one ends it, and the other is not to be approved any more.
#[tokio::test]
async fn one_card_has_one_certificate() {
    let (app, _dir) = testing::app_with(|policy| {
        (policy.straight_through, policy.notice_days, policy.contest_minutes, policy.four_eyes) = (true, 0, 60, false);
    })
    .await;
    let account = testing::holder(&app, 1, "mei1").await;
    let card = testing::card(&app, 1, account.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let mut both = Vec::new();
    for _ in 0..2 {
        let declaration = Declaration {
            consent: true,
            backup: true,
            ..Declaration::of(number.id.clone(), account.person.clone(), app.now())
        };
        let assurance = Assurance::shown(Level::Code, account.id, app.now());
        let holder = Actor::Holder { account: None, assurance };
        both.push(act::declare(&app, &holder, declaration, Vec::new(), None).await.unwrap().reference);
    }
    // While the other is open it is not approved; nor once that has ended the card.
    let agent = Actor::Agent { staff: case::AccountId::from_bits(99), role: Role::Agent };
    let approve = Command::Approve { evidence: "looks right".into() };
    let early = act::act(&app, both[1], &agent, &approve).await;
    assert!(matches!(early, Err(act::ActError::Refused(case::Refusal::Rival))), "{early:?}");
    for _ in 0..3 {
        works(&app).await;
        testing::advance(&app, SignedDuration::from_mins(61));
    }
    let second = app.store.case(both[1]).await.unwrap().unwrap();
    assert_eq!(app.store.case(both[0]).await.unwrap().unwrap().stage.name(), "ceased");
    assert_eq!(app.store.card(card.id).await.unwrap().unwrap().state, case::CardState::Ceased);
    let approved = act::act(&app, second.reference, &agent, &approve).await;
    for _ in 0..3 {
        works(&app).await;
        testing::advance(&app, SignedDuration::from_mins(61));
    }
    let mut certificates = Vec::new();
    for reference in both {
        let case = app.store.case(reference).await.unwrap().unwrap();
        if let Some(file) = certificate::file(&app, &case).await.unwrap() {
            let (read, _) = certificate::read(&file).unwrap();
            certificates.push((read.reference, read.ceased_at));
        }
    }
    assert_eq!(certificates.len(), 1, "{:?}, {certificates:?}", approved.map(|case| case.stage.name()));
}
