//! Joins the inventory element to the store, which do not know each other.

use async_trait::async_trait;
use case::{CardId, CardState, Timestamp};
use reach::Failure;
use reach::element::Inventory;
use store::{AnyStore, StoreError};

pub struct StoreInventory(pub AnyStore);

fn failure(e: StoreError) -> Failure {
    Failure::Retry(e.to_string())
}

#[async_trait]
impl Inventory for StoreInventory {
    async fn state(&self, card: CardId, generation: u32) -> Result<Option<CardState>, Failure> {
        let card = self.0.card(card).await.map_err(failure)?;
        Ok(card.filter(|c| c.generation == generation).map(|c| c.state))
    }

    async fn switch(
        &self,
        card: CardId,
        generation: u32,
        to: CardState,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<CardState>, Failure> {
        self.0.switch(card, generation, to, key, at).await.map_err(failure)
    }
}
