//! The operator's policy: which law and which habits apply, as data. The core reads it and
//! never asks which country it is in. Loaded from `rules/*.toml`; durations are in the unit that
//! ends the field's name. The rooms of a rule that is more than a figure are beside it.

mod journey;
mod keeping;
mod returns;
mod tariff;

use jiff::{SignedDuration, Span, Timestamp, ToSpan, tz::TimeZone};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::assure::{Assured, Deed, Needed};
use crate::calendar::Calendar;
use crate::case::{Case, Times};
use crate::declaration::Declaration;
use crate::identify::IdentifyRules;
use crate::risk::{Bearing, Risks};
use crate::way::Kind;

pub use self::journey::{
    Asked, Complaints, EndNotice, Fields, Journey, Shape, SignIn, Switching, Withdrawal, Wordings,
};
pub use self::keeping::Keeping;
pub use self::returns::Returns;
pub use self::tariff::Tariff;

/// What a difference between application and record does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDifference {
    /// A person at the desk decides; the holder can mend it meanwhile.
    Desk,
    /// The case is refused, with the fields and the way out; mending them reopens it.
    Refuse,
}

/// Which day counts as the one on which a letter declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterCounts {
    /// The day it came in.
    #[default]
    Arrival,
    /// The day on its postmark; where that cannot be read, the day it came in.
    Postmark,
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

/// Until when personal data is masked at the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masking {
    /// It is not.
    Off,
    /// Until the holder has shown who they are, or somebody says why they must see it.
    #[default]
    Unverified,
    /// Until somebody says why they must see it.
    Always,
}

/// What staff see of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    pub mask: Masking,
    /// Minutes for which somebody sees a case unmasked once they have said why.
    pub reveal_minutes: u32,
    /// Days for which it is kept who looked at what.
    pub looks_days: u32,
}

