//! The status page: where the case stands, what is still to do, what has happened, and everything the
//! holder can do about it.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use case::case::{RefusedFor, Step};
use case::matching::Verdict;
use case::parcel::Thing;
use case::redact::redact;
use case::{Case, Command, Flag, Need, Policy, Stage, thread};

use super::caution::Caution;
use super::eta::Eta;
use super::history::{self, Item};
use super::standing::{Standing, standing, undo_until, waits_for_holder};
use super::{KEPT, Seen, Wrongs, ask, asks, keys, status_of, wrong};
use crate::app::Shared;
use crate::clocks;
use crate::returns::words;
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};

#[derive(Template)]
#[template(path = "case/status.html")]
struct Status {
    p: Page,
    reference: String,
    kept: Kept,
    standing: Standing,
    eta: Eta,
    caution: Option<Caution>,
    /// When words came that may be a withdrawal; empty where none did, or it is decided.
    may_withdraw: String,
    /// Another case about the same card, which is decided first and which this browser may see.
    rival: Option<String>,
    tasks: Vec<Task>,
    /// The one thing to do next: its words and its page.
    next: Option<(String, String)>,
    /// For a proven holder, where a field differs.
    report: Vec<Compared>,
    refused: Option<RefusedWords>,
    /// What was declared, why it was not upheld, and when it ends then.
    not_upheld: Option<(String, String, String)>,
    number_kind: String,
    number: String,
    times: Vec<(String, String)>,
    /// Something comes back by post: its state, and how the tag shows it.
    parcel: Option<(String, &'static str)>,
    /// What is left to be posted after the end.
    to_post: Option<String>,
    late: bool,
    /// The card is with us or in the post: its holder can no longer cut it up.
    back: bool,
    history: Vec<Item>,
    talk: Vec<Item>,
    undo: Option<String>,
    can: Can,
    certificate: bool,
    /// There is something to say about money.
    bill: bool,
    /// Something has moved since.
    alarms: bool,
    /// The card has ended: until when it is watched.
    watched: Option<String>,
    /// The card has ended, and its eSIM profile is still on a device.
    profile_left: bool,
    /// Whether a code for the next network can be asked for, or is there.
    switch: bool,
    said: String,
    contact: super::contact::Now,
    data: Option<Data>,
    /// How many of the staff have opened it.
    lookers: u64,
    errors: Wrongs,
}

/// For who is signed in as its holder: all that the desk has of them, best taken while the case is open.
struct Data {
    open: bool,
}

struct Task {
    text: String,
    href: String,
    status: String,
    kind: &'static str,
    hint: String,
}

struct Compared {
    field: String,
    verdict: String,
    /// As the tag shows it.
    kind: &'static str,
}

struct RefusedWords {
    reason: String,
    way_out: String,
}

/// What the case's stage leaves open to its holder.
#[derive(Clone, Copy)]
struct Can {
    correct: bool,
    contest: bool,
    want_person: bool,
    /// It has ended: what now, and what if not.
    look_after: bool,
}

impl Can {
    fn of(case: &Case) -> Self {
        let differs = matches!(case.stage, Stage::Refused { reason: RefusedFor::Difference, .. });
        let waits = matches!(case.stage, Stage::Received { .. });
        Self {
            correct: waits || differs || matches!(case.stage, Stage::Review { .. }),
            contest: case.stage.is_open()
                && !matches!(case.stage, Stage::Contested { .. } | Stage::Ceasing { step: Step::Deleting, .. }),
            want_person: waits || differs,
            look_after: case.stage.has_ended(),
        }
    }
}

/// What was typed into the page's own forms, to be shown again beside its errors.
#[derive(Default)]
struct Typed {
    said: String,
    errors: Wrongs,
    kept: Kept,
}

/// What has just been sent is with us: said on this page, or elsewhere.
#[derive(Clone, Copy, Default, PartialEq)]
enum Kept {
    #[default]
    Nothing,
    Said,
    Here,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen, RawQuery(query): RawQuery) -> Answer {
    let kept = match query.as_deref() {
        query if asks(query, "kept=said") => Kept::Said,
        query if asks(query, KEPT) => Kept::Here,
        _ => Kept::Nothing,
    };
    show(&app, &visit, &case, StatusCode::OK, Typed { kept, ..Typed::default() }).await
}

/// The page's own forms: a message, the wish for a person, the question how it is going.
pub async fn act(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let typed = lines(posted.get("said"));
    let (said, found) = redact(&typed);
    let (field, command) = match posted.get("do") {
        "say" => ("said", Command::say(said.clone())),
        "person" => ("person", Command::WantPerson),
        "nudge" => ("nudge", Command::Nudge),
        _ => return Err(Trouble::BadRequest),
    };
    let struck = struck::said(Page::new(&app, &visit).l, &typed, &found).filter(|_| field == "said");
    if let Some(text) = struck {
        let typed = Typed { said, errors: wrong(field, text), kept: Kept::Nothing };
        return show(&app, &visit, &case, StatusCode::UNPROCESSABLE_ENTITY, typed).await;
    }
    match ask(&app, &visit, &case, &command).await? {
        Ok(case) => {
            let place = match field {
                "said" => "?kept=said#said",
                "nudge" => "#eta",
                _ => "#talk",
            };
            Ok(Redirect::to(&format!("/case/{}{place}", case.reference)).into_response())
        }
        Err(refusal) => {
            let text = Page::new(&app, &visit).t(refusal.key());
            let typed = Typed { said, errors: wrong(field, text), kept: Kept::Nothing };
            show(&app, &visit, &case, status_of(&refusal), typed).await
        }
    }
}

async fn show(app: &Shared, visit: &Visit, case: &Case, code: StatusCode, typed: Typed) -> Result<Response, Trouble> {
    let p = Page::new(app, visit);
    // Asked for at once: a database elsewhere is waited for once.
    let (entries, lookers, estimate, rival) = tokio::try_join!(
        async { Ok(app.store.journal(case.reference).await?) },
        async { Ok(app.store.lookers(case.reference).await?) },
        async { Ok(clocks::estimate(app, case).await?) },
        rival(app, visit, case),
    )?;
    let tasks = tasks(&p, case);
    let to_post = to_post(&p, case);
    let standing = standing(&p, case, app.policy.of(case), history::since(&entries));
    let page = Status {
        reference: case.reference.to_string(),
        kept: typed.kept,
        standing: standing.open(&p, case, thread::last_word(&entries).unread),
        lookers,
        eta: Eta::of(&p, app.policy.of(case), case, estimate.as_ref()),
        caution: Caution::of(&p, case),
        may_withdraw: Some(case)
            .filter(|case| case.flags.contains(&Flag::MayWithdraw) && case.stage.is_open())
            .map_or_else(String::new, |case| p.moment(&case.times.received)),
        rival,
        next: next(&p, case, &tasks),
        tasks,
        report: report(&p, case),
        refused: refused(&p, case),
        not_upheld: not_upheld(&p, app.policy.of(case), case),
        number_kind: p.t(&keys::number(case.number.kind())),
        number: case.number.grouped(),
        times: times(&p, case),
        parcel: case.parcel.as_ref().filter(|_| to_post.is_none() && !crate::returns::stays(case)).map(|parcel| {
            let state = parcel.state();
            (words::state(p.l, state), words::kind(state))
        }),
        to_post,
        back: match &case.parcel {
            Some(parcel) => parcel.what == Thing::Sim && (case.card_received || parcel.posted.is_some()),
            None => case.card_received,
        },
        late: case.parcel.as_ref().is_some_and(|parcel| parcel.late.is_some()),
        history: history::history(&p, &entries, super::is_stranger(visit, case)),
        talk: history::talk(&p, &entries),
        undo: undo_until(&p, case),
        can: Can::of(case),
        bill: !case.quote.lines.is_empty()
            || case.quote.fault.is_some()
            || case.bill.statement.is_some()
            || case.bill.refund.is_some(),
        certificate: case.stage.certificate().is_some(),
        alarms: !case.alarms.is_empty(),
        watched: if let Stage::Ceased { watch_until, .. } = &case.stage { Some(p.day(watch_until)) } else { None },
        profile_left: case.flags.contains(&Flag::ProfileLeft),
        switch: app.policy.journey.switching.offered
            && (case.stage.is_open() && !matches!(case.stage, Stage::Ceasing { .. } | Stage::Contested { .. })),
        said: typed.said,
        contact: super::contact::Now::of(app, &p, case, &entries).await?,
        data: visit
            .account
            .as_ref()
            .filter(|account| case.account == Some(account.id))
            .map(|_| Data { open: case.stage.is_open() }),
        errors: typed.errors,
        p,
    };
    Ok(html(code, &page))
}

async fn rival(app: &Shared, visit: &Visit, case: &Case) -> Result<Option<String>, Trouble> {
    let waits = case.stage.is_open() && case.flags.contains(&Flag::Duplicate);
    let Some(subscription) = case.subscription.as_ref().filter(|_| waits) else { return Ok(None) };
    let Some(rival) = app.store.rival_of(subscription, Some(case.reference)).await? else { return Ok(None) };
    let rival = app.store.case(rival).await?.filter(|rival| visit.may_see(rival));
    Ok(rival.map(|rival| rival.reference.to_string()))
}

/// What is still to be posted once the card has ended, by when, and what came of it where that has passed.
fn to_post(p: &Page, case: &Case) -> Option<String> {
    let parcel = crate::returns::to_post(case)?;
    let what = words::thing(p.l, parcel.what);
    let Some(due) = parcel.due else { return Some(words::state(p.l, parcel.state())) };
    let (what, day) = (what.as_str(), p.day(&due));
    Some(match (parcel.late, case.return_charge(p.now())) {
        (None, _) => fl!(p.l, "back-due", what = what, day = day),
        (Some(_), Some(charge)) => {
            fl!(p.l, "back-late-charge", what = what, day = day, amount = p.money(&charge.amount))
        }
        (Some(_), None) => fl!(p.l, "back-late", what = what, day = day),
    })
}

fn refused(p: &Page, case: &Case) -> Option<RefusedWords> {
    let Stage::Refused { reason, way_out, .. } = &case.stage else { return None };
    Some(match reason {
        RefusedFor::Difference => {
            RefusedWords { reason: fl!(p.l, "case-refused-differs"), way_out: fl!(p.l, "case-refused-mend") }
        }
        RefusedFor::Desk { text } => RefusedWords { reason: text.clone(), way_out: way_out.clone() },
    })
}

fn not_upheld(p: &Page, policy: &Policy, case: &Case) -> Option<(String, String, String)> {
    let weighed = case.ways.not_upheld.as_ref()?;
    let declared = p.t(&format!("ways-kind-{}", case.declaration.way.kind.name()));
    let end = crate::receipt::ends(policy, case, case.proven).filter(|_| case.proven && case.stage.is_open());
    let end = end.map(|end| crate::words::end(p.language, end, &policy.zone())).unwrap_or_default();
    Some((fl!(p.l, "ways-not-upheld-what", kind = declared), weighed.reason.clone(), end))
}

/// Field by field and never with what is on record; only for who has proven to be the holder.
fn report(p: &Page, case: &Case) -> Vec<Compared> {
    if !case.proven || !case.differs() {
        return Vec::new();
    }
    let row = |(field, verdict): (case::Field, Verdict)| {
        let kind = match verdict {
            Verdict::Exact | Verdict::Equivalent => "done",
            Verdict::Different => "waiting",
            Verdict::Missing => "neutral",
        };
        Compared { field: p.t(&keys::field(field)), verdict: p.t(keys::verdict(verdict)), kind }
    };
    case.report.iter().map(row).collect()
}

fn tasks(p: &Page, case: &Case) -> Vec<Task> {
    if !case.stage.is_open() || matches!(case.stage, Stage::Contested { .. }) {
        return Vec::new();
    }
    let l = p.l;
    let root = format!("/case/{}", case.reference);
    let (done, yours) = (fl!(l, "case-task-done"), fl!(l, "case-task-yours"));
    let task =
        |text, href: String, status: &str, kind, hint| Task { text, href, status: status.to_owned(), kind, hint };
    let mut tasks = vec![task(fl!(l, "case-task-declare"), format!("{root}/receipt"), &done, "done", String::new())];
    let open = wanted(case);
    for need in Need::ALL {
        let text = match (need, &case.parcel) {
            (Need::Card, Some(parcel)) => {
                fl!(l, "case-task-post-back", what = crate::returns::words::thing(l, parcel.what))
            }
            (_, _) => p.t(&keys::need(need)),
        };
        if open.contains(&need) && need == Need::Identity && waits_for_holder(p, case) {
            let theirs = fl!(l, "case-task-theirs");
            tasks.push(task(fl!(l, "case-task-holder"), String::new(), &theirs, "neutral", String::new()));
        } else if open.contains(&need) {
            let hint = if need == Need::Match && case.subscription.is_some() {
                fl!(l, "need-hint-match-details")
            } else {
                p.t(&format!("need-hint-{}", need.name()))
            };
            tasks.push(task(text, page_of(need, &root, case), &yours, "waiting", hint));
        } else if given(need, case) {
            tasks.push(task(text, String::new(), &done, "done", String::new()));
        }
    }
    if case.differs() && case.proven && Can::of(case).correct {
        let hint = fl!(l, "case-hint-differs");
        tasks.push(task(
            fl!(l, "case-task-correct"),
            format!("{root}/correct"),
            &fl!(l, "case-task-helps"),
            "neutral",
            hint,
        ));
    }
    let (soon, under_way) = (fl!(l, "case-task-not-yet"), fl!(l, "case-task-under-way"));
    let check = fl!(l, "case-task-check");
    let network = fl!(l, "case-task-network");
    match &case.stage {
        Stage::Received { .. } => tasks.push(task(network, String::new(), &soon, "neutral", String::new())),
        Stage::Review { .. } => {
            tasks.push(task(check, String::new(), &under_way, "active", String::new()));
            tasks.push(task(network, String::new(), &soon, "neutral", String::new()));
        }
        Stage::Scheduled { signatures, .. } => {
            if !signatures.is_empty() {
                tasks.push(task(check, String::new(), &done, "done", String::new()));
            }
            tasks.push(task(network, String::new(), &soon, "neutral", String::new()));
        }
        Stage::Ceasing { signatures, .. } => {
            if !signatures.is_empty() {
                tasks.push(task(check, String::new(), &done, "done", String::new()));
            }
            tasks.push(task(network, String::new(), &under_way, "active", String::new()));
        }
        Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => {}
    }
    tasks
}

/// What it wants of its holder: all that it waits for, and their word on a price that has risen while it is with the desk.
pub(super) fn wanted(case: &Case) -> BTreeSet<Need> {
    match &case.stage {
        Stage::Received { needs, .. } => needs.clone(),
        Stage::Review { .. } if case.proven && case.lacks_consent() => [Need::Consent].into(),
        Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => BTreeSet::new(),
    }
}

/// What is left for the holder to do: the words of each, and its page.
pub(super) fn left(p: &Page, case: &Case) -> Vec<(String, String)> {
    tasks(p, case).into_iter().filter(|t| t.kind == "waiting").map(|t| (t.text, t.href)).collect()
}

/// The one thing to do next: its words and its page.
fn next(p: &Page, case: &Case, tasks: &[Task]) -> Option<(String, String)> {
    let mend = matches!(case.stage, Stage::Refused { reason: RefusedFor::Difference, .. });
    let first = tasks.iter().find(|t| t.kind == "waiting").map(|t| (t.text.clone(), t.href.clone()));
    first.or_else(|| mend.then(|| (fl!(p.l, "case-task-correct"), format!("/case/{}/correct", case.reference))))
}

fn page_of(need: Need, root: &str, case: &Case) -> String {
    match need {
        Need::Identity => format!("/confirm?for={}", case.reference),
        Need::Match => format!("{root}/correct"),
        Need::Document => format!("{root}/file"),
        Need::Card => format!("{root}/return"),
        Need::Consent => format!("{root}/agree"),
        Need::Backup => format!("{root}/saved"),
        Need::Switch => format!("{root}/switch"),
    }
}

/// Needs that were met and are worth showing as done.
fn given(need: Need, case: &Case) -> bool {
    match need {
        Need::Identity => case.proven,
        Need::Card => case.must_return && case.card_received,
        Need::Consent => case.consent && !case.quote.total.is_zero(),
        Need::Backup => case.backup,
        Need::Switch => case.ways.switch.as_ref().is_some_and(|switch| switch.used.is_some()),
        Need::Match | Need::Document => false,
    }
}

pub(super) fn times(p: &Page, case: &Case) -> Vec<(String, String)> {
    let l = p.l;
    let t = &case.times;
    let ended = case.stage.has_ended();
    let over = !case.stage.is_open() && !ended;
    let moves = t.number_release.is_none() && case.keeps_number();
    let planned = |at: &case::Timestamp| fl!(l, "case-time-planned", at = p.moment(at));
    let show = |at: &Option<case::Timestamp>| match at {
        Some(at) if *at > p.now() => Some(planned(at)),
        Some(at) => Some(p.moment(at)),
        None if over => None,
        None => Some(fl!(l, "case-time-open")),
    };
    // Its moment may pass while the network has not answered, or the card is only barred.
    let cease = t.network_cease.filter(|_| case.stage.is_open()).map(|at| planned(&at));
    let rows = [
        (fl!(l, "case-time-declared"), Some(p.moment(&t.declared))),
        (fl!(l, "case-time-received"), Some(p.moment(&t.received))),
        (fl!(l, "case-time-contract-end"), show(&t.contract_end)),
        (fl!(l, "case-time-billing-end"), show(&t.billing_end)),
        (fl!(l, "case-time-network-cease"), cease.or_else(|| show(&t.network_cease))),
        (fl!(l, "case-time-number-release"), show(&t.number_release).filter(|_| !moves)),
        (fl!(l, "case-time-erasure"), show(&t.erasure)),
    ];
    rows.into_iter().filter_map(|(name, at)| at.map(|at| (name, at))).collect()
}
