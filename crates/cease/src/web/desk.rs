//! The agent's side: list, case, context. Everything here is for staff with a second factor shown,
//! and every change goes through the one door as [`Actor::Agent`].

pub mod act;
pub mod case;
pub mod file;
pub mod mail;
pub mod queue;
mod row;
mod say;
pub mod sign_in;
mod timeline;

use ::case::{AccountId, Actor, Role};
use store::View;

use crate::web::{Trouble, Visit};

/// Who works here, or the way to sign in.
pub(in crate::web) fn staff(visit: &Visit) -> Result<(AccountId, Role), Trouble> {
    visit.staff().map(|(account, role)| (account.id, role)).ok_or(Trouble::SignIn { desk: true })
}

/// Who may read cases: an admin manages staff and decides nothing, so sees none.
pub(in crate::web) fn reader(visit: &Visit) -> Result<Actor, Trouble> {
    match staff(visit)? {
        (staff, role @ (Role::Agent | Role::Approver)) => Ok(Actor::Agent { staff, role }),
        (_, Role::Admin) => Err(Trouble::Forbidden),
    }
}

/// What an address asks for after its `?`. Nothing in it can make a page fail.
pub struct Asked(Vec<(String, String)>);

impl Asked {
    pub fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().take(20).collect())
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    pub fn view(&self) -> View {
        view_named(self.get("view"))
    }
}

pub(in crate::web) const VIEWS: [View; 5] = [View::Review, View::Waiting, View::Moving, View::Done, View::All];

pub(in crate::web) fn view_name(view: View) -> &'static str {
    match view {
        View::Review => "review",
        View::Waiting => "waiting",
        View::Moving => "moving",
        View::Done => "done",
        View::All => "all",
    }
}

/// The view of that name; what waits for us where there is none.
pub(in crate::web) fn view_named(name: &str) -> View {
    VIEWS.into_iter().find(|view| view_name(*view) == name).unwrap_or(View::Review)
}

#[cfg(test)]
mod tests;
