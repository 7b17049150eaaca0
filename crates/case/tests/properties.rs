//! What holds however a case is treated: random policies, and random sequences of commands, actors,
//! pauses and answers from the network, late and doubled ones among them. A failure prints the shortest
//! sequence found; proptest keeps its seed beside this file, and runs it first the next time.

mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use case::calendar::Calendar;
use case::case::{RefusedFor, Step};
use case::evolve::fold;
use case::identify::Check;
use case::risk::Bearing;
use case::rules::OnDifference;
use case::watch::{Closing, Kind, Moved, Reported, Sign};
use case::{
    AccountId, Actor, Assurance, CardState, Command, Decision, Effect, Event, Fact, Flag, Letter, Level, Need, Outcome,
    Policy, ProfileSeen, Refusal, Role, Seen, Stage, Subscription, Timestamp, deadline, sla,
};
use proptest::prelude::*;
use scene::{Card, MEI, Scene, TOM, declaration, file, mei, policy, proven, staff, tom, unproven};

#[derive(Clone, Copy, Debug)]
enum Who {
    /// Proven for this account, so many minutes ago.
    Proven(u64, i64),
    Unproven,
    Staff(u64, Role),
}

#[derive(Clone, Copy, Debug)]
enum Do {
    Prove,
    Correct(Card, bool),
    Agree(bool, bool),
    AddFile(u64),
    Say,
    Note,
    WantPerson,
    Ask(Need),
    ReceiveCard,
    TakeUp,
    Approve,
    Refuse,
    Withdraw,
    Nudge,
    Contest,
    Resume,
    Resend,
    ReportAfter(bool),
    CloseAlarm(Kind, Closing),
    LookAgain,
    LiftHold,
}

#[derive(Clone, Debug)]
enum Move {
    Act(Who, Do),
    /// These moved so many minutes before or after now, known by the number only (true) or by the card.
    Observe(Vec<(Moved, i64, bool)>),
    /// This happened to the account so many hours ago. Nobody has told the case yet.
    Happened(Fact, i64),
    /// The holder locks the account, or takes the lock off.
    Lock(bool),
    /// The case is told.
    Heed,
    /// So many minutes pass.
    Pause(i64),
    Wake,
    /// The clock comes when it is due.
    Due,
    /// The n-th thing owed is answered: well (true) or given up.
    Answer(usize, bool),
    /// The n-th thing owed takes long.
    Delay(usize),
    /// Any effect number, any outcome: a late, doubled or confused report.
    Stray(u32, u8),
    /// The eSIM's platform tells something of the profile.
    Profile(ProfileSeen),
}

fn who() -> impl Strategy<Value = Who> {
    let role = prop_oneof![3 => Just(Role::Agent), 3 => Just(Role::Approver), 1 => Just(Role::Admin)];
    prop_oneof![
        3 => (prop_oneof![4 => Just(MEI), 1 => Just(TOM)], prop_oneof![4 => Just(0), 1 => -5..30i64]).prop_map(|(a, m)| Who::Proven(a, m)),
        2 => Just(Who::Unproven),
        4 => (100..104u64, role).prop_map(|(n, role)| Who::Staff(n, role)),
    ]
}

fn card() -> impl Strategy<Value = Card> {
    prop_oneof![4 => Just(Card::Mei), 1 => Just(Card::MeiOther), 1 => Just(Card::Tom), 1 => Just(Card::Unknown)]
}

