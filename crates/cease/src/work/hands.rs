//! The hands of the workers in this process. Whoever commits what is owed at once, and finds a hand free, holds it for
//! that hand in the same commit: it need not be claimed first (a write), nor its case read again. Where no workers
//! run here, or no hand is free, it waits in the outbox as ever.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use case::{Case, EffectId, Owed};
use store::Claimed;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Effects in hand at once; and cases woken at once.
pub const HANDS: usize = 128;

/// Some hands, until they are dropped.
pub type Hand = OwnedSemaphorePermit;

#[derive(Debug)]
pub struct Hands {
    free: Arc<Semaphore>,
    /// Where the workers of this process take what they are given; none where there are none.
    workers: Mutex<Option<UnboundedSender<Given>>>,
}

/// An effect that is held for whoever is given it, with its case as that was committed.
#[derive(Debug)]
pub struct Given {
    pub claim: Claimed,
    pub case: Case,
    pub hand: Hand,
}

/// A hand that waits for its effect.
#[derive(Debug)]
pub struct Reserved {
    hand: Hand,
    workers: UnboundedSender<Given>,
}

impl Default for Hands {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(HANDS)), workers: Mutex::default() }
    }
}

impl Hands {
    fn workers(&self) -> MutexGuard<'_, Option<UnboundedSender<Given>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The workers begin: what comes out of it is theirs to do.
    pub fn open(&self) -> UnboundedReceiver<Given> {
        let (sender, receiver) = unbounded_channel();
        *self.workers() = Some(sender);
        receiver
    }

    /// The workers take no more. What is reserved already may still come.
    pub fn close(&self) {
        *self.workers() = None;
    }

    /// How many could take something up now.
    pub fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// All that are free.
    pub fn take_free(&self) -> Option<Hand> {
        loop {
            let free = u32::try_from(self.free()).ok().filter(|free| *free > 0)?;
            // Others may have taken some of them meanwhile.
            if let Ok(hands) = Arc::clone(&self.free).try_acquire_many_owned(free) {
                return Some(hands);
            }
        }
    }

    /// Waits until none has anything to do.
    pub async fn all_free(&self) {
        // An error would mean that there are none, which is as good.
        let _ = self.free.acquire_many(HANDS as u32).await;
    }

    /// A hand for what is done beside an answer: whoever stops waits for it. None where none is free.
    pub fn one(&self) -> Option<Hand> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// A hand for what is about to be committed; none where it had better wait.
    pub fn reserve(&self) -> Option<Reserved> {
        let workers = self.workers().clone()?;
        Some(Reserved { hand: self.one()?, workers })
    }
}

impl Reserved {
    /// It is on disk, and held.
    pub fn give(self, owed: Owed, case: Case) {
        let Self { hand, workers } = self;
        let id = EffectId { case: case.reference, n: owed.n };
        let claim = Claimed { id, effect: owed.effect, attempts: 0, owed: owed.not_before };
        // Workers that have ended leave it to whoever claims it when it is held no longer.
        let _ = workers.send(Given { claim, case, hand });
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use case::Effect;
    use jiff::SignedDuration;
    use store::Claimed;

    use super::{Given, HANDS};
    use crate::app::Shared;
    use crate::testing::{self, advance};
    use crate::work::{LEASE, run};

    async fn ending(app: &Shared, n: u64) -> case::Case {
        let holder = testing::holder(app, 10 + n, &format!("holder{n}")).await;
        testing::ending(app, 100 + n, &holder).await
    }

    async fn claim(app: &Shared) -> Vec<Claimed> {
        app.store.claim(app.now(), SignedDuration::ZERO, 99).await.unwrap()
    }

    fn ceases(claims: &[Claimed]) -> usize {
        claims.iter().filter(|claim| matches!(claim.effect, Effect::Cease { .. })).count()
    }

    #[tokio::test]
    async fn what_the_network_owes_is_given_and_held_and_claimed_again_if_nothing_comes_of_it() {
        let (app, _dir) = testing::app().await;
        let mut given = app.hands.open();
        let committed = ending(&app, 1).await;
        let Given { claim: held, case, hand } = given.try_recv().unwrap();
        assert_eq!(ceases(std::slice::from_ref(&held)), 1, "{held:?}");
        assert_eq!((case, held.attempts), (committed, 0));
        assert_eq!(app.hands.free(), HANDS - 1);
        assert!(given.try_recv().is_err(), "letters wait for a claim");
        let others = claim(&app).await;
        assert!(ceases(&others) == 0 && !others.is_empty(), "{others:?}");
        // Whoever was given it is gone.
        drop(hand);
        assert_eq!(app.hands.free(), HANDS);
        advance(&app, LEASE);
        let again = claim(&app).await;
        assert!(again.iter().any(|claim| claim.id == held.id), "{again:?}");
    }

    #[tokio::test]
    async fn where_no_hand_is_free_and_where_nobody_works_it_waits_in_the_outbox() {
        let (app, _dir) = testing::app().await;
        ending(&app, 1).await;
        assert_eq!(ceases(&claim(&app).await), 1, "nobody works here");
        let mut given = app.hands.open();
        let busy = app.hands.take_free().unwrap();
        ending(&app, 2).await;
        drop(busy);
        app.hands.close();
        ending(&app, 3).await;
        assert!(given.try_recv().is_err());
        assert_eq!(ceases(&claim(&app).await), 3);
    }

    #[tokio::test]
    async fn a_browser_that_is_closed_in_the_middle_leaves_nothing_that_is_held_and_not_done() {
        let (app, _dir) = testing::app().await;
        let mut given = app.hands.open();
        let mut acting = Box::pin(ending(&app, 1));
        poll_fn(|context| match acting.as_mut().poll(context) {
            Poll::Ready(_) => panic!("it was not closed in the middle"),
            Poll::Pending if app.hands.free() < HANDS => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        })
        .await;
        drop(acting);
        let given = tokio::time::timeout(std::time::Duration::from_secs(10), given.recv()).await;
        let given = given.expect("nobody is given it").unwrap();
        assert!(app.store.case(given.claim.id.case).await.unwrap().is_some());
    }

    /// A commit that comes between the order to stop and its end is finished like all others.
    #[tokio::test]
    async fn workers_that_stop_finish_what_they_were_given() {
        let (app, _dir) = testing::app().await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(run(app.clone(), async {
            // Whatever comes, it is over.
            let _ = stopped.await;
        }));
        let reserved = loop {
            match app.hands.reserve() {
                Some(reserved) => break reserved,
                None => tokio::task::yield_now().await,
            }
        };
        stop.send(()).unwrap();
        while app.hands.reserve().is_some() {
            tokio::task::yield_now().await;
        }
        assert!(!running.is_finished(), "one hand is waiting for its effect");
        let case = ending(&app, 1).await;
        let owed = claim(&app).await.into_iter().find(|claim| matches!(claim.effect, Effect::Cease { .. })).unwrap();
        let owed = case::Owed { n: owed.id.n, effect: owed.effect, not_before: owed.owed };
        reserved.give(owed, case.clone());
        running.await.unwrap();
        let now = app.store.case(case.reference).await.unwrap().unwrap();
        assert_eq!(now.stage.name(), "ceased");
        assert_eq!(app.hands.free(), HANDS);
    }
}
