//! The page where a holder chooses their phrase. What it is now is shown only to who has just shown who they are.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use store::Account;

use super::journey::Wrongs;
use crate::account;
use crate::app::Shared;
use crate::hallmark::phrase::{self, Bad, LEAST, MOST, Phrases, Set};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "counter/phrase.html")]
struct PhrasePage {
    p: Page,
    /// The day on which it was chosen.
    since: Option<String>,
    /// What it is, for who may see it now.
    shown: Option<String>,
    /// What has just come of it.
    done: Option<String>,
    typed: String,
    wrongs: Wrongs,
}

fn signed_in(visit: &Visit) -> Result<&Account, Trouble> {
    visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })
}

async fn render(app: &Shared, visit: &Visit, typed: String, done: &str, wrongs: Wrongs) -> Answer {
    let account = signed_in(visit)?;
    let p = Page::new(app, visit);
    let done = match done {
        "done" => Some(fl!(p.l, "phrase-done-text")),
        "done=first" => Some(fl!(p.l, "phrase-done-first")),
        "done=same" => Some(fl!(p.l, "phrase-done-same")),
        _ => None,
    };
    let kept = app.store.phrase(account.id).await?;
    let second = account::ways(app, visit, account).await?.second;
    let shown = if account::confirmed(app, visit, second) { Phrases::of(app).get(account.id).await? } else { None };
    let page = PhrasePage {
        since: kept.map(|kept| p.day(&kept.at)),
        typed: if typed.is_empty() { shown.clone().unwrap_or_default() } else { typed },
        shown,
        done,
        wrongs,
        p,
    };
    Ok(html(page.wrongs.status(), &page))
}

pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    let done = query.split('&').find(|part| part.starts_with("done")).unwrap_or_default();
    render(&app, &visit, String::new(), done, Wrongs::default()).await
}

pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    signed_in(&visit)?;
    let forget = posted.get("do") == "forget";
    let typed = if forget { "" } else { posted.raw("phrase") };
    let l = Page::new(&app, &visit).l;
    if !forget && typed.trim().is_empty() {
        let wrongs = Wrongs::one("phrase", fl!(l, "phrase-bad-length", least = LEAST, most = MOST));
        return render(&app, &visit, String::new(), "", wrongs).await;
    }
    let account = account::require(&app, &visit, Some(&posted)).await?;
    let wrongs = match phrase::set(&app, account, typed).await? {
        Set::Changed => return Ok(Redirect::to("/account/phrase?done").into_response()),
        Set::First => return Ok(Redirect::to("/account/phrase?done=first").into_response()),
        Set::Same => return Ok(Redirect::to("/account/phrase?done=same").into_response()),
        Set::Bad(bad) => Wrongs::one(
            "phrase",
            match bad {
                Bad::Length => fl!(l, "phrase-bad-length", least = LEAST, most = MOST),
                Bad::Characters => fl!(l, "phrase-bad-characters"),
                Bad::Number => fl!(l, "phrase-bad-number"),
                Bad::Secret => fl!(l, "phrase-bad-secret"),
                Bad::Known => fl!(l, "phrase-bad-known"),
            },
        ),
    };
    // A phrase that may be a password is not shown again.
    let secret = wrongs.at("phrase") == fl!(l, "phrase-bad-secret");
    let typed = if secret { String::new() } else { typed.to_owned() };
    render(&app, &visit, typed, "", wrongs).await
}
