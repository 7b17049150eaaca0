//! What the desk remembers beside the cases.

use case::{AccountId, CaseRef, Channel, MacroId, Need, PendingId};
use jiff::SignedDuration;
use store::{AnyStore, Claim, Draft, Macro, Pending, Snooze, Writing};

use super::world::{account, at, declared, said};

const LEASE: SignedDuration = SignedDuration::from_secs(60);

fn jo() -> AccountId {
    AccountId::from_bits(90)
}

fn li() -> AccountId {
    AccountId::from_bits(91)
}

fn form(n: u64) -> PendingId {
    PendingId::from_bits(n)
}

fn written(case: CaseRef, text: &str, by: u64) -> Draft {
    let text = text.to_owned();
    Draft { case, staff: jo(), kind: Writing::Reply, text, channel: Channel::Web, form: Some(form(by)), at: at(1) }
}

fn sent(case: CaseRef, id: u64, text: &str) -> Pending {
    let (staff, kind, channel) = (jo(), Writing::Reply, Channel::Web);
    Pending { id: form(id), case, staff, kind, text: text.to_owned(), channel, send_at: at(10), tried: None }
}

async fn text(store: &AnyStore, case: CaseRef, staff: AccountId) -> Option<String> {
    store.draft(case, staff, Writing::Reply).await.unwrap().map(|draft| draft.text)
}

pub async fn a_draft_is_its_writer_s_and_a_sent_form_keeps_none(store: AnyStore) {
    let case = CaseRef::from_bits(7);
    store.save_draft(written(case, "Dear Mei", 1)).await.unwrap();
    store.save_draft(written(case, "Dear Mei,", 1)).await.unwrap();
    assert_eq!(store.draft(case, jo(), Writing::Reply).await.unwrap(), Some(written(case, "Dear Mei,", 1)));
    assert_eq!(text(&store, case, li()).await, None, "nobody else's");
    assert_eq!(store.draft(case, jo(), Writing::Note).await.unwrap(), None, "nor another form's");
    store.save_draft(written(case, " ", 1)).await.unwrap();
    assert_eq!(text(&store, case, jo()).await, None, "emptied");

    store.save_draft(written(case, "Half", 1)).await.unwrap();
    store.put_pending(sent(case, 1, "Whole"), true).await.unwrap();
    assert_eq!(text(&store, case, jo()).await, None);
    store.save_draft(written(case, "Hal", 1)).await.unwrap();
    assert_eq!(text(&store, case, jo()).await, None, "a late save of the form that was sent");
    store.save_draft(written(case, "Another", 2)).await.unwrap();
    assert_eq!(text(&store, case, jo()).await.as_deref(), Some("Another"));
    store.put_pending(sent(case, 3, "By a macro"), false).await.unwrap();
    assert_eq!(text(&store, case, jo()).await.as_deref(), Some("Another"), "no form was sent");

    let day = SignedDuration::from_hours(24);
    store.sweep(at(1) + day * 29).await.unwrap();
    assert!(text(&store, case, jo()).await.is_some());
    assert_eq!(store.sweep(at(1) + day * 30).await.unwrap(), 1);
    assert_eq!(text(&store, case, jo()).await, None, "after thirty days");
}

pub async fn a_message_waits_once_and_is_taken_back_before_what_was_written_since(store: AnyStore) {
    let case = CaseRef::from_bits(7);
    store.put_pending(sent(case, 1, "First"), true).await.unwrap();
    store.put_pending(sent(case, 1, "First, pressed twice"), true).await.unwrap();
    assert_eq!(store.pending_of(case, jo()).await.unwrap(), [sent(case, 1, "First")]);
    assert_eq!(store.pending_of(case, li()).await.unwrap(), []);
    assert_eq!(store.take_back(form(1), li(), at(2)).await.unwrap(), None, "another's");
    assert_eq!(store.take_back(form(9), jo(), at(2)).await.unwrap(), None, "unknown");
    store.save_draft(written(case, "Second", 2)).await.unwrap();
    assert_eq!(store.take_back(form(1), jo(), at(2)).await.unwrap(), Some((case, Writing::Reply)));
    assert_eq!(text(&store, case, jo()).await.as_deref(), Some("First\n\nSecond"));
    assert_eq!(store.pending_of(case, jo()).await.unwrap(), []);
    assert_eq!(store.take_back(form(1), jo(), at(3)).await.unwrap(), None, "once");
    assert_eq!(store.due_pending(at(99), LEASE, 9).await.unwrap(), []);
}

pub async fn a_message_is_leased_when_due_and_no_longer_taken_back_once_tried(store: AnyStore) {
    let case = CaseRef::from_bits(7);
    store.put_pending(sent(case, 1, "First"), true).await.unwrap();
    assert_eq!(store.due_pending(at(9), LEASE, 9).await.unwrap(), [], "not yet");
    assert_eq!(store.due_pending(at(10), LEASE, 9).await.unwrap(), [sent(case, 1, "First")]);
    assert_eq!(store.due_pending(at(11), LEASE, 9).await.unwrap(), [], "leased");
    assert!(store.try_pending(form(1), 4).await.unwrap());
    assert_eq!(store.take_back(form(1), jo(), at(12)).await.unwrap(), None, "being sent");
    let again = Pending { tried: Some(4), ..sent(case, 1, "First") };
    assert_eq!(store.due_pending(at(71), LEASE, 9).await.unwrap(), [again], "after its lease");
    assert_eq!(store.give_back(form(1), at(72)).await.unwrap(), Some((case, Writing::Reply)));
    assert_eq!(text(&store, case, jo()).await.as_deref(), Some("First"));

    store.put_pending(sent(case, 2, "Second"), true).await.unwrap();
    store.end_pending(form(2)).await.unwrap();
    assert!(!store.try_pending(form(2), 4).await.unwrap(), "gone");
    assert_eq!(store.pending_of(case, jo()).await.unwrap(), []);
}

