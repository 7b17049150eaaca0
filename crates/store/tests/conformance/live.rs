use case::CaseRef;
use jiff::SignedDuration;
use store::AnyStore;

use super::world::at;

pub async fn a_chat_waits_from_its_first_question_to_its_answer(store: AnyStore) {
    let (a, b) = (CaseRef::from_bits(1), CaseRef::from_bits(2));
    store.chat_answered(a, at(0)).await.unwrap();
    store.chat_asked(b, at(2)).await.unwrap();
    store.chat_asked(a, at(1)).await.unwrap();
    store.chat_asked(a, at(5)).await.unwrap();
    let waiting = store.chats(true, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|c| (c.case, c.asked_at)).collect::<Vec<_>>(), [(a, at(1)), (b, at(2))]);
    assert_eq!(store.chats(true, 1).await.unwrap(), &waiting[..1]);
    assert_eq!(store.chat_waits(10).await.unwrap(), []);

    store.chat_answered(a, at(31)).await.unwrap();
    store.chat_answered(a, at(99)).await.unwrap();
    assert_eq!(store.chats(true, 10).await.unwrap(), &waiting[1..]);
    assert_eq!(store.chats(false, 10).await.unwrap()[0].answered_at, Some(at(31)));
    assert_eq!(store.chat_waits(10).await.unwrap(), [SignedDuration::from_secs(30)]);

    // Another question waits from its own time, and leaves the first answer's measure alone.
    store.chat_asked(a, at(200)).await.unwrap();
    assert_eq!(store.chats(true, 10).await.unwrap()[1].asked_at, at(200));
    store.chat_answered(a, at(201)).await.unwrap();
    assert_eq!(store.chat_waits(10).await.unwrap(), [SignedDuration::from_secs(30)]);
}

pub async fn a_pulse_is_shared_and_ends_by_itself(store: AnyStore) {
    store.put_pulse("one", "[1]", at(0), at(10)).await.unwrap();
    store.put_pulse("two", "[2]", at(0), at(20)).await.unwrap();
    store.put_pulse("two", "[3]", at(1), at(21)).await.unwrap();
    let all = |found: Vec<(String, String)>| found.into_iter().map(|(p, b)| p + &b).collect::<Vec<_>>();
    assert_eq!(all(store.pulses(at(5)).await.unwrap()), ["one[1]", "two[3]"]);
    assert_eq!(all(store.pulses(at(10)).await.unwrap()), ["two[3]"], "nobody kept it up");
    store.put_pulse("two", "[4]", at(15), at(30)).await.unwrap();
    assert_eq!(all(store.pulses(at(0)).await.unwrap()), ["two[4]"], "and it was swept");
}
