//! Check your answers, then declare. The form carries the draft's token, so that however often it is
//! sent there is one case, and a mark of the answers it showed, so that nothing is declared that
//! was not on the page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use case::identify::{Check, identify};
use case::matching::{self, Verdict};
use case::rules::Shape;
use case::way::{Kind, Way};
use case::{CaseRef, Channel, Declaration, Fact, Field, Flag, Record, Seen};
use jiff::SignedDuration;
use store::{Beside, Session};

use crate::act::{self, Noticed};
use crate::app::{App, Shared};
use crate::web::counter::draft::{Draft, Step};
use crate::web::counter::journey::{self, Offer};
use crate::web::counter::legal::Legal;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::words;

/// Nobody reads and answers five pages faster than this.
const QUICKEST: SignedDuration = SignedDuration::from_secs(3);
/// Declarations from one network in an hour; more are taken, and looked at by a person.
const NETWORK_MAX: u32 = 60;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How a field fits the record, for its holder only.
struct Fit {
    text: String,
    /// Kind of status tag.
    kind: &'static str,
    mend: bool,
}

/// One thing they said of themselves.
struct Row {
    field: &'static str,
    label: String,
    said: String,
    fit: Option<Fit>,
}

#[derive(Template)]
#[template(path = "counter/check.html")]
struct CheckPage {
    p: Page,
    kind: String,
    number: String,
    product: String,
    person: Vec<Row>,
    when: String,
    statement: String,
    files: Vec<String>,
    backup: String,
    offer: Offer,
    /// Whether each question has a page of its own.
    steps: bool,
    button: Legal,
    /// It is for cause.
    for_cause: bool,
    /// They move to another network: label and value.
    moving: Vec<(String, String)>,
    proven: bool,
    check_failed: bool,
    /// The answers are not those of the form that was sent.
    changed: bool,
    token: String,
    mark: String,
}

impl CheckPage {
    fn of(app: &Shared, visit: &Visit, draft: &Draft, record: Option<&Record>, changed: bool) -> Self {
        let p = Page::new(app, visit);
        let l = p.l;
        let found = draft.identified(app).ok();
        let offer = journey::offer(app, visit.lang, record, draft.wanted_end);
        let backup = match (draft.backup, draft.nothing_to_save) {
            (true, _) if draft.skipped => fl!(l, "before-backup-skip"),
            (false, _) => fl!(l, "check-backup-no"),
            (true, false) => fl!(l, "before-backup-saved"),
            (true, true) => fl!(l, "before-backup-nothing"),
        };
        Self {
            kind: found.as_ref().map(|f| p.t(&format!("kind-{}", f.id.kind()))).unwrap_or_default(),
            number: found.as_ref().map(|f| f.id.grouped()).unwrap_or_default(),
            check_failed: found.as_ref().is_some_and(|f| f.check == Check::Failed),
            product: record.map(|r| r.card.product.clone()).unwrap_or_default(),
            person: fields(app, &p, draft, record),
            when: match draft.wanted_end {
                Some(day) => words::weekday(visit.lang, day),
                None if draft.way.moving.is_some() => fl!(l, "check-ends-code"),
                None => fl!(l, "statement-soon"),
            },
            statement: draft.statement.clone(),
            files: draft.files.iter().map(|(_, name)| name.clone()).collect(),
            backup,
            offer,
            steps: app.policy.journey.shape == Shape::Steps,
            button: Legal::confirm(&app.policy, p.l),
            moving: crate::receipt::moving_said(l, draft.way.moving),
            for_cause: matches!(draft.way.kind, Kind::Extraordinary { .. }),
            proven: record.is_some(),
            changed,
            token: draft.token.clone(),
            mark: draft.mark(),
            p,
        }
    }
}

impl CheckPage {
    /// Where an answer is changed.
    fn change(&self, page: &str) -> String {
        if self.steps { format!("/cancel/{page}?back=check") } else { "/cancel".to_owned() }
    }
}

