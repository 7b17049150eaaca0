//! The two composers, reply and note: drafts that are kept on the server, for their writer alone, and
//! messages that wait ten seconds in which they can be taken back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::declaration::STATEMENT_MAX;
use case::mask::Mask;
use case::redact::redact;
use case::{AccountId, Actor, Case, CaseRef, Channel, Event, PendingId, Person, Timestamp};
use store::{Account, Draft, Pending, StoreError, Writing};

use super::act::Deed;
use super::row::{href, stamp, stamp_exact};
use super::{case_of, macros, reader, say, view_named};
use crate::app::{App, Shared};
use crate::chance;
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit};
use crate::work::{letters, pending};

/// What a note can be about.
const ABOUT: [Channel; 5] = [Channel::Web, Channel::Voice, Channel::Letter, Channel::Mail, Channel::Chat];

/// One of the two forms, as it is shown.
pub struct Composer {
    /// Under this id it is sent, once, however often it is pressed.
    pub form: String,
    pub text: String,
    /// When its draft was kept; empty where there is none.
    pub saved: String,
    /// What a note is about: value, words, chosen.
    pub about: Vec<(&'static str, String, bool)>,
}

/// A message that can still be taken back.
pub struct Sending {
    pub id: String,
    pub kind: &'static str,
    pub text: String,
    pub seconds: i64,
    pub at: String,
    pub iso: String,
}

impl Composer {
    pub async fn of(app: &App, p: &Page, case: &Case, staff: AccountId, kind: Writing) -> Result<Self, StoreError> {
        let draft = app.store.draft(case.reference, staff, kind).await?;
        let chosen = draft.as_ref().map_or(Channel::Web, |draft| draft.channel);
        let option = |channel| {
            let words = if channel == Channel::Web { fl!(p.l, "desk-about-case") } else { say::channel(p.l, channel) };
            (channel_name(channel), words, channel == chosen)
        };
        Ok(Self {
            form: PendingId::from_bits(chance::bits()).to_string(),
            saved: draft.as_ref().map(|draft| stamp(p, &draft.at)).unwrap_or_default(),
            text: draft.map(|draft| draft.text).unwrap_or_default(),
            about: if kind == Writing::Note { ABOUT.into_iter().map(option).collect() } else { Vec::new() },
        })
    }
}

pub async fn sending(
    app: &App,
    p: &Page,
    case: &Case,
    staff: AccountId,
    mask: &Mask,
) -> Result<Vec<Sending>, StoreError> {
    let shown = |pending: Pending| Sending {
        id: pending.id.to_string(),
        kind: pending.kind.name(),
        seconds: (pending.send_at.duration_since(p.now()).as_millis() as i64).div_euclid(1000).max(0),
        at: stamp_exact(p, &pending.send_at),
        iso: p.iso(&pending.send_at),
        text: mask.text(&pending.text),
    };
    Ok(app.store.pending_of(case.reference, staff).await?.into_iter().map(shown).collect())
}

/// Whom a reply goes to, masked as the page masks them. Empty: nobody can be written to.
pub fn recipients(app: &App, case: &Case, record: Option<&Account>, mask: &Mask) -> Vec<String> {
    let record: Option<&Person> = record.map(|account| &account.person);
    let shown = |(to, _): (String, bool)| {
        let field = if to.contains('@') { case::Field::Email } else { case::Field::Phone };
        mask.field(field, &to)
    };
    letters::recipients(case, record, &app.policy)
        .into_iter()
        .filter(|(to, _)| to.contains('@') || app.texter.is_some())
        .map(shown)
        .collect()
}

/// As it is kept: lines as lines, no number in it that nobody may keep.
pub fn text(typed: &str) -> String {
    redact(&lines(typed)).0.trim().to_owned()
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "case",
        Channel::Mail => "mail",
        Channel::Chat => "chat",
        Channel::Voice => "call",
        Channel::Sms => "sms",
        Channel::Letter => "letter",
        Channel::Shell => "shell",
    }
}

/// What the note is about; the case itself where the form says nothing that we know.
pub fn about(posted: &Posted) -> Channel {
    let named = |channel: &Channel| channel_name(*channel) == posted.get("note-about");
    ABOUT.into_iter().find(named).unwrap_or(Channel::Web)
}

/// Whether one composer's words were sent to the other's address: never guess which was meant.
pub fn mixed(deed: Deed, posted: &Posted) -> bool {
    match deed.writing() {
        Some(Writing::Reply) => !posted.get("note-text").is_empty() || posted.get("kind") == "note",
        Some(Writing::Note) => !posted.get("reply-text").is_empty() || posted.get("kind") == "reply",
        None => false,
    }
}

