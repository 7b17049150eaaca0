use case::AccountId;
use store::{AnyStore, Import, Passkey};

use super::world::{account, at};

fn passkey(n: u8, account: u64) -> Passkey {
    Passkey {
        id: vec![n; 20],
        account: AccountId::from_bits(account),
        name: format!("Key {n}"),
        key: vec![0xa5, n, 0],
        count: 0,
        added_at: at(i64::from(n)),
        used_at: None,
    }
}

pub async fn a_passkey_is_its_account_s_and_outlives_an_import(store: AnyStore) {
    let (mei, tom) = (AccountId::from_bits(1), AccountId::from_bits(2));
    for n in [1, 2] {
        store.put_account(account(n)).await.unwrap();
    }
    assert!(store.add_passkey(passkey(2, 1), 2).await.unwrap());
    assert!(store.add_passkey(passkey(1, 1), 2).await.unwrap());
    assert!(!store.add_passkey(passkey(3, 1), 2).await.unwrap(), "a third of two");
    assert!(!store.add_passkey(passkey(1, 2), 2).await.unwrap(), "another's");
    assert_eq!(store.passkeys_of(mei).await.unwrap(), [passkey(1, 1), passkey(2, 1)]);
    assert_eq!(store.passkey(&[2; 20]).await.unwrap(), Some(passkey(2, 1)));
    assert_eq!(store.passkey(&[2; 19]).await.unwrap(), None);

    assert!(!store.rename_passkey(tom, &[1; 20], "Mine").await.unwrap());
    assert!(!store.remove_passkey(tom, &[1; 20], false).await.unwrap());
    assert!(store.rename_passkey(mei, &[1; 20], "电话").await.unwrap());
    let import = Import { accounts: vec![account(1)], cards: Vec::new() };
    store.import(import).await.unwrap();
    assert_eq!(store.passkeys_of(mei).await.unwrap()[0].name, "电话");

    store.put_recovery_codes(mei, vec![[1; 32]]).await.unwrap();
    assert!(store.add_passkey(passkey(9, 2), 2).await.unwrap());
    store.forget_factors(mei).await.unwrap();
    assert_eq!(store.passkeys_of(mei).await.unwrap(), []);
    assert_eq!(store.recovery_codes_left(mei).await.unwrap(), 0);
    assert_eq!(store.passkeys_of(tom).await.unwrap().len(), 1);
}

pub async fn a_passkey_s_count_only_grows(store: AnyStore) {
    store.add_passkey(passkey(1, 1), 9).await.unwrap();
    let id = [1; 20];
    assert!(store.use_passkey(&id, 0, at(1)).await.unwrap());
    assert!(store.use_passkey(&id, 0, at(2)).await.unwrap(), "an authenticator that does not count");
    assert!(store.use_passkey(&id, 5, at(3)).await.unwrap());
    for count in [5, 4, 0] {
        assert!(!store.use_passkey(&id, count, at(4)).await.unwrap(), "{count}");
    }
    let read = store.passkey(&id).await.unwrap().unwrap();
    assert_eq!((read.count, read.used_at), (5, Some(at(3))));
    let (one, other) = tokio::join!(store.use_passkey(&id, u32::MAX, at(5)), store.use_passkey(&id, u32::MAX, at(5)));
    assert!(one.unwrap() != other.unwrap(), "of two with one count, one is refused");
    assert!(!store.use_passkey(&[2; 20], 1, at(6)).await.unwrap());
}

pub async fn the_last_passkey_can_be_kept(store: AnyStore) {
    let mei = AccountId::from_bits(1);
    for n in [1, 2] {
        store.add_passkey(passkey(n, 1), 9).await.unwrap();
    }
    store.add_passkey(passkey(3, 2), 9).await.unwrap();
    let (one, other) =
        tokio::join!(store.remove_passkey(mei, &[1; 20], true), store.remove_passkey(mei, &[2; 20], true));
    assert!(one.unwrap() != other.unwrap());
    let left = store.passkeys_of(mei).await.unwrap();
    assert_eq!(left.len(), 1);
    assert!(!store.remove_passkey(mei, &left[0].id, true).await.unwrap());
    assert!(store.remove_passkey(mei, &left[0].id, false).await.unwrap());
    assert_eq!(store.passkeys_of(mei).await.unwrap(), []);
}

pub async fn a_recovery_code_is_good_once(store: AnyStore) {
    let (mei, tom) = (AccountId::from_bits(1), AccountId::from_bits(2));
    assert!(!store.spend_recovery_code(mei, &[1; 32]).await.unwrap());
    store.put_recovery_codes(mei, vec![[1; 32], [2; 32], [3; 32]]).await.unwrap();
    store.put_recovery_codes(tom, vec![[4; 32]]).await.unwrap();
    assert!(!store.spend_recovery_code(tom, &[1; 32]).await.unwrap());
    let (one, other) = tokio::join!(store.spend_recovery_code(mei, &[1; 32]), store.spend_recovery_code(mei, &[1; 32]));
    assert!(one.unwrap() != other.unwrap());
    assert_eq!(store.recovery_codes_left(mei).await.unwrap(), 2);
    store.put_recovery_codes(mei, vec![[5; 32]]).await.unwrap();
    assert!(!store.spend_recovery_code(mei, &[2; 32]).await.unwrap(), "new ones end the old");
    assert!(store.spend_recovery_code(mei, &[5; 32]).await.unwrap());
    assert_eq!(store.recovery_codes_left(mei).await.unwrap(), 0);
    assert_eq!(store.recovery_codes_left(tom).await.unwrap(), 1);
}
