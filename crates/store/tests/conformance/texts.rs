use case::CaseRef;
use store::{AnyStore, SentText};

use super::world::at;

pub async fn a_text_is_known_by_its_carrier_s_name_until_it_is_swept(store: AnyStore) {
    let sent = |id: &str, case: u64, until: i64| SentText {
        id: id.to_owned(),
        case: CaseRef::from_bits(case),
        text: format!("text of {case}"),
        until: at(until),
    };
    store.put_texts(Vec::new()).await.unwrap();
    store.put_texts(vec![sent("a00", 1, 10), sent("a01", 1, 10), sent("b", 2, 20)]).await.unwrap();
    assert_eq!(store.text_sent("a01").await.unwrap(), Some(sent("a01", 1, 10)));
    assert_eq!(store.text_sent("A01").await.unwrap(), None);
    // A carrier that calls all alike, or begins to count anew, means the last.
    store.put_texts(vec![sent("b", 3, 30)]).await.unwrap();
    assert_eq!(store.text_sent("b").await.unwrap(), Some(sent("b", 3, 30)));
    store.sweep(at(10)).await.unwrap();
    assert_eq!(store.text_sent("a00").await.unwrap(), None);
    assert_eq!(store.text_sent("b").await.unwrap(), Some(sent("b", 3, 30)));
}
