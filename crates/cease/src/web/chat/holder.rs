//! The holder's chat: the thread of their case, where they stand in the queue, and one field to write in.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use case::redact::redact_after;
use case::thread::Message;
use case::{Actor, Case, Channel, Command, Refusal};
use jiff::SignedDuration;
use store::StoreError;

use super::queue::{minutes, queue};
use super::{Line, line, thread};
use crate::act::{ActError, act, act_on};
use crate::app::{App, Shared};
use crate::chance;
use crate::keys::hex_of;
use crate::live::{Place, session_key};
use crate::web::case::Seen;
use crate::web::case::receipt::is_written_to;
use crate::web::counter::journey::Wrongs;
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};

/// How long a message that is sent again is known.
const KNOWN: SignedDuration = SignedDuration::from_hours(24);
const TRIES: u32 = 8;
/// Transcripts of one case in a day.
const TRANSCRIPTS: u32 = 5;
/// After the address, when one is on its way.
const SENT: &str = "sent=1";

/// Whose turn it is, in words.
struct Turn {
    kind: &'static str,
    title: String,
    text: String,
    hours: String,
    /// In the queue, which moves.
    waits: bool,
}

#[derive(Template)]
#[template(path = "chat/holder.html")]
struct Chat {
    p: Page,
    reference: String,
    version: u64,
    turn: Turn,
    lines: Vec<Line>,
    desk_types: bool,
    form: Form,
    said: String,
    errors: Wrongs,
    /// There is an address that is known to be the holder's, and who reads this has shown that they are.
    known: bool,
    proven: bool,
    /// The transcript is on its way.
    sent: bool,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen, RawQuery(query): RawQuery) -> Answer {
    let sent = query.as_deref() == Some(SENT);
    show(&app, &visit, &case, Typed { sent, ..Typed::default() }).await
}

/// What the page says beside the thread.
#[derive(Default)]
struct Typed {
    said: String,
    form: Option<Form>,
    errors: Wrongs,
    sent: bool,
}

/// One form, however often it is sent: its token, and the version of the case it was drawn at.
struct Form {
    token: String,
    after: u64,
}

async fn show(app: &Shared, visit: &Visit, case: &Case, typed: Typed) -> Answer {
    here(app, visit, case, None);
    let p = Page::new(app, visit);
    let journal = app.store.journal(case.reference).await?;
    let version = journal.last().map_or(case.version, |entry| entry.version);
    let said = thread(&journal);
    let lines = said.iter().map(|(n, m)| {
        let (side, who) = match m.actor {
            Actor::Holder { .. } => ("me", fl!(p.l, "case-by-you")),
            Actor::Agent { .. } => ("them", fl!(p.l, "case-by-agent")),
            Actor::Clock | Actor::Network | Actor::Api { .. } => ("them", p.operator.clone()),
        };
        line(&p, *n, m, side, who)
    });
    let at = app.live.at(case.reference, app.now());
    // Whoever has answered here and has the case open reads what comes next: that is no queue.
    let answered =
        |actor: &Actor| matches!(actor, Actor::Agent { staff, .. } if at.staff.iter().any(|(s, _)| s == staff));
    let with = said.iter().any(|(_, message)| answered(message.actor));
    let page = Chat {
        reference: case.reference.to_string(),
        version,
        turn: turn(app, &p, case, with).await?,
        lines: lines.collect(),
        desk_types: at.desk_types(),
        form: typed.form.unwrap_or_else(|| Form { token: chance::token(), after: version }),
        said: typed.said,
        errors: typed.errors,
        known: !case.may_be_a_strangers() && (case.reachable || case.vouched),
        proven: case.proven,
        sent: typed.sent,
        p,
    };
    let status = page.errors.status();
    Ok(html(status, &page))
}

async fn turn(app: &App, p: &Page, case: &Case, with: bool) -> Result<Turn, StoreError> {
    let l = p.l;
    let queue = queue(app, Some(case.reference)).await?;
    let hours = super::hours(app, p, queue.there == 0);
    let away = || if is_written_to(p, case) { fl!(l, "chat-away-letter") } else { fl!(l, "chat-away-page") };
    let wait = || match queue.half_within {
        Some(wait) if minutes(wait) <= 1 => fl!(l, "chat-wait-minute"),
        Some(wait) => fl!(l, "chat-wait", minutes = minutes(wait)),
        None => fl!(l, "chat-wait-unknown"),
    };
    let waits = queue.place.is_some();
    Ok(match (queue.there, queue.place) {
        (0, None) => Turn { kind: "warning", title: fl!(l, "chat-nobody"), text: away(), hours, waits },
        (0, Some(_)) => Turn { kind: "warning", title: fl!(l, "chat-kept"), text: away(), hours, waits },
        (_, Some(_)) if with => {
            let (title, text) = (fl!(l, "chat-with"), fl!(l, "chat-with-text"));
            Turn { kind: "info", title, text, hours: String::new(), waits }
        }
        (_, Some(place)) => {
            let title = fl!(l, "chat-place", place = place);
            Turn { kind: "info", title, text: wait(), hours: String::new(), waits }
        }
        (there, None) => {
            let text = fl!(l, "chat-there-text", there = there, others = queue.others);
            let text = if queue.others > 0 { format!("{text} {}", wait()) } else { text };
            Turn { kind: "info", title: fl!(l, "chat-there"), text, hours: String::new(), waits }
        }
    })
}

