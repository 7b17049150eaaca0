use case::{AccountId, CaseRef, Level, Person, Role};
use jiff::SignedDuration;
use store::{Account, AnyStore, Code, Session, StoreError, Tried};

use super::world::{account, at, person};

pub async fn accounts_are_found_by_login_and_contact(store: AnyStore) {
    let agent = Account {
        role: Some(Role::Agent),
        login: "Desk".to_owned(),
        person: Person { email: Some("desk@example.org".to_owned()), phone: None, ..person() },
        ..account(2)
    };
    store.put_account(account(1)).await.unwrap();
    store.put_account(agent).await.unwrap();
    assert_eq!(store.account(AccountId::from_bits(1)).await.unwrap(), Some(account(1)));
    assert_eq!(store.account(AccountId::from_bits(3)).await.unwrap(), None);
    assert_eq!(store.account_by_login("HOLDER1").await.unwrap().unwrap().id, AccountId::from_bits(1));
    assert_eq!(store.account_by_login("desk").await.unwrap().unwrap().login, "desk");
    for contact in ["ada.lim@example.org", "ADA.LIM@EXAMPLE.ORG", "+447700900123"] {
        assert_eq!(store.accounts_by_contact(contact).await.unwrap(), vec![account(1)], "{contact}");
    }
    assert_eq!(store.accounts_by_contact("nobody@example.org").await.unwrap(), vec![]);
    let staff: Vec<_> = store.staff().await.unwrap().into_iter().map(|a| a.id).collect();
    assert_eq!(staff, vec![AccountId::from_bits(2)]);

    let moved = Person { email: Some("new@example.org".to_owned()), ..person() };
    let moved = Account { person: moved, password: None, totp_step: 9, ..account(1) };
    store.put_account(moved.clone()).await.unwrap();
    assert_eq!(store.accounts_by_contact("ada.lim@example.org").await.unwrap(), vec![]);
    assert_eq!(store.accounts_by_contact("new@example.org").await.unwrap(), vec![moved]);
}

pub async fn a_login_belongs_to_one_account(store: AnyStore) {
    store.put_account(account(1)).await.unwrap();
    let other = Account { login: "Holder1".to_owned(), ..account(2) };
    // In company, to see that only the one at fault fails.
    let (taken, fine) = tokio::join!(store.put_account(other), store.put_account(account(3)));
    assert!(matches!(taken, Err(StoreError::Conflict)));
    fine.unwrap();
    assert_eq!(store.account(AccountId::from_bits(2)).await.unwrap(), None);
    assert_eq!(store.account(AccountId::from_bits(3)).await.unwrap(), Some(account(3)));
}

fn code(n: u8, tries_left: u32) -> Code {
    Code {
        id: [n; 16],
        hash: [n; 32],
        account: Some(AccountId::from_bits(1)),
        purpose: "prove".to_owned(),
        expires_at: at(600),
        tries_left,
    }
}

pub async fn a_code_is_right_once_and_wrong_a_few_times(store: AnyStore) {
    let right = Tried::Right { account: Some(AccountId::from_bits(1)), purpose: "prove".to_owned() };
    assert_eq!(store.try_code(&[1; 16], &[1; 32], at(0)).await.unwrap(), Tried::Gone);
    let of = async |n: u8, now| store.code_of(&[n; 16], now).await.unwrap();
    assert_eq!(of(1, at(0)).await, None);
    store.put_code(code(1, 3)).await.unwrap();
    assert_eq!(store.try_code(&[1; 16], &[9; 32], at(1)).await.unwrap(), Tried::Wrong { tries_left: 2 });
    assert_eq!(of(1, at(1)).await, Some(AccountId::from_bits(1)), "asking uses nothing up");
    assert_eq!(store.try_code(&[1; 16], &[1; 32], at(1)).await.unwrap(), right);
    assert_eq!(store.try_code(&[1; 16], &[1; 32], at(1)).await.unwrap(), Tried::Gone, "used");
    assert_eq!(of(1, at(1)).await, None, "used");
    store.put_code(code(2, 2)).await.unwrap();
    for left in [1, 0] {
        assert_eq!(store.try_code(&[2; 16], &[9; 32], at(1)).await.unwrap(), Tried::Wrong { tries_left: left });
    }
    assert_eq!(store.try_code(&[2; 16], &[2; 32], at(1)).await.unwrap(), Tried::Gone, "tried too often");
    assert_eq!(of(2, at(1)).await, None, "tried too often");
    store.put_code(code(3, 3)).await.unwrap();
    assert_eq!(store.try_code(&[3; 16], &[3; 32], at(600)).await.unwrap(), Tried::Gone, "expired");
    assert_eq!((of(3, at(599)).await.is_some(), of(3, at(600)).await), (true, None), "expired");
}

