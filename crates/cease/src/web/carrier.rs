//! `POST /api/carrier/{name}`: a carrier tells what has become of a parcel, signed as Standard Webhooks have it. What was
//! told once counts once; whether a parcel is anybody's here is not told back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use case::Timestamp;
use jiff::SignedDuration;
use reach::webhook::{Signed, TOLERANCE, Untrue};
use serde_json::json;
use store::StoreError;

use crate::app::{App, Shared};
use crate::returns::carriers;

/// More than any status is.
pub(super) const MOST: usize = 64 * 1024;
pub(super) const UNSIGNED: &str = "webhook-id, webhook-timestamp and webhook-signature do not fit";

pub async fn post(State(app): State<Shared>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(hook) = app.carriers.hook(&name) else {
        // Which carriers there are is nobody's to find out.
        return no(StatusCode::UNAUTHORIZED, UNSIGNED);
    };
    if body.len() > MOST {
        return no(StatusCode::PAYLOAD_TOO_LARGE, "a message has at most 65536 bytes");
    }
    let Ok((id, sent)) = believed(hook.signed(), &headers, &body, app.now()) else {
        return no(StatusCode::UNAUTHORIZED, UNSIGNED);
    };
    let Some(word) = hook.read(&body) else {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "this names no parcel, or is no JSON");
    };
    // Acted on before it is marked: what breaks off in between is sent again, and an old word says nothing new.
    let done = async {
        carriers::told(&app, &word, sent).await?;
        once(&app, &name, id).await
    };
    match done.await {
        Ok(first) => Json(json!({ "taken": first })).into_response(),
        Err(error) => {
            tracing::error!(%error, "a carrier's word could not be kept");
            no(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; send it again")
        }
    }
}

/// The id of a message that was signed and is fresh, and when it was sent.
pub(super) fn believed<'a>(
    signed: &Signed,
    headers: &'a HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(&'a str, Timestamp), Untrue> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let id = header("webhook-id");
    let sent = signed.believe(id, header("webhook-timestamp"), header("webhook-signature"), body, now)?;
    Ok((id, sent))
}

/// Marks a message of this sender; false where it was marked before.
pub(super) async fn once(app: &App, sender: &str, id: &str) -> Result<bool, StoreError> {
    let since = app.now().checked_sub(TOLERANCE + SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
    app.store.carrier_word(sender, id, app.now(), since).await
}

pub(super) fn no(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use case::parcel::State as At;
    use reach::carrier::Settings;
    use std::sync::Arc;
    use tower::ServiceExt;

    use super::*;
    use crate::returns::carriers::Carriers;
    use crate::returns::tests::{posted, routers};

    fn settings() -> Settings {
        toml::from_str(
            "name = \"royal\"\ncarries = [\"*\"]\nwords = { DEL = \"delivered\" }\n\
             webhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
        )
        .unwrap()
    }

    async fn tell(app: &Shared, name: &str, head: [&str; 3], body: &str) -> (StatusCode, String) {
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let mut request = Request::post(format!("/api/carrier/{name}"));
        for (name, value) in names.into_iter().zip(head) {
            request = request.header(name, value);
        }
        let response =
            crate::web::router(app.clone()).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn a_carrier_s_word_is_believed_once_and_only_when_signed() {
        let (app, _dir, case) = routers().await;
        posted(&app, &case).await;
        let mut app = Arc::into_inner(app).unwrap();
        app.carriers = Carriers::new(&[settings()]).unwrap();
        let app = Arc::new(app);
        let body = r#"{"tracking":"RA473124829GB","status":"DEL"}"#;
        let seconds = app.now().as_second().to_string();
        let right = app.carriers.hook("royal").unwrap().signed().signature("m1", &seconds, body.as_bytes());
        let state = async || app.store.case(case.reference).await.unwrap().unwrap().parcel.unwrap().state();
        for (name, head, status) in [
            ("royal", ["m1", &seconds, "v1,AAAA"], StatusCode::UNAUTHORIZED),
            ("royal", ["m2", &seconds, &right], StatusCode::UNAUTHORIZED),
            ("royal", ["m1", "1", &right], StatusCode::UNAUTHORIZED),
            ("nobody", ["m1", &seconds, &right], StatusCode::UNAUTHORIZED),
        ] {
            assert_eq!(tell(&app, name, head, body).await.0, status);
        }
        assert_eq!(state().await, At::Posted);
        let head = ["m1", &seconds, &right];
        assert_eq!(tell(&app, "royal", head, body).await, (StatusCode::OK, r#"{"taken":true}"#.into()));
        assert_eq!(state().await, At::Delivered);
        let journal = app.store.journal(case.reference).await.unwrap().len();
        assert_eq!(tell(&app, "royal", head, body).await, (StatusCode::OK, r#"{"taken":false}"#.into()));
        assert_eq!(app.store.journal(case.reference).await.unwrap().len(), journal);
    }
}
