//! Every stage × every command × every actor, written out for a person to read and disagree with:
//! `golden/decisions.md`. After a change that is meant: `UPDATE_GOLDEN=1 cargo test -p case --test table`.

#[path = "table/billing.rs"]
mod billing;
#[path = "table/samples.rs"]
mod samples;
mod scene;
#[path = "table/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use billing::*;
use case::case::{RefusedFor, Step};
use case::identify::Check;
use case::parcel::{Deed, Found, Over, Scan, Status, Thing};
use case::rules::OnDifference;
use case::watch::{Closing, Kind, Moved, Reported, Sign};
use case::way::{self, Behalf, Capacity, Code, Moving, Unused, Way};
use case::{
    Actor, CardState, CaseRef, Channel, Charge, Command, Decision, Effect, Event, Letter, Money, Need, Outcome,
    ProfileSeen, Refusal, Role, Saved, Stage,
};
use samples::*;
use scene::{Card, MEI, Scene, declaration, file, mei, policy, proven, receipt, staff, tom, unproven};
use words::*;

/// Names every variant of an enum: forgetting one here does not compile, and the test asks for a
/// sample of each.
macro_rules! every {
    ($name:ident, $all:ident, $ty:ident: $($variant:ident)*) => {
        fn $name(it: &$ty) -> &'static str {
            match it { $($ty::$variant { .. } => stringify!($variant)),* }
        }
        const $all: &[&str] = &[$(stringify!($variant)),*];
    };
}

every!(command_kind, COMMANDS, Command: Declare Prove Correct Agree AddFile Say Note WantPerson Ask ReceiveCard
    TakeUp Approve Refuse Withdraw Nudge Contest Resume Wake Report Receive Bounce SendTranscript
    Profile Delay Resend Observe ReportAfter CloseAlarm LookAgain Confirm Promise Heed LiftHold Save Return Requote PaidBack
    AskCode Ported Complain Deadlock SettleComplaint Weigh PlanErasure Erase);
every!(stage_kind, STAGES, Stage: Received Review Scheduled Ceasing Ceased Closed Refused Withdrawn Contested);
every!(step_kind, STEPS, Step: Barring Barred Deleting);
every!(refused_kind, REFUSED, RefusedFor: Difference Desk);
every!(need_kind, NEEDS, Need: Identity Match Document Card Consent Backup Switch);
every!(outcome_kind, OUTCOMES, Outcome: Delivered Unsent Barred Unbarred Ceased Observed Certified GaveUp
    BillingEnded Billed Refunded Coded);
every!(letter_kind, LETTERS, Letter: Receipt Missing Reminder Scheduled Barred Delayed Refused Withdrawn Contested
    Resumed Certificate Reply Transcript Alarm Reported Cleared Held ReturnAsked ReturnReminder ReturnNews Repriced Statement Refunded
    EndNotice SwitchCode SwitchExpired Complaint Adr Erasure NotUpheld Upheld);
every!(actor_kind, ACTORS, Actor: Holder Agent Clock Network Api);
every!(role_kind, ROLES, Role: Agent Approver Admin);

const ANA: u64 = 100;

fn actors(scene: &Scene) -> Vec<(&'static str, Actor)> {
    vec![
        ("holder, proven", proven(MEI, scene.now)),
        ("holder, unproven", unproven()),
        ("agent", staff(101, Role::Agent)),
        ("approver", staff(102, Role::Approver)),
        ("Ana", staff(ANA, Role::Approver)),
        ("admin", staff(103, Role::Admin)),
        ("clock", Actor::Clock),
        ("network", Actor::Network),
        ("api", Actor::Api { client: "shell".into() }),
    ]
}

