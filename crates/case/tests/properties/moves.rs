//! What can happen to a case: who does what, what becomes known, what the network answers, and how it begins.

use super::*;

#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// Proven for this account, so many minutes ago.
    Proven(u64, i64),
    Unproven,
    Staff(u64, Role),
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Prove,
    Correct(Card, bool),
    Agree(bool, bool),
    Save(bool),
    AddFile(u64),
    Say,
    Note,
    Requote,
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
    PaidBack(i64),
    AskCode(Moving),
    Ported,
    Complain,
    Deadlock,
    SettleComplaint,
    Weigh(bool),
}

#[derive(Clone, Debug)]
pub enum Move {
    Act(Who, Do),
    /// These moved so many minutes before or after now, known by the number only (true) or by the card.
    Observe(Vec<(Moved, i64, bool)>),
    /// This happened to the account so many hours ago. Nobody has told the case yet.
    Happened(Fact, i64),
    /// Another case of each card comes up, or goes.
    Rival(bool),
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
    /// Something of what comes back by post.
    Back(Who, Back),
}

pub fn who() -> impl Strategy<Value = Who> {
    let role = prop_oneof![3 => Just(Role::Agent), 3 => Just(Role::Approver), 1 => Just(Role::Admin)];
    prop_oneof![
        3 => (prop_oneof![4 => Just(MEI), 1 => Just(TOM)], prop_oneof![4 => Just(0), 1 => -5..30i64]).prop_map(|(a, m)| Who::Proven(a, m)),
        2 => Just(Who::Unproven),
        4 => (100..104u64, role).prop_map(|(n, role)| Who::Staff(n, role)),
    ]
}

pub fn card() -> impl Strategy<Value = Card> {
    prop_oneof![4 => Just(Card::Mei), 1 => Just(Card::MeiOther), 1 => Just(Card::Tom), 1 => Just(Card::Unknown)]
}

pub fn act() -> impl Strategy<Value = Do> {
    prop_oneof![
        3 => Just(Do::Prove),
        2 => (card(), any::<bool>()).prop_map(|(card, fits)| Do::Correct(card, fits)),
        1 => any::<(bool, bool)>().prop_map(|(consent, backup)| Do::Agree(consent, backup)),
        1 => any::<bool>().prop_map(Do::Save),
        1 => (0..3u64).prop_map(Do::AddFile),
        1 => Just(Do::Say),
        1 => Just(Do::Note),
        1 => Just(Do::Requote),
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
        6 => Just(Do::LiftHold),
        3 => moving().prop_map(Do::AskCode),
        1 => Just(Do::Ported),
        1 => Just(Do::Complain),
        1 => Just(Do::Deadlock),
        1 => Just(Do::SettleComplaint),
        2 => any::<bool>().prop_map(Do::Weigh),
    ]
}

pub fn moving() -> impl Strategy<Value = Moving> {
    let code = prop_oneof![Just(Code::Pac), Just(Code::Stac)];
    let unused = prop_oneof![Just(Unused::Lapse), Just(Unused::Cancel)];
    (code, unused, any::<bool>()).prop_map(|(code, unused, by_text)| Moving { code, unused, by_text })
}

/// Mostly the ordinary way.
pub fn way() -> impl Strategy<Value = Way> {
    let reason = || "no signal".to_owned();
    let kind = prop_oneof![
        6 => Just(way::Kind::Ordinary),
        1 => Just(way::Kind::Extraordinary { reason: reason() }),
        1 => Just(way::Kind::Withdrawal),
    ];
    let death = any::<bool>().prop_map(|known| way::Kind::Death {
        died: None,
        certificate: if known { "QBDAA 123456".into() } else { String::new() },
        registrar: String::new(),
    });
    let by = |capacity| Behalf { capacity, name: "Jo".into(), email: Some("jo@example.org".into()), phone: None };
    prop_oneof![
        6 => (kind, prop::option::weighted(0.3, moving())).prop_map(|(kind, moving)| Way { kind, moving, ..Way::default() }),
        1 => death.prop_map(move |kind| Way { kind, behalf: Some(by(Capacity::Estate)), ..Way::default() }),
        1 => prop_oneof![Just(Capacity::Attorney), Just(Capacity::BillManager)]
            .prop_map(move |capacity| Way { behalf: Some(by(capacity)), ..Way::default() }),
    ]
}

pub fn signs() -> impl Strategy<Value = Vec<(Moved, i64, bool)>> {
    let one = (prop::sample::select(Moved::ALL.to_vec()), -60 * 24 * 10..60 * 24i64, prop::bool::weighted(0.2));
    prop::collection::vec(one, 0..5)
}

pub fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        10 => (who(), act()).prop_map(|(who, act)| Move::Act(who, act)),
        2 => signs().prop_map(Move::Observe),
        3 => (who(), back()).prop_map(|(who, back)| Move::Back(who, back)),
        1 => (prop::sample::select(Fact::ALL.to_vec()), 0..30i64).prop_map(|(fact, ago)| Move::Happened(fact, ago)),
        1 => any::<bool>().prop_map(Move::Rival),
        1 => any::<bool>().prop_map(Move::Lock),
        2 => Just(Move::Heed),
        2 => (1..60 * 24 * 20i64).prop_map(Move::Pause),
        1 => Just(Move::Wake),
        3 => Just(Move::Due),
        6 => (0..4usize, prop::bool::weighted(0.8)).prop_map(|(n, well)| Move::Answer(n, well)),
        1 => (0..4usize).prop_map(Move::Delay),
        1 => (0..30u32, 0..8u8).prop_map(|(n, kind)| Move::Stray(n, kind)),
        1 => prop::sample::select(vec![
            ProfileSeen::Installed,
            ProfileSeen::Enabled,
            ProfileSeen::Disabled,
            ProfileSeen::Deleted,
        ])
        .prop_map(Move::Profile),
    ];
    prop::collection::vec(one, 0..50)
}