pub async fn no_two_workers_send_the_same_message(store: AnyStore) {
    for n in 0..40 {
        store.put_pending(sent(CaseRef::from_bits(n), n + 1, "Hello"), true).await.unwrap();
    }
    let worker = || {
        let store = store.clone();
        tokio::spawn(async move { store.due_pending(at(20), LEASE, 30).await.unwrap() })
    };
    let workers: Vec<_> = (0..4).map(|_| worker()).collect();
    let mut ids = Vec::new();
    for one in workers {
        ids.extend(one.await.unwrap().into_iter().map(|pending| pending.id));
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "one was leased twice");
}

pub async fn a_case_is_in_one_hand_and_not_taken_unseen(store: AnyStore) {
    let case = CaseRef::from_bits(7);
    let by = |staff, seconds| Claim { case, staff, at: at(seconds) };
    assert_eq!(store.claim_of(case).await.unwrap(), None);
    assert!(store.put_claim(by(jo(), 1), None).await.unwrap());
    assert!(store.put_claim(by(jo(), 2), None).await.unwrap(), "one's own");
    assert!(!store.put_claim(by(li(), 3), None).await.unwrap(), "who saw it free");
    assert_eq!(store.claim_of(case).await.unwrap(), Some(by(jo(), 2)));
    assert!(store.put_claim(by(li(), 4), Some(jo())).await.unwrap(), "who saw whose it was");
    assert!(!store.end_claim(case, jo()).await.unwrap());
    assert!(store.end_claim(case, li()).await.unwrap());
    assert_eq!(store.claim_of(case).await.unwrap(), None);
}

pub async fn a_snooze_is_due_by_its_time_or_by_a_change(store: AnyStore) {
    let first = declared(1, at(0));
    let second = declared(2, at(0));
    store.commit(first.clone()).await.unwrap();
    store.commit(second.clone()).await.unwrap();
    let timed =
        Snooze { case: first.case.reference, staff: jo(), at: at(1), until: Some(at(50)), until_reply: false, seen: 1 };
    let quiet = Snooze { case: second.case.reference, until: None, until_reply: true, ..timed };
    store.put_snooze(timed).await.unwrap();
    store.put_snooze(quiet).await.unwrap();
    assert_eq!(store.due_snoozes(at(49), 9).await.unwrap(), []);
    assert_eq!(store.due_snoozes(at(50), 9).await.unwrap(), [timed]);
    store.commit(said(&second.case, "Here I am", at(51))).await.unwrap();
    assert_eq!(store.due_snoozes(at(49), 9).await.unwrap(), [quiet]);
    store.see_snooze(quiet.case, at(0), 9).await.unwrap();
    assert_eq!(store.due_snoozes(at(49), 9).await.unwrap(), [quiet], "another snooze was looked at");
    store.see_snooze(quiet.case, at(1), 2).await.unwrap();
    assert_eq!(store.due_snoozes(at(49), 9).await.unwrap(), [], "looked at");
    assert!(!store.end_snooze(timed.case, at(0)).await.unwrap(), "another snooze");
    assert!(store.end_snooze(timed.case, at(1)).await.unwrap());
    assert_eq!(store.snooze_of(timed.case).await.unwrap(), None);
    assert_eq!(store.snooze_of(quiet.case).await.unwrap(), Some(Snooze { seen: 2, ..quiet }));
}

pub async fn macros_are_one_s_own_or_shared_and_keys_are_on_until_switched_off(store: AnyStore) {
    let mine = Macro {
        id: MacroId::from_bits(1),
        owner: jo(),
        shared: false,
        name: "Ask for the bill".to_owned(),
        text_en: "Dear {name}".to_owned(),
        text_zh: "{name}您好".to_owned(),
        needs: vec![Need::Document],
        note: String::new(),
        take_up: false,
        snooze_days: Some(3),
        snooze_reply: true,
    };
    let ours = Macro { id: MacroId::from_bits(2), shared: true, ..mine.clone() };
    for n in [90, 91] {
        store.put_account(account(n)).await.unwrap();
    }
    store.put_macro(mine.clone()).await.unwrap();
    store.put_macro(ours.clone()).await.unwrap();
    assert_eq!(store.macros(jo()).await.unwrap(), [mine.clone(), ours.clone()]);
    assert_eq!(store.macros(li()).await.unwrap(), vec![ours.clone()]);
    let renamed = Macro { name: "Bill".to_owned(), shared: false, ..ours };
    store.put_macro(renamed.clone()).await.unwrap();
    assert_eq!(store.macros(li()).await.unwrap(), []);
    store.end_macro(mine.id).await.unwrap();
    assert_eq!(store.macros(jo()).await.unwrap(), [renamed]);

    assert!(store.keys(jo()).await.unwrap());
    store.put_keys(jo(), false).await.unwrap();
    store.put_keys(jo(), false).await.unwrap();
    assert!(!store.keys(jo()).await.unwrap());
    assert!(store.keys(li()).await.unwrap());
}
