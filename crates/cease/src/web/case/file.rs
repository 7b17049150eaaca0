//! A further file for a case: a photo or PDF of a letter, or what the desk asked for.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::{Command, FileId};
use jiff::SignedDuration;
use store::StoredFile;

use super::{KEPT, Seen, Wrongs, ask, status_of, wrong};
use crate::app::Shared;
use crate::chance;
use crate::files::{self, Limits};
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Files one case may have, and one case may be sent in an hour.
const MOST: usize = 20;
const PER_HOUR: u32 = 20;

#[derive(Template)]
#[template(path = "case/file.html")]
struct AddFile {
    p: Page,
    reference: String,
    errors: Wrongs,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let page = AddFile { p: Page::new(&app, &visit), reference: case.reference.to_string(), errors: Wrongs::default() };
    Ok(html(StatusCode::OK, &page))
}

pub async fn add(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let again = |p: Page, code, text| {
        let errors = wrong("file", text);
        Ok(html(code, &AddFile { p, reference: case.reference.to_string(), errors }))
    };
    let Some(file) = posted.files.into_iter().find(|f| f.field == "file") else {
        let text = fl!(p.l, "case-file-none");
        return again(p, StatusCode::UNPROCESSABLE_ENTITY, text);
    };
    let hit =
        app.store.hit(&format!("file:{}", case.reference), app.now(), SignedDuration::from_hours(1), PER_HOUR).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(app.now()).as_secs().max(1) });
    }
    if case.files.len() >= MOST {
        let text = fl!(p.l, "case-file-too-many", most = MOST);
        return again(p, StatusCode::UNPROCESSABLE_ENTITY, text);
    }
    let limits = Limits::of(app.config.limits.upload_bytes);
    let clean = match files::accept(&file.name, file.bytes, limits).await {
        Ok(clean) => clean,
        Err(bad) => {
            let text = p.t(bad.key());
            return again(p, StatusCode::UNPROCESSABLE_ENTITY, text);
        }
    };
    let id = FileId::from_bits(chance::bits());
    let name = clean.name.clone();
    let stored = StoredFile { id, media: clean.media.into(), name: clean.name, bytes: clean.bytes, at: app.now() };
    app.store.put_draft_file(stored, app.now() + files::DRAFT).await?;
    match ask(&app, &visit, &case, &Command::AddFile { file: id, name }).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}?{KEPT}", case.reference)).into_response()),
        Err(refusal) => {
            let text = p.t(refusal.key());
            again(p, status_of(&refusal), text)
        }
    }
}
