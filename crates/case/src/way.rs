//! What is declared, for whom, and what runs beside a case because of it: an end for cause, a withdrawal, a death;
//! a move to another network; the end-of-contract notice; a complaint. One field of the declaration and one of the
//! case, empty for the ordinary.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rules::{Journey, Policy};

/// What a declaration says beside which card, who and when. Never edited, as all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Way {
    #[serde(skip_serializing_if = "Kind::is_ordinary")]
    pub kind: Kind,
    /// Who declares for the holder; none: the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behalf: Option<Behalf>,
    /// The contract as they call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// They move to another network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// What the button said that they pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}

impl Way {
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the number moves to the next network and lives on.
    pub fn keeps_number(&self) -> bool {
        self.moving.is_some_and(|moving| moving.code == Code::Pac)
    }
}

/// What kind of end it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Kind {
    #[default]
    Ordinary,
    /// For cause, which a person must weigh.
    Extraordinary { reason: String },
    /// From the contract itself, within the days of the law.
    Withdrawal,
    /// The holder has died.
    Death {
        died: Option<Date>,
        /// Number of the entry or certificate, and where it was registered; either may be empty.
        certificate: String,
        registrar: String,
    },
}

impl Kind {
    pub fn is_ordinary(&self) -> bool {
        *self == Kind::Ordinary
    }

    /// The names of those that somebody may choose under these rules; one where there is nothing to choose. A death has
    /// a form of its own.
    pub fn offered(journey: &Journey) -> Vec<&'static str> {
        let all =
            [("ordinary", true), ("extraordinary", journey.extraordinary), ("withdrawal", journey.withdrawal.offered)];
        all.into_iter().filter_map(|(name, offered)| offered.then_some(name)).collect()
    }

    /// The one of that name, where it is offered, else the ordinary end; of one for cause with its reason.
    pub fn chosen(journey: &Journey, name: &str, reason: &str) -> Self {
        match name {
            "extraordinary" if journey.extraordinary => Kind::Extraordinary { reason: reason.to_owned() },
            "withdrawal" if journey.withdrawal.offered => Kind::Withdrawal,
            _ => Kind::Ordinary,
        }
    }

    /// For a cause that nobody has named.
    pub fn lacks_reason(&self) -> bool {
        matches!(self, Kind::Extraordinary { reason } if reason.trim().is_empty())
    }

    pub fn name(&self) -> &'static str {
        match self {
            Kind::Ordinary => "ordinary",
            Kind::Extraordinary { .. } => "extraordinary",
            Kind::Withdrawal => "withdrawal",
            Kind::Death { .. } => "death",
        }
    }

    /// Neither notice nor minimum term holds it.
    pub fn needs_no_notice(&self) -> bool {
        match self {
            Kind::Ordinary => false,
            Kind::Extraordinary { .. } | Kind::Withdrawal | Kind::Death { .. } => true,
        }
    }

    /// Whether the desk may find that it does not hold, so that it goes on as an ordinary end. Of a death it is shown that
    /// it was one, and whose heirs have shown nothing have declared nothing.
    pub fn is_weighed(&self) -> bool {
        match self {
            Kind::Extraordinary { .. } | Kind::Withdrawal => true,
            Kind::Ordinary | Kind::Death { .. } => false,
        }
    }

    /// Nobody is charged for it.
    pub fn waives_fees(&self) -> bool {
        match self {
            Kind::Death { .. } => true,
            Kind::Ordinary | Kind::Extraordinary { .. } | Kind::Withdrawal => false,
        }
    }
}

/// What people write who withdraw, and many who only cancel.
const WITHDRAWING: [&str; 8] =
    ["withdraw", "cooling-off", "cooling off", "widerruf", "rétract", "撤回", "撤销", "反悔"];

/// Whether a text speaks of withdrawing where the rules offer it. Whether it does withdraw, no machine can tell.
pub fn may_withdraw(policy: &Policy, text: &str) -> bool {
    let text = text.to_lowercase();
    policy.journey.withdrawal.offered && WITHDRAWING.iter().any(|word| text.contains(word))
}

/// What the desk has decided of the cause of an end, and what it told the holder. The declaration stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotUpheld {
    pub at: Timestamp,
    pub reason: String,
}

/// As what somebody declares for the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// Settles what somebody has left who has died.
    Estate,
    /// Holds a power of attorney, or was appointed by a court.
    Attorney,
    /// Helps with the bills: may ask, and never closes (Ofcom C5).
    BillManager,
}

impl Capacity {
    pub const ALL: [Capacity; 3] = [Capacity::Estate, Capacity::Attorney, Capacity::BillManager];

    pub fn name(self) -> &'static str {
        match self {
            Capacity::Estate => "estate",
            Capacity::Attorney => "attorney",
            Capacity::BillManager => "bill-manager",
        }
    }
}

/// Who declares for the holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behalf {
    pub capacity: Capacity,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Which code the next network wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The number moves along.
    Pac,
    /// A new number.
    Stac,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Code::Pac => "pac",
            Code::Stac => "stac",
        }
    }
}

/// What happens where a code is not used in its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unused {
    /// The plan runs on, and the cancellation is over.
    Lapse,
    /// The card is cancelled all the same.
    Cancel,
}

/// They move to another network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    pub code: Code,
    pub unused: Unused,
    /// It was asked for by a text from the number itself, and is answered there (Ofcom C7).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_text: bool,
}

impl Moving {
    pub fn of(code: Code, unused: Unused) -> Self {
        Self { code, unused, by_text: false }
    }
}

/// What runs beside a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ways {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub switch: Option<Switch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint: Option<Complaint>,
    /// What was declared is not upheld, and goes on as an ordinary end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_upheld: Option<NotUpheld>,
}

impl Ways {
    pub fn is_unused(&self) -> bool {
        *self == Self::default()
    }
}

/// The end-of-contract notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub due: Timestamp,
    pub sent: Option<Timestamp>,
}

/// A move to another network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    pub code: Code,
    pub unused: Unused,
    /// The number itself is told, as it asked by text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_text: bool,
    /// When a code was last asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Timestamp>,
    /// The one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Issued>,
    /// When the next network used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Timestamp>,
    #[serde(default)]
    pub state: SwitchState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwitchState {
    /// Wanted, asked for, or in the holder's hands.
    #[default]
    Open,
    /// The next network has used it.
    Done,
    /// Not used in its time.
    Expired,
}

/// A code, sealed: whoever has it can take the number away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    pub code: Code,
    pub sealed: String,
    pub at: Timestamp,
    pub until: Timestamp,
}

impl Switch {
    /// Until when the code in the holder's hands is good.
    pub fn runs_until(&self) -> Option<Timestamp> {
        self.issued.as_ref().filter(|_| self.state == SwitchState::Open).map(|issued| issued.until)
    }

    /// Asked for, and not there.
    pub fn awaited(&self) -> Option<Timestamp> {
        let there = self.issued.as_ref().map(|issued| issued.at);
        self.asked.filter(|asked| self.state == SwitchState::Open && there.is_none_or(|at| at < *asked))
    }
}

/// A complaint that is not settled, or the letter about it that went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    pub since: Timestamp,
    /// When the letter about the schemes goes out; none: only at a deadlock.
    pub due: Option<Timestamp>,
    pub told: Option<Timestamp>,
    pub settled: bool,
}
