//! What time does to a case, by itself.

use super::Deciding;
use crate::case::{Stage, Step};
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::need::Flag;
use crate::rules::later;
use crate::sla;

impl Deciding<'_> {
    /// Does what is due and nothing else: a wake-up too early or too late changes nothing.
    pub(super) fn wake(&mut self) {
        let now = self.world.now;
        if crate::deadline::next(&self.case, self.world.policy).is_none_or(|due| due > now) {
            return;
        }
        self.mind_parcel();
        self.wake_beside();
        // What ran beside it may have moved it.
        if crate::deadline::of_stage(&self.case, self.world.policy).is_none_or(|due| due > now) {
            return;
        }
        self.mind_refund();
        match self.case.stage.clone() {
            // After a long sleep both are due: then the reminder would only come with the takeover.
            Stage::Received { since, .. } if later(since, self.world.policy.patience()) > now => {
                self.emit(Event::Reminded);
                self.notify(Letter::Reminder);
            }
            Stage::Received { .. } => self.overtake(),
            Stage::Review { .. } | Stage::Contested { .. } => self.minded(),
            Stage::Scheduled { signatures, .. } => self.cease(signatures),
            Stage::Ceasing { step: Step::Barred { .. }, signatures } => {
                if let Some(subscription) = self.case.subscription.clone() {
                    self.go(Stage::Ceasing { step: Step::Deleting, signatures });
                    self.owe(Effect::Cease { subscription });
                }
            }
            Stage::Ceased { watch_until, certificate: certificate @ Some(_), .. } if watch_until <= now => {
                self.go(Stage::Closed { at: now, certificate })
            }
            Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => {}
        }
    }

    /// The desk's promise: a warning before it is broken, the holder told when it is, the lead when nobody
    /// acts even then. After a long sleep, all that is due by now.
    fn minded(&mut self) {
        let now = self.world.now;
        let Some(run) = sla::run(&self.case, self.world.policy) else { return };
        if now < run.due {
            self.flag(Flag::DueSoon);
            return;
        }
        if !self.case.flags.contains(&Flag::Overdue) {
            self.flag(Flag::Overdue);
            self.notify(Letter::Delayed);
        }
        if now >= run.escalate && !self.case.flags.contains(&Flag::Escalated) {
            self.flag(Flag::Escalated);
            self.owe(Effect::Escalate);
        }
    }

    /// Somebody at the desk has acted: the lead need not, and the holder's question has been seen.
    pub(super) fn attend(&mut self) {
        let late = [Flag::Overdue, Flag::Escalated, Flag::Nudged].iter().any(|flag| self.case.flags.contains(flag));
        if late && !self.events.is_empty() {
            self.emit(Event::Attended { at: self.world.now });
        }
    }
}
