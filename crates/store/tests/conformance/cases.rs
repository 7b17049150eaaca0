use case::{AccountId, Actor, CaseRef, Command, EffectId, Outcome, Record, Stage};
use jiff::SignedDuration;
use store::{AnyStore, Commit, Cursor, Landed, StoreError, View};

use super::world::{agent, at, card, declared, iccid, person, proven, said, step};

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn conflict<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict))
}

pub async fn a_commit_is_read_back_whole(store: AnyStore) {
    let commit = declared(1, at(0));
    let reference = commit.case.reference;
    assert_eq!(store.case(reference).await.unwrap(), None);
    store.commit(commit.clone()).await.unwrap();
    assert_eq!(store.case(reference).await.unwrap(), Some(commit.case.clone()));
    assert_eq!(store.journal(reference).await.unwrap(), commit.entries);
    let owed = store.claim(at(0), LEASE, 10).await.unwrap();
    assert_eq!(owed.len(), 1);
    assert_eq!((owed[0].id.case, owed[0].id.n, owed[0].attempts), (reference, 0, 0));
    assert_eq!(owed[0].effect, commit.effects[0].effect);
    let listed = store.list(View::Waiting, None, 10).await.unwrap();
    assert_eq!((&listed[0].case, listed[0].changed_at, listed[0].due), (&commit.case, at(0), commit.due));
}

pub async fn a_stale_version_conflicts_and_writes_nothing(store: AnyStore) {
    let first = declared(1, at(0));
    let reference = first.case.reference;
    store.commit(first.clone()).await.unwrap();
    let second = said(&first.case, "seen", at(1));
    let mut stale = said(&first.case, "too late", at(2));
    stale.settles = Some(0);
    store.commit(second.clone()).await.unwrap();
    let before = store.outbox().await.unwrap();
    assert!(conflict(store.commit(stale).await), "a second change from the same version");
    assert!(conflict(store.commit(first).await), "the row is there already");
    let unknown = said(&declared(2, at(0)).case, "no such case", at(1));
    assert!(conflict(store.commit(unknown).await), "a change to nothing");
    assert_eq!(store.case(reference).await.unwrap(), Some(second.case));
    assert_eq!(store.journal(reference).await.unwrap().len(), 2);
    assert_eq!(store.outbox().await.unwrap(), before);
}

async fn all(store: &AnyStore, commits: Vec<Commit>) -> Vec<Result<Landed, StoreError>> {
    let start = |commit| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(commit).await })
    };
    let running: Vec<_> = commits.into_iter().map(start).collect();
    let mut done = Vec::new();
    for one in running {
        done.push(one.await.unwrap());
    }
    done
}

pub async fn of_concurrent_commits_on_one_case_exactly_one_wins(store: AnyStore) {
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    let rivals = (0..32).map(|n| said(&first.case, &format!("rival {n}"), at(1))).collect();
    let done = all(&store, rivals).await;
    assert_eq!(done.iter().filter(|r| r.is_ok()).count(), 1);
    assert_eq!(done.into_iter().filter(|r| conflict(r.clone())).count(), 31);
    assert_eq!(store.journal(first.case.reference).await.unwrap().len(), 2);
    assert_eq!(store.case(first.case.reference).await.unwrap().unwrap().version, 2);
}

pub async fn five_hundred_concurrent_commits_all_land(store: AnyStore) {
    let commits: Vec<Commit> = (0..500).map(|n| declared(n, at(n as i64))).collect();
    assert!(all(&store, commits.clone()).await.iter().all(Result::is_ok));
    let next: Vec<Commit> = commits.iter().map(|c| said(&c.case, "noted", at(1000))).collect();
    assert!(all(&store, next.clone()).await.iter().all(Result::is_ok));
    for (first, second) in commits.into_iter().zip(next) {
        assert_eq!(store.journal(first.case.reference).await.unwrap(), [first.entries, second.entries].concat());
    }
    assert!(store.outbox().await.unwrap().waiting >= 500, "every receipt is owed");
}

