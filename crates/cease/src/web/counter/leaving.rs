//! Before you go: what is lost with the card, and which services still hang on its number. What is ticked off stays
//! in the browser; without script the page is a list to print.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use case::identify::grouped_phone;
use case::{CardRecord, Case, Deed};

use crate::app::Shared;
use crate::keys::hex_of;
use crate::web::case::Seen;
use crate::web::{Answer, Page, Visit, html};

/// One thing to do: under which name its tick is kept, what, and how.
struct Item {
    id: &'static str,
    text: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "counter/leaving.html")]
struct Leaving {
    p: Page,
    reference: Option<String>,
    /// Under which name the browser keeps the ticks: one list a case.
    key: String,
    number: String,
    card: Vec<Item>,
    services: Vec<Item>,
    count: usize,
}

/// What the card is known to be; without one, what any card may be.
#[derive(Clone, Copy)]
struct Known {
    esim: bool,
    router: bool,
    number: bool,
    credit: bool,
}

impl Known {
    const ANY: Known = Known { esim: true, router: true, number: true, credit: true };

    fn of(card: &CardRecord) -> Self {
        let product = card.product.to_lowercase();
        let named = |words: &[&str]| words.iter().any(|word| product.contains(word));
        Self {
            esim: card.eid.is_some() || named(&["esim"]),
            router: card.must_return || card.imei.is_some() || named(&["router", "hub", "stick", "mifi", "路由"]),
            number: card.msisdn.is_some(),
            credit: card.credit.as_ref().is_some_and(|credit| credit.minor > 0),
        }
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    Ok(html(StatusCode::OK, &leaving(p, None, "any".into(), Known::ANY, String::new())))
}

/// What is on record of the card is for its holder; for others the list is the one for any card.
pub async fn of_case(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let p = Page::new(&app, &visit);
    let shown = case.subscription.as_ref().filter(|_| visit.has_shown(&app, Deed::Record, case.account));
    let card = match shown {
        Some(subscription) => app.store.card(subscription.card).await?,
        None => None,
    };
    let known = card.as_ref().map_or(Known::ANY, Known::of);
    let number = card.and_then(|card| card.msisdn).map_or_else(String::new, |number| grouped_phone(&number));
    // Who else sits at this browser learns from the name of the list not even which case it is.
    let key = hex_of(&app.keys.mac("leaving", &[case.reference.to_string().as_bytes()])[..8]);
    Ok(html(StatusCode::OK, &leaving(p, Some(&case), key, known, number)))
}

fn leaving(p: Page, case: Option<&Case>, key: String, known: Known, number: String) -> Leaving {
    let item =
        |id: &'static str| Item { id, text: p.t(&format!("ways-go-{id}")), hint: p.t(&format!("ways-go-{id}-hint")) };
    let of_card = [
        ("messages", true),
        ("storage", known.router),
        ("settings", known.router),
        ("voicemail", known.number),
        ("esim", known.esim),
        ("credit", known.credit),
        ("bills", true),
    ];
    let card: Vec<Item> = of_card.into_iter().filter(|(_, on)| *on).map(|(id, _)| item(id)).collect();
    let services = ["banks", "messengers", "codes", "doctors", "work", "shops", "people"];
    // A number that moves along still gets the codes that are sent to it.
    let ends = known.number && case.is_none_or(|case| !case.keeps_number());
    let services: Vec<Item> = services.into_iter().filter(|_| ends).map(item).collect();
    Leaving {
        reference: case.map(|case| case.reference.to_string()),
        key,
        number,
        count: card.len() + services.len(),
        card,
        services,
        p,
    }
}
