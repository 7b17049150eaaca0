//! The search: straight to the one case that a reference or number means; else all that is found by
//! the words, newest first. What is sought is mostly somebody's name or number: it is posted, and the address of what was
//! found has it sealed, so that no history, bookmark or log of addresses can be read by it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::identify::{Unrecognised, identify};
use case::redact::redact;
use case::{AccountId, Agency, Case, CaseRef, Role};
use store::{Cursor, Looked, View};

use super::{Queue, ROWS, Sought, parse_cursor, write_cursor};
use crate::app::{App, Shared};
use crate::web::desk::eyes::Eyes;
use crate::web::desk::row::{Row, href};
use crate::web::desk::{Asked, agency, asker, looks, reader, say, views};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Letters of what is sought; more is cut off.
const SOUGHT: usize = 200;
/// For what the key file seals it.
const PURPOSE: &str = "sought";

/// What was found, and what to say of it.
#[derive(Default)]
struct Found {
    cases: Vec<Case>,
    text: String,
    on: Option<Cursor>,
    /// Whether the only case found is the one that was meant.
    meant: bool,
}

/// `POST /desk`: on to the address of what is found.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    let sought: String = posted.get("q").chars().take(SOUGHT).collect();
    let to = if sought.is_empty() { "/desk".to_owned() } else { href_of(&app, &sought) };
    Ok(Redirect::to(&to).into_response())
}

fn href_of(app: &App, sought: &str) -> String {
    format!("/desk?sought={}", app.keys.seal_text(PURPOSE, sought))
}

/// What an address of a case says of the search it was found by, and leads back to; sealed as it is.
pub(in crate::web::desk) fn sealed(app: &App, asked: &Asked) -> Option<String> {
    sought(app, asked).map(|_| format!("sought={}", asked.get("sought")))
}

/// What an address seeks; none where it seeks nothing that can be read.
pub(super) fn sought(app: &App, asked: &Asked) -> Option<String> {
    app.keys.open_text(PURPOSE, asked.get("sought")).filter(|sought| !sought.is_empty())
}

pub(super) async fn page(
    app: &Shared,
    visit: &Visit,
    (me, role): (AccountId, Role),
    asked: &Asked,
    sought: &str,
) -> Answer {
    let p = Page::new(app, visit);
    let after = parse_cursor(asked.get("after"));
    let agency = agency(visit)?;
    let found = find(app, &p, sought, after, agency.as_ref()).await?;
    let told = format!("{} {}", looks::term(app, sought), found.cases.len());
    looks::look(app, visit, Looked::Search, None, told).await?;
    if let ([case], true) = (found.cases.as_slice(), found.meant) {
        return Ok(Redirect::to(&href(case.reference, view_of(case).into())).into_response());
    }
    let here = format!("/desk?sought={}", asked.get("sought"));
    let at = |c: Cursor| format!("{here}&after={}", write_cursor(c));
    let shelves = views::shelves(app, &p, &asker(app, visit, (me, role)), None, &app.store.views(me).await?).await?;
    let many = found.cases.len();
    let eyes = Eyes::of(app, visit).await?;
    let page = Queue {
        title: fl!(p.l, "desk-search-title"),
        shelves,
        rows: found
            .cases
            .iter()
            .map(|case| {
                let row = Row::of(&p, app.policy.of(case), case, View::All.into(), &eyes.over(case));
                Row { href: format!("{}&sought={}", row.href, asked.get("sought")), ..row }
            })
            .collect(),
        sought: Some(Sought { words: redact(sought).0, text: found.text }),
        chips: Vec::new(),
        form: None,
        reset: String::new(),
        keep: None,
        errors: Vec::new(),
        empty: (fl!(p.l, "desk-sought-nothing"), fl!(p.l, "desk-sought-how")),
        done: None,
        previous_href: after.map(|_| here.clone()).unwrap_or_default(),
        next_href: found.on.map(at).unwrap_or_default(),
        note: fl!(p.l, "desk-search-note", shown = many),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

async fn find(
    app: &App,
    p: &Page,
    sought: &str,
    after: Option<Cursor>,
    agency: Option<&Agency>,
) -> Result<Found, Trouble> {
    let l = p.l;
    let right = sought.parse::<CaseRef>().is_ok();
    let near = if after.is_none() { app.store.near_for(sought, agency).await? } else { Vec::new() };
    if right || !near.is_empty() {
        let text = match (right, near.is_empty()) {
            (true, false) => String::new(),
            (true, true) => fl!(l, "desk-sought-no-case", reference = sought.to_uppercase()),
            (false, _) => fl!(l, "desk-sought-near", reference = sought.to_uppercase(), count = near.len()),
        };
        return Ok(Found { cases: near, text, meant: right, on: None });
    }
    let number = match identify(sought, &app.policy.identify) {
        Ok(found) => Some(found.id),
        Err(Unrecognised::BankCard | Unrecognised::IdentityNumber) => {
            return Ok(Found { text: fl!(l, "desk-sought-private"), ..Found::default() });
        }
        Err(
            Unrecognised::Empty
            | Unrecognised::TooShort { .. }
            | Unrecognised::TooLong { .. }
            | Unrecognised::NoSuchLength { .. }
            | Unrecognised::WrongLength { .. }
            | Unrecognised::NotAnIccid
            | Unrecognised::NotAPhoneNumber
            | Unrecognised::NotANumber
            | Unrecognised::Rounded
            | Unrecognised::ActivationCode,
        ) => None,
    };
    if let Some(number) = number.filter(|_| after.is_none()) {
        let cases = of_cards(app, &number, agency).await?;
        if !cases.is_empty() {
            let kind = say::kind(l, number.kind());
            let text = fl!(l, "desk-sought-several", kind = kind, number = number.grouped(), count = cases.len());
            return Ok(Found { cases, text, meant: true, on: None });
        }
    }
    let listed = app.store.search_for(sought, agency, after, ROWS).await?;
    let cases: Vec<Case> = listed.rows.into_iter().map(|(_, summary)| summary.case).collect();
    let digits = sought.chars().filter(char::is_ascii_digit).count() >= 6;
    let text = match (cases.is_empty(), listed.on) {
        (true, Some(_)) => fl!(l, "desk-empty-so-far"),
        (_, _) => String::new(),
    };
    // Whoever types most of a number means one card; whoever types a name may mean another of that name.
    Ok(Found { meant: digits && after.is_none() && listed.on.is_none(), cases, text, on: listed.on })
}

/// The open cases of the cards that answer to a number; where there are none, the ended ones.
async fn of_cards(
    app: &App,
    number: &case::identify::Identifier,
    agency: Option<&Agency>,
) -> Result<Vec<Case>, Trouble> {
    let cards = app.store.find_cards(number).await?;
    let mut cases = Vec::new();
    for card in &cards {
        if let Some(reference) = app.store.open_case_of(card.id).await? {
            cases.extend(app.store.case_for(reference, agency).await?);
        }
    }
    if cases.is_empty() {
        for card in &cards {
            for summary in app.store.cases_of(card.account).await? {
                if summary.case.subscription.as_ref().is_some_and(|s| s.card == card.id) {
                    cases.extend(app.store.case_for(summary.case.reference, agency).await?);
                }
            }
        }
    }
    Ok(cases)
}

/// The narrowest of the built-in views that shows it.
fn view_of(case: &Case) -> View {
    let stage = case.stage.name();
    View::ALL.into_iter().find(|view| view.stages().contains(&stage)).unwrap_or(View::All)
}
