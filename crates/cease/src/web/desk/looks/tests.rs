//! Masked, shown for a reason, and all of it on the record.

use std::collections::HashMap;

use axum::http::StatusCode;
use case::mask::Mask;
use case::rules::Masking;
use case::{AccountId, Assurance, CaseRef, FileId, Level, Role};
use jiff::SignedDuration;
use store::{Account, Look, Looked, LooksOf, StoredFile};

use crate::app::Shared;
use crate::testing::{self, Browser};
use crate::web::desk::caution::Caution;

const NAME: &str = "Mei Lindqvist";
const ADDRESS: &str = "41 Quay Street, Bristol BS1 4ZZ";
const SAID: &str = "I am Mei Lindqvist, call +447700900101, 41 Quay Street.";

async fn at_the_desk(app: &Shared, n: u64, login: &str, role: Role, agency: Option<&str>) -> (Account, Browser) {
    let (mut account, _) = testing::staff(app, n, login, role).await;
    account.person.name = format!("Worker {login}");
    account.agency = agency.map(|agency| agency.parse().unwrap());
    app.store.put_account(account.clone()).await.unwrap();
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    (account, browser)
}

/// A case whose holder has, or has not, shown who they are.
async fn case_of(app: &Shared, n: u64, proven: bool) -> case::Case {
    let mut mei = testing::account(app, n, &format!("mei{n}")).await;
    (mei.person.name, mei.person.address) = (NAME.into(), ADDRESS.into());
    app.store.put_account(mei.clone()).await.unwrap();
    let card = testing::card(app, n, mei.id).await;
    let number = card.iccid.unwrap().parse().map(case::identify::Identifier::Iccid).unwrap();
    let assurance = if proven { Assurance::shown(Level::Code, mei.id, app.now()) } else { Assurance::nothing() };
    let actor = case::Actor::Holder { account: None, assurance };
    let id = FileId::from_bits(100 + n);
    let bytes = b"%PDF-1.7".to_vec();
    let file = StoredFile { id, media: "application/pdf".into(), name: "a.pdf".into(), bytes, at: app.now() };
    app.store.put_file(file).await.unwrap();
    let declaration = case::Declaration {
        consent: true,
        backup: true,
        files: vec![id],
        statement: Some(SAID.into()),
        ..case::Declaration::of(number, mei.person.clone(), app.now())
    };
    crate::act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap()
}

/// What of the holder stands in a page.
fn personal(case: &case::Case, body: &str) -> Vec<String> {
    let person = &case.person;
    let values = [
        "Lindqvist".to_owned(),
        "Quay Street".to_owned(),
        person.email.clone().unwrap(),
        person.phone.clone().unwrap(),
        case.number.normalised().to_owned(),
        case.number.grouped(),
    ];
    let digits: String = body.split_whitespace().collect::<Vec<_>>().join("");
    let bare = |text: &str| text.replace(' ', "");
    // Numbers stand in groups, each in an element of its own.
    let plain = digits.replace("<span>", "").replace("</span>", "");
    values.into_iter().filter(|value| body.contains(value.as_str()) || plain.contains(&bare(value))).collect()
}

async fn looks(app: &Shared, of: LooksOf) -> Vec<Look> {
    app.store.looks(&of, None, 100).await.unwrap().into_iter().map(|(_, look)| look).collect()
}

const WHY: [(&str, &str); 2] = [("reveal-reason", "identify"), ("reveal-text", "she calls about the letter")];

