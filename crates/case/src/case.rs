//! One cancellation, from declaration to the end of the watch. The stage is an enum that carries
//! that stage's facts; what is true of the case at every stage stands beside it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bill::{Bill, is_billing};
use crate::card::Subscription;
use crate::declaration::{Declaration, Lang};
use crate::erasure::Erasure;
use crate::id::{AccountId, CaseRef, FileId};
use crate::identify::Identifier;
use crate::matching::{Person, Report};
use crate::need::{Cause, Flag, Need};
use crate::parcel::{Charge, Parcel};
use crate::quote::Quote;
use crate::risk::{Hold, Risk};
use crate::saved::Saved;
use crate::sla::Clock;
use crate::watch::Alarm;
use crate::way::{Code, Complaint, Kind, SwitchState, Way, Ways};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub reference: CaseRef,
    /// Counts commits; a commit names the one it expects.
    pub version: u64,
    pub stage: Stage,
    /// As received; never edited. What the holder mends later stands in `number` and `person`, and what the desk makes of
    /// its kind in `ways`.
    pub declaration: Box<Declaration>,
    pub number: Identifier,
    pub person: Person,
    /// The card's activation, once attributed.
    pub subscription: Option<Subscription>,
    pub account: Option<AccountId>,
    pub report: Report,
    pub must_return: bool,
    pub minimum_term_ends: Option<Timestamp>,
    /// There is a contact on the account's record.
    pub reachable: bool,
    pub card_received: bool,
    /// A fresh proof of the holder was shown, for this account, when it counted.
    pub proven: bool,
    /// Who typed what stands in `person` had shown then that they are the holder. Proven later, by whomever, an
    /// address that somebody else put there stays a stranger's.
    #[serde(default)]
    pub vouched: bool,
    pub consent: bool,
    pub backup: bool,
    pub person_wanted: bool,
    pub contested: bool,
    /// What the desk asked for and has not been answered.
    pub asked: BTreeSet<Need>,
    /// The desk asked and was answered.
    pub answered: bool,
    pub reminded: bool,
    pub files: Vec<FileId>,
    pub quote: Quote,
    pub times: Times,
    #[serde(default, skip_serializing_if = "Clock::is_unused")]
    pub clock: Clock,
    pub flags: BTreeSet<Flag>,
    /// What has moved after the end and is not cleared up yet; one for each kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// Number of effects ever owed; the next one's number.
    pub effects: u32,
    /// What speaks for caution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<Risk>,
    /// Until when nothing irreversible happens, where something held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The account is locked against cancellation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
    /// What was saved off the card, as the holder's receipt says, or that nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Saved>,
    /// What comes back by post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<Box<Parcel>>,
    /// What billing has done, and what was agreed to before the quote rose.
    #[serde(default, skip_serializing_if = "Bill::is_untouched")]
    pub bill: Box<Bill>,
    /// What runs beside it: a notice, a move to another network, a complaint, a cause that is not upheld.
    #[serde(default, skip_serializing_if = "Ways::is_unused")]
    pub ways: Ways,
    /// Whether it will be, or has been, erased.
    #[serde(default, skip_serializing_if = "Erasure::is_none")]
    pub erasure: Erasure,
    /// Of `effects`, those without an outcome, by kind.
    pub owed: Vec<(u32, String)>,
    /// Chain value of the last journal entry, hex; empty before the first.
    pub chain: String,
}

impl Case {
    pub fn lang(&self) -> Lang {
        self.declaration.lang
    }

    /// From when it [counts](Declaration::counts_from): what the law reckons from receipt, and which day's rules it is
    /// reckoned by.
    pub fn counts_from(&self) -> Timestamp {
        self.declaration.counts_from(self.times.received)
    }

    /// What kind of end it is: as declared, or the ordinary one where the desk does not uphold what was.
    pub fn kind(&self) -> &Kind {
        if self.ways.not_upheld.is_some() { &Kind::Ordinary } else { &self.declaration.way.kind }
    }

