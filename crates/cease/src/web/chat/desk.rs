//! The desk's side of the chat: the queue, and in each case a panel with the thread. Before an answer is
//! sent the page says which way it goes: by chat while its holder is there, as a letter otherwise.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::thread::messages;
use case::{Actor, Case, Channel, Command, Entry, Role};
use store::{StoreError, View};

use super::here::{Names, is_here, names, staff};
use super::{Line, badge, level, line, thread};
use crate::act::{ActError, act};
use crate::app::{App, Shared};
use crate::live::{Place, session_key};
use crate::web::desk::eyes::Eyes;
use crate::web::desk::{agency, case as case_page, case_of, reader, row, staff as works};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "desk/chats.html")]
struct Chats {
    p: Page,
    takes: bool,
    takers: usize,
    waiting: Vec<Row>,
    rest: Vec<Row>,
}

/// For an admin, who reads no cases: the numbers.
#[derive(Template)]
#[template(path = "desk/chats-counted.html")]
struct Counted {
    p: Page,
    takers: usize,
    waiting: usize,
}

struct Row {
    reference: String,
    name: String,
    number_kind: String,
    number: String,
    stage: String,
    kind: &'static str,
    since: String,
    since_iso: String,
    age: String,
    here: bool,
    who: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let (p, now) = (Page::new(&app, &visit), app.now());
    let (me, role) = works(&visit)?;
    if role == Role::Admin {
        let waiting = app.store.chats(true, ROWS).await?.len();
        return Ok(html(StatusCode::OK, &Counted { takers: app.live.takers(now), waiting, p }));
    }
    let key = visit.session.as_ref().map(|s| session_key(&s.id));
    if let Some(key) = key {
        app.live.still_takes(key, me, now);
    }
    let (names, eyes, agency) = (names(&app).await?, Eyes::of(&app, &visit).await?, agency(&visit)?);
    let mut page = Chats {
        takes: key.is_some_and(|key| app.live.takes(key, now)),
        takers: app.live.takers(now),
        waiting: Vec::new(),
        rest: Vec::new(),
        p,
    };
    for waiting in [true, false] {
        for chat in app.store.chats_for(agency.as_ref(), waiting, ROWS).await? {
            let Some(case) = app.store.case(chat.case).await? else { continue };
            if waiting && answered_elsewhere(&app, &case, chat.asked_at).await? {
                continue;
            }
            let row = Row::of(
                &app,
                &page.p,
                &case,
                if waiting { chat.asked_at } else { chat.answered_at.unwrap_or(now) },
                &names,
                &eyes.over(&case),
            );
            if waiting { page.waiting.push(row) } else { page.rest.push(row) }
        }
    }
    Ok(html(StatusCode::OK, &page))
}

/// Whether the thread has an answer already that did not come by the chat; then nobody waits.
async fn answered_elsewhere(app: &App, case: &Case, asked_at: case::Timestamp) -> Result<bool, StoreError> {
    let journal = app.store.journal(case.reference).await?;
    let answer = messages(&journal).find(|m| !m.note && !m.by_holder() && m.at >= asked_at).map(|m| m.at);
    if let Some(at) = answer {
        app.store.chat_answered(case.reference, at).await?;
    }
    Ok(answer.is_some())
}

impl Row {
    fn of(app: &App, p: &Page, case: &Case, since: case::Timestamp, names: &Names, mask: &Mask) -> Self {
        let line = row::Row::of(p, app.policy.of(case), case, View::All.into(), mask);
        let at = app.live.at(case.reference, app.now());
        let who: Vec<_> = at.staff.iter().map(|(staff, types)| is_here(p, names, *staff, *types)).collect();
        Self {
            reference: line.reference,
            name: line.name,
            number_kind: line.number_kind,
            number: line.number,
            stage: line.stage,
            kind: line.kind,
            since: row::stamp(p, &since),
            since_iso: p.iso(&since),
            age: row::span(p, p.now().duration_since(since)),
            here: at.holder,
            who: who.join(&fl!(p.l, "desk-list-comma")),
        }
    }
}

/// Takes chats, or stops.
pub async fn take(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let Actor::Agent { staff: me, .. } = reader(&visit)? else { return Err(Trouble::Forbidden) };
    let Some(session) = &visit.session else { return Err(Trouble::Forbidden) };
    let key = session_key(&session.id);
    match posted.get("do") {
        "take" => app.live.sit(key, Place::Takes, Some(me), None, app.now()),
        "stop" => app.live.leave(key, Place::Takes),
        _ => return Err(Trouble::BadRequest),
    }
    Ok(Redirect::to("/desk/chats").into_response())
}

