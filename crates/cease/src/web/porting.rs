//! `POST /api/porting`: whoever runs porting tells that a number is with another network. It ends the case that gave the
//! code; whether there is one is not told back.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use reach::porting::Gone;

use super::webhook;
use crate::app::Shared;
use crate::work::port;

/// Among the senders whose messages count once; no carrier can be called so.
const SENDER: &str = ":porting";

pub async fn post(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(hook) = &app.porting_hook else {
        return webhook::no(StatusCode::NOT_FOUND, "nobody may tell this here: porting.webhook is not set");
    };
    let form = r#"it is no {"event": "ported", "msisdn": "+44…", "code": "…", "at": "2026-11-26T12:00:00Z"}"#;
    let read = |body: &[u8]| hook.read(body).ok_or(form);
    // A number goes once for a code.
    let gone = async |gone: Gone, sent| port::gone(&app, &Gone { at: gone.at.or(Some(sent)), ..gone }).await;
    webhook::taken(&app, SENDER, hook.signed(), (&headers, &body), read, gone).await
}

#[cfg(test)]
mod tests;
