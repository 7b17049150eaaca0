//! The register of official channels at the desk: what is ours, was, or will be, what is known as a fake, and what
//! waits for the second person. One proposes, an approver decides, never the same: the store sees to that, and the
//! page only says so. What the configuration says stands here too, and is not to be changed here.

pub mod propose;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use case::identify::grouped_phone;
use case::official::change::{Change, Line, List, Standing, lines};
use case::official::{Entry, Kind};
use case::{AccountId, Role};
use jiff::civil::Date;
use store::{Act, ChannelStep, FakeState, StoreError};

use super::{Asked, fakes, reader, row, staff, timeline};
use crate::app::{App, Shared};
use crate::web::{Answer, Page, Posted, Trouble, Visit, check, html};
use crate::words;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Now,
    Waiting,
    Coming,
    Past,
    Fakes,
}

impl Sight {
    const ALL: [Sight; 5] = [Sight::Waiting, Sight::Now, Sight::Coming, Sight::Past, Sight::Fakes];

    fn name(self) -> &'static str {
        match self {
            Sight::Now => "now",
            Sight::Waiting => "waiting",
            Sight::Coming => "coming",
            Sight::Past => "past",
            Sight::Fakes => "fakes",
        }
    }

    fn title(self, p: &Page) -> String {
        match self {
            Sight::Now => fl!(p.l, "channels-now"),
            Sight::Waiting => fl!(p.l, "channels-waiting"),
            Sight::Coming => fl!(p.l, "channels-coming"),
            Sight::Past => fl!(p.l, "channels-past"),
            Sight::Fakes => fl!(p.l, "channels-fakes"),
        }
    }

    fn lede(self, p: &Page) -> String {
        match self {
            Sight::Now | Sight::Coming | Sight::Past => fl!(p.l, "channels-lede"),
            Sight::Waiting => fl!(p.l, "channels-waiting-lede"),
            Sight::Fakes => fl!(p.l, "channels-fakes-lede"),
        }
    }
}

/// A place in the list of both pages: the register and what was reported.
pub struct Tab {
    pub text: String,
    pub href: String,
    pub here: bool,
    pub count: String,
}

struct Group {
    kind: String,
    rows: Vec<Row>,
}

struct Row {
    value: String,
    facts: Vec<String>,
    why: String,
    /// Where it can be proposed to end; empty where it cannot.
    end: String,
    /// The step that waits; zero where none does.
    step: i64,
    /// Why this person cannot decide it; empty where they can.
    not: String,
}

#[derive(Template)]
#[template(path = "desk/channels.html")]
struct Register {
    p: Page,
    title: String,
    lede: String,
    register: Vec<Tab>,
    reports: Vec<Tab>,
    groups: Vec<Group>,
    done: String,
    wrong: String,
}

/// How much waits here, for the name of the page in the bar; empty where nothing does.
pub async fn count(app: &App) -> Result<String, StoreError> {
    let waiting = app.store.channel_revision().await?.waiting() + app.store.new_fakes().await?;
    Ok(match waiting {
        0 => String::new(),
        1..=999 => waiting.to_string(),
        _ => "999+".into(),
    })
}

/// The lists of both pages.
pub async fn tabs(app: &App, p: &Page, here: &str) -> Result<(Vec<Tab>, Vec<Tab>), StoreError> {
    let number = |n: u64| if n == 0 { String::new() } else { n.to_string() };
    let (new, waiting) = (app.store.new_fakes().await?, app.store.channel_revision().await?.waiting());
    let register = Sight::ALL.into_iter().map(|sight| Tab {
        text: sight.title(p),
        href: format!("/desk/channels?view={}", sight.name()),
        here: here == sight.name(),
        count: if sight == Sight::Waiting { number(waiting) } else { String::new() },
    });
    let reports = FakeState::ALL.into_iter().map(|state| Tab {
        text: fakes::title(p, state),
        href: format!("/desk/fakes?view={}", state.name()),
        here: here == format!("reported-{}", state.name()),
        count: if state == FakeState::New { number(new) } else { String::new() },
    });
    Ok((register.collect(), reports.collect()))
}

/// `GET /desk/channels?view=…`
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let asked = Asked::of(query.as_deref());
    let sight = Sight::ALL.into_iter().find(|s| s.name() == asked.get("view")).unwrap_or(Sight::Now);
    let p = Page::new(&app, &visit);
    let done = match asked.get("done") {
        "proposed" => fl!(p.l, "channels-done-proposed"),
        "approved" => fl!(p.l, "channels-done-approved"),
        "declined" => fl!(p.l, "channels-done-declined"),
        _ => String::new(),
    };
    show(&app, &visit, p, sight, StatusCode::OK, done, String::new()).await
}

