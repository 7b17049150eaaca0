//! What comes back by post, for its holder: where to, whether that address and courier are really ours, the label, how to
//! pack it, until when; "I have posted it"; where it is; and "that is not right".

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use case::official::{self, Kind, Verdict};
use case::parcel::{Deed, Over, Parcel, State as At};
use case::tracking::{Untracked, track};
use case::{Case, Command, Entry, Event, FileId};
use jiff::SignedDuration;
use store::StoredFile;

use super::certificate::qr;
use super::{Seen, Wrongs, ask, status_of};
use crate::app::Shared;
use crate::chance;
use crate::files::{self, Limits};
use crate::paper;
use crate::returns::{code, label, stays, words};
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};

/// Pictures and disputes of one return in a day.
const A_DAY: u32 = 20;

#[derive(Template)]
#[template(path = "case/post_back.html")]
struct PostBack {
    p: Page,
    reference: String,
    /// What is to come; none where nothing is.
    parcel: Option<Shown>,
    errors: Wrongs,
    typed: Typed,
}

/// A return as its holder sees it.
struct Shown {
    what: String,
    state: String,
    kind: &'static str,
    text: String,
    due: String,
    /// What not returning it would cost.
    charge: String,
    /// It is theirs to post, and they can say that they have.
    open: bool,
    can_dispute: bool,
    address: Vec<String>,
    official: bool,
    couriers: Vec<(String, bool)>,
    drop_off: String,
    postage: String,
    code: String,
    found: Option<(String, String)>,
    /// How what they disputed was decided, in the desk's words.
    answer: String,
    history: Vec<(String, String, String)>,
    advice: Vec<String>,
}

#[derive(Default)]
struct Typed {
    tracking: String,
    over: String,
    text: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    show(&app, &visit, &case, StatusCode::OK, (Typed::default(), Wrongs::default())).await
}

/// The old address of this page.
pub async fn moved(Seen(case): Seen) -> Answer {
    Ok(Redirect::to(&format!("/case/{}/return", case.reference)).into_response())
}

async fn show(app: &Shared, visit: &Visit, case: &Case, code: StatusCode, (typed, errors): (Typed, Wrongs)) -> Answer {
    let p = Page::new(app, visit);
    let parcel = match case.parcel.as_ref().filter(|_| !stays(case)) {
        Some(parcel) => Some(shown(app, &p, case, parcel).await?),
        None => None,
    };
    Ok(html(code, &PostBack { reference: case.reference.to_string(), parcel, errors, typed, p }))
}

async fn shown(app: &Shared, p: &Page, case: &Case, parcel: &Parcel) -> Result<Shown, Trouble> {
    let l = p.l;
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    let ours = |kind: Kind, text: &str| {
        let report = official::check(text, &register, today, &app.policy.identify);
        report.found.iter().any(|found| found.kind == kind && found.verdict == Verdict::Official)
    };
    let journal = app.store.journal(case.reference).await?;
    let state = parcel.state();
    let judged = parcel.judged();
    let what = words::thing(l, parcel.what);
    let open = parcel.received.is_none() && parcel.waived.is_none() && (case.stage.is_open() || case.stage.has_ended());
    let couriers = app.policy.returns.couriers.iter();
    Ok(Shown {
        state: words::state(l, state),
        kind: words::kind(state),
        text: match judged {
            Some(dispute) if dispute.upheld == Some(false) => fl!(l, "back-text-not-upheld"),
            Some(_) | None => p.t(&format!("back-text-{}", state.name())),
        },
        answer: judged.and_then(|d| d.answer.as_ref()).map(|(_, text)| text.clone()).unwrap_or_default(),
        // Once it is late, what is said of the charge names the day.
        due: parcel
            .due
            .filter(|_| open && parcel.posted.is_none() && parcel.late.is_none())
            .map(|due| p.day(&due))
            .unwrap_or_default(),
        charge: charge(p, case, parcel),
        open,
        can_dispute: !matches!(state, At::Waived | At::Disputed | At::Upheld)
            && (parcel.late.is_some() || parcel.inspected.is_some()),
        address: label::address(app),
        official: ours(Kind::Address, &app.config.desk.return_address),
        couriers: couriers.map(|name| (name.clone(), ours(Kind::Courier, name))).collect(),
        drop_off: words::text(&app.policy.returns.drop_off, p.language),
        postage: match label::billed(case) {
            Some(amount) => fl!(l, "back-postage-billed", amount = p.money(amount)),
            None => p.t(label::postage(app, case)),
        },
        code: code(&app.keys, case.reference),
        found: parcel.inspected.as_ref().map(|i| (words::found(l, i.found), i.text.clone())),
        history: history(p, &journal),
        advice: label::ADVICE.iter().map(|key| p.t(key)).collect(),
        what,
    })
}

