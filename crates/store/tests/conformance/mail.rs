//! Laws of mail that came in.

use case::CaseRef;
use jiff::SignedDuration;
use store::{AnyStore, Mail, MailFate, MailHead};

use super::world::at;

fn now() -> case::Timestamp {
    at(0)
}

fn mail(n: u8) -> Mail {
    let head = MailHead { from: format!("{n}@example.com"), subject: "注销".into(), bytes: 3, ..MailHead::default() };
    Mail { id: [n; 32], seq: 0, at: now(), fate: MailFate::Pending, case: None, head }
}

pub async fn a_mail_is_kept_once_and_its_fate_is_told(store: AnyStore) {
    for n in 1..=3 {
        assert!(store.put_mail(mail(n), vec![n, 0, 255]).await.unwrap());
    }
    let again = Mail { fate: MailFate::Held, ..mail(2) };
    assert!(!store.put_mail(again, vec![9]).await.unwrap(), "it is here already");
    assert_eq!(store.mails_pending(10).await.unwrap(), [[1; 32], [2; 32], [3; 32]]);
    let (kept, bytes) = store.mail(&[2; 32]).await.unwrap().unwrap();
    assert_eq!((kept.fate, kept.head.clone(), bytes), (MailFate::Pending, mail(2).head, vec![2, 0, 255]));
    let case = CaseRef::from_bits(0xFF_FFFF_FFFF);
    let head = MailHead { why: "bulk".into(), ..kept.head.clone() };
    store.settle_mail(&Mail { fate: MailFate::Taken, case: Some(case), ..kept }).await.unwrap();
    for n in [1, 3] {
        store.settle_mail(&Mail { fate: MailFate::Held, head: head.clone(), ..mail(n) }).await.unwrap();
    }
    assert!(store.mails_pending(10).await.unwrap().is_empty());
    let held = store.mails(MailFate::Held, None, 10).await.unwrap();
    assert_eq!(held.iter().map(|m| m.id[0]).collect::<Vec<_>>(), [3, 1], "newest first");
    assert_eq!(held[0].head.why, "bulk");
    let older = store.mails(MailFate::Held, Some(held[0].seq), 10).await.unwrap();
    assert_eq!(older.iter().map(|m| m.id[0]).collect::<Vec<_>>(), [1]);
    assert_eq!(store.mails_of(case).await.unwrap().iter().map(|m| m.id[0]).collect::<Vec<_>>(), [2]);
    assert!(store.mail(&[7; 32]).await.unwrap().is_none());
}

pub async fn a_sender_is_answered_once_however_often_it_is_asked(store: AnyStore) {
    let day = SignedDuration::from_hours(24);
    let may =
        async |sender: u8, mail: u8, at| store.may_answer(&[sender; 32], &[mail; 32], at, at + day).await.unwrap();
    assert!(may(1, 1, now()).await);
    assert!(may(1, 1, now()).await, "the same mail, after a crash");
    assert!(!may(1, 2, now()).await, "another one of the same day");
    assert!(may(2, 3, now()).await, "another sender");
    assert!(!may(1, 2, now() + SignedDuration::from_hours(23)).await);
    assert!(may(1, 2, now() + day).await, "the next day");
}
