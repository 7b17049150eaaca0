//! Proposing a line of the register, or the end of one.

use askama::Template;
use axum::extract::{Path, State};
use case::official::change::{Change, List, Standing, Step, lines};
use case::official::{Entry, Kind};
use case::redact::redact;
use jiff::civil::Date;
use store::Act;

use super::{Sight, named, to};
use crate::app::{App, Shared};
use crate::web::counter::journey::Wrongs;
use crate::web::desk::{reader, staff};
use crate::web::{Answer, Page, Posted, Trouble, Visit, check, html};

const VALUE_MAX: usize = 300;
const WHY_MAX: usize = 500;

#[derive(Template)]
#[template(path = "desk/channel.html")]
struct Form {
    p: Page,
    action: String,
    title: String,
    /// The line that ends; empty where one is added.
    ends: String,
    kinds: Vec<(&'static str, String)>,
    typed: Typed,
    errors: Wrongs,
}

#[derive(Default)]
struct Typed {
    list: String,
    kind: String,
    value: String,
    from: String,
    until: String,
    why: String,
}

impl Typed {
    fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.get(name).replace("\r\n", "\n");
        Self {
            list: text("list"),
            kind: text("kind"),
            value: text("value"),
            from: text("from"),
            until: text("until"),
            why: text("why"),
        }
    }
}

fn form(p: Page, ends: Option<(i64, String)>, typed: Typed, errors: Wrongs) -> Answer {
    let (action, title, ends) = match ends {
        Some((seq, value)) => (format!("/desk/channels/{seq}/end"), fl!(p.l, "channels-end-title"), value),
        None => ("/desk/channels/new".to_owned(), fl!(p.l, "channels-new"), String::new()),
    };
    let registered = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Reference);
    let kinds = registered.map(|kind| (kind.name(), check::kind(p.l, kind))).collect();
    Ok(html(errors.status(), &Form { p, action, title, ends, kinds, typed, errors }))
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    reader(&visit)?;
    let typed = Typed { list: "official".into(), ..Typed::default() };
    form(Page::new(&app, &visit), None, typed, Wrongs::default())
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    let p = Page::new(&app, &visit);
    let typed = Typed::of(&posted);
    let mut errors = Wrongs::default();
    let why = reason(&p, &typed, &mut errors);
    let list = match typed.list.as_str() {
        "official" => Some(List::Official),
        "fake" => Some(List::Fake),
        _ => None,
    };
    if list.is_none() {
        errors.add("list", fl!(p.l, "channels-error-list"));
    }
    let entry = entry(&app, &p, &typed, &mut errors);
    if let (Some(list), Some(entry)) = (list, &entry) {
        clashes(&app, &p, list, entry, &mut errors).await?;
    }
    let (Some(list), Some(entry), true) = (list, entry, errors.is_empty()) else {
        return form(p, None, typed, errors);
    };
    // As it was written: how it is compared is calculated each time.
    let written = Entry { from: entry.from, until: entry.until, ..Entry::new(entry.kind, entry.shown) };
    propose(&app, &visit, &Change::Add { list, entry: written, why }).await?;
    Ok(to(Sight::Waiting, "proposed"))
}

/// Proposes it on the record, for whoever is signed in.
pub(in crate::web::desk) async fn propose(app: &App, visit: &Visit, change: &Change) -> Result<(), Trouble> {
    let (me, _) = staff(visit)?;
    let seq = app.store.propose_channel(me, app.now(), change).await?;
    let act = Act { at: app.now(), account: Some(me), what: "channel-proposed".into(), detail: named(seq, change) };
    Ok(app.store.audit(act).await?)
}

/// Everything that was ever proposed, in that order.
pub(in crate::web::desk) async fn steps(app: &App) -> Result<Vec<Step>, Trouble> {
    Ok(app.store.channel_steps().await?.into_iter().map(|step| step.step).collect())
}

/// Takes back on the record what nobody has signed; false where somebody has decided on it meanwhile.
pub(in crate::web::desk) async fn withdraw(
    app: &App,
    visit: &Visit,
    seq: i64,
    change: &Change,
) -> Result<bool, Trouble> {
    let (me, _) = staff(visit)?;
    let done = app.store.withdraw_channel(seq, app.now()).await?;
    if done {
        let detail = named(seq, change);
        app.store.audit(Act { at: app.now(), account: Some(me), what: "channel-withdrawn".into(), detail }).await?;
    }
    Ok(done)
}

fn reason(p: &Page, typed: &Typed, errors: &mut Wrongs) -> String {
    let (why, _) = redact(&typed.why);
    if why.is_empty() || why.chars().count() > WHY_MAX {
        errors.add("why", fl!(p.l, "channels-error-why", most = WHY_MAX));
    }
    why
}

fn date(p: &Page, field: &'static str, text: &str, errors: &mut Wrongs) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let read = text.parse().ok();
    if read.is_none() {
        errors.add(field, fl!(p.l, "channels-error-date"));
    }
    read
}

