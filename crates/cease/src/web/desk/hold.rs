//! Who has a case in hand, and what sleeps until when. A claim is a courtesy and no lock: whoever acts on
//! a case that another has is told so, and may.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use case::{AccountId, Actor, Case, CaseRef, Role, Stage, Timestamp, sla};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use store::{Account, Act, Claim, Snooze, StoreError};

use super::row::{href, span, stamp};
use super::write::known;
use super::{reader, timeline, view_named};
use crate::app::{App, Shared};
use crate::web::counter::journey::Wrong;
use crate::web::{Answer, Page, Posted, Trouble, Visit};
use crate::words::Words;

/// The longest snooze: longer than any clock of a case has patience.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Times a lost race is tried again.
const TRIES: u32 = 8;
/// When a snooze by days ends.
const MORNING: i8 = 8;

/// What the page shows of it.
pub struct Hold {
    pub mine: bool,
    /// Who else has it.
    pub other: Option<String>,
    /// Their account, for the form that takes it over knowingly.
    pub from: String,
    pub since: String,
    pub snoozed: Option<String>,
    /// To whom it can be handed.
    pub colleagues: Vec<(String, String)>,
    /// The least that a snooze may be set to.
    pub soonest: String,
}

impl Hold {
    pub async fn of(app: &App, p: &Page, case: CaseRef, me: AccountId, staff: &[Account]) -> Result<Self, StoreError> {
        let claim = app.store.claim_of(case).await?;
        let snooze = app.store.snooze_of(case).await?;
        let names: timeline::Names = staff.iter().map(|a| (a.id, a.person.name.clone())).collect();
        let other = claim.filter(|claim| claim.staff != me);
        let with = app.store.agency_of(case).await?;
        // Whoever does not see the case cannot have it in hand.
        let sees = |account: &Account| account.agency.is_none() || account.agency == with;
        let works = |account: &&Account| {
            let role = matches!(account.role, Some(Role::Agent | Role::Approver));
            account.id != me && !account.disabled && role && sees(account)
        };
        Ok(Self {
            mine: claim.is_some_and(|claim| claim.staff == me),
            other: other.map(|claim| timeline::name(p, &names, claim.staff)),
            from: claim.map(|claim| claim.staff.to_string()).unwrap_or_default(),
            since: claim.map(|c| span(p, p.now().duration_since(c.at))).unwrap_or_default(),
            snoozed: snooze.map(|snooze| sleeps(p, &names, &snooze)),
            colleagues: staff.iter().filter(works).map(|a| (a.id.to_string(), a.person.name.clone())).collect(),
            soonest: p.iso(&p.now()).chars().take(16).collect(),
        })
    }
}

fn sleeps(p: &Page, names: &timeline::Names, snooze: &Snooze) -> String {
    let who = timeline::name(p, names, snooze.staff);
    match (snooze.until, snooze.until_reply) {
        (Some(until), true) => fl!(p.l, "desk-snoozed-both", who = who, at = stamp(p, &until)),
        (Some(until), false) => fl!(p.l, "desk-snoozed-until", who = who, at = stamp(p, &until)),
        (None, _) => fl!(p.l, "desk-snoozed-reply", who = who),
    }
}

async fn note(app: &App, staff: AccountId, what: &str, case: CaseRef) -> Result<(), StoreError> {
    let act = Act { at: app.now(), account: Some(staff), what: what.into(), detail: case.to_string() };
    app.store.audit(act).await
}

