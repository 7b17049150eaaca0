//! What has happened, in the past tense. Folding a case's events gives its row; the journal keeps
//! them with who, when and why, each entry chained to the one before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::actor::{Actor, Assurance};
use crate::bill::Statement;
use crate::card::Subscription;
use crate::case::{Signature, Stage, Times};
use crate::command::ProfileSeen;
use crate::declaration::{Channel, Declaration};
use crate::effect::{Letter, Outcome};
use crate::erasure::Left;
use crate::id::{AccountId, CaseRef, FileId};
use crate::identify::Identifier;
use crate::matching::{Person, Report};
use crate::money::Money;
use crate::need::{Flag, Need};
use crate::parcel;
use crate::quote::Quote;
use crate::risk::Risk;
use crate::saved::Saved;
use crate::watch::{Closing, Kind, Reported};
use crate::way::{Code, Moving};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    Declared {
        declaration: Box<Declaration>,
        quote: Quote,
    },
    /// Looked up and compared. No card means none was found.
    Attributed {
        subscription: Option<Subscription>,
        account: Option<AccountId>,
        must_return: bool,
        minimum_term_ends: Option<Timestamp>,
        /// There is a contact on record.
        reachable: bool,
        report: Report,
    },
    /// The card is another than first thought, and so is what ending it costs. More than was agreed to
    /// has to be agreed to again.
    Quoted {
        quote: Quote,
        /// Less comes back than was agreed to, which has to be agreed to again as well. Entries of before asked for nothing
        /// there, and say nothing of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        less_back: bool,
    },
    /// `typed`: by whoever has just typed what the case says of them, contacts too.
    Proven {
        assurance: Assurance,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        typed: bool,
    },
    Corrected {
        number: Identifier,
        person: Person,
    },
    Agreed {
        consent: bool,
        backup: bool,
    },
    Filed {
        file: FileId,
        name: String,
    },
    /// What a file's bytes were, by their SHA-256 in hex, when the case took it up; it is named by another event of the
    /// same entry.
    Kept {
        file: FileId,
        sha256: String,
    },
    /// A message in the thread; `note` is for staff only. Files that came with it follow as [`Event::Filed`]
    /// in the same entry.
    Said {
        text: String,
        note: bool,
        #[serde(default = "Channel::web")]
        channel: Channel,
    },
    /// What follows in the same entry came by mail; `mail` names the original as it was kept.
    Mailed {
        mail: String,
    },
    /// A letter of ours came back: for good, or for now.
    Bounced {
        mail: String,
        hard: bool,
        status: String,
        #[serde(default = "Channel::mail", skip_serializing_if = "Channel::is_mail")]
        channel: Channel,
    },
    /// The desk asked the holder for something.
    Asked {
        needs: Vec<Need>,
        text: String,
    },
    CardReceived,
    /// A person must look: the holder asked, or waiting any longer leads nowhere. What was asked for is dropped.
    PersonWanted,
    Reminded,
    /// Whom the desk talked to saw the page of the case: they read out the code that it showed.
    Confirmed {
        channel: Channel,
    },
    /// The desk promised to ring between these times.
    Promised {
        from: Timestamp,
        until: Timestamp,
    },
    /// The holder asked how it is going.
    Nudged {
        at: Timestamp,
    },
    /// A member of staff acted on a case that was late or asked after.
    Attended {
        at: Timestamp,
    },
    Dated {
        times: Times,
    },
    Moved {
        to: Stage,
    },
    Flagged {
        flag: Flag,
    },
    /// What became of an eSIM's profile on its device, after the end.
    Profile {
        seen: ProfileSeen,
    },
    /// Something moved after the end.
    Alarmed {
        kind: Kind,
        at: Timestamp,
        count: u32,
        first: Timestamp,
        last: Timestamp,
        amount: Option<String>,
    },
    /// More of what an open alarm is about.
    SeenAgain {
        kind: Kind,
        count: u32,
        first: Timestamp,
        last: Timestamp,
    },
    /// The holder said what should not be after the end.
    Reported {
        what: Reported,
    },
    AlarmClosed {
        kind: Kind,
        why: Closing,
    },
    Owed {
        n: u32,
        what: String,
        letter: Option<Letter>,
    },
    Settled {
        n: u32,
        outcome: Outcome,
    },
    /// A fact that speaks for caution has been found, and this is what it does.
    Risked {
        #[serde(flatten)]
        risk: Risk,
    },
    /// The first of two signed for ending the hold.
    HoldSigned {
        signature: Signature,
    },
    /// So did the second: it is over.
    HoldLifted {
        evidence: String,
    },
    /// The account is found to be locked against cancellation, or not any more.
    LockSeen {
        locked: bool,
    },
    /// What had been noticed is no longer so.
    Cleared {
        flag: Flag,
    },
    /// What the holder did about what is on the card.
    Saved {
        saved: Saved,
    },
    /// Something has happened to what comes back by post.
    Return {
        #[serde(flatten)]
        step: parcel::Step,
    },
    /// Billing ends then, as was read back.
    BillingEnded {
        at: Timestamp,
        evidence: String,
    },
    /// The last bill, held to the quote.
    Stated {
        statement: Box<Statement>,
    },
    /// It is to be paid back by then.
    RefundDue {
        amount: Money,
        by: Timestamp,
    },
    /// It was paid back.
    RefundPaid {
        at: Timestamp,
        reference: String,
        /// As staff wrote it down; none where billing was read back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    },
    /// Nothing is paid back while the account is locked; or it goes on.
    RefundHeld {
        held: bool,
    },
    /// An end-of-contract notice is owed, and by when.
    NoticeDue {
        due: Timestamp,
    },
    NoticeSent {
        at: Timestamp,
    },
    /// The holder moves to another network.
    Moving {
        moving: Moving,
    },
    CodeAsked {
        code: Code,
        at: Timestamp,
    },
    CodeIssued {
        code: Code,
        sealed: String,
        at: Timestamp,
        until: Timestamp,
    },
    CodeExpired,
    /// The next network has used the code.
    Ported {
        at: Timestamp,
    },
    /// The holder complained; the letter about the schemes goes out on that day.
    Complained {
        at: Timestamp,
        due: Option<Timestamp>,
    },
    /// That letter went out, at its time or because we do not agree.
    AdrTold {
        at: Timestamp,
        deadlock: bool,
    },
    ComplaintSettled,
    /// The desk has weighed the cause of the end, and told the holder why: it goes on as an ordinary one, or (`upheld`) as
    /// declared after all.
    Weighed {
        upheld: bool,
        reason: String,
        at: Timestamp,
    },
    /// The holder is told that all of it will be erased on that day.
    ErasurePlanned {
        told: Timestamp,
        on: Timestamp,
    },
    /// It will not be, for now: somebody has acted, or something has come up.
    ErasureOff,
    /// All that was before is gone. The entries up to `upto` are withheld for good; `seal` is the chain value of the last
    /// of them, from which the chain goes on; `file` is the signed certificate of erasure.
    Erased {
        at: Timestamp,
        upto: u64,
        seal: String,
        left: Box<Left>,
        file: String,
    },
}

