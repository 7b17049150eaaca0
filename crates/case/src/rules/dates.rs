//! What the rules lead to: when a contract ends, by when the desk has promised what, how many sign.

use jiff::{SignedDuration, Span, Timestamp, ToSpan, tz::TimeZone};

use super::Policy;
use crate::assure::{Deed, Needed};
use crate::case::{Case, Times};
use crate::declaration::Declaration;
use crate::risk::Bearing;

impl Policy {
    /// The wall clock on which days begin and end. The name was known when the rules were read.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    fn days_later(&self, from: Timestamp, days: u32) -> Timestamp {
        let days = Span::new().try_days(i64::from(days));
        let later = days.and_then(|days| from.to_zoned(self.zone()).checked_add(days));
        later.map(|z| z.timestamp()).unwrap_or(Timestamp::MAX)
    }

    /// Every time the case will need, each a fact of its own.
    pub fn times(
        &self,
        declaration: &Declaration,
        received: Timestamp,
        minimum_term_ends: Option<Timestamp>,
        now: Timestamp,
    ) -> Times {
        // A day beyond the calendar is never, not now.
        let wanted = declaration.wanted_end.map(|day| {
            let end = day.to_zoned(self.zone()).and_then(|start| start.checked_add(1.day()));
            end.map_or(Timestamp::MAX, |end| end.timestamp())
        });
        let noticed = if self.notice_days == 0 { received } else { self.days_later(received, self.notice_days) };
        let end = [wanted, minimum_term_ends].into_iter().flatten().fold(noticed, Timestamp::max);
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
        self.ceased(&times, cease)
    }

    /// With the network's own time, planned or read back: the number rests from then on.
    pub fn ceased(&self, times: &Times, at: Timestamp) -> Times {
        Times {
            network_cease: Some(at),
            number_release: Some(self.days_later(at, self.quarantine_days)),
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
