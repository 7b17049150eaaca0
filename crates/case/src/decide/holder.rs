//! What a holder may do with their case; staff may do most of it for them.

use super::{Deciding, worded};
use crate::actor::Actor;
use crate::case::{RefusedFor, Stage, Step};
use crate::declaration::Channel;
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::id::FileId;
use crate::identify::{Check, Identifier};
use crate::matching::Person;
use crate::need::Flag;
use crate::refusal::Refusal;
use crate::rules::later;

impl Deciding<'_> {
    pub(super) fn prove(&mut self, actor: &Actor) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        if !self.take_proof(actor) {
            return Err(Refusal::NotProven);
        }
        self.settle();
        Ok(())
    }

    pub(super) fn correct(
        &mut self,
        actor: &Actor,
        number: &Identifier,
        check: Check,
        person: &Person,
    ) -> Result<(), Refusal> {
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Refused { reason: RefusedFor::Difference, .. } => {}
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        // Who has come in by the reference alone must not lead a proven cancellation astray.
        if self.case.proven && matches!(actor, Actor::Holder { .. }) && !self.take_proof(actor) {
            return Err(Refusal::NotProven);
        }
        self.emit(Event::Corrected { number: number.clone(), person: person.clone() });
        if check == Check::Failed {
            self.flag(Flag::CheckDigit);
        }
        if self.world.duplicate {
            self.flag(Flag::Duplicate);
        }
        self.attribute(actor);
        self.heed();
        // Whoever signed looked at something else.
        self.forget_signatures();
        self.settle();
        Ok(())
    }

    /// A quote that tells of a contract is shown to its holder alone, and to a stranger none; nobody agrees to what they
    /// have not seen.
    /// To agree to nothing is not to agree: the journal would say it for good.
    pub(super) fn agree(&mut self, actor: &Actor, consent: bool, backup: bool) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        let holder = matches!(actor, Actor::Holder { .. });
        let hidden = self.case.may_be_a_strangers() || self.case.quote.is_personal() && !self.case.proven;
        if (consent || !backup) && holder && hidden {
            return Err(Refusal::NotProven);
        }
        if !consent && !backup {
            return Err(Refusal::StillLacking);
        }
        self.own_word(actor, consent && self.case.lacks_consent() || backup && self.lacks_backup())?;
        self.emit(Event::Agreed { consent, backup });
        self.settle();
        Ok(())
    }

    /// What a proven cancellation still waits for lets it go on, and its card end: that is the holder's to say, and not
    /// of whoever has come in by the reference.
    pub(super) fn own_word(&mut self, actor: &Actor, awaited: bool) -> Result<(), Refusal> {
        let holder = matches!(actor, Actor::Holder { .. });
        if awaited && holder && self.case.proven && !self.take_proof(actor) {
            return Err(Refusal::NotProven);
        }
        Ok(())
    }

    pub(super) fn add_file(&mut self, file: FileId, name: &str) {
        self.emit(Event::Filed { file, name: name.to_owned() });
        self.settle();
    }

    /// What an agent says goes out as a letter, except in a chat, where its reader is there, and except what came
    /// by post: that is the holder's, written down.
    pub(super) fn say(
        &mut self,
        actor: &Actor,
        text: &str,
        channel: Channel,
        files: &[(FileId, String)],
    ) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Said { text, note: false, channel });
        for (file, name) in files {
            self.add_file(*file, name);
        }
        let goes_out = !matches!(channel, Channel::Chat | Channel::Letter);
        if goes_out && matches!(actor, Actor::Agent { .. }) {
            self.notify(Letter::Reply);
        }
        Ok(())
    }

    pub(super) fn receive(&mut self, mail: &str, text: &str, files: &[(FileId, String)]) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Mailed { mail: mail.to_owned() });
        self.emit(Event::Said { text, note: false, channel: Channel::Mail });
        for (file, name) in files {
            self.add_file(*file, name);
        }
        Ok(())
    }

    /// To nobody where no contact is known to be the holder's: what people wrote is in it. A stranger would learn from
    /// it whether there is one.
    pub(super) fn send_transcript(&mut self, actor: &Actor) -> Result<(), Refusal> {
        let strangers = matches!(actor, Actor::Holder { .. }) && self.case.may_be_a_strangers();
        if strangers || !self.case.reachable && !self.case.vouched {
            return Err(Refusal::NotProven);
        }
        self.owe(Effect::Notify { letter: Letter::Transcript });
        Ok(())
    }

    pub(super) fn want_person(&mut self) -> Result<(), Refusal> {
        let can_ask =
            matches!(self.case.stage, Stage::Received { .. } | Stage::Refused { reason: RefusedFor::Difference, .. });
        if !can_ask {
            return Err(self.wrong_stage());
        }
        self.back_again();
        self.emit(Event::PersonWanted);
        self.settle();
        Ok(())
    }

    pub(super) fn withdraw(&mut self) -> Result<(), Refusal> {
        let barred = self.reversible()?;
        self.go(Stage::Withdrawn { at: self.world.now });
        self.unbar_if(barred);
        self.notify(Letter::Withdrawn);
        Ok(())
    }

    /// Several nudges within the policy's hours are one.
    pub(super) fn nudge(&mut self) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        let now = self.world.now;
        if self.case.clock.nudged.is_none_or(|at| later(at, self.world.policy.nudge()) <= now) {
            self.emit(Event::Nudged { at: now });
        }
        Ok(())
    }

    pub(super) fn contest(&mut self) -> Result<(), Refusal> {
        if matches!(self.case.stage, Stage::Contested { .. }) {
            return Err(self.wrong_stage());
        }
        let was_barred = self.reversible()?;
        self.go(Stage::Contested { at: self.world.now, was_barred });
        self.unbar_if(was_barred);
        self.notify(Letter::Contested);
        Ok(())
    }

    /// Whether the card is (or may be) barred, or a refusal where there is no way back.
    pub(super) fn reversible(&self) -> Result<bool, Refusal> {
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. } | Stage::Contested { .. } => {
                Ok(false)
            }
            Stage::Ceasing { step: Step::Barring | Step::Barred { .. }, .. } => Ok(true),
            Stage::Ceasing { step: Step::Deleting, .. } | Stage::Ceased { .. } => Err(Refusal::TooLate),
            Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => Err(self.wrong_stage()),
        }
    }
}
