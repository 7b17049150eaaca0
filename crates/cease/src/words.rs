//! Words: the two languages, and how dates, times, sums and numbers are written in each.
//! `fl!(words(lang), "key")` does not compile with a key that English lacks.

use std::sync::LazyLock;

use case::{Lang, Money, Timestamp};
use i18n_embed::LanguageLoader;
use i18n_embed::fluent::{FluentLanguageLoader, fluent_language_loader};
use i18n_embed::unic_langid::LanguageIdentifier;
use icu_calendar::{Gregorian, Iso};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YMD, YMDE, YMDT};
use icu_datetime::input::{Date, DateTime};
use icu_datetime::options::TimePrecision;
use jiff::tz::TimeZone;
use jiff_icu::ConvertInto;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../locales"]
struct Locales;

pub type Words = FluentLanguageLoader;

/// A language that nobody reads takes no room.
static LOADED: [LazyLock<Words>; 2] = [LazyLock::new(|| load(Lang::En)), LazyLock::new(|| load(Lang::ZhCn))];

/// Each by itself, with no other to fall back on: that neither lacks what the other has is tested.
fn load(lang: Lang) -> Words {
    let english = fluent_language_loader!();
    let tag: LanguageIdentifier = lang.tag().parse().unwrap_or_else(|_| english.fallback_language().clone());
    let loader = Words::new(english.domain(), tag.clone());
    if let Err(e) = loader.load_languages(&Locales, &[tag]) {
        tracing::error!(error = %e, "messages could not be loaded");
    }
    // Isolation marks would end up in plain-text mail and in file names.
    loader.set_use_isolating(false);
    loader
}

/// The messages of a language.
pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &LOADED[0],
        Lang::ZhCn => &LOADED[1],
    }
}

/// Picks a language from an Accept-Language header; English where none of ours is wanted.
pub fn accepted(header: &str) -> Lang {
    let mut best: Option<(Lang, f32)> = None;
    for part in header.split(',').take(20) {
        let mut bits = part.split(';');
        let Some(lang) = bits.next().and_then(Lang::from_tag) else { continue };
        let q = bits.find_map(|b| b.trim().strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if q > 0.0 && best.is_none_or(|(_, b)| q > b) {
            best = Some((lang, q));
        }
    }
    best.map_or(Lang::En, |(lang, _)| lang)
}

fn locale(lang: Lang) -> icu_locale_core::Locale {
    match lang {
        Lang::En => icu_locale_core::locale!("en-GB"),
        Lang::ZhCn => icu_locale_core::locale!("zh-CN"),
    }
}

type Format<F> = FixedCalendarDateTimeFormatter<Gregorian, F>;

struct Dates {
    day: Format<YMD>,
    weekday: Format<YMDE>,
    moment: Format<YMDT>,
}

static DATES: LazyLock<[Option<Dates>; 2]> = LazyLock::new(|| [dates(Lang::En), dates(Lang::ZhCn)]);

fn dates(lang: Lang) -> Option<Dates> {
    let moment = YMDT::long().with_time_precision(TimePrecision::Minute);
    Some(Dates {
        day: Format::try_new(locale(lang).into(), YMD::long()).ok()?,
        weekday: Format::try_new(locale(lang).into(), YMDE::long()).ok()?,
        moment: Format::try_new(locale(lang).into(), moment).ok()?,
    })
}

fn of(lang: Lang) -> Option<&'static Dates> {
    match lang {
        Lang::En => DATES[0].as_ref(),
        Lang::ZhCn => DATES[1].as_ref(),
    }
}

/// What is said of something, behind its name: "Fee: £3.50" / "费用：£3.50".
pub fn labelled(lang: Lang, what: &str, value: &str) -> String {
    match lang {
        Lang::En => format!("{what}: {value}"),
        Lang::ZhCn => format!("{what}：{value}"),
    }
}

/// A day: "27 November 2026" / "2026年11月27日".
pub fn day(lang: Lang, date: jiff::civil::Date) -> String {
    let icu: Date<Iso> = date.convert_into();
    of(lang).map_or_else(|| date.to_string(), |d| d.day.format(&icu.to_calendar(Gregorian)).to_string())
}

/// A day with its weekday: "Friday, 27 November 2026" / "2026年11月27日星期五".
pub fn weekday(lang: Lang, date: jiff::civil::Date) -> String {
    let icu: Date<Iso> = date.convert_into();
    of(lang).map_or_else(|| date.to_string(), |d| d.weekday.format(&icu.to_calendar(Gregorian)).to_string())
}

/// A moment with its zone, to the minute: "22 November 2026 at 14:03 GMT" / "2026年11月22日 14:03 GMT".
pub fn moment(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    let icu: DateTime<Iso> = zoned.datetime().convert_into();
    let text = of(lang).map_or_else(
        || zoned.strftime("%F %H:%M").to_string(),
        |d| d.moment.format(&DateTime { date: icu.date.to_calendar(Gregorian), time: icu.time }).to_string(),
    );
    format!("{text} {}", zoned.strftime("%Z"))
}

