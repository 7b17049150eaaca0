//! Every stage × every command × every actor, written out for a person to read and disagree with:
//! `golden/decisions.md`. After a change that is meant: `UPDATE_GOLDEN=1 cargo test -p case --test table`.

mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use case::case::{RefusedFor, Step};
use case::identify::Check;
use case::rules::OnDifference;
use case::watch::{Closing, Kind, Moved, Reported, Sign};
use case::{
    Actor, CardState, CaseRef, Channel, Command, Decision, Effect, Event, Letter, Need, Outcome, ProfileSeen, Refusal,
    Role, Stage,
};
use scene::{Card, MEI, Scene, declaration, file, mei, policy, proven, staff, tom, unproven};

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
    Profile Delay Resend Observe ReportAfter CloseAlarm LookAgain Confirm Promise Heed LiftHold);
every!(stage_kind, STAGES, Stage: Received Review Scheduled Ceasing Ceased Closed Refused Withdrawn Contested);
every!(step_kind, STEPS, Step: Barring Barred Deleting);
every!(refused_kind, REFUSED, RefusedFor: Difference Desk);
every!(need_kind, NEEDS, Need: Identity Match Document Card Consent Backup);
every!(outcome_kind, OUTCOMES, Outcome: Delivered Barred Unbarred Ceased Observed Certified GaveUp);
every!(letter_kind, LETTERS, Letter: Receipt Missing Reminder Scheduled Barred Delayed Refused Withdrawn Contested
    Certificate Reply Transcript Alarm Reported Held);
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
    vec![
        ("delivered", Outcome::Delivered),
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
        ("certified", Outcome::Certified { digest: "00".into(), file: "{}".into() }),
        ("gave up", Outcome::GaveUp { why: "no answer".into() }),
    ]
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
        ("lift the hold".to_owned(), Command::LiftHold { evidence: text() }),
        ("wake".to_owned(), Command::Wake),
        ("report: nothing of that number".to_owned(), Command::Report { n: 99, outcome: Outcome::Delivered }),
    ];
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

/// One stage in one of its shapes, reached as a case would reach it.
fn samples() -> Vec<(&'static str, Scene)> {
    let mut all = waiting();
    all.extend(cautious());
    all.extend(desk());
    all.extend(network());
    all.extend(ended());
    all
}

fn start(card: Card, as_proven: bool) -> Scene {
    start_with(Scene::new(policy()), card, as_proven)
}

fn start_with(mut scene: Scene, card: Card, as_proven: bool) -> Scene {
    let actor = if as_proven { proven(MEI, scene.now) } else { unproven() };
    let declared = declaration(card, mei(), scene.now);
    scene.declare(&actor, declared);
    delivered(&mut scene);
    scene
}

/// Letters arrive.
fn delivered(scene: &mut Scene) {
    let letters: Vec<u32> = scene.case().owed.iter().filter(|(_, what)| what == "notify").map(|(n, _)| *n).collect();
    for n in letters {
        let report = Command::Report { n, outcome: Outcome::Delivered };
        scene.act(&Actor::Network, &report).expect("a letter is owed");
    }
}

fn then(mut scene: Scene, actor: &Actor, command: Command) -> Scene {
    if let Err(refusal) = scene.act(actor, &command) {
        panic!("{} refused: {refusal} at {:?}", command.name(), scene.case().stage);
    }
    delivered(&mut scene);
    scene
}

/// What came of the one network effect that is owed.
fn answered(scene: Scene, outcome: &str) -> Scene {
    let (n, _) = scene.case().owed.last().cloned().expect("something is owed");
    let found = outcomes(&scene).into_iter().find(|(name, _)| *name == outcome);
    let (_, outcome) = found.expect("an outcome of that name");
    then(scene, &Actor::Network, Command::Report { n, outcome })
}

fn delayed(scene: Scene) -> Scene {
    let (n, _) = scene.case().owed.last().cloned().expect("something is owed");
    then(scene, &Actor::Network, Command::Delay { n })
}

fn unreachable(scene: Scene) -> Scene {
    then(
        scene,
        &Actor::Network,
        Command::Bounce { channel: Channel::Mail, mail: "m".into(), hard: true, status: "5.1.1".into() },
    )
}

fn woken(mut scene: Scene) -> Scene {
    scene.now = case::deadline::next(scene.case(), &scene.policy).expect("a deadline");
    then(scene, &Actor::Clock, Command::Wake)
}

