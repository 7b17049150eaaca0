//! The card that ends, as the operator's records know it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CardId};
use crate::matching::Person;
use crate::money::Money;
use crate::parcel::Thing;

/// The card's switch in the operator's inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardState {
    Active,
    /// Out of service, and can be put back: the reversible half of a cease.
    Barred,
    /// Gone for good. A card that has ceased is never used again.
    Ceased,
}

impl CardState {
    pub fn name(self) -> &'static str {
        match self {
            CardState::Active => "active",
            CardState::Barred => "barred",
            CardState::Ceased => "ceased",
        }
    }
}

/// What a cease is bound to: this activation of this card, never the phone number, which will
/// one day belong to somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub card: CardId,
    /// Counts activations of the same ICCID and IMSI.
    pub generation: u32,
}

/// One line of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRecord {
    pub id: CardId,
    pub generation: u32,
    pub account: AccountId,
    /// Each as normalised by [`identify`](crate::identify::identify).
    pub iccid: Option<String>,
    pub eid: Option<String>,
    pub imsi: Option<String>,
    pub imei: Option<String>,
    pub msisdn: Option<String>,
    pub serial: Option<String>,
    /// The tariff or product, as the operator names it to the holder.
    pub product: String,
    pub state: CardState,
    /// First day on which the contract can end; none means at once.
    pub minimum_term_ends: Option<Timestamp>,
    /// The operator wants the thing itself back by post.
    pub must_return: bool,
    /// What that is; a SIM unless said otherwise.
    #[serde(default, skip_serializing_if = "Thing::is_sim")]
    pub thing: Thing,
    /// Prepaid credit still on the card.
    pub credit: Option<Money>,
    /// When `state` last changed.
    pub changed_at: Timestamp,
}

impl CardRecord {
    /// A card in service, activated once, without a number yet: those are told by update syntax.
    pub fn of(id: CardId, account: AccountId, product: String, changed_at: Timestamp) -> Self {
        Self {
            id,
            generation: 1,
            account,
            iccid: None,
            eid: None,
            imsi: None,
            imei: None,
            msisdn: None,
            serial: None,
            product,
            state: CardState::Active,
            minimum_term_ends: None,
            must_return: false,
            thing: Thing::Sim,
            credit: None,
            changed_at,
        }
    }

    pub fn subscription(&self) -> Subscription {
        Subscription { card: self.id, generation: self.generation }
    }

    /// The number to show a person: the most specific one there is, with the name of its kind.
    pub fn number(&self) -> (&'static str, &str) {
        [
            ("iccid", &self.iccid),
            ("eid", &self.eid),
            ("serial", &self.serial),
            ("msisdn", &self.msisdn),
            ("imei", &self.imei),
            ("imsi", &self.imsi),
        ]
        .into_iter()
        .find_map(|(kind, number)| number.as_deref().map(|n| (kind, n)))
        .unwrap_or(("card", ""))
    }
}

/// A card with the person it belongs to: what an application is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub card: CardRecord,
    pub person: Person,
}
