//! What runs beside a case: who declares for whom, a cause that is not upheld, the end-of-contract notice, the complaint;
//! and what the clock does to them.

use jiff::{SignedDuration, Timestamp};

use super::{Deciding, worded};
use crate::case::Stage;
use crate::declaration::Channel;
use crate::effect::Letter;
use crate::event::Event;
use crate::need::Flag;
use crate::refusal::Refusal;
use crate::rules::later;
use crate::way::{Capacity, Kind};

impl Deciding<'_> {
    /// Somebody acts in the holder's place: of the holder nothing is asked that only they could show.
    pub(super) fn for_another(&self) -> bool {
        let by = self.case.declaration.way.behalf.as_ref();
        by.is_some_and(|by| matches!(by.capacity, Capacity::Estate | Capacity::Attorney))
    }

    /// Who says that they may act has shown nothing of it yet. Of a death its number in the register will do.
    pub(super) fn lacks_papers(&self) -> bool {
        let registered = match &self.case.declaration.way.kind {
            Kind::Death { certificate, .. } => !certificate.trim().is_empty(),
            Kind::Ordinary | Kind::Extraordinary { .. } | Kind::Withdrawal => false,
        };
        self.for_another() && self.case.files.is_empty() && !registered
    }

    /// Who helps with the bills may ask; only the holder closes.
    pub(super) fn lacks_holder(&self) -> bool {
        let by = self.case.declaration.way.behalf.as_ref();
        by.is_some_and(|by| by.capacity == Capacity::BillManager) && !self.case.proven
    }

    /// The desk does not uphold a cause, which then goes on as an ordinary end and counts from the same day; or it upholds
    /// it after all. Either ends nothing, and one person decides it, as with a refusal: that the card ends takes as many
    /// signatures as ever, and those that are there were given for something else.
    pub(super) fn weigh(&mut self, upheld: bool, reason: &str) -> Result<(), Refusal> {
        let reason = worded(reason)?;
        match &self.case.stage {
            Stage::Review { .. } => {}
            // It waits for its holder to agree to what the ordinary end costs.
            Stage::Received { .. } if upheld => {}
            Stage::Received { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        if !self.case.declaration.way.kind.is_weighed() || upheld != self.case.ways.not_upheld.is_some() {
            return Err(Refusal::NoCause);
        }
        // What it means cannot be told without.
        if !self.has_own_record() {
            return Err(Refusal::StillLacking);
        }
        self.emit(Event::Weighed { upheld, reason, at: self.world.now });
        self.reckon();
        self.forget_signatures();
        self.settle();
        self.notify(if upheld { Letter::Upheld } else { Letter::NotUpheld });
        Ok(())
    }

    pub(super) fn owe_notice(&mut self) {
        if let Some(due) = self.notice_due() {
            self.emit(Event::NoticeDue { due });
        }
    }

    /// Hours after what was given online; else the end of a working day, the day from which it counts left out. Where that
    /// has gone by, it is due at once.
    fn notice_due(&self) -> Option<Timestamp> {
        let online = match self.case.declaration.channel {
            Channel::Web | Channel::Mail | Channel::Chat => true,
            Channel::Voice | Channel::Sms | Channel::Shell | Channel::Letter => false,
        };
        self.world.policy.end_notice_by(self.case.counts_from(), online)
    }

    /// Once, and again where the day is another than it told, or it had to go out before there was one; answers whether
    /// it was now.
    pub(super) fn send_notice(&mut self, another_day: bool) -> bool {
        let due = self.case.ways.notice.is_some_and(|notice| notice.sent.is_none() || another_day);
        if due {
            self.emit(Event::NoticeSent { at: self.world.now });
            self.notify(Letter::EndNotice);
        }
        due
    }

    pub(super) fn complain(&mut self, text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Said { text, note: false, channel: Channel::Web });
        if !self.complains() {
            let (now, policy) = (self.world.now, self.world.policy);
            // That it was settled is what the desk alone says: who complains again has waited since the first time, unless
            // that one's day has come, and its letter.
            let first = self.case.ways.complaint;
            let first = first.filter(|first| first.due.is_some_and(|due| due > now || first.told.is_none()));
            let anew = || (now, policy.adr_at(now).filter(|_| !policy.complaint.schemes.is_empty()));
            let (at, due) = first.map_or_else(anew, |first| (first.since, first.due));
            self.emit(Event::Complained { at, due });
            self.notify(Letter::Complaint);
        }
        Ok(())
    }

    fn complains(&self) -> bool {
        self.case.complaint().is_some()
    }

    pub(super) fn deadlock(&mut self, text: &str) -> Result<(), Refusal> {
        let told = self.case.ways.complaint.is_some_and(|complaint| complaint.told.is_some());
        if !self.complains() || told || self.world.policy.complaint.schemes.is_empty() {
            return Err(Refusal::NoComplaint);
        }
        let text = worded(text)?;
        self.emit(Event::Said { text, note: false, channel: Channel::Web });
        self.tell_schemes(true);
        Ok(())
    }

    pub(super) fn settle_complaint(&mut self, text: &str) -> Result<(), Refusal> {
        if !self.complains() {
            return Err(Refusal::NoComplaint);
        }
        let text = worded(text)?;
        self.emit(Event::Said { text, note: false, channel: Channel::Web });
        self.emit(Event::ComplaintSettled);
        self.notify(Letter::Reply);
        Ok(())
    }

    fn tell_schemes(&mut self, deadlock: bool) {
        self.emit(Event::AdrTold { at: self.world.now, deadlock });
        self.notify(Letter::Adr);
    }

    /// What has come due beside the case.
    pub(super) fn wake_beside(&mut self) {
        let (now, policy) = (self.world.now, self.world.policy);
        let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if self.case.stage.is_open() {
            if passed(self.case.ways.notice.filter(|notice| notice.sent.is_none()).map(|notice| notice.due)) {
                self.send_notice(false);
            }
            let answer = SignedDuration::from_secs(i64::from(policy.clocks.codes.answer_seconds));
            let switch = self.case.ways.switch.as_ref();
            let asked = switch.and_then(|switch| switch.awaited()).map(|asked| later(asked, answer));
            let until = switch.and_then(|switch| switch.runs_until());
            if passed(asked) && !self.case.flags.contains(&Flag::CodeLate) {
                self.late_code();
            }
            if passed(until) {
                self.expire_code();
            }
        }
        let due = self.case.ways.complaint.filter(|complaint| !complaint.settled && complaint.told.is_none());
        if passed(due.and_then(|complaint| complaint.due)) {
            self.tell_schemes(false);
        }
    }
}
