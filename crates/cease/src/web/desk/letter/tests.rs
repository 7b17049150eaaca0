use axum::http::StatusCode;
use case::{Channel, Lang, Level, Role};
use jiff::SignedDuration;

use crate::app::Shared;
use crate::testing::{self, Browser};

/// A small picture of a letter.
fn scan() -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(40, 60, image::Rgb([250, 248, 240]));
    let mut out = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut out), image::ImageFormat::Png).unwrap();
    out
}

async fn signed_in(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

/// Uploads a scan; where it is written down then.
async fn begun(browser: &mut Browser) -> String {
    let got = browser.upload("/desk/letter/new", &[], &[("scan", "letter.png", &scan())]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    assert!(got.location().starts_with("/desk/letter/file_"), "{}", got.location());
    got.location().to_owned()
}

const WRITTEN: [(&str, &str); 7] = [
    ("do", "send"),
    ("name", "Anna Zhou"),
    ("address", "1 Mill Road, Leeds LS1 5AB"),
    ("statement", "Please end my card. My bank card is 4242 4242 4242 4242."),
    ("language", "zh-CN"),
    ("arrival", "2026-11-20"),
    ("postmark", "2026-11-18"),
];

/// The form with some answers changed.
fn with<'a>(number: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = WRITTEN.into_iter().filter(|(name, _)| !changed.iter().any(|(n, _)| n == name));
    [("number", number)]
        .into_iter()
        .filter(|_| !changed.iter().any(|(n, _)| *n == "number"))
        .chain(kept)
        .chain(changed.iter().copied())
        .collect()
}

#[tokio::test]
async fn a_letter_becomes_one_case_however_often_it_is_sent() {
    let (app, _dir) = testing::app().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let iccid = testing::card(&app, 1, holder.id).await.iccid.unwrap();
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    let path = begun(&mut agent).await;
    let page = agent.get(&path).await;
    assert!(page.body.contains(r#"value="2026-11-22""#), "it came in today, unless somebody says otherwise");
    for _ in 0..2 {
        let got = agent.post(&path, &with(&iccid, &[])).await;
        assert!(got.status == StatusCode::SEE_OTHER || got.body.contains("Letter taken up"), "{}", got.body);
    }
    // A colleague who wrote in it as well has their words back.
    let mut other = signed_in(&app, 91, Role::Approver).await;
    let got = other.post(&path, &with(&iccid, &[("statement", "All of page two.")])).await;
    assert_eq!(got.status, StatusCode::GONE);
    assert!(got.body.contains("A colleague has finished this letter") && got.body.contains("All of page two."));
    let cases = app.store.cases_of(holder.id).await.unwrap();
    let [one] = cases.as_slice() else { panic!("{} cases", cases.len()) };
    let said = &one.case.declaration;
    assert_eq!((said.channel, said.lang, said.files.len()), (Channel::Letter, Lang::ZhCn, 1));
    assert_eq!(one.case.times.declared.to_string(), "2026-11-20T00:00:00Z", "the day it came in counts");
    assert!(said.statement.as_ref().unwrap().contains("█████") && !said.statement.as_ref().unwrap().contains("4242"));
    // The receipt goes to the contacts on record; the page for the post is in the letter's language.
    while crate::work::round(&app).await.unwrap() > 0 {}
    assert!(testing::shelf(&app).messages().iter().any(|m| m.message.to == "mei@example.com"));
    let receipt = agent.get(&format!("/desk/case/{}/receipt", one.case.reference)).await;
    assert!(receipt.body.contains(r#"lang="zh-CN""#) && receipt.body.contains(&one.case.reference.to_string()));
    let english = agent.get(&format!("/desk/case/{}/receipt?lang=en", one.case.reference)).await;
    assert!(english.body.contains(r#"<html lang="en""#), "where that is asked for");
    // Nothing is left in the draft, and the list of begun letters is empty.
    let row = app.store.letter(said.files[0]).await.unwrap().unwrap();
    assert!(!row.open && !row.body.contains("Anna"), "{}", row.body);
    assert!(!agent.get("/desk/letter/new").await.body.contains("Anna Zhou"));
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let (app, _dir) = testing::app().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let iccid = testing::card(&app, 1, holder.id).await.iccid.unwrap();
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    let path = begun(&mut agent).await;
    let wrong: [(&str, &str, &str); 10] = [
        ("postmark", "2026-11-23", "still to come"),
        ("arrival", "2026-11-23", "still to come"),
        ("postmark", "2026-11-21", "postmarked before it comes in"),
        ("arrival", "2019-01-01", "more than a year ago"),
        ("arrival", "", "the day on which it came in"),
        ("name", "", "Write down the name"),
        ("language", "fr", "in which language"),
        ("number", "hello", "number"),
        ("ends", "2026-11-21", "This day is over. Leave the field empty"),
        ("belongs", "not-a-case", "not a case reference"),
    ];
    for (field, value, says) in wrong {
        let got = agent.post(&path, &with(&iccid, &[(field, value)])).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
        assert!(got.body.contains(says), "{field} {value}: {says}");
        assert!(got.body.contains("1 Mill Road, Leeds"), "what was typed is kept");
    }
    // A bank card where a number should be is not kept anywhere.
    agent.post(&path, &with("4242 4242 4242 4242", &[])).await;
    assert!(!agent.get(&path).await.body.contains("4242 4242"));
    // Saved, found again by a colleague, and thrown away with its picture.
    agent.post(&path, &with(&iccid, &[("do", "save"), ("name", "Half Done")])).await;
    let mut other = signed_in(&app, 91, Role::Approver).await;
    let list = other.get("/desk/letter/new").await.body;
    assert!(list.contains("Half D••") && !list.contains("Half Done"), "masked in a list");
    assert!(other.get(&path).await.body.contains("Half Done"));
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    assert!(app.store.file(id).await.unwrap().is_some());
    assert_eq!(other.post(&path, &[("do", "drop")]).await.status, StatusCode::SEE_OTHER);
    assert!(app.store.file(id).await.unwrap().is_none());
    // Whoever still writes in it is told, and has their words back.
    let got = agent.post(&path, &with(&iccid, &[("do", "save"), ("statement", "All of page two.")])).await;
    assert_eq!(got.status, StatusCode::GONE);
    for says in ["This letter has been thrown away", "Mei Lin threw it away", "All of page two.", "1 Mill Road, Leeds"]
    {
        assert!(got.body.contains(says), "{says}: {}", got.body);
    }
    assert_eq!(other.get(&path).await.status, StatusCode::GONE);
    assert!(!agent.get("/desk/letter/new").await.body.contains(&path), "and it stays away");
    assert!(app.store.cases_of(holder.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_letter_about_a_case_becomes_its_holder_s_words_once_and_sends_nothing() {
    let (app, _dir) = testing::app().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let iccid = testing::card(&app, 1, holder.id).await.iccid.unwrap();
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    let first = begun(&mut agent).await;
    agent.post(&first, &with(&iccid, &[])).await;
    while crate::work::round(&app).await.unwrap() > 0 {}
    let reference = app.store.cases_of(holder.id).await.unwrap()[0].case.reference;
    let sent = testing::shelf(&app).messages().len();
    testing::advance(&app, SignedDuration::from_mins(10));
    let second = begun(&mut agent).await;
    let belongs = reference.to_string();
    let fields = with("", &[("belongs", &belongs), ("statement", "I enclose the contract.")]);
    for _ in 0..2 {
        agent.post(&second, &fields).await;
    }
    while crate::work::round(&app).await.unwrap() > 0 {}
    let journal = app.store.journal(reference).await.unwrap();
    let said: Vec<_> = case::thread::messages(&journal).filter(|m| m.text == "I enclose the contract.").collect();
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].channel, said[0].note, said[0].files.len()), (Channel::Letter, false, 1));
    assert_eq!(testing::shelf(&app).messages().len(), sent, "nobody is sent their own words");
    let unknown = with("", &[("belongs", "0000-0000-0"), ("statement", "x")]);
    let third = begun(&mut agent).await;
    assert_eq!(agent.post(&third, &unknown).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn by_the_postmark_where_the_rules_say_so() {
    let (app, _dir) = testing::app_with(|policy| policy.letter_counts = case::rules::LetterCounts::Postmark).await;
    let holder = testing::holder(&app, 1, "mei").await;
    let iccid = testing::card(&app, 1, holder.id).await.iccid.unwrap();
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    for (postmark, counts) in [("2026-11-18", "2026-11-18T00:00:00Z"), ("", "2026-11-20T00:00:00Z")] {
        let path = begun(&mut agent).await;
        agent.post(&path, &with(&iccid, &[("postmark", postmark)])).await;
        let cases = app.store.cases_of(holder.id).await.unwrap();
        assert!(cases.iter().any(|s| s.case.times.declared.to_string() == counts), "{postmark:?}");
    }
}

#[tokio::test]
async fn only_those_who_work_cases_and_only_what_is_theirs() {
    let (app, _dir) = testing::app().await;
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    let path = begun(&mut agent).await;
    let page = path.rsplit('/').next().unwrap().to_owned();
    let picture = agent.get(&format!("{path}/file/{page}")).await;
    assert_eq!(picture.headers["content-type"], "image/png");
    assert_eq!(picture.headers["content-security-policy"], "default-src 'none'; sandbox");

    // An admin decides nothing about cases; a stranger is sent to sign in.
    let mut admin = signed_in(&app, 92, Role::Admin).await;
    let mut stranger = Browser::new(&app).await;
    for address in [
        "/desk/letter/new".to_owned(),
        path.clone(),
        format!("{path}/file/{page}"),
        "/desk/case/0000-0000-0/receipt".into(),
    ] {
        assert_eq!(admin.get(&address).await.status, StatusCode::FORBIDDEN, "{address}");
        assert_eq!(stranger.get(&address).await.status, StatusCode::SEE_OTHER, "{address}");
    }
    assert_eq!(admin.post(&path, &[("do", "drop")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        admin.upload("/desk/letter/new", &[], &[("scan", "a.png", &scan())]).await.status,
        StatusCode::FORBIDDEN
    );

    // A form of another browser, files that are none, and a file of somebody else's declaration.
    let forged = agent.upload_with("0000", "/desk/letter/new", &[], &[("scan", "a.png", &scan())]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.body);
    for (name, bytes) in
        [("a.png", b"<svg onload=alert(1)>".to_vec()), ("a.pdf", b"MZ".to_vec()), ("a.png", Vec::new())]
    {
        let got = agent.upload("/desk/letter/new", &[], &[("scan", name, &bytes)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let most = app.config.limits.upload_bytes;
    for (size, status) in [
        (most + 1, StatusCode::UNPROCESSABLE_ENTITY),
        (4 * most, StatusCode::UNPROCESSABLE_ENTITY),
        (9 * most, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let got = agent.upload("/desk/letter/new", &[], &[("scan", "a.png", &vec![0; size])]).await;
        assert_eq!(got.status, status, "{size}");
    }
    let other = case::FileId::from_bits(77);
    let theirs =
        store::StoredFile { id: other, media: "image/png".into(), name: "x.png".into(), bytes: scan(), at: app.now() };
    app.store.put_file(theirs).await.unwrap();
    assert_eq!(agent.get(&format!("{path}/file/{other}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(agent.get(&format!("/desk/letter/{other}")).await.status, StatusCode::NOT_FOUND);
}

const WHY: [(&str, &str); 2] = [("reveal-reason", "compare"), ("reveal-text", "the name is another")];

/// A letter with a stranger's phone number opens no record: neither for the house's agent nor for a partner's.
#[tokio::test]
async fn who_types_an_application_sees_it_and_not_the_record_of_the_number_in_it() {
    let (app, _dir) = testing::app().await;
    let mut mei = testing::account(&app, 1, "mei").await;
    (mei.person.name, mei.person.address) = ("Mei Lindqvist".into(), "41 Quay Street, Bristol BS1 4ZZ".into());
    app.store.put_account(mei.clone()).await.unwrap();
    let phone = mei.person.phone.clone().unwrap();
    let card = testing::card(&app, 1, mei.id).await;
    let imsi = "234150000000001";
    let card = case::CardRecord { imsi: Some(imsi.into()), msisdn: Some(phone.clone()), ..card };
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    let on_record = ["Lindqvist", "Quay Street", "mei@example.com", imsi];
    let seen = |body: &str| {
        let plain = body.replace("<span>", "").replace("</span>", "").replace(' ', "");
        on_record.into_iter().filter(|v| body.contains(v) || plain.contains(&v.replace(' ', ""))).collect::<Vec<_>>()
    };
    for (n, agency) in [(90, None), (91, Some("north"))] {
        let mut agent = signed_in(&app, n, Role::Agent).await;
        let account = app.store.account(case::AccountId::from_bits(n)).await.unwrap().unwrap();
        let agency = agency.map(|name| name.parse().unwrap());
        app.store.put_account(store::Account { agency: agency.clone(), ..account }).await.unwrap();
        let path = begun(&mut agent).await;
        assert_eq!(agent.post(&path, &with(&phone, &[])).await.status, StatusCode::SEE_OTHER);
        let cases = app.store.cases_of(mei.id).await.unwrap();
        let theirs = |case: &case::Case| case.declaration.files.iter().any(|file| path.ends_with(&file.to_string()));
        let case = &cases.iter().find(|one| theirs(&one.case)).unwrap().case;
        let page = format!("/desk/case/{}", case.reference);
        let body = agent.get(&page).await.body;
        assert!(body.contains("Anna Zhou") && body.contains("1 Mill Road, Leeds"), "{body}");
        assert!(body.contains("The application is shown to you until") && !body.contains("you said why"), "{body}");
        assert_eq!(seen(&body), Vec::<&str>::new(), "{agency:?}");
        assert_eq!(agent.get(&format!("{page}/receipt")).await.status, StatusCode::OK);
        assert_eq!(agent.get(&format!("{page}/file/{}", case.files[0])).await.status, StatusCode::OK);
        let evidence = agent.get(&format!("{page}/evidence")).await;
        assert_eq!((evidence.status, seen(&evidence.body)), (StatusCode::FORBIDDEN, Vec::new()));

        assert_eq!(agent.post(&format!("{page}/reveal"), &WHY).await.status, StatusCode::SEE_OTHER);
        let body = agent.get(&page).await.body;
        let refused = "is not shown to partner agencies";
        assert!(body.contains("you said why") && body.contains("Anna Zhou"), "{body}");
        let evidence = agent.get(&format!("{page}/evidence")).await;
        if agency.is_none() {
            assert_eq!(seen(&body), on_record);
            assert!(evidence.status == StatusCode::OK && !body.contains(refused));
        } else {
            assert_eq!(seen(&body), Vec::<&str>::new());
            assert!(body.contains(refused) && evidence.body.contains(refused));
            assert_eq!(evidence.status, StatusCode::FORBIDDEN);
        }
    }
}

/// Words that go to a case say nothing of who wrote them: its application stays masked.
#[tokio::test]
async fn words_for_a_case_show_nothing_of_it() {
    let (app, _dir) = testing::app().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let iccid = testing::card(&app, 1, holder.id).await.iccid.unwrap();
    let mut first = signed_in(&app, 90, Role::Agent).await;
    let path = begun(&mut first).await;
    first.post(&path, &with(&iccid, &[])).await;
    let reference = app.store.cases_of(holder.id).await.unwrap()[0].case.reference.to_string();
    let mut other = signed_in(&app, 91, Role::Agent).await;
    let path = begun(&mut other).await;
    let words = with("", &[("belongs", &reference), ("statement", "Hello.")]);
    assert_eq!(other.post(&path, &words).await.status, StatusCode::SEE_OTHER);
    let body = other.get(&format!("/desk/case/{reference}")).await.body;
    assert!(body.contains("Anna Z••") && !body.contains("Anna Zhou"), "{body}");
}

#[tokio::test]
async fn a_letter_withdraws_where_the_rules_offer_it_and_has_no_day() {
    let offer = |policy: &mut case::Policy| {
        (policy.journey.withdrawal.offered, policy.journey.extraordinary) = (true, true);
    };
    let (app, _dir) = testing::app_with(offer).await;
    let holder = testing::holder(&app, 1, "mei").await;
    let iccid = testing::card(&app, 1, holder.id).await.iccid.unwrap();
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    let path = begun(&mut agent).await;
    let page = agent.get(&path).await.body;
    assert!(page.contains("Withdrawal from the contract"), "{page}");
    let day = agent.post(&path, &with(&iccid, &[("kind", "withdrawal"), ("ends", "2026-12-20")])).await;
    assert_eq!(day.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = r#"value="withdrawal" checked"#;
    assert!(day.body.contains("A withdrawal has no day") && day.body.contains(kept), "{}", day.body);
    let why = agent.post(&path, &with(&iccid, &[("kind", "extraordinary"), ("statement", " ")])).await;
    assert!(why.status == StatusCode::UNPROCESSABLE_ENTITY && why.body.contains("needs its reason"));
    agent.post(&path, &with(&iccid, &[("kind", "withdrawal")])).await;
    let case = app.store.list(store::View::All, None, 9).await.unwrap().remove(0).case;
    assert_eq!(case.declaration.way.kind, case::way::Kind::Withdrawal);
    // Where nothing else is offered, nothing else is chosen.
    let (app, _dir) = testing::app().await;
    let mut agent = signed_in(&app, 90, Role::Agent).await;
    let path = begun(&mut agent).await;
    assert!(!agent.get(&path).await.body.contains(r#"name="kind""#));
    agent.post(&path, &with(&iccid, &[("kind", "withdrawal")])).await;
    let case = app.store.list(store::View::All, None, 9).await.unwrap().remove(0).case;
    assert!(case.declaration.way.kind.is_ordinary());
}