/// What they said of themselves and, for a proven holder, how it fits: never what is on record.
fn fields(app: &App, p: &Page, draft: &Draft, record: Option<&Record>) -> Vec<Row> {
    let report = record.map(|r| matching::compare(&draft.person, &r.person, app.policy.identify.default_region));
    let person = &draft.person;
    Field::ALL
        .into_iter()
        .map(|field| {
            let said = match field {
                Field::Name => person.name.clone(),
                Field::Address => person.address.clone(),
                Field::Email => person.email.clone().unwrap_or_default(),
                Field::Phone => person.phone.as_deref().map(|n| phone(app, n)).unwrap_or_default(),
            };
            let said = if said.is_empty() { fl!(p.l, "check-not-given") } else { said };
            let fit = report.as_ref().and_then(|r| r.get(field)).map(|verdict| fit(p, verdict));
            Row { field: field.as_str(), label: p.t(&format!("check-field-{}", field.as_str())), said, fit }
        })
        .collect()
}

fn phone(app: &App, number: &str) -> String {
    identify(number, &app.policy.identify).map_or_else(|_| number.to_owned(), |found| found.id.grouped())
}

fn fit(p: &Page, verdict: Verdict) -> Fit {
    match verdict {
        Verdict::Exact | Verdict::Equivalent => Fit { text: fl!(p.l, "check-fits"), kind: "done", mend: false },
        Verdict::Different => Fit { text: fl!(p.l, "check-differs"), kind: "waiting", mend: true },
        Verdict::Missing => Fit { text: fl!(p.l, "check-missing"), kind: "neutral", mend: true },
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::Check).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let record = journey::proven(&app, &visit, &draft).await?;
    let page = CheckPage::of(&app, &visit, &draft, record.as_ref(), false);
    if dearer(&draft, &page.offer) {
        return Ok(journey::to(Step::Before));
    }
    Ok(html(StatusCode::OK, &page))
}

/// Whether it would cost more than they agreed to.
fn dearer(draft: &Draft, offer: &Offer) -> bool {
    draft.agreed.as_ref().is_none_or(|agreed| agreed.minor < offer.most.minor)
}

/// Declares, once per form.
pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let token = posted.get("token");
    let draft = match journey::resume(&app, &visit, Step::Check, &posted).await? {
        Ok(draft) if draft.token == token => draft,
        // Another draft than this form's, or none any more: perhaps it was sent before.
        elsewhere => {
            if let Some(reference) = declared_here(&app, &visit, token).await? {
                return Ok(to_receipt(reference));
            }
            match elsewhere {
                Ok(draft) => return changed(&app, &visit, &draft).await,
                Err(elsewhere) => return Ok(elsewhere),
            }
        }
    };
    if draft.mark() != posted.get("mark") {
        return match app.store.declared_with(token).await? {
            Some(reference) => receipt(&app, &visit, reference).await,
            None => changed(&app, &visit, &draft).await,
        };
    }
    let known = known(&app, &visit, &draft).await?;
    let shown = known.record.as_ref().filter(|record| journey::proves(&app, &visit, record));
    if dearer(&draft, &journey::offer(&app, visit.lang, shown, draft.wanted_end)) {
        return Ok(journey::to(Step::Before));
    }
    let button = Legal::confirm(&app.policy, words::words(visit.lang)).pressed();
    let draft = Draft { way: Way { button, ..draft.way.clone() }, ..draft };
    declare(&app, &visit, &draft, &posted, known).await
}

/// The case that a form of this very browser has declared already. What a mail, a letter or a program declared has a
/// token, too, which others may know: by itself it opens nothing.
pub(super) async fn declared_here(app: &App, visit: &Visit, token: &str) -> Result<Option<CaseRef>, Trouble> {
    let declared = app.store.declared_with(token).await?;
    Ok(declared.filter(|case| visit.session.as_ref().is_some_and(|session| session.cases.contains(case))))
}

/// What there is to know before a draft is declared.
pub(super) struct Known {
    record: Option<Record>,
    /// Their network has declared very often of late.
    many: bool,
}

