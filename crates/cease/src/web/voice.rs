//! `POST /api/voice/…`: what a telephony service elsewhere asks of the hotline, answered in TwiML (docs/voice.md).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::Shared;
use crate::voice::webhook::{self, Asked, No};

const PATH: &str = "/api/voice";

pub async fn first(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    asked(&app, PATH, None, &headers, &body).await
}

/// The next question of a call; `over` is its last, and no question.
pub async fn next(State(app): State<Shared>, Path(turn): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    asked(&app, &format!("{PATH}/{turn}"), Some(&turn), &headers, &body).await
}

async fn asked(app: &Shared, path: &str, turn: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Response {
    let Some(voice) = app.config.voice.as_ref().filter(|voice| !voice.webhook_token.is_empty()) else {
        return no(StatusCode::NOT_FOUND, "no webhooks are taken here: voice.webhook_token is empty");
    };
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().take(100).collect();
    let given = headers.get("x-twilio-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let url = format!("{}{path}", app.config.desk.url.trim_end_matches('/'));
    if !webhook::is_signed(&voice.webhook_token, &url, &fields, given) {
        return no(StatusCode::FORBIDDEN, "X-Twilio-Signature does not fit: the secret or desk.url is another there");
    }
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let Some(sid) = field("CallSid").filter(|sid| !sid.is_empty() && sid.len() <= 64) else {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "CallSid names the call");
    };
    let over = turn == Some("over");
    let number = turn.filter(|_| !over).map(|turn| turn.parse().unwrap_or(u32::MAX));
    let from = field("From").unwrap_or_default();
    let asked = Asked { sid, from, turn: number, digits: field("Digits"), dialled: field("DialCallStatus"), over };
    match webhook::answer(app, &asked, PATH).await {
        Ok(Ok(twiml)) => ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], twiml).into_response(),
        Ok(Err(No::NotNow)) => no(StatusCode::CONFLICT, "this was asked before, or is not this call's turn"),
        Ok(Err(No::Full)) => no(StatusCode::SERVICE_UNAVAILABLE, "there are too many calls"),
        Err(error) => {
            tracing::error!(%error, "the menu cannot be used");
            no(StatusCode::INTERNAL_SERVER_ERROR, "the menu cannot be used; see: cease voice menu --check")
        }
    }
}

fn no(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(serde_json::json!({ "error": error }))).into_response()
}
