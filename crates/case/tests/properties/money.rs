//! What is charged, against what was agreed to.

use super::*;

/// Whatever billing says, the last bill is at most the quote, line by line and in all; a refund is what it says and is
/// paid once; and nothing is asked of billing before the card is gone.
pub fn never_more_than_quoted(scene: &Scene) {
    let case = scene.case();
    let bill = &case.bill;
    if let Some(statement) = &bill.statement {
        assert!(statement.total.minor <= case.quote.at_most().minor, "more than was agreed to: {statement:?}");
        for line in &statement.lines {
            let quoted: i64 = case
                .quote
                .lines
                .iter()
                .filter(|quoted| quoted.what == line.what)
                .map(|quoted| quoted.amount.minor)
                .sum();
            assert!(line.amount.minor <= quoted, "more than was quoted: {line:?}");
        }
        let sum: i64 = statement.lines.iter().map(|line| line.amount.minor).sum();
        assert_eq!(sum, statement.total.minor);
        assert_eq!(bill.refund.as_ref().map(|refund| -refund.amount.minor), (sum < 0).then_some(sum));
    } else if let Some(refund) = &bill.refund {
        // What staff pay is what the quote gives back, and of a withdrawal perhaps more.
        assert!(!scene.policy.tariff.connected && case.stage.has_ended(), "a refund of nothing");
        assert_eq!(refund.amount.minor, -case.quote.total.minor.min(0));
        assert!(refund.paid.is_some() || case.flags.contains(&Flag::RefundDue), "nobody sees that it is due");
    }
    // Nothing sets out while the account is locked, whoever pays. (What was under way waits with the workers.)
    let last = scene.journal.last().into_iter().flat_map(|entry| &entry.events);
    let goes = |event: &Event| {
        let asked = matches!(event, Event::Owed { what, .. } if what == "refund");
        asked || matches!(event, Event::RefundPaid { amount: Some(_), .. })
    };
    assert!(!case.bill.held || !last.clone().any(goes), "paid back while it is locked");
    let asked = case.owed.iter().any(|(_, what)| case::bill::is_billing(what));
    assert!(case.stage.has_ended() || (!asked && bill.ended.is_none()), "billed before the end");
    assert!(scene.policy.tariff.connected || !asked, "nobody is there to be asked");
    let told = scene.journal.iter().flat_map(|entry| &entry.events);
    assert!(told.filter(|event| matches!(event, Event::RefundPaid { .. })).count() <= 1, "paid back twice");
    // Consent is to a sum.
    let paid = case.quote.at_most().minor;
    assert!(!matches!(case.stage, Stage::Scheduled { .. } | Stage::Ceasing { .. }) || case.consent || paid <= 0);
}

/// What can happen once the card is gone: answers of every kind, late, doubled and of no use, people who try again, and
/// time.
fn after_the_end() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (0..3usize, prop::bool::weighted(0.8)).prop_map(|(n, well)| Move::Answer(n, well)),
        1 => (0..30u32, 0..8u8).prop_map(|(n, kind)| Move::Stray(n, kind)),
        2 => Just(Move::Act(Who::Staff(101, Role::Agent), Do::Resume)),
        2 => (0..2_000i64).prop_map(|minor| Move::Act(Who::Staff(101, Role::Agent), Do::PaidBack(minor))),
        2 => any::<bool>().prop_map(Move::Lock),
        1 => Just(Move::Heed),
        1 => Just(Move::Act(Who::Staff(101, Role::Agent), Do::ReceiveCard)),
        2 => (1..20_000i64).prop_map(Move::Pause),
        1 => Just(Move::Wake),
        1 => Just(Move::Due),
    ];
    prop::collection::vec(one, 1..24)
}

/// A proven holder's card with some credit, ended at once, where billing is connected or is not.
fn ended(credit: i64, connected: bool) -> (Scene, Watch, case::Declaration) {
    let mut rules = policy();
    (rules.contest_minutes, rules.tariff.connected) = (0, connected);
    rules.fees[0].only_if_returned = false;
    let mut scene = Scene::new(rules);
    scene.credit = Some(Money::new(credit, "GBP"));
    let mut watch = Watch::new();
    let (by, declared) = (proven(MEI, scene.now), declaration(Card::Mei, mei(), scene.now));
    let opened = scene.declare(&by, declared.clone());
    watch.see(&scene, &by, &Command::Wake, None, &opened);
    let at = scene.case().owed.iter().position(|(_, what)| what == "cease").expect("told to end it");
    step(&mut scene, &mut watch, Move::Answer(at, true)).expect("it is gone");
    (scene, watch, declared)
}

