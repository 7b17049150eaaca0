use ::case::parcel::{Deed, State};
use ::case::{Actor, Assurance, CaseRef, Command, Level, Role};
use axum::http::StatusCode;
use store::Back;

use crate::act::act;
use crate::app::Shared;
use crate::returns::tests::{posted, returned, routers};
use crate::returns::{catch_up, code};
use crate::testing::{self, Browser, Got};

async fn agent(app: &Shared) -> Browser {
    let (account, _) = testing::staff(app, 90, "jo", Role::Agent).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

async fn scan(browser: &mut Browser, text: &str) -> Got {
    browser.post("/desk/returns", &[("do", "scan"), ("scan", text)]).await
}

#[tokio::test]
async fn whatever_is_scanned_lands_on_the_case_or_is_said_to_be_nobody_s() {
    let (app, _dir, case) = routers().await;
    posted(&app, &case).await;
    let mut browser = agent(&app).await;
    let card = app.store.card(case.subscription.clone().unwrap().card).await.unwrap().unwrap();
    let to = format!("/desk/case/{}/return", case.reference);
    let own = code(&app.keys, case.reference);
    for text in
        [own.as_str(), &own.to_lowercase(), "ra 473 124 829 gb", &card.iccid.unwrap(), &case.reference.to_string()]
    {
        let got = scan(&mut browser, text).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, to.as_str()), "{text}");
    }
    for (text, status) in [
        ("", StatusCode::UNPROCESSABLE_ENTITY),
        ("RA473124828GB", StatusCode::UNPROCESSABLE_ENTITY),
        ("<script>", StatusCode::UNPROCESSABLE_ENTITY),
        ("RTN-00000-00000", StatusCode::UNPROCESSABLE_ENTITY),
        ("RB123456785GB", StatusCode::OK),
    ] {
        let got = scan(&mut browser, text).await;
        assert_eq!(got.status, status, "{text}");
        assert!(!got.body.contains("<script>alert") && !got.body.contains("value=\"<script"), "{text}");
    }
    let kept = browser.post("/desk/returns", &[("do", "stray"), ("scan", "LK-1"), ("note", "no letter")]).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    assert_eq!(app.store.count_strays().await.unwrap(), 1);
}

