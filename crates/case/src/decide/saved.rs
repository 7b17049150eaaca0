//! What the holder did about what is on the card. It is theirs to decide: a receipt and a "let it be lost" count alike.

use super::Deciding;
use crate::actor::Actor;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::saved::Saved;

impl Deciding<'_> {
    /// The same receipt twice is one; a later word takes the place of an earlier one, and the journal keeps both.
    pub(super) fn save(&mut self, actor: &Actor, saved: &Saved) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        self.own_word(actor, self.lacks_backup())?;
        if self.case.saved.as_ref() != Some(saved) {
            self.emit(Event::Saved { saved: saved.clone() });
            self.settle();
        }
        Ok(())
    }
}
