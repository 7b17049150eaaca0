//! A refund where no billing system is connected: nobody but the desk pays it, and sees by when.

use case::{CardRecord, Flag, Money};
use store::Import;

use super::*;
use crate::work::round;

/// A card with £7.50 of credit on it that has ended.
async fn ended(app: &Shared) -> Case {
    let mei = testing::holder(app, 1, "mei").await;
    let card = CardRecord { credit: Some(Money::new(750, "GBP")), ..testing::card(app, 1, mei.id).await };
    app.store.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await.unwrap();
    let case = testing::declared(app, &card, &mei).await;
    while round(app).await.unwrap() > 0 {}
    now(app, &case).await
}

async fn desk() -> (Shared, Case, Browser, tempfile::TempDir) {
    let (app, dir) = testing::app_with(|policy| {
        policy.contest_minutes = 0;
        policy.fees.clear();
    })
    .await;
    let case = ended(&app).await;
    let agent = worker(&app, 90, "jo", Role::Agent).await;
    (app, case, agent, dir)
}

#[tokio::test]
async fn a_refund_that_nobody_else_pays_has_its_day_at_the_desk_until_it_is_written_down() {
    let (app, case, mut agent, _dir) = desk().await;
    assert!(case.flags.contains(&Flag::RefundDue), "{:?}", case.bill);
    let path = format!("/desk/case/{}", case.reference);
    lists::index(&app).await;
    assert!(agent.get("/desk?view=all&flag=refund-due").await.body.contains(&path));
    let page = agent.get(&path).await.body;
    assert!(page.contains("£7.50 comes back to you") && page.contains("A refund is to be paid by then"), "{page}");
    // Then, and not when the watch is over.
    let by = crate::words::last_day(case.bill.unpaid().unwrap().by, &app.policy.zone());
    assert!(page.contains(&format!("Refund by {by}")) && !page.contains("Open to"), "{by}: {page}");
    assert!(agent.get("/desk?view=all").await.body.contains(&format!("Refund by {by}")));
    let paid = |amount| [("currency", "GBP"), ("paid-back-amount", amount), ("paid-back-reference", "BACS 20481")];
    for (amount, says) in
        [("", "Write how much"), ("7,50", "Write the amount like 12.50"), ("7.49", "less than is due")]
    {
        let wrong = deed(&app, &mut agent, &case, "paid-back", &paid(amount)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
        assert!(wrong.body.contains(says) && wrong.body.contains("BACS 20481"), "{amount}: {}", wrong.body);
    }
    let done = deed(&app, &mut agent, &case, "paid-back", &paid("7.50")).await;
    assert!(done.location().contains("done=paid-back"), "{}", done.body);
    let after = now(&app, &case).await;
    let proof = after.bill.refund.unwrap().paid.unwrap();
    assert_eq!((proof.amount, proof.reference.as_str()), (Some(Money::new(750, "GBP")), "BACS 20481"));
    assert!(after.flags.is_empty(), "{:?}", after.flags);
    while round(&app).await.unwrap() > 0 {}
    let sent = testing::shelf(&app).messages();
    assert!(sent.iter().any(|sent| sent.message.text.contains("BACS 20481")));
    assert!(!agent.get(&path).await.body.contains("paid-back-amount"));
}

#[tokio::test]
async fn a_day_that_passes_reaches_the_lead() {
    let (app, case, _agent, _dir) = desk().await;
    testing::staff(&app, 91, "ana", Role::Approver).await;
    let due = case.bill.unpaid().unwrap().by;
    testing::advance(&app, due.duration_since(app.now()));
    while round(&app).await.unwrap() > 0 {}
    assert!(now(&app, &case).await.flags.contains(&Flag::RefundLate));
    let sent = testing::shelf(&app).messages();
    assert!(sent.iter().any(|sent| sent.message.text.contains("No billing system is connected: pay it")));
}

#[tokio::test]
async fn the_desk_locks_an_account_whose_card_has_gone_and_nothing_is_paid() {
    let (app, case, mut agent, _dir) = desk().await;
    let path = format!("/desk/case/{}", case.reference);
    let locked = deed(&app, &mut agent, &case, "lock", &[("lock-reason", "They rang: it was not them.")]).await;
    assert!(locked.location().contains("done=lock"), "{}", locked.body);
    assert!(now(&app, &case).await.bill.held);
    let page = agent.get(&path).await.body;
    assert!(
        page.contains("It is not paid while the account is locked") && !page.contains("paid-back-amount"),
        "{page}"
    );
    let paid = [("currency", "GBP"), ("paid-back-amount", "7.50"), ("paid-back-reference", "BACS 20481")];
    assert_eq!(deed(&app, &mut agent, &case, "paid-back", &paid).await.status, StatusCode::CONFLICT);
    let mut mei = Browser::new(&app).await;
    mei.sign_in(case.account.unwrap(), Level::Code).await;
    let told = mei.get(&format!("/case/{}/statement", case.reference)).await.body;
    assert!(told.contains("Your account is locked. It is paid once"), "{told}");
}
