//! Returns at the desk: a field that takes whatever is scanned or typed and leads to the case; what is awaited, late, in
//! dispute, and what arrived and is nobody's; and one case's return: receive, look at it, decide.
//!
//! The scanner is a keyboard: it types and presses Enter. What it read never stands in an address, as it may be a card's
//! number.

mod one;

use ::case::identify::{Identifier, identify};
use ::case::parcel::State as At;
use ::case::tracking::{Untracked, track};
use ::case::{Agency, CardId, Case, CaseRef, Timestamp};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use store::{Back, Stray, View};

pub use self::one::{page as case_page, send as case_send};
use super::eyes::Eyes;
use super::{Asked, agency, reader, row, staff};
use crate::app::{App, Shared};
use crate::returns::{codes, words};
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Rows of one state on the page.
const MOST: u32 = 100;
/// Strays among which a partner's are sought.
const SOUGHT: u32 = 1_000;
/// In the order in which somebody should look.
const ORDER: [At; 11] = [
    At::Received,
    At::Disputed,
    At::Late,
    At::Another,
    At::Faulty,
    At::Delivered,
    At::Lost,
    At::Posted,
    At::InTransit,
    At::Asked,
    At::Label,
];
/// As long as anything that a scanner reads.
const SCAN: usize = 120;

#[derive(Template)]
#[template(path = "desk/returns.html")]
struct List {
    p: Page,
    tabs: Vec<Tab>,
    title: String,
    rows: Vec<Row>,
    /// Where there are more rows than one page has: words and address.
    more: Vec<(String, String)>,
    strays: Vec<StrayRow>,
    /// Who places them: the house alone.
    places: bool,
    scan: String,
    note: String,
    /// What is known of what was scanned, where it led to no case.
    known: String,
    placed: bool,
    errors: Wrongs,
}

struct Tab {
    text: String,
    href: String,
    here: bool,
    count: u64,
}

struct Row {
    reference: String,
    /// What has to come back, of whom, and for which card.
    thing: String,
    name: String,
    number: String,
    state: String,
    kind: &'static str,
    due: String,
    tracking: String,
}

struct StrayRow {
    seq: i64,
    scan: String,
    note: String,
    at: String,
}

/// What a scan led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A code of ours, a reference, or a tracking number.
    Case(CaseRef),
    /// A number of this card, and the case it is in.
    Card(CardId, Option<CaseRef>),
    /// A number like those that we know, and nobody's here.
    Nobodys,
    /// A carrier's number with a wrong check digit.
    Mistyped(String),
    Unreadable,
}

/// Says what was scanned. Codes and references first, as nothing else looks like them; then numbers of cards that are on
/// record, and carriers' numbers.
pub(super) async fn resolve(app: &App, text: &str) -> Result<Scanned, Trouble> {
    if let Some((code, _)) = codes(text).into_iter().next()
        && let Some(back) = app.store.back_of(&code).await?
    {
        return Ok(Scanned::Case(back.reference));
    }
    if let Ok(reference) = text.trim().parse::<CaseRef>()
        && app.store.case(reference).await?.is_some()
    {
        return Ok(Scanned::Case(reference));
    }
    let tracked = track(text, &app.policy.returns.carriers);
    if let Ok(tracked) = &tracked
        && let Some(back) = app.store.backs_under(&tracked.tracking.number).await?.first()
    {
        return Ok(Scanned::Case(back.reference));
    }
    let found = identify(text, &app.policy.identify).map(|found| found.id);
    if let Ok(number) = &found
        && let Some(card) = card(app, number).await?
    {
        let case = match app.store.open_case_of(card.id).await? {
            Some(case) => Some(case),
            None => last_of(app, &card).await?,
        };
        return Ok(Scanned::Card(card.id, case));
    }
    Ok(match (tracked, found) {
        (Err(Untracked::CheckDigit { carrier }), Err(_)) => Scanned::Mistyped(carrier),
        (Ok(_), _) | (_, Ok(_)) => Scanned::Nobodys,
        (Err(_), Err(_)) => Scanned::Unreadable,
    })
}

/// The card of this number. One that has several activations is the same thing in the hand; the newest is meant.
async fn card(app: &App, number: &Identifier) -> Result<Option<::case::CardRecord>, Trouble> {
    let mut cards = app.store.find_cards(number).await?;
    cards.sort_by_key(|card| card.generation);
    Ok(cards.pop())
}

