//! What a case can be found by, and what a search asks for, as numbers: the index keeps no word of
//! what people wrote. Case, width and accents do not count; a name is found by its beginning, a
//! number by its first digits, a phone number by its last ones and an ICCID by either; Chinese by characters and pairs.

use std::collections::BTreeSet;

use case::identify::Identifier;
use case::matching::{Person, is_chinese, words};
use case::{CardRecord, Case, Entry, thread};
use sha2::{Digest, Sha256};

/// Raised when a case's terms or bits change their meaning; the index is then made anew. 2: `profile-left`,
/// `delayed`, `alarm`. 3: causes `locked`, `risk`. 5: the end of an ICCID. 6: due as
/// the lists show it. 7: `refund-due`, `may-withdraw`.
pub const VERSION: i64 = 7;

/// Of one case's thread; what is longer than a book is found by its beginning.
const WORDS: usize = 400;
/// Letters of a word that count.
const LENGTH: usize = 24;
/// Letters of a name that can be left away.
const SHORTEST_NAME: usize = 2;
/// Digits below which a number is found by nothing.
pub const SHORTEST_NUMBER: usize = 4;
/// The first digits of an ICCID are everybody's: the industry's, the country's, the operator's.
const SHORTEST_ICCID: usize = 8;
/// Digits at the end of an ICCID of which people are told some: letters show four, the counter asks for six.
const ICCID_END: usize = 6;
/// Digits at the end of a phone number that tell it apart, with or without its country code.
const TAIL: usize = 8;
/// Words of a search that count.
pub const MOST: usize = 6;

/// The term of a word or number.
fn word(text: &str) -> i64 {
    term("word", text)
}

fn term(kind: &str, text: &str) -> i64 {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize();
    i64::from_be_bytes(std::array::from_fn(|i| hash[i]))
}

/// Everything a case is found by: its holder, its numbers and its card's, and what was written.
pub fn of(case: &Case, journal: &[Entry], card: Option<&CardRecord>) -> BTreeSet<i64> {
    let mut terms = BTreeSet::new();
    for person in [&case.person, &case.declaration.person] {
        of_person(person, &mut terms);
    }
    for number in [&case.number, &case.declaration.number] {
        let text = number.normalised();
        match number {
            Identifier::Msisdn(_) => tail(text, &mut terms),
            Identifier::Iccid(_) | Identifier::Serial(_) => head(text, &mut terms),
            Identifier::NotGiven => {}
            Identifier::PartialIccid(_) | Identifier::Eid(_) | Identifier::Imei(_) | Identifier::Imsi(_) => {
                terms.insert(whole(text));
            }
        }
    }
    if let Some(card) = card {
        for number in [&card.iccid, &card.serial].into_iter().flatten() {
            head(number, &mut terms);
        }
        terms.extend([&card.eid, &card.imsi, &card.imei].into_iter().flatten().map(|number| whole(number)));
        if let Some(phone) = &card.msisdn {
            tail(phone, &mut terms);
        }
    }
    let mut room = WORDS;
    for message in thread::messages(journal) {
        for text in words(message.text) {
            room = room.saturating_sub(written(&text, &mut terms));
            if room == 0 {
                return terms;
            }
        }
    }
    terms
}