fn goes_on(credit: i64, connected: bool, moves: Vec<Move>) -> Scene {
    let (mut scene, mut watch, declared) = ended(credit, connected);
    for next in moves {
        let _ = step(&mut scene, &mut watch, next);
        holds(&scene, &watch, &declared);
    }
    scene
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_bill_is_more_than_its_quote(credit in 0_i64..2_000, connected in any::<bool>(), moves in after_the_end()) {
        goes_on(credit, connected, moves);
    }
}

/// And those sequences get everywhere.
#[test]
fn the_sequences_reach_every_end_of_a_bill() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut reached = BTreeSet::new();
    for credit in 0..500 {
        let moves = after_the_end().new_tree(&mut runner).expect("moves").current();
        let scene = goes_on(credit * 4, credit % 4 > 0, moves);
        let (bill, flags) = (&scene.case().bill, &scene.case().flags);
        let refund = bill.refund.as_ref();
        let seen = [
            ("owes", bill.statement.as_ref().is_some_and(|statement| statement.total.minor > 0)),
            ("cut", bill.statement.as_ref().is_some_and(|statement| statement.lines.iter().any(|line| line.is_cut()))),
            ("refund due", refund.is_some_and(|refund| refund.paid.is_none())),
            ("late", refund.is_some_and(|refund| refund.late)),
            ("by hand", flags.contains(&Flag::RefundDue)),
            ("held", refund.is_some_and(|refund| refund.paid.is_none()) && bill.held),
            ("paid by hand", refund.is_some_and(|r| r.paid.as_ref().is_some_and(|paid| paid.amount.is_some()))),
            ("paid back", refund.is_some_and(|refund| refund.paid.is_some())),
            ("stuck", flags.contains(&Flag::BillingStuck)),
        ];
        reached.extend(seen.into_iter().filter(|(_, yes)| *yes).map(|(name, _)| name));
    }
    let all = ["owes", "cut", "refund due", "late", "by hand", "held", "paid by hand", "paid back", "stuck"];
    assert_eq!(reached, BTreeSet::from(all));
}

/// £30 a month for which nobody has paid since February, 30 days' notice, and codes for who moves.
fn monthly() -> Scene {
    let mut rules = policy();
    (rules.notice_days, rules.contest_minutes, rules.fees) = (30, 0, Vec::new());
    rules.tariff.last_bill = case::rules::LastBill::ProRata;
    rules.tariff.refund_unused = true;
    rules.journey.switching.offered = true;
    rules.clocks.codes = case::rules::Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
    let mut scene = Scene::new(rules);
    scene.now = "2026-03-01T12:00:00Z".parse().unwrap();
    scene.contract.monthly = Some(Money::new(3000, "GBP"));
    scene.contract.paid_until = Some("2026-02-28".parse().unwrap());
    scene
}

fn costs(scene: &Scene) -> Vec<(&str, i64)> {
    scene.case().quote.lines.iter().map(|line| (line.what.as_str(), line.amount.minor)).collect()
}

fn code(scene: &mut Scene, unused: Unused) -> Decision {
    let ask = Command::AskCode { moving: Moving::of(Code::Pac, unused) };
    let asked = scene.act(&proven(MEI, scene.now), &ask).unwrap();
    let n = asked.effects.iter().find(|owed| matches!(owed.effect, Effect::Port { .. })).unwrap().n;
    let until = scene.now + jiff::SignedDuration::from_hours(30 * 24);
    let coded = Outcome::Coded { sealed: "s".into(), until };
    scene.act(&Actor::Network, &Command::Report { n, outcome: coded }).unwrap();
    asked
}

