//! `POST /api/porting`: whoever runs porting tells that a number is with another network, signed as Standard Webhooks have
//! it. It ends the case that gave the code; whether there is one is not told back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::carrier::{MOST, UNSIGNED, believed, no, once};
use crate::app::Shared;
use crate::work::port;

/// Among the senders whose messages count once; no carrier can be called so.
const SENDER: &str = ":porting";

pub async fn post(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(hook) = &app.porting_hook else {
        return no(StatusCode::NOT_FOUND, "nobody may tell this here: porting.webhook is not set");
    };
    if body.len() > MOST {
        return no(StatusCode::PAYLOAD_TOO_LARGE, "a message has at most 65536 bytes");
    }
    let Ok((id, sent)) = believed(hook.signed(), &headers, &body, app.now()) else {
        return no(StatusCode::UNAUTHORIZED, UNSIGNED);
    };
    let Some(mut gone) = hook.read(&body) else {
        let form = r#"{"event": "ported", "msisdn": "+44…", "code": "…", "at": "2026-11-26T12:00:00Z"}"#;
        return no(StatusCode::UNPROCESSABLE_ENTITY, &format!("it is no {form}"));
    };
    gone.at = gone.at.or(Some(sent));
    // Acted on before it is marked: what breaks off in between is sent again, and a number goes once for a code.
    let done = async {
        port::gone(&app, &gone).await?;
        once(&app, SENDER, id).await
    };
    match done.await {
        Ok(first) => Json(json!({ "taken": first })).into_response(),
        Err(error) => {
            tracing::error!(%error, "that a number has gone could not be kept");
            no(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; send it again")
        }
    }
}

#[cfg(test)]
mod tests;