fn agent() -> Actor {
    staff(101, Role::Agent)
}

fn approve() -> Command {
    Command::Approve { evidence: "passport seen".into() }
}

fn resume() -> Command {
    Command::Resume { reason: "looked at it".into() }
}

fn waiting() -> Vec<(&'static str, Scene)> {
    let mut returning = Scene::new(policy());
    returning.must_return = true;
    let lacking = |consent: bool, backup: bool, must_return: bool| {
        let mut scene = Scene::new(policy());
        scene.must_return = must_return;
        let declared = case::Declaration { consent, backup, ..declaration(Card::Mei, mei(), scene.now) };
        scene.declare(&proven(MEI, scene.now), declared);
        delivered(&mut scene);
        scene
    };
    let asked = Command::Ask { needs: vec![Need::Document], text: "your contract, please".into() };
    let taken_up = then(start(Card::Mei, false), &agent(), Command::TakeUp);
    vec![
        ("Received, lacks identity", start(Card::Mei, false)),
        ("Received, lacks match (no such card)", start(Card::Unknown, false)),
        ("Received, lacks the card itself", start_with(returning, Card::Mei, true)),
        ("Received, lacks the card and consent to postage", lacking(false, true, true)),
        ("Received, lacks the word on backup", lacking(true, false, false)),
        ("Received, the desk asked for a document", then(taken_up, &agent(), asked)),
        ("Received, reminded", woken(start(Card::Mei, false))),
    ]
}

/// The account was recovered just now.
fn recovered(mut scene: Scene) -> Scene {
    scene.known.facts.push(case::Seen { fact: case::Fact::Recovered, at: scene.now });
    scene
}

fn locked(mut scene: Scene) -> Scene {
    scene.known.locked = true;
    scene
}

fn lift() -> Command {
    Command::LiftHold { evidence: "called back".into() }
}

fn cautious() -> Vec<(&'static str, Scene)> {
    let at_once = || {
        let mut scene = Scene::new(policy());
        scene.policy.contest_minutes = 0;
        scene
    };
    let untouched = || {
        let mut scene = at_once();
        scene.policy.risk.hold_bars = false;
        scene
    };
    let held = || answered(start_with(recovered(at_once()), Card::Mei, true), "barred");
    let mut over = held();
    over.later(24 * 60);
    let signed = || then(held(), &staff(ANA, Role::Approver), lift());
    let second = |scene: Scene| {
        let mut scene = scene;
        scene.policy.risk.recovered = case::risk::Bearing::SecondApprover;
        recovered(scene)
    };
    vec![
        ("Ceasing, barring, held", start_with(recovered(at_once()), Card::Mei, true)),
        ("Ceasing, barred, held", held()),
        ("Ceasing, barred, held until now", over),
        ("Ceasing, barred, one has signed for ending the hold", signed()),
        ("Ceasing, barred, the hold was ended early", then(signed(), &staff(102, Role::Approver), lift())),
        ("Scheduled, held and not to be barred", start_with(recovered(untouched()), Card::Mei, true)),
        ("Received, lacks identity, held", start_with(recovered(at_once()), Card::Mei, false)),
        ("Review, proven, locked", start_with(locked(at_once()), Card::Mei, true)),
        ("Review, proven, a fact asks for two", start_with(second(at_once()), Card::Mei, true)),
    ]
}

