//! How a case's own data goes, and its holder's after it.

use case::erasure::Erasure;
use case::rules::Class;
use case::{Actor, CardState, Case, CaseRef, Command, FileId, Outcome, Timestamp};
use store::{AnyStore, Commit, Due, Erased, Import, LogGrowth, LogHead, LogLeaf, Mail, MailFate, MailHead};

use super::lists::settle;
use super::world::{account, at, card, declared, holder, proven, said, step};

/// Long after.
fn late() -> Timestamp {
    at(100 * 365 * 86_400)
}

/// All letters arrive.
async fn arrive(store: &AnyStore, mut case: Case, now: Timestamp) -> Case {
    for (n, _) in case.owed.clone() {
        let report = step(Some(&case), &Actor::Network, &Command::Report { n, outcome: Outcome::Delivered }, None, now);
        case = report.case.clone();
        store.commit(report).await.unwrap();
    }
    case
}

/// A case of holder `n` that was withdrawn and announced to be erased, with a message in it.
pub async fn announced(store: &AnyStore, n: u64) -> Case {
    let theirs = account(n);
    let import = Import { accounts: vec![theirs.clone()], cards: vec![card(n, theirs.id)] };
    store.import(import).await.unwrap();
    let first = proven(n, &card(n, theirs.id), at(0));
    store.commit(first.clone()).await.unwrap();
    let case = arrive(store, first.case, at(1)).await;
    let talk = said(&case, "our secret", at(2));
    store.commit(talk.clone()).await.unwrap();
    let case = arrive(store, talk.case, at(2)).await;
    let over = step(Some(&case), &holder(Some(theirs.id), at(3)), &Command::Withdraw, None, at(3));
    store.commit(over.clone()).await.unwrap();
    let case = arrive(store, over.case, at(3)).await;
    let plan = step(Some(&case), &Actor::Clock, &Command::PlanErasure { on: late() }, None, late());
    store.commit(plan.clone()).await.unwrap();
    arrive(store, plan.case, late()).await
}

/// Its erasure.
pub fn erased(case: &Case, files: Vec<FileId>) -> Erased {
    let Commit { case: after, mut entries, .. } =
        step(Some(case), &Actor::Clock, &Command::Erase { file: "a certificate".into() }, None, late());
    Erased { before: case.clone(), after, entry: entries.remove(0), files }
}