/// The holder has the chat open. Who only opened it and has no script is believed for as long as a page
/// with script would be.
fn here(app: &App, visit: &Visit, case: &Case, typing: Option<bool>) {
    if let Some(session) = &visit.session
        && super::here::staff(visit).is_none()
    {
        app.live.sit(session_key(&session.id), Place::Chat(case.reference), None, typing, app.now());
    }
}

pub async fn post(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let Some(session) = &visit.session else { return Err(Trouble::Forbidden) };
    if !app.live.allows(session_key(&session.id), app.now()) {
        return Err(Trouble::TooMany { seconds: 60 });
    }
    match posted.get("do") {
        "say" => say(&app, &visit, &case, &posted).await,
        "transcript" => transcript(&app, &visit, &case).await,
        _ => Err(Trouble::BadRequest),
    }
}

fn back(case: &Case) -> Response {
    Redirect::to(&format!("/case/{}/chat#end", case.reference)).into_response()
}

/// Mails the conversation to the addresses that are known to be the holder's; the core sees to that.
async fn transcript(app: &App, visit: &Visit, case: &Case) -> Answer {
    let key = format!("transcript:{}", case.reference);
    let hit = app.store.hit(&key, app.now(), KNOWN, TRANSCRIPTS).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(app.now()).as_secs().max(1) });
    }
    act(app, case.reference, &visit.holder(), &Command::SendTranscript).await?;
    Ok(Redirect::to(&format!("/case/{}/chat?{SENT}#end", case.reference)).into_response())
}

async fn say(app: &Shared, visit: &Visit, case: &Case, posted: &Posted) -> Answer {
    let said = lines(posted.get("said"));
    let (text, found) = redact_after(&said_before(app, case, &said).await?, &said);
    let form =
        Form { token: posted.get("token").chars().take(64).collect(), after: posted.get("after").parse().unwrap_or(0) };
    if let Some(struck) = struck::said(Page::new(app, visit).l, &said, &found) {
        let errors = Wrongs::one("said", struck);
        return show(app, visit, case, Typed { said: text, form: Some(form), errors, sent: false }).await;
    }
    match once(app, visit, case, &text, &form).await {
        Ok(()) => {
            here(app, visit, case, Some(false));
            app.live.queued();
            Ok(back(case))
        }
        Err(ActError::Refused(refusal)) => {
            let l = Page::new(app, visit).l;
            let empty = refusal == Refusal::BadText && text.is_empty();
            let why = if empty { fl!(l, "chat-empty") } else { l.get(refusal.key()) };
            show(
                app,
                visit,
                case,
                Typed { said: text, form: Some(form), errors: Wrongs::one("said", why), sent: false },
            )
            .await
        }
        Err(other) => Err(other.into()),
    }
}

/// What the holder said last, where this message might complete a number begun there.
async fn said_before(app: &App, case: &Case, said: &str) -> Result<String, StoreError> {
    if !said.chars().any(char::is_numeric) {
        return Ok(String::new());
    }
    let journal = app.store.journal(case.reference).await?;
    let last = thread(&journal).into_iter().rev().map(|(_, m)| m).find(Message::by_holder).map(|m| m.text.to_string());
    Ok(last.unwrap_or_default())
}

/// Says it once, however often the form is sent: a browser that lost the answer sends again, and the
/// thread shows whether the first went in.
async fn once(app: &App, visit: &Visit, case: &Case, text: &str, form: &Form) -> Result<(), ActError> {
    let key = format!("chat:{}:{}", hex_of(&visit.session(app).id[..8]), form.token);
    let again = !app.store.hit(&key, app.now(), KNOWN, 1).await?.allowed;
    let command = Command::Say { text: text.to_owned(), channel: Channel::Chat, files: Vec::new() };
    let mut queued = false;
    for _ in 0..TRIES {
        let case = app.store.case(case.reference).await?.ok_or(ActError::NoSuchCase)?;
        if again {
            let journal = app.store.journal(case.reference).await?;
            let same = |m: &Message<'_>| m.version > form.after && m.by_holder() && m.text == text.trim();
            if thread(&journal).iter().any(|(_, m)| same(m)) {
                return Ok(());
            }
        }
        // Before the message, so that none is there which nobody waits for; but only for one that will be.
        if !queued && (1..=case::declaration::STATEMENT_MAX).contains(&text.trim().chars().count()) {
            app.store.chat_asked(case.reference, app.now()).await?;
            queued = true;
        }
        match act_on(app, &case, &visit.holder(), &command).await {
            Err(ActError::Store(StoreError::Conflict)) => {}
            done => return done.map(drop),
        }
    }
    Err(StoreError::Conflict.into())
}
