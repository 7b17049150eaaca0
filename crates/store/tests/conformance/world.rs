//! A small made-up world for the laws: every change is decided by the core, as in life.

use case::event::chain;
use case::identify::{Check, Identifier};
use case::{
    AccountId, Actor, Assurance, CardId, CardRecord, Case, CaseRef, Command, Declaration, Entry, Person, Policy,
    Record, Role, Timestamp, World, decide,
};
use jiff::SignedDuration;
use store::{Account, Commit};

/// A moment `seconds` into the story.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_secs(seconds)
}

pub fn policy() -> Policy {
    Policy {
        name: "test".to_owned(),
        currency: "GBP".to_owned(),
        contest_minutes: 1,
        review_hours: 48,
        watch_days: 60,
        watch_sign_ins: true,
        retention_days: 365,
        ..Policy::default()
    }
}

pub fn iccid(n: u64) -> String {
    format!("8944{:015}", n * 7919 % 1_000_000_000_000_000)
}

pub fn person() -> Person {
    Person {
        name: "Ada Lim".to_owned(),
        address: "1 Quay Road".to_owned(),
        email: Some("Ada.Lim@example.org".to_owned()),
        phone: Some("+447700900123".to_owned()),
    }
}

pub fn card(n: u64, account: AccountId) -> CardRecord {
    CardRecord {
        iccid: Some(iccid(n)),
        eid: Some(format!("{:032}", n)),
        imsi: Some(format!("23415{n:010}")),
        imei: Some(format!("35{n:013}")),
        msisdn: Some(format!("+4477009{n:05}")),
        serial: Some(format!("LK-{n:06}-A")),
        ..CardRecord::of(CardId::from_bits(n), account, "Data 10".to_owned(), at(0))
    }
}

pub fn account(n: u64) -> Account {
    Account {
        password: Some("phc".to_owned()),
        ..Account::of(AccountId::from_bits(n), format!("holder{n}"), person(), at(0))
    }
}

pub fn holder(account: Option<AccountId>, now: Timestamp) -> Actor {
    let assurance =
        account.map_or_else(Assurance::nothing, |account| Assurance::shown(case::Level::SignedIn, account, now));
    Actor::Holder { account, assurance }
}

pub fn agent(n: u64) -> Actor {
    Actor::Agent { staff: AccountId::from_bits(n), role: Role::Approver }
}

/// One change, as the one door would commit it.
pub fn step(
    before: Option<&Case>,
    actor: &Actor,
    command: &Command,
    record: Option<&Record>,
    now: Timestamp,
) -> Commit {
    let policy = policy();
    let world = World { now, policy: &policy, record, duplicate: false, known: None };
    let case::Decision { mut case, events, effects } = decide(before, actor, command, &world).unwrap();
    let expected = before.map_or(0, |case| case.version);
    case.version = expected + 1;
    let json = serde_json::to_string(&events).unwrap();
    case.chain = chain(&case.chain, now, actor, command.name(), case.version, &json);
    let entry = Entry {
        case: case.reference,
        version: case.version,
        at: now,
        actor: actor.clone(),
        command: command.name().to_owned(),
        events,
        chain: case.chain.clone(),
    };
    let due = case::deadline::next(&case, &policy);
    let settles = if let Command::Report { n, .. } = command { Some(*n) } else { None };
    Commit {
        case,
        expected,
        entries: vec![entry],
        effects,
        settles,
        held: None,
        token: None,
        due,
        beside: Default::default(),
    }
}

pub fn declaration(n: u64, now: Timestamp) -> Command {
    let number: Identifier =
        serde_json::from_value(serde_json::json!({ "kind": "iccid", "normalised": iccid(n) })).unwrap();
    let declaration = Declaration {
        check: Check::None,
        statement: Some("Please end it.".to_owned()),
        consent: true,
        backup: true,
        ..Declaration::of(number, person(), now)
    };
    let reference = CaseRef::from_bits(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20);
    Command::Declare { reference, declaration: Box::new(declaration), flags: Vec::new() }
}

/// A declaration whose card nobody knows: it waits for its holder and owes a receipt.
pub fn declared(n: u64, now: Timestamp) -> Commit {
    step(None, &holder(None, now), &declaration(n, now), None, now)
}

/// A declaration for `card`, proven by its holder: it is with the desk.
pub fn proven(n: u64, card: &CardRecord, now: Timestamp) -> Commit {
    let record = Record { card: card.clone(), person: person() };
    step(None, &holder(Some(card.account), now), &declaration(n, now), Some(&record), now)
}

pub fn said(case: &Case, text: &str, now: Timestamp) -> Commit {
    step(Some(case), &agent(900), &Command::say(text), None, now)
}
