//! Joins the network's elements to the operator's records, which do not know each other: which
//! elements must let go of a card, and by which numbers they know it.

pub mod nightly;
pub mod reconcile;
pub mod silent;

use std::sync::Arc;

use case::{CardRecord, Subscription};
use reach::element::InventoryElement;
use reach::{Element, Failure, Line};
use store::AnyStore;

use crate::app::App;
use crate::config::Config;
use crate::inventory::StoreInventory;

/// The elements that the configuration names, and last the operator's own record.
pub fn element(_config: &Config, store: &AnyStore) -> anyhow::Result<Arc<dyn Element>> {
    Ok(Arc::new(InventoryElement(StoreInventory(store.clone()))))
}

/// The activation with its numbers. None where it has been followed by another: what is late for it must
/// not reach its successor, so nothing is sent.
pub async fn line(app: &App, subscription: &Subscription) -> Result<Option<Line>, Failure> {
    if !app.element.wants_numbers() {
        return Ok(Some(Line::bare(subscription.clone())));
    }
    let card = app.store.card(subscription.card).await.map_err(|e| Failure::Retry(e.to_string()))?;
    Ok(card.filter(|card| card.subscription() == *subscription).map(of))
}

/// A card's present activation.
pub fn of(card: CardRecord) -> Line {
    Line { subscription: card.subscription(), iccid: card.iccid, imsi: card.imsi, eid: card.eid }
}
