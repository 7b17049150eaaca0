//! The cases that every command is tried on: one for each stage, and for what can stand beside it.

use super::*;

/// One stage in one of its shapes, reached as a case would reach it.
pub fn samples() -> Vec<(&'static str, Scene)> {
    let mut all = waiting();
    all.extend(cautious());
    all.extend(desk());
    all.extend(network());
    all.extend(ended());
    all.extend(by_post());
    all.extend(billed());
    all.extend(ways());
    all.extend(erasing());
    all
}

/// Over for so long that nothing keeps it but the schedule.
pub fn erasing() -> Vec<(&'static str, Scene)> {
    let mut at_once = Scene::new(policy());
    at_once.policy.contest_minutes = 0;
    let mut old = woken(answered(answered(start_with(at_once, Card::Mei, true), "ceased"), "certified"));
    old.now = old.case().times.erasure.expect("a day");
    let planned = || then(old.clone(), &Actor::Clock, Command::PlanErasure { on: old.now });
    let erased = || then(planned(), &Actor::Clock, Command::Erase { file: "{}".into() });
    vec![("Closed, due to be erased", old.clone()), ("Closed, to be erased today", planned()), ("Erased", erased())]
}

pub fn start(card: Card, as_proven: bool) -> Scene {
    start_with(Scene::new(policy()), card, as_proven)
}

pub fn start_with(mut scene: Scene, card: Card, as_proven: bool) -> Scene {
    let actor = if as_proven { proven(MEI, scene.now) } else { unproven() };
    let declared = declaration(card, mei(), scene.now);
    scene.declare(&actor, declared);
    delivered(&mut scene);
    scene
}

/// Letters arrive.
pub fn delivered(scene: &mut Scene) {
    let letters: Vec<u32> = scene.case().owed.iter().filter(|(_, what)| what == "notify").map(|(n, _)| *n).collect();
    for n in letters {
        let report = Command::Report { n, outcome: Outcome::Delivered };
        scene.act(&Actor::Network, &report).expect("a letter is owed");
    }
}

pub fn then(mut scene: Scene, actor: &Actor, command: Command) -> Scene {
    if let Err(refusal) = scene.act(actor, &command) {
        panic!("{} refused: {refusal} at {:?}", command.name(), scene.case().stage);
    }
    delivered(&mut scene);
    scene
}

/// What came of the one network effect that is owed.
pub fn answered(scene: Scene, outcome: &str) -> Scene {
    let (n, _) = scene.case().owed.last().cloned().expect("something is owed");
    let found = outcomes(&scene).into_iter().find(|(name, _)| *name == outcome);
    let (_, outcome) = found.expect("an outcome of that name");
    then(scene, &Actor::Network, Command::Report { n, outcome })
}

pub fn delayed(scene: Scene) -> Scene {
    let (n, _) = scene.case().owed.last().cloned().expect("something is owed");
    then(scene, &Actor::Network, Command::Delay { n })
}

pub fn unreachable(scene: Scene) -> Scene {
    then(
        scene,
        &Actor::Network,
        Command::Bounce { channel: Channel::Mail, mail: "m".into(), hard: true, status: "5.1.1".into() },
    )
}

pub fn woken(mut scene: Scene) -> Scene {
    scene.now = case::deadline::next(scene.case(), &scene.policy).expect("a deadline");
    then(scene, &Actor::Clock, Command::Wake)
}

pub fn agent() -> Actor {
    staff(101, Role::Agent)
}

pub fn approve() -> Command {
    Command::Approve { evidence: "passport seen".into() }
}

pub fn resume() -> Command {
    Command::Resume { reason: "looked at it".into() }
}