fn outcomes(scene: &Scene) -> Vec<(&'static str, Outcome)> {
    let evidence = || "read back".to_owned();
    let mut all = vec![
        ("delivered", Outcome::Delivered),
        ("nobody to send it to", Outcome::Unsent),
        ("barred", Outcome::Barred { evidence: evidence() }),
        ("unbarred", Outcome::Unbarred { evidence: evidence() }),
        (
            "ceased",
            Outcome::Ceased {
                element: "inventory".into(),
                evidence: evidence(),
                read_back_at: scene.now,
                profile_left: false,
            },
        ),
        (
            "ceased, profile left",
            Outcome::Ceased {
                element: "es2plus".into(),
                evidence: evidence(),
                read_back_at: scene.now,
                profile_left: true,
            },
        ),
        ("still gone", Outcome::Observed { gone: true, evidence: evidence(), read_back_at: scene.now }),
        ("still there", Outcome::Observed { gone: false, evidence: evidence(), read_back_at: scene.now }),
        (
            "coded",
            Outcome::Coded { sealed: "sealed".into(), until: scene.now + jiff::SignedDuration::from_hours(30 * 24) },
        ),
        ("certified", Outcome::Certified { digest: "00".into(), file: "{}".into() }),
        ("gave up", Outcome::GaveUp { why: "no answer".into() }),
    ];
    // Where there is no billing, nothing of it is ever reported.
    if scene.policy.tariff.connected {
        all.extend(billing_outcomes(scene));
    }
    all
}

