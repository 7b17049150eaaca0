//! What estimates are made from.

use case::eta::{Kind, Past, Stated, Waiting};
use case::{AccountId, CaseRef};
use store::{AnyStore, Measured};

use super::world::{at, card, declared, proven};

fn stay(case: u64, entered: i64) -> Measured {
    let stated = Stated { base: 1_200.0, spread: 0.25, between: Some((600.0, 3_000.0)) };
    let waiting = Waiting { kind: Kind::Difference, received: at(entered - 5), entered: at(entered), stated };
    Measured { case: CaseRef::from_bits(case), waiting, past: None }
}

fn decided(stay: Measured, left: i64, by: u64) -> Measured {
    let Waiting { kind, stated, .. } = stay.waiting;
    let past = Past { kind, left: at(left), by: AccountId::from_bits(by), stated, took: 900.0, service: 300.0 };
    Measured { past: Some(past), ..stay }
}

pub async fn a_stay_at_the_desk_is_measured_once_and_closed_once(store: AnyStore) {
    let first = stay(1, 100);
    store.measure(first.clone()).await.unwrap();
    // Told again with other figures, what was said first stands.
    let mut other = first.clone();
    other.waiting.stated.base = 9.0;
    store.measure(other.clone()).await.unwrap();
    assert_eq!(store.measured(first.case).await.unwrap(), vec![first.clone()]);
    let untold = Measured {
        waiting: Waiting { stated: Stated { between: None, ..first.waiting.stated }, ..stay(1, 300).waiting },
        ..stay(1, 300)
    };
    store.measure(untold.clone()).await.unwrap();
    store.measure(decided(first.clone(), 200, 7)).await.unwrap();
    assert_eq!(store.measured(first.case).await.unwrap(), vec![decided(first.clone(), 200, 7), untold]);
    assert_eq!(store.measured(CaseRef::from_bits(2)).await.unwrap(), vec![]);
}

pub async fn decisions_come_oldest_first_and_are_the_last(store: AnyStore) {
    for n in 0..10 {
        store.measure(decided(stay(n, 100), 200 + n as i64, n % 2)).await.unwrap();
    }
    store.measure(stay(99, 100)).await.unwrap();
    let left: Vec<_> = store.decisions(3).await.unwrap().into_iter().map(|p| p.left).collect();
    assert_eq!(left, [at(207), at(208), at(209)]);
    let before = |by, when| store.decided_before(AccountId::from_bits(by), at(when));
    assert_eq!(before(1, 209).await.unwrap(), Some(at(207)));
    assert_eq!(before(1, 201).await.unwrap(), None);
    assert_eq!(before(5, 900).await.unwrap(), None);
}

pub async fn marks_are_kept_and_replaced(store: AnyStore) {
    assert_eq!(store.mark("rules").await.unwrap(), None);
    store.put_mark("rules", "a").await.unwrap();
    store.put_mark("rules", "b").await.unwrap();
    assert_eq!(store.mark("rules").await.unwrap().as_deref(), Some("b"));
}

pub async fn who_waits_for_the_desk_is_counted_by_receipt(store: AnyStore) {
    store.commit(declared(1, at(0))).await.unwrap();
    for n in [2, 3] {
        store.commit(proven(n, &card(n, AccountId::from_bits(1)), at(n as i64))).await.unwrap();
    }
    // The first waits for its holder.
    let ahead = |when| store.ahead(at(when));
    assert_eq!((ahead(2).await.unwrap(), ahead(3).await.unwrap(), ahead(9).await.unwrap()), (0, 1, 2));
}
