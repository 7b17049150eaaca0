//! "Is it you?": a code to a contact that is bound to the card's account, for a declaration being
//! made (`?next=`) or for a case (`?for=`). The pages read the same whether the card is known or
//! not, and never show a contact. Whoever cannot get a code goes on without: a declaration is taken
//! as it is, and a case is given to a person.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};
use case::{AccountId, Actor, Assurance, CaseRef, Command, Deed, Level, Refusal};
use store::Account;

use super::draft::Draft;
use super::journey::Wrongs;
use super::sign_in::see_other;
use crate::account::{self, CodeAnswer, Contact};
use crate::act::{self, ActError};
use crate::app::{App, Shared};
use crate::web::even::even;
use crate::web::next::{local, query, with_query};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Where a confirmed declaration goes on.
const ON: &str = "/cancel/statement";

/// What is being confirmed, as the addresses of these pages carry it.
struct About {
    next: String,
    case: Option<CaseRef>,
}

impl About {
    fn read(get: impl Fn(&str) -> String, visit: &Visit) -> Result<Self, Trouble> {
        let (next, wanted) = (get("next"), get("for"));
        if wanted.is_empty() {
            return Ok(Self { next: local(&next, ON).to_owned(), case: None });
        }
        let reference: CaseRef = wanted.parse().map_err(|_| Trouble::NotFound)?;
        // Who has not shown the case's second fact is told nothing of it.
        let known = visit.session.as_ref().is_some_and(|s| s.cases.contains(&reference) || s.account.is_some());
        if known { Ok(Self { next: String::new(), case: Some(reference) }) } else { Err(Trouble::NotFound) }
    }

    fn reference(&self) -> String {
        self.case.map(|r| r.to_string()).unwrap_or_default()
    }

    fn path(&self, path: &str, sent: &str, by: &str) -> String {
        let next = if self.case.is_some() { "" } else { self.next.as_str() };
        with_query(path, &[("next", next), ("for", &self.reference()), ("by", by), ("sent", sent)])
    }

    /// The page as it can be asked for again, in the other language: what was posted to has nothing in its address.
    fn page(&self, app: &Shared, visit: &Visit, sent: &str, by: &str) -> Page {
        let mut p = Page::new(app, visit);
        p.query = self.path("", sent, by).trim_start_matches('?').to_owned();
        p
    }

    fn purpose(&self) -> String {
        self.case.map_or_else(|| "prove".to_owned(), |r| format!("case:{r}"))
    }

    fn done(&self) -> String {
        self.case.map_or_else(|| self.next.clone(), |r| format!("/case/{r}"))
    }

    /// The account whose contacts count; none where the card is not known.
    async fn account(&self, app: &App, visit: &Visit) -> Result<Option<Account>, Trouble> {
        let id = match self.case {
            Some(reference) => {
                let case = app.store.case(reference).await?.filter(|c| visit.may_see(c)).ok_or(Trouble::NotFound)?;
                case.account
            }
            None => {
                let Some(draft) = visit.session.as_ref().and_then(Draft::of) else { return Ok(None) };
                let Ok(found) = draft.identified(app) else { return Ok(None) };
                act::record(app, &found.id, &draft.person).await?.map(|r| r.card.account)
            }
        };
        Ok(match id {
            Some(id) => app.store.account(id).await?,
            None => None,
        })
    }
}

#[derive(Template)]
#[template(path = "counter/confirm.html")]
struct Choose {
    p: Page,
    about: About,
    wrongs: Wrongs,
    sent: String,
    /// This browser has shown just now that it is the holder's: a press of a button will do.
    proven: bool,
    /// It is signed in as the holder, though not just now: how they signed in will do.
    signed_in: bool,
}

impl Choose {
    /// To show again who one is, and back here.
    fn again(&self) -> String {
        with_query("/account/confirm", &[("next", &self.about.path("/confirm", &self.sent, ""))])
    }

    fn back(&self) -> String {
        self.about.case.map_or_else(|| "/cancel/you".to_owned(), |r| format!("/case/{r}"))
    }
}

/// Whether this browser's proof counts for the account at this moment.
fn proves(app: &App, visit: &Visit, account: Option<AccountId>) -> bool {
    visit.has_shown(app, Deed::Cease, account)
}

/// Whether whoever is signed in here is the holder.
fn is_theirs(visit: &Visit, account: Option<&Account>) -> bool {
    visit.account.as_ref().is_some_and(|here| account.is_some_and(|account| account.id == here.id))
}

pub async fn page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let about = About::read(|name| query(&uri, name), &visit)?;
    if about.case.is_none() && visit.session.as_ref().and_then(Draft::of).is_none() {
        return Ok(Redirect::to("/cancel").into_response());
    }
    let account = about.account(&app, &visit).await?;
    let proven = proves(&app, &visit, account.as_ref().map(|a| a.id));
    if proven && about.case.is_none() {
        return Ok(Redirect::to(&about.next).into_response());
    }
    let signed_in = is_theirs(&visit, account.as_ref());
    let (p, sent) = (Page::new(&app, &visit), query(&uri, "sent"));
    let page = Choose { p, about, wrongs: Wrongs::default(), sent, proven, signed_in };
    Ok(html(StatusCode::OK, &page))
}

