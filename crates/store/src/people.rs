//! People as they are remembered: accounts, browsers, one-time secrets.

use case::matching::Person;
use case::{AccountId, Agency, CaseRef, Lang, Level, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// A person who can sign in: a holder (no role) or a member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    /// Lower-cased; unique.
    pub login: String,
    pub person: Person,
    /// Argon2id PHC string; none until one is set.
    pub password: Option<String>,
    /// Base32 TOTP secret, sealed with the desk's key.
    pub totp: Option<String>,
    /// The last TOTP time step accepted, so that a code counts once.
    pub totp_step: u64,
    pub role: Option<Role>,
    /// The partner whose member of staff this is; none is the house's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Agency>,
    pub lang: Lang,
    pub disabled: bool,
    /// When a contact, password or factor last changed.
    pub changed_at: Timestamp,
}

impl Account {
    /// A holder who has no way to sign in yet: those are told by update syntax.
    pub fn of(id: AccountId, login: String, person: Person, changed_at: Timestamp) -> Self {
        Self {
            id,
            login,
            person,
            password: None,
            totp: None,
            totp_step: 0,
            role: None,
            agency: None,
            lang: Lang::En,
            disabled: false,
            changed_at,
        }
    }

    /// Whether alarms about what is `agency`'s, or the house's where that is none, go to them: approvers who may see it.
    pub fn leads(&self, agency: Option<&Agency>) -> bool {
        let sees = self.agency.is_none() || self.agency.as_ref() == agency;
        self.role == Some(Role::Approver) && sees && !self.disabled
    }
}

/// A browser. Anonymous until someone signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the cookie's token.
    pub id: [u8; 32],
    pub account: Option<AccountId>,
    pub level: Level,
    /// When `level` was last shown.
    pub proven_at: Option<Timestamp>,
    /// The account a one-time code was answered for (level Code), without being signed in.
    pub proven_account: Option<AccountId>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// Cases this browser may see.
    pub cases: Vec<CaseRef>,
    /// What has been typed so far of a declaration, as the counter keeps it (JSON).
    pub draft: Option<String>,
    /// What kind of browser, for the list of sessions.
    pub agent: String,
    /// When all that the account signs in with was last shown, its second factor included; a code to a contact is
    /// less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
}

/// A one-time secret: a code sent to a contact, or a recovery link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    pub id: [u8; 16],
    /// Keyed hash of the secret.
    pub hash: [u8; 32],
    pub account: Option<AccountId>,
    /// What it is good for, such as `prove`, `recover`, `case:C7K4-M2QX-1`.
    pub purpose: String,
    pub expires_at: Timestamp,
    /// Wrong tries until it is gone.
    pub tries_left: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It was right, and is used up now.
    Right {
        account: Option<AccountId>,
        purpose: String,
    },
    Wrong {
        tries_left: u32,
    },
    /// Unknown, used, expired or tried too often.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    pub allowed: bool,
    pub count: u32,
    /// When the window ends.
    pub until: Timestamp,
}
