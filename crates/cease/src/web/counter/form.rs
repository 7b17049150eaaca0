//! The declaration on one page, where the law wants it so: the button declares (Germany), or leads to a last look
//! (France); and the withdrawal from the contract. What is asked is data. Nothing stands in front of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use case::declaration::STATEMENT_MAX;
use case::identify::{Check, identify};
use case::redact::redact;
use case::rules::{Asked, Fields, Journey, Shape};
use case::way::{Code, Kind, Moving, Unused, Way};
use case::{Person, Timestamp};

use crate::app::{App, Shared};
use crate::chance;
use crate::keys::hex_of;
use crate::web::counter::check;
use crate::web::counter::draft::{Draft, Step};
use crate::web::counter::journey::{self, Wrongs};
use crate::web::counter::legal::Legal;
use crate::web::counter::you::{self, lines};
use crate::web::counter::{find, statement};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};
use crate::words::Words;

/// Characters of a contract's number.
const CONTRACT_MAX: usize = 60;

/// What the page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Its button declares.
    Cancel,
    /// Its button leads on.
    Look,
    Withdraw,
}

#[derive(Template)]
#[template(path = "counter/form.html")]
struct FormPage {
    p: Page,
    wrongs: Wrongs,
    what: For,
    token: String,
    fields: Fields,
    button: Legal,
    extraordinary: bool,
    for_cause: bool,
    number: String,
    /// A number whose check digit fails, as it would be taken all the same.
    anyway: String,
    person: Person,
    contract: String,
    on_a_day: bool,
    date: String,
    today: String,
    soonest: String,
    statement: String,
    files: Vec<(String, String)>,
    /// Whether it is asked if they move, and what they said.
    switching: bool,
    moving: Option<Moving>,
    /// Days for withdrawing.
    days: u32,
}

impl FormPage {
    fn shows(&self, asked: &Asked) -> bool {
        *asked != Asked::Never
    }

    fn optional(&self, asked: &Asked) -> String {
        if *asked == Asked::Required { String::new() } else { fl!(self.p.l, "counter-optional") }
    }

    fn withdraws(&self) -> bool {
        self.what == For::Withdraw
    }

    fn declares(&self) -> bool {
        self.what == For::Cancel
    }

    fn moves(&self, code: &str) -> bool {
        self.moving.map_or(code == "no", |moving| moving.code.name() == code)
    }

    fn lapses(&self) -> bool {
        self.moving.is_none_or(|moving| moving.unused == Unused::Lapse)
    }

    fn of(app: &Shared, visit: &Visit, draft: &Draft, what: For, token: String) -> Self {
        let p = Page::new(app, visit);
        let journey = &app.policy.journey;
        let button = match what {
            For::Cancel => Legal::confirm(&app.policy, p.l),
            For::Look => Legal { text: fl!(p.l, "counter-continue"), lang: String::new() },
            For::Withdraw => Legal::confirm_withdrawal(&app.policy, p.l),
        };
        let untouched = draft.person == Person::default();
        let person = visit.account.as_ref().filter(|_| untouched).map_or(&draft.person, |account| &account.person);
        Self {
            wrongs: Wrongs::default(),
            token,
            fields: asked(app, what),
            button,
            extraordinary: journey.extraordinary && what != For::Withdraw,
            for_cause: matches!(draft.way.kind, Kind::Extraordinary { .. }),
            number: draft.number.trim_start_matches(LINE).to_owned(),
            anyway: String::new(),
            person: person.clone(),
            contract: draft.way.contract.clone().unwrap_or_default(),
            on_a_day: draft.wanted_end.is_some(),
            date: draft.wanted_end.map(|day| day.to_string()).unwrap_or_default(),
            today: crate::words::day(visit.lang, statement::today(app)),
            soonest: statement::soonest(app, p.l),
            statement: draft.statement.clone(),
            files: draft.files.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            switching: journey.switching.offered && what != For::Withdraw,
            moving: draft.way.moving,
            days: app.policy.clocks.withdrawal_days,
            what,
            p,
        }
    }
}

/// Before a number that is the line's.
const LINE: &str = "phone: ";

/// A withdrawal has neither day nor reason (Art. 11a (3)).
fn asked(app: &App, what: For) -> Fields {
    let fields = app.policy.journey.fields.clone();
    match what {
        For::Cancel | For::Look => fields,
        For::Withdraw => Fields { wanted_end: Asked::Never, statement: Asked::Never, address: Asked::Never, ..fields },
    }
}

fn cancels(app: &App) -> For {
    match app.policy.journey.shape {
        Shape::Steps | Shape::OnePage => For::Cancel,
        Shape::ThreeClicks => For::Look,
    }
}

