//! Who must have shown what, for what: one table for the whole desk. The core asks it where it decides, and a
//! page asks it where it lets somebody in, so that no two doors to one thing are of different strength.
//!
//! An operator's rules may ask for more than the floors in here, never for less.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::{Assurance, Level};
use crate::id::AccountId;
use crate::rules::Policy;

/// What somebody wants, as far as it depends on who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Say that a card shall end.
    Declare,
    /// Follow a case whose second fact they have shown.
    Status,
    /// Learn how what they typed fits the record.
    Record,
    /// Take their own cancellation back.
    Withdraw,
    /// Say that it was not them.
    Contest,
    /// End the card. Whoever shows less is served by two members of staff.
    Cease,
    /// Take away everything that a case holds.
    Evidence,
    /// Lock the account against cancellation.
    Lock,
    /// Take that lock off.
    Unlock,
    /// End a hold before its time.
    LiftHold,
    /// Get the code by which the number moves to another network.
    SwitchCode,
}

/// What has to be shown for it, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needed {
    Nothing,
    /// A one-time code sent to a contact that is bound to the account.
    Code,
    SignedIn,
    SecondFactor,
    /// Two members of staff, each with recorded evidence, one of them an approver.
    TwoStaff,
}

impl Deed {
    pub const ALL: [Deed; 11] = [
        Deed::Declare,
        Deed::Status,
        Deed::Record,
        Deed::Withdraw,
        Deed::Contest,
        Deed::Cease,
        Deed::Evidence,
        Deed::Lock,
        Deed::Unlock,
        Deed::LiftHold,
        Deed::SwitchCode,
    ];

    /// As the rules call it.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Declare => "declare",
            Deed::Status => "status",
            Deed::Record => "record",
            Deed::Withdraw => "withdraw",
            Deed::Contest => "contest",
            Deed::Cease => "cease",
            Deed::Evidence => "evidence",
            Deed::Lock => "lock",
            Deed::Unlock => "unlock",
            Deed::LiftHold => "lift-hold",
            Deed::SwitchCode => "switch-code",
        }
    }

    /// What no rules may go below.
    pub fn floor(self) -> Needed {
        match self {
            Deed::Declare | Deed::Status | Deed::Withdraw | Deed::Contest | Deed::Evidence => Needed::Nothing,
            Deed::Record | Deed::Cease | Deed::SwitchCode => Needed::Code,
            Deed::Lock | Deed::Unlock => Needed::SignedIn,
            Deed::LiftHold => Needed::TwoStaff,
        }
    }

    /// Whether what was shown must be fresh ([`Assurance::FRESH`]): where it cannot be undone, or tells what is
    /// on record.
    pub fn is_fresh(self) -> bool {
        match self {
            Deed::Record | Deed::Cease | Deed::Evidence | Deed::Unlock | Deed::LiftHold | Deed::SwitchCode => true,
            Deed::Declare | Deed::Status | Deed::Withdraw | Deed::Contest | Deed::Lock => false,
        }
    }
}

/// The operator's own choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Assured {
    pub declare: Needed,
    pub status: Needed,
    pub record: Needed,
    pub withdraw: Needed,
    pub cease: Needed,
    pub evidence: Needed,
    pub lock: Needed,
    pub unlock: Needed,
    pub switch_code: Needed,
}

impl Default for Assured {
    fn default() -> Self {
        Self {
            declare: Deed::Declare.floor(),
            status: Deed::Status.floor(),
            record: Deed::Record.floor(),
            withdraw: Deed::Withdraw.floor(),
            cease: Deed::Cease.floor(),
            evidence: Deed::Evidence.floor(),
            lock: Deed::Lock.floor(),
            unlock: Deed::Unlock.floor(),
            switch_code: Deed::SwitchCode.floor(),
        }
    }
}

impl Assured {
    /// What the rules say; none of what they have no say in.
    pub fn chosen(&self, deed: Deed) -> Option<Needed> {
        match deed {
            Deed::Declare => Some(self.declare),
            Deed::Status => Some(self.status),
            Deed::Record => Some(self.record),
            Deed::Withdraw => Some(self.withdraw),
            Deed::Cease => Some(self.cease),
            Deed::Evidence => Some(self.evidence),
            Deed::Lock => Some(self.lock),
            Deed::Unlock => Some(self.unlock),
            Deed::SwitchCode => Some(self.switch_code),
            // Whoever is robbed has nothing left to show, and whoever holds has none to ask but colleagues.
            Deed::Contest | Deed::LiftHold => None,
        }
    }
}

impl Policy {
    /// What a deed needs under these rules.
    pub fn needs(&self, deed: Deed) -> Needed {
        let chosen = self.assurance.chosen(deed).unwrap_or(Needed::Nothing).max(deed.floor());
        if deed == Deed::Declare && self.sign_in_required { chosen.max(Needed::SignedIn) } else { chosen }
    }

