//! A made-up core network, described to the generic connector in TOML.

use std::sync::{Arc, Mutex};

use reach::Element;
use reach::element::{Http, HttpElement};

use crate::laws::{Bench, Fault, IMSI, World, answer, give_up, key, line, now, obeys, retry};
use crate::peer::{Asked, Peer, Reply};

fn fake(world: &mut World, asked: &Asked) -> (Reply, Option<&'static str>) {
    let none = (Reply::json(404, "{}"), None);
    if asked.headers.get("authorization").is_none_or(|v| v != "Bearer hunter2") {
        return (Reply::json(401, "{}"), None);
    }
    let Some(imsi) = asked.path.strip_prefix("/lines/") else { return none };
    let Some(barred) = world.cards.get_mut(imsi) else { return none };
    let shown = |barred: bool| format!(r#"{{"line":{{"state":"{}"}}}}"#, if barred { "barred" } else { "active" });
    match asked.method.as_str() {
        "GET" => (Reply::json(200, shown(*barred)), None),
        "PATCH" => {
            *barred = asked.body.contains("barred");
            (Reply::json(202, ""), Some(if *barred { "bar" } else { "unbar" }))
        }
        "DELETE" => {
            world.cards.remove(imsi);
            (Reply::json(204, ""), Some("delete"))
        }
        _ => (Reply::json(405, "{}"), None),
    }
}

fn described(url: &str) -> String {
    format!(
        r#"
        name = "core"
        headers = {{ Authorization = "Bearer hunter2" }}
        link = {{ allow = ["127.0.0.1"], exchange_seconds = 1, answer_bytes = 65536 }}
        observe = {{ method = "GET", url = "{url}/lines/{{imsi}}" }}
        bar = {{ method = "PATCH", url = "{url}/lines/{{imsi}}", body = '{{"state":"barred"}}' }}
        unbar = {{ method = "PATCH", url = "{url}/lines/{{imsi}}", body = '{{"state":"active"}}' }}
        cease = {{ method = "DELETE", url = "{url}/lines/{{imsi}}" }}
        active = [{{ pointer = "/line/state", equals = "active" }}]
        barred = [{{ pointer = "/line/state", equals = "barred" }}]
        gone = [{{ status = [404] }}]
        "#
    )
}

async fn bench() -> Bench {
    let world = Arc::new(Mutex::new(World::default()));
    world.lock().unwrap().cards.insert(IMSI.into(), false);
    let shared = world.clone();
    let peer = Peer::start(move |asked| answer(&shared, asked, fake)).await;
    let settings: Http = toml::from_str(&described(&peer.url)).unwrap();
    let element = Box::new(HttpElement::new(&settings).unwrap());
    Bench { element, peer, world, ceasing: &["delete"], bars: true, skips: false }
}

#[tokio::test]
async fn a_core_by_description_obeys_the_laws() {
    obeys(bench).await;
}

#[tokio::test]
async fn a_change_carries_its_key_and_a_look_none() {
    let b = bench().await;
    b.element.cease(&line(), key(3), now()).await.unwrap();
    let asked = b.peer.asked();
    let seen: Vec<_> = asked
        .iter()
        .map(|a| (a.method.as_str(), a.headers.get("idempotency-key").map(|v| v.to_str().unwrap().to_owned())))
        .collect();
    assert_eq!(seen, [("GET", None), ("DELETE", Some(key(3).to_string())), ("GET", None)]);
}

#[tokio::test]
async fn a_change_that_is_refused_for_good_is_a_person_s() {
    let world = Arc::new(Mutex::new(World::default()));
    let code = Arc::new(Mutex::new(0));
    let said = code.clone();
    world.lock().unwrap().cards.insert(IMSI.into(), false);
    let shared = world.clone();
    let peer = Peer::start(move |asked| {
        let change = asked.method != "GET";
        if change { Reply::json(*said.lock().unwrap(), "{}") } else { answer(&shared, asked, fake) }
    })
    .await;
    let element = HttpElement::new(&toml::from_str(&described(&peer.url)).unwrap()).unwrap();
    for (status, for_good) in
        [(400, true), (404, true), (422, true), (401, false), (409, false), (429, false), (500, false)]
    {
        *code.lock().unwrap() = status;
        let came = element.cease(&line(), key(3), now()).await;
        let why = if for_good { give_up(came) } else { retry(came) };
        assert!(why.contains(&format!("HTTP {status}")), "{why}");
    }
    // Refused, but done: somebody else was quicker, and that is what counts.
    world.lock().unwrap().cards.clear();
    *code.lock().unwrap() = 422;
    assert!(element.cease(&line(), key(3), now()).await.is_ok());
    world.lock().unwrap().fault = Fault::None;
}
