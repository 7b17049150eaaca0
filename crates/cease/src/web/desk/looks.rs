//! Who has looked at what. A look is on the disk before what was looked at is answered: it shares its flush with all
//! others that come at that moment, so that a page waits for one write at most; and somebody who opens the same case
//! again within minutes, or whose open page looks again by itself, is the same look. Approvers and admins read them
//! here; taking them away as a file is a look of its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use case::{AccountId, CaseRef, Role, Timestamp};
use jiff::SignedDuration;
use store::{Look, Looked, LooksOf, StoreError};

use super::reveal::{Reason, TYPED};
use super::row::stamp_exact;
use super::{Asked, agency, reports, staff, timeline};
use crate::app::{App, Shared};
use crate::keys::hex_of;
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Trouble, Visit, html};
use crate::words::Words;

/// Within this the same person at the same case is one look.
const GLANCE: SignedDuration = SignedDuration::from_mins(5);
const ROWS: u32 = 100;
/// Looks in one file.
const TAKEN: u32 = 10_000;

/// Who has opened which case a moment ago, as this process has written it down.
#[derive(Debug, Default)]
pub struct Glances(Mutex<HashMap<(AccountId, CaseRef), Timestamp>>);

impl Glances {
    const MANY: usize = 10_000;

    fn lately(&self, staff: AccountId, case: CaseRef, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(staff, case)).is_some_and(|at| now.duration_since(*at) < GLANCE)
    }

    /// Only what is on the disk.
    fn written(&self, staff: AccountId, case: CaseRef, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MANY {
            known.retain(|_, at| now.duration_since(*at) < GLANCE);
        }
        known.insert((staff, case), now);
    }
}

/// Writes a look down.
pub(in crate::web) async fn look(
    app: &App,
    visit: &Visit,
    what: Looked,
    case: Option<CaseRef>,
    detail: impl Into<String>,
) -> Result<(), Trouble> {
    let Some((account, _)) = visit.staff() else { return Err(Trouble::SignIn { desk: true }) };
    let agency = account.agency.clone();
    let look = Look { at: app.now(), staff: account.id, agency, what, case, detail: detail.into() };
    Ok(app.store.look(vec![look], None).await?)
}

/// The case's page is opened.
pub async fn open(app: &App, visit: &Visit, case: CaseRef) -> Result<(), Trouble> {
    let (staff, _) = staff(visit)?;
    let now = app.now();
    if !app.glances.lately(staff, case, now) {
        look(app, visit, Looked::Case, Some(case), "").await?;
        app.glances.written(staff, case, now);
    }
    Ok(())
}

/// What was searched for, so that it can be told whether it was this, and not what it was.
pub fn term(app: &App, sought: &str) -> String {
    let plain: String = sought.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    hex_of(&app.keys.mac("look-term", &[plain.as_bytes()])[..8])
}

struct Row {
    at: String,
    iso: String,
    who: String,
    who_href: String,
    what: String,
    /// Reference and address of its looks.
    case: Option<(String, String)>,
    detail: String,
}

#[derive(Template)]
#[template(path = "desk/looks.html")]
struct LooksPage {
    p: Page,
    rows: Vec<Row>,
    people: Vec<(String, String, bool)>,
    kinds: Vec<(&'static str, String, bool)>,
    case: String,
    wrongs: Wrongs,
    /// The case's own page, for those who read cases.
    case_href: String,
    days: u32,
    csv_href: String,
    next_href: String,
    first_href: String,
}

fn what(l: &Words, what: Looked) -> String {
    match what {
        Looked::Case => fl!(l, "staff-look-case"),
        Looked::File => fl!(l, "staff-look-file"),
        Looked::Letter => fl!(l, "staff-look-letter"),
        Looked::Mail => fl!(l, "staff-look-mail"),
        Looked::Original => fl!(l, "staff-look-original"),
        Looked::Receipt => fl!(l, "staff-look-receipt"),
        Looked::Search => fl!(l, "staff-look-search"),
        Looked::Reveal => fl!(l, "staff-look-reveal"),
        Looked::Evidence => fl!(l, "staff-look-evidence"),
        Looked::Export => fl!(l, "staff-look-export"),
        Looked::Looks => fl!(l, "staff-look-looks"),
    }
}

/// What stands beside it, in words where there are any.
fn detail(l: &Words, look: &Look) -> String {
    let (first, rest) = look.detail.split_once(' ').unwrap_or((&look.detail, ""));
    match look.what {
        Looked::Reveal if first == TYPED => fl!(l, "staff-reason-typed"),
        Looked::Reveal => match Reason::named(first) {
            Some(reason) => format!("{}: {rest}", reason.text(l)),
            None => look.detail.clone(),
        },
        Looked::Search => fl!(l, "staff-look-term", term = first, found = rest),
        Looked::Mail if matches!(first, "held" | "taken" | "aside") => l.get(&format!("mail-view-{first}")),
        Looked::Export if first == "looks" => fl!(l, "staff-looks"),
        Looked::Export => match (figure(l, first), rest.parse::<i64>()) {
            (Some(what), Ok(days)) => fl!(l, "staff-look-figures", what = what, days = fl!(l, "report-days", n = days)),
            (_, _) => look.detail.clone(),
        },
        Looked::Case
        | Looked::File
        | Looked::Letter
        | Looked::Mail
        | Looked::Original
        | Looked::Receipt
        | Looked::Evidence
        | Looked::Looks => look.detail.clone(),
    }
}

/// The title of a figure of the reports, by its name.
fn figure(l: &Words, name: &str) -> Option<String> {
    Some(match name {
        "depth" => fl!(l, "report-depth"),
        "decided" => fl!(l, "report-decided"),
        "alarms" => fl!(l, "report-alarms"),
        "contacts" => fl!(l, "report-contacts"),
        "steps" => fl!(l, "report-steps"),
        "views" => fl!(l, "report-views"),
        "friction" => fl!(l, "rules-friction"),
        _ => return None,
    })
}

/// A reference that is none; what is asked of one case is never answered of all.
fn mistyped<'a>(asked: &'a Asked, of: &LooksOf) -> Option<&'a str> {
    Some(asked.get("case")).filter(|typed| !typed.is_empty() && of.case.is_none())
}

