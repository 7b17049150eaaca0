//! What is written down of a letter, and what it means: a declaration, or words in another case.

use case::declaration::STATEMENT_MAX;
use case::identify::identify;
use case::redact::redact;
use case::rules::LetterCounts;
use case::way::{Kind, Way};
use case::{CaseRef, Channel, Declaration, FileId, Lang, Timestamp};
use jiff::civil::Date;

use crate::app::App;
use crate::web::counter::find::unrecognised;
use crate::web::counter::journey::Wrongs;
use crate::web::counter::statement::{day_of, today};
use crate::web::counter::you::{lines, read_letter};
use crate::web::{Page, Posted};
use crate::words::Words;

/// The fields of the form; each has its own place in the draft.
pub const FIELDS: [&str; 12] = [
    "number",
    "name",
    "address",
    "email",
    "phone",
    "kind",
    "statement",
    "postmark",
    "arrival",
    "ends",
    "language",
    "belongs",
];
/// Characters kept of a field with something wrong in it.
const LONGEST: usize = 2 * STATEMENT_MAX;
/// A letter older than this was misread.
const DAYS_MAX: i32 = 366;

pub enum Meant {
    Declaration(Box<Declaration>),
    /// For a case that is there already.
    Words {
        reference: CaseRef,
        text: String,
    },
}

/// What may be stored of a field as it was typed: no bank card and no identity number.
pub fn kept(app: &App, field: &str, typed: &str) -> String {
    let typed: String = lines(typed).chars().take(LONGEST).collect();
    // The numbers of cards for data are long too, and are not struck where they stand alone.
    if field == "number" && identify(&typed, &app.policy.identify).is_ok() { typed } else { redact(&typed).0 }
}

/// What a field is called on the page.
pub fn label(p: &Page, field: &str) -> String {
    match field {
        "statement" => fl!(p.l, "scan-words"),
        "kind" => fl!(p.l, "ways-kind"),
        field => p.t(&format!("scan-{field}")),
    }
}

/// Reads the form; where something is wrong there is no meaning yet.
pub fn read(app: &App, l: &Words, posted: &Posted, files: Vec<FileId>) -> (Option<Meant>, Wrongs) {
    let mut wrongs = Wrongs::default();
    let (statement, _) = redact(&lines(posted.get("statement")));
    let n = statement.chars().count();
    if n > STATEMENT_MAX {
        wrongs.add("statement", fl!(l, "statement-long", max = STATEMENT_MAX, n = n));
    }
    if !posted.get("belongs").is_empty() {
        let reference = posted.get("belongs").parse::<CaseRef>();
        if reference.is_err() {
            wrongs.add("belongs", fl!(l, "scan-belongs-wrong"));
        }
        if statement.trim().is_empty() {
            wrongs.add("statement", fl!(l, "scan-no-words"));
        }
        let meant = reference.ok().map(|reference| Meant::Words { reference, text: statement });
        return (meant.filter(|_| wrongs.is_empty()), wrongs);
    }
    let found = identify(posted.raw("number").trim(), &app.policy.identify);
    if let Err(why) = &found {
        wrongs.add("number", unrecognised(l, why));
    }
    let (person, theirs) = read_letter(l, posted, &app.policy.identify);
    for wrong in theirs.0 {
        let empty = wrong.field == "name" && person.name.is_empty();
        wrongs.add(wrong.field, if empty { fl!(l, "scan-no-name") } else { wrong.text });
    }
    let declared_at = declared(app, l, posted, &mut wrongs);
    let kind = Kind::chosen(&app.policy.journey, posted.get("kind"), &statement);
    if kind.lacks_reason() {
        wrongs.add("statement", fl!(l, "ways-reason-empty"));
    }
    let ends = ends(app, l, posted, &mut wrongs);
    if kind == Kind::Withdrawal && ends.is_some() {
        wrongs.add("ends", fl!(l, "ways-withdraw-no-day"));
    }
    let lang = Lang::from_tag(posted.get("language"));
    if lang.is_none() {
        wrongs.add("language", fl!(l, "scan-no-language"));
    }
    let (Ok(found), Some(declared_at), Some(lang), true) = (found, declared_at, lang, wrongs.is_empty()) else {
        return (None, wrongs);
    };
    let declaration = Declaration {
        channel: Channel::Letter,
        lang,
        number: found.id,
        check: found.check,
        person,
        statement: Some(statement).filter(|s| !s.trim().is_empty()),
        files,
        agreed: None,
        wanted_end: ends,
        consent: false,
        backup: false,
        saved: None,
        declared_at,
        way: Way { kind, ..Way::default() },
    };
    (Some(Meant::Declaration(Box::new(declaration))), wrongs)
}

/// The day that counts, from its beginning: whoever wrote has the benefit of the hours.
fn declared(app: &App, l: &Words, posted: &Posted, wrongs: &mut Wrongs) -> Option<Timestamp> {
    let today = today(app);
    let mut day = |field: &'static str| -> Option<Date> {
        let typed = posted.get(field);
        if typed.is_empty() {
            return None;
        }
        let Some(day) = day_of(typed) else {
            wrongs.add(field, fl!(l, "date-wrong"));
            return None;
        };
        let ago = today.since(day).map_or(i32::MAX, |span| span.get_days());
        if day > today {
            wrongs.add(field, fl!(l, "scan-date-ahead"));
        } else if ago > DAYS_MAX {
            wrongs.add(field, fl!(l, "scan-date-old"));
        }
        Some(day)
    };
    let (postmark, arrival) = (day("postmark"), day("arrival"));
    if posted.get("arrival").is_empty() {
        wrongs.add("arrival", fl!(l, "scan-no-arrival"));
    }
    let arrival = arrival?;
    if postmark.is_some_and(|postmark| postmark > arrival) {
        wrongs.add("postmark", fl!(l, "scan-postmark-late"));
    }
    let counts = match app.policy.letter_counts {
        LetterCounts::Arrival => arrival,
        LetterCounts::Postmark => postmark.unwrap_or(arrival),
    };
    let start = counts.to_zoned(app.policy.zone()).ok()?.timestamp();
    Some(start.min(app.now()))
}

fn ends(app: &App, l: &Words, posted: &Posted, wrongs: &mut Wrongs) -> Option<Date> {
    let typed = posted.get("ends");
    if typed.is_empty() {
        return None;
    }
    let day = day_of(typed);
    let far = |day: Date| day.since(today(app)).is_ok_and(|span| span.get_days() > 2 * DAYS_MAX);
    match day {
        None => wrongs.add("ends", fl!(l, "date-wrong")),
        Some(day) if far(day) => wrongs.add("ends", fl!(l, "date-far")),
        Some(day) if day < today(app) => wrongs.add("ends", fl!(l, "scan-ends-past")),
        Some(_) => {}
    }
    day
}
