//! Codes for the next network: asked for once a request, kept sealed, opened for who has shown who they are.

use case::identify::identify;
use case::way::{Code, Issued};
use case::{Actor, Case, Command, EffectId, Event, Outcome, Subscription};
use reach::Failure;
use reach::porting::{Gone, Wanted};
use store::StoreError;

use crate::act::{ActError, act};
use crate::app::App;

/// For what the key file hides a code.
const PURPOSE: &str = "porting";

/// Asks for the code. The effect's id is the key under which the far end gives the same one again.
pub async fn code(app: &App, key: EffectId, code: Code, subscription: &Subscription) -> Result<Outcome, Failure> {
    let Some(porting) = &app.porting else {
        return Err(Failure::GiveUp("nobody is configured to give codes: [porting]".into()));
    };
    let card = app.store.card(subscription.card).await.map_err(|e| Failure::Retry(e.to_string()))?;
    let card = card.filter(|card| card.generation == subscription.generation);
    let Some((msisdn, iccid)) = card.and_then(|card| Some((card.msisdn?, card.iccid))) else {
        return Err(Failure::GiveUp("the card has no phone number that could move".into()));
    };
    let given = porting.code(&key.to_string(), &Wanted { code, msisdn, iccid }, app.now()).await?;
    Ok(Outcome::Coded { sealed: app.keys.seal_text(PURPOSE, &given.code), until: given.until })
}

/// The code that is good now, opened.
pub fn running(app: &App, case: &Case) -> Option<(Issued, String)> {
    let switch = case.ways.switch.as_ref().filter(|_| case.may_leave(app.now()))?;
    switch.runs_until().filter(|until| *until > app.now())?;
    let issued = switch.issued.clone()?;
    let code = app.keys.open_text(PURPOSE, &issued.sealed)?;
    Some((issued, code))
}

/// Tells the case that gave the code that the number has gone; answers how many cases it is about. Where porting names
/// the code, only the case whose code it is hears of it: the one it gave last, or one that it gave before and that the
/// next network was shown all the same.
pub async fn gone(app: &App, gone: &Gone) -> Result<usize, StoreError> {
    let Ok(found) = identify(&format!("phone: {}", gone.msisdn), &app.policy.identify) else { return Ok(0) };
    let mut told = 0;
    for card in app.store.find_cards(&found.id).await? {
        for one in app.store.cases_of(card.account).await? {
            let case = one.case;
            let its = case.subscription.as_ref() == Some(&card.subscription());
            let Some(issued) = case.ways.switch.as_ref().filter(|_| its).and_then(|s| s.issued.as_ref()) else {
                continue;
            };
            let named = |sealed: &str| app.keys.open_text(PURPOSE, sealed) == gone.code;
            if gone.code.is_some() && !named(&issued.sealed) && !gave_before(app, &case, named).await? {
                tracing::warn!(case.r#ref = %case.reference, "a number has gone by a code that is not this case's");
                continue;
            }
            match act(app, case.reference, &Actor::Network, &Command::Ported { at: gone.at }).await {
                Ok(_) => told += 1,
                Err(ActError::Refused(_) | ActError::NoSuchCase) => {}
                Err(ActError::Store(error)) => return Err(error),
            }
        }
    }
    if told == 0 {
        tracing::warn!("a number has gone that no case has given this code for");
    }
    Ok(told)
}

async fn gave_before(app: &App, case: &Case, named: impl Fn(&str) -> bool) -> Result<bool, StoreError> {
    let journal = app.store.journal(case.reference).await?;
    Ok(journal
        .iter()
        .flat_map(|entry| &entry.events)
        .any(|event| matches!(event, Event::CodeIssued { sealed, .. } if named(sealed))))
}

/// What the letter carries of it, for a recipient who is known to be the holder.
pub fn told(app: &App, case: &Case) -> Vec<(String, String)> {
    running(app, case).map(|(_, code)| vec![(String::new(), code)]).unwrap_or_default()
}