async fn show(
    app: &Shared,
    visit: &Visit,
    p: Page,
    sight: Sight,
    status: StatusCode,
    done: String,
    wrong: String,
) -> Answer {
    let (me, role) = staff(visit)?;
    let steps = app.store.channel_steps().await?;
    let names = app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect();
    let look = Look { app, p: &p, names, me, role, today: app.now().to_zoned(app.policy.zone()).date(), steps };
    let groups = look.groups(sight);
    let (register, reports) = tabs(app, &p, sight.name()).await?;
    let page = Register { title: sight.title(&p), lede: sight.lede(&p), register, reports, groups, done, wrong, p };
    Ok(html(status, &page))
}

/// Who looks, and at what.
struct Look<'a> {
    app: &'a App,
    p: &'a Page,
    names: timeline::Names,
    me: AccountId,
    role: Role,
    today: Date,
    steps: Vec<ChannelStep>,
}

impl Look<'_> {
    fn groups(&self, sight: Sight) -> Vec<Group> {
        let rows: Vec<(Kind, Row)> = match sight {
            Sight::Waiting => self.waiting(),
            Sight::Now | Sight::Coming | Sight::Past | Sight::Fakes => self.standing(sight),
        };
        let mut groups = std::collections::BTreeMap::<Kind, Vec<Row>>::new();
        for (kind, row) in rows {
            groups.entry(kind).or_default().push(row);
        }
        groups.into_iter().map(|(kind, rows)| Group { kind: check::kind(self.p.l, kind), rows }).collect()
    }

    fn standing(&self, sight: Sight) -> Vec<(Kind, Row)> {
        let fixed = self.app.register.fixed();
        let list = if sight == Sight::Fakes { &fixed.fake } else { &fixed.official };
        let belongs = |list: List, entry: &Entry| match sight {
            Sight::Fakes => list == List::Fake,
            Sight::Now => list == List::Official && entry.in_force(self.today),
            Sight::Coming => list == List::Official && entry.from.is_some_and(|day| day > self.today),
            Sight::Past => list == List::Official && entry.until.is_some_and(|day| day < self.today),
            Sight::Waiting => false,
        };
        let of_list = if sight == Sight::Fakes { List::Fake } else { List::Official };
        let configured = list.iter().filter(|e| belongs(of_list, e)).map(|e| (e.kind, self.configured(e)));
        let steps: Vec<_> = self.steps.iter().map(|s| s.step.clone()).collect();
        let made = lines(&steps, &self.app.policy.identify);
        let made = made.into_iter().filter(|line| line.approved || line.list == List::Fake);
        let made = made.filter(|line| belongs(line.list, &line.entry)).map(|line| (line.entry.kind, self.made(&line)));
        configured.chain(made).collect()
    }

    fn dates(&self, entry: &Entry) -> Vec<String> {
        let day = |day: Date| words::day(self.p.language, day);
        let from = entry.from.map(|from| fl!(self.p.l, "channels-from", day = day(from)));
        let until = entry.until.map(|until| fl!(self.p.l, "channels-until", day = day(until)));
        from.into_iter().chain(until).collect()
    }

    fn configured(&self, entry: &Entry) -> Row {
        let mut facts = self.dates(entry);
        facts.push(fl!(self.p.l, "channels-configured"));
        let none = String::new;
        Row { value: grouped_phone(&entry.shown), facts, why: none(), end: none(), step: 0, not: none() }
    }

    fn made(&self, line: &Line) -> Row {
        let l = self.p.l;
        let mut facts = self.dates(&line.entry);
        let of = self.steps.iter().find(|s| s.step.seq == line.seq);
        if let Some(step) = of {
            facts.push(self.by(step));
            if let Some((who, at)) = step.decided {
                let who = timeline::name(self.p, &self.names, who);
                facts.push(fl!(l, "channels-approved-by", who = who, at = row::stamp(self.p, &at)));
            }
        }
        if !line.approved {
            let lapses = line.at.saturating_add(case::official::change::ALONE).unwrap_or(line.at);
            facts.push(match self.p.now() < lapses {
                true => fl!(l, "channels-alone-until", at = row::stamp(self.p, &lapses)),
                false => fl!(l, "channels-lapsed"),
            });
        }
        if line.ending {
            facts.push(fl!(l, "channels-ending"));
        }
        let over = line.entry.until.is_some_and(|day| day < self.today);
        let ends = line.approved && !line.ending && !over;
        let end = if ends { format!("/desk/channels/{}/end", line.seq) } else { String::new() };
        let why = of.map(|step| why(&step.step.change).to_owned()).unwrap_or_default();
        Row { value: grouped_phone(&line.entry.shown), facts, why, end, step: 0, not: String::new() }
    }

    fn by(&self, step: &ChannelStep) -> String {
        let who = timeline::name(self.p, &self.names, step.by);
        fl!(self.p.l, "channels-proposed-by", who = who, at = row::stamp(self.p, &step.step.at))
    }

    fn waiting(&self) -> Vec<(Kind, Row)> {
        let l = self.p.l;
        let waits = self.steps.iter().filter(|step| step.step.standing == Standing::Proposed);
        let row = |step: &ChannelStep| {
            let (kind, value, mut facts) = match &step.step.change {
                Change::Add { list, entry, .. } => {
                    let entry = entry.clone().checked(&self.app.policy.identify).ok()?;
                    let what = match list {
                        List::Official => fl!(l, "channels-add-official"),
                        List::Fake => fl!(l, "channels-add-fake"),
                    };
                    let facts = std::iter::once(what).chain(self.dates(&entry)).collect::<Vec<_>>();
                    (entry.kind, entry.shown, facts)
                }
                Change::End { of, until, .. } => {
                    let of = self.steps.iter().find(|step| step.step.seq == *of)?;
                    let Change::Add { entry, .. } = &of.step.change else { return None };
                    let day = words::day(self.p.language, *until);
                    (entry.kind, entry.value.clone(), vec![fl!(l, "channels-add-end", day = day)])
                }
            };
            facts.push(self.by(step));
            let not = if step.by == self.me {
                fl!(l, "channels-own")
            } else if self.role != Role::Approver {
                fl!(l, "channels-approver")
            } else {
                String::new()
            };
            let why = why(&step.step.change).to_owned();
            Some((kind, Row { value: grouped_phone(&value), facts, why, end: String::new(), step: step.step.seq, not }))
        };
        waits.filter_map(row).collect()
    }
}

