//! A million believable cases: their stages by age, names of two scripts, a statement for some.

use std::collections::BTreeSet;

use case::case::{Signature, Step};
use case::declaration::Channel;
use case::event::Event;
use case::{AccountId, Cause, Entry, Field, Flag, Lang, Need, Person, Stage, Timestamp};
use jiff::SignedDuration;

use super::world;

pub struct Made {
    pub case: case::Case,
    pub entry: Entry,
    pub card: case::CardRecord,
    pub due_us: Option<i64>,
}

/// Cheap and the same each time: what chance there is comes from the number.
pub fn mixed(n: u64, salt: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 32)
}

const FIRST: [&str; 24] = [
    "Ada", "Grace", "Tom", "Mei", "Olu", "Zoë", "Ivan", "Noor", "Sam", "Lucía", "Jürgen", "Aoife", "Pat", "Rosa",
    "Kim", "Dele", "Hana", "Omar", "Lena", "Raj", "Uma", "Finn", "Nia", "Theo",
];
const LAST: [&str; 32] = [
    "Lim",
    "Okafor",
    "Smith",
    "Novák",
    "García",
    "O’Brien",
    "Müller",
    "Ivanova",
    "Patel",
    "Haddad",
    "Jones",
    "Silva",
    "Kowalski",
    "Nguyen",
    "Brown",
    "Singh",
    "Fischer",
    "Rossi",
    "Tanaka",
    "Park",
    "Evans",
    "Walker",
    "Hughes",
    "Khan",
    "Moreau",
    "Dubois",
    "Larsen",
    "Virtanen",
    "Costa",
    "Nowak",
    "Bauer",
    "Weber",
];
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹";
const GIVEN: &str =
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玲辉建国红梅婷鑫宇晨欣怡佳子涵梓轩浩然诗琪思远𠮷龘靐煜曦瑾瑜";
const WORDS: [&str; 40] = [
    "please",
    "cancel",
    "card",
    "abroad",
    "moving",
    "country",
    "no",
    "longer",
    "need",
    "data",
    "because",
    "phone",
    "lost",
    "router",
    "contract",
    "thank",
    "you",
    "confirm",
    "writing",
    "end",
    "month",
    "bill",
    "charged",
    "twice",
    "holiday",
    "student",
    "university",
    "finished",
    "work",
    "trip",
    "dongle",
    "broken",
    "returned",
    "post",
    "balance",
    "refund",
    "number",
    "keep",
    "account",
    "close",
];

fn character(set: &str, n: u64) -> char {
    let many = set.chars().count() as u64;
    set.chars().nth((n % many) as usize).unwrap_or('王')
}

pub fn person(n: u64) -> Person {
    let (a, b) = (mixed(n, 1), mixed(n, 2));
    let chinese = a % 5 < 2;
    let name = if chinese {
        let given = [character(GIVEN, b), character(GIVEN, b >> 8)];
        let two = b % 3 > 0;
        format!("{}{}{}", character(SURNAMES, a >> 8), given[0], if two { given[1].to_string() } else { String::new() })
    } else {
        format!("{} {}", FIRST[(a >> 8) as usize % FIRST.len()], LAST[(b >> 8) as usize % LAST.len()])
    };
    Person {
        name,
        address: format!("{} Quay Road, Leeds LS{} 5AB", b % 200, a % 28),
        email: Some(format!("{}{n}@example.org", if chinese { "user" } else { "mail.of" })),
        phone: Some(format!("+4477{:08}", b % 100_000_000)),
    }
}

/// A word that four cases of a thousand have.
pub fn rare_word(n: u64) -> String {
    format!("zx{:05}", n / 1000)
}

fn statement(n: u64) -> Option<String> {
    let chance = mixed(n, 3);
    if chance % 10 >= 4 {
        return None;
    }
    let mut text = String::new();
    for k in 0..6 + chance % 12 {
        text.push_str(WORDS[(mixed(n, 40 + k) % 40) as usize]);
        text.push(' ');
    }
    if n % 100 == 7 {
        text.push_str(&rare_word(n));
    }
    Some(text)
}

pub fn iccid(n: u64) -> String {
    format!("894477{:013}", n * 7919 % 10_000_000_000_000)
}

