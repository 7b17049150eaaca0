//! The calendars against what their sources lead to, reckoned here anew: feasts that follow Easter, weekdays of a month,
//! and days kept instead of a Saturday or a Sunday.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use rules::{calendar, no_files};

const YEARS: [i16; 3] = [2025, 2026, 2027];

/// The Gregorian computus (Meeus, Jones, Butcher).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let l = (32 + 2 * e + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    date(year, (n / 31) as i8, (n % 31 + 1) as i8)
}

fn after_easter(year: i16, days: i64) -> Date {
    easter(year).checked_add(days.days()).unwrap()
}

/// The `n`th such weekday of a month; the last for -1.
fn nth(year: i16, month: i8, n: i8, weekday: Weekday) -> Date {
    date(year, month, 1).nth_weekday_of_month(n, weekday).unwrap()
}

/// Saturday's on the Friday before, Sunday's on the Monday after.
fn kept(day: Date) -> Date {
    let by = match day.weekday() {
        Weekday::Saturday => -1,
        Weekday::Sunday => 1,
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => 0,
    };
    day.checked_add(by.days()).unwrap()
}

/// Every weekday of the years on which nobody is there, and no other.
fn closed_on(name: &str, mut expected: Vec<Date>) {
    let calendar = calendar(name, &no_files).unwrap();
    assert_eq!(calendar.covers, Some((date(2025, 1, 1), date(2027, 12, 31))), "{name}");
    expected.retain(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
    expected.sort();
    expected.dedup();
    let noon = |day: Date| day.at(12, 0, 0, 0).in_tz(zone(name)).unwrap().timestamp();
    let mut found = Vec::new();
    let mut day = date(2025, 1, 1);
    while day <= date(2027, 12, 31) {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if !weekend && !calendar.is_open(noon(day)) {
            found.push(day);
        }
        day = day.tomorrow().unwrap();
    }
    assert_eq!(found, expected, "{name}");
}

fn zone(name: &str) -> &'static str {
    match name {
        "fr" => "Europe/Paris",
        "de" => "Europe/Berlin",
        _ => "America/Los_Angeles",
    }
}

#[test]
fn easter_is_where_the_tables_have_it() {
    assert_eq!(YEARS.map(easter), [date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28)]);
}

#[test]
fn france_keeps_the_eleven_days_of_the_labour_code() {
    let of = |year| {
        let fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
        let feasts = [1, 39, 50].map(|days| after_easter(year, days));
        fixed.into_iter().map(move |(month, day)| date(year, month, day)).chain(feasts)
    };
    closed_on("fr", YEARS.into_iter().flat_map(of).collect());
}

#[test]
fn germany_keeps_what_all_sixteen_states_keep() {
    let of = |year| {
        let fixed = [(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)];
        let feasts = [-2, 1, 39, 50].map(|days| after_easter(year, days));
        fixed.into_iter().map(move |(month, day)| date(year, month, day)).chain(feasts)
    };
    closed_on("de", YEARS.into_iter().flat_map(of).collect());
}

#[test]
fn the_united_states_keep_the_eleven_federal_holidays_or_the_weekday_beside_them() {
    let of = |year| {
        let fixed = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)].map(|(month, day)| kept(date(year, month, day)));
        let moving = [
            nth(year, 1, 3, Weekday::Monday),
            nth(year, 2, 3, Weekday::Monday),
            nth(year, 5, -1, Weekday::Monday),
            nth(year, 9, 1, Weekday::Monday),
            nth(year, 10, 2, Weekday::Monday),
            nth(year, 11, 4, Weekday::Thursday),
        ];
        fixed.into_iter().chain(moving)
    };
    let mut all: Vec<Date> = YEARS.into_iter().flat_map(of).collect();
    // New Year's Day of 2028, a Saturday.
    all.push(kept(date(2028, 1, 1)));
    closed_on("us", all);
}
