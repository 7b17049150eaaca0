//! What of a person is shown to somebody who does not have to know more: the one masker, for the desk's pages, the
//! certificate and everything else.
//!
//! | | left to be seen | why |
//! |---|---|---|
//! | name | the first word, and of a Chinese name the family name | enough to greet |
//! | address | the first character | to tell two apart |
//! | e-mail | the first character and the domain | to tell two apart |
//! | phone, card number | the last four digits; fewer of short ones | to read back to whoever asks |
//!
//! What is hidden is as long for all: no mask tells how long a name or a number is. In what people have written, the
//! values of their case, addresses of e-mail and long numbers are masked; all other words stay, since the desk has to
//! work with them ([`Mask::text`]).

mod text;

use crate::case::Case;
use crate::identify::{Identifier, grouped_phone};
use crate::matching::{Field, Person};

/// Stands for what is hidden.
pub const HIDDEN: &str = "••";

/// Family names of two characters, which are not cut in half.
const COMPOUND: [&str; 24] = [
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "夏侯", "皇甫", "尉迟", "尉遲", "公孙", "公孫", "慕容",
    "司徒", "东方", "令狐", "宇文", "长孙", "轩辕", "端木", "南宫", "独孤", "百里",
];

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Enough to greet: "Mei L••", "李••", "欧阳••".
pub fn name(name: &str) -> String {
    let name = name.trim();
    if name.chars().next().is_some_and(is_han) {
        let family = COMPOUND.iter().find(|family| name.starts_with(**family) && name.chars().count() > 2);
        let family = family.map_or_else(|| name.chars().take(1).collect(), |family| (*family).to_owned());
        return if family == name { HIDDEN.to_owned() } else { family + HIDDEN };
    }
    let mut words = name.split_whitespace();
    // Whoever has one name only is not greeted by it.
    match (words.next(), words.next()) {
        (None, _) => String::new(),
        (Some(only), None) => first(only),
        (Some(given), Some(next)) => format!("{given} {}", first(next)),
    }
}

/// The first character of each word, for what leaves the house: "M•• L••".
pub fn initials(name: &str) -> String {
    name.split_whitespace().map(first).collect::<Vec<_>>().join(" ")
}

fn first(word: &str) -> String {
    word.chars().next().map(|c| format!("{c}{HIDDEN}")).unwrap_or_default()
}

/// "4••", "上••".
pub fn address(address: &str) -> String {
    first(address.trim())
}

/// "m••@mail.example"; what is no address of e-mail as an address of any kind.
pub fn email(email: &str) -> String {
    match email.trim().rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", first(local)),
        None => first(email.trim()),
    }
}

/// At most the last four digits, and fewer where that would be half of them.
pub fn number(number: &str) -> String {
    let seen: Vec<char> = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let shown = if seen.len() >= 8 { 4 } else { seen.len() / 2 };
    if seen.is_empty() {
        String::new()
    } else {
        format!("•••• {}", seen[seen.len() - shown..].iter().collect::<String>())
    }
}

/// A mark for each character but the last four: as the fields of a certificate have it, whose form tells the length.
pub fn digits(number: &str) -> String {
    let keep = number.chars().count().saturating_sub(4);
    number.chars().enumerate().map(|(i, c)| if i < keep { '•' } else { c }).collect()
}

/// A field of an application or of the record.
pub fn field(field: Field, text: &str) -> String {
    match field {
        Field::Name => name(text),
        Field::Address => address(text),
        Field::Email => email(text),
        Field::Phone => number(text),
    }
}

/// The glass through which one reader sees one case: clear, or with everything above behind it.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    on: bool,
    /// Values of the case with what is shown for them, longest first.
    known: Vec<(Vec<char>, String)>,
}

impl Mask {
    /// Hides nothing.
    pub fn clear() -> Self {
        Self::default()
    }

    /// Over nothing in particular: hides what can be told by its form.
    pub fn over_all() -> Self {
        Self { on: true, known: Vec::new() }
    }

    /// Over a case, and over what the record has of its holder.
    pub fn over(case: &Case, record: Option<&Person>) -> Self {
        let people = [Some(&case.person), Some(&case.declaration.person), record];
        people.into_iter().flatten().fold(Self::over_all(), Self::and)
    }

    /// Over this person's values too.
    pub fn and(mut self, person: &Person) -> Self {
        let mut add = |value: &str, shown: String| {
            let value: Vec<char> = value.trim().to_lowercase().chars().collect();
            if value.len() >= 2 && !self.known.iter().any(|(known, _)| *known == value) {
                self.known.push((value, shown));
            }
        };
        add(&person.name, name(&person.name));
        for word in person.name.split_whitespace().skip(1).filter(|word| word.chars().count() > 2) {
            add(word, first(word));
        }
        add(&person.address, address(&person.address));
        // Somebody repeats a part of it: the street, the town with its postcode.
        for part in person.address.split([',', '，', '\n']).map(str::trim).filter(|part| part.chars().count() >= 6) {
            add(part, first(part));
        }
        for contact in [&person.email, &person.phone].into_iter().flatten() {
            add(contact, if contact.contains('@') { email(contact) } else { number(contact) });
        }
        self.known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        self
    }

    pub fn is_on(&self) -> bool {
        self.on
    }

    pub fn field(&self, field: Field, text: &str) -> String {
        match field {
            _ if self.on => self::field(field, text),
            Field::Phone => grouped_phone(text),
            Field::Name | Field::Address | Field::Email => text.to_owned(),
        }
    }

    /// In groups where it is shown.
    pub fn identifier(&self, id: &Identifier) -> String {
        if self.on { id.masked() } else { id.grouped() }
    }

    /// A number as it is written elsewhere.
    pub fn number(&self, text: &str) -> String {
        if self.on { number(text) } else { text.to_owned() }
    }

    /// What somebody has written.
    pub fn text(&self, text: &str) -> String {
        if self.on { text::masked(text, &self.known) } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests;
