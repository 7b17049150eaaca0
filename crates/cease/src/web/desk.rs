//! The agent's side: list, case, context. Everything here is for staff with a second factor shown,
//! and every change goes through the one door as [`Actor::Agent`].

pub mod act;
pub mod agencies;
pub mod bill;
pub mod case;
pub mod caution;
pub mod channels;
pub mod clock;
pub mod contact;
pub mod evidence;
pub(in crate::web) mod eyes;
pub mod fakes;
pub mod file;
mod filters;
pub mod hold;
pub mod keeping;
pub mod letter;
pub mod looks;
pub mod macros;
pub mod mail;
pub mod oidc;
pub mod queue;
pub mod reports;
pub mod returns;
pub mod reveal;
pub(in crate::web) mod row;
pub mod rules;
mod say;
pub mod sign_in;
pub mod stuck;
mod timeline;
pub mod tools;
pub mod views;
pub mod ways;
pub mod write;

use ::case::{AccountId, Actor, Agency, Case, Role};
use store::{Asker, Filter, View};

use crate::app::App;
use crate::web::{Trouble, Visit};

/// Who works here, or the way to sign in.
pub(in crate::web) fn staff(visit: &Visit) -> Result<(AccountId, Role), Trouble> {
    visit.staff().map(|(account, role)| (account.id, role)).ok_or(Trouble::SignIn { desk: true })
}

/// Who may read cases: an admin decides nothing about them, so sees none.
pub(in crate::web) fn reader(visit: &Visit) -> Result<Actor, Trouble> {
    match staff(visit)? {
        (staff, role @ (Role::Agent | Role::Approver)) => Ok(Actor::Agent { staff, role }),
        (_, Role::Admin) => Err(Trouble::Forbidden),
    }
}

/// Whose cases they see; none sees all of the house's.
pub(in crate::web) fn agency(visit: &Visit) -> Result<Option<Agency>, Trouble> {
    visit.staff().map(|(account, _)| account.agency.clone()).ok_or(Trouble::SignIn { desk: true })
}

/// A case that they see; one that they do not is as if there were none.
pub(in crate::web) async fn case_of(app: &App, visit: &Visit, reference: &str) -> Result<Case, Trouble> {
    let reference = reference.parse().map_err(|_| Trouble::NotFound)?;
    let case = app.store.case_for(reference, agency(visit)?.as_ref()).await?.ok_or(Trouble::NotFound)?;
    // Of what has been erased there is one page.
    if case.erasure.done().is_some() { Err(Trouble::Refused(::case::Refusal::Erased)) } else { Ok(case) }
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

    pub fn view(&self) -> Filter {
        view_named(self.get("view"))
    }
}

/// A list as the value of one field or parameter, to come back to it from a case.
pub(in crate::web) fn view_name(view: Filter) -> String {
    view.compact()
}

/// The list of that name; what waits for us where there is none.
pub(in crate::web) fn view_named(name: &str) -> Filter {
    if name.contains(':') || View::named(name).is_some() {
        Filter::parse(&format!("view={name}"))
    } else {
        Filter::from(View::Review)
    }
}

/// Who asks for lists.
pub(in crate::web) fn asker(app: &App, visit: &Visit, (staff, role): (AccountId, Role)) -> Asker {
    let agency = visit.staff().and_then(|(account, _)| account.agency.clone());
    Asker { staff, agency, seconds: role == Role::Approver, now: app.now(), zone: app.policy.zone() }
}

#[cfg(test)]
mod tests;