fn act() -> impl Strategy<Value = Do> {
    prop_oneof![
        3 => Just(Do::Prove),
        2 => (card(), any::<bool>()).prop_map(|(card, fits)| Do::Correct(card, fits)),
        1 => any::<(bool, bool)>().prop_map(|(consent, backup)| Do::Agree(consent, backup)),
        1 => (0..3u64).prop_map(Do::AddFile),
        1 => Just(Do::Say),
        1 => Just(Do::Note),
        1 => Just(Do::WantPerson),
        1 => prop::sample::select(Need::ALL.to_vec()).prop_map(Do::Ask),
        1 => Just(Do::ReceiveCard),
        2 => Just(Do::TakeUp),
        6 => Just(Do::Approve),
        1 => Just(Do::Refuse),
        1 => Just(Do::Withdraw),
        1 => Just(Do::Nudge),
        2 => Just(Do::Contest),
        3 => Just(Do::Resume),
        1 => Just(Do::Resend),
        1 => any::<bool>().prop_map(Do::ReportAfter),
        2 => (prop::sample::select(Kind::ALL.to_vec()), prop::sample::select(Closing::ALL.to_vec()))
            .prop_map(|(kind, why)| Do::CloseAlarm(kind, why)),
        1 => Just(Do::LookAgain),
        3 => Just(Do::LiftHold),
    ]
}

fn signs() -> impl Strategy<Value = Vec<(Moved, i64, bool)>> {
    let one = (prop::sample::select(Moved::ALL.to_vec()), -60 * 24 * 10..60 * 24i64, prop::bool::weighted(0.2));
    prop::collection::vec(one, 0..5)
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        10 => (who(), act()).prop_map(|(who, act)| Move::Act(who, act)),
        2 => signs().prop_map(Move::Observe),
        1 => (prop::sample::select(Fact::ALL.to_vec()), 0..30i64).prop_map(|(fact, ago)| Move::Happened(fact, ago)),
        1 => any::<bool>().prop_map(Move::Lock),
        2 => Just(Move::Heed),
        2 => (1..60 * 24 * 20i64).prop_map(Move::Pause),
        1 => Just(Move::Wake),
        3 => Just(Move::Due),
        6 => (0..4usize, prop::bool::weighted(0.8)).prop_map(|(n, well)| Move::Answer(n, well)),
        1 => (0..4usize).prop_map(Move::Delay),
        1 => (0..30u32, 0..7u8).prop_map(|(n, kind)| Move::Stray(n, kind)),
        1 => prop::sample::select(vec![
            ProfileSeen::Installed,
            ProfileSeen::Enabled,
            ProfileSeen::Disabled,
            ProfileSeen::Deleted,
        ])
        .prop_map(Move::Profile),
    ];
    prop::collection::vec(one, 0..40)
}

#[derive(Clone, Debug)]
struct Start {
    contest_minutes: u32,
    straight_through: bool,
    refuse: bool,
    four_eyes: bool,
    notice_days: u32,
    /// What each fact does, and whether a held card may be barred.
    bears: (Bearing, bool),
    must_return: bool,
    ceased: bool,
    consent: bool,
    backup: bool,
    /// The promise is in open hours.
    office: bool,
    card: Card,
    fits: bool,
    who: Who,
}

fn start() -> impl Strategy<Value = Start> {
    let rules = (
        prop_oneof![Just(0), Just(60)],
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop_oneof![2 => Just(0), 1 => Just(30)],
        (
            prop_oneof![2 => Just(Bearing::Hold), 1 => Just(Bearing::SecondApprover), 1 => Just(Bearing::Show)],
            any::<bool>(),
        ),
    );
    let facts =
        (prop::bool::weighted(0.3), prop::bool::weighted(0.1), any::<bool>(), any::<bool>(), prop::bool::weighted(0.3));
    (rules, facts, card(), prop::bool::weighted(0.7), who()).prop_map(|(rules, facts, card, fits, who)| {
        let (contest_minutes, straight_through, refuse, four_eyes, notice_days, bears) = rules;
        let (must_return, ceased, consent, backup, office) = facts;
        Start {
            contest_minutes,
            straight_through,
            refuse,
            four_eyes,
            notice_days,
            bears,
            must_return,
            ceased,
            consent,
            backup,
            office,
            card,
            fits,
            who,
        }
    })
}

fn actor(who: Who, scene: &Scene) -> Actor {
    match who {
        Who::Proven(whose, ago) => proven(whose, scene.now - jiff::SignedDuration::from_mins(ago)),
        Who::Unproven => unproven(),
        Who::Staff(n, role) => staff(n, role),
    }
}

