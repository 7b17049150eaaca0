//! How things are said: numbers, days, sums, digits and references, in the words of each language. Every value comes
//! apart into words of a vocabulary that is finite, so that all of it can be spoken beforehand, by a machine or by a
//! person, and joined.

mod en;
mod zh;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

/// The languages of the hotline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Lang {
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-CN")]
    Zh,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Zh];

    /// The BCP 47 tag, which is also the name of the folder with its sound.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh-CN",
        }
    }

    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.tag() == tag)
    }
}

/// Something that differs from call to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One after the other: what somebody keyed.
    Digits(String),
    /// Letters and digits, spelt so that they can be written down; a hyphen is a pause.
    Spelt(String),
    Number(u64),
    /// So many minutes.
    Minutes(u64),
    Day(Date),
    /// Hour and minute of the day.
    Clock(i8, i8),
    /// Minor units, and the currency as ISO 4217 has it.
    Money(i64, String),
    /// Another prompt.
    Prompt(String),
}

/// A piece of what is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Of the vocabulary.
    Say(String),
    /// Milliseconds.
    Pause(u32),
}

pub(crate) fn say(text: impl Into<String>) -> Word {
    Word::Say(text.into())
}

/// Between two digits, and between groups of them.
const BREATH: Word = Word::Pause(90);
const GROUP: Word = Word::Pause(450);

/// A value in words; nothing of a prompt, which has words of its own.
pub fn words(lang: Lang, value: &Value) -> Vec<Word> {
    match (lang, value) {
        (_, Value::Prompt(_)) => Vec::new(),
        (_, Value::Digits(text)) => digits(lang, text),
        (_, Value::Spelt(text)) => spelt(lang, text),
        (Lang::En, Value::Number(n)) => en::number(*n),
        (Lang::Zh, Value::Number(n)) => zh::number(*n),
        (Lang::En, Value::Minutes(n)) => en::minutes(*n),
        (Lang::Zh, Value::Minutes(n)) => zh::minutes(*n),
        (Lang::En, Value::Day(day)) => en::day(*day),
        (Lang::Zh, Value::Day(day)) => zh::day(*day),
        (Lang::En, Value::Clock(hour, minute)) => en::clock(*hour, *minute),
        (Lang::Zh, Value::Clock(hour, minute)) => zh::clock(*hour, *minute),
        (Lang::En, Value::Money(minor, currency)) => en::money(*minor, currency),
        (Lang::Zh, Value::Money(minor, currency)) => zh::money(*minor, currency),
    }
}

/// In threes, as people take them in; a remainder of one goes with the last three.
fn digits(lang: Lang, text: &str) -> Vec<Word> {
    let kept: Vec<char> = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '+').take(40).collect();
    let mut out = Vec::new();
    for (at, c) in kept.iter().enumerate() {
        if at > 0 {
            let groups = at % 3 == 0 && kept.len() - at > 1;
            out.push(if groups { GROUP } else { BREATH });
        }
        out.extend(character(lang, *c, false));
    }
    out
}

fn spelt(lang: Lang, text: &str) -> Vec<Word> {
    let mut out = Vec::new();
    for c in text.chars().take(40) {
        if c.is_ascii_alphanumeric() {
            if !out.is_empty() {
                out.push(BREATH);
            }
            out.extend(character(lang, c, true));
        } else {
            out.push(GROUP);
        }
    }
    out
}

fn character(lang: Lang, c: char, spelt: bool) -> Option<Word> {
    match lang {
        Lang::En => en::character(c, spelt),
        Lang::Zh => zh::character(c, spelt),
    }
}

/// A value as it is written down, for the transcript.
pub fn written(value: &Value) -> String {
    match value {
        Value::Digits(text) | Value::Spelt(text) => text.clone(),
        Value::Number(n) | Value::Minutes(n) => n.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Clock(hour, minute) => format!("{hour:02}:{minute:02}"),
        Value::Money(minor, currency) => format!("{}.{:02} {currency}", minor / 100, minor.unsigned_abs() % 100),
        Value::Prompt(_) => String::new(),
    }
}