/// Two years of cases, oldest first.
pub fn received(n: u64, of: u64) -> Timestamp {
    let span = 730 * 86_400_000_000_i64;
    let us = (i128::from(n) * i128::from(span) / i128::from(of.max(1))) as i64;
    world::at(0) + SignedDuration::from_micros(us + (mixed(n, 5) % 1_000) as i64)
}

/// Old cases have ended; a tenth is open.
fn stage(n: u64, of: u64, at: Timestamp) -> (Stage, BTreeSet<Flag>) {
    let chance = mixed(n, 6) % 1_000;
    let mut flags = BTreeSet::new();
    if mixed(n, 7) % 100 < 3 {
        flags.insert(if chance.is_multiple_of(2) { Flag::Suspect } else { Flag::Unreachable });
    }
    let late = at + SignedDuration::from_hours(50);
    if n * 10 < of * 9 {
        let stage = match chance {
            0..60 => Stage::Withdrawn { at: late },
            60..100 => Stage::Refused {
                at: late,
                reason: case::case::RefusedFor::Desk { text: "Not the holder.".into() },
                way_out: "Sign in.".into(),
            },
            100..220 => Stage::Ceased {
                at: late,
                element: "inventory".into(),
                evidence: "gone".into(),
                certificate: Some("ab".repeat(32)),
                watch_until: late + SignedDuration::from_hours(1440),
            },
            _ => Stage::Closed { at: late, certificate: Some("ab".repeat(32)) },
        };
        return (stage, flags);
    }
    let stage = match chance {
        0..250 => {
            let causes = [Cause::Statement, Cause::NotProven, Cause::Difference(Field::Name), Cause::HolderAsked];
            let signed = mixed(n, 8).is_multiple_of(10);
            if mixed(n, 9).is_multiple_of(8) {
                flags.insert(Flag::Overdue);
            }
            let signature = Signature { staff: AccountId::from_bits(900 + n % 5), at: late, evidence: "seen".into() };
            Stage::Review {
                causes: [causes[(chance % 4) as usize]].into(),
                since: at,
                signatures: if signed { vec![signature] } else { Vec::new() },
            }
        }
        250..700 => Stage::Received { needs: [Need::Identity].into(), since: at },
        700..900 => Stage::Scheduled { cease_at: late, signatures: Vec::new() },
        900..950 => Stage::Ceasing { step: Step::Deleting, signatures: Vec::new() },
        _ => Stage::Contested { at: late, was_barred: true },
    };
    (stage, flags)
}

/// The template, made by the core, holds what all have alike.
pub fn make(template: &store::Commit, n: u64, of: u64) -> Made {
    let at = received(n, of);
    let (mut case, mut entry) = (template.case.clone(), template.entries[0].clone());
    case.reference = case::CaseRef::from_bits(mixed(n, 10));
    case.person = person(n);
    case.declaration.person = case.person.clone();
    case.declaration.statement = statement(n);
    let chance = mixed(n, 11) % 1_000;
    case.declaration.channel = match chance {
        0..650 => Channel::Web,
        650..800 => Channel::Mail,
        800..900 => Channel::Chat,
        900..960 => Channel::Voice,
        960..990 => Channel::Sms,
        _ => Channel::Letter,
    };
    case.declaration.lang = if mixed(n, 12) % 5 < 2 { Lang::ZhCn } else { Lang::En };
    let number = serde_json::json!({ "kind": "iccid", "normalised": iccid(n) });
    case.number = serde_json::from_value(number).expect("a number");
    case.declaration.number = case.number.clone();
    (case.times.declared, case.times.received) = (at, at);
    (case.stage, case.flags) = stage(n, of, at);
    (entry.case, entry.at) = (case.reference, at);
    for event in &mut entry.events {
        if let Event::Declared { declaration, .. } = event {
            *declaration = case.declaration.clone();
        }
    }
    let mut card = world::card(n, AccountId::from_bits(n));
    card.iccid = Some(iccid(n));
    card.msisdn = Some(format!("+4478{:08}", mixed(n, 13) % 100_000_000));
    card.serial = Some(format!("LK-{n:07}-A"));
    (card.eid, card.imei) = (None, None);
    let due = case.stage.is_open().then(|| (at + SignedDuration::from_hours(48)).as_microsecond());
    Made { case, entry, card, due_us: due }
}
