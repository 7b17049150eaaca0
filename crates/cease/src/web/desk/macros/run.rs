//! A macro on a case: first what it would do, each step asked of the core whether it may; then, confirmed,
//! the steps in their order. Messages wait their ten seconds as if they had been typed.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::declaration::STATEMENT_MAX;
use case::{AccountId, Actor, Case, Channel, Command, Lang, PendingId};
use store::{Act, Draft, Macro, Pending, StoreError, Writing};

use super::super::act::{still_as_seen, would};
use super::super::eyes::{Eyes, Part};
use super::super::row::href;
use super::super::{Asked, case_of, hold, reader, say, staff, view_name, view_named, write};
use super::{find, sleeps, words};
use crate::act::{ActError, Stands, act_on};
use crate::app::{App, Shared};
use crate::chance;
use crate::web::counter::journey::Wrong;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "desk/macro-run.html")]
struct Preview {
    p: Page,
    name: String,
    id: String,
    reference: String,
    back: String,
    view: String,
    version: u64,
    /// Names what it sends: pressed twice, it is the same.
    form: PendingId,
    steps: Vec<Step>,
    errors: Vec<Wrong>,
    /// The case has changed since the preview was drawn; nothing has been done.
    moved: bool,
    /// It asks for something.
    asks: bool,
}

struct Step {
    icon: &'static str,
    title: String,
    /// The field it is written in, with its text; none for what has no words.
    field: Option<(&'static str, String)>,
    hint: String,
    /// Why it is left out.
    no: Option<String>,
}

impl Preview {
    fn possible(&self) -> bool {
        self.steps.iter().any(|step| step.no.is_none())
    }

    /// Whether its words can be filled in alone: those of a question belong to it, unless it cannot be asked.
    fn writes(&self) -> bool {
        let asked =
            |step: &Step| step.no.is_none() && step.field.as_ref().is_some_and(|(name, _)| *name == "macro-message");
        let asks = self.asks && self.steps.iter().any(asked);
        !asks && self.steps.iter().any(|step| step.field.is_some())
    }

    fn error(&self, field: &str) -> String {
        self.errors.iter().find(|e| e.field == field).map(|e| e.text.clone()).unwrap_or_default()
    }
}

/// What the form says, or would say before anybody has changed it.
struct Texts {
    message: String,
    note: String,
}

impl Texts {
    fn filled(app: &App, asking: &Asking) -> Self {
        let Asking { made, case, agent, masked, .. } = asking;
        let lang = case.lang();
        let text = match lang {
            Lang::En => &made.text_en,
            Lang::ZhCn => &made.text_zh,
        };
        let known = |name: &str| !masked || !words::PERSONAL.contains(&name);
        let fill = |text: &str| words::fill(text, case, app.policy.of(case), lang, agent, known);
        Self { message: fill(text), note: fill(&made.note) }
    }