/// `claim`, `release` and `wake`: nothing of the case changes by them, so they may be late.
pub async fn post(
    State(app): State<Shared>,
    visit: Visit,
    Path((reference, what)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let Actor::Agent { staff, .. } = reader(&visit)? else { return Err(Trouble::Forbidden) };
    let case = known(&app, &visit, &reference).await?;
    let done = match what.as_str() {
        "claim" => {
            let from = posted.get("from").parse().ok();
            if app.store.put_claim(Claim { case, staff, at: app.now() }, from).await? {
                note(&app, staff, "case-claimed", case).await?;
                "claimed"
            } else {
                "not-claimed"
            }
        }
        "release" => {
            if app.store.end_claim(case, staff).await? {
                note(&app, staff, "case-released", case).await?;
            }
            "released"
        }
        "wake" => {
            if let Some(snooze) = app.store.snooze_of(case).await?
                && app.store.end_snooze(case, snooze.at).await?
            {
                note(&app, staff, "case-woken", case).await?;
            }
            "woken"
        }
        _ => return Err(Trouble::NotFound),
    };
    Ok(Redirect::to(&format!("{}&done={done}", href(case, view_named(posted.get("view"))))).into_response())
}

/// Puts the name of the colleague into the form; none where it names nobody who works cases here.
pub async fn name_receiver(app: &App, actor: &Actor, case: CaseRef, posted: &mut Posted) -> Result<(), StoreError> {
    let account = match posted.get("hand-over-to").parse::<AccountId>() {
        Ok(id) => app.store.account(id).await?,
        Err(_) => None,
    };
    let other = |account: &Account| !matches!(actor, Actor::Agent { staff, .. } if *staff == account.id);
    let works = |account: &Account| matches!(account.role, Some(Role::Agent | Role::Approver)) && !account.disabled;
    let account = account.filter(|a| works(a) && other(a));
    // Whoever does not see the case cannot have it in hand.
    let name = match account {
        Some(a) if app.store.case_for(case, a.agency.as_ref()).await?.is_some() => a.person.name,
        Some(_) | None => String::new(),
    };
    posted.set("hand-over-name", name);
    Ok(())
}

/// The case is in the colleague's hand; why stands in the journal already.
pub async fn hand_over(app: &App, actor: &Actor, case: &Case, posted: &Posted) -> Result<(), Trouble> {
    let Actor::Agent { staff, .. } = actor else { return Err(Trouble::Forbidden) };
    let to: AccountId = posted.get("hand-over-to").parse().map_err(|_| Trouble::BadRequest)?;
    let claim = Claim { case: case.reference, staff: to, at: app.now() };
    // Whoever takes it up at this moment is overtaken: it has been handed over.
    for _ in 0..TRIES {
        let from = app.store.claim_of(case.reference).await?.map(|claim| claim.staff);
        if app.store.put_claim(claim, from).await? {
            break;
        }
    }
    let detail = format!("{} {to}", case.reference);
    app.store.audit(Act { at: app.now(), account: Some(*staff), what: "case-handed-over".into(), detail }).await?;
    Ok(())
}

/// Whoever has decided a case has it in hand no longer.
pub async fn decided(app: &App, actor: &Actor, case: &Case) -> Result<(), StoreError> {
    match actor {
        // Looked at first: most are in nobody's hand, and a write is a flush.
        Actor::Agent { staff, .. } => match app.store.claim_of(case.reference).await? {
            Some(claim) if claim.staff == *staff => app.store.end_claim(case.reference, *staff).await.map(drop),
            Some(_) | None => Ok(()),
        },
        Actor::Holder { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => Ok(()),
    }
}

/// Until when the form wants the case to sleep: by a number of days, or to a moment.
fn until(app: &App, posted: &Posted) -> Result<Option<Timestamp>, ()> {
    let zone = app.policy.zone();
    let moment = match (posted.get("snooze-days"), posted.get("snooze-until")) {
        ("", "") => return Ok(None),
        ("", typed) => typed.parse::<DateTime>().map_err(drop)?,
        (days, _) => {
            let days: i32 = days.parse().map_err(drop)?;
            morning_in(app, days).ok_or(())?
        }
    };
    moment.to_zoned(zone).map(|zoned| Some(zoned.timestamp())).map_err(drop)
}

fn morning_in(app: &App, days: i32) -> Option<DateTime> {
    let today = app.now().to_zoned(app.policy.zone()).date();
    Some(today.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?.at(MORNING, 0, 0, 0))
}

pub fn snooze_errors(app: &App, l: &Words, posted: &Posted) -> Vec<Wrong> {
    let wrong = |text| vec![Wrong { field: "snooze-until", text }];
    match until(app, posted) {
        Ok(None) if !posted.ticked("snooze-reply") => wrong(fl!(l, "desk-error-snooze")),
        Ok(Some(at)) if at <= app.now() => wrong(fl!(l, "desk-error-snooze-past")),
        Ok(Some(at)) if at.duration_since(app.now()) > LONGEST => wrong(fl!(l, "desk-error-snooze-far")),
        Ok(_) => Vec::new(),
        Err(()) => wrong(fl!(l, "desk-error-snooze-date")),
    }
}

pub async fn snooze(app: &App, actor: &Actor, case: &Case, posted: &Posted) -> Result<(), Trouble> {
    let Actor::Agent { staff, .. } = actor else { return Err(Trouble::Forbidden) };
    let until = until(app, posted).map_err(|()| Trouble::BadRequest)?;
    Ok(sleep(app, *staff, case, until, posted.ticked("snooze-reply")).await?)
}

/// For a macro: by days, until the holder acts, or both.
pub async fn sleep_days(
    app: &App,
    staff: AccountId,
    case: &Case,
    days: Option<u16>,
    reply: bool,
) -> Result<(), StoreError> {
    let moment = days.and_then(|days| morning_in(app, days.into()));
    let until = moment.and_then(|at| at.to_zoned(app.policy.zone()).ok()).map(|zoned| zoned.timestamp());
    sleep(app, staff, case, until, reply).await
}

async fn sleep(
    app: &App,
    staff: AccountId,
    case: &Case,
    until: Option<Timestamp>,
    until_reply: bool,
) -> Result<(), StoreError> {
    let (reference, at) = (case.reference, app.now());
    // It leaves everybody's list, and what is promised stands: at the latest then it is back.
    let waits = matches!(case.stage, Stage::Review { .. } | Stage::Contested { .. });
    let due = sla::run(case, app.policy.of(case)).filter(|_| waits).map(|run| run.due).filter(|due| *due > at);
    let until = [until, due].into_iter().flatten().min();
    app.store.put_snooze(Snooze { case: reference, staff, at, until, until_reply, seen: case.version }).await?;
    note(app, staff, "case-snoozed", reference).await
}