    /// What was declared, as it is reckoned with.
    pub fn as_it_counts(&self) -> Cow<'_, Declaration> {
        if self.ways.not_upheld.is_none() {
            return Cow::Borrowed(&self.declaration);
        }
        let way = Way { kind: self.kind().clone(), ..self.declaration.way.clone() };
        Cow::Owned(Declaration { way, ..(*self.declaration).clone() })
    }

    /// Until when it is held, at this moment.
    pub fn held(&self, now: Timestamp) -> Option<Timestamp> {
        self.held_until().filter(|until| *until > now)
    }

    /// Whether a code that lets the number go may be seen: what holds an end holds it, and so does "that was not me".
    pub fn may_leave(&self, now: Timestamp) -> bool {
        !self.locked && self.held(now).is_none() && !matches!(self.stage, Stage::Contested { .. })
    }

    /// When the hold ends or has ended by itself; none where there was none, or two people have ended it.
    pub fn held_until(&self) -> Option<Timestamp> {
        self.hold.as_ref().filter(|hold| !hold.lifted).map(|hold| hold.until)
    }

    /// `at`, or the end of the hold where that is later.
    pub fn not_before(&self, at: Timestamp) -> Timestamp {
        self.held_until().map_or(at, |held| held.max(at))
    }

    /// Whether its number moves to the next network and lives on, by what was declared or asked for later.
    pub fn keeps_number(&self) -> bool {
        match &self.ways.switch {
            Some(switch) => switch.code == Code::Pac && switch.state != SwitchState::Expired,
            None => self.declaration.way.keeps_number(),
        }
    }

    /// Whether what it costs, or what comes back of it, is not agreed to. What could not be reckoned is for the desk to
    /// mend, and for nobody to agree to.
    pub fn lacks_consent(&self) -> bool {
        let agreed = self.bill.agreed.as_ref().filter(|_| self.quote.fault.is_none());
        let less_back = agreed.is_some_and(|agreed| !self.quote.is_within(&agreed.at_most()));
        !self.consent && (less_back || !self.quote.asks_nothing())
    }

    /// The complaint that is open.
    pub fn complaint(&self) -> Option<Complaint> {
        self.ways.complaint.filter(|complaint| !complaint.settled)
    }

    /// Whether a person has something to look into beside the stage.
    pub fn is_looked_into(&self) -> bool {
        !self.alarms.is_empty() || self.complaint().is_some()
    }

    /// Whether money may still go back once the card is gone: it is due, or billing has not said yet.
    pub fn may_pay_back(&self) -> bool {
        let asked = self.owed.iter().any(|(_, what)| is_billing(what)) || self.flags.contains(&Flag::BillingStuck);
        self.stage.has_ended() && (asked || self.bill.unpaid().is_some())
    }

    /// What is owed because something was not returned by its day, once the card has ended.
    pub fn return_charge(&self, now: Timestamp) -> Option<Charge> {
        let parcel = self.parcel.as_ref().filter(|_| self.stage.has_ended())?;
        parcel.charge_due(now)
    }

    /// Whether somebody declared it for its holder, who has still to show that they want it.
    pub fn awaits_holder(&self) -> bool {
        let asked = matches!(&self.stage, Stage::Received { needs, .. } if needs.contains(&Need::Identity));
        asked && self.declaration.way.behalf.is_some()
    }

    /// Whether whoever declared it, and may read it, can be anybody: nobody has shown that they are the holder, and
    /// none of us has decided it. Who acts in the holder's place shows papers instead.
    pub fn may_be_a_strangers(&self) -> bool {
        let undecided = match &self.stage {
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Contested { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => true,
            Stage::Scheduled { .. } | Stage::Ceasing { .. } | Stage::Ceased { .. } | Stage::Closed { .. } => false,
        };
        undecided && !self.proven && self.declaration.way.behalf.is_none()
    }

    /// What anybody may read of it: what was declared, and where it stands. That a card is on record, what leaving it
    /// costs, what comes back by post and what has happened to the account are its holder's to know.
    pub fn to_a_stranger(&self) -> Self {
        let mut told = self.clone();
        if let Stage::Received { needs, .. } = &mut told.stage {
            needs.retain(|need| match need {
                Need::Identity | Need::Document | Need::Backup | Need::Switch => true,
                Need::Match if self.number == Identifier::NotGiven => true,
                Need::Match | Need::Card | Need::Consent => self.asked.contains(need),
            });
        }
        told.quote = Quote::free(&self.quote.total.currency);
        told.bill = Box::default();
        told.parcel = None;
        told.must_return = false;
        told.minimum_term_ends = None;
        told.report = Report::default();
        told.reachable = false;
        told.risks.clear();
        told.hold = None;
        told.locked = false;
        told
    }

    /// The fields that differ from the record, for the holder to mend.
    pub fn differs(&self) -> bool {
        self.report.differing().next().is_some()
    }
}

