//! `POST /api/watch`: records of what moves on cards, sent by programs of the operator. A batch is read as it
//! arrives, and what was read before a batch broke off is kept: sent again, every record counts once.

use std::pin::Pin;

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reach::records::Format;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::app::{App, Shared};
use crate::keys::sha256;
use crate::watch::intake::{Intake, Stop, Summary};

pub async fn post(State(app): State<Shared>, headers: HeaderMap, body: Body) -> Response {
    let Some(config) = app.config.watch.as_ref().filter(|watch| !watch.tokens.is_empty()) else {
        return no(StatusCode::NOT_FOUND, "nobody may send records here: watch.tokens is empty");
    };
    if !knows(&app, &headers) {
        let mut response =
            no(StatusCode::UNAUTHORIZED, "Authorization: Bearer TOKEN, of which watch.tokens has the hash");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    let Some(format) = format_of(&headers) else {
        return no(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type is application/x-ndjson or text/csv");
    };
    let most = config.batch_bytes();
    if body.size_hint().lower() > most as u64 {
        return too_large(most);
    }
    match read(&app, format, body, most).await {
        Ok(summary) => Json(summary).into_response(),
        Err(Broken::TooLarge) => too_large(most),
        Err(Broken::Off) => no(StatusCode::BAD_REQUEST, "the batch broke off; send it again"),
        Err(Broken::Stop(Stop::Header(fault))) => no(StatusCode::UNPROCESSABLE_ENTITY, &fault.to_string()),
        Err(Broken::Stop(Stop::Store(error))) => {
            tracing::error!(%error, "records could not be kept");
            let mut response = no(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; send the batch again");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            response
        }
    }
}

enum Broken {
    TooLarge,
    Off,
    Stop(Stop),
}

async fn read(app: &Shared, format: Format, mut body: Body, most: usize) -> Result<Summary, Broken> {
    let mut intake = Intake::begin(app, format).await.map_err(|error| Broken::Stop(error.into()))?;
    let mut bytes = 0;
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(piece) = frame.map_err(|_| Broken::Off)?.into_data() else { continue };
        bytes += piece.len();
        if bytes > most {
            return Err(Broken::TooLarge);
        }
        intake.push(&piece).await.map_err(Broken::Stop)?;
    }
    intake.end().await.map_err(Broken::Stop)
}

fn no(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

fn too_large(most: usize) -> Response {
    no(StatusCode::PAYLOAD_TOO_LARGE, &format!("a batch has at most {most} bytes"))
}

/// Whether one of the tokens was shown. Every hash is compared, however many are right.
fn knows(app: &App, headers: &HeaderMap) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, token)) = shown.and_then(|text| text.split_once(' ')) else { return false };
    let shown = sha256(token.trim().as_bytes());
    let hashes = app.config.watch.iter().flat_map(|watch| watch.hashes());
    let right = hashes.fold(false, |right, hash| right | bool::from(hash.ct_eq(&shown)));
    scheme.eq_ignore_ascii_case("bearer") && right
}

fn format_of(headers: &HeaderMap) -> Option<Format> {
    let media = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    match media.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        // One document of JSON is no line of it.
        "application/x-ndjson" | "application/jsonl" => Some(Format::JsonLines),
        "text/csv" => Some(Format::Csv),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