fn of_person(person: &Person, terms: &mut BTreeSet<i64>) {
    for name in words(&person.name) {
        if name.contains(is_chinese) {
            terms.extend(name.chars().map(|c| word(c.encode_utf8(&mut [0; 4]))));
            written(&name, terms);
        } else {
            terms.extend(beginnings(&name, SHORTEST_NAME));
        }
    }
    if let Some(email) = &person.email {
        let email = folded(email);
        terms.insert(term("mail", &email));
        let local = email.split('@').next().unwrap_or_default();
        for part in words(local) {
            written(&part, terms);
        }
    }
    if let Some(phone) = &person.phone {
        tail(phone, terms);
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A word of a text; answers how many it was.
fn written(text: &str, terms: &mut BTreeSet<i64>) -> usize {
    if text.contains(is_chinese) {
        let pairs: Vec<i64> = pairs(text).collect();
        let many = pairs.len();
        terms.extend(pairs);
        many
    } else {
        let long_enough = text.chars().count() >= SHORTEST_NAME;
        terms.extend(long_enough.then(|| word(&cut(text))));
        1
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LENGTH).collect()
}

/// Neighbouring characters, two by two.
fn pairs(text: &str) -> impl Iterator<Item = i64> {
    let characters: Vec<char> = text.chars().collect();
    (1..characters.len()).map(move |at| word(&String::from_iter([characters[at - 1], characters[at]])))
}

/// A word as far as anyone may have typed it.
fn beginnings(text: &str, shortest: usize) -> impl Iterator<Item = i64> {
    let text = cut(text);
    let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).skip(shortest - 1).collect();
    ends.into_iter().map(move |end| word(&text[..end]))
}

/// A number that is read from its first digit.
fn head(number: &str, terms: &mut BTreeSet<i64>) {
    let number = compact(number);
    let iccid = number.len() >= 18 && number.bytes().all(|b| b.is_ascii_digit());
    terms.extend(beginnings(&number, if iccid { SHORTEST_ICCID } else { SHORTEST_NUMBER }));
    if iccid {
        terms.extend((SHORTEST_NUMBER..=ICCID_END).map(|many| word(&number[number.len() - many..])));
    }
}

/// A number that nobody knows a part of.
fn whole(number: &str) -> i64 {
    word(&cut(&compact(number)))
}

/// A phone number, of which people give the end.
fn tail(number: &str, terms: &mut BTreeSet<i64>) {
    let digits = compact(number);
    let longest = digits.len().min(TAIL);
    terms.extend((SHORTEST_NUMBER..=longest).filter_map(|many| digits.get(digits.len() - many..)).map(word));
}

/// Letters and digits only, in lower case, with plain digits.
fn compact(text: &str) -> String {
    words(text).concat()
}

/// What was typed into the search, as lists of terms that must all be there: the first list that
/// finds anything is what was meant. None where nothing in it can be searched for.
pub fn asked(text: &str) -> Vec<Vec<i64>> {
    let mut ways: Vec<Vec<i64>> = Vec::new();
    // 8944 7700 1234 is one number, and so are LK-000123 and (07700) 900 123.
    let all = compact(text);
    let numeral = all.len() >= SHORTEST_NUMBER && all.is_ascii() && all.bytes().any(|b| b.is_ascii_digit());
    if numeral && !text.contains('@') {
        let digits = all.bytes().filter(u8::is_ascii_digit).count();
        if digits * 2 >= all.len() {
            ways.push(vec![word(&cut(&all))]);
        }
        if digits == all.len() && digits > TAIL {
            ways.push(vec![word(&all[digits - TAIL..])]);
        }
    }
    let mut terms = Vec::new();
    for piece in text.split_whitespace() {
        let folded = folded(piece);
        match folded.split_once('@') {
            Some((_, domain)) if domain.contains('.') => terms.push(term("mail", &folded)),
            Some((local, _)) => terms.extend(in_words(local)),
            None => terms.extend(in_words(piece)),
        }
    }
    // 李 伟 is 李伟.
    if text.split_whitespace().count() > 1 && text.chars().all(|c| is_chinese(c) || c.is_whitespace()) {
        let joined: String = text.split_whitespace().collect();
        ways.push(in_words(&joined));
    }
    ways.push(terms);
    for way in &mut ways {
        let mut seen = BTreeSet::new();
        way.retain(|term| seen.insert(*term));
        way.truncate(MOST);
    }
    ways.retain(|way| !way.is_empty());
    ways.dedup();
    ways
}

fn in_words(text: &str) -> Vec<i64> {
    let mut terms = Vec::new();
    for text in words(text) {
        if text.contains(is_chinese) && text.chars().nth(1).is_some() {
            terms.extend(pairs(&text));
        } else if text.contains(is_chinese) || text.chars().nth(1).is_some() {
            terms.push(word(&cut(&text)));
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: &str, phone: &str) -> BTreeSet<i64> {
        let mut terms = BTreeSet::new();
        let person =
            Person { name: name.into(), address: String::new(), email: Some(email.into()), phone: Some(phone.into()) };
        of_person(&person, &mut terms);
        terms
    }

    fn finds(terms: &BTreeSet<i64>, text: &str) -> bool {
        asked(text).iter().any(|way| way.iter().all(|term| terms.contains(term)))
    }

    #[test]
    fn people_are_found_by_what_is_typed_of_them() {
        let terms = person("Zoë O’Brien-Müller", "Zoe.OB+card@Example.org", "+447700900123");
        for text in [
            "zoe",
            "ZO",
            "obrien",
            "o'br",
            "muller zoë",
            "ＺＯＥ",
            "zoe.ob+card@example.org",
            "zoe@",
            "0123",
            "07700 900123",
            "+44 7700 900 123",
            "900123",
        ] {
            assert!(finds(&terms, text), "{text}");
        }
        for text in ["", "z", "rien", "zoe smith", "zoe@example.org", "123", "447700900", "7700 900 124", "@", "·"] {
            assert!(!finds(&terms, text), "{text}");
        }
    }

    #[test]
    fn chinese_is_found_by_characters_however_rare_and_however_spaced() {
        let terms = person("欧阳𠮷龘", "x@y.cn", "+8613800138000");
        for text in ["欧阳", "𠮷", "欧 阳", "阳𠮷龘", "龘", "138000", "138 0013 8000", "欧阳 龘"] {
            assert!(finds(&terms, text), "{text}");
        }
        for text in ["阳欧", "吉", "欧𠮷"] {
            assert!(!finds(&terms, text), "{text}");
        }
    }

    #[test]
    fn numbers_are_found_from_their_first_digit() {
        let mut terms = BTreeSet::new();
        head("8944770000000012345", &mut terms);
        head("LK-000123-A", &mut terms);
        for text in [
            "8944 7700",
            "8944 7700 0000",
            "8944770000000012345",
            "lk000",
            "LK 000123 a",
            "lk-00",
            "８９４４７７００",
            "2345",
            "12345",
            "012345",
        ] {
            assert!(finds(&terms, text), "{text}");
        }
        for text in ["894", "345", "0012345", "lk-9", "89447700000000123450"] {
            assert!(!finds(&terms, text), "{text}");
        }
    }
}
