//! The lock against cancellation on the page of who is signed in. Setting it is free and always possible; taking it
//! off asks who they are once more, and waits for as long as something else holds the account's cards: whoever has
//! just got into it is the very one that it is against.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use case::{AccountId, Deed};
use store::Account;

use super::account::signed_in;
use crate::account;
use crate::app::Shared;
use crate::guard;
use crate::web::case::caution;
use crate::web::{Answer, Page, Posted, Trouble, Visit};

/// What the page shows of it.
pub struct Lock {
    pub since: Option<String>,
    pub holds: Vec<String>,
    /// When the last of them is over.
    pub until: String,
}

impl Lock {
    pub async fn of(app: &Shared, p: &Page, account: &Account) -> Result<Self, Trouble> {
        let standing = guard::standing(app, account.id).await?;
        let hold = |(fact, until)| {
            let (why, until) = (caution::told(p.l, fact), p.moment(&until));
            fl!(p.l, "lock-held", why = why, until = until)
        };
        let last = standing.holds.iter().map(|(_, until)| *until).max();
        Ok(Self {
            since: standing.locked.map(|at| p.day(&at)),
            holds: standing.holds.into_iter().map(hold).collect(),
            until: last.map(|until| p.moment(&until)).unwrap_or_default(),
        })
    }
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let id = signed_in(&visit)?.id;
    match posted.get("do") {
        "on" => {
            shown(&app, &visit, Deed::Lock, id)?;
            guard::lock(&app, id).await?;
        }
        "off" => {
            // A code to a contact is not enough: the contact may be what has been taken over.
            account::require(&app, &visit, Some(&posted)).await?;
            shown(&app, &visit, Deed::Unlock, id)?;
            if guard::standing(&app, id).await?.holds.is_empty() {
                guard::unlock(&app, id).await?;
            }
        }
        _ => return Err(Trouble::BadRequest),
    }
    Ok(Redirect::to("/account#lock").into_response())
}

fn shown(app: &Shared, visit: &Visit, deed: Deed, account: AccountId) -> Result<(), Trouble> {
    if visit.has_shown(app, deed, Some(account)) { Ok(()) } else { Err(Trouble::SignIn { desk: false }) }
}
