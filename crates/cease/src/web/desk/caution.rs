//! What holds a case back, at the desk: each fact with what it does, the hold and who has signed for ending it, and
//! the account's lock, which the desk may set at the holder's wish.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::{Actor, Case, Command, Refusal};
use store::Act;

use super::act::would;
use super::row::{href, stamp};
use super::{case_of, reader, staff, timeline, view_named};
use crate::act::Stands;
use crate::app::{App, Shared};
use crate::guard;
use crate::web::{Answer, Page, Posted, Trouble, Visit};

pub use crate::web::case::caution::{bearing, fact};

pub struct Caution {
    /// The fact, what it does, and since when.
    pub risks: Vec<(String, String, String)>,
    /// Until when it is held.
    pub until: Option<String>,
    pub lifted: bool,
    /// Who has signed for ending it: name and evidence.
    pub signed: Option<(String, String)>,
    /// Whether the reader may sign, and if not, why.
    pub lift: Option<Result<(), String>>,
    pub locked: bool,
    pub can_lock: bool,
}

impl Caution {
    pub fn of(app: &App, p: &Page, (case, mask): (&Case, &Mask), actor: &Actor, names: &timeline::Names) -> Self {
        let until = case.held(p.now());
        let lift = Command::LiftHold { evidence: "…".into() };
        let lift = until.map(|_| match would(app, case, &Stands::default(), actor, &lift) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(p.t(refusal.key())),
        });
        let signed = case.hold.as_ref().filter(|_| until.is_some()).and_then(|hold| hold.signed.as_ref());
        Self {
            risks: case.risks.iter().map(|r| (fact(p.l, r.fact), bearing(p, r), stamp(p, &r.at))).collect(),
            until: until.map(|at| stamp(p, &at)),
            lifted: case.hold.as_ref().is_some_and(|hold| hold.lifted),
            signed: signed.map(|s| {
                let who = fl!(p.l, "desk-signed-by", who = timeline::name(p, names, s.staff), at = stamp(p, &s.at));
                (who, mask.text(&s.evidence))
            }),
            lift,
            locked: case.locked,
            can_lock: !case.locked && case.account.is_some() && case.stage.is_open(),
        }
    }

    pub fn none(&self) -> bool {
        self.risks.is_empty() && !self.locked && !self.can_lock
    }
}

/// Locks the account of a case. Who asked for it may well be on the phone; nothing is lost by it. The case says who did
/// it: a lock that its holder never asked for is not to look like theirs.
pub async fn lock(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let (me, _) = staff(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let reference = case.reference;
    let account = case.account.ok_or(Trouble::Refused(Refusal::StillLacking))?;
    if case.locked {
        return Err(Trouble::Refused(Refusal::Held));
    }
    if !case.stage.is_open() {
        return Err(Trouble::Refused(Refusal::WrongStage { stage: case.stage.name().into() }));
    }
    let act = Act { at: app.now(), account: Some(me), what: "account-locked".into(), detail: reference.to_string() };
    app.store.audit(act).await?;
    guard::lock(&app, account).await?;
    let (text, channel) = (crate::words::words(visit.lang).get("caution-lock-note"), case::Channel::Web);
    crate::act::act(&app, reference, &actor, &Command::Note { text, channel }).await?;
    Ok(Redirect::to(&format!("{}&done=locked", href(reference, view_named(posted.get("view"))))).into_response())
}
