//! What only staff may do: ask, take up, sign, refuse, try again.

use super::{Deciding, worded};
use crate::actor::{Actor, Role};
use crate::case::{RefusedFor, Signature, Stage, Step};
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::need::{Cause, Flag, Need};
use crate::refusal::Refusal;

impl Deciding<'_> {
    pub(super) fn note(&mut self, text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Said { text, note: true });
        Ok(())
    }

    pub(super) fn ask(&mut self, needs: &[Need], text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } => {}
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        if needs.is_empty() {
            return Err(Refusal::BadText);
        }
        // Only a document, a card or another number can be asked for: the rest is had or lacked already.
        let needs: Vec<Need> =
            needs.iter().copied().filter(|n| matches!(n, Need::Document | Need::Card | Need::Match)).collect();
        if needs.is_empty() {
            return Err(Refusal::BadText);
        }
        self.emit(Event::Asked { needs, text });
        self.settle();
        self.notify(Letter::Missing);
        Ok(())
    }

    pub(super) fn receive_card(&mut self) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        self.emit(Event::CardReceived);
        self.settle();
        Ok(())
    }

    pub(super) fn take_up(&mut self) -> Result<(), Refusal> {
        let Stage::Received { .. } = self.case.stage else { return Err(self.wrong_stage()) };
        self.overtake();
        Ok(())
    }

    /// A person takes over a case whose holder has not given what it lacks.
    pub(super) fn overtake(&mut self) {
        self.emit(Event::PersonWanted);
        let mut causes = self.causes();
        causes.remove(&Cause::HolderAsked);
        causes.insert(Cause::Unanswered);
        self.review(causes);
    }

    pub(super) fn approve(&mut self, actor: &Actor, evidence: &str) -> Result<(), Refusal> {
        let Actor::Agent { staff, role } = actor else { return Err(Refusal::NotYours) };
        let Stage::Review { causes, since, signatures } = &self.case.stage else { return Err(self.wrong_stage()) };
        let evidence = worded(evidence)?;
        let card_owed = self.case.must_return && !self.case.card_received;
        if self.case.subscription.is_none() || self.lacks_consent() || card_owed {
            return Err(Refusal::StillLacking);
        }
        if self.case.flags.contains(&Flag::AlreadyCeased) {
            return Err(Refusal::AlreadyCeased);
        }
        if signatures.iter().any(|s| s.staff == *staff) {
            return Err(Refusal::SamePerson);
        }
        if !signatures.is_empty() && *role != Role::Approver {
            return Err(Refusal::NeedsApprover);
        }
        let (causes, since) = (causes.clone(), *since);
        let mut signatures = signatures.clone();
        signatures.push(Signature { staff: *staff, at: self.world.now, evidence });
        if signatures.len() >= self.world.policy.signatures(&self.case) {
            self.schedule(signatures);
        } else {
            self.go(Stage::Review { causes, since, signatures });
        }
        Ok(())
    }

    pub(super) fn refuse(&mut self, reason: &str, way_out: &str) -> Result<(), Refusal> {
        let (reason, way_out) = (worded(reason)?, worded(way_out)?);
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Contested { .. } => {}
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => return Err(self.wrong_stage()),
        }
        self.go(Stage::Refused { at: self.world.now, reason: RefusedFor::Desk { text: reason }, way_out });
        self.notify(Letter::Refused);
        Ok(())
    }

    /// A contested case goes back to the desk; a stuck one is tried again.
    pub(super) fn resume(&mut self, reason: &str) -> Result<(), Refusal> {
        let text = worded(reason)?;
        match self.case.stage.clone() {
            Stage::Contested { .. } => {
                self.emit(Event::Said { text, note: true });
                let causes = self.causes();
                self.review(causes);
                Ok(())
            }
            Stage::Ceasing { step, .. } if !self.owes_network() => {
                let Some(subscription) = self.case.subscription.clone() else { return Err(self.wrong_stage()) };
                self.emit(Event::Said { text, note: true });
                match step {
                    Step::Barring => self.owe(Effect::Bar { subscription }),
                    Step::Deleting => self.owe(Effect::Cease { subscription }),
                    Step::Barred { .. } => return Err(self.wrong_stage()),
                }
                Ok(())
            }
            Stage::Ceased { certificate: None, .. } if !self.case.owed.iter().any(|(_, what)| what == "certify") => {
                self.owe(Effect::Certify);
                Ok(())
            }
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => Err(self.wrong_stage()),
        }
    }
}
