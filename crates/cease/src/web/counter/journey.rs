//! What the pages of the declaration share: the order they keep, the draft they fill, what may be
//! shown to whom, and the fees as they stand before anybody has proven anything.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use case::identify::identify;
use case::quote::{Asked, Line, quote};
use case::rules::Shape;
use case::{CardRecord, CardState, CaseRef, Deed, Lang, Money, Record};
use jiff::civil::Date;
use serde::Deserialize;

use crate::act;
use crate::app::{App, Shared};
use crate::fees::{self, Sheet};
use crate::web::counter::draft::{Draft, Step};
use crate::web::trouble::Trouble;
use crate::web::{Page, Posted, Visit, html, unsent};
use crate::words::{self, Words, words};

/// `?back=check` on a page that "Change" has opened: it leads straight back there.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    pub back: String,
}

impl Back {
    pub fn of(text: &str) -> Self {
        Self { back: text.to_owned() }
    }

    pub fn to_check(&self) -> bool {
        self.back == "check"
    }
}

/// Something to put right, with the field it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub field: &'static str,
    pub text: String,
}

/// The errors of a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrongs(pub Vec<Wrong>);

impl Wrongs {
    pub fn one(field: &'static str, text: String) -> Self {
        Self(vec![Wrong { field, text }])
    }

    pub fn add(&mut self, field: &'static str, text: String) {
        self.0.push(Wrong { field, text });
    }

    /// What is wrong with a field; empty where nothing is.
    pub fn at(&self, field: &str) -> &str {
        self.0.iter().find(|w| w.field == field).map_or("", |w| &w.text)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// Before the title of a page with errors, so that it is the first thing read out.
    pub fn before_title(&self, l: &Words) -> String {
        if self.is_empty() { String::new() } else { fl!(l, "error-before") }
    }

    pub fn heading(&self, l: &Words) -> String {
        fl!(l, "counter-errors", n = self.0.len())
    }
}

/// A page in place of the one that was asked for.
#[derive(Template)]
#[template(path = "counter/stop.html")]
struct Stop {
    p: Page,
    title: String,
    text: String,
    action: (String, String),
    other: (String, String),
}

/// Lets a visitor onto a page of the journey with their draft, or answers what stands before it.
pub async fn enter(app: &Shared, visit: &Visit, step: Step) -> Result<Result<Draft, Response>, Trouble> {
    if !visit.has_shown(app, Deed::Declare, None) {
        return Ok(Err(sign_in_first(app, visit)));
    }
    let draft = visit.session.as_ref().and_then(Draft::of);
    let Some(draft) = draft else {
        if step == Step::Find {
            return Ok(Ok(Draft::new(app)));
        }
        let last = visit.session.as_ref().and_then(|s| s.cases.last().copied());
        return Ok(Err(match last {
            Some(reference) => already(app, visit, reference),
            None => to(Step::Find),
        }));
    };
    // Where the law wants one page, the pages in between are not there.
    let between = matches!(step, Step::You | Step::Statement | Step::Before);
    if between && app.policy.journey.shape != Shape::Steps {
        return Ok(Err(to(Step::Find)));
    }
    let lacks = draft.lacks(app);
    Ok(if lacks < step { Err(to(lacks)) } else { Ok(draft) })
}

/// The same for a page that was sent. Where its draft has gone with the session, it says that nothing was declared, and
/// gives back what was written on it.
pub async fn resume(
    app: &Shared,
    visit: &Visit,
    step: Step,
    posted: &Posted,
) -> Result<Result<Draft, Response>, Trouble> {
    if visit.session.as_ref().is_none_or(|session| session.draft.is_none() && session.cases.is_empty()) {
        return Ok(Err(unsent::gone(Page::new(app, visit), posted.words(&visit.path))));
    }
    enter(app, visit, step).await
}

pub fn to(step: Step) -> Response {
    Redirect::to(step.path()).into_response()
}

fn sign_in_first(app: &Shared, visit: &Visit) -> Response {
    let p = Page::new(app, visit);
    let l = p.l;
    let page = Stop {
        title: fl!(l, "sign-in-first"),
        text: fl!(l, "sign-in-first-text"),
        action: (fl!(l, "nav-sign-in"), "/sign-in?next=/cancel".into()),
        other: (fl!(l, "start-channels"), "/#channels".into()),
        p,
    };
    html(StatusCode::OK, &page)
}

/// Going back after declaring leads to what was declared, not to a second form.
fn already(app: &Shared, visit: &Visit, reference: CaseRef) -> Response {
    let p = Page::new(app, visit);
    let l = p.l;
    let page = Stop {
        title: fl!(l, "already", reference = reference.to_string()),
        text: fl!(l, "already-text"),
        action: (fl!(l, "already-receipt"), format!("/case/{reference}/receipt")),
        other: (fl!(l, "already-another"), Step::Find.path().into()),
        p,
    };
    html(StatusCode::OK, &page)
}

/// Remembers the draft in this browser's session.
pub async fn keep(app: &App, visit: &Visit, draft: &Draft) -> Result<(), Trouble> {
    let reached = draft.lacks(app) as usize;
    for page in draft.reached + 1..=reached {
        app.steps.reached(page);
    }
    let draft = Draft { reached: draft.reached.max(reached), ..draft.clone() };
    visit.change(app, |session| draft.keep(session)).await
}

/// The record of the draft's card, for a visitor who has freshly shown to be its holder; for
/// everybody else nothing, whether there is such a card or not.
pub async fn proven(app: &App, visit: &Visit, draft: &Draft) -> Result<Option<Record>, Trouble> {
    let record = record(app, draft).await?;
    Ok(record.filter(|record| proves(app, visit, record)))
}

/// What the records say of the draft's card: for deciding, not for showing.
pub async fn record(app: &App, draft: &Draft) -> Result<Option<Record>, Trouble> {
    let Ok(found) = draft.identified(app) else { return Ok(None) };
    Ok(act::record(app, &found.id, &draft.person).await?)
}

/// Whether this visitor has freshly shown to be the holder of a record.
pub fn proves(app: &App, visit: &Visit, record: &Record) -> bool {
    visit.has_shown(app, Deed::Record, Some(record.card.account))
}

/// The fees as far as they may be told to this visitor, and the most they can come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    sheet: Sheet,
    /// Owed without any condition; below zero, what comes back.
    pub sure: Money,
    /// The most it can come to. This is what they agree to.
    pub most: Money,
    /// Nothing of it is sure.
    pub only_if_returned: bool,
    /// On that day it costs less: the last of the minimum term.
    pub later: Option<(String, String)>,
    /// Whoever leaves within a minimum term pays more, and nobody knows yet whether they do.
    pub term_unknown: bool,
}