/// `GET /cancel`, where the rules want one page.
pub async fn page(app: &Shared, visit: &Visit, draft: &Draft) -> Response {
    show(app, visit, draft, cancels(app), Wrongs::default())
}

pub async fn withdraw_page(State(app): State<Shared>, visit: Visit) -> Answer {
    if !app.policy.journey.withdrawal.offered {
        return Err(Trouble::NotFound);
    }
    let draft = visit.session.as_ref().and_then(Draft::of).unwrap_or_else(|| Draft::new(&app));
    Ok(show(&app, &visit, &draft, For::Withdraw, Wrongs::default()))
}

fn show(app: &Shared, visit: &Visit, draft: &Draft, what: For, wrongs: Wrongs) -> Response {
    let page = FormPage { wrongs, ..FormPage::of(app, visit, draft, what, token(app, visit)) };
    html(page.wrongs.status(), &page)
}

/// Names a form of this browser, and when it was opened: sent twice it is one declaration, and nobody else's.
fn token(app: &App, visit: &Visit) -> String {
    let text = format!("{}.{}", app.now().as_second(), hex_of(&chance::bytes::<12>()));
    format!("{text}.{}", mac(app, visit, &text))
}

fn mac(app: &App, visit: &Visit, text: &str) -> String {
    hex_of(&app.keys.mac("one page", &[visit.csrf(app).as_bytes(), text.as_bytes()])[..16])
}

/// When the form was opened; none where it is not one of this browser's.
fn opened(app: &App, visit: &Visit, token: &str) -> Option<Timestamp> {
    let (text, seal) = token.rsplit_once('.')?;
    let (at, _) = text.split_once('.')?;
    (mac(app, visit, text) == seal).then(|| Timestamp::from_second(at.parse().ok()?).ok())?
}

/// `POST /cancel`, where the rules want one page.
pub async fn send(app: Shared, visit: Visit, posted: Posted, draft: Draft) -> Answer {
    let what = cancels(&app);
    take(app, visit, posted, draft, what).await
}

pub async fn withdraw(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    if !app.policy.journey.withdrawal.offered {
        return Err(Trouble::NotFound);
    }
    let draft = visit.session.as_ref().and_then(Draft::of).unwrap_or_else(|| Draft::new(&app));
    take(app, visit, posted, draft, For::Withdraw).await
}

async fn take(app: Shared, visit: Visit, posted: Posted, mut draft: Draft, what: For) -> Answer {
    let l = Page::new(&app, &visit).l;
    if let Some(number) = find::own_number(&app, &visit, posted.get("own")).await? {
        draft.number = number;
        return Ok(show(&app, &visit, &draft, what, Wrongs::default()));
    }
    let (mut wrongs, anyway) = read(&app, l, &posted, &mut draft, what);
    let remove = posted.get("remove");
    draft.files.retain(|(id, _)| id.to_string() != remove);
    if what == For::Withdraw {
        draft.files.clear();
    } else {
        statement::take_files(&app, &visit, l, &posted, &mut draft, &mut wrongs).await?;
    }
    match opened(&app, &visit, posted.get("token")) {
        Some(at) => (draft.token, draft.started_at) = (posted.get("token").to_owned(), at),
        None => wrongs.add("token", fl!(l, "ways-form-again")),
    }
    if !remove.is_empty() {
        wrongs = Wrongs::default();
    }
    if !wrongs.is_empty() || !remove.is_empty() {
        // Files are kept for the next time; all else stands on the page.
        if !draft.files.is_empty() || !remove.is_empty() {
            journey::keep(&app, &visit, &draft).await?;
        }
        let page = FormPage {
            wrongs,
            anyway,
            on_a_day: posted.get("when") == "date",
            date: posted.get("date").chars().take(40).collect(),
            ..FormPage::of(&app, &visit, &draft, what, token(&app, &visit))
        };
        return Ok(html(page.wrongs.status(), &page));
    }
    draft.way.button = FormPage::of(&app, &visit, &draft, what, String::new()).button.pressed();
    match what {
        For::Cancel | For::Withdraw => {
            let known = check::known(&app, &visit, &draft).await?;
            check::declare(&app, &visit, &draft, &posted, known).await
        }
        For::Look => {
            draft.way.button = None;
            let record = journey::proven(&app, &visit, &draft).await?;
            (draft.agreed, draft.consent) =
                (Some(journey::offer(&app, visit.lang, record.as_ref(), draft.wanted_end).most), true);
            draft.stated = true;
            journey::keep(&app, &visit, &draft).await?;
            Ok(journey::to(Step::Check))
        }
    }
}

