//! One letter, several recipients: each gets it once, though some must be tried again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use case::{EffectId, Outcome, Timestamp};
use reach::{Failure, Mailer, Message, Texter};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Way {
    Mail,
    Sms,
}

pub(super) struct Parcel {
    pub way: Way,
    pub message: Message,
}

/// Settled recipients of letters that others still wait for, and why one was given up.
///
/// It lives in this process only: after a crash, or by another worker, a letter may reach the same
/// person again. By mail it is then the same message, by its Message-ID.
#[derive(Default)]
pub struct HalfSent(Mutex<HashMap<EffectId, Settled>>);

type Settled = HashMap<(Way, String), Option<String>>;

/// Letters remembered at once. Beyond that, forgetting only means repeating.
const ROOM: usize = 10_000;

impl HalfSent {
    fn take(&self, key: EffectId) -> Settled {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key).unwrap_or_default()
    }

    /// Whether one more letter can be remembered. Where none can, what has been sent would be sent again.
    pub(super) fn has_room(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() < ROOM
    }

    fn keep(&self, key: EffectId, settled: Settled) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < ROOM {
            all.insert(key, settled);
        }
    }
}

/// Hands out what has not been handed out, and adds under which names texts were taken. One to be tried again means all are asked for again; one
/// that was given up means a person is told, when the others have theirs.
pub(super) async fn all(
    mailer: Option<&dyn Mailer>,
    texter: Option<&dyn Texter>,
    half_sent: &HalfSent,
    key: EffectId,
    parcels: Vec<Parcel>,
    names: &mut Vec<String>,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let mut settled = half_sent.take(key);
    let (mut later, mut carried) = (None, !settled.is_empty());
    for Parcel { way, message } in parcels {
        let who = (way, message.to.clone());
        if settled.contains_key(&who) {
            continue;
        }
        carried |= if way == Way::Mail { mailer.is_some() } else { texter.is_some() };
        let answer = match (way, mailer, texter) {
            (Way::Mail, Some(mailer), _) => mailer.send(&message, now).await,
            (Way::Sms, _, Some(texter)) => texter.send(&message, now).await.map(|taken| names.extend(taken)),
            (Way::Mail, None, _) | (Way::Sms, _, None) => {
                tracing::debug!(case.r#ref = %key.case, effect = key.n, ?way, "no carrier for this contact");
                Ok(())
            }
        };
        match answer {
            Ok(()) => drop(settled.insert(who, None)),
            Err(Failure::GiveUp(why)) => drop(settled.insert(who, Some(why))),
            Err(Failure::Retry(why) | Failure::NotYet(why)) => later = Some(why),
        }
    }
    if let Some(why) = later {
        half_sent.keep(key, settled);
        return Err(Failure::Retry(why));
    }
    match settled.into_values().flatten().next() {
        Some(why) => Err(Failure::GiveUp(why)),
        None if carried => Ok(Outcome::Delivered),
        None => Ok(Outcome::Unsent),
    }
}