fn commands(scene: &Scene) -> Vec<(String, Command)> {
    let text = || "words".to_owned();
    let correct = |card: Card, person| Command::Correct { number: card.number(), check: Check::Ok, person };
    let ask = |need| Command::Ask { needs: vec![need], text: text() };
    let declare = Command::Declare {
        reference: CaseRef::from_bits(7),
        declaration: Box::new(declaration(Card::Mei, mei(), scene.now)),
        flags: Vec::new(),
    };
    let mut all = vec![
        ("declare again".to_owned(), declare),
        ("prove".to_owned(), Command::Prove),
        ("correct: all fits".to_owned(), correct(Card::Mei, mei())),
        ("correct: a field differs".to_owned(), correct(Card::Mei, tom())),
        ("correct: another card of the same holder".to_owned(), correct(Card::MeiOther, mei())),
        ("correct: somebody else's card".to_owned(), correct(Card::Tom, tom())),
        ("correct: no such card".to_owned(), correct(Card::Unknown, mei())),
        ("agree to all".to_owned(), Command::Agree { consent: true, backup: true }),
        ("agree to nothing".to_owned(), Command::Agree { consent: false, backup: false }),
        ("save: a receipt".to_owned(), Command::Save { saved: Saved::Receipt { receipt: receipt() } }),
        ("save: let it be lost".to_owned(), Command::Save { saved: Saved::Skipped }),
        ("add a file".to_owned(), Command::AddFile { file: file(9), name: "letter.pdf".into() }),
        ("say".to_owned(), Command::say(text())),
        (
            "receive a mail".to_owned(),
            Command::Receive { mail: "m".into(), text: text(), files: vec![(file(8), "bill.pdf".into())] },
        ),
        (
            "a letter bounces for good".to_owned(),
            Command::Bounce { mail: "m".into(), hard: true, status: "5.1.1".into(), channel: Channel::Mail },
        ),
        (
            "a letter bounces for now".to_owned(),
            Command::Bounce { mail: "m".into(), hard: false, status: "4.2.2".into(), channel: Channel::Mail },
        ),
        ("send the transcript".to_owned(), Command::SendTranscript),
        ("note".to_owned(), Command::note(text())),
        ("want a person".to_owned(), Command::WantPerson),
        ("ask for a document".to_owned(), ask(Need::Document)),
        ("ask for identity".to_owned(), ask(Need::Identity)),
        ("receive the card".to_owned(), Command::ReceiveCard),
        ("take up".to_owned(), Command::TakeUp),
        ("approve".to_owned(), Command::Approve { evidence: text() }),
        ("refuse".to_owned(), Command::Refuse { reason: text(), way_out: text() }),
        ("withdraw".to_owned(), Command::Withdraw),
        ("confirm a code read out".to_owned(), Command::Confirm { channel: Channel::Voice }),
        (
            "promise a call".to_owned(),
            Command::Promise {
                from: scene.now + jiff::SignedDuration::from_hours(1),
                until: scene.now + jiff::SignedDuration::from_hours(2),
            },
        ),
        (
            "promise a call in the past".to_owned(),
            Command::Promise { from: scene.now - jiff::SignedDuration::from_hours(1), until: scene.now },
        ),
        ("nudge".to_owned(), Command::Nudge),
        ("contest".to_owned(), Command::Contest),
        ("resume".to_owned(), Command::Resume { reason: text() }),
        ("the eSIM's profile is deleted".to_owned(), Command::Profile { seen: ProfileSeen::Deleted }),
        ("the eSIM's profile is installed".to_owned(), Command::Profile { seen: ProfileSeen::Installed }),
        ("the eSIM's profile is enabled".to_owned(), Command::Profile { seen: ProfileSeen::Enabled }),
        ("the eSIM's profile is disabled".to_owned(), Command::Profile { seen: ProfileSeen::Disabled }),
        ("resend a letter".to_owned(), Command::Resend { letter: Letter::Receipt }),
        ("delay: nothing of that number".to_owned(), Command::Delay { n: 99 }),
        ("observe: data used after the end".to_owned(), observed(scene, &[(Moved::Data, 5)])),
        ("observe: data, voice and a charge after the end".to_owned(), {
            observed(scene, &[(Moved::Data, 5), (Moved::Voice, 6), (Moved::Charge, 7)])
        }),
        ("observe: data used before the end".to_owned(), observed(scene, &[(Moved::Data, -24 * 60 * 400)])),
        ("report a bill".to_owned(), report_billed(scene)),
        (
            "report that it works".to_owned(),
            Command::ReportAfter { what: Reported::Works, text: String::new(), files: Vec::new() },
        ),
        ("close an alarm: explained".to_owned(), close(Closing::Explained)),
        ("close an alarm: for the desk only".to_owned(), close(Closing::Set)),
        ("look once more".to_owned(), Command::LookAgain),
        ("heed what is known".to_owned(), Command::Heed),
        ("reckon again".to_owned(), Command::Requote),
        ("paid back: as due".to_owned(), paid_back(750)),
        ("paid back: less".to_owned(), paid_back(749)),
        ("lift the hold".to_owned(), Command::LiftHold { evidence: text() }),
        ("ask for a code".to_owned(), ask_code(Unused::Lapse)),
        ("ask for a code: else cancel".to_owned(), ask_code(Unused::Cancel)),
        ("the number has moved".to_owned(), Command::Ported { at: None }),
        ("complain".to_owned(), Command::Complain { text: text() }),
        ("deadlock".to_owned(), Command::Deadlock { text: text() }),
        ("settle the complaint".to_owned(), Command::SettleComplaint { text: text() }),
        ("weigh the cause: not upheld".to_owned(), weigh(false)),
        ("weigh the cause: upheld after all".to_owned(), weigh(true)),
        ("plan the erasure".to_owned(), Command::PlanErasure { on: scene.now }),
        ("erase".to_owned(), Command::Erase { file: "{}".into() }),
        ("wake".to_owned(), Command::Wake),
        ("report: nothing of that number".to_owned(), Command::Report { n: 99, outcome: Outcome::Delivered }),
    ];
    all.extend(returns(scene));
    let owed = scene.case.as_ref().map(|case| case.owed.clone()).unwrap_or_default();
    let kinds: BTreeMap<&str, u32> = owed.iter().map(|(n, what)| (what.as_str(), *n)).collect();
    for (what, n) in kinds {
        all.push((format!("{what} is delayed"), Command::Delay { n }));
        for (name, outcome) in outcomes(scene) {
            all.push((format!("report on {what}: {name}"), Command::Report { n, outcome }));
        }
    }
    all
}

