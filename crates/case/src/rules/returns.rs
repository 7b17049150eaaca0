//! Whether and how a card or device comes back: by when, at whose cost, and what happens when it does not.

use serde::{Deserialize, Serialize};

use crate::parcel::Thing;
use crate::tracking::CarrierPattern;

/// Whether a thing is asked for, and what waits for its arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needed {
    /// The case goes on once it has arrived, or was posted with proof of posting.
    #[default]
    BeforeEnd,
    /// It is asked for, and nothing waits for it.
    AfterEnd,
    /// It is not asked for, whatever the record says.
    Never,
}

/// From when the days are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountedFrom {
    #[default]
    Declaration,
    /// The end on the network.
    End,
}

/// Who pays for the post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Postage {
    #[default]
    Holder,
    Operator,
}

/// What holds for one sort of thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    pub needed: Needed,
    pub counted_from: CountedFrom,
    /// Days until it is late; 0: never.
    pub days: u32,
    /// What not returning it costs, in the currency's minor unit; none: nothing. Only of what is needed after the
    /// end: what comes before it holds the end up instead.
    pub charge: Option<u32>,
}

/// A text of the operator's in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Text {
    pub en: String,
    pub zh: String,
}

impl Text {
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }
}

/// What the operator wants back, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Returns {
    pub sim: Terms,
    pub router: Terms,
    pub handset: Terms,
    /// Reminders at most, 0 to 2: half-way, and `last_call_days` before the last day.
    pub reminders: u8,
    pub last_call_days: u32,
    /// Days without any word after proof of posting until it counts as lost; 0: never.
    pub quiet_days: u32,
    /// Waiving a charge of more than this (minor unit) takes two people.
    pub two_people_above: u32,
    pub postage: Postage,
    /// Where else it can be handed in, such as any shop or a chain's counters.
    pub drop_off: Text,
    /// Who carries it, as registered among the official couriers; empty: any post.
    pub couriers: Vec<String>,
    /// Carriers whose numbers are not built in.
    pub carriers: Vec<CarrierPattern>,
    /// The country of the return address (ISO 3166), for its layout on the label; empty: as written.
    pub country: String,
}

impl Default for Returns {
    fn default() -> Self {
        Self {
            sim: Terms::default(),
            router: Terms::default(),
            handset: Terms::default(),
            reminders: 2,
            last_call_days: 3,
            quiet_days: 21,
            two_people_above: 10_000,
            postage: Postage::Holder,
            drop_off: Text::default(),
            couriers: Vec::new(),
            carriers: Vec::new(),
            country: String::new(),
        }
    }
}

impl Returns {
    pub fn terms(&self, what: Thing) -> &Terms {
        match what {
            Thing::Sim => &self.sim,
            Thing::Router => &self.router,
            Thing::Handset => &self.handset,
        }
    }
}
