//! Joins the network's elements to the operator's records, which do not know each other: which
//! elements must let go of a card, and by which numbers they know it.

pub mod nightly;
pub mod reconcile;
pub mod silent;

use std::sync::Arc;

use anyhow::anyhow;
use case::{CardRecord, Subscription};
use reach::element::{All, Es2plusElement, HttpElement, InventoryElement, OsmoHlr, PyhssElement};
use reach::{Element, Failure, Line};
use store::AnyStore;

use crate::app::App;
use crate::config::Config;
use crate::inventory::StoreInventory;

/// The elements that the configuration names, and last the operator's own record.
pub fn element(config: &Config, store: &AnyStore) -> anyhow::Result<Arc<dyn Element>> {
    let record: Arc<dyn Element> = Arc::new(InventoryElement(StoreInventory(store.clone())));
    let mut elements = elements(config)?;
    if elements.is_empty() {
        return Ok(record);
    }
    elements.push(record);
    Ok(Arc::new(All::new(elements)))
}

/// In the order in which they are asked: an eSIM's order first, so that nobody downloads what is about to end.
pub fn elements(config: &Config) -> anyhow::Result<Vec<Arc<dyn Element>>> {
    let network = &config.network;
    let wrong = |section: &str, why: String| anyhow!("network.{section}.{why}");
    let mut elements: Vec<Arc<dyn Element>> = Vec::new();
    if let Some(settings) = &network.es2plus {
        elements.push(Arc::new(Es2plusElement::new(settings).map_err(|why| wrong("es2plus", why))?));
    }
    if let Some(settings) = &network.osmo_hlr {
        elements.push(Arc::new(OsmoHlr::new(settings).map_err(|why| anyhow!("network.osmo_hlr: {why}"))?));
    }
    if let Some(settings) = &network.http {
        elements.push(Arc::new(HttpElement::new(settings).map_err(|why| wrong("http", why))?));
    }
    if let Some(settings) = &network.pyhss {
        elements.push(Arc::new(PyhssElement::new(settings).map_err(|why| wrong("pyhss", why))?));
    }
    Ok(elements)
}

/// The activation with its numbers. None where it has been followed by another: what is late for it must
/// not reach its successor, so nothing is sent.
pub async fn line(app: &App, subscription: &Subscription) -> Result<Option<Line>, Failure> {
    if !app.element.wants_numbers() {
        return Ok(Some(Line::bare(subscription.clone())));
    }
    let card = app.store.card(subscription.card).await.map_err(|e| Failure::Retry(e.to_string()))?;
    let Some(card) = card.filter(|card| card.subscription() == *subscription) else { return Ok(None) };
    // Without any number it would pass for one that was followed by another, and nobody would be asked.
    if card.iccid.is_none() && card.imsi.is_none() && card.eid.is_none() {
        return Err(Failure::GiveUp(
            "the card's record has no ICCID, IMSI or EID, by which the network knows it".into(),
        ));
    }
    Ok(Some(of(card)))
}

/// A card's present activation.
pub fn of(card: CardRecord) -> Line {
    Line { subscription: card.subscription(), iccid: card.iccid, imsi: card.imsi, eid: card.eid }
}

#[cfg(test)]
mod by_http;