/// Reads the form into the draft; answers what is wrong, and a number that would be taken though its check digit
/// fails.
fn read(app: &App, l: &Words, posted: &Posted, draft: &mut Draft, what: For) -> (Wrongs, String) {
    let fields = asked(app, what);
    let (mut wrongs, mut anyway) = (Wrongs::default(), String::new());
    let (kind, reason) = kind(l, posted, what, &app.policy.journey, &mut wrongs);
    draft.statement = if fields.statement == Asked::Never { String::new() } else { reason };
    let (person, of_person) = you::read(l, posted, &app.policy.identify);
    wrongs.0.extend(of_person.0);
    draft.person = hold(l, &fields, person, &mut wrongs);
    let line = fields.line != Asked::Never;
    let typed = posted.raw(if line { "line" } else { "number" }).trim();
    let number = if line && !typed.is_empty() { format!("{LINE}{typed}") } else { typed.to_owned() };
    let field = if line { "line" } else { "number" };
    match identify(&number, &app.policy.identify) {
        Ok(found) if found.check == Check::Failed && posted.get("anyway") != found.id.normalised() => {
            wrongs.add(field, find::check_failed(l, &found));
            anyway = found.id.normalised().to_owned();
            draft.number = number;
        }
        Ok(_) => draft.number = number,
        Err(why) => {
            draft.number = find::as_typed(&number, &why);
            wrongs.add(field, find::unrecognised(l, &why));
        }
    }
    let (contract, found) = redact(posted.get("contract"));
    if fields.contract == Asked::Required && contract.is_empty() {
        wrongs.add("contract", fl!(l, "ways-contract-empty"));
    } else if contract.chars().count() > CONTRACT_MAX || !found.is_empty() {
        wrongs.add("contract", fl!(l, "ways-contract-wrong"));
    }
    let shown = draft.wanted_end.take();
    if fields.wanted_end != Asked::Never {
        match statement::read_day(l, posted, statement::today(app), shown) {
            Ok(day) => draft.wanted_end = day,
            Err(text) => wrongs.add("date", text),
        }
    }
    let contract = Some(contract).filter(|c| !c.is_empty() && fields.contract != Asked::Never);
    let moving = moving(app, posted).filter(|_| what != For::Withdraw);
    draft.way = Way { kind, contract, moving, ..Way::default() };
    draft.trapped |= posted.ticked("website");
    (wrongs, anyway)
}

/// What kind of end, and the words that go with it.
fn kind(l: &Words, posted: &Posted, what: For, journey: &Journey, wrongs: &mut Wrongs) -> (Kind, String) {
    let said = lines(posted.get("statement"));
    let (words, found) = redact(&said);
    let n = words.chars().count();
    if n > STATEMENT_MAX {
        wrongs.add("statement", fl!(l, "statement-long", max = STATEMENT_MAX, n = n));
    } else if let Some(struck) = struck::said(l, &said, &found) {
        wrongs.add("statement", struck);
    }
    if what == For::Withdraw {
        return (Kind::Withdrawal, String::new());
    }
    let chosen = Kind::chosen(journey, posted.get("kind"), &words);
    // To withdraw has a page of its own.
    let kind = if chosen == Kind::Withdrawal { Kind::Ordinary } else { chosen };
    if kind.lacks_reason() {
        wrongs.add("statement", fl!(l, "ways-reason-empty"));
    }
    (kind, words)
}

/// Whether they move to another network, as the form says it.
pub fn moving(app: &App, posted: &Posted) -> Option<Moving> {
    let code = match posted.get("moving") {
        "pac" => Code::Pac,
        "stac" => Code::Stac,
        _ => return None,
    };
    let unused = if posted.get("unused") == "cancel" { Unused::Cancel } else { Unused::Lapse };
    app.policy.journey.switching.offered.then_some(Moving::of(code, unused))
}

/// Holds what was typed of a person against what is asked: nothing is kept that must not be, and what must be there is.
pub fn hold(l: &Words, fields: &Fields, mut person: Person, wrongs: &mut Wrongs) -> Person {
    let mut need = |field: &'static str, asked: Asked, empty: bool| {
        if asked == Asked::Required && empty && wrongs.at(field).is_empty() {
            wrongs.add(field, fl!(l, "ways-field-empty"));
        }
    };
    need("email", fields.email, person.email.is_none());
    need("phone", fields.phone, person.phone.is_none());
    need("address", fields.address, person.address.is_empty());
    person.email = person.email.filter(|_| fields.email != Asked::Never);
    person.phone = person.phone.filter(|_| fields.phone != Asked::Never);
    if fields.address == Asked::Never {
        person.address.clear();
    }
    person
}

#[cfg(test)]
mod tests;