pub async fn a_case_is_erased_whole_or_not_at_all(store: AnyStore) {
    let (case, other) = (announced(&store, 1).await, announced(&store, 2).await);
    let (reference, file) = (case.reference, FileId::from_bits(9));
    let (media, name) = ("image/png".to_owned(), "passport.png".to_owned());
    store.put_file(store::StoredFile { id: file, media, name, bytes: vec![7; 9], at: at(0) }).await.unwrap();
    let head = MailHead { from: "ada.lim@example.org".into(), ..MailHead::default() };
    let mail = Mail { id: [1; 32], seq: 0, at: at(0), fate: MailFate::Pending, case: None, head };
    store.put_mail(mail.clone(), vec![1; 40]).await.unwrap();
    store.settle_mail(&Mail { fate: MailFate::Taken, case: Some(reference), ..mail }).await.unwrap();
    let seq = store.journal_after(0, 100).await.unwrap().last().unwrap().0;
    let leaf = LogLeaf { n: 0, entry: Some((reference, 1)), leaf: "leaf".into() };
    let to = LogHead { seq, size: 1 };
    let keys = vec![(reference, vec![5; 32])];
    store.log_grow(LogGrowth { to, leaves: vec![leaf], keys, ..LogGrowth::default() }).await.unwrap();
    settle(&store).await;
    let places: Vec<(i64, u64)> = {
        let all = store.journal_after(0, 100).await.unwrap();
        all.into_iter().filter(|(_, entry)| entry.case == reference).map(|(seq, entry)| (seq, entry.version)).collect()
    };

    assert!(store.plan_erasure(reference, at(5)).await.unwrap());
    assert!(!store.plan_erasure(reference, at(6)).await.unwrap(), "once");
    assert!(!store.plan_erasure(CaseRef::from_bits(77), at(5)).await.unwrap(), "no such case");
    assert_eq!(store.erasable(Class::Case, late(), None, 9).await.unwrap().len(), 1, "what is noted is not due again");
    assert_eq!(store.planned(at(4), 9).await.unwrap(), []);
    let due = Due { case: reference, next: at(5), why: None };
    assert_eq!(store.planned(at(5), 9).await.unwrap(), std::slice::from_ref(&due));
    assert!(store.put_off_erasure(reference, at(8), Some("money")).await.unwrap());
    let kept = Due { next: at(8), why: Some("money".into()), ..due };
    assert_eq!(store.plan_of(reference).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.waiting_erasure(9).await.unwrap(), [kept]);
    assert_eq!(store.erasures().await.unwrap(), (0, 1, 0));

    let erased = erased(&case, vec![file]);
    assert!(store.erase_case(&erased).await.unwrap());
    assert!(!store.erase_case(&erased).await.unwrap(), "once");
    let row = store.case(reference).await.unwrap().unwrap();
    assert_eq!(row, erased.after);
    assert_eq!((row.person, row.account, row.subscription), (case::Person::default(), None, None));
    let journal = store.journal(reference).await.unwrap();
    let (last, before) = journal.split_last().unwrap();
    assert_eq!(*last, erased.entry);
    assert!(before.iter().all(|entry| entry.is_withheld() && entry.case == reference));
    assert!(before.iter().zip(1..).all(|(entry, version)| entry.version == version));
    assert_eq!(case::evolve::fold(reference, &journal).as_ref(), Some(&erased.after));
    // Whoever follows the journal finds every place there was, and one more.
    let now = store.journal_after(0, 100).await.unwrap();
    let now: Vec<(i64, u64)> =
        now.into_iter().filter(|(_, entry)| entry.case == reference).map(|(seq, entry)| (seq, entry.version)).collect();
    assert_eq!(now[..places.len()], places);
    assert_eq!(now.len(), places.len() + 1);

    assert!(store.file(file).await.unwrap().is_none());
    let (mail, bytes) = store.mail(&[1; 32]).await.unwrap().unwrap();
    assert_eq!((mail.head, bytes), (MailHead::default(), Vec::new()));
    assert_eq!(store.log_key(reference).await.unwrap(), None);
    assert_eq!(store.log_leaves(0, 9).await.unwrap()[0].entry, None);
    assert!(store.cases_of(account(1).id).await.unwrap().is_empty());
    settle(&store).await;
    let found = |text: &'static str| {
        let store = store.clone();
        async move { super::lists::found(&store, text).await }
    };
    for text in ["ada", "lim", "ada.lim@example.org", "secret"] {
        assert!(!found(text).await.contains(&reference), "{text}");
    }
    assert!(found("ada").await.contains(&other.reference));
    assert_eq!(store.erasures().await.unwrap(), (0, 0, 1));
    assert_eq!(store.erased_cases(9).await.unwrap(), [Due { case: reference, next: late(), why: None }]);
    for class in [Class::Files, Class::Originals, Class::Proof, Class::Case] {
        let due = store.erasable(class, at(200 * 365 * 86_400), None, 9).await.unwrap();
        assert!(due.iter().all(|case| case.reference == other.reference), "{class:?}");
    }
    assert_eq!(store.case(other.reference).await.unwrap().unwrap(), other);
    assert!(store.journal(other.reference).await.unwrap().iter().all(|entry| !entry.is_withheld()));
    store.shed().await.unwrap();
}

/// The keys of switches name the case whose effects they were; `keys` reads them all.
pub async fn a_card_does_not_say_by_which_erased_case_it_was_switched(
    store: AnyStore,
    keys: impl AsyncFn() -> Vec<String>,
) {
    let (case, other) = (announced(&store, 1).await, announced(&store, 2).await);
    let key = |case: &Case, n| case::EffectId { case: case.reference, n }.to_string();
    for (case, n, to) in [(&case, 3, CardState::Barred), (&case, 12, CardState::Active), (&other, 3, CardState::Barred)]
    {
        let of = store.cards_of(case.account.unwrap()).await.unwrap().remove(0);
        assert_eq!(store.switch(of.id, 1, to, &key(case, n), at(4)).await.unwrap(), Some(to));
    }
    let moved_on = Case { version: case.version - 1, ..case.clone() };
    assert!(!store.erase_case(&Erased { before: moved_on, ..erased(&case, Vec::new()) }).await.unwrap());
    assert_eq!(keys().await.len(), 3);
    assert!(store.erase_case(&erased(&case, Vec::new())).await.unwrap());
    assert_eq!(keys().await, [key(&other, 3)]);
}

pub async fn a_case_that_moves_on_or_is_held_is_not_erased(store: AnyStore) {
    let case = announced(&store, 1).await;
    let who = case::AccountId::from_bits;
    let untouched = async || {
        assert!(store.journal(case.reference).await.unwrap().iter().all(|entry| !entry.is_withheld()));
    };
    assert!(store.put_legal_hold(case.reference, "claim 7", who(1), at(1)).await.unwrap());
    assert!(!store.plan_erasure(case.reference, at(5)).await.unwrap());
    assert!(!store.erase_case(&erased(&case, Vec::new())).await.unwrap(), "held");
    untouched().await;
    assert!(store.want_legal_hold_ended(case.reference, "settled", who(1), at(2)).await.unwrap());
    assert!(store.end_legal_hold(case.reference, who(2), at(3)).await.unwrap());
    let note = step(Some(&case), &super::world::agent(900), &Command::note("wait"), None, late());
    store.commit(note.clone()).await.unwrap();
    assert!(!store.erase_case(&erased(&case, Vec::new())).await.unwrap(), "it has moved on");
    untouched().await;
    assert_eq!(store.case(case.reference).await.unwrap().unwrap().erasure, Erasure::None);
    assert_eq!(store.erasures().await.unwrap(), (0, 0, 0));
    // One that is open, or owes something, never is, whatever is asked.
    let open = declared(3, at(0));
    store.commit(open.clone()).await.unwrap();
    assert!(!store.plan_erasure(open.case.reference, at(5)).await.unwrap());
    let forced = Erased { before: open.case.clone(), ..erased(&announced(&store, 4).await, Vec::new()) };
    assert!(!store.erase_case(&forced).await.unwrap());
    assert!(store.unplan_erasure(case.reference).await.is_ok_and(|there| !there));
}

