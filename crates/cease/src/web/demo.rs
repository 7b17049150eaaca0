//! Only in the demonstration: what its fake carriers took, and who a visitor may sign in as. It
//! shows one-time codes to anyone, which is why a real desk has no such page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use reach::shelf::{Kind, Shelved};

use crate::app::Shared;
use crate::web::{Answer, Page, Trouble, Visit, html};

struct Person {
    part: String,
    name: String,
    username: String,
    password: String,
    /// The authenticator's code at this moment.
    code: String,
}

#[derive(Template)]
#[template(path = "demo.html")]
struct Outbox {
    p: Page,
    people: Vec<Person>,
    messages: Vec<Shelved>,
}

impl Outbox {
    fn is_sms(&self, message: &Shelved) -> bool {
        message.kind == Kind::Sms
    }
}

/// `GET /demo`: the newest message first.
pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let Some(demo) = &app.demo else { return Err(Trouble::NotFound) };
    let now = u64::try_from(app.now().as_second()).unwrap_or_default();
    let p = Page::new(&app, &visit);
    let people = demo
        .people
        .iter()
        .map(|person| Person {
            part: p.t(&format!("demo-part-{}", person.part)),
            name: person.name.clone(),
            username: person.username.clone(),
            password: person.password.clone(),
            code: person.totp_secret.as_deref().and_then(|s| crate::account::totp_now(s, now)).unwrap_or_default(),
        })
        .collect();
    Ok(html(StatusCode::OK, &Outbox { p, people, messages: demo.shelf.messages() }))
}
