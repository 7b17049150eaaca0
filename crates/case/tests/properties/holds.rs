//! What must hold of a case as it stands, whatever has happened to it.

use super::*;

/// Everything that must hold of a case as it stands.
pub fn holds(scene: &Scene, watch: &Watch, original: &case::Declaration) {
    let case = scene.case();
    assert_eq!(*case.declaration, *original, "the declaration changed");
    let folded = fold(case.reference, &scene.journal).expect("a journal begins with a declaration");
    assert_eq!(&folded, case, "the journal gives another row");
    let owed: Vec<(u32, String)> = watch.outstanding.iter().map(|(n, e)| (*n, e.kind().to_owned())).collect();
    assert_eq!(case.owed, owed);
    let ceasing = watch.outstanding.iter().filter(|(_, e)| matches!(e, Effect::Cease { .. })).count();
    assert!(ceasing <= 1 && (ceasing == 0 || !watch.ceased), "ceased twice");
    let open: Vec<(Kind, u32)> = case.alarms.iter().map(|alarm| (alarm.kind, alarm.count)).collect();
    let kinds: BTreeMap<Kind, u32> = open.iter().copied().collect();
    assert_eq!(open.len(), kinds.len(), "two alarms of one kind");
    assert_eq!(kinds, watch.alarms, "not every sign of life is counted once");
    assert_eq!(case.flags.contains(&Flag::Alarm), !open.is_empty());
    assert!(case.alarms.iter().all(|alarm| alarm.first <= alarm.last));
    one_clock(scene);
    never_more_than_quoted(scene);
    ordinary_where_not_upheld(scene);
    ordered(case);
    assert!(has_an_exit(scene), "no way on from {:?}", case.stage);
    if case.stage.is_open() {
        let lacks = matches!(&case.stage, Stage::Received { needs, .. } if !needs.is_empty());
        let clock = deadline::next(case, &scene.policy).is_some();
        let staff = || staff_can_move(scene) || after_the_hold(scene).is_some_and(|then| staff_can_move(&then));
        assert!(lacks || clock || !case.owed.is_empty() || staff(), "nobody minds {:?}", case.stage);
    }
    if let Stage::Received { needs, .. } = &case.stage {
        assert!(!needs.is_empty(), "waits for nothing");
    }
    if let Stage::Review { causes, .. } = &case.stage {
        assert!(!causes.is_empty(), "in review for nothing");
    }
}

/// A desk in London that promises a decision in eight of its open hours.
pub fn keep_office_hours(rules: &mut Policy) {
    static UK: LazyLock<Calendar> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../../rules/calendars/uk.toml")).expect("the calendar can be read")
    });
    rules.review_open_hours = Some(8);
    rules.desk_hours = UK.clone();
}

/// The row knows what the journal tells of the clock, under these rules and under others.
pub fn one_clock(scene: &Scene) {
    let mut others = scene.policy.clone();
    if others.review_open_hours.take().is_none() {
        keep_office_hours(&mut others);
    }
    others.review_hours = 30;
    for rules in [&scene.policy, &others] {
        let account = sla::read(&scene.journal, rules, scene.now);
        assert_eq!(account.run, sla::run(scene.case(), rules), "the clock of the row is not the journal's");
        assert!(account.spans.windows(2).all(|pair| pair[0].to == Some(pair[1].from)), "a gap: {:?}", account.spans);
        let counted =
            account.spans.iter().all(|span| span.turn == sla::Turn::Desk || span.counted == jiff::SignedDuration::ZERO);
        assert!(counted, "time counted that was not the desk's");
    }
}