#[tokio::test]
async fn nothing_personal_of_an_unverified_holder_is_on_any_page_until_somebody_says_why() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    while crate::index::some(&app, 100).await.unwrap().more {}
    let (me, mut agent) = at_the_desk(&app, 90, "jo", Role::Approver, None).await;
    let (_, mut other) = at_the_desk(&app, 91, "al", Role::Approver, None).await;
    let path = format!("/desk/case/{}", case.reference);
    let pages = [
        path.clone(),
        format!("{path}?show=messages"),
        "/desk?view=waiting".into(),
        agent.sought("lindqvist").await,
        format!("{path}/clock"),
    ];
    for page in &pages {
        let got = agent.get(page).await;
        assert_eq!(got.status, StatusCode::OK, "{page}");
        assert_eq!(personal(&case, &got.body), Vec::<String>::new(), "{page}");
    }
    // Enough to greet and to work with: the comparison says what came of each field.
    let body = agent.get(&path).await.body;
    assert!(body.contains("Mei L••") && body.contains("m••@example.com") && body.contains("•••• "), "{body}");
    assert!(body.matches("is-exact").count() + body.matches("Same").count() >= 1, "compared");
    // Whole files, receipt and evidence wait for a reason.
    for page in [format!("{path}/file/{}", case.files[0]), format!("{path}/receipt"), format!("{path}/evidence")] {
        let got = agent.get(&page).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{page}");
        assert!(got.body.contains("/reveal") && personal(&case, &got.body).is_empty(), "{page}");
    }
    assert_eq!(agent.post(&format!("{path}/evidence"), &[("reason", "I want it")]).await.status, StatusCode::FORBIDDEN);
    // Without a reason nothing is shown.
    for bad in [&[][..], &WHY[..1], &WHY[1..], &[("reveal-reason", "nosy"), WHY[1]][..]] {
        let got = agent.post(&format!("{path}/reveal"), bad).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(personal(&case, &got.body).is_empty());
    }
    let got = agent.post(&format!("{path}/reveal"), &WHY).await;
    assert_eq!((got.status, got.location().starts_with(&path)), (StatusCode::SEE_OTHER, true));
    let body = agent.get(&path).await.body;
    assert!(body.contains(ADDRESS) && body.contains(NAME) && body.contains("41 Quay Street."), "shown");
    assert_eq!(agent.get(&format!("{path}/receipt")).await.status, StatusCode::OK);
    // For them alone, and not for long.
    assert!(personal(&case, &other.get(&path).await.body).is_empty(), "a colleague");
    let reveals = looks(&app, LooksOf { what: Some(Looked::Reveal), ..LooksOf::default() }).await;
    assert_eq!(reveals.len(), 1);
    assert_eq!((reveals[0].staff, reveals[0].case), (me.id, Some(case.reference)));
    assert_eq!(reveals[0].detail, "identify she calls about the letter");
    testing::advance(&app, SignedDuration::from_mins(15));
    assert!(personal(&case, &agent.get(&path).await.body).is_empty(), "after fifteen minutes");
}

/// Whoever reads out a code sees the holder's page. That is no proof of who they are.
#[tokio::test]
async fn a_code_read_out_on_the_phone_lifts_no_mask() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let (_, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let path = format!("/desk/case/{}", case.reference);
    agent.post(&format!("{path}/contact"), &[("do", "open"), ("way", "rang-us")]).await;
    let contact = app.store.contact(case.reference, app.now()).await.unwrap().unwrap();
    let crate::contact::Codes::Theirs { code, .. } = crate::contact::codes(&app, &contact) else { panic!("no code") };
    let got = agent.post(&format!("{path}/contact"), &[("do", "compare"), ("code", &code)]).await;
    assert!(got.location().contains("contact=right"), "{}", got.location());
    let body = agent.get(&path).await.body;
    assert!(body.contains("contact-compared") && personal(&case, &body).is_empty(), "still masked");
}

/// What somebody has signed with may name the holder.
#[tokio::test]
async fn what_ends_a_pause_early_is_masked_like_all_words() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let (_, agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let evidence = "Mei Lindqvist called back on +447700900101".to_owned();
    let signed = Some(case::case::Signature { staff: AccountId::from_bits(90), at: app.now(), evidence });
    let until = app.now() + SignedDuration::from_hours(24);
    let mut held = case.clone();
    held.hold = Some(case::risk::Hold { until, signed, lifted: false });
    let visit = agent.visit("/desk").await;
    let (p, names) = (crate::web::Page::new(&app, &visit), HashMap::new());
    let actor = case::Actor::Agent { staff: AccountId::from_bits(91), role: Role::Approver };
    for (mask, shows) in [(Mask::over(&held, None), "Mei L•• called back on •••• 0101"), (Mask::clear(), "Lindqvist")]
    {
        let caution = Caution::of(&app, &p, (&held, &mask), &actor, &names);
        let (_, evidence) = caution.signed.unwrap();
        assert!(evidence.contains(shows), "{evidence}");
    }
}