pub async fn of_concurrent_tries_one_is_right(store: AnyStore) {
    store.put_code(code(1, 100)).await.unwrap();
    let start = |n: u8| {
        let store = store.clone();
        let hash = if n.is_multiple_of(2) { [1; 32] } else { [n; 32] };
        tokio::spawn(async move { store.try_code(&[1; 16], &hash, at(1)).await.unwrap() })
    };
    let tries: Vec<_> = (2..42).map(start).collect();
    let mut right = 0;
    for one in tries {
        right += usize::from(matches!(one.await.unwrap(), Tried::Right { .. }));
    }
    assert_eq!(right, 1);
}

pub async fn limits_count_in_their_window(store: AnyStore) {
    let minute = SignedDuration::from_mins(1);
    for count in 1..=3 {
        let hit = store.hit("login:x", at(count), minute, 2).await.unwrap();
        assert_eq!((hit.allowed, hit.count, hit.until), (count <= 2, count as u32, at(61)));
    }
    assert!(store.hit("login:y", at(3), minute, 2).await.unwrap().allowed, "another key");
    let fresh = store.hit("login:x", at(61), minute, 2).await.unwrap();
    assert_eq!((fresh.allowed, fresh.count, fresh.until), (true, 1, at(121)));
}

pub async fn concurrent_hits_are_all_counted(store: AnyStore) {
    let start = |_| {
        let store = store.clone();
        tokio::spawn(async move { store.hit("k", at(0), SignedDuration::from_mins(1), 10).await.unwrap() })
    };
    let hits: Vec<_> = (0..50).map(start).collect();
    let mut allowed = 0;
    for hit in hits {
        allowed += usize::from(hit.await.unwrap().allowed);
    }
    assert_eq!(allowed, 10);
    assert_eq!(store.hit("k", at(0), SignedDuration::from_mins(1), 10).await.unwrap().count, 51);
}

pub fn session(n: u8, expires: i64) -> Session {
    Session {
        id: [n; 32],
        account: Some(AccountId::from_bits(1)),
        level: Level::SignedIn,
        proven_at: Some(at(0)),
        proven_account: None,
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(expires),
        cases: vec![CaseRef::from_bits(77)],
        draft: Some("{}".to_owned()),
        agent: "Firefox".to_owned(),
        confirmed_at: None,
    }
}

pub async fn sessions_live_until_ended_or_swept(store: AnyStore) {
    for (n, expires) in [(1, 100), (2, 200), (3, 300)] {
        store.put_session(session(n, expires)).await.unwrap();
    }
    assert_eq!(store.session(&[1; 32]).await.unwrap(), Some(session(1, 100)));
    assert_eq!(store.session(&[9; 32]).await.unwrap(), None);
    assert!(store.change_session(&session(1, 100), session(1, 400)).await.unwrap());
    store.end_session(&[3; 32]).await.unwrap();
    assert_eq!(store.session(&[3; 32]).await.unwrap(), None);
    store.put_code(code(1, 3)).await.unwrap();
    store.hit("k", at(0), SignedDuration::from_secs(10), 1).await.unwrap();
    assert_eq!(store.sweep(at(200)).await.unwrap(), 2);
    assert_eq!(store.sweep(at(200)).await.unwrap(), 0);
    assert_eq!(store.sessions_of(AccountId::from_bits(1)).await.unwrap(), vec![session(1, 400)]);
    assert_eq!(store.sessions_of(AccountId::from_bits(2)).await.unwrap(), vec![]);
}

