//! What the world must do, recorded before it is tried, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bill::Charge;
use crate::card::Subscription;
use crate::money::Money;
use crate::way::Code;

/// Something owed to the world. It is data, committed with the change that caused it; a worker
/// performs it later, possibly twice, under its [`EffectId`](crate::EffectId).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// Write to the holder on every contact they gave.
    Notify { letter: Letter },
    /// Take the card out of service, reversibly.
    Bar { subscription: Subscription },
    /// Put it back.
    Unbar { subscription: Subscription },
    /// End it for good and read back that it is gone.
    Cease { subscription: Subscription },
    /// Ask the network whether it is still gone.
    Observe { subscription: Subscription },
    /// Sign the certificate.
    Certify,
    /// Tell the lead that a promise was broken and nobody has acted since.
    Escalate,
    /// Stop charging for the card from then on, and read back that it has stopped.
    EndBilling { subscription: Subscription, at: Timestamp },
    /// Ask for the last bill.
    FinalBill { subscription: Subscription },
    /// Pay that back as it was paid, and read back under which reference.
    Refund { subscription: Subscription, amount: Money },
    /// Ask for a code with which the holder moves to another network.
    Port { code: Code, subscription: Subscription },
}

impl Effect {
    pub fn kind(&self) -> &'static str {
        match self {
            Effect::Notify { .. } => "notify",
            Effect::Bar { .. } => "bar",
            Effect::Unbar { .. } => "unbar",
            Effect::Cease { .. } => "cease",
            Effect::Observe { .. } => "observe",
            Effect::Certify => "certify",
            Effect::Escalate => "escalate",
            Effect::EndBilling { .. } => "end-billing",
            Effect::FinalBill { .. } => "final-bill",
            Effect::Refund { .. } => "refund",
            Effect::Port { .. } => "port",
        }
    }
}

/// Which message. Its words are written where it is sent, in the holder's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Letter {
    Receipt,
    Missing,
    Reminder,
    Scheduled,
    Barred,
    Delayed,
    Refused,
    Withdrawn,
    Contested,
    /// What was contested has been taken up again.
    Resumed,
    Certificate,
    Reply,
    /// The conversation as it stands.
    Transcript,
    /// Something moved after the end.
    Alarm,
    /// Your report of something after the end has come.
    Reported,
    /// Nothing irreversible happens for now, and until when; or that this is over early.
    Held,
    /// What is to come back, where to and until when.
    ReturnAsked,
    /// It has not come yet.
    ReturnReminder,
    /// What has become of it: received, looked at, late, lost, decided, waived.
    ReturnNews,
    /// What it costs is more than was agreed to: nothing goes on before it is agreed to again.
    Repriced,
    /// The last bill, and what comes back of it by when.
    Statement,
    /// It has been paid back, under this reference.
    Refunded,
    /// When the contract ends, in writing.
    EndNotice,
    /// The code for the next network.
    SwitchCode,
    /// It was not used in its time.
    SwitchExpired,
    /// Your complaint has come.
    Complaint,
    /// Who decides where we cannot agree.
    Adr,
    /// All of it will be erased, and when.
    Erasure,
    /// What came of something that moved after the end, or of your report of it.
    Cleared,
    /// The cause of the end is not upheld, and what that means.
    NotUpheld,
    /// It is after all.
    Upheld,
}

impl Letter {
    /// Whether it tells what stands on record of a card or has happened to an account. Before anybody has shown that
    /// they are the holder, it goes to the contacts on record alone. A new letter has to say which it is.
    pub fn tells_of_the_record(self) -> bool {
        match self {
            Letter::Held | Letter::ReturnAsked | Letter::ReturnReminder | Letter::ReturnNews | Letter::Repriced => true,
            Letter::Receipt
            | Letter::Missing
            | Letter::Reminder
            | Letter::Scheduled
            | Letter::Barred
            | Letter::Delayed
            | Letter::Refused
            | Letter::Withdrawn
            | Letter::Contested
            | Letter::Resumed
            | Letter::Certificate
            | Letter::Reply
            | Letter::Transcript
            | Letter::Alarm
            | Letter::Reported
            | Letter::Statement
            | Letter::Refunded
            | Letter::EndNotice
            | Letter::SwitchCode
            | Letter::SwitchExpired
            | Letter::Complaint
            | Letter::Adr
            | Letter::Erasure
            | Letter::Cleared
            | Letter::NotUpheld
            | Letter::Upheld => false,
        }
    }

    /// New ones go to the end: the check code of a letter names it by its place.
    pub const ALL: [Letter; 31] = [
        Letter::Receipt,
        Letter::Missing,
        Letter::Reminder,
        Letter::Scheduled,
        Letter::Barred,
        Letter::Delayed,
        Letter::Refused,
        Letter::Withdrawn,
        Letter::Contested,
        Letter::Resumed,
        Letter::Certificate,
        Letter::Reply,
        Letter::Transcript,
        Letter::Alarm,
        Letter::Reported,
        Letter::Held,
        Letter::ReturnAsked,
        Letter::ReturnReminder,
        Letter::ReturnNews,
        Letter::Repriced,
        Letter::Statement,
        Letter::Refunded,
        Letter::EndNotice,
        Letter::SwitchCode,
        Letter::SwitchExpired,
        Letter::Complaint,
        Letter::Adr,
        Letter::Erasure,
        Letter::Cleared,
        Letter::NotUpheld,
        Letter::Upheld,
    ];
}

/// An effect with its number within the case and the time before which it must not be tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    pub n: u32,
    pub effect: Effect,
    pub not_before: Timestamp,
}

/// What came of an effect, as read back from the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// Every message was taken by its carrier.
    Delivered,
    /// Events have overtaken it, or there was nobody to write to, or nobody to carry it.
    Unsent,
    Barred {
        evidence: String,
    },
    Unbarred {
        evidence: String,
    },
    /// Read back after the delete; `element` is the one that answered.
    Ceased {
        element: String,
        evidence: String,
        read_back_at: Timestamp,
        /// An eSIM's profile is still on a device, and only its holder can delete it there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        profile_left: bool,
    },
    /// Looked at once more after the end.
    Observed {
        gone: bool,
        evidence: String,
        read_back_at: Timestamp,
    },
    /// Signed: the certificate file, and its SHA-256 in hex.
    Certified {
        file: String,
        digest: String,
    },
    /// It will not happen without a person.
    GaveUp {
        why: String,
    },
    /// Nothing is charged from `ended_at` on, as billing said when it was asked.
    BillingEnded {
        ended_at: Timestamp,
        evidence: String,
        read_back_at: Timestamp,
    },
    /// The last bill, line by line.
    Billed {
        lines: Vec<Charge>,
        evidence: String,
        read_back_at: Timestamp,
    },
    /// Paid back; `reference` is billing's own.
    Refunded {
        amount: Money,
        reference: String,
        evidence: String,
        read_back_at: Timestamp,
    },
    /// The code, sealed, and until when it is good.
    Coded {
        sealed: String,
        until: Timestamp,
    },
}
