//! What a case lacks, why a person at the desk must look at it, and what has been noticed.

use serde::{Deserialize, Serialize};

use crate::matching::Field;

/// What the holder still has to give. A case with needs waits for its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Show that you are the holder: a code, or sign in.
    Identity,
    /// The card has not been found in the records; give another number for it.
    Match,
    /// A document the desk asked for.
    Document,
    /// The card itself, by post.
    Card,
    /// Agree to the fees.
    Consent,
    /// Say that what is on the card is backed up, or may be lost.
    Backup,
    /// Give the code to the next network.
    Switch,
}

impl Need {
    pub const ALL: [Need; 7] =
        [Need::Identity, Need::Match, Need::Document, Need::Card, Need::Consent, Need::Backup, Need::Switch];

    pub fn name(self) -> &'static str {
        match self {
            Need::Identity => "identity",
            Need::Match => "match",
            Need::Document => "document",
            Need::Card => "card",
            Need::Consent => "consent",
            Need::Backup => "backup",
            Need::Switch => "switch",
        }
    }
}

/// Why a case is in review rather than going straight through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The rules send every case to the desk.
    Always,
    /// A field of the application differs from the record.
    Difference(Field),
    /// The card is not in the records.
    UnknownCard,
    /// Nobody has freshly proven to be the holder.
    NotProven,
    /// Another case for the same card is open: one of them ends it, and a person says which.
    Duplicate,
    /// A written statement or letter that a person must read.
    Statement,
    /// The holder asked for a person.
    HolderAsked,
    /// The desk asked for something and it has come.
    Answered,
    /// The holder did not give what was missing in time.
    Unanswered,
    /// It was contested, and a person decided to go on.
    Contested,
    /// The holder has locked the account against cancellation.
    Locked,
    /// A fact about account, network or staff asks for a second person.
    Risk,
    /// What it costs could not be reckoned from the records.
    Unpriced,
    /// It is no ordinary end: for cause, a withdrawal, a death.
    Kind,
    /// Somebody else declared for the holder.
    Behalf,
    /// The number has moved to another network after the cancellation was taken back or refused.
    Ported,
}

/// Something noticed about a case that never stops its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Sent faster than a person types, or through the trap field.
    Suspect,
    /// Another case for the same card was open.
    Duplicate,
    /// Three quarters of the time promised for a decision have passed.
    DueSoon,
    /// The promised time for a decision has passed.
    Overdue,
    /// And nobody has acted since: the lead has been told.
    Escalated,
    /// The holder asked how it is going, and nobody has acted since.
    Nudged,
    /// A message could not be delivered.
    Unreachable,
    /// The check digit of the given number fails.
    CheckDigit,
    /// The card had already ceased when the declaration came.
    AlreadyCeased,
    /// The network would not let go and a person must see why.
    Stuck,
    /// It came by mail, and whoever sent it gets no automatic answer: they had one today, or asked for none.
    NoAnswer,
    /// The card has ended, and the eSIM's profile is still on a device: its holder is asked to delete it.
    ProfileLeft,
    /// The network has not answered for long: the holder has been told that it takes longer.
    Delayed,
    /// Something has moved after the end, and is not cleared up yet.
    Alarm,
    /// Billing would not do what it was told, and a person must see why.
    BillingStuck,
    /// The day by which a refund was due has passed, and it has not been read back.
    RefundLate,
    /// A code for the next network is not there in its time.
    CodeLate,
    /// A complaint is not settled.
    Complaint,
    /// A refund is to be paid where no billing system is connected: staff pay it, and say so.
    RefundDue,
    /// What they wrote may be a withdrawal from the contract, and was taken as an ordinary end: a person reads it.
    MayWithdraw,
}

impl Flag {
    pub const ALL: [Flag; 20] = [
        Flag::Suspect,
        Flag::Duplicate,
        Flag::DueSoon,
        Flag::Overdue,
        Flag::Escalated,
        Flag::Nudged,
        Flag::Unreachable,
        Flag::CheckDigit,
        Flag::AlreadyCeased,
        Flag::Stuck,
        Flag::NoAnswer,
        Flag::ProfileLeft,
        Flag::Delayed,
        Flag::Alarm,
        Flag::BillingStuck,
        Flag::RefundLate,
        Flag::CodeLate,
        Flag::Complaint,
        Flag::RefundDue,
        Flag::MayWithdraw,
    ];
}
