//! Where a case that nobody has decided belongs now: what it lacks, why a person must look at it, and
//! the way on for one that lacks nothing.

use std::collections::BTreeSet;

use super::Deciding;
use crate::actor::Actor;
use crate::assure::{Deed, Needed};
use crate::card::CardState;
use crate::case::{RefusedFor, Signature, Stage};
use crate::effect::Letter;
use crate::event::Event;
use crate::matching::{self, Report};
use crate::need::{Cause, Flag, Need};
use crate::parcel::Why;
use crate::risk::Bearing;
use crate::rules::OnDifference;

impl Deciding<'_> {
    /// Compares with the record and takes the actor's proof, if it proves this holder.
    pub(super) fn attribute(&mut self, actor: &Actor) {
        let event = match self.world.record {
            Some(record) => Event::Attributed {
                subscription: Some(record.card.subscription()),
                account: Some(record.card.account),
                must_return: self.wants_back(&record.card),
                minimum_term_ends: record.card.minimum_term_ends,
                reachable: record.person.email.is_some() || record.person.phone.is_some(),
                report: matching::compare(&self.case.person, &record.person, self.world.policy.identify.default_region),
            },
            None => Event::Attributed {
                subscription: None,
                account: None,
                must_return: false,
                minimum_term_ends: None,
                reachable: false,
                report: Report::default(),
            },
        };
        let before = self.case.subscription.clone();
        self.emit(event);
        if before != self.case.subscription {
            self.reckon();
        }
        if let Some(record) = self.world.record
            && self.case.must_return
            && self.case.parcel.is_none()
        {
            self.want_back(record.card.thing, Why::Record);
        }
        self.proof_of(actor, true);
        if self.world.record.is_some_and(|r| r.card.state == CardState::Ceased) {
            self.flag(Flag::AlreadyCeased);
            self.emit(Event::PersonWanted);
        }
    }

    pub(super) fn take_proof(&mut self, actor: &Actor) -> bool {
        self.proof_of(actor, false)
    }

    /// `typed` with what the case says of its holder: then their word for it is the holder's.
    fn proof_of(&mut self, actor: &Actor, typed: bool) -> bool {
        let Actor::Holder { assurance, .. } = actor else { return false };
        let proves = self.world.policy.proves(assurance, self.case.account, self.world.now);
        if proves && (!self.case.proven || typed && !self.case.vouched) {
            self.emit(Event::Proven { assurance: *assurance, typed });
        }
        proves
    }

    /// What was signed is not what stands there now.
    pub(super) fn forget_signatures(&mut self) {
        if let Stage::Review { causes, since, signatures } = &self.case.stage
            && !signatures.is_empty()
        {
            self.go(Stage::Review { causes: causes.clone(), since: *since, signatures: Vec::new() });
        }
    }

    pub(super) fn lacks_backup(&self) -> bool {
        !self.case.backup && self.world.policy.backup_required
    }

    pub(super) fn needs(&self) -> BTreeSet<Need> {
        let case = &self.case;
        let mut needs = case.asked.clone();
        let lacking = [
            (Need::Card, self.lacks_card() && !case.person_wanted),
            (Need::Match, case.subscription.is_none() && !case.person_wanted),
            (Need::Identity, !case.proven && !case.person_wanted && !self.for_another()),
            (Need::Consent, case.lacks_consent() && !case.person_wanted),
            (Need::Backup, self.lacks_backup() && !case.person_wanted && !self.for_another()),
            (Need::Document, self.lacks_papers() && !case.person_wanted),
            (Need::Switch, self.awaits_switch()),
        ];
        needs.extend(lacking.into_iter().filter(|(_, lacks)| *lacks).map(|(need, _)| need));
        needs
    }

    pub(super) fn causes(&self) -> BTreeSet<Cause> {
        let case = &self.case;
        let written = case.declaration.statement.as_ref().is_some_and(|text| !text.trim().is_empty());
        let mut causes: BTreeSet<Cause> = case.report.differing().map(Cause::Difference).collect();
        // Whoever took it up from a silent holder is still why it is here, whatever comes in meanwhile.
        let unanswered = matches!(&case.stage, Stage::Review { causes, .. } if causes.contains(&Cause::Unanswered));
        let two_staff = self.world.policy.needs(Deed::Cease) == Needed::TwoStaff;
        let risky = case.risks.iter().any(|risk| risk.bearing == Bearing::SecondApprover);
        let because = [
            (Cause::Unanswered, unanswered),
            (Cause::Always, two_staff || !self.world.policy.straight_through),
            (Cause::UnknownCard, case.subscription.is_none()),
            (Cause::NotProven, !case.proven),
            (Cause::Duplicate, case.flags.contains(&Flag::Duplicate)),
            (Cause::Statement, written || !case.files.is_empty()),
            (Cause::HolderAsked, case.person_wanted && !unanswered),
            (Cause::Answered, case.answered),
            (Cause::Contested, case.contested),
            (Cause::Locked, case.locked),
            (Cause::Risk, risky),
            (Cause::Unpriced, case.quote.fault.is_some()),
            // Not upheld, it is still a person who lets it go on, with what that needs.
            (Cause::Kind, !case.declaration.way.kind.is_ordinary()),
            (Cause::Behalf, case.declaration.way.behalf.is_some()),
            (Cause::Ported, self.ported_after_all()),
        ];
        causes.extend(because.into_iter().filter(|(_, yes)| *yes).map(|(cause, _)| cause));
        causes
    }

    /// Where a case that nobody has decided belongs now: with its holder, with the desk, or on its way.
    pub(super) fn settle(&mut self) {
        let since = match &self.case.stage {
            Stage::Received { since, .. } | Stage::Review { since, .. } => Some(*since),
            Stage::Refused { reason: RefusedFor::Difference, .. } => None,
            Stage::Refused { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return,
        };
        let needs = self.needs();
        let causes = self.causes();
        let refuse = self.world.policy.on_difference == OnDifference::Refuse
            && self.case.differs()
            && !self.case.person_wanted
            && !self.for_another();
        if refuse {
            if since.is_some() {
                self.go(Stage::Refused { at: self.world.now, reason: RefusedFor::Difference, way_out: String::new() });
                self.notify(Letter::Refused);
            }
        } else if !needs.is_empty() {
            let was = matches!(self.case.stage, Stage::Received { .. });
            let since = since.filter(|_| was).unwrap_or(self.world.now);
            let to = Stage::Received { needs, since };
            if to != self.case.stage {
                self.go(to);
            }
        } else if causes.is_empty() {
            self.schedule(Vec::new());
        } else {
            self.review(causes);
        }
    }

    pub(super) fn review(&mut self, causes: BTreeSet<Cause>) {
        let since = match &self.case.stage {
            Stage::Review { causes: now, .. } if *now == causes => return,
            Stage::Review { since, .. } => *since,
            Stage::Received { .. }
            | Stage::Refused { .. }
            | Stage::Contested { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. } => self.world.now,
        };
        self.go(Stage::Review { causes, since, signatures: Vec::new() });
    }

    pub(super) fn schedule(&mut self, signatures: Vec<Signature>) {
        let times = self.end();
        let cease_at = times.network_cease.unwrap_or(self.world.now);
        let told = self.case.times.contract_end;
        self.emit(Event::Dated { times });
        let noticed = self.send_notice(told != self.case.times.contract_end);
        if cease_at <= self.world.now && !self.waits() {
            self.cease(signatures);
        } else {
            self.go(Stage::Scheduled { cease_at, signatures });
            // Of a hold they have been told; the notice says the day as well.
            if cease_at > self.world.now && !noticed {
                self.notify(Letter::Scheduled);
            }
        }
    }
}
