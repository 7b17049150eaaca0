//! Moving to another network: what the codes are, and what leaving costs, for who only wants to know (INFO).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::sms::Switching;
use crate::web::counter::draft::Draft;
use crate::web::counter::journey::{self, Offer};
use crate::web::{Answer, Page, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "counter/switching.html")]
struct SwitchingPage {
    p: Page,
    offer: Offer,
    /// What is left on the card, for its proven holder.
    credit: Option<String>,
    proven: bool,
    days: u32,
    /// Where people can text to.
    texts: Option<Switching>,
    /// There is a declaration to go on with.
    draft: bool,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    if !app.policy.journey.switching.offered {
        return Err(Trouble::NotFound);
    }
    let p = Page::new(&app, &visit);
    let draft = visit.session.as_ref().and_then(Draft::of);
    let record = match &draft {
        Some(draft) => journey::proven(&app, &visit, draft).await?,
        None => None,
    };
    let page = SwitchingPage {
        offer: journey::offer_moving(&app, p.language, record.as_ref()),
        credit: record.as_ref().and_then(|record| record.card.credit.as_ref()).map(|credit| p.money(credit)),
        proven: record.is_some(),
        days: app.policy.clocks.codes.days,
        texts: app.config.sms.switching.clone(),
        draft: draft.is_some(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}
