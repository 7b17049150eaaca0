//! What is remembered between two tries of one cease, for as long as this process lives.
//!
//! Who served a card is forgotten by the HLR with the card; where the deletion's answer was lost, it is
//! still known here. And an MSC or SGSN that is not connected just now cannot be told: it is waited for,
//! though not for ever, as its name may be that of a machine that is no more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use case::{EffectId, Timestamp};
use jiff::SignedDuration;

use super::gsup::client::Server;
use super::steps::Told;
use crate::Failure;

/// More tries than these at once are not remembered.
const MOST: usize = 10_000;

#[derive(Default)]
struct Try {
    servers: Vec<Server>,
    absent_since: Option<Timestamp>,
}

pub(super) struct Trying {
    tries: Mutex<HashMap<EffectId, Try>>,
    patience: SignedDuration,
}

impl Trying {
    pub(super) fn new(absent_minutes: u32) -> Self {
        Self { tries: Mutex::default(), patience: SignedDuration::from_mins(absent_minutes.into()) }
    }

    pub(super) fn served(&self, key: EffectId) -> Vec<Server> {
        self.tries().get(&key).map(|seen| seen.servers.clone()).unwrap_or_default()
    }

    pub(super) fn remember(&self, key: EffectId, servers: &[Server]) {
        let mut tries = self.tries();
        if tries.len() >= MOST && !tries.contains_key(&key) {
            return;
        }
        tries.entry(key).or_default().servers = servers.to_vec();
    }

    /// Whether the card may be deleted, though some who serve it could not be told.
    pub(super) fn may_delete(&self, key: EffectId, told: &Told, now: Timestamp) -> Result<(), Failure> {
        let mut tries = self.tries();
        // One that is not remembered any more is not waited for.
        let Some(seen) = tries.get_mut(&key).filter(|_| told.absent > 0) else { return Ok(()) };
        let since = *seen.absent_since.get_or_insert(now);
        if now.duration_since(since) >= self.patience {
            return Ok(());
        }
        let many = told.absent;
        Err(Failure::NotYet(format!(
            "GSUP: {many} who serve the card are not connected to the HLR; it is not deleted yet"
        )))
    }

    pub(super) fn forget(&self, key: EffectId) {
        self.tries().remove(&key);
    }

    fn tries(&self) -> MutexGuard<'_, HashMap<EffectId, Try>> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
