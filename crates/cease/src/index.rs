//! The indexer: what lists and search know of a case follows its journal, a moment behind. It asks the
//! store, not the one who wrote, so every process may write and any may index; it has no hurry but
//! the next look of an agent, and no commit waits for it.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::app::Shared;

/// Entries of the journal in one batch. A case that moves fast is then met once for several of them; the
/// store writes a few cases at a time, so that commits come between.
pub const BATCH: u32 = 4096;
/// How far behind a list may be, when there is little to do.
const PAUSE: Duration = Duration::from_millis(400);

/// Follows the journal until told to stop.
pub async fn run(app: Shared, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut tick = tokio::time::interval(PAUSE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {}
        }
        match app.store.index(BATCH).await {
            Ok(done) => {
                failing = false;
                if done.more {
                    tick.reset_immediately();
                }
            }
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "lists and search do not follow the cases");
            }
            // Said once, until it is over.
            Err(_) => {}
        }
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
