//! What the rules lead to: when a contract ends, by when the desk has promised what, how many sign.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};

use super::{Policy, TermNotice};
use crate::assure::{Deed, Needed};
use crate::case::{Case, Times};
use crate::declaration::Declaration;
use crate::quote::Asked;
use crate::risk::{Bearing, Risks};

impl Policy {
    /// The wall clock on which days begin and end. The name was known when the rules were read.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    pub(crate) fn days_later(&self, from: Timestamp, days: u32) -> Timestamp {
        let days = Span::new().try_days(i64::from(days));
        let later = days.and_then(|days| from.to_zoned(self.zone()).checked_add(days));
        later.map(|z| z.timestamp()).unwrap_or(Timestamp::MAX)
    }

    /// The last second of a day.
    pub(crate) fn end_of(&self, day: Date) -> Timestamp {
        let next = day.tomorrow().and_then(|next| next.to_zoned(self.zone()));
        next.map_or(Timestamp::MAX, |next| next.timestamp() - SignedDuration::from_secs(1))
    }

    /// When notice that is given now has run out, whatever the minimum term.
    pub fn notice_from(&self, received: Timestamp) -> Timestamp {
        let (months, days) = (self.clocks.notice_months, self.notice_days);
        if months == 0 && days == 0 {
            return received;
        }
        // Months first: a day that the last of them does not have is its last one. Together: an hour that only the day in
        // between does not have is no other hour in the end.
        let notice = Span::new().try_months(i64::from(months)).and_then(|months| months.try_days(i64::from(days)));
        let later = notice.and_then(|notice| received.to_zoned(self.zone()).checked_add(notice));
        let ends = later.map_or(Timestamp::MAX, |z| z.timestamp());
        if self.clocks.notice_whole_days { self.end_of_day(ends, 0) } else { ends }
    }

    /// The end of the day that comes so many days after this one.
    fn end_of_day(&self, at: Timestamp, days: u32) -> Timestamp {
        self.midnight_after(days_on(at.to_zoned(self.zone()).date(), days))
    }

    fn midnight_after(&self, day: Date) -> Timestamp {
        let next = day.tomorrow().and_then(|next| next.to_zoned(self.zone()));
        next.map_or(Timestamp::MAX, |next| next.timestamp())
    }

    /// The last day on which a contract made on a day can be withdrawn from.
    fn withdrawal_ends(&self, made: Date, days: u32) -> Date {
        let mut last = days_on(made, days);
        while self.clocks.withdrawal_rolls
            && self.desk_hours.is_day_off(last)
            && let Ok(next) = last.tomorrow()
        {
            last = next;
        }
        last
    }

    /// Until when a contract made or renewed at `made` can be withdrawn from; none where it cannot.
    pub fn withdrawal_until(&self, made: Timestamp, renewal: bool) -> Option<Timestamp> {
        let days = if renewal { self.clocks.renewal_withdrawal_days } else { self.clocks.withdrawal_days };
        let made = made.to_zoned(self.zone()).date();
        (days > 0).then(|| self.midnight_after(self.withdrawal_ends(made, days)))
    }

    /// The first day on which a contract must have been made for a withdrawal of that moment to be in time.
    pub fn withdrawal_since(&self, withdrawn: Timestamp) -> Date {
        let (on, days) = (withdrawn.to_zoned(self.zone()).date(), self.clocks.withdrawal_days);
        let first = Span::new().try_days(i64::from(days)).and_then(|days| on.checked_sub(days));
        let mut first = first.unwrap_or(Date::MIN);
        // Of those before it, some run until a working day that is not over.
        while let Ok(before) = first.yesterday()
            && self.withdrawal_ends(before, days) >= on
        {
            first = before;
        }
        first
    }

    /// Days for paying back: the law's or the operator's own, whichever are fewer.
    pub fn refund_days(&self) -> u32 {
        self.clocks.refund_days.min(self.tariff.refund_days)
    }

    /// The last day on which what was paid too much is paid back in time.
    pub fn refund_day(&self, from: Timestamp) -> Date {
        days_on(from.to_zoned(self.zone()).date(), self.refund_days())
    }

    /// By when what was paid too much has to be paid back: the end of that day.
    pub fn refund_by(&self, from: Timestamp) -> Timestamp {
        self.end_of_day(from, self.refund_days())
    }

    /// By when the notice of the end has to be given; none where no rule sets a time.
    pub fn end_notice_by(&self, from: Timestamp, online: bool) -> Option<Timestamp> {
        let rule = &self.clocks.end_notice;
        if online {
            let hours = SignedDuration::from_hours(i64::from(rule.online_hours));
            return (rule.online_hours > 0).then(|| later(from, hours));
        }
        (rule.other_working_days > 0).then(|| self.desk_hours.end_of_working_day(from, rule.other_working_days))
    }

    /// When a complaint made at `from` has been open for so long that its maker is told who decides.
    pub fn adr_at(&self, from: Timestamp) -> Option<Timestamp> {
        let weeks = self.complaint.adr_weeks;
        (weeks > 0).then(|| self.days_later(from, weeks.saturating_mul(7)))
    }

    /// Until when a code given at `from` is good; none where there are no codes.
    pub fn code_until(&self, from: Timestamp) -> Option<Timestamp> {
        let days = self.clocks.codes.days;
        (days > 0).then(|| self.days_later(from, days))
    }

    /// What cannot be meant, by the key that says it.
    pub fn check(&self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut say = |key: &str, why: String| wrong.push((key.to_owned(), why));
        if self.review_open_hours == Some(0) {
            let why = "must be at least 1; leave it out to count the hours of the wall clock";
            say("review_open_hours", why.into());
        }
        let hours = self.risk.hold_hours;
        if !(Risks::LEAST..=Risks::MOST).contains(&hours) {
            say("risk.hold_hours", format!("must be from {} to {}, and is {hours}", Risks::LEAST, Risks::MOST));
        }
        for deed in Deed::ALL {
            if self.assurance.chosen(deed).is_some_and(|chosen| chosen < deed.floor()) {
                say(&format!("assurance.{}", deed.name()), "cannot be less than it is without being set".into());
            }
        }
        let TermNotice { earliest_days, latest_days } = self.clocks.term_notice;
        if earliest_days < latest_days {
            let why = format!("must not be less than latest_days, which is {latest_days}");
            say("clocks.term_notice.earliest_days", why);
        }
        wrong.extend(self.journey.check(self));
        wrong
    }

    /// When the contract ends: not before its notice is over, nor before the day that was asked for, nor before its
    /// minimum term, where the tariff lets nobody leave early. Some ends need neither notice nor term.
    pub fn contract_end(&self, asked: Asked, minimum_term_ends: Option<Timestamp>) -> Timestamp {
        // A day beyond the calendar is never, not now.
        let wanted = asked.wanted.map(|day| {
            let end = day.tomorrow().and_then(|next| next.to_zoned(self.zone()));
            end.map_or(Timestamp::MAX, |end| end.timestamp())
        });
        let free = asked.at_once || asked.moving;
        let noticed = if free { asked.received } else { self.notice_from(asked.received) };
        let term = minimum_term_ends.filter(|_| self.tariff.early.is_none() && !free);
        [wanted, term].into_iter().flatten().fold(noticed, Timestamp::max)
    }

    /// Every time the case will need, each a fact of its own.
    pub fn times(
        &self,
        declaration: &Declaration,
        received: Timestamp,
        minimum_term_ends: Option<Timestamp>,
        now: Timestamp,
    ) -> Times {
        // When another network takes over is its to say; until then the end is that of whoever stays.
        let asked = Asked { moving: false, ..Asked::by(declaration, received) };
        let end = self.contract_end(asked, minimum_term_ends);
        let cease = end.max(now);
        let times = Times {
            declared: declaration.declared_at,
            received,
            contract_end: Some(end),
            billing_end: Some(end),
            network_cease: None,
            number_release: None,
            erasure: None,
        };
        self.ceased(&times, cease, declaration.way.keeps_number())
    }

    /// With the network's own time, planned or read back: the number rests from then on, where it has not moved to the
    /// next network.
    pub fn ceased(&self, times: &Times, at: Timestamp, keeps_number: bool) -> Times {
        Times {
            network_cease: Some(at),
            number_release: (!keeps_number).then(|| self.days_later(at, self.quarantine_days)),
            erasure: Some(self.days_later(at, self.watch_days.saturating_add(self.retention_days))),
            ..times.clone()
        }
    }

    /// Of a case that ends nothing (refused, withdrawn): only its data has a last day.
    pub fn ended(&self, times: &Times, at: Timestamp) -> Times {
        Times { erasure: Some(self.days_later(at, self.retention_days)), ..times.undecided() }
    }

    pub fn contest(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.contest_minutes))
    }

    /// The time in which the desk promises a decision, on its own [clock](Self::on_clock).
    pub fn review(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.review_open_hours.unwrap_or(self.review_hours)))
    }

    /// Until when a decision is promised for what comes to the desk at `from`.
    pub fn promised(&self, from: Timestamp) -> Timestamp {
        self.on_clock(from, self.review())
    }

    /// `by` later on the clock that the promise is made by: the desk's open hours, or the wall's.
    pub fn on_clock(&self, from: Timestamp, by: SignedDuration) -> Timestamp {
        if self.review_open_hours.is_some() { self.desk_hours.after(from, by) } else { later(from, by) }
    }

    /// What has passed on that clock.
    pub fn passed(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if self.review_open_hours.is_some() { self.desk_hours.between(from, to) } else { to.duration_since(from) }
    }

    pub fn escalation(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.escalate_hours))
    }

    pub fn nudge(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.nudge_hours))
    }

    pub fn patience(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.patience_days))
    }

    pub fn watch_until(&self, ceased: Timestamp) -> Timestamp {
        self.days_later(ceased, self.watch_days)
    }

    /// Signatures a reviewed case wants: two unless its holder has proven themselves and nothing speaks for
    /// caution.
    pub fn signatures(&self, case: &Case) -> usize {
        let two = self.four_eyes || self.needs(Deed::Cease) == Needed::TwoStaff;
        let risky = case.locked || case.risks.iter().any(|risk| risk.bearing == Bearing::SecondApprover);
        if case.proven && !two && !case.contested && !risky { 1 } else { 2 }
    }
}

/// The last moment there is, rather than none, where a sum leaves the calendar.
pub(crate) fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// That many days on; the last day there is where that leaves the calendar.
pub(crate) fn days_on(day: Date, days: u32) -> Date {
    let span = Span::new().try_days(i64::from(days));
    span.and_then(|span| day.checked_add(span)).unwrap_or(Date::MAX)
}
