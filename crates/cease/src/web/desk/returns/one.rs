//! One case's return: where it is, and what is to be done about it. What a thing's number says is held against the case's
//! own card; where it is another's, both cases are named to whoever may see them, and nothing is booked on either.

use ::case::mask::Mask;
use ::case::parcel::{Deed, Found, Parcel, Place, Scan, State as At, Step, Thing};
use ::case::{Actor, Case, Command, Entry, Event, Refusal};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::super::eyes::{self, Eyes};
use super::super::{agency, case_of, looks, reader, row, timeline};
use super::{Scanned, resolve};
use crate::act::{ActError, act};
use crate::app::Shared;
use crate::returns::{code, words};
use crate::web::case::post_back::kept;
use crate::web::counter::journey::Wrongs;
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "desk/return.html")]
struct OnePage {
    p: Page,
    reference: String,
    parcel: Option<Shown>,
    /// What was scanned is another card's: its case, where there is one that they may see.
    another: Option<String>,
    typed: Typed,
    errors: Wrongs,
}

struct Shown {
    what: String,
    state: String,
    kind: &'static str,
    facts: Vec<(String, String)>,
    dispute: Option<(String, String)>,
    /// How it was decided, by whom and when, and in what words.
    judged: Option<(String, String)>,
    inspected: Option<(String, String)>,
    files: Vec<(String, String)>,
    history: Vec<(String, String, String)>,
    can_receive: bool,
    can_inspect: bool,
    can_judge: bool,
    can_waive: bool,
    /// One has signed for waiving it.
    signed: bool,
}

#[derive(Default)]
struct Typed {
    scan: String,
    found: String,
    text: String,
    reason: String,
    what: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    show(&app, &visit, &case, StatusCode::OK, None, (Typed::default(), Wrongs::default())).await
}

async fn show(
    app: &Shared,
    visit: &Visit,
    case: &Case,
    status: StatusCode,
    another: Option<String>,
    (typed, errors): (Typed, Wrongs),
) -> Answer {
    looks::open(app, visit, case.reference).await?;
    let p = Page::new(app, visit);
    let parcel = match &case.parcel {
        Some(parcel) => Some(shown(app, visit, &p, case, parcel).await?),
        None => None,
    };
    Ok(html(status, &OnePage { reference: case.reference.to_string(), parcel, another, typed, errors, p }))
}

async fn shown(app: &Shared, visit: &Visit, p: &Page, case: &Case, parcel: &Parcel) -> Result<Shown, Trouble> {
    let l = p.l;
    let journal = app.store.journal(case.reference).await?;
    let record = match case.account {
        Some(account) => app.store.account(account).await?.map(|account| account.person),
        None => None,
    };
    let sight = Eyes::of(app, visit).await?.sight_of(case, &journal);
    let mask = eyes::mask(sight, case, record.as_ref());
    let state = parcel.state();
    let mut facts = vec![(fl!(l, "back-desk-code"), code(&app.keys, case.reference))];
    // Nothing was ended: it stays with its holder, and is taken in where it comes all the same.
    let stays = crate::returns::stays(case);
    facts.extend(parcel.due.filter(|_| !stays).map(|due| (fl!(l, "back-desk-due"), row::date(p, &due))));
    if let Some(tracking) = parcel.tracking() {
        facts.push((words::carrier(l, &tracking.carrier), tracking.number.clone()));
    }
    if let Some(charge) = case.return_charge(app.now()) {
        facts.push((fl!(l, "back-desk-charge-due"), p.money(&charge.amount)));
    } else if let Some(charge) = parcel.may_cost() {
        facts.push((fl!(l, "back-desk-charge"), p.money(charge)));
    }
    let names: timeline::Names = app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect();
    let mut history = Vec::new();
    for entry in &journal {
        for event in &entry.events {
            if let Event::Return { step } = event {
                history.push((p.iso(&entry.at), row::stamp(p, &entry.at), words::desk_step(p, step)));
            }
        }
    }
    history.reverse();
    Ok(Shown {
        what: words::thing(l, parcel.what),
        state: if stays { fl!(l, "back-desk-stays") } else { words::state(l, state) },
        kind: if stays { "neutral" } else { words::kind(state) },
        facts,
        dispute: parcel.dispute.as_ref().map(|d| (words::over(l, d.over), mask.text(&d.text).to_string())),
        judged: judged(p, &names, &journal, parcel, &mask),
        inspected: parcel.inspected.as_ref().map(|i| (words::found(l, i.found), mask.text(&i.text).to_string())),
        files: (1_u32..).zip(parcel.files()).map(|(n, id)| (id.to_string(), fl!(l, "back-desk-file", n = n))).collect(),
        history,
        can_receive: parcel.received.is_none(),
        can_inspect: parcel.place == Place::Received,
        can_judge: parcel.is_disputed(),
        can_waive: state != At::Waived && !stays && (parcel.received.is_none() || parcel.may_cost().is_some()),
        signed: parcel.waiving.is_some(),
    })
}

