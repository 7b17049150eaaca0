//! Showing what is masked: for one member of staff, one case (or one mail without a case) and some minutes, once they
//! have said why. Who, when and why is on the disk before anything is shown.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::{Case, CaseRef};
use jiff::SignedDuration;
use store::{Look, Looked, Reveal};

use super::eyes::{Eyes, Part};
use super::row::href;
use super::{case_of, mail as mails, reader, view_named};
use crate::app::{App, Shared};
use crate::keys::hex_of;
use crate::web::counter::journey::Wrongs;
use crate::web::next::local;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::words::Words;

/// Characters of what is said beside the reason.
const TEXT: std::ops::RangeInclusive<usize> = 3..=200;
/// Reveals of one member of staff in an hour.
const PER_HOUR: u32 = 60;

/// Why somebody must see what is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// To find out whether whoever writes or calls is the holder.
    Identify,
    /// To reach the holder, or to send something by post.
    Reach,
    /// To look at a difference between application and record.
    Compare,
    Fraud,
    /// A complaint, or an authority asks.
    Legal,
}

impl Reason {
    pub const ALL: [Reason; 5] = [Reason::Identify, Reason::Reach, Reason::Compare, Reason::Fraud, Reason::Legal];

    pub fn name(self) -> &'static str {
        match self {
            Reason::Identify => "identify",
            Reason::Reach => "reach",
            Reason::Compare => "compare",
            Reason::Fraud => "fraud",
            Reason::Legal => "legal",
        }
    }

    pub fn text(self, l: &Words) -> String {
        match self {
            Reason::Identify => fl!(l, "staff-reason-identify"),
            Reason::Reach => fl!(l, "staff-reason-reach"),
            Reason::Compare => fl!(l, "staff-reason-compare"),
            Reason::Fraud => fl!(l, "staff-reason-fraud"),
            Reason::Legal => fl!(l, "staff-reason-legal"),
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Given by whoever has just typed the case in: they know it already.
pub const TYPED: &str = "typed";

/// The form, in a page of its own or in the case's.
pub struct Form {
    pub action: String,
    /// Where to go on; empty for the case.
    pub next: String,
    pub reasons: Vec<(&'static str, String)>,
    pub minutes: u32,
    pub chosen: String,
    pub typed: String,
    pub wrongs: Wrongs,
}

impl Form {
    fn new(app: &App, l: &Words, action: String, next: String) -> Self {
        Self {
            action,
            next,
            reasons: Reason::ALL.map(|reason| (reason.name(), reason.text(l))).into(),
            minutes: app.policy.staff.reveal_minutes,
            chosen: String::new(),
            typed: String::new(),
            wrongs: Wrongs::default(),
        }
    }

    pub fn of_case(app: &App, l: &Words, reference: CaseRef, next: String) -> Self {
        Self::new(app, l, format!("/desk/case/{reference}/reveal"), next)
    }

    pub fn of_mail(app: &App, l: &Words, id: &[u8; 32], next: String) -> Self {
        Self::new(app, l, format!("/desk/mail/{}/reveal", hex_of(id)), next)
    }
}

#[derive(Template)]
#[template(path = "desk/masked.html")]
struct MaskedPage {
    p: Page,
    back: String,
    asks: Form,
}

/// Instead of a page that cannot be shown masked: why, and the form.
pub fn instead(app: &Shared, visit: &Visit, back: String, form: Form, status: StatusCode) -> Answer {
    Ok(html(status, &MaskedPage { p: Page::new(app, visit), back, asks: form }))
}

#[derive(Template)]
#[template(path = "desk/withheld.html")]
struct WithheldPage {
    p: Page,
    back: String,
}

/// The page instead of something of a case that cannot be masked and shows `part` of it; none where this reader sees it.
pub async fn stands_before(app: &Shared, visit: &Visit, case: &Case, part: Part) -> Result<Option<Answer>, Trouble> {
    let (eyes, journal) = (Eyes::of(app, visit).await?, app.store.journal(case.reference).await?);
    if eyes.sight_of(case, &journal).shows(part) {
        return Ok(None);
    }
    let back = href(case.reference, store::View::All.into());
    let p = Page::new(app, visit);
    // No reason would help.
    if part == Part::Whole && eyes.no_record(case) {
        return Ok(Some(Ok(html(StatusCode::FORBIDDEN, &WithheldPage { p, back }))));
    }
    let next = if visit.query.is_empty() { visit.path.clone() } else { format!("{}?{}", visit.path, visit.query) };
    let form = Form::of_case(app, p.l, case.reference, next);
    Ok(Some(instead(app, visit, back, form, StatusCode::FORBIDDEN)))
}

/// `POST /desk/case/{reference}/reveal`
pub async fn case(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    let home = href(case.reference, view_named(posted.get("view")));
    let next = inside(posted.get("next"), &home);
    let form = Form::of_case(&app, Page::new(&app, &visit).l, case.reference, next.clone());
    let known = Mask::over(&case, None);
    match reason(&app, &visit, &posted, form, &known)? {
        Ok(detail) => {
            grant(&app, &visit, Some(case.reference), case.reference.to_string(), detail).await?;
            Ok(Redirect::to(&next).into_response())
        }
        Err(form) => instead(&app, &visit, home, form, StatusCode::UNPROCESSABLE_ENTITY),
    }
}

/// `POST /desk/mail/{id}/reveal`, for a mail that belongs to no case.
pub async fn mail(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, posted: Posted) -> Answer {
    reader(&visit)?;
    let (id, _) = mails::of_house(&app, &visit, &id).await?;
    let home = "/desk/mail".to_owned();
    let next = inside(posted.get("next"), &home);
    let form = Form::of_mail(&app, Page::new(&app, &visit).l, &id, next.clone());
    match reason(&app, &visit, &posted, form, &Mask::over_all())? {
        Ok(detail) => {
            grant(&app, &visit, None, hex_of(&id), format!("{detail} · {}", &hex_of(&id)[..12])).await?;
            Ok(Redirect::to(&next).into_response())
        }
        Err(form) => instead(&app, &visit, home, form, StatusCode::UNPROCESSABLE_ENTITY),
    }
}

/// A page of the desk.
fn inside(next: &str, home: &str) -> String {
    local(if next.starts_with("/desk/") { next } else { "" }, home).to_owned()
}

/// The reason as it is kept, without anything personal in it; or the form again.
fn reason(
    app: &Shared,
    visit: &Visit,
    posted: &Posted,
    mut form: Form,
    known: &Mask,
) -> Result<Result<String, Form>, Trouble> {
    let l = Page::new(app, visit).l;
    let text = posted.get("reveal-text").split_whitespace().collect::<Vec<_>>().join(" ");
    let (text, _) = case::redact::redact(&text);
    let chosen = Reason::named(posted.get("reveal-reason"));
    if chosen.is_none() {
        form.wrongs.add("reveal-reason", fl!(l, "staff-reveal-no-reason"));
    }
    if !TEXT.contains(&text.chars().count()) {
        form.wrongs.add("reveal-text", fl!(l, "staff-reveal-no-text"));
    }
    Ok(match chosen.filter(|_| form.wrongs.is_empty()) {
        Some(chosen) => Ok(format!("{} {}", chosen.name(), known.text(&text))),
        None => Err(Form { chosen: posted.get("reveal-reason").to_owned(), typed: text, ..form }),
    })
}

/// Writes down who sees what and why; from then on they do.
pub async fn grant(app: &App, visit: &Visit, case: Option<CaseRef>, of: String, detail: String) -> Result<(), Trouble> {
    let Some((account, _)) = visit.staff() else { return Err(Trouble::SignIn { desk: true }) };
    let (staff, now) = (account.id, app.now());
    let hit = app.store.hit(&format!("reveal:{staff}"), now, SignedDuration::from_hours(1), PER_HOUR).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
    }
    let minutes = SignedDuration::from_mins(app.policy.staff.reveal_minutes.into());
    let until = now.saturating_add(minutes).unwrap_or(now);
    let look = Look { at: now, staff, agency: account.agency.clone(), what: Looked::Reveal, case, detail };
    Ok(app.store.look(vec![look], Some(Reveal { staff, of, until })).await?)
}
