use case::AccountId;
use store::{AnyStore, Browsers, Federated, Import};

use super::world::{account, at};

fn federated(key: u8, account: u64) -> Federated {
    let issuer = "https://id.example".to_owned();
    Federated { key: [key; 32], account: AccountId::from_bits(account), issuer, at: at(1) }
}

pub async fn a_provider_s_person_has_one_account_and_outlives_an_import(store: AnyStore) {
    let (one, two) = (AccountId::from_bits(1), AccountId::from_bits(2));
    assert_eq!(store.federated(&[1; 32]).await.unwrap(), None);
    let (a, b) = tokio::join!(store.put_federated(federated(1, 1)), store.put_federated(federated(1, 2)));
    assert!(a.unwrap() != b.unwrap(), "of two at once one is first");
    let first = store.federated(&[1; 32]).await.unwrap().unwrap();
    let other = if first.account == one { 2 } else { 1 };
    assert!(
        !store.put_federated(Federated { key: [2; 32], ..first.clone() }).await.unwrap(),
        "one account is one person"
    );
    assert!(store.put_federated(federated(2, other)).await.unwrap());
    let import = Import { accounts: vec![account(1), account(2)], cards: Vec::new() };
    store.import(import).await.unwrap();
    assert_eq!(store.federated_of(first.account).await.unwrap(), Some(first));
    for id in [one, two] {
        assert!(store.federated_of(id).await.unwrap().is_some());
    }
    assert_eq!(store.federated_of(AccountId::from_bits(3)).await.unwrap(), None);
}

pub async fn a_browser_is_new_once_for_each_account_and_forgotten_after_four_hundred_days(store: AnyStore) {
    let (mei, tom) = (AccountId::from_bits(1), AccountId::from_bits(2));
    let day = 86_400;
    let note = async |who, mark: u8, when| {
        let Browsers { known, others } = store.note_browser(who, &[mark; 32], at(when)).await.unwrap();
        (known, others)
    };
    assert_eq!(note(mei, 1, 0).await, (false, 0));
    assert_eq!(note(mei, 1, 1).await, (true, 0));
    assert_eq!(note(mei, 2, 2).await, (false, 1));
    assert_eq!(note(tom, 1, 3).await, (false, 0), "another's");
    assert_eq!(note(mei, 1, 200 * day).await, (true, 1));
    store.sweep(at(402 * day)).await.unwrap();
    assert_eq!(note(mei, 2, 402 * day).await, (false, 1), "not used since");
    assert_eq!(note(mei, 1, 402 * day).await, (true, 1), "used since");
    assert_eq!(note(tom, 1, 402 * day).await, (false, 0));
}
