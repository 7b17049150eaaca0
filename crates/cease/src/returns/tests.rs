use std::sync::Arc;

use case::parcel::{Deed, State, Status, Thing};
use case::rules::{CountedFrom, ReturnNeeded, Terms};
use case::{Actor, Assurance, CardRecord, Case, Command, Declaration, Level};
use reach::carrier::FakeCarrier;
use store::Import;

use super::*;
use crate::act::{act, declare};
use crate::testing;

/// A desk that wants routers back, and a case about one.
pub(crate) async fn routers() -> (Shared, tempfile::TempDir, Case) {
    let (app, dir) = testing::app().await;
    let mut policy = (*app.policy).clone();
    policy.contest_minutes = 0;
    policy.returns.router =
        Terms { needed: ReturnNeeded::AfterEnd, counted_from: CountedFrom::Declaration, days: 14, charge: Some(7000) };
    let app = testing::with_policy(&app, policy).await;
    let case = returned(&app, 1).await;
    (app, dir, case)
}

/// A case of a router that is to come back.
pub(crate) async fn returned(app: &Shared, n: u64) -> Case {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    let card = testing::card(app, n, holder.id).await;
    let card = CardRecord { must_return: true, thing: Thing::Router, ..card };
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let found = case::identify::identify(&card.iccid.unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: found.check,
        consent: true,
        backup: true,
        ..Declaration::of(found.id, holder.person.clone(), app.now())
    };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, holder.id, app.now()) };
    declare(app, &actor, declaration, Vec::new(), None).await.unwrap()
}

/// The desk asks for what the card is in, not for a SIM in any case.
#[tokio::test]
async fn what_the_desk_asks_back_is_what_the_record_says_it_is() {
    let (app, _dir) = testing::app_with(|policy| policy.straight_through = false).await;
    for (n, thing) in [(1, Thing::Sim), (2, Thing::Router)] {
        let holder = testing::holder(&app, n, &format!("holder{n}")).await;
        let card = CardRecord { thing, ..testing::card(&app, n, holder.id).await };
        app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
        let case = testing::declared(&app, &card, &holder).await;
        let (agent, _) = testing::staff(&app, 90 + n, &format!("jo{n}"), case::Role::Agent).await;
        let agent = Actor::Agent { staff: agent.id, role: case::Role::Agent };
        let ask = Command::Ask { needs: vec![case::Need::Card], text: "Please send it back.".into() };
        let asked = act(&app, case.reference, &agent, &ask).await.unwrap();
        assert_eq!(asked.parcel.unwrap().what, thing);
    }
}

pub(crate) async fn posted(app: &App, case: &Case) {
    let tracking = case::tracking::track("RA473124829GB", &[]).unwrap().tracking;
    let deed = Deed::Post { tracking: Some(tracking), proof: None };
    let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act(app, case.reference, &holder, &Command::Return { deed }).await.unwrap();
    catch_up(app).await.unwrap();
}

#[test]
fn a_code_is_its_desk_s_own_and_is_read_however_it_is_typed() {
    let (one, two) = (Keys::in_memory(7).unwrap(), Keys::in_memory(8).unwrap());
    let reference = CaseRef::from_bits(5);
    let code = code(&one, reference);
    assert_eq!(code.len(), 15);
    assert_ne!(code, super::code(&two, reference));
    assert_ne!(code, super::code(&one, CaseRef::from_bits(6)));
    assert!(!code.contains(&reference.to_string()[..4]));
    for typed in
        [code.clone(), code.to_lowercase(), code.replace('-', ""), code.replace('-', " "), format!("it is {code}.")]
    {
        assert_eq!(codes(&typed).first().map(|(found, _)| found.clone()), Some(code.clone()), "{typed}");
    }
    for none in ["", "RTN", "RTN-1234", "RTN-1234-", "é RTN", "partner"] {
        assert!(codes(none).is_empty(), "{none}");
    }
}

#[tokio::test]
async fn the_list_follows_the_journal_and_a_carrier_is_asked() {
    let (app, _dir, case) = routers().await;
    catch_up(&app).await.unwrap();
    let code = code(&app.keys, case.reference);
    assert_eq!(app.store.back_of(&code).await.unwrap().unwrap().state, State::Asked);
    posted(&app, &case).await;
    let back = app.store.back_of(&code).await.unwrap().unwrap();
    assert_eq!((back.state, back.tracking.as_deref()), (State::Posted, Some("RA473124829GB")));
    let fake = Arc::new(FakeCarrier::default());
    let mut app = Arc::into_inner(app).unwrap();
    app.carriers.ask.push(fake.clone());
    let state = async || app.store.case(case.reference).await.unwrap().unwrap().parcel.unwrap().state();
    // Not before its time; and what cannot be read moves nothing.
    fake.say("RA473124829GB", Status::Delivered, app.now());
    carriers::poll(&app).await.unwrap();
    assert_eq!(state().await, State::Posted);
    testing::advance(&app, SignedDuration::from_hours(1));
    fake.say("RA473124829GB", Status::Unknown, app.now());
    carriers::poll(&app).await.unwrap();
    assert_eq!(state().await, State::Posted);
    testing::advance(&app, SignedDuration::from_hours(5));
    fake.say("RA473124829GB", Status::InTransit, app.now());
    catch_up(&app).await.unwrap();
    carriers::poll(&app).await.unwrap();
    assert_eq!(state().await, State::InTransit);
}
