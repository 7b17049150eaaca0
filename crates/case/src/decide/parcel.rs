//! What comes back by post: asked for where the rules want it, met by proof of posting, looked at when it comes. A
//! return never moves a case further than its own need; nothing of it charges or refunds.

use jiff::{SignedDuration, Timestamp};

use super::{Deciding, worded};
use crate::actor::{Actor, Role};
use crate::card::CardRecord;
use crate::case::{Signature, Stage};
use crate::declaration::Channel;
use crate::effect::Letter;
use crate::event::Event;
use crate::id::FileId;
use crate::money::Money;
use crate::parcel::{
    By, Deed, Dispute, Found, Inspection, LostBy, Parcel, Place, Posted, Scan, Status, Step, Thing, Why, next,
};
use crate::quote::{Condition, Line, NON_RETURN};
use crate::refusal::Refusal;
use crate::rules::{CountedFrom, ReturnNeeded};
use crate::tracking::Tracking;

/// A carrier's word that says nothing new is written down again after this long, as a sign that it is not lost.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

impl Deciding<'_> {
    pub(super) fn give_back(&mut self, actor: &Actor, deed: &Deed) -> Result<(), Refusal> {
        // Who may be anybody neither learns that something comes back nor says that it has been posted.
        if matches!(actor, Actor::Holder { .. }) && self.case.may_be_a_strangers() {
            return Err(Refusal::NoReturn);
        }
        match deed {
            Deed::Ask { what, text } => self.ask_back(*what, text),
            Deed::Label => self.label(),
            Deed::Post { tracking, proof } => self.post(tracking.clone(), *proof),
            Deed::Carried { status, at } => {
                self.carried(*status, *at);
                Ok(())
            }
            Deed::Receive { scan } => self.received(actor, scan),
            Deed::Inspect { found, text, photos } => self.inspect(*found, text, photos),
            Deed::Dispute { over, text, files } => {
                let by = if matches!(actor, Actor::Holder { .. }) { By::Holder } else { By::Desk };
                let (at, text, files) = (self.world.now, worded(text)?, files.clone());
                self.dispute(Dispute { at, by, over: *over, text, files, upheld: None, answer: None })
            }
            Deed::Judge { upheld, text } => self.judge(*upheld, text),
            Deed::Waive { reason } => self.waive(actor, reason),
        }
    }

    fn took(&mut self, step: Step) {
        self.emit(Event::Return { step });
    }

    fn parcel(&self) -> Result<&Parcel, Refusal> {
        self.case.parcel.as_deref().ok_or(Refusal::NoReturn)
    }

    /// Something of this case is to come and has not.
    pub(super) fn awaits(&self) -> bool {
        self.case.parcel.as_ref().is_some_and(|parcel| parcel.received.is_none())
    }

    /// Whether the rules want back what the record says is the operator's.
    pub(super) fn wants_back(&self, card: &CardRecord) -> bool {
        card.must_return && self.world.policy.returns.terms(card.thing).needed != ReturnNeeded::Never
    }

    /// The case waits for it: the rules say that it comes before the end, and nothing shows that it is on its way.
    pub(super) fn lacks_card(&self) -> bool {
        let what = self.case.parcel.as_ref().map_or(Thing::Sim, |parcel| parcel.what);
        let met = self.case.card_received || self.case.parcel.as_ref().is_some_and(|parcel| parcel.is_settled());
        let before = self.world.policy.returns.terms(what).needed == ReturnNeeded::BeforeEnd;
        self.case.must_return && before && !met
    }

    /// Asks for it. Days that are counted from an end that has not come begin then.
    pub(super) fn want_back(&mut self, what: Thing, why: Why) {
        let (policy, now) = (self.world.policy, self.world.now);
        let terms = policy.returns.terms(what);
        let ended = self.case.times.network_cease.filter(|_| self.case.stage.has_ended());
        let after = terms.needed == ReturnNeeded::AfterEnd;
        let waits = after && terms.counted_from == CountedFrom::End && ended.is_none();
        let since = (!waits).then_some(now);
        let due = since.filter(|_| terms.days > 0).map(|since| self.last_day(since, terms.days));
        // What was quoted for it, where that was.
        let by_terms = || terms.charge.map(|minor| Money::new(i64::from(minor), &policy.currency));
        let charge = self.quoted().map(|line| line.amount.clone()).or_else(by_terms).filter(|_| after);
        self.took(Step::Asked { what, why, at: now, since, due, ended, charge });
    }

    fn quoted(&self) -> Option<&Line> {
        self.case.quote.lines.iter().find(|line| line.what == NON_RETURN)
    }

    /// It may be posted on the whole of its last day, which is never before the one that was quoted.
    fn last_day(&self, from: Timestamp, days: u32) -> Timestamp {
        let policy = self.world.policy;
        let last = policy.days_later(from, days).to_zoned(policy.zone()).date();
        let quoted = self.quoted().and_then(|line| line.only_if.as_ref());
        policy.end_of(quoted.map_or(last, |Condition::NotBackBy { day }| last.max(*day)))
    }

    fn ask_back(&mut self, what: Thing, text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        let over = matches!(self.case.stage, Stage::Refused { .. } | Stage::Withdrawn { .. } | Stage::Contested { .. });
        if over {
            return Err(self.wrong_stage());
        }
        // What is on its way, in dispute or waived is not asked for anew.
        if self.case.parcel.as_ref().is_some_and(|p| p.place < Place::Inspected || p.is_disputed()) {
            return Err(Refusal::Taken);
        }
        self.emit(Event::Said { text, note: false, channel: Channel::Web });
        self.want_back(what, Why::Desk);
        self.notify(Letter::ReturnAsked);
        Ok(())
    }

    /// The card has ended: what is to come back after that has its day now.
    pub(super) fn ended_for_parcel(&mut self, at: Timestamp) {
        let Some(parcel) = self.case.parcel.as_ref().filter(|parcel| parcel.ended.is_none()) else { return };
        let terms = self.world.policy.returns.terms(parcel.what);
        let due = (parcel.since.is_none() && terms.days > 0).then(|| self.last_day(at, terms.days));
        let settled = parcel.is_settled();
        self.took(Step::Ended { at, due });
        if !settled {
            self.notify(Letter::ReturnAsked);
        }
    }

    fn label(&mut self) -> Result<(), Refusal> {
        let parcel = self.parcel()?;
        if parcel.received.is_some() || parcel.waived.is_some() {
            return Err(Refusal::NoReturn);
        }
        if parcel.place < Place::Label {
            self.took(Step::Labelled { at: self.world.now });
        }
        Ok(())
    }

    fn post(&mut self, tracking: Option<Tracking>, proof: Option<FileId>) -> Result<(), Refusal> {
        let parcel = self.parcel()?;
        if parcel.received.is_some() || parcel.waived.is_some() {
            return Err(Refusal::NoReturn);
        }
        if tracking.is_none() && proof.is_none() {
            return Err(Refusal::NoProof);
        }
        let before = parcel.posted.as_ref();
        if before.is_some_and(|posted| proof.is_none() && posted.tracking == tracking) {
            return Ok(());
        }
        // More of the same posting keeps its day, and a picture keeps the number that came before it.
        let at = before.map_or(self.world.now, |posted| posted.at);
        let tracking = tracking.or_else(|| before.and_then(|posted| posted.tracking.clone()));
        let proof = proof.or_else(|| before.and_then(|posted| posted.proof));
        self.took(Step::Posted { posted: Posted { at, tracking, proof } });
        self.settle();
        Ok(())
    }

    /// The carriers' words come late, doubled and out of order. One older than the last says nothing.
    fn carried(&mut self, status: Status, at: Timestamp) {
        let Some(parcel) = self.case.parcel.as_ref().filter(|p| p.posted.is_some() && p.received.is_none()) else {
            return;
        };
        let at = at.min(self.world.now);
        let news =
            parcel.heard.is_none_or(|(was, then)| at >= then && (was != status || at.duration_since(then) >= AGAIN));
        let lost = status == Status::Lost && parcel.lost.is_none();
        if !news {
            return;
        }
        self.took(Step::Carried { status, at });
        if lost {
            self.took(Step::Lost { by: LostBy::Carrier, at: self.world.now });
            self.notify(Letter::ReturnNews);
        }
    }

    pub(super) fn received(&mut self, actor: &Actor, scan: &Scan) -> Result<(), Refusal> {
        let Actor::Agent { staff, .. } = actor else { return Err(Refusal::NotYours) };
        if !self.awaits() {
            return Err(Refusal::NoReturn);
        }
        if let Scan::Number(card) = scan
            && self.case.subscription.as_ref().is_none_or(|own| own.card != *card)
        {
            return Err(Refusal::AnotherCard);
        }
        self.took(Step::Received { by: *staff, at: self.world.now, scan: scan.clone() });
        if !self.case.card_received {
            self.emit(Event::CardReceived);
        }
        self.settle();
        self.notify(Letter::ReturnNews);
        Ok(())
    }

    /// What is another card's stays out of this case: its own is still to come, with as many days as before where it
    /// was not late already.
    fn inspect(&mut self, found: Found, text: &str, photos: &[FileId]) -> Result<(), Refusal> {
        let parcel = self.parcel()?;
        if parcel.place != Place::Received {
            return Err(Refusal::NoReturn);
        }
        let text = if found == Found::AsAgreed && text.trim().is_empty() { String::new() } else { worded(text)? };
        let now = self.world.now;
        let days = self.world.policy.returns.terms(parcel.what).days;
        let again = parcel.due.filter(|_| found == Found::AnotherCard && parcel.late.is_none());
        let due = again.map(|due| due.max(self.last_day(now, days)));
        let inspection = Inspection { at: now, found, text, photos: photos.to_vec() };
        self.took(Step::Inspected { inspection, due });
        self.settle();
        self.notify(Letter::ReturnNews);
        Ok(())
    }

    fn dispute(&mut self, dispute: Dispute) -> Result<(), Refusal> {
        let parcel = self.parcel()?;
        if parcel.is_disputed() {
            return Err(Refusal::Disputed);
        }
        if parcel.waived.is_some() {
            return Err(Refusal::NoReturn);
        }
        let told = dispute.by == By::Desk;
        self.took(Step::Disputed { dispute });
        if told {
            self.notify(Letter::ReturnNews);
        }
        Ok(())
    }

    fn judge(&mut self, upheld: bool, text: &str) -> Result<(), Refusal> {
        if !self.parcel()?.is_disputed() {
            return Err(Refusal::NoDispute);
        }
        let text = worded(text)?;
        self.emit(Event::Said { text: text.clone(), note: false, channel: Channel::Web });
        self.took(Step::Judged { upheld, at: self.world.now, text });
        self.notify(Letter::ReturnNews);
        Ok(())
    }

    /// Two people where much is at stake; the second is an approver, as with a decision.
    fn waive(&mut self, actor: &Actor, reason: &str) -> Result<(), Refusal> {
        let Actor::Agent { staff, role } = actor else { return Err(Refusal::NotYours) };
        let parcel = self.parcel()?;
        if parcel.waived.is_some() {
            return Err(Refusal::NoReturn);
        }
        let reason = worded(reason)?;
        let two = parcel.at_stake() > i64::from(self.world.policy.returns.two_people_above);
        let first = parcel.waiving.clone();
        if first.as_ref().is_some_and(|signature| signature.staff == *staff) {
            return Err(Refusal::SamePerson);
        }
        if first.is_some() && *role != Role::Approver {
            return Err(Refusal::NeedsApprover);
        }
        self.emit(Event::Said { text: reason.clone(), note: true, channel: Channel::Web });
        if two && first.is_none() {
            let signature = Signature { staff: *staff, at: self.world.now, evidence: reason };
            self.took(Step::WaiveSigned { signature });
            return Ok(());
        }
        self.took(Step::Waived { at: self.world.now });
        self.settle();
        self.notify(Letter::ReturnNews);
        Ok(())
    }

    /// What time does: a reminder, the last day, or giving it up for lost. After a long sleep, only the last of them.
    pub(super) fn mind_parcel(&mut self) {
        let (policy, now) = (self.world.policy, self.world.now);
        if next(&self.case, policy).is_none_or(|due| due > now) {
            return;
        }
        let Some(parcel) = self.case.parcel.as_deref() else { return };
        let (letter, step) = if parcel.posted.is_some() {
            (Letter::ReturnNews, Step::Lost { by: LostBy::Silence, at: now })
        } else if parcel.due.is_some_and(|due| due <= now) {
            (Letter::ReturnNews, Step::Late { at: now })
        } else {
            (Letter::ReturnReminder, Step::Reminded { n: parcel.called(policy, now) })
        };
        self.took(step);
        self.notify(letter);
    }
}
