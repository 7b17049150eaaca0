//! One case: what to weigh (application and record side by side, what can be done), the thread with its
//! two composers, and what stands around it. Each part has a template of its own under `desk/case/`.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::case::RefusedFor;
use case::mask::Mask;
use case::watch::Kind;
use case::{AccountId, Actor, CardRecord, Case, CaseRef, Entry};
use store::{Account, Filter, View, Writing};

use super::act::{self, Deed, Done, Trial, Why};
use super::caution::Caution;
use super::eyes::{self, Eyes};
use super::hold::Hold;
use super::queue::search;
use super::row::{Row, date, flags, href, stamp};
use super::timeline::{self, Show};
use super::write::{self, Composer, Sending};
use super::{Asked, asker, case_of, looks, macros, reader, say, staff, view_name};
use crate::act::Stands;
use crate::app::{App, Shared};
use crate::web::chat::desk::{Panel, Tried};
use crate::web::counter::journey::Wrong;
use crate::web::lifeline::Lifeline;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

mod context;
mod deeds;
mod erased;
mod shades;
pub(super) mod sides;
mod stale;

use context::{Context, Pair};
use deeds::Deeds;
use shades::Shades;
use sides::Sides;
use stale::{Late, Stale};

#[derive(Template)]
#[template(path = "desk/case.html")]
struct CasePage {
    p: Page,
    view: String,
    /// Where the list is that it was opened from, and what the way there is called.
    back: (String, String),
    /// The case after this one in its view: reference and address.
    following: Option<(String, String)>,
    row: Row,
    version: u64,
    intro: String,
    ends: String,
    flags: Vec<(&'static str, String)>,
    stuck_href: String,
    why: Vec<String>,
    why_title: String,
    next: Next,
    outcome: Vec<Pair>,
    sides: Sides,
    shades: Shades,
    statement: String,
    files: Vec<(String, String)>,
    deeds: Deeds,
    /// The other case of its card, where the reader sees it: reference and address.
    rival: Option<(String, String)>,
    alarms: Vec<OpenAlarm>,
    caution: Caution,
    ways: super::ways::Ways,
    lifeline: Option<Lifeline>,
    belongs: Option<super::agencies::Belongs>,
    hold: Hold,
    desk: Writer,
    shows: Vec<Tab>,
    journal: Vec<timeline::Line>,
    context: Context,
    chat: Panel,
    contact: super::contact::Panel,
    done: Option<Done>,
    problem: Option<Problem>,
    stale: Option<Stale>,
    errors: Vec<Wrong>,
    typed: Option<(Deed, Posted)>,
}

/// An alarm that nobody has closed.
struct OpenAlarm {
    kind: String,
    says: String,
    amount: String,
    since: String,
}

/// What the reader of the page is writing, and with what.
struct Writer {
    recipients: Vec<String>,
    lang: &'static str,
    reply: Composer,
    note: Composer,
    sending: Vec<Sending>,
    /// Name and address.
    macros: Vec<(String, String)>,
}

/// One of the filters of the thread.
struct Tab {
    text: String,
    href: String,
    here: bool,
    count: usize,
}

/// Who acts next, by when, and how we know.
struct Next {
    who: String,
    when: String,
    basis: String,
    kind: &'static str,
}

/// Why a deed was refused, with what was typed, should its form be gone.
struct Problem {
    title: String,
    text: String,
    typed: Vec<String>,
}

impl CasePage {
    /// What was typed into a field of the form that failed.
    fn typed(&self, field: &str) -> String {
        self.typed.as_ref().map(|(_, posted)| posted.get(field).to_owned()).unwrap_or_default()
    }

    /// What stands in a composer: what failed just now, or the draft.
    fn written(&self, kind: &str) -> String {
        let (composer, field) = match kind {
            "reply" => (&self.desk.reply, "reply-text"),
            _ => (&self.desk.note, "note-text"),
        };
        if self.open(kind) { self.typed(field) } else { composer.text.clone() }
    }