pub async fn an_ended_session_stays_ended(store: AnyStore) {
    let read = session(1, 100);
    store.put_session(read.clone()).await.unwrap();
    assert!(matches!(store.put_session(session(1, 500)).await, Err(StoreError::Conflict)), "only once new");
    assert_eq!(store.session(&[1; 32]).await.unwrap(), Some(read.clone()));
    // A change of who is signed in, made beside it, is not undone.
    let out = Session { account: None, level: Level::Code, ..read.clone() };
    assert!(store.change_session(&read, out.clone()).await.unwrap());
    let slow = Session { seen_at: at(9), ..read.clone() };
    assert!(!store.change_session(&read, slow.clone()).await.unwrap());
    assert_eq!(store.session(&[1; 32]).await.unwrap(), Some(out.clone()));
    assert_eq!(store.sessions_of(AccountId::from_bits(1)).await.unwrap(), vec![]);
    assert!(!store.change_session(&out, session(2, 100)).await.unwrap(), "under another id");
    store.end_session(&[1; 32]).await.unwrap();
    assert!(!store.change_session(&out, slow).await.unwrap());
    assert_eq!(store.session(&[1; 32]).await.unwrap(), None);
}

pub async fn of_concurrent_changes_to_a_session_none_is_lost(store: AnyStore) {
    store.put_session(session(1, 100)).await.unwrap();
    let start = |n: u64| {
        let store = store.clone();
        tokio::spawn(async move {
            loop {
                let was = store.session(&[1; 32]).await.unwrap().unwrap();
                let mut changed = was.clone();
                changed.cases.push(CaseRef::from_bits(n));
                if store.change_session(&was, changed).await.unwrap() {
                    break;
                }
            }
        })
    };
    let changes: Vec<_> = (100..108).map(start).collect();
    for change in changes {
        change.await.unwrap();
    }
    assert_eq!(store.session(&[1; 32]).await.unwrap().unwrap().cases.len(), 9);
}

pub async fn a_step_is_spent_once_and_alone(store: AnyStore) {
    store.put_account(Account { totp_step: 4, ..account(1) }).await.unwrap();
    let id = AccountId::from_bits(1);
    assert!(!store.spend_step(id, 4).await.unwrap());
    // The password has changed since the account was read.
    store.put_account(Account { totp_step: 4, password: Some("new".to_owned()), ..account(1) }).await.unwrap();
    let (one, other) = tokio::join!(store.spend_step(id, 5), store.spend_step(id, 5));
    assert!(one.unwrap() ^ other.unwrap());
    let now = store.account(id).await.unwrap().unwrap();
    assert_eq!((now.totp_step, now.password.as_deref()), (5, Some("new")));
    assert!(!store.spend_step(AccountId::from_bits(9), 5).await.unwrap());
}

pub async fn texts_with_nul_are_taken(store: AnyStore) {
    assert_eq!(store.account_by_login("a\0b").await.unwrap(), None);
    assert_eq!(store.accounts_by_contact("\0").await.unwrap(), vec![]);
    assert_eq!(store.declared_with("\0").await.unwrap(), None);
    assert!(store.hit("login:\0", at(0), SignedDuration::from_mins(1), 1).await.unwrap().allowed);
    store.put_account(Account { login: "nul\0".to_owned(), ..account(1) }).await.unwrap();
    assert!(store.account_by_login("nul\0").await.unwrap().is_some());
}