fn command(act: Do) -> Command {
    let text = || "words".to_owned();
    match act {
        Do::Prove => Command::Prove,
        Do::Correct(card, fits) => {
            Command::Correct { number: card.number(), check: Check::Ok, person: if fits { mei() } else { tom() } }
        }
        Do::Agree(consent, backup) => Command::Agree { consent, backup },
        Do::AddFile(n) => Command::AddFile { file: file(n), name: "letter.pdf".into() },
        Do::Say => Command::say(text()),
        Do::Note => Command::note(text()),
        Do::WantPerson => Command::WantPerson,
        Do::Ask(need) => Command::Ask { needs: vec![need], text: text() },
        Do::ReceiveCard => Command::ReceiveCard,
        Do::TakeUp => Command::TakeUp,
        Do::Approve => Command::Approve { evidence: text() },
        Do::Refuse => Command::Refuse { reason: text(), way_out: text() },
        Do::Withdraw => Command::Withdraw,
        Do::Nudge => Command::Nudge,
        Do::Contest => Command::Contest,
        Do::Resume => Command::Resume { reason: text() },
        Do::Resend => Command::Resend { letter: case::Letter::Receipt },
        Do::ReportAfter(works) => {
            let billed = Reported::Billed { on: jiff::civil::date(2026, 3, 1), amount: "4.99".into() };
            Command::ReportAfter { what: if works { Reported::Works } else { billed }, text: text(), files: Vec::new() }
        }
        Do::CloseAlarm(kind, why) => Command::CloseAlarm { kind, why, text: text() },
        Do::LookAgain => Command::LookAgain,
        Do::LiftHold => Command::LiftHold { evidence: text() },
    }
}

fn outcome(what: &str, well: bool, scene: &Scene) -> Outcome {
    let evidence = || "read back".to_owned();
    match what {
        _ if !well => Outcome::GaveUp { why: "no answer".into() },
        "notify" | "escalate" => Outcome::Delivered,
        "bar" => Outcome::Barred { evidence: evidence() },
        "unbar" => Outcome::Unbarred { evidence: evidence() },
        "observe" => Outcome::Observed { gone: true, evidence: evidence(), read_back_at: scene.now },
        "cease" => Outcome::Ceased {
            element: "inventory".into(),
            evidence: evidence(),
            read_back_at: scene.now,
            profile_left: scene.now.as_second() % 2 == 0,
        },
        _ => Outcome::Certified { digest: "00".into(), file: "{}".into() },
    }
}

/// A second opinion on what may happen, kept apart from the core's own.
struct Watch {
    /// Cards proven by their own holder, as of the actors that gave the commands.
    proofs: BTreeSet<(String, AccountId)>,
    /// Staff who signed since the case last changed what it is about.
    signed: BTreeSet<AccountId>,
    outstanding: Vec<(u32, Effect)>,
    ceased: bool,
    contested: bool,
    /// Who has signed for ending the hold, and up to which end of a hold two have.
    lifting: BTreeSet<AccountId>,
    lifted: Option<Timestamp>,
    hold: Option<Timestamp>,
    /// What moved after the end, by kind, and is not cleared up: how often.
    alarms: BTreeMap<Kind, u32>,
}

fn has_contact(scene: &Scene) -> bool {
    let case = scene.case();
    case.reachable || case.person.email.is_some() || case.person.phone.is_some()
}

fn key(subscription: &Subscription) -> String {
    format!("{}/{}", subscription.card, subscription.generation)
}

