//! What staff do to a case: each deed a form of its own, each through the one door, each only to the
//! case as it was shown.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::case::Stage;
use case::declaration::STATEMENT_MAX;
use case::{Actor, Case, CaseRef, Command, Event, Need, Refusal};
use store::{StoreError, View};

use super::row::{cursor, href};
use super::{Asked, case as page, reader, view_name, view_named};
use crate::act::{ActError, act_on};
use crate::app::{App, Shared};
use crate::web::{Answer, Page, Posted, Trouble, Visit};
use crate::words::Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Approve,
    Refuse,
    Ask,
    Note,
    Reply,
    TakeUp,
    CardReceived,
    Resume,
}

impl Deed {
    pub const ALL: [Deed; 8] = [
        Deed::Approve,
        Deed::Refuse,
        Deed::Ask,
        Deed::Note,
        Deed::Reply,
        Deed::TakeUp,
        Deed::CardReceived,
        Deed::Resume,
    ];

    /// The end of the address it is posted to, and the beginning of its fields' names.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Approve => "approve",
            Deed::Refuse => "refuse",
            Deed::Ask => "ask",
            Deed::Note => "note",
            Deed::Reply => "reply",
            Deed::TakeUp => "take-up",
            Deed::CardReceived => "card-received",
            Deed::Resume => "resume",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.name() == name)
    }

    /// The fields a person writes in.
    pub fn texts(self) -> &'static [&'static str] {
        match self {
            Deed::Approve => &["approve-evidence"],
            Deed::Refuse => &["refuse-reason", "refuse-way-out"],
            Deed::Ask => &["ask-text"],
            Deed::Note => &["note-text"],
            Deed::Reply => &["reply-text"],
            Deed::Resume => &["resume-reason"],
            Deed::TakeUp | Deed::CardReceived => &[],
        }
    }

    fn command(self, posted: &Posted) -> Command {
        let text = |name: &str| posted.get(name).to_owned();
        match self {
            Deed::Approve => Command::Approve { evidence: text("approve-evidence") },
            Deed::Refuse => Command::Refuse { reason: text("refuse-reason"), way_out: text("refuse-way-out") },
            Deed::Ask => Command::Ask { needs: needs(posted), text: text("ask-text") },
            Deed::Note => Command::note(text("note-text")),
            Deed::Reply => Command::say(text("reply-text")),
            Deed::TakeUp => Command::TakeUp,
            Deed::CardReceived => Command::ReceiveCard,
            Deed::Resume => Command::Resume { reason: text("resume-reason") },
        }
    }

    fn errors(self, l: &Words, posted: &Posted) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self == Deed::Ask && needs(posted).is_empty() {
            errors.push(FieldError { field: "ask-need", text: fl!(l, "desk-error-ask-need") });
        }
        for &field in self.texts() {
            let text = posted.get(field);
            if text.is_empty() {
                errors.push(FieldError { field, text: missing(l, field) });
            } else if text.chars().count() > STATEMENT_MAX {
                errors.push(FieldError { field, text: fl!(l, "refusal-bad-text") });
            }
        }
        errors
    }
}

fn needs(posted: &Posted) -> Vec<Need> {
    posted.all("ask-need").filter_map(|name| Need::ALL.into_iter().find(|need| need.name() == name)).collect()
}

fn missing(l: &Words, field: &str) -> String {
    match field {
        "approve-evidence" => fl!(l, "desk-error-evidence"),
        "refuse-reason" => fl!(l, "desk-error-reason"),
        "refuse-way-out" => fl!(l, "desk-error-way-out"),
        "ask-text" => fl!(l, "desk-error-ask"),
        "note-text" => fl!(l, "desk-error-note"),
        "reply-text" => fl!(l, "desk-error-reply"),
        _ => fl!(l, "desk-error-resume"),
    }
}

pub struct FieldError {
    pub field: &'static str,
    pub text: String,
}

/// A deed that was not done, with what was typed.
pub struct Trial {
    pub deed: Deed,
    pub posted: Posted,
    pub status: StatusCode,
    pub errors: Vec<FieldError>,
    pub why: Why,
}

pub enum Why {
    Fields,
    /// The case has moved on since it was shown.
    Moved,
    Refused(Refusal),
}

pub async fn post(
    State(app): State<Shared>,
    visit: Visit,
    Path((reference, deed)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let actor = reader(&visit)?;
    let reference: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    let deed = Deed::named(&deed).ok_or(Trouble::NotFound)?;
    let view = view_named(posted.get("view"));
    let seen: u64 = posted.get("version").parse().map_err(|_| Trouble::BadRequest)?;
    let errors = deed.errors(Page::new(&app, &visit).l, &posted);
    let (status, errors, why) = match attempt(&app, reference, seen, &actor, deed, &posted, errors.is_empty()).await? {
        Attempt::Done(after) => return done(&app, deed, view, &after).await,
        Attempt::Moved => (StatusCode::CONFLICT, Vec::new(), Why::Moved),
        Attempt::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, errors, Why::Fields),
        Attempt::Refused(refusal) => (StatusCode::CONFLICT, Vec::new(), Why::Refused(refusal)),
    };
    let trial = Trial { deed, posted, status, errors, why };
    page::render(&app, &visit, &actor, reference, view, page::Extra { trial: Some(trial), ..Default::default() }).await
}