/// The newest case that this card was in.
async fn last_of(app: &App, card: &::case::CardRecord) -> Result<Option<CaseRef>, Trouble> {
    for summary in app.store.cases_of(card.account).await? {
        let of = summary.case.subscription.as_ref().is_some_and(|own| own.card == card.id);
        if of {
            return Ok(Some(summary.case.reference));
        }
    }
    Ok(None)
}

#[derive(Default)]
struct Tried {
    after: Option<After>,
    scan: String,
    note: String,
    known: String,
    errors: Wrongs,
}

pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let asked = Asked::of(query.as_deref());
    let tried = Tried { after: after(asked.get("after")), ..Tried::default() };
    render(&app, &visit, At::named(asked.get("state")), asked.get("placed") == "1", StatusCode::OK, tried).await
}

/// The row that a page follows, as the address has it: when it is due, in microseconds, and its case.
type After = (Option<Timestamp>, CaseRef);

fn after(text: &str) -> Option<After> {
    let (due, reference) = text.split_once('.')?;
    let due = if due.is_empty() { None } else { Some(Timestamp::from_microsecond(due.parse().ok()?).ok()?) };
    Some((due, reference.parse().ok()?))
}

async fn render(
    app: &Shared,
    visit: &Visit,
    state: Option<At>,
    placed: bool,
    code: StatusCode,
    tried: Tried,
) -> Answer {
    let p = Page::new(app, visit);
    let whose = agency(visit)?;
    let counts = app.store.count_backs().await?;
    let many = |state: At| counts.iter().find(|(one, _)| *one == state).map_or(0, |(_, many)| *many);
    let shown: Vec<At> = match state {
        Some(state) => vec![state],
        None => ORDER.into_iter().filter(|state| !matches!(state, At::Asked | At::Label)).collect(),
    };
    let eyes = Eyes::of(app, visit).await?;
    let (mut rows, mut more) = (Vec::new(), Vec::new());
    for one in shown {
        let backs = app.store.backs(one, tried.after.filter(|_| state.is_some()), MOST).await?;
        if let Some(last) = backs.last().filter(|_| backs.len() == MOST as usize) {
            let href = format!("/desk/returns?state={}", one.name());
            more.push(match state {
                None => (fl!(p.l, "back-desk-more-of", state = words::state(p.l, one)), href),
                Some(_) => {
                    let due = last.due.map_or_else(String::new, |due| due.as_microsecond().to_string());
                    (fl!(p.l, "desk-next"), format!("{href}&after={due}.{}", last.reference))
                }
            });
        }
        for back in backs {
            // A partner sees its own cases and no others.
            let case = app.store.case_for(back.reference, whose.as_ref()).await?;
            if whose.is_none() || case.is_some() {
                rows.push(row_of(app, &p, &back, case.as_ref(), &eyes));
            }
        }
    }
    let tab = |text, href: String, here, count| Tab { text, href, here, count };
    let all = tab(fl!(p.l, "back-desk-all"), "/desk/returns".into(), state.is_none(), 0);
    let each = ORDER.into_iter().map(|one| {
        let count = if whose.is_none() { many(one) } else { 0 };
        tab(words::state(p.l, one), format!("/desk/returns?state={}", one.name()), state == Some(one), count)
    });
    let strays = strays(app, whose.as_ref()).await?;
    let page = List {
        tabs: std::iter::once(all).chain(each).collect(),
        title: fl!(p.l, "back-desk-title"),
        rows,
        more,
        strays: strays
            .into_iter()
            .map(|s| StrayRow { seq: s.seq, scan: s.scan, note: s.note, at: row::stamp(&p, &s.at) })
            .collect(),
        places: whose.is_none(),
        scan: tried.scan,
        note: tried.note,
        known: tried.known,
        placed,
        errors: tried.errors,
        p,
    };
    Ok(html(code, &page))
}

/// What is nobody's and not yet placed: for a partner what its own people have scanned, wherever it belongs.
async fn strays(app: &App, whose: Option<&Agency>) -> Result<Vec<Stray>, Trouble> {
    let Some(agency) = whose else { return Ok(app.store.strays(None, MOST).await?) };
    let staff = app.store.staff().await?;
    let own = |stray: &Stray| staff.iter().any(|a| a.id == stray.by && a.agency.as_ref() == Some(agency));
    Ok(app.store.strays(None, SOUGHT).await?.into_iter().filter(own).take(MOST as usize).collect())
}

