//! What the watch keeps.

use case::watch::{Moved, Sign};
use case::{CardId, CaseRef, Event, Stage};
use store::{AnyStore, Arrived, Beside, Commit, Import, StoreError, Watched, WatchedNumbers};

use super::world::{account, at, card, declared, iccid, said};

fn arrived(id: u8, case: CaseRef, seconds: i64) -> Arrived {
    let sign = Sign { moved: Moved::Data, at: at(seconds), amount: Some("12 MB".to_owned()), by_number: false };
    Arrived { id: [id; 16], case, sign, until: at(1_000) }
}

fn watched(n: u64, generation: u32, case: u64) -> Watched {
    Watched { card: CardId::from_bits(n), generation, case: CaseRef::from_bits(case), until: at(1_000) }
}

pub async fn a_record_arrives_once_and_goes_with_the_decision_on_it(store: AnyStore) {
    let (first, other) = (declared(1, at(0)), declared(2, at(0)));
    let (one, two) = (first.case.reference, other.case.reference);
    let case = first.case.clone();
    store.commit(first).await.unwrap();
    store.commit(other).await.unwrap();
    let some = vec![arrived(1, one, 5), arrived(2, one, 4), arrived(1, one, 5), arrived(3, two, 6)];
    assert_eq!(store.arrive(some.clone()).await.unwrap(), 3);
    assert_eq!(store.arrive(some).await.unwrap(), 0);
    let mut cases = store.cases_with_arrivals(9).await.unwrap();
    cases.sort();
    let mut both = vec![one, two];
    both.sort();
    assert_eq!(cases, both);
    let found = store.arrivals(one, 9).await.unwrap();
    assert_eq!(found.iter().map(|(_, sign)| sign.at).collect::<Vec<_>>(), [at(5), at(4)], "as they came");
    assert_eq!(found[0].1, arrived(1, one, 5).sign);
    assert_eq!(store.arrivals(one, 1).await.unwrap(), found[..1]);

    // With a change that does not land, they stay.
    let with =
        |commit: Commit, arrivals: Vec<i64>| Commit { beside: Beside { arrivals, ..Beside::default() }, ..commit };
    let meanwhile = said(&case, "meanwhile", at(6));
    store.commit(meanwhile.clone()).await.unwrap();
    let seqs: Vec<i64> = found.iter().map(|(seq, _)| *seq).collect();
    let stale = with(said(&case, "late", at(7)), seqs.clone());
    assert!(matches!(store.commit(stale).await, Err(StoreError::Conflict)));
    let case = meanwhile.case;
    assert_eq!(store.arrivals(one, 9).await.unwrap(), found);
    store.commit(with(said(&case, "seen", at(8)), seqs[..1].to_vec())).await.unwrap();
    assert_eq!(store.arrivals(one, 9).await.unwrap(), found[1..]);
    store.end_arrivals(seqs[1..].to_vec()).await.unwrap();
    assert_eq!(store.cases_with_arrivals(9).await.unwrap(), [two]);

    // What has been decided on is still known, until it can no longer come again.
    assert_eq!(store.arrive(vec![arrived(1, one, 5)]).await.unwrap(), 0);
    store.sweep(at(1_000)).await.unwrap();
    assert_eq!(store.arrivals(two, 9).await.unwrap().len(), 1, "nothing goes undecided");
    assert_eq!(store.arrive(vec![arrived(1, one, 5), arrived(3, two, 6)]).await.unwrap(), 1);
}

pub async fn a_watched_card_is_of_the_latest_activation_that_ended(store: AnyStore) {
    let mei = account(1);
    let cards = (1..=5).map(|n| card(n, mei.id)).collect();
    store.import(Import { accounts: vec![mei], cards }).await.unwrap();
    assert_eq!(store.watched(CardId::from_bits(1)).await.unwrap(), None);
    let some: Vec<Watched> = (1..=5).map(|n| watched(n, 1, n)).collect();
    store.put_watched(some.clone()).await.unwrap();
    store.put_watched(some.clone()).await.unwrap();
    assert_eq!(store.watched(some[0].card).await.unwrap(), Some(some[0].clone()));
    let later = watched(1, 2, 9);
    store.put_watched(vec![later.clone(), some[0].clone()]).await.unwrap();
    assert_eq!(store.watched(later.card).await.unwrap(), Some(later), "an older end says nothing new");

    // The first is now at an activation that the records do not know (yet).
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.watched_numbers(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.card);
        seen.extend(page);
    }
    let numbers = |n: u64| WatchedNumbers {
        card: CardId::from_bits(n),
        iccid: Some(iccid(n)),
        imsi: Some(format!("23415{n:010}")),
        msisdn: Some(format!("+4477009{n:05}")),
    };
    assert_eq!(seen, (2..=5).map(numbers).collect::<Vec<_>>());
    store.sweep(at(999)).await.unwrap();
    assert!(store.watched(some[4].card).await.unwrap().is_some());
    store.sweep(at(1_000)).await.unwrap();
    assert_eq!(store.watched_numbers(None, 9).await.unwrap(), []);
}

pub async fn the_ends_in_the_journal_are_followed(store: AnyStore) {
    let first = declared(1, at(0));
    // Somebody writes what an end looks like.
    let forged = said(&first.case, r#""to":{"stage":"ceased"}"#, at(1));
    let mut end = said(&forged.case, "over", at(2));
    let stage = Stage::Ceased {
        at: at(2),
        element: "e".to_owned(),
        evidence: "gone".to_owned(),
        certificate: None,
        watch_until: at(9),
    };
    end.entries[0].events = vec![Event::Moved { to: stage }];
    let reference = first.case.reference;
    for commit in [first, forged, end, declared(2, at(3))] {
        store.commit(commit).await.unwrap();
    }
    let all = store.ended_after(0, 9).await.unwrap();
    assert_eq!(all.iter().map(|(_, ended)| *ended).collect::<Vec<_>>(), [None, None, Some(reference), None]);
    let mut seen = Vec::new();
    let mut from = 0;
    while let Some((last, _)) = store.ended_after(from, 2).await.unwrap().last().copied() {
        seen.push(last);
        from = last;
    }
    assert_eq!(seen.last(), all.last().map(|(seq, _)| seq));
}
