use proof::judge::{State, Trusted, Word};

use super::*;
use crate::testing;
use crate::work;

/// Mei's card, declared and carried out, with a statement, a note of the staff and an answer.
async fn ended(app: &Shared) -> Case {
    let owner = testing::holder(app, 1, "mei").await;
    let card = testing::card(app, 1, owner.id).await;
    let (agent, _) = testing::staff(app, 2, "agent", case::Role::Agent).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let declaration = case::Declaration {
        check: number.check,
        consent: true,
        backup: true,
        ..case::Declaration::of(number.id, owner.person.clone(), app.now())
    };
    let shown = case::Assurance::shown(case::Level::Code, owner.id, app.now());
    let holder = Actor::Holder { account: Some(owner.id), assurance: shown };
    let case = crate::act::declare(app, &holder, declaration, Vec::new(), None).await.unwrap();
    while work::round(app).await.unwrap() > 0 {}
    let staff = Actor::Agent { staff: agent.id, role: case::Role::Agent };
    let note = case::Command::Note { text: "sounds like somebody else".into(), channel: case::Channel::Web };
    crate::act::act(app, case.reference, &staff, &note).await.unwrap();
    let channel = case::Channel::Web;
    let said = case::Command::Say { text: "Is it over? 结束了吗？".into(), channel, files: Vec::new() };
    crate::act::act(app, case.reference, &holder, &said).await.unwrap();
    app.store.case(case.reference).await.unwrap().unwrap()
}

fn judged(app: &Shared, bytes: &[u8]) -> proof::judge::Judged {
    let trusted = Trusted { keys: vec![app.keys.signing().public()], ..Trusted::default() };
    pack::verify(bytes, &trusted, app.now())
}

#[tokio::test]
async fn a_case_is_packed_and_all_of_it_verifies() {
    let (app, _dir) = testing::app().await;
    let case = ended(&app).await;
    for whom in [For::Desk, For::Holder] {
        let bytes = of(&app, &case, whom).await.unwrap();
        let found = judged(&app, &bytes);
        assert_eq!(found.word, Word::Valid, "{whom:?}: {:?}", found.why);
        // The log has not followed yet: there is no proof, and nothing is said of one.
        let open: Vec<_> = found.checks.iter().filter(|c| c.state != State::Passed).collect();
        assert!(matches!(open[..], [c] if c.check == "proof" && c.state == State::NotReached), "{open:?}");
        assert!(found.document.is_some());
        assert_eq!(bytes, of(&app, &case, whom).await.unwrap(), "the same bytes again");
        let entries = pack::read(&bytes).unwrap();
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["INDEX.txt", "index.html", "VERIFY.txt", "declaration.json", "receipt.json", "journal.jsonl"] {
            assert!(names.contains(&name), "{names:?}");
        }
        let all =
            String::from_utf8_lossy(&entries.iter().flat_map(|(_, b)| b.clone()).collect::<Vec<_>>()).into_owned();
        assert!(all.contains("Is it over? 结束了吗？"));
        assert_eq!(all.contains("sounds like somebody else"), whom == For::Desk, "a note is the staff's own");
        assert!(!all.contains("No localization"));
    }
}

#[tokio::test]
async fn what_is_edited_afterwards_is_named() {
    let (app, _dir) = testing::app().await;
    let case = ended(&app).await;
    let entries = pack::read(&of(&app, &case, For::Desk).await.unwrap()).unwrap();
    for (n, (name, _)) in entries.iter().enumerate() {
        let mut edited = entries.clone();
        edited[n].1[0] ^= 1;
        let found = judged(&app, &pack::write(&edited, app.now()).unwrap());
        assert_eq!(found.word, Word::NotValid, "{name}");
        assert!(found.why.as_deref().unwrap_or_default().contains(name), "{name}: {:?}", found.why);
    }
    let stranger = Trusted::default();
    let bytes = pack::write(&entries, app.now()).unwrap();
    assert_eq!(pack::verify(&bytes, &stranger, app.now()).word, Word::CannotTell);
}

#[tokio::test]
async fn staff_say_why_before_they_have_it_and_the_holder_has_their_own() {
    let (app, _dir) = testing::app().await;
    let case = ended(&app).await;
    let path = format!("/desk/case/{}/evidence", case.reference);
    let mut anybody = testing::Browser::new(&app).await;
    for status in [anybody.get(&path).await.status, anybody.post(&path, &[("reason", "curious")]).await.status] {
        assert!(!status.is_success(), "{status}");
    }
    assert!(anybody.get(&format!("/case/{}/evidence", case.reference)).await.location().starts_with("/case?"));

    let (lead, _) = testing::staff(&app, 9, "lead", case::Role::Approver).await;
    let mut desk = testing::Browser::new(&app).await;
    desk.sign_in(lead.id, case::Level::SecondFactor).await;
    assert!(desk.get(&path).await.body.contains("Why you need it"));
    let taken = async || {
        let of = store::LooksOf { what: Some(store::Looked::Evidence), ..Default::default() };
        app.store.looks(&of, None, 50).await.unwrap()
    };
    for reason in ["", " x ", &"long ".repeat(60)] {
        let got = desk.post(&path, &[("reason", reason)]).await;
        assert_eq!(got.status, axum::http::StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
    }
    assert_eq!(taken().await, []);
    let got = desk.post(&path, &[("reason", "ombudsman asks, card 4111 1111 1111 1111")]).await;
    assert_eq!(got.headers["content-type"], "application/zip", "{}", got.body);
    let (_, look) = taken().await.remove(0);
    assert_eq!((look.case, look.staff), (Some(case.reference), lead.id));
    assert!(look.detail.starts_with("ombudsman asks") && !look.detail.contains("4111 1111"), "{}", look.detail);
}

/// Whoever declares may be a stranger with guesses: their own pack must not say which were right.
#[tokio::test]
async fn a_stranger_learns_nothing_from_why_their_case_is_looked_at() {
    let (app, _dir) = testing::app().await;
    let owner = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, owner.id).await;
    let (agent, _) = testing::staff(&app, 2, "agent", case::Role::Agent).await;
    let guess =
        case::matching::Person { name: owner.person.name.clone(), address: "guess".into(), ..Default::default() };
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let declaration = case::Declaration::of(number.id, guess, app.now());
    let stranger = Actor::Holder { account: None, assurance: case::Assurance::nothing() };
    let case = crate::act::declare(&app, &stranger, declaration, Vec::new(), None).await.unwrap();
    crate::act::act(&app, case.reference, &stranger, &case::Command::WantPerson).await.unwrap();
    let staff = Actor::Agent { staff: agent.id, role: case::Role::Agent };
    let approve = case::Command::Approve { evidence: "rang the number on record".into() };
    let case = crate::act::act(&app, case.reference, &staff, &approve).await.unwrap();
    let journal = |whom| {
        let (app, case) = (app.clone(), case.clone());
        async move {
            let entries = pack::read(&of(&app, &case, whom).await.unwrap()).unwrap();
            String::from_utf8(entries.into_iter().find(|(name, _)| name == JOURNAL).unwrap().1).unwrap()
        }
    };
    let (theirs, ours) = (journal(For::Holder).await, journal(For::Desk).await);
    for word in ["causes", "difference", "rang the number on record"] {
        assert!(ours.contains(word), "{word} is what this is about: {ours}");
        assert!(!theirs.contains(word), "{word}: {theirs}");
    }
}
