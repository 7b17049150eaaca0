//! When it should end, and whatever they want to say: typed, or a photo or PDF of a letter. Nothing
//! here is required, least of all a reason.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use case::declaration::STATEMENT_MAX;
use case::redact::redact;
use case::way::{Moving, Unused};
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::app::{App, Shared};
use crate::chance;
use crate::files::{self, BadFile};
use crate::web::counter::draft::{Draft, Step};
use crate::web::counter::form;
use crate::web::counter::journey::{self, Back, Wrongs};
use crate::web::counter::you::lines;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html, struck};
use crate::words::{self, Words};

/// Files of one declaration.
pub const FILES_MAX: usize = 3;
/// Files one browser, and one network, may send in an hour, removed ones included.
const BROWSER_MAX: u32 = 20;
const NETWORK_MAX: u32 = 200;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A day further ahead is a slip of the finger.
const DAYS_MAX: i32 = 731;

#[derive(Template)]
#[template(path = "counter/statement.html")]
struct StatementPage {
    p: Page,
    wrongs: Wrongs,
    on_a_day: bool,
    date: String,
    /// The first day that can be chosen, in words.
    today: String,
    soonest: String,
    statement: String,
    files: Vec<(String, String)>,
    room: bool,
    back: Back,
    /// Whether it is asked if they move, and what they said.
    switching: bool,
    moving: Option<Moving>,
}

/// From when it can end, in words.
pub(super) fn soonest(app: &App, l: &Words) -> String {
    match (app.policy.clocks.notice_months, app.policy.notice_days) {
        (0, 0) => fl!(l, "statement-soon-now"),
        (0, days) => fl!(l, "statement-soon-notice", days = days),
        (months, 0) => fl!(l, "rules-soon-months", months = months),
        (months, days) => fl!(l, "rules-soon-months-days", months = months, days = days),
    }
}

impl StatementPage {
    fn moves(&self, code: &str) -> bool {
        self.moving.map_or(code == "no", |moving| moving.code.name() == code)
    }

    fn lapses(&self) -> bool {
        self.moving.is_none_or(|moving| moving.unused == Unused::Lapse)
    }

    fn of(app: &Shared, visit: &Visit, draft: &Draft, back: Back) -> Self {
        let p = Page::new(app, visit);
        Self {
            wrongs: Wrongs::default(),
            on_a_day: draft.wanted_end.is_some(),
            date: draft.wanted_end.map(|d| d.to_string()).unwrap_or_default(),
            today: words::day(visit.lang, today(app)),
            soonest: soonest(app, p.l),
            switching: app.policy.journey.switching.offered,
            moving: draft.way.moving,
            statement: draft.statement.clone(),
            files: draft.files.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            room: draft.files.len() < FILES_MAX,
            back,
            p,
        }
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Query(back): Query<Back>) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::Statement).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let page = StatementPage::of(&app, &visit, &draft, back);
    Ok(html(page.wrongs.status(), &page))
}

/// Takes the answers; `do=add` keeps a file and stays, `remove` takes one away and stays.
pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let mut draft = match journey::resume(&app, &visit, Step::Statement, &posted).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let l = Page::new(&app, &visit).l;
    let back = Back::of(posted.get("back"));
    let (remove, add) = (posted.get("remove"), posted.get("do") == "add");
    let stays = !remove.is_empty() || add;
    let mut wrongs = Wrongs::default();

    match read_day(l, &posted, today(&app), draft.wanted_end) {
        Ok(day) => draft.wanted_end = day,
        Err(_) if stays && posted.get("date").is_empty() => {}
        Err(text) => wrongs.add("date", text),
    }
    draft.way.moving = form::moving(&app, &posted);
    let said = lines(posted.get("statement"));
    let (statement, found) = redact(&said);
    let long = statement.chars().count() > STATEMENT_MAX;
    if long {
        wrongs.add("statement", fl!(l, "statement-long", max = STATEMENT_MAX, n = statement.chars().count()));
    } else {
        draft.statement = statement.clone();
        if let Some(struck) = struck::said(l, &said, &found) {
            wrongs.add("statement", struck);
        }
    }
    if !remove.is_empty() {
        draft.files.retain(|(id, _)| id.to_string() != remove);
    } else if add && posted.files.is_empty() {
        wrongs.add("letter", fl!(l, "statement-no-file"));
    }
    let taken = take_files(&app, &visit, l, &posted, &mut draft, &mut wrongs).await;
    draft.stated |= taken.is_ok() && wrongs.is_empty() && !stays;
    journey::keep(&app, &visit, &draft).await?;
    taken?;

    if !wrongs.is_empty() {
        let typed_day = posted.get("when") == "date";
        let page = StatementPage {
            wrongs,
            statement,
            on_a_day: typed_day,
            date: posted.get("date").chars().take(40).collect(),
            ..StatementPage::of(&app, &visit, &draft, back)
        };
        return Ok(html(page.wrongs.status(), &page));
    }
    Ok(next(&app, &draft, stays, &back))
}

fn next(app: &App, draft: &Draft, stays: bool, back: &Back) -> Response {
    match (stays, back.to_check()) {
        (true, true) => Redirect::to("/cancel/statement?back=check#letter").into_response(),
        (true, false) => Redirect::to("/cancel/statement#letter").into_response(),
        (false, true) => journey::to(draft.lacks(app)),
        (false, false) => journey::to(Step::Before),
    }
}

