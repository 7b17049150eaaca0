//! A forgotten password, in two steps: ask for a link, and set a new password with it. Opening the
//! link changes nothing; mail scanners open links too.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::journey::Wrongs;
use crate::account::{self, Again, Reset};
use crate::app::Shared;
use crate::password::Weak;
use crate::web::even::even;
use crate::web::next::query;
use crate::web::{Answer, Page, Posted, Visit, html};
use crate::words::Words;

#[derive(Template)]
#[template(path = "counter/recover.html")]
struct Ask {
    p: Page,
    wrongs: Wrongs,
    sent: bool,
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let sent = query(&uri, "sent") == "1";
    Ok(html(StatusCode::OK, &Ask { p: Page::new(&app, &visit), wrongs: Wrongs::default(), sent }))
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let login = posted.get("login");
    if login.is_empty() {
        let p = Page::new(&app, &visit);
        let wrongs = Wrongs::one("login", fl!(p.l, "recover-login-empty"));
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &Ask { p, wrongs, sent: false }));
    }
    account::ask_recovery(&app, &visit, login).await?;
    Ok(even(Redirect::to("/recover?sent=1").into_response()))
}

#[derive(Template)]
#[template(path = "counter/recover_new.html")]
struct New {
    p: Page,
    wrongs: Wrongs,
    token: String,
    /// The link no longer counts.
    gone: bool,
    done: bool,
    /// Where passkeys can be used, if at all.
    passkey_origin: Option<String>,
}

impl New {
    fn title(&self) -> String {
        let l = self.p.l;
        match (self.done, self.gone) {
            (true, _) => fl!(l, "recover-done-title"),
            (false, true) => fl!(l, "recover-gone-title"),
            (false, false) => fl!(l, "recover-new-title"),
        }
    }
}

pub async fn new_page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let (token, done) = (query(&uri, "token"), query(&uri, "done") == "1");
    let gone = !done && !account::link_is_open(&app, &token).await?;
    Ok(show(&app, &visit, token, gone, done, Wrongs::default(), StatusCode::OK))
}

pub async fn new_post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (token, wrongs) = match account::set_password(&app, &visit, &posted).await? {
        Reset::Done => return Ok(Redirect::to("/recover/new?done=1").into_response()),
        Reset::Gone => (String::new(), Wrongs::default()),
        Reset::Again { token, why } => (token, wrong(Page::new(&app, &visit).l, why)),
    };
    let gone = token.is_empty();
    Ok(even(show(&app, &visit, token, gone, false, wrongs, StatusCode::UNPROCESSABLE_ENTITY)))
}

fn show(
    app: &Shared,
    visit: &Visit,
    token: String,
    gone: bool,
    done: bool,
    wrongs: Wrongs,
    status: StatusCode,
) -> Response {
    let passkey_origin = account::party(app).map(|party| party.origin);
    let mut p = Page::new(app, visit);
    if !token.is_empty() {
        // In the other language it is the same page, and the link's own token may be used up.
        p.query = format!("token={token}");
    }
    html(status, &New { p, wrongs, token, gone, done, passkey_origin })
}

fn wrong(l: &Words, why: Again) -> Wrongs {
    let (field, text) = match why {
        Again::Code => ("code", fl!(l, "again-second-wrong")),
        Again::Weak(why) => ("password", weak(l, why)),
    };
    Wrongs::one(field, text)
}

/// Why a new password will not do, and which would.
pub(super) fn weak(l: &Words, why: Weak) -> String {
    match why {
        Weak::TooShort { .. } => fl!(l, "password-too-short"),
        Weak::TooLong => fl!(l, "password-too-long"),
        Weak::Common => fl!(l, "password-common"),
        Weak::Guessable => fl!(l, "password-guessable"),
        Weak::Same => fl!(l, "password-same"),
    }
}

#[cfg(test)]
mod tests;