/// The chat in a case's page.
pub struct Panel {
    pub reference: String,
    pub version: u64,
    /// It has been talked about by chat, or its holder is there now.
    pub active: bool,
    pub here: bool,
    pub types: bool,
    /// Other staff at this case.
    pub others: Vec<String>,
    pub lines: Vec<Line>,
    pub typed: String,
    pub error: String,
}

/// What was typed and would not do.
pub struct Tried {
    pub text: String,
    pub error: String,
}

impl Panel {
    pub async fn of(
        app: &Shared,
        p: &Page,
        visit: &Visit,
        (case, mask): (&Case, &Mask),
        journal: &[Entry],
        tried: Option<Tried>,
    ) -> Result<Self, StoreError> {
        let (me, now) = (staff(visit), app.now());
        if let (Some(session), Some(me)) = (&visit.session, me) {
            let key = session_key(&session.id);
            app.live.sit(key, Place::Case(case.reference), Some(me), None, now);
            app.live.still_takes(key, me, now);
        }
        let at = app.live.at(case.reference, now);
        let names = names(app).await?;
        let others = at.staff.iter().filter(|(staff, _)| Some(*staff) != me);
        let said = thread(journal);
        let (typed, error) = tried.map_or_else(Default::default, |t| (t.text, t.error));
        Ok(Self {
            reference: case.reference.to_string(),
            version: journal.last().map_or(case.version, |entry| entry.version),
            active: at.holder || !error.is_empty() || said.iter().any(|(_, m)| m.channel == Channel::Chat),
            here: at.holder,
            types: at.holder_types,
            others: others.map(|(staff, types)| is_here(p, &names, *staff, *types)).collect(),
            lines: said.iter().map(|(n, m)| masked(of_desk(p, case, &names, *n, m), mask)).collect(),
            typed,
            error,
        })
    }
}

fn masked(line: Line, mask: &Mask) -> Line {
    let files = line.files.iter().map(|name| mask.text(name)).collect();
    Line { text: mask.text(&line.text), files, ..line }
}

fn of_desk(p: &Page, case: &Case, names: &Names, n: usize, m: &case::thread::Message<'_>) -> Line {
    let (side, who) = match m.actor {
        Actor::Holder { .. } => ("them", fl!(p.l, "desk-who-holder")),
        Actor::Agent { staff, .. } => ("me", names.get(staff).cloned().unwrap_or_default()),
        Actor::Clock | Actor::Network => ("me", p.operator.clone()),
        Actor::Api { client } => ("me", client.clone()),
    };
    let badge = level(m, case).map(|level| badge(p, level));
    Line { badge, ..line(p, n, m, side, who) }
}

/// An answer: by chat where the page said so and the holder is still there, as a letter otherwise.
pub async fn say(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let reference = case_of(&app, &visit, &reference).await?.reference;
    let text = crate::web::desk::write::text(posted.get("chat-text"));
    let there = posted.get("way") == "chat" && app.live.at(reference, app.now()).holder;
    let channel = if there { Channel::Chat } else { Channel::Web };
    let command = Command::Say { text: text.clone(), channel, files: Vec::new() };
    match act(&app, reference, &actor, &command).await {
        Ok(_) => {}
        Err(ActError::Refused(refusal)) => {
            let l = Page::new(&app, &visit).l;
            let error = if text.is_empty() { fl!(l, "desk-error-reply") } else { l.get(refusal.key()) };
            let extra = case_page::Extra { chat: Some(Tried { text, error }), ..Default::default() };
            let mut again = case_page::render(&app, &visit, &actor, reference, View::All.into(), extra).await?;
            *again.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(again);
        }
        Err(other) => return Err(other.into()),
    }
    app.store.chat_answered(reference, app.now()).await?;
    if let (Some(session), Some(me)) = (&visit.session, staff(&visit)) {
        app.live.sit(session_key(&session.id), Place::Case(reference), Some(me), Some(false), app.now());
        if there {
            crate::contact::chatting(&app, reference, me).await?;
        }
    }
    app.live.queued();
    let way = if there { "chatted" } else { "reply" };
    Ok(Redirect::to(&format!("/desk/case/{reference}?view=all&done={way}#chat")).into_response())
}
