//! The reduced forms that are compared. What a reduction forgets makes two values one, so each forgets as
//! little as it can.

use super::Field;
use crate::identify::text::{ascii_digit, is_invisible};
use crate::identify::{Region, e164};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `None` where nothing was written, or nothing but punctuation.
pub(super) fn of(field: Field, text: &str, region: Region) -> Option<Vec<String>> {
    let key = match field {
        Field::Name => name(text),
        Field::Address => address(text),
        Field::Email => email(text),
        Field::Phone => phone(text, region),
    };
    (!key.is_empty()).then_some(key)
}

/// Words in alphabetical order, each as often as it stands there. Chinese characters keep their order and
/// need no spaces: 李 伟 is 李伟, and 伟李 is somebody else.
fn name(text: &str) -> Vec<String> {
    let mut words = words(text);
    words.sort_unstable();
    words
}

fn address(text: &str) -> Vec<String> {
    let words = words(&text.replace('№', " No "));
    let mut parts: Vec<String> = Vec::with_capacity(words.len());
    for (place, word) in words.iter().enumerate() {
        let number_follows = words.get(place + 1).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        if matches!(word.as_str(), "no" | "number") && number_follows {
            continue;
        }
        let word = full_form(word);
        match parts.last_mut() {
            Some(last) if is_postcode(last, word) => last.push_str(word),
            _ => parts.push(word.chars().map(simplified).collect()),
        }
    }
    parts
}

fn email(text: &str) -> Vec<String> {
    let text: String = text.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect();
    text.split_whitespace().map(str::to_owned).collect()
}

/// E.164, or else the bare characters, which no E.164 number can equal.
fn phone(text: &str, region: Region) -> Vec<String> {
    e164(text, region).map_or_else(|| words(text), |number| vec![number])
}

/// Lower-case words without accents and punctuation. Neighbouring Chinese words are one, and Chinese
/// characters are parted from the letters and digits beside them.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = Kind::Separator;
    let mut joins = false;
    for c in folded(text) {
        let kind = Kind::of(c, last);
        match kind {
            Kind::Apostrophe => continue,
            Kind::Separator => joins = false,
            Kind::Letter | Kind::Chinese => {
                let chinese_before =
                    kind == Kind::Chinese && words.last().is_some_and(|word| word.ends_with(is_chinese));
                match words.last_mut() {
                    Some(word) if (joins && kind == last) || chinese_before => word.push(c),
                    _ => words.push(c.to_string()),
                }
                joins = true;
            }
        }
        last = kind;
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Chinese,
    /// Left out without parting a word: O'Brien is OBrien.
    Apostrophe,
    Separator,
}

impl Kind {
    fn of(c: char, last: Self) -> Self {
        match c {
            '\'' | '\u{2018}' | '\u{2019}' | '\u{02BC}' | '`' => Self::Apostrophe,
            c if last == Self::Chinese && is_combining_mark(c) => Self::Chinese,
            c if is_chinese(c) => Self::Chinese,
            c if is_separator(c) => Self::Separator,
            // everything else counts, private-use characters too: some systems keep rare names in them
            _ => Self::Letter,
        }
    }
}

/// Spaces and punctuation by block; a symbol from elsewhere is taken for part of a word.
fn is_separator(c: char) -> bool {
    !c.is_alphanumeric()
        && (c.is_whitespace()
            || c.is_control()
            || c.is_ascii_punctuation()
            || matches!(c, '\u{A0}'..='\u{BF}' | '\u{2000}'..='\u{206F}' | '\u{2212}' | '\u{3000}'..='\u{303F}'
                | '\u{30FB}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF5F}'..='\u{FF65}'))
}

