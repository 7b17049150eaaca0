//! Declaring for somebody else: who has died, who cannot act, or whose bills one looks after. Nothing is asked that
//! only the holder could show; a person at the desk reads the papers.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use case::Person;
use case::identify::{Check, identify};
use case::redact::redact;
use case::way::{Behalf, Capacity, Kind, Way};
use jiff::civil::Date;

use crate::app::Shared;
use crate::chance;
use crate::web::counter::draft::{Draft, Step};
use crate::web::counter::journey::{self, Wrongs};
use crate::web::counter::you;
use crate::web::counter::{check, find, statement};
use crate::web::{Answer, Page, Posted, Visit, html};
use crate::words::Words;

/// Characters of a name or a register's number.
const SHORT: usize = 200;

/// As it was typed.
#[derive(Clone, Default)]
struct Typed {
    capacity: Option<Capacity>,
    by: Person,
    holder: String,
    number: String,
    died: String,
    certificate: String,
    registrar: String,
}

#[derive(Template)]
#[template(path = "counter/behalf.html")]
struct BehalfPage {
    p: Page,
    wrongs: Wrongs,
    token: String,
    typed: Typed,
    anyway: String,
    /// What each is removed by, and its name.
    files: Vec<(String, String)>,
}

impl BehalfPage {
    fn is(&self, name: &str) -> bool {
        self.typed.capacity.is_some_and(|capacity| capacity.name() == name)
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::Find).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    // Kept, so that the form belongs to this browser and no second press makes a second case.
    journey::keep(&app, &visit, &draft).await?;
    Ok(show(&app, &visit, &draft, Typed::default(), Wrongs::default(), String::new()))
}

fn show(app: &Shared, visit: &Visit, draft: &Draft, typed: Typed, wrongs: Wrongs, anyway: String) -> Response {
    let files = draft.files.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    let page = BehalfPage { p: Page::new(app, visit), wrongs, token: draft.token.clone(), typed, anyway, files };
    html(page.wrongs.status(), &page)
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let mut draft = match journey::enter(&app, &visit, Step::Find).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if draft.token != posted.get("token") {
        if let Some(reference) = check::declared_here(&app, &visit, posted.get("token")).await? {
            return Ok(check::to_receipt(reference));
        }
        draft.token = chance::token();
    }
    let l = Page::new(&app, &visit).l;
    let mut wrongs = Wrongs::default();
    // What is said here of another's card is this form's alone: whoever goes on to end their own card finds nothing of
    // it in their draft, nor the other way round. Files are kept there.
    let mut said = Draft { token: draft.token.clone(), started_at: draft.started_at, ..Draft::new(&app) };
    let (typed, anyway) = read(&app, l, &posted, &mut said, &mut wrongs);
    let remove = posted.get("remove");
    draft.files.retain(|(id, _)| id.to_string() != remove);
    statement::take_files(&app, &visit, l, &posted, &mut draft, &mut wrongs).await?;
    journey::keep(&app, &visit, &draft).await?;
    if !remove.is_empty() {
        return Ok(show(&app, &visit, &draft, typed, Wrongs::default(), String::new()));
    }
    if !wrongs.is_empty() {
        return Ok(show(&app, &visit, &draft, typed, wrongs, anyway));
    }
    let said = Draft { files: draft.files, trapped: said.trapped || draft.trapped, ..said };
    let known = check::known(&app, &visit, &said).await?;
    check::declare(&app, &visit, &said, &posted, known).await
}

fn read(app: &Shared, l: &Words, posted: &Posted, draft: &mut Draft, wrongs: &mut Wrongs) -> (Typed, String) {
    let capacity = Capacity::ALL.into_iter().find(|capacity| capacity.name() == posted.get("capacity"));
    if capacity.is_none() {
        wrongs.add("capacity", fl!(l, "ways-behalf-choose"));
    }
    let mut short = |field: &'static str| {
        let (text, struck) = redact(&you::one_line(posted.get(field)));
        if text.chars().count() > SHORT || !struck.is_empty() {
            wrongs.add(field, fl!(l, "ways-behalf-short"));
        }
        text
    };
    let (holder, certificate, registrar) = (short("holder"), short("certificate"), short("registrar"));
    if holder.is_empty() {
        wrongs.add("holder", fl!(l, "ways-behalf-holder-empty"));
    }
    let mut anyway = String::new();
    let number = posted.raw("number").trim().to_owned();
    let number = match identify(&number, &app.policy.identify) {
        Ok(found) if found.check == Check::Failed && posted.get("anyway") != found.id.normalised() => {
            wrongs.add("number", find::check_failed(l, &found));
            anyway = found.id.normalised().to_owned();
            number
        }
        Ok(_) => number,
        Err(why) => {
            wrongs.add("number", find::unrecognised(l, &why));
            find::as_typed(&number, &why)
        }
    };
    let estate = capacity == Some(Capacity::Estate);
    let died = day(l, posted, estate, statement::today(app), wrongs);
    let (by, mut of_person) = you::read(l, posted, &app.policy.identify);
    // Here it is not the holder's name that is asked for.
    let nameless = of_person.0.iter_mut().filter(|wrong| wrong.field == "name" && by.name.is_empty());
    nameless.for_each(|wrong| wrong.text = fl!(l, "ways-behalf-name-empty"));
    wrongs.0.extend(of_person.0);
    let kind = match estate {
        true => Kind::Death { died, certificate: certificate.clone(), registrar: registrar.clone() },
        false => Kind::Ordinary,
    };
    let who = |capacity| Behalf { capacity, name: by.name.clone(), email: by.email.clone(), phone: by.phone.clone() };
    draft.number = number.clone();
    // Whose card it is; where they can be reached is on record, or nobody's business.
    draft.person = Person { name: holder.clone(), ..Person::default() };
    draft.way = Way { kind, behalf: capacity.map(who), ..Way::default() };
    draft.trapped |= posted.ticked("website");
    let died = posted.get("died").chars().take(40).collect();
    (Typed { capacity, by, holder, number, died, certificate, registrar }, anyway)
}

/// The day of death, which may be left out, and is never one to come.
fn day(l: &Words, posted: &Posted, estate: bool, today: Date, wrongs: &mut Wrongs) -> Option<Date> {
    let typed = posted.get("died");
    if !estate || typed.is_empty() {
        return None;
    }
    let day = statement::day_of(typed).filter(|day| *day <= today);
    if day.is_none() {
        wrongs.add("died", fl!(l, "ways-behalf-died-wrong"));
    }
    day
}