/// The same case when something becomes known of its account.
fn news(scene: &Scene) -> [(&'static str, Scene); 3] {
    let mut unlocked = scene.clone();
    unlocked.known.locked = false;
    [("recovered", recovered(scene.clone())), ("locked", locked(scene.clone())), ("unlocked", unlocked)]
}

fn desk() -> Vec<(&'static str, Scene)> {
    let differs = |proven_holder: bool| {
        let mut scene = Scene::new(policy());
        let actor = if proven_holder { proven(MEI, scene.now) } else { unproven() };
        scene.declare(&actor, declaration(Card::Mei, tom(), scene.now));
        delivered(&mut scene);
        scene
    };
    let taken_up = || then(start(Card::Mei, false), &agent(), Command::TakeUp);
    let mut gone = Scene::new(policy());
    gone.state = CardState::Ceased;
    let barred = answered(start(Card::Mei, true), "barred");
    let contested = answered(then(barred, &unproven(), Command::Contest), "unbarred");
    vec![
        ("Review, proven, a field differs", differs(true)),
        ("Review, taken up, not proven, unsigned", taken_up()),
        ("Review, taken up, not proven, one signature", then(taken_up(), &staff(ANA, Role::Approver), approve())),
        ("Review, taken up, no such card", then(start(Card::Unknown, false), &agent(), Command::TakeUp)),
        ("Review, the card had already ceased", start_with(gone, Card::Mei, true)),
        ("Review, proven, contested and resumed", then(contested, &agent(), resume())),
        ("Review, due soon", woken(taken_up())),
        ("Review, overdue", woken(woken(taken_up()))),
        ("Review, overdue, and the lead was told", woken(woken(woken(taken_up())))),
        ("Review, a letter could not be delivered", unreachable(taken_up())),
        ("Review, the holder asked how it is going", then(taken_up(), &unproven(), Command::Nudge)),
    ]
}

fn network() -> Vec<(&'static str, Scene)> {
    let mut notice = Scene::new(policy());
    notice.policy.notice_days = 30;
    let mut at_once = Scene::new(policy());
    at_once.policy.contest_minutes = 0;
    let barring = || start(Card::Mei, true);
    let deleting = || start_with(at_once.clone(), Card::Mei, true);
    let mut due = start_with(notice.clone(), Card::Mei, true);
    due.later(31 * 24 * 60);
    let certified = || answered(answered(deleting(), "ceased"), "certified");
    let alarmed = || {
        let scene = certified();
        let moved = observed(&scene, &[(Moved::Data, 5)]);
        then(scene, &Actor::Network, moved)
    };
    vec![
        ("Scheduled, not due", start_with(notice, Card::Mei, true)),
        ("Scheduled, due", due),
        ("Ceasing, barring", barring()),
        ("Ceasing, barring, delayed", delayed(barring())),
        ("Ceasing, barring, stuck", answered(barring(), "gave up")),
        ("Ceasing, barred", answered(barring(), "barred")),
        ("Ceasing, deleting", deleting()),
        ("Ceasing, deleting, stuck", answered(deleting(), "gave up")),
        ("Ceased, no certificate yet", answered(deleting(), "ceased")),
        ("Ceased, certificate stuck", answered(answered(deleting(), "ceased"), "gave up")),
        ("Ceased, profile left on the device", answered(answered(deleting(), "ceased, profile left"), "certified")),
        ("Ceased, certified", certified()),
        ("Ceased, certified, an alarm is open", alarmed()),
        ("Ceased, certified, looking again", then(alarmed(), &agent(), Command::LookAgain)),
    ]
}

fn ended() -> Vec<(&'static str, Scene)> {
    let mut at_once = Scene::new(policy());
    at_once.policy.contest_minutes = 0;
    let certified = answered(answered(start_with(at_once, Card::Mei, true), "ceased"), "certified");
    let billed = report_billed(&certified);
    let reported = then(certified.clone(), &unproven(), billed);
    let mut strict = Scene::new(policy());
    strict.policy.on_difference = OnDifference::Refuse;
    strict.declare(&proven(MEI, strict.now), declaration(Card::Mei, tom(), strict.now));
    delivered(&mut strict);
    let refuse = || Command::Refuse { reason: "not the holder".into(), way_out: "show a passport".into() };
    let barred = || answered(start(Card::Mei, true), "barred");
    let contested = || then(barred(), &unproven(), Command::Contest);
    let both = || then(start(Card::Mei, true), &unproven(), Command::Contest);
    let stuck = || answered(contested(), "gave up");
    vec![
        ("Closed, an alarm is open", woken(reported)),
        ("Closed", woken(certified)),
        ("Refused by the rules for a difference", strict),
        ("Refused by the desk", then(start(Card::Mei, false), &agent(), refuse())),
        ("Refused by the desk, card still barred", then(stuck(), &agent(), refuse())),
        ("Withdrawn", then(start(Card::Mei, false), &unproven(), Command::Withdraw)),
        ("Withdrawn, card still barred", answered(then(barred(), &unproven(), Command::Withdraw), "gave up")),
        ("Contested while the bar was on its way", both()),
        ("Contested, putting the card back", contested()),
        ("Contested, card put back", answered(contested(), "unbarred")),
        ("Contested, card still barred", stuck()),
    ]
}

/// What happened, in a line.
fn tell(before: Option<&Stage>, result: &Result<Decision, Refusal>) -> String {
    let decision = match result {
        Err(Refusal::WrongStage { .. }) => return "no: wrong-stage".to_owned(),
        Err(refusal) => return format!("no: {}", refusal.key().trim_start_matches("refusal-")),
        Ok(decision) => decision,
    };
    let mut said: Vec<String> = Vec::new();
    let stage = stage_line(&decision.case.stage);
    if before.map(stage_line).as_ref() != Some(&stage) {
        said.push(format!("→ **{stage}**"));
    }
    for event in &decision.events {
        match event {
            Event::Moved { .. } | Event::Owed { .. } | Event::Dated { .. } | Event::Attributed { .. } => {}
            Event::Flagged { flag } => said.push(format!("flag {flag:?}")),
            Event::Declared { .. }
            | Event::Quoted { .. }
            | Event::Proven { .. }
            | Event::Corrected { .. }
            | Event::Agreed { .. }
            | Event::Filed { .. }
            | Event::Said { .. }
            | Event::Mailed { .. }
            | Event::Bounced { .. }
            | Event::Asked { .. }
            | Event::CardReceived
            | Event::PersonWanted
            | Event::Reminded
            | Event::Confirmed { .. }
            | Event::Promised { .. }
            | Event::Nudged { .. }
            | Event::Attended { .. }
            | Event::Profile { .. }
            | Event::Cleared { .. }
            | Event::Reported { .. }
            | Event::Settled { .. } => said.push(event.name().to_owned()),
            Event::Alarmed { kind, count, .. } => said.push(format!("**alarm {kind:?}** of {count}")),
            Event::SeenAgain { kind, count, .. } => said.push(format!("alarm {kind:?} counts {count} more")),
            Event::Risked { risk } => said.push(format!("**{:?}**: {:?}", risk.fact, risk.bearing)),
            Event::HoldSigned { .. } | Event::HoldLifted { .. } => said.push(event.name().to_owned()),
            Event::LockSeen { locked } => said.push(if *locked { "**locked**" } else { "unlocked" }.to_owned()),
            Event::AlarmClosed { kind, why } => said.push(format!("alarm {kind:?} closed, {why:?}")),
        }
    }
    said.extend(decision.effects.iter().map(|owed| match &owed.effect {
        Effect::Notify { letter } => format!("owes letter {}", letter_name(*letter)),
        Effect::Bar { .. }
        | Effect::Unbar { .. }
        | Effect::Cease { .. }
        | Effect::Observe { .. }
        | Effect::Certify
        | Effect::Escalate => format!("owes **{}**", owed.effect.kind()),
    }));
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

fn letter_name(letter: Letter) -> String {
    format!("{letter:?}").to_lowercase()
}

fn stage_line(stage: &Stage) -> String {
    match stage {
        Stage::Received { needs, .. } => format!("Received {needs:?}"),
        Stage::Review { causes, signatures, .. } => format!("Review {causes:?}, signed by {}", signatures.len()),
        Stage::Scheduled { signatures, .. } => format!("Scheduled, signed by {}", signatures.len()),
        Stage::Ceasing { step, .. } => format!("Ceasing, {}", step_kind(step)),
        Stage::Ceased { certificate, .. } if certificate.is_some() => "Ceased, certified".to_owned(),
        Stage::Refused { reason, .. } => format!("Refused, {}", refused_kind(reason)),
        Stage::Contested { was_barred, .. } => {
            format!("Contested, {}", if *was_barred { "was barred" } else { "was not barred" })
        }
        Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Withdrawn { .. } => stage_kind(stage).to_owned(),
    }
}

/// Result → who gets it, in the actors' order.
fn grouped(results: &[(&'static str, String)]) -> Vec<(String, Vec<&'static str>)> {
    let mut groups: Vec<(String, Vec<&'static str>)> = Vec::new();
    for (who, what) in results {
        match groups.iter_mut().find(|(known, _)| known == what) {
            Some((_, all)) => all.push(who),
            None => groups.push((what.clone(), vec![who])),
        }
    }
    groups
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
    let mut lines = Vec::new();
    for (name, scene, card, person) in shapes {
        let command = Command::Declare {
            reference: CaseRef::from_bits(7),
            declaration: Box::new(declaration(card, person, scene.now)),
            flags: Vec::new(),
        };
        lines.extend(rows(&scene, &command).into_iter().map(|(who, what)| (name.to_owned(), who, what)));
    }
    write_rows(&mut out, &lines);
    out
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
    let reports = outcomes(first);
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
                let before = *seen.entry((who, command_kind(&command))).or_insert(may);
                assert_eq!(before, may, "{who}, {}, {name}", command.name());
            }
        }
    }
}
