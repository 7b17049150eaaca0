//! The card leaving the network: what is owed to it, in which order, and what its answers do.

use super::Deciding;
use crate::case::{Signature, Stage, Step};
use crate::command::ProfileSeen;
use crate::declaration::Channel;
use crate::effect::{Effect, Letter, Outcome};
use crate::event::Event;
use crate::need::Flag;
use crate::refusal::Refusal;
use crate::rules::later;

impl Deciding<'_> {
    /// The reversible half first; the irreversible one after the contest window and any hold.
    pub(super) fn cease(&mut self, signatures: Vec<Signature>) {
        let Some(subscription) = self.case.subscription.clone() else { return };
        if self.world.policy.contest_minutes == 0 && self.case.held(self.world.now).is_none() {
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

    pub(super) fn bounce(&mut self, mail: &str, hard: bool, status: &str, channel: Channel) {
        self.emit(Event::Bounced { mail: mail.to_owned(), hard, status: status.to_owned(), channel });
        if hard {
            self.flag(Flag::Unreachable);
        }
    }

    /// Only what is seen after the end says anything: before it, a profile on a device is as it should be.
    /// What has been told already, and a profile that was put away, say nothing new.
    pub(super) fn profile(&mut self, seen: ProfileSeen) {
        let news = match seen {
            ProfileSeen::Installed | ProfileSeen::Enabled => true,
            ProfileSeen::Deleted => self.case.flags.contains(&Flag::ProfileLeft),
            ProfileSeen::Disabled => false,
        };
        if self.case.stage.has_ended() && news {
            self.emit(Event::Profile { seen });
        }
    }

    /// The holder is told, once, that the network takes longer than they were promised. Nothing else
    /// changes: what is owed stays owed.
    pub(super) fn delay(&mut self, n: u32) {
        let owed = self.case.owed.iter().any(|(owed, what)| *owed == n && matches!(what.as_str(), "bar" | "cease"));
        if owed && matches!(self.case.stage, Stage::Ceasing { .. }) && !self.case.flags.contains(&Flag::Delayed) {
            self.flag(Flag::Delayed);
            self.notify(Letter::Delayed);
        }
    }

    pub(super) fn report(&mut self, n: u32, outcome: &Outcome) -> Result<(), Refusal> {
        let Some((_, what)) = self.case.owed.iter().find(|(owed, _)| *owed == n).cloned() else {
            return Err(Refusal::NothingOwed);
        };
        if !answers(&what, outcome) {
            return Err(Refusal::NothingOwed);
        }
        self.emit(Event::Settled { n, outcome: outcome.clone() });
        if self.is_billing(&what) {
            self.billed(outcome);
            return Ok(());
        }
        let now = self.world.now;
        match (outcome, self.case.stage.clone()) {
            (Outcome::GaveUp { .. }, _) if what == "notify" => self.flag(Flag::Unreachable),
            // The flag at the desk says the same, and the network has no part in it.
            (Outcome::GaveUp { .. }, _) if what == "escalate" => {}
            // It may have been barred after all, and nobody wants it barred any more: put the card back.
            (
                Outcome::Barred { .. } | Outcome::GaveUp { .. },
                Stage::Withdrawn { .. } | Stage::Contested { .. } | Stage::Refused { .. },
            ) if what == "bar" => self.unbar_if(true),
            (Outcome::GaveUp { .. }, _) if what == "port" => self.late_code(),
            (Outcome::GaveUp { .. }, _) => self.flag(Flag::Stuck),
            (Outcome::Coded { sealed, until }, _) => self.coded(sealed, *until),
            (Outcome::Barred { .. }, Stage::Ceasing { step: Step::Barring, signatures }) => {
                let until = later(now, self.world.policy.contest());
                self.go(Stage::Ceasing { step: Step::Barred { since: now, until }, signatures });
                self.notify(Letter::Barred);
            }
            (
                Outcome::Ceased { element, evidence, read_back_at, profile_left },
                Stage::Ceasing { step: Step::Deleting, .. },
            ) => {
                let watch_until = self.world.policy.watch_until(now);
                let stage = Stage::Ceased {
                    at: *read_back_at,
                    element: element.clone(),
                    evidence: evidence.clone(),
                    certificate: None,
                    watch_until,
                };
                let times = self.world.policy.ceased(&self.case.times, *read_back_at, self.case.keeps_number());
                self.emit(Event::Dated { times });
                self.go(stage);
                self.ended_for_parcel(*read_back_at);
                if *profile_left {
                    self.flag(Flag::ProfileLeft);
                }
                self.owe(Effect::Certify);
                self.end_billing();
            }
            (Outcome::Certified { digest, .. }, Stage::Ceased { at, element, evidence, watch_until, .. }) => {
                self.go(Stage::Ceased { at, element, evidence, certificate: Some(digest.clone()), watch_until });
                self.notify(Letter::Certificate);
            }
            (Outcome::Observed { gone: false, .. }, _) => self.flag(Flag::Stuck),
            (
                Outcome::Delivered
                | Outcome::Unsent
                | Outcome::Observed { .. }
                | Outcome::Barred { .. }
                | Outcome::Unbarred { .. }
                | Outcome::Ceased { .. }
                | Outcome::Certified { .. }
                | Outcome::BillingEnded { .. }
                | Outcome::Billed { .. }
                | Outcome::Refunded { .. },
                _,
            ) => {}
        }
        Ok(())
    }
}

/// Whether this can be what came of that: a worker's mix-up must not end a case.
fn answers(what: &str, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Delivered | Outcome::Unsent => matches!(what, "notify" | "escalate"),
        Outcome::Barred { .. } => what == "bar",
        Outcome::Unbarred { .. } => what == "unbar",
        Outcome::Ceased { .. } => what == "cease",
        Outcome::Observed { .. } => what == "observe",
        Outcome::Certified { .. } => what == "certify",
        Outcome::GaveUp { .. } => true,
        Outcome::BillingEnded { .. } => what == "end-billing",
        Outcome::Billed { .. } => what == "final-bill",
        Outcome::Refunded { .. } => what == "refund",
        Outcome::Coded { .. } => what == "port",
    }
}
