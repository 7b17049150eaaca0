//! Reporting a fake: what it was, where it came from, its words, a picture. Everything is kept, but for what must not
//! be (`case::redact`), and gets a reference; who sends more than people do is marked, never turned away. Whoever has
//! the reference sees what became of the report, and nothing of what was in it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::FileId;
use case::official::{self, MOST, Reason};
use case::redact::redact;
use jiff::SignedDuration;
use store::{FakeReport, FakeState, StoredFile};

use crate::app::{App, Shared};
use crate::chance;
use crate::fakes;
use crate::files::{self, Limits};
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// How it may have come.
const HOWS: [&str; 7] = ["call", "text", "mail", "page", "chat", "letter", "other"];
const FROM_MAX: usize = 300;
/// Reports of one network in an hour before they are marked.
const PEOPLE: u32 = 20;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long a picture is kept.
const PICTURE: SignedDuration = SignedDuration::from_hours(24 * 90);

pub fn how(p: &Page, how: &str) -> String {
    match how {
        "call" => fl!(p.l, "report-how-call"),
        "text" => fl!(p.l, "report-how-text"),
        "mail" => fl!(p.l, "report-how-mail"),
        "page" => fl!(p.l, "report-how-page"),
        "chat" => fl!(p.l, "report-how-chat"),
        "letter" => fl!(p.l, "report-how-letter"),
        _ => fl!(p.l, "report-how-other"),
    }
}

