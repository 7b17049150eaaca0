//! The lock against cancellation on the page of who is signed in. Setting it is free and always possible; taking it
//! off asks who they are once more, and waits for as long as something else holds the account's cards: whoever has
//! just got into it is the very one that it is against.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use case::Deed;
use store::Account;

use super::account::signed_in;
use super::sign_in::see_other;
use crate::account;
use crate::app::Shared;
use crate::guard;
use crate::web::case::caution;
use crate::web::{Answer, Page, Posted, Trouble, Visit};

/// What the page shows of it.
pub struct Lock {
    pub since: Option<String>,
    pub holds: Vec<String>,
    /// Who they are was shown just now.
    pub fresh: bool,
}

impl Lock {
    pub async fn of(app: &Shared, p: &Page, visit: &Visit, account: &Account) -> Result<Self, Trouble> {
        let standing = guard::standing(app, account.id).await?;
        let hold = |(fact, until)| {
            let (why, until) = (caution::told(p.l, fact), p.moment(&until));
            fl!(p.l, "lock-held", why = why, until = until)
        };
        Ok(Self {
            since: standing.locked.map(|at| p.day(&at)),
            holds: standing.holds.into_iter().map(hold).collect(),
            fresh: visit.has_shown(app, Deed::Unlock, Some(account.id)),
        })
    }
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let id = signed_in(&visit)?.id;
    match posted.get("do") {
        "on" if visit.has_shown(&app, Deed::Lock, Some(id)) => drop(guard::lock(&app, id).await?),
        "off" if visit.has_shown(&app, Deed::Unlock, Some(id)) => {
            if guard::standing(&app, id).await?.holds.is_empty() {
                guard::unlock(&app, id).await?;
            }
        }
        // Whoever wants to show once more who they are signs in anew.
        "on" | "off" | "again" => {
            let cookie = account::sign_out(&app, &visit).await?;
            return Ok(see_other("/sign-in?next=%2Faccount%23lock", cookie));
        }
        _ => return Err(Trouble::BadRequest),
    }
    Ok(Redirect::to("/account#lock").into_response())
}
