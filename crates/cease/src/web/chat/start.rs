//! The way into the chat: a case that exists already, or a declaration in one's own words. What is said
//! first opens the case, and is a declaration like any other: stored, answered with a receipt, never lost.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use case::declaration::STATEMENT_MAX;
use case::identify::{Identified, Unrecognised, identify};
use case::redact::redact;
use case::way::may_withdraw;
use case::{CaseRef, Channel, Declaration, Deed, Flag, Person};
use jiff::SignedDuration;

use super::queue::{Queue, queue};
use crate::act;
use crate::app::Shared;
use crate::chance;
use crate::keys::hex_of;
use crate::web::case::find::recognise;
use crate::web::counter::find::unrecognised;
use crate::web::counter::journey::Wrongs;
use crate::web::counter::you::{half_width, lines, mailbox};
use crate::web::even::even;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};

/// Declarations from one network in an hour; more are taken, and looked at by a person.
const NETWORK_MAX: u32 = 60;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[derive(Template)]
#[template(path = "chat/start.html")]
struct Start {
    p: Page,
    queue: Queue,
    hours: String,
    /// Cases that this browser may see.
    known: Vec<String>,
    sign_in_first: bool,
    typed: Typed,
    token: String,
    errors: Wrongs,
}

#[derive(Default)]
struct Typed {
    reference: String,
    fact: String,
    words: String,
    number: String,
    email: String,
}

impl Start {
    fn state(&self) -> String {
        let l = self.p.l;
        match self.queue.there {
            0 => fl!(l, "chat-nobody"),
            there => fl!(l, "chat-there-text", there = there, others = self.queue.others),
        }
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    show(&app, &visit, Typed::default(), String::new(), Wrongs::default()).await
}

async fn show(app: &Shared, visit: &Visit, typed: Typed, token: String, errors: Wrongs) -> Answer {
    let p = Page::new(app, visit);
    let queue = queue(app, None).await?;
    let known = visit.session.iter().flat_map(|s| s.cases.iter().rev()).map(ToString::to_string).collect();
    let page = Start {
        hours: super::hours(app, &p, queue.there == 0),
        queue,
        known,
        sign_in_first: !visit.has_shown(app, Deed::Declare, None),
        typed,
        token: if token.is_empty() { chance::token() } else { token },
        errors,
        p,
    };
    let status = page.errors.status();
    Ok(html(status, &page))
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    match posted.get("do") {
        "find" => find(&app, &visit, &posted).await,
        "declare" => declare(&app, &visit, &posted).await,
        _ => Err(Trouble::BadRequest),
    }
}

async fn find(app: &Shared, visit: &Visit, posted: &Posted) -> Answer {
    let short = |field: &str| posted.get(field).chars().take(200).collect::<String>();
    let typed = Typed { reference: short("ref"), fact: short("fact"), ..Typed::default() };
    let (p, mut errors) = (Page::new(app, visit), Wrongs::default());
    match recognise(app, visit, &p, posted.get("ref"), posted.get("fact"), &mut errors).await? {
        Some(reference) => Ok(Redirect::to(&format!("/case/{reference}/chat")).into_response()),
        None => Ok(even(show(app, visit, typed, String::new(), errors).await?)),
    }
}

async fn declare(app: &Shared, visit: &Visit, posted: &Posted) -> Answer {
    if !visit.has_shown(app, Deed::Declare, None) {
        return Err(Trouble::SignIn { desk: false });
    }
    // The form's token is this browser's only, so that nobody is shown what another browser declared.
    let token = posted.get("token").chars().take(64).collect::<String>();
    let bound = format!("chat:{}:{token}", hex_of(&visit.session(app).id));
    if let Some(reference) = app.store.declared_with(&bound).await? {
        return enter(app, visit, reference).await;
    }
    let l = Page::new(app, visit).l;
    let mut errors = Wrongs::default();
    let said = lines(posted.get("words"));
    let (words, found) = redact(&said);
    if words.is_empty() {
        errors.add("words", fl!(l, "chat-empty"));
    } else if words.chars().count() > STATEMENT_MAX {
        errors.add("words", fl!(l, "refusal-bad-text"));
    } else if let Some(struck) = struck::said(l, &said, &found) {
        errors.add("words", struck);
    }
    let number = posted.get("number");
    let found = identify(number, &app.policy.identify);
    let secret = matches!(found, Err(Unrecognised::BankCard | Unrecognised::IdentityNumber));
    if let Err(why) = &found {
        errors.add("number", unrecognised(l, why));
    }
    let email = half_width(posted.get("email"));
    let mail = mailbox(&email);
    if !email.is_empty() && mail.is_none() {
        errors.add("email", fl!(l, "you-email-wrong"));
    }
    let found = match found {
        Ok(found) if errors.is_empty() => found,
        Ok(_) | Err(_) => {
            let number = if secret { String::new() } else { number.chars().take(200).collect() };
            let typed = Typed { words, number, email: email.chars().take(200).collect(), ..Typed::default() };
            return show(app, visit, typed, token, errors).await;
        }
    };
    let hit = app.store.hit(&format!("declare:net:{}", visit.network), app.now(), HOUR, NETWORK_MAX).await?;
    let suspect = posted.ticked("website") || !hit.allowed;
    let mut flags = if suspect { vec![Flag::Suspect] } else { Vec::new() };
    // A machine takes nothing for a withdrawal, and says so.
    flags.extend(may_withdraw(&app.policy, &words).then_some(Flag::MayWithdraw));
    let declaration = declaration(app.now(), visit, found, words, mail);
    let case = act::declare(app, &visit.holder(), declaration, flags, Some(&bound)).await?;
    app.store.chat_asked(case.reference, app.now()).await?;
    app.live.queued();
    enter(app, visit, case.reference).await
}

fn declaration(
    now: case::Timestamp,
    visit: &Visit,
    found: Identified,
    words: String,
    email: Option<String>,
) -> Declaration {
    Declaration {
        channel: Channel::Chat,
        lang: visit.lang,
        number: found.id,
        check: found.check,
        person: Person { email, ..Person::default() },
        statement: Some(words),
        files: Vec::new(),
        agreed: None,
        wanted_end: None,
        // Fees and what is on the card are spoken of on the case's own page.
        consent: false,
        backup: false,
        saved: None,
        declared_at: now,
        way: Default::default(),
    }
}

async fn enter(app: &Shared, visit: &Visit, reference: CaseRef) -> Answer {
    visit.change(app, |session| Visit::grant(session, reference)).await?;
    Ok(Redirect::to(&format!("/case/{reference}/chat")).into_response())
}
