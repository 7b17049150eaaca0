//! What is written with a change to a case, and changes of more than one step.

use case::{AccountId, FileId, Lang, Person};
use jiff::SignedDuration;
use store::{Account, AnyStore, Beside, Commit, Session, StoreError, StoredFile};

use super::people::session;
use super::world::{at, declared, said};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub async fn several_steps_of_a_case_are_one_change(store: AnyStore) {
    let first = declared(1, at(0));
    let second = said(&first.case, "and more", at(1));
    let third = said(&second.case, "and yet more", at(2));
    let entries = [first.entries.clone(), second.entries, third.entries.clone()].concat();
    let reference = first.case.reference;
    let all = Commit { case: third.case.clone(), entries: entries.clone(), due: third.due, ..first.clone() };
    store.commit(all).await.unwrap();
    assert_eq!(store.case(reference).await.unwrap(), Some(third.case.clone()));
    assert_eq!(store.journal(reference).await.unwrap(), entries);
    assert_eq!(store.entries(reference, 1, 1).await.unwrap(), entries[1..2]);
    assert_eq!(store.entries(reference, 1, u32::MAX).await.unwrap(), entries[1..]);
    assert_eq!(store.entries(reference, 3, 9).await.unwrap(), []);
    let gap = Commit { entries: third.entries, ..said(&third.case, "a step left out", at(3)) };
    assert!(matches!(store.commit(gap).await, Err(StoreError::Engine(_))), "versions follow each other");
    let nothing = Commit { entries: vec![], ..said(&third.case, "no step", at(3)) };
    assert!(matches!(store.commit(nothing).await, Err(StoreError::Engine(_))), "a change has a step");
}

pub async fn a_session_changes_with_the_case_or_not_at_all(store: AnyStore) {
    let was = session(1, 100);
    store.put_session(was.clone()).await.unwrap();
    let with = |commit: Commit, was: &Session, draft: &str| {
        let session = Session { draft: Some(draft.to_owned()), ..was.clone() };
        let beside = Beside {
            session: Some((was.clone(), session.clone())),
            used: Some(("k".to_owned(), HOUR)),
            files: vec![],
            arrivals: vec![],
            agency: None,
        };
        (Commit { beside, ..commit }, session)
    };
    let (commit, spent) = with(declared(1, at(0)), &was, "spent");
    assert!(store.commit(commit.clone()).await.unwrap().session);
    assert_eq!(store.session(&was.id).await.unwrap(), Some(spent.clone()));
    assert_eq!(store.uses("k", at(1)).await.unwrap(), 1);

    // The case lands; the session has changed since it was read, and is left as it is.
    let (other, _) = with(declared(2, at(0)), &was, "stale");
    assert!(!store.commit(other).await.unwrap().session);
    assert_eq!(store.session(&was.id).await.unwrap(), Some(spent.clone()));

    // The form was sent before: neither a second case nor a session that may see one.
    let token = Some("form".to_owned());
    store.commit(Commit { token: token.clone(), ..declared(3, at(0)) }).await.unwrap();
    let (again, _) = with(Commit { token, ..declared(4, at(0)) }, &spent, "never");
    assert!(matches!(store.commit(again).await, Err(StoreError::Conflict)));
    assert_eq!(store.session(&was.id).await.unwrap(), Some(spent));
}

pub async fn uses_are_counted_in_the_window_that_is_open(store: AnyStore) {
    assert_eq!(store.uses("k", at(0)).await.unwrap(), 0);
    store.hit("k", at(0), SignedDuration::from_secs(10), 1).await.unwrap();
    store.hit("k", at(5), SignedDuration::from_secs(10), 1).await.unwrap();
    assert_eq!(store.uses("k", at(9)).await.unwrap(), 2);
    assert_eq!(store.uses("k", at(10)).await.unwrap(), 0);
}

pub async fn a_draft_s_file_is_swept_and_a_case_s_is_kept(store: AnyStore) {
    let file = |n: u64| StoredFile {
        id: FileId::from_bits(n),
        media: "image/png".to_owned(),
        name: "letter.png".to_owned(),
        bytes: vec![7; 9],
        at: at(0),
    };
    for n in [1, 2] {
        store.put_draft_file(file(n), at(100)).await.unwrap();
    }
    store.put_file(file(3)).await.unwrap();
    let beside = Beside { files: vec![FileId::from_bits(2)], ..Beside::default() };
    store.commit(Commit { beside, ..declared(1, at(0)) }).await.unwrap();
    assert_eq!(store.sweep(at(99)).await.unwrap(), 0);
    assert_eq!(store.sweep(at(100)).await.unwrap(), 1);
    assert_eq!(store.file(FileId::from_bits(1)).await.unwrap(), None);
    for n in [2, 3] {
        assert_eq!(store.file(FileId::from_bits(n)).await.unwrap(), Some(file(n)));
    }
}

