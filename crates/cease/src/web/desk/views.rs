//! Views: those that are built in, one's own, and those that others who work for the same share; saving, renaming, sharing
//! and deleting them.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use case::redact::redact;
use case::{AccountId, Flag, Role};
use store::filter::{Claim, Snoozed};
use store::{Asker, Count, Filter, SavedView, View};

use super::filters::href;
use super::{queue, reader, say, staff};
use crate::app::{App, Shared};
use crate::chance;
use crate::web::counter::journey::Wrong;
use crate::web::{Answer, Page, Posted, Trouble, Visit};

/// How old a number beside a view may be.
const AGE: Duration = Duration::from_secs(3);
/// Letters of a name.
const NAME: usize = 60;
/// Of one person.
const MOST: usize = 50;

/// A list of views in the sidebar.
pub struct Shelf {
    pub title: String,
    pub tabs: Vec<Tab>,
}

pub struct Tab {
    pub text: String,
    pub href: String,
    pub count: String,
    pub here: bool,
}

/// What can be done with the filter in force: saving it, or changing the view it already is.
#[derive(Default)]
pub struct Keep {
    pub query: String,
    /// The id of the view of one's own that this is.
    pub id: String,
    pub name: String,
    pub shared: bool,
    pub error: String,
}

/// All views for the sidebar, and the name of the one in force.
pub async fn shelves(
    app: &App,
    p: &Page,
    asker: &Asker,
    here: Option<&Filter>,
    saved: &[SavedView],
) -> Result<Vec<Shelf>, Trouble> {
    let l = p.l;
    let tab = async |text: String, filter: Filter| {
        let count = app.store.count(&filter, asker, AGE).await?;
        Ok::<Tab, Trouble>(Tab { text, href: href(&filter), count: number(count), here: here == Some(&filter) })
    };
    let mut built_in = Vec::new();
    for view in View::ALL {
        built_in.push(tab(say::view(l, view), view.into()).await?);
    }
    let mine = Filter { claim: Some(Claim::Mine), ..Filter::from(View::All) };
    built_in.push(tab(fl!(l, "desk-view-mine"), mine).await?);
    let mut flags = vec![(fl!(l, "desk-view-alarms"), Flag::Alarm), (fl!(l, "desk-view-complaints"), Flag::Complaint)];
    // Where billing pays, nobody at the desk does.
    if !app.policy.tariff.connected {
        flags.push((fl!(l, "desk-view-refunds"), Flag::RefundDue));
    }
    for (title, flag) in flags {
        let flagged = Filter { flags: [flag].into_iter().collect(), ..Filter::from(View::All) };
        built_in.push(tab(title, flagged).await?);
    }
    let asleep = Filter { snoozed: Snoozed::Only, ..Filter::from(View::All) };
    built_in.push(tab(fl!(l, "desk-filter-snoozed"), asleep).await?);
    let unread = Filter { unread: true, ..Filter::from(View::All) };
    built_in.push(tab(fl!(l, "desk-view-unread"), unread).await?);
    if asker.seconds {
        let second = Filter { second: true, ..Filter::from(View::Review) };
        built_in.push(tab(fl!(l, "desk-view-second"), second).await?);
    }
    let mut shelves = vec![Shelf { title: String::new(), tabs: built_in }];
    for (title, own) in [(fl!(l, "desk-views-own"), true), (fl!(l, "desk-views-shared"), false)] {
        let mut tabs = Vec::new();
        for view in saved.iter().filter(|view| (view.staff == asker.staff) == own) {
            tabs.push(tab(view.name.clone(), Filter::parse(&view.query)).await?);
        }
        if !tabs.is_empty() {
            shelves.push(Shelf { title, tabs });
        }
    }
    Ok(shelves)
}

pub fn number(count: Count) -> String {
    let digits = count.many.to_string();
    let text = match digits.len() {
        4.. => format!("{},{}", &digits[..digits.len() - 3], &digits[digits.len() - 3..]),
        _ => digits,
    };
    if count.more { format!("{text}+") } else { text }
}

/// What can be kept of this filter; nothing of one that is built in.
pub fn keep(filter: &Filter, saved: &[SavedView], me: AccountId) -> Option<Keep> {
    if filter.view().is_some() {
        return None;
    }
    let query = filter.to_string();
    let own = saved.iter().find(|view| view.staff == me && view.query == query);
    Some(match own {
        Some(view) => {
            Keep { query, id: view.id.to_string(), name: view.name.clone(), shared: view.shared, error: String::new() }
        }
        None => Keep { query, ..Keep::default() },
    })
}

/// Saves, changes or deletes a view of one's own.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    let (me, role) = staff(&visit)?;
    let filter = Filter::parse(posted.get("query"));
    let id: Option<u64> = posted.get("id").parse().ok();
    let to = |done: &str| Ok(Redirect::to(&format!("{}&done={done}", href(&filter))).into_response());
    if posted.get("do") == "delete" {
        let gone = app.store.delete_view(id.ok_or(Trouble::BadRequest)?, me).await?;
        return if gone { to("view-deleted") } else { Err(Trouble::NotFound) };
    }
    let own = app.store.views(me).await?.into_iter().filter(|view| view.staff == me).collect::<Vec<_>>();
    let (name, _) = redact(posted.get("view-name"));
    let p = Page::new(&app, &visit);
    let mut errors = wrong(&p, &name, id.is_none() && own.len() >= MOST);
    if errors.is_empty() && own.iter().any(|view| view.name == name && Some(view.id) != id) {
        errors.push(Wrong { field: "view-name", text: fl!(p.l, "desk-error-view-again") });
    }
    if !errors.is_empty() {
        return again(&app, &visit, (me, role), filter, &posted, errors).await;
    }
    if id.is_some_and(|id| !own.iter().any(|view| view.id == id)) {
        return Err(Trouble::NotFound);
    }
    let view = SavedView {
        id: id.unwrap_or_else(|| chance::bits() >> 1),
        staff: me,
        shared: posted.ticked("shared"),
        name,
        query: filter.to_string(),
        at: app.now(),
    };
    if !app.store.put_view(view).await? {
        return Err(Trouble::NotFound);
    }
    to(if id.is_some() { "view-changed" } else { "view-saved" })
}

fn wrong(p: &Page, name: &str, full: bool) -> Vec<Wrong> {
    let field = "view-name";
    if name.is_empty() {
        vec![Wrong { field, text: fl!(p.l, "desk-error-view-name") }]
    } else if name.chars().count() > NAME || name.chars().any(char::is_control) {
        vec![Wrong { field, text: fl!(p.l, "desk-error-view-long", most = NAME) }]
    } else if full {
        vec![Wrong { field, text: fl!(p.l, "desk-error-view-many", most = MOST) }]
    } else {
        Vec::new()
    }
}

/// The list again, with what was typed and what is wrong with it.
async fn again(
    app: &Shared,
    visit: &Visit,
    who: (AccountId, Role),
    filter: Filter,
    posted: &Posted,
    errors: Vec<Wrong>,
) -> Answer {
    let keep = Keep {
        query: filter.to_string(),
        id: posted.get("id").to_owned(),
        name: posted.get("view-name").chars().take(200).collect(),
        shared: posted.ticked("shared"),
        error: errors.first().map(|error| error.text.clone()).unwrap_or_default(),
    };
    queue::list(app, visit, who, &super::Asked::of(None), filter, Some((keep, errors))).await
}
