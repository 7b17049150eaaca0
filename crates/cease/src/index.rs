//! The indexer: what lists and search know of a case follows its journal, a moment behind. It asks the
//! store, not the one who wrote, so every process may write and any may index; it has no hurry but
//! the next look of an agent, and no commit waits for it.
//!
//! An open list is told when the index has moved, by whichever process: told by the commit alone it would look
//! before there is anything to see.
//!
//! The more there is to do, the longer it waits for more: a case that moves through several stages within
//! the pause is met once, and most of what the index writes is written once for several cases.

use std::time::Duration;

use case::deadline;
use store::{Indexed, StoreError};
use tokio::time::Instant;

use crate::app::Shared;

/// Entries of the journal in one batch. A case that moves fast is then met once for several of them; the
/// store writes a few cases at a time, so that commits come between.
pub const BATCH: u32 = 4096;
/// How far behind a list may be, when there is little to do; and at most.
const PAUSE: Duration = Duration::from_millis(400);
const LONGEST: Duration = Duration::from_secs(3);
/// How often the time of its work the indexer rests.
const REST: u32 = 10;

/// One batch. What is due is what the lists show, by the rules of each case's own day.
pub async fn some(app: &Shared, limit: u32) -> Result<Indexed, StoreError> {
    let rules = app.clone();
    app.store.index(limit, &move |case| deadline::shown(case, rules.policy.of(case))).await
}

/// Follows the journal until told to stop.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut failing = false;
    let (mut pause, mut worked) = (PAUSE, Duration::ZERO);
    let mut told = None;
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => {}
        }
        let begun = Instant::now();
        let done = some(&app, BATCH).await;
        worked += begun.elapsed();
        match done {
            Ok(done) => {
                failing = false;
                if told.replace(done.position) != Some(done.position) || done.cases > 0 {
                    app.live.listed();
                }
                if done.more {
                    pause = Duration::ZERO;
                    continue;
                }
            }
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "lists and search do not follow the cases");
            }
            // Said once, until it is over.
            Err(_) => {}
        }
        pause = (worked * REST).clamp(PAUSE, LONGEST);
        worked = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use case::{Actor, Assurance, Declaration};

    use crate::act::declare;
    use crate::testing;

    #[tokio::test]
    async fn a_case_can_be_searched_for_soon_after_it_came() {
        let (app, _dir) = testing::app().await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(super::run(app.clone(), async move {
            // Whatever comes, it is over.
            let _ = stopped.await;
        }));
        let found = case::identify::identify("8944770000000000017", &app.policy.identify).unwrap();
        let declaration = Declaration {
            check: found.check,
            consent: true,
            backup: true,
            ..Declaration::of(found.id, case::Person { name: "Mei Lin".into(), ..Default::default() }, app.now())
        };
        let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let case = declare(&app, &holder, declaration, Vec::new(), None).await.unwrap();
        let soon = async {
            loop {
                let found = app.store.search("lin mei", None, 9).await.unwrap().rows;
                if let Some((_, summary)) = found.first() {
                    return summary.case.reference;
                }
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(tokio::time::timeout(Duration::from_secs(10), soon).await.unwrap(), case.reference);
        stop.send(()).unwrap();
        running.await.unwrap();
    }
}