/// Every word that a value can be made of.
pub fn vocabulary(lang: Lang) -> BTreeSet<String> {
    let mut values: Vec<Value> = (0..=121).map(Value::Number).collect();
    values.extend([200, 999, 1_000, 2_000, 10_000, 20_000, 1_000_000, 200_000_000, 999_999_999].map(Value::Number));
    values.extend([1, 2, 3, 22].map(Value::Minutes));
    values.extend((1..=12).filter_map(|month| Date::new(2026, month, 1).ok()).map(Value::Day));
    values.extend((1..=31).filter_map(|day| Date::new(2026, 1, day).ok()).map(Value::Day));
    values.extend([2_000, 2_010, 2_100].into_iter().filter_map(|year| Date::new(year, 1, 1).ok()).map(Value::Day));
    values.extend((0..24).map(|hour| Value::Clock(hour, 0)));
    values.extend((0..60).map(|minute| Value::Clock(9, minute)));
    for currency in ["GBP", "EUR", "USD", "CNY", "JPY", "SEK"] {
        values.extend([-1, 0, 1, 2, 100, 101, 250, 8_640].map(|minor| Value::Money(minor, currency.into())));
    }
    let letters: String = ('0'..='9').chain('A'..='Z').collect();
    values.push(Value::Spelt(letters.clone()));
    values.push(Value::Digits(letters.chars().take(36).collect::<String>()));
    values.push(Value::Digits("+".into()));
    let all = values.iter().flat_map(|value| words(lang, value));
    all.filter_map(|word| if let Word::Say(text) = word { Some(text) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lang: Lang, value: Value) -> String {
        let words = words(lang, &value).into_iter();
        let text: Vec<String> = words
            .map(|word| match word {
                Word::Say(text) => text,
                Word::Pause(ms) if ms > 200 => "/".into(),
                Word::Pause(_) => String::new(),
            })
            .filter(|text| !text.is_empty())
            .collect();
        text.join(if lang == Lang::En { " " } else { "" })
    }

    fn day(text: &str) -> Value {
        Value::Day(text.parse().unwrap())
    }

    #[test]
    fn english_is_said_as_it_is_said() {
        for (value, text) in [
            (Value::Number(0), "zero"),
            (Value::Number(21), "twenty one"),
            (Value::Number(101), "one hundred and one"),
            (Value::Number(2_026), "two thousand and twenty six"),
            (Value::Number(1_234_567), "one million two hundred and thirty four thousand five hundred and sixty seven"),
            (day("2026-11-26"), "the twenty sixth of November twenty twenty six"),
            (day("2005-03-01"), "the first of March two thousand and five"),
            (day("2100-01-30"), "the thirtieth of January twenty one hundred"),
            (Value::Money(8_640, "GBP".into()), "eighty six pounds and forty pence"),
            (Value::Money(100, "GBP".into()), "one pound"),
            (Value::Money(1, "GBP".into()), "one penny"),
            (Value::Money(0, "EUR".into()), "zero euros"),
            (Value::Money(250, "JPY".into()), "two hundred and fifty yen"),
            (Value::Money(-150, "USD".into()), "minus one dollar and fifty cents"),
            (Value::Money(1_250, "SEK".into()), "twelve point five zero S E K"),
            (Value::Clock(9, 5), "nine oh five a m"),
            (Value::Clock(0, 0), "midnight"),
            (Value::Clock(12, 0), "twelve o'clock noon"),
            (Value::Clock(14, 30), "two thirty p m"),
            (Value::Clock(17, 0), "five p m"),
            (Value::Minutes(1), "one minute"),
            (Value::Minutes(12), "twelve minutes"),
            (Value::Digits("8944770".into()), "eight nine four / four seven seven zero"),
            (Value::Spelt("C7K4-M2QX-D".into()), "Charlie seven Kilo four / Mike two Quebec X-ray / Delta"),
        ] {
            assert_eq!(said(Lang::En, value.clone()), text, "{value:?}");
        }
    }

    #[test]
    fn chinese_is_said_as_it_is_said() {
        for (value, text) in [
            (Value::Number(2), "二"),
            (Value::Number(10), "十"),
            (Value::Number(12), "十二"),
            (Value::Number(22), "二十二"),
            (Value::Number(101), "一百零一"),
            (Value::Number(110), "一百一十"),
            (Value::Number(202), "两百零二"),
            (Value::Number(2_026), "两千零二十六"),
            (Value::Number(10_010), "一万零一十"),
            (Value::Number(20_200), "两万零两百"),
            (Value::Number(100_000), "十万"),
            (Value::Number(120_000_003), "一亿两千万零三"),
            (day("2026-11-26"), "二零二六年十一月二十六日"),
            (Value::Money(8_640, "GBP".into()), "八十六英镑四十便士"),
            (Value::Money(200, "GBP".into()), "两英镑"),
            (Value::Money(202, "EUR".into()), "两欧元零两欧分"),
            (Value::Money(8_640, "CNY".into()), "八十六元四角"),
            (Value::Money(205, "CNY".into()), "两元零五分"),
            (Value::Money(222, "CNY".into()), "两元两角二分"),
            (Value::Money(0, "CNY".into()), "零元"),
            (Value::Money(-100, "USD".into()), "负一美元"),
            (Value::Minutes(2), "两分钟"),
            (Value::Minutes(12), "十二分钟"),
            (Value::Clock(14, 30), "下午两点三十分"),
            (Value::Clock(9, 5), "上午九点零五分"),
            (Value::Clock(12, 0), "中午十二点"),
            (Value::Clock(0, 0), "零点"),
            (Value::Digits("8944710".into()), "八九四/四七幺零"),
            (Value::Spelt("C7-2".into()), "C，Cat的C七/二"),
        ] {
            assert_eq!(said(Lang::Zh, value.clone()), text, "{value:?}");
        }
    }

    /// Whatever is said, its words can be had beforehand.
    #[test]
    fn no_word_is_outside_of_the_vocabulary() {
        for lang in Lang::ALL {
            let all = vocabulary(lang);
            let mut seed = 11_u64;
            for _ in 0..60_000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let n = seed >> 34;
                let currency = ["GBP", "EUR", "USD", "CNY", "JPY", "SEK", "XXQ"][(n % 7) as usize];
                let month = (n % 12) as i8 + 1;
                for value in [
                    Value::Number(n),
                    Value::Minutes(n % 10_000),
                    Value::Money((n % 100_000_000) as i64 - 1_000, currency.into()),
                    Value::Clock((n % 24) as i8, (n % 60) as i8),
                    Value::Day(Date::new(2_000 + (n % 101) as i16, month, (n % 28) as i8 + 1).unwrap()),
                    Value::Spelt(format!("{n:x}-QZW").to_uppercase()),
                    Value::Digits(n.to_string()),
                ] {
                    for word in words(lang, &value) {
                        assert!(
                            !matches!(&word, Word::Say(text) if !all.contains(text)),
                            "{lang:?} {value:?} {word:?}"
                        );
                    }
                }
            }
            assert!(all.len() < 200, "{}", all.len());
        }
    }
}
