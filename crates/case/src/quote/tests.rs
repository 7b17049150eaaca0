use super::*;
use crate::card::Contract;
use crate::id::{AccountId, CardId};
use crate::rules::tests::{at, declaration, policy};
use crate::rules::{Credit, DeviceBalance, Early, EarlyVat, Fee, LastBill, NonReturn, Remaining, Tariff, Vat};

fn pounds(minor: i64) -> Money {
    Money::new(minor, "GBP")
}

fn uk_vat() -> Vec<Vat> {
    vec![Vat { from: "2011-01-04".parse().unwrap(), percent: Percent::parse("20").unwrap() }]
}

fn early(vat: EarlyVat, less: &str) -> Policy {
    let early = Early {
        remaining: Remaining::Daily,
        discounted: true,
        vat,
        less: Percent::parse(less).unwrap(),
        cap: None,
        free_days: 0,
    };
    Policy { tariff: Tariff { early: Some(early), vat: uk_vat(), ..Tariff::default() }, ..policy() }
}

/// A contract with a term that ends on the first of November 2026.
fn card(monthly: i64, discount: i64) -> CardRecord {
    let mut card =
        CardRecord::of(CardId::from_bits(1), AccountId::from_bits(1), "Data".into(), at("2026-01-01T00:00:00Z"));
    card.minimum_term_ends = Some(at("2026-11-01T00:00:00Z"));
    card.contract =
        Contract { monthly: Some(pounds(monthly)), discount: Some(pounds(discount)), ..Contract::default() };
    card
}

fn line<'a>(quote: &'a Quote, what: &str) -> &'a Line {
    quote.lines.iter().find(|line| line.what == what).unwrap_or_else(|| panic!("{what} in {quote:?}"))
}

/// On the last day of this contract.
fn on(day: &str) -> Asked {
    Asked { wanted: Some(day.parse().unwrap()), ..Asked::at(at("2026-03-01T12:00:00Z")) }
}

#[test]
fn the_published_vectors_hold_to_the_penny() {
    let ee = early(EarlyVat::AddedBack, "4");
    let three_months = quote(Some(&card(3000, 0)), &ee, on("2026-07-31"));
    assert_eq!(three_months.total, pounds(8640), "{three_months:?}");
    // April has thirty days: half of it and six months are left after the 15th.
    let discounted = quote(Some(&card(4500, 1000)), &ee, on("2026-04-15"));
    assert_eq!(discounted.total, pounds(21840), "{discounted:?}");
    let vodafone = quote(Some(&card(4500, 1000)), &early(EarlyVat::Removed, "2"), on("2026-04-15"));
    assert_eq!(vodafone.total, pounds(18579), "{vodafone:?}");
}

/// Where the clocks go forward at midnight, a day begins at one o'clock.
#[test]
fn a_day_without_a_midnight_costs_what_a_day_costs() {
    let tariff = Tariff { last_bill: LastBill::ProRata, refund_unused: true, ..Tariff::default() };
    let mut card = card(3000, 0);
    (card.minimum_term_ends, card.contract.paid_until) = (None, Some("2026-03-01".parse().unwrap()));
    let lines = |zone: &str, day| {
        let rules = Policy { time_zone: zone.into(), tariff: tariff.clone(), ..policy() };
        quote(Some(&card), &rules, on(day)).lines
    };
    for (zone, day) in [
        ("America/Santiago", "2026-09-05"),
        ("America/Santiago", "2026-09-06"),
        ("Africa/Cairo", "2026-04-23"),
        ("Africa/Cairo", "2026-04-24"),
        ("Asia/Beirut", "2026-03-28"),
        ("Asia/Beirut", "2026-03-29"),
    ] {
        assert_eq!(lines(zone, day), lines("UTC", day), "{zone} {day}");
    }
}

