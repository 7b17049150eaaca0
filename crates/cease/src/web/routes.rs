//! All addresses of the desk, on one page.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::Shared;
use crate::assets;
use crate::live;
use crate::web::{
    carrier, case, channels, chat, counter, demo, desk, es2plus, even, help, hotline, log, machines, porting, records,
    report, server, stay, trouble::Trouble, visit, voice,
};

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
        // Accounts.
        .route("/account", get(counter::account::page))
        .route("/account/cancel", post(counter::account::cancel))
        .route("/account/second-factor/off", post(counter::account::disable))
        .route("/account/second-factor/on", post(counter::account::enable))
        .route("/account/sessions/end", post(counter::account::end_session))
        .route("/account/sessions/end-others", post(counter::account::end_others))
        .route("/confirm", get(counter::confirm::page).post(counter::confirm::post))
        .route("/confirm/code", get(counter::confirm::code_page).post(counter::confirm::code_post))
        .route("/confirm/without", post(counter::confirm::without))
        .route("/recover", get(counter::recover::page).post(counter::recover::post))
        .route("/recover/new", get(counter::recover::new_page).post(counter::recover::new_post))
        .route("/sign-in", get(counter::sign_in::page).post(counter::sign_in::post))
        .route("/sign-out", post(counter::sign_in::sign_out))
        .route("/session", get(stay::left))
        .merge(passkeys())
        // The holder's case, and proof for anybody.
        .route("/case", get(case::find::page).post(case::find::look))
        .route("/case/{reference}", get(case::status::page).post(case::status::act))
        .route("/case/{reference}/after", get(case::after::page).post(case::after::report))
        .route("/case/{reference}/agree", get(case::agree::page).post(case::agree::agree))
        .route("/case/{reference}/card", get(case::post_back::moved))
        .route("/case/{reference}/certificate", get(case::certificate::page))
        .route("/case/{reference}/certificate.json", get(case::certificate::json))
        .route("/case/{reference}/certificate.pdf", get(case::certificate::pdf))
        .route("/case/{reference}/evidence", get(case::evidence::get))
        .route("/case/{reference}/contest", get(case::undo::contest_page).post(case::undo::contest))
        .route("/case/{reference}/correct", get(case::correct::page).post(case::correct::correct))
        .route("/case/{reference}/file", get(case::file::page).post(case::file::add))
        .route("/case/{reference}/receipt", get(case::receipt::page))
        .route("/case/{reference}/receipt.json", get(case::receipt::json))
        .route("/case/{reference}/withdraw", get(case::undo::withdraw_page).post(case::undo::withdraw))
        .route("/help/esim", get(case::esim::page))
        .merge(what_is_saved())
        .route("/help/hotline", get(hotline::page))
        .route("/verify", get(case::verify::page).post(case::verify::check))
        .route("/verify/key.txt", get(case::verify::key))
        // The desk.
        .route("/desk", get(desk::queue::page).post(desk::queue::search::post))
        .route("/desk/case/{reference}", get(desk::case::page))
        .route("/desk/case/{reference}/file/{id}", get(desk::file::get))
        .route("/desk/case/{reference}/{deed}", get(desk::case::back).post(desk::act::post))
        .route("/desk/case/{reference}/clock", get(desk::clock::page))
        .route("/desk/case/{reference}/evidence", get(desk::evidence::page).post(desk::evidence::take))
        .merge(desk_tools())
        .merge(channels_of_ours())
        .merge(staff())
        .merge(returns())
        .route("/desk/sign-in", get(desk::sign_in::page).post(desk::sign_in::post))
        .route("/desk/sign-out", post(desk::sign_in::sign_out))
        .route("/desk/views", post(desk::views::post))
        // Letters and reports.
        .route("/desk/case/{reference}/receipt", get(desk::letter::receipt))
        .route("/desk/letter/new", get(desk::letter::begin_page).post(desk::letter::begin))
        .route("/desk/letter/{id}", get(desk::letter::page).post(desk::letter::send))
        .route("/desk/letter/{id}/file/{file}", get(desk::letter::file))
        .route("/desk/reports", get(desk::reports::page))
        .route("/desk/reports/{name}", get(desk::reports::csv))
        // All that the desk has of somebody, and until when.
        .route("/desk/keeping", get(desk::keeping::page).post(desk::keeping::post))
        .route("/account/data", get(counter::data::page).post(counter::data::take))
        .route("/account/data/erasure", post(counter::data::going::post))
        .route("/erased/{reference}", get(case::erased::page))
        .route("/erased/{reference}/certificate.json", get(case::erased::json))
        // What holds a card back, and what stops everything.
        .route("/account/lock", post(counter::lock::post))
        .route("/stop", get(case::stop::page).post(case::stop::find))
        .route("/stop/{token}", get(case::stop::link).post(case::stop::press))
        // Live: hints, who is here, chat.
        .route("/live", get(live::stream::open))
        .route("/live/here", post(chat::here::post))
        .route("/chat", get(chat::start::page).post(chat::start::post))
        .route("/case/{reference}/chat", get(chat::holder::page).post(chat::holder::post))
        .route("/desk/chat/{reference}", post(chat::desk::say))
        .route("/desk/chats", get(chat::desk::page).post(chat::desk::take))
        .route("/desk/here", get(chat::here::at_the_desk))
        .route("/check", get(super::check::page).post(super::check::check))
        // Mail that came in.
        .route("/desk/mail", get(desk::mail::page))
        .route("/desk/mail/{id}/aside", post(desk::mail::aside))
        .route("/desk/mail/{id}/open", post(desk::mail::open))
        .route("/desk/mail/{id}/original", get(desk::mail::original))
        // Who talks to whom, and what we are known by.
        .route("/account/phrase", get(counter::phrase::page).post(counter::phrase::post))
        .route("/case/{reference}/contact", get(case::contact::page))
        .route("/desk/case/{reference}/contact", get(desk::contact::back).post(desk::contact::post))
        .merge(ways())
        // What it costs, in the end.
        .route("/case/{reference}/statement", get(case::bill::page))
        .route("/desk/case/{reference}/bill", post(desk::bill::post))
        // What does not get on.
        .route("/desk/stuck", get(desk::stuck::page).post(desk::stuck::deeds::post))
        .route("/desk/stuck/probe/{far}", post(desk::stuck::deeds::probe))
        // Which rules apply.
        .route("/rules", get(super::rules::page))
        .route("/case/{reference}/rules", get(super::rules::of_case))
        .route("/desk/rules", get(desk::rules::page))
        // The public log, for people; what machines read of it is below.
        .route("/log", get(log::page))
        .route("/log/", get(log::page))
        .route("/log/proof/{reference}", get(log::proof))
        // Only where this is a demonstration; elsewhere it does not exist.
        .route("/demo", get(demo::page))
        .route("/demo/mail", post(demo::mail))
        .route("/demo/network", post(demo::network))
        .fallback(|| async { Trouble::NotFound })
        .method_not_allowed_fallback(|| async { Trouble::Method })
        .layer(middleware::from_fn_with_state(app.clone(), visit::around))
        .layer(middleware::from_fn_with_state(app.clone(), even::around))
        .layer(DefaultBodyLimit::max(app.config.limits.upload_bytes + 64 * 1024));
    Router::new()
        .route("/assets/{*name}", get(assets::serve))
        // The same bytes for everybody: no visitor, no cookie.
        .route("/channels.txt", get(channels::newest))
        .route("/channels/{version}", get(channels::of_version))
        .route("/log/checkpoint", get(log::checkpoint))
        .route("/log/manifest", get(log::manifest))
        .route("/log/tile/{level}/{*n}", get(log::tile))
        .route("/.well-known/security.txt", get(machines::security))
        .route("/openapi.json", get(machines::openapi))
        .route("/livez", get(server::livez))
        .route("/readyz", get(server::readyz))
        // What network elements tell by themselves; they have no session and no form token.
        .route("/gsma/rsp2/es2plus/handleDownloadProgressInfo", post(es2plus::progress))
        // Machines.
        .route("/api/watch", post(records::post))
        .route("/api/voice", post(voice::first))
        .route("/api/voice/{turn}", post(voice::next))
        .route("/api/carrier/{name}", post(carrier::post))
        .route("/api/porting", post(porting::post))
        .merge(pages)
        .layer(middleware::from_fn_with_state(app.clone(), headers))
        .with_state(app)
}