#[derive(Default)]
struct Typed {
    how: String,
    from: String,
    text: String,
    contact: String,
    token: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Form {
    p: Page,
    hows: Vec<(&'static str, String)>,
    typed: Typed,
    errors: Wrongs,
}

fn form(p: Page, mut typed: Typed, errors: Wrongs) -> Answer {
    if typed.token.is_empty() {
        typed.token = chance::token();
    }
    let hows = HOWS.map(|one| (one, how(&p, one))).into();
    Ok(html(errors.status(), &Form { p, hows, typed, errors }))
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    form(Page::new(&app, &visit), Typed::default(), Wrongs::default())
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let text = |name: &str| posted.get(name).replace("\r\n", "\n");
    let typed = Typed {
        how: text("how"),
        from: text("from"),
        text: text("text"),
        contact: text("contact"),
        token: text("token"),
    };
    // From `/check`, with what was pasted there: nothing is kept yet.
    if posted.ticked("begin") {
        return form(p, Typed { text: typed.text, ..Typed::default() }, Wrongs::default());
    }
    let token = if typed.token.is_empty() { chance::token() } else { typed.token.clone() };
    let id = id_of(&app, &token);
    // The same form again is the same report.
    if app.store.fake_report(id).await?.is_some() {
        return Ok(received(id));
    }
    let picture = posted.files.into_iter().find(|f| f.field == "picture");
    let mut errors = wrong(&p, &typed, picture.is_some());
    let many = !app.store.hit(&format!("report:{}", visit.network), app.now(), HOUR, PEOPLE).await?.allowed;
    // Of a flood the words are kept, and not megabytes of pictures.
    let mut file = None;
    if let Some(picture) = picture.filter(|_| !many && errors.is_empty()) {
        match keep(&app, &picture.name, picture.bytes).await? {
            Ok(kept) => file = Some(kept),
            Err(bad) => errors.add("picture", p.t(bad.key())),
        }
    }
    if !errors.is_empty() {
        return form(p, typed, errors);
    }
    let report = report(&app, &visit, id, &typed, file, many).await?;
    app.store.put_fake_report(&report, Some(typed.contact.as_str()).filter(|mail| !mail.is_empty())).await?;
    Ok(received(id))
}

/// Nobody chooses a reference: it is made of the form's token and our key.
fn id_of(app: &App, token: &str) -> u64 {
    let mac = app.keys.mac("fake-report", &[token.as_bytes()]);
    fakes::id(u64::from_be_bytes(std::array::from_fn(|n| mac[n])))
}

fn received(id: u64) -> axum::response::Response {
    Redirect::to(&format!("/check/report/{}", fakes::reference(id))).into_response()
}

fn wrong(p: &Page, typed: &Typed, picture: bool) -> Wrongs {
    let mut errors = Wrongs::default();
    if !HOWS.contains(&typed.how.as_str()) {
        errors.add("how", fl!(p.l, "report-error-how"));
    }
    if typed.from.chars().count() > FROM_MAX {
        errors.add("from", fl!(p.l, "report-error-from", most = FROM_MAX));
    }
    if typed.from.is_empty() && typed.text.is_empty() && !picture {
        errors.add("text", fl!(p.l, "report-error-nothing"));
    }
    let mail = typed.contact.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let odd = typed.contact.chars().any(|c| c.is_whitespace() || c.is_control() || ",;<>\"".contains(c));
    if !typed.contact.is_empty() && (!mail || odd || typed.contact.len() > 254 || !redact(&typed.contact).1.is_empty())
    {
        errors.add("contact", fl!(p.l, "report-error-contact"));
    }
    errors
}

async fn keep(app: &App, name: &str, bytes: axum::body::Bytes) -> Result<Result<FileId, files::BadFile>, Trouble> {
    let clean = match files::accept(name, bytes, Limits::of(app.config.limits.upload_bytes)).await {
        Ok(clean) => clean,
        Err(bad) => return Ok(Err(bad)),
    };
    let (id, now) = (FileId::from_bits(chance::bits()), app.now());
    let stored = StoredFile { id, media: clean.media.into(), name: clean.name, bytes: clean.bytes, at: now };
    app.store.put_draft_file(stored, now + PICTURE).await?;
    Ok(Ok(id))
}

/// What is kept: its words without what must not be, and what they were held to be.
async fn report(
    app: &App,
    visit: &Visit,
    id: u64,
    typed: &Typed,
    file: Option<FileId>,
    many: bool,
) -> Result<FakeReport, Trouble> {
    // Struck out before it is cut: half of a number is none that could be found.
    let (from, text) = (redact(&typed.from).0, redact(&typed.text).0);
    let text: String = text.chars().take(MOST).collect();
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let today = app.now().to_zoned(app.policy.zone()).date();
    let rules = &app.policy.identify;
    // Apart, since a name or a short number counts as a channel only where it stands alone.
    let mut seen = official::check(&from, &register, today, rules);
    let rest = official::check(&text, &register, today, rules);
    seen.found.extend(rest.found);
    seen.signs.extend(rest.signs);
    let known = |f: &official::Found| f.reasons.contains(&Reason::KnownFake);
    let channels = fakes::about(&seen, id);
    let known = channels
        .iter()
        .all(|(kind, value)| seen.found.iter().any(|f| f.kind == *kind && f.shown == *value && known(f)));
    Ok(FakeReport {
        id,
        at: app.now(),
        how: typed.how.clone(),
        from,
        text,
        channels,
        signs: seen.signs.iter().map(|sign| sign.name().to_owned()).collect(),
        file,
        many,
        urgent: fakes::urgent(&seen),
        known,
        lang: visit.lang,
    })
}

#[derive(Template)]
#[template(path = "reported.html")]
struct Reported {
    p: Page,
    reference: String,
    at: String,
    became: String,
    picture_left_out: bool,
}

/// `GET /check/report/{reference}`
pub async fn reported(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    let p = Page::new(&app, &visit);
    let id = fakes::parse(&reference).ok_or(Trouble::NotFound)?;
    let report = app.store.fake_report(id).await?.ok_or(Trouble::NotFound)?;
    let states = app.store.fake_states(id).await?;
    let became = if states.contains(&FakeState::New) {
        fl!(p.l, "report-became-new")
    } else if states.contains(&FakeState::Fake) {
        fl!(p.l, "report-became-fake")
    } else if states.contains(&FakeState::Ours) {
        fl!(p.l, "report-became-ours")
    } else {
        fl!(p.l, "report-became-nothing")
    };
    let (at, reference) = (p.moment(&report.at), fakes::reference(id));
    Ok(html(StatusCode::OK, &Reported { reference, at, became, picture_left_out: report.many, p }))
}

#[cfg(test)]
mod tests;
