//! What speaks for caution, as named facts. There is no score: each fact has one bearing, which the rules
//! choose, and everybody whom it concerns can read which, why, and until when.
//!
//! A fact never stops a declaration. It can hold what cannot be undone, or ask for a second person.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::Signature;
use crate::identify::Region;
use crate::matching::{Field, Person, Verdict, compare};

/// Something that was found when somebody acted. Found at the edge, kept in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Mail address or phone number of the account became another.
    ContactChanged,
    /// Somebody set a new password by a recovery link.
    Recovered,
    /// The operator took away everything that its holder signed in with, because they had lost it.
    FactorsReset,
    /// The SIM behind the phone number that took the code became another.
    SimSwapped,
    /// Whether it did could not be found out.
    SimUnknown,
    /// Very many declarations came from the same network.
    ManyRequests,
    /// Whoever acts at the desk is the holder, or lives with them, or shares a contact with them.
    OwnCase,
    /// Somebody showed who they are in a browser that the account has not been in, while it knows others.
    NewDevice,
    /// It was declared by another channel than all that the holder has declared before.
    OtherChannel,
}

impl Fact {
    pub const ALL: [Fact; 9] = [
        Fact::ContactChanged,
        Fact::Recovered,
        Fact::FactorsReset,
        Fact::SimSwapped,
        Fact::SimUnknown,
        Fact::ManyRequests,
        Fact::OwnCase,
        Fact::NewDevice,
        Fact::OtherChannel,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Fact::ContactChanged => "contact-changed",
            Fact::Recovered => "recovered",
            Fact::FactorsReset => "factors-reset",
            Fact::SimSwapped => "sim-swapped",
            Fact::SimUnknown => "sim-unknown",
            Fact::ManyRequests => "many-requests",
            Fact::OwnCase => "own-case",
            Fact::NewDevice => "new-device",
            Fact::OtherChannel => "other-channel",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }

    /// Whether it happened at a time of its own and may happen again; the others are so or not.
    fn happens(self) -> bool {
        match self {
            Fact::ContactChanged | Fact::Recovered | Fact::FactorsReset | Fact::SimSwapped | Fact::NewDevice => true,
            Fact::SimUnknown | Fact::ManyRequests | Fact::OwnCase | Fact::OtherChannel => false,
        }
    }

    /// Whether the holder is told. Who shares a home with whom is nobody's business but the desk's.
    pub fn concerns_holder(self) -> bool {
        match self {
            Fact::ContactChanged
            | Fact::Recovered
            | Fact::FactorsReset
            | Fact::SimSwapped
            | Fact::SimUnknown
            | Fact::ManyRequests
            | Fact::NewDevice
            | Fact::OtherChannel => true,
            Fact::OwnCase => false,
        }
    }
}

/// What a fact does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearing {
    /// It is seen, no more.
    Show,
    /// Two people decide.
    SecondApprover,
    /// Nothing that cannot be undone happens for [`Risks::hold_hours`].
    Hold,
}

/// The operator's choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Risks {
    /// From [`Risks::LEAST`] to [`Risks::MOST`].
    pub hold_hours: u32,
    /// Whether a held card may be barred meanwhile, which can be undone.
    pub hold_bars: bool,
    pub contact_changed: Bearing,
    pub recovered: Bearing,
    pub factors_reset: Bearing,
    pub sim_swapped: Bearing,
    pub sim_unknown: Bearing,
    pub many_requests: Bearing,
    pub own_case: Bearing,
    pub new_device: Bearing,
    pub other_channel: Bearing,
}

impl Default for Risks {
    fn default() -> Self {
        Self {
            hold_hours: Self::LEAST,
            hold_bars: true,
            contact_changed: Bearing::Hold,
            recovered: Bearing::Hold,
            factors_reset: Bearing::Hold,
            sim_swapped: Bearing::Hold,
            sim_unknown: Bearing::Show,
            many_requests: Bearing::Show,
            own_case: Bearing::SecondApprover,
            new_device: Bearing::Show,
            other_channel: Bearing::Show,
        }
    }
}

impl Risks {
    /// Hours that a hold lasts at least, and at most.
    pub const LEAST: u32 = 24;
    pub const MOST: u32 = 72;