pub async fn a_form_token_declares_once(store: AnyStore) {
    let with = |n, token: &str| Commit { token: Some(token.to_owned()), ..declared(n, at(0)) };
    assert_eq!(store.declared_with("form").await.unwrap(), None);
    store.commit(with(1, "form")).await.unwrap();
    let again = with(2, "form");
    assert!(conflict(store.commit(again.clone()).await));
    assert_eq!(store.case(again.case.reference).await.unwrap(), None);
    assert_eq!(store.journal(again.case.reference).await.unwrap(), vec![]);
    assert_eq!(store.outbox().await.unwrap().waiting, 1);
    assert_eq!(store.declared_with("form").await.unwrap(), Some(with(1, "").case.reference));

    let rivals = (10..42).map(|n| with(n, "pressed twice")).collect();
    assert_eq!(all(&store, rivals).await.iter().filter(|r| r.is_ok()).count(), 1);

    // A lost race for the reference leaves the token free.
    assert!(conflict(store.commit(with(1, "free")).await));
    assert_eq!(store.declared_with("free").await.unwrap(), None);
}

pub async fn an_ill_formed_commit_is_an_error(store: AnyStore) {
    let wrong_version = Commit { expected: 4, ..declared(1, at(0)) };
    assert!(matches!(store.commit(wrong_version).await, Err(StoreError::Engine(_))));
    let first = declared(1, at(0));
    let late_token = Commit { token: Some("t".to_owned()), ..said(&first.case, "x", at(1)) };
    store.commit(first).await.unwrap();
    assert!(matches!(store.commit(late_token).await, Err(StoreError::Engine(_))));
}

/// From declaration to the closed case, as people, network and clock drive it.
pub async fn the_journal_folds_to_the_row(store: AnyStore) {
    let card = card(7, AccountId::from_bits(1));
    let record = Record { card: card.clone(), person: person() };
    let mut commit = proven(7, &card, at(0));
    let reference = commit.case.reference;
    let mut seconds = 0;
    for _ in 0..40 {
        store.commit(commit).await.unwrap();
        let case = store.case(reference).await.unwrap().unwrap();
        assert_eq!(case::evolve::fold(reference, &store.journal(reference).await.unwrap()), Some(case.clone()));
        seconds += 100;
        let now = at(seconds);
        let owed = store.claim(now, SignedDuration::ZERO, 1).await.unwrap();
        let (actor, command) = match (&case.stage, owed.first()) {
            (_, Some(claimed)) => {
                let evidence = "read back".to_owned();
                let outcome = match claimed.effect.kind() {
                    "notify" => Outcome::Delivered,
                    "bar" => Outcome::Barred { evidence },
                    "cease" => {
                        Outcome::Ceased { element: "hlr".to_owned(), evidence, read_back_at: now, profile_left: false }
                    }
                    "certify" => Outcome::Certified { digest: "00".to_owned(), file: "{}".to_owned() },
                    other => panic!("nobody owes {other}"),
                };
                (Actor::Network, Command::Report { n: claimed.id.n, outcome })
            }
            (Stage::Received { .. } | Stage::Review { .. }, None) => {
                (agent(900), Command::Approve { evidence: "the letter".to_owned() })
            }
            (Stage::Closed { .. }, None) => break,
            (_, None) => {
                let due = store.due(at(100_000_000), 1).await.unwrap();
                assert_eq!(due, vec![reference], "only time can move it");
                seconds += 90 * 24 * 3600;
                (Actor::Clock, Command::Wake)
            }
        };
        commit = step(Some(&case), &actor, &command, Some(&record), at(seconds));
    }
    let case = store.case(reference).await.unwrap().unwrap();
    assert_eq!(case.stage.name(), "closed");
    assert_eq!(store.outbox().await.unwrap().waiting, 0);
    assert_eq!(store.due(at(i64::from(u32::MAX)), 9).await.unwrap(), vec![]);
}

