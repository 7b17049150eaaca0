//! Only in the demonstration: what its fake carriers took, and who a visitor may sign in as. It
//! shows one-time codes to anyone, which is why a real desk has no such page.

use std::sync::atomic::Ordering;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::Money;
use reach::billing::Standing;
use reach::shelf::{Kind, Shelved};

use crate::app::{Demo, Shared};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

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
    /// What was typed into the form for a mail, and what is wrong with it.
    letter: Letter,
    /// What the made-up billing system was told and has done.
    bills: Vec<(String, Vec<String>)>,
    /// Whether the network answers nobody.
    silent: bool,
    /// Where an answer goes, by message: taken over into the form.
    desk: String,
}

#[derive(Default)]
struct Letter {
    from: String,
    to: String,
    subject: String,
    text: String,
    error: String,
    said: String,
}

impl Outbox {
    fn is_sms(&self, message: &Shelved) -> bool {
        message.kind == Kind::Sms
    }
}

/// `GET /demo`: the newest message first. `?to=` is an address of a case, to write to.
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let asked = crate::web::desk::Asked::of(query.as_deref());
    let mut letter = Letter { to: asked.get("to").chars().take(200).collect(), ..Letter::default() };
    if !asked.get("sent").is_empty() {
        letter.said = fl!(crate::words::words(visit.lang), "demo-mail-sent");
    }
    shown(&app, &visit, letter, StatusCode::OK)
}

/// `POST /demo/mail`: takes a mail to the desk as if a server had brought it.
pub async fn mail(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    if app.demo.is_none() {
        return Err(Trouble::NotFound);
    }
    let get = |name: &str| posted.get(name).to_owned();
    let desk = app.config.mail.inbox.address.clone();
    let to = Some(get("to")).filter(|to| !to.is_empty()).unwrap_or(desk);
    let letter = Letter { from: get("from"), to, subject: get("subject"), text: get("text"), ..Letter::default() };
    let line = |text: &str| !text.chars().any(char::is_control);
    let sound = line(&letter.from) && line(&letter.to) && line(&letter.subject) && letter.from.contains('@');
    if !sound || letter.text.is_empty() {
        let error = fl!(crate::words::words(visit.lang), "demo-mail-wrong");
        return shown(&app, &visit, Letter { error, ..letter }, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let Letter { from, to, subject, text, .. } = &letter;
    let id = crate::keys::hex_of(&crate::chance::bytes::<8>());
    let raw = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}@demo.example>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    let bytes = raw.len();
    let id = crate::mail::keep(&app, raw.into_bytes(), bytes).await?;
    crate::mail::process(&app, &id).await?;
    Ok(Redirect::to("/demo?sent=1#write").into_response())
}

/// `POST /demo/network`: has the made-up network answer nobody, or all again.
pub async fn network(State(app): State<Shared>, posted: Posted) -> Answer {
    let Some(demo) = &app.demo else { return Err(Trouble::NotFound) };
    demo.silent.store(posted.get("silent") == "yes", Ordering::Relaxed);
    Ok(Redirect::to("/demo#network").into_response())
}

fn shown(app: &Shared, visit: &Visit, letter: Letter, status: StatusCode) -> Answer {
    let Some(demo) = &app.demo else { return Err(Trouble::NotFound) };
    let now = u64::try_from(app.now().as_second()).unwrap_or_default();
    let p = Page::new(app, visit);
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
    let (messages, desk) = (demo.shelf.messages(), app.config.mail.inbox.address.clone());
    let silent = demo.silent.load(Ordering::Relaxed);
    let bills = bills(&p, demo);
    Ok(html(status, &Outbox { p, people, messages, letter, bills, silent, desk }))
}

/// By case, the newest last.
fn bills(p: &Page, demo: &Demo) -> Vec<(String, Vec<String>)> {
    let l = p.l;
    let told = |standing: &Standing| {
        let ended = standing.ended.map(|at| fl!(l, "demo-billing-ended", at = p.moment(&at)));
        let sum = standing.bill.as_ref().and_then(|lines| {
            let currency = &lines.first()?.amount.currency;
            Money::sum(lines.iter().map(|line| &line.amount), currency).ok()
        });
        let bill = sum.map(|sum| fl!(l, "demo-billing-bill", sum = p.money(&sum)));
        let refund = standing.refund.as_ref().map(|paid| {
            fl!(l, "demo-billing-refund", sum = p.money(&paid.amount), reference = paid.reference.as_str())
        });
        [ended, bill, refund].into_iter().flatten().collect()
    };
    let accounts = demo.billing.accounts();
    accounts.iter().map(|(case, account)| (case.to_string(), told(&account.standing))).collect()
}
