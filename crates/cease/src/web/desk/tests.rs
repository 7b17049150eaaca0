//! The desk through its router, as browsers of staff see it.

use axum::http::{StatusCode, header};
use case::actor::{Assurance, Level};
use case::case::{RefusedFor, Signature, Stage, Step};
use case::identify::identify;
use case::{Actor, Case, CaseRef, Channel, Command, Declaration, Entry, Event, FileId, Need, Person, Role};
use jiff::SignedDuration;
use store::{Account, Commit, StoredFile};

use crate::act::{act, declare};
use crate::app::Shared;
use crate::testing::{self, Browser, Got};

mod lists;
mod macros;
mod money;
mod tool;
mod weigh;

/// A browser in which this account is signed in with a second factor.
async fn signed_in(app: &Shared, account: &Account, level: Level) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, level).await;
    browser
}

async fn worker(app: &Shared, n: u64, login: &str, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, login, role).await;
    signed_in(app, &account, Level::SecondFactor).await
}

fn declaration(app: &Shared, number: &str, holder: &Person, statement: Option<&str>) -> Declaration {
    let found = identify(number, &app.policy.identify).unwrap();
    Declaration {
        check: found.check,
        statement: statement.map(str::to_owned),
        consent: true,
        backup: true,
        ..Declaration::of(found.id, holder.clone(), app.now())
    }
}

/// A case of a holder with a card: in review and proven, or waiting for its holder's proof.
async fn case_of(app: &Shared, n: u64, proven: bool) -> Case {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    let card = testing::card(app, n, holder.id).await;
    let assurance = if proven { Assurance::shown(Level::Code, holder.id, app.now()) } else { Assurance::nothing() };
    let actor = Actor::Holder { account: None, assurance };
    let declaration = declaration(app, &card.iccid.unwrap(), &holder.person, Some("Please end <b>my</b> card."));
    declare(app, &actor, declaration, Vec::new(), None).await.unwrap()
}

async fn files_looked_at(app: &Shared) -> usize {
    let of = store::LooksOf { what: Some(store::Looked::File), ..Default::default() };
    app.store.looks(&of, None, 9).await.unwrap().len()
}

async fn now(app: &Shared, case: &Case) -> Case {
    app.store.case(case.reference).await.unwrap().unwrap()
}

async fn deed(app: &Shared, browser: &mut Browser, case: &Case, deed: &str, fields: &[(&str, &str)]) -> Got {
    let version = now(app, case).await.version.to_string();
    let mut all = vec![("version", version.as_str()), ("view", "review")];
    all.extend(fields);
    browser.post(&format!("/desk/case/{}/{deed}", case.reference), &all).await
}