pub async fn of_an_erasure_and_a_commit_at_once_one_wins(store: AnyStore) {
    for n in 1..=8 {
        let case = announced(&store, n).await;
        let erasure = erased(&case, Vec::new());
        let note = step(Some(&case), &super::world::agent(900), &Command::note("wait"), None, late());
        let (one, other) = tokio::join!(store.erase_case(&erasure), store.commit(note));
        let gone = one.unwrap();
        assert_ne!(gone, other.is_ok(), "one of them");
        let journal = store.journal(case.reference).await.unwrap();
        let withheld = journal.iter().filter(|entry| entry.is_withheld()).count() as u64;
        assert_eq!(withheld, if gone { case.version } else { 0 }, "never half");
        let row = store.case(case.reference).await.unwrap().unwrap();
        assert_eq!(case::evolve::fold(case.reference, &journal), Some(row));
    }
}

pub async fn a_holder_is_erased_with_the_last_of_theirs_and_comes_back_afresh(store: AnyStore) {
    let (case, theirs, day) = (announced(&store, 1).await, account(1), 86_400);
    store.put_session(super::people::session(3, 10 * day)).await.unwrap();
    let parted = async |still: i64, asked: i64| {
        let found = store.parted(at(still), at(asked), 9).await.unwrap();
        found.into_iter().map(|parting| parting.account).collect::<Vec<_>>()
    };
    let long = 200 * 365 * day;
    assert_eq!(parted(long, long).await, [], "nothing of theirs is gone, and they have not asked");
    assert!(store.ask_parting(theirs.id, at(7)).await.unwrap());
    assert!(!store.ask_parting(theirs.id, at(8)).await.unwrap(), "once");
    assert!(!store.ask_parting(case::AccountId::from_bits(99), at(8)).await.unwrap());
    assert_eq!(store.parting(theirs.id).await.unwrap().unwrap().asked, Some(at(7)));
    assert!(store.stay(theirs.id).await.unwrap());
    assert!(!store.stay(theirs.id).await.unwrap());
    assert!(store.ask_parting(theirs.id, at(9)).await.unwrap());
    assert_eq!(parted(0, long).await, [], "a case is there");
    assert!(!store.erase_account(theirs.id, &[]).await.unwrap());
    assert!(store.erase_case(&erased(&case, Vec::new())).await.unwrap());
    assert_eq!(parted(0, long).await, [], "a card is in service");
    let mine = store.cards_of(theirs.id).await.unwrap();
    store.switch(mine[0].id, 1, case::CardState::Ceased, "end", at(4)).await.unwrap();
    assert_eq!(parted(0, 8).await, [], "too early");
    assert_eq!(parted(0, 9).await, [theirs.id], "as they asked");
    assert_eq!(parted(long, 0).await, [theirs.id], "as the schedule says");
    let cards = store.cards_of(theirs.id).await.unwrap();
    assert!(store.erase_account(theirs.id, &cards).await.unwrap());
    assert!(!store.erase_account(theirs.id, &cards).await.unwrap(), "once");
    assert!(store.account(theirs.id).await.unwrap().is_none());
    assert!(store.session(&[3; 32]).await.unwrap().is_none());
    assert_eq!((store.parting(theirs.id).await.unwrap(), parted(long, long).await), (None, vec![]));
    let left = store.card(cards[0].id).await.unwrap().unwrap();
    assert_eq!((left.state, left.generation, left.iccid, left.msisdn), (case::CardState::Ceased, 1, None, None));
    let again = Import { accounts: vec![account(1)], cards: vec![card(1, theirs.id)] };
    store.import(again).await.unwrap();
    assert!(store.account(theirs.id).await.unwrap().is_some());
    let back = store.card(cards[0].id).await.unwrap().unwrap();
    assert_eq!(back.state, case::CardState::Ceased, "what has ended stays so");
    // Nobody at the desk is ever a holder who goes.
    let staff = store::Account { role: Some(case::Role::Agent), ..account(5) };
    store.put_account(staff.clone()).await.unwrap();
    assert!(!store.ask_parting(staff.id, at(1)).await.unwrap());
    assert!(!store.erase_account(staff.id, &[]).await.unwrap());
}
