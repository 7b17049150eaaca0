//! Signing in and out. One page and one answer for every wrong name, password, code or passkey.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::journey::Wrongs;
use crate::account::{self, Door, NotSignedIn, Shown};
use crate::app::Shared;
use crate::web::even::even;
use crate::web::next::{local, query};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "counter/sign_in.html")]
struct SignIn {
    p: Page,
    wrongs: Wrongs,
    login: String,
    next: String,
    /// Where passkeys can be used, if at all.
    passkey_origin: Option<String>,
}

impl SignIn {
    /// Whoever has an app and typed no code is told the same as with a wrong password, so its field is shown then.
    fn code_may_be_missing(&self) -> bool {
        !self.login.is_empty() && !self.wrongs.at("login").is_empty()
    }
}

fn show(app: &Shared, visit: &Visit, login: &str, next: &str, wrongs: Wrongs) -> Response {
    let passkey_origin = account::party(app).map(|party| party.origin);
    let (login, next) = (login.to_owned(), next.to_owned());
    html(wrongs.status(), &SignIn { p: Page::new(app, visit), wrongs, login, next, passkey_origin })
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let next = query(&uri, "next");
    if visit.account.is_some() {
        return Ok(Redirect::to(local(&next, "/account")).into_response());
    }
    Ok(show(&app, &visit, "", &next, Wrongs::default()))
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (login, next) = (posted.get("login"), posted.get("next"));
    let code = account::typed_second(&posted);
    let left_out = left_out(&app, &visit, &posted);
    if !left_out.is_empty() {
        return Ok(show(&app, &visit, login, next, left_out));
    }
    match account::sign_in(&app, &visit, Door::Counter, login, posted.raw("password"), code).await {
        Ok(signed_in) => Ok(see_other(local(next, "/account"), signed_in.cookie)),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble),
        Err(NotSignedIn::Wrong) => {
            let wrongs = Wrongs::one("login", fl!(Page::new(&app, &visit).l, "sign-in-wrong"));
            Ok(even(show(&app, &visit, login, next, wrongs)))
        }
    }
}

/// What a sign-in cannot do without. Nobody is looked for yet, so it may say more than that something is wrong.
pub fn left_out(app: &Shared, visit: &Visit, posted: &Posted) -> Wrongs {
    let (l, mut wrongs) = (Page::new(app, visit).l, Wrongs::default());
    if posted.get("login").is_empty() {
        wrongs.add("login", fl!(l, "sign-in-no-name"));
    }
    if posted.raw("password").is_empty() {
        wrongs.add("password", fl!(l, "sign-in-no-password"));
    }
    wrongs
}

/// With a passkey, which says itself whose it is.
pub async fn with_passkey(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let next = posted.get("next");
    let shown = Shown::of(&posted).ok_or(Trouble::BadRequest)?;
    match account::sign_in_with_passkey(&app, &visit, Door::Counter, &shown).await {
        Ok(signed_in) => Ok(see_other(local(next, "/account"), signed_in.cookie)),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble),
        Err(NotSignedIn::Wrong) => {
            let wrongs = Wrongs::one("passkey", fl!(Page::new(&app, &visit).l, "passkey-wrong"));
            Ok(even(show(&app, &visit, "", next, wrongs)))
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