#[derive(Clone, Debug)]
pub struct Start {
    pub contest_minutes: u32,
    pub straight_through: bool,
    pub refuse: bool,
    pub four_eyes: bool,
    pub notice_days: u32,
    /// What each fact does, and whether a held card may be barred.
    pub bears: (Bearing, bool),
    pub must_return: bool,
    pub terms: Terms,
    pub ceased: bool,
    /// Another case of the card came first.
    pub rival: bool,
    pub consent: bool,
    pub backup: bool,
    /// The promise is in open hours.
    pub office: bool,
    /// A billing system is connected, and this much credit is on the card.
    pub billing: bool,
    pub credit: i64,
    pub card: Card,
    pub fits: bool,
    pub who: Who,
    pub way: Way,
    /// Codes are given, a notice is owed, a complaint has a clock.
    pub ways: bool,
}

pub fn start() -> impl Strategy<Value = Start> {
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
    let facts = (
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.1),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
        prop_oneof![10 => Just(0_i64), 10 => 1_i64..2_000, 1 => Just(-5_i64)],
    );
    let ways = (way(), prop::bool::weighted(0.7), prop::bool::weighted(0.1));
    (rules, facts, card(), prop::bool::weighted(0.7), who(), terms(), ways).prop_map(
        |(rules, facts, card, fits, who, terms, (way, ways, rival))| {
            let (contest_minutes, straight_through, refuse, four_eyes, notice_days, bears) = rules;
            let (must_return, ceased, consent, backup, office, billing, credit) = facts;
            Start {
                contest_minutes,
                straight_through,
                refuse,
                four_eyes,
                notice_days,
                bears,
                must_return,
                terms,
                ceased,
                rival,
                consent,
                backup,
                office,
                billing,
                credit,
                card,
                fits,
                who,
                way,
                ways,
            }
        },
    )
}

pub fn actor(who: Who, scene: &Scene) -> Actor {
    match who {
        Who::Proven(whose, ago) => proven(whose, scene.now - jiff::SignedDuration::from_mins(ago)),
        Who::Unproven => unproven(),
        Who::Staff(n, role) => staff(n, role),
    }
}

pub fn command(act: Do) -> Command {
    let text = || "words".to_owned();
    match act {
        Do::Prove => Command::Prove,
        Do::Correct(card, fits) => {
            Command::Correct { number: card.number(), check: Check::Ok, person: if fits { mei() } else { tom() } }
        }
        Do::Agree(consent, backup) => Command::Agree { consent, backup },
        Do::Save(true) => Command::Save { saved: Saved::Receipt { receipt: receipt() } },
        Do::Save(false) => Command::Save { saved: Saved::Skipped },
        Do::AddFile(n) => Command::AddFile { file: file(n), name: "letter.pdf".into() },
        Do::Say => Command::say(text()),
        Do::Requote => Command::Requote,
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
        Do::PaidBack(minor) => Command::PaidBack { amount: Money::new(minor, "GBP"), reference: text() },
        Do::AskCode(moving) => Command::AskCode { moving },
        Do::Ported => Command::Ported { at: None },
        Do::Complain => Command::Complain { text: text() },
        Do::Deadlock => Command::Deadlock { text: text() },
        Do::SettleComplaint => Command::SettleComplaint { text: text() },
        Do::Weigh(upheld) => Command::Weigh { upheld, reason: text() },
    }
}

/// What a billing system might come up with, by the second at which it is asked: more and less than was quoted, in
/// lines known and unknown, and in another country's money.
fn bill(scene: &Scene) -> Vec<Charge> {
    let seed = scene.now.as_second();
    let mut lines: Vec<Charge> = scene
        .case()
        .quote
        .lines
        .iter()
        .map(|line| {
            let amount = Money::new(line.amount.minor + seed % 700 - 300, &line.amount.currency);
            Charge { what: line.what.clone(), amount }
        })
        .collect();
    let amount = Money::new(seed % 900 - 200, if seed % 11 == 0 { "EUR" } else { "GBP" });
    lines.push(Charge { what: "admin".into(), amount });
    lines
}

pub fn outcome(what: &str, well: bool, scene: &Scene) -> Outcome {
    let evidence = || "read back".to_owned();
    match what {
        _ if !well => Outcome::GaveUp { why: "no answer".into() },
        "notify" | "escalate" => Outcome::Delivered,
        "bar" => Outcome::Barred { evidence: evidence() },
        "unbar" => Outcome::Unbarred { evidence: evidence() },
        "observe" => Outcome::Observed { gone: true, evidence: evidence(), read_back_at: scene.now },
        "port" => {
            let until = scene.now + jiff::SignedDuration::from_hours(30 * 24);
            Outcome::Coded { sealed: "sealed".into(), until }
        }
        "cease" => Outcome::Ceased {
            element: "inventory".into(),
            evidence: evidence(),
            read_back_at: scene.now,
            profile_left: scene.now.as_second() % 2 == 0,
        },
        "end-billing" => Outcome::BillingEnded { ended_at: scene.now, evidence: evidence(), read_back_at: scene.now },
        "final-bill" => Outcome::Billed { lines: bill(scene), evidence: evidence(), read_back_at: scene.now },
        "refund" => {
            let due = scene.case().bill.refund.as_ref().map(|refund| refund.amount.clone());
            let amount = due.unwrap_or_else(|| Money::new(1, "GBP"));
            Outcome::Refunded { amount, reference: "R".into(), evidence: evidence(), read_back_at: scene.now }
        }
        _ => Outcome::Certified { digest: "00".into(), file: "{}".into() },
    }
}