fn entry(app: &App, p: &Page, typed: &Typed, errors: &mut Wrongs) -> Option<Entry> {
    let (from, until) = (date(p, "from", &typed.from, errors), date(p, "until", &typed.until, errors));
    let Some(kind) = Kind::named(&typed.kind).filter(|kind| *kind != Kind::Reference) else {
        errors.add("kind", fl!(p.l, "channels-error-kind"));
        return None;
    };
    if from.zip(until).is_some_and(|(from, until)| from > until) {
        errors.add("until", fl!(p.l, "channels-error-backwards"));
        return None;
    }
    let entry = Entry { from, until, ..Entry::new(kind, typed.value.as_str()) }.checked(&app.policy.identify);
    match entry {
        Ok(entry) if typed.value.chars().count() <= VALUE_MAX => Some(entry),
        Ok(_) | Err(_) => {
            errors.add("value", bad(p, kind));
            None
        }
    }
}

fn bad(p: &Page, kind: Kind) -> String {
    match kind {
        Kind::Domain => fl!(p.l, "channels-bad-domain"),
        Kind::Mail => fl!(p.l, "channels-bad-mail"),
        Kind::Phone => fl!(p.l, "channels-bad-phone"),
        Kind::ShortCode => fl!(p.l, "channels-bad-short-code"),
        Kind::Handle => fl!(p.l, "channels-bad-handle"),
        Kind::Sender | Kind::Courier | Kind::Address | Kind::Reference => fl!(p.l, "channels-bad-name"),
    }
}

/// Nothing is both ours and a fake, and nothing stands or waits twice: the end of one line would leave the other.
async fn clashes(app: &App, p: &Page, list: List, entry: &Entry, errors: &mut Wrongs) -> Result<(), Trouble> {
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    match list {
        List::Fake if register.ours_within(entry, today).is_some() => {
            errors.add("value", fl!(p.l, "channels-error-ours"));
        }
        List::Official if register.known_fake(entry.kind, &entry.value).is_some() => {
            errors.add("value", fl!(p.l, "channels-error-fake"));
        }
        List::Official | List::Fake if stands(app, list, entry, today).await? => {
            errors.add("value", fl!(p.l, "channels-error-stands"));
        }
        List::Official | List::Fake => {}
    }
    Ok(())
}

async fn stands(app: &App, list: List, entry: &Entry, today: Date) -> Result<bool, Trouble> {
    let steps = steps(app).await?;
    let fixed = match list {
        List::Official => &app.register.fixed().official,
        List::Fake => &app.register.fixed().fake,
    };
    let made = lines(&steps, &app.policy.identify).into_iter().filter(|line| line.list == list).map(|line| line.entry);
    let mut all = fixed.iter().cloned().chain(made);
    // One that is over may come again, and one that ends may go on from the day after.
    Ok(all.any(|e| {
        let same = (e.kind, &e.value) == (entry.kind, &entry.value);
        same && e.until.is_none_or(|day| day >= today) && e.meets(entry)
    }))
}

/// The line that may be proposed to end.
async fn line(app: &App, seq: i64) -> Result<case::official::change::Line, Trouble> {
    let steps = steps(app).await?;
    let approved = steps.iter().any(|s| s.seq == seq && s.standing == Standing::Approved);
    let mut found = lines(&steps, &app.policy.identify).into_iter();
    found.find(|line| line.seq == seq && approved).ok_or(Trouble::NotFound)
}

pub async fn end_page(State(app): State<Shared>, visit: Visit, Path(seq): Path<i64>) -> Answer {
    reader(&visit)?;
    let line = line(&app, seq).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    let typed = Typed { until: today.to_string(), ..Typed::default() };
    form(Page::new(&app, &visit), Some((seq, line.entry.shown)), typed, Wrongs::default())
}

pub async fn end(State(app): State<Shared>, visit: Visit, Path(seq): Path<i64>, posted: Posted) -> Answer {
    reader(&visit)?;
    let line = line(&app, seq).await?;
    let p = Page::new(&app, &visit);
    let typed = Typed::of(&posted);
    let mut errors = Wrongs::default();
    let why = reason(&p, &typed, &mut errors);
    let until = date(&p, "until", &typed.until, &mut errors);
    if until.is_none() && errors.at("until").is_empty() {
        errors.add("until", fl!(p.l, "channels-error-date"));
    }
    if line.entry.from.zip(until).is_some_and(|(from, until)| from > until) {
        errors.add("until", fl!(p.l, "channels-error-backwards"));
    }
    if line.ending {
        errors.add("why", fl!(p.l, "channels-ending"));
    }
    let (Some(until), true) = (until, errors.is_empty()) else {
        return form(p, Some((seq, line.entry.shown)), typed, errors);
    };
    propose(&app, &visit, &Change::End { of: seq, until, why }).await?;
    Ok(to(Sight::Waiting, "proposed"))
}