/// Keeps what was sent. A file that cannot be kept says why; the others are kept all the same.
pub(super) async fn take_files(
    app: &Shared,
    visit: &Visit,
    l: &Words,
    posted: &Posted,
    draft: &mut Draft,
    wrongs: &mut Wrongs,
) -> Result<(), Trouble> {
    for sent in posted.files.iter().filter(|f| f.field == "letter") {
        if draft.files.len() >= FILES_MAX {
            wrongs.add("letter", fl!(l, "statement-files-full", max = FILES_MAX));
            break;
        }
        let browser = format!("upload:session:{}", draft.token);
        let network = format!("upload:net:{}", visit.network);
        for (key, max) in [(browser, BROWSER_MAX), (network, NETWORK_MAX)] {
            let hit = app.store.hit(&key, app.now(), HOUR, max).await?;
            if !hit.allowed {
                return Err(Trouble::TooMany { seconds: hit.until.duration_since(app.now()).as_secs() });
            }
        }
        let limits = files::Limits::of(app.config.limits.upload_bytes);
        match files::accept(&sent.name, sent.bytes.clone(), limits).await {
            Ok(clean) => {
                let id = case::FileId::from_bits(chance::bits());
                let (media, bytes) = (clean.media.to_owned(), clean.bytes);
                draft.files.push((id, clean.name.clone()));
                let file = store::StoredFile { id, media, name: clean.name, bytes, at: app.now() };
                app.store.put_draft_file(file, app.now() + files::DRAFT).await?;
            }
            Err(why) => wrongs.add("letter", bad_file(l, why)),
        }
    }
    Ok(())
}

fn bad_file(l: &Words, why: BadFile) -> String {
    l.get(why.key())
}

/// The present day where the operator is.
pub fn today(app: &App) -> Date {
    app.now().to_zoned(app.policy.zone()).date()
}

/// The day they chose; none means as soon as possible. A day that stands beside "as soon as possible" is asked about,
/// unless it is the one that was `shown` there: then they have chosen anew.
pub(super) fn read_day(l: &Words, posted: &Posted, today: Date, shown: Option<Date>) -> Result<Option<Date>, String> {
    if posted.get("when") != "date" {
        let typed = posted.get("date");
        let left = typed.is_empty() || shown.is_some() && day_of(typed) == shown;
        return if left { Ok(None) } else { Err(fl!(l, "date-which")) };
    }
    if posted.get("date").is_empty() {
        return Err(fl!(l, "date-empty"));
    }
    let day = day_of(posted.get("date")).ok_or_else(|| fl!(l, "date-wrong"))?;
    in_reach(l, day, today).map(Some)
}

/// A last day of service that can be asked for: from today, and not in another age.
pub fn in_reach(l: &Words, day: Date, today: Date) -> Result<Date, String> {
    if day < today {
        return Err(fl!(l, "date-past"));
    }
    if day.since(today).is_ok_and(|span| span.get_days() > DAYS_MAX) {
        return Err(fl!(l, "date-far"));
    }
    Ok(day)
}

/// Year, month, day, however they are parted: `2026-11-27`, `2026/11/27`, `2026年11月27日`. Days written the
/// other way round mean different days in different countries and are not guessed at.
pub fn day_of(text: &str) -> Option<Date> {
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).collect();
    let [year, month, day] = numbers[..] else { return None };
    (year.len() == 4).then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use case::Lang;
    use jiff::civil::date;

    #[test]
    fn a_day_is_today_or_later_and_not_guessed_at() {
        let l = words::words(Lang::En);
        let read =
            |typed: &str| read_day(l, &Posted::of(&[("when", "date"), ("date", typed)]), date(2026, 11, 22), None);
        for typed in ["2026-11-27", "2026/11/27", "2026年11月27日", "2026. 11. 27"] {
            assert_eq!(read(typed), Ok(Some(date(2026, 11, 27))), "{typed}");
        }
        assert_eq!(read("2026-11-22"), Ok(Some(date(2026, 11, 22))));
        assert_eq!(read("2026-11-21"), Err(fl!(l, "date-past")));
        assert_eq!(read("2036-11-21"), Err(fl!(l, "date-far")));
        assert_eq!(read(""), Err(fl!(l, "date-empty")));
        for typed in ["27/11/2026", "2026-13-01", "2026-02-30", "tomorrow", "99999-1-1", "2026-11"] {
            assert_eq!(read(typed), Err(fl!(l, "date-wrong")), "{typed}");
        }
    }

    #[test]
    fn a_day_beside_as_soon_as_possible_is_asked_about() {
        let l = words::words(Lang::En);
        let day = date(2026, 12, 24);
        let read = |typed: &str, shown| {
            read_day(l, &Posted::of(&[("when", "soon"), ("date", typed)]), date(2026, 11, 22), shown)
        };
        assert_eq!(read("", None), Ok(None));
        assert_eq!(read("2026-12-24", None), Err(fl!(l, "date-which")));
        assert_eq!(read("junk", None), Err(fl!(l, "date-which")));
        assert_eq!(read("2026-12-24", Some(day)), Ok(None), "it stood there, and they chose anew");
        assert_eq!(read("2026-12-25", Some(day)), Err(fl!(l, "date-which")));
    }
}
