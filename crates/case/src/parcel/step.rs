//! What is asked of a parcel, and what has happened to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Dispute, Found, Inspection, LostBy, Over, Posted, Scan, Status, Thing, Why};
use crate::case::Signature;
use crate::id::{AccountId, FileId};
use crate::money::Money;
use crate::tracking::Tracking;

/// What happened to it. The steps fold into a [`Parcel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    Asked {
        what: Thing,
        why: Why,
        at: Timestamp,
        since: Option<Timestamp>,
        due: Option<Timestamp>,
        ended: Option<Timestamp>,
        charge: Option<Money>,
    },
    /// The card has ended; where its days are counted from there, they begin.
    Ended {
        at: Timestamp,
        due: Option<Timestamp>,
    },
    Labelled {
        at: Timestamp,
    },
    Posted {
        posted: Posted,
    },
    Carried {
        status: Status,
        at: Timestamp,
    },
    Lost {
        by: LostBy,
        at: Timestamp,
    },
    Received {
        by: AccountId,
        at: Timestamp,
        scan: Scan,
    },
    Inspected {
        inspection: Inspection,
        due: Option<Timestamp>,
    },
    /// The n-th reminder is owed.
    Reminded {
        n: u8,
    },
    Late {
        at: Timestamp,
    },
    Disputed {
        dispute: Dispute,
    },
    Judged {
        upheld: bool,
        at: Timestamp,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    WaiveSigned {
        signature: Signature,
    },
    Waived {
        at: Timestamp,
    },
}

impl Step {
    pub fn name(&self) -> &'static str {
        match self {
            Step::Asked { .. } => "asked",
            Step::Ended { .. } => "ended",
            Step::Labelled { .. } => "labelled",
            Step::Posted { .. } => "posted",
            Step::Carried { .. } => "carried",
            Step::Lost { .. } => "lost",
            Step::Received { .. } => "received",
            Step::Inspected { .. } => "inspected",
            Step::Reminded { .. } => "reminded",
            Step::Late { .. } => "late",
            Step::Disputed { .. } => "disputed",
            Step::Judged { .. } => "judged",
            Step::WaiveSigned { .. } => "waive-signed",
            Step::Waived { .. } => "waived",
        }
    }

    /// The files that it names.
    pub fn files(&self) -> Vec<FileId> {
        match self {
            Step::Posted { posted } => posted.proof.into_iter().collect(),
            Step::Inspected { inspection, .. } => inspection.photos.clone(),
            Step::Disputed { dispute } => dispute.files.clone(),
            Step::Asked { .. }
            | Step::Ended { .. }
            | Step::Labelled { .. }
            | Step::Carried { .. }
            | Step::Lost { .. }
            | Step::Received { .. }
            | Step::Reminded { .. }
            | Step::Late { .. }
            | Step::Judged { .. }
            | Step::WaiveSigned { .. }
            | Step::Waived { .. } => Vec::new(),
        }
    }
}

/// What is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "deed")]
pub enum Deed {
    /// The desk wants it back, for this reason, which the holder reads.
    Ask {
        what: Thing,
        text: String,
    },
    Label,
    /// "I have posted it": with a tracking number that checks out, a picture of the receipt, or both.
    Post {
        tracking: Option<Tracking>,
        proof: Option<FileId>,
    },
    /// The carrier says.
    Carried {
        status: Status,
        at: Timestamp,
    },
    Receive {
        scan: Scan,
    },
    Inspect {
        found: Found,
        text: String,
        photos: Vec<FileId>,
    },
    Dispute {
        over: Over,
        text: String,
        files: Vec<FileId>,
    },
    /// The dispute is decided, in these words.
    Judge {
        upheld: bool,
        text: String,
    },
    /// It need not come back and costs nothing, for this reason.
    Waive {
        reason: String,
    },
}

impl Deed {
    /// Whether the case may go on because of it.
    pub fn meets(&self) -> bool {
        match self {
            Deed::Post { .. } | Deed::Receive { .. } | Deed::Inspect { .. } | Deed::Waive { .. } => true,
            Deed::Ask { .. } | Deed::Label | Deed::Carried { .. } | Deed::Dispute { .. } | Deed::Judge { .. } => false,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Deed::Ask { .. } => "return-ask",
            Deed::Label => "return-label",
            Deed::Post { .. } => "return-post",
            Deed::Carried { .. } => "return-carried",
            Deed::Receive { .. } => "return-receive",
            Deed::Inspect { .. } => "return-inspect",
            Deed::Dispute { .. } => "return-dispute",
            Deed::Judge { .. } => "return-judge",
            Deed::Waive { .. } => "return-waive",
        }
    }
}