impl Watch {
    fn see(&mut self, scene: &Scene, actor: &Actor, command: &Command, before: Option<&Stage>, decision: &Decision) {
        let case = scene.case();
        if let (Actor::Holder { assurance, .. }, Some(subscription), Some(owner)) =
            (actor, &case.subscription, case.account)
            && fresh(assurance, owner, scene)
        {
            self.proofs.insert((key(subscription), owner));
        }
        // Before what this command adds: a lock is heeded first, and then the signature counts.
        let decided = matches!(before, Some(Stage::Scheduled { .. } | Stage::Ceasing { .. }));
        if decided && matches!(case.stage, Stage::Review { .. } | Stage::Contested { .. }) {
            self.signed.clear();
            self.contested |= matches!(case.stage, Stage::Contested { .. });
        }
        if let (Command::Approve { .. }, Actor::Agent { staff, .. }) = (command, actor) {
            self.signed.insert(*staff);
        }
        if matches!(command, Command::Correct { .. } | Command::Contest) {
            self.signed.clear();
        }
        self.contested |= matches!(command, Command::Contest);
        self.lifts(scene, actor, command);
        self.after(scene, command, before, decision);
        if let Command::Report { n, outcome: came } = command {
            let at = self.outstanding.iter().position(|(owed, _)| owed == n).expect("an unowed report was taken");
            let (_, effect) = self.outstanding.remove(at);
            let gone = matches!(came, Outcome::Ceased { .. });
            assert!(!gone || matches!(effect, Effect::Cease { .. }), "{} counted as a cease", effect.kind());
        }
        if matches!(before, Some(Stage::Ceasing { step: Step::Deleting, .. }))
            && matches!(case.stage, Stage::Ceased { .. })
        {
            self.ceased = true;
        }
        for owed in &decision.effects {
            // It was seen again after its end, and a person has it ended once more.
            let again = before.is_some_and(Stage::has_ended) && matches!(command, Command::Resume { .. });
            if again && matches!(owed.effect, Effect::Cease { .. }) {
                self.ceased = false;
                continue;
            }
            if let Effect::Bar { subscription } | Effect::Cease { subscription } = &owed.effect {
                let told = matches!(before, Some(Stage::Ceasing { step: Step::Deleting, .. }));
                self.may_end(scene, subscription, matches!(owed.effect, Effect::Cease { .. }), told);
            }
            self.outstanding.push((owed.n, owed.effect.clone()));
        }
    }

    fn lifts(&mut self, scene: &Scene, actor: &Actor, command: &Command) {
        let until = scene.case().hold.as_ref().map(|hold| hold.until);
        // About another card it is another hold, even one that ends at the same moment.
        if until != self.hold || matches!(command, Command::Correct { .. }) {
            (self.hold, self.lifting) = (until, BTreeSet::new());
        }
        if let (Command::LiftHold { .. }, Actor::Agent { staff, role }) = (command, actor) {
            assert!(self.lifting.insert(*staff), "one person lifts a hold twice");
            if self.lifting.len() == 2 {
                assert_eq!(*role, Role::Approver);
                self.lifted = self.lifted.max(until);
            }
        }
    }

    /// Nothing that happened within the hours of a hold lets a card be ended for good, or barred where not even
    /// that may be, unless two people have looked at exactly that.
    fn held_back(&self, scene: &Scene, for_good: bool) {
        let rules = &scene.policy.risk;
        let case = scene.case();
        if !for_good && rules.hold_bars {
            return;
        }
        for risk in case.risks.iter().filter(|risk| risk.bearing == Bearing::Hold) {
            let until = risk.at + rules.hold();
            assert!(until <= scene.now || self.lifted >= Some(until), "ended within the hold for {:?}", risk.fact);
        }
        for seen in scene.known.facts.iter().filter(|seen| rules.of(seen.fact) != Bearing::Show) {
            let told = case.risks.iter().any(|risk| risk.covers(seen));
            let over = seen.at + rules.hold() <= scene.now;
            assert!(told || over, "ended without a look at {:?}", seen.fact);
        }
    }

