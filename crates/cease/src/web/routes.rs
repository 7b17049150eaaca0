//! All addresses of the desk, on one page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;

use crate::app::Shared;
use crate::assets;
use crate::web::{counter, demo, desk, server, trouble::Trouble, visit};

/// Strict: everything from here, nothing inline, nowhere to be framed.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub fn router(app: Shared) -> Router {
    let pages = Router::new()
        // The counter.
        .route("/", get(counter::start::page))
        .route("/cancel", get(counter::find::page).post(counter::find::send))
        .route("/cancel/you", get(counter::you::page).post(counter::you::send))
        .route("/cancel/statement", get(counter::statement::page).post(counter::statement::send))
        .route("/cancel/before", get(counter::before::page).post(counter::before::send))
        .route("/cancel/check", get(counter::check::page).post(counter::check::send))
        // The desk.
        .route("/desk", get(desk::queue::page))
        // Only where this is a demonstration; elsewhere it does not exist.
        .route("/demo", get(demo::page))
        .fallback(|| async { Trouble::NotFound })
        .layer(middleware::from_fn_with_state(app.clone(), visit::around))
        .layer(DefaultBodyLimit::max(app.config.limits.upload_bytes + 64 * 1024));
    Router::new()
        .route("/assets/{*name}", get(assets::serve))
        .route("/livez", get(server::livez))
        .route("/readyz", get(server::readyz))
        .merge(pages)
        .layer(middleware::from_fn(headers))
        .with_state(app)
}

async fn headers(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let set: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in set {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
