//! The mailbox that people write to. A message stays in it until it is stored here; only then is it put
//! away. So what is in the inbox is what is still to be done, and nothing has to be remembered about it:
//! whoever is stopped anywhere begins again with what is there, and what was stored before is known by
//! what it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::Failure;

/// A message that waits. Its number is good for this connection only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub number: u32,
    pub bytes: usize,
}

/// Where a message is put away to. Neither is ever emptied by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// It is stored here whole.
    Done,
    /// Too large to be stored: what is here is its beginning.
    Failed,
}

/// A mailbox that has been opened.
#[async_trait]
pub trait Mailbox: Send {
    /// What waits, oldest first, at most a few hundred at a time.
    async fn waiting(&mut self) -> Result<Vec<Waiting>, Failure>;
    /// The first `most` bytes of a message, which stays as it is.
    async fn fetch(&mut self, number: u32, most: usize) -> Result<Vec<u8>, Failure>;
    /// Puts a message away; one that is gone already is.
    async fn put_away(&mut self, number: u32, to: Away) -> Result<(), Failure>;
    /// Until something may have come, or so long.
    async fn wait(&mut self, most: Duration) -> Result<(), Failure>;
}

/// Where a mailbox can be opened, again and again.
#[async_trait]
pub trait Post: Send + Sync {
    async fn open(&self) -> Result<Box<dyn Mailbox>, Failure>;
}

/// A mailbox in memory that obeys the same suite.
#[derive(Clone, Default)]
pub struct FakePost(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    next: u32,
    waiting: Vec<(u32, Vec<u8>)>,
    away: Vec<(Away, Vec<u8>)>,
}

impl FakePost {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message comes in.
    pub fn deliver(&self, raw: &[u8]) {
        let mut kept = self.kept();
        kept.next += 1;
        let number = kept.next;
        kept.waiting.push((number, raw.to_vec()));
    }

    /// What was put away.
    pub fn away(&self) -> Vec<(Away, Vec<u8>)> {
        self.kept().away.clone()
    }
}

#[async_trait]
impl Post for FakePost {
    async fn open(&self) -> Result<Box<dyn Mailbox>, Failure> {
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl Mailbox for FakePost {
    async fn waiting(&mut self) -> Result<Vec<Waiting>, Failure> {
        Ok(self.kept().waiting.iter().map(|(number, raw)| Waiting { number: *number, bytes: raw.len() }).collect())
    }

    async fn fetch(&mut self, number: u32, most: usize) -> Result<Vec<u8>, Failure> {
        let kept = self.kept();
        let found = kept.waiting.iter().find(|(n, _)| *n == number);
        let (_, raw) = found.ok_or_else(|| Failure::GiveUp("no such message".into()))?;
        Ok(raw[..raw.len().min(most)].to_vec())
    }

    async fn put_away(&mut self, number: u32, to: Away) -> Result<(), Failure> {
        let mut kept = self.kept();
        if let Some(at) = kept.waiting.iter().position(|(n, _)| *n == number) {
            let (_, raw) = kept.waiting.remove(at);
            kept.away.push((to, raw));
        }
        Ok(())
    }

    async fn wait(&mut self, most: Duration) -> Result<(), Failure> {
        let until = tokio::time::Instant::now() + most;
        while self.kept().waiting.is_empty() && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}