/// Ofcom C7: the next network ends it on the day of the move, and nothing is charged for any notice.
#[test]
fn a_number_that_has_moved_pays_to_that_day_and_no_notice() {
    let mut scene = monthly();
    scene.declare(&proven(MEI, scene.now), declaration(Card::Mei, mei(), scene.now));
    assert_eq!(costs(&scene), [("fee-last-bill", 97), ("fee-notice", 2903)]);
    code(&mut scene, Unused::Cancel);
    assert_eq!(costs(&scene).len(), 2, "it may come to that yet");
    scene.later(48 * 60);
    let mut paid = scene.clone();
    scene.act(&Actor::Network, &Command::Ported { at: None }).unwrap();
    assert_eq!((costs(&scene), scene.case().consent), (vec![("fee-last-bill", 290)], true));
    assert_eq!(scene.case().stage.name(), "ceasing");
    assert_eq!(scene.case().times.number_release, None, "its holder has it");
    // And what was paid beyond the move comes back.
    paid.contract.paid_until = Some("2026-03-31".parse().unwrap());
    paid.act(&Actor::Network, &Command::Ported { at: None }).unwrap();
    assert_eq!(costs(&paid), [("fee-unused", -2710)]);
}

#[test]
fn a_code_that_alone_ends_it_comes_with_a_price_without_notice() {
    let mut scene = monthly();
    scene.declare(&proven(MEI, scene.now), declaration(Card::Mei, mei(), scene.now));
    assert_eq!(scene.case().stage.name(), "scheduled");
    code(&mut scene, Unused::Lapse);
    assert_eq!((costs(&scene), scene.case().consent), (vec![("fee-last-bill", 97)], true));
    // To be cancelled in any case has a notice again, which has to be agreed to first.
    let asked = code(&mut scene, Unused::Cancel);
    assert!(asked.effects.iter().any(|owed| owed.effect == Effect::Notify { letter: Letter::Repriced }));
    assert_eq!((costs(&scene).len(), scene.case().consent), (2, false));
    assert!(matches!(&scene.case().stage, Stage::Received { needs, .. } if needs.contains(&Need::Consent)));
}

/// Whoever was told less than the days to the move would cost pays what they were told.
#[test]
fn a_move_that_comes_late_costs_no_more_than_was_told() {
    let mut scene = monthly();
    let mut declared = declaration(Card::Mei, mei(), scene.now);
    declared.way.moving = Some(Moving::of(Code::Pac, Unused::Lapse));
    scene.declare(&proven(MEI, scene.now), declared);
    let n = scene.case().owed.iter().find(|(_, what)| what == "port").unwrap().0;
    let until = scene.now + jiff::SignedDuration::from_hours(30 * 24);
    let outcome = Outcome::Coded { sealed: "s".into(), until };
    scene.act(&Actor::Network, &Command::Report { n, outcome }).unwrap();
    scene.later(10 * 24 * 60);
    scene.act(&Actor::Network, &Command::Ported { at: None }).unwrap();
    assert_eq!((costs(&scene), scene.case().stage.name()), (vec![("fee-last-bill", 97)], "ceasing"));
}

/// Art. 13(1) of Directive 2011/83/EU counts from the day on which the withdrawal was told, however long a network takes.
#[test]
fn a_refund_is_due_from_the_withdrawal_or_the_contracts_end() {
    let due = |kind: way::Kind| {
        let mut rules = policy();
        (rules.contest_minutes, rules.tariff.connected, rules.fees) = (0, true, Vec::new());
        let mut scene = Scene::new(rules);
        scene.now = "2026-03-01T12:00:00Z".parse().unwrap();
        scene.credit = Some(Money::new(750, "GBP"));
        let declared = declaration(Card::Mei, mei(), scene.now);
        let declared = case::Declaration { way: Way { kind, ..Way::default() }, ..declared };
        scene.declare(&proven(MEI, scene.now), declared);
        let evidence = "Seen.".to_owned();
        let _ = scene.act(&staff(103, Role::Approver), &Command::Approve { evidence });
        scene.later(8 * 24 * 60);
        for what in ["cease", "end-billing", "final-bill"] {
            let n = scene.case().owed.iter().find(|(_, owed)| owed == what).expect("owed").0;
            let outcome = outcome(what, true, &scene);
            scene.act(&Actor::Network, &Command::Report { n, outcome }).unwrap();
        }
        scene.case().bill.refund.as_ref().expect("a refund").by.to_string()
    };
    // To the end of the fifteenth.
    assert_eq!(due(way::Kind::Withdrawal), "2026-03-16T00:00:00Z");
    assert_eq!(due(way::Kind::Ordinary), "2026-03-16T00:00:00Z");
}

