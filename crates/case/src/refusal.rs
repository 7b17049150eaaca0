//! An expected "no", with its reason. The pages translate each and name the way out.

use serde::{Deserialize, Serialize};

use crate::erasure::Kept;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "refusal")]
pub enum Refusal {
    /// This command is not for this actor.
    #[error("not allowed for this actor")]
    NotYours,
    /// The case is not at a stage where this makes sense.
    #[error("not possible at stage {stage}")]
    WrongStage { stage: String },
    /// It cannot be undone any more.
    #[error("too late: the network has been told to end the card")]
    TooLate,
    /// The same person cannot give both signatures.
    #[error("a second person must approve")]
    SamePerson,
    /// The second signature must be an approver's.
    #[error("an approver must give the second signature")]
    NeedsApprover,
    /// A case still lacks something that no signature replaces.
    #[error("the case still has needs")]
    StillLacking,
    /// What was shown does not prove this holder, or is too old.
    #[error("proof missing or too old")]
    NotProven,
    /// A text the command needs is empty or too long.
    #[error("text missing or too long")]
    BadText,
    /// The card is already gone: another case ended it.
    #[error("the card has already ceased")]
    AlreadyCeased,
    /// Another open case is about the card: of two, one ends it, and which is decided first.
    #[error("another case is about this card")]
    Rival,
    /// The network has been told something and has not answered yet.
    #[error("the network has not answered yet")]
    Pending,
    /// No such effect is owed.
    #[error("nothing of that number is owed")]
    NothingOwed,
    /// There is no open alarm of that kind.
    #[error("no open alarm of that kind")]
    NoAlarm,
    /// That day has not come yet.
    #[error("that day has not come yet")]
    NotYet,
    /// Nothing irreversible happens while it is held.
    #[error("held for now")]
    Held,
    /// Nothing is held.
    #[error("no hold to lift")]
    NoHold,
    /// Less than is due has not paid it.
    #[error("less than is due")]
    TooLittle,
    /// A case with this reference already exists.
    #[error("reference taken")]
    Taken,
    /// Nothing is to come back, or it is past that.
    #[error("nothing is awaited by post")]
    NoReturn,
    /// Neither a tracking number nor a picture of the receipt.
    #[error("no proof of posting")]
    NoProof,
    /// What came is another card's.
    #[error("it belongs to another card")]
    AnotherCard,
    /// It is disputed already.
    #[error("disputed already")]
    Disputed,
    /// Nothing is disputed.
    #[error("nothing is disputed")]
    NoDispute,
    /// There is no complaint to settle, or nobody to take it to.
    #[error("no complaint to settle")]
    NoComplaint,
    /// There is no cause to weigh, or it has been decided so already.
    #[error("no cause to weigh")]
    NoCause,
    /// It is not to be erased, or not yet.
    #[error("not to be erased yet: {}", .why.name())]
    Kept { why: Kept },
    /// It has been erased.
    #[error("the case has been erased")]
    Erased,
}

impl Refusal {
    /// The key of its sentence in the locales: `refusal-…`.
    pub fn key(&self) -> &'static str {
        match self {
            Refusal::NotYours => "refusal-not-yours",
            Refusal::WrongStage { .. } => "refusal-wrong-stage",
            Refusal::TooLate => "refusal-too-late",
            Refusal::SamePerson => "refusal-same-person",
            Refusal::NeedsApprover => "refusal-needs-approver",
            Refusal::StillLacking => "refusal-still-lacking",
            Refusal::NotProven => "refusal-not-proven",
            Refusal::BadText => "refusal-bad-text",
            Refusal::AlreadyCeased => "refusal-already-ceased",
            Refusal::Rival => "refusal-rival",
            Refusal::Pending => "refusal-pending",
            Refusal::NothingOwed => "refusal-nothing-owed",
            Refusal::NoAlarm => "refusal-no-alarm",
            Refusal::NotYet => "refusal-not-yet",
            Refusal::Held => "refusal-held",
            Refusal::NoHold => "refusal-no-hold",
            Refusal::TooLittle => "refusal-too-little",
            Refusal::Taken => "refusal-taken",
            Refusal::NoReturn => "refusal-no-return",
            Refusal::NoProof => "refusal-no-proof",
            Refusal::AnotherCard => "refusal-another-card",
            Refusal::Disputed => "refusal-disputed",
            Refusal::NoDispute => "refusal-no-dispute",
            Refusal::NoComplaint => "refusal-no-complaint",
            Refusal::NoCause => "refusal-no-cause",
            Refusal::Kept { .. } => "refusal-kept",
            Refusal::Erased => "refusal-erased",
        }
    }
}
