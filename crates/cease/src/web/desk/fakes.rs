//! What people reported as a fake: a list for each state, and a page for each channel with the newest reports about
//! it, what can be made of it, and a text to have it taken down. Called a fake, it is on the list at once; whether it
//! stays there for longer than a day is for a second person ([`case::official::change`]). Called anything else later, it
//! is off the list again where nobody has signed, and proposed to be where two have.
//!
//! What was reported is not masked: it is a message of whoever pretends to be us, and its addresses and numbers are what
//! is to be read. How to reach who reported it is shown nowhere at the desk.

pub mod takedown;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::identify::grouped_phone;
use case::official::change::{Change, List, Standing, lines};
use case::official::{Entry, Kind, Sign};
use store::{Act, Fake, FakeReport, FakeState, Looked};

use super::channels::{Tab, propose, tabs};
use super::{Asked, file, looks, reader, row, staff, timeline};
use crate::app::{App, Shared};
use crate::fakes::reference;
use crate::web::{Answer, Page, Posted, Trouble, Visit, check, html, report};

const ROWS: u32 = 50;
/// Reports shown of one channel.
const NEWEST: u32 = 5;

pub fn title(p: &Page, state: FakeState) -> String {
    match state {
        FakeState::New => fl!(p.l, "fakes-new"),
        FakeState::Fake => fl!(p.l, "fakes-fake"),
        FakeState::Ours => fl!(p.l, "fakes-ours"),
        FakeState::Nothing => fl!(p.l, "fakes-nothing"),
    }
}

struct Row {
    kind: String,
    value: String,
    href: String,
    facts: Vec<String>,
    urgent: bool,
}

#[derive(Template)]
#[template(path = "desk/fakes.html")]
struct Fakes {
    p: Page,
    title: String,
    register: Vec<Tab>,
    reports: Vec<Tab>,
    rows: Vec<Row>,
    done: String,
    next_href: String,
    first_href: String,
    empty: (String, String),
}

