//! Records on their way in, however they come: read a piece at a time, held against the net, and those of watched
//! cards kept, each once. What was kept is on disk before a piece is done with.

use std::sync::Arc;

use jiff::SignedDuration;
use reach::records::{Fault, Feed, Format};
use serde::Serialize;
use store::StoreError;

use super::{Hit, matched};
use crate::app::{App, Shared};

/// Faults that are told one by one; of more there is a count.
const TOLD: usize = 100;
/// Records kept together.
const KEEP: usize = 200;
/// Bytes looked at before others get their turn, and pieces after which the net is brought up to date.
pub const PIECE: usize = 256 * 1024;
const CATCH_UP: u32 = 64;
/// How far a record may be ahead of our clock.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What became of a file or batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines, blank ones and the header included.
    pub lines: u64,
    /// Records that could be read.
    pub records: u64,
    /// Of these, about a watched card.
    pub matched: u64,
    /// Of these, never seen before.
    pub new: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// The first of them.
    pub faults: Vec<Fault>,
}

#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The header will not do, and nothing was read.
    #[error("{0}")]
    Header(Fault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub struct Intake {
    app: Shared,
    feed: Feed,
    summary: Summary,
    hits: Vec<Hit>,
    pieces: u32,
}

impl Intake {
    /// One that knows all that has ended until now.
    pub async fn begin(app: &Shared, format: Format) -> Result<Self, StoreError> {
        app.net.catch_up(app).await?;
        let latest = app.now().saturating_add(AHEAD).unwrap_or(case::Timestamp::MAX);
        let feed = Feed::new(format, latest);
        Ok(Self { app: Arc::clone(app), feed, summary: Summary::default(), hits: Vec::new(), pieces: 0 })
    }

    pub fn so_far(&self) -> &Summary {
        &self.summary
    }

    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for piece in bytes.chunks(PIECE) {
            self.pieces += 1;
            if self.pieces.is_multiple_of(CATCH_UP) {
                self.app.net.catch_up(&self.app).await?;
            }
            self.read(Some(piece))?;
            self.keep().await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    pub async fn end(mut self) -> Result<Summary, Stop> {
        self.read(None)?;
        self.keep().await?;
        Ok(self.summary)
    }

    /// A piece, or the end.
    fn read(&mut self, piece: Option<&[u8]>) -> Result<(), Stop> {
        let Self { app, feed, summary, hits, .. } = self;
        let done = app.net.with(|may_hold| {
            let mut take = |line: Result<reach::records::Record<'_>, Fault>| match line {
                Ok(record) => {
                    summary.records += 1;
                    if may_hold(&record.number) {
                        let (id, amount) = (record.id.into_owned(), record.amount);
                        hits.push(Hit { id, moved: record.moved, at: record.at, number: record.number, amount });
                    }
                }
                Err(fault) => {
                    summary.bad += 1;
                    if summary.faults.len() < TOLD {
                        summary.faults.push(fault);
                    }
                }
            };
            match piece {
                Some(piece) => feed.push(piece, &mut take),
                None => feed.end(&mut take),
            }
        });
        summary.lines = feed.lines();
        done.unwrap_or(Ok(())).map_err(Stop::Header)
    }

    async fn keep(&mut self) -> Result<(), StoreError> {
        let mut some = Vec::new();
        for hit in self.hits.drain(..) {
            some.extend(matched(&self.app, hit).await?);
            if some.len() == KEEP {
                keep(&self.app, &mut self.summary, std::mem::take(&mut some)).await?;
            }
        }
        keep(&self.app, &mut self.summary, some).await
    }
}

async fn keep(app: &App, summary: &mut Summary, some: Vec<store::Arrived>) -> Result<(), StoreError> {
    if some.is_empty() {
        return Ok(());
    }
    let many = some.len() as u64;
    summary.new += u64::from(app.store.arrive(some).await?);
    summary.matched += many;
    app.net.arrived.notify_one();
    Ok(())
}
