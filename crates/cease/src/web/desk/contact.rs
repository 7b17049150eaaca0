//! The agent's side of a contact, beside the talk on the case's page: to say that they talk to its holder, to
//! compare codes with them, and to promise a call.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use case::{AccountId, Actor, CaseRef, Command, Entry, Timestamp};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use store::{StoreError, Way};

use super::row::{href, stamp};
use super::{case_of, reader, timeline, view_named};
use crate::act::{ActError, act};
use crate::app::{App, Shared};
use crate::contact::{self, Codes, No};
use crate::hallmark;
use crate::web::{Answer, Page, Posted, Trouble, Visit};

/// The longest time within which a call may be promised, and how far ahead.
const LONGEST: SignedDuration = SignedDuration::from_hours(4);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 14);
/// The lengths that the form offers, in minutes.
const LENGTHS: [i64; 4] = [30, 60, 120, 240];

pub struct Panel {
    pub mine: Option<Mine>,
    /// A colleague who talks to them, and since when.
    pub other: Option<String>,
    /// What the holder's page says where nobody does.
    pub nobody: String,
    /// A call that was promised.
    pub call: Option<String>,
    /// It may be made now.
    pub callable: bool,
    /// What came of the last deed: kind of notice, words.
    pub said: Option<(&'static str, String)>,
    /// The least that a promise may be set to.
    pub soonest: String,
    pub lengths: Vec<(i64, String)>,
    /// When and for how long a call was to be promised that could not be.
    pub wanted: Option<(String, i64)>,
    /// What is shown may be another after so many seconds.
    pub seconds: i64,
    pub key: String,
}

/// The reader's own contact with the holder.
pub struct Mine {
    pub says: String,
    /// What to read back, where the holder's digits were right just now.
    pub ours: Option<Vec<char>>,
    pub compared: Option<String>,
    pub agent: String,
    pub tries: bool,
}

impl Panel {
    /// In minutes.
    pub fn call_length(&self) -> i64 {
        self.wanted.as_ref().map_or(60, |(_, length)| *length)
    }

