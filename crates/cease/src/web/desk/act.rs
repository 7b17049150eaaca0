//! What staff do to a case: each deed a form of its own, each through the one door, each only to the
//! case as it was shown. A reply or a note waits ten seconds first, so that it can be taken back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::case::Stage;
use case::declaration::STATEMENT_MAX;
use case::watch::{Closing, Kind};
use case::{Actor, Case, CaseRef, Command, Entry, Event, Flag, Money, Need, Refusal};
use store::filter::Order;
use store::{Asker, Filter, Start, StoreError, View, Writing};

use super::row::{cursor, href};
use super::{Asked, asker, case as page, case_of, caution, hold, reader, staff, view_name, view_named, write};
use crate::act::{ActError, Stands, act_on};
use crate::app::{App, Shared};
use crate::web::counter::journey::Wrong;
use crate::web::{Answer, Page, Posted, Trouble, Visit};
use crate::words::Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Approve,
    Refuse,
    Weigh,
    Ask,
    Note,
    Reply,
    TakeUp,
    CardReceived,
    Resume,
    HandOver,
    Snooze,
    CloseAlarm,
    LookAgain,
    LiftHold,
    Lock,
    PaidBack,
}

impl Deed {
    pub const ALL: [Deed; 16] = [
        Deed::Approve,
        Deed::Refuse,
        Deed::Weigh,
        Deed::Ask,
        Deed::Note,
        Deed::Reply,
        Deed::TakeUp,
        Deed::CardReceived,
        Deed::Resume,
        Deed::HandOver,
        Deed::Snooze,
        Deed::CloseAlarm,
        Deed::LookAgain,
        Deed::LiftHold,
        Deed::Lock,
        Deed::PaidBack,
    ];

