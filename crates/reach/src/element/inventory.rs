//! The simplest element: the operator's own card inventory, whose record is the switch.

use async_trait::async_trait;
use case::{CardId, CardState, EffectId, Timestamp};

use crate::{Element, Failure, Line, Observed, ReadBack};

/// What the inventory connector needs of wherever the inventory is kept.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// The state of this generation of the card, or none where there is no such generation.
    async fn state(&self, card: CardId, generation: u32) -> Result<Option<CardState>, Failure>;
    /// Switches once per key and answers the state read back.
    async fn switch(
        &self,
        card: CardId,
        generation: u32,
        to: CardState,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<CardState>, Failure>;
}

/// The card's own record is the switch, read back after the change.
pub struct InventoryElement<I>(pub I);

fn read_back(state: Option<CardState>, now: Timestamp) -> ReadBack {
    let (observed, evidence) = match state {
        Some(CardState::Active) => (Observed::Active, "state=active"),
        Some(CardState::Barred) => (Observed::Barred, "state=barred"),
        Some(CardState::Ceased) => (Observed::Gone, "state=ceased"),
        None => (Observed::Gone, "no such activation"),
    };
    ReadBack::new(observed, evidence, now)
}

impl<I: Inventory> InventoryElement<I> {
    async fn to(&self, line: &Line, to: CardState, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        let s = &line.subscription;
        // The switch answers, once it is on disk, with the state that was read after it.
        Ok(read_back(self.0.switch(s.card, s.generation, to, &key.to_string(), now).await?, now))
    }
}

#[async_trait]
impl<I: Inventory> Element for InventoryElement<I> {
    fn name(&self) -> &str {
        "inventory"
    }

    fn wants_numbers(&self) -> bool {
        false
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        let s = &line.subscription;
        Ok(read_back(self.0.state(s.card, s.generation).await?, now))
    }

    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.to(line, CardState::Barred, key, now).await
    }

    async fn unbar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.to(line, CardState::Active, key, now).await
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.to(line, CardState::Ceased, key, now).await
    }
}
