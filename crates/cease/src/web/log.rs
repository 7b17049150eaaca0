//! The public log: a page for people, and its heads, hashes and leaves for whoever watches it (C2SP tlog-tiles).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use proof::log::{Checkpoint, Manifest, Note, Role, TileAt, tile as tiles};
use store::StoreError;

use super::case::Seen;
use crate::app::{App, Shared};
use crate::log::{bundle, keys, tile_of};
use crate::web::{Answer, Page, Trouble, Visit, html};

/// What never changes is kept for good, and what does for a moment.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const A_MOMENT: &str = "public, max-age=5";
const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    p: Page,
    head: Option<Head>,
    origin: String,
    root_key: String,
    fingerprint: String,
    quorum: u64,
    witnesses: Vec<(String, Option<String>)>,
}

/// The newest signed head.
struct Head {
    size: u64,
    root: String,
    at: String,
    iso: String,
}

/// `GET /log/`.
pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    let Some(in_force) = keys::read(&app).await? else {
        let page = LogPage {
            p,
            head: None,
            origin: keys::origin(&app),
            root_key: String::new(),
            fingerprint: String::new(),
            quorum: 0,
            witnesses: Vec::new(),
        };
        return Ok(html(StatusCode::OK, &page));
    };
    let manifest = in_force.manifest;
    let newest = app.store.log_checkpoint(0).await?;
    let note = newest.as_ref().and_then(|newest| Note::parse(newest.note.as_bytes()).ok());
    let read = note.as_ref().and_then(|note| Checkpoint::parse(note.text()));
    let head = read.zip(newest.as_ref()).map(|(read, newest)| Head {
        size: read.size,
        root: BASE64.encode(read.root),
        at: p.moment(&newest.at),
        iso: p.iso(&newest.at),
    });
    let page = LogPage {
        head,
        witnesses: witnesses(&p, &manifest, note.as_ref()),
        origin: manifest.origin,
        fingerprint: manifest.root.fingerprint(),
        root_key: manifest.root.to_string(),
        quorum: manifest.quorum,
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Each witness that counts, and when it cosigned this head.
fn witnesses(p: &Page, manifest: &Manifest, note: Option<&Note>) -> Vec<(String, Option<String>)> {
    let known = manifest.verifiers(Role::Witness);
    let vouched = note.and_then(|note| note.open(&known).ok()).map_or_else(Vec::new, |opened| opened.vouched);
    let moment = |at: u64| jiff::Timestamp::from_second(i64::try_from(at).ok()?).ok().map(|at| p.moment(&at));
    let of = |tenure: &proof::log::Tenure| {
        let cosigned = vouched.iter().find(|vouched| vouched.key == tenure.key).and_then(|vouched| vouched.at);
        (tenure.key.name().to_owned(), cosigned.and_then(moment))
    };
    manifest.of(Role::Witness).filter(|tenure| tenure.good_at(p.now())).map(of).collect()
}

/// `GET /log/checkpoint`: the newest head, with all its signatures.
pub async fn checkpoint(State(app): State<Shared>) -> Response {
    public(app.store.log_checkpoint(0).await.map(|newest| newest.map(|n| n.note.into_bytes())), TEXT, A_MOMENT)
}

/// `GET /log/manifest`: which keys count.
pub async fn manifest(State(app): State<Shared>) -> Response {
    public(keys::read(&app).await.map(|found| found.map(|f| f.file.into_bytes())), TEXT, A_MOMENT)
}

/// `GET /log/tile/{level or "entries"}/{number}[.p/{width}]`.
pub async fn tile(State(app): State<Shared>, Path((level, n)): Path<(String, String)>) -> Response {
    public(read_tile(&app, &level, &n).await, BYTES, FOR_GOOD)
}

async fn read_tile(app: &App, level: &str, n: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let Some((n, width)) = tiles::parse_path(n) else { return Ok(None) };
    let width = width.unwrap_or(tiles::WIDTH);
    let entries = level == "entries";
    let plain =
        level == "0" || !level.starts_with('0') && level.len() <= 2 && level.bytes().all(|b| b.is_ascii_digit());
    let level = match level.parse::<u32>() {
        _ if entries => 0,
        Ok(level) if plain && level < 64 => level,
        Ok(_) | Err(_) => return Ok(None),
    };
    // Nothing that no signed head has.
    let Some(newest) = app.store.log_checkpoint(0).await? else { return Ok(None) };
    let at = TileAt { level, n };
    if at.width(newest.size) < width {
        return Ok(None);
    }
    if !entries {
        let hashes = tile_of(&app.store, at).await?;
        return Ok(hashes.and_then(|hashes| Some(hashes.get(..width as usize)?.concat())));
    }
    let leaves = app.store.log_leaves(n * tiles::WIDTH, width as u32).await?;
    if leaves.len() as u64 != width {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(leaves.len() * 100);
    for leaf in leaves {
        let Ok(length) = u16::try_from(leaf.leaf.len()) else { return Ok(None) };
        bytes.extend(length.to_be_bytes());
        bytes.extend(leaf.leaf.into_bytes());
    }
    Ok(Some(bytes))
}

/// What anybody may read, from any page.
fn public(found: Result<Option<Vec<u8>>, StoreError>, media: &'static str, keep: &'static str) -> Response {
    let anybody = (HeaderName::from_static("access-control-allow-origin"), "*");
    match found {
        Ok(Some(bytes)) => {
            ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, keep), anybody], bytes).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, [anybody], "not here\n").into_response(),
        Err(error) => {
            tracing::error!(%error, "the log could not be read");
            (StatusCode::SERVICE_UNAVAILABLE, [anybody], "the log cannot be read right now\n").into_response()
        }
    }
}

/// `GET /log/proof/{reference}`: the bundle of a case, for who may see it.
pub async fn proof(State(app): State<Shared>, Seen(case): Seen) -> Answer {
    let Some(file) = bundle::file(&app, &case).await? else { return Err(Trouble::NotFound) };
    let name = format!("attachment; filename=\"cease-proof-{}.json\"", case.reference);
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CONTENT_DISPOSITION, name.as_str())], file)
        .into_response())
}

#[cfg(test)]
mod tests;