#[tokio::test]
async fn a_reason_keeps_nothing_personal() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let (_, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let text = "Mei Lindqvist rang from 07700 900 101, card 4111 1111 1111 1111";
    agent.post(&format!("/desk/case/{}/reveal", case.reference), &[WHY[0], ("reveal-text", text)]).await;
    let reveals = looks(&app, LooksOf { what: Some(Looked::Reveal), ..LooksOf::default() }).await;
    assert!(reveals[0].detail.starts_with("identify Mei L•• rang from •••• 0101"), "{}", reveals[0].detail);
    assert!(!reveals[0].detail.contains("4111"));
}

#[tokio::test]
async fn who_has_shown_who_they_are_is_not_masked_but_where_the_rules_always_do() {
    for (mask, proven, masked) in [
        (Masking::Unverified, true, false),
        (Masking::Unverified, false, true),
        (Masking::Always, true, true),
        (Masking::Off, false, false),
    ] {
        let (app, _dir) = testing::app_with(|policy| policy.staff.mask = mask).await;
        let case = case_of(&app, 1, proven).await;
        let (_, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
        let body = agent.get(&format!("/desk/case/{}", case.reference)).await.body;
        assert_eq!(personal(&case, &body).is_empty(), masked, "{mask:?} {proven}");
        let list = agent.get("/desk?view=all").await.body;
        assert_eq!(personal(&case, &list).is_empty(), masked, "{mask:?} {proven}");
    }
}

#[tokio::test]
async fn every_look_is_on_the_record_before_its_page() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let (me, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let path = format!("/desk/case/{}", case.reference);
    agent.get(&path).await;
    agent.get(&path).await;
    agent.get(&format!("{path}/file/{}", case.files[0])).await;
    agent.get(&format!("{path}/receipt")).await;
    agent.seek("Mei Lindqvist").await;
    agent.get(&format!("/desk/mail?case={}", case.reference)).await;
    agent.post(&format!("{path}/evidence"), &[("reason", "The ombudsman asks")]).await;
    agent.get("/desk/reports/depth.csv").await;
    let found = looks(&app, LooksOf { staff: Some(me.id), ..LooksOf::default() }).await;
    let what: Vec<&str> = found.iter().rev().map(|look| look.what.name()).collect();
    assert_eq!(what, ["case", "file", "receipt", "search", "mail", "evidence", "export"]);
    // What was sought can be told by whoever has the key, and is not there.
    let sought = found.iter().find(|look| look.what == Looked::Search).unwrap();
    assert!(sought.detail.starts_with(&super::term(&app, "mei  lindqvist")), "{}", sought.detail);
    assert!(!serde_json::to_string(&found).unwrap().to_lowercase().contains("lindqvist"));
    // Somebody who comes back later has looked again.
    testing::advance(&app, SignedDuration::from_mins(6));
    agent.get(&path).await;
    assert_eq!(looks(&app, LooksOf { what: Some(Looked::Case), ..LooksOf::default() }).await.len(), 2);
    assert!(app.store.looks_intact().await.unwrap().is_ok());
}

#[tokio::test]
async fn leads_read_the_looks_by_case_and_by_person_and_take_them_away() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let (jo, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let (_, mut admin) = at_the_desk(&app, 92, "ada", Role::Admin, None).await;
    agent.get(&format!("/desk/case/{}", case.reference)).await;
    assert_eq!(agent.get("/desk/looks").await.status, StatusCode::FORBIDDEN);
    let body = admin.get(&format!("/desk/looks?case={}", case.reference)).await.body;
    assert!(body.contains("Worker jo") && body.contains("Opened the case"), "{body}");
    assert!(
        !admin
            .get(&format!("/desk/looks?case={}", CaseRef::from_bits(4711)))
            .await
            .body
            .contains("Opened the case</td>")
    );
    // A slip of the pen is not a question about all cases.
    for path in ["/desk/looks", "/desk/looks.csv"] {
        let got = admin.get(&format!("{path}?case=NOPE")).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(got.body.contains("There is no case with this reference") && got.body.contains("value=\"NOPE\""));
        assert!(!got.body.contains("download>"), "what is asked of one is not answered of all");
    }
    let body = admin.get(&format!("/desk/looks?staff={}&what=case", jo.id)).await.body;
    assert!(body.contains(&case.reference.to_string()));
    let got = admin.get("/desk/looks.csv").await;
    assert!(got.body.contains(&format!("{},Worker jo,case,{}", jo.id, case.reference)), "{}", got.body);
    let last = looks(&app, LooksOf::default()).await.remove(0);
    assert_eq!((last.what, last.detail.as_str()), (Looked::Export, "looks"), "taking them is a look");
}

#[tokio::test]
async fn a_partner_s_lead_reads_their_own_people_s_looks_only() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    app.store.give(case.reference, Some(&"north".parse().unwrap())).await.unwrap();
    let (_, mut ours) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let (_, mut theirs) = at_the_desk(&app, 91, "nora", Role::Approver, Some("north")).await;
    for browser in [&mut ours, &mut theirs] {
        assert_eq!(browser.get(&format!("/desk/case/{}", case.reference)).await.status, StatusCode::OK);
    }
    let body = theirs.get("/desk/looks").await.body;
    assert!(body.contains("Worker nora") && !body.contains("Worker jo"), "{body}");
}

