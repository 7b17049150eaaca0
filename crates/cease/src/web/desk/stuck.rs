//! What does not get on, on one page: what is tried again by itself and why, what has been given up and waits
//! for a person, where the network and our records differ, and who answers nobody. What is done about it goes
//! through the one door (`deeds`).

pub mod deeds;
mod given_up;

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use case::{Agency, Case, CaseRef, Flag, Timestamp};
use store::{Asker, Claim, Count, Cursor, Differs, Failing, Filter, Finding, Start, StoreError, View};

use given_up::{GivenUp, last_given_up};

use super::row::{href, stamp};
use super::{Asked, agency, asker, reader, say, staff, timeline};
use crate::app::{App, Shared};
use crate::clocks;
use crate::network::reconcile;
use crate::web::{Answer, Page, Visit, html};
use crate::work::breaker::Far;
use crate::work::{KINDS, outage};

const ROWS: u32 = 50;
/// So many of a view are counted, no more.
const TOLD: u32 = 100;
/// How old the number beside the page's name may be.
const COUNTED: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Trying,
    Network,
    Letters,
    Billing,
    GaveUp,
    Unbilled,
    Returned,
    Differs,
    Agreed,
}

impl Sight {
    const ALL: [Sight; 9] = [
        Sight::Trying,
        Sight::Network,
        Sight::Letters,
        Sight::Billing,
        Sight::GaveUp,
        Sight::Unbilled,
        Sight::Returned,
        Sight::Differs,
        Sight::Agreed,
    ];

    fn name(self) -> &'static str {
        match self {
            Sight::Trying => "trying",
            Sight::Network => "network",
            Sight::Letters => "letters",
            Sight::Billing => "billing",
            Sight::GaveUp => "gave-up",
            Sight::Unbilled => "unbilled",
            Sight::Returned => "returned",
            Sight::Differs => "differs",
            Sight::Agreed => "agreed",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|sight| sight.name() == name).unwrap_or(Sight::Trying)
    }

    pub(super) fn href(self) -> String {
        format!("/desk/stuck?view={}", self.name())
    }

    fn title(self, p: &Page) -> String {
        match self {
            Sight::Trying => fl!(p.l, "stuck-view-trying"),
            Sight::Network => fl!(p.l, "stuck-view-network"),
            Sight::Letters => fl!(p.l, "stuck-view-letters"),
            Sight::Billing => fl!(p.l, "stuck-view-billing"),
            Sight::GaveUp => fl!(p.l, "stuck-view-gave-up"),
            Sight::Unbilled => fl!(p.l, "stuck-view-unbilled"),
            Sight::Returned => fl!(p.l, "stuck-view-returned"),
            Sight::Differs => fl!(p.l, "stuck-view-differs"),
            Sight::Agreed => fl!(p.l, "stuck-view-agreed"),
        }
    }

    fn lede(self, p: &Page) -> String {
        match self {
            Sight::Trying | Sight::Network | Sight::Letters | Sight::Billing => fl!(p.l, "stuck-lede-trying"),
            Sight::Unbilled => fl!(p.l, "stuck-lede-unbilled"),
            Sight::GaveUp => fl!(p.l, "stuck-lede-gave-up"),
            Sight::Returned => fl!(p.l, "stuck-lede-returned"),
            Sight::Differs | Sight::Agreed => fl!(p.l, "stuck-lede-differs"),
        }
    }

    fn bills(self) -> bool {
        matches!(self, Sight::Billing | Sight::Unbilled)
    }

    /// Which effects it shows; none where it shows something else.
    fn kinds(self) -> Option<Vec<&'static str>> {
        let of = |far| KINDS.into_iter().filter(|kind| outage::needs(kind, far)).collect();
        match self {
            Sight::Trying => Some(KINDS.to_vec()),
            Sight::Network => Some(of(Far::Network)),
            Sight::Letters => Some(of(Far::Mail)),
            Sight::Billing => Some(of(Far::Billing)),
            Sight::GaveUp | Sight::Unbilled | Sight::Returned | Sight::Differs | Sight::Agreed => None,
        }
    }

    /// The flag of the cases it shows.
    fn flag(self) -> Option<Flag> {
        match self {
            Sight::GaveUp => Some(Flag::Stuck),
            Sight::Unbilled => Some(Flag::BillingStuck),
            Sight::Returned => Some(Flag::Unreachable),
            Sight::Trying | Sight::Network | Sight::Letters | Sight::Billing | Sight::Differs | Sight::Agreed => None,
        }
    }
}

