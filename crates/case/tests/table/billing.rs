//! The same where a billing system is connected, for a card with £7.50 of credit and a postage of £3.50.

use super::*;

pub fn billing_outcomes(scene: &Scene) -> Vec<(&'static str, Outcome)> {
    let evidence = || "read back".to_owned();
    let pounds = |minor| Money::new(minor, "GBP");
    let charge = |what: &str, minor| Charge { what: what.into(), amount: pounds(minor) };
    let bill = |lines| Outcome::Billed { lines, evidence: evidence(), read_back_at: scene.now };
    let refunded = |minor| Outcome::Refunded {
        amount: pounds(minor),
        reference: "R-1".into(),
        evidence: evidence(),
        read_back_at: scene.now,
    };
    vec![
        ("ended", Outcome::BillingEnded { ended_at: scene.now, evidence: evidence(), read_back_at: scene.now }),
        ("billed as quoted", bill(vec![charge("fee-postage", 350), charge("fee-credit", -750)])),
        ("billed more than quoted", bill(vec![charge("fee-postage", 900), charge("admin", 500)])),
        ("billed in euros", { bill(vec![Charge { what: "fee-postage".into(), amount: Money::new(350, "EUR") }]) }),
        ("paid back", refunded(400)),
        ("paid back too little", refunded(399)),
    ]
}

pub fn paid_back(minor: i64) -> Command {
    Command::PaidBack { amount: Money::new(minor, "GBP"), reference: "BACS 7".into() }
}

/// What came of the effect of that kind.
fn on(scene: Scene, what: &str, outcome: &str) -> Scene {
    let (n, _) = scene.case().owed.iter().find(|(_, owed)| owed == what).cloned().expect("owed");
    let (_, outcome) = outcomes(&scene).into_iter().find(|(name, _)| *name == outcome).expect("an outcome");
    then(scene, &Actor::Network, Command::Report { n, outcome })
}

pub fn billed() -> Vec<(&'static str, Scene)> {
    let mut scene = Scene::new(policy());
    scene.policy.contest_minutes = 0;
    scene.policy.tariff.connected = true;
    scene.policy.fees[0].only_if_returned = false;
    scene.credit = Some(Money::new(750, "GBP"));
    let ending = || on(answered(start_with(scene.clone(), Card::Mei, true), "ceased"), "certify", "certified");
    let asking = || on(ending(), "end-billing", "ended");
    let paying = || on(asking(), "final-bill", "billed as quoted");
    let mut cheaper = scene.clone();
    cheaper.policy.straight_through = false;
    let mut dearer = start_with(cheaper, Card::Mei, true);
    dearer.credit = None;
    let stopped = |scene| then(locked(scene), &agent(), Command::Heed);
    let unlocked = |mut scene: Scene| {
        scene.known.locked = false;
        scene
    };
    let by_hand = || {
        let mut scene = Scene { credit: Some(Money::new(1_100, "GBP")), ..scene.clone() };
        scene.policy.tariff.connected = false;
        answered(answered(start_with(scene, Card::Mei, true), "ceased"), "certified")
    };
    vec![
        ("Review, proven, and by the records it costs more than was agreed to", dearer),
        ("Ceased, billing is being ended", ending()),
        ("Ceased, billing could not be ended", on(ending(), "end-billing", "gave up")),
        ("Ceased, the last bill is asked for", asking()),
        ("Ceased, a refund is under way", paying()),
        ("Ceased, a refund is late", woken(paying())),
        ("Ceased, a refund could not be made", on(paying(), "refund", "paid back too little")),
        ("Ceased, paid back", on(paying(), "refund", "paid back")),
        ("Ceased, the last bill is asked for, and the account was locked", stopped(asking())),
        ("Ceased, a refund is under way, and the account was locked", stopped(paying())),
        ("Ceased, a refund was held, and the lock is taken off", {
            unlocked(on(stopped(asking()), "final-bill", "billed as quoted"))
        }),
        ("Ceased, staff pay the refund", by_hand()),
        ("Ceased, staff pay the refund, and it is late", woken(by_hand())),
        ("Ceased, staff pay the refund, and the account was locked", stopped(by_hand())),
    ]
}
