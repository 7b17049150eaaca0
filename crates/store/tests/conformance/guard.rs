use case::{AccountId, Fact};
use store::{Account, AnyStore, Guard, Guarded, Import};

use super::world::at;

fn mei() -> AccountId {
    AccountId::from_bits(1)
}

fn person(email: Option<&str>, phone: Option<&str>) -> case::Person {
    let text = |text: Option<&str>| text.map(str::to_owned);
    case::Person { name: "Mei Lin".into(), address: String::new(), email: text(email), phone: text(phone) }
}

pub async fn what_holds_an_account_is_remembered_once_told_once_and_forgotten(store: AnyStore) {
    let recovered = Guard::happened(mei(), Fact::Recovered, at(0));
    assert!(store.put_guard(recovered.clone()).await.unwrap());
    assert!(!store.put_guard(recovered.clone()).await.unwrap());
    // Again at another time is another; so is another account's.
    assert!(store.put_guard(Guard::happened(mei(), Fact::Recovered, at(5))).await.unwrap());
    let other = Guard {
        email: Some("old@example.org".into()),
        ..Guard::happened(AccountId::from_bits(2), Fact::ContactChanged, at(1))
    };
    store.put_guard(other.clone()).await.unwrap();
    let found = store.guards(mei(), at(6)).await.unwrap();
    assert_eq!(found.iter().map(|guard| guard.at).collect::<Vec<_>>(), [at(0), at(5)]);
    assert_eq!(found[0], recovered);
    assert_eq!(store.guards(other.account, at(6)).await.unwrap(), std::slice::from_ref(&other));

    assert_eq!(store.untold(2).await.unwrap(), [recovered.clone(), other.clone()]);
    assert!(store.told(&recovered, Vec::new(), at(0)).await.unwrap());
    assert!(!store.told(&recovered, Vec::new(), at(0)).await.unwrap(), "once");
    assert_eq!(store.untold(10).await.unwrap().len(), 2);
    // It counts until its time is over, told or not; what is untold is kept until it has been.
    let end = recovered.until;
    assert_eq!(store.guards(mei(), end).await.unwrap().len(), 1);
    store.sweep(end).await.unwrap();
    assert_eq!(store.untold(10).await.unwrap().len(), 2);
    assert!(store.told(&other, Vec::new(), at(0)).await.unwrap());
    store.sweep(other.until).await.unwrap();
    assert!(store.guards(other.account, at(0)).await.unwrap().is_empty());
}

pub async fn there_is_one_lock_and_taking_it_off_is_told(store: AnyStore) {
    let lock = |seconds| Guard::lock(mei(), at(seconds));
    assert!(!store.unlock(mei(), at(0)).await.unwrap());
    assert!(store.put_guard(lock(0)).await.unwrap());
    assert!(!store.put_guard(lock(3)).await.unwrap());
    assert_eq!(store.guards(mei(), at(1_000_000_000)).await.unwrap().len(), 1);
    assert!(store.unlock(mei(), at(9)).await.unwrap());
    assert!(!store.unlock(mei(), at(10)).await.unwrap());
    let left = store.guards(mei(), at(9)).await.unwrap();
    assert_eq!(left.iter().map(|guard| guard.what).collect::<Vec<_>>(), [Guarded::Unlocked]);
    assert_eq!(store.untold(10).await.unwrap(), left);
    // It can be locked again.
    assert!(store.put_guard(lock(11)).await.unwrap());
}

pub async fn an_import_that_changes_a_contact_leaves_word_of_the_old_and_keeps_the_lock(store: AnyStore) {
    let account = |email, phone, seconds| Account::of(mei(), "mei".into(), person(email, phone), at(seconds));
    let import = |account| store.import(Import { accounts: vec![account], cards: Vec::new() });
    import(account(Some("Mei@example.org"), Some("+447700900101"), 0)).await.unwrap();
    assert!(store.untold(10).await.unwrap().is_empty(), "an account that is new has changed nothing");
    store.put_guard(Guard { untold: false, ..Guard::lock(mei(), at(0)) }).await.unwrap();
    import(account(Some("mei@example.org"), Some("+447700900101"), 1)).await.unwrap();
    assert!(store.untold(10).await.unwrap().is_empty(), "the same address in other letters is the same");

    import(account(Some("eve@example.net"), Some("+447700900101"), 2)).await.unwrap();
    let told = store.untold(10).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].what, told[0].at), (Guarded::Happened(Fact::ContactChanged), at(2)));
    assert_eq!(told[0].email.as_deref(), Some("mei@example.org"));
    assert_eq!(told[0].phone.as_deref(), Some("+447700900101"));
    // One that is added, and one that goes, are changes too; and the lock is still there.
    import(account(Some("eve@example.net"), None, 3)).await.unwrap();
    import(account(Some("eve@example.net"), Some("+447700900109"), 4)).await.unwrap();
    assert_eq!(store.untold(10).await.unwrap().len(), 3);
    let kinds: Vec<Guarded> = store.guards(mei(), at(5)).await.unwrap().iter().map(|guard| guard.what).collect();
    assert!(kinds.contains(&Guarded::Locked));
}
