//! A made-up desk to try decisions on: three cards, two holders, a few staff, and a shell around
//! [`decide`] that does what the real one does (look the number up, keep the journal).

use case::event::Entry;
use case::identify::Identifier;
use case::rules::Fee;
use case::{
    AccountId, Actor, Assurance, CardId, CardRecord, CardState, Case, CaseRef, Command, Contract, Decision,
    Declaration, FileId, Known, Level, Money, Person, Policy, Record, Refusal, Role, Timestamp, World, decide,
};
use jiff::SignedDuration;

/// Whose card: Mei Lin has two, Tom Reed one; nobody has the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    Mei,
    MeiOther,
    Tom,
    Unknown,
}

impl Card {
    pub fn number(self) -> Identifier {
        let digits = match self {
            Card::Mei => "8944000000000000011",
            Card::MeiOther => "8944000000000000029",
            Card::Tom => "8944000000000000037",
            Card::Unknown => "8944000000000000045",
        };
        Identifier::Iccid(digits.parse().expect("an ICCID"))
    }
}

pub fn mei() -> Person {
    Person {
        name: "Mei Lin".into(),
        address: "1 Mill Lane, Leeds".into(),
        email: Some("mei@example.org".into()),
        phone: None,
    }
}

pub fn tom() -> Person {
    Person { name: "Tom Reed".into(), address: "2 High Street, York".into(), email: None, phone: None }
}

pub const MEI: u64 = 1;
pub const TOM: u64 = 2;

pub fn account(n: u64) -> AccountId {
    AccountId::from_bits(n)
}

/// A holder who has just typed a code sent to a contact of `account`.
pub fn proven(account_n: u64, at: Timestamp) -> Actor {
    let account = account(account_n);
    Actor::Holder { account: Some(account), assurance: Assurance::shown(Level::Code, account, at) }
}

/// Someone who has only the reference.
pub fn unproven() -> Actor {
    Actor::Holder { account: None, assurance: Assurance::nothing() }
}

pub fn staff(n: u64, role: Role) -> Actor {
    Actor::Agent { staff: account(n), role }
}

pub fn policy() -> Policy {
    Policy {
        name: "test".into(),
        time_zone: "Europe/London".into(),
        currency: "GBP".into(),
        fees: vec![Fee { what: "fee-postage".into(), minor: 350, only_if_returned: true }],
        straight_through: true,
        backup_required: true,
        watch_sign_ins: true,
        ..Policy::default()
    }
}

pub fn declaration(card: Card, person: Person, at: Timestamp) -> Declaration {
    Declaration { consent: true, backup: true, ..Declaration::of(card.number(), person, at) }
}

pub fn receipt() -> case::saved::Receipt {
    case::saved::Receipt {
        made: Timestamp::UNIX_EPOCH,
        files: case::saved::Counts { photo: 3, ..Default::default() },
        bytes: 9_000,
        unreadable: 0,
        seconds: 1,
        manifest: "0f".repeat(32),
    }
}

pub fn file(n: u64) -> FileId {
    FileId::from_bits(n)
}

#[derive(Clone, Debug)]
pub struct Scene {
    pub now: Timestamp,
    pub policy: Policy,
    /// Of each card: whether it must be posted back, and its state.
    pub must_return: bool,
    pub thing: case::parcel::Thing,
    pub state: CardState,
    /// Of each card: what its contract costs, and the credit on it.
    pub contract: Contract,
    pub credit: Option<Money>,
    /// Another case is about the card that is found.
    pub duplicate: bool,
    /// What is known beside the record.
    pub known: Known,
    pub case: Option<Case>,
    pub journal: Vec<Entry>,
}

impl Scene {
    pub fn new(policy: Policy) -> Self {
        Self {
            now: "2026-03-02T10:00:00Z".parse().expect("a time"),
            policy,
            must_return: false,
            thing: case::parcel::Thing::Sim,
            state: CardState::Active,
            contract: Contract::default(),
            credit: None,
            duplicate: false,
            known: Known::default(),
            case: None,
            journal: Vec::new(),
        }
    }

    fn record(&self, number: &Identifier) -> Option<Record> {
        let (n, owner, person) = [(Card::Mei, MEI, mei()), (Card::MeiOther, MEI, mei()), (Card::Tom, TOM, tom())]
            .into_iter()
            .find(|(card, _, _)| card.number() == *number)?;
        let card = CardRecord {
            iccid: Some(number.normalised().to_owned()),
            state: if n == Card::Mei { self.state } else { CardState::Active },
            must_return: self.must_return,
            thing: self.thing,
            contract: self.contract.clone(),
            credit: self.credit.clone(),
            ..CardRecord::of(CardId::from_bits(n as u64 + 10), account(owner), "Data 10".into(), self.now)
        };
        Some(Record { card, person })
    }

    /// What the command would do now; nothing is kept.
    pub fn try_on(&self, actor: &Actor, command: &Command) -> Result<Decision, Refusal> {
        let number = if let Command::Declare { declaration, .. } = command {
            Some(&declaration.number)
        } else if let Command::Correct { number, .. } = command {
            Some(number)
        } else if matches!(command, Command::Requote) || command.wants_card() {
            self.case.as_ref().map(|case| &case.number)
        } else {
            None
        };
        let record = number.and_then(|number| self.record(number));
        let world = World {
            now: self.now,
            policy: &self.policy,
            record: record.as_ref(),
            duplicate: self.duplicate && record.is_some(),
            known: command.wants_known().then_some(&self.known),
        };
        decide(self.case.as_ref(), actor, command, &world)
    }

    /// Decides and keeps what came of it, as a commit would.
    pub fn act(&mut self, actor: &Actor, command: &Command) -> Result<Decision, Refusal> {
        let mut decision = self.try_on(actor, command)?;
        decision.case.version = self.journal.len() as u64 + 1;
        self.journal.push(Entry {
            case: decision.case.reference,
            version: decision.case.version,
            at: self.now,
            actor: actor.clone(),
            command: command.name().to_owned(),
            events: decision.events.clone(),
            chain: String::new(),
        });
        self.case = Some(decision.case.clone());
        Ok(decision)
    }

    pub fn later(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    pub fn declare(&mut self, actor: &Actor, declaration: Declaration) -> Decision {
        let command = Command::Declare {
            reference: CaseRef::from_bits(7),
            declaration: Box::new(declaration),
            flags: Vec::new(),
        };
        self.act(actor, &command).expect("a declaration is never refused")
    }

    pub fn case(&self) -> &Case {
        self.case.as_ref().expect("declared")
    }
}
