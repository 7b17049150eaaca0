//! What carriers say of parcels: asked now and then, or told by a webhook. Both come in by the one door, as the network.

use std::sync::Arc;

use case::parcel::{Deed, Status};
use case::{Actor, CaseRef, Command, Timestamp};
use jiff::SignedDuration;
use reach::Failure;
use reach::carrier::{Carrier, Hook, HttpCarrier, Settings, Word};
use store::StoreError;

use crate::act::{ActError, act};
use crate::app::App;

/// Between two questions about one parcel.
const EVERY: SignedDuration = SignedDuration::from_hours(4);
/// Parcels asked about in one look.
const AT_ONCE: u32 = 20;

/// The carriers of this desk.
#[derive(Default)]
pub struct Carriers {
    pub ask: Vec<Arc<dyn Carrier>>,
    hooks: Vec<(String, Hook)>,
}

impl Carriers {
    pub fn new(all: &[Settings]) -> anyhow::Result<Self> {
        let mut carriers = Self::default();
        for (n, settings) in all.iter().enumerate() {
            let wrong = |why| anyhow::anyhow!("carriers[{n}].{why}");
            if let Some(carrier) = HttpCarrier::new(settings).map_err(wrong)? {
                carriers.ask.push(Arc::new(carrier));
            }
            if let Some(hook) = Hook::new(settings).map_err(wrong)? {
                carriers.hooks.push((settings.name.clone(), hook));
            }
        }
        Ok(carriers)
    }

    pub fn hook(&self, name: &str) -> Option<&Hook> {
        self.hooks.iter().find(|(known, _)| known == name).map(|(_, hook)| hook)
    }
}

/// Asks about what is due. A carrier that does not answer is asked again at the next time.
pub async fn poll(app: &App) -> Result<(), StoreError> {
    if app.carriers.ask.is_empty() {
        return Ok(());
    }
    let now = app.now();
    for back in app.store.backs_to_poll(now, AT_ONCE).await? {
        let next = now.checked_add(EVERY).unwrap_or(Timestamp::MAX);
        let (Some(carrier), Some(tracking)) = (&back.carrier, &back.tracking) else { continue };
        // Somebody else has it in hand.
        if !app.store.poll_back(&back, next).await? {
            continue;
        }
        let Some(port) = app.carriers.ask.iter().find(|port| port.carries(carrier)) else { continue };
        match port.status(tracking).await {
            Ok(Some(word)) => tell(app, back.reference, word, now).await?,
            Ok(None) => {}
            Err(Failure::Retry(why) | Failure::NotYet(why) | Failure::GiveUp(why)) => {
                tracing::warn!(case.r#ref = %back.reference, why, "a carrier did not say where a parcel is");
            }
        }
    }
    Ok(())
}

/// What a webhook says; `sent` is the time that was signed with it. Answers how many cases it is about.
pub async fn told(app: &App, word: &Word, sent: Timestamp) -> Result<usize, StoreError> {
    let number = case::tracking::track(&word.tracking, &app.policy.returns.carriers);
    let Ok(number) = number.map(|tracked| tracked.tracking.number) else { return Ok(0) };
    let backs = app.store.backs_under(&number).await?;
    for back in &backs {
        tell(app, back.reference, word.clone(), sent).await?;
    }
    Ok(backs.len())
}

async fn tell(app: &App, reference: CaseRef, word: Word, now: Timestamp) -> Result<(), StoreError> {
    if word.status == Status::Unknown {
        tracing::info!(case.r#ref = %reference, "a carrier says something that no rule explains");
    }
    let deed = Deed::Carried { status: word.status, at: word.at.unwrap_or(now) };
    match act(app, reference, &Actor::Network, &Command::Return { deed }).await {
        Ok(_) | Err(ActError::Refused(_) | ActError::NoSuchCase) => Ok(()),
        Err(ActError::Store(error)) => Err(error),
    }
}
