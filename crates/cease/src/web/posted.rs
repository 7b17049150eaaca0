//! A form as it was posted: its form token checked, its fields by name, its files read whole and
//! bounded. What was typed stays at hand, so that a page with errors can show it again.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;
use hyper::body::Frame;

use crate::app::Shared;
use crate::web::trouble::Trouble;
use crate::web::unsent;
use crate::web::visit::Visit;

/// How many times the bytes of one file a form may have, to be read to its end and answered in its own page.
const READ_OUT: usize = 8;
/// Bytes of all text fields together: enough for a text that is too long to come back to its page, and be said so there.
const TEXT_MAX: usize = 256 * 1024;
/// Bytes of a form in which each byte of a text may be written as three (`%E5`).
const WRITTEN_MAX: usize = 3 * TEXT_MAX;
const FIELDS_MAX: usize = 200;

#[derive(Clone, Debug, Default)]
pub struct Posted {
    fields: Vec<(String, String)>,
    pub files: Vec<PostedFile>,
}

/// A file as its sender named and sent it; believe neither. Of one that is larger than a file may be, only a byte more
/// than that is kept: enough to say so.
#[derive(Clone, Debug)]
pub struct PostedFile {
    pub field: String,
    pub name: String,
    pub bytes: Bytes,
}

impl Posted {
    /// The field's text with surrounding space removed; empty where it is absent.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Exactly as sent: for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All values of a group of checkboxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.trim())
    }

    /// Puts in what the server knows better than the form.
    pub fn set(&mut self, name: &str, value: String) {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value));
    }

    /// Names and values as they came, without the form token.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().filter(|(n, _)| n != "csrf").map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// What the shell was given, read as a form is; and for tests of what reads forms.
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self { fields: fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(), files: Vec::new() }
    }
}

impl Posted {
    /// As it came, whoever sent it.
    pub(super) async fn read(request: Request, app: &Shared) -> Result<Self, Trouble> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            multipart(request, app).await
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let body = Bytes::from_request(request, app).await.map_err(|_| Trouble::TooLarge)?;
            if body.len() > WRITTEN_MAX {
                return Err(Trouble::TooLarge);
            }
            let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().take(FIELDS_MAX).collect();
            if fields.iter().map(|(_, value)| value.len()).sum::<usize>() > TEXT_MAX {
                return Err(Trouble::TooLarge);
            }
            Ok(Posted { fields, files: Vec::new() })
        } else {
            Err(Trouble::BadRequest)
        }
    }
}

impl FromRequest<Shared> for Posted {
    type Rejection = Trouble;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Trouble> {
        let visit = request.extensions().get::<Visit>().cloned().ok_or(Trouble::BadRequest)?;
        let ours = unsent::sent_by_us(request.headers());
        let posted = Self::read(request, app).await?;
        if !visit.csrf_is(app, posted.get("csrf")) {
            let words = if ours { posted.words(&visit.path) } else { Vec::new() };
            return Err(if words.is_empty() { Trouble::StaleForm } else { Trouble::Unsent(words) });
        }
        Ok(posted)
    }
}

/// A body in sips. Whoever reads forms takes all that has come at once, and holds it: what a field may not have would be
/// there whole before it is counted.
struct Sips {
    body: Body,
    taken: bool,
}

impl HttpBody for Sips {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if std::mem::take(&mut self.taken) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.taken = frame.is_ready();
        frame
    }
}

async fn multipart(mut request: Request, app: &Shared) -> Result<Posted, Trouble> {
    let most = app.config.limits.upload_bytes;
    DefaultBodyLimit::max(most.saturating_mul(READ_OUT)).apply(&mut request);
    let request = request.map(|body| Body::new(Sips { body, taken: false }));
    let mut form = Multipart::from_request(request, app).await.map_err(|_| Trouble::BadRequest)?;
    // Of all files together: one that is too large, and as much again.
    let mut room = 2 * most + 1;
    let mut posted = Posted::default();
    let mut text = 0;
    while let Some(mut field) = form.next_field().await.map_err(|_| Trouble::TooLarge)? {
        let name = field.name().unwrap_or_default().to_owned();
        if posted.fields.len() + posted.files.len() >= FIELDS_MAX {
            return Err(Trouble::BadRequest);
        }
        match field.file_name().map(str::to_owned) {
            Some(file) => {
                let mut bytes = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(|_| Trouble::TooLarge)? {
                    let kept = &chunk[..chunk.len().min(most + 1 - bytes.len())];
                    room = room.checked_sub(kept.len()).ok_or(Trouble::TooLarge)?;
                    bytes.extend_from_slice(kept);
                }
                if !bytes.is_empty() {
                    posted.files.push(PostedFile { field: name, name: file, bytes: bytes.into() });
                }
            }
            None => {
                let mut value = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(|_| Trouble::TooLarge)? {
                    text += chunk.len();
                    if text > TEXT_MAX {
                        return Err(Trouble::TooLarge);
                    }
                    value.extend_from_slice(&chunk);
                }
                posted.fields.push((name, String::from_utf8(value).map_err(|_| Trouble::BadRequest)?));
            }
        }
    }
    Ok(posted)
}