    /// A second count of what moved after the end: nothing lost, nothing counted twice, a letter for each alarm.
    fn after(&mut self, scene: &Scene, command: &Command, before: Option<&Stage>, decision: &Decision) {
        let letters =
            |wanted| decision.effects.iter().filter(|o| o.effect == Effect::Notify { letter: wanted }).count();
        let mut raised = 0;
        if let (Command::Observe { signs }, Some(Stage::Ceased { at, watch_until, .. })) = (command, before) {
            let times = &scene.case().times;
            for sign in signs.iter().filter(|_| scene.now < *watch_until) {
                let end = match sign.moved {
                    Moved::Voice | Moved::Sms | Moved::Data | Moved::SignIn | Moved::Attach => Some(*at),
                    Moved::Charge => times.billing_end,
                    Moved::Reminder | Moved::Marketing => times.contract_end,
                };
                let anothers = sign.by_number && Some(sign.at) >= times.number_release;
                if Some(sign.at) > end && !anothers {
                    let count = self.alarms.entry(sign.moved.kind()).or_insert(0);
                    raised += usize::from(*count == 0);
                    *count += 1;
                }
            }
        }
        if let Command::ReportAfter { what, .. } = command {
            *self.alarms.entry(what.kind()).or_insert(0) += 1;
            assert_eq!(letters(Letter::Reported) == 1, has_contact(scene), "a report is confirmed once");
        }
        if let Command::CloseAlarm { kind, .. } = command {
            assert!(self.alarms.remove(kind).is_some(), "an alarm closed that nobody raised");
        }
        assert_eq!(letters(Letter::Alarm), if has_contact(scene) { raised } else { 0 });
    }

    /// `told`: the network had been told before, and got stuck.
    fn may_end(&self, scene: &Scene, subscription: &Subscription, for_good: bool, told: bool) {
        let case = scene.case();
        assert!(!self.ceased, "the network is told to end a card that has ended");
        assert!(matches!(case.stage, Stage::Ceasing { .. }), "ended at {:?}", case.stage);
        assert_eq!(Some(subscription), case.subscription.as_ref());
        let owner = case.account.expect("attributed");
        let by_holder = self.proofs.contains(&(key(subscription), owner));
        let two = self.signed.len() >= 2;
        assert!(two || (by_holder && !self.contested), "ended without proof and without two people");
        assert!(two || told || !scene.known.locked, "ended though it is locked, without two people");
        let risky = case.risks.iter().any(|risk| risk.bearing == Bearing::SecondApprover);
        assert!(two || told || !risky, "ended without the second person that a fact asks for");
        self.held_back(scene, for_good);
        let others = self
            .outstanding
            .iter()
            .any(|(_, e)| matches!(e, Effect::Bar { .. } | Effect::Cease { .. } | Effect::Unbar { .. }));
        assert!(!others, "the network is told something new before it has answered");
        assert!(!for_good || matches!(case.stage, Stage::Ceasing { step: Step::Deleting, .. }));
    }
}

fn fresh(assurance: &Assurance, owner: AccountId, scene: &Scene) -> bool {
    let age = assurance.at.map(|at| scene.now.duration_since(at).as_secs());
    assurance.level > Level::Nothing
        && assurance.account == Some(owner)
        && age.is_some_and(|s| (-30..=600).contains(&s))
}

/// Everything that must hold of a case as it stands.
fn holds(scene: &Scene, watch: &Watch, original: &case::Declaration) {
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
fn keep_office_hours(rules: &mut Policy) {
    static UK: LazyLock<Calendar> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../rules/calendars/uk.toml")).expect("the calendar can be read")
    });
    rules.review_open_hours = Some(8);
    rules.desk_hours = UK.clone();
}

