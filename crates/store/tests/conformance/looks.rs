use case::{AccountId, CaseRef};
use store::{AnyStore, Look, Looked, LooksOf, Reveal};

use super::world::at;

fn look(n: i64, staff: u64, case: Option<u64>, what: Looked) -> Look {
    let (staff, case) = (AccountId::from_bits(staff), case.map(CaseRef::from_bits));
    Look { at: at(n), staff, agency: None, what, case, detail: String::new() }
}

pub async fn looks_are_chained_however_many_come_at_once(store: AnyStore) {
    let start = |n: i64| {
        let store = store.clone();
        let looks = vec![look(n, n as u64 % 3, Some(7), Looked::Case), look(n, n as u64 % 3, None, Looked::Search)];
        tokio::spawn(async move { store.look(looks, None).await.unwrap() })
    };
    let running: Vec<_> = (0..200).map(start).collect();
    for one in running {
        one.await.unwrap();
    }
    assert_eq!(store.looks_intact().await.unwrap(), Ok(400));
    let all = store.looks(&LooksOf::default(), None, 1_000).await.unwrap();
    assert_eq!(all.len(), 400);
    assert!(all.windows(2).all(|two| two[0].0 == two[1].0 + 1), "newest first, no gap");
    // What came together stands together.
    assert!(all.chunks(2).all(|two| two[0].1.at == two[1].1.at));
    assert_eq!(store.lookers(CaseRef::from_bits(7)).await.unwrap(), 3);
    assert_eq!(store.lookers(CaseRef::from_bits(8)).await.unwrap(), 0);
    store.look(Vec::new(), None).await.unwrap();
}

pub async fn looks_are_asked_by_case_by_person_and_by_agency(store: AnyStore) {
    let north = Some("north".parse().unwrap());
    let theirs = Look { agency: north.clone(), ..look(3, 2, Some(5), Looked::Reveal) };
    let all = vec![look(1, 1, Some(5), Looked::Case), look(2, 1, Some(6), Looked::File), theirs.clone()];
    store.look(all.clone(), None).await.unwrap();
    let of = async |of: LooksOf| {
        let found = store.looks(&of, None, 10).await.unwrap();
        found.into_iter().map(|(_, look)| look).collect::<Vec<_>>()
    };
    let [one, two, three] = all.try_into().unwrap();
    let case = Some(CaseRef::from_bits(5));
    assert_eq!(of(LooksOf { case, ..LooksOf::default() }).await, [three.clone(), one.clone()]);
    let staff = Some(AccountId::from_bits(1));
    assert_eq!(of(LooksOf { staff, ..LooksOf::default() }).await, [two.clone(), one.clone()]);
    assert_eq!(of(LooksOf { staff, case, ..LooksOf::default() }).await, [one]);
    assert_eq!(of(LooksOf { agency: north.clone(), ..LooksOf::default() }).await, [three]);
    assert_eq!(of(LooksOf { agency: north, staff, ..LooksOf::default() }).await, []);
    assert_eq!(of(LooksOf { what: Some(Looked::File), ..LooksOf::default() }).await, [two]);
    let page = store.looks(&LooksOf::default(), None, 2).await.unwrap();
    let rest = store.looks(&LooksOf::default(), page.last().map(|last| last.0), 2).await.unwrap();
    assert_eq!((page.len(), rest.len()), (2, 1));
}

pub async fn a_reveal_is_remembered_with_its_look_and_ends_by_itself(store: AnyStore) {
    let (staff, other) = (AccountId::from_bits(1), AccountId::from_bits(2));
    let reveal = |until| Reveal { staff, of: "C7K4-M2QX-D".into(), until: at(until) };
    store.look(vec![look(10, 1, Some(5), Looked::Reveal)], Some(reveal(100))).await.unwrap();
    assert_eq!(store.reveals(staff, at(99)).await.unwrap(), [reveal(100)]);
    assert_eq!(store.reveals(staff, at(100)).await.unwrap(), []);
    assert_eq!(store.reveals(other, at(99)).await.unwrap(), []);
    // Again is longer.
    store.look(vec![look(50, 1, Some(5), Looked::Reveal)], Some(reveal(150))).await.unwrap();
    assert_eq!(store.reveals(staff, at(120)).await.unwrap(), [reveal(150)]);
    assert_eq!(store.looks(&LooksOf::default(), None, 9).await.unwrap().len(), 2);
}

pub async fn old_looks_are_cut_off_and_the_rest_still_proves_itself(store: AnyStore) {
    for n in 0..10 {
        store.look(vec![look(n, 1, Some(5), Looked::Case)], None).await.unwrap();
    }
    assert_eq!(store.cut_looks(at(4)).await.unwrap(), 4);
    assert_eq!(store.cut_looks(at(4)).await.unwrap(), 0);
    assert_eq!(store.looks_intact().await.unwrap(), Ok(6));
    store.look(vec![look(11, 1, None, Looked::Search)], None).await.unwrap();
    assert_eq!(store.looks_intact().await.unwrap(), Ok(7));
    // Even where nothing is left, the next goes on from there.
    assert_eq!(store.cut_looks(at(100)).await.unwrap(), 7);
    store.look(vec![look(101, 1, None, Looked::Search)], None).await.unwrap();
    assert_eq!(store.looks_intact().await.unwrap(), Ok(1));
    let numbers = store.looks(&LooksOf::default(), None, 9).await.unwrap();
    assert_eq!(numbers.first().map(|first| first.0), Some(12));
}