/// What is done about something that comes back by post.
fn returns(scene: &Scene) -> Vec<(String, Command)> {
    let text = || "words".to_owned();
    let tracking = case::tracking::track("RA473124829GB", &[]).expect("a number").tracking;
    let of = |card: Card| Scan::Number(case::CardId::from_bits(card as u64 + 10));
    let carried = |status| Deed::Carried { status, at: scene.now };
    let inspect = |found| Deed::Inspect { found, text: text(), photos: Vec::new() };
    [
        ("ask it back", Deed::Ask { what: Thing::Router, text: text() }),
        ("make the label", Deed::Label),
        ("post it", Deed::Post { tracking: Some(tracking), proof: None }),
        ("post it: without proof", Deed::Post { tracking: None, proof: None }),
        ("the carrier: in transit", carried(Status::InTransit)),
        ("the carrier: delivered", carried(Status::Delivered)),
        ("the carrier: lost", carried(Status::Lost)),
        ("the carrier: something unknown", carried(Status::Unknown)),
        ("receive by the label", Deed::Receive { scan: Scan::Code }),
        ("receive by the label: a number of this card", Deed::Receive { scan: of(Card::Mei) }),
        ("receive by the label: a number of another card", Deed::Receive { scan: of(Card::Tom) }),
        ("inspect it: as agreed", inspect(Found::AsAgreed)),
        ("inspect it: damaged", inspect(Found::Damaged)),
        ("inspect it: another card", inspect(Found::AnotherCard)),
        ("dispute", Deed::Dispute { over: Over::InTime, text: text(), files: Vec::new() }),
        ("judge the dispute: upheld", Deed::Judge { upheld: true, text: text() }),
        ("judge the dispute: not upheld", Deed::Judge { upheld: false, text: text() }),
        ("waive it", Deed::Waive { reason: text() }),
    ]
    .into_iter()
    .map(|(name, deed)| (name.to_owned(), Command::Return { deed }))
    .collect()
}

/// Signs of so many minutes from now.
fn observed(scene: &Scene, what: &[(Moved, i64)]) -> Command {
    let sign = |(moved, minutes): &(Moved, i64)| {
        let at = scene.now + jiff::SignedDuration::from_mins(*minutes);
        Sign { moved: *moved, at, amount: None, by_number: false }
    };
    Command::Observe { signs: what.iter().map(sign).collect() }
}

fn report_billed(scene: &Scene) -> Command {
    let on = scene.now.to_zoned(scene.policy.zone()).date();
    let what = Reported::Billed { on, amount: "4.99".into() };
    Command::ReportAfter { what, text: "again".into(), files: Vec::new() }
}

fn close(why: Closing) -> Command {
    Command::CloseAlarm { kind: Kind::Usage, why, text: "words".into() }
}

const NOT_YOURS: &str = "no: not-yours";

/// One sample of each command.
fn once(name: &str) -> bool {
    !name.contains(": ")
        || matches!(
            name,
            "correct: all fits"
                | "report: nothing of that number"
                | "delay: nothing of that number"
                | "observe: data used after the end"
                | "close an alarm: explained"
                | "the carrier: in transit"
                | "inspect it: as agreed"
                | "judge the dispute: upheld"
                | "weigh the cause: not upheld"
        )
}

fn rights() -> String {
    let mut out = String::from("## Who may give which command at all\n\n| command | actors |\n|---|---|\n");
    let scene = start(Card::Mei, false);
    for (name, command) in commands(&scene).iter().filter(|(name, _)| once(name)) {
        let may: Vec<&str> = actors(&scene)
            .iter()
            .filter(|(_, actor)| scene.try_on(actor, command).err() != Some(Refusal::NotYours))
            .map(|(who, _)| *who)
            .collect();
        let name = name.split(':').next().unwrap_or(name).trim_end_matches(" again");
        let _ = writeln!(out, "| {name} | {} |", together(&may, " · "));
    }
    out
}

