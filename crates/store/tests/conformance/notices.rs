use case::{AccountId, Fact, Timestamp};
use jiff::SignedDuration;
use store::{AnyStore, Guard, NoticeOwed};

use super::world::{account, at};

const LEASE: SignedDuration = SignedDuration::from_secs(120);

fn owed(key: &str, n: u32) -> NoticeOwed {
    NoticeOwed {
        key: key.into(),
        n,
        account: AccountId::from_bits(1),
        what: "password-changed".into(),
        by_text: n > 0,
        sealed: "5ea1ed".into(),
        at: at(0),
        attempts: 0,
    }
}

async fn claimed(store: &AnyStore, now: Timestamp) -> Vec<(String, u32, u32)> {
    let mut all = store.claim_notices(now, LEASE, 9).await.unwrap();
    all.sort_by_key(|one| (one.key.clone(), one.n));
    all.into_iter().map(|one| (one.key, one.n, one.attempts)).collect()
}

pub async fn a_notice_is_its_writer_s_and_then_whoever_s_until_it_is_sent_or_given_up(store: AnyStore) {
    store.put_notices(vec![owed("a", 0), owed("a", 1)], at(10)).await.unwrap();
    // The same letter is written once.
    store.put_notices(vec![owed("a", 0)], at(0)).await.unwrap();
    assert_eq!(store.notices().await.unwrap(), (2, 0));
    assert_eq!(claimed(&store, at(9)).await, [], "who wrote it tries it first");
    store.end_notice("a", 0).await.unwrap();
    let all = store.claim_notices(at(10), LEASE, 9).await.unwrap();
    assert_eq!(all, [NoticeOwed { attempts: 1, ..owed("a", 1) }], "they may have died");
    store.hasten_notice(true, at(11)).await.unwrap();
    assert_eq!(claimed(&store, at(12)).await, [], "what somebody has in hand is not hastened");

    store.put_off_notice("a", 1, at(600), true).await.unwrap();
    assert_eq!(claimed(&store, at(599)).await, []);
    assert_eq!(claimed(&store, at(600)).await, [("a".into(), 1, 2)]);
    // What was no try does not count.
    store.put_off_notice("a", 1, at(700), false).await.unwrap();
    store.hasten_notice(false, at(610)).await.unwrap();
    assert_eq!(claimed(&store, at(610)).await, [], "a mail is asked for, and this is a text");
    store.hasten_notice(true, at(610)).await.unwrap();
    assert_eq!(claimed(&store, at(610)).await, [("a".into(), 1, 2)]);

    store.give_up_notice("a", 1, at(620)).await.unwrap();
    assert_eq!(claimed(&store, at(1_000_000)).await, []);
    assert_eq!(store.notices().await.unwrap(), (0, 1));
    store.sweep(at(620 + 29 * 86_400)).await.unwrap();
    assert_eq!(store.notices().await.unwrap(), (0, 1));
    store.sweep(at(620 + 30 * 86_400)).await.unwrap();
    assert_eq!(store.notices().await.unwrap(), (0, 0));
}

pub async fn no_two_processes_tell_or_send_the_same_notice(store: AnyStore) {
    let guard = Guard::happened(AccountId::from_bits(1), Fact::Recovered, at(0));
    store.put_guard(guard.clone()).await.unwrap();
    let many = |from: u32| (from..from + 20).map(|n| owed("guard", n)).collect::<Vec<_>>();
    let (one, other) = tokio::join!(store.told(&guard, many(0), at(10)), store.told(&guard, many(100), at(10)));
    assert_ne!(one.unwrap(), other.unwrap(), "one of them");
    assert_eq!(store.notices().await.unwrap(), (20, 0));
    assert_eq!(store.untold(9).await.unwrap(), []);
    let claims = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.claim_notices(at(10), LEASE, 7).await.unwrap() })
    });
    let mut all = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        all.extend(claim.await.unwrap());
    }
    while let claimed @ [_, ..] = &*store.claim_notices(at(10), LEASE, 7).await.unwrap() {
        all.extend_from_slice(claimed);
    }
    assert_eq!(all.len(), 20);
    assert!(all.iter().all(|one| one.attempts == 1), "each was claimed once");
}

pub async fn notices_of_an_account_go_with_it(store: AnyStore) {
    let theirs = account(1);
    store.put_account(theirs.clone()).await.unwrap();
    let of = |key: &str, account| NoticeOwed { account, ..owed(key, 0) };
    let other = AccountId::from_bits(99);
    store.put_notices(vec![of("a", theirs.id), of("b", other)], at(10)).await.unwrap();
    assert!(store.erase_account(theirs.id, &[]).await.unwrap());
    assert_eq!(claimed(&store, at(10)).await, [("b".into(), 0, 1)]);
}
