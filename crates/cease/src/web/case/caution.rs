//! What holds a case back, in words: for its holder, and (more of it) for the desk.

use case::risk::{Bearing, Risk};
use case::{Case, Fact, Stage};

use crate::web::Page;
use crate::words::Words;

/// What the holder's page says of it.
pub struct Caution {
    /// Until when nothing irreversible happens.
    pub until: Option<String>,
    /// Two of us have ended that early.
    pub lifted: bool,
    pub reasons: Vec<String>,
    pub locked: bool,
}

impl Caution {
    /// None where nothing holds the case back.
    pub fn of(p: &Page, case: &Case) -> Option<Self> {
        if !case.stage.is_open() {
            return None;
        }
        let until = case.held(p.now()).map(|at| p.moment(&at));
        let told = |risk: &&Risk| risk.fact.concerns_holder() && risk.bearing != Bearing::Show;
        let lifted = case.hold.as_ref().is_some_and(|hold| hold.lifted);
        let reasons: Vec<String> = case.risks.iter().filter(told).map(|risk| self::told(p.l, risk.fact)).collect();
        let over = until.is_none() && case.hold.is_some() && !lifted;
        // What somebody has said was not theirs goes on by no lock that is taken off.
        let locked = case.locked && !matches!(case.stage, Stage::Contested { .. });
        (until.is_some() || lifted || locked || !reasons.is_empty() && !over).then_some(Self {
            until,
            lifted,
            reasons,
            locked,
        })
    }
}

/// As the holder is told.
pub fn told(l: &Words, fact: Fact) -> String {
    match fact {
        Fact::ContactChanged => fl!(l, "caution-told-contact"),
        Fact::Recovered => fl!(l, "caution-told-recovered"),
        Fact::FactorsReset => fl!(l, "caution-told-factors"),
        Fact::SimSwapped => fl!(l, "caution-told-sim"),
        Fact::SimUnknown => fl!(l, "caution-told-sim-unknown"),
        Fact::ManyRequests => fl!(l, "caution-told-many"),
        Fact::OwnCase => fl!(l, "caution-told-second"),
        Fact::NewDevice => fl!(l, "caution-told-device"),
        Fact::OtherChannel => fl!(l, "caution-told-channel"),
    }
}

/// As the desk reads it.
pub fn fact(l: &Words, fact: Fact) -> String {
    match fact {
        Fact::ContactChanged => fl!(l, "caution-fact-contact"),
        Fact::Recovered => fl!(l, "caution-fact-recovered"),
        Fact::FactorsReset => fl!(l, "caution-fact-factors"),
        Fact::SimSwapped => fl!(l, "caution-fact-sim"),
        Fact::SimUnknown => fl!(l, "caution-fact-sim-unknown"),
        Fact::ManyRequests => fl!(l, "caution-fact-many"),
        Fact::OwnCase => fl!(l, "caution-fact-own"),
        Fact::NewDevice => fl!(l, "caution-fact-device"),
        Fact::OtherChannel => fl!(l, "caution-fact-channel"),
    }
}

/// What it does.
pub fn bearing(p: &Page, risk: &Risk) -> String {
    match (risk.bearing, risk.until) {
        (Bearing::Show, _) => fl!(p.l, "caution-bears-nothing"),
        (Bearing::SecondApprover, _) => fl!(p.l, "caution-bears-second"),
        (Bearing::Hold, Some(until)) => fl!(p.l, "caution-bears-hold", until = p.moment(&until)),
        (Bearing::Hold, None) => fl!(p.l, "caution-bears-held"),
    }
}

/// The line of the holder's history.
pub fn risked(l: &Words, p: &Page, risk: &Risk) -> String {
    let why = told(l, risk.fact);
    match risk.until {
        Some(until) => fl!(l, "event-risked-hold", why = why, until = p.moment(&until)),
        None => why,
    }
}
