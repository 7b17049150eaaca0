//! What the packs lead to, said so that a lawyer can read it: `rules/tests/*.toml` has given, when and then, each with
//! its source in the name. Here they are run against the real decision, in virtual time. Moments are wall clock where
//! the pack is at home, to the minute.

use case::identify::Identifier;
use case::{
    AccountId, Actor, Assurance, CardId, CardRecord, CaseRef, Command, Declaration, Level, Person, Policy, Record,
    Timestamp, World, decide,
};
use jiff::civil::{Date, DateTime};
use rules::{Book, Wanted, compose, no_files};
use serde::Deserialize;

const FILES: [(&str, &str); 6] = [
    ("uk", include_str!("../../../rules/tests/uk.toml")),
    ("eu", include_str!("../../../rules/tests/eu.toml")),
    ("de", include_str!("../../../rules/tests/de.toml")),
    ("fr", include_str!("../../../rules/tests/fr.toml")),
    ("us-ca", include_str!("../../../rules/tests/us-ca.toml")),
    ("cn", include_str!("../../../rules/tests/cn.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// What is claimed, with its source.
    name: String,
    #[serde(default)]
    given: Given,
    when: When,
    then: Then,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    /// Expected rules that the operator has adopted.
    adopt: Vec<String>,
    /// When the minimum term ends.
    minimum_term_ends: Option<String>,
    /// The last day that the holder wishes for.
    wanted_end: Option<Date>,
}

/// What happens, and when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum When {
    /// A proven holder declares online; the case is decided.
    Declared(String),
    /// A contract is made, or renewed.
    ContractMade(String),
    Renewed(String),
    /// A contract ends: who declared did so online, or otherwise.
    EndedOnline(String),
    EndedOtherwise(String),
    /// A complaint is made.
    Complained(String),
    /// A code to take a number along is given.
    CodeGiven(String),
    /// Nothing: the rules are looked at.
    Day(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Then {
    stage: Option<String>,
    contract_end: Option<String>,
    withdrawal_until: Option<String>,
    refund_by: Option<String>,
    end_notice_by: Option<String>,
    adr_letter_at: Option<String>,
    code_until: Option<String>,
    /// The end of the third working day after that of `when`.
    third_working_day: Option<String>,
    /// Keys of the policy with their values on that day.
    rules: toml::Table,
}

const NONE: &str = "none";

fn at(policy: &Policy, wall: &str) -> Timestamp {
    let wall: DateTime = wall.parse().unwrap_or_else(|why| panic!("{wall}: {why}"));
    wall.to_zoned(policy.zone()).unwrap().timestamp()
}

fn wall(policy: &Policy, at: Option<Timestamp>) -> String {
    at.map_or(NONE.into(), |at| at.to_zoned(policy.zone()).strftime("%F %H:%M").to_string())
}

/// The real decision about a declaration of a proven holder whose papers agree.
fn decided(policy: &Policy, given: &Given, now: Timestamp) -> case::Case {
    let number = "8944000000000000011";
    let (account, person) = (AccountId::from_bits(1), Person { name: "Mei Lin".into(), ..Person::default() });
    let card = CardRecord {
        iccid: Some(number.into()),
        minimum_term_ends: given.minimum_term_ends.as_ref().map(|wall| at(policy, wall)),
        ..CardRecord::of(CardId::from_bits(1), account, "Data 20 GB".into(), now)
    };
    let declaration = Declaration {
        consent: true,
        backup: true,
        wanted_end: given.wanted_end,
        check: case::identify::Check::None,
        ..Declaration::of(Identifier::Iccid(number.parse().unwrap()), person.clone(), now)
    };
    let record = Record { card, person };
    let world = World { now, policy, record: Some(&record), duplicate: false, known: None };
    let actor = Actor::Holder { account: Some(account), assurance: Assurance::shown(Level::Code, account, now) };
    let command =
        Command::Declare { reference: CaseRef::from_bits(1), declaration: Box::new(declaration), flags: Vec::new() };
    decide(None, &actor, &command, &world).unwrap().case
}

/// The rules of the day on which it happens, as a running desk picks them.
fn rules_at<'a>(book: &'a Book, wall: &str) -> (&'a Policy, Timestamp) {
    let now = at(book.on_day(Date::MAX), wall);
    (book.on(now), now)
}

fn hold(pack: &str, told: &Told) -> Vec<String> {
    let wanted = Wanted { adopt: told.given.adopt.clone(), ..Wanted::of(pack) };
    let book = compose(&wanted, &no_files).unwrap_or_else(|faults| panic!("{faults}"));
    let (When::Declared(when)
    | When::ContractMade(when)
    | When::Renewed(when)
    | When::EndedOnline(when)
    | When::EndedOtherwise(when)
    | When::Complained(when)
    | When::CodeGiven(when)
    | When::Day(when)) = &told.when;
    let (policy, now) = rules_at(&book, when);
    let mut differ = Vec::new();
    let mut expect = |what: &str, wanted: &Option<String>, found: String| {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| **wanted != found) {
            differ.push(format!("{pack}: {}: {what} should be {wanted} and is {found}", told.name));
        }
    };
    let then = &told.then;
    if let When::Declared(_) = told.when {
        let case = decided(policy, &told.given, now);
        expect("stage", &then.stage, case.stage.name().to_owned());
        expect("contract_end", &then.contract_end, wall(policy, case.times.contract_end));
    } else {
        assert!(then.stage.is_none() && then.contract_end.is_none(), "{}: nothing was declared", told.name);
    }
    let renewed = matches!(told.when, When::Renewed(_));
    expect("withdrawal_until", &then.withdrawal_until, wall(policy, policy.withdrawal_until(now, renewed)));
    expect("refund_by", &then.refund_by, wall(policy, Some(policy.refund_by(now))));
    let online = !matches!(told.when, When::EndedOtherwise(_));
    expect("end_notice_by", &then.end_notice_by, wall(policy, policy.end_notice_by(now, online)));
    expect("adr_letter_at", &then.adr_letter_at, wall(policy, policy.adr_at(now)));
    expect("code_until", &then.code_until, wall(policy, policy.code_until(now)));
    let third = policy.desk_hours.end_of_working_day(now, 3);
    expect("third_working_day", &then.third_working_day, wall(policy, Some(third)));
    for (key, wanted) in &then.rules {
        let found = book.explain(book.day(now), Some(key)).pop();
        let found = found.unwrap_or_else(|| panic!("{}: there is no key {key}", told.name)).value;
        let wanted = serde_json::to_value(wanted).unwrap();
        if found != wanted {
            differ.push(format!("{pack}: {}: {key} should be {wanted} and is {found}", told.name));
        }
    }
    differ
}

#[test]
fn the_packs_lead_to_what_their_sources_say() {
    let mut differ = Vec::new();
    let mut count = 0;
    for (pack, text) in FILES {
        let file: File = toml::from_str(text).unwrap_or_else(|why| panic!("rules/tests/{pack}.toml: {why}"));
        for told in &file.case {
            assert!(told.name.contains(": "), "{pack}: {} does not begin with its source", told.name);
            differ.extend(hold(pack, told));
            count += 1;
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(count >= 25, "{count}");
}

/// A case keeps the rules of its day: a law that begins while it is open moves none of its clocks.
#[test]
fn a_law_that_begins_later_moves_no_deadline() {
    let new = "name = \"new\"\nextends = \"generic\"\n[[rule]]\nid = \"new.notice\"\n\
               title = { en = \"Notice\", zh = \"通知\" }\nfrom = 2026-03-01\nstatus = \"in-force\"\n\
               source = \"a law\"\nset = { notice_days = 30, patience_days = 3 }\n";
    let book = compose(&Wanted::of("new.toml"), &|_| Ok(new.to_owned())).unwrap();
    let (before, now) = rules_at(&book, "2026-02-28 23:59");
    let case = decided(before, &Given::default(), now);
    assert_eq!(case.times.contract_end, Some(now));
    let (after, then) = rules_at(&book, "2026-03-01 00:00");
    assert_eq!((before.patience_days, after.patience_days), (14, 3));
    // A month later the desk still looks up the rules by the case's own day.
    let kept = book.on(case.counts_from());
    assert_eq!(case::deadline::next(&case, kept), case::deadline::next(&case, before));
    assert_eq!((kept.notice_days, book.on(then).notice_days), (0, 30));
    let later = decided(after, &Given::default(), then);
    assert_eq!(wall(after, later.times.contract_end), "2026-03-31 00:00", "over the change of clocks");
}

/// Three working days over Easter: Good Friday and Easter Monday are none.
#[test]
fn working_days_are_the_country_s_own() {
    let end = |pack: &str, from: &str| {
        let book = compose(&Wanted::of(pack), &no_files).unwrap();
        let (policy, from) = rules_at(&book, from);
        wall(policy, Some(policy.desk_hours.end_of_working_day(from, 3)))
    };
    assert_eq!(end("uk", "2026-04-02 12:00"), "2026-04-10 00:00");
    assert_eq!(end("de", "2026-04-02 12:00"), "2026-04-10 00:00");
    // Boxing Day on a Saturday has its substitute in England, and none in Germany.
    assert_eq!(end("uk", "2026-12-24 12:00"), "2027-01-01 00:00");
    assert_eq!(end("de", "2026-12-24 12:00"), "2026-12-31 00:00");
}
