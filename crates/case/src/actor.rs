//! Who acts, and how sure we are of it. Every change to a case names one of these.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::AccountId;

/// Who gives a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "actor")]
pub enum Actor {
    /// The person who declares, with what they have shown so far.
    Holder { account: Option<AccountId>, assurance: Assurance },
    /// A member of staff.
    Agent { staff: AccountId, role: Role },
    /// Time passed.
    Clock,
    /// A worker that performed an effect and reports what came of it.
    Network,
    /// A program with a key of its own; the command line is one.
    Api { client: String },
}

impl Actor {
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::Holder { .. } => "holder",
            Actor::Agent { .. } => "agent",
            Actor::Clock => "clock",
            Actor::Network => "network",
            Actor::Api { .. } => "api",
        }
    }
}

/// What a member of staff may do. An agent works cases; an approver also gives the second
/// signature; an admin sees counts, reports and looks, gives cases to agencies, and decides nothing about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Agent,
    Approver,
    Admin,
}

/// How a person has shown who they are, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    #[default]
    Nothing,
    /// A one-time code sent to a contact bound to the account.
    Code,
    /// A password.
    SignedIn,
    /// A password and a second factor.
    SecondFactor,
}

/// A level, for which account, and when it was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assurance {
    pub level: Level,
    /// The account it was shown for; a code proves a contact of exactly this account.
    pub account: Option<AccountId>,
    pub at: Option<Timestamp>,
}

impl Assurance {
    /// Proof older than this no longer carries anything irreversible.
    pub const FRESH: SignedDuration = SignedDuration::from_mins(10);
    /// How far two machines' clocks may be apart; a proof dated further ahead proves nothing.
    pub const SKEW: SignedDuration = SignedDuration::from_secs(30);

    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn shown(level: Level, account: AccountId, at: Timestamp) -> Self {
        Self { level, account: Some(account), at: Some(at) }
    }

    /// Whether it proves, freshly, that its bearer is `account`.
    pub fn proves(&self, account: Option<AccountId>, now: Timestamp) -> bool {
        self.level >= Level::Code && account.is_some() && self.account == account && self.is_fresh(now)
    }

    /// Whether it was shown within [`Assurance::FRESH`].
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.at.is_some_and(|at| (-Self::SKEW..=Self::FRESH).contains(&now.duration_since(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_445_600 + seconds).unwrap()
    }

    #[test]
    fn a_proof_is_fresh_for_ten_minutes_and_for_its_own_account_only() {
        let (mei, tom) = (AccountId::from_bits(1), AccountId::from_bits(2));
        let code = Assurance::shown(Level::Code, mei, at(0));
        let cases = [
            (0, Some(mei), true),
            (600, Some(mei), true),
            (601, Some(mei), false),
            // Two machines' clocks are never quite the same, but not minutes apart.
            (-30, Some(mei), true),
            (-31, Some(mei), false),
            (0, Some(tom), false),
            (0, None, false),
        ];
        for (seconds, account, proves) in cases {
            assert_eq!(code.proves(account, at(seconds)), proves, "{seconds} s, {account:?}");
        }
    }

    #[test]
    fn less_than_a_code_proves_nothing() {
        let mei = AccountId::from_bits(1);
        assert!(!Assurance::shown(Level::Nothing, mei, at(0)).proves(Some(mei), at(0)));
        assert!(!Assurance::nothing().proves(Some(mei), at(0)));
        assert!(!Assurance::nothing().proves(None, at(0)));
        let undated = Assurance { level: Level::SecondFactor, account: Some(mei), at: None };
        assert!(!undated.proves(Some(mei), at(0)));
        for level in [Level::Code, Level::SignedIn, Level::SecondFactor] {
            assert!(Assurance::shown(level, mei, at(0)).proves(Some(mei), at(1)), "{level:?}");
        }
    }
}