struct Tab {
    text: String,
    href: String,
    here: bool,
    /// Empty where there is nothing.
    many: String,
}

/// Who answers nobody.
struct Banner {
    far: &'static str,
    title: String,
    text: String,
    why: String,
}

struct Row {
    /// What a form calls it: `REFERENCE.n` of an effect, `REFERENCE` of a case; empty where nothing can be done.
    pick: String,
    reference: String,
    href: String,
    what: String,
    facts: Vec<String>,
    why: String,
    deeds: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "desk/stuck.html")]
struct Stuck {
    p: Page,
    view: &'static str,
    title: String,
    lede: String,
    tabs: Vec<Tab>,
    banners: Vec<Banner>,
    /// What is to be said of notices about accounts, and of two machines with different rules.
    notices: Vec<String>,
    rows: Vec<Row>,
    bulk: Vec<(&'static str, String)>,
    by_hand: bool,
    said: Vec<String>,
    compared: String,
    next_href: String,
    first_href: String,
    empty: (String, String),
}

/// How much is stuck, for the name of the page in the bar; empty where nothing is.
pub async fn count(app: &App, visit: &Visit) -> Result<String, StoreError> {
    let Ok((me, role)) = staff(visit) else { return Ok(String::new()) };
    // What concerns no case of theirs is the house's to count.
    let theirs = visit.staff().is_some_and(|(account, _)| account.agency.is_some());
    let (failing, findings) = if theirs { (0, 0) } else { app.store.stuck().await? };
    let asker = asker(app, visit, (me, role));
    let Count { many, more } = app.store.count(&flagged(Flag::Stuck), &asker, COUNTED).await?;
    let unbilled = match app.policy.tariff.connected {
        true => app.store.count(&flagged(Flag::BillingStuck), &asker, COUNTED).await?.many,
        false => 0,
    };
    let sum = failing + findings + u64::from(many) + u64::from(unbilled);
    Ok(match sum {
        0 => String::new(),
        _ if more || sum > 999 => "999+".into(),
        _ => sum.to_string(),
    })
}

/// How much there is in a view. What is over is not counted.
async fn many(app: &App, sight: Sight, asker: &Asker, agency: Option<&Agency>) -> Result<u32, StoreError> {
    let rows = match (sight.kinds(), sight.flag()) {
        (Some(kinds), _) => app.store.failing_for(agency, &kinds, None, TOLD).await?.len(),
        (None, Some(flag)) => {
            return Ok(app.store.count(&flagged(flag), asker, Duration::ZERO).await?.many.min(TOLD));
        }
        (None, None) if agency.is_some() || sight == Sight::Agreed => 0,
        (None, None) => app.store.findings(true, None, TOLD).await?.len(),
    };
    Ok(u32::try_from(rows).unwrap_or(TOLD))
}

/// All cases with this flag, whatever their stage.
fn flagged(flag: Flag) -> Filter {
    Filter { flags: [flag].into_iter().collect(), ..Filter::from(View::All) }
}

/// Where a case stands on this page; empty where it does not.
pub(super) fn href_of(case: &Case) -> String {
    let sights = [
        (Flag::Stuck, Sight::GaveUp),
        (Flag::BillingStuck, Sight::Unbilled),
        (Flag::Delayed, Sight::Network),
        (Flag::Unreachable, Sight::Returned),
    ];
    let sight = sights.into_iter().find(|(flag, _)| case.flags.contains(flag));
    sight.map(|(_, sight)| sight.href()).unwrap_or_default()
}

/// `GET /desk/stuck?view=…`; without a view the first that has something.
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let (me, role) = staff(&visit)?;
    let p = Page::new(&app, &visit);
    let asked = Asked::of(query.as_deref());
    let (asker, agency) = (asker(&app, &visit, (me, role)), agency(&visit)?);
    // Where nothing is billed from here there is nothing to see of it.
    let mut views = Vec::new();
    for one in Sight::ALL.into_iter().filter(|one| app.policy.tariff.connected || !one.bills()) {
        views.push((one, many(&app, one, &asker, agency.as_ref()).await?));
    }
    let first = views.iter().find(|(_, many)| *many > 0).map(|(one, _)| *one);
    let sight = match asked.get("view") {
        "" => first.unwrap_or(Sight::Trying),
        name => Sight::named(name),
    };
    let (rows, on) = match (sight.kinds(), sight.flag()) {
        (Some(kinds), _) => trying(&app, &p, &kinds, asked.get("after"), agency.as_ref()).await?,
        (None, Some(flag)) => given_up(&app, &p, flag, &asker, asked.get("after")).await?,
        // The network and our records are the house's.
        (None, None) if agency.is_some() => (Vec::new(), None),
        (None, None) => differing(&app, &p, sight == Sight::Differs, asked.get("after")).await?,
    };
    let at = |after: String| format!("{}&after={after}", sight.href());
    let tab = |(one, many): (Sight, u32)| Tab {
        text: one.title(&p),
        href: one.href(),
        here: one == sight,
        many: match many {
            0 => String::new(),
            TOLD.. => format!("{}+", TOLD - 1),
            many => many.to_string(),
        },
    };
    let differs = matches!(sight, Sight::Differs | Sight::Agreed);
    let compared = if differs { compared(&app, &p).await? } else { None };
    let page = Stuck {
        view: sight.name(),
        title: fl!(p.l, "stuck-title"),
        lede: sight.lede(&p),
        tabs: views.into_iter().map(tab).collect(),
        banners: banners(&app, &p).await?,
        // Accounts are the house's, whoever's their cases are.
        notices: if agency.is_none() { notices(&app, &p).await? } else { Vec::new() },
        bulk: bulk(&p, sight),
        by_hand: sight == Sight::GaveUp && !rows.is_empty(),
        rows,
        said: deeds::said(&p, &asked),
        compared: compared.clone().unwrap_or_default(),
        next_href: on.map(at).unwrap_or_default(),
        first_href: if asked.get("after").is_empty() { String::new() } else { sight.href() },
        empty: if differs && compared.is_none() {
            (fl!(p.l, "stuck-empty-uncompared"), fl!(p.l, "stuck-lede-uncompared"))
        } else if differs {
            (fl!(p.l, "stuck-empty-differs"), fl!(p.l, "stuck-empty-differs-text"))
        } else if first.is_some() {
            (fl!(p.l, "stuck-empty-here"), fl!(p.l, "stuck-empty-here-text"))
        } else {
            (fl!(p.l, "stuck-empty"), fl!(p.l, "stuck-empty-text"))
        },
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

async fn banners(app: &App, p: &Page) -> Result<Vec<Banner>, StoreError> {
    let banner = |(far, out): (Far, crate::work::breaker::Out)| {
        let title = match far {
            Far::Network => fl!(p.l, "stuck-out-network"),
            Far::Mail => fl!(p.l, "stuck-out-mail"),
            Far::Sms => fl!(p.l, "stuck-out-sms"),
            Far::Billing => fl!(p.l, "stuck-out-billing"),
        };
        let (since, next) = (stamp(p, &out.since), stamp(p, &out.next));
        let text = fl!(p.l, "stuck-out-text", since = since, next = next);
        Banner { far: far.name(), title, text, why: fl!(p.l, "stuck-out-why", why = out.why) }
    };
    Ok(outage::known(&app.store).await?.into_iter().map(banner).collect())
}

async fn notices(app: &App, p: &Page) -> Result<Vec<String>, StoreError> {
    let (waiting, given_up) = app.store.notices().await?;
    let waiting = (waiting > 0).then(|| fl!(p.l, "stuck-notices-wait", n = waiting));
    let given_up = (given_up > 0).then(|| fl!(p.l, "stuck-notices-gave-up", n = given_up));
    let differ = clocks::others(app).await?.then(|| fl!(p.l, "stuck-other-rules"));
    Ok(differ.into_iter().chain(waiting).chain(given_up).collect())
}

/// When the network was compared with our records, if it ever was.
async fn compared(app: &App, p: &Page) -> Result<Option<String>, StoreError> {
    let last = reconcile::last(&app.store).await?;
    let told = last.filter(|last| last.told.iter().any(|told| told.cannot.is_none()));
    Ok(told.map(|last| {
        let cards: u64 = last.told.iter().map(|told| told.cards).sum();
        fl!(p.l, "stuck-lede-compared", at = stamp(p, &last.at), cards = cards)
    }))
}

type Rows = (Vec<Row>, Option<String>);

async fn trying(app: &App, p: &Page, kinds: &[&str], after: &str, agency: Option<&Agency>) -> Result<Rows, StoreError> {
    let mut found = app.store.failing_for(agency, kinds, parse(after), ROWS + 1).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let on = found.last().filter(|_| more).map(|last| {
        let (cursor, n) = last.cursor();
        format!("{:x}.{:x}.{n:x}", cursor.at_us, cursor.reference.bits())
    });
    let names = names(app).await?;
    let mut rows = Vec::new();
    for failing in found {
        let hold = app.store.claim_of(failing.id.case).await?;
        rows.push(waits(p, &names, &failing, hold));
    }
    Ok((rows, on))
}

fn parse(after: &str) -> Option<(Cursor, u32)> {
    let mut parts = after.split('.');
    let mut next = || u64::from_str_radix(parts.next()?, 16).ok();
    let (at, reference, n) = (next()?, next()?, next()?);
    let at_us = i64::try_from(at).ok().filter(|us| Timestamp::from_microsecond(*us).is_ok())?;
    Some((Cursor { at_us, reference: CaseRef::from_bits(reference) }, u32::try_from(n).ok()?))
}

fn waits(p: &Page, names: &timeline::Names, failing: &Failing, hold: Option<Claim>) -> Row {
    let l = p.l;
    let reference = failing.id.case;
    let what = match failing.effect {
        case::Effect::Notify { letter } => say::letter(l, letter),
        case::Effect::Bar { .. }
        | case::Effect::Unbar { .. }
        | case::Effect::Cease { .. }
        | case::Effect::Observe { .. }
        | case::Effect::Certify
        | case::Effect::Escalate
        | case::Effect::EndBilling { .. }
        | case::Effect::FinalBill { .. }
        | case::Effect::Refund { .. }
        | case::Effect::Port { .. } => say::effect(l, failing.effect.kind()),
    };
    let next = match failing.next > p.now() {
        true => fl!(l, "stuck-next", at = stamp(p, &failing.next)),
        false => fl!(l, "stuck-soon"),
    };
    let owed = fl!(l, "stuck-owed", at = stamp(p, &failing.owed));
    let held = hold.map(|claim| held(p, names, &claim));
    Row {
        pick: format!("{reference}.{}", failing.id.n),
        reference: reference.to_string(),
        href: href(reference, View::All.into()),
        what,
        facts: [fl!(l, "stuck-tries", n = failing.attempts), next, owed].into_iter().chain(held).collect(),
        why: failing.why.clone(),
        deeds: vec![("now", fl!(l, "stuck-do-now")), ("take", fl!(l, "stuck-do-take"))],
    }
}

fn held(p: &Page, names: &timeline::Names, claim: &Claim) -> String {
    fl!(p.l, "stuck-hold", who = timeline::name(p, names, claim.staff))
}

async fn names(app: &App) -> Result<timeline::Names, StoreError> {
    Ok(app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect())
}

async fn given_up(app: &App, p: &Page, flag: Flag, asker: &Asker, after: &str) -> Result<Rows, StoreError> {
    let start = parse(after).map_or(Start::First, |(cursor, _)| Start::After(cursor));
    let listed = app.store.filtered(&flagged(flag), asker, start, ROWS).await?;
    let on = listed.on.map(|cursor| format!("{:x}.{:x}.0", cursor.at_us, cursor.reference.bits()));
    let names = names(app).await?;
    let mut rows = Vec::new();
    for (_, summary) in listed.rows {
        let case = summary.case;
        let journal = app.store.journal(case.reference).await?;
        let hold = app.store.claim_of(case.reference).await?;
        rows.push(gave_up(p, &names, &case, last_given_up(&journal, flag), hold));
    }
    Ok((rows, on))
}

fn gave_up(p: &Page, names: &timeline::Names, case: &Case, given_up: Option<GivenUp>, hold: Option<Claim>) -> Row {
    let l = p.l;
    let letter = given_up.as_ref().and_then(|given_up| given_up.letter);
    let what = match (&given_up, letter) {
        (_, Some(letter)) => say::letter(l, letter),
        (Some(given_up), None) => say::effect(l, &given_up.what),
        (None, None) => say::stage(l, &case.stage),
    };
    let at = given_up.as_ref().map(|given_up| fl!(l, "stuck-gave-up", at = stamp(p, &given_up.at)));
    let held = hold.map(|claim| held(p, names, &claim));
    let take = ("take", fl!(l, "stuck-do-take"));
    let network = given_up.as_ref().is_some_and(|given_up| outage::needs(&given_up.what, Far::Network));
    let deeds = if letter.is_some() {
        vec![("resend", fl!(l, "stuck-do-resend")), take]
    } else if network {
        vec![("again", fl!(l, "stuck-do-again")), ("by-hand", fl!(l, "stuck-do-by-hand")), take]
    } else {
        vec![("again", fl!(l, "stuck-do-again")), take]
    };
    Row {
        pick: case.reference.to_string(),
        reference: case.reference.to_string(),
        href: href(case.reference, View::All.into()),
        what,
        facts: at.into_iter().chain([say::stage(l, &case.stage)]).chain(held).collect(),
        why: given_up.map(|given_up| given_up.why).unwrap_or_default(),
        deeds,
    }
}

async fn differing(app: &App, p: &Page, open: bool, after: &str) -> Result<Rows, StoreError> {
    let mut found = app.store.findings(open, after.parse().ok(), ROWS + 1).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let on = found.last().filter(|_| more).map(|last| last.seq.to_string());
    let mut rows = Vec::new();
    for finding in found {
        let number = app.store.card(finding.card).await?.map(|card| card.number().1.to_owned());
        rows.push(finding_row(p, &finding, &number.unwrap_or_default()));
    }
    Ok((rows, on))
}

fn finding_row(p: &Page, finding: &Finding, number: &str) -> Row {
    let l = p.l;
    let what = match finding.what {
        Differs::Served => fl!(l, "stuck-differs-served"),
        Differs::Unknown => fl!(l, "stuck-differs-unknown"),
        Differs::Barred => fl!(l, "stuck-differs-barred"),
        Differs::Active => fl!(l, "stuck-differs-active"),
    };
    let number = case::mask::number(number);
    let card = fl!(l, "stuck-differs-card", card = number, element = finding.element.as_str());
    let since = fl!(l, "stuck-differs-since", at = stamp(p, &finding.since));
    let over = finding.resolved.map(|at| fl!(l, "stuck-differs-over", at = stamp(p, &at)));
    let (none, no_deeds) = (String::new(), Vec::new());
    let facts = [card, since].into_iter().chain(over).collect();
    Row { pick: none.clone(), reference: none.clone(), href: none.clone(), what, facts, why: none, deeds: no_deeds }
}

/// What can be done with all that are chosen.
fn bulk(p: &Page, sight: Sight) -> Vec<(&'static str, String)> {
    let l = p.l;
    let take = ("take", fl!(l, "stuck-do-take"));
    match sight {
        Sight::Trying | Sight::Network | Sight::Letters | Sight::Billing => vec![("now", fl!(l, "stuck-do-now")), take],
        Sight::GaveUp => vec![("again", fl!(l, "stuck-do-again")), ("by-hand", fl!(l, "stuck-do-by-hand")), take],
        Sight::Unbilled => vec![("again", fl!(l, "stuck-do-again")), take],
        Sight::Returned => vec![("resend", fl!(l, "stuck-do-resend")), take],
        Sight::Differs | Sight::Agreed => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
