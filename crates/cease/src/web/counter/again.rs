//! "Is it still you?" Who is signed in shows it again before something that a stolen session must not do, and what they
//! were doing goes on: an opened page is opened, a posted form is posted. The form waits in the page itself, so there is
//! nothing to keep for it here and nothing to lose.

use askama::Template;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use tower::ServiceExt;

use super::journey::Wrongs;
use super::sign_in::see_other;
use crate::account::{self, Confirm, NotConfirmed};
use crate::app::Shared;
use crate::web::next::{local, query, with_query};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const HERE: &str = "/account/confirm";

#[derive(Template)]
#[template(path = "counter/again.html")]
struct Again {
    p: Page,
    wrongs: Wrongs,
    confirm: Confirm,
}

/// In place of what was asked for.
pub fn ask_first(app: &Shared, visit: &Visit, confirm: &Confirm) -> Response {
    match confirm.form {
        None => Redirect::to(&with_query(HERE, &[("next", &confirm.to)])).into_response(),
        Some(_) => show(app, visit, confirm.clone(), Wrongs::default(), StatusCode::FORBIDDEN),
    }
}

fn show(app: &Shared, visit: &Visit, confirm: Confirm, wrongs: Wrongs, status: StatusCode) -> Response {
    let mut p = Page::new(app, visit);
    // Not every path that a form is posted to can be opened.
    p.path = HERE.to_owned();
    html(status, &Again { p, wrongs, confirm })
}

/// Where one goes on to: never back here.
pub(in crate::web) fn on(to: &str) -> String {
    let to = local(to, "/account");
    if to.starts_with(HERE) { "/account".to_owned() } else { to.to_owned() }
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let to = on(&query(&uri, "next"));
    let account = visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })?;
    let confirm = account::ways(&app, &visit, account).await?;
    if account::confirmed(&app, &visit, confirm.second) {
        return Ok(Redirect::to(&to).into_response());
    }
    Ok(show(&app, &visit, Confirm { to, ..confirm }, Wrongs::default(), StatusCode::OK))
}

pub async fn post(State(app): State<Shared>, visit: Visit, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let posted = Posted::from_request(Request::from_parts(parts.clone(), body), &app).await?;
    let account = visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })?;
    let (to, form) = (on(posted.get("to")), posted.raw("form"));
    let wrong = match account::confirm(&app, &visit, account, &posted).await? {
        Ok(cookie) if form.is_empty() => return Ok(see_other(&to, cookie)),
        Ok(cookie) => return go_on(app, &visit, &parts, &to, form, cookie).await,
        Err(wrong) => wrong,
    };
    let l = Page::new(&app, &visit).l;
    let wrongs = match wrong {
        NotConfirmed::Password => Wrongs::one("password", fl!(l, "account-password-wrong")),
        NotConfirmed::Code if account.totp.is_some() => Wrongs::one("code", fl!(l, "again-code-wrong")),
        NotConfirmed::Code => Wrongs::one("recovery", fl!(l, "again-recovery-wrong")),
        NotConfirmed::Passkey => Wrongs::one("passkey", fl!(l, "passkey-wrong")),
    };
    let form = Some(form.to_owned()).filter(|form| !form.is_empty());
    let confirm = Confirm { to, form, ..account::ways(&app, &visit, account).await? };
    Ok(show(&app, &visit, confirm, wrongs, StatusCode::UNPROCESSABLE_ENTITY))
}

/// Posts the form that waited, as its owner's browser would now.
pub(in crate::web) async fn go_on(
    app: Shared,
    visit: &Visit,
    was: &Parts,
    to: &str,
    form: &str,
    cookie: HeaderValue,
) -> Answer {
    let token = Visit::csrf_with(&app, &cookie);
    let set = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    let (name, _) = set.split_once('=').ok_or(Trouble::BadRequest)?;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(to)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, format!("{set}; lang={}", visit.lang.tag()))
        .header(header::USER_AGENT, &visit.user_agent)
        .body(Body::from(format!("{form}&csrf={token}")))
        .map_err(|_| Trouble::BadRequest)?;
    if let Some(peer) = was.extensions.get::<ConnectInfo<std::net::SocketAddr>>() {
        request.extensions_mut().insert(*peer);
    }
    let mut response = match crate::web::router(app).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let mut sets = response.headers().get_all(header::SET_COOKIE).iter();
    if !sets.any(|set| set.as_bytes().starts_with(format!("{name}=").as_bytes())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