/// Sends a code, the first or another.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let about = About::read(|name| posted.get(name).to_owned(), &visit)?;
    let account = about.account(&app, &visit).await?;
    if posted.get("by") == "session" && proves(&app, &visit, account.as_ref().map(|a| a.id)) {
        prove(&app, &about, &visit.holder()).await?;
        return Ok(Redirect::to(&about.done()).into_response());
    }
    let Some(contact) = Contact::from_form(posted.get("by")) else {
        let sent = posted.get("sent").to_owned();
        let p = about.page(&app, &visit, &sent, "");
        let wrongs = Wrongs::one("by", fl!(p.l, "confirm-by-missing"));
        let signed_in = is_theirs(&visit, account.as_ref());
        let page = Choose { p, about, wrongs, sent, proven: false, signed_in };
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let id = account::send_code(&app, &visit, account.as_ref(), contact, &about.purpose()).await?;
    let sent = id.before(posted.get("sent"));
    Ok(even(Redirect::to(&about.path("/confirm/code", &sent, contact.as_str())).into_response()))
}

#[derive(Template)]
#[template(path = "counter/confirm_code.html")]
struct Type {
    p: Page,
    about: About,
    wrongs: Wrongs,
    sent: String,
    by: String,
    other: &'static str,
}

impl Type {
    fn new(p: Page, about: About, sent: String, by: &str, wrongs: Wrongs) -> Self {
        let contact = Contact::from_form(by).unwrap_or(Contact::Email);
        let other = if contact == Contact::Email { Contact::Phone } else { Contact::Email };
        Self { p, about, wrongs, sent, by: contact.as_str().to_owned(), other: other.as_str() }
    }

    fn back(&self) -> String {
        self.about.path("/confirm", &self.sent, "")
    }
}

pub async fn code_page(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let about = About::read(|name| query(&uri, name), &visit)?;
    let (sent, by) = (query(&uri, "sent"), query(&uri, "by"));
    if sent.is_empty() {
        return Ok(Redirect::to(&about.path("/confirm", "", "")).into_response());
    }
    Ok(html(StatusCode::OK, &Type::new(Page::new(&app, &visit), about, sent, &by, Wrongs::default())))
}

pub async fn code_post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let about = About::read(|name| posted.get(name).to_owned(), &visit)?;
    let sent = posted.get("sent").to_owned();
    if account::digits(posted.get("code")).is_none() {
        // No code at all, and no try: it tells nothing of the one that was sent.
        let p = about.page(&app, &visit, &sent, posted.get("by"));
        let wrongs = Wrongs::one("code", fl!(p.l, "confirm-six"));
        let page = Type::new(p, about, sent, posted.get("by"), wrongs);
        return Ok(even(html(StatusCode::UNPROCESSABLE_ENTITY, &page)));
    }
    let answer = account::answer_code(&app, &visit, &sent, posted.get("code"), &about.purpose()).await?;
    let p = about.page(&app, &visit, &sent, posted.get("by"));
    let text = match answer {
        CodeAnswer::Right(account) => {
            let cookie = account::remember_proof(&app, &visit, account).await?;
            let assurance = Assurance::shown(Level::Code, account, app.now());
            let actor = Actor::Holder { account: visit.account.as_ref().map(|a| a.id), assurance };
            prove(&app, &about, &actor).await?;
            return Ok(see_other(&about.done(), cookie));
        }
        CodeAnswer::Wrong { tries_left } => fl!(p.l, "confirm-wrong", left = tries_left),
        CodeAnswer::Gone => fl!(p.l, "confirm-gone"),
    };
    let page = Type::new(p, about, sent, posted.get("by"), Wrongs::one("code", text));
    Ok(even(html(StatusCode::UNPROCESSABLE_ENTITY, &page)))
}

/// Shows the proof to the case. A case that has moved on no longer needs it.
async fn prove(app: &App, about: &About, actor: &Actor) -> Result<(), Trouble> {
    let Some(reference) = about.case else { return Ok(()) };
    match act::act(app, reference, actor, &Command::Prove).await {
        Ok(_) | Err(ActError::Refused(Refusal::WrongStage { .. } | Refusal::AlreadyCeased | Refusal::TooLate)) => {
            Ok(())
        }
        Err(e) => Err(e.into()),
    }
}

/// "I cannot receive a code."
pub async fn without(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let about = About::read(|name| posted.get(name).to_owned(), &visit)?;
    match about.case {
        Some(reference) => {
            app.store.case(reference).await?.filter(|c| visit.may_see(c)).ok_or(Trouble::NotFound)?;
            match act::act(&app, reference, &visit.holder(), &Command::WantPerson).await {
                // One that has moved on is with a person already, or needs none.
                Ok(_) | Err(ActError::Refused(Refusal::WrongStage { .. })) => {}
                Err(e) => return Err(e.into()),
            }
        }
        None => {
            let draft = visit.session.as_ref().and_then(Draft::of);
            let Some(mut draft) = draft else { return Ok(Redirect::to("/cancel").into_response()) };
            draft.unconfirmed = true;
            visit.change(&app, |session| draft.keep(session)).await?;
        }
    }
    Ok(Redirect::to(&about.done()).into_response())
}

#[cfg(test)]
mod tests;
