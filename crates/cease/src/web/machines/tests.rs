use axum::body::Body;
use axum::http::{Request, StatusCode};
use case::Level;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::OPENAPI;
use crate::app::Shared;
use crate::keys::{hex_of, sha256};
use crate::testing::{self, Browser};
use crate::watch::WatchConfig;
use crate::web::walk::routes;

fn described() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// Follows `$ref`.
fn resolved<'a>(all: &'a Value, part: &'a Value) -> &'a Value {
    match part.get("$ref").and_then(Value::as_str) {
        Some(to) => all.pointer(to.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{to} leads nowhere")),
        None => part,
    }
}

fn each(value: &Value, with: &mut impl FnMut(&Value)) {
    with(value);
    match value {
        Value::Object(map) => map.values().for_each(|value| each(value, with)),
        Value::Array(list) => list.iter().for_each(|value| each(value, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn what_is_described_is_routed_and_what_programs_may_call_is_described() {
    let all = described();
    assert_eq!(all["openapi"], "3.1.0");
    each(&all, &mut |part| {
        resolved(&all, part);
    });
    let paths = all["paths"].as_object().unwrap();
    let routes: Vec<(String, bool, bool)> =
        routes().into_iter().map(|r| (r.path.replace("{*", "{"), r.get, r.post)).collect();
    for (path, methods) in paths {
        let route = routes.iter().find(|(routed, ..)| routed == path);
        let (_, get, post) = route.unwrap_or_else(|| panic!("{path} is not routed"));
        for method in methods.as_object().unwrap().keys() {
            assert!(method == "get" && *get || method == "post" && *post, "{method} {path}");
        }
    }
    // Everything that stands outside the pages is for programs.
    let outside =
        include_str!("../routes.rs").split("    Router::new()\n").nth(1).unwrap().split(".merge(pages)").next();
    let outside: Vec<String> =
        outside.unwrap().split(".route(\"").skip(1).map(|r| r.split('"').next().unwrap().replace("{*", "{")).collect();
    assert!(outside.len() > 8);
    let files = routes.iter().map(|(path, ..)| path).filter(|path| path.ends_with(".json") || path.ends_with(".txt"));
    for path in outside.iter().filter(|path| !path.starts_with("/assets/")).chain(files) {
        assert!(paths.contains_key(path), "{path} is described nowhere");
    }
}

/// Whether a value is what a schema says, as far as ours say anything.
fn fits(all: &Value, schema: &Value, value: &Value) -> bool {
    let schema = resolved(all, schema);
    let kind = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some(other) => panic!("{other}"),
        None => true,
    };
    let required = schema["required"].as_array().into_iter().flatten();
    let mut names = required.map(|name| name.as_str().unwrap());
    let known = schema["properties"].as_object();
    let closed = schema["additionalProperties"] == json!(false);
    let fields =
        value.as_object().into_iter().flatten().all(|(name, value)| match known.and_then(|known| known.get(name)) {
            Some(schema) => fits(all, schema, value),
            None => !closed,
        });
    let items = value.as_array().into_iter().flatten().all(|item| fits(all, &schema["items"], item));
    kind && names.all(|name| value.get(name).is_some()) && fields && items
}

/// Asks, and holds the answer against what is described.
async fn asked(app: &Shared, method: &str, path: &str, at: &str, headers: &[(&str, &str)], body: &str) -> StatusCode {
    let all = described();
    let mut request = Request::builder().method(method).uri(at);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = crate::web::router(app.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let operation = &all["paths"][path][method.to_lowercase()];
    let answer = resolved(&all, &operation["responses"][status.as_str()]);
    assert!(answer.is_object(), "{method} {at}: {status} is not described");
    for (name, header) in answer["headers"].as_object().into_iter().flatten() {
        assert!(
            response.headers().contains_key(name.to_lowercase()) || header["required"] != json!(true),
            "{at}: {name}"
        );
    }
    let media =
        response.headers().get("content-type").map(|v| v.to_str().unwrap().split(';').next().unwrap().to_owned());
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    match (&answer["content"], media) {
        (Value::Object(content), Some(media)) => {
            let schema =
                &content.get(&media).unwrap_or_else(|| panic!("{method} {at}: {media} is not described"))["schema"];
            let value = serde_json::from_slice(&bytes).ok().filter(|_| media == "application/json");
            assert!(value.is_none_or(|value| fits(&all, schema, &value)), "{method} {at}: {status}");
        }
        (_, media) => assert!(bytes.is_empty(), "{method} {at}: {status} {media:?} with a body that is not described"),
    }
    status
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 1, &mei).await;
    let mut browser = Browser::new(&app).await;
    browser.sign_in(mei.id, Level::SignedIn).await;
    let own = [("cookie", browser.cookie.as_str())];
    for path in ["/livez", "/readyz", "/verify/key.txt", "/openapi.json"] {
        assert_eq!(asked(&app, "GET", path, path, &[], "").await, StatusCode::OK, "{path}");
    }
    let secured = testing::configured(&app, |config| {
        config.security.contact = vec!["mailto:security@desk.example".into()];
        config.security.expires = Some(app.now() + jiff::SignedDuration::from_hours(1));
    });
    for (app, status) in [(&app, StatusCode::NOT_FOUND), (&secured, StatusCode::OK)] {
        assert_eq!(asked(app, "GET", "/.well-known/security.txt", "/.well-known/security.txt", &[], "").await, status);
    }
    for path in ["/log/checkpoint", "/log/manifest", "/channels.txt"] {
        assert_eq!(asked(&app, "GET", path, path, &[], "").await, StatusCode::NOT_FOUND);
    }
    assert_eq!(asked(&app, "GET", "/log/tile/{level}/{n}", "/log/tile/0/000", &[], "").await, StatusCode::NOT_FOUND);
    crate::log::start(&app).await.unwrap();
    for file in ["/case/{reference}/receipt.json", "/case/{reference}/certificate.json", "/log/proof/{reference}"] {
        let at = file.replace("{reference}", &case.reference.to_string());
        assert_eq!(asked(&app, "GET", file, &at, &[], "").await, StatusCode::SEE_OTHER, "{file}");
        let status = asked(&app, "GET", file, &at, &own, "").await;
        assert!(status == StatusCode::OK || !file.contains("receipt"), "{file}: {status}");
    }
}

#[tokio::test]
async fn what_programs_send_is_answered_as_described() {
    let (closed, _dir) = testing::app().await;
    let watch = "/api/watch";
    let bearer = ("authorization", "Bearer a token");
    let lines = ("content-type", "application/x-ndjson");
    assert_eq!(asked(&closed, "POST", watch, watch, &[bearer, lines], "").await, StatusCode::NOT_FOUND);
    let app = testing::configured(&closed, |config| {
        let tokens = vec![hex_of(&sha256(b"a token"))];
        config.watch = Some(WatchConfig { tokens, batch_bytes: Some(1_000), ..WatchConfig::default() });
        let settings = json!({
            "url": "https://smdp.example", "requester": "1.3.6.1.4.1.99999.1",
            "notifications": { "header": "authorization", "value": "Bearer 0123456789abcdef", "deleted": [5] },
        });
        config.network.es2plus = Some(serde_json::from_value(settings).unwrap());
    });
    for (headers, body, status) in [
        (vec![lines], "", StatusCode::UNAUTHORIZED),
        (vec![bearer], "", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (vec![bearer, lines], "{nonsense\n", StatusCode::OK),
        (vec![bearer, lines], "", StatusCode::OK),
        (vec![bearer, ("content-type", "text/csv")], "a,b\n1,2\n", StatusCode::UNPROCESSABLE_ENTITY),
        (vec![bearer, lines], &"x".repeat(2_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(asked(&app, "POST", watch, watch, &headers, body).await, status, "{body}");
    }
    let path = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";
    let known = ("authorization", "Bearer 0123456789abcdef");
    let told = json!({
        "header": { "functionRequesterIdentifier": "x", "functionCallIdentifier": "y" },
        "iccid": "8931070820307245732", "profileType": "P", "timestamp": "2026-11-22T12:00:00Z",
        "notificationPointId": 5, "notificationPointStatus": { "status": "Executed-Success" },
    });
    assert!(fits(&described(), &described()["components"]["schemas"]["Progress"], &told));
    for (app, headers, body, status) in [
        (&closed, vec![known], told.to_string(), StatusCode::NOT_FOUND),
        (&app, vec![], told.to_string(), StatusCode::UNAUTHORIZED),
        (&app, vec![known], "{}".to_owned(), StatusCode::BAD_REQUEST),
        (&app, vec![known], told.to_string(), StatusCode::NO_CONTENT),
        (&app, vec![known], "x".repeat(200_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(asked(app, "POST", path, path, &headers, &body).await, status);
    }
}
