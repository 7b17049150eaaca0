//! The one interruption: what it costs, what will be gone, and what we never ask for. Agreeing here
//! fixes the most that can ever be owed.

use askama::Template;
use axum::extract::{Query, State};

use crate::app::Shared;
use crate::web::counter::draft::{Draft, Step};
use crate::web::counter::journey::{self, Back, Offer, Wrongs};
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "counter/before.html")]
struct Before {
    p: Page,
    wrongs: Wrongs,
    offer: Offer,
    /// Whether they must say that what is on the card is saved.
    asks_backup: bool,
    saved: bool,
    nothing: bool,
    skipped: bool,
    /// The number lives on at another network.
    keeps_number: bool,
    /// They agreed to a lower sum before.
    changed: bool,
    back: Back,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Query(back): Query<Back>) -> Answer {
    let draft = match journey::enter(&app, &visit, Step::Before).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    show(&app, &visit, &draft, Wrongs::default(), back).await
}

async fn show(app: &Shared, visit: &Visit, draft: &Draft, wrongs: Wrongs, back: Back) -> Answer {
    let p = Page::new(app, visit);
    let proven = journey::proven(app, visit, draft).await?;
    let offer = journey::offer(app, visit.lang, proven.as_ref(), draft.wanted_end);
    let page = Before {
        changed: draft.agreed.as_ref().is_some_and(|agreed| agreed.minor < offer.most.minor),
        keeps_number: draft.way.keeps_number(),
        asks_backup: app.policy.backup_required,
        saved: draft.backup && !draft.nothing_to_save && !draft.skipped,
        nothing: draft.backup && draft.nothing_to_save,
        skipped: draft.backup && draft.skipped,
        wrongs,
        offer,
        back,
        p,
    };
    Ok(html(page.wrongs.status(), &page))
}

pub async fn send(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let mut draft = match journey::resume(&app, &visit, Step::Before, &posted).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let l = Page::new(&app, &visit).l;
    let proven = journey::proven(&app, &visit, &draft).await?;
    let offer = journey::offer(&app, visit.lang, proven.as_ref(), draft.wanted_end);
    let mut wrongs = Wrongs::default();
    match posted.get("backup") {
        "saved" => (draft.backup, draft.nothing_to_save, draft.skipped) = (true, false, false),
        "nothing" => (draft.backup, draft.nothing_to_save, draft.skipped) = (true, true, false),
        "skip" => (draft.backup, draft.nothing_to_save, draft.skipped) = (true, false, true),
        _ if app.policy.backup_required => wrongs.add("backup", fl!(l, "before-backup-empty")),
        _ => {}
    }
    // What they saw is what they agree to: a sum that has changed since is shown again.
    if posted.get("total") == offer.most.minor.to_string() {
        draft.agreed = Some(offer.most);
        draft.consent = wrongs.is_empty();
    } else {
        wrongs.add("total", fl!(l, "before-total-changed"));
    }
    journey::keep(&app, &visit, &draft).await?;
    if wrongs.is_empty() {
        return Ok(journey::to(Step::Check));
    }
    show(&app, &visit, &draft, wrongs, Back::of(posted.get("back"))).await
}
