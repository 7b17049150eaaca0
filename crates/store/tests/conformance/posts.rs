//! What comes back by post.

use case::parcel::State;
use case::{AccountId, CaseRef};
use store::{AnyStore, Back, Stray};

use super::world::at;

fn back(n: u64, state: State, due: Option<i64>) -> Back {
    Back {
        reference: CaseRef::from_bits(n),
        code: format!("RTN-{n:05}-AAAAA"),
        state,
        due: due.map(at),
        carrier: Some("Royal Mail".into()),
        tracking: (n != 3).then(|| "RA473124829GB".into()),
        moved: at(10),
        poll: (n == 1).then(|| at(20)),
    }
}

pub async fn a_return_is_found_by_its_code_and_its_number(store: AnyStore) {
    let all = vec![back(1, State::Posted, Some(50)), back(2, State::Late, None), back(3, State::Late, Some(40))];
    store.put_backs(all.clone()).await.unwrap();
    assert_eq!(store.back_of(&all[1].code).await.unwrap().as_ref(), Some(&all[1]));
    assert_eq!(store.back_of("RTN-99999-AAAAA").await.unwrap(), None);
    assert_eq!(store.backs_under("RA473124829GB").await.unwrap(), all[..2]);
    // Soonest due first; without a day, last. Pages have no gaps.
    let page = store.backs(State::Late, None, 1).await.unwrap();
    assert_eq!(page, [all[2].clone()]);
    let after = Some((page[0].due, page[0].reference));
    assert_eq!(store.backs(State::Late, after, 9).await.unwrap(), [all[1].clone()]);
    // What is older than what is there changes nothing, what is newer does.
    store.put_backs(vec![Back { state: State::Done, moved: at(9), ..all[0].clone() }]).await.unwrap();
    assert_eq!(store.back_of(&all[0].code).await.unwrap().unwrap().state, State::Posted);
    store.put_backs(vec![Back { state: State::Done, moved: at(11), ..all[0].clone() }]).await.unwrap();
    let mut counts = store.count_backs().await.unwrap();
    counts.sort();
    assert_eq!(counts, [(State::Late, 2), (State::Done, 1)]);
}

pub async fn a_return_is_polled_by_one(store: AnyStore) {
    store.put_backs(vec![back(1, State::Posted, None), back(2, State::Posted, None)]).await.unwrap();
    assert!(store.backs_to_poll(at(19), 9).await.unwrap().is_empty());
    let due = store.backs_to_poll(at(20), 9).await.unwrap();
    assert_eq!(due.iter().map(|b| b.reference.bits()).collect::<Vec<_>>(), [1]);
    let tries = [store.poll_back(&due[0], at(90)).await.unwrap(), store.poll_back(&due[0], at(91)).await.unwrap()];
    assert_eq!(tries, [true, false]);
    assert!(store.backs_to_poll(at(89), 9).await.unwrap().is_empty());
    assert_eq!(store.backs_to_poll(at(90), 9).await.unwrap().len(), 1);
}

pub async fn a_stray_waits_until_somebody_places_it(store: AnyStore) {
    let by = AccountId::from_bits(5);
    let stray =
        |scan: &str, n| Stray { seq: 0, scan: scan.into(), note: "no letter".into(), by, at: at(n), done: None };
    let first = store.put_stray(&stray("LK-1", 1)).await.unwrap();
    let second = store.put_stray(&stray("LK-2", 2)).await.unwrap();
    assert!(second > first);
    assert_eq!(store.count_strays().await.unwrap(), 2);
    let open = store.strays(None, 1).await.unwrap();
    assert_eq!(open, [Stray { seq: second, ..stray("LK-2", 2) }]);
    assert_eq!(store.strays(Some(second), 9).await.unwrap()[0].scan, "LK-1");
    assert!(store.place_stray(first, by, at(3)).await.unwrap());
    assert!(!store.place_stray(first, by, at(4)).await.unwrap());
    assert_eq!(store.count_strays().await.unwrap(), 1);
}

pub async fn a_carrier_s_word_counts_once(store: AnyStore) {
    assert!(store.carrier_word("royal", "m1", at(10), at(0)).await.unwrap());
    assert!(!store.carrier_word("royal", "m1", at(11), at(0)).await.unwrap());
    assert!(store.carrier_word("dhl", "m1", at(11), at(0)).await.unwrap());
    assert!(store.carrier_word("royal", "m2", at(12), at(0)).await.unwrap());
    // Older than the window it is forgotten, and is then refused by its age.
    assert!(store.carrier_word("royal", "m1", at(99), at(50)).await.unwrap());
}