impl Event {
    pub fn name(&self) -> &'static str {
        match self {
            Event::Declared { .. } => "declared",
            Event::Attributed { .. } => "attributed",
            Event::Quoted { .. } => "quoted",
            Event::Proven { .. } => "proven",
            Event::Corrected { .. } => "corrected",
            Event::Agreed { .. } => "agreed",
            Event::Filed { .. } => "filed",
            Event::Kept { .. } => "kept",
            Event::Said { .. } => "said",
            Event::Mailed { .. } => "mailed",
            Event::Bounced { .. } => "bounced",
            Event::Asked { .. } => "asked",
            Event::CardReceived => "card-received",
            Event::PersonWanted => "person-wanted",
            Event::Reminded => "reminded",
            Event::Confirmed { .. } => "confirmed",
            Event::Promised { .. } => "promised",
            Event::Nudged { .. } => "nudged",
            Event::Attended { .. } => "attended",
            Event::Dated { .. } => "dated",
            Event::Moved { .. } => "moved",
            Event::Flagged { .. } => "flagged",
            Event::Profile { .. } => "profile",
            Event::Alarmed { .. } => "alarmed",
            Event::SeenAgain { .. } => "seen-again",
            Event::Reported { .. } => "reported",
            Event::AlarmClosed { .. } => "alarm-closed",
            Event::Owed { .. } => "owed",
            Event::Settled { .. } => "settled",
            Event::Risked { .. } => "risked",
            Event::HoldSigned { .. } => "hold-signed",
            Event::HoldLifted { .. } => "hold-lifted",
            Event::LockSeen { .. } => "lock-seen",
            Event::Cleared { .. } => "cleared",
            Event::Saved { .. } => "saved",
            Event::Return { .. } => "return",
            Event::BillingEnded { .. } => "billing-ended",
            Event::Stated { .. } => "stated",
            Event::RefundDue { .. } => "refund-due",
            Event::RefundPaid { .. } => "refund-paid",
            Event::RefundHeld { .. } => "refund-held",
            Event::NoticeDue { .. } => "notice-due",
            Event::NoticeSent { .. } => "notice-sent",
            Event::Moving { .. } => "moving",
            Event::CodeAsked { .. } => "code-asked",
            Event::CodeIssued { .. } => "code-issued",
            Event::CodeExpired => "code-expired",
            Event::Ported { .. } => "ported",
            Event::Complained { .. } => "complained",
            Event::AdrTold { .. } => "adr-told",
            Event::ComplaintSettled => "complaint-settled",
            Event::Weighed { .. } => "weighed",
            Event::ErasurePlanned { .. } => "erasure-planned",
            Event::ErasureOff => "erasure-off",
            Event::Erased { .. } => "erased",
        }
    }
}

