//! Reckons the lines, exactly, and rounds each once.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Asked, Condition, Fault, Line, NON_RETURN, Quote, Step, months};
use crate::card::CardRecord;
use crate::money::{Money, Percent, Ratio};
use crate::rules::{CountedFrom, DeviceBalance, Early, EarlyVat, LastBill, Policy, Remaining, ReturnNeeded, days_on};

pub fn reckon(card: Option<&CardRecord>, policy: &Policy, asked: Asked) -> Result<Quote, Fault> {
    let back = card.is_some_and(|card| comes_back(card, policy));
    let fixed = policy.fees.iter().filter(|fee| !asked.undone && (back || !fee.only_if_returned));
    let mut lines: Vec<Line> = fixed.map(|fee| Line::of(&fee.what, Money::new(fee.minor, &policy.currency))).collect();
    lines.sort_by(|a, b| a.what.cmp(&b.what));
    for line in &lines {
        line.amount.clone().owed()?;
    }
    if let Some(card) = card {
        Reckoning::new(card, policy, asked).lines(&mut lines)?;
    }
    lines.retain(|line| !asked.free || line.amount.minor < 0);
    let total = Money::sum(lines.iter().filter(|l| l.only_if.is_none()).map(|l| &l.amount), &policy.currency)?;
    Money::sum(lines.iter().map(|l| &l.amount), &policy.currency)?;
    Ok(Quote { lines, total, fault: None })
}

/// What is asked for back: the record says so, and the rules do not say never.
fn comes_back(card: &CardRecord, policy: &Policy) -> bool {
    card.must_return && policy.returns.terms(card.thing).needed != ReturnNeeded::Never
}

struct Reckoning<'a> {
    card: &'a CardRecord,
    policy: &'a Policy,
    asked: Asked,
    /// The first day without the contract.
    end: Date,
    /// The day on which it is asked for.
    today: Date,
    /// What holds on the last day.
    vat: Percent,
}

impl<'a> Reckoning<'a> {
    fn new(card: &'a CardRecord, policy: &'a Policy, asked: Asked) -> Self {
        let end = policy.contract_end(asked, card.minimum_term_ends);
        let end = first_day_after(policy, end);
        let today = asked.received.to_zoned(policy.zone()).date();
        let vat = policy.tariff.vat_on(end.yesterday().unwrap_or(end));
        Self { card, policy, asked, end, today, vat }
    }

    fn lines(&self, lines: &mut Vec<Line>) -> Result<(), Fault> {
        let found =
            [self.early()?, self.last_bill()?, self.notice()?, self.device()?, self.non_return()?, self.credit()?];
        lines.extend(found.into_iter().flatten());
        Ok(())
    }

    /// The price of a month and what is taken off it.
    fn price(&self) -> Result<Option<(Money, Option<Money>)>, Fault> {
        let contract = &self.card.contract;
        let Some(monthly) = contract.monthly.clone() else { return Ok(None) };
        let monthly = monthly.owed()?;
        let discount = contract.discount.clone().map(Money::owed).transpose()?.filter(|d| !d.is_zero());
        let zero = Money::zero(&self.policy.currency);
        // In the operator's own currency, both of them.
        let net = monthly.plus(&zero)?.minus(discount.as_ref().unwrap_or(&zero))?;
        if net.minor < 0 { Err(Fault::Discount) } else { Ok(Some((monthly, discount))) }
    }

    fn net(monthly: &Money, discount: Option<&Money>) -> Ratio {
        Ratio::whole(monthly.minor - discount.map_or(0, |d| d.minor))
    }

    fn rounded(&self, exact: Ratio) -> Result<Money, Fault> {
        Ok(Money::new(exact.rounded()?, &self.policy.currency).bounded()?)
    }

    /// What of an amount is tax.
    fn tax_in(&self, amount: &Money) -> Result<Option<Money>, Fault> {
        if self.vat.is_none() || amount.is_zero() {
            return Ok(None);
        }
        let net = Ratio::whole(amount.minor).over(self.vat.added()?)?;
        Ok(Some(self.rounded(Ratio::whole(amount.minor).minus(net)?)?))
    }