/// What is not upheld serves its notice, unless the next network has taken over, and costs what an ordinary end costs; only
/// what can be weighed ever is, and by staff.
pub fn ordinary_where_not_upheld(scene: &Scene) {
    let case = scene.case();
    let by = |entry: &case::event::Entry| match &entry.actor {
        Actor::Agent { role: Role::Agent | Role::Approver, .. } => true,
        Actor::Agent { role: Role::Admin, .. }
        | Actor::Holder { .. }
        | Actor::Clock
        | Actor::Network
        | Actor::Api { .. } => false,
    };
    let mut weighed = scene.journal.iter().filter(|e| e.events.iter().any(|e| matches!(e, Event::Weighed { .. })));
    assert!(weighed.all(by), "weighed by somebody else");
    if case.ways.not_upheld.is_none() {
        return;
    }
    assert!(case.declaration.way.kind.is_weighed() && case.kind().is_ordinary());
    let moved = case.ways.switch.as_ref().is_some_and(|switch| switch.used.is_some());
    let notice = scene.policy.notice_from(case.times.received);
    assert!(moved || case.times.contract_end.is_none_or(|end| end >= notice), "no notice: {:?}", case.times);
}

pub fn ordered(case: &case::Case) {
    let times = &case.times;
    assert!(times.contract_end.is_none_or(|end| end >= times.received), "ends before it came");
    if let (Some(end), Some(cease)) = (times.contract_end, times.network_cease) {
        assert!(end <= cease, "the network lets go before the contract ends");
    }
    if let Some(cease) = times.network_cease {
        assert!(times.number_release.is_none_or(|at| at > cease) && times.erasure.is_some_and(|at| at > cease));
        let moves = case.keeps_number() || !case.stage.has_ended();
        assert!(times.number_release.is_some() || moves, "a number that nobody has and nobody gets");
    }
    let over = !case.stage.is_open();
    assert!(!over || times.erasure.is_some(), "its data has no last day at {:?}", case.stage);
    match &case.stage {
        Stage::Ceasing { step: Step::Barred { since, until }, .. } => assert!(since <= until),
        Stage::Ceased { at, watch_until, .. } => assert!(at <= watch_until && Some(*at) == times.network_cease),
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => {}
    }
}

pub const PROBES: [Do; 8] = [
    Do::Prove,
    Do::WantPerson,
    Do::TakeUp,
    Do::Approve,
    Do::Refuse,
    Do::Withdraw,
    Do::Resume,
    Do::Correct(Card::Mei, true),
];

pub fn moves_on(scene: &Scene, actor: &Actor, command: &Command) -> bool {
    scene.try_on(actor, command).is_ok_and(|d| d.case.stage != scene.case().stage || !d.effects.is_empty())
}

pub fn after_the_hold(scene: &Scene) -> Option<Scene> {
    // What is known and not heeded yet holds it too.
    let mut then = scene.clone();
    then.act(&Actor::Clock, &Command::Heed).ok()?;
    then.now = then.case().held(then.now)?;
    Some(then)
}

pub fn staff_can_move(scene: &Scene) -> bool {
    PROBES.iter().any(|act| moves_on(scene, &staff(200, Role::Approver), &command(*act)))
}

/// A final stage, or someone who can leave this one, now or when the clock or the network answers.
pub fn has_an_exit(scene: &Scene) -> bool {
    let case = scene.case();
    let last = match &case.stage {
        Stage::Closed { .. } | Stage::Withdrawn { .. } | Stage::Refused { reason: RefusedFor::Desk { .. }, .. } => true,
        Stage::Refused { reason: RefusedFor::Difference, .. }
        | Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Contested { .. } => false,
    };
    let people = [proven(MEI, scene.now), unproven(), staff(200, Role::Approver)];
    let by_people = || people.iter().any(|who| PROBES.iter().any(|act| moves_on(scene, who, &command(*act))));
    // A reminder that nobody can be sent moves nothing but its own clock.
    let by_clock = || {
        let mut then = scene.clone();
        (0..8).any(|_| {
            let Some(due) = deadline::next(then.case(), &then.policy) else { return false };
            then.now = due.max(then.now);
            moves_on(&then, &Actor::Clock, &Command::Wake) || {
                then.act(&Actor::Clock, &Command::Wake).expect("the clock is never refused");
                false
            }
        })
    };
    let by_network = || {
        case.owed.iter().any(|(n, what)| {
            moves_on(scene, &Actor::Network, &Command::Report { n: *n, outcome: outcome(what, true, scene) })
        })
    };
    // What waits for a hold to end goes on afterwards.
    let by_time = || after_the_hold(scene).is_some_and(|then| staff_can_move(&then));
    last || by_people() || by_clock() || by_network() || by_time()
}