/// What it costs now, or what it would.
fn charge(p: &Page, case: &Case, parcel: &Parcel) -> String {
    let l = p.l;
    if let Some(charge) = case.return_charge(p.now()) {
        return fl!(l, "back-charge-due", amount = p.money(&charge.amount), day = p.day(&charge.not_returned_by));
    }
    match &parcel.charge {
        Some(amount) if parcel.is_disputed() => fl!(l, "back-charge-stands-still", amount = p.money(amount)),
        Some(amount) if !parcel.is_settled() && parcel.dispute.is_none() => match parcel.due {
            Some(_) => fl!(l, "back-charge-would", amount = p.money(amount)),
            None => fl!(l, "back-charge-would-later", amount = p.money(amount)),
        },
        Some(_) | None => String::new(),
    }
}

/// Machine's time, people's time, what happened; newest first.
fn history(p: &Page, journal: &[Entry]) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for entry in journal {
        for event in &entry.events {
            if let Event::Return { step } = event
                && let Some(text) = words::step(p, step)
            {
                all.push((p.iso(&entry.at), p.moment(&entry.at), text));
            }
        }
    }
    all.reverse();
    all
}

pub async fn send(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    match posted.get("do") {
        "post" => post(&app, &visit, &case, posted).await,
        "dispute" => dispute(&app, &visit, &case, posted).await,
        "label" => {
            // What cannot be sent any more has no label; the page says why.
            let _ = ask(&app, &visit, &case, &Command::Return { deed: Deed::Label }).await?;
            Ok(Redirect::to(&format!("/case/{}/return/label", case.reference)).into_response())
        }
        _ => Err(Trouble::BadRequest),
    }
}

async fn post(app: &Shared, visit: &Visit, case: &Case, posted: Posted) -> Answer {
    let p = Page::new(app, visit);
    let mut typed = Typed { tracking: posted.get("tracking").chars().take(80).collect(), ..Typed::default() };
    let mut errors = Wrongs::default();
    let tracking = match track(&typed.tracking, &app.policy.returns.carriers) {
        Ok(tracked) => Some(tracked.tracking),
        Err(Untracked::Empty) if typed.tracking.is_empty() => None,
        Err(Untracked::CheckDigit { carrier }) => {
            errors.add("tracking", fl!(p.l, "back-error-check-digit", carrier = words::carrier(p.l, &carrier)));
            None
        }
        Err(Untracked::Empty | Untracked::Shape) => {
            errors.add("tracking", fl!(p.l, "back-error-shape"));
            None
        }
        Err(Untracked::Secret) => {
            // Nor is it shown again.
            typed.tracking.clear();
            errors.add("tracking", fl!(p.l, "back-error-secret"));
            None
        }
    };
    let mut files = Vec::new();
    if errors.is_empty() {
        files = kept(app, case, posted, "proof", 1, &p, &mut errors).await?;
    }
    if tracking.is_none() && files.is_empty() && errors.is_empty() {
        errors.add("tracking", fl!(p.l, "refusal-no-proof"));
    }
    let deed = Deed::Post { tracking, proof: files.first().copied() };
    finish(app, visit, case, deed, "tracking", (typed, errors)).await
}

