//! The operator's policy: which law and which habits apply, as data. The core reads it and
//! never asks which country it is in. Loaded from `rules/*.toml`; durations are in the unit that
//! ends the field's name. The rooms of a rule that is more than a figure are beside it; `dates` is what they lead to.

mod clocks;
mod dates;
mod journey;
mod keeping;
mod returns;
mod tariff;
#[cfg(test)]
pub(crate) mod tests;

use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::assure::Assured;
use crate::calendar::Calendar;
use crate::identify::IdentifyRules;
use crate::risk::Risks;

pub use self::clocks::{Clocks, Codes, Complaint, Content, EndNotice, Receipt, TermNotice};
pub(crate) use self::dates::{days_on, later};
pub use self::journey::{Asked, Fields, Journey, Shape, SignIn, Switching, Withdrawal, Wordings};
pub use self::keeping::{Class, Keeping, Kept};
pub use self::returns::{CountedFrom, Needed as ReturnNeeded, Postage, Returns, Terms, Text};
pub use self::tariff::{Credit, DeviceBalance, Early, EarlyVat, LastBill, NonReturn, Remaining, Tariff, Vat};

/// What a difference between application and record does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDifference {
    /// A person at the desk decides; the holder can mend it meanwhile.
    Desk,
    /// The case is refused, with the fields and the way out; mending them reopens it.
    Refuse,
}

/// Which day counts as the one on which a letter declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterCounts {
    /// The day it came in.
    #[default]
    Arrival,
    /// The day on its postmark; where that cannot be read, the day it came in.
    Postmark,
}

/// A fee that may stand in a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Key of its name in the locales, such as `fee-postage`.
    pub what: String,
    /// In the currency's minor unit.
    #[serde(deserialize_with = "tariff::owed")]
    pub minor: i64,
    /// Only where the card has to be posted back.
    #[serde(default)]
    pub only_if_returned: bool,
}

/// Until when personal data is masked at the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masking {
    /// It is not.
    Off,
    /// Until the holder has shown who they are, or somebody says why they must see it.
    #[default]
    Unverified,
    /// Until somebody says why they must see it.
    Always,
}

/// What staff see of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    pub mask: Masking,
    /// Minutes for which somebody sees a case unmasked once they have said why.
    pub reveal_minutes: u32,
    /// Days for which it is kept who looked at what.
    pub looks_days: u32,
}