#[tokio::test]
async fn an_agent_approves_a_proven_case_alone_and_is_led_to_the_next() {
    let (app, _dir) = testing::app().await;
    let first = case_of(&app, 1, true).await;
    testing::advance(&app, SignedDuration::from_mins(1));
    let second = case_of(&app, 2, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let list = agent.get("/desk").await;
    assert!(list.body.contains(&first.reference.to_string()) && list.body.contains("Written statement"));
    let page = agent.get(&format!("/desk/case/{}", first.reference)).await;
    assert!(page.body.contains("Please end &#60;b&#62;my&#60;/b&#62; card."), "a statement is text");
    let got = deed(&app, &mut agent, &first, "approve", &[("approve-evidence", "Read the statement.")]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let next = format!("/desk/case/{}?view=review&done=approved&was={}", second.reference, first.reference);
    assert_eq!(got.location(), next);
    assert!(agent.get(&next).await.body.contains("Approved."));
    assert_eq!(now(&app, &first).await.stage.name(), "ceasing");
    let got = deed(&app, &mut agent, &second, "approve", &[("approve-evidence", "Read it too.")]).await;
    assert!(got.location().starts_with("/desk?view=review&done=approved-last"), "{}", got.location());
    assert!(agent.get(got.location()).await.body.contains("Nobody is waiting for us"));
}

/// Whoever was away too long comes back to the page they had open, and has the words that were not sent.
#[tokio::test]
async fn a_session_that_ended_says_what_was_not_sent_and_leads_back() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    testing::advance(&app, SignedDuration::from_mins(31));
    let (note, version) = (format!("/desk/case/{}/note", case.reference), case.version.to_string());
    let fields = [("version", version.as_str()), ("view", "review"), ("note-text", "She rang at nine.")];
    let got = agent.submit(&note, &fields).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(got.body.contains("Nothing was sent") && got.body.contains("She rang at nine.</textarea>"), "{}", got.body);
    assert_eq!(got.body.matches("<textarea").count(), 1, "what the form says for itself is no words");
    assert_eq!(now(&app, &case).await.version, case.version);
    // One word is words.
    let short = [&fields[..2], &[("note-text", "Verified.")]].concat();
    assert!(agent.submit(&note, &short).await.body.contains("Verified.</textarea>"));
    // A script, which follows, and a form that says nothing are led to sign in.
    assert!(agent.post(&note, &fields).await.location().starts_with("/desk/sign-in?next="));
    assert!(agent.submit(&note, &fields[..2]).await.location().starts_with("/desk/sign-in?next="));
    let path = format!("/desk/case/{}?view=review&show=%6Eotes", case.reference);
    let to = agent.get(&path).await.location().to_owned();
    assert!(to.starts_with("/desk/sign-in?next=/desk/case/"), "{to}");
    assert!(agent.get(&to).await.body.contains(&format!("value=\"{}\"", path.replace('&', "&#38;"))));
}

/// Of two cases of one card the second waits: its page says so, and for which, and offers no button that is answered no.
#[tokio::test]
async fn a_duplicate_says_which_case_it_waits_for() {
    let (app, _dir) = testing::app().await;
    let first = case_of(&app, 1, true).await;
    let account = app.store.account(first.account.unwrap()).await.unwrap().unwrap();
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, account.id, app.now()) };
    let again = Declaration { number: first.number.clone(), ..(*first.declaration).clone() };
    let second = declare(&app, &actor, again, Vec::new(), None).await.unwrap();
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let (at, other) = (format!("/desk/case/{}", second.reference), format!("/desk/case/{}?view=all", first.reference));
    let page = agent.get(&at).await.body;
    assert!(!page.contains("/approve\"") && page.contains("Decide that one first"), "{page}");
    assert!(page.contains(&format!("<a href=\"{other}\">Case {} is about the same card", first.reference)), "{page}");
    // Decided, it is in nobody's way.
    let no = [("refuse-reason", "Asked for twice."), ("refuse-way-out", "The other case goes on.")];
    assert_eq!(deed(&app, &mut agent, &first, "refuse", &no).await.status, StatusCode::SEE_OTHER);
    assert!(agent.get(&at).await.body.contains("/approve\""));
    // One whose card has ended meanwhile says that instead.
    let of = second.subscription.as_ref().unwrap();
    app.store.switch(of.card, of.generation, case::CardState::Ceased, "gone", app.now()).await.unwrap();
    assert!(!agent.get(&at).await.body.contains("/approve\""));
}

/// What a holder sends after a refusal is read by somebody: it has a list of its own, and their page says so.
#[tokio::test]
async fn what_comes_after_a_refusal_is_listed_and_its_holder_told_that_it_is_read() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let no = [("refuse-reason", "A paper is missing."), ("refuse-way-out", "Send it on the page of your case.")];
    assert_eq!(deed(&app, &mut agent, &case, "refuse", &no).await.status, StatusCode::SEE_OTHER);
    let mut mei = Browser::new(&app).await;
    mei.sign_in(case.account.unwrap(), Level::SignedIn).await;
    let page = format!("/case/{}", case.reference);
    assert!(mei.get(&page).await.body.contains("Nothing more will happen"));
    let unread = "/desk?view=all&unread=yes";
    lists::index(&app).await;
    assert!(!agent.get(unread).await.body.contains(&case.reference.to_string()));

    let file = case::FileId::from_bits(7);
    let actor = Actor::Holder { account: case.account, assurance: Assurance::nothing() };
    act(&app, case.reference, &actor, &Command::AddFile { file, name: "paper.pdf".into() }).await.unwrap();
    lists::index(&app).await;
    let list = agent.get(unread).await.body;
    assert!(list.contains(&case.reference.to_string()) && list.contains("Holder wrote last"), "{list}");
    let body = mei.get(&page).await.body;
    assert!(
        body.contains("Once a person has read what you sent") && !body.contains("Nothing more will happen"),
        "{body}"
    );
    // Answered, it is over.
    let jo = Actor::Agent { staff: case::AccountId::from_bits(90), role: Role::Agent };
    act(&app, case.reference, &jo, &Command::say("Thank you.")).await.unwrap();
    lists::index(&app).await;
    assert!(!agent.get(unread).await.body.contains(&case.reference.to_string()));
    assert!(mei.get(&page).await.body.contains("Nothing more will happen"));
}

