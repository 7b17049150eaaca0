//! What the SMSC has taken in this process's time, by key and recipient.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Texts remembered. Beyond that the oldest are forgotten, which only means that one might be repeated.
const ROOM: usize = 10_000;

#[derive(Default)]
pub(super) struct Sent(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    texts: HashMap<(String, String), Arc<tokio::sync::Mutex<Progress>>>,
    order: VecDeque<(String, String)>,
}

/// How far one text has come. Whoever holds it is the one who sends it.
#[derive(Default)]
pub(super) struct Progress {
    digest: Vec<u8>,
    parts: usize,
    ids: Vec<String>,
}

impl Sent {
    pub fn of(&self, key: &str, to: &str) -> Arc<tokio::sync::Mutex<Progress>> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let which = (key.to_owned(), to.to_owned());
        if let Some(known) = memory.texts.get(&which) {
            return Arc::clone(known);
        }
        if memory.order.len() == ROOM
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.texts.remove(&oldest);
        }
        memory.order.push_back(which.clone());
        Arc::clone(memory.texts.entry(which).or_default())
    }
}

impl Progress {
    /// Half of a text that now says something else is no use; a whole one was the message.
    pub fn about(&mut self, digest: &[u8], parts: usize) {
        if !self.complete() && self.digest != digest {
            *self = Self { digest: digest.to_vec(), parts, ids: Vec::new() };
        }
    }

    pub fn taken(&self) -> usize {
        self.ids.len()
    }

    pub fn took(&mut self, id: String) {
        self.ids.push(id);
    }

    pub fn complete(&self) -> bool {
        self.parts > 0 && self.ids.len() == self.parts
    }

    /// As the SMSC calls the parts, those that it gave a name.
    pub fn ids(&self) -> Vec<String> {
        self.ids.iter().filter(|id| !id.is_empty()).cloned().collect()
    }
}
