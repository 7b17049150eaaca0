//! A whole cancellation over HTTP: an SM-DP+ and a core network on this machine, the workers, the
//! certificate.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use case::{CardState, Case, Event, Flag, Outcome, Stage};
use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::app::Shared;
use crate::{testing, work};

const IMSI: &str = "001010000000001";

/// What the far end holds, and what it was asked.
#[derive(Default)]
struct Far {
    state: &'static str,
    ill: bool,
    /// The how manieth look at a card that is gone is not answered.
    deaf_at: usize,
    asked: Vec<String>,
}

type Held = Arc<Mutex<Far>>;

async fn answer(State(far): State<Held>, request: Request<Body>) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut far = far.lock().unwrap();
    far.asked.push(format!("{method} {path}").replace(IMSI, "IMSI"));
    if far.ill {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if path.ends_with("/cancelOrder") {
        let body = r#"{"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{"subjectCode":"8.2.1","reasonCode":"3.3"}}}}"#;
        return ([("x-admin-protocol", "gsma/rsp/v2.5.0")], body).into_response();
    }
    if method == Method::PUT {
        far.state = "off";
    } else if method == Method::DELETE {
        far.state = "";
    }
    if far.state.is_empty() && method == Method::GET && far.deaf_at > 0 {
        far.deaf_at -= 1;
        if far.deaf_at == 0 {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    if far.state.is_empty() {
        StatusCode::NOT_FOUND.into_response()
    } else {
        format!("\"{}\"", far.state).into_response()
    }
}

/// A desk whose network is `far`.
async fn desk() -> (Shared, TempDir, Held) {
    let far = Held::new(Mutex::new(Far { state: "on", ..Far::default() }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(answer).with_state(far.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (app, dir) = testing::app_with(|policy| policy.contest_minutes = 60).await;
    let mut app = Arc::into_inner(app).unwrap();
    let link = r#"link = { allow = ["127.0.0.1"] }"#;
    let on =
        |what: &str, method: &str| format!("{what} = {{ method = \"{method}\", url = \"{url}/line/{{imsi}}\" }}\n");
    let text = format!(
        "[es2plus]\nurl = \"{url}\"\nrequester = \"1.3.6.1.4.1.99999.1\"\n{link}\n[http]\nname = \"core\"\n{link}\n{}{}{}{}
         active = [{{ equals = \"on\" }}]\nbarred = [{{ equals = \"off\" }}]\ngone = [{{ status = [404] }}]",
        on("observe", "GET"),
        on("bar", "PUT"),
        on("unbar", "POST"),
        on("cease", "DELETE"),
    );
    app.config.network = toml::from_str(&text).unwrap();
    app.element = element(&app.config, &app.store).unwrap();
    (Arc::new(app), dir, far)
}

/// Mei's eSIM, declared by her and freshly proven.
async fn declared(app: &Shared, imsi: Option<&str>) -> Case {
    let mei = testing::holder(app, 1, "mei").await;
    let mut card = testing::card(app, 101, mei.id).await;
    card.imsi = imsi.map(str::to_owned);
    card.eid = imsi.map(|_| "89049032123451234512345678901235".to_owned());
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    if imsi.is_none() {
        card.iccid = None;
    }
    let declaration = case::Declaration {
        channel: case::declaration::Channel::Web,
        check: number.check,
        consent: true,
        backup: true,
        ..case::Declaration::of(number.id, mei.person.clone(), app.now())
    };
    let assurance = case::Assurance::shown(case::Level::SignedIn, mei.id, app.now());
    let actor = case::Actor::Holder { account: Some(mei.id), assurance };
    let case = crate::act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card] }).await.unwrap();
    case
}

async fn worked(app: &Shared, case: &Case) -> Case {
    while work::round(app).await.unwrap() > 0 {}
    app.store.case(case.reference).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_card_ends_in_its_network_before_it_ends_here() {
    let (app, _dir, far) = desk().await;
    far.lock().unwrap().ill = true;
    let case = declared(&app, Some(IMSI)).await;
    // Who does not answer delays it and is asked again.
    let delayed = worked(&app, &case).await;
    assert!(matches!(delayed.stage, Stage::Ceasing { step: case::case::Step::Barring, .. }), "{:?}", delayed.stage);
    far.lock().unwrap().ill = false;
    testing::advance(&app, SignedDuration::from_secs(5));
    let barred = worked(&app, &case).await;
    assert!(matches!(barred.stage, Stage::Ceasing { step: case::case::Step::Barred { .. }, .. }), "{:?}", barred.stage);
    assert_eq!(far.lock().unwrap().state, "off");
    far.lock().unwrap().asked.clear();
    testing::advance(&app, SignedDuration::from_mins(61));
    let ended = worked(&app, &case).await;
    let asked = far.lock().unwrap().asked.clone();
    // Observed first; ended, the eSIM's order before its line; and observed once more.
    let order = [
        "GET /line/IMSI",
        "POST /gsma/rsp2/es2plus/cancelOrder",
        "GET /line/IMSI",
        "DELETE /line/IMSI",
        "GET /line/IMSI",
        "GET /line/IMSI",
    ];
    assert_eq!(asked, order);
    assert!(ended.flags.contains(&Flag::ProfileLeft));
    let Stage::Ceased { element, evidence, certificate: Some(_), .. } = &ended.stage else {
        panic!("{:?}", ended.stage)
    };
    assert_eq!(element, "es2plus + core + inventory");
    let said = "es2plus: cancelOrder 8.2.1/3.3: already downloaded; core: HTTP 404; inventory: state=ceased";
    assert_eq!(evidence, said);
    let journal = app.store.journal(case.reference).await.unwrap();
    let certified = journal.iter().flat_map(|entry| &entry.events).find_map(|event| {
        if let Event::Settled { outcome: Outcome::Certified { file, .. }, .. } = event { Some(file) } else { None }
    });
    assert!(certified.unwrap().contains("already downloaded") && !certified.unwrap().contains(IMSI));
    let card = app.store.card(ended.subscription.unwrap().card).await.unwrap().unwrap();
    assert_eq!(card.state, CardState::Ceased);
}

/// The last look is not answered, when everything has been done already: what was told on the way is not lost.
#[tokio::test]
async fn what_an_end_was_told_is_told_again_when_it_is_tried_again() {
    let (app, _dir, far) = desk().await;
    let case = declared(&app, Some(IMSI)).await;
    worked(&app, &case).await;
    far.lock().unwrap().deaf_at = 2;
    testing::advance(&app, SignedDuration::from_mins(61));
    let waiting = worked(&app, &case).await;
    assert!(matches!(waiting.stage, Stage::Ceasing { step: case::case::Step::Deleting, .. }), "{:?}", waiting.stage);
    {
        let far = far.lock().unwrap();
        assert_eq!((far.state, far.deaf_at), ("", 0), "it was the last look");
    }
    testing::advance(&app, SignedDuration::from_mins(5));
    let ended = worked(&app, &case).await;
    assert!(ended.flags.contains(&Flag::ProfileLeft), "its holder hears of the profile");
    let Stage::Ceased { evidence, .. } = &ended.stage else { panic!("{:?}", ended.stage) };
    assert!(evidence.contains("cancelOrder 8.2.1/3.3"), "{evidence}");
}

#[tokio::test]
async fn a_card_without_a_number_is_a_person_s_and_not_taken_for_gone() {
    let (app, _dir, far) = desk().await;
    let case = declared(&app, None).await;
    let stuck = worked(&app, &case).await;
    assert!(stuck.flags.contains(&Flag::Stuck), "{:?}", stuck.stage);
    assert!(far.lock().unwrap().asked.is_empty());
    let card = app.store.card(case.subscription.unwrap().card).await.unwrap().unwrap();
    assert_eq!(card.state, CardState::Active);
}

#[tokio::test]
async fn what_is_late_for_an_activation_reaches_neither_its_successor_nor_the_network() {
    let (app, _dir, far) = desk().await;
    let case = declared(&app, Some(IMSI)).await;
    let mut card = app.store.card(case.subscription.as_ref().unwrap().card).await.unwrap().unwrap();
    card.generation = 2;
    app.store.import(store::Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    worked(&app, &case).await;
    testing::advance(&app, SignedDuration::from_mins(61));
    let ended = worked(&app, &case).await;
    assert!(far.lock().unwrap().asked.is_empty());
    assert!(
        matches!(&ended.stage, Stage::Ceased { evidence, .. } if evidence == "no such activation"),
        "{:?}",
        ended.stage
    );
    assert_eq!(app.store.card(card.id).await.unwrap().unwrap().state, CardState::Active);
}
