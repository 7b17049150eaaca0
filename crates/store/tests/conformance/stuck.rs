//! What does not get on.

use case::{CardId, Subscription};
use jiff::SignedDuration;
use store::{AnyStore, Differs, PutOff};

use super::world::{at, card, proven};
use case::AccountId;

const NETWORK: [&str; 3] = ["bar", "unbar", "cease"];
const ALL: [&str; 6] = ["bar", "unbar", "cease", "notify", "escalate", "certify"];

fn lease() -> SignedDuration {
    SignedDuration::from_secs(120)
}

/// Three cases that owe something, all of it claimed.
async fn claimed(store: &AnyStore) -> Vec<store::Claimed> {
    for n in 1..=3 {
        store.commit(proven(n, &card(n, AccountId::from_bits(1)), at(n as i64))).await.unwrap();
    }
    store.claim(at(10), lease(), 100).await.unwrap()
}

fn put(claim: &store::Claimed, not_before: i64, tried: bool) -> PutOff {
    let why = "nobody answers".to_owned();
    PutOff { id: claim.id, kind: claim.effect.kind(), not_before: at(not_before), why, tried }
}

pub async fn what_is_put_off_is_listed_and_counts_as_a_try_or_not(store: AnyStore) {
    let claims = claimed(&store).await;
    assert!(claims.len() >= 3 && store.failing(&ALL, None, 10).await.unwrap().is_empty(), "in hand is not in vain");
    let first = &claims[0];
    for (round, tried, tries) in [(0, true, 1), (1, false, 1), (2, true, 2), (3, false, 2)] {
        store.put_off(vec![put(first, 20 + round, tried)]).await.unwrap();
        let listed = store.failing(&ALL, None, 10).await.unwrap();
        assert_eq!(listed.len(), 1);
        let got = &listed[0];
        assert_eq!((got.id, got.attempts, got.next), (first.id, tries, at(20 + round)));
        assert_eq!((got.why.as_str(), &got.effect, got.owed), ("nobody answers", &first.effect, first.owed));
        let again = store.claim(at(20 + round), lease(), 100).await.unwrap();
        assert_eq!((again.len(), again[0].attempts, again[0].owed), (1, tries, first.owed));
    }
}

pub async fn what_is_put_off_is_paged_by_kind_and_hastened(store: AnyStore) {
    let claims = claimed(&store).await;
    // Kept as whoever gives it back calls it.
    let kinds = ["bar", "notify", "cease"];
    let put = |(claim, kind)| PutOff { kind, ..put(claim, 500, false) };
    store.put_off(claims.iter().zip(kinds.into_iter().cycle()).map(put).collect()).await.unwrap();
    assert_eq!(store.stuck().await.unwrap(), (claims.len() as u64, 0));
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.failing(&NETWORK, after, 1).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        seen.extend(page);
    }
    let named = claims.iter().zip(kinds.into_iter().cycle());
    let mut network: Vec<_> = named.filter(|(_, kind)| NETWORK.contains(kind)).map(|(c, _)| c.id).collect();
    network.sort();
    assert!(seen.windows(2).all(|two| two[0].owed <= two[1].owed), "longest owed first");
    let mut ids: Vec<_> = seen.iter().map(|failing| failing.id).collect();
    ids.sort();
    assert_eq!(ids, network);
    assert!(store.claim(at(100), lease(), 100).await.unwrap().is_empty());
    assert_eq!(store.hasten(vec![ids[0], ids[1]], at(100)).await.unwrap(), 2);
    assert_eq!(store.hasten(vec![ids[0]], at(100)).await.unwrap(), 0, "it is due already");
    let mut now: Vec<_> = store.claim(at(100), lease(), 100).await.unwrap().iter().map(|c| c.id).collect();
    now.sort();
    assert_eq!(now, ids[..2]);
    assert_eq!(store.hasten(now.clone(), at(101)).await.unwrap(), 0, "somebody has them in hand");
    assert!(store.claim(at(101), lease(), 100).await.unwrap().is_empty(), "and nobody a second time");
}