/// Passkeys, recovery codes, and showing again who one is.
fn passkeys() -> Router<Shared> {
    Router::new()
        .route("/passkey", post(counter::passkeys::ask))
        .route("/sign-in/passkey", post(counter::sign_in::with_passkey))
        .route("/desk/sign-in/passkey", post(desk::sign_in::with_passkey))
        .route("/desk/sign-in/with", post(desk::oidc::begin))
        .route("/desk/sign-in/back", get(desk::oidc::back))
        .route("/account/confirm/with", post(desk::oidc::again))
        .route("/account/confirm", get(counter::again::page).post(counter::again::post))
        .route("/account/password", get(counter::password::page).post(counter::password::post))
        .route("/account/passkeys/new", get(counter::passkeys::new_page).post(counter::passkeys::add))
        .route("/account/passkeys/remove", post(counter::passkeys::remove))
        .route("/account/passkeys/rename", post(counter::passkeys::rename))
        .route("/account/recovery-codes", get(counter::passkeys::codes_page).post(counter::passkeys::codes_make))
}

/// Other kinds of end, and what runs beside a case.
fn ways() -> Router<Shared> {
    Router::new()
        .route("/before", get(counter::leaving::page))
        .route("/cancel/behalf", get(counter::behalf::page).post(counter::behalf::send))
        .route("/switching", get(counter::switching::page))
        .route("/withdraw", get(counter::form::withdraw_page).post(counter::form::withdraw))
        .route("/case/{reference}/before", get(counter::leaving::of_case))
        .route("/case/{reference}/complaint", get(case::complaint::page).post(case::complaint::send))
        .route("/case/{reference}/switch", get(case::switch::page).post(case::switch::send))
        .route("/desk/case/{reference}/way/{deed}", post(desk::ways::post))
}

