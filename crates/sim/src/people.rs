//! Who there is, what they own, and what they may take into their heads to do: mostly what helps,
//! sometimes anything at all.

use case::identify::{Check, Identifier};
use case::rules::{Fee, OnDifference};
use case::{
    AccountId, Actor, Assurance, CardId, CardRecord, Case, Channel, Command, Declaration, FileId, Lang, Level, Need,
    Person, Policy, Role, Saved, Stage, Timestamp,
};
use jiff::SignedDuration;
use store::{Account, Import};

use crate::fate::Fate;

pub const HOLDERS: u64 = 4;
const STAFF: u64 = 100;

/// An inventory and its holders. Numbers are made so that each card's end with its own id.
#[derive(Clone, Debug)]
pub struct Cast {
    pub cards: Vec<CardRecord>,
}

pub fn holder(n: u64) -> AccountId {
    AccountId::from_bits(n)
}

/// Holder 4 is on no list of contacts.
pub fn person(n: u64) -> Person {
    let (name, address) = [
        ("Mei Lin", "1 Mill Lane, Leeds"),
        ("Tom Reed", "2 High Street, York"),
        ("李伟", "上海市南京路100号"),
        ("Ada Okafor", "4 Quay, Hull"),
    ][(n as usize - 1) % 4];
    let email = (n != 4).then(|| format!("holder{n}@example.org"));
    Person { name: name.into(), address: address.into(), email, phone: None }
}

pub fn proven(account: AccountId, at: Timestamp) -> Actor {
    Actor::Holder { account: Some(account), assurance: Assurance::shown(Level::Code, account, at) }
}

pub fn unproven() -> Actor {
    Actor::Holder { account: None, assurance: Assurance::nothing() }
}

pub fn staff(n: u64, role: Role) -> Actor {
    Actor::Agent { staff: AccountId::from_bits(STAFF + n), role }
}

/// An activation of card `n`'s number for a holder.
pub fn card(id: u64, number: u64, generation: u32, owner: u64, now: Timestamp) -> CardRecord {
    CardRecord {
        generation,
        iccid: Some(format!("89440000000000{id:05}")),
        msisdn: Some(format!("+4477009{number:05}")),
        minimum_term_ends: (number == 5).then(|| now + SignedDuration::from_hours(24 * 40)),
        must_return: number == 3,
        ..CardRecord::of(CardId::from_bits(id), holder(owner), "Data 10".into(), now)
    }
}

impl Cast {
    pub fn new(now: Timestamp) -> Self {
        Self { cards: (1..=6).map(|n| card(10 + n, n, 1, (n - 1) % HOLDERS + 1, now)).collect() }
    }

    pub fn import(&self, now: Timestamp) -> Import {
        let account = |n: u64| Account::of(holder(n), format!("holder{n}"), person(n), now);
        Import { accounts: (1..=HOLDERS).map(account).collect(), cards: self.cards.clone() }
    }

    /// A card, and who ends it: its holder as a rule.
    pub fn declaration(&self, fate: &Fate, at: Timestamp) -> (Actor, Declaration) {
        let card = fate.pick(&self.cards[..fate.pick(&[2, self.cards.len()])]);
        let owner = card.account.key() as u64;
        let who = if fate.percent(80) { owner } else { fate.below(HOLDERS) + 1 };
        let now = fate.now();
        let actor = match fate.below(10) {
            0..6 => proven(holder(who), now),
            6..8 => unproven(),
            8 => staff(1, Role::Agent),
            _ => Actor::Api { client: "import".into() },
        };
        let declaration = Declaration {
            channel: Channel::Web,
            lang: fate.pick(&Lang::ALL),
            number: self.number(fate, &card),
            check: fate.pick(&[Check::Ok, Check::Ok, Check::Failed]),
            person: if fate.percent(80) { person(owner) } else { person(fate.below(HOLDERS) + 1) },
            statement: fate.percent(10).then(|| "Please end it. 请注销。".into()),
            files: Vec::new(),
            agreed: None,
            wanted_end: fate.percent(20).then(|| {
                let days = fate.below(40) as i64 - 5;
                (now + SignedDuration::from_hours(24 * days)).to_zoned(jiff::tz::TimeZone::UTC).date()
            }),
            consent: fate.percent(80),
            backup: fate.percent(80),
            saved: None,
            declared_at: at,
            way: Default::default(),
        };
        (actor, declaration)
    }

    fn number(&self, fate: &Fate, card: &CardRecord) -> Identifier {
        let iccid = card.iccid.as_deref().and_then(|n| n.parse().ok()).map(Identifier::Iccid);
        let msisdn = card.msisdn.as_deref().and_then(|n| n.parse().ok()).map(Identifier::Msisdn);
        let unknown = "8944000000000099999".parse().ok().map(Identifier::Iccid);
        let first = match fate.below(10) {
            0 => unknown,
            1..4 => msisdn,
            _ => iccid.clone(),
        };
        first.or(iccid).expect("every card has an ICCID")
    }

    /// Something that someone does to a case: mostly what its stage calls for.
    pub fn deed(&self, fate: &Fate, case: &Case) -> (Actor, Command) {
        if fate.percent(65) { self.sensible(fate, case) } else { self.anything(fate, case) }
    }

