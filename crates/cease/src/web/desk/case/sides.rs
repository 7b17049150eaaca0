//! Application and record, field by field, and what was mended since it was received. Where both are masked, the
//! comparison still says of each field what came of it: it never had the values.

use case::mask::Mask;
use case::matching::Person;
use case::{Case, Field};
use store::Account;

use super::super::say;
use crate::web::Page;

pub struct Sides {
    pub rows: Vec<Compared>,
    /// What the holder first gave where they have mended it: field, as received, now.
    pub mended: Vec<(String, String, String)>,
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
    /// Through `own` the application is seen, and the record through `mask`.
    pub fn of(p: &Page, case: &Case, account: Option<&Account>, (own, mask): (&Mask, &Mask)) -> Self {
        let row = |field| {
            let (result, text) = match account {
                Some(_) => say::verdict(p.l, case.report.get(field)),
                None => ("missing", fl!(p.l, "desk-verdict-no-record")),
            };
            let held = mask.field(field, account.map(|a| value(&a.person, field)).unwrap_or_default());
            let said = own.field(field, value(&case.person, field));
            Compared { field: say::field(p.l, field), said: or_nothing(&said), held: or_nothing(&held), result, text }
        };
        Self { rows: ORDER.into_iter().map(row).collect(), mended: mended(p, case, own), has_record: account.is_some() }
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

fn mended(p: &Page, case: &Case, mask: &Mask) -> Vec<(String, String, String)> {
    let first = &case.declaration;
    let number = (first.number != case.number)
        .then(|| (fl!(p.l, "desk-card-number"), mask.identifier(&first.number), mask.identifier(&case.number)));
    let fields = ORDER.into_iter().filter_map(|field| {
        let (then, now) = (value(&first.person, field), value(&case.person, field));
        let shown = |text| or_nothing(&mask.field(field, text));
        (then != now).then(|| (say::field(p.l, field), shown(then), shown(now)))
    });
    number.into_iter().chain(fields).collect()
}
