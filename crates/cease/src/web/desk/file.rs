//! A file of a case, for staff: only one that the case names, always downloaded, never opened in the desk's own origin, and on
//! the audit's record.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use case::{CaseRef, FileId};
use store::{Act, StoredFile};

use super::{reader, staff};
use crate::app::Shared;
use crate::web::{Answer, Trouble, Visit};

pub async fn get(State(app): State<Shared>, visit: Visit, Path((reference, id)): Path<(String, String)>) -> Answer {
    reader(&visit)?;
    let (account, _) = staff(&visit)?;
    let id: FileId = id.parse().map_err(|_| Trouble::NotFound)?;
    let reference: CaseRef = reference.parse().map_err(|_| Trouble::NotFound)?;
    // What somebody has sent but not declared yet is nobody's to read.
    app.store.case(reference).await?.filter(|c| c.files.contains(&id)).ok_or(Trouble::NotFound)?;
    let file = app.store.file(id).await?.ok_or(Trouble::NotFound)?;
    let act =
        Act { at: app.now(), account: Some(account), what: "file-opened".into(), detail: format!("{reference} {id}") };
    app.store.audit(act).await?;
    Ok(answer(id, file))
}

/// A file as the desk hands it out.
pub fn answer(id: FileId, file: StoredFile) -> Response {
    // What is not one of ours is bytes, whatever it calls itself.
    let (media, end) = match file.media.as_str() {
        "image/jpeg" => ("image/jpeg", "jpg"),
        "image/png" => ("image/png", "png"),
        "image/webp" => ("image/webp", "webp"),
        "application/pdf" => ("application/pdf", "pdf"),
        _ => ("application/octet-stream", "bin"),
    };
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{id}.{end}\""));
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, name.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, file.bytes).into_response()
}