    pub async fn of(
        app: &App,
        p: &Page,
        case: CaseRef,
        me: AccountId,
        names: &timeline::Names,
        journal: &[Entry],
        came: &str,
    ) -> Result<Self, StoreError> {
        let (l, now) = (p.l, app.now());
        contact::stays(app, case, me).await?;
        let there = app.store.contact(case, now).await?;
        let call = contact::promised(journal, now);
        let mut panel = Self {
            mine: None,
            other: None,
            nobody: if app.policy.desk_hours.is_open(now) {
                fl!(l, "contact-desk-not")
            } else {
                fl!(l, "contact-desk-closed")
            },
            call: call.map(|c| {
                let who = c.by.map_or_else(|| fl!(l, "desk-next-desk"), |by| timeline::name(p, names, by));
                fl!(l, "contact-desk-promised", who = who, from = stamp(p, &c.from), until = stamp(p, &c.until))
            }),
            callable: call.is_some_and(|call| call.covers(now)),
            said: said(p, came),
            soonest: p.iso(&now).chars().take(16).collect(),
            lengths: LENGTHS.map(|minutes| (minutes, fl!(l, "contact-desk-minutes", minutes = minutes))).into(),
            wanted: wanted(came),
            seconds: 0,
            key: String::from("nobody"),
        };
        let Some(contact) = there else { return Ok(panel) };
        let at = stamp(p, &contact.opened);
        panel.key = format!("{at} {:?}", contact.used);
        if contact.staff != me {
            panel.other = Some(fl!(l, "contact-desk-other", who = timeline::name(p, names, contact.staff), at = at));
            return Ok(panel);
        }
        let ours = match contact::codes(app, &contact) {
            Codes::Ours { code, left } => {
                panel.seconds = left.as_secs() + 1;
                panel.key += &code;
                Some(code.chars().collect())
            }
            Codes::Theirs { .. } => None,
        };
        panel.mine = Some(Mine {
            says: match contact.way {
                Way::Chat => fl!(l, "contact-desk-chat", at = at),
                Way::RangUs => fl!(l, "contact-desk-rang-us", at = at),
                Way::WeRang => fl!(l, "contact-desk-we-rang", at = at),
            },
            ours,
            compared: contact.used.map(|(_, at)| fl!(l, "contact-desk-compared", at = stamp(p, &at))),
            agent: hallmark::agent::of(&app.keys, &contact),
            tries: contact.tries_left > 0,
        });
        Ok(panel)
    }
}

fn wanted(came: &str) -> Option<(String, i64)> {
    let mut parts = came.strip_prefix("bad-")?.split('.').skip(1);
    let from = parts.next().and_then(|from| from.parse::<DateTime>().ok());
    let from = from.map_or_else(String::new, |from| from.strftime("%Y-%m-%dT%H:%M").to_string());
    Some((from, parts.next().and_then(|length| length.parse().ok()).unwrap_or(60)))
}

fn said(p: &Page, came: &str) -> Option<(&'static str, String)> {
    let l = p.l;
    Some(match came.split('.').next().unwrap_or_default() {
        "opened" => ("done", fl!(l, "contact-said-opened")),
        "ended" => ("done", fl!(l, "contact-said-ended")),
        "right" => ("done", fl!(l, "contact-said-right")),
        "promised" => ("done", fl!(l, "contact-said-promised")),
        "taken" => ("warning", fl!(l, "contact-said-taken")),
        "gone" => ("warning", fl!(l, "contact-said-gone")),
        "not-promised" => ("warning", fl!(l, "contact-said-not-promised")),
        "no-more" => ("danger", fl!(l, "contact-said-no-more")),
        "bad-time" => ("warning", fl!(l, "contact-said-bad-time")),
        "bad-end" => ("warning", fl!(l, "contact-said-bad-end")),
        "bad-closed" => ("warning", fl!(l, "contact-said-bad-closed")),
        _ => {
            let left: u32 = came.strip_prefix("wrong-")?.parse().ok().filter(|left| *left < 10)?;
            ("danger", fl!(l, "contact-said-wrong", left = left))
        }
    })
}

pub async fn post(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let Actor::Agent { staff, .. } = actor else { return Err(Trouble::Forbidden) };
    let case = case_of(&app, &visit, &reference).await?.reference;
    let came = match posted.get("do") {
        "open" => {
            // A contact by chat opens by itself, where both are there.
            let way = Way::named(posted.get("way")).filter(|way| *way != Way::Chat).ok_or(Trouble::BadRequest)?;
            told("opened", contact::open(&app, case, staff, way).await?)
        }
        "compare" => match contact::confirm(&app, case, &actor, &contact::typed(posted.get("code"))).await {
            Ok(came) => told("right", came),
            Err(error) => return Err(error.into()),
        },
        "end" => told("ended", contact::end(&app, case, staff).await?),
        "promise" => match promise(&app, case, &actor, &posted).await? {
            // What was typed is typed again.
            bad @ ("bad-time" | "bad-closed" | "bad-end") => {
                let plain = |c: &char| c.is_ascii_digit() || "-:T".contains(*c);
                let typed = |name| posted.get(name).chars().take(19).filter(plain).collect::<String>();
                format!("{bad}.{}.{}", typed("call-from"), typed("call-length"))
            }
            came => came.to_owned(),
        },
        _ => return Err(Trouble::BadRequest),
    };
    let to = format!("{}&contact={came}#contact", href(case, view_named(posted.get("view"))));
    Ok(Redirect::to(&to).into_response())
}

/// As the address of the page carries it.
fn told(done: &str, came: Result<(), No>) -> String {
    match came {
        Ok(()) => done.to_owned(),
        Err(No::Taken) => "taken".to_owned(),
        Err(No::NotPromised) => "not-promised".to_owned(),
        Err(No::Gone) => "gone".to_owned(),
        Err(No::Wrong { left }) => format!("wrong-{left}"),
        Err(No::NoMore) => "no-more".to_owned(),
    }
}

async fn promise(app: &App, case: CaseRef, actor: &Actor, posted: &Posted) -> Result<&'static str, Trouble> {
    let now = app.now();
    let Some((from, until)) = window(app, posted) else { return Ok("bad-time") };
    if from < now || from.duration_since(now) > AHEAD {
        return Ok("bad-time");
    }
    // While the desk is closed the holder's page says not to answer.
    let hours = &app.policy.desk_hours;
    if !hours.is_open(from) {
        return Ok("bad-closed");
    }
    if hours.between(from, until) < until.duration_since(from) {
        return Ok("bad-end");
    }
    match act(app, case, actor, &Command::Promise { from, until }).await {
        Ok(_) => Ok("promised"),
        Err(ActError::Refused(_)) => Ok("bad-time"),
        Err(other) => Err(other.into()),
    }
}

fn window(app: &App, posted: &Posted) -> Option<(Timestamp, Timestamp)> {
    let from: DateTime = posted.get("call-from").parse().ok()?;
    let from = from.to_zoned(app.policy.zone()).ok()?.timestamp();
    let length =
        SignedDuration::from_mins(posted.get("call-length").parse::<i64>().ok().filter(|m| (1..=240).contains(m))?);
    Some((from, from.checked_add(length.min(LONGEST)).ok()?))
}

/// The address of the form, asked for as a page.
pub async fn back(visit: Visit, Path(reference): Path<String>) -> Answer {
    reader(&visit)?;
    let case: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    Ok(Redirect::to(&format!("/desk/case/{case}#contact")).into_response())
}
