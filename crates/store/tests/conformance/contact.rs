use case::{AccountId, CaseRef, Timestamp};
use store::{AnyStore, Contact, Import, Phrase, Way};

use super::world::{account, at};

fn jo() -> AccountId {
    AccountId::from_bits(90)
}

fn li() -> AccountId {
    AccountId::from_bits(91)
}

fn contact(id: u8, case: u64, opened: Timestamp) -> Contact {
    Contact {
        id: [id; 16],
        case: CaseRef::from_bits(case),
        staff: jo(),
        way: Way::RangUs,
        opened,
        until: opened + jiff::SignedDuration::from_secs(100),
        tries_left: 3,
        used: None,
    }
}

pub async fn a_case_has_one_contact_at_a_time(store: AnyStore) {
    let (first, other) = (contact(1, 7, at(0)), contact(2, 8, at(5)));
    let case = first.case;
    assert_eq!(store.contact(case, at(0)).await.unwrap(), None);
    assert!(store.open_contact(first).await.unwrap());
    assert!(store.open_contact(other).await.unwrap());
    assert_eq!(store.contact(case, at(1)).await.unwrap(), Some(first));
    assert_eq!(store.contacts(at(6), 9).await.unwrap(), [first, other]);
    assert_eq!(store.contacts(at(6), 1).await.unwrap(), [first]);
    let late = Contact { staff: li(), way: Way::Chat, ..contact(3, 7, at(50)) };
    assert!(!store.open_contact(late).await.unwrap(), "there is one");
    assert!(!store.stay_contact(case, li(), at(300), at(50)).await.unwrap(), "another's");
    assert!(store.stay_contact(case, jo(), at(200), at(50)).await.unwrap());
    assert_eq!(store.contact(case, at(150)).await.unwrap(), Some(Contact { until: at(200), ..first }));
    assert_eq!(store.contact(case, at(200)).await.unwrap(), None, "over");
    assert!(!store.stay_contact(case, jo(), at(900), at(200)).await.unwrap(), "and stays so");
    let again = Contact { opened: at(200), until: at(300), ..late };
    assert!(store.open_contact(again).await.unwrap());
    assert!(!store.end_contact(case, &first.id).await.unwrap(), "that one ended long ago");
    assert_eq!(store.contact(case, at(210)).await.unwrap(), Some(again));
    assert!(store.end_contact(case, &again.id).await.unwrap());
    assert!(!store.end_contact(case, &again.id).await.unwrap());
    assert_eq!(store.contacts(at(104), 9).await.unwrap(), [other]);
    assert_eq!(store.sweep(at(105)).await.unwrap(), 1);
    assert_eq!(store.contacts(at(0), 9).await.unwrap(), []);
}

pub async fn of_two_who_open_a_contact_at_once_one_does(store: AnyStore) {
    let open = |n: u8| {
        let store = store.clone();
        tokio::spawn(async move { store.open_contact(contact(n, 7, at(0))).await.unwrap() })
    };
    let all: Vec<_> = (1..=8).map(open).collect();
    let mut opened = 0;
    for one in all {
        opened += u32::from(one.await.unwrap());
    }
    assert_eq!(opened, 1);
}

pub async fn a_contact_s_code_is_used_once_and_tried_a_few_times(store: AnyStore) {
    let (first, case) = (contact(1, 7, at(0)), CaseRef::from_bits(7));
    store.open_contact(first).await.unwrap();
    assert_eq!(store.try_contact(&[9; 16], at(1)).await.unwrap(), None, "no such contact");
    assert_eq!(store.try_contact(&first.id, at(1)).await.unwrap(), Some(2));
    assert!(store.use_contact(&first.id, 4, at(1)).await.unwrap());
    assert!(!store.use_contact(&first.id, 4, at(2)).await.unwrap(), "once");
    assert!(!store.use_contact(&first.id, 3, at(2)).await.unwrap(), "nor an older one");
    let used = Contact { used: Some((4, at(1))), ..first };
    assert_eq!(store.contact(case, at(3)).await.unwrap(), Some(used), "a right one costs no try");
    for left in [2, 1, 0] {
        assert_eq!(store.try_contact(&first.id, at(3)).await.unwrap(), Some(left));
    }
    assert_eq!(store.try_contact(&first.id, at(3)).await.unwrap(), None, "no more");
    let next = contact(2, 7, at(100));
    assert!(store.open_contact(next).await.unwrap());
    assert_eq!(store.contact(case, at(101)).await.unwrap(), Some(next), "all anew");
    assert_eq!(store.try_contact(&next.id, at(200)).await.unwrap(), None, "over");
}

pub async fn of_concurrent_tries_at_a_contact_all_count(store: AnyStore) {
    let first = contact(1, 7, at(0));
    store.open_contact(first).await.unwrap();
    let tries = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.try_contact(&[1; 16], at(1)).await.unwrap() })
    });
    let mut let_in = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        let_in.extend(one.await.unwrap());
    }
    let_in.sort();
    assert_eq!(let_in, [0, 1, 2]);
}

pub async fn a_phrase_belongs_to_an_account_and_outlives_an_import(store: AnyStore) {
    let mei = account(1);
    store.put_account(mei.clone()).await.unwrap();
    store.put_account(account(2)).await.unwrap();
    let phrase = |byte: u8, seconds| Some(Phrase { sealed: vec![byte; 30], at: at(seconds) });
    assert_eq!(store.phrase(mei.id).await.unwrap(), None);
    store.put_phrase(mei.id, phrase(1, 1)).await.unwrap();
    store.put_phrase(mei.id, phrase(2, 2)).await.unwrap();
    store.import(Import { accounts: vec![mei.clone()], cards: Vec::new() }).await.unwrap();
    assert_eq!(store.phrase(mei.id).await.unwrap(), phrase(2, 2));
    assert_eq!(store.phrase(account(2).id).await.unwrap(), None);
    store.put_phrase(mei.id, None).await.unwrap();
    assert_eq!(store.phrase(mei.id).await.unwrap(), None);
}
