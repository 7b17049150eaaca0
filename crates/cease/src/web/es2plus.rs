//! What an SM-DP+ tells by itself (ES2+ `handleDownloadProgressInfo`, SGP.22 §5.3.5): that the profile of a
//! card that has ended was deleted on its device, which ends the holder's task; or that it was put to use
//! again, which stands in the journal from then on.
//!
//! Whoever asks is believed by one header alone, whose value the operator sets. Then the answer is the same
//! whether there is such a card or not: 204, as the standard wants it.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use case::identify::{Identifier, identify};
use case::{Actor, Case, Command, ProfileSeen};
use jiff::SignedDuration;
use reach::element::es2plus::Notifications;
use reach::element::es2plus::wire::{self, Progress};
use store::StoreError;
use subtle::ConstantTimeEq;

use crate::act::{ActError, act};
use crate::app::{App, Shared};
use crate::keys::hex_of;

/// Bytes of a notification: an installation result of 64 KiB in base 64, and room.
const MOST: usize = 128 * 1024;
/// How long the same notification, sent again, is the same.
const AGAIN: SignedDuration = SignedDuration::from_hours(48);

/// `POST /gsma/rsp2/es2plus/handleDownloadProgressInfo`. Nothing of the body is read before its sender is known.
pub async fn progress(State(app): State<Shared>, request: Request<Body>) -> Response {
    let settings = app.config.network.es2plus.as_ref().and_then(|settings| settings.notifications.as_ref());
    let Some(settings) = settings else { return StatusCode::NOT_FOUND.into_response() };
    let (parts, body) = request.into_parts();
    match known(settings, &parts.headers) {
        Ok(true) => {}
        Ok(false) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(why) => {
            tracing::error!(why, "network.es2plus.notifications.value cannot be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    let Ok(body) = to_bytes(body, MOST).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let told = match wire::progress(&body) {
        Ok(told) => told,
        Err(why) => {
            tracing::warn!(why, "a notification of an SM-DP+ cannot be read");
            return (StatusCode::BAD_REQUEST, "not a handleDownloadProgressInfo\n").into_response();
        }
    };
    if let Some(seen) = meaning(settings, &told)
        && let Err(error) = take(&app, &told, seen).await
    {
        tracing::error!(%error, "a notification of an SM-DP+ could not be kept; it may come again");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    (StatusCode::NO_CONTENT, [("x-admin-protocol", spoken(&parts.headers))]).into_response()
}

fn known(settings: &Notifications, headers: &HeaderMap) -> Result<bool, String> {
    let value = settings.value.read()?;
    let mut given = headers.get_all(settings.header.as_str()).iter();
    // Twice is not once: a second one might be what the desk reads and not what was checked before it.
    let (Some(first), None) = (given.next(), given.next()) else { return Ok(false) };
    Ok(!value.is_empty() && bool::from(first.as_bytes().ct_eq(value.as_bytes())))
}

/// Answered in the version that was asked in.
fn spoken(headers: &HeaderMap) -> String {
    let asked = headers.get("x-admin-protocol").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sound = asked.len() < 40
        && asked.strip_prefix("gsma/rsp/v").is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
    if sound { asked.to_owned() } else { "gsma/rsp/v2.5.0".to_owned() }
}

fn meaning(settings: &Notifications, told: &Progress) -> Option<ProfileSeen> {
    let points = [
        (&settings.installed, ProfileSeen::Installed),
        (&settings.enabled, ProfileSeen::Enabled),
        (&settings.disabled, ProfileSeen::Disabled),
        (&settings.deleted, ProfileSeen::Deleted),
    ];
    let found = points.into_iter().find(|(points, _)| points.contains(&told.point));
    found.map(|(_, seen)| seen).filter(|_| told.done)
}

async fn take(app: &App, told: &Progress, seen: ProfileSeen) -> Result<(), ActError> {
    let Some(case) = ended(app, &told.iccid).await? else { return Ok(()) };
    let same = format!("{}/{}/{}", told.iccid, told.point, told.timestamp);
    let key = format!("es2plus:{}", hex_of(&app.keys.mac("es2plus", &[same.as_bytes()])));
    if app.store.uses(&key, app.now()).await? > 0 {
        return Ok(());
    }
    act(app, case.reference, &Actor::Network, &Command::Profile { seen }).await?;
    app.store.hit(&key, app.now(), AGAIN, 1).await?;
    Ok(())
}

/// The case that ended this card's present activation: of an earlier one, a profile says nothing.
async fn ended(app: &App, iccid: &str) -> Result<Option<Case>, StoreError> {
    let number = match identify(iccid, &app.policy.identify) {
        Ok(found) if matches!(found.id, Identifier::Iccid(_)) => found.id,
        Ok(_) | Err(_) => return Ok(None),
    };
    for card in app.store.find_cards(&number).await? {
        let of_card = |case: &Case| case.stage.has_ended() && case.subscription.as_ref() == Some(&card.subscription());
        let cases = app.store.cases_of(card.account).await?.into_iter().map(|row| row.case);
        if let Some(case) = cases.filter(of_card).max_by_key(|case| case.times.network_cease) {
            return Ok(Some(case));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
