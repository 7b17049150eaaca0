//! A file of a case, for staff: only one that the case names, always downloaded, never opened in the desk's own origin,
//! and on the record of looks. A picture cannot be masked: it waits for a reason.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use case::FileId;
use store::{Looked, StoredFile};

use super::eyes::Part;
use super::{case_of, looks, reader, reveal};
use crate::app::Shared;
use crate::files::kept;
use crate::web::{Answer, Trouble, Visit};

pub async fn get(State(app): State<Shared>, visit: Visit, Path((reference, id)): Path<(String, String)>) -> Answer {
    reader(&visit)?;
    let id: FileId = id.parse().map_err(|_| Trouble::NotFound)?;
    let case = case_of(&app, &visit, &reference).await?;
    // What somebody has sent but not declared yet is nobody's to read.
    let of_return = case.parcel.as_ref().is_some_and(|parcel| parcel.files().contains(&id));
    if !case.files.contains(&id) && !of_return {
        return Err(Trouble::NotFound);
    }
    let part = if case.declaration.files.contains(&id) { Part::Application } else { Part::Sent };
    if let Some(masked) = reveal::stands_before(&app, &visit, &case, part).await? {
        return masked;
    }
    let journal = app.store.journal(case.reference).await?;
    let file = kept::file(&app, &journal, id).await?.ok_or(Trouble::NotFound)?;
    looks::look(&app, &visit, Looked::File, Some(case.reference), id.to_string()).await?;
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
