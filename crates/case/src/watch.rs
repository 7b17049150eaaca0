//! What moves on a card or account after its end: signs that come in, and the alarms they raise. One alarm
//! for each kind and case: what follows of that kind is counted with it until the desk has closed it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Stage};
use crate::rules::{Policy, later};

/// What was seen to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moved {
    Voice,
    Sms,
    Data,
    Charge,
    SignIn,
    Reminder,
    Marketing,
    Attach,
}

impl Moved {
    pub const ALL: [Moved; 8] = [
        Moved::Voice,
        Moved::Sms,
        Moved::Data,
        Moved::Charge,
        Moved::SignIn,
        Moved::Reminder,
        Moved::Marketing,
        Moved::Attach,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Moved::Voice => "voice",
            Moved::Sms => "sms",
            Moved::Data => "data",
            Moved::Charge => "charge",
            Moved::SignIn => "sign-in",
            Moved::Reminder => "reminder",
            Moved::Marketing => "marketing",
            Moved::Attach => "attach",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|moved| moved.name() == name)
    }

    pub fn kind(self) -> Kind {
        match self {
            Moved::Voice | Moved::Sms | Moved::Data => Kind::Usage,
            Moved::Charge => Kind::Charge,
            Moved::SignIn => Kind::SignIn,
            Moved::Reminder => Kind::Reminder,
            Moved::Marketing => Kind::Marketing,
            Moved::Attach => Kind::Attach,
        }
    }
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Usage,
    Charge,
    SignIn,
    Reminder,
    Marketing,
    Attach,
    /// The holder's own reports: still billed, and that the card still works.
    Billed,
    Works,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Kind::Usage,
        Kind::Charge,
        Kind::SignIn,
        Kind::Reminder,
        Kind::Marketing,
        Kind::Attach,
        Kind::Billed,
        Kind::Works,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Charge => "charge",
            Kind::SignIn => "sign-in",
            Kind::Reminder => "reminder",
            Kind::Marketing => "marketing",
            Kind::Attach => "attach",
            Kind::Billed => "billed",
            Kind::Works => "works",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One record of something that moved, already matched to the activation that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    pub moved: Moved,
    /// When it moved; of a charge, when what is charged for was used, and not when the bill was made.
    pub at: Timestamp,
    /// How much, as the record says it, such as `4.99 GBP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Only the phone number names the card, and a number has other owners in its time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_number: bool,
}

/// An open alarm, as the case's row has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub kind: Kind,
    /// When it was raised.
    pub since: Timestamp,
    /// Signs counted so far, and when the first and the last of them moved.
    pub count: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Of the sign that raised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

/// Why an alarm was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    /// There is a harmless reason, which the holder is told.
    Explained,
    /// The bill was put right, which the holder is told.
    Corrected,
    /// It is settled; the reason is only for staff to read.
    Set,
}

impl Closing {
    pub const ALL: [Closing; 3] = [Closing::Explained, Closing::Corrected, Closing::Set];

    pub fn name(self) -> &'static str {
        match self {
            Closing::Explained => "explained",
            Closing::Corrected => "corrected",
            Closing::Set => "set",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }

    /// Whether the holder reads the reason in the desk's words. That it was closed, and how, they are told in any case.
    pub fn is_told(self) -> bool {
        match self {
            Closing::Explained | Closing::Corrected => true,
            Closing::Set => false,
        }
    }
}

/// What a holder reports of a card that should have ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "report")]
pub enum Reported {
    /// Billed once more, on that day, so much.
    Billed { on: Date, amount: String },
    /// It still works.
    Works,
}

impl Reported {
    /// Characters of an amount.
    pub const AMOUNT: usize = 40;

    pub fn kind(&self) -> Kind {
        match self {
            Reported::Billed { .. } => Kind::Billed,
            Reported::Works => Kind::Works,
        }
    }
}

/// Whether a sign is one of life after the end: the watch is on, it moved after what it belongs to had
/// ended, and where only the number tells, while nobody else could have it.
pub fn alarms(case: &Case, policy: &Policy, sign: &Sign, now: Timestamp) -> bool {
    let Stage::Ceased { at, watch_until, .. } = &case.stage else { return false };
    let times = &case.times;
    let ended = match sign.moved.kind() {
        Kind::Usage | Kind::SignIn | Kind::Attach | Kind::Works => *at,
        Kind::Charge | Kind::Billed => times.billing_end.unwrap_or(*at),
        Kind::Reminder | Kind::Marketing => times.contract_end.unwrap_or(*at),
    };
    let wanted = sign.moved != Moved::SignIn || policy.watch_sign_ins;
    let grace = SignedDuration::from_mins(i64::from(policy.watch_grace_minutes));
    let its_own = !sign.by_number || times.number_release.is_some_and(|release| sign.at < release);
    wanted && its_own && now < *watch_until && sign.at > later(ended, grace)
}

/// The open alarm of a kind.
pub fn open(case: &Case, kind: Kind) -> Option<&Alarm> {
    case.alarms.iter().find(|alarm| alarm.kind == kind)
}
