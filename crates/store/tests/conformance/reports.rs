use case::Command;
use case::{Actor, Outcome};
use store::{AnyStore, Past, StoreError, View};

use super::world::{at, declared, said, step};

/// A case that was declared, written about and settled in another life.
fn past(n: u64) -> Past {
    let first = declared(n, at(0));
    let second = said(&first.case, "looked at", at(60));
    let done = Command::Report { n: 0, outcome: Outcome::Delivered };
    let third = step(Some(&second.case), &Actor::Network, &done, None, at(90));
    Past { due: third.due, case: third.case, entries: vec![first.entry, second.entry, third.entry] }
}

pub async fn a_past_is_written_whole_and_owes_nothing(store: AnyStore) {
    let (one, other) = (past(1), past(2));
    store.put_past(vec![one.clone(), other.clone()]).await.unwrap();
    for past in [&one, &other] {
        let reference = past.case.reference;
        assert_eq!(store.case(reference).await.unwrap().as_ref(), Some(&past.case));
        assert_eq!(store.journal(reference).await.unwrap(), past.entries);
        assert_eq!(case::evolve::fold(reference, &past.entries).as_ref(), Some(&past.case));
    }
    assert_eq!(store.outbox().await.unwrap().waiting, 0);
    let listed = store.list(View::Waiting, None, 10).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|s| s.due == one.due && s.changed_at == at(90)));
    // It goes on from there like any other.
    store.commit(said(&one.case, "and now", at(100))).await.unwrap();

    // All or nothing.
    assert!(matches!(store.put_past(vec![past(3), past(1)]).await, Err(StoreError::Conflict)));
    assert_eq!(store.case(past(3).case.reference).await.unwrap(), None);
    assert_eq!(store.journal(past(3).case.reference).await.unwrap(), vec![]);
    let mut torn = past(4);
    torn.entries.remove(1);
    assert!(matches!(store.put_past(vec![torn]).await, Err(StoreError::Engine(_))));
    store.put_past(Vec::new()).await.unwrap();
}