/// What the desk remembers beside the cases, and what its script works with.
fn desk_tools() -> Router<Shared> {
    Router::new()
        .route("/desk/case/{reference}/draft", post(desk::write::draft))
        .route("/desk/case/{reference}/hold/{what}", post(desk::hold::post))
        .route("/desk/case/{reference}/macro/{id}", get(desk::macros::run::preview).post(desk::macros::run::apply))
        .route("/desk/case/{reference}/take-back", post(desk::write::take_back))
        .route("/desk/macros", get(desk::macros::page))
        .route("/desk/macros/{id}", get(desk::macros::edit).post(desk::macros::save))
        .route("/desk/macros/{id}/delete", post(desk::macros::delete))
        .route("/desk/settings", get(desk::tools::settings).post(desk::tools::set))
        .route("/desk/tools", get(desk::tools::fragment))
}

/// Which channels are ours, and what is reported as a fake.
fn channels_of_ours() -> Router<Shared> {
    Router::new()
        .route("/channels", get(channels::page))
        .route("/check/report", get(report::page).post(report::send))
        .route("/check/report/{reference}", get(report::reported))
        .route("/desk/channels", get(desk::channels::page))
        .route("/desk/channels/new", get(desk::channels::propose::page).post(desk::channels::propose::send))
        .route("/desk/channels/{seq}", post(desk::channels::decide))
        .route("/desk/channels/{seq}/end", get(desk::channels::propose::end_page).post(desk::channels::propose::end))
        .route("/desk/fakes", get(desk::fakes::page))
        .route("/desk/fakes/{seq}", get(desk::fakes::one).post(desk::fakes::decide))
        .route("/desk/fakes/picture/{reference}", get(desk::fakes::picture))
}

/// What is on the card, how to save it, and what the holder did about it.
fn what_is_saved() -> Router<Shared> {
    Router::new()
        .route("/case/{reference}/saved", get(case::saved::page).post(case::saved::save))
        .route("/help/backup", get(help::index))
        .route("/help/backup/{family}", get(help::family))
}

/// What staff see, and who has seen what.
fn staff() -> Router<Shared> {
    Router::new()
        .route("/desk/case/{reference}/reveal", post(desk::reveal::case))
        .route("/desk/agencies", get(desk::agencies::page).post(desk::agencies::give))
        .route("/desk/looks", get(desk::looks::page))
        .route("/desk/looks.csv", get(desk::looks::csv))
        .route("/desk/mail/{id}/reveal", post(desk::reveal::mail))
}

/// What comes back by post.
fn returns() -> Router<Shared> {
    Router::new()
        .route("/case/{reference}/return", get(case::post_back::page).post(case::post_back::send))
        .route("/case/{reference}/return/label", get(case::post_back::label_page))
        .route("/case/{reference}/return/label.pdf", get(case::post_back::label_a4))
        .route("/case/{reference}/return/label-a6.pdf", get(case::post_back::label_a6))
        .route("/desk/case/{reference}/return", get(desk::returns::case_page).post(desk::returns::case_send))
        .route("/desk/returns", get(desk::returns::page).post(desk::returns::send))
}

/// What ends with a session besides the cookie: whatever the browser keeps of pages and for scripts.
const FORGET: &str = "\"cache\", \"storage\"";

async fn headers(State(app): State<Shared>, request: axum::extract::Request, next: Next) -> Response {
    let leaving = request.uri().path().ends_with("/sign-out");
    let mut response = next.run(request).await;
    let set: [(HeaderName, &'static str); 9] = [
        // Where a redirect leads is as personal as a page.
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
        (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    ];
    for (name, value) in set {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        // Whoever asks by itself is to come back, and not at once.
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("30"));
    }
    if leaving && response.status().is_redirection() {
        let forget = HeaderValue::from_static(FORGET);
        response.headers_mut().insert(HeaderName::from_static("clear-site-data"), forget);
    }
    if app.config.secure() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}
