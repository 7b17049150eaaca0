//! The card leaving the network: what is owed to it, in which order, and what its answers do.

use super::Deciding;
use crate::case::{Signature, Stage, Step};
use crate::effect::{Effect, Letter, Outcome};
use crate::event::Event;
use crate::need::Flag;
use crate::refusal::Refusal;

impl Deciding<'_> {
    /// The reversible half first; the irreversible one after the contest window.
    pub(super) fn cease(&mut self, signatures: Vec<Signature>) {
        let Some(subscription) = self.case.subscription.clone() else { return };
        if self.world.policy.contest_minutes == 0 {
            self.go(Stage::Ceasing { step: Step::Deleting, signatures });
            self.owe(Effect::Cease { subscription });
        } else {
            self.go(Stage::Ceasing { step: Step::Barring, signatures });
            self.owe(Effect::Bar { subscription });
        }
    }

    pub(super) fn unbar_if(&mut self, barred: bool) {
        if let (true, Some(subscription)) = (barred, self.case.subscription.clone()) {
            self.owe(Effect::Unbar { subscription });
        }
    }

    pub(super) fn owes_network(&self) -> bool {
        self.case.owed.iter().any(|(_, what)| matches!(what.as_str(), "bar" | "unbar" | "cease"))
    }

    pub(super) fn report(&mut self, n: u32, outcome: &Outcome) -> Result<(), Refusal> {
        let Some((_, what)) = self.case.owed.iter().find(|(owed, _)| *owed == n).cloned() else {
            return Err(Refusal::NothingOwed);
        };
        self.emit(Event::Settled { n, outcome: outcome.clone() });
        let now = self.world.now;
        match (outcome, self.case.stage.clone()) {
            (Outcome::GaveUp { .. }, _) if what == "notify" => self.flag(Flag::Unreachable),
            (Outcome::GaveUp { .. }, _) => self.flag(Flag::Stuck),
            (Outcome::Barred { .. }, Stage::Ceasing { step: Step::Barring, signatures }) => {
                let until = now + self.world.policy.contest();
                self.go(Stage::Ceasing { step: Step::Barred { since: now, until }, signatures });
                self.notify(Letter::Barred);
            }
            // The holder withdrew or contested while the bar was on its way: put the card back.
            (Outcome::Barred { .. }, Stage::Withdrawn { .. } | Stage::Contested { .. }) => self.unbar_if(true),
            (Outcome::Ceased { element, evidence, read_back_at }, Stage::Ceasing { step: Step::Deleting, .. }) => {
                let watch_until = self.world.policy.watch_until(now);
                let stage = Stage::Ceased {
                    at: *read_back_at,
                    element: element.clone(),
                    evidence: evidence.clone(),
                    certificate: None,
                    watch_until,
                };
                self.go(stage);
                self.owe(Effect::Certify);
            }
            (Outcome::Certified { digest, .. }, Stage::Ceased { at, element, evidence, watch_until, .. }) => {
                self.go(Stage::Ceased { at, element, evidence, certificate: Some(digest.clone()), watch_until });
                self.notify(Letter::Certificate);
            }
            (
                Outcome::Delivered
                | Outcome::Barred { .. }
                | Outcome::Unbarred { .. }
                | Outcome::Ceased { .. }
                | Outcome::Certified { .. },
                _,
            ) => {}
        }
        Ok(())
    }
}
