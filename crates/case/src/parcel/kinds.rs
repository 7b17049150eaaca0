//! What may be said of a parcel, each a closed list with its names: what it is, where it is, what was found.

use serde::{Deserialize, Serialize};

use crate::id::CardId;

/// What it is that comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    #[default]
    Sim,
    Router,
    Handset,
}

impl Thing {
    pub const ALL: [Thing; 3] = [Thing::Sim, Thing::Router, Thing::Handset];

    pub fn name(self) -> &'static str {
        match self {
            Thing::Sim => "sim",
            Thing::Router => "router",
            Thing::Handset => "handset",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|thing| thing.name() == name)
    }

    pub fn is_sim(&self) -> bool {
        *self == Thing::Sim
    }
}

/// Why it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The record says that it is the operator's.
    Record,
    /// The desk asked.
    Desk,
}

/// Where it is, as far as anybody has said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Asked,
    /// The label was made.
    Label,
    Posted,
    InTransit,
    /// The carrier says that it was handed over; nobody at the desk has had it in hand yet.
    Delivered,
    Received,
    Inspected,
}

/// What a carrier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Accepted,
    InTransit,
    OutForDelivery,
    Delivered,
    /// It is held up somewhere.
    Held,
    /// On its way back to the sender.
    Returning,
    Lost,
    /// Something that no rule explains. It moves nothing.
    Unknown,
}

impl Status {
    pub const ALL: [Status; 8] = [
        Status::Accepted,
        Status::InTransit,
        Status::OutForDelivery,
        Status::Delivered,
        Status::Held,
        Status::Returning,
        Status::Lost,
        Status::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::InTransit => "in-transit",
            Status::OutForDelivery => "out-for-delivery",
            Status::Delivered => "delivered",
            Status::Held => "held",
            Status::Returning => "returning",
            Status::Lost => "lost",
            Status::Unknown => "unknown",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Where it puts the parcel; none where that is not known from it.
    pub(super) fn place(self) -> Option<Place> {
        match self {
            Status::Accepted => Some(Place::Posted),
            Status::InTransit | Status::OutForDelivery | Status::Held | Status::Returning => Some(Place::InTransit),
            Status::Delivered => Some(Place::Delivered),
            Status::Lost | Status::Unknown => None,
        }
    }
}

/// What was in the parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    AsAgreed,
    Damaged,
    Incomplete,
    /// Something of another card's.
    AnotherCard,
}

impl Found {
    pub const ALL: [Found; 4] = [Found::AsAgreed, Found::Damaged, Found::Incomplete, Found::AnotherCard];

    pub fn name(self) -> &'static str {
        match self {
            Found::AsAgreed => "as-agreed",
            Found::Damaged => "damaged",
            Found::Incomplete => "incomplete",
            Found::AnotherCard => "another-card",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|found| found.name() == name)
    }
}

/// What is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// It was posted or handed in in time.
    InTime,
    /// It was returned already.
    Returned,
    /// There was never such a thing.
    NeverHad,
    /// What was found in the parcel.
    Condition,
    Other,
}

impl Over {
    pub const ALL: [Over; 5] = [Over::InTime, Over::Returned, Over::NeverHad, Over::Condition, Over::Other];

    pub fn name(self) -> &'static str {
        match self {
            Over::InTime => "in-time",
            Over::Returned => "returned",
            Over::NeverHad => "never-had",
            Over::Condition => "condition",
            Over::Other => "other",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|over| over.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Holder,
    Desk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostBy {
    /// The carrier says so.
    Carrier,
    /// Nothing was heard of it for as long as the rules wait.
    Silence,
}

/// How the desk knew whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "card")]
pub enum Scan {
    /// By the code on the label, or the case itself.
    Code,
    Tracking,
    /// By a number on the thing, which is this card's. It must be the case's own.
    Number(CardId),
}