fn row_of(app: &App, p: &Page, back: &Back, case: Option<&Case>, eyes: &Eyes) -> Row {
    let listed = |case| row::Row::of(p, app.policy.of(case), case, View::All.into(), &eyes.over(case));
    let (name, number) = case
        .map(listed)
        .map_or_else(Default::default, |listed| (listed.name, format!("{} {}", listed.number_kind, listed.number)));
    let parcel = case.and_then(|case| case.parcel.as_ref());
    let tracking =
        back.carrier.iter().zip(&back.tracking).map(|(c, n)| format!("{} {n}", words::carrier(p.l, c))).next();
    Row {
        reference: back.reference.to_string(),
        thing: parcel.map(|parcel| words::thing(p.l, parcel.what)).unwrap_or_default(),
        name,
        number,
        state: words::state(p.l, back.state),
        kind: words::kind(back.state),
        due: back.due.map(|due| row::date(p, &due)).unwrap_or_default(),
        tracking: tracking.unwrap_or_default(),
    }
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    match posted.get("do") {
        "stray" => stray(&app, &visit, &posted).await,
        "placed" => {
            let (by, _) = staff(&visit)?;
            if agency(&visit)?.is_some() {
                return Err(Trouble::Forbidden);
            }
            let seq = posted.get("seq").parse().map_err(|_| Trouble::BadRequest)?;
            app.store.place_stray(seq, by, app.now()).await?;
            Ok(Redirect::to("/desk/returns?placed=1").into_response())
        }
        _ => scan(&app, &visit, &posted).await,
    }
}

async fn scan(app: &Shared, visit: &Visit, posted: &Posted) -> Answer {
    let l = Page::new(app, visit).l;
    let text: String = posted.get("scan").chars().take(SCAN).collect();
    let mut tried = Tried { scan: text.clone(), ..Tried::default() };
    let wrong = |text: String| Wrongs::one("scan", text);
    if text.is_empty() {
        tried.errors = wrong(fl!(l, "back-desk-scan-empty"));
        return render(app, visit, None, false, StatusCode::UNPROCESSABLE_ENTITY, tried).await;
    }
    let scanned = resolve(app, &text).await?;
    let case = match &scanned {
        Scanned::Case(case) | Scanned::Card(_, Some(case)) => Some(*case),
        Scanned::Card(_, None) | Scanned::Nobodys | Scanned::Mistyped(_) | Scanned::Unreadable => None,
    };
    let whose = agency(visit)?;
    if let Some(case) = case
        && app.store.case_for(case, whose.as_ref()).await?.is_some()
    {
        return Ok(Redirect::to(&format!("/desk/case/{case}/return")).into_response());
    }
    match scanned {
        // Whose it is is not a partner's to know, nor whether it is anybody's.
        Scanned::Case(_) if whose.is_some() => tried.errors = wrong(fl!(l, "back-desk-unreadable")),
        Scanned::Case(_) | Scanned::Card(_, Some(_)) | Scanned::Nobodys => tried.known = fl!(l, "back-desk-nobodys"),
        Scanned::Card(_, None) if whose.is_none() => tried.known = fl!(l, "back-desk-no-case"),
        Scanned::Card(_, None) => tried.known = fl!(l, "back-desk-nobodys"),
        Scanned::Mistyped(carrier) => {
            tried.errors = wrong(fl!(l, "back-error-check-digit", carrier = words::carrier(l, &carrier)));
        }
        Scanned::Unreadable => tried.errors = wrong(fl!(l, "back-desk-unreadable")),
    }
    let code = if tried.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    render(app, visit, None, false, code, tried).await
}

/// What arrived and is nobody's is kept until somebody has placed it.
async fn stray(app: &Shared, visit: &Visit, posted: &Posted) -> Answer {
    let (by, _) = staff(visit)?;
    let l = Page::new(app, visit).l;
    let clean =
        |field: &str, most: usize| ::case::redact::redact(&posted.get(field).chars().take(most).collect::<String>()).0;
    let (scan, note) = (clean("scan", SCAN), clean("note", 500));
    if scan.trim().is_empty() {
        let errors = Wrongs::one("scan", fl!(l, "back-desk-scan-empty"));
        let tried = Tried { scan, note, errors, ..Tried::default() };
        return render(app, visit, None, false, StatusCode::UNPROCESSABLE_ENTITY, tried).await;
    }
    app.store.put_stray(&Stray { seq: 0, scan, note, by, at: app.now(), done: None }).await?;
    Ok(Redirect::to("/desk/returns#strays").into_response())
}

#[cfg(test)]
mod tests;
