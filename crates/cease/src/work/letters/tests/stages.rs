//! Cases as letters find them: one for every stage at which any is written, and what may have happened to it beside.

use super::*;

/// The stages at which letters are written, each with its times.
pub(super) fn stages(lang: Lang) -> Vec<Case> {
    let (start, policy) = (case_in(lang), policy());
    let day = at("2026-11-23T09:30:00Z");
    let later = |hours: i64| day + hours.hours();
    let decided = Times {
        contract_end: Some(later(86)),
        billing_end: Some(later(86)),
        ..policy.ceased(&start.times, later(86), false)
    };
    let moved = |stage: Stage| Case { stage, ..start.clone() };
    let dated = |stage: Stage| Case { times: decided.clone(), ..moved(stage) };
    vec![
        moved(Stage::Received { needs: Need::ALL.into(), since: day }),
        moved(Stage::Review { causes: [Cause::NotProven].into(), since: day, signatures: Vec::new() }),
        coming(dated(Stage::Scheduled { cease_at: later(86), signatures: Vec::new() }), None),
        dated(Stage::Ceasing { step: Step::Barred { since: later(86), until: later(110) }, signatures: Vec::new() }),
        held(
            dated(Stage::Ceasing { step: Step::Barred { since: later(86), until: later(87) }, signatures: Vec::new() }),
            false,
        ),
        held(
            dated(Stage::Ceasing { step: Step::Barred { since: later(86), until: later(87) }, signatures: Vec::new() }),
            true,
        ),
        Case {
            flags: [case::Flag::Delayed].into(),
            ..dated(Stage::Ceasing { step: Step::Barring, signatures: Vec::new() })
        },
        Case {
            alarms: vec![Alarm {
                kind: case::watch::Kind::Charge,
                since: later(200),
                count: 3,
                first: later(150),
                last: later(199),
                amount: Some("4.99 GBP".into()),
            }],
            ..dated(Stage::Ceased {
                at: later(86),
                element: "inventory".into(),
                evidence: "state=ceased".into(),
                certificate: Some("ab".repeat(32)),
                watch_until: later(900),
            })
        },
        Case {
            erasure: case::erasure::Erasure::Planned { told: later(910), on: later(1_630) },
            ..dated(Stage::Closed { at: later(900), certificate: Some("ab".repeat(32)) })
        },
        moved(Stage::Refused { at: day, reason: RefusedFor::Difference, way_out: String::new() }),
        moved(Stage::Refused { at: day, reason: RefusedFor::Desk { text: AGENT.into() }, way_out: AGENT.into() }),
        moved(Stage::Withdrawn { at: day }),
        leaving(moved(Stage::Received { needs: [Need::Switch].into(), since: day }), SwitchState::Open),
        leaving(moved(Stage::Withdrawn { at: day }), SwitchState::Expired),
        moved(Stage::Contested { at: day, was_barred: true }),
        Case {
            contested: true,
            ..moved(Stage::Review { causes: [case::Cause::Contested].into(), since: day, signatures: Vec::new() })
        },
        Case {
            contested: true,
            ..moved(Stage::Refused { at: day, reason: RefusedFor::Desk { text: AGENT.into() }, way_out: AGENT.into() })
        },
        Case {
            locked: true,
            ..moved(Stage::Review { causes: [case::Cause::Answered].into(), since: day, signatures: Vec::new() })
        },
        repriced(moved(Stage::Received { needs: [Need::Consent].into(), since: day })),
        weighed(repriced(moved(Stage::Received { needs: [Need::Consent].into(), since: day })), true),
        weighed(moved(Stage::Review { causes: [Cause::Kind].into(), since: day, signatures: Vec::new() }), false),
        coming(
            billed(dated(Stage::Closed { at: later(901), certificate: Some("ab".repeat(32)) }), later(200)),
            Some(back::Step::Late { at: later(902) }),
        ),
    ]
}