/// What came of a deed.
enum Attempt {
    Done(Box<Case>),
    /// Something a reader weighs has happened since the page was drawn.
    Moved,
    /// The fields are not filled in as they must be.
    Wrong,
    Refused(Refusal),
}

/// Times a deed is tried again when only a report of an outcome came in between.
const TRIES: u32 = 8;

/// Acts on the case as the agent saw it. An outcome reported between reading and writing (the receipt
/// went out, say) is no reason to bother them.
async fn attempt(
    app: &App,
    reference: CaseRef,
    seen: u64,
    actor: &Actor,
    deed: Deed,
    posted: &Posted,
    filled_in: bool,
) -> Result<Attempt, Trouble> {
    for _ in 0..TRIES {
        let case = app.store.case(reference).await?.ok_or(Trouble::NotFound)?;
        if !still_as_seen(app, &case, seen).await? {
            return Ok(Attempt::Moved);
        }
        if !filled_in {
            return Ok(Attempt::Wrong);
        }
        match act_on(app, &case, actor, &deed.command(posted)).await {
            Ok(after) => return Ok(Attempt::Done(Box::new(after))),
            Err(ActError::Store(StoreError::Conflict)) => {}
            Err(ActError::Refused(refusal)) => return Ok(Attempt::Refused(refusal)),
            Err(other @ (ActError::NoSuchCase | ActError::Store(_))) => return Err(other.into()),
        }
    }
    Ok(Attempt::Moved)
}

/// Whether nothing that a reader weighs has happened since `seen`. That a letter went out or the
/// network answered without moving the case does not make what was shown untrue.
async fn still_as_seen(app: &App, case: &Case, seen: u64) -> Result<bool, StoreError> {
    if case.version == seen {
        return Ok(true);
    }
    if seen > case.version {
        return Ok(false);
    }
    let journal = app.store.journal(case.reference).await?;
    let quiet = |event: &Event| matches!(event, Event::Settled { .. });
    Ok(journal.iter().filter(|entry| entry.version > seen).all(|entry| entry.events.iter().all(quiet)))
}

/// A decision leads to the next case of the view; everything else back to the same one.
async fn done(app: &App, deed: Deed, view: View, case: &Case) -> Answer {
    let to = match deed {
        Deed::Approve | Deed::Refuse => {
            let word = match (deed, &case.stage) {
                (Deed::Approve, Stage::Review { .. }) => "signed",
                (Deed::Approve, _) => "approved",
                (_, _) => "refused",
            };
            let base = match next(app, view, case).await? {
                Some(next) => href(next, view),
                None => format!("/desk?view={}", view_name(view)),
            };
            format!("{base}&done={word}&was={}", case.reference)
        }
        Deed::Ask | Deed::Note | Deed::Reply | Deed::TakeUp | Deed::CardReceived | Deed::Resume => {
            format!("{}&done={}", href(case.reference, view), deed.name())
        }
    };
    Ok(Redirect::to(&to).into_response())
}

async fn next(app: &App, view: View, case: &Case) -> Result<Option<CaseRef>, StoreError> {
    let mut after = app.store.list(view, Some(cursor(case)), 1).await?;
    if after.is_empty() {
        after = app.store.list(view, None, 2).await?;
    }
    Ok(after.into_iter().map(|s| s.case.reference).find(|reference| *reference != case.reference))
}

/// The word on a page that something was done, carried by its address.
pub struct Done {
    pub text: String,
    /// The case it was done to, where that is another than the one shown.
    pub was: Option<(String, String)>,
}

impl Done {
    pub fn of(p: &Page, asked: &Asked) -> Option<Self> {
        let l = p.l;
        let text = match asked.get("done") {
            "approved" => fl!(l, "desk-done-approved"),
            "signed" => fl!(l, "desk-done-signed"),
            "refused" => fl!(l, "desk-done-refused"),
            "ask" => fl!(l, "desk-done-ask"),
            "note" => fl!(l, "desk-done-note"),
            "reply" => fl!(l, "desk-done-reply"),
            "chatted" => fl!(l, "desk-done-chatted"),
            "take-up" => fl!(l, "desk-done-take-up"),
            "card-received" => fl!(l, "desk-done-card-received"),
            "resume" => fl!(l, "desk-done-resume"),
            _ => return None,
        };
        let was = asked.get("was").parse::<CaseRef>().ok();
        Some(Self { text, was: was.map(|was| (was.to_string(), href(was, View::All))) })
    }
}

/// Whether `command` would be taken now, and if not, why.
pub fn would(app: &App, case: &Case, actor: &Actor, command: &Command) -> Result<Case, Refusal> {
    let world = case::World { now: app.now(), policy: &app.policy, record: None, duplicate: false };
    case::decide(Some(case), actor, command, &world).map(|decision| decision.case)
}