    /// As they go out.
    fn posted(app: &App, asking: &Asking, posted: &Posted) -> Self {
        let Asking { case, agent, .. } = asking;
        let fill = |text: &str| words::fill(text, case, app.policy.of(case), case.lang(), agent, |_| true);
        let text = |field| fill(&write::text(posted.get(field)));
        Self { message: text("macro-message"), note: text("macro-note") }
    }
}

impl Texts {
    /// As they were typed.
    fn typed(posted: &Posted) -> Self {
        let text = |field| write::text(posted.get(field));
        Self { message: text("macro-message"), note: text("macro-note") }
    }
}

/// What changes the case itself, in its order.
fn commands(made: &Macro, texts: &Texts) -> Vec<Command> {
    let take_up = made.take_up.then_some(Command::TakeUp);
    let ask = || Command::Ask { needs: made.needs.clone(), text: texts.message.clone() };
    take_up.into_iter().chain((!made.needs.is_empty()).then(ask)).collect()
}

fn steps(app: &App, p: &Page, case: &Case, actor: &Actor, made: &Macro, texts: &Texts) -> Vec<Step> {
    let l = p.l;
    let mut at = case.clone();
    let mut may = |command: &Command| match would(app, &at, &Stands::default(), actor, command) {
        Ok(after) => {
            at = after;
            None
        }
        Err(refusal) => Some(p.t(refusal.key())),
    };
    let mut steps = Vec::new();
    if made.take_up {
        let no = may(&Command::TakeUp);
        steps.push(Step { icon: "user", title: fl!(l, "desk-take-up"), field: None, hint: String::new(), no });
    }
    if !made.needs.is_empty() {
        // A text that is still to be written is no reason to leave its step out.
        let text = if texts.message.is_empty() { "…".to_owned() } else { texts.message.clone() };
        let no = may(&Command::Ask { needs: made.needs.clone(), text });
        let needs: Vec<String> = made.needs.iter().map(|need| say::need(l, *need)).collect();
        let title = fl!(l, "desk-macro-asks", needs = needs.join(&fl!(l, "desk-list-comma")));
        let hint = fl!(l, "desk-macro-ask-hint", lang = say::lang(case.lang()));
        let field = Some(("macro-message", texts.message.clone()));
        steps.push(Step { icon: "missing", title, field, hint, no });
    }
    if made.needs.is_empty() && !made.text_en.is_empty() {
        let field = Some(("macro-message", texts.message.clone()));
        let hint = fl!(l, "desk-macro-reply-hint", lang = say::lang(case.lang()));
        steps.push(Step { icon: "mail", title: fl!(l, "desk-reply"), field, hint, no: None });
    }
    if !made.note.is_empty() {
        let field = Some(("macro-note", texts.note.clone()));
        steps.push(Step { icon: "note", title: fl!(l, "desk-note"), field, hint: fl!(l, "desk-note-hint"), no: None });
    }
    let sleep = |title| Step { icon: "snooze", title, field: None, hint: String::new(), no: None };
    steps.extend(sleeps(l, made).map(sleep));
    steps
}

struct Asking {
    me: AccountId,
    agent: String,
    actor: Actor,
    case: Case,
    /// Its holder's values stay variables until the text goes out.
    masked: bool,
    made: Macro,
}

async fn asking(app: &App, visit: &Visit, reference: &str, id: &str) -> Result<Asking, Trouble> {
    let actor = reader(visit)?;
    let (me, _) = staff(visit)?;
    let case = case_of(app, visit, reference).await?;
    let journal = app.store.journal(case.reference).await?;
    let masked = !Eyes::of(app, visit).await?.sight_of(&case, &journal).shows(Part::Application);
    let agent = visit.account.as_ref().map(|account| account.person.name.clone()).unwrap_or_default();
    Ok(Asking { me, agent, actor, case, masked, made: find(app, me, id).await? })
}

pub async fn preview(
    State(app): State<Shared>,
    visit: Visit,
    Path((reference, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asking = asking(&app, &visit, &reference, &id).await?;
    let texts = Texts::filled(&app, &asking);
    let view = view_name(Asked::of(query.as_deref()).view());
    Ok(html(StatusCode::OK, &shown(&app, &visit, &asking, &texts, view, Vec::new(), false)))
}

fn shown(
    app: &Shared,
    visit: &Visit,
    asking: &Asking,
    texts: &Texts,
    view: String,
    errors: Vec<Wrong>,
    moved: bool,
) -> Preview {
    let p = Page::new(app, visit);
    Preview {
        name: asking.made.name.clone(),
        id: asking.made.id.to_string(),
        reference: asking.case.reference.to_string(),
        back: href(asking.case.reference, view_named(&view)),
        view,
        version: asking.case.version,
        form: PendingId::from_bits(chance::bits()),
        steps: steps(app, &p, &asking.case, &asking.actor, &asking.made, texts),
        errors,
        moved,
        asks: !asking.made.needs.is_empty(),
        p,
    }
}

pub async fn apply(
    State(app): State<Shared>,
    visit: Visit,
    Path((reference, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let asking = asking(&app, &visit, &reference, &id).await?;
    let texts = Texts::posted(&app, &asking, &posted);
    let view = view_named(posted.get("view"));
    let seen: u64 = posted.get("version").parse().map_err(|_| Trouble::BadRequest)?;
    let back = href(asking.case.reference, view);
    if posted.ticked("only-fill") {
        // What is filled into a composer is still read by who writes.
        fill(&app, &asking, &Texts::typed(&posted)).await?;
        return Ok(Redirect::to(&format!("{back}&done=filled#write-reply")).into_response());
    }
    let typed = Texts::typed(&posted);
    let again = |errors, moved| shown(&app, &visit, &asking, &typed, view_name(view), errors, moved);
    if !still_as_seen(&app, &asking.case, seen, &asking.actor).await? {
        return Ok(html(StatusCode::CONFLICT, &again(Vec::new(), true)));
    }
    let page = again(Vec::new(), false);
    let errors = errors(&page);
    if !errors.is_empty() {
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &again(errors, false)));
    }
    match run(&app, &asking, &texts, &typed, posted.get("form").parse().ok()).await {
        Ok(()) => Ok(Redirect::to(&format!("{back}&done=macro#sending")).into_response()),
        Err(ActError::Store(StoreError::Conflict)) => Ok(html(StatusCode::CONFLICT, &again(Vec::new(), true))),
        Err(other) => Err(other.into()),
    }
}

fn errors(page: &Preview) -> Vec<Wrong> {
    let l = page.p.l;
    let mut errors = Vec::new();
    for (field, text) in page.steps.iter().filter(|step| step.no.is_none()).filter_map(|step| step.field.as_ref()) {
        let many = text.chars().count() > STATEMENT_MAX;
        if text.is_empty() || many {
            let text = match (many, *field) {
                (true, _) => fl!(l, "refusal-bad-text"),
                (false, "macro-note") => fl!(l, "desk-error-note"),
                (false, _) => fl!(l, "desk-error-reply"),
            };
            errors.push(Wrong { field, text });
        }
    }
    errors
}

/// The words go into the composers, before what stands there; nothing else is done.
async fn fill(app: &App, asking: &Asking, texts: &Texts) -> Result<(), StoreError> {
    for (kind, text) in [(Writing::Reply, &texts.message), (Writing::Note, &texts.note)] {
        if text.is_empty() {
            continue;
        }
        let (case, staff) = (asking.case.reference, asking.me);
        let before = app.store.draft(case, staff, kind).await?;
        let text = match &before {
            Some(draft) if draft.text != *text => format!("{text}\n\n{}", draft.text),
            Some(_) | None => text.clone(),
        };
        let channel = before.map_or(Channel::Web, |draft| draft.channel);
        app.store.save_draft(Draft { case, staff, kind, text, channel, form: None, at: app.now() }).await?;
    }
    Ok(())
}

/// What is asked goes out at once, in `texts`; what can still be taken back waits as it was `typed`. A preview is sent
/// once: its `form` names its messages.
async fn run(
    app: &App,
    asking: &Asking,
    texts: &Texts,
    typed: &Texts,
    form: Option<PendingId>,
) -> Result<(), ActError> {
    let Asking { me, actor, made, .. } = asking;
    let mut case = asking.case.clone();
    for command in commands(made, texts) {
        match act_on(app, &case, actor, &command).await {
            Ok(after) => case = after,
            // The preview said that this step is left out.
            Err(ActError::Refused(_)) => {}
            Err(other) => return Err(other),
        }
    }
    let form = form.unwrap_or_else(|| PendingId::from_bits(chance::bits()));
    let reply = made.needs.is_empty().then_some((Writing::Reply, &typed.message, form));
    let note = (Writing::Note, &typed.note, PendingId::from_bits(form.key() as u64 ^ 1));
    for (kind, text, id) in reply.into_iter().chain([note]) {
        if !text.is_empty() {
            let send_at = write::later(app.now());
            let (case, staff, channel, text) = (case.reference, *me, Channel::Web, text.clone());
            app.store
                .put_pending(Pending { id, case, staff, kind, text, channel, send_at, tried: None }, false)
                .await?;
        }
    }
    if made.snooze_days.is_some() || made.snooze_reply {
        hold::sleep_days(app, *me, &case, made.snooze_days, made.snooze_reply).await?;
    }
    let detail = format!("{} {}", case.reference, made.id);
    let act = Act { at: app.now(), account: Some(*me), what: "macro-applied".into(), detail };
    Ok(app.store.audit(act).await?)
}
