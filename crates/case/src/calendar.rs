//! When a desk is open, as dated data: a time zone, weekly hours, and the days that are unlike their
//! weekday, each with its source. Time that counts is time in which somebody could have acted.
//!
//! Three operations carry everything else: [`between`](Calendar::between) two instants,
//! [`after`](Calendar::after) so much open time, and the [next opening](Calendar::next_opening). They
//! agree with each other: `between(t, after(t, d)) == d`, and what lies between adds up.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

mod read;

/// Days looked through for an opening before it is never: two hundred years.
const HORIZON: u32 = 73_000;

const DAY: u16 = 24 * 60;

/// A desk's open hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    pub name: String,
    /// The first and the last day for which holidays are known; none where there are none to know.
    pub covers: Option<(Date, Date)>,
    zone: TimeZone,
    /// Monday first.
    week: [Vec<Hours>; 7],
    days: BTreeMap<Date, Day>,
    sources: BTreeMap<String, String>,
}

/// Minutes of the day from midnight; beyond 1440 where they run into the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hours {
    open: u16,
    close: u16,
}

/// A day unlike its weekday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub name: String,
    pub name_zh: String,
    /// Key of its source.
    source: String,
    hours: Vec<Hours>,
}

impl Day {
    /// Whether nobody is there at all.
    pub fn closed(&self) -> bool {
        self.hours.is_empty()
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self::always()
    }
}

impl Calendar {
    /// Open around the clock, every day.
    pub fn always() -> Self {
        let open = || vec![Hours { open: 0, close: DAY }];
        Self {
            name: "always".into(),
            covers: None,
            zone: TimeZone::UTC,
            week: std::array::from_fn(|_| open()),
            days: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }

    fn never_closes(&self) -> bool {
        self.days.is_empty() && self.week.iter().all(|day| matches!(day.as_slice(), [Hours { open: 0, close: DAY }]))
    }

    /// Open time from `from` to `to`; negative where `to` comes first.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if self.never_closes() {
            return to.duration_since(from);
        }
        if to < from {
            return -self.between(to, from);
        }
        let mut open = SignedDuration::ZERO;
        for (start, end) in self.openings(from) {
            if start >= to {
                break;
            }
            open += end.min(to).duration_since(start);
        }
        open
    }

    /// The first instant by which `open` time has passed since `from`; `from` itself where that is none
    /// or less, and the end of time where it never has.
    pub fn after(&self, from: Timestamp, open: SignedDuration) -> Timestamp {
        if open <= SignedDuration::ZERO {
            return from;
        }
        if self.never_closes() {
            return from.saturating_add(open).unwrap_or(Timestamp::MAX);
        }
        let mut left = open;
        for (start, end) in self.openings(from) {
            let here = end.duration_since(start);
            if here >= left {
                return start.saturating_add(left).unwrap_or(Timestamp::MAX);
            }
            left -= here;
        }
        Timestamp::MAX
    }

    /// `at` itself where the desk is open then, or when it opens next.
    pub fn next_opening(&self, at: Timestamp) -> Timestamp {
        self.openings(at).next().map_or(Timestamp::MAX, |(start, _)| start)
    }

    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_opening(at) == at
    }

    /// The spans of open time from `from` on, in order and apart; the first begins no earlier than `from`.
    pub fn openings(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        // Yesterday's hours may reach over midnight.
        let today = from.to_zoned(self.zone.clone()).date();
        Openings {
            calendar: self,
            date: Some(today.yesterday().unwrap_or(today)),
            ready: VecDeque::new(),
            reached: from,
            horizon: HORIZON,
        }
    }

    /// Days on which the desk opens after `from`'s own, up to and with `to`'s: nought is still today.
    pub fn working_days(&self, from: Timestamp, to: Timestamp) -> u32 {
        let (first, last) = (self.date(from), self.date(to));
        let mut days = 0;
        let mut day = first.tomorrow().ok();
        while let Some(date) = day.filter(|date| *date <= last && days < HORIZON) {
            days += u32::from(!self.hours(date).is_empty());
            day = date.tomorrow().ok();
        }
        days
    }

    /// The end of the `n`th day on which the desk opens after `from`'s own; the end of time where there is none.
    pub fn end_of_working_day(&self, from: Timestamp, n: u32) -> Timestamp {
        let (mut day, mut left) = (self.date(from), n);
        for _ in 0..HORIZON {
            if left == 0 {
                break;
            }
            let Ok(next) = day.tomorrow() else { return Timestamp::MAX };
            day = next;
            left -= u32::from(!self.hours(day).is_empty());
        }
        let end = day.tomorrow().and_then(|next| next.to_zoned(self.zone.clone()));
        end.ok().filter(|_| left == 0).map_or(Timestamp::MAX, |end| end.timestamp())
    }

    /// The day on the desk's own wall calendar.
    pub fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// Whether it is a Saturday, a Sunday or a holiday, whenever the desk opens.
    pub fn is_day_off(&self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        weekend || self.day(date).is_some_and(Day::closed)
    }

    /// What a day is that is unlike its weekday.
    pub fn day(&self, date: Date) -> Option<&Day> {
        self.days.get(&date)
    }

    /// The days unlike their weekday from one to another, both with them.
    pub fn days(&self, from: Date, to: Date) -> impl Iterator<Item = (Date, &Day)> {
        let some = (from <= to).then(|| self.days.range(from..=to));
        some.into_iter().flatten().map(|(date, day)| (*date, day))
    }

    /// Where a day is published as it stands here.
    pub fn source(&self, day: &Day) -> &str {
        self.sources.get(&day.source).map_or("", String::as_str)
    }

    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources.values().map(String::as_str)
    }

    /// Whether the data says anything about that day's holidays.
    pub fn knows(&self, date: Date) -> bool {
        self.covers.is_none_or(|(first, last)| (first..=last).contains(&date))
    }

    fn hours(&self, date: Date) -> &[Hours] {
        match self.days.get(&date) {
            Some(day) => &day.hours,
            None => &self.week[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())],
        }
    }

    fn instant(&self, date: Date, minute: u16) -> Option<Timestamp> {
        let date = if minute >= DAY { date.tomorrow().ok()? } else { date };
        let minute = minute % DAY;
        let wall = date.at(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0);
        self.zone.to_timestamp(wall).ok()
    }
}

struct Openings<'a> {
    calendar: &'a Calendar,
    date: Option<Date>,
    ready: VecDeque<(Timestamp, Timestamp)>,
    /// What has been given already, so that hours which overlap count once.
    reached: Timestamp,
    horizon: u32,
}

impl Iterator for Openings<'_> {
    type Item = (Timestamp, Timestamp);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((start, end)) = self.ready.pop_front() {
                let start = start.max(self.reached);
                if start < end {
                    self.reached = end;
                    return Some((start, end));
                }
                continue;
            }
            let date = self.date.filter(|_| self.horizon > 0)?;
            self.horizon -= 1;
            for hours in self.calendar.hours(date) {
                let span = self.calendar.instant(date, hours.open).zip(self.calendar.instant(date, hours.close));
                self.ready.extend(span);
            }
            self.date = date.tomorrow().ok();
        }
    }
}

#[cfg(test)]
mod tests;