pub async fn cards_come_in_the_order_of_their_imsi(store: AnyStore) {
    let of = |n: u64, imsi: Option<&str>| case::CardRecord {
        imsi: imsi.map(str::to_owned),
        ..card(n, AccountId::from_bits(1))
    };
    let cards = vec![
        of(1, Some("001010000000003")),
        of(2, Some("001010000000001")),
        of(3, None),
        of(4, Some("001010000000002")),
        of(5, Some("001010000000002")),
        of(6, Some("001010000000002")),
    ];
    store.import(store::Import { accounts: Vec::new(), cards }).await.unwrap();
    let ids = |cards: Vec<case::CardRecord>| cards.iter().map(|c| c.id.key()).collect::<Vec<_>>();
    let of = async |after: &str, limit| ids(store.cards_by_imsi(after, limit).await.unwrap());
    assert_eq!(of("", 10).await, [2, 4, 5, 6, 1]);
    assert_eq!(of("", 2).await, [2, 4, 5, 6], "those of one number are not parted");
    assert_eq!(of("001010000000001", 1).await, [4, 5, 6]);
    assert_eq!(of("001010000000002", 2).await, [1]);
    assert!(of("001010000000003", 2).await.is_empty());
}

pub async fn a_finding_is_one_while_it_lasts_and_alarms_once(store: AnyStore) {
    let of = |n: u64| Subscription { card: CardId::from_bits(n), generation: 1 };
    for seen in [100, 200] {
        store.found("hlr", &of(1), Differs::Served, at(seen + 1), at(seen)).await.unwrap();
        store.found("hlr", &of(2), Differs::Barred, at(seen + 1), at(seen)).await.unwrap();
    }
    store.found("other", &of(1), Differs::Served, at(1), at(1)).await.unwrap();
    assert_eq!(store.stuck().await.unwrap(), (0, 3));
    let (many, last) = store.unalarmed().await.unwrap().unwrap();
    assert_eq!(many, 3);
    store.alarmed(last, at(5)).await.unwrap();
    assert_eq!(store.unalarmed().await.unwrap(), None);
    // The third comparison finds one of them no more.
    store.found("hlr", &of(2), Differs::Barred, at(301), at(300)).await.unwrap();
    assert_eq!(store.resolve("hlr", at(300), at(310)).await.unwrap(), 1);
    assert_eq!(store.resolve("hlr", at(300), at(310)).await.unwrap(), 0);
    let open = store.findings(true, None, 10).await.unwrap();
    let told: Vec<_> = open.iter().map(|f| (f.element.as_str(), f.card.key(), f.what, f.since)).collect();
    assert_eq!(told, [("other", 1, Differs::Served, at(1)), ("hlr", 2, Differs::Barred, at(101))]);
    assert_eq!(store.findings(true, Some(open[0].seq), 10).await.unwrap().len(), 1);
    let resolved = store.findings(false, None, 10).await.unwrap();
    assert_eq!((resolved.len(), resolved[0].resolved), (1, Some(at(310))));
    // It comes back: that is another one, and another alarm.
    store.found("hlr", &of(1), Differs::Served, at(401), at(400)).await.unwrap();
    assert_eq!(store.unalarmed().await.unwrap().map(|(many, _)| many), Some(1));
    assert_eq!(store.findings(true, None, 10).await.unwrap()[0].since, at(401));
}

pub async fn of_those_who_take_a_mark_one_gets_it(store: AnyStore) {
    let (one, other) = tokio::join!(store.take_mark("night", "2026-11-22"), store.take_mark("night", "2026-11-22"));
    assert_eq!(u8::from(one.unwrap()) + u8::from(other.unwrap()), 1);
    assert!(!store.take_mark("night", "2026-11-22").await.unwrap());
    assert!(store.take_mark("night", "2026-11-23").await.unwrap());
    let (one, other) = tokio::join!(store.first_mark("keys", "a"), store.first_mark("keys", "b"));
    assert_eq!(one.unwrap(), other.unwrap(), "both hear who was first");
    let stands = store.mark("keys").await.unwrap().unwrap();
    assert_eq!(store.first_mark("keys", "c").await.unwrap(), stands);
}
