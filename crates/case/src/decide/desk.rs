//! What only staff may do: ask, take up, sign, refuse, try again.

use jiff::Timestamp;

use super::{Deciding, worded};
use crate::actor::{Actor, Role};
use crate::card::CardState;
use crate::case::{RefusedFor, Signature, Stage, Step};
use crate::declaration::Channel;
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::need::{Cause, Flag, Need};
use crate::parcel::{Scan, Thing, Why};
use crate::refusal::Refusal;

impl Deciding<'_> {
    pub(super) fn note(&mut self, text: &str, channel: Channel) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Said { text, note: true, channel });
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
        let needs: Vec<Need> = needs.iter().copied().filter(|need| self.can_ask(*need)).collect();
        if needs.is_empty() {
            return Err(Refusal::BadText);
        }
        if needs.contains(&Need::Card) && self.case.parcel.is_none() {
            let own = self.world.record.filter(|record| Some(record.card.subscription()) == self.case.subscription);
            self.want_back(own.map_or(Thing::Sim, |record| record.card.thing), Why::Desk);
        }
        self.emit(Event::Asked { needs, text });
        self.settle();
        // The holder's time runs from the question.
        if let Stage::Received { needs, since } = &self.case.stage
            && *since != self.world.now
        {
            self.go(Stage::Received { needs: needs.clone(), since: self.world.now });
        }
        self.notify(Letter::Missing);
        Ok(())
    }

    /// What is had already cannot be asked for: nothing would ever answer it.
    fn can_ask(&self, need: Need) -> bool {
        match need {
            // Nobody is asked for what only the dead, or who cannot act, could show.
            Need::Identity => !self.case.proven && !self.for_another(),
            Need::Match | Need::Document => true,
            Need::Card => !self.case.card_received && !self.case.parcel.as_ref().is_some_and(|p| p.is_met()),
            // Nobody else can move the number for them.
            Need::Switch => false,
            Need::Consent => self.case.lacks_consent(),
            Need::Backup => !self.case.backup,
        }
    }

    /// One that is made later takes the place of an earlier one; whoever reads the journal sees to that.
    pub(super) fn promise(&mut self, from: Timestamp, until: Timestamp) -> Result<(), Refusal> {
        if until <= from || until <= self.world.now {
            return Err(Refusal::BadText);
        }
        self.emit(Event::Promised { from, until });
        Ok(())
    }

    pub(super) fn receive_card(&mut self, actor: &Actor) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        if self.awaits() {
            return self.received(actor, &Scan::Code);
        }
        self.emit(Event::CardReceived);
        self.settle();
        Ok(())
    }

    pub(super) fn take_up(&mut self) -> Result<(), Refusal> {
        match &self.case.stage {
            Stage::Received { .. } => self.overtake(),
            // The rules refused it; a person may look all the same.
            Stage::Refused { reason: RefusedFor::Difference, .. } => {
                self.back_again();
                self.emit(Event::PersonWanted);
                let causes = self.causes();
                self.review(causes);
            }
            Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        Ok(())
    }

    /// Whether its card has ended, as far as the shell has said.
    pub(super) fn ended(&self) -> bool {
        let own = self.world.record.filter(|record| Some(record.card.subscription()) == self.case.subscription);
        own.is_some_and(|record| record.card.state == CardState::Ceased)
    }

    /// Of a case that comes back: what has become of its card meanwhile.
    pub(super) fn back_again(&mut self) {
        if self.ended() {
            self.flag(Flag::AlreadyCeased);
        }
        if self.world.duplicate {
            self.flag(Flag::Duplicate);
        }
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
        if self.case.subscription.is_none() || self.case.lacks_consent() || self.lacks_card() || self.lacks_holder() {
            return Err(Refusal::StillLacking);
        }
        if self.case.flags.contains(&Flag::AlreadyCeased) || self.ended() {
            return Err(Refusal::AlreadyCeased);
        }
        if self.case.flags.contains(&Flag::Duplicate) && self.world.duplicate {
            return Err(Refusal::Rival);
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

    /// Once more to the same contacts. One that events have overtaken says nothing, as ever.
    pub(super) fn resend(&mut self, letter: Letter) -> Result<(), Refusal> {
        if !self.case.flags.contains(&Flag::Unreachable) {
            return Err(Refusal::NothingOwed);
        }
        self.emit(Event::Cleared { flag: Flag::Unreachable });
        self.notify(letter);
        Ok(())
    }

    /// A contested case goes back to the desk; a stuck one is tried again. Nothing new is asked of the
    /// network before it has answered the last, so that a late bar can never meet a new one.
    pub(super) fn resume(&mut self, reason: &str) -> Result<(), Refusal> {
        let text = worded(reason)?;
        let stuck = self.case.flags.contains(&Flag::Stuck);
        if self.case.flags.contains(&Flag::BillingStuck) && !stuck {
            return self.resume_billing(text);
        }
        let certify_owed = self.case.owed.iter().any(|(_, what)| what == "certify");
        let again = match (&self.case.stage, self.case.subscription.clone()) {
            // The card could not be put back, and is the holder's to use.
            (Stage::Contested { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. }, Some(subscription))
                if stuck =>
            {
                Some(Effect::Unbar { subscription })
            }
            (Stage::Contested { .. }, _) => None,
            (Stage::Ceasing { step: Step::Barring, .. }, _) if self.waits() => return Err(Refusal::Held),
            (Stage::Ceasing { step: Step::Barring, .. }, Some(subscription)) => Some(Effect::Bar { subscription }),
            (Stage::Ceasing { step: Step::Deleting, .. }, _) if self.case.held(self.world.now).is_some() => {
                return Err(Refusal::Held);
            }
            (Stage::Ceasing { step: Step::Deleting, .. }, Some(subscription)) => Some(Effect::Cease { subscription }),
            (Stage::Ceased { certificate: None, .. }, _) if !certify_owed => Some(Effect::Certify),
            // It was seen again after its end: asked for once more, under the same activation.
            (Stage::Ceased { .. } | Stage::Closed { .. }, Some(subscription)) if stuck => {
                Some(Effect::Cease { subscription })
            }
            (
                Stage::Received { .. }
                | Stage::Review { .. }
                | Stage::Scheduled { .. }
                | Stage::Ceasing { .. }
                | Stage::Ceased { .. }
                | Stage::Closed { .. }
                | Stage::Refused { .. }
                | Stage::Withdrawn { .. },
                _,
            ) => return Err(self.wrong_stage()),
        };
        if self.owes_network() {
            return Err(Refusal::Pending);
        }
        self.emit(Event::Said { text, note: true, channel: Channel::Web });
        match again {
            Some(effect) => self.owe(effect),
            None => {
                let causes = self.causes();
                self.review(causes);
                // Whoever said that it was not theirs was told that nothing more happens.
                self.notify(Letter::Resumed);
            }
        }
        Ok(())
    }
}