/// The last dispute's decision, which the journal names the decider of.
fn judged(
    p: &Page,
    names: &timeline::Names,
    journal: &[Entry],
    parcel: &Parcel,
    mask: &Mask,
) -> Option<(String, String)> {
    let dispute = parcel.dispute.as_ref()?;
    let judges = |event: &Event| matches!(event, Event::Return { step: Step::Judged { .. } });
    let entry = journal.iter().rev().find(|entry| entry.events.iter().any(judges))?;
    let who =
        if let Actor::Agent { staff, .. } = &entry.actor { timeline::name(p, names, *staff) } else { String::new() };
    let at = row::stamp(p, &entry.at);
    let says = match dispute.upheld? {
        true => fl!(p.l, "back-desk-upheld-by", who = who, at = at),
        false => fl!(p.l, "back-desk-dismissed-by", who = who, at = at),
    };
    Some((says, dispute.answer.as_ref().map(|(_, text)| mask.text(text).to_string()).unwrap_or_default()))
}

pub async fn send(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let p = Page::new(&app, &visit);
    let clean = |field: &str| ::case::redact::redact(&lines(posted.get(field))).0;
    let typed = Typed {
        scan: posted.get("scan").chars().take(super::SCAN).collect(),
        found: posted.get("found").to_owned(),
        text: clean("text"),
        reason: clean("reason"),
        what: posted.get("what").to_owned(),
    };
    let mut errors = Wrongs::default();
    let (field, deed) = match posted.get("do") {
        "receive" => return receive(&app, &visit, &actor, &case, typed).await,
        "inspect" => {
            let found = Found::named(&typed.found);
            if found.is_none() {
                errors.add("found", fl!(p.l, "back-desk-error-found"));
            }
            let photos = match errors.is_empty() {
                true => kept(&app, &case, posted, "photos", 6, &p, &mut errors).await?,
                false => Vec::new(),
            };
            ("text", Deed::Inspect { found: found.unwrap_or(Found::AsAgreed), text: typed.text.clone(), photos })
        }
        "uphold" => ("text", Deed::Judge { upheld: true, text: typed.text.clone() }),
        "dismiss" => ("text", Deed::Judge { upheld: false, text: typed.text.clone() }),
        "waive" => ("reason", Deed::Waive { reason: typed.reason.clone() }),
        "ask" => {
            let what = Thing::named(&typed.what);
            if what.is_none() {
                errors.add("what", fl!(p.l, "back-desk-error-what"));
            }
            ("text", Deed::Ask { what: what.unwrap_or_default(), text: typed.text.clone() })
        }
        _ => return Err(Trouble::BadRequest),
    };
    if !errors.is_empty() {
        return show(&app, &visit, &case, StatusCode::UNPROCESSABLE_ENTITY, None, (typed, errors)).await;
    }
    done(&app, &visit, &actor, &case, deed, field, typed).await
}

/// By the label where nothing was scanned; otherwise by what was, which must be this case's.
async fn receive(app: &Shared, visit: &Visit, actor: &Actor, case: &Case, typed: Typed) -> Answer {
    let l = Page::new(app, visit).l;
    if typed.scan.is_empty() {
        return done(app, visit, actor, case, Deed::Receive { scan: Scan::Code }, "scan", typed).await;
    }
    let (scan, other) = match resolve(app, &typed.scan).await? {
        Scanned::Case(of) if of == case.reference => (Some(Scan::Code), None),
        Scanned::Case(of) => (None, Some(of)),
        Scanned::Card(card, of) => {
            let own = case.subscription.as_ref().is_some_and(|own| own.card == card);
            (own.then_some(Scan::Number(card)), of.filter(|_| !own))
        }
        Scanned::Mistyped(_) | Scanned::Nobodys | Scanned::Unreadable => {
            let errors = Wrongs::one("scan", fl!(l, "back-desk-not-known"));
            return show(app, visit, case, StatusCode::UNPROCESSABLE_ENTITY, None, (typed, errors)).await;
        }
    };
    let Some(scan) = scan else {
        // Named to whoever may see that case too, and to nobody else.
        let whose = agency(visit)?;
        let another = match other {
            Some(of) if app.store.case_for(of, whose.as_ref()).await?.is_some() => of.to_string(),
            Some(_) | None => String::new(),
        };
        let errors = Wrongs::one("scan", fl!(l, "refusal-another-card"));
        return show(app, visit, case, StatusCode::CONFLICT, Some(another), (typed, errors)).await;
    };
    done(app, visit, actor, case, Deed::Receive { scan }, "scan", typed).await
}

async fn done(
    app: &Shared,
    visit: &Visit,
    actor: &Actor,
    case: &Case,
    deed: Deed,
    field: &'static str,
    typed: Typed,
) -> Answer {
    match act(app, case.reference, actor, &Command::Return { deed }).await {
        Ok(case) => Ok(Redirect::to(&format!("/desk/case/{}/return", case.reference)).into_response()),
        Err(ActError::Refused(refusal)) => {
            let p = Page::new(app, visit);
            let decided = refusal == Refusal::NoDispute && case.parcel.as_ref().is_some_and(|p| p.dispute.is_some());
            let text = if decided { fl!(p.l, "back-desk-decided-already") } else { p.t(refusal.key()) };
            let status =
                if refusal == Refusal::BadText { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
            show(app, visit, case, status, None, (typed, Wrongs::one(field, text))).await
        }
        Err(other) => Err(other.into()),
    }
}