fn openings() -> String {
    let mut out = String::from("\n## Declare\n\n| what is declared | actors | what happens |\n|---|---|---|\n");
    let plain = Scene::new(policy());
    let strict = {
        let mut scene = plain.clone();
        scene.policy.on_difference = OnDifference::Refuse;
        scene
    };
    let with = |change: fn(&mut Scene)| {
        let mut scene = plain.clone();
        change(&mut scene);
        scene
    };
    let shapes = [
        ("all fits", plain.clone(), Card::Mei, mei()),
        ("all fits, no contest window", with(|s| s.policy.contest_minutes = 0), Card::Mei, mei()),
        ("all fits, notice of 30 days", with(|s| s.policy.notice_days = 30), Card::Mei, mei()),
        ("all fits, every case goes to the desk", with(|s| s.policy.straight_through = false), Card::Mei, mei()),
        ("all fits, another case is open", with(|s| s.duplicate = true), Card::Mei, mei()),
        ("all fits, the account was just recovered", recovered(plain.clone()), Card::Mei, mei()),
        ("all fits, the account is locked", locked(plain.clone()), Card::Mei, mei()),
        ("all fits, card must come back", with(|s| s.must_return = true), Card::Mei, mei()),
        ("a field differs", plain.clone(), Card::Mei, tom()),
        ("a field differs, and the rules refuse that", strict, Card::Mei, tom()),
        ("the card has ceased", with(|s| s.state = CardState::Ceased), Card::Mei, mei()),
        ("somebody else's card", plain.clone(), Card::Tom, mei()),
        ("no such card", plain.clone(), Card::Unknown, mei()),
    ];
    let shapes = shapes.map(|(name, scene, card, person)| (name, scene, card, person, Way::default())).into_iter();
    let mut lines = Vec::new();
    for (name, scene, card, person, way) in shapes.chain(ways_to_declare()) {
        let declared = case::Declaration { way, ..declaration(card, person, scene.now) };
        let command =
            Command::Declare { reference: CaseRef::from_bits(7), declaration: Box::new(declared), flags: Vec::new() };
        lines.extend(rows(&scene, &command).into_iter().map(|(who, what)| (name.to_owned(), who, what)));
    }
    write_rows(&mut out, &lines);
    out
}

/// A declaration that is no ordinary one for oneself.
fn ways_to_declare() -> Vec<(&'static str, Scene, Card, case::Person, Way)> {
    let plain = Scene::new(policy());
    let kind = |kind| Way { kind, ..Way::default() };
    let by = |capacity| Way { behalf: Some(behalf(capacity)), ..Way::default() };
    let died = |certificate: &str| Way { kind: death(certificate), ..by(Capacity::Estate) };
    let one = |name, scene, way| (name, scene, Card::Mei, mei(), way);
    vec![
        one("for cause", plain.clone(), kind(way::Kind::Extraordinary { reason: "no signal".into() })),
        one("for cause, notice of 30 days", noticed(), kind(way::Kind::Extraordinary { reason: "no signal".into() })),
        one("a withdrawal", plain.clone(), kind(way::Kind::Withdrawal)),
        one("of somebody who has died, with its number", plain.clone(), died("QBDAA 123456")),
        one("of somebody who has died, without papers", plain.clone(), died("")),
        one("by an attorney, without papers", plain.clone(), by(Capacity::Attorney)),
        one("by who helps with the bills", plain.clone(), by(Capacity::BillManager)),
        one("moving to another network", moving_scene(), moving(Unused::Lapse)),
        one("moving, where no codes are given", plain, moving(Unused::Lapse)),
    ]
}

fn behalf(capacity: Capacity) -> Behalf {
    Behalf { capacity, name: "Jo Lin".into(), email: Some("jo@example.org".into()), phone: None }
}

fn death(certificate: &str) -> way::Kind {
    way::Kind::Death { died: None, certificate: certificate.into(), registrar: "Leeds".into() }
}

