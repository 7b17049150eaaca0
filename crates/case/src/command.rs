//! What is asked of a case. Everyone who acts, acts by one of these.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::declaration::{Channel, Declaration};
use crate::effect::{Letter, Outcome};
use crate::id::{CaseRef, FileId};
use crate::identify::{Check, Identifier};
use crate::matching::Person;
use crate::money::Money;
use crate::need::{Flag, Need};
use crate::parcel;
use crate::saved::Saved;
use crate::watch::{Closing, Kind, Reported, Sign};
use crate::way::Moving;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "command")]
pub enum Command {
    /// Opens the case under a reference drawn at the edge. `flags` never stop it.
    Declare {
        reference: CaseRef,
        declaration: Box<Declaration>,
        flags: Vec<Flag>,
    },
    /// The actor's assurance is shown for this case.
    Prove,
    /// Other numbers, names or addresses than first given.
    Correct {
        number: Identifier,
        check: Check,
        person: Person,
    },
    Agree {
        consent: bool,
        backup: bool,
    },
    AddFile {
        file: FileId,
        name: String,
    },
    /// A message in the thread, by the channel it came or goes by, with what came with it.
    Say {
        text: String,
        channel: Channel,
        files: Vec<(FileId, String)>,
    },
    /// A mail to the case's own address. Whoever knows that address wrote it, which proves nothing.
    /// `mail` names the original, and is taken once.
    Receive {
        mail: String,
        text: String,
        files: Vec<(FileId, String)>,
    },
    /// A carrier reports of a letter of ours that it could not be handed over, for good (`hard`) or for now.
    Bounce {
        /// Names the report, which is taken once: the mail that it was, or the text message that it is about.
        mail: String,
        hard: bool,
        /// Such as `5.1.1` (RFC 3463) or `UNDELIV`; never an address.
        status: String,
        #[serde(default = "Channel::mail", skip_serializing_if = "Channel::is_mail")]
        channel: Channel,
    },
    /// The whole conversation, to contacts known to be the holder's.
    SendTranscript,
    /// For staff only; the channel is what it is about (a call, a letter), or the web for none.
    Note {
        text: String,
        channel: Channel,
    },
    /// The holder cannot give what is missing and asks for a person.
    WantPerson,
    /// The desk asks the holder for what is missing.
    Ask {
        needs: Vec<Need>,
        text: String,
    },
    ReceiveCard,
    /// Takes a waiting case to the desk.
    TakeUp,
    /// One signature; the case goes on when it has as many as the rules want.
    Approve {
        evidence: String,
    },
    Refuse {
        reason: String,
        way_out: String,
    },
    /// The cause of an end is not upheld, so that it goes on as an ordinary one; or it is after all. The holder reads why.
    Weigh {
        upheld: bool,
        reason: String,
    },
    Withdraw,
    /// Somebody at the desk talks to the holder, who has read out the code that their own page shows at this
    /// moment. It proves nobody's identity; it shows that they see that page.
    Confirm {
        channel: Channel,
    },
    /// The desk will ring the holder between these times.
    Promise {
        from: Timestamp,
        until: Timestamp,
    },
    /// The holder asks how it is going.
    Nudge,
    /// "That wasn't me."
    Contest,
    /// A contested case goes back to the desk.
    Resume {
        reason: String,
    },
    /// The eSIM's platform tells what has become of the profile on its device.
    Profile {
        seen: ProfileSeen,
    },
    /// Time passed: do what is due.
    Wake,
    /// These were seen to move on card or account after its end.
    Observe {
        signs: Vec<Sign>,
    },
    /// The holder says what should not be after the end, in words of their own where they like.
    ReportAfter {
        what: Reported,
        text: String,
        files: Vec<(FileId, String)>,
    },
    /// An alarm is cleared up, for this reason; the holder reads the text unless it is the desk's own.
    CloseAlarm {
        kind: Kind,
        why: Closing,
        text: String,
    },
    /// Asks the network once more whether the card is gone.
    LookAgain,
    /// What came of effect `n`.
    Report {
        n: u32,
        outcome: Outcome,
    },
    /// Effect `n` has been owed to the network for long, and is not given up.
    Delay {
        n: u32,
    },
    /// Something is known of the account that was not known before: look what it means.
    Heed,
    /// One signature for ending a hold early; it ends when it has two.
    LiftHold {
        evidence: String,
    },
    /// A letter that could not be delivered is sent again.
    Resend {
        letter: Letter,
    },
    /// What is on the card is saved, as a receipt says, or is left to be lost.
    Save {
        saved: Saved,
    },
    /// Something of what comes back by post.
    Return {
        #[serde(flatten)]
        deed: parcel::Deed,
    },
    /// The records say something else than when it was quoted: reckon again. More than was agreed to has to be
    /// agreed to again.
    Requote,
    /// Staff have paid it back, where no billing system does: so much, under this reference.
    PaidBack {
        amount: Money,
        reference: String,
    },
    /// The holder wants a code for the next network, for the first time or once more.
    AskCode {
        moving: Moving,
    },
    /// The next network has used the code.
    Ported {
        /// When it moved, where the network says so.
        at: Option<Timestamp>,
    },
    /// The holder complains, in these words.
    Complain {
        text: String,
    },
    /// We do not agree, and the holder is told at once who decides.
    Deadlock {
        text: String,
    },
    SettleComplaint {
        text: String,
    },
    /// The schedule's day has come: tell the holder that all of it will be erased on that day.
    PlanErasure {
        on: Timestamp,
    },
    /// That day has come. `file` is the signed certificate of erasure.
    Erase {
        file: String,
    },
}