/// An end: one that comes with a day's end is on that day, and not on the next.
pub fn end(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    match ended_day(at, zone) {
        Some(day) => fl!(words(lang), "ways-end-with", day = weekday(lang, day)),
        None => moment(lang, at, zone),
    }
}

/// The day on which an end is.
pub fn last_day(at: Timestamp, zone: &TimeZone) -> jiff::civil::Date {
    ended_day(at, zone).unwrap_or_else(|| at.to_zoned(zone.clone()).date())
}

/// The day that ends at this moment; none where it is in the middle of one.
fn ended_day(at: Timestamp, zone: &TimeZone) -> Option<jiff::civil::Date> {
    let at = at.to_zoned(zone.clone());
    let begins = at.start_of_day().is_ok_and(|start| start == at);
    if begins { at.date().yesterday().ok() } else { None }
}

/// A sum with its sign, its own digits behind the point and its thousands apart: "£1,234.50", "JP¥1,200", "1.234 KWD".
/// Where two currencies share a sign, the reader's own has it bare.
pub fn money(lang: Lang, money: &Money) -> String {
    let sign = match (money.currency.as_str(), lang) {
        ("GBP", _) => "£",
        ("EUR", _) => "€",
        ("USD", Lang::En) => "$",
        ("USD", Lang::ZhCn) => "US$",
        ("CNY", Lang::ZhCn) => "¥",
        ("CNY", Lang::En) => "CN¥",
        ("JPY", _) => "JP¥",
        _ => "",
    };
    let digits = Money::new(money.minor, &money.currency).decimal();
    let (minus, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("−", rest));
    let (whole, part) = digits.split_once('.').map_or((digits, ""), |(whole, part)| (whole, part));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if part.is_empty() { "" } else { "." };
    match sign {
        "" => format!("{minus}{grouped}{point}{part} {}", money.currency),
        sign => format!("{minus}{sign}{grouped}{point}{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_each_language_writes_them() {
        let at: Timestamp = "2026-11-22T14:03:20Z".parse().unwrap();
        let london = TimeZone::get("Europe/London").unwrap();
        let date = at.to_zoned(london.clone()).date();
        assert_eq!(day(Lang::En, date), "22 November 2026");
        assert_eq!(day(Lang::ZhCn, date), "2026年11月22日");
        assert_eq!(weekday(Lang::En, date), "Sunday, 22 November 2026");
        assert_eq!(weekday(Lang::ZhCn, date), "2026年11月22日星期日");
        assert_eq!(moment(Lang::En, at, &london), "22 November 2026 at 14:03 GMT");
        assert_eq!(moment(Lang::ZhCn, at, &london), "2026年11月22日 14:03 GMT");
        // In Shanghai the day ends at 16:00 in London.
        let (shanghai, midnight) = (TimeZone::get("Asia/Shanghai").unwrap(), "2026-11-22T16:00:00Z".parse().unwrap());
        assert_eq!(end(Lang::En, midnight, &shanghai), "Sunday, 22 November 2026, at the end of the day");
        assert_eq!(end(Lang::En, midnight, &london), "22 November 2026 at 16:00 GMT");
        assert_eq!(last_day(midnight, &shanghai), date);
    }

    #[test]
    fn the_browser_s_wish_is_read() {
        for (header, lang) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::ZhCn),
            ("zh-Hans", Lang::ZhCn),
            ("zh", Lang::ZhCn),
            ("en-GB,zh;q=0.9", Lang::En),
            ("fr,zh;q=0.2", Lang::ZhCn),
            ("fr", Lang::En),
            ("zh;q=0, en", Lang::En),
            ("", Lang::En),
            (";;;q=,", Lang::En),
        ] {
            assert_eq!(accepted(header), lang, "{header}");
        }
    }

    #[test]
    fn sums_are_exact() {
        for (minor, currency, en, zh) in [
            (350, "GBP", "£3.50", "£3.50"),
            (-5, "EUR", "−€0.05", "−€0.05"),
            (100, "SEK", "1.00 SEK", "1.00 SEK"),
            (123_456_789, "CNY", "CN¥1,234,567.89", "¥1,234,567.89"),
            (1200, "JPY", "JP¥1,200", "JP¥1,200"),
            (-1_234, "KWD", "−1.234 KWD", "−1.234 KWD"),
            (100_000, "USD", "$1,000.00", "US$1,000.00"),
        ] {
            let sum = Money::new(minor, currency);
            assert_eq!((money(Lang::En, &sum).as_str(), money(Lang::ZhCn, &sum).as_str()), (en, zh));
        }
    }
}
