//! To the identity provider and back. The way there is a page with one link that opens by itself: a form may not lead to
//! another site (the policy of content says so), and a page can say where one is going.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::Response;

use super::sign_in::{inside, show};
use crate::account::oidc::{self, Answer as Said, Back, Errand, NotBack};
use crate::app::{App, Shared};
use crate::web::counter::again::{go_on, on};
use crate::web::counter::journey::Wrongs;
use crate::web::counter::sign_in::see_other;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "desk/going.html")]
struct Going {
    p: Page,
    name: String,
    url: String,
}

#[derive(Template)]
#[template(path = "desk/no_group.html")]
struct NoGroup {
    p: Page,
    name: String,
}

/// What the provider is called; none where there is none.
pub fn called(app: &App, visit: &Visit) -> Option<String> {
    app.config.oidc.as_ref().map(|oidc| oidc.called(visit.lang).to_owned())
}

pub async fn begin(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let next = inside(posted.get("next")).to_owned();
    going(&app, &visit, Errand::SignIn { next }).await
}

pub async fn again(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let form = Some(posted.raw("form").to_owned()).filter(|form| !form.is_empty());
    going(&app, &visit, Errand::Again { to: on(posted.get("to")), form }).await
}

async fn going(app: &Shared, visit: &Visit, errand: Errand) -> Answer {
    let url = match oidc::begin(app, visit, errand).await? {
        Ok(url) => url,
        Err(why) => return Ok(not(app, visit, why)),
    };
    // What cannot stand in a header cannot be an address.
    let refresh = HeaderValue::from_str(&format!("0; url={url}")).map_err(|_| Trouble::NotFound)?;
    let name = called(app, visit).unwrap_or_default();
    let mut p = Page::new(app, visit);
    p.path = "/desk/sign-in".to_owned();
    let mut response = html(StatusCode::OK, &Going { p, name, url });
    response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
    Ok(response)
}

/// The first of each name counts.
fn said(uri: &Uri) -> Said {
    let mut query = HashMap::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).take(20) {
        query.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    let mut get = |name: &str| query.remove(name).unwrap_or_default();
    Said { state: get("state"), code: get("code"), issuer: get("iss"), error: get("error") }
}

pub async fn back(State(app): State<Shared>, visit: Visit, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    match oidc::finish(&app, &visit, &said(&parts.uri)).await? {
        Back::SignedIn { to, signed_in } => Ok(see_other(inside(&to), signed_in.cookie)),
        Back::Confirmed { to, form: None, cookie } => Ok(see_other(&on(&to), cookie)),
        Back::Confirmed { to, form: Some(form), cookie } => go_on(app, &visit, &parts, &on(&to), &form, cookie).await,
        Back::Not(why) => Ok(not(&app, &visit, why)),
    }
}

fn not(app: &Shared, visit: &Visit, why: NotBack) -> Response {
    let name = called(app, visit).unwrap_or_default();
    let mut p = Page::new(app, visit);
    p.path = "/desk/sign-in".to_owned();
    let (status, text) = match why {
        NotBack::NoGroup => return html(StatusCode::FORBIDDEN, &NoGroup { p, name }),
        NotBack::Wrong => (StatusCode::FORBIDDEN, fl!(p.l, "oidc-wrong", name = name)),
        NotBack::Stopped => (StatusCode::FORBIDDEN, fl!(p.l, "oidc-stopped", name = name)),
        NotBack::Away => (StatusCode::SERVICE_UNAVAILABLE, fl!(p.l, "oidc-away", name = name)),
    };
    let mut response = show(app, visit, "", "", Wrongs::one("oidc", text));
    *response.status_mut() = status;
    response
}
