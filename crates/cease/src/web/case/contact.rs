//! Is it us that the holder is talking to? Their page of the case says so, by the contact there is now and by the
//! desk's calendar; on the phone it shows what to read out and what must be read back. Whoever may not see the
//! case's status may not see this.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use case::{Case, Entry};
use store::{StoreError, Way};

use super::Seen;
use crate::app::Shared;
use crate::contact::{self, Codes};
use crate::hallmark;
use crate::web::{Answer, Page, Visit, html};

#[derive(Template)]
#[template(path = "case/contact.html")]
struct ContactPage {
    p: Page,
    reference: String,
    contact: Now,
}

/// What is so now, in a holder's words.
pub struct Now {
    /// As `parts::notice` knows them.
    pub kind: &'static str,
    pub title: String,
    pub text: String,
    pub talking: bool,
    pub spoken: Option<Spoken>,
    /// That codes were compared, and when.
    pub compared: Option<String>,
    /// Of whoever talks to them.
    pub agent: Option<String>,
    /// A call that was promised, or that none was.
    pub call: (bool, String),
    /// Changes where what is shown does; and after how many seconds it may.
    pub key: String,
    pub seconds: i64,
}

/// What is to be read out, or to be heard.
pub struct Spoken {
    pub title: String,
    pub digits: Vec<char>,
    pub text: String,
}

impl Now {
    pub async fn of(app: &Shared, p: &Page, case: &Case, journal: &[Entry]) -> Result<Self, StoreError> {
        let (l, now) = (p.l, app.now());
        let call = match contact::promised(journal, now) {
            Some(call) => {
                let (from, until) = (p.moment(&call.from), p.moment(&call.until));
                (true, fl!(l, "contact-call", from = from, until = until))
            }
            None => (false, fl!(l, "contact-no-call")),
        };
        let nobody = |kind, title: String, text, key: &str| Self {
            kind,
            title,
            text,
            talking: false,
            spoken: None,
            compared: None,
            agent: None,
            key: format!("{key} {}", call.1),
            call: call.clone(),
            seconds: 0,
        };
        let Some(contact) = app.store.contact(case.reference, now).await? else {
            let hours = &app.policy.desk_hours;
            return Ok(if hours.is_open(now) {
                let text = fl!(l, "contact-not-text", operator = p.operator.as_str());
                nobody("danger", fl!(l, "contact-not"), text, "not")
            } else {
                let opens = p.moment(&hours.next_opening(now));
                nobody("danger", fl!(l, "contact-closed"), fl!(l, "contact-closed-text", at = opens), "closed")
            });
        };
        let staff = app.store.account(contact.staff).await?.map(|account| account.person.name).unwrap_or_default();
        let who = first_name(&staff);
        let at = p.moment(&contact.opened);
        let text = match contact.way {
            Way::Chat => fl!(l, "contact-by-chat", at = at.as_str(), who = who),
            Way::RangUs => fl!(l, "contact-rang-us", at = at.as_str()),
            Way::WeRang => fl!(l, "contact-we-rang", at = at.as_str()),
        };
        let (spoken, left) = match contact::codes(app, &contact) {
            Codes::Theirs { code, left } => (
                Spoken {
                    title: fl!(l, "contact-theirs", who = who),
                    digits: code.chars().collect(),
                    text: fl!(l, "contact-theirs-text", who = who),
                },
                left,
            ),
            Codes::Ours { code, left } => (
                Spoken {
                    title: fl!(l, "contact-ours", who = who),
                    digits: code.chars().collect(),
                    text: fl!(l, "contact-ours-text"),
                },
                left,
            ),
        };
        let compared = contact.used.map(|(_, at)| fl!(l, "contact-compared", who = who, at = p.moment(&at)));
        let digits: String = spoken.digits.iter().collect();
        Ok(Self {
            kind: "done",
            title: fl!(l, "contact-talking", who = who),
            text,
            talking: true,
            key: format!("{digits} {at} {}", spoken.title),
            spoken: Some(spoken),
            compared,
            agent: Some(hallmark::agent::of(&app.keys, &contact)),
            call,
            seconds: left.as_secs() + 1,
        })
    }
}

/// A member of staff as a holder knows them: by what stands before the first space.
fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or("–")
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let p = Page::new(&app, &visit);
    let journal = app.store.journal(case.reference).await?;
    let contact = Now::of(&app, &p, &case, &journal).await?;
    Ok(html(StatusCode::OK, &ContactPage { reference: case.reference.to_string(), contact, p }))
}
