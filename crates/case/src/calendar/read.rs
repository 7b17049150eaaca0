//! A calendar from its file, checked as it is read: what cannot be meant is an error that says where.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::{Calendar, DAY, Day, Hours};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    time_zone: String,
    covers_from: Date,
    covers_until: Date,
    sources: BTreeMap<String, String>,
    week: Week,
    #[serde(default)]
    days: Vec<FileDay>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Week {
    monday: Vec<String>,
    tuesday: Vec<String>,
    wednesday: Vec<String>,
    thursday: Vec<String>,
    friday: Vec<String>,
    saturday: Vec<String>,
    sunday: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDay {
    date: Date,
    name: String,
    name_zh: String,
    source: String,
    #[serde(default)]
    open: Vec<String>,
}

impl<'de> Deserialize<'de> for Calendar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        checked(File::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

fn checked(file: File) -> Result<Calendar, String> {
    let zone = TimeZone::get(&file.time_zone).map_err(|_| {
        format!("this machine knows no time zone {:?}; write it like \"Europe/London\"", file.time_zone)
    })?;
    if file.covers_until < file.covers_from {
        return Err("covers_until comes before covers_from".into());
    }
    let Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday } = file.week;
    let week = [monday, tuesday, wednesday, thursday, friday, saturday, sunday];
    let mut hours: [Vec<Hours>; 7] = Default::default();
    for (to, from) in hours.iter_mut().zip(&week) {
        *to = spans(from)?;
    }
    if hours.iter().all(Vec::is_empty) {
        return Err("the week has no hours at all, so no time would ever count".into());
    }
    for (day, next) in (0..7).map(|day| (day, (day + 1) % 7)) {
        let over = hours[day].last().map_or(0, |last| last.close.saturating_sub(DAY));
        if hours[next].first().is_some_and(|first| first.open < over) {
            return Err("the hours of a night overlap with those of the morning after it".into());
        }
    }
    let mut days = BTreeMap::new();
    for FileDay { date, name, name_zh, source, open } in file.days {
        if !file.sources.contains_key(&source) {
            return Err(format!("{date}: no source is called {source:?}; add it under [sources]"));
        }
        if !(file.covers_from..=file.covers_until).contains(&date) {
            return Err(format!("{date} lies outside covers_from and covers_until"));
        }
        let hours = spans(&open).map_err(|why| format!("{date}: {why}"))?;
        if days.insert(date, Day { name, name_zh, source, hours }).is_some() {
            return Err(format!("{date} stands twice"));
        }
    }
    let covers = Some((file.covers_from, file.covers_until));
    Ok(Calendar { name: file.name, covers, zone, week: hours, days, sources: file.sources })
}

/// `09:00-17:30`, in order and apart; the last may end on the next day.
fn spans(texts: &[String]) -> Result<Vec<Hours>, String> {
    let mut hours: Vec<Hours> = Vec::new();
    for text in texts {
        let span = text.split_once('-').and_then(|(open, close)| Some((minute(open)?, minute(close)?)));
        let Some((open, close)) = span.filter(|(open, _)| *open < DAY) else {
            return Err(format!("{text:?} are no hours; write them like \"09:00-17:30\""));
        };
        let close = if close <= open { close + DAY } else { close };
        if hours.last().is_some_and(|last| last.close > open) {
            return Err(format!("{text:?} begins before the hours in front of it have ended"));
        }
        hours.push(Hours { open, close });
    }
    Ok(hours)
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    let (hour, minute) = (digits(hour).then(|| hour.parse().ok())??, digits(minute).then(|| minute.parse().ok())??);
    let at: u16 = 60_u16.checked_mul(hour)?.checked_add(minute)?;
    (minute < 60 && at <= DAY).then_some(at)
}
