//! What will be erased of a holder and when, case by case; and that they ask for their account to go too, as soon as
//! nothing of theirs has to be kept.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::erasure::{Erasure, Kept, kept};
use case::rules::Class;
use store::{Account, Act, StoreError};

use super::*;
use crate::app::App;

/// Cases on the page.
const ROWS: usize = 100;

pub struct Going {
    /// Reference, and when or why not.
    pub cases: Vec<(String, String)>,
    /// Of the account: when, on what ground, by which source.
    pub account: Option<(String, String, String)>,
    /// When they asked.
    pub asked: Option<String>,
}

impl Going {
    pub async fn of(app: &App, p: &Page, account: &Account) -> Result<Self, StoreError> {
        let l = p.l;
        let mut cases = Vec::new();
        for summary in app.store.cases_of(account.id).await?.into_iter().take(ROWS) {
            let case = summary.case;
            let day = case.times.erasure.map(|day| p.day(&day));
            let says = match (case.erasure, kept(&case, app.now()), day) {
                _ if app.store.legal_hold(case.reference).await?.is_some() => p.t("erasure-kept-hold"),
                (Erasure::Planned { on, .. }, ..) => fl!(l, "erasure-case-on", day = p.day(&on)),
                _ if app.policy.keeping.of(Class::Case).is_none() => fl!(l, "erasure-case-no-rule"),
                (_, Some(Kept::Early) | None, Some(day)) => fl!(l, "erasure-case-after", day = day),
                (_, Some(why), _) => p.t(&format!("erasure-kept-{}", why.name())),
                (_, None, None) => fl!(l, "erasure-case-soon"),
            };
            cases.push((case.reference.to_string(), says));
        }
        let rule = app.policy.keeping.of(Class::Account);
        let account_rule = rule.map(|rule| {
            (
                fl!(l, "erasure-account-after", days = rule.days),
                rule.basis_in(p.language).to_owned(),
                rule.source.clone(),
            )
        });
        let asked = app.store.parting(account.id).await?.and_then(|parting| parting.asked);
        Ok(Self { cases, account: account_rule, asked: asked.map(|at| p.moment(&at)) })
    }
}

/// `POST /account/data/erasure`: `deed` is `ask` or `stay`. What cannot be undone is asked of them to show again.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (now, deed) = (app.now(), posted.get("deed"));
    let (what, account, done) = match deed {
        "ask" => {
            let account = account::require(&app, &visit, Some(&posted)).await?;
            if app.policy.keeping.of(Class::Account).is_none() {
                return Err(Trouble::BadRequest);
            }
            ("account-erasure-asked", account.id, app.store.ask_parting(account.id, now).await?)
        }
        "stay" => {
            let account = signed_in(&visit)?;
            ("account-erasure-off", account.id, app.store.stay(account.id).await?)
        }
        _ => return Ok((StatusCode::BAD_REQUEST, Trouble::BadRequest).into_response()),
    };
    if done {
        let detail = String::new();
        app.store.audit(Act { at: now, account: Some(account), what: what.into(), detail }).await?;
    }
    Ok(Redirect::to("/account/data#erasure").into_response())
}