/// What was seen of an eSIM's profile on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileSeen {
    Installed,
    Enabled,
    Disabled,
    Deleted,
}

impl Command {
    /// A message typed on a page, with nothing beside it.
    pub fn say(text: impl Into<String>) -> Self {
        Command::Say { text: text.into(), channel: Channel::Web, files: Vec::new() }
    }

    /// A note that is about no call and no letter.
    pub fn note(text: impl Into<String>) -> Self {
        Command::Note { text: text.into(), channel: Channel::Web }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Command::Declare { .. } => "declare",
            Command::Prove => "prove",
            Command::Correct { .. } => "correct",
            Command::Agree { .. } => "agree",
            Command::AddFile { .. } => "add-file",
            Command::Say { .. } => "say",
            Command::Receive { .. } => "receive",
            Command::Bounce { .. } => "bounce",
            Command::SendTranscript => "send-transcript",
            Command::Note { .. } => "note",
            Command::WantPerson => "want-person",
            Command::Ask { .. } => "ask",
            Command::ReceiveCard => "receive-card",
            Command::TakeUp => "take-up",
            Command::Approve { .. } => "approve",
            Command::Refuse { .. } => "refuse",
            Command::Weigh { .. } => "weigh",
            Command::Withdraw => "withdraw",
            Command::Confirm { .. } => "confirm",
            Command::Promise { .. } => "promise",
            Command::Nudge => "nudge",
            Command::Contest => "contest",
            Command::Resume { .. } => "resume",
            Command::Profile { .. } => "profile",
            Command::Wake => "wake",
            Command::Observe { .. } => "observe",
            Command::ReportAfter { .. } => "report-after",
            Command::CloseAlarm { .. } => "close-alarm",
            Command::LookAgain => "look-again",
            Command::Report { .. } => "report",
            Command::Delay { .. } => "delay",
            Command::Heed => "heed",
            Command::LiftHold { .. } => "lift-hold",
            Command::Resend { .. } => "resend",
            Command::Save { .. } => "save",
            Command::Return { deed } => deed.name(),
            Command::Requote => "requote",
            Command::PaidBack { .. } => "paid-back",
            Command::AskCode { .. } => "ask-code",
            Command::Ported { .. } => "ported",
            Command::Complain { .. } => "complain",
            Command::Deadlock { .. } => "deadlock",
            Command::SettleComplaint { .. } => "settle-complaint",
            Command::PlanErasure { .. } => "plan-erasure",
            Command::Erase { .. } => "erase",
        }
    }

    /// Whether the decision compares with the account record, which the shell must then load.
    pub fn wants_record(&self) -> bool {
        matches!(self, Command::Declare { .. } | Command::Correct { .. } | Command::Requote)
    }

    /// Whether it may send a case on its way that has waited meanwhile, asks for its card or changes what it costs, so
    /// that the shell must say how its own card stands, and whether another case is about it.
    pub fn wants_card(&self) -> bool {
        if let Command::Ask { needs, .. } = self {
            return needs.contains(&Need::Card);
        }
        matches!(
            self,
            Command::Approve { .. }
                | Command::Weigh { .. }
                | Command::TakeUp
                | Command::WantPerson
                | Command::AskCode { .. }
                | Command::Ported { .. }
        )
    }

    /// Whether the card may be on its way out because of it, so that the shell must say what else is
    /// [known](crate::risk::Known).
    pub fn wants_known(&self) -> bool {
        match self {
            Command::Declare { .. }
            | Command::Prove
            | Command::Correct { .. }
            | Command::Agree { .. }
            | Command::AddFile { .. }
            | Command::ReceiveCard
            | Command::TakeUp
            | Command::WantPerson
            | Command::Approve { .. }
            | Command::Resume { .. }
            | Command::Wake
            | Command::Heed
            | Command::Ported { .. }
            | Command::LiftHold { .. }
            | Command::Save { .. }
            | Command::AskCode { .. }
            | Command::PaidBack { .. }
            | Command::Requote => true,
            Command::Say { files, .. } | Command::Receive { files, .. } => !files.is_empty(),
            Command::Return { deed } => deed.meets(),
            Command::Bounce { .. }
            | Command::SendTranscript
            | Command::Note { .. }
            | Command::Ask { .. }
            | Command::Refuse { .. }
            | Command::Weigh { .. }
            | Command::Withdraw
            | Command::Nudge
            | Command::Contest
            | Command::Profile { .. }
            | Command::Observe { .. }
            | Command::ReportAfter { .. }
            | Command::CloseAlarm { .. }
            | Command::LookAgain
            | Command::Confirm { .. }
            | Command::Promise { .. }
            | Command::Report { .. }
            | Command::Delay { .. }
            | Command::Complain { .. }
            | Command::Deadlock { .. }
            | Command::SettleComplaint { .. }
            | Command::PlanErasure { .. }
            | Command::Erase { .. }
            | Command::Resend { .. } => false,
        }
    }
}