impl Default for Staff {
    fn default() -> Self {
        Self { mask: Masking::Unverified, reveal_minutes: 15, looks_days: 730 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Name of the pack, such as `generic`.
    pub name: String,
    /// IANA time zone in which days begin and end.
    #[serde(deserialize_with = "known_zone")]
    pub time_zone: String,
    /// ISO 4217.
    #[serde(deserialize_with = "currency_code")]
    pub currency: String,
    pub fees: Vec<Fee>,
    /// The article's path: no declaration without signing in. Off wherever the law forbids it.
    pub sign_in_required: bool,
    pub on_difference: OnDifference,
    #[serde(default)]
    pub letter_counts: LetterCounts,
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
    /// The same in hours in which the desk is open, which then count instead of those on the wall.
    #[serde(default)]
    pub review_open_hours: Option<u32>,
    /// Hours after a broken promise in which nobody has acted until the lead is told; open hours where the
    /// promise is in open hours.
    #[serde(default = "four")]
    pub escalate_hours: u32,
    /// Hours in which a holder's nudges count as one.
    #[serde(default = "a_day")]
    pub nudge_hours: u32,
    /// When the desk is open: `always`, a calendar that is built in, or a path to a TOML file.
    #[serde(default = "always")]
    pub calendar: String,
    /// The calendar of that name; whoever reads the rules puts it in.
    #[serde(skip)]
    pub desk_hours: Calendar,
    /// Days the number rests before anyone else may have it.
    pub quarantine_days: u32,
    /// Days of watching the card and account after the end.
    pub watch_days: u32,
    /// Minutes by which the clocks of network and billing may differ from ours: what moved within them after the
    /// end had begun before it.
    #[serde(default)]
    pub watch_grace_minutes: u32,
    /// Whether a sign-in to an account all of whose cards have ended raises an alarm.
    #[serde(default)]
    pub watch_sign_ins: bool,
    /// Days after closing until personal data is erased.
    pub retention_days: u32,
    /// Whether text messages may have a link in them. Who is warned of links in texts trusts one without.
    #[serde(default)]
    pub sms_links: bool,
    /// What somebody must have shown, for what.
    #[serde(default)]
    pub assurance: Assured,
    /// What each fact that speaks for caution does.
    #[serde(default)]
    pub risk: Risks,
    /// What staff see of people, and what is kept of their looks.
    #[serde(default)]
    pub staff: Staff,
    /// What the pages of the counter must and may do.
    #[serde(default)]
    pub journey: Journey,
    /// The formulas of a quote.
    #[serde(default)]
    pub tariff: Tariff,
    /// What comes back by post.
    #[serde(default)]
    pub returns: Returns,
    /// How long what is kept.
    #[serde(default)]
    pub keeping: Keeping,
    pub identify: IdentifyRules,
}

fn four() -> u32 {
    4
}

fn a_day() -> u32 {
    24
}

fn always() -> String {
    "always".into()
}

fn known_zone<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    match TimeZone::get(&name) {
        Ok(_) => Ok(name),
        Err(_) => Err(D::Error::custom(format!(
            "this machine knows no time zone {name:?}; write it like \"Europe/London\", and see that tzdata is installed"
        ))),
    }
}

fn currency_code<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let code = String::deserialize(from)?;
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(code);
    }
    Err(D::Error::custom(format!("{code:?} is no currency code; write three capitals, like \"GBP\"")))
}

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
        let kind = &declaration.way.kind;
        let noticed = if self.notice_days == 0 || kind.needs_no_notice() {
            received
        } else {
            self.days_later(received, self.notice_days)
        };
        let term = minimum_term_ends.filter(|_| !kind.needs_no_notice());
        let wanted = wanted.filter(|_| *kind != Kind::Withdrawal);
        let end = [wanted, term].into_iter().flatten().fold(noticed, Timestamp::max);
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    use crate::identify::{Check, Identifier};
    use crate::matching::Person;

    pub(crate) fn policy() -> Policy {
        Policy {
            name: "test".into(),
            time_zone: "Europe/London".into(),
            currency: "GBP".into(),
            fees: Vec::new(),
            sign_in_required: false,
            on_difference: OnDifference::Desk,
            letter_counts: LetterCounts::Arrival,
            straight_through: true,
            four_eyes: false,
            backup_required: true,
            notice_days: 0,
            contest_minutes: 60,
            patience_days: 14,
            review_hours: 24,
            review_open_hours: None,
            escalate_hours: 4,
            nudge_hours: 24,
            calendar: "always".into(),
            desk_hours: Default::default(),
            quarantine_days: 90,
            watch_days: 30,
            watch_grace_minutes: 0,
            watch_sign_ins: true,
            retention_days: 2190,
            sms_links: false,
            assurance: Default::default(),
            risk: Default::default(),
            staff: Default::default(),
            journey: Default::default(),
            tariff: Default::default(),
            returns: Default::default(),
            keeping: Default::default(),
            identify: IdentifyRules::default(),
        }
    }

    pub(crate) fn declaration(at: Timestamp) -> Declaration {
        Declaration {
            check: Check::None,
            ..Declaration::of(Identifier::Iccid("8944000000000000011".parse().unwrap()), Person::default(), at)
        }
    }

    pub(crate) fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The contract's end: zone, notice in days, received, wanted day, minimum term.
    fn end(zone: &str, notice: u32, received: &str, wanted: Option<&str>, term: Option<&str>) -> String {
        let rules = Policy { time_zone: zone.into(), notice_days: notice, ..policy() };
        let received = at(received);
        let declared = Declaration { wanted_end: wanted.map(|day| day.parse().unwrap()), ..declaration(received) };
        let times = rules.times(&declared, received, term.map(at), received);
        assert_eq!(times.network_cease, times.contract_end);
        times.contract_end.unwrap().to_string()
    }

    #[test]
    fn a_zone_or_currency_that_nobody_knows_is_an_error_and_not_another_one() {
        let mut rules = serde_json::to_value(policy()).unwrap();
        for (key, bad) in [("time_zone", "Europe/Lundun"), ("time_zone", ""), ("currency", "pounds")] {
            let good = std::mem::replace(&mut rules[key], bad.into());
            let why = serde_json::from_value::<Policy>(rules.clone()).unwrap_err().to_string();
            assert!(why.contains(&format!("{bad:?}")), "{key}: {why}");
            rules[key] = good;
        }
        assert_eq!(serde_json::from_value::<Policy>(rules).unwrap(), policy());
    }

    #[test]
    fn a_day_of_notice_is_a_day_on_the_wall_and_not_24_hours() {
        let london = "Europe/London";
        // The clocks go forward on 29 March 2026 and back on 25 October.
        assert_eq!(end(london, 1, "2026-03-28T12:00:00Z", None, None), "2026-03-29T11:00:00Z");
        assert_eq!(end(london, 1, "2026-10-24T11:00:00Z", None, None), "2026-10-25T12:00:00Z");
        // 01:30 does not exist on the 29th: the same moment, an hour on.
        assert_eq!(end(london, 1, "2026-03-28T01:30:00Z", None, None), "2026-03-29T01:30:00Z");
        assert_eq!(end("Asia/Shanghai", 1, "2026-03-28T12:00:00Z", None, None), "2026-03-29T12:00:00Z");
    }

    #[test]
    fn months_and_leap_days_are_counted_as_the_calendar_does() {
        let london = "Europe/London";
        assert_eq!(end(london, 30, "2026-01-31T12:00:00Z", None, None), "2026-03-02T12:00:00Z");
        assert_eq!(end(london, 1, "2028-02-28T12:00:00Z", None, None), "2028-02-29T12:00:00Z");
        assert_eq!(end(london, 366, "2028-02-29T12:00:00Z", None, None), "2029-03-01T12:00:00Z");
        assert_eq!(end(london, 1, "2026-12-31T23:59:59Z", None, None), "2027-01-01T23:59:59Z");
    }

    #[test]
    fn the_wanted_day_is_served_to_its_end_where_the_operator_is() {
        let received = "2026-03-01T12:00:00Z";
        assert_eq!(end("Europe/London", 0, received, Some("2026-03-28"), None), "2026-03-29T00:00:00Z");
        // A day of 23 hours, and one of 25.
        assert_eq!(end("Europe/London", 0, received, Some("2026-03-29"), None), "2026-03-29T23:00:00Z");
        assert_eq!(end("Europe/London", 0, received, Some("2026-10-25"), None), "2026-10-26T00:00:00Z");
        assert_eq!(end("Asia/Shanghai", 0, received, Some("2026-03-28"), None), "2026-03-28T16:00:00Z");
        assert_eq!(end("Europe/London", 0, received, Some("2028-02-29"), None), "2028-03-01T00:00:00Z");
        // The past is as early as possible; a day beyond the calendar is never.
        assert_eq!(end("Europe/London", 0, received, Some("2020-01-01"), None), received);
        assert_eq!(end("Europe/London", 0, received, Some("9999-12-31"), None), Timestamp::MAX.to_string());
    }

    #[test]
    fn the_latest_of_notice_wish_and_term_decides() {
        let received = "2026-03-01T12:00:00Z";
        let (wish, term) = (Some("2026-03-10"), Some("2026-04-01T00:00:00Z"));
        assert_eq!(end("Europe/London", 5, received, None, None), "2026-03-06T12:00:00Z");
        assert_eq!(end("Europe/London", 5, received, wish, None), "2026-03-11T00:00:00Z");
        assert_eq!(end("Europe/London", 5, received, wish, term), "2026-04-01T00:00:00Z");
    }

    #[test]
    fn a_late_decision_ends_the_contract_no_later() {
        let received = at("2026-03-01T12:00:00Z");
        let decided = at("2026-03-05T12:00:00Z");
        let times = policy().times(&declaration(received), received, None, decided);
        assert_eq!((times.contract_end, times.network_cease), (Some(received), Some(decided)));
    }

    #[test]
    fn the_number_rests_from_the_cease_that_was_read_back() {
        let received = at("2026-03-01T12:00:00Z");
        let planned = policy().times(&declaration(received), received, None, received);
        let times = policy().ceased(&planned, at("2026-03-09T12:00:00Z"));
        assert_eq!(times.number_release, Some(at("2026-06-07T11:00:00Z")));
        assert_eq!(times.contract_end, planned.contract_end);
        assert!(times.erasure > planned.erasure);
    }
}
