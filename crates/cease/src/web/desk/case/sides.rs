//! Application and record, field by field; what was mended since it was received; and the masks over
//! the record of a holder who has not been proven.

use case::matching::Person;
use case::{Case, Field};
use store::Account;

use super::super::say;
use crate::web::Page;
use crate::work::certify::{mask, mask_name};

pub struct Sides {
    pub rows: Vec<Compared>,
    /// What the holder first gave where they have mended it: field, as received, now.
    pub mended: Vec<(String, String, String)>,
    /// The record is there, and part of it is masked.
    pub masked: bool,
    pub shown: bool,
    pub has_record: bool,
}

pub struct Compared {
    pub field: String,
    pub said: String,
    pub held: String,
    pub result: &'static str,
    pub text: String,
}

const ORDER: [Field; 4] = [Field::Name, Field::Email, Field::Phone, Field::Address];
const NOTHING: &str = "–";

impl Sides {
    pub fn of(p: &Page, case: &Case, account: Option<&Account>, shown: bool) -> Self {
        let open = case.proven || shown;
        let row = |field| {
            let (result, text) = match account {
                Some(_) => say::verdict(p.l, case.report.get(field)),
                None => ("missing", fl!(p.l, "desk-verdict-no-record")),
            };
            let held = account.map(|a| value(&a.person, field)).unwrap_or_default();
            let held = if open { held.to_owned() } else { masked(field, held) };
            let said = value(&case.person, field);
            Compared { field: say::field(p.l, field), said: or_nothing(said), held: or_nothing(&held), result, text }
        };
        let record = account.map(|a| &a.person);
        let hides = |r: &Person| ORDER.into_iter().any(|f| f != Field::Name && !value(r, f).is_empty());
        Self {
            rows: ORDER.into_iter().map(row).collect(),
            mended: mended(p, case),
            masked: !open && record.is_some_and(hides),
            shown,
            has_record: account.is_some(),
        }
    }
}

pub fn value(person: &Person, field: Field) -> &str {
    match field {
        Field::Name => &person.name,
        Field::Address => &person.address,
        Field::Email => person.email.as_deref().unwrap_or_default(),
        Field::Phone => person.phone.as_deref().unwrap_or_default(),
    }
}

pub fn or_nothing(text: &str) -> String {
    if text.is_empty() { NOTHING.to_owned() } else { text.to_owned() }
}

pub fn masked(field: Field, text: &str) -> String {
    match field {
        Field::Name => text.to_owned(),
        Field::Phone => mask(text),
        Field::Address => mask_name(text),
        Field::Email => match text.split_once('@') {
            Some((local, domain)) => format!("{}@{domain}", mask_name(local)),
            None => mask_name(text),
        },
    }
}

fn mended(p: &Page, case: &Case) -> Vec<(String, String, String)> {
    let first = &case.declaration;
    let number = (first.number != case.number)
        .then(|| (fl!(p.l, "desk-card-number"), first.number.grouped(), case.number.grouped()));
    let fields = ORDER.into_iter().filter_map(|field| {
        let (then, now) = (value(&first.person, field), value(&case.person, field));
        (then != now).then(|| (say::field(p.l, field), or_nothing(then), or_nothing(now)))
    });
    number.into_iter().chain(fields).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_tell_the_field_apart_and_no_more() {
        assert_eq!(masked(Field::Email, "mei.lin@mail.example"), "m••@mail.example");
        assert_eq!(masked(Field::Phone, "+447700900123"), "•••••••••0123");
        assert_eq!(masked(Field::Address, "41 Quay Street"), "4•• Q•• S••");
        assert_eq!(masked(Field::Address, "上海市南京路1号"), "上••");
        assert_eq!(masked(Field::Email, ""), "");
    }
}