    fn owner(&self, fate: &Fate, case: &Case) -> u64 {
        case.account.map_or_else(|| fate.below(HOLDERS) + 1, |a| a.key() as u64)
    }

    fn sensible(&self, fate: &Fate, case: &Case) -> (Actor, Command) {
        let owner = self.owner(fate, case);
        let me = proven(holder(owner), fate.now());
        let desk = staff(fate.below(3) + 1, fate.pick(&[Role::Agent, Role::Approver]));
        let text = || "words".to_owned();
        match &case.stage {
            Stage::Received { needs, .. } => {
                let needs: Vec<Need> = needs.iter().copied().collect();
                match if needs.is_empty() { Need::Identity } else { fate.pick(&needs) } {
                    Need::Identity => (me, Command::Prove),
                    Need::Match => (me, self.correction(fate, owner)),
                    Need::Document => (me, Command::AddFile { file: FileId::from_bits(1), name: "letter.pdf".into() }),
                    Need::Card => (desk, Command::ReceiveCard),
                    Need::Backup if fate.percent(50) => (me, Command::Save { saved: Saved::Skipped }),
                    Need::Consent | Need::Backup => (me, Command::Agree { consent: true, backup: true }),
                    Need::Switch => (desk, Command::Ported { at: None }),
                }
            }
            Stage::Review { .. } => (desk, Command::Approve { evidence: text() }),
            Stage::Scheduled { .. } if fate.percent(20) => (me, Command::Withdraw),
            Stage::Ceasing { .. } if fate.percent(20) => (unproven(), Command::Contest),
            Stage::Ceasing { .. } | Stage::Ceased { .. } => (desk, Command::Resume { reason: text() }),
            Stage::Contested { .. } if fate.percent(30) => {
                (desk, Command::Refuse { reason: text(), way_out: "ask us".into() })
            }
            Stage::Contested { .. } | Stage::Withdrawn { .. } => (desk, Command::Resume { reason: text() }),
            Stage::Refused { .. } => (me, Command::WantPerson),
            Stage::Scheduled { .. } | Stage::Closed { .. } => (me, Command::say(text())),
        }
    }

    fn anything(&self, fate: &Fate, case: &Case) -> (Actor, Command) {
        let (owner, now) = (self.owner(fate, case), fate.now());
        let actor = match fate.below(10) {
            0..3 => proven(holder(owner), now),
            3 => proven(holder(fate.below(HOLDERS) + 1), now),
            // Shown too long ago, or dated ahead.
            4 => proven(holder(owner), now + SignedDuration::from_mins(fate.pick(&[-11, -60, 5]))),
            5 => unproven(),
            6 => staff(4, Role::Admin),
            _ => staff(fate.below(3) + 1, fate.pick(&[Role::Agent, Role::Approver])),
        };
        let text = || "words".to_owned();
        let command = match fate.below(17) {
            0 => Command::Prove,
            1 => self.correction(fate, owner),
            2 => Command::Agree { consent: fate.percent(50), backup: fate.percent(50) },
            3 => Command::AddFile { file: FileId::from_bits(fate.below(3)), name: "letter.pdf".into() },
            4 => Command::say(fate.pick(&[text(), String::new()])),
            5 => Command::note(text()),
            6 => Command::WantPerson,
            7 => Command::Ask { needs: vec![fate.pick(&Need::ALL)], text: text() },
            8 => Command::ReceiveCard,
            9 => Command::TakeUp,
            10 | 11 => Command::Approve { evidence: text() },
            12 => Command::Refuse { reason: text(), way_out: text() },
            13 => Command::Withdraw,
            14 => Command::Contest,
            15 => Command::LiftHold { evidence: text() },
            _ => Command::Resume { reason: text() },
        };
        (actor, command)
    }

    fn correction(&self, fate: &Fate, owner: u64) -> Command {
        let theirs: Vec<&CardRecord> = self.cards.iter().filter(|c| c.account == holder(owner)).collect();
        let card = if fate.percent(80) && !theirs.is_empty() { fate.pick(&theirs) } else { &fate.pick(&self.cards) };
        let person = person(if fate.percent(80) { owner } else { fate.below(HOLDERS) + 1 });
        Command::Correct { number: self.number(fate, card), check: Check::Ok, person }
    }
}

/// An operator's rules, some of them changed.
pub fn policy(fate: &Fate) -> Policy {
    Policy {
        name: "simulated".into(),
        time_zone: fate.pick(&["Europe/London", "Asia/Shanghai"]).into(),
        currency: "GBP".into(),
        fees: vec![Fee { what: "fee-postage".into(), minor: 350, only_if_returned: fate.percent(70) }],
        on_difference: fate.pick(&[OnDifference::Desk, OnDifference::Desk, OnDifference::Refuse]),
        straight_through: fate.percent(80),
        four_eyes: fate.percent(30),
        backup_required: fate.percent(80),
        notice_days: fate.pick(&[0, 0, 10]),
        contest_minutes: fate.pick(&[0, 60, 60, 2880]),
        ..Policy::default()
    }
}