pub fn waiting() -> Vec<(&'static str, Scene)> {
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
pub fn recovered(mut scene: Scene) -> Scene {
    scene.known.facts.push(case::Seen { fact: case::Fact::Recovered, at: scene.now });
    scene
}

pub fn locked(mut scene: Scene) -> Scene {
    scene.known.locked = true;
    scene
}

pub fn lift() -> Command {
    Command::LiftHold { evidence: "called back".into() }
}

pub fn cautious() -> Vec<(&'static str, Scene)> {
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
pub fn news(scene: &Scene) -> [(&'static str, Scene); 3] {
    let mut unlocked = scene.clone();
    unlocked.known.locked = false;
    [("recovered", recovered(scene.clone())), ("locked", locked(scene.clone())), ("unlocked", unlocked)]
}

pub fn desk() -> Vec<(&'static str, Scene)> {
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
    let mut rival = Scene::new(policy());
    rival.duplicate = true;
    let barred = answered(start(Card::Mei, true), "barred");
    let contested = answered(then(barred, &unproven(), Command::Contest), "unbarred");
    vec![
        ("Review, proven, a field differs", differs(true)),
        ("Review, taken up, not proven, unsigned", taken_up()),
        ("Review, taken up, not proven, one signature", then(taken_up(), &staff(ANA, Role::Approver), approve())),
        ("Review, taken up, no such card", then(start(Card::Unknown, false), &agent(), Command::TakeUp)),
        ("Review, another case of the card is open", start_with(rival.clone(), Card::Mei, true)),
        ("Review, no such card, and another case of the one it is about is open", {
            then(start_with(rival, Card::Unknown, false), &agent(), Command::TakeUp)
        }),
        ("Review, the card had already ceased", start_with(gone, Card::Mei, true)),
        ("Review, proven, contested and resumed", then(contested, &agent(), resume())),
        ("Review, due soon", woken(taken_up())),
        ("Review, overdue", woken(woken(taken_up()))),
        ("Review, overdue, and the lead was told", woken(woken(woken(taken_up())))),
        ("Review, a letter could not be delivered", unreachable(taken_up())),
        ("Review, the holder asked how it is going", then(taken_up(), &unproven(), Command::Nudge)),
    ]
}

pub fn network() -> Vec<(&'static str, Scene)> {
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

pub fn ended() -> Vec<(&'static str, Scene)> {
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

/// A router that is to come back once the card has ended, within two weeks, for £35 otherwise.
pub fn router() -> Scene {
    let mut scene = Scene::new(policy());
    scene.policy.contest_minutes = 0;
    (scene.must_return, scene.thing) = (true, Thing::Router);
    scene.policy.returns.router = case::rules::Terms {
        needed: case::rules::ReturnNeeded::AfterEnd,
        counted_from: case::rules::CountedFrom::End,
        days: 14,
        charge: Some(3500),
    };
    scene.policy.returns.two_people_above = 2000;
    answered(answered(start_with(scene, Card::Mei, true), "ceased"), "certified")
}

pub fn given(scene: Scene, actor: &Actor, deed: Deed) -> Scene {
    then(scene, actor, Command::Return { deed })
}

pub fn by_post() -> Vec<(&'static str, Scene)> {
    let tracking = || case::tracking::track("RA473124829GB", &[]).ok().map(|tracked| tracked.tracking);
    let posted = |scene| given(scene, &unproven(), Deed::Post { tracking: tracking(), proof: None });
    let received = |scene| given(scene, &agent(), Deed::Receive { scan: Scan::Code });
    let late = || woken(woken(woken(router())));
    let dispute = || Deed::Dispute { over: Over::InTime, text: "posted on Monday".into(), files: Vec::new() };
    let inspect = |found| Deed::Inspect { found, text: "opened".into(), photos: Vec::new() };
    let mut waiting = Scene::new(policy());
    waiting.must_return = true;
    let waiting = start_with(waiting, Card::Mei, false);
    let lost = Deed::Carried { status: Status::Lost, at: router().now };
    let ana = staff(ANA, Role::Approver);
    vec![
        // Nobody has proven it: what was posted, the desk writes down.
        (
            "Received, lacks identity and the card, which is in the post",
            given(waiting, &agent(), Deed::Post { tracking: tracking(), proof: None }),
        ),
        ("Ceased, a router is to come back", router()),
        ("Ceased, a router is to come back, reminded", woken(router())),
        ("Ceased, a router is late", late()),
        ("Ceased, a router is in the post", posted(router())),
        ("Ceased, a router was lost in the post", given(posted(router()), &Actor::Network, lost)),
        ("Ceased, a router was received", received(posted(router()))),
        ("Ceased, a router was received late, disputed", given(received(late()), &unproven(), dispute())),
        (
            "Ceased, another card was in the parcel",
            given(received(posted(router())), &agent(), inspect(Found::AnotherCard)),
        ),
        ("Ceased, a router came as agreed", given(received(posted(router())), &agent(), inspect(Found::AsAgreed))),
        ("Ceased, a router is late, Ana has signed for waiving it", {
            given(late(), &ana, Deed::Waive { reason: "was in hospital".into() })
        }),
    ]
}

fn by_two(mut scene: Scene) -> Scene {
    scene.policy.four_eyes = true;
    scene
}

/// What runs beside a case, at the stages at which it matters.
pub fn ways() -> Vec<(&'static str, Scene)> {
    let declared = |scene: Scene, way: Way, as_proven: bool| {
        let mut scene = scene;
        let actor = if as_proven { proven(MEI, scene.now) } else { unproven() };
        let declared = case::Declaration { way, ..declaration(Card::Mei, mei(), scene.now) };
        scene.declare(&actor, declared);
        delivered(&mut scene);
        scene
    };
    let asked = || declared(moving_scene(), moving(Unused::Lapse), true);
    let coded = |unused| answered(declared(moving_scene(), moving(unused), true), "coded");
    let taken_back = || then(coded(Unused::Lapse), &unproven(), Command::Withdraw);
    let scheduled = || start_with(moving_scene(), Card::Mei, true);
    let in_the_notice =
        || answered(then(scheduled(), &proven(MEI, scheduled().now), ask_code(Unused::Cancel)), "coded");
    let by = |capacity, kind| Way { kind, behalf: Some(behalf(capacity)), ..Way::default() };
    let helper = || declared(Scene::new(policy()), by(Capacity::BillManager, way::Kind::Ordinary), false);
    let undated = || {
        let mut scene = moving_scene();
        scene.policy.straight_through = false;
        let mut scene = start_with(scene, Card::Mei, true);
        scene.now = scene.case().ways.notice.expect("a notice").due;
        then(scene, &Actor::Clock, Command::Wake)
    };
    let for_cause = || {
        let cause = way::Kind::Extraordinary { reason: "no signal".into() };
        declared(noticed(), Way { kind: cause, ..Way::default() }, true)
    };
    let withdrawn = || {
        let mut scene = Scene::new(policy());
        scene.credit = Some(Money::new(750, "GBP"));
        scene.policy.tariff.credit.forfeited = Some("credit-expires".into());
        declared(scene, Way { kind: way::Kind::Withdrawal, ..Way::default() }, true)
    };
    let signed = || then(by_two(for_cause()), &staff(ANA, Role::Approver), approve());
    let complaint = || then(scheduled(), &unproven(), Command::Complain { text: "nobody answers".into() });
    vec![
        ("Received, moving, no code asked for yet", declared(moving_scene(), moving(Unused::Lapse), false)),
        ("Received, moving, the code is awaited", asked()),
        ("Received, moving, the code is late", woken(asked())),
        ("Received, moving, the code is there", coded(Unused::Lapse)),
        ("Received, moving, the code is there, else cancel", coded(Unused::Cancel)),
        ("Withdrawn, the code is there", taken_back()),
        ("Review, the code was used after all", then(taken_back(), &Actor::Network, Command::Ported { at: None })),
        ("Scheduled, notice sent, the code is there", in_the_notice()),
        ("Received, by who helps with the bills", helper()),
        ("Review, by who helps with the bills, taken up", then(helper(), &agent(), Command::TakeUp)),
        (
            "Review, of somebody who has died",
            declared(Scene::new(policy()), by(Capacity::Estate, death("QBDAA 123456")), false),
        ),
        ("Review, the end-of-contract notice went out without its day", undated()),
        ("Review, for cause, one signature", signed()),
        ("Review, for cause, not upheld", then(signed(), &agent(), weigh(false))),
        ("Received, a withdrawal that is not upheld, lacks consent", then(withdrawn(), &agent(), weigh(false))),
        ("Scheduled, a complaint is open", complaint()),
        (
            "Scheduled, a complaint is at a deadlock",
            then(complaint(), &agent(), Command::Deadlock { text: "no".into() }),
        ),
    ]
}