    pub fn of(&self, fact: Fact) -> Bearing {
        match fact {
            Fact::ContactChanged => self.contact_changed,
            Fact::Recovered => self.recovered,
            Fact::FactorsReset => self.factors_reset,
            Fact::SimSwapped => self.sim_swapped,
            Fact::SimUnknown => self.sim_unknown,
            Fact::ManyRequests => self.many_requests,
            Fact::OwnCase => self.own_case,
            Fact::NewDevice => self.new_device,
            Fact::OtherChannel => self.other_channel,
        }
    }

    pub fn hold(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.hold_hours.clamp(Self::LEAST, Self::MOST)))
    }
}

/// A fact as it was found, and when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub fact: Fact,
    pub at: Timestamp,
}

/// What the shell knows of account and staff beyond the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub facts: Vec<Seen>,
    /// The holder has locked the account against cancellation.
    pub locked: bool,
}

/// A fact as it bears on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    pub fact: Fact,
    pub at: Timestamp,
    pub bearing: Bearing,
    /// Of one that holds: until when.
    pub until: Option<Timestamp>,
}

impl Risk {
    /// Whether it tells what `seen` tells.
    pub fn covers(&self, seen: &Seen) -> bool {
        self.fact == seen.fact && (!seen.fact.happens() || self.at >= seen.at)
    }
}

/// Until it ends, nothing irreversible is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub until: Timestamp,
    /// Who has signed for ending it early: the first of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signature>,
    /// Two have signed: it is over before its time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lifted: bool,
}

/// Whether two people share a contact, or live at one address under one family name.
pub fn close(one: &Person, other: &Person, region: Region) -> bool {
    let report = compare(one, other, region);
    let same = |field| matches!(report.get(field), Some(Verdict::Exact | Verdict::Equivalent));
    let family = family_name(&one.name).zip(family_name(&other.name)).is_some_and(|(a, b)| a == b);
    same(Field::Email) || same(Field::Phone) || family && same(Field::Address)
}

/// The last word of a name; of one in Chinese characters the first character.
fn family_name(name: &str) -> Option<String> {
    let first = name.trim().chars().next()?;
    if ('\u{3400}'..='\u{9fff}').contains(&first) {
        return Some(first.to_string());
    }
    name.split_whitespace().last().map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shares_a_home_and_name_or_a_contact_is_close_and_a_neighbour_is_not() {
        let person = |name: &str, address: &str, email: Option<&str>, phone: Option<&str>| Person {
            name: name.into(),
            address: address.into(),
            email: email.map(str::to_owned),
            phone: phone.map(str::to_owned),
        };
        let mei = person("Mei Lin", "1 Mill Lane, Leeds", Some("mei@example.org"), Some("+447700900101"));
        let region = crate::rules::tests::policy().identify.default_region;
        for (other, is_close) in [
            (person("Jun LIN", "1 mill lane Leeds", None, None), true),
            (person("Jun Lin", "2 High Street, York", None, None), false),
            (person("Tom Reed", "1 Mill Lane, Leeds", None, None), false),
            (person("Tom Reed", "", Some("MEI@example.org"), None), true),
            (person("Tom Reed", "", None, Some("07700 900101")), true),
            (person("", "", None, None), false),
        ] {
            assert_eq!(close(&other, &mei, region), is_close, "{other:?}");
        }
        let wei = person("李伟", "上海市南京路100号", None, None);
        assert!(close(&person("李娜", "上海市南京路100号", None, None), &wei, region));
        assert!(!close(&person("王娜", "上海市南京路100号", None, None), &wei, region));
    }

    #[test]
    fn names_lead_back_and_hours_stay_within_bounds() {
        for fact in Fact::ALL {
            assert_eq!(Fact::named(fact.name()), Some(fact));
        }
        for (hours, held) in [(0, 24), (24, 24), (48, 48), (72, 72), (u32::MAX, 72)] {
            assert_eq!(Risks { hold_hours: hours, ..Risks::default() }.hold().as_hours(), held);
        }
    }

    #[test]
    fn what_happens_again_is_news_and_what_is_so_is_told_once() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (first, second) = (at("2026-03-01T12:00:00Z"), at("2026-03-02T12:00:00Z"));
        for fact in Fact::ALL {
            let risk = Risk { fact, at: first, bearing: Bearing::Show, until: None };
            assert!(risk.covers(&Seen { fact, at: first }));
            assert_eq!(risk.covers(&Seen { fact, at: second }), !fact.happens(), "{}", fact.name());
        }
    }
}
