//! The clocks of the law beside the desk's own promises: what runs against the operator once somebody has left,
//! withdrawn or complained. They differ by country and change by date, so that packs set them; nought means that no
//! such clock runs. What each of them leads to on a given day is worked out in `dates`.

use serde::{Deserialize, Serialize};

/// Periods, and what has to stand in which letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clocks {
    /// Calendar months of notice from receipt; `notice_days` come on top. A day that the last month does not have is
    /// its last one.
    pub notice_months: u32,
    /// Whether notice ends with its last day, rather than at the hour at which it began.
    pub notice_whole_days: bool,
    /// Days in which a contract made at a distance can be withdrawn from, after the day on which it was made.
    pub withdrawal_days: u32,
    /// Whether the last of them, where it is a Saturday, a Sunday or a holiday of the calendar, is the next day that is none
    /// (Regulation (EEC, Euratom) No 1182/71, art. 3(4)).
    pub withdrawal_rolls: bool,
    /// The same after a renewal.
    pub renewal_withdrawal_days: u32,
    /// Days in which what was paid too much is paid back, after the day of the end or withdrawal.
    pub refund_days: u32,
    /// Offers to stay that may be made on the way out. There is no page that makes one.
    pub retention_offers: u32,
    pub receipt: Receipt,
    pub end_notice: EndNotice,
    pub term_notice: TermNotice,
    pub codes: Codes,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            notice_months: 0,
            notice_whole_days: false,
            withdrawal_days: 0,
            withdrawal_rolls: false,
            renewal_withdrawal_days: 0,
            refund_days: 14,
            retention_offers: 0,
            receipt: Receipt::default(),
            end_notice: EndNotice::default(),
            term_notice: TermNotice::default(),
            codes: Codes::default(),
        }
    }
}

/// What a letter has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// What was declared, as it was.
    Declaration,
    /// On which day it came in.
    Date,
    /// At what time.
    Time,
    /// When the contract ends.
    End,
    /// What is paid back, and by when.
    Refund,
}

/// The confirmation that a declaration has come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Receipt {
    /// Seconds in which it is written.
    pub seconds: u32,
    pub contains: Vec<Content>,
}

impl Default for Receipt {
    fn default() -> Self {
        Self { seconds: 60, contains: vec![Content::Declaration, Content::Date, Content::Time] }
    }
}

/// The notice that a contract ends or has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EndNotice {
    /// Hours in which it is given to who declared online.
    pub online_hours: u32,
    /// Working days in which it is given to all others, from the day after.
    pub other_working_days: u32,
    pub contains: Vec<Content>,
}

/// The notice that a minimum term is about to end: between so many days before, and so many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TermNotice {
    pub earliest_days: u32,
    pub latest_days: u32,
}

/// Codes with which somebody takes a number along or leaves it behind (PAC, STAC).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// Days for which one is good; nought where there are none.
    pub days: u32,
    /// Seconds in which one is given.
    pub answer_seconds: u32,
    /// Working days in which the new provider takes over.
    pub switch_working_days: u32,
}

/// What becomes of a complaint that is not resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Complaint {
    /// Weeks after which the holder is told, unasked, who decides for free; nought where nobody does.
    pub adr_weeks: u32,
    /// The schemes that do.
    pub schemes: Vec<String>,
}
