//! What speaks for caution: facts that hold a case or ask for a second person, the holder's lock, and how two
//! members of staff end a hold early.

use super::{Deciding, worded};
use crate::actor::{Actor, Role};
use crate::case::{RefusedFor, Signature, Stage, Step};
use crate::effect::Letter;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::risk::{Bearing, Risk, Seen};
use crate::rules::later;

impl Deciding<'_> {
    /// Takes in what the shell knows, and is not in the case yet.
    pub(super) fn heed(&mut self) {
        let Some(known) = self.world.known else { return };
        let mendable = matches!(self.case.stage, Stage::Refused { reason: RefusedFor::Difference, .. });
        if !(self.case.stage.is_open() || mendable || self.case.may_pay_back()) {
            return;
        }
        let (before, held) = (self.events.len(), self.case.held(self.world.now));
        // Of what happened twice the later tells all that the earlier would.
        let mut facts = if self.case.stage.has_ended() { Vec::new() } else { known.facts.clone() };
        facts.sort_by_key(|seen| std::cmp::Reverse(seen.at));
        for seen in &facts {
            if !self.case.risks.iter().any(|risk| risk.covers(seen)) {
                self.risk(seen);
            }
        }
        // A delete that is under way cannot be called back; one that got stuck is not told again.
        let deleting = matches!(self.case.stage, Stage::Ceasing { step: Step::Deleting, .. });
        if self.case.held(self.world.now) > held && !(deleting && self.owes_network()) {
            self.notify(Letter::Held);
        }
        if known.locked != self.case.locked {
            self.emit(Event::LockSeen { locked: known.locked });
            if known.locked {
                self.stop_for_lock();
            } else if self.case.bill.held {
                self.emit(Event::RefundHeld { held: false });
                self.pay_on();
            }
        }
        if self.events.len() > before {
            self.say_why();
        }
    }

    /// What has been decided already cannot be given to a second person any more; it is held instead.
    fn risk(&mut self, seen: &Seen) {
        let (now, rules) = (self.world.now, &self.world.policy.risk);
        let decided = matches!(self.case.stage, Stage::Scheduled { .. } | Stage::Ceasing { .. });
        let bearing = match rules.of(seen.fact) {
            Bearing::SecondApprover if decided => Bearing::Hold,
            bearing @ (Bearing::Show | Bearing::SecondApprover | Bearing::Hold) => bearing,
        };
        let at = seen.at.min(now);
        let until = (bearing == Bearing::Hold).then(|| later(at, rules.hold()));
        // One that came too late for a second person is remembered all the same, so that it does not come again.
        if until.is_none_or(|until| until > now) || bearing != rules.of(seen.fact) {
            self.emit(Event::Risked { risk: Risk { fact: seen.fact, at, bearing, until } });
        }
    }

    /// Who locks an account while a card of it is on its way out says that it shall not go.
    fn stop_for_lock(&mut self) {
        match &self.case.stage {
            Stage::Scheduled { .. } => {
                let causes = self.causes();
                self.review(causes);
            }
            Stage::Ceasing { step: Step::Barring | Step::Barred { .. }, .. } => {
                self.go(Stage::Contested { at: self.world.now, was_barred: true });
                self.unbar_if(true);
                self.notify(Letter::Contested);
            }
            // Who signed before it was locked did not know that the holder wants it to stay.
            Stage::Review { since, signatures, .. } if !signatures.is_empty() => {
                let (since, causes) = (*since, self.causes());
                self.go(Stage::Review { causes, since, signatures: Vec::new() });
            }
            // The card cannot be kept any more; the money can.
            Stage::Ceasing { step: Step::Deleting, .. } | Stage::Ceased { .. } | Stage::Closed { .. } => {
                self.emit(Event::RefundHeld { held: true });
            }
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Contested { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => {}
        }
    }

    /// A case in review says why it is there; who has signed has signed.
    fn say_why(&mut self) {
        let Stage::Review { causes, since, signatures } = &self.case.stage else { return };
        let (since, signatures, new) = (*since, signatures.clone(), self.causes());
        if new != *causes && !new.is_empty() {
            self.go(Stage::Review { causes: new, since, signatures });
        }
    }

    /// Whether it may not even be barred: the rules want a held card left as it is.
    pub(super) fn waits(&self) -> bool {
        self.case.held(self.world.now).is_some() && !self.world.policy.risk.hold_bars
    }

    pub(super) fn lift_hold(&mut self, actor: &Actor, evidence: &str) -> Result<(), Refusal> {
        let Actor::Agent { staff, role } = actor else { return Err(Refusal::NotYours) };
        self.open_or_refuse()?;
        let evidence = worded(evidence)?;
        let Some(hold) = self.case.hold.clone().filter(|_| self.case.held(self.world.now).is_some()) else {
            return Err(Refusal::NoHold);
        };
        match hold.signed {
            None => {
                let signature = Signature { staff: *staff, at: self.world.now, evidence };
                self.emit(Event::HoldSigned { signature });
            }
            Some(first) if first.staff == *staff => return Err(Refusal::SamePerson),
            Some(_) if *role != Role::Approver => return Err(Refusal::NeedsApprover),
            Some(_) => {
                self.emit(Event::HoldLifted { evidence });
                self.notify(Letter::Held);
            }
        }
        Ok(())
    }
}
