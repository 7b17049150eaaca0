//! How staff sign in: password and second factor, always.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};

use crate::account::{self, Door, NotSignedIn};
use crate::app::Shared;
use crate::web::counter::journey::Wrongs;
use crate::web::counter::sign_in::see_other;
use crate::web::next::{local, query};
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn {
    p: Page,
    wrongs: Wrongs,
    login: String,
    next: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let next = query(&uri, "next");
    if visit.staff().is_some() {
        return Ok(Redirect::to(inside(&next)).into_response());
    }
    let page = SignIn { p: Page::new(&app, &visit), wrongs: Wrongs::default(), login: String::new(), next };
    Ok(html(StatusCode::OK, &page))
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (login, next) = (posted.get("login"), posted.get("next"));
    match account::sign_in(&app, &visit, Door::Desk, login, posted.raw("password"), posted.get("code")).await {
        Ok(signed_in) => Ok(see_other(inside(next), signed_in.cookie)),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble),
        Err(NotSignedIn::Wrong) => {
            let p = Page::new(&app, &visit);
            let wrongs = Wrongs::one("login", fl!(p.l, "sign-in-desk-wrong"));
            let page = SignIn { p, wrongs, login: login.to_owned(), next: next.to_owned() };
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

pub async fn sign_out(State(app): State<Shared>, visit: Visit, _: Posted) -> Answer {
    let cookie = account::sign_out(&app, &visit).await?;
    Ok(see_other("/desk/sign-in", cookie))
}

/// A path of the desk.
fn inside(next: &str) -> &str {
    let path = local(next, "/desk");
    if path == "/desk" || path.starts_with("/desk/") || path.starts_with("/desk?") { path } else { "/desk" }
}
