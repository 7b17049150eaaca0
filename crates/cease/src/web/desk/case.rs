//! One case: the list it stands in, application and record side by side, what can be done, and what
//! has happened.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use case::case::RefusedFor;
use case::{Actor, Case, CaseRef};
use store::{Act, Summary, View};

use super::act::{Deed, Done, FieldError, Trial, Why};
use super::row::{Row, cursor, flags, stamp};
use super::{Asked, reader, say, staff, timeline, view_name};
use crate::app::{App, Shared};
use crate::web::chat::desk::{Panel, Tried};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

mod context;
mod deeds;
mod sides;

use context::{Context, Pair};
use deeds::Deeds;
use sides::Sides;

/// Rows beside the case.
const NEIGHBOURS: u32 = 12;

#[derive(Template)]
#[template(path = "desk/case.html")]
struct CasePage {
    p: Page,
    view: &'static str,
    view_title: String,
    neighbours: Vec<Row>,
    row: Row,
    version: u64,
    intro: String,
    ends: String,
    flags: Vec<(&'static str, String)>,
    why: Vec<String>,
    why_title: String,
    next: Next,
    outcome: Vec<Pair>,
    sides: Sides,
    statement: String,
    files: Vec<(String, String)>,
    deeds: Deeds,
    reply_hint: String,
    journal: Vec<timeline::Line>,
    context: Context,
    chat: Panel,
    done: Option<Done>,
    problem: Option<Problem>,
    errors: Vec<FieldError>,
    typed: Option<(Deed, Posted)>,
}

/// Who acts next, by when, and how we know.
struct Next {
    who: String,
    when: String,
    basis: String,
    kind: &'static str,
}

/// Why a deed was not done, with what was typed, should its form be gone.
struct Problem {
    title: String,
    text: String,
    typed: Vec<String>,
}

impl CasePage {
    /// What was typed into a field of the form that failed.
    fn typed(&self, field: &str) -> String {
        self.typed.as_ref().map(|(_, posted)| posted.get(field).to_owned()).unwrap_or_default()
    }

    fn ticked(&self, need: &str) -> bool {
        self.typed.as_ref().is_some_and(|(_, posted)| posted.all("ask-need").any(|n| n == need))
    }

    fn error(&self, field: &str) -> String {
        self.errors.iter().find(|e| e.field == field).map(|e| e.text.clone()).unwrap_or_default()
    }