    /// Whom what is written reaches, and in which language they read.
    fn goes_to(&self) -> String {
        let (l, lang) = (self.p.l, self.desk.lang);
        if self.desk.recipients.is_empty() {
            return fl!(l, "desk-reply-nowhere", lang = lang);
        }
        let to = self.desk.recipients.join(&fl!(l, "desk-list-and"));
        fl!(l, "desk-reply-goes", to = to, lang = lang)
    }

    fn ticked(&self, need: &str) -> bool {
        self.typed.as_ref().is_some_and(|(_, posted)| posted.all("ask-need").any(|n| n == need))
    }

    fn error(&self, field: &str) -> String {
        self.errors.iter().find(|e| e.field == field).map(|e| e.text.clone()).unwrap_or_default()
    }

    /// Whether a form stands open: the one that failed.
    fn open(&self, deed: &str) -> bool {
        self.typed.as_ref().is_some_and(|(failed, _)| failed.name() == deed)
    }
}

/// What a page shows beyond the case itself.
#[derive(Default)]
pub(in crate::web) struct Extra {
    pub trial: Option<Trial>,
    pub done: Option<Done>,
    pub show: Show,
    /// A chat message that would not do.
    pub chat: Option<Tried>,
    /// What came of the contact's last deed.
    pub contact: String,
    /// The search by which the reader found it, as it stands in addresses.
    pub sought: Option<String>,
}

pub async fn page(
    State(app): State<Shared>,
    visit: Visit,
    Path(reference): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let actor = reader(&visit)?;
    let reference = match case_of(&app, &visit, &reference).await {
        Err(Trouble::Refused(case::Refusal::Erased)) => return erased::page(&app, &visit, &reference).await,
        found => found?.reference,
    };
    let asked = Asked::of(query.as_deref());
    let done = Done::of(&Page::new(&app, &visit), &asked);
    let show = Show::named(asked.get("show"));
    render(
        &app,
        &visit,
        &actor,
        reference,
        asked.view(),
        Extra {
            done,
            show,
            contact: asked.get("contact").to_owned(),
            sought: search::sealed(&app, &asked),
            ..Extra::default()
        },
    )
    .await
}

/// The address of a form, asked for as a page: after a reload in the other language, say.
pub async fn back(visit: Visit, Path((reference, _)): Path<(String, String)>) -> Answer {
    reader(&visit)?;
    let reference: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    Ok(Redirect::to(&format!("/desk/case/{reference}")).into_response())
}

pub(in crate::web) async fn render(
    app: &Shared,
    visit: &Visit,
    actor: &Actor,
    reference: CaseRef,
    view: Filter,
    extra: Extra,
) -> Answer {
    let case = case_of(app, visit, &reference.to_string()).await?;
    let (me, role) = staff(visit)?;
    looks::open(app, visit, reference).await?;
    let p = Page::new(app, visit);
    let l = p.l;
    let (account, card) = records(app, &case).await?;
    let journal = app.store.journal(reference).await?;
    let eyes = Eyes::of(app, visit).await?;
    let sight = eyes.sight_of(&case, &journal);
    let record = account.as_ref().map(|a| &a.person);
    let (mask, own) = (eyes::mask(sight, &case, record), eyes::application(sight, &case, record));
    let colleagues = colleagues(app, visit).await?;
    let names: timeline::Names = colleagues.iter().map(|a| (a.id, a.person.name.clone())).collect();
    let following = act::next(app, &asker(app, visit, (me, role)), view, &case).await?;
    let status = extra.trial.as_ref().map_or(StatusCode::OK, |trial| trial.status);
    let stands = crate::act::stands(app, &case).await?;
    let stale = stale(app, &p, actor, (&case, &mask, &stands), &journal, &names, extra.trial.as_ref());
    let (problem, mut errors, typed) = failed(&p, extra.trial);
    errors.extend(extra.chat.as_ref().map(|tried| Wrong { field: "chat-text", text: tried.error.clone() }));
    let mut row = Row::of(&p, app.policy.of(&case), &case, view, &own);
    if let Some(sought) = &extra.sought {
        row.href += &format!("&{sought}");
    }
    let lines = timeline::of(&p, &names, &journal, &mask);
    let chat = Panel::of(app, &p, visit, (&case, &mask), &journal, extra.chat).await?;
    let house = super::agency(visit)?.is_none();
    let held = app.store.legal_hold(reference).await?.map(|held| (held, house));
    let contact = super::contact::Panel::of(app, &p, reference, me, &names, &journal, &extra.contact).await?;
    let page = CasePage {
        view: view_name(view),
        back: match extra.sought {
            Some(sought) => (format!("/desk?{sought}"), fl!(l, "desk-back-to-found")),
            None => (format!("/desk?view={}", view_name(view)), fl!(l, "desk-back-to-list", view = say::list(l, view))),
        },
        following: following.map(|next| (next.to_string(), href(next, view))),
        version: case.version,
        intro: fl!(
            l,
            "desk-case-intro",
            at = stamp(&p, &case.times.declared),
            channel = say::channel_within(l, case.declaration.channel),
            lang = row.lang
        ),
        ends: wanted(&p, &case),
        flags: flags(&p, &case),
        stuck_href: super::stuck::href_of(&case),
        why: context::why(&p, &case),
        why_title: context::why_title(&p, &case),
        next: context::next(&p, app.policy.of(&case), &case, row.due.as_ref()),
        outcome: context::outcome(&p, &case, &mask),
        sides: Sides::of(&p, &case, account.as_ref(), (&own, &mask)),
        shades: Shades::of(app, &p, &case, (sight, eyes.no_record(&case)), &row),
        statement: own.text(case.declaration.statement.as_deref().unwrap_or_default()),
        files: files(&p, &case, &journal, &mask),
        deeds: Deeds::of(app, &p, &case, actor, &stands, &names, &mask),
        rival: rival(app, visit, &stands).await?.map(|rival| (rival.to_string(), href(rival, View::All.into()))),
        alarms: case.alarms.iter().map(|alarm| open_alarm(&p, alarm)).collect(),
        caution: Caution::of(app, &p, (&case, &mask), actor, &names),
        ways: super::ways::Ways::of(&p, app.policy.of(&case), app.policy.of_complaint(&case, app.now()), &case, &mask),
        lifeline: case.times.network_cease.map(|_| Lifeline::of(&p, &case, &journal, crate::watch::kind)),
        belongs: super::agencies::Belongs::of(app, visit, reference, &p).await?,
        hold: Hold::of(app, &p, reference, me, &colleagues).await?,
        desk: Writer::of(app, &p, (&case, &mask), me, account.as_ref(), view).await?,
        shows: tabs(&p, &row.href, &lines, extra.show),
        journal: lines.into_iter().filter(|line| extra.show.takes(line)).collect(),
        context: Context::of(&p, app, &case, card.as_ref(), &names, &mask, held),
        chat,
        contact,
        done: extra.done,
        row,
        problem,
        stale,
        errors,
        typed,
        p,
    };
    Ok(html(status, &page))
}

/// What the operator's records have of its holder and its card.
async fn records(app: &App, case: &Case) -> Result<(Option<Account>, Option<CardRecord>), Trouble> {
    let account = match case.account {
        Some(account) => app.store.account(account).await?,
        None => None,
    };
    let card = match &case.subscription {
        Some(subscription) => app.store.card(subscription.card).await?,
        None => None,
    };
    Ok((account, card))
}

/// The other case of a card, where this reader sees it.
async fn rival(app: &App, visit: &Visit, card: &Stands) -> Result<Option<CaseRef>, Trouble> {
    let (Some(rival), agency) = (card.rival, super::agency(visit)?) else { return Ok(None) };
    Ok(app.store.case_for(rival, agency.as_ref()).await?.map(|rival| rival.reference))
}

/// Those whom this reader may hand a case to: of an agency its own, of the house all.
async fn colleagues(app: &App, visit: &Visit) -> Result<Vec<Account>, Trouble> {
    let agency = super::agency(visit)?;
    let staff = app.store.staff().await?;
    Ok(staff.into_iter().filter(|a| agency.is_none() || a.agency == agency || a.agency.is_none()).collect())
}

impl Writer {
    async fn of(
        app: &App,
        p: &Page,
        (case, mask): (&Case, &Mask),
        me: AccountId,
        record: Option<&Account>,
        view: Filter,
    ) -> Result<Self, Trouble> {
        Ok(Self {
            recipients: write::recipients(app, case, record, mask),
            lang: say::lang(case.lang()),
            reply: Composer::of(app, p, case, me, Writing::Reply).await?,
            note: Composer::of(app, p, case, me, Writing::Note).await?,
            sending: write::sending(app, p, case, me, mask).await?,
            macros: macros::links(app, case.reference, me, view).await?,
        })
    }
}

fn open_alarm(p: &Page, alarm: &case::watch::Alarm) -> OpenAlarm {
    // Of a bill, only the day is known.
    let at = |at| if alarm.kind == Kind::Billed { date(p, at) } else { stamp(p, at) };
    let (first, last) = (at(&alarm.first), at(&alarm.last));
    let says =
        if alarm.count == 1 { first } else { fl!(p.l, "after-times", n = alarm.count, first = first, last = last) };
    OpenAlarm {
        kind: crate::watch::kind(p.l, alarm.kind),
        says,
        amount: match alarm.amount.as_deref() {
            Some(amount) if alarm.count > 1 => fl!(p.l, "desk-alarm-first-amount", amount = amount),
            amount => amount.unwrap_or_default().to_owned(),
        },
        since: fl!(p.l, "desk-alarm-since", at = stamp(p, &alarm.since)),
    }
}

fn tabs(p: &Page, href: &str, lines: &[timeline::Line], here: Show) -> Vec<Tab> {
    let tab = |show: Show| Tab {
        text: show.text(p),
        href: format!("{href}&show={}#journal", show.name()),
        here: show == here,
        count: lines.iter().filter(|line| show.takes(line)).count(),
    };
    Show::EVERY.into_iter().map(tab).collect()
}

fn stale(
    app: &App,
    p: &Page,
    actor: &Actor,
    case: (&Case, &Mask, &Stands),
    journal: &[Entry],
    names: &timeline::Names,
    trial: Option<&Trial>,
) -> Option<Stale> {
    let Trial { deed, posted, why: Why::Moved { seen }, .. } = trial? else { return None };
    let late = Late { deed: *deed, posted, seen: *seen };
    Some(Stale::of(app, p, actor, case, journal, names, late))
}

type Failed = (Option<Problem>, Vec<Wrong>, Option<(Deed, Posted)>);

fn failed(p: &Page, trial: Option<Trial>) -> Failed {
    let Some(Trial { deed, posted, errors, why, .. }) = trial else { return (None, Vec::new(), None) };
    let typed = || deed.texts().iter().map(|f| posted.get(f).to_owned()).filter(|t| !t.is_empty()).collect();
    let problem = match why {
        Why::Fields | Why::Moved { .. } => None,
        Why::Refused(refusal) => {
            Some(Problem { title: fl!(p.l, "trouble-refused"), text: p.t(refusal.key()), typed: typed() })
        }
    };
    (problem, errors, Some((deed, posted)))
}

fn wanted(p: &Page, case: &Case) -> String {
    match case.declaration.wanted_end {
        Some(day) => fl!(p.l, "desk-case-wanted", day = day.to_string()),
        None => fl!(p.l, "desk-case-soonest"),
    }
}

/// The files of a case with the names they came under, where the journal knows them.
fn files(p: &Page, case: &Case, journal: &[case::Entry], mask: &Mask) -> Vec<(String, String)> {
    let named = |id: case::FileId| {
        journal.iter().flat_map(|entry| &entry.events).find_map(|event| {
            if let case::Event::Filed { file, name } = event { (*file == id).then(|| name.clone()) } else { None }
        })
    };
    let name = |(i, id): (usize, &case::FileId)| {
        let n = i + 1;
        let name = named(*id).map(|name| mask.text(&name)).unwrap_or_else(|| fl!(p.l, "desk-file", n = n));
        (timeline::file_href(case.reference, *id), name)
    };
    case.files.iter().enumerate().map(name).collect()
}

fn refused_for(p: &Page, reason: &RefusedFor) -> String {
    match reason {
        RefusedFor::Difference => fl!(p.l, "desk-refused-difference"),
        RefusedFor::Desk { text } => text.clone(),
    }
}
