//! Signing in and out. One page and one answer for every wrong name, password or code.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::journey::Wrongs;
use crate::account::{self, Door, NotSignedIn};
use crate::app::Shared;
use crate::web::next::{local, query};
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "counter/sign_in.html")]
struct SignIn {
    p: Page,
    wrongs: Wrongs,
    login: String,
    next: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let next = query(&uri, "next");
    if visit.account.is_some() {
        return Ok(Redirect::to(local(&next, "/account")).into_response());
    }
    let page = SignIn { p: Page::new(&app, &visit), wrongs: Wrongs::default(), login: String::new(), next };
    Ok(html(StatusCode::OK, &page))
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (login, next) = (posted.get("login"), posted.get("next"));
    match account::sign_in(&app, &visit, Door::Counter, login, posted.raw("password"), posted.get("code")).await {
        Ok(signed_in) => Ok(see_other(local(next, "/account"), signed_in.cookie)),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble),
        Err(NotSignedIn::Wrong) => {
            let p = Page::new(&app, &visit);
            let wrongs = Wrongs::one("login", fl!(p.l, "sign-in-wrong"));
            let page = SignIn { p, wrongs, login: login.to_owned(), next: next.to_owned() };
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

pub async fn sign_out(State(app): State<Shared>, visit: Visit, _: Posted) -> Answer {
    let cookie = account::sign_out(&app, &visit).await?;
    let mut response = see_other("/", cookie);
    // What this browser kept of pages that were for the account only.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// A redirect that sets the session's cookie.
pub fn see_other(to: &str, cookie: HeaderValue) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

#[cfg(test)]
mod tests;