    /// The end of the address it is posted to, and the beginning of its fields' names.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Approve => "approve",
            Deed::Refuse => "refuse",
            Deed::Weigh => "weigh",
            Deed::Ask => "ask",
            Deed::Note => "note",
            Deed::Reply => "reply",
            Deed::TakeUp => "take-up",
            Deed::CardReceived => "card-received",
            Deed::Resume => "resume",
            Deed::HandOver => "hand-over",
            Deed::Snooze => "snooze",
            Deed::CloseAlarm => "close-alarm",
            Deed::LookAgain => "look-again",
            Deed::LiftHold => "lift-hold",
            Deed::Lock => "lock",
            Deed::PaidBack => "paid-back",
        }
    }

    pub fn title(self, l: &Words) -> String {
        match self {
            Deed::Approve => fl!(l, "desk-approve"),
            Deed::Refuse => fl!(l, "desk-refuse"),
            Deed::Weigh => fl!(l, "desk-weigh"),
            Deed::Ask => fl!(l, "desk-ask"),
            Deed::Note => fl!(l, "desk-note"),
            Deed::Reply => fl!(l, "desk-reply"),
            Deed::TakeUp => fl!(l, "desk-take-up"),
            Deed::CardReceived => fl!(l, "desk-card-received"),
            Deed::Resume => fl!(l, "desk-resume"),
            Deed::HandOver => fl!(l, "desk-hand-over"),
            Deed::Snooze => fl!(l, "desk-snooze"),
            Deed::CloseAlarm => fl!(l, "desk-close-alarm"),
            Deed::LookAgain => fl!(l, "desk-look-again"),
            Deed::LiftHold => fl!(l, "caution-lift"),
            Deed::Lock => fl!(l, "caution-lock"),
            Deed::PaidBack => fl!(l, "bill-desk-paid"),
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
            Deed::Weigh => &["weigh-reason"],
            Deed::Ask => &["ask-text"],
            Deed::Note => &["note-text"],
            Deed::Reply => &["reply-text"],
            Deed::Resume => &["resume-reason"],
            Deed::HandOver => &["hand-over-text"],
            Deed::CloseAlarm => &["close-alarm-text"],
            Deed::LiftHold => &["lift-hold-evidence"],
            Deed::Lock => &["lock-reason"],
            Deed::PaidBack => &["paid-back-amount", "paid-back-reference"],
            Deed::TakeUp | Deed::CardReceived | Deed::Snooze | Deed::LookAgain => &[],
        }
    }

    /// Which of the two composers it is.
    pub fn writing(self) -> Option<Writing> {
        match self {
            Deed::Reply => Some(Writing::Reply),
            Deed::Note => Some(Writing::Note),
            Deed::Approve
            | Deed::Refuse
            | Deed::Weigh
            | Deed::Ask
            | Deed::TakeUp
            | Deed::CardReceived
            | Deed::Resume
            | Deed::HandOver
            | Deed::CloseAlarm
            | Deed::LookAgain
            | Deed::LiftHold
            | Deed::Lock
            | Deed::PaidBack
            | Deed::Snooze => None,
        }
    }

    /// What is asked of the case; none where nothing of it changes.
    pub fn command(self, posted: &Posted) -> Option<Command> {
        let text = |name: &str| write::text(posted.get(name));
        Some(match self {
            Deed::Approve => Command::Approve { evidence: text("approve-evidence") },
            Deed::Refuse => Command::Refuse { reason: text("refuse-reason"), way_out: text("refuse-way-out") },
            Deed::Weigh => Command::Weigh { upheld: posted.get("weigh-upheld") == "yes", reason: text("weigh-reason") },
            Deed::Ask => Command::Ask { needs: needs(posted), text: text("ask-text") },
            Deed::Note => Command::Note { text: text("note-text"), channel: write::about(posted) },
            Deed::Reply => Command::say(text("reply-text")),
            Deed::TakeUp => Command::TakeUp,
            Deed::CardReceived => Command::ReceiveCard,
            Deed::Resume => Command::Resume { reason: text("resume-reason") },
            Deed::HandOver => Command::note(format!("→ {}\n{}", text("hand-over-name"), text("hand-over-text"))),
            // What was not chosen is an error of the form, and never comes this far.
            Deed::CloseAlarm => Command::CloseAlarm {
                kind: Kind::named(posted.get("close-alarm-kind")).unwrap_or(Kind::Usage),
                why: Closing::named(posted.get("close-alarm-why")).unwrap_or(Closing::Set),
                text: text("close-alarm-text"),
            },
            Deed::LookAgain => Command::LookAgain,
            Deed::LiftHold => Command::LiftHold { evidence: text("lift-hold-evidence") },
            Deed::Lock => Command::note(text("lock-reason")),
            Deed::PaidBack => Command::PaidBack { amount: amount(posted)?, reference: text("paid-back-reference") },
            Deed::Snooze => return None,
        })
    }

    fn errors(self, l: &Words, posted: &Posted) -> Vec<Wrong> {
        let mut errors = Vec::new();
        if self == Deed::HandOver && posted.get("hand-over-name").is_empty() {
            errors.push(Wrong { field: "hand-over-to", text: fl!(l, "desk-error-hand-over-to") });
        }
        if self == Deed::Ask && needs(posted).is_empty() {
            errors.push(Wrong { field: "ask-need", text: fl!(l, "desk-error-ask-need") });
        }
        if self == Deed::CloseAlarm && Kind::named(posted.get("close-alarm-kind")).is_none() {
            errors.push(Wrong { field: "close-alarm-kind", text: fl!(l, "desk-error-alarm-kind") });
        }
        if self == Deed::CloseAlarm && Closing::named(posted.get("close-alarm-why")).is_none() {
            errors.push(Wrong { field: "close-alarm-why", text: fl!(l, "desk-error-alarm-why") });
        }
        let wrote = !posted.get("paid-back-amount").is_empty();
        if self == Deed::PaidBack && wrote && amount(posted).is_none() {
            let like = Money::new(1250, posted.get("currency")).decimal();
            errors.push(Wrong { field: "paid-back-amount", text: fl!(l, "bill-desk-paid-like", like = like) });
        }
        for &field in self.texts() {
            let text = posted.get(field);
            if text.is_empty() {
                errors.push(Wrong { field, text: missing(l, field) });
            } else if text.chars().count() > STATEMENT_MAX {
                errors.push(Wrong { field, text: fl!(l, "refusal-bad-text") });
            }
        }
        errors
    }
}

fn needs(posted: &Posted) -> Vec<Need> {
    posted.all("ask-need").filter_map(|name| Need::ALL.into_iter().find(|need| need.name() == name)).collect()
}

/// What was paid back, in the currency of its form.
fn amount(posted: &Posted) -> Option<Money> {
    Money::parse(posted.get("paid-back-amount").trim(), posted.get("currency")).ok()?.owed().ok()
}

