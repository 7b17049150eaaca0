//! Joins the network's elements to the operator's records, which do not know each other: which
//! elements must let go of a card, and by which numbers they know it.

use std::sync::Arc;

use anyhow::Context;
use case::Subscription;
use reach::element::{All, InventoryElement, OsmoHlr};
use reach::{Element, Failure, Line};
use store::AnyStore;

use crate::app::App;
use crate::config::Config;
use crate::inventory::StoreInventory;

/// The elements that the configuration names, and last the operator's own record.
pub fn element(config: &Config, store: &AnyStore) -> anyhow::Result<Arc<dyn Element>> {
    let record: Arc<dyn Element> = Arc::new(InventoryElement(StoreInventory(store.clone())));
    let mut elements = Vec::new();
    if let Some(settings) = &config.network.osmo_hlr {
        let hlr = OsmoHlr::new(settings).map_err(anyhow::Error::msg).context("network.osmo_hlr")?;
        elements.push(Arc::new(hlr) as Arc<dyn Element>);
    }
    if elements.is_empty() {
        return Ok(record);
    }
    elements.push(record);
    Ok(Arc::new(All::new(elements)))
}

/// The activation with its numbers. One that has been followed by another has none any more: what is
/// late for it must not reach its successor.
pub async fn line(app: &App, subscription: &Subscription) -> Result<Line, Failure> {
    let bare = Line::bare(subscription.clone());
    if !app.element.wants_numbers() {
        return Ok(bare);
    }
    let card = app.store.card(subscription.card).await.map_err(|e| Failure::Retry(e.to_string()))?;
    Ok(match card.filter(|card| card.subscription() == *subscription) {
        Some(card) => Line { iccid: card.iccid, imsi: card.imsi, eid: card.eid, ..bare },
        None => bare,
    })
}
