//! Where a person arrives: what it takes, what it costs, how long, before anything is asked.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::web::counter::draft::Draft;
use crate::web::counter::journey::{Offer, Own, offer, own_cards};
use crate::web::{Answer, Page, Visit, html};
use case::Deed;

#[derive(Template)]
#[template(path = "counter/start.html")]
struct Start {
    p: Page,
    offer: Offer,
    hours: i64,
    own: Vec<Own>,
    /// Where the draft in this browser goes on.
    resume: Option<&'static str>,
    sign_in_required: bool,
    hotline: String,
    mailbox: String,
    /// The hotline has a menu whose keys a page shows.
    speaks: bool,
    /// When a person answers.
    answers: String,
}

impl Start {
    fn tel(&self) -> String {
        self.hotline.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }

    /// Every fee with its condition, in words.
    fn cost(&self) -> String {
        let l = self.p.l;
        let sum = self.p.money(&self.offer.most);
        if self.offer.term_unknown {
            fl!(l, "start-cost-term")
        } else if self.offer.most.is_zero() {
            fl!(l, "start-cost-nothing")
        } else if self.offer.only_if_returned {
            fl!(l, "start-cost-if-returned", sum = sum)
        } else if self.offer.at_most() {
            fl!(l, "start-cost-at-most", sum = sum)
        } else {
            sum
        }
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    let desk = &app.config.desk;
    let resume = visit.session.as_ref().and_then(Draft::of).filter(Draft::is_begun);
    let resume = resume.map(|draft| draft.lacks(&app).path());
    let page = Start {
        offer: offer(&app, visit.lang, None, None),
        hours: i64::from(app.policy.review_hours),
        own: own_cards(&app, &visit, p.l).await?,
        resume,
        sign_in_required: !visit.has_shown(&app, Deed::Declare, None),
        hotline: desk.hotline.clone(),
        mailbox: desk.mailbox.clone(),
        speaks: app.config.voice.as_ref().is_some_and(|voice| voice.menu.as_os_str().is_empty()),
        answers: desk.hours_in(visit.lang).to_owned(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}
