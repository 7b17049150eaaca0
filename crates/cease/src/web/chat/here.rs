//! What open pages tell of themselves: that they are open, that somebody types, that they close; and
//! what staff may see of each other.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use case::{Actor, CaseRef, Role};
use std::collections::BTreeMap;

use crate::app::Shared;
use crate::contact;
use crate::live::{Place, session_key};
use crate::web::desk::{agency, reader};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// `POST /live/here`. Answers the version of the case, so that a page that missed something looks again.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let Some(session) = &visit.session else { return Err(Trouble::Forbidden) };
    let (key, now) = (session_key(&session.id), app.now());
    if !app.live.allows(key, now) {
        return Err(Trouble::TooMany { seconds: 60 });
    }
    let staff = staff(&visit);
    let case = match posted.get("case").parse::<CaseRef>() {
        Ok(reference) if staff.is_some() => app.store.case_for(reference, agency(&visit)?.as_ref()).await?,
        Ok(reference) => app.store.case(reference).await?.filter(|case| visit.may_see(case)),
        Err(_) => None,
    };
    if let Some(staff) = staff {
        app.live.still_takes(key, staff, now);
    }
    let Some(case) = case else {
        return if visit.staff().is_some() && posted.get("case").is_empty() {
            Ok("".into_response())
        } else {
            Err(Trouble::NotFound)
        };
    };
    let place = match staff {
        Some(_) => Place::Case(case.reference),
        None => Place::Chat(case.reference),
    };
    if posted.ticked("gone") {
        app.live.leave(key, place);
        if let Some(staff) = staff {
            contact::leaves(&app, case.reference, staff).await?;
        }
    } else {
        let typing = posted.ticked("typing").then_some(true);
        app.live.sit(key, place, staff, typing, now);
        if let Some(staff) = staff {
            contact::stays(&app, case.reference, staff).await?;
        }
    }
    Ok(case.version.to_string().into_response())
}

/// Who reads cases at the desk.
pub(super) fn staff(visit: &Visit) -> Option<case::AccountId> {
    visit.staff().filter(|(_, role)| *role != Role::Admin).map(|(account, _)| account.id)
}

#[derive(Template)]
#[template(path = "desk/here.html")]
struct Here {
    cases: Vec<(String, String)>,
}

/// `GET /desk/here`: who has which case open, but for whoever asks; a fragment that lists are marked with.
pub async fn at_the_desk(State(app): State<Shared>, visit: Visit) -> Answer {
    let Actor::Agent { staff: me, .. } = reader(&visit)? else { return Err(Trouble::Forbidden) };
    let p = Page::new(&app, &visit);
    let names = names(&app).await?;
    let mut cases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let agency = agency(&visit)?;
    for (case, staff, types) in app.live.open_cases(app.now()) {
        if staff != me && (agency.is_none() || app.store.case_for(case, agency.as_ref()).await?.is_some()) {
            cases.entry(case.to_string()).or_default().push(is_here(&p, &names, staff, types));
        }
    }
    let cases = cases.into_iter().map(|(case, who)| (case, who.join(&fl!(p.l, "desk-list-comma")))).collect();
    Ok(html(StatusCode::OK, &Here { cases }))
}

pub(super) type Names = BTreeMap<case::AccountId, String>;

pub(super) async fn names(app: &Shared) -> Result<Names, store::StoreError> {
    Ok(app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect())
}

pub(super) fn is_here(p: &Page, names: &Names, staff: case::AccountId, types: bool) -> String {
    let name = names.get(&staff).map_or("", String::as_str);
    if types { fl!(p.l, "chat-is-typing", name = name) } else { fl!(p.l, "chat-is-here", name = name) }
}
