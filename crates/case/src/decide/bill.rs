//! What it costs, from the quote to the proof of a refund. Billing comes after the network and holds nothing up: a
//! card that is gone has its certificate whether or not a bill has been written.

use std::cmp::Ordering;

use super::{Deciding, worded};
use crate::bill::{Charge, is_billing, settle};
use crate::case::Stage;
use crate::declaration::Channel;
use crate::effect::{Effect, Letter, Outcome};
use crate::event::Event;
use crate::money::Money;
use crate::need::Flag;
use crate::quote::{Asked, Condition, Quote, quote};
use crate::refusal::Refusal;
use crate::way::Kind;

impl Deciding<'_> {
    /// The quote as records and rules have it; an event only where it has changed.
    pub(super) fn reckon(&mut self) {
        let quote = self.reckoned();
        if quote != self.case.quote {
            let less_back = self.case.consent && quote.asks_nothing() && !quote.is_within(&self.case.quote.at_most());
            self.emit(Event::Quoted { quote, less_back });
        }
    }

    fn reckoned(&self) -> Quote {
        quote(self.world.record.map(|r| &r.card), self.world.policy, Asked::of(&self.case))
    }

    /// Whether the record that is known is of this card.
    pub(super) fn has_own_record(&self) -> bool {
        let recorded = self.world.record.map(|record| record.card.subscription());
        recorded.is_some() && recorded == self.case.subscription
    }

    /// Only while nobody has decided: from then on the quote is a promise.
    pub(super) fn requote(&mut self) -> Result<(), Refusal> {
        if !matches!(self.case.stage, Stage::Received { .. } | Stage::Review { .. }) {
            return Err(self.wrong_stage());
        }
        if !self.has_own_record() {
            return Err(Refusal::NothingOwed);
        }
        self.reprice();
        Ok(())
    }

    /// Reckons anew. More than was agreed to is agreed to again before anything goes on.
    pub(super) fn reprice(&mut self) {
        let consented = self.case.consent;
        let before = self.case.quote.clone();
        if self.has_own_record() {
            self.reckon();
        }
        if before == self.case.quote {
            return;
        }
        let risen = consented && !self.case.consent;
        // Whoever signed looked at another price.
        self.forget_signatures();
        if risen && matches!(self.case.stage, Stage::Scheduled { .. }) {
            self.go(Stage::Received { needs: self.needs(), since: self.world.now });
        }
        self.settle();
        if risen {
            self.notify(Letter::Repriced);
        }
    }

    /// Reckons anew for a number that has moved. It is gone, and nobody is asked for more than they were told; what was
    /// signed or billed stays.
    pub(super) fn reprice_moved(&mut self) {
        let quote = self.reckoned();
        let taken = quote.fault.is_none() && quote.is_within(&self.case.quote.at_most());
        if taken && self.has_own_record() && !self.case.stage.has_ended() {
            self.reckon();
        }
    }

    pub(super) fn is_billing(&self, what: &str) -> bool {
        is_billing(what)
    }

    /// The card is gone: billing stops with the contract, where a billing system is connected. Where none is, staff pay
    /// what the quote gives back, and what the law gives back after a withdrawal whether or not the records know it.
    pub(super) fn end_billing(&mut self) {
        if self.world.policy.tariff.connected {
            if self.case.bill.ended.is_none() {
                self.owe_billing();
            }
        } else if self.case.quote.total.minor < 0 || *self.case.kind() == Kind::Withdrawal {
            self.due_back(-self.case.quote.total.minor.min(0));
            self.flag(Flag::RefundDue);
        }
    }

    fn due_back(&mut self, minor: i64) {
        let times = &self.case.times;
        // However long the network takes to let go.
        let from = match self.case.kind() {
            Kind::Withdrawal => Some(self.case.counts_from()),
            Kind::Ordinary | Kind::Extraordinary { .. } | Kind::Death { .. } => {
                times.contract_end.or(times.network_cease)
            }
        };
        let by = self.world.policy.refund_by(from.unwrap_or(self.world.now));
        let amount = Money::new(minor, &self.case.quote.total.currency);
        self.emit(Event::RefundDue { amount, by });
    }

    /// Staff have paid it. Where billing pays, billing is asked, and its word alone counts.
    pub(super) fn paid_back(&mut self, amount: &Money, reference: &str) -> Result<(), Refusal> {
        let reference = worded(reference)?;
        if !self.case.flags.contains(&Flag::RefundDue) {
            return Err(Refusal::NothingOwed);
        }
        if self.case.bill.held {
            return Err(Refusal::Held);
        }
        let Some(due) = self.case.bill.unpaid().map(|refund| &refund.amount) else { return Err(Refusal::NothingOwed) };
        if !amount.compare(due).is_ok_and(Ordering::is_ge) {
            return Err(Refusal::TooLittle);
        }
        self.emit(Event::RefundPaid { at: self.world.now, reference, amount: Some(amount.clone()) });
        if amount.minor > 0 {
            self.notify(Letter::Refunded);
        }
        Ok(())
    }

    /// What the account's lock has held goes on.
    pub(super) fn pay_on(&mut self) {
        let asked = self.case.owed.iter().any(|(_, what)| is_billing(what));
        if self.case.bill.statement.is_some() && !asked {
            self.owe_billing();
        }
    }

    /// The next thing that billing has not done yet.
    fn owe_billing(&mut self) {
        let Some(subscription) = self.case.subscription.clone() else { return };
        let (bill, times) = (&self.case.bill, &self.case.times);
        let refund = bill.unpaid().filter(|_| !bill.held).map(|refund| refund.amount.clone());
        let effect = if bill.ended.is_none() {
            let at = times.billing_end.or(times.contract_end).unwrap_or(self.world.now);
            Effect::EndBilling { subscription, at }
        } else if bill.statement.is_none() {
            Effect::FinalBill { subscription }
        } else if let Some(amount) = refund {
            Effect::Refund { subscription, amount }
        } else {
            return;
        };
        self.owe(effect);
    }

    /// What came of something owed to billing.
    pub(super) fn billed(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::BillingEnded { ended_at, evidence, .. } => {
                self.emit(Event::BillingEnded { at: *ended_at, evidence: evidence.clone() });
                let times = crate::case::Times { billing_end: Some(*ended_at), ..self.case.times.clone() };
                if times != self.case.times {
                    self.emit(Event::Dated { times });
                }
                self.owe_billing();
            }
            Outcome::Billed { lines, evidence, read_back_at } => self.state(lines, evidence, *read_back_at),
            Outcome::Refunded { amount, reference, read_back_at, .. } => {
                // Less than was promised is not done.
                let due = self.case.bill.refund.as_ref().map(|refund| &refund.amount);
                if due.is_none_or(|due| amount.compare(due).is_ok_and(Ordering::is_ge)) {
                    self.emit(Event::RefundPaid { at: *read_back_at, reference: reference.clone(), amount: None });
                    self.notify(Letter::Refunded);
                } else {
                    self.flag(Flag::BillingStuck);
                }
            }
            Outcome::GaveUp { .. } => self.flag(Flag::BillingStuck),
            Outcome::Delivered
            | Outcome::Unsent
            | Outcome::Barred { .. }
            | Outcome::Unbarred { .. }
            | Outcome::Ceased { .. }
            | Outcome::Observed { .. }
            | Outcome::Certified { .. }
            | Outcome::Coded { .. } => {}
        }
    }

    /// The last bill is at most the quote; one that cannot be reckoned with goes to a person.
    fn state(&mut self, lines: &[Charge], evidence: &str, at: crate::Timestamp) {
        let Ok(statement) = settle(&self.case.quote, lines, |condition| self.has_come_true(condition), at, evidence)
        else {
            return self.flag(Flag::BillingStuck);
        };
        let total = statement.total.clone();
        self.emit(Event::Stated { statement: Box::new(statement) });
        if total.minor < 0 {
            self.due_back(total.minor.saturating_neg());
        }
        self.notify(Letter::Statement);
        self.owe_billing();
    }

    fn has_come_true(&self, condition: &Condition) -> bool {
        match condition {
            // Late, and neither waived, lost nor disputed: the parcel knows.
            Condition::NotBackBy { day } => {
                if let Some(parcel) = &self.case.parcel {
                    return parcel.charge_due(self.world.now).is_some();
                }
                let today = self.world.now.to_zoned(self.world.policy.zone()).date();
                !self.case.card_received && today > *day
            }
        }
    }

    /// Once, when the day has passed: the lead is told, and the desk sees it until it is paid.
    pub(super) fn mind_refund(&mut self) {
        if self.case.bill.refund_due().is_some_and(|due| due <= self.world.now) {
            self.flag(Flag::RefundLate);
            self.owe(Effect::Escalate);
        }
    }

    /// A person has seen to it: asked for once more, and never twice over.
    pub(super) fn resume_billing(&mut self, text: String) -> Result<(), Refusal> {
        if self.case.owed.iter().any(|(_, what)| is_billing(what)) {
            return Err(Refusal::Pending);
        }
        if self.case.bill.held && self.case.bill.statement.is_some() {
            return Err(Refusal::Held);
        }
        self.emit(Event::Said { text, note: true, channel: Channel::Web });
        self.owe_billing();
        Ok(())
    }
}