async fn dispute(app: &Shared, visit: &Visit, case: &Case, posted: Posted) -> Answer {
    let p = Page::new(app, visit);
    let said = lines(posted.get("text"));
    let (text, found) = case::redact::redact(&said);
    let typed = Typed { over: posted.get("over").to_owned(), text, ..Typed::default() };
    let mut errors = Wrongs::default();
    if let Some(struck) = struck::said(p.l, &said, &found) {
        errors.add("text", struck);
    }
    let over = Over::named(&typed.over);
    if over.is_none() {
        errors.add("over", fl!(p.l, "back-error-over"));
    }
    if typed.text.trim().is_empty() {
        errors.add("text", fl!(p.l, "back-error-text"));
    }
    let mut files = Vec::new();
    if errors.is_empty() {
        files = kept(app, case, posted, "evidence", 3, &p, &mut errors).await?;
    }
    let deed = Deed::Dispute { over: over.unwrap_or(Over::Other), text: typed.text.clone(), files };
    finish(app, visit, case, deed, "text", (typed, errors)).await
}

/// Does it, or shows the page again with what was typed.
async fn finish(
    app: &Shared,
    visit: &Visit,
    case: &Case,
    deed: Deed,
    field: &'static str,
    (typed, mut errors): (Typed, Wrongs),
) -> Answer {
    if !errors.is_empty() {
        return show(app, visit, case, StatusCode::UNPROCESSABLE_ENTITY, (typed, errors)).await;
    }
    match ask(app, visit, case, &Command::Return { deed }).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}/return#now", case.reference)).into_response()),
        Err(refusal) => {
            errors.add(field, Page::new(app, visit).t(refusal.key()));
            show(app, visit, case, status_of(&refusal), (typed, errors)).await
        }
    }
}

/// The pictures that were sent with a form, drawn anew and put away.
pub(in crate::web) async fn kept(
    app: &Shared,
    case: &Case,
    posted: Posted,
    field: &'static str,
    most: usize,
    p: &Page,
    errors: &mut Wrongs,
) -> Result<Vec<FileId>, Trouble> {
    let (now, key) = (app.now(), format!("return:{}", case.reference));
    let hit = app.store.hit(&key, now, SignedDuration::from_hours(24), A_DAY).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
    }
    let mut kept = Vec::new();
    for file in posted.files.into_iter().filter(|file| file.field == field && !file.bytes.is_empty()).take(most) {
        match files::accept(&file.name, file.bytes, Limits::of(app.config.limits.upload_bytes)).await {
            Ok(clean) => {
                let id = FileId::from_bits(chance::bits());
                let stored =
                    StoredFile { id, media: clean.media.into(), name: clean.name, bytes: clean.bytes, at: now };
                app.store.put_draft_file(stored, now + files::DRAFT).await?;
                kept.push(id);
            }
            Err(bad) => {
                errors.add(field, p.t(bad.key()));
                break;
            }
        }
    }
    Ok(kept)
}

#[derive(Template)]
#[template(path = "case/label.html")]
struct LabelPage {
    p: Page,
    reference: String,
    address: Vec<String>,
    code: String,
    bars: String,
    qr: String,
    postage: String,
    draws: bool,
}

/// The label to print from the browser, and where the PDFs are.
pub async fn label_page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    if !to_send(&case) {
        return moved(Seen(case)).await;
    }
    let code = code(&app.keys, case.reference);
    let p = Page::new(&app, &visit);
    let page = LabelPage {
        reference: case.reference.to_string(),
        address: label::address(&app),
        bars: label::bars(&code),
        qr: qr(&code),
        postage: p.t(label::postage(&app, &case)),
        draws: app.draws && paper::ready().await,
        code,
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

pub async fn label_a4(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    pdf(&app, &visit, case, ::paper::Size::A4).await
}

pub async fn label_a6(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    pdf(&app, &visit, case, ::paper::Size::A6).await
}

async fn pdf(app: &Shared, visit: &Visit, case: Case, size: ::paper::Size) -> Answer {
    let sender = visit.query.split('&').any(|part| part == "sender=1");
    let drawn = if to_send(&case) { label::pdf(app, &case, visit.lang, size, sender).await } else { None };
    let Some(bytes) = drawn else {
        return Ok(Redirect::to(&format!("/case/{}/return/label", case.reference)).into_response());
    };
    let name = format!("attachment; filename=\"cease-return-{}.pdf\"", case.reference);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, bytes).into_response())
}

fn to_send(case: &Case) -> bool {
    let parcel = case.parcel.as_ref().filter(|_| !stays(case));
    parcel.is_some_and(|parcel| parcel.received.is_none() && parcel.state() != At::Waived)
}

#[cfg(test)]
mod tests;
