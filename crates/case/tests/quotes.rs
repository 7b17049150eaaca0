//! What holds of every quote, whatever contract and tariff: it is never below nothing unless something is given back,
//! a later end within the term never costs more for leaving early, no line is rounded twice, and what cannot be
//! reckoned with is an error and owes nothing.

use case::card::Contract;
use case::money::Percent;
use case::quote::{Asked, Quote, quote};
use case::rules::{Credit, Early, EarlyVat, LastBill, OnDifference, Remaining, Tariff, Vat};
use case::{AccountId, CardId, CardRecord, Money, Policy, Timestamp};
use jiff::civil::Date;
use jiff::{Span, tz::TimeZone};
use proptest::prelude::*;

fn policy(currency: &str, tariff: Tariff) -> Policy {
    let mut pack: toml::Table = toml::from_str(include_str!("../../../rules/generic.toml")).expect("the generic pack");
    // Of the pack, not of its rules.
    pack.remove("title");
    let mut rules: Policy = pack.try_into().expect("the generic rules");
    (rules.fees, rules.tariff, rules.on_difference) = (Vec::new(), tariff, OnDifference::Desk);
    rules.currency = currency.into();
    rules
}

fn early() -> impl Strategy<Value = Early> {
    let remaining = prop_oneof![Just(Remaining::Daily), Just(Remaining::Monthly), Just(Remaining::Yearly)];
    let vat = prop_oneof![Just(EarlyVat::Kept), Just(EarlyVat::Removed), Just(EarlyVat::AddedBack)];
    (remaining, any::<bool>(), vat, 0_u16..=100, prop::option::of(0_i64..50_000)).prop_map(
        |(remaining, discounted, vat, less, cap)| {
            let less = Percent::parse(&less.to_string()).expect("a percentage");
            Early { remaining, discounted, vat, less, cap, free_days: 0 }
        },
    )
}

fn tariff() -> impl Strategy<Value = Tariff> {
    let vat = prop_oneof![Just("0"), Just("20"), Just("7.5"), Just("100")];
    (early(), vat, any::<bool>(), any::<bool>(), 0_i64..2_000).prop_map(|(early, vat, pro_rata, refund_unused, fee)| {
        let vat = vec![Vat { from: "2011-01-04".parse().expect("a day"), percent: Percent::parse(vat).expect("one") }];
        let last_bill = if pro_rata { LastBill::ProRata } else { LastBill::None };
        let credit = Credit { fee, ..Credit::default() };
        Tariff { early: Some(early), vat, last_bill, refund_unused, credit, ..Tariff::default() }
    })
}

fn card(currency: &str, monthly: i64, discount: i64, term: Date, paid: Option<Date>, credit: i64) -> CardRecord {
    let zone = TimeZone::get("Europe/London").expect("a zone");
    let term = term.to_zoned(zone).expect("a day").timestamp();
    let mut card = CardRecord::of(CardId::from_bits(1), AccountId::from_bits(1), "Data".into(), Timestamp::UNIX_EPOCH);
    let money = |minor| Some(Money::new(minor, currency));
    (card.minimum_term_ends, card.credit) = (Some(term), money(credit));
    card.contract =
        Contract { monthly: money(monthly), discount: money(discount), paid_until: paid, ..Contract::default() };
    card
}

fn day(n: i64) -> Date {
    let first: Date = "2026-01-01".parse().expect("a day");
    first.checked_add(Span::new().days(n)).expect("a day in the calendar")
}

fn amount(quote: &Quote, what: &str) -> i64 {
    quote.lines.iter().filter(|line| line.what == what).map(|line| line.amount.minor).sum()
}

const RECEIVED: &str = "2026-01-01T09:00:00Z";

fn ends(last: i64) -> Asked {
    Asked { wanted: Some(day(last)), ..Asked::at(RECEIVED.parse().expect("a time")) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_quote_is_sound(
        tariff in tariff(),
        currency in prop_oneof![Just("GBP"), Just("JPY"), Just("KWD")],
        (monthly, off) in (0_i64..20_000, 0_i64..=100),
        (term, last) in (0_i64..1_200, 0_i64..1_200),
        paid in prop::option::of(-60_i64..400),
        credit in 0_i64..5_000,
    ) {
        let rules = policy(currency, tariff);
        let card = card(currency, monthly, monthly * off / 100, day(term), paid.map(day), credit);
        let (sooner, later) = (quote(Some(&card), &rules, ends(last)), quote(Some(&card), &rules, ends(last + 1)));
        for quoted in [&sooner, &later] {
            prop_assert_eq!(&quoted.fault, &None);
            let given: i64 = amount(quoted, "fee-credit") + amount(quoted, "fee-unused");
            prop_assert!(given <= 0 && quoted.total.minor >= given, "{:?}", quoted);
            prop_assert!(quoted.total.minor <= quoted.at_most().minor);
            let sum: i64 = quoted.lines.iter().map(|line| line.amount.minor).sum();
            prop_assert_eq!(sum, quoted.total.minor);
            for line in quoted.lines.iter().filter(|line| line.vat.is_some()) {
                let vat = line.vat.as_ref().map_or(0, |vat| vat.minor);
                prop_assert!(vat.abs() <= line.amount.minor.abs() && vat.signum() * line.amount.minor.signum() >= 0);
            }
            let json = serde_json::to_string(quoted).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Quote>(&json).expect("read back"), quoted);
        }
        let charge = |quoted| amount(quoted, "fee-early");
        prop_assert!(charge(&later) <= charge(&sooner), "a day later costs more: {:?} {:?}", sooner, later);
        prop_assert!(last + 1 < term || charge(&sooner) == 0, "after the term: {:?}", sooner);
        // What is left of the term is never more than its months, and nothing is charged that is not left.
        let most = i128::from(monthly) * i128::from(((term - last) / 28).max(0) + 2);
        prop_assert!(i128::from(charge(&sooner)) <= most);
    }

    #[test]
    fn no_record_makes_it_panic(
        tariff in tariff(),
        numbers in prop::array::uniform5(any::<i64>()),
        foreign in prop::array::uniform4(any::<bool>()),
        days in prop::array::uniform3(-700_000_i64..700_000),
    ) {
        let rules = policy("GBP", tariff);
        let money = |n: usize| Some(Money::new(numbers[n], if foreign[n] { "XAU" } else { "GBP" }));
        let day = |n: usize| "2026-01-01".parse::<Date>().ok()?.checked_add(Span::new().days(days[n])).ok();
        let mut card = card("GBP", 0, 0, self::day(30), day(0), 0);
        card.credit = money(0);
        card.contract = Contract {
            monthly: money(1),
            discount: money(2),
            device_balance: money(3),
            started: day(1),
            next_bill: day(2),
            ..card.contract
        };
        let asked = Asked { wanted: day(0), porting: true, ..Asked::at(RECEIVED.parse().expect("a time")) };
        let quoted = quote(Some(&card), &rules, asked);
        if quoted.fault.is_some() {
            prop_assert!(quoted.lines.is_empty() && quoted.at_most().is_zero());
        } else {
            let bad = |n: usize| numbers[n] < 0 || numbers[n] > Money::MAX || (foreign[n] && numbers[n] != 0);
            prop_assert!(!bad(0) && !bad(3), "{:?}", quoted);
            prop_assert!(quoted.total.minor.abs() <= Money::MAX);
        }
    }
}