/// However many there are, each stands on a page, and on one alone.
#[tokio::test]
async fn a_list_that_is_longer_than_a_page_goes_on() {
    let (app, _dir) = testing::app().await;
    let back = |n: u64| Back {
        reference: CaseRef::from_bits(n),
        code: format!("RTN-{n}"),
        state: State::Late,
        // Some on the same day, some on none.
        due: (n > 20).then(|| app.now() - jiff::SignedDuration::from_hours(i64::try_from(n / 10).unwrap() * 24)),
        carrier: None,
        tracking: None,
        moved: app.now(),
        poll: None,
    };
    app.store.put_backs((1..=250).map(back).collect()).await.unwrap();
    let mut browser = agent(&app).await;
    let first = browser.get("/desk/returns?lang=en").await.body;
    assert!(first.contains("All of “Late”") && first.contains(r#"href="/desk/returns?state=late""#), "{first}");
    let (mut href, mut pages, mut seen) = ("/desk/returns?state=late".to_owned(), 0, Vec::new());
    loop {
        let body = browser.get(&href).await.body;
        pages += 1;
        seen.extend(body.split("/desk/case/").skip(1).filter_map(|rest| rest.split('/').next()).map(str::to_owned));
        let Some((before, _)) = body.split_once(r#"">Next page"#) else { break };
        href = before.rsplit(r#"href=""#).next().unwrap().replace("&#38;", "&");
    }
    assert_eq!((pages, seen.len()), (3, 250));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 250);
    assert_eq!(browser.get("/desk/returns?state=late&after=nonsense").await.status, StatusCode::OK);
}

/// A partner sees what its own people have kept as found, the same whether it is anybody's or not; the house places it.
#[tokio::test]
async fn a_partner_sees_what_it_kept_as_found_and_not_whose_it_is() {
    let (app, _dir, case) = routers().await;
    let mut house = agent(&app).await;
    let mut partners = Vec::new();
    for (n, name) in [(91, "north"), (92, "south")] {
        let (account, _) = testing::staff(&app, n, name, Role::Agent).await;
        app.store.put_account(store::Account { agency: Some(name.parse().unwrap()), ..account.clone() }).await.unwrap();
        let mut browser = Browser::new(&app).await;
        browser.sign_in(account.id, Level::SecondFactor).await;
        partners.push(browser);
    }
    let [north, south] = &mut partners[..] else { panic!() };
    let (real, nobodys) = (case.reference.to_string(), "0000-0000-0");
    let mut shown = Vec::new();
    for scan in [real.as_str(), nobodys] {
        let kept = north.post("/desk/returns", &[("do", "stray"), ("scan", scan), ("note", "grey box")]).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER);
        let page = north.get("/desk/returns").await.body;
        let row = page.split("<h3>").find(|row| row.starts_with(scan)).unwrap();
        assert!(row.contains("grey box") && row.contains("Waits for") && !row.contains("value=\"placed\""), "{row}");
        shown.push(row.split("</li>").next().unwrap().replace(scan, ""));
    }
    assert_eq!(shown[0], shown[1], "nothing says which reference exists");
    assert!(!south.get("/desk/returns").await.body.contains("grey box"));
    let page = house.get("/desk/returns").await.body;
    assert!(page.contains("grey box") && page.contains("value=\"placed\"") && !page.contains("Waits for"), "{page}");
    let seq = app.store.strays(None, 1).await.unwrap()[0].seq.to_string();
    house.post("/desk/returns", &[("do", "placed"), ("seq", &seq)]).await;
    assert!(!north.get("/desk/returns").await.body.contains(nobodys));
}

#[tokio::test]
async fn what_nothing_was_ended_for_is_not_awaited_and_taken_in_where_it_comes() {
    let (app, _dir, _) = routers().await;
    let mut policy = (*app.policy).clone();
    policy.straight_through = false;
    let app = testing::with_policy(&app, policy).await;
    let case = returned(&app, 2).await;
    let mut browser = agent(&app).await;
    let path = format!("/desk/case/{}/return?lang=en", case.reference);
    let body = browser.get(&path).await.body;
    assert!(body.contains("To be sent") && body.contains("Last day"), "{body}");
    let staff = app.store.staff().await.unwrap()[0].id;
    let refuse = Command::Refuse { reason: "It is not your card.".into(), way_out: "Ask its holder.".into() };
    act(&app, case.reference, &Actor::Agent { staff, role: Role::Agent }, &refuse).await.unwrap();
    let body = browser.get(&path).await.body;
    assert!(body.contains("Stays with its holder") && !body.contains("To be sent"), "{body}");
    assert!(
        !body.contains("Last day") && body.contains("value=\"receive\"") && !body.contains("value=\"waive\""),
        "{body}"
    );
}

/// The number of an international parcel names no carrier that people know, unless its country's is.
#[tokio::test]
async fn an_international_number_is_said_to_be_a_post_s() {
    let (app, _dir, case) = routers().await;
    let tracking = ::case::tracking::track("EM000000005XX", &[]).unwrap().tracking;
    let deed = Deed::Post { tracking: Some(tracking), proof: None };
    let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act(&app, case.reference, &holder, &Command::Return { deed }).await.unwrap();
    catch_up(&app).await.unwrap();
    let mut browser = agent(&app).await;
    for (lang, post) in [("en", "International post"), ("zh-CN", "国际邮政")] {
        for path in [format!("/desk/case/{}/return?lang={lang}", case.reference), format!("/desk/returns?lang={lang}")]
        {
            let body = browser.get(&path).await.body;
            assert!(body.contains(post) && body.contains("EM000000005XX") && !body.contains("UPU"), "{path}: {body}");
        }
    }
}

/// Whose it is and what is awaited, as much as its case shows in any list.
#[tokio::test]
async fn a_row_says_what_is_awaited_and_from_whom_under_the_case_s_mask() {
    let (app, _dir, case) = routers().await;
    catch_up(&app).await.unwrap();
    let mut browser = agent(&app).await;
    let page = browser.get("/desk/returns?state=asked&lang=en").await.body;
    let row = page.split("stuck-row\"").find(|row| row.contains(&case.reference.to_string())).expect("a row");
    let queue = browser.get("/desk?view=all").await.body;
    assert!(row.contains("router"), "{row}");
    // Nobody has shown to be its holder: in no list does it say more than in another.
    let name = case.person.name.as_str();
    assert_eq!(row.contains(name), queue.contains(name), "{row}");
}

#[tokio::test]
async fn what_is_another_card_s_is_booked_on_neither() {
    let (app, _dir, case) = routers().await;
    let other = returned(&app, 2).await;
    catch_up(&app).await.unwrap();
    let mut browser = agent(&app).await;
    let card = app.store.card(other.subscription.clone().unwrap().card).await.unwrap().unwrap();
    let path = format!("/desk/case/{}/return", case.reference);
    let before = app.store.journal(case.reference).await.unwrap().len();
    let got = browser.post(&path, &[("do", "receive"), ("scan", &card.iccid.unwrap())]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    // Both are named to the agent.
    assert!(got.body.contains(&other.reference.to_string()) && got.body.contains(&case.reference.to_string()));
    assert_eq!(app.store.journal(case.reference).await.unwrap().len(), before);
    // By its label it is received; opened, it is found to be another's, and the holder reads nothing of whose.
    assert_eq!(browser.post(&path, &[("do", "receive")]).await.status, StatusCode::SEE_OTHER);
    let inspect = [("do", "inspect"), ("found", "another-card"), ("text", "A SIM instead of the router")];
    assert_eq!(browser.post(&path, &inspect).await.status, StatusCode::SEE_OTHER);
    let after = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(!after.card_received && after.parcel.unwrap().received.is_none());
    for entry in app.store.journal(case.reference).await.unwrap() {
        assert!(!serde_json::to_string(&entry).unwrap().contains(&other.reference.to_string()));
    }
}

#[tokio::test]
async fn a_form_that_will_not_do_keeps_what_was_typed() {
    let (app, _dir, case) = routers().await;
    let mut browser = agent(&app).await;
    let path = format!("/desk/case/{}/return", case.reference);
    browser.post(&path, &[("do", "receive")]).await;
    let got = browser.post(&path, &[("do", "inspect"), ("found", "damaged"), ("text", " ")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    let got = browser.post(&path, &[("do", "inspect"), ("text", "a long crack")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("a long crack"));
    let got = browser.post(&path, &[("do", "uphold"), ("text", "x")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert_eq!(browser.post(&path, &[("do", "burn")]).await.status, StatusCode::BAD_REQUEST);
}

/// What is decided for its holder is told as that, in the desk's words, and costs nothing; who decides it a second time
/// reads who was quicker, and keeps what they wrote.
#[tokio::test]
async fn what_is_decided_for_the_holder_is_told_and_shown_as_that() {
    let (app, _dir, case) = routers().await;
    let mut desk = agent(&app).await;
    let (at_desk, path) = (format!("/desk/case/{}/return", case.reference), format!("/case/{}/return", case.reference));
    let mut holder = Browser::new(&app).await;
    holder.sign_in(case.account.unwrap(), Level::SignedIn).await;
    desk.post(&at_desk, &[("do", "receive")]).await;
    desk.post(&at_desk, &[("do", "inspect"), ("found", "damaged"), ("text", "a crack in the lid")]).await;
    let dispute = [("do", "dispute"), ("over", "condition"), ("text", "it was so when it came")];
    for (how, say) in [("dismiss", "the crack is new"), ("uphold", "the first photo shows it")] {
        assert_eq!(holder.post(&path, &dispute).await.status, StatusCode::SEE_OTHER);
        assert_eq!(desk.post(&at_desk, &[("do", how), ("text", say)]).await.status, StatusCode::SEE_OTHER);
        while crate::work::round(&app).await.unwrap() > 0 {}
        let letters = testing::shelf(&app).messages();
        let letter = &letters.iter().find(|s| s.message.text.contains(say)).unwrap().message.text;
        let theirs = holder.get(&format!("{path}?lang=en")).await.body;
        let upheld = how == "uphold";
        assert!(theirs.contains(say), "{theirs}");
        assert_eq!(
            (letter.contains("you owe nothing for it"), letter.contains("dispute it")),
            (upheld, false),
            "{letter}"
        );
        assert_eq!(theirs.contains("you owe nothing for it"), upheld, "{theirs}");
        assert_eq!(theirs.contains(r#"value="dispute""#), !upheld, "{theirs}");
        assert_ne!(theirs.contains("Dispute upheld"), theirs.contains("Received, not as agreed"), "{theirs}");
    }
    catch_up(&app).await.unwrap();
    let counts = app.store.count_backs().await.unwrap();
    assert!(!counts.iter().any(|(state, many)| *state == State::Faulty && *many > 0), "{counts:?}");
    let late = desk.post(&format!("{at_desk}?lang=en"), &[("do", "dismiss"), ("text", "words of the second")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let name = &app.store.staff().await.unwrap()[0].person.name;
    for says in [
        "words of the second",
        "the first photo shows it",
        &format!("Decided for the holder: {name}, "),
        "decided for the holder.",
    ] {
        assert!(late.body.contains(says), "{says}: {}", late.body);
    }
    for says in ["Not returning it costs", r#"value="waive""#, "decided for you"] {
        assert!(!late.body.contains(says), "{says}: {}", late.body);
    }
}
