//! How staff sign in: password and second factor, or a passkey, always.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};

use crate::account::{self, Door, NotSignedIn, Shown};
use crate::app::Shared;
use crate::web::counter::journey::Wrongs;
use crate::web::counter::sign_in::{left_out, see_other};
use crate::web::even::even;
use crate::web::next::{local, query};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn {
    p: Page,
    wrongs: Wrongs,
    login: String,
    next: String,
    /// Where passkeys can be used, if at all.
    passkey_origin: Option<String>,
    /// What the identity provider is called, if there is one.
    provider: Option<String>,
}

pub(super) fn show(app: &Shared, visit: &Visit, login: &str, next: &str, wrongs: Wrongs) -> Response {
    let passkey_origin = account::party(app).map(|party| party.origin);
    let (login, next) = (login.to_owned(), next.to_owned());
    let provider = super::oidc::called(app, visit);
    let mut p = Page::new(app, visit);
    // Whatever led here, this is the page that can be opened.
    p.path = "/desk/sign-in".to_owned();
    html(wrongs.status(), &SignIn { p, wrongs, login, next, passkey_origin, provider })
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let next = query(&uri, "next");
    if visit.staff().is_some() {
        return Ok(Redirect::to(inside(&next)).into_response());
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
    match account::sign_in(&app, &visit, Door::Desk, login, posted.raw("password"), code).await {
        Ok(signed_in) => Ok(see_other(inside(next), signed_in.cookie)),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble),
        Err(NotSignedIn::Wrong) => {
            let wrongs = Wrongs::one("login", fl!(Page::new(&app, &visit).l, "sign-in-desk-wrong"));
            Ok(even(show(&app, &visit, login, next, wrongs)))
        }
    }
}

/// With a passkey, which says itself whose it is; a holder's is as wrong as any.
pub async fn with_passkey(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let next = posted.get("next");
    let shown = Shown::of(&posted).ok_or(Trouble::BadRequest)?;
    match account::sign_in_with_passkey(&app, &visit, Door::Desk, &shown).await {
        Ok(signed_in) => Ok(see_other(inside(next), signed_in.cookie)),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble),
        Err(NotSignedIn::Wrong) => {
            let wrongs = Wrongs::one("passkey", fl!(Page::new(&app, &visit).l, "passkey-wrong"));
            Ok(even(show(&app, &visit, "", next, wrongs)))
        }
    }
}

pub async fn sign_out(State(app): State<Shared>, visit: Visit, _: Posted) -> Answer {
    let cookie = account::sign_out(&app, &visit).await?;
    Ok(see_other("/desk/sign-in", cookie))
}

/// A path of the desk.
pub(super) fn inside(next: &str) -> &str {
    let path = local(next, "/desk");
    if path == "/desk" || path.starts_with("/desk/") || path.starts_with("/desk?") { path } else { "/desk" }
}