/// Separate facts. No one of them is computed from another except by a rule pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    pub declared: Timestamp,
    /// When we stored it, which of a letter is not the day from which it [counts](Case::counts_from).
    pub received: Timestamp,
    pub contract_end: Option<Timestamp>,
    pub billing_end: Option<Timestamp>,
    pub network_cease: Option<Timestamp>,
    pub number_release: Option<Timestamp>,
    pub erasure: Option<Timestamp>,
}

impl Times {
    /// Only what was received: every later time waits for a decision.
    pub fn undecided(&self) -> Self {
        Self {
            declared: self.declared,
            received: self.received,
            contract_end: None,
            billing_end: None,
            network_cease: None,
            number_release: None,
            erasure: None,
        }
    }
}

/// A signature under a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub staff: AccountId,
    pub at: Timestamp,
    /// What they looked at.
    pub evidence: String,
}

/// How far the network has got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    /// Told to bar; nothing read back yet.
    Barring,
    /// Barred and read back. The delete waits for the contest window.
    Barred { since: Timestamp, until: Timestamp },
    /// Told to delete. From here there is no way back.
    Deleting,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stage")]
pub enum Stage {
    /// Waits for its holder.
    Received {
        needs: BTreeSet<Need>,
        since: Timestamp,
    },
    /// Waits for the desk.
    Review {
        causes: BTreeSet<Cause>,
        since: Timestamp,
        signatures: Vec<Signature>,
    },
    /// Decided; waits for its day.
    Scheduled {
        cease_at: Timestamp,
        signatures: Vec<Signature>,
    },
    /// The network is letting go.
    Ceasing {
        step: Step,
        signatures: Vec<Signature>,
    },
    /// Gone, and read back; the watch is on. `certificate` is the file's SHA-256 once signed.
    Ceased {
        at: Timestamp,
        element: String,
        evidence: String,
        certificate: Option<String>,
        watch_until: Timestamp,
    },
    Closed {
        at: Timestamp,
        certificate: Option<String>,
    },
    Refused {
        at: Timestamp,
        reason: RefusedFor,
        way_out: String,
    },
    Withdrawn {
        at: Timestamp,
    },
    /// "That wasn't me": everything irreversible stops.
    Contested {
        at: Timestamp,
        was_barred: bool,
    },
}

/// Why a case was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum RefusedFor {
    /// The operator's rules refuse applications that differ from the record.
    Difference,
    /// A member of staff decided, in these words.
    Desk { text: String },
}

impl Stage {
    pub const NAMES: [&'static str; 9] =
        ["received", "review", "scheduled", "ceasing", "ceased", "closed", "refused", "withdrawn", "contested"];

    pub fn name(&self) -> &'static str {
        match self {
            Stage::Received { .. } => "received",
            Stage::Review { .. } => "review",
            Stage::Scheduled { .. } => "scheduled",
            Stage::Ceasing { .. } => "ceasing",
            Stage::Ceased { .. } => "ceased",
            Stage::Closed { .. } => "closed",
            Stage::Refused { .. } => "refused",
            Stage::Withdrawn { .. } => "withdrawn",
            Stage::Contested { .. } => "contested",
        }
    }

    /// Gone, and read back: from here on only what moves afterwards is of interest.
    pub fn has_ended(&self) -> bool {
        matches!(self, Stage::Ceased { .. } | Stage::Closed { .. })
    }

    /// The digest of the certificate, hex, once it is signed.
    pub fn certificate(&self) -> Option<&str> {
        match self {
            Stage::Ceased { certificate, .. } | Stage::Closed { certificate, .. } => certificate.as_deref(),
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => None,
        }
    }

    /// Whether the card may still end because of this case.
    pub fn is_open(&self) -> bool {
        match self {
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Contested { .. } => true,
            Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => false,
        }
    }
}