fn asked_for(visit: &Visit, asked: &Asked) -> Result<LooksOf, Trouble> {
    Ok(LooksOf {
        case: asked.get("case").parse().ok(),
        staff: asked.get("staff").parse().ok(),
        what: Looked::named(asked.get("what")),
        agency: agency(visit)?,
    })
}

fn address(path: &str, of: &LooksOf, before: Option<i64>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            query.append_pair(key, &value);
        }
    };
    add("case", of.case.map(|case| case.to_string()));
    add("staff", of.staff.map(|staff| staff.to_string()));
    add("what", of.what.map(|what| what.name().to_owned()));
    add("before", before.map(|seq| seq.to_string()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

async fn names(app: &App) -> Result<timeline::Names, StoreError> {
    Ok(app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect())
}

/// `GET /desk/looks?case=…&staff=…&what=…&before=…`
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    answer(&app, &visit, &Asked::of(query.as_deref())).await
}

async fn answer(app: &Shared, visit: &Visit, asked: &Asked) -> Answer {
    let (_, role) = staff(visit)?;
    let p = Page::new(app, visit);
    let of = asked_for(visit, asked)?;
    let mut wrongs = Wrongs::default();
    let wrong = mistyped(asked, &of);
    if wrong.is_some() {
        wrongs.add("case", fl!(p.l, "agency-no-case"));
    }
    let before = asked.get("before").parse().ok();
    let mut found = Vec::new();
    if wrong.is_none() {
        look(app, visit, Looked::Looks, of.case, "").await?;
        found = app.store.looks(&of, before, ROWS + 1).await?;
    }
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let names = names(app).await?;
    let next_href = found.last().filter(|_| more).map(|(seq, _)| address("/desk/looks", &of, Some(*seq)));
    let row = |(_, look): &(i64, Look)| Row {
        at: stamp_exact(&p, &look.at),
        iso: p.iso(&look.at),
        who: timeline::name(&p, &names, look.staff),
        who_href: address("/desk/looks", &LooksOf { staff: Some(look.staff), ..LooksOf::default() }, None),
        what: what(p.l, look.what),
        case: look.case.map(|case| {
            (case.to_string(), address("/desk/looks", &LooksOf { case: Some(case), ..LooksOf::default() }, None))
        }),
        detail: detail(p.l, look),
    };
    let ours = app.store.staff().await?.into_iter().filter(|a| of.agency.is_none() || a.agency == of.agency);
    let page = LooksPage {
        rows: found.iter().map(row).collect(),
        people: ours.map(|a| (a.id.to_string(), a.person.name, of.staff == Some(a.id))).collect(),
        kinds: Looked::ALL.map(|one| (one.name(), what(p.l, one), of.what == Some(one))).into(),
        case: wrong.map(str::to_owned).or(of.case.map(|case| case.to_string())).unwrap_or_default(),
        case_href: match (role, of.case) {
            (Role::Agent | Role::Approver, Some(case)) => format!("/desk/case/{case}"),
            (_, _) => String::new(),
        },
        days: app.policy.staff.looks_days,
        wrongs,
        csv_href: address("/desk/looks.csv", &of, None),
        next_href: next_href.unwrap_or_default(),
        first_href: before.map(|_: i64| address("/desk/looks", &of, None)).unwrap_or_default(),
        p,
    };
    Ok(html(page.wrongs.status(), &page))
}

/// `GET /desk/looks.csv`, by the same parameters.
pub async fn csv(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let p = Page::new(&app, &visit);
    let asked = Asked::of(query.as_deref());
    let of = asked_for(&visit, &asked)?;
    if mistyped(&asked, &of).is_some() {
        return answer(&app, &visit, &asked).await;
    }
    look(&app, &visit, Looked::Export, of.case, "looks").await?;
    let names = names(&app).await?;
    let head = ["seq", "at", "staff", "name", "what", "case", "detail"].map(str::to_owned);
    let mut body = format!("\u{feff}{}", reports::line(&head));
    for (seq, look) in app.store.looks(&of, None, TAKEN).await? {
        let case = look.case.map(|case| case.to_string()).unwrap_or_default();
        let name = timeline::name(&p, &names, look.staff);
        let cells = [
            seq.to_string(),
            look.at.to_string(),
            look.staff.to_string(),
            name,
            look.what.name().to_owned(),
            case,
            look.detail,
        ];
        body.push_str(&reports::line(&cells));
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"cease-looks.csv\"")),
    ];
    Ok((headers, body).into_response())
}

#[cfg(test)]
mod tests;