fn missing(l: &Words, field: &str) -> String {
    match field {
        "approve-evidence" => fl!(l, "desk-error-evidence"),
        "refuse-reason" | "weigh-reason" => fl!(l, "desk-error-reason"),
        "refuse-way-out" => fl!(l, "desk-error-way-out"),
        "ask-text" => fl!(l, "desk-error-ask"),
        "note-text" => fl!(l, "desk-error-note"),
        "reply-text" => fl!(l, "desk-error-reply"),
        "close-alarm-text" => fl!(l, "desk-error-alarm-text"),
        "lift-hold-evidence" => fl!(l, "caution-error-evidence"),
        "lock-reason" => fl!(l, "caution-error-lock"),
        "paid-back-amount" => fl!(l, "bill-desk-paid-no-amount"),
        "paid-back-reference" => fl!(l, "bill-desk-paid-no-reference"),
        "hand-over-text" => fl!(l, "desk-error-hand-over"),
        _ => fl!(l, "desk-error-resume"),
    }
}

/// A deed that was not done, with what was typed.
pub struct Trial {
    pub deed: Deed,
    pub posted: Posted,
    pub status: StatusCode,
    pub errors: Vec<Wrong>,
    pub why: Why,
}

pub enum Why {
    Fields,
    /// The case has moved on since it was shown, at this version.
    Moved {
        seen: u64,
    },
    Refused(Refusal),
}

pub async fn post(
    State(app): State<Shared>,
    visit: Visit,
    Path((reference, deed)): Path<(String, String)>,
    mut posted: Posted,
) -> Answer {
    let actor = reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let reference = case.reference;
    let deed = Deed::named(&deed).ok_or(Trouble::NotFound)?;
    if write::mixed(deed, &posted) {
        return Err(Trouble::BadRequest);
    }
    let view = view_named(posted.get("view"));
    let seen: u64 = posted.get("version").parse().map_err(|_| Trouble::BadRequest)?;
    let l = Page::new(&app, &visit).l;
    if deed == Deed::HandOver {
        hold::name_receiver(&app, &actor, reference, &mut posted).await?;
    }
    let mut errors = deed.errors(l, &posted);
    if deed == Deed::Snooze {
        errors.extend(hold::snooze_errors(&app, l, &posted));
    }
    let (status, errors, why) = match attempt(&app, case, seen, &actor, deed, &posted, errors.is_empty()).await? {
        Attempt::Done(after) => {
            let (me, role) = staff(&visit)?;
            return done(&app, &actor, &asker(&app, &visit, (me, role)), deed, view, &after).await;
        }
        Attempt::Moved => (StatusCode::CONFLICT, Vec::new(), Why::Moved { seen }),
        Attempt::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, errors, Why::Fields),
        // What was typed is wrong, and the case is as it was.
        Attempt::Refused(Refusal::TooLittle) => {
            let wrong = Wrong { field: "paid-back-amount", text: fl!(l, "refusal-too-little") };
            (StatusCode::UNPROCESSABLE_ENTITY, vec![wrong], Why::Fields)
        }
        Attempt::Refused(refusal) => (StatusCode::CONFLICT, Vec::new(), Why::Refused(refusal)),
    };
    // Whatever became of it, what was written is on the server.
    write::keep(&app, &actor, reference, deed, &posted).await?;
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

