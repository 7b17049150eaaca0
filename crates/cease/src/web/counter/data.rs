//! A holder takes all that the desk has of them. It is asked of them to show again who they are: whoever sits down at an
//! open browser must not walk off with it.

use std::fs::File;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use case::Deed;
use hyper::body::Frame;
use jiff::SignedDuration;
use tokio::task::JoinHandle;

use super::account::signed_in;
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::{account, export};

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// It reads all that there is of an account; nobody needs it more often.
const PER_ACCOUNT: u32 = 5;
/// Of the archive, at once.
const CHUNK: usize = 64 << 10;

#[derive(Template)]
#[template(path = "counter/data.html")]
struct DataPage {
    p: Page,
    going: going::Going,
}

pub mod going;

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let account = signed_in(&visit)?;
    let p = Page::new(&app, &visit);
    let going = going::Going::of(&app, &p, account).await?;
    Ok(html(StatusCode::OK, &DataPage { p, going }))
}

pub async fn take(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = account::require(&app, &visit, Some(&posted)).await?;
    // The rules may want more for what is on record than this account signs in with.
    if !visit.has_shown(&app, Deed::Record, Some(account.id))
        || !visit.has_shown(&app, Deed::Evidence, Some(account.id))
    {
        return Ok(Redirect::to("/account?set-up#second-factor").into_response());
    }
    let now = app.now();
    let hit = app.store.hit(&format!("export:{}", account.id), now, WINDOW, PER_ACCOUNT).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
    }
    let made = export::of(&app, account).await?;
    let name = format!("attachment; filename=\"{}\"", export::file_name(now));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_LENGTH, HeaderValue::from(made.bytes)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, Body::new(Chunks::Here(Some(made.file)))).into_response())
}

/// A file, a piece at a time, read as fast as it is taken.
enum Chunks {
    Here(Option<File>),
    Reading(JoinHandle<std::io::Result<(File, Vec<u8>)>>),
}

fn next(mut file: File) -> std::io::Result<(File, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(CHUNK);
    (&mut file).take(CHUNK as u64).read_to_end(&mut bytes)?;
    Ok((file, bytes))
}

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Chunks::Here(file) = &mut *self {
            let Some(file) = file.take() else { return Poll::Ready(None) };
            *self = Chunks::Reading(tokio::task::spawn_blocking(move || next(file)));
        }
        let Chunks::Reading(reading) = &mut *self else { return Poll::Ready(None) };
        let read = ready!(Pin::new(reading).poll(cx)).map_err(std::io::Error::other).and_then(|read| read);
        match read {
            Ok((_, bytes)) if bytes.is_empty() => {
                *self = Chunks::Here(None);
                Poll::Ready(None)
            }
            Ok((file, bytes)) => {
                *self = Chunks::Here(Some(file));
                Poll::Ready(Some(Ok(Frame::data(bytes.into()))))
            }
            Err(error) => {
                *self = Chunks::Here(None);
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
