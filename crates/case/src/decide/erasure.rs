//! When a case's own data goes: announced, and on that day erased. Nothing that waits for anybody is.

use jiff::Timestamp;

use super::Deciding;
use crate::actor::Actor;
use crate::command::Command;
use crate::effect::Letter;
use crate::erasure::{Erasure, Left, kept};
use crate::event::Event;
use crate::refusal::Refusal;

impl Deciding<'_> {
    /// Nothing can be done with what is gone; the clock, which is never refused, finds nothing to do.
    pub(super) fn is_there(&self, command: &Command) -> Result<bool, Refusal> {
        match (self.case.erasure.done(), command) {
            (None, _) => Ok(true),
            (Some(_), Command::Wake | Command::Heed) => Ok(false),
            (Some(_), _) => Err(Refusal::Erased),
        }
    }

    /// Says when it will be erased. Said once: another day is said only after somebody has acted.
    pub(super) fn plan_erasure(&mut self, on: Timestamp) -> Result<(), Refusal> {
        if let Some(why) = kept(&self.case, self.world.now) {
            return Err(Refusal::Kept { why });
        }
        if self.case.erasure.is_none() {
            self.emit(Event::ErasurePlanned { told: self.world.now, on: on.max(self.world.now) });
            self.notify(Letter::Erasure);
        }
        Ok(())
    }

    pub(super) fn erase(&mut self, file: &str) -> Result<(), Refusal> {
        if let Some(why) = kept(&self.case, self.world.now) {
            return Err(Refusal::Kept { why });
        }
        let Erasure::Planned { on, .. } = self.case.erasure else { return Err(Refusal::NotYet) };
        if on > self.world.now {
            return Err(Refusal::NotYet);
        }
        let (upto, seal) = (self.case.version, self.case.chain.clone());
        let left = Box::new(Left::of(&self.case));
        self.emit(Event::Erased { at: self.world.now, upto, seal, left, file: file.to_owned() });
        Ok(())
    }

    /// Somebody has acted on a case that was to be erased: it is not, and its time runs anew.
    pub(super) fn put_off_erasure(&mut self, actor: &Actor) {
        let somebody = match actor {
            Actor::Holder { .. } | Actor::Agent { .. } | Actor::Api { .. } => true,
            Actor::Clock | Actor::Network => false,
        };
        let planned = matches!(self.case.erasure, Erasure::Planned { .. });
        if planned && !self.events.is_empty() && (somebody || kept_again(self)) {
            self.emit(Event::ErasureOff);
        }
    }
}

/// Something has come up since that keeps it. The letter that announced it is owed, and is no such thing.
fn kept_again(deciding: &Deciding<'_>) -> bool {
    use crate::erasure::Kept;
    let why = kept(&deciding.case, deciding.world.now);
    why.is_some_and(|why| why != Kept::Owed)
}