#[tokio::test]
async fn two_signatures_want_two_people_and_an_approver() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, false).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let mut other = worker(&app, 91, "li", Role::Agent).await;
    let mut approver = worker(&app, 92, "ana", Role::Approver).await;
    let evidence = [("approve-evidence", "Called the number on record.")];
    assert_eq!(case.stage.name(), "received");
    assert_eq!(deed(&app, &mut agent, &case, "take-up", &[]).await.status, StatusCode::SEE_OTHER);
    let page = agent.get(&format!("/desk/case/{}", case.reference)).await;
    assert!(page.body.contains("Approve, first of two"));
    assert!(page.body.contains("because the holder is not proven"));
    let got = deed(&app, &mut agent, &case, "approve", &evidence).await;
    assert!(got.location().contains("done=signed"), "{}", got.location());

    let got = deed(&app, &mut agent, &case, "approve", &evidence).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("You have signed already. A second person must approve."));
    assert!(got.body.contains("Called the number on record."), "what was typed is kept");
    let got = deed(&app, &mut other, &case, "approve", &evidence).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("The second signature must be an approver’s."));
    assert_eq!(now(&app, &case).await.stage.name(), "review");
    let got = deed(&app, &mut approver, &case, "approve", &evidence).await;
    assert!(got.location().contains("done=approved"), "{} {}", got.status, got.location());
    assert_eq!(now(&app, &case).await.stage.name(), "ceasing");
}

#[tokio::test]
async fn a_case_that_moved_on_is_shown_again_with_what_was_typed() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let seen = case.version.to_string();
    let path = format!("/desk/case/{}/", case.reference);
    let mut other = worker(&app, 91, "li", Role::Agent).await;
    assert_eq!(deed(&app, &mut other, &case, "hand-over", &HAND_OVER).await.status, 303);
    let stale = [("version", seen.as_str()), ("refuse-reason", "Not the holder"), ("refuse-way-out", "Sign in")];
    let got = agent.post(&format!("{path}refuse"), &stale).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("The case has changed since you opened it"));
    assert!(
        got.body.contains(r#"name="refuse-reason" list="ready-reasons" autocomplete="off" value="Not the holder""#)
    );
    assert_eq!(now(&app, &case).await.stage.name(), "review", "nothing was done");
}

/// To the agent whom these tests call Jo.
const HAND_OVER: [(&str, &str); 2] =
    [("hand-over-to", "acc_000000000000005a"), ("hand-over-text", "Looks right, please sign.")];