    /// Whether a form stands open: the one that failed.
    fn open(&self, deed: &str) -> bool {
        self.typed.as_ref().is_some_and(|(failed, _)| failed.name() == deed)
    }
}

/// What a page shows beyond the case itself.
#[derive(Default)]
pub(in crate::web) struct Extra {
    pub trial: Option<Trial>,
    pub done: Option<Done>,
    /// The record's personal data unmasked, on the audit's record.
    pub shown: bool,
    /// A chat message that would not do.
    pub chat: Option<Tried>,
}

pub async fn page(
    State(app): State<Shared>,
    visit: Visit,
    Path(reference): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let actor = reader(&visit)?;
    let reference: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    let asked = Asked::of(query.as_deref());
    let done = Done::of(&Page::new(&app, &visit), &asked);
    render(&app, &visit, &actor, reference, asked.view(), Extra { done, ..Extra::default() }).await
}

/// Shows what is masked, once, and says so in the audit.
pub async fn show(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let (account, _) = staff(&visit)?;
    let reference: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    if app.store.case(reference).await?.is_none() {
        return Err(Trouble::NotFound);
    }
    let act = Act { at: app.now(), account: Some(account), what: "record-shown".into(), detail: reference.to_string() };
    app.store.audit(act).await?;
    let view = super::view_named(posted.get("view"));
    render(&app, &visit, &actor, reference, view, Extra { shown: true, ..Extra::default() }).await
}

pub(in crate::web) async fn render(
    app: &Shared,
    visit: &Visit,
    actor: &Actor,
    reference: CaseRef,
    view: View,
    extra: Extra,
) -> Answer {
    let case = app.store.case(reference).await?.ok_or(Trouble::NotFound)?;
    let p = Page::new(app, visit);
    let l = p.l;
    let account = match case.account {
        Some(account) => app.store.account(account).await?,
        None => None,
    };
    let card = match &case.subscription {
        Some(subscription) => app.store.card(subscription.card).await?,
        None => None,
    };
    let journal = app.store.journal(reference).await?;
    let names: timeline::Names = app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect();
    let neighbours = neighbours(app, view, &case).await?;
    let status = extra.trial.as_ref().map_or(StatusCode::OK, |trial| trial.status);
    let (problem, errors, typed) = failed(&p, extra.trial);
    let row = Row::of(&p, &app.policy, &case, view);
    let chat = Panel::of(app, &p, visit, &case, &journal, extra.chat).await?;
    let page = CasePage {
        view: view_name(view),
        view_title: say::view(l, view),
        neighbours: neighbours.iter().map(|c| Row::of(&p, &app.policy, c, view)).collect(),
        version: case.version,
        intro: fl!(
            l,
            "desk-case-intro",
            at = stamp(&p, &case.times.declared),
            channel = row.channel.as_str(),
            lang = row.lang
        ),
        ends: wanted(&p, &case),
        flags: flags(&p, &case),
        why: context::why(&p, &case),
        why_title: context::why_title(&p, &case),
        next: context::next(&p, &app.policy, &case, row.due.as_ref()),
        outcome: context::outcome(&p, &case),
        sides: Sides::of(&p, &case, account.as_ref(), extra.shown),
        statement: case.declaration.statement.clone().unwrap_or_default(),
        files: files(&p, &case, &journal),
        deeds: Deeds::of(app, &p, &case, actor, card.as_ref(), &names),
        reply_hint: reply_hint(&p, &case),
        journal: timeline::of(&p, &names, &journal),
        context: Context::of(&p, &app.policy, &case, card.as_ref(), &names),
        chat,
        done: extra.done,
        row,
        problem,
        errors,
        typed,
        p,
    };
    Ok(html(status, &page))
}

/// The cases around this one in its view: the first page of it, or this case and those after it.
async fn neighbours(app: &App, view: View, case: &Case) -> Result<Vec<Case>, Trouble> {
    let cases = |list: Vec<Summary>| list.into_iter().map(|s| s.case);
    let first: Vec<Case> = cases(app.store.list(view, None, NEIGHBOURS).await?).collect();
    if first.iter().any(|c| c.reference == case.reference) {
        return Ok(first);
    }
    let after = cases(app.store.list(view, Some(cursor(case)), NEIGHBOURS - 1).await?);
    Ok(std::iter::once(case.clone()).chain(after).collect())
}

type Failed = (Option<Problem>, Vec<FieldError>, Option<(Deed, Posted)>);

fn failed(p: &Page, trial: Option<Trial>) -> Failed {
    let Some(Trial { deed, posted, errors, why, .. }) = trial else { return (None, Vec::new(), None) };
    let l = p.l;
    let typed = || deed.texts().iter().map(|f| posted.get(f).to_owned()).filter(|t| !t.is_empty()).collect();
    let problem = match why {
        Why::Fields => None,
        Why::Moved => Some(Problem { title: fl!(l, "desk-moved"), text: fl!(l, "desk-moved-text"), typed: typed() }),
        Why::Refused(refusal) => {
            Some(Problem { title: fl!(l, "trouble-refused"), text: p.t(refusal.key()), typed: typed() })
        }
    };
    (problem, errors, Some((deed, posted)))
}

fn wanted(p: &Page, case: &Case) -> String {
    match case.declaration.wanted_end {
        Some(day) => fl!(p.l, "desk-case-wanted", day = day.to_string()),
        None => fl!(p.l, "desk-case-soonest"),
    }
}

/// The files of a case with the names they came under, where the journal knows them.
fn files(p: &Page, case: &Case, journal: &[case::Entry]) -> Vec<(String, String)> {
    let named = |id: case::FileId| {
        journal.iter().flat_map(|entry| &entry.events).find_map(|event| {
            if let case::Event::Filed { file, name } = event { (*file == id).then(|| name.clone()) } else { None }
        })
    };
    let name = |(i, id): (usize, &case::FileId)| {
        let n = i + 1;
        let name = named(*id).unwrap_or_else(|| fl!(p.l, "desk-file", n = n));
        (format!("/desk/case/{}/file/{id}", case.reference), name)
    };
    case.files.iter().enumerate().map(name).collect()
}

fn reply_hint(p: &Page, case: &Case) -> String {
    if case.person.email.is_some() || case.person.phone.is_some() || case.reachable {
        fl!(p.l, "desk-reply-hint", lang = say::lang(case.lang()))
    } else {
        fl!(p.l, "desk-reply-nowhere", lang = say::lang(case.lang()))
    }
}

fn refused_for(p: &Page, reason: &RefusedFor) -> String {
    match reason {
        RefusedFor::Difference => fl!(p.l, "desk-refused-difference"),
        RefusedFor::Desk { text } => text.clone(),
    }
}