fn why(change: &Change) -> &str {
    match change {
        Change::Add { why, .. } | Change::End { why, .. } => why,
    }
}

/// What the audit calls a change.
pub(super) fn named(seq: i64, change: &Change) -> String {
    match change {
        Change::Add { list: List::Official, entry, .. } => {
            format!("{seq} official {} {}", entry.kind.name(), entry.value)
        }
        Change::Add { list: List::Fake, entry, .. } => format!("{seq} fake {} {}", entry.kind.name(), entry.value),
        Change::End { of, until, .. } => format!("{seq} end of {of} after {until}"),
    }
}

/// `POST /desk/channels/{seq}`: approves or declines.
pub async fn decide(State(app): State<Shared>, visit: Visit, Path(seq): Path<i64>, posted: Posted) -> Answer {
    reader(&visit)?;
    let (me, role) = staff(&visit)?;
    if role != Role::Approver {
        return Err(Trouble::Forbidden);
    }
    let approve = match posted.get("deed") {
        "approve" => true,
        "decline" => false,
        _ => return Err(Trouble::BadRequest),
    };
    let steps = app.store.channel_steps().await?;
    let step = steps.into_iter().find(|step| step.step.seq == seq).ok_or(Trouble::NotFound)?;
    let own = step.by == me;
    if own || step.step.standing != Standing::Proposed {
        return conflict(&app, &visit, own).await;
    }
    // The record comes first: an act without a change is seen, a change without an act would not be.
    let what = if approve { "channel-approved" } else { "channel-declined" };
    let detail = named(seq, &step.step.change);
    app.store.audit(Act { at: app.now(), account: Some(me), what: what.into(), detail }).await?;
    if !app.store.decide_channel(seq, me, app.now(), approve).await? {
        return conflict(&app, &visit, false).await;
    }
    if let (Change::Add { list: List::Fake, entry, .. }, false) = (&step.step.change, approve)
        && let Ok(entry) = entry.clone().checked(&app.policy.identify)
        && let Some(fake) = app.store.fake_of(entry.kind, &entry.value).await?
    {
        app.store.decide_fake(fake.seq, FakeState::Nothing, me, app.now()).await?;
    }
    let done = if approve { "approved" } else { "declined" };
    Ok(to(Sight::Waiting, done))
}

async fn conflict(app: &Shared, visit: &Visit, own: bool) -> Answer {
    let p = Page::new(app, visit);
    let wrong = if own { fl!(p.l, "channels-own") } else { fl!(p.l, "channels-decided") };
    show(app, visit, p, Sight::Waiting, StatusCode::CONFLICT, String::new(), wrong).await
}

fn to(sight: Sight, done: &str) -> Response {
    Redirect::to(&format!("/desk/channels?view={}&done={done}", sight.name())).into_response()
}

#[cfg(test)]
mod tests;
