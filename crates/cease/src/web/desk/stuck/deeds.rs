//! What is done about what is stuck, to one or to all that are chosen. An agent may do all of it: who had to
//! sign has signed, and trying again adds nothing to that. Whatever somebody says to have done by hand, the
//! network is asked, and only its answer counts.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use case::{Actor, CaseRef, Command, EffectId, Flag};
use store::{Act, Claim, StoreError};

use super::given_up::last_given_up;
use super::{Asked, Sight, agency, reader};
use crate::act::{ActError, act};
use crate::app::{App, Shared};
use crate::web::{Answer, Page, Posted, Trouble, Visit};
use crate::work::breaker::Far;
use crate::work::outage;

/// As many as a page shows.
const MOST: usize = 50;

/// `POST /desk/stuck`: `only` is `deed:pick` of one row's button, or else `deed` is done to all of `pick`.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let p = Page::new(&app, &visit);
    let sight = Sight::named(posted.get("view"));
    let (deed, picks): (&str, Vec<&str>) = match posted.get("only").split_once(':') {
        Some((deed, pick)) => (deed, vec![pick]),
        None => (posted.get("deed"), posted.all("pick").take(MOST).collect()),
    };
    let picks = theirs(&app, &visit, picks).await?;
    let mut many = 0;
    let word = match deed {
        "now" => {
            let effects: Vec<EffectId> = picks.iter().filter_map(|pick| effect(pick)).collect();
            many = now(&app, effects).await?;
            "now"
        }
        "again" | "by-hand" | "resend" => {
            for pick in &picks {
                many += u64::from(again(&app, &p, &actor, deed, pick).await?);
            }
            "again"
        }
        "take" => {
            for pick in &picks {
                many += u64::from(take(&app, &p, &actor, pick).await?);
            }
            "take"
        }
        _ => return Err(Trouble::BadRequest),
    };
    let not = picks.len() as u64 - many.min(picks.len() as u64);
    Ok(Redirect::to(&format!("{}&done={word}&n={many}&not={not}", sight.href())).into_response())
}

/// `POST /desk/stuck/probe/{far}`
pub async fn probe(State(app): State<Shared>, visit: Visit, Path(far): Path<String>, _posted: Posted) -> Answer {
    let Actor::Agent { staff, .. } = reader(&visit)? else { return Err(Trouble::Forbidden) };
    let far = Far::ALL.into_iter().find(|one| one.name() == far).ok_or(Trouble::NotFound)?;
    outage::probe(&app, far).await?;
    let act = Act { at: app.now(), account: Some(staff), what: "outage-probed".into(), detail: far.name().into() };
    app.store.audit(act).await?;
    Ok(Redirect::to(&format!("{}&done=probe&n=1&not=0", Sight::Trying.href())).into_response())
}

/// Those of the picks that are about cases which this reader sees.
async fn theirs<'a>(app: &App, visit: &Visit, picks: Vec<&'a str>) -> Result<Vec<&'a str>, Trouble> {
    let Some(agency) = agency(visit)? else { return Ok(picks) };
    let mut theirs = Vec::new();
    for pick in picks {
        if let Some(case) = case_of(pick)
            && app.store.case_for(case, Some(&agency)).await?.is_some()
        {
            theirs.push(pick);
        }
    }
    Ok(theirs)
}

fn case_of(pick: &str) -> Option<CaseRef> {
    pick.split('.').next()?.parse().ok()
}

fn effect(pick: &str) -> Option<EffectId> {
    let (case, n) = pick.split_once('.')?;
    Some(EffectId { case: case.parse().ok()?, n: n.parse().ok()? })
}

/// What waits is tried now; where its far end answers nobody, one of them finds out.
async fn now(app: &App, effects: Vec<EffectId>) -> Result<u64, StoreError> {
    for far in Far::ALL {
        if outage::known(&app.store).await?.iter().any(|(out, _)| *out == far) {
            outage::probe(app, far).await?;
        }
    }
    let many = app.store.hasten(effects, app.now()).await?;
    app.owed.notify_one();
    Ok(many)
}

/// Whether what was given up is owed again.
async fn again(app: &App, p: &Page, actor: &Actor, deed: &str, pick: &str) -> Result<bool, Trouble> {
    let Some(reference) = case_of(pick) else { return Ok(false) };
    let command = match deed {
        "again" => Command::Resume { reason: fl!(p.l, "stuck-note-again") },
        "by-hand" => Command::Resume { reason: fl!(p.l, "stuck-note-by-hand") },
        _ => {
            let journal = app.store.journal(reference).await?;
            let Some(letter) = last_given_up(&journal, Flag::Unreachable).and_then(|given_up| given_up.letter) else {
                return Ok(false);
            };
            Command::Resend { letter }
        }
    };
    // A contested case that is not stuck would go back to the desk: that is decided on its own page.
    let flags: &[Flag] = if deed == "resend" { &[Flag::Unreachable] } else { &[Flag::Stuck, Flag::BillingStuck] };
    let case = app.store.case(reference).await?;
    if !case.is_some_and(|case| flags.iter().any(|flag| case.flags.contains(flag))) {
        return Ok(false);
    }
    match act(app, reference, actor, &command).await {
        Ok(_) => Ok(true),
        Err(ActError::Refused(_) | ActError::NoSuchCase) => Ok(false),
        Err(ActError::Store(error)) => Err(error.into()),
    }
}

/// Whether the case is in this hand now, with a note that says why.
async fn take(app: &App, p: &Page, actor: &Actor, pick: &str) -> Result<bool, Trouble> {
    let (Some(case), Actor::Agent { staff, .. }) = (case_of(pick), actor) else { return Ok(false) };
    if app.store.case(case).await?.is_none() {
        return Ok(false);
    }
    let mine = app.store.claim_of(case).await?.is_some_and(|claim| claim.staff == *staff);
    if mine {
        return Ok(true);
    }
    if !app.store.put_claim(Claim { case, staff: *staff, at: app.now() }, None).await? {
        return Ok(false);
    }
    let detail = case.to_string();
    app.store.audit(Act { at: app.now(), account: Some(*staff), what: "case-claimed".into(), detail }).await?;
    let note = Command::note(fl!(p.l, "stuck-note-take"));
    match act(app, case, actor, &note).await {
        Ok(_) | Err(ActError::Refused(_) | ActError::NoSuchCase) => Ok(true),
        Err(ActError::Store(error)) => Err(error.into()),
    }
}

/// What has been done, as the address says it.
pub(super) fn said(p: &Page, asked: &Asked) -> Vec<String> {
    let (l, number) = (p.l, |name| asked.get(name).parse::<u64>().unwrap_or_default().min(MOST as u64));
    let (n, not) = (number("n"), number("not"));
    let done = match asked.get("done") {
        "probe" => return vec![fl!(l, "stuck-done-probe")],
        "now" => fl!(l, "stuck-done-now", n = n),
        "again" => fl!(l, "stuck-done-again", n = n),
        "take" => fl!(l, "stuck-done-take", n = n),
        _ => return Vec::new(),
    };
    match (n, not) {
        (0, 0) => vec![fl!(l, "stuck-done-none")],
        (0, _) => vec![fl!(l, "stuck-done-not", n = not)],
        (_, 0) => vec![done],
        (_, _) => vec![done, fl!(l, "stuck-done-not", n = not)],
    }
}