/// One line of a case's journal: what one command did. It is also the audit entry: it names who
/// did it, and `chain` makes an edit, a gap or a reordering show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub case: CaseRef,
    /// The case's version after it.
    pub version: u64,
    pub at: Timestamp,
    pub actor: Actor,
    /// The command's name.
    pub command: String,
    pub events: Vec<Event>,
    /// Hex SHA-256 over the previous entry's chain value and this entry's content.
    pub chain: String,
}

impl Entry {
    /// What stands in the place of an entry that was erased: that there was one.
    pub fn withheld(case: CaseRef, version: u64, at: Timestamp) -> Self {
        let (command, chain) = (WITHHELD.to_owned(), String::new());
        Self { case, version, at, actor: Actor::Clock, command, events: Vec::new(), chain }
    }

    pub fn is_withheld(&self) -> bool {
        self.command == WITHHELD && self.events.is_empty() && self.chain.is_empty()
    }

    /// Of an entry that erased what was before: up to which version, and the chain value there.
    pub fn seal(&self) -> Option<(u64, &str)> {
        self.events.iter().find_map(|event| {
            if let Event::Erased { upto, seal, .. } = event { Some((*upto, seal.as_str())) } else { None }
        })
    }
}

const WITHHELD: &str = "withheld";

/// The chain value of an entry: SHA-256 over domain, previous value, and the entry's JSON content.
pub fn chain(previous: &str, at: Timestamp, actor: &Actor, command: &str, version: u64, events: &str) -> String {
    let mut hash = Sha256::new();
    let actor = serde_json::to_string(actor).unwrap_or_default();
    for part in
        ["cease/journal/v1", previous, &at.as_microsecond().to_string(), &actor, command, &version.to_string(), events]
    {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
