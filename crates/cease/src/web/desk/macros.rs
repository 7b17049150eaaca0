//! Macros: what has to be said and done often, under a name. Everyone has their own; a shared one is
//! there to use for all who work for the same as its owner, the house or one agency, and its owner's (or an approver's of
//! theirs) to change. Here they are kept in order; what one does to a case is shown first, and only then done, in [`run`].

pub mod run;
pub mod words;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::declaration::STATEMENT_MAX;
use case::{AccountId, Case, CaseRef, MacroId, Need, Role};
use store::{Act, Filter, Macro, StoreError, Writing};

use super::act::Done;
use super::{Asked, agency, reader, say, staff, view_name, write};
use crate::app::{App, Shared};
use crate::chance;
use crate::web::counter::journey::Wrong;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::words::Words;

const NAME_MAX: usize = 60;
/// Macros of one member of staff, shared ones of others not counted.
const MOST: usize = 200;
const DAYS_MAX: u16 = 90;

/// By name, and where each is shown for a case.
pub async fn links(app: &App, case: CaseRef, me: AccountId, view: Filter) -> Result<Vec<(String, String)>, StoreError> {
    let at = |id: MacroId| format!("/desk/case/{case}/macro/{id}?view={}", view_name(view));
    Ok(sorted(app.store.macros(me).await?).into_iter().map(|made| (made.name, at(made.id))).collect())
}

fn sorted(mut macros: Vec<Macro>) -> Vec<Macro> {
    macros.sort_by_key(|made| (made.name.to_lowercase(), made.id));
    macros
}

/// The macro, where this member of staff may use it.
pub async fn find(app: &App, me: AccountId, id: &str) -> Result<Macro, Trouble> {
    let id: MacroId = id.parse().map_err(|_| Trouble::NotFound)?;
    app.store.macros(me).await?.into_iter().find(|made| made.id == id).ok_or(Trouble::NotFound)
}

/// What is typed into a composer, as it goes out: variables that stayed because their values are masked are filled in.
/// Not before: until then its writer can take it back, and read it.
pub async fn filled(app: &App, me: AccountId, case: &Case, kind: Writing, text: &str) -> Result<String, StoreError> {
    if kind == Writing::Note || !has_variables(text) {
        return Ok(text.to_owned());
    }
    let agent = app.store.account(me).await?.map(|account| account.person.name).unwrap_or_default();
    Ok(words::fill(text, case, app.policy.of(case), case.lang(), &agent, |_| true))
}

/// Whether it may go out in other words than these.
pub fn has_variables(text: &str) -> bool {
    text.contains('{')
}

/// Its owner may, and of what is shared an approver who works for the same as its owner.
async fn may_change(app: &App, visit: &Visit, made: &Macro) -> Result<bool, Trouble> {
    let (me, role) = staff(visit)?;
    if made.owner == me || !made.shared || role != Role::Approver {
        return Ok(made.owner == me);
    }
    let mine = agency(visit)?;
    Ok(app.store.account(made.owner).await?.is_some_and(|owner| owner.agency == mine))
}

#[derive(Template)]
#[template(path = "desk/macros.html")]
struct List {
    p: Page,
    rows: Vec<Listed>,
    done: Option<Done>,
}

struct Listed {
    name: String,
    href: String,
    does: Vec<String>,
    shared: bool,
    mine: bool,
    change: bool,
}