impl Default for Staff {
    fn default() -> Self {
        Self { mask: Masking::Unverified, reveal_minutes: 15, looks_days: 730 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Name of the pack, such as `generic`.
    pub name: String,
    /// IANA time zone in which days begin and end.
    #[serde(deserialize_with = "known_zone")]
    pub time_zone: String,
    /// ISO 4217.
    #[serde(deserialize_with = "currency_code")]
    pub currency: String,
    pub fees: Vec<Fee>,
    /// The article's path: no declaration without signing in. Off wherever the law forbids it.
    pub sign_in_required: bool,
    pub on_difference: OnDifference,
    #[serde(default)]
    pub letter_counts: LetterCounts,
    /// A proven case that matches and lacks nothing ends without any human.
    pub straight_through: bool,
    /// Reviewed cases want two people even when the holder is proven.
    pub four_eyes: bool,
    /// The holder must say that what is on the card is saved or may be lost.
    pub backup_required: bool,
    /// Days from receipt to the earliest contract end.
    pub notice_days: u32,
    /// Minutes between bar and delete, in which the holder can say "that wasn't me".
    pub contest_minutes: u32,
    /// Days a holder has to give what is missing before a person takes over; half-way there is a reminder.
    pub patience_days: u32,
    /// Hours in which the desk promises a decision.
    pub review_hours: u32,
    /// The same in hours in which the desk is open, which then count instead of those on the wall.
    #[serde(default)]
    pub review_open_hours: Option<u32>,
    /// Hours after a broken promise in which nobody has acted until the lead is told; open hours where the
    /// promise is in open hours.
    #[serde(default = "four")]
    pub escalate_hours: u32,
    /// Hours in which a holder's nudges count as one.
    #[serde(default = "a_day")]
    pub nudge_hours: u32,
    /// When the desk is open: `always`, a calendar that is built in, or a path to a TOML file.
    #[serde(default = "always")]
    pub calendar: String,
    /// The calendar of that name; whoever reads the rules puts it in.
    #[serde(skip)]
    pub desk_hours: Calendar,
    /// Days the number rests before anyone else may have it.
    pub quarantine_days: u32,
    /// Days of watching the card and account after the end.
    pub watch_days: u32,
    /// Minutes by which the clocks of network and billing may differ from ours: what moved within them after the
    /// end had begun before it.
    #[serde(default)]
    pub watch_grace_minutes: u32,
    /// Whether a sign-in to an account all of whose cards have ended raises an alarm.
    #[serde(default)]
    pub watch_sign_ins: bool,
    /// Days after closing until personal data is erased.
    pub retention_days: u32,
    /// Whether text messages may have a link in them. Who is warned of links in texts trusts one without.
    #[serde(default)]
    pub sms_links: bool,
    /// What somebody must have shown, for what.
    #[serde(default)]
    pub assurance: Assured,
    /// What each fact that speaks for caution does.
    #[serde(default)]
    pub risk: Risks,
    /// What staff see of people, and what is kept of their looks.
    #[serde(default)]
    pub staff: Staff,
    /// The clocks of the law.
    #[serde(default)]
    pub clocks: Clocks,
    /// What becomes of a complaint.
    #[serde(default)]
    pub complaint: Complaint,
    /// What the pages of the counter must and may do.
    #[serde(default)]
    pub journey: Journey,
    /// The formulas of a quote.
    #[serde(default)]
    pub tariff: Tariff,
    /// What comes back by post.
    #[serde(default)]
    pub returns: Returns,
    /// How long what is kept.
    #[serde(default)]
    pub keeping: Keeping,
    pub identify: IdentifyRules,
}

/// The plainest rules there are, to be filled in: nobody pays, waits or signs in, and a person looks at every difference.
impl Default for Policy {
    fn default() -> Self {
        Self {
            name: String::new(),
            time_zone: "UTC".into(),
            // ISO 4217 for no currency at all.
            currency: "XXX".into(),
            fees: Vec::new(),
            sign_in_required: false,
            on_difference: OnDifference::Desk,
            letter_counts: LetterCounts::default(),
            straight_through: false,
            four_eyes: false,
            backup_required: false,
            notice_days: 0,
            contest_minutes: 60,
            patience_days: 14,
            review_hours: 24,
            review_open_hours: None,
            escalate_hours: four(),
            nudge_hours: a_day(),
            calendar: always(),
            desk_hours: Calendar::default(),
            quarantine_days: 90,
            watch_days: 30,
            watch_grace_minutes: 0,
            watch_sign_ins: false,
            retention_days: 2190,
            sms_links: false,
            assurance: Assured::default(),
            risk: Risks::default(),
            staff: Staff::default(),
            clocks: Clocks::default(),
            complaint: Complaint::default(),
            journey: Journey::default(),
            tariff: Tariff::default(),
            returns: Returns::default(),
            keeping: Keeping::default(),
            identify: IdentifyRules::default(),
        }
    }
}

fn four() -> u32 {
    4
}

fn a_day() -> u32 {
    24
}

fn always() -> String {
    "always".into()
}

fn known_zone<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    match TimeZone::get(&name) {
        Ok(_) => Ok(name),
        Err(_) => Err(D::Error::custom(format!(
            "this machine knows no time zone {name:?}; write it like \"Europe/London\", and see that tzdata is installed"
        ))),
    }
}

fn currency_code<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let code = String::deserialize(from)?;
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(code);
    }
    Err(D::Error::custom(format!("{code:?} is no currency code; write three capitals, like \"GBP\"")))
}