fn staff_of(actor: &Actor) -> Result<AccountId, Trouble> {
    if let Actor::Agent { staff, .. } = actor { Ok(*staff) } else { Err(Trouble::Forbidden) }
}

fn field(kind: Writing) -> &'static str {
    match kind {
        Writing::Reply => "reply-text",
        Writing::Note => "note-text",
    }
}

fn channel_of(kind: Writing, posted: &Posted) -> Channel {
    match kind {
        Writing::Reply => Channel::Web,
        Writing::Note => about(posted),
    }
}

/// Keeps a message until it is sent; nothing of it is in the journal before. A form is sent once: pressed
/// twice, or again from a page that the browser kept, it is the same message.
pub async fn send(app: &App, actor: &Actor, case: &Case, kind: Writing, posted: &Posted) -> Result<(), Trouble> {
    let staff = staff_of(actor)?;
    let text = text(posted.get(field(kind)));
    let words = macros::filled(app, staff, case, kind, &text).await?;
    let waiting = app.store.pending_of(case.reference, staff).await?;
    let form: Option<PendingId> = posted.get("form").parse().ok();
    let twin = waiting.iter().find(|pending| Some(pending.id) == form);
    let seen = posted.get("version").parse().unwrap_or(case.version);
    if twin.is_some_and(|twin| twin.text == text && twin.kind == kind) || went(app, actor, case, seen, &words).await? {
        return Ok(());
    }
    // Other words from the same form are another message.
    let id = form.filter(|_| twin.is_none()).unwrap_or_else(|| PendingId::from_bits(chance::bits()));
    let (channel, send_at) = (channel_of(kind, posted), later(app.now()));
    let pending = Pending { id, case: case.reference, staff, kind, text, channel, send_at, tried: None };
    Ok(app.store.put_pending(pending, true).await?)
}

/// Whether the same person has said just this since the version that the form was drawn for.
async fn went(app: &App, actor: &Actor, case: &Case, seen: u64, words: &str) -> Result<bool, StoreError> {
    if case.version == seen {
        return Ok(false);
    }
    let same = |event: &Event| matches!(event, Event::Said { text, .. } if text == words);
    let journal = app.store.journal(case.reference).await?;
    Ok(journal.iter().any(|e| e.version > seen && e.actor == *actor && e.events.iter().any(same)))
}

pub fn later(now: Timestamp) -> Timestamp {
    now.saturating_add(pending::UNDO).unwrap_or(Timestamp::MAX)
}

/// Keeps as a draft what one of the composers could not send.
pub async fn keep(app: &App, actor: &Actor, case: CaseRef, deed: Deed, posted: &Posted) -> Result<(), Trouble> {
    match deed.writing() {
        Some(kind) => save(app, staff_of(actor)?, case, kind, posted).await,
        None => Ok(()),
    }
}

async fn save(app: &App, staff: AccountId, case: CaseRef, kind: Writing, posted: &Posted) -> Result<(), Trouble> {
    let text: String = text(posted.raw(field(kind))).chars().take(STATEMENT_MAX).collect();
    let form = posted.get("form").parse().ok();
    let draft = Draft { case, staff, kind, text, channel: channel_of(kind, posted), form, at: app.now() };
    Ok(app.store.save_draft(draft).await?)
}

/// Keeps a draft: for the script, which asks for no page, and for the button, which gets one.
pub async fn draft(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let reference = known(&app, &visit, &reference).await?;
    let kind = Writing::named(posted.get("kind")).ok_or(Trouble::BadRequest)?;
    save(&app, staff_of(&actor)?, reference, kind, &posted).await?;
    if posted.ticked("quietly") {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let view = view_named(posted.get("view"));
    Ok(Redirect::to(&format!("{}&done=draft#write-{}", href(reference, view), kind.name())).into_response())
}

/// Takes a message back, while there is time, and puts its words into the composer again.
pub async fn take_back(
    State(app): State<Shared>,
    visit: Visit,
    Path(reference): Path<String>,
    posted: Posted,
) -> Answer {
    let actor = reader(&visit)?;
    let reference = known(&app, &visit, &reference).await?;
    let id: PendingId = posted.get("id").parse().map_err(|_| Trouble::BadRequest)?;
    let view = view_named(posted.get("view"));
    let to = match app.store.take_back(id, staff_of(&actor)?, app.now()).await? {
        Some((case, kind)) => format!("{}&done=taken-back#write-{}", href(case, view), kind.name()),
        None => format!("{}&done=too-late#journal", href(reference, view)),
    };
    Ok(Redirect::to(&to).into_response())
}

/// The case of that reference, where there is one that they see.
pub async fn known(app: &App, visit: &Visit, reference: &str) -> Result<CaseRef, Trouble> {
    case_of(app, visit, reference).await.map(|case| case.reference)
}
