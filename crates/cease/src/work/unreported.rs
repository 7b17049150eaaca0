//! What was done and could not be reported, because the store was away: it is reported as soon as the store is there
//! again, before anything else is done, and for as long as nobody else may do it anew. A letter of whose sending nobody
//! knows is sent twice.

use std::sync::{Mutex, PoisonError};

use case::{EffectId, Outcome, Refusal, Timestamp};
use store::{Claimed, StoreError};

use super::{LEASE, Signing, perform_and_report};
use crate::act::{ActError, Reported, report};
use crate::app::App;

struct Done {
    id: EffectId,
    outcome: Outcome,
    until: Timestamp,
}

#[derive(Default)]
pub struct Unreported(Mutex<Vec<Done>>);

impl Unreported {
    /// At most half of a lease, which began before it was done.
    pub(super) fn keep(&self, id: EffectId, outcome: Outcome, now: Timestamp) {
        let until = now.saturating_add(LEASE / 2).unwrap_or(Timestamp::MAX);
        self.put(Done { id, outcome, until });
    }

    fn put(&self, done: Done) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(done);
    }

    fn take(&self) -> Vec<Done> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether the store may take it another time.
pub(super) fn is_away(error: &ActError) -> bool {
    matches!(error, ActError::Store(StoreError::Deadline | StoreError::Engine(_)))
}

/// Reports all of it, and goes on with what that made owed. Where the store is still away the rest is kept.
pub(super) async fn tell(app: &App) -> Result<(), StoreError> {
    let mut rest = app.unreported.take().into_iter();
    while let Some(done) = rest.next() {
        if done.until < app.now() {
            tracing::error!(case.r#ref = %done.id.case, effect = done.id.n, "what was done could not be reported in time");
            continue;
        }
        let (id, outcome) = (done.id, done.outcome.clone());
        match report(app, id, outcome, None, LEASE, &Signing(app)).await {
            Ok(Reported { case, next: Some(owed) }) => {
                let id = EffectId { case: id.case, n: owed.n };
                let claim = Claimed { id, effect: owed.effect, attempts: 0, owed: owed.not_before };
                perform_and_report(app, claim, Some(case)).await;
            }
            Ok(Reported { next: None, .. }) | Err(ActError::Refused(Refusal::NothingOwed)) => {}
            Err(error) if is_away(&error) => {
                app.unreported.put(done);
                rest.for_each(|left| app.unreported.put(left));
                return Err(StoreError::Deadline);
            }
            Err(error) => {
                tracing::error!(case.r#ref = %id.case, effect = id.n, %error, "an outcome could not be reported");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use case::{Effect, Letter};
    use jiff::SignedDuration;

    use super::*;
    use crate::testing;

    /// The letter has gone, and the store went away before that was written.
    #[tokio::test]
    async fn what_was_done_is_told_when_the_store_is_back_and_not_done_again() {
        for (late, letters) in [(SignedDuration::from_secs(20), 0), (LEASE, 1)] {
            let (app, _dir) = testing::app().await;
            let mei = testing::holder(&app, 1, "mei").await;
            let case = testing::ending(&app, 1, &mei).await;
            let claimed = app.store.claim(app.now(), LEASE, 100).await.unwrap();
            let mine: Vec<_> = claimed.iter().filter(|claim| claim.id.case == case.reference).collect();
            let receipt = mine.iter().find(|c| matches!(c.effect, Effect::Notify { letter: Letter::Receipt })).unwrap();
            app.unreported.keep(receipt.id, Outcome::Delivered, app.now());
            testing::advance(&app, late);
            tell(&app).await.unwrap();
            testing::advance(&app, LEASE * 2);
            while super::super::round(&app).await.unwrap() > 0 {}
            let sent = testing::shelf(&app).messages();
            let again =
                sent.iter().filter(|m| m.message.key.starts_with(&format!("{}/{}", case.reference, receipt.id.n)));
            assert_eq!(again.filter(|m| m.kind == reach::shelf::Kind::Mail).count(), letters, "{late:#}");
        }
    }
}
