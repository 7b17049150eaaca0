//! The code for the next network: asked for, shown, and asked for again, by who has just shown who they are.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::way::{Code, Moving, SwitchState, Unused};
use case::{Case, Command, Deed, Stage};

use super::{Seen, Wrongs, ask, show_first, status_of, wrong};
use crate::app::Shared;
use crate::web::counter::form;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::work::{letters, port};

#[derive(Template)]
#[template(path = "case/switch.html")]
struct SwitchPage {
    p: Page,
    reference: String,
    errors: Wrongs,
    /// Its name, the code, and until when it is good.
    code: Option<(&'static str, String, String)>,
    /// What becomes of it where nobody uses it.
    unused: String,
    /// Asked for, and not there.
    awaited: bool,
    late: bool,
    used: bool,
    expired: bool,
    /// Whether one can be asked for.
    can: bool,
    days: u32,
    /// The end that stands, where a code that is asked for now puts it off: and until when at the latest.
    puts_off: Option<(String, String)>,
    moving: Option<Moving>,
}

impl SwitchPage {
    fn moves(&self, code: &str) -> bool {
        self.moving.map_or(code == "pac", |moving| moving.code.name() == code)
    }

    /// Whoever has cancelled, and asks for a code only now, still wants the card ended.
    fn lapses(&self) -> bool {
        self.moving.is_some_and(|moving| moving.unused == Unused::Lapse)
    }

    fn of(app: &Shared, visit: &Visit, case: &Case, errors: Wrongs) -> Self {
        let p = Page::new(app, visit);
        let switch = case.ways.switch.as_ref();
        let contested = matches!(case.stage, Stage::Contested { .. });
        let code = port::running(app, case).filter(|_| !contested).map(|(issued, code)| {
            let name = match issued.code {
                Code::Pac => "PAC",
                Code::Stac => "STAC",
            };
            (name, code, p.moment(&issued.until))
        });
        Self {
            reference: case.reference.to_string(),
            errors,
            code,
            unused: letters::unused(p.l, case),
            awaited: case.owed.iter().any(|(_, what)| what == "port"),
            late: case.flags.contains(&case::Flag::CodeLate),
            used: switch.is_some_and(|switch| switch.state == SwitchState::Done),
            expired: switch.is_some_and(|switch| switch.state == SwitchState::Expired),
            can: matches!(case.stage, Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. }),
            days: app.policy.of(case).clocks.codes.days,
            puts_off: puts_off(app, &p, case),
            moving: switch.map(|switch| Moving::of(switch.code, switch.unused)),
            p,
        }
    }
}

/// While a code is good its card stays on.
fn puts_off(app: &Shared, p: &Page, case: &Case) -> Option<(String, String)> {
    let Stage::Scheduled { cease_at, .. } = case.stage else { return None };
    let policy = app.policy.of(case);
    let until = policy.code_until(app.now()).filter(|until| *until > cease_at)?;
    Some((crate::words::end(p.language, cease_at, &policy.zone()), p.day(&until)))
}

/// Whoever has the code can take the number away: it is shown to who has shown, just now, that it is theirs.
pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    if !app.policy.journey.switching.offered {
        return Err(Trouble::NotFound);
    }
    if !visit.has_shown(&app, Deed::SwitchCode, case.account) {
        return Ok(show_first(&app, Deed::SwitchCode, &case));
    }
    Ok(html(StatusCode::OK, &SwitchPage::of(&app, &visit, &case, Wrongs::default())))
}

pub async fn send(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let Some(moving) = form::moving(&app, &posted) else {
        let text = crate::words::words(visit.lang).get("ways-moving-choose");
        let page = SwitchPage::of(&app, &visit, &case, wrong("moving", text));
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    match ask(&app, &visit, &case, &Command::AskCode { moving }).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}/switch", case.reference)).into_response()),
        Err(case::Refusal::NotProven) => Ok(show_first(&app, Deed::SwitchCode, &case)),
        Err(refusal) => {
            let text = crate::words::words(visit.lang).get(refusal.key());
            let page = SwitchPage::of(&app, &visit, &case, wrong("moving", text));
            Ok(html(status_of(&refusal), &page))
        }
    }
}