#[tokio::test]
async fn reveals_of_one_person_are_counted() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let (_, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let path = format!("/desk/case/{}/reveal", case.reference);
    let evil = [WHY[0], WHY[1], ("next", "//evil.example")];
    assert!(agent.post(&path, &evil).await.location().starts_with("/desk/case/"), "nobody is led elsewhere");
    for _ in 0..59 {
        assert_eq!(agent.post(&path, &WHY).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(agent.post(&path, &WHY).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_partner_sees_the_record_once_the_case_is_proven_and_for_no_reason_before() {
    for mask in [Masking::Unverified, Masking::Off] {
        let (app, _dir) = testing::app_with(|policy| policy.staff.mask = mask).await;
        let (_, mut nora) = at_the_desk(&app, 90, "nora", Role::Agent, Some("north")).await;
        for (n, proven) in [(1, false), (2, true)] {
            let case = case_of(&app, n, proven).await;
            assert_eq!(case.proven, proven);
            let mut account = app.store.account(case.account.unwrap()).await.unwrap().unwrap();
            account.person.address = "9 Record Lane, York YO1 7AA".into();
            app.store.put_account(account).await.unwrap();
            app.store.give(case.reference, Some(&"north".parse().unwrap())).await.unwrap();
            let path = format!("/desk/case/{}", case.reference);
            nora.post(&format!("{path}/reveal"), &WHY).await;
            let body = nora.get(&path).await.body;
            assert!(body.contains(ADDRESS), "what was sent: {body}");
            assert_eq!(body.contains("9 Record Lane"), proven, "{mask:?}");
            assert_eq!(body.contains("is not shown to partner agencies"), !proven, "{mask:?}");
            let evidence = nora.get(&format!("{path}/evidence")).await.status;
            assert_eq!(evidence, if proven { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{mask:?}");
            assert_eq!(nora.get(&format!("{path}/file/{}", case.files[0])).await.status, StatusCode::OK);
        }
    }
}

/// Until it goes out its writer can take it back and read it: only then are its variables filled in.
#[tokio::test]
async fn what_was_taken_back_says_no_more_than_was_typed_and_what_goes_out_is_filled_in() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let (_, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let path = format!("/desk/case/{}", case.reference);
    let pending = async || app.store.pending_of(case.reference, case::AccountId::from_bits(90)).await.unwrap();
    for again in [false, true] {
        let version = app.store.case(case.reference).await.unwrap().unwrap().version.to_string();
        let fields = [("version", version.as_str()), ("reply-text", "Dear {name}, {card}")];
        let got = agent.post(&format!("{path}/reply"), &fields).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        let waits = pending().await;
        assert_eq!(waits.len(), 1);
        assert_eq!(waits[0].text, "Dear {name}, {card}");
        assert_eq!(personal(&case, &agent.get(&path).await.body), Vec::<String>::new());
        if again {
            break;
        }
        let id = waits[0].id.to_string();
        let got = agent.post(&format!("{path}/take-back"), &[("id", id.as_str())]).await;
        let page = agent.get(got.location()).await.body;
        assert!(page.contains("Dear {name}, {card}"), "{page}");
        assert_eq!(personal(&case, &page), Vec::<String>::new());
        let draft = [("kind", "reply"), ("reply-text", ""), ("quietly", "yes")];
        agent.post(&format!("{path}/draft"), &draft).await;
    }
    testing::advance(&app, SignedDuration::from_secs(60));
    while crate::work::round(&app).await.unwrap() > 0 {}
    let journal = app.store.journal(case.reference).await.unwrap();
    let said: Vec<_> = case::thread::messages(&journal).map(|m| m.text.to_string()).collect();
    assert!(said.last().is_some_and(|text| text.starts_with("Dear Mei Lindqvist, ")), "{said:?}");
}

/// A lock that its holder never asked for does not look like theirs, and what has ended is not locked.
#[tokio::test]
async fn whoever_locks_an_account_at_the_desk_is_named_in_its_case() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let (me, mut agent) = at_the_desk(&app, 90, "jo", Role::Agent, None).await;
    let path = format!("/desk/case/{}", case.reference);
    let version = async |case: &case::Case| app.store.case(case.reference).await.unwrap().unwrap().version.to_string();
    let seen = version(&case).await;
    let got = agent.post(&format!("{path}/lock"), &[("version", &seen), ("lock-reason", " ")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "no reason, no lock");
    assert!(app.store.guards(case.account.unwrap(), app.now()).await.unwrap().is_empty());
    let fields = [("version", seen.as_str()), ("lock-reason", "a stranger rang and knew too much")];
    let got = agent.post(&format!("{path}/lock"), &fields).await;
    assert!(got.location().contains("done=lock"), "{}", got.body);
    let journal = app.store.journal(case.reference).await.unwrap();
    let by = |actor: &case::Actor| matches!(actor, case::Actor::Agent { staff, .. } if *staff == me.id);
    for command in ["note", "heed"] {
        assert!(journal.iter().any(|entry| by(&entry.actor) && entry.command == command), "{journal:?}");
    }
    let page = agent.get(&path).await.body;
    assert!(page.contains("a stranger rang and knew too much") && !page.contains("holder’s wish"), "{page}");
    let fields = [("version", version(&case).await), ("lock-reason", "again".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(agent.post(&format!("{path}/lock"), &fields).await.status, StatusCode::CONFLICT);
    let ended = case_of(&app, 2, false).await;
    let holder = case::Actor::Holder {
        account: None,
        assurance: Assurance::shown(Level::SecondFactor, ended.account.unwrap(), app.now()),
    };
    crate::act::act(&app, ended.reference, &holder, &case::Command::Withdraw).await.unwrap();
    let fields = [("version", version(&ended).await), ("lock-reason", "too late".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let got = agent.post(&format!("/desk/case/{}/lock", ended.reference), &fields).await;
    assert_eq!(got.status, StatusCode::CONFLICT, "{}", got.body);
    let guards = app.store.guards(ended.account.unwrap(), app.now()).await.unwrap();
    assert!(guards.is_empty(), "{guards:?}");
}