#[derive(Template)]
#[template(path = "desk/macro.html")]
struct Form {
    p: Page,
    /// The end of the address: `new`, or the macro's id.
    id: String,
    made: Macro,
    days: String,
    needs: Vec<(&'static str, String, bool)>,
    variables: Vec<(&'static str, String)>,
    errors: Vec<Wrong>,
}

impl Form {
    fn of(p: Page, id: String, made: Macro, days: String, errors: Vec<Wrong>) -> Self {
        let needs = askable().map(|need| (need.name(), say::need(p.l, need), made.needs.contains(&need))).collect();
        Self { needs, variables: words::explained(p.l), id, made, days, errors, p }
    }

    fn error(&self, field: &str) -> String {
        self.errors.iter().find(|e| e.field == field).map(|e| e.text.clone()).unwrap_or_default()
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let (me, _) = staff(&visit)?;
    let p = Page::new(&app, &visit);
    let mut rows = Vec::new();
    for made in sorted(app.store.macros(me).await?) {
        rows.push(Listed {
            href: format!("/desk/macros/{}", made.id),
            does: does(p.l, &made),
            shared: made.shared,
            mine: made.owner == me,
            change: may_change(&app, &visit, &made).await?,
            name: made.name,
        });
    }
    let done = Done::of(&p, &Asked::of(query.as_deref()));
    Ok(html(StatusCode::OK, &List { rows, done, p }))
}

/// What it does, in the order in which it does it.
fn does(l: &Words, made: &Macro) -> Vec<String> {
    let needs: Vec<String> = made.needs.iter().map(|need| say::need(l, *need)).collect();
    let message = if !needs.is_empty() {
        Some(fl!(l, "desk-macro-asks", needs = needs.join(&fl!(l, "desk-list-comma"))))
    } else {
        (!made.text_en.is_empty()).then(|| fl!(l, "desk-reply"))
    };
    let steps = [
        made.take_up.then(|| fl!(l, "desk-take-up")),
        message,
        (!made.note.is_empty()).then(|| fl!(l, "desk-note")),
        sleeps(l, made),
    ];
    steps.into_iter().flatten().collect()
}

pub fn sleeps(l: &Words, made: &Macro) -> Option<String> {
    match (made.snooze_days, made.snooze_reply) {
        (Some(days), true) => Some(fl!(l, "desk-macro-sleeps-both", days = days)),
        (Some(days), false) => Some(fl!(l, "desk-macro-sleeps", days = days)),
        (None, true) => Some(fl!(l, "desk-macro-sleeps-reply")),
        (None, false) => None,
    }
}

fn empty(owner: AccountId) -> Macro {
    Macro {
        id: MacroId::from_bits(chance::bits()),
        owner,
        shared: false,
        name: String::new(),
        text_en: String::new(),
        text_zh: String::new(),
        needs: Vec::new(),
        note: String::new(),
        take_up: false,
        snooze_days: None,
        snooze_reply: false,
    }
}

/// The macro to be changed, or a new one.
async fn changeable(app: &App, visit: &Visit, id: &str) -> Result<Macro, Trouble> {
    reader(visit)?;
    let (me, _) = staff(visit)?;
    if id == "new" {
        return Ok(empty(me));
    }
    let made = find(app, me, id).await?;
    if may_change(app, visit, &made).await? { Ok(made) } else { Err(Trouble::Forbidden) }
}

pub async fn edit(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Answer {
    let made = changeable(&app, &visit, &id).await?;
    let days = made.snooze_days.map(|days| days.to_string()).unwrap_or_default();
    Ok(html(StatusCode::OK, &Form::of(Page::new(&app, &visit), id, made, days, Vec::new())))
}

pub async fn save(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, posted: Posted) -> Answer {
    let before = changeable(&app, &visit, &id).await?;
    let p = Page::new(&app, &visit);
    let typed_days = posted.get("days").to_owned();
    let made = typed(before, &posted);
    let mut errors = errors(p.l, &made, &typed_days);
    if id == "new" && app.store.macros(made.owner).await?.iter().filter(|m| m.owner == made.owner).count() >= MOST {
        errors.push(Wrong { field: "name", text: fl!(p.l, "desk-error-macro-many", most = MOST) });
    }
    if !errors.is_empty() {
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &Form::of(p, id, made, typed_days, errors)));
    }
    audit(&app, &visit, "macro-changed", &made).await?;
    app.store.put_macro(made).await?;
    Ok(Redirect::to("/desk/macros?done=macro-saved").into_response())
}

pub async fn delete(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, _posted: Posted) -> Answer {
    if id == "new" {
        return Err(Trouble::NotFound);
    }
    let made = changeable(&app, &visit, &id).await?;
    audit(&app, &visit, "macro-deleted", &made).await?;
    app.store.end_macro(made.id).await?;
    Ok(Redirect::to("/desk/macros?done=macro-deleted").into_response())
}

async fn audit(app: &App, visit: &Visit, what: &str, made: &Macro) -> Result<(), Trouble> {
    let (me, _) = staff(visit)?;
    let act = Act { at: app.now(), account: Some(me), what: what.into(), detail: made.id.to_string() };
    Ok(app.store.audit(act).await?)
}

/// Nobody is asked for what only the next network can do.
fn askable() -> impl Iterator<Item = Need> {
    Need::ALL.into_iter().filter(|need| *need != Need::Switch)
}

fn typed(before: Macro, posted: &Posted) -> Macro {
    let text = |name: &str| write::text(posted.get(name));
    let named = |name: &str| askable().find(|need| need.name() == name);
    let mut needs: Vec<Need> = posted.all("need").filter_map(named).collect();
    needs.sort();
    needs.dedup();
    Macro {
        name: text("name").split_whitespace().collect::<Vec<_>>().join(" "),
        text_en: text("text-en"),
        text_zh: text("text-zh"),
        note: text("note"),
        needs,
        shared: posted.ticked("shared"),
        take_up: posted.ticked("take-up"),
        snooze_days: posted.get("days").parse().ok().filter(|days| (1..=DAYS_MAX).contains(days)),
        snooze_reply: posted.ticked("until-reply"),
        ..before
    }
}

fn errors(l: &Words, made: &Macro, days: &str) -> Vec<Wrong> {
    let mut errors = Vec::new();
    let mut wrong = |field, text| errors.push(Wrong { field, text });
    if made.name.is_empty() || made.name.chars().count() > NAME_MAX {
        wrong("name", fl!(l, "desk-error-macro-name", most = NAME_MAX));
    }
    let speaks = !made.needs.is_empty() || !made.text_en.is_empty() || !made.text_zh.is_empty();
    for (field, text) in [("text-en", &made.text_en), ("text-zh", &made.text_zh), ("note", &made.note)] {
        let unknown = words::unknown(text);
        if text.chars().count() > STATEMENT_MAX {
            wrong(field, fl!(l, "refusal-bad-text"));
        } else if !unknown.is_empty() {
            wrong(field, fl!(l, "desk-error-macro-variable", names = unknown.join(" ")));
        } else if speaks && field != "note" && text.is_empty() {
            wrong(field, fl!(l, "desk-error-macro-language"));
        }
    }
    if !days.is_empty() && made.snooze_days.is_none() {
        wrong("days", fl!(l, "desk-error-macro-days", most = DAYS_MAX));
    }
    if !speaks && made.note.is_empty() && !made.take_up && made.snooze_days.is_none() && !made.snooze_reply {
        wrong("text-en", fl!(l, "desk-error-macro-nothing"));
    }
    errors
}
