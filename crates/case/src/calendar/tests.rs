use proptest::prelude::*;

use super::*;

const UK: &str = include_str!("../../../../rules/calendars/uk.toml");
const DE: &str = include_str!("../../../../rules/calendars/de.toml");
const CN: &str = include_str!("../../../../rules/calendars/cn.toml");

fn read(text: &str) -> Calendar {
    toml::from_str(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn with(zone: &str, week: &str) -> Result<Calendar, String> {
    let text = format!(
        "name = \"t\"\ntime_zone = \"{zone}\"\ncovers_from = \"2026-01-01\"\ncovers_until = \"2026-12-31\"\n\
         [sources]\n[week]\n{week}\n"
    );
    toml::from_str(&text).map_err(|e| e.message().to_owned())
}

/// Four different desks: office hours in two spans, nights, mornings over a change of clocks, always.
fn calendars() -> Vec<Calendar> {
    let nights = "monday = [\"22:00-06:00\"]\ntuesday = [\"22:00-06:00\"]\nsaturday = [\"23:30-02:00\"]";
    let early = "saturday = [\"00:00-24:00\"]\nsunday = [\"00:30-01:30\", \"01:30-03:15\"]\nfriday = [\"09:00-12:00\"]";
    vec![
        read(UK),
        read(DE),
        read(CN),
        with("Europe/London", nights).unwrap(),
        with("America/New_York", early).unwrap(),
        Calendar::always(),
    ]
}

fn after(calendar: &Calendar, from: &str, minutes: i64) -> String {
    calendar.after(at(from), SignedDuration::from_mins(minutes)).to_string()
}

#[test]
fn an_evening_goes_on_in_the_morning_and_a_holiday_counts_nothing() {
    let uk = read(UK);
    assert_eq!(after(&uk, "2026-11-25T16:30:00Z", 60), "2026-11-25T17:30:00Z");
    assert_eq!(after(&uk, "2026-11-25T16:30:00Z", 61), "2026-11-26T09:01:00Z");
    // Friday evening to Monday.
    assert_eq!(after(&uk, "2026-11-27T20:00:00Z", 30), "2026-11-30T09:30:00Z");
    // Maundy Thursday to the Tuesday after Easter, in summer time.
    assert_eq!(after(&uk, "2026-04-02T16:00:00Z", 60), "2026-04-07T08:30:00Z");
    assert_eq!(uk.between(at("2026-12-24T17:00:00Z"), at("2026-12-29T09:15:00Z")).as_mins(), 45);
    // The last day of February of a leap year, and the turn of a year.
    assert_eq!(after(&uk, "2028-02-29T17:00:00Z", 60), "2028-03-01T09:30:00Z");
    assert_eq!(after(&uk, "2026-12-31T17:00:00Z", 60), "2027-01-04T09:30:00Z");
}

#[test]
fn a_desk_that_works_nights_is_open_over_midnight_and_the_change_of_clocks() {
    let nights = with("Europe/London", "saturday = [\"23:00-05:00\"]").unwrap();
    // The clocks go forward on 29 March 2026 and back on 25 October: nights of five and seven hours.
    let open = |from: &str, to: &str| nights.between(at(from), at(to)).as_mins();
    assert_eq!(open("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), 5 * 60);
    assert_eq!(open("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 7 * 60);
    assert_eq!(open("2026-06-13T12:00:00Z", "2026-06-14T12:00:00Z"), 6 * 60);
    assert!(nights.is_open(at("2026-06-14T02:00:00Z")));
    assert_eq!(nights.next_opening(at("2026-06-14T04:00:00Z")), at("2026-06-20T22:00:00Z"));
}

#[test]
fn china_works_the_weekend_that_a_long_holiday_was_bought_with() {
    let cn = read(CN);
    let day = |date: &str| !cn.hours(date.parse().unwrap()).is_empty();
    // Spring Festival of 2026: Sunday 15 to Monday 23 February, for Saturdays 14 and 28.
    assert!(day("2026-02-14") && !day("2026-02-15") && !day("2026-02-16") && !day("2026-02-23"));
    assert!(day("2026-02-24") && day("2026-02-28") && !day("2026-02-22"));
    assert_eq!(after(&cn, "2026-02-14T09:30:00Z", 60), "2026-02-24T01:30:00Z");
    let (eve, back) = (at("2026-02-14T04:00:00Z"), at("2026-02-24T04:00:00Z"));
    assert_eq!(cn.working_days(eve, back), 1);
    assert_eq!(cn.day("2026-10-10".parse().unwrap()).map(Day::closed), Some(false));
}

#[test]
fn the_holidays_are_those_that_were_published() {
    let closed = |calendar: &Calendar, year: i16| {
        let (first, last) = (Date::constant(year, 1, 1), Date::constant(year, 12, 31));
        calendar.days(first, last).filter(|(_, day)| day.closed()).map(|(date, _)| date.to_string()).collect::<Vec<_>>()
    };
    let (uk, de, cn) = (read(UK), read(DE), read(CN));
    for year in 2025..=2027 {
        assert_eq!((closed(&uk, year).len(), closed(&de, year).len()), (8, 9), "{year}");
    }
    assert_eq!(closed(&uk, 2027)[6..], ["2027-12-27", "2027-12-28"]);
    assert_eq!(closed(&de, 2026)[4..6], ["2026-05-14", "2026-05-25"]);
    assert_eq!((closed(&cn, 2025).len(), closed(&cn, 2026).len(), closed(&cn, 2027).len()), (28, 33, 0));
    assert!(!cn.knows("2027-01-01".parse().unwrap()) && cn.knows("2026-12-31".parse().unwrap()));
    assert!(uk.days(Date::constant(2025, 1, 1), Date::constant(2027, 12, 31)).all(|(_, d)| !uk.source(d).is_empty()));
}

#[test]
fn what_cannot_be_meant_is_an_error_that_says_where() {
    let why = |week: &str| with("Europe/London", week).unwrap_err();
    assert!(why("monday = [\"9-17\"]").contains("\"9-17\" are no hours"));
    assert!(why("monday = [\"09:00-24:01\"]").contains("no hours"));
    assert!(why("monday = [\"24:00-25:00\"]").contains("no hours"));
    assert!(why("monday = [\"09:00-12:00\", \"11:00-17:00\"]").contains("begins before"));
    assert!(why("monday = [\"22:00-08:00\"]\ntuesday = [\"07:00-12:00\"]").contains("overlap"));
    assert!(why("").contains("no hours at all"));
    assert!(why("montag = [\"09:00-12:00\"]").contains("unknown field"));
    assert!(with("Europe/Nowhere", "monday = [\"09:00-12:00\"]").unwrap_err().contains("no time zone"));
    let day =
        |line: &str| toml::from_str::<Calendar>(&UK.replace("days = [", &format!("days = [{line},"))).unwrap_err();
    let twice = r#"{ date = "2026-12-25", name = "", name_zh = "", source = "gov-uk" }"#;
    assert!(day(twice).message().contains("2026-12-25 stands twice"));
    let unknown = r#"{ date = "2026-12-24", name = "", name_zh = "", source = "hearsay" }"#;
    assert!(day(unknown).message().contains("no source is called"));
    let outside = r#"{ date = "2031-12-25", name = "", name_zh = "", source = "gov-uk" }"#;
    assert!(day(outside).message().contains("outside"));
}

/// From 2025 to 2028, changes of clocks, leap day and all.
fn instant() -> impl Strategy<Value = Timestamp> {
    (1_735_689_600_i64..1_861_920_000).prop_map(|s| Timestamp::from_second(s).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn open_time_adds_up(a in instant(), b in instant(), c in instant()) {
        for calendar in calendars() {
            let (ab, bc, ac) = (calendar.between(a, b), calendar.between(b, c), calendar.between(a, c));
            prop_assert_eq!(ab + bc, ac, "{}", calendar.name);
            prop_assert!(ab.abs() <= b.duration_since(a).abs());
        }
    }

    #[test]
    fn after_undoes_between_and_is_the_first_such_instant(from in instant(), minutes in 1..60_000_i64) {
        let open = SignedDuration::from_mins(minutes);
        for calendar in calendars() {
            let then = calendar.after(from, open);
            prop_assert_eq!(calendar.between(from, then), open, "{}", calendar.name);
            let before = then - SignedDuration::from_secs(1);
            prop_assert!(calendar.between(from, before) < open, "{}", calendar.name);
        }
    }

    #[test]
    fn later_and_longer_are_never_sooner(from in instant(), wait in 0..200_000_i64, one in 0..9_000_i64, more in 0..9_000_i64) {
        let later = from + SignedDuration::from_secs(wait);
        let (short, long) = (SignedDuration::from_mins(one), SignedDuration::from_mins(one + more));
        for calendar in calendars() {
            prop_assert!(calendar.after(from, short) <= calendar.after(from, long));
            prop_assert!(calendar.after(from, short) <= calendar.after(later, short));
            let opens = calendar.next_opening(from);
            prop_assert!(opens >= from && calendar.is_open(opens));
            prop_assert_eq!(calendar.between(from, opens), SignedDuration::ZERO);
        }
    }
}
