//! Words: the two languages, and how dates, times, sums and numbers are written in each.
//! `fl!(words(lang), "key", name = value)` does not compile with a key that English lacks, nor with other variables.

use std::sync::LazyLock;

use case::{Lang, Money, Timestamp};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use icu_calendar::{Gregorian, Iso};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YMD, YMDE, YMDT};
use icu_datetime::input::{Date, DateTime};
use icu_datetime::options::TimePrecision;
use jiff::tz::TimeZone;
use jiff_icu::ConvertInto;

#[path = "../build/mark.rs"]
mod mark;
#[cfg(test)]
#[path = "../build/variables.rs"]
mod variables;

/// Of every sentence in English, in their order: the mark of its key and that of its variables; from the build script.
const MARKS: &[(u64, u64)] = include!(concat!(env!("OUT_DIR"), "/marks.rs"));
/// Of each of these, one after another: its key, and what it says in English and in Chinese where that is plain text.
static PLAIN: &str = include_str!(concat!(env!("OUT_DIR"), "/plain.txt"));
/// Where each of the three begins. Numbers, and not texts, so that nothing has to be done for them when it starts.
static PLACES: [[u32; 3]; MARKS.len()] = include!(concat!(env!("OUT_DIR"), "/places.rs"));

/// The sentence `key` with its variables, found while compiling: `fl!(words, "key", name = value, …)`.
macro_rules! fl {
    ($words:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        const SENTENCE: $crate::words::Sentence = $crate::words::sentence($key, &[$(stringify!($name)),*]);
        $words.say(SENTENCE, [$((stringify!($name), $value.into())),*])
    }};
}

/// A sentence that English has, by its place among them.
#[derive(Clone, Copy, Debug)]
pub struct Sentence(usize);

/// The one of this key, which has these variables and no others.
pub const fn sentence(key: &str, variables: &[&str]) -> Sentence {
    let Some(place) = place(mark::of(key)) else { panic!("locales/en/cease.ftl has no such message") };
    assert!(MARKS[place].1 == mark::of_all(variables), "locales/en/cease.ftl has other variables in this message");
    Sentence(place)
}

const fn place(mark: u64) -> Option<usize> {
    let (mut low, mut high) = (0, MARKS.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if MARKS[middle].0 == mark {
            return Some(middle);
        } else if MARKS[middle].0 < mark {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    None
}

impl Sentence {
    fn of(key: &str) -> Option<Self> {
        place(mark::of(key)).map(Self).filter(|sentence| sentence.key() == key)
    }

    fn key(self) -> &'static str {
        let [key, english, _] = PLACES[self.0];
        &PLAIN[key as usize..english as usize]
    }

    /// Empty where it has variables.
    fn plain(self, lang: Lang) -> &'static str {
        let [_, english, chinese] = PLACES[self.0];
        match lang {
            Lang::En => &PLAIN[english as usize..chinese as usize],
            Lang::ZhCn => {
                let end = PLACES.get(self.0 + 1).map_or(PLAIN.len(), |next| next[0] as usize);
                &PLAIN[chinese as usize..end]
            }
        }
    }
}

/// The sentences of a language.
pub struct Words {
    lang: Lang,
    /// Those with variables. A language that nobody reads takes no room.
    others: LazyLock<FluentBundle<FluentResource>>,
}

/// Each by itself, with no other to fall back on: that neither lacks what the other has is tested.
static WORDS: [Words; 2] = [
    Words {
        lang: Lang::En,
        others: LazyLock::new(|| bundle(Lang::En, include_str!(concat!(env!("OUT_DIR"), "/en.ftl")))),
    },
    Words {
        lang: Lang::ZhCn,
        others: LazyLock::new(|| bundle(Lang::ZhCn, include_str!(concat!(env!("OUT_DIR"), "/zh-CN.ftl")))),
    },
];

fn bundle(lang: Lang, text: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![lang.tag().parse().unwrap_or_default()]);
    let read = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, errors)| {
        tracing::error!(lang = lang.tag(), ?errors, "some messages cannot be read");
        read
    });
    if let Err(errors) = bundle.add_resource(read) {
        tracing::error!(lang = lang.tag(), ?errors, "some messages stand twice");
    }
    // Isolation marks would end up in plain-text mail and in file names.
    bundle.set_use_isolating(false);
    bundle
}