/// Whoever locks their account after the end stops the money that could still go, and it goes on when they unlock it.
#[test]
fn a_lock_after_the_end_holds_what_is_to_be_paid_back() {
    let owes = |scene: &Scene| scene.case().owed.iter().any(|(_, what)| what == "refund");
    let (mut scene, ..) = ended(750, true);
    let heed = |scene: &mut Scene, locked| {
        scene.known.locked = locked;
        scene.act(&Actor::Clock, &Command::Heed).unwrap();
    };
    heed(&mut scene, true);
    for what in ["end-billing", "final-bill"] {
        let n = scene.case().owed.iter().find(|(_, owed)| owed == what).expect("owed").0;
        scene.act(&Actor::Network, &Command::Report { n, outcome: outcome(what, true, &scene) }).unwrap();
    }
    let due = scene.case().bill.refund.clone().expect("a refund");
    assert!(due.paid.is_none() && !owes(&scene), "{:?}", scene.case().owed);
    // Its day stands all the same, and the lead hears that it has passed.
    scene.now = due.by;
    let late = scene.act(&Actor::Clock, &Command::Wake).unwrap();
    assert!(late.effects.iter().any(|owed| owed.effect == Effect::Escalate) && !owes(&scene));
    heed(&mut scene, false);
    assert!(owes(&scene));
}

/// Where no billing system is connected nobody else would see that the law has a day for it.
#[test]
fn a_withdrawal_has_its_day_whatever_the_records_know() {
    let mut rules = policy();
    (rules.contest_minutes, rules.fees) = (0, Vec::new());
    let mut scene = Scene::new(rules);
    scene.now = "2026-03-01T12:00:00Z".parse().unwrap();
    let way = Way { kind: way::Kind::Withdrawal, ..Way::default() };
    let declared = case::Declaration { way, ..declaration(Card::Mei, mei(), scene.now) };
    scene.declare(&proven(MEI, scene.now), declared);
    scene.act(&staff(103, Role::Approver), &Command::Approve { evidence: "Seen.".into() }).unwrap();
    let n = scene.case().owed.iter().find(|(_, owed)| owed == "cease").expect("owed").0;
    scene.act(&Actor::Network, &Command::Report { n, outcome: outcome("cease", true, &scene) }).unwrap();
    let due = scene.case().bill.refund.clone().expect("a refund");
    assert_eq!((due.amount.minor, due.by.to_string().as_str()), (0, "2026-03-16T00:00:00Z"));
    assert_eq!(case::deadline::shown(scene.case(), &scene.policy), Some(due.by));
    let paid = Command::PaidBack { amount: Money::new(1_250, "GBP"), reference: "BACS 7".into() };
    scene.act(&staff(101, Role::Agent), &paid).unwrap();
    assert!(!scene.case().flags.contains(&Flag::RefundDue) && scene.case().bill.unpaid().is_none());
}

/// What was to come back is agreed to like what is to be paid: it does not shrink without a word.
#[test]
fn a_refund_that_shrinks_is_agreed_to_again() {
    let mut rules = policy();
    (rules.straight_through, rules.fees) = (false, Vec::new());
    let mut scene = Scene::new(rules);
    scene.credit = Some(Money::new(750, "GBP"));
    scene.declare(&proven(MEI, scene.now), declaration(Card::Mei, mei(), scene.now));
    let again = |scene: &mut Scene, credit| {
        scene.credit = Some(Money::new(credit, "GBP"));
        let decision = scene.act(&staff(101, Role::Agent), &Command::Requote).unwrap();
        let told = decision.effects.iter().any(|owed| owed.effect == Effect::Notify { letter: Letter::Repriced });
        (told, scene.case().lacks_consent(), scene.case().stage.name())
    };
    assert_eq!(again(&mut scene, 900), (false, false, "review"), "more comes back");
    assert_eq!(again(&mut scene, 500), (true, true, "received"));
    // An entry from before this was asked for says nothing of it, and its row is what it was.
    let Some(Event::Quoted { quote, .. }) = scene.journal.last().unwrap().events.first().cloned() else { panic!() };
    let written = serde_json::json!({ "event": "quoted", "quote": quote });
    scene.journal.last_mut().unwrap().events = vec![serde_json::from_value(written).unwrap()];
    assert!(fold(scene.case().reference, &scene.journal).unwrap().consent);
    // As much as was agreed to needs nothing more.
    assert_eq!(again(&mut scene, 900), (false, false, "review"));
}

