//! Passkeys of an account: what a browser must be told to make or use one, adding, renaming and taking away. The list
//! itself stands on the page of the account.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::journey::Wrongs;
use super::sign_in::see_other;
use crate::account::{self, Added, Purpose, Removed};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// A challenge for the page's script. Adding a passkey begins here, so here is seen that it is still them.
pub async fn ask(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let purpose = Purpose::from_form(posted.get("for")).ok_or(Trouble::BadRequest)?;
    let account = match purpose {
        Purpose::Add => Some(account::require(&app, &visit, Some(&posted)).await?),
        Purpose::Confirm => Some(visit.account.as_deref().ok_or(Trouble::Forbidden)?),
        Purpose::SignIn | Purpose::Recover => None,
    };
    Ok(Json(account::ask(&app, &visit, purpose, account).await?).into_response())
}

#[derive(Template)]
#[template(path = "counter/passkey_new.html")]
struct New {
    p: Page,
    wrongs: Wrongs,
    name: String,
    passkey_origin: String,
}

pub async fn new_page(State(app): State<Shared>, visit: Visit) -> Answer {
    account::require(&app, &visit, None).await?;
    show(&app, &visit, String::new(), Wrongs::default())
}

fn show(app: &Shared, visit: &Visit, name: String, wrongs: Wrongs) -> Answer {
    let party = account::party(app).ok_or(Trouble::NotFound)?;
    Ok(html(wrongs.status(), &New { p: Page::new(app, visit), wrongs, name, passkey_origin: party.origin }))
}

pub async fn add(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })?;
    let l = Page::new(&app, &visit).l;
    let wrong = match account::add_passkey(&app, &visit, account, &posted).await? {
        Added::Done { signed_in, codes_left: 0 } => return Ok(see_other("/account/recovery-codes", signed_in.cookie)),
        Added::Done { signed_in, .. } => return Ok(see_other("/account#passkeys", signed_in.cookie)),
        Added::Wrong => fl!(l, "passkey-add-wrong"),
        Added::Full => fl!(l, "passkey-add-full", most = account::MOST),
    };
    show(&app, &visit, posted.get("name").to_owned(), Wrongs::one("passkey", wrong))
}

pub async fn rename(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })?;
    account::rename_passkey(&app, &visit, account, posted.get("passkey"), posted.get("name")).await?;
    Ok(Redirect::to("/account#passkeys").into_response())
}

pub async fn remove(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = account::require(&app, &visit, Some(&posted)).await?;
    match account::remove_passkey(&app, &visit, account, posted.get("passkey")).await? {
        Removed::Done(signed_in) => Ok(see_other("/account#passkeys", signed_in.cookie)),
        Removed::Last => {
            let wrongs = Wrongs::one("passkeys", fl!(Page::new(&app, &visit).l, "passkey-last"));
            super::account::render(&app, &visit, wrongs, false).await
        }
    }
}

#[derive(Template)]
#[template(path = "counter/recovery_codes.html")]
struct Codes {
    p: Page,
    left: u32,
    /// Those just made; shown this once.
    codes: Vec<String>,
    /// The same as a file.
    file: String,
}

/// Only who has a second factor needs what stands in for it.
pub async fn codes_page(State(app): State<Shared>, visit: Visit) -> Answer {
    let account = account::require(&app, &visit, None).await?;
    if !account::ways(&app, &visit, account).await?.second {
        return Ok(Redirect::to("/account#second-factor").into_response());
    }
    let left = app.store.recovery_codes_left(account.id).await?;
    let page = Codes { p: Page::new(&app, &visit), left, codes: Vec::new(), file: String::new() };
    Ok(html(StatusCode::OK, &page))
}

pub async fn codes_make(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = account::require(&app, &visit, Some(&posted)).await?;
    if !account::ways(&app, &visit, account).await?.second {
        return Err(Trouble::Forbidden);
    }
    let codes = account::new_recovery_codes(&app, &visit, account).await?;
    let mut p = Page::new(&app, &visit);
    let title = fl!(p.l, "recovery-codes-file", operator = p.operator.as_str(), day = p.day(&p.now()));
    let text = format!("{title}\n\n{}\n", codes.join("\n"));
    let file: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    // The other language shows the page that makes them, not these again.
    p.path = "/account/recovery-codes".to_owned();
    let file = format!("data:text/plain;charset=utf-8,{}", file.replace('+', "%20"));
    Ok(html(StatusCode::OK, &Codes { p, left: account::MANY as u32, codes, file }))
}

#[cfg(test)]
mod tests;
