//! The card that ends, as the operator's records know it.

use jiff::Timestamp;
use jiff::civil::Date;
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
    /// What the contract costs, as far as a quote needs it.
    #[serde(default, skip_serializing_if = "Contract::is_empty")]
    pub contract: Contract,
    /// When `state` last changed.
    pub changed_at: Timestamp,
}

/// What is known of a card's contract. Days are on the operator's wall clock; prices are what the holder pays, with
/// tax.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contract {
    /// The price of a month before any discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Money>,
    /// Taken off it every month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// Its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Date>,
    /// The last day that is paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_until: Option<Date>,
    /// The first day that is not, by the next bill; used where `paid_until` is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_bill: Option<Date>,
    /// Still to be paid for a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_balance: Option<Money>,
}

impl Contract {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first day that has not been paid for.
    pub fn unpaid_from(&self) -> Option<Date> {
        self.paid_until.and_then(|day| day.tomorrow().ok()).or(self.next_bill)
    }
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
            contract: Contract::default(),
            changed_at,
        }
    }

    pub fn subscription(&self) -> Subscription {
        Subscription { card: self.id, generation: self.generation }
    }

    /// Its numbers, each with the name of its kind, the most specific first.
    pub fn numbers(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("iccid", self.iccid.as_deref()),
            ("eid", self.eid.as_deref()),
            ("serial", self.serial.as_deref()),
            ("msisdn", self.msisdn.as_deref()),
            ("imei", self.imei.as_deref()),
            ("imsi", self.imsi.as_deref()),
        ]
    }

    /// The number to show a person: the most specific one there is, with the name of its kind.
    pub fn number(&self) -> (&'static str, &str) {
        let mut all = self.numbers().into_iter();
        all.find_map(|(kind, number)| number.map(|n| (kind, n))).unwrap_or(("card", ""))
    }
}

/// A card with the person it belongs to: what an application is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub card: CardRecord,
    pub person: Person,
}