/// £30 a month, 30 days' notice and £7.50 of credit that is lost with the card, unless the contract is undone.
fn declared_as(kind: way::Kind) -> Scene {
    let mut scene = monthly();
    scene.credit = Some(Money::new(750, "GBP"));
    scene.policy.tariff.credit.forfeited = Some("credit-expires".into());
    let declared = declaration(Card::Mei, mei(), scene.now);
    scene.declare(&proven(MEI, scene.now), case::Declaration { way: Way { kind, ..Way::default() }, ..declared });
    scene
}

fn weigh(scene: &mut Scene, upheld: bool) -> Vec<Letter> {
    let weigh = Command::Weigh { upheld, reason: "There was signal.".into() };
    let decision = scene.act(&staff(101, Role::Agent), &weigh).unwrap();
    let letter = |owed: case::Owed| if let Effect::Notify { letter } = owed.effect { Some(letter) } else { None };
    decision.effects.into_iter().filter_map(letter).collect()
}

fn approve(scene: &mut Scene) -> Result<Decision, Refusal> {
    scene.act(&staff(103, Role::Approver), &Command::Approve { evidence: "Read.".into() })
}

/// What does not hold is not lost: it goes on as an ordinary end from the same day, at its price and with its notice.
#[test]
fn a_cause_that_does_not_hold_goes_on_as_an_ordinary_end() {
    for kind in [way::Kind::Extraordinary { reason: "no signal".into() }, way::Kind::Withdrawal] {
        let mut ordinary = declared_as(way::Kind::Ordinary);
        let mut scene = declared_as(kind.clone());
        let before = scene.case().clone();
        assert_eq!(before.stage.name(), "review");
        scene.later(3 * 24 * 60);
        assert_eq!(weigh(&mut scene, false), [Letter::NotUpheld], "one letter says it all");
        let case = scene.case();
        assert_eq!((&case.quote, case.kind()), (&ordinary.case().quote, &way::Kind::Ordinary));
        assert_eq!((*case.declaration).clone(), *before.declaration, "what was declared stays");
        // It costs more, or less comes back: that is agreed to first.
        assert!(matches!(&case.stage, Stage::Received { needs, .. } if needs.contains(&Need::Consent)), "{kind:?}");
        assert!(approve(&mut scene).is_err());
        let agree = Command::Agree { consent: true, backup: false };
        assert_eq!(scene.act(&unproven(), &agree).err(), Some(Refusal::NotProven));
        scene.act(&proven(MEI, scene.now), &agree).unwrap();
        assert_eq!(scene.case().stage.name(), "review", "a person lets it go on");
        approve(&mut scene).unwrap();
        assert_eq!(scene.case().stage.name(), "scheduled");
        assert_eq!(scene.case().times.contract_end, ordinary.case().times.contract_end, "from the day it came");
        let again = Command::Weigh { upheld: true, reason: "After all.".into() };
        assert!(matches!(scene.act(&staff(101, Role::Agent), &again), Err(Refusal::WrongStage { .. })), "decided");
        ordinary.later(60);
        let none = ordinary.act(&staff(101, Role::Agent), &again);
        assert!(matches!(none, Err(Refusal::WrongStage { .. })));
    }
}

