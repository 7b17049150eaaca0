//! Mending what was given: the card's number, the name, where the holder can be reached. What is on
//! record is never shown; a page can only say what differs. A cancellation that its holder has proven is mended by
//! who shows the same again, and whoever has shown nothing cannot try number after number.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::identify::{Check, Identified, IdentifyRules, Unrecognised, identify};
use case::redact::redact;
use case::{Case, Command, Deed, Need, Person, Stage};
use jiff::SignedDuration;

use super::{Seen, Wrongs, ask, is_anothers, keys, show_first, status_of, wrong};
use crate::app::Shared;
use crate::web::counter::{find, you};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Other numbers given within an hour, for one case and from one network.
const PER_CASE: u32 = 10;
const PER_NETWORK: u32 = 60;

#[derive(Template)]
#[template(path = "case/correct.html")]
struct Correct {
    p: Page,
    reference: String,
    number: String,
    name: String,
    address: String,
    email: String,
    phone: String,
    /// A number whose check digit fails, to be sent once more if it is what the card says.
    anyway: String,
    differs: Vec<String>,
    /// It was sent as it stood, and nothing came of it.
    unchanged: bool,
    errors: Wrongs,
}

fn form(p: Page, case: &Case, number: &str, person: &Person, errors: Wrongs) -> Correct {
    let differs = if case.proven { case.report.differing().collect() } else { Vec::new() };
    Correct {
        reference: case.reference.to_string(),
        number: number.to_owned(),
        name: person.name.clone(),
        address: person.address.clone(),
        email: person.email.clone().unwrap_or_default(),
        phone: person.phone.clone().unwrap_or_default(),
        anyway: String::new(),
        differs: differs.into_iter().map(|field| p.t(&keys::field(field))).collect(),
        unchanged: false,
        errors,
        p,
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    if is_anothers(&app, &visit, &case) {
        return Ok(show_first(&app, Deed::Cease, &case));
    }
    if !matches!(case.stage, Stage::Received { .. } | Stage::Review { .. } | Stage::Refused { .. }) {
        return Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response());
    }
    let p = Page::new(&app, &visit);
    Ok(html(StatusCode::OK, &form(p, &case, &case.number.grouped(), &case.person, Wrongs::default())))
}

pub async fn correct(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    if is_anothers(&app, &visit, &case) {
        return Ok(show_first(&app, Deed::Cease, &case));
    }
    let p = Page::new(&app, &visit);
    let rules = &app.policy.identify;
    let typed = posted.get("number").to_owned();
    // Whoever declared for another has given their own contact, and need not know the holder's.
    let read = if case.declaration.way.behalf.is_some() { you::read_letter } else { you::read };
    let (person, mistakes) = read(p.l, &posted, rules);
    let (mut errors, mut anyway) = (Wrongs::default(), String::new());
    let found = number(&case, &typed, rules);
    match &found {
        Err(why) => errors.add("number", find::unrecognised(p.l, why)),
        Ok(f) if f.check == Check::Failed && posted.get("anyway") != f.id.normalised() => {
            anyway = f.id.normalised().to_owned();
            errors.add("number", find::check_failed(p.l, f));
        }
        Ok(_) => {}
    }
    errors.0.extend(mistakes.0);
    let (Ok(found), true) = (found, errors.is_empty()) else {
        // What looked like a bank card is neither kept nor shown again.
        let typed = redact(&typed).0;
        let page = Correct { anyway, ..form(p, &case, &typed, &person, errors) };
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let other = found.id != case.number;
    let same = !other && person == case.person;
    let command = Command::Correct { number: found.id, check: found.check, person: person.clone() };
    if same && super::is_again(&app, &case, &command).await? {
        return Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response());
    }
    if same && is_settled(&case, visit.proves(&app, case.account)) {
        let page = Correct { unchanged: true, ..form(p, &case, &typed, &person, errors) };
        return Ok(html(StatusCode::OK, &page));
    }
    if other && !visit.has_shown(&app, Deed::Record, case.account) {
        let keys = [
            (format!("correct:{}", case.reference), PER_CASE),
            (format!("correct:net:{}", visit.network), PER_NETWORK),
        ];
        for (key, max) in keys {
            let hit = app.store.hit(&key, app.now(), HOUR, max).await?;
            if !hit.allowed {
                return Err(Trouble::TooMany { seconds: hit.until.duration_since(app.now()).as_secs().max(1) });
            }
        }
    }
    match ask(&app, &visit, &case, &command).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response()),
        Err(refusal) => {
            let errors = wrong("number", p.t(refusal.key()));
            Ok(html(status_of(&refusal), &form(p, &case, &typed, &person, errors)))
        }
    }
}

/// What stands in it needs nobody's word. Where the desk has asked for it, or no card was found, or its holder says it for
/// the first time, sending it as it stands is an answer.
fn is_settled(case: &Case, by_holder: bool) -> bool {
    let open = matches!(case.stage, Stage::Received { .. } | Stage::Review { .. });
    // Whether a card was found, a stranger is not to learn from the answer.
    let found = case.may_be_a_strangers() || case.subscription.is_some();
    open && found && !case.asked.contains(&Need::Match) && (case.vouched || !by_holder)
}

/// The number as typed; what stood there already is taken as it was, and not judged again.
fn number(case: &Case, typed: &str, rules: &IdentifyRules) -> Result<Identified, Unrecognised> {
    let bare = typed.trim_start_matches('…').trim();
    if bare == case.number.grouped().trim_start_matches('…').trim() {
        return Ok(Identified { id: case.number.clone(), check: Check::None });
    }
    identify(bare, rules)
}
