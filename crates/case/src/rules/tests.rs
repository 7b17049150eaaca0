//! What the rules lead to, on the wall clock and across months.

use jiff::Timestamp;

use super::*;
use crate::declaration::{Channel, Declaration};
use crate::identify::{Check, Identifier};
use crate::matching::Person;

pub(crate) fn policy() -> Policy {
    Policy {
        name: "test".into(),
        time_zone: "Europe/London".into(),
        currency: "GBP".into(),
        straight_through: true,
        backup_required: true,
        watch_sign_ins: true,
        ..Policy::default()
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

/// A letter counts from its day, however much later somebody typed it in; nothing counts from before it was said, and what
/// comes by any other way from when it is here.
#[test]
fn a_letter_counts_from_its_day_and_not_from_when_it_was_typed_in() {
    let (came, typed) = (at("2026-03-02T00:00:00Z"), at("2026-03-05T11:14:00Z"));
    let rules = Policy { notice_days: 30, ..policy() };
    let by = |channel, declared| Declaration { channel, ..declaration(declared) };
    let times = |channel, declared| rules.times(&by(channel, declared), typed, None, typed);
    let end = |declared| times(Channel::Letter, declared).contract_end;
    assert_eq!(end(came), rules.times(&declaration(came), came, None, came).contract_end);
    assert!(end(came) < end(typed));
    assert_eq!(times(Channel::Letter, came).received, typed, "when we received it stays what it was");
    assert_eq!(end(at("2026-03-09T00:00:00Z")), end(typed), "a day to come");
    for channel in Channel::ALL.into_iter().filter(|channel| *channel != Channel::Letter) {
        assert_eq!(times(channel, came).contract_end, end(typed), "{channel:?}");
    }
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

/// Where the clocks go forward at midnight, a day begins at one o'clock, and is no longer for it.
#[test]
fn a_day_without_a_midnight_ends_with_the_midnight_after_it() {
    let received = "2026-03-01T15:00:00Z";
    for (zone, day, begins, ends) in [
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"),
    ] {
        let before = day.parse::<jiff::civil::Date>().unwrap().yesterday().unwrap().to_string();
        assert_eq!(end(zone, 0, received, Some(&before), None), begins);
        assert_eq!(end(zone, 0, received, Some(day), None), ends);
    }
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
    let times = policy().ceased(&planned, at("2026-03-09T12:00:00Z"), false);
    assert_eq!(times.number_release, Some(at("2026-06-07T11:00:00Z")));
    assert_eq!(times.contract_end, planned.contract_end);
    assert!(times.erasure > planned.erasure);
}

#[test]
fn a_month_of_notice_is_a_calendar_month_and_ends_with_its_last_day_where_the_rules_say_so() {
    let end = |zone: &str, months: u32, days: u32, whole: bool, received: &str| {
        let clocks = Clocks { notice_months: months, notice_whole_days: whole, ..Clocks::default() };
        let rules = Policy { time_zone: zone.into(), notice_days: days, clocks, ..policy() };
        let received = at(received);
        let times = rules.times(&declaration(received), received, None, received);
        times.contract_end.unwrap().to_string()
    };
    let berlin = "Europe/Berlin";
    assert_eq!(end(berlin, 1, 0, true, "2026-01-15T11:00:00Z"), "2026-02-15T23:00:00Z");
    // February has no 31st, and in a leap year it has a 29th.
    assert_eq!(end(berlin, 1, 0, true, "2026-01-31T11:00:00Z"), "2026-02-28T23:00:00Z");
    assert_eq!(end(berlin, 1, 0, true, "2028-01-31T11:00:00Z"), "2028-02-29T23:00:00Z");
    // To the hour, and over the change of clocks.
    assert_eq!(end(berlin, 1, 0, false, "2026-03-01T11:00:00Z"), "2026-04-01T10:00:00Z");
    // Days come on top of months.
    assert_eq!(end(berlin, 1, 3, false, "2026-01-31T11:00:00Z"), "2026-03-03T11:00:00Z");
    // A month on there is no such hour, but the day that counts is the one after.
    assert_eq!(end("America/Santiago", 1, 1, false, "2026-08-06T04:30:00Z"), "2026-09-07T03:30:00Z");
    assert_eq!(end(berlin, 0, 0, true, "2026-01-31T11:00:00Z"), "2026-01-31T11:00:00Z", "no notice is at once");
    assert_eq!(end(berlin, u32::MAX, 0, true, "2026-01-31T11:00:00Z"), Timestamp::MAX.to_string());
}

#[test]
fn the_clocks_of_the_law_run_only_where_a_rule_winds_them() {
    let from = at("2026-03-27T12:00:00Z");
    let none = policy();
    assert_eq!(none.withdrawal_until(from, false), None);
    assert_eq!(none.end_notice_by(from, true), None);
    assert_eq!((none.adr_at(from), none.code_until(from)), (None, None));
    let clocks = Clocks {
        withdrawal_days: 14,
        end_notice: EndNotice { online_hours: 24, other_working_days: 3, contains: Vec::new() },
        codes: Codes { days: 30, answer_seconds: 60, switch_working_days: 1 },
        ..Clocks::default()
    };
    let rules = Policy { clocks, complaint: Complaint { adr_weeks: 6, schemes: Vec::new() }, ..policy() };
    // Over the change of clocks on the 29th: days and weeks are days on the wall, hours are hours.
    assert_eq!(rules.withdrawal_until(from, false), Some(at("2026-04-10T23:00:00Z")));
    assert_eq!(rules.withdrawal_until(from, true), None);
    assert_eq!(rules.refund_by(from), at("2026-04-10T23:00:00Z"));
    // The day that people read is the last one, not the midnight after it; made on it, it can still be withdrawn from.
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    assert_eq!((rules.refund_day(from), rules.withdrawal_since(from)), (day("2026-04-10"), day("2026-03-13")));
    let made = day("2026-03-13").at(23, 59, 0, 0).to_zoned(rules.zone()).unwrap().timestamp();
    assert!(rules.withdrawal_until(made, false) > Some(from));
    // Made on the 21st, it could be withdrawn from until Saturday the 4th: and so until the Monday, where the rules say so.
    let rolls = Policy { clocks: Clocks { withdrawal_rolls: true, ..rules.clocks.clone() }, ..rules.clone() };
    for (made, until, since) in [("2026-03-21", "2026-04-06", "2026-03-21"), ("2026-03-23", "2026-04-06", "2026-03-21")]
    {
        let made = day(made).at(9, 0, 0, 0).to_zoned(rules.zone()).unwrap().timestamp();
        let end = rolls.withdrawal_until(made, false).unwrap() - jiff::SignedDuration::from_secs(1);
        assert_eq!(end.to_zoned(rules.zone()).date(), day(until));
        assert_eq!((rolls.withdrawal_since(end), rolls.withdrawal_since(made)), (day(since), day("2026-03-07")));
    }
    assert_eq!(rules.end_notice_by(at("2026-03-28T12:00:00Z"), true), Some(at("2026-03-29T12:00:00Z")));
    assert_eq!(rules.end_notice_by(from, false), Some(at("2026-03-31T00:00:00Z")), "a desk that never closes");
    assert_eq!(rules.adr_at(from), Some(at("2026-05-08T11:00:00Z")));
    assert_eq!(rules.code_until(from), Some(at("2026-04-26T11:00:00Z")));
    assert_eq!(rules.check(), []);
}

#[test]
fn what_cannot_be_meant_is_named_by_its_key() {
    let mut rules = Policy { review_open_hours: Some(0), ..policy() };
    rules.risk.hold_hours = 0;
    rules.clocks.term_notice = TermNotice { earliest_days: 10, latest_days: 40 };
    let keys: Vec<String> = rules.check().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["review_open_hours", "risk.hold_hours", "clocks.term_notice.earliest_days"]);
}