pub async fn an_open_case_is_found_by_its_card(store: AnyStore) {
    let card = card(3, AccountId::from_bits(5));
    let commit = proven(3, &card, at(0));
    store.commit(commit.clone()).await.unwrap();
    assert_eq!(store.open_case_of(card.id).await.unwrap(), Some(commit.case.reference));
    let withdrawn = step(Some(&commit.case), &agent(900), &Command::Withdraw, None, at(1));
    store.commit(withdrawn.clone()).await.unwrap();
    assert_eq!(store.open_case_of(card.id).await.unwrap(), None);
    let later = proven(4, &card, at(2));
    store.commit(later.clone()).await.unwrap();
    let mine = store.cases_of(card.account).await.unwrap();
    assert_eq!(mine.into_iter().map(|s| s.case).collect::<Vec<_>>(), vec![later.case, withdrawn.case]);
    assert_eq!(store.cases_of(AccountId::from_bits(6)).await.unwrap(), vec![]);
}

/// Two browsers press the last button at the same moment, and neither has seen the other.
pub async fn of_two_cases_that_would_end_one_card_the_later_is_decided_again(store: AnyStore) {
    let card = card(3, AccountId::from_bits(5));
    let (first, second) = (proven(3, &card, at(0)), proven(4, &card, at(0)));
    let (of, other) = (card.subscription(), second.case.reference);
    assert_eq!(store.rival_of(&of, None).await.unwrap(), None);
    store.commit(first.clone()).await.unwrap();
    assert!(matches!(store.commit(second.clone()).await, Err(StoreError::Conflict)));
    assert_eq!(store.case(other).await.unwrap(), None, "and nothing of it is there");
    assert_eq!(store.rival_of(&of, None).await.unwrap(), Some(first.case.reference));
    assert_eq!(store.rival_of(&of, Some(first.case.reference)).await.unwrap(), None);
    // Another activation of the card is another matter, and so is a case that was taken back.
    let again = case::Subscription { generation: of.generation + 1, ..of.clone() };
    let withdrawn = step(Some(&first.case), &agent(900), &Command::Withdraw, None, at(1));
    store.commit(withdrawn).await.unwrap();
    assert_eq!(store.rival_of(&of, None).await.unwrap(), None);
    store.commit(second).await.unwrap();
    assert_eq!(store.rival_of(&of, None).await.unwrap(), Some(other));
    assert_eq!(store.rival_of(&again, Some(other)).await.unwrap(), None);
}

pub async fn a_withdrawal_that_lost_its_race_lets_nobody_else_end_the_card(store: AnyStore) {
    let card = card(3, AccountId::from_bits(5));
    let (first, second) = (proven(3, &card, at(0)), proven(4, &card, at(0)));
    store.commit(first.clone()).await.unwrap();
    let withdrawn = step(Some(&first.case), &agent(900), &Command::Withdraw, None, at(1));
    store.commit(said(&first.case, "quicker", at(1))).await.unwrap();
    assert!(conflict(store.commit(withdrawn).await));
    assert!(conflict(store.commit(second).await), "two cases may end one card");
}

pub async fn a_correction_that_lost_its_race_takes_no_other_card(store: AnyStore) {
    let (one, other) = (card(3, AccountId::from_bits(5)), card(7, AccountId::from_bits(5)));
    let first = proven(3, &one, at(0));
    store.commit(first.clone()).await.unwrap();
    let number = serde_json::from_value(serde_json::json!({ "kind": "iccid", "normalised": iccid(7) })).unwrap();
    let record = Record { card: other.clone(), person: person() };
    let command = Command::Correct { number, check: case::identify::Check::None, person: person() };
    let corrected = step(Some(&first.case), &agent(900), &command, Some(&record), at(1));
    store.commit(said(&first.case, "quicker", at(1))).await.unwrap();
    assert!(conflict(store.commit(corrected).await));
    assert!(conflict(store.commit(proven(4, &one, at(2))).await), "its own card is its own no more");
    store.commit(proven(7, &other, at(2))).await.unwrap();
}

