use case::identify::Identifier;
use case::{AccountId, CardId, CardRecord, CardState, FileId};
use store::{Account, Act, AnyStore, Import, StoreError, StoredFile, act_chain};

use super::world::{account, at, card, iccid};

async fn stock(store: &AnyStore, cards: Vec<CardRecord>) {
    store.import(Import { accounts: vec![account(1)], cards }).await.unwrap();
}

pub async fn a_switch_is_made_once_for_each_key(store: AnyStore) {
    use CardState::{Active, Barred, Ceased};
    let id = CardId::from_bits(1);
    stock(&store, vec![card(1, AccountId::from_bits(1))]).await;
    assert_eq!(store.switch(CardId::from_bits(2), 1, Barred, "a", at(1)).await.unwrap(), None);
    assert_eq!(store.switch(id, 2, Barred, "a", at(1)).await.unwrap(), None, "another activation");
    assert_eq!(store.card(id).await.unwrap().unwrap().state, Active);

    assert_eq!(store.switch(id, 1, Barred, "bar", at(2)).await.unwrap(), Some(Barred));
    let barred = store.card(id).await.unwrap().unwrap();
    assert_eq!((barred.state, barred.changed_at), (Barred, at(2)));
    assert_eq!(store.switch(id, 1, Active, "unbar", at(3)).await.unwrap(), Some(Active));
    assert_eq!(store.switch(id, 1, Barred, "bar", at(4)).await.unwrap(), Some(Active), "a late repetition");
    assert_eq!(store.card(id).await.unwrap().unwrap().changed_at, at(3));

    assert_eq!(store.switch(id, 1, Ceased, "cease", at(5)).await.unwrap(), Some(Ceased));
    assert_eq!(store.switch(id, 1, Active, "revive", at(6)).await.unwrap(), Some(Ceased), "ceased for good");
    assert_eq!(store.switch(id, 1, Ceased, "again", at(7)).await.unwrap(), Some(Ceased));
    assert_eq!(store.card(id).await.unwrap().unwrap().changed_at, at(5));
}

pub async fn an_import_is_all_or_nothing(store: AnyStore) {
    let twin = Account { login: "HOLDER1".to_owned(), ..account(2) };
    let import =
        Import { accounts: vec![account(1), twin], cards: (0..50).map(|n| card(n, AccountId::from_bits(1))).collect() };
    assert!(matches!(store.import(import).await, Err(StoreError::Conflict)), "one login twice");
    assert_eq!(store.account(AccountId::from_bits(1)).await.unwrap(), None);
    assert_eq!(store.card(CardId::from_bits(3)).await.unwrap(), None);

    let cards: Vec<_> = (0..2_000).map(|n| card(n, AccountId::from_bits(1))).collect();
    stock(&store, cards.clone()).await;
    assert_eq!(store.cards_of(AccountId::from_bits(1)).await.unwrap(), cards);
    assert_eq!(store.cards_of(AccountId::from_bits(2)).await.unwrap(), vec![]);
}

pub async fn an_import_leaves_alone_what_holders_and_switches_have_set(store: AnyStore) {
    let holder = AccountId::from_bits(1);
    stock(&store, vec![card(1, holder)]).await;
    store.switch(CardId::from_bits(1), 1, CardState::Ceased, "k", at(9)).await.unwrap();
    let set = Account { totp: Some("sealed".to_owned()), totp_step: 12, ..account(1) };
    store.put_account(set.clone()).await.unwrap();

    let again = Account { password: None, login: "renamed".to_owned(), ..account(1) };
    let product = "Data 20".to_owned();
    let cards = vec![CardRecord { product, iccid: Some(iccid(77)), ..card(1, holder) }];
    store.import(Import { accounts: vec![again], cards }).await.unwrap();
    let kept = store.card(CardId::from_bits(1)).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.changed_at, kept.product.as_str()), (CardState::Ceased, at(9), "Data 20"));
    assert_eq!(store.account(holder).await.unwrap().unwrap(), Account { login: "renamed".to_owned(), ..set });
}

fn number(kind: &str, normalised: &str) -> Identifier {
    serde_json::from_value(serde_json::json!({ "kind": kind, "normalised": normalised })).unwrap()
}

