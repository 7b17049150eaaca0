//! Whose cases are whose: partner agencies, who works for them, and giving a case to one or taking it back. Whoever does
//! says why; who, which, to whom and why is in the audit trail before it is so.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::redact::redact;
use case::{Agency, Case, CaseRef};
use store::{Account, Act};

use super::row::href;
use super::{Asked, staff, view_named};
use crate::app::{App, Shared};
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::words::Words;

/// Characters of the reason.
const REASON: std::ops::RangeInclusive<usize> = 3..=200;

#[derive(Template)]
#[template(path = "desk/agencies.html")]
struct AgenciesPage {
    p: Page,
    wrongs: Wrongs,
    /// Each with those who work for it.
    agencies: Vec<(String, String)>,
    form: Form,
    /// What came of giving a case just now.
    done: Option<String>,
}

/// What the form has in it.
pub struct Form {
    pub case: String,
    pub to: String,
    pub reason: String,
    pub choices: Vec<String>,
}

/// In a case's page: whose it is, and the form for who may give it.
pub struct Belongs {
    /// What stands there; empty for the house's own.
    pub with: String,
    pub choices: Vec<String>,
}

impl Belongs {
    /// None for whom it is not to say, and where there are no agencies.
    pub async fn of(app: &App, visit: &Visit, case: CaseRef, p: &Page) -> Result<Option<Self>, Trouble> {
        let Some((account, case::Role::Approver)) = visit.staff() else { return Ok(None) };
        if account.agency.is_some() {
            return Ok(None);
        }
        let choices: Vec<String> = known(app).await?.into_keys().map(|a| a.to_string()).collect();
        let with = app.store.agency_of(case).await?;
        if choices.is_empty() && with.is_none() {
            return Ok(None);
        }
        let with = with.map(|agency| fl!(p.l, "agency-with", agency = agency.as_str())).unwrap_or_default();
        Ok(Some(Self { with, choices }))
    }
}

/// The agencies that somebody works for, or would by their groups.
async fn known(app: &App) -> Result<BTreeMap<Agency, Vec<Account>>, Trouble> {
    let mut known: BTreeMap<Agency, Vec<Account>> = BTreeMap::new();
    for group in app.config.oidc.iter().flat_map(|oidc| &oidc.groups) {
        if let Some(agency) = &group.agency {
            known.entry(agency.clone()).or_default();
        }
    }
    for account in app.store.staff().await?.into_iter().filter(|account| !account.disabled) {
        if let Some(agency) = account.agency.clone() {
            known.entry(agency).or_default().push(account);
        }
    }
    Ok(known)
}

pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let l = Page::new(&app, &visit).l;
    let case = match asked.get("done").parse::<CaseRef>() {
        Ok(reference) => app.store.case(reference).await?,
        Err(_) => None,
    };
    let done = match case {
        Some(case) => Some(given(l, case.reference, app.store.agency_of(case.reference).await?.as_ref(), &asked)),
        None => None,
    };
    let form = Form { case: String::new(), to: String::new(), reason: String::new(), choices: Vec::new() };
    render(&app, &visit, Wrongs::default(), form, done).await
}

async fn render(app: &Shared, visit: &Visit, wrongs: Wrongs, mut form: Form, done: Option<String>) -> Answer {
    let p = Page::new(app, visit);
    let known = known(app).await?;
    form.choices = known.keys().map(Agency::to_string).collect();
    let row = |(agency, people): (Agency, Vec<Account>)| {
        let names: Vec<String> = people.into_iter().map(|a| a.person.name).collect();
        let none = || fl!(p.l, "agency-nobody");
        (agency.to_string(), if names.is_empty() { none() } else { names.join(" · ") })
    };
    let agencies = known.into_iter().map(row).collect();
    let status = if wrongs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(html(status, &AgenciesPage { p, wrongs, agencies, form, done }))
}

/// Whose it is now, or was already.
pub fn given(l: &Words, reference: CaseRef, with: Option<&Agency>, asked: &Asked) -> String {
    let reference = reference.to_string();
    match (with.map(Agency::as_str), asked.get("already") == "1") {
        (Some(agency), false) => fl!(l, "agency-done", reference = reference, agency = agency),
        (Some(agency), true) => fl!(l, "agency-was", reference = reference, agency = agency),
        (None, false) => fl!(l, "agency-done-own", reference = reference),
        (None, true) => fl!(l, "agency-was-own", reference = reference),
    }
}

/// Gives a case to an agency, or takes it back (`to` is empty).
pub async fn give(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (me, _) = staff(&visit)?;
    let l = Page::new(&app, &visit).l;
    let mut wrongs = Wrongs::default();
    let case = match posted.get("case").parse::<CaseRef>() {
        Ok(reference) => app.store.case(reference).await?,
        Err(_) => None,
    };
    match &case {
        None => wrongs.add("case", fl!(l, "agency-no-case")),
        // Nothing of it is left that anybody could work on.
        Some(case) if case.erasure.done().is_some() => wrongs.add("case", fl!(l, "refusal-erased")),
        Some(_) => {}
    }
    let to = match posted.get("to") {
        "" => Some(None),
        name => known(&app).await?.into_keys().find(|agency| agency.as_str() == name).map(Some),
    };
    if to.is_none() {
        wrongs.add("to", fl!(l, "agency-unknown"));
    }
    let reason = reason(posted.get("reason"));
    if !REASON.contains(&reason.chars().count()) {
        wrongs.add("reason", fl!(l, "agency-no-reason"));
    }
    let (Some(case), Some(to), true) = (case, to, wrongs.is_empty()) else {
        let (case, to) = (posted.get("case").to_owned(), posted.get("to").to_owned());
        let form = Form { case, to, reason, choices: Vec::new() };
        return render(&app, &visit, wrongs, form, None).await;
    };
    let already = if app.store.agency_of(case.reference).await? == to { "&already=1" } else { "" };
    record(&app, me, &case, to.as_ref(), &reason).await?;
    app.store.give(case.reference, to.as_ref()).await?;
    let on = match posted.get("from") {
        "case" => {
            let page = href(case.reference, view_named(posted.get("view")));
            let to = to.as_ref().map_or("", Agency::as_str);
            format!("{page}&done=agency&of={}&to={to}{already}", case.reference)
        }
        _ => format!("/desk/agencies?done={}{already}", case.reference),
    };
    Ok(Redirect::to(&on).into_response())
}

/// A reason on one line, without what must not be kept.
pub fn reason(typed: &str) -> String {
    redact(&typed.split_whitespace().collect::<Vec<_>>().join(" ")).0
}

/// As it stands in the audit: nothing personal of the case is in it. A shell need not say why.
pub fn detail(case: &Case, to: Option<&Agency>, reason: &str) -> String {
    let given = format!("{} to {}", case.reference, to.map_or("the house", Agency::as_str));
    if reason.is_empty() { given } else { format!("{given}: {}", Mask::over(case, None).text(reason)) }
}

async fn record(app: &App, me: case::AccountId, case: &Case, to: Option<&Agency>, reason: &str) -> Result<(), Trouble> {
    let detail = detail(case, to, reason);
    let act = Act { at: app.now(), account: Some(me), what: "case-given".into(), detail };
    Ok(app.store.audit(act).await?)
}

#[cfg(test)]
mod tests;
