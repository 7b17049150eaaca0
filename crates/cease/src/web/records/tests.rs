use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use case::watch::Kind;
use jiff::SignedDuration;
use tower::ServiceExt;

use crate::app::Shared;
use crate::keys::{hex_of, sha256};
use crate::testing;
use crate::watch::{self, WatchConfig};

const TOKEN: &str = "a token of the mediation system";

fn open(app: &Shared, batch: Option<usize>) -> Shared {
    testing::configured(app, |config| {
        let tokens = vec![hex_of(&sha256(b"another")), hex_of(&sha256(TOKEN.as_bytes()))];
        config.watch = Some(WatchConfig { tokens, batch_bytes: batch, ..WatchConfig::default() });
    })
}

async fn send(app: &Shared, token: &str, media: &str, body: impl Into<Body>) -> (StatusCode, serde_json::Value) {
    let request = Request::post("/api/watch")
        .header(header::AUTHORIZATION, token)
        .header(header::CONTENT_TYPE, media)
        .body(body.into())
        .unwrap();
    let response = crate::web::router(app.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_batch_is_read_by_line_and_rings() {
    let (app, _dir) = testing::app_with(|policy| policy.contest_minutes = 0).await;
    let case = watch::tests::ended(&app).await;
    let app = open(&app, None);
    let at = app.now() - SignedDuration::from_hours(1);
    let line = |id: &str| {
        format!(r#"{{"id":"{id}","kind":"charge","at":"{at}","imsi":"234770000000501","amount":4.99,"units":"GBP"}}"#)
    };
    let body = format!("{}\n{{nonsense\n{}\n{}", line("a"), line("a"), line("b"));
    let (status, summary) = send(&app, &format!("Bearer {TOKEN}"), "application/x-ndjson", body).await;
    assert_eq!(status, StatusCode::OK, "{summary}");
    assert_eq!((&summary["records"], &summary["new"], &summary["bad"]), (&3.into(), &2.into(), &1.into()));
    assert_eq!((&summary["faults"][0]["line"], &summary["faults"][0]["column"]), (&2.into(), &2.into()));
    watch::decide(&app).await.unwrap();
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!((case.alarms[0].kind, case.alarms[0].count), (Kind::Charge, 2));
    assert_eq!(case.alarms[0].amount.as_deref(), Some("4.99 GBP"));
}

#[tokio::test]
async fn nobody_without_the_token_is_let_in_and_nothing_breaks() {
    let (closed, _dir) = testing::app().await;
    let token = format!("Bearer {TOKEN}");
    assert_eq!(send(&closed, &token, "text/csv", "").await.0, StatusCode::NOT_FOUND);
    let app = open(&closed, Some(100));
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        TOKEN,
        "Basic YTpi",
        &format!("Bearer {}", hex_of(&sha256(TOKEN.as_bytes()))),
    ] {
        assert_eq!(send(&app, wrong, "text/csv", "id\n").await.0, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    for media in ["text/html", "application/json"] {
        assert_eq!(send(&app, &token, media, "").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media}");
    }
    let (status, said) = send(&app, &token, "text/csv", "id,kind\n").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said["error"].as_str().unwrap().contains("at is missing from the header"), "{said}");
    assert_eq!(send(&app, &token, "text/csv", "x".repeat(101)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    for rubbish in ["", "\0\0\0", "[1,2,3]", "\u{feff}", "\n\n\n", "{}", "null"] {
        let (status, said) = send(&app, &token, "application/x-ndjson", rubbish).await;
        assert_eq!(status, StatusCode::OK, "{rubbish:?}: {said}");
        assert_eq!(said["records"], 0);
    }
}