/// `GET /desk/fakes?view=…`
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let p = Page::new(&app, &visit);
    let asked = Asked::of(query.as_deref());
    let state = FakeState::named(asked.get("view")).unwrap_or(FakeState::New);
    let mut found = app.store.fakes(state, asked.get("after").parse().ok(), ROWS + 1).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let at = format!("/desk/fakes?view={}", state.name());
    let next = found.last().filter(|_| more).map(|last| format!("{at}&after={}", last.seq));
    let (register, reports) = tabs(&app, &p, &format!("reported-{}", state.name())).await?;
    let done = match asked.get("done") {
        "fake" => fl!(p.l, "fakes-done-fake"),
        "ours" => fl!(p.l, "fakes-done-ours"),
        "nothing" => fl!(p.l, "fakes-done-nothing"),
        "ending" => fl!(p.l, "fakes-done-ending"),
        _ => String::new(),
    };
    let empty = match state {
        FakeState::New => (fl!(p.l, "fakes-empty"), fl!(p.l, "fakes-empty-text")),
        FakeState::Fake | FakeState::Ours | FakeState::Nothing => (fl!(p.l, "fakes-none"), fl!(p.l, "fakes-none-text")),
    };
    let page = Fakes {
        title: title(&p, state),
        register,
        reports,
        rows: found.iter().map(|fake| listed(&p, fake)).collect(),
        done,
        next_href: next.unwrap_or_default(),
        first_href: if asked.get("after").is_empty() { String::new() } else { at },
        empty,
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

fn listed(p: &Page, fake: &Fake) -> Row {
    Row {
        kind: kind(p, fake.kind),
        value: grouped_phone(&fake.value),
        href: format!("/desk/fakes/{}", fake.seq),
        facts: facts(p, fake),
        urgent: fake.urgent,
    }
}

/// A report without a channel in it stands under its own reference.
fn kind(p: &Page, kind: Kind) -> String {
    if kind == Kind::Reference { fl!(p.l, "fakes-no-channel") } else { check::kind(p.l, kind) }
}

fn facts(p: &Page, fake: &Fake) -> Vec<String> {
    vec![
        fl!(p.l, "fakes-reports", n = fake.reports),
        fl!(p.l, "fakes-first", at = row::stamp(p, &fake.first)),
        fl!(p.l, "fakes-last", at = row::stamp(p, &fake.last)),
    ]
}

struct Told {
    reference: String,
    at: String,
    how: String,
    from: String,
    text: String,
    signs: Vec<String>,
    picture: String,
    many: bool,
}

#[derive(Template)]
#[template(path = "desk/fake.html")]
struct One {
    p: Page,
    seq: i64,
    /// What its reader sees of what has been decided.
    seen: String,
    kind: String,
    value: String,
    facts: Vec<String>,
    state: String,
    urgent: bool,
    told: Vec<Told>,
    /// What can be made of it: name, words, look, key.
    deeds: Vec<(&'static str, String, &'static str, &'static str)>,
    letters: Vec<takedown::Letter>,
    wrong: String,
}

/// `GET /desk/fakes/{seq}`
pub async fn one(State(app): State<Shared>, visit: Visit, Path(seq): Path<i64>) -> Answer {
    reader(&visit)?;
    show(&app, &visit, seq, StatusCode::OK, |_| String::new()).await
}

async fn show(
    app: &Shared,
    visit: &Visit,
    seq: i64,
    status: StatusCode,
    wrong: impl FnOnce(&Page) -> String,
) -> Answer {
    let p = Page::new(app, visit);
    let fake = app.store.fake(seq).await?.ok_or(Trouble::NotFound)?;
    let reports = app.store.fake_reports(seq, NEWEST).await?;
    let mut facts = facts(&p, &fake);
    if let Some((who, at)) = decider(app, &p, &fake).await? {
        facts.push(fl!(p.l, "fakes-decided", who = who, at = at));
    }
    let ours = ours(app, &fake).await?;
    if ours {
        facts.push(fl!(p.l, "fakes-is-ours"));
    }
    // Nobody is asked to take down what is ours.
    let letters =
        if ours || fake.state == FakeState::Ours { Vec::new() } else { takedown::letters(app, &fake, &reports) };
    let page = One {
        seq,
        seen: seen(&fake),
        kind: kind(&p, fake.kind),
        value: grouped_phone(&fake.value),
        facts,
        state: title(&p, fake.state),
        urgent: fake.urgent,
        told: reports.iter().map(|report| told(&p, report)).collect(),
        deeds: deeds(&p, &fake),
        letters,
        wrong: wrong(&p),
        p,
    };
    Ok(html(status, &page))
}

/// A decision as a form carries it, so that one which was taken since is not undone unseen.
fn seen(fake: &Fake) -> String {
    match fake.decided.filter(|_| fake.state != FakeState::New) {
        Some((_, at)) => format!("{}.{}", fake.state.name(), at.as_microsecond()),
        None => String::new(),
    }
}

/// Who decided last, and when.
async fn decider(app: &App, p: &Page, fake: &Fake) -> Result<Option<(String, String)>, Trouble> {
    let Some((who, at)) = fake.decided else { return Ok(None) };
    let names = app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect();
    Ok(Some((timeline::name(p, &names, who), row::stamp(p, &at))))
}

fn told(p: &Page, report: &FakeReport) -> Told {
    let sign = |name: &String| Sign::ALL.into_iter().find(|s| s.name() == name).map(|s| check::sign(p.l, s));
    let reference = reference(report.id);
    Told {
        at: row::stamp(p, &report.at),
        how: report::how(p, &report.how),
        from: report.from.clone(),
        text: report.text.clone(),
        signs: report.signs.iter().filter_map(sign).collect(),
        picture: report.file.map(|_| format!("/desk/fakes/picture/{reference}")).unwrap_or_default(),
        many: report.many,
        reference,
    }
}

fn deeds(p: &Page, fake: &Fake) -> Vec<(&'static str, String, &'static str, &'static str)> {
    let fake_deed = ("fake", fl!(p.l, "fakes-do-fake"), "primary", "f");
    let ours = ("ours", fl!(p.l, "fakes-do-ours"), "secondary", "o");
    let nothing = ("nothing", fl!(p.l, "fakes-do-nothing"), "secondary", "x");
    let all = if fake.kind == Kind::Reference { vec![nothing] } else { vec![fake_deed, ours, nothing] };
    all.into_iter().filter(|(deed, ..)| *deed != fake.state.name()).collect()
}

/// `POST /desk/fakes/{seq}`
pub async fn decide(State(app): State<Shared>, visit: Visit, Path(seq): Path<i64>, posted: Posted) -> Answer {
    reader(&visit)?;
    let (me, _) = staff(&visit)?;
    let fake = app.store.fake(seq).await?.ok_or(Trouble::NotFound)?;
    let to = FakeState::named(posted.get("deed")).filter(|to| *to != FakeState::New).ok_or(Trouble::BadRequest)?;
    if to != FakeState::Nothing && fake.kind == Kind::Reference {
        return Err(Trouble::BadRequest);
    }
    if posted.get("seen") != seen(&fake) {
        let (who, at) = decider(&app, &Page::new(&app, &visit), &fake).await?.unwrap_or_default();
        let decided = |p: &Page| fl!(p.l, "fakes-error-decided", who = who, at = at, state = title(p, fake.state));
        return show(&app, &visit, seq, StatusCode::CONFLICT, decided).await;
    }
    if to == FakeState::Fake && !blocked(&app, &visit, &fake).await? {
        return show(&app, &visit, seq, StatusCode::CONFLICT, |p| fl!(p.l, "channels-error-ours")).await;
    }
    // Its reporters are told so: that takes the two who have put it into the register.
    if to == FakeState::Ours && !ours(&app, &fake).await? {
        return show(&app, &visit, seq, StatusCode::CONFLICT, |p| fl!(p.l, "fakes-error-not-ours")).await;
    }
    let detail = format!("{seq} {} {} {}", to.name(), fake.kind.name(), fake.value);
    app.store.audit(Act { at: app.now(), account: Some(me), what: "fake-decided".into(), detail }).await?;
    let ending = to != FakeState::Fake && unlisted(&app, &visit, &fake).await?;
    app.store.decide_fake(seq, to, me, app.now()).await?;
    let done = if ending { "ending" } else { to.name() };
    Ok(Redirect::to(&format!("/desk/fakes?view=new&done={done}")).into_response())
}

/// On the list from now on; false where it is ours.
async fn blocked(app: &App, visit: &Visit, fake: &Fake) -> Result<bool, Trouble> {
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    let Ok(entry) = Entry::new(fake.kind, fake.value.as_str()).checked(&app.policy.identify) else { return Ok(true) };
    if register.ours_within(&entry, today).is_some() {
        return Ok(false);
    }
    if register.known_fake(entry.kind, &entry.value).is_none() {
        let why = format!("/desk/fakes/{}", fake.seq);
        let entry = Entry::new(fake.kind, fake.value.as_str());
        propose::propose(app, visit, &Change::Add { list: List::Fake, entry, why }).await?;
    }
    Ok(true)
}

async fn ours(app: &App, fake: &Fake) -> Result<bool, Trouble> {
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    Ok(register.ours(fake.kind, &fake.value, today).is_some())
}

/// Off the list: what nobody else has signed is so at once, what two have signed when two sign its end. Whether any
/// end has to be signed.
async fn unlisted(app: &App, visit: &Visit, fake: &Fake) -> Result<bool, Trouble> {
    let steps = propose::steps(app).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    // Its last day is over, so that it is off the list with the second signature.
    let until = today.yesterday().unwrap_or(today);
    let mut ending = false;
    for line in lines(&steps, &app.policy.identify) {
        let this = line.list == List::Fake && line.entry.kind == fake.kind && line.entry.value == fake.value;
        if !this || line.entry.until.is_some_and(|day| day < today) {
            continue;
        }
        let waits = steps.iter().find(|s| s.seq == line.seq && s.standing == Standing::Proposed);
        if let Some(step) = waits
            && propose::withdraw(app, visit, step.seq, &step.change).await?
        {
            continue;
        }
        if !line.ending {
            let why = format!("/desk/fakes/{}", fake.seq);
            propose::propose(app, visit, &Change::End { of: line.seq, until, why }).await?;
        }
        ending = true;
    }
    Ok(ending)
}

/// `GET /desk/fakes/picture/{reference}`: downloaded, never opened in the desk's own origin, and on the record.
pub async fn picture(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    reader(&visit)?;
    let id = crate::fakes::parse(&reference).ok_or(Trouble::NotFound)?;
    let report = app.store.fake_report(id).await?.ok_or(Trouble::NotFound)?;
    let id = report.file.ok_or(Trouble::NotFound)?;
    let found = app.store.file(id).await?.ok_or(Trouble::NotFound)?;
    looks::look(&app, &visit, Looked::File, None, format!("{reference} {id}")).await?;
    Ok(file::answer(id, found))
}

#[cfg(test)]
mod tests;
