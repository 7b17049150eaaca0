//! Which card: one field that takes whatever number a person finds on it, or their own cards when
//! they are signed in. It never says whether there is such a card; whoever declares finds out later,
//! once they have shown who they are.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use case::identify::{Check, Identified, Unrecognised};
use case::redact::redact;
use case::rules::Shape;

use crate::app::Shared;
use crate::web::counter::draft::{Draft, Step};
use crate::web::counter::form;
use crate::web::counter::journey::{self, Back, Own, Wrongs, own_cards};
use crate::web::{Answer, Page, Posted, Visit, html};
use crate::words::Words;

#[derive(Template)]
#[template(path = "counter/find.html")]
struct Find {
    p: Page,
    wrongs: Wrongs,
    number: String,
    /// A number whose check digit fails, as it would be taken all the same.
    anyway: String,
    own: Vec<Own>,
    back: Back,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Query(back): Query<Back>) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::Find).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if app.policy.journey.shape != Shape::Steps {
        return Ok(form::page(&app, &visit, &draft).await);
    }
    show(&app, &visit, Wrongs::default(), draft.number, String::new(), back).await
}

async fn show(app: &Shared, visit: &Visit, wrongs: Wrongs, number: String, anyway: String, back: Back) -> Answer {
    let p = Page::new(app, visit);
    let own = own_cards(app, visit, p.l).await?;
    Ok(html(wrongs.status(), &Find { wrongs, number, anyway, own, back, p }))
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::Find).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if app.policy.journey.shape != Shape::Steps {
        return form::send(app, visit, posted, draft).await;
    }
    let l = Page::new(&app, &visit).l;
    let back = Back::of(posted.get("back"));
    if let Some(number) = own_number(&app, &visit, posted.get("own")).await? {
        return keep(&app, &visit, draft, number, &back).await;
    }
    let number = posted.raw("number").trim().to_owned();
    let mut wrongs = Wrongs::default();
    match case::identify::identify(&number, &app.policy.identify) {
        Ok(found) if found.check == Check::Failed && posted.get("anyway") != found.id.normalised() => {
            wrongs.add("number", check_failed(l, &found));
            let anyway = found.id.normalised().to_owned();
            show(&app, &visit, wrongs, number, anyway, back).await
        }
        Ok(_) => keep(&app, &visit, draft, number, &back).await,
        Err(why) => {
            let typed = as_typed(&number, &why);
            // The pictures are on this page alone.
            let text = if why == Unrecognised::Empty { fl!(l, "number-empty-pictures") } else { unrecognised(l, &why) };
            wrongs.add("number", text);
            show(&app, &visit, wrongs, typed, String::new(), back).await
        }
    }
}

/// A number that is none, as it is shown again and, with the rest of a form, may be kept: without what must not be,
/// whichever disguise it has.
pub(super) fn as_typed(number: &str, why: &Unrecognised) -> String {
    if why.is_secret() { String::new() } else { redact(number).0.chars().take(200).collect() }
}

async fn keep(
    app: &Shared,
    visit: &Visit,
    mut draft: Draft,
    number: String,
    back: &Back,
) -> Result<Response, crate::web::Trouble> {
    draft.number = number;
    journey::keep(app, visit, &draft).await?;
    // Another card may cost something else and belong to somebody else; the next page sees to it.
    Ok(journey::to(if back.to_check() { draft.lacks(app) } else { Step::You }))
}

/// The number of one of the signed-in person's own cards.
pub(super) async fn own_number(
    app: &Shared,
    visit: &Visit,
    chosen: &str,
) -> Result<Option<String>, crate::web::Trouble> {
    let (Some(account), Ok(card)) = (&visit.account, chosen.parse()) else { return Ok(None) };
    let card = app.store.card(card).await?.filter(|c| c.account == account.id);
    Ok(card.map(|c| journey::number_of(app, &c)))
}

pub fn check_failed(l: &Words, found: &Identified) -> String {
    let number = found.id.grouped();
    fl!(l, "number-check-failed", number = number)
}

/// Why it is no number of a card, and what to do.
pub fn unrecognised(l: &Words, why: &Unrecognised) -> String {
    match why.clone() {
        Unrecognised::Empty => fl!(l, "number-empty"),
        Unrecognised::TooShort { digits } => fl!(l, "number-too-short", digits = digits),
        Unrecognised::TooLong { .. } => fl!(l, "number-too-long"),
        Unrecognised::NoSuchLength { digits } => fl!(l, "number-no-such-length", digits = digits),
        Unrecognised::WrongLength { kind, digits } => {
            let kind = l.get(&format!("kind-{kind}"));
            fl!(l, "number-wrong-length", kind = kind, digits = digits)
        }
        Unrecognised::NotAnIccid => fl!(l, "number-not-an-iccid"),
        Unrecognised::NotAPhoneNumber => fl!(l, "number-not-a-phone-number"),
        Unrecognised::NotANumber => fl!(l, "number-not-a-number"),
        Unrecognised::Rounded => fl!(l, "number-rounded"),
        Unrecognised::ActivationCode => fl!(l, "number-activation-code"),
        Unrecognised::BankCard => fl!(l, "number-bank-card"),
        Unrecognised::IdentityNumber => fl!(l, "number-identity-number"),
    }
}