/// Of two changes to a case the later is decided again, and what stands beside it comes with that.
pub async fn what_stands_beside_a_lost_change_is_left_alone(store: AnyStore) {
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    store.commit(said(&first.case, "quicker", at(1))).await.unwrap();
    let id = FileId::from_bits(1);
    let (media, name) = ("image/png".to_owned(), "id.png".to_owned());
    store.put_draft_file(StoredFile { id, media, name, bytes: vec![7], at: at(0) }, at(100)).await.unwrap();
    let was = session(1, 100);
    store.put_session(was.clone()).await.unwrap();
    let session = Some((was.clone(), Session { draft: Some("never".to_owned()), ..was.clone() }));
    let beside = Beside { session, files: vec![id], agency: Some("north".parse().unwrap()), ..Beside::default() };
    let lost = Commit { beside, ..said(&first.case, "slower", at(1)) };
    assert!(matches!(store.commit(lost).await, Err(StoreError::Conflict)));
    assert_eq!(store.session(&was.id).await.unwrap(), Some(was));
    assert_eq!(store.agency_of(first.case.reference).await.unwrap(), None);
    assert_eq!(store.sweep(at(100)).await.unwrap(), 2, "the session, and a file that no case names");
    assert_eq!(store.file(id).await.unwrap(), None);
}

fn mei() -> Account {
    Account {
        password: Some("hash".to_owned()),
        totp_step: 3,
        lang: Lang::ZhCn,
        ..Account::of(
            AccountId::from_bits(1),
            "mei".to_owned(),
            Person { name: "Mei".to_owned(), ..Person::default() },
            at(0),
        )
    }
}

pub async fn of_two_changes_to_an_account_the_later_is_told(store: AnyStore) {
    let was = mei();
    let with = |password: &str| Account { password: Some(password.to_owned()), changed_at: at(1), ..was.clone() };
    assert!(!store.change_account(&was, with("first")).await.unwrap(), "there is no such account");
    store.put_account(was.clone()).await.unwrap();
    // A code that was used meanwhile is no change.
    assert!(store.spend_step(was.id, 8).await.unwrap());
    assert!(store.change_account(&was, with("first")).await.unwrap());
    assert!(!store.change_account(&was, with("second")).await.unwrap());
    let now = store.account(was.id).await.unwrap().unwrap();
    assert_eq!((now.password.as_deref(), now.totp_step), (Some("first"), 8), "and stays used");
    let secured = Account { totp: Some("secret".to_owned()), totp_step: 2, ..now.clone() };
    assert!(store.change_account(&now, secured.clone()).await.unwrap());
    assert_eq!(store.account(was.id).await.unwrap(), Some(secured.clone()), "a new factor has steps of its own");
    assert!(!store.change_account(&now, now.clone()).await.unwrap(), "as it was before the factor");
    let other = Account { id: AccountId::from_bits(2), ..secured.clone() };
    assert!(!store.change_account(&secured, other).await.unwrap(), "under another id");

    let rivals: Vec<_> = (0..16)
        .map(|n| {
            let (store, was) = (store.clone(), secured.clone());
            let rival = Account { password: Some(format!("rival {n}")), ..was.clone() };
            tokio::spawn(async move { store.change_account(&was, rival).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for rival in rivals {
        won += usize::from(rival.await.unwrap());
    }
    assert_eq!(won, 1);
}

pub async fn a_visit_is_a_session_and_who_is_signed_in(store: AnyStore) {
    let account = mei();
    let signed_in = session(1, 100);
    let anonymous = Session { account: None, ..session(2, 100) };
    for session in [&signed_in, &anonymous] {
        store.put_session(session.clone()).await.unwrap();
    }
    // The account of the first is not there yet.
    assert_eq!(store.visit(&[1; 32]).await.unwrap(), Some((signed_in.clone(), None)));
    store.put_account(account.clone()).await.unwrap();
    assert_eq!(store.visit(&[1; 32]).await.unwrap(), Some((signed_in, Some(account))));
    assert_eq!(store.visit(&[2; 32]).await.unwrap(), Some((anonymous, None)));
    assert_eq!(store.visit(&[3; 32]).await.unwrap(), None);
}
