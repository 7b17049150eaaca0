//! Where a person arrives: what it takes, what it costs, how long, before anything is asked.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::{App, Shared};
use crate::web::counter::draft::Draft;
use crate::web::counter::journey::{Offer, Own, offer, own_cards};
use crate::web::{Answer, Page, Visit, html};
use case::Deed;

#[derive(Template)]
#[template(path = "counter/start.html")]
struct Start {
    p: Page,
    offer: Offer,
    /// How long it takes.
    takes: String,
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
    /// What a call costs; empty where the operator says nothing of it.
    charge: String,
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
        takes: takes(&app, &p),
        own: own_cards(&app, &visit, p.l).await?,
        resume,
        sign_in_required: !visit.has_shown(&app, Deed::Declare, None),
        hotline: desk.hotline.clone(),
        mailbox: desk.mailbox.clone(),
        speaks: app.config.voice.as_ref().is_some_and(|voice| voice.menu.as_os_str().is_empty()),
        answers: desk.hours_in(visit.lang).to_owned(),
        charge: desk.hotline_charge_in(visit.lang).to_owned(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Hours in which the desk is open tell nobody by when: the day and the time do.
fn takes(app: &App, p: &Page) -> String {
    match app.policy.review_open_hours {
        Some(_) => fl!(p.l, "start-takes-open", at = p.moment(&app.policy.promised(app.now()))),
        None => fl!(p.l, "start-takes-text", hours = app.policy.review_hours),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{self, Browser};

    #[tokio::test]
    async fn an_answer_within_open_hours_is_promised_by_its_day_and_time() {
        let (app, _dir) = testing::app().await;
        assert!(Browser::new(&app).await.get("/").await.body.contains("otherwise you hear within 24 hours"));
        // A Sunday: eight hours of this desk are over on Monday evening, or on Tuesday.
        let (app, _dir) = testing::app_with(|policy| policy.review_open_hours = Some(8)).await;
        let by = crate::words::moment(case::Lang::En, app.policy.promised(app.now()), &app.policy.zone());
        let page = Browser::new(&app).await.get("/").await.body;
        assert!(page.contains(&format!("if you send it now, you hear by {by}")), "{by}: {page}");
        assert!(!page.contains("within 24 hours"));
    }
}
