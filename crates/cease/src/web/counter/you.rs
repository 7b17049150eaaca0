//! Who is asking, and where they can be reached. At least one contact, nothing else by force.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use case::Person;
use case::identify::{Identifier, IdentifyRules, identify};
use case::redact::redact;

use crate::app::Shared;
use crate::files::is_unseen;
use crate::web::counter::draft::Step;
use crate::web::counter::form;
use crate::web::counter::journey::{self, Back, Wrongs};
use crate::web::{Answer, Page, Posted, Visit, html};
use crate::words::Words;

const NAME_MAX: usize = 200;
const ADDRESS_MAX: usize = 500;
const EMAIL_MAX: usize = 254;

#[derive(Template)]
#[template(path = "counter/you.html")]
struct You {
    p: Page,
    wrongs: Wrongs,
    name: String,
    email: String,
    phone: String,
    address: String,
    back: Back,
}

impl You {
    fn of(p: Page, person: &Person, back: Back) -> Self {
        Self {
            p,
            wrongs: Wrongs::default(),
            name: person.name.clone(),
            email: person.email.clone().unwrap_or_default(),
            phone: person.phone.clone().unwrap_or_default(),
            address: person.address.clone(),
            back,
        }
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Query(back): Query<Back>) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::You).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let untouched = draft.person == Person::default();
    let person = visit.account.as_ref().filter(|_| untouched).map_or(&draft.person, |account| &account.person);
    let page = You::of(Page::new(&app, &visit), person, back);
    Ok(html(page.wrongs.status(), &page))
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let mut draft = match journey::resume(&app, &visit, Step::You, &posted).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let p = Page::new(&app, &visit);
    let (person, mut wrongs) = read(p.l, &posted, &app.policy.identify);
    let person = form::hold(p.l, &app.policy.journey.fields, person, &mut wrongs);
    let back = Back::of(posted.get("back"));
    if !wrongs.is_empty() {
        let page = You { wrongs, ..You::of(p, &person, back) };
        return Ok(html(page.wrongs.status(), &page));
    }
    draft.person = person;
    draft.trapped |= posted.ticked("website");
    journey::keep(&app, &visit, &draft).await?;
    let next = if back.to_check() { draft.lacks(&app) } else { Step::Statement };
    let known = draft.unconfirmed && back.to_check();
    if known || journey::proven(&app, &visit, &draft).await?.is_some() {
        return Ok(journey::to(next));
    }
    Ok(Redirect::to(&format!("/confirm?next={}", next.path())).into_response())
}

/// The person as typed, and what to put right. Fields that are right are in their normal form.
pub fn read(l: &Words, posted: &Posted, rules: &IdentifyRules) -> (Person, Wrongs) {
    person(l, posted, rules, true)
}

/// The same where there need be no contact: a letter may name none.
pub fn read_letter(l: &Words, posted: &Posted, rules: &IdentifyRules) -> (Person, Wrongs) {
    person(l, posted, rules, false)
}

fn person(l: &Words, posted: &Posted, rules: &IdentifyRules, contact: bool) -> (Person, Wrongs) {
    let mut wrongs = Wrongs::default();
    let (name, struck) = redact(&one_line(posted.get("name")));
    if name.is_empty() {
        wrongs.add("name", fl!(l, "you-name-empty"));
    } else if !struck.is_empty() {
        wrongs.add("name", fl!(l, "counter-struck"));
    } else if name.chars().count() > NAME_MAX {
        wrongs.add("name", fl!(l, "you-name-long", max = NAME_MAX));
    }
    let mut email = half_width(posted.get("email"));
    let mut phone = posted.get("phone").to_owned();
    if contact && email.is_empty() && phone.is_empty() {
        wrongs.add("email", fl!(l, "you-contact-empty"));
    }
    if !email.is_empty() {
        match mailbox(&email) {
            Some(read) => email = read,
            None => wrongs.add("email", fl!(l, "you-email-wrong")),
        }
    }
    if !phone.is_empty() {
        match identify(&format!("phone: {phone}"), rules).map(|found| found.id) {
            Ok(Identifier::Msisdn(number)) => phone = number.as_str().to_owned(),
            Ok(_) | Err(_) => {
                wrongs.add("phone", fl!(l, "you-phone-wrong"));
                phone = redact(&phone).0;
            }
        }
    }
    let (address, struck) = redact(&lines(posted.get("address")));
    if !struck.is_empty() {
        wrongs.add("address", fl!(l, "counter-struck"));
    } else if address.chars().count() > ADDRESS_MAX {
        wrongs.add("address", fl!(l, "you-address-long", max = ADDRESS_MAX));
    }
    let some = |text: String| Some(text).filter(|t| !t.is_empty());
    (Person { name, address, email: some(email), phone: some(phone) }, wrongs)
}