/// The row knows what the journal tells of the clock, under these rules and under others.
fn one_clock(scene: &Scene) {
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

fn ordered(case: &case::Case) {
    let times = &case.times;
    assert!(times.contract_end.is_none_or(|end| end >= times.received), "ends before it came");
    if let (Some(end), Some(cease)) = (times.contract_end, times.network_cease) {
        assert!(end <= cease, "the network lets go before the contract ends");
    }
    if let Some(cease) = times.network_cease {
        assert!(times.number_release.is_some_and(|at| at > cease) && times.erasure.is_some_and(|at| at > cease));
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

const PROBES: [Do; 8] = [
    Do::Prove,
    Do::WantPerson,
    Do::TakeUp,
    Do::Approve,
    Do::Refuse,
    Do::Withdraw,
    Do::Resume,
    Do::Correct(Card::Mei, true),
];

fn moves_on(scene: &Scene, actor: &Actor, command: &Command) -> bool {
    scene.try_on(actor, command).is_ok_and(|d| d.case.stage != scene.case().stage || !d.effects.is_empty())
}

fn after_the_hold(scene: &Scene) -> Option<Scene> {
    // What is known and not heeded yet holds it too.
    let mut then = scene.clone();
    then.act(&Actor::Clock, &Command::Heed).ok()?;
    then.now = then.case().held(then.now)?;
    Some(then)
}

fn staff_can_move(scene: &Scene) -> bool {
    PROBES.iter().any(|act| moves_on(scene, &staff(200, Role::Approver), &command(*act)))
}

/// A final stage, or someone who can leave this one, now or when the clock or the network answers.
fn has_an_exit(scene: &Scene) -> bool {
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
    let by_clock = || {
        let mut then = scene.clone();
        deadline::next(case, &scene.policy).is_some_and(|due| {
            then.now = due.max(scene.now);
            moves_on(&then, &Actor::Clock, &Command::Wake)
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

fn step(scene: &mut Scene, watch: &mut Watch, next: Move) -> Result<(), Refusal> {
    let (actor, command) = match next {
        Move::Act(who, act) => (actor(who, scene), command(act)),
        Move::Observe(signs) => {
            let sign = |(moved, minutes, by_number)| {
                let at = scene.now + jiff::SignedDuration::from_mins(minutes);
                Sign { moved, at, amount: None, by_number }
            };
            (Actor::Network, Command::Observe { signs: signs.into_iter().map(sign).collect() })
        }
        Move::Happened(fact, hours) => {
            let at = scene.now - jiff::SignedDuration::from_hours(hours);
            scene.known.facts.push(Seen { fact, at });
            return Ok(());
        }
        Move::Lock(locked) => {
            scene.known.locked = locked;
            return Ok(());
        }
        Move::Heed => (Actor::Clock, Command::Heed),
        Move::Pause(minutes) => {
            scene.later(minutes);
            return Ok(());
        }
        Move::Wake => (Actor::Clock, Command::Wake),
        Move::Due => {
            let due = deadline::next(scene.case(), &scene.policy);
            scene.now = due.map_or(scene.now, |due| due.max(scene.now));
            (Actor::Clock, Command::Wake)
        }
        Move::Answer(n, well) => {
            let Some((n, what)) = scene.case().owed.get(n).cloned() else { return Ok(()) };
            (Actor::Network, Command::Report { n, outcome: outcome(&what, well, scene) })
        }
        Move::Profile(seen) => (Actor::Network, Command::Profile { seen }),
        Move::Delay(n) => {
            let Some((n, _)) = scene.case().owed.get(n).cloned() else { return Ok(()) };
            (Actor::Network, Command::Delay { n })
        }
        Move::Stray(n, kind) => {
            let what = ["notify", "bar", "unbar", "cease", "certify", "escalate", "observe"][usize::from(kind)];
            (Actor::Network, Command::Report { n, outcome: outcome(what, !what.is_empty(), scene) })
        }
    };
    let before = scene.case().stage.clone();
    let decision = scene.act(&actor, &command)?;
    watch.see(scene, &actor, &command, Some(&before), &decision);
    if matches!(command, Command::Wake | Command::Heed) {
        let again = scene.try_on(&Actor::Clock, &command).expect("the clock is never refused");
        assert!(
            again.events.is_empty(),
            "woken once, did {:?}; twice, {:?}; before {before:?}, known {:?}, now {}",
            decision.events,
            again.events,
            scene.known,
            scene.now
        );
    }
    if matches!(command, Command::Report { .. }) {
        assert_eq!(scene.try_on(&actor, &command).err(), Some(Refusal::NothingOwed), "a report counted twice");
    }
    Ok(())
}

/// Lives through it; answers the names of the stages it was at, and whether an alarm was open.
fn live(start: &Start, moves: &[Move]) -> BTreeSet<&'static str> {
    let mut rules = policy();
    rules.contest_minutes = start.contest_minutes;
    rules.straight_through = start.straight_through;
    rules.on_difference = if start.refuse { OnDifference::Refuse } else { OnDifference::Desk };
    rules.four_eyes = start.four_eyes;
    rules.notice_days = start.notice_days;
    let (bearing, bars) = start.bears;
    rules.risk.hold_bars = bars;
    (rules.risk.recovered, rules.risk.contact_changed, rules.risk.many_requests) = (bearing, bearing, bearing);
    if start.office {
        keep_office_hours(&mut rules);
    }
    let mut scene = Scene::new(rules);
    scene.must_return = start.must_return;
    scene.state = if start.ceased { CardState::Ceased } else { CardState::Active };
    let person = if start.fits { mei() } else { tom() };
    let mut original = declaration(start.card, person, scene.now);
    (original.consent, original.backup) = (start.consent, start.backup);
    let mut watch = Watch {
        proofs: BTreeSet::new(),
        signed: BTreeSet::new(),
        outstanding: Vec::new(),
        ceased: false,
        contested: false,
        lifting: BTreeSet::new(),
        lifted: None,
        hold: None,
        alarms: BTreeMap::new(),
    };
    let by = match start.who {
        Who::Staff(n, _) => staff(n, Role::Agent),
        Who::Proven(..) | Who::Unproven => actor(start.who, &scene),
    };
    let opened = scene.declare(&by, original.clone());
    assert!(matches!(opened.events.first(), Some(Event::Declared { .. })));
    let receipt = Effect::Notify { letter: Letter::Receipt };
    assert!(opened.effects.iter().any(|owed| owed.effect == receipt) || original.person.email.is_none());
    let command = Command::Wake;
    watch.see(&scene, &by, &command, None, &opened);
    holds(&scene, &watch, &original);
    let mut stages = BTreeSet::from([scene.case().stage.name()]);
    for next in moves {
        // A refusal changes nothing, which is what the next look confirms.
        let _ = step(&mut scene, &mut watch, next.clone());
        holds(&scene, &watch, &original);
        stages.insert(scene.case().stage.name());
        if scene.case().flags.contains(&Flag::Alarm) {
            stages.insert("alarm");
        }
        if scene.case().hold.as_ref().is_some_and(|hold| hold.lifted) {
            stages.insert("lifted");
        }
        if scene.case().locked {
            stages.insert("locked");
        }
    }
    stages
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_breaks_a_promise(start in start(), moves in moves()) {
        live(&start, &moves);
    }
}

/// The sequences above are worth something only if they get everywhere, alarms included.
#[test]
fn the_sequences_reach_every_stage() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut reached = BTreeSet::new();
    for _ in 0..2000 {
        let start = start().new_tree(&mut runner).expect("a start").current();
        let moves = moves().new_tree(&mut runner).expect("moves").current();
        reached.extend(live(&start, &moves));
    }
    let mut all: BTreeSet<&str> = Stage::NAMES.into_iter().collect();
    all.extend(["alarm", "lifted", "locked"]);
    assert_eq!(reached, all);
}

/// Numbers no operator means, and days beyond the calendar.
#[test]
fn no_policy_makes_it_panic() {
    let mut rules = policy();
    rules.notice_days = u32::MAX;
    rules.contest_minutes = u32::MAX;
    rules.patience_days = u32::MAX;
    rules.review_hours = u32::MAX;
    rules.escalate_hours = u32::MAX;
    rules.nudge_hours = u32::MAX;
    rules.quarantine_days = u32::MAX;
    rules.watch_days = u32::MAX;
    rules.retention_days = u32::MAX;
    rules.time_zone = "Nowhere/Never".into();
    for notice in [0, u32::MAX] {
        rules.notice_days = notice;
        let mut scene = Scene::new(rules.clone());
        let wanted = case::Declaration {
            wanted_end: (notice > 0).then_some(jiff::civil::Date::MAX),
            ..declaration(Card::Mei, mei(), scene.now)
        };
        scene.declare(&proven(MEI, scene.now), wanted);
        let _ = deadline::next(scene.case(), &scene.policy);
        for (n, what) in scene.case().owed.clone() {
            let report = Command::Report { n, outcome: outcome(&what, true, &scene) };
            scene.act(&Actor::Network, &report).expect("owed");
            let _ = deadline::next(scene.case(), &scene.policy);
        }
    }
}
