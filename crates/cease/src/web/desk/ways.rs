//! What runs beside a case, at the desk: what kind of end it is and for whom, the notice that is owed, the move to
//! another network, the complaint; and what the desk does about them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::redact::redact;
use case::way::{Kind, SwitchState, Unused};
use case::{Case, Command, Policy};
use store::StoreError;

use super::row::{href, stamp};
use super::{case_of, reader, view_named};
use crate::act::{ActError, act_on};
use crate::app::Shared;
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit};

pub struct Ways {
    /// What was declared: name and value.
    pub said: Vec<(String, String)>,
    /// Clocks: what, when, and the kind of their tag.
    pub clocks: Vec<(String, String, &'static str)>,
    /// A complaint is open; whether the schemes can be told of.
    pub complaint: bool,
    pub deadlock: bool,
    /// A code is out, and its use can be told.
    pub ported: bool,
}

impl Ways {
    pub fn none(&self) -> bool {
        self.said.is_empty() && self.clocks.is_empty()
    }

    pub fn of(p: &Page, policy: &Policy, of_complaint: &Policy, case: &Case, mask: &Mask) -> Self {
        let ways = &case.ways;
        let open = case.complaint();
        let told = open.is_some_and(|complaint| complaint.told.is_some());
        Self {
            said: said(p, policy, case, mask),
            clocks: clocks(p, case),
            complaint: open.is_some(),
            deadlock: open.is_some() && !told && !of_complaint.complaint.schemes.is_empty(),
            ported: ways.switch.as_ref().is_some_and(|s| s.issued.is_some() && s.state != SwitchState::Done),
        }
    }
}

fn said(p: &Page, policy: &Policy, case: &Case, mask: &Mask) -> Vec<(String, String)> {
    let (l, way) = (p.l, &case.declaration.way);
    let mut rows = Vec::new();
    if !way.kind.is_ordinary() {
        rows.push((fl!(l, "ways-kind"), p.t(&format!("ways-kind-{}", way.kind.name()))));
    }
    if let Some(not_upheld) = &case.ways.not_upheld {
        rows.push((fl!(l, "ways-counts"), fl!(l, "ways-counts-ordinary", at = stamp(p, &not_upheld.at))));
        rows.push((fl!(l, "ways-not-upheld-why"), mask.text(&not_upheld.reason)));
    }
    match &way.kind {
        Kind::Ordinary => {}
        Kind::Extraordinary { reason } => rows.push((fl!(l, "ways-desk-reason"), mask.text(reason))),
        Kind::Withdrawal => {
            let day = |day| crate::words::day(p.language, day);
            let from = case.counts_from();
            let (since, by) = (policy.withdrawal_since(from), policy.refund_day(from));
            rows.push((fl!(l, "ways-desk-withdrawal"), day(since)));
            if case.kind() == &way.kind {
                rows.push((fl!(l, "ways-desk-refund"), day(by)));
            }
        }
        Kind::Death { died, certificate, registrar } => {
            rows.extend(died.map(|day| (fl!(l, "ways-behalf-died"), crate::words::day(p.language, day))));
            for (name, text) in
                [(fl!(l, "ways-behalf-certificate"), certificate), (fl!(l, "ways-behalf-registrar"), registrar)]
            {
                if !text.is_empty() {
                    rows.push((name, mask.text(text)));
                }
            }
            rows.push((fl!(l, "letter-row-fee"), fl!(l, "ways-waived")));
        }
    }
    if let Some(by) = &way.behalf {
        let who = mask.field(case::Field::Name, &by.name);
        rows.push((
            fl!(l, "ways-desk-behalf"),
            format!("{who} · {}", p.t(&format!("ways-capacity-{}", by.capacity.name()))),
        ));
    }
    rows.extend(way.contract.as_ref().map(|contract| (fl!(l, "ways-contract"), mask.text(contract))));
    rows.extend(way.button.as_ref().map(|button| (fl!(l, "ways-button"), button.clone())));
    rows
}

fn clocks(p: &Page, case: &Case) -> Vec<(String, String, &'static str)> {
    let (l, ways) = (p.l, &case.ways);
    let mut clocks = Vec::new();
    if let Some(notice) = ways.notice {
        let (when, kind) = match notice.sent {
            Some(at) => (fl!(l, "ways-clock-sent", at = stamp(p, &at)), "done"),
            None => (fl!(l, "ways-clock-due", at = stamp(p, &notice.due)), "waiting"),
        };
        clocks.push((fl!(l, "ways-letter-end-notice"), when, kind));
    }
    if let Some(switch) = &ways.switch {
        let name = fl!(l, "ways-clock-switch", code = switch.code.name().to_uppercase());
        let late = case.flags.contains(&case::Flag::CodeLate);
        let (when, kind) = match (switch.state, switch.runs_until()) {
            (SwitchState::Done, _) => (fl!(l, "ways-code-used"), "done"),
            (SwitchState::Expired, _) => (fl!(l, "ways-code-expired"), "neutral"),
            (SwitchState::Open, _) if late => (fl!(l, "ways-code-late"), "problem"),
            (SwitchState::Open, Some(until)) => (fl!(l, "ways-code-until", until = stamp(p, &until)), "active"),
            (SwitchState::Open, None) => (fl!(l, "ways-clock-not-asked"), "waiting"),
        };
        clocks.push((name, when, kind));
        let then =
            if switch.unused == Unused::Lapse { fl!(l, "ways-unused-lapse") } else { fl!(l, "ways-unused-cancel") };
        clocks.push((fl!(l, "ways-unused"), then, "neutral"));
    }
    if let Some(complaint) = ways.complaint {
        let (when, kind) = match (complaint.settled, complaint.told, complaint.due) {
            (true, _, _) => (fl!(l, "event-complaint-settled"), "done"),
            (false, Some(at), _) => (fl!(l, "ways-clock-adr-told", at = stamp(p, &at)), "problem"),
            (false, None, Some(due)) => (fl!(l, "ways-clock-adr-due", at = stamp(p, &due)), "waiting"),
            (false, None, None) => (fl!(l, "ways-clock-since", at = stamp(p, &complaint.since)), "waiting"),
        };
        clocks.push((fl!(l, "ways-flag-complaint"), when, kind));
    }
    clocks
}

/// `POST /desk/case/{reference}/way/{deed}`: a complaint settled or at a deadlock, a number that has moved.
pub async fn post(
    State(app): State<Shared>,
    visit: Visit,
    Path((reference, deed)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let actor = reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let text = redact(&lines(posted.get("text"))).0;
    let command = match deed.as_str() {
        "complain" => Command::Complain { text },
        "settle" => Command::SettleComplaint { text },
        "deadlock" => Command::Deadlock { text },
        "ported" => Command::Ported { at: None },
        _ => return Err(Trouble::NotFound),
    };
    match act_on(&app, &case, &actor, &command).await {
        Ok(_) => {}
        Err(ActError::Refused(refusal)) => return Err(Trouble::Refused(refusal)),
        Err(ActError::Store(StoreError::Conflict)) => return Err(Trouble::StaleForm),
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&format!("{}#ways", href(case.reference, view_named(posted.get("view"))))).into_response())
}