    /// Whether what was shown makes a case its holder's. Where two of the staff decide in any case, they want to know who
    /// it is all the same.
    pub fn proves(&self, shown: &Assurance, whose: Option<AccountId>, now: Timestamp) -> bool {
        match self.needs(Deed::Cease) {
            Needed::TwoStaff => shown.proves(whose, now),
            Needed::Nothing | Needed::Code | Needed::SignedIn | Needed::SecondFactor => {
                self.suffices(Deed::Cease, shown, whose, now)
            }
        }
    }

    /// Whether what was shown is enough for a deed that concerns this account. Where there is none (the card is
    /// not known), nobody can show anything of it: what leaks or ends nothing is then free to whoever is let in.
    pub fn suffices(&self, deed: Deed, shown: &Assurance, whose: Option<AccountId>, now: Timestamp) -> bool {
        let needed = match self.needs(deed) {
            Needed::Nothing => return true,
            Needed::Code => Level::Code,
            Needed::SignedIn => Level::SignedIn,
            Needed::SecondFactor => Level::SecondFactor,
            Needed::TwoStaff => return false,
        };
        let enough = shown.level >= needed && shown.account.is_some();
        match deed {
            // Of whom is not known yet.
            Deed::Declare => enough,
            Deed::Status | Deed::Evidence | Deed::Withdraw if whose.is_none() => true,
            Deed::Status
            | Deed::Record
            | Deed::Withdraw
            | Deed::Contest
            | Deed::Cease
            | Deed::Evidence
            | Deed::Lock
            | Deed::Unlock
            | Deed::SwitchCode
            | Deed::LiftHold => {
                enough && whose.is_some() && shown.account == whose && (!deed.is_fresh() || shown.is_fresh(now))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, policy};

    const LEVELS: [Level; 4] = [Level::Nothing, Level::Code, Level::SignedIn, Level::SecondFactor];

    #[test]
    fn no_rules_go_below_the_floor() {
        let mut rules = policy();
        rules.assurance = Assured {
            declare: Needed::Nothing,
            status: Needed::Nothing,
            record: Needed::Nothing,
            withdraw: Needed::Nothing,
            cease: Needed::Nothing,
            evidence: Needed::Nothing,
            lock: Needed::Nothing,
            unlock: Needed::Nothing,
            switch_code: Needed::Nothing,
        };
        for deed in Deed::ALL {
            assert_eq!(rules.needs(deed), deed.floor(), "{}", deed.name());
        }
        rules.sign_in_required = true;
        assert_eq!(rules.needs(Deed::Declare), Needed::SignedIn);
    }

    #[test]
    fn what_suffices_is_as_strong_as_asked_of_the_right_account_and_fresh_where_it_matters() {
        let (mei, tom) = (AccountId::from_bits(1), AccountId::from_bits(2));
        let shown_at = at("2026-03-01T12:00:00Z");
        let (soon, late) = (at("2026-03-01T12:10:00Z"), at("2026-03-01T12:10:01Z"));
        for needed in [Needed::Code, Needed::SignedIn, Needed::SecondFactor, Needed::TwoStaff] {
            let all = Assured {
                declare: needed,
                status: needed,
                record: needed,
                withdraw: needed,
                cease: needed,
                evidence: needed,
                lock: needed,
                unlock: needed,
                switch_code: needed,
            };
            let rules = Policy { assurance: all, ..policy() };
            for deed in Deed::ALL {
                for level in LEVELS {
                    let shown = Assurance::shown(level, mei, shown_at);
                    let strong = match rules.needs(deed) {
                        Needed::Nothing => true,
                        Needed::Code => level >= Level::Code,
                        Needed::SignedIn => level >= Level::SignedIn,
                        Needed::SecondFactor => level == Level::SecondFactor,
                        Needed::TwoStaff => false,
                    };
                    let free = rules.needs(deed) == Needed::Nothing;
                    let name = format!("{} {needed:?} {level:?}", deed.name());
                    assert_eq!(rules.suffices(deed, &shown, Some(mei), soon), strong, "{name}");
                    let lasts = strong && (free || !deed.is_fresh());
                    assert_eq!(rules.suffices(deed, &shown, Some(mei), late), lasts, "late: {name}");
                    let other = if deed == Deed::Declare { strong } else { free };
                    assert_eq!(rules.suffices(deed, &shown, Some(tom), soon), other, "of another: {name}");
                }
            }
        }
    }

    /// An undated proof is none, and neither is one without an account.
    #[test]
    fn half_a_proof_is_none() {
        let mei = AccountId::from_bits(1);
        let now = at("2026-03-01T12:00:00Z");
        let undated = Assurance { level: Level::SecondFactor, account: Some(mei), at: None };
        assert!(!policy().suffices(Deed::Cease, &undated, Some(mei), now));
        let nobody = Assurance { level: Level::SecondFactor, account: None, at: Some(now) };
        assert!(!policy().suffices(Deed::Cease, &nobody, None, now));
        assert!(!policy().suffices(Deed::Lock, &nobody, None, now));
    }
}