    /// What is left of the minimum term.
    fn early(&self) -> Result<Option<Line>, Fault> {
        let rule = self.policy.tariff.early.as_ref().filter(|_| !self.asked.at_once);
        let (Some(rule), Some(term)) = (rule, self.card.minimum_term_ends) else {
            return Ok(None);
        };
        let term = first_day_after(self.policy, term);
        if term <= self.end {
            return Ok(None);
        }
        let free = self.card.contract.started.filter(|_| rule.free_days > 0);
        if free.is_some_and(|from| months::days(from, self.today) <= i64::from(rule.free_days)) {
            let steps = vec![Step::Cooling { days: rule.free_days }];
            return Ok(Some(Line { steps, ..Line::of("fee-early", Money::zero(&self.policy.currency)) }));
        }
        let (monthly, discount) = self.price()?.ok_or(Fault::NoPrice)?;
        let discount = discount.filter(|_| rule.discounted);
        let net = Self::net(&monthly, discount.as_ref());
        let (exact, step) = match rule.remaining {
            Remaining::Daily | Remaining::Monthly => {
                let daily = rule.remaining == Remaining::Daily;
                let months = if daily { months::left(self.end, term)? } else { months::begun(self.end, term)? };
                (net.times(months)?, Step::Price { monthly, discount, months })
            }
            Remaining::Yearly => {
                let days = months::days(self.end, term);
                let exact = net.times(Ratio::new(12 * i128::from(days), 365)?)?;
                (exact, Step::Days { monthly, discount, days })
            }
        };
        let mut steps = vec![step];
        let exact = self.discounted(rule, exact, &mut steps)?;
        let mut amount = self.rounded(exact)?;
        if let Some(cap) = rule.cap.filter(|cap| *cap < amount.minor) {
            amount = Money::new(cap, &self.policy.currency);
            steps.push(Step::Capped { at: amount.clone() });
        }
        let vat = if rule.vat == EarlyVat::Removed { None } else { self.tax_in(&amount)? };
        Ok(Some(Line { steps, vat, ..Line::of("fee-early", amount) }))
    }

    fn discounted(&self, rule: &Early, exact: Ratio, steps: &mut Vec<Step>) -> Result<Ratio, Fault> {
        let taxed = rule.vat != EarlyVat::Kept && !self.vat.is_none();
        let mut exact = exact;
        if taxed {
            exact = exact.over(self.vat.added()?)?;
            steps.push(Step::LessVat { percent: self.vat });
        }
        if !rule.less.is_none() {
            exact = exact.times(rule.less.taken_off()?)?;
            steps.push(Step::Less { percent: rule.less });
        }
        if taxed && rule.vat == EarlyVat::AddedBack {
            exact = exact.times(self.vat.added()?)?;
            steps.push(Step::PlusVat { percent: self.vat });
        }
        Ok(exact)
    }

    /// From the first day that is not paid for until today's end; or what has been paid beyond the contract's end.
    fn last_bill(&self) -> Result<Option<Line>, Fault> {
        let Some(unpaid) = self.card.contract.unpaid_from() else { return Ok(None) };
        if unpaid > self.end && (self.policy.tariff.refund_unused || self.asked.undone) {
            let line = self.stretch("fee-unused", self.end, unpaid, self.end)?;
            return Ok(line.map(|line| Line {
                amount: line.amount.negated(),
                vat: line.vat.map(|vat| vat.negated()),
                ..line
            }));
        }
        let until = self.end.min(self.today.tomorrow().unwrap_or(self.today));
        if self.policy.tariff.last_bill == LastBill::None || unpaid >= until {
            return Ok(None);
        }
        self.stretch("fee-last-bill", unpaid, until, unpaid)
    }

    /// From tomorrow, or the first day that is not paid for, to the end.
    fn notice(&self) -> Result<Option<Line>, Fault> {
        let Some(unpaid) = self.card.contract.unpaid_from() else { return Ok(None) };
        let from = unpaid.max(self.today.tomorrow().unwrap_or(self.today));
        if self.policy.tariff.last_bill == LastBill::None || from >= self.end {
            return Ok(None);
        }
        self.stretch("fee-notice", from, self.end, unpaid)
    }

    /// The price of the days from `from` up to and without `to`, by the months that begin with `anchor`.
    fn stretch(&self, what: &str, from: Date, to: Date, anchor: Date) -> Result<Option<Line>, Fault> {
        let Some((monthly, discount)) = self.price()? else { return Ok(None) };
        let months = months::since(anchor, to)?.minus(months::since(anchor, from)?)?;
        let amount = self.rounded(Self::net(&monthly, discount.as_ref()).times(months)?)?;
        let period = Step::Period { from, until: to.yesterday().unwrap_or(to) };
        let steps = vec![Step::Price { monthly, discount, months }, period];
        let vat = self.tax_in(&amount)?;
        Ok(Some(Line { steps, vat, ..Line::of(what, amount) }))
    }