/// Spaces as one, no line breaks, nothing that cannot be seen.
pub(crate) fn one_line(text: &str) -> String {
    let seen = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let seen: String = seen.filter(|c| joins(*c) || !is_unseen(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Some scripts need these between letters.
fn joins(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Line breaks kept, nothing else that cannot be seen: a reader at the desk sees what was typed, in
/// the order it was typed.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|c| matches!(c, '\n' | '\t') || joins(*c) || !is_unseen(*c)).collect()
}

/// Full-width letters, digits and signs, as Chinese keyboards give them, in their plain form.
pub fn half_width(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match u32::from(c) {
            n @ 0xFF01..=0xFF5E => char::from_u32(n - 0xFEE0).unwrap_or(c),
            0x3002 => '.',
            _ => c,
        })
        .collect()
}

/// An address that mail could be sent to: one @, a name before it, a domain with a dot after it. Sending
/// is the only real test.
pub fn mailbox(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let labels_ok = domain.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    });
    let local_ok = !local.is_empty()
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.');
    let ok = local_ok && labels_ok && domain.contains('.') && text.len() <= EMAIL_MAX;
    ok.then(|| format!("{local}@{}", domain.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;
    use case::Lang;

    fn typed(fields: &[(&str, &str)]) -> (Person, Vec<&'static str>) {
        let (person, wrongs) = read(words(Lang::En), &Posted::of(fields), &IdentifyRules::default());
        (person, wrongs.0.iter().map(|w| w.field).collect())
    }

    #[test]
    fn contacts_are_read_as_people_write_them() {
        let (person, wrong) =
            typed(&[("name", " 阿依·古丽\n"), ("email", "Mei＠Mail。Example"), ("phone", "07700 900123")]);
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(person.name, "阿依·古丽");
        assert_eq!(person.email.as_deref(), Some("Mei@mail.example"));
        assert_eq!(person.phone.as_deref(), Some("+447700900123"));
        assert_eq!(typed(&[("name", "A"), ("phone", "+86 138 0013 8000")]).0.phone.as_deref(), Some("+8613800138000"));
    }

    #[test]
    fn nothing_unseen_gets_into_a_person_s_words() {
        let (person, wrong) = typed(&[
            ("name", "Mei\u{202E}niL\0\u{1b}[31m \u{2066}Lin\u{feff}"),
            ("email", "mei@mail.example\r\nBcc: all@mail.example"),
            ("address", "1 Mill\u{202E} Road\r\nLeeds\u{7}"),
        ]);
        assert_eq!(wrong, ["email"]);
        assert_eq!((person.name.as_str(), person.address.as_str()), ("MeiniL [31m Lin", "1 Mill Road\nLeeds"));
        assert_eq!(lines("a\u{200D}b\u{200C}c\n\td"), "a\u{200D}b\u{200C}c\n\td");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert_eq!(typed(&[]).1, ["name", "email"]);
        for email in ["mei", "mei@", "@mail.example", "mei@mail", "a b@c..d", "mei@mail.example, x@y.z", "m@-a.b"] {
            assert_eq!(typed(&[("name", "M"), ("email", email)]).1, ["email"], "{email}");
        }
        for phone in ["12", "call me", "+999 123456"] {
            assert_eq!(typed(&[("name", "M"), ("phone", phone)]).1, ["phone"], "{phone}");
        }
        let long = "长".repeat(NAME_MAX + 1);
        assert_eq!(typed(&[("name", &long), ("email", "a@b.example")]).1, ["name"]);
    }

    #[test]
    fn a_bank_card_number_is_not_kept_in_any_field() {
        let card = "4111 1111 1111 1111";
        let (person, wrong) = typed(&[("name", card), ("phone", card), ("address", card)]);
        assert_eq!(wrong, ["name", "phone", "address"]);
        assert!(![&person.name, &person.address, person.phone.as_ref().unwrap()].iter().any(|t| t.contains("4111")));
    }
}
