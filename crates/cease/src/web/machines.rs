//! What programs read to find their way: where weaknesses are reported (RFC 9116), and what they may call (OpenAPI 3.1).

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::Shared;

/// Kept by hand; a test holds it against the routes and against what they answer.
pub const OPENAPI: &str = include_str!("../../openapi.json");
const A_WHILE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];

/// `GET /.well-known/security.txt`.
pub async fn security(State(app): State<Shared>) -> Response {
    match app.config.security.text(&app.config.desk.url, app.now()) {
        Some(text) => (A_WHILE, text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /openapi.json`.
pub async fn openapi() -> Response {
    (A_WHILE, [(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

#[cfg(test)]
mod tests;