    /// Nothing where the contract is undone: the device comes back, or costs what not returning it costs.
    fn device(&self) -> Result<Option<Line>, Fault> {
        if self.asked.undone {
            return Ok(None);
        }
        let balance = self.card.contract.device_balance.clone().map(Money::owed).transpose()?;
        let Some(amount) = balance.filter(|balance| !balance.is_zero()) else { return Ok(None) };
        Ok(Some(match self.policy.tariff.device {
            DeviceBalance::Due => {
                Line { steps: vec![Step::Balance { amount: amount.clone() }], ..Line::of("fee-device", amount) }
            }
            DeviceBalance::GoesOn => {
                let steps = vec![Step::GoesOn { amount }];
                Line { steps, ..Line::of("fee-device", Money::zero(&self.policy.currency)) }
            }
        }))
    }

    fn non_return(&self) -> Result<Option<Line>, Fault> {
        if !comes_back(self.card, self.policy) {
            return Ok(None);
        }
        let age = self.card.contract.started.map(|from| months::days(from, self.today));
        let fits = |days: Option<u32>| days.is_none_or(|most| age.is_some_and(|age| age <= i64::from(most)));
        let rule = self.policy.tariff.non_return.iter().find(|rule| fits(rule.age_days));
        let terms = self.policy.returns.terms(self.card.thing);
        let from = if terms.counted_from == CountedFrom::End { self.end } else { self.today };
        let after = terms.charge.filter(|_| terms.needed == ReturnNeeded::AfterEnd && terms.days > 0);
        let (minor, day) = match (rule, after) {
            (Some(rule), _) => (rule.minor, days_on(self.end, rule.within_days)),
            (None, Some(charge)) => (i64::from(charge), days_on(from, terms.days)),
            (None, None) => return Ok(None),
        };
        let amount = Money::new(minor, &self.policy.currency).owed()?;
        let only_if = Some(Condition::NotBackBy { day });
        Ok(Some(Line { only_if, ..Line::of(NON_RETURN, amount) }))
    }

    fn credit(&self) -> Result<Option<Line>, Fault> {
        let credit = self.card.credit.clone().map(Money::owed).transpose()?;
        let Some(credit) = credit.filter(|credit| !credit.is_zero()) else { return Ok(None) };
        let rule = &self.policy.tariff.credit;
        let money = |minor| Money::new(minor, &self.policy.currency);
        let mut steps = vec![Step::Credit { amount: credit.clone() }];
        if self.asked.undone {
            return Ok(Some(Line { steps, ..Line::of("fee-credit", credit.negated()) }));
        }
        let kept = |steps| Ok(Some(Line { steps, ..Line::of("fee-credit", money(0)) }));
        if let Some(reason) = &rule.forfeited {
            steps.push(Step::CreditForfeited { reason: reason.clone() });
            return kept(steps);
        }
        if rule.only_when_porting {
            steps.push(Step::CreditPorting);
            if !self.asked.porting {
                return kept(steps);
            }
        }
        if rule.above > 0 {
            steps.push(Step::CreditAbove { above: money(rule.above) });
            if credit.compare(&money(rule.above))?.is_le() {
                return kept(steps);
            }
        }
        if rule.fee > 0 {
            steps.push(Step::CreditFee { fee: money(rule.fee) });
        }
        if let Some(days) = rule.claim_days {
            steps.push(Step::CreditClaim { by: days_on(self.end, days) });
        }
        let back = credit.minus(&money(rule.fee))?;
        let back = if back.minor < 0 { money(0) } else { back };
        Ok(Some(Line { steps, ..Line::of("fee-credit", back.negated()) }))
    }
}

/// The first day that begins at or after a moment. Where the clocks go forward at midnight, it begins at one o'clock.
fn first_day_after(policy: &Policy, at: Timestamp) -> Date {
    let local = at.to_zoned(policy.zone());
    let day = local.date();
    let begins = local.start_of_day().is_ok_and(|start| start.timestamp() == at);
    if begins { day } else { day.tomorrow().unwrap_or(day) }
}