/// Whether it belongs to a script that is written without spaces: Han with all its extensions, kana, Hangul (whose names are).
pub fn is_chinese(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// NFKC, lower case, ASCII digits, and Latin letters without their accents.
fn folded(text: &str) -> Vec<char> {
    // Of these, none is written in two ways.
    if text.is_ascii() { text.chars().map(|c| c.to_ascii_lowercase()).collect() } else { folded_any(text) }
}

fn folded_any(text: &str) -> Vec<char> {
    let apart: String = text.chars().filter(|c| !is_invisible(*c)).flat_map(apart).collect();
    let lower: String = apart.nfkc().flat_map(char::to_lowercase).collect();
    let mut after_latin = false;
    let bare: String = lower
        .nfd()
        .filter(|c| {
            let accent = matches!(c, '\u{0300}'..='\u{036F}');
            after_latin = if accent { after_latin } else { c.is_ascii_alphabetic() };
            !(accent && after_latin)
        })
        .collect();
    bare.nfc().flat_map(|c| plain_letters(c).into_iter().flatten()).collect()
}

/// ² and ① would become plain digits and run into the number before them: "12²" is not "122".
fn apart(c: char) -> impl Iterator<Item = char> {
    let plain = c.is_ascii() || matches!(c, '\u{FF10}'..='\u{FF19}' | '\u{1D7CE}'..='\u{1D7FF}');
    let runs_in = !plain && std::iter::once(c).nfkc().any(|c| c.is_ascii_digit());
    let space = runs_in.then_some(' ');
    space.into_iter().chain([c]).chain(space)
}

fn plain_letters(c: char) -> [Option<char>; 2] {
    match c {
        'ß' => [Some('s'), Some('s')],
        'æ' => [Some('a'), Some('e')],
        'œ' => [Some('o'), Some('e')],
        'ø' => [Some('o'), None],
        'đ' | 'ð' => [Some('d'), None],
        'ł' => [Some('l'), None],
        'ı' => [Some('i'), None],
        'ς' => [Some('σ'), None],
        c => [Some(ascii_digit(c)), None],
    }
}

/// Abbreviations as they stand in addresses in English. "Flat" and "apartment" are one by custom.
fn full_form(word: &str) -> &str {
    match word {
        "st" => "street",
        "rd" => "road",
        "ave" | "av" => "avenue",
        "apt" | "apartment" => "flat",
        "bldg" => "building",
        "rm" => "room",
        "ln" => "lane",
        "dr" => "drive",
        "pl" => "place",
        "sq" => "square",
        "cl" => "close",
        "cres" => "crescent",
        "gdns" => "gardens",
        "terr" => "terrace",
        "flr" => "floor",
        "hse" => "house",
        "ste" => "suite",
        "blvd" => "boulevard",
        "hwy" => "highway",
        "mt" => "mount",
        word => word,
    }
}

/// Characters that are written in both ways in one and the same address.
fn simplified(c: char) -> char {
    const PAIRS: [(char, char); 22] = [
        ('號', '号'),
        ('樓', '楼'),
        ('區', '区'),
        ('縣', '县'),
        ('鎮', '镇'),
        ('鄉', '乡'),
        ('東', '东'),
        ('門', '门'),
        ('單', '单'),
        ('層', '层'),
        ('廣', '广'),
        ('場', '场'),
        ('灣', '湾'),
        ('國', '国'),
        ('華', '华'),
        ('園', '园'),
        ('橋', '桥'),
        ('棟', '栋'),
        ('龍', '龙'),
        ('臺', '台'),
        ('莊', '庄'),
        ('島', '岛'),
    ];
    PAIRS.iter().find(|(traditional, _)| *traditional == c).map_or(c, |(_, simple)| *simple)
}

/// The two halves of a British, Canadian or Dutch postcode. No other words are joined, since "12 A" and "12A"
/// may be two doors.
fn is_postcode(first: &str, second: &str) -> bool {
    let shape = |text: &str| -> String {
        let class = |c: char| match c {
            '0'..='9' => '9',
            'a'..='z' => 'a',
            _ => '?',
        };
        text.chars().map(class).collect()
    };
    match (shape(first).as_str(), shape(second).as_str()) {
        ("a9" | "a99" | "a9a" | "aa9" | "aa99" | "aa9a", "9aa") => !matches!(&second[1..], "st" | "nd" | "rd" | "th"),
        ("a9a", "9a9") | ("9999", "aa") => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{folded, folded_any};

    #[test]
    fn plain_text_is_folded_as_any_other() {
        let all: String = (0..=0x7f_u8).map(char::from).collect();
        assert_eq!(folded(&all), folded_any(&all));
        let twice: String = all.chars().flat_map(|first| all.chars().flat_map(move |c| [first, c])).collect();
        assert_eq!(folded(&twice), folded_any(&twice));
    }
}