pub async fn cards_are_found_by_every_number(store: AnyStore) {
    let cards: Vec<_> = (0..40).map(|n| card(n, AccountId::from_bits(1))).collect();
    let real = CardRecord { iccid: Some("8988211000000530082".to_owned()), ..card(99, AccountId::from_bits(1)) };
    stock(&store, [cards.clone(), vec![real.clone()]].concat()).await;
    let sought = &cards[7];
    for (kind, text) in [("iccid", &sought.iccid), ("imei", &sought.imei), ("serial", &sought.serial)] {
        let number = number(kind, text.as_deref().unwrap());
        assert_eq!(store.find_cards(&number).await.unwrap(), vec![sought.clone()], "{kind}");
    }
    let imsi = number("imsi", sought.imsi.as_deref().unwrap());
    assert_eq!(store.find_cards(&imsi).await.unwrap(), vec![sought.clone()]);
    let whole = real.iccid.clone().unwrap();
    let printed = number("iccid", &whole[..18]);
    assert_eq!(store.find_cards(&printed).await.unwrap(), vec![real.clone()], "without its check digit");
    let end = number("partial-iccid", &whole[whole.len() - 8..]);
    assert_eq!(store.find_cards(&end).await.unwrap(), vec![real]);
    assert_eq!(store.find_cards(&number("partial-iccid", "99999999")).await.unwrap(), vec![]);

    let alike =
        |n: u64| CardRecord { iccid: Some(format!("8944{n:07}77665544")), ..card(500 + n, AccountId::from_bits(1)) };
    stock(&store, (0..15).map(alike).collect()).await;
    let ten = store.find_cards(&number("partial-iccid", "77665544")).await.unwrap();
    assert_eq!(ten.len(), 10);
    assert!(ten.iter().all(|card| card.iccid.as_deref().is_some_and(|iccid| iccid.ends_with("77665544"))));
}

pub async fn files_are_kept(store: AnyStore) {
    let id = FileId::from_bits(5);
    assert_eq!(store.file(id).await.unwrap(), None);
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n * 7) as u8).collect();
    let file = StoredFile { id, media: "application/pdf".to_owned(), name: "信.pdf".to_owned(), bytes, at: at(1) };
    store.put_file(file.clone()).await.unwrap();
    store.put_file(file.clone()).await.unwrap();
    assert_eq!(store.file(id).await.unwrap(), Some(file));
}

pub async fn the_audit_is_chained_and_an_edit_shows(store: AnyStore) {
    let act = |n: i64| Act { at: at(n), account: None, what: "imported".to_owned(), detail: format!("{n} cards") };
    let start = |n| {
        let store = store.clone();
        tokio::spawn(async move { store.audit(act(n)).await.unwrap() })
    };
    let running: Vec<_> = (0..20).map(start).collect();
    for one in running {
        one.await.unwrap();
    }
    let mut acts = store.acts(100).await.unwrap();
    assert_eq!(acts.len(), 20);
    assert_eq!(store.acts(3).await.unwrap(), acts[..3]);
    let (mut before, mut paged) = (None, Vec::new());
    loop {
        let page = store.acts_before(before, 7).await.unwrap();
        let Some((last, ..)) = page.last() else { break };
        before = Some(*last);
        paged.extend(page);
    }
    assert_eq!(paged.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (1..=20).rev().collect::<Vec<_>>());
    assert_eq!(paged.into_iter().map(|(_, act, chain)| (act.unwrap(), chain)).collect::<Vec<_>>(), acts);
    acts.reverse();
    let whole = |acts: &[(Act, String)]| {
        let mut previous = String::new();
        acts.iter().all(|(act, chain)| {
            previous = act_chain(&previous, act);
            previous == *chain
        })
    };
    assert!(whole(&acts));
    let mut edited = acts.clone();
    edited[4].0.detail.push('0');
    assert!(!whole(&edited), "an edit");
    acts.remove(7);
    assert!(!whole(&acts), "a gap");
}

pub async fn migrating_twice_changes_nothing(store: AnyStore) {
    stock(&store, vec![card(1, AccountId::from_bits(1))]).await;
    let version = store.migrate().await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), version);
    assert!(store.card(CardId::from_bits(1)).await.unwrap().is_some());
    let health = store.health().await.unwrap();
    assert!(health.contains("SQL") && health.contains("writable"), "{health}");
}