/// As long as nothing is decided the desk may uphold it after all, and what was agreed to stands again.
#[test]
fn what_is_upheld_after_all_is_as_it_was_declared() {
    for kind in [way::Kind::Extraordinary { reason: "no signal".into() }, way::Kind::Withdrawal] {
        let mut scene = declared_as(kind.clone());
        let before = scene.case().clone();
        weigh(&mut scene, false);
        assert_eq!(weigh(&mut scene, true), [Letter::Upheld]);
        let case = scene.case();
        assert_eq!((&case.quote, case.kind(), case.consent), (&before.quote, &kind, true), "nobody is asked twice");
        assert_eq!((case.stage.name(), &case.ways.not_upheld, &case.bill.agreed), ("review", &None, &None));
        approve(&mut scene).unwrap();
        assert_eq!(scene.case().times.contract_end, Some(before.times.received));
        assert_eq!(&fold(before.reference, &scene.journal).unwrap(), scene.case());
        // Meanwhile the record has become another, and what it costs with it.
        let mut risen = declared_as(kind);
        weigh(&mut risen, false);
        risen.contract.paid_until = Some("2026-01-31".parse().unwrap());
        weigh(&mut risen, true);
        assert!(risen.case().lacks_consent() && risen.case().stage.name() == "received");
    }
}

/// Whoever has signed has signed for what was declared; and two sign where two must.
#[test]
fn what_was_signed_before_it_was_weighed_does_not_count() {
    let mut scene = declared_as(way::Kind::Extraordinary { reason: "no signal".into() });
    scene.policy.four_eyes = true;
    scene.act(&staff(101, Role::Approver), &Command::Approve { evidence: "Read.".into() }).unwrap();
    weigh(&mut scene, false);
    scene.act(&proven(MEI, scene.now), &Command::Agree { consent: true, backup: false }).unwrap();
    approve(&mut scene).unwrap();
    assert!(matches!(&scene.case().stage, Stage::Review { signatures, .. } if signatures.len() == 1));
    scene.act(&staff(102, Role::Approver), &Command::Approve { evidence: "Read.".into() }).unwrap();
    assert_eq!(scene.case().stage.name(), "scheduled");
}

/// Not by its holder, not by a machine, not twice, not without a word, and not where there is nothing to weigh.
#[test]
fn only_staff_weigh_and_only_what_can_be_weighed() {
    let weigh = |upheld, reason: &str| Command::Weigh { upheld, reason: reason.into() };
    let desk = || staff(101, Role::Agent);
    let mut scene = declared_as(way::Kind::Extraordinary { reason: "no signal".into() });
    let api = || Actor::Api { client: "shell".into() };
    for actor in [proven(MEI, scene.now), unproven(), api(), Actor::Clock, Actor::Network, staff(104, Role::Admin)] {
        assert_eq!(scene.act(&actor, &weigh(false, "No.")).err(), Some(Refusal::NotYours), "{actor:?}");
    }
    assert_eq!(scene.act(&desk(), &weigh(false, "  ")).err(), Some(Refusal::BadText));
    assert_eq!(scene.act(&desk(), &weigh(true, "Yes.")).err(), Some(Refusal::NoCause), "it counts as it is");
    scene.act(&desk(), &weigh(false, "No.")).unwrap();
    assert!(scene.act(&desk(), &weigh(false, "No.")).is_err(), "twice");
    assert_eq!(scene.act(&proven(MEI, scene.now), &weigh(true, "Yes.")).err(), Some(Refusal::NotYours));
    let mut dead = Scene::new(policy());
    let by = Behalf { capacity: Capacity::Estate, name: "Jo".into(), email: None, phone: None };
    let kind = way::Kind::Death { died: None, certificate: "QBDAA 1".into(), registrar: String::new() };
    let died = Way { kind, behalf: Some(by), ..Way::default() };
    dead.declare(&unproven(), case::Declaration { way: died, ..declaration(Card::Mei, mei(), dead.now) });
    assert_eq!(dead.act(&desk(), &weigh(false, "No.")).err(), Some(Refusal::NoCause));
    let mut plain = Scene::new(policy());
    plain.policy.straight_through = false;
    plain.declare(&proven(MEI, plain.now), declaration(Card::Mei, mei(), plain.now));
    assert_eq!(plain.act(&desk(), &weigh(false, "No.")).err(), Some(Refusal::NoCause));
}
