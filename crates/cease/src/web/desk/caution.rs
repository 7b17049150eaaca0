//! What holds a case back, at the desk: each fact with what it does, the hold and who has signed for ending it, and
//! the account's lock, which the desk may set for a reason that it writes down.

use case::mask::Mask;
use case::{Actor, Case, Command, Refusal};
use store::Act;

use super::act::would;
use super::row::stamp;
use super::timeline;
use crate::act::Stands;
use crate::app::App;
use crate::guard;
use crate::web::{Page, Trouble};

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
    /// What the lock holds back of a card that has ended, and its day; empty where nothing is to be paid.
    pub unpaid: String,
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
            locked: case.locked && (case.stage.is_open() || case.bill.held && case.may_pay_back()),
            unpaid: case
                .bill
                .unpaid()
                .filter(|_| case.bill.held)
                .map_or_else(String::new, |refund| fl!(p.l, "caution-desk-unpaid", by = p.until(&refund.by))),
            can_lock: never(case).is_none(),
        }
    }

    /// There is nothing to be careful of.
    pub fn is_calm(&self) -> bool {
        self.risks.is_empty() && self.until.is_none() && !self.locked && !self.lifted
    }
}

/// Why the account of a case cannot be locked from it.
pub fn never(case: &Case) -> Option<Refusal> {
    if case.account.is_none() {
        Some(Refusal::StillLacking)
    } else if case.locked {
        Some(Refusal::Held)
    } else {
        // What a lock can still hold: the card, or the money.
        (!case.stage.is_open() && !case.may_pay_back()).then(|| Refusal::WrongStage { stage: case.stage.name().into() })
    }
}

/// Locks the account of a case, once the reason stands in it. The case says who did it: a lock that its holder never
/// asked for is not to look like theirs.
pub async fn lock(app: &App, actor: &Actor, case: &Case) -> Result<(), Trouble> {
    let (Some(account), Actor::Agent { staff, .. }) = (case.account, actor) else { return Ok(()) };
    let detail = case.reference.to_string();
    let act = Act { at: app.now(), account: Some(*staff), what: "account-locked".into(), detail };
    app.store.audit(act).await?;
    Ok(guard::lock_at(app, account, case.reference, actor).await?)
}
