//! What time does to a case, by itself.

use super::Deciding;
use crate::case::{Stage, Step};
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::need::Flag;
use crate::rules::later;

impl Deciding<'_> {
    /// Does what is due and nothing else: a wake-up too early or too late changes nothing.
    pub(super) fn wake(&mut self) {
        let now = self.world.now;
        if crate::deadline::next(&self.case, self.world.policy).is_none_or(|due| due > now) {
            return;
        }
        match self.case.stage.clone() {
            // After a long sleep both are due: then the reminder would only come with the takeover.
            Stage::Received { since, .. } if later(since, self.world.policy.patience()) > now => {
                self.emit(Event::Reminded);
                self.notify(Letter::Reminder);
            }
            Stage::Received { .. } => self.overtake(),
            Stage::Review { .. } | Stage::Contested { .. } => {
                self.flag(Flag::Overdue);
                self.notify(Letter::Delayed);
            }
            Stage::Scheduled { signatures, .. } => self.cease(signatures),
            Stage::Ceasing { step: Step::Barred { .. }, signatures } => {
                if let Some(subscription) = self.case.subscription.clone() {
                    self.go(Stage::Ceasing { step: Step::Deleting, signatures });
                    self.owe(Effect::Cease { subscription });
                }
            }
            Stage::Ceased { certificate, .. } => self.go(Stage::Closed { at: now, certificate }),
            Stage::Ceasing { .. } | Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => {}
        }
    }
}