impl Offer {
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    pub fn is_empty(&self) -> bool {
        self.sheet.rows.is_empty() && self.sheet.fault.is_empty()
    }

    pub fn at_most(&self) -> bool {
        self.sure != self.most
    }
}

/// For a proven holder the quote of their card; for others every fee that could be owed, with its
/// condition, so that agreeing to it covers whatever the record says of a return.
pub fn offer(app: &App, lang: Lang, record: Option<&Record>, wanted: Option<Date>) -> Offer {
    offered(app, lang, record, Asked { wanted, ..Asked::at(app.now()) })
}

/// The same for who moves to another network, which nobody charges notice for (Ofcom C7).
pub fn offer_moving(app: &App, lang: Lang, record: Option<&Record>) -> Offer {
    offered(app, lang, record, Asked { moving: true, porting: true, ..Asked::at(app.now()) })
}

fn offered(app: &App, lang: Lang, record: Option<&Record>, asked: Asked) -> Offer {
    let quoted = quote(record.map(|r| &r.card), &app.policy, asked);
    let (sure, mut most) = (quoted.total.clone(), quoted.at_most());
    let mut sheet = fees::sheet(lang, &quoted);
    let possible = app.policy.fees.iter().filter(|fee| fee.only_if_returned && fee.minor > 0 && record.is_none());
    for fee in possible {
        let amount = Money::new(fee.minor, &app.policy.currency);
        most = most.plus(&amount).unwrap_or(most);
        sheet.add_if(fees::row(lang, &Line::of(&fee.what, amount)), fl!(words(lang), "quote-only-if-returned"));
    }
    let term_unknown = record.is_none() && app.policy.tariff.early.is_some();
    // What a contract adds is not known yet: any sum here would not be the most.
    sheet.most = if most == sure || term_unknown { String::new() } else { words::money(lang, &most) };
    Offer {
        only_if_returned: sheet.rows.iter().all(|row| !row.only_if.is_empty()),
        later: record.and_then(|record| later(app, lang, &record.card, asked, &most)),
        term_unknown,
        sheet,
        sure,
        most,
    }
}

/// What it would cost on the last day of the minimum term, where that is less.
fn later(app: &App, lang: Lang, card: &CardRecord, asked: Asked, most: &Money) -> Option<(String, String)> {
    let last = card.minimum_term_ends?.to_zoned(app.policy.zone()).date().yesterday().ok()?;
    if asked.wanted.is_some_and(|wanted| wanted >= last) {
        return None;
    }
    let quoted = quote(Some(card), &app.policy, Asked { wanted: Some(last), ..asked });
    let less = quoted.fault.is_none() && quoted.at_most().compare(most).ok()?.is_lt();
    less.then(|| (words::weekday(lang, last), fees::amount(lang, &quoted.at_most())))
}

/// A card of the account that is signed in.
#[derive(Clone, Debug)]
pub struct Own {
    pub id: String,
    pub kind: String,
    pub number: String,
    pub product: String,
    /// Its cancellation that is under way.
    pub case: Option<CaseRef>,
}

/// The cards in service of whoever is signed in.
pub async fn own_cards(app: &App, visit: &Visit, l: &Words) -> Result<Vec<Own>, Trouble> {
    let Some(account) = &visit.account else { return Ok(Vec::new()) };
    let mut own = Vec::new();
    for card in app.store.cards_of(account.id).await? {
        if card.state == CardState::Ceased {
            continue;
        }
        let (kind, number) = card.number();
        let grouped = identify(&number_of(app, &card), &app.policy.identify).map(|found| found.id.grouped());
        own.push(Own {
            id: card.id.to_string(),
            kind: l.get(&format!("kind-{kind}")),
            number: grouped.unwrap_or_else(|_| number.to_owned()),
            product: card.product.clone(),
            case: app.store.open_case_of(card.id).await?,
        });
    }
    Ok(own)
}

/// A card's number as its holder would type it, so that it is read as the kind it is.
pub fn number_of(app: &App, card: &CardRecord) -> String {
    let (kind, number) = card.number();
    match identify(number, &app.policy.identify) {
        Ok(found) if found.id.kind() == kind => number.to_owned(),
        Ok(_) | Err(_) => format!("{}: {number}", kind.to_uppercase()),
    }
}
