//! What the made-up cards cost: a term with a discount, prepaid credit, a device that is not paid off, a bill to come.

use case::money::Percent;
use case::rules::{Early, EarlyVat, Remaining};
use case::{CardRecord, Contract, Money, Policy};
use jiff::ToSpan;
use jiff::civil::Date;

/// What Laika charges for leaving early and for a router or handset that stays away: made up, by formulas that are not.
pub fn rules(policy: &mut Policy) {
    let less = Percent::parse("4").unwrap_or_default();
    let early = Early {
        remaining: Remaining::Daily,
        discounted: true,
        vat: EarlyVat::AddedBack,
        less,
        cap: None,
        free_days: 14,
    };
    policy.tariff.early = Some(early);
    (policy.returns.router.charge, policy.returns.handset.charge) = (Some(7_000), Some(35_000));
}

/// The card with its contract, by its place in the list; `today` is the day on which the demo begins.
pub fn card(card: CardRecord, place: usize, today: Date, policy: &Policy) -> CardRecord {
    let pounds = |minor| Some(Money::new(minor, &policy.currency));
    let (ago, ahead) =
        (|months: i32| today.checked_sub(months.months()).ok(), |months: i32| today.checked_add(months.months()).ok());
    let term = |day: Option<Date>| day.and_then(|day| day.to_zoned(policy.zone()).ok()).map(|at| at.timestamp());
    match place {
        // Paid to the end of this month, with some credit.
        0 => CardRecord { credit: pounds(750), ..card },
        // Half a year of a discounted contract is left, and a router that is not paid off.
        2 => CardRecord {
            minimum_term_ends: term(ahead(6)),
            contract: Contract {
                monthly: pounds(4500),
                discount: pounds(1000),
                started: ago(18),
                next_bill: ahead(1),
                device_balance: pounds(6000),
                ..Contract::default()
            },
            ..card
        },
        3 => CardRecord {
            contract: Contract { monthly: pounds(900), started: ago(30), next_bill: ahead(1), ..Contract::default() },
            ..card
        },
        8 => CardRecord { credit: pounds(1250), ..card },
        // Three months are left.
        11 => CardRecord {
            minimum_term_ends: term(ahead(3)),
            contract: Contract { monthly: pounds(3000), started: ago(21), next_bill: ahead(1), ..Contract::default() },
            ..card
        },
        _ => card,
    }
}
