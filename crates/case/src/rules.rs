//! The operator's policy: which law and which habits apply, as data. The core reads it and
//! never asks which country it is in. Loaded from `rules/*.toml`; durations are in the unit that
//! ends the field's name.

use jiff::{SignedDuration, Span, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Times};
use crate::declaration::Declaration;
use crate::identify::IdentifyRules;

/// What a difference between application and record does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDifference {
    /// A person at the desk decides; the holder can mend it meanwhile.
    Desk,
    /// The case is refused, with the fields and the way out; mending them reopens it.
    Refuse,
}

/// A fee that may stand in a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Key of its name in the locales, such as `fee-postage`.
    pub what: String,
    /// In the currency's minor unit.
    pub minor: i64,
    /// Only where the card has to be posted back.
    #[serde(default)]
    pub only_if_returned: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Name of the pack, such as `generic`.
    pub name: String,
    /// IANA time zone in which days begin and end.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    pub fees: Vec<Fee>,
    /// The article's path: no declaration without signing in. Off wherever the law forbids it.
    pub sign_in_required: bool,
    pub on_difference: OnDifference,
    /// A proven case that matches and lacks nothing ends without any human.
    pub straight_through: bool,
    /// Reviewed cases want two people even when the holder is proven.
    pub four_eyes: bool,
    /// The holder must say that what is on the card is saved or may be lost.
    pub backup_required: bool,
    /// Days from receipt to the earliest contract end.
    pub notice_days: u32,
    /// Minutes between bar and delete, in which the holder can say "that wasn't me".
    pub contest_minutes: u32,
    /// Days a holder has to give what is missing before a person takes over; half-way there is a reminder.
    pub patience_days: u32,
    /// Hours in which the desk promises a decision.
    pub review_hours: u32,
    /// Days the number rests before anyone else may have it.
    pub quarantine_days: u32,
    /// Days of watching the card and account after the end.
    pub watch_days: u32,
    /// Days after closing until personal data is erased.
    pub retention_days: u32,
    pub identify: IdentifyRules,
}

impl Policy {
    fn zone(&self) -> TimeZone {
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

    pub fn review(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.review_hours))
    }

    pub fn patience(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.patience_days))
    }

    pub fn watch_until(&self, ceased: Timestamp) -> Timestamp {
        self.days_later(ceased, self.watch_days)
    }

    /// Signatures a reviewed case wants: two unless its holder has proven themselves.
    pub fn signatures(&self, case: &Case) -> usize {
        if case.proven && !self.four_eyes && !case.contested { 1 } else { 2 }
    }
}

/// The last moment there is, rather than none, where a sum leaves the calendar.
pub(crate) fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.saturating_add(by).unwrap_or(Timestamp::MAX)
}
