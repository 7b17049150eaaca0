//! The fake carrier: keeps what was sent on a shelf in memory, where the demo's own page and the
//! tests can look. It never reaches anybody, and says so.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use case::Timestamp;

use crate::{Failure, Mailer, Message, Texter};

/// Messages kept before the oldest falls off.
const ROOM: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Mail,
    Sms,
}

#[derive(Clone, Debug)]
pub struct Shelved {
    pub kind: Kind,
    pub at: Timestamp,
    pub message: Message,
}

#[derive(Default)]
pub struct Shelf(Mutex<VecDeque<Shelved>>);

impl Shelf {
    /// Newest first.
    pub fn messages(&self) -> Vec<Shelved> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    fn put(&self, kind: Kind, message: &Message, at: Timestamp) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.iter().any(|s| s.kind == kind && s.message.key == message.key && s.message.to == message.to) {
            return;
        }
        if shelf.len() == ROOM {
            shelf.pop_front();
        }
        shelf.push_back(Shelved { kind, at, message: message.clone() });
    }
}

/// The shelf as a mail carrier.
pub struct ShelfMail(pub std::sync::Arc<Shelf>);
/// The shelf as an SMS carrier.
pub struct ShelfSms(pub std::sync::Arc<Shelf>);

#[async_trait]
impl Mailer for ShelfMail {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<(), Failure> {
        crate::mail::sound(message)?;
        self.0.put(Kind::Mail, message, now);
        Ok(())
    }
}

#[async_trait]
impl Texter for ShelfSms {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<Vec<String>, Failure> {
        self.0.put(Kind::Sms, message, now);
        Ok(Vec::new())
    }
}