/// Ofcom C7: a switch is charged no notice; leaving the term early costs what it costs.
#[test]
fn who_moves_to_another_network_pays_for_no_notice() {
    let policy =
        Policy { notice_days: 30, tariff: Tariff { last_bill: LastBill::ProRata, ..Tariff::default() }, ..policy() };
    let mut free = card(3000, 0);
    free.minimum_term_ends = None;
    free.contract.paid_until = Some("2026-02-28".parse().unwrap());
    let asked = Asked::at(at("2026-03-01T12:00:00Z"));
    let names = |asked| {
        let quote = quote(Some(&free), &policy, asked);
        quote.lines.iter().filter(|line| !line.amount.is_zero()).map(|line| line.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(asked), ["fee-last-bill", "fee-notice"]);
    assert_eq!(names(Asked { moving: true, ..asked }), ["fee-last-bill"]);
    let ee = Policy { notice_days: 30, ..early(EarlyVat::AddedBack, "4") };
    let moving = Asked { moving: true, ..on("2026-07-31") };
    assert_eq!(quote(Some(&card(3000, 0)), &ee, moving).total, pounds(8640));
}

#[test]
fn a_line_says_how_it_came_about() {
    let quote = quote(Some(&card(4500, 1000)), &early(EarlyVat::AddedBack, "4"), on("2026-04-15"));
    let json = serde_json::to_string(&line(&quote, "fee-early").steps).unwrap();
    assert_eq!(
        json,
        r#"[{"step":"price","monthly":{"minor":4500,"currency":"GBP"},"discount":{"minor":1000,"currency":"GBP"},"months":"13/2"},{"step":"less-vat","percent":"20"},{"step":"less","percent":"4"},{"step":"plus-vat","percent":"20"}]"#
    );
    assert_eq!(line(&quote, "fee-early").vat, Some(pounds(3640)));
}

#[test]
fn the_rate_of_tax_is_that_of_the_last_day() {
    let mut rules = early(EarlyVat::Removed, "0");
    rules.tariff.vat.push(Vat { from: "2026-08-01".parse().unwrap(), percent: Percent::parse("25").unwrap() });
    let total = |day| quote(Some(&card(3000, 0)), &rules, on(day)).total;
    assert_eq!(total("2026-07-31"), pounds(7500));
    // Two months and 30 of August's 31 days at 25 %.
    assert_eq!(total("2026-08-01"), pounds(7123));
}

#[test]
fn caps_free_days_and_other_ways_of_counting() {
    let mut rules = early(EarlyVat::Kept, "0");
    let rule = |rules: &mut Policy, change: fn(&mut Early)| rules.tariff.early.as_mut().map(change);
    rule(&mut rules, |early| early.remaining = Remaining::Monthly);
    assert_eq!(quote(Some(&card(3000, 0)), &rules, on("2026-04-15")).total, pounds(21000));
    rule(&mut rules, |early| early.remaining = Remaining::Yearly);
    // 199 days at 12 × £30 ÷ 365.
    assert_eq!(quote(Some(&card(3000, 0)), &rules, on("2026-04-15")).total, pounds(19627));
    rule(&mut rules, |early| early.cap = Some(10_000));
    let capped = quote(Some(&card(3000, 0)), &rules, on("2026-04-15"));
    assert_eq!(capped.total, pounds(10_000));
    assert!(matches!(line(&capped, "fee-early").steps.last(), Some(Step::Capped { .. })));
    rule(&mut rules, |early| early.free_days = 14);
    let mut young = card(3000, 0);
    young.contract.started = Some("2026-02-15".parse().unwrap());
    assert_eq!(quote(Some(&young), &rules, on("2026-04-15")).total, pounds(0));
    young.contract.started = Some("2026-02-14".parse().unwrap());
    assert_eq!(quote(Some(&young), &rules, on("2026-04-15")).total, pounds(10_000));
    // After the term there is nothing left of it.
    assert_eq!(quote(Some(&young), &rules, on("2026-10-31")).lines, []);
}

#[test]
fn without_a_rule_for_leaving_early_the_contract_ends_with_its_term_and_costs_nothing() {
    assert_eq!(quote(Some(&card(3000, 0)), &policy(), on("2026-04-15")).lines, []);
}

#[test]
fn notice_and_the_last_bill_share_the_days_between_them() {
    let tariff = Tariff { last_bill: LastBill::ProRata, refund_unused: true, vat: uk_vat(), ..Tariff::default() };
    let rules = Policy { notice_days: 30, tariff, ..policy() };
    let mut card = card(3000, 0);
    card.minimum_term_ends = None;
    card.contract.paid_until = Some("2026-02-14".parse().unwrap());
    // Asked on 1 March at noon with thirty days' notice: the last day is 31 March.
    let quoted = quote(Some(&card), &rules, Asked::at(at("2026-03-01T12:00:00Z")));
    // 15 February to 1 March are 15 of the 28 days to 14 March; the rest is 13 of them and 17 of 31.
    assert_eq!(line(&quoted, "fee-last-bill").amount, pounds(1607));
    assert_eq!(line(&quoted, "fee-notice").amount, pounds(3038));
    assert_eq!(line(&quoted, "fee-last-bill").vat, Some(pounds(268)));
    // Paid to the end of April: that month comes back.
    card.contract.paid_until = Some("2026-04-30".parse().unwrap());
    let quoted = quote(Some(&card), &rules, Asked::at(at("2026-03-01T12:00:00Z")));
    assert_eq!(quoted.lines.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["fee-unused"]);
    assert_eq!(quoted.total, pounds(-3000));
}

#[test]
fn a_device_is_paid_off_or_comes_back_or_costs_what_was_said() {
    let hub = vec![
        NonReturn { age_days: Some(14), within_days: 14, minor: 35_000 },
        NonReturn { age_days: None, within_days: 90, minor: 10_500 },
    ];
    let mut rules = Policy { tariff: Tariff { non_return: hub, ..Tariff::default() }, ..policy() };
    let mut card = CardRecord { must_return: true, minimum_term_ends: None, ..card(3000, 0) };
    card.contract.device_balance = Some(pounds(12_000));
    for (started, day, minor) in [("2026-02-20", "2026-03-16", 35_000), ("2026-01-01", "2026-05-31", 10_500)] {
        card.contract.started = Some(started.parse().unwrap());
        let quoted = quote(Some(&card), &rules, Asked::at(at("2026-03-01T12:00:00Z")));
        let line = line(&quoted, "fee-non-return");
        assert_eq!(line.amount, pounds(minor));
        assert_eq!(line.only_if, Some(Condition::NotBackBy { day: day.parse().unwrap() }));
        assert_eq!((quoted.total.minor, quoted.at_most().minor), (12_000, 12_000 + minor));
    }
    rules.tariff.device = DeviceBalance::GoesOn;
    assert_eq!(quote(Some(&card), &rules, Asked::at(at("2026-03-01T12:00:00Z"))).total, pounds(0));
}

#[test]
fn credit_is_given_back_kept_in_part_or_kept_and_says_so() {
    let euros = |minor| Money::new(minor, "EUR");
    let credit = |credit: Credit, minor: i64, porting: bool| {
        let tariff = Tariff { credit, ..Tariff::default() };
        let rules = Policy { currency: "EUR".into(), time_zone: "Europe/Brussels".into(), tariff, ..policy() };
        let mut card = CardRecord { minimum_term_ends: None, credit: Some(euros(minor)), ..card(0, 0) };
        card.contract = Contract::default();
        let asked = Asked { porting, ..Asked::at(at("2026-03-01T12:00:00Z")) };
        let quoted = quote(Some(&card), &rules, asked);
        (quoted.total.minor, serde_json::to_string(&line(&quoted, "fee-credit").steps).unwrap())
    };
    assert_eq!(credit(Credit::default(), 750, false).0, -750);
    // As Proximus does: only when the number is taken along, above €5, less €5, asked for within 31 days.
    let proximus = Credit { only_when_porting: true, fee: 500, above: 500, claim_days: Some(31), ..Credit::default() };
    let (back, steps) = credit(proximus.clone(), 1_250, true);
    assert_eq!(back, -750);
    assert!(steps.contains(r#"{"step":"credit-claim","by":"2026-04-02"}"#), "{steps}");
    assert_eq!(credit(proximus.clone(), 500, true).0, 0);
    let (back, steps) = credit(proximus, 1_250, false);
    assert!(back == 0 && steps.ends_with(r#"{"step":"credit-porting"}]"#), "{steps}");
    // As Lycamobile does.
    let lyca = Credit { forfeited: Some("credit-used-only".into()), ..Credit::default() };
    let (back, steps) = credit(lyca, 1_250, true);
    assert!(back == 0 && steps.contains("credit-used-only"), "{steps}");
}

#[test]
fn what_cannot_be_reckoned_owes_nothing_and_says_why() {
    let rules = early(EarlyVat::Kept, "0");
    let faulty = |change: fn(&mut CardRecord)| {
        let mut card = card(3000, 0);
        change(&mut card);
        let quoted = quote(Some(&card), &rules, on("2026-04-15"));
        assert_eq!((quoted.lines.len(), quoted.at_most().minor), (0, 0));
        quoted.fault.unwrap().to_string()
    };
    assert_eq!(faulty(|card| card.contract.monthly = None), "the record has no monthly price");
    assert_eq!(
        faulty(|card| card.contract.discount = Some(pounds(3001))),
        "the record's discount is larger than its price"
    );
    assert_eq!(faulty(|card| card.contract.monthly = Some(pounds(-1))), "the amount must not be negative");
    assert_eq!(
        faulty(|card| card.contract.monthly = Some(Money::new(3000, "EUR"))),
        "EUR and GBP are different currencies"
    );
    assert_eq!(faulty(|card| card.credit = Some(Money::new(1, "JPY"))), "JPY and GBP are different currencies");
    let huge = "the amount is larger than can be reckoned with";
    assert_eq!(faulty(|card| card.contract.monthly = Some(pounds(i64::MAX))), huge);
    assert_eq!(faulty(|card| card.contract.monthly = Some(pounds(Money::MAX))), huge);
    assert_eq!(faulty(|card| card.contract.device_balance = Some(pounds(Money::MAX + 1))), huge);
}

#[test]
fn fees_are_the_same_for_everyone_and_those_of_a_return_only_for_returns() {
    let fee = |what: &str, minor, only_if_returned| Fee { what: what.into(), minor, only_if_returned };
    let rules = Policy { fees: vec![fee("fee-return-postage", 350, true), fee("fee-postage", 100, false)], ..policy() };
    let total = |card: Option<&CardRecord>| quote(card, &rules, Asked::at(at("2026-03-01T12:00:00Z"))).total.minor;
    assert_eq!((total(None), total(Some(&card(0, 0)))), (100, 100));
    assert_eq!(total(Some(&CardRecord { must_return: true, ..card(0, 0) })), 450);
}

#[test]
fn a_withdrawal_gives_back_all_that_was_paid_ahead_and_charges_for_no_end() {
    let mut rules = early(EarlyVat::AddedBack, "4");
    rules.fees = vec![Fee { what: "fee-admin".into(), minor: 500, only_if_returned: false }];
    rules.tariff.last_bill = LastBill::ProRata;
    rules.tariff.credit = Credit { forfeited: Some("credit-used-only".into()), ..Credit::default() };
    let mut card = card(3000, 0);
    (card.credit, card.contract.device_balance) = (Some(pounds(1_250)), Some(pounds(12_000)));
    card.contract.paid_until = Some("2026-03-31".parse().unwrap());
    let ordinary = declaration(at("2026-03-01T12:00:00Z"));
    let mut withdrawn = ordinary.clone();
    withdrawn.way.kind = Kind::Withdrawal;
    let costs = |declaration: &Declaration| {
        let quoted = quote(Some(&card), &rules, Asked::by(declaration, declaration.declared_at));
        quoted.lines.iter().map(|line| (line.what.clone(), line.amount.minor, line.steps.len())).collect::<Vec<_>>()
    };
    let lines = |lines: &[(&str, i64, usize)]| lines.iter().map(|l| (l.0.to_owned(), l.1, l.2)).collect::<Vec<_>>();
    // Thirty days of March are unused; credit and days each say how they came about.
    assert_eq!(costs(&withdrawn), lines(&[("fee-unused", -2_903, 2), ("fee-credit", -1_250, 1)]));
    let kept = ["fee-admin", "fee-early", "fee-device", "fee-credit"];
    assert_eq!(costs(&ordinary).iter().map(|line| line.0.as_str()).collect::<Vec<_>>(), kept);
}