pub async fn an_effect_is_claimed_once_and_again_after_its_lease_and_gone_when_settled(store: AnyStore) {
    let commit = declared(1, at(0));
    store.commit(commit.clone()).await.unwrap();
    assert_eq!(store.claim(at(-1), LEASE, 10).await.unwrap().len(), 0, "not before its time");
    assert_eq!(store.claim(at(0), LEASE, 10).await.unwrap()[0].attempts, 0);
    assert_eq!(store.claim(at(29), LEASE, 10).await.unwrap().len(), 0, "leased");
    assert_eq!(store.claim(at(30), LEASE, 10).await.unwrap()[0].attempts, 1, "its worker died");
    assert_eq!((store.outbox().await.unwrap().waiting, store.outbox().await.unwrap().oldest), (1, Some(at(0))));
    let outcome = Outcome::Delivered;
    let report = step(Some(&commit.case), &Actor::Network, &Command::Report { n: 0, outcome }, None, at(31));
    store.commit(report).await.unwrap();
    assert_eq!(store.claim(at(1000), LEASE, 10).await.unwrap().len(), 0);
    assert_eq!(store.outbox().await.unwrap(), store::Outbox::default());
}

pub async fn no_two_workers_get_the_same_effect(store: AnyStore) {
    let commits: Vec<Commit> = (0..60).map(|n| declared(n, at(n as i64))).collect();
    all(&store, commits).await;
    let oldest = store.claim(at(100), LEASE, 10).await.unwrap();
    let expected: Vec<CaseRef> = (0..10).map(|n| declared(n, at(0)).case.reference).collect();
    assert_eq!(oldest.iter().map(|c| c.id.case).collect::<Vec<_>>(), expected, "oldest first");
    let start = |_| {
        let store = store.clone();
        tokio::spawn(async move { store.claim(at(100), LEASE, 9).await.unwrap() })
    };
    let workers: Vec<_> = (0..8).map(start).collect();
    let mut claimed: Vec<EffectId> = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.unwrap().into_iter().map(|c| c.id));
    }
    assert_eq!(claimed.len(), 50);
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 50);
}

pub async fn an_effect_held_by_who_owes_it_is_nobody_elses_until_then(store: AnyStore) {
    store.commit(Commit { held: Some((0, at(60))), ..declared(1, at(0)) }).await.unwrap();
    store.commit(Commit { held: Some((7, at(60))), ..declared(2, at(0)) }).await.unwrap();
    let free = store.claim(at(59), LEASE, 10).await.unwrap();
    assert_eq!(free.iter().map(|c| c.id.case).collect::<Vec<_>>(), vec![declared(2, at(0)).case.reference]);
    assert_eq!(store.outbox().await.unwrap().oldest, Some(at(0)), "owed all the same");
    let late = store.claim(at(60), LEASE, 1).await.unwrap();
    assert_eq!((late[0].id.case, late[0].attempts), (declared(1, at(0)).case.reference, 0));
}

pub async fn a_retry_waits_for_its_time(store: AnyStore) {
    store.commit(declared(1, at(0))).await.unwrap();
    let claimed = store.claim(at(0), LEASE, 1).await.unwrap();
    let put_off = |id: EffectId, not_before: case::Timestamp| store::PutOff {
        id,
        kind: claimed[0].effect.kind(),
        not_before,
        why: "the carrier is away".into(),
        tried: true,
    };
    store.put_off(vec![put_off(claimed[0].id, at(500))]).await.unwrap();
    assert_eq!(store.claim(at(499), LEASE, 1).await.unwrap().len(), 0);
    assert_eq!(store.claim(at(500), LEASE, 1).await.unwrap()[0].attempts, 1);
    let unknown = EffectId { n: 99, ..claimed[0].id };
    store.put_off(vec![put_off(unknown, at(0))]).await.unwrap();
}

