//! Moving to another network: the code is asked for once, waited for by a clock, and whatever becomes of it leads on.
//! A card whose holder has a code in their hands is not ended under them.

use jiff::Timestamp;

use super::Deciding;
use crate::actor::Actor;
use crate::assure::Deed;
use crate::case::{Stage, Times};
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::need::{Cause, Flag};
use crate::quote::Asked;
use crate::refusal::Refusal;
use crate::way::{Moving, Switch, SwitchState, Unused};

impl Deciding<'_> {
    /// A declaration that says so sets the move going; the code itself is for who has shown who they are.
    pub(super) fn set_out(&mut self, actor: &Actor) {
        let Some(moving) = self.case.declaration.way.moving else { return };
        if !self.world.policy.journey.switching.offered || self.case.declaration.way.behalf.is_some() {
            return;
        }
        self.emit(Event::Moving { moving });
        let Actor::Holder { assurance, .. } = actor else { return };
        let suffices = self.world.policy.suffices(Deed::SwitchCode, assurance, self.case.account, self.world.now);
        if suffices && !self.bound() {
            self.request_code();
        }
    }

    pub(super) fn ask_code(&mut self, actor: &Actor, moving: Moving) -> Result<(), Refusal> {
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. } => {}
            Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        if !self.world.policy.journey.switching.offered {
            return Err(self.wrong_stage());
        }
        if self.case.subscription.is_none() {
            return Err(Refusal::StillLacking);
        }
        if self.owes_code() {
            return Err(Refusal::Pending);
        }
        if self.bound() {
            return Err(Refusal::Held);
        }
        // A text shows whose the number is, and not who has declared: that it ends is proven on the case's own page.
        if !moving.by_text {
            self.take_proof(actor);
        }
        let same = |switch: &Switch| {
            let Switch { code, unused, by_text, state, .. } = *switch;
            Moving { code, unused, by_text } == moving && state == SwitchState::Open
        };
        if !self.case.ways.switch.as_ref().is_some_and(same) {
            let asked = Asked::of(&self.case);
            self.emit(Event::Moving { moving });
            // Who leaves by the code alone is charged no notice (Ofcom C7), and is told so with the code.
            if asked != Asked::of(&self.case) {
                self.reprice();
            }
        }
        self.request_code();
        self.settle();
        Ok(())
    }

    /// A code lets the number go, which no more can be taken back than an end: what holds one holds the other.
    fn bound(&self) -> bool {
        self.case.locked || self.case.held(self.world.now).is_some()
    }

    fn owes_code(&self) -> bool {
        self.case.owed.iter().any(|(_, what)| what == "port")
    }

    fn request_code(&mut self) {
        let Some(code) = self.case.ways.switch.as_ref().map(|switch| switch.code) else { return };
        let Some(subscription) = self.case.subscription.clone() else { return };
        if !self.owes_code() {
            self.emit(Event::CodeAsked { code, at: self.world.now });
            self.owe(Effect::Port { code, subscription });
        }
    }

    /// The code has come. One for a card that the case is not about any more is nobody's, and so is one that comes
    /// when the card is on its way out, or somebody says that it was not them.
    pub(super) fn coded(&mut self, sealed: &str, until: Timestamp) {
        let now = self.world.now;
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. } => {}
            Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return,
        }
        let Some(code) = self.case.ways.switch.as_ref().filter(|s| s.awaited().is_some()).map(|s| s.code) else {
            return;
        };
        // Locked or held since it was asked for: a person sees to it.
        if until <= now || self.bound() {
            self.late_code();
            return;
        }
        self.emit(Event::CodeIssued { code, sealed: sealed.to_owned(), at: now, until });
        self.notify(Letter::SwitchCode);
        if let Stage::Scheduled { cease_at, signatures } = self.case.stage.clone()
            && cease_at < until
        {
            self.emit(Event::Dated { times: self.end() });
            self.go(Stage::Scheduled { cease_at: until, signatures });
        }
    }

    /// It is not there in its time, or will not come: the lead is told, once.
    pub(super) fn late_code(&mut self) {
        if !self.case.flags.contains(&Flag::CodeLate) {
            self.flag(Flag::CodeLate);
            self.owe(Effect::Escalate);
        }
    }

    /// Not used in its time: the plan has run on, and the holder has said what then.
    pub(super) fn expire_code(&mut self) {
        let Some(unused) = self.case.ways.switch.as_ref().map(|switch| switch.unused) else { return };
        self.emit(Event::CodeExpired);
        self.notify(Letter::SwitchExpired);
        match (&self.case.stage, unused) {
            (Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. }, Unused::Lapse) => {
                self.go(Stage::Withdrawn { at: self.world.now });
            }
            (
                Stage::Received { .. }
                | Stage::Review { .. }
                | Stage::Scheduled { .. }
                | Stage::Ceasing { .. }
                | Stage::Ceased { .. }
                | Stage::Closed { .. }
                | Stage::Refused { .. }
                | Stage::Withdrawn { .. }
                | Stage::Contested { .. },
                _,
            ) => self.settle(),
        }
    }

    /// The number is with another network: the case ends with it, without notice. Where its holder had taken the
    /// cancellation back, a person looks.
    pub(super) fn ported(&mut self, at: Option<Timestamp>) -> Result<(), Refusal> {
        let Some(switch) = self.case.ways.switch.as_ref().filter(|switch| switch.issued.is_some()) else {
            return Err(Refusal::NothingOwed);
        };
        if switch.state == SwitchState::Done {
            return Ok(());
        }
        // Not before there was a code, and not ahead of us.
        let given = switch.issued.as_ref().map_or(self.world.now, |issued| issued.at);
        let at = at.unwrap_or(self.world.now).max(given).min(self.world.now);
        let told = switch.by_text;
        self.emit(Event::Ported { at });
        // The text that brought the code said what leaving costs, and whoever has used it has agreed (Ofcom C7).
        if told && !(self.case.consent && self.case.backup) {
            self.emit(Event::Agreed { consent: true, backup: true });
        }
        self.reprice_moved();
        match self.case.stage.clone() {
            Stage::Received { .. } | Stage::Review { .. } => self.settle(),
            Stage::Scheduled { signatures, .. } => self.schedule(signatures),
            Stage::Withdrawn { .. } | Stage::Refused { .. } => {
                self.back_again();
                let mut causes = self.causes();
                causes.insert(Cause::Ported);
                self.review(causes);
            }
            Stage::Ceasing { .. } | Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Contested { .. } => {}
        }
        Ok(())
    }

    /// Whether it waits for the next network.
    pub(super) fn awaits_switch(&self) -> bool {
        let Some(switch) = &self.case.ways.switch else { return false };
        switch.state == SwitchState::Open && (switch.runs_until().is_some() || !self.case.person_wanted)
    }

    /// A number that went although the cancellation was taken back stays a cause, whatever comes in meanwhile.
    pub(super) fn ported_after_all(&self) -> bool {
        matches!(&self.case.stage, Stage::Review { causes, .. } if causes.contains(&Cause::Ported))
    }

    /// Every time the case will need. A number that has moved ends its contract on that day, with no notice to pay
    /// for (Ofcom C7); one whose code is good still is not ended before that.
    pub(super) fn end(&self) -> Times {
        let (case, now) = (&self.case, self.world.now);
        let policy = self.world.policy;
        let times = policy.times(&case.as_it_counts(), case.times.received, case.minimum_term_ends, now);
        let Some(switch) = &case.ways.switch else { return times };
        let end = match (switch.used, switch.runs_until()) {
            (Some(used), _) => Some(used),
            (None, Some(until)) => times.contract_end.map(|end| end.max(until)),
            (None, None) => times.contract_end,
        };
        let times = Times { contract_end: end, billing_end: end, ..times };
        policy.ceased(&times, end.unwrap_or(now).max(now), case.keeps_number())
    }
}