/// The same, with a router that has to come back, and what became of it.
pub(super) fn coming(mut case: Case, then: Option<back::Step>) -> Case {
    let since = at("2026-11-23T09:30:00Z");
    let (due, charge) = (Some(since + 336.hours()), Some(case::Money::new(7_000, "GBP")));
    let (what, why) = (back::Thing::Router, back::Why::Record);
    let asked = back::Step::Asked { what, why, at: since, since: Some(since), due, ended: None, charge };
    for step in [Some(asked), then].into_iter().flatten() {
        case::evolve::evolve(&mut case, &case::Event::Return { step });
    }
    case
}

/// The same, where the price has risen above what was agreed to.
pub(super) fn repriced(case: Case) -> Case {
    let pounds = |minor| case::Money::new(minor, "GBP");
    let months = case::money::Ratio::new(13, 2).unwrap();
    let steps = vec![case::quote::Step::Price { monthly: pounds(4500), discount: Some(pounds(1000)), months }];
    let early = case::quote::Line { steps, ..case::quote::Line::of("fee-early", pounds(22_750)) };
    let quote = case::Quote { lines: vec![early], total: pounds(22_750), fault: None };
    let bill = case::Bill { agreed: Some(case.quote.clone()), ..case::Bill::default() };
    Case { quote, bill: Box::new(bill), ..case }
}

/// The same, declared for cause, which the desk did not uphold; or upheld after all.
pub(super) fn weighed(case: Case, not_upheld: bool) -> Case {
    let way =
        case::way::Way { kind: case::way::Kind::Extraordinary { reason: STATEMENT.into() }, ..Default::default() };
    let declaration = Box::new(Declaration { way, ..(*case.declaration).clone() });
    let at = at("2026-11-23T09:30:00Z");
    let not_upheld = not_upheld.then(|| case::way::NotUpheld { at, reason: AGENT.into() });
    Case { declaration, ways: Ways { not_upheld, ..Ways::default() }, ..case }
}

/// The same with its last bill, and credit that was paid back at that time.
pub(super) fn billed(case: Case, at: Timestamp) -> Case {
    let pounds = |minor| case::Money::new(minor, "GBP");
    let stated = |what: &str, minor| case::bill::Stated {
        what: what.into(),
        quoted: Some(pounds(minor)),
        billed: Some(pounds(minor)),
        amount: pounds(minor),
    };
    let lines = vec![stated("fee-last-bill", 350), stated("fee-credit", -1_250)];
    let statement = case::Statement { at, lines, total: pounds(-900), evidence: "state=billed".into() };
    let paid = Some(case::bill::Paid { at, reference: "R-2048".into(), amount: None });
    let refund = case::bill::Refund { amount: pounds(900), by: at + 336.hours(), late: false, paid };
    let bill = case::Bill { statement: Some(statement), refund: Some(refund), ..case::Bill::default() };
    Case { bill: Box::new(bill), ..case }
}

/// The same, with a code for the next network and a complaint.
pub(super) fn leaving(case: Case, state: SwitchState) -> Case {
    let (asked, until) = (at("2026-11-23T09:30:00Z"), at("2026-12-23T09:30:00Z"));
    let issued = Issued { code: Code::Pac, sealed: "00".into(), at: asked, until };
    let (unused, issued) = (Unused::Lapse, Some(issued));
    let switch = Switch { code: Code::Pac, unused, by_text: false, asked: Some(asked), issued, used: None, state };
    let complaint = Complaint { since: asked, due: Some(at("2027-01-04T09:30:00Z")), told: None, settled: false };
    let ways = Ways { switch: Some(switch), complaint: Some(complaint), ..Ways::default() };
    Case { ways, ..case }
}

/// The same, held for a day after a recovery and a change of contact; or no longer.
pub(super) fn held(case: Case, lifted: bool) -> Case {
    let (at, until) = (at("2026-11-26T23:00:00Z"), at("2026-11-27T23:00:00Z"));
    let risk = |fact| Risk { fact, at, bearing: Bearing::Hold, until: Some(until) };
    let risks = vec![risk(case::Fact::Recovered), risk(case::Fact::ContactChanged)];
    Case { risks, hold: Some(Hold { until, signed: None, lifted }), ..case }
}