pub async fn due_cases_come_soonest_first(store: AnyStore) {
    for (n, due) in [(1, Some(at(30))), (2, Some(at(10))), (3, None), (4, Some(at(20)))] {
        store.commit(Commit { due, ..declared(n, at(0)) }).await.unwrap();
    }
    let named = |n| declared(n, at(0)).case.reference;
    assert_eq!(store.due(at(9), 10).await.unwrap(), vec![]);
    assert_eq!(store.due(at(20), 10).await.unwrap(), vec![named(2), named(4)]);
    assert_eq!(store.due(at(100), 2).await.unwrap(), vec![named(2), named(4)]);
    let waken = Commit { due: None, ..said(&declared(2, at(0)).case, "looked at", at(11)) };
    store.commit(waken).await.unwrap();
    assert_eq!(store.due(at(100), 10).await.unwrap(), vec![named(4), named(1)]);
}

pub async fn a_deadline_can_be_moved_until_the_case_has(store: AnyStore) {
    let first = Commit { due: Some(at(10)), ..declared(1, at(0)) };
    let reference = first.case.reference;
    store.commit(first.clone()).await.unwrap();
    store.set_due(reference, 1, Some(at(20))).await.unwrap();
    assert_eq!(store.due(at(19), 10).await.unwrap(), vec![]);
    assert_eq!(store.due(at(20), 10).await.unwrap(), vec![reference]);
    store.commit(Commit { due: Some(at(30)), ..said(&first.case, "seen", at(1)) }).await.unwrap();
    store.set_due(reference, 1, None).await.unwrap();
    assert_eq!(store.due(at(30), 10).await.unwrap(), vec![reference], "of a version that is gone");
    store.set_due(reference, 2, None).await.unwrap();
    assert_eq!(store.due(at(i64::from(u32::MAX)), 10).await.unwrap(), vec![]);
}

pub async fn lists_have_no_gaps_or_repeats_while_rows_move(store: AnyStore) {
    // Three at each moment, so that the reference has to break ties.
    let commits: Vec<Commit> = (0..60).map(|n| declared(n, at(n as i64 / 3))).collect();
    all(&store, commits.clone()).await;
    for view in [View::All, View::Waiting] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(view, after, 7).await.unwrap();
            let Some(last) = page.last() else { break };
            let at_us = last.case.times.received.as_microsecond();
            after = Some(Cursor { at_us, reference: last.case.reference });
            seen.extend(page.iter().map(|s| (s.case.times.received, s.case.reference)));
            // One already seen changes, and another leaves the waiting ones.
            let at_now = at(1000 + seen.len() as i64);
            let touched = store.case(page[0].case.reference).await.unwrap().unwrap();
            store.commit(said(&touched, "still here", at_now)).await.unwrap();
            let left = store.case(page[1].case.reference).await.unwrap().unwrap();
            if left.stage.is_open() {
                store.commit(step(Some(&left), &agent(900), &Command::Withdraw, None, at_now)).await.unwrap();
            }
        }
        let mut expected = seen.clone();
        expected.sort();
        expected.dedup();
        if view == View::All {
            expected.reverse();
            assert_eq!(seen.len(), 60);
        } else {
            assert!(seen.len() >= 40);
        }
        assert_eq!(seen, expected);
    }
    assert!(store.list(View::Review, None, 7).await.unwrap().is_empty());
    assert!(store.list(View::Moving, None, 7).await.unwrap().is_empty());
    let done = store.list(View::Done, None, 100).await.unwrap();
    assert!(done.is_sorted_by(|a, b| a.case.times.received >= b.case.times.received) && !done.is_empty());
}

pub async fn counts_follow_the_stages(store: AnyStore) {
    assert_eq!(store.counts().await.unwrap(), [0; 9]);
    let waiting = declared(1, at(0));
    let review = proven(2, &card(2, AccountId::from_bits(1)), at(0));
    store.commit(waiting.clone()).await.unwrap();
    store.commit(review).await.unwrap();
    assert_eq!(store.counts().await.unwrap(), [1, 1, 0, 0, 0, 0, 0, 0, 0]);
    store.commit(step(Some(&waiting.case), &agent(900), &Command::Withdraw, None, at(1))).await.unwrap();
    assert_eq!(store.counts().await.unwrap(), [0, 1, 0, 0, 0, 0, 0, 1, 0]);
}