pub(super) async fn known(app: &App, visit: &Visit, draft: &Draft) -> Result<Known, Trouble> {
    let by_network = by_network(visit);
    let uses = async { Ok(app.store.uses(&by_network, app.now()).await?) };
    let (record, uses) = tokio::try_join!(journey::record(app, draft), uses)?;
    Ok(Known { record, many: uses >= NETWORK_MAX })
}

fn by_network(visit: &Visit) -> String {
    format!("declare:net:{}", visit.network)
}

/// Declares what the draft says, once per token, and leads to the receipt.
pub(super) async fn declare(
    app: &Shared,
    visit: &Visit,
    draft: &Draft,
    posted: &Posted,
    Known { record, many }: Known,
) -> Answer {
    let Some(declaration) = declaration(app, visit, draft) else { return Ok(journey::to(Step::Find)) };
    let noticed = noticed(app, many, draft, posted);
    let beside = |reference| Beside {
        session: visit.session.clone().map(|was| (was.clone(), declared(was, reference))),
        used: Some((by_network(visit), HOUR)),
        ..Beside::default()
    };
    let (holder, token) = (visit.holder(), Some(draft.token.as_str()));
    let (case, landed) = act::declare_known(app, &holder, declaration, noticed, token, record, beside).await?;
    if landed.session { Ok(to_receipt(case.reference)) } else { receipt(app, visit, case.reference).await }
}

/// The answers as they are now, for somebody who sent others.
async fn changed(app: &Shared, visit: &Visit, draft: &Draft) -> Answer {
    let record = journey::proven(app, visit, draft).await?;
    Ok(html(StatusCode::CONFLICT, &CheckPage::of(app, visit, draft, record.as_ref(), true)))
}

fn declaration(app: &App, visit: &Visit, draft: &Draft) -> Option<Declaration> {
    let found = draft.identified(app).ok()?;
    Some(Declaration {
        channel: Channel::Web,
        lang: visit.lang,
        number: found.id,
        check: found.check,
        person: draft.person.clone(),
        statement: Some(draft.statement.clone()).filter(|s| !s.is_empty()),
        files: draft.files.iter().map(|(id, _)| *id).collect(),
        agreed: draft.agreed.clone(),
        wanted_end: draft.wanted_end,
        consent: draft.consent,
        backup: draft.backup,
        saved: draft.saved(),
        declared_at: app.now(),
        way: draft.way.clone(),
    })
}

/// What a person at the desk should know; none of it stops a declaration.
fn noticed(app: &App, many: bool, draft: &Draft, posted: &Posted) -> Noticed {
    let quick = app.now().duration_since(draft.started_at) < QUICKEST;
    let suspect = quick || draft.trapped || posted.ticked("website") || many;
    let facts = if many { vec![Seen { fact: Fact::ManyRequests, at: app.now() }] } else { Vec::new() };
    Noticed { flags: if suspect { vec![Flag::Suspect] } else { Vec::new() }, facts }
}

/// A session whose draft has become a case.
fn declared(mut session: Session, reference: CaseRef) -> Session {
    Visit::grant(&mut session, reference);
    session.draft = None;
    session
}

/// Lets this browser see its case, forgets the draft it came from, and shows the receipt.
async fn receipt(app: &App, visit: &Visit, reference: CaseRef) -> Result<Response, Trouble> {
    let spent = match visit.session.as_ref().and_then(Draft::of) {
        Some(draft) => app.store.declared_with(&draft.token).await?.map(|_| draft.token),
        None => None,
    };
    visit
        .change(app, |session| {
            Visit::grant(session, reference);
            if spent.is_some() && Draft::of(session).map(|draft| draft.token) == spent {
                session.draft = None;
            }
        })
        .await?;
    Ok(to_receipt(reference))
}

pub(super) fn to_receipt(reference: CaseRef) -> Response {
    Redirect::to(&format!("/case/{reference}/receipt")).into_response()
}
