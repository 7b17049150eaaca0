//! What others tell us by themselves, in messages signed as Standard Webhooks have it (`reach::webhook`): the same bounds
//! and the same answers for all of them, and each message once.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use case::Timestamp;
use jiff::SignedDuration;
use reach::webhook::{Signed, TOLERANCE};
use serde_json::json;
use store::StoreError;

use crate::app::App;

/// More than any of them needs.
const MOST: usize = 64 * 1024;

/// Believes, reads and acts on a message of this sender. Acted on before it is marked: what breaks off in between is sent
/// again, so `act` must be able to do the same twice.
pub async fn taken<W, F>(
    app: &App,
    sender: &str,
    signed: &Signed,
    (headers, body): (&HeaderMap, &Bytes),
    read: impl FnOnce(&[u8]) -> Result<W, &'static str>,
    act: impl FnOnce(W, Timestamp) -> F,
) -> Response
where
    F: Future<Output = Result<usize, StoreError>>,
{
    if body.len() > MOST {
        return no(StatusCode::PAYLOAD_TOO_LARGE, "a message has at most 65536 bytes");
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, now) = (header("webhook-id"), app.now());
    let Ok(sent) = signed.believe(id, header("webhook-timestamp"), header("webhook-signature"), body, now) else {
        return unsigned();
    };
    let said = match read(body) {
        Ok(said) => said,
        Err(why) => return no(StatusCode::UNPROCESSABLE_ENTITY, why),
    };
    let done = async {
        act(said, sent).await?;
        let since = now.checked_sub(TOLERANCE + SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        app.store.carrier_word(sender, id, now, since).await
    };
    match done.await {
        Ok(first) => Json(json!({ "taken": first })).into_response(),
        Err(error) => {
            tracing::error!(%error, sender, "what somebody told could not be kept");
            no(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; send it again")
        }
    }
}

/// Of a message that is not believed; which part was wrong is not told.
pub fn unsigned() -> Response {
    no(StatusCode::UNAUTHORIZED, "webhook-id, webhook-timestamp and webhook-signature do not fit")
}

pub fn no(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

#[cfg(test)]
pub mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::app::Shared;

    /// Posts a message with id, time and signature.
    pub async fn tell(app: &Shared, path: &str, head: [&str; 3], body: &str) -> (StatusCode, String) {
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let mut request = Request::post(path);
        for (name, value) in names.into_iter().zip(head) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = crate::web::router(app.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}
