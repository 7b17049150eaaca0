//! When the rules or the calendar have changed, open cases wait for another time than they should. At
//! start their deadlines are computed anew from their rows; which rules were last used is kept, and tells a process that
//! goes on under older ones, beside a newer one or under a configuration that was changed, that it does.

use case::{Case, deadline};
use store::{Cursor, StoreError, View};

use crate::app::App;
use crate::keys::{hex_of, sha256};
use crate::rules::Rules;

const PAGE: u32 = 500;
const MARK: &str = "rules-of-deadlines";

/// Sets what is due when anew, where the rules are not those of the last time. Answers how many moved.
pub async fn redue(app: &App) -> Result<usize, StoreError> {
    let rules = fingerprint(&app.policy);
    if app.store.mark(MARK).await?.as_deref() == Some(&rules) {
        return Ok(0);
    }
    let mut moved = 0;
    for view in [View::Review, View::Waiting, View::Moving] {
        moved += view_of(app, view).await?;
    }
    // What the lists show of a case may have moved where its clock has not, and no entry tells the index of either.
    app.store.reindex().await?;
    app.store.put_mark(MARK, &rules).await?;
    if moved > 0 {
        tracing::info!(cases = moved, "the rules have changed: deadlines were set anew");
    }
    Ok(moved)
}

/// Whether a process that started later works with other rules than these: two would decide a case differently.
pub async fn others(app: &App) -> Result<bool, StoreError> {
    let last = app.store.mark(MARK).await?;
    Ok(last.is_some_and(|last| last != fingerprint(&app.policy)))
}

async fn view_of(app: &App, view: View) -> Result<usize, StoreError> {
    let (mut after, mut moved) = (None, 0);
    loop {
        let page = app.store.list(view, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(moved) };
        after = Some(cursor(&last.case));
        for one in &page {
            let due = deadline::next(&one.case, app.policy.of(&one.case));
            if due != one.due {
                app.store.set_due(one.case.reference, one.case.version, due).await?;
                moved += 1;
            }
        }
    }
}

fn cursor(case: &Case) -> Cursor {
    Cursor { at_us: case.times.received.as_microsecond(), reference: case.reference }
}

/// Rules and calendar of every day, as they were read.
fn fingerprint(rules: &Rules) -> String {
    let all: Vec<_> = rules.book().policies().collect();
    hex_of(&sha256(format!("{all:?}").as_bytes()))
}