#[tokio::test]
async fn a_letter_that_went_out_meanwhile_is_no_change() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    while crate::work::round(&app).await.unwrap() > 0 {}
    assert!(now(&app, &case).await.version > case.version, "the receipt's delivery was reported");
    let seen = case.version.to_string();
    let fields = [("version", seen.as_str()), ("note-text", "Still true.")];
    let got = agent.post(&format!("/desk/case/{}/note", case.reference), &fields).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_refusal_without_a_way_out_is_not_taken() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let got = deed(&app, &mut agent, &case, "refuse", &[("refuse-reason", "Not the holder")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("<title>Error: "));
    assert!(got.body.contains(r##"<a href="#f-refuse-way-out">Say what the holder can do instead.</a>"##));
    assert!(got.body.contains(r#"value="Not the holder""#));
    let both = [("refuse-reason", "Not the holder"), ("refuse-way-out", "Sign in and try again.")];
    assert_eq!(deed(&app, &mut agent, &case, "refuse", &both).await.status, StatusCode::SEE_OTHER);
    assert_eq!(now(&app, &case).await.stage.name(), "refused");
}

#[tokio::test]
async fn what_is_missing_is_asked_for_in_words() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let got = deed(&app, &mut agent, &case, "ask", &[("ask-text", "A bill, please.")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Choose what is missing.") && got.body.contains("A bill, please."));
    let fields = [("ask-need", "document"), ("ask-text", "A bill, please.")];
    assert_eq!(deed(&app, &mut agent, &case, "ask", &fields).await.status, StatusCode::SEE_OTHER);
    assert!(matches!(now(&app, &case).await.stage, Stage::Received { needs, .. } if needs == [Need::Document].into()));
}

#[tokio::test]
async fn only_staff_with_a_second_factor_open_the_desk() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let holder = app.store.account(case.account.unwrap()).await.unwrap().unwrap();
    let (jo, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let mut nobody = Browser::new(&app).await;
    let mut holder = signed_in(&app, &holder, Level::SecondFactor).await;
    let mut half = signed_in(&app, &jo, Level::SignedIn).await;
    for browser in [&mut nobody, &mut holder, &mut half] {
        let id = FileId::from_bits(1);
        for path in [
            "/desk".to_owned(),
            format!("/desk/case/{}", case.reference),
            format!("/desk/case/{}/file/{id}", case.reference),
        ] {
            let got = browser.get(&path).await;
            assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, &*format!("/desk/sign-in?next={path}")));
        }
        for what in ["approve", "note", "show"] {
            let got = deed(&app, browser, &case, what, &[("approve-evidence", "x"), ("note-text", "x")]).await;
            assert!(got.location().starts_with("/desk/sign-in"), "{what}: {} {}", got.status, got.location());
        }
    }
    assert_eq!(now(&app, &case).await.version, case.version);
}

#[tokio::test]
async fn an_admin_sees_counts_and_decides_nothing() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut admin = worker(&app, 90, "root", Role::Admin).await;
    let list = admin.get("/desk").await;
    assert!(list.body.contains("You are an administrator") && !list.body.contains(&case.reference.to_string()));
    assert!(list.body.contains("<a href=\"/account\" title=\"How you sign in\">"), "{}", list.body);
    assert_eq!(admin.get("/account").await.status, StatusCode::OK);
    assert_eq!(admin.get(&format!("/desk/case/{}", case.reference)).await.status, StatusCode::FORBIDDEN);
    let got = deed(&app, &mut admin, &case, "approve", &[("approve-evidence", "x")]).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert_eq!(now(&app, &case).await.version, case.version);
}

#[tokio::test]
async fn a_file_is_downloaded_and_never_opened_as_a_page_of_ours() {
    let (app, _dir) = testing::app().await;
    let id = FileId::from_bits(7);
    let name = "../../x\".html".to_owned();
    let bytes = b"%PDF-1.7 <script>alert(1)</script>".to_vec();
    let file = StoredFile { id, media: "text/html".into(), name, bytes, at: app.now() };
    app.store.put_file(file).await.unwrap();
    let declared =
        Declaration { files: vec![id], ..declaration(&app, "8944770000000000017", &Person::default(), None) };
    let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let case = declare(&app, &actor, declared, Vec::new(), None).await.unwrap();
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let path = format!("/desk/case/{}/file", case.reference);
    assert!(agent.get(&format!("/desk/case/{}", case.reference)).await.body.contains(&format!("{path}/{id}")));
    let why = [("reveal-reason", "compare"), ("reveal-text", "what they sent")];
    agent.post(&format!("/desk/case/{}/reveal", case.reference), &why).await;
    let got = agent.get(&format!("{path}/{id}")).await;
    let header = |name| got.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(header(header::CONTENT_TYPE), "application/octet-stream");
    assert_eq!(header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{id}.bin\""));
    assert_eq!(header(header::CONTENT_SECURITY_POLICY), "default-src 'none'; sandbox");
    assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(files_looked_at(&app).await, 1);
    assert_eq!(agent.get(&format!("{path}/file_zz")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_that_no_case_names_is_nobody_s_to_read() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let id = FileId::from_bits(8);
    let media = "application/pdf".to_owned();
    let file = StoredFile { id, media, name: "draft.pdf".into(), bytes: b"%PDF-1.7".to_vec(), at: app.now() };
    app.store.put_file(file).await.unwrap();
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let unknown = CaseRef::from_bits(4711);
    for path in [
        format!("/desk/file/{id}"),
        format!("/desk/case/{}/file/{id}", case.reference),
        format!("/desk/case/{unknown}/file/{id}"),
    ] {
        assert_eq!(agent.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(files_looked_at(&app).await, 0);
}

#[tokio::test]
async fn a_search_jumps_to_the_case_or_says_what_can_be_searched() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let here = format!("/desk/case/{}?view=review", case.reference);
    let sloppy = case.reference.to_string().to_lowercase().replace('-', " ");
    assert_eq!(agent.seek(&sloppy).await.location(), here);
    assert_eq!(agent.seek(&case.number.grouped()).await.location(), here);
    let got = agent.seek("Nobody Known").await;
    assert!(got.status == StatusCode::OK && got.body.contains("Nothing found") && got.body.contains("Every word"));
    let got = agent.seek("4111111111111111").await;
    assert!(got.body.contains("bank card") && !got.body.contains("4111111111111111"));
    // From a case that was found there is a way back to what else was; a made-up one leads to the list.
    while crate::index::some(&app, 100).await.unwrap().more {}
    let found = agent.sought(&case.person.name).await;
    let list = agent.get(&found).await.body;
    let place = format!("/desk/case/{}?view=all&sought=", case.reference);
    let (_, link) = list.replace("&#38;", "&").split_once(&place).map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    let there = format!("{place}{}", link.split_once('"').unwrap().0);
    let body = agent.get(&there).await.body;
    assert!(body.contains(&format!("href=\"{found}\" data-list")) && body.contains("Back to what was found"), "{body}");
    let body = agent.get(&format!("{place}made-up")).await.body;
    assert!(body.contains("href=\"/desk?view=all\" data-list") && !body.contains("what was found"), "{body}");
}

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() {
    let (app, _dir) = testing::app().await;
    let mut all = Vec::new();
    for n in 1..=53 {
        testing::advance(&app, SignedDuration::from_secs(1));
        let number = format!("89447700000000{n:05}");
        let declaration = declaration(&app, &number, &Person::default(), None);
        let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
        all.push(declare(&app, &actor, declaration, Vec::new(), None).await.unwrap().reference);
    }
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let shown = |page: &Got| -> Vec<CaseRef> {
        all.iter().copied().filter(|r| page.body.contains(&format!("/desk/case/{r}?"))).collect()
    };
    let first = agent.get("/desk?view=waiting").await;
    assert_eq!(shown(&first), all[..50]);
    let (_, rest) = first.body.split_once(r#"<a href="/desk?view=waiting&#38;after="#).expect("a next page");
    let after = rest.split_once('"').unwrap().0;
    assert_eq!(shown(&agent.get(&format!("/desk?view=waiting&after={after}")).await), all[50..]);
    assert_eq!(shown(&agent.get("/desk?view=waiting&after=rubbish").await), all[..50]);
}

/// The row of a case put at a stage, with a journal line that says so.
async fn put(app: &Shared, case: &Case, stage: Stage) {
    let before = now(app, case).await;
    let mut row = before.clone();
    row.version += 1;
    row.stage = stage.clone();
    let entry = Entry {
        case: row.reference,
        version: row.version,
        at: app.now(),
        actor: Actor::Clock,
        command: "wake".into(),
        events: vec![Event::Moved { to: stage }],
        chain: row.chain.clone(),
    };
    let commit = Commit {
        case: row,
        expected: before.version,
        entries: vec![entry],
        effects: Vec::new(),
        settles: None,
        held: None,
        token: None,
        due: None,
        beside: Default::default(),
    };
    app.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn every_stage_renders_in_both_languages() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1, true).await;
    let at = app.now();
    let mut agent = worker(&app, 90, "jo", Role::Agent).await;
    let staff = case::AccountId::from_bits(90);
    let signatures = vec![Signature { staff, at, evidence: "The bill.".into() }];
    let causes = case::Cause::Answered;
    let stages = [
        Stage::Received { needs: Need::ALL.into(), since: at },
        Stage::Review { causes: [causes].into(), since: at, signatures: signatures.clone() },
        Stage::Scheduled { cease_at: at + SignedDuration::from_hours(90), signatures: signatures.clone() },
        Stage::Ceasing { step: Step::Barring, signatures: signatures.clone() },
        Stage::Ceasing { step: Step::Barred { since: at, until: at }, signatures: signatures.clone() },
        Stage::Ceasing { step: Step::Deleting, signatures },
        Stage::Ceased {
            at,
            element: "inventory".into(),
            evidence: "ceased".into(),
            certificate: None,
            watch_until: at + SignedDuration::from_hours(900),
        },
        Stage::Closed { at, certificate: Some("ab".into()) },
        Stage::Refused { at, reason: RefusedFor::Difference, way_out: String::new() },
        Stage::Refused { at, reason: RefusedFor::Desk { text: "No".into() }, way_out: "Sign in".into() },
        Stage::Withdrawn { at },
        Stage::Contested { at, was_barred: true },
    ];
    for stage in stages {
        put(&app, &case, stage.clone()).await;
        for lang in ["en", "zh-CN"] {
            for view in ["review", "waiting", "moving", "done", "all"] {
                assert_eq!(agent.get(&format!("/desk?view={view}&lang={lang}")).await.status, StatusCode::OK);
            }
            let page = agent.get(&format!("/desk/case/{}?lang={lang}", case.reference)).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains(&format!(r#"<html lang="{lang}""#)));
            assert!(!page.body.contains("No localization"), "{stage:?} {lang}");
        }
    }
}
