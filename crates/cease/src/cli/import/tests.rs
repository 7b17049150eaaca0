use case::Money;

use super::*;

#[test]
fn a_card_s_cells_are_read_or_named() {
    let policy = Config::default().policy().unwrap();
    let text = "login,iccid,msisdn,product,must_return,credit,minimum_term_ends\n\
                li,8988 2110 0000 0530 082,+44 7700 900201,Data,yes,12.50,2026-12-31\n\
                li,not a number,+44 7700 900201,,maybe,12.5,tomorrow\n";
    let table = Table::read(text.as_bytes(), What::Cards.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let rows: Vec<Row<'_>> = table.rows().collect();
    let mut faults = Vec::new();
    let account = Some(AccountId::from_bits(7));
    let card = card_of(&rows[0], account, &policy, Timestamp::UNIX_EPOCH, &mut faults).unwrap();
    assert_eq!(faults, []);
    assert_eq!(card.iccid.as_deref(), Some("8988211000000530082"));
    assert_eq!((card.must_return, card.credit), (true, Some(Money::new(1250, "GBP"))));
    assert_eq!(card_of(&rows[1], account, &policy, Timestamp::UNIX_EPOCH, &mut faults), None);
    let named: Vec<(u64, &str)> = faults.iter().map(|f| (f.line, f.name.as_str())).collect();
    assert_eq!(named, [(3, "iccid"), (3, "product"), (3, "minimum_term_ends"), (3, "must_return"), (3, "credit")]);
}

#[test]
fn a_contract_s_cells_are_read_or_named_by_line_and_column() {
    let policy = Config::default().policy().unwrap();
    let text = "login,iccid,product,monthly,discount,started,paid_until,next_bill,device_balance\n\
                li,8988211000000530082,Data,45.00,10.00,2025-11-01,2026-11-30,2026-12-01,120.00\n\
                li,8988211000000530082,Data,-45.00,10,1 May,2026-02-30,2026-12-01,99999999999.00\n\
                li,8988211000000530082,Data,9.99,10.00,,,,£5\n";
    let table = Table::read(text.as_bytes(), What::Cards.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let mut faults = Vec::new();
    let cards: Vec<_> = table
        .rows()
        .map(|row| card_of(&row, Some(AccountId::from_bits(7)), &policy, Timestamp::UNIX_EPOCH, &mut faults))
        .collect();
    let contract = &cards[0].as_ref().unwrap().contract;
    assert_eq!(contract.monthly, Some(Money::new(4500, "GBP")));
    assert_eq!(contract.unpaid_from(), Some("2026-12-01".parse().unwrap()));
    let named: Vec<_> = faults.iter().map(|f| (f.line, f.column, f.name.as_str())).collect();
    let second =
        [(3, 4, "monthly"), (3, 6, "started"), (3, 7, "paid_until"), (3, 9, "device_balance"), (3, 5, "discount")];
    assert_eq!(named, [second.as_slice(), &[(4, 9, "device_balance"), (4, 5, "discount")]].concat());
    assert!(faults.iter().any(|f| f.says == "the amount must not be negative"));
    assert!(faults.iter().any(|f| f.says == "write the amount like 12.50"));
}

async fn read_cards(app: &crate::app::Shared, text: &str) -> Taken {
    let table = Table::read(text.as_bytes(), What::Cards.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let policy = &app.policy.on(app.now());
    let read = cards(&table, &app.store, policy, app.now()).await.unwrap_or_else(|f| panic!("{:#}", f.error));
    let read = read.unwrap_or_else(|f| panic!("{f:?}"));
    app.store.import(Import { accounts: Vec::new(), cards: read.rows.cards.clone() }).await.unwrap();
    read
}

async fn read_holders(app: &crate::app::Shared, text: &str) -> Taken {
    let table = Table::read(text.as_bytes(), What::Holders.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let policy = &app.policy.on(app.now());
    let read = holders(&table, &app.store, policy, app.now()).await.unwrap_or_else(|f| panic!("{:#}", f.error));
    let read = read.unwrap_or_else(|f| panic!("{f:?}"));
    app.store.import(Import { accounts: read.rows.accounts.clone(), cards: Vec::new() }).await.unwrap();
    read
}

#[tokio::test]
async fn what_a_file_has_no_column_for_stays_and_an_empty_cell_clears() {
    let (app, _dir) = crate::testing::app().await;
    let whole = "login,name,address,email,phone,lang\nmei,Mei Lin,1 Quay,mei@example.com,+447700900101,zh-CN\n";
    let first = read_holders(&app, whole).await;
    assert_eq!((first.new, first.same, first.rows.accounts.len()), (1, 0, 1));
    assert_eq!(read_holders(&app, whole).await.same, 1);
    assert_eq!(read_holders(&app, "login,name\nmei,Mei Lin\n").await.same, 1);
    let mei = app.store.account_by_login("mei").await.unwrap().unwrap();
    assert_eq!((mei.person.email.as_deref(), mei.lang), (Some("mei@example.com"), Lang::ZhCn));
    assert!(app.store.guards(mei.id, app.now()).await.unwrap().is_empty(), "no contact has changed");
    read_holders(&app, "login,name,email\nmei,Mei Lin,\n").await;
    let mei = app.store.account_by_login("mei").await.unwrap().unwrap();
    assert_eq!((mei.person.email, mei.person.phone.as_deref()), (None, Some("+447700900101")));

    let whole = "login,iccid,msisdn,product,monthly,discount,credit,must_return\n\
                 mei,8988211000000530082,+447700900201,Data,45.00,10.00,3.00,yes\n";
    assert_eq!(read_cards(&app, whole).await.new, 1);
    let part = read_cards(&app, "login,iccid,product\nmei,8988211000000530082,Data\n").await;
    assert_eq!((part.new, part.same), (0, 1));
    read_cards(&app, "login,iccid,product,discount,credit\nmei,8988211000000530082,Data,12.00,\n").await;
    let number = identify("+447700900201", &app.policy.identify).unwrap().id;
    let [card] = &app.store.find_cards(&number).await.unwrap()[..] else { panic!("one card") };
    assert_eq!(card.contract.monthly, Some(Money::new(4500, "GBP")));
    assert_eq!(card.contract.discount, Some(Money::new(1200, "GBP")));
    assert_eq!((card.must_return, &card.credit), (true, &None));
    let text = "login,iccid,product,discount\nmei,8988211000000530082,Data,99.00\n";
    let table = Table::read(text.as_bytes(), What::Cards.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let policy = &app.policy.on(app.now());
    let read = cards(&table, &app.store, policy, app.now()).await.unwrap_or_else(|f| panic!("{:#}", f.error));
    assert_eq!(read.err().unwrap()[0].says, "is more than the monthly price");
}

#[tokio::test]
async fn a_row_that_is_none_hides_nothing_that_is_wrong_with_the_others() {
    let (app, _dir) = crate::testing::app().await;
    crate::testing::staff(&app, 2, "agent", case::Role::Agent).await;
    let staff = app.store.staff().await.unwrap().remove(0).login;
    let policy = &app.policy.on(app.now());
    let named = |read: Result<Rows, Failed>| {
        let faults = read.unwrap_or_else(|f| panic!("{:#}", f.error)).err().unwrap();
        faults.into_iter().map(|f| (f.line, f.name)).collect::<Vec<_>>()
    };
    let text = format!("login,name,email\nmei,Mei\nli,Li,nothing\nwei,Wei,,more\n{staff},Lin,\n");
    let table = Table::read(text.as_bytes(), What::Holders.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let found = named(holders(&table, &app.store, policy, app.now()).await);
    assert_eq!(found, [(2, "row".into()), (3, "email".into()), (4, "row".into()), (5, "login".into())]);
    let text = "login,msisdn,product\nnobody,+447700900101\nnobody,+447700900101,Data\n";
    let table = Table::read(text.as_bytes(), What::Cards.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let found = named(cards(&table, &app.store, policy, app.now()).await);
    assert_eq!(found, [(2, "row".into()), (3, "login".into())]);
}

#[tokio::test]
async fn a_card_known_by_its_phone_number_is_the_same_once_its_others_are_named() {
    let (app, _dir) = crate::testing::app().await;
    read_holders(&app, "login,name\nmei,Mei Lin\nli,Li\n").await;
    read_cards(&app, "login,msisdn,product\nmei,+447700900777,Data\n").await;
    let named = read_cards(&app, "login,iccid,msisdn,product\nmei,8988211000000530082,+447700900777,Data\n").await;
    assert_eq!((named.new, named.rows.cards.len()), (0, 1));
    let number = identify("+447700900777", &app.policy.identify).unwrap().id;
    let found = app.store.find_cards(&number).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].iccid.as_deref(), Some("8988211000000530082"));
    // Somebody else's, and another SIM of the same number, are taken and said.
    let text = "login,iccid,msisdn,product\nli,8988211000000530090,+447700900777,Data\n";
    let other = read_cards(&app, text).await;
    assert_eq!((other.new, other.doubts.len(), other.doubts[0].name.as_str()), (1, 1, "msisdn"));
    let odd = read_cards(&app, "login,iccid,product\nli,8988211000000530083,Data\n").await;
    assert_eq!((odd.new, odd.doubts.len(), odd.doubts[0].name.as_str()), (1, 1, "iccid"));
}

#[tokio::test]
async fn a_card_is_known_by_any_of_its_numbers_and_never_made_of_two() {
    const I: &str = "8988211000000530082";
    const J: &str = "8988211000000530090";
    const E: &str = "89049032123451234512345678901235";
    let (app, _dir) = crate::testing::app().await;
    read_holders(&app, "login,name\nmei,Mei Lin\nli,Li\n").await;
    let all = async || {
        let mei = app.store.account_by_login("mei").await.unwrap().unwrap();
        app.store.cards_of(mei.id).await.unwrap().len()
    };
    // Whatever was named first, and whatever second.
    for (n, (first, second)) in [
        ("serial\nmei,Data,LK-204817-M".to_owned(), format!("iccid,serial\nmei,Data,{I},LK-204817-M")),
        (format!("eid\nmei,Data,{E}"), format!("iccid,eid\nmei,Data,{J},{E}")),
        (
            "iccid,imei\nmei,Data,8988211000000530108,490154203237518".to_owned(),
            "imei\nmei,Data,490154203237518".to_owned(),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(read_cards(&app, &format!("login,product,{first}\n")).await.new, 1);
        let again = read_cards(&app, &format!("login,product,{second}\n")).await;
        assert_eq!((again.new, again.doubts.len(), all().await), (0, 0, n + 1), "{second}");
    }
    // Its own numbers find it when it has ended, so that it does not come back as another.
    let card = app.store.find_cards(&identify(&format!("iccid {I}"), &app.policy.identify).unwrap().id).await.unwrap();
    app.store.switch(card[0].id, 1, CardState::Ceased, "gone", app.now()).await.unwrap();
    assert_eq!(read_cards(&app, &format!("login,product,iccid\nmei,Data,{I}\n")).await.new, 0);
    // Others are another card, and the number that they share is named.
    for (text, name) in [
        (format!("iccid,eid\nmei,Data,8988211000000530116,{E}"), "eid"),
        ("iccid,imei\nmei,Data,8988211000000530124,490154203237518".to_owned(), "imei"),
    ] {
        let read = read_cards(&app, &format!("login,product,{text}\n")).await;
        let named: Vec<&str> = read.doubts.iter().map(|doubt| doubt.name.as_str()).collect();
        assert_eq!((read.new, named), (1, vec![name]), "{text}");
    }
    // Of two that it could be it is neither.
    let read = read_cards(&app, "login,product,imei\nmei,Data,490154203237518\n").await;
    assert_eq!((read.new, read.doubts.len()), (1, 1));
}

#[tokio::test]
async fn a_number_on_two_cards_of_one_file_is_named() {
    let (app, _dir) = crate::testing::app().await;
    read_holders(&app, "login,name\nmei,Mei Lin\nli,Li\n").await;
    let text = "login,iccid,msisdn,serial,product\n\
                mei,8988211000000530082,+447700900777,LK-204817-M,Data\n\
                mei,8988211000000530090,+447700900778,,Data\n\
                li,8988211000000530108,+447700900777,LK-204817-M,Data\n";
    let read = read_cards(&app, text).await;
    let named: Vec<_> = read.doubts.iter().map(|doubt| (doubt.line, doubt.name.as_str())).collect();
    assert_eq!((read.new, named), (3, vec![(4, "serial"), (4, "msisdn")]));
}

#[tokio::test]
async fn a_card_that_comes_to_another_holder_is_named_and_stays_while_a_case_would_end_it() {
    let (app, _dir) = crate::testing::app().await;
    read_holders(&app, "login,name\nmei,Mei Lin\nli,Li\n").await;
    let says = async |login: &str| {
        let read = read_cards(&app, &format!("login,iccid,product\n{login},8988211000000530082,Data\n")).await;
        (read.new, read.doubts.into_iter().map(|doubt| (doubt.name, doubt.says)).collect::<Vec<_>>())
    };
    assert_eq!(says("mei").await, (1, vec![]));
    assert_eq!(says("mei").await, (0, vec![]));
    let (new, doubts) = says("li").await;
    assert_eq!((new, doubts.len(), doubts[0].0.as_str()), (0, 1, "login"));
    let li = app.store.account_by_login("li").await.unwrap().unwrap();
    let card = app.store.cards_of(li.id).await.unwrap().remove(0);
    let case = crate::testing::declared(&app, &card, &li).await;
    let text = "login,iccid,product\nmei,8988211000000530082,Data\n";
    let table = Table::read(text.as_bytes(), What::Cards.columns()).unwrap_or_else(|f| panic!("{f:?}"));
    let policy = &app.policy.on(app.now());
    let read = cards(&table, &app.store, policy, app.now()).await.unwrap_or_else(|f| panic!("{:#}", f.error));
    let faults = read.err().unwrap();
    assert!(faults.len() == 1 && faults[0].says.contains(&case.reference.to_string()), "{faults:?}");
    assert_eq!(says("li").await, (0, vec![]), "its own holder's row goes on");
}

#[test]
fn an_address_that_no_letter_reaches_is_a_fault() {
    for good in ["mei@example.com", "mei.lin+desk@mail.example.com", "林@例子.网址"] {
        assert!(mailbox(good).is_some(), "{good}");
    }
    for bad in ["a b@x.y", "a@b@c.d", "mei@example", "@example.com", "mei@.com", "mei@example.", "mei"] {
        assert!(mailbox(bad).is_none(), "{bad}");
    }
}

#[test]
fn the_same_row_is_the_same_card() {
    assert_eq!(id_of("card", "x\n1"), id_of("card", "x\n1"));
    assert_ne!(id_of("card", "x\n1"), id_of("card", "x\n2"));
}
