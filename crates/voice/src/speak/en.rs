//! English, as it is said on the telephone in Britain.

use jiff::civil::Date;

use super::{Word, say};

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const FIRST: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The ICAO's, which callers know from flights.
const LETTERS: [&str; 26] = [
    "Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima",
    "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray",
    "Yankee", "Zulu",
];

pub fn character(c: char, spelt: bool) -> Option<Word> {
    match c.to_ascii_uppercase() {
        c @ '0'..='9' => Some(say(ONES[c as usize - '0' as usize])),
        c @ 'A'..='Z' if spelt => Some(say(LETTERS[c as usize - 'A' as usize])),
        c @ 'A'..='Z' => Some(say(c)),
        '+' => Some(say("plus")),
        _ => None,
    }
}

fn hundred(n: u64, out: &mut Vec<Word>) {
    match n {
        0..20 => out.push(say(ONES[n as usize])),
        20..100 => {
            out.push(say(TENS[n as usize / 10]));
            if !n.is_multiple_of(10) {
                out.push(say(ONES[n as usize % 10]));
            }
        }
        _ => {
            hundred(n / 100 % 10, out);
            out.push(say("hundred"));
            if !n.is_multiple_of(100) {
                out.push(say("and"));
                hundred(n % 100, out);
            }
        }
    }
}

/// Up to a thousand million; beyond that, digit by digit.
pub fn number(n: u64) -> Vec<Word> {
    if n > 999_999_999 {
        return n.to_string().chars().filter_map(|c| character(c, false)).collect();
    }
    let mut out = Vec::new();
    for (unit, name) in [(1_000_000, "million"), (1_000, "thousand")] {
        if !(n / unit).is_multiple_of(1_000) {
            hundred(n / unit % 1_000, &mut out);
            out.push(say(name));
        }
    }
    let rest = n % 1_000;
    if rest > 0 && rest < 100 && !out.is_empty() {
        out.push(say("and"));
    }
    if rest > 0 || out.is_empty() {
        hundred(rest, &mut out);
    }
    out
}

pub fn minutes(n: u64) -> Vec<Word> {
    let mut out = number(n);
    out.push(say(if n == 1 { "minute" } else { "minutes" }));
    out
}

pub fn day(date: Date) -> Vec<Word> {
    let day = date.day() as usize;
    let mut out = vec![say("the")];
    match day {
        1..20 => out.push(say(FIRST[day])),
        20 => out.push(say("twentieth")),
        30 => out.push(say("thirtieth")),
        _ => out.extend([say(TENS[day / 10]), say(FIRST[day % 10])]),
    }
    out.extend([say("of"), say(MONTHS[date.month() as usize - 1])]);
    let year = date.year().unsigned_abs().into();
    match year {
        1_100..2_000 | 2_010..10_000 if year % 100 == 0 => {
            hundred(year / 100, &mut out);
            out.push(say("hundred"));
        }
        1_100..2_000 | 2_010..10_000 => {
            hundred(year / 100, &mut out);
            if year % 100 < 10 {
                out.push(say("oh"));
            }
            hundred(year % 100, &mut out);
        }
        _ => out.extend(number(year)),
    }
    out
}

pub fn clock(hour: i8, minute: i8) -> Vec<Word> {
    match (hour, minute) {
        (0, 0) => return vec![say("midnight")],
        (12, 0) => return vec![say("twelve"), say("o'clock"), say("noon")],
        _ => {}
    }
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut out = number(twelve.unsigned_abs().into());
    if minute > 0 {
        if minute < 10 {
            out.push(say("oh"));
        }
        out.extend(number(minute.unsigned_abs().into()));
    }
    out.push(say(if hour < 12 { "a m" } else { "p m" }));
    out
}

/// One and many, of the whole and of its hundredth; none where a currency has no name here.
fn names(currency: &str) -> Option<[&'static str; 4]> {
    match currency {
        "GBP" => Some(["pound", "pounds", "penny", "pence"]),
        "EUR" => Some(["euro", "euros", "cent", "cents"]),
        "USD" => Some(["dollar", "dollars", "cent", "cents"]),
        "CNY" => Some(["yuan", "yuan", "fen", "fen"]),
        "JPY" => Some(["yen", "yen", "", ""]),
        _ => None,
    }
}

pub fn money(minor: i64, currency: &str) -> Vec<Word> {
    let mut out = Vec::new();
    if minor < 0 {
        out.push(say("minus"));
    }
    let all = minor.unsigned_abs();
    let whole_only = currency == "JPY";
    let (whole, part) = if whole_only { (all, 0) } else { (all / 100, all % 100) };
    let Some([one, many, small, smalls]) = names(currency) else {
        out.extend(number(whole));
        out.extend([say("point"), say(ONES[part as usize / 10]), say(ONES[part as usize % 10])]);
        out.extend(currency.chars().filter_map(|c| character(c, false)));
        return out;
    };
    if whole > 0 || part == 0 {
        out.extend(number(whole));
        out.push(say(if whole == 1 { one } else { many }));
    }
    if part > 0 {
        if whole > 0 {
            out.push(say("and"));
        }
        out.extend(number(part));
        out.push(say(if part == 1 { small } else { smalls }));
    }
    out
}