/// Acts on the case, read just now, as the agent saw it. An outcome reported between reading and writing (the receipt
/// went out, say) is no reason to bother them.
async fn attempt(
    app: &App,
    mut case: Case,
    seen: u64,
    actor: &Actor,
    deed: Deed,
    posted: &Posted,
    filled_in: bool,
) -> Result<Attempt, Trouble> {
    for _ in 0..TRIES {
        if !still_as_seen(app, &case, seen, actor).await? {
            return Ok(Attempt::Moved);
        }
        if !filled_in {
            return Ok(Attempt::Wrong);
        }
        let Some(command) = deed.command(posted) else {
            hold::snooze(app, actor, &case, posted).await?;
            return Ok(Attempt::Done(Box::new(case)));
        };
        if let Some(kind) = deed.writing() {
            if let Err(refusal) = would(app, &case, &Stands::default(), actor, &command) {
                return Ok(Attempt::Refused(refusal));
            }
            write::send(app, actor, &case, kind, posted).await?;
            return Ok(Attempt::Done(Box::new(case)));
        }
        if let Some(refusal) = caution::never(&case).filter(|_| deed == Deed::Lock) {
            return Ok(Attempt::Refused(refusal));
        }
        match act_on(app, &case, actor, &command).await {
            Ok(after) => {
                if deed == Deed::Lock {
                    caution::lock(app, actor, &after).await?;
                }
                if deed == Deed::HandOver {
                    hold::hand_over(app, actor, &after, posted).await?;
                }
                return Ok(Attempt::Done(Box::new(after)));
            }
            Err(ActError::Store(StoreError::Conflict)) => {
                case = app.store.case(case.reference).await?.ok_or(Trouble::NotFound)?;
            }
            Err(ActError::Refused(refusal)) => return Ok(Attempt::Refused(refusal)),
            Err(other @ (ActError::NoSuchCase | ActError::Store(_))) => return Err(other.into()),
        }
    }
    Ok(Attempt::Moved)
}

/// Whether nothing that a reader weighs has happened since `seen`. That a letter went out, the network
/// answered without moving the case, or the reader's own words were sent does not make what was shown
/// untrue.
pub async fn still_as_seen(app: &App, case: &Case, seen: u64, reader: &Actor) -> Result<bool, StoreError> {
    if case.version == seen {
        return Ok(true);
    }
    if seen > case.version {
        return Ok(false);
    }
    let since = app.store.entries(case.reference, seen, u32::MAX).await?;
    Ok(since.iter().all(|entry| quiet(entry, reader)))
}

/// An entry that tells its reader nothing new.
pub fn quiet(entry: &Entry, reader: &Actor) -> bool {
    let own = entry.actor == *reader;
    // That time passed, or that the holder asks how it is going, changes nothing that was looked at.
    let clock = |flag: &Flag| matches!(flag, Flag::DueSoon | Flag::Overdue | Flag::Escalated | Flag::Delayed);
    entry.events.iter().all(|event| match event {
        Event::Settled { .. } | Event::Nudged { .. } | Event::Mailed { .. } | Event::SeenAgain { .. } => true,
        // The file is told by what names it.
        Event::Kept { .. } => true,
        Event::Said { .. } | Event::Attended { .. } | Event::Confirmed { .. } | Event::Promised { .. } => own,
        Event::Owed { what, .. } => own || matches!(what.as_str(), "notify" | "escalate"),
        Event::Flagged { flag } => clock(flag),
        Event::Cleared { .. } => own,
        Event::Declared { .. }
        | Event::Attributed { .. }
        | Event::Quoted { .. }
        | Event::Proven { .. }
        | Event::Corrected { .. }
        | Event::Agreed { .. }
        | Event::Saved { .. }
        | Event::Filed { .. }
        | Event::Asked { .. }
        | Event::CardReceived
        | Event::Return { .. }
        | Event::PersonWanted
        | Event::Reminded
        | Event::Dated { .. }
        | Event::Moved { .. }
        | Event::Bounced { .. }
        | Event::Profile { .. }
        | Event::Alarmed { .. }
        | Event::Reported { .. }
        | Event::Risked { .. }
        | Event::HoldSigned { .. }
        | Event::HoldLifted { .. }
        | Event::LockSeen { .. }
        | Event::BillingEnded { .. }
        | Event::Stated { .. }
        | Event::RefundDue { .. }
        | Event::RefundPaid { .. }
        | Event::RefundHeld { .. }
        | Event::NoticeDue { .. }
        | Event::NoticeSent { .. }
        | Event::Moving { .. }
        | Event::CodeAsked { .. }
        | Event::CodeIssued { .. }
        | Event::CodeExpired
        | Event::Ported { .. }
        | Event::Complained { .. }
        | Event::AdrTold { .. }
        | Event::ComplaintSettled
        | Event::Weighed { .. }
        | Event::ErasurePlanned { .. }
        | Event::ErasureOff
        | Event::Erased { .. }
        | Event::AlarmClosed { .. } => false,
    })
}