impl Words {
    /// A sentence whose key is made at run time, and has no variables.
    pub fn get(&self, key: &str) -> String {
        match Sentence::of(key) {
            Some(sentence) => self.say(sentence, []),
            None => {
                tracing::error!(key, "there is no such message");
                key.to_owned()
            }
        }
    }

    pub fn has(&self, key: &str) -> bool {
        Sentence::of(key).is_some()
    }

    /// What [`fl!`] says.
    pub fn say<const N: usize>(&self, sentence: Sentence, values: [(&'static str, FluentValue<'_>); N]) -> String {
        match sentence.plain(self.lang) {
            "" => self.with(sentence.key(), &FluentArgs::from_iter(values)),
            plain => plain.to_owned(),
        }
    }

    fn with(&self, key: &str, values: &FluentArgs<'_>) -> String {
        let mut errors = Vec::new();
        let pattern = self.others.get_message(key).and_then(|message| message.value());
        let text = pattern.map(|pattern| self.others.format_pattern(pattern, Some(values), &mut errors));
        if text.is_none() || !errors.is_empty() {
            tracing::error!(key, ?errors, "a message is not there, or not whole");
        }
        text.map_or_else(|| key.to_owned(), Into::into)
    }
}

/// Makes the language ready that is most likely asked for first.
pub fn warm() {
    LazyLock::force(&words(Lang::En).others);
}

/// The messages of a language.
pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &WORDS[0],
        Lang::ZhCn => &WORDS[1],
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

/// The last day of a time that runs until then, with its weekday.
pub fn until(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    weekday(lang, last_day(at, zone))
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
    use fluent_syntax::ast::{Entry, Message};

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

    fn english() -> Vec<(&'static str, Vec<&'static str>)> {
        let read = fluent_syntax::parser::parse(include_str!("../../../locales/en/cease.ftl")).unwrap();
        let message = |entry| if let Entry::Message(message) = entry { Some(message) } else { None };
        let with_variables =
            |message: Message<&'static str>| (message.id.name, message.value.iter().flat_map(variables::of).collect());
        read.body.into_iter().filter_map(message).map(with_variables).collect()
    }

    /// Each of these is worked out while compiling, where it would stop the build.
    #[test]
    fn what_english_does_not_say_does_not_compile() {
        let compiles = |key: &str, variables: &[&str]| std::panic::catch_unwind(|| sentence(key, variables)).is_ok();
        for (key, variables) in english().iter().step_by(60) {
            assert!(compiles(key, variables), "{key}");
            let fewer = variables.split_first().map_or(&["day"][..], |(_, rest)| rest);
            assert!(!compiles(key, fewer), "{key}");
            let backwards: Vec<&str> = variables.iter().copied().rev().collect();
            assert!(compiles(key, &backwards), "{key}");
        }
        assert!(!compiles("", &[]) && !compiles("desk-aprove", &[]) && !compiles("zzz", &[]));
    }

    /// What the build script made of the files is what the library would say.
    #[test]
    fn every_sentence_is_said_as_it_stands() {
        let whole = [
            (Lang::En, include_str!("../../../locales/en/cease.ftl")),
            (Lang::ZhCn, include_str!("../../../locales/zh-CN/cease.ftl")),
        ];
        let english = english();
        assert_eq!(english.len(), MARKS.len());
        for (lang, text) in whole {
            let whole = bundle(lang, text);
            for (key, variables) in &english {
                let values = || FluentArgs::from_iter(variables.iter().map(|&name| (name, FluentValue::from(2))));
                let pattern = whole.get_message(key).and_then(|message| message.value()).unwrap();
                let expected = whole.format_pattern(pattern, Some(&values()), &mut Vec::new());
                let sentence = Sentence::of(key).unwrap();
                assert_eq!((sentence.0, sentence.key()), (super::sentence(key, variables).0, *key));
                let said = match sentence.plain(lang) {
                    "" => words(lang).with(key, &values()),
                    plain => plain.to_owned(),
                };
                assert_eq!(said, expected, "{key} in {}", lang.tag());
            }
        }
        assert!(!words(Lang::En).has("desk-aprove") && words(Lang::En).get("desk-aprove") == "desk-aprove");
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