fn moving(unused: Unused) -> Way {
    Way { moving: Some(Moving::of(Code::Pac, unused)), ..Way::default() }
}

fn ask_code(unused: Unused) -> Command {
    Command::AskCode { moving: Moving::of(Code::Pac, unused) }
}

fn weigh(upheld: bool) -> Command {
    Command::Weigh { upheld, reason: "words".into() }
}

/// Rules by which codes are given, a notice is owed, and a complaint has a clock.
fn moving_scene() -> Scene {
    let mut scene = noticed();
    scene.policy.journey.switching.offered = true;
    scene.policy.clocks.codes = case::rules::Codes { days: 30, answer_seconds: 60, switch_working_days: 1 };
    scene.policy.clocks.end_notice =
        case::rules::EndNotice { online_hours: 24, other_working_days: 3, contains: Vec::new() };
    scene.policy.complaint = case::rules::Complaint { adr_weeks: 6, schemes: vec!["CISAS".into()] };
    scene
}

fn noticed() -> Scene {
    let mut scene = Scene::new(policy());
    scene.policy.notice_days = 30;
    scene
}

/// Short names for those who so often come together.
fn together(names: &[&str], by: &str) -> String {
    [
        ("holder, proven · holder, unproven", "holder"),
        ("agent · approver · Ana", "staff"),
        (
            "correct: all fits; correct: a field differs; correct: another card of the same holder; correct: somebody \
             else's card; correct: no such card",
            "correct",
        ),
        ("ask for a document; ask for identity", "ask"),
    ]
    .iter()
    .fold(names.join(by), |line, (long, short)| line.replace(long, short))
}

/// Who gets what from a command; those it is not for are left out.
fn rows(scene: &Scene, command: &Command) -> Vec<(String, String)> {
    let before = scene.case.as_ref().map(|case| &case.stage);
    let results: Vec<(&str, String)> = actors(scene)
        .iter()
        .map(|(who, actor)| (*who, tell(before, &scene.try_on(actor, command))))
        .filter(|(_, what)| what != NOT_YOURS)
        .collect();
    let groups = grouped(&results);
    let all = groups.len() == 1;
    let who = |names: Vec<&str>| if all { "all who may".to_owned() } else { together(&names, " · ") };
    groups.into_iter().map(|(what, names)| (who(names), what)).collect()
}

/// Commands with one and the same line, together.
fn write_rows(out: &mut String, lines: &[(String, String, String)]) {
    let mut merged: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for (name, who, what) in lines {
        match merged.iter_mut().find(|(_, w, t)| w == who && t == what) {
            Some((names, _, _)) => names.push(name),
            None => merged.push((vec![name], who, what)),
        }
    }
    // What nobody can do comes last.
    merged.sort_by_key(|(_, who, what)| *who == "all who may" && what.starts_with("no: "));
    for (names, who, what) in merged {
        let _ = writeln!(out, "| {} | {who} | {what} |", together(&names, "; "));
    }
}

fn table() -> String {
    let mut out = String::from(
        "# Every decision\n\n\
         Written by `cargo test -p case --test table`; after a change that is meant, with `UPDATE_GOLDEN=1`.\n\
         Policy unless said otherwise: straight through, differences go to the desk, a contest window of an hour,\n\
         no notice, postage only where the card must come back. *No* names the refusal. What is not listed for an\n\
         actor is not theirs (first table). Ana is an approver; where a case has one signature, it is hers.\n\n",
    );
    out.push_str(&rights());
    out.push_str(&openings());
    for (name, scene) in samples() {
        let deadline = case::deadline::next(scene.case(), &scene.policy);
        let _ = writeln!(out, "\n## {name}\n");
        let clock = match deadline {
            None => "The clock has nothing to do here.".to_owned(),
            Some(due) => format!("Next looked at by the clock {}.", distance(&scene, due)),
        };
        let _ = writeln!(out, "{clock}\n\n| command | actors | what happens |\n|---|---|---|");
        let mut lines = Vec::new();
        for (command_name, command) in commands(&scene) {
            lines.extend(rows(&scene, &command).into_iter().map(|(who, what)| (command_name.clone(), who, what)));
        }
        for (news, scene) in news(&scene).iter().filter(|(_, new)| new.known != scene.known) {
            let told = rows(scene, &Command::Heed).into_iter();
            lines.extend(told.map(|(who, what)| (format!("heed: {news}"), who, what)));
        }
        write_rows(&mut out, &lines);
    }
    out
}

