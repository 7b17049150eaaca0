//! What is erased of cases that are over, and what stops it.

use case::rules::Class;
use case::{AccountId, Case, CaseRef, FileId};
use store::{AnyStore, Mail, MailFate, MailHead, StoredFile};

use super::world::{at, declared};

fn who(n: u64) -> AccountId {
    AccountId::from_bits(n)
}

/// A case that is over, with a file and a mail.
async fn over(store: &AnyStore, n: u64) -> Case {
    let file = FileId::from_bits(n);
    let kept = StoredFile {
        id: file,
        media: "image/png".into(),
        name: "passport.png".into(),
        bytes: format!("a picture of person {n}").into_bytes(),
        at: at(0),
    };
    store.put_file(kept).await.unwrap();
    let mut commit = declared(n, at(0));
    commit.case.stage = case::Stage::Withdrawn { at: at(1) };
    commit.case.files = vec![file];
    store.commit(commit.clone()).await.unwrap();
    let id = [n as u8; 32];
    let head = MailHead { from: format!("{n}@example.com"), ..MailHead::default() };
    let mail = Mail { id, seq: 0, at: at(0), fate: MailFate::Pending, case: None, head };
    store.put_mail(mail.clone(), vec![n as u8; 40]).await.unwrap();
    store.settle_mail(&Mail { fate: MailFate::Taken, case: Some(commit.case.reference), ..mail }).await.unwrap();
    commit.case
}

async fn due(store: &AnyStore, class: Class, still: i64) -> Vec<CaseRef> {
    let mut due = Vec::new();
    while let Some(case) = store.erasable(class, at(still), due.last().copied(), 1).await.unwrap().pop() {
        due.push(case.reference);
    }
    due
}

pub async fn a_class_of_a_case_that_is_over_is_erased_once_and_nothing_else(store: AnyStore) {
    let (one, other) = (over(&store, 1).await, over(&store, 2).await);
    let open = declared(3, at(0));
    store.commit(open.clone()).await.unwrap();
    assert_eq!(due(&store, Class::Files, -1_000_000).await, [], "too young");
    let late = 1_000_000;
    let mut both = [one.reference, other.reference];
    both.sort_by_key(|reference| reference.bits());
    for class in Class::ALL {
        assert_eq!(due(&store, class, late).await, both, "and never one that is open");
    }
    assert!(!store.erase(open.case.reference, Class::Files, &[], at(late), at(9)).await.unwrap());
    assert!(
        !store.erase(one.reference, Class::Files, &one.files, at(-1_000_000), at(9)).await.unwrap(),
        "it has moved"
    );
    assert!(store.file(one.files[0]).await.unwrap().is_some());
    assert!(store.erase(one.reference, Class::Files, &one.files, at(late), at(9)).await.unwrap());
    assert!(!store.erase(one.reference, Class::Files, &one.files, at(late), at(10)).await.unwrap(), "once");
    assert!(store.file(one.files[0]).await.unwrap().is_none());
    assert!(store.file(other.files[0]).await.unwrap().is_some());
    assert_eq!(due(&store, Class::Files, late).await, [other.reference]);

    assert!(store.erase(one.reference, Class::Originals, &[], at(late), at(9)).await.unwrap());
    let (mail, bytes) = store.mail(&[1; 32]).await.unwrap().unwrap();
    assert_eq!((mail.head, bytes, mail.fate), (MailHead::default(), Vec::new(), MailFate::Taken));
    assert!(
        !store.put_mail(Mail { fate: MailFate::Pending, head: MailHead::default(), ..mail }, vec![1]).await.unwrap()
    );
    assert_eq!(store.mail(&[2; 32]).await.unwrap().unwrap().1, vec![2; 40]);
    assert!(store.erase(one.reference, Class::Proof, &[], at(late), at(9)).await.unwrap());
    assert_eq!(store.log_key(one.reference).await.unwrap(), None);
    assert!(store.case(one.reference).await.unwrap().is_some());
    store.shed().await.unwrap();
}

pub async fn nothing_is_erased_while_a_hold_stands_and_two_people_end_it(store: AnyStore) {
    let case = over(&store, 1).await;
    let (reference, late) = (case.reference, at(1_000_000));
    assert!(!store.put_legal_hold(CaseRef::from_bits(99), "none", who(1), at(1)).await.unwrap());
    assert!(store.put_legal_hold(reference, "claim 7", who(1), at(1)).await.unwrap());
    assert!(!store.put_legal_hold(reference, "again", who(2), at(2)).await.unwrap(), "it is held");
    let held = async |class| {
        assert_eq!(due(&store, class, 1_000_000).await, []);
        assert_eq!(store.kept_back(class, late).await.unwrap(), 1);
        assert!(!store.erase(reference, class, &case.files, late, at(9)).await.unwrap());
    };
    held(Class::Files).await;
    // The second is somebody else, once.
    assert!(!store.sign_legal_hold(reference, who(1), at(2)).await.unwrap());
    assert!(store.sign_legal_hold(reference, who(2), at(2)).await.unwrap());
    assert!(!store.sign_legal_hold(reference, who(3), at(3)).await.unwrap());
    // So is whoever ends it.
    assert!(!store.end_legal_hold(reference, who(2), at(3)).await.unwrap(), "nobody wants that");
    assert!(store.want_legal_hold_ended(reference, "settled", who(2), at(3)).await.unwrap());
    assert!(!store.want_legal_hold_ended(reference, "settled", who(3), at(3)).await.unwrap());
    assert!(!store.end_legal_hold(reference, who(2), at(4)).await.unwrap());
    held(Class::Originals).await;
    assert!(store.stay_legal_hold(reference).await.unwrap());
    assert!(!store.end_legal_hold(reference, who(1), at(4)).await.unwrap());
    assert!(store.want_legal_hold_ended(reference, "settled", who(1), at(5)).await.unwrap());
    let hold = store.legal_hold(reference).await.unwrap().unwrap();
    assert_eq!((hold.reason.as_str(), hold.by, hold.signed), ("claim 7", who(1), Some((who(2), at(2)))));
    assert_eq!(hold.ending, Some((who(1), at(5), "settled".into())));
    assert_eq!(store.legal_holds(10).await.unwrap(), [hold]);
    assert!(store.end_legal_hold(reference, who(3), at(6)).await.unwrap());
    assert_eq!(store.legal_hold(reference).await.unwrap(), None);
    assert_eq!(store.kept_back(Class::Files, late).await.unwrap(), 0);
    assert!(store.erase(reference, Class::Files, &case.files, late, at(9)).await.unwrap());
    // Another one may come later.
    assert!(store.put_legal_hold(reference, "claim 8", who(1), at(7)).await.unwrap());
}
