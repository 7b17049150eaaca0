//! 普通话，照电话里的说法：号码里的“1”念“幺”，数量里的“2”念“两”。

use jiff::civil::Date;

use super::{Word, say};

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
/// 报字母时带一个人人会念的词。
const LETTERS: [&str; 26] = [
    "Apple", "Boy", "Cat", "Dog", "Egg", "Fish", "Girl", "House", "Ice", "Jack", "King", "Lion", "Mary", "Nancy",
    "Orange", "Peter", "Queen", "Rose", "Sun", "Tom", "Uncle", "Victor", "Water", "X-ray", "Yellow", "Zoo",
];

pub fn character(c: char, spelt: bool) -> Option<Word> {
    match c.to_ascii_uppercase() {
        '1' => Some(say("幺")),
        c @ '0'..='9' => Some(say(DIGITS[c as usize - '0' as usize])),
        c @ 'A'..='Z' if spelt => Some(say(format!("{c}，{}的{c}", LETTERS[c as usize - 'A' as usize]))),
        c @ 'A'..='Z' => Some(say(c)),
        '+' => Some(say("加")),
        _ => None,
    }
}

/// 一万以内。`first` 表示前面没有更高的位，“十”前不加“一”。
fn four(n: u64, first: bool, out: &mut Vec<Word>) {
    let (mut begun, mut zero) = (!first, false);
    for (unit, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = (n / unit % 10) as usize;
        if digit == 0 {
            zero = begun && !out.is_empty();
            continue;
        }
        if zero {
            out.push(say("零"));
            zero = false;
        }
        match (digit, unit) {
            (1, 10) if !begun => {}
            (2, 100 | 1_000) => out.push(say("两")),
            _ => out.push(say(DIGITS[digit])),
        }
        if !name.is_empty() {
            out.push(say(name));
        }
        begun = true;
    }
}

/// 十亿以内；更大的逐位念。
pub fn number(n: u64) -> Vec<Word> {
    if n > 999_999_999 {
        return n.to_string().chars().map(|c| say(DIGITS[c as usize - '0' as usize])).collect();
    }
    if n == 0 {
        return vec![say("零")];
    }
    let mut out = Vec::new();
    for (unit, name) in [(100_000_000, "亿"), (10_000, "万"), (1, "")] {
        let part = n / unit % 10_000;
        if part == 0 {
            continue;
        }
        // 前面有位而这一段不足四位，中间念一个“零”。
        if !out.is_empty() && part < 1_000 {
            out.push(say("零"));
        }
        if part == 2 && !name.is_empty() {
            out.push(say("两"));
        } else {
            let mut words = Vec::new();
            four(part, out.is_empty(), &mut words);
            out.extend(words);
        }
        if !name.is_empty() {
            out.push(say(name));
        }
    }
    out
}

/// 带量词的数。
fn count(n: u64) -> Vec<Word> {
    if n == 2 { vec![say("两")] } else { number(n) }
}

pub fn minutes(n: u64) -> Vec<Word> {
    let mut out = count(n);
    out.push(say("分钟"));
    out
}

pub fn day(date: Date) -> Vec<Word> {
    let year = date.year().unsigned_abs().to_string();
    let mut out: Vec<Word> = year.chars().map(|c| say(DIGITS[c as usize - '0' as usize])).collect();
    out.push(say("年"));
    out.extend(number(date.month().unsigned_abs().into()));
    out.push(say("月"));
    out.extend(number(date.day().unsigned_abs().into()));
    out.push(say("日"));
    out
}

pub fn clock(hour: i8, minute: i8) -> Vec<Word> {
    let mut out = Vec::new();
    let hour = hour.unsigned_abs().into();
    match hour {
        0 => {}
        1..6 => out.push(say("凌晨")),
        6..12 => out.push(say("上午")),
        12 => out.push(say("中午")),
        13..18 => out.push(say("下午")),
        _ => out.push(say("晚上")),
    }
    out.extend(count(if hour > 12 { hour - 12 } else { hour }));
    out.push(say("点"));
    if minute > 0 {
        if minute < 10 {
            out.push(say("零"));
        }
        out.extend(number(minute.unsigned_abs().into()));
        out.push(say("分"));
    }
    out
}

fn names(currency: &str) -> Option<[&'static str; 2]> {
    match currency {
        "GBP" => Some(["英镑", "便士"]),
        "EUR" => Some(["欧元", "欧分"]),
        "USD" => Some(["美元", "美分"]),
        "JPY" => Some(["日元", ""]),
        _ => None,
    }
}

pub fn money(minor: i64, currency: &str) -> Vec<Word> {
    let mut out = Vec::new();
    if minor < 0 {
        out.push(say("负"));
    }
    let all = minor.unsigned_abs();
    let (whole, part) = if currency == "JPY" { (all, 0) } else { (all / 100, all % 100) };
    if currency == "CNY" {
        yuan(whole, part, &mut out);
        return out;
    }
    let Some([name, small]) = names(currency) else {
        out.extend(number(whole));
        out.extend([say("点"), say(DIGITS[part as usize / 10]), say(DIGITS[part as usize % 10])]);
        out.extend(currency.chars().filter_map(|c| character(c, false)));
        return out;
    };
    if whole > 0 || part == 0 {
        out.extend(count(whole));
        out.push(say(name));
    }
    if part > 0 {
        if whole > 0 && part < 10 {
            out.push(say("零"));
        }
        out.extend(count(part));
        out.push(say(small));
    }
    out
}

fn yuan(whole: u64, part: u64, out: &mut Vec<Word>) {
    let (jiao, fen) = (part / 10, part % 10);
    if whole > 0 || part == 0 {
        out.extend(count(whole));
        out.push(say("元"));
    }
    if jiao > 0 {
        out.extend(count(jiao));
        out.push(say("角"));
    } else if fen > 0 && whole > 0 {
        out.push(say("零"));
    }
    if fen > 0 {
        out.extend(number(fen));
        out.push(say("分"));
    }
}
