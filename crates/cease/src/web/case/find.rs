//! Where a case is asked for: its reference and a second fact that only its holder has to hand. An
//! unknown reference and a wrong fact give the same answer, at the same time.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::matching::{self, Verdict};
use case::{Case, CaseRef, Person, Policy};
use jiff::SignedDuration;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::Wrongs;
use crate::app::Shared;
use crate::web::even::even;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Tries in a window, for one reference and from one network, and in a day for one reference.
const PER_CASE: u32 = 10;
const PER_NETWORK: u32 = 40;
const PER_CASE_A_DAY: u32 = 20;
/// Digits or letters of a card's number that count as knowing it, while the card has not ended.
const LAST: usize = 6;

#[derive(Template)]
#[template(path = "case/find.html")]
struct Find {
    p: Page,
    reference: String,
    fact: String,
    /// Cases that this browser may see already.
    known: Vec<String>,
    errors: Wrongs,
    title: String,
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default, rename = "ref")]
    reference: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let p = Page::new(&app, &visit);
    Ok(html(StatusCode::OK, &find(p, &visit, &asked.reference, "", Wrongs::default())))
}

fn find(p: Page, visit: &Visit, reference: &str, fact: &str, errors: Wrongs) -> Find {
    let title = fl!(p.l, "case-find-title");
    let known = visit.session.iter().flat_map(|s| s.cases.iter().rev()).map(ToString::to_string).collect();
    let short = |text: &str| text.chars().take(200).collect::<String>();
    Find { reference: short(reference), fact: short(fact), known, errors, title, p }
}

pub async fn look(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let (typed, fact) = (posted.get("ref"), posted.get("fact"));
    let p = Page::new(&app, &visit);
    let mut errors = Wrongs::default();
    match recognise(&app, &visit, &p, typed, fact, &mut errors).await? {
        Some(reference) => Ok(Redirect::to(&format!("/case/{reference}")).into_response()),
        None => Ok(even(html(StatusCode::UNPROCESSABLE_ENTITY, &find(p, &visit, typed, fact, errors)))),
    }
}

/// Lets this browser see the case whose reference and second fact were typed, or says what is wrong.
pub async fn recognise(
    app: &Shared,
    visit: &Visit,
    p: &Page,
    typed: &str,
    fact: &str,
    errors: &mut Wrongs,
) -> Result<Option<CaseRef>, Trouble> {
    let reference = typed.parse::<CaseRef>();
    if reference.is_err() {
        errors.add("ref", fl!(p.l, "case-find-bad-ref"));
    }
    if fact.is_empty() {
        errors.add("fact", fl!(p.l, "case-find-no-fact"));
    }
    let Some(reference) = reference.ok().filter(|_| errors.is_empty()) else {
        return Ok(None);
    };
    let now = app.now();
    let limits = [
        (format!("case:net:{}", visit.network), WINDOW, PER_NETWORK),
        (format!("case:ref:{reference}"), WINDOW, PER_CASE),
        (format!("case:ref-day:{reference}"), DAY, PER_CASE_A_DAY),
    ];
    for (key, window, max) in limits {
        let hit = app.store.hit(&key, now, window, max).await?;
        if !hit.allowed {
            return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
        }
    }
    let case = app.store.case(reference).await?;
    // Nothing is left that a second fact could be held against, and nothing that it would protect.
    let gone = case.as_ref().is_some_and(|case| case.erasure.done().is_some());
    let account = match case.as_ref().filter(|case| is_without_contact(case)).and_then(|case| case.account) {
        Some(account) => app.store.account(account).await?,
        None => None,
    };
    if !gone && !knows(case.as_ref(), account.as_ref().map(|account| &account.person), fact, &app.policy) {
        errors.add("ref", fl!(p.l, "case-find-none"));
        return Ok(None);
    }
    visit.change(app, |session| Visit::grant(session, reference)).await?;
    Ok(Some(reference))
}

/// Whether `fact` is an e-mail, a phone number or, while the card has not ended, the end of the card number of this case:
/// its certificate goes to others, and leaves of the number a hundred to try. The comparison is made without a case too,
/// so that its time does not tell.
fn knows(case: Option<&Case>, on_record: Option<&Person>, fact: &str, policy: &Policy) -> bool {
    let nobody = Person { email: Some("nobody@example.com".into()), phone: Some("+44 0".into()), ..Person::default() };
    let person = on_record.or(case.map(|c| &c.person)).unwrap_or(&nobody);
    let held = Person { email: person.email.clone(), phone: person.phone.clone(), ..Person::default() };
    let given = Person { email: Some(fact.to_owned()), phone: Some(fact.to_owned()), ..Person::default() };
    let report = matching::compare(&given, &held, policy.identify.default_region);
    let by = case.and_then(|c| c.declaration.way.behalf.as_ref());
    let by = by.map_or_else(
        || nobody.clone(),
        |by| Person { email: by.email.clone(), phone: by.phone.clone(), ..Person::default() },
    );
    let declares = case.is_some_and(|c| c.declaration.way.behalf.is_some());
    let of_behalf = matching::compare(&given, &by, policy.identify.default_region);
    let fits = |report: &matching::Report| {
        report.iter().any(|(_, verdict)| matches!(verdict, Verdict::Exact | Verdict::Equivalent))
    };
    // Compared in any case, and worth something only where somebody declared for the holder.
    let contact = fits(&report) | (fits(&of_behalf) & declares);
    let number = last(case.map_or("000000000000", |c| c.number.normalised()));
    let card =
        last(fact).is_some_and(|fact| number.is_some_and(|number| fact.as_bytes().ct_eq(number.as_bytes()).into()));
    // Nor as a phone number that was given as a contact: the next holder of the number has it too.
    case.is_some_and(|c| (contact | card) & !(card & c.stage.has_ended()))
}

/// Its card has ended, and who declared gave no contact with it, as by telephone or text, or none but the number that has
/// ended: those on record count. Before the end they do not, or anybody could declare and then try what is on record.
fn is_without_contact(case: &Case) -> bool {
    let phone = case.person.phone.as_deref().filter(|phone| last(phone) != last(case.number.normalised()));
    case.stage.has_ended() && case.person.email.is_none() && phone.is_none()
}

/// The last characters of a number, however it is spaced; none where there are fewer.
fn last(text: &str) -> Option<String> {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    let kept: Vec<char> =
        text.chars().map(narrow).filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    kept.len().checked_sub(LAST).map(|from| kept[from..].iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_number_is_read_as_people_write_it() {
        assert_eq!(last("８９４４ 0000-12 ab"), Some("0012AB".into()));
        assert_eq!(last("12345"), None);
        assert_eq!(last("LK-123456-X"), Some("23456X".into()));
    }
}