fn distance(scene: &Scene, due: case::Timestamp) -> String {
    let minutes = due.duration_since(scene.now).as_mins();
    match minutes {
        ..=0 => "now".to_owned(),
        1..=2880 => format!("in {minutes} minutes"),
        _ => format!("in {} days", (minutes + 720) / 1440),
    }
}

#[test]
fn the_table_is_what_was_agreed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/decisions.md");
    let new = table();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &new).expect("the golden table can be written");
        return;
    }
    let old = std::fs::read_to_string(path).unwrap_or_default();
    if old != new {
        let (was, is): (BTreeSet<&str>, BTreeSet<&str>) = (old.lines().collect(), new.lines().collect());
        let mut diff = String::new();
        was.difference(&is).for_each(|line| diff.push_str(&format!("- {line}\n")));
        is.difference(&was).for_each(|line| diff.push_str(&format!("+ {line}\n")));
        panic!(
            "the decisions have changed:\n{diff}\nIf that is meant: UPDATE_GOLDEN=1 cargo test -p case --test table"
        );
    }
}

#[test]
fn the_table_leaves_nothing_out() {
    let samples = samples();
    let of = |names: Vec<&'static str>| names.into_iter().collect::<BTreeSet<_>>();
    let all = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let stages = || samples.iter().map(|(_, scene)| &scene.case().stage);
    assert_eq!(of(stages().map(stage_kind).collect()), all(STAGES));
    let (mut steps, mut refused, mut needs) = (Vec::new(), Vec::new(), Vec::new());
    for stage in stages() {
        match stage {
            Stage::Ceasing { step, .. } => steps.push(step_kind(step)),
            Stage::Refused { reason, .. } => refused.push(refused_kind(reason)),
            Stage::Received { needs: lacks, .. } => needs.extend(lacks.iter().map(need_kind)),
            Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => {}
        }
    }
    assert_eq!(of(steps), all(STEPS));
    assert_eq!(of(refused), all(REFUSED));
    assert_eq!(of(needs), all(NEEDS));
    let (_, first) = &samples[0];
    let reports: Vec<_> = samples.iter().flat_map(|(_, scene)| outcomes(scene)).collect();
    assert_eq!(of(commands(first).iter().map(|(_, c)| command_kind(c)).collect()), all(COMMANDS));
    assert_eq!(of(reports.iter().map(|(_, o)| outcome_kind(o)).collect()), all(OUTCOMES));
    let (mut kinds, mut roles) = (Vec::new(), Vec::new());
    for (_, actor) in actors(first) {
        kinds.push(actor_kind(&actor));
        if let Actor::Agent { role, .. } = actor {
            roles.push(role_kind(&role));
        }
    }
    assert_eq!(of(kinds), all(ACTORS));
    assert_eq!(of(roles), all(ROLES));
    assert_eq!(of(Letter::ALL.iter().map(letter_kind).collect()), all(LETTERS));
}

/// The first table stands for all stages only if rights do not depend on the stage.
#[test]
fn who_may_does_not_depend_on_the_stage() {
    let mut seen: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for (name, scene) in samples() {
        for (_, command) in commands(&scene) {
            for (who, actor) in actors(&scene) {
                let may = scene.try_on(&actor, &command).err() != Some(Refusal::NotYours);
                let before = *seen.entry((who, command.name())).or_insert(may);
                assert_eq!(before, may, "{who}, {}, {name}", command.name());
            }
        }
    }
}