/// A decision leads to the next case of the list; everything else back to the same one.
async fn done(app: &App, actor: &Actor, asker: &Asker, deed: Deed, view: Filter, case: &Case) -> Answer {
    let to = match deed {
        Deed::Approve | Deed::Refuse => {
            let ((), next) = tokio::try_join!(hold::decided(app, actor, case), next(app, asker, view, case))?;
            let word = match (deed, &case.stage) {
                (Deed::Approve, Stage::Review { .. }) => "signed",
                (Deed::Approve, _) if next.is_none() => "approved-last",
                (Deed::Approve, _) => "approved",
                (_, _) => "refused",
            };
            let base = match next {
                Some(next) => href(next, view),
                None => format!("/desk?view={}", view_name(view)),
            };
            format!("{base}&done={word}&was={}", case.reference)
        }
        Deed::Note | Deed::Reply => format!("{}#sending", href(case.reference, view)),
        Deed::Weigh
        | Deed::Ask
        | Deed::TakeUp
        | Deed::CardReceived
        | Deed::Resume
        | Deed::HandOver
        | Deed::CloseAlarm
        | Deed::LookAgain
        | Deed::LiftHold
        | Deed::Lock
        | Deed::PaidBack
        | Deed::Snooze => {
            format!("{}&done={}", href(case.reference, view), deed.name())
        }
    };
    Ok(Redirect::to(&to).into_response())
}

/// The case after this one in the list it was opened from; else the first of it. In the order of
/// deadlines there is no place to go on from once the deadline has changed.
pub async fn next(app: &App, asker: &Asker, view: Filter, case: &Case) -> Result<Option<CaseRef>, StoreError> {
    let other = async |start| app.store.next(&view, asker, start, case.reference).await;
    let after = if view.order == Order::Due { None } else { other(Start::After(cursor(case))).await? };
    match after {
        Some(next) => Ok(Some(next)),
        None => other(Start::First).await,
    }
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
            "approved-last" => fl!(l, "desk-done-approved-last"),
            "ask" => fl!(l, "desk-done-ask"),
            "weigh" => fl!(l, "desk-done-weigh"),
            "chatted" => fl!(l, "desk-done-chatted"),
            "take-up" => fl!(l, "desk-done-take-up"),
            "card-received" => fl!(l, "desk-done-card-received"),
            "resume" => fl!(l, "desk-done-resume"),
            "hand-over" => fl!(l, "desk-done-hand-over"),
            "snooze" => fl!(l, "desk-done-snooze"),
            "close-alarm" => fl!(l, "desk-done-close-alarm"),
            "look-again" => fl!(l, "desk-done-look-again"),
            "lift-hold" => fl!(l, "caution-done-lift"),
            "lock" => fl!(l, "caution-done-locked"),
            "paid-back" => fl!(l, "bill-desk-paid-done"),
            "agency" => {
                let with = asked.get("to").parse::<case::Agency>().ok();
                super::agencies::given(l, asked.get("of").parse::<CaseRef>().ok()?, with.as_ref(), asked)
            }
            "woken" => fl!(l, "desk-done-woken"),
            "claimed" => fl!(l, "desk-done-claimed"),
            "released" => fl!(l, "desk-done-released"),
            "not-claimed" => fl!(l, "desk-done-not-claimed"),
            "draft" => fl!(l, "desk-done-draft"),
            "taken-back" => fl!(l, "desk-done-taken-back"),
            "too-late" => fl!(l, "desk-done-too-late"),
            "filled" => fl!(l, "desk-done-filled"),
            "macro" => fl!(l, "desk-done-macro"),
            "settings" => fl!(l, "desk-done-settings"),
            "macro-saved" => fl!(l, "desk-done-macro-saved"),
            "macro-deleted" => fl!(l, "desk-done-macro-deleted"),
            _ => return None,
        };
        let was = asked.get("was").parse::<CaseRef>().ok();
        Some(Self { text, was: was.map(|was| (was.to_string(), href(was, View::All.into()))) })
    }
}

/// Whether `command` would be taken now, the card of its case standing as it does, and if not, why.
pub fn would(app: &App, case: &Case, card: &Stands, actor: &Actor, command: &Command) -> Result<Case, Refusal> {
    let policy = app.policy.of(case);
    let record = card.own.as_ref().filter(|_| command.wants_card());
    let world = case::World { now: app.now(), policy, record, duplicate: card.rival.is_some(), known: None };
    case::decide(Some(case), actor, command, &world).map(|decision| decision.case)
}
