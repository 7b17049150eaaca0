//! What holds the cards of an account back: its lock, and what happened to it lately. Kept apart from the
//! account, which an import writes anew; forgotten when it no longer counts.

use case::risk::Risks;
use case::{AccountId, Fact, Timestamp};
use jiff::SignedDuration;

use crate::Result;
use crate::engine::Statement;
use crate::people::Account;
use crate::rows::{account_id, later};
use crate::value::{Record, Value, corrupt};

/// What is remembered of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// Its holder has locked it against cancellation.
    Locked,
    /// The lock was taken off; remembered until everybody has been told.
    Unlocked,
    Happened(Fact),
}

impl Guarded {
    pub fn name(self) -> &'static str {
        match self {
            Guarded::Locked => "locked",
            Guarded::Unlocked => "unlocked",
            Guarded::Happened(fact) => fact.name(),
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        match name {
            "locked" => Some(Guarded::Locked),
            "unlocked" => Some(Guarded::Unlocked),
            _ => Fact::named(name).map(Guarded::Happened),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub account: AccountId,
    pub what: Guarded,
    pub at: Timestamp,
    /// When it is forgotten; a lock never is.
    pub until: Timestamp,
    /// Contacts that were known before and may not be any more.
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Contacts and cases have still to be told.
    pub untold: bool,
}

impl Guard {
    /// Something that happened, which nobody has been told yet, remembered for as long as any rules hold a card.
    pub fn happened(account: AccountId, fact: Fact, at: Timestamp) -> Self {
        Self {
            account,
            what: Guarded::Happened(fact),
            at,
            until: later(at, LONGEST),
            email: None,
            phone: None,
            untold: true,
        }
    }

    /// The lock of an account, which nobody has been told of yet.
    pub fn lock(account: AccountId, at: Timestamp) -> Self {
        // The last whole second there is.
        let until = Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or(Timestamp::MAX);
        Self { what: Guarded::Locked, until, ..Self::happened(account, Fact::Recovered, at) }
    }

    fn which(&self) -> i64 {
        if self.what == Guarded::Locked { 0 } else { self.at.as_microsecond() }
    }
}

const LONGEST: SignedDuration = SignedDuration::from_hours(Risks::MOST as i64);

macro_rules! GUARD {
    () => {
        "SELECT account, kind, at_us, until_us, email, phone, untold FROM account_guard"
    };
}

pub(crate) const OF: &str = concat!(GUARD!(), " WHERE account = $1 AND until_us > $2 ORDER BY at_us, kind");
pub(crate) const UNTOLD: &str = concat!(GUARD!(), " WHERE untold = 1 ORDER BY at_us LIMIT $1");
pub(crate) const SWEEP: &str = "DELETE FROM account_guard WHERE until_us <= $1 AND untold = 0 RETURNING 1";

pub(crate) fn guard(record: &Record) -> Result<Guard> {
    let kind = record.text(1)?;
    Ok(Guard {
        account: account_id(record.int(0)?),
        what: Guarded::named(kind).ok_or_else(|| corrupt("guard", format!("{kind:?} is no kind")))?,
        at: record.time(2)?,
        until: record.time(3)?,
        email: record.opt_text(4)?.map(str::to_owned),
        phone: record.opt_text(5)?.map(str::to_owned),
        untold: record.int(6)? == 1,
    })
}

pub(crate) fn put(guard: &Guard) -> Statement {
    let sql = "INSERT INTO account_guard (account, kind, which, at_us, until_us, email, phone, untold) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account, kind, which) DO NOTHING RETURNING 1";
    let args = vec![
        guard.account.key().into(),
        guard.what.name().into(),
        guard.which().into(),
        guard.at.into(),
        guard.until.into(),
        guard.email.as_deref().into(),
        guard.phone.as_deref().into(),
        i64::from(guard.untold).into(),
    ];
    Statement::new(sql, args)
}

/// Takes the lock off, and leaves word of it, where there is one.
pub(crate) fn unlock(account: AccountId, at: Timestamp) -> Vec<Statement> {
    let note = "INSERT INTO account_guard (account, kind, which, at_us, until_us, untold) \
                SELECT account, 'unlocked', CAST($1 AS BIGINT), CAST($1 AS BIGINT), CAST($2 AS BIGINT), 1 \
                FROM account_guard WHERE account = $3 AND kind = 'locked' ON CONFLICT (account, kind, which) DO NOTHING";
    let end = "DELETE FROM account_guard WHERE account = $1 AND kind = 'locked' RETURNING 1";
    let args = vec![at.into(), later(at, LONGEST).into(), account.key().into()];
    vec![Statement::new(note, args), Statement::new(end, vec![account.key().into()])]
}

/// By whoever comes first. In between, in one transaction, it is 2: what is owed because of it is written by them alone.
pub(crate) const TELLING: &str =
    "UPDATE account_guard SET untold = 2 WHERE account = $1 AND kind = $2 AND which = $3 AND untold = 1 RETURNING 1";
pub(crate) const TOLD: &str =
    "UPDATE account_guard SET untold = 0 WHERE account = $1 AND kind = $2 AND which = $3 AND untold = 2";

/// Which of all it is.
pub(crate) fn id(guard: &Guard) -> Vec<Value> {
    vec![guard.account.key().into(), guard.what.name().into(), guard.which().into()]
}

/// Before an import writes over a contact: that it did, with what was known before.
pub(crate) fn overwritten(account: &Account) -> Statement {
    let sql = "INSERT INTO account_guard (account, kind, which, at_us, until_us, email, phone, untold) \
               SELECT id, 'contact-changed', CAST($1 AS BIGINT), CAST($1 AS BIGINT), CAST($2 AS BIGINT), email, phone, 1 \
               FROM account WHERE id = $3 AND (email IS DISTINCT FROM $4 OR phone IS DISTINCT FROM $5) ON CONFLICT (account, kind, which) DO NOTHING";
    let at = account.changed_at;
    let args = vec![
        at.into(),
        later(at, LONGEST).into(),
        account.id.key().into(),
        account.person.email.as_ref().map(|email| email.to_lowercase()).into(),
        account.person.phone.as_deref().into(),
    ];
    Statement::new(sql, args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for what in [Guarded::Locked, Guarded::Unlocked].into_iter().chain(Fact::ALL.map(Guarded::Happened)) {
            assert_eq!(Guarded::named(what.name()), Some(what));
        }
        assert_eq!(Guarded::named("else"), None);
    }
}
